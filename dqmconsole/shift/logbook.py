"""All records at hand, by kind and run; what holds now follows from them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    from collections.abc import Iterable

    from dqmconsole.model.record import Body, Record

B = TypeVar("B", bound="Body")


class Logbook:
    """The records, saved ones in the order of the book, unsaved ones behind them.

    Nothing is derived here: modules that know of flags, calls or check-lists ask
    for the records of a kind and fold them. Not locked: the GUI thread's alone.

    Attributes:
        version: grows with every change.
        last: the highest number of a record; 0 without saved ones.
    """

    def __init__(self) -> None:
        self.version = 0
        self.last = 0
        self._records: dict[str, Record] = {}
        self._kinds: dict[type, dict[str, Record]] = {}
        self._runs: dict[tuple[type, int], dict[str, Record]] = {}
        # kind, or kind and run -> what was asked for since it last changed: a year of
        # records is asked for every second
        self._asked: dict[object, list[tuple[Record, Any]]] = {}

    def put(self, record: Record) -> None:
        """Take a record in; one of the same uid, not yet saved, is replaced."""
        before = self._records.get(record.uid)
        if before is not None and before.number and not record.number:
            return
        kind = type(record.body)
        self.last = max(self.last, record.number)
        self._records[record.uid] = record
        self._kinds.setdefault(kind, {})[record.uid] = record
        if before is not None:
            was = type(before.body)  # of a feature it comes back as it is stored
            if was is not kind:
                self._kinds[was].pop(record.uid, None)
            if was is not kind or before.run != record.run:
                self._runs[was, before.run].pop(record.uid, None)
                self._changed(was, before.run)
        self._runs.setdefault((kind, record.run), {})[record.uid] = record
        self._changed(kind, record.run)

    def drop(self, uid: str) -> None:
        """Forget a record that the book refused."""
        record = self._records.pop(uid, None)
        if record is None:
            return
        kind = type(record.body)
        self._kinds[kind].pop(uid, None)
        self._runs[kind, record.run].pop(uid, None)
        self._changed(kind, record.run)

    def get(self, uid: str) -> Record | None:
        """The record of a uid."""
        return self._records.get(uid)

    def everything(self) -> list[Record]:
        """All records, as they came."""
        return list(self._records.values())

    def of(self, kind: type[B]) -> list[tuple[Record, B]]:
        """All records of a kind with their bodies, in the order of the book."""
        if kind not in self._asked:
            self._asked[kind] = _ordered(self._kinds.get(kind, {}).values(), kind)
        return list(self._asked[kind])

    def of_run(self, kind: type[B], run: int) -> list[tuple[Record, B]]:
        """The same of one run."""
        key = (kind, run)
        if key not in self._asked:
            self._asked[key] = _ordered(self._runs.get(key, {}).values(), kind)
        return list(self._asked[key])

    def runs(self, kind: type[B]) -> list[int]:
        """The runs that have records of a kind, ascending."""
        return sorted(run for (one, run), kept in self._runs.items()
                      if one is kind and kept)  # fmt: skip

    def __len__(self) -> int:
        """How many records there are."""
        return len(self._records)

    def _changed(self, kind: type, run: int) -> None:
        self._asked.pop(kind, None)
        self._asked.pop((kind, run), None)
        self.version += 1


def _ordered(records: Iterable[Record], kind: type[B]) -> list[tuple[Record, B]]:
    found: list[tuple[Record, B]] = []
    for each in records:
        if isinstance(each.body, kind):
            found.append((each, each.body))  # noqa: PERF401 - mypy sees the type so
    # What is not saved yet came last; Python's sort keeps the order it was put in.
    found.sort(key=lambda pair: pair[0].number or float("inf"))
    return found
