"""The bundled reference runs: simulated, without any fault, from a recorded seed.

``python -m dqmconsole.simulation.reference layouts/references`` writes all of them
again, with the same contents. That of a run type is one file with the elements of all
subsystems that accumulate over the run (a trend is no reference for another run), their
EventInfo, and the trends by which a reference is scaled; the seed is in
``Info/ProvInfo/seed``. Those of later in a fill, or at a luminosity levelled low, are
small: they hold what has another shape then, distributions and the trigger's decisions;
maps are scaled. Simulated, as they say themselves.
"""

from __future__ import annotations

import argparse
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from dqmconsole.model.histogram import Histogram, QualityResult
from dqmconsole.rootio.write import write_dqm
from dqmconsole.simulation.simulation import Simulation
from dqmconsole.simulation.state.beam import LUMISECTION_SECONDS
from dqmconsole.simulation.subsystems.info import EXPOSURE
from dqmconsole.simulation.subsystems.l1t import GLOBAL, PRESCALES
from dqmconsole.simulation.table.causes import parse_cause

if TYPE_CHECKING:
    from dqmconsole.simulation.client import StoredItem, SubsystemClient
    from dqmconsole.simulation.state.beam import RunType

SEED = 20261125
"""The seed of the bundled references."""


class Run(NamedTuple):
    """A reference run.

    Attributes:
        run_type: collisions, cosmics or heavy-ions.
        number: the run number it goes by.
        age: lumisections of the fill before it.
        column: prescale column, or None: the usual one.
        causes: what happens in it, as on the command line.
    """

    run_type: RunType
    number: int
    age: int = 0
    column: int | None = None
    causes: tuple[str, ...] = ()


RUNS: dict[str, Run] = {
    "collisions": Run("collisions", 398102),
    "cosmics": Run("cosmics", 397951),
    "heavy-ions": Run("heavy-ions", 397634),
    "collisions-pileup-44": Run("collisions", 398104, 400, 0),
    "collisions-pileup-34": Run("collisions", 398107, 920, 2),
    "collisions-pileup-26": Run("collisions", 398111, 1570, 3),
    "collisions-pileup-14": Run("collisions", 398114, 1570, 3, ("lumi-drop*1.85",)),
    "collisions-pileup-9": Run("collisions", 398117, 1570, 3, ("lumi-drop*2.9",)),
}
"""Name of a file -> its run."""

LUMISECTIONS = 15
STARTED = datetime(2026, 11, 24, 6, 0, tzinfo=UTC)


def write_reference(path: Path, name: str, seed: int = SEED) -> None:
    """Write a reference run; the same bytes each time.

    Args:
        path: the file, "<name>.root" by custom; at most 2 MB.
        name: a key of :data:`RUNS`.
        seed: everything random follows from it; kept in the file.

    Raises:
        OSError: the file cannot be written.
    """
    run = RUNS[name]
    causes = [parse_cause(each) for each in run.causes]
    simulation = Simulation(run.run_type, seed, causes, run.number)
    simulation.state.beam.age = run.age
    if run.column is not None:
        simulation.state.trigger.usual_column = run.column
    started = STARTED.timestamp() + run.age * LUMISECTION_SECONDS
    for number in range(1, LUMISECTIONS + 1):
        simulation.step(started + number * LUMISECTION_SECONDS)
    contents: dict[str, list[StoredItem]] = {}
    for client in simulation.clients.values():
        for folder, items in client.contents(started).items():
            kept: list[StoredItem] = [
                item
                for item in items
                if not isinstance(item, QualityResult)
                and not (
                    isinstance(item, Histogram)
                    and not _is_kept(client, f"{folder}/{item.name}", run)
                )
            ]
            if kept:
                contents[folder] = kept
    path.parent.mkdir(parents=True, exist_ok=True)
    write_dqm(path, run.number, contents, compression="zstd", made=STARTED)


def _is_kept(client: SubsystemClient, path: str, run: Run) -> bool:
    if path in EXPOSURE or (path == PRESCALES and run.age):
        return True
    if path not in client.book:
        return False
    element = client.book[path].element
    follows = len(element.axes) == 1 or path.startswith(GLOBAL)
    return element.accumulates == "run" and (follows or not run.age)


def main(arguments: list[str] | None = None) -> int:
    """Write the references into a folder."""
    wanted = argparse.ArgumentParser(
        prog="python -m dqmconsole.simulation.reference",
        description="Write the simulated reference runs of the bundled site again.",
    )
    wanted.add_argument("folder", type=Path, help="usually layouts/references")
    wanted.add_argument("--seed", type=int, default=SEED)
    given = wanted.parse_args(arguments)
    for name, run in RUNS.items():
        path = given.folder / f"{name}.root"
        write_reference(path, name, given.seed)
        sys.stdout.write(f"{path}: run {run.number}, {path.stat().st_size} bytes\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
