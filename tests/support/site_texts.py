"""Texts of a small healthy site, for the tests to break."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

SITE = """\
experiment: Test
run_types: {pp_run: collisions, cosmic_run: cosmics, hi_run: heavy-ions}
beam_modes: [no mode, setup, stable beams]
conditions:
  run_type: Info/ProvInfo/Run Type
  events: "{subsystem}/EventInfo/processedEvents"
  beam_mode: Info/LhcInfo/beamMode
  magnet: Info/ProvInfo/magnet
  dcs: Info/EventInfo/reportSummaryMap
  feds: FED/FEDEntries
  subsystems: Info/ProvInfo/subsystems
"""

LAYOUT = """\
layout: Hcal
owner: hcal-dqm
description: Hadron calorimeter
needs: {events: 100}
defaults:
  reference: {mode: overlay, normalize: area}
  draw: {stats: yes, x: {title: eta}}
pages:
  - page: Digi occupancy
    audience: shift
    run_types: [collisions, cosmics]
    needs: {dcs: [HBHEa, HBHEb], beam: [Stable beams]}
    columns: 3
    plots:
      - path: "Hcal/DigiTask/Occupancy/depth{1..4}"
        title: "Occupancy, depth {1..4}"
        description: Digis per channel
        span: [2, 1]
        draw: {style: map, x: {range: [0, null]}, z: {scale: log}}
        reference: {mode: ratio}
        overlay: ["Hcal/DigiTask/Occupancy/{a,b,c,d}"]
        accumulates: run
        window: 60 LS
        run_types: [collisions]
        needs: {magnet: on}
        checks: [{dead_channels: {warn_above: 0.01, bad_above: 0.03}}]
        instruction: hcal/occupancy
      - path: Hcal/TPTask/trend
        title: 2024
        accumulates: trend
        stale_after: 1e3
  - page: Experts
    audience: expert
    plots:
      - path: Hcal/RawTask/BadQuality
        needs: {feds: [1100, 1101], subsystem: Hcal}
"""

REFERENCES = """\
- run_type: collisions
  file: references/collisions.root
  chosen_by: A. Shifter
  chosen_on: 2026-05-01
  why: Smooth fill
- run_type: collisions
  subsystem: Hcal
  histograms: ["Hcal/DigiTask/*"]
  run: 398000
  chosen_by: B. Expert
  chosen_on: 2026-06-01
  why: After the repair
"""

KNOWN = """\
- problem: Two dead boxes
  subsystem: Hcal
  paths: ["Hcal/DigiTask/*"]
  regions: [{x: [20, 24], y_labels: [a, b]}]
  channels: 41
  first_run: 398000
  last_run: 399000
  owner: hcal-dqm
  expires: 2026-12-31
  news: others
"""


def make_site(folder: Path, **texts: str) -> Path:
    """Write a site; a keyword replaces or adds ``<keyword>.yaml``."""
    files = {"site": SITE, "Hcal": LAYOUT, "references": REFERENCES, "known": KNOWN}
    layouts = folder / "layouts"
    layouts.mkdir()
    for name, text in (files | texts).items():
        (layouts / f"{name}.yaml").write_text(text, encoding="utf-8")
    return folder
