"""BRIL: luminosity by three luminometers, bunch by bunch, and beam background.

HF measures on its own; BCM1F (48 diodes around the beam pipe) and PLT (16 telescopes of
three planes) count hits. BRIL has no published DQM elements: these paths are the
simulation's own, and so are all numbers.
"""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING

import msgspec
import numpy as np

from dqmconsole.model.histogram import Array, Axis
from dqmconsole.simulation.checked import last_within, mean_within, occupancy
from dqmconsole.simulation.elements import Element, labelled
from dqmconsole.simulation.lumisection import Lumisection, all_hits, drawn_once
from dqmconsole.simulation.quality import (
    QualityInput,
    QualityOutcome,
    graded,
    too_few,
)
from dqmconsole.simulation.rows import distribution, hit_map, latest, trend
from dqmconsole.simulation.shapes import spread, times
from dqmconsole.simulation.state.beam import OPTICS, ORBIT_CROSSINGS, bunch_pattern
from dqmconsole.simulation.state.channels import Geometry, geometry
from dqmconsole.simulation.subsystem import Subsystem

if TYPE_CHECKING:
    from dqmconsole.simulation.state.beam import RunType
    from dqmconsole.simulation.state.detector import DetectorState

BCM1F, PLT = 0, 1
COUNTERS = {"BCM1F": BCM1F, "PLT": PLT}
DIODES, TELESCOPES, PLANES = 48, 16, 3
BEAMS = (1, 2)

DIODE = Axis(DIODES, 0.5, DIODES + 0.5, title="Channel")
TELESCOPE = Axis(TELESCOPES, 0.5, TELESCOPES + 0.5, title="Telescope")
PLANE = labelled(tuple(f"Plane {each + 1}" for each in range(PLANES)), "Plane")
CROSSING = Axis(ORBIT_CROSSINGS, 0.5, ORBIT_CROSSINGS + 0.5, title="BX")
ARRIVAL = Axis(100, -25.0, 25.0, title="Arrival time [ns]")

RATE = {BCM1F: 1.1, PLT: 0.8}
"""Hits of a channel for each of the sampled orbits, at the start of a fill: chosen."""
SAMPLED = {"collisions": 3200.0, "heavy-ions": 640.0, "cosmics": 0.0}
"""Orbits of which the hits are simulated, of the 262,144 of a lumisection; chosen.

Luminometers have a readout of their own and count in every crossing, whatever the
trigger accepts ("The CMS experiment at the CERN LHC", JINST 3 (2008) S08004, chapter
8). In ions a hit comes with fewer crossings and more particles in each."""
FLIGHT = 6.25
"""Collision products reach BCM1F, at 1.8 m, so many ns after the crossing."""

ARRIVAL_SIGMA = 1.4
TIMED = 0.05
"""Share of BCM1F's hits whose arrival time is sampled."""

OUT_OF_TIME = 0.04
"""Hits from halo and gas, as early as others are late, for each of BCM1F's hits at the
start of a fill. They follow the background, and not the luminosity."""

AFTERGLOW, AFTERGLOW_LENGTH = 0.012, 60.0
BACKGROUND = {1: 3.4, 2: 2.7}
BACKGROUND_ERROR = 0.15
HF_ERROR = 0.002
"""Of one lumisection, relative."""


SMALL_LOSSES = 0.01
"""Share of a lumisection that is not recorded, beside dead time, at most."""

LUMI = "BRIL/Luminosity"
LUMINOSITY = "Luminosity [1e30/cm²s]"
PER_BX = f"{LUMI}/HF_lumi_per_BX"
HF_LUMI = f"{LUMI}/HF_lumi_vs_LS"
COUNTED_LUMI = f"{LUMI}/{{}}_lumi_vs_LS"
RATIO = f"{LUMI}/{{}}_over_HF_vs_LS"
DELIVERED = f"{LUMI}/delivered_vs_LS"
RECORDED = f"{LUMI}/recorded_vs_LS"
EFFICIENCY = f"{LUMI}/data_taking_efficiency_vs_LS"
DIODE_HITS = "BRIL/BCM1F/hits_by_channel"
TELESCOPE_HITS = "BRIL/PLT/hits_by_telescope_and_plane"
HITS_PER_BX = "BRIL/{}/hits_per_BX"
COLLISION_TIME = "BRIL/BCM1F/arrival_time_collisions"
EARLY_TIME = "BRIL/BCM1F/arrival_time_background"
BEAM_BACKGROUND = "BRIL/Background/BKGD{}_vs_LS"


class FillingScheme(msgspec.Struct, frozen=True, eq=False):
    """The share of the entries in the crossings that the filling scheme collides.

    Attributes:
        crossings: bool per crossing, shape (3564,).
        warn, bad: a smaller share is a warning, an error.
        enough: sum of the contents needed.
    """

    crossings: Array
    warn: float = 0.9
    bad: float = 0.8
    enough: float = 200.0
    name: str = "FillingScheme"
    window: int = 1
    part: str = "Bunches"

    def judge(self, given: QualityInput) -> QualityOutcome:
        """Judge all of the content."""
        values = given.now.values()
        total = float(values.sum())
        if total < self.enough or not self.crossings.any():
            return too_few(f"{total:.4g} in all crossings, {self.enough:g} needed")
        share = float(values[self.crossings].sum()) / total
        words = f"{share:.1%} in the colliding crossings, {self.warn:.0%} expected"
        return graded(1 - share, 1 - self.warn, 1 - self.bad, share, words)


def channels(_run_type: RunType) -> Geometry:
    """48 diodes and 48 planes of telescopes."""
    diodes = [(BCM1F, channel, 1) for channel in range(1, DIODES + 1)]
    planes = [
        (PLT, telescope, plane)
        for telescope in range(1, TELESCOPES + 1)
        for plane in range(1, PLANES + 1)
    ]
    kind, number, plane = np.array(diodes + planes).T
    turn = np.where(kind == BCM1F, (number - 1) / 12, (number - 1) / 8)
    rate = np.array([RATE[BCM1F], RATE[PLT]])[kind]
    rate = rate * (1 + 0.06 * np.cos(2 * np.pi * turn)) * (1 - 0.03 * (plane - 1))
    known = (kind == BCM1F) & np.isin(number, (19, 20))
    known |= (kind == PLT) & (number == 5)
    return geometry(
        {"kind": kind, "number": number, "plane": plane - 0.5},
        rate,
        known=known,
        board=np.where(kind == BCM1F, (number - 1) // 6, 7 + number),
        t0=FLIGHT,
        t0_spread=0.25,
        seed=3,
    )


@functools.cache
def _of(built: Geometry, kind: int) -> Array:
    """The channels of one counter."""
    mine: Array = built.coordinates["kind"] == kind
    return mine


@functools.cache
def _bunches(run_type: RunType) -> Array:
    """Luminosity of each crossing relative to the mean of those that collide."""
    pattern = bunch_pattern(OPTICS[run_type]).astype(np.float64)
    sizes = np.random.default_rng(3564).normal(1.0, 0.06, ORBIT_CROSSINGS)
    relative: Array = pattern * sizes.clip(0.7, 1.3)
    return relative


@functools.cache
def _hits_by_crossing(run_type: RunType) -> Array:
    """Hits by crossing: collisions, the afterglow behind them, a flat background."""
    bunches = _bunches(run_type)
    decay = np.exp(-np.arange(ORBIT_CROSSINGS) / AFTERGLOW_LENGTH)
    decay *= AFTERGLOW / decay.sum()
    glow = np.fft.irfft(np.fft.rfft(bunches) * np.fft.rfft(decay), ORBIT_CROSSINGS)
    mixed: Array = bunches + glow.clip(0) + 0.002
    return mixed


@drawn_once
def _timed(now: Lumisection) -> tuple[Array, Array]:
    """BCM1F's hits whose time is sampled: of collisions, and early ones."""
    mine = _of(now.built, BCM1F)
    timed = now.rng.binomial(now.hits[mine], TIMED)
    beam = now.state.beam
    works = now.built.rate[mine] * now.channels.alive(now.state.feds)[mine]
    usual = TIMED * OUT_OF_TIME * SAMPLED[now.state.run_type] * works
    return timed, now.rng.poisson(usual * beam.background * beam.stable)


def _arrivals(now: Lumisection, *, early: bool) -> Array:
    """Their arrival times."""
    t0 = now.t0[_of(now.built, BCM1F)] - (2 * FLIGHT if early else 0.0)
    return times(now.rng, ARRIVAL, _timed(now)[early], t0, ARRIVAL_SIGMA)


@drawn_once
def _measured(now: Lumisection) -> float | None:
    """HF's own measurement, 1e30 per cm2 s; None when there is nothing to measure."""
    beam = now.state.beam
    if now.state.run_type == "cosmics" or not beam.stable:
        return None
    return beam.luminosity * float(now.rng.normal(1.0, HF_ERROR))


def _hf_luminosity(now: Lumisection) -> tuple[float, float] | None:
    measured = _measured(now)
    return None if measured is None else (measured, HF_ERROR * measured)


def _luminosity_by_crossing(now: Lumisection) -> Array | None:
    measured, bunches = _measured(now), _bunches(now.state.run_type)
    if measured is None:
        return None
    noise = now.rng.normal(1.0, 0.01, bunches.size)
    found: Array = measured * bunches * noise / bunches.sum()
    return found


def _integral(now: Lumisection, integral: float) -> tuple[float, float] | None:
    """An integral over this run, of 1/μb, in the unit of its element."""
    if _measured(now) is None:
        return None
    unit = 1e-6 if now.state.run_type == "collisions" else 1.0  # of those it is 1/pb
    return unit * integral, HF_ERROR * unit * integral


def _delivered(now: Lumisection) -> tuple[float, float] | None:
    return _integral(now, now.state.beam.integrated)


def _recorded(now: Lumisection) -> tuple[float, float] | None:
    return _integral(now, (1 - SMALL_LOSSES / 2) * now.state.beam.recorded)


def _efficiency(now: Lumisection) -> tuple[float, float] | None:
    if _measured(now) is None or not now.events:
        return None
    lost = now.state.trigger.dead_time + SMALL_LOSSES * float(now.rng.random())
    return 1.0 - lost, 0.002


def _background_row(beam: int) -> Element:
    """The background of one beam."""

    def value(now: Lumisection) -> tuple[float, float] | None:
        if now.state.run_type == "cosmics":
            return None
        usual = BACKGROUND[beam] * now.state.beam.background
        found = float(now.rng.normal(usual, BACKGROUND_ERROR))
        return found, BACKGROUND_ERROR

    return trend(
        BEAM_BACKGROUND.format(beam), f"Background of beam {beam}",
        "Background [Hz/cm² per 1e11 p]", value,
        last_within(0, 8, 4, unit="Hz/cm2", part="Background"),
    )  # fmt: skip


def _hits_row(run_type: RunType, built: Geometry, name: str) -> Element:
    """The hits of one counter by crossing."""
    mine = _of(built, COUNTERS[name])

    def hits(now: Lumisection) -> Array:
        number = float(now.hits[mine].sum())
        return spread(now.rng, number, _hits_by_crossing(run_type))

    return latest(
        HITS_PER_BX.format(name), f"{name} hits by crossing", (CROSSING,), hits,
        y_title="Hits in the latest lumisection",
        test=FillingScheme(bunch_pattern(OPTICS[run_type])),
    )  # fmt: skip


def _counter_rows(run_type: RunType, built: Geometry, name: str) -> list[Element]:
    """What the hits of one counter make of the luminosity."""
    mine, top = _of(built, COUNTERS[name]), 1.2 * OPTICS[run_type].luminosity
    expected = float(built.rate[mine & ~built.known].sum())

    def counted(now: Lumisection) -> tuple[float, float] | None:
        """The luminosity and its relative error."""
        if _measured(now) is None:
            return None
        hits = float(now.hits[mine].sum())
        calibrated = OPTICS[run_type].luminosity / (expected * SAMPLED[run_type])
        return hits * calibrated, hits**-0.5 if hits else 1.0

    def luminosity(now: Lumisection) -> tuple[float, float] | None:
        found = counted(now)
        return None if found is None else (found[0], found[1] * found[0])

    def ratio(now: Lumisection) -> tuple[float, float] | None:
        found, measured = counted(now), _measured(now)
        if found is None or measured is None:
            return None
        value = found[0] / measured
        return value, value * (found[1] ** 2 + HF_ERROR**2) ** 0.5

    return [
        trend(
            COUNTED_LUMI.format(name), f"Luminosity ({name})", LUMINOSITY, luminosity,
            last_within(0, top, top, unit="× 1e30/cm²s", part="Luminosity"),
        ),
        trend(
            RATIO.format(name), f"Luminosity, {name} over HF", "Ratio", ratio,
            last_within(0.97, 1.03, 0.03, part="Luminosity"),
        ),
    ]  # fmt: skip


def rows(run_type: RunType, built: Geometry | None) -> tuple[Element, ...]:
    """The table."""
    assert built is not None
    pattern = bunch_pattern(OPTICS[run_type])
    top = 1.2 * OPTICS[run_type].luminosity
    integral = f"Integral [{'1/pb' if run_type == 'collisions' else '1/μb'}]"
    return (
        hit_map(
            built, DIODE_HITS, "BCM1F hits by channel", (DIODE,), ("number",),
            all_hits, select=_of(built, BCM1F), y_title="Hits",
            test=occupancy(
                noun="channels", ring="none", warn=0.0, bad=0.03, part="BCM1F"
            ),
        ),
        hit_map(
            built, TELESCOPE_HITS, "PLT hits by telescope and plane",
            (TELESCOPE, PLANE), ("number", "plane"), all_hits,
            select=_of(built, PLT), y_title="Hits",
            test=occupancy(noun="planes", ring="y", warn=0.0, bad=0.03, part="PLT"),
        ),
        *(_hits_row(run_type, built, name) for name in COUNTERS),
        distribution(
            COLLISION_TIME, "BCM1F arrival time, collisions", (ARRIVAL,),
            functools.partial(_arrivals, early=False), y_title="Hits",
            test=mean_within(5, 7.5, 1.5, unit="ns", part="BCM1F"),
        ),
        distribution(
            EARLY_TIME, "BCM1F arrival time, background", (ARRIVAL,),
            functools.partial(_arrivals, early=True), y_title="Hits",
            test=mean_within(-7.5, -5, 1.5, unit="ns", part="BCM1F"),
        ),
        *map(_background_row, BEAMS),
        trend(
            HF_LUMI, "Luminosity (HF)", LUMINOSITY, _hf_luminosity,
            last_within(0, top, top, unit="× 1e30/cm²s", part="Luminosity"),
        ),
        latest(
            PER_BX, "Luminosity by crossing (HF)", (CROSSING,),
            _luminosity_by_crossing, y_title=LUMINOSITY,
            test=FillingScheme(pattern, warn=0.98, bad=0.95, enough=1e-4),
        ),
        *(row for name in COUNTERS for row in _counter_rows(run_type, built, name)),
        trend(DELIVERED, "Luminosity delivered in this run", integral, _delivered),
        trend(RECORDED, "Luminosity recorded in this run", integral, _recorded),
        trend(
            EFFICIENCY, "Data-taking efficiency", "Recorded over delivered",
            _efficiency, last_within(0.9, 1.0, 0.1, part="Luminosity"),
        ),
    )  # fmt: skip


def _pileup(state: DetectorState) -> float:
    """Interactions in a crossing relative to the start of a fill."""
    usual = OPTICS[state.run_type].pileup
    return state.beam.pileup / usual if usual else 0.0


def _sampled(state: DetectorState, _events: int) -> float:
    """Orbits that are sampled, whatever the trigger accepts."""
    return SAMPLED[state.run_type]


SUBSYSTEM = Subsystem(
    "BRIL", rows, channels, activity=_pileup, counted=_sampled,
    parts=("Bunches", "Luminosity", "BCM1F", "PLT", "Background"),
)  # fmt: skip
