"""How a book on SQLite came to be what it is: one tuple of statements per step.

A step that was ever released is never changed; the next one is added below it.
Any step fills the table of permissions again, whatever its owner changed there: for
other ``rules`` one without statements is added.
"""

from __future__ import annotations

from dqmconsole.logbook.rules import MOST, SQLITE_REFUSED

# What the triggers say that ``questions.explain`` puts into a person's words.
NOT_ALLOWED = "the role of the record may not write it"
SIGNED_OFF = "the run is signed off already"
CHANGED = "the run changed while it was signed off"
_GROWS = "the book only grows: {table} are never changed or removed"


def _only_grows(table: str, taken: str) -> tuple[str, ...]:
    """Triggers that refuse UPDATE and DELETE, and INSERT OR REPLACE with them."""
    refuse = f"SELECT RAISE(ABORT, '{_GROWS.format(table=table)}')"
    return (
        f"CREATE TRIGGER {table}_update BEFORE UPDATE ON {table} BEGIN {refuse}; END",
        f"CREATE TRIGGER {table}_delete BEFORE DELETE ON {table} BEGIN {refuse}; END",
        f"CREATE TRIGGER {table}_replace BEFORE INSERT ON {table}"
        f" WHEN EXISTS (SELECT 1 FROM {table} WHERE {taken}) BEGIN {refuse}; END",
    )


# 1: the records, and the files they name
_RECORDS = (
    "CREATE TABLE book (id INTEGER PRIMARY KEY CHECK (id = 1),"
    " version INTEGER NOT NULL)",
    "INSERT INTO book (id, version) VALUES (1, 0)",
    """CREATE TABLE records (
        number INTEGER PRIMARY KEY AUTOINCREMENT,
        uid TEXT NOT NULL UNIQUE CHECK (uid <> ''),
        kind TEXT NOT NULL,
        made_at DOUBLE NOT NULL,
        stored_at DOUBLE NOT NULL
            DEFAULT ((julianday('now') - 2440587.5) * 86400.0),
        run BIGINT NOT NULL,
        subsystem TEXT NOT NULL,
        who TEXT NOT NULL,
        account TEXT NOT NULL,
        role TEXT NOT NULL,
        console TEXT NOT NULL,
        shift TEXT NOT NULL,
        versions TEXT NOT NULL,
        body TEXT NOT NULL
    )""",
    "CREATE TABLE files (hash TEXT PRIMARY KEY NOT NULL, name TEXT NOT NULL,"
    " data BLOB NOT NULL)",
    *_only_grows("records", "uid = NEW.uid OR number = NEW.number"),
    *_only_grows("files", "hash = NEW.hash"),
)

# 2: releases, and the ways the records are looked for
_RELEASES = (
    """CREATE TABLE releases (
        site TEXT NOT NULL,
        number BIGINT NOT NULL CHECK (number > 0),
        "by" TEXT NOT NULL,
        account TEXT NOT NULL,
        why TEXT NOT NULL,
        at DOUBLE NOT NULL,
        program TEXT NOT NULL,
        hash TEXT NOT NULL,
        changes TEXT NOT NULL,
        again BIGINT NOT NULL,
        PRIMARY KEY (site, number)
    )""",
    *_only_grows("releases", "site = NEW.site AND number = NEW.number"),
    "CREATE INDEX records_run ON records (run, kind)",
    "CREATE INDEX records_stored_at ON records (stored_at)",
)

# 3: permissions; for a file Python alone kept them, until step 5
_PERMISSIONS: tuple[str, ...] = ()

# 4: the book alone numbers its records. Readers ask for what is above the last number:
# one far above the others would hide all that come after it.
_BEFORE = (
    "SELECT max("
    "coalesce((SELECT number FROM records WHERE number <> NEW.number"
    " ORDER BY number DESC LIMIT 1), 0), "
    "coalesce((SELECT seq FROM sqlite_sequence WHERE name = 'records'), 0))"
)
_NUMBERS = (
    "CREATE TRIGGER records_number AFTER INSERT ON records"
    f" WHEN NEW.number > 1 + ({_BEFORE})"
    " OR NEW.number < (SELECT max(number) FROM records)"
    " BEGIN SELECT RAISE(ABORT, 'the book numbers its records by itself'); END",
)

# 5: the file itself keeps what only the program kept. FILE_HASH is a function of the
# program's own: SQLite has no hashes, and refuses whoever does not bring it.
FILE_HASH = "dqmconsole_file_hash"
_FILE_HASHES = (
    "CREATE TRIGGER files_hash BEFORE INSERT ON files"
    f" WHEN NEW.hash <> {FILE_HASH}(NEW.data)"
    " BEGIN SELECT RAISE(ABORT, 'the file is not what its hash says'); END",
)

# A run is signed off once; an earlier book may hold two of one run: the first counts.
_ONE_SIGN_OFF = (
    "CREATE TABLE sign_offs (run BIGINT PRIMARY KEY NOT NULL, number BIGINT NOT NULL)",
    "INSERT INTO sign_offs SELECT run, min(number) FROM records"
    " WHERE kind = 'sign-off' GROUP BY run",
    "CREATE TRIGGER records_sign_off AFTER INSERT ON records"
    " WHEN NEW.kind = 'sign-off' BEGIN"
    f" SELECT RAISE(ABORT, '{SIGNED_OFF}')"
    " WHERE EXISTS (SELECT 1 FROM sign_offs WHERE run = NEW.run);"
    f" SELECT RAISE(ABORT, '{CHANGED}')"
    " WHERE coalesce(json_extract(NEW.body, '$.seen'), 0) > 0 AND EXISTS ("
    "SELECT 1 FROM records AS later WHERE later.run = NEW.run AND later.kind = 'flag'"
    " AND later.number > json_extract(NEW.body, '$.seen')"
    " AND (NEW.console = '' OR later.console <> NEW.console"
    " OR later.shift <> NEW.shift));"
    " INSERT INTO sign_offs VALUES (NEW.run, NEW.number); END",
)

_PERMISSION = (
    "CREATE TRIGGER records_permission BEFORE INSERT ON records"
    f" WHEN EXISTS ({SQLITE_REFUSED}) BEGIN SELECT RAISE(ABORT, '{NOT_ALLOWED}'); END"
)
# Who may what is data (``rules``). A file knows no accounts: the role is the one that
# the record claims; "" is the console itself, which decides nothing.
_RULES = (
    "CREATE TABLE permissions (rule INTEGER NOT NULL, kind TEXT NOT NULL,"
    " condition TEXT NOT NULL, action TEXT NOT NULL, role TEXT NOT NULL,"
    " PRIMARY KEY (rule, role))",
    _PERMISSION,
    """CREATE TRIGGER records_kind BEFORE INSERT ON records
    WHEN NEW.kind <> coalesce(json_extract(NEW.body, '$.type'), '')
    BEGIN SELECT RAISE(ABORT, 'the record and its body are of two kinds'); END""",
    """CREATE TRIGGER records_stored_at AFTER INSERT ON records
    WHEN abs(NEW.stored_at - (julianday('now') - 2440587.5) * 86400.0) > 60
    BEGIN SELECT RAISE(ABORT, 'the book says itself when it stored a record'); END""",
)

# What one row may hold; rows of an earlier book stay as they are.
_LIMITS = (
    *(
        f"CREATE TRIGGER {table}_size BEFORE INSERT ON {table} WHEN "
        + " OR ".join(
            f'length(CAST(NEW."{column}" AS BLOB)) > {most}'
            for column, most in columns.items()
        )
        + " BEGIN SELECT RAISE(ABORT, 'it is too large to be stored'); END"
        for table, columns in MOST.items()
    ),
    # infinities and what is no number at all: NaN would be NULL
    "CREATE TRIGGER records_made_at BEFORE INSERT ON records"
    " WHEN typeof(NEW.made_at) NOT IN ('real', 'integer')"
    " OR abs(NEW.made_at) > 1.7976931348623157e308"
    " BEGIN SELECT RAISE(ABORT, 'the record has no time'); END",
)

# 6: alarms that are to be answered now are shelved by some roles only: the trigger of
# the rules knows the condition
_URGENT = ("DROP TRIGGER records_permission", _PERMISSION)

# 7: what the detector control says is overridden by some roles only
_OVERRIDES: tuple[str, ...] = ()

STEPS: tuple[tuple[str, ...], ...] = (
    _RECORDS,
    _RELEASES,
    _PERMISSIONS,
    _NUMBERS,
    (*_FILE_HASHES, *_ONE_SIGN_OFF, *_RULES, *_LIMITS),
    _URGENT,
    _OVERRIDES,
)
