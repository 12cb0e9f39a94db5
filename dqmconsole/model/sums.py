"""ROOT's statistics of a histogram, from its bins."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from dqmconsole.model.histogram import Histogram


def statistics(histogram: Histogram) -> tuple[float, ...]:
    """ROOT's statistics of a histogram from its inner bins, in ROOT's order.

    As ``TH1::GetStats`` computes them from bin centres; see
    :class:`~dqmconsole.model.histogram.Histogram` for the order.
    """
    inner = (slice(1, -1),) * histogram.dimension
    contents = np.asarray(histogram.contents[inner], np.float64)
    weights = contents
    if histogram.bin_entries is not None:
        weights = np.asarray(histogram.bin_entries[inner], np.float64)
    squares = weights
    if histogram.bin_entries is None and histogram.sumw2 is not None:
        squares = np.asarray(histogram.sumw2[inner], np.float64)
    sums = [float(weights.sum()), float(np.abs(squares).sum())]
    along = [
        weights.sum(axis=tuple(d for d in range(weights.ndim) if d != axis))
        for axis in range(weights.ndim)
    ]
    centers = [axis.centers for axis in histogram.axes]
    for number, (marginal, center) in enumerate(zip(along, centers, strict=True)):
        sums += [float(marginal @ center), float(marginal @ center**2)]
        for earlier in range(number):
            other = tuple(d for d in range(weights.ndim) if d not in (earlier, number))
            plane = weights.sum(axis=other)
            sums.append(float(centers[earlier] @ plane @ center))
    if histogram.bin_entries is not None:
        sums.append(float(contents.sum()))
        kept = histogram.sumw2
        sums.append(0.0 if kept is None else float(kept[inner].sum()))
    return tuple(sums)
