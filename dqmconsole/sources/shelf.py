"""The files held open, bounded in number."""

from __future__ import annotations

import os
from collections import OrderedDict
from typing import TYPE_CHECKING

from dqmconsole.rootio.errors import RootFileError

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from dqmconsole.rootio.dqmfile import DqmFile
    from dqmconsole.sources.snapshots import Key, Snapshot


class OpenFile:
    """An open file, the snapshot it holds and the subsystems in it.

    Attributes:
        snapshot: the snapshot.
        file: the open file; it stays readable when its name is deleted.
        tops: first parts of the paths in it, the client's own name first.
    """

    __slots__ = ("file", "snapshot", "tops")

    def __init__(
        self, snapshot: Snapshot, file: DqmFile, tops: tuple[str, ...]
    ) -> None:
        self.snapshot = snapshot
        self.file = file
        self.tops = tops


class Shelf:
    """Open files by (run, client); the longest unused one is closed when full.

    Args:
        room: files to hold open at most, so that descriptors stay bounded.
        keep: tells of a key whether its file is never closed for room.
    """

    def __init__(self, room: int, keep: Callable[[Key], bool]) -> None:
        self._room = room
        self._keep = keep
        self._files: OrderedDict[Key, OpenFile] = OrderedDict()

    def get(self, key: Key) -> OpenFile | None:
        """The open file, or None."""
        found = self._files.get(key)
        if found is not None:
            self._files.move_to_end(key)
        return found

    def put(self, key: Key, opened: OpenFile) -> None:
        """Hold a file, close the one it replaces and what there is no room for."""
        self.drop(key)
        self._files[key] = opened
        for other in list(self._files):
            if len(self._files) <= self._room:
                break
            if other != key and not self._keep(other):
                self.drop(other)

    def drop(self, key: Key) -> None:
        """Close a file, if it is held."""
        found = self._files.pop(key, None)
        if found is not None:
            found.file.close()

    def close(self) -> None:
        """Close all."""
        for key in list(self._files):
            self.drop(key)

    def __len__(self) -> int:
        return len(self._files)


def is_intact(file: DqmFile, path: Path) -> bool:
    """Tell whether an open file still holds what it held when it was opened.

    A file whose name was deleted or given to another goes on as it was; only one
    that was written to in place does not.
    """
    if file.unchanged():
        return True
    try:
        now = os.stat(path)  # noqa: PTH116 - Path.stat costs twice the time
    except (FileNotFoundError, NotADirectoryError):
        return True
    except OSError:
        return False  # a folder closed to us: what stands there now nobody can say
    return now.st_ino != file.identity.inode


def is_gone(error: Exception) -> bool:
    """Tell whether a file could not be opened because it is no longer there."""
    return isinstance(error, FileNotFoundError) or isinstance(
        error.__cause__, FileNotFoundError
    )


def reason_of(error: RootFileError | OSError) -> str:
    """Why a file could not be read, without its name."""
    if isinstance(error, RootFileError):
        return f"{error.where}: {error.what}" if error.where else error.what
    return error.strerror or str(error)
