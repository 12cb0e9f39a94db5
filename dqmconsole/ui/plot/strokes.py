"""Strokes: a series or a comparison onto a pane, in whole pixels."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QLine, QRect, Qt

from dqmconsole.ui.plot.shapes import Columns, outline, polygon, runs
from dqmconsole.ui.plot.words import short

if TYPE_CHECKING:
    from PySide6.QtGui import QPainter, QPen, QPolygonF

    from dqmconsole.model.frame import Comparison
    from dqmconsole.model.histogram import Array
    from dqmconsole.ui.plot.axes import Pane
    from dqmconsole.ui.plot.look import Look
    from dqmconsole.ui.plot.series import Series

_MARGIN = 4  # clipped curves leave the pane by so many pixels


def columns_of(pane: Pane, series: Series) -> Columns:
    """Gather the visible bins of a series into columns of pixels."""
    rect = pane.rect
    fractions = np.clip(pane.x.scale.fractions(series.edges), -4.0, 5.0)
    first = max(int(np.searchsorted(fractions, 0.0, "right")) - 1, 0)
    last = min(int(np.searchsorted(fractions, 1.0, "left")), len(series.values))
    last = max(last, first + 1)
    first = min(first, last - 1)
    return Columns(rect.left() + fractions * rect.width(), first, last)


def outlines(pane: Pane, series: Series, columns: Columns) -> list[QPolygonF]:
    """Return the outline of a series, one polyline per stretch without gaps."""
    heights = _heights(pane, columns.highest(series.values))
    if columns.starts is None:
        x = columns.x
        return [
            polygon(outline(x[start : stop + 1], heights[start:stop], 0.0)[1:-1])
            for start, stop in series.runs(heights)
        ]
    # several bins in one column of pixels: the curve fills it from the lowest to
    # the highest, as it would if each bin were drawn
    lows = _heights(pane, columns.lowest(series.values))
    lines = []
    for start, stop in runs(~np.isnan(heights)):
        points = np.empty((2 * (stop - start), 2))
        points[0::2, 0] = points[1::2, 0] = columns.x[start:stop]
        points[0::2, 1] = heights[start:stop]
        points[1::2, 1] = lows[start:stop]
        lines.append(polygon(points))
    return lines


def paint_lines(painter: QPainter, lines: list[QPolygonF], pen: QPen) -> None:
    """Draw polylines."""
    painter.setPen(pen)
    for line in lines:
        painter.drawPolyline(line)


def paint_steps(
    painter: QPainter,
    pane: Pane,
    series: Series,
    columns: Columns,
    look: Look,
    *,
    filled: bool,
) -> None:
    """Draw a step histogram: one polygon and one polyline per stretch."""
    if columns.starts is not None:
        if filled:
            _paint_gathered(painter, pane, series, columns, look)
        paint_lines(painter, outlines(pane, series, columns), look.edge)
        return
    heights, base = _heights(pane, columns.highest(series.values)), _base(pane)
    for start, stop in series.runs(heights):
        points = outline(columns.x[start : stop + 1], heights[start:stop], base)
        if filled:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(look.fill)
            painter.drawPolygon(polygon(points))
        painter.setPen(look.edge)
        painter.drawPolyline(polygon(points[1:-1]))


def paint_points(
    painter: QPainter, pane: Pane, series: Series, columns: Columns, look: Look
) -> None:
    """Draw points with errors and the width of each bin."""
    if columns.starts is not None:
        paint_lines(painter, outlines(pane, series, columns), look.edge)
        return
    chosen = slice(columns.first, columns.first + len(columns.x) - 1)
    values, errors = series.values[chosen], series.errors()[chosen]
    _paint_marks(painter, pane, columns.x, values, errors, look.edge, widths=True)


def paint_comparison(
    painter: QPainter, pane: Pane, compared: Comparison, columns: Columns, look: Look
) -> None:
    """Draw a ratio or difference as points; what is out of range lies at the edge."""
    middle = 1.0 if compared.mode == "ratio" else 0.0
    up = round(pane.y.scale.fraction(middle) * pane.rect.height())
    y = pane.rect.bottom() + 1 - up
    painter.setPen(look.line)
    painter.drawLine(pane.rect.left(), y, pane.rect.right(), y)
    values = np.asarray(compared.values, dtype=np.float64)
    errors = compared.errors
    if columns.starts is not None:
        values, errors = columns.highest(values), None
    else:
        chosen = slice(columns.first, columns.first + len(columns.x) - 1)
        values = values[chosen]
        errors = None if errors is None else errors[chosen]
    # in a crowd the errors hide the points
    if errors is None or len(values) > pane.rect.width() // 4:
        errors = np.zeros_like(values)
    shown = np.clip(values, pane.y.scale.low, pane.y.scale.high)
    errors = np.where(shown == values, errors, 0.0)
    _paint_marks(painter, pane, columns.x, shown, errors, look.edge, widths=False)


def paint_values(
    painter: QPainter, pane: Pane, series: Series, columns: Columns, look: Look
) -> None:
    """Write each bin's value above it, where there is room."""
    if columns.starts is not None:
        return
    line, ascent = look.metrics.height(), look.metrics.ascent()
    painter.setFont(look.font)
    painter.setPen(look.ink)
    for index, height in enumerate(_heights(pane, columns.highest(series.values))):
        left, right = columns.x[index], columns.x[index + 1]
        words = short(float(series.values[columns.first + index]), 3)
        width = look.metrics.horizontalAdvance(words)
        if math.isnan(height) or not width <= right - left < math.inf:
            continue
        top = max(int(height) - line, pane.rect.top())
        painter.drawText(int((left + right - width) / 2), top + ascent, words)


def _paint_gathered(
    painter: QPainter, pane: Pane, series: Series, columns: Columns, look: Look
) -> None:
    """Fill from the base to the bin furthest from it in each column of pixels."""
    heights, base = _heights(pane, columns.highest(series.values)), _base(pane)
    if series.negative:
        lows = _heights(pane, columns.lowest(series.values))
        further = np.abs(lows - base) > np.abs(heights - base)
        heights = np.where(further, lows, heights)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(look.fill)
    for start, stop in series.runs(heights):
        x = columns.x[start : stop + 1]
        painter.drawPolygon(polygon(outline(x, heights[start:stop], base)))


def _heights(pane: Pane, values: Array) -> Array:
    """Map values to whole pixels, a little outside the pane where they leave it."""
    rect, scale = pane.rect, pane.y.scale
    if scale.log:
        pixels: Array = scale.fractions(values) * -rect.height()
        pixels += rect.bottom() + 1
    else:
        per_unit = rect.height() / (scale.high - scale.low)
        pixels = values * -per_unit
        pixels += rect.bottom() + 1 + scale.low * per_unit
    np.rint(pixels, out=pixels)
    np.maximum(pixels, rect.top() - _MARGIN, out=pixels)
    np.minimum(pixels, rect.bottom() + _MARGIN, out=pixels)
    return pixels


def _base(pane: Pane) -> float:
    """Return the line histograms stand on: zero, or the edge nearest to it."""
    scale, rect = pane.y.scale, pane.rect
    at = 0.0 if scale.log else min(max(scale.fraction(0.0), -0.1), 1.0)
    return float(round(rect.bottom() + 1 - at * rect.height()))


def _paint_marks(
    painter: QPainter,
    pane: Pane,
    x: Array,
    values: Array,
    errors: Array,
    pen: QPen,
    *,
    widths: bool,
) -> None:
    """Draw points with errors; `widths` draws the width of each bin as well."""
    middle = _heights(pane, values)
    upper = _heights(pane, values + errors)
    lower = _heights(pane, values - errors)
    centers = np.rint(0.5 * (x[1:] + x[:-1]))
    with_error = np.isfinite(upper) & np.isfinite(lower) & (upper != lower)
    lines, boxes = [], []
    size = 3 if len(values) <= pane.rect.width() // 3 else 2
    # an axis of any width at all has edges that are no numbers
    for index in np.flatnonzero(~np.isnan(middle) & np.isfinite(centers)).tolist():
        at, y = int(centers[index]), int(middle[index])
        boxes.append(QRect(at - 1, y - 1, size, size))
        if with_error[index]:
            lines.append(QLine(at, int(lower[index]), at, int(upper[index])))
        if widths:
            lines.append(QLine(int(x[index]), y, int(x[index + 1]), y))
    painter.setPen(pen)
    painter.drawLines(lines)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(pen.color())
    painter.drawRects(boxes)
