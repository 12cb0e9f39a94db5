"""What the parts of :mod:`increments` share: sums, spans, factors per bin."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
import numpy as np

from dqmconsole.model.histogram import Array, Histogram, read_only
from dqmconsole.simulation.sums import statistics
from dqmconsole.simulation.table.smoothing import smooth, smoothed

if TYPE_CHECKING:
    from collections.abc import Mapping

    from dqmconsole.simulation.state.sight import Sight
    from dqmconsole.simulation.table.cause import Effect


class Span(msgspec.Struct, frozen=True):
    """The lumisections between the two snapshots.

    Attributes:
        first, last: of the run, from 1, inclusive.
        strengths: strength of the cause in each of them, 0 to 1.
        events: in each of them, as given; as many in all when left out.
        fills: factor on the events of each that the cause has; 1 when left out.
    """

    first: int
    last: int
    strengths: tuple[float, ...]
    events: tuple[float, ...] = ()
    fills: tuple[float, ...] = ()

    @property
    def mean(self) -> float:
        """Mean strength."""
        return float(np.mean(self.strengths))

    @property
    def fill(self) -> float:
        """Factor on the events of all of them together."""
        return sum(weight for _, weight in self.parts())

    def parts(self) -> list[tuple[float, float]]:
        """Each strength, and the events under it relative to all that were given."""
        number = len(self.strengths)
        usual = np.array(self.events or (1.0,) * number)
        usual = usual / usual.sum() if usual.any() else np.full(number, 1 / number)
        now = usual * np.array(self.fills or (1.0,) * number)
        strengths, which = np.unique(np.array(self.strengths), return_inverse=True)
        weights = np.bincount(which, now)
        return list(zip(strengths.tolist(), weights.tolist(), strict=True))


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


class Past(msgspec.Struct, frozen=True, eq=False):
    """What a plot held before the span: hits that the cause has nothing to do with.

    What a cause adds is drawn from it as far as it goes: drawn from the span's own
    hits it would multiply their fluctuation.

    Attributes:
        counts: with flow bins.
        ratio: events in it relative to those of the span.
    """

    counts: Array
    ratio: float

    def mixed(self, own: Array, mine: Array, more: Array) -> Array:
        """What the span would hold but for its fluctuation.

        Args:
            own: what it holds.
            mine: what was held before.
            more: how many times it is added; broadcasts.
        """
        there = self.ratio * more
        # the weight with which the sum of both fluctuates least
        weight = np.divide(
            more - self.ratio, there + more, out=np.ones(np.shape(more)),
            where=more > 0,
        ).clip(0, 1)  # fmt: skip
        expected = mine / self.ratio
        alike = abs(own - expected) < 5 * np.sqrt(own + expected / self.ratio + 1)
        mixed: Array = np.where(alike, weight * own + (1 - weight) * expected, own)
        return mixed

    def usual(self, own: Array, more: Array) -> Array:
        """What the span's bins would hold: by their neighbours, where these tell.

        See :meth:`mixed` for the arguments.
        """
        both, told = smoothed(own + self.counts)
        mixed = self.mixed(own, self.counts, more)
        found = np.where(told, both / (1 + self.ratio), mixed)
        total = self.mixed(own.sum(), self.counts.sum(), np.array(more.mean()))
        whole: Array = found * (float(total) / max(float(found.sum()), 1e-12))
        return whole


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


def over(span: Span, *factors: Array) -> Array:
    """Mean, over the span's events, of a product of factors, times that on the events.

    Each factor is the one at full strength; they broadcast.
    """
    total: Array = np.zeros(1)
    for strength, weight in span.parts():
        part: Array = np.array([weight])
        for factor in factors:
            part = part * between(factor, strength)
        total = total + part
    return total


def of_strengths(
    rng: np.random.Generator, span: Span, counts: Array
) -> list[tuple[float, Array]]:
    """Events shared out over the lumisections' strengths: (strength, its counts).

    Args:
        rng: for the draws.
        span: the lumisections.
        counts: events, with flow bins.
    """
    parts = span.parts()
    left, weight_left = np.round(counts).astype(np.int64), span.fill
    found: list[tuple[float, Array]] = []
    for number, (strength, weight) in enumerate(parts, start=1):
        chance = min(1.0, weight / weight_left) if weight_left > 0 else 1.0
        part = rng.binomial(left, 1.0 if number == len(parts) else chance)
        left, weight_left = left - part, weight_left - weight
        found.append((strength, part.astype(np.float64)))
    return found


def filled(
    effect: Effect,
    span: Span,
    after: Mapping[str, Histogram],
    sights: Mapping[str, Sight],
    rng: np.random.Generator,
) -> Span:
    """The span with its events: as some trend counted them, and as the cause has it.

    What the span says of them already stands.
    """
    if span.fills:
        return span
    given = events_by_lumisection(span.last, after, sights)
    events = given[span.first - 1 :]
    fills = np.ones(events.size)
    if effect.events != 1:
        factor = 1.0 + np.array(span.strengths) * (effect.events - 1.0)
        whole = np.round(events).astype(np.int64)
        fewer = rng.binomial(whole, factor.clip(0, 1))
        added = (factor - 1).clip(0)
        usual = _usual_events(given[: span.first - 1], events, float(added.mean()))
        more = rng.poisson(usual * added)
        if events.mean() > 1:
            fills = np.divide(fewer + more, whole, out=factor, where=whole > 0)
        else:
            fills = factor
    return msgspec.structs.replace(
        span, events=tuple(events.tolist()), fills=tuple(fills.tolist())
    )


def _usual_events(before: Array, events: Array, more: float) -> float:
    """Events of a lumisection of the span but for their fluctuation."""
    total = events.sum()
    if not before.any() or not total:
        return float(events.mean())
    past = Past(before.sum(), float(before.sum() / total))
    return float(past.mixed(total, past.counts, np.array(more))) / events.size


def events_by_lumisection(
    last: int, after: Mapping[str, Histogram], sights: Mapping[str, Sight]
) -> Array:
    """Events of lumisections 1 to `last`; ones when no trend tells how many."""
    inside = slice(1, last + 1)
    found = np.ones(last)
    for path, sight in sights.items():
        if path not in after or after[path].contents.shape[0] <= last + 1:
            continue
        if sight.quantity == "trend of mean count":
            number = after[path].bin_entries
            if number is not None:
                return number[inside]
        elif sight.quantity == "trend of events":
            values = np.asarray(after[path].contents[inside], np.float64)
            # a count, which fluctuates, and not a rate
            if values.mean() > 1 and (values == values.round()).all():
                found = values
    return found


def activity(effect: Effect, sight: Sight) -> float:
    """Factor on the hits per event that comes from the beam."""
    return effect.activity if sight.pileup else 1.0


def topped_up(
    rng: np.random.Generator,
    counts: Array,
    factor: Array,
    sight: Sight,
    share: Array,
    past: Past | None,
) -> Array:
    """Counts scaled; where a cause multiplies a bin's hits, by its usual rate.

    Its own count would be multiplied with its own fluctuation.

    Args:
        rng: for the draws.
        counts: with flow bins.
        factor: on the counts.
        sight: what the counts are of.
        share: factor on the hits of each bin, shaped to multiply `counts` with.
        past: what the same plot held before, if that is known.
    """
    more = np.broadcast_to(share > 1, counts.shape)
    if not more.any() or sight.bins is None or sight.weights is None:
        return scaled(rng, counts, factor, past)
    seen = sight.bins >= 0
    usual = np.bincount(sight.bins[seen], sight.weights[seen], minlength=counts.size)
    if usual.size != counts.size:
        return scaled(rng, counts, factor, past)
    usual = usual.reshape(counts.shape)
    usual = usual * (counts.sum() / max(float(usual.sum()), 1e-12))
    # a bin that is far from its usual rate has a reason
    alike = abs(counts - usual) < 5 * np.sqrt(usual + 1)
    factor = np.broadcast_to(factor, counts.shape)
    few = scaled(rng, counts, np.minimum(factor, 1))
    extra = np.where(alike, usual, counts) * (factor - 1).clip(0)
    return np.where(
        more, few + rng.poisson(extra.clip(0)), scaled(rng, counts, factor, past)
    )


def scaled(
    rng: np.random.Generator,
    counts: Array,
    factor: Array,
    past: Past | None = None,
) -> Array:
    """Counts thinned (factor below 1) or topped up (above), still counts.

    Args:
        rng: for the draws.
        counts: with flow bins.
        factor: on the counts; broadcasts.
        past: what the same plot held before, if that is known.
    """
    factor = np.broadcast_to(factor, counts.shape)
    whole = np.round(np.clip(counts, 0, None)).astype(np.int64)
    thinned = rng.binomial(whole, np.clip(factor, 0.0, 1.0))
    more = np.clip(factor - 1.0, 0.0, None)
    if not more.any():
        return thinned.astype(np.float64)
    usual = smooth(counts) if past is None else past.usual(counts, more)
    return (thinned + rng.poisson(usual * more)).astype(np.float64)
