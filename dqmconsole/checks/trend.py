"""Checks of what goes on: trends along lumisections or time, and what is filled since.

Trends are elements whose x axis is lumisection or time: they are judged whole. What
must grow, must not, or is frozen is judged on the last updates of the source.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Literal

import numpy as np

from dqmconsole.checks.batch import flat, inner
from dqmconsole.checks.check import (
    Check,
    Example,
    Result,
    grade,
    limits_above,
    limits_below,
    wrong_order,
)
from dqmconsole.checks.limits import (
    EXPECTED_LEAST,
    Within,
    band_entries,
    entries_of,
    entry_weights,
    expected_entries,
    is_lost,
    is_wrong,
    lost_result,
    none_set,
    unseen,
    worse,
    wrong_numbers,
)
from dqmconsole.checks.robust import medians, spreads
from dqmconsole.checks.sentences import bins_of, count, number, places_of
from dqmconsole.model.verdict import Status

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dqmconsole.checks.batch import Batch
    from dqmconsole.model.histogram import Array

_LARGEST = 1e9  # as which what is divided by 0 is told
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
    NBinsToExceed), ALICE's TrendCheck (ExpectedRange, pointsForAverage).

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

    @np.errstate(all="ignore")
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
                words = f"{count(number_of, 'value')}, {self.beyond} needed"
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
            found.append(
                Result(
                    status,
                    words,
                    value,
                    self.limits,
                    offending=outside if outside.size else None,
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
        names = ("warn_below", "bad_below", "warn_above", "bad_above")
        yield from none_set(self, *names)
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
            Example("the last two are high", rate, (15, 21, 24, 0), Status.WARNING),
            Example("the last two are low", rate, (15, 15, 2, 3, 0), Status.BAD),
            Example("nothing yet", rate, (0, 0), Status.LOW_STATISTICS),
            Example("high once", twice, (15, 15, 40, 15), Status.GOOD),
            Example("high twice", twice, (15, 40, 15, 40), Status.BAD),
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
    DIMENSIONS: ClassVar[tuple[int, ...]] = (2,)
    INCREMENTS: ClassVar[bool] = False

    good_from: float = 0.5
    warn_above: float | None = 0.0
    bad_above: float | None = 1.0
    last: int = 2
    noun: str = "rows"

    @np.errstate(all="ignore")
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
                words = f"{many} of {of} {self.noun} bad: {bins_of(axes[1], rows)}"
                where = np.flatnonzero(recent[row] & bad[row])
            newest = np.flatnonzero(filled[row])[-1:]
            words += f" in {bins_of(axes[0], newest)}"
            gross = 2 * many >= of and status is Status.BAD
            found.append(
                Result(status, words, many, limits, offending=where, gross=gross)
            )
        return found

    def wrong(self) -> Iterator[tuple[str, str]]:
        """Limits that cannot be meant."""
        yield from wrong_order(self.warn_above, self.bad_above, "bad_above")
        yield from none_set(self, "warn_above", "bad_above")
        yield from wrong_numbers(self)
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
    all before. Like ATLAS's BinsDiffFromPreviousLBs (NSigma, MaxDiffAbs), ALICE's
    TrendCheck (DeviationFromMean).

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

    @np.errstate(all="ignore")
    def judge(self, batch: Batch) -> list[Result]:
        """One result a row."""
        values = batch.data.values()
        filled = filled_points(batch, skip_zeros=self.skip_zeros)
        recent = last_of(filled, self.last)
        earlier = filled & ~recent
        before, spread = spreads(values, earlier)
        after = medians(values, recent)
        apart = np.abs(after - before)
        # what never moved has no spread: any change is as large as can be
        sizes = np.where(apart == 0, 0.0, np.minimum(apart / spread, _LARGEST))
        percents = np.where(
            apart == 0, 0.0, np.minimum(100 * apart / np.abs(before), _LARGEST)
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
                words = f"{count(numbers[row], 'point')} before the last {self.last}, "
                words += f"{self.points} needed"
                found.append(Result(Status.LOW_STATISTICS, words))
                continue
            where = np.flatnonzero(recent[row])
            place = bins_of(batch.data.axes[row][0], where)
            words = f"{number(now)}{unit} in {place}, {number(was)}{unit} before: "
            words += f"{number(percent, 2)}% and {number(size, 2)} robust sigma apart"
            wrong = where if status is not Status.GOOD else None
            found.append(Result(status, words, size, limits, offending=wrong))
        return found

    def wrong(self) -> Iterator[tuple[str, str]]:
        """Limits that cannot be meant."""
        yield from wrong_order(self.warn_above, self.bad_above, "bad_above")
        yield from none_set(self, "bad_above", "warn_above")
        yield from wrong_numbers(self)
        if self.last < 1:
            yield "last", "is less than one point"

    @classmethod
    def examples(cls) -> tuple[Example, ...]:
        """Cases."""
        step = cls(warn_above=5, bad_above=20, last=2, points=4)
        before = (10.0, 11.0, 9.0, 10.0, 11.0, 9.0)
        return (
            Example("steady", step, (*before, 10.0, 11.0, 0.0), Status.GOOD),
            Example("a step", step, (*before, 20.0, 21.0), Status.WARNING),
            Example("a large step", step, (*before, 90.0, 91.0), Status.BAD),
            Example("one point is off", step, (*before, 10.0, 9.0), Status.GOOD),
            Example("few points", step, (10.0, 11.0, 40.0), Status.LOW_STATISTICS),
        )


class MustGrow(Check, frozen=True):
    """Entries come in while events do.

    Like ALICE's IncreasingEntries and EverIncreasingGraph.

    Attributes:
        warn_below, bad_below: entries, flow bins too.
        events: that must have been seen meanwhile.
    """

    NAME: ClassVar[str] = "must_grow"
    DIMENSIONS: ClassVar[tuple[int, ...]] = (1, 2, 3)

    warn_below: float | None = None
    bad_below: float | None = 1.0
    events: float = 25.0

    @np.errstate(all="ignore")
    def judge(self, batch: Batch) -> list[Result]:
        """One result a row."""
        grown = _grown(batch)
        statuses = grade(grown, self.warn_below, self.bad_below, below=True)
        limits = limits_below(self.warn_below, self.bad_below)
        found = []
        for status, more, seen in zip(
            statuses, grown.tolist(), batch.exposure.tolist(), strict=True
        ):
            if is_wrong(status) and not seen >= self.events:
                words = unseen(seen, self.events)
                found.append(Result(Status.LOW_STATISTICS, words))
                continue
            words = _came(more, seen)
            found.append(Result(status, words, more, limits, gross=not more))
        return found

    def wrong(self) -> Iterator[tuple[str, str]]:
        """Limits that cannot be meant."""
        yield from wrong_order(self.warn_below, self.bad_below, "bad_below", below=True)
        yield from none_set(self, "warn_below", "bad_below")
        yield from wrong_numbers(self)

    @classmethod
    def examples(cls) -> tuple[Example, ...]:
        """Cases."""
        return (
            Example("it grows", cls(), (3, 4), Status.GOOD, exposure=100),
            Example("it does not", cls(), (0, 0), Status.BAD, exposure=100),
            Example("no events", cls(), (0, 0), Status.LOW_STATISTICS, exposure=3),
            Example("slowly", cls(warn_below=10), (3, 4), Status.WARNING, exposure=100),
        )


class MustNotGrow(Check, frozen=True):
    """No entries come in, as of errors.

    Attributes:
        warn_above, bad_above: entries, flow bins too.
        events: that must have been seen meanwhile before that is good.
    """

    NAME: ClassVar[str] = "must_not_grow"
    DIMENSIONS: ClassVar[tuple[int, ...]] = (1, 2, 3)

    warn_above: float | None = None
    bad_above: float | None = 0.0
    events: float = 1.0

    @np.errstate(all="ignore")
    def judge(self, batch: Batch) -> list[Result]:
        """One result a row."""
        grown = _grown(batch)
        statuses = grade(grown, self.warn_above, self.bad_above)
        limits = limits_above(self.warn_above, self.bad_above)
        shape = inner(batch.data.contents).shape
        filled = (inner(batch.data.contents) != 0) & batch.judged
        changed = filled.reshape(shape[0], -1)
        found = []
        for row, (status, more, seen) in enumerate(
            zip(statuses, grown.tolist(), batch.exposure.tolist(), strict=True)
        ):
            if status is Status.GOOD and not seen >= self.events:
                words = unseen(seen, self.events)
                found.append(Result(Status.LOW_STATISTICS, words))
                continue
            words, where = _came(more, seen), None
            if is_wrong(status) and changed[row].any():
                where = np.flatnonzero(changed[row])
                words += f" ({places_of(batch.data.axes[row], where)})"
            found.append(Result(status, words, more, limits, offending=where))
        return found

    def wrong(self) -> Iterator[tuple[str, str]]:
        """Limits that cannot be meant."""
        yield from wrong_order(self.warn_above, self.bad_above, "bad_above")
        yield from none_set(self, "warn_above", "bad_above")
        yield from wrong_numbers(self)

    @classmethod
    def examples(cls) -> tuple[Example, ...]:
        """Cases."""
        few_errors = cls(warn_above=0, bad_above=10)
        return (
            Example("none", cls(), (0, 0), Status.GOOD, exposure=100),
            Example("some", few_errors, (0, 3), Status.WARNING, exposure=100),
            Example("errors", cls(), (0, 3), Status.BAD, exposure=100),
            Example("no events", cls(), (0, 0), Status.LOW_STATISTICS, exposure=0),
        )


class Frozen(Check, frozen=True):
    """Nothing at all changed while events came in.

    For what accumulates over the run: the last updates. Where the reference says that
    fewer than 25 entries are expected meanwhile, that is too few to judge.

    Attributes:
        warn_below, bad_below: number of bins that changed, flow bins too.
        events: that must have been seen meanwhile.
    """

    NAME: ClassVar[str] = "frozen"
    DIMENSIONS: ClassVar[tuple[int, ...]] = (1, 2, 3)

    warn_below: float | None = None
    bad_below: float | None = 1.0
    events: float = 100.0

    @np.errstate(all="ignore")
    def judge(self, batch: Batch) -> list[Result]:
        """One result a row."""
        data = batch.data
        changed = flat(data.contents != 0)
        for kept in (data.sumw2, data.bin_entries):
            if kept is not None:
                changed = changed | flat(kept != 0)
        numbers = changed.sum(1)
        statuses = grade(numbers, self.warn_below, self.bad_below, below=True)
        limits = limits_below(self.warn_below, self.bad_below)
        expected = expected_entries(batch)
        found = []
        for status, many, seen, before in zip(
            statuses,
            numbers.tolist(),
            batch.exposure.tolist(),
            expected.tolist(),
            strict=True,
        ):
            words = unseen(seen, self.events)
            if before < EXPECTED_LEAST:
                words = f"{number(before)} entries expected, {EXPECTED_LEAST:g} needed"
            if is_wrong(status) and (
                not seen >= self.events or before < EXPECTED_LEAST
            ):
                found.append(Result(Status.LOW_STATISTICS, words))
                continue
            words = f"{count(many, 'bin')} changed" if many else "nothing changed"
            words += f" in {number(seen)} events" if seen > 0 else ""
            found.append(Result(status, words, float(many), limits, gross=not many))
        return found

    def wrong(self) -> Iterator[tuple[str, str]]:
        """Limits that cannot be meant."""
        yield from wrong_order(self.warn_below, self.bad_below, "bad_below", below=True)
        yield from none_set(self, "warn_below", "bad_below")
        yield from wrong_numbers(self)

    @classmethod
    def examples(cls) -> tuple[Example, ...]:
        """Cases."""
        rare = (3, 4)
        return (
            Example("it changes", cls(), (3, 0), Status.GOOD, exposure=200),
            Example("frozen", cls(), (0, 0), Status.BAD, exposure=200),
            Example("few events", cls(), (0, 0), Status.LOW_STATISTICS, exposure=20),
            Example(
                "few expected",
                cls(),
                (0, 0),
                Status.LOW_STATISTICS,
                exposure=200,
                reference=rare,
            ),
        )


class Rate(Within, frozen=True):
    """Entries per event, or per unit of another element such as luminosity.

    A limit must be passed by more than the statistical error. Where good runs have a
    band, entries may be set against it, too.

    Attributes:
        warn_below, bad_below, warn_above, bad_above: entries per event or unit.
        per: "event": events seen; "against": the sum of the element named by
            ``against:``.
        sigma: standard deviations by which a limit must be passed.
        warn_spread, bad_spread: difference from the good runs, either way, in their
            spread and the statistical error; twice that with fewer than five runs.
        unit: what one unit is, for the sentence.
    """

    NAME: ClassVar[str] = "rate"
    DIMENSIONS: ClassVar[tuple[int, ...]] = (1, 2, 3)

    per: Literal["event", "against"] = "event"
    sigma: float = 3.0
    warn_spread: float | None = None
    bad_spread: float | None = None
    unit: str = "event"

    @np.errstate(all="ignore")
    def judge(self, batch: Batch) -> list[Result]:
        """One result a row."""
        held = entries_of(batch.data, batch.judged)
        weights = entry_weights(batch)
        units, why = self._units(batch)
        by_band = self._by_band(batch, held, weights)
        if not self.limits:
            return by_band
        values = held / units
        statuses, uncertain = self._certain(held, units, weights)
        expected = self.expected()
        found = []
        for row, (value, status, unsure) in enumerate(
            zip(values.tolist(), statuses, uncertain.tolist(), strict=True)
        ):
            if not units[row] > 0:
                result = Result(why[0], why[1])
            else:
                words = f"{number(value)} entries per {self.unit}{expected}"
                if unsure:
                    words += ", within the statistical error"
                few_expected = unsure and held[row] < EXPECTED_LEAST
                if few_expected and status is Status.GOOD:
                    result = Result(Status.LOW_STATISTICS, words)
                else:
                    gross = not held[row] and is_wrong(status)
                    result = Result(status, words, value, self.limits, gross=gross)
            if by_band and worse(result.status, by_band[row].status) is not (
                result.status
            ):
                result = by_band[row]
            found.append(result)
        return found

    def _units(self, batch: Batch) -> tuple[Array, tuple[Status, str]]:
        """Divisors, ``(n,)``, and what is said where there is none."""
        if self.per == "event":
            words = "it is not known that events were seen"
            return batch.exposure, (Status.LOW_STATISTICS, words)
        why = batch.no_reference or "no element is named"
        nothing = Status.NO_REFERENCE, f"nothing to divide by: {why}"
        if batch.reference is None:
            return np.full(len(batch.data), np.nan), nothing
        words = "that by which it is divided is 0"
        total = flat(inner(batch.reference.contents)).sum(1)
        return total, (Status.LOW_STATISTICS, words)

    @np.errstate(all="ignore")
    def _certain(
        self, held: Array, units: Array, weights: Array
    ) -> tuple[list[Status], Array]:
        """Statuses by the limits that are surely passed; and which are not surely."""
        known = np.isfinite(held / units)
        severity = np.where(known, 0, 3)
        touched = np.zeros(len(held), bool)
        for sign, pair in (
            (-1.0, (self.warn_below, self.bad_below)),
            (1.0, (self.warn_above, self.bad_above)),
        ):
            for number_of, limit in enumerate(pair, 1):
                if limit is None:
                    continue
                beyond = sign * (held - limit * units)
                error = np.sqrt(np.abs(limit * units) * weights)
                sure = beyond > self.sigma * error
                touched |= (beyond > 0) & ~sure
                severity = np.where(
                    known & sure, np.maximum(severity, number_of), severity
                )
        words = (Status.GOOD, Status.WARNING, Status.BAD, Status.FAILED)
        return [words[each] for each in severity.tolist()], touched

    @np.errstate(all="ignore")
    def _by_band(self, batch: Batch, held: Array, weights: Array) -> list[Result]:
        if self.warn_spread is None and self.bad_spread is None:
            return []
        mean, spread = band_entries(batch)
        error = np.sqrt(spread**2 + np.abs(mean) * weights)
        sizes = np.minimum(np.abs(held - mean) / np.maximum(error, 1e-300), _LARGEST)
        sizes = np.where(held == mean, 0.0, sizes)
        runs = np.ones(len(held)) if batch.band is None else batch.band.runs
        statuses = grade(
            sizes / np.where(runs < 5, 2.0, 1.0), self.warn_spread, self.bad_spread
        )
        limits = limits_above(self.warn_spread, self.bad_spread)
        lost = is_lost(held, mean)
        found = []
        for row, (status, size, usual) in enumerate(
            zip(statuses, sizes.tolist(), mean.tolist(), strict=True)
        ):
            if np.isnan(usual):
                words = "there is no band of good runs"
                found.append(Result(Status.NO_REFERENCE, words))
                continue
            if lost[row]:
                found.append(lost_result(float(held[row]), usual))
                continue
            if usual < EXPECTED_LEAST and held[row] < EXPECTED_LEAST:
                words = f"{number(usual)} entries expected, {EXPECTED_LEAST:g} needed"
                found.append(Result(Status.LOW_STATISTICS, words))
                continue
            words = f"{number(float(held[row]))} entries, {number(usual)} in "
            words += f"{count(round(float(runs[row])), 'good run')}: "
            words += f"{number(size, 2)} of their spread apart"
            words += ", limits doubled for so few" if runs[row] < 5 else ""
            found.append(Result(status, words, size, limits))
        return found

    def wrong(self) -> Iterator[tuple[str, str]]:
        """Limits that cannot be meant."""
        yield from super().wrong()
        yield from wrong_order(self.warn_spread, self.bad_spread, "bad_spread")
        names = ("warn_below", "bad_below", "warn_above", "warn_spread", "bad_spread")
        yield from none_set(self, *names, "bad_above")

    @classmethod
    def examples(cls) -> tuple[Example, ...]:
        """Cases."""
        rate = cls(warn_below=2, bad_below=1, warn_above=4, bad_above=8)
        per = cls(per="against", bad_below=10, unit="1/nb")
        return (
            Example("as usual", rate, (150, 150), Status.GOOD, exposure=100),
            Example("high", rate, (300, 300), Status.WARNING, exposure=100),
            Example("low", rate, (10, 10), Status.BAD, exposure=100),
            Example("no events", rate, (0, 0), Status.LOW_STATISTICS, exposure=0),
            Example("per luminosity", per, (150, 150), Status.GOOD, reference=(2, 3)),
            Example("nothing beside it", per, (150, 150), Status.NO_REFERENCE),
        )


def _grown(batch: Batch) -> Array:
    """What was filled, flow bins too, without bins known to be wrong, ``(n,)``."""
    data = batch.data
    raw = data.contents if data.bin_entries is None else data.bin_entries
    weights = np.abs(raw)
    known = np.where(batch.judged, 0.0, inner(weights))
    found: Array = flat(weights).sum(1) - flat(known).sum(1)
    return found


def _came(more: float, seen: float) -> str:
    words = f"{number(more)} entries" if more else "no entries"
    return words + (f" in {number(seen)} events" if seen > 0 else "")
