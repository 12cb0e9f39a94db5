"""Evidence taken from a real engine, and opened where there is nothing else."""

from __future__ import annotations

import os
import signal
import time
from typing import TYPE_CHECKING

import msgspec
import pytest
from live_folder import pump
from processes.test_engine_process import KEY, engine_of, wait_for_picture
from support.waiting import wait_until

from dqmconsole.link.codec import encoder
from dqmconsole.model.layout import plot_key
from dqmconsole.model.message import EvidenceMade, MakeEvidence, Receipt, WatchItem
from dqmconsole.model.verdict import Status
from dqmconsole.shift.client import EngineClient
from dqmconsole.simulation.simulation import Simulation
from dqmconsole.simulation.table.causes import parse_cause
from dqmconsole.simulation.writer import FolderWriter

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from dqmconsole.model.frame import Tile

LAYOUTS = ("Hcal", "L1T", "DT", "FED")
HEART_BEATS = 3


@pytest.fixture
def detector(tmp_path: Path) -> Path:
    """Simulated files of some subsystems, with a fault in them."""
    simulation = Simulation(
        "collisions", 7, [parse_cause("hv-trip:Hcal")], only={*LAYOUTS, "Info"}
    )
    now = time.time()
    started = now - 4 * 23.0
    for number in range(1, 5):
        simulation.step(started + number * 23.0)
    writer = FolderWriter(tmp_path / "dqm")
    for producer in simulation.clients.values():
        writer.snapshot(simulation, producer, started, now)
    return tmp_path / "dqm"


@pytest.fixture
def consoles() -> Iterator[list[EngineClient]]:
    opened: list[EngineClient] = []
    yield opened
    for client in opened:
        client.close()


def plots_in(client: EngineClient) -> list[tuple[str, str]]:
    assert client.site is not None
    return [
        (plot_key(layout.layout, page.page, plot.path), plot.path)
        for layout in client.site.layouts
        if layout.layout in LAYOUTS
        for page in layout.pages
        for plot in page.plots
    ]


def watch(client: EngineClient, plots: Sequence[tuple[str, str]]) -> dict[str, Tile]:
    client.watch([WatchItem(key, path, 120, 80) for key, path in plots])
    keys = {key for key, _ in plots}
    pump(client, lambda: set(client.mailbox.tiles) == keys, "all tiles")
    still = 0

    def is_still() -> bool:
        """Whether heart-beats bring nothing more of what was judged meanwhile."""
        nonlocal still
        changes = client.take()
        still = 0 if changes.tiles else still + changes.run
        return still > HEART_BEATS

    wait_until(is_still, "a moment of quiet")
    return dict(client.mailbox.tiles)


def answer(client: EngineClient, wanted: MakeEvidence) -> EvidenceMade | Receipt:
    found: list[EvidenceMade | Receipt] = []
    number = client.make_evidence(wanted)

    def has_come() -> bool:
        changes = client.take()
        found.extend(
            each
            for each in (*changes.evidence, *changes.refusals)
            if each.request == number
        )
        return bool(found)

    wait_until(has_come, "an answer")
    return found[0]


def at_rest(tile: Tile) -> bytes:
    packed: bytes = encoder().encode(
        msgspec.structs.replace(tile, version=0, stale_after=None)
    )
    return packed


def test_a_bundle_opened_with_an_empty_home_equals_the_view(
    detector: Path,
    tmp_path: Path,
    consoles: list[EngineClient],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    first = EngineClient()
    consoles.append(first)
    first.open(str(detector), banner="DEMO", recorded=True)
    pump(first, lambda: first.site is not None, "the site")
    plots = plots_in(first)
    shown = watch(first, plots)
    statuses = {tile.verdict.status for tile in shown.values()}
    assert {Status.BAD, Status.GOOD, Status.NOT_CHECKED} <= statuses
    assert len(first.mailbox.references) > 50
    keys = tuple(key for key, _ in plots)
    target = tmp_path / "view.dqmevidence"
    wanted = MakeEvidence(0, str(target), "All of it", "", keys, b"\x89PNG", by="Me")
    made = answer(first, wanted)
    assert isinstance(made, EvidenceMade)
    assert made.size == target.stat().st_size
    header, references = first.mailbox.run, dict(first.mailbox.references)
    first.close()

    # another machine: no site, no data, no home
    for path in detector.iterdir():
        path.unlink()
    home = tmp_path / "home"
    home.mkdir()
    monkeypatch.setenv("HOME", str(home))
    second = EngineClient()
    consoles.append(second)
    second.open(str(target), site=str(tmp_path / "no site"))
    pump(second, lambda: second.site is not None, "the site of the bundle")
    assert second.banner == "EVIDENCE DEMO"
    assert second.moment == pytest.approx(time.time(), abs=60)
    assert plots_in(second) == plots
    again = watch(second, plots)
    for key in keys:
        assert at_rest(again[key]) == at_rest(shown[key]), key
    pack = encoder().encode
    assert {key: pack(value) for key, value in second.mailbox.references.items()} == {
        key: pack(value) for key, value in references.items()
    }
    assert pack(second.mailbox.run.conditions.run_type) == pack(
        header.conditions.run_type
    )
    assert second.mailbox.run.run == header.run
    assert set(second.mailbox.verdicts) == set(keys)
    assert not second.mailbox.problems.get("engine")
    assert not list(home.iterdir())


def test_an_engine_that_dies_over_a_request_is_a_refusal(
    client: EngineClient, tmp_path: Path
) -> None:
    wait_for_picture(client)
    os.kill(engine_of(client).pid, signal.SIGSTOP)
    target = tmp_path / "a.dqmevidence"
    number = client.make_evidence(MakeEvidence(0, str(target), "t", "", (KEY,), b""))
    os.kill(engine_of(client).pid, signal.SIGKILL)
    refused: list[Receipt] = []

    def look() -> bool:
        refused.extend(client.take().refusals)
        return bool(refused)

    wait_until(look, "the refusal")
    assert (refused[0].request, refused[0].done) == (number, False)
    assert "ended before it answered" in refused[0].sentence
    assert not target.exists()
