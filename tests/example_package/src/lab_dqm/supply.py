"""A fault of the simulated detector: a supply that sags."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dqmconsole.simulation.table.cause import Cause
from dqmconsole.simulation.table.registered import Fault

if TYPE_CHECKING:
    from dqmconsole.simulation.state.detector import DetectorState


def sag(cause: Cause, state: DetectorState, strength: float) -> None:
    """Every board in two gives less the longer it lasts."""
    channels = state.channels[cause.target]
    struck = channels.built.board % 2 == 1
    channels.boost[struck] *= 1 - min(strength * cause.size / 100, 1.0)


SUPPLY_SAG = Fault(
    Cause(
        "supply-sag",
        "fault",
        "voltage",
        "The supply of every second board sags: these boards give fewer hits.",
        40,
        "% of its hits",
        rise=5,
        targets=("Hcal", "Ecal"),
        shows="missing",
        urgency="now",
    ),
    sag,
)
