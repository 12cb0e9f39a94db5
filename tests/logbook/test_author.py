"""Records: in whose name, with which versions, what is unsaved, what is noted once."""

from __future__ import annotations

import msgspec
from support.fake_book import FakeWriter
from support.fake_session import NOW, site

from dqmconsole import __version__
from dqmconsole.logbook.author import Author, Signature
from dqmconsole.logbook.view import Logbook
from dqmconsole.model.record import Entry, Read, Seen, StoredFile, Versions
from dqmconsole.model.release import Release

ADA = Signature("Ada", "dqm", "shifter", "host:1", "s1")
RELEASE = Release(3, "Eva", "eva", "new thresholds", NOW, "0.1", "f" * 16)


def author(
    writing: Signature = ADA, writer: FakeWriter | None = None
) -> tuple[Author, Logbook, FakeWriter]:
    writer = writer or FakeWriter(saving=False)
    logbook = Logbook()
    made = Author(logbook, lambda: NOW, writing)
    made.writer = writer
    made.site = msgspec.structs.replace(site(hash="a7"), release=RELEASE)
    return made, logbook, writer


def test_a_record_names_who_when_where_and_the_versions() -> None:
    made, logbook, _ = author()
    record = made.write(
        Entry("one"), run=5, subsystem="hcal", instruction="hcal/timing@2"
    )
    assert record.made_at == NOW
    assert (record.who, record.account, record.role) == ("Ada", "dqm", "shifter")
    assert (record.console, record.shift, record.run) == ("host:1", "s1", 5)
    assert record.subsystem == "hcal"
    assert record.versions == Versions(__version__, "a7", 3, "hcal/timing@2")
    assert (record.number, record.stored_at) == (0, 0)
    assert logbook.get(record.uid) == record


def test_it_is_unsaved_until_its_receipt() -> None:
    made, logbook, _ = author()
    record = made.write(Entry("one"))
    assert made.unsaved == {record.uid: record}
    made.saved(record.uid)
    assert made.unsaved == {}
    assert logbook.get(record.uid) == record


def test_what_the_book_refuses_is_no_longer_seen() -> None:
    made, logbook, _ = author()
    record = made.write(Entry("one"))
    made.refused(record.uid)
    assert made.unsaved == {}
    assert logbook.get(record.uid) is None


def test_without_a_book_nothing_is_written() -> None:
    made, logbook, _ = author()
    made.writer = None
    made.write(Entry("one"))
    assert len(logbook) == 0
    assert made.unsaved == {}


def test_files_go_with_their_record() -> None:
    made, _, writer = author()
    kept = StoredFile("h" * 32, "text.md", b"words")
    made.write(Read("note", "n", 0, kept.hash), files=(kept,))
    assert writer.files == {kept.hash: kept}


def test_two_consoles_note_the_same_thing_under_one_uid() -> None:
    shared = FakeWriter()
    one, _, _ = author(writer=shared)
    two, _, _ = author(
        msgspec.structs.replace(ADA, console="host:2", shift="s2"), writer=shared
    )
    one.note("seen/5/Hcal/Timing", Seen("Hcal/Timing"), run=5)
    two.note("seen/5/Hcal/Timing", Seen("Hcal/Timing"), run=5)
    assert len(shared.kept) == 1
    one.note("seen/6/Hcal/Timing", Seen("Hcal/Timing"), run=6)
    assert len(shared.kept) == 2
    assert {record.who for record in shared.kept} == {""}


def test_it_notes_once_and_only_while_somebody_has_the_shift() -> None:
    made, logbook, _ = author()
    made.note("one", Seen("Hcal/Timing"), run=5)
    made.note("one", Seen("Hcal/Timing"), run=5)
    assert len(logbook) == 1
    idle, logbook, _ = author(msgspec.structs.replace(ADA, shift=""))
    idle.note("one", Seen("Hcal/Timing"), run=5)
    assert len(logbook) == 0


def test_a_refusal_says_who_can() -> None:
    made, _, _ = author(msgspec.structs.replace(ADA, role="trainee"))
    assert made.refusal("write") == ""
    assert made.refusal("sign off").startswith("a trainee cannot sign off a run")
    assert "a shifter" in made.refusal("sign off")
