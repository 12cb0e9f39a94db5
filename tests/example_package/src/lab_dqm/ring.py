"""A drawing: counters that stand in a ring around the beam."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pyqtgraph as pg
from PySide6.QtCore import QRectF
from PySide6.QtGui import QColor, QPen

if TYPE_CHECKING:
    from PySide6.QtGui import QPainter

    from dqmconsole.ui.plot.custom import DrawingValues

TURN = 16 * 360  # Qt counts sixteenths of a degree
OUTER, INNER = 10.0, 6.0


class Ring(pg.GraphicsObject):
    """One sector a counter, in the colours that a map would have."""

    def __init__(self, values: DrawingValues) -> None:
        super().__init__()
        self._values = values

    def boundingRect(self) -> QRectF:
        """The ring, in units of its own."""
        return QRectF(-OUTER, -OUTER, 2 * OUTER, 2 * OUTER)

    def paint(self, painter: QPainter, *_: object) -> None:
        """Draw the sectors, then the hole."""
        pen = QPen(QColor(self._values.line))
        pen.setCosmetic(True)  # one pixel wide, whatever the unit
        painter.setPen(pen)
        colours = self._values.colours.ravel()
        edges = [round(TURN * i / len(colours)) for i in range(len(colours) + 1)]
        for first, last, colour in zip(edges, edges[1:], colours, strict=False):
            painter.setBrush(QColor.fromRgb(int(colour)))
            painter.drawPie(self.boundingRect(), first, last - first)
        painter.setBrush(QColor(self._values.ground))
        painter.drawEllipse(QRectF(-INNER, -INNER, 2 * INNER, 2 * INNER))


def draw(values: DrawingValues) -> Ring:
    """Draw a histogram of one dimension, a bin a counter."""
    return Ring(values)
