"""Histograms of two dimensions: the map, its reference or comparison beside it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QPoint, QRect, Qt

from dqmconsole.ui.plot.axes import AxisView, Pane, lay_out, paint_axes
from dqmconsole.ui.plot.background import Background
from dqmconsole.ui.plot.cells import paint_cells
from dqmconsole.ui.plot.colourbar import bars_for, paint_bar
from dqmconsole.ui.plot.drawing import ShownRange, axis_scale, counts_whole, fixed
from dqmconsole.ui.plot.palettes import lookup_table
from dqmconsole.ui.plot.plane import Plane, from_floor
from dqmconsole.ui.plot.raster import map_image, pixel_bins
from dqmconsole.ui.plot.reading import read_map
from dqmconsole.ui.plot.regions import paint_hatch, region_rects
from dqmconsole.ui.plot.scale import Scale, span_of, stepped
from dqmconsole.ui.plot.scene import Scene
from dqmconsole.ui.plot.series import comparable
from dqmconsole.ui.plot.words import plain

if TYPE_CHECKING:
    from PySide6.QtGui import QImage, QPainter

    from dqmconsole.model.histogram import Array, Axis
    from dqmconsole.model.layout import AxisDraw
    from dqmconsole.ui.plot.colourbar import Bar
    from dqmconsole.ui.plot.look import Look


@dataclass(frozen=True, eq=False)
class MapPanel:
    """One map of a tile: values, the range of their colours, what it is."""

    values: Array
    z: Scale
    palette: str
    caption: str
    title: str


class Maps:
    """The drawing of a two-dimensional histogram or profile."""

    def __init__(self) -> None:
        self._scene = Scene()
        self._plane: Plane | None = None
        self._reference: Plane | None = None
        self._z: Scale | None = None
        self._difference: Scale | None = None
        self._panels: list[MapPanel] = []
        self._panes: list[Pane] = []
        self._images: list[QImage] = []
        self._images_key: tuple[object, ...] = ()
        self._bins: tuple[Array, Array] | None = None
        self._background = Background()
        self._serial = 0

    def take(self, scene: Scene) -> None:
        """Take new data; the range of the colours moves only in steps."""
        assert scene.data is not None
        self._scene = scene
        self._serial += 1
        self._plane = Plane(scene.data, 1.0)
        self._reference = self._reference_plane(scene)
        side = scene.mode == "side-by-side" and self._reference is not None
        shown = [self._plane.values]
        if side and self._reference is not None:
            shown.append(self._reference.values)
        log = scene.draw.z.scale == "log"
        self._z = stepped(
            self._z,
            span_of(shown, log=log),
            log=log,
            from_zero=not scene.data.is_profile,
            headroom=1.0,
        )
        z = fixed(self._z, scene.draw.z)
        palette = scene.draw.palette or "cividis"
        title = scene.data.y_title if scene.draw.z.title is None else scene.draw.z.title
        caption = self._plane.caption
        values = from_floor(self._plane.values, scene.draw)
        self._panels = [MapPanel(values, z, palette, caption, title)]
        if side and self._reference is not None:
            beside = from_floor(self._reference.values, scene.draw)
            self._panels = [
                MapPanel(values, z, palette, "data", title),
                MapPanel(beside, z, palette, "reference", title),
            ]
        compared = scene.comparison
        if compared is not None and compared.values.ndim == 2:
            self._panels.append(self._comparison_panel(compared.mode, compared.values))

    def remark(self) -> str:
        """What to write over a plot in which nothing can be seen, else ""."""
        nothing = self._plane is None or bool(np.isnan(self._plane.values).all())
        return "no entries" if nothing else ""

    def panes(self) -> list[Pane]:
        """The panes as last painted, the data's first."""
        return self._panes

    def read(self, at: QPoint) -> str:
        """What lies at a point, in words; "" outside."""
        if self._plane is None:
            return ""
        for pane in self._panes:
            if pane.rect.contains(at):
                x = (at.x() + 0.5 - pane.rect.left()) / pane.rect.width()
                y = (pane.rect.bottom() + 0.5 - at.y()) / pane.rect.height()
                return read_map(
                    pane.x.scale.value(x),
                    pane.y.scale.value(y),
                    self._plane,
                    self._reference,
                    self._scene.comparison,
                )
        return ""

    def prepare(self, area: QRect, look: Look, view: ShownRange, ratio: float) -> None:
        """Lay out the panes in `area`, and draw what lies behind the maps."""
        if self._plane is not None:
            self._lay_out(area, look, view, ratio, self._chosen(area))

    def paint(
        self, painter: QPainter, area: QRect, look: Look, view: ShownRange, ratio: float
    ) -> None:
        """Draw everything into `area`."""
        if self._plane is None:
            return
        panels = self._chosen(area)
        self._lay_out(area, look, view, ratio, panels)
        self._background.put(painter, area)
        self._draw_images(look, ratio, panels)
        for pane, image in zip(self._panes, self._images, strict=True):
            painter.drawImage(pane.rect.topLeft(), image)
        x, y = self._plane.axes
        for pane, panel in zip(self._panes, panels, strict=True):
            painter.setClipRect(pane.rect)
            if self._scene.draw.style == "text":
                edges, table = self._plane.edges, _table(panel, look)
                paint_cells(painter, pane, edges, panel.values, panel.z, table, look)
            for rect in region_rects(self._scene.known, pane, x, y):
                paint_hatch(painter, rect)
        painter.setClipping(False)

    # -- inside ------------------------------------------------------------------

    def _reference_plane(self, scene: Scene) -> Plane | None:
        reference, kept = scene.reference, self._reference
        if reference is None or not comparable(scene.data, reference):
            return None
        if kept is not None and kept.made_from(reference, scene.scale):
            return kept
        return Plane(reference, scene.scale)

    def _comparison_panel(self, mode: str, values: Array) -> MapPanel:
        raw = np.asarray(values, dtype=np.float64)
        raw = np.where(np.isfinite(raw), raw, np.nan)
        if mode == "ratio":
            return MapPanel(raw, Scale(0.0, 2.0), "diverging", "ratio to reference", "")
        span = span_of([np.abs(raw)], log=False)
        old = None if self._difference is None else Scale(0, self._difference.high)
        high = stepped(old, span, headroom=1.0).high
        self._difference = _own_scale(self._scene.draw.z) or Scale(-high, high)
        return MapPanel(
            raw, self._difference, "diverging", "difference to reference", ""
        )

    def _chosen(self, area: QRect) -> list[MapPanel]:
        """Return the panels that fit: a comparison alone where there is no room."""
        roomy = _wide(area) or _tall(area)
        if len(self._panels) > 1 and not roomy and self._scene.comparison is not None:
            return self._panels[-1:]
        return self._panels

    def _lay_out(
        self,
        area: QRect,
        look: Look,
        view: ShownRange,
        ratio: float,
        panels: list[MapPanel],
    ) -> None:
        assert self._plane is not None
        draw = self._scene.draw
        x_axis, y_axis = self._plane.axes
        x = view.x or axis_scale(x_axis, draw.x)
        y = view.y or axis_scale(y_axis, draw.y)
        x_title = x_axis.title if draw.x.title is None else draw.x.title
        y_title = y_axis.title if draw.y.title is None else draw.y.title
        key = (
            area.getRect(), look, x, y, ratio, x_title, y_title, x_axis.labels,
            y_axis.labels, self._plane.edges_key,
            tuple((panel.z, panel.palette, panel.caption, panel.title)
                  for panel in panels),
        )  # fmt: skip
        if self._background.fresh(key):
            return
        x_edges, y_edges = self._plane.edges
        x_view = _seen(x_axis, x, x_title, x_edges)
        y_view = _seen(y_axis, y, y_title, y_edges)
        line = look.metrics.height()
        caption = line if any(panel.caption for panel in panels) else 0
        parts = _divided(area, len(panels))
        planned = bars_for([(each.z, each.title) for each in panels], look, parts)
        bars: list[tuple[Bar, QRect, QRect]] = []
        self._panes = []
        for part, bar in zip(parts, planned, strict=True):
            room = part.adjusted(0, caption, -bar.width, 0)
            pane = lay_out(room, look, x_view, (y_view,))[0]
            self._panes.append(pane)
            start = part.right() - bar.width + 1
            place = QRect(start, pane.rect.top(), bar.width, pane.rect.height())
            bars.append((bar, place, part))

        def paint(painter: QPainter) -> None:
            for pane, panel, placed in zip(self._panes, panels, bars, strict=True):
                bar, place, part = placed
                bounds = QRect(part)
                bounds.setRight(place.left() + 4)
                paint_axes(painter, pane, look, bounds)
                table = _table(panel, look)
                paint_bar(painter, place, bar, table, look, part)
                if panel.caption:
                    painter.setPen(look.muted)
                    top = QRect(pane.rect.left(), part.top(), pane.rect.width(), line)
                    painter.drawText(top, Qt.AlignmentFlag.AlignLeft, panel.caption)

        self._background.draw(key, area, look, ratio, paint)
        self._images_key = ()

    def _draw_images(self, look: Look, ratio: float, panels: list[MapPanel]) -> None:
        key = (self._serial, look, len(panels))
        if key == self._images_key:
            return
        assert self._plane is not None
        if not self._images_key:
            rect = self._panes[0].rect
            x_edges, y_edges = self._plane.edges
            self._bins = (
                pixel_bins(
                    x_edges, self._panes[0].x.scale, round(rect.width() * ratio)
                ),
                pixel_bins(
                    y_edges, self._panes[0].y.scale, round(rect.height() * ratio)
                ),
            )
        self._images = []
        for pane, panel in zip(self._panes, panels, strict=True):
            x_bins, y_bins = self._bins_of(pane, ratio)
            table = _table(panel, look)
            image = map_image(panel.values, x_bins, y_bins, panel.z, table)
            image.setDevicePixelRatio(ratio)
            self._images.append(image)
        self._images_key = key

    def _bins_of(self, pane: Pane, ratio: float) -> tuple[Array, Array]:
        assert self._plane is not None
        assert self._bins is not None
        x_bins, y_bins = self._bins
        x_edges, y_edges = self._plane.edges
        width = round(pane.rect.width() * ratio)
        height = round(pane.rect.height() * ratio)
        if len(x_bins) != width:
            x_bins = pixel_bins(x_edges, pane.x.scale, width)
        if len(y_bins) != height:
            y_bins = pixel_bins(y_edges, pane.y.scale, height)
        return x_bins, y_bins


def _seen(axis: Axis, scale: Scale, title: str, edges: Array) -> AxisView:
    return AxisView(scale, plain(title), axis.labels, edges, counts_whole(axis))


def _wide(area: QRect) -> bool:
    """Tell whether two maps can stand side by side."""
    return area.width() >= 440 and area.width() > 1.4 * area.height()


def _tall(area: QRect) -> bool:
    """Tell whether two maps can stand above one another."""
    return area.width() >= 220 and area.height() >= 330 and not _wide(area)


def _divided(area: QRect, count: int) -> list[QRect]:
    """Divide the room among maps, above one another where it is higher than wide."""
    if count == 1:
        return [area]
    if _tall(area):
        high = area.height() // count
        return [
            QRect(area.left(), area.top() + index * high, area.width(), high - 4)
            for index in range(count)
        ]
    wide = area.width() // count
    return [
        QRect(area.left() + index * wide, area.top(), wide - 4, area.height())
        for index in range(count)
    ]


def _own_scale(z: AxisDraw) -> Scale | None:
    """The scale of differences where the layout gives the data's: just as wide.

    On a scale of their own mere noise would look like a finding.
    """
    low, high = z.range or (None, None)
    if low is None or high is None or low == high:
        return None
    half = 0.5 * abs(high - low)
    return Scale(-half, half)


def _table(panel: MapPanel, look: Look) -> Array:
    """The colours of a map, from the lowest; without colour where it is stale."""
    return lookup_table("stale" if look.grey else panel.palette, look.theme.tile)
