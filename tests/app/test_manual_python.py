"""What the manual shows in Python works: the blocks of a chapter, one by one."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from importlib.metadata import EntryPoint
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from live_folder import pump
from PySide6.QtGui import QImage, QPainter
from support.batches import batch_of

from dqmconsole.checks.answers import results_of
from dqmconsole.checks.registered import load_check
from dqmconsole.desk.check import validate
from dqmconsole.model.histogram import Axis, Histogram, QualityResult, Scalar
from dqmconsole.model.layout import plot_key
from dqmconsole.model.verdict import Status
from dqmconsole.plugins import CHECKS
from dqmconsole.rootio.scalars import quality, scalar, tagged
from dqmconsole.rootio.write import write_root
from dqmconsole.shift.client import EngineClient

if TYPE_CHECKING:
    from PySide6.QtWidgets import QApplication

MANUAL = Path(__file__).parents[2] / "dqmconsole" / "manual"
PYTHON = re.compile(r"^```python\n(.*?)^```", re.MULTILINE | re.DOTALL)
YAML = re.compile(r"^```yaml\n(.*?)^```", re.MULTILINE | re.DOTALL)
LAYOUT = """\
layout: Hodo
pages:
  - page: Profile
    plots:
      - path: hodo/x
        checks: [{bins_above: {limit: 1, bad_above: 0}}]
      - path: hodo/far
        checks: [{not_empty: {}}]
"""
# what the examples leave behind, and what they would have shown
AFTERWARDS = """
assert SUPPLY_SAG.cause.size == 40
assert events == 12 and h.values().tolist() == list(range(8))
assert both.values().sum() == 56 and total.values().sum() == 84
assert narrow.values().tolist() == [2, 3, 4, 5, 6, 7], narrow.values()
assert verdicts.counts == {"BAD": 1, "GOOD": 1}
assert not errors
assert Path("page.pdf").read_bytes().startswith(b"%PDF")
assert Path("x.png").stat().st_size > 1000
update = Scaler("scaler.json").read()
assert (update.run, update.lumisection) == (12, 7)
assert update.elements["scaler/counts"].sum() == 8
"""


def blocks(chapter: str) -> list[str]:
    return PYTHON.findall((MANUAL / f"{chapter}.md").read_text())


@pytest.mark.slow
def test_the_chapter_on_python(tmp_path: Path) -> None:
    axis = Axis(8, 0.0, 8.0, title="x [mm]")
    plots = [
        Histogram(
            *(name, name, "TH1D", (axis,), np.array([0.0, *range(8), 0.0])),
            entries=28.0,
        )
        for name in ("x", "far")
    ]
    write_root(tmp_path / "run_17.root", {"hodo": [*plots, Scalar("events", 12)]})
    layouts = tmp_path / "site" / "layouts"
    layouts.mkdir(parents=True)
    (layouts / "site.yaml").write_text("experiment: lab\n")
    (layouts / "Hodo.yaml").write_text(LAYOUT)
    told = {"run": 12, "spill": 7, "counts": [1] * 8}
    (tmp_path / "scaler.json").write_text(json.dumps(told))
    code = "\n".join((*blocks("python"), AFTERWARDS))
    done = run(code, tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    assert "hodo/x TH1D\n" in done.stdout
    assert "did you mean hodo/x" in done.stdout
    assert "not good: hodo/x\n" in done.stdout


def run(code: str, folder: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", code],
        cwd=folder,
        env=os.environ | {"PYTHONPATH": os.pathsep.join(sys.path), "MPLBACKEND": "agg"},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def test_the_check_that_the_manual_shows_is_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.syspath_prepend(tmp_path)
    _, code = blocks("expert")
    (tmp_path / "manual_checks.py").write_text(code)
    check = load_check(EntryPoint("two_boards", "manual_checks:TwoBoards", CHECKS))
    for each in check.examples():
        (result,) = results_of(each.check, batch_of(each))
        assert result.status is each.status
        offending = None if result.offending is None else result.offending.tolist()
        assert offending == ([1, 3] if each.status is Status.BAD else None)


def test_the_drawing_that_the_manual_shows_is_one(qapp: QApplication) -> None:
    del qapp
    code, _ = blocks("expert")
    names: dict[str, Any] = {}
    exec(code, names)
    colours = np.full((6, 2), 0xFF336699, np.uint32)
    told = SimpleNamespace(colours=colours, line="#ff0000")
    picture = QImage(40, 40, QImage.Format.Format_ARGB32)
    picture.fill(0)
    painter = QPainter(picture)
    painter.translate(20, 20)
    painter.scale(8, 8)
    names["draw"](told).paint(painter)
    painter.end()
    assert picture.pixelColor(25, 23).name() == "#336699"
    assert picture.pixelColor(1, 1).alpha() == 0


CPP = re.compile(r'(?:TObjString\(|qr = )"(<.*?>)"')


def test_the_texts_that_the_producer_s_chapter_writes_are_read() -> None:
    text = (MANUAL / "producer.md").read_text()
    found = [tagged(each) for each in CPP.findall(text)]
    assert [each and (each.name, each.code, each.whole) for each in found] == [
        ("spill", "i", True),
        ("pressure", "f", True),
        ("Run Type", "s", True),
        ("ratio", "e", True),
        ("x.dead", "qr", True),
    ]
    assert found[0] is not None
    assert scalar(found[0]) == Scalar("spill", 417)
    assert found[-1] is not None
    assert quality(found[-1], {"x"}) == QualityResult(
        *("x", "dead", 300, 0.05, "DeadChannels", "3 of 64 are dead")
    )


@pytest.mark.slow
def test_the_producer_of_the_manual_is_shown_live(tmp_path: Path) -> None:
    folder, layouts = tmp_path / "monitor", tmp_path / "site" / "layouts"
    folder.mkdir()
    layouts.mkdir(parents=True)
    (code,) = blocks("producer")
    first, other = YAML.findall((MANUAL / "producer.md").read_text())
    for text in (other, first):
        settings = text.replace("/daq/monitor", str(folder))
        (layouts / "site.yaml").write_text(settings)
        errors = [each for each in validate(layouts.parent) if each.severity == "error"]
        assert errors == []
    (layouts / "Hodo.yaml").write_text(LAYOUT)
    command = [sys.executable, "-c", code, str(folder), "17", "1000"]
    env = os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)}
    client = EngineClient(memory=str(tmp_path / "state"))
    with subprocess.Popen(command, env=env) as producer:
        client.open(str(folder), site=str(layouts.parent))
        try:
            pump(client, lambda: client.mailbox.run.run == 17, "the run is seen")
            key = plot_key("Hodo", "Profile", "hodo/x")
            pump(
                client,
                lambda: (
                    getattr(client.mailbox.verdicts.get(key), "status", None) == "BAD"
                ),  # which is judged of what was seen to move alone
                "it is live",
            )
            assert not client.mailbox.problems.get("source")
        finally:
            producer.kill()
            client.close()
