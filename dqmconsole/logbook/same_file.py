"""Whether an SQLite book is still the file that was opened.

SQLite goes on writing into a file that was deleted, or replaced by another, and says
that all is well; what it wrote is gone when the program ends.
"""

from __future__ import annotations

import os
import sqlite3
import threading
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote

from dqmconsole.logbook.errors import BookReplaced, BookUnreachable

if TYPE_CHECKING:
    from collections.abc import Iterable

    Identity = tuple[int, int]  # device, inode

# The magic and the page size, which never change while a file is the same book:
# https://www.sqlite.org/fileformat.html#the_database_header
_HEAD = 18  # bytes
_AT_ONCE = 500
_PATIENCE = 0.2  # s
_SIDES = ("-wal", "-shm")

# A process that closes any handle of a file loses all its locks on it, SQLite's too
# (POSIX, https://www.sqlite.org/howtocorrupt.html section 2.2). So each file is opened
# once in a process, and closed when its last book is.
_held: dict[Identity, list[int]] = {}  # -> handle, how many books
_holding = threading.Lock()


def start_of(path: Path, size: int) -> bytes:
    """The first bytes of a file that may be an open book of this process.

    Raises:
        OSError: it cannot be read.
    """
    identity, handle = _hold(path)
    try:
        return os.pread(handle, size, 0)
    finally:
        _release(identity)


class SameFile:
    """What is known of the file of a book since it was opened."""

    def __init__(self, path: Path) -> None:
        """Hold the file; before SQLite opens it.

        Raises:
            OSError: it cannot be opened.
        """
        self._path = path
        self._identity, self._handle = _hold(path)
        self._start = b""
        self._stamp = (0, 0)
        self._sides: dict[str, Identity] = {}

    def begin(self) -> None:
        """From now on it is a book.

        Raises:
            BookReplaced: it is another file than the one held.
        """
        self._start = os.pread(self._handle, _HEAD, 0)
        self._stamp = self._stamp_of(os.fstat(self._handle))
        self.check(())

    def check(self, own: Iterable[str]) -> None:
        """Look whether the path still leads to this book.

        Args:
            own: uids of records that were written into it.

        Raises:
            BookReplaced: the file was deleted, replaced or written over; or its log.
            BookUnreachable: that cannot be seen now.
        """
        there = self._look("")
        if there is None or _identity_of(there) != self._identity:
            raise self._gone()
        if os.pread(self._handle, _HEAD, 0) != self._start:
            raise self._gone()
        if there.st_size < self._stamp[1]:  # a book only grows
            raise self._gone()
        for side in _SIDES:
            self._check_side(side)
        # SQLite itself writes into the file only now and then, from the log
        stamp = self._stamp_of(there)
        if stamp != self._stamp and self._has(own):
            self._stamp = stamp

    def put_log_aside(self) -> None:
        """Keep the log of a file that is gone from the one that took its place."""
        there = self._look("")
        if there is not None and _identity_of(there) == self._identity:
            return
        for side in _SIDES:
            found = self._look(side)
            if found is not None and _identity_of(found) == self._sides.get(side):
                path = Path(f"{self._path}{side}")
                with suppress(OSError):
                    path.replace(f"{path}.former")

    def close(self) -> None:
        """Let go of the file; after SQLite did."""
        _release(self._identity)

    def _check_side(self, side: str) -> None:
        found = self._look(side)
        if side not in self._sides:
            if found is not None:
                self._sides[side] = _identity_of(found)
        elif found is None or _identity_of(found) != self._sides[side]:
            raise self._gone()

    def _has(self, own: Iterable[str]) -> bool:
        """Whether the records are there; False while that cannot be asked.

        A connection of its own has not read any page before.
        """
        uids = list(dict.fromkeys(own))
        if not uids:
            return True
        uri = f"file:{quote(str(self._path))}?mode=rw"
        try:
            link = sqlite3.connect(uri, uri=True, timeout=_PATIENCE)
        except sqlite3.Error:
            return False
        try:
            found = 0
            for start in range(0, len(uids), _AT_ONCE):
                part = uids[start : start + _AT_ONCE]
                marks = ", ".join("?" * len(part))
                asked = f"SELECT count(*) FROM records WHERE uid IN ({marks})"
                found += link.execute(asked, part).fetchone()[0]
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode & 0xFF in {
                sqlite3.SQLITE_BUSY,
                sqlite3.SQLITE_LOCKED,
            }:
                return False
            raise self._gone() from error
        except sqlite3.DatabaseError as error:
            raise self._gone() from error
        finally:
            link.close()
        if found < len(uids):
            raise self._gone()
        return True

    def _look(self, side: str) -> os.stat_result | None:
        path = Path(f"{self._path}{side}")
        try:
            return path.stat()
        except FileNotFoundError:
            return None
        except OSError as error:
            words = f"the book {path} cannot be looked at: {error.strerror}"
            raise BookUnreachable(words) from error

    def _gone(self) -> BookReplaced:
        return BookReplaced(
            f"the file of the book {self._path} was taken away or replaced while it "
            "was open",
            str(self._path),
        )

    @staticmethod
    def _stamp_of(there: os.stat_result) -> tuple[int, int]:
        return there.st_mtime_ns, there.st_size


def _identity_of(there: os.stat_result) -> Identity:
    return there.st_dev, there.st_ino


def _hold(path: Path) -> tuple[Identity, int]:
    with _holding:
        identity = _identity_of(path.stat())
        if identity not in _held:
            handle = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
            identity = _identity_of(os.fstat(handle))
            _held[identity] = [handle, 0]
        _held[identity][1] += 1
        return identity, _held[identity][0]


def _release(identity: Identity) -> None:
    with _holding:
        _held[identity][1] -= 1
        if not _held[identity][1]:
            os.close(_held.pop(identity)[0])
