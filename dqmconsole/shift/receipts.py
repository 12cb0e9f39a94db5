"""What this console wrote into a file that others can delete."""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING

import msgspec

if TYPE_CHECKING:
    from collections.abc import Iterable

    from dqmconsole.shift.spool import Waiting

MOST = 10_000  # records
MOST_BYTES = 256 << 20  # of their files


class Receipts:
    """The records of this session that the book took, oldest first.

    They are written again should the book's file be taken away; their uid makes that
    harmless. Of the oldest the files are forgotten, then the records themselves.
    """

    def __init__(self) -> None:
        self._kept: deque[Waiting] = deque(maxlen=MOST)
        self._with_files: deque[tuple[str, int]] = deque()  # uid, bytes
        self._bytes = 0

    def add(self, written: Iterable[Waiting]) -> None:
        """The book has these now."""
        for each in written:
            self._kept.append(each)
            size = sum(len(file.data) for file in each.files)
            if size:
                self._with_files.append((each.record.uid, size))
                self._bytes += size
        self._forget_files()

    def take(self) -> tuple[Waiting, ...]:
        """All of them; none is kept any longer."""
        taken = tuple(self._kept)
        self._kept.clear()
        self._with_files.clear()
        self._bytes = 0
        return taken

    def _forget_files(self) -> None:
        forgotten = set()
        while self._bytes > MOST_BYTES:
            uid, size = self._with_files.popleft()
            self._bytes -= size
            forgotten.add(uid)
        if forgotten:
            self._kept = deque(
                (
                    msgspec.structs.replace(each, files=())
                    if each.record.uid in forgotten
                    else each
                    for each in self._kept
                ),
                maxlen=MOST,
            )
