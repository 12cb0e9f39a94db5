"""BRIL: luminosity by three luminometers, bunch by bunch, and beam background.

HF measures on its own; BCM1F (48 diamonds and silicon diodes around the beam pipe)
and PLT (16 telescopes of three planes) count hits. BRIL has no published DQM
elements: these paths are the simulation's own, and so are all numbers.
"""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING

import msgspec
import numpy as np

from dqmconsole.model.histogram import Array, Axis
from dqmconsole.simulation.booking import Booking, cells, known_cells
from dqmconsole.simulation.elements import Element, MonitorElement, labelled
from dqmconsole.simulation.quality import Evidence, Judgement, graded, too_few
from dqmconsole.simulation.shapes import spread, times
from dqmconsole.simulation.state.beam import OPTICS, ORBIT_CROSSINGS, bunch_pattern
from dqmconsole.simulation.state.channels import Geometry, geometry
from dqmconsole.simulation.subsystem import Lumisection, Subsystem
from dqmconsole.simulation.thresholds import LastWithin, MeanWithin, Occupancy

if TYPE_CHECKING:
    from dqmconsole.model.layout import RunType
    from dqmconsole.simulation.quality import QualityTest

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
SCALE = {"collisions": 1.0, "heavy-ions": 0.2, "cosmics": 1e-6}
FLIGHT = 6.25
"""Collision products reach BCM1F, at 1.8 m, so many ns after the crossing."""

ARRIVAL_SIGMA = 1.4
TIMED = 0.05
"""Share of BCM1F's hits whose arrival time is sampled."""

OUT_OF_TIME = 0.04
"""Share of BCM1F's hits that come from halo and gas, as early as others are late."""

AFTERGLOW, AFTERGLOW_LENGTH = 0.012, 60.0
BACKGROUND = {1: 3.4, 2: 2.7}
BACKGROUND_ERROR = 0.15
HF_ERROR = 0.002
"""Of one lumisection, relative."""


LUMI = "BRIL/Luminosity"
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

    path: str
    crossings: Array
    warn: float = 0.9
    bad: float = 0.8
    enough: float = 200.0
    name: str = "FillingScheme"
    window: int = 1
    part: str = "Bunches"

    def judge(self, evidence: Evidence) -> Judgement:
        """Judge all of the content."""
        values = evidence.now.values()
        total = float(values.sum())
        if total < self.enough or not self.crossings.any():
            return too_few(f"{total:.4g} in all crossings, {self.enough:g} needed")
        share = float(values[self.crossings].sum()) / total
        words = f"{share:.1%} in the colliding crossings, {self.warn:.0%} expected"
        return graded(1 - share, 1 - self.warn, 1 - self.bad, share, words)


def channels(run_type: RunType) -> Geometry:
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
        rate * SCALE[run_type],
        known=known,
        board=np.where(kind == BCM1F, (number - 1) // 6, 7 + number),
        t0=FLIGHT,
        t0_spread=0.25,
        seed=3,
    )


def book(run_type: RunType, built: Geometry | None) -> tuple[Element, ...]:
    """Declare the elements."""
    assert built is not None
    booking = Booking("BRIL", built)
    unit = "1e30/cm²s"
    booking.add(
        Element(
            PER_BX,
            "Luminosity by crossing (HF)",
            (CROSSING,),
            accumulates="latest",
            y_title=f"Luminosity [{unit}]",
        )
    )
    booking.trend(
        HF_LUMI, "Luminosity (HF)", f"Luminosity [{unit}]", "trend of activity"
    )
    for name, kind in COUNTERS.items():
        mine = _of(built, kind)
        sight = booking.sight("trend of mean count", None, mine)
        for path, title, y_title, seen in (
            (COUNTED_LUMI, f"Luminosity ({name})", f"Luminosity [{unit}]", sight),
            (
                RATIO, f"Luminosity, {name} over HF", "Ratio",
                msgspec.structs.replace(sight, pileup=False),
            ),
        ):  # fmt: skip
            booking.add(
                Element(
                    path.format(name),
                    title,
                    booking.elements[1].axes,
                    accumulates="trend",
                    sight=seen,
                    y_title=y_title,
                )
            )
        booking.add(
            Element(
                HITS_PER_BX.format(name),
                f"{name} hits by crossing",
                (CROSSING,),
                accumulates="latest",
                y_title="Hits in the latest lumisection",
            )
        )
    inverse = "1/pb" if run_type == "collisions" else "1/μb"
    for path, words in ((DELIVERED, "delivered"), (RECORDED, "recorded")):
        booking.trend(path, f"Luminosity {words} in this run", f"Integral [{inverse}]")
    booking.trend(EFFICIENCY, "Data-taking efficiency", "Recorded over delivered")
    booking.hits(
        DIODE_HITS, "BCM1F hits by channel", (DIODE,), ("number",),
        select=_of(built, BCM1F), y_title="Hits",
    )  # fmt: skip
    booking.hits(
        TELESCOPE_HITS, "PLT hits by telescope and plane", (TELESCOPE, PLANE),
        ("number", "plane"), select=_of(built, PLT), y_title="Hits",
    )  # fmt: skip
    for path, words in ((COLLISION_TIME, "collisions"), (EARLY_TIME, "background")):
        booking.spectrum(
            path, f"BCM1F arrival time, {words}", ARRIVAL, select=_of(built, BCM1F),
            quantity="time", y_title="Hits",
        )  # fmt: skip
    for beam in BEAMS:
        booking.trend(
            BEAM_BACKGROUND.format(beam), f"Background of beam {beam}",
            "Background [Hz/cm² per 1e11 p]",
        )  # fmt: skip
    return booking.done()


@functools.cache
def _of(built: Geometry, kind: int) -> Array:
    mine: Array = built.coordinates["kind"] == kind
    return mine


@functools.cache
def _expected(built: Geometry, kind: int) -> float:
    """Hits per event of the working channels at the start of a fill."""
    mine = _of(built, kind) & ~built.known
    return float(built.rate[mine].sum())


@functools.cache
def _bunches(run_type: RunType) -> Array:
    """Luminosity of each crossing relative to the mean of those that collide."""
    pattern = bunch_pattern(OPTICS[run_type].bunches).astype(np.float64)
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


def fill(now: Lumisection) -> None:
    """Add one lumisection."""
    assert now.channels is not None
    built, rng, hits, book_ = now.channels.built, now.rng, now.hits, now.book
    state, beam = now.state, now.state.beam
    by_crossing = _hits_by_crossing(state.run_type)
    book_[DIODE_HITS].add_hits(hits)
    book_[TELESCOPE_HITS].add_hits(hits)
    for name, kind in COUNTERS.items():
        number = float(hits[_of(built, kind)].sum())
        _renew(book_[HITS_PER_BX.format(name)], spread(rng, number, by_crossing))
    diodes = _of(built, BCM1F)
    timed = rng.binomial(hits[diodes], TIMED)
    early = rng.binomial(timed, OUT_OF_TIME)
    t0 = now.channels.t0[diodes]
    book_[COLLISION_TIME].add(times(rng, ARRIVAL, timed - early, t0, ARRIVAL_SIGMA))
    book_[EARLY_TIME].add(times(rng, ARRIVAL, early, t0 - 2 * FLIGHT, ARRIVAL_SIGMA))
    if state.run_type == "cosmics":
        return
    for which in BEAMS:
        book_[BEAM_BACKGROUND.format(which)].set_at(
            now.number,
            float(rng.normal(BACKGROUND[which], BACKGROUND_ERROR)),
            BACKGROUND_ERROR,
        )
    if beam.stable and now.events:
        _fill_luminosity(now)


def _renew(element: MonitorElement, values: Array) -> None:
    """Replace what the lumisection before left."""
    element.reset()
    element.add(values)
    element.entries = float(values.size)


def _fill_luminosity(now: Lumisection) -> None:
    """HF's own measurement, and what the counters' hits make of it."""
    assert now.channels is not None
    rng, book_, beam = now.rng, now.book, now.state.beam
    measured = beam.luminosity * float(rng.normal(1.0, HF_ERROR))
    book_[HF_LUMI].set_at(now.number, measured, HF_ERROR * measured)
    bunches = _bunches(now.state.run_type)
    noise = rng.normal(1.0, 0.01, bunches.size)
    _renew(book_[PER_BX], measured * bunches * noise / bunches.sum())
    for name, kind in COUNTERS.items():
        hits = float(now.hits[_of(now.channels.built, kind)].sum())
        usual = now.events * _expected(now.channels.built, kind) * beam.activity
        value = hits / usual * beam.luminosity
        error = hits**-0.5 if hits else 1.0
        book_[COUNTED_LUMI.format(name)].set_at(now.number, value, error * value)
        ratio = value / measured
        book_[RATIO.format(name)].set_at(
            now.number, ratio, ratio * (error**2 + HF_ERROR**2) ** 0.5
        )
    # 1/μb in the state; a collision run is told in 1/pb
    unit = 1e-6 if now.state.run_type == "collisions" else 1.0
    kept = 1.0 - now.state.trigger.dead_time - 0.01 * float(rng.random())
    delivered = unit * beam.integrated
    book_[DELIVERED].set_at(now.number, delivered, HF_ERROR * delivered)
    book_[RECORDED].set_at(now.number, delivered * kept, HF_ERROR * delivered)
    book_[EFFICIENCY].set_at(now.number, kept, 0.002)


def tests(run_type: RunType, built: Geometry | None) -> tuple[QualityTest, ...]:
    """The quality tests."""
    assert built is not None
    elements = {each.path: each for each in book(run_type, built)}
    pattern = bunch_pattern(OPTICS[run_type].bunches)
    top = 1.2 * OPTICS[run_type].luminosity
    found: list[QualityTest] = [
        FillingScheme(PER_BX, pattern, warn=0.98, bad=0.95, enough=1e-4),
        LastWithin(
            HF_LUMI, 0, top, top, unit="x 1e30 per cm2 s", part="Luminosity"
        ),
        LastWithin(EFFICIENCY, 0.9, 1.0, 0.1, part="Luminosity"),
        Occupancy(
            DIODE_HITS, cells(elements[DIODE_HITS]),
            known=known_cells(elements[DIODE_HITS], built), noun="channels",
            ring_axis=-1, warn=0.0, bad=0.03, part="BCM1F",
        ),
        Occupancy(
            TELESCOPE_HITS, cells(elements[TELESCOPE_HITS]),
            known=known_cells(elements[TELESCOPE_HITS], built), noun="planes",
            ring_axis=1, warn=0.0, bad=0.03, part="PLT",
        ),
        MeanWithin(COLLISION_TIME, 5, 7.5, 1.5, unit="ns", part="BCM1F"),
        MeanWithin(EARLY_TIME, -7.5, -5, 1.5, unit="ns", part="BCM1F"),
    ]  # fmt: skip
    for name in COUNTERS:
        found += [
            FillingScheme(HITS_PER_BX.format(name), pattern),
            LastWithin(RATIO.format(name), 0.97, 1.03, 0.03, part="Luminosity"),
            LastWithin(
                COUNTED_LUMI.format(name), 0, top, top, unit="x 1e30 per cm2 s",
                part="Luminosity",
            ),
        ]  # fmt: skip
    found += [
        LastWithin(
            BEAM_BACKGROUND.format(beam), 0, 8, 4, unit="Hz/cm2", part="Background"
        )
        for beam in BEAMS
    ]
    return tuple(found)


SUBSYSTEM = Subsystem(name="BRIL", book=book, fill=fill, tests=tests, geometry=channels)
