"""What every source of monitor elements offers the engine, and why there is none."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dqmconsole.model.frame import RunFact
    from dqmconsole.model.graph import Element
    from dqmconsole.model.problem import Problem
    from dqmconsole.model.run import Client, RunState
    from dqmconsole.rootio.dqmfile import FileEntry, Folder


class SourceError(ValueError):
    """A text that names no source; says what it could have meant."""


class Source(Protocol):
    """Monitor elements by (run, path), and the clients that serve them.

    No call blocks for longer than reading what it was asked for; nothing is
    decoded before somebody asks. The subsystem of a path is its first part.
    """

    name: str
    banner: str

    def poll(self, now: float) -> bool:
        """Take in what has been found since the last call; True if anything changed.

        Args:
            now: unix time, s. Time is always an argument.
        """

    @property
    def ready(self) -> bool:
        """What was there at the start has been taken in, or cannot be."""

    @property
    def current_run(self) -> int:
        """The newest run any client has entered; 0 when there is none."""

    def runs(self) -> tuple[int, ...]:
        """All runs at hand, ascending."""

    def run_state(self, run: int) -> RunState:
        """Running, ended (final files awaited), or final."""

    @property
    def recorded(self) -> float | None:
        """When the newest content was made, s, if this is a recording; else None.

        A recording was old already when it was opened (`is_old` says what that is),
        and nobody has written since. What was seen live and fell silent is none.
        """

    def clients(self, now: float) -> tuple[Client, ...]:
        """Every client's state at `now`, by subsystem name."""

    def version(self, run: int, subsystem: str) -> int:
        """Grow whenever another snapshot of that subsystem is in use; 0: none."""

    def folder(self, run: int, path: str) -> Folder | None:
        """One folder of the latest snapshot, or None when it is not there.

        Raises:
            RootFileError: the file cannot be read.
        """

    def element(self, run: int, path: str) -> Element:
        """One element of the latest snapshot.

        Raises:
            NotInFileError: it is not there; names the nearest paths.
            UnreadableClassError: of a class nobody can read.
            RootFileError: the file cannot be read.
        """

    def producers(self, run: int, path: str) -> int:
        """How many clients or processes write an element at once; mostly 1.

        Of several, one is shown: it is not the whole.

        Raises:
            RootFileError: a file cannot be read.
        """

    def entries(self, run: int) -> Iterator[FileEntry]:
        """Every element of a run, one file after the other, lazily."""

    def facts(self) -> tuple[RunFact, ...]:
        """What happened to runs and clients since the last call."""

    def problems(self) -> tuple[Problem, ...]:
        """All that is wrong with the source now."""

    def close(self) -> None:
        """Stop children, close files."""
