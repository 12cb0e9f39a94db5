"""Plots that count the same hits: what a cause does to them is drawn once.

Which plots count the same is read off the given histograms themselves: plots whose
bins agreed to the last hit before must agree after.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
import numpy as np

from dqmconsole.detector.table.scales import activity, kept_share, over, scaled
from dqmconsole.model.histogram import Array

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from dqmconsole.detector.state.sight import Sight
    from dqmconsole.detector.table.cause import Effect
    from dqmconsole.detector.table.scales import Span, Sums

ALIKE = 0.04
"""Plots whose hits per nominal hit differ by less (relative) count the same ones."""

HITS = ("shape", "response", "crossing", "momentum", "time")
"""Distributions of hits over something that is not their channel."""


class Settled(msgspec.Struct, frozen=True):
    """What is settled before the single plots are drawn.

    Attributes:
        bins: path -> counts per bin (of a profile: fills), with flow bins.
        rows: path -> counts per row of a map in which a channel fixes the row alone.
        totals: path -> number of entries.
        events: number of events as given -> number now.
    """

    bins: dict[str, Array] = {}
    rows: dict[str, Array] = {}
    totals: dict[str, float] = {}
    events: dict[int, float] = {}

    def events_left(self, given: float, span: Span) -> float:
        """How many of so many events the cause has."""
        usual = float(round(given * span.fill))
        return self.events.get(round(given), usual)

    def brought(
        self, path: str, counts: Array, sight: Sight, rng: np.random.Generator
    ) -> Array:
        """A plot's own draw brought to what is settled about it."""
        if path in self.bins:
            return self.bins[path]
        if path in self.totals:
            return to_total(rng, counts, self.totals[path])
        if path in self.rows:
            by_row = np.moveaxis(counts, sight.axis, 0)
            rows = zip(by_row, self.rows[path], strict=True)
            found = np.array([to_total(rng, row, total) for row, total in rows])
            return np.moveaxis(found, 0, sight.axis)
        return counts


class _Hits(msgspec.Struct, eq=False):
    """Hits of one kind by channel: all of them, or those above a threshold, say.

    Attributes:
        ratio: hits per nominal hit.
        covered: bool per channel: some plot shows it.
        rates: nominal rate of each channel that is covered.
        number, now: per channel, as given and after the cause.
    """

    ratio: float
    covered: Array
    rates: Array
    number: Array
    now: Array


def settled(
    effect: Effect,
    span: Span,
    grown: Mapping[str, Sums],
    sights: Mapping[str, Sight],
    rng: np.random.Generator,
) -> Settled:
    """Draw, once for all plots, how many hits the cause leaves and adds.

    Args:
        effect: what the cause does at full strength.
        span: the lumisections between the snapshots.
        grown: path -> what grew in between.
        sights: path -> what it sees.
        rng: for the draws.
    """
    found = Settled()
    fills = np.array(span.fills or (1.0,) * len(span.strengths))
    for path, sums in grown.items():
        number = sums.bin_entries
        if sights[path].quantity.startswith("trend") and number is not None:
            left = float(np.round(number * fills).sum())
            found.events[round(float(number.sum()))] = left
    names = {sights[path].subsystem for path in grown}
    for name in sorted(names - {""}):
        mine = {path: sights[path] for path in grown if sights[path].subsystem == name}
        hits: list[_Hits] = []
        for kind in _kinds(grown, mine):
            parts = (
                each for each in reversed(hits) if _is_part(each, kind, grown, mine)
            )
            part = next(parts, None)
            made = _reconstructed(kind, grown, mine, part, rng)
            made.now = _struck(effect, span, made, part, mine[kind[0]], rng)
            hits.append(made)
        for path, sight in mine.items():
            _follow(path, sight, grown[path], hits, found)
    _settle_seeds(effect, span, grown, sights, found, rng)
    _settle_twins(effect, span, grown, sights, found, rng)
    return found


def _settle_seeds(
    effect: Effect,
    span: Span,
    grown: Mapping[str, Sums],
    sights: Mapping[str, Sight],
    found: Settled,
    rng: np.random.Generator,
) -> None:
    """Accepts by seed, of the plots that counted as many of each."""
    drawn: dict[tuple[float, ...], Array] = {}
    for path in grown:
        sight = sights[path]
        if sight.quantity != "seed":
            continue
        counts = grown[path].contents
        rows = counts if counts.ndim == 1 else counts.sum(axis=1 - sight.axis)
        key = tuple(rows.tolist())
        if key not in drawn:
            factors = np.ones(rows.size)
            names = [effect.seeds.get(seed, 1.0) for seed in sight.seeds]
            factors[1 : 1 + len(names)] = names
            drawn[key] = scaled(rng, rows, over(span, factors))
        (found.bins if counts.ndim == 1 else found.rows)[path] = drawn[key]


def _settle_twins(
    effect: Effect,
    span: Span,
    grown: Mapping[str, Sums],
    sights: Mapping[str, Sight],
    found: Settled,
    rng: np.random.Generator,
) -> None:
    """Totals of what no map shows, of the plots that had the same ones."""
    groups: dict[tuple[str, int], list[str]] = {}
    whole = set(found.events)
    for path, sums in grown.items():
        sight = sights[path]
        if sight.quantity in ("multiplicity", "sum", "feds missing"):
            whole.add(round(float(sums.contents.sum())))
        of_hits = sight.bins is None and sight.quantity in HITS
        if sight.quantity == "events" or of_hits:
            total = round(float(sums.contents.sum()))
            groups.setdefault((sight.subsystem, total), []).append(path)
    for (_, total), paths in groups.items():
        sight = sights[paths[0]]
        if sight.quantity == "events":
            if len(paths) > 1 or total in whole:
                left = found.events_left(total, span)
                found.totals.update(dict.fromkeys(paths, left))
        elif len(paths) > 1 and not any(path in found.totals for path in paths):
            share = kept_share(effect, sight, 1)[:1]
            factor = over(span, share, np.array([activity(effect, sight)]))
            drawn = scaled(rng, np.array([float(total)]), factor)
            found.totals.update(dict.fromkeys(paths, float(drawn[0])))


def to_total(rng: np.random.Generator, counts: Array, total: float) -> Array:
    """Counts brought to a total: entries taken, or put, at random, as they lie."""
    whole = np.round(counts.clip(0)).astype(np.int64)
    excess = int(whole.sum()) - round(total)
    flat = whole.ravel()
    if excess > 0:
        flat = flat - rng.multivariate_hypergeometric(flat, excess, method="marginals")
    elif excess < 0 and flat.any():
        flat = flat + rng.multinomial(-excess, flat / flat.sum())
    found: Array = flat.reshape(counts.shape).astype(np.float64)
    return found


def _kinds(grown: Mapping[str, Sums], sights: Mapping[str, Sight]) -> list[list[str]]:
    """Plots binned by channel, grouped by the kind of hits; the rarest kind first.

    Within a group those that show channels best come first.
    """
    ratios: dict[str, float] = {}
    fineness: dict[str, float] = {}
    for path, sight in sights.items():
        if sight.quantity != "count" or sight.bins is None or sight.weights is None:
            continue
        seen = (sight.bins >= 0) & (sight.weights > 0)
        total = float(grown[path].contents.sum())
        if total > 0 and seen.any():
            ratios[path] = total / float(sight.weights[seen].sum())
            fineness[path] = np.unique(sight.bins[seen]).size / seen.sum()
    groups: list[list[str]] = []
    for path in sorted(ratios, key=lambda each: ratios[each]):
        if groups and ratios[path] < (1 + ALIKE) * ratios[groups[-1][-1]]:
            groups[-1].append(path)
        else:
            groups.append([path])
    return [sorted(group, key=lambda each: -fineness[each]) for group in groups]


def _seen(sight: Sight) -> Array:
    assert sight.weights is not None
    seen: Array = sight.weights > 0
    return seen if sight.bins is None else seen & (sight.bins >= 0)


def _is_part(
    hits: _Hits,
    kind: Iterable[str],
    grown: Mapping[str, Sums],
    sights: Mapping[str, Sight],
) -> bool:
    """Whether hits are a part of those of a kind: their scatter tells.

    A part p of n hits scatters about the share s that it has by s (1 - s) n; what is
    of the same channels, but other hits, by s (1 + s) n.
    """
    shown = np.any([_seen(sights[path]) for path in kind], axis=0)
    if not (shown >= hits.covered).all():
        return False
    for path in kind:
        sight = sights[path]
        assert sight.bins is not None
        counts = grown[path].contents.ravel()
        seen = _seen(sight)
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


def _reconstructed(
    kind: list[str],
    grown: Mapping[str, Sums],
    sights: Mapping[str, Sight],
    part: _Hits | None,
    rng: np.random.Generator,
) -> _Hits:
    """The hits by channel, from the plots that show channels best."""
    weights = sights[kind[0]].weights
    assert weights is not None
    size = weights.size
    nothing = np.zeros(size)
    found = _Hits(0.0, np.zeros(size, bool), nothing.copy(), nothing.copy(), nothing)
    for path in kind:
        sight = sights[path]
        assert sight.bins is not None
        assert sight.weights is not None
        seen = np.flatnonzero(_seen(sight))
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


def _struck(
    effect: Effect,
    span: Span,
    hits: _Hits,
    part: _Hits | None,
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
    usual = _usual(hits)
    more = usual * (factor - 1).clip(0)
    if own is not hits.number:
        assert part is not None
        # of what is added the part has its share already
        more = more - _usual(part) * (factor - 1).clip(0)
        kept = kept + part.now
    found: Array = kept + rng.poisson(more.clip(0))
    return found


def _usual(hits: _Hits) -> Array:
    """Hits of each channel at its usual rate, or as found where that is far off."""
    usual = hits.rates * hits.ratio
    alike = abs(hits.number - usual) < 5 * np.sqrt(usual + 1)
    found: Array = np.where(alike, usual, hits.number)
    return found


def _follow(
    path: str,
    sight: Sight,
    grown: Sums,
    kinds: list[_Hits],
    found: Settled,
) -> None:
    """Settle one plot by the hits that it counted, if it counted them exactly."""
    if sight.weights is None:
        return
    seen = _seen(sight)
    counts = grown.contents if grown.bin_entries is None else grown.bin_entries
    if sight.quantity == "trend of mean count":
        counts = grown.contents
    total = round(float(counts.sum()))
    for hits in reversed(kinds):
        if not (hits.covered | ~seen).all():
            continue
        change = (hits.now - hits.number)[seen]
        if sight.quantity in ("multiplicity", "sum", "flags", "partitions"):
            return
        if abs(hits.number[seen].sum() - total) > 0.5:
            continue
        if sight.bins is None or sight.quantity.startswith("trend"):
            found.totals[path] = float(hits.now[seen].sum())
            return
        bins = sight.bins[seen]
        if sight.quantity == "row":
            margin = counts.sum(axis=1 - sight.axis)
            of_rows = np.bincount(bins, hits.number[seen], minlength=margin.size)
            if (abs(of_rows - margin) < 0.5).all():
                moved = np.bincount(bins, change, minlength=margin.size)
                found.rows[path] = margin + moved
            return
        by_bin = np.bincount(bins, hits.number[seen], minlength=counts.size)
        if (abs(by_bin - counts.ravel()) < 0.5).all():
            moved = np.bincount(bins, change, minlength=counts.size)
            found.bins[path] = counts + moved.reshape(counts.shape)
        else:
            found.totals[path] = float(hits.now[seen].sum())
        return
