"""The legend of a plot of several curves: a line or two above its pane.

Above and not inside: no place inside stays free while data grow, and there a new
picture of the same curves pays nothing for it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import pyqtgraph as pg
from PySide6.QtCore import QPoint, QRect, QRectF, Qt

from dqmconsole.ui.plot.painting import guarded

if TYPE_CHECKING:
    from collections.abc import Sequence

    from PySide6.QtGui import QFontMetrics, QPainter, QPen
    from PySide6.QtWidgets import QStyleOptionGraphicsItem, QWidget

    from dqmconsole.ui.plot.look import Look

SAMPLE = 18  # px of each curve's line
_GAP = 4  # px between it and the name
_APART = 12  # px between entries
_MARGIN = 4
_MOST = 0.3  # share of the height it may take
_LEAST = 3  # lines of text that must fit beneath it, at least twice over


class LegendEntry(NamedTuple):
    """One curve.

    Attributes:
        name: its short name.
        pen: its line.
        kind: "line", "fill" (a step histogram's), or "points".
    """

    name: str
    pen: QPen
    kind: str = "line"


def legend_rows(
    entries: Sequence[LegendEntry], metrics: QFontMetrics, area: QRect
) -> list[list[LegendEntry]]:
    """Divide the entries into lines.

    Args:
        entries: all curves; one alone needs no legend.
        metrics: of the font.
        area: all the room of the plot.

    Returns:
        The lines; none when there is no room for all of them.
    """
    if len(entries) < 2:
        return []
    room = area.width() - 2 * _MARGIN
    rows: list[list[LegendEntry]] = [[]]
    left = room
    for entry in entries:
        wide = _width(entry, metrics)
        if wide > room:
            return []
        if wide > left:
            rows.append([])
            left = room
        rows[-1].append(entry)
        left -= wide + _APART
    height = len(rows) * metrics.height()
    low = area.height() < 2 * _LEAST * metrics.height()
    return [] if low or height > _MOST * area.height() else rows


class LegendItem(pg.GraphicsObject):
    """The lines of a legend, on the canvas."""

    def __init__(self) -> None:
        super().__init__()
        self._rows: Sequence[Sequence[LegendEntry]] = ()
        self._look: Look | None = None
        self._start = 0
        self._bounds = QRectF()

    def show_rows(
        self,
        rows: Sequence[Sequence[LegendEntry]],
        look: Look,
        area: QRect,
        pane: QRect,
    ) -> None:
        """Show lines at the top of a canvas.

        Args:
            rows: the lines.
            look: fonts and colours.
            area: all the room of the plot.
            pane: where the curves lie.
        """
        height = len(rows) * look.metrics.height()
        self.prepareGeometryChange()
        self._bounds = QRectF(area.left(), area.top(), area.width(), height)
        self._rows, self._look = rows, look
        self._start = legend_start(rows, look.metrics, area, pane)

    def forget(self) -> None:
        """Drop what was drawn."""
        self._rows, self._look = (), None

    def boundingRect(self) -> QRectF:
        """The lines' room."""
        return self._bounds

    @guarded
    def paint(
        self,
        painter: QPainter,
        _option: QStyleOptionGraphicsItem,
        _widget: QWidget | None = None,
    ) -> None:
        """Draw the lines, each from the left."""
        look = self._look
        if look is None:
            return
        metrics, line = look.metrics, look.metrics.height()
        painter.setFont(look.font)
        for number, row in enumerate(self._rows):
            x, y = self._start, round(self._bounds.top()) + number * line
            for entry in row:
                _paint_sample(painter, entry, look, QRect(x, y, SAMPLE, line))
                painter.setPen(look.ink)
                at = QPoint(x + SAMPLE + _GAP, y + metrics.ascent())
                painter.drawText(at, entry.name)
                x += _width(entry, metrics) + _APART


def legend_start(
    rows: Sequence[Sequence[LegendEntry]],
    metrics: QFontMetrics,
    area: QRect,
    pane: QRect,
) -> int:
    """Where the lines begin: above the pane, further left where they are too long."""
    longest = max(
        sum(_width(entry, metrics) + _APART for entry in row) - _APART for row in rows
    )
    latest = area.right() - _MARGIN - longest
    return max(min(pane.left(), latest), area.left() + _MARGIN)


def _paint_sample(
    painter: QPainter, entry: LegendEntry, look: Look, box: QRect
) -> None:
    middle = box.center().y() + 1
    if entry.kind == "fill":
        body = QRect(box.left(), middle - 3, box.width(), 7)
        painter.fillRect(body, look.fill)
        painter.setPen(entry.pen)
        painter.drawLine(body.left(), body.top(), body.right(), body.top())
        return
    painter.setPen(entry.pen)
    if entry.kind == "points":
        centre = box.center().x()
        painter.drawLine(centre - 5, middle, centre + 5, middle)
        painter.fillRect(QRect(centre - 1, middle - 1, 3, 3), entry.pen.color())
        return
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.drawLine(box.left(), middle, box.right(), middle)


def _width(entry: LegendEntry, metrics: QFontMetrics) -> int:
    return SAMPLE + _GAP + metrics.horizontalAdvance(entry.name)
