"""Making a book and raising an older one, step by step, under a lock."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import inspect, select, text, update

from dqmconsole.logbook import rules, steps_postgres, steps_sqlite
from dqmconsole.logbook.connect import named
from dqmconsole.logbook.errors import BookAbsent, BookBroken, BookRefused, BookTooNew
from dqmconsole.logbook.schema import SCHEMA_NAME, book

if TYPE_CHECKING:
    from sqlalchemy.engine import Connection, Engine

VERSION = len(steps_sqlite.STEPS)
assert len(steps_postgres.STEPS) == VERSION

# Any number, the same in every console: of the lock held while a book is made.
_MAKING = 0x44514D42


def version(connection: Connection) -> int | None:
    """The schema of the book in this database; None where there is no table at all.

    Raises:
        BookBroken: there are tables, but none of a book.
        BookRefused: the account has no role in this book.
    """
    url = connection.engine.url
    sqlite = connection.dialect.name == "sqlite"
    if not sqlite:
        _check_access(connection)
    tables = inspect(connection).get_table_names(None if sqlite else SCHEMA_NAME)
    if not tables:
        return None
    if "book" not in tables or "records" not in tables:
        words = (
            f"{named(url)} holds something else ({', '.join(sorted(tables)[:3])}), "
            "no book; it was left as it is: name another one"
        )
        raise BookBroken(words)
    found = connection.execute(select(book.c.version)).scalars().all()
    if len(found) != 1:
        words = f"{named(url)} does not say its schema; it was left as it is"
        raise BookBroken(words)
    return int(found[0])


def check(connection: Connection) -> None:
    """Make sure that the book is of this program's schema.

    Raises:
        BookTooNew, BookAbsent, BookBroken: it is not.
    """
    found = version(connection)
    refuse_newer(found, connection)
    name = named(connection.engine.url)
    if found is None:
        words = (
            f"there is no book yet in {name.removeprefix('the book ')}; the "
            "database's owner makes it with `dqmconsole book create URL`"
        )
        raise BookAbsent(words)
    if found < VERSION:
        words = (
            f"{name} is of schema {found}, this program needs {VERSION}: its owner "
            "raises it with `dqmconsole book create URL`, nothing in it is lost"
        )
        raise BookAbsent(words)


def refuse_newer(found: int | None, connection: Connection) -> None:
    """Refuse a book whose schema is above this program's.

    Raises:
        BookTooNew: it is.
    """
    if found is not None and found > VERSION:
        words = (
            f"{named(connection.engine.url)} is of schema {found}, this program "
            f"knows up to {VERSION}: upgrade dqmconsole"
        )
        raise BookTooNew(words)


def behind(engine: Engine) -> bool:
    """Whether there is no book yet, or one that `make` would raise."""
    with engine.connect() as connection:
        return (version(connection) or 0) < VERSION


def make(engine: Engine, upto: int = VERSION) -> None:
    """Make the book, or raise it to `upto`, in one transaction; or leave it alone.

    Raises:
        BookTooNew, BookBroken: what is there cannot be raised.
        BookRefused: the account may not make a book here.
    """
    if engine.dialect.name == "sqlite":
        with engine.execution_options(writes=True).begin() as connection:
            _climb(connection, steps_sqlite.STEPS, upto, "permissions")
        return
    with engine.begin() as connection:
        connection.execute(text(f"SELECT pg_advisory_xact_lock({_MAKING})"))
        connection.execute(text("SET LOCAL statement_timeout = 0"))
        _check_encoding(connection)
        if version(connection) is None:
            _say(connection, f"CREATE SCHEMA IF NOT EXISTS {SCHEMA_NAME}")
        permissions = f"{SCHEMA_NAME}.permissions"
        _climb(connection, steps_postgres.STEPS, upto, permissions)
        if upto == VERSION:
            for line in steps_postgres.grants(_groups(connection)):
                _say(connection, line)


def _climb(
    connection: Connection,
    steps: tuple[tuple[str, ...], ...],
    upto: int,
    permissions: str,
) -> None:
    """Take the steps that are missing, and fill the table of permissions with them.

    Args:
        connection: in the transaction that makes the book.
        steps: all of its database.
        upto: the version to reach.
        permissions: name of the table. Of a book that is up to date its rows stay: its
            owner may have changed them.
    """
    found = version(connection)
    refuse_newer(found, connection)
    if (found or 0) >= upto:
        return
    for step in steps[found or 0 : upto]:
        for line in step:
            _say(connection, line)
    if upto == VERSION:
        for line in rules.statements(permissions):
            _say(connection, line)
    connection.execute(update(book).values(version=upto))


def _check_access(connection: Connection) -> None:
    # without the right to look into it, the schema would seem to be empty
    open_to_us = connection.execute(
        text(
            "SELECT has_schema_privilege(oid, 'USAGE') FROM pg_namespace"
            f" WHERE nspname = '{SCHEMA_NAME}'"
        )
    ).scalar()
    if open_to_us is False:
        words = (
            f"{named(connection.engine.url)} is closed to this account, which has no "
            "role in it: an administrator makes it a member of one of "
            f"{', '.join(steps_postgres.GROUPS)}"
        )
        raise BookRefused(words)


def _say(connection: Connection, line: str) -> None:
    # without parameters a "%" in it is a "%"
    connection.execution_options(no_parameters=True).exec_driver_sql(line)


def _check_encoding(connection: Connection) -> None:
    encoding = connection.execute(text("SHOW server_encoding")).scalar_one()
    if encoding != "UTF8":
        words = (
            f"{named(connection.engine.url)} would be in {encoding}, which cannot hold "
            "every name: make the database with ENCODING 'UTF8'"
        )
        raise BookRefused(words)


def _groups(connection: Connection) -> tuple[str, ...]:
    """The group roles, made where they are missing and the account may make them."""
    there = set(connection.execute(text("SELECT rolname FROM pg_roles")).scalars())
    may = connection.execute(
        text(
            "SELECT rolcreaterole OR rolsuper FROM pg_roles"
            " WHERE rolname = current_user"
        )
    ).scalar_one()
    groups = []
    for group in steps_postgres.GROUPS:
        if group not in there and may:
            _say(connection, f"CREATE ROLE {group} NOLOGIN")
        if group in there or may:
            groups.append(group)
    return tuple(groups)
