"""The drivers' errors as sentences."""

from __future__ import annotations

import sqlite3
from contextlib import contextmanager
from typing import TYPE_CHECKING

from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError, SQLAlchemyError

from dqmconsole.logbook.connect import named
from dqmconsole.logbook.errors import (
    BookAbsent,
    BookBroken,
    BookError,
    BookLocked,
    BookOtherAccount,
    BookRefused,
    BookSignIn,
    BookUnreachable,
)
from dqmconsole.logbook.steps_postgres import ONLY_GROWS, OTHER_ACCOUNT, REFUSED
from dqmconsole.model.permission import MAY, refusal

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy.engine import URL

    from dqmconsole.model.permission import Permissions

# libpq gives a failed sign-in no SQLSTATE, only the server's words.
_SIGN_IN = ("password", "authentication", "pg_hba.conf", "not permitted to log in")
_PRIVILEGE = "42501"


@contextmanager
def in_words(url: URL, role: str = "", table: Permissions = MAY) -> Iterator[None]:
    """Turn what the driver raises inside into a `BookError`.

    Args:
        url: of the book.
        role: of whoever acts, for the refusals.
        table: action -> the roles that may, for the same.
    """
    try:
        yield
    except DBAPIError as error:
        if isinstance(error.orig, sqlite3.Error):
            of_file = of_sqlite(error.orig, named(url), url.database or "")
            raise of_file from error
        raise _of_postgresql(error, named(url), role, table) from error
    except sqlite3.Error as error:
        raise of_sqlite(error, named(url), url.database or "") from error
    except SQLAlchemyError as error:
        words = f"{named(url)} cannot be used: {error}"
        raise BookBroken(words) from error


def of_sqlite(error: sqlite3.Error, name: str, path: str = "") -> BookError:
    """SQLite's error as one of the book called `name`, whose file is at `path`."""
    code = getattr(error, "sqlite_errorcode", sqlite3.SQLITE_ERROR) & 0xFF
    match code:
        case sqlite3.SQLITE_BUSY | sqlite3.SQLITE_LOCKED:
            return BookLocked(f"{name} is locked by another program")
        case sqlite3.SQLITE_FULL:
            return BookUnreachable(f"{name} cannot grow: the disk is full")
        case sqlite3.SQLITE_READONLY:
            return BookUnreachable(f"{name} is read-only here: nothing can be written")
        case sqlite3.SQLITE_CANTOPEN:
            return BookUnreachable(f"{name} cannot be opened: {error}")
        case sqlite3.SQLITE_IOERR:
            return BookUnreachable(f"{name} cannot be read or written: {error}")
        case sqlite3.SQLITE_CONSTRAINT | sqlite3.SQLITE_TOOBIG:
            return BookRefused(f"{name} refused this: {error}")
    words = f"{name} is damaged, or no book ({error}); it was left as it is"
    return BookBroken(words, path)


def _of_postgresql(
    error: DBAPIError, name: str, role: str, table: Permissions
) -> BookError:
    said = " ".join(str(error.orig).split())
    state: str | None = getattr(error.orig, "sqlstate", None)
    if state is None and not isinstance(error, (OperationalError, InterfaceError)):
        return BookBroken(f"{name} cannot be used: {said}")
    if state is None:
        return _of_connecting(said, name)
    if state in {"55P03", "57014", "40P01", "40001"}:
        return BookLocked(f"{name} is locked or slow: {said}")
    refused = _refused(error, state, name, role, table)
    if refused is not None:
        return refused
    if state.startswith("53"):
        return BookUnreachable(f"{name} cannot grow or take part now: {said}")
    if state == "25006":
        return BookUnreachable(f"{name} is a read-only copy: nothing can be written")
    if state.startswith("28"):
        return BookSignIn(f"{name} did not let you in: {said}")
    if state.startswith(("08", "57", "25P")):
        return BookUnreachable(f"the connection to {name} was lost: {said}")
    if state.startswith(("22", "23")):
        return BookRefused(f"{name} refused this: {said}")
    return BookBroken(f"{name} is damaged, or no book: {said}")


def _of_connecting(said: str, name: str) -> BookError:
    reason = said.partition("failed: ")[2] or said
    if any(word in said for word in _SIGN_IN) or (
        "role " in said and "does not exist" in said
    ):
        return BookSignIn(f"{name} wants an account and its password: {reason}")
    if "database " in said and "does not exist" in said:
        words = f"there is no such database: {reason}; an administrator makes it"
        return BookAbsent(f"{name}: {words}")
    return BookUnreachable(f"{name} cannot be reached: {reason}")


def _refused(
    error: DBAPIError, state: str, name: str, role: str, table: Permissions
) -> BookError | None:
    diagnosis = getattr(error.orig, "diag", None)
    message = getattr(diagnosis, "message_primary", None) or str(error.orig)
    action = getattr(diagnosis, "message_hint", None)
    if state == OTHER_ACCOUNT:
        return BookOtherAccount(f"{name}: {message}")
    if state == ONLY_GROWS:
        return BookRefused(message)
    if state == REFUSED:
        words = refusal(role, action, table) if action and action in table else ""
        return BookRefused(words or message)
    if state == _PRIVILEGE:
        words = refusal(role, "write", table)
        return BookRefused(f"{words or message} ({name}: {message})")
    return None
