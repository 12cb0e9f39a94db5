"""The cheat-sheet: every command with its key, on one sheet."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
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

COLUMNS = 3


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
        leave = QLabel("Esc closes")
        leave.setProperty("role", "muted")
        head = QHBoxLayout()
        head.addWidget(title)
        head.addStretch(1)
        head.addWidget(leave)
        self._sheet = QWidget()
        self._sheet.setProperty("role", "sheet")
        row = QHBoxLayout(self._sheet)
        row.setSpacing(36)
        for column in _shared_out(groups, COLUMNS):
            row.addLayout(self._column(column), 1)
        scroll = QScrollArea()
        scroll.setWidgetResizable(True)
        scroll.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        scroll.setWidget(self._sheet)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(20, 16, 20, 16)
        outer.addLayout(head)
        outer.addWidget(scroll, 1)

    def room(self) -> tuple[int, int]:
        """Room for all keys."""
        # before it is first shown its labels know nothing of their fonts and frames
        self.show()
        QApplication.sendPostedEvents(self._sheet)
        wanted = self._sheet.sizeHint()
        return wanted.width() + 60, wanted.height() + 90

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
