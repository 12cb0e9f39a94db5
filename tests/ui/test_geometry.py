"""Windows come back on a screen that is there."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PySide6.QtCore import QRect, Qt
from PySide6.QtWidgets import QWidget

from dqmconsole.ui.geometry import TITLE_BAR, put_back, put_on_screen

if TYPE_CHECKING:
    from pytestqt.qtbot import QtBot

LAPTOP = QRect(0, 0, 1366, 768)
DESK = QRect(0, 0, 1920, 1040)
RIGHT = QRect(1920, 0, 2560, 1440)


@pytest.mark.parametrize(
    ("wanted", "screens", "expected"),
    [
        # it fits where it was: it stays
        (QRect(100, 60, 1200, 700), [DESK], QRect(100, 60, 1200, 700)),
        (QRect(2000, 100, 1600, 900), [DESK, RIGHT], QRect(2000, 100, 1600, 900)),
        # larger than the screen: the foot of the window would be below its edge
        (QRect(0, 0, 1600, 960), [LAPTOP], QRect(0, 32, 1366, 736)),
        (QRect(200, 300, 1200, 700), [LAPTOP], QRect(166, 68, 1200, 700)),
        # its screen is gone
        (QRect(2400, 100, 1600, 900), [DESK], QRect(160, 86, 1600, 900)),
        (QRect(-1800, 40, 1600, 900), [LAPTOP], QRect(0, 32, 1366, 736)),
        # half out to the left: drawn in, on the screen where most of it is
        (QRect(-300, 100, 1000, 700), [DESK], QRect(0, 100, 1000, 700)),
        (QRect(1800, 100, 1000, 700), [DESK, RIGHT], QRect(1920, 100, 1000, 700)),
        # its title bar would be out of reach
        (QRect(50, 0, 800, 600), [DESK], QRect(50, 32, 800, 600)),
        # beyond the corner of what is there
        (QRect(-3000, -3000, 1000, 700), [DESK, RIGHT], QRect(460, 186, 1000, 700)),
        # there is no screen that one could be put on
        (QRect(50, 0, 800, 600), [], QRect(50, 0, 800, 600)),
        (QRect(50, 0, 800, 600), [QRect(0, 0, 0, 0)], QRect(50, 0, 800, 600)),
    ],
)
def test_where_a_window_is_put(
    wanted: QRect, screens: list[QRect], expected: QRect
) -> None:
    assert put_back(wanted, screens) == expected


sides = st.integers(-5000, 5000)
sizes = st.integers(1, 6000)
places = st.builds(QRect, sides, sides, sizes, sizes)
screens = st.builds(QRect, sides, sides, st.integers(300, 4000), st.integers(300, 4000))


@given(places, st.lists(screens, min_size=1, max_size=4))
def test_a_window_is_whole_on_one_screen_and_then_stays(
    wanted: QRect, screens: list[QRect]
) -> None:
    found = put_back(wanted, screens)
    rooms = [each.adjusted(0, TITLE_BAR, 0, 0) for each in screens]
    assert any(each.contains(found) for each in rooms)
    assert found.width() <= wanted.width()
    assert found.height() <= wanted.height()


@pytest.mark.parametrize(
    ("state", "stays"),
    [
        (Qt.WindowState.WindowNoState, False),
        (Qt.WindowState.WindowMaximized, True),
        (Qt.WindowState.WindowFullScreen, True),
    ],
)
def test_a_window_that_fills_its_screen_is_left_to_the_desktop(
    qtbot: QtBot, state: Qt.WindowState, stays: bool
) -> None:
    window = QWidget()
    qtbot.addWidget(window)
    window.setGeometry(-3000, -3000, 300, 200)
    window.setWindowState(state)
    before = window.geometry()
    put_on_screen(window)
    assert (window.geometry() == before) is stays
