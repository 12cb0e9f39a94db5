"""Plots that count the same hits: what a cause does to them is drawn once.

Which plots count the same is read off the given histograms themselves: plots whose
bins agreed to the last hit before must agree after.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
import numpy as np

from dqmconsole.model.histogram import Array
from dqmconsole.simulation.table.hits import (
    Hits,
    channels_shown,
    held_before,
    is_part,
    reconstructed,
    struck,
)
from dqmconsole.simulation.table.scales import (
    Past,
    activity,
    kept_share,
    over,
    scaled,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from dqmconsole.simulation.state.sight import Sight
    from dqmconsole.simulation.table.cause import Effect
    from dqmconsole.simulation.table.scales import Span, Sums

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


def settled(
    effect: Effect,
    span: Span,
    grown: Mapping[str, Sums],
    past: Mapping[str, Past],
    sights: Mapping[str, Sight],
    rng: np.random.Generator,
) -> Settled:
    """Draw, once for all plots, how many hits the cause leaves and adds.

    Args:
        effect: what the cause does at full strength.
        span: the lumisections between the snapshots.
        grown: path -> what grew in between.
        past: path -> what there was before, as far as that is known.
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
        hits: list[Hits] = []
        for kind in _kinds(grown, mine):
            parts = (
                each for each in reversed(hits) if is_part(each, kind, grown, mine)
            )
            part = next(parts, None)
            made = reconstructed(kind, grown, mine, part, rng)
            made.before = held_before(kind, made, past, mine)
            made.now = struck(effect, span, made, part, mine[kind[0]], rng)
            hits.append(made)
        for path, sight in mine.items():
            _follow(path, sight, grown[path], hits, found)
    _settle_seeds(effect, span, grown, past, sights, found, rng)
    _settle_twins(effect, span, grown, past, sights, found, rng)
    return found


def _settle_seeds(
    effect: Effect,
    span: Span,
    grown: Mapping[str, Sums],
    past: Mapping[str, Past],
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
            usual = _usual_seeds(effect, sight, rows, past.get(path))
            factor = np.broadcast_to(over(span, factors), rows.shape)
            kept = scaled(rng, rows, factor.clip(0, 1))
            drawn[key] = kept + rng.poisson(usual * (factor - 1).clip(0))
        (found.bins if counts.ndim == 1 else found.rows)[path] = drawn[key]


def _usual_seeds(effect: Effect, sight: Sight, rows: Array, past: Past | None) -> Array:
    """Accepts of each seed by its usual share, or as counted where that is far off."""
    total = float(rows.sum())
    if past is not None:
        before = np.array([float(past.counts.sum())])
        total = float(past.mixed(np.array([total]), before, np.ones(1))[0])
    usual = np.zeros(rows.size)
    shares = [effect.seed_shares.get(seed, 0.0) for seed in sight.seeds]
    usual[1 : 1 + len(shares)] = np.array(shares) * total
    alike = abs(rows - usual) < 5 * np.sqrt(usual + 1)
    found: Array = np.where(alike, usual, rows)
    return found


def _settle_twins(
    effect: Effect,
    span: Span,
    grown: Mapping[str, Sums],
    past: Mapping[str, Past],
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
            known = past.get(paths[0])
            if known is not None:
                whole_before = np.array([float(known.counts.sum())])
                known = msgspec.structs.replace(known, counts=whole_before)
            drawn = scaled(rng, np.array([float(total)]), factor, known)
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


def _follow(
    path: str,
    sight: Sight,
    grown: Sums,
    kinds: list[Hits],
    found: Settled,
) -> None:
    """Settle one plot by the hits that it counted, if it counted them exactly."""
    if sight.weights is None:
        return
    seen = channels_shown(sight)
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
