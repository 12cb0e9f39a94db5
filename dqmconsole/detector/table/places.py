"""Where a cause strikes: sectors, drivers, boards, channels; chosen once per seed."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from dqmconsole.detector.state.parts import PARTITION_ON_SHARE
from dqmconsole.detector.table.cause import Cause, CauseError, generator

if TYPE_CHECKING:
    from dqmconsole.detector.state.channels import Geometry
    from dqmconsole.detector.state.detector import DetectorState
    from dqmconsole.model.histogram import Array


def built(cause: Cause, state: DetectorState) -> Geometry:
    """The channels of the cause's target.

    Raises:
        CauseError: the target is not there or has no channels.
    """
    channels = state.channels.get(cause.target)
    if channels is None:
        there = ", ".join(sorted(state.channels)) or "none"
        message = (
            f"{cause.name}: {cause.target!r} has no channels it could act on; "
            f"these have: {there}"
        )
        raise CauseError(message)
    return channels.built


def sectors(cause: Cause, state: DetectorState) -> Array:
    """Adjacent sectors of one partition, few enough for its DCS bit to stay on."""
    where = built(cause, state)
    if not where.partitions:
        message = f"{cause.name}: {cause.target} has no high voltage"
        raise CauseError(message)
    rng = generator(cause, state.seed)
    names = np.array(where.partitions)
    healthy = _share_of_news(where, where.sector, names.size) > 0.5
    partition = rng.choice(np.unique(names[healthy]))
    mine = np.flatnonzero((names == partition) & healthy)
    most = int((1 - PARTITION_ON_SHARE) * (names == partition).sum() + 1e-9)
    number = max(1, min(round(cause.size), most, mine.size))
    first = int(rng.integers(mine.size - number + 1))
    return mine[first : first + number]


def drivers(cause: Cause, state: DetectorState) -> Array:
    """Adjacent front-end drivers that have channels."""
    where = built(cause, state)
    there = np.unique(where.fed[(where.fed >= 0) & ~where.known])
    if not there.size:
        message = f"{cause.name}: {cause.target} has no front-end drivers"
        raise CauseError(message)
    return _adjacent(cause, state, there)


def boards(cause: Cause, state: DetectorState) -> Array:
    """Adjacent boards most of whose channels work."""
    where = built(cause, state)
    number = int(where.board.max(initial=-1)) + 1
    there = np.flatnonzero(_share_of_news(where, where.board, number) > 0.5)
    return _adjacent(cause, state, there)


def channel(cause: Cause, state: DetectorState) -> int:
    """One working channel that is not among the quiet ones."""
    where = built(cause, state)
    working = ~where.known & (where.rate > 0)
    busy = working & (where.rate >= np.median(where.rate[working]))
    return int(generator(cause, state.seed).choice(np.flatnonzero(busy)))


def _adjacent(cause: Cause, state: DetectorState, there: Array) -> Array:
    number = max(1, min(round(cause.size), there.size))
    first = int(generator(cause, state.seed).integers(there.size - number + 1))
    return there[first : first + number]


def _share_of_news(where: Geometry, group: Array, number: int) -> Array:
    """Share of working channels per group; 0 where a group has no channels."""
    kept = group >= 0
    total = np.bincount(group[kept], minlength=number)
    fine = np.bincount(
        group[kept], (~where.known & (where.rate > 0))[kept], minlength=number
    )
    return np.divide(fine, total, out=np.zeros(number), where=total > 0)
