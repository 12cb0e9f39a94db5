"""One histogram of two dimensions (or a flattened third) as numbers to draw."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from dqmconsole.model.histogram import Array, Axis, Histogram
    from dqmconsole.model.layout import Draw

REPORT_MAP = "reportSummaryMap"


class Plane:
    """Values of a map, what is empty or not finite turned into NaN.

    Attributes:
        histogram: where they come from.
        scale: the factor on its contents.
        axes: x and y.
        edges: their edges.
        values: shape (nx, ny), times `scale`; NaN where nothing was ever filled, and
            where the content is not finite.
        undefined: the cells whose content is not finite; None when all are.
        caption: what was done to a third dimension, else "".
    """

    def __init__(self, histogram: Histogram, scale: float) -> None:
        self.histogram = histogram
        self.scale = 1.0 if histogram.is_profile else scale
        x, y = histogram.axes[:2]
        self.axes: tuple[Axis, Axis] = (x, y)
        self.edges: tuple[Array, Array] = (x.edges, y.edges)
        self.caption = ""
        values = histogram.values()
        empty = never_filled(histogram, values)
        if values.ndim == 3:
            self.caption = f"summed over {histogram.axes[2].title or 'z'}"
            weights = histogram.counts() if histogram.is_profile else None
            if weights is None:
                values = values.sum(axis=2)
                empty = values == 0
            else:
                self.caption = f"mean over {histogram.axes[2].title or 'z'}"
                total = weights.sum(axis=2)
                empty = total == 0
                summed = (values * weights).sum(axis=2)
                values = np.divide(
                    summed, total, out=np.zeros_like(summed), where=~empty
                )
        if self.scale != 1.0:
            values = values * self.scale
        lost = ~np.isfinite(values)
        self.undefined: Array | None = lost if bool(lost.any()) else None
        self.values: Array = np.where(empty | lost, np.nan, values)

    def made_from(self, histogram: Histogram, scale: float) -> bool:
        """Tell whether it was made of just these."""
        same = histogram is self.histogram
        return same and (scale == self.scale or histogram.is_profile)


def never_filled(histogram: Histogram, values: Array) -> Array:
    """Tell which bins hold nothing.

    In CMS's report maps -1 means "not there" and 0 is a value (DQMProvInfo: off).
    In any other map with negative contents 0 is a value, too.
    """
    if histogram.is_profile:
        unfilled: Array = histogram.counts() == 0
        return unfilled
    negative: Array = values < 0
    if histogram.name == REPORT_MAP:
        return negative
    if negative.any():
        return np.zeros_like(negative)
    return np.equal(values, 0)


def without_marks(values: Array, draw: Draw) -> Array:
    """Take out what only marks a cell: below 0 where a layout's range is not.

    Many a map of shares, efficiencies or states has −1 for "not there". What lies
    below a range otherwise is drawn, in the colour for it.
    """
    floor = draw.z.range[0] if draw.z.range is not None else None
    if floor is None or floor < 0:
        return values
    return np.where(values < 0, np.nan, values)


def edges_key_of(axes: tuple[Axis, Axis]) -> tuple[object, ...]:
    """What is the same for maps with the same bins."""
    return tuple(
        (axis.bins, axis.low, axis.high, _bytes(axis.variable)) for axis in axes
    )


def _bytes(array: Array | None) -> bytes:
    return b"" if array is None else array.tobytes()
