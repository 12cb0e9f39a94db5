"""Distributions over bins, and draws from them; vectorised, numpy alone."""

from __future__ import annotations

import functools
import math
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from dqmconsole.model.histogram import Array, Axis

_ERF_AT = np.linspace(-6.0, 6.0, 12_001)
_ERF = np.array([math.erf(x) for x in _ERF_AT])


def erf(values: Array) -> Array:
    """The error function to 1e-7, by interpolation (SciPy's home is elsewhere)."""
    found: Array = np.interp(values, _ERF_AT, _ERF)
    return found


def gaussian(axis: Axis, mean: float, sigma: float) -> Array:
    """Probability of a normal distribution per bin, with flow bins, sum 1.

    Args:
        axis: the bins.
        mean: in the unit of the axis.
        sigma: likewise, above 0.
    """
    below = 0.5 * (1.0 + erf((axis.edges - mean) / (sigma * math.sqrt(2.0))))
    return np.diff(below, prepend=0.0, append=1.0)


def exponential(axis: Axis, slope: float, start: float = 0.0) -> Array:
    """Probability per bin, with flow bins, of an exponential fall.

    Args:
        axis: the bins.
        slope: over which it falls to 1/e, in the unit of the axis.
        start: nothing is below it, likewise.
    """
    below = 1.0 - np.exp(-np.clip(axis.edges - start, 0.0, None) / slope)
    return np.diff(below, prepend=0.0, append=1.0)


def rayleigh(axis: Axis, width: float) -> Array:
    """Probability per bin, with flow bins, of the length of two normal components.

    Args:
        axis: the bins, from 0.
        width: spread of each component, in the unit of the axis.
    """
    below = 1.0 - np.exp(-0.5 * (np.clip(axis.edges, 0.0, None) / width) ** 2)
    return np.diff(below, prepend=0.0, append=1.0)


def power(axis: Axis, exponent: float, start: float) -> Array:
    """Probability per bin, with flow bins, of a falling power law.

    Args:
        axis: the bins.
        exponent: above 1.
        start: nothing is below it, in the unit of the axis, above 0.
    """
    ratio = start / np.clip(axis.edges, start, None)
    return np.diff(1.0 - ratio ** (exponent - 1.0), prepend=0.0, append=1.0)


def poissonian(axis: Axis, mean: float) -> Array:
    """Probability per bin, with flow bins, of a Poisson (above 30: normal) law."""
    if mean > 30:
        return gaussian(axis, mean, math.sqrt(mean))
    numbers = np.arange(0, int(mean + 12 * math.sqrt(mean + 1)) + 2)
    logs = np.cumsum(np.log(np.maximum(numbers, 1)))
    chance = np.exp(numbers * math.log(max(mean, 1e-12)) - mean - logs)
    bins = np.searchsorted(axis.edges, numbers, side="right")
    found: Array = np.bincount(bins, chance / chance.sum(), minlength=axis.bins + 2)
    return found


@functools.cache
def _landau_table() -> tuple[Array, Array]:
    """The Landau density on a grid, by its integral representation.

    p(x) = 1/pi * integral over t from 0 to infinity of exp(-t ln t - x t) sin(pi t)
    (L. Landau, J. Phys. USSR 8 (1944) 201); its most probable value is -0.2228.
    """
    grid = np.concatenate([np.linspace(-4, 15, 381), np.geomspace(15.5, 400, 120)])
    t = np.concatenate([np.linspace(1e-6, 2, 4000), np.linspace(2.001, 30, 8000)])
    kernel = np.sin(np.pi * t) / np.pi
    table = np.array(
        [np.trapezoid(np.exp(-t * np.log(t) - x * t) * kernel, t) for x in grid]
    )
    return grid, np.clip(table, 0.0, None)


@functools.cache
def _landau_integral() -> tuple[Array, Array]:
    """The Landau distribution function on a grid."""
    grid, density = _landau_table()
    area = np.concatenate(
        [[0.0], np.cumsum(0.5 * (density[1:] + density[:-1]) * np.diff(grid))]
    )
    return grid, area / area[-1]


def landau_above(values: Array, width: float) -> Array:
    """Probability that a Landau distribution is above values.

    Args:
        values: relative to its most probable value, any shape.
        width: its scale, likewise.
    """
    grid, below = _landau_integral()
    found: Array = 1.0 - np.interp((values - 1.0) / width - 0.2228, grid, below)
    return found


def landau(axis: Axis, peak: float, width: float) -> Array:
    """Probability per bin, with flow bins, of a Landau distribution.

    Args:
        axis: the bins.
        peak: its most probable value, in the unit of the axis.
        width: its scale, likewise.
    """
    grid, integral = _landau_integral()
    below = np.interp((axis.edges - peak) / width - 0.2228, grid, integral)
    return np.diff(below, prepend=0.0, append=1.0)


def flat(axis: Axis) -> Array:
    """Probability per bin, with flow bins, of what is as likely everywhere."""
    chance = np.zeros(axis.bins + 2)
    chance[1:-1] = 1 / axis.bins
    return chance


def thinned(chance: Array, share: float, least: int) -> Array:
    """Chances by number when each of so many is there with a share of the chance.

    Args:
        chance: of 0, 1, 2, ...
        share: 0 to 1.
        least: fewer do not count; the others are normalised to the sum of `chance`.
    """
    numbers = range(chance.size)
    left = np.array(
        [
            sum(
                float(chance[n]) * math.comb(n, k) * share**k * (1 - share) ** (n - k)
                for n in numbers[k:]
            )
            if k >= least
            else 0.0
            for k in numbers
        ]
    )
    total = left.sum()
    found: Array = left * (chance.sum() / total) if total > 0 else left
    return found


def one_earlier(chance: Array, share: float) -> Array:
    """Chances by bunch crossing when a share of the hits comes one crossing early.

    Args:
        chance: per crossing in rising order, without flow bins.
        share: 0 to 1; what was in the first crossing stays there.
    """
    if not share:
        return chance
    early = np.append(chance[1:], 0.0)
    early[0] += chance[0]
    found: Array = (1 - share) * chance + share * early
    return found


def one_later(chance: Array, share: float) -> Array:
    """The same when a share of them comes one crossing late.

    Args:
        chance: per crossing in rising order, without flow bins.
        share: 0 to 1; what was in the last crossing stays there.
    """
    return one_earlier(chance[::-1], share)[::-1]


def turn_on(values: Array, threshold: float, width: float, plateau: float) -> Array:
    """Efficiency of a trigger against the offline quantity: an error function.

    Args:
        values: of the quantity, any shape.
        threshold: where half of the plateau is reached, in its unit.
        width: of the rise (one sigma), likewise.
        plateau: the efficiency far above, 0 to 1.
    """
    rise = erf((values - threshold) / (width * math.sqrt(2.0)))
    curve: Array = plateau * 0.5 * (1.0 + rise)
    return curve


def spread(rng: np.random.Generator, total: float, chance: Array) -> Array:
    """Share `total` entries over bins: their sum is exactly `total`.

    Args:
        rng: the generator.
        total: number of entries, rounded.
        chance: probabilities, any shape; normalised here.

    Returns:
        int64 counts of the shape of `chance`.
    """
    weights = np.clip(chance.ravel(), 0.0, None)
    norm = weights.sum()
    if norm <= 0 or total < 0.5:
        return np.zeros(chance.shape, np.int64)
    found: Array = rng.multinomial(round(total), weights / norm)
    return found.reshape(chance.shape)


def times(
    rng: np.random.Generator, axis: Axis, counts: Array, t0: Array, sigma: float
) -> Array:
    """Distribution of the times of the hits of many channels.

    Args:
        rng: the generator.
        axis: time, ns.
        counts: hits per channel.
        t0: mean time per channel, ns.
        sigma: spread of one channel's hits, ns.

    Returns:
        counts with flow bins; their sum is exactly the number of hits.
    """
    total = counts.sum()
    if total < 0.5:
        return np.zeros(axis.bins + 2, np.int64)
    # channels of like mean share one normal distribution: classes of sigma / 32
    step = sigma / 32
    classes = np.round(t0 / step).astype(np.int64)
    first = classes.min()
    weights = np.bincount(classes - first, counts)
    used = np.flatnonzero(weights)
    means = (used + first) * step
    cdf = 0.5 * (
        1.0 + erf((axis.edges[None, :] - means[:, None]) / (sigma * math.sqrt(2.0)))
    )
    below = weights[used] @ cdf / total
    return spread(rng, float(total), np.diff(below, prepend=0.0, append=1.0))


def mean_times(
    rng: np.random.Generator, counts: Array, t0: Array, sigma: Array | float
) -> tuple[Array, Array]:
    """Sums of the times, and of their squares, of the hits of each channel.

    Args:
        rng: the generator.
        counts: hits per channel.
        t0: mean time per channel, ns.
        sigma: spread of the hits of a channel, ns.

    Returns:
        two arrays, one value per channel.
    """
    sums = counts * t0 + rng.normal(0.0, 1.0, counts.shape) * np.sqrt(counts) * sigma
    within = np.where(counts > 1, rng.chisquare(np.maximum(counts - 1, 1)), 0.0)
    squares = (
        np.divide(sums**2, counts, out=np.zeros_like(sums), where=counts > 0)
        + within * sigma**2
    )
    return sums, squares


def with_flat_times(
    rng: np.random.Generator,
    found: tuple[Array, Array],
    counts: Array,
    axis: Axis,
) -> tuple[Array, Array]:
    """Sums of times and of their squares, with hits beside that come at any time.

    Args:
        rng: the generator; without such hits nothing is drawn.
        found: the sums of the others, one value per channel.
        counts: hits per channel that come at any time.
        axis: time, ns: from where to where.
    """
    if not counts.any():
        return found
    width = axis.high - axis.low
    middle = 0.5 * (axis.low + axis.high)
    more = mean_times(rng, counts, np.full(counts.size, middle), width / math.sqrt(12))
    return found[0] + more[0], found[1] + more[1]
