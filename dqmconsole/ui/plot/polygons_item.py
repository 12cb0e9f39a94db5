"""Bins of any shape, filled by the colours of a map (a TH2Poly)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from pyqtgraph import functions
from PySide6.QtCore import QPointF, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QBrush, QColor, QImage, QPainter, QPen

from dqmconsole.ui.plot.painting import PaintedItem
from dqmconsole.ui.plot.palettes import EMPTY, UNDEFINED
from dqmconsole.ui.plot.regions import paint_hatch

if TYPE_CHECKING:
    from PySide6.QtGui import QPainterPath

    from dqmconsole.model.graph import Polygons
    from dqmconsole.model.histogram import Array
    from dqmconsole.ui.plot.look import Look
    from dqmconsole.ui.plot.scale import Scale


class PolygonsItem(PaintedItem):
    """A map of polygons, in pixels of its view box."""

    def __init__(self) -> None:
        super().__init__()
        self._picture = QImage()
        self._hatched: tuple[QRect, ...] = ()
        self._key: tuple[object, ...] = ()

    def show_polygons(
        self,
        polygons: Polygons,
        indices: Array,
        ranges: tuple[Scale, Scale],
        size: QSize,
        ratio: float,
        table: Array,
        look: Look,
        offending: Array | None = None,
        hatched: tuple[QRect, ...] = (),
    ) -> None:
        """Show a map.

        Args:
            polygons: the bins.
            indices: of each bin the place of its colour in the table.
            ranges: of x and y.
            size: of the plot, in pixels.
            ratio: device pixels per pixel.
            table: the colours (`palettes.lookup_table`).
            look: colours.
            offending: bins to outline, or None.
            hatched: known regions, in pixels of the plot.
        """
        self.lie(QRectF(QPointF(), size.toSizeF()))
        ringed = None if offending is None else offending.tobytes()
        shown = indices.tobytes()
        key = (polygons, shown, ranges, size, ratio, id(table), look, ringed)
        if key != self._key:
            self._key = key
            self._picture = _drawn(
                polygons, indices, ranges, size, ratio, table, look, offending
            )
        # the canvas updates its panes
        self._hatched = hatched

    def forget(self) -> None:
        """Drop what was drawn."""
        self._picture, self._key, self._hatched = QImage(), (), ()

    def draw(self, painter: QPainter) -> None:
        """Draw it."""
        if self._picture.isNull():
            return
        painter.drawImage(QPointF(), self._picture)
        painter.setClipRect(self._bounds)
        for rect in self._hatched:
            paint_hatch(painter, rect)


def ring_at(polygons: Polygons, x: float, y: float) -> int | None:
    """The bin whose polygon holds a point, or None."""
    starts = polygons.starts
    if len(starts) < 2 or len(polygons.x) == 0:
        return None
    xs, ys, begins = _closed(polygons)
    x1, y1, x2, y2 = xs[:-1], ys[:-1], xs[1:], ys[1:]
    with np.errstate(all="ignore"):
        crosses = (y1 > y) != (y2 > y)
        crosses &= x < (x2 - x1) * (y - y1) / (y2 - y1) + x1
    crosses[begins[1:-1] - 1] = False  # from one ring to the next is no edge
    odd = np.add.reduceat(crosses.astype(np.int64), begins[:-1]) % 2 == 1
    found = np.flatnonzero(odd)
    return int(polygons.bins[found[-1]]) if found.size else None


def _closed(polygons: Polygons) -> tuple[Array, Array, Array]:
    """The corners, each ring's first one again at its end, and where rings begin."""
    starts = np.asarray(polygons.starts, dtype=np.int64)
    lengths = np.diff(starts)
    begins = starts[:-1] + np.arange(len(lengths))
    total = int(starts[-1]) + len(lengths)
    ends = begins + lengths
    order = np.empty(total, dtype=np.int64)
    last = np.zeros(total, dtype=bool)
    last[ends] = True
    order[~last] = np.arange(int(starts[-1]))
    order[last] = starts[:-1]
    return polygons.x[order], polygons.y[order], np.append(begins, total)


def _path(x: Array, y: Array, begins: Array, chosen: Array | None) -> QPainterPath:
    """The chosen rings as one path."""
    joined = np.ones(len(x), dtype=np.int32)
    joined[begins[1:] - 1] = 0
    if chosen is not None:
        keep = np.repeat(chosen, np.diff(begins))
        x, y, joined = x[keep], y[keep], joined[keep]
    path: QPainterPath = functions.arrayToQPath(x, y, connect=joined)
    return path


def _drawn(
    polygons: Polygons,
    indices: Array,
    ranges: tuple[Scale, Scale],
    size: QSize,
    ratio: float,
    table: Array,
    look: Look,
    offending: Array | None,
) -> QImage:
    picture = QImage(
        max(round(size.width() * ratio), 1),
        max(round(size.height() * ratio), 1),
        QImage.Format.Format_RGB32,
    )
    picture.setDevicePixelRatio(ratio)
    picture.fill(look.theme.tile)
    if len(polygons.starts) < 2:
        return picture
    x, y, begins = _closed(polygons)
    with np.errstate(all="ignore"):
        across = ranges[0].fractions(x) * size.width()
        down = (1.0 - ranges[1].fractions(y)) * size.height()
    # what is far outside, or nowhere, must not upset the painter
    across = np.clip(np.nan_to_num(across), -1e5, 1e5)
    down = np.clip(np.nan_to_num(down), -1e5, 1e5)
    bins = np.asarray(polygons.bins, dtype=np.int64)
    there = (bins >= 0) & (bins < len(indices))
    colours = np.where(there, indices[np.where(there, bins, 0)], EMPTY)
    painter = QPainter(picture)
    try:
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        for colour in np.unique(colours).tolist():
            if colour == EMPTY:
                continue
            brush = QBrush(QColor.fromRgb(int(table[colour])))
            if colour == UNDEFINED:
                brush.setStyle(Qt.BrushStyle.DiagCrossPattern)
            path = _path(across, down, begins, colours == colour)
            painter.fillPath(path, brush)
        pen = QPen(look.line.color())
        pen.setCosmetic(True)
        painter.strokePath(_path(across, down, begins, None), pen)
        if offending is not None and offending.size:
            chosen = np.isin(bins, offending)
            path = _path(across, down, begins, chosen)
            ring = look.muted.color() if look.grey else QColor(look.theme.bad)
            for colour, wide in ((QColor(look.theme.tile), 4.0), (ring, 2.0)):
                painter.strokePath(path, QPen(colour, wide))
    finally:
        painter.end()
    return picture
