"""Evidence for entries: how verdicts became so, and bytes to keep."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

from dqmconsole.model.message import PastVerdict
from dqmconsole.model.record import StoredFile, file_hash
from dqmconsole.model.verdict import Verdict

if TYPE_CHECKING:
    from collections.abc import Iterable

    from dqmconsole.shift.run_history import RunHistory

KEPT = 30  # changes of one plot's verdict that are told


def past_verdicts(history: RunHistory, keys: Iterable[str]) -> tuple[PastVerdict, ...]:
    """How the verdicts on some plots became what they are, oldest first.

    The last :data:`KEPT` changes of each; in their sentences where these ask something
    of a person.
    """
    told = Counter[str]()
    found: list[PastVerdict] = []
    for each in reversed(history.of(frozenset(keys))):
        told[each.key] += 1
        if told[each.key] <= KEPT:
            then = Verdict(each.status, each.sentence)
            found.append(PastVerdict(each.at, each.key, each.run, then))
    return tuple(reversed(found))


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
