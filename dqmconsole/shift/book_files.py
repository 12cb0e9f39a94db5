"""The files of the book that this console has at hand, by their hash."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from dqmconsole.model.record import StoredFile

MOST = 64_000_000  # bytes kept; evidence that somebody looked at hours ago goes


class BookFiles:
    """What came from the book or goes there; what was not used for longest goes first.

    Attributes:
        lost: hashes that the book does not have.
        version: grows with all that comes.
    """

    def __init__(self) -> None:
        self.lost: set[str] = set()
        self.version = 0
        self._kept: dict[str, StoredFile] = {}
        self._size = 0

    def put(self, files: Iterable[StoredFile], lost: Iterable[str] = ()) -> None:
        """Take in what came, and what the book said that it does not have."""
        for file in files:
            self._drop(file.hash)
            self._kept[file.hash] = file
            self._size += len(file.data)
            self.version += 1
        for name in lost:
            self.lost.add(name)
            self.version += 1
        while self._size > MOST and len(self._kept) > 1:
            self._drop(next(iter(self._kept)))

    def get(self, name: str) -> StoredFile | None:
        """A file by its hash; None where it is not at hand."""
        file = self._kept.pop(name, None)
        if file is not None:
            self._kept[name] = file
        return file

    def _drop(self, name: str) -> None:
        file = self._kept.pop(name, None)
        if file is not None:
            self._size -= len(file.data)
