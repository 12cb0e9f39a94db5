"""Checks of how much there is: entries, flow, and what is no number."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, ClassVar, Literal

import numpy as np

from dqmconsole.checks.batch import flat, inner, quiet
from dqmconsole.checks.check import (
    Check,
    Example,
    Result,
    grade,
    limits_above,
    limits_below,
)
from dqmconsole.checks.limits import (
    LARGEST,
    Within,
    band_entries,
    entries_of,
    entry_weights,
    few,
    is_lost,
    is_wrong,
    lost_result,
    of_unknown_amount,
    unseen,
    without_reference,
    worse,
)
from dqmconsole.checks.sentences import number, percent, places_of
from dqmconsole.model.verdict import Status
from dqmconsole.model.words import counted

if TYPE_CHECKING:
    from dqmconsole.checks.batch import Batch, Rows
    from dqmconsole.model.histogram import Array


class NotEmpty(Check, frozen=True):
    """Something was filled, as soon as enough events were seen.

    Like ATLAS's Histogram_Not_Empty, but that what is empty is not called too few:
    where events were seen and nothing was filled, that is what is wrong.

    Attributes:
        warn_below, bad_below: fewer fills than this in the inner bins.
        events: events that must have been seen before nothing means anything.
    """

    NAME: ClassVar[str] = "not_empty"
    FAMILY = "missing"
    DIMENSIONS: ClassVar[tuple[int, ...]] = (1, 2, 3)
    TOGETHER: ClassVar[bool] = True

    warn_below: float | None = None
    bad_below: float | None = 1.0
    events: float = 1.0

    @quiet
    def judge(self, batch: Batch) -> list[Result]:
        """One result a row."""
        filled = np.abs(flat(np.where(batch.judged, batch.data.weights(), 0.0))).sum(1)
        limits = limits_below(self.warn_below, self.bad_below)
        statuses = grade(filled, self.warn_below, self.bad_below, below=True)
        found = []
        for total, status, seen in zip(
            filled.tolist(), statuses, batch.exposure.tolist(), strict=True
        ):
            if status is not Status.GOOD and not seen >= self.events:
                words = f"{number(total)} entries; it is not known of how many events"
                if seen < self.events:
                    words = f"{number(seen)} events seen, {self.events:g} needed"
                found.append(Result(Status.LOW_STATISTICS, words))
                continue
            words = "it is empty" if not total else f"{number(total)} entries"
            after = "in" if total else "after"
            words += f" {after} {number(seen)} events" if seen >= 0 else ""
            found.append(Result(status, words, total, limits, gross=not total))
        return found

    @classmethod
    def examples(cls) -> tuple[Example, ...]:
        """Cases."""
        return (
            Example("filled", cls(), (0, 3, 1), Status.GOOD, exposure=100),
            Example("empty", cls(), (0, 0, 0), Status.BAD, exposure=100),
            Example("no events yet", cls(), (0, 0), Status.LOW_STATISTICS, exposure=0),
            Example(
                "fewer than usual",
                cls(warn_below=5),
                (0, 3, 1),
                Status.WARNING,
                exposure=100,
            ),
        )


class Entries(Within, frozen=True):
    """How much was filled: within limits, or as much as is expected.

    Like ATLAS's Histogram_Effective_Empty, ALICE's NonEmpty. Limits of both kinds may
    be set: the worse decides. Expected is what the band of good runs says, where there
    is one, else the reference times its scale; where surely half or more of it is not
    there, that is BAD whatever the limits are. Entries per event: see ``rate``.

    Attributes:
        warn_below, bad_below, warn_above, bad_above: entries in the inner bins.
        warn_percent, bad_percent: difference from what is expected, either way, in %.
        sigma: standard deviations that it must differ by, too.
        least: entries that must be there, or expected, to judge by percent.
        events: that must have been seen before a small number means anything.
    """

    NAME: ClassVar[str] = "entries"
    FAMILY = "rate"
    DIMENSIONS: ClassVar[tuple[int, ...]] = (1, 2, 3)
    TOGETHER: ClassVar[bool] = True

    warn_percent: float | None = None
    bad_percent: float | None = None
    sigma: float = 5.0
    least: float = 100.0
    events: float = 1.0

    @quiet
    def judge(self, batch: Batch) -> list[Result]:
        """One result a row."""
        held = entries_of(batch.data, batch.judged)
        by_limits = self._by_limits(batch, held)
        if self.warn_percent is None and self.bad_percent is None:
            return by_limits
        by_percent = self._by_percent(batch, held)
        if not self.limits:
            return by_percent
        return [
            one if worse(one.status, other.status) is one.status else other
            for one, other in zip(by_limits, by_percent, strict=True)
        ]

    def _by_limits(self, batch: Batch, held: Array) -> list[Result]:
        low = self.allowed[0]
        expected = self.expected()
        limits = self.limits
        found = []
        for total, status, seen in zip(
            held.tolist(), self.statuses(held), batch.exposure.tolist(), strict=True
        ):
            missing = not total or (low is not None and total < low)
            if missing and not seen >= self.events:
                words = unseen(seen, self.events)
                found.append(Result(Status.LOW_STATISTICS, words))
                continue
            words = f"{number(total)} entries"
            words += f" in {number(seen)} events" if seen > 0 else ""
            gross, family = not total and is_wrong(status), self.side(total)
            found.append(
                Result(
                    status,
                    words + expected,
                    total,
                    limits,
                    gross=gross,
                    family=family,
                )
            )
        return found

    @quiet
    def _by_percent(self, batch: Batch, held: Array) -> list[Result]:
        expected, variance = _expected(batch)
        weights = entry_weights(batch)
        error = np.sqrt(np.abs(expected) * weights + variance)
        sigmas = np.abs(held - expected) / np.maximum(error, 1e-300)
        percents = np.minimum(100 * np.abs(held / expected - 1), LARGEST)
        percents = np.where(held == expected, 0.0, percents)
        decisive = np.where(sigmas > self.sigma, percents, np.minimum(percents, 0.0))
        statuses = grade(
            np.where(np.isfinite(held), decisive, np.nan),
            self.warn_percent,
            self.bad_percent,
        )
        lost = is_lost(held, expected, weights)
        limits = limits_above(self.warn_percent, self.bad_percent)
        unknown = of_unknown_amount(batch)
        found = []
        for row, (total, before, apart, many, status) in enumerate(
            zip(
                held.tolist(),
                expected.tolist(),
                percents.tolist(),
                sigmas.tolist(),
                statuses,
                strict=True,
            )
        ):
            if np.isnan(before):
                found.append(without_reference(batch))
            elif row in unknown:
                found.append(unknown[row])
            elif lost[row]:
                found.append(lost_result(total, before))
            elif before < self.least and (total < self.least or status is Status.GOOD):
                words = f"{number(before)} entries expected, {self.least:g} needed"
                found.append(Result(Status.LOW_STATISTICS, words))
            else:
                more = "more" if total > before else "fewer"
                words = f"{number(total)} entries, {number(apart, 2)} % {more} than "
                words += f"the {number(before)} expected, {number(many, 2)} sigma"
                if math.isclose(total, before):
                    words = f"{number(total)} entries, as many as expected"
                found.append(Result(status, words, apart, limits))
        return found

    @classmethod
    def examples(cls) -> tuple[Example, ...]:
        """Cases."""
        some = cls(warn_below=100, bad_below=10)
        same, most = cls(warn_percent=30, bad_percent=60), cls(bad_above=1000)
        before = (500, 500)
        return (
            Example("enough", some, (90, 80), Status.GOOD, exposure=100),
            Example(
                "rather few",
                some,
                (9, 8),
                Status.WARNING,
                exposure=100,
                family="missing",
            ),
            Example(
                "almost none", some, (0, 2), Status.BAD, exposure=100, family="missing"
            ),
            Example(
                "far more than ever", most, (900, 900), Status.BAD, family="excess"
            ),
            Example("no events", some, (0, 0), Status.LOW_STATISTICS, exposure=0),
            Example("as ever", same, (480, 520), Status.GOOD, reference=before),
            Example("more", same, (700, 690), Status.WARNING, reference=before),
            Example("too many", same, (900, 900), Status.BAD, reference=before),
            Example(
                "lost", same, (0, 0), Status.BAD, reference=before, family="missing"
            ),
            Example("alone", same, (480, 520), Status.NO_REFERENCE),
            Example("few", same, (3, 9), Status.LOW_STATISTICS, reference=(5, 5)),
        )


@quiet
def _expected(batch: Batch) -> tuple[Array, Array]:
    """Entries expected, and their variance by band or reference; NaN where unknown."""
    nothing = np.full(len(batch.data), np.nan)
    expected, variance = nothing, nothing
    if batch.reference is not None and batch.scale is not None:
        before = entries_of(batch.reference, batch.judged)
        squares = np.abs(before)
        if batch.reference.bin_entries is None:
            kept = np.where(batch.judged, batch.reference.variances(), 0.0)
            squares = flat(kept).sum(1)
        expected, variance = before * batch.scale, squares * batch.scale**2
    mean, spread = band_entries(batch)
    known = np.isfinite(mean)
    expected = np.where(known, mean, expected)
    variance = np.where(known, spread**2, variance)
    return expected, variance


class Flow(Check, frozen=True):
    """The share of all entries that lie below or above the axes.

    Like ATLAS's No_UnderFlows and No_OverFlows.

    Attributes:
        warn_above, bad_above: the share, 0 to 1.
        times: no share is too large up to so many times that of the reference; None:
            whatever that is.
        warn_new_above, bad_new_above: entries there, where the reference has none.
        side: which flow bins count.
        entries: needed in all.
    """

    NAME: ClassVar[str] = "flow"
    DIMENSIONS: ClassVar[tuple[int, ...]] = (1, 2, 3)
    SHARES: ClassVar[bool] = True

    warn_above: float | None = 0.05
    bad_above: float | None = None
    times: float | None = 3.0
    warn_new_above: float | None = None
    bad_new_above: float | None = None
    side: Literal["both", "under", "over"] = "both"
    entries: float = 1000.0

    @quiet
    def judge(self, batch: Batch) -> list[Result]:
        """One result a row."""
        flow, total = self._sums(batch.data)
        shares = flow / np.where(total > 0, total, np.nan)
        usual = np.zeros(len(shares))
        before = np.full(len(shares), np.nan)
        if batch.reference is not None:
            before, all_before = self._sums(batch.reference)
            before = np.where(batch.has_reference & (all_before > 0), before, np.nan)
            usual = np.nan_to_num(before / all_before) * (self.times or 0.0)
        # what is usual takes the place of limits that are less
        statuses = [
            worse(*pair)
            for pair in zip(
                self._graded(shares, usual),
                grade(
                    np.where(before == 0, flow, np.minimum(flow, 0.0)),
                    self.warn_new_above,
                    self.bad_new_above,
                ),
                strict=True,
            )
        ]
        short = few(batch, total, self.entries)
        words_of = {"both": "under- or overflow", "under": "underflow"}
        side = words_of.get(self.side, "overflow")
        found = []
        for row, (share, many, status, often, there) in enumerate(
            zip(
                shares.tolist(),
                flow.tolist(),
                statuses,
                usual.tolist(),
                before.tolist(),
                strict=True,
            )
        ):
            new = there == 0 and many > 0 and self._new_counts
            if row in short and not (new and is_wrong(status)):
                found.append(short[row])
                continue
            words = f"{percent(share)} of the entries in the {side}"
            if often > 0:
                words += f", {percent(often / (self.times or 1))} in the reference"
            if new:
                words = f"{number(many)} entries in the {side}, none in the reference"
            found.append(Result(status, words, share, self._limits(often)))
        return found

    def _limits(self, usual: float) -> tuple[tuple[float, str], ...]:
        """The limits that a share was held against; none where all of it is usual."""
        raised = [
            (max(limit, usual), words)
            for limit, words in limits_above(self.warn_above, self.bad_above)
        ]
        return tuple(each for each in raised if each[0] < 1)

    @property
    def _new_counts(self) -> bool:
        return self.warn_new_above is not None or self.bad_new_above is not None

    def _graded(self, shares: Array, usual: Array) -> list[Status]:
        beyond = np.where(shares > usual, shares, np.minimum(shares, 0.0))
        return grade(beyond, self.warn_above, self.bad_above)

    @quiet
    def _sums(self, rows: Rows) -> tuple[Array, Array]:
        """What lies in the flow bins of that side, and in all bins, ``(n,)``."""
        weights = np.abs(rows.weights(flow=True))
        chosen = np.zeros(weights.shape[1:], bool)
        for axis in range(weights.ndim - 1):
            along: Array = np.moveaxis(chosen, axis, 0)
            along[0] |= self.side in ("both", "under")
            along[-1] |= self.side in ("both", "over")
        return flat(np.where(chosen, weights, 0.0)).sum(1), flat(weights).sum(1)

    @classmethod
    def examples(cls) -> tuple[Example, ...]:
        """Cases."""
        return (
            Example("all within", cls(), (800, 800), Status.GOOD),
            Example("too few", cls(), (8, 8), Status.LOW_STATISTICS),
            Example(
                "lost",
                cls(),
                (0, 0),
                Status.BAD,
                reference=(800, 800),
                family="missing",
            ),
        )


class NoBadNumbers(Check, frozen=True):
    """No bin holds NaN or an infinite number, nor does the number of entries.

    Attributes:
        warn_above, bad_above: number of bins that do, flow bins too; where none does,
            the number of entries counts as one.
        events: that must have been seen before an empty plot is called good.
    """

    NAME: ClassVar[str] = "no_bad_numbers"
    DIMENSIONS: ClassVar[tuple[int, ...]] = (1, 2, 3)
    FINITE: ClassVar[bool] = False

    warn_above: float | None = None
    bad_above: float | None = 0.0
    events: float = 1.0

    @quiet
    def judge(self, batch: Batch) -> list[Result]:
        """One result a row."""
        data = batch.data
        lost: Array = ~np.isfinite(data.contents)
        for kept in (data.sumw2, data.bin_entries, data.bin_sumw2):
            if kept is not None:
                lost = lost | ~np.isfinite(kept)
        within: Array = flat(inner(lost) & batch.judged)
        known = flat(inner(lost) & ~batch.judged).sum(1)
        numbers = flat(lost).sum(1) - known
        inside = within.sum(1)
        uncounted: Array = ~np.isfinite(data.entries) & ~flat(lost).any(1)
        statuses = grade(numbers + uncounted, self.warn_above, self.bad_above)
        limits = limits_above(self.warn_above, self.bad_above)
        filled: Array = np.any(flat(data.contents != 0), axis=1)
        found = []
        for row, (status, many, seen) in enumerate(
            zip(statuses, numbers.tolist(), batch.exposure.tolist(), strict=True)
        ):
            if not filled[row] and not seen >= self.events:
                words = unseen(seen, self.events)
                found.append(Result(Status.LOW_STATISTICS, words))
                continue
            words = "all bins hold numbers"
            where = None
            if many:
                words = f"{counted(many, 'bin')} with no finite number"
            if inside[row]:
                where = np.flatnonzero(within[row])
                words += f" ({places_of(data.axes[row], where)})"
            elif many:
                words += " (under- or overflow)"
            elif uncounted[row]:
                words = "the number of entries is not finite"
            value = float(many + uncounted[row])
            found.append(Result(status, words, value, limits, offending=where))
        return found

    @classmethod
    def examples(cls) -> tuple[Example, ...]:
        """Cases."""
        lost, infinite = float("nan"), float("inf")
        return (
            Example("numbers", cls(), (1, 0, 2), Status.GOOD),
            Example("one is none", cls(), (1, lost, 2), Status.BAD),
            Example(
                "one is tolerated",
                cls(warn_above=0, bad_above=1),
                (1, infinite, 2),
                Status.WARNING,
            ),
            Example("nothing yet", cls(), (0, 0), Status.LOW_STATISTICS),
        )
