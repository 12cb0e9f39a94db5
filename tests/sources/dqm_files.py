"""Small DQM files for the tests of the sources, and a folder scanned at once."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from dqmconsole.model.histogram import Scalar
from dqmconsole.model.site import ConditionPaths
from dqmconsole.rootio.write import write_dqm
from dqmconsole.sources.folder import DqmFolder
from dqmconsole.sources.names import SnapshotName
from dqmconsole.sources.scanner import DirectScanner
from dqmconsole.sources.snapshots import Snapshot

if TYPE_CHECKING:
    from pathlib import Path

T0 = 1_700_000_000.0
PATHS = ConditionPaths(
    lumisection="{subsystem}/EventInfo/iLumiSection",
    events="{subsystem}/EventInfo/processedEvents",
    timestamp="{subsystem}/EventInfo/processTimeStamp",
    started="{subsystem}/EventInfo/runStartTimeStamp",
)


def file_name(
    subsystem: str, run: int, ls: int | None = None, pid: int = 12, host: str = "a"
) -> str:
    final = f"DQM_V0001_{subsystem}_R{run:09d}.root"
    return final if ls is None else f"{final}.ls{ls:08d}_host{host}_pid{pid:08d}"


def write(
    folder: Path,
    name: str,
    *,
    run: int,
    subsystems: tuple[str, ...] = ("Hcal",),
    ls: int | None = None,
    events: int | None = None,
    stamp: float | None = None,
    written: float = T0,
    value: int = 0,
) -> Path:
    """Write a DQM file as its producer does: under another name, then renamed."""
    folders = {}
    for subsystem in subsystems:
        info = [
            Scalar(path, number)
            for path, number in (
                ("iLumiSection", ls),
                ("processedEvents", events),
                ("processTimeStamp", stamp),
            )
            if number is not None
        ]
        folders[f"{subsystem}/EventInfo"] = info
        folders[f"{subsystem}/Task"] = [Scalar("value", value)]
    path = folder / name
    temporary = folder / f"{name}.tmp"
    write_dqm(temporary, run, folders)
    os.utime(temporary, (written, written))
    temporary.rename(path)
    return path


def snapshot(
    run: int,
    ls: int | None = None,
    *,
    subsystem: str = "Hcal",
    pid: int = 12,
    host: str = "a",
    written: float = T0,
    version: int = 1,
) -> Snapshot:
    """A snapshot without a file."""
    name = SnapshotName(
        run=run,
        subsystem=subsystem,
        lumisection=ls,
        host="" if ls is None else host,
        pid=0 if ls is None else pid,
        final=ls is None,
        version=version,
    )
    stamp = int(written * 1e9)
    return Snapshot(name, f"{version}{name}", written, (100, stamp, stamp))


def direct(folder: Path) -> DqmFolder:
    """A folder scanned by the test's own process."""
    return DqmFolder(folder, PATHS, scanner=DirectScanner.of(folder))


def settle(source: DqmFolder, now: float) -> None:
    """Poll until everything there was taken in."""
    source.poll(now)
    while not source.ready:
        source.poll(now)
