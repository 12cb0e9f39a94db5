"""What a study tries, what is found of it, and the rows that follow from that."""

from __future__ import annotations

from collections import Counter
from statistics import median
from typing import TYPE_CHECKING

import msgspec

from dqmconsole.desk.power import SizeFound, size_with, tried
from dqmconsole.model.run_quality import surely_below

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

SHIFT = 8.0  # h
ENOUGH_CELLS = 20  # of a layout, for its mutation score
SLOWER = 1.5  # times the ideal test, and one update: soon enough


class Cell(msgspec.Struct, frozen=True):
    """A fault of one size in one place.

    Attributes:
        fault: its name.
        layout: of the subsystem that it strikes; "" for the whole site.
        size: how much.
        unit: of that.
        place: number of the place, and of the run it happens in.
        run_type: of that run.
    """

    fault: str
    layout: str
    size: float
    unit: str
    place: int
    run_type: str

    @property
    def key(self) -> str:
        """Its name among all cells."""
        return f"{self.run_type} {self.fault}:{self.layout}*{self.size:g} {self.place}"


class Found(msgspec.Struct, frozen=True):
    """What was found of a cell; times are lumisections from the onset, from 1.

    Attributes:
        cell: the cell.
        after: until an alarm of its layout said so; None: never.
        audible: until one sounded; None: never.
        ideal: until the ideal test found it; None: never.
        region: an alarm named the right place; None where nothing was found.
        rows: alarms that began with it or after it.
        cleared: alarms of it that returned while it stood.
        seconds: of the processor.
    """

    cell: Cell
    after: int | None = None
    audible: int | None = None
    ideal: int | None = None
    region: bool | None = None
    rows: int = 0
    cleared: int = 0
    seconds: float = 0.0

    @property
    def findable(self) -> bool:
        """The ideal test found it."""
        return self.ideal is not None


class Pair(msgspec.Struct, frozen=True):
    """Two faults of different causes that begin together, in one run."""

    one: Cell
    other: Cell

    @property
    def key(self) -> str:
        """Its name among all pairs."""
        return f"{self.one.key} + {self.other.key}"


class PairFound(msgspec.Struct, frozen=True):
    """What was found of two faults at once.

    Attributes:
        pair: the faults.
        rows: alarms that show the one, or the other, or both.
        shown: how many of the two faults any of them shows.
        seconds: of the processor.
    """

    pair: Pair
    rows: int
    shown: int
    seconds: float = 0.0

    @property
    def as_one(self) -> bool:
        """One alarm alone shows both."""
        return self.rows == 1 and self.shown > 1


class MomentFound(msgspec.Struct, frozen=True):
    """Alarms in the ten minutes after something that everybody sees, as a dump.

    Attributes:
        event: what happened.
        run_type: of the run.
        rows: alarms that were told then.
        told: how often; an alarm with news is told again.
        audible: of these, those that sounded.
        seconds: of the processor.
    """

    event: str
    run_type: str
    rows: int
    told: int
    audible: int
    seconds: float = 0.0


class Rang(msgspec.Struct, frozen=True):
    """An alarm of good running: whose, when (lumisections), heard or not, and why."""

    layout: str
    elapsed: int
    audible: bool
    sentence: str


class GoodPart(msgspec.Struct, frozen=True):
    """A part of good running.

    Attributes:
        run_type: of its runs.
        hours: that it lasted.
        events: the harmless events in it, by name.
        alarms: all of it.
        judged, applied: looks at plots that were judged, of those that apply.
        seconds: of the processor.
    """

    run_type: str
    hours: float
    events: tuple[str, ...] = ()
    alarms: tuple[Rang, ...] = ()
    judged: int = 0
    applied: int = 0
    seconds: float = 0.0


class FaultRow(msgspec.Struct, frozen=True):
    """A fault in a layout.

    Attributes:
        fault, layout, unit: as of the cells.
        cells: how many were tried.
        findable: that the ideal test found.
        found: of these, with an alarm of the layout.
        audible: of these, by one that sounds.
        soon: of these, within one update and 1.5 times the ideal time.
        right: of those found, with the right place.
        half, most: size found with 50 % and 95 % power.
        ideal_half, ideal_most: the same of the ideal test.
        after, ideal: median time of those both found, lumisections; None: of none.
        rows: mean number of alarms of those found; None: of none.
        cleared: alarms that returned while the fault stood.
    """

    fault: str
    layout: str
    unit: str
    cells: int
    findable: int
    found: int
    audible: int
    soon: int
    right: int
    half: SizeFound
    most: SizeFound
    ideal_half: SizeFound
    ideal_most: SizeFound
    after: float | None
    ideal: float | None
    rows: float | None
    cleared: int

    @property
    def power(self) -> float | None:
        """Share found of what the ideal test found; None where that found nothing."""
        return self.found / self.findable if self.findable else None


class GoodRow(msgspec.Struct, frozen=True):
    """Alarms of good running, of one layout or all ("") in runs of one type.

    Attributes:
        run_type, layout: whose.
        hours: how long.
        audible, shown: alarms that sounded, and that did not.
        per_shift: audible ones in 8 h.
        at_most: what that surely does not exceed, at 95 %.
        coverage: share judged of the looks that apply; None for one layout.
    """

    run_type: str
    layout: str
    hours: float
    audible: int
    shown: int
    per_shift: float
    at_most: float
    coverage: float | None = None


class LayoutRow(msgspec.Struct, frozen=True):
    """Of a layout's findable cells, how many it reveals with the place right.

    Attributes:
        layout: its name.
        cells: how many are findable.
        revealed: how many it reveals.
        score: share; None of fewer than 20.
    """

    layout: str
    cells: int
    revealed: int
    score: float | None


class PairRow(msgspec.Struct, frozen=True):
    """Two faults at once, across subsystems or within one.

    Attributes:
        within: they are in one subsystem.
        pairs: that were tried, of faults that are found alone.
        as_one: of these, shown as one alarm.
        missed: of these, those of which only one fault or none was shown.
        at_most: share of these that is surely not exceeded, at 95 %.
    """

    within: bool
    pairs: int
    as_one: int
    missed: int
    at_most: float


class MomentRow(msgspec.Struct, frozen=True):
    """Alarms in the ten minutes after an event.

    Attributes:
        event: what happened.
        tried: how often.
        mean, most: alarms that were told in ten minutes, on average and at most.
        told: how often, with all that was told again because of news, at most.
        audible: of these, those that sounded, at most.
    """

    event: str
    tried: int
    mean: float
    most: int
    told: int
    audible: int


def false_alarm_rate(parts: Iterable[GoodPart], layout: str) -> float:
    """Audible false alarms an hour, as counted; where none came, one in all the time.

    Args:
        parts: of good running.
        layout: whose; "" for the whole site.
    """
    many, hours = 0, 0.0
    for each in parts:
        hours += each.hours
        many += sum(one.audible and layout in {"", one.layout} for one in each.alarms)
    return max(many, 1) / hours if hours else 1.0


def fault_rows(found: Iterable[Found], every: int) -> list[FaultRow]:
    """One row for each fault and layout, worst first.

    Args:
        found: all that was found.
        every: lumisections between two updates.
    """
    groups: dict[tuple[str, str], list[Found]] = {}
    for each in found:
        groups.setdefault((each.cell.fault, each.cell.layout), []).append(each)
    rows = [_fault_row(group, every) for group in groups.values()]
    return sorted(rows, key=_worst)


def _fault_row(group: list[Found], every: int) -> FaultRow:
    findable = [each for each in group if each.findable]
    found = [each for each in findable if each.after is not None]
    own = tried((each.cell.size, each.after is not None) for each in group)
    ideal = tried((each.cell.size, each.findable) for each in group)
    cell = group[0].cell
    return FaultRow(
        cell.fault,
        cell.layout,
        cell.unit,
        cells=len(group),
        findable=len(findable),
        found=len(found),
        audible=sum(each.audible is not None for each in found),
        soon=sum(is_soon(each, every) for each in found),
        right=sum(bool(each.region) for each in found),
        half=size_with(0.5, own),
        most=size_with(0.95, own),
        ideal_half=size_with(0.5, ideal),
        ideal_most=size_with(0.95, ideal),
        after=median(each.after or 0 for each in found) if found else None,
        ideal=median(each.ideal or 0 for each in found) if found else None,
        rows=sum(each.rows for each in found) / len(found) if found else None,
        cleared=sum(each.cleared for each in group),
    )


def is_soon(found: Found, every: int) -> bool:
    """Tell whether a cell was found within one update and 1.5 times the ideal time."""
    if found.after is None or found.ideal is None:
        return False
    return found.after <= every + SLOWER * found.ideal


def _worst(row: FaultRow) -> tuple[float, float, float]:
    power = 1.0 if row.power is None else row.power
    return power, -float(row.cleared), (row.ideal or 0.0) - (row.after or 0.0)


def layout_rows(found: Iterable[Found]) -> list[LayoutRow]:
    """The mutation score of each layout, the lowest first, then those without one."""
    many: Counter[str] = Counter()
    revealed: Counter[str] = Counter()
    for each in found:
        if each.findable and each.cell.layout:
            many[each.cell.layout] += 1
            revealed[each.cell.layout] += bool(each.region)
    rows = [
        LayoutRow(
            layout, cells, revealed[layout],
            revealed[layout] / cells if cells >= ENOUGH_CELLS else None,
        )
        for layout, cells in many.items()
    ]  # fmt: skip
    return sorted(rows, key=lambda row: (row.score is None, row.score or 0.0))


def pair_rows(found: Iterable[PairFound], cells: Mapping[str, Found]) -> list[PairRow]:
    """Two faults at once: across subsystems, then within one.

    Args:
        found: what was found of pairs.
        cells: what was found of each fault alone; pairs of which one was not are left
            out.
    """
    rows = []
    for within in (False, True):
        both = [
            each
            for each in found
            if (each.pair.one.layout == each.pair.other.layout) is within
            and _found_alone(each.pair.one, cells)
            and _found_alone(each.pair.other, cells)
        ]
        if both:
            ones = sum(each.as_one for each in both)
            missed = sum(each.shown < 2 for each in both)
            at_most = min(surely_below(ones) / len(both), 1.0)
            rows.append(PairRow(within, len(both), ones, missed, at_most))
    return rows


def _found_alone(cell: Cell, cells: Mapping[str, Found]) -> bool:
    alone = cells.get(cell.key)
    return alone is not None and alone.after is not None


def moment_rows(found: Iterable[MomentFound]) -> list[MomentRow]:
    """Alarms after each kind of event, the most first."""
    groups: dict[str, list[MomentFound]] = {}
    for each in found:
        groups.setdefault(each.event, []).append(each)
    rows = [
        MomentRow(
            *(event, len(group), sum(each.rows for each in group) / len(group)),
            *(max(each.rows for each in group), max(each.told for each in group)),
            max(each.audible for each in group),
        )
        for event, group in groups.items()
    ]
    return sorted(rows, key=lambda row: -row.most)


def good_rows(parts: Iterable[GoodPart]) -> list[GoodRow]:
    """False alarms of each run type: the whole site, then the layouts, worst first."""
    groups: dict[str, list[GoodPart]] = {}
    for each in parts:
        groups.setdefault(each.run_type, []).append(each)
    rows = []
    for run_type, group in groups.items():
        hours = sum(each.hours for each in group)
        rang = [one for each in group for one in each.alarms]
        audible = Counter(one.layout for one in rang if one.audible)
        shown = Counter(one.layout for one in rang if not one.audible)
        applied = sum(each.applied for each in group)
        judged = sum(each.judged for each in group)
        many = {"": (audible.total(), shown.total())}
        many |= {
            layout: (audible[layout], shown[layout])
            for layout, _ in (audible + shown).most_common()
        }
        for layout, (rung, seen) in many.items():
            coverage = judged / applied if applied and not layout else None
            rows.append(
                GoodRow(
                    *(run_type, layout, hours, rung, seen),
                    *(rung / hours * SHIFT, surely_below(rung) / hours * SHIFT),
                    coverage,
                )
            )
    return rows
