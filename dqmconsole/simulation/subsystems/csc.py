"""CSC: cathode strip chambers, 540 in two endcaps; digis, rec hits, errors, times.

Paths as cmssw DQM/CSCMonitorModule and DQMOffline/Muon (CSCOfflineMonitor) book
them where these have such an element. All numbers are simulated.
"""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING

import numpy as np

from dqmconsole.model.histogram import Array, Axis
from dqmconsole.simulation.checked import (
    Checked,
    bins_within,
    last_within,
    mean_within,
    occupancy,
    share_within,
    symmetric,
)
from dqmconsole.simulation.cosmics import through_muon_system
from dqmconsole.simulation.elements import Element, labelled
from dqmconsole.simulation.fed_integrity import fed_rows
from dqmconsole.simulation.lumisection import Lumisection, all_hits, drawn_once
from dqmconsole.simulation.rows import (
    distribution,
    hit_map,
    hit_times,
    hits_per_event,
    mean_map,
)
from dqmconsole.simulation.shapes import landau, mean_times, spread
from dqmconsole.simulation.state.channels import Geometry, Threshold, geometry
from dqmconsole.simulation.subsystem import Subsystem

if TYPE_CHECKING:
    from dqmconsole.simulation.state.beam import RunType

RINGS = ("1/1", "1/2", "1/3", "2/1", "2/2", "3/1", "3/2", "4/1", "4/2")
CHAMBERS = (36, 36, 36, 18, 36, 18, 36, 18, 36)
RATES = (0.050, 0.022, 0.010, 0.034, 0.013, 0.028, 0.011, 0.026, 0.012)
"""Hits per event and eighth of a chamber at the start of a fill."""

TYPES = tuple(f"ME-{each}" for each in reversed(RINGS)) + tuple(
    f"ME+{each}" for each in RINGS
)
ENDCAPS = {"-": ("m", 0), "+": ("p", 1)}
STRIPS, WIRES = 5, 3
"""Parts of a chamber read out apart: five cathode boards, three groups of wires."""

CHAMBER = Axis(36, 0.5, 36.5, title="Chamber")
TYPE = labelled(TYPES, "Chamber type")
TIME = Axis(100, -50.0, 50.0, title="Time [ns]")
CHARGE = Axis(100, 0.0, 2000.0, title="Charge [ADC counts]")
ALCT_BX = Axis(7, -0.5, 6.5, title="BX in the match window")

SCALE = {"collisions": 1.0, "heavy-ions": 0.8, "cosmics": 1.0}
LEVEL = 0.002
"""Hits per cosmic event and eighth of a chamber, at the top."""

SIGMA = {"collisions": 6.5, "heavy-ions": 6.5, "cosmics": 11.0}
IN_RECHITS, IN_SEGMENTS, IN_STUBS = 0.35, 0.3, 0.12
ERRORS = 4e-5
PAIR, COSMIC_PAIR = 61_000.0, 17_600.0
"""Digis of a pair of types: chambers known to be dead make it uneven by up to 0.06, in
cosmics, where they stand at the top, by up to 0.083, and to the limits of 0.08 and 0.12
it is five standard deviations, of 1/√61,000 and 1/√17,600 each. The windows are long
enough for all types, of beams until the end of a fill."""
PEAK, WIDTH = 420.0, 95.0
"""Of the charge of the rec hits, ADC counts."""
THRESHOLD = Threshold(0.3, WIDTH / PEAK)
"""Chosen: chambers run on a plateau, and until the gas gain has fallen by a third,
hardly a hit is below the threshold."""
ALCT_CHANCE = {
    "collisions": np.array([2, 8, 70, 850, 60, 8, 2]),
    "heavy-ions": np.array([2, 8, 70, 850, 60, 8, 2]),
    "cosmics": np.array([10, 40, 180, 540, 170, 45, 15]),
}

FOLDER = "CSC/CSCOfflineMonitor"
WIRE_MAP = f"{FOLDER}/Occupancy/hOWires"
STRIP_MAP = f"{FOLDER}/Occupancy/hOStrips"
HIT_MAP = f"{FOLDER}/Occupancy/hORecHits"
SEGMENT_MAP = f"{FOLDER}/Occupancy/hOSegments"
TIME_MAP = f"{FOLDER}/recHits/hRHTimingMeans"
ANODE_TIME = f"{FOLDER}/recHits/hRHTimingAnode{{}}11b"
CATHODE_TIME = f"{FOLDER}/recHits/hRHTiming{{}}11b"
GAIN = f"{FOLDER}/recHits/hRHSumQ{{}}{{}}"
STUB_BX = f"{FOLDER}/BXMonitor/hALCTgetBX"
FORMAT_ERRORS = "CSC/Summary/CSC_Format_Errors"
BY_TYPE = "CSC/Summary/CSC_Reporting_by_type"
PER_EVENT = "CSC/Summary/CSC_Hits_per_event_vs_LS_ME{}"


def code(ring: str) -> str:
    """A ring as CMS's element names have it: 1/1 is read out in parts a and b."""
    return {"1/1": "11b"}.get(ring, ring.replace("/", ""))


def channels(run_type: RunType) -> Geometry:
    """The 540 chambers with eight parts each."""
    places = np.array(
        [
            (row, chamber, part, int(row >= 9), row - 9 if row >= 9 else 8 - row)
            for row in range(18)
            for chamber in range(1, CHAMBERS[row - 9 if row >= 9 else 8 - row] + 1)
            for part in range(STRIPS + WIRES)
        ]
    )
    row, chamber, part, plus, ring = places.T
    turn = (chamber - 1) / np.array(CHAMBERS)[ring]
    rate = np.array(RATES)[ring]
    if run_type == "cosmics":
        # what an upright chamber is triggered by points at the beam line: it flies most
        # nearly level at the sides, and few do
        rate = LEVEL * through_muon_system(2 * np.pi * turn)
    else:
        rate = rate * (1 + 0.04 * np.cos(2 * np.pi * turn))
    kind = (part >= STRIPS).astype(np.int64)
    known = (TYPES.index("ME-4/2") == row) & (chamber >= 12) & (chamber <= 14)
    known |= (TYPES.index("ME-1/3") == row) & (chamber >= 7) & (chamber <= 9)
    known |= (TYPES.index("ME+2/2") == row) & (chamber >= 26) & (chamber <= 29)
    known |= (TYPES.index("ME+3/1") == row) & (chamber >= 4) & (chamber <= 5)
    number = np.cumsum(np.diff(40 * row + chamber, prepend=-1) != 0) - 1
    return geometry(
        {
            "row": row + 0.5, "chamber": chamber, "part": part, "plus": plus,
            "ring": ring, "kind": kind,
        },
        rate * SCALE[run_type],
        known=known,
        fed=830 + 4 * plus + (4 * turn).astype(np.int64),
        board=number,
        sector=12 * row + (12 * turn).astype(np.int64),
        partitions=("CSC-",) * 108 + ("CSC+",) * 108,
        # a primary supply feeds the distribution boards of several chambers ("The CMS
        # experiment at the CERN LHC", JINST 3 (2008) S08004, section 7.2); that these
        # are one ring of a station is chosen
        crate=np.arange(216) // 12,
        threshold=THRESHOLD,
        t0_spread=0.8,
        seed=750,
    )  # fmt: skip


@functools.lru_cache(maxsize=64)
def _charges(gain: float) -> Array:
    return landau(CHARGE, PEAK * gain, WIDTH * gain)


@drawn_once
def _rec_hits(now: Lumisection) -> Array:
    """Rec hits, for which wires and strips must fire at once: noise makes none.

    So CMS builds them, and segments of three or more (minHitsPerSegment of cmssw
    RecoLocalMuon/CSCSegment); that wires and strips fire by chance is left out.
    """
    return now.rng.binomial(now.particles, IN_RECHITS)


def _times(now: Lumisection) -> tuple[Array, Array]:
    sigma = SIGMA[now.state.run_type]
    return mean_times(now.rng, _rec_hits(now), now.t0, sigma)


def _segments(now: Lumisection) -> Array:
    return now.rng.binomial(_rec_hits(now), IN_SEGMENTS)


def _errors(now: Lumisection) -> Array:
    return now.rng.binomial(now.hits, ERRORS)


def _stubs(now: Lumisection) -> Array:
    """Anode stubs by crossing: patterns of four layers, so noise makes none."""
    wires = now.built.coordinates["kind"] == 1
    number = float(now.rng.binomial(now.particles[wires], IN_STUBS).sum())
    return spread(now.rng, number, ALCT_CHANCE[now.state.run_type])


def _gain_row(built: Geometry, sign: str, ring: int) -> Element:
    """The charge of the rec hits of one ring."""
    letter, plus = ENDCAPS[sign]
    where, name = built.coordinates, RINGS[ring]
    mine = (where["plus"] == plus) & (where["kind"] == 0) & (where["ring"] == ring)

    def charges(now: Lumisection) -> Array:
        shape = _charges(now.channels.response(_rec_hits(now), mine))
        return spread(now.rng, float(_rec_hits(now)[mine].sum()), shape)

    return distribution(
        GAIN.format(letter, code(name)), f"ME{sign}{name} charge of the rec hits",
        (CHARGE,), charges, y_title="Rec hits",
        test=mean_within(450, 750, 80, unit="ADC counts", part="Gain"),
    )  # fmt: skip


def _endcap_rows(run_type: RunType, built: Geometry, sign: str) -> list[Element]:
    """Times, charges and the rate of one endcap."""
    letter, plus = ENDCAPS[sign]
    where, sigma = built.coordinates, SIGMA[run_type]
    mine = where["plus"] == plus
    inner = mine & (where["ring"] == 0)
    # wires are quicker than strips
    readouts = (
        (ANODE_TIME, 1, 0.75 * sigma, "anode (wire)"),
        (CATHODE_TIME, 0, sigma, "cathode (strip)"),
    )
    return [
        *(
            distribution(
                path.format(letter), f"ME{sign}1/1 {words} time", (TIME,),
                hit_times(TIME, _rec_hits, width, inner & (where["kind"] == kind)),
                y_title="Rec hits",
                test=mean_within(-3, 3, 2, unit="ns", part="Timing"),
            )
            for path, kind, width, words in readouts
        ),
        *(_gain_row(built, sign, ring) for ring in range(len(RINGS))),
        hits_per_event(
            PER_EVENT.format(sign), f"ME{sign} digis per event", select=mine,
            y_title="Digis per event",
            test=last_within(0, 250, 40, unit="digis per event", part="Rate"),
        ),
    ]  # fmt: skip


def rows(run_type: RunType, built: Geometry | None) -> tuple[Element, ...]:
    """The table."""
    assert built is not None
    kind, cosmic = built.coordinates["kind"], run_type == "cosmics"
    strips, wires = kind == 0, kind == 1
    axes, where = (CHAMBER, TYPE), ("chamber", "row")

    def chambers(part: str) -> Checked:
        return occupancy(
            noun="chambers", ring="y", dead=0.1 if cosmic else 0.25,
            warn=0.0015, bad=0.003, part=part,
        )  # fmt: skip

    return (
        hit_map(
            built, WIRE_MAP, "Wire digis by chamber", axes, where, all_hits,
            select=wires, y_title="Wire digis", test=chambers("Wires"),
        ),
        hit_map(
            built, STRIP_MAP, "Strip digis by chamber", axes, where, all_hits,
            select=strips, y_title="Strip digis", test=chambers("Strips"),
        ),
        hit_map(
            built, HIT_MAP, "Rec hits by chamber", axes, where, _rec_hits,
            select=strips, y_title="Rec hits", test=chambers("Rec hits"),
        ),
        mean_map(
            built, TIME_MAP, "Mean rec hit time by chamber", axes, where, _rec_hits,
            _times, select=strips,
            test=bins_within(
                -5, 5, unit="ns", noun="chambers", bad=0.1,
                enough=200 if cosmic else 50, window=10, part="Timing",
            ),
        ),
        hit_map(
            built, SEGMENT_MAP, "Segments by chamber", axes, where, _segments,
            select=strips, y_title="Segments", test=chambers("Segments"),
        ),
        hit_map(
            built, FORMAT_ERRORS, "Format errors by chamber", axes, where, _errors,
            select=wires, y_title="Errors",
            test=bins_within(
                0, 25, noun="chambers with errors", warn=0.0, window=10, part="Errors"
            ),
        ),
        hit_map(
            built, BY_TYPE, "Digis by chamber type", (TYPE,), ("row",), all_hits,
            y_title="Digis", test=symmetric(
                *((0.12, 0.16) if cosmic else (0.08, 0.12)),
                entries=COSMIC_PAIR if cosmic else PAIR, window=25 if cosmic else 10,
                part="Chamber types",
            ),
        ),
        *(row for sign in ENDCAPS for row in _endcap_rows(run_type, built, sign)),
        distribution(
            STUB_BX, "Crossing of the anode stubs", (ALCT_BX,), _stubs,
            y_title="Stubs",
            test=share_within(
                2, 4, "in the three middle crossings",
                *((0.8, 0.7) if cosmic else (0.93, 0.85)), part="Timing",
            ),
        ),
        *fed_rows("CSC"),
    )  # fmt: skip


SUBSYSTEM = Subsystem(
    "CSC", rows, channels,
    parts=("Wires", "Strips", "Rec hits", "Segments", "Timing", "Errors"),
)  # fmt: skip
