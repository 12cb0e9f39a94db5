"""The thread of the book: nothing put into it is lost, doubled or out of order."""

from __future__ import annotations

import dataclasses
import queue
import sqlite3
import stat
import subprocess
import sys
import tempfile
import threading
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

import msgspec
import pytest
from support.books import Place, insert, record, stored
from support.postgres import PASSWORD
from support.waiting import PATIENCE

from dqmconsole.logbook import outgoing, replicate
from dqmconsole.logbook import spool as spooling
from dqmconsole.logbook.book import Batch, Book
from dqmconsole.logbook.errors import (
    BookError,
    BookSignIn,
    BookTooNew,
    BookUnreachable,
)
from dqmconsole.logbook.replicate import (
    BookThread,
    Close,
    Replication,
    SignInRequest,
    open_at,
)
from dqmconsole.logbook.spool import Held, Spool, Waiting, spool_path
from dqmconsole.logbook.state import BookNews, BookState, Outbox
from dqmconsole.model.permission import MAY
from dqmconsole.model.record import (
    Entry,
    Record,
    SignOff,
    StoredFile,
    file_hash,
    hash_of,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

    from support.postgres import Cluster

    from dqmconsole.logbook.replicate import Order


@dataclasses.dataclass
class Taken:
    """All that a thread gave so far."""

    thread: BookThread
    records: list[Record] = dataclasses.field(default_factory=list)
    saved: set[str] = dataclasses.field(default_factory=set)
    refused: dict[str, str] = dataclasses.field(default_factory=dict)
    files: list[StoredFile] = dataclasses.field(default_factory=list)
    missing: set[str] = dataclasses.field(default_factory=set)
    state: BookState = dataclasses.field(default_factory=BookState)

    def until(self, done: Callable[[Taken], object]) -> Taken:
        end = time.monotonic() + PATIENCE
        while not done(self):
            assert time.monotonic() < end, self
            time.sleep(0.005)
            self.add(self.thread.take())
        return self

    def add(self, news: BookNews) -> None:
        self.records += news.records
        self.saved |= news.saved
        self.refused |= dict(news.refused)
        self.files += news.files
        self.missing |= news.missing
        self.state = news.state

    @property
    def uids(self) -> list[str]:
        return [each.uid for each in self.records]


@contextmanager
def running(
    opener: Callable[[str, str], Book], spool: Path | None = None, **options: object
) -> Iterator[Taken]:
    thread = BookThread(opener, spool, "test", **options)  # type: ignore[arg-type] # the test's own
    try:
        yield Taken(thread)
    finally:
        thread.close()


@pytest.fixture
def place(place: Place) -> Place:
    """Where a book was made, in a file or a database."""
    place.make()
    return place


@pytest.fixture
def file(tmp_path: Path) -> Place:
    return Place(f"sqlite:///{tmp_path}/book.sqlite", None)


@pytest.fixture
def spool(tmp_path: Path) -> Path:
    return tmp_path / "waiting" / "spool.jsonl"


def by(place: Place, account: str = "leo_leader") -> Callable[[str, str], Book]:
    return lambda _user, _password: place.open(account)


class Gate:
    """An opener of a book that is away until it is let through."""

    def __init__(self, place: Place, error: BookError | None = None) -> None:
        self._place = place
        self.error = error or BookUnreachable("the server is down")
        self.open = False
        self.tries = 0

    def __call__(self, _user: str, _password: str) -> Book:
        self.tries += 1
        if not self.open:
            raise self.error
        return self._place.open()


def test_what_is_put_is_saved_in_order_and_seen_by_others(
    place: Place, spool: Path
) -> None:
    mine = [record() for _ in range(120)]
    theirs = [record() for _ in range(5)]
    with running(by(place), spool) as one, running(by(place)) as other:
        for each in mine:
            one.thread.put(each)
        one.until(lambda taken: len(taken.saved) == len(mine))
        for each in theirs:
            other.thread.put(each)
        for taken in (one, other):
            taken.until(lambda taken: len(taken.records) == len(mine) + len(theirs))
        assert one.uids == [each.uid for each in mine + theirs]
        assert one.records == other.records
        assert [each.number for each in one.records] == sorted(
            each.number for each in one.records
        )
        assert one.state == BookState(
            "ready", "", 0, "leo_leader", "shift-leader" if place.shared else ""
        )
    assert spool.read_bytes() == b""
    assert one.thread.take().state.word == "closed"


def test_who_may_what_is_what_the_database_says(place: Place) -> None:
    place.sql("DELETE FROM dqmconsole.permissions WHERE action = 'sign off'"
              " AND role <> 'expert'")  # fmt: skip
    gate = Gate(place)
    with running(gate) as taken:
        taken.until(lambda taken: taken.state.word == "waiting")
        assert taken.state.permissions == MAY
        gate.open = True
        taken.until(lambda taken: taken.state.word == "ready")
        assert taken.state.permissions == MAY | {"sign off": ("expert",)}


def test_files_are_kept_and_fetched(place: Place) -> None:
    bundle = stored(b"bundle" * 1000)
    with running(by(place)) as taken:
        taken.thread.put(record(Entry("e", evidence=bundle.hash)), [bundle])
        taken.thread.fetch(bundle.hash)
        taken.thread.fetch("0" * 32)
        taken.until(lambda taken: taken.files and taken.missing)
        assert taken.files == [bundle]
        assert taken.missing == {"0" * 32}


def test_a_damaged_file_is_missing_and_the_rest_goes_on(
    file: Place, caplog: pytest.LogCaptureFixture
) -> None:
    file.make()
    bundle = stored(b"whole")
    file.damage_file(bundle)
    with running(by(file)) as taken:
        taken.thread.fetch(bundle.hash)
        taken.thread.put(record())
        taken.until(lambda taken: taken.missing and taken.records)
        assert taken.missing == {bundle.hash}
    assert "e.zip in the book is damaged" in caplog.text


def test_a_refused_record_comes_back_and_the_others_pass(
    place: Place, spool: Path
) -> None:
    batch = [record(SignOff(), run=7), record(SignOff(), run=7), record()]
    gate = Gate(place)
    with running(gate, spool) as taken:
        for each in batch:
            taken.thread.put(each)
        taken.until(lambda taken: taken.state.word == "waiting")
        gate.open = True
        taken.until(lambda taken: len(taken.saved) == 2 and taken.refused)
        assert taken.refused == {
            batch[1].uid: "run 7 is signed off already by leo_leader"
        }
        taken.until(lambda taken: len(taken.records) == 2)
        assert taken.uids == [batch[0].uid, batch[2].uid]
        assert taken.state.unsaved == 0
    assert batch[1].uid in spool.with_suffix(".refused").read_text()
    assert spool.read_bytes() == b""


def test_what_waited_when_a_console_ended_is_written_by_the_next(
    place: Place, spool: Path
) -> None:
    bundle = stored(bytes(range(256)))
    batch = [record() for _ in range(5)]
    with running(Gate(place), spool) as taken:
        for each in batch:
            taken.thread.put(each, [bundle])
        taken.until(lambda taken: taken.state.unsaved == 5)
        assert taken.thread.close(0.1) == ""
    assert taken.thread.take().state.unsaved == 5
    # one of them had reached the book before the console learnt of it
    book = place.open()
    book.write(batch[:1], [bundle])
    book.close()
    with running(by(place), spool) as taken:
        late = record()
        taken.thread.put(late)
        taken.until(lambda taken: len(taken.saved) == 6)
        taken.until(lambda taken: len(taken.records) == 6)
        assert taken.uids == [each.uid for each in (*batch, late)]
    assert spool.read_bytes() == b""


def test_a_half_written_line_is_kept_aside(
    file: Place, spool: Path, caplog: pytest.LogCaptureFixture
) -> None:
    whole, half = (msgspec.json.encode(Waiting(record())) for _ in range(2))
    spool.parent.mkdir()
    spool.write_bytes(whole + b"\n" + b"\xff\xfe nonsense\n" + half[:-9])
    with running(by(file), spool) as taken:
        taken.until(lambda taken: taken.saved)
        taken.until(lambda taken: taken.state.word == "ready")
        assert "could not be read are kept in" in taken.state.sentence
    assert spool.with_suffix(".broken").read_bytes() == (
        b"\xff\xfe nonsense\n" + half[:-9] + b"\n"
    )
    assert "2 records that waited for the book cannot be read" in caplog.text


def test_a_last_line_without_its_end_is_whole(spool: Path) -> None:
    first, second = Waiting(record()), Waiting(record(), (stored(b"x"),))
    spool.parent.mkdir()
    spool.write_bytes(msgspec.json.encode(first))
    opened = Spool(spool)
    assert opened.begin() == (first,)
    opened.append([second])
    opened.close()
    again = Spool(spool)
    assert again.begin() == (first, second)
    again.keep(())
    assert spool.read_bytes() == b""
    again.close()


def test_a_file_of_an_earlier_version_waits_under_its_present_hash(
    place: Place, spool: Path
) -> None:
    bundle = StoredFile(hash_of(b"bundle"), "e.zip", b"bundle")
    waiting = Waiting(record(Entry("e", evidence=bundle.hash)), (bundle,))
    spool.parent.mkdir()
    spool.write_bytes(msgspec.json.encode(waiting) + b"\n")
    with running(by(place), spool) as taken:
        taken.until(lambda taken: taken.records)
        name = file_hash(bundle.data)
        assert taken.records[0].body == Entry("e", evidence=name)
        taken.thread.fetch(name)
        taken.until(lambda taken: taken.files)
        assert taken.files == [StoredFile(name, "e.zip", b"bundle")]


def test_two_consoles_share_no_spool_and_the_dead_ones_is_taken_over(
    spool: Path,
) -> None:
    one, two = Spool(spool), Spool(spool)
    assert one.path != two.path
    first, second = Waiting(record()), Waiting(record())
    one.append([first])
    two.append([second])
    two.close()  # its console died
    three = Spool(spool)
    assert three.path == two.path
    three.close()
    one.close()
    alone = Spool(spool)
    assert alone.begin() == (first, second)
    alone.close()
    later = Spool(spool)
    assert later.begin() == (first, second)
    later.close()


def test_a_long_spool_is_shortened(spool: Path) -> None:
    opened = Spool(spool)
    many = tuple(Waiting(record()) for _ in range(300))
    opened.append(many)
    opened.keep(many[290:])
    assert len(spool.read_bytes().splitlines()) == 10
    opened.append(many[:1])
    opened.keep(many[290:])
    opened.close()
    again = Spool(spool)
    assert again.begin() == (*many[290:], many[0])
    again.close()


def test_a_broken_spool_that_is_taken_over_is_of_exam_as_ones_own(
    spool: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """Else what the book has would stay in the file, and be said to wait."""
    opened = Spool(spool)
    opened.append([Waiting(record()) for _ in range(5)])
    spool.with_suffix(".1.jsonl").write_bytes(b"no record\n")
    assert len(opened.begin()) == 5
    opened.keep(())
    opened.close()
    assert spool.read_bytes() == b""
    assert "cannot be read" in caplog.text


def test_each_book_has_its_own_spool(tmp_path: Path) -> None:
    one = spool_path(tmp_path, "postgresql://a/b")
    assert one == spool_path(tmp_path, "postgresql://a/b")
    assert one != spool_path(tmp_path, "postgresql://a/c")


def test_a_lock_is_waited_for_while_others_are_read(file: Place) -> None:
    file.make()
    with running(by(file)) as taken:
        taken.until(lambda taken: taken.state.word == "ready")
        holder = sqlite3.connect(file.path, isolation_level=None)
        holder.execute("BEGIN IMMEDIATE")
        each = record()
        taken.thread.put(each)
        taken.until(lambda taken: taken.state.word == "waiting")
        assert "locked by another program" in taken.state.sentence
        assert taken.state.unsaved == 1
        holder.execute("COMMIT")
        holder.close()
        taken.until(lambda taken: taken.uids == [each.uid] == list(taken.saved))
        taken.until(lambda taken: taken.state.word == "ready")


def test_a_database_that_crashes_loses_and_doubles_nothing(
    cluster: Cluster, spool: Path
) -> None:
    place = Place(cluster.database(), cluster)
    place.make()
    batch = [record() for _ in range(30)]
    with running(by(place), spool) as taken:
        for each in batch[:10]:
            taken.thread.put(each)
        cluster.stop("immediate")
        try:
            for each in batch[10:20]:
                taken.thread.put(each)
            taken.until(lambda taken: taken.state.word == "waiting")
            assert taken.state.unsaved >= 10
        finally:
            cluster.start()
        for each in batch[20:]:
            taken.thread.put(each)
        taken.until(lambda taken: len(taken.records) == 30)
        assert taken.uids == [each.uid for each in batch]
        taken.until(lambda taken: len(taken.saved) == 30)


def test_signing_in(cluster: Cluster, spool: Path) -> None:
    place = Place(cluster.database(), cluster)
    place.make()
    mine = record(account="sue_shifter")
    leos = record(account="leo_leader")
    with running(open_at(place.url), spool, user="sue_shifter") as taken:
        taken.thread.put(leos)
        taken.thread.put(mine)
        taken.until(lambda taken: taken.state.word == "refused")
        assert taken.state.asks
        assert "password" in taken.state.sentence
        taken.thread.sign_in("sue_shifter", "wrong")
        taken.thread.sign_in("sue_shifter", PASSWORD)
        taken.until(lambda taken: taken.uids == [mine.uid])
        taken.until(lambda taken: taken.state.word == "ready")
        assert (taken.state.account, taken.state.role) == ("sue_shifter", "shifter")
        assert taken.state.unsaved == 1
        held = "1 record waits for the account leo_leader to sign in."
        assert held in taken.state.sentence
        assert taken.state.held == (Held("leo_leader", (), 1),)
        taken.thread.sign_in("leo_leader", PASSWORD)
        taken.until(lambda taken: taken.uids == [mine.uid, leos.uid])
        taken.until(lambda taken: taken.state.account == "leo_leader")
        assert taken.state.held == ()
    assert spool.read_bytes() == b""
    assert PASSWORD not in repr(taken)


def test_a_server_that_lets_nobody_in_at_its_return_refuses_no_record(
    file: Place, spool: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It was away, and comes back before it knows its accounts."""
    file.make()
    book = file.open()
    tries: list[int] = []

    def lets_nobody_in(given: Sequence[Record], _files: object = ()) -> None:
        tries.append(len(given))
        words = "the book did not let you in: no entry in pg_hba.conf"
        raise BookSignIn(words)

    monkeypatch.setattr(book, "write", lets_nobody_in)
    batch = [record() for _ in range(3)]
    opened = iter([book])
    with running(lambda *_: next(opened, None) or file.open(), spool) as taken:
        for each in batch:
            taken.thread.put(each)
        taken.until(lambda taken: taken.state.asks)
        assert taken.refused == {}
        assert taken.state.unsaved == 3
        assert len(tries) == 1  # an account that is tried more often is locked
        taken.thread.sign_in("leo_leader", "")
        taken.until(lambda taken: len(taken.saved) == 3)
    assert not spool.with_suffix(".refused").exists()


def test_what_an_earlier_shift_left_waits_for_its_account(
    place: Place, spool: Path
) -> None:
    anns = [record(account="sue_shifter", who="Ann") for _ in range(3)]
    with running(Gate(place), spool) as taken:
        for each in anns:
            taken.thread.put(each)
        taken.until(lambda taken: taken.state.unsaved == 3)
    with running(by(place, "leo_leader"), spool) as taken:
        taken.thread.put(mine := record())
        taken.until(lambda taken: taken.uids == [mine.uid])
        taken.until(lambda taken: taken.state.word == "ready")
        assert taken.state.held == (Held("sue_shifter", ("Ann",), 3),)
    with running(by(place, "eva_expert"), spool) as taken:
        taken.until(lambda taken: taken.state.word == "ready")
        # that Leo's was written is seen, though the spool still has it
        assert taken.state.held == (Held("sue_shifter", ("Ann",), 3),)
        assert taken.state.unsaved == 3
    with running(by(place, "sue_shifter"), spool) as taken:
        taken.until(lambda taken: len(taken.records) == 4)
        assert {each.account for each in taken.records[1:]} == {"sue_shifter"}
        taken.until(lambda taken: taken.state.word == "ready")
        assert taken.state.held == ()
    assert spool.read_bytes() == b""


def test_a_newer_book_is_said_and_nothing_is_lost(file: Place, spool: Path) -> None:
    gate = Gate(file, BookTooNew("upgrade dqmconsole"))
    with running(gate, spool) as taken:
        taken.thread.put(record())
        taken.until(lambda taken: taken.state.word == "refused")
        assert not taken.state.asks
        assert taken.state.sentence == "upgrade dqmconsole."
        assert taken.thread.close() == ""
        assert taken.thread.take().state.unsaved == 1
    assert len(spool.read_bytes().splitlines()) == 1


def test_a_book_that_hangs_holds_nobody_up_and_loses_nothing(
    file: Place, spool: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(replicate, "SILENCE", 0.0)
    entered, let_go = threading.Event(), threading.Event()

    def hanging(_user: str, _password: str) -> Book:
        entered.set()
        let_go.wait(PATIENCE)
        return file.open()

    thread = BookThread(hanging, spool)
    assert entered.wait(PATIENCE)
    batch = [record(), record()]
    for each in batch:
        thread.put(each)
    state = thread.take().state
    assert (state.word, state.unsaved) == ("waiting", 2)
    assert state.sentence == "the book has not answered for 0 s."
    assert thread.close(0.01) == ""
    assert thread.take().state.unsaved == 2
    let_go.set()
    for other in threading.enumerate():
        if other.name == "book":
            other.join(PATIENCE)
    with running(by(file), spool) as taken:
        taken.until(lambda taken: taken.uids == [each.uid for each in batch])


def test_a_spool_that_cannot_be_written_is_said(
    file: Place, spool: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A full disk, imitated: the spool's write fails."""

    def full(_handle: int, _data: bytes) -> None:
        raise OSError(28, "No space left on device")

    gate = Gate(file)
    monkeypatch.setattr(spooling, "_write_all", full)
    with running(gate, spool) as taken:
        taken.thread.put(record())
        taken.until(lambda taken: "No space left" in taken.state.sentence)
        gate.open = True
        taken.until(lambda taken: taken.saved)
        taken.until(lambda taken: taken.state.word == "ready")


def test_a_folder_for_the_spool_that_is_none(file: Place, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with running(by(file), tmp_path / "file" / "spool") as taken:
        taken.thread.put(record())
        taken.until(lambda taken: taken.saved)
        assert "kept in memory only" in taken.state.sentence


def test_only_what_is_recent_is_read(place: Place) -> None:
    book = place.open()
    book.write([record()])
    book.close()
    with running(by(place), age=-60.0) as taken:
        fresh = record()
        taken.thread.put(fresh)
        taken.until(lambda taken: taken.records)
        assert taken.uids == [fresh.uid]


def test_a_long_book_says_when_it_has_given_all(
    file: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    file.make()
    book = file.open()
    book.write([record() for _ in range(3)])
    book.close()
    whole, going_on = Book.read, threading.Event()

    def in_pieces(book: Book, after: int) -> Batch:
        assert not after or going_on.wait(PATIENCE)
        return whole(book, after, limit=2)

    monkeypatch.setattr(Book, "read", in_pieces)
    with running(by(file)) as taken:
        taken.until(lambda taken: taken.state.word == "ready")
        assert (len(taken.records), taken.state.more) == (2, True)
        going_on.set()
        taken.until(lambda taken: not taken.state.more)
        assert len(taken.records) == 3


@pytest.mark.parametrize("harm", ["deleted", "junk", "written over"])
def test_what_was_saved_into_a_file_that_is_gone_is_written_again(
    file: Place, spool: Path, monkeypatch: pytest.MonkeyPatch, harm: str
) -> None:
    monkeypatch.setattr(replicate, "_SLOWLY", 0.3)
    batch = [record(Entry("e"), uid=f"mine-{number}") for number in range(4)]
    bundle = stored(b"evidence")
    with running(by(file), spool) as taken:
        taken.thread.put(batch[0], [bundle])
        taken.thread.put(batch[1])
        taken.until(lambda taken: len(taken.records) == 2)
        if harm == "deleted":
            for each in file.path.parent.glob("book.sqlite*"):
                each.unlink()
        elif harm == "junk":
            (junk := file.path.with_name("junk")).write_bytes(b"junk" * 5000)
            junk.replace(file.path)
        else:
            file.path.write_bytes(b"junk" * 5000)
        taken.thread.put(batch[2])
        taken.until(lambda taken: "taken away or replaced" in taken.state.sentence)
        assert taken.state.word == "refused" or harm == "deleted"
        if harm != "deleted":
            taken.until(lambda taken: "not a book" in taken.state.sentence)
            assert taken.state.unsaved == 3
            assert len(spool.read_bytes().splitlines()) == 3
            assert batch[2].uid not in taken.saved
            file.path.unlink()
        taken.thread.put(batch[3])
        taken.until(lambda taken: len(taken.saved) == 4)
        taken.until(lambda taken: taken.state.word == "ready")
        assert "those of others may be missing" in taken.state.sentence
        assert taken.state.unsaved == 0
        taken.until(lambda taken: taken.uids[2:] == [each.uid for each in batch])
    book = file.open()
    assert [each.uid for each in book.read().records] == [each.uid for each in batch]
    assert book.file(bundle.hash) == bundle
    book.close()
    assert spool.read_bytes() == b""


def test_a_book_that_is_gone_at_the_end_is_written_once_more(
    file: Place, spool: Path
) -> None:
    with running(by(file), spool) as taken:
        taken.thread.put(record(uid="before"))
        taken.until(lambda taken: taken.saved)
        for each in file.path.parent.glob("book.sqlite*"):
            each.unlink()
        taken.until(lambda taken: taken.state.word == "refused")
        assert "1 records are kept in the spool" in taken.state.sentence
        assert len(spool.read_bytes().splitlines()) == 1
    book = file.open()
    assert [each.uid for each in book.read().records] == ["before"]
    book.close()


def test_receipts_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(outgoing, "_MOST_BYTES_KEPT", 25)
    kept = outgoing.Receipts()
    batch = [Waiting(record(), (stored(bytes([n]) * 10),)) for n in range(4)]
    kept.add(batch)
    assert [len(each.files) for each in kept.take()] == [0, 0, 1, 1]
    assert kept.take() == ()
    kept.add(batch)
    assert [each.record for each in kept.take()] == [each.record for each in batch]


def test_a_row_of_a_newer_program_holds_nothing_up(place: Place, spool: Path) -> None:
    body = '{"type":"run","phase":"paused"}'
    place.sql(insert("run", "", body=body, uid="'noted'", run="5"))
    with running(by(place), spool) as taken:
        taken.thread.put(record(uid="noted"))
        taken.thread.put(record(uid="behind"))
        taken.until(lambda taken: taken.saved == {"noted", "behind"})
        taken.until(lambda taken: taken.uids == ["behind"])
        assert taken.state.unsaved == 0


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("postgresql:///db?port=abc&host=/tmp", "port"),
        ("postgresql:///db?foo=bar", "foo"),
        ("~nosuchuser/book.sqlite", "home folder"),
        (f"/{'a' * 5000}", "File name too long"),
        ("a\0b", "no URL of a book"),
        ("", "no URL of a book"),
    ],
)
def test_a_book_that_cannot_be_is_said_and_records_are_kept(
    url: str, words: str, spool: Path
) -> None:
    with running(open_at(url), spool) as taken:
        taken.thread.put(record())
        taken.until(lambda taken: words in taken.state.sentence)
        assert taken.state.word in {"refused", "waiting"}
        taken.thread.put(record())
        assert taken.thread.close() == ""
    assert len(spool.read_bytes().splitlines()) == 2


class Oddity(Exception):
    """What nobody thought of."""


def test_unexpected_trouble_is_said_and_tried_again(
    file: Place,
    spool: Path,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    monkeypatch.setattr(replicate, "_SLOWLY", 0.05)
    gate = Gate(file, Oddity("out of the blue"))  # type: ignore[arg-type] # on purpose
    with running(gate, spool) as taken:
        taken.thread.put(record())
        taken.until(lambda taken: "Oddity: out of the blue" in taken.state.sentence)
        assert taken.state.word == "refused"
        assert taken.state.unsaved == 1
        taken.thread.put(record())
        tries = gate.tries
        taken.until(lambda _taken: gate.tries > tries + 3)
        # tried several times, written down once
        assert len(spool.read_bytes().splitlines()) == 2
        gate.open = True
        taken.until(lambda taken: len(taken.saved) == 2)
        taken.until(lambda taken: taken.state.word == "ready")
        assert taken.state.sentence == ""
    assert caplog.text.count("unexpected trouble with the book") == 1
    assert "Traceback" in caplog.text


def test_what_was_handed_in_before_unexpected_trouble_is_kept(
    file: Place,
    spool: Path,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """A sign-in that fails takes no record along."""

    def odd(_self: Replication) -> None:
        monkeypatch.undo()  # once is enough
        words = "out of the blue"
        raise Oddity(words)

    file.make()
    inbox: queue.SimpleQueue[Order] = queue.SimpleQueue()
    given = [record() for _ in range(3)]
    for order in (Waiting(given[0]), SignInRequest("", ""), Waiting(given[1])):
        inbox.put(order)
    inbox.put(Waiting(given[2]))
    inbox.put(Close(time.monotonic() + PATIENCE))
    monkeypatch.setattr(Replication, "_let_go", odd)
    Replication(by(file), spool, inbox, Outbox(), "", None).run()
    book = file.open()
    assert [each.uid for each in book.read().records] == [each.uid for each in given]
    book.close()
    assert caplog.text.count("out of the blue") == 1


def test_unexpected_trouble_at_the_end_keeps_what_waits(
    file: Place, spool: Path, caplog: pytest.LogCaptureFixture
) -> None:
    gate = Gate(file, Oddity("out of the blue"))  # type: ignore[arg-type] # on purpose
    thread = BookThread(gate, spool)
    thread.put(record())
    assert thread.close() == ""
    state = thread.take().state
    assert (state.word, state.unsaved) == ("closed", 1)
    assert len(spool.read_bytes().splitlines()) == 1
    assert "out of the blue" in caplog.text


def test_what_fits_neither_in_book_nor_spool_is_put_elsewhere_and_said(
    file: Place,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    (temporary := tmp_path / "temporary").mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(temporary))
    blocked = tmp_path / "waiting"
    blocked.write_text("no folder")
    spool = blocked / "spool.jsonl"
    batch = [record(), record(Entry("e", evidence="x"))]
    thread = BookThread(Gate(file), spool)
    thread.put(batch[0])
    thread.put(batch[1], [stored(b"bundle")])
    words = thread.close(0.05)
    (left,) = temporary.iterdir()
    assert words.startswith("2 records are neither in the book nor in its spool")
    assert str(left) in words
    assert words in caplog.text
    assert stat.S_IMODE(left.stat().st_mode) == 0o600
    # the next console waits for room, and takes them up by itself
    monkeypatch.setattr(spooling, "RETRY", 0.05)
    with running(by(file), spool) as taken:
        taken.until(lambda taken: "in memory only" in taken.state.sentence)
        assert left.exists()
        blocked.unlink()
        taken.until(lambda taken: taken.uids == [each.uid for each in batch])
    assert [each.name for each in temporary.iterdir()] == [f"{left.name}.taken"]
    book = file.open()
    assert book.file(file_hash(b"bundle")) == stored(b"bundle")
    book.close()


def test_rescue_files_of_an_earlier_version_and_of_others(
    file: Place, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (temporary := tmp_path / "temporary").mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(temporary))
    spool, other = (spool_path(tmp_path, f"sqlite:///{n}") for n in (1, 2))

    def leave(name: str) -> Record:
        line = msgspec.json.encode(Waiting(each := record()))
        (temporary / f"dqmconsole-unsaved-{name}.jsonl").write_bytes(line + b"\n")
        return each

    leave(f"{other.stem}-abcd1234")
    earlier = leave("abcd1234")
    (temporary / f"dqmconsole-unsaved-{spool.stem}-x.jsonl").symlink_to("/etc/passwd")
    with running(by(file), spool) as taken:
        taken.until(lambda taken: taken.uids == [earlier.uid])
    # with a second book nobody knows whose it is
    Spool(other).close()
    leave("abcd1235")
    with running(by(file), spool) as taken:
        taken.until(lambda taken: taken.state.word == "ready")
        assert taken.uids == [earlier.uid]
    names = {each.name for each in temporary.iterdir()}
    assert "dqmconsole-unsaved-abcd1234.jsonl.taken" in names
    assert "dqmconsole-unsaved-abcd1235.jsonl" in names
    assert len(names) == 4


def test_what_can_be_written_nowhere_is_said(
    file: Place,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "none"))
    (tmp_path / "waiting").write_text("no folder")
    thread = BookThread(Gate(file), tmp_path / "waiting" / "spool.jsonl")
    thread.put(record())
    words = thread.close(0.05)
    assert "cannot be written anywhere" in words
    assert words.endswith("lost are Entry")
    assert words in caplog.text


def test_a_spool_that_could_not_be_opened_is_tried_again(
    file: Place, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(spooling, "RETRY", 0.05)
    blocked = tmp_path / "waiting"
    blocked.write_text("no folder")
    spool = blocked / "spool.jsonl"
    earlier = Waiting(record())
    with running(Gate(file), spool) as taken:
        taken.thread.put(record())
        taken.until(lambda taken: "in memory only" in taken.state.sentence)
        other = tmp_path / "made"
        other.mkdir()
        (other / "spool.jsonl").write_bytes(msgspec.json.encode(earlier) + b"\n")
        blocked.unlink()
        other.rename(blocked)
        taken.until(lambda taken: "in memory only" not in taken.state.sentence)
        taken.until(lambda taken: taken.state.unsaved == 2)
        assert len(spool.read_bytes().splitlines()) == 2
        assert taken.thread.close(0.05) == ""


def test_odd_text_is_written_or_refused_not_lost(file: Place, spool: Path) -> None:
    with running(by(file), spool) as taken:
        taken.thread.put(record(Entry("half \ud800"), uid="odd"))
        taken.thread.put(record(uid="timeless", made_at=float("nan")))
        taken.until(lambda taken: taken.saved == {"odd"} and taken.refused)
        assert "has no time" in taken.refused["timeless"]


def test_what_is_too_large_is_refused_and_kept_aside(file: Place, spool: Path) -> None:
    much = record(Entry("e", "x" * 1_000_000), uid="much")
    with running(by(file), spool) as taken:
        taken.thread.put(much)
        taken.thread.put(record(uid="behind"))
        taken.until(lambda taken: taken.saved == {"behind"} and taken.refused)
        assert "too large: its body has 1,000,03" in taken.refused["much"]
    aside = spool.with_suffix(".refused").read_bytes()
    assert msgspec.json.encode(much) in aside


def test_a_clock_that_jumps_does_not_matter(
    file: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    jumps = iter(range(10**9))
    monkeypatch.setattr(time, "time", lambda: -1e9 * next(jumps))
    gate = Gate(file)
    with running(gate) as taken:
        taken.thread.put(record())
        taken.until(lambda taken: taken.state.word == "waiting")
        gate.open = True
        taken.until(lambda taken: taken.saved)


def test_the_database_is_imported_only_by_the_thread() -> None:
    code = (
        "import sys\n"
        "import dqmconsole.logbook.replicate\n"
        "sys.exit('sqlalchemy' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_kill_9_while_the_database_is_away_loses_nothing(
    file: Place,
    spool: Path,
    caplog: pytest.LogCaptureFixture,  # noqa: ARG001 - a half line may be logged
) -> None:
    code = (
        "import sys, time\n"
        "from pathlib import Path\n"
        "from dqmconsole.logbook.errors import BookUnreachable\n"
        "from dqmconsole.model.record import Entry, Record\n"
        "from dqmconsole.logbook.replicate import BookThread\n"
        "def away(user, password): raise BookUnreachable('away')\n"
        "thread = BookThread(away, Path(sys.argv[1]))\n"
        "for n in range(10**6):\n"
        "    thread.put(Record(f'k-{n}', 1.0, Entry('e' * 2000)))\n"
        "    time.sleep(0.0005)\n"
    )
    process = subprocess.Popen([sys.executable, "-c", code, spool])
    end = time.monotonic() + PATIENCE
    while not spool.exists() or spool.stat().st_size < 100_000:
        assert time.monotonic() < end
        time.sleep(0.005)
    process.kill()
    process.wait()
    whole = spool.read_bytes().rpartition(b"\n")[0].count(b"\n") + 1
    with running(by(file), spool) as taken:
        taken.until(lambda taken: len(taken.records) == whole)
        assert taken.uids == [f"k-{n}" for n in range(whole)]
