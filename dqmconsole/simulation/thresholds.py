"""The kinds of quality test; each a frozen value with its limits."""

from __future__ import annotations

import msgspec
import numpy as np

from dqmconsole.model.histogram import Array
from dqmconsole.simulation.quality import (
    ERROR,
    GOOD,
    WARNING,
    Evidence,
    Judgement,
    graded,
    too_few,
)
from dqmconsole.simulation.words import in_words, ring_medians

_NONE = np.zeros(0, np.int64)


def _too_few_entries(total: float, enough: float, evidence: Evidence) -> Judgement:
    return too_few(f"{total:.0f} entries in {evidence.span}, {enough:g} needed")


class Occupancy(msgspec.Struct, frozen=True, eq=False):
    """Empty and noisy cells, each against the median of its ring.

    Resembles CMS's DeadChannel and NoisyChannel.

    Attributes:
        cells: flat indices (flow bins counted, C order) of the cells that exist.
        known: those of them that are known to be empty: they are no news.
        noun: what one cell is.
        ring_axis: cells with the same bin on this axis are one ring; -1: all are.
        empty_below, noisy_above: in medians of the ring.
        warn, bad: share of cells newly empty.
        noisy_warn, noisy_bad: number of noisy cells allowed.
        enough: the smallest median that can be judged.
    """

    path: str
    cells: Array
    known: Array = _NONE
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

    def judge(self, evidence: Evidence) -> Judgement:
        """Judge the evidence."""
        counts = evidence.increase if evidence.weights is None else evidence.weights
        values = counts.ravel()[self.cells]
        where = np.unravel_index(self.cells, counts.shape)
        ring = np.zeros(values.size, np.int64)
        if self.ring_axis >= 0:
            ring = where[self.ring_axis]
        medians = ring_medians(ring, values)
        lowest = float(np.median(medians))
        if lowest < self.enough:
            return too_few(
                f"{lowest:.0f} entries in a typical cell in {evidence.span}, "
                f"{self.enough:g} needed"
            )
        judged = medians >= self.enough / 4
        expected = np.isin(self.cells, self.known)
        empty = judged & (values < self.empty_below * medians)
        news = empty & ~expected
        noisy = judged & (values > self.noisy_above * medians)
        hot = int(noisy.sum())
        share = float(news.sum()) / values.size
        axes = evidence.now.axes
        words = f"{int(news.sum())} of {values.size} {self.noun} empty"
        if news.any():
            place = [
                in_words(axis, at[news] - 1)
                for axis, at in zip(axes, where, strict=True)
            ]
            words += f" ({'; '.join(place)})"
        if expected.any():
            words += f" beyond {int(expected.sum())} known"
        if hot:
            loudest = int(np.argmax(np.where(noisy, values / medians.clip(1), 0)))
            place = [
                in_words(axis, at[[loudest]] - 1)
                for axis, at in zip(axes, where, strict=True)
            ]
            times = values[loudest] / max(medians[loudest], 1)
            words += f"; {hot} noisy, {', '.join(place)} has {times:.0f} × its ring"
        dead = graded(share, self.warn, self.bad, 0, "")
        loud = graded(hot, self.noisy_warn, self.noisy_bad, 0, "")
        result = 1.0 - share - hot / values.size
        return Judgement(
            max(dead.code, loud.code), result, f"{words}, in {evidence.span}"
        )


class MeanWithin(msgspec.Struct, frozen=True):
    """The mean of a one-dimensional distribution, as CMS's MeanWithinExpected.

    Attributes:
        low, high: limits of a good mean, in the axis' unit.
        margin: beyond the limits by more than this is an error.
        enough: entries needed.
    """

    path: str
    low: float
    high: float
    margin: float
    unit: str = ""
    enough: float = 200.0
    name: str = "Mean"
    window: int = 5
    part: str = "Shape"

    def judge(self, evidence: Evidence) -> Judgement:
        """Judge the evidence."""
        counts = evidence.increase[1:-1]
        total = float(counts.sum())
        if total < self.enough:
            return _too_few_entries(total, self.enough, evidence)
        mean = float(counts @ evidence.now.axes[0].centers) / total
        beyond = max(self.low - mean, mean - self.high, 0.0)
        unit = f" {self.unit}" if self.unit else ""
        message = (
            f"mean {mean:.3g}{unit} in {evidence.span}, "
            f"expected {self.low:g} to {self.high:g}"
        )
        return graded(beyond, 0.0, self.margin, 1 - beyond / (4 * self.margin), message)


class BinsWithin(msgspec.Struct, frozen=True):
    """Contents (of a profile: means) of each filled bin within limits.

    Resembles CMS's ContentsWithinExpected.

    Attributes:
        low, high: limits of a good bin.
        warn, bad: share of the filled bins outside.
        enough: entries a profile's bin needs to be judged.
        latest: judge the window (False: the whole content).
    """

    path: str
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

    def judge(self, evidence: Evidence) -> Judgement:
        """Judge the evidence."""
        inner = (slice(1, -1),) * evidence.increase.ndim
        values = evidence.increase[inner]
        if evidence.weights is None:
            filled = values > 0
        else:
            weights = evidence.weights[inner]
            filled = weights >= self.enough
            values = np.divide(values, weights, out=np.zeros_like(values), where=filled)
        number = int(filled.sum())
        if not number:
            return too_few(f"no bin with {self.enough:g} entries in {evidence.span}")
        outside = filled & ((values < self.low) | (values > self.high))
        wrong = int(outside.sum())
        unit = f" {self.unit}" if self.unit else ""
        words = (
            f"{wrong} of {number} {self.noun} outside "
            f"{self.low:g} to {self.high:g}{unit}"
        )
        if wrong:
            place = [
                in_words(axis, at)
                for axis, at in zip(evidence.now.axes, np.nonzero(outside), strict=True)
            ]
            words += f" ({'; '.join(place)})"
        share = wrong / number
        return graded(
            share, self.warn, self.bad, 1 - share, f"{words}, in {evidence.span}"
        )


class ShareWithin(msgspec.Struct, frozen=True):
    """Share of the entries in a range of one axis, as CMS's ContentsXRange.

    Attributes:
        low, high: the range, in the axis' unit (bin centres).
        warn, bad: a smaller share is a warning, an error.
        axis: 0 for x, 1 for y.
        what: what the range means, for the message.
    """

    path: str
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

    def judge(self, evidence: Evidence) -> Judgement:
        """Judge the evidence."""
        counts = evidence.increase
        total = float(counts.sum())
        if total < self.enough:
            return _too_few_entries(total, self.enough, evidence)
        other = tuple(d for d in range(counts.ndim) if d != self.axis)
        along = counts.sum(axis=other)[1:-1]
        centers = evidence.now.axes[self.axis].centers
        share = (
            float(along[(centers >= self.low) & (centers <= self.high)].sum()) / total
        )
        message = (
            f"{share:.1%} {self.what} in {evidence.span}, {self.warn:.0%} expected"
        )
        return graded(1 - share, 1 - self.warn, 1 - self.bad, share, message)


class LastWithin(msgspec.Struct, frozen=True):
    """The last filled bins of a trend, as CMS's CompareLastFilledBin.

    Attributes:
        low, high: limits of a good value.
        margin: beyond the limits by more than this is an error.
        last: how many filled bins are averaged.
    """

    path: str
    low: float
    high: float
    margin: float
    unit: str = ""
    last: int = 3
    name: str = "LastBin"
    window: int = 1
    part: str = "Trend"

    def judge(self, evidence: Evidence) -> Judgement:
        """Judge the evidence."""
        values = evidence.now.values()
        kept = evidence.now.bin_entries
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
            f"{value:.4g}{unit} in {in_words(evidence.now.axes[0], recent)}, "
            f"expected {self.low:g} to {self.high:g}"
        )
        return graded(beyond, 0.0, self.margin, 1 - beyond / (4 * self.margin), message)


class Symmetric(msgspec.Struct, frozen=True, eq=False):
    """Contents at +x against those at -x.

    Attributes:
        warn, bad: largest asymmetry |plus - minus| / (plus + minus) per bin.
        sides: names of the lower and upper side.
    """

    path: str
    warn: float = 0.06
    bad: float = 0.1
    sides: tuple[str, str] = ("minus", "plus")
    enough: float = 8000.0
    name: str = "Symmetry"
    window: int = 5
    part: str = "Shape"

    def judge(self, evidence: Evidence) -> Judgement:
        """Judge the evidence."""
        counts = evidence.increase[1:-1]
        minus, plus = counts, counts[::-1]
        both = minus + plus
        half = counts.size // 2
        judged = np.flatnonzero(both[:half] >= self.enough)
        if not judged.size:
            most = float(both.max(initial=0.0))
            return too_few(
                f"{most:.0f} entries in the fullest pair of bins in {evidence.span}, "
                f"{self.enough:g} needed"
            )
        skew = (plus[judged] - minus[judged]) / both[judged]
        worst = int(np.argmax(np.abs(skew)))
        size = float(abs(skew[worst]))
        weak = self.sides[0] if skew[worst] > 0 else self.sides[1]
        place = in_words(evidence.now.axes[0], judged[[worst]])
        words = f"both sides agree within {size:.1%}"
        if size > self.warn:
            words = f"the {weak} side is weaker by {2 * size:.0%} at {place}"
        return graded(
            size, self.warn, self.bad, 1 - size, f"{words}, in {evidence.span}"
        )


class FlagsWithin(msgspec.Struct, frozen=True):
    """The last lumisections of a map of flags against lumisection.

    Attributes:
        below: a flag (0 or more) below this is bad; flags below 0 are not judged.
        warn, bad: number of rows with a bad flag.
        noun: what a row is.
    """

    path: str
    below: float = 0.5
    warn: int = 0
    bad: int = 1
    noun: str = "rows"
    last: int = 2
    name: str = "Flags"
    window: int = 1
    part: str = "Flags"

    def judge(self, evidence: Evidence) -> Judgement:
        """Judge the evidence."""
        flags = evidence.now.values()
        filled = np.flatnonzero((flags >= 0).any(axis=1))
        if not filled.size:
            return too_few("no flags yet")
        recent = flags[filled[-self.last :]]
        judged = (recent >= 0).any(axis=0)
        wrong = judged & (np.where(recent < 0, 1.0, recent).max(axis=0) < self.below)
        number = int(wrong.sum())
        axes = evidence.now.axes
        words = f"all {int(judged.sum())} {self.noun} good"
        if number:
            rows = in_words(axes[1], np.flatnonzero(wrong))
            words = f"{number} of {int(judged.sum())} {self.noun} bad: {rows}"
        code = ERROR if number > self.bad else WARNING if number > self.warn else GOOD
        result = 1 - number / max(int(judged.sum()), 1)
        return Judgement(code, result, f"{words} in {in_words(axes[0], filled[-1:])}")
