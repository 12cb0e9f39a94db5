"""Which other faults could have taken the very channels that a fault takes.

A high-voltage board that feeds what two readout boards read leaves one hole, whichever
of the two is at fault: no map of hits tells them apart.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from dqmconsole.simulation.registry import all_subsystems
from dqmconsole.simulation.state.detector import DetectorState
from dqmconsole.simulation.table import targets
from dqmconsole.simulation.table.cause import CauseError

if TYPE_CHECKING:
    from dqmconsole.model.histogram import Array
    from dqmconsole.simulation.state.beam import RunType
    from dqmconsole.simulation.state.channels import Geometry
    from dqmconsole.simulation.table.cause import Cause

PARTS = {
    "hv-trip": "sector",
    "fed-lost": "fed",
    "board-dead": "board",
    "ring-lost": "board",
}
"""Faults that take whole parts -> what they are called in a :class:`Geometry`."""


def with_the_same_parts(cause: Cause, run_type: RunType, seed: int) -> tuple[str, ...]:
    """Names of faults of other parts that explain what is lost with no more of them.

    Args:
        cause: the fault, aimed.
        run_type: type of the run.
        seed: of the run.

    Raises:
        CauseError: it cannot act there.
    """
    if cause.name not in PARTS:
        return ()
    found = (each for each in all_subsystems() if each.name == cause.target)
    subsystem = next(found, None)
    if subsystem is None or subsystem.geometry is None:
        message = (
            f"{cause.name}: there is no subsystem {cause.target!r}, or it has no "
            "channels"
        )
        raise CauseError(message)
    where = subsystem.geometry(run_type)
    struck = _struck(cause, DetectorState(run_type, {cause.target: where}, seed))
    working = ~where.known & (where.rate > 0)
    own = PARTS[cause.name]
    lost = np.isin(_numbers(where, own), struck) & working
    names = []
    for name, part in PARTS.items():
        numbers = _numbers(where, part)
        others = np.unique(numbers[lost])
        whole = np.isin(numbers, others) & working
        if (
            part != own
            and (others >= 0).all()
            and len(others) <= len(struck)
            and np.array_equal(whole, lost)
        ):
            names.append(name)
    return tuple(names)


def _struck(cause: Cause, state: DetectorState) -> Array:
    """Numbers of the parts that a fault takes."""
    if cause.name == "hv-trip":
        return targets.sectors(cause, state)
    if cause.name == "fed-lost":
        return targets.drivers(cause, state)
    if cause.name == "ring-lost":
        return targets.block(cause, state, round(cause.size))
    return targets.boards(cause, state)


def _numbers(where: Geometry, part: str) -> Array:
    """The number of the part that each channel is on; below 0 where it is on none."""
    if part == "sector" and not where.partitions:
        return np.full(where.size, -1)
    found: Array = getattr(where, part)
    return found
