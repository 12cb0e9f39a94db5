"""The simulated detector as the detection study has it: good running, and faults."""

from __future__ import annotations

import math
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

import msgspec
import numpy as np

from dqmconsole.desk.ideal_test import (
    PLACES,
    best_plot,
    first_found,
    hypotheses,
    is_poisson,
)
from dqmconsole.desk.study import PART
from dqmconsole.desk.study_found import SHIFT, Cell, Pair
from dqmconsole.simulation.expected import ExpectedIncrements, exposure_of
from dqmconsole.simulation.simulation import Simulation
from dqmconsole.simulation.source import SteppedDetector
from dqmconsole.simulation.state.beam import LUMISECTION_SECONDS, RUN_TYPES
from dqmconsole.simulation.table.cause import CauseError
from dqmconsole.simulation.table.causes import TABLE, find
from dqmconsole.simulation.table.cells import cells, struck
from dqmconsole.simulation.table.held_out import HELD_OUT, HELD_OUT_PER_SHIFT
from dqmconsole.site.site import bundled_site

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping, Sequence

    from dqmconsole.model.histogram import Array
    from dqmconsole.simulation.client import SubsystemClient
    from dqmconsole.simulation.state.beam import RunType
    from dqmconsole.simulation.state.detector import DetectorState
    from dqmconsole.simulation.table.cause import Cause

PER_HOUR = 3600 / LUMISECTION_SECONDS
FILL = 12.0  # h, over which the parts are spread

RUN_LENGTHS = ((0.0, 1.0), (0.5, 65.0), (0.9, 526.0), (1.0, 2391.0))
"""Share of 742 real runs that have no more lumisections than that."""
LATE = 0.25  # share of the clients whose files come after those of others
MOST_STEPS = 10  # of the prescale column in a run
COLUMNS = 4

PER_SHIFT = {
    "daq-pause": 2.0,
    "lumi-drop": 1.0,
    "client-restart": 1.0,
    "emittance-scan": 0.5,
    "late-snapshots": 0.5,
    "not-stable": 0.3,
    "hv-on": 0.3,
    "subsystem-out": 0.3,
    "field-off": 0.1,
    # runs end, and the column moves, as the real runs have it
    "stop-start": 0.0,
    "short-run": 0.0,
    "prescale": 0.0,
    **HELD_OUT_PER_SHIFT,
}
"""Harmless events in eight hours."""
USUAL = 0.5  # of any other

ONSET, AFTER = 20, 30  # lumisections: of a fault, and those looked at from then on
_UNTIL = ONSET + AFTER - 1  # the last lumisection of a trial
TRIALS = 50  # of each fault that is held out, at least
_TRIED: RunType = "collisions"  # faults are tried in these runs
_TRIED_IN: Mapping[str, RunType] = {"Castor": "heavy-ions"}  # it is read in no others
BESIDE = {"Info", "FED", "L1T", "HLT"}  # judged with the subsystem that is struck
SCATTER = 40  # lumisections of good running that show which plots count
_ALIKE = 9  # places after which a fault that had only one is taken to be everywhere
TEN_MINUTES = 26  # lumisections
MOMENTS = {"beam-dump": 1.0, "hv-trip": 16.0, "stop-start": 45.0, "daq-pause": 20.0}
"""What everybody sees, and its size."""
TRIPS = ("SiStrip", "PixelPhase1", "Ecal", "DT")  # where the high voltage trips
CHANGED = 0.01  # of a bin's content, from which on it is struck


class SimulatedPart(SteppedDetector):
    """A part of good running, with harmless events; of each update some files are late.

    Args:
        run_type: of its runs.
        seed: everything random follows from it.
        hours: how long it lasts.
        every: lumisections between two updates.
        first: lumisection of the fill in which it begins.
        table: whose harmless events come.
        layouts: of the subsystems that are simulated, with those judged beside them;
            all when empty.
    """

    def __init__(
        self,
        run_type: RunType,
        seed: int,
        hours: float,
        every: int,
        first: int,
        table: Sequence[Cause] = TABLE,
        layouts: Collection[str] = (),
    ) -> None:
        self.run_type, self.hours = run_type, hours
        self._rng = np.random.default_rng([seed, 0x600D])
        causes = harmless_events(self._rng, hours, table)
        only = {*layouts, *BESIDE} if layouts else None
        causes = [
            each
            for each in causes
            if only is None or not each.target or each.target in only
        ]
        self.events = tuple(sorted(each.name for each in causes))
        simulation = Simulation(run_type, seed, causes, only=only, tested=False)
        simulation.state.beam.age = first
        self._moves: set[int] = set()
        lumisections = max(round(hours * PER_HOUR), 1)
        super().__init__(
            simulation, every, self._next_run, lumisections, self._late_clients
        )

    def steps(self) -> Iterator[float | None]:
        """One lumisection after the other, until it ends."""
        state = self.simulation.state
        for now in super().steps():
            yield now
            if state.lumisection in self._moves and self.run_type == "collisions":
                state.trigger.usual_column = int(self._rng.integers(COLUMNS))

    def _late_clients(self) -> set[str]:
        names = [*self.simulation.clients]
        late = self._rng.random(len(names)) < LATE
        return {name for name, each in zip(names, late.tolist(), strict=True) if each}

    def _next_run(self) -> int:
        length = run_length(float(self._rng.random()))
        most = min(MOST_STEPS, length // 20)
        many = int(self._rng.integers(most + 1))
        self._moves = set(self._rng.integers(1, length + 1, many).tolist())
        return length


def run_length(share: float) -> int:
    """Lumisections that a share of the real runs does not exceed; from 1."""
    shares, lengths = zip(*RUN_LENGTHS, strict=True)
    return round(math.exp(float(np.interp(share, shares, np.log(lengths)))))


def harmless_events(
    rng: np.random.Generator, hours: float, table: Sequence[Cause] = TABLE
) -> list[Cause]:
    """Harmless events of a table as they come in some hours, each at its own time."""
    found: list[Cause] = []
    length = round(hours * PER_HOUR)
    for cause in table:
        if cause.kind != "harmless":
            continue
        many = int(rng.poisson(PER_SHIFT.get(cause.name, USUAL) * hours / SHIFT))
        if cause.before:
            many = min(many, 1)
        for _ in range(many):
            onset = cause.onset
            lasts = cause.duration
            if not cause.before:
                onset = int(rng.integers(2, max(length, 3)))
                lasts = lasts or int(rng.integers(10, 100))
            target = ""
            if cause.targets:
                target = cause.targets[int(rng.integers(len(cause.targets)))]
            found.append(
                msgspec.structs.replace(
                    cause, onset=onset, duration=lasts, target=target
                )
            )
    return found


class SimulatedTrial(SteppedDetector):
    """A run in which a fault happens, of one subsystem and what stands beside it.

    Args:
        cell: the fault.
        cause: it, aimed, of its size and in its place.
        seed: of the run.
        every: lumisections between two updates.
    """

    def __init__(self, cell: Cell, cause: Cause, seed: int, every: int) -> None:
        self.onset = ONSET
        self.reference = ""
        self._cell, self._seed = cell, seed
        self._cause = _begins_at(ONSET, cause)
        self._run_type = _run_type(cell.run_type)
        causes: tuple[Cause, ...] = (self._cause,)
        if cause.acts_on == "session":
            other: RunType = "cosmics" if self._run_type != "cosmics" else "collisions"
            folder = bundled_site() / "layouts" / "references"
            self.reference, causes = str(folder / f"{other}.root"), ()
            self.onset = 1
        only = {cause.target, *BESIDE} if cause.target else None
        super().__init__(
            Simulation(self._run_type, seed, causes, only=only, tested=False),
            every,
            lumisections=_UNTIL,
        )
        self._ideal: Ideal | None = None
        if cause.acts_on == "state" and cause.target:
            ideal = Ideal(self._cause, self._run_type)
            self._ideal = ideal if ideal.shows else None

    @property
    def stands(self) -> bool:
        """The fault acts in the lumisection at hand."""
        if self._cause.acts_on == "session":
            return True
        return self.elapsed >= self.onset and self._cause.strength(self.elapsed) > 0

    def steps(self) -> Iterator[float | None]:
        """One lumisection after the other, until it ends."""
        for now in super().steps():
            if self._ideal is not None:
                client = self.simulation.clients[self._cell.layout]
                self._ideal.note(client, self.simulation.state)
            yield now

    def struck(self) -> Mapping[str, Array]:
        """The elements that the fault changes, with their inner bins.

        Of its subsystem and those beside it. Where no histogram is changed (a client
        stands still, a reference is wrong), all of them are, and the client.
        """
        top = self._cell.layout
        if self._cause.acts_on != "state" or not top:
            paths = [each for each in self.source.paths() if each.startswith(top)]
            return dict.fromkeys([top, *paths], np.zeros(0, np.int64))
        return struck_bins(self._cause, self._run_type)

    def ideal(self, rate: float) -> int | None:
        """Lumisections from the onset until the ideal test finds it.

        A client that stands still and a wrong reference are known at once.
        """
        if self._ideal is None:
            return None if self._cause.acts_on == "state" else 1
        return self._ideal.found(rate / PER_HOUR, self._seed)


def struck_bins(
    cause: Cause, run_type: RunType, others: Sequence[Cause] = ()
) -> dict[str, Array]:
    """The elements that a cause changes, with their inner bins.

    Args:
        cause: aimed.
        run_type: of the run.
        others: causes that act all the time.
    """
    targets = {cause.target, *(each.target for each in others), *BESIDE}
    expected = _expected(run_type, tuple(sorted(targets)))
    usual, changed = expected.gained(*others), expected.gained(*others, cause)
    found = {}
    for path, each in usual.items():
        inner = (slice(1, -1),) * each.ndim
        one, other = each[inner].ravel(), changed[path][inner].ravel()
        differs = np.abs(other - one) > CHANGED * np.maximum(abs(one), abs(other))
        if differs.any():
            found[path] = np.flatnonzero(differs)
    return found


@lru_cache(maxsize=8)
def _expected(run_type: RunType, subsystems: tuple[str, ...]) -> ExpectedIncrements:
    return ExpectedIncrements(run_type, subsystems, ONSET)


def _begins_at(onset: int, cause: Cause) -> Cause:
    """A cause that acts from a lumisection on; where it begins with a run, one does."""
    last_before = onset - 1 if cause.from_run else onset
    return msgspec.structs.replace(cause, onset=last_before)


class SimulatedPair(SteppedDetector):
    """A run in which two faults begin together.

    Args:
        causes: aimed, of their sizes and in their places.
        run_type: of the run.
        seed: of it.
        every: lumisections between two updates.
    """

    def __init__(
        self, causes: Sequence[Cause], run_type: RunType, seed: int, every: int
    ) -> None:
        self.onset = ONSET
        self._run_type = run_type
        self._causes = [_begins_at(ONSET, cause) for cause in causes]
        only = {*(cause.target for cause in causes), *BESIDE}
        simulation = Simulation(run_type, seed, self._causes, only=only, tested=False)
        super().__init__(simulation, every, lumisections=_UNTIL)

    def struck(self) -> list[dict[str, Array]]:
        """The elements that each fault changes beside the other, with inner bins."""
        one, other = self._causes
        return [
            struck_bins(one, self._run_type, [other]),
            struck_bins(other, self._run_type, [one]),
        ]


class SimulatedMoment(SteppedDetector):
    """A run in which something happens that everybody sees, and ten minutes of it.

    Args:
        cause: aimed.
        run_type: of the run.
        seed: of the run.
        every: lumisections between two updates.
    """

    def __init__(self, cause: Cause, run_type: RunType, seed: int, every: int) -> None:
        self.event, self.run_type = cause.name, run_type
        self.onset = ONSET
        cause = msgspec.structs.replace(cause, onset=ONSET)
        simulation = Simulation(run_type, seed, [cause], tested=False)
        super().__init__(simulation, every, lumisections=ONSET + TEN_MINUTES)


class Place(NamedTuple):
    """What the plot that shows a fault best gains, where the fault is in one place."""

    path: str
    gained: Array


class Counted:
    """The plots of a subsystem that count, as the ideal test needs them.

    Args:
        run_type: of the run.
        subsystem: its name.

    Attributes:
        expected: what its elements gain on average.
        usual: the same of those that count, for a unit of exposure.
    """

    def __init__(self, run_type: RunType, subsystem: str) -> None:
        self.expected = ExpectedIncrements(run_type, [subsystem], ONSET)
        usual = self.expected.gained()
        paths = [
            path
            for path, each in self.expected.elements.items()
            if not each.element.is_profile and each.element.accumulates == "run"
        ]
        simulation = Simulation(run_type, 1, only={subsystem})
        simulation.state.beam.age = ONSET
        client = simulation.clients[subsystem]
        before = {path: client.book[path].contents.copy() for path in paths}
        gained: dict[str, list[Array]] = {path: [] for path in paths}
        exposures = []
        for _ in range(SCATTER):
            simulation.step()
            exposures.append(exposure_of(client, simulation.state))
            for path in paths:
                contents = client.book[path].contents.copy()
                gained[path].append((contents - before[path]).ravel())
                before[path] = contents
        known = np.array(exposures)
        self.usual = {
            path: usual[path]
            for path in paths
            if is_poisson(usual[path].ravel(), np.array(gained[path]), known)
        }

    def place(self, cause: Cause) -> Place | None:
        """What shows a fault, in its place; None where no plot does."""
        changed = self.expected.gained(cause)
        path = best_plot(self.usual, changed)
        return None if path is None else Place(path, changed[path])


@lru_cache(maxsize=24)
def counted_of(run_type: RunType, subsystem: str) -> Counted:
    """The plots of a subsystem that count."""
    return Counted(run_type, subsystem)


@lru_cache(maxsize=8)
def places_of(cause: Cause, run_type: RunType) -> tuple[Place, ...]:
    """Places where a fault may be.

    Args:
        cause: aimed, of its size; its place does not count.
        run_type: of the run.
    """
    counted = counted_of(run_type, cause.target)
    found: dict[bytes, Place] = {}
    for number in range(PLACES):
        place = counted.place(msgspec.structs.replace(cause, place=number))
        if place is not None:
            found.setdefault(place.gained.tobytes(), place)
        if number == _ALIKE and len(found) <= 1:
            break  # it is everywhere
    return tuple(found.values())


class Ideal:
    """The ideal test of one trial.

    Args:
        cause: aimed, of its size and in its place.
        run_type: of the run.
    """

    def __init__(self, cause: Cause, run_type: RunType) -> None:
        counted = counted_of(run_type, cause.target)
        places = places_of(msgspec.structs.replace(cause, place=None), run_type)
        self.counted = counted
        self.paths = sorted({each.path for each in places})
        usual = [counted.usual[path].ravel() for path in self.paths]
        changed = [
            np.concatenate(
                [
                    each.gained.ravel() if path == each.path else known
                    for path, known in zip(self.paths, usual, strict=True)
                ]
            )
            for each in places
        ]
        self.shows = bool(places)
        if places:
            self._known = hypotheses(np.concatenate(usual), changed)
        self._before: Array | None = None
        self._counts: list[Array] = []
        self._exposures: list[float] = []

    def note(self, client: SubsystemClient, state: DetectorState) -> None:
        """Take in a lumisection."""
        contents = [client.book[path].contents.ravel() for path in self.paths]
        now = np.concatenate(contents)[self._known.bins]
        before = self._before
        if before is None or state.lumisection == 1:  # of a run
            before = np.zeros_like(now)
        self._before = now
        self._counts.append(now - before)
        self._exposures.append(exposure_of(client, state))

    def found(self, rate: float, seed: int) -> int | None:
        """Lumisections from the onset until it finds the fault; None: it does not.

        Args:
            rate: false alarms it may raise in a lumisection.
            seed: of the good running on which the threshold is counted.
        """
        counts, exposures = np.array(self._counts), np.array(self._exposures)
        since = np.arange(1, len(counts) + 1) - ONSET + 1
        return first_found(self._known, counts, exposures, since, rate, seed)


class SimulatedGround:
    """What is studied of the simulated detector.

    Its clients make no quality tests of their own: no verdict of a site asks for them.

    Args:
        seed: everything random follows from it.
        hours: of good running, of each run type.
        every: lumisections between two updates.
        places: of each fault and size.
        faults: names of those that are tried; all when empty.
        held_out: faults and harmless events are those that nothing is tuned on.
        part: hours of good running that are judged together.
        layouts: of the subsystems whose good running is simulated; all when empty.

    Raises:
        CauseError: there is no fault of a name.
    """

    simulated = True
    records = None

    def __init__(
        self,
        seed: int,
        hours: float,
        every: int,
        places: int,
        faults: Sequence[str] = (),
        *,
        held_out: bool = False,
        part: float = PART,
        layouts: Sequence[str] = (),
    ) -> None:
        self._seed, self._hours, self.every = seed, hours, every
        self._part, self._layouts = part, layouts
        self._places, self._held_out = places, held_out
        self._table = HELD_OUT if held_out else TABLE
        chosen = [self._find(each) for each in faults] or self._table
        self._faults = [each.name for each in chosen if each.kind == "fault"]
        for each in chosen if faults else ():
            if each.kind != "fault":
                message = f"{each.name} is no fault"
                raise CauseError(message)

    @property
    def more_trials(self) -> SimulatedGround:
        """Pairs and moments are its own, too."""
        return self

    def _find(self, name: str) -> Cause:
        return find(name, self._table)

    def cells(self) -> list[Cell]:
        """All cells: every fault, layout and size in one place, then in the next.

        Those of a place are mixed, so that a study that is stopped early has some of
        each fault.
        """
        if self._held_out:
            found = self._held_out_cells()
        else:
            found = [
                Cell(
                    *(one.fault, one.subsystem, one.size, one.cause.unit, one.place),
                    each,
                )
                for each in dict.fromkeys((_TRIED, *_TRIED_IN.values()))
                for one in cells(each, self._places, self._faults)
                if each == _TRIED_IN.get(one.subsystem, _TRIED)
            ]
        found += [
            Cell(each.name, "", each.size, each.unit, place, _TRIED)
            for place in range(self._places)
            for each in map(self._find, self._faults)
            if each.acts_on == "session"
        ]
        mixed = np.random.default_rng(self._seed).permutation(len(found)).tolist()
        return sorted((found[at] for at in mixed), key=lambda one: one.place)

    def _held_out_cells(self) -> list[Cell]:
        """Every size in every layout, in so many places that each fault has enough."""
        found = []
        for each in map(self._find, self._faults):
            one = [(to, size) for to in each.targets for size in each.sizes]
            places = max(self._places, math.ceil(TRIALS / len(one)))
            found += [
                Cell(each.name, to, size, each.unit, place, _TRIED)
                for place in range(places)
                for to, size in one
            ]
        return found

    def parts(self) -> list[str]:
        """Parts of good running, one run type after the other."""
        many = math.ceil(self._hours / self._part)
        return [f"{each} {part}" for part in range(many) for each in RUN_TYPES]

    def good_running(self, part: str) -> SimulatedPart:
        """A part of good running."""
        name, _, number = part.partition(" ")
        run_type, at = _run_type(name), int(number)
        hours = min(self._part, self._hours - at * self._part)
        first = round(at * self._part % FILL * PER_HOUR)
        seed = self._seed * 1000 + at
        return SimulatedPart(
            *(run_type, seed, hours, self.every, first, self._table, self._layouts)
        )

    def trial(self, cell: Cell) -> SimulatedTrial:
        """The run of a cell."""
        cause = self._cause(cell)
        seed = self._seed * 1000 + 500 + cell.place
        return SimulatedTrial(cell, cause, seed, self.every)

    def _cause(self, cell: Cell) -> Cause:
        place = cell.place if cell.layout else None
        return msgspec.structs.replace(
            self._find(cell.fault), target=cell.layout, size=cell.size, place=place
        )

    def pairs(self, cells: Sequence[Cell], many: int) -> list[Pair]:
        """Pairs of the largest faults, across subsystems and within one in turn.

        Those of one subsystem do not have the same channels, unless they are wrong in
        different ways, and neither hides the other.
        """
        rng = np.random.default_rng([self._seed, 0x2])
        causes = [
            each for each in map(self._find, self._faults) if each.acts_on == "state"
        ]
        largest = {each.name: max(each.sizes) for each in causes}
        there = [
            one for one in cells if one.layout and one.size == largest.get(one.fault)
        ]
        single = len({one.layout for one in there}) == 1
        found: dict[str, Pair] = {}
        for _ in range(100 * many):
            if len(found) == many or len(there) < 2:
                break
            first, second = rng.choice(len(there), 2, replace=False).tolist()
            one, other = there[first], there[second]
            within = one.layout == other.layout
            if one.fault == other.fault or one.run_type != other.run_type:
                continue
            if within != (single or len(found) % 2 == 1):
                continue
            pair = Pair(one, other)
            if not (within and self._covered(one, other)):
                found.setdefault(pair.key, pair)
        return list(found.values())

    def _covered(self, one: Cell, other: Cell) -> bool:
        """Two faults are wrong in the same channels in one way, or one hides one."""
        first, second = self._cause(one), self._cause(other)
        if first.shows == second.shows and (struck(first) & struck(second)).any():
            return True
        run_type = _run_type(one.run_type)
        pairs = ((first, second), (second, first))
        return not all(struck_bins(each, run_type, [beside]) for each, beside in pairs)

    def pair_trial(self, pair: Pair) -> SimulatedPair:
        """The run of a pair."""
        causes = [self._cause(each) for each in (pair.one, pair.other)]
        seed = self._seed * 1000 + 700 + pair.one.place
        return SimulatedPair(causes, _run_type(pair.one.run_type), seed, self.every)

    def moments(self) -> list[str]:
        """Each event in each type of run that has it, so often as there are places."""
        return [
            f"{name} {run_type} {place}"
            for place in range(self._places)
            for name in MOMENTS
            for run_type in RUN_TYPES
            if name != "beam-dump" or run_type != "cosmics"
        ]

    def moment(self, name: str) -> SimulatedMoment:
        """The run of such an event."""
        event, run_type, number = name.split(" ")
        place = int(number)
        target = TRIPS[place % len(TRIPS)] if event == "hv-trip" else ""
        cause = msgspec.structs.replace(
            find(event), target=target, place=place, size=MOMENTS[event]
        )
        seed = self._seed * 1000 + 800 + place
        return SimulatedMoment(cause, _run_type(run_type), seed, self.every)


def _run_type(name: str) -> RunType:
    return next(each for each in RUN_TYPES if each == name)
