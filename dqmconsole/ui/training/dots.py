"""How far a lesson has come, as dots."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QPointF, QSize
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QWidget

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dqmconsole.ui.theme import Theme

_STEP = 13  # px from dot to dot
_RADIUS = 4.0


class Dots(QWidget):
    """A dot for each step: full when done, ringed when told now."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self._done: tuple[bool, ...] = ()
        self._number = 0
        self.setProperty("role", "clear")
        self.setAccessibleName("Progress")

    def show_steps(self, done: Sequence[bool], number: int) -> None:
        """Show which steps are done, and which is told, from 1."""
        if (self._done, self._number) == (tuple(done), number):
            return
        self._done, self._number = tuple(done), number
        self.setAccessibleDescription(f"{sum(done)} of {len(done)} steps done")
        self.setFixedSize(QSize(_STEP * len(done) + 2, _STEP + 1))
        self.update()

    def set_theme(self, theme: Theme) -> None:
        """Draw in another theme."""
        self._theme = theme
        self.update()

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Draw the dots."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        violet = QColor(self._theme.training)
        for at, done in enumerate(self._done, 1):
            told = at == self._number
            painter.setPen(QPen(violet, 2.0 if told else 1.0))
            painter.setBrush(violet if done else QColor(self._theme.tile))
            middle = QPointF(_STEP * (at - 0.5) + 1, self.height() / 2)
            radius = _RADIUS + 0.5 if told else _RADIUS - 0.5
            painter.drawEllipse(middle, radius, radius)
        painter.end()
