"""Fills that ROOT had still buffered when it wrote a histogram.

A histogram with ``SetBuffer`` keeps its first fills as numbers beside its empty
bins and fills them in when somebody looks (``TH1::BufferEmpty`` in ROOT's
``hist/hist/src/TH1.cxx``, and its like in TH2, TH3, TProfile, TProfile2D). The
same is done here. The buffer is the number of fills, then for each fill its weight
and its coordinates; of a profile, the last coordinate is what is averaged.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from dqmconsole.model.histogram import Array, Axis, Histogram, read_only
from dqmconsole.rootio.errors import DamagedError


class Buffered(NamedTuple):
    """The buffer and what decides how it is filled in.

    Attributes:
        numbers: the buffer as it is in the file, float64.
        in_range: of a profile, the lowest and highest value that counts; equal
            when all do.
        flow_counts: whether fills outside of the axes enter the statistics.
    """

    numbers: Array
    in_range: tuple[float, float] = (0.0, 0.0)
    flow_counts: bool = False


def fill(histogram: Histogram, buffered: Buffered) -> Histogram:
    """Return `histogram` with its buffered fills filled in.

    Raises:
        DamagedError: the buffer is shorter than it says, or an axis has no range
            yet (ROOT chooses one at the first look; nobody else can).
    """
    numbers = buffered.numbers
    # A negative number of fills means that the bins hold them already.
    if not len(numbers) or not numbers[0] > 0:
        return histogram
    width = 1 + histogram.dimension + histogram.is_profile
    count = int(min(numbers[0], len(numbers)))
    if 1 + count * width > len(numbers):
        message = f"{count} buffered fills in {len(numbers)} numbers"
        raise DamagedError(message)
    if any(axis.high <= axis.low for axis in histogram.axes):
        message = (
            "its fills are still buffered and its axis has no range yet: "
            "automatic binning is ROOT's to finish"
        )
        raise DamagedError(message)
    rows = numbers[1 : 1 + count * width].reshape(count, width)
    if histogram.is_profile and buffered.in_range[0] != buffered.in_range[1]:
        low, high = buffered.in_range
        rows = rows[(rows[:, -1] >= low) & (rows[:, -1] <= high)]
    return _filled(histogram, rows, flow_counts=buffered.flow_counts)


@np.errstate(over="ignore", invalid="ignore")
def _filled(histogram: Histogram, rows: Array, *, flow_counts: bool) -> Histogram:
    weights = rows[:, 0]
    places = [rows[:, 1 + n] for n in range(histogram.dimension)]
    bins = [
        _find_bins(axis, place)
        for axis, place in zip(histogram.axes, places, strict=True)
    ]
    weighted = bool((weights != 1.0).any())
    where = tuple(bins)
    shape = histogram.contents.shape
    squares, profiled = histogram.sumw2, rows[:, -1]
    bin_entries, bin_sumw2 = histogram.bin_entries, histogram.bin_sumw2
    if histogram.is_profile:
        contents = _added(histogram.contents, where, weights * profiled, shape)
        squares = _added(squares, where, weights * profiled**2, shape)
        if weighted or bin_sumw2 is not None:
            start = bin_entries if bin_sumw2 is None else bin_sumw2
            bin_sumw2 = _added(start, where, weights**2, shape)
        bin_entries = _added(bin_entries, where, weights, shape)
        places.append(profiled)
    else:
        contents = _added(histogram.contents, where, weights, shape)
        if weighted or squares is not None:
            start = np.abs(histogram.contents) if squares is None else squares
            squares = _added(start, where, weights**2, shape, np.dtype("f8"))
    inside = np.ones(len(rows), dtype=bool)
    if not flow_counts:
        for axis, found in zip(histogram.axes, bins, strict=True):
            inside &= (found > 0) & (found <= axis.bins)
    more = _statistics(
        weights[inside], [place[inside] for place in places], histogram.is_profile
    )
    sums = tuple(old + new for old, new in zip(histogram.sums, more, strict=True))
    return Histogram(
        histogram.name,
        histogram.title,
        histogram.root_class,
        histogram.axes,
        contents,
        squares,
        bin_entries,
        bin_sumw2,
        histogram.error_mode,
        histogram.entries + len(rows),
        sums,
        histogram.efficiency,
        histogram.y_title,
        histogram.shown,
    )


def _find_bins(axis: Axis, places: Array) -> Array:
    # TAxis::FindFixBin; what is not a number goes to the overflow bin.
    if axis.variable is not None:
        found = np.searchsorted(axis.variable, places, side="right")
    else:
        scaled = axis.bins * (places - axis.low) / (axis.high - axis.low)
        found = 1 + np.clip(np.nan_to_num(scaled), -1, axis.bins).astype(np.intp)
        # As ROOT does since 6.36, by the edges as it computes them.
        width = (axis.high - axis.low) / axis.bins
        found = found + (axis.low + found * width <= places)
        found = found - (axis.low + (found - 1) * width > places)
    found = np.where(places < axis.low, 0, found)
    return np.where(places < axis.high, found, axis.bins + 1)


def _added(
    start: Array | None,
    where: tuple[Array, ...],
    weights: Array,
    shape: tuple[int, ...],
    dtype: np.dtype[np.float64] | None = None,
) -> Array:
    # Laid out as the file's arrays are: in memory x runs fastest.
    total = np.zeros(shape, dtype=np.float64, order="F")
    if start is not None:
        total += start
    np.add.at(total, where, weights)
    native = dtype or (total.dtype if start is None else start.dtype)
    if np.issubdtype(native, np.integer):
        bounds = np.iinfo(native)
        total = np.clip(np.nan_to_num(total), bounds.min, bounds.max)
    return read_only(total.astype(native, order="F"))


def _statistics(weights: Array, places: list[Array], profile: bool) -> list[float]:
    # ROOT's order: w, w², then for each coordinate wx, wx²; from the second on
    # also its products with those before, but never for the profiled one.
    found = [float(weights.sum()), float((weights**2).sum())]
    for number, place in enumerate(places):
        found += [float((weights * place).sum()), float((weights * place**2).sum())]
        if profile and number == len(places) - 1:
            break
        found += [float((weights * place * other).sum()) for other in places[:number]]
    return found
