"""Records, files and releases as rows of the database, and back."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, TypeVar

import msgspec

from dqmconsole.logbook.errors import BookBroken, BookRefused
from dqmconsole.logbook.rules import too_large
from dqmconsole.model.record import (
    KnownBody,
    OtherBody,
    Record,
    StoredFile,
    Versions,
    body_of,
    file_hash,
    is_hash_of,
    kind_of,
)
from dqmconsole.model.release import Release, SiteChange

if TYPE_CHECKING:
    import sqlite3

    from sqlalchemy.engine import RowMapping

    from dqmconsole.model.record import Body

Row = dict[str, Any]
T = TypeVar("T", Record, Release, StoredFile)

_REPLACEMENT = "�"
_SAME = ("uid", "made_at", "run", "subsystem", "who", "account", "role", "console",
         "shift")  # fmt: skip
_RELEASE_SAME = ("number", "by", "account", "why", "at", "program", "hash", "again")
_BIGGEST = 2**63 - 1
_LATEST = 253_370_764_800.0  # unix time of the year 9999, s: the last that is a date


def cleaned(value: T) -> T:
    """The value with what no database holds (NUL, half characters) replaced."""
    plain = msgspec.to_builtins(value, builtin_types=(bytes,))
    clean = _clean(plain)
    return value if clean == plain else msgspec.convert(clean, type(value))


def _clean(value: object) -> object:
    match value:
        case str():
            whole = value.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
            return whole.replace("\0", _REPLACEMENT)
        case dict():
            return {key: _clean(each) for key, each in value.items()}
        case list():
            return [_clean(each) for each in value]
        case tuple():
            return tuple(_clean(each) for each in value)
    return value


def record_row(record: Record) -> Row:
    """A record as a row, without number and stored_at.

    Raises:
        BookRefused: it holds a number that no database keeps, or is too large.
    """
    words = ""
    if not record.uid:
        words = "a record without a uid cannot be stored"
    elif not math.isfinite(record.made_at):
        words = f"the record {record.uid} has no time: {record.made_at}"
    elif not -_BIGGEST <= record.run <= _BIGGEST:
        words = f"the record {record.uid} is of run {record.run}: too large"
    if words:
        raise BookRefused(words)
    try:
        body = msgspec.json.encode(record.body)
        if not isinstance(record.body, OtherBody):
            # what cannot be read is not written
            msgspec.json.decode(body, type=type(record.body))
    except (msgspec.MsgspecError, OverflowError) as error:
        words = f"the record {record.uid} cannot be stored: {error}"
        raise BookRefused(words) from error
    row = {name: getattr(record, name) for name in _SAME} | {
        "kind": kind_of(record.body),
        "versions": msgspec.json.encode(record.versions).decode(),
        "body": body.decode(),
    }
    if why := too_large("records", row):
        words = f"the record {record.uid[:40]} is too large: {why}"
        raise BookRefused(words)
    return row


def row_record(row: RowMapping | sqlite3.Row) -> Record | None:
    """The record of a row; None for one of a known kind that cannot be read.

    None too for one whose values are nested too deeply: databases take those. A time
    of a console's clock that is no date gives way to that of the database's.
    """
    try:
        body = _body(row["body"])
        versions = msgspec.json.decode(row["versions"], type=Versions)
    except (msgspec.MsgspecError, RecursionError):
        return None
    said = {name: row[name] for name in _SAME}
    if not 0.0 <= row["made_at"] < _LATEST:
        said["made_at"] = row["stored_at"]
    return Record(
        body=body,
        versions=versions,
        number=row["number"],
        stored_at=row["stored_at"],
        **said,
    )


def _body(stored: str) -> Body:
    try:
        found: Body = msgspec.json.decode(stored, type=KnownBody)
    except msgspec.ValidationError:
        found = body_of(msgspec.json.decode(stored, type=dict[str, Any]))
    return found


def file_row(file: StoredFile) -> Row:
    """A file as a row.

    Raises:
        BookRefused: its hash is not that of its bytes, or it is too large.
    """
    if file_hash(file.data) != file.hash:
        words = f"the file {file.name} is not what its hash {file.hash} says"
        raise BookRefused(words)
    row: Row = {"hash": file.hash, "name": file.name, "data": file.data}
    if why := too_large("files", row):
        words = f"the file {file.name[:40]} is too large: {why}"
        raise BookRefused(words)
    return row


def row_file(row: RowMapping) -> StoredFile:
    """The file of a row.

    Raises:
        BookBroken: its bytes are not those that were stored.
    """
    data = bytes(row["data"])
    if not is_hash_of(row["hash"], data):
        words = f"the file {row['name']} in the book is damaged (hash {row['hash']})"
        raise BookBroken(words)
    return StoredFile(row["hash"], row["name"], data)


def release_row(release: Release, site: str) -> Row:
    """A release of a site as a row.

    Raises:
        BookRefused: it is too large.
    """
    row = {name: getattr(release, name) for name in _RELEASE_SAME} | {
        "site": site,
        "changes": msgspec.json.encode(release.changes).decode(),
    }
    if why := too_large("releases", row):
        words = f"the release {release.number} is too large: {why}"
        raise BookRefused(words)
    return row


def row_release(row: RowMapping) -> Release:
    """The release of a row.

    Raises:
        BookBroken: its changes cannot be read.
    """
    try:
        changes = msgspec.json.decode(row["changes"], type=tuple[SiteChange, ...])
    except msgspec.MsgspecError as error:
        words = f"release {row['number']} in the book cannot be read: {error}"
        raise BookBroken(words) from error
    return Release(changes=changes, **{name: row[name] for name in _RELEASE_SAME})
