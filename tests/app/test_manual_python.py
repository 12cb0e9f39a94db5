"""What the manual shows in Python works: the blocks of a chapter, one by one."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from dqmconsole.model.histogram import Axis, Histogram, Scalar
from dqmconsole.rootio.write import write_root

MANUAL = Path(__file__).parents[2] / "dqmconsole" / "manual"
PYTHON = re.compile(r"^```python\n(.*?)^```", re.MULTILINE | re.DOTALL)
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
