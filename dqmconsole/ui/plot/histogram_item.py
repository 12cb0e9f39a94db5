"""A histogram with its reference and all that is drawn about it, as one light item.

One polygon for what is filled and one polyline for each outline, in whole device
pixels, written straight from numpy. They are made when the item is first painted
and kept until something is new, so that a tile that is not seen costs nothing.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import cycle
from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QLineF, QPointF, QRect, QRectF, Qt
from PySide6.QtGui import QBrush, QColor, QPen, QPolygonF

from dqmconsole.ui.plot.painting import PaintedItem
from dqmconsole.ui.plot.reading import short
from dqmconsole.ui.plot.series import Series
from dqmconsole.ui.plot.shapes import Columns, bands, filled, levels, outlines
from dqmconsole.ui.plot.shapes import bars as bars_of

if TYPE_CHECKING:
    from PySide6.QtGui import QPainter

    from dqmconsole.model.frame import Expected
    from dqmconsole.model.histogram import Array
    from dqmconsole.ui.plot.look import Look
    from dqmconsole.ui.plot.shapes import Raster

_DENSE = 3  # px of a bin below which outlines hide each other
_LEAST_BAR = 4  # px of a bin that bars with gaps need, or error bars
_MARK = 4  # px: half the width of a mark at the edge
_NO_PEN = QPen(Qt.PenStyle.NoPen)


@dataclass(frozen=True, eq=False)
class Shown:
    """What a histogram item draws.

    Attributes:
        data: the histogram, or None where it is drawn as points.
        fill: the data are filled, not only outlined.
        numbers: each bin's value is written above it.
        bars: the bins are categories: bars with gaps, where there is room for them;
            reference and overlays are a level stroke each.
        errors: thin bars give the data's errors, where there is room for them.
        overlays: further histograms, each an outline of its own pen.
        stacked: the overlays are parts of the data and filled, one on another.
        above: what is marked at the upper edge where it leaves the pane, or None; the
            data, be they drawn as points.
        reference: the reference, or None.
        expected: band, limits and bins that the verdict names, or None.
        edges: of the bins that `expected` speaks of.
        hatched: stretches of x to hatch, in fractions of the pane.
    """

    data: Series | None
    fill: bool = True
    numbers: bool = False
    bars: bool = False
    errors: bool = False
    overlays: tuple[Series, ...] = ()
    stacked: bool = False
    above: Series | None = None
    reference: Series | None = None
    expected: Expected | None = None
    edges: Array | None = None
    hatched: tuple[tuple[float, float], ...] = ()


class HistogramItem(PaintedItem):
    """Draws data, overlays, reference, expected band, limits and marks of one pane.

    A child of a :class:`~dqmconsole.ui.plot.view_box.ViewBox`.
    """

    def __init__(self) -> None:
        super().__init__()
        self._shown = Shown(None)
        self._raster: Raster | None = None
        self._look: Look | None = None
        self._ready = False
        self._columns: tuple[object, Columns] | None = None
        self._reference: tuple[object, list[QPolygonF]] | None = None
        self._fills: list[tuple[QBrush, list[QPolygonF]]] = []
        self._lines: list[tuple[QPen, list[QPolygonF]]] = []
        self._errors: list[QLineF] = []

    def show_histogram(self, shown: Shown, raster: Raster, look: Look) -> None:
        """Draw something else.

        Args:
            shown: what to draw.
            raster: where values lie.
            look: pens and brushes.
        """
        self.lie(QRectF(0, 0, raster.width, raster.height))
        self._shown, self._raster, self._look = shown, raster, look
        self._ready = False

    def forget(self) -> None:
        """Drop what was drawn."""
        self._shown, self._ready = Shown(None), False
        self._raster = self._columns = self._reference = None
        self._fills, self._lines, self._errors = [], [], []

    # -- Qt ------------------------------------------------------------------------

    def draw(self, painter: QPainter) -> None:
        """Draw it."""
        shown, raster, look = self._shown, self._raster, self._look
        if raster is None or look is None:
            return
        if not self._ready:
            self._prepare(shown, raster, look)
            self._ready = True
        painter.setPen(_NO_PEN)
        for brush, polygons in self._fills:
            painter.setBrush(brush)
            for polygon in polygons:
                painter.drawPolygon(polygon)
        for pen, polylines in self._lines:
            painter.setPen(pen)
            for polyline in polylines:
                painter.drawPolyline(polyline)
        if self._errors:
            painter.setPen(look.edge)
            painter.drawLines(self._errors)
        if shown.numbers and shown.data is not None:
            columns = self._columns_of(shown.data, raster)
            _paint_numbers(painter, shown.data, raster, columns, look)
        for start, stop in shown.hatched:
            left = round(start * raster.width)
            wide = max(round((stop - start) * raster.width), 2)
            painter.fillRect(QRect(left, 0, wide, raster.height), look.hatch)
        if shown.expected is not None:
            _paint_limits(painter, shown, raster, look)
        if shown.above is not None and shown.above.most > raster.y.high:
            _paint_above(painter, shown.above, raster, look)
        if shown.data is not None:
            paint_infinite(painter, shown.data, raster, look)

    # -- inside --------------------------------------------------------------------

    def _columns_of(self, series: Series, raster: Raster) -> Columns:
        """The bins' columns of pixels, kept while nothing moved."""
        key = (series.edges_key, raster.x, raster.width)
        if self._columns is None or self._columns[0] != key:
            self._columns = (key, Columns(raster, series.edges))
        return self._columns[1]

    def _prepare(self, shown: Shown, raster: Raster, look: Look) -> None:
        """Make the polygons."""
        self._fills, self._lines, self._errors = [], [], []
        data, bars, dense = shown.data, False, False
        if data is not None:
            columns = self._columns_of(data, raster)
            apart = (columns.x[-1] - columns.x[0]) / max(len(columns.x) - 1, 1)
            dense = columns.starts is not None or apart < _DENSE
            bars = shown.bars and not shown.stacked and apart >= _LEAST_BAR
            if shown.errors and apart >= _LEAST_BAR:
                self._errors = _error_lines(data, raster, columns)
            if bars:
                bodies, lines = bars_of(data, raster, columns)
            elif shown.fill and not shown.stacked:
                bodies, lines = filled(data, raster, columns)
            else:
                bodies, lines = [], outlines(data, raster, columns)
            if shown.fill and not shown.stacked:
                self._fills.append((look.fill, bodies))
            self._lines.append((look.edge, lines))
        if shown.stacked:
            self._stack(shown, raster, look)
        else:
            for series, pen in zip(shown.overlays, cycle(look.overlays), strict=False):
                columns = self._columns_of(series, raster)
                flat = bars and columns.starts is None
                draw = levels if flat else outlines
                self._lines.append((pen, draw(series, raster, columns)))
        expected = shown.expected
        if expected is not None and shown.edges is not None:
            low, high = expected.low, expected.high
            if low is not None and high is not None and len(low) == len(high):
                columns = Columns(raster, shown.edges)
                self._fills.append((look.band, bands(low, high, raster, columns)))
        if shown.reference is not None:
            lines = self._outline_of(shown.reference, raster, flat=bars)
            # of bins of a pixel or two the upper line would hide the other
            self._lines.insert(
                0 if dense else len(self._lines), (look.reference, lines)
            )

    def _outline_of(
        self, series: Series, raster: Raster, *, flat: bool
    ) -> list[QPolygonF]:
        """The reference's outline, kept while neither it nor the axes moved."""
        key = (series, raster.x, raster.y, raster.width, raster.height, flat)
        if self._reference is None or self._reference[0] != key:
            columns = self._columns_of(series, raster)
            flat = flat and columns.starts is None
            draw = levels if flat else outlines
            self._reference = (key, draw(series, raster, columns))
        return self._reference[1]

    def _stack(self, shown: Shown, raster: Raster, look: Look) -> None:
        """Fill each part above the ones before it; the highest is drawn first."""
        sums = [
            Series.of_sum(list(shown.overlays[: index + 1]))
            for index in range(len(shown.overlays))
        ]
        pens = [pen for _, pen in zip(sums, cycle(look.overlays), strict=False)]
        for series, pen in reversed(list(zip(sums, pens, strict=True))):
            columns = self._columns_of(series, raster)
            bodies, lines = filled(series, raster, columns)
            self._fills.append(
                (QBrush(_mixed(pen.color(), look.ground.color())), bodies)
            )
            self._lines.append((pen, lines))


def _error_lines(series: Series, raster: Raster, columns: Columns) -> list[QLineF]:
    """A line over each error, in the middle of its bin, from its lower end up."""
    values, errors = columns.chosen(series.values), columns.chosen(series.errors())
    across = raster.across(0.5 * (series.edges[1:] + series.edges[:-1]))
    across = columns.chosen(across)
    low, high = raster.down(values - errors), raster.down(values + errors)
    good = np.isfinite(low) & np.isfinite(high) & (low != high)
    ends = zip(across[good], low[good], high[good], strict=True)
    return [QLineF(x, bottom, x, top) for x, bottom, top in ends]


def paint_infinite(
    painter: QPainter, series: Series, raster: Raster, look: Look
) -> None:
    """Mark bins of infinite content by a triangle at the upper or lower edge."""
    if not (series.rising or series.falling):
        return
    painter.setPen(_NO_PEN)
    painter.setBrush(look.mark)
    middles = raster.across(0.5 * (series.edges[1:] + series.edges[:-1]))
    for bins, edge, inwards in (
        (series.rising, 0.0, _MARK + 2.0),
        (series.falling, float(raster.height), -_MARK - 2.0),
    ):
        # no more can be told apart than there are pixels
        for x in sorted(set(middles[bins].tolist())):
            _paint_triangle(painter, x, edge + inwards, edge)


def _paint_above(painter: QPainter, series: Series, raster: Raster, look: Look) -> None:
    """Mark at the upper edge where bins go on above the pane."""
    at = np.flatnonzero(series.values > raster.y.high)
    middles = raster.across(0.5 * (series.edges[at + 1] + series.edges[at]))
    painter.setPen(look.ground.color())
    painter.setBrush(look.ink.color())
    before = -math.inf
    for x in middles[(middles >= 0) & (middles <= raster.width)].tolist():
        if x - before > 3 * _MARK:  # a few tell of them all
            before = x
            _paint_triangle(painter, x, _MARK + 2.0, 0.0)


def _paint_triangle(painter: QPainter, x: float, base: float, tip: float) -> None:
    corners = [QPointF(x - _MARK, base), QPointF(x + _MARK, base), QPointF(x, tip)]
    painter.drawPolygon(QPolygonF(corners))


def _paint_limits(painter: QPainter, shown: Shown, raster: Raster, look: Look) -> None:
    """Draw limits with their words, the first bad lumisection, offending bins."""
    expected, edges = shown.expected, shown.edges
    assert expected is not None
    painter.setFont(look.font)
    line, taken = look.metrics.height(), -100
    for value, words in sorted(expected.limits, reverse=True):
        y = raster.row(value)
        if not 0 <= y < raster.height:
            continue
        painter.setPen(look.limit)
        painter.drawLine(0, y, raster.width, y)
        top = y - line if y > line else y + 1
        wide = look.metrics.horizontalAdvance(words)
        if words and abs(top - taken) >= line and wide < raster.width - 4:
            painter.setPen(look.muted)
            at = QPointF(raster.width - wide - 2, top + look.metrics.ascent())
            painter.drawText(at, words)
            taken = top
    if edges is None:
        return
    if expected.offending is not None:
        _paint_offending(painter, expected.offending, edges, raster, look)
    if expected.first_bad is not None:
        first = max(int(np.searchsorted(edges, expected.first_bad, "right")) - 1, 0)
        x = float(raster.across(edges[first : first + 1])[0])
        if 0 <= x <= raster.width:
            painter.setPen(look.bad)
            painter.drawLine(QPointF(x, 0), QPointF(x, raster.height))
            painter.setPen(_NO_PEN)
            painter.setBrush(look.mark)
            _paint_triangle(painter, x, 0.0, _MARK + 2.0)


def _paint_offending(
    painter: QPainter, bins: Array, edges: Array, raster: Raster, look: Look
) -> None:
    """Mark bins by a bar along the lower edge of the pane."""
    known = np.unique(np.asarray(bins, dtype=np.int64))
    known = known[(known >= 0) & (known < len(edges) - 1)]
    left, right = raster.across(edges[known]), raster.across(edges[known + 1])
    seen = np.flatnonzero((right >= 0) & (left <= raster.width))
    stretches: list[list[float]] = []
    for index in seen.tolist():
        start, stop = float(left[index]), float(right[index])
        if stretches and start <= stretches[-1][1]:
            stretches[-1][1] = max(stop, stretches[-1][1])
        else:
            stretches.append([start, stop])
    for start, stop in stretches:
        wide = max(stop - start, 2.0)
        painter.fillRect(QRectF(start, raster.height - 3, wide, 3), look.mark)


def _paint_numbers(
    painter: QPainter, series: Series, raster: Raster, columns: Columns, look: Look
) -> None:
    """Write each bin's value above it, where there is room."""
    if columns.starts is not None:
        return
    line, ascent = look.metrics.height(), look.metrics.ascent()
    painter.setFont(look.font)
    painter.setPen(look.ink)
    for index, height in enumerate(raster.down(columns.highest(series.values))):
        left, right = columns.x[index], columns.x[index + 1]
        words = short(float(series.values[columns.first + index]), 3)
        width = look.metrics.horizontalAdvance(words)
        if math.isnan(height) or not width <= right - left < math.inf:
            continue
        top = max(int(height) - line, 0)
        painter.drawText(int((left + right - width) / 2), top + ascent, words)


def _mixed(colour: QColor, ground: QColor) -> QColor:
    """A colour half way to the ground: alpha would cost three times the time."""
    return QColor(
        (colour.red() + ground.red()) // 2,
        (colour.green() + ground.green()) // 2,
        (colour.blue() + ground.blue()) // 2,
    )
