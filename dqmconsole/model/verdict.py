"""What a plot's status is, in words, and how statuses roll up."""

from __future__ import annotations

import enum
import re
from typing import TYPE_CHECKING, Literal

import msgspec

from dqmconsole.model.cause import Extent, Family
from dqmconsole.model.moment import clock_words
from dqmconsole.model.run import run_words

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping


class Status(enum.StrEnum):
    """What is said of a plot. Only GOOD is good."""

    GOOD = "GOOD"
    WARNING = "WARNING"
    BAD = "BAD"
    NOT_CHECKED = "NOT CHECKED"
    WAITING = "WAITING"
    LOW_STATISTICS = "LOW STATISTICS"
    NOT_APPLICABLE = "NOT APPLICABLE"
    NO_REFERENCE = "NO REFERENCE"
    STALE = "STALE"
    MISSING = "MISSING"
    DISABLED = "DISABLED"
    FAILED = "FAILED"


JUDGED = (Status.GOOD, Status.WARNING, Status.BAD)
_HELD = re.compile(r"(GOOD|WARNING) in \d+ of \d+ updates")

# What asks most of a person stands first. What could not be judged goes before what is
# good (only GOOD is good), but what somebody switched off does not.
WORST_FIRST = (
    Status.BAD,
    Status.WARNING,
    Status.FAILED,
    Status.STALE,
    Status.MISSING,
    Status.NO_REFERENCE,
    Status.WAITING,
    Status.LOW_STATISTICS,
    Status.NOT_CHECKED,
    Status.GOOD,
    Status.DISABLED,
    Status.NOT_APPLICABLE,
)


class LastVerdict(msgspec.Struct, frozen=True, gc=False):
    """What a plot was judged to be before it stopped being judged.

    Attributes:
        status: GOOD, WARNING or BAD.
        run: the run in which it was.
        since: lumisection since which that held, or None.
        began: unix time since which that held, s, or None.
    """

    status: Status
    run: int
    since: int | None = None
    began: float | None = None


class CheckResult(msgspec.Struct, frozen=True, gc=False):
    """What one check of a plot, or one quality test of its producer, found.

    Attributes:
        check: its name, as layouts write it; of a producer's test that test's.
        status: what it found.
        sentence: in words, with numbers, bins and labels.
        span: what it judged, in words ("LS 12–14"); "" is the run so far.
        value: the number that decided, or None.
        limits: what that was not to cross, each with its word ("bad above").
        p_value: chance of such a value or a worse one in good data, or None.
        configuration: the check as the layout has it, on one line.
        origin: who asked for it.
        counts: False: it is shown alone, and no part of the verdict.
        share: value and limits are shares (0 to 1).
        family: how the data are wrong, where they are and the check tells that.
    """

    check: str
    status: Status
    sentence: str
    span: str = ""
    value: float | None = None
    limits: tuple[tuple[float, str], ...] = ()
    p_value: float | None = None
    configuration: str = ""
    origin: Literal["layout", "default", "producer"] = "layout"
    counts: bool = True
    share: bool = False
    family: Family | None = None


class Verdict(msgspec.Struct, frozen=True, gc=False):
    """One plot's status with its reason.

    Attributes:
        status: the status.
        sentence: the reason in one sentence a shifter understands.
        test: name of the test that judged, "" when none did.
        since: lumisection since which the status holds, or None.
        result: the deciding number of the test, or None.
        known: number of known issues that lie in the plot.
        began: unix time since which the status holds, s, or None.
        last: the verdict before, while the plot is not judged; None while it is,
            or where it never was. The sentence says so, too.
        checks: what each check found, that which decided first.
        adopted: the owner chose what judged; False: by default, at most a WARNING.
        extent: where in the detector the plot is wrong, or None where that is unknown.
        held: what holds over updates, where a test of the producer found otherwise in
            too few in a row for that to be announced; else None.
    """

    status: Status
    sentence: str
    test: str = ""
    since: int | None = None
    result: float | None = None
    known: int = 0
    began: float | None = None
    last: LastVerdict | None = None
    checks: tuple[CheckResult, ...] = ()
    adopted: bool = True
    extent: Extent | None = None
    held: Status | None = None

    @property
    def announced(self) -> Status:
        """The status as alarms and proposed flags take it: the better of the two."""
        if self.held is None or self.status not in JUDGED:
            return self.status
        if self.held not in JUDGED:
            return self.held
        return min(self.status, self.held, key=JUDGED.index)


def held_words(found: Status, many: int, need: int) -> str:
    """What was found in too few updates in a row to hold: "GOOD in 1 of 3 updates"."""
    return f"{found} in {many} of {need} updates"


def found_better(verdict: Verdict) -> bool:
    """Tell whether it is BAD only by what holds: the last update was not found so."""
    bad = [each for each in verdict.checks if each.counts and each.status is Status.BAD]
    return bool(bad) and all(_HELD.match(each.sentence) for each in bad)


class Rollup(msgspec.Struct, frozen=True, gc=False):
    """What a page or subsystem shows of its plots.

    Attributes:
        status: the worst judged status; when nothing was judged, the status
            among the plots that asks most of a person.
        good: plots that are GOOD.
        judged: plots that are GOOD, WARNING or BAD.
        total: all plots, NOT APPLICABLE ones left out unless all are.
        counts: number of plots per status present.
        by_default: plots that are WARNING by a default that nobody adopted.
    """

    status: Status
    good: int
    judged: int
    total: int
    counts: dict[Status, int]
    by_default: int = 0

    @property
    def adopted(self) -> bool:
        """False for a WARNING that is one by defaults alone, which nobody adopted."""
        warned = self.counts.get(Status.WARNING, 0)
        return self.status is not Status.WARNING or self.by_default < warned


def onset_words(since: int | None, began: float | None, unit: str = "LS") -> str:
    """Since when something holds: "since LS 8, 23:14 UTC"; "" where nobody knows.

    Args:
        since: lumisection, or None.
        began: unix time, s, or None.
        unit: what stands before the number of a lumisection.
    """
    told = [] if since is None else [f"{unit} {since}"]
    told += [] if began is None else [clock_words(began)]
    return "since " + ", ".join(told) if told else ""


def last_words(
    last: LastVerdict | None, run: int | None = None, unit: str = "LS"
) -> str:
    """What a plot that is not judged was: "last BAD since LS 17, 23:14 UTC", or "".

    Args:
        last: its last verdict, or None.
        run: the run at hand; that of the verdict is named if it is another.
        unit: what stands before the number of a lumisection.
    """
    if last is None:
        return ""
    said = run not in (None, last.run) and last.run > 0
    where = f"in {run_words(last.run)} " if said else ""
    onset = onset_words(last.since, last.began, unit)
    return f"last {last.status} {where}{onset}".rstrip()


def last_bad(verdicts: Mapping[str, Verdict | None]) -> tuple[str, ...]:
    """The plots that are not judged now and were BAD before, of verdicts by key."""
    return tuple(
        key
        for key, each in verdicts.items()
        if each is not None and each.last is not None and each.last.status is Status.BAD
    )


def by_default(verdicts: Iterable[Verdict | None]) -> int:
    """How many are a WARNING by a default that nobody adopted."""
    return sum(
        each is not None and each.status is Status.WARNING and not each.adopted
        for each in verdicts
    )


def roll_up(statuses: Iterable[Status], by_default: int = 0) -> Rollup:
    """Roll statuses up: the worst judged one, and how many were not judged.

    An empty input gives NOT CHECKED with zero plots: nothing is never good.

    Args:
        statuses: of all plots.
        by_default: how many are WARNING by a default that nobody adopted.
    """
    counts: dict[Status, int] = {}
    for status in statuses:
        counts[status] = counts.get(status, 0) + 1
    judged = sum(counts.get(status, 0) for status in JUDGED)
    decisive = [each for each in counts if each in JUDGED] or counts
    worst = min(decisive, key=WORST_FIRST.index, default=Status.NOT_CHECKED)
    everything = sum(counts.values())
    applicable = everything - counts.get(Status.NOT_APPLICABLE, 0)
    return Rollup(
        status=worst,
        good=counts.get(Status.GOOD, 0),
        judged=judged,
        total=applicable or everything,
        counts=counts,
        by_default=by_default,
    )
