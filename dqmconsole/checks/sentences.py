"""Bins and numbers in words, as a shifter reads them."""

from __future__ import annotations

import math
import re
from typing import TYPE_CHECKING

import numpy as np

from dqmconsole.model.words import listed

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dqmconsole.model.histogram import Array, Axis

_UNIT = re.compile(r"[\[(]")
MOST_NAMED = 4  # bins, labels or ranges named one by one


def number(value: float, digits: int = 4) -> str:
    """A number as axes write it, those of thousands as "12,000"."""
    if not math.isfinite(value):
        return "no number"
    whole = 10.0**digits <= abs(value) < 1e6
    words = f"{value:,.0f}" if whole else f"{value:.{digits}g}"
    return words.replace("-", "−", 1) if value < 0 else words


def percent(share: float) -> str:
    """A share in per cent: "3.2 %"."""
    if not math.isfinite(share):
        return "no number"
    of_100 = round(100 * share, 9) + 0.0  # no rounding errors, no "-0"
    words = f"{of_100:.3g} %" if abs(share) < 1e4 else f"{share:.2g} ×"
    return words.replace("-", "−", 1) if share < 0 else words


def outside(low: float | None, high: float | None) -> str:
    """What is not within a range: "outside 1 to 2", "below 1"; "" without limits."""
    if low is not None and high is not None:
        return f"outside {number(low, 6)} to {number(high, 6)}"
    if low is not None:
        return f"below {number(low, 6)}"
    return "" if high is None else f"above {number(high, 6)}"


def bins_of(axis: Axis, chosen: Sequence[int] | Array, letter: str = "") -> str:
    """Bins of an axis, counted from 0: "iφ 11–24", or their labels.

    Args:
        axis: the axis.
        chosen: its bins.
        letter: of the axis, where it has no title and is not the only one.
    """
    bins: list[int] = np.unique(np.asarray(chosen, np.int64)).tolist()
    if not bins:
        return ""
    if axis.labels:
        names = [axis.labels[each] or str(each + 1) for each in bins]
        return listed(names, MOST_NAMED)
    title, _, unit = axis.title.partition("[")
    title, unit = title.strip() or "bin", unit.partition("]")[0].strip()
    title = "LS" if title == "Lumisection" else title
    lows = highs = np.arange(1.0, axis.bins + 1)
    if title == "bin":
        title, unit = f"{letter} bin".lstrip(), ""
    else:
        lows, highs = _whole_numbers(axis)
    after = f" {unit}" if unit else ""
    runs: list[list[int]] = []
    for each in bins:
        if runs and each == runs[-1][1] + 1:
            runs[-1][1] = each
        else:
            runs.append([each, each])
    words = [_range(float(lows[a]), float(highs[b])) for a, b in runs]
    if len(words) > MOST_NAMED:
        between = _range(float(lows[bins[0]]), float(highs[bins[-1]]))
        return f"{title} {between}{after} ({len(bins)} of them)"
    return f"{title} {', '.join(words)}{after}"


def places_of(axes: Sequence[Axis], flat: Array, between: str = "; ") -> str:
    """Inner bins of all axes: "iη −3; iφ 11–24", "x bin 2; y bin 3–4".

    Args:
        axes: the axes.
        flat: indices of the bins, flat in C order of the axes.
        between: what parts one axis from the next.
    """
    shape = tuple(axis.bins for axis in axes)
    where = np.unravel_index(np.asarray(flat, np.int64), shape)
    letters = "xyz" if len(axes) > 1 else " "
    return between.join(
        bins_of(axis, at, letter.strip())
        for axis, at, letter in zip(axes, where, letters, strict=False)
    )


def _whole_numbers(axis: Axis) -> tuple[Array, Array]:
    """The first and the last whole number in each bin; without any, the centers.

    Bins of several whole numbers lie between halves: 0.5 to 2.5 holds 1 and 2. Of what
    has no unit and begins at 0 or 1, bins from one whole number to the next are
    channels: 3 to 4 holds 3.
    """
    counted = axis.low in (0.0, 1.0) and not _UNIT.search(axis.title)
    if counted and np.array_equal(axis.edges, axis.low + np.arange(axis.bins + 1.0)):
        return axis.edges[:-1], axis.edges[:-1]
    lows, highs = axis.edges[:-1] + 0.5, axis.edges[1:] - 0.5
    whole = np.array_equal(lows, np.round(lows)) and bool((highs >= lows).all())
    return (lows, highs) if whole else (axis.centers, axis.centers)


def _range(low: float, high: float) -> str:
    if low == high:
        return number(low, 6)
    dash = " to " if low < 0 else "–"  # "−28–−17" cannot be read
    return f"{number(low, 6)}{dash}{number(high, 6)}"
