"""The palette, the cheat-sheet, and the table they come from."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel, QWidget

from dqmconsole.ui.cheatsheet import CheatSheet
from dqmconsole.ui.commands import COMMANDS, key_words
from dqmconsole.ui.feature import WINDOW, Command, hint_words
from dqmconsole.ui.palette import Palette, PaletteEntry, matching

if TYPE_CHECKING:
    from pytestqt.qtbot import QtBot


def entries(done: list[str]) -> list[PaletteEntry]:
    names = ("Plot: Logarithm", "View: Dark", "Page: Hcal › Timing", "Page: Ecal")
    return [
        PaletteEntry(name, "", lambda name=name: done.append(name)) for name in names
    ]


def test_all_words_must_be_there_and_beginnings_come_first() -> None:
    done: list[str] = []
    assert [e.words for e in matching(entries(done), "page ti")] == [
        "Page: Hcal › Timing"
    ]
    assert [e.words for e in matching(entries(done), "ecal")] == ["Page: Ecal"]
    assert [e.words for e in matching(entries(done), "cal")] == [
        "Page: Hcal › Timing",
        "Page: Ecal",
    ]
    assert len(matching(entries(done), "")) == 4


@pytest.fixture
def over(qtbot: QtBot) -> QWidget:
    over = QWidget()
    qtbot.addWidget(over)
    over.resize(800, 600)
    over.show()
    over.activateWindow()
    return over


def test_the_arrows_choose_and_enter_runs(over: QWidget, qtbot: QtBot) -> None:
    done: list[str] = []
    palette = Palette(lambda: entries(done), over)
    palette.open()
    assert palette.words()[0] == "Plot: Logarithm"
    qtbot.keyClick(palette.field, Qt.Key.Key_Down)
    qtbot.keyClick(palette.field, Qt.Key.Key_PageDown)
    qtbot.keyClick(palette.field, Qt.Key.Key_Up)
    qtbot.keyClick(palette.field, Qt.Key.Key_Return)
    assert done == ["Page: Hcal › Timing"]
    assert not palette.isVisible()
    palette.open()
    qtbot.keyClicks(palette.field, "no such thing")
    assert palette.words() == []
    qtbot.keyClick(palette.field, Qt.Key.Key_Return)
    assert palette.isVisible()
    assert len(done) == 1


def test_it_fits_a_small_window(over: QWidget) -> None:
    over.resize(400, 500)
    palette = Palette(lambda: entries([]), over)
    palette.open()
    assert palette.geometry().left() >= 0
    assert palette.geometry().right() < 400


def by_menu(commands: list[Command]) -> dict[str, list[tuple[str, str]]]:
    groups: dict[str, list[tuple[str, str]]] = {}
    for command in commands:
        groups.setdefault(command.menu, []).append((command.title, key_words(command)))
    return groups


def test_the_sheet_shows_all_rows_and_closes(over: QWidget) -> None:
    here = [command for command in COMMANDS if command.scope is WINDOW]
    there = [command for command in COMMANDS if command.scope is not WINDOW]
    sheet = CheatSheet(lambda: (by_menu(here), by_menu(there)), over)
    sheet.open()
    words = [label.text() for label in sheet.findChildren(QLabel)]
    for command in COMMANDS:
        assert command.title in words
        assert not command.keys or key_words(command) in words
    assert over.rect().contains(sheet.geometry())
    sheet.dismiss()
    assert not sheet.isVisible()


def test_keys_in_words() -> None:
    by_id = {command.id: command for command in COMMANDS}
    assert key_words(by_id["next-page"]) == "PgDown or ]"
    assert key_words(by_id["detail"]) == "Enter"
    assert key_words(by_id["sign-off"]) == "Ctrl+Shift+Enter"
    assert "Enter detail" in hint_words(COMMANDS)
    assert "? keys" in hint_words(COMMANDS)
