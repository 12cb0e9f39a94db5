"""The detection study: what is found of faults, how soon, and what rings falsely.

What is studied (a simulated detector, or a recorded run with faults put into it)
gives good running in parts, and trials: each a fault of one size in one place, in a
run of its own. The engine judges both by the site, without a window; its alarms are
compared with what is known of the fault, and with the ideal test of :mod:`.ideal_test`.
"""

from __future__ import annotations

import time
from collections import Counter
from contextlib import closing
from statistics import median
from typing import TYPE_CHECKING, NamedTuple, Protocol

import msgspec

from dqmconsole.desk.judge_source import JudgeError, judge_at
from dqmconsole.desk.power import SizeFound, size_with, tried
from dqmconsole.engine.context import SourceContext
from dqmconsole.engine.extents import extent_in
from dqmconsole.engine.site_releases import SiteReleases
from dqmconsole.model.alarm import Alarm
from dqmconsole.model.cause import AUDIBLE, Extent, overlap
from dqmconsole.model.histogram import Histogram
from dqmconsole.model.layout import KEY_STEP
from dqmconsole.model.run_quality import surely_below
from dqmconsole.model.verdict import JUDGED, Status
from dqmconsole.rootio.errors import NotInFileError, RootFileError
from dqmconsole.site.layouts import plots_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
    from contextlib import AbstractContextManager
    from pathlib import Path

    from dqmconsole.engine.site_releases import Reading
    from dqmconsole.model.histogram import Array
    from dqmconsole.model.site import Site
    from dqmconsole.sources.source import Source

SHIFT = 8.0  # h
ENOUGH_CELLS = 20  # of a layout, for its mutation score
SLOWER = 1.5  # times the ideal test, and one update: soon enough
_NOT_APPLIED = (Status.NOT_APPLICABLE, Status.WAITING, Status.DISABLED)
_PROBED = 4  # updates that say what one costs


class StudyError(ValueError):
    """A study that cannot be made, or not be gone on with; says why."""


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
        audible: of these, those that sounded.
        seconds: of the processor.
    """

    event: str
    run_type: str
    rows: int
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
        audible: of these, those that sounded, at most.
    """

    event: str
    tried: int
    mean: float
    most: int
    audible: int


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


class Detector(Protocol):
    """What is judged from update to update."""

    @property
    def source(self) -> Source:
        """What it writes."""

    @property
    def elapsed(self) -> int:
        """Lumisections since it began, over all runs."""

    @property
    def lumisections(self) -> int:
        """How many it has until it ends."""

    def steps(self) -> Iterator[float | None]:
        """One lumisection after the other, until it ends.

        Yields:
            After an update when it is looked at, unix time, s; None after others.
        """


class Trial(Detector, Protocol):
    """A run in which a fault happens."""

    @property
    def reference(self) -> str:
        """A file that all is compared with, or ""."""

    @property
    def onset(self) -> int:
        """The first lumisection of the fault."""

    @property
    def stands(self) -> bool:
        """The fault acts in the lumisection at hand."""

    def struck(self) -> Mapping[str, Array]:
        """The elements that the fault changes: path -> flat indices of inner bins.

        In C order of the axes; every bin of what has no bins of its own.
        """

    def ideal(self, rate: float) -> int | None:
        """Lumisections from the onset until the ideal test finds it; asked at the end.

        Args:
            rate: false alarms it may raise in an hour.
        """


class PairTrial(Detector, Protocol):
    """A run in which two faults begin together."""

    @property
    def onset(self) -> int:
        """The first lumisection of both."""

    def struck(self) -> Sequence[Mapping[str, Array]]:
        """The elements that each of the faults changes, as of a :class:`Trial`."""


class Moment(Detector, Protocol):
    """A run in which something happens that everybody sees."""

    @property
    def event(self) -> str:
        """What happens."""

    @property
    def run_type(self) -> str:
        """Of the run."""

    @property
    def onset(self) -> int:
        """The lumisection in which it happens; the detector ends ten minutes later."""


class GoodRunning(Detector, Protocol):
    """A part of good running."""

    @property
    def run_type(self) -> str:
        """Of its runs."""

    @property
    def hours(self) -> float:
        """How long it lasts."""

    @property
    def events(self) -> tuple[str, ...]:
        """Harmless events in it."""


class Ground(Protocol):
    """What can be studied."""

    @property
    def simulated(self) -> bool:
        """It is no real detector."""

    @property
    def every(self) -> int:
        """Lumisections between two updates."""

    @property
    def records(self) -> Path | None:
        """Folder of the recorded runs that it is compared with, or None."""

    def cells(self) -> Sequence[Cell]:
        """All cells, in the order in which they are tried."""

    def parts(self) -> Sequence[str]:
        """Names of the parts of good running."""

    def trial(self, cell: Cell) -> Trial:
        """The run of a cell."""

    def pairs(self, cells: Sequence[Cell], many: int) -> Sequence[Pair]:
        """So many pairs of some cells, or as many as there are."""

    def pair_trial(self, pair: Pair) -> PairTrial:
        """The run of a pair."""

    def moments(self) -> Sequence[str]:
        """Names of events that everybody sees."""

    def moment(self, name: str) -> Moment:
        """The run of such an event."""

    def good_running(self, part: str) -> GoodRunning:
        """A part of good running."""


class Costs(NamedTuple):
    """What a study costs: pieces to do, and seconds of the processor they take."""

    parts: int
    part: float
    cells: int
    cell: float

    @property
    def seconds(self) -> float:
        """Of all that is left."""
        return self.parts * self.part + self.cells * self.cell


class Piece(msgspec.Struct, frozen=True):
    """A piece of a study: one of a part of good running, a cell, a pair, a moment.

    Attributes:
        part: name of the part, or "".
        cell: the cell, or None.
        rate: false alarms an hour that the ideal test of a cell may raise.
        pair: the pair, or None.
        moment: name of the moment, or "".
    """

    part: str = ""
    cell: Cell | None = None
    rate: float = 1.0
    pair: Pair | None = None
    moment: str = ""


class Done(msgspec.Struct, frozen=True):
    """What came of a piece, or why nothing did.

    Attributes:
        piece: which.
        part, found, pair, moment: what came of it.
        refused: why it could not be done, or "".
    """

    piece: Piece
    part: GoodPart | None = None
    found: Found | None = None
    pair: PairFound | None = None
    moment: MomentFound | None = None
    refused: str = ""


class Pieces:
    """Judges pieces of a study, one after the other.

    Args:
        ground: what is studied.
        site: folder of the site that judges.
        expected: hash that the site has to have; any when "".

    Attributes:
        site: hash of the site.

    Raises:
        StudyError: the site was changed.
    """

    def __init__(self, ground: Ground, site: Path, expected: str = "") -> None:
        self._ground, self._site = ground, site
        releases = SiteReleases(site)
        self._reading: Reading = releases.open()
        releases.close()
        self.site = self._reading[0].hash
        if expected and self.site != expected:
            message = f"{site} was changed since the study began"
            raise StudyError(message)

    def do(self, piece: Piece) -> Done:
        """Do a piece; what keeps it from being done is said in what comes of it."""
        ground = self._ground
        try:
            if piece.part:
                return Done(piece, part=self._good(ground.good_running(piece.part)))
            if piece.pair is not None:
                trial = ground.pair_trial(piece.pair)
                return Done(piece, pair=self._pair(piece.pair, trial))
            if piece.moment:
                return Done(piece, moment=self._moment(ground.moment(piece.moment)))
            assert piece.cell is not None
            found = self._found(piece.cell, ground.trial(piece.cell), piece.rate)
            return Done(piece, found=found)
        except (JudgeError, StudyError) as error:
            return Done(piece, refused=str(error))

    def cost(self, piece: Piece) -> float:
        """Seconds of the processor that a piece takes, by its first updates."""
        start = time.process_time()
        opened, first, updates = start, 0, 0
        detector: Detector
        if piece.part:
            detector = self._ground.good_running(piece.part)
        else:
            assert piece.cell is not None
            detector = self._ground.trial(piece.cell)
        with self._judging(detector) as context:
            for now in detector.steps():
                if now is None:
                    continue
                judge_at(context, now)
                if not updates:  # the first one also opens references
                    opened, first = time.process_time(), detector.elapsed
                updates += 1
                if updates > _PROBED:
                    break
        each = (time.process_time() - opened) / max(detector.elapsed - first, 1)
        return opened - start + each * detector.lumisections

    def _judging(
        self, detector: Detector, reference: str = ""
    ) -> AbstractContextManager[SourceContext]:
        """A detector's source judged by the site; closed at the end."""
        return closing(
            SourceContext(
                detector.source,
                self._site,
                reference,
                self._reading,
                records=self._ground.records,
            )
        )

    def _good(self, running: GoodRunning) -> GoodPart:
        start = time.process_time()
        rang: dict[tuple[str, int], Rang] = {}
        judged = applied = 0
        with self._judging(running) as context:
            for now in running.steps():
                if now is None:
                    continue
                judge_at(context, now)
                for alarm in _alarms(context):
                    note_announcement(rang, alarm, running.elapsed)
                for one in context.judging.plots.values():
                    status = Status.WAITING if one.verdict is None else (
                        one.verdict.status
                    )  # fmt: skip
                    judged += status in JUDGED
                    applied += status not in _NOT_APPLIED
        return GoodPart(
            *(running.run_type, running.hours, running.events, tuple(rang.values())),
            *(judged, applied, time.process_time() - start),
        )

    def _found(self, cell: Cell, trial: Trial, rate: float) -> Found:
        start = time.process_time()
        seen: dict[str, Alarm] = {}
        before: dict[str, int] = {}  # news of alarms that stood at the onset
        own: dict[str, Alarm] = {}
        cleared: set[str] = set()
        after = audible = None
        with self._judging(trial, trial.reference) as context:
            for now in trial.steps():
                if now is None:
                    continue
                judge_at(context, now)
                since = trial.elapsed - trial.onset + 1
                for alarm in _alarms(context):
                    seen[alarm.id] = alarm
                    if since < 1:
                        before[alarm.id] = alarm.news
                        continue
                    if alarm.news <= before.get(alarm.id, 0) or not _is_own(
                        alarm, cell.layout
                    ):
                        continue
                    if alarm.returned is not None and trial.stands:
                        cleared.add(alarm.id)
                    if alarm.wrong:
                        own[alarm.id] = alarm
                        after = after or since
                        if alarm.urgency in AUDIBLE:
                            audible = audible or since
        struck = _extents(trial, self._reading[0], trial.struck())
        right = [region_right(alarm, struck) for alarm in own.values()]
        return Found(
            cell,
            after,
            audible,
            trial.ideal(rate),
            any(right) if own else None,
            len(seen.keys() - before.keys()),
            len(cleared),
            time.process_time() - start,
        )

    def _pair(self, pair: Pair, trial: PairTrial) -> PairFound:
        start = time.process_time()
        before: dict[str, int] = {}
        told: dict[str, Alarm] = {}
        with self._judging(trial) as context:
            for now in trial.steps():
                if now is None:
                    continue
                judge_at(context, now)
                for alarm in _alarms(context):
                    if trial.elapsed < trial.onset:
                        before[alarm.id] = alarm.news
                    elif alarm.wrong and alarm.news > before.get(alarm.id, 0):
                        told[alarm.id] = alarm
        site = self._reading[0]
        struck = [_extents(trial, site, each) for each in trial.struck()]
        seen = [[shows(alarm, each) for each in struck] for alarm in told.values()]
        rows, shown = sum(map(any, seen)), sum(map(any, zip(*seen, strict=True)))
        return PairFound(pair, rows, shown, time.process_time() - start)

    def _moment(self, moment: Moment) -> MomentFound:
        start = time.process_time()
        rang: dict[tuple[str, int], Rang] = {}
        with self._judging(moment) as context:
            for now in moment.steps():
                if now is None:
                    continue
                judge_at(context, now)
                for alarm in _alarms(context):
                    note_announcement(rang, alarm, moment.elapsed)
        told = [each for each in rang.values() if each.elapsed >= moment.onset]
        return MomentFound(
            *(moment.event, moment.run_type, len(told)),
            *(sum(each.audible for each in told), time.process_time() - start),
        )


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
        pairs = ground.pairs(list(self._cells.values()), plan.pairs)
        self._pairs = {each.key: each for each in pairs}
        self._moments = list(ground.moments()) if plan.pairs else []
        if not self._cells:
            there = ", ".join(sorted({each.layout for each in ground.cells()} - {""}))
            message = f"no such fault is tried in these layouts; they are: {there}"
            raise StudyError(message)

    def measure(self) -> Costs:
        """Judge some updates of a part and of a cell: what all that is left costs."""
        parts = [Piece(each) for each in self._parts if each not in self.study.parts]
        cells = [each for each in self._left() if each.cell is not None]
        return Costs(
            len(parts), self._pieces.cost(parts[0]) if parts else 0.0,
            len(cells), self._pieces.cost(cells[0]) if cells else 0.0,
        )  # fmt: skip

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
        parts = [Piece(each) for each in self._parts if each not in self.study.parts]
        total = len(parts) + len(self._left())
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


def note_announcement(
    rang: dict[tuple[str, int], Rang], alarm: Alarm, elapsed: int
) -> None:
    """Note that an alarm is told: once with each news of it, as it is to a shifter.

    Args:
        rang: what was told before, by id and number of the news; is added to.
        alarm: as it stands.
        elapsed: lumisections since the running began.
    """
    before = rang.get((alarm.id, alarm.news))
    audible = alarm.urgency in AUDIBLE
    if before is None or audible > before.audible:
        first = alarm.members[0]
        rang[alarm.id, alarm.news] = Rang(
            layout_of(first.key), elapsed, audible, f"{first.key}: {first.sentence}"
        )


def layout_of(key: str) -> str:
    """The layout of a plot's key, or the subsystem that a key without a plot names."""
    return key.partition(KEY_STEP)[0]


def region_right(alarm: Alarm, struck: Mapping[str, Extent | None]) -> bool:
    """Tell whether an alarm is where the fault is: at least half of its plots are.

    Args:
        alarm: the alarm.
        struck: elements that the fault changes, and where; None where their layout
            does not say what the axes are.
    """
    right = 0
    for one in alarm.members:
        path = one.key.rpartition(KEY_STEP)[2]
        right += path in struck and overlap(one.extent, struck[path])
    return 2 * right >= len(alarm.members)


def shows(alarm: Alarm, struck: Mapping[str, Extent | None]) -> bool:
    """Tell whether a plot of an alarm is where a fault is; see :func:`region_right`."""
    at = ((one.key.rpartition(KEY_STEP)[2], one.extent) for one in alarm.members)
    return any(path in struck and overlap(there, struck[path]) for path, there in at)


def _extents(
    trial: Detector, site: Site, bins: Mapping[str, Array]
) -> dict[str, Extent | None]:
    """Where the elements are struck, as their layouts name it."""
    found: dict[str, Extent | None] = dict.fromkeys(bins)
    run = trial.source.current_run
    for _, _, plot in plots_of(site):
        if not plot.axes or plot.path not in bins:
            continue
        try:
            element = trial.source.element(run, plot.path)
        except (NotInFileError, RootFileError):
            continue
        if isinstance(element, Histogram):
            found[plot.path] = extent_in(plot.axes, element.axes, bins[plot.path])
    return found


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
            *(max(each.rows for each in group), max(each.audible for each in group)),
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


def _is_own(alarm: Alarm, layout: str) -> bool:
    return not layout or any(layout_of(one.key) == layout for one in alarm.members)


def _alarms(context: SourceContext) -> list[Alarm]:
    return [each for each in context.take_facts() if isinstance(each, Alarm)]
