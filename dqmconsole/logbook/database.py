"""Transactions with one database, and whether it still is the one that was opened."""

from __future__ import annotations

import sqlite3
from collections import deque
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from sqlalchemy.exc import DBAPIError, SQLAlchemyError

from dqmconsole.logbook.connect import connect, named
from dqmconsole.logbook.errors import BookReplaced, BookUnreachable
from dqmconsole.logbook.same_file import SameFile
from dqmconsole.logbook.trouble import in_words
from dqmconsole.model.permission import MAY

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from sqlalchemy.engine import URL, Connection, Engine

T = TypeVar("T")

_OWN = 10_000  # uids of records written here, to find them again


class Database:
    """The connection of one book.

    Attributes:
        url: of the book.
        engine: SQLAlchemy's.
        shared: whether it is a PostgreSQL database.
        permissions: action -> the roles that may, for the words of refusals.
    """

    def __init__(self, url: URL, password: str) -> None:
        """Prepare it.

        Raises:
            BookError: one of its kinds says why not.
        """
        self.url = url
        self.engine = connect(url, password)
        self.shared = self.engine.dialect.name == "postgresql"
        self.permissions = MAY
        self._writing = self.engine.execution_options(writes=True)
        self._own: deque[str] = deque(maxlen=_OWN)
        self._same_file: SameFile | None = None
        if not self.shared:
            try:
                self._same_file = SameFile(Path(url.database or ""))
            except OSError as error:
                words = f"{named(url)} cannot be read: {error.strerror}"
                raise BookUnreachable(words) from error

    def begin(self) -> None:
        """From now on it is a book: remember how its file looks.

        Raises:
            BookReplaced: it is no longer the one that was opened.
        """
        if self._same_file is not None:
            self._same_file.begin()

    def close(self) -> None:
        """Let go of the database."""
        self.engine.dispose()
        if self._same_file is not None:
            self._same_file.close()

    def wrote(self, uids: Iterable[str]) -> None:
        """These records were written here."""
        if self._same_file is not None:
            self._own.extend(uids)

    def read(self, work: Callable[[Connection], T]) -> T:
        """Do work that reads, in a transaction.

        Raises:
            BookError: it cannot be done.
        """
        return self._done(self.engine, work, "")

    def write(self, work: Callable[[Connection], T], role: str) -> T:
        """Do work that writes, in a transaction, for somebody of this role.

        Raises:
            BookReplaced: it was done in a file that is no longer the book.
            BookError: it cannot be done.
        """
        return self._done(self._writing, work, role)

    def _done(self, engine: Engine, work: Callable[[Connection], T], role: str) -> T:
        """Do it; once more when the connection had gone away."""
        self._look()
        try:
            result = self._try(engine, work, role)
        except BookUnreachable as error:
            cause = error.__cause__
            if not (isinstance(cause, DBAPIError) and cause.connection_invalidated):
                raise
            result = self._try(engine, work, role)
        self._look()
        return result

    def _try(self, engine: Engine, work: Callable[[Connection], T], role: str) -> T:
        with in_words(self.url, role, self.permissions), engine.begin() as connection:
            return work(connection)

    def _look(self) -> None:
        """Make sure that a file is still the one that was opened."""
        if self._same_file is None:
            return
        try:
            self._same_file.check(self._own)
        except BookReplaced:
            self._empty_log()  # the file may only have been moved
            self._same_file.put_log_aside()
            raise

    def _empty_log(self) -> None:
        """Let SQLite write what its log holds into the file that it has open."""
        with suppress(SQLAlchemyError), self.engine.connect() as connection:
            raw = connection.connection.driver_connection
            assert isinstance(raw, sqlite3.Connection)
            with suppress(sqlite3.Error):
                raw.execute("PRAGMA wal_checkpoint(PASSIVE)").fetchall()
