"""Alarms: one row for each cause, with the plots that show it.

Which verdicts are one cause is said by ``engine.grouping``; who answered, by the book.
"""

from __future__ import annotations

import msgspec

from dqmconsole.model.cause import Extent, Family, Urgency
from dqmconsole.model.verdict import Status

_TEST = "test/"


class Member(msgspec.Struct, frozen=True, gc=False):
    """A plot that shows a cause, or a subsystem that gives nothing to judge.

    Attributes:
        key: of the plot, or the name of the subsystem ("" for the whole source).
        status: BAD, WARNING, STALE or FAILED: the last that was said of it while it
            was wrong; GOOD once it is good again, and was for long enough.
        sentence: why.
        family: how it is wrong.
        urgency: of it alone.
        extent: where in the plot, or None where that is unknown.
        confirmed: it is judged now; else `status` is what it was last.
        part: the plot is wrong in other places, too, which are another cause.
    """

    key: str
    status: Status
    sentence: str
    family: Family
    urgency: Urgency = ""
    extent: Extent | None = None
    confirmed: bool = True
    part: bool = False


class Alarm(msgspec.Struct, frozen=True, tag="alarm", gc=False):
    """One cause: what it is, since when, and the plots that show it.

    Attributes:
        id: its name, "RUN/root/family/number"; kept as long as the cause stands, over
            runs and restarts.
        run: the run in which it began.
        root: where the cause is looked for: the subsystem, or what feeds it.
        family: how data are wrong.
        members: all of them, those that came first first, each plot once; one that is
            wrong in places apart may be in several alarms.
        earliest, latest: the lumisections of `run` between which it began: the one
            after the last good one, and the first bad one; None where unknown.
        began: unix time at which it was seen first, s.
        news: grows when it becomes more than what was acknowledged: another place,
            family, a higher urgency, half as many plots or cells more, or again after
            it had returned. From 1.
        news_at: unix time of the last of these, s.
        news_words: what the last of these was; "" when it is new itself.
        urgency: the highest of its members that are not good.
        extent: what the members cover together, or None where unknown.
        perhaps_with: id of the row that it may be one with and came too late for, or
            "".
        returned: unix time since which all members are good, s, or None.
        returned_before: of one that came again, unix time at which it had returned
            last, s; else None.
        unconfirmed: some members that are not good are not judged now, and none is.
        seen: of one that is unconfirmed, the run and lumisection in which a member was
            seen wrong last; else None.
        withdrawn: by what it went, when not by good data: a limit, a known issue or a
            release that changed; or "".
        chattering: it came and went three times in fifteen updates.
    """

    id: str
    run: int
    root: str
    family: Family
    members: tuple[Member, ...]
    began: float
    news_at: float
    earliest: int | None = None
    latest: int | None = None
    news: int = 1
    news_words: str = ""
    urgency: Urgency = ""
    extent: Extent | None = None
    perhaps_with: str = ""
    returned: float | None = None
    unconfirmed: bool = False
    seen: tuple[int, int | None] | None = None
    withdrawn: str = ""
    chattering: bool = False
    returned_before: float | None = None

    @property
    def test(self) -> bool:
        """It tests the way of alarms, and nothing is wrong."""
        return self.id.startswith(_TEST)

    @property
    def wrong(self) -> tuple[Member, ...]:
        """The members that are not good again."""
        return tuple(one for one in self.members if one.status is not Status.GOOD)

    @property
    def keys(self) -> frozenset[str]:
        """Of all members."""
        return frozenset(one.key for one in self.members)


def chain_test_id(request: int) -> str:
    """The id of the alarm that answers a request to test the way of alarms."""
    return f"{_TEST}{request}"


def chain_test_alarm(request: int, run: int, now: float) -> Alarm:
    """An alarm that is marked as a test.

    Args:
        request: number of the request for it.
        run: the current run.
        now: unix time, s.
    """
    said = "a test of the way of alarms, nothing is wrong"
    member = Member("", Status.BAD, said, "missing", "now")
    return Alarm(
        *(chain_test_id(request), run, "Test", "missing", (member,), now, now),
        urgency="now",
    )
