"""Where references come from: a file, a run of the source itself, a recorded run."""

from __future__ import annotations

import logging
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from dqmconsole.engine.elements import reason_of
from dqmconsole.model.run import UNNUMBERED
from dqmconsole.rootio.dqmfile import STORED, DqmFile
from dqmconsole.rootio.errors import RootFileError
from dqmconsole.sources.names import parse_name
from dqmconsole.sources.scanner import ChildScanner

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from dqmconsole.model.graph import Element
    from dqmconsole.sources.scanner import Scanner
    from dqmconsole.sources.source import Source

_log = logging.getLogger(__name__)


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
        good: the recorded good runs, newest first, of which there is a band; it is the
            newest that can be used.
    """

    run: int
    name: str
    element: Callable[[str], Element]
    edition: Callable[[str], int]
    recorded: bool = False
    stored: bool = False
    good: tuple[int, ...] = ()


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
            return f"run {run} is being looked for in {waiting}"
        places = ["the source's folder", *map(str, self._folders)]
        troubles = "".join(
            f"; {folder}: {why}" for folder, why in self._trouble.items()
        )
        if not self._folders:
            return f"run {run} is not in the source's folder"
        return f"run {run} is neither in {' nor in '.join(places)}{troubles}"

    def close(self) -> None:
        """End what still scans."""
        for scanner in self._scanners.values():
            scanner.close()
        self._scanners.clear()


class ReferenceRuns:
    """Opens references when they are first asked for, and keeps them open.

    Args:
        source: the source; its own runs are looked up first.
        folder: what file names of the rules are relative to.
        recorded: the recorded runs.
        opener: opens a file.
    """

    def __init__(
        self,
        source: Source,
        folder: Path,
        recorded: RecordedRuns,
        opener: Callable[[Path], DqmFile] = DqmFile,
    ) -> None:
        self._source = source
        self._folder = folder
        self.recorded = recorded
        self._opener = opener
        self._open: list[DqmFile] = []
        self._files: dict[Path, ReferenceRun] = {}
        self._failures: dict[Path, str] = {}
        self._logged: set[str] = set()

    def of_file(self, file: str) -> ReferenceRun | str:
        """The reference of a file, or why it cannot be used."""
        return self._opened(self._folder / Path(file).expanduser(), file, 0)

    def of_run(self, run: int, subsystem: str) -> ReferenceRun | str:
        """The reference of a run for one subsystem, or why there is none (yet)."""
        if self._source.version(run, subsystem):
            source = self._source
            return ReferenceRun(
                run,
                f"run {run} of {source.name}",
                partial(source.element, run),
                partial(source.version, run),
            )
        found = self.recorded.find(run, subsystem)
        if isinstance(found, str):
            return found
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
        return "" if run in self._source.runs() else self.recorded.why_not_there(run)

    def at_hand(self) -> tuple[int, ...]:
        """The runs of the source, and the recorded ones that are known; ascending."""
        own = {run for run in self._source.runs() if run > 0}
        return tuple(sorted(own | self.recorded.runs()))

    def forget_failures(self) -> bool:
        """Try again what could not be opened; tell whether there is any."""
        failed = bool(self._failures)
        self._failures.clear()
        return self.recorded.forget_failures() or failed

    def close(self) -> None:
        """Close all files."""
        for file in self._open:
            file.close()
        self._open.clear()
        self._files.clear()
        self._failures.clear()
        self.recorded.close()

    def _opened(self, path: Path, name: str, run: int) -> ReferenceRun | str:
        found = self._files.get(path)
        if found is not None:
            return found
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
        self._open.append(file)
        # a file that was replaced is opened again with the site
        found = ReferenceRun(run or file.run or 0, name, file.element, lambda _name: 0)
        self._files[path] = found
        return found
