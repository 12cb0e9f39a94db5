"""Runs as they lie in folders of DQM files: which are there, and what they hold."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from dqmconsole.engine.conditions import exposure, read_conditions
from dqmconsole.engine.elements import reason_of
from dqmconsole.model.layout import subsystem_of
from dqmconsole.model.paths import with_home
from dqmconsole.model.run import run_words
from dqmconsole.rootio.dqmfile import STORED, DqmFile
from dqmconsole.rootio.errors import NotInFileError, RootFileError
from dqmconsole.sources.names import SnapshotName, parse_name
from dqmconsole.sources.scan import Scan

if TYPE_CHECKING:
    from collections.abc import Iterable

    from dqmconsole.model.compare import Exposure
    from dqmconsole.model.graph import Element
    from dqmconsole.model.run import Conditions
    from dqmconsole.model.site import SiteSettings

_OPEN_FILES = 64  # at once; a folder may hold thousands


class ClientFile(msgspec.Struct, frozen=True):
    """The best file of a run that one client wrote: a final one, else the newest.

    Attributes:
        path: the file.
        folder: the folder it was found in.
        name: what its name says.
    """

    path: Path
    folder: Path
    name: SnapshotName


class RecordedFolders:
    """Folders of DQM files, listed once; files are opened when they are asked for.

    Args:
        folders: the folders; of a file in two of them the first counts.
        settings: where the conditions stand.
        home: what the files of rules are relative to.

    Attributes:
        runs: run -> client ("" for a file of all) -> its best file.
        troubles: folder -> why it could not be listed.
    """

    def __init__(
        self,
        folders: Iterable[Path],
        settings: SiteSettings,
        home: Path = Path(),
    ) -> None:
        self._settings = settings
        self._home = home
        self._open: dict[Path, DqmFile | str] = {}
        self._conditions: dict[int, Conditions] = {}
        self.runs: dict[int, dict[str, ClientFile]] = {}
        self.troubles: dict[Path, str] = {}
        for folder in dict.fromkeys(folders):
            listing = Scan(str(folder), tree=True).look()
            if listing.error:
                self.troubles[folder] = listing.error
            for stat in listing.changed:
                name = parse_name(Path(stat.file).name)
                if name is not None:
                    self._take(ClientFile(folder / stat.file, folder, name))

    def _take(self, file: ClientFile) -> None:
        files = self.runs.setdefault(file.name.run, {})
        known = files.get(file.name.client)
        if known is None or _better(file.name) > _better(known.name):
            files[file.name.client] = file

    @property
    def newest(self) -> int:
        """The highest run that is there; 0 where there is none."""
        return max(self.runs, default=0)

    def final(self, run: int, subsystem: str) -> ClientFile | None:
        """The final file that holds a subsystem of a run; its own before one of all.

        One that is named for something else counts where the subsystem is in it.
        """
        files = self.runs.get(run, {})
        for client in (subsystem, ""):
            if client in files and files[client].name.final:
                return files[client]
        for file in files.values() if subsystem not in files and subsystem else ():
            opened = self._opened(file.path) if file.name.final else ""
            if isinstance(opened, DqmFile) and opened.folder(subsystem) is not None:
                return file
        return None

    def is_final(self, run: int, subsystem: str) -> bool:
        """Tell whether a run has a final file: of a subsystem, or of any when ""."""
        if subsystem:
            return self.final(run, subsystem) is not None
        return any(each.name.final for each in self.runs.get(run, {}).values())

    def damage(self, run: int, client: str) -> str:
        """Why the file of a client cannot be read; "" where it can, or is not there."""
        file = self.runs.get(run, {}).get(client)
        opened = "" if file is None else self._opened(file.path)
        return opened if isinstance(opened, str) else ""

    def element(self, run: int, path: str) -> Element:
        """One element of a run.

        Raises:
            NotInFileError: it has none such.
            RootFileError, OSError: the file cannot be read.
        """
        files = self.runs.get(run, {})
        subsystem = subsystem_of(path.removeprefix(STORED))
        missing: Exception = NotInFileError(run_words(run), path)
        for client in dict.fromkeys((subsystem, "", *sorted(files))):
            if client not in files:
                continue
            file = self._opened(files[client].path)
            if isinstance(file, str):
                missing = RootFileError(str(files[client].path), file)
                continue
            try:
                return file.element(path)
            except NotInFileError as error:
                missing = error
        raise missing

    def readable(self, run: int, path: str) -> Element | None:
        """One element of a run; None where it is not there or cannot be read."""
        try:
            return self.element(run, path)
        except (NotInFileError, RootFileError, OSError):
            return None

    def of_file(self, file: str, path: str) -> Element | None:
        """One element of the file of a rule; None where it is not there."""
        opened = self._opened(self._home / with_home(file))
        try:
            return None if isinstance(opened, str) else opened.element(path)
        except (NotInFileError, RootFileError, OSError):
            return None

    def conditions(self, run: int) -> Conditions:
        """The conditions of a run; its pile-up is the mean of what it has seen."""
        found = self._conditions.get(run)
        if found is None:
            found = read_conditions(
                lambda path: self.readable(run, path), self._settings
            )
            pileup = self.exposure(run, "").pileup
            if pileup is not None:
                found = msgspec.structs.replace(found, pileup=pileup)
            self._conditions[run] = found
        return found

    def exposure(self, run: int, subsystem: str) -> Exposure:
        """What a client has seen of a run."""
        return exposure(
            lambda path: self.readable(run, path),
            self._settings.conditions,
            subsystem,
        )

    def close(self) -> None:
        """Close all files."""
        for file in self._open.values():
            if isinstance(file, DqmFile):
                file.close()
        self._open.clear()

    def _opened(self, path: Path) -> DqmFile | str:
        found = self._open.get(path)
        if found is None:
            try:
                found = DqmFile(path)
            except (RootFileError, OSError) as error:
                found = reason_of(error)
            self._open[path] = found
        if len(self._open) > _OPEN_FILES:
            oldest = self._open.pop(next(iter(self._open)))
            if isinstance(oldest, DqmFile):
                oldest.close()
        return found


def _better(name: SnapshotName) -> tuple[bool, int, int]:
    return (name.final, name.version, name.lumisection or 0)
