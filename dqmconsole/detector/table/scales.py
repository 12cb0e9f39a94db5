"""What the parts of :mod:`increments` share: sums, spans, factors per bin."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
import numpy as np

from dqmconsole.detector.sums import statistics
from dqmconsole.model.histogram import Array, Histogram, read_only

if TYPE_CHECKING:
    from dqmconsole.detector.state.sight import Sight
    from dqmconsole.detector.table.cause import Effect


class Span(msgspec.Struct, frozen=True):
    """The lumisections between the two snapshots.

    Attributes:
        first, last: of the run, from 1, inclusive.
        strengths: strength of the cause in each of them, 0 to 1.
    """

    first: int
    last: int
    strengths: tuple[float, ...]

    @property
    def mean(self) -> float:
        """Mean strength."""
        return float(np.mean(self.strengths))


class Sums(msgspec.Struct, frozen=True, eq=False):
    """The additive parts of a histogram, float64, with flow bins."""

    contents: Array
    sumw2: Array | None
    bin_entries: Array | None
    entries: float

    @classmethod
    def of(cls, histogram: Histogram | None, like: Histogram) -> Sums:
        """The parts of a histogram; zeros like `like` for None."""
        if histogram is None:
            zero = np.zeros(like.contents.shape)
            return cls(
                zero,
                None if like.sumw2 is None else zero,
                None if like.bin_entries is None else zero,
                0.0,
            )

        def wide(array: Array | None) -> Array | None:
            return None if array is None else np.asarray(array, np.float64)

        return cls(
            np.asarray(histogram.contents, np.float64),
            wide(histogram.sumw2),
            wide(histogram.bin_entries),
            histogram.entries,
        )

    def plus(self, other: Sums, sign: float = 1.0) -> Sums:
        """Bin-wise sum (or difference, with sign -1)."""

        def both(mine: Array | None, its: Array | None) -> Array | None:
            return None if mine is None or its is None else mine + sign * its

        contents = self.contents + sign * other.contents
        return Sums(
            contents,
            both(self.sumw2, other.sumw2),
            both(self.bin_entries, other.bin_entries),
            self.entries + sign * other.entries,
        )

    def minus(self, other: Sums) -> Sums:
        """Bin-wise difference."""
        return self.plus(other, -1.0)

    def put(self, into: Histogram) -> Histogram:
        """A histogram like `into` with these parts, statistics recomputed."""

        def kept(array: Array | None) -> Array | None:
            return None if array is None else read_only(array)

        changed = msgspec.structs.replace(
            into,
            contents=read_only(self.contents.astype(into.contents.dtype)),
            sumw2=kept(self.sumw2),
            bin_entries=kept(self.bin_entries),
            entries=self.entries,
        )
        return msgspec.structs.replace(
            changed, sums=statistics(changed) if into.sums else ()
        )


def kept_share(effect: Effect, sight: Sight, size: int) -> Array:
    """Factor on the hits in each bin, flat; one value when all share the range."""
    factor = effect.keep.get(sight.subsystem)
    weights = sight.weights
    if factor is None or weights is None:
        return np.ones(1 if sight.bins is None else size)
    if sight.bins is None:
        total = weights.sum()
        return np.array([(weights * factor).sum() / total if total > 0 else 1.0])
    seen = sight.bins >= 0
    nominal = np.bincount(sight.bins[seen], weights[seen], minlength=size)
    now = np.bincount(sight.bins[seen], (weights * factor)[seen], minlength=size)
    return np.divide(now, nominal, out=np.ones(size), where=nominal > 0)


def between(share: Array, strength: float) -> Array:
    """A factor at a strength of 0 (none) to 1 (whole)."""
    mixed: Array = 1.0 + strength * (share - 1.0)
    return mixed


def activity(effect: Effect, sight: Sight) -> float:
    """Factor on the hits per event that comes from the beam."""
    return effect.activity if sight.pileup else 1.0


def scaled(rng: np.random.Generator, counts: Array, factor: Array) -> Array:
    """Counts thinned (factor below 1) or topped up (above), still counts."""
    factor = np.broadcast_to(factor, counts.shape)
    whole = np.round(np.clip(counts, 0, None)).astype(np.int64)
    thinned = rng.binomial(whole, np.clip(factor, 0.0, 1.0))
    extra = rng.poisson(whole * np.clip(factor - 1.0, 0.0, None))
    return (thinned + extra).astype(np.float64)
