"""Writing and reading, on both databases."""

from __future__ import annotations

import sqlite3
import stat
import threading
import time
import typing
from contextlib import closing
from typing import TYPE_CHECKING

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from support.books import ROLES, insert, record, store_in_1970, stored

from dqmconsole.logbook import steps
from dqmconsole.logbook.book import Book
from dqmconsole.logbook.errors import BookBroken, BookError, BookRefused
from dqmconsole.model.record import (
    Entry,
    Flag,
    KnownBody,
    OtherBody,
    Record,
    RunSeen,
    SignOff,
    Versions,
    kind_of,
)
from dqmconsole.model.release import Release, SiteChange
from dqmconsole.training.records import (
    ExamEnded,
    LessonDone,
    TrainingBody,
    understood,
)

if TYPE_CHECKING:
    from support.books import Place

BODY_TYPES = (*typing.get_args(KnownBody), *typing.get_args(TrainingBody))


def test_what_was_written_is_read_in_order(book: Book) -> None:
    before = time.time()
    written = book.write([record(), record(RunSeen("running"), run=398213)])
    more = book.write([record(versions=Versions("1.2", "abc", 3, "hcal/occ@4"))])
    assert [each.number for each in written + more] == sorted(
        {each.number for each in written + more}
    )
    assert all(before - 1 < each.stored_at < time.time() + 1 for each in written)
    leaf = book.read()
    assert leaf.records == written + more
    assert (leaf.last, leaf.skipped, leaf.full) == (more[0].number, 0, False)
    assert book.read(written[0].number).records == written[1:] + more
    part = book.read(limit=2)
    assert part.full
    assert part.records + book.read(part.last).records == leaf.records
    assert book.read(leaf.last).last == leaf.last


def test_a_uid_is_taken_once_and_comes_back_as_it_was_stored(book: Book) -> None:
    first = record(Entry("as it was"))
    (stored_first,) = book.write([first])
    again = msgspec.structs.replace(first, body=Entry("changed"), made_at=1.0)
    fresh = record()
    assert book.write([again, fresh, fresh])[0] == stored_first
    assert len(book.read().records) == 2
    assert book.write([]) == ()


def test_files_are_kept_under_their_hash(book: Book) -> None:
    bundle = stored(bytes(range(256)) * 2000)
    book.write([record(Entry("e", evidence=bundle.hash))], [bundle, bundle])
    book.write([record()], [bundle])
    assert book.file(bundle.hash) == bundle
    assert book.file("0" * 32) is None
    with pytest.raises(BookRefused, match="not what its hash"):
        book.write([record()], [msgspec.structs.replace(bundle, data=b"x")])
    assert len(book.read().records) == 2


def test_all_of_a_batch_or_none(book: Book) -> None:
    bundle = stored(b"of a refused record")
    with pytest.raises(BookRefused):
        book.write(
            [record(), record(SignOff(), run=1), record(SignOff(), run=1)], [bundle]
        )
    assert book.read().records == ()
    assert book.file(bundle.hash) is None


@pytest.mark.parametrize("table", ["records", "files", "releases"])
def test_nothing_is_changed_or_removed(book: Book, place: Place, table: str) -> None:
    book.write([record()], [stored(b"bytes")])
    book.publish(release(1), "site", "expert")
    column = "name" if table == "files" else "account"
    lines = [
        f"UPDATE dqmconsole.{table} SET {column} = 'x'",
        f"DELETE FROM dqmconsole.{table}",
    ]
    if place.shared:
        lines.append(f"TRUNCATE dqmconsole.{table}")
    else:
        lines.append(f"INSERT OR REPLACE INTO {table} SELECT * FROM {table}")
    for line in lines:
        with pytest.raises(Exception, match="the book only grows"):
            place.sql(line)
    if place.shared:
        # the accounts have not even the right to try
        with pytest.raises(Exception, match="permission denied"):
            place.sql(lines[1], "eva_expert")
    assert len(book.read().records) == 1


def release(number: int, account: str = "leo_leader", hash_: str = "aa") -> Release:
    changes = (SiteChange("layout", "Hcal › Timing", "2 plots more: “a”, “b”"),)
    return Release(number, "Leo", account, "new limits", 1.7e9, "1.0", hash_, changes)


def test_releases(book: Book) -> None:
    first, second = release(1), msgspec.structs.replace(release(2), again=1)
    book.publish(first, "cms", "shift-leader")
    book.publish(second, "cms", "expert")
    book.publish(first, "cms", "shift-leader")
    book.publish(first, "other", "expert")
    assert book.releases("cms") == (first, second)
    assert book.releases("none") == ()
    with pytest.raises(BookRefused, match="already published, by Leo"):
        book.publish(release(2, hash_="bb"), "cms", "expert")


CARRIED = {"type": "hologram", "depth": [1, {"of": "light"}]}


def test_a_record_of_an_unknown_kind_is_carried_as_it_is(
    book: Book, place: Place
) -> None:
    (first,) = book.write([record()])
    body = '{"type":"hologram","depth":[1,{"of":"light"}]}'
    place.sql(insert("hologram", "postgres", body=body, uid="'n1'"))
    (last,) = book.write([record()])
    leaf = book.read()
    strange = leaf.records[1]
    assert leaf.records == (first, strange, last)
    assert (leaf.skipped, leaf.last) == (0, last.number)
    assert isinstance(strange.body, OtherBody)
    assert (strange.body.kind, strange.body) == ("hologram", CARRIED)
    # and is written as it was read
    again = record(strange.body, uid="n2")
    (copied,) = book.write([again])
    assert (copied.body, kind_of(copied.body)) == (CARRIED, "hologram")
    # a uid that is there is there, whoever wrote it: it holds nothing up
    noted, behind = book.write([record(uid="n1"), record()])
    assert (noted.uid, noted.number) == ("n1", first.number + 1)
    assert book.read(last.number).records == (copied, behind)


def test_a_row_of_a_known_kind_that_is_none_is_counted_and_passed_over(
    book: Book, place: Place
) -> None:
    (first,) = book.write([record()])
    body = '{"type":"check","item":7}'
    place.sql(insert("check", "postgres", body=body, uid="'n1'"))
    (last,) = book.write([record()])
    leaf = book.read()
    assert leaf.records == (first, last)
    assert (leaf.skipped, leaf.last) == (1, last.number)
    only = book.read(after=first.number, limit=1)
    assert (only.records, only.skipped, only.last) == ((), 1, first.number + 1)


@pytest.mark.parametrize("column", ["body", "versions"])
def test_a_row_nested_too_deeply_holds_nothing_up(place: Place, column: str) -> None:
    deep = f"{'[' * 3000}{']' * 3000}"
    given = {"versions": f"""'{{"a":{deep}}}'"""}
    body = '{"type":"hologram"}'
    if column == "body":
        given, body = {}, f'{{"type":"hologram","depth":{deep}}}'
    place.make()
    try:
        place.sql(insert("hologram", "postgres", body=body, uid="'n1'", **given))
    except sqlite3.OperationalError:
        assert (place.shared, column) == (False, "body")  # SQLite calls it malformed
        return
    with closing(place.open()) as book:
        (last,) = book.write([record()])
        leaf = book.read()
    assert (leaf.records, leaf.skipped) == ((last,), 1)


@pytest.mark.parametrize("kind", ['{"a": 1}', "[1]", "1"])
def test_a_kind_that_is_no_word_holds_nothing_up(place: Place, kind: str) -> None:
    place.make()
    line = insert(kind, "postgres", body=f'{{"type":{kind}}}', uid="'n1'")
    try:
        place.sql(line)
    except sqlite3.IntegrityError:
        assert not place.shared  # SQLite writes the kind in another way
        return
    with closing(place.open()) as book:
        (last,) = book.write([record()])
        odd, after = book.read().records
    assert (type(odd.body), after) == (OtherBody, last)


@pytest.mark.parametrize("said", ["1e300", "1.7e12", "-5.0"])
def test_a_time_that_is_no_date_gives_way_to_that_of_the_database(
    book: Book, place: Place, said: str
) -> None:
    place.sql(insert("entry", "postgres", body='{"type":"entry","title":"x"}',
                     uid="'n1'", made_at=said))  # fmt: skip
    (found,) = book.read().records
    assert found.made_at == found.stored_at


def test_damaged_bytes_of_a_file_are_not_handed_out(place: Place) -> None:
    place.make()
    sound = stored(b"sound")
    place.damage_file(sound)
    book = place.open()
    with pytest.raises(BookBroken, match=r"the file e\.zip in the book is damaged"):
        book.file(sound.hash)
    book.close()


def test_what_no_database_holds_is_replaced_or_refused(book: Book) -> None:
    odd = record(
        Entry("half \ud800 a pair", text="nul \0"), who="a\0b", subsystem="x\ud9ff"
    )
    (kept,) = book.write([odd])
    assert kept.body == Entry("half � a pair", text="nul �")
    assert (kept.who, kept.subsystem) == ("a�b", "x�")
    assert book.read().records == (kept,)
    for bad in (
        record(made_at=float("nan")),
        record(run=2**63),
        record(uid=""),
    ):
        with pytest.raises(BookRefused):
            book.write([bad])
    assert book.read().records == (kept,)


_TEXT = st.text(
    st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=20
)
_BIG = 2**63 - 1


@st.composite
def records(draw: st.DrawFn) -> Record:
    """Any record whose role may write it."""
    kind = draw(st.sampled_from(BODY_TYPES))
    # hypothesis does not know the default of a mapping
    covered = {"covered": st.dictionaries(_TEXT, _TEXT, max_size=3)}
    body = draw(
        st.builds(kind, **(covered if kind in {LessonDone, ExamEnded} else {}))
        if kind is not RunSeen
        else st.builds(
            RunSeen,
            st.sampled_from(["running", "ended", "not significant"]),
            run_type=_TEXT,
            started=st.none() | st.floats(allow_nan=False, allow_infinity=False),
            events=st.integers(0, _BIG),
            significant=st.none() | st.booleans(),
            subsystems=st.lists(_TEXT, max_size=3).map(tuple),
        )
    )
    return Record(
        uid=draw(st.uuids().map(str)),
        made_at=draw(st.floats(0.0, 2.5e11)),
        body=body,
        who=draw(_TEXT),
        account="leo_leader",
        role=draw(st.sampled_from(["shift-leader"])),
        console=draw(_TEXT),
        shift=draw(_TEXT),
        run=draw(st.integers(0, _BIG)),
        subsystem=draw(_TEXT),
        versions=draw(st.builds(Versions, _TEXT, _TEXT, st.integers(0, _BIG), _TEXT)),
    )


st.register_type_strategy(str, _TEXT)
st.register_type_strategy(int, st.integers(-_BIG, _BIG))
st.register_type_strategy(float, st.floats(allow_nan=False, allow_infinity=False))


@settings(
    max_examples=40,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(st.lists(records(), min_size=1, max_size=6, unique_by=lambda each: each.uid))
def test_any_record_comes_back_as_it_was(book: Book, batch: list[Record]) -> None:
    last = book.read(limit=10**6).last
    # every example meets the same book, in which a run is signed off once
    batch = [
        msgspec.structs.replace(
            each,
            uid=f"{each.uid}-{last}",
            run=_BIG - last - at if isinstance(each.body, SignOff) else each.run,
        )
        for at, each in enumerate(batch)
    ]
    written = book.write(batch)
    assert book.read(last).records == written
    for before, after in zip(batch, written, strict=True):
        plain = msgspec.structs.replace(understood(after), number=0, stored_at=0.0)
        assert plain == before


def test_the_file_is_its_owners_alone(place: Place) -> None:
    place.make()
    if place.shared:
        return
    assert stat.S_IMODE(place.path.stat().st_mode) == 0o600
    assert place.sql("PRAGMA journal_mode") == [("wal",)]


def test_who(place: Place) -> None:
    place.make()
    for account, role in ROLES.items():
        book = place.open(account)
        assert book.who() == (account, role if place.shared else "")
        book.close()


def test_info(book: Book, place: Place) -> None:
    empty = book.info()
    assert (empty.schema, empty.records, empty.stored_at) == (steps.VERSION, 0, None)
    (last,) = book.write([record()], [stored(b"1"), stored(b"2")])
    info = book.info()
    assert (info.records, info.files, info.releases) == (1, 2, 0)
    assert info.stored_at == last.stored_at
    assert info.account == "leo_leader"
    assert info.members == (tuple(sorted(ROLES.items())) if place.shared else ())


def test_before_counts_by_the_databases_clock(book: Book) -> None:
    assert book.before(0.0) == 0
    (kept,) = book.write([record(made_at=5.0)])
    assert book.before(3600.0) == 0
    assert book.before(-3600.0) == kept.number


def test_a_clock_that_was_wrong_for_a_while_hides_nothing(
    book: Book, place: Place
) -> None:
    first, wrong, last = book.write([record(), record(), record()])
    store_in_1970(place, wrong.number)
    assert book.before(3600.0) == first.number - 1
    store_in_1970(place, first.number)
    assert book.before(3600.0) == wrong.number
    assert last.number == wrong.number + 1


def test_many_writers_lose_and_double_nothing(place: Place) -> None:
    """Readers that ask for numbers above the last one miss no record."""
    place.make()
    mine = [[record() for _ in range(12)] for _ in range(4)]
    seen: list[str] = []
    done = threading.Event()

    def write(batch: list[Record]) -> None:
        book = place.open()
        for each in batch:
            _patiently(book, each)
        book.close()

    def read() -> None:
        book = place.open()
        last = 0
        while True:
            ending = done.is_set()
            leaf = book.read(last)
            last = leaf.last
            seen.extend(each.uid for each in leaf.records)
            if ending:
                break
        book.close()

    writers = [threading.Thread(target=write, args=(batch,)) for batch in mine]
    reader = threading.Thread(target=read)
    for thread in (*writers, reader):
        thread.start()
    for thread in writers:
        thread.join()
    done.set()
    reader.join()
    assert sorted(seen) == sorted(each.uid for batch in mine for each in batch)
    for batch in mine:
        places = [seen.index(each.uid) for each in batch]
        assert places == sorted(places)


def _patiently(book: Book, each: Record) -> None:
    from dqmconsole.logbook.errors import BookLocked

    for _ in range(100):
        try:
            book.write([each])
        except BookLocked:
            continue
        return
    pytest.fail("the book stayed locked")


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("postgresql://me:secret@host/dqm", "a password stands in the URL"),
        ("postgresql://me@host/dqm?password=secret", "a password stands in the URL"),
        ("mysql://host/dqm", "SQLite or PostgreSQL, not in 'mysql'"),
        ("sqlite://", "names no file"),
        ("post gres://", "no URL of a book|SQLite or PostgreSQL"),
    ],
)
def test_urls_that_are_none_of_a_book(url: str, words: str) -> None:
    with pytest.raises(BookError, match=words) as caught:
        Book.open(url)
    assert "secret" not in str(caught.value)


def test_flags_that_are_proposed_need_no_role(book: Book) -> None:
    noted = record(Flag("GOOD", proposed=True), role="", run=7, subsystem="Hcal")
    (kept,) = book.write([noted])
    assert kept.body == noted.body
