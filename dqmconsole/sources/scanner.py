"""Folders scanned by a child process that can be abandoned."""

from __future__ import annotations

import contextlib
import math
import os
import subprocess
import sys
import time
from typing import TYPE_CHECKING, Protocol

import msgspec

from dqmconsole.sources.scan import FolderListing, Scan

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from dqmconsole.model.file_pattern import FilePattern

PATIENCE = 5.0  # seconds without a word after which a scanner is given up
BACK_OFF = (1.0, 2.0, 4.0, 8.0, 16.0, 30.0)  # seconds before the next is started
STUCK_AT_MOST = 3  # scanners the kernel will not let go of, before we stop trying
_FAREWELL = 0.5  # seconds a killed scanner is given to vanish at the end
_CHUNK = 1 << 20
_LONGEST = 1 << 28  # bytes of a message; more is no message of ours

Command = tuple[str, ...]


class Scanner(Protocol):
    """Where a folder's listings come from."""

    def read(self, now: float) -> list[FolderListing]:
        """The listings since the last call, oldest first; never blocks."""

    def silent_since(self, now: float) -> float | None:
        """Unix time since which the folder does not answer, or None when it does."""

    def complaint(self) -> str:
        """What else is wrong with scanning, or ""."""

    def close(self) -> None:
        """End it."""


class DirectScanner:
    """Scan in this very process, at every read: for commands and tests.

    Args:
        look: gives one listing; may block.
    """

    def __init__(self, look: Callable[[], FolderListing]) -> None:
        self._look = look

    @classmethod
    def of(cls, folder: Path, pattern: FilePattern | None = None) -> DirectScanner:
        """A scanner of `folder`, of files with names by a pattern or of DQM."""
        return cls(Scan(str(folder), pattern=pattern).look)

    def read(self, now: float) -> list[FolderListing]:
        """One fresh listing."""
        del now
        return [self._look()]

    def silent_since(self, now: float) -> float | None:
        """Never silent: it would block instead."""
        del now
        return None

    def complaint(self) -> str:
        """Nothing."""
        return ""

    def close(self) -> None:
        """Nothing to end."""


class ChildScanner:
    """A child process scans; when it hangs it is killed, forgotten and replaced.

    Args:
        folder: the folder; it is never touched by this process.
        tree: look through the folders of a repository too.
        pattern: of the names of its files; those of DQM when left out.
        command: how to start the child, for tests.
    """

    def __init__(
        self,
        folder: Path,
        *,
        tree: bool = False,
        pattern: FilePattern | None = None,
        command: Command | None = None,
    ) -> None:
        files = () if pattern is None else ("--files", pattern.text, pattern.word)
        self._command = command or (
            sys.executable,
            "-m",
            "dqmconsole.sources.scan",
            str(folder),
            *(("--tree",) if tree else files),
        )
        self._decode = msgspec.msgpack.Decoder(FolderListing).decode
        self._child: subprocess.Popen[bytes] | None = None
        self._buffer = bytearray()
        self._heard: float | None = None  # None until the first child was started
        self._begun = 0.0
        self._start_at: float | None = None
        self._failures = 0
        self._killed: list[subprocess.Popen[bytes]] = []

    @property
    def pid(self) -> int:
        """The child at work, or 0."""
        return self._child.pid if self._child else 0

    @property
    def stuck(self) -> tuple[int, ...]:
        """Children that were killed and are still there."""
        return tuple(child.pid for child in self._killed if child.poll() is None)

    def read(self, now: float) -> list[FolderListing]:
        """The listings since the last call; starts and replaces the child.

        Args:
            now: unix time, s.
        """
        self._killed = [child for child in self._killed if child.poll() is None]
        if self._child is None:
            wait = 0.0 if self._start_at is None else self._start_at - now
            # the clock may be set; after the end it waits for ever
            if 0 < wait <= BACK_OFF[-1] or math.isinf(wait):
                return []
            if len(self._killed) >= STUCK_AT_MOST:
                return []
            try:
                self._start(now)
            except OSError:  # no process or descriptor left: try again later
                self._give_up(now)
                return []
        listings, beaten = self._listings()
        if listings or beaten:
            self._heard = now
        if listings:
            self._failures = 0
        if self._child is None or now - max(self._heard or 0, self._begun) > PATIENCE:
            self._give_up(now)
        elif self._heard is not None and now < self._heard:
            self._heard = self._begun = now  # the clock was set back
        return listings

    def silent_since(self, now: float) -> float | None:
        """Unix time since which the folder does not answer, or None when it does."""
        if self._heard is None or now - self._heard <= PATIENCE:
            return None
        return self._heard

    def complaint(self) -> str:
        """Say which killed scanners cannot end, or ""."""
        stuck = self.stuck
        if not stuck:
            return ""
        pids = ", ".join(map(str, stuck))
        return f"the kernel holds a killed scanner in the file system (pid {pids})"

    def close(self) -> None:
        """Kill the child, and wait a moment, never longer, for it to vanish."""
        self._kill()
        until = time.monotonic() + _FAREWELL
        for child in self._killed:
            with contextlib.suppress(subprocess.TimeoutExpired):
                child.wait(max(0.0, until - time.monotonic()))
        self._start_at = math.inf

    def _start(self, now: float) -> None:
        self._buffer.clear()
        if self._heard is None:
            self._heard = now
        self._begun = now
        self._start_at = None
        self._child = subprocess.Popen(
            self._command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )
        assert self._child.stdout is not None
        os.set_blocking(self._child.stdout.fileno(), False)

    def _listings(self) -> tuple[list[FolderListing], bool]:
        """The listings, and whether there were heart-beats without one."""
        assert self._child is not None
        assert self._child.stdout is not None
        pipe = self._child.stdout.fileno()
        while True:
            try:
                chunk = os.read(pipe, _CHUNK)
            except BlockingIOError:
                break
            if not chunk:
                self._kill()
                break
            self._buffer += chunk
        found, beaten = [], False
        while len(self._buffer) >= 4:
            end = 4 + int.from_bytes(self._buffer[:4], "big")
            if len(self._buffer) < min(end, _LONGEST):
                break
            try:
                if end == 4:
                    beaten = True
                else:
                    found.append(self._decode(self._buffer[4:end]))
            except msgspec.MsgspecError:
                self._kill()  # somebody else wrote into its pipe
                break
            del self._buffer[:end]
        return found, beaten

    def _give_up(self, now: float) -> None:
        self._kill()
        pause = BACK_OFF[min(self._failures, len(BACK_OFF) - 1)]
        self._failures += 1
        self._start_at = now + pause

    def _kill(self) -> None:
        child, self._child = self._child, None
        if child is None:
            return
        child.kill()
        for pipe in (child.stdin, child.stdout):
            assert pipe is not None
            pipe.close()
        self._killed.append(child)
