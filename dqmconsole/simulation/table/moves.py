"""Counts moved along an axis: later times, fewer hits per event, smaller sums."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from dqmconsole.simulation.shapes import erf

if TYPE_CHECKING:
    from dqmconsole.model.histogram import Array, Axis


def squeezed(
    axis: Axis,
    counts: Array,
    factor: float,
    rng: np.random.Generator,
    start: float = -math.inf,
) -> Array:
    """Events by a sum over their hits, when every sum scales by `factor`.

    Args:
        axis: of the sum.
        counts: per bin, with flow bins.
        factor: on every sum.
        rng: for the draws.
        start: nothing lies below it, in the axis' unit.
    """
    width = (axis.high - axis.low) / axis.bins
    lower = np.maximum(axis.edges[:-1], min(start, axis.high))
    length = np.maximum(axis.edges[1:] - lower, 0.0)
    # spread each bin over its image, not as a spike at its centre; its density is
    # taken as the parabola that its neighbours have in common with it
    parts = 8 * math.ceil(min(factor, 16.0))
    steep, bent = _shapes_inside(counts, lower, length)
    middle = (np.arange(parts) + 0.5) / parts - 0.5
    shares = 1 + steep[:, None] * middle + bent[:, None] * (middle**2 - 1 / 12)
    shares = shares.clip(0.02)
    shares /= shares.sum(axis=1, keepdims=True)
    left_share = np.cumsum(shares[:, ::-1], axis=1)[:, ::-1]
    moved = np.zeros_like(counts)
    left = np.round(counts).astype(np.int64)
    for part in range(parts):
        now = rng.binomial(left, (shares / left_share)[:, part].clip(0, 1))
        left = left - now
        ends = lower + length * np.array([[part], [part + 1]]) / parts
        ends = (ends * factor - axis.low) / width
        first, last = np.floor(ends[0]), ends[1]
        # the image of a part lies in one bin, or in two
        beyond = np.divide(
            last - first - 1, last - ends[0], out=np.zeros(axis.bins),
            where=last > ends[0],
        ).clip(0, 1)  # fmt: skip
        up = rng.binomial(now[1:-1], beyond)
        bins = (first.astype(np.int64) + 1).clip(0, axis.bins + 1)
        np.add.at(moved, bins, now[1:-1] - up)
        np.add.at(moved, (bins + 1).clip(0, axis.bins + 1), up)
        moved[0] += now[0]
        moved[-1] += now[-1]
    return moved


def _shapes_inside(counts: Array, lower: Array, length: Array) -> tuple[Array, Array]:
    """Slope and curvature of the density inside each bin, relative, by its length.

    Of logarithms, which an exponential fall has straight up to its ends.
    """
    steep, bent = np.zeros(counts.size), np.zeros(counts.size)
    inner = counts[1:-1]
    there = np.flatnonzero((length > 0) & (inner > 20))
    if there.size < 3:
        return steep, bent
    centers = (lower + length / 2)[there]
    logs = np.log(inner[there] / length[there])
    slope = np.gradient(logs, centers) * length[there]
    curve = np.gradient(np.gradient(logs, centers), centers) * length[there] ** 2
    curve[[0, 1, -2, -1]] = 0.0
    steep[there + 1] = slope.clip(-2, 2)
    bent[there + 1] = (slope**2 + curve).clip(-4, 4) / 2
    return steep, bent


def rescaled(
    axis: Axis, counts: Array, factor: float, rng: np.random.Generator, start: float
) -> Array:
    """Hits by a charge or an energy, when every one of them scales by `factor`.

    What lies beyond the axis falls on as it falls at its end. See :func:`squeezed`
    for the arguments.
    """
    if factor == 1:
        return counts
    moved = squeezed(axis, counts, factor, rng, start)
    beyond = round(float(counts[-1]))
    if factor < 1 and beyond:
        moved[-1] -= beyond
        width = (axis.high - axis.low) / axis.bins
        values = factor * _beyond(axis, counts, rng.uniform(1e-9, 1.0, beyond))
        bins = np.floor((values - axis.low) / width).clip(-1, axis.bins)
        moved += np.bincount(bins.astype(np.int64) + 1, minlength=moved.size)
    return moved


def _beyond(axis: Axis, counts: Array, chance: Array) -> Array:
    """Values beyond the axis: of a power law, or of an exponential one."""
    above = np.cumsum(counts[::-1])[::-1]
    near, half = (axis.bins - round(part * axis.bins) + 1 for part in (0.2, 0.4))
    falls = np.log([above[half] / above[near], above[near] / above[-1]])
    edges = np.array([axis.edges[half - 1], axis.edges[near - 1], axis.high])
    if edges[0] <= 0 or not (falls > 0).all():
        # as a Landau's tail
        return axis.high / chance
    powers = falls / np.log(edges[1:] / edges[:-1])
    slopes = falls / np.diff(edges)
    if abs(math.log(powers[1] / powers[0])) < abs(math.log(slopes[1] / slopes[0])):
        found: Array = axis.high * chance ** (-1 / powers[1])
    else:
        found = axis.high - np.log(chance) / slopes[1]
    return found


def thinned_numbers(
    axis: Axis, counts: Array, factor: float, rng: np.random.Generator
) -> Array:
    """Events by their number of hits, when hits are lost, or noise is added.

    Lost: each hit is kept with chance f. Added: noise that knows nothing of their
    number, Poisson of the mean number times (f - 1). In a bin of several numbers
    each is as frequent.
    """
    if factor == 1:
        return counts
    width = (axis.high - axis.low) / axis.bins
    lowest = np.ceil(np.concatenate([[0.0], axis.edges]).clip(0))
    several = np.append(np.diff(lowest), 1.0).clip(1)
    which = np.repeat(np.arange(counts.size), np.round(counts).astype(np.int64))
    inside = np.floor(rng.random(which.size) * several[which])
    events = (lowest[which] + inside).astype(np.int64)
    if factor <= 1:
        drawn = rng.binomial(events, factor)
    else:
        usual = float(events.mean()) if events.size else 0.0
        drawn = events + rng.poisson(usual * (factor - 1), events.size)
    bins = np.floor((drawn - axis.low) / width).clip(-1, axis.bins).astype(np.int64)
    found: Array = np.bincount(bins + 1, minlength=counts.size).astype(np.float64)
    return found


def moved_to(
    low: float,
    width: float,
    targets: Array,
    counts: Array,
    moved: Array,
    rng: np.random.Generator,
) -> Array:
    """Put the counts of each bin at its target on x, split over the two nearest."""
    place = (targets - low) / width + 0.5
    lower = np.floor(place).astype(np.int64)
    upper_share = place - lower
    whole = np.round(counts).astype(np.int64)
    # the density inside a bin is taken as a line through its neighbours
    steep = np.divide(
        np.gradient(counts), counts, out=np.zeros(counts.size), where=counts > 20
    )
    upper_share += steep.clip(-2, 2) * upper_share * (1 - upper_share) / 2
    up = rng.binomial(whole, np.clip(upper_share, 0.0, 1.0))
    last = moved.size - 1
    np.add.at(moved, lower.clip(0, last), whole - up)
    np.add.at(moved, (lower + 1).clip(0, last), up)
    return moved


def kept_by_time(
    axis: Axis, counts: Array, times: Array, weights: Array, factor: Array
) -> tuple[Array, Array]:
    """What becomes of the hits at each time when channels of different times change.

    The spread of one channel's hits is what is left of the distribution's own
    variance when that of the channels' mean times is taken out.

    Args:
        axis: time, ns.
        counts: the nominal distribution, with flow bins.
        times: mean time of each channel's hits, ns.
        weights: nominal rate of each channel.
        factor: factor on it.

    Returns:
        per bin, flow bins included: the share of the hits that stays, and the mean
        number of hits that come in addition (from channels with a factor above 1).
    """
    inner, centers = counts[1:-1], axis.centers
    total, weight = float(inner.sum()), float(weights.sum())
    if total < 2 or weight <= 0:
        return np.ones(counts.size), np.zeros(counts.size)
    mean = float(inner @ centers) / total
    variance = float(inner @ (centers - mean) ** 2) / total
    usual = float(weights @ times) / weight
    between = float(weights @ (times - usual) ** 2) / weight
    width = (axis.high - axis.low) / axis.bins
    sigma = max(variance - between - width**2 / 12, (width / 2) ** 2) ** 0.5
    step = sigma / 32
    steps, classes = np.unique(np.round((times - usual) / step), return_inverse=True)
    means = mean + steps * step
    edges = (axis.edges[None, :] - means[:, None]) / (sigma * math.sqrt(2))
    below = 0.5 * (1 + erf(edges))
    chance = np.diff(below, prepend=0.0, append=1.0, axis=1)
    was = np.bincount(classes, weights) @ chance
    now = np.bincount(classes, weights * np.minimum(factor, 1)) @ chance
    more = np.bincount(classes, weights * np.maximum(factor - 1, 0)) @ chance
    kept = np.divide(now, was, out=np.ones(counts.size), where=was > 1e-9)
    return kept.clip(0, 1), more * (float(counts.sum()) / weight)
