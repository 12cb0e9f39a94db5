"""Flags of a run by component and lumisection: what holds, and what is still open."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import msgspec

from dqmconsole.model.record import Flag, PassedOn, Record, RunSeen, SignOff

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from dqmconsole.logbook.view import Logbook
    from dqmconsole.model.record import FlagStatus
    from dqmconsole.model.run import RunInfo
    from dqmconsole.model.site import Site, SiteSettings

NOT_SET = Flag("NOTSET")
NOT_APPLICABLE = "not applicable"
"""Why a component stands by of which nothing means anything in such a run."""
_BY_ITSELF = re.compile(r"\d+ plots? judged")
_CAUSES = (
    "", "HV", "LV", "readout", "trigger", "timing", "noise", "dead channels",
    "alignment", "calibration", "DCS", "cooling", "not in the run", "beam", "test",
    "see comment",
)  # fmt: skip


def causes(settings: SiteSettings) -> tuple[str, ...]:
    """The causes of flags that are offered: those there can be at the experiment."""
    paths = settings.conditions
    beam = paths.beam_mode or paths.beam_energy or settings.beam_modes
    absent = {"" if beam else "beam", "" if paths.dcs else "DCS"} - {""}
    return tuple(each for each in _CAUSES if each not in absent)


class Stretch(msgspec.Struct, frozen=True):
    """A component's flag over lumisections, and the record that says so.

    Attributes:
        first, last: lumisections, inclusive; `last` None: until the run's end.
        flag: what was said; NOTSET where nothing was.
        record: who said it and when; None where nothing was said.
    """

    first: int
    last: int | None
    flag: Flag
    record: Record | None = None

    @property
    def is_open(self) -> bool:
        """Tell whether a person still has to decide."""
        return self.flag.status == "NOTSET" or self.flag.proposed


def components(site: Site | None) -> dict[str, tuple[str, ...]]:
    """The components that are flagged -> the layouts each covers."""
    if site is None:
        return {}
    if site.settings.components:
        return dict(site.settings.components)
    return {each.layout.lower(): (each.layout,) for each in site.layouts}


def flagged(logbook: Logbook, run: int, known: Iterable[str]) -> list[str]:
    """The components that are known, and those with flags in a run besides."""
    names = list(known)
    said = {record.subsystem for record, _ in logbook.of_run(Flag, run)}
    return names + sorted(said - set(names))


def begins(flag: Flag) -> int:
    """The first lumisection a flag counts for.

    Where the start is known only to lie between two snapshots, what is not good
    counts from the earlier end and what is good from the later: data in doubt are
    not called good.
    """
    if flag.earliest is None or flag.status == "GOOD":
        return max(flag.first, 1)
    return max(min(flag.earliest, flag.first), 1)


def timeline(
    said: Iterable[tuple[Record, Flag]], lumisections: int = 0
) -> tuple[Stretch, ...]:
    """Fold the flags of one component in one run.

    What a person said goes before any proposal, also where they took a flag back
    (NOTSET); of two that a person said, or of two proposals, the later record holds.

    Args:
        said: the records of the component, in the order of the book.
        lumisections: last lumisection of the run, when it is over; 0 while it runs.

    Returns:
        Stretches without gap from lumisection 1; the last one ends with the run
        (``last`` None while it runs).
    """
    end = lumisections or None
    parts = []
    for record, flag in said:
        first, last = begins(flag), flag.last
        if end is not None:
            last = end if last is None else min(last, end)
        if last is None or first <= last:
            parts.append(Stretch(first, last, flag, record))
    parts.sort(key=lambda part: not part.flag.proposed)  # the last one holds
    edges = {1, *(part.first for part in parts)}
    edges |= {part.last + 1 for part in parts if part.last not in (None, end)}
    starts = sorted(edges)
    ends = [*(each - 1 for each in starts[1:]), end]
    line: list[Stretch] = []
    for first, last in zip(starts, ends, strict=True):
        over = [part for part in parts if _covers(part, first)]
        held = over[-1] if over else Stretch(1, end, NOT_SET)
        before = line[-1] if line else None
        if before and before.flag is held.flag and before.record is held.record:
            line[-1] = msgspec.structs.replace(before, last=last)
        else:
            line.append(Stretch(first, last, held.flag, held.record))
    return tuple(line)


def timelines(
    logbook: Logbook, run: int, names: Iterable[str]
) -> dict[str, tuple[Stretch, ...]]:
    """The timeline of every component in a run, equal neighbours as one stretch."""
    said: dict[str, list[tuple[Record, Flag]]] = {}
    for record, flag in logbook.of_run(Flag, run):
        said.setdefault(record.subsystem, []).append((record, flag))
    last = lumisections_of(logbook, run)
    return {name: joined(timeline(said.get(name, ()), last)) for name in names}


def joined(line: Iterable[Stretch]) -> tuple[Stretch, ...]:
    """Stretches of which neighbours that say the same are one.

    A run that goes on is confirmed piece by piece: a person said one thing, not five.
    How many plots were judged differs from piece to piece and says nothing else.

    Args:
        line: stretches without gap.

    Returns:
        The same, where a stretch of several begins as the first of them and has the
        words and the record of the last.
    """
    found: list[Stretch] = []
    for each in line:
        if not found or _says(found[-1]) != _says(each):
            found.append(each)
            continue
        before = found[-1]
        flag = msgspec.structs.replace(
            each.flag, first=before.flag.first, earliest=before.flag.earliest
        )
        found[-1] = Stretch(before.first, each.last, flag, each.record)
    return tuple(found)


def _says(part: Stretch) -> tuple[object, ...]:
    flag = part.flag
    comment = "" if _BY_ITSELF.fullmatch(flag.comment) else flag.comment
    who = None if part.record is None else part.record.who
    return (flag.status, flag.cause, comment, flag.proposed, flag.disputed, who)


def lumisections_of(logbook: Logbook, run: int) -> int:
    """Last lumisection of a run that is over; 0 while it runs or is unknown.

    Of several consoles the one that saw most of the run is right; a run that is over
    has one lumisection at least.
    """
    seen = [body for _, body in logbook.of_run(RunSeen, run)]
    over = [body.lumisections for body in seen if body.phase != "running"]
    return max(*over, 1) if over else 0


def reached_in(logbook: Logbook, run: int, live: RunInfo) -> int:
    """The last lumisection reached by a run that goes on; 0 of one that is over.

    Args:
        logbook: knows which runs are over.
        run: its number.
        live: the run that goes on.
    """
    if lumisections_of(logbook, run):
        return 0
    return (live.lumisection or 0) if live.run == run else 0


def last_to_flag(
    stretch: Stretch, status: FlagStatus, reached: int, *, to_end: bool = False
) -> int | None:
    """The last lumisection of a flag that is set on a stretch; None for the run's end.

    What is not good holds on until somebody says otherwise; GOOD, of a run that goes
    on, is said up to the lumisection reached: nobody knows the rest.

    Args:
        stretch: where it is set.
        status: the flag.
        reached: last lumisection of a run that goes on; 0 of one that is over.
        to_end: the console proposes the same on to the run's end.
    """
    last = None if to_end else stretch.last
    if status == "GOOD" and last is None and reached:
        return max(reached, stretch.first)
    return last


def is_signed_off(logbook: Logbook, run: int) -> Record | None:
    """The record that signed a run off; one that the log does not have yet does not."""
    signed = [record for record, _ in logbook.of_run(SignOff, run) if record.number]
    return signed[-1] if signed else None


def pending_sign_off(logbook: Logbook, run: int) -> Record | None:
    """The record that will sign a run off once the log has it, or None."""
    signed = [record for record, _ in logbook.of_run(SignOff, run)]
    return signed[-1] if signed and not any(each.number for each in signed) else None


def passed_on(logbook: Logbook, run: int) -> Record | None:
    """The record that left the sign-off of a run to the next shift; None once done."""
    passed = logbook.of_run(PassedOn, run)
    return passed[-1][0] if passed and is_signed_off(logbook, run) is None else None


def history(
    logbook: Logbook, run: int, component: str
) -> tuple[tuple[Record, Flag], ...]:
    """All that was said of a component in a run, oldest first."""
    return tuple(
        each for each in logbook.of_run(Flag, run) if each[0].subsystem == component
    )


def spoken_against(
    said: Iterable[tuple[Record, Flag]], stretch: Stretch
) -> Flag | None:
    """What the console proposed against a person's flag after it was set.

    Such a proposal changes nothing, but the person is to see it.

    Args:
        said: the records of the component, in the order of the book.
        stretch: a stretch of its timeline.

    Returns:
        The last proposal after the stretch's record that lies in it, where its
        status is another; None otherwise, and for a stretch that is open.
    """
    if stretch.is_open or stretch.record is None:
        return None
    found, behind = None, False
    for record, flag in said:
        if record.uid == stretch.record.uid:
            behind = True
        elif behind and flag.proposed and _overlaps(flag, stretch):
            found = flag
    return found if found and found.status != stretch.flag.status else None


def unflagged(
    said: Iterable[tuple[Record, Flag]], line: Sequence[Stretch], called: str
) -> tuple[str, ...]:
    """What was seen to be BAD in a component and has no flag, in words.

    A fault that was proposed and lies where nobody decided anything is one, even if
    something else was proposed there afterwards.

    Args:
        said: the records of the component, in the order of the book.
        line: its timeline.
        called: what the site calls a lumisection.
    """
    found = {}
    for _, flag in said:
        if flag.status != "BAD" or not flag.proposed:
            continue
        for part in line:
            if part.is_open and _overlaps(flag, part):
                first = max(begins(flag), part.first)
                found[first] = f"BAD from {called} {first} without a flag"
    return tuple(found[first] for first in sorted(found))


def began_in(stretch: Stretch) -> tuple[int, int] | None:
    """Between which lumisections a stretch began; None where that is known."""
    flag = stretch.flag
    if flag.earliest is None or stretch.first != begins(flag):
        return None
    low, high = max(min(flag.earliest, flag.first), 1), max(flag.earliest, flag.first)
    return (low, high) if low < high else None


def left_before(line: Sequence[Stretch], flag: Flag) -> Stretch | None:
    """The proposal of a fault that a flag which was just set leaves over before it.

    Where nobody saw when a fault began, it is proposed from the earliest on; a person
    who knows better has not decided what lies before. Nothing is in doubt before what
    is good, nor where the start is known.
    """
    found = (part for part in line if part.last == begins(flag) - 1)
    before = next(found, None)
    if before is None or not before.flag.proposed or flag.status == "GOOD":
        return None
    alike = before.flag.status == flag.status
    return before if alike and began_in(before) is not None else None


def without_cause(lines: Mapping[str, Sequence[Stretch]]) -> str:
    """What was decided to be BAD or EXCLUDED and has no cause: "hcal BAD"; or ""."""
    return _named(lines, lambda flag: not flag.cause.strip())


def without_reason(lines: Mapping[str, Sequence[Stretch]]) -> str:
    """The same of what has neither a cause nor a comment."""
    return _named(lines, lambda flag: not (flag.cause + flag.comment).strip())


def _named(
    lines: Mapping[str, Sequence[Stretch]], lacks: Callable[[Flag], bool]
) -> str:
    found = {
        f"{name} {each.flag.status}": None
        for name, line in lines.items()
        for each in line
        if each.flag.status in {"BAD", "EXCLUDED"}
        and not each.flag.proposed
        and lacks(each.flag)
    }
    return ", ".join(found)


def left_open(lines: Mapping[str, Sequence[Stretch]]) -> str:
    """What is still to be decided of a run, by components, in words; "" for nothing.

    What is BAD or EXCLUDED says why: a cause, or a comment at least.
    """
    unset = [
        name
        for name, line in lines.items()
        if any(each.flag.status == "NOTSET" for each in line)
    ]
    proposed = [
        name
        for name, line in lines.items()
        if name not in unset and any(each.is_open for each in line)
    ]
    words = []
    if unset:
        words.append(f"not set: {', '.join(sorted(unset))}")
    if proposed:
        words.append(f"only proposed: {', '.join(sorted(proposed))}")
    if silent := without_reason(lines):
        words.append(f"{silent} without a cause: give one (B)")
    return "; ".join(words)


def summary(line: Sequence[Stretch]) -> FlagStatus:
    """One word for a whole run: the worst that was said of a part of it."""
    order: tuple[FlagStatus, ...] = ("BAD", "NOTSET", "STANDBY", "EXCLUDED", "GOOD")
    there = {each.flag.status for each in line}
    return next(status for status in order if status in there)


def _covers(part: Stretch, lumisection: int) -> bool:
    in_time = part.last is None or lumisection <= part.last
    return part.first <= lumisection and in_time


def _overlaps(flag: Flag, stretch: Stretch) -> bool:
    starts_in_time = stretch.last is None or begins(flag) <= stretch.last
    return starts_in_time and (flag.last is None or flag.last >= stretch.first)
