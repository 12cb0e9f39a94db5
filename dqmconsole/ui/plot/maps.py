"""Histograms of two dimensions: the map, its reference or comparison beside it.

Rows of states (style "strip") are maps of two colours.
"""

from __future__ import annotations

import dataclasses
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np
from PySide6.QtCore import QPoint, QRect, Qt
from PySide6.QtGui import QBrush, QColor, QPen

from dqmconsole.model.histogram import Axis
from dqmconsole.model.tlatex import plain_title
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
from dqmconsole.ui.plot.plane import (
    Plane,
    rows_of_states,
    states_of,
    without_marks,
)
from dqmconsole.ui.plot.reading import bin_at, bin_words, read_map
from dqmconsole.ui.plot.regions import hatched_rects
from dqmconsole.ui.plot.scale import Scale
from dqmconsole.ui.plot.scene import Scene
from dqmconsole.ui.plot.series import comparable, edges_key

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

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
Arrangement = Literal["", "alone", "beside", "beneath"]
"""How two maps of a tile stand to one another; "" of one that has no other."""
_LEAST = 6  # lines of text; a map that is smaller shows nothing
_KEPT = 0.82
"""The share of the room that two maps need, with which they keep their places."""
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
    """The drawing of a two-dimensional histogram or profile.

    Attributes:
        panes: of its maps.
        arranged: how these stood last; two stay so until the room is clearly smaller:
            alarm rows and bars over the page take height from its tiles, and a plot
            that is drawn otherwise for that is taken for another.
    """

    def __init__(self) -> None:
        self.arranged: Arrangement = ""
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
        self._named = False

    def take(self, scene: Scene) -> None:
        """Take new data; the range of the colours moves only in steps."""
        assert scene.data is not None
        self._scene = scene
        x, flat = scene.data.axes[0], scene.data.dimension < 2
        strip = scene.draw.style == "strip"
        self._axes = (x, _ROW if flat else scene.data.axes[1])
        self._named = strip and flat and len(scene.draw.states) > 2
        if self._named:
            cells, rows = rows_of_states(scene.data, scene.draw.states, scene.last)
            self._axes = (x, rows)
        elif strip:
            cells = states_of(scene.data, scene.last)
        key = tuple(map(edges_key, self._axes))
        if key != self._edges_key:
            self._edges = (self._axes[0].edges, self._axes[1].edges)
            self._edges_key = key
        if strip:
            panel = MapPanel(cells, cells.values, "flags", "", "")
            self._plane, self._panels = None, [panel]
        else:
            self._take_map(scene)
        self._x = self._x_scale(scene)

    def remark(self) -> str:
        """What to write over a plot in which nothing can be seen, else ""."""
        for name, edges in zip("xy", self._edges, strict=True):
            if not edges[-1] > edges[0]:
                return f"the {name} axis has no width"
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
                place = pane.values_at(at)
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
        bars = self._bars(panels, look, at.area)
        moved = self._lay_out(panels, bars, at)
        if len(self._panels) > 1:
            self.arranged = _arrangement(self.panes)
        if len(self.panes) < len(panels):
            panels, bars = self._alone(panels), bars[-1:]
        palettes = ["stale" if look.grey else panel.palette for panel in panels]
        tables = [lookup_table(palette, look.theme.tile) for palette in palettes]
        for index, (pane, panel, table) in enumerate(
            zip(self.panes, panels, tables, strict=True)
        ):
            shown = items.pane(index)
            if moved:
                shown.place(pane, look, both=True)
            place = MapPlace(
                pane.rect.size(), at.ratio, pane.x.scale, pane.y.scale,
                self._edges, self._edges_key,
            )  # fmt: skip
            marks = self._marks(panel, pane)
            shown.item(MapItem).show_map(panel.cells, place, table, look, marks)
            self._caption(items, index, panel, pane, self._rooms[index], table, look)
        for index, bar in enumerate(bars):
            meant = slice(index, index + 1 if len(bars) > 1 else None)
            first, last = self.panes[meant][0], self.panes[meant][-1]
            rect = QRect(last.bounds.right() + 1, first.rect.top(), bar.width, 0)
            rect.setBottom(last.rect.bottom())
            ended = self._with_ends(bar, panels[meant])
            item = items.item(ColourBarItem, index)
            item.show_bar(ended, rect, at.area, tables[index], look)
        return moved

    # -- what is shown -------------------------------------------------------------

    def _take_map(self, scene: Scene) -> None:
        assert scene.data is not None
        draw = scene.draw
        self._plane = Plane(scene.data, 1.0)
        self._reference = self._reference_plane(scene)
        values = without_marks(self._plane.values, draw)
        side = scene.mode == "side-by-side"
        beside = [("reference", self._reference)] if side and self._reference else []
        if side:
            beside += [
                (run.name, Plane(run.histogram, run.scale)) for run in scene.runs
            ]
        others = [without_marks(plane.values, draw) for _, plane in beside]
        seen = np.concatenate([values.ravel(), *(each.ravel() for each in others)])
        self._colours = colours_of(scene, seen, self._colours)
        palette = draw.palette or "cividis"
        colours = self._colours
        if palette == "diverging":
            colours = _about_zero(colours)
        colours = with_ends(colours, scene.limits, draw.z.range, scene.data.shown)
        title = draw.z.title_or(scene.data.y_title)
        caption = self._plane.caption or scene.shown_of
        mine = self._plane
        cells = Cells(values, colours, "map", mine.undefined, mine.flat)
        self._panels = [MapPanel(cells, values, palette, caption, title)]
        if beside:
            data = dataclasses.replace(self._panels[0], caption="data")
            self._panels = [data]
        for (name, plane), other in zip(beside, others, strict=True):
            cells = Cells(other, colours, "map", plane.undefined, plane.flat)
            self._panels.append(MapPanel(cells, other, palette, name, title, own=False))
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
        if scene.reference is None and compared.mode == "pull":
            caption = "pull of the check"
        if found.strength is not None:
            caption += f", neutral within {NEUTRAL_PULL:g} σ"
        cells = Cells(found.positions(), found.colours, "deviation")
        return MapPanel(cells, found.values, "diverging", caption, "")

    def _chosen(self, area: QRect) -> list[MapPanel]:
        """Return the panels that fit: a comparison alone where there is no room."""
        roomy = self._wide(area) or self._tall(area)
        if len(self._panels) > 1 and not roomy and self._scene.comparison is not None:
            return self._alone(self._panels)
        return self._panels

    def _needed(self, how: Arrangement) -> float:
        """The share of the usual room that the maps need to stand so."""
        return _KEPT if how == self.arranged else 1.0

    def _wide(self, area: QRect) -> bool:
        """Tell whether two maps can stand side by side."""
        share = self._needed("beside")
        wide, high = area.width(), area.height()
        return wide >= 440 * share and wide > 1.4 * share * high

    def _tall(self, area: QRect) -> bool:
        """Tell whether two maps can stand above one another."""
        share = self._needed("beneath")
        roomy = area.width() >= 220 * share and area.height() >= 330 * share
        return roomy and not self._wide(area)

    def _alone(self, panels: list[MapPanel]) -> list[MapPanel]:
        """Return the one panel to show where two have no room."""
        if self._scene.comparison is not None:
            return panels[-1:]
        others = "other runs" if self._scene.runs else "reference"
        return [dataclasses.replace(panels[0], caption=f"{others}: Enter")]

    def _read_state(self, x: float, y: float) -> str:
        column, row = bin_at(x, self._edges[0]), bin_at(y, self._edges[1])
        if column is None or row is None:
            return ""
        cells = self._panels[0].cells
        if self._named:
            # whatever the row: it is one state after another
            on = np.flatnonzero(cells.values[column] == 1.0)
            row = int(on[0]) if on.size else row
        value = float(cells.values[column, row])
        words = "not known"
        if value == value:
            words = "" if self._named else self._scene.draw.states[int(value)]
        elif cells.undefined is None or not cells.undefined[column, row]:
            words = "not there yet"
        place = bin_words(self._axes[0], self._edges[0], column)
        if self._named:
            if value == value:
                words = self._axes[1].labels[row]
            # the number of a column is not to be taken for that of the state
            title = plain_title(self._scene.draw.x.title_or(self._axes[0].title))
            return f"{title} {place}: {words}".strip()
        name = bin_words(self._axes[1], self._edges[1], row).strip()
        if self._axes[1] is _ROW:
            name = ""
        return ", ".join(each for each in (place, name) if each) + f": {words}"

    # -- layout --------------------------------------------------------------------

    def _x_scale(self, scene: Scene) -> Scale:
        """The range of x; an axis of lumisections ends with the run."""
        scale = axis_scale(self._axes[0], scene.draw.x)
        unit = axis_unit(self._axes[0], scene.draw.x)
        if scene.last is None or unit != "lumisection" or scene.draw.x.range:
            return scale
        there = ~np.isnan(self._panels[0].values).all(axis=1)
        filled = np.flatnonzero(there)
        return ending_with_run(scale, scene.last, self._edges[0], filled)

    def _bars(self, panels: list[MapPanel], look: Look, area: QRect) -> list[ColourBar]:
        """The bar of each panel, or one of all that share their colours.

        There is no bar where the colours are two states.
        """
        if panels[0].cells.kind == "strip":
            return []
        apart = panels if panels[-1].cells.kind == "deviation" else panels[:1]
        wanted = [(panel.cells.colours.scale, panel.title) for panel in apart]
        wide = not self._tall(area)
        room = QRect(area)
        room.setWidth(area.width() // (len(apart) if wide else 1))
        return bars_for(wanted, look, [room] * len(apart))

    def _with_ends(self, bar: ColourBar, panels: list[MapPanel]) -> ColourBar:
        """The bar of some panels, with what of them is out of range."""
        cells = panels[0].cells
        if cells.kind != "deviation":
            return bar.with_ends(
                [panel.cells.values for panel in panels], cells.colours
            )
        return dataclasses.replace(
            bar,
            under=bool((cells.values < -1.0).any()),
            over=bool((cells.values > 1.0).any()),
            banded=_is_pull(self._scene),
        )

    def _lay_out(
        self, panels: list[MapPanel], bars: list[ColourBar], at: Placement
    ) -> bool:
        """Lay out the panes; tell whether anything about them is new."""
        assert self._x is not None
        draw, look, view = self._scene.draw, at.look, at.view
        x_axis, y_axis = self._axes
        x = view.x or self._x
        y = view.y or axis_scale(y_axis, draw.y)
        x_title = draw.x.title_or(x_axis.title)
        y_title = draw.y.title_or(y_axis.title)
        unit = axis_unit(x_axis, draw.x)
        clock = self._scene.clock if unit == "lumisection" else None
        times = None if clock is None else (clock(x.low), clock(x.high))
        key = (
            at.key, len(panels), x, y,
            x_title, y_title, x_axis.labels, y_axis.labels, self._edges_key, unit,
            times, draw.aspect, draw.style, tuple(bar.width for bar in bars),
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
        strip = panels[0].cells.kind == "strip" and not self._named
        captioned = strip or any(panel.caption for panel in panels)
        caption = look.metrics.height() if captioned else 0
        equal = _is_equal(draw, x_view, y_view)

        def one(room: QRect) -> Pane:
            return map_pane(room, draw, at, x_view, y_view)

        widths = [bar.width for bar in bars]
        count = len(panels)
        self.panes = []
        least = _LEAST * look.metrics.height()
        if count > 1 and not self._tall(at.area):
            room, narrow = at.area.adjusted(0, caption, 0, 0), self._needed("beside")
            self.panes = _beside(
                room, count, widths, one, look, equal=equal, least=narrow * least
            )
        if count > 1 and not self.panes:
            low = self._needed("beneath")
            high = at.area.height()
            if high >= low * at.area.width() and high // count >= low * least:
                self.panes = _beneath(at.area, count, widths, one, caption)
        if not self.panes:
            width = widths[0] if widths else 0
            self.panes = [one(at.area.adjusted(0, caption, -width, 0))]
        self._rooms = []
        for pane, after in zip(self.panes, (*self.panes[1:], None), strict=True):
            room = pane.bounds.adjusted(0, -caption, 0, 0)
            room.setRight(at.area.right())
            if after is not None and after.rect.left() > pane.rect.left():
                room.setRight(after.bounds.left() - 1)
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
        strip = panel.cells.kind == "strip" and not self._named
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
            names = (*self._scene.draw.states[1::-1], "not known")
            named = zip(names, (on, off, unknown), strict=True)
            entries = [
                LegendEntry(name, QPen(brush, 1), "box") for name, brush in named
            ]
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
    if (x_title.strip(), y_title.strip()) == ("ix", "iy"):
        return True
    x, y = _LENGTH.search(x_title), _LENGTH.search(y_title)
    return x is not None and y is not None and x[1] == y[1]


def map_pane(room: QRect, draw: Draw, at: Placement, x: AxisView, y: AxisView) -> Pane:
    """The pane of one map in a room, its axes in one scale where they belong in one."""
    if _is_equal(draw, x, y):
        return _equal_pane(room, at.look, x, y, zoomed=at.view != ShownRange())
    return lay_out(room, at.look, x, (y,), least_left=at.least_left)[0]


# -- inside -----------------------------------------------------------------------


def _is_equal(draw: Draw, x: AxisView, y: AxisView) -> bool:
    linear = not (x.scale.log or y.scale.log)
    return linear and lies_in_space(draw, x.title, y.title)


def _equal_scales(x: Scale, y: Scale, wide: int, high: int) -> tuple[Scale, Scale]:
    """Widen one of two ranges so that both have as many pixels a unit."""
    per_x, per_y = wide / (x.high - x.low), high / (y.high - y.low)
    unit = min(per_x, per_y)
    return _widened(x, wide / unit), _widened(y, high / unit)


def _widened(scale: Scale, span: float) -> Scale:
    middle = 0.5 * (scale.low + scale.high)
    if not span > scale.high - scale.low:
        return scale
    return Scale(middle - 0.5 * span, middle + 0.5 * span)


def _equal_pane(
    room: QRect, look: Look, x: AxisView, y: AxisView, *, zoomed: bool
) -> Pane:
    """A pane with as many pixels a unit along x as along y.

    The whole range keeps empty room at its sides; what was zoomed into fills the pane.
    """
    pane = lay_out(room, look, x, (y,))[0]
    wide, high = pane.rect.width(), pane.rect.height()
    if zoomed:
        x_scale, y_scale = _equal_scales(x.scale, y.scale, wide, high)
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
    # a map that leaves much room is named as its wider neighbours are
    pane = lay_out(inner, look, x, (y,), titles=room)[0]
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


def _arrangement(panes: Sequence[Pane]) -> Arrangement:
    """How the panes of several maps stand to one another."""
    if len(panes) < 2:
        return "alone"
    first, second = panes[0].rect, panes[1].rect
    return "beside" if second.left() > first.right() else "beneath"


def _beneath(
    area: QRect,
    count: int,
    bars: list[int],
    one: Callable[[QRect], Pane],
    caption: int,
) -> list[Pane]:
    """Panes above one another."""
    high = area.height() // count
    return [
        one(QRect(area.left(), area.top() + index * high + caption,
                  area.width() - bars[0], high - caption - 4))
        for index in range(count)
    ]  # fmt: skip


def _beside(
    area: QRect,
    count: int,
    bars: list[int],
    one: Callable[[QRect], Pane],
    look: Look,
    *,
    equal: bool,
    least: float,
) -> list[Pane]:
    """Panes beside one another, of one size: the first alone has numbers at its left.

    Args:
        area: all the room there is, that of the bars as well.
        count: of panes.
        bars: widths of the bars: one at the right of all, or one a pane.
        one: lays a pane out in a room.
        look: fonts.
        equal: a pane may leave room at its sides.
        least: px that a map must be wide.

    Returns:
        The panes; none where they would be too narrow.
    """
    # a title at the bar between two maps must not read as the right one's axis
    gap = look.metrics.height() + (12 if len(bars) > 1 else 0)
    free = area.width() - sum(bars) - (count - 1) * gap
    room = QRect(area.topLeft(), area.size())
    room.setWidth(free // count)
    for _ in range(2):  # what the numbers take depends on the room, a little
        pane = one(room)
        right = pane.bounds.right() - pane.rect.right()
        left = pane.needed if equal else pane.rect.left() - area.left()
        wide = (free - left) // count - right
        if wide < least:
            return []
        room.setWidth(left + wide + right)
    pane = one(room)
    each = bars[0] if len(bars) > 1 else 0
    stride = pane.rect.width() + right + each + gap
    bare = dataclasses.replace(
        pane,
        y_ticks=tuple(tick._replace(text="") for tick in pane.y_ticks),
        y_title=None,
    )
    start = 0
    if equal:
        spare = area.width() - left - (count - 1) * stride - pane.rect.width()
        spare -= right + bars[-1]
        start = area.left() + spare // 2 + left - pane.rect.left()
    found = [_moved(pane, start)]
    for index in range(1, count):
        moved = _moved(bare, start + index * stride)
        bounds = QRect(moved.bounds)
        bounds.setLeft(moved.rect.left() - gap + 1)
        title = None if moved.x_title is None else QRect(moved.x_title)
        if title is not None:
            title.setLeft(bounds.left())
        found.append(dataclasses.replace(moved, bounds=bounds, x_title=title))
    return found


def _moved(pane: Pane, by: int) -> Pane:
    """The same pane, farther to the right, px."""
    x_title, y_title = (
        None if title is None else title.translated(by, 0)
        for title in (pane.x_title, pane.y_title)
    )
    return dataclasses.replace(
        pane,
        rect=pane.rect.translated(by, 0),
        bounds=pane.bounds.translated(by, 0),
        x_title=x_title,
        y_title=y_title,
    )


def _half_width(z: AxisDraw) -> float | None:
    """Of the range of differences where the layout gives the data's: just as wide.

    On a scale of their own mere noise would look like a finding.
    """
    low, high = z.range or (None, None)
    if low is None or high is None or low == high:
        return None
    return 0.5 * abs(high - low)
