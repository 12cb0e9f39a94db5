"""Which bins of a histogram lie in the regions of known issues."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from dqmconsole.model.histogram import Array, Axis
    from dqmconsole.model.known_issue import Region


def known_bins(axes: Sequence[Axis], regions: Iterable[Region]) -> Array | None:
    """The inner bins that lie in a region, bool; None where none does.

    Bins whose centre lies in its range, or whose label it names.
    """
    shape = tuple(axis.bins for axis in axes)
    found = np.zeros(shape, bool)
    for region in regions:
        inside = np.ones(shape, bool)
        named = ((region.x, region.x_labels), (region.y, region.y_labels))
        for at, (limits, labels) in enumerate(named[: len(axes)]):
            along = _along(axes[at], limits, labels)
            sides = [1] * len(axes)
            sides[at] = -1
            inside &= along.reshape(sides)
        found |= inside
    return found if found.any() else None


def _along(
    axis: Axis, limits: tuple[float, float] | None, labels: tuple[str, ...]
) -> Array:
    """Which bins of an axis a region covers, bool."""
    if labels:
        return np.array([each in labels for each in axis.labels] or [False] * axis.bins)
    if limits is None:
        return np.ones(axis.bins, bool)
    low, high = min(limits), max(limits)
    inside: Array = (axis.centers >= low) & (axis.centers <= high)
    if not inside.any():  # it is within one bin
        inside = (axis.edges[:-1] <= low) & (axis.edges[1:] >= high)
    return inside
