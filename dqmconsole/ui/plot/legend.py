"""The legend of a plot of several curves: a line or two above its pane.

Above and not inside: no place inside stays free while data grow, and there a new
picture of the same curves pays nothing for it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from PySide6.QtCore import QPoint, QRect, Qt

from dqmconsole.ui.plot.axes import elided
from dqmconsole.ui.plot.painting import PaintedItem

if TYPE_CHECKING:
    from collections.abc import Sequence

    from PySide6.QtGui import QFontMetrics, QPainter, QPen

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
        kind: "line", "fill" (a step histogram's), "points", "box" (of the pen's brush),
            or "words": the name alone.
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


class LegendItem(PaintedItem):
    """The lines of a legend, or one above a map, on the canvas."""

    def __init__(self) -> None:
        super().__init__()
        self._rows: Sequence[Sequence[LegendEntry]] = ()
        self._look: Look | None = None

    def show_rows(
        self, rows: Sequence[Sequence[LegendEntry]], look: Look, room: QRect
    ) -> None:
        """Show lines from the upper left corner of a room, as wide as that."""
        shown = QRect(room)
        shown.setHeight(len(rows) * look.metrics.height())
        self.lie(shown.toRectF())
        if (rows, look) != (self._rows, self._look):
            self._rows, self._look = rows, look
            self.update()

    def forget(self) -> None:
        """Drop what was drawn."""
        self._rows, self._look = (), None

    def draw(self, painter: QPainter) -> None:
        """Draw the lines, each from the left."""
        look, room = self._look, self._bounds.toRect()
        if look is None:
            return
        metrics, line = look.metrics, look.metrics.height()
        painter.setFont(look.font)
        for number, row in enumerate(self._rows):
            x, y = room.left(), room.top() + number * line
            for entry in row:
                wide = _width(entry, metrics)
                if entry.kind == "box" and x + wide > room.right():
                    break
                words = entry.name
                if entry.kind == "words":
                    painter.setPen(look.muted)
                    words = elided(metrics, words, room.width())
                else:
                    _paint_sample(painter, entry, look, QRect(x, y, SAMPLE, line))
                    painter.setPen(look.muted if entry.kind == "box" else look.ink)
                start = x + wide - metrics.horizontalAdvance(entry.name)
                painter.drawText(QPoint(start, y + metrics.ascent()), words)
                x += wide + _APART


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
    if entry.kind == "box":
        side = look.metrics.ascent() - 2
        painter.fillRect(
            QRect(box.left(), box.top() + 2, side, side), entry.pen.brush()
        )
        return
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
    sample = {"words": 0, "box": metrics.ascent() - 2 + _GAP}
    before = sample.get(entry.kind, SAMPLE + _GAP)
    return before + metrics.horizontalAdvance(entry.name)
