"""Plots of one dimension: histograms and graphs, their reference, a comparison."""

from __future__ import annotations

from itertools import cycle, islice
from typing import TYPE_CHECKING

import msgspec
import numpy as np
from PySide6.QtCore import QRect

from dqmconsole.model.tlatex import plain_title
from dqmconsole.ui.plot.axes import AxisView, Pane, lay_out
from dqmconsole.ui.plot.drawing import (
    ShownRange,
    above,
    axis_scale,
    axis_unit,
    counts_whole,
    ending_with_run,
    fixed,
)
from dqmconsole.ui.plot.graph_item import GraphItem, Points
from dqmconsole.ui.plot.histogram_item import HistogramItem, Shown
from dqmconsole.ui.plot.legend import LegendEntry, LegendItem, legend_rows, legend_start
from dqmconsole.ui.plot.pull_item import PullItem
from dqmconsole.ui.plot.reading import bin_at, read_curve, read_graphs, short
from dqmconsole.ui.plot.regions import stretches
from dqmconsole.ui.plot.scale import Scale, joined, sane, span_of, stepped
from dqmconsole.ui.plot.scene import Scene
from dqmconsole.ui.plot.series import Series, comparable
from dqmconsole.ui.plot.shapes import Columns, Raster

if TYPE_CHECKING:
    from collections.abc import Iterator

    from PySide6.QtCore import QPoint
    from PySide6.QtGui import QPen

    from dqmconsole.model.frame import Comparison, Expected
    from dqmconsole.model.graph import Graph
    from dqmconsole.model.histogram import Array
    from dqmconsole.model.layout import AxisDraw, Style
    from dqmconsole.ui.plot.axes import Unit
    from dqmconsole.ui.plot.drawing import Placement
    from dqmconsole.ui.plot.look import Look
    from dqmconsole.ui.plot.pane import PaneItems, PlotItems

Span = tuple[float, float]

_LOWER = 0.24  # share of the height that the comparison takes, and so the pulls
_FAR = 2.0  # what was expected so many times above the data would squash them
_FAR_RUN = 4.0  # likewise of a further run, of another kind perhaps
_PULL = Scale(-5.0, 5.0)
_PULLS = (5.0, 10.0, 20.0, 50.0)  # the strip of pulls reaches to one of them
_CLEAR = 5.0  # standard deviations from which a pull is vivid where no bin is named
_SHARES = Scale(0.0, 1.05)


class Curves:
    """The drawing of histograms, profiles and graphs of one dimension.

    Attributes:
        panes: as last placed, the data's first.
        free: share of the height that is kept free above the data.
    """

    def __init__(self) -> None:
        self._scene = Scene()
        self._style: Style = "fill"
        self._unit: Unit = "number"
        self._data: Series | None = None
        self._reference: Series | None = None
        self._overlays: list[Series] = []
        self._names: tuple[str, ...] = ()
        self._runs: list[Series] = []
        self._x: Scale | None = None
        self._y: Scale | None = None
        self._lower: Scale | None = None
        self._strip: Scale | None = None
        self.free = 0.0
        self._nothing = False  # nothing to see on a logarithmic axis
        self.panes: list[Pane] = []
        self._rows: list[list[LegendEntry]] = []
        self._key: tuple[object, ...] = ()

    def take(self, scene: Scene) -> None:
        """Take new data; ranges move only in steps."""
        self._scene = scene
        data, draw = scene.data, scene.draw
        profile = data is not None and data.is_profile
        style = draw.style or ("points" if profile else "fill")
        self._style = style if style in ("step", "points", "text") else "fill"
        gaps = self._style == "points"
        names = scene.names[1:] or [other.name for other in scene.overlays]
        named = zip(names, scene.overlays, strict=True)
        flat = [(name, other) for name, other in named if other.dimension == 1]
        self._names = tuple(name for name, _ in flat)
        self._overlays = [Series(other, 1.0, gaps=gaps) for _, other in flat]
        self._runs = [
            Series(each.histogram, each.scale, gaps=gaps) for each in scene.runs
        ]
        before, self._data = self._data, None
        if data is not None:
            self._data = Series(data, 1.0, gaps=gaps, before=before)
        self._unit = self._unit_of(scene)
        if scene.last is not None and self._unit == "lumisection":
            for series in (self._data, *self._overlays):
                if series is not None:
                    series.end_at(scene.last)
        self._reference = self._reference_series(scene, gaps=gaps)
        self._x = self._x_scale(scene)
        self._y = self._y_scale(scene, profile=profile, gaps=gaps)
        self._lower = self._lower_scale()
        self._strip = _strip_scale(scene.pulls)

    def remark(self) -> str:
        """What to write over a plot in which nothing can be seen, else ""."""
        if self._data is None:
            points = sum(graph.x.size for graph in self._scene.graphs)
            if not points:
                return "no points"
            lost = _lost_points(self._scene.graphs) == points
            return "nothing above 0" if self._nothing and not lost else ""
        if not self._data.values.size:
            return "no bins"
        low, high = (float(end) for end in self._data.edges[[0, -1]])
        if not low < high:
            return f"the axis has no width: {short(low)} to {short(high)}"
        if np.isnan(self._data.least):
            infinite = self._data.rising or self._data.falling
            if infinite:
                return ""
            return "nothing filled" if self._style == "points" else "not a number"
        nothing = self._data.least == self._data.most == 0
        more = self._data.rising or self._data.falling or self._scene.graphs
        if nothing and not more:
            return "no entries"
        return "nothing above 0" if self._nothing else ""

    def note(self) -> str:
        """What part of an element is drawn; what cannot be drawn, counted."""
        parts = []
        if self._data is not None and not self.remark():
            infinite = len(self._data.rising) + len(self._data.falling)
            if self._data.undefined:
                parts.append(f"{_counted(self._data.undefined)} not a number")
            if infinite:
                parts.append(f"{infinite if parts else _counted(infinite)} infinite")
        points = _lost_points(self._scene.graphs)
        if points:
            parts.append(f"{points} point{'s' if points > 1 else ''} not a number")
        lost = ", ".join(parts)
        return " · ".join(filter(None, (self._scene.shown_of, lost)))

    def overtop(self, view: ShownRange) -> bool:
        """Tell whether a further run, or what is in sight of y chosen, is higher."""
        y = view.y or self._y
        if y is not None and any(run.most > y.high for run in self._runs):
            return True
        if view.y is None or self._x is None:
            return False
        x, high = view.x or self._x, view.y.high
        data = self._data
        if data is not None:
            edges = data.edges
            seen = (edges[1:] > x.low) & (edges[:-1] < x.high)
            if bool((data.values[seen] > high).any()):
                return True
        return any(
            bool((g.y[(g.x >= x.low) & (g.x <= x.high)] > high).any())
            for g in self._scene.graphs
        )

    def leans_right(self) -> bool:
        """Tell whether the data are higher at their right than at their left."""
        if self._data is None or len(self._data.values) < 3:
            return False
        values = np.nan_to_num(self._data.values)
        third = len(values) // 3
        return float(values[-third:].max()) > float(values[:third].max())

    def hidden(self, box: QRect) -> int:
        """How many bins and points a box at the top of the pane would hide."""
        pane, count = self.panes[0], 0
        width, top = pane.rect.width(), pane.rect.bottom() - box.bottom()
        left = pane.x.scale.value((box.left() - pane.rect.left()) / width)
        right = pane.x.scale.value((box.right() - pane.rect.left()) / width)
        lowest = pane.y.scale.value(top / pane.rect.height())
        if self._data is not None:
            edges = self._data.edges
            beneath = (edges[1:] > left) & (edges[:-1] < right)
            count = int((self._data.values[beneath] > lowest).sum())
        for graph in self._scene.graphs:
            beneath = (graph.x >= left) & (graph.x <= right) & (graph.y > lowest)
            count += int(beneath.sum())
        return count

    def keep_free(self, share: float) -> bool:
        """Keep a share of the height above the data free; tell whether that is new.

        Where the upper end is given there is nothing to keep.
        """
        ends = self._y_draw(self._scene).range
        share = 0.0 if ends is not None and ends[1] is not None else share
        before, self.free = self.free, share
        return share != before

    def read(self, at: QPoint) -> str:
        """What lies at a point, in words; "" outside."""
        if not self.panes:
            return ""
        pane = self.panes[0]
        if not pane.rect.left() <= at.x() <= pane.rect.right():
            return ""
        fraction, _ = pane.fractions_at(at)
        value, parts = pane.x.scale.value(fraction), []
        if self._data is not None:
            overlays = list(zip(self._names, self._overlays, strict=True))
            runs = (each.name for each in self._scene.runs)
            overlays += zip(runs, self._runs, strict=True)
            compared = self._scene.comparison
            parts.append(
                read_curve(value, self._data, self._reference, overlays, compared)
            )
            index, pulls = bin_at(value, self._data.edges), self._scene.pulls
            if pulls is not None and index is not None:
                parts.append(f"pull {short(float(pulls[index]), 3)}")
        parts.append(read_graphs(fraction, pane.x.scale, self._scene.graphs))
        return " · ".join(part for part in parts if part)

    def place(self, items: PlotItems, at: Placement) -> bool:
        """Lay out and hand the items what they draw.

        Returns:
            Whether axes or legend are new; else the panes alone are.
        """
        look, moved = at.look, self._lay_out(at)
        for index, pane in enumerate(self.panes):
            shown = items.pane(index)
            if moved:
                shown.place(pane, look, y_free=index == 0)
            size = (pane.rect.width(), pane.rect.height())
            raster = Raster(size, pane.x.scale, pane.y.scale, at.ratio)
            if index == 0:
                self._show_data(shown, raster, look)
            elif self._strip is not None and index == len(self.panes) - 1:
                self._show_pulls(shown, raster, look)
            else:
                self._show_comparison(shown, raster, look)
        if self._rows:
            legend = items.item(LegendItem)
            if moved:
                room = QRect(at.area)
                inside = self.panes[0].rect
                room.setLeft(legend_start(self._rows, look.metrics, room, inside))
                legend.show_rows(self._rows, look, room)
        return moved

    # -- ranges --------------------------------------------------------------------

    def _unit_of(self, scene: Scene) -> Unit:
        if scene.data is not None:
            return axis_unit(scene.data.axes[0], scene.draw.x)
        timed = any(graph.x_time for graph in scene.graphs)
        return scene.draw.x.unit or ("time" if timed else "number")

    def _reference_series(self, scene: Scene, *, gaps: bool) -> Series | None:
        reference = scene.reference
        if reference is None or not comparable(scene.data, reference):
            return None
        before = self._reference
        if before is not None and before.made_from(reference, scene.scale, gaps=gaps):
            return before
        return Series(reference, scene.scale, gaps=gaps, before=before)

    def _x_scale(self, scene: Scene) -> Scale:
        draw = scene.draw.x
        if scene.data is None or self._data is None:
            log = draw.scale == "log"
            asked = [graph.x_shown for graph in scene.graphs if graph.x_shown]
            spans = [_graph_span(g.x, g.x_errors, log=log) for g in scene.graphs]
            span = _with_room(joined([*asked] if asked else [*spans]))
            self._nothing = log and span is None
            scale = stepped(self._x, span, log=log, from_zero=False)
            return fixed(scale if not asked else sane(*asked[0], log=log), draw)
        axis = scene.data.axes[0]
        scale = axis_scale(axis, draw)
        self._nothing = scale.log and not self._data.edges[-1] > 0
        if scene.last is None or self._unit != "lumisection" or draw.range:
            return scale
        filled = np.flatnonzero(np.nan_to_num(self._data.values))
        return ending_with_run(scale, scene.last, self._data.edges, filled)

    def _y_scale(self, scene: Scene, *, profile: bool, gaps: bool) -> Scale:
        draw = self._y_draw(scene)
        log = draw.scale == "log"
        drawn = [self._data, *self._overlays, self._reference]
        spans = [each.span(log=log) for each in drawn if each is not None]
        if self._data is not None and (gaps or self._with_errors()):
            spans.append(self._data.span_of_errors(log=log))
        if self._data is None and not log and _are_shares(scene.graphs):
            return _SHARES
        spans += [_graph_span(g.y, g.y_errors, log=log) for g in scene.graphs]
        own = joined(spans)
        runs = [each.span(log=log) for each in self._runs]
        span = joined([own, *(_beside_span(each, own) for each in runs)])
        if self._data is None:
            span = _with_room(span)
        self._nothing |= log and span is None
        span = above(
            joined([span, _expected_span(scene.expected, span, log=log)]), draw
        )
        from_zero = self._data is not None and not profile
        whole = from_zero or (span is not None and span[0] == 0.0)
        return stepped(
            self._y,
            span,
            log=log,
            from_zero=from_zero,
            headroom=(1.2 if self._style == "text" else 1.08) if whole else 1.25,
        )

    def _y_draw(self, scene: Scene) -> AxisDraw:
        """How y is drawn: as a person set it, by the layout, else as the file asks."""
        if scene.limits is not None:
            return msgspec.structs.replace(scene.draw.y, range=scene.limits)
        shown: tuple[float | None, float | None] = (None, None)
        if scene.data is not None:
            shown = scene.data.shown
        elif scene.graphs and scene.graphs[0].y_shown is not None:
            shown = scene.graphs[0].y_shown
        if scene.draw.y.range is not None or shown == (None, None):
            return scene.draw.y
        return msgspec.structs.replace(scene.draw.y, range=shown)

    def _comparisons(self) -> list[tuple[int, Comparison]]:
        """What stands beneath the data: -1 and the reference's, place and a run's."""
        each = [self._scene.comparison, *(run.comparison for run in self._scene.runs)]
        return [
            (place, compared)
            for place, compared in enumerate(each, -1)
            if compared is not None
            and self._data is not None
            and compared.values.shape == self._data.values.shape
        ]

    def _lower_scale(self) -> Scale | None:
        found = [compared for _, compared in self._comparisons()]
        if not found:
            return None
        compared = found[0]
        values = np.concatenate([np.asarray(c.values, np.float64) for c in found])
        if compared.mode == "pull":
            return _PULL
        if compared.mode == "ratio":
            known = values[np.isfinite(values)]
            near = known.size == 0 or np.mean(np.abs(known - 1) > 0.5) < 0.1
            return Scale(0.5, 1.5) if near else Scale(0.0, 2.0)
        span = span_of([np.abs(values)], log=False)
        old = None if self._lower is None else Scale(0.0, self._lower.high)
        high = stepped(old, span, headroom=1.15).high
        return Scale(-high, high)

    # -- layout --------------------------------------------------------------------

    def _lay_out(self, at: Placement) -> bool:
        """Lay out the panes; tell whether anything about them is new."""
        assert self._x is not None
        assert self._y is not None
        scene = self._scene
        axis = scene.data.axes[0] if scene.data is not None else None
        area, look = at.area, at.look
        x = at.view.x or self._x
        y = at.view.y or fixed(self._y, self._y_draw(scene))
        if self.free and at.view.y is None:
            y = y.part(0.0, 1.0 / (1.0 - self.free))
        x_title, y_title = self._titles()
        mode = self._comparisons()[0][1].mode if self._lower is not None else ""
        labels = axis.labels if axis is not None else ()
        whole = axis is not None and counts_whole(axis)
        clock = scene.clock if self._unit == "lumisection" else None
        times = None if clock is None else (clock(x.low), clock(x.high))
        entries = self._entries(look)
        key = (
            at.key, x, y, self._lower, mode, self._strip, x_title, y_title, labels,
            axis.bins if axis is not None else 0, whole, self._unit,
            times, tuple((each.name, each.kind) for each in entries),
        )  # fmt: skip
        if key == self._key:
            return False
        self._key = key
        edges = axis.edges if axis is not None and labels else None
        x_view = AxisView(x, x_title, labels, edges, whole, self._unit, clock)
        ys = [AxisView(y, y_title)]
        if self._lower is not None and area.height() > 90:
            title = "diff." if mode == "difference" else mode
            first = 1.0 if mode == "ratio" else 0.0
            ys.append(AxisView(self._lower, title, first=first))
        if self._strip is not None:
            ys.append(AxisView(self._strip, "pull", first=0.0))
        lower = len(ys) - 1
        shares = (1 - lower * _LOWER, *(_LOWER,) * lower)
        self._rows = legend_rows(entries, look.metrics, area)
        room = area.adjusted(0, len(self._rows) * look.metrics.height(), 0, 0)
        self.panes = lay_out(room, look, x_view, tuple(ys), shares, at.least_left)
        return True

    def _titles(self) -> tuple[str, str]:
        scene, draw = self._scene, self._scene.draw
        x_title = y_title = ""
        if scene.data is not None:
            x_title, y_title = scene.data.axes[0].title, scene.data.y_title
        elif scene.graphs:
            x_title, y_title = scene.graphs[0].x_title, scene.graphs[0].y_title
        return draw.x.title_or(x_title), draw.y.title_or(y_title)

    def _entries(self, look: Look) -> list[LegendEntry]:
        """What the legend shows; nothing where the curves have no names."""
        scene, entries = self._scene, []
        own = scene.names[:1] or ("data",)
        names = (*self._names, *self._run_names())
        if names:
            kinds = {"points": "points", "step": "line"}
            kind = "line" if scene.stacked else kinds.get(self._style, "fill")
            entries = [LegendEntry(own[0], look.edge, kind)]
            pens = zip(names, cycle(look.overlays), strict=False)
            entries += [LegendEntry(name, pen) for name, pen in pens]
        if len(scene.graphs) > 1 or (scene.graphs and scene.data is not None):
            entries += [
                LegendEntry(plain_title(graph.title) or graph.name, pen, "points")
                for graph, pen in zip(scene.graphs, self._pens(look), strict=False)
            ]
        if entries and self._reference is not None:
            entries.append(LegendEntry("reference", look.reference))
        return entries

    def _run_names(self) -> Iterator[str]:
        """What the further runs are called; those higher than the view are marked."""
        for run, series in zip(self._scene.runs, self._runs, strict=True):
            higher = self._y is not None and series.most > self._y.high
            yield f"{run.name} ▲" if higher else run.name

    def _pens(self, look: Look) -> Iterator[QPen]:
        """The pens of graphs: the data's own first, where there are no other data."""
        own = () if self._scene.data is not None else (look.edge,)
        return cycle((*own, *look.overlays))

    # -- items ---------------------------------------------------------------------

    def _show_data(self, pane: PaneItems, raster: Raster, look: Look) -> None:
        scene, data = self._scene, self._data
        expected = scene.expected
        if expected is not None and self._unit != "lumisection":
            expected = msgspec.structs.replace(expected, first_bad=None)
        hatched: tuple[tuple[float, float], ...] = ()
        if scene.known and scene.data is not None:
            hatched = stretches(scene.known, scene.data.axes[0], raster.x)
        points: tuple[Points, ...] = ()
        as_points = data is not None and self._style == "points"
        if data is not None and as_points:
            crowded = len(data.values) > 2 * raster.width
            if crowded and Columns(raster, data.edges).starts is not None:
                as_points = False
            else:
                points = (_points_of(data, look),)
        shown = Shown(
            data=None if as_points else data,
            fill=self._style in ("fill", "text"),
            numbers=self._style == "text",
            bars=_categories(data),
            errors=self._with_errors(),
            overlays=(*self._overlays, *self._runs),
            stacked=scene.stacked,
            above=data,
            reference=self._reference,
            expected=expected,
            edges=None if data is None else data.edges,
            hatched=hatched,
        )
        pane.item(HistogramItem).show_histogram(shown, raster, look)
        pens = zip(scene.graphs, self._pens(look), strict=False)
        points += tuple(
            Points(g.x, g.y, pen, g.x_errors, g.y_errors, line=g.line)
            for g, pen in pens
        )
        if points:
            pane.item(GraphItem).show_points(points, raster)

    def _with_errors(self) -> bool:
        """Whether bars over a step histogram give its errors."""
        data, wanted = self._scene.data, self._scene.draw.errors
        if data is None or self._style not in ("step", "fill"):
            return False
        if wanted is not None or self._style != "step" or data.is_profile:
            return bool(wanted)
        weights = data.sumw2
        return weights is not None and not np.array_equal(
            weights, data.counts(flow=True)
        )

    def _show_comparison(self, pane: PaneItems, raster: Raster, look: Look) -> None:
        data, found = self._data, self._comparisons()
        assert data is not None
        pens = list(islice(cycle(look.overlays), len(self._overlays + self._runs)))
        points = tuple(
            Points(
                x=0.5 * data.edges[1:] + 0.5 * data.edges[:-1],
                y=np.asarray(compared.values, dtype=np.float64),
                pen=look.edge if place < 0 else pens[len(self._overlays) + place],
                y_errors=None
                if compared.errors is None
                else (compared.errors, compared.errors),
                held=True,
            )
            for place, compared in found
        )
        middle = 1.0 if found[0][1].mode == "ratio" else 0.0
        level = (middle, look.line)
        pane.item(GraphItem).show_points(points, raster, level)

    def _show_pulls(self, pane: PaneItems, raster: Raster, look: Look) -> None:
        """The bins that the verdict names are vivid; if it names none, the far ones."""
        scene, data = self._scene, self._data
        assert scene.pulls is not None
        assert data is not None
        pulls = np.asarray(scene.pulls, dtype=np.float64)
        named = None if scene.expected is None else scene.expected.offending
        if named is None:
            loud = np.abs(pulls) >= _CLEAR
        else:
            loud = np.isin(np.arange(pulls.size), named)
        pane.item(PullItem).show_pulls(pulls, data.edges, loud, raster, look)


def _strip_scale(pulls: Array | None) -> Scale | None:
    """The range of a strip of pulls: symmetric, and one of few."""
    if pulls is None:
        return None
    known = np.abs(pulls[np.isfinite(pulls)])
    most = float(known.max(initial=0.0))
    reach = next((each for each in _PULLS if most <= each), _PULLS[-1])
    return Scale(-reach, reach)


def _categories(series: Series | None) -> bool:
    """Tell whether the bins stand for named things, not for parts of a range."""
    if series is None:
        return False
    labels = series.histogram.axes[0].labels
    return 2 * sum(map(bool, labels)) > len(series.values)


def _points_of(series: Series, look: Look) -> Points:
    """A histogram as points with errors and the width of each bin."""
    low, high = series.edges[:-1], series.edges[1:]
    middle, half = 0.5 * low + 0.5 * high, 0.5 * high - 0.5 * low
    errors = series.errors()
    return Points(middle, series.values, look.edge, (half, half), (errors, errors))


def _graph_span(
    values: np.ndarray, errors: tuple[np.ndarray, np.ndarray] | None, *, log: bool
) -> Span | None:
    """Lowest and highest end of points with their errors, or None."""
    if errors is None:
        return span_of([values], log=log)
    return span_of([values, values - errors[0], values + errors[1]], log=log)


def _with_room(span: Span | None) -> Span | None:
    """Of points at 0 alone a range about them, in which they lie on no axis."""
    return (-0.5, 0.5) if span == (0.0, 0.0) else span


def _are_shares(graphs: tuple[Graph, ...]) -> bool:
    """Tell whether all are efficiencies, of which every point lies from 0 to 1."""
    if not graphs or not all(graph.efficiency for graph in graphs):
        return False
    span = joined([span_of([graph.y], log=False) for graph in graphs])
    return span is not None and span[0] >= 0.0 and span[1] <= 1.0


def _expected_span(
    expected: Expected | None, span: Span | None, *, log: bool
) -> Span | None:
    """What was expected, where it can be shown beside the data."""
    if expected is None:
        return None
    arrays = [each for each in (expected.low, expected.high) if each is not None]
    limits = np.array([value for value, _ in expected.limits])
    found = span_of([*arrays, limits], log=log)
    if span is None or found is None:
        return found
    reach = _FAR * max(abs(span[0]), abs(span[1]))
    if log:
        low = max(found[0], span[0] / _FAR)
    else:  # a band around few counts reaches below zero, where there are none
        low = max(found[0], -reach) if span[0] < 0 else max(found[0], 0.0)
    return (min(low, span[0]), max(min(found[1], reach), span[1]))


def _beside_span(found: Span | None, span: Span | None) -> Span | None:
    """As much of a further run as can be shown with the data."""
    reach = 0.0 if span is None else _FAR_RUN * max(abs(span[0]), abs(span[1]))
    if found is None or not reach:
        return found
    return min(max(found[0], -reach), reach), max(min(found[1], reach), -reach)


def _counted(bins: int) -> str:
    return f"{bins} bin" if bins == 1 else f"{bins} bins"


def _lost_points(graphs: tuple[Graph, ...]) -> int:
    """How many points cannot be drawn: those whose x or y is no finite number."""
    return sum(int((~(np.isfinite(g.x) & np.isfinite(g.y))).sum()) for g in graphs)
