"""Checks of trends: elements whose x axis is lumisection or time, judged whole."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

import numpy as np

from dqmconsole.checks.batch import inner, quiet
from dqmconsole.checks.check import (
    Check,
    Example,
    Result,
    grade,
    limits_above,
)
from dqmconsole.checks.limits import (
    LARGEST,
    Within,
    has_means,
)
from dqmconsole.checks.robust import medians, spreads
from dqmconsole.checks.sentences import bins_of, number
from dqmconsole.model.verdict import Status
from dqmconsole.model.words import counted

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dqmconsole.checks.batch import Batch
    from dqmconsole.model.cause import Family
    from dqmconsole.model.histogram import Array

_NOTHING = Result(Status.LOW_STATISTICS, "nothing is filled yet")


def filled_points(batch: Batch, *, skip_zeros: bool) -> Array:
    """Which bins of trends hold a point, bool, shape of the values.

    Of plain histograms those that are not 0, or have an error; of profiles those with
    entries.

    Args:
        batch: trends.
        skip_zeros: a point of 0 is none.
    """
    data = batch.data
    values = data.values()
    if data.bin_entries is not None:
        filled = data.weights() > 0
    else:
        filled = values != 0
        if data.sumw2 is not None:
            filled |= inner(data.sumw2) > 0
    found: Array = filled & batch.judged
    return found & (values != 0) if skip_zeros else found


def last_of(filled: Array, last: int) -> Array:
    """The last so many of the bins chosen along the last axis, bool."""
    from_the_end = np.cumsum(filled[..., ::-1], axis=-1)[..., ::-1]
    found: Array = filled & (from_the_end <= last)
    return found


class LastBins(Within, frozen=True):
    """The last filled bins of a trend: their mean, or how many are beyond the limits.

    Like CMS's CompareLastFilledBin, ATLAS's LastBinThreshold (NBinsToWatch,
    NBinsToExceed), ALICE's TrendCheck (ExpectedRange, nPointsForAverage).

    Attributes:
        warn_below, bad_below, warn_above, bad_above: of a value, in its unit.
        last: so many of the last filled bins are looked at.
        beyond: so many of them must be beyond a limit, each by itself; 0: their mean.
        skip_zeros: a value of 0 is none.
        unit: for the sentence.
    """

    NAME: ClassVar[str] = "last_bins"
    DIMENSIONS: ClassVar[tuple[int, ...]] = (1,)
    INCREMENTS: ClassVar[bool] = False

    last: int = 3
    beyond: int = 0
    skip_zeros: bool = False
    unit: str = ""

    @quiet
    def judge(self, batch: Batch) -> list[Result]:
        """One result a row."""
        values = batch.data.values()
        filled = filled_points(batch, skip_zeros=self.skip_zeros)
        recent = last_of(filled, self.last)
        numbers = recent.sum(1)
        means = np.where(recent, values, 0.0).sum(1) / np.where(
            numbers, numbers, np.nan
        )
        decisive = means
        if self.beyond:
            decisive = self._decisive(values, recent)
        statuses = self.statuses(decisive)
        unit = f" {self.unit}" if self.unit else ""
        expected = self.expected()
        found = []
        for row, (mean, value, status, number_of) in enumerate(
            zip(
                means.tolist(),
                decisive.tolist(),
                statuses,
                numbers.tolist(),
                strict=True,
            )
        ):
            if not number_of:
                found.append(_NOTHING)
                continue
            if number_of < self.beyond:
                words = f"{counted(number_of, 'value')}, {self.beyond} needed"
                found.append(Result(Status.LOW_STATISTICS, words))
                continue
            bins = np.flatnonzero(recent[row])
            where = bins_of(batch.data.axes[row][0], bins)
            if self.beyond:
                outside = np.flatnonzero(recent[row] & self._outside(values[row]))
                words = f"{len(outside)} of the last {number_of} values beyond the "
                words += f"limits ({where}); {self.shown(value)}{unit}{expected}"
                if status is Status.GOOD:
                    outside = outside[:0]
            else:
                words = f"{self.shown(mean)}{unit} in {where}{expected}"
                outside = bins if status is not Status.GOOD else bins[:0]
            family = self.side(value)
            if outside.size and has_means(batch.data, row):
                family = "shift"
            found.append(
                Result(
                    status,
                    words,
                    value,
                    self.limits,
                    offending=outside if outside.size else None,
                    family=family,
                )
            )
        return found

    def _outside(self, values: Array) -> Array:
        low, high = self.allowed
        outside = ~np.isfinite(values)
        if low is not None:
            outside |= values < low
        if high is not None:
            outside |= values > high
        return outside

    def _decisive(self, values: Array, recent: Array) -> Array:
        """The value that so many of the last are beyond, on the side that is worse."""
        rank = min(self.beyond, values.shape[1]) - 1
        highest = -np.sort(-np.where(recent, values, -np.inf), axis=1)
        lowest = np.sort(np.where(recent, values, np.inf), axis=1)
        high, low = highest[:, rank], lowest[:, rank]
        low_limit, high_limit = self.allowed
        over = (
            np.full(len(values), -np.inf) if high_limit is None else (high - high_limit)
        )
        under = (
            np.full(len(values), -np.inf) if low_limit is None else (low_limit - low)
        )
        return np.where(under > over, low, high)

    def wrong(self) -> Iterator[tuple[str, str]]:
        """Limits that cannot be meant."""
        yield from super().wrong()
        if self.last < 1:
            yield "last", "is less than one bin"
        if not 0 <= self.beyond <= self.last:
            yield "beyond", "is not 0 to the number of bins in last"

    @classmethod
    def examples(cls) -> tuple[Example, ...]:
        """Cases."""
        rate = cls(warn_below=10, bad_below=5, warn_above=20, bad_above=25, last=2)
        twice = cls(bad_above=20, last=3, beyond=2)
        return (
            Example("steady", rate, (15, 16, 15, 0, 0), Status.GOOD),
            Example(
                "the last two are high",
                rate,
                (15, 21, 24, 0),
                Status.WARNING,
                family="excess",
            ),
            Example(
                "the last two are low",
                rate,
                (15, 15, 2, 3, 0),
                Status.BAD,
                family="missing",
            ),
            Example("nothing yet", rate, (0, 0), Status.LOW_STATISTICS),
            Example("high once", twice, (15, 15, 40, 15), Status.GOOD),
            Example("high twice", twice, (15, 40, 15, 40), Status.BAD, family="excess"),
            Example("means", rate, (15, 30, 30), Status.BAD, entries=(9, 9, 9)),
        )


class Flags(Check, frozen=True):
    """Flags by lumisection: which rows of a map are bad in the last ones.

    x is the lumisection, y what is flagged; flags below 0 mean none, such rows are not
    judged. A row is bad that is so in all of the last lumisections that have flags.

    Attributes:
        good_from: a flag below this is bad.
        warn_above, bad_above: number of rows with a bad flag.
        last: so many of the last lumisections with flags are looked at.
        noun: what a row is, in the plural.
    """

    NAME: ClassVar[str] = "flags"
    FAMILY = "missing"
    DIMENSIONS: ClassVar[tuple[int, ...]] = (2,)
    INCREMENTS: ClassVar[bool] = False

    good_from: float = 0.5
    warn_above: float | None = 0.0
    bad_above: float | None = 1.0
    last: int = 2
    noun: str = "rows"

    @quiet
    def judge(self, batch: Batch) -> list[Result]:
        """One result a row."""
        flags = batch.data.values()
        there = (flags >= 0) & batch.judged
        filled: Array = np.any(there, axis=2)
        recent = there & last_of(filled, self.last)[:, :, None]
        judged = recent.any(1)
        bad = judged & (np.where(recent, flags, -np.inf).max(1) < self.good_from)
        numbers = bad.sum(1)
        statuses = grade(numbers, self.warn_above, self.bad_above)
        limits = limits_above(self.warn_above, self.bad_above)
        found = []
        for row, (status, many, of) in enumerate(
            zip(statuses, numbers.tolist(), judged.sum(1).tolist(), strict=True)
        ):
            if not of:
                found.append(Result(Status.LOW_STATISTICS, "there are no flags yet"))
                continue
            axes = batch.data.axes[row]
            words = f"all {of} {self.noun} good"
            where = None
            if many:
                rows = np.flatnonzero(bad[row])
                words = f"{many} of {of} {self.noun} bad: {bins_of(axes[1], rows, 'y')}"
                where = np.flatnonzero(recent[row] & bad[row])
            newest = np.flatnonzero(filled[row])[-1:]
            words += f" in {bins_of(axes[0], newest, 'x')}"
            gross = 2 * many >= of and status is Status.BAD
            found.append(
                Result(status, words, many, limits, offending=where, gross=gross)
            )
        return found

    def wrong(self) -> Iterator[tuple[str, str]]:
        """Limits that cannot be meant."""
        yield from super().wrong()
        if self.last < 1:
            yield "last", "is less than one lumisection"

    @classmethod
    def examples(cls) -> tuple[Example, ...]:
        """Cases."""
        flags = cls()
        return (
            Example("all good", flags, ((1, 1), (1, 1), (-1, -1)), Status.GOOD),
            Example("one bad", flags, ((1, 1), (1, 0), (1, 0)), Status.WARNING),
            Example("two bad", flags, ((1, 1), (0, 0), (0, 0)), Status.BAD),
            Example("no flags yet", flags, ((-1, -1),), Status.LOW_STATISTICS),
        )


class Step(Check, frozen=True):
    """The last points of a trend against those before: a step.

    The median of the last points is set against the median and the robust spread of
    all before (where most are alike, their standard deviation). Like ATLAS's
    BinsDiffFromPreviousLBs (NSigma, MaxDiffAbs), ALICE's TrendCheck
    (DeviationFromMean).

    Attributes:
        warn_above, bad_above: size of the step, in robust standard deviations of the
            points before.
        percent: it must be larger than this share of the value before, too, in %.
        last: points that make the step.
        points: needed before it.
        skip_zeros: a value of 0 is none.
        unit: for the sentence.
    """

    NAME: ClassVar[str] = "step"
    DIMENSIONS: ClassVar[tuple[int, ...]] = (1,)
    INCREMENTS: ClassVar[bool] = False

    warn_above: float | None = 5.0
    bad_above: float | None = None
    percent: float = 10.0
    last: int = 5
    points: int = 20
    skip_zeros: bool = False
    unit: str = ""

    @quiet
    def judge(self, batch: Batch) -> list[Result]:
        """One result a row."""
        values = batch.data.values()
        filled = filled_points(batch, skip_zeros=self.skip_zeros)
        recent = last_of(filled, self.last)
        earlier = filled & ~recent
        before, spread = spreads(values, earlier)
        # of what is 0 but now and then more than half of the points do not scatter
        many = np.maximum(earlier.sum(1), 1)
        squares = np.where(earlier, values - before[:, None], 0.0) ** 2
        spread = np.where(spread > 0, spread, np.sqrt(squares.sum(1) / many))
        after = medians(values, recent)
        apart = np.abs(after - before)
        # what never moved has no spread: any change is as large as can be
        sizes = np.where(apart == 0, 0.0, np.minimum(apart / spread, LARGEST))
        percents = np.where(
            apart == 0, 0.0, np.minimum(100 * apart / np.abs(before), LARGEST)
        )
        large = np.where(percents > self.percent, sizes, np.minimum(sizes, 0.0))
        statuses = grade(
            np.where(np.isfinite(after - before), large, np.nan),
            self.warn_above,
            self.bad_above,
        )
        limits = limits_above(self.warn_above, self.bad_above)
        unit = f" {self.unit}" if self.unit else ""
        numbers = earlier.sum(1).tolist()
        found = []
        for row, (status, size, percent, was, now) in enumerate(
            zip(
                statuses,
                sizes.tolist(),
                percents.tolist(),
                before.tolist(),
                after.tolist(),
                strict=True,
            )
        ):
            if numbers[row] < max(self.points, 1):
                words = (
                    f"{counted(numbers[row], 'point')} before the last {self.last}, "
                )
                words += f"{self.points} needed"
                found.append(Result(Status.LOW_STATISTICS, words))
                continue
            where = np.flatnonzero(recent[row])
            place = bins_of(batch.data.axes[row][0], where)
            words = f"{number(now)}{unit} in {place}, {number(was)}{unit} before: "
            words += f"{number(percent, 2)} % apart, "
            words += f"{number(size, 2)} times the usual scatter"
            wrong = where if status is not Status.GOOD else None
            family: Family = "missing" if now < was else "excess"
            if wrong is not None and has_means(batch.data, row):
                family = "shift"
            found.append(
                Result(status, words, size, limits, offending=wrong, family=family)
            )
        return found

    def wrong(self) -> Iterator[tuple[str, str]]:
        """Limits that cannot be meant."""
        yield from super().wrong()
        if self.last < 1:
            yield "last", "is less than one point"

    @classmethod
    def examples(cls) -> tuple[Example, ...]:
        """Cases."""
        step = cls(warn_above=5, bad_above=20, last=2, points=4)
        before = (10.0, 11.0, 9.0, 10.0, 11.0, 9.0)
        return (
            Example("steady", step, (*before, 10.0, 11.0, 0.0), Status.GOOD),
            Example(
                "a step", step, (*before, 20.0, 21.0), Status.WARNING, family="excess"
            ),
            Example(
                "a large step", step, (*before, 90.0, 91.0), Status.BAD, family="excess"
            ),
            Example(
                "a step of means",
                step,
                (*before, 20.0, 21.0),
                Status.WARNING,
                entries=(9,) * 8,
            ),
            Example(
                "now and then",
                cls(last=2, points=4, bad_above=20),
                (*(0.0,) * 5, 1.0, 0.0, 2.0, 1.0, 2.0),
                Status.GOOD,
                entries=(9.0,) * 10,
            ),
            Example("one point is off", step, (*before, 10.0, 9.0), Status.GOOD),
            Example("few points", step, (10.0, 11.0, 40.0), Status.LOW_STATISTICS),
        )
