"""Causes on trends: maps and values against lumisection."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
import numpy as np

from dqmconsole.model.histogram import Array, Histogram, read_only
from dqmconsole.simulation.state.parts import REMNANT
from dqmconsole.simulation.sums import statistics
from dqmconsole.simulation.table.scales import (
    Span,
    Sums,
    activity,
    kept_share,
    scaled,
)
from dqmconsole.simulation.table.sisters import to_total

if TYPE_CHECKING:
    from dqmconsole.simulation.state.sight import Sight
    from dqmconsole.simulation.table.cause import Effect


def with_trend(
    effect: Effect,
    span: Span,
    after: Histogram,
    sight: Sight,
    rng: np.random.Generator,
    total: float | None = None,
) -> Histogram:
    """The trend as it would be had the cause been there in the span.

    Args:
        effect: what the cause does at full strength.
        span: the lumisections.
        after: the trend as given.
        sight: what it sees.
        rng: for the draws.
        total: hits in the span that its sisters have; None when not known.
    """
    if sight.quantity == "trend of differing":
        return _with_differing(effect, span, after, sight, rng)
    share = float(kept_share(effect, sight, 1)[0]) if sight.bins is None else 1.0
    hits = (share, activity(effect, sight))
    sizes: dict[str, tuple[float, ...]] = {
        "trend of activity": (effect.activity,),
        "trend of events": (effect.events,),
        "trend of hits": (*hits, effect.events),
        "trend of field": (REMNANT if effect.straight else 1.0,),
    }
    factor = _of_lumisections(span, after, *sizes.get(sight.quantity, hits))
    contents = np.asarray(after.contents, np.float64) * factor
    sumw2 = None if after.sumw2 is None else after.sumw2 * factor**2
    inside = slice(span.first, span.last + 1)
    if sight.quantity == "trend of events" and span.fills:
        given = np.asarray(after.contents[inside], np.float64)
        if (given == given.round()).all():
            # events themselves, which fluctuate, and not a rate
            contents[inside] = np.round(given * np.array(span.fills))
    number, entries = after.bin_entries, after.entries
    if number is not None and after.sumw2 is not None:
        return _hits_per_event(span, after, factor, rng, total).put(after)
    return Sums(contents, sumw2, number, entries).put(after)


def _hits_per_event(
    span: Span,
    after: Histogram,
    factor: Array,
    rng: np.random.Generator,
    total: float | None,
) -> Sums:
    """A profile of hits per event, once they are fewer or more by a factor."""
    assert after.bin_entries is not None
    assert after.sumw2 is not None
    given, inside = after.bin_entries, slice(span.first, span.last + 1)
    number = given.copy()
    number[inside] = np.round(given[inside] * np.array(span.fills))
    fills = np.divide(number, given, out=np.ones_like(given), where=given > 0)
    old = np.divide(after.contents, given, out=np.zeros_like(given), where=given != 0)
    square = np.divide(after.sumw2, given, out=np.zeros_like(given), where=given != 0)
    contents = np.asarray(after.contents, np.float64) * factor * fills
    if total is not None:
        drawn = scaled(rng, after.contents[inside], (factor * fills)[inside])
        contents[inside] = to_total(rng, drawn, total)
    mean = np.divide(contents, number, out=np.zeros_like(given), where=number != 0)
    # the spread of a count of hits goes with its mean, as Poisson's does
    change = np.divide(mean, old, out=np.ones_like(given), where=old != 0)
    spread = np.clip(square - old**2, 0.0, None) * change
    return Sums(contents, number * (spread + mean**2), number, float(number.sum()))


def _of_lumisections(span: Span, after: Histogram, *sizes: float) -> Array:
    """A factor per bin of a trend: that of all sizes, each at the cause's strength."""
    factor = np.ones(after.contents.shape)
    for size in sizes:
        factor[span.first : span.last + 1] *= 1.0 + np.array(span.strengths) * (
            size - 1.0
        )
    return factor


def _with_differing(
    effect: Effect,
    span: Span,
    after: Histogram,
    sight: Sight,
    rng: np.random.Generator,
) -> Histogram:
    """The share of events that differ by lumisection, once more of them do."""
    more = sum(
        size * float(sight.differs[kind][0])
        for kind, size in effect.differs.items()
        if kind in sight.differs
    )
    if not more or after.sumw2 is None:
        return after
    contents = np.asarray(after.contents, np.float64).copy()
    sumw2 = after.sumw2.copy()
    for number, strength in enumerate(span.strengths, start=span.first):
        value, variance = float(contents[number]), float(sumw2[number])
        if variance > 0:
            # shares and their errors are those of counts: a count of none has one's
            events = round(value / variance if value > 0 else variance**-0.5)
            found = value * events + rng.poisson(events * strength * more)
            contents[number] = found / events
            sumw2[number] = max(found, 1.0) / events**2
    return Sums(contents, sumw2, None, after.entries).put(after)


def with_flags(effect: Effect, span: Span, after: Histogram, sight: Sight) -> Histogram:
    """The map of flags or DCS bits, lowered where the cause silences a row.

    Flags compare a row with its like: where all fall silent together, or are left
    with next to nothing, they do not judge any more.
    """
    low = np.zeros(after.contents.shape[1], bool)
    unjudged = low.copy()
    if sight.quantity == "partitions":
        labels = after.axes[1].labels
        for row, label in enumerate(labels, start=1):
            low[row] = label in effect.partitions_off
    elif sight.subsystem in effect.keep:
        low, unjudged = _silenced(effect, span, sight, low.size)
    contents = after.contents.copy()
    for number, strength in enumerate(span.strengths, start=span.first):
        if strength > 0.5:
            column = contents[number]
            column[low & (column > 0)] = 0
            column[unjudged & (column >= 0)] = -1
    changed = msgspec.structs.replace(after, contents=read_only(contents))
    return msgspec.structs.replace(
        changed, sums=statistics(changed) if after.sums else ()
    )


def _silenced(
    effect: Effect, span: Span, sight: Sight, size: int
) -> tuple[Array, Array]:
    """Rows that are low among their like, and those that can no longer be judged."""
    none = np.zeros(size, bool)
    if sight.weights is None or sight.bins is None:
        return none, none
    seen = sight.bins >= 0
    bins, weights = sight.bins[seen], sight.weights[seen]
    nominal = np.bincount(bins, weights, minlength=size)
    factor = np.broadcast_to(effect.keep[sight.subsystem], sight.weights.shape)[seen]
    now = np.bincount(bins, weights * factor, minlength=size)
    rows = nominal > 0
    usual = float(np.median(now[rows] / nominal[rows])) if rows.any() else 1.0
    low = rows & (now <= sight.least * usual * nominal)
    events = float(np.mean(span.events or 0.0))
    too_few = events > 1 and float(np.median(now[rows])) * events < ENOUGH
    if usual == 0 or too_few:
        return none, rows
    return low, none


ENOUGH = 45
"""Hits of a row in a lumisection that a flag needs."""
