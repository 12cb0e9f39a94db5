"""Medians and robust spreads of chosen bins, row by row."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from dqmconsole.model.histogram import Array

_NORMAL = 1.4826  # standard deviation of a Gaussian over its median deviation


@np.errstate(all="ignore")
def medians(values: Array, chosen: Array) -> Array:
    """The median of the chosen values of each row, ``(n,)``; NaN where none is.

    Args:
        values: shape ``(n, bins)``.
        chosen: bool, of that shape.
    """
    numbers = chosen.sum(1)
    ordered = np.sort(np.where(chosen, values, np.inf), axis=1)
    rows = np.arange(len(values))
    low = ordered[rows, np.maximum(numbers - 1, 0) // 2]
    high = ordered[rows, np.minimum(numbers // 2, values.shape[1] - 1)]
    found: Array = np.where(numbers > 0, 0.5 * low + 0.5 * high, np.nan)
    return found


@np.errstate(all="ignore")
def spreads(values: Array, chosen: Array) -> tuple[Array, Array]:
    """Median and standard deviation, by the median deviation, of the chosen values.

    Args:
        values: shape ``(n, bins)``.
        chosen: bool, of that shape.
    """
    middle = medians(values, chosen)
    away = medians(np.abs(values - middle[:, None]), chosen)
    return middle, _NORMAL * away
