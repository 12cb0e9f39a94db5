"""Causes on profiles: means by channel, their spread, and how well they are known."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from dqmconsole.detector.table.changes import mean_gain
from dqmconsole.detector.table.scales import (
    Span,
    Sums,
    activity,
    kept_share,
    of_strengths,
    over,
    scaled,
)

if TYPE_CHECKING:
    from dqmconsole.detector.state.sight import Sight
    from dqmconsole.detector.table.cause import Effect
    from dqmconsole.model.histogram import Array


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
    usual = usual_means(sight, given, mean, spread)
    mean, spread = refilled(rng, given, number, (mean, spread), usual)
    error = np.sqrt(spread / np.maximum(number, 1)) * rng.normal(0, 1, mean.shape)
    if sight.quantity == "mean time" and sight.subsystem in effect.shift:
        late = _mean_shift(effect, sight, mean.size).reshape(mean.shape)
        strength, variance = _mean_strength(rng, span, number)
        # what drifts in the span is spread by its drift
        drift = late * np.sqrt(variance)
        spread = (spread + drift**2 + 2 * drift * error).clip(0)
        mean = mean + late * strength
    elif sight.quantity == "mean time":
        late = _mean_shift(effect, sight, mean.size).reshape(mean.shape)
        mean = mean + span.mean * late
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


def _mean_shift(effect: Effect, sight: Sight, size: int) -> Array:
    """By how many ns each bin's mean moves: its hits are late, or are others."""
    shift = effect.shift.get(sight.subsystem, 0.0)
    keep = effect.keep.get(sight.subsystem, 1.0)
    if sight.weights is None or sight.bins is None or sight.times is None:
        return np.zeros(size)
    seen = sight.bins >= 0
    bins, times = sight.bins[seen], sight.times

    def means(weights: Array, values: Array) -> Array:
        weight = np.bincount(bins, weights[seen], minlength=size)
        total = np.bincount(bins, (weights * values)[seen], minlength=size)
        return np.divide(total, weight, out=np.zeros(size), where=weight > 0)

    moved: Array = means(sight.weights * keep, times + shift)
    return moved - means(sight.weights, times)


def usual_means(sight: Sight, given: Array, mean: Array, spread: Array) -> Array | None:
    """The mean of each bin but for fluctuations; None where that is not known.

    Known are the times, or the responses, of the channels as built: they are taken
    when the means as given lie on them.
    """
    values = sight.times if sight.quantity == "mean time" else sight.gains
    if values is None or sight.bins is None or sight.weights is None:
        return None
    seen = sight.bins >= 0
    bins, weights = sight.bins[seen], sight.weights[seen]
    weight = np.bincount(bins, weights, minlength=mean.size)
    sums = np.bincount(bins, weights * values[seen], minlength=mean.size)
    built = np.divide(sums, weight, out=np.zeros_like(sums), where=weight > 0)
    built = built.reshape(mean.shape)
    filled = given > 0
    total = float(given[filled].sum())
    if total <= 0:
        return None
    if sight.quantity == "mean time":
        built = built + float((given * (mean - built))[filled].sum()) / total
    else:
        built = (
            built
            * float((given * mean)[filled].sum())
            / max(float((given * built)[filled].sum()), 1e-12)
        )
    well = (given > 20) & (spread > 0)
    if not well.any():
        return None
    off = ((mean - built) ** 2 * given)[well] / spread[well]
    return built if float(np.median(off)) < 1 else None


def refilled(
    rng: np.random.Generator,
    given: Array,
    number: Array,
    means: tuple[Array, Array],
    usual: Array | None,
) -> tuple[Array, Array]:
    """Means and variances of a profile's bins with other numbers of fills.

    Of fewer fills the mean scatters more, and the variance about it is smaller; a
    single fill has none. Of more it scatters less, about what is usual.

    Args:
        rng: for the draws.
        given: fills that made the means.
        number: fills now.
        means: of the fills given, and their variances.
        usual: the mean of each bin but for fluctuations, if known.
    """
    mean, spread = means
    fewer = (number < given) & (number > 0) & (given > 1)
    more = (number > given) & (given > 1)
    one, now = np.maximum(given, 2.0), np.maximum(number, 1.0)
    own = spread * one / (one - 1)
    found, left = mean, spread
    if fewer.any():
        off = own * (1 / now - 1 / one).clip(0)
        scattered = mean + rng.normal(0.0, 1.0, mean.shape) * np.sqrt(off)
        # the variance of few scatters by chi-squared, but for what it did before
        degrees = 1 / (1 / np.maximum(now - 1, 1) - 1 / one).clip(1e-9)
        few = own * (1 - 1 / now) * rng.chisquare(degrees) / degrees
        found, left = np.where(fewer, scattered, found), np.where(fewer, few, left)
    if more.any() and usual is not None:
        extra = np.where(more, number - given, 0.0)
        typical = float((given * own).sum() / given.sum())
        added = extra * usual + np.sqrt(extra * typical) * rng.normal(0, 1, mean.shape)
        degrees = np.maximum(extra - 1, 1.0)
        within = extra * typical * rng.chisquare(degrees) / degrees
        found = np.where(more, (given * mean + added) / now, found)
        left = np.where(more, (given * spread + within) / now, left)
    return found, left
