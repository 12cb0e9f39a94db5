"""Checks of what comes in while events do: growth, what is frozen, rates."""

from __future__ import annotations

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
    ENOUGH_RUNS,
    EXPECTED_LEAST,
    LARGEST,
    Within,
    band_entries,
    entries_of,
    entry_weights,
    expected_entries,
    is_lost,
    is_wrong,
    lost_result,
    unseen,
    worse,
)
from dqmconsole.checks.sentences import number, places_of
from dqmconsole.model.verdict import Status
from dqmconsole.model.words import counted

if TYPE_CHECKING:
    from dqmconsole.checks.batch import Batch
    from dqmconsole.model.histogram import Array


class MustGrow(Check, frozen=True):
    """Entries come in while events do.

    Like ALICE's IncreasingEntries and EverIncreasingGraph.

    Attributes:
        warn_below, bad_below: entries, flow bins too.
        events: that must have been seen meanwhile.
    """

    NAME: ClassVar[str] = "must_grow"
    FAMILY = "missing"
    DIMENSIONS: ClassVar[tuple[int, ...]] = (1, 2, 3)

    warn_below: float | None = None
    bad_below: float | None = 1.0
    events: float = 25.0

    @quiet
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
    FAMILY = "excess"
    DIMENSIONS: ClassVar[tuple[int, ...]] = (1, 2, 3)

    warn_above: float | None = None
    bad_above: float | None = 0.0
    events: float = 1.0

    @quiet
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
    FAMILY = "stale"
    DIMENSIONS: ClassVar[tuple[int, ...]] = (1, 2, 3)

    warn_below: float | None = None
    bad_below: float | None = 1.0
    events: float = 100.0

    @quiet
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
            words = f"{counted(many, 'bin')} changed" if many else "nothing changed"
            words += f" in {number(seen)} events" if seen > 0 else ""
            found.append(Result(status, words, float(many), limits, gross=not many))
        return found

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
            ``against:``; in the last updates its share by their events. Where those
            are not counted, the last updates are not judged.
        sigma: standard deviations by which a limit must be passed.
        warn_spread, bad_spread: difference from the good runs, either way, in their
            spread and the statistical error; twice that with fewer than five runs.
        unit: what one unit is, for the sentence.
    """

    NAME: ClassVar[str] = "rate"
    FAMILY = "rate"
    DIMENSIONS: ClassVar[tuple[int, ...]] = (1, 2, 3)

    per: Literal["event", "against"] = "event"
    sigma: float = 3.0
    warn_spread: float | None = None
    bad_spread: float | None = None
    unit: str = "event"

    @quiet
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
                    result = Result(
                        status,
                        words,
                        value,
                        self.limits,
                        gross=gross,
                        family="missing" if gross else None,
                    )
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
        words = "that by which it is divided is 0, or not known, in this span"
        total = flat(inner(batch.reference.contents)).sum(1)
        if batch.whole is not None and batch.scale is not None:
            # the element is that of the whole run
            share = batch.scale / batch.scale[batch.whole]
            if batch.by_area is not None:  # a share of itself says nothing
                share = np.where(batch.by_area, np.nan, share)
            total = np.where(batch.whole < 0, total, total * share)
        return total, (Status.LOW_STATISTICS, words)

    @quiet
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

    @quiet
    def _by_band(self, batch: Batch, held: Array, weights: Array) -> list[Result]:
        if self.warn_spread is None and self.bad_spread is None:
            return []
        mean, spread = band_entries(batch)
        error = np.sqrt(spread**2 + np.abs(mean) * weights)
        sizes = np.minimum(np.abs(held - mean) / np.maximum(error, 1e-300), LARGEST)
        sizes = np.where(held == mean, 0.0, sizes)
        runs = np.ones(len(held)) if batch.band is None else batch.band.runs
        statuses = grade(
            sizes / np.where(runs < ENOUGH_RUNS, 2.0, 1.0),
            self.warn_spread,
            self.bad_spread,
        )
        limits = limits_above(self.warn_spread, self.bad_spread)
        lost = is_lost(held, mean, weights)
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
            words += f"{counted(round(float(runs[row])), 'good run')}: "
            words += f"{number(size, 2)} times their spread apart"
            words += ", limits doubled for so few" if runs[row] < ENOUGH_RUNS else ""
            found.append(Result(status, words, size, limits))
        return found

    @classmethod
    def examples(cls) -> tuple[Example, ...]:
        """Cases."""
        rate = cls(warn_below=2, bad_below=1, warn_above=4, bad_above=8)
        per = cls(per="against", bad_below=10, unit="1/nb")
        return (
            Example("as usual", rate, (150, 150), Status.GOOD, exposure=100),
            Example("high", rate, (300, 300), Status.WARNING, exposure=100),
            Example("low", rate, (10, 10), Status.BAD, exposure=100),
            Example("none", rate, (0, 0), Status.BAD, exposure=100, family="missing"),
            Example("no events", rate, (0, 0), Status.LOW_STATISTICS, exposure=0),
            Example("per luminosity", per, (150, 150), Status.GOOD, reference=(2, 3)),
            Example("nothing beside it", per, (150, 150), Status.NO_REFERENCE),
        )


def _grown(batch: Batch) -> Array:
    """What was filled, flow bins too, without bins known to be wrong, ``(n,)``."""
    weights = np.abs(batch.data.weights(flow=True))
    known = np.where(batch.judged, 0.0, inner(weights))
    found: Array = flat(weights).sum(1) - flat(known).sum(1)
    return found


def _came(more: float, seen: float) -> str:
    words = f"{number(more)} new entries" if more else "no new entries"
    return words + (f" in {number(seen)} events" if seen > 0 else "")
