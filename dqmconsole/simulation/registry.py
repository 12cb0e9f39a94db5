"""The subsystems at hand: one module each in ``simulation/subsystems``."""

from __future__ import annotations

import functools
import importlib
import pkgutil
from typing import TYPE_CHECKING

from dqmconsole.simulation import subsystems

if TYPE_CHECKING:
    from dqmconsole.simulation.subsystem import Subsystem

ORDER = (
    "Info", "FED", "BeamMonitor", "BRIL", "L1T", "L1TEMU", "HLT", "PixelPhase1",
    "SiStrip", "Ecal", "Hcal", "Castor", "DT", "CSC", "RPC", "CTPPS",
)  # fmt: skip
"""The order in which subsystems are written and shown."""


@functools.cache
def all_subsystems() -> tuple[Subsystem, ...]:
    """Every module of ``simulation/subsystems`` has a value SUBSYSTEM; in ORDER."""
    found: list[Subsystem] = [
        importlib.import_module(module.name).SUBSYSTEM
        for module in pkgutil.iter_modules(
            subsystems.__path__, subsystems.__name__ + "."
        )
    ]
    known = {name: place for place, name in enumerate(ORDER)}
    found.sort(key=lambda each: (known.get(each.name, len(known)), each.name))
    return tuple(found)
