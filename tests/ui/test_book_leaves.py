"""Check-lists, the hand-over, and the leaves of the book."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import msgspec
import pytest
from PySide6.QtCore import Qt, QUrl
from PySide6.QtWidgets import (
    QCheckBox,
    QLineEdit,
    QListView,
    QPlainTextEdit,
    QTreeWidget,
    QWidget,
)
from support.book_scene import CTRL, SHIFT, bodies, console_on_shift

from dqmconsole.model.record import Check, HandOver, Seen
from dqmconsole.ui.bookview import handing
from dqmconsole.ui.bookview.paper import Paper, markdown_html, write_pdf
from dqmconsole.ui.theme import DARK

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from pytestqt.qtbot import QtBot
    from support.consoles import Console

RETURN = Qt.Key.Key_Return


@pytest.fixture
def console(qtbot: QtBot, tmp_path: Path) -> Iterator[Console]:  # noqa: ARG001 - Qt
    console = console_on_shift(tmp_path)
    yield console
    console.close()


def said(console: Console) -> list[str]:
    heard: list[str] = []
    console.window.hands.said.connect(heard.append)
    return heard


def rows(console: Console, name: str = "Check-lists") -> list[str]:
    return console.find(QTreeWidget, name).words()  # type: ignore[attr-defined]


# -- check-lists -----------------------------------------------------------------------


def test_space_checks_and_takes_back(console: Console) -> None:
    console.press("k")
    assert console.focus() == "Check-lists"
    assert rows(console) == [
        "Start of shift – 0 of 1 done",
        "☐  Read the log",
        "Hourly round of 11:00 UTC – 0 of 1 done",
        "☐  Look at Hcal",
        "not opened: Hcal › Timing",
    ]
    console.press(Qt.Key.Key_Down)
    console.press(Qt.Key.Key_Space)
    assert rows(console)[:2] == [
        "Start of shift – 1 of 1 done",
        "☑  Read the log · Anna Virtanen · 11:06",
    ]
    console.press(Qt.Key.Key_Space)
    assert rows(console)[1] == "☐  Read the log"
    assert [each.body for each in bodies(console, Check)] == [
        Check("start", "log"),
        Check("start", "log", done=False),
    ]


def test_return_jumps_to_a_page_that_was_not_opened(console: Console) -> None:
    console.press("k")
    for _ in range(4):
        console.press(Qt.Key.Key_Down)
    console.press(RETURN)
    assert console.says("Page") == "Hcal › Timing"
    assert Seen("Hcal/Timing") in [each.body for each in bodies(console, Seen)]
    console.wait(0)
    assert "not opened: Hcal › Timing" not in rows(console)


def test_pages_not_opened_are_listed_and_opened(console: Console) -> None:
    console.press("k")
    before = rows(console, "Pages not opened")
    assert "Hcal › Channels" not in before  # an expert's page
    console.find(QTreeWidget, "Pages not opened").setFocus()
    console.press(Qt.Key.Key_Down)
    console.press(RETURN)
    assert console.says("Page") == before[1]
    assert rows(console, "Pages not opened") == [*before[:1], *before[2:]]


def test_nobody_on_shift_has_no_lists(console: Console) -> None:
    assert console.duty.end() == ""
    console.press("k")
    assert rows(console) == []
    assert console.says("Check-lists due").startswith("Nobody has the shift")


# -- the hand-over -----------------------------------------------------------------


def write_report(console: Console) -> None:
    console.press("h")
    console.press(RETURN)
    assert console.focus() == "Hand-over"


def test_a_second_draft_can_be_taken_back(console: Console) -> None:
    write_report(console)
    text = console.find(QPlainTextEdit, "Hand-over")
    console.type("mine")
    kept = text.toPlainText()
    console.window._shift.book.handing.draft()
    assert not text.toPlainText().startswith("mine")
    console.press("z", CTRL)
    assert text.toPlainText() == kept


def test_the_next_shift_begins_with_an_empty_page(console: Console) -> None:
    write_report(console)
    text = console.find(QPlainTextEdit, "Hand-over")
    console.press(RETURN, CTRL)
    console.wait(1)
    assert text.toPlainText()
    assert console.duty.begin("Carla Ito") == ""
    console.wait(2)
    assert text.toPlainText() == ""
    # what was not given is nobody's to throw away
    console.window._shift.book.handing.draft()
    title = console.find(QLineEdit, "Title of the hand-over").text()
    assert title.startswith("Hand-over of Carla Ito, ")
    kept = text.toPlainText()
    assert console.duty.begin("Dan Roe") == ""
    console.wait(2)
    assert text.toPlainText() == kept


def test_the_elog_gets_it_when_that_is_ticked(console: Console) -> None:
    write_report(console)
    console.find(QCheckBox, "Hand-over also to the elog").click()
    console.press(RETURN, CTRL)
    (given,) = bodies(console, HandOver)
    assert isinstance(given.body, HandOver)
    assert given.body.elog is True


def test_an_empty_report_is_not_given(console: Console) -> None:
    heard = said(console)
    console.press("h")
    console.find(QPlainTextEdit, "Hand-over").setFocus()
    console.press(RETURN, CTRL)
    assert heard[-1] == "The report is empty"
    assert bodies(console, HandOver) == []


def test_it_is_kept_as_html_and_pdf(
    console: Console, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    heard = said(console)
    write_report(console)
    names: list[str] = []

    def chosen(_parent: QWidget, name: str, _kinds: str) -> str:
        names.append(name)
        return str(tmp_path / "report")

    monkeypatch.setattr(handing, "ask_target", chosen)
    leaf = console.window._shift.book.handing
    leaf.html_button.click()
    leaf.pdf_button.click()
    assert names[0].startswith("Hand_over_of_Anna_Virtanen")
    assert (tmp_path / "report.pdf").read_bytes().startswith(b"%PDF-")
    assert "Anna Virtanen" in (tmp_path / "report.html").read_text(encoding="utf-8")
    assert re.search(r"report\.pdf \(\d+ pages?\)\.$", heard[-1])


def test_a_file_that_cannot_be_written_is_said(
    console: Console, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    heard = said(console)
    write_report(console)
    target = str(tmp_path / "no folder" / "x")
    monkeypatch.setattr(handing, "ask_target", lambda *_: target)
    leaf = console.window._shift.book.handing
    for button in (leaf.html_button, leaf.pdf_button):
        button.click()
        assert heard[-1].startswith("Not saved: ")


def test_a_long_report_has_several_pages(qtbot: QtBot, tmp_path: Path) -> None:  # noqa: ARG001 - Qt
    text = "\n\n".join(f"Paragraph {number}" for number in range(200))
    pages = write_pdf(str(tmp_path / "r.pdf"), markdown_html(text, "R"), "R")
    assert pages > 3
    written = (tmp_path / "r.pdf").read_bytes()
    assert written.count(b"/Type /Page\n") == pages


def test_paper_loads_nothing_and_writes_html_as_text(qtbot: QtBot) -> None:  # noqa: ARG001
    assert Paper().loadResource(2, QUrl("file:///etc/passwd")) is None
    html = markdown_html("<script>alert(1)</script> **bold**", "<T>")
    assert "<script>" not in html
    assert "&lt;script&gt;" in html


# -- the leaves --------------------------------------------------------------------


def test_ctrl_tab_turns_the_leaves(console: Console) -> None:
    console.press("f")
    order = []
    for _ in range(4):
        console.press(Qt.Key.Key_Tab, CTRL)
        order.append(console.focus())
    assert order == ["Entries", "Check-lists", "Draft the hand-over", "Flags"]
    # Shift+Tab is Backtab to Qt
    console.press(Qt.Key.Key_Backtab, CTRL | SHIFT)
    assert console.focus() == "Draft the hand-over"


def test_arrows_turn_the_leaves_on_their_bar(console: Console) -> None:
    console.press("f")
    bar = console.find(QWidget, "Leaf")
    bar.setFocus()
    console.press(Qt.Key.Key_Right)
    assert console.sees(QTreeWidget, "Entries")


def test_b_shows_the_book_gives_it_the_keyboard_and_hides_it(console: Console) -> None:
    console.press("b")
    assert console.focus() == "Flags"
    console.press(Qt.Key.Key_Escape)
    console.press("b")
    assert not console.sees(QWidget, "Book")


def test_everything_has_a_name_and_can_be_reached(console: Console) -> None:
    """Every widget that takes the keyboard in the book and its sheet has a name."""
    parts = console.window._shift
    nameless = [
        f"{type(each).__name__} in {type(each.parent()).__name__}"
        for root in (parts.book, parts.entry)
        for each in root.findChildren(QWidget)
        if not isinstance(each, QListView)  # what a combo box opens
        and each.focusPolicy() & Qt.FocusPolicy.TabFocus
        and each.focusProxy() is None
        and not each.accessibleName()
        and not getattr(each, "text", lambda: "")()
        and not each.objectName().startswith("qt_")
    ]
    assert nameless == []


def test_the_other_theme_keeps_what_is_shown(console: Console) -> None:
    console.press("f")
    before = rows(console, "Flags")
    console.window.set_theme(DARK)
    assert rows(console, "Flags") == before


def test_a_hostile_title_is_written_as_it_is(console: Console) -> None:
    site = console.session.site
    assert site is not None
    evil = "<b>hcal</b>"
    settings = msgspec.structs.replace(site.settings, components={evil: ("Hcal",)})
    console.session.put_site(msgspec.structs.replace(site, settings=settings, hash="x"))
    console.wait(2)
    console.press("f")
    console.press("g")
    assert console.says("Component to flag") == evil
