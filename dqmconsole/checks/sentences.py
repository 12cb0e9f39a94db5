"""Bins and numbers in words, as a shifter reads them."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dqmconsole.model.histogram import Array, Axis

MOST_NAMED = 4  # bins, labels or ranges named one by one


def number(value: float, digits: int = 4) -> str:
    """A number as axes write it, those of thousands without a power of ten."""
    if not math.isfinite(value):
        return "no number"
    whole = 10.0**digits <= abs(value) < 1e6
    words = f"{value:.0f}" if whole else f"{value:.{digits}g}"
    return words.replace("-", "−", 1) if value < 0 else words


def percent(share: float) -> str:
    """A share in per cent: "3.2%"."""
    if not math.isfinite(share):
        return "no number"
    of_100 = round(100 * share, 9) + 0.0  # no rounding errors, no "-0"
    words = f"{of_100:.3g}%" if abs(share) < 1e4 else f"{share:.2g} ×"
    return words.replace("-", "−", 1) if share < 0 else words


def outside(low: float | None, high: float | None) -> str:
    """What is not within a range: "outside 1 to 2", "below 1"; "" without limits."""
    if low is not None and high is not None:
        return f"outside {number(low, 6)} to {number(high, 6)}"
    if low is not None:
        return f"below {number(low, 6)}"
    return "" if high is None else f"above {number(high, 6)}"


def count(many: int, one: str, more: str = "") -> str:
    """How many: "1 bin", "2 bins"."""
    return f"{many:,} {one if many == 1 else more or one + 's'}"


def bins_of(axis: Axis, chosen: Sequence[int] | Array) -> str:
    """Bins of an axis, counted from 0: "iφ 11–24", or their labels."""
    bins: list[int] = np.unique(np.asarray(chosen, np.int64)).tolist()
    if not bins:
        return ""
    if axis.labels:
        names = [axis.labels[each] or str(each + 1) for each in bins]
        shown = ", ".join(names[:MOST_NAMED])
        more = len(names) - MOST_NAMED
        return shown + (f" and {more} more" if more > 0 else "")
    title = axis.title.split("[")[0].strip() or "bin"
    title = "LS" if title == "Lumisection" else title
    centers = np.arange(1.0, axis.bins + 1) if title == "bin" else axis.centers
    runs: list[list[int]] = []
    for each in bins:
        if runs and each == runs[-1][1] + 1:
            runs[-1][1] = each
        else:
            runs.append([each, each])
    words = [_range(float(centers[a]), float(centers[b])) for a, b in runs]
    if len(words) > MOST_NAMED:
        between = _range(float(centers[bins[0]]), float(centers[bins[-1]]))
        return f"{title} {between} ({len(bins)} of them)"
    return f"{title} {', '.join(words)}"


def places_of(axes: Sequence[Axis], flat: Array, between: str = "; ") -> str:
    """Inner bins of all axes: "iη −3; iφ 11–24".

    Args:
        axes: the axes.
        flat: indices of the bins, flat in C order of the axes.
        between: what parts one axis from the next.
    """
    shape = tuple(axis.bins for axis in axes)
    where = np.unravel_index(np.asarray(flat, np.int64), shape)
    return between.join(bins_of(axis, at) for axis, at in zip(axes, where, strict=True))


def _range(low: float, high: float) -> str:
    if low == high:
        return number(low, 6)
    dash = " to " if low < 0 else "–"  # "−28–−17" cannot be read
    return f"{number(low, 6)}{dash}{number(high, 6)}"
