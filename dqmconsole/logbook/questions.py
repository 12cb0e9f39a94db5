"""What a transaction of the book asks the database."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

import msgspec
from sqlalchemy import func, or_, select, text

from dqmconsole.logbook.errors import BookRefused
from dqmconsole.logbook.rows import row_record
from dqmconsole.logbook.rules import refused
from dqmconsole.logbook.schema import files, records, releases
from dqmconsole.logbook.steps_postgres import GROUPS
from dqmconsole.model.permission import ROLES
from dqmconsole.model.record import Record, SignOff

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from sqlalchemy.engine import Connection

log = logging.getLogger(__name__)
_AT_ONCE = 500  # values in one question: SQLite takes only so many


def by_uid(connection: Connection, given: Sequence[Record]) -> dict[str, Record]:
    """The stored records of the uids of some.

    A uid is taken once, by whatever program: where the stored body cannot be read
    (a newer program noted the same), the one given stands for it, with the number of
    the stored one. It must not hold up what is to be written after it.
    """
    asked = {each.uid: each for each in given}
    found: dict[str, Record] = {}
    for part in _parts(list(asked)):
        question = select(records).where(records.c.uid.in_(part))
        for row in connection.execute(question).mappings():
            record = row_record(row)
            if record is None:
                log.info("the record %s in the book cannot be read", row["uid"])
                record = msgspec.structs.replace(
                    asked[row["uid"]], number=row["number"], stored_at=row["stored_at"]
                )
            found[record.uid] = record
    return found


def known_hashes(connection: Connection, hashes: Sequence[str]) -> set[str]:
    """Those of some hashes under which the book keeps a file."""
    found: set[str] = set()
    for part in _parts(hashes):
        question = select(files.c.hash).where(files.c.hash.in_(part))
        found |= set(connection.execute(question).scalars())
    return found


def known_uids(connection: Connection, uids: Sequence[str]) -> set[str]:
    """Those of some uids that the book has taken."""
    found: set[str] = set()
    for part in _parts(uids):
        question = select(records.c.uid).where(records.c.uid.in_(part))
        found |= set(connection.execute(question).scalars())
    return found


def _parts(values: Sequence[str]) -> Iterator[Sequence[str]]:
    for start in range(0, len(values), _AT_ONCE):
        yield values[start : start + _AT_ONCE]


def explain(connection: Connection, record: Record) -> None:
    """Say in words why a file did not take a record, where one of its rules is why.

    Flags of the signer's own console and shift count as seen: they may have been on
    their way.

    Raises:
        BookRefused: the role that it claims may not write it; the sentence says who
            can. Or it signs off a run that is signed off already, or that has flags
            the signer had not seen.
    """
    if words := refused(record, record.role, lambda run: _signed_off(connection, run)):
        raise BookRefused(words)
    if not isinstance(record.body, SignOff):
        return
    of_run = records.c.run == record.run
    question = (
        select(records.c.who, records.c.account)
        .where(of_run, records.c.kind == "sign-off", records.c.uid != record.uid)
        .order_by(records.c.number)
        .limit(1)
    )
    signed = connection.execute(question).first()
    if signed is not None:
        words = f"run {record.run} is signed off already by {signed[0] or signed[1]}"
        raise BookRefused(words)
    later = select(records.c.number).where(
        of_run, records.c.kind == "flag", records.c.number > record.body.seen
    )
    if record.console:
        later = later.where(
            or_(records.c.console != record.console, records.c.shift != record.shift)
        )
    if record.body.seen and connection.execute(later.limit(1)).first() is not None:
        words = f"run {record.run} changed while you signed it off: look again"
        raise BookRefused(words)


def _signed_off(connection: Connection, run: int) -> bool:
    question = (
        select(records.c.number)
        .where(records.c.run == run, records.c.kind == "sign-off")
        .limit(1)
    )
    return connection.execute(question).first() is not None


def counts(connection: Connection) -> tuple[int, int, int, float | None]:
    """How many records, files and releases there are, and the last record's time."""
    numbers = [
        connection.execute(select(func.count()).select_from(table)).scalar_one()
        for table in (records, files, releases)
    ]
    last = connection.execute(
        select(records.c.stored_at).order_by(records.c.number.desc()).limit(1)
    ).scalar()
    return numbers[0], numbers[1], numbers[2], last


def members(connection: Connection) -> tuple[tuple[str, str], ...]:
    """The members of PostgreSQL's group roles, each with the highest of its roles."""
    rows = connection.execute(
        text(
            "SELECT member.rolname, grouped.rolname FROM pg_auth_members AS link"
            " JOIN pg_roles AS grouped ON grouped.oid = link.roleid"
            " JOIN pg_roles AS member ON member.oid = link.member"
            " WHERE member.rolcanlogin"
        )
    )
    highest: dict[str, int] = {}
    for member, group in rows:
        if group in GROUPS:
            highest[member] = max(highest.get(member, 0), GROUPS.index(group))
    return tuple((member, ROLES[rank]) for member, rank in sorted(highest.items()))


class BookInfo(msgspec.Struct, frozen=True):
    """A summary of a book.

    Attributes:
        name: how sentences call it.
        schema: its version.
        records, files, releases: how many it holds.
        stored_at: unix time of the last record, by the database's clock, or None.
        account, role: who asked; the role is "" where the book keeps no accounts.
        members: accounts that are members of a group role, with their highest role;
            of PostgreSQL only.
    """

    name: str
    schema: int
    records: int
    files: int
    releases: int
    stored_at: float | None
    account: str
    role: str
    members: tuple[tuple[str, str], ...] = ()


def summary(connection: Connection, name: str, who: tuple[str, str]) -> BookInfo:
    """Summarise a book."""
    schema: Any = connection.exec_driver_sql("SELECT version FROM book").scalar_one()
    shared = connection.dialect.name == "postgresql"
    there = members(connection) if shared else ()
    return BookInfo(name, int(schema), *counts(connection), *who, members=there)
