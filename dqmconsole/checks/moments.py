"""Checks of the moments of a distribution: mean, RMS, skewness.

All are ROOT's, from bin centres, without the flow bins: ``TH1::GetMean``,
``TH1::GetStdDev`` and ``TH1::GetSkewness`` of a histogram whose axis has a range, or
that keeps no sums.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, NamedTuple

import numpy as np
from msgspec.structs import replace

from dqmconsole.checks.batch import inner, quiet
from dqmconsole.checks.check import Example, Result, grade, limits_above
from dqmconsole.checks.limits import (
    CERTAIN,
    LARGEST,
    AxisName,
    Within,
    axis_number,
    few,
    without_axis,
    without_reference,
    worse,
)
from dqmconsole.checks.sentences import number
from dqmconsole.model.verdict import Status

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dqmconsole.checks.batch import Batch, Rows
    from dqmconsole.model.histogram import Array

_ROUNDING = 1e-12  # the share of a number that its sums may lose


class Moments(NamedTuple):
    """Moments along one axis, each of shape ``(n,)``.

    Attributes:
        entries: effective number of entries.
        mean, rms, skewness: in the unit of the axis; skewness has none. NaN where
            there are no entries, skewness where all are in one bin, too.
    """

    entries: Array
    mean: Array
    rms: Array
    skewness: Array


@quiet
def moments(rows: Rows, axis: int, judged: Array) -> Moments:
    """The moments of rows.

    Args:
        rows: the rows.
        axis: its number; that after the last one is the value axis of profiles.
        judged: the inner bins that count, bool.
    """
    weights = np.where(judged, rows.weights(), 0.0)
    bins = tuple(range(1, weights.ndim))
    total = weights.sum(bins)
    kept = rows.sumw2 if rows.bin_entries is None else rows.bin_sumw2
    squares = weights if kept is None else np.where(judged, inner(kept), 0.0)
    entries = np.where(total != 0, total * (total / np.abs(squares.sum(bins))), 0.0)
    entries = np.where(np.isfinite(entries), entries, 0.0)
    if axis == rows.dimension:
        mean = np.where(judged, inner(rows.contents), 0.0).sum(bins) / total
        sumw2 = np.zeros_like(weights) if rows.sumw2 is None else inner(rows.sumw2)
        mean_square = np.where(judged, sumw2, 0.0).sum(bins) / total
        rms = np.sqrt(np.abs(mean_square - mean**2))
        return Moments(entries, mean, rms, np.full(len(rows), np.nan))
    centers = rows.centers(axis)
    along = weights.sum(tuple(each for each in bins if each != axis + 1))
    mean = (along * centers).sum(1) / total
    away = centers - mean[:, None]
    # ROOT takes the root of the absolute value (TH1::GetStdDev); by what each bin is
    # away from the mean less of it is lost by rounding
    rms = np.sqrt(np.abs((along * away**2).sum(1) / total))
    third = (along * away**3).sum(1) / total
    spread = np.abs(centers).max(1)
    rms = np.where(rms <= _ROUNDING * spread, 0.0, rms)
    skewness = np.where(rms > 1e-7 * spread, third / rms**3, np.nan)
    return Moments(entries, mean, rms, skewness)


class _Moment(Within, frozen=True):
    """A moment within limits, or near that of the reference.

    Attributes:
        warn_shift, bad_shift: difference from the reference, in RMS of the reference
            (of the skewness: as it is).
        axis: along which; of profiles that after their last is the axis of values.
        entries: effective entries needed.
        sigma: standard errors, by these entries, that a moment must be beyond a limit
            by, and off the reference. Those of width and skewness are a bell's.
        unit: of the axis, for the sentence.
    """

    TOGETHER: ClassVar[bool] = True
    _WORDS: ClassVar[str]
    _APART: ClassVar[str] = " RMS"  # unit of a shift
    _LIKE: ClassVar[float]  # its error in units of a shift: 1 / sqrt(this * entries)

    warn_shift: float | None = None
    bad_shift: float | None = None
    axis: AxisName = "x"
    entries: float = 200.0
    sigma: float = CERTAIN
    unit: str = ""

    @quiet
    def judge(self, batch: Batch) -> list[Result]:
        """One result a row."""
        data = batch.data
        axis = axis_number(self.axis)
        if axis >= data.dimension + (data.bin_entries is not None):
            return [without_axis(self.axis)] * len(data)
        found = moments(data, axis, batch.judged)
        values = self._of(found)
        unjudged = few(batch, found.entries, self.entries)
        there = shifts = surely = np.full(len(data), np.nan)
        compared = self.warn_shift is not None or self.bad_shift is not None
        if compared:
            before = None
            if batch.reference is not None:
                before = moments(batch.reference, axis, batch.judged)
                there, shifts = self._shifts(values, before)
                surely = np.where(shifts <= self._noise(found, before), 0.0, shifts)
            unjudged = self._not_compared(batch, before) | unjudged
        raw = self.statuses(values)
        error = self._unit_of(found) / np.sqrt(self._LIKE * found.entries)
        error = np.where(np.isfinite(error), error, 0.0)  # broken, it excuses nothing
        by_value = self.statuses(
            values, lambda limit: np.abs(values - limit) > self.sigma * error
        )
        by_shift = grade(surely, self.warn_shift, self.bad_shift)
        unit = f" {self.unit}" if self.unit else ""
        expected = self.expected(self.unit)
        limits = self.limits
        shift_limits = limits_above(self.warn_shift, self.bad_shift)
        results = []
        for row, (value, reference, shift) in enumerate(
            zip(values.tolist(), there.tolist(), shifts.tolist(), strict=True)
        ):
            if row in unjudged:
                results.append(unjudged[row])
                continue
            if not np.isfinite(value):
                words = f"its {self._WORDS} is not defined"
                results.append(Result(Status.NOT_CHECKED, words))
                continue
            words = f"{self._WORDS} {self.shown(value)}{unit}{expected}"
            if by_value[row] is not raw[row]:
                many = float(found.entries[row])
                words += f", within the error of {number(many)} entries"
            result = Result(by_value[row], words, value, limits)
            if compared:
                words += f"; {number(reference)}{unit} in the reference, "
                words += f"{number(shift, 2)}{self._APART} apart"
                result = replace(result, sentence=words)
                # the larger reason decides which number is shown
                if worse(result.status, by_shift[row]) is by_shift[row]:
                    result = Result(by_shift[row], words, shift, shift_limits)
            results.append(result)
        return results

    def _shifts(self, values: Array, found: Moments) -> tuple[Array, Array]:
        """The moment of the reference, and how far off that is."""
        there = self._of(found)
        shifts = np.abs(values - there) / self._unit_of(found)
        # one bin is filled in both: 0/0 is no shift, nor is what rounding leaves
        same = np.abs(values - there) <= _ROUNDING * np.abs(there)
        shifts = np.where(np.isfinite(there) & same, 0.0, shifts)
        return there, np.where(np.isinf(shifts), LARGEST, shifts)

    def _noise(self, found: Moments, reference: Moments) -> Array:
        """The shift that both numbers of entries make by chance, `sigma` errors."""
        fills = 1 / found.entries + 1 / reference.entries
        noise = self.sigma * np.sqrt(fills / self._LIKE)
        kept: Array = np.where(np.isfinite(noise), noise, 0.0)  # no excuse if broken
        return kept

    def _not_compared(
        self, batch: Batch, reference: Moments | None
    ) -> dict[int, Result]:
        """The rows without a reference of enough entries, and what is said of them."""
        there = batch.has_reference
        held = np.zeros(len(there)) if reference is None else reference.entries
        found = {}
        for row in np.flatnonzero(~there | ~(held >= self.entries)).tolist():
            words = f"{number(float(held[row]))} entries in the reference, "
            words += f"{self.entries:g} needed"
            found[row] = Result(Status.LOW_STATISTICS, words)
            if not there[row]:
                found[row] = without_reference(batch)
        return found

    def wrong(self) -> Iterator[tuple[str, str]]:
        """Limits that cannot be meant."""
        yield from super().wrong()
        if self.sigma < 0:
            yield "sigma", "it is below 0"

    def _of(self, found: Moments) -> Array:
        raise NotImplementedError

    def _unit_of(self, found: Moments) -> Array:
        return found.rms


class Mean(_Moment, frozen=True):
    """The mean along an axis, as ROOT's ``TH1::GetMean`` from bin centres.

    Like CMS's MeanWithinExpected, ATLAS's CheckHisto_Mean, ALICE's MeanIsAbove. Along
    the axis of values of a profile: the mean of all that was filled.

    Attributes:
        warn_below, bad_below, warn_above, bad_above: the mean, unit of the axis.
        warn_shift, bad_shift: from the mean of the reference, in RMS of the reference.
        axis: along which.
        entries: effective entries needed.
        sigma: standard errors that it must be beyond a limit by.
        unit: for the sentence.
    """

    NAME: ClassVar[str] = "mean"
    DIMENSIONS: ClassVar[tuple[int, ...]] = (1, 2, 3)
    _WORDS: ClassVar[str] = "mean"
    _LIKE: ClassVar[float] = 1.0

    def _of(self, found: Moments) -> Array:
        return found.mean

    @classmethod
    def examples(cls) -> tuple[Example, ...]:
        """Cases."""
        near = cls(warn_below=1, warn_above=2, bad_below=0.5, bad_above=2.5)
        same = cls(warn_shift=0.5, bad_shift=1)
        here, there = (0, 400, 400, 0), (0, 0, 400, 400)
        return (
            Example("within", near, (0, 500, 0), Status.GOOD),
            Example("a little off", near, (0, 3000, 4000, 0), Status.WARNING),
            Example("so of few", near, (0, 300, 400, 0), Status.GOOD),
            Example("far off", near, (0, 0, 0, 500), Status.BAD),
            Example("too few", near, (0, 5, 0), Status.LOW_STATISTICS),
            Example(
                "lost", near, (0, 0), Status.BAD, reference=(400, 400), family="missing"
            ),
            Example("as ever", same, here, Status.GOOD, reference=here),
            Example("moved", same, there, Status.BAD, reference=here),
            Example("nothing beside it", same, here, Status.NO_REFERENCE),
        )


class Rms(_Moment, frozen=True):
    """The width along an axis, as ROOT's ``TH1::GetStdDev`` from bin centres.

    Like ATLAS's CheckHisto_RMS.

    Attributes:
        warn_below, bad_below, warn_above, bad_above: the RMS, unit of the axis.
        warn_shift, bad_shift: from the RMS of the reference, in RMS of the reference.
        axis: along which.
        entries: effective entries needed.
        sigma: standard errors that it must be beyond a limit by.
        unit: for the sentence.
    """

    NAME: ClassVar[str] = "rms"
    DIMENSIONS: ClassVar[tuple[int, ...]] = (1, 2, 3)
    _WORDS: ClassVar[str] = "RMS"
    _LIKE: ClassVar[float] = 2.0

    def _of(self, found: Moments) -> Array:
        return found.rms

    @classmethod
    def examples(cls) -> tuple[Example, ...]:
        """Cases."""
        narrow = cls(warn_above=1, bad_above=1.5)
        return (
            Example("narrow", narrow, (0, 400, 400, 0), Status.GOOD),
            Example("wider", narrow, (3000, 4000, 4000, 3000), Status.WARNING),
            Example("far wider", narrow, (400, 0, 0, 0, 400), Status.BAD),
            Example("too few", narrow, (1, 0, 0, 1), Status.LOW_STATISTICS),
        )


class Skewness(_Moment, frozen=True):
    """The skewness along an axis, as ROOT's ``TH1::GetSkewness``.

    Like ATLAS's Skewness_GreaterThan. Not defined where all entries are in one bin.

    Attributes:
        warn_below, bad_below, warn_above, bad_above: the skewness.
        warn_shift, bad_shift: from the skewness of the reference.
        axis: along which.
        entries: effective entries needed.
        sigma: standard errors that it must be beyond a limit by.
        unit: not used.
    """

    NAME: ClassVar[str] = "skewness"
    DIMENSIONS: ClassVar[tuple[int, ...]] = (1, 2, 3)
    _WORDS: ClassVar[str] = "skewness"
    _LIKE: ClassVar[float] = 1 / 6
    _APART: ClassVar[str] = ""

    def _of(self, found: Moments) -> Array:
        return found.skewness

    def _unit_of(self, found: Moments) -> Array:
        return np.ones_like(found.rms)

    @classmethod
    def examples(cls) -> tuple[Example, ...]:
        """Cases."""
        even = cls(warn_below=-0.5, warn_above=0.5, bad_below=-1, bad_above=1)
        return (
            Example("even", even, (100, 400, 100), Status.GOOD),
            Example("a tail", even, (5000, 3000, 1000), Status.WARNING),
            Example("a long tail", even, (500, 50, 5, 5, 5), Status.BAD),
            Example("too few", even, (5, 0, 1), Status.LOW_STATISTICS),
            Example("all in one bin", even, (0, 500, 0), Status.NOT_CHECKED),
        )
