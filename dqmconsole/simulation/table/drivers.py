"""Causes on what is counted by front-end driver: with data, without, missing."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from dqmconsole.simulation.state.parts import FEDS
from dqmconsole.simulation.table.moves import moved_to
from dqmconsole.simulation.table.scales import Span, Sums, scaled

if TYPE_CHECKING:
    from collections.abc import Mapping

    from dqmconsole.model.histogram import Array, Histogram
    from dqmconsole.simulation.state.sight import Sight
    from dqmconsole.simulation.table.cause import Effect


def driver_counts(
    effect: Effect,
    span: Span,
    grown: Sums,
    sight: Sight,
    events: float,
    rng: np.random.Generator,
) -> Sums:
    """Events by driver, with data or without, once some are lost or out."""
    counts = np.round(grown.contents * span.fill)
    if sight.quantity == "fed entries":
        silent = np.ones(counts.size)
        silent[_fed_bins(effect.feds_lost | effect.feds_out, sight, counts.size)] = (
            1 - span.mean
        )
        counts = scaled(rng, counts, silent)
    else:
        lost = _fed_bins(effect.feds_lost, sight, counts.size)
        counts[lost] += round(span.mean * span.fill * events)
    return Sums(counts, grown.sumw2, None, float(counts.sum()))


def with_missing_feds(
    effect: Effect,
    span: Span,
    counts: Array,
    like: Histogram,
    sight: Sight,
    rng: np.random.Generator,
) -> Array:
    """Events by the number of drivers without data, once some more are lost."""
    mine = FEDS.get(sight.subsystem, range(0))
    lost = len([each for each in effect.feds_lost if each in mine])
    axis = like.axes[0]
    width = (axis.high - axis.low) / axis.bins
    struck = rng.binomial(np.round(counts).astype(np.int64), span.mean)
    centers = axis.low + width * (np.arange(axis.bins + 2) - 0.5)
    moved = counts - struck
    return moved_to(axis.low, width, centers + lost, struck, moved, rng)


def _fed_bins(identifiers: frozenset[int], sight: Sight, size: int) -> list[int]:
    """The bins of front-end drivers, as far as they are on the axis."""
    bins = [each - sight.first_fed + 1 for each in identifiers]
    return [each for each in bins if 1 <= each < size - 1]


def events_of_drivers(
    before: Mapping[str, Histogram],
    after: Mapping[str, Histogram],
    sights: Mapping[str, Sight],
) -> float:
    """Events between the snapshots: the busiest front-end driver counts them all."""
    for path, sight in sights.items():
        if sight.quantity == "fed entries" and path in after:
            old = before.get(path)
            grown = np.asarray(after[path].contents, np.float64)
            if old is not None:
                grown = grown - old.contents
            return float(grown.max(initial=0.0))
    return 0.0
