"""Hcal: digi occupancy, timing, charges, and the summaries by front-end driver.

Paths as cmssw DQM/HcalTasks books them; channels as in the real detector, the
readout simplified. All numbers are simulated.
"""

from __future__ import annotations

import functools
import math
from typing import TYPE_CHECKING

import numpy as np

from dqmconsole.model.histogram import Array, Axis
from dqmconsole.simulation.checked import (
    Checked,
    bins_within,
    flags_within,
    last_within,
    mean_within,
    occupancy,
    symmetric,
)
from dqmconsole.simulation.elements import Element, labelled
from dqmconsole.simulation.fed_integrity import driver_flags
from dqmconsole.simulation.lumisection import Lumisection, all_hits, drawn_once
from dqmconsole.simulation.rows import (
    distribution,
    flags,
    hit_map,
    hit_times,
    hits_per_event,
    mean_map,
)
from dqmconsole.simulation.shapes import (
    exponential,
    landau,
    mean_times,
    spread,
    with_flat_times,
)
from dqmconsole.simulation.state.channels import Geometry, Threshold, geometry
from dqmconsole.simulation.state.parts import FEDS
from dqmconsole.simulation.subsystem import Subsystem

if TYPE_CHECKING:
    from dqmconsole.simulation.state.beam import RunType

IETA = Axis(83, -41.5, 41.5, title="iη")
IPHI = Axis(72, 0.5, 72.5, title="iφ")
IPHI_PAIRS = Axis(36, 0.5, 72.5, title="iφ")
TIME = Axis(120, -60.0, 60.0, title="Time [ns]")
CHARGE = Axis(100, 0.0, 1000.0, title="Charge [fC]")
FED_ROWS = labelled(tuple(str(each) for each in FEDS["Hcal"]), "FED")
SUBDETECTORS = ("HB", "HE", "HF", "HO")
HALVES = tuple(f"{part}{side}" for part in SUBDETECTORS for side in "MP")
CUT_SHARE = 0.12
CUT = Threshold(-math.log(CUT_SHARE))
"""Of the spectrum of all digis, as an exponential, of which so many are above."""
SUPPRESSED = Threshold(0.1 * CUT.level)
"""Of the digis: a tenth of the cut, some 2 fC, about which the readout suppresses.

A photo detector that loses gain loses digis there ("Development of the CMS detector
for the CERN LHC Run 3", JINST 19 (2024) P05064, section 6, on the response of HCAL).
"""
NOISE_ABOVE = 0.05
"""Of the noise that a board picks up, above the cut: it lies near the pedestal."""
NOISE_SLOPE = 7.0
"""Over which the charge of noise falls to 1/e, fC."""
LEAST = 0.6
"""Of the digis of its like: a front-end driver with fewer is bad."""

ALIKE = (slice(0, 18), slice(18, 24), slice(24, 32))
"""Front-end drivers of HB and HE, of HF, of HO."""

SIGMA = {"collisions": 4.0, "heavy-ions": 4.0, "cosmics": 9.0}
PER_EVENT = {"collisions": 1.0, "heavy-ions": 1.6, "cosmics": 0.35}


def _box(ietas: range, depths: tuple[int, ...], step: int) -> Array:
    """Rows (ieta, iphi, depth) of both sides."""
    return np.array(
        [
            (side * ieta, iphi, depth)
            for side in (-1, 1)
            for ieta in ietas
            for iphi in range(1, 73, step)
            for depth in depths
        ]
    )


def channels(run_type: RunType) -> Geometry:
    """The 14,400 channels: HB and HE (depth 1-3), HF (1-2), HO (4)."""
    boxes = (
        (0, _box(range(1, 17), (1, 2, 3), 1), 0.09),
        (1, _box(range(17, 21), (1, 2, 3), 1), 0.11),
        (1, _box(range(21, 29), (1, 2, 3), 2), 0.14),
        (2, _box(range(29, 42), (1, 2), 2), 0.22),
        (3, _box(range(1, 16), (4,), 1), 0.07),
    )
    rows = np.concatenate([box for _, box, _ in boxes])
    part = np.concatenate([np.full(len(box), number) for number, box, _ in boxes])
    base = np.concatenate([np.full(len(box), rate) for _, box, rate in boxes])
    ieta, iphi, depth = rows.T
    side = (ieta > 0).astype(np.int64)
    # RBX r covers iphi 4r-5 to 4r-2
    rbx = ((iphi + 1) % 72) // 4
    rate = base * (1 + 0.4 * (np.abs(ieta) / 41) ** 2) * (1.15 - 0.15 * depth)
    rate *= 1 + 0.03 * np.cos(2 * np.pi * iphi / 72)
    hbhe = part <= 1
    block = 2 * part + side
    sector = np.where(hbhe, 24 * (rbx // 6) + 6 * block + rbx % 6, 0)
    sector = np.where(part == 2, 72 + 12 * side + (iphi - 1) // 6, sector)
    sector = np.where(part == 3, 96 + 12 * side + (iphi - 1) // 6, sector)
    half = np.where(part == 0, np.abs(ieta) > 8, np.abs(ieta) > 20)
    board = np.where(hbhe, 8 * rbx + 2 * block + half, 72 + sector)
    fed = np.where(hbhe, 700 + rbx, 0)
    fed = np.where(part == 2, 718 + (iphi - 1) // 12, fed)
    fed = np.where(part == 3, 724 + (iphi - 1) // 9, fed)
    known = (part == 1) & (side == 0) & ((rbx == 14) | (rbx == 15))
    known |= (part == 0) & (side == 1) & (rbx == 8)
    known |= (part == 3) & (ieta >= 11) & (iphi >= 19) & (iphi <= 26)
    names = ("HBHEa",) * 24 + ("HBHEb",) * 24 + ("HBHEc",) * 24
    return geometry(
        {"ieta": ieta, "iphi": iphi, "depth": depth, "part": part, "side": side},
        rate * PER_EVENT[run_type],
        known=known,
        fed=fed,
        board=board,
        sector=sector,
        partitions=names + ("HF",) * 24 + ("HO",) * 24,
        # six power supply modules, of a box each ("CMS HCAL high voltage power supply
        # system", L. Dimitrov et al., NEC 2003)
        crate=np.arange(120) // 6,
        threshold=SUPPRESSED,
        t0_spread=1.0,
        seed=700,
    )


@functools.lru_cache(maxsize=64)
def _charges(gain: float) -> Array:
    return landau(CHARGE, 60.0 * gain, 18.0 * gain)


@drawn_once
def _particles_above(now: Lumisection) -> Array:
    above: Array | float = CUT_SHARE
    responses = now.channels.responses()
    if (responses < 1).any():
        # of the digis that are left
        above = above * CUT.kept(responses) / SUPPRESSED.kept(responses)
    return now.rng.binomial(now.particles, above)


@drawn_once
def _noise_above(now: Lumisection) -> Array:
    return now.rng.binomial(now.noise, NOISE_ABOVE)


def _above(now: Lumisection) -> Array:
    """Hits above 20 fC."""
    return _particles_above(now) + _noise_above(now)


@drawn_once
def _times(now: Lumisection) -> tuple[Array, Array]:
    """Sums of the times and of their squares above 20 fC.

    Noise is not in time with the beam ("Identification and filtering of
    uncharacteristic noise in the CMS hadron calorimeter", JINST 5 (2010) T03014).
    """
    sigma = SIGMA[now.state.run_type]
    found = mean_times(now.rng, _particles_above(now), now.t0, sigma)
    return with_flat_times(now.rng, found, _noise_above(now), TIME)


def _times_within(limit: float, noun: str, run_type: RunType) -> Checked:
    """Mean times within a limit, ns; `noun`: what one bin is."""
    return bins_within(
        -limit, limit, unit="ns", warn=0.02, bad=0.1, noun=noun,
        enough=200 if run_type == "cosmics" else 50, window=10, part="Timing",
    )  # fmt: skip


def _depth_rows(run_type: RunType, built: Geometry, depth: int) -> list[Element]:
    """The maps of one depth."""
    mine, part = built.coordinates["depth"] == depth, f"Depth {depth}"
    axes, where = (IETA, IPHI), ("ieta", "iphi")
    return [
        hit_map(
            built, f"Hcal/DigiTask/Occupancy/depth/depth{depth}",
            f"Digi occupancy, depth {depth}", axes, where, all_hits, select=mine,
            y_title="Digis", test=occupancy(part=part),
        ),
        hit_map(
            built, f"Hcal/DigiTask/OccupancyCut/depth/depth{depth}",
            f"Digi occupancy above 20 fC, depth {depth}", axes, where, _above,
            select=mine, y_title="Digis", test=occupancy(window=10, part=part),
        ),
        mean_map(
            built, f"Hcal/DigiTask/TimingCut/depth/depth{depth}",
            f"Mean digi time, depth {depth}", axes, where, _above, _times, select=mine,
            test=_times_within(8.0, "cells", run_type),
        ),
    ]  # fmt: skip


def _part_rows(run_type: RunType, built: Geometry, part: str) -> list[Element]:
    """One subdetector by iη, and its digis per event."""
    mine = built.coordinates["part"] == SUBDETECTORS.index(part)
    return [
        hit_map(
            built, f"Hcal/DigiTask/Occupancyvsieta/Subdet/{part}",
            f"{part} digis by iη", (IETA,), ("ieta",), all_hits, select=mine,
            y_title="Digis", test=symmetric(0.08, 0.11, part=part),
        ),
        mean_map(
            built, f"Hcal/DigiTask/TimingCutvsieta/Subdet/{part}",
            f"{part} mean time by iη", (IETA,), ("ieta",), _above, _times, select=mine,
            test=_times_within(4.0, "iη bins", run_type),
        ),
        hits_per_event(
            f"Hcal/DigiTask/OccupancyvsLS/Subdet/{part}", f"{part} digis per event",
            select=mine, y_title="Digis per event",
            test=last_within(0, 2000, 10, unit="digis per event", part=part),
        ),
    ]  # fmt: skip


def _half_rows(run_type: RunType, built: Geometry, half: str) -> list[Element]:
    """One side of one subdetector: iφ, times and charges."""
    part, where = half[:2], built.coordinates
    mine = where["part"] == SUBDETECTORS.index(part)
    mine &= where["side"] == (half[2] == "P")

    def charges(now: Lumisection) -> Array:
        hits = now.particles
        shape = _charges(now.channels.response(hits, mine))
        found = spread(now.rng, float(hits[mine].sum()), shape)
        noise = exponential(CHARGE, NOISE_SLOPE)
        return found + spread(now.rng, float(now.noise[mine].sum()), noise)

    return [
        hit_map(
            built, f"Hcal/DigiTask/Occupancyvsiphi/SubdetPM/{half}",
            f"{half} digis by iφ", (IPHI_PAIRS,), ("iphi",), all_hits, select=mine,
            y_title="Digis",
            test=occupancy(
                noun="iφ bins", ring="none", dead=0.5, warn=0.0, bad=0.03,
                part=part,
            ),
        ),
        distribution(
            f"Hcal/DigiTask/TimingCut/SubdetPM/{half}", f"{half} digi time", (TIME,),
            hit_times(TIME, _particles_above, SIGMA[run_type], mine, _noise_above),
            y_title="Digis",
            test=mean_within(-3, 3, 2, unit="ns", part="Timing"),
        ),
        distribution(
            f"Hcal/DigiTask/SumQ/SubdetPM/{half}", f"{half} digi charge", (CHARGE,),
            charges, y_title="Digis",
            test=mean_within(80, 240, 40, unit="fC", part="Charge"),
        ),
    ]  # fmt: skip


def rows(run_type: RunType, built: Geometry | None) -> tuple[Element, ...]:
    """The table."""
    assert built is not None
    every_driver = flags_within(noun="FEDs", bad=0, part="FEDs")
    return (
        *(row for depth in range(1, 5) for row in _depth_rows(run_type, built, depth)),
        *(row for part in SUBDETECTORS for row in _part_rows(run_type, built, part)),
        *(row for half in HALVES for row in _half_rows(run_type, built, half)),
        flags(
            "Hcal/DigiTask/SummaryvsLS/SummaryvsLS", "DigiTask summary by FED",
            FED_ROWS, lambda now: driver_flags(now, "Hcal", ALIKE, least=LEAST),
            test=every_driver,
        ),
        flags(
            "Hcal/RawTask/SummaryvsLS/SummaryvsLS", "RawTask summary by FED",
            FED_ROWS, lambda now: driver_flags(now, "Hcal", ALIKE, least=0.0),
            test=every_driver,
        ),
    )  # fmt: skip


SUBSYSTEM = Subsystem("Hcal", rows, channels)
