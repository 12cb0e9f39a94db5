"""Causes on what hits are binned by: response, crossing, momentum, disagreement."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from dqmconsole.simulation.shapes import spread
from dqmconsole.simulation.table.moves import rescaled
from dqmconsole.simulation.table.scales import Span, Sums, between, of_strengths, scaled

if TYPE_CHECKING:
    from dqmconsole.model.histogram import Array, Axis
    from dqmconsole.simulation.state.sight import Sight
    from dqmconsole.simulation.table.cause import Effect


def responding(
    effect: Effect,
    span: Span,
    counts: Array,
    axis: Axis,
    sight: Sight,
    rng: np.random.Generator,
) -> Array:
    """Hits by their charge or energy, once the response of the channels changed."""
    gain = effect.gain.get(sight.subsystem)
    if gain is None or sight.weights is None or not sight.weights.sum() > 0:
        return counts
    size = np.array([float(sight.weights @ gain / sight.weights.sum())])
    moved = np.zeros_like(counts)
    for strength, part in of_strengths(rng, span, counts):
        moved += rescaled(
            axis, part, float(between(size, strength)[0]), rng, sight.start
        )
    return moved


def mean_gain(effect: Effect, sight: Sight, size: int) -> Array:
    """Factor on the mean response in each bin of a profile, flat."""
    gain = effect.gain.get(sight.subsystem)
    if gain is None or sight.weights is None or sight.bins is None:
        return np.ones(size)
    seen = sight.bins >= 0
    weights = np.bincount(sight.bins[seen], sight.weights[seen], minlength=size)
    sums = np.bincount(sight.bins[seen], (sight.weights * gain)[seen], minlength=size)
    return np.divide(sums, weights, out=np.ones(size), where=weights > 0)


def straightened(
    effect: Effect,
    span: Span,
    counts: Array,
    sight: Sight,
    rng: np.random.Generator,
) -> Array:
    """Hits by their momentum, once the magnet is off."""
    if not effect.straight or sight.straight is None:
        return counts
    struck = rng.binomial(np.round(counts).astype(np.int64), span.mean)
    found: Array = counts - struck
    return found + spread(rng, float(struck.sum()), sight.straight)


def earlier(
    effect: Effect,
    span: Span,
    counts: Array,
    sight: Sight,
    rng: np.random.Generator,
) -> Array:
    """Hits, or accepts, by bunch crossing, when some come one crossing early."""
    shares, axis = _early_shares(effect, sight, counts)
    if shares is None:
        return counts
    struck = rng.binomial(
        np.round(counts).astype(np.int64),
        np.broadcast_to(shares, counts.shape) * span.mean,
    )
    early = np.moveaxis(struck, axis, 0)
    moved = np.zeros_like(early)
    moved[0], moved[1] = early[0], early[1]
    moved[1:-1] += early[2:]
    found: Array = counts - struck + np.moveaxis(moved, 0, axis)
    return found


def _early_shares(
    effect: Effect, sight: Sight, counts: Array
) -> tuple[Array | None, int]:
    """Shares that broadcast to the counts, and the axis of the crossings."""
    if sight.quantity == "seed":
        if counts.ndim < 2 or not effect.early_seeds:
            return None, 0
        of_seeds = [effect.early_seeds.get(seed, 0.0) for seed in sight.seeds]
        shape = [1] * counts.ndim
        shape[sight.axis] = len(of_seeds) + 2
        return np.array([0.0, *of_seeds, 0.0]).reshape(shape), 1 - sight.axis
    early = effect.early.get(sight.subsystem)
    if early is None or sight.weights is None or not sight.weights.sum() > 0:
        return None, 0
    share = float(sight.weights @ early / sight.weights.sum())
    return np.array(share), 1 - sight.axis if sight.quantity == "row" else 0


def differing(
    effect: Effect, span: Span, grown: Sums, sight: Sight, rng: np.random.Generator
) -> Sums:
    """Shares, or counts, of what differs from the emulator, once more of it does."""
    change = np.zeros(grown.contents.shape)
    inner = (slice(1, -1),) * change.ndim
    for kind, size in effect.differs.items():
        if kind in sight.differs:
            change[inner] += span.mean * size * sight.differs[kind]
    events = np.array([span.fill])
    if grown.bin_entries is None:
        total = float((events * grown.contents.sum())[0])
        counts = scaled(rng, grown.contents, events)
        counts = counts + rng.poisson((total * change).clip(0))
        return Sums(counts, None, None, float(counts.sum()))
    share = np.divide(
        grown.contents, grown.bin_entries, out=np.zeros_like(change),
        where=grown.bin_entries > 0,
    ).clip(0, 1)  # fmt: skip
    found = scaled(rng, grown.contents, events).astype(np.int64)
    rest = scaled(rng, grown.bin_entries - grown.contents, events).astype(np.int64)
    gains = np.divide(change, 1 - share, out=np.zeros_like(share), where=share < 1)
    losses = np.divide(-change, share, out=np.zeros_like(share), where=share > 0)
    number = found + rest
    found = (
        found
        + rng.binomial(rest, gains.clip(0, 1))
        - rng.binomial(found, losses.clip(0, 1))
    )
    shares, every = found.astype(np.float64), number.astype(np.float64)
    return Sums(shares, shares, every, float(every.sum()))
