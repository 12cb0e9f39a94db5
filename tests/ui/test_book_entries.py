"""Entries, the sheet they are written on, and their evidence."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec
import pytest
from hypothesis import given, settings
from PySide6.QtCore import Qt, QUrl
from PySide6.QtGui import QGuiApplication, QTextCharFormat, QTextFormat
from PySide6.QtWidgets import (
    QCheckBox,
    QLabel,
    QLineEdit,
    QPlainTextEdit,
    QTextBrowser,
    QWidget,
)
from strategies import hostile_markdown
from support.book_scene import (
    CTRL,
    SHIFT,
    answer_evidence,
    answer_words,
    bodies,
    console_on_shift,
    run_of_the_book,
)
from support.fake_session import DEPTH1, NOW, RUN

from dqmconsole.logbook.view import written
from dqmconsole.model.history import TransitionFact
from dqmconsole.model.message import Receipt
from dqmconsole.model.record import ElogSent, Entry, Record, Settled
from dqmconsole.model.verdict import Status
from dqmconsole.shift import actions
from dqmconsole.shift.evidence import stored
from dqmconsole.shift.words import clock
from dqmconsole.ui.logbook.evidence import PATIENCE
from dqmconsole.ui.row_table import RowTable
from dqmconsole.ui.text import SafeText

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pytestqt.qtbot import QtBot
    from support.consoles import Console

RETURN = Qt.Key.Key_Return
ESC = Qt.Key.Key_Escape


def record(uid: str, body: Entry | Settled | ElogSent, at: float = 0) -> Record:
    return Record(uid, NOW - 3000 + at, body, who="Ben Ode", run=RUN)


@pytest.fixture
def console(qtbot: QtBot, tmp_path: Path) -> Iterator[Console]:  # noqa: ARG001 - Qt
    noisy = Entry("Two modules noisy", "since *LS 40*", problem=True, elog=True)
    records = [
        record("e1", noisy),
        record("e2", Entry("Crate rebooted", problem=True, elog=True), 1),
        record("s1", ElogSent("e1", 48211), 2),
    ]
    console = console_on_shift(tmp_path, records)
    console.press("/")
    console.type("digi occupancy")
    console.press(RETURN)
    yield console
    console.close()


def said(console: Console) -> list[str]:
    heard: list[str] = []
    console.window.context.said.connect(heard.append)
    return heard


def rows(console: Console) -> list[str]:
    return console.find(RowTable, "Entries").words()


def show_entries(console: Console) -> None:
    console.press("e", Qt.KeyboardModifier.ShiftModifier)
    assert console.focus() == "Entries"


def newest(console: Console) -> Entry:
    body = bodies(console, Entry)[-1].body
    assert isinstance(body, Entry)
    return body


# -- the sheet -----------------------------------------------------------------------


def test_the_evidence_is_that_of_the_moment_of_the_key(console: Console) -> None:
    changed = TransitionFact(DEPTH1, RUN, Status.BAD, NOW - 60, 8, "cells are dead")
    elsewhere = msgspec.structs.replace(changed, key="Ecal › Elsewhere › Ecal/x")
    console.client.put_history(changed, elsewhere)
    console.wait(1.0)
    console.press("e")
    (wanted,) = console.client.evidence_wanted
    assert wanted.title == "Hcal › Digi occupancy"
    assert wanted.page == "Hcal/Digi occupancy"
    assert len(wanted.keys) == 5
    assert wanted.keys[0] == DEPTH1
    assert wanted.picture.startswith(b"\x89PNG")
    assert wanted.by == "Anna Virtanen"
    (past,) = wanted.history
    assert (past.key, past.verdict.sentence) == (DEPTH1, "cells are dead")
    assert wanted.versions.site == "b1"
    assert wanted.target.endswith(".dqmevidence")
    # the page is turned beneath, the evidence stays
    title = console.find(QLineEdit, "Title of the entry").text()
    assert title.startswith("Hcal › Digi occupancy: BAD: 8 of 82")
    assert console.find(QCheckBox, "Open problem").isChecked()
    assert console.says("What the entry is about").startswith(f"run {RUN} · Hcal")


def test_a_plot_alone_is_its_own_evidence(console: Console) -> None:
    console.press(RETURN)
    console.press("e")
    wanted = console.client.evidence_wanted[-1]
    assert wanted.keys == (DEPTH1,)
    console.type("seen")
    console.press(RETURN, CTRL)
    answer_evidence(console)
    answer_words(console)
    assert newest(console).plots == (DEPTH1,)


def test_a_site_that_comes_takes_the_keyboard_from_no_sheet(console: Console) -> None:
    view, site = console.window.parts.view, console.client.site
    assert site is not None
    console.press(RETURN)
    assert view.in_detail
    console.press("e")
    console.type("the box ")
    console.client.put_site(msgspec.structs.replace(site, hash="b2"))
    console.wait(1.5)
    console.type("pal")
    assert console.find(QPlainTextEdit, "Words of the entry").toPlainText() == (
        "the box pal"
    )
    assert console.window.context.paused_at is None
    assert view.in_detail
    console.press(ESC)
    assert view.detail.tile.hasFocus()


def test_words_go_into_the_bundle_and_the_entry_names_its_last_hash(
    console: Console,
) -> None:
    heard = said(console)
    console.press("e")
    path = answer_evidence(console)
    assert console.says("Evidence").startswith("The evidence is taken")
    console.type("dead")
    console.press(RETURN, CTRL)
    assert bodies(console, Entry)[2:] == []
    added = console.client.words_added[-1]
    asked, words, by = added.path, added.words, added.by
    assert (asked, by) == (path, "Anna Virtanen")
    assert words.endswith("\n\ndead")
    answer_words(console)
    whole = stored(Path(path).read_bytes(), "x").hash
    assert newest(console).evidence == whole
    assert newest(console).evidence_name == Path(path).name
    assert console.writer is not None
    assert {whole, newest(console).picture} <= set(console.writer.files)
    assert heard[-1] == "The entry is written, with its evidence."


def test_refused_evidence_keeps_no_entry_back(console: Console) -> None:
    heard = said(console)
    console.press("e")
    wanted = console.client.evidence_wanted[-1]
    refused = Receipt(wanted.request, done=False, sentence="the disk is full")
    console.client.answer(refused)
    console.wait(0)
    assert console.says("Evidence") == "No evidence but the picture: the disk is full"
    console.press(RETURN, CTRL)
    assert newest(console).evidence == ""
    assert newest(console).picture
    assert heard[-1] == (
        "The entry is written with its picture alone: the disk is full"
    )


def test_refused_words_leave_the_bundle_as_it_was(console: Console) -> None:
    console.press("e")
    path = answer_evidence(console)
    console.press(RETURN, CTRL)
    number = console.client.words_added[-1].request
    refused = Receipt(number, done=False, sentence="the engine ended")
    console.client.answer(refused)
    console.wait(0)
    assert newest(console).evidence == stored(Path(path).read_bytes(), "x").hash


def test_an_engine_that_never_answers_keeps_no_entry_back(console: Console) -> None:
    console.press("e")
    console.press(RETURN, CTRL)
    assert len(bodies(console, Entry)) == 2
    console.wait(PATIENCE + 1)
    assert len(bodies(console, Entry)) == 3
    assert newest(console).evidence == ""


def test_a_window_that_closes_writes_what_waits(
    qtbot: QtBot,  # noqa: ARG001 - Qt
    tmp_path: Path,
) -> None:
    console = console_on_shift(tmp_path)
    console.window.open_page_named("Hcal/Timing")
    console.wait(0)
    console.press("e")
    console.press(RETURN, CTRL)
    assert bodies(console, Entry) == []
    console.close()
    assert len(bodies(console, Entry)) == 1


def test_a_folder_that_cannot_be_made_is_said(console: Console, tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.touch()
    console.session.evidence_folder = file / "evidence"
    console.press("e")
    assert console.says("Evidence").startswith("No evidence but the picture: ")
    console.press(RETURN, CTRL)
    assert newest(console).picture


def test_esc_keeps_the_draft_and_a_new_one_can_be_begun(console: Console) -> None:
    console.press("e")
    console.type("half a thought")
    console.press(ESC)
    assert not console.sees(QWidget, "Entry")
    console.press("]")
    console.press("e")
    text = console.find(QPlainTextEdit, "Words of the entry")
    assert text.toPlainText() == "half a thought"
    assert console.says("Draft that was kept").startswith("This draft was kept")
    assert len(console.client.evidence_wanted) == 1
    console.press("n", CTRL)
    assert text.toPlainText() == ""
    assert len(console.client.evidence_wanted) == 2
    assert console.client.evidence_wanted[-1].title == "Hcal › Timing"


def test_a_correction_drops_no_draft_unless_it_is_asked_for_twice(
    console: Console,
) -> None:
    heard = said(console)
    console.press("e")
    console.type("half a thought")
    console.press(ESC)
    text = console.window.parts.entry.text
    show_entries(console)
    console.press("m")
    assert not console.sees(QWidget, "Entry")
    assert heard[-1].startswith("E goes on with the draft that is kept; M again drops")
    console.press("e")
    assert text.toPlainText() == "half a thought"
    console.press(ESC)
    show_entries(console)
    console.press("m")
    console.press("m")
    assert console.sees(QWidget, "Entry")
    assert "half a thought" not in text.toPlainText()
    title = console.find(QLineEdit, "Title of the entry")
    title.setText("Crate rebooted twice")
    console.press(ESC)
    console.press("m")  # the same entry again: nothing is dropped
    assert title.text() == "Crate rebooted twice"


def test_a_draft_says_whose_it_is_and_is_not_written_of_another_source(
    console: Console,
) -> None:
    console.press("e")
    console.type("half a thought")
    console.press(ESC)
    assert console.session.end() == ""
    assert console.session.begin("Ben Ode", "Leo") == ""
    console.wait(1.5)
    console.press("e")
    assert console.says("Draft that was kept") == (
        f"Draft of Anna Virtanen, run {RUN}, of another shift. Ctrl+N begins again."
    )
    console.press(ESC)
    site = console.client.site
    assert site is not None
    console.client.open("/other/folder")
    console.client.put_site(site)
    console.client.put_run(run_of_the_book(run=RUN + 1))
    console.wait(1.5)
    if console.session.shift is None:
        assert console.session.begin("Ben Ode", "Leo") == ""
    console.window.parts.view.turn_to(console.window.parts.view.pages.names[0])
    console.press("e")
    before = len(bodies(console, Entry))
    console.press(RETURN, CTRL)
    console.wait(PATIENCE + 1)
    assert len(bodies(console, Entry)) == before
    assert console.says("Why the entry is not written") == "it is of another source"
    assert console.says("Draft that was kept") == (
        f"Draft of Anna Virtanen, run {RUN}, of another source. Ctrl+N begins again."
    )
    console.press("n", CTRL)
    assert console.find(QPlainTextEdit, "Words of the entry").toPlainText() == ""
    assert console.says("Draft that was kept") == ""


def test_letters_and_keys_stay_on_the_sheet(console: Console) -> None:
    console.press("e")
    console.press(Qt.Key.Key_Tab)  # to a box
    console.type("bfnkp")
    assert console.sees(QWidget, "Entry")
    assert not console.sees(QWidget, "Book")


def test_an_entry_needs_a_title(console: Console) -> None:
    console.press("e")
    title = console.find(QLineEdit, "Title of the entry")
    title.clear()
    title.setFocus()
    console.press(RETURN, CTRL)
    assert console.says("Why the entry is not written") == "an entry needs a title"
    assert len(bodies(console, Entry)) == 2


def test_nobody_on_shift_writes_nothing(console: Console) -> None:
    heard = said(console)
    assert console.session.end() == ""
    console.press("e")
    assert heard[-1].startswith("Nobody has the shift")
    assert not console.sees(QWidget, "Entry")


def test_without_an_elog_no_box_offers_it(console: Console) -> None:
    console.press("e")
    assert console.sees(QCheckBox, "To the elog")
    console.press(ESC)
    site = console.client.site
    assert site is not None
    settings = msgspec.structs.replace(site.settings, elog=None)
    console.client.put_site(msgspec.structs.replace(site, settings=settings, hash="c"))
    console.wait(2)
    console.press("e")
    console.press("n", CTRL)
    assert not console.sees(QCheckBox, "To the elog")
    console.press(RETURN, CTRL)
    answer_evidence(console)
    answer_words(console)
    assert newest(console).elog is False


# -- the table -----------------------------------------------------------------------


def test_entries_newest_first_with_what_became_of_them(console: Console) -> None:
    show_entries(console)
    assert rows(console) == [
        "10:16 · Ben Ode · Crate rebooted · OPEN · waiting",
        "10:16 · Ben Ode · Two modules noisy · OPEN · sent #48211",
    ]
    assert console.says("Entries, how many").startswith("2 entries, 2 open problems")


def test_a_reason_that_the_book_refuses_is_kept(console: Console) -> None:
    heard = said(console)
    show_entries(console)
    console.press("s", Qt.KeyboardModifier.ShiftModifier)
    console.type("reset by hand")
    assert console.session.end() == ""
    console.press(RETURN)
    assert heard[-1].startswith("Nobody has the shift")
    assert console.focus() == "Why it is settled"
    assert console.session.begin("Ben Ode", "Leo") == ""
    console.press(RETURN)
    assert not console.sees(QWidget, "Settle a problem")
    assert [each.body for each in bodies(console, Settled)] == [
        Settled("e2", "reset by hand")
    ]


def test_a_problem_is_settled_once(console: Console) -> None:
    heard = said(console)
    show_entries(console)
    console.press("s", Qt.KeyboardModifier.ShiftModifier)
    assert console.says("Problem to settle") == "Settle “Crate rebooted”:"
    console.press(ESC)
    assert console.focus() == "Entries"
    assert not console.sees(QWidget, "Settle a problem")
    assert bodies(console, Settled) == []
    console.press("s", Qt.KeyboardModifier.ShiftModifier)
    console.type("bfs by hand")  # no letter reaches a command
    console.press(RETURN)
    assert heard[-1] == "Settled: Crate rebooted"
    assert console.focus() == "Entries"
    assert [each.body for each in bodies(console, Settled)] == [
        Settled("e2", "bfs by hand")
    ]
    assert "2 entries, 1 open problem ·" in console.says("Entries, how many")
    console.wait(0)
    assert "settled 11:0" in rows(console)[0]
    console.press("s", Qt.KeyboardModifier.ShiftModifier)
    assert heard[-1] == "This entry is no open problem"
    assert len(bodies(console, Settled)) == 1


def test_a_correction_is_a_new_record(console: Console) -> None:
    show_entries(console)
    console.press("m")
    assert console.sees(QWidget, "Entry")
    assert console.client.evidence_wanted == []
    console.type("twice")
    console.press(RETURN, CTRL)
    assert newest(console) == Entry(
        "Crate rebooted", "twice", problem=True, elog=True, corrects="e2"
    )
    console.wait(0)
    assert len(rows(console)) == 2
    assert "Crate rebooted (corrected)" in rows(console)[0]


def test_return_shows_picture_words_and_how_to_open_the_evidence(
    console: Console,
) -> None:
    heard = said(console)
    console.press("e")
    console.type("**dead** <img src='file:///etc/passwd'> <b>x</b>")
    path = answer_evidence(console)
    console.press(RETURN, CTRL)
    answer_words(console)
    show_entries(console)
    console.press(Qt.Key.Key_Home)
    console.press(RETURN)
    console.wait(2)
    text = console.find(QTextBrowser, "Text of the entry").toPlainText()
    assert "dead" in text
    assert "<b>x</b>" in text  # HTML stays text
    assert not console.find(QLabel, "Picture of the entry").pixmap().isNull()
    evidence = console.says("Evidence of the entry")
    assert evidence == f"Evidence: dqmconsole open {path}"
    # on a machine that has not got the file the book gives it
    Path(path).unlink()
    console.wait(2)
    assert "Shift+O writes it to a file" in console.says("Evidence of the entry")
    console.press("o", SHIFT)
    console.wait(2)
    assert Path(path).read_bytes().startswith(b"a bundle")
    assert heard[-1] == f"Evidence written; copied: dqmconsole open {path}"
    assert QGuiApplication.clipboard().text() == f"dqmconsole open {path}"


def test_the_picture_of_an_entry_leaves_the_page_its_room(console: Console) -> None:
    console.press("e")
    console.type("dead")
    answer_evidence(console)
    console.press(RETURN, CTRL)
    answer_words(console)
    show_entries(console)
    book = console.window.parts.docks["book"]
    before = book.height()
    console.press(Qt.Key.Key_Home)
    console.press(RETURN)
    for _ in range(5):
        console.wait(2)
    assert not console.find(QLabel, "Picture of the entry").pixmap().isNull()
    assert book.height() == before


def test_an_entry_without_evidence_says_so(console: Console) -> None:
    heard = said(console)
    show_entries(console)
    console.press("o", SHIFT)
    assert heard[-1] == "This entry has no evidence"
    console.press(RETURN)
    assert console.says("Evidence of the entry") == "No evidence."


# -- what an entry's text may do -----------------------------------------------------


def pieces(console: Console) -> list[QTextCharFormat]:
    """The formats of every piece of the entry shown."""
    found = []
    block = console.find(SafeText, "Text of the entry").document().begin()
    while block.isValid():
        within = block.begin()
        while not within.atEnd():
            found.append(within.fragment().charFormat())
            within += 1
        block = block.next()
    return found


def test_no_image_of_a_text_is_opened(console: Console, tmp_path: Path) -> None:
    """The first killed every console that showed it, the others hung it for ever."""
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    targets = ("data:image/png;base64,A", pipe, "/dev/zero")
    text = f"see {' '.join(f'![x]({each})' for each in targets)} here"
    assert actions.enter(console.session, Entry("A hole", text=text), RUN) == ""
    console.wait(2)
    show_entries(console)
    console.press(RETURN)
    shown = console.find(SafeText, "Text of the entry")
    shown.grab()
    assert "see [image: x] [image: x] [image: x] here" in shown.toPlainText()
    assert not any(each.isImageFormat() for each in pieces(console))


def test_no_text_breaks_the_console_or_opens_a_file(
    console: Console, tmp_path: Path
) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    assert actions.enter(console.session, Entry("A hole"), RUN) == ""
    console.wait(2)
    show_entries(console)
    console.press(RETURN)
    details = console.window.parts.logbook.entries.details
    first = written(console.session.logbook)[0]

    @settings(max_examples=20)
    @given(hostile_markdown(str(pipe)), hostile_markdown(str(pipe)))
    def show(title: str, text: str) -> None:
        body = msgspec.structs.replace(first.body, title=title, text=text)
        entry = msgspec.structs.replace(first, body=body)
        details.show_entry(entry, console.session, "")
        details.grab()
        for form in pieces(console):
            assert not form.isImageFormat()
            assert not form.property(QTextFormat.Property.BackgroundImageUrl)
            assert form.objectType() in (
                QTextFormat.ObjectTypes.NoObject.value,
                QTextFormat.ObjectTypes.TableCellObject.value,
            )
            assert re.fullmatch(r"(link:\d+)?", form.anchorHref())

    show()


def test_a_link_of_an_entry_is_followed(console: Console) -> None:
    entry = Entry("A hole", text="on [it](<page:Hcal/Timing>)")
    assert actions.enter(console.session, entry, RUN) == ""
    console.wait(2)
    show_entries(console)
    console.press(RETURN)
    console.find(SafeText, "Text of the entry").anchorClicked.emit(QUrl("link:0"))
    console.wait(0)
    assert console.says("Page") == "Hcal › Timing"


def test_an_entry_is_not_put_to_a_run_without_data(console: Console) -> None:
    info = run_of_the_book()
    last = NOW - 3 * 3600
    dead = [
        msgspec.structs.replace(each, state="silent", produced=last, written=last)
        for each in info.clients
    ]
    console.client.put_run(msgspec.structs.replace(info, clients=tuple(dead)))
    console.wait(1.5)
    console.press("e")
    about = console.says("What the entry is about")
    assert about.startswith(f"no run: {RUN} has no data since {clock(last)} · ")
