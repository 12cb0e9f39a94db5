"""What a plot's status is, in words, and how statuses roll up."""

from __future__ import annotations

import enum
from typing import TYPE_CHECKING

import msgspec

if TYPE_CHECKING:
    from collections.abc import Iterable


class Status(enum.StrEnum):
    """The statuses of DESIGN section 3. Only GOOD is good."""

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

# When nothing was judged, the roll-up shows the status that asks most of a person.
_UNJUDGED_ORDER = (
    Status.FAILED,
    Status.STALE,
    Status.MISSING,
    Status.NO_REFERENCE,
    Status.WAITING,
    Status.LOW_STATISTICS,
    Status.NOT_CHECKED,
    Status.DISABLED,
    Status.NOT_APPLICABLE,
)


class Verdict(msgspec.Struct, frozen=True, gc=False):
    """One plot's status with its reason.

    Attributes:
        status: the status.
        sentence: the reason in one sentence a shifter understands.
        test: name of the test that judged, "" when none did.
        since: lumisection since which the status holds, or None.
        result: the deciding number of the test, or None.
        known: number of known problems that lie in the plot.
    """

    status: Status
    sentence: str
    test: str = ""
    since: int | None = None
    result: float | None = None
    known: int = 0


class Rollup(msgspec.Struct, frozen=True, gc=False):
    """What a page or subsystem shows of its plots.

    Attributes:
        status: the worst judged status; when nothing was judged, the status
            among the plots that asks most of a person.
        good: plots that are GOOD.
        judged: plots that are GOOD, WARNING or BAD.
        total: all plots, NOT APPLICABLE ones left out unless all are.
        counts: number of plots per status present.
    """

    status: Status
    good: int
    judged: int
    total: int
    counts: dict[Status, int]


def roll_up(statuses: Iterable[Status]) -> Rollup:
    """Roll statuses up: the worst judged one, and how many were not judged.

    An empty input gives NOT CHECKED with zero plots: nothing is never good.
    """
    counts: dict[Status, int] = {}
    for status in statuses:
        counts[status] = counts.get(status, 0) + 1
    judged = sum(counts.get(status, 0) for status in JUDGED)
    if judged:
        worst = max((status for status in JUDGED if status in counts), key=JUDGED.index)
    else:
        worst = next(
            (status for status in _UNJUDGED_ORDER if status in counts),
            Status.NOT_CHECKED,
        )
    everything = sum(counts.values())
    applicable = everything - counts.get(Status.NOT_APPLICABLE, 0)
    return Rollup(
        status=worst,
        good=counts.get(Status.GOOD, 0),
        judged=judged,
        total=applicable or everything,
        counts=counts,
    )
