"""The tables as this program reads and writes them; ``steps`` makes them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import (
    BigInteger,
    Column,
    Double,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    Text,
)

if TYPE_CHECKING:
    from sqlalchemy.types import TypeEngine

# Of the PostgreSQL schema the tables stand in; SQLite has none.
SCHEMA_NAME = "dqmconsole"

metadata = MetaData()

book = Table(
    "book",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("version", Integer, nullable=False),
)


def _columns(kind: type[TypeEngine[Any]], *names: str) -> list[Column[Any]]:
    return [Column(name, kind, nullable=False) for name in names]


records = Table(
    "records",
    metadata,
    Column("number", BigInteger, primary_key=True),
    Column("uid", Text, nullable=False, unique=True),
    *_columns(Double, "made_at", "stored_at"),
    *_columns(BigInteger, "run"),
    *_columns(Text, "kind", "subsystem", "who", "account", "role", "console"),
    *_columns(Text, "shift", "versions", "body"),
)

permissions = Table(
    "permissions",
    metadata,
    Column("rule", Integer, primary_key=True),
    Column("role", Text, primary_key=True),
    *_columns(Text, "kind", "condition", "action"),
)

files = Table(
    "files",
    metadata,
    Column("hash", Text, primary_key=True),
    *_columns(Text, "name"),
    *_columns(LargeBinary, "data"),
)

releases = Table(
    "releases",
    metadata,
    Column("site", Text, primary_key=True),
    Column("number", BigInteger, primary_key=True),
    *_columns(Text, "by", "account", "why", "program", "hash", "changes"),
    *_columns(Double, "at"),
    *_columns(BigInteger, "again"),
)
