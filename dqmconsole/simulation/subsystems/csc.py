"""CSC: cathode strip chambers, 540 in two endcaps; digis, rec hits, errors, times.

Paths as cmssw DQM/CSCMonitorModule and DQMOffline/Muon (CSCOfflineMonitor) book
them where these have such an element. All numbers are simulated.
"""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING

import numpy as np

from dqmconsole.model.histogram import Array, Axis
from dqmconsole.simulation.booking import Booking, cells, known_cells
from dqmconsole.simulation.elements import Element, labelled
from dqmconsole.simulation.fed_integrity import FedIntegrity
from dqmconsole.simulation.shapes import landau, mean_times, spread, times
from dqmconsole.simulation.state.channels import Geometry, geometry
from dqmconsole.simulation.subsystem import Lumisection, Subsystem
from dqmconsole.simulation.thresholds import (
    BinsWithin,
    LastWithin,
    MeanWithin,
    Occupancy,
    ShareWithin,
    Symmetric,
)

if TYPE_CHECKING:
    from dqmconsole.model.layout import RunType
    from dqmconsole.simulation.quality import QualityTest

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

SCALE = {"collisions": 1.0, "heavy-ions": 0.8, "cosmics": 0.35}
SIGMA = {"collisions": 6.5, "heavy-ions": 6.5, "cosmics": 11.0}
IN_RECHITS, IN_SEGMENTS, IN_STUBS = 0.35, 0.3, 0.12
ERRORS = 4e-5
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
READOUT = FedIntegrity("CSC", "CSC/FEDIntegrity")


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
        # muons from above cross upright chambers best at the sides
        rate = 0.012 * (1 + 0.25 * np.cos(4 * np.pi * turn))
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
        fed=750 + 4 * plus + (4 * turn).astype(np.int64),
        board=number,
        sector=12 * row + (12 * turn).astype(np.int64),
        partitions=("CSC-",) * 108 + ("CSC+",) * 108,
        t0_spread=0.8,
        seed=750,
    )  # fmt: skip


def book(_run_type: RunType, built: Geometry | None) -> tuple[Element, ...]:
    """Declare the elements."""
    assert built is not None
    where = built.coordinates
    booking = Booking("CSC", built)
    strips, wires = where["kind"] == 0, where["kind"] == 1
    for path, title, mine, words in (
        (WIRE_MAP, "Wire digis by chamber", wires, "Wire digis"),
        (STRIP_MAP, "Strip digis by chamber", strips, "Strip digis"),
        (HIT_MAP, "Rec hits by chamber", strips, "Rec hits"),
        (SEGMENT_MAP, "Segments by chamber", strips, "Segments"),
        (FORMAT_ERRORS, "Format errors by chamber", wires, "Errors"),
    ):
        booking.hits(
            path, title, (CHAMBER, TYPE), ("chamber", "row"), select=mine,
            y_title=words,
        )  # fmt: skip
    booking.mean_times(
        TIME_MAP, "Mean rec hit time by chamber", (CHAMBER, TYPE), ("chamber", "row"),
        select=strips,
    )  # fmt: skip
    booking.hits(BY_TYPE, "Digis by chamber type", (TYPE,), ("row",), y_title="Digis")
    for sign, (letter, plus) in ENDCAPS.items():
        mine = where["plus"] == plus
        inner = mine & (where["ring"] == 0)
        for path, kind, words in (
            (ANODE_TIME, wires, "anode (wire)"),
            (CATHODE_TIME, strips, "cathode (strip)"),
        ):
            booking.spectrum(
                path.format(letter), f"ME{sign}1/1 {words} time", TIME,
                select=inner & kind, quantity="time", y_title="Rec hits",
            )  # fmt: skip
        for ring, name in enumerate(RINGS):
            booking.spectrum(
                GAIN.format(letter, code(name)),
                f"ME{sign}{name} charge of the rec hits", CHARGE,
                select=mine & strips & (where["ring"] == ring), quantity="response",
                y_title="Rec hits",
            )  # fmt: skip
        booking.hits_per_event_trend(
            PER_EVENT.format(sign), f"ME{sign} digis per event", select=mine,
            y_title="Digis per event",
        )  # fmt: skip
    booking.spectrum(
        STUB_BX, "Crossing of the anode stubs", ALCT_BX, select=wires, y_title="Stubs"
    )
    READOUT.book(booking)
    return booking.done()


@functools.cache
def _selected(built: Geometry, plus: int, kind: int, ring: int) -> Array:
    """Channels of an endcap; kind 0 strips, 1 wires, and ring, -1 for all."""
    where = built.coordinates
    mine: Array = where["plus"] == plus
    if kind >= 0:
        mine = mine & (where["kind"] == kind)
    if ring >= 0:
        mine = mine & (where["ring"] == ring)
    return mine


@functools.lru_cache(maxsize=64)
def _charges(gain: float) -> Array:
    return landau(CHARGE, 420.0 * gain, 95.0 * gain)


def fill(now: Lumisection) -> None:
    """Add one lumisection."""
    assert now.channels is not None
    built, rng, hits, book_ = now.channels.built, now.rng, now.hits, now.book
    t0, run_type = now.channels.t0, now.state.run_type
    sigma = SIGMA[run_type]
    rec_hits = rng.binomial(hits, IN_RECHITS)
    sums, squares = mean_times(rng, rec_hits, t0, sigma)
    for path in (WIRE_MAP, STRIP_MAP, BY_TYPE):
        book_[path].add_hits(hits)
    book_[HIT_MAP].add_hits(rec_hits)
    book_[SEGMENT_MAP].add_hits(rng.binomial(rec_hits, IN_SEGMENTS))
    book_[FORMAT_ERRORS].add_hits(rng.binomial(hits, ERRORS))
    book_[TIME_MAP].add_hit_means(rec_hits, sums, squares)
    for sign, (letter, plus) in ENDCAPS.items():
        for path, kind in ((ANODE_TIME, 1), (CATHODE_TIME, 0)):
            mine = _selected(built, plus, kind, 0)
            book_[path.format(letter)].add(
                times(rng, TIME, rec_hits[mine], t0[mine], sigma * (1.0 - 0.25 * kind))
            )
        for ring, name in enumerate(RINGS):
            mine = _selected(built, plus, 0, ring)
            charges = _charges(now.channels.response(rec_hits, mine))
            book_[GAIN.format(letter, code(name))].add(
                spread(rng, float(rec_hits[mine].sum()), charges)
            )
        if now.events:
            mean = float(hits[_selected(built, plus, -1, -1)].sum()) / now.events
            book_[PER_EVENT.format(sign)].add_trend(
                now.number, now.events, mean, mean**0.5
            )
    wires = built.coordinates["kind"] == 1
    stubs = float(rng.binomial(hits[wires], IN_STUBS).sum())
    book_[STUB_BX].add(spread(rng, stubs, ALCT_CHANCE[run_type]))
    READOUT.fill(now)


def tests(run_type: RunType, built: Geometry | None) -> tuple[QualityTest, ...]:
    """The quality tests."""
    assert built is not None
    elements = {each.path: each for each in book(run_type, built)}
    cosmic = run_type == "cosmics"
    found: list[QualityTest] = [
        Occupancy(
            path, cells(elements[path]), known=known_cells(elements[path], built),
            noun="chambers", ring_axis=1, warn=0.0015, bad=0.003, part=part,
        )
        for path, part in (
            (WIRE_MAP, "Wires"), (STRIP_MAP, "Strips"), (HIT_MAP, "Rec hits"),
            (SEGMENT_MAP, "Segments"),
        )
    ]  # fmt: skip
    found += [
        BinsWithin(
            TIME_MAP, -5, 5, unit="ns", noun="chambers", bad=0.1,
            enough=200 if cosmic else 50, window=10, part="Timing",
        ),
        BinsWithin(FORMAT_ERRORS, 0, 25, noun="chambers with errors", warn=0.0,
                   window=10, part="Errors"),
        Symmetric(BY_TYPE, warn=0.08, bad=0.12, part="Chamber types"),
        ShareWithin(
            STUB_BX, 2, 4, "in the three middle crossings",
            *((0.8, 0.7) if cosmic else (0.93, 0.85)), part="Timing",
        ),
    ]  # fmt: skip
    for sign, (letter, _) in ENDCAPS.items():
        found += [
            MeanWithin(path.format(letter), -3, 3, 2, unit="ns", part="Timing")
            for path in (ANODE_TIME, CATHODE_TIME)
        ]
        found += [
            MeanWithin(
                GAIN.format(letter, code(name)),
                450, 750, 80, unit="ADC counts", part="Gain",
            )
            for name in RINGS
        ]  # fmt: skip
        found.append(
            LastWithin(
                PER_EVENT.format(sign), 0, 250, 40, unit="digis per event", part="Rate"
            )
        )
    return tuple(found + READOUT.tests())


SUBSYSTEM = Subsystem(name="CSC", book=book, fill=fill, tests=tests, geometry=channels)
