"""A run stopped and another started at once, with files late, twice and in disorder."""

from __future__ import annotations

import random
import time
from typing import TYPE_CHECKING

import numpy as np
import pytest
from live_folder import pump

from dqmconsole.model.histogram import Axis, Histogram, QualityResult, Scalar
from dqmconsole.model.layout import plot_key
from dqmconsole.model.message import WatchItem
from dqmconsole.model.run import RunState
from dqmconsole.model.verdict import Status
from dqmconsole.rootio.write import write_dqm

if TYPE_CHECKING:
    from pathlib import Path

    from dqmconsole.shift.client import EngineClient

KEY = plot_key("Hcal", "Occupancy", "Hcal/Digi/occupancy")
OLD, NEW = 398214, 398215  # the fixture's folder begins with the first
ALARMS = {Status.BAD, Status.WARNING, Status.FAILED}


def write(
    folder: Path,
    run: int,
    lumisection: int,
    *,
    final: bool = False,
    pid: int = 7,
    events: int | None = None,
) -> None:
    """One file of Hcal whose occupancy holds its run in every bin."""
    name = f"DQM_V0001_Hcal_R{run:09d}.root"
    if not final:
        name += f".ls{lumisection:08d}_hosthere_pid{pid:08d}"
    histogram = Histogram(
        name="occupancy",
        title="occupancy",
        root_class="TH1D",
        axes=(Axis(10, 0.0, 10.0),),
        contents=np.full(12, float(run)),
        entries=10.0 * lumisection,
    )
    good = QualityResult("occupancy", "dead", 100, 1.0, "DeadChannel", "none dead")
    info = [
        Scalar("iRun", run),
        Scalar("iLumiSection", lumisection),
        Scalar("processedEvents", 100 * lumisection if events is None else events),
        Scalar("processTimeStamp", time.time()),
    ]
    written = folder / f"{name}.tmp"
    write_dqm(written, run, {"Hcal/Digi": [histogram, good], "Hcal/EventInfo": info})
    written.rename(folder / name)


class Witness:
    """Looks into the session and remembers every picture and every alarm."""

    def __init__(self, client: EngineClient) -> None:
        self.client = client
        self.newest = 0
        self.newest_drawn = 0
        self.wrong: list[str] = []

    def look(self) -> None:
        client = self.client
        if client.mailbox.run.run < self.newest:
            self.wrong.append(f"run {client.mailbox.run.run} after {self.newest}")
        self.newest = max(self.newest, client.mailbox.run.run)
        tile = client.mailbox.tiles.get(KEY)
        if tile is not None and tile.picture is not None and tile.picture.data:
            (drawn,) = set(tile.picture.data.contents.tolist())
            if drawn != tile.run:
                self.wrong.append(f"contents of {drawn} as run {tile.run}")
            if tile.run < self.newest_drawn:
                self.wrong.append(f"a picture of {tile.run} after {self.newest_drawn}")
            self.newest_drawn = max(self.newest_drawn, tile.run)
        verdict = client.mailbox.verdicts.get(KEY)
        if verdict is not None and verdict.status in ALARMS:
            self.wrong.append(f"{verdict.status}: {verdict.sentence}")

    def until(self, found: object, what: str) -> None:
        assert callable(found)

        def looked() -> bool:
            self.look()
            return bool(found())

        pump(self.client, looked, what)

    def drawn(self) -> tuple[int, int]:
        """Run and lumisection of the picture; zeros while there is none."""
        tile = self.client.mailbox.tiles.get(KEY)
        if tile is None or tile.picture is None or tile.picture.data is None:
            return (0, 0)
        return (tile.run, round(tile.picture.data.entries / 10))


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_no_picture_of_the_wrong_run_and_no_false_alarm(
    client: EngineClient, folder: Path, seed: int
) -> None:
    for first in folder.iterdir():
        first.unlink()
    client.watch([WatchItem(KEY, "Hcal/Digi/occupancy", 300, 200)])
    witness = Witness(client)
    write(folder, OLD, 2)
    witness.until(lambda: witness.drawn() == (OLD, 2), "the old run")
    for lumisection in (3, 3, 1, 4):  # repeated, out of order
        write(folder, OLD, lumisection)
        witness.look()
    witness.until(lambda: witness.drawn() == (OLD, 4), "its highest lumisection")

    # The new run has begun; everything else arrives in any order, some of it twice.
    write(folder, NEW, 1)
    witness.until(lambda: witness.drawn() == (NEW, 1), "the new run")
    late = [
        lambda: write(folder, OLD, 5),
        lambda: write(folder, OLD, 5, pid=8, events=3),
        lambda: write(folder, OLD, 6, final=True),
        lambda: write(folder, OLD, 6, final=True),
        lambda: write(folder, OLD, 2),
        lambda: write(folder, NEW, 1),
        lambda: write(folder, OLD - 100, 9, final=True),
        lambda: write(folder, NEW, 2),
    ]
    random.Random(seed).shuffle(late)
    for happens in late:
        happens()
        for _ in range(3):
            client.take()
            witness.look()
            time.sleep(0.02)
    write(folder, NEW, 3)
    witness.until(lambda: witness.drawn() == (NEW, 3), "the new run goes on")
    assert client.mailbox.verdicts[KEY].status is Status.GOOD
    assert not witness.wrong


def test_runs_of_three_lumisections(client: EngineClient, folder: Path) -> None:
    client.watch([WatchItem(KEY, "Hcal/Digi/occupancy", 300, 200)])
    for first in folder.iterdir():
        first.unlink()
    witness = Witness(client)
    for run in range(OLD + 1, OLD + 4):
        for lumisection in (1, 2, 3):
            write(folder, run, lumisection)
            write(folder, run - 1, 9)  # a straggler of the run before
            witness.look()
        witness.until(lambda run=run: witness.drawn() == (run, 3), "the run is drawn")
        write(folder, run, 3, final=True)
    witness.until(
        lambda: client.mailbox.run.state is RunState.FINAL, "the last is final"
    )
    assert witness.drawn() == (OLD + 3, 3)
    assert not witness.wrong


def test_a_final_file_before_the_last_snapshot_stays(
    client: EngineClient, folder: Path
) -> None:
    client.watch([WatchItem(KEY, "Hcal/Digi/occupancy", 300, 200)])
    witness = Witness(client)
    write(folder, NEW, 5, final=True)
    witness.until(lambda: witness.drawn() == (NEW, 5), "the final file")
    write(folder, NEW, 4)
    write(folder, NEW, 6)
    write(folder, OLD, 7)
    for _ in range(25):
        client.take()
        witness.look()
        time.sleep(0.02)
    assert witness.drawn() == (NEW, 5)
    assert client.mailbox.run.state is RunState.FINAL
    assert not witness.wrong
