"""Where windows go: onto a screen that is there, and no larger than it."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from PySide6.QtGui import QGuiApplication

if TYPE_CHECKING:
    from collections.abc import Sequence

    from PySide6.QtCore import QRect
    from PySide6.QtWidgets import QWidget

TITLE_BAR = 32  # px that a window's frame takes above it, before that is known
LEAST = (1280, 720)
"""The smallest screen that the main window is made for, px."""


class Place(NamedTuple):
    """A rectangle on the desktop, px: its corner at the top left, and its size."""

    x: int
    y: int
    width: int
    height: int


def put_back(
    wanted: Place, screens: Sequence[Place], title_bar: int = TITLE_BAR
) -> Place:
    """Where a window is put that was `wanted` somewhere, on the screens there are.

    It stays where it was as far as that is on one screen, whole and with its title
    bar; else it is made smaller, and moved, so that it is. What was on a screen that
    is gone comes to the middle of the first one.

    Args:
        wanted: the inside of the window, without its frame.
        screens: the room on each screen, without panels and docks; the first one is
            the main one. With none the window stays as it is.
        title_bar: px kept free above the inside.

    Returns:
        The inside of the window.
    """
    rooms = [Place(each.x, each.y + title_bar, each.width, each.height - title_bar)
             for each in screens
             if each.width > 0 and each.height > title_bar]  # fmt: skip
    if not rooms:
        return wanted
    seen = [_shared(wanted, room) for room in rooms]
    room = rooms[seen.index(max(seen))]
    width, height = min(wanted.width, room.width), min(wanted.height, room.height)
    if not max(seen):
        x = room.x + (room.width - width) // 2
        y = room.y + (room.height - height) // 2
        return Place(x, y, width, height)
    x = min(max(wanted.x, room.x), room.x + room.width - width)
    y = min(max(wanted.y, room.y), room.y + room.height - height)
    return Place(x, y, width, height)


def put_on_screen(window: QWidget) -> None:
    """Put a window, with the place it has or wants, on a screen that is there.

    What fills its screen is left to the desktop.
    """
    if window.isMaximized() or window.isFullScreen():
        return
    main = QGuiApplication.primaryScreen()
    others = [each for each in QGuiApplication.screens() if each is not main]
    rooms = [place_of(each.availableGeometry()) for each in (main, *others)]
    window.setGeometry(*put_back(place_of(window.geometry()), rooms))


def place_of(rect: QRect) -> Place:
    """A rectangle of Qt's."""
    return Place(rect.x(), rect.y(), rect.width(), rect.height())


def _shared(one: Place, other: Place) -> int:
    """Pixels that two rectangles share."""
    wide = min(one.x + one.width, other.x + other.width) - max(one.x, other.x)
    high = min(one.y + one.height, other.y + other.height) - max(one.y, other.y)
    return max(wide, 0) * max(high, 0)
