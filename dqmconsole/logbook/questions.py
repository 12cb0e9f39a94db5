"""What a transaction of the book asks the database."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

import msgspec
from sqlalchemy import func, select, text

from dqmconsole.logbook import schema, steps_sqlite
from dqmconsole.logbook.errors import BookRefused
from dqmconsole.logbook.rows import row_record
from dqmconsole.logbook.rules import RULES, SQLITE_REFUSED
from dqmconsole.logbook.schema import files, records, releases
from dqmconsole.logbook.steps_postgres import GROUPS
from dqmconsole.model.permission import MAY, ROLES, refusal

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from sqlalchemy import Column, Table
    from sqlalchemy.engine import Connection

    from dqmconsole.logbook.rows import Row
    from dqmconsole.model.permission import Permissions
    from dqmconsole.model.record import Record

log = logging.getLogger(__name__)
_AT_ONCE = 500  # values in one question: SQLite takes only so many
_REFUSED = SQLITE_REFUSED.replace("NEW.", ":")


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


def known(
    connection: Connection, column: Column[str], values: Sequence[str]
) -> set[str]:
    """Those of some values that a column of the book holds."""
    found: set[str] = set()
    for part in _parts(values):
        question = select(column).where(column.in_(part))
        found |= set(connection.execute(question).scalars())
    return found


def _parts(values: Sequence[str]) -> Iterator[Sequence[str]]:
    for start in range(0, len(values), _AT_ONCE):
        yield values[start : start + _AT_ONCE]


def permissions(connection: Connection) -> Permissions:
    """Action -> the roles that may, as this database has it.

    What it does not enforce (a release that is taken up in stable beams) is as this
    program has it. Of an action with several rules a role must be in each.
    """
    table = schema.permissions
    found: dict[str, tuple[str, ...]] = {
        **MAY,
        **{each.action: ROLES for each in RULES},  # without a row nothing is refused
    }
    rules: dict[tuple[int, str], set[str]] = {}
    question = select(table.c.rule, table.c.action, table.c.role)
    for rule, action, role in connection.execute(question):
        rules.setdefault((rule, action), set()).add(role)
    for (_, action), roles in rules.items():
        before = found.get(action, ROLES)
        found[action] = tuple(each for each in before if each in roles)
    return found


def explain(
    connection: Connection, said: str, row: Row, table: Permissions
) -> BookRefused | None:
    """Put into words why a file did not take a record; None where SQLite's must do.

    Args:
        connection: in the transaction that did not take it.
        said: what SQLite said.
        row: of the record.
        table: action -> the roles that may.
    """
    run = row["run"]
    if steps_sqlite.NOT_ALLOWED in said:
        action = connection.execute(text(_REFUSED), row).scalar_one()
        words = refusal(row["role"], action, table) if action in table else ""
        return BookRefused(words or said)
    if steps_sqlite.SIGNED_OFF in said:
        question = (
            select(records.c.who, records.c.account)
            .where(records.c.run == run, records.c.kind == "sign-off")
            .order_by(records.c.number)
            .limit(1)
        )
        who, account = connection.execute(question).one()
        return BookRefused(f"run {run} is signed off already by {who or account}")
    if steps_sqlite.CHANGED in said:
        words = f"run {run} changed while you signed it off: look again"
        return BookRefused(words)
    return None


def _members(connection: Connection) -> tuple[tuple[str, str], ...]:
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
    """Summarise a book.

    Args:
        connection: to it.
        name: how sentences call it.
        who: the account and the role of whoever asks.
    """

    def many(table: Table) -> int:
        return connection.execute(select(func.count()).select_from(table)).scalar_one()

    last = select(records.c.stored_at).order_by(records.c.number.desc()).limit(1)
    return BookInfo(
        name=name,
        schema=connection.execute(select(schema.book.c.version)).scalar_one(),
        records=many(records),
        files=many(files),
        releases=many(releases),
        stored_at=connection.execute(last).scalar(),
        account=who[0],
        role=who[1],
        members=_members(connection) if connection.dialect.name == "postgresql" else (),
    )
