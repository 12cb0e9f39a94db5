"""Checks that did not end: which one runs is noted where it outlives the engine.

A check that hangs stops the engine, which the console then ends and starts again. The
one that ran at that moment would stop the next engine, too: it is put into quarantine
for its plot (from :data:`MANY` plots on for all), until the site, the program or the
package of the check is another. So is one that crashed the engine, and one during
which it was killed twice, as the system does where memory is short: once may have been
a person, and is forgotten as soon as the check ends. Engines of other consoles on the
same source note theirs in files of their own, which they hold locked as long as they
live.
"""

from __future__ import annotations

import fcntl
import hashlib
import logging
import os
import time
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

import msgspec

from dqmconsole import __version__
from dqmconsole.checks.table import home_of
from dqmconsole.model.moment import time_of_day
from dqmconsole.model.problem import Problem
from dqmconsole.whole_file import replacing

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from dqmconsole.model.message import EngineEnded

_log = logging.getLogger(__name__)
HUNG_FOR = 5.0  # s that a check had run when its engine was ended, to be the reason
MANY = 3  # plots on which a check did not end: then it is asked on none
KEPT = 200  # of them, the latest
_LINE = 4096  # bytes


class Running(msgspec.Struct, frozen=True):
    """A check that runs, or did when its engine ended.

    Attributes:
        began: unix time, s.
        check: its name.
        path: of the element.
        version: of site, program and package.
    """

    began: float
    check: str
    path: str
    version: str


class Quarantined(msgspec.Struct, frozen=True):
    """A check that did not end.

    Attributes:
        at: unix time at which the engine was started again, s.
        check: its name.
        path: of the element.
        version: of site, program and package.
        why: what it did, in words; "" where the engine was killed once while it ran.
    """

    at: float
    check: str
    path: str
    version: str
    why: str

    @property
    def of(self) -> tuple[str, str, str]:
        """The check, the element and the version."""
        return self.check, self.path, self.version

    def __str__(self) -> str:
        restarted = f"engine restarted {time_of_day(self.at)}"
        return f"quarantined: {self.why} ({restarted})"


class Quarantine:
    """Notes which check runs, and knows those that did not end.

    Args:
        folder: where that is kept, on local disk; None: nothing is noted.
        source: the source as a person names it.
        before: how the engine before this one ended.
    """

    def __init__(
        self,
        folder: Path | None = None,
        source: str = "",
        before: EngineEnded | None = None,
    ) -> None:
        self._site = ""
        self._descriptor: int | None = None
        self._file: Path | None = None
        self._list: Path | None = None
        self._kept: tuple[Quarantined, ...] = ()
        self._by_plot: dict[tuple[str, str], Quarantined] = {}
        if folder is None:
            return
        digest = hashlib.sha256(source.encode(errors="replace")).hexdigest()[:16]
        self._list = folder / f"quarantine-{digest}.json"
        try:
            folder.mkdir(parents=True, exist_ok=True)
            self._kept = _read(self._list)
            for pid, mark in list(_left_behind(folder, digest)):
                if before is None or before.pid != pid:
                    continue
                self._note_end(mark, before)
            self._note_in(folder / f"running-{digest}-{os.getpid()}")
        except OSError as error:
            _log.info("checks that do not end are not noted: %s", error)

    def use_site(self, hash_: str) -> None:
        """The site is this from now on: what was for another holds no more."""
        self._site = hash_
        self._by_plot = {
            (each.check, each.path): each
            for each in self._kept
            if each.why and each.version == self._version(each.check)
        }

    def why(self, check: str, path: str) -> str:
        """Why a check is not asked about an element; "" where it is.

        Args:
            check: its name.
            path: of the element.
        """
        if not self._by_plot:
            return ""
        found = self._by_plot.get((check, path))
        if found is None:
            alike = [each for name, each in self._by_plot.items() if name[0] == check]
            found = alike[-1] if len(alike) >= MANY else None
        return "" if found is None else str(found)

    def problems(self) -> tuple[Problem, ...]:
        """What is in quarantine, one problem each."""
        return tuple(
            Problem(f"the check {each.check} of {each.path} is {each}", kind="engine")
            for each in self._by_plot.values()
        )

    @contextmanager
    def noted(self, check: str, path: str) -> Iterator[None]:
        """Note that a check runs, and that it ended."""
        version = self._version(check)
        self._put(Running(time.time(), check, path, version))
        try:
            yield
        finally:
            self._put(None)
            if self._kept and (check, path, version) in self._suspected:
                with suppress(OSError):
                    self._keep(self._without((check, path, version)))

    def close(self) -> None:
        """End in order: nothing runs any more."""
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None
        if self._file is not None:
            with suppress(OSError):
                self._file.unlink()
            self._file = None

    def _note_end(self, mark: Running, before: EngineEnded) -> None:
        """Note what ran when the engine before this one ended, if it may be to blame.

        Raises:
            OSError: it cannot be kept.
        """
        why = _why(mark, before)
        of = (mark.check, mark.path, mark.version)
        killed = before.how == "killed"
        if killed and of in self._suspected:
            why = "the engine was killed twice while it ran"
        if why or killed:
            self._keep((*self._without(of), Quarantined(time.time(), *of, why)))

    def _without(self, suspected: tuple[str, str, str]) -> tuple[Quarantined, ...]:
        return tuple(each for each in self._kept if each.why or each.of != suspected)

    @property
    def _suspected(self) -> frozenset[tuple[str, str, str]]:
        return frozenset(each.of for each in self._kept if not each.why)

    def _keep(self, kept: tuple[Quarantined, ...]) -> None:
        self._kept = kept
        if self._list is not None:
            _write(self._list, kept[-KEPT:])

    def _version(self, check: str) -> str:
        return " ".join((self._site, __version__, home_of(check))).strip()

    def _note_in(self, file: Path) -> None:
        descriptor = os.open(file, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            os.close(descriptor)
            raise
        self._descriptor, self._file = descriptor, file

    def _put(self, running: Running | None) -> None:
        if self._descriptor is None:
            return
        line = b"" if running is None else msgspec.json.encode(running)
        try:
            os.pwrite(self._descriptor, line[:_LINE] + b"\n", 0)
        except OSError as error:  # a full disk
            _log.info("checks that do not end are not noted: %s", error)
            os.close(self._descriptor)
            self._descriptor = None


def _left_behind(folder: Path, digest: str) -> Iterator[tuple[int, Running]]:
    """What ran when engines of a source ended that are no more, by their process."""
    for file in sorted(folder.glob(f"running-{digest}-*")):
        try:
            descriptor = os.open(file, os.O_RDWR | os.O_CLOEXEC)
        except OSError:
            continue
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            line = os.pread(descriptor, _LINE, 0).partition(b"\n")[0]
            file.unlink()
        except OSError:
            continue  # its engine lives
        finally:
            os.close(descriptor)
        with suppress(msgspec.MsgspecError, ValueError):
            if line:
                mark = msgspec.json.decode(line, type=Running)
                yield int(file.name.rpartition("-")[2]), mark


def _why(mark: Running, before: EngineEnded) -> str:
    """What a check did to an engine, in words; "" where it is not to blame."""
    if before.how == "crashed":
        return "it crashed the engine"
    if before.how == "killed":
        return ""
    long = before.at - mark.began >= HUNG_FOR
    return "it did not end" if long else ""


def _read(file: Path) -> tuple[Quarantined, ...]:
    try:
        text = file.read_bytes()
    except FileNotFoundError:
        return ()
    try:
        return msgspec.json.decode(text, type=tuple[Quarantined, ...])
    except msgspec.MsgspecError as error:
        _log.info("%s cannot be read, and is written again: %s", file, error)
        return ()


def _write(file: Path, kept: tuple[Quarantined, ...]) -> None:
    with replacing(file) as part:
        part.write_bytes(msgspec.json.encode(kept))
