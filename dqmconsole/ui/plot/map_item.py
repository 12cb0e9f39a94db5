"""The map of a plot: cells of any width on any axes, drawn pixel by pixel.

pyqtgraph's image has cells of one size in a linear system of coordinates. Here bins
may be of any width and axes logarithmic, so the map is brought to the pixels of the
plot first (:mod:`dqmconsole.ui.plot.cells`), and what is drawn is a ready image.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import QLineF, QPoint, QPointF, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QImage, QPen

from dqmconsole.model.words import counted
from dqmconsole.ui.plot.cells import map_pixels, pixel_bins
from dqmconsole.ui.plot.painting import guarded
from dqmconsole.ui.plot.palettes import bright
from dqmconsole.ui.plot.reading import short
from dqmconsole.ui.plot.regions import paint_hatch

if TYPE_CHECKING:
    from PySide6.QtGui import QPainter

    from dqmconsole.model.histogram import Array
    from dqmconsole.ui.plot.cells import Cells
    from dqmconsole.ui.plot.look import Look
    from dqmconsole.ui.plot.scale import Scale


@dataclass(frozen=True, eq=False)
class MapPlace:
    """Where a map lies.

    Attributes:
        size: of the plot, in pixels.
        ratio: device pixels per pixel.
        x, y: ranges of the axes.
        edges: of columns and rows, n + 1 and m + 1.
        edges_key: the same for maps with the same edges.
    """

    size: QSize
    ratio: float
    x: Scale
    y: Scale
    edges: tuple[Array, Array]
    edges_key: tuple[object, ...]


@dataclass(frozen=True, eq=False)
class MapMarks:
    """What is drawn over a map.

    Attributes:
        written: values to write into the cells, shape (nx, ny), or None.
        hatched: known regions, in pixels of the plot.
        offending: cells to ring, flat in C order of (x, y), or None.
    """

    written: Array | None = None
    hatched: tuple[QRect, ...] = ()
    offending: Array | None = None

    @property
    def any(self) -> bool:
        """Tell whether there is anything to draw."""
        over = self.written is not None or self.offending is not None
        return over or bool(self.hatched)


_NO_MARKS = MapMarks()
_NOTHING = np.empty(0, dtype=np.int64)


class MapItem(pg.ImageItem):
    """A map in pixels of its view box."""

    def __init__(self) -> None:
        super().__init__()
        self._cells: Cells | None = None
        self._place: MapPlace | None = None
        self._marks = _NO_MARKS
        self._table: Array | None = None
        self._look: Look | None = None
        self._picture = QImage()
        self._bins: tuple[Array, Array] | None = None
        self._bins_key: tuple[object, ...] = ()
        self._ringed: tuple[Array | None, tuple[Array, int]] = (None, (_NOTHING, 0))

    def show_map(
        self,
        cells: Cells,
        place: MapPlace,
        table: Array,
        look: Look,
        marks: MapMarks,
    ) -> None:
        """Show a map.

        Args:
            cells: its values.
            place: where it lies.
            table: the colours (`palettes.lookup_table`).
            look: fonts and colours of what is drawn over it.
            marks: what that is.
        """
        if self._place is None or self._place.size != place.size:
            self.prepareGeometryChange()
        same = cells is self._cells and table is self._table
        if not same or not self._fits(place):
            self._picture = QImage()
        self._cells, self._place, self._table = cells, place, table
        # the canvas updates its panes; to do so here would paint everything twice
        self._look, self._marks = look, marks

    def forget(self) -> None:
        """Drop what was drawn."""
        self.prepareGeometryChange()
        self._cells = self._place = self._table = self._look = self._bins = None
        self._marks, self._bins_key = _NO_MARKS, ()
        self._picture = QImage()

    # -- Qt and pyqtgraph --------------------------------------------------------

    def width(self) -> int | None:
        """Columns of pixels; None while there is no map."""
        return None if self._place is None else self._place.size.width()

    def height(self) -> int | None:
        """Rows of pixels; None while there is no map."""
        return None if self._place is None else self._place.size.height()

    def boundingRect(self) -> QRectF:
        """The whole plot."""
        if self._place is None:
            return QRectF()
        return QRectF(QPointF(), self._place.size.toSizeF())

    @guarded
    def paint(self, painter: QPainter, *_given: object) -> None:
        """Draw the map and what lies over it."""
        place, look, table = self._place, self._look, self._table
        if self._cells is None or place is None or look is None or table is None:
            return
        if self._picture.isNull():
            self._picture = self._drawn(self._cells, place, table)
        painter.drawImage(QPointF(), self._picture)
        marks = self._marks
        if not marks.any:
            return
        painter.setClipRect(self.boundingRect())
        at = (
            edge_pixels(place.edges[0], place.x, place.size.width()),
            edge_pixels(place.edges[1], place.y, place.size.height(), up=True),
        )
        if marks.written is not None:
            paint_values(painter, self._cells, marks.written, at, table, look)
        for rect in marks.hatched:
            paint_hatch(painter, rect)
        if marks.offending is not None:
            size, rows = place.size, len(at[1]) - 1
            if self._ringed[0] is not marks.offending:
                self._ringed = marks.offending, blocks(marks.offending, rows)
            cells, more = self._ringed[1]
            lines = outlines(cells, at, size.width(), size.height())
            paint_rings(painter, lines, look)
            if more:
                paint_count(painter, more, size.width(), look)

    # -- inside ------------------------------------------------------------------

    def _fits(self, place: MapPlace) -> bool:
        before = self._place
        return before is not None and _key(before) == _key(place)

    def _drawn(self, cells: Cells, place: MapPlace, table: Array) -> QImage:
        width = max(round(place.size.width() * place.ratio), 1)
        height = max(round(place.size.height() * place.ratio), 1)
        key = _key(place)
        if self._bins is None or key != self._bins_key:
            x_edges, y_edges = place.edges
            self._bins = (
                pixel_bins(x_edges, place.x, width),
                pixel_bins(y_edges, place.y, height),
            )
            self._bins_key = key
        pixels = map_pixels(cells, *self._bins, table)
        picture = as_image(pixels)
        picture.setDevicePixelRatio(place.ratio)
        return picture


def as_image(pixels: Array) -> QImage:
    """An image of uint32 0xAARRGGBB, shape (height, width), that owns its memory."""
    height, width = pixels.shape
    flat = np.ascontiguousarray(pixels, dtype=np.uint32)
    shared = QImage(flat.data, width, height, 4 * width, QImage.Format.Format_RGB32)
    return shared.copy()


def _key(place: MapPlace) -> tuple[object, ...]:
    size = place.size
    return (
        *(size.width(), size.height(), place.ratio),
        *(place.x, place.y, place.edges_key),
    )


_MOST = 2000  # cells; of more none is large enough to be read
_ROOMY = 10  # px; smaller cells are ringed in groups, for a ring must not hide them
_GRID = 4  # px; the steps in which such groups are found
_FEW = 12  # groups of cells that are ringed each
_BLOCK = 4  # cells of a group that is ringed where there are more groups
_FILLED = 0.6  # of the rectangle round such a group


def paint_values(
    painter: QPainter,
    cells: Cells,
    values: Array,
    at: tuple[Array, Array],
    table: Array,
    look: Look,
) -> None:
    """Write each cell's value into it, where there is room.

    Args:
        painter: it draws, in pixels of the plot.
        cells: the map.
        values: what to write, shape (nx, ny).
        at: pixels of the edges of its columns and rows (see `edge_pixels`).
        table: the colours.
        look: fonts.
    """
    x, y = at
    shown = np.flatnonzero((x[1:] > x[0] - 1) & (np.diff(x) >= 6))
    if shown.size * (len(y) - 1) > _MOST:
        return
    metrics = look.metrics
    indices = cells.indices()
    painter.setFont(look.font)
    for column in shown.tolist():
        for row in range(len(y) - 1):
            value = float(values[column, row])
            cell = QRect(
                QPoint(int(x[column]), int(y[row + 1])),
                QPoint(int(x[column + 1]) - 1, int(y[row]) - 1),
            )
            words = short(value, 3)
            if (
                value != value
                or cell.width() < metrics.horizontalAdvance(words)
                or cell.height() < metrics.ascent()
            ):
                continue
            dark = bright(int(table[indices[column, row]]))
            painter.setPen(QColor("#14171A" if dark else "#FFFFFF"))
            painter.drawText(cell, Qt.AlignmentFlag.AlignCenter, words)


def ring_pens(look: Look) -> tuple[QPen, QPen]:
    """The pens of an outline that is seen over any colour, the wider one first."""
    return QPen(look.ground, 4.0), QPen(look.bad.brush(), 2.0)


def paint_rings(painter: QPainter, lines: Array, look: Look) -> None:
    """Draw the outline of the cells that a verdict names, as `outlines` gives it."""
    ringed = [QLineF(*each) for each in lines.tolist()]
    for pen in ring_pens(look) if ringed else ():
        painter.setPen(pen)
        painter.drawLines(ringed)


def paint_count(painter: QPainter, more: int, width: int, look: Look) -> None:
    """Say in the upper right corner how many cells of a verdict have no ring."""
    words = counted(more, "scattered cell")
    room = QRect(0, 0, look.metrics.horizontalAdvance(words) + 8, look.metrics.height())
    room.moveRight(width - 1)
    painter.fillRect(room, look.ground)
    painter.setFont(look.font)
    painter.setPen(look.bad.color())
    painter.drawText(room, Qt.AlignmentFlag.AlignCenter, words)


def blocks(offending: Array, rows: int) -> tuple[Array, int]:
    """The cells to ring, and how many are left out.

    Many cells that lie scattered would be ringed as a maze. Of those only blocks are:
    at least `_BLOCK` cells that touch, and fill most of the rectangle round them.

    Args:
        offending: cells, flat in C order of (x, y).
        rows: number of cells along y.
    """
    flat = np.asarray(offending, dtype=np.int64)
    if flat.size > _MOST:
        return flat, 0
    found = _that_touch(flat.tolist(), rows)
    if len(found) <= _FEW:
        return flat, 0
    kept = [cell for block in found if _solid(block, rows) for cell in block]
    return np.array(kept, dtype=np.int64), flat.size - len(kept)


def _that_touch(cells: list[int], rows: int) -> list[list[int]]:
    """Cells in groups of those that touch side by side."""
    left, found = set(cells), []
    while left:
        block = [left.pop()]
        for cell in block:  # it grows on the way
            beside = {cell - rows, cell + rows}
            beside |= {
                each for each in (cell - 1, cell + 1) if each // rows == cell // rows
            }
            block += beside & left
            left -= beside
        found.append(block)
    return found


def _solid(block: list[int], rows: int) -> bool:
    """Tell whether cells that touch are a block."""
    columns, lines = np.divmod(np.array(block), rows)
    room = (np.ptp(columns) + 1) * (np.ptp(lines) + 1)
    return len(block) >= _BLOCK and len(block) >= _FILLED * int(room)


def edge_pixels(edges: Array, scale: Scale, pixels: int, *, up: bool = False) -> Array:
    """Where edges lie, in pixels of a plot; `up`: counted from its lower end."""
    fractions = np.clip(scale.fractions(edges), -8.0, 8.0)
    found: Array = np.rint((1.0 - fractions if up else fractions) * pixels)
    return found


def outlines(
    offending: Array, at: tuple[Array, Array], width: int, height: int
) -> Array:
    """The lines round a set of cells, and round cells of a few pixels with a margin.

    Returns:
        x1, y1, x2, y2 of each line, shape (n, 4), within the plot.
    """
    x, y = at
    columns, rows = len(x) - 1, len(y) - 1
    flat = np.asarray(offending, dtype=np.int64)
    flat = flat[(flat >= 0) & (flat < columns * rows)]
    if flat.size == 0:
        return np.empty((0, 4))
    column, row = flat // rows, flat % rows
    left, right = x[column], x[column + 1]
    top, bottom = y[row + 1], y[row]
    inside = (right > 0) & (left < width) & (bottom > 0) & (top < height)
    left, right, top, bottom = (each[inside] for each in (left, right, top, bottom))
    if left.size == 0:
        return np.empty((0, 4))
    small = (right - left < _ROOMY) | (bottom - top < _ROOMY)
    # one margin for all: cells of one size differ by a pixel, and the ring had steps
    margin = 3.0 if small.any() else 0.0
    # in steps of a few pixels cells become blocks of a mask; its border is the outline
    across, down = width // _GRID + 2, height // _GRID + 2
    mask = np.zeros((across + 2, down + 2), dtype=np.int32)
    first = np.clip(np.floor((left - margin) / _GRID), 0, across).astype(np.int64)
    last = np.clip(np.ceil((right + margin) / _GRID), 0, across).astype(np.int64)
    upper = np.clip(np.floor((top - margin) / _GRID), 0, down).astype(np.int64)
    lower = np.clip(np.ceil((bottom + margin) / _GRID), 0, down).astype(np.int64)
    # each rectangle is +1 and −1 at its corners; summed up it is filled
    np.add.at(mask, (first, upper), 1)
    np.add.at(mask, (last, upper), -1)
    np.add.at(mask, (first, lower), -1)
    np.add.at(mask, (last, lower), 1)
    filled = mask.cumsum(axis=0).cumsum(axis=1) > 0
    return _border(filled, width, height)


def _border(filled: Array, width: int, height: int) -> Array:
    """The border of a mask of blocks, as lines in pixels, joined where they can be."""
    padded = np.zeros((filled.shape[0] + 1, filled.shape[1] + 1), dtype=np.int8)
    padded[1:, 1:] = filled
    found = []
    for turned in (False, True):
        mask = padded.T if turned else padded
        change = np.diff(mask, axis=0) != 0
        for line in np.flatnonzero(change.any(axis=1)).tolist():
            edge = np.diff(np.concatenate(([0], change[line].astype(np.int8), [0])))
            starts, stops = np.flatnonzero(edge == 1), np.flatnonzero(edge == -1)
            along = float(line * _GRID)
            for start, stop in zip(starts.tolist(), stops.tolist(), strict=True):
                low, high = (start - 1.0) * _GRID, (stop - 1.0) * _GRID
                found.append((low, along, high, along) if turned
                             else (along, low, along, high))  # fmt: skip
    lines = np.array(found, dtype=np.float64).reshape(-1, 4)
    lines[:, 0::2] = np.clip(lines[:, 0::2], 1, max(width - 2, 1))
    lines[:, 1::2] = np.clip(lines[:, 1::2], 1, max(height - 2, 1))
    return lines
