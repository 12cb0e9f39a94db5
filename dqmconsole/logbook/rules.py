"""Who may write what: one table, which the databases join and the console reads.

A record needs a role that may do every action that it is by the rules below. The table
is written into every book when it is made or raised (:func:`statements`), with a row
for each role that may; PostgreSQL's trigger joins it with the role of the session,
SQLite's with the role that the record claims, for a file knows no accounts. Whoever
owns the book may change the rows: its consoles read them when they open it
(``questions.permissions``). So a book that is up to date never gets another rule: with
each change of `RULES` goes a step, be it empty, in ``steps_sqlite`` and
``steps_postgres``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import msgspec

from dqmconsole.model.permission import ROLES, Action, may

if TYPE_CHECKING:
    from collections.abc import Mapping

Condition = Literal["", "confirmed", "signed off", "significance", "urgent"]


class RecordRule(msgspec.Struct, frozen=True):
    """Which action a record is.

    Attributes:
        kind: of record; "" every one, "release" a release.
        condition: under which condition; "" always. What each means is said by
            `POSTGRES_HOLDS` and `SQLITE_HOLDS`.
        action: what it is then.
    """

    kind: str
    condition: Condition
    action: Action


_WORD = 2_000  # bytes
# Table -> column -> the most bytes that it may hold, UTF-8.
MOST = {
    "records": {
        **dict.fromkeys(("uid", "kind", "subsystem", "who", "account", "role"), _WORD),
        **dict.fromkeys(("console", "shift"), _WORD),
        "versions": 10_000,
        "body": 1_000_000,
    },
    "files": {"hash": _WORD, "name": _WORD, "data": 256_000_000},
    "releases": {
        **dict.fromkeys(("site", "by", "account"), _WORD),
        "why": 100_000,
        **dict.fromkeys(("program", "hash"), _WORD),
        "changes": 4_000_000,
    },
}

# In the order in which a refusal names them.
RULES = (
    RecordRule("", "", "write"),
    RecordRule("sign-off", "", "sign off"),
    RecordRule("flag", "confirmed", "confirm flags"),
    RecordRule("flag", "signed off", "change a signed-off flag"),
    RecordRule("run", "significance", "judge whether a run counts"),
    RecordRule("hand-over", "", "hand over"),
    RecordRule("release", "", "publish"),
    RecordRule("shelved", "urgent", "shelve an urgent alarm"),
    RecordRule("overridden", "", "override the detector control"),
)

# Whether a rule's condition holds for NEW; one that is not known holds.
POSTGRES_HOLDS = """CASE allowed.condition
    WHEN '' THEN true
    WHEN 'confirmed' THEN coalesce(said ->> 'proposed', 'false') <> 'true'
    WHEN 'signed off' THEN EXISTS (
        SELECT 1 FROM dqmconsole.sign_offs WHERE run = NEW.run)
    WHEN 'significance' THEN said ->> 'significant' IS NOT NULL
        OR said ->> 'phase' = 'not significant'
    WHEN 'urgent' THEN coalesce(said -> 'alarm' ->> 'urgency', '') = 'now'
    ELSE true END"""
SQLITE_HOLDS = """CASE allowed.condition
    WHEN '' THEN 1
    WHEN 'confirmed' THEN coalesce(json_extract(NEW.body, '$.proposed'), 0) <> 1
    WHEN 'signed off' THEN EXISTS (SELECT 1 FROM sign_offs WHERE run = NEW.run)
    WHEN 'significance' THEN json_extract(NEW.body, '$.significant') IS NOT NULL
        OR json_extract(NEW.body, '$.phase') = 'not significant'
    WHEN 'urgent' THEN coalesce(json_extract(NEW.body, '$.alarm.urgency'), '') = 'now'
    ELSE 1 END"""
# The action that keeps a role from writing a record that is NEW into a file; the role
# "" is the console itself, which decides nothing. The trigger asks it, and the program
# once more, for the words.
SQLITE_REFUSED = f"""SELECT action FROM permissions AS allowed
    WHERE kind IN ('', NEW.kind) AND {SQLITE_HOLDS}
        AND NOT (action = 'write' AND NEW.role = '')
    GROUP BY rule HAVING max(role = NEW.role) = 0 ORDER BY rule LIMIT 1"""


def too_large(table: str, row: Mapping[str, object]) -> str:
    """Why a row is too large to be stored, or ""."""
    for key, most in MOST[table].items():
        value = row[key]
        size = len(value if isinstance(value, bytes) else str(value).encode())
        if size > most:
            return f"its {key} has {size:,} bytes, {most:,} at most are stored"
    return ""


def statements(table: str) -> tuple[str, ...]:
    """Fill the table of permissions with this program's own, whatever it holds.

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
