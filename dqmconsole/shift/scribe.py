"""What runs in the book's thread."""

from __future__ import annotations

import logging
import math
import queue
import time
from collections import deque
from contextlib import suppress
from typing import TYPE_CHECKING

import msgspec

from dqmconsole.book.errors import (
    BookBroken,
    BookError,
    BookLocked,
    BookOtherAccount,
    BookRefused,
    BookSignIn,
    BookUnreachable,
)
from dqmconsole.shift.spool import Store, Waiting

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from pathlib import Path

    from dqmconsole.book.book import Book
    from dqmconsole.model.record import Record, StoredFile
    from dqmconsole.shift.book_thread import Outbox, Word

    Opener = Callable[[str, str], Book]

log = logging.getLogger(__name__)

POLL = 0.5  # s between two looks for the records of others
_BATCH = 50  # records written in one transaction
_SLOWLY = 30.0  # s between tries where only a person can mend it
_LOCKED_PAUSES = (0.05, 2.0)  # s, the first and the longest
_AWAY_PAUSES = (0.25, 5.0)


class SignIn(msgspec.Struct, frozen=True):
    """Open the book anew under this account."""

    user: str
    password: str


class Close(msgspec.Struct, frozen=True):
    """Write what waits until then, and end."""

    until: float  # by the monotonic clock


Order = Waiting | str | SignIn | Close  # a str asks for the file of that hash


class Scribe:
    """What runs in the thread."""

    def __init__(
        self,
        opener: Opener,
        spool: Path | None,
        inbox: queue.SimpleQueue[Order],
        out: Outbox,
        user: str,
        age: float | None,
    ) -> None:
        self._opener = opener
        self._path = spool
        self._inbox = inbox
        self._out = out
        self._account = SignIn(user, "")
        self._who = (user, "")
        self._age = age
        self._book: Book | None = None
        self._store = Store()
        self._waiting: deque[Waiting] = deque()
        self._others: list[Waiting] = []  # of accounts that are not signed in
        self._wanted: dict[str, None] = {}
        self._last = -1
        self._more = False
        self._skipped = 0
        self._again = 0.0  # by the monotonic clock: not to be tried before
        self._pause = 0.0
        self._until: float | None = None  # closing
        self._busy_since = math.inf  # by the monotonic clock: in the database's hands

    def run(self) -> None:
        """Work until told to close."""
        try:
            self._begin()
            while not self._closing():
                self._take_orders(self._idle())
                if self._waiting or not self._closing():
                    self._work()
            self._finish()
        finally:
            self._store.close()
            if self._book is not None:
                self._book.close()
            self._out.say("closed", self._notes(), self._who)

    def silence(self) -> float:
        """For how long the database has not answered, s; the other thread asks."""
        return max(time.monotonic() - self._busy_since, 0.0)

    def abandon(self) -> None:
        """Keep what was not taken from the inbox; called by the other thread."""
        self._store.add(_drained(self._inbox))
        self._store.close()
        self._inbox.put(Close(0.0))

    def _closing(self) -> bool:
        return self._until is not None

    def _begin(self) -> None:
        if self._path is not None:
            waiting = self._store.open(self._path)
            self._waiting.extend(waiting)
            self._out.count(len(waiting))

    def _idle(self) -> float:
        now = time.monotonic()
        if self._again > now:
            return min(self._again - now, POLL)
        return 0.0 if self._more or self._book is None else POLL

    def _take_orders(self, patience: float) -> None:
        fresh: list[Waiting] = []
        with suppress(queue.Empty):
            order = self._inbox.get(timeout=patience) if patience else None
            while True:
                if isinstance(order, Waiting):
                    fresh += _sound(order, self._out)
                elif order is not None:
                    self._follow(order)
                order = self._inbox.get_nowait()
        self._waiting.extend(fresh)
        self._store.add(fresh)

    def _follow(self, order: str | SignIn | Close) -> None:
        match order:
            case str():
                self._wanted[order] = None
            case SignIn():
                self._account = order
                self._who = (order.user, "")
                self._let_go()
                self._waiting.extendleft(reversed(self._others))
                self._others = []
                self._again = 0.0
                self._out.say("opening", self._notes(), self._who)
            case Close():
                self._until = order.until
                self._again = 0.0

    def _work(self) -> None:
        if time.monotonic() < self._again:
            return
        self._busy_since = time.monotonic()
        try:
            if self._book is None:
                self._open()
            held_up = self._write()
            self._answer()
            if held_up is not None:
                raise held_up
        except BookError as error:
            self._trouble(error)
            return
        finally:
            self._busy_since = math.inf
        self._pause = 0.0
        self._out.say("ready", self._notes(), self._who)

    def _open(self) -> None:
        self._book = self._opener(self._account.user, self._account.password)
        self._who = self._book.who()
        if self._last < 0:
            self._last = 0 if self._age is None else self._book.before(self._age)

    def _write(self) -> BookLocked | None:
        """Write what waits, then read; a lock does not keep us from reading."""
        saved: list[str] = []
        held_up = None
        try:
            try:
                while self._waiting:
                    self._write_some(saved)
            except BookLocked as error:
                held_up = error
            records = self._read()
        except BookError:
            self._out.give((), saved)
            raise
        else:
            self._out.give(records, saved)
        finally:
            if saved:
                self._store.keep((*self._others, *self._waiting))
        return held_up

    def _write_some(self, saved: list[str]) -> None:
        assert self._book is not None
        batch = [self._waiting[i] for i in range(min(_BATCH, len(self._waiting)))]
        try:
            self._book.write(
                [each.record for each in batch],
                [file for each in batch for file in each.files],
            )
        except BookRefused:
            self._write_one(saved)  # find which it is, and let the others pass
            return
        saved += [self._waiting.popleft().record.uid for _ in batch]

    def _write_one(self, saved: list[str]) -> None:
        assert self._book is not None
        one = self._waiting[0]
        try:
            self._book.write([one.record], one.files)
        except BookOtherAccount:
            self._others.append(self._waiting.popleft())
        except BookRefused as error:
            self._waiting.popleft()
            self._store.set_aside(one, str(error))
            self._store.keep((*self._others, *self._waiting))
            self._out.refuse(one.record.uid, str(error))
        else:
            saved.append(self._waiting.popleft().record.uid)

    def _read(self) -> tuple[Record, ...]:
        assert self._book is not None
        leaf = self._book.read(self._last)
        self._last, self._more = leaf.last, leaf.full
        self._skipped += leaf.skipped
        return leaf.records

    def _answer(self) -> None:
        assert self._book is not None
        for hash_ in list(self._wanted):
            file = _own(hash_, (*self._waiting, *self._others))
            try:
                file = file or self._book.file(hash_)
            except BookBroken as error:  # one file; the records are read all the same
                log.warning("%s", error)
            self._out.answer(hash_, file)
            del self._wanted[hash_]

    def _trouble(self, error: BookError) -> None:
        word: Word = "waiting"
        self._more = False
        match error:
            case BookLocked():
                pause = self._longer(*_LOCKED_PAUSES)
            case BookUnreachable():
                pause = self._longer(*_AWAY_PAUSES)
            case _:
                word = "refused"
                self._let_go()
                # a wrong password that is tried again and again locks the account
                pause = math.inf if isinstance(error, BookSignIn) else _SLOWLY
        self._again = time.monotonic() + pause
        asks = isinstance(error, BookSignIn)
        self._out.say(word, self._notes(f"{error}."), self._who, asks=asks)

    def _longer(self, first: float, most: float) -> float:
        self._pause = min(max(first, 2 * self._pause), most)
        return self._pause

    def _let_go(self) -> None:
        if self._book is not None:
            self._book.close()
            self._book = None

    def _finish(self) -> None:
        assert self._until is not None
        while self._waiting and self._again < self._until:
            time.sleep(max(self._again - time.monotonic(), 0.0))
            self._work()

    def _notes(self, first: str = "") -> str:
        notes = [first] if first else []
        if self._others:
            names = ", ".join(sorted({each.record.account for each in self._others}))
            notes.append(
                f"{len(self._others)} records made under {names} wait until that "
                "account signs in."
            )
        if self._skipped:
            notes.append(
                f"{self._skipped} records of a newer program are not shown: upgrade "
                "dqmconsole."
            )
        return " ".join([*notes, *self._store.notes()])


def _sound(order: Waiting, out: Outbox) -> list[Waiting]:
    """The record as it can be written anywhere; nothing when it cannot be."""
    from dqmconsole.book.rows import cleaned, file_row, record_row

    try:
        whole = Waiting(
            cleaned(order.record), tuple(cleaned(each) for each in order.files)
        )
        record_row(whole.record)
        for each in whole.files:
            file_row(each)
    except BookRefused as error:
        out.refuse(order.record.uid, str(error))
        return []
    return [whole]


def _own(hash_: str, waiting: Iterable[Waiting]) -> StoredFile | None:
    for each in waiting:
        for file in each.files:
            if file.hash == hash_:
                return file
    return None


def _drained(inbox: queue.SimpleQueue[Order]) -> list[Waiting]:
    orders: list[Order] = []
    with suppress(queue.Empty):
        while True:
            orders.append(inbox.get_nowait())
    return [order for order in orders if isinstance(order, Waiting)]
