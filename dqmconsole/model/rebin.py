"""Bins taken together, as ROOT's ``TH1::Rebin`` and ``TH2::Rebin2D`` do it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
import numpy as np

from dqmconsole.model.histogram import Axis, read_only
from dqmconsole.model.sums import statistics

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dqmconsole.model.histogram import Array, Histogram

_SEVERAL = "…"


def rebinned(histogram: Histogram, factors: Sequence[int]) -> Histogram:
    """The histogram with every `factor` bins of an axis taken together.

    Contents, errors and a profile's entries are summed. Bins at the upper end that
    fill no whole one go to the overflow, as in ROOT, and the kept statistics are
    then made from the bins. Labels name the first and the last bin taken together.

    Args:
        histogram: the histogram or profile.
        factors: one an axis, 1 or more; more than an axis has bins makes it one bin.

    Raises:
        ValueError: a factor is less than 1, or there are not as many as axes.
    """
    if len(factors) != histogram.dimension or any(factor < 1 for factor in factors):
        message = f"{tuple(factors)} for {histogram.dimension} axes: 1 or more for each"
        raise ValueError(message)
    used = [
        min(factor, axis.bins)
        for factor, axis in zip(factors, histogram.axes, strict=True)
    ]
    if all(factor == 1 for factor in used):
        return histogram
    arrays: dict[str, Array | None] = {}
    for name in ("contents", "sumw2", "bin_entries", "bin_sumw2"):
        array = getattr(histogram, name)
        arrays[name] = None if array is None else read_only(_summed(array, used))
    pairs = tuple(zip(histogram.axes, used, strict=True))
    axes = tuple(_joined(axis, factor) for axis, factor in pairs)
    found = msgspec.structs.replace(histogram, axes=axes, **arrays)
    if any(axis.bins % factor for axis, factor in pairs):
        found = msgspec.structs.replace(found, sums=statistics(found))
    return found


def _summed(array: Array, factors: Sequence[int]) -> Array:
    # whole numbers are small in files: eight bins of 30,000 are no int16
    wide = np.int64 if array.dtype.kind in "iu" else np.float64
    found = np.asarray(array, wide)
    for axis, factor in enumerate(factors):
        bins = array.shape[axis] - 2
        starts = np.arange(1, bins - bins % factor + 1, factor)
        # underflow, the new bins, and all that is left with the overflow
        cuts = np.concatenate(([0], starts, [bins - bins % factor + 1]))
        found = np.add.reduceat(found, cuts, axis=axis)
    # x runs fastest, as in what is read
    return np.asfortranarray(found)


def _joined(axis: Axis, factor: int) -> Axis:
    if factor == 1:
        return axis
    bins = axis.bins // factor
    edges = axis.edges[::factor][: bins + 1]
    labels = tuple(
        _joined_label(axis.labels[at * factor : (at + 1) * factor])
        for at in range(bins if axis.labels else 0)
    )
    return Axis(
        bins=bins,
        low=float(edges[0]),
        high=float(edges[-1]),
        variable=None if axis.variable is None else read_only(edges.copy()),
        title=axis.title,
        labels=labels,
        shown=axis.shown,
        time=axis.time,
    )


def _joined_label(labels: Sequence[str]) -> str:
    named = [label for label in labels if label]
    if len(named) < 2 or named[0] == named[-1]:
        return named[0] if named else ""
    return f"{named[0]}{_SEVERAL}{named[-1]}"
