"""What is on its way to the book, in the order it was handed in."""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING

import msgspec

from dqmconsole.logbook.errors import (
    BookLocked,
    BookOtherAccount,
    BookRefused,
    BookSignIn,
)
from dqmconsole.logbook.spool import Store, Waiting, by_account

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    from dqmconsole.logbook.book import Book
    from dqmconsole.logbook.state import Outbox
    from dqmconsole.model.record import StoredFile

_BATCH = 50  # records written in one transaction
_MOST_KEPT = 10_000  # records
_MOST_BYTES_KEPT = 256 << 20  # of their files


class Receipts:
    """The records of this session that the book took, oldest first.

    They are written again should the book's file be taken away; their uid makes that
    harmless. Of the oldest the files are forgotten, then the records themselves.
    """

    def __init__(self) -> None:
        self._kept: deque[Waiting] = deque(maxlen=_MOST_KEPT)
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
        while self._bytes > _MOST_BYTES_KEPT:
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
                maxlen=_MOST_KEPT,
            )


class Outgoing:
    """Records that the book does not have yet, or may have to be given again.

    Args:
        spool: file in which they wait, or None.
        out: is told of what the book refuses, and how many more there are.

    Attributes:
        store: the spool.
    """

    def __init__(self, spool: Path | None, out: Outbox) -> None:
        self.store = Store(spool)
        self._out = out
        self._receipts = Receipts()
        self._waiting: deque[Waiting] = deque()
        self._others: list[Waiting] = []  # of accounts that are not signed in

    def __len__(self) -> int:
        """How many wait to be tried."""
        return len(self._waiting)

    def begin(self) -> None:
        """Take up what an earlier console left, once the spool can be opened."""
        left = self.store.open()
        self._waiting.extend(left)
        self._out.count(len(left))

    def add(self, fresh: Sequence[Waiting]) -> None:
        """These were handed in."""
        self._waiting.extend(fresh)
        self.store.add(fresh)

    def signed_in(self) -> None:
        """Another account is there: what waited for one is tried again."""
        self._waiting.extendleft(reversed(self._others))
        self._others = []
        self._say_held()

    def take_back(self) -> None:
        """All that this console wrote is to be written again: its file is no good."""
        back = self._receipts.take()
        self._waiting.extendleft(reversed(back))
        self.store.add(back)
        self._out.count(len(back))

    def write(self, book: Book, saved: list[str]) -> BookLocked | None:
        """Write what waits.

        Args:
            book: into this.
            saved: the uids that it has are added here.

        Returns:
            The lock that held it up, or None.
        """
        before = len(saved)
        try:
            self._hold(book, saved)
            while self._waiting:
                self._write_some(book, saved)
        except BookLocked as error:
            return error
        finally:
            if len(saved) > before:
                self._keep()
        return None

    def file(self, hash_: str) -> StoredFile | None:
        """A file of the records that wait."""
        for each in (*self._waiting, *self._others):
            for file in each.files:
                if file.hash == hash_:
                    return file
        return None

    def notes(self) -> list[str]:
        """Sentences on what waits for a person."""
        held = by_account(each.record for each in self._others)
        return [*(f"{each.sentence}." for each in held), *self.store.notes()]

    def _hold(self, book: Book, saved: list[str]) -> None:
        """Let those of other accounts wait: the book would not take them."""
        mine = {"", book.who()[0]}
        others = [each for each in self._waiting if each.record.account not in mine]
        if others:
            # a console may have died between writing and forgetting them
            there = book.has([each.record.uid for each in others])
            saved += there
            self._others += [each for each in others if each.record.uid not in there]
            self._waiting = deque(
                each for each in self._waiting if each.record.account in mine
            )
            self._say_held()

    def _say_held(self) -> None:
        self._out.hold(by_account(each.record for each in self._others))

    def _write_some(self, book: Book, saved: list[str]) -> None:
        batch = [self._waiting[i] for i in range(min(_BATCH, len(self._waiting)))]
        try:
            book.write(
                [each.record for each in batch],
                [file for each in batch for file in each.files],
            )
        except BookSignIn:
            raise  # it says nothing of the records
        except BookRefused:
            self._write_one(book, saved)  # find which it is, and let the others pass
            return
        self._wrote(book, len(batch), saved)

    def _write_one(self, book: Book, saved: list[str]) -> None:
        one = self._waiting[0]
        try:
            book.write([one.record], one.files)
        except BookSignIn:
            raise
        except BookOtherAccount:
            self._others.append(self._waiting.popleft())
            self._say_held()
        except BookRefused as error:
            self._waiting.popleft()
            self.store.set_aside(one, str(error))
            self._keep()
            self._out.refuse(one.record.uid, str(error))
        else:
            self._wrote(book, 1, saved)

    def _wrote(self, book: Book, many: int, saved: list[str]) -> None:
        written = [self._waiting.popleft() for _ in range(many)]
        saved += [each.record.uid for each in written]
        if not book.shared:
            self._receipts.add(written)

    def _keep(self) -> None:
        self.store.keep((*self._others, *self._waiting))
