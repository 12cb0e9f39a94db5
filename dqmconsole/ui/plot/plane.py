"""One histogram of two dimensions (or a flattened third) as numbers to draw."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from dqmconsole.model.histogram import Axis
from dqmconsole.ui.plot.cells import Cells
from dqmconsole.ui.plot.colour_scale import ColourScale
from dqmconsole.ui.plot.scale import Scale

if TYPE_CHECKING:
    from dqmconsole.model.histogram import Array, Histogram
    from dqmconsole.model.layout import Draw


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

    @property
    def flat(self) -> Histogram | None:
        """The histogram; None where a third dimension was taken out of it."""
        return self.histogram if self.histogram.dimension == 2 else None

    def made_from(self, histogram: Histogram, scale: float) -> bool:
        """Tell whether it was made of just these."""
        same = histogram is self.histogram
        return same and (scale == self.scale or histogram.is_profile)


def never_filled(histogram: Histogram, values: Array) -> Array:
    """Tell which bins hold nothing.

    Of states and shares -1 means "not there", and 0 is a value. In any other map with
    negative contents 0 is a value, too. Of an efficiency 0 is what nothing was measured
    of: a division of nothing by nothing leaves it.
    """
    if histogram.is_profile:
        unfilled: Array = histogram.counts() == 0
        return unfilled
    negative: Array = values < 0
    if _are_shares(histogram, values):
        return negative
    if negative.any():
        return np.zeros_like(negative)
    return np.equal(values, 0)


def _are_shares(histogram: Histogram, values: Array) -> bool:
    """Tell whether named bins hold states or shares: set from 0 to 1, not counted."""
    if histogram.efficiency or not any(axis.labels for axis in histogram.axes):
        return False
    shares = (values == -1) | ((values >= 0) & (values <= 1))
    counted = float(histogram.counts(flow=True).sum()) == histogram.entries
    return bool(shares.all()) and not counted


def without_marks(values: Array, draw: Draw) -> Array:
    """Take out what only marks a cell: below 0 where a layout's range is not.

    Many a map of shares, efficiencies or states has −1 for "not there". What lies
    below a range otherwise is drawn, in the colour for it.
    """
    floor = draw.z.range[0] if draw.z.range is not None else None
    if floor is None or floor < 0:
        return values
    return np.where(values < 0, np.nan, values)


_RANGE = ColourScale(Scale(0.0, 1.0))


def states_of(data: Histogram, last: int | None = None) -> Cells:
    """The states of a histogram of two dimensions, or of one as a single row.

    0 is off, from 0.5 on is on. What is negative, not finite, or of a profile was never
    filled, is not known. Beyond the last column of which anything is known, or beyond
    lumisection `last`, is the future: there is nothing yet.

    Args:
        data: the states; its x axis runs along them.
        last: the last lumisection there is, or None.
    """
    values = data.values()
    known = np.isfinite(values) & (values >= 0)
    if data.is_profile:
        known &= data.counts() > 0
    if values.ndim == 1:
        values, known = values[:, None], known[:, None]
    states: Array = np.where(known, (values >= 0.5).astype(np.float64), np.nan)
    end = _end(data, states, known, last)
    states[end:] = np.nan
    undefined = ~known
    undefined[end:] = False
    return Cells(states, _RANGE, "strip", undefined if bool(undefined.any()) else None)


def rows_of_states(
    data: Histogram, names: tuple[str, ...], last: int | None = None
) -> tuple[Cells, Axis]:
    """The numbered states of a histogram of one dimension, a row for each one seen.

    What is not finite, of a profile was never filled, or has no name, is not known.

    Args:
        data: the number of the state, along x.
        names: of the states 0, 1 and so on; "" where there is none.
        last: as of `states_of`.

    Returns:
        The cells, 1 in the row of the state and NaN in the others; the axis of the
        rows, with their names.
    """
    values = data.values()
    known = np.isfinite(values)
    if data.is_profile:
        known &= data.counts() > 0
    number = np.rint(np.where(known, values, -1.0))
    for missing in (number < 0, number >= len(names)):
        number = np.where(missing, -1.0, number)
    number = number.astype(np.int64)
    known = np.array([bool(each) for each in (*names, "")])[number]
    on = np.where(known & (number > 0), 1.0, 0.0)
    end = _end(data, on[:, None], known[:, None], last)
    known[end:] = False
    seen = np.unique(number[known]).tolist()
    labels = tuple(names[each] for each in seen) or ("\N{NO-BREAK SPACE}",)
    rows = Axis(len(labels), 0.0, float(len(labels)), labels=labels)
    states = np.full((len(values), rows.bins), np.nan)
    for row, each in enumerate(seen):
        states[known & (number == each), row] = 1.0
    undefined = np.repeat(~known[:, None], rows.bins, axis=1)
    undefined[end:] = False
    lost = undefined if bool(undefined.any()) else None
    return Cells(states, _RANGE, "strip", lost), rows


def _end(data: Histogram, states: Array, known: Array, last: int | None) -> int:
    """The first column that has not happened yet."""
    if last is not None:
        edges = data.axes[0].edges
        return int(np.searchsorted(edges, last + 0.5))  # an edge may lie just there
    if data.is_profile or bool((data.values() < 0).any()):
        happened = known.any(axis=1)
    else:
        # zeros behind the last one that is on cannot be told from what is to come
        happened = (states == 1.0).any(axis=1)
    columns = np.flatnonzero(happened)
    return int(columns[-1]) + 1 if columns.size else 0
