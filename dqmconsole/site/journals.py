"""What is edited and not saved, in a folder of the user's: it survives a crash.

Each session of an editor has journals of its own, and holds a lock while it lives. What
one has left that has ended is there for whoever opens the file next.
"""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import os
import secrets
import time
from typing import TYPE_CHECKING, NamedTuple

import msgspec

from dqmconsole.whole_file import replacing

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


class Unsaved(msgspec.Struct, frozen=True):
    """What a journal holds.

    Attributes:
        file: the file.
        base: its text when it was opened, or saved last.
        text: what has been made of it.
        at: unix time, s.
    """

    file: str
    base: str
    text: str
    at: float


class Left(NamedTuple):
    """A journal that is there.

    Attributes:
        journal: it.
        unsaved: what it holds.
    """

    journal: Path
    unsaved: Unsaved


class Journals:
    """The journals of one session, and those that ended ones left.

    Args:
        folder: holds them; it need not be there yet.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._session = secrets.token_hex(6)
        self._lock: int | None = None

    def write(self, file: Path, base: str, text: str) -> None:
        """Keep what has been made of a file.

        Raises:
            OSError: it cannot be written.
        """
        self._folder.mkdir(parents=True, exist_ok=True)
        if self._lock is None:  # before the journal: one without is of nobody
            self._lock = _locked(self._lock_of(self._session), creates=True)
        self._write(self._own(file), file, base, text)

    def remove(self, file: Path) -> None:
        """Keep nothing of a file any more.

        Raises:
            OSError: it cannot be removed.
        """
        self._own(file).unlink(missing_ok=True)

    def forget(self, left: Left) -> None:
        """Let what was taken over be there no more; what is this session's stays."""
        if not left.journal.stem.endswith(f".{self._session}"):
            with contextlib.suppress(OSError):
                left.journal.unlink()

    def set_aside(self, file: Path, base: str, text: str) -> None:
        """Keep a text that something else takes the place of; nobody is asked of it."""
        stamp = time.strftime("%Y%m%d-%H%M%S")
        with contextlib.suppress(OSError):
            self._folder.mkdir(parents=True, exist_ok=True)
            self._write(self._own(file).with_suffix(f".{stamp}.kept"), file, base, text)

    def left(self, file: Path) -> tuple[list[Left], str]:
        """What there is of a file: this session's first, then the latest.

        Returns:
            It, and why some of it cannot be read, in words; that is set aside.
        """
        name, trouble = _name_of(file), ""
        found: list[Left] = []
        for each in self._journals():
            if each.name.startswith(f"{name}."):
                try:
                    found.append(Left(each, _read(each)))
                except (OSError, msgspec.MsgspecError) as error:
                    trouble = f"unsaved text in {each} cannot be read: {error}"
                    with contextlib.suppress(OSError):
                        each.replace(each.with_suffix(".broken"))
        own = self._own(file)
        found.sort(key=lambda one: (one.journal != own, -one.unsaved.at))
        return found, trouble

    def all(self) -> list[Unsaved]:
        """What there is of any file, as far as it can be read."""
        found = []
        for each in self._journals():
            with contextlib.suppress(OSError, msgspec.MsgspecError):
                found.append(_read(each))
        return found

    def close(self) -> None:
        """End the session: what it has is there for others."""
        if self._lock is not None:
            with contextlib.suppress(OSError):
                self._lock_of(self._session).unlink(missing_ok=True)
            os.close(self._lock)
            self._lock = None

    # -- parts -------------------------------------------------------------------

    def _own(self, file: Path) -> Path:
        return self._folder / f"{_name_of(file)}.{self._session}.json"

    def _lock_of(self, session: str) -> Path:
        return self._folder / f"{session}.lock"

    def _journals(self) -> Iterator[Path]:
        """Those of this session, and of those that have ended."""
        alive: dict[str, bool] = {self._session: False}
        try:
            found = sorted(self._folder.iterdir())
        except OSError:
            return
        for each in found:
            if each.suffix != ".json" or each.name.startswith("."):
                continue
            # of an earlier version it has none
            session = each.stem.rpartition(".")[2] if "." in each.stem else ""
            if session not in alive:
                alive[session] = _is_alive(self._lock_of(session))
            if not alive[session]:
                yield each

    def _write(self, journal: Path, file: Path, base: str, text: str) -> None:
        with replacing(journal) as part:
            found = Unsaved(str(file.resolve()), base, text, time.time())
            part.write_bytes(msgspec.json.encode(found))


def _name_of(file: Path) -> str:
    where = hashlib.blake2b(str(file.resolve()).encode(), digest_size=8).hexdigest()
    return f"{file.stem}-{where}"


def _read(journal: Path) -> Unsaved:
    return msgspec.json.decode(journal.read_bytes(), type=Unsaved)


def _is_alive(lock: Path) -> bool:
    """Whether the session that has a lock has not ended."""
    try:
        held = _locked(lock, creates=False)
    except BlockingIOError:
        return True
    except OSError:  # there is none
        return False
    with contextlib.suppress(OSError):
        lock.unlink()
    os.close(held)
    return False


def _locked(lock: Path, *, creates: bool) -> int:
    """Hold a lock, by its descriptor.

    Raises:
        BlockingIOError: another holds it.
        OSError: there is no such file, or none can be made.
    """
    made = os.O_CREAT if creates else 0
    descriptor = os.open(lock, os.O_RDWR | os.O_CLOEXEC | made, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(descriptor)
        raise
    except OSError:  # a file system without locks: what is there is of nobody
        return descriptor
    return descriptor
