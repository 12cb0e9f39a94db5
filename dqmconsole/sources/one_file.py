"""One ROOT file, read again when it changes."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import msgspec

from dqmconsole.model.frame import RunFact
from dqmconsole.model.run import UNNUMBERED, RunState
from dqmconsole.model.site import ConditionPaths
from dqmconsole.rootio.dqmfile import DqmFile
from dqmconsole.rootio.errors import NotInFileError, RootFileError
from dqmconsole.sources.clients import Track, client_at, is_old, newest_content
from dqmconsole.sources.folder import RETRY, source_problem, track_problems
from dqmconsole.sources.names import (
    DQM_NAMES,
    PatternNames,
    SnapshotName,
    named_below,
)
from dqmconsole.sources.open_files import (
    FileProgress,
    SubsystemFile,
    is_intact,
    read_progress,
    reason_of,
)
from dqmconsole.sources.snapshots import Snapshot

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from dqmconsole.model.graph import Element
    from dqmconsole.model.problem import Problem
    from dqmconsole.model.run import Client
    from dqmconsole.rootio.dqmfile import FileEntry, Folder
    from dqmconsole.sources.names import FileNames

Identity = tuple[int, int, int]


class SingleFile:
    """A :class:`~dqmconsole.sources.source.Source` on one file.

    A file that has not changed since it was opened counts as final, else as live.
    A link is followed at every look; where it leads to another file, that one is
    taken as it would be when opened.
    While a new version cannot be read the old one is kept and a Problem says so.
    The file is looked at by this very process: where it is on a mount that hangs,
    so does the caller (a folder is scanned by a child instead).

    Args:
        path: the file; of a DQM name or any other.
        paths: where it says how far it has come.
        opened: when the console opened it, unix time, s, for what counts as old;
            by default the moment it is first read.
        unit: what stands before the number of a lumisection.
        names: how its name is read.
    """

    def __init__(
        self,
        path: Path,
        paths: ConditionPaths | None = None,
        *,
        opened: float | None = None,
        unit: str = "LS",
        names: FileNames = DQM_NAMES,
    ) -> None:
        self._names = names
        self.name = str(path)
        self._unit = unit
        self._path = path
        self._paths = paths or ConditionPaths()
        self._opened = opened
        self._recorded = False
        self._target = ""
        self._named: SnapshotName | None = None
        self._follow()
        self._file: DqmFile | None = None
        self._run = 0
        self._used: Snapshot | None = None
        self._tracks: dict[str, Track] = {}
        self._seen: Identity | None = None
        self._version = 0
        self._first_version = 1
        self._reason = ""
        self._retry_at = self._polled = 0.0
        self._facts: list[RunFact] = []
        self._problems: tuple[Problem, ...] = ()

    def poll(self, now: float) -> bool:
        """Read the file again if it changed; True if anything changed.

        Args:
            now: unix time, s.
        """
        version = self._version
        if now < self._polled:
            for track in self._tracks.values():
                track.set_back(now)
        self._polled = now
        try:
            stat = os.stat(self._path)  # noqa: PTH116 - Path.stat costs twice the time
        except OSError as error:
            self._seen = None
            kept = "; what was read last is shown" if self._file else ""
            self._reason = f"{os.strerror(error.errno or 0)}{kept}"
        else:
            identity = (stat.st_size, stat.st_mtime_ns, stat.st_ino)
            if identity != self._seen:
                self._follow()
            due = not 0 < self._retry_at - now <= RETRY  # the clock may be set
            if identity != self._seen or (self._reason and due):
                self._retry_at = now + RETRY
                self._read(identity, now)
        before, self._problems = self._problems, tuple(self._find_problems())
        return version != self._version or before != self._problems

    @property
    def ready(self) -> bool:
        """The file was looked at."""
        return self._seen is not None or bool(self._reason)

    @property
    def current_run(self) -> int:
        """The run in the file; UNNUMBERED when it says none, 0 while it is unread."""
        return self._run

    def runs(self) -> tuple[int, ...]:
        """The one run, or UNNUMBERED; nothing while the file is unread."""
        return () if self._file is None else (self._run,)

    def run_state(self, run: int) -> RunState:
        """Final, until the file changes or its name says that the run goes on."""
        del run
        if self._used is None or self._used.name.final:
            return RunState.FINAL
        if self._recorded:
            return RunState.RECORDED
        return RunState.ENDED if self._unchanged else RunState.RUNNING

    @property
    def recorded(self) -> float | None:
        """When the newest content was made, s, if it is a recording; else None."""
        return newest_content(self._tracks.values()) if self._recorded else None

    def clients(self, now: float) -> tuple[Client, ...]:
        """One for each subsystem in the file."""
        state = self.run_state(self._run)
        return tuple(
            client_at(
                track,
                now,
                subsystem=subsystem,
                run=self._run,
                state=state,
                used=self._used,
                recorded=self._recorded,
                unreadable=self._reason,
            )
            for subsystem, track in sorted(self._tracks.items())
        )

    def version(self, run: int, subsystem: str) -> int:
        """Grow whenever the file was read again; 0: it has no such subsystem."""
        known = run == self._run and subsystem in self._tracks
        return self._version if known else 0

    def folder(self, run: int, path: str) -> Folder | None:
        """One folder, or None; see :class:`Source`."""
        if self._file is None or run != self._run:
            return None
        found = self._file.folder(path)
        self._check(self._file)
        return found

    def element(self, run: int, path: str) -> Element:
        """One element; see :class:`Source`."""
        if self._file is None or run != self._run:
            place = f"{self.name}, run {run}"
            raise NotInFileError(place, path)
        found = self._file.element(path)
        self._check(self._file)
        return found

    def producers(self, run: int, path: str) -> int:
        """One: it is one file."""
        del run, path
        return 1

    def entries(self, run: int) -> Iterator[FileEntry]:
        """Every element, lazily; opened by itself so that it can go on."""
        if self._file is None or run != self._run:
            return
        file = self._opened_file()
        try:
            yield from file.entries()
        finally:
            file.close()

    def facts(self) -> tuple[RunFact, ...]:
        """What happened to the run and its clients since the last call."""
        facts, self._facts = tuple(self._facts), []
        return facts

    def problems(self) -> tuple[Problem, ...]:
        """All that was wrong with the file at the last poll."""
        return self._problems

    def close(self) -> None:
        """Close the file."""
        if self._file is not None:
            self._file.close()
            self._file = None

    def _read(self, identity: Identity, now: float) -> None:
        self._seen = identity
        try:
            file = self._opened_file()
            try:
                contents = self._contents(file)
                self._check(file)
            except RootFileError:
                file.close()
                raise
        except (RootFileError, OSError) as error:
            self._reason = reason_of(error)
            return
        self.close()
        self._reason = ""
        self._file = file
        self._version += 1
        named = self._named.run if self._named else 0
        self._run = file.run or named or UNNUMBERED
        snapshot = self._used = self._snapshot(identity)
        first = self._unchanged
        for subsystem, content in contents.items():
            track = self._tracks.setdefault(
                subsystem, Track(subsystem, recorded=True, unit=self._unit)
            )
            told = (
                track.arrive(snapshot, now, first_look=first),
                track.read(snapshot, content, now=now),
            )
            self._facts += [
                RunFact(self._run, sentence) for sentence in told if sentence
            ]
        for gone in self._tracks.keys() - contents.keys():
            del self._tracks[gone]
        if first:
            moment = now if self._opened is None else min(self._opened, now)
            self._recorded = is_old(self._tracks.values(), moment)
        elif any(track.goes_on(now) for track in self._tracks.values()):
            self._recorded = False

    def _opened_file(self) -> DqmFile:
        of_one = self._names.by_pattern and self._named and self._named.subsystem
        return SubsystemFile(self._path, of_one) if of_one else DqmFile(self._path)

    @property
    def _unchanged(self) -> bool:
        """The file is as it was when it was opened, or its link led to it."""
        return self._version <= self._first_version

    def _follow(self) -> None:
        """Take the name of the file the path leads to now."""
        before, self._target = self._target, os.path.realpath(self._path)
        if self._target == before:
            return
        self._named = self._name_of(self._target)
        playback = self._named is not None and self._named.producer == "Playback"
        self.banner = "PLAYBACK" if playback else ""
        if before:
            self._opened = None  # it is opened now
            self._first_version = self._version + 1
            self._tracks.clear()
            run = self._named.run if self._named else self._run
            self._facts.append(RunFact(run, f"{self.name} leads to {self._target} now"))

    def _name_of(self, target: str) -> SnapshotName | None:
        names = self._names
        if not isinstance(names, PatternNames):
            file = os.path.basename(target)  # noqa: PTH119 - a string
            return names.name_of(file, 0.0, "")
        pattern = names.pattern
        file = named_below(pattern, target) or named_below(pattern, str(self._path))
        try:
            written = os.stat(target).st_mtime  # noqa: PTH116 - as above
        except OSError:
            written = 0.0
        found = names.name_of(file, written, "")
        return None if found is None else msgspec.structs.replace(found, final=True)

    def _contents(self, file: DqmFile) -> dict[str, FileProgress]:
        top = file.folder("")
        if top is None:
            return {}
        # Elements at the top of the tree belong to no subsystem: "" serves them.
        loose = {"": FileProgress()} if top.elements or top.scalars else {}
        return loose | {
            subsystem: read_progress(file, [subsystem], self._paths)
            for subsystem in top.folders
        }

    def _snapshot(self, identity: Identity) -> Snapshot:
        named = self._named
        settled = self._unchanged and (named is None or named.final)
        name = SnapshotName(
            run=self._run,
            subsystem=named.subsystem if named else None,
            lumisection=named.lumisection if named else None,
            final=settled,
        )
        return Snapshot(name, self._path.name, identity[1] / 1e9, identity)

    def _check(self, file: DqmFile) -> None:
        if not is_intact(file, self._path):
            raise RootFileError(self.name, "was written to while it was read")

    def _find_problems(self) -> Iterator[Problem]:
        if self._reason:
            yield source_problem(self._reason, self.name)
        for track in self._tracks.values():
            yield from track_problems(track, self.name)
