"""Keys pressed by somebody asleep on the keyboard: nothing raises, nothing hangs."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from support.consoles import Console
from support.fake_book import FakeWriter
from support.instructed import instructed_session

from dqmconsole.ui import commands, printing
from dqmconsole.ui.logbook import handing

if TYPE_CHECKING:
    from pathlib import Path

    from pytestqt.qtbot import QtBot

NAMED = "Up Down Left Right Return Escape Tab Backtab PageUp PageDown Home End Space"
KEYS = [
    *(Qt.Key[f"Key_{name}"] for name in NAMED.split()),
    *(Qt.Key(code) for code in range(ord(" "), ord("`"))),
    *(Qt.Key(Qt.Key.Key_F1 + at) for at in range(12)),
]
PLAIN = Qt.KeyboardModifier.NoModifier
WITH = [PLAIN] * 4 + [
    Qt.KeyboardModifier.ShiftModifier,
    Qt.KeyboardModifier.ControlModifier,
]


@pytest.mark.qt_log_ignore("This plugin does not support")  # boxes that open a list
@pytest.mark.parametrize("seed", range(3))
def test_keys_at_random(
    qtbot: QtBot,  # noqa: ARG001 - it brings the application
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    seed: int,
) -> None:
    monkeypatch.setattr(commands, "ask_export", lambda *_: ("", "csv"))
    monkeypatch.setattr(printing, "has_printer", lambda: False)
    for name in ("ask_file", "ask_folder", "ask_target"):
        monkeypatch.setattr(commands, name, lambda *_: "")
    monkeypatch.setattr(handing, "ask_target", lambda *_: "")
    console = Console(
        instructed_session(),
        tmp_path / "c.ini",
        start_demo=lambda: None,
        writer=FakeWriter(),
    )
    console.session.begin("Ada")
    chance = random.Random(seed)
    for count in range(400):
        key, modifier = chance.choice(KEYS), chance.choice(WITH)
        if (key, modifier) == (Qt.Key.Key_Q, Qt.KeyboardModifier.ControlModifier):
            continue  # it ends the console, as it should
        target = QApplication.focusWidget() or console.window
        QTest.keyClick(target, key, modifier)
        if count % 10 == 0:
            console.wait(0.1)
        assert QApplication.activeModalWidget() is None
    assert console.window.isVisible()
    console.close()
