"""Who may write what: the database's own rules, and those of a file."""

from __future__ import annotations

import hashlib
import itertools
import sqlite3
import threading
from functools import partial
from typing import TYPE_CHECKING, NamedTuple

import msgspec
import psycopg
import pytest
from support.books import ROLES, Place, insert, record, stored
from support.postgres import PASSWORD
from support.waiting import PATIENCE

from dqmconsole.logbook import rules, steps
from dqmconsole.logbook.book import Book
from dqmconsole.logbook.connect import connect
from dqmconsole.logbook.connect import place as read_place
from dqmconsole.logbook.errors import (
    BookAbsent,
    BookBroken,
    BookOtherAccount,
    BookRefused,
    BookSignIn,
)
from dqmconsole.logbook.rules import RULES
from dqmconsole.model.permission import MAY, may
from dqmconsole.model.record import (
    Acknowledged,
    AlarmSeen,
    Call,
    Entry,
    Flag,
    HandOver,
    Overridden,
    PassedOn,
    RunSeen,
    Shelved,
    SignOff,
    kind_of,
)
from dqmconsole.model.release import Release

if TYPE_CHECKING:
    from pathlib import Path

    from support.postgres import Cluster

    from dqmconsole.model.permission import Action
    from dqmconsole.model.record import Body

FLAG = Flag("BAD", cause="HV")
RUN = {"run": 398213, "subsystem": "Hcal"}


def test_releases_take_a_leader(place: Place) -> None:
    place.make()
    words = "a shifter cannot publish a release; a shift-leader or an expert can"
    for account, role in ROLES.items():
        book = place.open(account)
        release = Release(
            list(ROLES).index(account) + 1, "N", account, "w", 1.0, "1", account
        )
        if role in {"shift-leader", "expert"}:
            book.publish(release, "cms", role)
        else:
            with pytest.raises(BookRefused, match=words.replace("shifter", role, 1)):
                book.publish(release, "cms", role)
        book.close()


# The next are PostgreSQL's own: they hold for whoever goes past the program.


@pytest.fixture
def shared(cluster: Cluster) -> Place:
    place = Place(cluster.database(), cluster)
    place.make()
    return place


@pytest.mark.parametrize(
    ("user", "line", "words"),
    [
        ("tim_trainee", insert("entry", "eva_expert"), "tim_trainee is signed in"),
        ("sue_shifter", insert("entry", "", body='{"type":"flag"}'), "its body flag"),
        ("guest", insert("entry", "guest"), "permission denied"),
        ("guest", "SELECT * FROM dqmconsole.records", "permission denied"),
        ("eva_expert", "DELETE FROM dqmconsole.records", "permission denied"),
        ("eva_expert", "UPDATE dqmconsole.book SET version = 9", "permission denied"),
        ("eva_expert", "DROP TABLE dqmconsole.files", "must be owner"),
        ("sue_shifter",
         "INSERT INTO dqmconsole.releases VALUES"
         " ('s', 1, '', 'sue_shifter', '', 1, '', '', '[]', 0)", "may not publish"),
        ("leo_leader",
         "INSERT INTO dqmconsole.releases VALUES"
         " ('s', 1, '', 'eva_expert', '', 1, '', '', '[]', 0)", "is signed in"),
    ],
)  # fmt: skip
def test_the_database_itself_refuses(
    shared: Place, user: str, line: str, words: str
) -> None:
    with pytest.raises(Exception, match=words):
        shared.sql(line, user)


def test_a_forged_time_or_number_is_not_taken(shared: Place) -> None:
    line = insert("entry", "", stored_at="5")
    with pytest.raises(Exception, match="permission denied for table records"):
        shared.sql(line, "sue_shifter")
    shared.sql(insert("entry", ""), "sue_shifter")
    ((at, account),) = shared.sql("SELECT stored_at, account FROM dqmconsole.records")
    assert at > 1.7e9
    assert account == "sue_shifter"
    for user in ("sue_shifter", "eva_expert"):
        with pytest.raises(Exception, match="permission denied for table records"):
            shared.sql(FAR_AHEAD, user)


FAR_AHEAD = insert("entry", "", number="8000000000000000000", uid="'y'").replace(
    "VALUES", "OVERRIDING SYSTEM VALUE VALUES"
)


def test_a_book_of_schema_3_takes_no_chosen_numbers_once_raised(
    cluster: Cluster,
) -> None:
    place = Place(cluster.database(), cluster)
    engine = connect(read_place(place.url, "owner"), PASSWORD)
    steps.make(engine, upto=3)
    engine.dispose()
    for line in (
        "GRANT USAGE ON SCHEMA dqmconsole TO dqm_shifter",
        "GRANT SELECT ON ALL TABLES IN SCHEMA dqmconsole TO dqm_shifter",
        "GRANT INSERT ON dqmconsole.records, dqmconsole.files TO dqm_shifter",
    ):
        place.sql(line, "owner")
    place.sql(FAR_AHEAD.replace("8000000000000000000", "3"), "sue_shifter")
    place.make()
    with pytest.raises(Exception, match="permission denied for table records"):
        place.sql(FAR_AHEAD, "sue_shifter")
    book = place.open("sue_shifter")
    bundle = stored(b"bundle")
    (kept,) = book.write([record(account="sue_shifter")], [bundle])
    assert book.read().records[0] == kept
    assert book.file(bundle.hash) == bundle
    book.close()


def test_a_file_takes_no_chosen_number(tmp_path: Path) -> None:
    place = Place(f"sqlite:///{tmp_path}/book.sqlite", None)
    book = place.open()
    (first,) = book.write([record()])
    for number in ("8000000000000000000", "7", "-7", "0"):
        with pytest.raises(sqlite3.IntegrityError, match="numbers its records by its"):
            place.sql(insert("entry", "", number=number, uid="'y'"))
    (second,) = book.write([record()])
    assert (first.number, second.number) == (1, 2)
    book.close()


def test_nobody_takes_the_place_of_anothers_evidence(place: Place) -> None:
    place.make()
    evidence = stored(b"what the shifter saw")
    data = "'\\x00'::bytea" if place.shared else "x'00'"
    line = f"INSERT INTO dqmconsole.files VALUES ('{evidence.hash}', 'e', {data})"
    with pytest.raises(Exception, match="not what its hash"):
        place.sql(line, "tim_trainee")
    book = place.open("sue_shifter")
    entry = Entry("Hole", evidence=evidence.hash)
    book.write([record(entry, "sue_shifter")], [evidence])
    assert book.file(evidence.hash) == evidence
    book.close()


# A sign-off is of what its signer saw: said by Python under the lock, and by the
# database to whoever goes past it.


def test_a_run_is_signed_off_once(place: Place) -> None:
    place.make()
    sue, leo = place.open("sue_shifter"), place.open("leo_leader")
    signed = record(SignOff(), "sue_shifter", who="Sue", **RUN)
    sue.write([record(FLAG, "sue_shifter", **RUN), signed])
    words = "run 398213 is signed off already by Sue"
    with pytest.raises(BookRefused, match=words):
        leo.write([record(SignOff(), who="Leo", **RUN)])
    sue.write([signed])  # the same one again, after a doubt
    leo.write([record(SignOff(), run=398214)])
    assert len(leo.read().records) == 3
    sue.close()
    leo.close()


def test_two_that_sign_off_at_once_past_the_program(shared: Place) -> None:
    """Neither sees the other's record when it writes: still one of them counts."""
    failed: list[str] = []

    def sign_off(user: str, done: threading.Event, go_on: threading.Event) -> None:
        line = insert("sign-off", "", uid=f"'{user}'")
        try:
            with shared.session(user) as own:
                own.execute(line.encode())
                done.set()
                assert go_on.wait(PATIENCE)
        except psycopg.Error as error:
            failed.append(str(error))

    written, waits = threading.Event(), threading.Event()
    first = threading.Thread(target=sign_off, args=("sue_shifter", written, waits))
    second = threading.Thread(target=sign_off, args=("leo_leader", waits, waits))
    first.start()
    assert written.wait(PATIENCE)
    second.start()
    # until the second waits for the first, or was let through
    asked = (
        "SELECT count(*) FROM pg_locks JOIN pg_stat_activity USING (pid)"
        f" WHERE NOT granted AND datname = '{shared.database}'"
    )
    while not waits.is_set() and shared.sql(asked) == [(0,)]:
        pass
    waits.set()
    first.join()
    second.join()
    kept = shared.sql("SELECT uid FROM dqmconsole.records WHERE kind = 'sign-off'")
    assert kept == [("sue_shifter",)]
    assert "run 1 is signed off already by sue_shifter" in failed[0]


def test_a_stale_view_of_the_book_signs_nothing_off(shared: Place) -> None:
    line = f"BEGIN ISOLATION LEVEL REPEATABLE READ; {insert('sign-off', '')}"
    with pytest.raises(Exception, match="transactions of READ COMMITTED"):
        shared.sql(line, "sue_shifter")


def test_an_earlier_book_with_two_sign_offs_of_a_run_is_raised(place: Place) -> None:
    engine = connect(read_place(place.url, "owner"), PASSWORD)
    steps.make(engine, upto=3)
    engine.dispose()
    for uid in ("'x'", "'y'"):
        place.sql(insert("sign-off", "owner", uid=uid), "owner")
    place.make()
    book = place.open()
    assert len(book.read().records) == 2
    with pytest.raises(BookRefused, match="run 1 is signed off already by owner"):
        book.write([record(SignOff(), run=1)])
    book.close()


def test_nobody_holds_up_the_others_by_a_lock(shared: Place) -> None:
    """A session's lock outlives every transaction; no account can take the book's."""
    with shared.session("tim_trainee") as trainee:
        trainee.execute(f"SELECT pg_advisory_lock({0x44514D43})".encode())
        for line in (
            b"LOCK TABLE dqmconsole.book IN SHARE ROW EXCLUSIVE MODE",
            b"LOCK TABLE dqmconsole.records IN SHARE MODE",
            b"SELECT * FROM dqmconsole.book FOR UPDATE",
        ):
            with pytest.raises(psycopg.Error, match="permission denied"):
                trainee.execute(line)
            trainee.rollback()
        trainee.execute(f"SELECT pg_advisory_lock({0x44514D43})".encode())
        book = shared.open("sue_shifter")
        assert len(book.write([record(account="sue_shifter")])) == 1
        book.close()


def test_whoever_idles_over_the_lock_is_ended(shared: Place) -> None:
    line = (
        "SET idle_in_transaction_session_timeout = 0; BEGIN;"
        " SELECT dqmconsole.write_alone(); SHOW idle_in_transaction_session_timeout"
    )
    with shared.session("tim_trainee") as trainee:
        cursor = trainee.execute(line.encode())
        while cursor.nextset():
            pass
        assert cursor.fetchall() == [("10s",)]


def test_what_changed_unseen_keeps_a_run_from_being_signed_off(place: Place) -> None:
    place.make()
    sue, leo = place.open("sue_shifter"), place.open("leo_leader")
    (seen,) = sue.write([record(FLAG, "sue_shifter", console="a", **RUN)])
    changed = Flag("NOTSET")
    (later,) = sue.write([record(changed, "sue_shifter", console="a", **RUN)])
    words = "run 398213 changed while you signed it off: look again"
    for console, shift in (("b", ""), ("", ""), ("a", "another")):
        signed = record(SignOff(seen=seen.number), console=console, shift=shift, **RUN)
        with pytest.raises(BookRefused, match=words):
            leo.write([signed])
    # of the signer's own console it was on its way; other records do not matter
    leo.write([record(console="a", **RUN)])
    leo.write([record(SignOff(seen=seen.number), console="a", **RUN)])
    other = {"run": 398214}
    (flag,) = sue.write([record(FLAG, "sue_shifter", **other)])
    assert flag.number > later.number
    leo.write([record(SignOff(seen=flag.number), **other)])
    sue.close()
    leo.close()


def test_the_database_itself_refuses_a_sign_off(place: Place) -> None:
    place.make()
    book = place.open("sue_shifter")
    (seen,) = book.write([record(FLAG, "sue_shifter", console="a", run=1)])
    book.write([record(FLAG, "sue_shifter", console="a", run=1)])

    body = '{"type":"sign-off","seen":%s}'
    leo = ("sign-off", "leo_leader", "shift-leader")
    with pytest.raises(
        Exception, match=r"changed while (you signed it|it was signed) off"
    ):
        place.sql(insert(*leo, body % seen.number), "leo_leader")
    seen_all = body % (seen.number + 1)
    place.sql(insert(*leo, seen_all), "leo_leader")
    again = insert("sign-off", "eva_expert", "expert", seen_all, uid="'y'")
    with pytest.raises(Exception, match=r"run (1 )?is signed off already"):
        place.sql(again, "eva_expert")
    book.close()


def test_a_record_of_another_account_is_told_apart(place: Place) -> None:
    place.make()
    book = place.open("sue_shifter")
    with pytest.raises(BookOtherAccount, match="under the account leo_leader"):
        book.write([record(account="leo_leader", role="shifter")])
    (kept,) = book.write([record(account="", role="shifter")])
    assert kept.account == "sue_shifter"
    book.close()


def test_the_role_of_a_record_is_the_sessions_whatever_is_said(shared: Place) -> None:
    book = shared.open("sue_shifter")
    for claimed in ("expert", "trainee", "", "king"):
        (kept,) = book.write([record(account="sue_shifter", role=claimed)])
        assert (kept.account, kept.role) == ("sue_shifter", "shifter")
    book.close()
    book = shared.open("tim_trainee")
    with pytest.raises(BookRefused, match="a trainee cannot sign off a run"):
        book.write([record(SignOff(), "tim_trainee", role="expert", **RUN)])
    book.close()


URGENT = AlarmSeen("7/Hcal/missing/1", 7, "Hcal", "missing", urgency="now")
QUIET = msgspec.structs.replace(URGENT, urgency="dump")


class Case(NamedTuple):
    """A record that is an action, and what must be in the book before it."""

    body: Body
    before: Body | None = None


CASES: dict[Action, tuple[Case, ...]] = {
    "write": (Case(Entry("e")), Case(msgspec.structs.replace(FLAG, proposed=True)),
              Case(Shelved(QUIET, 2e9, "known")), Case(Acknowledged(URGENT)),
              Case(RunSeen("running"))),
    "sign off": (Case(SignOff()),),
    # a run that was passed on is not signed off
    "confirm flags": (Case(FLAG), Case(FLAG, PassedOn())),
    "change a signed-off flag": (
        Case(FLAG, SignOff()),
        Case(msgspec.structs.replace(FLAG, proposed=True), SignOff()),
    ),
    "judge whether a run counts": (
        Case(RunSeen("ended", significant=True)),
        Case(RunSeen("ended", significant=False)),
        Case(RunSeen("not significant")),
    ),
    "hand over": (Case(HandOver("Night", "All well")),),
    "shelve an urgent alarm": (Case(Shelved(URGENT, 2e9, "known")),),
    "override the detector control": (Case(Overridden(("HBHEa",), True, 2e9, "hangs")),
                                      Case(Overridden(("HBHEa",)))),
}  # fmt: skip


def test_every_rule_has_a_case() -> None:
    assert {*CASES, "publish"} == {each.action for each in RULES}


@pytest.mark.parametrize("past", ["by the program", "past the program"])
def test_every_rule_holds_for_every_role(place: Place, past: str) -> None:
    place.make()
    run = itertools.count(1)
    for account, role in ROLES.items():
        book, leader = place.open(account), place.open("leo_leader")
        for action, cases in CASES.items():
            for case in cases:
                number = next(run)
                if case.before is not None:
                    leader.write([record(case.before, "leo_leader", run=number)])
                each = record(case.body, account, run=number)
                if past == "by the program":
                    write = partial(book.write, [each])
                else:
                    body = msgspec.json.encode(case.body).decode()
                    given = {"uid": f"'{each.uid}'", "run": str(number)}
                    line = insert(kind_of(each.body), account, role, body, **given)
                    write = partial(place.sql, line, account)
                if may(role, action):
                    write()
                    continue
                # a trainee is told of the lower rule of two
                words = f"{account} may not: |role of the record may not"
                if past == "by the program":
                    words = f"a {role} cannot "
                with pytest.raises(Exception, match=words):
                    write()
        book.close()
        leader.close()


def test_no_record_or_file_is_larger_than_its_limit(place: Place) -> None:
    place.make()
    book = place.open("sue_shifter")
    before = record(account="sue_shifter")
    for each, words in (
        (record(Entry("e", "x" * 1_000_000), "sue_shifter"), "its body has 1,000,03"),
        (record(account="sue_shifter", who="x" * 2_001), "its who has 2,001 bytes"),
    ):
        with pytest.raises(BookRefused, match=f"is too large: {words}"):
            book.write([before, each])
    assert book.read().records == ()
    much = "repeat('x', 1000000)" if place.shared else "hex(zeroblob(500000))"
    body = f"""{{"type":"entry","title":"' || {much} || '"}}"""
    line = insert("entry", "sue_shifter", "shifter", body=body)
    with pytest.raises(Exception, match=r"records_size|too large to be stored"):
        place.sql(line, "sue_shifter")
    book.close()


@pytest.mark.parametrize("moment", ["NaN", "Infinity", "-Infinity"])
def test_a_claimed_time_is_one(place: Place, moment: str) -> None:
    place.make()
    value = (
        f"'{moment}'::float8"
        if place.shared
        else moment.replace("Infinity", "9e999").replace("NaN", "'NaN'")
    )
    line = insert("entry", "sue_shifter", "shifter", made_at=value)
    with pytest.raises(Exception, match=r"records_made_at|the record has no time"):
        place.sql(line, "sue_shifter")


def test_a_book_says_itself_when_it_stored_a_record(tmp_path: Path) -> None:
    place = Place(f"sqlite:///{tmp_path}/book.sqlite", None)
    place.make()
    body = '{"type":"entry","title":"e"}'
    line = insert("entry", "", body=body, stored_at="5")
    with pytest.raises(sqlite3.IntegrityError, match="says itself when it stored"):
        place.sql(line)


def test_signing_in(shared: Place) -> None:
    for user, password in (
        ("sue_shifter", "wrong"),
        ("sue_shifter", ""),
        ("nobody_here", PASSWORD),
    ):
        with pytest.raises(BookSignIn, match="wants an account and its password"):
            Book.open(shared.url, user=user, password=password)
    with pytest.raises(BookRefused, match=r"closed to this account.*dqm_shifter"):
        shared.open("guest")


def test_only_the_owner_makes_a_book(cluster: Cluster) -> None:
    place = Place(cluster.database(), cluster)
    with pytest.raises(BookAbsent, match="`dqmconsole book create URL`"):
        place.open("eva_expert")
    with pytest.raises(BookRefused, match="permission denied for database"):
        Book.create(place.url, user="eva_expert", password=PASSWORD)
    owner = place.create()
    assert owner.who() == ("owner", "expert")
    owner.write([record(account="owner", role="expert")])
    owner.close()
    again = place.create()
    assert len(again.read().records) == 1
    again.close()


def test_without_the_database_or_its_encoding(cluster: Cluster) -> None:
    with pytest.raises(BookAbsent, match="no such database"):
        Place(cluster.database().replace("/book", "/none"), cluster).open()
    cluster.sql(
        "postgres",
        "CREATE DATABASE latin OWNER owner ENCODING 'LATIN1' TEMPLATE template0",
    )
    latin = Place(f"postgresql:///latin?host={cluster.socket}", cluster)
    with pytest.raises(BookRefused, match="ENCODING 'UTF8'"):
        latin.create()


def test_a_database_with_something_else_is_left_alone(shared: Place) -> None:
    shared.sql("DROP SCHEMA dqmconsole CASCADE")
    shared.sql("CREATE SCHEMA dqmconsole AUTHORIZATION owner")
    shared.sql("CREATE TABLE dqmconsole.shop (id integer)")
    with pytest.raises(BookBroken, match=r"holds something else \(shop\)"):
        shared.create()
    assert shared.sql("SELECT count(*) FROM dqmconsole.shop") == [(0,)]


# The table is the database's: its owner may change it, and what it says is obeyed.

CHANGED = {
    "confirm flags": ("trainee", "shifter", "shift-leader", "expert"),
    "sign off": ("expert",),
    "publish": ("shifter", "shift-leader", "expert"),
}


@pytest.fixture
def changed(place: Place) -> Place:
    """A book with other permissions than a new one."""
    place.make()
    for action, roles in CHANGED.items():
        rows = "SELECT DISTINCT rule, kind, condition, action"
        place.sql(
            "CREATE TABLE dqmconsole.kept AS " + rows + " FROM dqmconsole.permissions"
            f" WHERE action = '{action}'"
        )
        place.sql(f"DELETE FROM dqmconsole.permissions WHERE action = '{action}'")
        for role in roles:
            place.sql(
                f"INSERT INTO dqmconsole.permissions {rows}, '{role}'"
                " FROM dqmconsole.kept"
            )
        place.sql("DROP TABLE dqmconsole.kept")
    return place


def test_a_book_with_other_permissions_is_obeyed(changed: Place) -> None:
    for account, role in ROLES.items():
        book = changed.open(account)
        for action, roles in (MAY | CHANGED).items():
            assert book.permissions[action] == roles
        run = 1 + list(ROLES).index(account)
        for action, body in (("confirm flags", FLAG), ("sign off", SignOff())):
            each = record(body, account, run=run)
            if role in CHANGED[action]:
                book.write([each])
                continue
            words = f"a {role} cannot sign off a run; an expert can"
            with pytest.raises(BookRefused, match=words):
                book.write([each])
        release = Release(run, "N", account, "w", 1.0, "1", account)
        if role in CHANGED["publish"]:
            book.publish(release, account, role)
        else:
            words = "a trainee cannot publish a release; a shifter or a shift-leader or"
            with pytest.raises(BookRefused, match=words):
                book.publish(release, account, role)
        book.close()


def test_what_a_book_permits_stays_when_it_is_made_again(changed: Place) -> None:
    changed.make()
    book = changed.open()
    assert book.permissions == MAY | CHANGED
    book.close()


def test_a_role_needs_every_rule_of_an_action(place: Place) -> None:
    place.make()
    place.sql(
        "INSERT INTO dqmconsole.permissions VALUES (90, 'call', '', 'write', 'expert'),"
        " (91, 'call', '', 'call experts', 'expert')"
    )
    book = place.open()
    assert book.permissions["write"] == ("expert",)
    assert book.permissions["call experts"] == ("expert",)
    with pytest.raises(BookRefused, match="a shift-leader cannot write into the book"):
        book.write([record(Call("hcal-dqm"))])
    book.close()


def test_changed_rules_come_with_a_step() -> None:
    """Databases that are up to date get no new rules: each change needs a step.

    If this fails because you changed a rule: add a step to ``steps_sqlite`` and
    ``steps_postgres``, be it empty, and note here what holds from then on.
    """
    said = "\n".join(rules.statements("permissions"))
    digest = hashlib.sha256(said.encode()).hexdigest()[:16]
    assert (steps.VERSION, digest) == (7, "eda710d8181620a5")
