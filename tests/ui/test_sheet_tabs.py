"""Tab goes round an open sheet, and not to what lies beneath it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLineEdit, QVBoxLayout, QWidget
from support.consoles import Console
from support.instructed import instructed_session

from dqmconsole.ui.edit.feature import EditFeature
from dqmconsole.ui.keyboard import has_keyboard
from dqmconsole.ui.overlay import Overlay

if TYPE_CHECKING:
    from pathlib import Path

    from pytestqt.qtbot import QtBot

TAB = Qt.Key.Key_Tab


def focus() -> QWidget:
    found = QApplication.focusWidget()
    assert found is not None
    return found


def field(name: str, parent: QWidget) -> QLineEdit:
    made = QLineEdit(parent)
    made.setAccessibleName(name)
    return made


def test_tab_goes_round_what_can_be_used_by_now(qtbot: QtBot) -> None:
    window = QWidget()
    qtbot.addWidget(window)
    before = field("before", window)
    sheet = Overlay("Sheet", window, (300, 200))
    column = QVBoxLayout(sheet)
    fields = [field(name, sheet) for name in "abcd"]
    for each in fields:
        column.addWidget(each)
    field("behind", window)
    fields[1].hide()
    fields[2].setEnabled(False)
    window.resize(400, 300)
    window.show()
    qtbot.waitActive(window).__exit__(None, None, None)
    before.setFocus()
    sheet.open()

    def names(key: Qt.Key) -> list[str]:
        found = []
        for _ in range(3):
            QTest.keyClick(focus(), key)
            found.append(focus().accessibleName())
        return found

    assert names(TAB) == ["a", "d", "a"]
    assert names(Qt.Key.Key_Backtab) == ["d", "a", "d"]
    sheet.dismiss()
    assert before.hasFocus()


@pytest.mark.slow
def test_tab_leaves_no_sheet_of_the_window(
    qtbot: QtBot,  # noqa: ARG001 - it brings the application
    tmp_path: Path,
) -> None:
    console = Console(
        instructed_session(),
        tmp_path / "c.ini",
        start_tutorial=lambda: None,
        features=(EditFeature(),),
    )
    sheets = console.window.findChildren(Overlay)
    assert len(sheets) > 15
    for sheet in sheets:
        Overlay.open(sheet)  # whatever it may have to show
        for key in (*(TAB,) * 8, *(Qt.Key.Key_Backtab,) * 8):
            QTest.keyClick(focus(), key)
            assert sheet.isVisible(), sheet
            assert has_keyboard(sheet), (sheet, key)
        Overlay.dismiss(sheet)
    console.close()
