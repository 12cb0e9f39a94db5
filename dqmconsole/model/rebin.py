"""Bins taken together, as ROOT's ``TH1::Rebin`` and ``TH2::Rebin2D`` do it."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import msgspec
import numpy as np

from dqmconsole.model.histogram import read_only
from dqmconsole.model.sums import statistics, with_arrays

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dqmconsole.model.histogram import Array, Axis, Histogram

_SEVERAL = "…"


def block_size(bins: int, most: int) -> int:
    """How many bins of an axis are taken together so that at most `most` are left."""
    return max(1, math.ceil(bins / max(1, most)))


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
    steps = [
        min(factor, axis.bins)
        for factor, axis in zip(factors, histogram.axes, strict=True)
    ]
    if all(step == 1 for step in steps):
        return histogram
    pairs = tuple(zip(histogram.axes, steps, strict=True))
    rests = [axis.bins % step for axis, step in pairs]
    found = with_arrays(
        histogram,
        lambda array: _summed(array, steps, rests),
        axes=tuple(_joined(axis, step) for axis, step in pairs),
    )
    if any(rests):
        found = msgspec.structs.replace(found, sums=statistics(found))
    return found


def few_bins(histogram: Histogram, most: int) -> tuple[Histogram, str]:
    """A histogram of one dimension with at most `most` bins, and that in words.

    Neighbouring bins are summed, as by :func:`rebinned`, but the last of them may be
    of fewer. Efficiencies are no sums: there the bins are averaged. Labels go.

    Args:
        histogram: one that fits, or is of more dimensions, is returned as it is.
        most: bins, 1 or more.

    Returns:
        The histogram, and "bins summed 10:1"; "" where it is as it was.
    """
    axis = histogram.axes[0]
    step = block_size(axis.bins, most)
    if histogram.dimension != 1 or step == 1:
        return histogram, ""
    merged = msgspec.structs.replace(merged_axis(axis, step, rest=True), labels=())

    def summed(array: Array) -> Array:
        return _summed(array, [step], [0])

    found = with_arrays(histogram, summed, axes=(merged,))
    if histogram.is_profile:  # means stay means
        return found, f"bins summed {step}:1"
    if not histogram.efficiency:
        found = msgspec.structs.replace(found, shown=(None, None))
        return found, f"bins summed {step}:1"
    counts = summed(np.ones(axis.bins + 2))
    variances = found.variances(flow=True) / counts**2
    found = msgspec.structs.replace(
        found,
        contents=read_only(found.contents / counts),
        sumw2=read_only(variances),
    )
    return found, f"bins averaged {step}:1"


def merged_axis(axis: Axis, step: int, *, rest: bool) -> Axis:
    """The axis of blocks of bins, each with the first label that there is in it.

    Args:
        axis: the axis.
        step: bins of a block.
        rest: bins at the upper end that fill no block are one; else they go.
    """
    if step == 1:
        return axis
    edges = axis.edges[::step]
    if rest and axis.bins % step:
        edges = np.append(edges, axis.edges[-1])
    bins = len(edges) - 1
    even = axis.variable is None and not (rest and axis.bins % step)
    return msgspec.structs.replace(
        axis,
        bins=bins,
        low=float(edges[0]),
        high=float(edges[-1]),
        variable=None if even else read_only(edges.astype(np.float64)),
        labels=tuple(
            next((label for label in axis.labels[at : at + step] if label), "")
            for at in range(0, bins * step, step)
            if axis.labels
        ),
    )


def _summed(array: Array, steps: Sequence[int], rests: Sequence[int]) -> Array:
    """Sums of blocks of bins; the last `rests` bins go with the overflow."""
    # whole numbers are small in files: eight bins of 30,000 are no int16
    found = np.asarray(array, np.int64 if array.dtype.kind in "iu" else np.float64)
    for axis, (step, rest) in enumerate(zip(steps, rests, strict=True)):
        end = array.shape[axis] - 1 - rest  # where the overflow begins
        cuts = np.concatenate(([0], np.arange(1, end, step), [end]))
        with np.errstate(over="ignore", invalid="ignore"):
            found = np.add.reduceat(found, cuts, axis=axis)
    return found


def _joined(axis: Axis, step: int) -> Axis:
    """Whole blocks alone, their labels with the last bin beside the first."""
    merged = merged_axis(axis, step, rest=False)
    labels = []
    for at, first in enumerate(merged.labels):
        block = axis.labels[at * step : (at + 1) * step]
        last = next((label for label in reversed(block) if label), "")
        labels.append(first if last == first else f"{first}{_SEVERAL}{last}")
    return msgspec.structs.replace(merged, labels=tuple(labels))
