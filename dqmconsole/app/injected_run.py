"""``python -m dqmconsole.app.injected_run``: a recorded run, played with faults in it.

It writes the run as a DQM file into a folder, update by update, and ends when the other
end of its standard input closes. The n-th update that is played is lumisection n, and
takes as long as one: whoever learns need not wait for the minutes between two updates.
"""

from __future__ import annotations

import argparse
import logging
import os
import sys
import time
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec
import numpy as np

from dqmconsole.desk.injection_table import InjectionError, parse_injection
from dqmconsole.desk.injections import plot_that_counts, with_fault
from dqmconsole.desk.study_found import Cell
from dqmconsole.link.lifeline import told_words, wake_when_parent_dies
from dqmconsole.model.escape import escape_tracebacks, escaped, log_to_stderr
from dqmconsole.model.graph import Graph
from dqmconsole.model.histogram import Histogram, Scalar
from dqmconsole.model.site import LUMISECTION
from dqmconsole.model.sums import statistics, with_arrays
from dqmconsole.model.trend import is_against_lumisection
from dqmconsole.recording.run_file import BROKEN_RECORD
from dqmconsole.rootio.encode import UnwritableError
from dqmconsole.rootio.errors import NotInFileError
from dqmconsole.rootio.write import root_bytes
from dqmconsole.simulation.run import SimulationClock, Stop
from dqmconsole.simulation.state.beam import LUMISECTION_SECONDS
from dqmconsole.site.site import read_settings_of
from dqmconsole.sources.recorded import RECORDED, recorded_path
from dqmconsole.sources.recorded_steps import RecordedSteps
from dqmconsole.sources.source import SourceError
from dqmconsole.whole_file import replacing

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from dqmconsole.desk.injection_table import Injected
    from dqmconsole.desk.injections import PlotThatCounts
    from dqmconsole.model.graph import Element
    from dqmconsole.model.histogram import Array
    from dqmconsole.model.site import ConditionPaths
    from dqmconsole.recording.packing import Increment
    from dqmconsole.rootio.write import Element as Writable

PLACES = 8
"""Places where a fault may be: ``training inject`` sees to it that it shows in each."""
STANDING = (
    *("run_type", "fill", "beam_mode", "beam_energy", "luminosity", "integrated"),
    *("pileup", "magnet", "daq_state", "dead_time"),
)
"""Conditions that are written as they were at the end of the recorded run."""
_log = logging.getLogger(__name__)


class InjectedRunError(Exception):
    """A run that cannot be played as it was asked for; the message says why."""


class PlayedSteps(RecordedSteps):
    """The updates of a recorded run as lumisections from 1 on, as the header has them.

    So are the axes that the file itself calls lumisections, where each update is one:
    where one is of several, or is missing, they stay as they were recorded.

    Args:
        path: of the record.
        change: as :class:`RecordedSteps` has it.
        word: what the site calls a lumisection.
    """

    def __init__(
        self,
        path: Path,
        change: Callable[[str, Increment, int], Increment] | None = None,
        word: str = LUMISECTION,
    ) -> None:
        super().__init__(path, change)
        self._word = word

    def element(self, run: int, path: str) -> Element:
        """One element as it stands now; see :class:`Source`."""
        found = super().element(run, path)
        first, last = self.lumisections[0], self.lumisections[-1]
        if last - first + 1 != len(self.lumisections):
            return found
        return earlier(found, first - 1, self._word)


class InjectedRun:
    """A recorded run with faults in it, update by update, as a file of elements.

    Args:
        path: of the record.
        conditions: where the site's files say what the conditions are.
        faults: what is put into it.
        place: number of the place of the faults.
        steps: makes the source of its updates.
        word: what the site calls a lumisection.

    Attributes:
        source: its elements as they stand after the last update that was played.

    Raises:
        InjectedRunError: a fault is for a plot that is not in the run, or does not
            count; or the run has no update.
        SourceError: it cannot be read, or is no record.
        DamagedRecordError, sqlite3.Error: the record is damaged.
    """

    def __init__(
        self,
        path: Path,
        conditions: ConditionPaths,
        faults: Sequence[Injected] = (),
        place: int = 0,
        steps: type[PlayedSteps] = PlayedSteps,
        word: str = LUMISECTION,
    ) -> None:
        self._faults, self._place = faults, place
        self._conditions = conditions
        self._plots: dict[str, PlotThatCounts] = {}
        with closing(RecordedSteps(path)) as source:
            for each in faults:
                found = plot_that_counts(source, each.path)
                if found is None:
                    message = f"{each.path} does not count in {path}: no {each.fault}"
                    raise InjectedRunError(message)
                self._plots[each.path] = found
        self.source = steps(path, self._changed if faults else None, word)
        self._update = 0
        self._events: dict[str, float] = {}
        self._left_out: set[str] = set()
        if not self.source.lumisections:
            message = f"{path} has no whole update"
            raise InjectedRunError(message)

    @property
    def run(self) -> int:
        """Its number."""
        return self.source.current_run

    @property
    def updates(self) -> int:
        """How many it has."""
        return len(self.source.lumisections)

    @property
    def update(self) -> int:
        """The number of the last one that was played; 0 before the first."""
        return self._update

    @property
    def lumisections(self) -> tuple[int, ...]:
        """What was played: lumisections of the record, with which updates end."""
        return self.source.lumisections[: self._update]

    def pass_over(self, many: int) -> None:
        """Leave out so many updates before the first, as if the run began there."""
        self.source.lumisections = self.source.lumisections[many:]

    def go_on(self) -> None:
        """Play the next update."""
        self._update += 1
        self.source.go_on(self.source.lumisections[self._update - 1])
        for each in self.source.clients(0.0):
            if each.events is not None:
                self._events[each.subsystem] = float(each.events)

    def write(
        self,
        folder: Path,
        started: float,
        *,
        written: float | None = None,
        final: bool = False,
    ) -> Path:
        """Write a snapshot of what was played; the one before stays.

        Args:
            folder: where.
            started: unix time of the run's start, s.
            written: when it is said to be written, unix time, s; now when None.
            final: nothing follows.

        Raises:
            OSError: the disk refuses.
        """
        name = f"DQM_V0001_R{self.run:09d}.root"
        if not final:
            name += f".ls{self._update:08d}_hostrecorded_pid00000001"
        path = folder / name
        elements = self._elements(started, written)
        try:
            data = root_bytes(_in_folders(elements), name=name)
        except UnwritableError:
            for at, element in tuple(elements.items()):
                try:
                    root_bytes({"": [element]}, compression="none")
                except UnwritableError as error:
                    del elements[at]
                    self._left_out.add(at)
                    _log.warning("%s is left out: %s", at, error)
            data = root_bytes(_in_folders(elements), name=name)
        with replacing(path) as part:
            part.write_bytes(data)
            if written is not None:
                os.utime(part, (written, written))
        return path

    def close(self) -> None:
        """Close the record."""
        self.source.close()

    # -- inside ------------------------------------------------------------------------

    def _elements(self, started: float, written: float | None) -> dict[str, Writable]:
        """Every element that can be written, by path, under the name of its path."""
        found: dict[str, Writable] = {**self._kept_conditions(started, written)}
        for path in (each.path for each in self.source.entries(self.run)):
            if path in self._left_out:
                continue
            try:
                element = self.source.element(self.run, path)
            except NotInFileError:  # it has gained nothing yet
                continue
            if not isinstance(element, Histogram | Graph | Scalar):
                self._left_out.add(path)
                _log.warning("%s is left out: it cannot be written", path)
                continue
            name = path.rpartition("/")[2]
            value = self._condition(path, started, written)
            if isinstance(element, Scalar) and value is not None:
                found[path] = Scalar(name, value)
            else:
                found[path] = msgspec.structs.replace(element, name=name)
        return found

    def _kept_conditions(
        self, started: float, written: float | None
    ) -> dict[str, Scalar]:
        """The conditions that are no elements of the record, by path.

        Consoles record the plots of their layouts; conditions are kept beside them.
        """
        found: dict[str, Scalar] = {}
        kept = self.source.conditions()
        said: dict[str, str | int | float | None] = {
            each: getattr(kept, each) for each in STANDING
        }
        for name, value in said.items():
            path = getattr(self._conditions, name)
            if path and value is not None:
                found[path] = Scalar(path.rpartition("/")[2], value)
        subsystems = {each.subsystem for each in self.source.clients(0.0)}
        for name in ("timestamp", "started", "lumisection", "events"):
            path = getattr(self._conditions, name)
            own = {path.replace("{subsystem}", each) for each in subsystems}
            for each in own - {""}:
                value = self._condition(each, started, written)
                if value is not None:
                    found[each] = Scalar(each.rpartition("/")[2], value)
        return found

    def _condition(
        self, path: str, started: float, written: float | None
    ) -> float | None:
        """What a scalar says of a run that goes on now; None of one that stays."""
        subsystem = path.partition("/")[0]
        paths = self._conditions

        def stands(at: str) -> bool:
            at = at.replace("{subsystem}", subsystem)
            return bool(at) and path in {at, f"{subsystem}/{at}"}

        if stands(paths.timestamp):
            return time.time() if written is None else written
        if stands(paths.started):
            return started
        if stands(paths.lumisection):
            return self._update
        if stands(paths.events):
            # of all clients together where one number stands for all of them
            own = self._events.get(subsystem)
            events = own if own is not None else max(self._events.values(), default=0.0)
            return round(events)
        return None

    def _changed(self, path: str, gained: Increment, lumisection: int) -> Increment:
        for each in self._faults:
            if each.path != path or self._update < each.update:
                continue
            booking = self.source.booking(path)
            assert booking is not None
            place = self._place if each.place is None else each.place
            cell = Cell(each.fault, "", each.size, "", place, "recorded")
            usual = self._plots[path].usual
            gained = with_fault(cell, usual, booking, gained, lumisection)
        return gained


def earlier(element: Element, lumisections: int, word: str) -> Element:
    """A histogram against lumisection as if it had begun so many later.

    Args:
        element: any; what is not against lumisection stays as it is.
        lumisections: the first so many are left out.
        word: what the site calls a lumisection.
    """
    if not isinstance(element, Histogram):
        return element
    axis = element.axes[0]
    called = word.casefold() in axis.title.casefold().split()
    if axis.variable is not None or not (called or is_against_lumisection(axis)):
        return element
    bins = lumisections * axis.bins / (axis.high - axis.low)
    if not (bins.is_integer() and 0 < bins < axis.bins):
        return element

    def moved(array: Array) -> Array:
        found = np.zeros_like(array)
        found[0], found[-1] = array[0], array[-1]
        stays = array[1 + int(bins) : -1]
        found[1 : 1 + len(stays)] = stays
        return found

    found = with_arrays(element, moved)
    return msgspec.structs.replace(found, sums=statistics(found) if found.sums else ())


def _in_folders(elements: Mapping[str, Writable]) -> dict[str, list[Writable]]:
    folders: dict[str, list[Writable]] = {}
    for path, element in elements.items():
        folders.setdefault(path.rpartition("/")[0], []).append(element)
    return folders


def parser() -> argparse.ArgumentParser:
    """The command line."""
    found = argparse.ArgumentParser(prog="python -m dqmconsole.app.injected_run")
    add = found.add_argument
    add("--folder", type=Path, required=True, help="where the files go")
    add("--untold", action="store_true", help="further words come on standard input")
    add("--record", default="", help="FOLDER/RUN, or the file of the record")
    add("--site", type=Path, help="whose conditions are written as of now")
    cause = "NAME:PATH[@UPDATE][*SIZE][#PLACE]"
    add("--cause", action="append", default=[], metavar=cause)
    follows = "the place of the faults follows from it, and the stretch of --whole"
    add("--seed", type=int, default=1, help=follows)
    add("--speed", type=float, default=1.0, help="seconds of the detector per second")
    add("--ahead", type=int, default=0, help="updates that are over at the start")
    add("--whole", type=int, default=0, help="write a stretch of N, and end")
    return found


def stretch_start(seed: int, updates: int, shown: int) -> int:
    """How many updates of a run stand before the stretch of it that is shown.

    Of one run every stretch is as likely: pages of it are not all the same picture.

    Args:
        seed: it follows from it.
        updates: of the run.
        shown: of them.
    """
    return (seed // PLACES) % max(updates - shown + 1, 1)


def write_whole(run: InjectedRun, folder: Path, updates: int) -> None:
    """Write what is there after so many updates, as if all of them were over.

    Raises:
        OSError: the disk refuses.
    """
    started = time.time() - updates * LUMISECTION_SECONDS
    while run.update < min(updates, run.updates):
        run.go_on()
    run.write(folder, started)
    # nothing newer comes of a whole run: what is found in it need not be seen twice
    run.write(folder, started, final=True)


def play(run: InjectedRun, given: argparse.Namespace, clock: SimulationClock) -> None:
    """Write the run until it is over, or somebody ends it.

    Raises:
        Stop: somebody asked to end.
        OSError: the disk refuses.
    """
    period = LUMISECTION_SECONDS / given.speed
    ahead = min(max(given.ahead, 1), run.updates)
    started = time.time() - ahead * period
    before: list[Path] = []
    ends = time.monotonic()
    while run.update < run.updates:
        if run.update >= ahead:
            ends = max(ends + period, time.monotonic())
            clock.until(ends)
        run.go_on()
        # of two the console learns how often one comes
        if run.update >= ahead - 1:
            # what is over was written when it was so
            over = run.update < ahead
            written = started + run.update * period if over else None
            before.append(run.write(given.folder, started, written=written))
        for each in before[:-2]:
            each.unlink(missing_ok=True)
        before = before[-2:]
    run.write(given.folder, started, final=True)
    while True:
        clock.until(time.monotonic() + period)


def main(arguments: Sequence[str] | None = None) -> int:
    """Play until asked to stop; 0 when that was clean, 1 on trouble, 2 on no sense."""
    log_to_stderr(logging.WARNING, "recorded run: %(message)s")
    wanted = parser()
    line = list(sys.argv[1:] if arguments is None else arguments)
    given = wanted.parse_args(line)
    if given.untold:
        wake_when_parent_dies()
        more = told_words()
        if more is None:  # whoever started this is gone
            return 0
        given = wanted.parse_args([*line, *more])
    if given.speed <= 0 or given.ahead < 0 or given.whole < 0:
        wanted.error("--speed is above 0, --ahead and --whole are not below it")
    clock = SimulationClock()
    try:
        faults = [parse_injection(each) for each in given.cause]
        path = recorded_path(given.record.removeprefix(RECORDED))
        settings = read_settings_of(given.site).settings
        conditions, word = settings.conditions, settings.lumisection
        place = given.seed % PLACES
        run = InjectedRun(path, conditions, faults, place, word=word)
        if given.whole:
            run.pass_over(stretch_start(given.seed, run.updates, given.whole))
    except (
        InjectionError,
        InjectedRunError,
        SourceError,
        OSError,
        *BROKEN_RECORD,
    ) as error:
        sys.stderr.write(escaped(f"recorded run: {error}\n"))
        return 1
    try:
        if given.whole:
            write_whole(run, given.folder, given.whole)
        else:
            play(run, given, clock)
    except Stop:
        pass
    except (OSError, UnwritableError, *BROKEN_RECORD) as error:
        sys.stderr.write(escaped(f"recorded run: {error}\n"))
        return 1
    finally:
        run.close()
    return 0


if __name__ == "__main__":
    escape_tracebacks()
    sys.exit(main())
