"""Points with errors: graphs, profiles, histograms as points, comparisons."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QLineF, QRectF, Qt
from PySide6.QtGui import QPen

from dqmconsole.ui.plot.painting import PaintedItem
from dqmconsole.ui.plot.series import runs
from dqmconsole.ui.plot.shapes import polyline

if TYPE_CHECKING:
    from PySide6.QtGui import QPainter, QPolygonF

    from dqmconsole.model.histogram import Array
    from dqmconsole.ui.plot.shapes import Raster

_NO_PEN = QPen(Qt.PenStyle.NoPen)
_ARROW = 5  # px: height of what points to where a point lies
_CROWD = 4  # px a point must have to itself for its error to be seen


@dataclass(frozen=True, eq=False)
class Points:
    """Points of one kind.

    Attributes:
        x, y: shape (n,); what is not finite is not drawn.
        pen: their colour, and the line's dash.
        x_errors, y_errors: (downward, upward), each of shape (n,), or None.
        line: they are joined by a line.
        held: of what lies above or below the pane an arrow is drawn at its edge.
    """

    x: Array
    y: Array
    pen: QPen
    x_errors: tuple[Array, Array] | None = None
    y_errors: tuple[Array, Array] | None = None
    line: bool = False
    held: bool = False


@dataclass(frozen=True, eq=False)
class _Strokes:
    """Points as they are painted."""

    pen: QPen
    joined: list[QPolygonF]
    lines: list[QLineF]
    boxes: list[QRectF]
    arrows: list[QPolygonF]


class GraphItem(PaintedItem):
    """Draws points of one pane, and a level line behind them.

    A child of a :class:`~dqmconsole.ui.plot.view_box.ViewBox`.
    """

    def __init__(self) -> None:
        super().__init__()
        self._points: tuple[Points, ...] = ()
        self._level: tuple[float, QPen] | None = None
        self._raster: Raster | None = None
        self._strokes: list[_Strokes] | None = None

    def show_points(
        self,
        points: tuple[Points, ...],
        raster: Raster,
        level: tuple[float, QPen] | None = None,
    ) -> None:
        """Draw something else.

        Args:
            points: of several kinds, the first at the bottom.
            raster: where values lie.
            level: height and pen of a line across the pane, or None.
        """
        self.lie(QRectF(0, 0, raster.width, raster.height))
        self._points, self._raster, self._level = points, raster, level
        self._strokes = None

    def forget(self) -> None:
        """Drop what was drawn."""
        self._points, self._raster, self._level = (), None, None
        self._strokes = None

    # -- Qt ------------------------------------------------------------------------

    def draw(self, painter: QPainter) -> None:
        """Draw it."""
        raster = self._raster
        if raster is None:
            return
        if self._strokes is None:
            self._strokes = [_strokes(each, raster) for each in self._points]
        if self._level is not None:
            y = raster.row(self._level[0])
            painter.setPen(self._level[1])
            painter.drawLine(0, y, raster.width, y)
        for each in self._strokes:
            painter.setPen(each.pen)
            for line in each.joined:
                painter.drawPolyline(line)
            if each.lines:
                painter.drawLines(each.lines)
            painter.setPen(_NO_PEN)
            painter.setBrush(each.pen.color())
            painter.drawRects(each.boxes)
            for arrow in each.arrows:
                painter.drawPolygon(arrow)


def _strokes(points: Points, raster: Raster) -> _Strokes:
    """Lay points out in pixels; of those on one pixel one is drawn."""
    across, values = raster.across(points.x), points.y
    if points.held:
        values = np.clip(values, raster.y.low, raster.y.high)
    down = raster.down(values)
    pen = QPen(points.pen)
    pen.setStyle(Qt.PenStyle.SolidLine)
    good = np.isfinite(across) & np.isfinite(down)
    joined = []
    if not points.held:
        # the raster ends infinity
        good &= np.isfinite(points.x) & np.isfinite(points.y)
    if points.line:
        joined = [
            polyline(*_thinned(across[start:stop], down[start:stop]))
            for start, stop in runs(good)
        ]
    good &= (across >= -8) & (across <= raster.width + 8)
    at = np.flatnonzero(good)
    if len(at) > raster.width:
        places = across[at] * 8.0 * raster.height + down[at]
        at = at[np.unique(places, return_index=True)[1]]
    lines: list[QLineF] = []
    # in a crowd the errors hide the points
    crowded = points.held and len(at) * _CROWD > raster.width
    if points.y_errors is not None and not crowded:
        lower, upper = points.y_errors
        low = raster.down(points.y[at] - lower[at])
        high = raster.down(points.y[at] + upper[at])
        bars = np.isfinite(low) & np.isfinite(high) & (low != high)
        if points.held:
            bars &= values[at] == points.y[at]
        ends = zip(across[at][bars], low[bars], high[bars], strict=True)
        lines += [QLineF(x, bottom, x, top) for x, bottom, top in ends]
    if points.x_errors is not None:
        lower, upper = points.x_errors
        left = raster.across(points.x[at] - lower[at])
        right = raster.across(points.x[at] + upper[at])
        bars = np.isfinite(left) & np.isfinite(right) & (left != right)
        ends = zip(left[bars], right[bars], down[at][bars], strict=True)
        lines += [QLineF(start, y, stop, y) for start, stop, y in ends]
    arrows: list[QPolygonF] = []
    if points.held:
        out = values[at] != points.y[at]
        beyond = at[out]
        up = points.y[beyond] > values[beyond]
        arrows = _arrows(across[beyond[up]], float(_ARROW), 0.0)
        edge = float(raster.height)
        arrows += _arrows(across[beyond[~up]], edge - _ARROW, edge)
        at = at[~out]
    size = 3 if len(at) <= raster.width // 3 else 2
    boxes = [
        QRectF(x - 1, y - 1, size, size)
        for x, y in zip(across[at].tolist(), down[at].tolist(), strict=True)
    ]
    return _Strokes(pen, joined, lines, boxes, arrows)


def _arrows(across: Array, base: float, tip: float) -> list[QPolygonF]:
    """Triangles at the edge of a pane; where many stand side by side, some of them."""
    found, last = [], -np.inf
    for x in np.sort(across).tolist():
        if x - last > _ARROW + 2:
            last = x
            xs = np.array([x - 2.0, x + 3.0, x + 0.5])
            found.append(polyline(xs, np.array([base, base, tip])))
    return found


def _thinned(x: Array, y: Array) -> tuple[Array, Array]:
    """Leave out points of a line that lie where the one before them does."""
    moved = np.ones(len(x), dtype=bool)
    moved[1:] = (np.diff(x) != 0) | (np.diff(y) != 0)
    return x[moved], y[moved]
