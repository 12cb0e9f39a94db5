"""The hits of a subsystem by channel, put together from the plots that show them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
import numpy as np

from dqmconsole.model.histogram import Array
from dqmconsole.simulation.table.scales import Past, over

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from dqmconsole.simulation.state.sight import Sight
    from dqmconsole.simulation.table.cause import Effect
    from dqmconsole.simulation.table.scales import Span, Sums


class Hits(msgspec.Struct, eq=False):
    """Hits of one kind by channel: all of them, or those above a threshold, say.

    Attributes:
        ratio: hits per nominal hit.
        before: likewise, before the span; None when that is not known.
        covered: bool per channel: some plot shows it.
        rates: nominal rate of each channel that is covered.
        number, now: per channel, as given and after the cause.
    """

    ratio: float
    covered: Array
    rates: Array
    number: Array
    now: Array
    before: Past | None = None


def channels_shown(sight: Sight) -> Array:
    """Which channels a plot shows, bool per channel."""
    assert sight.weights is not None
    seen: Array = sight.weights > 0
    return seen if sight.bins is None else seen & (sight.bins >= 0)


def is_part(
    hits: Hits,
    kind: Iterable[str],
    grown: Mapping[str, Sums],
    sights: Mapping[str, Sight],
) -> bool:
    """Whether hits are a part of those of a kind: their scatter tells.

    A part p of n hits scatters about the share s that it has by s (1 - s) n; what is
    of the same channels, but other hits, by s (1 + s) n.
    """
    shown = np.any([channels_shown(sights[path]) for path in kind], axis=0)
    if not (shown >= hits.covered).all():
        return False
    for path in kind:
        sight = sights[path]
        assert sight.bins is not None
        counts = grown[path].contents.ravel()
        seen = channels_shown(sight)
        size = counts.size
        part = np.bincount(sight.bins[seen], hits.number[seen], minlength=size)
        bare = np.bincount(sight.bins[seen], ~hits.covered[seen], minlength=size)
        whole = (bare == 0) & (counts > 0)
        if not part[whole].sum() > 0:
            continue
        share = part[whole].sum() / counts[whole].sum()
        usual = share * counts[whole]
        scatter = float(((part[whole] - usual) ** 2 / usual).mean())
        return bool((part <= counts).all()) and scatter < 1
    return False


def reconstructed(
    kind: list[str],
    grown: Mapping[str, Sums],
    sights: Mapping[str, Sight],
    part: Hits | None,
    rng: np.random.Generator,
) -> Hits:
    """The hits by channel, from the plots that show channels best."""
    weights = sights[kind[0]].weights
    assert weights is not None
    size = weights.size
    nothing = np.zeros(size)
    found = Hits(0.0, np.zeros(size, bool), nothing.copy(), nothing.copy(), nothing)
    for path in kind:
        sight = sights[path]
        assert sight.bins is not None
        assert sight.weights is not None
        seen = np.flatnonzero(channels_shown(sight))
        if found.covered[seen].any():
            continue
        counts = np.round(grown[path].contents.ravel().clip(0)).astype(np.int64)
        bins = sight.bins[seen]
        least = np.zeros(seen.size)
        if part is not None:
            least = part.number[seen]
            rest = counts - np.bincount(bins, least, minlength=counts.size)
            if (rest < 0).any():
                least = np.zeros(seen.size)
            else:
                counts = rest.astype(np.int64)
        found.number[seen] = least + _shared_out(rng, counts, bins, sight.weights[seen])
        found.covered[seen] = True
        found.rates[seen] = sight.weights[seen]
    found.ratio = float(found.number.sum()) / max(float(found.rates.sum()), 1e-12)
    return found


def held_before(
    kind: list[str],
    hits: Hits,
    past: Mapping[str, Past],
    sights: Mapping[str, Sight],
) -> Past | None:
    """Hits of a kind per nominal hit as they were before."""
    if not all(path in past for path in kind):
        return None
    seen = np.zeros(hits.covered.size, bool)
    total = 0.0
    for path in kind:
        mine = channels_shown(sights[path])
        if not seen[mine].any():
            seen |= mine
            total += float(past[path].counts.sum())
    rates = max(float(hits.rates.sum()), 1e-12)
    return Past(np.array(total / rates), past[kind[0]].ratio)


def _shared_out(
    rng: np.random.Generator, counts: Array, bins: Array, weights: Array
) -> Array:
    """Counts per bin shared out over the channels in it, by their weights."""
    order = np.argsort(bins, kind="stable")
    sorted_bins = bins[order]
    starts = np.flatnonzero(np.diff(sorted_bins, prepend=-1))
    rank = np.arange(bins.size) - np.repeat(starts, np.diff([*starts, bins.size]))
    left = counts.copy()
    weight = np.bincount(bins, weights, minlength=counts.size)
    found = np.zeros(bins.size)
    for number in range(int(rank.max(initial=-1)) + 1):
        turn = order[rank == number]
        where = bins[turn]
        chance = np.divide(
            weights[turn], weight[where], out=np.ones(turn.size),
            where=weight[where] > 0,
        )  # fmt: skip
        drawn = rng.binomial(left[where], chance.clip(0, 1))
        last = weight[where] - weights[turn] <= 1e-9 * weights[turn]
        drawn = np.where(last, left[where], drawn)
        left[where] -= drawn
        weight[where] -= weights[turn]
        found[turn] = drawn
    return found


def struck(
    effect: Effect,
    span: Span,
    hits: Hits,
    part: Hits | None,
    sight: Sight,
    rng: np.random.Generator,
) -> Array:
    """The hits by channel after the cause; the part of them is drawn already."""
    keep = effect.keep.get(sight.subsystem, np.ones(1))
    beam = np.array([effect.activity if sight.pileup else 1.0])
    factor = np.broadcast_to(over(span, keep, beam), hits.number.shape)
    own = hits.number
    if part is not None and (part.number <= own).all():
        own = own - part.number
    kept = rng.binomial(own.astype(np.int64), factor.clip(0, 1)).astype(np.float64)
    added = (factor - 1).clip(0)
    more = _usual(hits, added) * added
    if own is not hits.number:
        assert part is not None
        # of what is added the part has its share already
        more = more - _usual(part, added) * added
        kept = kept + part.now
    found: Array = kept + rng.poisson(more.clip(0))
    return found


def _usual(hits: Hits, more: Array) -> Array:
    """Hits of each channel at its usual rate, or as found where that is far off."""
    ratio = np.full(more.shape, hits.ratio)
    if hits.before is not None:
        ratio = hits.before.mixed(ratio, hits.before.counts, more)
    usual = hits.rates * ratio
    alike = abs(hits.number - usual) < 5 * np.sqrt(usual + 1)
    found: Array = np.where(alike, usual, hits.number)
    return found
