"""Maps of bins of any shape (a TH2Poly)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from pyqtgraph import functions
from PySide6.QtCore import QPointF, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QBrush, QColor, QImage, QPainter, QPen

from dqmconsole.model.histogram import Axis
from dqmconsole.model.tlatex import plain_title
from dqmconsole.ui.plot.axes import AxisView, Pane
from dqmconsole.ui.plot.cells import colour_indices
from dqmconsole.ui.plot.colour_bar import ColourBarItem, bars_for
from dqmconsole.ui.plot.colour_scale import ColourScale, with_ends
from dqmconsole.ui.plot.drawing import fixed
from dqmconsole.ui.plot.map_item import ring_pens
from dqmconsole.ui.plot.maps import colours_of, map_pane
from dqmconsole.ui.plot.painting import PaintedItem
from dqmconsole.ui.plot.palettes import EMPTY, UNDEFINED, lookup_table
from dqmconsole.ui.plot.reading import short
from dqmconsole.ui.plot.regions import hatched_rects, paint_hatch
from dqmconsole.ui.plot.scale import Scale, sane
from dqmconsole.ui.plot.scene import Scene

if TYPE_CHECKING:
    from PySide6.QtCore import QPoint
    from PySide6.QtGui import QPainterPath

    from dqmconsole.model.graph import Polygons
    from dqmconsole.model.histogram import Array
    from dqmconsole.ui.plot.drawing import Placement
    from dqmconsole.ui.plot.look import Look
    from dqmconsole.ui.plot.pane import PlotItems


@dataclass(frozen=True, eq=False)
class ShownPolygons:
    """What the picture of a map of polygons is drawn from.

    Attributes:
        polygons: the bins.
        indices: of each bin the place of its colour in the table.
        x, y: the ranges.
        size: of the plot, in pixels.
        ratio: device pixels per pixel.
        table: the colours (`palettes.lookup_table`).
        look: colours.
        offending: bins to outline, or None.
    """

    polygons: Polygons
    indices: Array
    x: Scale
    y: Scale
    size: QSize
    ratio: float
    table: Array
    look: Look
    offending: Array | None

    @property
    def key(self) -> tuple[object, ...]:
        """The same where the picture is."""
        ringed = None if self.offending is None else self.offending.tobytes()
        return (
            *(self.polygons, self.indices.tobytes(), self.x, self.y, self.size),
            *(self.ratio, id(self.table), self.look, ringed),
        )


class PolygonsItem(PaintedItem):
    """A map of polygons, in pixels of its view box."""

    def __init__(self) -> None:
        super().__init__()
        self._picture = QImage()
        self._hatched: tuple[QRect, ...] = ()
        self._key: tuple[object, ...] = ()

    def show_polygons(self, shown: ShownPolygons, hatched: tuple[QRect, ...]) -> None:
        """Show a map.

        Args:
            shown: the map.
            hatched: known regions, in pixels of the plot.
        """
        self.lie(QRectF(QPointF(), shown.size.toSizeF()))
        key = shown.key
        if key != self._key:
            self._key = key
            self._picture = _drawn(shown)
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


def _drawn(shown: ShownPolygons) -> QImage:
    polygons, size, ratio = shown.polygons, shown.size, shown.ratio
    look, offending = shown.look, shown.offending
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
        across = shown.x.fractions(x) * size.width()
        down = (1.0 - shown.y.fractions(y)) * size.height()
    # what is far outside, or nowhere, must not upset the painter
    across = np.clip(np.nan_to_num(across), -1e5, 1e5)
    down = np.clip(np.nan_to_num(down), -1e5, 1e5)
    bins = np.asarray(polygons.bins, dtype=np.int64)
    there = (bins >= 0) & (bins < len(shown.indices))
    colours = np.where(there, shown.indices[np.where(there, bins, 0)], EMPTY)
    painter = QPainter(picture)
    try:
        large = _extents(across, down, begins) >= _OUTLINED
        # smoothed, polygons of less than a pixel would mostly be ground
        smooth = bool(large.mean() > 0.5)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, smooth)
        painter.setPen(Qt.PenStyle.NoPen)
        for colour in np.unique(colours).tolist():
            if colour == EMPTY:
                continue
            brush = QBrush(QColor.fromRgb(int(shown.table[colour])))
            if colour == UNDEFINED:
                brush.setStyle(Qt.BrushStyle.DiagCrossPattern)
            path = _path(across, down, begins, colours == colour)
            painter.fillPath(path, brush)
        pen = QPen(look.line.color())
        pen.setCosmetic(True)
        if bool(large.any()):
            painter.strokePath(_path(across, down, begins, large), pen)
        if offending is not None and offending.size:
            chosen = np.isin(bins, offending)
            path = _path(across, down, begins, chosen)
            for ring in ring_pens(look):
                painter.strokePath(path, ring)
    finally:
        painter.end()
    return picture


def _extents(x: Array, y: Array, begins: Array) -> Array:
    """The smaller of width and height of each ring, px."""
    starts = begins[:-1]
    sizes = [
        np.maximum.reduceat(each, starts) - np.minimum.reduceat(each, starts)
        for each in (x, y)
    ]
    found: Array = np.minimum(*sizes)
    return found


_OUTLINED = 4.0  # px; of smaller polygons the outlines would be all there is to see
_UNIT = Scale(0.0, 1.0)


class PolygonMap:
    """The drawing of polygons: one map, whatever it is compared with."""

    def __init__(self) -> None:
        self._scene = Scene()
        self._values: Array = np.empty(0)
        self._lost: Array = np.empty(0, dtype=bool)
        self._colours: ColourScale | None = None
        self._ranges: tuple[Scale, Scale] = (_UNIT, _UNIT)
        self.panes: list[Pane] = []
        self._key: tuple[object, ...] = ()

    def take(self, scene: Scene) -> None:
        """Take new data; the range of the colours moves only in steps."""
        assert scene.polygons is not None
        self._scene = scene
        contents = np.asarray(scene.polygons.contents, dtype=np.float64)
        self._lost = ~np.isfinite(contents)
        negative = bool((contents < 0).any())
        empty = self._lost | ((contents == 0) & (not negative))
        self._values = np.where(empty, np.nan, contents)
        draw = scene.draw
        self._colours = colours_of(scene, self._values, self._colours)
        self._ranges = (
            fixed(_span(scene.polygons.x), draw.x),
            fixed(_span(scene.polygons.y), draw.y),
        )

    def remark(self) -> str:
        """What to write over a plot in which nothing can be seen, else ""."""
        if self._lost.size and bool(self._lost.all()):
            return "not a number"
        return "no entries" if bool(np.isnan(self._values).all()) else ""

    def note(self) -> str:
        """What else must be said of the values, else ""."""
        count = int(self._lost.sum())
        if not count or self.remark():
            return ""
        return f"{count} bin{'' if count == 1 else 's'} not a number"

    def read(self, at: QPoint) -> str:
        """The bin at a point, in words; "" outside."""
        polygons = self._scene.polygons
        if polygons is None:
            return ""
        for pane in self.panes:
            if not pane.rect.contains(at):
                continue
            found = ring_at(polygons, *pane.values_at(at))
            if found is None or not 0 <= found < len(self._values):
                return ""
            labels = polygons.labels
            name = plain_title(labels[found]) if found < len(labels) else ""
            value = float(self._values[found])
            words = short(value) if value == value else "empty"
            if self._lost[found]:
                words = "not a number"
            return f"{name or f'bin {found + 1}'}: {words}"
        return ""

    def place(self, items: PlotItems, at: Placement) -> bool:
        """Lay out and hand the items what they draw."""
        scene, polygons, look = self._scene, self._scene.polygons, at.look
        assert polygons is not None
        assert self._colours is not None
        colours = with_ends(self._colours, scene.limits, scene.draw.z.range)
        palette = scene.draw.palette or "cividis"
        table = lookup_table("stale" if look.grey else palette, look.theme.tile)
        title = scene.draw.z.title_or(polygons.z_title)
        bar = bars_for([(colours.scale, title)], look, [at.area])[0]
        moved = self._lay_out(polygons, at, bar.width)
        pane = self.panes[0]
        indices = colour_indices(self._values, colours)
        indices[self._lost] = UNDEFINED
        pane_items = items.pane(0)
        if moved:
            pane_items.place(pane, look, both=True)
        expected = scene.expected
        axes = (Axis(1, view.scale.low, view.scale.high) for view in (pane.x, pane.y))
        hatched = hatched_rects(scene.known, pane, *axes)
        shown = ShownPolygons(
            polygons,
            indices,
            pane.x.scale,
            pane.y.scale,
            pane.rect.size(),
            at.ratio,
            table,
            look,
            None if expected is None else expected.offending,
        )
        pane_items.item(PolygonsItem).show_polygons(shown, hatched)
        bar = bar.with_ends([self._values], colours)
        start = pane.bounds.right() + 1
        rect = QRect(start, pane.rect.top(), bar.width, pane.rect.height())
        items.item(ColourBarItem).show_bar(bar, rect, at.area, table, look)
        return moved

    # -- inside --------------------------------------------------------------------

    def _lay_out(self, polygons: Polygons, at: Placement, bar: int) -> bool:
        draw = self._scene.draw
        x, y = at.view.x or self._ranges[0], at.view.y or self._ranges[1]
        x_title = draw.x.title_or(polygons.x_title)
        y_title = draw.y.title_or(polygons.y_title)
        titles = (x_title, y_title, draw.aspect)
        key = (at.key, x, y, bar, titles)
        if key == self._key:
            return False
        self._key = key
        room = at.area.adjusted(0, 0, -bar, 0)
        x_view, y_view = AxisView(x, x_title), AxisView(y, y_title)
        self.panes = [map_pane(room, draw, at, x_view, y_view)]
        return True


def _span(corners: Array) -> Scale:
    """All corners, with a little room."""
    known = corners[np.isfinite(corners)]
    if known.size == 0:
        return _UNIT
    low, high = float(known.min()), float(known.max())
    room = 0.02 * (high - low)
    return sane(low - room, high + room)
