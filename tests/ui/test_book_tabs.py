"""Check-lists, the hand-over, and the leaves of the book."""

from __future__ import annotations

import os
import re
from typing import TYPE_CHECKING

import msgspec
import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QImage, QTextCursor, QTextDocument
from PySide6.QtWidgets import (
    QCheckBox,
    QLabel,
    QLineEdit,
    QListView,
    QPlainTextEdit,
    QWidget,
)
from support.book_scene import CTRL, SHIFT, bodies, console_on_shift, run_of_the_book
from support.fake_session import DEPTH1, RUN

from dqmconsole.logbook.view import BookFiles
from dqmconsole.model.layout import Layout, Page
from dqmconsole.model.record import Check, Entry, HandOver, Seen
from dqmconsole.model.verdict import Status, Verdict
from dqmconsole.shift import actions
from dqmconsole.shift.evidence import stored
from dqmconsole.shift.report import html
from dqmconsole.ui.logbook import handing
from dqmconsole.ui.logbook.evidence import png
from dqmconsole.ui.logbook.paper import (
    addresses_of,
    images_of,
    laid_out,
    pdf_writer,
    write_pdf,
)
from dqmconsole.ui.row_table import RowTable
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
    console.window.context.said.connect(heard.append)
    return heard


def rows(console: Console, name: str = "Check-lists") -> list[str]:
    return console.find(RowTable, name).words()


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
    console.find(RowTable, "Pages not opened").setFocus()
    console.press(Qt.Key.Key_Down)
    console.press(RETURN)
    assert console.says("Page") == before[1]
    assert rows(console, "Pages not opened") == [*before[:1], *before[2:]]


def test_pages_of_other_run_types_are_not_asked_for(console: Console) -> None:
    site = console.client.site
    assert site is not None
    pages = (Page("Tracks", (), run_types=("cosmics",)), Page("Rates", ()))
    layouts = (Layout("Hcal", pages),)
    console.client.put_site(msgspec.structs.replace(site, layouts=layouts, hash="r"))
    console.wait(2)
    console.press("k")
    listed = rows(console, "Pages not opened")
    assert "Hcal › Tracks" not in listed


def test_nobody_on_shift_has_no_lists(console: Console) -> None:
    assert console.session.end() == ""
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
    console.window.parts.logbook.handing.draft()
    assert not text.toPlainText().startswith("mine")
    console.press("z", CTRL)
    assert text.toPlainText() == kept


def test_the_next_shift_begins_with_an_empty_page(console: Console) -> None:
    write_report(console)
    text = console.find(QPlainTextEdit, "Hand-over")
    console.press(RETURN, CTRL)
    console.wait(1)
    assert text.toPlainText()
    assert console.session.begin("Carla Ito") == ""
    console.wait(2)
    assert text.toPlainText() == ""
    # what was not given is nobody's to throw away
    console.window.parts.logbook.handing.draft()
    title = console.find(QLineEdit, "Title of the hand-over").text()
    assert title.startswith("Hand-over of Carla Ito, ")
    kept = text.toPlainText()
    assert console.session.begin("Dan Roe") == ""
    console.wait(2)
    assert text.toPlainText() == kept


def test_what_another_shift_drafted_is_given_as_it_stands(console: Console) -> None:
    write_report(console)
    kept = console.find(QPlainTextEdit, "Hand-over").toPlainText()
    assert console.session.begin("Carla Ito") == ""
    console.wait(2)
    console.find(QPlainTextEdit, "Hand-over").setFocus()
    console.press(RETURN, CTRL)
    (given,) = bodies(console, HandOver)
    assert isinstance(given.body, HandOver)
    assert given.body.text == kept
    assert given.body.text.startswith("# Hand-over of Anna Virtanen")


def test_an_edited_draft_is_not_older_for_what_the_data_do(console: Console) -> None:
    heard = said(console)
    write_report(console)
    console.type("mine")
    console.client.put_verdict(DEPTH1, Verdict(Status.BAD, "empty"))
    console.wait(2)
    console.press(RETURN, CTRL)
    assert heard[-1] == "The hand-over is given."


def test_what_is_given_has_what_was_done_since_its_draft(console: Console) -> None:
    heard = said(console)
    write_report(console)
    assert "the fan" not in console.find(QPlainTextEdit, "Hand-over").toPlainText()
    console.session.author.write(Entry("the fan is noisy", "text"))
    console.press(RETURN, CTRL)
    (given,) = bodies(console, HandOver)
    assert isinstance(given.body, HandOver)
    assert "the fan is noisy" in given.body.text
    report = console.find(QPlainTextEdit, "Hand-over")
    console.press("k")
    assert report.toPlainText() == given.body.text  # no key goes into what was given
    console.press("h")
    report.setFocus()
    console.type("mine")
    console.session.author.write(Entry("the fan is still", "text"))
    console.press(RETURN, CTRL)
    given = bodies(console, HandOver)[-1]
    assert isinstance(given.body, HandOver)
    assert given.body.text.startswith("mine")
    assert "What was done since its draft, " in heard[-1]


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
    leaf = console.window.parts.logbook.handing
    leaf.html_button.click()
    leaf.pdf_button.click()
    console.wait(2)
    assert names[0].startswith("Hand_over_of_Anna_Virtanen")
    assert (tmp_path / "report.pdf").read_bytes().startswith(b"%PDF-")
    assert "Anna Virtanen" in (tmp_path / "report.html").read_text(encoding="utf-8")
    assert re.search(r"report\.pdf \(\d+ pages?\)\.$", heard[-1])


def test_the_pictures_of_the_entries_are_in_the_file(
    console: Console, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    heard = said(console)
    assert console.writer is not None
    image = QImage(1600, 900, QImage.Format.Format_RGB32)
    image.fill(Qt.GlobalColor.darkBlue)
    picture = stored(png(image), "picture.png")
    entry = Entry("A hole", picture=picture.hash)
    console.writer.files[picture.hash] = picture
    assert actions.enter(console.session, entry, RUN) == ""
    console.wait(2)
    console.writer.answering = False
    console.session.files = BookFiles()  # as on a console that did not take it
    write_report(console)
    monkeypatch.setattr(handing, "ask_target", lambda *_: str(tmp_path / "r"))
    leaf = console.window.parts.logbook.handing
    leaf.html_button.click()
    assert heard[-1].startswith("The pictures are being fetched")
    assert not (tmp_path / "r.html").exists()
    console.writer.answering = True
    console.wait(2)
    console.wait(2)
    page = (tmp_path / "r.html").read_text(encoding="utf-8")
    assert page.count('<img src="data:image/png;base64,') == 1
    leaf.pdf_button.click()
    assert b"/Subtype /Image" in (tmp_path / "r.pdf").read_bytes()
    # one that never comes keeps no report back
    console.writer.answering = False
    console.session.files = BookFiles()
    leaf.html_button.click()
    console.wait(handing.PATIENCE + 1)
    assert "of the book" in (tmp_path / "r.html").read_text(encoding="utf-8")


def test_a_shift_given_away_leaves_no_report(console: Console) -> None:
    write_report(console)
    text = console.find(QPlainTextEdit, "Hand-over")
    console.press(RETURN, CTRL)
    assert console.session.end() == ""
    console.wait(2)
    assert text.toPlainText() == ""
    state = console.says("State of the hand-over")
    assert state == "Nobody has the shift at this console (F2 begins it)."


def test_a_report_that_was_not_given_stays(console: Console) -> None:
    write_report(console)
    assert console.session.end() == ""
    console.wait(2)
    assert console.find(QPlainTextEdit, "Hand-over").toPlainText()
    assert console.says("State of the hand-over").endswith("was not given.")


def test_the_draft_has_the_numbers_of_the_run_header(console: Console) -> None:
    console.client.put_run(run_of_the_book(lumisection=431))
    console.wait(0)
    write_report(console)
    text = console.find(QPlainTextEdit, "Hand-over").toPlainText()
    row = next(line for line in text.splitlines() if line.startswith(f"| {RUN}"))
    assert "| 431 | 99999 | open | running |" in row


def test_a_file_that_cannot_be_written_is_said(
    console: Console, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    heard = said(console)
    write_report(console)
    target = str(tmp_path / "no folder" / "x")
    monkeypatch.setattr(handing, "ask_target", lambda *_: target)
    leaf = console.window.parts.logbook.handing
    for button in (leaf.html_button, leaf.pdf_button):
        button.click()
        assert heard[-1].startswith("Not saved: ")


def test_a_long_report_has_several_pages(qtbot: QtBot, tmp_path: Path) -> None:  # noqa: ARG001 - Qt
    text = "\n\n".join(f"Paragraph {number}" for number in range(200))
    pages = write_pdf(str(tmp_path / "r.pdf"), html(text, "R"), "R", {})
    assert pages > 3
    written = (tmp_path / "r.pdf").read_bytes()
    assert written.count(b"/Type /Page\n") == pages


@pytest.mark.parametrize("after", ["words", "| run | LS |\n|---|---|\n| 1 | 2 |"])
def test_no_heading_stands_alone_at_the_foot_of_a_page(
    qtbot: QtBot,  # noqa: ARG001 - Qt
    tmp_path: Path,
    after: str,
) -> None:
    writer = pdf_writer(str(tmp_path / "r.pdf"), "R")
    met = set()
    for before in range(80, 130):  # words of a line each: the end of the page goes by
        lines = "\\\n".join(["a line"] * before)
        text = f"{lines}\n\n## Runs\n\n### These\n\n{after}\n"
        document = laid_out(html(text, "R"), writer, {})
        high = document.pageSize().height()
        block, pages = document.begin().next(), []
        while block.isValid():
            place = document.documentLayout().blockBoundingRect(block)
            pages.append(int((place.bottom() - 1) // high))
            block = block.next()
        assert pages[0] == pages[1] == pages[2], before
        met.add(pages[0])
    assert len(met) > 1


def test_cells_of_a_table_stand_apart(qtbot: QtBot) -> None:  # noqa: ARG001 - Qt
    document = QTextDocument()
    document.setHtml(html("| to | LS |\n|---|---|\n| 1 | 2 |\n", "T"))
    block = document.begin()
    while block.text() != "to":
        block = block.next()
    table = QTextCursor(block).currentTable()
    padding = table.cellAt(0, 0).format().toTableCellFormat()
    assert (padding.leftPadding(), padding.rightPadding()) == (6, 6)


def test_paper_shows_the_pictures_kept_and_opens_none(
    qtbot: QtBot,  # noqa: ARG001 - Qt
    tmp_path: Path,
) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)  # who opens it waits for ever
    image = QImage(1600, 900, QImage.Format.Format_RGB32)
    image.fill(Qt.GlobalColor.darkBlue)
    kept = {"a": png(image), "b": b"\x89PNG\r\n\x1a\nnone", "c": b"GIF89a"}
    text = "\n\n".join(f"![{each}](picture:{each})" for each in "abcd")
    text += f"\n\n![e]({pipe}) ![f](data:image/png;base64,A) ![g](picture:{pipe})"
    images = images_of(kept)
    page = html(text, "R", addresses_of(images))
    document = laid_out(page, pdf_writer(str(tmp_path / "r.pdf"), "R"), images)
    assert document.toPlainText().count("\ufffc") == 1
    for each in "bcd":
        assert f"[image: {each} (picture {each} of the book)]" in document.toPlainText()
    assert "[image: e] [image: f]" in document.toPlainText()
    assert write_pdf(str(tmp_path / "r.pdf"), page, "R", images) == 1
    written = (tmp_path / "r.pdf").read_bytes()
    assert written.count(b"/Subtype /Image") == 1


def test_the_keys_of_the_tables_stand_on_the_sheet(console: Console) -> None:
    console.press("?")
    shown = [
        each.text()
        for each in console.find(QWidget, "Keys").findChildren(QLabel)
        if each.isVisible()
    ]
    assert "Book" in shown
    assert {*"GBXSUMO", "Shift+S", "Shift+P", "Alt+E", "Space"} <= set(shown)


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
    bar = console.find(QWidget, "Tabs of the book")
    bar.setFocus()
    console.press(Qt.Key.Key_Right)
    assert console.sees(RowTable, "Entries")


def test_ctrl_b_shows_the_book_with_the_keyboard_and_hides_it(
    console: Console,
) -> None:
    console.press("b", Qt.KeyboardModifier.ControlModifier)
    assert console.focus() == "Flags"
    console.press(Qt.Key.Key_Escape)
    console.press("b", Qt.KeyboardModifier.ControlModifier)
    assert not console.sees(QWidget, "Book")


def test_everything_has_a_name_and_can_be_reached(console: Console) -> None:
    """Every widget that takes the keyboard in the book and its sheet has a name."""
    parts = console.window.parts
    nameless = [
        f"{type(each).__name__} in {type(each.parent()).__name__}"
        for root in (parts.logbook, parts.entry)
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
    console.window.context.colours.change(DARK)
    assert rows(console, "Flags") == before


def test_a_hostile_title_is_written_as_it_is(console: Console) -> None:
    site = console.client.site
    assert site is not None
    evil = "<b>hcal</b>"
    settings = msgspec.structs.replace(site.settings, components={evil: ("Hcal",)})
    console.client.put_site(msgspec.structs.replace(site, settings=settings, hash="x"))
    console.wait(2)
    console.press("f")
    console.press("g")
    assert console.says("Component to flag") == f"{evil}, run {RUN}: GOOD"
