"""The hand-over, from the book: a draft to be edited, and a page to print."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, NamedTuple

import msgspec

from dqmconsole.logbook.view import written
from dqmconsole.markdown import safe_html
from dqmconsole.model.layout import plot_key, split_page
from dqmconsole.model.moment import date_words
from dqmconsole.model.record import (
    Acknowledged,
    Call,
    Entry,
    Flag,
    Missed,
    Nuisance,
    PassedOn,
    Read,
    RunSeen,
    Settled,
    Shelved,
    ShiftEnded,
    SignOff,
    TookUp,
)
from dqmconsole.model.run import run_number, run_words
from dqmconsole.model.verdict import JUDGED, Status, last_bad, roll_up
from dqmconsole.shift.alarm_words import what_words
from dqmconsole.shift.alarms import alarm_name, answered_words, whom_called
from dqmconsole.shift.checking import (
    HOUR,
    NO_VERDICTS,
    due,
    pages_applicable,
    pages_unseen,
)
from dqmconsole.shift.documents import clock_of, document, one_line
from dqmconsole.shift.flags import (
    began_in,
    components,
    flagged,
    is_signed_off,
    left_open,
    pending_sign_off,
    summary,
    timelines,
    without_cause,
    without_reason,
)
from dqmconsole.shift.pages import plots_of
from dqmconsole.shift.reading import ALL, HAND_OVER
from dqmconsole.shift.runs import latest, quiet_since, seen_now
from dqmconsole.shift.signing import FINAL_FILES
from dqmconsole.shift.silenced import silenced

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from dqmconsole.logbook.spool import Held
    from dqmconsole.logbook.view import Logbook
    from dqmconsole.model.record import Record
    from dqmconsole.model.run import RunInfo
    from dqmconsole.model.site import Site
    from dqmconsole.model.verdict import Verdict
    from dqmconsole.shift.alarms import Standing
    from dqmconsole.shift.checking import Due
    from dqmconsole.shift.documents import Clock
    from dqmconsole.shift.flags import Stretch
    from dqmconsole.shift.silenced import Silenced

MOST_WARNINGS = 10  # that are named; the rest is counted
OLD_RUNS = 10  # earlier runs without a sign-off that are named; the rest is counted
_NO_MARKS = str.maketrans({each: f"\\{each}" for each in "\\`*_[]<>~"})
_MOST_HOURS = 48  # of a shift that was never ended


def draft(
    logbook: Logbook,
    site: Site,
    shift: Record,
    verdicts: Mapping[str, Verdict],
    now: float,
    live: RunInfo | None = None,
    held: Sequence[Held] = (),
    alarms: Sequence[Standing] | None = None,
    silent: Sequence[Silenced] | None = None,
) -> str:
    """The hand-over in Markdown, to be edited before it is given.

    The same book, site and moment always give the same text.

    Args:
        logbook: all records.
        site: the site in force.
        shift: the record that began the shift.
        verdicts: those of this moment by plot key; empty when none are known.
        now: unix time, s.
        live: the run header of this moment; None where none is known.
        held: records that are not in the book, for their author is not signed in.
        alarms: how those of this moment stand; None where none are known.
        silent: what is silent; as far as the site tells it when left out.
    """
    ended = [each.made_at for each, _ in logbook.of(ShiftEnded)
             if each.shift == shift.uid]  # fmt: skip
    since = quiet_since(live, now) if live is not None else None
    known = _Known(
        logbook=logbook,
        site=site,
        shift=shift,
        end=ended[-1] if ended else now,
        clock=clock_of(site.contacts.timezone),
        verdicts=verdicts,
        live=live,
        dead={} if live is None or since is None else {live.run: since},
    )
    runs, during = _runs_of(known), _runs_during(known)
    unsigned, older = _unsigned(known, runs)
    values = {
        "site": site,
        "shift": shift,
        "ended": known.end if ended else None,
        "read": _hand_over_read(logbook, shift),
        "now": now,
        "held": held,
        "clock": known.clock,
        "whom": partial(whom_called, site=site),
        "answered": answered_words,
        "components": components(site),
        "runs": [_run_row(known, run) for run in runs],
        "flags": [_flags_of(known, run) for run in runs],
        "unsigned": unsigned,
        "older": older,
        "most_older": OLD_RUNS,
        "silent": silenced(site, 0, now, verdicts) if silent is None else silent,
        "signed_open": _signed_open(known, runs),
        "problems": _problems(known),
        "entries": _entries(known),
        "calls": [each for each in logbook.of(Call) if each[0].shift == shift.uid],
        "alarms": alarms
        if alarms is None
        else [_alarm_row(known, row) for row in alarms],
        "cases": _cases(known),
        "plots": _plots(verdicts, site) if verdicts else None,
        "checklists": _check_lists(known, during),
        "pages": [_opened(known, run) for run in during],
    }
    return document("hand-over.md", values | _changes(known))


def html(text: str, title: str, pictures: Mapping[str, str] | None = None) -> str:
    """A hand-over as one page of HTML, for screen and print.

    Args:
        text: Markdown, as edited.
        title: title of the page.
        pictures: hash -> address for the pictures the text names; with those of
            :func:`~dqmconsole.shift.documents.addresses_of` the page needs nothing
            else.
    """
    body = safe_html(text, pictures)
    return document("hand-over.html", {"title": title, "body": body})


class _Known(NamedTuple):
    """What a hand-over is drafted from.

    Attributes:
        logbook: all records.
        site: the site in force.
        shift: the record that began the shift.
        end: unix time of the shift's end, or of now while it goes on, s.
        clock: moments in words.
        verdicts: those of this moment by plot key; empty when none are known.
        live: the run header of this moment; None where none is known.
        dead: run that nobody ended -> unix time of its last data, s.
    """

    logbook: Logbook
    site: Site
    shift: Record
    end: float
    clock: Clock
    verdicts: Mapping[str, Verdict]
    live: RunInfo | None
    dead: Mapping[int, float]


# -- runs, and their flags -------------------------------------------------------------


def _runs_during(known: _Known) -> list[int]:
    """The runs that fell into the shift, ascending.

    A run whose end nobody noted counts until the next one began, or its data ceased.
    """
    found = []
    numbers = [run for run in known.logbook.runs(RunSeen) if run > 0]
    for run in numbers:
        times = [each.made_at for each, _ in known.logbook.of_run(RunSeen, run)]
        seen = latest(known.logbook, run)
        assert seen is not None
        edges = [seen.started, seen.ended, known.dead.get(run)]
        first = min([*times, *(each for each in edges if each is not None)])
        last = seen.ended if seen.ended is not None else max(times)
        if seen.phase == "running" and run == numbers[-1]:
            last = known.dead.get(run, known.end)
        if first <= known.end and max(last, first) >= known.shift.made_at:
            found.append(run)
    return found


def _runs_of(known: _Known) -> list[int]:
    """The runs of the shift, ascending: those that fell into it, and earlier work.

    An earlier run counts when a person flagged it, signed it off, passed it on or
    wrote an entry about it in this shift.
    """
    work = [record for record, flag in known.logbook.of(Flag) if not flag.proposed]
    for kind in (SignOff, PassedOn, Entry):
        work += [record for record, _ in known.logbook.of(kind)]
    worked_on = {each.run for each in work if each.shift == known.shift.uid}
    return sorted(run for run in worked_on.union(_runs_during(known)) if run > 0)


def _run_row(known: _Known, run: int) -> tuple[str, ...]:
    """A run in the table of the runs: its number, type, class, … and state."""
    seen = latest(known.logbook, run) or RunSeen("running")
    signed = is_signed_off(known.logbook, run)
    state = f"signed off by {one_line(signed.who)}" if signed else seen.phase
    if seen.phase == "running" and known.live is not None and known.live.run == run:
        seen = _as_it_is_now(seen, known.live, known.site)
        if run in known.dead and not signed:
            state = f"no data since {known.clock(known.dead[run])}"
    elif seen.phase == "running" and not signed:
        noted = known.logbook.of_run(RunSeen, run)
        state = f"running, as of {known.clock(noted[-1][0].made_at)}" if noted else "?"
    return (
        run_number(run),
        seen.run_type or "?",
        seen.run_class or "none",
        *_span(seen, known.clock),
        str(seen.lumisections or "?"),
        str(seen.events or "?"),
        {None: "open", True: "yes", False: f"no: {seen.why}"}[seen.significant],
        state,
    )


def _span(seen: RunSeen, clock: Clock) -> tuple[str, str]:
    """Begin and end in UTC, the day of the end where it is another one."""
    first = last = ""
    if seen.started is not None:
        first = clock(seen.started).partition(" UTC")[0]
    if seen.ended is not None:
        last = clock(seen.ended).partition(" UTC")[0]
        day = first.partition(" ")[0]
        last = last.removeprefix(f"{day} ") if day else last
    return first or "?", last


def _as_it_is_now(seen: RunSeen, live: RunInfo, site: Site) -> RunSeen:
    now = seen_now(live, site, 0.0)
    return msgspec.structs.replace(
        seen,
        lumisections=max(seen.lumisections, now.lumisections),
        events=max(seen.events, now.events),
        run_type=now.run_type or seen.run_type,
        run_class=now.run_class or seen.run_class,
        started=seen.started if now.started is None else now.started,
    )


class _RunFlags(NamedTuple):
    """The flags of a run.

    Attributes:
        number: the run.
        stretches: component and words of every stretch of those that are not good
            throughout.
        good: components that are GOOD throughout.
        unset: components that have no flag.
    """

    number: int
    stretches: list[tuple[str, str]]
    good: list[str]
    unset: list[str]


def _flags_of(known: _Known, run: int) -> _RunFlags:
    """The flags of a run: what is not good throughout in stretches, else by name."""
    found = _RunFlags(run, [], [], [])
    for name, line in _lines(known, run).items():
        if all(each.flag.status == "NOTSET" for each in line):
            found.unset.append(name)
        elif summary(line) == "GOOD" and not any(each.is_open for each in line):
            found.good.append(name)
        else:
            found.stretches.extend(
                (name, _stretch(each, known.clock, known.site.settings.unit))
                for each in line
            )
    return found


def _lines(known: _Known, run: int) -> dict[str, tuple[Stretch, ...]]:
    names = flagged(known.logbook, run, components(known.site))
    return timelines(known.logbook, run, names)


def _stretch(part: Stretch, clock: Clock, unit: str) -> str:
    flag = part.flag
    began = began_in(part)
    notes = ["still running"] if part.last is None else []
    where = f"{unit} {part.first}–{part.last or ''}"
    if began is not None:
        notes.append(f"began somewhere in {began[0]}–{began[1]}")
        where = where if part.last else f"from {unit} {part.first}"
    if notes:
        where += f" ({'; '.join(notes)})"
    words = [f"{flag.status} {where}"]
    if flag.proposed:
        words = [f"{flag.status} proposed, not confirmed, {where}"]
    words += [one_line(each) for each in (flag.cause, flag.comment) if each]
    if not flag.cause and not flag.proposed and flag.status in {"BAD", "EXCLUDED"}:
        words.append("without a cause")
    if flag.disputed:
        words.append(f"against it: {one_line(flag.disputed)}")
    if part.record is not None and not flag.proposed:
        who = one_line(part.record.who) or "the console"
        words.append(f"by {who}, {clock(part.record.made_at)}")
    return "; ".join(words)


def _unsigned(
    known: _Known, runs: Sequence[int]
) -> tuple[list[tuple[int, str]], list[int]]:
    """The runs that wait for their sign-off.

    Args:
        known: what is known.
        runs: those of the shift.

    Returns:
        Those of the shift or passed on to it, with what each waits for; and the
        earlier ones that nobody passed on.
    """
    passed = set(known.logbook.runs(PassedOn))
    waiting, older = [], []
    for run in known.logbook.runs(RunSeen):
        seen = latest(known.logbook, run)
        if seen is None or run <= 0 or is_signed_off(known.logbook, run) is not None:
            continue
        if seen.significant is False:
            continue
        if run in runs or run in passed:
            waiting.append((run, _waits_for(known, run, seen)))
        elif seen.phase != "running":
            older.append(run)
    return waiting, older


def _signed_open(
    known: _Known, runs: Sequence[int]
) -> list[tuple[int, Record, str, list[str]]]:
    """The runs of the shift that were signed off with something open, or have it since.

    Each with its sign-off, the comment of that, and what is or was open.
    """
    found = []
    for run in runs:
        signed = is_signed_off(known.logbook, run)
        if signed is None or not isinstance(signed.body, SignOff):
            continue
        now = left_open(_lines(known, run))
        # of what was awaited then, only what came since
        said = [each for each in signed.body.open if not each.endswith(FINAL_FILES)]
        if now and not any(each.endswith(now) for each in said):
            said.append(f"by now: {now}")
        if said:
            found.append((run, signed, signed.body.comment, said))
    return found


def _waits_for(known: _Known, run: int, seen: RunSeen) -> str:
    if seen.phase == "running" and run in known.dead:
        return f"nobody ended it, no data since {known.clock(known.dead[run])}"
    if seen.phase == "running":
        return "goes on, as far as the book knows"
    lines = _lines(known, run)
    words = left_open(lines)
    bare = without_cause(lines)
    if bare and not without_reason(lines):
        words = f"{words}; " if words else "all its flags are set; "
        words += f"{bare} without a cause: give one (B)"
    words = words or "all its flags are set"
    if pending_sign_off(known.logbook, run) is not None:
        words = "its sign-off is not in the book yet"
    why = [body.comment for _, body in known.logbook.of_run(PassedOn, run)]
    if why:
        words += f"; passed on: {one_line(why[-1]) or 'no reason was given'}"
    return words


# -- what was done, and what was not ---------------------------------------------------


def _problems(known: _Known) -> list[tuple[Record, Entry, Settled | None]]:
    """The problems that are open or were settled in a shift, and how they were.

    A corrected one stands once, as it reads now, and by who wrote it first.
    """
    found: list[tuple[Record, Entry, Settled | None]] = []
    for each in reversed(written(known.logbook)):
        if each.is_open:
            found.append((each.first, each.body, None))
        elif each.settled is not None and each.settled.shift == known.shift.uid:
            assert isinstance(each.settled.body, Settled)
            found.append((each.first, each.body, each.settled.body))
    return found


def _hand_over_read(logbook: Logbook, shift: Record) -> Record | None:
    """The hand-over that was read as the shift began, or after that."""
    later = [body.id for record, body in logbook.of(Read)
             if record.shift == shift.uid and body.kind == HAND_OVER]  # fmt: skip
    read = [logbook.get(uid) for uid in (getattr(shift.body, "read", ""), *later)]
    return next((each for each in reversed(read) if each is not None), None)


def _entries(known: _Known) -> list[tuple[Record, Entry, str]]:
    """The entries of a shift, each with the title of the one it corrects."""
    found = []
    for record, body in known.logbook.of(Entry):
        if record.shift == known.shift.uid:
            old = known.logbook.get(body.corrects)
            title = old.body.title if old and isinstance(old.body, Entry) else "?"
            found.append((record, body, title))
    return found


class _Plots(NamedTuple):
    """What is said of the plots now.

    Attributes:
        abnormal: status, title and sentence of those that are BAD or WARNING.
        more: how many more are WARNING.
        were_bad: the same of those that were BAD when they were last judged.
        judged, not_judged: how many have which status, in words.
    """

    abnormal: list[tuple[Status, str, str]]
    more: int
    were_bad: list[tuple[Status, str, str]]
    judged: list[str]
    not_judged: list[str]


def _plots(verdicts: Mapping[str, Verdict], site: Site) -> _Plots:
    titles = {
        key: one_line(plot_key(*page, plot.title or plot.path)).translate(_NO_MARKS)
        for key, page, plot in plots_of(site)
    }

    def named(keys: Sequence[str]) -> list[tuple[Status, str, str]]:
        return [(verdicts[key].status, titles.get(key, key), verdicts[key].sentence)
                for key in keys]  # fmt: skip

    bad, warned = (
        sorted(key for key, each in verdicts.items() if each.status is status)
        for status in (Status.BAD, Status.WARNING)
    )
    counts = roll_up(each.status for each in verdicts.values()).counts
    return _Plots(
        named([*bad, *warned[:MOST_WARNINGS]]),
        len(warned[MOST_WARNINGS:]),
        named(sorted(last_bad(verdicts))),
        [f"{counts[each]} {each}" for each in JUDGED if each in counts],
        [f"{counts[each]} {each}" for each in sorted(counts) if each not in JUDGED],
    )


def _alarm_row(known: _Known, row: Standing) -> tuple[str, str]:
    """An alarm, and how it stands in words."""
    alarm, clock = row.alarm, known.clock
    since = f"since {clock(alarm.began)}{run_words(alarm.run, ', ')}"
    if alarm.latest is not None:
        since += f", {known.site.settings.unit} {alarm.latest}"
    words = [_answer_words(row, clock), since, what_words(alarm)]
    if len(alarm.members) > 1:
        words.append(f"{len(alarm.wrong)} of {len(alarm.members)} plots")
    words += ["not judged now"] if alarm.unconfirmed else []
    if row.calls:
        record, call = row.calls[-1]
        whom = whom_called(call, known.site)
        words.append(f"called: {whom}, {clock(record.made_at)}, {answered_words(call)}")
    name = alarm_name(alarm).translate(_NO_MARKS)
    return name, "; ".join(one_line(each) for each in words if each)


def _answer_words(row: Standing, clock: Clock) -> str:
    """Who answered an alarm and how, or that nobody did."""
    alarm, by = row.alarm, row.by
    who = f"{by.who or 'the console'}, {clock(by.made_at)}" if by else ""
    body = by.body if by else None
    if row.state == "shelved" and isinstance(body, Shelved):
        return f"shelved until {clock(row.until)} by {who}: {body.reason}"
    if row.state == "acknowledged" and isinstance(body, Acknowledged):
        return f"acknowledged by {who}" + (f": {body.comment}" if body.comment else "")
    nobody = "nobody acknowledged it"
    if row.carried:
        return f"{nobody} in this shift; before it {who}"
    if row.state == "returned":
        return f"{nobody}; good since {clock(alarm.returned)}"
    if row.state == "withdrawn":
        return f"{nobody}; withdrawn by {alarm.withdrawn}"
    return nobody


def _cases(known: _Known) -> list[tuple[Record, str]]:
    """The alarms of a shift that should not have been, and the faults none told."""
    found = []
    for record, body in known.logbook.of(Nuisance):
        name = alarm_name(body.alarm).translate(_NO_MARKS)
        words = f"should not have been: {name}{run_words(body.alarm.run, ', ')}"
        found.append((record, words, body.comment))
    for record, missed in known.logbook.of(Missed):
        words = f"no alarm told it: {missed.plot.translate(_NO_MARKS)}".rstrip(": ")
        found.append((record, words, missed.comment))
    return [
        (record, f"{words}; {one_line(comment)}" if comment else words)
        for record, words, comment in found
        if record.shift == known.shift.uid
    ]


def _check_lists(known: _Known, runs: Sequence[int]) -> list[Due]:
    """The check-lists of the shift, and of its runs."""
    logbook, site, shift = known.logbook, known.site, known.shift
    live, end = known.live, known.end
    wanted: dict[tuple[str, str], Due] = {}
    begin = shift.made_at
    hours = [begin + HOUR * each for each in range(_MOST_HOURS)]
    # the hours that began before the shift's end; the first one began before it
    moments = [each for each in hours if each - each % HOUR < end] or [begin]
    for moment in moments:
        run_type = _type_at(logbook, runs, min(moment - moment % HOUR + HOUR, end))
        if live is not None and moment - moment % HOUR + HOUR > end:
            run_type = live.conditions.run_type or run_type
        for each in due(site, logbook, shift.uid, 0, run_type, moment):
            wanted[each.checklist.id, each.turn] = each
    for run in runs:
        for each in due(site, logbook, shift.uid, run, _type_of(logbook, run), end):
            if each.checklist.phase == "run":
                wanted[each.checklist.id, each.turn] = each
    return list(wanted.values())


def _type_at(logbook: Logbook, runs: Sequence[int], moment: float) -> str | None:
    """The type of the run that had last begun at a moment: its items were shown."""
    for run in reversed(runs):
        seen = latest(logbook, run)
        if seen is not None and (seen.started or 0) <= moment and seen.run_type:
            return seen.run_type
    return None


def _type_of(logbook: Logbook, run: int) -> str | None:
    seen = latest(logbook, run)
    return (seen.run_type or None) if seen else None


class _PagesOpened(NamedTuple):
    """How many shift pages mean something in a run, and which nobody opened.

    Attributes:
        run: the run.
        total: how many there are.
        unseen: how many nobody opened.
        named: the names of those, by layout.
    """

    run: int
    total: int
    unseen: int
    named: str


def _opened(known: _Known, run: int) -> _PagesOpened:
    """Which pages of a run nobody opened."""
    logbook, site, live = known.logbook, known.site, known.live
    kind = _type_of(logbook, run)
    seen = known.verdicts if live is not None and live.run == run else NO_VERDICTS
    unseen = pages_unseen(site, logbook, run, kind, seen)
    by_layout: dict[str, list[str]] = {}
    for name in unseen:
        layout, page = split_page(name)
        by_layout.setdefault(layout, []).append(page)
    named = "; ".join(f"{each}: {', '.join(by_layout[each])}" for each in by_layout)
    total = len(pages_applicable(site, kind, seen))
    return _PagesOpened(run, total, len(unseen), named)


def _changes(known: _Known) -> dict[str, object]:
    """What changed or was read in the shift."""
    logbook, site, shift = known.logbook, known.site, known.shift
    release = site.release
    first = date_words(shift.made_at)
    return {
        "taken_up": [each for each in logbook.of(TookUp)
                     if shift.made_at <= each[0].made_at <= known.end],
        "published": release is not None and shift.made_at <= release.at <= known.end,
        "notes": [each for each in site.notes if first <= each.written],
        "read_texts": [body for record, body in logbook.of(Read)
                       if record.shift == shift.uid
                       and body.kind not in {ALL, HAND_OVER}],
    }  # fmt: skip
