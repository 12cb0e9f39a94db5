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
THIN = 2  # px; of the ring around the same on another map
ROOM = 4  # px between what is pointed at and the ring
RADIUS = 6.0
_HALO = 1  # px of the ground on both sides: maps have the ring's own colours
_FRAME = WIDTH + 4  # px of the mask: the line with its smoothed edges and corners


class Ring(QWidget):
    """A rounded frame in the colour of the training.

    Args:
        window: the window it lies over at first.
        theme: the colours.
        width: of its line, px.
        name: what it is called.
    """

    def __init__(
        self,
        window: QWidget,
        theme: Theme,
        width: float = WIDTH,
        name: str = "Ring of the tutor",
    ) -> None:
        super().__init__(window)
        self._width = width
        self._theme = theme
        self.setProperty("role", "clear")
        self.setAccessibleName(name)
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
        half = self._width / 2 + _HALO
        box = QRectF(self.rect()).adjusted(half, half, -half, -half)
        halo, line = QColor(self._theme.tile), QColor(self._theme.training)
        for colour, width in ((halo, self._width + 2 * _HALO), (line, self._width)):
            painter.setPen(QPen(colour, width))
            painter.drawRoundedRect(box, RADIUS, RADIUS)
        painter.end()
