"""The detector at a glance: what is known of each subsystem, by lumisection.

Changes of status, conditions and the verdicts of now are folded into rows of segments.
How one row is made says :mod:`dqmconsole.shift.strip`.
"""

from __future__ import annotations

import math
from bisect import bisect_left, bisect_right
from collections import Counter
from itertools import groupby
from typing import TYPE_CHECKING, Literal, NamedTuple, TypeVar

import msgspec

from dqmconsole.model.layout import part_of, path_of, subsystem_of
from dqmconsole.model.moment import clock_words
from dqmconsole.model.run import FULL_DEAD_TIME, HALTED, RunState, run_words
from dqmconsole.model.site import CONDITION_NAMES, LUMISECTION, HeaderItem
from dqmconsole.model.verdict import Status, by_default, roll_up
from dqmconsole.shift.pages import plots_of
from dqmconsole.shift.strip import (
    MOST_LUMISECTIONS,
    Segment,
    clipped,
    fold,
    row_words,
    segment_at,
    segment_from,
    status_of,
    watched_ranges,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from dqmconsole.model.history import LumisectionsFact
    from dqmconsole.model.known_issue import KnownIssue
    from dqmconsole.model.run import RunInfo
    from dqmconsole.model.site import Site, SiteSettings
    from dqmconsole.shift.mailbox import Mailbox
    from dqmconsole.shift.run_history import RunHistory

MOST_RUNS = 12
HIDDEN = "The verdicts are hidden while somebody is asked to judge."
Kind = Literal["on", "off", "partly", "other"]
DEAD_TIME_SHOWN = 10.0  # percent
Value = TypeVar("Value")


class RunSpan(msgspec.Struct, frozen=True, gc=False):
    """A run on the axis: its lumisections lie side by side with those of others.

    Attributes:
        run: the run.
        last: its last lumisection; the first is 1.
        offset: lumisections of the runs before it.
        words: "collisions", "ended" ...
        clock: points of lumisection and unix time, s, in order.
    """

    run: int
    last: int
    offset: int = 0
    words: str = ""
    clock: tuple[tuple[int, float], ...] = ()

    def time_of(self, lumisection: float) -> float | None:
        """Unix time, s, of a lumisection; None outside of what is known."""
        return _between(self.clock, lumisection)

    def lumisection_at(self, when: float) -> float | None:
        """The lumisection at a unix time, s; None where the run did not go on."""
        return _between([(at, number) for number, at in self.clock], when)


def _between(points: Sequence[tuple[float, float]], x: float) -> float | None:
    """The value at x on a line through points that rise; None outside of them."""
    at = bisect_left(points, x, key=lambda point: point[0])
    if at < len(points) and points[at][0] == x:
        return points[at][1]
    if not 0 < at < len(points):
        return None
    (low, began), (high, ended) = points[at - 1], points[at]
    return began + (ended - began) * (x - low) / (high - low)


class Row(msgspec.Struct, frozen=True, gc=False):
    """A subsystem, as its layout calls it.

    Attributes:
        name: of the layout.
        status, partly: as a segment has them, now.
        words: how it stands now, at the end of the row.
        sentence: the same, longer, for who asks.
        segments: run by run, as the spans of the overview.
        adopted: False where it is a WARNING by defaults alone, which nobody adopted.
        returned: an alarm of it is over, and nobody acknowledged it.
    """

    name: str
    status: Status
    words: str
    sentence: str = ""
    partly: bool = False
    segments: tuple[tuple[Segment, ...], ...] = ()
    adopted: bool = True
    returned: bool = False


class Condition(msgspec.Struct, frozen=True, gc=False):
    """Some lumisections in which one condition was the same.

    Attributes:
        first, last: the lumisections, both included.
        words: what it was, "" where that is unknown.
        kind: "on" and "off", "partly" between them, "other" for what is neither.
    """

    first: int
    last: int
    words: str = ""
    kind: Kind = "other"


class ConditionRow(msgspec.Struct, frozen=True, gc=False):
    """A condition: its name, what it is now, and its segments run by run."""

    name: str
    words: str = ""
    segments: tuple[tuple[Condition, ...], ...] = ()


class NumberRow(msgspec.Struct, frozen=True, gc=False):
    """A number by lumisection: what the header calls it, and its values.

    Attributes:
        item: of the header.
        values: run by run, of each lumisection from 1; None where unknown.
    """

    item: HeaderItem
    values: tuple[tuple[float | None, ...], ...]


LATEST = "latest update"
AWAITED = "A run is shown by itself as soon as its first file is there."


class Overview(msgspec.Struct, frozen=True, gc=False):
    """All that the first page shows.

    Attributes:
        runs: the spans of the axis, oldest first; none while there is no run.
        rows: the subsystems in the order of the site.
        conditions: beam and high voltage, where anything is known of them.
        luminosity: run by run, of each lumisection from 1, 1e30 cm-2 s-1; None where
            unknown. Empty where nothing is known at all.
        luminosity_name: what the experiment calls it.
        numbers: the other numbers of the header of which anything is known.
        lumisection, unit: what it calls a lumisection, and what stands before the
            number of one.
        counted: the data name lumisections; else there is the latest update alone.
        note: what is to be known of the whole picture, or ""; while there is no run,
            in lines, what it waits for.
        hidden: verdicts are hidden: there are no rows.
    """

    runs: tuple[RunSpan, ...] = ()
    rows: tuple[Row, ...] = ()
    conditions: tuple[ConditionRow, ...] = ()
    luminosity: tuple[tuple[float | None, ...], ...] = ()
    luminosity_name: str = CONDITION_NAMES["luminosity"]
    numbers: tuple[NumberRow, ...] = ()
    lumisection: str = LUMISECTION
    unit: str = "LS"
    counted: bool = True
    note: str = ""
    hidden: bool = False

    @property
    def length(self) -> int:
        """Lumisections on the axis."""
        return self.runs[-1].offset + self.runs[-1].last if self.runs else 0

    def moment(self, first: int, last: int = 0) -> str:
        """What some lumisections are called: "LS 3", "spill 3–5"."""
        if not self.counted:
            return LATEST
        return f"{self.unit} {first}" + (f"–{last}" if last > first else "")

    def place_of(self, position: int) -> tuple[int, int]:
        """The span and its lumisection of a place on the axis, from 0."""
        at = bisect_right(self.runs, position, key=lambda span: span.offset) - 1
        at = max(at, 0)
        span = self.runs[at]
        return at, min(max(position - span.offset + 1, 1), span.last)

    def position_at(self, when: float) -> float | None:
        """The place on the axis of a unix time, s; None where no run went on."""
        for span in self.runs:
            found = span.lumisection_at(when)
            if found is not None:
                return span.offset + found - 1
        return None


class Cell(NamedTuple):
    """One lumisection of a row, as it is pointed at."""

    row: int
    position: int


# -- conditions ------------------------------------------------------------------------


def conditions_of(
    facts: Sequence[LumisectionsFact],
    last: int,
    told: Callable[[LumisectionsFact], tuple[str, Kind] | None],
) -> tuple[Condition, ...]:
    """One condition over a run: segments from 1 to `last` without gap.

    What was read at its time goes before what the trends tell afterwards.

    Args:
        facts: of the run, in order.
        last: its last lumisection.
        told: gives words and kind of the condition, None where it is unknown.
    """
    return _segmented(_by_lumisection(facts, last, told))


def _segmented(
    by_lumisection: Iterable[tuple[str, Kind] | None],
) -> tuple[Condition, ...]:
    """Segments of equal words, from lumisection 1."""
    found, at = [], 0
    for value, cells in groupby(by_lumisection):
        first, at = at + 1, at + len(list(cells))
        found.append(Condition(first, at, *(value or ("", "other"))))
    return tuple(found)


def _by_lumisection(
    facts: Sequence[LumisectionsFact],
    last: int,
    told: Callable[[LumisectionsFact], Value | None],
) -> list[Value | None]:
    """What is told of each lumisection from 1 to `last`; None where unknown."""
    cells: list[Value | None] = [None] * last
    for each in sorted(facts, key=lambda fact: fact.watched):
        value = told(each)
        if value is not None:
            first, ends = max(each.first, 1), min(each.last, last)
            cells[first - 1 : ends] = [value] * (ends - first + 1)
    return cells


def voltage_words(fact: LumisectionsFact) -> tuple[str, Kind] | None:
    """The high voltage in words: "all 24 partitions on", "RPC off"."""
    if fact.partitions is None or fact.on is None or not fact.partitions:
        return None
    if fact.on == fact.partitions:
        return f"all {fact.partitions} partitions on", "on"
    if not fact.on:
        return f"all {fact.partitions} partitions off", "off"
    many = fact.partitions - fact.on
    if many <= 2 and len(fact.off) == many:
        return f"{', '.join(fact.off)} off", "partly"
    return f"{many} of {fact.partitions} off", "partly"


def daq_words(
    state: str | None, dead_time: float | None, column: float | str | None
) -> str:
    """What trigger and DAQ do: "12 % dead, column 1", "paused"; "" where unknown.

    That it is running is said where nothing else is known.

    Args:
        state: of the DAQ.
        dead_time: percent.
        column: the prescale column.
    """
    if state in HALTED:
        return state
    parts = []
    if dead_time is not None:
        parts.append(f"{dead_time:.0f} % dead")
    if column is not None:
        parts.append(f"column {column if isinstance(column, str) else f'{column:g}'}")
    if state and (state != "running" or not parts):
        parts.insert(0, state)
    return ", ".join(parts)


def luminosity_words(luminosity: float | None) -> str:
    """Write an instantaneous luminosity given in 1e30 cm-2 s-1, in cm-2 s-1."""
    if luminosity is None:
        return "–"
    if luminosity <= 0 or not math.isfinite(luminosity):
        return "0"
    digits, _, exponent = f"{luminosity * 1e30:.2e}".partition("e+")
    return f"{digits}e{int(exponent)}"


def _daq(fact: LumisectionsFact) -> tuple[str, Kind] | None:
    dead = fact.dead_time
    if dead is not None and dead < DEAD_TIME_SHOWN:
        dead = None  # what is always there would make each lumisection another
    words = daq_words(fact.daq_state, dead, fact.column)
    if fact.daq_state in HALTED or (dead is not None and dead >= FULL_DEAD_TIME):
        return words, "off"
    if dead is not None:
        return words, "partly"
    return (words, "on" if fact.daq_state == "running" else "other") if words else None


def clock_points(
    facts: Iterable[LumisectionsFact], started: float | None, last: int
) -> tuple[tuple[int, float], ...]:
    """Lumisections and their unix times, both rising.

    Args:
        facts: of one run.
        started: unix time, s, of its first lumisection, or None.
        last: its last lumisection.
    """
    given = [(each.last, each.at) for each in facts if each.at is not None]
    if started is not None:
        given.append((1, started))
    found: list[tuple[int, float]] = []
    for lumisection, when in sorted(given):
        later = not found or (lumisection > found[-1][0] and when > found[-1][1])
        if later and 1 <= lumisection <= last:
            found.append((lumisection, when))
    return tuple(found)


# -- everything ------------------------------------------------------------------------


class Folding:
    """Makes the overview of one console; a subsystem is folded where it changed."""

    def __init__(self) -> None:
        self._folded: dict[tuple[int, str], _Folded] = {}
        self._spans: dict[int, tuple[object, _RunParts]] = {}
        self._plots: tuple[Site | None, dict[str, tuple[str, ...]]] = (None, {})
        self._of: dict[str, _Of] = {}

    def look(
        self,
        site: Site | None,
        mailbox: Mailbox,
        *,
        since: float | None = None,
        hidden: bool = False,
        silent: bool = False,
        returned: Mapping[str, float] | None = None,
    ) -> Overview:
        """The overview as it is now.

        Args:
            site: gives the subsystems and their plots.
            mailbox: what the engine said.
            since: unix time, s, at which the shift began: the runs since then are
                shown; only the present one when None.
            hidden: the verdicts are hidden.
            silent: the engine is; then nothing is fresh, least of all good.
            returned: subsystems with alarms that are over and were not acknowledged
                -> unix time since when, s.
        """
        info, history = mailbox.run, mailbox.history
        if site is None or not info.run:
            told = mailbox.problems.get("source", ())
            said = [
                each.message if each.file in each.message
                else f"{each.file}: {each.message}"
                for each in told
            ]  # fmt: skip
            waits = [AWAITED, *said] if site is not None else []
            return Overview(hidden=hidden, note="\n".join(waits))
        reached = _lumisection(info)
        parts = [
            self._run_parts(run, site, info, history, reached)
            for run in _runs(history, info.run, since)
        ]
        runs, offset = [], 0
        for each in parts:
            runs.append(msgspec.structs.replace(each.span, offset=offset))
            offset += each.span.last
        settings = site.settings
        worded, numbers = _shown_rows(parts, settings)
        conditions = (*_condition_rows(parts, settings), *worded)
        light = tuple(each.luminosity for each in parts)
        known = any(value is not None for each in light for value in each)
        made = Overview(
            tuple(runs), (), conditions, light if known else (),
            settings.name_of("luminosity"), numbers, settings.lumisection,
            settings.unit, reached is not None or offset > len(runs), hidden=hidden,
        )  # fmt: skip
        if hidden:
            return msgspec.structs.replace(made, note=HIDDEN)
        rows = tuple(
            _marked(
                self._row(name, keys, parts, site, mailbox, silent=silent),
                (returned or {}).get(name),
            )
            for name, keys in self._keys(site).items()
        )
        return msgspec.structs.replace(
            made, rows=rows, note=_note(info, made, rows, reached, settings)
        )

    def _keys(self, site: Site) -> dict[str, tuple[str, ...]]:
        """The plots of each subsystem that the shift looks at."""
        if self._plots[0] is not site:
            found: dict[str, list[str]] = {}
            paths: dict[str, list[str]] = {}
            for key, (layout, _), plot in plots_of(site, "shift"):
                found.setdefault(layout, []).append(key)
                paths.setdefault(layout, []).append(plot.path)
            self._plots = (site, {name: (*each,) for name, each in found.items()})
            self._of = {
                name: _Of(
                    frozenset(map(part_of, each)),
                    sum(_concerns(issue, name, each) for issue in site.known),
                )
                for name, each in paths.items()
            }
        return self._plots[1]

    def _run_parts(
        self,
        run: int,
        site: Site,
        info: RunInfo,
        history: RunHistory,
        reached: int | None,
    ) -> _RunParts:
        present = run == info.run
        stamp = (
            history.version(run), site.hash, present,
            *((reached, info.state, info.started, info.conditions.run_type)
              if present else ()),
        )  # fmt: skip
        kept = self._spans.get(run)
        if kept is not None and kept[0] == stamp:
            return kept[1]
        facts = [each for each in history.lumisections(run)
                 if 1 <= each.first <= each.last <= MOST_LUMISECTIONS]  # fmt: skip
        last = max((each.last for each in facts), default=1)
        last = max(reached or 1, last) if present else last
        clock = clock_points(facts, info.started if present else None, last)
        words = _run_words(info) if present else ""
        wanted = {
            mode.lower()
            for _, _, plot in plots_of(site)
            if plot.needs is not None
            for mode in plot.needs.beam
        }

        def beam(fact: LumisectionsFact) -> tuple[str, Kind] | None:
            if fact.beam_mode is None:
                return None
            on = not wanted or fact.beam_mode in wanted
            return fact.beam_mode, "on" if on else "other"

        found = _RunParts(
            RunSpan(run, last, 0, words, clock),
            watched_ranges(facts, (reached or 1,) if present else ()),
            (
                conditions_of(facts, last, beam),
                conditions_of(facts, last, _daq),
                conditions_of(facts, last, voltage_words),
            ),
            tuple(_by_lumisection(facts, last, lambda fact: fact.luminosity)),
            tuple(
                tuple(_by_lumisection(facts, last, _shown(item.show)))
                for item in site.settings.shown
            ),
        )
        self._spans[run] = (stamp, found)
        return found

    def _row(
        self,
        name: str,
        keys: tuple[str, ...],
        parts: Sequence[_RunParts],
        site: Site,
        mailbox: Mailbox,
        *,
        silent: bool,
    ) -> Row:
        info = mailbox.run
        segments = tuple(
            self._segments(name, keys, each, mailbox, present=each.span.run == info.run)
            for each in parts
        )
        verdicts = [mailbox.verdicts[key] for key in keys if key in mailbox.verdicts]
        counts = Counter(each.status for each in verdicts)
        missing = len(keys) - len(verdicts)
        status, partly = status_of(counts, missing)
        if missing and counts:
            counts[Status.WAITING] += missing
        of, outages = self._of[name], mailbox.outages
        out = [outages[each] for each in of.subsystems if each in outages]
        outage = outages.get("")
        if outage is None and out and len(out) == len(of.subsystems):
            outage = out[0]
        present = info.conditions.subsystems
        words = row_words(
            name,
            counts,
            verdicts,
            outage if counts.keys() - {Status.NOT_APPLICABLE} else None,
            in_run=present is None or not present.isdisjoint((name, *of.subsystems)),
            known=of.known,
            unit=site.settings.unit,
        )
        worst = next((each.sentence for each in verdicts if each.status is status), "")
        if outage is not None:
            worst = outage.sentence
        if silent:
            return Row(name, Status.STALE, f"no fresh verdict; last {words}", worst,
                       segments=segments)  # fmt: skip
        adopted = roll_up(counts.elements(), by_default=by_default(verdicts)).adopted
        return Row(name, status, words, worst, partly, segments, adopted)

    def _segments(
        self,
        name: str,
        keys: tuple[str, ...],
        part: _RunParts,
        mailbox: Mailbox,
        *,
        present: bool,
    ) -> tuple[Segment, ...]:
        run, last = part.span.run, part.span.last
        version = mailbox.history.version(run, name)
        kept = self._folded.get((run, name))
        if kept is not None and kept[:2] == (version, keys):
            folded = kept.segments
        else:
            folded = fold(keys, mailbox.history.transitions(run, name))
            self._folded[run, name] = _Folded(version, keys, folded)
        until = last
        if present:
            until = _judged_until(keys, mailbox.run, last)
            if not folded and any(key in mailbox.verdicts for key in keys):
                # So it is in an evidence bundle, and where what was kept is lost: the
                # verdicts hold for the last lumisection, what was before nobody knows.
                folded = (segment_from(until, keys, mailbox.verdicts),)
        return clipped(folded, part.watched, until, last)


def _marked(row: Row, returned: float | None) -> Row:
    """A row that says that an alarm of it is over and was not acknowledged."""
    if returned is None:
        return row
    said = f"alarm returned at {clock_words(returned)}, not acknowledged"
    return msgspec.structs.replace(
        row,
        words=f"{row.words} · returned, not acknowledged",
        sentence=f"{row.sentence}; {said}" if row.sentence else said,
        returned=True,
    )


class _Folded(NamedTuple):
    """The segments of a subsystem in a run, and what they were made of."""

    version: int
    keys: tuple[str, ...]
    segments: tuple[Segment, ...]


class _Of(NamedTuple):
    """The subsystems that a layout has plots of, and how many known issues."""

    subsystems: frozenset[str]
    known: int


def _concerns(issue: KnownIssue, layout: str, paths: Sequence[str]) -> bool:
    """Tell whether a known issue is one of a layout: by name, else by its plots."""
    named = issue.subsystem == layout
    return named or any(issue.shows_in(path, 0) for path in paths)


class _RunParts(NamedTuple):
    """What is the same for all subsystems in a run."""

    span: RunSpan
    watched: tuple[tuple[int, int], ...]
    conditions: tuple[tuple[Condition, ...], ...]
    luminosity: tuple[float | None, ...]
    shown: tuple[tuple[float | str | None, ...], ...]


def _lumisection(info: RunInfo) -> int | None:
    reached = info.lumisection
    if reached is None or not 1 <= reached <= MOST_LUMISECTIONS:
        return None
    return reached


def _runs(history: RunHistory, present: int, since: float | None) -> list[int]:
    """The runs that are shown: those of the shift, the present one last."""
    found = []
    for run in history.runs if since is not None else ():
        times = [each.at for each in history.lumisections(run) if each.at is not None]
        if run < present and times and max(times) >= since:  # type: ignore[operator]
            found.append(run)
    return [*found[-MOST_RUNS + 1 :], present]


def _run_words(info: RunInfo) -> str:
    parts = [info.conditions.run_type] if info.conditions.run_type else []
    if info.state is not RunState.RUNNING:
        parts.append(info.state.value.partition(",")[0])
    return " · ".join(parts)


def _judged_until(keys: Iterable[str], info: RunInfo, last: int) -> int:
    """The last lumisection that all the data of some plots have."""
    names = {subsystem_of(path_of(key)) for key in keys}
    reached = [
        client.lumisection
        for client in info.clients
        if client.subsystem in names
        and client.run == info.run
        and client.lumisection is not None
        and 1 <= client.lumisection <= last
    ]
    return min(reached, default=last)


def _condition_rows(
    parts: Sequence[_RunParts], settings: SiteSettings
) -> tuple[ConditionRow, ...]:
    rows = []
    shown = ("beam_mode", "daq_state", "dcs")
    for at, name in enumerate(map(settings.name_of, shown)):
        segments = tuple(each.conditions[at] for each in parts)
        if any(one.words for each in segments for one in each):
            rows.append(ConditionRow(name, segments[-1][-1].words, segments))
    return tuple(rows)


def _shown(path: str) -> Callable[[LumisectionsFact], float | str | None]:
    return lambda fact: None if fact.shown is None else fact.shown.get(path)


def _shown_rows(
    parts: Sequence[_RunParts], settings: SiteSettings
) -> tuple[list[ConditionRow], tuple[NumberRow, ...]]:
    """The scalars of the header: those that are words, and the numbers."""
    worded, numbers = [], []
    for at, item in enumerate(settings.shown):
        runs = [each.shown[at] for each in parts]
        known = [value for run in runs for value in run if value is not None]
        if any(isinstance(value, str) for value in known):
            said = [[item.words(value) for value in run] for run in runs]
            segments = tuple(
                _segmented((words, "other") if words else None for words in run)
                for run in said
            )
            worded.append(ConditionRow(item.label, said[-1][-1], segments))
        elif known:
            values = tuple(
                tuple(v if isinstance(v, (int, float)) else None for v in run)
                for run in runs
            )
            numbers.append(NumberRow(item, values))
    return worded, tuple(numbers)


def _note(
    info: RunInfo,
    overview: Overview,
    rows: Sequence[Row],
    reached: int | None,
    settings: SiteSettings,
) -> str:
    """What is to be known of the picture: how little of the run is known."""
    last, called = overview.runs[-1].last, overview.lumisection
    if info.lumisection is not None and reached is None:
        return (
            f"{called.capitalize()} {info.lumisection} cannot be right: the strip "
            "shows only how things stand now."
        )
    if reached is None:
        asked = settings.conditions.lumisection or called != LUMISECTION
        lack = f"name no {called}" if asked else "do not say how far the run has come"
        return f"The data {lack}: the strip shows how things stand now."
    first = min(
        (
            one.first
            for row in rows
            for one in row.segments[-1]
            if one.status is not None
        ),
        default=None,
    )
    if first is None or first <= 1 or last <= 1:
        return ""
    where = overview.moment(first)
    if first == last:
        return f"Only the end of this run is known, {where}: nobody watched before."
    return f"Watched since {where}: what the verdicts were before, nobody knows."


# -- words -----------------------------------------------------------------------------


def moment_words(overview: Overview, cell: Cell, titles: Callable[[str], str]) -> str:
    """What a row was at a moment, and that nothing but the latest can be drawn.

    Args:
        overview: what is shown.
        cell: the moment asked for; not the last one.
        titles: gives the title of a plot by its key.
    """
    at, lumisection = overview.place_of(cell.position)
    span, newest = overview.runs[at], overview.runs[-1]
    segment = segment_at(overview.rows[cell.row].segments[at], lumisection)
    asked = overview.moment(lumisection)
    if span is not newest:
        asked = f"{run_words(span.run)}, {asked}".removeprefix(", ")
    when = span.time_of(lumisection)
    if when is not None:
        asked += f", {clock_words(when)}"
    words = cell_words(overview, cell, titles)
    if segment.sentence and segment.first < lumisection:
        words += f" (said at {overview.moment(segment.first)})"
    return (
        f"Asked for: {asked}. {words}.\n"
        f"Drawn here is the latest{run_words(newest.run, ' of ')}, not that moment."
    )


def cell_words(overview: Overview, cell: Cell, titles: Callable[[str], str]) -> str:
    """What one lumisection of a row was, in words.

    Args:
        overview: what is shown.
        cell: the place.
        titles: gives the title of a plot by its key.
    """
    at, lumisection = overview.place_of(cell.position)
    row, span = overview.rows[cell.row], overview.runs[at]
    segment = segment_at(row.segments[at], lumisection)
    where = overview.moment(segment.first, segment.last)
    if len(overview.runs) > 1:
        where = f"{run_words(span.run)}, {where}".removeprefix(", ")
    if segment.status is None:
        return f"{row.name}, {where}: nobody looked, or no data yet"
    said = ", ".join(f"{many} {status}" for status, many in segment.counts)
    words = f"{row.name}, {where}: {segment.status}"
    words += " in parts" if segment.partly else ""
    words += f" ({said})" if said else ""
    if segment.key:
        words += f". {titles(segment.key)}"
        words += f": {segment.sentence}" if segment.sentence else ""
    return words
