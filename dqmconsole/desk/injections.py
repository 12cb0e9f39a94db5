"""Faults that are put into a recorded good run: what any detector may have.

A dead block, a hot cell, a loss everywhere, a shift along x, a plot that stands still:
into what one plot gained, update by update, in a study from the middle of the record.
"""

from __future__ import annotations

import math
import re
from contextlib import closing
from functools import cached_property
from statistics import median
from typing import TYPE_CHECKING, NamedTuple

import msgspec
import numpy as np

from dqmconsole.desk.ideal_test import (
    PLACES,
    first_found,
    hypotheses,
    is_poisson,
)
from dqmconsole.desk.injection_table import INJECTIONS
from dqmconsole.desk.study_found import Cell
from dqmconsole.desk.study_pieces import StudyError
from dqmconsole.model.sums import statistics
from dqmconsole.recording.run_file import BROKEN_RECORD
from dqmconsole.site.layouts import plots_of
from dqmconsole.sources.recorded_steps import RecordedSteps

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from dqmconsole.model.histogram import Array, Axis
    from dqmconsole.model.site import Site
    from dqmconsole.recording.booking import Booking
    from dqmconsole.recording.packing import Increment

LEAST_UPDATES = 12  # of a record that can be studied
LOOKED_AT_AFTER = 10.0  # s after an update
_FEWEST = 100.0  # counts of a plot that can show anything
_ANGLE = re.compile(r"φ|ϕ|(?<![a-z])i?#?phi", re.IGNORECASE)
_TURNS = (2 * math.pi, 360.0, 72.0, 144.0, 576.0)
"""A full turn: in radians, degrees, towers, and units of the trigger's hardware."""
_CROSSING = re.compile(r"(?<![a-z])(bx|bunch|crossing|orbit)", re.IGNORECASE)
_ORBIT = 3564.0  # bunch crossings of the LHC
_NEARLY = 0.02  # φ is often drawn from -3.2 to 3.2


def injected(
    fault: str,
    size: float,
    place: int,
    usual: Array,
    gained: Array,
    *,
    closed: bool = False,
) -> Array:
    """What a plot would have gained on average, with a fault in it.

    Args:
        fault: a name of ``injection_table.INJECTIONS``.
        size: in its unit.
        place: number of the place.
        usual: what the plot usually gains, flow bins included: it says where bins are
            filled, how much is usual, and how broad it is.
        gained: what it gained, or gains on average; of the same shape.
        closed: x closes on itself, see :func:`closes`.

    Returns:
        float64, of the same shape.
    """
    found: Array = np.array(gained, np.float64)
    inner = (slice(1, -1),) * usual.ndim
    filled = usual[inner]
    rng = np.random.default_rng([place, *fault.encode()])
    match fault:
        case "dead-block":
            found[inner][_block(rng, filled, size / 100)] = 0.0
        case "hot-cell":
            there = np.flatnonzero(filled.ravel() > 0)
            cell = np.unravel_index(int(rng.choice(there)), filled.shape)
            exposure = float(found.sum()) / max(float(usual.sum()), 1e-300)
            level = float(np.median(filled[filled > 0])) * exposure
            found[inner][cell] += size * level
        case "loss" | "frozen":
            found *= 1.0 - size / 100
        case "shift":
            found = _moved(found, _bins_of(size, usual), closed=closed)
    return found


def closes(axis: Axis, title: str = "") -> bool:
    """Tell whether an axis closes on itself: a full turn, or the crossings of an orbit.

    Args:
        axis: of a plot.
        title: of the plot, which says what the axis is where that has no title itself.
    """
    if axis.variable is not None:
        return False
    span, said = axis.high - axis.low, axis.title or title
    if _CROSSING.search(said) and span == _ORBIT:
        return True
    turns = any(abs(span / each - 1) <= _NEARLY for each in _TURNS)
    return turns and _ANGLE.search(said) is not None


def _moved(contents: Array, bins: int, *, closed: bool) -> Array:
    """Contents so many bins further along x.

    What leaves a closed axis at its end comes in at its start. Of any other it goes
    into the overflow, and nothing comes in: what was below the axis stays there.
    """
    inner = contents[1:-1]
    found = contents.copy()
    if closed:
        found[1:-1] = np.roll(inner, bins, axis=0)
        return found
    stays = max(len(inner) - bins, 0)
    found[1:-1] = 0.0
    found[len(inner) + 1 - stays : -1] = inner[:stays]
    found[-1] += inner[stays:].sum(axis=0)
    return found


def _block(rng: np.random.Generator, filled: Array, share: float) -> tuple[slice, ...]:
    """A block of adjacent bins around one that is filled."""
    part = share ** (1 / filled.ndim)
    center = np.unravel_index(
        int(rng.choice(np.flatnonzero(filled.ravel() > 0))), filled.shape
    )
    block = []
    for at, bins in zip(center, filled.shape, strict=True):
        wide = max(round(part * bins), 1)
        first = min(max(int(at) - wide // 2, 0), bins - wide)
        block.append(slice(first, first + wide))
    return tuple(block)


def _bins_of(size: float, usual: Array) -> int:
    """A shift in bins: so many RMS along x, one bin at least."""
    along = usual.reshape(len(usual), -1).sum(axis=1)[1:-1]
    at = np.arange(along.size)
    mean = np.average(at, weights=along)
    rms = math.sqrt(float(np.average((at - mean) ** 2, weights=along)))
    return max(round(size * rms), 1)


def with_fault(
    cell: Cell, usual: Array, booking: Booking, gained: Increment, lumisection: int
) -> Increment:
    """What a plot gained with an update, with a fault in it.

    Args:
        cell: the fault: kind, size, place.
        usual: what the plot usually gains; see :func:`injected`.
        booking: of the plot.
        gained: what it really gained.
        lumisection: with which the update ends; the same one is changed alike.
    """
    before = np.asarray(gained.contents, np.float64)
    closed = closes(booking.axes[0], booking.title)
    means = injected(cell.fault, cell.size, cell.place, usual, before, closed=closed)
    rng = np.random.default_rng([cell.place, lumisection, *cell.fault.encode()])
    contents = means
    if cell.fault == "loss":
        kept = np.clip(before, 0, None).round().astype(np.int64)
        contents = rng.binomial(kept, 1.0 - cell.size / 100).astype(np.float64)
    elif cell.fault == "hot-cell":
        contents = before + rng.poisson(np.clip(means - before, 0, None))
    contents = np.asfortranarray(contents.astype(gained.contents.dtype))
    more = float(contents.sum() - gained.contents.sum())
    change = msgspec.structs.replace(
        gained, contents=contents, entries=max(gained.entries + more, 0.0)
    )
    if gained.sums:
        filled = booking.filled(change, wide=True)
        change = msgspec.structs.replace(change, sums=statistics(filled))
    return change


class PlotThatCounts(NamedTuple):
    """A plot that faults can be put into.

    Attributes:
        path: of its element.
        usual: what it gains for a unit of exposure.
        exposures: of its updates, by lumisection.
        by_events: they are events; else its own entries, for nobody counted events.
        closed: its x closes on itself.
    """

    path: str
    usual: Array
    exposures: dict[int, float]
    by_events: bool = True
    closed: bool = False

    def injected(self, fault: str, size: float, place: int) -> Array:
        """What it would gain for a unit of exposure, with a fault in it.

        Args and returns as of :func:`injected`.
        """
        return injected(fault, size, place, self.usual, self.usual, closed=self.closed)


class RecordedDetector:
    """A recorded run, judged again; with a fault in one plot, if one is given.

    Args:
        path: of the record.
        plot: into which the fault is put, or None.
        cell: the fault, or None.
    """

    run_type = "recorded"
    events: tuple[str, ...] = ()
    reference = ""
    stands = True

    def __init__(
        self, path: Path, plot: PlotThatCounts | None = None, cell: Cell | None = None
    ) -> None:
        self._path, self._plot, self._cell = path, plot, cell
        self.source = RecordedSteps(path, self._changed if cell else None)
        steps = self.source.lumisections
        self._first = steps[0] - 1
        self.onset = steps[len(steps) // 2] - self._first
        self.lumisections = steps[-1] - self._first
        self.elapsed = 0
        self.hours = 0.0

    def steps(self) -> Iterator[float | None]:
        """One update after the other, until the record ends.

        Raises:
            StudyError: the record is damaged.
        """
        began = None
        for lumisection in self.source.lumisections:
            try:
                at = self.source.go_on(lumisection)
            except BROKEN_RECORD as error:
                raise _unreadable(self._path, error) from error
            self.elapsed = lumisection - self._first
            if at is None:
                continue
            began = began or at
            self.hours = max(at - began, 1.0) / 3600
            yield at + LOOKED_AT_AFTER

    def struck(self) -> Mapping[str, Array]:
        """The plot that the fault changes, with its inner bins."""
        assert self._plot is not None
        assert self._cell is not None
        inner = (slice(1, -1),) * self._plot.usual.ndim
        cell = self._cell
        changed = self._plot.injected(cell.fault, cell.size, cell.place)
        differs = ~np.isclose(self._plot.usual, changed, rtol=0.01, atol=0.0)
        return {self._plot.path: np.flatnonzero(differs[inner].ravel())}

    def ideal(self, rate: float) -> int | None:
        """Lumisections from the onset until the ideal test finds it."""
        plot, cell = self._plot, self._cell
        assert plot is not None
        assert cell is not None
        places: dict[bytes, Array] = {}
        for place in (*range(PLACES), cell.place):
            there = plot.injected(cell.fault, cell.size, place)
            places.setdefault(there.tobytes(), there)
        known = hypotheses(plot.usual, places.values())
        updates = self.source.updates(plot.path)
        counts = np.array(
            [
                self.source.increment(plot.path, each).contents.ravel()[known.bins]
                for each in updates
            ]
        )
        exposures = np.array([plot.exposures[each] for each in updates])
        an_hour = len(updates) / max(self.hours, 1e-9)
        since = np.array(updates) - self._first - self.onset + 1
        return first_found(known, counts, exposures, since, rate / an_hour, cell.place)

    def _changed(self, path: str, gained: Increment, lumisection: int) -> Increment:
        plot, cell = self._plot, self._cell
        if plot is None or cell is None or path != plot.path:
            return gained
        if lumisection - self._first < self.onset:
            return gained
        booking = self.source.booking(path)
        assert booking is not None
        return with_fault(cell, plot.usual, booking, gained, lumisection)


class RecordedGround:
    """What is studied of a recorded run.

    Args:
        path: of the record.
        site: the site that judges, read.
        seed: everything random follows from it.
        places: of each fault and size in each layout.
        faults: names of those that are tried; all when empty.

    Raises:
        StudyError: it has too few updates, or no plot that counts, or is damaged; or
            there is no such fault.
        SourceError: it cannot be read, or is no record.
    """

    simulated = False
    more_trials = None  # a fault is put into one plot

    def __init__(
        self,
        path: Path,
        site: Site,
        seed: int,
        places: int,
        faults: tuple[str, ...] = (),
    ) -> None:
        self._path, self._seed, self._places = path, seed, places
        self.records: Path | None = path.parent
        unknown = [each for each in faults if each not in INJECTIONS]
        if unknown:
            there = ", ".join(INJECTIONS)
            message = f"nothing called {unknown[0]!r} is put into records, but {there}"
            raise StudyError(message)
        self._faults = faults or tuple(INJECTIONS)
        self._site = site
        try:
            with closing(RecordedSteps(path)) as source:
                ends = source.lumisections
            plots = self.plots
        except BROKEN_RECORD as error:
            raise _unreadable(path, error) from error
        many = len(ends)
        self.every = round(median(np.diff(ends).tolist())) if many > 1 else 1
        if many < LEAST_UPDATES:
            message = f"{path} has {many} whole updates; {LEAST_UPDATES} are needed"
            raise StudyError(message)
        if not plots:
            message = f"{path}: no plot of the site's layouts counts in it"
            raise StudyError(message)

    @cached_property
    def plots(self) -> dict[str, list[PlotThatCounts]]:
        """The plots of each layout that count."""
        found: dict[str, dict[str, PlotThatCounts]] = {}
        with closing(RecordedSteps(self._path)) as source:
            for layout, _, plot in plots_of(self._site):
                known = found.setdefault(layout.layout, {})
                if plot.accumulates not in (None, "run") or plot.path in known:
                    continue
                counts = plot_that_counts(source, plot.path)
                if counts is not None:
                    known[plot.path] = counts
        return {name: list(plots.values()) for name, plots in found.items() if plots}

    def cells(self) -> list[Cell]:
        """All cells: every fault, layout and size in one place, then in the next."""
        return [
            Cell(fault, layout, size, INJECTIONS[fault].unit, place, "recorded")
            for place in range(self._seed * 1000, self._seed * 1000 + self._places)
            for fault in self._faults
            for layout in self.plots
            for size in INJECTIONS[fault].sizes
        ]

    def parts(self) -> list[str]:
        """The run as it was recorded."""
        return ["recorded"]

    def good_running(self, part: str) -> RecordedDetector:
        """The run as it was recorded."""
        del part
        return RecordedDetector(self._path)

    def trial(self, cell: Cell) -> RecordedDetector:
        """The run with a fault in a plot of the cell's layout."""
        plots = self.plots[cell.layout]
        if cell.fault == "shift":
            plots = [each for each in plots if each.usual.ndim == 1] or plots
        rng = np.random.default_rng([cell.place, *cell.layout.encode()])
        return RecordedDetector(self._path, plots[int(rng.integers(len(plots)))], cell)


def _unreadable(path: Path, error: Exception) -> StudyError:
    return StudyError(f"{path} cannot be read: {error}")


def plot_that_counts(source: RecordedSteps, path: str) -> PlotThatCounts | None:
    """A plot of a recorded run with what it gains, where it counts; else None.

    Raises:
        DamagedRecordError, sqlite3.Error: the record is damaged.
    """
    booking, updates = source.booking(path), source.updates(path)
    if booking is None or len(updates) < LEAST_UPDATES:
        return None
    if not booking.root_class.startswith(("TH1", "TH2")) or booking.efficiency:
        return None
    gained = [source.increment(path, each) for each in updates]
    if any(each.sumw2 is not None for each in gained):
        return None
    counts = np.array([np.asarray(each.contents, np.float64) for each in gained])
    given = [source.events(path, each) for each in updates]
    sums = counts.reshape(len(counts), -1).sum(axis=1)
    if sums.sum() < _FEWEST:
        return None
    exposures = np.array([each or 0.0 for each in given])
    by_events = bool((exposures > 0).all())
    if not by_events:
        exposures = sums
    usual = counts.sum(axis=0) / exposures.sum()
    flat = counts.reshape(len(counts), -1)
    if not is_poisson(usual.ravel(), flat, exposures):
        return None
    inner = (slice(1, -1),) * usual.ndim
    if not usual[inner].any():
        return None
    by_update = dict(zip(updates, exposures.tolist(), strict=True))
    closed = closes(booking.axes[0], booking.title)
    return PlotThatCounts(path, usual, by_update, by_events, closed)
