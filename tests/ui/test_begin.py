"""The band, the page on which a shift begins, and hostile texts on it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QFrame,
    QLabel,
    QLineEdit,
    QListWidget,
    QPushButton,
    QTextBrowser,
    QWidget,
)
from support.consoles import Console
from support.fake_book import FakeWriter
from support.fake_session import DEPTH1, HOLE, NOW, RUN, live_session, run_info
from support.instructed import instructed_site, instruction, short_note, timing
from support.keyboard import SHIFT

from dqmconsole.logbook.state import BookState
from dqmconsole.model.checklist import CheckItem, CheckList
from dqmconsole.model.record import (
    Check,
    Entry,
    HandOver,
    PassedOn,
    Read,
    Record,
    ShiftBegan,
)
from dqmconsole.shift import reading
from dqmconsole.ui.marks import MarkLabel
from dqmconsole.ui.text import Prose
from dqmconsole.ui.theme import DARK, LIGHT

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from pytestqt.qtbot import QtBot

    from dqmconsole.model.site import Site

    Opens = Callable[..., Console]

CTRL = Qt.KeyboardModifier.ControlModifier
HOSTILE = (
    "# Night\n<script>alert(1)</script> ![x](file:///etc/passwd) "
    "[out](javascript:alert(1))\n\n| run | hcal |\n|---|---|\n| 398210 | BAD |\n"
)


@pytest.fixture
def opens(qtbot: QtBot, tmp_path: Path) -> Iterator[Opens]:  # noqa: ARG001 - Qt
    made: list[Console] = []

    def build(
        site: Site | None = None,
        writer: FakeWriter | None = None,
        size: tuple[int, int] = (1400, 900),
    ) -> Console:
        client = live_session()
        client.put_site(site or instructed_site())
        console = Console(
            client, tmp_path / "c.ini", writer=writer or FakeWriter(), size=size
        )
        made.append(console)
        return console

    yield build
    for console in made:
        console.close()


def read_earlier(*texts: str) -> FakeWriter:
    """A book in which Ada began an earlier shift with some texts of the occupancy."""
    old = tuple(
        instruction(id=f"hcal/n{number}", text=text, version=1)
        for number, text in enumerate(texts)
    )
    then = instructed_site(instructions=(*old, timing()))
    kept = reading.baseline(reading.items(then, NOW - 90_000))
    body = Read(reading.ALL, "a0", 0, kept.hash)
    writer = FakeWriter(
        [
            Record("s1", NOW - 90_000, ShiftBegan(), who="Ada", shift="s1"),
            Record("r1", NOW - 90_000, body, who="Ada", shift="s1"),
        ]
    )
    writer.files[kept.hash] = kept
    return writer


def changed(*texts: str) -> Site:
    new = tuple(
        instruction(id=f"hcal/n{number}", text=text, version=2)
        for number, text in enumerate(texts)
    )
    return instructed_site(instructions=(*new, timing()))


# -- the band ------------------------------------------------------------------------


@pytest.mark.parametrize("size", [(1920, 1080), (1366, 768)])
def test_the_header_never_jumps(opens: Opens, size: tuple[int, int]) -> None:
    """Whatever the band says, it is as high as before and no wider than the window."""
    writer = FakeWriter(saving=False)
    console = opens(writer=writer, size=size)
    band = console.find(QFrame, "Shift")
    header = console.find(QFrame, "Run header")
    before = (band.height(), header.height(), header.width())
    console.session.begin("A very long name of a person " * 3, "Another long name " * 4)
    writer.state = BookState("waiting", "the server db.example.org is away " * 6)
    console.wait(1)
    assert (band.height(), header.height(), header.width()) == before
    assert console.window.width() == size[0]
    assert console.find(MarkLabel, "The book is a worry").isVisible()
    assert console.says("State of the book").startswith("book waiting (")


def test_an_unpublished_site_stands_out_without_colour(opens: Opens) -> None:
    console = opens()
    label = console.find(QLabel, "Release in force")
    assert label.text() == "UNPUBLISHED"
    assert label.font().bold()
    assert not label.property("role")


def test_nothing_open_says_nothing(opens: Opens) -> None:
    console = opens()
    console.client.open("/elsewhere")
    console.wait(1)
    assert console.says("Who has the shift") == ""
    assert console.says("Release in force") == ""


# -- the page ------------------------------------------------------------------------


def test_a_first_shift_has_nothing_to_read(opens: Opens) -> None:
    console = opens()
    console.press(Qt.Key.Key_F2)
    assert console.find(QLabel, "Changes").text().startswith("Say your name")
    console.type("Zoe")
    words = console.find(QLabel, "Changes").text()
    assert words.startswith("Your first shift at this book: its 2 instructions")
    assert not console.sees(QListWidget, "What changed")
    console.press(Qt.Key.Key_Return, CTRL)
    console.wait(1)
    assert console.find(QLabel, "Changes").text() == "Nothing that you have not read."


def test_what_was_read_before_is_looked_for(opens: Opens) -> None:
    writer = read_earlier("one two three")
    writer.answering = False
    console = opens(changed("one 2 three"), writer)
    console.press(Qt.Key.Key_F2)
    console.type("Ada")
    assert console.find(QLabel, "Changes").text().startswith("Looking")
    writer.answering = True
    console.wait(1)
    console.wait(1)
    assert console.find(QListWidget, "What changed").count() == 1
    difference = console.find(QTextBrowser, "Difference")
    assert difference.accessibleDescription() == "removed: two; added: 2"


def test_all_takes_only_what_was_looked_at(opens: Opens) -> None:
    """The book says that somebody read it: so each is to be looked at."""
    console = opens(changed("a 2", "b 2", "c 2"), read_earlier("a 1", "b 1", "c 1"))
    console.press(Qt.Key.Key_F2)
    console.type("Ada")
    rows = console.find(QListWidget, "What changed")
    rows.setFocus()
    console.press(Qt.Key.Key_Down)
    console.press("A", SHIFT)
    texts = [rows.item(row).text() for row in range(3)]
    assert [each.startswith("✓ read") for each in texts] == [True, True, False]
    assert rows.currentRow() == 2
    console.press("A", SHIFT)
    assert all(rows.item(row).text().startswith("✓ read") for row in range(3))


def test_another_name_has_read_nothing(opens: Opens) -> None:
    console = opens(changed("a 2"), read_earlier("a 1"))
    console.press(Qt.Key.Key_F2)
    console.type("Ada")
    rows = console.find(QListWidget, "What changed")
    rows.setFocus()
    console.press(Qt.Key.Key_Space)
    assert rows.item(0).text().startswith("✓ read")
    field = console.find(QLineEdit, "Your name")
    field.setText("Ben")
    field.setText("Ada")
    assert not rows.item(0).text().startswith("✓ read")


def test_the_arrows_go_through_the_names_of_the_book(opens: Opens) -> None:
    writer = read_earlier("a")
    writer.come(Record("s2", NOW, ShiftBegan(), who="Ben Other"))
    console = opens(writer=writer)
    console.press(Qt.Key.Key_F2)
    field = console.find(QLineEdit, "Your name")
    console.press(Qt.Key.Key_Down)
    assert field.text() == "Ben Other"
    console.press(Qt.Key.Key_Down)
    assert field.text() == "Ada"
    field.setText("be")
    assert console.find(QLabel, "About the name").text() == (
        "Not known by this name; “Ben Other” is (Down)."
    )
    console.press(Qt.Key.Key_Down)
    assert field.text() == "Ben Other"


def test_texts_of_the_book_are_only_shown(opens: Opens) -> None:
    """Tables are drawn; scripts stay text, pictures and links lead nowhere."""
    writer = FakeWriter([Record("h1", NOW, HandOver("Night", HOSTILE), who="Ben")])
    console = opens(writer=writer)
    console.press(Qt.Key.Key_F2)
    text = console.find(QTextBrowser, "Hand-over")
    assert "<script>alert(1)</script>" in text.toPlainText()
    assert "| run |" not in text.toPlainText()
    assert text.loadResource(2, "file:///etc/passwd") is None
    document = text.document()
    block = document.begin()
    while block.isValid():
        within = block.begin()
        while not within.atEnd():
            assert not within.fragment().charFormat().anchorHref()
            within += 1
        block = block.next()


def test_the_hand_over_can_be_read_after_the_shift_began(opens: Opens) -> None:
    writer = FakeWriter([Record("h1", NOW, HandOver("Night", "All fine"), who="Ben")])
    console = opens(writer=writer)
    console.press(Qt.Key.Key_F2)
    console.type("Ada")
    console.press(Qt.Key.Key_Return, CTRL)
    assert writer.kept[1].body == ShiftBegan()
    button = console.find(QPushButton, "I have read the hand-over")
    assert button.isEnabled()
    console.press(Qt.Key.Key_Escape)
    console.press(Qt.Key.Key_F2)
    assert console.focus() == "I have read the hand-over"
    console.press(Qt.Key.Key_Space)
    assert writer.kept[-1].body == Read("hand-over", "h1")
    console.wait(1)
    assert not button.isEnabled()
    assert button.text().startswith("✓")


def test_what_is_bad_opens_its_plot(opens: Opens) -> None:
    writer = FakeWriter(
        [
            Record("e1", NOW, Entry("HBM09 empty", problem=True), who="Ben"),
            Record("p1", NOW, PassedOn("Pixel"), who="Ben", run=RUN - 1),
        ]
    )
    console = opens(writer=writer)
    console.client.put_verdict(DEPTH1, HOLE)
    console.press(Qt.Key.Key_F2)
    rows = console.find(QListWidget, "What is bad now")
    texts = [rows.item(row).text() for row in range(rows.count())]
    assert texts[0].startswith("Hcal: 1 BAD, 1 WARNING — Digi occupancy")
    assert texts[1].startswith("Open problem: HBM09 empty (Ben, ")
    assert texts[2] == f"Run {RUN - 1} is not signed off, Ben passed it on: Pixel"
    rows.setFocus()
    console.press(Qt.Key.Key_Return)
    place = console.window.parts.view.selected
    assert place is not None
    assert place.key == DEPTH1


def test_the_check_list_is_ticked_and_taken_back(opens: Opens) -> None:
    start = CheckList(
        "start", "S", "start", (CheckItem("a", "Look"), CheckItem("b", "Go"))
    )
    site = msgspec.structs.replace(instructed_site(), checklists=(start,))
    writer = FakeWriter()
    console = opens(site, writer)
    console.press(Qt.Key.Key_F2)
    console.type("Ada")
    rows = console.find(QListWidget, "Check-list of the start")
    spoken = Qt.ItemDataRole.AccessibleTextRole
    rows.setFocus()
    console.press(Qt.Key.Key_Space)
    assert rows.item(0).data(spoken) == "checked: Look"
    assert rows.currentRow() == 1
    console.press(Qt.Key.Key_Up)
    console.press(Qt.Key.Key_Space)
    assert rows.item(0).data(spoken) == "open: Look"
    console.press(Qt.Key.Key_Return, CTRL)
    assert "check" not in {type(each.body).__name__.lower() for each in writer.kept}
    rows.setFocus()
    console.press(Qt.Key.Key_Space)
    console.wait(1)
    assert rows.item(0).text().startswith("Look  (Ada, ")


def test_what_one_person_ticked_is_not_on_record_as_another_ones(opens: Opens) -> None:
    items = CheckItem("a", "Look"), CheckItem("b", "Go")
    start = CheckList("start", "S", "start", items)
    site = msgspec.structs.replace(instructed_site(), checklists=(start,))
    writer = FakeWriter([Record("h1", NOW, HandOver("Night", "All fine"), who="Cyd")])
    console = opens(site, writer)
    console.press(Qt.Key.Key_F2)
    field = console.find(QLineEdit, "Your name")
    read = console.find(QPushButton, "I have read the hand-over")
    rows = console.find(QListWidget, "Check-list of the start")

    def tick() -> None:
        read.setFocus()
        console.press(Qt.Key.Key_Space)
        rows.setFocus()
        console.press(Qt.Key.Key_Space)

    def ticked() -> tuple[bool, bool]:
        console.wait(1)
        spoken = rows.item(0).data(Qt.ItemDataRole.AccessibleTextRole)
        return read.isChecked(), spoken == "checked: Look"

    tick()
    field.setFocus()
    console.type("Ada")  # before any name stood there, so by whoever types it now
    assert ticked() == (True, True)
    read.setFocus()
    field.setFocus()
    field.selectAll()
    console.type("Ben")
    assert ticked() == (False, False)
    console.press(Qt.Key.Key_Return, CTRL)
    bodies = [each.body for each in writer.kept if each.who == "Ben"]
    assert ShiftBegan() in bodies
    assert Read("hand-over", "h1") not in bodies
    assert not any(isinstance(body, Check) for body in bodies)


def test_who_comes_after_a_shift_has_not_read_the_hand_over(opens: Opens) -> None:
    writer = FakeWriter([Record("h1", NOW, HandOver("Night", "All fine"), who="Cyd")])
    console = opens(writer=writer)
    console.press(Qt.Key.Key_F2)
    console.type("Ada")
    read = console.find(QPushButton, "I have read the hand-over")
    read.setFocus()
    console.press(Qt.Key.Key_Space)
    console.press(Qt.Key.Key_Return, CTRL)
    console.wait(1)
    assert not read.isEnabled()  # it is on record
    console.find(QPushButton, "Give the shift away").click()
    console.type("Ben")
    console.wait(1)
    assert read.isEnabled()
    assert not read.isChecked()


def test_an_account_is_asked_for_where_the_book_has_accounts(opens: Opens) -> None:
    """The password goes to the book and leaves the field."""
    made = instructed_site()
    settings = msgspec.structs.replace(
        made.settings, database="postgresql://db.example.org/dqm"
    )
    writer = FakeWriter()
    console = opens(msgspec.structs.replace(made, settings=settings), writer)
    console.press(Qt.Key.Key_F2)
    console.find(QLineEdit, "Database account").setFocus()
    console.type("sue")
    console.press(Qt.Key.Key_Return)
    assert console.focus() == "Password"
    field = console.find(QLineEdit, "Password")
    assert field.echoMode() is QLineEdit.EchoMode.Password
    console.type("secret")
    console.press(Qt.Key.Key_Return)
    assert writer.signed_in == [("sue", "secret")]
    assert field.text() == ""
    assert console.find(QLabel, "Account").text().startswith("Account sue: shifter.")


def test_no_account_is_asked_for_otherwise(opens: Opens) -> None:
    console = opens()
    console.press(Qt.Key.Key_F2)
    assert not console.sees(QLineEdit, "Password")


def test_columns_where_there_is_room(opens: Opens) -> None:
    for size, columns in (((1920, 1080), 2), ((1366, 768), 1)):
        console = opens(size=size)
        console.press(Qt.Key.Key_F2)
        who = console.find(QFrame, "Step 1: Who has the shift")
        changes = console.find(QFrame, "Step 4: What changed since your last shift")
        beside = changes.x() >= who.x() + who.width()
        assert beside is (columns == 2)
        assert max(who.width(), changes.width()) <= console.window.parts.view.width()
        console.window.hide()


def test_the_keyboard_brings_its_step_into_view(opens: Opens) -> None:
    console = opens(changed("a 2"), read_earlier("a 1"), size=(1366, 768))
    console.press(Qt.Key.Key_F2)
    console.type("Ada")
    rows = console.find(QListWidget, "What changed")
    for _ in range(12):
        if console.focus() == "What changed":
            break
        console.press(Qt.Key.Key_Tab)
    assert rows.hasFocus()
    assert not rows.visibleRegion().isEmpty()
    assert rows.visibleRegion().boundingRect().height() >= rows.height() - 1
    shown = console.find(QTextBrowser, "Difference").visibleRegion().boundingRect()
    assert shown.height() > 100


def test_the_page_is_drawn_in_both_themes(opens: Opens) -> None:
    console = opens(changed("a 2"), read_earlier("a 1"))
    console.press(Qt.Key.Key_F2)
    console.type("Ada")
    text = console.find(QTextBrowser, "Difference")
    for theme in (DARK, LIGHT):
        console.window.context.colours.change(theme)
        block = text.document().begin()
        colour = block.begin().fragment().charFormat().foreground().color().name()
        assert colour.upper() == theme.ink.upper()


def test_every_widget_of_the_page_has_a_name(opens: Opens) -> None:
    console = opens(changed("a 2"), read_earlier("a 1"))
    console.press(Qt.Key.Key_F2)
    console.type("Ada")
    page = console.find(QWidget, "Start of the shift")
    takes = [
        widget
        for widget in page.findChildren(QWidget)
        if widget.isVisible() and widget.focusPolicy() & Qt.FocusPolicy.TabFocus
    ]
    assert takes
    assert all(widget.accessibleName() for widget in takes)


def test_a_hidden_page_costs_nothing(opens: Opens) -> None:
    console = opens(changed("a 2"), read_earlier("a 1"))
    page = console.window.parts.start
    console.client.put_run(run_info(lumisection=418))
    console.wait(1)
    assert not page.isVisible()
    assert page.findChild(QListWidget).count() == 0


def test_notes_count_by_their_days(opens: Opens) -> None:
    console = opens(instructed_site(notes=(short_note(),)), read_earlier())
    console.press(Qt.Key.Key_F2)
    console.type("Ada")
    rows = console.find(QListWidget, "What changed")
    assert rows.item(0).text() == "Note: HBP14 is being repaired — new note"
    assert console.find(Prose, "Difference").toPlainText().startswith("Expect the box")


# -- what a fresh eye found ------------------------------------------------------------


def test_space_reads_what_stands_there_after_a_name_was_typed_again(
    opens: Opens,
) -> None:
    """What was written for a name half typed is on the screen all the same."""
    console = opens(changed("a 2"), read_earlier("a 1"))
    console.press(Qt.Key.Key_F2)
    field = console.find(QLineEdit, "Your name")
    console.type("Ada")
    console.press(Qt.Key.Key_Backspace)
    console.press("a")
    rows = console.find(QListWidget, "What changed")
    rows.setFocus()
    console.press(Qt.Key.Key_Space)
    assert field.text() == "Ada"
    assert rows.item(0).text().startswith("✓ read")


def test_f2_selects_the_name_that_stands_there(opens: Opens) -> None:
    console = opens()
    console.press(Qt.Key.Key_F2)
    console.type("Ada")
    console.press(Qt.Key.Key_F2)
    field = console.find(QLineEdit, "Your name")
    assert field.selectedText() == "Ada"
    console.type("Ben")
    assert field.text() == "Ben"


def test_pages_shown_before_the_shift_are_not_missed(opens: Opens) -> None:
    """Nothing is on record before the shift; what was looked at counts."""
    pages = ("Hcal/Timing", "Hcal/Run summary")
    start = CheckList("start", "S", "start", (CheckItem("a", "Look", pages=pages),))
    site = msgspec.structs.replace(instructed_site(), checklists=(start,))
    writer = FakeWriter()
    console = opens(site, writer)
    console.window.open_page_named("Hcal/Timing")
    console.wait(1)
    console.press(Qt.Key.Key_F2)
    rows = console.find(QListWidget, "Check-list of the start")
    words = "Look – not opened by you in this run: Hcal/Run summary"
    assert rows.item(0).text() == words
    assert writer.kept == []
    console.type("Ada")
    console.press(Qt.Key.Key_Return, CTRL)
    console.wait(1)
    assert rows.item(0).text() == words
    assert console.session.due[0].items[0].unseen == ("Hcal/Run summary",)
    console.client.put_run(run_info(run=RUN + 1, lumisection=1))
    console.wait(1)
    assert rows.item(0).text().endswith("Hcal/Timing, Hcal/Run summary")


def test_what_was_left_is_said_before_and_kept_in_the_band(opens: Opens) -> None:
    """To begin without it is allowed, and not silently."""
    writer = read_earlier("a 1")
    writer.come(Record("h1", NOW, HandOver("Night", "All fine"), who="Ben"))
    console = opens(changed("a 2"), writer)
    console.press(Qt.Key.Key_F2)
    console.type("Ada")
    said = console.find(QLabel, "Beginning")
    assert said.text() == (
        "No shift leader named; the hand-over is not marked as read; 1 change is "
        "unread (the line under the run header keeps saying so)."
    )
    leader = console.find(QLineEdit, "Shift leader")
    leader.setText("Leo")
    assert said.text().startswith("The hand-over is not marked as read; 1 change")
    leader.clear()
    button = console.find(QPushButton, "I have read the hand-over")
    button.click()
    assert said.text().startswith("No shift leader named; 1 change is unread")
    button.click()
    console.press(Qt.Key.Key_Return, CTRL)
    console.wait(1)
    assert console.session.shift is not None
    assert console.says("Changes unread") == "hand-over unread, 1 change unread (F2)"
    assert said.text().startswith("You have the shift. The hand-over is not marked")


@pytest.mark.parametrize("size", [(1920, 1080), (1366, 768)])
def test_cards_begin_at_their_top_with_nothing_in_them(
    opens: Opens, size: tuple[int, int]
) -> None:
    console = opens(size=size)
    console.press(Qt.Key.Key_F2)
    console.wait(1)
    for card, words in (
        ("Step 1: Who has the shift", "Account"),
        ("Step 2: Hand-over of the last shift", "Hand-over from"),
        ("Step 3: What is bad now", "What is bad now"),
        ("Step 4: What changed since your last shift", "Changes"),
        ("Step 5: Check-list of the start", "No check-list"),
    ):
        frame = console.find(QFrame, card)
        heading = next(
            each for each in frame.findChildren(QLabel) if each.text()[:1].isdigit()
        )
        assert heading.y() < 24
        first = frame.findChildren(
            QWidget, options=Qt.FindChildOption.FindChildrenRecursively
        )
        content = next(
            each
            for each in first
            if each.accessibleName() == words and each.isVisible()
        )
        assert content.mapTo(frame, content.rect().topLeft()).y() < 110


def test_only_a_step_with_a_text_takes_the_height_that_is_left(opens: Opens) -> None:
    def step(number_and_name: str) -> QFrame:
        return console.find(QFrame, number_and_name)

    console = opens(changed("a 2"), read_earlier("a 1"), size=(1920, 1080))
    console.press(Qt.Key.Key_F2)
    console.wait(1)
    assert step("Step 2: Hand-over of the last shift").height() < 120
    assert step("Step 4: What changed since your last shift").height() < 120
    console.type("Ada")
    console.wait(1)
    assert step("Step 2: Hand-over of the last shift").height() < 120
    assert step("Step 4: What changed since your last shift").height() > 400


def test_the_book_makes_room_for_the_start_and_comes_back(opens: Opens) -> None:
    console = opens(size=(1366, 768))
    book = console.window.parts.docks["book"]
    console.window.parts.view.select_plot(DEPTH1)
    console.press(Qt.Key.Key_F2)
    console.wait(0)
    page = console.find(QWidget, "Start of the shift")
    room = page.height()
    console.press(Qt.Key.Key_Escape)
    assert book.isHidden()
    console.press("b", Qt.KeyboardModifier.ControlModifier)
    assert book.isVisible()
    console.press(Qt.Key.Key_F2)
    console.wait(0)
    assert book.isHidden()
    assert page.height() == room > 400
    console.press(Qt.Key.Key_Escape)
    assert book.isVisible()
    console.press(Qt.Key.Key_F2)
    console.window.close()
    assert book.isHidden()
