"""Checks of installed packages that never end, or end late, in a real engine."""

from __future__ import annotations

import contextlib
import functools
import os
import signal
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest
from live_folder import LAYOUT, pump
from support.example_package import installed
from support.waiting import PATIENCE

from dqmconsole.model.layout import plot_key
from dqmconsole.model.verdict import Status, Verdict
from dqmconsole.shift.client import EngineClient

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

OCCUPANCY, CHARGE = (
    plot_key("Hcal", "Occupancy", f"Hcal/Digi/{name}")
    for name in ("occupancy", "charge")
)
HANGS = "import time\nwhile True: time.sleep(60)\n"
STRIPS = "{alternate_strips: {bad_above: 0.9, entries: 1}}"
ENDLESS = LAYOUT.replace(
    "occupancy\n", "occupancy\n        checks: [{endless: {}}]\n"
).replace("charge\n", f"charge\n        checks: [{{not_empty: {{}}}}, {STRIPS}]\n")
PAUSING = ENDLESS.replace("endless", "pausing")


@contextlib.contextmanager
def judging(
    folder: Path, site: Path, memory: Path, layout: str = ENDLESS
) -> Iterator[EngineClient]:
    """The client of an engine that judges the folder by a layout."""
    (site / "layouts" / "Hcal.yaml").write_text(layout)
    client = EngineClient(memory=str(memory))
    client.open(str(folder), site=str(site))
    try:
        yield client
    finally:
        client.close()


def pump_to(client: EngineClient, key: str, *statuses: Status) -> Verdict:
    """Look into the session until a plot has one of some statuses; its verdict."""

    def has_it() -> bool:
        verdict = client.mailbox.verdicts.get(key)
        return verdict is not None and verdict.status in statuses

    pump(client, has_it, f"{key} is {' or '.join(statuses)}")
    return client.mailbox.verdicts[key]


def test_a_check_that_hangs_is_quarantined_and_the_rest_is_judged(
    folder: Path, site: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = installed(tmp_path / "package")
    monkeypatch.setenv("PYTHONPATH", str(home), prepend=os.pathsep)
    with judging(folder, site, tmp_path / "state") as client:
        said = pump_to(client, OCCUPANCY, Status.FAILED).sentence
        assert said.startswith("quarantined: it did not end (engine restarted ")
        verdict = pump_to(client, CHARGE, Status.GOOD, Status.WARNING)
        assert "alternate_strips" in [each.check for each in verdict.checks]
        pump(
            client,
            lambda: any(
                "the check endless of Hcal/Digi/occupancy is quarantined"
                in each.message
                for each in client.mailbox.problems.get("source", ())
            ),
            "it stands among the problems",
        )
        assert client.engine.state == "live"
    assert not list((tmp_path / "state").glob("running-*"))


@pytest.mark.parametrize(
    ("instead", "said"),
    [
        ("os._exit(0)", "quarantined: it crashed the engine (engine restarted "),
        ("os.kill(os.getpid(), 9)", "quarantined: the engine was killed twice while "),
        ("raise KeyboardInterrupt", "endless failed: it raised KeyboardInterrupt"),
        ("raise OSError('\\udcff')", "endless failed: OSError: \\udcff"),
    ],
)
def test_a_check_that_would_end_the_engine_fails_alone(
    folder: Path,
    site: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    instead: str,
    said: str,
) -> None:
    home = installed(tmp_path / "package")
    module = home / "lab_dqm" / "endless.py"
    text = module.read_text().replace("time.sleep(60)", instead)
    module.unlink()
    module.write_text(text.replace("import time", "import os"))
    monkeypatch.setenv("PYTHONPATH", str(home), prepend=os.pathsep)
    with judging(folder, site, tmp_path / "state") as client:
        verdict = pump_to(client, OCCUPANCY, Status.FAILED)
        assert verdict.sentence.startswith(said)
        pump_to(client, CHARGE, Status.GOOD, Status.WARNING)
        assert client.engine.state == "live"


def test_a_check_is_not_to_blame_where_its_process_was_stopped(
    folder: Path, site: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = installed(tmp_path / "package")
    monkeypatch.setenv("PYTHONPATH", str(home), prepend=os.pathsep)

    def running() -> int:
        """The process in which the check runs now."""
        for mark in (tmp_path / "state").glob("running-*"):
            if b"pausing" in mark.read_bytes().partition(b"\n")[0]:
                return int(mark.name.rpartition("-")[2])
        return 0

    with judging(folder, site, tmp_path / "state", PAUSING) as client:
        pump(client, running, "the check runs")
        os.kill(running(), signal.SIGSTOP)
        pump(
            client,
            lambda: "it was stopped from outside" in client.engine.sentence,
            "the engine is given up",
        )
        pump_to(client, OCCUPANCY, Status.GOOD)  # of another engine
        assert not client.mailbox.problems.get("source", ())


def test_a_check_that_hangs_while_it_is_imported_is_left_out(
    folder: Path, site: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    info = tmp_path / "package" / "slow_checks-2.0.dist-info"
    info.mkdir(parents=True)
    (info / "METADATA").write_text(
        "Metadata-Version: 2.1\nName: slow-checks\nVersion: 2.0\n"
    )
    (info / "entry_points.txt").write_text(
        "[dqmconsole.checks]\nendless = slow_checks:Endless\n"
    )
    (info.parent / "slow_checks.py").write_text(HANGS)
    monkeypatch.setenv("PYTHONPATH", str(info.parent), prepend=os.pathsep)
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    for _ in range(2):  # at once the second time
        with judging(folder, site, tmp_path / "state") as client:
            verdicts = client.mailbox.verdicts
            pump(client, functools.partial(verdicts.get, CHARGE), "the rest is judged")
            words = "the check endless of slow-checks 2.0 is left out: importing it"
            assert client.site is not None
            assert any(words in each.message for each in client.site.problems)
            assert client.engine.state == "live"

    for words in ("--checks", f"--site {site}"):
        done = subprocess.run(
            [sys.executable, "-m", "dqmconsole", "validate", *words.split()],
            capture_output=True,
            text=True,
            timeout=PATIENCE,
            check=False,
        )
        assert "slow-checks 2.0 is left out: importing it" in done.stdout + done.stderr
