"""Where references come from: a file, a run of the source itself, a recorded run."""

from __future__ import annotations

import logging
import os
import sqlite3
from collections import OrderedDict
from contextlib import closing
from functools import partial
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, NamedTuple, TypeVar

from dqmconsole.engine.conditions import exposure, without_parts
from dqmconsole.engine.elements import reason_of
from dqmconsole.model.compare import Exposure
from dqmconsole.model.moment import time_of_day
from dqmconsole.model.paths import with_home
from dqmconsole.model.problem import Problem
from dqmconsole.model.run import UNNUMBERED, Conditions, run_words
from dqmconsole.recording.index import FILE, Index
from dqmconsole.recording.run_file import (
    recorded_runs,
    run_path,
    what_became_of,
    why_not_recorded,
)
from dqmconsole.rootio.dqmfile import STORED, DqmFile
from dqmconsole.rootio.errors import RootFileError
from dqmconsole.sources.names import parse_name
from dqmconsole.sources.open_files import is_intact
from dqmconsole.sources.recorded import RecordedRun
from dqmconsole.sources.scanner import ChildScanner
from dqmconsole.sources.source import SourceError

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterable, Mapping, Sequence

    from dqmconsole.model.graph import Element
    from dqmconsole.model.site import ConditionPaths
    from dqmconsole.recording.recent import Step
    from dqmconsole.sources.scanner import Scanner
    from dqmconsole.sources.source import Source

_log = logging.getLogger(__name__)
T = TypeVar("T")
_OPEN = 24  # records
_GONE = "its file is no longer there: what was opened of it stays in force"


class ReferenceRun(NamedTuple):
    """Elements of one run, to compare with: of the source itself, or of a file.

    Attributes:
        run: its run number; 0 when the file does not say.
        name: what a person calls it.
        element: gives one by its path; raises NotInFileError where it is not there,
            RootFileError where it cannot be read.
        edition: of a subsystem; grows when its content was replaced.
        recorded: it is one file of a recorded run, of which there may be others.
        stored: the producer stored it beside the data.
        conditions: those of the run, where they are kept beside its elements.
        events: that each client processed, likewise.
        good: the recorded good runs, newest first, of which there is a band; it is the
            newest that can be used.
        said: what became of its file since it was opened, or "".
        reading: gives one piece by piece, where it is put together; or None.
    """

    run: int
    name: str
    element: Callable[[str], Element]
    edition: Callable[[str], int]
    recorded: bool = False
    stored: bool = False
    conditions: Conditions | None = None
    events: Mapping[str, int | None] = MappingProxyType({})
    good: tuple[int, ...] = ()
    said: str = ""
    reading: Callable[[str], Generator[None, None, Element]] | None = None

    def exposure(
        self,
        read: Callable[[str], Element | None],
        paths: ConditionPaths,
        subsystem: str,
    ) -> Exposure:
        """How much a client has seen: by its elements, else by what is kept beside.

        Args:
            read: gives an element, or None.
            paths: where exposures stand.
            subsystem: the client's.
        """
        found = exposure(read, paths, subsystem)
        kept = self.conditions or Conditions()
        return Exposure(
            self.events.get(subsystem) if found.events is None else found.events,
            kept.integrated if found.lumi is None else found.lumi,
            found.pileup,  # what is kept of that is no mean
        )


class RecordedRuns:
    """Folders of recorded runs, listed once each by a child that may hang.

    Args:
        folders: the folders.
        scanner: makes the scanner of a folder.
    """

    def __init__(
        self,
        folders: Iterable[Path],
        scanner: Callable[[Path], Scanner] = lambda path: ChildScanner(path, tree=True),
    ) -> None:
        self._folders = tuple(folders)
        self._make = scanner
        self._scanners: dict[Path, Scanner] = {}
        # by folder, run and client: version and file
        self._files: dict[Path, dict[tuple[int, str], tuple[int, Path]]] = {}
        self._trouble: dict[Path, str] = {}

    def forget_failures(self) -> bool:
        """Look again into folders that could not be listed; tell if there are any."""
        failed = [folder for folder in self._trouble if folder in self._files]
        for folder in failed:
            del self._files[folder]
        return bool(failed)

    def poll(self, now: float) -> bool:
        """Take listings in; True when another folder has answered."""
        answered = False
        for folder, scanner in list(self._scanners.items()):
            for listing in scanner.read(now):
                answered = True
                self._trouble.pop(folder, None)
                if listing.error:
                    self._trouble[folder] = listing.error
                files = self._files.setdefault(folder, {})
                for stat in listing.changed:
                    name = parse_name(Path(stat.file).name)
                    if name is None or not name.final:
                        continue
                    key = (name.run, name.client)
                    uploaded = (name.version, folder / stat.file)
                    files[key] = max(files.get(key, uploaded), uploaded)
            if folder in self._files:
                scanner.close()
                del self._scanners[folder]
        return answered

    @property
    def looking(self) -> bool:
        """Folders are being listed."""
        return bool(self._scanners)

    def find(self, run: int, subsystem: str) -> Path | str:
        """The final file of a recorded run, or why there is none (yet).

        A file of that subsystem goes before one that holds all.
        """
        self._scan()
        for folder in self._folders:
            files = self._files.get(folder, {})
            for client in (subsystem, ""):
                if (run, client) in files:
                    return files[(run, client)][1]
        return self._why_not_there(run)

    def why_not_there(self, run: int) -> str:
        """Why nothing of a run is recorded (yet); "" where something is."""
        self._scan()
        for files in self._files.values():
            if any(number == run for number, _ in files):
                return ""
        return self._why_not_there(run)

    def runs(self) -> set[int]:
        """The runs of the folders that were listed."""
        return {run for files in self._files.values() for run, _ in files}

    def _scan(self) -> None:
        for folder in self._folders:
            if folder not in self._files and folder not in self._scanners:
                self._scanners[folder] = self._make(folder)

    def _why_not_there(self, run: int) -> str:
        looking = [folder for folder in self._scanners if folder not in self._trouble]
        if looking:
            waiting = ", ".join(map(str, looking))
            return f"{run_words(run)} is being looked for in {waiting}"
        places = ["the source's folder", *map(str, self._folders)]
        troubles = "".join(
            f"; {folder}: {why}" for folder, why in self._trouble.items()
        )
        if not self._folders:
            return f"{run_words(run)} is not in the source's folder"
        return f"{run_words(run)} is neither in {' nor in '.join(places)}{troubles}"

    def close(self) -> None:
        """End what still scans."""
        for scanner in self._scanners.values():
            scanner.close()
        self._scanners.clear()


class RunRecords:
    """The records of the source's own runs, as the recorder keeps them.

    Few are open at once: what was found is used at once.

    Args:
        folder: where they stand, or None.
    """

    def __init__(self, folder: Path | None) -> None:
        self._folder = folder
        self._open: OrderedDict[int, RecordedRun] = OrderedDict()
        self._found: dict[int, ReferenceRun | str] = {}  # or why it cannot be used
        self._not_listed = self._not_read = ""
        self._runs = self._listed()

    @property
    def kept(self) -> bool:
        """Something is recorded, or may be."""
        return self._folder is not None

    def runs(self) -> frozenset[int]:
        """The runs that are recorded, as of the last :meth:`poll`."""
        return self._runs

    def poll(self, now: float) -> bool:
        """Take in what was recorded meanwhile; tell whether anything was."""
        before, self._runs = self._runs, self._listed()
        for run in [run for run in self._open if run not in self._runs]:
            self._open.pop(run).close()
            self._found.pop(run, None)
        grown = [run for run, each in self._open.items() if each.poll(now)]
        refused = [run for run, each in self._found.items() if isinstance(each, str)]
        for run in (*grown, *refused):
            self._found.pop(run, None)
        return before != self._runs or bool(grown)

    def find(self, run: int) -> ReferenceRun | str:
        """The record of a run, or why it cannot be used."""
        if run in self._open:
            self._open.move_to_end(run)
        found = self._found.get(run)
        if found is not None:
            return found
        if self._folder is None:
            return f"{run_words(run)} is not recorded"
        if why := why_not_recorded(self._folder, run):
            return why
        found = self._found[run] = self._opened(run, run_path(self._folder, run))
        while len(self._open) > _OPEN:
            old, source = self._open.popitem(last=False)
            source.close()
            self._found.pop(old, None)
        return found

    def lost(self, run: int) -> str:
        """Why the record of a run cannot be found; "" where it is, or never was."""
        return "" if self._folder is None else what_became_of(self._folder, run)

    def steps(self, run: int, path: str, lumisections: int) -> Sequence[Step]:
        """What the last updates of a plot added; see :meth:`RunFile.steps`."""
        self.find(run)
        source = self._open.get(run)
        return () if source is None else source.steps(run, path, lumisections)

    def conditions(self) -> dict[int, Conditions]:
        """What is kept of the conditions of each recorded run, without its parts."""
        return {
            run: without_parts(each)
            for run, each in (self.asked(Index.runs) or {}).items()
        }

    def asked(self, question: Callable[[Index], T | None]) -> T | None:
        """The answer of the index of runs; None where there is none."""
        if self._folder is None:
            return None
        path, self._not_read = self._folder / FILE, ""
        try:
            if not path.is_file():
                return None
            with closing(Index(path, reading=True)) as index:
                return question(index)
        except (sqlite3.Error, OSError) as error:
            if "no such table" not in str(error):  # else it is just being made
                words = f"what is known of runs cannot be read: {path}: {error}"
                self._not_read = words
            return None

    def problems(self) -> tuple[Problem, ...]:
        """Why recorded runs, or what is known of them, seem not to be there."""
        words = filter(None, (self._not_listed, self._not_read))
        return tuple(Problem(each, kind="source") for each in words)

    def close(self) -> None:
        """Close all files; those that are found later are opened again."""
        for each in self._open.values():
            each.close()
        self._open.clear()
        self._found.clear()

    def _opened(self, run: int, path: Path) -> ReferenceRun | str:
        source = self._open.get(run)
        if source is None:
            try:
                source = RecordedRun(path)
            except SourceError as error:
                return str(error)
            source.poll(0.0)
            self._open[run] = source
        trouble = next(iter(source.problems()), None)
        if trouble is not None:
            return f"{run_words(run)}: {trouble.message}"
        conditions = self.asked(lambda index: index.runs().get(run))
        return ReferenceRun(
            run,
            f"the record of {run_words(run)}",
            partial(source.element, run),
            partial(source.version, run),
            conditions=None if conditions == Conditions() else conditions,
            events={each.subsystem: each.events for each in source.clients(0.0)},
            reading=source.reading,
        )

    def _listed(self) -> frozenset[int]:
        self._not_listed = ""
        try:
            return frozenset(recorded_runs(self._folder) if self._folder else ())
        except OSError as error:
            self._not_listed = f"recorded runs cannot be listed: {error}"
            return frozenset()


class ReferenceRuns:
    """Opens references when they are first asked for, and keeps them open.

    Args:
        source: the source; its own runs are looked up first.
        folder: what file names of the rules are relative to.
        recorded: the recorded runs, as files.
        opener: opens a file.
        records: what the recorder keeps of the source's runs; None: nothing.
    """

    def __init__(
        self,
        source: Source,
        folder: Path,
        recorded: RecordedRuns,
        opener: Callable[[Path], DqmFile] = DqmFile,
        records: RunRecords | None = None,
    ) -> None:
        self._source = source
        self._folder = folder
        self.recorded = recorded
        self.records = records or RunRecords(None)
        self._opener = opener
        self._open: dict[Path, DqmFile] = {}
        self._files: dict[Path, ReferenceRun] = {}
        self._editions: dict[Path, int] = {}
        self._said: dict[Path, str] = {}
        self._failures: dict[Path, str] = {}
        self._logged: set[str] = set()

    def of_file(self, file: str) -> ReferenceRun | str:
        """The reference of a file, or why it cannot be used."""
        return self._opened(self._folder / with_home(file), file, 0)

    def of_run(self, run: int, subsystem: str) -> ReferenceRun | str:
        """The reference of a run for one subsystem, or why there is none (yet)."""
        if self._source.version(run, subsystem):
            source = self._source
            return ReferenceRun(
                run,
                f"{run_words(run)} of {source.name}",
                partial(source.element, run),
                partial(source.version, run),
            )
        found = self.recorded.find(run, subsystem)
        if isinstance(found, str):
            if run in self.records.runs():
                return self.records.find(run)
            return self._nor_recorded(found, run)
        opened = self._opened(found, found.name, run)
        return opened if isinstance(opened, str) else opened._replace(recorded=True)

    def stored(self, run: int) -> ReferenceRun | None:
        """What the producer stored as references in the files of a run, if any."""
        if run <= 0 and run != UNNUMBERED:
            return None
        source = self._source

        def element(path: str) -> Element:
            return source.element(run, STORED + path)

        name = "stored in the file"
        return ReferenceRun(0, name, element, partial(source.version, run), stored=True)

    def why_not_there(self, run: int) -> str:
        """Why nothing is there of a run (yet); "" where something is."""
        there = run in self._source.runs() or run in self.records.runs()
        why = "" if there else self.recorded.why_not_there(run)
        return self._nor_recorded(why, run) if why else ""

    def at_hand(self) -> tuple[int, ...]:
        """The runs of the source, and the recorded ones that are known; ascending."""
        own = {run for run in (*self._source.runs(), *self.records.runs()) if run > 0}
        return tuple(sorted(own | self.recorded.runs()))

    def forget_failures(self) -> bool:
        """Try again what could not be opened; tell whether there is any."""
        failed = bool(self._failures)
        self._failures.clear()
        return self.recorded.forget_failures() or failed

    def look_again(self, now: float) -> bool:
        """Open again what is no longer the file that was opened; tell if any is.

        One that has lost its name goes on as it was opened, and says so.
        """
        before = dict(self._said)
        for path, file in list(self._open.items()):
            said = self._said.get(path, "")
            if file.unchanged():
                if said.startswith(_GONE):
                    del self._said[path]
            elif is_intact(file, path) and not os.path.exists(path):  # noqa: PTH110
                if not said.startswith(_GONE):
                    self._said[path] = f"{_GONE} ({time_of_day(now)})"
            else:
                file.close()
                del self._open[path], self._files[path]
                self._editions[path] = self._editions.get(path, 0) + 1
                words = f"its file was replaced, and opened again {time_of_day(now)}"
                self._said[path] = words
        for path, said in self._said.items():
            if before.get(path) != said:
                _log.warning("reference %s: %s", path, said)
        return before != self._said

    def close(self) -> None:
        """Close all files."""
        for file in self._open.values():
            file.close()
        self._open.clear()
        self._files.clear()
        self._failures.clear()
        self.recorded.close()
        self.records.close()

    def _nor_recorded(self, words: str, run: int) -> str:
        """Why a run is in no folder, and that the record has it neither."""
        if not self.records.kept or self.recorded.looking:
            return words
        lost = self.records.lost(run)
        return f"{words}, nor is it recorded" + (f": {lost}" if lost else "")

    def _opened(self, path: Path, name: str, run: int) -> ReferenceRun | str:
        found = self._files.get(path)
        if found is not None:
            return found._replace(said=self._said.get(path, ""))
        failure = self._failures.get(path, "")
        if failure:
            return failure
        try:
            file = self._opener(path)
        except FileNotFoundError:
            failure = f"there is no file {path}"
        except (RootFileError, OSError) as error:
            failure = f"{name}: {reason_of(error)}"
        if failure:
            if failure not in self._logged:
                _log.warning("reference: %s", failure)
            self._logged.add(failure)
            self._failures[path] = failure
            return failure
        self._open[path] = file

        def element(wanted: str) -> Element:
            element = file.element(wanted)
            if not is_intact(file, path):
                message = "it was written to since it was opened; it is opened again"
                raise RootFileError(name, message)
            return element

        edition = self._editions.get(path, 0)
        found = ReferenceRun(run or file.run or 0, name, element, lambda _name: edition)
        self._files[path] = found
        return found._replace(said=self._said.get(path, ""))
