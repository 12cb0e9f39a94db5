"""Arrays to what QPainter draws, never more points than pixels ask for."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from pyqtgraph.functions import create_qpolygonf, ndarray_from_qpolygonf

from dqmconsole.ui.plot.series import runs

if TYPE_CHECKING:
    from collections.abc import Iterator

    from PySide6.QtGui import QPolygonF

    from dqmconsole.model.histogram import Array
    from dqmconsole.ui.plot.scale import Scale
    from dqmconsole.ui.plot.series import Series

BAR = 0.7  # share of its bin that the bar of a category takes
_LEVEL = 0.9  # the same of a level stroke
_MARGIN = 4.0  # what is clipped leaves the pane by so many pixels


class Raster:
    """Values to pixels of one pane: whole device pixels from its upper left corner.

    Attributes:
        width, height: of the pane, in pixels.
        x, y: the ranges.
        base: where histograms stand: at zero, or at the edge nearest to it.
    """

    def __init__(self, size: tuple[int, int], x: Scale, y: Scale, ratio: float) -> None:
        """Take the size of a pane, its ranges, and device pixels per pixel."""
        self.width, self.height = size
        self.x, self.y = x, y
        self._ratio = ratio
        at = 0.0 if y.log else min(max(y.fraction(0.0), -0.1), 1.0)
        self.base = self._whole(self.height * (1.0 - at))

    def across(self, values: Array) -> Array:
        """Pixels from the left; far outside they stand still."""
        found: Array = np.clip(self.x.fractions(values), -4.0, 5.0) * self.width
        return self._rounded(found)

    def down(self, values: Array) -> Array:
        """Pixels from the top, a little outside the pane where they leave it."""
        scale, height = self.y, self.height
        if scale.log:
            pixels: Array = scale.fractions(values) * -height
            pixels += height
        else:
            per_unit = height / (scale.high - scale.low)
            pixels = values * -per_unit
            pixels += height + scale.low * per_unit
        pixels = self._rounded(pixels)
        np.maximum(pixels, -_MARGIN, out=pixels)
        np.minimum(pixels, height + _MARGIN, out=pixels)
        return pixels

    def shares_of(self, x: Array, share: float) -> tuple[Array, Array]:
        """Left and right of what takes so much of the middle of columns.

        Args:
            x: the n + 1 edges in pixels.
            share: of each column's width.
        """
        aside = 0.5 * (1.0 - share) * np.diff(x)
        return self._rounded(x[:-1] + aside), self._rounded(x[1:] - aside)

    def row(self, value: float) -> int:
        """Pixels from the top of one value, well outside where it is not seen."""
        found = float(self.down(np.array([value]))[0])
        return round(found) if found == found else -100

    def _rounded(self, pixels: Array) -> Array:
        if self._ratio == 1.0:
            return np.rint(pixels, out=pixels)
        pixels *= self._ratio
        np.rint(pixels, out=pixels)
        pixels /= self._ratio
        return pixels

    def _whole(self, pixel: float) -> float:
        return round(pixel * self._ratio) / self._ratio


class Columns:
    """The bins in sight, gathered into columns of pixels where several share one.

    Attributes:
        x: edges of the columns in pixels, shape (m + 1,).
        first: the first bin gathered.
        starts: first bin of each column, shape (m,), or None when every bin is a
            column of its own.
    """

    def __init__(self, raster: Raster, edges: Array) -> None:
        """Gather bins.

        Args:
            raster: where they lie.
            edges: all edges of the axis, rising.
        """
        x, last_pixel = raster.across(edges), raster.width
        bins = len(edges) - 1
        first = max(int(np.searchsorted(x, 0.0, "right")) - 1, 0)
        last = min(int(np.searchsorted(x, last_pixel, "left")), bins)
        last = max(last, first + 1)
        self.first = first = min(first, last - 1)
        self._bins = slice(first, last)
        x = x[first : last + 1]
        self.starts: Array | None = None
        width = x[-1] - x[0] if len(x) else 0
        if last - first > 2 * max(width, 1):
            fresh = np.flatnonzero(np.diff(x[:-1], prepend=-np.inf) > 0)
            self.starts = fresh
            x = np.append(x[fresh], x[-1])
        self.x: Array = x

    def chosen(self, values: Array) -> Array:
        """The values of the bins in sight, one by one."""
        found: Array = values[self._bins]
        return found

    def highest(self, values: Array) -> Array:
        """Return the largest value per column, NaN where all are."""
        chosen: Array = values[self._bins]
        if self.starts is None:
            return chosen
        found: Array = np.fmax.reduceat(chosen, self.starts)
        return found

    def lowest(self, values: Array) -> Array:
        """Return the smallest value per column, NaN where all are."""
        chosen: Array = values[self._bins]
        if self.starts is None:
            return chosen
        found: Array = np.fmin.reduceat(chosen, self.starts)
        return found


def steps(x: Array, y: Array, base: float | Array) -> QPolygonF:
    """Return the closed outline of a step histogram.

    Args:
        x: the n + 1 edges in pixels, rising.
        y: the n heights in pixels.
        base: the line it stands on, or the n heights of its lower edge.
    """
    count = len(y)
    if isinstance(base, float):
        made = create_qpolygonf(2 * count + 2)
        points = ndarray_from_qpolygonf(made)
        _write_steps(points[1:-1], x, y)
        points[0] = (x[0], base)
        points[-1] = (x[-1], base)
        return made
    made = create_qpolygonf(4 * count)
    points = ndarray_from_qpolygonf(made)
    _write_steps(points[: 2 * count], x, y)
    _write_steps(points[2 * count :][::-1], x, base)
    return made


def bars(
    series: Series, raster: Raster, columns: Columns
) -> tuple[list[QPolygonF], list[QPolygonF]]:
    """Return a bar per bin, apart from its neighbours, and the bars' outlines.

    Every bin must be a column of its own.
    """
    heights = raster.down(columns.highest(series.values))
    left, right = raster.shares_of(columns.x, BAR)
    bodies = []
    for x, y in _drawable(left, right, heights, series, raster, columns):
        bodies.append(
            polyline(x[[0, 0, 1, 1]], np.array([raster.base, y, y, raster.base]))
        )
    return bodies, bodies


def levels(series: Series, raster: Raster, columns: Columns) -> list[QPolygonF]:
    """Return a level stroke per bin; every bin must be a column of its own."""
    heights = raster.down(columns.highest(series.values))
    left, right = raster.shares_of(columns.x, _LEVEL)
    return [
        polyline(x, np.array([y, y]))
        for x, y in _drawable(left, right, heights, series, raster, columns)
    ]


def outlines(series: Series, raster: Raster, columns: Columns) -> list[QPolygonF]:
    """Return the outline of a series, one polyline per stretch without gaps.

    On a logarithmic axis bins that are not above 0 are gaps.
    """
    values = series.values
    broken = raster.y.log and not series.least > 0
    if broken:
        values = np.where(values > 0, values, np.nan)
    heights = raster.down(columns.highest(values))
    if columns.starts is None:
        found = []
        parts = runs(~np.isnan(heights)) if broken else series.runs(heights)
        for start, stop in parts:
            made = create_qpolygonf(2 * (stop - start))
            x = columns.x[start : stop + 1]
            _write_steps(ndarray_from_qpolygonf(made), x, heights[start:stop])
            found.append(made)
        return found
    # several bins in one column of pixels: the curve fills it from the lowest to
    # the highest, as it would if each bin were drawn
    lows = raster.down(columns.lowest(values))
    found = []
    for start, stop in runs(~np.isnan(heights)):
        made = create_qpolygonf(2 * (stop - start))
        points = ndarray_from_qpolygonf(made)
        points[0::2, 0] = points[1::2, 0] = columns.x[start:stop]
        points[0::2, 1] = heights[start:stop]
        points[1::2, 1] = lows[start:stop]
        found.append(made)
    return found


def filled(
    series: Series, raster: Raster, columns: Columns
) -> tuple[list[QPolygonF], list[QPolygonF]]:
    """Return what is filled of a series, and its outline, both per stretch."""
    heights = raster.down(columns.highest(series.values))
    if columns.starts is not None:
        lines = outlines(series, raster, columns)
        if series.negative:
            # from the base to the bin furthest from it in each column of pixels
            lows = raster.down(columns.lowest(series.values))
            further = np.abs(lows - raster.base) > np.abs(heights - raster.base)
            heights = np.where(further, lows, heights)
        bodies = [
            steps(columns.x[start : stop + 1], heights[start:stop], raster.base)
            for start, stop in series.runs(heights)
        ]
        return bodies, lines
    bodies, lines = [], []
    for start, stop in series.runs(heights):
        x = columns.x[start : stop + 1]
        body = steps(x, heights[start:stop], raster.base)
        line = create_qpolygonf(2 * (stop - start))
        ndarray_from_qpolygonf(line)[:] = ndarray_from_qpolygonf(body)[1:-1]
        bodies.append(body)
        lines.append(line)
    if raster.y.log and not series.least > 0:
        lines = outlines(series, raster, columns)
    return bodies, lines


def bands(low: Array, high: Array, raster: Raster, columns: Columns) -> list[QPolygonF]:
    """Return a band between two values per bin, one polygon per stretch."""
    top = raster.down(columns.highest(high))
    bottom = raster.down(columns.lowest(low))
    return [
        steps(columns.x[start : stop + 1], top[start:stop], bottom[start:stop])
        for start, stop in runs(np.isfinite(top) & np.isfinite(bottom))
    ]


def polyline(x: Array, y: Array) -> QPolygonF:
    """Return points, each shape (n,), as a QPolygonF."""
    made = create_qpolygonf(len(x))
    points = ndarray_from_qpolygonf(made)
    points[:, 0], points[:, 1] = x, y
    return made


def _drawable(
    left: Array,
    right: Array,
    heights: Array,
    series: Series,
    raster: Raster,
    columns: Columns,
) -> Iterator[tuple[Array, float]]:
    """Ends and height of each bin that is no gap, on a log axis of those above 0."""
    good = ~np.isnan(heights)
    if raster.y.log:
        good &= columns.chosen(series.values) > 0
    for at in np.flatnonzero(good).tolist():
        yield np.array([left[at], right[at]]), float(heights[at])


def _write_steps(points: Array, x: Array, y: Array) -> None:
    """Write the corners of n steps, shape (2 n, 2)."""
    points[0::2, 0] = x[:-1]
    points[1::2, 0] = x[1:]
    points[0::2, 1] = y
    points[1::2, 1] = y
