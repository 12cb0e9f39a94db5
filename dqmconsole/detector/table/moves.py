"""Counts moved along an axis: later times, fewer hits per event, smaller sums."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from dqmconsole.detector.shapes import erf

if TYPE_CHECKING:
    from dqmconsole.model.histogram import Array, Axis


def squeezed(
    axis: Axis, counts: Array, factor: float, rng: np.random.Generator
) -> Array:
    """Events by a sum over their hits, when every sum scales by `factor`."""
    width = (axis.high - axis.low) / axis.bins
    # spread each bin evenly over its image, not as a spike at its centre
    parts = 8
    moved = np.zeros_like(counts)
    left = np.round(counts).astype(np.int64)
    for part in range(parts):
        now = rng.binomial(left, 1.0 / (parts - part))
        left = left - now
        inside = axis.low + width * (np.arange(axis.bins) + (part + 0.5) / parts)
        targets = np.concatenate(
            [[axis.low - width], inside * factor, [axis.high * max(factor, 1) + width]]
        )
        bins = np.floor((targets - axis.low) / width).astype(np.int64) + 1
        np.add.at(moved, bins.clip(0, axis.bins + 1), now)
    return moved


def thinned_numbers(
    axis: Axis, counts: Array, factor: float, rng: np.random.Generator
) -> Array:
    """Events by their number of hits, when hits are lost, or noise is added.

    Lost: each hit is kept with chance f, which leaves n f with variance n f (1 - f).
    Added: noise that knows nothing of n, Poisson of the mean number times (f - 1).
    Both taken as normal.
    """
    numbers = np.concatenate([[axis.low], axis.centers, [axis.high]]).clip(0)
    if factor <= 1:
        mean, variance = numbers * factor, numbers * factor * (1 - factor)
    else:
        usual = float(counts @ numbers) / max(float(counts.sum()), 1.0)
        mean = numbers + usual * (factor - 1)
        variance = np.full(numbers.size, usual * (factor - 1))
    sigma = np.sqrt(variance).clip(1e-6)
    edges = (axis.edges[None, :] - mean[:, None]) / (sigma[:, None] * math.sqrt(2))
    below = 0.5 * (1 + erf(edges))
    chance = np.diff(below, prepend=0.0, append=1.0, axis=1).clip(0)
    drawn = rng.multinomial(np.round(counts).astype(np.int64), chance)
    found: Array = drawn.sum(axis=0).astype(np.float64)
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
