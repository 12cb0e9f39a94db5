"""Records that wait for the book, kept in a file until the book has them.

The file is JSON lines, one record with its files (base64) and a checksum each, flushed
to the disk before anything is tried with the database. Damage costs the lines that it
hits and no others: a bit that flips in the first page of an SQLite file can cost all.
What is in it when a console dies is written by the next one; that the book takes a uid
once makes it exactly once.
"""

from __future__ import annotations

import fcntl
import glob
import hashlib
import logging
import os
import stat
import tempfile
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from dqmconsole.model.record import (
    Body,
    Record,
    StoredFile,
    file_hash,
    is_hash_of,
)
from dqmconsole.whole_file import replacing

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

log = logging.getLogger(__name__)
RETRY = 30.0  # s between tries to open a spool that could not be opened
_RESCUED = "dqmconsole-unsaved-"  # begins the names of files of the last resort
_SUM = b',"sum":"'
_MOST_CONSOLES = 100  # of one person on one machine


class Waiting(msgspec.Struct, frozen=True, omit_defaults=True):
    """A record on its way to the book, with the files it names."""

    record: Record
    files: tuple[StoredFile, ...] = ()


class Held(msgspec.Struct, frozen=True):
    """Records that wait on this machine until their author's account signs in.

    Attributes:
        account: the account they were made under.
        who: the people whose names they carry, in alphabetical order.
        many: how many they are.
    """

    account: str
    who: tuple[str, ...]
    many: int

    @property
    def sentence(self) -> str:
        """Whose they are and what they wait for, without a full stop."""
        names = f" of {', '.join(self.who)}" if self.who else ""
        subject = f"{self.many} record{'s' if self.many > 1 else ''}{names}"
        verb = "wait" if self.many > 1 else "waits"
        return f"{subject} {verb} for the account {self.account} to sign in"


def by_account(records: Iterable[Record]) -> tuple[Held, ...]:
    """Count records by the account they were made under, in alphabetical order."""
    found: dict[str, list[str]] = {}
    for each in records:
        found.setdefault(each.account, []).append(each.who)
    return tuple(
        Held(account, tuple(sorted({who for who in names if who})), len(names))
        for account, names in sorted(found.items())
    )


def spool_path(folder: Path, url: str) -> Path:
    """Where records for the book of `url` wait: each book has its own file."""
    name = hashlib.blake2b(url.encode(), digest_size=8).hexdigest()
    return folder / f"spool-{name}.jsonl"


class Spool:
    """The file of one console; further consoles of the same book take their own.

    A console holds the lock of its file. What a dead one left is taken over by the
    next that starts.
    """

    def __init__(self, path: Path) -> None:
        """Take the first free file: `path`, or a sibling with a number.

        Raises:
            OSError: the folder cannot be written.
        """
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._first = path
        self._path = path
        self._lock = -1
        for number in range(_MOST_CONSOLES):
            mine = path if not number else path.with_suffix(f".{number}{path.suffix}")
            lock = _take_lock(mine)
            if lock is not None:
                self._path, self._lock = mine, lock
                break
        else:
            words = f"{path} and its siblings are all in use"
            raise OSError(words)
        self._lines = 0
        self.broken: list[Path] = []

    @property
    def path(self) -> Path:
        """The file."""
        return self._path

    def begin(self) -> tuple[Waiting, ...]:
        """What waits from before, of this file and of those that dead consoles left.

        Lines that cannot be read are moved to a file named ``….broken``, listed in
        `broken`.

        Raises:
            OSError: a file cannot be read or written.
        """
        waiting = self._read(self._path)
        first = self._first
        pattern = f"{glob.escape(first.stem)}.*{glob.escape(first.suffix)}"
        for sibling in (first, *sorted(first.parent.glob(pattern))):
            if sibling == self._path or not sibling.exists():
                continue
            lock = _take_lock(sibling)
            if lock is None:
                continue
            try:
                left = self._read(sibling)
                if left:
                    self.append(left)
                    waiting += left
                os.truncate(sibling, 0)
            finally:
                os.close(lock)
        return tuple(waiting)

    def take_in(self, path: Path) -> tuple[Waiting, ...]:
        """Copy what a file holds into this one, unless it is somebody else's.

        The file is kept under another name, which nobody takes up.

        Raises:
            OSError: there is no room for it; the file is as it was.
        """
        there = path.lstat()
        if not stat.S_ISREG(there.st_mode) or there.st_uid != os.geteuid():
            return ()  # anybody may put what they like into the temporary folder
        found = self._read(path)
        self.append(found)
        path.replace(f"{path}.taken")
        return found

    def append(self, waiting: Iterable[Waiting]) -> None:
        """Add to the file; when this returns it is on the disk.

        Raises:
            OSError: it cannot be written; the file is as it was.
        """
        new = tuple(waiting)
        if new:
            _append(self._path, _lines(new))
            self._lines += len(new)

    def keep(self, waiting: tuple[Waiting, ...]) -> None:
        """The book has all but these: forget the others when that is worth it.

        Raises:
            OSError: the file cannot be written; it still holds them all.
        """
        if not self._lines or (waiting and self._lines <= 2 * len(waiting) + 100):
            return
        self._rewrite(self._path, waiting)
        self._lines = len(waiting)

    def set_aside(self, refused: Waiting, why: str) -> None:
        """Keep a record that the book refused beside the spool, with the reason.

        Raises:
            OSError: it cannot be written.
        """
        line = msgspec.json.encode({"why": why, "record": refused.record}) + b"\n"
        _append(self._path.with_suffix(".refused"), line)

    def close(self) -> None:
        """Let go of the file; it stays, empty unless something waits."""
        if self._lock >= 0:
            os.close(self._lock)
            self._lock = -1

    def _read(self, path: Path) -> tuple[Waiting, ...]:
        try:
            data = path.read_bytes()
        except FileNotFoundError:
            return ()
        waiting: list[Waiting] = []
        broken: list[bytes] = []
        lines = data.split(b"\n")
        for line in filter(None, lines):
            try:
                waiting.append(_renamed(_read_line(line)))
            except (msgspec.MsgspecError, ValueError, RecursionError):
                broken.append(line)
        if broken:
            self._put_aside(path.with_suffix(".broken"), broken)
        if broken or lines[-1]:
            self._rewrite(path, waiting)
        if path == self._path:
            self._lines = len(waiting)
        return tuple(waiting)

    def _put_aside(self, aside: Path, broken: list[bytes]) -> None:
        _append(aside, b"\n".join(broken) + b"\n")
        self.broken.append(aside)
        log.warning(
            "%d records that waited for the book cannot be read; they are kept in %s",
            len(broken),
            aside,
        )

    def _rewrite(self, path: Path, waiting: Sequence[Waiting]) -> None:
        if waiting:
            with replacing(path) as fresh:
                _append(fresh, _lines(waiting))
        else:
            os.truncate(path, 0)


class Store:
    """The spool, where there is one and its disk takes it.

    Args:
        path: its file; None for a book that is thrown away.
    """

    def __init__(self, path: Path | None) -> None:
        self._path = path
        self._lock = threading.Lock()
        self._spool: Spool | None = None
        self._unwritten: list[Waiting] = []
        self._trouble = ""
        self._again = 0.0  # by the monotonic clock: not to be opened before
        self._lost = ""

    def open(self) -> tuple[Waiting, ...]:
        """Take the file, unless that is done or was tried just now.

        Returns:
            What waits in it from before.
        """
        with self._lock:
            path, now = self._path, time.monotonic()
            if path is None or now < self._again:
                return ()
            if self._spool is not None:
                if self._unwritten:  # there may be room again
                    self._again = now + RETRY
                    self._write()
                return ()
            spool = None
            try:
                spool = Spool(path)
                waiting = spool.begin() + _take_rescued(spool, path)
            except (OSError, ValueError) as error:
                self._failed(error)
                self._again = now + RETRY
                if spool is not None:
                    spool.close()
                return ()
            self._spool = spool
            self._trouble = ""
            self._write()
            return waiting

    def add(self, waiting: Sequence[Waiting]) -> None:
        """Put these on the disk."""
        with self._lock:
            if self._path is not None:
                self._unwritten += waiting
            self._write()

    def _write(self) -> None:
        if self._spool is None or not self._unwritten:
            return
        try:
            self._spool.append(self._unwritten)
        except OSError as error:
            self._failed(error)
        else:
            self._unwritten = []
            self._trouble = ""

    def keep(self, waiting: tuple[Waiting, ...]) -> None:
        """The book has all but these."""
        with self._lock:
            wait = {each.record.uid for each in waiting}
            self._unwritten = [
                each for each in self._unwritten if each.record.uid in wait
            ]
            if self._spool is None:
                return
            try:
                self._spool.keep(waiting)
            except OSError as error:
                self._failed(error)

    def set_aside(self, refused: Waiting, why: str) -> None:
        """Keep a record that the book refused."""
        with self._lock:
            if self._spool is None:
                return
            try:
                self._spool.set_aside(refused, why)
            except OSError as error:
                self._failed(error)

    def close(self) -> str:
        """Let go of the file; nothing is kept from now on.

        Returns:
            What is neither in the book nor in the spool, and where it was put; or "".
        """
        with self._lock:
            self._write()
            if self._spool is not None:
                self._spool.close()
                self._spool = None
            if self._unwritten and self._path is not None:
                self._lost = _last_resort(self._unwritten, self._path)
                self._unwritten = []
                log.error("%s", self._lost)
            self._path = None
            return self._lost

    def notes(self) -> list[str]:
        """Sentences on what went wrong with the file."""
        with self._lock:
            notes = [self._trouble] if self._trouble else []
            if self._spool is not None and self._spool.broken:
                names = ", ".join(str(path) for path in self._spool.broken)
                notes.append(f"Records that could not be read are kept in {names}.")
            return notes

    @property
    def where(self) -> str:
        """Where records wait: "the spool" or "memory"."""
        return "memory" if self._spool is None else "the spool"

    def _failed(self, error: OSError | ValueError) -> None:
        reason = (error.strerror if isinstance(error, OSError) else "") or error
        self._trouble = (
            "What waits for the book is kept in memory only, for its file cannot be "
            f"written: {reason}."
        )


def _renamed(waiting: Waiting) -> Waiting:
    """With its files under present hashes: earlier versions used others."""
    files, body = [], msgspec.json.encode(waiting.record.body)
    for file in waiting.files:
        name = file_hash(file.data)
        if name != file.hash and is_hash_of(file.hash, file.data):
            body = body.replace(file.hash.encode(), name.encode())
            file = msgspec.structs.replace(file, hash=name)
        files.append(file)
    record = msgspec.structs.replace(
        waiting.record, body=msgspec.json.decode(body, type=Body)
    )
    return Waiting(record, tuple(files))


def _last_resort(waiting: Sequence[Waiting], spool: Path) -> str:
    """Keep records in the folder for temporary files, and say so."""
    many = len(waiting)
    words = f"{many} records are neither in the book nor in its spool ({spool})"
    try:
        handle, name = tempfile.mkstemp(".jsonl", f"{_RESCUED}{spool.stem}-")
        try:
            _write_all(handle, _lines(waiting))
            os.fsync(handle)
        finally:
            os.close(handle)
    except OSError as error:
        titles = ", ".join(type(each.record.body).__name__ for each in waiting[:20])
        reason = error.strerror or error
        return f"{words}, and cannot be written anywhere ({reason}): lost are {titles}"
    return (
        f"{words}; they are in {name}, and the next console that finds room for them "
        "writes them"
    )


def _take_rescued(spool: Spool, path: Path) -> tuple[Waiting, ...]:
    """Take up what earlier consoles could only put into the temporary folder.

    Raises:
        OSError: there is no room for them yet; they stay where they are.
    """
    taken: tuple[Waiting, ...] = ()
    for each in rescued(path):
        taken += spool.take_in(each)
    return taken


def rescued(path: Path) -> list[Path]:
    """The files in the temporary folder that belong to a spool.

    Earlier versions did not name the spool in the file's name: theirs count where no
    other book has a spool, so that there is no doubt whose they are.
    """
    names = [f"{_RESCUED}{glob.escape(path.stem)}-*.jsonl"]
    # Unlike Path.glob it finds nothing in a folder that is closed.
    locks = glob.glob("spool-*.lock", root_dir=path.parent)  # noqa: PTH207
    books = {each.split(".")[0] for each in locks}
    if books == {path.stem}:
        names.append(f"{_RESCUED}????????.jsonl")
    folder = Path(tempfile.gettempdir())
    return sorted(each for name in names for each in folder.glob(name))


def _lines(waiting: Iterable[Waiting]) -> bytes:
    return b"".join(_line(each) for each in waiting)


def _line(waiting: Waiting) -> bytes:
    data = msgspec.json.encode(waiting)
    return data[:-1] + _SUM + _checksum(data) + b'"}\n'


def _read_line(line: bytes) -> Waiting:
    """Read a line; one of an earlier version has no checksum.

    Raises:
        msgspec.MsgspecError: it is no record.
        ValueError: it is not what was written.
    """
    data, mark, end = line.rpartition(_SUM)
    if mark and end != _checksum(data + b"}") + b'"}':
        words = "the line is not what was written"
        raise ValueError(words)
    return msgspec.json.decode(line, type=Waiting)


def _checksum(data: bytes) -> bytes:
    return hashlib.blake2b(data, digest_size=8).hexdigest().encode()


def _take_lock(path: Path) -> int | None:
    """Hold the lock of a spool, in a file of its own; None while another does."""
    handle = os.open(path.with_suffix(".lock"), os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(handle)
        return None
    except OSError:  # a file system without locks: one console must do
        return handle
    return handle


def _append(path: Path, data: bytes) -> None:
    handle = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
    try:
        size = os.fstat(handle).st_size
        try:
            _write_all(handle, data)
            os.fsync(handle)
        except OSError:
            os.ftruncate(handle, size)  # half a line would spoil the next one
            raise
    finally:
        os.close(handle)


def _write_all(handle: int, data: bytes) -> None:
    left = memoryview(data)
    while left:
        left = left[os.write(handle, left) :]
