"""A night on a kept recording, on a site that knows nothing of the simulator.

A small fixed-target detector (fibre hodoscope, calorimeter, trigger) is recorded for
eight hours, and played again at many times the speed with faults put into it: at random
times, in random plots, of random sizes. What was put where is written to a file that
whoever is on shift does not open::

    python tests/benchmarks/night.py make NIGHT
    python tests/benchmarks/night.py play NIGHT --seed 5 --speed 30 &
    python -m dqmconsole open NIGHT/live --site NIGHT/site

The detector's good running and the faults are made by this script: neither the
simulation of the package nor any of its checks has a part in them.
"""

from __future__ import annotations

import argparse
import math
import random
import time
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec
import numpy as np

from dqmconsole.desk.injection_table import INJECTIONS
from dqmconsole.desk.injections import RecordedGround, with_fault
from dqmconsole.desk.study_found import Cell
from dqmconsole.model.histogram import Axis, Histogram, Scalar
from dqmconsole.model.run import Conditions
from dqmconsole.model.run_quality import RunQuality
from dqmconsole.recording.recorder import Item, Recorder, Update
from dqmconsole.recording.run_file import run_path, source_folder
from dqmconsole.rootio.write import write_dqm
from dqmconsole.site.site import read_site
from dqmconsole.sources.recorded_steps import RecordedSteps

if TYPE_CHECKING:
    from dqmconsole.recording.packing import Increment

GOOD, RUN = range(36, 42), 42
UPDATES = 480  # of a minute each
SHORT = 160  # of them in each good run
SECONDS = 60.0
FAULTS = 7
LASTS = (12, 40)  # updates that a fault stands
LARGE = 0.6  # of the faults have one of the two largest sizes

SITE = """\
experiment: fibre test beam
recordings: ../recordings
run_types: {beam: collisions}
conditions:
  run_type: Trigger/Run/type
  lumisection: "{subsystem}/Run/update"
  events: "{subsystem}/Run/events"
  timestamp: "{subsystem}/Run/at"
  started: "{subsystem}/Run/began"
components: {hodo: [Hodo], calo: [Calo], trigger: [Trigger]}
"""
CONTACTS = """\
timezone: UTC
working_hours: Mon-Fri 08:00-18:00
roles:
  hodo-expert: {title: Hodoscope on call, phone: "201", then: run-leader, example: true}
  calo-expert: {title: Calorimeter, phone: "202", then: run-leader, example: true}
  run-leader: {title: Run leader, phone: "200", example: true}
"""
INSTRUCTION = """\
---
id: {id}
title: {title}
version: 1
author: {owner}
written: 2026-11-01
owner: {owner}
applies_to: {{layout: {layout}, plots: ["{layout}/*"]}}
reviewed_on: 2026-11-02
review_due: 2027-11-02
---
## What it shows
{about}

## How to judge
Look whether the neighbouring plots of the page show it, too.

## Good and bad examples
- good: smooth from bin to bin

## If it is bad
1. Wait for a second update.
2. Write an entry with the picture.

## Whom to call
{calls}
"""
LAYOUTS = {
    "Hodo": """\
layout: Hodo
owner: hodo-expert
description: Two planes of 64 fibres in front of the calorimeter
pages:
  - page: Fibres
    audience: shift
    plots:
      - path: Hodo/x/hits
        title: Hits of the x plane
        instruction: hodo/fibres
        axes: {x: fibre}
        alarm: now
        consequence: Tracks are lost, and cannot be had again
        checks: &fibres
          - {bins_against_reference: {relative: 0.25, sigma: 6}, persist: 2}
          - {entries: {warn_percent: 15, bad_percent: 30}, persist: 2}
      - path: Hodo/y/hits
        title: Hits of the y plane
        instruction: hodo/fibres
        axes: {x: fibre}
        alarm: now
        consequence: Tracks are lost, and cannot be had again
        checks: *fibres
      - {path: Hodo/x/time, title: Time of the x plane,
         instruction: hodo/fibres, checks: defaults}
      - {path: Hodo/y/time, title: Time of the y plane,
         instruction: hodo/fibres, checks: defaults}
""",
    "Calo": """\
layout: Calo
owner: calo-expert
description: 16 x 16 crystals
pages:
  - page: Crystals
    audience: shift
    plots:
      - path: Calo/occupancy
        title: Hits of each crystal
        instruction: calo/crystals
        axes: {x: column, y: row}
        alarm: now
        consequence: Energy is lost
        checks: defaults
      - {path: Calo/energy, title: Energy of all crystals,
         instruction: calo/crystals, checks: defaults}
      - {path: Calo/time, title: Time,
         instruction: calo/crystals, checks: defaults}
""",
    "Trigger": """\
layout: Trigger
owner: run-leader
description: Five triggers
pages:
  - page: Triggers
    audience: shift
    plots:
      - {path: Trigger/fired, title: Triggers,
         instruction: trigger/rates, checks: defaults}
      - {path: Trigger/multiplicity, title: Hits an event,
         instruction: trigger/rates, checks: defaults}
""",
}  # fmt: skip
INSTRUCTIONS = {
    "hodo/fibres": ("hodo-expert", "Fibres", "Each fibre counts as its neighbours do."),
    "calo/crystals": ("calo-expert", "Crystals", "The beam's spot, smooth to the rim."),
    "trigger/rates": ("run-leader", "Triggers", "Shares of the five are constant."),
}
PLANE = Axis(64, -0.5, 63.5, title="fibre")
SIDE = Axis(16, -0.5, 15.5)
ELEMENTS = {
    "Hodo/x/hits": (PLANE,),
    "Hodo/y/hits": (PLANE,),
    "Hodo/x/time": (Axis(100, -25.0, 25.0, title="ns"),),
    "Hodo/y/time": (Axis(100, -25.0, 25.0, title="ns"),),
    "Calo/occupancy": (SIDE, SIDE),
    "Calo/energy": (Axis(120, 0.0, 60.0, title="GeV"),),
    "Calo/time": (Axis(80, -20.0, 20.0, title="ns"),),
    "Trigger/fired": (Axis(5, 0.0, 5.0),),
    "Trigger/multiplicity": (Axis(50, 0.0, 50.0),),
}


class Beam:
    """The detector in a beam that drifts and pauses, update by update."""

    def __init__(self, seed: int) -> None:
        self._rng = np.random.default_rng(seed)
        self.contents = {
            path: np.zeros([each.bins + 2 for each in axes])
            for path, axes in ELEMENTS.items()
        }
        self.events = 0
        self._spot = np.array([31.0, 30.0])
        self._at = np.arange(64)
        self._light = self._rng.normal(1.0, 0.03, (2, 64))
        self._gain = self._rng.normal(1.0, 0.03, (16, 16))

    def step(self, update: int) -> None:
        """One minute of beam."""
        rng = self._rng
        rate = 9000 * (1 + 0.1 * math.sin(update / 90)) * rng.uniform(0.9, 1.1)
        if update % 97 < 2:
            rate *= 0.15  # the beam pauses
        events = int(rng.poisson(rate))
        self.events += events
        self._spot += rng.normal(0, 0.03, 2)
        for plane, name in enumerate("xy"):
            shape = np.exp(-0.5 * ((self._at - self._spot[plane]) / 14) ** 2) + 0.02
            shape = shape * self._light[plane]
            self._add(f"Hodo/{name}/hits", events * 1.1 * shape / shape.sum())
            self._add(f"Hodo/{name}/time", events * _bell(100, -25, 25, 0.5, 3.0))
        rows = np.exp(-0.5 * ((np.arange(16) - self._spot[0] / 4) / 4) ** 2)
        columns = np.exp(-0.5 * ((np.arange(16) - self._spot[1] / 4) / 4) ** 2)
        spot = (np.outer(rows, columns) + 0.03) * self._gain
        self._add("Calo/occupancy", events * 9 * spot / spot.sum())
        energy = 0.8 * _bell(120, 0, 60, 40, 1.5) + 0.2 * _bell(120, 0, 60, 10, 6)
        self._add("Calo/energy", events * energy)
        self._add("Calo/time", events * 9 * _bell(80, -20, 20, 1.0, 2.0))
        shares = np.array([0.55, 0.25, 0.12, 0.06, 0.02])
        self._add("Trigger/fired", events * shares)
        self._add("Trigger/multiplicity", events * _bell(50, 0, 50, 12, 4))

    def _add(self, path: str, mean: np.ndarray) -> None:
        inner = (slice(1, -1),) * mean.ndim
        self.contents[path][inner] += self._rng.poisson(mean)

    def histogram(self, path: str) -> Histogram:
        """One element as it stands."""
        axes = ELEMENTS[path]
        counts = self.contents[path]
        name = path.rpartition("/")[2]
        return Histogram(
            name, name, f"TH{len(axes)}F", axes,
            np.asfortranarray(counts.astype(np.float32)),
            entries=float(counts.sum()),
        )  # fmt: skip


def _bell(bins: int, low: float, high: float, mean: float, width: float) -> np.ndarray:
    at = np.linspace(low, high, bins, endpoint=False) + (high - low) / bins / 2
    shape: np.ndarray = np.exp(-0.5 * ((at - mean) / width) ** 2)
    return np.asarray(shape / shape.sum())


def write_site(folder: Path) -> Path:
    """Write layouts, instructions, contacts and the reference of the site."""
    for inner in ("layouts", "instructions"):
        (folder / inner).mkdir(parents=True, exist_ok=True)
    (folder / "layouts/site.yaml").write_text(SITE)
    (folder / "instructions/contacts.yaml").write_text(CONTACTS)
    for name, text in LAYOUTS.items():
        (folder / f"layouts/{name}.yaml").write_text(text)
    for name, (owner, title, about) in INSTRUCTIONS.items():
        path = folder / f"instructions/{name}.md"
        path.parent.mkdir(exist_ok=True)
        path.write_text(
            INSTRUCTION.format(
                id=name,
                title=title,
                owner=owner,
                about=about,
                layout=next(
                    one for one in LAYOUTS if one.lower() == name.split("/")[0]
                ),
                calls="\n".join(
                    f"{at}. {who}"
                    for at, who in enumerate(dict.fromkeys([owner, "run-leader"]), 1)
                ),
            )
        )
    return folder


def record(folder: Path, run: int, updates: int) -> Beam:
    """Record good running, and say that it was good."""
    beam, recorder = Beam(run), Recorder(folder, "night")
    recorder.note_conditions(run, Conditions(run_type="collisions"))
    for update in range(1, updates + 1):
        beam.step(update)
        at = 1_790_000_000.0 + SECONDS * update
        for client in LAYOUTS:
            items = [
                Item(path, beam.histogram(path))
                for path in ELEMENTS
                if path.startswith(client)
            ]
            recorder.note(run, Update(client, update, at, float(beam.events)), items)
        recorder.drain()
    recorder.note_quality([RunQuality(run, each, True, at=1.0) for each in LAYOUTS])
    recorder.close()
    if recorder.trouble:
        raise SystemExit(recorder.trouble)
    return beam


def make(night: Path) -> None:
    """Make the site, the good runs it measures by, and the record that is played."""
    write_site(night / "site")
    good = source_folder(night / "recordings", str(night / "live"))
    for run in GOOD:
        record(good, run, SHORT)
    record(night / "records", RUN, UPDATES)


class Planted(msgspec.Struct):
    """A fault, where, and when."""

    cell: Cell
    path: str
    first: int
    last: int


def plan(dice: random.Random, paths: list[str], one_d: list[str]) -> list[Planted]:
    """Faults one after the other, at random times, in random plots, of random sizes."""
    found, at = [], 0
    room = UPDATES // FAULTS
    for number in range(FAULTS):
        kind = dice.choice(sorted(INJECTIONS))
        sizes = INJECTIONS[kind].sizes
        size = dice.choice(sizes[-2:] if dice.random() < LARGE else sizes[:2])
        path = dice.choice(one_d if kind == "shift" else paths)
        at = number * room + dice.randint(20, room - 15)
        last = min(at + dice.randint(*LASTS), UPDATES)
        unit = INJECTIONS[kind].unit
        cell = Cell(
            kind, path.split("/")[0], size, unit, dice.randrange(10**6), "night"
        )
        found.append(Planted(cell, path, at, last))
    return found


def play(night: Path, seed: int, speed: float) -> None:
    """Write the record's updates as the detector did, with faults in them."""
    path = run_path(night / "records", RUN)
    ground = RecordedGround(path, read_site(night / "site"), seed, 1)
    usual = {each.path: each.usual for many in ground.plots.values() for each in many}
    one_d = [each for each in usual if usual[each].ndim == 1]
    planted = plan(random.Random(seed), sorted(usual), sorted(one_d))
    (night / "truth.json").write_bytes(msgspec.json.encode(planted))

    def change(element: str, gained: Increment, update: int) -> Increment:
        booking = steps.booking(element)
        assert booking is not None
        for each in planted:
            if each.path == element and each.first <= update <= each.last:
                gained = with_fault(each.cell, usual[element], booking, gained, update)
        return gained

    steps = RecordedSteps(path, change)
    live = night / "live"
    live.mkdir(exist_ok=True)
    began = time.time()
    for number, update in enumerate(steps.lumisections):
        steps.go_on(update)
        for client in LAYOUTS:
            name = f"DQM_V0001_{client}_R{RUN:09d}.root"
            latest = live / f"{name}.ls{update:08d}_hostdaq_pid{7:08d}"
            half = live / f".{name}"
            _write(half, steps, client, update, began)
            half.replace(latest)
            for old in live.glob(f"{name}.ls*"):
                if old != latest:
                    old.unlink()
        time.sleep(max(began + (number + 1) * SECONDS / speed - time.time(), 0))
    for client in LAYOUTS:
        final = live / f"DQM_V0001_{client}_R{RUN:09d}.root"
        _write(final, steps, client, UPDATES, began)


def _write(
    path: Path, steps: RecordedSteps, client: str, update: int, began: float
) -> None:
    folders: dict[str, list[Histogram | Scalar]] = {}
    for element in ELEMENTS:
        if element.startswith(client):
            folder = element.rpartition("/")[0]
            found = steps.element(steps.current_run, element)
            assert isinstance(found, Histogram)
            folders.setdefault(folder, []).append(found)
    until = [each for each in steps.lumisections if each <= update]
    done = [steps.events(f"{client}/x", each) or 0.0 for each in until]
    folders[f"{client}/Run"] = [
        Scalar("update", update),
        Scalar("events", int(sum(done))),
        Scalar("at", time.time()),
        Scalar("began", began),
        Scalar("type", "beam"),
    ]
    write_dqm(path, RUN, folders)


def main() -> None:
    """Make a night, or play it."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("what", choices=["make", "play"])
    parser.add_argument("night", type=Path)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--speed", type=float, default=30.0)
    asked = parser.parse_args()
    if asked.what == "make":
        make(asked.night)
    else:
        play(asked.night, asked.seed, asked.speed)


if __name__ == "__main__":
    main()
