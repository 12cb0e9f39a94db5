"""Where a cause strikes: sectors, drivers, boards, channels; chosen once per seed."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
import numpy as np

from dqmconsole.simulation.l1_channels import (
    BARREL_TOWERS,
    BMTF,
    ECAL,
    EMTF,
    OMTF,
)
from dqmconsole.simulation.state.parts import PARTITION_ON_SHARE
from dqmconsole.simulation.state.trigger import SEEDS
from dqmconsole.simulation.table.cause import Cause, CauseError, generator

if TYPE_CHECKING:
    from dqmconsole.model.histogram import Array
    from dqmconsole.simulation.state.channels import Geometry
    from dqmconsole.simulation.state.detector import DetectorState


UNLIKE = 1.25
"""Boards whose mean rates differ by this factor are told apart in a map."""

LAYERS = {
    "PixelPhase1": ("place",),
    "SiStrip": ("part", "layer"),
    "DT": ("wheel", "station"),
    "CSC": ("row",),
}
"""Subsystem -> coordinates of its channels that tell its layers apart."""


def only_on(cause: Cause, *names: str) -> None:
    """Refuse a target that has nothing the cause could act on.

    Raises:
        CauseError: the target is none of `names`.
    """
    if cause.target not in names:
        message = (
            f"{cause.name}: {cause.target!r} has nothing it could act on; "
            f"it acts on {', '.join(names)}"
        )
        raise CauseError(message)


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
    """Sectors that a crate supplies together, few enough for the DCS bit to stay on.

    Of a size that no crate of the partition has, those of the crate beside it, too.
    """
    where = built(cause, state)
    if not where.partitions:
        message = f"{cause.name}: {cause.target} has no high voltage"
        raise CauseError(message)
    rng = generator(cause, state.seed)
    names = np.array(where.partitions)
    healthy = _working_share(where, where.sector, names.size) > 0.5
    partition = rng.choice(np.unique(names[healthy]))
    mine = np.flatnonzero((names == partition) & healthy)
    most = int((1 - PARTITION_ON_SHARE) * (names == partition).sum() + 1e-9)
    number = max(1, min(round(cause.size), most, mine.size))
    mine = mine[np.argsort(where.crate[mine], kind="stable")]
    crate = where.crate[mine]
    first = np.arange(mine.size - number + 1)
    alike = first[crate[first] == crate[first + number - 1]]
    begins = first[np.append(True, np.diff(crate) > 0)[first]]
    start = int(rng.choice(alike if alike.size else begins))
    return mine[start : start + number]


def drivers(cause: Cause, state: DetectorState) -> Array:
    """Adjacent front-end drivers that have channels."""
    where = built(cause, state)
    there = np.unique(where.fed[(where.fed >= 0) & ~where.known])
    if not there.size:
        message = f"{cause.name}: {cause.target} has no front-end drivers"
        raise CauseError(message)
    return _adjacent(cause, state, there, round(cause.size))


def driver(cause: Cause, state: DetectorState) -> Array:
    """The channels of one front-end driver, bool per channel."""
    one = msgspec.structs.replace(cause, size=1.0)
    mine: Array = np.isin(built(cause, state).fed, drivers(one, state))
    return mine


def boards(cause: Cause, state: DetectorState) -> Array:
    """Adjacent boards most of whose channels work."""
    where = built(cause, state)
    number = int(where.board.max(initial=-1)) + 1
    there = np.flatnonzero(_working_share(where, where.board, number) > 0.5)
    return _adjacent(cause, state, there, round(cause.size))


def board(cause: Cause, state: DetectorState) -> Array:
    """The channels of one board, bool per channel."""
    one = msgspec.structs.replace(cause, size=1.0)
    mine: Array = np.isin(built(cause, state).board, boards(one, state))
    return mine


def layer(cause: Cause, state: DetectorState) -> Array:
    """The channels of one layer, station or ring, bool per channel.

    Raises:
        CauseError: the cause is sent to what has none.
    """
    only_on(cause, *LAYERS)
    where = built(cause, state)
    number = np.zeros(where.size, np.int64)
    for name in LAYERS[cause.target]:
        number = 100 * number + np.floor(where.coordinates[name]).astype(np.int64)
    there = np.unique(number[~where.known & (where.rate > 0)])
    mine: Array = number == generator(cause, state.seed).choice(there)
    return mine


def scattered(cause: Cause, state: DetectorState, share: float) -> Array:
    """Single channels here and there; what a smaller share holds, a larger does, too.

    Args:
        cause: strikes there.
        state: of the detector.
        share: of the working channels, 0 to 1; one channel at least.
    """
    where = built(cause, state)
    working = np.flatnonzero(~where.known & (where.rate > 0))
    order = generator(cause, state.seed).permutation(working)
    return order[: max(1, round(share * working.size))]


def seed(cause: Cause, state: DetectorState, least: float) -> str:
    """One seed of the trigger.

    Args:
        cause: strikes there.
        state: of the detector.
        least: share of all accepts that it has, 0 to 1.

    Raises:
        CauseError: the cause is sent elsewhere.
    """
    only_on(cause, "L1T")
    rates = state.trigger.nominal
    there = np.flatnonzero(rates > least * rates.sum())
    return SEEDS[int(generator(cause, state.seed).choice(there))].name


def block(cause: Cause, state: DetectorState, size: int) -> Array:
    """A block of adjacent boards most of whose channels work, as on one ring.

    Args:
        cause: strikes there.
        state: of the detector.
        size: how many boards; blocks begin at multiples of it. At most a quarter of
            all boards.
    """
    where = built(cause, state)
    number = int(where.board.max(initial=-1)) + 1
    size = max(1, min(size, number // 4))
    share = _working_share(where, where.board // size, -(-number // size))
    chosen = int(generator(cause, state.seed).choice(np.flatnonzero(share > 0.5)))
    return np.arange(chosen * size, min((chosen + 1) * size, number))


def exchanged(cause: Cause, state: DetectorState) -> tuple[Array, Array]:
    """Channels of two boards alike in number and unlike in rate, in the same order.

    Of as many pairs of boards as the cause's size says; both in one partition, where
    there are any, and without known bad channels.

    Raises:
        CauseError: no two boards have as many working channels.
    """
    where = built(cause, state)
    working = ~where.known & (where.rate > 0)
    number = int(where.board.max(initial=-1)) + 1
    sizes = np.bincount(where.board, minlength=number)
    whole = (np.bincount(where.board, working, minlength=number) == sizes) & (sizes > 0)
    rates = np.bincount(where.board, where.rate, minlength=number) / sizes.clip(1)
    # the partition of each board, by its first channel
    near = np.zeros(number, np.int64)
    if where.partitions:
        names = np.unique(where.partitions, return_inverse=True)[1]
        ones = np.unique(where.board, return_index=True)
        near[ones[0]] = np.append(names, -1)[where.sector[ones[1]]]
    rng = generator(cause, state.seed)
    first: list[Array] = []
    second: list[Array] = []
    for one in rng.permutation(np.flatnonzero(whole)):
        if not whole[one] or len(first) >= max(1, round(cause.size)):
            continue
        mates = whole & (sizes == sizes[one]) & (near == near[one])
        mates[one] = False
        ratio = np.maximum(rates, rates[one]) / np.maximum(
            np.minimum(rates, rates[one]), 1e-12
        )
        unlike = np.flatnonzero(mates & (ratio > UNLIKE))
        if unlike.size:
            other = int(rng.choice(unlike))
            first.append(np.flatnonzero(where.board == one))
            second.append(np.flatnonzero(where.board == other))
            whole[[one, other]] = False
    if not first:
        message = f"{cause.name}: no two boards of {cause.target} could be told apart"
        raise CauseError(message)
    return np.concatenate(first), np.concatenate(second)


def hot_tower(cause: Cause, state: DetectorState) -> dict[str, int]:
    """One tower of ECAL's barrel: its channel in L1T and in Ecal, where these are.

    Raises:
        CauseError: the cause is sent elsewhere, or neither is there.
    """
    only_on(cause, "L1T", "Ecal")
    built(cause, state)
    towers: dict[str, dict[tuple[int, int], int]] = {}
    for name in ("L1T", "Ecal"):
        channels = state.channels.get(name)
        if channels is None:
            continue
        where = channels.built
        at = where.coordinates
        if name == "L1T":
            ring, phi = at["ieta"], at["iphi"]
            mine = (at["kind"] == ECAL) & (abs(ring) <= BARREL_TOWERS)
        else:
            # crystals, five to a tower; the trigger counts from another place
            ring = np.sign(at["ieta"]) * ((abs(at["ieta"]) + 2.5) / 5)
            phi = ((at["iphi"] + 2.5) / 5 - 3) % 72 + 1
            mine = at["part"] == 0
        towers[name] = {
            (int(ring[each]), int(phi[each])): int(each)
            for each in np.flatnonzero(mine & ~where.known & (where.rate > 0))
        }
    there = sorted(set.intersection(*(set(each) for each in towers.values())))
    chosen = there[int(generator(cause, state.seed).integers(len(there)))]
    return {name: each[chosen] for name, each in towers.items()}


def muon_system(cause: Cause, state: DetectorState) -> Array:
    """The L1T channels of one of the three muon track finders, bool per channel.

    Raises:
        CauseError: the cause is sent elsewhere.
    """
    only_on(cause, "L1T")
    where = built(cause, state)
    system = generator(cause, state.seed).choice([BMTF, OMTF, EMTF])
    mine: Array = where.coordinates["kind"] == system
    return mine


def channel(cause: Cause, state: DetectorState) -> int:
    """One working channel that is not among the quiet ones."""
    where = built(cause, state)
    working = ~where.known & (where.rate > 0)
    busy = working & (where.rate >= np.median(where.rate[working]))
    return int(generator(cause, state.seed).choice(np.flatnonzero(busy)))


def _adjacent(cause: Cause, state: DetectorState, there: Array, number: int) -> Array:
    number = max(1, min(number, there.size))
    first = int(generator(cause, state.seed).integers(there.size - number + 1))
    return there[first : first + number]


def _working_share(where: Geometry, group: Array, number: int) -> Array:
    """Share of working channels per group; 0 where a group has no channels.

    Args:
        where: the channels.
        group: number of the group of each channel; -1 for none.
        number: of groups.
    """
    kept = group >= 0
    total = np.bincount(group[kept], minlength=number)
    fine = np.bincount(
        group[kept], (~where.known & (where.rate > 0))[kept], minlength=number
    )
    return np.divide(fine, total, out=np.zeros(number), where=total > 0)
