"""What happened lately, as the overview has it, and when somebody looked before."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, Literal

import msgspec

from dqmconsole.model.run import run_words
from dqmconsole.model.verdict import Status
from dqmconsole.model.words import counted, listed
from dqmconsole.shift.strip import LOUD, severity

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dqmconsole.shift.overview import Condition, Overview, RunSpan
    from dqmconsole.shift.strip import Segment

EventKind = Literal[
    "verdict", "alarm", "conditions", "luminosity", "client", "run", "call", "entry"
]
AWAY = 120.0  # s without a key or the mouse: somebody was not looking
GAP = 120.0  # s between subsystems that stop, up to which they stop together
WAS_STALE = f"was {Status.STALE}"


class Event(msgspec.Struct, frozen=True, gc=False):
    """Something that happened, for the list of what is new.

    Attributes:
        at: unix time, s, or None where that is unknown.
        run, lumisection: where.
        status: whose mark stands before it; None for what is no verdict.
        words: what happened.
        sentence: more of it, or "".
        key: the plot to show, or "".
        kind: what it is of.
    """

    at: float | None
    run: int
    lumisection: int
    status: Status | None
    words: str
    sentence: str = ""
    key: str = ""
    kind: EventKind = "verdict"


def events(overview: Overview) -> list[Event]:
    """What happened to subsystems, conditions and runs, in any order."""
    found: list[Event] = []
    called = overview.lumisection
    for at, span in enumerate(overview.runs):
        rows = [
            (row.name, each)
            for row in overview.rows
            for each in _row_events(row.name, span, row.segments[at], called)
        ]
        found += _together(rows)
        for each in overview.conditions:
            found += _condition_events(each.name, span, each.segments[at], called)
        began = span.time_of(1)
        if began is not None:
            what = run_words(span.run).capitalize() or "The data"
            found.append(Event(began, span.run, 1, None, f"{what} began", span.words,
                               kind="run"))  # fmt: skip
    return found


def _row_events(
    name: str, span: RunSpan, segments: Sequence[Segment], called: str
) -> list[Event]:
    """What happened to a subsystem in a run: only what is loud, or was."""
    found: list[Event] = []
    was: Status | None = None
    loud: list[Segment] = []
    for each in segments:
        status = each.status
        if status is None or status is was:
            loud += [each] if status in LOUD else []
            continue
        if status in LOUD or was in LOUD:
            found.append(_row_event(name, span, each, loud, called))
        loud = [*loud, each] if status in LOUD else []
        was = status
    return found


def _together(rows: Sequence[tuple[str, Event]]) -> list[Event]:
    """What happened to subsystems, once where some stop, or go on, at about one time.

    Args:
        rows: of a run, each with the name of its subsystem.
    """
    found, groups = [], dict[bool, list[tuple[float, str, Event]]]()
    for name, each in rows:
        stops = each.status is Status.STALE
        goes_on = each.status is Status.GOOD and each.sentence.startswith(WAS_STALE)
        if each.at is not None and (stops or goes_on):
            groups.setdefault(stops, []).append((each.at, name, each))
        else:
            found.append(each)
    for stops, group in groups.items():
        group.sort(key=lambda each: each[0])
        starts = [
            n for n in range(len(group)) if not n or group[n][0] - group[n - 1][0] > GAP
        ]
        for first, end in pairwise([*starts, len(group)]):
            names = [name for _, name, _ in group[first:end]]
            found.append(_of_several(group[first][2], names, stops=stops))
    return found


def _of_several(event: Event, names: Sequence[str], *, stops: bool) -> Event:
    """An event of the first of some subsystems, as one of all of them."""
    if len(names) == 1:
        return event
    words = f"{listed(names)} {'stand still' if stops else 'back to good'}"
    sentence = ", ".join(names) if len(names) > 3 else ""
    return msgspec.structs.replace(event, words=words, sentence=sentence, key="")


def _row_event(
    name: str, span: RunSpan, segment: Segment, loud: Sequence[Segment], called: str
) -> Event:
    """That a subsystem became something else.

    Args:
        name: the subsystem.
        span: the run.
        segment: what it became.
        loud: what it was before, since it was good.
        called: what a lumisection is called.
    """
    status, sentence = segment.status, segment.sentence
    assert status is not None
    if status is Status.STALE:
        words = f"{name} stands still"
    elif status in LOUD:
        words = f"{name} {status}"
    else:
        good = status is Status.GOOD
        words = f"{name} back to good" if good else f"{name}: {status.lower()}"
        worst = min((each.status for each in loud), key=severity, default=None)
        if worst is not None:
            lasted = counted(sum(each.last - each.first + 1 for each in loud), called)
            whole = all(each.status is worst for each in loud)
            sentence = f"was {worst} for {lasted}"
            sentence = sentence if whole else f"was {worst}; {lasted} in all"
    when = segment.at if segment.at is not None else span.time_of(segment.first)
    kind: EventKind = "client" if status is Status.STALE else "verdict"
    return Event(
        when, span.run, segment.first, status, words, sentence, segment.key, kind
    )


def _condition_events(
    name: str, span: RunSpan, segments: Sequence[Condition], called: str
) -> list[Event]:
    found = []
    before: Condition | None = None
    for each in segments:
        when = span.time_of(each.first)
        if before is not None and each.words and when is not None:
            lasted = counted(before.last - before.first + 1, called)
            sentence = f"was {before.words} for {lasted}" if before.words else ""
            found.append(Event(when, span.run, each.first, None,
                               f"{name}: {each.words}", sentence,
                               kind="conditions"))  # fmt: skip
        if each.words:
            before = each
    return found


class Looks:
    """When one person looked at the overview of one source, before they do now.

    Args:
        last: unix time, s, at which they last did; None where that is unknown.

    Attributes:
        since: unix time, s, until when they had looked before; None before that.
    """

    def __init__(self, last: float | None = None) -> None:
        self.since: float | None = None
        self._last = last

    def note(self, now: float) -> None:
        """Note that somebody looks, at `now` (unix time, s)."""
        if self._last is not None and now - self._last > AWAY:
            self.since = self._last
        self._last = now
