"""From a URL to a SQLAlchemy engine."""

from __future__ import annotations

import os
import sqlite3
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sqlalchemy import create_engine, event
from sqlalchemy.engine import URL, Connection, Engine, make_url
from sqlalchemy.exc import ArgumentError

from dqmconsole.logbook.damage import damage
from dqmconsole.logbook.errors import (
    BookBroken,
    BookError,
    BookRefused,
    BookUnreachable,
)
from dqmconsole.logbook.same_file import start_of
from dqmconsole.logbook.schema import SCHEMA_NAME
from dqmconsole.logbook.steps_sqlite import FILE_HASH
from dqmconsole.model.paths import is_of_nobody, with_home
from dqmconsole.model.record import file_hash

if TYPE_CHECKING:
    from sqlalchemy.pool import ConnectionPoolEntry

BUSY_PATIENCE = 0.2  # s that SQLite waits for a lock; whoever calls tries again
CONNECT_PATIENCE = 5  # s
STATEMENT_PATIENCE = 5000  # ms
FILE_PATIENCE = 2000  # ms more for each MB of a file: a slow network still carries it
LOCK_PATIENCE = 3000  # ms
# A console that was stopped in mid-write must not hold the others up for long.
IDLE_PATIENCE = 10000  # ms
_SQLITE_MAGIC = b"SQLite format 3\0"
_LONGEST = 300  # characters of a path in a sentence


def place(url: str, user: str = "") -> URL:
    """Read the URL of a book; a plain path names an SQLite file.

    Args:
        url: ``sqlite:///path``, a path, or ``postgresql://[user@]host/database``.
        user: account to sign in with; "": the URL's, else the driver's choice.

    Raises:
        BookRefused: a password stands in the URL.
        BookError: it is no URL of a book.
    """
    if not url or "\0" in url:
        words = "that is no URL of a book; write a path or postgresql://host/database"
        raise BookError(words)
    if "://" not in url:
        if is_of_nobody(url):
            words = f"the home folder in the path of the book {url} is not known"
            raise BookError(words)
        return URL.create("sqlite", database=str(with_home(url)))
    try:
        parsed = make_url(url)
    except (ArgumentError, ValueError) as error:
        words = f"{url} is no URL of a book; write postgresql://host/database"
        raise BookError(words) from error
    backend = parsed.drivername.partition("+")[0]
    if parsed.password or "password" in parsed.query:
        words = (
            "a password stands in the URL of the book: take it out, it is asked for "
            "at the start of the shift (and by `dqmconsole book`), or read by the "
            "driver from ~/.pgpass"
        )
        raise BookRefused(words)
    if backend == "sqlite":
        if not parsed.database:
            words = f"{url} names no file; write sqlite:////path/to/book.sqlite"
            raise BookError(words)
        return URL.create("sqlite", database=parsed.database)
    if backend in {"postgresql", "postgres"}:
        parsed = parsed.set(drivername="postgresql+psycopg")
        return parsed.set(username=user) if user else parsed
    words = f"a book is kept in SQLite or PostgreSQL, not in {backend!r}"
    raise BookError(words)


def named(url: URL) -> str:
    """How sentences call the book."""
    if url.get_backend_name() == "sqlite":
        return f"the book {url.database}"
    host = url.host or url.query.get("host") or "this machine"
    return f"the book {url.database or url.username or ''} on {host}"


def connect(url: URL, password: str = "") -> Engine:
    """Make the engine of a book; nothing is reached yet.

    Raises:
        BookUnreachable: the file of an SQLite book cannot be made.
        BookBroken: the file is no SQLite file, or was cut off.
        BookError: the driver is not installed.
    """
    if url.get_backend_name() == "sqlite":
        return _sqlite(url)
    return _postgresql(url, password)


def _sqlite(url: URL) -> Engine:
    assert url.database is not None
    path = Path(url.database)
    _make_private_file(path)
    if found := damage(path):
        words = f"the book {path} is damaged ({found}); it was left as it is"
        raise BookBroken(words, str(path))
    engine = create_engine(
        url,
        pool_size=1,
        max_overflow=0,
        connect_args={"timeout": BUSY_PATIENCE, "check_same_thread": False},
    )
    event.listen(engine, "connect", _prepare_sqlite)
    event.listen(engine, "begin", _begin_sqlite)
    return engine


def _make_private_file(path: Path) -> None:
    """Make an empty file that only its owner reads, or look at the one there."""
    try:
        if not path.parent.is_dir():
            path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
    except OSError as error:
        if not os.path.isfile(path):  # noqa: PTH113 - no error where the name is too long
            words = f"the book {_short(path)} cannot be made: {error.strerror}"
            raise BookUnreachable(words) from error
    try:
        start = start_of(path, len(_SQLITE_MAGIC))
    except OSError as error:
        words = f"the book {path} cannot be read: {error.strerror}"
        raise BookUnreachable(words) from error
    if start and start != _SQLITE_MAGIC:
        words = (
            f"{path} is not a book (no SQLite file), or its start is damaged; it was "
            "left as it is: name another file, or bring the book back from a copy"
        )
        raise BookBroken(words)


def _short(path: Path) -> str:
    name = str(path)
    return name if len(name) <= _LONGEST else f"{name[:_LONGEST]}…"


def _prepare_sqlite(raw: Any, _entry: ConnectionPoolEntry) -> None:  # noqa: ANN401 - SQLAlchemy's hook
    assert isinstance(raw, sqlite3.Connection) or raw is not None
    raw.isolation_level = None  # BEGIN is said by _begin_sqlite
    raw.create_function(FILE_HASH, 1, file_hash, deterministic=True)
    for pragma in (
        "foreign_keys = ON",
        "synchronous = FULL",
        "recursive_triggers = ON",
    ):
        raw.execute(f"PRAGMA {pragma}")


def _begin_sqlite(connection: Connection) -> None:
    writes = connection.get_execution_options().get("writes", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


def _postgresql(url: URL, password: str) -> Engine:
    given = url.query.get("options", "")
    options = (
        f"-c search_path={SCHEMA_NAME} -c statement_timeout={STATEMENT_PATIENCE} "
        f"-c lock_timeout={LOCK_PATIENCE} -c synchronous_commit=on "
        f"-c idle_in_transaction_session_timeout={IDLE_PATIENCE} "
        f"{given if isinstance(given, str) else ' '.join(given)}"
    )
    arguments: dict[str, object] = {
        "connect_timeout": CONNECT_PATIENCE,
        "tcp_user_timeout": CONNECT_PATIENCE * 1000,
        "keepalives_idle": 5,
        "keepalives_interval": 2,
        "keepalives_count": 3,
        "application_name": f"dqmconsole {os.getpid()}",
        "options": options.strip(),
        "client_encoding": "utf8",
        "prepare_threshold": None,  # a pooler between us may not know them
    }
    if password:
        arguments["password"] = password
    try:
        return create_engine(
            url.difference_update_query(["options"]),
            pool_size=1,
            max_overflow=0,
            pool_pre_ping=True,
            hide_parameters=True,
            use_native_hstore=False,
            connect_args=arguments,
        )
    except (ArgumentError, ValueError, TypeError) as error:
        words = f"{named(url)} is asked for in a way that cannot be: {error}"
        raise BookError(words) from error
    except ImportError as error:
        words = (
            "a shared book needs the driver of PostgreSQL: "
            "pip install 'dqmconsole[postgresql]'"
        )
        raise BookError(words) from error
