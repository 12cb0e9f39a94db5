"""Histograms of one dimension: data, overlays, reference, comparison beneath."""

from __future__ import annotations

from itertools import cycle
from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QPoint

from dqmconsole.ui.plot.axes import AxisView, Pane, lay_out, paint_axes
from dqmconsole.ui.plot.background import Background
from dqmconsole.ui.plot.drawing import (
    ShownRange,
    above,
    axis_scale,
    counts_whole,
    fixed,
)
from dqmconsole.ui.plot.legend import (
    LegendEntry,
    legend_rows,
    legend_start,
    paint_legend,
)
from dqmconsole.ui.plot.reading import read_curve
from dqmconsole.ui.plot.regions import region_rects
from dqmconsole.ui.plot.scale import Scale, joined, span_of, stepped
from dqmconsole.ui.plot.scene import Scene
from dqmconsole.ui.plot.series import Series, comparable
from dqmconsole.ui.plot.strokes import (
    columns_of,
    outlines,
    paint_comparison,
    paint_lines,
    paint_points,
    paint_steps,
    paint_values,
)
from dqmconsole.ui.plot.words import plain

if TYPE_CHECKING:
    from PySide6.QtCore import QRect
    from PySide6.QtGui import QPainter, QPolygonF

    from dqmconsole.model.layout import Style
    from dqmconsole.ui.plot.look import Look
    from dqmconsole.ui.plot.shapes import Columns


class Curves:
    """The drawing of a one-dimensional histogram or profile."""

    def __init__(self) -> None:
        self._scene = Scene()
        self._style: Style = "fill"
        self._data: Series | None = None
        self._reference: Series | None = None
        self._overlays: list[Series] = []
        self._names: tuple[str, ...] = ()
        self._x = Scale(0.0, 1.0)
        self._y: Scale | None = None
        self._lower: Scale | None = None
        self._panes: list[Pane] = []
        self._background = Background()
        self._columns: Columns | None = None
        self._columns_key: tuple[object, ...] = ()
        self._kept: list[QPolygonF] = []
        self._kept_key: tuple[object, ...] = ()

    def take(self, scene: Scene) -> None:
        """Take new data; ranges move only in steps."""
        assert scene.data is not None
        self._scene = scene
        axis = scene.data.axes[0]
        style = scene.draw.style or ("points" if scene.data.is_profile else "fill")
        self._style = style if style != "map" else "fill"
        gaps = self._style == "points"
        self._data = Series(scene.data, 1.0, gaps=gaps, before=self._data)
        names = scene.names[1:] or [other.name for other in scene.overlays]
        told = zip(names, scene.overlays, strict=True)
        flat = [(name, other) for name, other in told if other.dimension == 1]
        self._names = tuple(name for name, _ in flat)
        self._overlays = [Series(other, 1.0, gaps=gaps) for _, other in flat]
        if scene.last is not None and axis.title.casefold().startswith("lumi"):
            for series in (self._data, *self._overlays):
                series.end_at(scene.last)
        self._reference = self._reference_series(scene, gaps=gaps)
        self._x = axis_scale(axis, scene.draw.x)
        drawn = [self._data, *self._overlays]
        if self._reference is not None:
            drawn.append(self._reference)
        log_y = scene.draw.y.scale == "log"
        spans = [series.span(log=log_y) for series in drawn]
        if gaps:
            spans.append(self._data.span_of_errors(log=log_y))
        span = above(joined(spans), scene.draw.y)
        from_zero = not scene.data.is_profile
        whole = from_zero or (span is not None and span[0] == 0.0)
        self._y = stepped(
            self._y,
            span,
            log=log_y,
            from_zero=from_zero,
            headroom=1.08 if whole else 1.25,
        )
        self._lower = self._lower_scale(scene)

    def panes(self) -> list[Pane]:
        """The panes as last painted, the data's first."""
        return self._panes

    def remark(self) -> str:
        """What to write over a plot in which nothing can be seen, else ""."""
        if self._data is None or not self._data.values.size:
            return "no bins"
        if np.isnan(self._data.least):
            return "nothing filled" if self._style == "points" else "not a number"
        return "no entries" if self._data.least == self._data.most == 0 else ""

    def leans_right(self) -> bool:
        """Tell whether the data are higher at their right than at their left."""
        if self._data is None or len(self._data.values) < 3:
            return False
        values = np.nan_to_num(self._data.values)
        third = len(values) // 3
        return float(values[-third:].max()) > float(values[:third].max())

    def read(self, at: QPoint) -> str:
        """What lies at a point, in words; "" outside."""
        if self._data is None or not self._panes:
            return ""
        pane = self._panes[0]
        if not pane.rect.left() <= at.x() <= pane.rect.right():
            return ""
        fraction = (at.x() + 0.5 - pane.rect.left()) / pane.rect.width()
        return read_curve(
            pane.x.scale.value(fraction),
            self._data,
            self._reference,
            list(zip(self._names, self._overlays, strict=True)),
            self._scene.comparison,
        )

    def paint(
        self, painter: QPainter, area: QRect, look: Look, view: ShownRange, ratio: float
    ) -> None:
        """Draw everything into `area`."""
        if self._data is None:
            return
        self.prepare(area, look, view, ratio)
        self._background.put(painter, area)
        pane = self._panes[0]
        painter.setClipRect(pane.rect)
        columns = self._gathered(pane, self._data)
        if self._style == "points":
            paint_points(painter, pane, self._data, columns, look)
        else:
            filled = self._style in ("fill", "text")
            paint_steps(painter, pane, self._data, columns, look, filled=filled)
        for series, pen in zip(self._overlays, cycle(look.overlays), strict=False):
            own = columns_of(pane, series)
            paint_lines(painter, outlines(pane, series, own), pen)
        if self._reference is not None:
            self._paint_reference(painter, pane, self._reference, look, columns)
        if self._style == "text":
            paint_values(painter, pane, self._data, columns, look)
        assert self._scene.data is not None
        for rect in region_rects(
            self._scene.known, pane, self._scene.data.axes[0], None
        ):
            painter.fillRect(rect, look.hatch)
        compared = self._scene.comparison
        if compared is not None and len(self._panes) > 1:
            painter.setClipRect(self._panes[1].rect)
            paint_comparison(painter, self._panes[1], compared, columns, look)
        painter.setClipping(False)

    # -- ranges ----------------------------------------------------------------

    def _reference_series(self, scene: Scene, *, gaps: bool) -> Series | None:
        reference = scene.reference
        if reference is None or not comparable(scene.data, reference):
            return None
        before = self._reference
        if before is not None and before.made_from(reference, scene.scale, gaps=gaps):
            return before
        return Series(reference, scene.scale, gaps=gaps, before=before)

    def _lower_scale(self, scene: Scene) -> Scale | None:
        compared = scene.comparison
        if compared is None or self._data is None:
            return None
        if compared.values.shape != self._data.values.shape:
            return None
        values = np.asarray(compared.values, dtype=np.float64)
        if compared.mode == "ratio":
            known = values[np.isfinite(values)]
            near = known.size == 0 or np.mean(np.abs(known - 1) > 0.5) < 0.1
            return Scale(0.5, 1.5) if near else Scale(0.0, 2.0)
        span = span_of([np.abs(values)], log=False)
        old = None if self._lower is None else Scale(0.0, self._lower.high)
        high = stepped(old, span, headroom=1.15).high
        return Scale(-high, high)

    def prepare(self, area: QRect, look: Look, view: ShownRange, ratio: float) -> None:
        """Lay out the panes in `area`, and draw what lies behind the curves."""
        if self._scene.data is None:
            return
        assert self._y is not None
        data, draw = self._scene.data, self._scene.draw
        axis = data.axes[0]
        x = view.x or self._x
        y = view.y or fixed(self._y, draw.y)
        y_title = data.y_title if draw.y.title is None else draw.y.title
        x_title = axis.title if draw.x.title is None else draw.x.title
        compared = self._scene.comparison
        mode = "" if compared is None or self._lower is None else compared.mode
        whole = counts_whole(axis)
        key = (
            area.getRect(), look, x, y, self._lower, mode, x_title, y_title,
            axis.labels, axis.bins, whole, ratio, self._style, self._names,
            self._scene.names[:1], self._reference is None,
        )  # fmt: skip
        if self._background.fresh(key):
            return
        edges = axis.edges if axis.labels else None
        x_view = AxisView(x, plain(x_title), axis.labels, edges, whole)
        ys = [AxisView(y, plain(y_title))]
        shares: tuple[float, ...] = (1.0,)
        if self._lower is not None and area.height() > 90:
            ys.append(AxisView(self._lower, "diff." if mode == "difference" else mode))
            shares = (0.76, 0.24)
        rows = legend_rows(self._entries(look), look.metrics, area)
        room = area.adjusted(0, len(rows) * look.metrics.height(), 0, 0)
        self._panes = lay_out(room, look, x_view, tuple(ys), shares)

        def paint(painter: QPainter) -> None:
            for pane in self._panes:
                paint_axes(painter, pane, look, room)
            if rows:
                start = legend_start(rows, look.metrics, area, self._panes[0].rect)
                paint_legend(painter, rows, look, QPoint(start, area.top()))

        self._background.draw(key, area, look, ratio, paint)

    def _entries(self, look: Look) -> list[LegendEntry]:
        """What the legend tells; nothing where the curves have no names."""
        own = self._scene.names[:1]
        if not own or not self._names:
            return []
        kinds = {"points": "points", "step": "line"}
        entries = [LegendEntry(own[0], look.edge, kinds.get(self._style, "fill"))]
        told = zip(self._names, cycle(look.overlays), strict=False)
        entries += [LegendEntry(name, pen) for name, pen in told]
        if self._reference is not None:
            entries.append(LegendEntry("reference", look.reference))
        return entries

    # -- curves ----------------------------------------------------------------

    def _gathered(self, pane: Pane, series: Series) -> Columns:
        """Return the bins' columns of pixels, kept while nothing moved."""
        key = (series.edges_key, pane.x.scale, pane.rect.getRect())
        if self._columns is None or key != self._columns_key:
            self._columns = columns_of(pane, series)
            self._columns_key = key
        return self._columns

    def _paint_reference(
        self,
        painter: QPainter,
        pane: Pane,
        series: Series,
        look: Look,
        columns: Columns,
    ) -> None:
        """Draw the reference from polygons kept while neither it nor the axes moved."""
        key = (series, columns, pane.y.scale, pane.rect.getRect())
        if key != self._kept_key:
            self._kept_key = key
            self._kept = outlines(pane, series, columns)
        paint_lines(painter, self._kept, look.reference)
