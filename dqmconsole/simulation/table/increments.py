"""Causes on given histograms: what they would hold had the cause been there.

Two snapshots go in, at the onset and later; what grew between them is changed as
the state would have changed it, and the later snapshot comes out with entries,
errors, flow bins and statistics consistent. Counts are thinned binomially, or
topped up by Poisson draws, so that they stay counts.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from dqmconsole.simulation.table.changes import (
    differing,
    earlier,
    responding,
    straightened,
)
from dqmconsole.simulation.table.drivers import (
    driver_counts,
    events_of_drivers,
    with_missing_feds,
)
from dqmconsole.simulation.table.means import profile
from dqmconsole.simulation.table.moves import (
    kept_by_time,
    moved_to,
    squeezed,
    thinned_numbers,
)
from dqmconsole.simulation.table.scales import (
    Past,
    Span,
    Sums,
    activity,
    between,
    events_by_lumisection,
    filled,
    kept_share,
    of_strengths,
    over,
    scaled,
    topped_up,
)
from dqmconsole.simulation.table.sisters import Settled, settled, to_total
from dqmconsole.simulation.table.trends import with_flags, with_trend

if TYPE_CHECKING:
    from collections.abc import Mapping

    from dqmconsole.model.histogram import Array, Histogram
    from dqmconsole.simulation.state.sight import Sight
    from dqmconsole.simulation.table.cause import Effect


def inject(
    effect: Effect,
    span: Span,
    before: Mapping[str, Histogram],
    after: Mapping[str, Histogram],
    sights: Mapping[str, Sight],
    rng: np.random.Generator,
) -> dict[str, Histogram]:
    """Make a cause act on the increase of every histogram that would see it.

    Args:
        effect: what the cause does at full strength.
        span: the lumisections between the snapshots.
        before: path -> histogram at the onset; a path left out was empty.
        after: path -> histogram later, of the same run.
        sights: path -> what it sees; others stay as they are.
        rng: for the draws.

    Returns:
        path -> histogram, for every path of `after`.
    """
    found = dict(after)
    span = filled(effect, span, after, sights, rng)
    grown = {
        path: _grown(span, before.get(path), after[path], sight)
        for path, sight in sights.items()
        if path in after
    }
    past = _past(span, before, after, grown, sights)
    agreed = settled(effect, span, grown, past, sights, rng)
    events = events_of_drivers(before, after, sights)
    for path, histogram in after.items():
        sight = sights.get(path)
        if sight is not None:
            found[path] = _injected(
                effect,
                span,
                path,
                grown[path],
                past.get(path),
                histogram,
                sight,
                events,
                agreed,
                rng,
            )
    return found


def _past(
    span: Span,
    before: Mapping[str, Histogram],
    after: Mapping[str, Histogram],
    grown: Mapping[str, Sums],
    sights: Mapping[str, Sight],
) -> dict[str, Past]:
    """What each plot of counts held before, where that is like what it grew by."""
    events = events_by_lumisection(span.last, after, sights)
    then, now = events[: span.first - 1].sum(), events[span.first - 1 :].sum()
    if not then or not now:
        return {}
    ratio = float(then / now)
    found = {}
    for path, sums in grown.items():
        quantity = sights[path].quantity
        if path not in before or sums.bin_entries is not None:
            continue
        if quantity.startswith("trend") or quantity in ("flags", "partitions"):
            continue
        counts = np.asarray(before[path].contents, np.float64)
        total, usual = float(sums.contents.sum()), float(counts.sum()) / ratio
        off = abs(total - usual) - 0.01 * total
        if off > 5 * (total + usual / ratio) ** 0.5:
            continue
        many = counts + sums.contents > 40
        variance = (sums.contents + counts / ratio**2)[many]
        pulls = (sums.contents - counts / ratio)[many] ** 2 / variance
        if not pulls.size or pulls.mean() < 1 + 5 * (2 / pulls.size) ** 0.5:
            found[path] = Past(counts, ratio)
    return found


def _grown(
    span: Span, before: Histogram | None, after: Histogram, sight: Sight
) -> Sums:
    """What grew in the span; of trends and flags, what lies in it."""
    whole = Sums.of(after, after)
    if not sight.quantity.startswith("trend") and sight.quantity not in (
        "flags", "partitions",
    ):  # fmt: skip
        return whole.minus(Sums.of(before, after))
    inside = slice(span.first, span.last + 1)
    parts = (
        None if each is None else each[inside]
        for each in (whole.contents, whole.sumw2, whole.bin_entries)
    )
    contents, sumw2, number = parts
    assert contents is not None
    return Sums(contents, sumw2, number, 0.0)


def _injected(
    effect: Effect,
    span: Span,
    path: str,
    grown: Sums,
    past: Past | None,
    after: Histogram,
    sight: Sight,
    events: float,
    agreed: Settled,
    rng: np.random.Generator,
) -> Histogram:
    if path.split("/", 1)[0] in effect.out and span.mean == 1:
        return _without(span, grown, after, sight)
    if sight.quantity in ("flags", "partitions"):
        return with_flags(effect, span, after, sight)
    if sight.quantity.startswith("trend"):
        total = agreed.totals.get(path)
        return with_trend(effect, span, after, sight, rng, total)
    old = Sums.of(after, after).minus(grown)
    if sight.quantity in ("fed entries", "fed fatal"):
        changed = driver_counts(effect, span, grown, sight, events, rng)
    elif sight.quantity == "differing":
        changed = differing(effect, span, grown, sight, rng)
    elif sight.quantity in ("mean time", "mean count", "mean", "mean response"):
        changed = profile(effect, span, grown, sight, agreed.bins.get(path), rng)
    else:
        changed = _counts(effect, span, path, grown, past, after, sight, agreed, rng)
    return old.plus(changed).put(after)


def _without(span: Span, grown: Sums, after: Histogram, sight: Sight) -> Histogram:
    """A plot of a subsystem that was out: nothing grew in the span."""
    whole = Sums.of(after, after)
    if sight.quantity not in ("flags", "partitions") and not (
        sight.quantity.startswith("trend")
    ):
        return whole.minus(grown).put(after)
    empty = -1.0 if sight.quantity == "flags" else 0.0

    def emptied(array: Array | None, nothing: float) -> Array | None:
        if array is None:
            return None
        left = array.copy()
        left[span.first : span.last + 1] = nothing
        return left

    contents = emptied(whole.contents, empty)
    assert contents is not None
    sumw2, number = emptied(whole.sumw2, 0.0), emptied(whole.bin_entries, 0.0)
    entries = whole.entries if number is None else float(number.sum())
    return Sums(contents, sumw2, number, entries).put(after)


def _counts(
    effect: Effect,
    span: Span,
    path: str,
    grown: Sums,
    past: Past | None,
    after: Histogram,
    sight: Sight,
    agreed: Settled,
    rng: np.random.Generator,
) -> Sums:
    counts = grown.contents
    quantity = sight.quantity
    if quantity in ("multiplicity", "sum"):
        whole = kept_share(effect, sight, counts.size)[:1]
        hits = np.array([activity(effect, sight)])
        kept = _events_kept(rng, counts, span, agreed, past)
        change = squeezed if quantity == "sum" else thinned_numbers
        moved = np.zeros_like(counts)
        for strength, part in of_strengths(rng, span, kept):
            size = between(whole, strength) * between(hits, strength)
            moved += change(after.axes[0], part, float(size[0]), rng)
        return Sums(moved, None, None, float(moved.sum()))
    if quantity == "feds missing":
        kept = _events_kept(rng, counts, span, agreed, past)
        moved = with_missing_feds(effect, span, kept, after, sight, rng)
        return Sums(moved, None, None, float(moved.sum()))
    if quantity == "events":
        share = np.ones(1)
    elif quantity == "seed":
        names = np.array([effect.seeds.get(seed, 1.0) for seed in sight.seeds])
        share = _along(counts, sight.axis, names)
    elif quantity == "row":
        rows = kept_share(effect, sight, counts.shape[sight.axis])[1:-1]
        share = _along(counts, sight.axis, rows)
    else:
        share = _share(effect, sight, after, counts)
    beam = 1.0 if quantity in ("events", "seed") else activity(effect, sight)
    factor = over(span, share, np.array([beam]))
    changed = topped_up(rng, counts, factor, sight, share, past)
    if quantity == "time":
        changed = changed + _added(effect, span, counts, after, sight, rng)
    changed = agreed.brought(path, changed, sight, rng)
    if quantity in ("crossing", "row", "seed"):
        changed = earlier(effect, span, changed, sight, rng)
    elif quantity == "response":
        changed = responding(effect, span, changed, after.axes[0], sight, rng)
    elif quantity == "momentum":
        changed = straightened(effect, span, changed, sight, rng)
    elif quantity == "time":
        changed = _shifted(effect, span, changed, after, sight, rng)
    ratio = np.divide(changed, counts, out=np.zeros_like(changed), where=counts != 0)
    sumw2 = None if grown.sumw2 is None else grown.sumw2 * ratio
    return Sums(changed, sumw2, None, float(changed.sum()))


def _share(effect: Effect, sight: Sight, like: Histogram, counts: Array) -> Array:
    """Factor on the hits in each bin, shaped to multiply `counts` with."""
    factor = effect.keep.get(sight.subsystem)
    if factor is not None and sight.times is not None and sight.weights is not None:
        axis = like.axes[0]
        return kept_by_time(axis, counts, sight.times, sight.weights, factor)[0]
    share = kept_share(effect, sight, counts.size)
    return share.reshape(counts.shape) if share.size > 1 else share


def _added(
    effect: Effect,
    span: Span,
    counts: Array,
    like: Histogram,
    sight: Sight,
    rng: np.random.Generator,
) -> Array:
    """Hits of channels that fire more than nominally, at their own times."""
    factor = effect.keep.get(sight.subsystem)
    if factor is None or sight.times is None or sight.weights is None:
        return np.zeros(counts.shape)
    axis = like.axes[0]
    more = kept_by_time(axis, counts, sight.times, sight.weights, factor)[1]
    found: Array = rng.poisson(more.clip(0) * span.mean).astype(np.float64)
    return found


def _along(counts: Array, axis: int, inner: Array) -> Array:
    """Factors for the inner bins of one axis, to multiply all of `counts` with."""
    factors = np.ones(counts.shape[axis])
    factors[1 : 1 + inner.size] = inner
    shape = [1] * counts.ndim
    shape[axis] = factors.size
    return factors.reshape(shape)


def _shift_classes(
    effect: Effect, span: Span, sight: Sight
) -> list[tuple[float, float]]:
    """(share of the hits, ns by which they are late), by lumisection and channel."""
    shift = effect.shift.get(sight.subsystem)
    if shift is None or sight.weights is None:
        return [(1.0, 0.0)]
    total = sight.weights.sum()
    values, group = np.unique(shift, return_inverse=True)
    of_channels = np.bincount(group, sight.weights) / (total if total > 0 else 1.0)
    return [
        (float(a * b) / span.fill, float(value * strength))
        for value, a in zip(values, of_channels, strict=True)
        for strength, b in span.parts()
    ]


def _shifted(
    effect: Effect,
    span: Span,
    counts: Array,
    like: Histogram,
    sight: Sight,
    rng: np.random.Generator,
) -> Array:
    classes = _shift_classes(effect, span, sight)
    if classes == [(1.0, 0.0)]:
        return counts
    axis = like.axes[0]
    width = (axis.high - axis.low) / axis.bins
    centers = np.concatenate(
        [[axis.low - width / 2], axis.centers, [axis.high + width / 2]]
    )
    left = np.round(counts).astype(np.int64)
    share_left = 1.0
    moved = np.zeros_like(counts)
    for share, late in classes:
        part = rng.binomial(left, min(1.0, share / max(share_left, 1e-12)))
        left = left - part
        share_left -= share
        moved_to(axis.low, width, centers + late, part, moved, rng)
    moved += left
    return moved


def _events_kept(
    rng: np.random.Generator,
    counts: Array,
    span: Span,
    agreed: Settled,
    past: Past | None,
) -> Array:
    """Events by something, as many as the cause leaves; all plots have as many."""
    if span.fill == 1:
        return counts
    kept = scaled(rng, counts, np.array([span.fill]), past)
    return to_total(rng, kept, agreed.events_left(float(counts.sum()), span))
