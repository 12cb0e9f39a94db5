"""From an edit to a release that others read, by keyboard alone."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QLineEdit,
    QListWidget,
    QPlainTextEdit,
    QPushButton,
    QWidget,
)
from support.keyboard import CTRL, ESC, RETURN, SHIFT
from support.published_site import LAYOUT, editing_console, write_site

from dqmconsole.desk.check import validate
from dqmconsole.engine.site_releases import read_release
from dqmconsole.model.message import EditLayout
from dqmconsole.model.problem import Problem
from dqmconsole.model.release import Account, NotPublished, SignIn
from dqmconsole.site.journals import Journals
from dqmconsole.site.ledger import current_number
from dqmconsole.ui.keyboard import has_keyboard

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from pytestqt.qtbot import QtBot
    from support.edit_console import EditConsole

pytestmark = pytest.mark.slow

ALT = Qt.KeyboardModifier.AltModifier
F12 = Qt.Key.Key_F12
TEXT = "Text of the instruction"


@pytest.fixture
def console(qtbot: QtBot, tmp_path: Path) -> Iterator[EditConsole]:  # noqa: ARG001
    console = editing_console(write_site(tmp_path))
    yield console
    console.close()


def settled(console: EditConsole, qtbot: QtBot) -> str:
    """What the sheet says, once no process and no file is waited for."""

    def rests() -> bool:
        console.wait(0)
        return "…" not in console.says("State of publishing")

    qtbot.waitUntil(rests, timeout=60_000)
    return console.says("State of publishing")


def test_from_an_edit_to_a_release(console: EditConsole, qtbot: QtBot) -> None:
    home = console.home
    console.press(F12)
    console.tab_to("Plot title")
    console.type("Beam across")
    console.press(RETURN)
    console.press(F12, ALT)
    console.tab_to("Begin it for the page")
    console.press(RETURN)
    text = console.find(QPlainTextEdit, TEXT)
    assert text.hasFocus()
    assert "not saved" in console.says("State of the instruction")
    assert "    instruction: hodo/spots\n" in console.text
    assert console.says("Title of the instruction") == "Instruction: Hodo: Spots"
    console.press("s", CTRL)
    console.press("p", CTRL | SHIFT)
    assert settled(console, qtbot) == "Release 1, the first of this site"
    for _ in range(9):  # round the sheet, and never to what lies beneath
        console.press(Qt.Key.Key_Tab)
        assert has_keyboard(console.part.publishing)
    console.press(RETURN, CTRL)
    assert console.says("State of publishing") == "First: who publishes"
    console.type("Ann")
    console.press(RETURN)
    console.type("the spots have a title")
    console.press(RETURN, CTRL)
    assert settled(console, qtbot).startswith("Release 1 is in force")
    assert console.sees(QPushButton, "Close")
    assert current_number(home) == 1
    site, _ = read_release(home, 1)
    assert site.release is not None
    assert (site.release.by, site.release.why) == ("Ann", "the spots have a title")
    (layout,) = site.layouts
    assert layout.pages[0].plots[0].title == "Beam across"
    assert layout.pages[0].instruction == site.instructions[0].id == "hodo/spots"
    changed = (home / "layouts/10-Hodo.yaml").read_text().splitlines()
    before = LAYOUT.splitlines()
    assert [each for each in changed if each not in before] == [
        "    instruction: hodo/spots",
        "        title: Beam across",
    ]


def test_an_error_blocks_and_leads_to_its_place(
    console: EditConsole, monkeypatch: pytest.MonkeyPatch
) -> None:
    publisher = console.part.publishing.publisher
    asked: list[str] = []
    monkeypatch.setattr(publisher, "start", asked.append)
    console.press(F12)
    console.tab_to("Plot title")
    console.type("Up")
    console.press(RETURN)
    console.press(ESC)
    console.press("p", CTRL | SHIFT)
    assert "layouts/10-Hodo.yaml" in console.says("Not saved")
    console.tab_to("Save all, and check again")
    console.press(RETURN)
    assert asked == [str(console.home)] * 2
    assert not console.sees(QWidget, "Not saved")
    answers: list[object] = []
    monkeypatch.setattr(publisher, "answer", answers.append)
    publisher.said.emit(SignIn("the database wants an account and its password"))
    console.type("ann")
    console.press(RETURN)
    console.type("secret")
    console.press(RETURN)
    assert answers == [Account("ann", "secret")]
    assert not console.sees(QWidget, "Password of the account")
    file = f"{console.home}/layouts/10-Hodo.yaml"
    problem = Problem("this plot has no title", file, 9, 9, code="no-title")
    publisher.said.emit(NotPublished("1 error in the site", (problem,)))
    console.wait(0)
    console.press(RETURN, CTRL)
    assert console.says("State of publishing") == "1 error in the site."
    found = console.find(QListWidget, "What is wrong with the site")
    assert found.item(0).text().startswith("layouts/10-Hodo.yaml:9:9: ")
    found.setFocus()
    console.press(RETURN)
    text = console.find(QPlainTextEdit, "Text of the layout")
    assert text.hasFocus()
    assert text.textCursor().blockNumber() == 8
    console.press("p", CTRL | SHIFT)
    file = f"{console.home}/instructions/hodo/spots.md"
    problem = Problem("the version is 2", file, 4, 1, code="version")
    publisher.said.emit(NotPublished("1 error in the site", (problem,)))
    console.wait(0)
    console.press(RETURN)
    assert "a new file" in console.says("State of the instruction")


def test_what_would_keep_it_from_being_published_is_listed_while_it_is_edited(
    console: EditConsole,
) -> None:
    def listed() -> list[str]:
        problems = console.find(QListWidget, "Problems of the layout")
        return [problems.item(at).text() for at in range(problems.count())]

    console.press(F12, ALT)
    console.tab_to("Begin it for this plot alone")
    console.press(RETURN)
    console.wait(1)  # it counts, be it unsaved
    console.press(ESC)
    console.press(F12)
    (without,) = listed()
    assert without.startswith("10: ")
    assert "Hodo/y" in without
    console.press(ESC)
    console.press("s", CTRL)
    file = f"{console.home}/layouts/10-Hodo.yaml"
    (said,) = (each for each in validate(console.home) if each.file == file)
    assert without == f"{said.line}: {said.message}"
    console.press(Qt.Key.Key_Right)
    console.press(F12)
    console.tab_to("Plot instruction")
    console.type("hodo/spot")
    console.press(RETURN)
    console.wait(1)
    (unknown,) = listed()
    assert unknown.startswith('11: there is no instruction "hodo/spot"; did you mean')
    console.find(QLineEdit, "Plot instruction").selectAll()
    console.type("hodo/spots")
    console.press(RETURN)
    console.wait(1)
    assert not console.sees(QListWidget, "Problems of the layout")
    console.press("m", CTRL | ALT)
    console.type("Beam")
    console.press(RETURN)
    console.wait(1)
    assert {each.partition(":")[0] for each in listed()} == {
        "instructions/hodo/spots.md"
    }
    found = console.find(QListWidget, "Problems of the layout")
    found.setFocus()
    console.press(Qt.Key.Key_Down)
    console.press(RETURN)
    assert console.find(QPlainTextEdit, TEXT).hasFocus()


def test_what_was_left_for_another_layout_is_named_and_saved_with_the_rest(
    console: EditConsole, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []
    monkeypatch.setattr(console.part.publishing.publisher, "start", asked.append)
    others = console.home / "layouts/20-Other.yaml", console.home / "layouts/30-C.yaml"
    for name, file in zip(("Other", "C"), others, strict=True):
        file.write_text(LAYOUT.replace("Hodo", name))
    session = Journals(console.home / "unsaved")  # of an editor that crashed
    session.write(others[1], others[1].read_text(), "# mine\nlayout: C\n")
    session.close()
    for name in ("20-Other.yaml", "10-Hodo.yaml"):
        console.part.begin(name)
        console.wait(0)
        console.press(F12)
        console.tab_to("Plot title")
        console.type("Up")
        console.press(RETURN)
        console.press(ESC)
    console.press("p", CTRL | SHIFT)
    assert console.says("Not saved") == (
        "Not saved, and not in this release: layouts/10-Hodo.yaml, "
        "layouts/20-Other.yaml, layouts/30-C.yaml"
    )
    others[1].write_text("layout: C\n# theirs\n")
    console.tab_to("Save all, and check again")
    console.press(RETURN)
    assert "30-C.yaml was changed by somebody" in console.says("State of publishing")
    assert console.says("Not saved").endswith("release: layouts/30-C.yaml")
    assert "title: Up" in (console.home / "layouts/10-Hodo.yaml").read_text()
    assert "title: Up" in others[0].read_text()
    assert others[1].read_text() == "layout: C\n# theirs\n"


def test_another_source_is_asked_nothing_of_what_was_edited(
    console: EditConsole,
) -> None:
    console.press(F12, ALT)
    console.tab_to("Begin it for the page")
    console.press(RETURN)
    before = len(console.client.feed.sent)
    console.window.context.opened.emit()
    sent = console.client.feed.sent[before:]
    assert not [each for each in sent if isinstance(each, EditLayout)]


def test_an_instruction_is_edited_undone_and_kept_when_its_plot_is_left(
    console: EditConsole,
) -> None:
    console.press(F12, ALT)
    console.tab_to("Begin it for this plot alone")
    console.press(RETURN)
    text = console.find(QPlainTextEdit, TEXT)
    begun = text.toPlainText()
    assert "- Hodo/x" in begun
    assert "- Hodo/y" not in begun
    assert text.textCursor().block().text().startswith("To be written")
    text.moveCursor(text.textCursor().MoveOperation.Start)
    assert text.find("Hodo: Spots")
    console.type("Where the beam is")
    assert console.says("Title of the instruction") == "Instruction: Where the beam is"
    console.press("z", CTRL)
    assert text.toPlainText() == begun
    console.press(ESC)
    console.press(Qt.Key.Key_Right)
    assert console.says("There is no instruction").startswith("The plot has no")
    console.press("s", CTRL)
    assert (console.home / "instructions/hodo/spots.md").read_text() == begun
    console.press(Qt.Key.Key_Left)
    file = console.home / "instructions/hodo/spots.md"
    file.write_text(begun.replace("To be written: what is good", "Three spots"))
    console.wait(1)
    assert "spots.md was changed" in console.says("Question of the editor")
    console.press(F12, ALT)
    console.press(Qt.Key.Key_Space)
    assert "Three spots" in console.find(QPlainTextEdit, TEXT).toPlainText()
