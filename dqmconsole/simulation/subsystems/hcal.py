"""Hcal: digi occupancy, timing, charges, and the summaries by front-end driver.

Depths and photodetectors are those of LHC Run 3 ("Development of the CMS detector for
the CERN LHC Run 3", JINST 19 (2024) P05064), after the upgrade of phase 1 (planned in
CMS-TDR-010, CERN-LHCC-2012-015): HB has 4 depths and HE up to 7, with silicon
photomultipliers, HF two fibre lengths with two anodes each, numbered as 4 depths.
Simplified: rings 16 and 29 belong to HB and HF alone, and the readout. Paths as cmssw
DQM/HcalTasks books them, but that HO, depth 4 there, has maps of its own, and that
times are in ns around the crossing, where cmssw counts the slices of 25 ns that are
read out (fTiming_TS200, from 0). All numbers are simulated.
"""

from __future__ import annotations

import functools
import math
from typing import TYPE_CHECKING

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
    symmetric,
)
from dqmconsole.simulation.cosmics import in_calorimeters
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
    from collections.abc import Mapping

    from dqmconsole.simulation.state.beam import RunType

IETA = Axis(83, -41.5, 41.5, title="iη")
IPHI = Axis(72, 0.5, 72.5, title="iφ")
TIME = Axis(120, -60.0, 60.0, title="Time [ns]")
FED_ROWS = labelled(tuple(str(each) for each in FEDS["Hcal"]), "FED")
SUBDETECTORS = ("HB", "HE", "HF", "HO")
HALVES = tuple(f"{part}{side}" for part in SUBDETECTORS for side in "MP")
DEPTHS = 7
OUTER = "HO"
"""What the maps of HO are called, beside depth1 to depth7."""

HE_DEPTHS = {17: range(2, 4), 18: range(2, 6), 26: range(1, 8), 27: range(1, 8),
             28: range(1, 8)}  # fmt: skip
"""Depths of a ring of HE that has not 6."""

PEAK = {"HB": 600.0, "HE": 600.0, "HF": 60.0, "HO": 600.0}
"""Most probable charge of a digi, fC: of a silicon photomultiplier 15 photoelectrons of
40 fC. Chosen; cmssw's simulation has 57.5 fC for one (photoelectronsToAnalog), and the
hybrid photodiodes before gave some 0.3 fC (CMS DocDB 3352). HF keeps its tubes."""

CUT_SHARE = 0.12
"""Of the digis: with signal, above five photoelectrons."""
CUT = Threshold(-math.log(CUT_SHARE))
"""Of the spectrum of all digis, as an exponential, of which so many are above."""
SUPPRESSED = Threshold(0.1 * CUT.level)
"""Of the digis: a tenth of the cut, half a photoelectron, about which the readout
suppresses.

A photo detector that loses gain loses digis there. All these numbers are chosen.
"""
NOISE_ABOVE = 0.05
"""Of the noise that a board picks up, above the cut: it lies near the pedestal."""
NOISE_SLOPE = 0.1
"""Over which the charge of noise falls to 1/e, as a share of the peak of digis."""
LEAST = 0.6
"""Of the digis of its like: a front-end driver with fewer is bad."""
PAIR = 60_000.0
"""Digis of a pair of rings: channels known to be dead make it uneven by up to 0.06, and
to the limit of 0.08 it is five standard deviations, of 1/√60,000 each."""

ALIKE = (slice(0, 18), slice(18, 24), slice(24, 32))
"""Front-end drivers of HB and HE, of HF, of HO."""

SIGMA = {"collisions": 4.0, "heavy-ions": 4.0, "cosmics": 9.0}
PER_EVENT = {"collisions": 1.0, "heavy-ions": PARTICLES}
COSMIC_RATE = {"HB": 0.0214, "HE": 0.0214, "HF": 0.0214, "HO": 0.0140}
"""Digis of a channel per event: noise and muons, alike in all rings. Chosen, as is that
muons show in HB alone."""
COSMIC_SIGNAL = {"HB": 0.3, "HE": 0.3, "HF": 0.0, "HO": 0.3}
"""Share of muons in the digis of cosmic runs; muons leave no light in the quartz of HF
that is read out. Chosen."""
COSMIC_PEAK = 0.6
"""Most probable charge of a muon, for that of a digi with beam. Chosen."""
COSMIC_NOISE = 0.3
"""Over which the charge of noise in cosmic runs falls to 1/e, likewise. Chosen."""
QUAD_RING = 40
"""First ring of HF with 18 iφ, 3 to 71 (firstHFQuadPhiRing in cmssw HcalTopology)."""


def _box(
    ietas: range,
    depths: range,
    step: int,
    of_ring: Mapping[int, range] | None = None,
) -> Array:
    """Rows (ieta, iphi, depth) of both sides.

    Args:
        ietas: rings of one side.
        depths: of a ring.
        step: between two iphi.
        of_ring: depths of rings that have others.
    """
    quad = range(3, 73, 4)
    return np.array(
        [
            (side * ieta, iphi, depth)
            for side in (-1, 1)
            for ieta in ietas
            for iphi in (quad if ieta >= QUAD_RING else range(1, 73, step))
            for depth in (of_ring or {}).get(ieta, depths)
        ]
    )


def channels(run_type: RunType) -> Geometry:
    """The 21,024 channels of HB, HE, HF and HO."""
    boxes = (
        (0, _box(range(1, 17), range(1, 5), 1), 0.07),
        (1, _box(range(17, 21), range(1, 7), 1, HE_DEPTHS), 0.07),
        (1, _box(range(21, 29), range(1, 7), 2, HE_DEPTHS), 0.08),
        (2, _box(range(29, 42), range(1, 5), 2), 0.11),
        (3, _box(range(1, 16), range(4, 5), 1), 0.055),
    )
    rows = np.concatenate([box for _, box, _ in boxes])
    part = np.concatenate([np.full(len(box), number) for number, box, _ in boxes])
    base = np.concatenate([np.full(len(box), rate) for _, box, rate in boxes])
    ieta, iphi, depth = rows.T
    side = (ieta > 0).astype(np.int64)
    # RBX r covers iphi 4r-5 to 4r-2
    rbx = ((iphi + 1) % 72) // 4
    # both anodes of a fibre see the same light
    layer = np.where(part == 2, (depth - 1) % 2 + 1, depth)
    rate = base * (1 + 0.4 * (np.abs(ieta) / 41) ** 2) * (1.1 - 0.1 * layer)
    rate *= 1 + 0.03 * np.cos(2 * np.pi * iphi / 72)
    if run_type == "cosmics":
        muons = in_calorimeters(2 * np.pi * (iphi - 0.5) / 72)
        rate = np.array([COSMIC_RATE[each] for each in SUBDETECTORS])[part]
        rate = np.where(part == 0, rate * muons, rate)
    else:
        rate = rate * PER_EVENT[run_type]
    hbhe = part <= 1
    block = 2 * part + side
    sector = np.where(hbhe, 24 * (rbx // 6) + 6 * block + rbx % 6, 0)
    sector = np.where(part == 2, 72 + 12 * side + (iphi - 1) // 6, sector)
    sector = np.where(part == 3, 96 + 12 * side + (iphi - 1) // 6, sector)
    half = np.where(part == 0, depth > 2, np.abs(ieta) > 20)
    board = np.where(hbhe, 8 * rbx + 2 * block + half, 72 + sector)
    fed = np.where(hbhe, 1100 + rbx, 0)
    fed = np.where(part == 2, 1118 + (iphi - 1) // 12, fed)
    fed = np.where(part == 3, 1124 + (iphi - 1) // 9, fed)
    known = (part == 1) & (side == 0) & ((rbx == 14) | (rbx == 15))
    known |= (part == 0) & (side == 1) & (rbx == 8)
    known |= (part == 3) & (ieta >= 11) & (iphi >= 19) & (iphi <= 26)
    names = ("HBHEa",) * 24 + ("HBHEb",) * 24 + ("HBHEc",) * 24
    return geometry(
        {"ieta": ieta, "iphi": iphi, "depth": depth, "part": part, "side": side},
        rate,
        known=known,
        fed=fed,
        board=board,
        sector=sector,
        partitions=names + ("HF",) * 24 + ("HO",) * 24,
        # six modules of four channels in a crate, as the photo diodes had them ("CMS
        # HCAL High Voltage Power Supply System", L. Dimitrov et al., NEC 2003); that a
        # module feeds one box, and that all parts have them still, is chosen
        crate=np.arange(120) // 6,
        threshold=SUPPRESSED,
        t0_spread=1.0,
        seed=700,
    )


def _charge_axis(part: str) -> Axis:
    """Charges in one subdetector: its usual peak is in the seventh of 100 bins."""
    return Axis(100, 0.0, PEAK[part] / 0.06, title="Charge [fC]")


@functools.lru_cache(maxsize=64)
def _charges(part: str, gain: float, *, cosmic: bool) -> Array:
    peak, axis = gain * PEAK[part], _charge_axis(part)
    if not cosmic:
        return landau(axis, peak, 0.3 * peak)
    muon, share = COSMIC_PEAK * peak, COSMIC_SIGNAL[part]
    noise = exponential(axis, COSMIC_NOISE * peak)
    return (1 - share) * noise + share * landau(axis, muon, 0.3 * muon)


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
    """Hits with signal."""
    return _particles_above(now) + _noise_above(now)


@drawn_once
def _times(now: Lumisection) -> tuple[Array, Array]:
    """Sums of the times of digis with signal, and of their squares.

    Noise is taken to come at any time. (Of whole boxes and photo diodes it is described
    in "Identification and filtering of uncharacteristic noise in the CMS hadron
    calorimeter", JINST 5 (2010) T03014.)
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


def _map_rows(
    run_type: RunType, built: Geometry, name: str, words: str, mine: Array
) -> list[Element]:
    """The maps of one depth, or of HO.

    Args:
        run_type: of the run.
        built: the channels.
        name: in the paths.
        words: in the titles.
        mine: bool per channel.
    """
    axes, where = (IETA, IPHI), ("ieta", "iphi")
    part = words[0].upper() + words[1:]
    return [
        hit_map(
            built, f"Hcal/DigiTask/Occupancy/depth/depth{name}",
            f"Digi occupancy, {words}", axes, where, all_hits, select=mine,
            y_title="Digis", test=occupancy(part=part),
        ),
        hit_map(
            built, f"Hcal/DigiTask/OccupancyCut/depth/depth{name}",
            f"Occupancy of digis with signal, {words}", axes, where, _above,
            select=mine, y_title="Digis", test=occupancy(window=10, part=part),
        ),
        mean_map(
            built, f"Hcal/DigiTask/TimingCut/depth/depth{name}",
            f"Mean digi time, {words}", axes, where, _above, _times, select=mine,
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
            y_title="Digis", test=symmetric(
                0.08, 0.11, entries=PAIR,
                window=20 if run_type == "cosmics" else 5, part=part,
            ),
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
    cosmic = run_type == "cosmics"
    means = (4 / 3, 4.0, 2 / 3)
    if cosmic:
        means = (0.15, 0.6, 0.1) if part == "HF" else (0.4, 1.2, 0.2)

    def charges(now: Lumisection) -> Array:
        hits = now.particles
        shape = _charges(part, now.channels.response(hits, mine), cosmic=cosmic)
        found = spread(now.rng, float(hits[mine].sum()), shape)
        noise = exponential(_charge_axis(part), NOISE_SLOPE * PEAK[part])
        return found + spread(now.rng, float(now.noise[mine].sum()), noise)

    return [
        hit_map(
            built, f"Hcal/DigiTask/Occupancyvsiphi/SubdetPM/{half}",
            f"{half} digis by iφ", (IPHI,), ("iphi",), all_hits, select=mine,
            y_title="Digis",
            test=occupancy(
                # beyond iη 20 HE has odd iφ alone: even bins hold a fifth of noise
                noun="iφ bins", ring="none", warn=0.0, bad=0.03, part=part,
                dead=0.1 if part == "HE" else 0.25,
            ),
        ),
        distribution(
            f"Hcal/DigiTask/TimingCut/SubdetPM/{half}", f"{half} digi time", (TIME,),
            hit_times(TIME, _particles_above, SIGMA[run_type], mine, _noise_above),
            y_title="Digis",
            test=mean_within(-3, 3, 2, unit="ns", part="Timing"),
        ),
        distribution(
            f"Hcal/DigiTask/SumQ/SubdetPM/{half}", f"{half} digi charge",
            (_charge_axis(part),), charges, y_title="Digis",
            test=mean_within(
                *(each * PEAK[part] for each in means), unit="fC", part="Charge",
            ),
        ),
    ]  # fmt: skip


def rows(run_type: RunType, built: Geometry | None) -> tuple[Element, ...]:
    """The table."""
    assert built is not None
    every_driver = flags_within(noun="FEDs", bad=0, part="FEDs")
    outer = built.coordinates["part"] == SUBDETECTORS.index(OUTER)
    maps = [
        (str(depth), f"depth {depth}", ~outer & (built.coordinates["depth"] == depth))
        for depth in range(1, DEPTHS + 1)
    ]
    maps.append((OUTER, OUTER, outer))
    return (
        *(row for each in maps for row in _map_rows(run_type, built, *each)),
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
