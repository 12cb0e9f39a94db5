"""The cheat-sheet: every command with its key, what works here first."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import (
    QAbstractSlider,
    QApplication,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from dqmconsole.ui.fonts import SMALL, TEXT, TITLE, px, scale_room, set_text
from dqmconsole.ui.overlay import Overlay

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    Groups = Mapping[str, Sequence[tuple[str, str]]]

COLUMNS = 3  # at most
ROUND = (64, 88)  # px around the keys, in width and height, at scale 1
ELSEWHERE = "In sheets, tables and windows that are not open now"
_MOVES = {
    Qt.Key.Key_Down: QAbstractSlider.SliderAction.SliderSingleStepAdd,
    Qt.Key.Key_Up: QAbstractSlider.SliderAction.SliderSingleStepSub,
    Qt.Key.Key_PageDown: QAbstractSlider.SliderAction.SliderPageStepAdd,
    Qt.Key.Key_PageUp: QAbstractSlider.SliderAction.SliderPageStepSub,
    Qt.Key.Key_Home: QAbstractSlider.SliderAction.SliderToMinimum,
    Qt.Key.Key_End: QAbstractSlider.SliderAction.SliderToMaximum,
}


class CheatSheet(Overlay):
    """All keys, grouped as the menus are; those that work here fit it, if they can.

    Args:
        groups: gives menu -> (words, keys) of its commands: of those that work in what
            is seen, and of the others, which stand below.
        parent: the window it lies over.
    """

    def __init__(
        self, groups: Callable[[], tuple[Groups, Groups]], parent: QWidget
    ) -> None:
        super().__init__("Keys", parent, (0, 0))
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        title = QLabel("Keys")
        set_text(title, TITLE, bold=True)
        self._leave = QLabel()
        self._leave.setProperty("role", "muted")
        head = QHBoxLayout()
        head.addWidget(title)
        head.addStretch(1)
        head.addWidget(self._leave)
        self._groups = groups
        self._scroll = QScrollArea()
        self._scroll.setWidgetResizable(True)
        self._scroll.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(20, 16, 20, 16)
        outer.addLayout(head)
        outer.addWidget(self._scroll, 1)

    def room(self) -> tuple[int, int]:
        """Room for all keys, in as many columns as the window is wide for."""
        self.show()
        here, elsewhere = self._groups()
        tries = [(count, points) for points in (TEXT, SMALL)
                 for count in range(COLUMNS, 0, -1)]  # fmt: skip
        fitting = []
        for each in tries:
            width, height, first = self._measured(here, elsewhere, *each)
            place = self.place(width, height)
            if place.width() == width:
                fitting.append(each)
                if place.height() >= first:
                    break
        else:
            # too many for any: as many columns as there is room for
            best = max(fitting, default=(1, SMALL))
            width, height, _ = self._measured(here, elsewhere, *best)
        fits = self.place(width, height).height() == height
        self._leave.setText("Esc closes" if fits else "↑ ↓ scroll   Esc closes")
        return width, height

    def _measured(
        self, here: Groups, elsewhere: Groups, count: int, points: float
    ) -> tuple[int, int, int]:
        """Write the keys in so many columns.

        Returns:
            The room that takes, width and height, and the height of what works here,
            px.
        """
        sheet = self._fill(here, elsewhere, count, points)
        # before it is shown its labels know nothing of their fonts and frames
        QApplication.sendPostedEvents(sheet)
        wanted, layout = sheet.sizeHint(), sheet.layout()
        first = layout.itemAt(0) if layout is not None else None
        here_only = first.sizeHint().height() if first is not None else 0
        wide, high = px(ROUND[0]), px(ROUND[1])
        return wanted.width() + wide, wanted.height() + high, here_only + high

    def event(self, event: QEvent) -> bool:
        """Keep the keys that scroll it from the window's commands."""
        if (
            event.type() is QEvent.Type.ShortcutOverride
            and isinstance(event, QKeyEvent)
            and event.key() in _MOVES
        ):
            event.accept()
            return True
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Scroll it."""
        move = _MOVES.get(Qt.Key(event.key()))
        if move is None:
            super().keyPressEvent(event)
        else:
            self._scroll.verticalScrollBar().triggerAction(move)

    def _fill(
        self, here: Groups, elsewhere: Groups, count: int, points: float
    ) -> QWidget:
        sheet = QWidget()
        sheet.setProperty("role", "sheet")
        outer = QVBoxLayout(sheet)
        outer.setSpacing(16)
        outer.addLayout(_columns(here, count, points))
        if elsewhere:
            heading = QLabel(ELSEWHERE)
            heading.setProperty("role", "muted")
            outer.addWidget(heading)
            outer.addLayout(_columns(elsewhere, count, points))
        outer.addStretch(1)
        self._scroll.setWidget(sheet)  # the one before it goes
        scale_room(sheet)
        sheet.show()
        return sheet


def _columns(groups: Groups, count: int, points: float) -> QHBoxLayout:
    row = QHBoxLayout()
    row.setSpacing(32)
    for column in _shared_out(groups, count):
        row.addLayout(_column(column, points), 1)
    return row


def _column(
    groups: Sequence[tuple[str, Sequence[tuple[str, str]]]], points: float
) -> QGridLayout:
    grid = QGridLayout()
    grid.setHorizontalSpacing(px(12))
    grid.setVerticalSpacing(px(4 if points == TEXT else 1))
    line = 0
    for title, rows in groups:
        heading = QLabel(title)
        heading.setProperty("role", "group")
        set_text(heading, points)
        if line:
            grid.setRowMinimumHeight(line, px(8))
            line += 1
        grid.addWidget(heading, line, 0, 1, 2)
        line += 1
        for words, keys in rows:
            key, what = QLabel(keys or "–"), QLabel(words)
            key.setProperty("role", "key" if keys else "muted")
            set_text(key, points)
            set_text(what, points)
            grid.addWidget(key, line, 0, Qt.AlignmentFlag.AlignLeft)
            grid.addWidget(what, line, 1)
            line += 1
    grid.setColumnStretch(1, 1)
    grid.setRowStretch(line, 1)
    return grid


def _shared_out(
    groups: Groups, count: int
) -> list[list[tuple[str, Sequence[tuple[str, str]]]]]:
    """Share groups out among columns, in order, so that none grows much longest."""
    total = sum(len(rows) + 2 for rows in groups.values())
    columns: list[list[tuple[str, Sequence[tuple[str, str]]]]] = [[]]
    height = 0
    for title, rows in groups.items():
        size = len(rows) + 2
        full = height and height + size / 2 > total / count
        if full and len(columns) < count:
            columns.append([])
            height = 0
        columns[-1].append((title, rows))
        height += size
    return columns
