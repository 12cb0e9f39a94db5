"""Bins in words, and what a typical bin of a ring holds; shared by the tests."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from dqmconsole.model.histogram import Array, Axis


def in_words(axis: Axis, bins: Array) -> str:
    """Bins of an axis (from 0) as a shifter reads them: "iφ 11–24" or labels."""
    chosen = sorted({int(each) for each in bins})
    if axis.labels:
        names = [axis.labels[each] or str(each + 1) for each in chosen]
        shown = ", ".join(names[:4])
        return shown + (f" and {len(names) - 4} more" if len(names) > 4 else "")
    title = axis.title.split("[")[0].strip() or "bin"
    centers = axis.centers
    runs: list[list[int]] = []
    for each in chosen:
        if runs and each == runs[-1][1] + 1:
            runs[-1][1] = each
        else:
            runs.append([each, each])
    words = [_range(float(centers[a]), float(centers[b])) for a, b in runs]
    if len(words) > 4:
        words = [_range(float(centers[chosen[0]]), float(centers[chosen[-1]]))]
    return f"{title} {', '.join(words)}"


def _range(low: float, high: float) -> str:
    if low == high:
        return _number(low)
    dash = " to " if low < 0 else "–"  # "−28–−17" cannot be read
    return f"{_number(low)}{dash}{_number(high)}"


def _number(value: float) -> str:
    return f"{value:g}".replace("-", "−", 1) if value < 0 else f"{value:g}"


def ring_medians(ring: Array, values: Array) -> Array:
    """For each value the median of the values of its ring."""
    # by ring, then by value: one sort of a joint key is thrice as quick as lexsort
    spacing = float(values.max(initial=0.0) - values.min(initial=0.0)) + 1.0
    order = np.argsort(ring * spacing + values, kind="stable")
    starts = np.flatnonzero(np.diff(ring[order], prepend=-1))
    sizes = np.diff(np.append(starts, ring.size))
    middles = values[order][starts + sizes // 2]
    medians = np.zeros(ring.size)
    medians[order] = np.repeat(middles, sizes)
    return medians
