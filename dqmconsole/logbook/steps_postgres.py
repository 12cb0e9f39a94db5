"""How a book on PostgreSQL came to be what it is: one tuple of statements per step.

A step that was ever released is never changed; the next one is added below it,
also for other ``rules``, as ``steps_sqlite`` says. All names carry their schema:
whoever signs in may set another ``search_path``.
"""

from __future__ import annotations

from dqmconsole.logbook.rules import MOST, POSTGRES_HOLDS

# The group roles, lowest first; rank() counts them from 1.
GROUPS = ("dqm_trainee", "dqm_shifter", "dqm_leader", "dqm_expert")
# SQLSTATE and, in the hint, the action of a refusal by a trigger.
REFUSED = "DQ001"
OTHER_ACCOUNT = "DQ002"
ONLY_GROWS = "DQ003"


def _only_grows(table: str) -> tuple[str, ...]:
    each = "EXECUTE FUNCTION dqmconsole.only_grows()"
    return (
        f"CREATE TRIGGER only_grows BEFORE UPDATE OR DELETE ON dqmconsole.{table}"
        f" FOR EACH ROW {each}",
        f"CREATE TRIGGER no_truncate BEFORE TRUNCATE ON dqmconsole.{table}"
        f" FOR EACH STATEMENT {each}",
    )


# 1: the records, and the files they name
_RECORDS = (
    "CREATE TABLE dqmconsole.book (id integer PRIMARY KEY CHECK (id = 1),"
    " version integer NOT NULL)",
    "INSERT INTO dqmconsole.book (id, version) VALUES (1, 0)",
    """CREATE TABLE dqmconsole.records (
        number bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        uid text NOT NULL UNIQUE CHECK (uid <> ''),
        kind text NOT NULL,
        made_at double precision NOT NULL,
        stored_at double precision NOT NULL
            DEFAULT extract(epoch FROM clock_timestamp()),
        run bigint NOT NULL,
        subsystem text NOT NULL,
        who text NOT NULL,
        account text NOT NULL,
        role text NOT NULL,
        console text NOT NULL,
        shift text NOT NULL,
        versions text NOT NULL,
        body text NOT NULL
    )""",
    "CREATE TABLE dqmconsole.files (hash text PRIMARY KEY, name text NOT NULL,"
    " data bytea NOT NULL)",
    f"""CREATE FUNCTION dqmconsole.only_grows() RETURNS trigger
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$ BEGIN
        RAISE EXCEPTION 'the book only grows: % are never changed or removed',
            TG_TABLE_NAME USING ERRCODE = '{ONLY_GROWS}';
    END $$""",
    *_only_grows("records"),
    *_only_grows("files"),
)

# 2: releases, and the ways the records are looked for
_RELEASES = (
    """CREATE TABLE dqmconsole.releases (
        site text NOT NULL,
        number bigint NOT NULL CHECK (number > 0),
        by text NOT NULL,
        account text NOT NULL,
        why text NOT NULL,
        at double precision NOT NULL,
        program text NOT NULL,
        hash text NOT NULL,
        changes text NOT NULL,
        again bigint NOT NULL,
        PRIMARY KEY (site, number)
    )""",
    *_only_grows("releases"),
    "CREATE INDEX records_run ON dqmconsole.records (run, kind)",
    "CREATE INDEX records_stored_at ON dqmconsole.records (stored_at)",
)

# 3: permissions. The database, not the program, knows who is there: session_user.
# A superuser and the book's owner could take any right, so they count as experts.
_PERMISSIONS = (
    """CREATE FUNCTION dqmconsole.rank() RETURNS integer
    LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
        SELECT CASE
            WHEN pg_has_role(session_user, nspowner, 'USAGE') THEN 4
            ELSE coalesce((
                SELECT max(CASE rolname WHEN 'dqm_expert' THEN 4
                    WHEN 'dqm_leader' THEN 3 WHEN 'dqm_shifter' THEN 2 ELSE 1 END)
                FROM pg_roles
                WHERE rolname IN
                    ('dqm_trainee', 'dqm_shifter', 'dqm_leader', 'dqm_expert')
                AND pg_has_role(session_user, oid, 'USAGE')), 0)
            END
        FROM pg_namespace WHERE nspname = 'dqmconsole'
    $$""",
    f"""CREATE FUNCTION dqmconsole.check_record() RETURNS trigger
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
    DECLARE
        rank integer := dqmconsole.rank();
        needed integer := CASE NEW.role WHEN 'expert' THEN 4
            WHEN 'shift-leader' THEN 3 WHEN 'shifter' THEN 2 ELSE 1 END;
        action text := '';
    BEGIN
        IF NEW.account = '' THEN
            NEW.account := session_user;
        END IF;
        IF NEW.account <> session_user THEN
            RAISE EXCEPTION 'the record was made under the account %, but % is'
                ' signed in', NEW.account, session_user
                USING ERRCODE = '{OTHER_ACCOUNT}';
        END IF;
        NEW.stored_at := extract(epoch FROM clock_timestamp());
        IF rank < 1 THEN
            action := 'write';
        ELSIF rank < needed THEN
            RAISE EXCEPTION '% does not have the role % in this database',
                session_user, NEW.role USING ERRCODE = '{REFUSED}';
        ELSIF NEW.kind = 'sign-off' AND rank < 2 THEN
            action := 'sign off';
        ELSIF NEW.kind = 'flag' AND rank < 2
            AND coalesce(NEW.body::json ->> 'proposed', 'false') <> 'true' THEN
            action := 'confirm flags';
        ELSIF NEW.kind = 'flag' AND rank < 3 AND EXISTS (
            SELECT 1 FROM dqmconsole.records AS earlier
            WHERE earlier.run = NEW.run AND earlier.kind = 'sign-off') THEN
            action := 'change a signed-off flag';
        END IF;
        IF NEW.kind <> NEW.body::json ->> 'type' THEN
            RAISE EXCEPTION 'the record calls itself %, its body %', NEW.kind,
                NEW.body::json ->> 'type' USING ERRCODE = '{REFUSED}';
        END IF;
        IF action <> '' THEN
            RAISE EXCEPTION '% may not: %', session_user, action
                USING ERRCODE = '{REFUSED}', HINT = action;
        END IF;
        RETURN NEW;
    END $$""",
    "CREATE TRIGGER check_record BEFORE INSERT ON dqmconsole.records"
    " FOR EACH ROW EXECUTE FUNCTION dqmconsole.check_record()",
    f"""CREATE FUNCTION dqmconsole.check_release() RETURNS trigger
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$ BEGIN
        IF dqmconsole.rank() < 3 THEN
            RAISE EXCEPTION '% may not publish', session_user
                USING ERRCODE = '{REFUSED}', HINT = 'publish';
        END IF;
        IF NEW.account <> session_user THEN
            RAISE EXCEPTION 'the release was made under the account %, but % is'
                ' signed in', NEW.account, session_user
                USING ERRCODE = '{OTHER_ACCOUNT}';
        END IF;
        RETURN NEW;
    END $$""",
    "CREATE TRIGGER check_release BEFORE INSERT ON dqmconsole.releases"
    " FOR EACH ROW EXECUTE FUNCTION dqmconsole.check_release()",
)

# 4: a run is signed off once, by whoever saw its last flags. That nobody chooses the
# number of a record is said by the grants below, which are made again with this step.
_SIGN_OFF = (
    f"""CREATE FUNCTION dqmconsole.check_sign_off() RETURNS trigger
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
    DECLARE
        signer text;
        seen bigint := coalesce((NEW.body::json ->> 'seen')::bigint, 0);
    BEGIN
        SELECT coalesce(nullif(who, ''), account) INTO signer FROM dqmconsole.records
            WHERE run = NEW.run AND kind = 'sign-off' AND uid <> NEW.uid
            ORDER BY number LIMIT 1;
        IF FOUND THEN
            RAISE EXCEPTION 'run % is signed off already by %', NEW.run, signer
                USING ERRCODE = '{REFUSED}';
        END IF;
        IF seen > 0 AND EXISTS (
            SELECT 1 FROM dqmconsole.records AS later
            WHERE later.run = NEW.run AND later.kind = 'flag' AND later.number > seen
            AND (NEW.console = '' OR later.console <> NEW.console
                OR later.shift <> NEW.shift)) THEN
            RAISE EXCEPTION 'run % changed while you signed it off: look again',
                NEW.run USING ERRCODE = '{REFUSED}';
        END IF;
        RETURN NEW;
    END $$""",
    "CREATE TRIGGER check_sign_off BEFORE INSERT ON dqmconsole.records"
    " FOR EACH ROW WHEN (NEW.kind = 'sign-off')"
    " EXECUTE FUNCTION dqmconsole.check_sign_off()",
)

# 5: the database itself keeps what only the program kept.
# A file stands under the hash of its bytes: whoever put others there first would take
# the place of somebody's evidence. Those stored before have hashes of another kind.
_FILE_HASHES = (
    f"""CREATE FUNCTION dqmconsole.check_file() RETURNS trigger
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$ BEGIN
        IF NEW.hash <> encode(sha256(NEW.data), 'hex') THEN
            RAISE EXCEPTION 'the file % is not what its hash % says',
                left(NEW.name, 100), left(NEW.hash, 100) USING ERRCODE = '{REFUSED}';
        END IF;
        RETURN NEW;
    END $$""",
    "CREATE TRIGGER check_file BEFORE INSERT ON dqmconsole.files"
    " FOR EACH ROW EXECUTE FUNCTION dqmconsole.check_file()",
)

# One writer at a time, so that records become visible in the order of their numbers.
# The lock is one that no account can take by itself, so that it ends with its
# transaction, and a session that idles in one is ended. It is taken before a row gets
# its number. A session that means harm can lift that limit for itself (SET), which
# PostgreSQL lets nobody forbid: an administrator ends it (pg_terminate_backend).
_LOCK = (
    """CREATE FUNCTION dqmconsole.write_alone() RETURNS void
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$ BEGIN
        PERFORM set_config('idle_in_transaction_session_timeout', '10s', true);
        LOCK TABLE dqmconsole.book IN SHARE ROW EXCLUSIVE MODE;
    END $$""",
    f"""CREATE FUNCTION dqmconsole.before_writing() RETURNS trigger
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$ BEGIN
        -- in the others what was written since the transaction began is not seen
        IF current_setting('transaction_isolation') <> 'read committed' THEN
            RAISE EXCEPTION 'the book is written in transactions of READ COMMITTED'
                USING ERRCODE = '{REFUSED}';
        END IF;
        PERFORM dqmconsole.write_alone();
        RETURN NULL;
    END $$""",
    *(
        f"CREATE TRIGGER before_writing BEFORE INSERT ON dqmconsole.{table}"
        " FOR EACH STATEMENT EXECUTE FUNCTION dqmconsole.before_writing()"
        for table in ("records", "files", "releases")
    ),
)
# A run is signed off once: its number stands once in a table that only the trigger
# fills. An earlier book may hold two of one run: the first counts.
_ONE_SIGN_OFF = (
    "CREATE TABLE dqmconsole.sign_offs (run bigint PRIMARY KEY,"
    " number bigint NOT NULL)",
    "INSERT INTO dqmconsole.sign_offs SELECT run, min(number) FROM dqmconsole.records"
    " WHERE kind = 'sign-off' GROUP BY run",
    """CREATE FUNCTION dqmconsole.keep_sign_off() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$ BEGIN
        INSERT INTO dqmconsole.sign_offs VALUES (NEW.run, NEW.number);
        RETURN NULL;
    END $$""",
    "CREATE TRIGGER keep_sign_off AFTER INSERT ON dqmconsole.records"
    " FOR EACH ROW WHEN (NEW.kind = 'sign-off')"
    " EXECUTE FUNCTION dqmconsole.keep_sign_off()",
)

# Who may what is data (``rules``), joined with the role of the session. Account and
# role of a record are the session's, whatever its writer says; a record of another
# account is not taken, for it would change its author.
_CHECK_RECORD = f"""CREATE OR REPLACE FUNCTION dqmconsole.check_record() RETURNS trigger
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
    DECLARE
        said json;
        refused text;
    BEGIN
        IF NEW.account NOT IN ('', session_user) THEN
            RAISE EXCEPTION 'the record was made under the account %, but % is'
                ' signed in', NEW.account, session_user
                USING ERRCODE = '{OTHER_ACCOUNT}';
        END IF;
        NEW.account := session_user;
        NEW.role := dqmconsole.role();
        NEW.stored_at := extract(epoch FROM clock_timestamp());
        said := NEW.body::json;
        IF NEW.kind <> coalesce(said ->> 'type', '') THEN
            RAISE EXCEPTION 'the record calls itself %, its body %', NEW.kind,
                said ->> 'type' USING ERRCODE = '{REFUSED}';
        END IF;
        SELECT action INTO refused FROM dqmconsole.permissions AS allowed
            WHERE kind IN ('', NEW.kind) AND {POSTGRES_HOLDS}
            GROUP BY rule, action HAVING NOT bool_or(role = NEW.role)
            ORDER BY rule LIMIT 1;
        IF FOUND THEN
            RAISE EXCEPTION '% may not: %', session_user, refused
                USING ERRCODE = '{REFUSED}', HINT = refused;
        END IF;
        RETURN NEW;
    END $$"""
_RULES = (
    """CREATE TABLE dqmconsole.permissions (rule integer NOT NULL, kind text NOT NULL,
        condition text NOT NULL, action text NOT NULL, role text NOT NULL,
        PRIMARY KEY (rule, role))""",
    """CREATE FUNCTION dqmconsole.role() RETURNS text
    LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
        SELECT (ARRAY['', 'trainee', 'shifter', 'shift-leader', 'expert'])
            [dqmconsole.rank() + 1]
    $$""",
    _CHECK_RECORD,
    f"""CREATE OR REPLACE FUNCTION dqmconsole.check_release() RETURNS trigger
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$ BEGIN
        IF NOT EXISTS (SELECT 1 FROM dqmconsole.permissions
            WHERE kind = 'release' AND role = dqmconsole.role()) THEN
            RAISE EXCEPTION '% may not publish', session_user
                USING ERRCODE = '{REFUSED}', HINT = 'publish';
        END IF;
        IF NEW.account <> session_user THEN
            RAISE EXCEPTION 'the release was made under the account %, but % is'
                ' signed in', NEW.account, session_user
                USING ERRCODE = '{OTHER_ACCOUNT}';
        END IF;
        RETURN NEW;
    END $$""",
)

# What one row may hold; rows of an earlier book stay as they are.
_LIMITS = (
    *(
        f"ALTER TABLE dqmconsole.{table} ADD CONSTRAINT {table}_size CHECK ("
        + " AND ".join(
            f"octet_length({column}) <= {most}" for column, most in columns.items()
        )
        + ") NOT VALID"
        for table, columns in MOST.items()
    ),
    "ALTER TABLE dqmconsole.records ADD CONSTRAINT records_made_at CHECK"
    " (made_at > '-infinity' AND made_at < 'infinity') NOT VALID",
)

# 6: alarms that are to be answered now are shelved by some roles only: the trigger of
# the rules knows the condition
_URGENT = (_CHECK_RECORD,)

# 7: what the detector control says is overridden by some roles only
_OVERRIDES: tuple[str, ...] = ()

STEPS: tuple[tuple[str, ...], ...] = (
    _RECORDS,
    _RELEASES,
    _PERMISSIONS,
    _SIGN_OFF,
    (*_FILE_HASHES, *_LOCK, *_ONE_SIGN_OFF, *_RULES, *_LIMITS),
    _URGENT,
    _OVERRIDES,
)

# What an account says itself; number and stored_at are the book's own.
_SAID = (
    "uid, kind, made_at, run, subsystem, who, account, role, console, shift, versions, "
    "body"
)


def grants(groups: tuple[str, ...]) -> tuple[str, ...]:
    """What each group role may do; made again whenever the book is made or raised.

    Args:
        groups: those of `GROUPS` that exist.
    """
    if not groups:
        return ()
    everyone = ", ".join(groups)
    return (
        f"GRANT USAGE ON SCHEMA dqmconsole TO {everyone}",
        f"GRANT SELECT ON ALL TABLES IN SCHEMA dqmconsole TO {everyone}",
        "REVOKE INSERT ON dqmconsole.records, dqmconsole.files, dqmconsole.releases"
        f" FROM {everyone}",
        f"GRANT INSERT ({_SAID}) ON dqmconsole.records TO {everyone}",
        f"GRANT INSERT (hash, name, data) ON dqmconsole.files TO {everyone}",
        # who of them may publish is said by the table of permissions
        f"GRANT INSERT ON dqmconsole.releases TO {everyone}",
    )
