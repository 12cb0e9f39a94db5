"""Rows of states along an axis: on, off, not known, not there yet."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from dqmconsole.ui.plot.colour_scale import ColourScale
from dqmconsole.ui.plot.raster import Cells
from dqmconsole.ui.plot.scale import Scale

if TYPE_CHECKING:
    from dqmconsole.model.histogram import Array, Histogram

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


def _end(data: Histogram, states: Array, known: Array, last: int | None) -> int:
    """The first column that has not happened yet."""
    if last is not None:
        edges = data.axes[0].edges
        return int(np.searchsorted(edges, last + 0.5, "right"))
    if data.is_profile or bool((data.values() < 0).any()):
        told = known.any(axis=1)
    else:
        # zeros behind the last one that is on cannot be told from what is to come
        told = (states == 1.0).any(axis=1)
    columns = np.flatnonzero(told)
    return int(columns[-1]) + 1 if columns.size else 0
