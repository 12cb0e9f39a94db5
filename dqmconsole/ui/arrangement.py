"""Where the parts of the window lie: bars above and below, docks at the sides."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QDockWidget,
    QMainWindow,
    QMenuBar,
    QStatusBar,
    QVBoxLayout,
    QWidget,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

MARGIN = 6  # px around and between
NAVIGATOR_WIDTH = 264
PANEL_WIDTH = 340
PROBLEMS_HEIGHT = 170
BOOK_HEIGHT = 330
# by these titles the arrangement of the docks is remembered
TITLES = {
    "navigator": "Navigator",
    "panel": "Selected plot",
    "problems": "Notices and problems",
    "book": "Book of the shift",
}


def arrange(
    window: QMainWindow,
    header: QWidget,
    view: QWidget,
    notices: QWidget,
    docked: Mapping[str, QWidget],
) -> tuple[QMenuBar, dict[str, QDockWidget]]:
    """Lay the parts out in a window.

    Args:
        window: the window.
        header: lies on top, under the menus.
        view: the middle.
        notices: the foot.
        docked: "navigator", "panel", "problems" and "book".

    Returns:
        The menu bar, empty, and the docks by the names of what lies in them.
    """
    bar = QMenuBar()
    top = QWidget()
    column = QVBoxLayout(top)
    column.setContentsMargins(0, 0, 0, MARGIN)
    column.setSpacing(MARGIN)
    column.addWidget(bar)
    column.addWidget(header)
    window.setContentsMargins(MARGIN, 0, MARGIN, 0)
    window.setMenuWidget(top)
    window.setCentralWidget(view)
    foot = QStatusBar()
    foot.setSizeGripEnabled(False)
    foot.addWidget(notices, 1)
    window.setStatusBar(foot)
    docks = {name: _dock(window, title, docked[name]) for name, title in TITLES.items()}
    area = Qt.DockWidgetArea
    window.addDockWidget(area.LeftDockWidgetArea, docks["navigator"])
    window.addDockWidget(area.RightDockWidgetArea, docks["panel"])
    window.addDockWidget(area.BottomDockWidgetArea, docks["problems"])
    docks["problems"].hide()
    window.resizeDocks(
        [docks["navigator"], docks["panel"]],
        [NAVIGATOR_WIDTH, PANEL_WIDTH],
        Qt.Orientation.Horizontal,
    )
    window.resizeDocks([docks["problems"]], [PROBLEMS_HEIGHT], Qt.Orientation.Vertical)
    window.addDockWidget(area.BottomDockWidgetArea, docks["book"])
    window.resizeDocks([docks["book"]], [BOOK_HEIGHT], Qt.Orientation.Vertical)
    docks["book"].hide()
    return bar, docks


def arrange_band(window: QMainWindow, band: QWidget) -> None:
    """Lay a band above everything; it pushes the rest down."""
    top = window.menuWidget()
    column = top.layout() if top is not None else None
    assert isinstance(column, QVBoxLayout)
    column.insertWidget(0, band)


def _dock(window: QMainWindow, title: str, widget: QWidget) -> QDockWidget:
    dock = QDockWidget(title, window)
    dock.setObjectName(title)
    dock.setWidget(widget)
    return dock
