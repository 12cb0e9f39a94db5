"""Parts of the hand-over: calls, verdicts, check-lists, pages, what changed."""

from __future__ import annotations

import datetime
from typing import TYPE_CHECKING

from dqmconsole.model.layout import plot_key, split_page
from dqmconsole.model.record import Call, Read, TookUp
from dqmconsole.model.verdict import JUDGED, Status, last_bad, roll_up
from dqmconsole.shift.checking import (
    HOUR,
    NO_VERDICTS,
    due,
    pages_applicable,
    pages_unseen,
)
from dqmconsole.shift.reading import ALL
from dqmconsole.shift.runs import latest

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from dqmconsole.logbook.view import Logbook
    from dqmconsole.model.record import Record
    from dqmconsole.model.run import RunInfo
    from dqmconsole.model.site import Site
    from dqmconsole.model.verdict import Verdict
    from dqmconsole.shift.checking import Due

    Clock = Callable[[float | None], str]

MOST_WARNINGS = 10  # that are named; the rest is counted
_NO_MARKS = str.maketrans({each: f"\\{each}" for each in "\\`*_[]<>~"})
_MOST_HOURS = 48  # of a shift that was never ended


def one_line(text: str) -> str:
    """A person's words in one line."""
    return " ".join(text.split())


def shift_calls(logbook: Logbook, shift: Record, clock: Clock) -> list[str]:
    """Who was called during a shift, one line each."""
    lines = []
    answered = {None: "", True: "; answered", False: "; did not answer"}
    for record, body in logbook.of(Call):
        if record.shift != shift.uid:
            continue
        name = f" ({one_line(body.name)})" if body.name else ""
        phone = f", {one_line(body.phone)}" if body.phone else ""
        about = f", about {one_line(body.about)}" if body.about else ""
        said = f": {one_line(body.comment)}" if body.comment else ""
        lines.append(
            f"- {clock(record.made_at)}: {body.role}{name}{phone}{about}"
            f"{answered[body.answered]}{said}"
        )
    return lines or ["Nobody was called, as far as the book knows."]


def on_the_plots(verdicts: Mapping[str, Verdict], site: Site) -> list[str]:
    """What is BAD or WARNING now, or was BAD when last judged, and what is judged."""
    if not verdicts:
        return [
            "No verdicts are known at this moment: nothing can be said of the data."
        ]
    titles = _titles(site)
    lines = []
    for status in (Status.BAD, Status.WARNING):
        found = sorted(key for key, each in verdicts.items() if each.status is status)
        most = len(found) if status is Status.BAD else MOST_WARNINGS
        lines += [
            f"- **{status}** {titles.get(key, key)}: {one_line(verdicts[key].sentence)}"
            for key in found[:most]
        ]
        if len(found) > most:
            lines.append(f"- and {len(found) - most} more {status}")
    lines += [
        f"- **{verdicts[key].status}** {titles.get(key, key)}: "
        f"{one_line(verdicts[key].sentence)}"
        for key in sorted(last_bad(verdicts))
    ]
    counts = roll_up(each.status for each in verdicts.values()).counts
    judged = [f"{counts[each]} {each}" for each in JUDGED if each in counts]
    rest = [f"{many} {each}" for each, many in sorted(counts.items())
            if each not in JUDGED]  # fmt: skip
    lines.append(f"- Judged: {', '.join(judged) or 'none'}")
    if rest:
        lines.append(f"- Not judged: {', '.join(rest)}")
    return lines


def _titles(site: Site) -> dict[str, str]:
    """Plots by their keys, as people know them: "Hcal › Digi occupancy › Depth 1"."""
    return {
        plot_key(layout.layout, page.page, plot.path): one_line(
            plot_key(layout.layout, page.page, plot.title or plot.path)
        ).translate(_NO_MARKS)
        for layout in site.layouts
        for page in layout.pages
        for plot in page.plots
    }


def check_lists(
    logbook: Logbook,
    site: Site,
    shift: Record,
    runs: Sequence[int],
    end: float,
    live: RunInfo | None = None,
) -> list[str]:
    """What of a shift's check-lists was not done.

    Args:
        logbook: what was checked.
        site: its lists.
        shift: the record that began the shift.
        runs: the shift's runs.
        end: unix time of its end, s.
        live: the run header of this moment; None where none is known.
    """
    if not site.checklists:
        return ["The site has no check-lists."]
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
        seen = latest(logbook, run)
        kind = (seen.run_type or None) if seen else None
        for each in due(site, logbook, shift.uid, run, kind, end):
            if each.checklist.phase == "run":
                wanted[each.checklist.id, each.turn] = each
    lines = []
    for each in wanted.values():
        if not each.open:
            continue
        if each.checklist.phase == "hourly":
            lines.append(f"- {each.heading}: {each.open} of {len(each.items)} not done")
            continue
        lines.append(f"- {each.heading}, not done:")
        lines += [
            f"    - {one_line(item.item.text)}"
            for item in each.items
            if item.done is None
        ]
    return lines or [f"All {len(wanted)} were done."]


def _type_at(logbook: Logbook, runs: Sequence[int], moment: float) -> str | None:
    """The type of the run that had last begun at a moment: its items were shown."""
    for run in reversed(runs):
        seen = latest(logbook, run)
        if seen is not None and (seen.started or 0) <= moment and seen.run_type:
            return seen.run_type
    return None


def unopened_pages(
    logbook: Logbook,
    site: Site,
    runs: Sequence[int],
    verdicts: Mapping[str, Verdict] = NO_VERDICTS,
    live: RunInfo | None = None,
) -> list[str]:
    """The shift pages that mean something in a run and nobody opened, run by run.

    Args:
        logbook: what was opened.
        site: its pages.
        runs: the shift's runs.
        verdicts: those of this moment by plot key.
        live: the run they belong to.
    """
    lines = []
    for run in runs:
        seen = latest(logbook, run)
        kind = (seen.run_type or None) if seen else None
        told = verdicts if live is not None and live.run == run else NO_VERDICTS
        total = len(pages_applicable(site, kind, told))
        unseen = pages_unseen(site, logbook, run, kind, told)
        if not unseen:
            lines.append(f"- run {run}: every one of {total} shift pages was opened")
            continue
        by_layout: dict[str, list[str]] = {}
        for name in unseen:
            layout, page = split_page(name)
            by_layout.setdefault(layout, []).append(page)
        named = "; ".join(f"{each}: {', '.join(by_layout[each])}" for each in by_layout)
        lines.append(
            f"- run {run}: {len(unseen)} of {total} shift pages were never opened: "
            f"{named}"
        )
    return lines or ["No run, no pages."]


def changes(
    logbook: Logbook, site: Site, shift: Record, end: float, clock: Clock
) -> list[str]:
    """Releases, notes and instructions that changed or were read during a shift."""
    lines = []
    for record, taken in logbook.of(TookUp):
        if not shift.made_at <= record.made_at <= end:
            continue
        agreed = f"; {one_line(taken.agreed_by)} agreed" if taken.agreed_by else ""
        console = "" if record.shift == shift.uid else f" by {record.console}"
        lines.append(
            f"- release {taken.release} (before: {taken.before or 'unpublished'}) was "
            f"taken up{console}, {clock(record.made_at)}{agreed}"
        )
    release = site.release
    if release is not None and shift.made_at <= release.at <= end:
        why = one_line(release.why)
        lines.append(
            f"- release {release.number} was published by {one_line(release.by)}, "
            f"{clock(release.at)}: {why}"
        )
        lines += [f"    - {each.name}: {one_line(each.sentence)}"
                  for each in release.changes]  # fmt: skip
    if release is None:
        lines.append("- the site is unpublished: its files can change at any time")
        if shift.versions.site and shift.versions.site != site.hash:
            lines[-1] += ", and did during this shift"
    first = datetime.datetime.fromtimestamp(shift.made_at, datetime.UTC).date()
    for note in site.notes:
        if first.isoformat() <= note.written:
            lines.append(
                f"- new note “{one_line(note.title)}” by {one_line(note.author)}, "
                f"until {note.expires}"
            )
    for record, read in logbook.of(Read):
        if record.shift == shift.uid and read.kind != ALL:
            version = f", version {read.version}" if read.version else ""
            lines.append(f"- read: {read.kind} {read.id}{version}")
    return lines or ["Nothing."]
