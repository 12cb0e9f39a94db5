"""Generic changes of a histogram, for the examples of instructions.

They need nothing but the histogram, so that an example can be drawn on the plots of
any experiment. Each is a pure function: it gives a changed copy, or the histogram
itself where the change cannot show in it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

import msgspec
import numpy as np

from dqmconsole.model.histogram import Array, Histogram, read_only
from dqmconsole.model.sums import statistics

Change = Callable[[Histogram, np.random.Generator], Histogram]
"""Changes a histogram; where something has to be chosen, the generator chooses."""


class OfBeam(msgspec.Struct, frozen=True):
    """A change of the beam: a reference that goes by the pile-up follows it.

    Attributes:
        change: what it makes of a histogram.
    """

    change: Change

    def __call__(self, histogram: Histogram, rng: np.random.Generator) -> Histogram:
        """Change a histogram."""
        return self.change(histogram, rng)


def dead_region(
    histogram: Histogram, rng: np.random.Generator, share: float = 0.2
) -> Histogram:
    """Empty a block of adjacent bins around a filled one.

    Args:
        histogram: to be changed.
        rng: chooses the place.
        share: of the bins of each axis, 0 to 1; one bin at least.
    """
    filled = np.argwhere(histogram.values() != 0)
    if not len(filled):
        return histogram
    middle = filled[rng.integers(len(filled))]
    keep = np.ones(histogram.contents.shape)
    block = []
    for axis, center in zip(histogram.axes, middle, strict=True):
        width = max(1, int(share * axis.bins))
        first = int(np.clip(center - width // 2, 0, axis.bins - width))
        block.append(slice(first + 1, first + 1 + width))
    keep[tuple(block)] = 0.0
    return _kept(histogram, keep)


def _kept(histogram: Histogram, keep: Array) -> Histogram:
    """What a share of each bin leaves, flow bins among them."""
    return _with_bins(
        histogram,
        contents=histogram.contents * keep,
        squares=None if histogram.sumw2 is None else histogram.sumw2 * keep,
        fills=None if histogram.bin_entries is None else histogram.bin_entries * keep,
    )


def emptied(histogram: Histogram, region: tuple[float, ...]) -> Histogram:
    """Empty the bins whose centres lie in a region.

    Args:
        histogram: to be changed.
        region: x from, to, and, if it does not hold for all y, y from, to; in units of
            the axes.
    """
    keep = np.ones(histogram.contents.shape)
    inside = []
    for at, axis in enumerate(histogram.axes):
        low, high = region[2 * at : 2 * at + 2] or (-np.inf, np.inf)
        inside.append((axis.centers >= low) & (axis.centers <= high))
    inner = keep[tuple(slice(1, -1) for _ in inside)]
    inner[np.ix_(*inside)] = 0.0
    return _kept(histogram, keep)


def hot_bin(
    histogram: Histogram, rng: np.random.Generator, factor: float = 20.0
) -> Histogram:
    """Multiply one of the fuller bins; of an empty histogram fill one.

    Args:
        histogram: to be changed.
        rng: chooses the bin.
        factor: on the content of the bin.
    """
    values = np.abs(histogram.values())
    filled = values[values > 0]
    factors = np.ones(histogram.contents.shape)
    if filled.size:
        busy = np.argwhere(values >= np.median(filled))
        chosen = tuple(busy[rng.integers(len(busy))] + 1)
        factors[chosen] = factor
        return _multiplied(histogram, factors)
    if histogram.is_profile:
        return histogram
    contents = histogram.contents.astype(np.float64)
    contents[tuple(rng.integers(1, axis.bins + 1) for axis in histogram.axes)] = 1000.0
    return _with_bins(histogram, contents=contents, squares=histogram.sumw2)


def scaled(
    histogram: Histogram, _rng: np.random.Generator, factor: float = 1 / 3
) -> Histogram:
    """Multiply all bins by one factor; of a profile the means."""
    return _multiplied(histogram, np.full(histogram.contents.shape, factor))


def shifted(
    histogram: Histogram,
    _rng: np.random.Generator,
    spreads: float = 1.5,
    by: float | None = None,
) -> Histogram:
    """Move a distribution along x; of a profile the means along y.

    Args:
        histogram: to be changed.
        spreads: how far, in standard deviations of the distribution (of a profile: of
            its means, twice that); below 0 towards lower values.
        by: how far, in the unit of the axis, where that is known: then `spreads` does
            not count.
    """
    if histogram.bin_entries is not None:
        values = histogram.values()[
            np.asarray(histogram.bin_entries)[_inner(histogram)] > 0
        ]
        step = 2 * spreads * (float(values.std()) or 1.0) if values.size else 0.0
        step = step if by is None else by
        return _with_means(histogram, np.full(histogram.contents.shape, step))
    contents = np.asarray(histogram.contents, np.float64)
    along = contents.sum(axis=tuple(range(1, contents.ndim)))[1:-1].clip(0)
    numbers = np.arange(along.size)
    if not along.sum() > 0:
        return histogram
    mean = float(along @ numbers) / float(along.sum())
    spread = (float(along @ (numbers - mean) ** 2) / float(along.sum())) ** 0.5
    steps = spreads * spread
    if by is not None:
        first = histogram.axes[0]
        steps = by * first.bins / (first.high - first.low)
    bins = int(np.clip(round(abs(steps)), 1, max(1, along.size // 4)))
    towards = bins if steps > 0 else -bins
    return _with_bins(
        histogram,
        contents=_moved(contents, towards),
        squares=None
        if histogram.sumw2 is None
        else _moved(np.asarray(histogram.sumw2, np.float64), towards),
    )


def stretched(
    histogram: Histogram, _rng: np.random.Generator, factor: float = 1 / 3
) -> Histogram:
    """Multiply what every entry of a one-dimensional histogram has along x.

    Args:
        histogram: to be changed; one of more dimensions, or a profile, stays.
        factor: on x, above 0; below 1 towards 0.
    """
    if histogram.dimension != 1 or histogram.is_profile:
        return histogram
    edges = histogram.axes[0].edges
    contents = np.asarray(histogram.contents, np.float64).copy()
    below = np.concatenate([[0.0], np.cumsum(contents[1:-1])])
    contents[1:-1] = np.round(np.diff(np.interp(edges, factor * edges, below)))
    return _with_bins(histogram, contents=contents, squares=histogram.sumw2)


def smeared(histogram: Histogram, rng: np.random.Generator) -> Histogram:
    """Smear along every axis by a 25th of its bins; of a profile scatter the means."""
    if histogram.bin_entries is not None:
        values = histogram.values()
        size = 2 * (float(values.std()) or 1.0)
        return _with_means(histogram, rng.normal(0.0, size, histogram.contents.shape))
    contents = np.asarray(histogram.contents, np.float64)[_inner(histogram)]
    for number, axis in enumerate(histogram.axes):
        sigma = max(1.0, axis.bins / 25)
        offsets = np.arange(-int(3 * sigma), int(3 * sigma) + 1)
        kernel = np.exp(-0.5 * (offsets / sigma) ** 2)
        kernel /= kernel.sum()
        contents = np.apply_along_axis(_convolved, number, contents, kernel)
    whole = np.asarray(histogram.contents, np.float64).copy()
    whole[_inner(histogram)] = np.round(contents)
    return _with_bins(histogram, contents=whole, squares=histogram.sumw2)


def frozen(histogram: Histogram, _rng: np.random.Generator) -> Histogram:
    """Leave the contents as they were, as a client does that has stopped filling."""
    return histogram


GENERIC: Mapping[str, Change] = {
    "dead-region": dead_region,
    "hot-bin": hot_bin,
    "scaled": scaled,
    "shifted": shifted,
    "smeared": smeared,
    "frozen": frozen,
}
"""The changes that an instruction of any site can name."""


def _inner(histogram: Histogram) -> tuple[slice, ...]:
    return (slice(1, -1),) * histogram.dimension


def _moved(array: Array, bins: int) -> Array:
    """The array moved along its first axis; its flow bins take what leaves it."""
    moved = np.zeros_like(array)
    targets = np.clip(np.arange(array.shape[0]) + bins, 0, array.shape[0] - 1)
    np.add.at(moved, targets, array)
    return moved


def _convolved(row: Array, kernel: Array) -> Array:
    wide: Array = np.convolve(row, kernel)
    first = kernel.size // 2
    return wide[first : first + row.size]


def _multiplied(histogram: Histogram, factors: Array) -> Histogram:
    """Bins times factors, shaped as the contents; of a profile the means."""
    contents = histogram.contents * factors
    squares = None if histogram.sumw2 is None else histogram.sumw2 * factors**2
    if histogram.sumw2 is None:
        contents = np.where(factors == 1, histogram.contents, np.round(contents))
    return _with_bins(histogram, contents=contents, squares=squares)


def _with_means(histogram: Histogram, steps: Array) -> Histogram:
    """A profile whose means are moved by steps, shaped as the contents."""
    assert histogram.bin_entries is not None
    fills = np.asarray(histogram.bin_entries, np.float64)
    squares = histogram.sumw2
    if squares is not None:
        squares = squares + 2 * steps * histogram.contents + steps**2 * fills
    return _with_bins(
        histogram, contents=histogram.contents + steps * fills, squares=squares,
        fills=fills,
    )  # fmt: skip


def _with_bins(
    histogram: Histogram,
    *,
    contents: Array,
    squares: Array | None,
    fills: Array | None = None,
) -> Histogram:
    """The histogram with other bins, and entries and statistics to match.

    Args:
        histogram: gives everything else.
        contents: shaped as its contents; cast to their type.
        squares: its ``sumw2``.
        fills: its ``bin_entries``; unchanged when None.
    """
    kept = histogram.bin_entries if fills is None else fills
    weights = contents if kept is None else kept
    given = histogram.contents
    if histogram.bin_entries is not None:
        given = histogram.bin_entries
    before = float(np.sum(given))
    entries = histogram.entries
    if before > 0:
        entries = entries * float(np.sum(weights)) / before
    else:
        entries = float(np.sum(weights))
    kind = histogram.contents.dtype
    bins = np.asarray(contents)
    if np.issubdtype(kind, np.integer):
        bins = bins.clip(np.iinfo(kind).min, np.iinfo(kind).max)
    changed = msgspec.structs.replace(
        histogram,
        contents=read_only(bins.astype(kind)),
        sumw2=None if squares is None else read_only(np.array(squares)),
        bin_entries=None if kept is None else read_only(np.array(kept)),
        entries=entries,
    )
    return msgspec.structs.replace(changed, sums=statistics(changed))
