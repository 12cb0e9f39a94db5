"""Medians and robust spreads of chosen bins, row by row."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from dqmconsole.checks.batch import quiet

if TYPE_CHECKING:
    from dqmconsole.model.histogram import Array

_NORMAL = 1.4826  # standard deviation of a Gaussian over its median deviation


@quiet
def medians(values: Array, chosen: Array) -> Array:
    """Medians of the chosen values along the last axis; NaN where none is chosen.

    Args:
        values: any shape.
        chosen: bool, of that shape.
    """
    ordered = np.sort(np.where(chosen, values, np.inf), axis=-1)
    numbers = chosen.sum(-1, keepdims=True)
    last = values.shape[-1] - 1
    low = np.take_along_axis(ordered, np.maximum(numbers - 1, 0) // 2, -1)
    high = np.take_along_axis(ordered, np.minimum(numbers // 2, last), -1)
    found: Array = np.where(numbers > 0, 0.5 * low + 0.5 * high, np.nan)
    return found[..., 0]


@quiet
def spreads(values: Array, chosen: Array) -> tuple[Array, Array]:
    """Median and standard deviation, by the median deviation, of the chosen values.

    Args:
        values: shape ``(n, bins)``.
        chosen: bool, of that shape.
    """
    middle = medians(values, chosen)
    away = medians(np.abs(values - middle[:, None]), chosen)
    return middle, _NORMAL * away
