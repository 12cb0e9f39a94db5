"""The engine as a process of its own, on real files, over a real socket."""

from __future__ import annotations

import os
import socket
import sqlite3
import subprocess
import sys
import time
from typing import TYPE_CHECKING

import numpy as np
import psutil
import pytest
from engine.fakes import line, quality
from support.waiting import PATIENCE

from dqmconsole.engine.__main__ import main
from dqmconsole.engine.memory import FILE
from dqmconsole.link.channel import Channel
from dqmconsole.model.frame import Frame, RollupFact, Tile, VerdictFact
from dqmconsole.model.histogram import Scalar
from dqmconsole.model.message import (
    Found,
    Hello,
    Open,
    Search,
    SiteMessage,
    Up,
    Watch,
    WatchItem,
)
from dqmconsole.model.verdict import Status, Verdict
from dqmconsole.rootio.write import write_dqm

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

RUN = 398213
PATH = "Hcal/Digi/Occupancy"
KEY = "Hcal › Digi › " + PATH
SITE = {
    "site.yaml": """
experiment: CMS
run_types: {pp_run: collisions}
conditions:
  run_type: Info/ProvInfo/runType
  lumisection: "{subsystem}/EventInfo/iLumiSection"
  events: "{subsystem}/EventInfo/processedEvents"
  timestamp: "{subsystem}/EventInfo/processTimeStamp"
  started: "{subsystem}/EventInfo/runStartTimeStamp"
""",
    "hcal.yaml": f"""
layout: Hcal
pages:
  - page: Digi
    plots:
      - path: "{PATH}"
        title: Occupancy
""",
    "references.yaml": """
- file: references/collisions.root
  chosen_by: A. Shifter
  chosen_on: "2026-05-01"
  why: a quiet fill
""",
}


class Console:
    """A console's end: an engine process and what it said."""

    def __init__(self, request: Open) -> None:
        ours, theirs = socket.socketpair()
        self.process = subprocess.Popen(
            [sys.executable, "-m", "dqmconsole.engine", str(theirs.fileno())],
            pass_fds=(theirs.fileno(),),
            stderr=subprocess.PIPE,
            start_new_session=True,
        )
        theirs.close()
        self.channel = Channel(ours, Up, name="test")
        self.channel.put(request)
        self.said: list[object] = []
        self.tiles: dict[str, Tile] = {}
        self.statuses: dict[str, Status] = {}
        self.verdicts: dict[str, Verdict] = {}
        self.rollups: dict[str, Status] = {}

    def until(self, what: Callable[[], object]) -> None:
        """Take messages in until something holds."""
        end = time.monotonic() + PATIENCE
        while not what():
            assert time.monotonic() < end, self.said[-3:]
            self.channel.wait(1.0)
            for message in self.channel.receive():
                self.said.append(message)
                if isinstance(message, Frame):
                    self.tiles.update((tile.key, tile) for tile in message.tiles)
                    for fact in message.facts:
                        if isinstance(fact, VerdictFact):
                            self.statuses[fact.key] = fact.verdict.status
                            self.verdicts[fact.key] = fact.verdict
                        elif isinstance(fact, RollupFact):
                            self.rollups[fact.name] = fact.rollup.status

    def close(self) -> str:
        """Close the link; what the process wrote on stderr."""
        self.channel.close()
        _, errors = self.process.communicate(timeout=PATIENCE)
        return errors.decode()


def write(
    folder: Path, lumisection: int | None, values: list[float], code: int
) -> None:
    name = f"DQM_V0001_Hcal_R{RUN:09d}.root"
    if lumisection is not None:
        name += f".ls{lumisection:08d}_hosthere_pid00000042"
    elements = [line("Occupancy", values), quality("Occupancy", code)]
    write_dqm(
        folder / name,
        RUN,
        {
            "Hcal/Digi": elements,
            "Hcal/EventInfo": [Scalar("processedEvents", 20 * (lumisection or 11))],
            "Info/ProvInfo": [Scalar("runType", "pp_run")],
        },
    )


@pytest.fixture
def site(tmp_path: Path) -> Path:
    layouts = tmp_path / "site" / "layouts"
    (layouts / "references").mkdir(parents=True)
    for name, text in SITE.items():
        (layouts / name).write_text(text)
    write_dqm(
        layouts / "references" / "collisions.root",
        380000,
        {
            "Hcal/Digi": [line("Occupancy", [1, 1, 2])],
            "Hcal/EventInfo": [Scalar("processedEvents", 100)],
        },
    )
    return tmp_path / "site"


@pytest.fixture
def console(tmp_path: Path, site: Path) -> Iterator[Console]:
    data = tmp_path / "data"
    data.mkdir()
    write(data, 9, [1, 2, 2], 90)  # by which content is seen to move
    for path in data.iterdir():
        os.utime(path, (time.time() - 30.0,) * 2)
    write(data, 10, [1, 2, 3], 100)
    console = Console(Open(str(data), site=str(site)))
    yield console
    console.close()


def test_a_folder_is_judged_drawn_and_followed(
    console: Console, tmp_path: Path
) -> None:
    console.channel.put(Watch((WatchItem(KEY, PATH, 100, 100),)))
    console.until(lambda: console.statuses.get(KEY) is Status.GOOD)
    assert isinstance(console.said[0], Hello)
    assert console.said[0].pid == console.process.pid
    assert isinstance(console.said[1], SiteMessage)
    console.until(lambda: KEY in console.tiles and console.tiles[KEY].picture)
    tile = console.tiles[KEY]
    assert tile.picture is not None
    assert tile.picture.data is not None
    np.testing.assert_array_equal(tile.picture.data.values(), [1, 2, 3])
    assert tile.picture.reference is not None
    np.testing.assert_array_equal(tile.picture.reference.values(), [1, 1, 2])
    assert (tile.note.run, tile.note.normalize, tile.note.scale) == (
        380000,
        "events",
        2.0,
    )
    assert tile.verdict.status is Status.GOOD
    write(tmp_path / "data", 11, [1, 9, 3], 300)
    console.until(lambda: console.statuses[KEY] is Status.BAD)
    console.until(lambda: console.rollups["Hcal"] is Status.BAD)
    console.channel.put(Search(1, "occupancy"))
    console.until(lambda: isinstance(console.said[-1], Found))
    assert [item.path for item in console.said[-1].items] == [PATH]  # type: ignore[attr-defined]
    write(tmp_path / "data", None, [1, 9, 3], 100)
    console.until(lambda: console.tiles[KEY].banner == f"RUN {RUN} FINAL")
    assert console.tiles[KEY].verdict.status is Status.GOOD


def test_it_ends_with_its_console_and_leaves_nothing(console: Console) -> None:
    console.until(lambda: console.statuses.get(KEY) is Status.GOOD)
    children = psutil.Process(console.process.pid).children(recursive=True)
    assert children  # the scanner
    errors = console.close()
    assert console.process.returncode == 0
    assert "Traceback" not in errors
    _, alive = psutil.wait_procs(children, timeout=PATIENCE)
    assert not alive


def test_it_ends_when_the_console_is_killed(tmp_path: Path, site: Path) -> None:
    script = tmp_path / "console.py"
    script.write_text(
        f"""
import socket, subprocess, sys, time
from dqmconsole.link.channel import Channel
from dqmconsole.model.message import Open, Up

ours, theirs = socket.socketpair()
child = subprocess.Popen(
    [sys.executable, "-m", "dqmconsole.engine", str(theirs.fileno())],
    pass_fds=(theirs.fileno(),), start_new_session=True,
    stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
)
theirs.close()
print(child.pid, flush=True)
channel = Channel(ours, Up)
channel.put(Open({str(tmp_path)!r}, site={str(site)!r}))
while not channel.wait(1.0):
    pass
print("ready", flush=True)
time.sleep(60)
"""
    )
    parent = subprocess.Popen([sys.executable, str(script)], stdout=subprocess.PIPE)
    assert parent.stdout is not None
    engine = psutil.Process(int(parent.stdout.readline()))
    assert parent.stdout.readline() == b"ready\n"
    scanners = engine.children(recursive=True)
    parent.kill()
    parent.wait()
    parent.stdout.close()
    _, alive = psutil.wait_procs([engine, *scanners], timeout=PATIENCE)
    assert not alive


def test_a_file_is_opened_and_a_broken_site_opens_what_is_healthy(
    tmp_path: Path, site: Path
) -> None:
    write(tmp_path, None, [1, 2, 3], 200)
    (site / "layouts" / "broken.yaml").write_text("layout: [")
    file = tmp_path / f"DQM_V0001_Hcal_R{RUN:09d}.root"
    console = Console(Open(str(file), site=str(site)))
    try:
        console.until(lambda: console.statuses.get(KEY) is Status.WARNING)
        message = console.said[1]
        assert isinstance(message, SiteMessage)
        assert message.site.problems
    finally:
        errors = console.close()
    assert "Traceback" not in errors
    assert console.process.returncode == 0


def test_what_checks_need_is_imported_before_the_first_is_asked(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    imported: list[bool] = []
    monkeypatch.setattr(
        "dqmconsole.engine.__main__.import_functions", lambda: imported.append(True)
    )
    ours, theirs = socket.socketpair()
    ours.close()
    assert main([str(theirs.detach())]) == 0
    assert imported


def test_what_is_no_socket_is_refused(caplog: pytest.LogCaptureFixture) -> None:
    assert main(["words"]) == 2
    assert main([]) == 2
    assert caplog.text.count("needs the file descriptor of a socket") == 2


def test_an_onset_survives_an_engine_that_is_killed(tmp_path: Path, site: Path) -> None:
    data, memory = tmp_path / "data", tmp_path / "state"
    data.mkdir()
    write(data, 7, [1, 2, 2], 100)
    for path in data.iterdir():
        os.utime(path, (time.time() - 30.0,) * 2)
    write(data, 8, [1, 2, 3], 300)
    request = Open(str(data), site=str(site), memory=str(memory))
    first = Console(request)
    first.until(lambda: first.statuses.get(KEY) is Status.BAD)
    onset = first.verdicts[KEY]
    assert onset.since == 8
    assert onset.began is not None
    first.until(lambda: "BAD" in kept(memory))
    first.process.kill()
    first.close()
    for path in data.iterdir():
        path.unlink()
    write(data, 480, [1, 2, 3], 300)
    second = Console(request)
    second.until(lambda: second.statuses.get(KEY) is Status.BAD)
    again = second.verdicts[KEY]
    second.close()
    assert (again.since, again.began) == (8, onset.began)


def kept(memory: Path) -> set[str]:
    """The statuses an engine has kept."""
    try:
        connection = sqlite3.connect(f"file:{memory / FILE}?mode=ro", uri=True)
    except sqlite3.Error:
        return set()
    try:
        return {
            status for (status,) in connection.execute("SELECT status FROM transition")
        }
    except sqlite3.Error:
        return set()
    finally:
        connection.close()
