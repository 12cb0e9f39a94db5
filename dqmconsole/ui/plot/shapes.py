"""Arrays to the polygons QPainter draws, never more points than pixels ask for."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import shiboken6
from PySide6.QtGui import QPolygonF

if TYPE_CHECKING:
    from dqmconsole.model.histogram import Array


def polygon(points: Array) -> QPolygonF:
    """Return points, float64 of shape (n, 2), as a QPolygonF, by one copy.

    A QPolygonF holds its points as pairs of C doubles in one piece; building it
    point by point costs a Python object each.
    """
    count = len(points)
    made = QPolygonF()
    made.resize(count)
    if count:
        # its stub knows only VoidPtr(address) and not that it is a buffer
        pointer: Any = shiboken6.VoidPtr
        memory = pointer(made.data(), count * 16, True)
        target = np.frombuffer(memory, dtype=np.float64).reshape(count, 2)
        target[:] = points
    return made


def outline(x: Array, y: Array, base: float) -> Array:
    """Return the closed outline of a step histogram.

    Args:
        x: the n + 1 edges in pixels, rising.
        y: the n heights in pixels.
        base: the line the histogram stands on, in pixels.

    Returns:
        Shape (2 n + 2, 2); without first and last point it is the open outline.
    """
    count = len(y)
    points = np.empty((2 * count + 2, 2))
    points[0::2, 0] = x
    points[1::2, 0] = x
    points[0, 1] = points[-1, 1] = base
    points[1:-1:2, 1] = y
    points[2:-1:2, 1] = y
    return points


def runs(good: Array) -> list[tuple[int, int]]:
    """Return the stretches [start, stop) in which `good` is true."""
    if bool(good.all()):
        return [(0, len(good))] if len(good) else []
    padded = np.zeros(len(good) + 2, dtype=np.int8)
    padded[1:-1] = good
    change = np.diff(padded)
    starts, stops = np.flatnonzero(change == 1), np.flatnonzero(change == -1)
    return list(zip(starts.tolist(), stops.tolist(), strict=True))


class Columns:
    """Bins gathered into columns of pixels, where several share one.

    Attributes:
        x: edges of the columns in pixels, shape (m + 1,).
        first: the first bin gathered.
        starts: first bin of each column, shape (m,), or None when every bin is a
            column of its own.
    """

    def __init__(self, edges: Array, first: int, last: int) -> None:
        """Gather the bins `first` to `last` (not included) with `edges` in pixels."""
        self.first = first
        self._bins = slice(first, last)
        x = np.rint(edges[first : last + 1])
        self.starts: Array | None = None
        width = x[-1] - x[0] if len(x) else 0
        if last - first > 2 * max(width, 1):
            fresh = np.flatnonzero(np.diff(x[:-1], prepend=-np.inf) > 0)
            self.starts = fresh
            x = np.append(x[fresh], x[-1])
        self.x: Array = x

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
