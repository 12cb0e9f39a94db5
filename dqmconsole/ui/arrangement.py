"""Where the parts of the window lie: bars above and below, docks at the sides."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

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
    from dqmconsole.ui.live.header import RunHeader
    from dqmconsole.ui.live.navigator import Navigator
    from dqmconsole.ui.live.notices import NoticeBar
    from dqmconsole.ui.live.panel import PlotPanel
    from dqmconsole.ui.live.problems import ProblemList
    from dqmconsole.ui.live.view import ConsoleView
    from dqmconsole.ui.logbook.view import LogbookView

MARGIN = 6  # px around and between
NAVIGATOR_WIDTH = 264
PANEL_WIDTH = 340
PROBLEMS_HEIGHT = 170
BOOK_HEIGHT = 330


class Parts(NamedTuple):
    """The parts of the window."""

    header: RunHeader
    navigator: Navigator
    view: ConsoleView
    panel: PlotPanel
    problems: ProblemList
    notices: NoticeBar


def arrange(
    window: QMainWindow, parts: Parts
) -> tuple[QMenuBar, dict[str, QDockWidget]]:
    """Lay the parts out in a window.

    Returns:
        The menu bar, empty, and the docks "navigator", "panel" and "problems".
    """
    bar = QMenuBar()
    top = QWidget()
    column = QVBoxLayout(top)
    column.setContentsMargins(0, 0, 0, MARGIN)
    column.setSpacing(MARGIN)
    column.addWidget(bar)
    column.addWidget(parts.header)
    window.setContentsMargins(MARGIN, 0, MARGIN, 0)
    window.setMenuWidget(top)
    window.setCentralWidget(parts.view)
    foot = QStatusBar()
    foot.setSizeGripEnabled(False)
    foot.addWidget(parts.notices, 1)
    window.setStatusBar(foot)
    docks = {
        "navigator": _dock(window, "Navigator", parts.navigator),
        "panel": _dock(window, "Selected plot", parts.panel),
        "problems": _dock(window, "Notices and problems", parts.problems),
    }
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
    return bar, docks


def arrange_band(window: QMainWindow, band: QWidget) -> None:
    """Lay a band above everything; it pushes the rest down."""
    top = window.menuWidget()
    column = top.layout() if top is not None else None
    assert isinstance(column, QVBoxLayout)
    column.insertWidget(0, band)


def arrange_book(window: QMainWindow, book: LogbookView) -> QDockWidget:
    """Lay the book under the page, hidden at first."""
    dock = _dock(window, "Book of the shift", book)
    window.addDockWidget(Qt.DockWidgetArea.BottomDockWidgetArea, dock)
    window.resizeDocks([dock], [BOOK_HEIGHT], Qt.Orientation.Vertical)
    dock.hide()
    return dock


def _dock(window: QMainWindow, title: str, widget: QWidget) -> QDockWidget:
    dock = QDockWidget(title, window)
    dock.setObjectName(title)
    dock.setWidget(widget)
    return dock
