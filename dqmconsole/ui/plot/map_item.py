"""The map of a plot: cells of any width on any axes, drawn pixel by pixel.

pyqtgraph's image has cells of one size in a linear system of coordinates. Here bins
may be of any width and axes logarithmic, so the map is brought to the pixels of the
plot first (:mod:`dqmconsole.ui.plot.raster`), and what is drawn is a ready image.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import QPointF, QRect, QRectF, QSize
from PySide6.QtGui import QImage

from dqmconsole.ui.plot.cells import edge_pixels, paint_rings, paint_values
from dqmconsole.ui.plot.painting import guarded
from dqmconsole.ui.plot.raster import map_pixels, pixel_bins
from dqmconsole.ui.plot.regions import paint_hatch

if TYPE_CHECKING:
    from PySide6.QtGui import QPainter
    from PySide6.QtWidgets import QStyleOptionGraphicsItem, QWidget

    from dqmconsole.model.histogram import Array
    from dqmconsole.ui.plot.look import Look
    from dqmconsole.ui.plot.raster import Cells
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


_NO_MARKS = MapMarks()


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

    def show_map(
        self,
        cells: Cells,
        place: MapPlace,
        table: Array,
        look: Look,
        marks: MapMarks = _NO_MARKS,
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
    def paint(
        self,
        painter: QPainter,
        _option: QStyleOptionGraphicsItem,
        _widget: QWidget | None = None,
    ) -> None:
        """Draw the map and what lies over it."""
        place, look, table = self._place, self._look, self._table
        if self._cells is None or place is None or look is None or table is None:
            return
        if self._picture.isNull():
            self._picture = self._drawn(self._cells, place, table)
        painter.drawImage(QPointF(), self._picture)
        marks = self._marks
        if marks is _NO_MARKS:
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
            paint_rings(painter, marks.offending, at, place.size, look)

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
