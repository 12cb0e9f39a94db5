"""The one thread that works with the book; whoever asks it never waits.

A record goes inbox → spool (on the disk) → book → `BookThread.take`. While the book
is locked or away it stays in the spool, in its order, and is tried again with
growing pauses; its uid makes a second try harmless.
"""

from __future__ import annotations

import logging
import math
import queue
import threading
import time
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from dqmconsole.logbook.damage import readable
from dqmconsole.logbook.errors import (
    BookBroken,
    BookError,
    BookLocked,
    BookRefused,
    BookReplaced,
    BookSignIn,
    BookUnreachable,
)
from dqmconsole.logbook.outgoing import Outgoing
from dqmconsole.logbook.rows import cleaned, file_row, record_row
from dqmconsole.logbook.spool import Waiting
from dqmconsole.logbook.state import Outbox

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from dqmconsole.logbook.book import Book
    from dqmconsole.logbook.state import BookNews, Word
    from dqmconsole.model.record import Record, StoredFile

    Opener = Callable[[str, str], Book]

log = logging.getLogger(__name__)

# s: longer than any one wait for the database, shorter than a shifter's patience
SILENCE = 6.0
POLL = 0.5  # s between two looks for the records of others
_SLOWLY = 30.0  # s between tries where only a person can mend it
_LOCKED_PAUSES = (0.05, 2.0)  # s, the first and the longest
_AWAY_PAUSES = (0.25, 5.0)
# What writing a record down can raise, whatever is in it.
_UNSOUND = (
    BookRefused,
    msgspec.MsgspecError,
    ArithmeticError,
    RecursionError,
    TypeError,
    ValueError,
)


class SignInRequest(msgspec.Struct, frozen=True):
    """Open the book again under this account."""

    user: str
    password: str


class Close(msgspec.Struct, frozen=True):
    """Write what waits until then, and end."""

    until: float  # by the monotonic clock


Order = Waiting | str | SignInRequest | Close  # a str asks for the file of that hash


class Replication:
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
        self._inbox = inbox
        self._out = out
        self._account = SignInRequest(user, "")
        self._age = age
        self._out.signed_in(user)
        self._book: Book | None = None
        self._outgoing = Outgoing(spool, out)
        self._wanted: dict[str, None] = {}
        self._last = -1
        self._more = False
        self._skipped = 0
        self._replaced = ""
        self._readable: int | None = None  # records of a damaged file that were shown
        self._unexpected = ""
        self._lost = ""
        self._again = 0.0  # by the monotonic clock: not to be tried before
        self._pause = 0.0
        self._until: float | None = None  # closing
        self._busy_since = math.inf  # by the monotonic clock: in the database's hands

    def run(self) -> None:
        """Work until told to close."""
        try:
            while not self._closing():
                self._guarded(self._outgoing.begin)
                self._guarded(self._take_orders)
                if self._outgoing or not self._closing():
                    self._guarded(self._work)
            self._guarded(self._finish)
        finally:
            # whatever ended it: what waits is kept, and it is said
            self._lost = self._outgoing.store.close()
            self._guarded(self._let_go)
            if self._closing():
                self._out.say("closed", self._notes())
            else:
                words = self._notes("The book's thread has ended: restart the console.")
                self._out.say("refused", words)

    def _guarded(self, work: Callable[[], None]) -> None:
        """Do it; what nobody thought of is said and logged, and the thread goes on."""
        try:
            work()
        except Exception as error:  # the one place that sees them: the thread's top
            words = f"unexpected trouble with the book: {type(error).__name__}: {error}"
            if words != self._unexpected:
                log.exception("unexpected trouble with the book")
            self._guarded(self._let_go)
            self._unexpected = words
            self._again = time.monotonic() + _SLOWLY
            self._out.say("refused", self._notes(f"{words}."))

    def silence(self) -> float:
        """For how long the database has not answered, s; the other thread asks."""
        return max(time.monotonic() - self._busy_since, 0.0)

    def abandon(self) -> None:
        """Keep what was not taken from the inbox; called by the other thread."""
        self._outgoing.store.add(_drained(self._inbox))
        self._lost = self._outgoing.store.close()
        self._inbox.put(Close(0.0))

    @property
    def lost(self) -> str:
        """Once closed: what is neither in the book nor in the spool, or ""."""
        return self._lost

    def _closing(self) -> bool:
        return self._until is not None

    def _idle(self) -> float:
        now = time.monotonic()
        if self._again > now:
            return min(self._again - now, POLL)
        return 0.0 if self._more or self._book is None else POLL

    def _take_orders(self) -> None:
        patience = self._idle()
        fresh: list[Waiting] = []
        try:
            with suppress(queue.Empty):
                order = self._inbox.get(timeout=patience) if patience else None
                while True:
                    if isinstance(order, Waiting):
                        fresh += self._sound(order)
                    elif order is not None:
                        self._follow(order)
                    order = self._inbox.get_nowait()
        finally:  # they are out of the inbox, whatever came after them
            self._outgoing.add(fresh)

    def _sound(self, order: Waiting) -> list[Waiting]:
        """The record as it can be written anywhere; nothing when it cannot be."""
        try:
            whole = Waiting(
                cleaned(order.record), tuple(cleaned(each) for each in order.files)
            )
            record_row(whole.record)
            for each in whole.files:
                file_row(each)
        except _UNSOUND as error:
            words = str(error) or type(error).__name__
            with suppress(*_UNSOUND):  # what cannot even be written as text
                self._outgoing.store.set_aside(order, words)
            self._out.refuse(order.record.uid, words)
            return []
        return [whole]

    def _follow(self, order: str | SignInRequest | Close) -> None:
        match order:
            case str():
                self._wanted[order] = None
            case SignInRequest():
                self._account = order
                self._out.signed_in(order.user)
                self._let_go()
                self._outgoing.signed_in()
                self._again = 0.0
                self._out.say("opening", self._notes())
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
        self._unexpected = ""
        self._readable = None
        self._out.say("ready", self._notes(self._replaced), more=self._more)

    def _open(self) -> None:
        self._book = self._opener(self._account.user, self._account.password)
        self._out.signed_in(*self._book.who(), self._book.permissions)
        if self._last < 0:
            self._last = 0 if self._age is None else self._book.before(self._age)

    def _write(self) -> BookLocked | None:
        """Write what waits, then read; a lock does not keep us from reading."""
        saved: list[str] = []
        records: tuple[Record, ...] = ()
        assert self._book is not None
        try:
            held_up = self._outgoing.write(self._book, saved)
            records = self._read()
        finally:
            self._out.give(records, saved)
        return held_up

    def _take_back(self, error: BookBroken) -> str:
        """Write again what this console wrote into a file that is no good any more."""
        self._outgoing.take_back()
        self._last, self._skipped = -1, 0
        if not isinstance(error, BookReplaced):
            return f"{error}."
        self._replaced = (
            f"At {time.strftime('%H:%M')} {error}. This console wrote its records "
            "again; those of others may be missing: bring the book back from a copy."
        )
        where = self._outgoing.store.where
        return f"{error}; {len(self._outgoing)} records are kept in {where}."

    def _show_readable(self, error: BookBroken) -> str:
        """Show what can still be read of a damaged file, once; say how much that is."""
        if not error.path:
            return ""
        if self._readable is None:
            found = readable(Path(error.path))
            self._readable = len(found)
            self._out.give(found, ())
        return f" {self._readable} records of it can still be read and are shown."

    def _read(self) -> tuple[Record, ...]:
        assert self._book is not None
        batch = self._book.read(self._last)
        self._last, self._more = batch.last, batch.full
        self._skipped += batch.skipped
        return batch.records

    def _answer(self) -> None:
        assert self._book is not None
        for hash_ in list(self._wanted):
            file = self._outgoing.file(hash_)
            try:
                file = file or self._book.file(hash_)
            except BookBroken as error:  # one file; the records are read all the same
                log.warning("%s", error)
            self._out.answer(hash_, file)
            del self._wanted[hash_]

    def _trouble(self, error: BookError) -> None:
        word: Word = "waiting"
        sentence = f"{error}."
        if self._book is not None and isinstance(error, BookBroken):
            sentence = self._take_back(error)
        if isinstance(error, BookBroken) and not isinstance(error, BookReplaced):
            sentence += self._show_readable(error)
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
        self._out.say(word, self._notes(sentence), asks=asks)

    def _longer(self, first: float, most: float) -> float:
        self._pause = min(max(first, 2 * self._pause), most)
        return self._pause

    def _let_go(self) -> None:
        book, self._book = self._book, None
        if book is not None:
            book.close()

    def _finish(self) -> None:
        assert self._until is not None
        while self._outgoing and self._again < self._until:
            time.sleep(max(self._again - time.monotonic(), 0.0))
            self._work()

    def _notes(self, first: str = "") -> str:
        notes = [first] if first else []
        if self._skipped:
            notes.append(
                f"{self._skipped} records of a newer program are not shown: upgrade "
                "dqmconsole."
            )
        return " ".join([*notes, *self._outgoing.notes()])


def _drained(inbox: queue.SimpleQueue[Order]) -> list[Waiting]:
    orders: list[Order] = []
    with suppress(queue.Empty):
        while True:
            orders.append(inbox.get_nowait())
    return [order for order in orders if isinstance(order, Waiting)]


def open_at(url: str) -> Opener:
    """How the thread opens the book of a URL; the database is imported there."""

    def opener(user: str, password: str) -> Book:
        from dqmconsole.logbook.book import Book

        return Book.open(url, user=user, password=password)

    return opener


class BookThread:
    """The book as the console's own thread sees it: nothing here waits, but `close`."""

    def __init__(
        self,
        opener: Opener,
        spool: Path | None,
        console: str = "",
        *,
        user: str = "",
        age: float | None = None,
    ) -> None:
        """Start the thread.

        Args:
            opener: opens the book for a user and password; runs in the thread.
            spool: file for records that wait (``spool.spool_path``); None for a book
                that is thrown away.
            console: host and process, for the thread's name.
            user: account to open it with at first.
            age: read only records stored within so many s; None reads all.
        """
        self._inbox: queue.SimpleQueue[Order] = queue.SimpleQueue()
        self._out = Outbox()
        self._replication = Replication(
            opener, spool, self._inbox, self._out, user, age
        )
        # should it hang in the network, the program must end all the same
        self._thread = threading.Thread(
            target=self._replication.run, name=f"book {console}".strip(), daemon=True
        )
        self._thread.start()

    def put(self, record: Record, files: Sequence[StoredFile] = ()) -> None:
        """Hand in a record and the files it names, to be written in this order."""
        self._out.count(1)
        self._inbox.put(Waiting(record, tuple(files)))

    def fetch(self, hash_: str) -> None:
        """Ask for a file; it comes with a later `take`."""
        self._inbox.put(hash_)

    def sign_in(self, user: str, password: str) -> None:
        """Open the book again under an account."""
        self._inbox.put(SignInRequest(user, password))

    def take(self) -> BookNews:
        """What is new since the last call."""
        news = self._out.take()
        silence = self._replication.silence()
        if silence < SILENCE:
            return news
        words = f"the book has not answered for {silence:.0f} s."
        state = msgspec.structs.replace(news.state, word="waiting", sentence=words)
        return msgspec.structs.replace(news, state=state)

    def close(self, patience: float = 3.0) -> str:
        """Write what waits, within `patience` s, and end.

        What the book does not have by then is in the spool, if there is one, and
        written at the next start.

        Returns:
            How many records are neither in the book nor in the spool, and where they
            were put; "" when all is well.
        """
        self._inbox.put(Close(time.monotonic() + patience))
        self._thread.join(patience + 0.5)
        if self._thread.is_alive():  # in a call to the database that has not ended
            self._replication.abandon()
        return self._replication.lost
