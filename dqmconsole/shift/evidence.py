"""Evidence for entries: how verdicts became so, and bytes to keep."""

from __future__ import annotations

from collections import deque
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from dqmconsole.model.message import PastVerdict
from dqmconsole.model.record import StoredFile, file_hash

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from dqmconsole.model.verdict import Verdict

KEPT = 30  # changes of one plot's verdict that are remembered


class VerdictHistory:
    """How the verdicts became what they are, as far as this console saw.

    In their sentences, without what each check found.
    """

    def __init__(self) -> None:
        self._past: dict[str, deque[PastVerdict]] = {}

    def look(self, now: float, run: int, verdicts: Mapping[str, Verdict]) -> None:
        """Remember what changed.

        Args:
            now: unix time, s.
            run: the current run.
            verdicts: by plot.
        """
        for key, verdict in verdicts.items():
            past = self._past.setdefault(key, deque(maxlen=KEPT))
            last = past[-1] if past else None
            status = last.verdict.status if last is not None else None
            if last is None or last.run != run or status is not verdict.status:
                # what each check found then would be most of what a console holds
                brief = msgspec.structs.replace(verdict, checks=())
                past.append(PastVerdict(now, key, run, brief))

    def of(self, keys: Iterable[str]) -> tuple[PastVerdict, ...]:
        """The changes of some plots, oldest first."""
        found = [each for key in keys for each in self._past.get(key, ())]
        return tuple(sorted(found, key=lambda each: each.at))


def stored(data: bytes, name: str) -> StoredFile:
    """Bytes as the book keeps them."""
    return StoredFile(file_hash(data), name, data)


def read_stored(path: str) -> StoredFile:
    """The bytes of a file as the book keeps them.

    Raises:
        OSError: when it cannot be read.
    """
    file = Path(path)
    return stored(file.read_bytes(), file.name)
