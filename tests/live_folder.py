"""Real engines on a small real folder."""

from __future__ import annotations

import os
import time
from typing import TYPE_CHECKING

import numpy as np
import pytest
from support.waiting import wait_until

from dqmconsole.model.histogram import Axis, Histogram, QualityResult, Scalar
from dqmconsole.rootio.write import write_dqm
from dqmconsole.shift.client import EngineClient

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

SITE = """\
experiment: two subsystems
run_types: {pp_run: collisions}
conditions:
  run_type: Info/ProvInfo/Run Type
  lumisection: "{subsystem}/EventInfo/iLumiSection"
  events: "{subsystem}/EventInfo/processedEvents"
  timestamp: "{subsystem}/EventInfo/processTimeStamp"
  started: "{subsystem}/EventInfo/runStartTimeStamp"
"""
LAYOUT = """\
layout: Hcal
pages:
  - page: Occupancy
    plots:
      - path: Hcal/Digi/occupancy
      - path: Hcal/Digi/charge
"""


def write_snapshot(folder: Path, run: int, lumisection: int, now: float) -> Path:
    """One snapshot of Hcal, as a running client writes it."""
    path = (
        folder / f"DQM_V0001_Hcal_R{run:09d}.root"
        f".ls{lumisection:08d}_hosthere_pid{7:08d}"
    )
    counts = np.arange(12, dtype=np.float32) * lumisection
    plots = [
        Histogram(
            name=name,
            title=name,
            root_class="TH1F",
            axes=(Axis(10, 0.0, 10.0),),
            contents=counts,
            entries=float(counts.sum()),
        )
        for name in ("occupancy", "charge")
    ]
    result = QualityResult("occupancy", "dead", 100, 1.0, "DeadChannel", "none dead")
    info = [
        Scalar("iRun", run),
        Scalar("iLumiSection", lumisection),
        Scalar("processedEvents", 100 * lumisection),
        Scalar("processTimeStamp", now),
        Scalar("runStartTimeStamp", now - 23.0 * lumisection),
    ]
    write_dqm(path, run, {"Hcal/Digi": [*plots, result], "Hcal/EventInfo": info})
    for older in folder.glob(f"DQM_V0001_Hcal_R{run:09d}.root.ls*"):
        if older != path:
            older.unlink()
    return path


@pytest.fixture
def site(tmp_path: Path) -> Path:
    layouts = tmp_path / "site" / "layouts"
    layouts.mkdir(parents=True)
    (tmp_path / "site" / "instructions").mkdir()
    (layouts / "site.yaml").write_text(SITE)
    (layouts / "Hcal.yaml").write_text(LAYOUT)
    return tmp_path / "site"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    data = tmp_path / "data"
    data.mkdir()
    write_snapshot(data, 398214, 1, time.time())
    # one that was not followed up, by which content is seen to move
    earlier = write_snapshot(tmp_path, 398214, 0, time.time() - 23.0)
    os.utime(earlier, (time.time() - 23.0,) * 2)
    earlier.rename(data / earlier.name)
    return data


@pytest.fixture
def client(folder: Path, site: Path) -> Iterator[EngineClient]:
    client = EngineClient()
    client.open(str(folder), site=str(site))
    yield client
    client.close()


def pump(client: EngineClient, until: Callable[[], object], what: str) -> None:
    """Look into the session until something holds."""

    def holds() -> object:
        client.take()
        return until()

    wait_until(holds, what, 0.02)
