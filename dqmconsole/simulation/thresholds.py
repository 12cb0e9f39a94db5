"""The kinds of quality test; each a frozen value with its limits."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import msgspec
import numpy as np

from dqmconsole.simulation.quality import (
    ERROR,
    GOOD,
    WARNING,
    QualityInput,
    QualityOutcome,
    graded,
    too_few,
)

if TYPE_CHECKING:
    from dqmconsole.model.histogram import Array, Axis


def _in_words(axis: Axis, bins: Array) -> str:
    """Bins of an axis (from 0) as a shifter reads them: "iφ 11–24" or labels."""
    chosen = sorted({int(each) for each in bins})
    if axis.labels:
        names = [axis.labels[each] or str(each + 1) for each in chosen]
        shown = ", ".join(names[:4])
        return shown + (f" and {len(names) - 4} more" if len(names) > 4 else "")
    title = axis.title.split("[")[0].strip() or "bin"
    title = "LS" if title == "Lumisection" else title
    centers = axis.centers
    runs: list[list[int]] = []
    for each in chosen:
        if runs and each == runs[-1][1] + 1:
            runs[-1][1] = each
        else:
            runs.append([each, each])
    words = [_range(float(centers[a]), float(centers[b])) for a, b in runs]
    if len(words) > 4:
        words = [_range(float(centers[chosen[0]]), float(centers[chosen[-1]]))]
    return f"{title} {', '.join(words)}"


def _range(low: float, high: float) -> str:
    if low == high:
        return _number(low)
    dash = " to " if low < 0 else "–"  # "−28–−17" cannot be read
    return f"{_number(low)}{dash}{_number(high)}"


def _number(value: float, digits: int = 6) -> str:
    """A number as axes write it, those of thousands without a power of ten."""
    whole = 10.0**digits <= abs(value) < 1e6
    words = f"{value:.0f}" if whole else f"{value:.{digits}g}"
    return words.replace("-", "−", 1) if value < 0 else words


def _rounded(value: float, range_: float) -> float:
    """A value without the digits that mean nothing beside what is expected.

    They are those below a thousandth of the expected range.
    """
    return round(value, 3 - math.floor(math.log10(range_))) + 0.0  # no "-0"


def _expected(low: float, high: float) -> str:
    return f"expected {_number(low)} to {_number(high)}"


def _ring_medians(ring: Array, values: Array) -> Array:
    """For each value the median of the values of its ring."""
    # by ring, then by value: one sort of a joint key is thrice as quick as lexsort
    spacing = float(values.max(initial=0.0) - values.min(initial=0.0)) + 1.0
    order = np.argsort(ring * spacing + values, kind="stable")
    starts = np.flatnonzero(np.diff(ring[order], prepend=-1))
    sizes = np.diff(np.append(starts, ring.size))
    middles = values[order][starts + sizes // 2]
    medians = np.zeros(ring.size)
    medians[order] = np.repeat(middles, sizes)
    return medians


def _too_few_entries(
    total: float, enough: float, given: QualityInput
) -> QualityOutcome:
    return too_few(f"{total:.0f} entries in {given.span}, {enough:g} needed")


class Occupancy(msgspec.Struct, frozen=True):
    """Empty and noisy cells, each against the median of its ring.

    Resembles CMS's DeadChannel and NoisyChannel.

    Attributes:
        noun: what one cell is.
        ring_axis: cells with the same bin on this axis are one ring; -1: all are.
        empty_below, noisy_above: in medians of the ring.
        warn, bad: share of cells newly empty.
        noisy_warn, noisy_bad: number of noisy cells allowed.
        enough: the smallest median that can be judged.
    """

    noun: str = "cells"
    ring_axis: int = 0
    empty_below: float = 0.25
    noisy_above: float = 5.0
    warn: float = 0.002
    bad: float = 0.01
    noisy_warn: int = 0
    noisy_bad: int = 0
    enough: float = 40.0
    name: str = "Occupancy"
    window: int = 5
    part: str = "Occupancy"

    def judge(self, given: QualityInput) -> QualityOutcome:
        """Judge an element."""
        counts = given.increase if given.weights is None else given.weights
        values = counts.ravel()[given.cells]
        where = np.unravel_index(given.cells, counts.shape)
        ring = np.zeros(values.size, np.int64)
        if self.ring_axis >= 0:
            ring = where[self.ring_axis]
        medians = _ring_medians(ring, values)
        lowest = float(np.median(medians))
        if lowest < self.enough:
            return too_few(
                f"{lowest:.0f} entries in a typical cell in {given.span}, "
                f"{self.enough:g} needed"
            )
        judged = medians >= self.enough / 4
        expected = np.isin(given.cells, given.known)
        empty = judged & (values < self.empty_below * medians)
        news = empty & ~expected
        noisy = judged & (values > self.noisy_above * medians)
        hot = int(noisy.sum())
        share = float(news.sum()) / values.size
        axes = given.now.axes
        words = f"{int(news.sum())} of {values.size} {self.noun} empty"
        if news.any():
            place = [
                _in_words(axis, at[news] - 1)
                for axis, at in zip(axes, where, strict=True)
            ]
            words += f" ({'; '.join(place)})"
        if expected.any():
            words += f" beyond {int(expected.sum())} known"
        if hot:
            loudest = int(np.argmax(np.where(noisy, values / medians.clip(1), 0)))
            place = [
                _in_words(axis, at[[loudest]] - 1)
                for axis, at in zip(axes, where, strict=True)
            ]
            times = values[loudest] / max(medians[loudest], 1)
            words += f"; {hot} noisy, {', '.join(place)} has {times:.0f} × its ring"
        dead = graded(share, self.warn, self.bad, 0, "")
        loud = graded(hot, self.noisy_warn, self.noisy_bad, 0, "")
        result = 1.0 - share - hot / values.size
        return QualityOutcome(
            max(dead.code, loud.code), result, f"{words}, in {given.span}"
        )


class MeanWithin(msgspec.Struct, frozen=True):
    """The mean of a one-dimensional distribution, as CMS's MeanWithinExpected.

    Attributes:
        low, high: limits of a good mean, in the axis' unit.
        margin: beyond the limits by more than this is an error.
        enough: entries needed.
    """

    low: float
    high: float
    margin: float
    unit: str = ""
    enough: float = 200.0
    name: str = "Mean"
    window: int = 5
    part: str = "Shape"

    def judge(self, given: QualityInput) -> QualityOutcome:
        """Judge an element."""
        counts = given.increase[1:-1]
        total = float(counts.sum())
        if total < self.enough:
            return _too_few_entries(total, self.enough, given)
        mean = float(counts @ given.now.axes[0].centers) / total
        beyond = max(self.low - mean, mean - self.high, 0.0)
        unit = f" {self.unit}" if self.unit else ""
        message = (
            f"mean {_number(_rounded(mean, self.high - self.low), 3)}{unit}, "
            f"{_expected(self.low, self.high)}, in {given.span}"
        )
        return graded(beyond, 0.0, self.margin, 1 - beyond / (4 * self.margin), message)


class BinsWithin(msgspec.Struct, frozen=True):
    """Contents (of a profile: means) of each filled bin within limits.

    Resembles CMS's ContentsWithinExpected.

    Attributes:
        low, high: limits of a good bin.
        warn, bad: share of the filled bins outside.
        enough: entries a profile's bin needs to be judged.
    """

    low: float
    high: float
    unit: str = ""
    warn: float = 0.02
    bad: float = 0.05
    enough: float = 20.0
    noun: str = "bins"
    name: str = "Contents"
    window: int = 5
    part: str = "Shape"

    def judge(self, given: QualityInput) -> QualityOutcome:
        """Judge an element."""
        inner = (slice(1, -1),) * given.increase.ndim
        values = given.increase[inner]
        if given.weights is None:
            filled = values > 0
        else:
            weights = given.weights[inner]
            filled = weights >= self.enough
            values = np.divide(values, weights, out=np.zeros_like(values), where=filled)
        number = int(filled.sum())
        if not number:
            return too_few(f"no bin with {self.enough:g} entries in {given.span}")
        outside = filled & ((values < self.low) | (values > self.high))
        wrong = int(outside.sum())
        unit = f" {self.unit}" if self.unit else ""
        words = (
            f"{wrong} of {number} {self.noun} outside "
            f"{_number(self.low)} to {_number(self.high)}{unit}"
        )
        if wrong:
            place = [
                _in_words(axis, at)
                for axis, at in zip(given.now.axes, np.nonzero(outside), strict=True)
            ]
            words += f" ({'; '.join(place)})"
        share = wrong / number
        return graded(
            share, self.warn, self.bad, 1 - share, f"{words}, in {given.span}"
        )


class ShareWithin(msgspec.Struct, frozen=True):
    """Share of the entries in a range of one axis, as CMS's ContentsXRange.

    Attributes:
        low, high: the range, in the axis' unit (bin centres).
        warn, bad: a smaller share is a warning, an error.
        axis: 0 for x, 1 for y.
        what: what the range means, for the message.
    """

    low: float
    high: float
    what: str
    warn: float = 0.95
    bad: float = 0.85
    axis: int = 0
    enough: float = 200.0
    name: str = "Range"
    window: int = 5
    part: str = "Shape"

    def judge(self, given: QualityInput) -> QualityOutcome:
        """Judge an element."""
        counts = given.increase
        total = float(counts.sum())
        if total < self.enough:
            return _too_few_entries(total, self.enough, given)
        other = tuple(d for d in range(counts.ndim) if d != self.axis)
        along = counts.sum(axis=other)[1:-1]
        centers = given.now.axes[self.axis].centers
        share = (
            float(along[(centers >= self.low) & (centers <= self.high)].sum()) / total
        )
        message = f"{share:.1%} {self.what}, {self.warn:.0%} expected, in {given.span}"
        return graded(1 - share, 1 - self.warn, 1 - self.bad, share, message)


class LastWithin(msgspec.Struct, frozen=True):
    """The last filled bins of a trend, as CMS's CompareLastFilledBin.

    Attributes:
        low, high: limits of a good value.
        margin: beyond the limits by more than this is an error.
        last: how many filled bins are averaged.
    """

    low: float
    high: float
    margin: float
    unit: str = ""
    last: int = 3
    name: str = "LastBin"
    window: int = 1
    part: str = "Trend"

    def judge(self, given: QualityInput) -> QualityOutcome:
        """Judge an element."""
        values = given.now.values()
        kept = given.now.bin_entries
        filled = values != 0
        if kept is not None:
            filled &= kept[1:-1] > 0
        filled = np.flatnonzero(filled)
        if not filled.size:
            return too_few("nothing filled yet")
        recent = filled[-self.last :]
        value = float(values[recent].mean())
        beyond = max(self.low - value, value - self.high, 0.0)
        unit = f" {self.unit}" if self.unit else ""
        message = (
            f"{_number(value, 4)}{unit}, {_expected(self.low, self.high)}, "
            f"in {_in_words(given.now.axes[0], recent)}"
        )
        return graded(beyond, 0.0, self.margin, 1 - beyond / (4 * self.margin), message)


class Symmetric(msgspec.Struct, frozen=True):
    """Contents at +x against those at -x.

    Attributes:
        warn, bad: largest asymmetry |plus - minus| / (plus + minus) per bin.
        sides: names of the lower and upper side.
    """

    warn: float = 0.06
    bad: float = 0.1
    sides: tuple[str, str] = ("minus", "plus")
    enough: float = 8000.0
    name: str = "Symmetry"
    window: int = 5
    part: str = "Shape"

    def judge(self, given: QualityInput) -> QualityOutcome:
        """Judge an element."""
        counts = given.increase[1:-1]
        minus, plus = counts, counts[::-1]
        both = minus + plus
        half = counts.size // 2
        judged = np.flatnonzero(both[:half] >= self.enough)
        if not judged.size:
            most = float(both.max(initial=0.0))
            return too_few(
                f"{most:.0f} entries in the fullest pair of bins in {given.span}, "
                f"{self.enough:g} needed"
            )
        skew = (plus[judged] - minus[judged]) / both[judged]
        worst = int(np.argmax(np.abs(skew)))
        size = float(abs(skew[worst]))
        weak = self.sides[0] if skew[worst] > 0 else self.sides[1]
        place = _in_words(given.now.axes[0], judged[[worst]])
        words = f"both sides agree within {size:.1%}"
        if size > self.warn:
            words = f"the {weak} side is weaker by {2 * size:.0%} at {place}"
        return graded(size, self.warn, self.bad, 1 - size, f"{words}, in {given.span}")


class FlagsWithin(msgspec.Struct, frozen=True):
    """The last lumisections of a map of flags against lumisection.

    Attributes:
        below: a flag (0 or more) below this is bad; flags below 0 are not judged.
        warn, bad: number of rows with a bad flag.
        noun: what a row is.
    """

    below: float = 0.5
    warn: int = 0
    bad: int = 1
    noun: str = "rows"
    last: int = 2
    name: str = "Flags"
    window: int = 1
    part: str = "Flags"

    def judge(self, given: QualityInput) -> QualityOutcome:
        """Judge an element."""
        flags = given.now.values()
        filled = np.flatnonzero((flags >= 0).any(axis=1))
        if not filled.size:
            return too_few("no flags yet")
        recent = flags[filled[-self.last :]]
        judged = (recent >= 0).any(axis=0)
        wrong = judged & (np.where(recent < 0, 1.0, recent).max(axis=0) < self.below)
        number = int(wrong.sum())
        axes = given.now.axes
        words = f"all {int(judged.sum())} {self.noun} good"
        if number:
            rows = _in_words(axes[1], np.flatnonzero(wrong))
            words = f"{number} of {int(judged.sum())} {self.noun} bad: {rows}"
        code = ERROR if number > self.bad else WARNING if number > self.warn else GOOD
        result = 1 - number / max(int(judged.sum()), 1)
        return QualityOutcome(
            code, result, f"{words} in {_in_words(axes[0], filled[-1:])}"
        )
