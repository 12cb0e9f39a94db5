"""Where windows go: onto a screen that is there, and no larger than it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QRect
from PySide6.QtGui import QGuiApplication

if TYPE_CHECKING:
    from collections.abc import Sequence

    from PySide6.QtWidgets import QWidget

TITLE_BAR = 32  # px that a window's frame takes above it, before that is known
LEAST = (1280, 720)
"""The smallest screen that the main window is made for, px."""


def put_back(wanted: QRect, screens: Sequence[QRect]) -> QRect:
    """Where a window is put that was `wanted` somewhere, on the screens there are.

    It stays where it was as far as that is on one screen, whole and with its title
    bar; else it is made smaller, and moved, so that it is. What was on a screen that
    is gone comes to the middle of the first one.

    Args:
        wanted: the inside of the window, without its frame, px.
        screens: the room on each screen, without panels and docks; the first one is
            the main one. With none the window stays as it is.

    Returns:
        The inside of the window.
    """
    rooms = [each.adjusted(0, TITLE_BAR, 0, 0) for each in screens]
    rooms = [each for each in rooms if not each.isEmpty()]
    if not rooms:
        return wanted
    shared = [(wanted & room).size() for room in rooms]
    seen = [max(each.width(), 0) * max(each.height(), 0) for each in shared]
    room = rooms[seen.index(max(seen))]
    size = wanted.size().boundedTo(room.size())
    free = room.size() - size
    if not max(seen):
        x = room.x() + free.width() // 2
        y = room.y() + free.height() // 2
    else:
        x = min(max(wanted.x(), room.x()), room.x() + free.width())
        y = min(max(wanted.y(), room.y()), room.y() + free.height())
    return QRect(x, y, size.width(), size.height())


def put_on_screen(window: QWidget) -> None:
    """Put a window, with the place it has or wants, on a screen that is there.

    What fills its screen is left to the desktop.
    """
    if window.isMaximized() or window.isFullScreen():
        return
    main = QGuiApplication.primaryScreen()
    others = [each for each in QGuiApplication.screens() if each is not main]
    rooms = [each.availableGeometry() for each in (main, *others)]
    window.setGeometry(put_back(window.geometry(), rooms))
