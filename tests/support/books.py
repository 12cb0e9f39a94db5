"""Places for books of the tests, on both databases, and records to put there."""

from __future__ import annotations

import itertools
import sqlite3
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from support.postgres import ACCOUNTS, PASSWORD

from dqmconsole.logbook.book import Book
from dqmconsole.logbook.steps_sqlite import FILE_HASH
from dqmconsole.model.record import Body, Entry, Record, StoredFile, file_hash

if TYPE_CHECKING:
    import psycopg
    from support.postgres import Cluster

ROLES = {
    "tim_trainee": "trainee",
    "sue_shifter": "shifter",
    "leo_leader": "shift-leader",
    "eva_expert": "expert",
}
assert set(ROLES) <= set(ACCOUNTS)
_NUMBERS = itertools.count(1)


@dataclass
class Place:
    """The URL of a book, and the cluster it is in; None for a file."""

    url: str
    cluster: Cluster | None

    @property
    def shared(self) -> bool:
        return self.cluster is not None

    @property
    def path(self) -> Path:
        return Path(self.url.removeprefix("sqlite:///"))

    @property
    def database(self) -> str:
        """The name of the database; the book is no file."""
        return self.url.partition("?")[0].rpartition("/")[2]

    def session(self, user: str) -> psycopg.Connection:
        """A session with the database past the book; it commits when it is left."""
        import psycopg

        assert self.cluster is not None
        return psycopg.connect(
            host=self.cluster.socket,
            dbname=self.database,
            user=user,
            password=PASSWORD,
        )

    def make(self) -> None:
        self.create().close()

    def create(self) -> Book:
        return Book.create(self.url, user="owner", password=PASSWORD)

    def open(self, account: str = "leo_leader") -> Book:
        return Book.open(self.url, user=account, password=PASSWORD)

    def damage_file(self, file: StoredFile) -> None:
        """Store other bytes under the hash of a file, as a broken disk would."""
        line = f"INSERT INTO dqmconsole.files VALUES ('{file.hash}', 'e.zip', "
        if self.shared:
            self.sql("ALTER TABLE dqmconsole.files DISABLE TRIGGER check_file")
            self.sql(f"{line}'\\x00'::bytea)")
            self.sql("ALTER TABLE dqmconsole.files ENABLE TRIGGER check_file")
        else:
            self.sql("DROP TRIGGER files_hash")
            self.sql(f"{line}x'00')")

    def sql(self, line: str, user: str = "postgres") -> list[Any]:
        """Run one statement past the book."""
        if self.cluster is None:
            link = sqlite3.connect(self.path, isolation_level=None)
            link.create_function(FILE_HASH, 1, file_hash, deterministic=True)
            try:
                return link.execute(line.replace("dqmconsole.", "")).fetchall()
            finally:
                link.close()
        return self.cluster.sql(self.database, line, user)


def store_in_1970(place: Place, number: int) -> None:
    """Let a record of a book be one that was stored long ago; its rules are gone."""
    if place.shared:
        place.sql("ALTER TABLE dqmconsole.records DISABLE TRIGGER USER")
    else:
        for (name,) in place.sql("SELECT name FROM sqlite_master WHERE type='trigger'"):
            place.sql(f"DROP TRIGGER {name}")
    place.sql(f"UPDATE dqmconsole.records SET stored_at = 5 WHERE number = {number}")


def record(
    body: Body | None = None,
    account: str = "leo_leader",
    **fields: Any,  # noqa: ANN401 - any of a record
) -> Record:
    """A record of somebody, an entry unless told."""
    number = next(_NUMBERS)
    return Record(
        uid=fields.pop("uid", f"uid-{number}"),
        made_at=fields.pop("made_at", 1.7e9 + number),
        body=body if body is not None else Entry(f"entry {number}"),
        account=account,
        role=fields.pop("role", ROLES.get(account, "")),
        **fields,
    )


def stored(data: bytes, name: str = "evidence.zip") -> StoredFile:
    return StoredFile(file_hash(data), name, data)


def insert(
    kind: str, account: str, role: str = "", body: str = "", **columns: str
) -> str:
    """The statement that writes a record past the program.

    Args:
        kind: of the record.
        account: whose it is.
        role: that it claims.
        body: JSON; a flag's or what has none, if "".
        columns: values of others, as SQL says them.
    """
    body = body or f'{{"type":"{kind}","status":"BAD"}}'
    values = {
        "uid": "'x'", "kind": f"'{kind}'", "made_at": "1.0", "run": "1",
        "subsystem": "''", "who": "''", "account": f"'{account}'", "role": f"'{role}'",
        "console": "''", "shift": "''", "versions": "'{}'", "body": f"'{body}'",
    } | columns  # fmt: skip
    names, given = ", ".join(values), ", ".join(values.values())
    return f"INSERT INTO dqmconsole.records ({names}) VALUES ({given})"
