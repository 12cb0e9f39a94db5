"""The detection study: what is found of faults, how soon, and what rings falsely.

What is studied (a simulated detector, or a recorded run with faults put into it)
gives good running in parts, and trials: each a fault of one size in one place, in a
run of its own. The engine judges both by the site (:mod:`.study_pieces`); its alarms
are compared with what is known of the fault, and with the ideal test of
:mod:`.ideal_test`. What follows from all of it stands in :mod:`.study_found`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import msgspec

from dqmconsole.desk.study_found import (
    FaultRow,
    Found,
    GoodPart,
    GoodRow,
    LayoutRow,
    MomentFound,
    MomentRow,
    PairFound,
    PairRow,
    false_alarm_rate,
    fault_rows,
    good_rows,
    layout_rows,
    moment_rows,
    pair_rows,
)
from dqmconsole.desk.study_pieces import Piece, Pieces, StudyError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence
    from pathlib import Path

    from dqmconsole.desk.study_pieces import Done, Ground

PART = 4.0  # h of good running that are judged together


class Plan(msgspec.Struct, frozen=True):
    """What a study is of; another plan is another study.

    Attributes:
        on: what is studied.
        site: hash of the site that judges.
        seed: everything random follows from it.
        hours: of good running, of each run type.
        every: lumisections between two updates.
        places: of each fault and size.
        faults, layouts: those that are tried; all when empty.
        held_out: faults and harmless events are those that nothing is tuned on.
        pairs: of faults that happen together.
        part: hours of good running that are judged together, where it is simulated.
    """

    on: str
    site: str
    seed: int
    hours: float
    every: int
    places: int
    faults: tuple[str, ...] = ()
    layouts: tuple[str, ...] = ()
    held_out: bool = False
    pairs: int = 0
    part: float = PART


class Study(msgspec.Struct, frozen=True):
    """A study, as far as it has come.

    Attributes:
        power: of the fault and layout found worst, share of what the ideal test finds.
        false_alarms_per_8h: audible, of the run type that has most, whole site.
        mutation_score: of the lowest layout with 20 findable cells or more.
        simulated: its figures are of a simulated detector.
        plan: what it is of.
        complete: nothing is left to do.
        faults: worst first.
        good: by run type, the whole site first, then layout by layout.
        layouts: worst first.
        pair_rows: two faults at once: across subsystems, and within one.
        moment_rows: alarms after events that everybody sees, the most first.
        parts: of good running that are done, by name.
        cells: that are done, by name.
        pairs: of faults that are done, by name.
        moments: that are done, by name.
    """

    power: float | None
    false_alarms_per_8h: float | None
    mutation_score: float | None
    simulated: bool
    plan: Plan
    complete: bool = False
    faults: tuple[FaultRow, ...] = ()
    good: tuple[GoodRow, ...] = ()
    layouts: tuple[LayoutRow, ...] = ()
    pair_rows: tuple[PairRow, ...] = ()
    moment_rows: tuple[MomentRow, ...] = ()
    parts: dict[str, GoodPart] = {}
    cells: dict[str, Found] = {}
    pairs: dict[str, PairFound] = {}
    moments: dict[str, MomentFound] = {}


class Cost(NamedTuple):
    """What pieces of one kind cost.

    Attributes:
        pieces: what they are.
        many: how many are left.
        seconds: of the processor that one takes; 0 where none is left.
    """

    pieces: str
    many: int
    seconds: float


class StudyRun:
    """A study that goes on, piece by piece.

    Args:
        ground: what is studied.
        site: folder of the site that judges.
        plan: what the study is of, its site left out.
        before: what was done of it, or None.

    Raises:
        StudyError: what was done is of another study, or there is nothing to try.
    """

    def __init__(
        self, ground: Ground, site: Path, plan: Plan, before: Study | None = None
    ) -> None:
        self._pieces = Pieces(ground, site)
        plan = msgspec.structs.replace(plan, site=self._pieces.site)
        if before is not None:
            refuse_other(plan, before.plan)
        self.study = before or Study(None, None, None, ground.simulated, plan)
        self._parts = list(ground.parts())
        self._cells = {
            each.key: each
            for each in ground.cells()
            if not plan.layouts or each.layout in plan.layouts
        }
        more = ground.more_trials if plan.pairs else None
        pairs = more.pairs(list(self._cells.values()), plan.pairs) if more else []
        self._pairs = {each.key: each for each in pairs}
        self._moments = list(more.moments()) if more else []
        if not self._cells:
            there = ", ".join(sorted({each.layout for each in ground.cells()} - {""}))
            message = f"no such fault is tried in these layouts; they are: {there}"
            raise StudyError(message)

    def measure(self) -> list[Cost]:
        """Judge some updates of one of each kind: what all that is left costs."""
        left = self._left()
        kinds = {
            "parts of good running": self._parts_left(),
            "cells": [each for each in left if each.cell is not None],
            "pairs": [each for each in left if each.pair is not None],
            "events": [each for each in left if each.moment],
        }
        return [
            Cost(name, len(pieces), self._pieces.cost(pieces[0]) if pieces else 0.0)
            for name, pieces in kinds.items()
        ]

    @property
    def left(self) -> int:
        """How many pieces are not done."""
        return len(self._parts_left()) + len(self._left())

    def go_on(
        self, do: Callable[[Sequence[Piece]], Iterable[Done]] | None = None
    ) -> Iterator[tuple[int, int]]:
        """Do one piece after the other; how many of how many are done then.

        Args:
            do: does pieces, in any order; here, one after the other, when None.

        Raises:
            StudyError: what is studied cannot be read any further, or a reference
                could not be read in time.
        """
        do = do or self._each
        parts = self._parts_left()
        total = self.left
        self._take(None, complete=not total)
        for at, done in enumerate(do(parts), 1):
            self._take(done, complete=at == total)
            yield at, total
        # what the ideal test may raise falsely follows from all of good running
        for at, done in enumerate(do(self._left()), len(parts) + 1):
            self._take(done, complete=at == total)
            yield at, total

    def _each(self, pieces: Sequence[Piece]) -> Iterator[Done]:
        return map(self._pieces.do, pieces)

    def _parts_left(self) -> list[Piece]:
        return [Piece(each) for each in self._parts if each not in self.study.parts]

    def _left(self) -> list[Piece]:
        """The cells, pairs and moments that are not done."""
        done = self.study
        left = [
            Piece(cell=each, rate=false_alarm_rate(done.parts.values(), each.layout))
            for key, each in self._cells.items()
            if key not in done.cells
        ]
        left += [
            Piece(pair=each)
            for key, each in self._pairs.items()
            if key not in done.pairs
        ]
        left += [
            Piece(moment=each) for each in self._moments if each not in done.moments
        ]
        return left

    def _take(self, done: Done | None, *, complete: bool) -> None:
        """Take in what came of a piece; all stands in the order of the plan.

        Raises:
            StudyError: it was refused.
        """
        parts, cells = dict(self.study.parts), dict(self.study.cells)
        pairs, moments = dict(self.study.pairs), dict(self.study.moments)
        if done is not None:
            if done.part is not None:
                parts[done.piece.part] = done.part
            elif done.found is not None:
                key = done.found.cell.key
                cells[key] = msgspec.structs.replace(done.found, cell=self._cells[key])
            elif done.pair is not None:
                pair = self._pairs[done.pair.pair.key]
                pairs[pair.key] = msgspec.structs.replace(done.pair, pair=pair)
            elif done.moment is not None:
                moments[done.piece.moment] = done.moment
            else:
                raise StudyError(done.refused)
        self.study = summed(
            msgspec.structs.replace(
                self.study,
                complete=complete,
                parts={name: parts[name] for name in self._parts if name in parts},
                cells={key: cells[key] for key in self._cells if key in cells},
                pairs={key: pairs[key] for key in self._pairs if key in pairs},
                moments={key: moments[key] for key in self._moments if key in moments},
            )
        )


def refuse_other(plan: Plan, before: Plan) -> None:
    """See that what was done is of the same study.

    Raises:
        StudyError: it is not; names all that differs.
    """
    differs = [
        f"{name} {getattr(before, name)}, not {getattr(plan, name)}"
        for name in plan.__struct_fields__
        if getattr(before, name) != getattr(plan, name)
    ]
    if differs:
        message = f"what was done is of another study: {'; '.join(differs)}"
        raise StudyError(message)


def summed(study: Study) -> Study:
    """The study with all that follows from its parts and cells."""
    found = list(study.cells.values())
    faults = fault_rows(found, study.plan.every)
    good = good_rows(study.parts.values())
    layouts = layout_rows(found)
    powers = [each.power for each in faults if each.power is not None]
    scores = [each.score for each in layouts if each.score is not None]
    return msgspec.structs.replace(
        study,
        power=min(powers, default=None),
        false_alarms_per_8h=max(
            (each.per_shift for each in good if not each.layout), default=None
        ),
        mutation_score=min(scores, default=None),
        faults=tuple(faults),
        good=tuple(good),
        layouts=tuple(layouts),
        pair_rows=tuple(pair_rows(study.pairs.values(), study.cells)),
        moment_rows=tuple(moment_rows(study.moments.values())),
    )
