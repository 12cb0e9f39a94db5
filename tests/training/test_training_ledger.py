"""The ledger: records of training in the real book, under the trainee's name."""

from __future__ import annotations

import msgspec
import pytest
from support.fake_book import FakeWriter
from support.instructed import instructed_site
from support.trainees import ADA, BEN, record_of

from dqmconsole.logbook.state import BookState
from dqmconsole.model.record import Entry
from dqmconsole.training.ledger import Ledger
from dqmconsole.training.records import ExamBegan, LessonDone, LessonStepDone

NOW = 1.8e9
STEP = LessonStepDone("empty-rectangle", "see")


def ledger_on(writer: FakeWriter | None) -> Ledger:
    ledger = Ledger(writer, lambda: NOW, "dqm", "host:1")
    ledger.look()
    return ledger


def test_a_record_carries_who_when_and_the_versions() -> None:
    writer = FakeWriter()
    ledger = ledger_on(writer)
    ledger.site = instructed_site()
    made = ledger.write(ADA, STEP)
    assert ledger.records == (made,)
    assert (made.who, made.account, made.role, made.console, made.made_at) == (
        ADA, "dqm", "trainee", "host:1", NOW,
    )  # fmt: skip
    assert made.versions.site == ledger.site.hash
    assert made.shift == ""  # the trainee has no shift in the real book
    ledger.look()
    (kept,) = ledger.records
    assert (kept.uid, kept.number) == (made.uid, 1)


def test_what_is_written_while_a_shared_book_is_away_waits_for_no_login() -> None:
    ledger = ledger_on(FakeWriter())
    made = instructed_site()
    url = "postgresql://dqm_shift@host/dqm"
    settings = msgspec.structs.replace(made.settings, database=url)
    ledger.site = msgspec.structs.replace(made, settings=settings)
    assert ledger.write(ADA, STEP).account == "dqm_shift"
    ledger.sign_in("tim_trainee", "secret")
    assert ledger.write(ADA, STEP).account == "tim_trainee"


def test_a_record_is_kept_once_the_book_has_it() -> None:
    writer = FakeWriter(saving=False)
    ledger = ledger_on(writer)
    waits, refused = ledger.write(ADA, STEP), ledger.write(ADA, STEP)
    ledger.look()
    assert not ledger.is_kept(waits)
    writer.save()
    ledger.look()
    assert ledger.is_kept(waits)
    assert ledger.is_kept(refused)
    refused = ledger.write(ADA, STEP)
    writer.refuse("guest may not: write")
    ledger.look()
    assert not ledger.is_kept(refused)
    without = ledger_on(None)
    assert without.is_kept(without.write(ADA, STEP))


def test_only_records_of_training_are_kept() -> None:
    writer = FakeWriter([record_of(Entry("a")), record_of(STEP), record_of(Entry("b"))])
    assert [each.body for each in ledger_on(writer).records] == [STEP]


def test_saved_records_stand_in_the_order_of_the_book() -> None:
    writer = FakeWriter(saving=False)
    ledger = ledger_on(writer)
    mine = ledger.write(ADA, STEP)
    second = ledger.write(ADA, LessonDone("empty-rectangle"))
    writer.come(record_of(ExamBegan("items", 1, "p"), BEN))
    ledger.look()
    assert [each.who for each in ledger.records] == [BEN, ADA, ADA]
    assert ledger.records[1:] == (mine, second)
    assert ledger.state.unsaved == 2
    writer.save()
    ledger.look()
    assert [each.number for each in ledger.records] == [1, 2, 3]


def test_what_the_book_refuses_is_said_and_dropped() -> None:
    writer = FakeWriter(saving=False)
    ledger = ledger_on(writer)
    ledger.write(ADA, STEP)
    writer.refuse("guest may not: write")
    ledger.look()
    assert ledger.records == ()
    assert "guest may not: write" in ledger.said


def test_it_is_said_when_records_wait() -> None:
    writer = FakeWriter(saving=False)
    ledger = ledger_on(writer)
    assert ledger.said == ""
    writer.state = BookState("waiting", "the book is locked.")
    ledger.write(ADA, STEP)
    ledger.write(ADA, STEP)
    ledger.look()
    assert ledger.said == "the book is locked; 2 records wait for it"


def test_a_long_book_comes_in_pieces() -> None:
    writer = FakeWriter([record_of(STEP)])
    writer.state = BookState("ready", more=True)
    ledger = Ledger(writer, lambda: NOW)
    ledger.look()
    assert not ledger.came
    ledger.look()  # between two pieces
    assert not ledger.came
    writer.come(record_of(STEP, BEN))
    writer.state = BookState("ready")
    ledger.look()
    assert ledger.came
    assert len(ledger.records) == 2


def test_what_was_written_before_the_book_is_known_goes_into_it() -> None:
    ledger = ledger_on(None)
    made = ledger.write(ADA, STEP)
    assert ledger.records == (made,)
    assert not ledger.came
    writer = FakeWriter([record_of(STEP, BEN)])
    ledger.open(writer)
    assert ledger.records == (made,)
    ledger.look()
    assert [each.who for each in writer.kept] == [BEN, ADA]
    assert [each.who for each in ledger.records] == [BEN, ADA]


def test_another_book_has_other_records() -> None:
    first, second = FakeWriter([record_of(STEP)]), FakeWriter()
    ledger = ledger_on(first)
    ledger.open(second)
    assert first.closed == 1
    assert ledger.records == ()
    assert (ledger.state.word, ledger.came) == ("opening", False)
    assert second.kept == []


def test_without_a_book_progress_lasts_as_long_as_the_console() -> None:
    ledger = ledger_on(None)
    ledger.open(None)
    ledger.write(ADA, STEP)
    ledger.look()
    assert ledger.came
    assert len(ledger.records) == 1
    assert "keeps no book" in ledger.said
    assert ledger.close() == ""


def test_an_account_signs_in() -> None:
    writer = FakeWriter()
    ledger = ledger_on(writer)
    ledger.sign_in("tim", "secret")
    assert writer.signed_in == [("tim", "secret")]
    assert ledger.write(ADA, STEP).account == "tim"
    writer.state = BookState("ready", account="tim_trainee")
    ledger.look()
    assert ledger.write(ADA, STEP).account == "tim_trainee"


def test_what_was_done_before_any_book_was_open_is_not_lost_in_silence() -> None:
    ledger = Ledger(None, lambda: NOW)
    assert ledger.close() == ""
    ledger.write(ADA, STEP)
    assert ledger.close() == "1 record of the training not kept: no book was open yet"


@pytest.mark.parametrize("lost", ["", "1 record is kept in /tmp/x"])
def test_what_is_lost_at_the_end_is_said(lost: str) -> None:
    writer = FakeWriter()
    writer.lost = lost
    ledger = ledger_on(writer)
    assert ledger.close() == lost
    assert ledger.close() == ""
    assert writer.closed == 1
    ledger.write(ADA, STEP)  # too late, but no crash
    assert len(ledger.records) == 1
