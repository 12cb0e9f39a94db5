"""Parts of the hand-over: a shift's runs, their flags, what is to be signed off."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from dqmconsole.model.record import Entry, Flag, PassedOn, RunSeen, SignOff
from dqmconsole.shift.flags import (
    began_in,
    components,
    is_signed_off,
    pending_sign_off,
    summary,
    timelines,
    why_not_signed_off,
    without_cause,
    without_reason,
)
from dqmconsole.shift.report_parts import one_line
from dqmconsole.shift.runs import latest, seen_now

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from dqmconsole.logbook.view import Logbook
    from dqmconsole.model.record import Record
    from dqmconsole.model.run import RunInfo
    from dqmconsole.model.site import Site
    from dqmconsole.shift.flags import Stretch

    Clock = Callable[[float | None], str]

OLD_RUNS = 10  # earlier runs without a sign-off that are named; the rest is counted


def runs_during(
    logbook: Logbook, shift: Record, end: float, dead: Mapping[int, float]
) -> list[int]:
    """The runs that fell into a shift, ascending.

    A run whose end nobody noted counts until the next one began, or its data ceased.

    Args:
        logbook: all records.
        shift: the record that began the shift.
        end: unix time of its end, s.
        dead: run that nobody ended -> unix time of its last data, s.
    """
    found = []
    numbers = logbook.runs(RunSeen)
    for run in numbers:
        if run <= 0:
            continue
        times = [each.made_at for each, _ in logbook.of_run(RunSeen, run)]
        seen = latest(logbook, run)
        assert seen is not None
        known = [seen.started, seen.ended, dead.get(run)]
        first = min([*times, *(each for each in known if each is not None)])
        last = seen.ended if seen.ended is not None else max(times)
        if seen.phase == "running" and run == numbers[-1]:
            last = dead.get(run, end)
        if first <= end and max(last, first) >= shift.made_at:
            found.append(run)
    return found


def runs_of(
    logbook: Logbook, shift: Record, end: float, dead: Mapping[int, float]
) -> list[int]:
    """The runs of a shift, ascending: those that fell into it, and earlier work.

    An earlier run counts when a person flagged it, signed it off, passed it on or
    wrote an entry about it in this shift.

    Args:
        logbook: all records.
        shift: the record that began the shift.
        end: unix time of its end, s.
        dead: run that nobody ended -> unix time of its last data, s.
    """
    flags = [record for record, flag in logbook.of(Flag) if not flag.proposed]
    signed = [record for record, _ in logbook.of(SignOff)]
    passed = [record for record, _ in logbook.of(PassedOn)]
    entries = [record for record, _ in logbook.of(Entry)]
    found = set(runs_during(logbook, shift, end, dead))
    for record in (*flags, *signed, *passed, *entries):
        if record.shift == shift.uid:
            found.add(record.run)
    return sorted(run for run in found if run > 0)


def run_rows(
    logbook: Logbook,
    site: Site,
    runs: Sequence[int],
    clock: Clock,
    live: RunInfo | None,
    dead: Mapping[int, float],
) -> list[str]:
    """The table of the runs.

    Args:
        logbook: all records.
        site: the site in force.
        runs: the runs.
        clock: moments in words.
        live: the header of the run that goes on: it knows what the book does not yet.
        dead: run that nobody ended -> unix time of its last data, s.
    """
    if not runs:
        return ["No run was seen during this shift."]
    rows = [
        "| run | type | class | from, UTC | to, UTC | LS | events | counts | state |",
        "|---|---|---|---|---|---|---|---|---|",
    ]
    for run in runs:
        seen = latest(logbook, run) or RunSeen("running")
        signed = is_signed_off(logbook, run)
        state = f"signed off by {one_line(signed.who)}" if signed else seen.phase
        if seen.phase == "running" and live is not None and live.run == run:
            seen = _as_it_is_now(seen, live, site)
            if run in dead and not signed:
                state = f"no data since {clock(dead[run])}"
        elif seen.phase == "running" and not signed:
            told = logbook.of_run(RunSeen, run)
            state = f"running, as of {clock(told[-1][0].made_at)}" if told else "?"
        counts = {None: "open", True: "yes", False: f"no: {seen.why}"}[seen.significant]
        cells = (
            str(run),
            seen.run_type or "?",
            seen.run_class or "none",
            *_span(seen, clock),
            str(seen.lumisections or "?"),
            str(seen.events or "?"),
            counts,
            state,
        )
        rows.append(
            "| " + " | ".join(one_line(each.replace("|", "/")) for each in cells) + " |"
        )
    if not components(site):
        rows += ["", "The site names no components to be flagged."]
    return rows


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


def run_flags(
    logbook: Logbook, site: Site, runs: Sequence[int], clock: Clock
) -> list[str]:
    """The flags of the runs: what is not good stretch by stretch, the rest by name."""
    lines = []
    for run in runs:
        here = [f"### Run {run}", ""]
        covered = timelines(logbook, run, flagged(logbook, site, run))
        unset = [
            name
            for name, line in covered.items()
            if all(each.flag.status == "NOTSET" for each in line)
        ]
        good = [
            name
            for name, line in covered.items()
            if summary(line) == "GOOD" and not any(each.is_open for each in line)
        ]
        for name, line in covered.items():
            if name in unset or name in good:
                continue
            here += [f"- {name}: {_stretch(each, clock)}" for each in line
                     if each.flag.status != "GOOD" or each.is_open]  # fmt: skip
        if good:
            here.append(f"- GOOD throughout: {', '.join(good)}")
        if unset:
            here.append(f"- not set: {', '.join(unset)}")
        lines += [*here, ""]
    return lines[:-1] or ["No run, no flags."]


def flagged(logbook: Logbook, site: Site | None, run: int) -> list[str]:
    """The site's components, and those the book has flags of besides."""
    known = list(components(site))
    said = {record.subsystem for record, _ in logbook.of_run(Flag, run)}
    return known + sorted(said - set(known))


def to_sign_off(
    logbook: Logbook,
    site: Site,
    runs: Sequence[int],
    clock: Clock,
    dead: Mapping[int, float],
) -> list[str]:
    """The runs that wait for their sign-off, and what it waits for.

    Args:
        logbook: all records.
        site: the site in force.
        runs: the runs.
        clock: moments in words.
        dead: run that nobody ended -> unix time of its last data, s.
    """
    passed = set(logbook.runs(PassedOn))
    lines: list[str] = []
    before = []
    for run in logbook.runs(RunSeen):
        seen = latest(logbook, run)
        if seen is None or run <= 0 or is_signed_off(logbook, run) is not None:
            continue
        if seen.significant is False:
            continue
        if run not in runs and run not in passed:
            if seen.phase != "running":
                before.append(run)
            continue
        covered = timelines(logbook, run, flagged(logbook, site, run))
        if seen.phase == "running":
            goes = "goes on, as far as the book knows"
            if run in dead:
                goes = f"nobody ended it, no data since {clock(dead[run])}"
            lines.append(f"- run {run}: {goes}")
            continue
        words = why_not_signed_off(covered)
        bare = without_cause(covered)
        if bare and not without_reason(covered):
            words = f"{words}; " if words else "all its flags are set; "
            words += f"{bare} without a cause: give one (B)"
        words = words or "all its flags are set"
        if pending_sign_off(logbook, run) is not None:
            words = "its sign-off is not in the book yet"
        why = [body.comment for _, body in logbook.of_run(PassedOn, run)]
        if why:
            words += f"; passed on: {one_line(why[-1]) or 'no reason was given'}"
        lines.append(f"- run {run}: {words}")
    if before:
        named = ", ".join(str(run) for run in before[-OLD_RUNS:])
        more = len(before) - OLD_RUNS
        rest = f" and {more} older ones" if more > 0 else ""
        lines.append(f"- from before, never passed on: {named}{rest}")
    return lines or ["None."]


def _stretch(part: Stretch, clock: Clock) -> str:
    flag = part.flag
    began = began_in(part)
    notes = ["still running"] if part.last is None else []
    where = f"LS {part.first}–{part.last or ''}"
    if began is not None:
        notes.append(f"began somewhere in {began[0]}–{began[1]}")
        where = where if part.last else f"from LS {part.first}"
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
