"""A site of an experiment without beam, magnet or fills, and a file of its DAQ."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from dqmconsole.model.histogram import Axis, Histogram, Scalar
from dqmconsole.rootio.write import write_root

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from dqmconsole.model.graph import Element

SITE = """\
experiment: Fibre hodoscope
run_types: [physics, calibration, pedestal]
conditions: {run_type: daq/type}
header:
  - {show: daq/energy, label: Energy, unit: GeV}
  - {show: daq/target, label: Target}
  - {show: daq/gone, label: Angle, unit: deg}
lumisection: spill
"""
HODO = """\
layout: Hodoscope
owner: hodo
description: Two planes of fibres
pages:
  - page: Fibres
    audience: shift
    instruction: hodoscope/fibres
    columns: 5
    plots:
      - {path: "hodo/plane{1..4}", title: "Plane {1..4}",
         alarm: now, consequence: The tracks are lost.,
         checks: [{entries: {bad_below: 1}}]}
      - {path: rate, title: Rate}
  - page: Pedestals
    audience: shift
    run_types: [pedestal]
    instruction: hodoscope/fibres
    plots: [{path: hodo/pedestals}]
  - page: Calorimeter
    audience: shift
    instruction: hodoscope/fibres
    plots: [{path: "calo/block{1..3}"}, {path: calo/sum}]
"""
CONTACTS = """\
roles:
  hodo: {title: Hodoscope, phone: "1234", example: true}
"""
INSTRUCTION = """\
---
id: hodoscope/fibres
title: Hits of the fibres
version: 1
author: hodo
owner: hodo
written: 2026-11-01
reviewed_on: 2026-11-01
review_due: 2027-11-01
applies_to: {layout: Hodoscope}
---

## What it shows
Hits by fibre.

## How to judge
- Flat within a factor of two.

## Good and bad examples
- good: flat

## If it is bad
1. Look whether the plane has high voltage.
2. Call the hodoscope's expert.
   call hodo: call now

## Whom to call
1. hodo: all of it
"""


def make_plain_site(folder: Path, **texts: str) -> Path:
    """Write the site.

    Args:
        folder: below which it stands.
        texts: other words of a file, by its name without ending ("site").
    """
    files = {
        "layouts/site.yaml": texts.get("site", SITE),
        "layouts/Hodoscope.yaml": texts.get("layout", HODO),
        "instructions/contacts.yaml": texts.get("contacts", CONTACTS),
        "instructions/hodoscope/fibres.md": texts.get("instruction", INSTRUCTION),
    }
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)
    return folder


def flat(
    name: str, counts: np.ndarray[tuple[int, ...], np.dtype[np.float64]]
) -> Histogram:
    """A histogram of a value by fibre."""
    contents = np.pad(counts, 1)
    return Histogram(
        name=name,
        title=name,
        root_class="TH1D",
        axes=(Axis(len(counts), 0.0, float(len(counts)), title="fibre"),),
        contents=contents,
        entries=float(counts.sum()),
    )


def plain_elements(run_type: str = "physics") -> dict[str, list[Element]]:
    """What the DAQ writes, by folder; one is at the top of the file."""
    random = np.random.default_rng(7)
    return {
        "": [flat("rate", np.full(32, 9.0))],
        "hodo": [
            flat(f"plane{plane}", random.poisson(200.0, 32).astype(float))
            for plane in (1, 2, 3, 4)
        ],
        "daq": [
            Scalar("type", run_type),
            Scalar("energy", 120.0),
            Scalar("target", "lead"),
        ],
    }


def write_plain_run(
    path: Path, folders: Mapping[str, Sequence[Element]] | None = None
) -> Path:
    """Write a run as a plain ROOT file, without any tree of CMS."""
    write_root(path, folders or plain_elements())
    return path
