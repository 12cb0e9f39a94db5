"""How the log stands, and what its thread has for the console."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Literal

import msgspec

from dqmconsole.logbook.spool import Held
from dqmconsole.model.permission import MAY, Permissions
from dqmconsole.model.record import Record, StoredFile

if TYPE_CHECKING:
    from collections.abc import Sequence

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
        more: while it is ready: what it holds has not all been given yet.
        held: of the unsaved ones, those made under other accounts.
        permissions: action -> the roles that may, as the database last said; before
            it was reached, the program's own.
    """

    word: Word = "opening"
    sentence: str = ""
    unsaved: int = 0
    account: str = ""
    role: str = ""
    asks: bool = False
    more: bool = False
    held: tuple[Held, ...] = ()
    permissions: Permissions = MAY

    @property
    def whole(self) -> bool:
        """It is ready, and all that it holds was given."""
        return self.word == "ready" and not self.more


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

    def hold(self, held: tuple[Held, ...]) -> None:
        """These wait for other accounts."""
        self._change(held=held)

    def count(self, more: int) -> None:
        """So many more records are on their way."""
        with self._lock:
            self._unsaved += more

    def say(
        self, word: Word, sentence: str, *, asks: bool = False, more: bool = False
    ) -> None:
        """The book is in this state."""
        self._change(word=word, sentence=sentence, asks=asks, more=more)

    def signed_in(
        self, account: str, role: str = "", permissions: Permissions | None = None
    ) -> None:
        """This account is there.

        Args:
            account: the account.
            role: the role that the book gives it, or "".
            permissions: as the book has them; None while it was not reached.
        """
        self._change(account=account, role=role)
        if permissions is not None:
            self._change(permissions=permissions)

    def _change(self, **fields: object) -> None:
        with self._lock:
            self._state = msgspec.structs.replace(self._state, **fields)

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
                msgspec.structs.replace(self._state, unsaved=self._unsaved),
            )
            self._records, self._saved, self._refused = [], set(), []
            self._files, self._missing = [], set()
        return news
