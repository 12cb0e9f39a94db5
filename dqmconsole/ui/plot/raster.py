"""A map of bins to an image of pixels, for bins of any width and any scale."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtGui import QImage

from dqmconsole.ui.plot.palettes import EMPTY

if TYPE_CHECKING:
    from dqmconsole.model.histogram import Array
    from dqmconsole.ui.plot.scale import Scale


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


def gathered(values: Array, bins: Array, axis: int) -> tuple[Array, Array]:
    """Take along one axis what its pixels show: the maximum where several share one.

    Args:
        values: shape (nx, ny).
        bins: the bin of each pixel as `pixel_bins` gives it, rising.
        axis: 0 or 1.

    Returns:
        The values with that axis gathered, and which of them each pixel shows
        (-1 outside).
    """
    inside = np.flatnonzero(bins >= 0)
    count = values.shape[axis]
    if len(inside) == 0 or bins[inside[-1]] - bins[inside[0]] < len(inside):
        return values, bins
    starts = bins[inside]
    starts = starts[np.concatenate(([True], np.diff(starts) > 0))]
    last = min(int(starts[-1]) + max(int(starts[-1] - starts[-2]), 1), count)
    part = np.take(values, np.arange(starts[0], last), axis=axis)
    taken: Array = np.fmax.reduceat(part, starts - starts[0], axis=axis)
    shown = np.full(len(bins), -1)
    shown[inside] = np.searchsorted(starts, bins[inside])
    return taken, shown


def colour_indices(values: Array, scale: Scale) -> Array:
    """Return 0 to 255 along `scale`, and `EMPTY` for NaN, as int16."""
    raw = scale.fractions(values) * 255.0
    np.clip(raw, 0.0, 255.0, out=raw)
    indices = np.where(np.isnan(raw), EMPTY, raw)
    found: Array = indices.astype(np.int16)
    return found


def map_image(
    values: Array,
    x_bins: Array,
    y_bins: Array,
    scale: Scale,
    table: Array,
) -> QImage:
    """Draw a map.

    Args:
        values: shape (nx, ny), NaN for empty cells.
        x_bins: the bin of each column of pixels, -1 outside.
        y_bins: the bin of each row of pixels from the bottom, -1 outside.
        scale: the range of the colours.
        table: 257 colours (see `palettes.lookup_table`).

    Returns:
        An image of len(x_bins) by len(y_bins) pixels that owns its memory.
    """
    values, x_bins = gathered(values, x_bins, 0)
    values, y_bins = gathered(values, y_bins, 1)
    colours = np.full((values.shape[1] + 1, values.shape[0] + 1), table[EMPTY])
    colours[:-1, :-1] = table[colour_indices(values, scale).T]
    # the last row and column are the ground, which is what -1 picks; rows come last,
    # so that the large array is written row by row
    height, width = len(y_bins), len(x_bins)
    image = QImage(width, height, QImage.Format.Format_RGB32)
    pixels = np.frombuffer(image.bits(), dtype=np.uint32).reshape(height, width)
    np.take(
        np.take(colours, x_bins, axis=1), y_bins[::-1], axis=0, out=pixels, mode="wrap"
    )
    return image
