"""A whole simulated run written at once, snapshots and final files."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dqmconsole.simulation.simulation import FIRST_RUN, Simulation
from dqmconsole.simulation.state.beam import LUMISECTION_SECONDS
from dqmconsole.simulation.writer import FolderWriter

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from dqmconsole.model.layout import RunType
    from dqmconsole.simulation.table.cause import Cause


def write_run(
    folder: Path,
    run_type: RunType = "collisions",
    seed: int = 1,
    lumisections: int = 10,
    *,
    causes: Iterable[Cause] = (),
    snapshot_every: int = 5,
    keep: bool = True,
    final: bool = True,
    first_run: int = FIRST_RUN,
    started: float = 1_790_000_000.0,
    only: Iterable[str] | None = None,
) -> list[Path]:
    """Write a whole run (or several, if a cause ends one) at once.

    Args:
        folder: where the files go; made when missing.
        run_type: collisions, cosmics or heavy-ions.
        seed: everything random follows from it.
        lumisections: how many to simulate, over all runs.
        causes: what shall happen.
        snapshot_every: lumisections between snapshots; 0 writes none.
        keep: older snapshots stay.
        final: write the final files of the last run too.
        first_run: number of the first run.
        started: unix time of the first run's start, s; files get their times.
        only: names of the subsystems; all when None.

    Returns:
        The paths written that still exist, in order.
    """
    simulation = Simulation(run_type, seed, causes, first_run, only)
    writer = FolderWriter(folder, keep=keep)
    clock, begun = started, started
    written: list[Path] = []
    for number in range(1, lumisections + 1):
        clock += LUMISECTION_SECONDS
        simulation.step(clock)
        state = simulation.state
        over = state.run_ends or (final and number == lumisections)
        due = snapshot_every and state.lumisection % snapshot_every == 0
        for name, client in simulation.clients.items():
            moment = clock + 2.0 + 6.0 * state.clients[name].phase
            if due and state.clients[name].writes:
                written.append(writer.snapshot(simulation, client, begun, moment))
            if over:
                written.append(writer.final(simulation, client, begun, moment + 1))
        if over and number < lumisections:
            clock += state.gap
            begun = clock
            simulation.next_run()
    return [path for path in dict.fromkeys(written) if path.exists()]
