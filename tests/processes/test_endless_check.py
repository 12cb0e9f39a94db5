"""Checks of installed packages that never end, or end late, in a real engine."""

from __future__ import annotations

import functools
import os
import signal
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest
from live_folder import pump
from support.checks_package import installed

from dqmconsole.model.layout import plot_key
from dqmconsole.model.verdict import Status, Verdict
from dqmconsole.shift.client import EngineClient

if TYPE_CHECKING:
    from pathlib import Path

OCCUPANCY, CHARGE = (
    plot_key("Hcal", "Occupancy", f"Hcal/Digi/{name}")
    for name in ("occupancy", "charge")
)
PAUSING = """\
layout: Hcal
pages:
  - page: Occupancy
    plots:
      - path: Hcal/Digi/occupancy
        checks: [{pausing: {}}]
"""
HANGS = "import time\nwhile True: time.sleep(60)\n"
LAYOUT = """\
layout: Hcal
pages:
  - page: Occupancy
    plots:
      - path: Hcal/Digi/occupancy
        checks: [{endless: {}}]
      - path: Hcal/Digi/charge
        checks: [{not_empty: {}}, {alternate_strips: {bad_above: 0.9, entries: 1}}]
"""


def test_a_check_that_hangs_is_quarantined_and_the_rest_is_judged(
    folder: Path, site: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = installed(tmp_path / "package")
    before = os.environ.get("PYTHONPATH", "")
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join(filter(None, (str(home), before))))
    (site / "layouts" / "Hcal.yaml").write_text(LAYOUT)
    client = EngineClient(memory=str(tmp_path / "state"))
    client.open(str(folder), site=str(site))

    def verdict(key: str) -> Verdict:
        waiting = Verdict(Status.WAITING, "nothing came")
        return client.mailbox.verdicts.get(key, waiting)

    try:
        pump(
            client,
            lambda: verdict(OCCUPANCY).status is Status.FAILED,
            "the check that hangs is in quarantine",
        )
        said = verdict(OCCUPANCY).sentence
        assert said.startswith("quarantined: it did not end (engine restarted ")
        pump(
            client,
            lambda: verdict(CHARGE).status in (Status.GOOD, Status.WARNING),
            "the rest is judged",
        )
        names = [each.check for each in verdict(CHARGE).checks]
        assert "alternate_strips" in names
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
    finally:
        client.close()
    assert not list((tmp_path / "state").glob("running-*"))


@pytest.mark.parametrize(
    ("instead", "said"),
    [
        ("os._exit(0)", "quarantined: it crashed the engine (engine restarted "),
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
    module = home / "lab_checks" / "endless.py"
    text = module.read_text().replace("time.sleep(60)", instead)
    module.unlink()
    module.write_text(text.replace("import time", "import os"))
    before = os.environ.get("PYTHONPATH", "")
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join(filter(None, (str(home), before))))
    (site / "layouts" / "Hcal.yaml").write_text(LAYOUT)
    client = EngineClient(memory=str(tmp_path / "state"))
    client.open(str(folder), site=str(site))
    verdicts = client.mailbox.verdicts
    try:
        pump(
            client,
            lambda: (
                OCCUPANCY in verdicts and verdicts[OCCUPANCY].status is Status.FAILED
            ),
            "it fails",
        )
        assert verdicts[OCCUPANCY].sentence.startswith(said)
        pump(
            client,
            lambda: (
                CHARGE in verdicts
                and verdicts[CHARGE].status in (Status.GOOD, Status.WARNING)
            ),
            "the rest is judged",
        )
        assert client.engine.state == "live"
    finally:
        client.close()


def test_a_check_is_not_to_blame_where_its_process_was_stopped(
    folder: Path, site: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = installed(tmp_path / "package")
    before = os.environ.get("PYTHONPATH", "")
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join(filter(None, (str(home), before))))
    (site / "layouts" / "Hcal.yaml").write_text(PAUSING)
    client = EngineClient(memory=str(tmp_path / "state"))
    client.open(str(folder), site=str(site))

    def running() -> int:
        """The process in which the check runs now."""
        for mark in (tmp_path / "state").glob("running-*"):
            if b"pausing" in mark.read_bytes().partition(b"\n")[0]:
                return int(mark.name.rpartition("-")[2])
        return 0

    try:
        pump(client, running, "the check runs")
        os.kill(running(), signal.SIGSTOP)
        pump(
            client,
            lambda: "it was stopped from outside" in client.engine.sentence,
            "the engine is given up",
        )
        pump(
            client,
            lambda: (
                OCCUPANCY in client.mailbox.verdicts
                and client.mailbox.verdicts[OCCUPANCY].status is Status.GOOD
            ),
            "another engine asks the same check",
        )
        assert not client.mailbox.problems.get("source", ())
    finally:
        client.close()


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
    before = os.environ.get("PYTHONPATH", "")
    home = str(info.parent)
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join(filter(None, (home, before))))
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    (site / "layouts" / "Hcal.yaml").write_text(LAYOUT)
    for _ in range(2):  # at once the second time
        client = EngineClient(memory=str(tmp_path / "state"))
        client.open(str(folder), site=str(site))
        try:
            verdicts = client.mailbox.verdicts
            pump(client, functools.partial(verdicts.get, CHARGE), "the rest is judged")
            words = "the check endless of slow-checks 2.0 is left out: importing it"
            assert client.site is not None
            assert any(words in each.message for each in client.site.problems)
            assert client.engine.state == "live"
        finally:
            client.close()

    for words in ("--checks", f"--site {site}"):
        done = subprocess.run(
            [sys.executable, "-m", "dqmconsole", "validate", *words.split()],
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        assert "slow-checks 2.0 is left out: importing it" in done.stdout + done.stderr
