"""Engines killed and stopped for real; consoles killed and stopped for real."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import time
from typing import TYPE_CHECKING

import psutil
import pytest
from live_folder import pump, write_snapshot
from support.recorded import PATH, RUN, record
from support.waiting import all_gone, stopped, wait_until

from dqmconsole.model.alarm import chain_test_id
from dqmconsole.model.layout import plot_key
from dqmconsole.model.message import Children, WatchItem
from dqmconsole.model.past import PastMoment
from dqmconsole.model.verdict import Status
from dqmconsole.shift.client import EngineClient
from dqmconsole.shift.feed import EngineProcess, Feed

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

KEY = plot_key("Hcal", "Occupancy", "Hcal/Digi/occupancy")
WATCHED = WatchItem(KEY, "Hcal/Digi/occupancy", 300, 200)


def picture_sum(client: EngineClient) -> float:
    tile = client.mailbox.tiles.get(KEY)
    if tile is None or tile.picture is None or tile.picture.data is None:
        return 0.0
    return float(tile.picture.data.contents.sum())


def wait_for_picture(client: EngineClient) -> None:
    client.watch([WATCHED])
    pump(client, lambda: picture_sum(client) > 0, "a first picture")


def engine_of(client: EngineClient) -> psutil.Process:
    """The engine among this process's children."""
    (found,) = [
        child
        for child in psutil.Process().children()
        if "dqmconsole.engine" in child.cmdline()
    ]
    assert client.engine.state == "live"
    return found


def test_an_alarm_that_is_a_test_comes_from_a_real_engine(client: EngineClient) -> None:
    request = client.ask_chain_test()
    pump(client, lambda: client.mailbox.tests, "the test alarm")
    assert set(client.mailbox.tests) == {chain_test_id(request)}
    assert client.mailbox.alarms == {}
    client.end_chain_test()
    assert client.mailbox.tests == {}


def test_a_file_on_disk_becomes_a_picture_with_its_verdict(
    client: EngineClient, folder: Path
) -> None:
    wait_for_picture(client)
    tile = client.mailbox.tiles[KEY]
    assert tile.run == 398214
    assert tile.verdict.status is Status.GOOD
    before = picture_sum(client)
    write_snapshot(folder, 398214, 2, time.time())
    pump(client, lambda: picture_sum(client) > before, "the next snapshot")
    assert client.mailbox.rollups["Hcal"].good == 1


def test_the_top_of_a_folder_lists_its_subsystems(client: EngineClient) -> None:
    wait_for_picture(client)
    asked = client.browse("")
    came: list[Children] = []

    def answered() -> object:
        came.extend(client.take().children)
        return came

    wait_until(answered, "what lies at the top", 0.02)
    assert [(each.request, each.folders) for each in came] == [(asked, ("Hcal",))]


def test_an_engine_killed_is_said_and_replaced(client: EngineClient) -> None:
    wait_for_picture(client)
    engine = engine_of(client)
    children = engine.children(recursive=True)
    os.kill(engine.pid, signal.SIGKILL)
    pump(
        client,
        lambda: client.engine.state == "restarting",
        "the death is said",
    )
    assert "SIGKILL" in client.engine.sentence
    pump(client, lambda: client.engine.state == "live", "a new engine")
    pump(client, lambda: picture_sum(client) > 0, "its picture")
    assert engine_of(client).pid != engine.pid
    assert all_gone(children)


def test_an_engine_that_replaces_another_shows_the_same_past(tmp_path: Path) -> None:
    record(tmp_path, 9)
    moment = PastMoment(RUN, 4)
    client = EngineClient()
    client.open(f"recorded:{tmp_path}/{RUN}")

    def shows(past: PastMoment | None, entries: float) -> bool:
        tile = client.mailbox.tiles.get(PATH)
        picture = None if tile is None or tile.past != past else tile.picture
        data = None if picture is None else picture.data
        return data is not None and data.entries == entries

    try:
        client.watch([WatchItem(PATH, PATH, 300, 200)], moment)
        pump(client, lambda: shows(moment, 12.0), "the picture of LS 4")
        client.mailbox.tiles.clear()
        os.kill(engine_of(client).pid, signal.SIGKILL)
        pump(client, lambda: shows(moment, 12.0), "the same of a new engine")
        client.watch([WatchItem(PATH, PATH, 300, 200)])
        assert client.mailbox.tiles[PATH].picture is None
        pump(client, lambda: shows(None, 27.0), "the end of the run")
    finally:
        client.close()


def test_an_engine_stopped_is_said_and_replaced(client: EngineClient) -> None:
    wait_for_picture(client)
    engine = engine_of(client)
    os.kill(engine.pid, signal.SIGSTOP)
    pump(
        client,
        lambda: client.engine.state == "silent",
        "the silence is said",
    )
    pump(
        client,
        lambda: client.engine.state == "live" and engine_of(client).pid != engine.pid,
        "a new engine",
    )
    pump(client, lambda: picture_sum(client) > 0, "its picture")
    assert not engine.is_running()


@pytest.mark.parametrize(
    ("number", "died"),
    [(signal.SIGSEGV, "crashed"), (signal.SIGKILL, "killed"), (signal.SIGTERM, None)],
)
def test_a_fault_of_an_engine_s_own_is_told_from_a_kill(
    number: signal.Signals, died: str | None
) -> None:
    engine = EngineProcess()
    try:
        os.kill(engine.pid, number)
        wait_until(lambda: not engine.alive, "it ends", 0.02)
        assert engine.died == died
    finally:
        engine.close()


class HeldClock:
    """A monotonic clock, s, that stands still once it is held."""

    def __init__(self) -> None:
        self.held: float | None = None

    def __call__(self) -> float:
        return time.monotonic() if self.held is None else self.held


def test_an_engine_stopped_for_a_while_is_kept(folder: Path, site: Path) -> None:
    clock = HeldClock()
    client = EngineClient(Feed(clock=clock))
    client.open(str(folder), site=str(site))
    try:
        wait_for_picture(client)
        engine = engine_of(client)
        os.kill(engine.pid, signal.SIGSTOP)
        pump(client, lambda: client.engine.state == "silent", "silence")
        clock.held = clock()  # it is early enough, however slow the machine
        os.kill(engine.pid, signal.SIGCONT)
        pump(client, lambda: client.engine.state == "live", "its voice")
        assert engine_of(client).pid == engine.pid
    finally:
        client.close()


def test_a_scan_that_hangs_is_said_and_replaced(client: EngineClient) -> None:
    wait_for_picture(client)
    (scan,) = engine_of(client).children()
    os.kill(scan.pid, signal.SIGSTOP)

    def said() -> bool:
        return any("answer" in one.sentence for one in client.mailbox.notices.values())

    pump(client, said, "the folder does not answer")
    pump(client, lambda: not client.mailbox.notices, "another scan answers")
    assert client.engine.state == "live"
    assert not scan.is_running() or scan.status() == psutil.STATUS_ZOMBIE


def end(family: list[psutil.Process]) -> None:
    """Kill what a failed test would leave behind."""
    for process in family:
        with contextlib.suppress(psutil.NoSuchProcess):
            process.kill()


CONSOLE = """
import sys, time
from dqmconsole.model.message import WatchItem
from dqmconsole.shift.client import EngineClient
folder, site, key, path = sys.argv[1:]
session = EngineClient()
session.open(folder, site=site)
session.watch([WatchItem(key, path, 300, 200)])
while True:
    session.take()
    sys.stdout.write(f"{session.engine.state} {len(session.mailbox.tiles)}\\n")
    sys.stdout.flush()
    time.sleep(0.1)
"""


def start_console(folder: Path, site: Path, log: Path) -> subprocess.Popen[str]:
    with log.open("w") as errors:
        return subprocess.Popen(
            [sys.executable, "-c", CONSOLE, folder, site, KEY, WATCHED.path],
            stdout=subprocess.PIPE,
            stderr=errors,
            text=True,
        )


def lines_of(console: subprocess.Popen[str]) -> Iterator[str]:
    assert console.stdout is not None
    for line in console.stdout:
        yield line.strip()


def test_a_console_killed_leaves_no_child(
    folder: Path, site: Path, tmp_path: Path
) -> None:
    console = start_console(folder, site, tmp_path / "log")
    next(line for line in lines_of(console) if line == "live 1")
    family = psutil.Process(console.pid).children(recursive=True)
    assert len(family) == 2, "the engine and its scan"
    console.kill()
    console.wait()
    assert all_gone(family)
    assert console.stdout is not None
    console.stdout.close()


@pytest.mark.parametrize("still", ["engine", "engine and scan"])
def test_a_console_killed_leaves_no_child_that_is_stopped(
    folder: Path, site: Path, tmp_path: Path, still: str
) -> None:
    console = start_console(folder, site, tmp_path / "log")
    next(line for line in lines_of(console) if line == "live 1")
    family = psutil.Process(console.pid).children(recursive=True)
    assert len(family) == 2, "the engine and its scan"
    try:
        for child in family[: 1 + ("scan" in still)]:
            stopped(child)
        console.kill()
        console.wait()
        assert all_gone(family)
    finally:
        end(family)
        assert console.stdout is not None
        console.stdout.close()


def test_a_console_stopped_is_said_by_its_engine_and_goes_on(
    folder: Path, site: Path, tmp_path: Path
) -> None:
    log = tmp_path / "log"
    console = start_console(folder, site, log)
    lines = lines_of(console)
    next(line for line in lines if line == "live 1")
    (engine, *_) = psutil.Process(console.pid).children()
    os.kill(console.pid, signal.SIGSTOP)
    wait_until(lambda: "does not answer" in log.read_text(), "it is said", 0.1)
    os.kill(console.pid, signal.SIGCONT)
    wait_until(lambda: next(lines) and "answers again" in log.read_text(), "it goes on")
    assert next(line for line in lines if line.startswith("live"))
    assert engine.is_running()
    console.kill()
    console.wait()
    assert all_gone([engine])
    assert console.stdout is not None
    console.stdout.close()
