"""Files of one subsystem as a running client writes them, and a site on them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from dqmconsole.model.histogram import Axis, Histogram, QualityResult, Scalar
from dqmconsole.rootio.write import write_dqm

if TYPE_CHECKING:
    from pathlib import Path

RUN = 398214
SITE = """\
experiment: one subsystem
run_types: {pp_run: collisions}
conditions:
  run_type: Hcal/EventInfo/runType
  beam_mode: Hcal/EventInfo/beamMode
  lumisection: "{subsystem}/EventInfo/iLumiSection"
  events: "{subsystem}/EventInfo/processedEvents"
  timestamp: "{subsystem}/EventInfo/processTimeStamp"
  started: "{subsystem}/EventInfo/runStartTimeStamp"
beam_modes: [no beam, stable beams]
components: {hcal: [Hcal]}
classes: {collisions: Collisions26}
significant: {lumisections: 3, events: 100}
"""
LAYOUT = """\
layout: Hcal
owner: hcal-dqm
pages:
  - page: Occupancy
    plots:
      - {path: Hcal/Digi/occupancy, title: Occupancy, instruction: hcal/occupancy}
      - {path: Hcal/Digi/charge, title: Charge, instruction: hcal/charge}
"""
CONTACTS = """\
timezone: UTC
working_hours: Mon-Fri 08:00-18:00
roles:
  hcal-dqm: {title: Hcal DQM on call, phone: "70001", then: shift-leader, example: true}
  shift-leader: {title: Shift leader, phone: "70003", example: true}
"""
CHECKLISTS = """\
- id: start
  title: Start of the shift
  phase: start
  items: [{id: read, text: Read what changed}]
"""
INSTRUCTION = """\
---
id: hcal/{name}
title: Hcal {name}
version: {version}
author: hcal-dqm
written: 2026-11-0{version}
owner: hcal-dqm
applies_to: {{layout: Hcal, page: Occupancy, plots: [Hcal/Digi/{name}]}}
reviewed_on: 2026-11-01
review_due: 2027-11-01
---

## What it shows
The {name} of every tower since the start of the run.

## How to judge
- BAD when more than {limit} towers are empty.

## Good and bad examples
- good: even everywhere

## If it is bad
1. Look at the other plot of the page.
2. Call the Hcal DQM on call: which towers, since when.
   call hcal-dqm: call now in stable beams; call in working hours otherwise

## Whom to call
1. hcal-dqm: readout
2. shift-leader
"""


def write_site(folder: Path, version: int = 1) -> Path:
    """Write the site with its two instructions in a version."""
    (folder / "layouts").mkdir(parents=True, exist_ok=True)
    (folder / "instructions" / "hcal").mkdir(parents=True, exist_ok=True)
    (folder / "layouts" / "site.yaml").write_text(SITE)
    (folder / "layouts" / "Hcal.yaml").write_text(LAYOUT)
    (folder / "instructions" / "contacts.yaml").write_text(CONTACTS)
    (folder / "instructions" / "checklists.yaml").write_text(CHECKLISTS)
    for name in ("occupancy", "charge"):
        text = INSTRUCTION.format(name=name, version=version, limit=10 * version)
        (folder / "instructions" / "hcal" / f"{name}.md").write_text(text)
    return folder


def write_data(
    folder: Path,
    lumisection: int,
    now: float,
    *,
    bad: bool = False,
    final: bool = False,
    run: int = RUN,
) -> Path:
    """Write a snapshot, or the final file, as a client does: complete or not at all."""
    name = f"DQM_V0001_Hcal_R{run:09d}.root"
    if not final:
        name += f".ls{lumisection:08d}_hosthere_pid{7:08d}"
    counts = np.arange(12, dtype=np.float32) * lumisection
    if bad:
        counts[4:7] = 0
    plots = [
        Histogram(
            name=each,
            title=each,
            root_class="TH1F",
            axes=(Axis(10, 0.0, 10.0),),
            contents=counts,
            entries=float(counts.sum()),
        )
        for each in ("occupancy", "charge")
    ]
    code, words = (300, "3 towers empty") if bad else (100, "none empty")
    results = [
        QualityResult("occupancy", "dead", code, 0.0 if bad else 1.0, "Dead", words),
        QualityResult("charge", "mean", 100, 1.0, "Mean", "mean as expected"),
    ]
    info = [
        Scalar("iRun", run),
        Scalar("iLumiSection", lumisection),
        Scalar("processedEvents", 100 * lumisection),
        Scalar("processTimeStamp", now),
        Scalar("runStartTimeStamp", now - 23.0 * lumisection),
        Scalar("runType", "pp_run"),
        Scalar("beamMode", 2),
    ]
    partial = folder / f".{name}.partial"
    write_dqm(partial, run, {"Hcal/Digi": [*plots, *results], "Hcal/EventInfo": info})
    partial.rename(folder / name)
    for older in folder.glob(f"DQM_V0001_Hcal_R{run:09d}.root.ls*"):
        if older.name != name:
            older.unlink()
    return folder / name
