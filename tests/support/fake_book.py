"""A book without a database: tests see what was written and say when it is saved."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from dqmconsole.logbook.state import BookNews, BookState

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dqmconsole.model.record import Record, StoredFile


class FakeWriter:
    """The face of ``logbook.replicate.BookThread``.

    Args:
        records: what the book holds already.
        saving: False keeps what is put unsaved until :meth:`save` is called.

    Attributes:
        answering: False lets files that are asked for wait until it is True again.
        lost: what :meth:`close` says is lost.
    """

    def __init__(self, records: Sequence[Record] = (), *, saving: bool = True) -> None:
        self.saving = saving
        self.answering = True
        self.lost = ""
        self.kept: list[Record] = []
        self.files: dict[str, StoredFile] = {}
        self.signed_in: list[tuple[str, str]] = []
        self.closed = 0
        self.state = BookState("ready", "the book is open")
        self._news: list[Record] = []
        self._saved: set[str] = set()
        self._refused: list[tuple[str, str]] = []
        self._wanted: list[str] = []
        self._unsaved: list[Record] = []
        for record in records:
            self._store(record)

    def put(self, record: Record, files: Sequence[StoredFile] = ()) -> None:
        self.files |= {each.hash: each for each in files}
        self._unsaved.append(record)
        if self.saving:
            self.save()

    def take(self) -> BookNews:
        wanted: list[str] = []
        if self.answering:
            wanted, self._wanted = self._wanted, []
        news = BookNews(
            state=msgspec.structs.replace(self.state, unsaved=len(self._unsaved)),
            records=tuple(self._news),
            saved=frozenset(self._saved),
            refused=tuple(self._refused),
            files=tuple(self.files[each] for each in wanted if each in self.files),
            missing=frozenset(wanted) - self.files.keys(),
        )
        self._news, self._saved, self._refused = [], set(), []
        return news

    def fetch(self, name: str) -> None:
        self._wanted.append(name)

    def sign_in(self, user: str, password: str) -> None:
        self.signed_in.append((user, password))

    def close(self, patience: float = 3.0) -> str:  # noqa: ARG002
        self.closed += 1
        return self.lost

    # -- what the database would do ----------------------------------------------

    def save(self) -> None:
        """Save everything that waits."""
        unsaved, self._unsaved = self._unsaved, []
        for record in unsaved:
            self._saved.add(record.uid)
            self._store(record)

    def refuse(self, sentence: str) -> None:
        """Refuse everything that waits."""
        unsaved, self._unsaved = self._unsaved, []
        self._refused += [(record.uid, sentence) for record in unsaved]

    def come(self, record: Record) -> None:
        """Another console's record comes in."""
        self._store(record)

    def _store(self, record: Record) -> None:
        if any(each.uid == record.uid for each in self.kept):
            return
        number = len(self.kept) + 1
        record = msgspec.structs.replace(
            record, number=number, stored_at=record.made_at
        )
        self.kept.append(record)
        self._news.append(record)
