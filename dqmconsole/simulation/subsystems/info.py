"""Info: the conditions of the run.

Paths as cmssw DQMServices/Components (DQMProvInfo) books them where it has such an
element. The console reads its run header from here. All numbers are simulated, and
Info/ProvInfo/Simulation says so in every file.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from dqmconsole.simulation.checked import last_within
from dqmconsole.simulation.elements import Element, labelled
from dqmconsole.simulation.rows import flags, trend
from dqmconsole.simulation.state.beam import BEAM_MODES
from dqmconsole.simulation.state.parts import CONDITION_ROWS, PARTITIONS
from dqmconsole.simulation.subsystem import Subsystem

if TYPE_CHECKING:
    from dqmconsole.model.histogram import Array
    from dqmconsole.simulation.lumisection import Lumisection
    from dqmconsole.simulation.state.beam import RunType
    from dqmconsole.simulation.state.channels import Geometry

PRODUCER_WORDS: dict[RunType, str] = {
    "collisions": "pp_run",
    "cosmics": "cosmic_run",
    "heavy-ions": "hi_run",
}
"""Run type -> what CMS's online clients call it (dqmPythonTypes.py)."""

ROWS = (
    "CSC+", "CSC-", "DT0", "DT+", "DT-", "EB+", "EB-", "EE+", "EE-", "ES+", "ES-",
    "HBHEa", "HBHEb", "HBHEc", "HF", "HO", "BPIX", "FPIX", "RPC", "TIBTID", "TOB",
    "TECp", "TECm", "GEMp", "GEMm", "CASTOR", "ZDC", *CONDITION_ROWS,
)  # fmt: skip
"""Rows of the DCS map, from below, as cmssw's DQMProvInfo has them, but that GEM stands
above ZDC there."""

LHC = "Info/LhcInfo"
EXPOSURE = (f"{LHC}/pileup", f"{LHC}/integratedLumi", "Info/EventInfo/dqmEvents")
"""Trends that say how much a run has seen: a reference is scaled by them."""


def _dcs(now: Lumisection) -> Array:
    """The column of the DCS map."""
    bits, beam = now.state.partitions(), now.state.beam
    bits["13.6 TeV"] = int(beam.energy > 6700)
    bits["Stable B"] = int(beam.stable)
    trackers = min(bits[each] for each in ("BPIX", "FPIX", *PARTITIONS["SiStrip"]))
    muons = max(
        bits[each] for name in ("CSC", "DT", "RPC") for each in PARTITIONS[name]
    )
    bits["PhysDecl"] = int(beam.stable and trackers == 1 and muons == 1)
    bits["Valid"] = 1
    return np.array([bits[row] for row in ROWS], np.float64)


def rows(run_type: RunType, _built: Geometry | None) -> tuple[Element, ...]:
    """The table; its tests are of conditions that must hold whatever the beam does."""
    top = {"collisions": 40_000.0, "heavy-ions": 0.02, "cosmics": 1e-6}[run_type]
    pileup = {"collisions": 80.0, "heavy-ions": 0.1, "cosmics": 1e-6}[run_type]
    return (
        flags(
            "Info/EventInfo/reportSummaryMap",
            "High voltage and conditions (1 on, 0 off, -1 not known)",
            labelled(ROWS), _dcs, y_title="",
        ),
        trend(
            f"{LHC}/lhcFill", "LHC fill", "Fill", lambda now: float(now.state.beam.fill)
        ),
        trend(
            f"{LHC}/beamMode", "LHC beam mode (11: stable beams)", "Beam mode",
            lambda now: float(now.state.beam.mode),
        ),
        trend(
            f"{LHC}/momentum", "Beam energy", "Energy [GeV]",
            lambda now: now.state.beam.energy,
        ),
        trend(
            f"{LHC}/instLumi", "Instantaneous luminosity", "Luminosity [1e30/cm²s]",
            lambda now: now.state.beam.luminosity,
            last_within(0, top, top, unit="× 1e30/cm²s", part="Luminosity"),
        ),
        trend(
            f"{LHC}/integratedLumi", "Luminosity integrated over the run",
            "Integral [1/μb]",
            lambda now: now.state.beam.integrated,
        ),
        trend(
            f"{LHC}/pileup", "Interactions per crossing", "Pile-up",
            lambda now: now.state.beam.pileup,
            last_within(0, pileup, 20, unit="per crossing", part="Luminosity"),
        ),
        trend(
            "Info/EventInfo/magnet", "Field of the solenoid", "Field [T]",
            lambda now: now.state.magnet,
            last_within(3.75, 3.85, 0.1, unit="T", part="Magnet"),
        ),
        trend(
            "Info/EventInfo/dqmEvents", "Events of the DQM stream", "Events",
            lambda now: float(now.events),
            last_within(20, 1e5, 15, unit="events", part="Stream"),
        ),
    )  # fmt: skip


def scalars(now: Lumisection) -> dict[str, int | float | str]:
    """What the run header shows."""
    state, client = now.state, now.state.clients["Info"]
    return {
        "Info/EventInfo/magneticField": float(state.magnet),
        "Info/ProvInfo/Run Type": PRODUCER_WORDS[state.run_type],
        "Info/ProvInfo/Simulation": "SIMULATED DETECTOR: no real data",
        "Info/ProvInfo/seed": state.seed,
        "Info/ProvInfo/CMSSW": "simulated",
        "Info/ProvInfo/hostName": client.host,
        "Info/ProvInfo/processID": client.pid,
        "Info/ProvInfo/isCollisionsRun": int(state.run_type != "cosmics"),
        "Info/ProvInfo/beamMode": BEAM_MODES[state.beam.mode - 1],
        "Info/ProvInfo/runIsComplete": 0,
        "Info/ProvInfo/subsystems": " ".join(
            name for name in state.clients if name not in state.out
        ),
    }


SUBSYSTEM = Subsystem(
    "Info", rows, parts=("Magnet", "Luminosity", "Stream"), scalars=scalars
)
