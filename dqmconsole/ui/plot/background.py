"""Axes as a picture, drawn again only when something about them changed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QPoint, QRect
from PySide6.QtGui import QPainter, QPixmap

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable

    from dqmconsole.ui.plot.look import Look


class Background:
    """A pixmap of ground and axes, kept until its key changes.

    Drawing axes costs ten times what drawing a histogram costs; in the live path
    ranges move in steps, so the pixmap is nearly always at hand.
    """

    def __init__(self) -> None:
        self._key: Hashable = None
        self._pixmap = QPixmap()

    def fresh(self, key: Hashable) -> bool:
        """Tell whether what is kept was drawn for `key`."""
        return key == self._key and not self._pixmap.isNull()

    def draw(
        self,
        key: Hashable,
        area: QRect,
        look: Look,
        ratio: float,
        paint: Callable[[QPainter], None],
    ) -> None:
        """Draw ground and axes anew, by `paint` in the canvas's coordinates."""
        width, height = max(area.width(), 1), max(area.height(), 1)
        pixmap = QPixmap(round(width * ratio), round(height * ratio))
        pixmap.setDevicePixelRatio(ratio)
        painter = QPainter(pixmap)
        painter.fillRect(QRect(0, 0, width, height), look.ground)
        painter.translate(-area.topLeft())
        paint(painter)
        painter.end()
        self._key, self._pixmap = key, pixmap

    def put(self, painter: QPainter, area: QRect) -> None:
        """Copy it to where it belongs."""
        painter.drawPixmap(QPoint(area.left(), area.top()), self._pixmap)
