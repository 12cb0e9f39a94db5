"""Info: the conditions of the run, as cmssw DQMProvInfo writes them.

The console reads its run header from here. All numbers are simulated, and
Info/ProvInfo/Simulation says so in every file.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from dqmconsole.simulation.booking import Booking
from dqmconsole.simulation.elements import LUMISECTIONS, Element, labelled
from dqmconsole.simulation.state.beam import BEAM_MODES
from dqmconsole.simulation.state.parts import CONDITION_ROWS, PARTITIONS
from dqmconsole.simulation.state.sight import Sight
from dqmconsole.simulation.subsystem import Lumisection, Subsystem
from dqmconsole.simulation.thresholds import LastWithin

if TYPE_CHECKING:
    from dqmconsole.model.layout import RunType
    from dqmconsole.simulation.quality import QualityTest
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
"""Rows of the DCS map, from below, in cmssw's order."""

LHC = "Info/LhcInfo"


def book(_run_type: RunType, _built: Geometry | None) -> tuple[Element, ...]:
    """Declare the elements."""
    booking = Booking("Info", None)
    booking.add(
        Element(
            "Info/EventInfo/reportSummaryMap",
            "High voltage and conditions (1 on, 0 off, -1 not known)",
            (LUMISECTIONS, labelled(ROWS)),
            root_class="TH2F",
            accumulates="trend",
            sight=Sight("partitions"),
            empty=-1.0,
        )
    )
    booking.trend(f"{LHC}/lhcFill", "LHC fill", "Fill")
    booking.add(
        Element(
            f"{LHC}/beamMode",
            "LHC beam mode (11: stable beams)",
            (LUMISECTIONS,),
            accumulates="trend",
            y_title="Beam mode",
        )
    )
    booking.trend(f"{LHC}/momentum", "Beam energy", "Energy [GeV]")
    booking.trend(
        f"{LHC}/instLumi", "Instantaneous luminosity",
        "Luminosity [1e30/cm²s]", "trend of activity",
    )  # fmt: skip
    booking.trend(f"{LHC}/integratedLumi", "Luminosity integrated over the run", "1/μb")
    booking.trend(
        f"{LHC}/pileup", "Interactions per crossing", "Pile-up", "trend of activity"
    )
    booking.trend(
        "Info/EventInfo/magnet", "Field of the solenoid", "Field [T]",
        "trend of field",
    )  # fmt: skip
    booking.trend(
        "Info/EventInfo/dqmEvents", "Events of the DQM stream", "Events",
        "trend of events",
    )  # fmt: skip
    return booking.done()


def fill(now: Lumisection) -> None:
    """Add one lumisection."""
    state, beam = now.state, now.state.beam
    bits = state.partitions()
    bits["13 TeV"] = int(beam.energy > 6400)
    bits["Stable B"] = int(beam.stable)
    trackers = min(bits[each] for each in ("BPIX", "FPIX", *PARTITIONS["SiStrip"]))
    muons = max(
        bits[each] for name in ("CSC", "DT", "RPC") for each in PARTITIONS[name]
    )
    bits["PhysDecl"] = int(beam.stable and trackers == 1 and muons == 1)
    bits["Valid"] = 1
    now.book["Info/EventInfo/reportSummaryMap"].set_column(
        now.number, np.array([bits[row] for row in ROWS], np.float64)
    )
    for name, value in (
        ("lhcFill", float(beam.fill)),
        ("beamMode", float(beam.mode)),
        ("momentum", beam.energy),
        ("instLumi", beam.luminosity),
        ("integratedLumi", beam.integrated),
        ("pileup", beam.pileup),
    ):
        now.book[f"{LHC}/{name}"].set_at(now.number, value)
    now.book["Info/EventInfo/magnet"].set_at(now.number, state.magnet)
    now.book["Info/EventInfo/dqmEvents"].set_at(now.number, float(now.events))
    now.book.scalars.update(
        {
            "Info/EventInfo/magneticField": float(state.magnet),
            "Info/ProvInfo/Run Type": PRODUCER_WORDS[state.run_type],
            "Info/ProvInfo/Simulation": "SIMULATED DETECTOR: no real data",
            "Info/ProvInfo/seed": state.seed,
            "Info/ProvInfo/CMSSW": "simulated",
            "Info/ProvInfo/hostName": state.clients["Info"].host,
            "Info/ProvInfo/processID": state.clients["Info"].pid,
            "Info/ProvInfo/isCollisionsRun": int(state.run_type != "cosmics"),
            "Info/ProvInfo/beamMode": BEAM_MODES[beam.mode - 1],
            "Info/ProvInfo/runIsComplete": 0,
            "Info/ProvInfo/subsystems": " ".join(
                name for name in state.clients if name not in state.out
            ),
        }
    )


def tests(run_type: RunType, _built: Geometry | None) -> tuple[QualityTest, ...]:
    """The quality tests: conditions that must hold whatever the beam does."""
    top = {"collisions": 40_000.0, "heavy-ions": 0.02, "cosmics": 1e-6}[run_type]
    pileup = {"collisions": 80.0, "heavy-ions": 0.1, "cosmics": 1e-6}[run_type]
    return (
        LastWithin("Info/EventInfo/magnet", 3.75, 3.85, 0.1, unit="T", part="Magnet"),
        LastWithin(
            f"{LHC}/instLumi", 0, top, top, unit="x 1e30 per cm2 s", part="Luminosity"
        ),
        LastWithin(
            f"{LHC}/pileup", 0, pileup, 20, unit="per crossing", part="Luminosity"
        ),
        LastWithin(
            "Info/EventInfo/dqmEvents", 20, 1e5, 15, unit="events", part="Stream"
        ),
    )


SUBSYSTEM = Subsystem(name="Info", book=book, fill=fill, tests=tests)
