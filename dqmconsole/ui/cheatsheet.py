"""The cheat-sheet: every command with its key, on one sheet."""

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

from dqmconsole.ui.fonts import sized
from dqmconsole.ui.overlay import Overlay

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

COLUMNS = 3  # at most
ROUND = (60, 90)  # px around the keys, in width and height
_MOVES = {
    Qt.Key.Key_Down: QAbstractSlider.SliderAction.SliderSingleStepAdd,
    Qt.Key.Key_Up: QAbstractSlider.SliderAction.SliderSingleStepSub,
    Qt.Key.Key_PageDown: QAbstractSlider.SliderAction.SliderPageStepAdd,
    Qt.Key.Key_PageUp: QAbstractSlider.SliderAction.SliderPageStepSub,
    Qt.Key.Key_Home: QAbstractSlider.SliderAction.SliderToMinimum,
    Qt.Key.Key_End: QAbstractSlider.SliderAction.SliderToMaximum,
}


class CheatSheet(Overlay):
    """All keys, grouped as the menus are.

    Args:
        groups: menu -> (words, keys) of its commands.
        parent: the window it lies over.
    """

    def __init__(
        self, groups: Mapping[str, Sequence[tuple[str, str]]], parent: QWidget
    ) -> None:
        super().__init__("Keys", parent, (0, 0))
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        title = QLabel("Keys")
        title.setFont(sized(self.font(), 14, bold=True))
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
        for count in range(COLUMNS, 0, -1):
            sheet = self._fill(count)
            # before it is shown its labels know nothing of their fonts and frames
            QApplication.sendPostedEvents(sheet)
            wanted = sheet.sizeHint()
            width, height = wanted.width() + ROUND[0], wanted.height() + ROUND[1]
            place = self.place(width, height)
            if place.width() == width:
                break
        fits = place.height() == height
        self._leave.setText("Esc closes" if fits else "↑ ↓ scroll   Esc closes")
        return width, height

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

    def _fill(self, count: int) -> QWidget:
        sheet = QWidget()
        sheet.setProperty("role", "sheet")
        row = QHBoxLayout(sheet)
        row.setSpacing(36)
        for column in _shared_out(self._groups, count):
            row.addLayout(self._column(column), 1)
        self._scroll.setWidget(sheet)  # the one before it goes
        sheet.show()
        return sheet

    def _column(
        self, groups: Sequence[tuple[str, Sequence[tuple[str, str]]]]
    ) -> QGridLayout:
        grid = QGridLayout()
        grid.setHorizontalSpacing(14)
        grid.setVerticalSpacing(5)
        line = 0
        for title, rows in groups:
            heading = QLabel(title)
            heading.setProperty("role", "group")
            if line:
                grid.setRowMinimumHeight(line, 10)
                line += 1
            grid.addWidget(heading, line, 0, 1, 2)
            line += 1
            for words, keys in rows:
                key = QLabel(keys or "–")
                key.setProperty("role", "key" if keys else "muted")
                grid.addWidget(key, line, 0, Qt.AlignmentFlag.AlignLeft)
                grid.addWidget(QLabel(words), line, 1)
                line += 1
        grid.setColumnStretch(1, 1)
        grid.setRowStretch(line, 1)
        return grid


def _shared_out(
    groups: Mapping[str, Sequence[tuple[str, str]]], count: int
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
