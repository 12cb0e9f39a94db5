"""ROOT's statistics of a histogram, from its bins; histograms added up."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
import numpy as np

from dqmconsole.model.histogram import Histogram, read_only

if TYPE_CHECKING:
    from collections.abc import Sequence


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
    kept_squares = histogram.bin_sumw2
    if histogram.bin_entries is None:
        kept_squares = histogram.sumw2
    if kept_squares is not None:
        squares = np.asarray(kept_squares[inner], np.float64)
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


@np.errstate(over="ignore", invalid="ignore")
def added(parts: Sequence[Histogram], title: str) -> Histogram | None:
    """The sum of plain histograms, float64; None where their bins differ.

    Args:
        parts: one or more.
        title: of the sum.
    """
    first = parts[0]
    for part in parts:
        if part.is_profile or len(part.axes) != len(first.axes):
            return None
        pairs = zip(part.axes, first.axes, strict=True)
        if not all(one.same_bins(other) for one, other in pairs):
            return None
    contents = np.zeros(first.contents.shape, order="F")
    squares = np.zeros(first.contents.shape, order="F")
    for part in parts:
        contents += part.contents
        squares += part.variances(flow=True)
    weighted = any(part.sumw2 is not None for part in parts)
    total = msgspec.structs.replace(
        first,
        title=title,
        root_class=f"TH{first.dimension}D",
        contents=read_only(contents),
        sumw2=read_only(squares) if weighted else None,
        entries=float(sum(part.entries for part in parts)),
        sums=(),
    )
    return msgspec.structs.replace(total, sums=statistics(total))
