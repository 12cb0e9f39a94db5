"""A hodoscope: planes of pads or fibres behind one another, the beam at their side."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pyqtgraph as pg
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPen, QTransform

from dqmconsole.model.tlatex import plain_title
from dqmconsole.ui.plot.regions import paint_hatch

if TYPE_CHECKING:
    from PySide6.QtGui import QPainter
    from PySide6.QtWidgets import QStyleOptionGraphicsItem, QWidget

    from dqmconsole.ui.plot.custom import DrawingValues

_WIDER = 0.22  # each pad is so much wider than the one nearer to the beam
_BEAM = 1.6  # room of the beam, in widths of the first pad
_APART = 0.6  # between planes, in their height
_STAGGER = 0.5  # planes are shifted by so much of a pad, in turn


def draw(values: DrawingValues) -> HodoscopeItem:
    """Draw a map of planes (x) and pads counted from the beam (y)."""
    return HodoscopeItem(values)


class HodoscopeItem(pg.GraphicsObject):
    """Each plane is a row of pads that widen away from the beam."""

    def __init__(self, values: DrawingValues) -> None:
        super().__init__()
        self._values = values
        self._planes, self._pads = values.colours.shape
        edges = [_BEAM]
        for pad in range(self._pads):
            edges.append(edges[-1] + 1.0 + _WIDER * pad)
        self._edges = edges
        self._high = max(edges[-1] / max(1.7 * self._planes, 1.0), 1.0)
        title = plain_title(values.histogram.axes[0].title) or "plane"
        labels = values.histogram.axes[0].labels
        self._names = [
            plain_title(labels[plane]) if labels else f"{title} {plane}"
            for plane in range(self._planes)
        ]

    def boundingRect(self) -> QRectF:
        """All planes and the beam, in widths of the first pad."""
        step = self._high * (1.0 + _APART)
        low = -_APART * self._high  # the beam's name stands beneath its line
        wide = self._edges[-1] + _STAGGER
        return QRectF(0.0, low, wide, step * self._planes - low)

    def paint(
        self,
        painter: QPainter,
        _option: QStyleOptionGraphicsItem,
        _widget: QWidget | None = None,
    ) -> None:
        """Draw the planes from the lowest, and the beam."""
        values, high = self._values, self._high
        step = high * (1.0 + _APART)
        border = QPen(QColor(values.line))
        border.setCosmetic(True)
        painter.setPen(border)
        for plane in range(self._planes):
            shift = _STAGGER * (plane % 2)
            for pad in range(self._pads):
                left, right = self._edges[pad], self._edges[pad + 1]
                painter.setBrush(QColor.fromRgb(int(values.colours[plane, pad])))
                rect = QRectF(left + shift, step * plane, right - left, high)
                painter.drawRect(rect)
                if values.known is not None and values.known[plane, pad]:
                    _hatch(painter, rect)
        beam = QPen(QColor(values.muted))
        beam.setCosmetic(True)
        beam.setStyle(Qt.PenStyle.DashLine)
        painter.setPen(beam)
        middle = 0.45 * _BEAM
        top = step * self._planes - _APART * high
        painter.drawLine(QPointF(middle, 0.0), QPointF(middle, top))
        for plane, name in enumerate(self._names):
            _write(painter, name, QPointF(_BEAM, step * plane + high), values.muted)
        _write(painter, "beam", QPointF(0.0, -_APART * high), values.muted)


def _hatch(painter: QPainter, rect: QRectF) -> None:
    """Hatch a pad, in pixels."""
    place = painter.worldTransform().mapRect(rect).toAlignedRect()
    painter.save()
    painter.setWorldTransform(QTransform())
    paint_hatch(painter, place)
    painter.restore()


def _write(painter: QPainter, words: str, at: QPointF, colour: str) -> None:
    """Write upright, in pixels, above a point of the drawing."""
    place = painter.worldTransform().map(at)
    painter.save()
    painter.setWorldTransform(QTransform.fromTranslate(place.x(), place.y()))
    painter.setPen(QColor(colour))
    painter.drawText(QPointF(0.0, -2.0), words)
    painter.restore()
