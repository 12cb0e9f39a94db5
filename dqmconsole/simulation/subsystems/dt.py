"""DT: drift tubes, 250 chambers in five wheels; digis, segments, trigger, times.

Paths as cmssw DQM/DTMonitorModule and DTMonitorClient book them where these have
such an element; a channel is one layer of a superlayer. All numbers are simulated.
"""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING

import msgspec
import numpy as np

from dqmconsole.model.histogram import Array, Axis
from dqmconsole.simulation.booking import Booking, cells, known_cells
from dqmconsole.simulation.elements import Element, labelled
from dqmconsole.simulation.fed_integrity import FedIntegrity
from dqmconsole.simulation.shapes import erf, exponential, mean_times, spread, times
from dqmconsole.simulation.state.channels import Geometry, geometry
from dqmconsole.simulation.subsystem import Lumisection, Subsystem
from dqmconsole.simulation.thresholds import (
    BinsWithin,
    LastWithin,
    MeanWithin,
    Occupancy,
    ShareWithin,
)

if TYPE_CHECKING:
    from dqmconsole.model.layout import RunType
    from dqmconsole.simulation.quality import QualityTest

WHEELS = (-2, -1, 0, 1, 2)
STATIONS = (1, 2, 3, 4)
SUPERLAYERS = (
    "MB1 φ1", "MB1 θ", "MB1 φ2", "MB2 φ1", "MB2 θ", "MB2 φ2",
    "MB3 φ1", "MB3 θ", "MB3 φ2", "MB4 φ1", "MB4 φ2",
)  # fmt: skip
SECTOR = Axis(14, 0.5, 14.5, title="Sector")
SECTOR12 = Axis(12, 0.5, 12.5, title="Sector")
WHEEL = Axis(5, -2.5, 2.5, title="Wheel")
ROWS = labelled(SUPERLAYERS, "Superlayer")
STATION_ROWS = labelled(("MB1", "MB2", "MB3", "MB4"), "Station")
BOX = Axis(120, -100.0, 700.0, title="Drift time [ns]")
T0 = Axis(100, -50.0, 50.0, title="Segment time [ns]")
NUMBER = Axis(16, 0.5, 16.5, title="Hits in the segment")
CROSSING = Axis(11, -5.5, 5.5, title="BX of the trigger segment")

DRIFT = 385.0
"""Longest drift time in a cell of 21 mm half width, ns."""
EDGE = 9.0
T0_SIGMA = {"collisions": 4.5, "heavy-ions": 4.5, "cosmics": 9.0}
SCALE = {"collisions": 1.0, "heavy-ions": 0.9, "cosmics": 0.55}
IN_SEGMENTS = 0.1
IN_TRIGGER = 0.06
CORRELATED = 0.82
HITS_CHANCE = np.array(
    [0, 0, 0, 0.005, 0.015, 0.02, 0.04, 0.12, 0.05, 0.08, 0.17, 0.5, 0, 0, 0, 0]
)
CROSSING_CHANCE = {
    "collisions": np.array([1, 2, 4, 10, 45, 880, 40, 10, 4, 2, 2]),
    "heavy-ions": np.array([1, 2, 4, 10, 45, 880, 40, 10, 4, 2, 2]),
    "cosmics": np.array([3, 6, 12, 30, 90, 730, 85, 25, 10, 5, 4]),
}

OCCUPANCY = "DT/01-Digi/OccupancySummary_W{}"
GLOBAL = "DT/01-Digi/OccupancyGlbSummary"
PER_EVENT = "DT/01-Digi/DigisPerEvent_vs_LS_W{}"
BOXES = "DT/01-Digi/TimeBox_MB{}"
SEGMENTS = "DT/02-Segments/Wheel{0}/numberOfSegments_W{0}"
SEGMENTS_GLOBAL = "DT/02-Segments/SegmentGlbSummary"
SEGMENT_HITS = "DT/02-Segments/h4DSegmNHits"
SEGMENT_TIME = "DT/02-Segments/SegmentT0"
MEAN_TIME = "DT/02-Segments/SegmentT0_W{}"
CORRELATION = "DT/03-LocalTrigger-TM/TM_CorrFractionSummaryIn"
TRIGGER_BX = "DT/03-LocalTrigger-TM/TM_BX"
READOUT = FedIntegrity("DT", "DT/FEDIntegrity")


def channels(run_type: RunType) -> Geometry:
    """The 2,720 layers of 680 superlayers; station 4 has no θ and 14 sectors."""
    places = np.array(
        [
            (wheel, sector, station, layer, SUPERLAYERS.index(name))
            for wheel in WHEELS
            for sector in (1, 2, 3, 4, 13, 5, 6, 7, 8, 9, 10, 14, 11, 12)
            for station in STATIONS
            if station == 4 or sector <= 12
            for name in SUPERLAYERS
            if name[2] == str(station)
            for layer in range(4)
        ]
    )
    wheel, sector, station, layer, row = places.T
    folded = np.where(sector == 13, 4, np.where(sector == 14, 10, sector))
    base = np.array([0.030, 0.021, 0.016, 0.026])[station - 1]
    rate = base * (1 + 0.25 * np.abs(wheel) * (station == 1))
    rate = rate * (1 + 0.02 * layer)
    # sectors 4 and 10 of station 4 are two narrow chambers each
    rate = np.where((station == 4) & np.isin(folded, (4, 10)), 0.6 * rate, rate)
    phi = np.pi / 6 * (folded - 1)
    from_above = 0.6 + 0.6 * np.abs(np.sin(phi))
    rate = rate * (from_above if run_type == "cosmics" else 1 + 0.04 * np.cos(phi))
    known = (wheel == -2) & np.isin(sector, (7, 8)) & (station == 3)
    known |= (wheel == 1) & (sector == 12) & (station <= 2)
    known |= (wheel == 0) & (sector >= 13)
    chamber = np.cumsum(np.diff(10 * sector + station, prepend=-1) != 0) - 1
    board = np.cumsum(np.diff(20 * chamber + row, prepend=-1) != 0) - 1
    partitions = ("DT-",) * 100 + ("DT0",) * 50 + ("DT+",) * 100
    return geometry(
        {
            "wheel": wheel, "sector": sector, "folded": folded, "station": station,
            "row": row + 0.5, "mb": station - 0.5,
        },
        rate * SCALE[run_type],
        known=known,
        fed=770 + 2 * (wheel + 2) + (folded > 6),
        board=board,
        sector=chamber,
        partitions=partitions,
        t0_spread=0.5,
        seed=770,
    )  # fmt: skip


def book(_run_type: RunType, built: Geometry | None) -> tuple[Element, ...]:
    """Declare the elements."""
    assert built is not None
    where = built.coordinates
    booking = Booking("DT", built)
    for wheel in WHEELS:
        mine = where["wheel"] == wheel
        booking.hits(
            OCCUPANCY.format(wheel), f"Digis in wheel {wheel}", (SECTOR, ROWS),
            ("sector", "row"), select=mine, y_title="Digis",
        )  # fmt: skip
        booking.hits(
            SEGMENTS.format(wheel), f"Segments in wheel {wheel}",
            (SECTOR, STATION_ROWS), ("sector", "mb"), select=mine, y_title="Segments",
        )  # fmt: skip
        booking.mean_times(
            MEAN_TIME.format(wheel), f"Mean segment time in wheel {wheel}",
            (SECTOR, STATION_ROWS), ("sector", "mb"), select=mine,
        )  # fmt: skip
        booking.hits_per_event_trend(
            PER_EVENT.format(wheel), f"Wheel {wheel} digis per event", select=mine,
            y_title="Digis per event",
        )  # fmt: skip
    for path, words in ((GLOBAL, "Digis"), (SEGMENTS_GLOBAL, "Segments")):
        booking.hits(
            path, f"{words} by sector and wheel", (SECTOR12, WHEEL),
            ("folded", "wheel"), y_title=words,
        )  # fmt: skip
    booking.mean_times(
        CORRELATION, "Share of trigger segments with both φ superlayers",
        (SECTOR12, WHEEL), ("folded", "wheel"), y_title="Share", quantity="mean",
    )  # fmt: skip
    for station in STATIONS:
        sight = booking.sight("time", None, where["station"] == station)
        # drift times are no bell around the channel's t0: the whole box scales
        booking.add(
            Element(
                BOXES.format(station),
                f"Drift times in MB{station}",
                (BOX,),
                sight=msgspec.structs.replace(sight, times=None),
                y_title="Digis",
            )
        )
    booking.spectrum(
        SEGMENT_TIME, "Segment time", T0, quantity="time", y_title="Segments"
    )
    booking.spectrum(SEGMENT_HITS, "Hits per segment", NUMBER, y_title="Segments")
    booking.spectrum(
        TRIGGER_BX, "Crossing of the trigger segments", CROSSING,
        y_title="Trigger segments",
    )  # fmt: skip
    READOUT.book(booking)
    return booking.done()


@functools.cache
def _on_wheel(built: Geometry, wheel: int) -> Array:
    mine: Array = built.coordinates["wheel"] == wheel
    return mine


@functools.cache
def _in_station(built: Geometry, station: int) -> Array:
    mine: Array = built.coordinates["station"] == station
    return mine


def time_box(start: float) -> Array:
    """Probability of drift times per bin, flow bins included.

    Uniform arrival from `start`, ns, over the longest drift time, edges smeared;
    a tail of late pulses and a flat noise.
    """

    def ramp(edges: Array) -> Array:
        """Integral of the normal distribution function of width EDGE, ns."""
        scaled = edges / EDGE
        below = 0.5 * (1 + erf(scaled / np.sqrt(2)))
        bell = np.exp(-0.5 * scaled**2) / np.sqrt(2 * np.pi)
        grown: Array = edges * below + EDGE * bell
        return grown

    after = BOX.edges - start
    box = np.diff((ramp(after) - ramp(after - DRIFT)) / DRIFT, prepend=0.0, append=1.0)
    late = exponential(BOX, 90.0, start + DRIFT)
    noise = np.zeros(BOX.bins + 2)
    noise[1:-1] = 1 / BOX.bins
    mixed: Array = 0.88 * box.clip(0) + 0.08 * late + 0.04 * noise
    return mixed


def fill(now: Lumisection) -> None:
    """Add one lumisection."""
    assert now.channels is not None
    built, rng, hits = now.channels.built, now.rng, now.hits
    t0, run_type = now.channels.t0, now.state.run_type
    sigma = T0_SIGMA[run_type]
    segments = rng.binomial(hits, IN_SEGMENTS)
    sums, squares = mean_times(rng, segments, t0, sigma)
    for wheel in WHEELS:
        now.book[OCCUPANCY.format(wheel)].add_hits(hits)
        now.book[SEGMENTS.format(wheel)].add_hits(segments)
        now.book[MEAN_TIME.format(wheel)].add_hit_means(segments, sums, squares)
        if now.events:
            mean = float(hits[_on_wheel(built, wheel)].sum()) / now.events
            now.book[PER_EVENT.format(wheel)].add_trend(
                now.number, now.events, mean, mean**0.5
            )
    now.book[GLOBAL].add_hits(hits)
    now.book[SEGMENTS_GLOBAL].add_hits(segments)
    for station in STATIONS:
        mine = _in_station(built, station)
        total = float(hits[mine].sum())
        start = float(hits[mine] @ t0[mine]) / max(total, 1.0)
        now.book[BOXES.format(station)].add(spread(rng, total, time_box(start)))
    number = float(segments.sum())
    now.book[SEGMENT_TIME].add(times(rng, T0, segments, t0, sigma))
    now.book[SEGMENT_HITS].add(spread(rng, number, HITS_CHANCE))
    primitives = rng.binomial(hits, IN_TRIGGER)
    both = rng.binomial(primitives, CORRELATED)
    now.book[CORRELATION].add_hit_means(primitives, both, both)
    now.book[TRIGGER_BX].add(
        spread(rng, float(primitives.sum()), CROSSING_CHANCE[run_type])
    )
    READOUT.fill(now)


def tests(run_type: RunType, built: Geometry | None) -> tuple[QualityTest, ...]:
    """The quality tests."""
    assert built is not None
    elements = {each.path: each for each in book(run_type, built)}
    cosmic = run_type == "cosmics"
    found: list[QualityTest] = []
    for wheel in WHEELS:
        path, segments = OCCUPANCY.format(wheel), SEGMENTS.format(wheel)
        found += [
            Occupancy(
                path, cells(elements[path]), known=known_cells(elements[path], built),
                noun="superlayers", ring_axis=1, part=f"Wheel {wheel}",
            ),
            Occupancy(
                segments, cells(elements[segments]),
                known=known_cells(elements[segments], built), noun="chambers",
                ring_axis=1, warn=0.0, bad=0.03, enough=80, part=f"Wheel {wheel}",
            ),
            BinsWithin(
                MEAN_TIME.format(wheel), -4, 4, unit="ns", noun="chambers", bad=0.1,
                enough=200 if cosmic else 50, window=10, part="Timing",
            ),
            LastWithin(
                PER_EVENT.format(wheel), 0, 100, 20, unit="digis per event",
                part="Rate",
            ),
        ]  # fmt: skip
    found += [
        Occupancy(
            GLOBAL, cells(elements[GLOBAL]), noun="sectors", ring_axis=-1, warn=0.0,
            empty_below=0.2, bad=0.03, part="Sectors",
        ),
        Occupancy(
            SEGMENTS_GLOBAL, cells(elements[SEGMENTS_GLOBAL]), noun="sectors",
            ring_axis=-1, warn=0.0, empty_below=0.2, bad=0.03, part="Sectors",
        ),
        BinsWithin(
            CORRELATION, 0.7, 1.0, noun="sectors", enough=100, window=10,
            part="Trigger",
        ),
        ShareWithin(
            TRIGGER_BX, 0, 0, "in crossing 0", *((0.6, 0.5) if cosmic else (0.8, 0.7)),
            part="Trigger",
        ),
        MeanWithin(SEGMENT_TIME, -3, 3, 2, unit="ns", part="Timing"),
        MeanWithin(SEGMENT_HITS, 9.5, 12, 1, unit="hits", part="Segments"),
    ]  # fmt: skip
    found += [
        MeanWithin(
            BOXES.format(station), 200, 240, 20, unit="ns", enough=1000,
            part="Time boxes",
        )
        for station in STATIONS
    ]  # fmt: skip
    return tuple(found + READOUT.tests())


SUBSYSTEM = Subsystem(name="DT", book=book, fill=fill, tests=tests, geometry=channels)
