"""How each cause of THE TABLE acts, by its name."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dqmconsole.simulation.table.on_channels import ON_CHANNELS
from dqmconsole.simulation.table.on_conditions import ON_CONDITIONS
from dqmconsole.simulation.table.on_runs import ON_RUNS

if TYPE_CHECKING:
    from dqmconsole.simulation.table.act import Act

ACTS: dict[str, Act] = ON_CHANNELS | ON_CONDITIONS | ON_RUNS
