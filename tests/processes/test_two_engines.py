"""Two real engines on one source: one records, and the other once that is gone."""

from __future__ import annotations

import os
import signal
import sqlite3
import time
from typing import TYPE_CHECKING

import psutil
import pytest
from live_folder import LAYOUT, pump, write_snapshot
from support.waiting import wait_until

from dqmconsole.model.layout import plot_key
from dqmconsole.model.verdict import Status
from dqmconsole.recording.index import BEAT, FILE, LEASE, Index
from dqmconsole.recording.run_file import RunFile, run_path, source_folder
from dqmconsole.shift.client import EngineClient

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

RUN = 398214
PATH = "Hcal/Digi/charge"
KEY = plot_key("Hcal", "Occupancy", PATH)
WITHIN = 10.0  # s


class Pair:
    """Two consoles on one folder; the first records.

    Attributes:
        engines: their processes.
    """

    def __init__(self, folder: Path, site: Path, state: Path) -> None:
        self.folder = folder
        self.runs = source_folder(state / "runs", str(folder))
        self.at = 1
        self.clients: list[EngineClient] = []
        self.engines: list[int] = []
        self._state, self._site = str(state), str(site)

    def open(self) -> None:
        """Open one more console, with its engine."""
        client = EngineClient(memory=self._state, recordings=f"{self._state}/runs")
        self.clients.append(client)
        client.open(str(self.folder), site=self._site)
        pump(client, lambda: client.engine.state == "live", "an engine")
        (engine,) = {
            each.pid
            for each in psutil.Process().children()
            if "dqmconsole.engine" in each.cmdline()
        } - set(self.engines)
        self.engines.append(engine)
        wait_until(self.holder, "one records")

    def holder(self) -> int:
        """The process that has the lease; 0 while none has."""
        if not (self.runs / FILE).exists():
            return 0
        index = Index(self.runs / FILE, reading=True)
        try:
            found = index.holder(str(self.folder))
        except sqlite3.OperationalError:
            return 0  # it is being made
        finally:
            index.close()
        return int(found.split()[1]) if found else 0

    def update(self, *clients: EngineClient) -> None:
        """Another snapshot, until it is recorded."""
        self.at += 1
        write_snapshot(self.folder, RUN, self.at, time.time())

        def recorded() -> bool:
            for client in clients:
                client.take()
            return self.reached() == self.at

        wait_until(recorded, f"lumisection {self.at} is recorded", 0.02)

    def reached(self) -> int:
        """The last lumisection that is recorded."""
        if not run_path(self.runs, RUN).exists():
            return 0
        file = RunFile.read(run_path(self.runs, RUN))
        try:
            updates = file.moments("Hcal")
        finally:
            file.close()
        return updates[-1].last if updates else 0

    def transitions(self) -> list[tuple[str, int | None]]:
        """What is kept of the plot: each status, since which lumisection."""
        connection = sqlite3.connect(
            f"file:{self._state}/onsets.sqlite?mode=ro", uri=True
        )
        try:
            return connection.execute(
                "SELECT status, since FROM transition WHERE key = ? ORDER BY id", (KEY,)
            ).fetchall()
        finally:
            connection.close()

    def close(self) -> None:
        """Close what is open."""
        for client in self.clients:
            client.close()


@pytest.fixture
def pair(folder: Path, site: Path, tmp_path: Path) -> Iterator[Pair]:
    made = Pair(folder, site, tmp_path / "state")
    try:
        made.open()
        made.open()
        yield made
    finally:
        made.close()


def test_silence_is_waited_for_less_than_ten_seconds() -> None:
    assert LEASE + 2 * BEAT <= WITHIN


@pytest.mark.slow
@pytest.mark.parametrize("end", [signal.SIGKILL, signal.SIGSTOP])
def test_the_other_takes_over(
    pair: Pair, end: signal.Signals, record_property: Callable[[str, float], None]
) -> None:
    (first, second), other = pair.engines, pair.clients[1]
    pair.update(*pair.clients)
    pair.update(*pair.clients)
    assert pair.holder() == first
    began = time.monotonic()
    os.kill(first, end)  # its console does not look: it starts no other
    pump(other, lambda: pair.holder() == second, "the other records")
    record_property("taken over after, s", time.monotonic() - began)
    pair.update(other)
    if end == signal.SIGSTOP:
        os.kill(first, signal.SIGCONT)
        pair.update(*pair.clients)
        assert pair.holder() == second
    file = RunFile.read(run_path(pair.runs, RUN))
    try:
        lasts = [each.last for each in file.moments("Hcal")]
        assert lasts == sorted(set(lasts))  # each once
        held = file.cumulative(PATH).histogram.values().tolist()
        assert held == [float(pair.at * each) for each in range(1, 11)]
    finally:
        file.close()


@pytest.fixture
def limits(site: Path) -> None:
    """The plot is WARNING in lumisection 2, and BAD from 3 on."""
    check = "{sum_in_range: {share: false, warn_above: 100, bad_above: 150}}"
    plot = f"{PATH}, accumulates: latest, stale_after: 3600, checks: [{check}]"
    text = LAYOUT.replace(f"path: {PATH}", f"{{path: {plot}}}")
    (site / "layouts" / "Hcal.yaml").write_text(text)


@pytest.mark.slow
@pytest.mark.usefixtures("limits")
def test_changes_of_status_are_written_once_and_none_is_lost(pair: Pair) -> None:
    first, other = pair.clients

    def see(status: Status, client: EngineClient) -> None:
        def seen() -> bool:
            verdict = client.mailbox.verdicts.get(KEY)
            return verdict is not None and verdict.status is status

        pump(client, seen, status.value)

    pair.update(first, other)
    for client in pair.clients:
        see(Status.WARNING, client)
    wait_until(lambda: ("WARNING", 2) in pair.transitions(), "it is kept")
    os.kill(pair.engines[0], signal.SIGKILL)  # its console does not look
    pair.at = 3
    write_snapshot(pair.folder, RUN, pair.at, time.time())
    see(Status.BAD, other)  # before it has the lease, or just then
    pump(other, lambda: pair.holder() == pair.engines[1], "the other records")
    wait_until(lambda: ("BAD", 3) in pair.transitions(), "the other keeps it")
    other.close()
    found = pair.transitions()
    assert found[-2:] == [("WARNING", 2), ("BAD", 3)]
    assert len(found) == len(set(found))
