"""What the simulated clients leave on disk: snapshots while a run goes on, finals.

Names as cmssw DQMServices/FileIO, DQMFileSaverOnline writes them: a snapshot is
``DQM_V0001_Hcal_R000398214.root.ls00000015_host<name>_pid00012345``, written
beside itself as ``.tmp`` and renamed; the one before is deleted unless kept.
"""

from __future__ import annotations

import contextlib
import os
from typing import TYPE_CHECKING

from dqmconsole.rootio.write import write_dqm

if TYPE_CHECKING:
    from pathlib import Path

    from dqmconsole.simulation.client import StoredItem, SubsystemClient
    from dqmconsole.simulation.simulation import Simulation


def final_name(subsystem: str, run: int) -> str:
    """Name of a client's final file of a run."""
    return f"DQM_V0001_{subsystem}_R{run:09d}.root"


def snapshot_name(
    subsystem: str, run: int, lumisection: int, host: str, pid: int
) -> str:
    """Name of a client's snapshot while the run goes on.

    Args:
        subsystem: what it serves.
        run: number of the run.
        lumisection: the last one in it.
        host: the machine it runs on.
        pid: its process.
    """
    return f"{final_name(subsystem, run)}.ls{lumisection:08d}_host{host}_pid{pid:08d}"


class FolderWriter:
    """Writes one simulation's files into a folder.

    Attributes:
        folder: where they go; made when missing.
        keep: older snapshots stay (for a replay).
    """

    def __init__(self, folder: Path, *, keep: bool = False) -> None:
        self.folder = folder
        self.keep = keep
        self._standing: dict[str, list[Path]] = {}
        folder.mkdir(parents=True, exist_ok=True)

    def snapshot(
        self,
        simulation: Simulation,
        client: SubsystemClient,
        started: float,
        written: float | None = None,
        *,
        leave: bool = False,
    ) -> Path:
        """Write a client's snapshot of the lumisection at hand.

        Args:
            simulation: whose client it is.
            client: the client.
            started: unix time of the run's start, s.
            written: unix time to give the file; now when None.
            leave: the snapshot before stays until the next one.

        Raises:
            OSError: the file cannot be written; nothing half-written stays.
        """
        state = simulation.state
        name = client.subsystem.name
        process = state.clients[name]
        path = self.folder / snapshot_name(
            name, state.run, state.lumisection, process.host, process.pid
        )
        self._write(path, state.run, client.contents(started), written)
        self._forget(name, path, leave=leave)
        return path

    def final(
        self,
        simulation: Simulation,
        client: SubsystemClient,
        started: float,
        written: float | None = None,
    ) -> Path:
        """Write a client's final file of the run; see :meth:`snapshot`."""
        run = simulation.state.run
        name = client.subsystem.name
        path = self.folder / final_name(name, run)
        if "Info/ProvInfo/runIsComplete" in client.book.scalars:
            client.book.scalars["Info/ProvInfo/runIsComplete"] = 1
        self._write(path, run, client.contents(started), written)
        self._forget(name, None)
        return path

    def _write(
        self,
        path: Path,
        run: int,
        contents: dict[str, list[StoredItem]],
        written: float | None,
    ) -> None:
        half = path.with_name(path.name + ".tmp")
        try:
            write_dqm(half, run, contents)
            if written is not None:
                os.utime(half, (written, written))
            half.replace(path)
        except OSError:
            with contextlib.suppress(OSError):
                half.unlink(missing_ok=True)
            raise

    def _forget(self, name: str, latest: Path | None, *, leave: bool = False) -> None:
        before = self._standing.pop(name, [])
        standing = [] if latest is None else [latest]
        if leave:
            standing += before
        self._standing[name] = standing
        for path in before:
            if path not in standing and not self.keep:
                path.unlink(missing_ok=True)
