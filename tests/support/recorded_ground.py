"""A small experiment without a simulator, with a recorded good run."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from dqmconsole.model.histogram import Axis, Histogram, Scalar
from dqmconsole.recording.recorder import Item, Recorder, Update

if TYPE_CHECKING:
    from pathlib import Path

    from dqmconsole.model.histogram import Array

RUN = 7
UPDATES = 24  # and the one before them, with which the record begins
LINE, MAP, FAINT = "Calo/hits", "Calo/towers", "Calo/faint"
SITE = """\
experiment: Small
recordings: runs
run_types: [beam, pedestal]
lumisection: spill
conditions:
  run_type: Calo/Info/type
  events: Calo/Info/events
  timestamp: Calo/Info/time
  started: Calo/Info/started
  lumisection: Calo/Info/spill
"""
LAYOUT = f"""\
layout: Calo
owner: calo
description: A calorimeter
pages:
  - page: Hits
    audience: shift
    run_types: [beam]
    plots:
      - {{path: {LINE}, checks: []}}
      - {{path: {MAP}, checks: []}}
      - {{path: {FAINT}, checks: []}}
"""
_MEANS: dict[str, Array] = {
    LINE: 20 + 400 * np.exp(-0.5 * ((np.arange(30) - 12) / 4) ** 2),
    MAP: np.full((12, 10), 60.0),
    FAINT: np.full(30, 0.05),
}


def make_ground(folder: Path) -> Path:
    """The site, with its run below ``runs``; returns its folder."""
    (folder / "layouts").mkdir(parents=True)
    (folder / "instructions").mkdir()
    (folder / "layouts/site.yaml").write_text(SITE)
    (folder / "layouts/calo.yaml").write_text(LAYOUT)
    rng = np.random.default_rng(3)
    recorder = Recorder(folder / "runs", "/daq")
    sums = {path: np.zeros(mean.shape) for path, mean in _MEANS.items()}
    for at in range(1, UPDATES + 2):
        for path, mean in _MEANS.items():
            sums[path] += rng.poisson(mean)
        items = [Item(path, _filled(path, total)) for path, total in sums.items()]
        items += [
            Item("Calo/Info/type", Scalar("type", "beam")),
            Item("Calo/Info/events", Scalar("events", 1000 * at)),
            Item("Calo/Info/time", Scalar("time", 1000.0 + 20 * at)),
            Item("Calo/Info/started", Scalar("started", 1000.0)),
            Item("Calo/Info/spill", Scalar("spill", 40 + at)),
        ]
        recorder.note(
            RUN, Update("Calo", 40 + at, 1000.0 + 20 * at, 1000.0 * at), items
        )
        recorder.drain()
    recorder.close()
    assert recorder.trouble == ""
    return folder


def _filled(path: str, counts: Array) -> Histogram:
    cells = np.zeros(tuple(each + 2 for each in counts.shape), np.float32, order="F")
    cells[(slice(1, -1),) * counts.ndim] = counts
    name = path.rpartition("/")[2]
    axes = tuple(Axis(each, 0.0, float(each)) for each in counts.shape)
    kind = f"TH{counts.ndim}F"
    return Histogram(name, name, kind, axes, cells, entries=float(counts.sum()))
