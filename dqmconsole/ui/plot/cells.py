"""A map of bins to an image of pixels, for bins of any width and any scale.

Pure numpy: cells become places in a table of colours (`palettes.lookup_table`), and
these are spread over the pixels.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np

from dqmconsole.model.reduce import combined_lines, shows_empty
from dqmconsole.ui.plot.palettes import COLOURS, EMPTY, OVER, UNDEFINED, UNDER

if TYPE_CHECKING:
    from dqmconsole.model.histogram import Array, Histogram
    from dqmconsole.ui.plot.colour_scale import ColourScale
    from dqmconsole.ui.plot.scale import Scale


@dataclass(frozen=True, eq=False)
class Cells:
    """One map as numbers to paint.

    Attributes:
        values: shape (nx, ny). Of a "map" contents; of a "deviation" positions from −1
            to 1 about agreement, beyond: out of range; of a "strip" states, 0 off and
            1 on. NaN where there is nothing.
        colours: the range of the colours; of a deviation what the bar says.
        kind: how the values are read.
        undefined: cells that are not a number, or infinite, or of a strip not known;
            None when there are none.
        histogram: that of two dimensions whose values they are; where several cells
            share a pixel, its entries say which empty one is news. None: the fullest
            one is seen.
    """

    values: Array
    colours: ColourScale
    kind: Literal["map", "deviation", "strip"] = "map"
    undefined: Array | None = None
    histogram: Histogram | None = None

    def indices(self) -> Array:
        """The places of all cells in a table of colours, int16."""
        return _indices(self.values, self.undefined, self)


def pixel_bins(edges: Array, scale: Scale, pixels: int) -> Array:
    """Return for each pixel along an axis the bin under its middle, -1 outside."""
    fractions = (np.arange(pixels) + 0.5) / pixels
    if scale.log:
        low, high = np.log10(scale.low), np.log10(scale.high)
        values = 10.0 ** (low + fractions * (high - low))
    else:
        values = scale.low + fractions * (scale.high - scale.low)
    found = np.searchsorted(edges, values, "right") - 1
    outside = (found < 0) | (found >= len(edges) - 1)
    result: Array = np.where(outside, -1, found)
    return result


class Groups:
    """Which bins along an axis share a pixel.

    Attributes:
        shared: some do; else each bin is a group of its own.
        edges: the first bin of each group in sight, rising, and behind the last group.
        shown: the group that each pixel shows, -1 outside.
    """

    def __init__(self, bins: Array, count: int) -> None:
        """Group `count` bins by the bin of each pixel, as `pixel_bins` gives it."""
        inside = np.flatnonzero(bins >= 0)
        self.shared = len(inside) > 0 and bool(
            bins[inside[-1]] - bins[inside[0]] >= len(inside)
        )
        self.edges, self.shown = np.arange(count + 1), bins
        if self.shared:
            starts = bins[inside]
            starts = starts[np.concatenate(([True], np.diff(starts) > 0))]
            # the last pixel's bins are as many as those of the one before it
            wide = int(starts[-1] - starts[-2]) if len(starts) > 1 else count
            self.edges = np.append(starts, min(int(starts[-1]) + max(wide, 1), count))
            self.shown = np.full(len(bins), -1)
            self.shown[inside] = np.searchsorted(starts, bins[inside])


def gathered(values: Array, groups: Groups, axis: int, kind: str = "map") -> Array:
    """Take along one axis what its pixels show, where several bins share one.

    That is of a map the largest value, of deviations the one farthest from 0, of a
    strip "off" before "on".

    Args:
        values: shape (nx, ny).
        groups: the bins that share a pixel.
        axis: 0 or 1.
        kind: what the values are, as in `Cells`.
    """
    if not groups.shared:
        return values
    lines = values if axis == 0 else values.T
    first = np.fmin if kind == "strip" else np.fmax
    taken = combined_lines(lines, groups.edges, first)
    if kind == "deviation":
        least = combined_lines(lines, groups.edges, np.fmin)
        taken = np.where(-least > taken, least, taken)
    return taken if axis == 0 else taken.T


def colour_indices(values: Array, colours: ColourScale) -> Array:
    """Where in a table of colours each value stands, int16.

    Args:
        values: any shape; NaN for empty cells.
        colours: the range.
    """
    raw = colours.scale.fractions(values) * (COLOURS - 1.0)
    np.clip(raw, 0.0, COLOURS - 1.0, out=raw)
    empty = np.isnan(values)
    raw[empty] = EMPTY
    found: Array = raw.astype(np.int16)
    under = values < colours.under
    if colours.scale.log:
        # 0 and below have no place on a logarithmic scale, but there they are
        under |= values <= 0
    over = values > colours.over
    found[under] = UNDER
    found[over] = OVER
    return found


def deviation_indices(positions: Array) -> Array:
    """Where in a table of colours positions from −1 to 1 stand, beyond: out of range.

    Args:
        positions: any shape; NaN for what is undefined.
    """
    half = 0.5 * (COLOURS - 1)
    with np.errstate(invalid="ignore"):
        raw = np.rint(half + half * np.clip(positions, -1.0, 1.0))
    raw[np.isnan(positions)] = EMPTY
    found: Array = raw.astype(np.int16)
    found[positions < -1.0] = UNDER
    found[positions > 1.0] = OVER
    return found


def map_pixels(cells: Cells, x_bins: Array, y_bins: Array, table: Array) -> Array:
    """Paint a map.

    Args:
        cells: the map.
        x_bins: the bin of each column of pixels, -1 outside.
        y_bins: the bin of each row of pixels from the bottom, -1 outside.
        table: the colours (`palettes.lookup_table`).

    Returns:
        uint32 0xAARRGGBB, shape (len(y_bins), len(x_bins)), the top row first.
    """
    x, y = (
        Groups(bins, count)
        for bins, count in zip((x_bins, y_bins), cells.values.shape, strict=True)
    )
    values = gathered(gathered(cells.values, x, 0, cells.kind), y, 1, cells.kind)
    columns, rows, undefined = x.shown, y.shown, cells.undefined
    histogram = cells.histogram if x.shared or y.shared else None
    if histogram is not None and bool(np.isnan(cells.values).any()):
        entries = _entries(histogram)
        empty = shows_empty(entries, None, ~np.isnan(values), x.edges, y.edges)
        values = np.where(empty, np.nan, values)
    if undefined is not None and (x.shared or y.shared):
        # of what shares a pixel, what is not a number is seen
        seen = undefined.astype(np.float32)
        undefined = gathered(gathered(seen, x, 0), y, 1) > 0
        if cells.kind == "strip":
            undefined &= np.isnan(values)
    indices = _indices(values, undefined, cells)
    colours = np.full((indices.shape[1] + 1, indices.shape[0] + 1), table[EMPTY])
    colours[:-1, :-1] = table[indices.T]
    # the last row and column are the ground, which is what -1 picks; rows come last,
    # so that the large array is written row by row
    pixels: Array = np.take(
        np.take(colours, columns, axis=1), rows[::-1], axis=0, mode="wrap"
    )
    if undefined is not None:
        _pattern(pixels, table, hatched=cells.kind == "strip")
    if cells.kind == "strip":
        _part_rows(pixels, rows[::-1], int(table[EMPTY]))
    return pixels


def _entries(histogram: Histogram) -> Array:
    """Entries of each cell, shape (nx, ny); with the sign of the contents."""
    if histogram.is_profile:
        return histogram.counts()
    if histogram.sumw2 is None:
        return histogram.contents[1:-1, 1:-1]
    return np.copysign(histogram.counts(), histogram.values())


def _indices(values: Array, undefined: Array | None, cells: Cells) -> Array:
    if cells.kind == "deviation":
        found = deviation_indices(values)
    elif cells.kind == "strip":
        found = np.where(values >= 0.5, COLOURS - 1, 0).astype(np.int16)
        found[np.isnan(values)] = EMPTY
    else:
        found = colour_indices(values, cells.colours)
    if undefined is not None:
        found[undefined] = UNDEFINED
    return found


def _pattern(pixels: Array, table: Array, *, hatched: bool) -> None:
    """Draw what is not a number as crosses, what is not known as lines."""
    height, width = pixels.shape
    down, across = np.arange(height)[:, None] % 6, np.arange(width)[None, :] % 6
    lines = down + across == 5
    if not hatched:
        lines = lines | (down == across)
    pixels[(pixels == table[UNDEFINED]) & ~lines] = table[EMPTY]


def _part_rows(pixels: Array, rows: Array, ground: int) -> None:
    """Leave a gap beneath each row of a strip, where rows are high enough."""
    last = np.flatnonzero(np.diff(rows) != 0)
    if last.size and len(rows) / (last.size + 1) >= 5:
        pixels[last] = ground
