"""Ecal: crystals by trigger tower, their timing and energy, the status by DCC.

Paths as cmssw DQM/EcalMonitorTasks books them, but that of the status by DCC, and below
one top folder (there EcalBarrel and EcalEndcap). Cells are towers of 5 x 5 crystals in
the barrel and supercrystals in the endcaps, with their round outline and the hole of
the beam pipe. All numbers are simulated.
"""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING

import msgspec
import numpy as np

from dqmconsole.model.histogram import Array, Axis
from dqmconsole.simulation.centrality import PARTICLES
from dqmconsole.simulation.checked import (
    Checked,
    bins_within,
    flags_within,
    last_within,
    mean_within,
    occupancy,
)
from dqmconsole.simulation.cosmics import in_calorimeters
from dqmconsole.simulation.elements import Element, FillSpecification, labelled
from dqmconsole.simulation.fed_integrity import driver_flags
from dqmconsole.simulation.lumisection import Lumisection, all_hits, drawn_once
from dqmconsole.simulation.rows import (
    distribution,
    flags,
    hit_map,
    hit_times,
    hits_per_event,
    mean_map,
    trend,
)
from dqmconsole.simulation.shapes import (
    exponential,
    mean_times,
    spread,
    with_flat_times,
)
from dqmconsole.simulation.state.channels import Geometry, Threshold, geometry
from dqmconsole.simulation.state.parts import FEDS
from dqmconsole.simulation.subsystem import Subsystem

if TYPE_CHECKING:
    from dqmconsole.checks.cells import RingAxis
    from dqmconsole.simulation.state.beam import RunType

IPHI = Axis(72, 0.0, 360.0, title="iφ")
IETA = Axis(34, -85.0, 85.0, title="iη")
IX = Axis(20, 0.0, 100.0, title="ix")
IY = Axis(20, 0.0, 100.0, title="iy")
TIME = Axis(100, -25.0, 25.0, title="Time [ns]")
ENERGY = Axis(100, 0.0, 20.0, title="Energy [GeV]")
EB, EE_MINUS, EE_PLUS = range(3)
PARTS = {"EB": EB, "EE -": EE_MINUS, "EE +": EE_PLUS}
_EE_ORDER = (7, 8, 9, 1, 2, 3, 4, 5, 6)
"""Sectors of an endcap in the order of their front-end drivers."""

DCC_NAMES = (
    *(f"EE-{number:02}" for number in _EE_ORDER),
    *(f"EB-{number:02}" for number in range(1, 19)),
    *(f"EB+{number:02}" for number in range(1, 19)),
    *(f"EE+{number:02}" for number in _EE_ORDER),
)
"""Names of the DCCs, which are the front-end drivers 601 to 654."""

BARREL_DCCS = slice(9, 45)
EB_DCCS = labelled(DCC_NAMES[BARREL_DCCS], "DCC")
EE_DCCS = labelled(DCC_NAMES[:9] + DCC_NAMES[45:], "DCC")
ALL_DCCS = labelled(DCC_NAMES, "DCC")
RATE = {"collisions": 0.030, "heavy-ions": 0.030 * PARTICLES}
COSMIC_RATE = {EB: 0.0166, EE_MINUS: 0.0139, EE_PLUS: 0.0139}
"""Digis of a tower per event: noise and muons, alike in all rings. Chosen."""
SIGMA = {"collisions": 1.5, "heavy-ions": 1.5, "cosmics": 5.0}
ABOVE_THRESHOLD = 0.25
NOISE_ABOVE = 0.05
"""Of the noise of a tower, above the threshold of the rec hits."""
NOISE_ENERGY = 0.1
"""Mean energy of such noise above that threshold, GeV."""
LEAST = 0.6
"""Of the digis of its like: a DCC with fewer is bad."""
THRESHOLD = 0.3
"""Of the rec hits, GeV."""


class Spectrum(msgspec.Struct, frozen=True):
    """Energies of the rec hits above their threshold, GeV.

    Attributes:
        slope: over which most fall to 1/e.
        tail: share of the others.
        tail_slope: over which these fall.
        mean, width: of those of a tower.
        of_tower: lowest and highest good mean of a tower.
        of_part: likewise of a part, and beyond by how much is an error.
    """

    slope: float
    tail: float
    tail_slope: float
    mean: float
    width: float
    of_tower: tuple[float, float]
    of_part: tuple[float, float, float]


_BEAM = Spectrum(0.7, 0.06, 3.0, 1.1, 0.6, (0.7, 1.5), (0.9, 1.5, 0.5))
SPECTRA: dict[RunType, Spectrum] = {
    "collisions": _BEAM,
    "heavy-ions": _BEAM,
    "cosmics": Spectrum(0.12, 0.03, 0.6, 0.43, 0.2, (0.3, 0.6), (0.35, 0.55, 0.1)),
}
"""In cosmic runs there is noise, and some 0.25 GeV of a muon along a crystal (23 cm of
lead tungstate, at 10 MeV/cm: Particle Data Group), of which the highest are above."""
SUPPRESSED = 0.1
"""Below so much, GeV, the readout suppresses a digi: some two to three times its noise.
Chosen, as are the other numbers.

When the response falls, what a particle leaves falls below both thresholds, which stay
where they are. (Of the response that radiation takes: "Energy calibration and
resolution of the CMS electromagnetic calorimeter in pp collisions at √s = 7 TeV", JINST
8 (2013) P09009.)
"""

DCC_STATUS = "Ecal/Trends/DCC status by lumisection"
ERRORS = "Ecal/Trends/IntegrityTask number of integrity errors"


def place(part: str, task: str, name: str) -> str:
    """Path of an element of one part, as cmssw spells it."""
    short = part[:2]
    suffix = "" if short == "EB" else f" {part}"
    return f"Ecal/{short}{task}/{short}{name}{suffix}"


def energy_summary(part: str) -> str:
    """Path of the map of mean energies, whose name has the side in its middle."""
    if part == "EB":
        return "Ecal/EBSummaryClient/EBOT energy summary"
    return f"Ecal/EESummaryClient/EEOT {part} energy summary"


def channels(run_type: RunType) -> Geometry:
    """The 2448 towers of the barrel and some 300 supercrystals of each endcap."""
    barrel = _barrel()
    minus, plus = _endcap(EE_MINUS), _endcap(EE_PLUS)
    rows = {
        name: np.concatenate([barrel[name], minus[name], plus[name]]) for name in barrel
    }
    if run_type == "cosmics":
        # crystal 11 is the first above the horizon (tower_iphi in cmssw EBDetId.cc)
        azimuth = np.radians(rows["iphi"] - 10)
        muons = np.where(rows["part"] == EB, in_calorimeters(azimuth), 1.0)
        rate = (
            np.array([COSMIC_RATE[each] for each in (EB, EE_MINUS, EE_PLUS)])[
                rows["part"]
            ]
            * muons
        )
    else:
        rate = RATE[run_type] * rows["share"]
    names = ("EB-",) * 72 + ("EB+",) * 72 + ("EE-",) * 9 + ("EE+",) * 9
    return geometry(
        {name: rows[name] for name in ("part", "iphi", "ieta", "ix", "iy")},
        rate,
        known=rows["known"].astype(bool),
        fed=rows["fed"].astype(np.int64),
        board=rows["board"].astype(np.int64),
        sector=rows["sector"].astype(np.int64),
        partitions=names,
        # four boards a supermodule, and eight of them in a crate, after "The CMS ECAL
        # Barrel HV system", JINST 8 (2013) C02039; that of the endcaps is chosen
        crate=np.append(np.arange(144) // 8, 18 + np.arange(18) // 9),
        threshold=Threshold(SUPPRESSED / SPECTRA[run_type].slope),
        t0_spread=0.3,
        seed=601,
    )


def _barrel() -> dict[str, Array]:
    rings = np.concatenate([np.arange(-17, 0), np.arange(1, 18)])
    ring, phi = (
        each.ravel() for each in np.meshgrid(rings, np.arange(1, 73), indexing="ij")
    )
    module, side = (phi - 1) // 4, (ring > 0).astype(np.int64)
    # a token ring reads four or five towers in eta times two in phi
    board = 8 * (18 * side + module) + 2 * np.minimum((abs(ring) - 1) // 4, 3)
    known = (ring <= -10) & (phi >= 23) & (phi <= 26)
    known |= (ring >= 1) & (ring <= 8) & (phi >= 55) & (phi <= 58)
    nowhere = np.full(ring.size, -1.0)
    return {
        "part": np.full(ring.size, EB),
        "iphi": 5.0 * phi - 2.5,
        "ieta": np.sign(ring) * (5.0 * abs(ring) - 2.5),
        "ix": nowhere,
        "iy": nowhere,
        "share": 1 + 0.5 * (abs(ring) / 17) ** 2 + 0.02 * np.cos(2 * np.pi * phi / 72),
        "known": known,
        "fed": 610 + 18 * side + module,
        "board": board + ((phi - 1) % 4) // 2,
        "sector": 4 * (18 * side + module) + np.minimum((abs(ring) - 1) // 4, 3),
    }


def _endcap(part: int) -> dict[str, Array]:
    numbers = np.arange(1, 21)
    ix, iy = (each.ravel() for each in np.meshgrid(numbers, numbers, indexing="ij"))
    radius = np.hypot(ix - 10.5, iy - 10.5)
    there = (radius > 2.3) & (radius < 10.1)
    ix, iy, radius = ix[there], iy[there], radius[there]
    angle = np.arctan2(iy - 10.5, ix - 10.5) % (2 * np.pi)
    slice_ = (angle * 9 / (2 * np.pi)).astype(np.int64) % 9
    plus = int(part == EE_PLUS)
    if plus:
        known = (ix >= 14) & (ix <= 16) & (iy >= 5) & (iy <= 7)
    else:
        known = (ix >= 4) & (ix <= 6) & (iy >= 12) & (iy <= 14)
    nowhere = np.full(ix.size, -1000.0)
    return {
        "part": np.full(ix.size, part),
        "iphi": nowhere,
        "ieta": nowhere,
        "ix": 5.0 * ix - 2.5,
        "iy": 5.0 * iy - 2.5,
        "share": 1.3 * (7 / radius) ** 0.9,
        "known": known,
        "fed": np.where(plus, 646, 601) + slice_,
        "board": 288 + 27 * plus + 3 * slice_ + np.minimum((radius - 2.3) // 2.8, 2),
        "sector": 144 + 9 * plus + slice_,
    }


@functools.lru_cache(maxsize=64)
def _energies(of: Spectrum, gain: float) -> Array:
    soft = exponential(ENERGY, of.slope * gain, THRESHOLD)
    hard = exponential(ENERGY, of.tail_slope * gain, THRESHOLD)
    return (1 - of.tail) * soft + of.tail * hard


@drawn_once
def _particles_above(now: Lumisection) -> Array:
    above: Array | float = ABOVE_THRESHOLD
    responses = now.channels.responses()
    if (responses < 1).any():
        # of the digis that are left
        slope = SPECTRA[now.state.run_type].slope
        above = above * Threshold((THRESHOLD - SUPPRESSED) / slope).kept(responses)
    return now.rng.binomial(now.particles, above)


@drawn_once
def _noise_above(now: Lumisection) -> Array:
    return now.rng.binomial(now.noise, NOISE_ABOVE)


def _above(now: Lumisection) -> Array:
    """Hits above threshold."""
    return _particles_above(now) + _noise_above(now)


@drawn_once
def _times(now: Lumisection) -> tuple[Array, Array]:
    """Sums of the times and of their squares; noise comes at any time."""
    sigma = SIGMA[now.state.run_type]
    found = mean_times(now.rng, _particles_above(now), now.t0, sigma)
    return with_flat_times(now.rng, found, _noise_above(now), TIME)


@drawn_once
def _energy_sums(now: Lumisection) -> tuple[Array, Array]:
    _times(now)  # drawn first
    gain, responses = now.channels.gain, now.channels.responses()
    usual = SPECTRA[now.state.run_type]
    mean, width = usual.mean * gain, usual.width * gain
    # the threshold stays: the mean above it falls less than the response
    mean = np.where(responses == 1, mean, mean + THRESHOLD * (1 - responses))
    sums, squares = mean_times(now.rng, _particles_above(now), mean, width)
    noise = _noise_above(now)
    if noise.any():
        of_noise = np.full(noise.size, THRESHOLD + NOISE_ENERGY)
        more = mean_times(now.rng, noise, of_noise, NOISE_ENERGY)
        sums, squares = sums + more[0], squares + more[1]
    return sums, squares


def _part_rows(run_type: RunType, built: Geometry, part: str) -> list[Element]:
    """The elements of the barrel or of one endcap."""
    number = PARTS[part]
    mine = built.coordinates["part"] == number
    axes, where, summary = (IX, IY), ("ix", "iy"), "Endcaps"
    ring: RingAxis = "none"
    if number == EB:
        axes, where, summary = (IPHI, IETA), ("iphi", "ieta"), "Barrel"
        ring = "y"
    limit = 6.0 if run_type == "cosmics" else 3.0
    usual = SPECTRA[run_type]

    def towers(window: int) -> Checked:
        return occupancy(noun="towers", ring=ring, window=window, part=summary)

    def energies(now: Lumisection) -> Array:
        above = _particles_above(now)
        shape = _energies(usual, now.channels.response(above, mine))
        found = spread(now.rng, float(above[mine].sum()), shape)
        noise = exponential(ENERGY, NOISE_ENERGY, THRESHOLD)
        return found + spread(now.rng, float(_noise_above(now)[mine].sum()), noise)

    return [
        hit_map(
            built, place(part, "OccupancyTask", "OT digi occupancy"),
            f"{part} digi occupancy", axes, where, all_hits, select=mine,
            y_title="Digis", test=towers(5),
        ),
        hit_map(
            built, place(part, "OccupancyTask", "OT rec hit thr occupancy"),
            f"{part} rec hits above threshold", axes, where, _above, select=mine,
            y_title="Rec hits", test=towers(10),
        ),
        mean_map(
            built, place(part, "TimingTask", "TMT timing map"), f"{part} mean time",
            axes, where, _above, _times, select=mine,
            test=bins_within(
                -limit, limit, unit="ns", warn=0.02, bad=0.1, noun="towers", enough=40,
                window=10, part="Timing",
            ),
        ),
        mean_map(
            built, energy_summary(part), f"{part} mean rec hit energy", axes, where,
            _above, _energy_sums, select=mine, y_title="Energy [GeV]",
            test=bins_within(
                *usual.of_tower, unit="GeV", noun="towers", enough=30, window=10,
                part="Energy",
            ),
        ),
        distribution(
            place(part, "TimingTask", "TMT timing 1D summary"),
            f"{part} rec hit time", (TIME,),
            hit_times(TIME, _particles_above, SIGMA[run_type], mine, _noise_above),
            y_title="Rec hits",
            test=mean_within(-1.5, 1.5, 1.0, unit="ns", part="Timing"),
        ),
        distribution(
            place(part, "OccupancyTask", "OT rec hit spectrum"),
            f"{part} rec hit energy", (ENERGY,), energies, y_title="Rec hits",
            test=mean_within(*usual.of_part, unit="GeV", part="Energy"),
        ),
    ]  # fmt: skip


def _dcc_rows(built: Geometry, part: str, axis: Axis, mine: Array) -> list[Element]:
    """Digis by DCC and per event.

    Args:
        built: the channels.
        part: "EB" or "EE".
        axis: its DCCs.
        mine: its channels, bool per channel.
    """
    row = built.fed - FEDS["Ecal"].start
    column = row - 9 if part == "EB" else np.where(row < 9, row, row - 36)
    most = 2 * float(built.rate[mine & ~built.known].sum())
    return [
        Element(
            f"Ecal/{part}OccupancyTask/{part}OT digi occupancy by DCC",
            f"{part} digis by DCC", (axis,),
            lambda now, element: element.add_hits(now.hits),
            bins=FillSpecification.of(column + 1, (axis,), built.known, mine),
            y_title="Digis",
            test=occupancy(
                noun="DCCs", ring="none", dead=0.5, warn=0.0, bad=0.03,
                part="Barrel" if part == "EB" else "Endcaps",
            ),
        ),
        hits_per_event(
            f"Ecal/Trends/OccupancyTask {part} number of digis",
            f"{part} digis per event", select=mine,
            y_title="Digis per event",
            test=last_within(0, round(most), most, unit="digis per event", part="Rate"),
        ),
    ]  # fmt: skip


def _error_rate(now: Lumisection) -> tuple[float, float] | None:
    if not now.events:
        return None
    errors = float(now.rng.poisson(2e-4 * now.events))
    return errors / now.events, max(errors, 1.0) ** 0.5 / now.events


def rows(run_type: RunType, built: Geometry | None) -> tuple[Element, ...]:
    """The table."""
    assert built is not None
    barrel = built.coordinates["part"] == EB
    in_barrel = np.zeros(len(DCC_NAMES), bool)
    in_barrel[BARREL_DCCS] = True
    alike = (in_barrel, ~in_barrel)
    return (
        *(row for part in PARTS for row in _part_rows(run_type, built, part)),
        *_dcc_rows(built, "EB", EB_DCCS, barrel),
        *_dcc_rows(built, "EE", EE_DCCS, ~barrel),
        flags(
            DCC_STATUS, "Status by DCC", ALL_DCCS,
            lambda now: driver_flags(now, "Ecal", alike, least=LEAST),
            test=flags_within(noun="DCCs", bad=0, part="DCCs"),
        ),
        trend(
            ERRORS, "Integrity errors", "Errors per event", _error_rate,
            last_within(0, 0.01, 0.05, unit="errors per event", part="DCCs"),
        ),
    )  # fmt: skip


SUBSYSTEM = Subsystem("Ecal", rows, channels)
