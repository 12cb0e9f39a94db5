"""Maps of bins of any shape (a TH2Poly)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QRect

from dqmconsole.model.histogram import Axis
from dqmconsole.model.tlatex import plain_title
from dqmconsole.ui.plot.axes import AxisView, Pane, lay_out
from dqmconsole.ui.plot.cells import colour_indices
from dqmconsole.ui.plot.colour_bar import ColourBarItem, bars_for
from dqmconsole.ui.plot.colour_scale import ColourScale, next_scale, with_ends
from dqmconsole.ui.plot.drawing import ShownRange, fixed
from dqmconsole.ui.plot.maps import equal_pane, lies_in_space
from dqmconsole.ui.plot.palettes import OVER, UNDEFINED, UNDER, lookup_table
from dqmconsole.ui.plot.polygons_item import PolygonsItem, ring_at
from dqmconsole.ui.plot.reading import short
from dqmconsole.ui.plot.regions import region_rects
from dqmconsole.ui.plot.scale import Scale, sane
from dqmconsole.ui.plot.scene import Scene

if TYPE_CHECKING:
    from PySide6.QtCore import QPoint

    from dqmconsole.model.graph import Polygons
    from dqmconsole.model.histogram import Array
    from dqmconsole.ui.plot.drawing import Placement
    from dqmconsole.ui.plot.pane import PlotItems

_UNIT = Scale(0.0, 1.0)


class PolygonMap:
    """The drawing of polygons: one map, whatever it is compared with."""

    def __init__(self) -> None:
        self._scene = Scene()
        self._polygons: Polygons | None = None
        self._values: Array = np.empty(0)
        self._lost: Array = np.empty(0, dtype=bool)
        self._colours: ColourScale | None = None
        self._ranges: tuple[Scale, Scale] = (_UNIT, _UNIT)
        self._panes: list[Pane] = []
        self._key: tuple[object, ...] = ()

    def take(self, scene: Scene) -> None:
        """Take new data; the range of the colours moves only in steps."""
        assert scene.polygons is not None
        self._scene, self._polygons = scene, scene.polygons
        contents = np.asarray(scene.polygons.contents, dtype=np.float64)
        self._lost = ~np.isfinite(contents)
        negative = bool((contents < 0).any())
        empty = self._lost | ((contents == 0) & (not negative))
        self._values = np.where(empty, np.nan, contents)
        draw = scene.draw
        found = next_scale(
            self._colours,
            self._values,
            log=draw.z.scale == "log",
            grows=scene.grows,
        )
        self._colours = found
        self._ranges = (
            fixed(_span(scene.polygons.x), draw.x),
            fixed(_span(scene.polygons.y), draw.y),
        )

    def panes(self) -> list[Pane]:
        """The pane as last placed."""
        return self._panes

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
        if self._polygons is None:
            return ""
        for pane in self._panes:
            if not pane.rect.contains(at):
                continue
            x = (at.x() + 0.5 - pane.rect.left()) / pane.rect.width()
            y = (pane.rect.bottom() + 0.5 - at.y()) / pane.rect.height()
            place = pane.x.scale.value(x), pane.y.scale.value(y)
            found = ring_at(self._polygons, *place)
            if found is None or not 0 <= found < len(self._values):
                return ""
            labels = self._polygons.labels
            name = plain_title(labels[found]) if found < len(labels) else ""
            value = float(self._values[found])
            words = short(value) if value == value else "empty"
            if self._lost[found]:
                words = "not a number"
            return f"{name or f'bin {found + 1}'}: {words}"
        return ""

    def place(self, items: PlotItems, at: Placement) -> bool:
        """Lay out and hand the items what they draw."""
        assert self._polygons is not None
        assert self._colours is not None
        scene, polygons, look = self._scene, self._polygons, at.look
        colours = with_ends(self._colours, scene.draw.z.range)
        palette = scene.draw.palette or "cividis"
        table = lookup_table("stale" if look.grey else palette, look.theme.tile)
        z_title = scene.draw.z.title
        title = polygons.z_title if z_title is None else z_title
        bar = bars_for([(colours.scale, title)], look, [at.area])[0]
        moved = self._lay_out(at, bar.width)
        pane = self._panes[0]
        indices = colour_indices(self._values, colours)
        indices[self._lost] = UNDEFINED
        items.begin()
        shown = items.pane(0)
        if moved:
            shown.place(pane, look, both=True)
        expected = scene.expected
        hatched: tuple[QRect, ...] = ()
        if scene.known:
            axes = [
                Axis(1, scale.low, scale.high) for scale in (pane.x.scale, pane.y.scale)
            ]
            corner = -pane.rect.topLeft()
            rects = region_rects(scene.known, pane, *axes)
            hatched = tuple(rect.translated(corner) for rect in rects)
        shown.item(PolygonsItem).show_polygons(
            polygons,
            indices,
            (pane.x.scale, pane.y.scale),
            pane.rect.size(),
            at.ratio,
            table,
            look,
            None if expected is None else expected.offending,
            hatched,
        )
        under, over = bool((indices == UNDER).any()), bool((indices == OVER).any())
        bar = bar.with_ends(under=under, over=over)
        start = pane.bounds.right() + 1
        rect = QRect(start, pane.rect.top(), bar.width, pane.rect.height())
        items.item(ColourBarItem).show_bar(bar, rect, at.area, table, look)
        items.finish()
        return moved

    # -- inside --------------------------------------------------------------------

    def _lay_out(self, at: Placement, bar: int) -> bool:
        assert self._polygons is not None
        draw, polygons = self._scene.draw, self._polygons
        look, view = at.look, at.view
        x, y = view.x or self._ranges[0], view.y or self._ranges[1]
        x_title = polygons.x_title if draw.x.title is None else draw.x.title
        y_title = polygons.y_title if draw.y.title is None else draw.y.title
        titles = (x_title, y_title, draw.aspect)
        key = (at.key, x, y, bar, titles)
        if key == self._key:
            return False
        self._key = key
        room = at.area.adjusted(0, 0, -bar, 0)
        x_view, y_view = (
            AxisView(x, x_title),
            AxisView(y, y_title),
        )
        equal = lies_in_space(draw, x_title, y_title) and not (x.log or y.log)
        if equal:
            zoomed = view != ShownRange()
            self._panes = [equal_pane(room, look, x_view, y_view, zoomed=zoomed)]
        else:
            self._panes = lay_out(room, look, x_view, (y_view,), (1.0,), at.least_left)
        return True


def _span(corners: Array) -> Scale:
    """All corners, with a little room."""
    known = corners[np.isfinite(corners)]
    if known.size == 0:
        return _UNIT
    low, high = float(known.min()), float(known.max())
    room = 0.02 * (high - low)
    return sane(low - room, high + room)
