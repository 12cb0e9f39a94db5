"""What a console has of the log at hand: records by kind and run, files by hash."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar

import msgspec

from dqmconsole.model.record import ElogSent, Entry, Record, Settled

if TYPE_CHECKING:
    from collections.abc import Iterable

    from dqmconsole.model.record import Body, StoredFile

B = TypeVar("B", bound="Body")
MOST_OF_FILES = 64_000_000  # bytes; evidence that somebody looked at hours ago goes


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


class Written(msgspec.Struct, frozen=True):
    """An entry as it stands now.

    Attributes:
        record: its record, of a corrected one the last correction.
        body: what it says.
        first: the record that was corrected; `record` itself when none was.
        settled: who settled its problem; None while it is open, or is none.
        sent: as what it reached the elog; None while it did not.
    """

    record: Record
    body: Entry
    first: Record
    settled: Record | None = None
    sent: ElogSent | None = None

    @property
    def is_open(self) -> bool:
        """Tell whether it is a problem that nobody settled."""
        return self.body.problem and self.settled is None


def written(logbook: Logbook) -> tuple[Written, ...]:
    """All entries, newest first; a corrected one stands once, where it first stood."""
    origin: dict[str, str] = {}
    newest: dict[str, tuple[Record, Entry]] = {}
    for record, body in logbook.of(Entry):
        first = origin.get(body.corrects, record.uid)
        origin[record.uid] = first
        newest[first] = (record, body)
    settled = {origin.get(body.entry): record for record, body in logbook.of(Settled)}
    sent = {body.entry: body for _, body in logbook.of(ElogSent)}
    found = []
    for uid, (record, body) in newest.items():
        first_record = logbook.get(uid) or record
        by = settled.get(uid) if body.problem else None
        found.append(
            Written(record, body, first_record, by, sent.get(record.uid)),
        )
    return tuple(reversed(found))


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
        while self._size > MOST_OF_FILES and len(self._kept) > 1:
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
