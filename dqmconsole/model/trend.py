"""Numbers of elements against lumisection: the latest one, the mean of a run."""

from __future__ import annotations

import math
import re
from typing import TYPE_CHECKING

import numpy as np

from dqmconsole.model.histogram import Histogram, Scalar

if TYPE_CHECKING:
    from dqmconsole.model.histogram import Array, Axis
    from dqmconsole.model.layout import Plot

_LUMISECTION = re.compile(
    r"\b(lumi(nosity)?[ _-]?(section|block|seg(ment)?)s?|lumi|LS|LB)\b", re.IGNORECASE
)


_INT64 = 2**63


def whole_number(value: float | None) -> int | None:
    """A number cut down to an integer; None where 64 bits do not hold it."""
    return int(value) if value is not None and abs(value) < _INT64 else None


def latest_number(
    element: object | None, lumisection: int | None = None
) -> float | None:
    """A scalar's number, or the content of a histogram's latest bin.

    The latest bin is that of `lumisection`, where it is known and on the axis, else
    the last filled one. None for texts that are no numbers, for NaN and infinity, where
    no bin is filled at all, and for anything else than scalars and histograms.
    """
    if not isinstance(element, Histogram):
        return _number(element)
    if element.dimension != 1:
        return None
    values, filled = _filled(element)
    (at,) = np.nonzero(filled)
    if not len(at):
        return None
    here = _bin_of(element.axes[0], lumisection)
    if here is not None and here >= at[-1]:
        value = float(values[here])
        return value if math.isfinite(value) else None
    return float(values[at[-1]])


def number_at(element: object | None, lumisection: int | None) -> float | None:
    """What a trend had reached at a lumisection: its last filled bin until then.

    Args:
        element: a scalar gives its number, whatever the lumisection.
        lumisection: the last that counts; None for all there are.
    """
    if not isinstance(element, Histogram):
        return _number(element)
    if element.dimension != 1:
        return None
    values, filled = _filled(element)
    (at,) = np.nonzero(filled & _until(element.axes[0], lumisection))
    return float(values[at[-1]]) if len(at) else None


def last_filled(element: object | None) -> int | None:
    """The last lumisection for which a trend was filled; None where it is no trend."""
    if not isinstance(element, Histogram) or element.dimension != 1:
        return None
    (at,) = np.nonzero(_filled(element)[1])
    return math.ceil(element.axes[0].edges[at[-1] + 1] - 1e-9) - 1 if len(at) else None


def mean_number(
    element: object | None,
    lumisection: int | None = None,
    weights: object | None = None,
    since: int | None = None,
) -> float | None:
    """The mean of a trend over a run's lumisections; a scalar gives its number.

    Lumisections in which the trend is 0 (no beam) or was not filled do not count.
    0 where it was filled and is 0 everywhere; None where nobody filled it until then.

    Args:
        element: the trend, against lumisection.
        lumisection: the last that counts; None for all there are.
        weights: another trend of the same bins, by which the lumisections weigh
            (their events); all weigh the same where there is none.
        since: the first lumisection that counts; None: from the start.
    """
    if not isinstance(element, Histogram):
        return _number(element)
    if element.dimension != 1:
        return None
    values, filled = _filled(element)
    reached = filled & _until(element.axes[0], lumisection)
    if since is not None:
        reached &= element.axes[0].edges[1:] > since + 1e-9
    used = reached & (values > 0)
    if not used.any():
        told = reached.any() or (element.entries > 0 and not filled.any())
        return 0.0 if told else None
    kept = None
    if isinstance(weights, Histogram) and weights.axes[0].same_bins(element.axes[0]):
        counts = np.nan_to_num(weights.values(), posinf=0.0, neginf=0.0)
        kept = counts.clip(0)[used] if counts.shape == used.shape else None
    if kept is None or not kept.sum() > 0:
        return float(values[used].mean())
    return float(np.average(values[used], weights=kept))


def is_against_lumisection(axis: Axis, plot: Plot | None = None) -> bool:
    """Tell whether an axis counts lumisections.

    The layout says so; else the producer's title does; an axis without a title
    does where the plot is a trend.

    Args:
        axis: the x axis.
        plot: what the layout says; None where it says nothing.
    """
    told = plot.draw.x if plot is not None and plot.draw is not None else None
    if told is not None and told.unit is not None:
        return told.unit == "lumisection"
    title = axis.title or (told.title if told is not None else None) or ""
    if not title:
        return plot is not None and plot.accumulates == "trend" and not axis.labels
    return _LUMISECTION.search(title) is not None


def _number(element: object | None) -> float | None:
    if not isinstance(element, Scalar):
        return None
    try:  # some producers write their numbers as texts
        value = float(element.value)
    except ValueError:
        return None
    return value if math.isfinite(value) else None


def _filled(element: Histogram) -> tuple[Array, Array]:
    """The values of the inner bins, and which of them somebody filled."""
    values = element.values()
    if element.bin_entries is not None:
        # A profile knows a mean of zero from nothing at all.
        return values, np.isfinite(values) & (element.bin_entries[1:-1] != 0)
    return values, np.isfinite(values) & (values != 0)


def _until(axis: Axis, lumisection: int | None) -> Array:
    """The bins up to that of a lumisection; all when it is None."""
    if lumisection is None:
        return np.ones(axis.bins, bool)
    until: Array = axis.edges[:-1] <= lumisection + 1e-9
    return until


def _bin_of(axis: Axis, lumisection: int | None) -> int | None:
    if lumisection is None:
        return None
    here = int(np.searchsorted(axis.edges, lumisection, side="right")) - 1
    return here if 0 <= here < axis.bins else None
