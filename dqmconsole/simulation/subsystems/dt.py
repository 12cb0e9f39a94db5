"""DT: drift tubes, 250 chambers in five wheels; digis, segments, trigger, times.

Paths as cmssw DQM/DTMonitorModule and DTMonitorClient book them where these have
such an element; a channel is one layer of a superlayer. All numbers are simulated.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from dqmconsole.model.histogram import Array, Axis
from dqmconsole.simulation.checked import (
    bins_within,
    last_within,
    mean_within,
    occupancy,
    share_within,
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
from dqmconsole.simulation.shapes import (
    erf,
    exponential,
    flat,
    mean_times,
    one_later,
    spread,
    thinned,
)
from dqmconsole.simulation.state.channels import Channels, Geometry, geometry
from dqmconsole.simulation.subsystem import Subsystem

if TYPE_CHECKING:
    from dqmconsole.simulation.state.beam import RunType

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
SCALE = {"collisions": 1.0, "heavy-ions": 0.9}
WIRES = np.array([50, 60, 72, 92])
"""Of a layer of φ, by station: how wide a chamber is ("The CMS experiment at the CERN
LHC", JINST 3 (2008) S08004, section 7.1: cells of 42 mm; rounded)."""
COSMIC_RATE = 3.07e-4
"""Digis of a layer per cosmic event and cell of its width, at the top. Chosen."""
IN_SEGMENTS = 0.1
IN_TRIGGER = 0.06
CORRELATED = 0.82
HALF_CROSSING, PRIMITIVE_SIGMA = 12.5, 6.0
"""Of the time of a trigger segment, ns."""
HITS_CHANCE = np.array(
    [0, 0, 0, 0.005, 0.015, 0.02, 0.04, 0.12, 0.05, 0.08, 0.17, 0.5, 0, 0, 0, 0]
)
LEAST_HITS = 3
"""Hits that a segment takes."""
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
    cosmic = run_type == "cosmics"
    if cosmic:  # muons come from outside, alike along the beam line
        rate = COSMIC_RATE * WIRES[station - 1]
    rate = rate * (1 + 0.02 * layer)
    # sectors 4 and 10 of station 4 are two narrow chambers each
    rate = np.where((station == 4) & np.isin(folded, (4, 10)), 0.6 * rate, rate)
    phi = np.pi / 6 * (folded - 1)
    rate = rate * (through_muon_system(phi) if cosmic else 1 + 0.04 * np.cos(phi))
    known = (wheel == -2) & np.isin(sector, (7, 8)) & (station == 3)
    known |= (wheel == 1) & (sector == 12) & (station <= 2)
    known |= (wheel == 0) & (sector >= 13)
    chamber = np.cumsum(np.diff(10 * sector + station, prepend=-1) != 0) - 1
    board = np.cumsum(np.diff(20 * chamber + row, prepend=-1) != 0) - 1
    partitions = ("DT-",) * 100 + ("DT0",) * 50 + ("DT+",) * 100
    firsts = np.unique(chamber, return_index=True)[1]
    return geometry(
        {
            "wheel": wheel, "sector": sector, "folded": folded, "station": station,
            "row": row + 0.5, "mb": station - 0.5,
        },
        rate if cosmic else rate * SCALE[run_type],
        known=known,
        fed=1370 + np.sign(wheel),
        board=board,
        sector=chamber,
        partitions=partitions,
        # a master board feeds the boards of several chambers ("The CMS experiment at
        # the CERN LHC", JINST 3 (2008) S08004, section 7.1); that these are one sector
        # of a wheel is chosen
        crate=(12 * (wheel + 2) + folded - 1)[firsts],
        t0_spread=0.5,
        seed=770,
    )  # fmt: skip


def share_late(channels: Channels) -> float:
    """Share of the trigger segments that come one crossing later; exactly 0 as a rule.

    A segment is given to the crossing in whose middle it usually comes: one that is
    later than half a crossing goes to the next. Their spread is chosen.

    Args:
        channels: of DT.
    """
    later = channels.t0 - channels.built.t0
    if not later.any():
        return 0.0
    working = channels.built.rate * ~channels.built.known
    away = np.array([0.0, 1.0])[:, None] * later - HALF_CROSSING
    below, now = 0.5 * (1 + erf(away / (PRIMITIVE_SIGMA * np.sqrt(2))))
    late = (now - below) / (1 - below)
    return float(working @ late.clip(0, 1) / working.sum())


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


@drawn_once
def _segments(now: Lumisection) -> Array:
    """Hits that end in segments, which take three layers in a line: noise does not."""
    return now.rng.binomial(now.particles, IN_SEGMENTS)


@drawn_once
def _times(now: Lumisection) -> tuple[Array, Array]:
    sigma = T0_SIGMA[now.state.run_type]
    return mean_times(now.rng, _segments(now), now.t0, sigma)


@drawn_once
def _primitives(now: Lumisection) -> Array:
    """Hits that end in trigger segments."""
    return now.rng.binomial(now.particles, IN_TRIGGER)


def _segment_sizes(now: Lumisection) -> Array:
    """Segments by their hits: a chamber that is less efficient has shorter ones.

    So has one in which the board of a superlayer is dead; that each hit is lost with
    the same chance then is simplified. What drivers and links lose, they lose with the
    whole segment.
    """
    found, built = _segments(now), now.built
    chance = HITS_CHANCE
    alive = ~now.channels.board_dead[built.board]
    efficiency = np.minimum(now.channels.boost, 1.0) * alive
    if (efficiency < 1).any():
        chamber = built.sector
        usual = np.bincount(chamber, built.rate)
        share = np.bincount(chamber, built.rate * efficiency) / usual
        alike, of = np.unique(share.round(3), return_inverse=True)
        weights = np.bincount(of, np.bincount(chamber, found))
        numbers = np.append(0.0, HITS_CHANCE)
        chance = sum(
            (
                weight * thinned(numbers, each, LEAST_HITS)[1:]
                for each, weight in zip(alike.tolist(), weights, strict=True)
            ),
            np.zeros(NUMBER.bins),
        )
    return spread(now.rng, float(found.sum()), chance)


def _correlated(now: Lumisection) -> tuple[Array, Array]:
    both = now.rng.binomial(_primitives(now), CORRELATED)
    return both, both


def _wheel_rows(built: Geometry, wheel: int, enough: int) -> list[Element]:
    """The elements of one wheel; `enough`: segments that a mean time needs."""
    mine, part = built.coordinates["wheel"] == wheel, f"Wheel {wheel}"
    return [
        hit_map(
            built, OCCUPANCY.format(wheel), f"Digis in wheel {wheel}", (SECTOR, ROWS),
            ("sector", "row"), all_hits, select=mine, y_title="Digis",
            test=occupancy(noun="superlayers", ring="y", part=part),
        ),
        hit_map(
            built, SEGMENTS.format(wheel), f"Segments in wheel {wheel}",
            (SECTOR, STATION_ROWS), ("sector", "mb"), _segments, select=mine,
            y_title="Segments",
            test=occupancy(
                noun="chambers", ring="y", warn=0.0, bad=0.03, enough=80, part=part
            ),
        ),
        mean_map(
            built, MEAN_TIME.format(wheel), f"Mean segment time in wheel {wheel}",
            (SECTOR, STATION_ROWS), ("sector", "mb"), _segments, _times, select=mine,
            test=bins_within(
                -4, 4, unit="ns", noun="chambers", bad=0.1, enough=enough, window=10,
                part="Timing",
            ),
        ),
        hits_per_event(
            PER_EVENT.format(wheel), f"Wheel {wheel} digis per event",
            select=mine, y_title="Digis per event",
            test=last_within(0, 100, 20, unit="digis per event", part="Rate"),
        ),
    ]  # fmt: skip


def _box_row(built: Geometry, station: int) -> Element:
    """The drift times of one station: the whole box moves with the hits' mean t0.

    Noise comes at any time: it is flat beneath the box.
    """
    mine = built.coordinates["station"] == station

    def drift_times(now: Lumisection) -> Array:
        hits = now.particles[mine]
        total = float(hits.sum())
        start = float(hits @ now.t0[mine]) / max(total, 1.0)
        box = spread(now.rng, total, time_box(start))
        return box + spread(now.rng, float(now.noise[mine].sum()), flat(BOX))

    return distribution(
        BOXES.format(station), f"Drift times in MB{station}", (BOX,), drift_times,
        y_title="Digis",
        test=mean_within(200, 240, 20, unit="ns", enough=1000, part="Time boxes"),
    )  # fmt: skip


def rows(run_type: RunType, built: Geometry | None) -> tuple[Element, ...]:
    """The table."""
    assert built is not None
    cosmic = run_type == "cosmics"
    enough = 200 if cosmic else 50
    sectors = occupancy(
        noun="sectors", ring="none", warn=0.0, dead=0.2, bad=0.03,
        part="Sectors",
    )  # fmt: skip

    def crossings(now: Lumisection) -> Array:
        chance = one_later(CROSSING_CHANCE[run_type], share_late(now.channels))
        return spread(now.rng, float(_primitives(now).sum()), chance)

    return (
        *(row for wheel in WHEELS for row in _wheel_rows(built, wheel, enough)),
        *(
            hit_map(
                built, path, f"{words} by sector and wheel", (SECTOR12, WHEEL),
                ("folded", "wheel"), hits, y_title=words, test=sectors,
            )
            for path, words, hits in (
                (GLOBAL, "Digis", all_hits), (SEGMENTS_GLOBAL, "Segments", _segments),
            )
        ),
        *(_box_row(built, station) for station in STATIONS),
        distribution(
            SEGMENT_TIME, "Segment time", (T0,),
            hit_times(T0, _segments, T0_SIGMA[run_type]), y_title="Segments",
            test=mean_within(-3, 3, 2, unit="ns", part="Timing"),
        ),
        distribution(
            SEGMENT_HITS, "Hits per segment", (NUMBER,),
            _segment_sizes, y_title="Segments",
            test=mean_within(9.5, 12, 1, unit="hits", part="Segments"),
        ),
        mean_map(
            built, CORRELATION, "Share of trigger segments with both φ superlayers",
            (SECTOR12, WHEEL), ("folded", "wheel"), _primitives, _correlated,
            y_title="Share",
            test=bins_within(
                0.7, 1.0, noun="sectors", enough=100, window=10, part="Trigger"
            ),
        ),
        distribution(
            TRIGGER_BX, "Crossing of the trigger segments", (CROSSING,), crossings,
            y_title="Trigger segments",
            test=share_within(
                0, 0, "in crossing 0", *((0.6, 0.5) if cosmic else (0.8, 0.7)),
                part="Trigger",
            ),
        ),
        *fed_rows("DT"),
    )  # fmt: skip


SUBSYSTEM = Subsystem(
    "DT", rows, channels,
    parts=(
        "Wheel -2", "Timing", "Rate", "Wheel -1", "Wheel 0", "Wheel 1", "Wheel 2",
        "Sectors", "Trigger", "Segments", "Time boxes", "Readout",
    ),
)  # fmt: skip
