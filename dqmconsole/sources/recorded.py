"""A recorded run as a source: its plots as they stood at its end."""

from __future__ import annotations

import os
import sqlite3
from contextlib import closing
from itertools import pairwise
from statistics import median
from typing import TYPE_CHECKING

from dqmconsole.model.histogram import QualityResult, Scalar
from dqmconsole.model.moment import moment_words
from dqmconsole.model.paths import with_home
from dqmconsole.model.problem import Problem
from dqmconsole.model.run import Client, RunState, run_words
from dqmconsole.recording.index import kept_conditions
from dqmconsole.recording.packing import DamagedRecordError
from dqmconsole.recording.run_file import (
    ALONE,
    NotRecordedError,
    RunFile,
    recorded_runs,
    run_path,
    what_became_of,
)
from dqmconsole.rootio.dqmfile import FileEntry, Folder
from dqmconsole.rootio.errors import NotInFileError, RootFileError
from dqmconsole.rootio.keys import Key
from dqmconsole.sources.source import SourceError

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator, Sequence
    from pathlib import Path

    from dqmconsole.model.frame import RunFact
    from dqmconsole.model.graph import Element
    from dqmconsole.model.run import Conditions
    from dqmconsole.recording.booking import Booking
    from dqmconsole.recording.recent import Step
    from dqmconsole.recording.run_file import Moment

RECORDED = "recorded:"
FINISHED = "finished-files"
"""Folder of the records that were made of finished files, below that of all sources."""
BANNER = "REPLAY"
_NAMED = 5  # runs
_BROKEN = (sqlite3.Error, DamagedRecordError, OSError)


class RecordedRun:
    """A :class:`~dqmconsole.sources.source.Source` on the record of one run.

    A run that is still being recorded is shown as far as it has come.

    Args:
        path: the file.

    Raises:
        SourceError: it cannot be read, or is no record.
    """

    def __init__(self, path: Path) -> None:
        self.name = f"{RECORDED}{path}"
        self.banner = BANNER
        self._path = path
        try:
            self._file = RunFile.read(path)
        except _BROKEN as error:
            message = f"{path}: {error}"
            raise SourceError(message) from error
        self._run = self._file.run
        self._number = -1
        self._version = 0
        self._booked: dict[str, Booking] = {}
        self._others: dict[str, Element] = {}
        self._qualities: dict[str, tuple[QualityResult, ...]] = {}
        self._moments: dict[str, tuple[Moment, ...]] = {}
        self._problems: tuple[Problem, ...] = ()
        self._has_end: bool | None = None

    def poll(self, now: float) -> bool:
        """Take in what was recorded since the last call; see :class:`Source`."""
        del now
        before, number = self._problems, self._number
        try:
            last = self._file.last_moment()
            reached = 0 if last is None else last.number
            if reached != number:
                self._booked = self._file.booked()
                kept = self._file.others()
                self._others = {
                    path: other.element
                    for path, other in kept.items()
                    if other.element is not None
                }
                self._qualities = {
                    path: other.qualities for path, other in kept.items()
                }
                self._moments = {
                    client: self._file.moments(client)
                    for client in self._file.clients()
                }
                self._number = reached
                self._version += 1
            self._has_end = self._file.has_end()
            self._problems = ()
        except _BROKEN as error:
            said = f"the record cannot be read: {error}"
            self._problems = (Problem(said, str(self._path), kind="source"),)
        return number != self._number or before != self._problems

    @property
    def ready(self) -> bool:
        """It was read, or cannot be."""
        return self._version > 0 or bool(self._problems)

    @property
    def current_run(self) -> int:
        """The run."""
        return self._run

    def conditions(self) -> Conditions:
        """Those of the run that were kept beside its record."""
        return kept_conditions(self._path.parent, self._run)

    def runs(self) -> tuple[int, ...]:
        """The one run."""
        return (self._run,)

    def run_state(self, run: int) -> RunState:
        """Recorded; see :class:`Source`."""
        del run
        return RunState.RECORDED

    @property
    def recorded(self) -> float | None:
        """When the newest content was made, s; see :class:`Source`."""
        return max((each[-1].at for each in self._moments.values()), default=None)

    def unfinished_words(self, unit: str) -> str:
        """That the end of the run is not in the record, in words; "" where it is.

        Args:
            unit: what the site calls a lumisection.
        """
        if self._has_end is not False or not self._moments:
            return ""
        last = max(each[-1].last for each in self._moments.values())
        return (
            f"the end of {run_words(self._run)} is not in its record, which reaches "
            f"{unit} {last}: whoever recorded it ended before the run did, or records "
            "it still"
        )

    def clients(self, now: float) -> tuple[Client, ...]:
        """Each as it was last; see :class:`Source`."""
        del now
        return tuple(_client(self._run, moments) for moments in self._moments.values())

    def version(self, run: int, subsystem: str) -> int:
        """Grow with each update that is recorded; see :class:`Source`."""
        return self._version if run == self._run and subsystem in self._moments else 0

    def folder(self, run: int, path: str) -> Folder | None:
        """One folder, or None; see :class:`Source`."""
        if run != self._run:
            return None
        prefix = f"{path}/" if path else ""
        below = [
            each.removeprefix(prefix)
            for each in (*self._booked, *self._others)
            if each.startswith(prefix)
        ]
        if not below:
            return None
        here = [name for name in below if "/" not in name]
        scalars = {name: self._others.get(prefix + name) for name in here}
        return Folder(
            path,
            tuple(sorted({name.partition("/")[0] for name in below if "/" in name})),
            {
                name: _key(name, self._kind(prefix + name))
                for name in here
                if not isinstance(scalars[name], Scalar)
            },
            {name: each for name, each in scalars.items() if isinstance(each, Scalar)},
            {
                name: results
                for name in here
                if (results := self._qualities.get(prefix + name))
            },
            frozenset(
                name
                for name in here
                if (booked := self._booked.get(prefix + name)) and booked.efficiency
            ),
        )

    def element(self, run: int, path: str) -> Element:
        """One element; see :class:`Source`."""
        if run == self._run and path in self._others:
            return self._others[path]
        try:
            if run == self._run and path in self._booked:
                return self._file.cumulative(path).histogram
        except NotRecordedError:
            pass
        except _BROKEN as error:
            raise RootFileError(self.name, f"cannot be read: {error}") from error
        raise NotInFileError(self.name, path, (*self._booked, *self._others))

    def reading(self, path: str) -> Generator[None, None, Element]:
        """One element, read piece by piece; one at a time.

        Raises:
            NotInFileError: it is not there.
            RootFileError: it cannot be read, or the record was closed meanwhile.
        """
        if path in self._others or path not in self._booked:
            return self.element(self._run, path)
        try:
            return (yield from self._file.read_past(path, None)).histogram
        except NotRecordedError as error:
            raise NotInFileError(self.name, path) from error
        except _BROKEN as error:
            raise RootFileError(self.name, f"cannot be read: {error}") from error

    def steps(self, run: int, path: str, lumisections: int) -> Sequence[Step]:
        """What the last updates added to an element; see :meth:`RunFile.steps`."""
        try:
            return self._file.steps(path, lumisections) if run == self._run else ()
        except (NotRecordedError, *_BROKEN):
            return ()  # what is drawn of it says so

    def producers(self, run: int, path: str) -> int:
        """One: it was recorded as one."""
        del run, path
        return 1

    def entries(self, run: int) -> Iterator[FileEntry]:
        """Every element; see :class:`Source`."""
        if run != self._run:
            return
        for path in sorted((*self._booked, *self._others)):
            kind = self._kind(path)
            yield FileEntry(path, kind, _key(path.rpartition("/")[2], kind))

    def facts(self) -> tuple[RunFact, ...]:
        """None: it is over."""
        return ()

    def problems(self) -> tuple[Problem, ...]:
        """Why it could not be read at the last poll."""
        return self._problems

    def close(self) -> None:
        """Close the file."""
        self._file.close()

    def _kind(self, path: str) -> str:
        booked = self._booked.get(path)
        if booked is not None:
            return booked.root_class
        other = self._others[path]
        if not isinstance(other, Scalar):
            return other.root_class
        if isinstance(other.value, str):
            return "text"
        return "int" if isinstance(other.value, int) else "float"


def recorded_path(text: str) -> Path:
    """The file that "FOLDER/RUN", or its own path, names.

    Raises:
        SourceError: there is none; says which runs are recorded there.
    """
    path = with_home(text)
    if path.suffix == ".sqlite":
        folder, run = path.parent, path.stem.removeprefix("run-")
    else:
        folder, run = path.parent, path.name
    try:
        there = recorded_runs(folder)
        if path.suffix == ".sqlite" and path.is_file():
            return path
    except OSError as error:
        message = f"{RECORDED}{text}: {error.strerror}: {folder}"
        raise SourceError(message) from error
    if run.lstrip("-").isdecimal() and int(run) in there:
        return run_path(folder, int(run))
    lost = what_became_of(folder, int(run)) if run.isdecimal() else ""
    message = f"{RECORDED}{text}: no run is recorded in {folder}"
    if there:
        newest = ", ".join(map(str, sorted(there)[-_NAMED:]))
        message = f"{RECORDED}{text}: run {run} is not recorded in {folder}"
        message += f"; there: {newest}"
    raise SourceError(f"{message}; {lost}" if lost else message)


def in_folder(text: str, root: Path) -> str:
    """A source with the folder of its run, where it names the run alone.

    A main source's record without its streams counts where there is no other.

    Args:
        text: a source; returned as it is if it is not "recorded:RUN".
        root: below it the runs of each source are recorded, in a folder of their own.

    Raises:
        SourceError: that run is recorded nowhere, or of several sources.
    """
    run = text.removeprefix(RECORDED)
    if run == text or not run.isdecimal():
        return text
    found = _whole_records(records_of(int(run), root))
    if not found:
        message = f"{text}: run {run} is not recorded below {root}"
        lost = (what_became_of(folder, int(run)) for folder in _folders(root))
        raise SourceError("; ".join((message, *filter(None, lost))))
    if len(found) > 1:
        ways = ", ".join(f"{RECORDED}{path.parent}/{run}" for path in found)
        message = f"{text}: recorded of {len(found)} sources; give one: {ways}"
        raise SourceError(message)
    return f"{RECORDED}{found[0]}"


def records_of(run: int, root: Path) -> list[Path]:
    """All records of a run, one of each source that recorded it.

    Args:
        run: its number.
        root: below it the runs of each source are recorded, in a folder of their own.
    """
    paths = (run_path(folder, run) for folder in _folders(root))
    return sorted(path for path in paths if os.path.lexists(path))


def _folders(root: Path) -> tuple[Path, ...]:
    """Where runs are recorded: the folder itself, and that of each source in it."""
    return (root, *root.glob("*/"))


def to_play(run: int, root: Path) -> str:
    """The recorded run that training plays, as a source.

    What was made of its finished files for that goes before what a console recorded:
    whoever looks at such a file afterwards changes nothing.

    Args:
        run: its number.
        root: below it the runs of each source are recorded.

    Raises:
        SourceError: that run is recorded nowhere, or of several sources.
    """
    made = run_path(root / FINISHED, run)
    if made.exists():
        return f"{RECORDED}{made}"
    return in_folder(f"{RECORDED}{run}", root)


def _whole_records(paths: list[Path]) -> list[Path]:
    """The records of a run without those of a main source alone that has another."""
    if len(paths) < 2:
        return paths
    sources = {}
    for path in paths:
        try:
            with closing(RunFile.read(path)) as file:
                sources[path] = file.source
        except _BROKEN:
            sources[path] = ""  # whoever opens it says so
    known = {f"{each}{ALONE}" for each in sources.values() if each}
    return [path for path in paths if sources[path] not in known]


def check_recorded(text: str, run: int, lumisection: int) -> None:
    """See that a run was recorded so far, where the text names a recorded run.

    Args:
        text: a source.
        run: a run of its folder; 0 for its own.
        lumisection: the last that is asked for.

    Raises:
        SourceError: it was not; says how far it goes, or which runs there are.
    """
    if not text.startswith(RECORDED):
        return
    path = recorded_path(text.removeprefix(RECORDED))
    if run:
        path = recorded_path(str(path.with_name(str(run))))
    try:
        with closing(RunFile.read(path)) as file:
            ends = [file.moments(client)[-1].last for client in file.clients()]
            run = file.run
    except _BROKEN:
        return  # whoever opens it says so
    last = max(ends, default=0)
    if lumisection > last > 0:
        message = f"run {run} is recorded up to {last}: take ls={last}"
        raise SourceError(message)


def _client(run: int, moments: tuple[Moment, ...]) -> Client:
    last = moments[-1]
    times = [each.at for each in moments]
    periods = [late - early for early, late in pairwise(times)]
    begun = max(
        (at for at, each in enumerate(moments) if each.mark == "restart"), default=0
    )
    events = [each.events for each in moments[begun:]]
    counted = [each for each in events if each is not None]
    return Client(
        subsystem=last.client,
        run=run,
        lumisection=last.last,
        state="recorded",
        sentence=f"Recorded: no newer content than {moment_words(last.at)}",
        produced=last.at,
        written=last.at,
        period=median(periods) if periods else None,
        events=int(sum(counted)) if len(counted) == len(events) else None,
        content=last.last,
    )


def _key(name: str, kind: str) -> Key:
    kind = "TObjString" if kind in ("int", "float", "text") else kind
    return Key(name, 1, kind, 0, 0, 0, 0)
