"""One histogram of one dimension as numbers to draw."""

from __future__ import annotations

import copy
import math
from typing import TYPE_CHECKING

import numpy as np

from dqmconsole.model.compare import incompatible
from dqmconsole.ui.plot.scale import span_of

if TYPE_CHECKING:
    from dqmconsole.model.histogram import Array, Axis, Histogram

_MANY = 4096  # bins; where several share a column of pixels errors are not drawn


class Series:
    """Values and edges of a histogram, what is not finite turned into gaps.

    Attributes:
        histogram: where they come from.
        scale: the factor on its contents.
        edges: the n + 1 edges.
        edges_key: the same for histograms with the same bins.
        values: the n values times `scale`, NaN for gaps.
        least, most: the lowest and highest value; NaN when all are gaps.
        negative: some value is below 0.
        whole: there are no gaps.
        rising, falling: the bins of infinite and of negative infinite content.
        undefined: how many bins are not a number.
    """

    def __init__(
        self,
        histogram: Histogram,
        scale: float,
        *,
        gaps: bool,
        before: Series | None = None,
    ) -> None:
        """Prepare a histogram.

        Args:
            histogram: of one dimension.
            scale: the factor on its contents; profiles are never scaled.
            gaps: bins that were never filled are gaps, not zeros.
            before: what was drawn before; its edges are used again.
        """
        axis = histogram.axes[0]
        self.histogram = histogram
        self._gaps = gaps
        self._errors: Array | None = None
        self.scale = 1.0 if histogram.is_profile else scale
        self.edges_key = edges_key(axis)
        same = before is not None and before.edges_key == self.edges_key
        self.edges: Array = before.edges if before and same else axis.edges
        values = histogram.values()
        if self.scale != 1.0:
            values = values * self.scale
        self.least, self.most = _ends(values)
        # NaN and inf would show in one of the two
        self.whole = math.isfinite(self.least) and math.isfinite(self.most)
        self.rising: list[int] = []
        self.falling: list[int] = []
        self.undefined = 0
        if not self.whole:
            self.rising = np.flatnonzero(np.isposinf(values)).tolist()
            self.falling = np.flatnonzero(np.isneginf(values)).tolist()
            self.undefined = int(np.isnan(values).sum())
            values = np.where(np.isfinite(values), values, np.nan)
        if gaps or histogram.is_profile:
            never = histogram.counts() == 0
            if bool(never.any()):
                values = np.where(never, np.nan, values)
                self.whole = False
        self.values: Array = values
        if not self.whole:
            known = values[~np.isnan(values)]
            self.least, self.most = _ends(known)
        self.negative = self.least < 0

    @classmethod
    def of_sum(cls, parts: list[Series]) -> Series:
        """The bin by bin sum of series of the same bins; gaps count as 0."""
        whole = copy.copy(parts[0])
        values: Array = np.sum([np.nan_to_num(part.values) for part in parts], axis=0)
        whole.values, whole.whole = values, True
        whole.least, whole.most = _ends(values)
        whole.negative = whole.least < 0
        return whole

    def end_at(self, last: int) -> None:
        """Leave out what lies beyond lumisection `last`, unless something is there."""
        future = (self.edges[:-1] > last) & (self.values == 0)
        if not bool(future.any()):
            return
        self.values = np.where(future, np.nan, self.values)
        self.whole = False
        self.least, self.most = _ends(self.values[~np.isnan(self.values)])

    def made_from(self, histogram: Histogram, scale: float, *, gaps: bool) -> bool:
        """Tell whether it was made of just these."""
        same = histogram is self.histogram and gaps == self._gaps
        return same and (scale == self.scale or histogram.is_profile)

    def span(self, *, log: bool) -> tuple[float, float] | None:
        """Return lowest and highest value (on a log scale above 0), or None."""
        if log and self.least <= 0:
            return span_of([self.values], log=True)
        return None if math.isnan(self.least) else (self.least, self.most)

    def span_of_errors(self, *, log: bool) -> tuple[float, float] | None:
        """Return the ends of the error bars, or None; on a log scale above 0."""
        if len(self.values) > _MANY:
            return None
        errors = self.errors()
        return span_of([self.values - errors, self.values + errors], log=log)

    def errors(self) -> Array:
        """One standard deviation per bin, scaled like the values."""
        if self._errors is None:
            self._errors = np.sqrt(self.histogram.variances()) * abs(self.scale)
        return self._errors

    def runs(self, heights: Array) -> list[tuple[int, int]]:
        """Return the stretches of `heights` without gaps."""
        if self.whole:
            return [(0, len(heights))] if len(heights) else []
        return runs(~np.isnan(heights))


def edges_key(axis: Axis) -> tuple[object, ...]:
    """What is the same for axes with the same bins."""
    own = b"" if axis.variable is None else axis.variable.tobytes()
    return (axis.bins, axis.low, axis.high, own)


def comparable(data: Histogram | None, reference: Histogram) -> bool:
    """Tell whether both have the same bins and labels, so that overlay is honest."""
    return data is not None and not incompatible(data, reference)


def runs(good: Array) -> list[tuple[int, int]]:
    """Return the stretches [start, stop) in which `good` is true."""
    if bool(good.all()):
        return [(0, len(good))] if len(good) else []
    padded = np.zeros(len(good) + 2, dtype=np.int8)
    padded[1:-1] = good
    change = np.diff(padded)
    starts, stops = np.flatnonzero(change == 1), np.flatnonzero(change == -1)
    return list(zip(starts.tolist(), stops.tolist(), strict=True))


def _ends(values: Array) -> tuple[float, float]:
    if values.size == 0:
        return (math.nan, math.nan)
    return (float(values.min()), float(values.max()))
