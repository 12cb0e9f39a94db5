"""The bundled reference runs: simulated, without any cause, from a recorded seed.

``python -m dqmconsole.simulation.reference layouts/references`` writes the three of
them again, with the same contents. Each is one file with the elements of all subsystems
that accumulate over the run (a trend is no reference for another run), their
EventInfo, and the trends by which a reference is scaled; the seed is in
``Info/ProvInfo/seed``. Simulated, as it says itself.
"""

from __future__ import annotations

import argparse
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from dqmconsole.model.histogram import Histogram, QualityResult
from dqmconsole.model.layout import RUN_TYPES
from dqmconsole.rootio.write import write_dqm
from dqmconsole.simulation.simulation import Simulation
from dqmconsole.simulation.state.beam import LUMISECTION_SECONDS
from dqmconsole.simulation.subsystems.info import EXPOSURE

if TYPE_CHECKING:
    from dqmconsole.model.layout import RunType
    from dqmconsole.simulation.client import StoredItem, SubsystemClient

SEED = 20261125
"""The seed of the bundled references."""

RUNS: dict[RunType, int] = {
    "collisions": 398102,
    "cosmics": 397951,
    "heavy-ions": 397634,
}
"""The run number each reference goes by."""

LUMISECTIONS = 15
STARTED = datetime(2026, 11, 24, 6, 0, tzinfo=UTC)


def write_reference(path: Path, run_type: RunType, seed: int = SEED) -> None:
    """Write the reference run of one run type; the same bytes each time.

    Args:
        path: the file, "<run type>.root" by custom; at most 2 MB.
        run_type: collisions, cosmics or heavy-ions.
        seed: everything random follows from it; kept in the file.

    Raises:
        OSError: the file cannot be written.
    """
    simulation = Simulation(run_type, seed, first_run=RUNS[run_type])
    started = STARTED.timestamp()
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
                    and not _is_kept(client, f"{folder}/{item.name}")
                )
            ]
            if kept:
                contents[folder] = kept
    path.parent.mkdir(parents=True, exist_ok=True)
    write_dqm(path, RUNS[run_type], contents, compression="zstd", made=STARTED)


def _is_kept(client: SubsystemClient, path: str) -> bool:
    if path in EXPOSURE:
        return True
    return path in client.book and client.book[path].element.accumulates == "run"


def main(arguments: list[str] | None = None) -> int:
    """Write the three references into a folder."""
    wanted = argparse.ArgumentParser(
        prog="python -m dqmconsole.simulation.reference",
        description="Write the simulated reference runs of the bundled site again.",
    )
    wanted.add_argument("folder", type=Path, help="usually layouts/references")
    wanted.add_argument("--seed", type=int, default=SEED)
    given = wanted.parse_args(arguments)
    for run_type in RUN_TYPES:
        path = given.folder / f"{run_type}.root"
        write_reference(path, run_type, given.seed)
        sys.stdout.write(f"{path}: run {RUNS[run_type]}, {path.stat().st_size} bytes\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
