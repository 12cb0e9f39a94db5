"""ROOT's statistics of a histogram, whole or in a range; histograms added up."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import msgspec
import numpy as np

from dqmconsole.model.histogram import Histogram, read_only

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from dqmconsole.model.histogram import Array, Axis

    Bins = tuple[slice, ...]
    Ranges = Sequence[tuple[float, float] | None]


ARRAYS = ("contents", "sumw2", "bin_entries", "bin_sumw2")
"""The arrays of a histogram: all of one shape, each a sum."""


def with_arrays(
    histogram: Histogram, change: Callable[[Array], Array], **more: object
) -> Histogram:
    """The histogram with each of its arrays changed alike, x running fastest.

    Args:
        histogram: the histogram or profile.
        change: gives an array for one with flow bins; not in place.
        more: other attributes of the result, its axes where their number changes.
    """
    arrays = {
        name: read_only(np.asfortranarray(change(array)))
        for name in ARRAYS
        if (array := getattr(histogram, name)) is not None
    }
    return msgspec.structs.replace(histogram, **arrays, **more)


class RangeStatistics(msgspec.Struct, frozen=True, gc=False):
    """What lies within a range of a histogram.

    Attributes:
        low, high: edges of the bins counted, for each axis.
        entries: fills of the whole histogram, wherever they lie.
        integral: sum of the contents; of a profile the sum of its weights.
        integral_error: one standard deviation of it.
        means, deviations: for each axis, as ROOT's ``GetMean`` and ``GetStdDev``
            (the control room's RMS); NaN where nothing lies there.
        mean_errors: of the means, deviation over root of the effective entries.
        average: of a profile the mean of its values; else None.
        outside: contents that are not within the range, flow bins included.
        underflow, overflow: contents of the flow bins; of one axis only, else None.
    """

    low: tuple[float, ...]
    high: tuple[float, ...]
    entries: float
    integral: float
    integral_error: float
    means: tuple[float, ...]
    deviations: tuple[float, ...]
    mean_errors: tuple[float, ...]
    average: float | None = None
    outside: float = 0.0
    underflow: float | None = None
    overflow: float | None = None


def bins_within(axis: Axis, within: tuple[float, float] | None) -> slice:
    """The inner bins that lie in part within a range, as ``TAxis::SetRangeUser``.

    Args:
        axis: the axis.
        within: lowest and highest value in either order, or None for all bins.

    Returns:
        Of the inner bins, counted from 0; empty when none does.
    """
    if within is None:
        return slice(0, axis.bins)
    low, high = min(within), max(within)
    edges = axis.edges
    # an edge that is met but for rounding belongs to one side only
    slack = 1e-9 * abs(float(edges[-1] - edges[0]))
    first = int(np.searchsorted(edges[1:], low + slack, side="right"))
    last = int(np.searchsorted(edges[:-1], high - slack, side="left"))
    return slice(first, max(first, last))


@np.errstate(over="ignore", invalid="ignore")
def statistics(histogram: Histogram, bins: Bins | None = None) -> tuple[float, ...]:
    """ROOT's statistics of a histogram from its inner bins, in ROOT's order.

    As ``TH1::GetStats`` computes them from bin centres; see
    :class:`~dqmconsole.model.histogram.Histogram` for the order.

    Args:
        histogram: the histogram.
        bins: of its inner bins, one slice an axis; all when left out.
    """
    chosen = bins or (slice(None),) * histogram.dimension
    contents = _chosen(histogram.contents, chosen)
    weights = contents
    if histogram.bin_entries is not None:
        weights = _chosen(histogram.bin_entries, chosen)
    squares = weights
    kept_squares = histogram.bin_sumw2
    if histogram.bin_entries is None:
        kept_squares = histogram.sumw2
    if kept_squares is not None:
        squares = _chosen(kept_squares, chosen)
    sums = [float(weights.sum()), float(np.abs(squares).sum())]
    along = [
        weights.sum(axis=tuple(d for d in range(weights.ndim) if d != axis))
        for axis in range(weights.ndim)
    ]
    centers = [
        axis.centers[part] for axis, part in zip(histogram.axes, chosen, strict=True)
    ]
    for number, (marginal, center) in enumerate(zip(along, centers, strict=True)):
        sums += [float(marginal @ center), float(marginal @ center**2)]
        for earlier in range(number):
            other = tuple(d for d in range(weights.ndim) if d not in (earlier, number))
            plane = weights.sum(axis=other)
            sums.append(float(centers[earlier] @ plane @ center))
    if histogram.bin_entries is not None:
        sums.append(float(contents.sum()))
        kept = histogram.sumw2
        sums.append(0.0 if kept is None else float(_chosen(kept, chosen).sum()))
    return tuple(sums)


def added(parts: Sequence[Histogram]) -> Histogram | None:
    """The sum of histograms, or of profiles, float64, by the first's name and title.

    A profile's mean is then that of all fills. None where their bins differ.
    """
    first = parts[0]
    for part in parts:
        if (part.is_profile, part.dimension) != (first.is_profile, first.dimension):
            return None
        pairs = zip(part.axes, first.axes, strict=True)
        if not all(one.same_bins(other) for one, other in pairs):
            return None
    arrays = {name: [getattr(part, name) for part in parts] for name in ARRAYS}
    if not first.is_profile and any(each is not None for each in arrays["sumw2"]):
        arrays["sumw2"] = [part.variances(flow=True) for part in parts]
    if any(each is not None for each in arrays["bin_sumw2"]):
        # without weights each is 1, and so is its square
        arrays["bin_sumw2"] = [
            part.bin_entries if part.bin_sumw2 is None else part.bin_sumw2
            for part in parts
        ]
    sums: tuple[float, ...] = ()
    if len({len(part.sums) for part in parts}) == 1:
        sums = tuple(map(float, np.sum([part.sums for part in parts], axis=0)))
    named = first.is_profile or not first.root_class.startswith("TH")
    return msgspec.structs.replace(
        first,
        **{name: total_of(given) for name, given in arrays.items()},
        root_class=first.root_class if named else f"TH{first.dimension}D",
        entries=float(sum(part.entries for part in parts)),
        sums=sums,
    )


@np.errstate(over="ignore", invalid="ignore")
def total_of(arrays: Sequence[Array | None]) -> Array | None:
    """The sum of arrays of one shape in float64; None unless all are there."""
    present = [each for each in arrays if each is not None]
    if len(present) < len(arrays):
        return None
    total: Array = np.zeros(present[0].shape, order="F")
    for each in present:
        total += each
    return read_only(total)


@np.errstate(over="ignore", invalid="ignore")
def range_statistics(histogram: Histogram, within: Ranges) -> RangeStatistics:
    """What lies within a range, as ROOT counts it in a histogram shown in part.

    Over the whole range the sums that the producer kept while it filled are used,
    where there are any, else bin centres; as ``TH1::GetStats``. Bins that hold no
    number (NaN, infinite) are left out.

    Args:
        histogram: of one to three axes.
        within: lowest and highest value for each axis; None: all of it.
    """
    clean = _finite(histogram)
    bins = tuple(map(bins_within, histogram.axes, within))
    whole = all(
        (part.start, part.stop) == (0, axis.bins)
        for part, axis in zip(bins, histogram.axes, strict=True)
    )
    sums = statistics(clean, bins)
    kept = histogram.sums
    weights = clean.contents if clean.bin_entries is None else clean.bin_entries
    integral = sums[0]
    average = None
    if clean.is_profile:
        average = sums[-2] / sums[0] if sums[0] else math.nan
    variance = float(_chosen(clean.variances(flow=True), bins).sum())
    if clean.is_profile:
        variance = sums[1]
    if whole and kept and kept[0] and all(map(math.isfinite, kept)):
        sums = kept
    total = float(np.asarray(weights, np.float64).sum())
    effective = sums[0] * (sums[0] / sums[1]) if sums[1] else 0.0
    means, deviations, errors = [], [], []
    for start in (2, 4, 7)[: histogram.dimension]:
        mean, deviation = _moments(sums[0], sums[start], sums[start + 1])
        means.append(mean)
        deviations.append(deviation)
        errors.append(deviation / math.sqrt(effective) if effective > 0 else math.nan)
    edges = [
        (float(axis.edges[part.start]), float(axis.edges[part.stop]))
        for axis, part in zip(histogram.axes, bins, strict=True)
    ]
    flow: tuple[float | None, float | None] = (None, None)
    if histogram.dimension == 1:
        flow = (float(weights[0]), float(weights[-1]))
    return RangeStatistics(
        low=tuple(low for low, _ in edges),
        high=tuple(high for _, high in edges),
        entries=histogram.entries,
        integral=integral,
        integral_error=math.sqrt(max(variance, 0.0)),
        means=tuple(means),
        deviations=tuple(deviations),
        mean_errors=tuple(errors),
        average=average,
        outside=total - integral,
        underflow=flow[0],
        overflow=flow[1],
    )


def _moments(weight: float, first: float, second: float) -> tuple[float, float]:
    """Mean and standard deviation from the sums of w, w x and w x squared."""
    if not weight or not math.isfinite(weight):
        return math.nan, math.nan
    mean = first / weight
    # ROOT takes the root of the absolute value (TH1::GetStdDev)
    return mean, math.sqrt(abs(second / weight - mean * mean))


def _chosen(array: Array, bins: Bins) -> Array:
    inner: Array = np.asarray(array[(slice(1, -1),) * array.ndim], np.float64)
    found: Array = inner[bins]
    return found


def _finite(histogram: Histogram) -> Histogram:
    """The histogram with nothing in the bins that hold no number."""
    arrays = [getattr(histogram, name) for name in ARRAYS]
    lost = np.zeros(histogram.contents.shape, bool)
    for array in arrays:
        if array is not None:
            lost |= ~np.isfinite(array)
    if not lost.any():
        return histogram
    return with_arrays(histogram, lambda array: np.where(lost, 0, array))
