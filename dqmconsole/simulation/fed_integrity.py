"""Data integrity by front-end driver: as every muon client books it, and flags.

Names as cmssw DQM/RPCMonitorClient (RPCFEDIntegrity) and DQM/CSCMonitorModule have
them; the map of status against lumisection is this simulation's own.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from dqmconsole.model.histogram import Axis
from dqmconsole.simulation.rows import distribution, flags
from dqmconsole.simulation.state.parts import FEDS, FedStatus
from dqmconsole.simulation.thresholds import ErrorRate, FlagsWithin

if TYPE_CHECKING:
    from dqmconsole.model.histogram import Array
    from dqmconsole.simulation.elements import Element
    from dqmconsole.simulation.lumisection import Lumisection


def driver_flags(
    now: Lumisection,
    name: str,
    groups: tuple[slice | Array, ...] = (slice(None),),
    *,
    least: float = 0.5,
    enough: float = 50.0,
    per_rate: bool = False,
) -> Array:
    """One flag per driver: its hits against those of its like.

    Args:
        now: the lumisection.
        name: of the drivers, a key of :data:`FEDS`.
        groups: drivers that are alike: their numbers, or bool per driver.
        least: a driver with no more than this share of their median is bad.
        enough: hits that the median driver of a group needs, to judge it.
        per_rate: compare hits per nominal rate, of the drivers that have any.

    Returns:
        1 good, 0 bad, -1 not judged or out of the run; float64, shape (drivers,).
    """
    ids, built = FEDS[name], now.built
    counts = np.bincount(built.fed - ids.start, now.hits, minlength=len(ids))
    values, judged = counts, np.ones(len(ids), bool)
    if per_rate:
        rate = np.where(built.known, 0.0, built.rate)
        nominal = np.bincount(built.fed - ids.start, rate, minlength=len(ids))
        judged = nominal > 0
        values = np.divide(counts, nominal, out=np.zeros(len(ids)), where=judged)
    flags = np.full(len(ids), -1.0)
    for group in groups:
        alike = np.zeros(len(ids), bool)
        alike[group] = True
        alike &= judged
        if float(np.median(counts[alike])) >= enough:
            flags[alike] = values[alike] > least * float(np.median(values[alike]))
    out = now.state.feds[ids.start : ids.stop] == int(FedStatus.OUT)
    return np.where(out, -1.0, flags)


def fed_rows(subsystem: str) -> tuple[Element, ...]:
    """Events with data and without by driver, and the map of their status.

    Args:
        subsystem: a key of :data:`FEDS`; the elements are in its FEDIntegrity.
    """
    folder, ids = f"{subsystem}/FEDIntegrity", FEDS[subsystem]
    axis = Axis(len(ids), ids.start - 0.5, ids.stop - 0.5, title="FED")
    entries = f"{folder}/FEDEntries"

    def are(now: Lumisection, status: FedStatus) -> Array:
        found: Array = now.state.feds[ids.start : ids.stop] == int(status)
        return found

    def status(now: Lumisection) -> Array | None:
        if not now.events:
            return None
        silent = np.where(are(now, FedStatus.LOST), 0.0, -1.0)
        return np.where(are(now, FedStatus.IN), 1.0, silent)

    return (
        distribution(
            entries, "Events with data by front-end driver", (axis,),
            lambda now: now.events * are(now, FedStatus.IN),
        ),
        distribution(
            f"{folder}/FEDFatal", "Events whose data are missing or unreadable",
            (axis,), lambda now: now.events * are(now, FedStatus.LOST),
            test=ErrorRate(entries, 0.005, 0.01, "missing data", part="Readout"),
        ),
        flags(
            f"{folder}/FEDStatusvsLS", "Data from each front-end driver", axis, status,
            test=FlagsWithin(noun="FEDs", bad=0, part="Readout"),
        ),
    )  # fmt: skip
