"""Histograms of two dimensions: the map, its reference or comparison beside it.

Rows of states (style "strip") are maps of two colours.
"""

from __future__ import annotations

import dataclasses
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QPoint, QRect, Qt
from PySide6.QtGui import QBrush, QColor, QPen

from dqmconsole.model.histogram import Axis
from dqmconsole.ui.plot.axes import AxisView, Pane, lay_out
from dqmconsole.ui.plot.cells import Cells
from dqmconsole.ui.plot.colour_bar import ColourBar, ColourBarItem, bars_for
from dqmconsole.ui.plot.colour_scale import ColourScale, next_scale, with_ends
from dqmconsole.ui.plot.deviation import NEUTRAL_PULL, deviation_of
from dqmconsole.ui.plot.drawing import (
    ShownRange,
    axis_scale,
    axis_unit,
    counts_whole,
    ending_with_run,
)
from dqmconsole.ui.plot.legend import LegendEntry, LegendItem
from dqmconsole.ui.plot.map_item import MapItem, MapMarks, MapPlace
from dqmconsole.ui.plot.palettes import COLOURS, lookup_table
from dqmconsole.ui.plot.plane import Plane, edges_key_of, states_of, without_marks
from dqmconsole.ui.plot.reading import bin_at, bin_words, read_map
from dqmconsole.ui.plot.regions import hatched_rects
from dqmconsole.ui.plot.scale import Scale
from dqmconsole.ui.plot.scene import Scene
from dqmconsole.ui.plot.series import comparable

if TYPE_CHECKING:
    from dqmconsole.model.frame import Comparison
    from dqmconsole.model.histogram import Array
    from dqmconsole.model.layout import AxisDraw, Draw
    from dqmconsole.ui.plot.drawing import Placement
    from dqmconsole.ui.plot.look import Look
    from dqmconsole.ui.plot.pane import PlotItems

# Two axes in the same one of these lie in one plane of space.
_LENGTH = re.compile(r"[\[(]\s*(nm|um|#?mum|#?mu m|μm|µm|mm|cm|m)\s*[\])]\s*$")
_CAPTIONS = {
    "ratio": "ratio to reference",
    "difference": "difference to reference",
    "pull": "pull, standard deviations",
}
_ROW = Axis(1, 0.0, 1.0, labels=("\N{NO-BREAK SPACE}",))


@dataclass(frozen=True, eq=False)
class MapPanel:
    """One map of a tile.

    Attributes:
        cells: what is painted.
        values: what stands in the cells, NaN where nothing does.
        palette: name of the colours.
        caption: what it is, or "".
        title: what the bar counts.
        own: it is of the data, not of their reference.
    """

    cells: Cells
    values: Array
    palette: str
    caption: str
    title: str
    own: bool = True


class Maps:
    """The drawing of a two-dimensional histogram or profile."""

    def __init__(self) -> None:
        self._scene = Scene()
        self._axes: tuple[Axis, Axis] = (_ROW, _ROW)
        self._edges: tuple[Array, Array] = (_ROW.edges, _ROW.edges)
        self._edges_key: tuple[object, ...] = ()
        self._plane: Plane | None = None
        self._reference: Plane | None = None
        self._colours: ColourScale | None = None
        self._deviation: ColourScale | None = None
        self._x: Scale | None = None
        self._panels: list[MapPanel] = []
        self.panes: list[Pane] = []
        self._rooms: list[QRect] = []
        self._key: tuple[object, ...] = ()

    def take(self, scene: Scene) -> None:
        """Take new data; the range of the colours moves only in steps."""
        assert scene.data is not None
        self._scene = scene
        x = scene.data.axes[0]
        self._axes = (x, scene.data.axes[1] if scene.data.dimension > 1 else _ROW)
        key = edges_key_of(self._axes)
        if key != self._edges_key:
            self._edges = (self._axes[0].edges, self._axes[1].edges)
            self._edges_key = key
        if scene.draw.style == "strip":
            cells = states_of(scene.data, scene.last)
            panel = MapPanel(cells, cells.values, "flags", "", "")
            self._plane, self._panels = None, [panel]
        else:
            self._take_map(scene)
        self._x = self._x_scale(scene)

    def remark(self) -> str:
        """What to write over a plot in which nothing can be seen, else ""."""
        if not self._panels or not bool(np.isnan(self._panels[0].values).all()):
            return ""
        if self._panels[0].cells.undefined is None:
            return "no entries"
        return "" if self._plane is None else "not a number"

    def note(self) -> str:
        """What else must be said of the values ("2 cells not a number"), else ""."""
        lost = None if self._plane is None else self._plane.undefined
        if lost is None or self.remark():
            return ""
        count = int(lost.sum())
        return f"{count} cell{'' if count == 1 else 's'} not a number"

    def read(self, at: QPoint) -> str:
        """What lies at a point, in words; "" outside."""
        for pane in self.panes:
            if pane.rect.contains(at):
                x = (at.x() + 0.5 - pane.rect.left()) / pane.rect.width()
                y = (pane.rect.bottom() + 0.5 - at.y()) / pane.rect.height()
                place = (pane.x.scale.value(x), pane.y.scale.value(y))
                if self._plane is None:
                    return self._read_state(*place)
                compared = self._scene.comparison
                return read_map(*place, self._plane, self._reference, compared)
        return ""

    def place(self, items: PlotItems, at: Placement) -> bool:
        """Lay out and hand the items what they draw.

        Returns:
            Whether axes are new; else panes and colour bars alone are.
        """
        look, panels = at.look, self._chosen(at.area)
        rooms = _divided(at.area, len(panels))
        bars = self._bars(panels, look, rooms)
        moved = self._lay_out(panels, bars, rooms, at)
        for index, (pane, panel, bar, room) in enumerate(
            zip(self.panes, panels, bars, self._rooms, strict=True)
        ):
            shown = items.pane(index)
            if moved:
                shown.place(pane, look, both=True)
            table = lookup_table(
                "stale" if look.grey else panel.palette, look.theme.tile
            )
            place = MapPlace(
                pane.rect.size(), at.ratio, pane.x.scale, pane.y.scale,
                self._edges, self._edges_key,
            )  # fmt: skip
            marks = self._marks(panel, pane)
            shown.item(MapItem).show_map(panel.cells, place, table, look, marks)
            if bar is not None:
                start = pane.bounds.right() + 1
                rect = QRect(start, pane.rect.top(), bar.width, pane.rect.height())
                item = items.item(ColourBarItem, index)
                item.show_bar(bar, rect, room, table, look)
            self._caption(items, index, panel, pane, room, table, look)
        return moved

    # -- what is shown -------------------------------------------------------------

    def _take_map(self, scene: Scene) -> None:
        assert scene.data is not None
        draw = scene.draw
        self._plane = Plane(scene.data, 1.0)
        self._reference = self._reference_plane(scene)
        values = without_marks(self._plane.values, draw)
        side = scene.mode == "side-by-side"
        beside = self._reference if side else None
        seen = values
        if beside is not None:
            other = without_marks(beside.values, draw)
            seen = np.concatenate((values.ravel(), other.ravel()))
        self._colours = colours_of(scene, seen, self._colours)
        palette = draw.palette or "cividis"
        colours = self._colours
        if palette == "diverging":
            colours = _about_zero(colours)
        colours = with_ends(colours, scene.limits, draw.z.range, scene.data.shown)
        title = scene.data.y_title if draw.z.title is None else draw.z.title
        caption = self._plane.caption or scene.shown_of
        mine = self._plane
        cells = Cells(values, colours, "map", mine.undefined, mine.flat)
        self._panels = [MapPanel(cells, values, palette, caption, title)]
        if beside is not None:
            data = dataclasses.replace(self._panels[0], caption="data")
            cells = Cells(other, colours, "map", beside.undefined, beside.flat)
            reference = MapPanel(cells, other, palette, "reference", title, own=False)
            self._panels = [data, reference]
        compared = scene.comparison
        if compared is not None and compared.values.ndim == 2:
            self._panels.append(self._comparison_panel(scene, compared))

    def _reference_plane(self, scene: Scene) -> Plane | None:
        reference, kept = scene.reference, self._reference
        if reference is None or not comparable(scene.data, reference):
            return None
        if kept is not None and kept.made_from(reference, scene.scale):
            return kept
        return Plane(reference, scene.scale)

    def _comparison_panel(self, scene: Scene, compared: Comparison) -> MapPanel:
        found = deviation_of(
            compared,
            scene.data,
            scene.reference,
            scene.scale,
            self._deviation,
            _half_width(scene.draw.z),
        )
        self._deviation = found.colours
        caption = _CAPTIONS[compared.mode]
        if found.strength is not None:
            caption += f", neutral within {NEUTRAL_PULL:g} σ"
        cells = Cells(found.positions(), found.colours, "deviation")
        return MapPanel(cells, found.values, "diverging", caption, "")

    def _chosen(self, area: QRect) -> list[MapPanel]:
        """Return the panels that fit: a comparison alone where there is no room."""
        roomy = _wide(area) or _tall(area)
        if len(self._panels) > 1 and not roomy and self._scene.comparison is not None:
            return self._panels[-1:]
        return self._panels

    def _read_state(self, x: float, y: float) -> str:
        column, row = bin_at(x, self._edges[0]), bin_at(y, self._edges[1])
        if column is None or row is None:
            return ""
        cells = self._panels[0].cells
        value = float(cells.values[column, row])
        words = "not known"
        if value == value:
            words = self._scene.draw.states[int(value)]
        elif cells.undefined is None or not cells.undefined[column, row]:
            words = "not there yet"
        place = bin_words(self._axes[0], self._edges[0], column)
        name = bin_words(self._axes[1], self._edges[1], row).strip()
        told = name if self._axes[1] is not _ROW else ""
        return ", ".join(each for each in (place, told) if each) + f": {words}"

    # -- layout --------------------------------------------------------------------

    def _x_scale(self, scene: Scene) -> Scale:
        """The range of x; an axis of lumisections ends with the run."""
        scale = axis_scale(self._axes[0], scene.draw.x)
        unit = axis_unit(self._axes[0], scene.draw.x)
        if scene.last is None or unit != "lumisection" or scene.draw.x.range:
            return scale
        there = ~np.isnan(self._panels[0].values).all(axis=1)
        filled = np.flatnonzero(there)
        end = float(self._edges[0][filled[-1] + 1]) if filled.size else scale.low
        return ending_with_run(scale, max(end, float(scene.last)))

    def _bars(
        self, panels: list[MapPanel], look: Look, rooms: list[QRect]
    ) -> list[ColourBar | None]:
        """The bar of each panel; none where the colours are two states."""
        if panels[0].cells.kind == "strip":
            return [None] * len(panels)
        wanted = [(panel.cells.colours.scale, panel.title) for panel in panels]
        found: list[ColourBar | None] = []
        for bar, panel in zip(bars_for(wanted, look, rooms), panels, strict=True):
            cells = panel.cells
            under, over = cells.colours.under, cells.colours.over
            if cells.kind == "deviation":
                under, over = -1.0, 1.0
            elif cells.colours.scale.log:
                under = max(under, 1e-300)
            with np.errstate(invalid="ignore"):
                found.append(
                    dataclasses.replace(
                        bar,
                        under=bool((cells.values < under).any()),
                        over=bool((cells.values > over).any()),
                        banded=cells.kind == "deviation" and _is_pull(self._scene),
                    )
                )
        return found

    def _lay_out(
        self,
        panels: list[MapPanel],
        bars: list[ColourBar | None],
        rooms: list[QRect],
        at: Placement,
    ) -> bool:
        """Lay out the panes; tell whether anything about them is new."""
        assert self._x is not None
        draw, look, view = self._scene.draw, at.look, at.view
        x_axis, y_axis = self._axes
        x = view.x or self._x
        y = view.y or axis_scale(y_axis, draw.y)
        x_title = x_axis.title if draw.x.title is None else draw.x.title
        y_title = y_axis.title if draw.y.title is None else draw.y.title
        unit = axis_unit(x_axis, draw.x)
        clock = self._scene.clock if unit == "lumisection" else None
        times = None if clock is None else (clock(x.low), clock(x.high))
        key = (
            at.key, len(rooms), x, y,
            x_title, y_title, x_axis.labels, y_axis.labels, self._edges_key, unit,
            times, draw.aspect, draw.style,
            tuple(0 if bar is None else bar.width for bar in bars),
            tuple(bool(panel.caption) for panel in panels),
        )  # fmt: skip
        if key == self._key:
            return False
        self._key = key
        x_view = AxisView(
            x, x_title, x_axis.labels, self._edges[0], counts_whole(x_axis),
            unit, clock,
        )  # fmt: skip
        y_view = AxisView(
            y, y_title, y_axis.labels, self._edges[1], counts_whole(y_axis)
        )
        strip = panels[0].cells.kind == "strip"
        captioned = strip or any(panel.caption for panel in panels)
        caption = look.metrics.height() if captioned else 0
        equal = lies_in_space(draw, x_title, y_title) and not (x.log or y.log)
        self.panes, self._rooms = [], []
        for room, bar in zip(rooms, bars, strict=True):
            width = 0 if bar is None else bar.width
            inside = room.adjusted(0, caption, -width, 0)
            if equal:
                pane = equal_pane(
                    inside, look, x_view, y_view, zoomed=view != ShownRange()
                )
            else:
                pane = lay_out(inside, look, x_view, (y_view,), (1.0,), at.least_left)[
                    0
                ]
            self.panes.append(pane)
            self._rooms.append(room)
        return True

    def _marks(self, panel: MapPanel, pane: Pane) -> MapMarks:
        scene = self._scene
        hatched = hatched_rects(scene.known, pane, *self._axes)
        expected = scene.expected
        written = panel.values if scene.draw.style == "text" else None
        offending = None if expected is None or not panel.own else expected.offending
        return MapMarks(written, hatched, offending)

    def _caption(
        self,
        items: PlotItems,
        index: int,
        panel: MapPanel,
        pane: Pane,
        room: QRect,
        table: Array,
        look: Look,
    ) -> None:
        strip = panel.cells.kind == "strip"
        if not panel.caption and not strip:
            return
        high, left = look.metrics.height(), pane.rect.left()
        # close above a map that does not fill its room
        top = max(room.top(), pane.rect.top() - high - high // 2 - 1)
        entries = [LegendEntry(panel.caption, look.muted, "words")]
        if strip:
            off, on = (
                QBrush(QColor.fromRgb(int(table[place]))) for place in (0, COLOURS - 1)
            )
            unknown = QBrush(look.muted.color(), Qt.BrushStyle.BDiagPattern)
            names = (*self._scene.draw.states[::-1], "not known")
            told = zip(names, (on, off, unknown), strict=True)
            entries = [LegendEntry(name, QPen(brush, 1), "box") for name, brush in told]
        line = QRect(left, top, room.right() - left, high)
        items.item(LegendItem, index).show_rows([entries], look, line)


def colours_of(scene: Scene, values: Array, before: ColourScale | None) -> ColourScale:
    """The range of a map's colours, which moves only in steps."""
    means = scene.data is not None and scene.data.is_profile
    return next_scale(
        before,
        values,
        log=scene.draw.z.scale == "log",
        grows=scene.grows and not means,
        from_zero=not means,
    )


def lies_in_space(draw: Draw, x_title: str, y_title: str) -> bool:
    """Tell whether x and y of a map belong in one scale."""
    if draw.aspect is not None:
        return draw.aspect == "equal"
    x, y = _LENGTH.search(x_title), _LENGTH.search(y_title)
    return x is not None and y is not None and x[1] == y[1]


def equal_scales(x: Scale, y: Scale, wide: int, high: int) -> tuple[Scale, Scale]:
    """Widen one of two ranges so that both have as many pixels a unit."""
    per_x, per_y = wide / (x.high - x.low), high / (y.high - y.low)
    unit = min(per_x, per_y)
    return _widened(x, wide / unit), _widened(y, high / unit)


# -- inside -----------------------------------------------------------------------


def _widened(scale: Scale, span: float) -> Scale:
    middle = 0.5 * (scale.low + scale.high)
    if not span > scale.high - scale.low:
        return scale
    return Scale(middle - 0.5 * span, middle + 0.5 * span)


def equal_pane(
    room: QRect, look: Look, x: AxisView, y: AxisView, *, zoomed: bool
) -> Pane:
    """A pane with as many pixels a unit along x as along y.

    The whole range keeps empty room at its sides; what was zoomed into fills the pane.
    """
    pane = lay_out(room, look, x, (y,))[0]
    wide, high = pane.rect.width(), pane.rect.height()
    if zoomed:
        x_scale, y_scale = equal_scales(x.scale, y.scale, wide, high)
        x = dataclasses.replace(x, scale=x_scale)
        y = dataclasses.replace(y, scale=y_scale)
        return lay_out(room, look, x, (y,))[0]
    x_span, y_span = x.scale.high - x.scale.low, y.scale.high - y.scale.low
    unit = min(wide / x_span, high / y_span)
    spare_x = max(wide - round(unit * x_span), 0)
    spare_y = max(high - round(unit * y_span), 0)
    inner = room.adjusted(
        spare_x // 2, spare_y // 2, -(spare_x - spare_x // 2), -(spare_y - spare_y // 2)
    )
    pane = lay_out(inner, look, x, (y,))[0]
    rect = pane.rect
    unit = min(rect.width() / x_span, rect.height() / y_span)
    wide, high = max(round(unit * x_span), 1), max(round(unit * y_span), 1)
    # what other ticks have left over goes to the top
    exact = QRect(rect.left(), rect.bottom() - high + 1, wide, high)
    bounds = QRect(pane.bounds)
    bounds.setRight(exact.right() + pane.bounds.right() - rect.right())
    return dataclasses.replace(pane, rect=exact, bounds=bounds)


def _is_pull(scene: Scene) -> bool:
    return scene.comparison is not None and scene.comparison.mode == "pull"


def _about_zero(colours: ColourScale) -> ColourScale:
    """The same range, but as wide below 0 as above: 0 is the middle of the colours."""
    scale = colours.scale
    if scale.log:
        return colours
    half = max(abs(scale.low), abs(scale.high))
    beyond = max(abs(colours.under), abs(colours.over))
    return ColourScale(Scale(-half, half), colours.multiples, -beyond, beyond)


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


def _half_width(z: AxisDraw) -> float | None:
    """Of the range of differences where the layout gives the data's: just as wide.

    On a scale of their own mere noise would look like a finding.
    """
    low, high = z.range or (None, None)
    if low is None or high is None or low == high:
        return None
    return 0.5 * abs(high - low)
