"""The one thread that works with the book; whoever asks it never waits.

A record goes inbox → spool (on the disk) → book → `BookThread.take`. While the book
is locked or away it stays in the spool, in its order, and is tried again with
growing pauses; its uid makes a second try harmless.
"""

from __future__ import annotations

import queue
import threading
import time
from typing import TYPE_CHECKING, Literal

import msgspec

from dqmconsole.model.record import Record, StoredFile
from dqmconsole.shift.scribe import Close, Scribe, SignIn
from dqmconsole.shift.spool import Held, Waiting

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from dqmconsole.logbook.book import Book
    from dqmconsole.shift.scribe import Opener, Order

# s: longer than any one wait for the database, shorter than a shifter's patience
SILENCE = 6.0

Word = Literal["opening", "ready", "waiting", "refused", "closed"]


class BookState(msgspec.Struct, frozen=True):
    """How the book stands.

    Attributes:
        word: "opening"; "ready"; "waiting" while it is locked or away and tried
            again by itself; "refused" while a person must act; "closed".
        sentence: why, and what else is worth knowing; "" when all is well.
        unsaved: records put that the book does not have yet.
        account, role: who is signed in; the role is "" where the book (a file) keeps
            none.
        asks: it wants an account and password: `BookThread.sign_in`.
        held: of the unsaved ones, those made under other accounts.
    """

    word: Word = "opening"
    sentence: str = ""
    unsaved: int = 0
    account: str = ""
    role: str = ""
    asks: bool = False
    held: tuple[Held, ...] = ()


class BookNews(msgspec.Struct, frozen=True):
    """What is new since the last `BookThread.take`.

    Attributes:
        records: new ones in the order of their numbers, one's own and others'.
        saved: uids put here that the book has; their records are among these or
            among the next ones.
        refused: (uid, sentence) of those it will not take; they are not tried again.
        files: those asked for with `BookThread.fetch`.
        missing: hashes asked for that the book does not have.
        state: how the book stands.
    """

    records: tuple[Record, ...] = ()
    saved: frozenset[str] = frozenset()
    refused: tuple[tuple[str, str], ...] = ()
    files: tuple[StoredFile, ...] = ()
    missing: frozenset[str] = frozenset()
    state: BookState = BookState()


class Outbox:
    """What the thread has for the console, under a lock that is held only briefly."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._records: list[Record] = []
        self._saved: set[str] = set()
        self._refused: list[tuple[str, str]] = []
        self._files: list[StoredFile] = []
        self._missing: set[str] = set()
        self._state = BookState()
        self._unsaved = 0
        self._held: tuple[Held, ...] = ()

    def hold(self, held: tuple[Held, ...]) -> None:
        """These wait for other accounts."""
        with self._lock:
            self._held = held

    def count(self, more: int) -> None:
        """So many more records are on their way."""
        with self._lock:
            self._unsaved += more

    def say(
        self, word: Word, sentence: str, who: tuple[str, str], *, asks: bool = False
    ) -> None:
        """The book stands thus."""
        with self._lock:
            self._state = BookState(word, sentence, 0, *who, asks)

    def give(self, records: Sequence[Record], saved: Sequence[str]) -> None:
        """These were read from the book, those uids were written."""
        with self._lock:
            self._records.extend(records)
            self._saved.update(saved)
            self._unsaved -= len(saved)

    def refuse(self, uid: str, sentence: str) -> None:
        """The book does not take this record."""
        with self._lock:
            self._refused.append((uid, sentence))
            self._unsaved -= 1

    def answer(self, hash_: str, file: StoredFile | None) -> None:
        """The book has this file under the hash, or none."""
        with self._lock:
            if file is None:
                self._missing.add(hash_)
            else:
                self._files.append(file)

    def take(self) -> BookNews:
        """Everything since the last call."""
        with self._lock:
            news = BookNews(
                tuple(self._records),
                frozenset(self._saved),
                tuple(self._refused),
                tuple(self._files),
                frozenset(self._missing),
                msgspec.structs.replace(
                    self._state, unsaved=self._unsaved, held=self._held
                ),
            )
            self._records, self._saved, self._refused = [], set(), []
            self._files, self._missing = [], set()
        return news


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
        self._scribe = Scribe(opener, spool, self._inbox, self._out, user, age)
        # should it hang in the network, the program must end all the same
        self._thread = threading.Thread(
            target=self._scribe.run, name=f"book {console}".strip(), daemon=True
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
        """Open the book anew under an account."""
        self._inbox.put(SignIn(user, password))

    def take(self) -> BookNews:
        """What is new since the last call."""
        news = self._out.take()
        silence = self._scribe.silence()
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
            self._scribe.abandon()
        return self._scribe.lost
