"""All that happened, in one row of time: verdicts, alarms, conditions, runs, the shift.

What is known of it lies in several places: the overview, the alarms, the log. Here it
becomes events, newest first.
"""

from __future__ import annotations

import math
import re
from typing import TYPE_CHECKING

import msgspec

from dqmconsole.model.layout import KEY_STEP, layout_of
from dqmconsole.model.record import (
    Call,
    Entry,
    Missed,
    RunSeen,
    ShiftBegan,
    ShiftEnded,
    SignOff,
)
from dqmconsole.model.run import run_words
from dqmconsole.model.verdict import Status
from dqmconsole.model.words import counted
from dqmconsole.shift.alarm_words import (
    answer_record_words,
    answers,
    plots_words,
    what_words,
    worst_member,
)
from dqmconsole.shift.alarms import alarm_name, answered_words, whom_called
from dqmconsole.shift.lately import Event, events
from dqmconsole.shift.strip import LOUD
from dqmconsole.shift.words import whose

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from dqmconsole.logbook.view import Logbook
    from dqmconsole.model.alarm import Alarm
    from dqmconsole.model.frame import OutageFact
    from dqmconsole.model.history import TransitionFact
    from dqmconsole.model.record import Record
    from dqmconsole.model.site import Site
    from dqmconsole.shift.lately import EventKind
    from dqmconsole.shift.overview import Overview, RunSpan
    from dqmconsole.shift.run_history import RunHistory
    from dqmconsole.shift.session import ShiftSession

MOST = 400
STEP = 0.05  # of the luminosity from one lumisection to the next: more is an event
SETTLES = 5  # lumisections in which further steps belong to the same event
FILTERS: tuple[tuple[str, tuple[EventKind, ...]], ...] = (
    ("everything", ()),
    ("alarms", ("alarm",)),
    ("verdicts", ("verdict",)),
    ("conditions", ("conditions", "luminosity")),
    ("clients", ("client",)),
    ("runs", ("run",)),
    ("calls and entries", ("call", "entry")),
)
"""What can be shown alone, in the order in which a key goes through it."""


def offered(overview: Overview) -> tuple[int, ...]:
    """Which of the `FILTERS` make sense: no conditions where none is known."""
    known = overview.conditions or overview.luminosity or overview.numbers
    return tuple(
        at for at, (name, _) in enumerate(FILTERS) if known or name != "conditions"
    )


def timeline_now(session: ShiftSession, overview: Overview) -> tuple[Event, ...]:
    """What happened in the runs of an overview, newest first; the verdicts may hide."""
    mail = session.client.mailbox
    hidden = overview.hidden or session.client.blinded
    alarms = () if hidden else mail.alarms.values()
    outages = {} if hidden else mail.outages
    known = (alarms, outages, mail.history, session.site)
    return timeline(overview, session.logbook, *known)


def timeline(
    overview: Overview,
    logbook: Logbook,
    alarms: Iterable[Alarm] = (),
    outages: Mapping[str, OutageFact] | None = None,
    history: RunHistory | None = None,
    site: Site | None = None,
) -> tuple[Event, ...]:
    """What happened in the runs of an overview, newest first.

    Args:
        overview: has verdicts and conditions.
        logbook: all records.
        alarms: as the engine tells them.
        outages: of now, by subsystem, "" for the whole source.
        history: has what was said of plots when alarms began.
        site: knows the titles of who was called.
    """
    found = events(overview)
    found += _steps(overview)
    spans = {each.run: each for each in overview.runs}
    past = None if history is None else _Past(history)
    for alarm in alarms:
        if alarm.run in spans or alarm.returned is None:
            began, news = (
                alarm if past is None else past.as_it_was(alarm, at)
                for at in (alarm.began, alarm.news_at)
            )
            found += _of_alarm(alarm, began, news, spans, overview)
    source = (outages or {}).get("")
    if source is not None:
        stopped = math.inf if source.began is None else source.began
        # one row for all clients that have stopped since
        found = [e for e in found if e.kind != "client" or (e.at or 0.0) < stopped]
        found.append(_placed(Event(source.began, source.run, source.since or 0,
                                   Status.STALE, "The whole source gives nothing new",
                                   source.sentence, kind="client"),
                             overview))  # fmt: skip
    told = _of_the_log(logbook, overview, site)
    found += [_placed(each, overview) for each in told]
    found.sort(key=lambda each: (each.at or 0.0, each.run, each.lumisection))
    return tuple(reversed(found[-MOST:]))


def shown_kinds(events: Iterable[Event], filter_: int) -> tuple[Event, ...]:
    """The events of one of the `FILTERS`."""
    kinds = FILTERS[filter_ % len(FILTERS)][1]
    return tuple(each for each in events if not kinds or each.kind in kinds)


class _Past:
    """What was said of plots before.

    Args:
        history: the changes of their status.
    """

    def __init__(self, history: RunHistory) -> None:
        self._history = history
        self._by_key: dict[tuple[int, str], dict[str, list[TransitionFact]]] = {}

    def as_it_was(self, alarm: Alarm, at: float) -> Alarm:
        """An alarm of the plots that were wrong at a moment, and of what was said then.

        It is as it is now where nothing is known of that.

        Args:
            alarm: as it is.
            at: the moment, unix time, s.
        """
        members = []
        for one in alarm.members:
            told = self._last(alarm.run, one.key, at)
            if told is not None and told.status in LOUD:
                sentence = told.sentence or one.sentence
                extent = one.extent if sentence == one.sentence else None
                members.append(msgspec.structs.replace(
                    one, status=told.status, sentence=sentence, extent=extent
                ))  # fmt: skip
        if not members:
            return alarm
        same = [one.sentence for one in members] == [o.sentence for o in alarm.members]
        extent = alarm.extent if same else None
        return msgspec.structs.replace(alarm, members=tuple(members), extent=extent)

    def _last(self, run: int, key: str, at: float) -> TransitionFact | None:
        """The last change of a plot's status up to a moment of a run; None: unknown."""
        layout = layout_of(key)
        kept = self._by_key.get((run, layout))
        if kept is None:
            kept = self._by_key[run, layout] = {}
            for fact in self._history.transitions(run, layout):
                kept.setdefault(fact.key, []).append(fact)
        told = [fact for fact in kept.get(key, ()) if fact.at <= at]
        return told[-1] if told else None


def _of_alarm(
    alarm: Alarm,
    was: Alarm,
    news: Alarm,
    spans: Mapping[int, RunSpan],
    overview: Overview,
) -> Iterator[Event]:
    """That it began, what was news of it last, and that it is over.

    Args:
        alarm: as it is.
        was: as it was when it began.
        news: as it was when there was news of it last.
        spans: the runs of the overview.
        overview: has them.
    """
    name, worst = alarm_name(alarm), worst_member(alarm)
    key = worst.key if KEY_STEP in worst.key else ""
    first = alarm.latest or alarm.earliest or 0
    if first > 0 and alarm.run in spans:
        first = min(first, spans[alarm.run].last)
    over = alarm.returned is not None
    status = Status.BAD if over or worst.status is Status.GOOD else worst.status
    many, then = plots_words(alarm), worst_member(was)
    sentence = " · ".join(filter(None, (what_words(was), plots_words(was))))
    began = status if then.status is Status.GOOD else then.status
    shown = then.key if KEY_STEP in then.key else ""
    yield Event(alarm.began, alarm.run, first, began, f"Alarm: {name}", sentence,
                shown, "alarm")  # fmt: skip
    if alarm.news > 1:
        told = next(
            (each for each in (worst_member(news).status, then.status)
             if each is not Status.GOOD),
            status,
        )  # fmt: skip
        again = Event(alarm.news_at, alarm.run, 0, told, f"News of the alarm: {name}",
                      alarm.news_words or many, key, "alarm")  # fmt: skip
        yield _placed(again, overview)
    if alarm.returned is not None:
        words = f"Alarm over: {name}"
        why = "good again"
        if alarm.withdrawn:
            words, why = f"Alarm withdrawn: {name}", f"by {alarm.withdrawn}"
        good = None if alarm.withdrawn else Status.GOOD
        ended = Event(alarm.returned, alarm.run, 0, good, words, why, key, "alarm")
        yield _placed(ended, overview)


def _steps(overview: Overview) -> list[Event]:
    """Where the luminosity went up or down at once."""
    found: list[Event] = []
    for span, values in zip(overview.runs, overview.luminosity, strict=False):
        before: float | None = None
        began: tuple[int, float] | None = None  # of a step: lumisection, value before
        for number, value in enumerate((*values, None), 1):
            if value is None:
                continue
            moves = before is not None and abs(value - before) > STEP * max(
                abs(value), abs(before)
            )
            if moves and began is None and before is not None:
                began = (number, before)
            elif began is not None and not moves and number - began[0] >= SETTLES:
                found.append(_step(span, *began, value, overview.luminosity_name))
                began = None
            before = value
        if began is not None and before is not None:
            found.append(_step(span, *began, before, overview.luminosity_name))
    return found


def _step(span: RunSpan, number: int, low: float, high: float, name: str) -> Event:
    return Event(span.time_of(number), span.run, number, None, f"{name} {_light(high)}",
                 f"was {_light(low)}", kind="luminosity")  # fmt: skip


def _light(value: float) -> str:
    """A luminosity given in 1e30 cm-2 s-1, in cm-2 s-1: "1.95e34"."""
    if value <= 0:
        return "0"
    return re.sub(r"e\+?0*", "e", f"{value * 1e30:.2e}")


def _of_the_log(
    logbook: Logbook, overview: Overview, site: Site | None
) -> Iterator[Event]:
    """What the shift did since the runs of the overview began."""
    starts = [span.clock[0][1] for span in overview.runs if span.clock]
    since = min(starts, default=float("inf"))
    runs = {span.run for span in overview.runs}

    def in_time(record: Record) -> bool:
        return record.made_at >= since or record.run in runs

    for record, body in answers(logbook):
        if in_time(record):
            told, _, why = answer_record_words(body, record.made_at).partition(": ")
            words = f"{alarm_name(body.alarm)}: {whose(record)} {told}"
            yield _event(record, "alarm", words, why, body.alarm.run)
    for record, lost in logbook.of(Missed):
        if in_time(record):
            words = f"{whose(record)} found what no alarm told"
            yield _event(record, "alarm", words, lost.comment, key=lost.plot)
    for record, call in logbook.of(Call):
        if in_time(record):
            more = " · ".join(filter(None, (answered_words(call), call.comment)))
            words = f"{whose(record)} called {whom_called(call, site)}"
            yield _event(record, "call", words, more, key=call.about)
    for record, entry in logbook.of(Entry):
        if in_time(record):
            key = entry.plots[0] if entry.plots else ""
            yield _event(record, "entry", f"Entry: {entry.title}", whose(record),
                         key=key)  # fmt: skip
    for record, _ in logbook.of(ShiftBegan):
        if in_time(record):
            yield _event(record, "run", f"{whose(record)} took the shift", "")
    for record, over in logbook.of(ShiftEnded):
        if in_time(record):
            words = f"{whose(record)} ended the shift"
            yield _event(record, "run", words, over.comment)
    ended: dict[int, Event] = {}
    for record, seen in logbook.of(RunSeen):
        if seen.ended is not None and record.run in runs:
            many = counted(seen.lumisections, overview.lumisection)
            ended[record.run] = Event(seen.ended, record.run, seen.lumisections, None,
                                      f"{run_words(record.run).capitalize()} ended",
                                      " · ".join(filter(None, (many, seen.why))),
                                      kind="run")  # fmt: skip
    yield from ended.values()
    for record, signed in logbook.of(SignOff):
        if in_time(record):
            open_ = f"open: {'; '.join(signed.open)}" if signed.open else ""
            more = " · ".join(filter(None, (open_, signed.comment)))
            words = f"{whose(record)} signed {run_words(record.run)} off"
            yield _event(record, "run", words, more)


def _event(
    record: Record,
    kind: EventKind,
    words: str,
    more: str,
    run: int = 0,
    key: str = "",
) -> Event:
    shown = key if KEY_STEP in key else ""
    return Event(record.made_at, record.run or run, 0, None, words, more, shown, kind)


def _placed(event: Event, overview: Overview) -> Event:
    """An event with the run and lumisection in which its time lies, if one does."""
    if event.at is None or event.lumisection:
        return event
    for span in reversed(overview.runs):
        found = span.lumisection_at(event.at)
        if found is None and span.clock and event.at > span.clock[-1][1]:
            found = float(span.last)  # after the last that is known
            if span is not overview.runs[-1]:
                break
        if found is not None:
            number = max(int(found), 1)
            return msgspec.structs.replace(event, run=span.run, lumisection=number)
    return event
