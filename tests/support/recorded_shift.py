"""A small experiment without a simulator, and an observed shift of its recorded run."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from support.recorded_ground import filled, in_folders

from dqmconsole.model.histogram import Scalar
from dqmconsole.model.run import Conditions
from dqmconsole.recording.recorder import Item, Recorder, Update
from dqmconsole.rootio.write import write_root

if TYPE_CHECKING:
    from pathlib import Path

    from dqmconsole.model.histogram import Array, Histogram

RUN = 31
AHEAD, UPDATES = 4, 40
HITS, TOWERS = "Calo/hits", "Calo/towers"
TRIGGER, PADS, WIRES = "Beam/trigger", "Beam/pads", "Beam/wires"
FALSE_ALARM_STEP = """\
2. The beam was steered: an entry.
   for: beam-steered
   call beam-oncall: write only
"""
FILE = "instructions/lessons/observed-shifts.yaml"
STEERED = 9  # update in which the beam is steered, and the trigger fires more
SITE = """\
experiment: Small
recordings: runs
run_types: [beam, pedestal]
lumisection: spill
causes: [beam-steered]
components: {calorimeter: [Calorimeter], beamline: [Beamline]}
conditions:
  run_type: Calo/Info/type
  events: "{subsystem}/Info/events"
"""
# the layouts are not called as the folders of their elements
CALO = f"""\
layout: Calorimeter
owner: calo-oncall
description: A calorimeter
pages:
  - page: Hits
    audience: shift
    run_types: [beam]
    instruction: calorimeter/hits
    plots:
      - {{path: {HITS}, title: Hits by layer, checks: [{{must_grow: {{}}}}]}}
      - {{path: {TOWERS}, title: Towers, checks: []}}
"""
BEAM = f"""\
layout: Beamline
owner: beam-oncall
description: Beam counters
pages:
  - page: Counters
    audience: shift
    instruction: beamline/counters
    plots:
      - {{path: {TRIGGER}, title: Triggers, checks: [{{entries: {{bad_above: 4000}}}}]}}
      - {{path: {PADS}, title: Pads, checks: []}}
      - {{path: {WIRES}, title: Wires, checks: []}}
"""
REFERENCES = """\
- {file: references/good.root, chosen_by: A. Shifter, chosen_on: 2026-05-01, why: quiet}
"""
KNOWN = f"""\
- problem: A dead pad
  subsystem: Beam
  paths: [{PADS}]
  owner: beam-oncall
  expires: 2030-12-31
"""
CONTACTS = """\
timezone: Europe/Zurich
roles:
  calo-oncall: {title: Calorimeter on call, phone: "1", then: coordinator}
  beam-oncall: {title: Beam on call, phone: "2"}
  coordinator: {title: Run coordinator, phone: "3"}
"""
INSTRUCTION = """\
---
id: calorimeter/hits
title: Hits of the calorimeter
version: 1
author: A. Expert
written: 2026-11-20
owner: calo-oncall
applies_to: {layout: Calorimeter, page: Hits, run_types: [beam]}
reviewed_on: 2026-11-20
review_due: 2027-05-20
---
## What it shows
Hits.

## How to judge
Even is good.

## Good and bad examples
- good: even

## If it is bad
1. Call the calorimeter on call.
   call calo-oncall: call now

## Whom to call
1. calo-oncall
2. coordinator
"""
SHIFT = f"""\
shifts:
  - id: beam-day
    run: {{recorded: {RUN}, updates: {UPDATES}, ahead: {AHEAD}, speed: 1}}
    minutes: 14
    faults:
      - cause: "frozen:{HITS}@7"
        found_by: checks
        call: [calo-oncall]
        component: calorimeter
      - cause: "dead-block:{TOWERS}@12*30"
        found_by: eye
        call: [calo-oncall]
    false_alarm: {{cause: "beam-steered@{STEERED}", plots: [{TRIGGER}]}}
    known: {PADS}
    unanswered: calo-oncall
shadow_shifts: 2
shadow_items: [Go along]
"""
_MEANS: dict[str, Array] = {
    HITS: 20 + 400 * np.exp(-0.5 * ((np.arange(30) - 12) / 4) ** 2),
    TOWERS: np.full((12, 10), 60.0),
    TRIGGER: np.full(10, 20.0),
    PADS: np.full((4, 4), 50.0),
    WIRES: np.full(20, 80.0),
}


def make_shift_site(folder: Path) -> Path:
    """The site with its run and an observed shift of it; returns its folder."""
    for name, text in {
        "layouts/site.yaml": SITE,
        "layouts/calo.yaml": CALO,
        "layouts/beam.yaml": BEAM,
        "layouts/references.yaml": REFERENCES,
        "layouts/known.yaml": KNOWN,
        "instructions/contacts.yaml": CONTACTS,
        "instructions/calorimeter/hits.md": INSTRUCTION,
        "instructions/beamline/counters.md": INSTRUCTION.replace(
            "calorimeter/hits", "beamline/counters"
        )
        .replace("Calorimeter, page: Hits, run_types: [beam]", "Beamline")
        .replace("calo-oncall", "beam-oncall")
        .replace("the calorimeter on call", "the beam on call")
        .replace(": call now\n", f": call now\n{FALSE_ALARM_STEP}"),
        FILE: SHIFT,
    }.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    (folder / "layouts/references").mkdir()
    made = _updates(9)[-1]
    write_root(folder / "layouts/references/good.root", in_folders(made))
    recorder = Recorder(folder / "runs", "/daq")
    recorder.note_conditions(RUN, Conditions(run_type="beam"))
    # of the first update nobody knows what it added
    for at, held in enumerate(_updates(UPDATES + 1), 1):
        now = 1000.0 + 20 * at
        for part in ("Calo", "Beam"):
            items = [Item(path, each) for path, each in held.items()
                     if path.startswith(part)]  # fmt: skip
            recorder.note(RUN, Update(part, 60 + at, now, 1000.0 * at), items)
        recorder.drain()
    recorder.close()
    assert recorder.trouble == ""
    return folder


def _updates(many: int) -> list[dict[str, Histogram | Scalar]]:
    """What the files hold after each of so many updates of 1,000 events."""
    rng = np.random.default_rng(3)
    sums = {path: np.zeros(mean.shape) for path, mean in _MEANS.items()}
    found: list[dict[str, Histogram | Scalar]] = []
    for at in range(many):
        for path, mean in _MEANS.items():
            sums[path] += rng.poisson(mean)
        if at == STEERED:
            sums[TRIGGER] += 1000.0
        held: dict[str, Histogram | Scalar] = {
            path: filled(path, total) for path, total in sums.items()
        }
        for part in ("Calo", "Beam"):
            held[f"{part}/Info/events"] = Scalar("events", 1000 * (at + 1))
        held["Calo/Info/type"] = Scalar("type", "beam")
        found.append(held)
    return found
