"""The start of a shift by keyboard alone: name, two differences read, begun."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel, QLineEdit, QListWidget, QPushButton, QWidget
from support.consoles import Console
from support.fake_book import FakeWriter
from support.fake_session import NOW, live_session
from support.instructed import OCCUPANCY, TEXT, instructed_site, instruction, timing
from support.keyboard import SHIFT

from dqmconsole import __version__
from dqmconsole.model.checklist import CheckItem, CheckList
from dqmconsole.model.record import (
    Check,
    HandOver,
    Read,
    Record,
    ShiftBegan,
    ShiftEnded,
    TookUp,
    file_hash,
)
from dqmconsole.model.release import Release, SiteChange
from dqmconsole.shift import reading

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from pytestqt.qtbot import QtBot

    from dqmconsole.model.site import Site

CTRL = Qt.KeyboardModifier.ControlModifier
WHO = "Ada Shifter"
OLD_TIMING = timing().text.replace("0.5 TS", "0.8 TS")
STARTS = CheckList(
    "start",
    "Start of the shift",
    "start",
    (CheckItem("pages", "Open every page"), CheckItem("call", "Call the run chief")),
)
RELEASE = Release(
    7,
    "Eva Expert",
    "eva",
    "the phone of the Hcal on-call is another one",
    NOW - 600,
    "0.1",
    "f" * 16,
    (
        SiteChange("contacts", "hcal-dqm", "hcal-dqm: 16 1009, was 16 1001"),
        SiteChange("instruction", OCCUPANCY, f"{OCCUPANCY}: version 3, was 2"),
    ),
)


def the_site() -> Site:
    """The site as it is now: both instructions are newer than what was read."""
    now = msgspec.structs.replace(timing(), version=2)
    made = instructed_site(instructions=(instruction(), now))
    return msgspec.structs.replace(made, checklists=(STARTS,))


def the_book() -> FakeWriter:
    """An earlier shift of the same person, read with the older texts."""
    before = instructed_site(
        instructions=(
            instruction(version=2, text=TEXT.replace("0.2 %", "0.5 %")),
            msgspec.structs.replace(timing(), text=OLD_TIMING),
        )
    )
    kept = reading.baseline(reading.items(before, NOW - 900_000))
    records = [
        Record("s1", NOW - 900_000, ShiftBegan("Leo"), who=WHO, shift="s1"),
        Record("r1", NOW - 900_000, Read(reading.ALL, "a0", 0, kept.hash), who=WHO),
        Record("e1", NOW - 870_000, ShiftEnded(), who=WHO, shift="s1"),
        Record(
            "h1", NOW - 900, HandOver("Night", "## Runs\nHBM09 is empty."), who="Bob"
        ),
    ]
    writer = FakeWriter(records)
    writer.files[kept.hash] = kept
    return writer


@pytest.fixture
def begun(qtbot: QtBot, tmp_path: Path) -> Iterator[Console]:  # noqa: ARG001 - Qt
    client = live_session()
    client.put_site(the_site())
    console = Console(client, tmp_path / "c.ini", writer=the_book(), account="dqm")
    yield console
    console.close()


def tab_to(console: Console, name: str) -> None:
    """Press Tab until something of that name has the keyboard."""
    for _ in range(20):
        if console.focus() == name:
            return
        console.press(Qt.Key.Key_Tab)
    assert console.focus() == name, "Tab never comes there"


def written(console: Console, kind: type) -> list[Record]:
    """What the console wrote, by kind."""
    assert console.writer is not None
    return [
        record
        for record in console.writer.kept
        if isinstance(record.body, kind) and record.made_at >= NOW
    ]


def announce(console: Console) -> None:
    """The engine says that a release waits; the run goes on."""
    console.client.put_release(RELEASE)
    console.wait(1)


def test_a_shift_begins_with_two_changed_instructions(begun: Console) -> None:
    """F2, name, hand-over, two differences, a check, Ctrl+Return; all on record."""
    console = begun
    assert console.says("Who has the shift") == "Nobody has the shift (F2)"
    console.press(Qt.Key.Key_F2)
    assert console.focus() == "Your name"
    console.type(WHO)
    assert console.says("About the name") == "The book knows this name."
    console.press(Qt.Key.Key_Return)
    assert console.focus() == "Shift leader"
    console.type("Leo Leader")
    tab_to(console, "I have read the hand-over")
    assert "HBM09 is empty" in console.find(QWidget, "Hand-over").toPlainText()
    console.press(Qt.Key.Key_Space)

    tab_to(console, "What changed")
    rows = console.find(QListWidget, "What changed")
    assert [rows.item(row).text() for row in range(rows.count())] == [
        "Instruction: Digi occupancy by depth — version 3; you read version 2",
        "Instruction: Pulse time of HE — version 2; you read version 1",
    ]
    difference = console.find(QWidget, "Difference")
    assert difference.accessibleDescription() == "removed: 0.5; added: 0.2"
    console.press(Qt.Key.Key_Space)
    assert rows.item(0).text() == "✓ read   Instruction: Digi occupancy by depth"
    assert difference.accessibleDescription() == "removed: 0.8; added: 0.5"
    console.press(Qt.Key.Key_Return)
    assert not written(console, Read)  # nobody has the shift yet
    tab_to(console, "Check-list of the start")
    console.press(Qt.Key.Key_Space)
    console.press(Qt.Key.Key_Return, CTRL)

    (shift,) = written(console, ShiftBegan)
    assert shift.body == ShiftBegan("Leo Leader", read="h1")
    assert (shift.who, shift.account, shift.role) == (WHO, "dqm", "shifter")
    first, second = written(console, Read)
    now = {each.id: each for each in the_site().instructions}
    for record, name in ((first, OCCUPANCY), (second, "hcal/timing")):
        text = now[name].text.encode()
        body = Read("instruction", name, now[name].version, file_hash(text))
        assert record.body == body
        assert (record.who, record.shift) == (WHO, shift.uid)
        assert console.writer is not None
        assert console.writer.files[body.hash].data == text
    (check,) = written(console, Check)
    assert check.body == Check("start", "pages", "")
    for record in (shift, first, second, check):
        assert record.versions.program == __version__
        assert record.versions.site == the_site().hash

    console.wait(1)
    assert console.says("Who has the shift").startswith(
        f"{WHO} (shifter), leader Leo Leader, since "
    )
    assert console.says("Changes unread") == ""
    assert console.says("Check-lists") == "1 check-list open (K)"
    assert console.says("State of the book") == "book saved"
    assert console.find(QLabel, "You have the shift").text().startswith("You have")


def test_unread_changes_stay_listed_until_they_are_read(begun: Console) -> None:
    """A shift may begin before everything was read; the band keeps saying so."""
    console = begun
    console.press(Qt.Key.Key_F2)
    console.type(WHO)
    console.press(Qt.Key.Key_Return, CTRL)
    console.wait(1)
    assert len(written(console, ShiftBegan)) == 1
    assert console.says("Changes unread") == "hand-over unread, 2 changes unread (F2)"
    assert console.focus() == "What changed"
    console.press(Qt.Key.Key_Space)
    assert [record.body.id for record in written(console, Read)] == [OCCUPANCY]
    assert console.find(QListWidget, "What changed").count() == 1
    console.press("A", SHIFT)
    console.wait(1)
    assert len(written(console, Read)) == 2
    assert console.says("Changes unread") == "hand-over unread (F2)"
    console.press(Qt.Key.Key_Escape)
    assert not console.sees(QLineEdit, "Your name")


def test_the_shift_is_given_away(begun: Console) -> None:
    console = begun
    console.press(Qt.Key.Key_F2)
    console.type(WHO)
    console.press(Qt.Key.Key_Return, CTRL)
    tab_to(console, "Give the shift away")
    console.press(Qt.Key.Key_Space)
    assert len(written(console, ShiftEnded)) == 1
    assert console.session.shift is None
    assert console.focus() == "Your name"
    assert console.find(QLineEdit, "Your name").text() == ""
    assert console.find(QPushButton, "Begin the shift").isVisible()


def test_nobody_begins_without_a_name(begun: Console) -> None:
    console = begun
    console.press(Qt.Key.Key_F2)
    console.press(Qt.Key.Key_Return, CTRL)
    assert not written(console, ShiftBegan)
    assert console.focus() == "Your name"


def test_a_release_is_taken_up_with_the_shift_leader(begun: Console) -> None:
    """F3: what it changes, whose word it takes, and it is on record."""
    console = begun
    console.press(Qt.Key.Key_F2)
    console.type(WHO)
    console.press(Qt.Key.Key_Return, CTRL)
    announce(console)
    assert console.says("Release in force") == "UNPUBLISHED, Release 7 waits (F3)"
    console.press(Qt.Key.Key_F3)
    assert console.focus() == "What the release changes"
    text = console.find(QWidget, "What the release changes").toPlainText()
    assert text.index("Instructions") < text.index("Contacts")
    assert "hcal-dqm: 16 1009, was 16 1001" in text
    console.press(Qt.Key.Key_Return, CTRL)
    assert console.client.taken_up == []
    assert "shift leader" in console.says("Refused")
    assert console.focus() == "Shift leader who agrees"
    console.type("Leo Leader")
    console.press(Qt.Key.Key_Return, CTRL)
    assert console.client.taken_up == [7]
    assert not written(console, TookUp)
    console.client.put_site(msgspec.structs.replace(the_site(), release=RELEASE))
    console.wait(0)
    (took,) = written(console, TookUp)
    assert took.body == TookUp(7, 0, "Leo Leader")
    assert not console.sees(QWidget, "What the release changes")


def test_what_was_shown_is_what_is_taken_up(begun: Console) -> None:
    """A release published while the sheet is open is read first."""
    console = begun
    console.client.mailbox.run = msgspec.structs.replace(
        console.client.mailbox.run,
        conditions=msgspec.structs.replace(
            console.client.mailbox.run.conditions, beam_mode="no beam"
        ),
    )
    announce(console)
    console.press(Qt.Key.Key_F3)
    console.client.mailbox.release_waiting = msgspec.structs.replace(RELEASE, number=8)
    console.press(Qt.Key.Key_Return, CTRL)
    assert console.client.taken_up == []
    assert "release 8" in console.says("Refused")
    console.press(Qt.Key.Key_Return, CTRL)
    assert console.client.taken_up == [8]


def test_not_now_leaves_everything_as_it_is(begun: Console) -> None:
    console = begun
    announce(console)
    console.press(Qt.Key.Key_F3)
    console.press(Qt.Key.Key_Escape)
    assert console.client.taken_up == []
    assert not console.sees(QWidget, "What the release changes")
