"""A small site with recorded runs as real files, for commands on references."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from dqmconsole.model.histogram import Axis, Histogram, Scalar
from dqmconsole.rootio.write import write_dqm

if TYPE_CHECKING:
    from pathlib import Path

SITE = """\
experiment: Test
recorded: [runs]
run_types: {pp_run: collisions, cosmic_run: cosmics, hi_run: heavy-ions}
conditions:
  run_type: Info/Type
  pileup: Info/PileUp
  magnet: Info/Field
  beam_energy: Info/Energy
  events: "{subsystem}/Events"
"""
LAYOUT = """\
layout: {name}
owner: hcal-dqm
description: A detector
pages:
  - page: One
    audience: expert
    plots: [{{path: {name}/Digi/a}}, {{path: {name}/Digi/b}}]
"""
REFERENCES = """\
# who is compared with whom
- run_type: collisions   # the usual one
  run: 100
  chosen_by: A. Shifter
  chosen_on: 2026-05-01
  why: "smooth: from the start"

- {run: 90, run_type: cosmics, chosen_by: B, chosen_on: 2026-04-01, why: quiet}
# the end
"""
SHAPE = (10.0, 20, 40, 80, 100, 80, 40, 20, 10, 5)


def make_recorded_site(folder: Path, references: str = REFERENCES) -> Path:
    """A site of two subsystems, Hcal and DT, with the recorded runs 90 to 103."""
    layouts = folder / "layouts"
    layouts.mkdir(parents=True)
    (layouts / "site.yaml").write_text(SITE)
    for name in ("Hcal", "DT"):
        (layouts / f"{name}.yaml").write_text(LAYOUT.format(name=name))
    (layouts / "references.yaml").write_text(references)
    runs = folder / "runs"
    runs.mkdir()
    write_run(runs, 90, run_type="cosmic_run")
    for run, pileup in ((100, 50.0), (101, 48.0), (102, 20.0)):
        write_run(runs, run, pileup=pileup)
    write_run(runs, 103, final=False, shape=SHAPE[::-1])
    return folder


def write_run(
    folder: Path,
    run: int,
    *,
    run_type: str = "pp_run",
    pileup: float = 50.0,
    energy: float = 6800.0,
    field: float = 3.8,
    events: int = 1000,
    subsystems: tuple[str, ...] = ("Hcal", "DT"),
    final: bool = True,
    shape: tuple[float, ...] = SHAPE,
) -> None:
    """Write the files of a run, one for each subsystem and one of its conditions."""
    ending = "" if final else ".ls00000012_hosta_pid00000001"
    conditions = [
        Scalar("Type", run_type),
        Scalar("PileUp", pileup),
        Scalar("Field", field),
        Scalar("Energy", energy),
    ]
    name = f"DQM_V0001_{{}}_R{run:09d}.root{ending}"
    write_dqm(folder / name.format("Info"), run, {"Info": conditions})
    for each in subsystems:
        folders = {
            f"{each}/Digi": [plot("a", shape, events), plot("b", SHAPE, events)],
            each: [Scalar("Events", events)],
        }
        write_dqm(folder / name.format(each), run, folders)


def plot(name: str, shape: tuple[float, ...], events: int) -> Histogram:
    """A histogram of a shape, filled with so many events."""
    inner = np.round(np.array(shape) * events / 100)
    return Histogram(
        name,
        name,
        "TH1F",
        (Axis(len(shape), 0.0, 1.0),),
        np.array([0.0, *inner, 0.0], np.float32),
        entries=float(inner.sum()),
    )
