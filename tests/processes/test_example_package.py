"""The example package, installed: its check, source, drawing and fault at work."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest
from live_folder import pump
from support.example_package import installed
from support.waiting import PATIENCE

import dqmconsole as dqm
from dqmconsole.model.layout import plot_key
from dqmconsole.model.verdict import Status
from dqmconsole.rootio.dqmfile import DqmFile
from dqmconsole.shift.client import EngineClient

if TYPE_CHECKING:
    from pathlib import Path

    from dqmconsole.model.graph import Element

pytestmark = pytest.mark.slow

SITE = """\
experiment: lab
conditions: {lumisection: Scaler/spill}
lumisection: spill
"""
LAYOUT = """\
layout: Lab
pages:
  - page: Scaler
    plots:
      - path: Scaler/counts
        draw: {drawing: ring}
        checks: [{alternate_strips: {entries: 1}}]
"""


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return installed(tmp_path_factory.mktemp("package"))


@pytest.fixture
def site(tmp_path: Path) -> Path:
    layouts = tmp_path / "site" / "layouts"
    layouts.mkdir(parents=True)
    (layouts / "site.yaml").write_text(SITE)
    (layouts / "Lab.yaml").write_text(LAYOUT)
    return tmp_path / "site"


def run(home: Path, *words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", *words],
        env=os.environ | {"PYTHONPATH": os.pathsep.join([str(home), *sys.path])},
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )


def write(path: Path, spill: int, counts: list[int]) -> None:
    told = {"run": 12, "spill": spill, "counts": counts}
    new = path.with_suffix(".new")
    new.write_text(json.dumps(told))
    new.replace(path)


def test_its_source_is_shown_live_and_judged_by_its_check(
    home: Path, site: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PYTHONPATH", str(home), prepend=os.pathsep)
    monkeypatch.setattr(sys, "path", [str(home), *sys.path])
    file = tmp_path / "scaler.json"
    key = plot_key("Lab", "Scaler", "Scaler/counts")

    def has(*statuses: Status) -> bool:
        verdict = client.mailbox.verdicts.get(key)
        return verdict is not None and verdict.status in statuses

    client = EngineClient(memory=str(tmp_path / "state"))
    client.open(f"scaler:{file}", site=str(site))
    try:
        pump(
            client,
            lambda: "FileNotFoundError" in str(client.mailbox.problems.get("source")),
            "why it cannot be read is said",
        )
        write(file, 1, [50, 50, 50, 50])
        pump(client, lambda: client.mailbox.run.run == 12, "the run is seen")
        write(file, 2, [90, 90, 90, 90])
        pump(client, lambda: has(Status.GOOD), "it is good")
        write(file, 3, [190, 90, 190, 90])
        pump(client, lambda: has(Status.BAD), "it is bad")
        verdict = client.mailbox.verdicts[key]
        assert "even and odd strips differ by 3" in verdict.sentence
        assert not client.mailbox.problems.get("source")
    finally:
        client.close()


def test_its_drawing_is_drawn_as_python_asks_for_it(
    home: Path, site: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.syspath_prepend(home)
    file = tmp_path / "scaler.json"
    write(file, 1, [50, 20, 50, 20, 10, 30])
    page = (f"scaler:{file}", "lab/scaler")
    picture = dqm.draw(*page, form="svg", site=site, size=(400, 300))
    hole = '<circle vector-effect="non-scaling-stroke" cx="0" cy="0" r="6"/>'
    assert hole in picture.decode()


def test_its_fault_acts_on_the_simulated_detector(home: Path, tmp_path: Path) -> None:
    found: list[Element] = []
    for words in ("", "--cause supply-sag*100"):
        folder = tmp_path / f"{len(found)}"
        folder.mkdir()
        line = f"dqmconsole.simulation --folder {folder} --only Hcal --whole 6 {words}"
        done = run(home, *line.split())
        assert (done.returncode, done.stderr) == (0, "")
        (path,) = folder.glob("*Hcal*")
        file = DqmFile(path)
        found.append(file.element("Hcal/DigiTask/Occupancy/depth/depth1"))
        file.close()
    whole, less = (float(each.values().sum()) for each in found)  # type: ignore[union-attr]
    assert 0.3 * whole < less < 0.8 * whole
