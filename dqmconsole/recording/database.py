"""SQLite files that a killed process leaves whole: opened, written, set aside."""

from __future__ import annotations

import contextlib
import logging
import sqlite3
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_log = logging.getLogger(__name__)
BUSY = 2.0  # s to wait for another process that writes
# SQLite quotes the damaged bytes, which Python's module cannot decode.
_NO_WORDS = "database disk image is malformed: its names are no text"


def open_writing(path: Path, tables: str) -> sqlite3.Connection:
    """Open a file for writing, made when missing; see :func:`transaction`.

    Raises:
        sqlite3.OperationalError: locked, or not writable.
        sqlite3.DatabaseError: damaged.
    """
    connection = sqlite3.connect(path, timeout=BUSY, isolation_level=None)
    try:
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = NORMAL")
        connection.executescript(tables)
    except UnicodeDecodeError as error:
        connection.close()
        raise sqlite3.DatabaseError(_NO_WORDS) from error
    except sqlite3.Error:
        connection.close()
        raise
    return connection


def open_reading(path: Path) -> sqlite3.Connection:
    """Open a file that exists for reading, also where nothing may be written.

    Raises:
        sqlite3.Error: it is not there, damaged, or locked.
    """
    place = path.absolute().as_uri()
    failed: sqlite3.Error | None = None
    # A file in a folder that is closed to writing has no room for the shared memory
    # of WAL; nobody can be writing there either.
    for how in ("mode=ro", "mode=ro&immutable=1"):
        connection = sqlite3.connect(
            f"{place}?{how}", uri=True, timeout=BUSY, isolation_level=None
        )
        try:
            connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
        except sqlite3.OperationalError as error:
            connection.close()
            failed = failed or error
            continue
        except UnicodeDecodeError as error:
            connection.close()
            raise sqlite3.DatabaseError(_NO_WORDS) from error
        except sqlite3.Error:
            connection.close()
            raise
        return connection
    assert failed is not None
    raise failed


@contextlib.contextmanager
def transaction(connection: sqlite3.Connection) -> Iterator[None]:
    """All that is written within is kept, or nothing of it."""
    connection.execute("BEGIN IMMEDIATE")
    try:
        yield
        connection.execute("COMMIT")
    except BaseException:
        if connection.in_transaction:  # a full disk ends it by itself
            with contextlib.suppress(sqlite3.Error):
                connection.execute("ROLLBACK")
        raise


def is_damage(error: Exception) -> bool:
    """Tell whether an error says that a file is damaged; not busy, full or too new."""
    if isinstance(error, UnicodeDecodeError):  # what it quotes of the file is no text
        return True
    return isinstance(error, sqlite3.DatabaseError) and not isinstance(
        error,
        sqlite3.OperationalError
        | sqlite3.IntegrityError
        | sqlite3.ProgrammingError
        | sqlite3.NotSupportedError,
    )


def set_aside(path: Path, error: Exception) -> Path:
    """Rename a damaged file, so that another can be begun; say so in the log.

    Returns:
        Its new path.

    Raises:
        OSError: it cannot be renamed.
    """
    target = path.with_name(path.name + ".damaged")
    number = 1
    while target.exists():
        number += 1
        target = path.with_name(f"{path.name}.damaged{number}")
    _log.warning("%s is damaged (%s) and set aside as %s", path, error, target.name)
    path.replace(target)
    for more in ("-wal", "-shm"):
        path.with_name(path.name + more).unlink(missing_ok=True)
    return target


def remove(path: Path) -> None:
    """Remove a file, and what SQLite keeps beside it, as far as these are there.

    Raises:
        OSError: one cannot be removed.
    """
    for more in ("", "-wal", "-shm"):
        path.with_name(path.name + more).unlink(missing_ok=True)
