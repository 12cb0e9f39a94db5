"""A small experiment without a simulator, with a recorded good run."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from dqmconsole.model.histogram import Axis, Histogram, Scalar
from dqmconsole.model.run import Conditions
from dqmconsole.recording.recorder import Item, Recorder, Update
from dqmconsole.rootio.write import write_root

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from dqmconsole.model.graph import Graph
    from dqmconsole.model.histogram import Array, QualityResult

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
  magnet: Magnet/field
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
      - {{path: {LINE}}}
      - {{path: {MAP}}}
      - {{path: {FAINT}}}
"""
REFERENCES = """\
- {file: references/good.root, chosen_by: A. Shifter, chosen_on: 2026-05-01, why: quiet}
"""
_MEANS: dict[str, Array] = {
    LINE: 20 + 400 * np.exp(-0.5 * ((np.arange(30) - 12) / 4) ** 2),
    MAP: np.full((12, 10), 60.0),
    FAINT: np.full(30, 0.05),
}


class Daq:
    """The program of the experiment that fills its plots."""

    def __init__(self) -> None:
        self._rng = np.random.default_rng(3)
        self._sums = {path: np.zeros(mean.shape) for path, mean in _MEANS.items()}
        self.at = 0

    def update(self, now: float) -> dict[str, Histogram | Scalar]:
        """What its files hold after the next update: 1,000 events more.

        Args:
            now: unix time, s.
        """
        self.at += 1
        for path, mean in _MEANS.items():
            self._sums[path] += self._rng.poisson(mean)
        return {
            **{path: filled(path, total) for path, total in self._sums.items()},
            "Calo/Info/type": Scalar("type", "beam"),
            "Calo/Info/events": Scalar("events", 1000 * self.at),
            "Calo/Info/time": Scalar("time", now),
            "Calo/Info/started": Scalar("started", now - 20 * self.at),
            "Calo/Info/spill": Scalar("spill", 40 + self.at),
        }


def in_folders(
    made: Mapping[str, Histogram | Scalar],
) -> dict[str, list[Histogram | Graph | Scalar | QualityResult]]:
    """Elements as a file is written: by folder."""
    folders: dict[str, list[Histogram | Graph | Scalar | QualityResult]] = {}
    for path, element in made.items():
        folders.setdefault(path.rpartition("/")[0], []).append(element)
    return folders


def make_site(folder: Path) -> Path:
    """The site; returns its folder."""
    (folder / "layouts").mkdir(parents=True)
    (folder / "instructions").mkdir()
    (folder / "layouts/site.yaml").write_text(SITE)
    (folder / "layouts/calo.yaml").write_text(LAYOUT)
    (folder / "layouts/references.yaml").write_text(REFERENCES)
    (folder / "layouts/references").mkdir()
    program = Daq()
    for _ in range(9):
        made = program.update(0.0)
    write_root(folder / "layouts/references/good.root", in_folders(made))
    return folder


def make_ground(folder: Path, *, plots_alone: bool = False) -> Path:
    """The site, with its run below ``runs``; returns its folder.

    Args:
        folder: of the site.
        plots_alone: as a console records: no scalars, which are kept as conditions.
    """
    make_site(folder)
    record_run(folder / "runs", plots_alone=plots_alone)
    return folder


def record_run(
    folder: Path, run: int = RUN, *, before: int = 0, plots_alone: bool = False
) -> None:
    """Record a good run.

    Args:
        folder: in which runs are recorded.
        run: its number.
        before: updates that the program had made before: another run.
        plots_alone: as of :func:`make_ground`.
    """
    daq = Daq()
    for _ in range(before):
        daq.update(0.0)
    recorder = Recorder(folder, "/daq")
    recorder.note_conditions(run, Conditions(run_type="beam", magnet=1.5))
    for at in range(1, UPDATES + 2):
        now = 1000.0 + 20 * at
        items = [
            Item(path, each)
            for path, each in daq.update(now).items()
            if path in _MEANS or not plots_alone
        ]
        recorder.note(run, Update("Calo", 40 + at, now, 1000.0 * at), items)
        recorder.drain()
    recorder.close()
    assert recorder.trouble == ""


def filled(path: str, counts: Array) -> Histogram:
    """A histogram with so many counts in its bins, called as its path ends."""
    cells = np.zeros(tuple(each + 2 for each in counts.shape), np.float32, order="F")
    cells[(slice(1, -1),) * counts.ndim] = counts
    name = path.rpartition("/")[2]
    axes = tuple(Axis(each, 0.0, float(each)) for each in counts.shape)
    kind = f"TH{counts.ndim}F"
    return Histogram(name, name, kind, axes, cells, entries=float(counts.sum()))
