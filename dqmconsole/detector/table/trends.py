"""Causes on trends: maps and values against lumisection."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
import numpy as np

from dqmconsole.detector.sums import statistics
from dqmconsole.detector.table.scales import Span, Sums, activity, kept_share
from dqmconsole.model.histogram import Array, Histogram, read_only

if TYPE_CHECKING:
    from dqmconsole.detector.state.sight import Sight
    from dqmconsole.detector.table.cause import Effect


def with_trend(effect: Effect, span: Span, after: Histogram, sight: Sight) -> Histogram:
    """The trend as it would be had the cause been there in the span."""
    share = float(kept_share(effect, sight, 1)[0]) if sight.bins is None else 1.0
    hits = share * activity(effect, sight)
    sizes = {
        "trend of activity": effect.activity,
        "trend of events": effect.events,
        "trend of hits": hits * effect.events,
    }
    factor = _of_lumisections(span, after, sizes.get(sight.quantity, hits))
    contents = np.asarray(after.contents, np.float64) * factor
    sumw2 = None if after.sumw2 is None else after.sumw2 * factor**2
    number, entries = after.bin_entries, after.entries
    if number is not None and after.sumw2 is not None:
        fewer = _of_lumisections(span, after, effect.events)
        mean = np.divide(
            after.contents, number, out=np.zeros_like(number), where=number != 0
        )
        square = np.divide(
            after.sumw2, number, out=np.zeros_like(number), where=number != 0
        )
        # the spread of a count of hits goes with its mean, as Poisson's does
        spread = np.clip(square - mean**2, 0.0, None) * factor
        number = number * fewer
        contents = number * mean * factor
        sumw2 = number * (spread + (mean * factor) ** 2)
        entries = float(number.sum())
    return Sums(contents, sumw2, number, entries).put(after)


def _of_lumisections(span: Span, after: Histogram, size: float) -> Array:
    """A factor per bin of a trend: `size` where the cause had its full strength."""
    factor = np.ones(after.contents.shape)
    factor[span.first : span.last + 1] = 1.0 + np.array(span.strengths) * (size - 1.0)
    return factor


def with_flags(effect: Effect, span: Span, after: Histogram, sight: Sight) -> Histogram:
    """The map of flags or DCS bits, lowered where the cause silences a row."""
    rows = np.zeros(after.contents.shape[1], bool)
    if sight.quantity == "partitions":
        labels = after.axes[1].labels
        for row, label in enumerate(labels, start=1):
            rows[row] = label in effect.partitions_off
    elif sight.weights is not None and sight.bins is not None:
        factor = effect.keep.get(sight.subsystem)
        if factor is not None:
            seen = sight.bins >= 0
            size = rows.size
            nominal = np.bincount(sight.bins[seen], sight.weights[seen], minlength=size)
            now = np.bincount(
                sight.bins[seen], (sight.weights * factor)[seen], minlength=size
            )
            rows = (nominal > 0) & (now < 0.5 * nominal)
    contents = after.contents.copy()
    for number, strength in enumerate(span.strengths, start=span.first):
        if strength > 0.5:
            column = contents[number]
            column[rows & (column > 0)] = 0
    changed = msgspec.structs.replace(after, contents=read_only(contents))
    return msgspec.structs.replace(
        changed, sums=statistics(changed) if after.sums else ()
    )
