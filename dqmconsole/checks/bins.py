"""Checks of single bins: how many are beyond a limit, how much a range holds."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from dqmconsole.checks.batch import column, flat, inner, quiet
from dqmconsole.checks.cells import times_log
from dqmconsole.checks.check import (
    NO_LIMITS,
    Check,
    Example,
    Result,
    grade,
    limits_above,
)
from dqmconsole.checks.limits import (
    CERTAIN,
    AxisName,
    Within,
    axis_number,
    entries_of,
    entry_weights,
    expected_entries,
    few,
    is_lost,
    is_wrong,
    lost_result,
    moved,
    unseen,
    within_range,
    without_axis,
)
from dqmconsole.checks.sentences import bins_of, number, outside, percent, places_of
from dqmconsole.model.verdict import Status

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dqmconsole.checks.batch import Batch, Rows
    from dqmconsole.model.cause import Family
    from dqmconsole.model.histogram import Array


class _Bins(Check, frozen=True):
    """How many bins are beyond a limit.

    Attributes:
        warn_above, bad_above: number of such bins, or their share of those judged.
        share: the limits are shares (0 to 1), not numbers.
        filled: bins that hold nothing are left out.
        per_event: contents are divided by the events seen.
        entries: that a bin of a profile needs to be judged.
        events: that must have been seen before an empty bin means anything.
        noun: what a bin is, in the plural.
        unit: of the contents, for the sentence.
    """

    DIMENSIONS: ClassVar[tuple[int, ...]] = (1, 2, 3)
    _LACK: ClassVar[bool] = False  # what is wrong is that something is missing
    SHARES: ClassVar[bool | tuple[str, object]] = ("share", True)

    warn_above: float | None = None
    bad_above: float | None = 0.0
    share: bool = False
    filled: bool = False
    per_event: bool = False
    entries: float = 20.0
    events: float = 1.0
    noun: str = "bins"
    unit: str = ""

    @quiet
    def judge(self, batch: Batch) -> list[Result]:
        """One result a row."""
        data = batch.data
        values, judged = self._values(batch)
        wrong = flat(judged & self._beyond(values))
        numbers = flat(judged).sum(1)
        many = wrong.sum(1)
        decisive = many / np.where(numbers, numbers, np.nan)
        if not self.share:
            decisive = np.where(numbers, many, np.nan)
        statuses = grade(decisive, self.warn_above, self.bad_above)
        held = entries_of(data, batch.judged)
        expected = expected_entries(batch)
        lost = is_lost(held, expected, entry_weights(batch))
        seen = batch.exposure
        limits = limits_above(self.warn_above, self.bad_above)
        limit = self._words()
        found = []
        for row, (status, value, bad, of) in enumerate(
            zip(
                statuses,
                decisive.tolist(),
                many.tolist(),
                numbers.tolist(),
                strict=True,
            )
        ):
            if not of and lost[row]:
                found.append(lost_result(float(held[row]), float(expected[row])))
                continue
            if not of:
                found.append(self._unjudged(batch, row))
                continue
            early = self._too_early(float(seen[row]), float(held[row]), status)
            if early:
                found.append(Result(Status.LOW_STATISTICS, early))
                continue
            words = f"{bad} of {of} {self.noun} {limit}"
            where, family = None, None
            if bad:
                where = np.flatnonzero(wrong[row])
                family = self._family(data, row, flat(values)[row, where])
                words += f" ({places_of(data.axes[row], where)})"
            gross = self._LACK and 2 * bad >= of and is_wrong(status)
            found.append(
                Result(
                    status,
                    words,
                    value,
                    limits,
                    offending=where,
                    gross=gross,
                    family=family,
                )
            )
        return found

    def _family(self, rows: Rows, row: int, values: Array) -> Family | None:
        """How values that are wrong are so; None: as usual."""
        del rows, row, values
        return None

    def _values(self, batch: Batch) -> tuple[Array, Array]:
        """What is set against the limits, and which bins are judged."""
        data = batch.data
        values = data.values()
        judged = batch.judged
        if data.bin_entries is not None:
            judged = judged & (data.weights() >= self.entries)
        elif self.filled:
            judged = judged & (values != 0)
        if self.per_event:
            known = np.where(batch.exposure > 0, batch.exposure, np.nan)
            values = values / column(known, values.ndim)
            judged = judged & column(np.isfinite(known), values.ndim)
        return values, judged

    def _unjudged(self, batch: Batch, row: int) -> Result:
        if not batch.judged[row].any():
            return Result(Status.NOT_CHECKED, "all bins are known to be wrong")
        if self.per_event and not batch.exposure[row] > 0:
            words = unseen(float(batch.exposure[row]), self.events)
        elif batch.data.bin_entries is not None:
            words = f"no bin with {self.entries:g} entries"
        else:
            words = "no bin is filled"
        return Result(Status.LOW_STATISTICS, words)

    def _too_early(self, seen: float, held: float, status: Status) -> str:
        """Why what is missing says nothing yet, or ""."""
        if seen >= self.events:
            return ""
        missing = self._LACK and is_wrong(status)
        # where something was filled, one event at least was seen
        known_few = seen < self.events or self.events > 1
        if not held or (missing and known_few):
            return unseen(seen, self.events)
        return ""

    def _beyond(self, values: Array) -> Array:
        raise NotImplementedError

    def _words(self) -> str:
        raise NotImplementedError

    def _in_unit(self, words: str) -> str:
        per = " per event" if self.per_event else ""
        return f"{words} {self.unit}{per}" if self.unit else words + per


class BinsAbove(_Bins, frozen=True):
    """Bins with more than a limit (of profiles: their means).

    Like ATLAS's Bins_GreaterThan_Threshold, ALICE's LevelCheck of FIT.

    Attributes:
        limit: a bin above this is wrong, unit of the contents.
        warn_above, bad_above: number, or share, of such bins.
        share, filled, per_event, entries, events, noun, unit: as of the base.
    """

    NAME: ClassVar[str] = "bins_above"
    FAMILY = "excess"

    limit: float = 0.0

    def _beyond(self, values: Array) -> Array:
        beyond: Array = ~(values <= self.limit)
        return beyond

    def _words(self) -> str:
        return self._in_unit(f"above {number(self.limit, 6)}")

    @classmethod
    def examples(cls) -> tuple[Example, ...]:
        """Cases."""
        quiet = cls(limit=10, warn_above=0, bad_above=1)
        return (
            Example("quiet", quiet, (3, 9, 0), Status.GOOD),
            Example("one is noisy", quiet, (3, 90, 0), Status.WARNING),
            Example("two are noisy", quiet, (3, 90, 80), Status.BAD),
            Example("no events yet", quiet, (0, 0), Status.LOW_STATISTICS, exposure=0),
        )


class BinsBelow(_Bins, frozen=True):
    """Bins with less than a limit (of profiles: their means); empty ones are, too.

    Like ATLAS's Bins_LessThan_Threshold.

    Attributes:
        limit: a bin below this is wrong, unit of the contents.
        warn_above, bad_above: number, or share, of such bins.
        share, filled, per_event, entries, events, noun, unit: as of the base.
    """

    NAME: ClassVar[str] = "bins_below"
    FAMILY = "missing"
    _LACK: ClassVar[bool] = True

    limit: float = 1.0

    def _beyond(self, values: Array) -> Array:
        beyond: Array = ~(values >= self.limit)
        return beyond

    def _words(self) -> str:
        return self._in_unit(f"below {number(self.limit, 6)}")

    @classmethod
    def examples(cls) -> tuple[Example, ...]:
        """Cases."""
        full = cls(limit=5, warn_above=0, bad_above=0.4, share=True)
        return (
            Example("full", full, (9, 8, 7, 9), Status.GOOD),
            Example("one is empty", full, (9, 8, 0, 9), Status.WARNING),
            Example("half is empty", full, (9, 8, 0, 0), Status.BAD),
            Example("no events", full, (0, 0), Status.LOW_STATISTICS, exposure=0),
        )


class BinsEqual(_Bins, frozen=True):
    """Bins that hold just one value, such as 0.

    Like ATLAS's Bins_Equal_Threshold; with ``differ`` Bins_NotEqual_Threshold.

    Attributes:
        to: the value, unit of the contents.
        within: differences up to this are none.
        differ: bins that hold anything else are wrong instead.
        warn_above, bad_above: number, or share, of such bins.
        share, filled, per_event, entries, events, noun, unit: as of the base.
    """

    NAME: ClassVar[str] = "bins_equal"
    _LACK: ClassVar[bool] = True

    to: float = 0.0
    within: float = 0.0
    differ: bool = False

    def _beyond(self, values: Array) -> Array:
        apart = np.abs(values - self.to)
        beyond: Array = ~(apart <= self.within if self.differ else apart > self.within)
        return beyond

    def _family(self, rows: Rows, row: int, values: Array) -> Family | None:
        del rows, row, values
        return "missing" if not self.to and not self.differ else None

    def _words(self) -> str:
        words = f"{'other than' if self.differ else 'at'} {number(self.to, 6)}"
        if self.within:
            words += f" ± {number(self.within, 6)}"
        return self._in_unit(words)

    @classmethod
    def examples(cls) -> tuple[Example, ...]:
        """Cases."""
        some = cls(warn_above=0, bad_above=1)
        state = cls(to=1, differ=True)
        return (
            Example("none is 0", some, (9, 8, 7), Status.GOOD),
            Example("one is 0", some, (9, 8, 0), Status.WARNING, family="missing"),
            Example("two are 0", some, (9, 0, 0), Status.BAD, family="missing"),
            Example("no events", some, (0, 0), Status.LOW_STATISTICS, exposure=0),
            Example("all are 1", state, (1, 1), Status.GOOD),
            Example("one is not 1", state, (1, 2), Status.BAD),
        )


class BinsOutside(_Bins, frozen=True):
    """Filled bins (of profiles: means) that are not within a range.

    Like CMS's ContentsWithinExpected, ATLAS's BinsOutOfRange and, of ALICE's TPC,
    GenericHistogramCheck.

    Attributes:
        low, high: what a good bin holds, unit of the contents; None: no limit.
        warn_above, bad_above: number, or share, of the bins outside.
        share, filled, per_event, entries, events, noun, unit: as of the base.
    """

    NAME: ClassVar[str] = "bins_outside"

    low: float | None = None
    high: float | None = None
    filled: bool = True

    def _beyond(self, values: Array) -> Array:
        inside = np.ones(values.shape, bool)
        if self.low is not None:
            inside &= values >= self.low
        if self.high is not None:
            inside &= values <= self.high
        return ~inside

    def _family(self, rows: Rows, row: int, values: Array) -> Family | None:
        low = -np.inf if self.low is None else self.low
        high = np.inf if self.high is None else self.high
        return moved(rows, row, values - np.clip(values, low, high))

    def _words(self) -> str:
        return self._in_unit(outside(self.low, self.high))

    def wrong(self) -> Iterator[tuple[str, str]]:
        """Limits that cannot be meant."""
        yield from super().wrong()
        if self.low is None and self.high is None:
            yield "high", NO_LIMITS

    @classmethod
    def examples(cls) -> tuple[Example, ...]:
        """Cases."""
        times = cls(low=-2, high=2, share=True, warn_above=0.1, bad_above=0.4)
        full = (50, 50, 50, 50)
        few_entries = (5, 5, 5, 5)
        means = (0, 1, -1, 9)
        return (
            Example("within", times, (0.5, 1, -1, 1), Status.GOOD, entries=full),
            Example("one is off", times, means, Status.WARNING, entries=full),
            Example("half is off", times, (8, 9, 0, 0), Status.BAD, entries=full),
            Example("too much", cls(high=9), (5, 90), Status.BAD, family="excess"),
            Example("few", times, means, Status.LOW_STATISTICS, entries=few_entries),
        )


class SumInRange(Within, frozen=True):
    """What a range of an axis holds: its share of all entries, or their number.

    Like CMS's ContentsXRange, ATLAS's BinDump and BinsFilledOutRange.

    Attributes:
        warn_below, bad_below, warn_above, bad_above: the share (0 to 1), or number.
        low, high: the range, unit of the axis: bins whose centres lie there; None: the
            end of the axis.
        axis: of which.
        share: the limits are shares of all entries, flow bins too; else numbers.
        what: what the range means, for the sentence ("in BX 0").
        entries: effective ones needed in all, for a share.
        sigma: a share is beyond a limit where chance, of its entries, is rarer than so
            many standard deviations.
        events: that must have been seen before a small number means anything.
    """

    NAME: ClassVar[str] = "sum_in_range"
    DIMENSIONS: ClassVar[tuple[int, ...]] = (1, 2, 3)
    SHARES: ClassVar[bool | tuple[str, object]] = ("share", True)

    low: float | None = None
    high: float | None = None
    axis: AxisName = "x"
    share: bool = True
    what: str = ""
    entries: float = 200.0
    sigma: float = CERTAIN
    events: float = 1.0

    @quiet
    def judge(self, batch: Batch) -> list[Result]:
        """One result a row."""
        data = batch.data
        axis = axis_number(self.axis)
        if axis >= data.dimension:
            return [without_axis(self.axis)] * len(data)
        weights = np.where(batch.judged, data.weights(), 0.0)
        others = tuple(each for each in range(1, weights.ndim) if each != axis + 1)
        along = weights.sum(others)
        chosen = within_range(data.centers(axis), self.low, self.high)
        held = np.where(chosen, along, 0.0).sum(1)
        known = np.where(batch.judged, 0.0, data.weights())
        total = flat(data.weights(flow=True)).sum(1) - flat(known).sum(1)
        values = held
        short: dict[int, Result] = {}
        raw = statuses = self.statuses(values)
        entries = total
        if self.share:
            values = held / np.where(total != 0, total, np.nan)
            entries = _effective(batch, total)
            short = few(batch, entries, self.entries)
            raw = self.statuses(values)
            statuses = self.statuses(values, partial(self._sure, values, entries))
        expected = self.expected(share=True) if self.share else self.expected()
        limits = self.limits
        found = []
        for row, (value, status, seen) in enumerate(
            zip(values.tolist(), statuses, batch.exposure.tolist(), strict=True)
        ):
            if row in short:
                found.append(short[row])
                continue
            low = self.allowed[0]
            missing = low is not None and value < low
            if not self.share and missing and not seen >= self.events:
                words = unseen(seen, self.events)
                found.append(Result(Status.LOW_STATISTICS, words))
                continue
            what = self.what
            if not what:
                where = bins_of(data.axes[row][axis], np.flatnonzero(chosen[row]))
                what = f"in {where}" if where else "in no bin"
            words = f"{number(value)} entries {what}{expected}"
            if self.share:
                words = f"{percent(value)} {what}{expected}"
            if status is not raw[row]:
                words += f", within the error of {number(float(entries[row]))} entries"
            family = None if self.share else self.side(value)
            found.append(Result(status, words, value, limits, family=family))
        return found

    def _sure(self, shares: Array, entries: Array, limit: float) -> Array:
        """Which shares are not at a limit by chance alone, by Chernoff's bound."""
        far = times_log(shares, shares / limit)
        far = far + times_log(1 - shares, (1 - shares) / (1 - limit))
        sure: Array = entries * far > 0.5 * self.sigma**2
        return sure

    def wrong(self) -> Iterator[tuple[str, str]]:
        """Limits that cannot be meant."""
        yield from super().wrong()
        if self.sigma < 0:
            yield "sigma", "it is below 0"

    @classmethod
    def examples(cls) -> tuple[Example, ...]:
        """Cases."""
        prompt = cls(low=1, high=2, what="in BX 0", warn_below=0.95, bad_below=0.85)
        return (
            Example("prompt", prompt, (2, 980, 10), Status.GOOD),
            Example("some late", prompt, (0, 900, 100), Status.WARNING),
            Example("a few late of few", prompt, (0, 280, 20), Status.GOOD),
            Example("half late", prompt, (0, 500, 500), Status.BAD),
            Example(
                "too few in all",
                cls(share=False, bad_below=50),
                (10, 10),
                Status.BAD,
                exposure=100,
                family="missing",
            ),
            Example("too few", prompt, (0, 5, 5), Status.LOW_STATISTICS),
        )


def _effective(batch: Batch, total: Array) -> Array:
    """Effective number of entries of what is judged, flow bins too, ``(n,)``."""
    data = batch.data
    squares = data.sumw2 if data.bin_entries is None else data.bin_sumw2
    if squares is None:
        return total
    known = np.where(batch.judged, 0.0, inner(squares))
    found = total * (total / (flat(squares).sum(1) - flat(known).sum(1)))
    return np.where(np.isfinite(found), found, 0.0)
