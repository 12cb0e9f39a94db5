"""By keyboard alone: a console made readable, a second window, a wall, and back."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication
from support.consoles import Console
from support.fake_session import DIGIS, HCAL, live_session
from support.keyboard import CTRL, ESC, RETURN, SHIFT

from dqmconsole.shift.pages import PageName
from dqmconsole.ui import fonts
from dqmconsole.ui.fonts import apply_scale
from dqmconsole.ui.live.own_windows import OwnWindow

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

DOWN, TAB, F11 = Qt.Key.Key_Down, Qt.Key.Key_Tab, Qt.Key.Key_F11
ALT = Qt.KeyboardModifier.AltModifier


@pytest.fixture(autouse=True)
def scale_of_before(qapp: QApplication) -> Iterator[None]:
    yield
    apply_scale(qapp, 1.0, 1.0, ())


def own_windows() -> list[OwnWindow]:
    return [
        each
        for each in QApplication.topLevelWidgets()
        if isinstance(each, OwnWindow) and each.isVisible()
    ]


@pytest.mark.slow
def test_somebody_sets_a_console_up_and_finds_it_so_again(
    console: Console, tmp_path: Path
) -> None:
    console.window.resize(1366, 768)
    # too small to read: the settings, the size of text, and away again
    console.press(",", CTRL)
    console.press(DOWN)
    console.press(DOWN)
    console.press(TAB)
    console.press(DOWN)
    console.press(ESC)
    assert fonts.scale() == pytest.approx(1.25)
    assert console.says("Answer") == "The window is compact"
    # the page with the worst plot, and that plot, in windows of their own
    console.press("n")
    assert console.says("Page") == f"{HCAL} › {DIGIS}"
    console.press("n", CTRL | SHIFT)
    (page,) = own_windows()
    assert QApplication.activeWindow() is page
    console.press(RETURN)  # the plot that is selected there, in the main window
    assert QApplication.activeWindow() is console.window
    console.press("n", CTRL | ALT)
    assert len(own_windows()) == 2
    console.press("w", CTRL)
    console.press(ESC)
    assert console.says("Page") == f"{HCAL} › {DIGIS}"
    # onto the wall and back, with everything as it was
    console.press(F11, SHIFT)
    assert console.window.isFullScreen()
    console.wait(60)
    console.press(ESC)
    assert not console.window.isFullScreen()
    assert fonts.scale() == pytest.approx(1.25)
    console.window.end()
    # the next morning
    again = Console(live_session(), tmp_path / "console.ini", size=(1366, 768))
    again.wait(0)
    assert fonts.scale() == pytest.approx(1.25)
    assert [each.target for each in own_windows()] == [PageName(HCAL, DIGIS)]
    again.close()
