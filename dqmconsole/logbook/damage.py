"""Whether the file of an SQLite book is whole, and what can be read where it is not.

All here opens the file for reading only, so that a damaged one stays as it is: SQLite
would write its log into it when the last connection that may write is closed.
"""

from __future__ import annotations

import sqlite3
from contextlib import closing, suppress
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote

import msgspec

from dqmconsole.logbook.rows import row_record
from dqmconsole.model.record import Record

if TYPE_CHECKING:
    from collections.abc import Iterator

_PATIENCE = 0.2  # s
_BUSY = (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED)
_SMALLEST = 512  # bytes of a page


def damage(path: Path, *, thorough: bool = False) -> str:
    """What is wrong with the file of a book, or "".

    Args:
        path: the file; one that is not there, or new and empty, is whole.
        thorough: read all of it. Else only what a look at its size says: whether it
            was cut off.

    Returns:
        A sentence without a full stop. A file that is locked counts as whole.
    """
    try:
        size = path.stat().st_size
    except OSError:
        return ""  # whoever opens it says so
    if size < _SMALLEST:
        log = Path(f"{path}-wal")
        with suppress(OSError):
            if log.stat().st_size:
                return f"it was cut off after {size} bytes, for its log is not empty"
        return ""
    try:
        with closing(_open(path)) as link:
            pages = link.execute("PRAGMA page_count").fetchone()[0]
            missing = pages * link.execute("PRAGMA page_size").fetchone()[0] - size
            if missing <= 0 and not thorough:
                return ""
            # pages at the end may still be in the log alone
            (found,) = link.execute("PRAGMA quick_check(1)").fetchone()
    except sqlite3.Error as error:
        code = getattr(error, "sqlite_errorcode", sqlite3.SQLITE_ERROR) & 0xFF
        return "" if code in _BUSY else str(error)
    if found == "ok":
        return ""
    cut = f"{missing} bytes are missing at its end, " if missing > 0 else ""
    return f"{cut}{' '.join(str(found).split())}"


def readable(path: Path) -> tuple[Record, ...]:
    """The records that can still be read of a damaged book, in their order."""
    try:
        with closing(_open(path)) as link:
            # else a file that is too short is not read at all
            link.execute("PRAGMA writable_schema = ON")
            return tuple(_records(link))
    except sqlite3.Error:
        return ()


def _records(link: sqlite3.Connection) -> Iterator[Record]:
    link.row_factory = sqlite3.Row
    last = 0
    try:
        for row in link.execute("SELECT * FROM records ORDER BY number"):
            last = row["number"]
            if (record := _record(row)) is not None:
                yield record
    except sqlite3.Error:
        pass
    else:
        return
    for number in range(last + 1, _highest(link) + 1):
        with suppress(sqlite3.Error):
            question = "SELECT * FROM records WHERE number = ?"
            row = link.execute(question, (number,)).fetchone()
            if row is not None and (record := _record(row)) is not None:
                yield record


def _record(row: sqlite3.Row) -> Record | None:
    """The record of a row, unless damage left something else in it."""
    try:
        found = row_record(row)
        return found and msgspec.convert(msgspec.to_builtins(found), Record)
    except (TypeError, ValueError, msgspec.MsgspecError):
        return None


def _highest(link: sqlite3.Connection) -> int:
    """The last number that the book gave, as far as it can be read."""
    for question in (
        "SELECT max(number) FROM records",
        "SELECT seq FROM sqlite_sequence WHERE name = 'records'",
    ):
        with suppress(sqlite3.Error):
            found = link.execute(question).fetchone()
            if found is not None and found[0]:
                return int(found[0])
    return 0


def _open(path: Path) -> sqlite3.Connection:
    uri = f"file:{quote(str(path))}?mode=ro"
    return sqlite3.connect(uri, uri=True, timeout=_PATIENCE)
