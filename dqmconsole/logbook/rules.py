"""Who may write what: one table, which the databases join and Python reads.

A record needs a role that may do every action that it is by the rules below. The table
is written into every book when it is made or raised (:func:`statements`), with a row
for each role that may; PostgreSQL's trigger joins it with the role of the session,
SQLite's with the role that the record claims, for a file knows no accounts.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import msgspec

from dqmconsole.model.permission import ROLES, Action, may, refusal
from dqmconsole.model.record import Flag, Record, RunSeen, kind_of

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

Condition = Literal["", "confirmed", "signed off", "significance"]


class Rule(msgspec.Struct, frozen=True):
    """Which action a record is.

    Attributes:
        kind: of record; "" every one, "release" a release.
        condition: under which condition; "" always. What each means is said for
            Python by :func:`refused`, for the databases by `POSTGRES_HOLDS` and
            `SQLITE_HOLDS`.
        action: what it is then.
    """

    kind: str
    condition: Condition
    action: Action


# The most bytes of each column, UTF-8; of those not named `MOST_OF_A_WORD`.
MOST_OF_A_WORD = 2_000
MOST = {
    "records": {"body": 1_000_000, "versions": 10_000},
    "files": {"data": 256_000_000},
    "releases": {"changes": 4_000_000, "why": 100_000},
}

# In the order in which a refusal names them.
RULES = (
    Rule("", "", "write"),
    Rule("sign-off", "", "sign off"),
    Rule("flag", "confirmed", "confirm flags"),
    Rule("flag", "signed off", "change a signed-off flag"),
    Rule("run", "significance", "judge whether a run counts"),
    Rule("hand-over", "", "hand over"),
    Rule("release", "", "publish"),
)

# Whether a rule's condition holds for NEW; one that is not known holds.
POSTGRES_HOLDS = """CASE allowed.condition
    WHEN '' THEN true
    WHEN 'confirmed' THEN coalesce(said ->> 'proposed', 'false') <> 'true'
    WHEN 'signed off' THEN EXISTS (
        SELECT 1 FROM dqmconsole.sign_offs WHERE run = NEW.run)
    WHEN 'significance' THEN said ->> 'significant' IS NOT NULL
        OR said ->> 'phase' = 'not significant'
    ELSE true END"""
SQLITE_HOLDS = """CASE allowed.condition
    WHEN '' THEN 1
    WHEN 'confirmed' THEN coalesce(json_extract(NEW.body, '$.proposed'), 0) <> 1
    WHEN 'signed off' THEN EXISTS (SELECT 1 FROM sign_offs WHERE run = NEW.run)
    WHEN 'significance' THEN json_extract(NEW.body, '$.significant') IS NOT NULL
        OR json_extract(NEW.body, '$.phase') = 'not significant'
    ELSE 1 END"""


def limits(table: str, columns: Sequence[str]) -> dict[str, int]:
    """The most bytes that each of some columns of a table may hold."""
    return {each: MOST[table].get(each, MOST_OF_A_WORD) for each in columns}


def too_large(table: str, row: Mapping[str, object]) -> str:
    """Why a row is too large to be stored, or ""."""
    texts = {key: each for key, each in row.items() if isinstance(each, str | bytes)}
    for key, most in limits(table, list(texts)).items():
        value = texts[key]
        size = len(value if isinstance(value, bytes) else value.encode())
        if size > most:
            return f"its {key} has {size:,} bytes, {most:,} at most are stored"
    return ""


def statements(table: str) -> tuple[str, ...]:
    """Fill the table of a book, whatever it holds.

    Args:
        table: its name, with its schema where it has one.
    """
    rows = [
        f"({number}, '{rule.kind}', '{rule.condition}', '{rule.action}', '{role}')"
        for number, rule in enumerate(RULES)
        for role in ROLES
        if may(role, rule.action)
    ]
    return (
        f"DELETE FROM {table}",
        f"INSERT INTO {table} (rule, kind, condition, action, role) VALUES "
        + ", ".join(rows),
    )


def refused(record: Record, role: str, is_signed_off: Callable[[int], bool]) -> str:
    """Why a role may not write a record, and who can; "" when it may.

    Args:
        record: what is to be written.
        role: of whoever writes it; "" is the console itself, which decides nothing.
        is_signed_off: whether a run is.
    """
    holds = {
        "": True,
        "confirmed": isinstance(record.body, Flag) and not record.body.proposed,
        "signed off": isinstance(record.body, Flag) and is_signed_off(record.run),
        "significance": isinstance(record.body, RunSeen)
        and (
            record.body.significant is not None
            or record.body.phase == "not significant"
        ),
    }
    kind = kind_of(record.body)
    for rule in RULES:
        if rule.kind in {"", kind} and holds[rule.condition]:
            if rule.action == "write" and not role:
                continue
            if words := refusal(role, rule.action):
                return words
    return ""
