"""The tables as this program reads and writes them; ``steps`` makes them."""

from __future__ import annotations

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

# Of the PostgreSQL schema the tables stand in; SQLite has none.
SCHEMA_NAME = "dqmconsole"

metadata = MetaData()

book = Table(
    "book",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("version", Integer, nullable=False),
)

records = Table(
    "records",
    metadata,
    Column("number", BigInteger, primary_key=True),
    Column("uid", Text, nullable=False, unique=True),
    Column("kind", Text, nullable=False),
    Column("made_at", Double, nullable=False),
    Column("stored_at", Double, nullable=False),
    Column("run", BigInteger, nullable=False),
    Column("subsystem", Text, nullable=False),
    Column("who", Text, nullable=False),
    Column("account", Text, nullable=False),
    Column("role", Text, nullable=False),
    Column("console", Text, nullable=False),
    Column("shift", Text, nullable=False),
    Column("versions", Text, nullable=False),
    Column("body", Text, nullable=False),
)

files = Table(
    "files",
    metadata,
    Column("hash", Text, primary_key=True),
    Column("name", Text, nullable=False),
    Column("data", LargeBinary, nullable=False),
)

releases = Table(
    "releases",
    metadata,
    Column("site", Text, primary_key=True),
    Column("number", BigInteger, primary_key=True),
    Column("by", Text, nullable=False),
    Column("account", Text, nullable=False),
    Column("why", Text, nullable=False),
    Column("at", Double, nullable=False),
    Column("program", Text, nullable=False),
    Column("hash", Text, nullable=False),
    Column("changes", Text, nullable=False),
    Column("again", BigInteger, nullable=False),
)
