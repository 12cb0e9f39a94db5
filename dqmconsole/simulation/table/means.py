"""Causes on profiles: means by channel, their spread, and how well they are known."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
import numpy as np

from dqmconsole.model.histogram import Array
from dqmconsole.simulation.table.changes import mean_gain
from dqmconsole.simulation.table.scales import (
    Span,
    Sums,
    activity,
    kept_share,
    of_strengths,
    over,
    scaled,
)

if TYPE_CHECKING:
    from dqmconsole.simulation.state.sight import Sight
    from dqmconsole.simulation.table.cause import Effect


def profile(
    effect: Effect,
    span: Span,
    grown: Sums,
    sight: Sight,
    agreed: Array | None,
    rng: np.random.Generator,
) -> Sums:
    """What a profile has grown by, once a cause acts on the hits in it.

    Args:
        effect: what the cause does at full strength.
        span: the lumisections.
        grown: what it grew by as given.
        sight: what it sees.
        agreed: fills per bin as its sisters have them; None when not known.
        rng: for the draws.
    """
    assert grown.bin_entries is not None
    assert grown.sumw2 is not None
    given = grown.bin_entries
    mean = np.divide(grown.contents, given, out=np.zeros_like(given), where=given != 0)
    square = np.divide(grown.sumw2, given, out=np.zeros_like(given), where=given != 0)
    spread = np.clip(square - mean**2, 0.0, None)
    share = kept_share(effect, sight, given.size)
    if share.size > 1:
        share = share.reshape(given.shape)
    beam = np.array([activity(effect, sight)])
    total = over(span, share, beam)
    if sight.quantity == "mean count":
        hits = total / max(span.fill, 1e-12)
        number = scaled(rng, given, np.array([span.fill]))
        # the spread of a count of hits goes with its mean, as Poisson's does
        return _of_means(number, mean * hits, spread * hits)
    number = scaled(rng, given, total) if agreed is None else agreed
    mixture = _mixture(effect, span, grown, sight, mean, spread)
    mean, spread = refilled(rng, given, number, (mean, spread), mixture)
    error = np.sqrt(spread / np.maximum(number, 1)) * rng.normal(0, 1, mean.shape)
    if sight.quantity == "mean time" and sight.subsystem in effect.shift:
        late = _mean_delay(effect, sight, mean.size).reshape(mean.shape)
        strength, variance = _mean_strength(rng, span, number)
        # what drifts in the span is spread by its drift
        drift = late * np.sqrt(variance)
        spread = (spread + drift**2 + 2 * drift * error).clip(0)
        mean = mean + late * strength
    elif sight.quantity == "mean response" and sight.subsystem in effect.gain:
        change = mean_gain(effect, sight, mean.size).reshape(mean.shape) - 1
        strength, variance = _mean_strength(rng, span, number)
        size, drift = 1 + change * strength, change * np.sqrt(variance)
        spread = spread * (size**2 + drift**2)
        crossed = 2 * mean * drift * size * error
        # the fills of greater response weigh more in the variance
        uneven = np.sqrt(2 / np.maximum(number, 1)) * 2 * drift / size.clip(0.02)
        spread = spread * (1 + uneven * rng.normal(0, 1, mean.shape))
        spread = (spread + (mean * drift) ** 2 + crossed).clip(0)
        mean = mean * size
    return _of_means(number, mean, spread)


def _mean_strength(
    rng: np.random.Generator, span: Span, number: Array
) -> tuple[Array, Array]:
    """Mean strength in which the fills of each bin fell, and its variance."""
    first, second = np.zeros(number.shape), np.zeros(number.shape)
    for strength, part in of_strengths(rng, span, number):
        first += strength * part
        second += strength**2 * part
    fills = np.maximum(np.round(number), 1)
    return first / fills, (second / fills - (first / fills) ** 2).clip(0)


def _of_means(number: Array, mean: Array, spread: Array) -> Sums:
    return Sums(number * mean, number * (spread + mean**2), number, float(number.sum()))


def _mean_delay(effect: Effect, sight: Sight, size: int) -> Array:
    """By how many ns the hits in each bin are late on average."""
    if sight.weights is None or sight.bins is None:
        return np.zeros(size)
    shift = np.broadcast_to(effect.shift[sight.subsystem], sight.weights.shape)
    weights = sight.weights * effect.keep.get(sight.subsystem, 1.0)
    return _of_bins(sight.bins, weights, shift, size)[1]


def _of_bins(
    bins: Array, weights: Array, values: Array, size: int
) -> tuple[Array, Array, Array]:
    """Weight of each bin, mean and variance of its channels' values; or zeros."""
    seen = (bins >= 0) & (weights > 0)
    at, weighing, value = bins[seen], weights[seen], values[seen]
    weight = np.bincount(at, weighing, minlength=size)
    there = weight > 0
    mean = np.bincount(at, weighing * value, minlength=size)
    mean = np.divide(mean, weight, out=np.zeros(size), where=there)
    square = np.bincount(at, weighing * (value - mean[at]) ** 2, minlength=size)
    return weight, mean, np.divide(square, weight, out=np.zeros(size), where=there)


class Mixture(msgspec.Struct, frozen=True, eq=False):
    """Whose fills leave the bins of a profile, and whose are added.

    Channels of one bin differ in their means: with other shares of them in it, its
    mean moves and its variance changes. All arrays have the profile's shape.

    Attributes:
        kept: share of the fills given that stays, where others are added.
        usual: mean of the fills that are added; None when it is not known.
        own: variance of one channel's fills.
        moved, wider: what the bins' mean and variance change by, of those that stay.
        between: variance, among the channels, of what is added.
    """

    kept: Array
    usual: Array | None
    own: float
    moved: Array
    wider: Array
    between: Array


def _mixture(
    effect: Effect, span: Span, grown: Sums, sight: Sight, mean: Array, spread: Array
) -> Mixture:
    """What the cause does to the shares of the channels in each bin."""
    assert grown.bin_entries is not None
    given, size = grown.bin_entries, grown.contents.size
    none = np.zeros(given.shape)
    values, known = _values(sight, given, mean, spread)
    own = spread * given / np.maximum(given - 1, 1)
    if values is None or sight.bins is None or sight.weights is None:
        typical = float((given * own).sum() / max(float(given.sum()), 1.0))
        return Mixture(np.ones(given.shape), None, typical, none, none, none)
    keep = effect.keep.get(sight.subsystem, np.ones(1))
    beam = np.array([activity(effect, sight)])
    factor = np.broadcast_to(over(span, keep, beam), sight.weights.shape)
    weights = sight.weights
    built, stays, added = (
        [each.reshape(given.shape) for each in _of_bins(sight.bins, some, values, size)]
        for some in (
            weights,
            weights * factor.clip(0, 1),
            weights * (factor - 1).clip(0),
        )
    )
    usual = np.where(added[0] > 0, added[1], stays[1])
    single = float((given * (own - built[2])).sum() / max(float(given.sum()), 1.0))
    there = stays[0] > 0
    kept = np.divide(stays[0], built[0], out=np.ones(given.shape), where=built[0] > 0)
    return Mixture(
        np.where(added[0] > 0, kept, 1.0),
        usual if known else mean - built[1] + usual,
        max(single, 0.0),
        np.where(there, stays[1] - built[1], 0.0),
        np.where(there, stays[2] - built[2], 0.0),
        added[2],
    )


def _values(
    sight: Sight, given: Array, mean: Array, spread: Array
) -> tuple[Array | None, bool]:
    """Each channel's mean in the profile's unit, and whether the bins lie on these.

    Times, or responses, of the channels as built, all together brought to the means
    as given; None where they are not known.
    """
    values = sight.times if sight.quantity == "mean time" else sight.gains
    filled = given > 0
    total = float(given[filled].sum())
    if values is None or sight.bins is None or sight.weights is None or total <= 0:
        return None, False
    built = _of_bins(sight.bins, sight.weights, values, mean.size)[1]
    built = built.reshape(mean.shape)
    if sight.quantity == "mean time":
        off = float((given * (mean - built))[filled].sum()) / total
        values, built = values + off, built + off
    else:
        size = float((given * mean)[filled].sum()) / max(
            float((given * built)[filled].sum()), 1e-12
        )
        values, built = values * size, built * size
    well = (given > 20) & (spread > 0)
    if not well.any():
        return values, False
    pulls = ((mean - built) ** 2 * given)[well] / spread[well]
    return values, float(np.median(pulls)) < 1


def refilled(
    rng: np.random.Generator,
    given: Array,
    number: Array,
    means: tuple[Array, Array],
    mixture: Mixture,
) -> tuple[Array, Array]:
    """Means and variances of a profile's bins with other numbers of fills.

    Of fewer fills the mean scatters more, and the variance about it is smaller; a
    single fill has none. Of more it scatters less, about what is usual.

    Args:
        rng: for the draws.
        given: fills that made the means.
        number: fills now.
        means: of the fills given, and their variances.
        mixture: whose fills they are.
    """
    mean, spread = means
    left = np.minimum(number, np.round(given * mixture.kept))
    fewer = (left < given) & (left > 0) & (given > 1)
    one, now = np.maximum(given, 2.0), np.maximum(left, 1.0)
    own = (spread * one / (one - 1) + mixture.wider).clip(0)
    found, within = mean, spread
    if fewer.any():
        off = own * (1 / now - 1 / one).clip(0)
        scattered = mean + mixture.moved + rng.normal(0.0, 1.0, mean.shape) * off**0.5
        # the variance of few scatters by chi-squared, but for what it did before
        degrees = 1 / (1 / np.maximum(now - 1, 1) - 1 / one).clip(1e-9)
        few = own * (1 - 1 / now) * rng.chisquare(degrees) / degrees
        found, within = np.where(fewer, scattered, found), np.where(fewer, few, within)
    extra = (number - left).clip(0)
    if not (extra > 0).any() or mixture.usual is None:
        return found, within
    variance = mixture.own + mixture.between
    added = mixture.usual + rng.normal(0.0, 1.0, mean.shape) * np.sqrt(
        variance / np.maximum(extra, 1)
    )
    square = variance * rng.chisquare(np.maximum(extra - 1, 1))
    square = np.where(extra > 1, square, 0.0) / np.maximum(number, 1)
    share = extra / np.maximum(number, 1)
    # the means of what was there and of what is added are apart
    apart = share * (1 - share) * (added - found) ** 2
    spread = np.where(extra > 0, (1 - share) * within + square + apart, within)
    return np.where(extra > 0, (1 - share) * found + share * added, found), spread
