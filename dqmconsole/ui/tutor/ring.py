"""The ring around what the tutor points at; it lies over the window and takes nothing.

Only its frame is part of it (a mask): what is drawn inside costs nothing more.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QRect, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPen, QRegion
from PySide6.QtWidgets import QWidget

if TYPE_CHECKING:
    from dqmconsole.ui.theme import Theme

WIDTH = 3  # px
ROOM = 4  # px between what is pointed at and the ring
RADIUS = 6.0
_FRAME = WIDTH + 3  # px of the mask: the line with its smoothed edges and corners


class Ring(QWidget):
    """A rounded frame in the colour of the training.

    Args:
        window: the window it lies over at first.
        theme: the colours.
    """

    def __init__(self, window: QWidget, theme: Theme) -> None:
        super().__init__(window)
        self._theme = theme
        self.setProperty("role", "clear")
        self.setAccessibleName("Ring of the tutor")
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.setAttribute(Qt.WidgetAttribute.WA_NoSystemBackground)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.hide()

    def point(self, window: QWidget, target: QRect) -> None:
        """Lie around a place in a window (a floating dock is one of its own).

        Args:
            window: the window.
            target: the place in it; an empty one hides the ring.
        """
        if target.isEmpty():
            self.hide()
            return
        if self.parentWidget() is not window:
            self.setParent(window)
        outer = target.adjusted(-ROOM, -ROOM, ROOM, ROOM).intersected(window.rect())
        if outer != self.geometry():
            self.setGeometry(outer)
            inside = self.rect().adjusted(_FRAME, _FRAME, -_FRAME, -_FRAME)
            self.setMask(QRegion(self.rect()).subtracted(QRegion(inside)))
        if not self.isVisible():
            self.show()
            self.raise_()

    def set_theme(self, theme: Theme) -> None:
        """Draw in another theme."""
        self._theme = theme
        self.update()

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Draw the frame."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(QColor(self._theme.training), WIDTH))
        half = WIDTH / 2
        box = QRectF(self.rect()).adjusted(half, half, -half, -half)
        painter.drawRoundedRect(box, RADIUS, RADIUS)
        painter.end()
