"""The shift at a console: begun, ended, what is new, what a book that is away means."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
import pytest
from support.fake_book import FakeWriter
from support.fake_session import DEPTH1, HOLE, NOW, FakeSession, run_info
from support.instructed import instructed_site, instruction, timing

from dqmconsole.logbook.state import BookState
from dqmconsole.model.checklist import CheckItem, CheckList
from dqmconsole.model.permission import MAY
from dqmconsole.model.record import (
    Entry,
    Read,
    Record,
    RunSeen,
    ShiftBegan,
    ShiftEnded,
)
from dqmconsole.shift import reading
from dqmconsole.shift.alarms import LEFT_AFTER
from dqmconsole.shift.session import ShiftSession

if TYPE_CHECKING:
    from dqmconsole.model.site import Site

HOURLY = CheckList("hour", "Every hour", "hourly", (CheckItem("a", "Look"),))


class Desk:
    """A shift on a fake session and book, with a clock that moves by `look`."""

    def __init__(
        self, site: Site | None = None, writer: FakeWriter | None = None
    ) -> None:
        self.now = NOW
        self.client = FakeSession(site or instructed_site())
        self.client.put_run(run_info())
        self.writer = writer if writer is not None else FakeWriter()
        self.opened: list[tuple[str, str]] = []
        self.session = ShiftSession(
            self.client,
            self._open,
            lambda: self.now,
            account="dqm",
            console="test:1",
        )
        self.look()

    def _open(self, site: Site, banner: str) -> FakeWriter:
        self.opened.append((site.folder, banner))
        return self.writer

    def look(self, seconds: float = 1.0) -> None:
        self.now += seconds
        self.session.look(self.now, self.client.take())

    def change(self, site: Site) -> None:
        self.client.put_site(site)
        self.look()

    def bodies(self, kind: type) -> list[Record]:
        return [each for each in self.writer.kept if isinstance(each.body, kind)]


def newer() -> Site:
    return instructed_site(
        instructions=(instruction(version=4, text="four"), timing()), hash="a2"
    )


def test_a_shift_begins_in_somebodys_name() -> None:
    desk = Desk()
    assert desk.session.shift is None
    assert desk.session.begin("  Ada   Shifter ", " Leo ", read="h1") == ""
    shift = desk.session.shift
    assert shift is not None
    assert (shift.who, shift.body) == ("Ada Shifter", ShiftBegan("Leo", "h1"))
    assert desk.session.author.signature.shift == shift.uid


def test_a_shift_without_a_name_does_not_begin() -> None:
    desk = Desk()
    assert "name" in desk.session.begin("   ")
    assert desk.session.shift is None
    assert desk.writer.kept == []


def test_without_a_book_no_shift_begins() -> None:
    client = FakeSession(instructed_site())
    session = ShiftSession(client, lambda _site, _banner: None, lambda: NOW)  # type: ignore[arg-type]
    session.look(NOW, client.take())
    assert session.book.word == "closed"
    assert "no book" in session.begin("Ada")


def test_whoever_begins_next_ends_the_shift_before() -> None:
    desk = Desk()
    desk.session.begin("Ada")
    first = desk.session.author.signature.shift
    desk.session.begin("Ben")
    (ended,) = desk.bodies(ShiftEnded)
    assert (ended.who, ended.shift) == ("Ada", first)
    assert desk.session.author.signature.who == "Ben"


def test_a_shift_ends_once() -> None:
    desk = Desk()
    desk.session.begin("Ada")
    assert desk.session.end() == ""
    assert desk.session.shift is None
    assert "nobody has the shift" in desk.session.end()
    assert len(desk.bodies(ShiftEnded)) == 1


def test_what_the_database_permits_is_said_before_anything_is_refused() -> None:
    desk = Desk()
    session = desk.session
    session.begin("Ada")
    assert session.author.refusal("sign off") == ""
    table = MAY | {"sign off": ("expert",)}
    desk.writer.state = BookState("ready", role="shifter", permissions=table)
    desk.look()
    words = "a shifter cannot sign off a run; an expert can"
    assert session.author.refusal("sign off") == words
    # a database that is away was last known so
    desk.writer.state = BookState("waiting", role="shifter", permissions=table)
    desk.look()
    assert session.author.refusal("sign off") == words
    session.leave_book()
    assert session.author.refusal("sign off") == ""


def test_a_first_shift_begins_with_everything_and_then_changes_are_news() -> None:
    desk = Desk()
    assert desk.session.news("Ada") == ()
    desk.session.begin("Ada")
    (read,) = desk.bodies(Read)
    assert isinstance(read.body, Read)
    assert (read.body.kind, read.body.id) == (reading.ALL, "a1")
    kept = reading.read_baseline(desk.writer.files[read.body.hash].data)
    assert kept == reading.items(instructed_site(), NOW)
    assert desk.session.news("Ada") == ()
    desk.change(newer())
    assert [each.sentence for each in desk.session.news("Ada") or ()] == [
        "version 4; you read version 3"
    ]
    desk.session.end()
    desk.session.begin("Ada")
    assert len(desk.session.news("Ada") or ()) == 1
    assert len(desk.bodies(Read)) == 1  # the first shift was the first


def test_another_console_fetches_what_was_read_before() -> None:
    one = Desk()
    one.session.begin("Ada")
    two = Desk(newer(), one.writer)
    for record in one.writer.kept:
        two.session.logbook.put(record)
    assert two.session.news("Ada") is None  # asked for just now
    two.look()
    assert len(two.session.news("Ada") or ()) == 1


def test_where_the_book_lost_what_was_read_everything_is_news() -> None:
    body = Read(reading.ALL, "a1", 0, "0" * 32)
    record = Record("r1", NOW - 900_000, body, who="Ada")
    desk = Desk(writer=FakeWriter([record]))
    assert desk.session.news("Ada") is None  # asked for just now
    desk.look()
    everything = reading.items(instructed_site(), NOW)
    assert len(desk.session.news("Ada") or ()) == len(everything)


@pytest.mark.parametrize("word", ["opening", "waiting", "refused"])
def test_a_book_that_is_away_does_not_make_everything_read(word: str) -> None:
    """Else all that changed would count as read by somebody it never was shown to."""
    writer = FakeWriter()
    writer.state = BookState(word, "the server does not answer")  # type: ignore[arg-type]
    desk = Desk(newer(), writer)
    assert desk.session.news("Ada") is None
    assert desk.session.begin("Ada") == ""
    desk.look()
    assert desk.bodies(Read) == []
    # the book comes back, and with it an earlier shift
    then = reading.baseline(reading.items(instructed_site(), NOW))
    writer.files[then.hash] = then
    body = Read(reading.ALL, "a1", 0, then.hash)
    writer.come(Record("r1", NOW - 900_000, body, who="Ada"))
    writer.state = BookState("ready", "the book is open")
    desk.look()
    desk.session.news("Ada")
    desk.look()
    assert [each.uid for each in desk.bodies(Read)] == ["r1"]
    assert len(desk.session.news("Ada") or ()) == 1


def test_a_first_shift_begun_without_its_book_has_its_baseline_later() -> None:
    writer = FakeWriter()
    writer.state = BookState("waiting", "the server does not answer")
    desk = Desk(None, writer)
    desk.session.begin("Ada")
    writer.state = BookState("ready", "the book is open")
    desk.look()
    assert len(desk.bodies(Read)) == 1
    desk.look()
    assert len(desk.bodies(Read)) == 1


def test_what_was_read_is_asked_for_once_the_book_is_read_to_its_end() -> None:
    """A long book comes in pieces, and the last one may have it."""
    writer = FakeWriter()
    writer.state = msgspec.structs.replace(writer.state, more=True)
    desk = Desk(writer=writer)
    desk.session.begin("Anna")
    desk.look()
    assert desk.session.news("Anna") is None
    assert desk.bodies(Read) == []
    writer.state = msgspec.structs.replace(writer.state, more=False)
    desk.look()
    assert desk.session.news("Anna") == ()
    assert len(desk.bodies(Read)) == 1


def test_news_are_found_once_per_change() -> None:
    desk = Desk()
    desk.session.begin("Ada")
    desk.change(newer())
    first = desk.session.news("Ada")
    assert desk.session.news("Ada") is first
    desk.session.author.write(Entry("one"))
    assert desk.session.news("Ada") == first


def test_what_is_refused_is_told_and_gone() -> None:
    desk = Desk(writer=FakeWriter(saving=False))
    desk.session.begin("Ada")
    assert len(desk.session.author.unsaved) == 2
    desk.writer.refuse("the account may not write")
    desk.now += 1
    news = desk.session.look(desk.now, desk.client.take())
    assert news.refused == ("the account may not write",) * 2
    assert desk.session.shift is None
    assert desk.session.author.unsaved == {}
    assert "nobody has the shift" in desk.session.end()


def test_a_run_is_noted_while_somebody_has_the_shift() -> None:
    desk = Desk()
    assert desk.bodies(RunSeen) == []
    desk.session.begin("Ada")
    desk.look()
    (seen,) = desk.bodies(RunSeen)
    assert (seen.run, seen.who) == (398214, "")


def test_a_bad_plot_is_answered_within_five_minutes_or_named() -> None:
    desk = Desk()
    desk.client.put_verdict(DEPTH1, HOLE)
    desk.look()
    desk.look(200)
    assert desk.session.unanswered == ()
    desk.look(150)
    (waiting,) = desk.session.unanswered
    assert waiting.key == DEPTH1
    assert "nobody has answered" in waiting.sentence


@pytest.mark.parametrize("recorded", [None, NOW - 3600])
def test_after_a_restart_a_bad_plot_waits_since_it_is_bad(
    recorded: float | None,
) -> None:
    desk = Desk()
    run = msgspec.structs.replace(run_info(), started=NOW - 8000, recorded=recorded)
    desk.client.put_run(run)
    desk.client.put_verdict(DEPTH1, msgspec.structs.replace(HOLE, began=NOW - 3600))
    desk.look()
    waiting = [each.since for each in desk.session.unanswered]
    assert waiting == ([NOW - 3600] if recorded is None else [])


def test_check_lists_are_due_and_reminded_of_on_shift_only() -> None:
    made = msgspec.structs.replace(instructed_site(), checklists=(HOURLY,))
    desk = Desk(made)
    assert desk.session.due == ()
    desk.session.begin("Ada")
    desk.look()
    assert [each.open for each in desk.session.due] == [1]
    desk.look(3600 - desk.now % 3600 + 60)
    assert desk.session.reminder == ""
    desk.look(900)
    assert "1 of 1 open" in desk.session.reminder


def test_another_book_knows_nothing_of_the_one_before() -> None:
    desk = Desk()
    desk.session.begin("Ada")
    desk.client.banner = "DEMO"
    desk.change(instructed_site(hash="a9"))
    assert desk.opened == [("/site", ""), ("/site", "DEMO")]
    assert desk.writer.closed == 1
    assert desk.session.shift is None


def test_who_comes_back_from_another_source_has_the_shift_left_open_there() -> None:
    desk = Desk()
    desk.session.begin("Ada")
    uid = desk.session.open_shift
    desk.client.banner = "EVIDENCE"
    desk.change(instructed_site(hash="a9"))
    assert desk.session.left_open == ""
    assert not desk.session.resume(uid)
    desk.client.banner = ""
    desk.writer = FakeWriter(desk.writer.kept)
    desk.change(instructed_site())
    assert desk.session.shift is None
    assert desk.session.resume(desk.session.left_open)
    assert desk.session.author.signature.who == "Ada"
    assert desk.session.open_shift == uid


def test_a_new_release_of_the_site_keeps_the_book_open() -> None:
    desk = Desk()
    desk.session.begin("Ada")
    desk.change(newer())
    assert len(desk.opened) == 1
    assert desk.session.shift is not None
    assert desk.session.author.site is desk.client.site


def test_the_role_follows_the_account() -> None:
    made = instructed_site()
    settings = msgspec.structs.replace(
        made.settings, permissions={"shift-leader": ("leo",)}
    )
    desk = Desk(msgspec.structs.replace(made, settings=settings))
    assert desk.session.author.signature.role == "shifter"
    desk.session.sign_in("leo", "secret")
    assert desk.session.author.signature.role == "shift-leader"
    assert desk.writer.signed_in == [("leo", "secret")]
    assert "secret" not in repr(vars(desk.session))


@pytest.mark.parametrize(
    ("url", "account"),
    [
        ("postgresql://dqm_shift@host/dqm", "dqm_shift"),
        ("postgresql://dqm%40shift@host/dqm", "dqm@shift"),
        ("postgresql://host/dqm", ""),  # the book fills it in
        ("postgresql://[host/dqm", ""),
        ("sqlite:////data/book.sqlite", "dqm"),
        ("", "dqm"),
    ],
    ids=["named", "quoted", "unnamed", "odd", "a file", "no URL"],
)
def test_a_shift_begun_while_the_book_is_away_waits_for_no_other_account(
    url: str, account: str
) -> None:
    made = instructed_site()
    settings = msgspec.structs.replace(made.settings, database=url)
    writer = FakeWriter()
    writer.state = BookState("waiting", "the server is down")
    desk = Desk(msgspec.structs.replace(made, settings=settings), writer)
    desk.session.begin("Ada")
    (began,) = desk.bodies(ShiftBegan)
    assert began.account == account
    # who signs in meanwhile is the one
    desk.session.sign_in("leo", "secret")
    desk.session.author.write(Entry("one"))
    assert desk.writer.kept[-1].account == "leo"


def test_what_is_thrown_away_is_written_by_the_login() -> None:
    made = instructed_site()
    url = "postgresql://dqm_shift@host/dqm"
    settings = msgspec.structs.replace(made.settings, database=url)
    desk = Desk()
    desk.client.banner = "DEMO"
    desk.change(msgspec.structs.replace(made, settings=settings, hash="a9"))
    assert desk.session.author.signature.account == "dqm"


def test_closing_ends_the_thread_of_the_book_once() -> None:
    desk = Desk()
    desk.session.close()
    desk.session.close()
    assert desk.writer.closed == 1


def test_what_could_not_be_kept_is_said_by_whoever_closes_last() -> None:
    desk = Desk()
    desk.writer.lost = "2 records are neither in the book nor in its spool"
    assert desk.session.close() == desk.writer.lost
    assert desk.session.close() == desk.writer.lost


def test_what_a_book_that_is_left_could_not_keep_is_told_once() -> None:
    desk = Desk()
    left, desk.writer = desk.writer, FakeWriter()
    left.lost = "2 records are neither in the book nor in its spool"
    desk.client.banner = "DEMO"
    desk.client.put_site(instructed_site(hash="a9"))
    told = []
    for _ in range(3):
        desk.now += 1
        told += desk.session.look(desk.now, desk.client.take()).lost
    assert told == [left.lost]
    assert desk.session.close() == left.lost


def test_a_shift_left_open_is_resumed_by_its_account() -> None:
    left = Desk()
    left.session.begin("Anna")
    assert left.session.open_shift == left.session.author.signature.shift
    uid = left.session.open_shift
    back = Desk(writer=FakeWriter(left.writer.kept))
    back.look()
    assert back.session.resume(uid)
    assert back.session.author.signature.who == "Anna"
    assert back.session.author.signature.shift == uid
    assert not back.session.resume(uid)


def test_a_shift_that_was_left_open_for_days_is_nobodys() -> None:
    left = Desk()
    left.session.begin("Anna")
    uid = left.session.open_shift
    for seconds, goes_on in ((LEFT_AFTER - 60.0, True), (LEFT_AFTER + 60.0, False)):
        back = Desk(writer=FakeWriter(left.writer.kept))
        back.look(seconds)
        assert back.session.resume(uid) == goes_on


@pytest.mark.parametrize("what", ["ended", "followed", "of another account"])
def test_only_the_last_open_shift_of_the_account_is_resumed(what: str) -> None:
    left = Desk()
    left.session.begin("Anna")
    uid = left.session.open_shift
    kept = left.writer.kept
    if what == "ended":
        left.session.end()
    elif what == "followed":
        left.session.begin("Ben")
    else:
        kept = [msgspec.structs.replace(each, account="other") for each in kept]
    back = Desk(writer=FakeWriter(kept))
    back.look()
    assert back.session.logbook.get(uid) is not None
    assert not back.session.resume(uid)
    assert not back.session.resume("")
    assert back.session.shift is None


def test_what_is_not_the_detectors_has_no_shift_to_come_back_to() -> None:
    left = Desk()
    left.session.begin("Anna")
    left.client.banner = "DEMO"
    assert left.session.open_shift == ""
