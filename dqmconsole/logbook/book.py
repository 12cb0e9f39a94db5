"""The book: an append-only database of records, files and releases."""

from __future__ import annotations

import sqlite3
from typing import TYPE_CHECKING, TypeVar

import msgspec
from sqlalchemy import func, insert, select, text
from sqlalchemy.exc import IntegrityError

from dqmconsole.logbook import steps
from dqmconsole.logbook.author import login_name
from dqmconsole.logbook.connect import (
    FILE_PATIENCE,
    STATEMENT_PATIENCE,
    named,
    place,
)
from dqmconsole.logbook.database import Database
from dqmconsole.logbook.errors import BookOtherAccount, BookRefused
from dqmconsole.logbook.questions import (
    BookInfo,
    by_uid,
    explain,
    known,
    permissions,
    summary,
)
from dqmconsole.logbook.rows import (
    cleaned,
    file_row,
    record_row,
    release_row,
    row_file,
    row_record,
    row_release,
)
from dqmconsole.logbook.schema import SCHEMA_NAME, book, files, records, releases
from dqmconsole.logbook.trouble import in_words
from dqmconsole.model.permission import ROLES, refusal
from dqmconsole.model.record import Record, StoredFile

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy.engine import Connection

    from dqmconsole.logbook.rows import Row
    from dqmconsole.model.permission import Permissions
    from dqmconsole.model.release import Release

T = TypeVar("T")

_ROLES = ("", *ROLES)  # by the rank that the database counts


class Batch(msgspec.Struct, frozen=True):
    """What was read from the book in one go.

    Attributes:
        records: in the order of their numbers.
        last: number of the last row read; go on from here.
        skipped: rows in between that only a newer program understands.
        full: there may be more.
    """

    records: tuple[Record, ...]
    last: int
    skipped: int = 0
    full: bool = False


class Book:
    """One open book; for one thread at a time. Made by `open` or `create`.

    Attributes:
        shared: whether the database keeps accounts, so that it decides who may what.
    """

    def __init__(self, database: Database, who: tuple[str, str]) -> None:
        self._database = database
        self.shared = database.shared
        self._who = who

    @classmethod
    def open(cls, url: str, *, user: str = "", password: str = "") -> Book:
        """Open a book.

        An SQLite book is made where none is and raised where it is older; one on
        PostgreSQL only by `create`, for that takes its owner.

        Args:
            url: ``sqlite:///path``, a path, or ``postgresql://[user@]host/database``.
            user: account of the database; "" leaves it to the URL and the driver.
            password: its password, never part of the URL.

        Raises:
            BookError: one of its kinds says why not.
        """
        return cls(*_opened(url, user, password, make=False))

    @classmethod
    def create(cls, url: str, *, user: str = "", password: str = "") -> Book:
        """Make a book, or raise an older one; on PostgreSQL as the database's owner.

        Raises:
            BookError: one of its kinds says why not.
        """
        return cls(*_opened(url, user, password, make=True))

    @property
    def name(self) -> str:
        """How sentences call the book."""
        return named(self._database.url)

    def who(self) -> tuple[str, str]:
        """The account and its role; on SQLite the role is "": the site says it."""
        return self._who

    @property
    def permissions(self) -> Permissions:
        """Action -> the roles that may, as the database had it when it was opened."""
        return self._database.permissions

    def close(self) -> None:
        """Let go of the database."""
        self._database.close()

    def write(
        self, batch: Sequence[Record], stored: Sequence[StoredFile] = ()
    ) -> tuple[Record, ...]:
        """Write records and the files they name, all or none.

        When this returns, they are on the disk of the database. A uid that is
        already there comes back as it was stored, so writing again after a doubt is
        safe; a connection lost in between is opened again once.

        Returns:
            The records with number, stored_at and account, in the order given.

        Raises:
            BookRefused: one of them is not allowed; none was written.
            BookReplaced: they went into a file that is no longer the book.
            BookError: none was written, or (BookUnreachable) that is not known.
        """
        clean = [self._signed(cleaned(each)) for each in batch]
        rows = [record_row(each) for each in clean]
        file_rows = {each.hash: file_row(cleaned(each)) for each in stored}

        def work(connection: Connection) -> tuple[Record, ...]:
            self._lock(connection)
            there = by_uid(connection, clean)
            stored_files = known(connection, files.c.hash, list(file_rows))
            self._wait_for_files(connection, [len(each.data) for each in stored])
            for key in file_rows.keys() - stored_files:
                connection.execute(insert(files), file_rows[key])
            new: dict[str, Record] = {}
            for record, row in zip(clean, rows, strict=True):
                if record.uid in there or record.uid in new:
                    continue
                self._insert(connection, row)
                new[record.uid] = record
            there |= by_uid(connection, list(new.values()))
            return tuple(there[each.uid] for each in clean)

        role = self._who[1] or (batch[0].role if batch else "")
        written = self._database.write(work, role)
        self._database.wrote(each.uid for each in written)
        return written

    def read(self, after: int = 0, limit: int = 2000) -> Batch:
        """The records whose number is above `after`, in order, `limit` rows at most.

        Rows of a known kind that cannot be read are counted and passed over.

        Raises:
            BookError: they cannot be read.
        """
        question = (
            select(records)
            .where(records.c.number > after)
            .order_by(records.c.number)
            .limit(limit)
        )
        rows = self._database.read(lambda link: link.execute(question).mappings().all())
        found = [record for row in rows if (record := row_record(row)) is not None]
        return Batch(
            records=tuple(found),
            last=rows[-1]["number"] if rows else after,
            skipped=len(rows) - len(found),
            full=len(rows) == limit,
        )

    def has(self, uids: Sequence[str]) -> set[str]:
        """Those of some uids that the book has taken.

        Raises:
            BookError: it cannot be read.
        """
        return self._database.read(lambda link: known(link, records.c.uid, uids))

    def before(self, age: float) -> int:
        """Number behind which all are that are younger than `age` s, or 0.

        Ages are by the database's clock. A record that was stored while the clock went
        wrong hides none of those before it.

        Raises:
            BookError: it cannot be read.
        """
        now = (
            "extract(epoch FROM clock_timestamp())"
            if self.shared
            else "((julianday('now') - 2440587.5) * 86400.0)"
        )
        young = records.c.stored_at >= text(f"{now} - :age")
        first = select(func.min(records.c.number) - 1).where(young).scalar_subquery()
        last = select(func.max(records.c.number)).scalar_subquery()
        question = select(func.coalesce(first, last, 0)).params(age=age)
        found = self._database.read(lambda link: link.execute(question).scalar())
        return int(found or 0)

    def file(self, hash_: str) -> StoredFile | None:
        """The file of a hash, or None.

        Raises:
            BookBroken: its bytes are damaged.
            BookError: it cannot be read.
        """
        question = select(files).where(files.c.hash == hash_)
        asked = select(func.length(files.c.data)).where(files.c.hash == hash_)

        def work(connection: Connection) -> StoredFile | None:
            size = connection.execute(asked).scalar()
            if size is None:
                return None
            self._wait_for_files(connection, [size])
            row = connection.execute(question).mappings().first()
            return None if row is None else row_file(row)

        return self._database.read(work)

    def publish(self, release: Release, site: str, role: str = "") -> None:
        """Enter a release of a site; the same one again changes nothing.

        Args:
            release: its number is the next one of the site's.
            site: name of the site.
            role: of whoever publishes, where the book keeps no accounts.

        Raises:
            BookRefused: the role may not, or the number is taken.
            BookError: it cannot be written.
        """
        role = self._who[1] if self.shared else role
        if words := refusal(role, "publish", self.permissions):
            raise BookRefused(words)
        row = release_row(cleaned(release), site)

        def work(connection: Connection) -> None:
            self._lock(connection)
            taken = connection.execute(
                select(releases).where(
                    releases.c.site == site, releases.c.number == release.number
                )
            ).first()
            if taken is None:
                connection.execute(insert(releases), row)
            elif taken.hash != release.hash:
                words = (
                    f"release {release.number} of {site} was already published, by "
                    f"{taken.by}: take the next number"
                )
                raise BookRefused(words)

        self._database.write(work, role)

    def releases(self, site: str) -> tuple[Release, ...]:
        """The releases of a site, in the order of their numbers.

        Raises:
            BookError: they cannot be read.
        """
        question = (
            select(releases)
            .where(releases.c.site == site)
            .order_by(releases.c.number)
        )  # fmt: skip
        rows = self._database.read(lambda link: link.execute(question).mappings().all())
        return tuple(row_release(row) for row in rows)

    def info(self) -> BookInfo:
        """Summarise the book.

        Raises:
            BookError: it cannot be read.
        """
        return self._database.read(lambda link: summary(link, self.name, self._who))

    def _signed(self, record: Record) -> Record:
        if record.account:
            return record
        return msgspec.structs.replace(record, account=self._who[0])

    def _insert(self, connection: Connection, row: Row) -> None:
        """Write one record in one statement: the database holds it against the rules.

        For a file the words, and the check of the account, are said here.

        Raises:
            BookRefused, BookOtherAccount: it does not take the record.
        """
        account = row["account"]
        if not self.shared and account not in {"", self._who[0]}:
            words = (
                f"{self.name}: the record was made under the account {account}, but "
                f"{self._who[0]} is signed in"
            )
            raise BookOtherAccount(words)
        try:
            connection.execute(insert(records), row)
        except IntegrityError as error:
            if self.shared:
                raise
            said = str(error.orig)
            refused = explain(connection, said, row, self.permissions)
            if refused is None:
                raise
            raise refused from error

    def _wait_for_files(self, connection: Connection, sizes: Sequence[int]) -> None:
        """Give a shared book the time, until the transaction ends, to carry files.

        Args:
            connection: in its transaction.
            sizes: of the files, bytes; the largest counts, for each is a statement.
        """
        if self.shared and sizes:
            patience = STATEMENT_PATIENCE + max(sizes) * FILE_PATIENCE // 1_000_000
            connection.execute(text(f"SET LOCAL statement_timeout = {patience}"))

    def _lock(self, connection: Connection) -> None:
        """Be the only writer until the transaction ends, of a book we know."""
        if self.shared:
            connection.execute(text(f"SELECT {SCHEMA_NAME}.write_alone()"))
        steps.refuse_newer(
            connection.execute(select(book.c.version)).scalar_one(), connection
        )


def _opened(
    url: str, user: str, password: str, *, make: bool
) -> tuple[Database, tuple[str, str]]:
    database = Database(place(url, user), password)
    engine = database.engine
    try:
        with in_words(database.url):
            if make or (not database.shared and steps.behind(engine)):
                steps.make(engine)
            with engine.connect() as connection:
                steps.check(connection)
                database.permissions = permissions(connection)
                if database.shared:
                    who = _ask_who(connection)
                else:
                    who = user or login_name(), ""
                    connection.rollback()
                    # only now: it changes the file, which is a book's
                    _keep_a_log(connection)
            database.begin()
    except BaseException:
        database.close()
        raise
    return database, who


def _ask_who(connection: Connection) -> tuple[str, str]:
    question = text(f"SELECT session_user, {SCHEMA_NAME}.rank()")
    account, rank = connection.execute(question).one()
    return account, _ROLES[rank]


def _keep_a_log(connection: Connection) -> None:
    """Let SQLite's readers and its writer work at the same time."""
    raw = connection.connection.driver_connection
    assert isinstance(raw, sqlite3.Connection)
    raw.execute("PRAGMA journal_mode = WAL")
