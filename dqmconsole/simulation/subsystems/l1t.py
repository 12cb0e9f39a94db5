"""L1T: what the first-level trigger receives and finds, and what it accepts.

Paths as cmssw DQM/L1TMonitor books them where it has such an element (binning coarser
than there). Channels are the trigger towers of both calorimeters and cells of the muon
system. All numbers are simulated.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from dqmconsole.model.histogram import Array, Axis
from dqmconsole.simulation.checked import (
    Checked,
    last_within,
    mean_within,
    occupancy,
    share_within,
)
from dqmconsole.simulation.cosmics import POSITIVE
from dqmconsole.simulation.elements import Element, labelled
from dqmconsole.simulation.l1_channels import (
    BMTF,
    ECAL,
    EMTF,
    ETA,
    HCAL,
    OMTF,
    PHI,
    channels,
)
from dqmconsole.simulation.lumisection import (
    Filled,
    Lumisection,
    all_hits,
    drawn_once,
)
from dqmconsole.simulation.rows import (
    distribution,
    hit_map,
    spread_events,
    spread_hits,
    trend,
)
from dqmconsole.simulation.shapes import (
    exponential,
    gaussian,
    one_earlier,
    power,
    spread,
)
from dqmconsole.simulation.state.beam import ORBIT_CROSSINGS
from dqmconsole.simulation.state.trigger import MUON_SEEDS, SEEDS
from dqmconsole.simulation.subsystem import Subsystem

if TYPE_CHECKING:
    from dqmconsole.simulation.state.beam import RunType
    from dqmconsole.simulation.state.channels import Geometry

IETA_ECAL = Axis(57, -28.5, 28.5, title="iη")
IETA_HCAL = Axis(83, -41.5, 41.5, title="iη")
IPHI = Axis(72, 0.5, 72.5, title="iφ")
HW_IETA = Axis(57, -114.0, 114.0, title="Hardware iη")
HW_IPHI = Axis(36, -0.5, 143.5, title="Hardware iφ")
BX = Axis(5, -2.5, 2.5, title="BX")
PT = Axis(128, -0.5, 255.5, title="pT [GeV]")
ET = Axis(128, 0.0, 256.0, title="Hardware ET [0.5 GeV]")
HW_PT = Axis(128, 0.0, 512.0, title="Hardware pT [0.5 GeV]")
SUM_ET = Axis(100, 0.0, 1000.0, title="ET [GeV]")
WEDGES = labelled(tuple(str(number) for number in range(1, 13)), "Wedge")
SYSTEMS = {"BMTF": BMTF, "OMTF": OMTF, "EMTF": EMTF}
CALO_LAYER2 = "L1T/L1TStage2CaloLayer2"
MUONS = "L1T/L1TStage2uGMT"
GLOBAL = "L1T/L1TStage2uGT"
PRESCALES = f"{GLOBAL}/prescaleFactorSet"
"""The prescale column by lumisection."""
IN_BX_0 = share_within(0, 0, "in BX 0", part="Timing")
IN_TIME = np.array([0.002, 0.008, 0.978, 0.010, 0.002])
_MEAN_CHARGE: dict[RunType, tuple[float, float]] = {
    "collisions": (-0.08, 0.08),
    "heavy-ions": (-0.08, 0.08),
    "cosmics": (0.04, 0.2),
}
"""Limits of a good mean charge."""

LAYER2 = {
    # path below L1TStage2CaloLayer2: (kinds, |ieta| from, to, share of tower hits)
    "Central-Jets/CenJets": ((ECAL, HCAL), 1, 28, 0.02),
    "Forward-Jets/ForJets": ((HCAL,), 30, 41, 0.15),
    "Isolated-EG/IsoEGs": ((ECAL,), 1, 28, 0.025),
    "NonIsolated-EG/NonIsoEGs": ((ECAL,), 1, 28, 0.035),
    "Isolated-Tau/IsoTaus": ((ECAL, HCAL), 1, 20, 0.018),
    "NonIsolated-Tau/Taus": ((ECAL, HCAL), 1, 20, 0.028),
}


def _straight(axis: Axis) -> Array:
    """Straight muons: most saturate at the highest momentum, few scatter."""
    found = 0.3 * power(axis, 1.5, axis.high / 64)
    found[axis.bins] += 0.7 + found[-1]
    found[-1] = 0.0
    return found


def _layer2_rows(built: Geometry, name: str) -> list[Element]:
    """Places and ET of one kind of object of the calorimeter trigger."""
    kinds, first, last, share = LAYER2[name]
    ring = abs(built.coordinates["ieta"])
    mine = np.isin(built.coordinates["kind"], kinds) & (ring >= first) & (ring <= last)
    path, words = f"{CALO_LAYER2}/{name}", name.split("/")[0].replace("-", " ")

    @drawn_once
    def objects(now: Lumisection) -> Array:
        found = np.zeros_like(now.hits)
        found[mine] = now.rng.binomial(now.hits[mine], share)
        return found

    return [
        hit_map(
            built, f"{path}Occ", f"{words} by iη and iφ", (HW_IETA, HW_IPHI),
            ("hw_ieta", "hw_iphi"), objects, select=mine, y_title="Objects",
            test=occupancy(window=10, part="Layer 2"),
        ),
        distribution(
            f"{path}Rank", f"{words}: ET", (ET,),
            spread_hits(objects, exponential(ET, 22.0, 8.0)), y_title="Objects",
            test=mean_within(20, 45, 10, part="Layer 2"),
        ),
    ]  # fmt: skip


def _total_et(now: Lumisection) -> Array:
    total = 360.0 * now.state.activity
    noise = 1.0  # GeV; all there is where nothing collides
    return spread(
        now.rng, now.events, gaussian(SUM_ET, total, max(0.22 * total, noise))
    )


def _momenta(axis: Axis, usual: Array, mine: Array) -> Filled:
    """Muons by momentum.

    Args:
        axis: the momentum.
        usual: probability of each bin, with a magnetic field.
        mine: bool per channel.
    """
    straight = _straight(axis)

    def counts(now: Lumisection) -> Array:
        shape = usual if now.state.field_on else straight
        return spread(now.rng, float(now.hits[mine].sum()), shape)

    return counts


def _charges(positive: float, mine: Array) -> Filled:
    """Muons by charge, a coin toss where the field does not bend them.

    That of a cosmic muon is as it comes from above, also in the upper half, where it
    flies inwards.

    Args:
        positive: share of them with positive charge.
        mine: bool per channel.
    """

    def counts(now: Lumisection) -> Array:
        share = positive if now.state.field_on else 0.5
        chance = np.array([0.0, 1 - share, 0.0, share, 0.0])
        return spread(now.rng, float(now.hits[mine].sum()), chance)

    return counts


def _crossing_chance(now: Lumisection, system: str) -> Array:
    """Chance of each crossing for the muons of one track finder."""
    mine = now.built.coordinates["kind"] == SYSTEMS[system]
    return one_earlier(IN_TIME, now.channels.share_early(now.hits, mine))


@drawn_once
def _crossings_of(now: Lumisection, system: str) -> Array:
    """Muons of one track finder by crossing."""
    mine = now.built.coordinates["kind"] == SYSTEMS[system]
    chance = _crossing_chance(now, system)
    return spread(now.rng, float(now.hits[mine].sum()), chance)


def _all_crossings(now: Lumisection) -> Array:
    found: Array = np.sum([_crossings_of(now, system) for system in SYSTEMS], axis=0)
    return found


def _wedges_by_crossing(now: Lumisection) -> Array:
    """Muons of the barrel by wedge and crossing."""
    where = now.built.coordinates
    mine = where["kind"] == BMTF
    wedges = np.bincount(where["wedge"][mine], now.hits[mine], 12)
    chance = _crossing_chance(now, "BMTF")
    return now.rng.multinomial(wedges.astype(np.int64), chance / chance.sum())


def _phi_bins(run_type: RunType) -> Checked:
    return occupancy(
        noun="φ bins", ring="none",
        dead=0.3 if run_type == "cosmics" else 0.5, warn=0.0, bad=0.03,
        part="Muons",
    )  # fmt: skip


def _system_rows(run_type: RunType, built: Geometry, system: str) -> list[Element]:
    """What one muon track finder sends to the global muon trigger."""
    mine = built.coordinates["kind"] == SYSTEMS[system]
    path = f"{MUONS}/{system}Input/ugmt{system}"
    return [
        distribution(
            f"{path}BX", f"{system} muons by BX", (BX,),
            lambda now: _crossings_of(now, system), y_title="Hits", test=IN_BX_0,
        ),
        hit_map(
            built, f"{path}glbhwPhi", f"{system} muons by φ", (PHI,), ("phi",),
            all_hits, select=mine, y_title="Muons", test=_phi_bins(run_type),
        ),
        hit_map(
            built, f"{path}hwEta", f"{system} muons by η", (ETA,), ("eta",), all_hits,
            select=mine, y_title="Muons",
        ),
    ]  # fmt: skip


def _muon_rows(run_type: RunType, built: Geometry) -> list[Element]:
    """The global muon trigger and its inputs."""
    kind = built.coordinates["kind"]
    muon, barrel, sparse = kind >= BMTF, kind == BMTF, run_type == "cosmics"
    inputs = {name: _system_rows(run_type, built, name) for name in SYSTEMS}
    return [
        hit_map(
            built, f"{MUONS}/ugmtMuonPhivsEta", "Muons by η and φ", (ETA, PHI),
            ("eta", "phi"), all_hits, select=muon, y_title="Muons",
            test=occupancy(
                dead=0.1 if sparse else 0.25, enough=60 if sparse else 40,
                window=10, part="Muons",
            ),
        ),
        hit_map(
            built, f"{MUONS}/ugmtMuonEta", "Muons by η", (ETA,), ("eta",), all_hits,
            select=muon, y_title="Muons",
        ),
        hit_map(
            built, f"{MUONS}/ugmtMuonPhi", "Muons by φ", (PHI,), ("phi",), all_hits,
            select=muon, y_title="Muons", test=_phi_bins(run_type),
        ),
        distribution(
            f"{MUONS}/ugmtMuonPt", "Muon pT", (PT,),
            _momenta(PT, power(PT, 2.6, 4.0), muon), y_title="Muons",
            test=mean_within(7, 14, 4, unit="GeV", part="Muons"),
        ),
        distribution(
            f"{MUONS}/ugmtMuonCharge", "Muon charge",
            (Axis(3, -1.5, 1.5, title="Charge"),),
            _charges(POSITIVE if sparse else 0.505, muon), y_title="Muons",
            test=mean_within(*_MEAN_CHARGE[run_type], 0.1, part="Muons"),
        ),
        *inputs["BMTF"],
        distribution(
            "L1T/L1TStage2BMTF/bmtf_wedge_bx", "BMTF muons by wedge and BX",
            (WEDGES, BX), _wedges_by_crossing, y_title="Muons",
            test=share_within(0, 0, "in BX 0", axis="y", part="Timing"),
        ),
        distribution(
            "L1T/L1TStage2BMTF/bmtf_hwPt", "BMTF muon pT", (HW_PT,),
            _momenta(HW_PT, power(HW_PT, 2.6, 8.0), barrel), y_title="Muons",
            test=mean_within(12, 30, 8, part="Muons"),
        ),
        *inputs["OMTF"],
        *inputs["EMTF"],
        distribution(
            f"{MUONS}/ugmtMuonBX", "Muons by BX", (BX,), _all_crossings,
            y_title="Hits", test=IN_BX_0,
        ),
    ]  # fmt: skip


@drawn_once
def _fired(now: Lumisection) -> Array:
    """Algorithms that fired."""
    after = now.state.trigger.after
    rates = after / max(float(after.sum()), 1e-9)
    return now.rng.poisson(1.4 * now.events * rates)


def _fired_by_crossing(now: Lumisection) -> Array:
    """Algorithms that fired, by crossing; those of muons may be early."""
    chance: Array = IN_TIME / IN_TIME.sum()
    muons = now.built.coordinates["kind"] >= BMTF
    share = now.channels.share_early(now.hits, muons)
    if share:
        early = one_earlier(chance, share)
        names = [seed.name for seed in SEEDS]
        chance = np.array([early if each in MUON_SEEDS else chance for each in names])
    return now.rng.multinomial(_fired(now), chance).T


def _orbit(now: Lumisection) -> Array:
    """Events by four crossings of the orbit."""
    colliding = now.state.beam.colliding
    chance = np.where(colliding, 1.0, 1e-4 if colliding.any() else 1.0)
    return spread(now.rng, now.events, chance.reshape(-1, 4).sum(axis=1))


def _global_rows() -> list[Element]:
    """The global trigger, and the rates."""
    seeds = labelled(tuple(seed.name for seed in SEEDS), "Algorithm")
    orbit = Axis(ORBIT_CROSSINGS // 4, -0.5, ORBIT_CROSSINGS - 0.5, title="Global BX")
    return [
        distribution(
            f"{GLOBAL}/algoBits_after_prescale", "Algorithms fired, after prescale",
            (seeds,), _fired,
        ),
        distribution(
            f"{GLOBAL}/algoBits_after_prescale_bx_inEvt",
            "Algorithms fired by crossing in the event", (BX, seeds),
            _fired_by_crossing, test=share_within(0, 0, "in BX 0", part="uGT"),
        ),
        distribution(
            f"{GLOBAL}/bx_global", "Events by bunch crossing of the orbit", (orbit,),
            _orbit,
        ),
        trend(
            PRESCALES, "Prescale column", "Column",
            lambda now: now.state.trigger.column,
        ),
        trend(
            "L1T/L1TRates/l1Rate", "Rate accepted by the first level", "Rate [kHz]",
            lambda now: now.state.trigger.l1_rate / 1000,
            last_within(0.1, 100, 5, unit="kHz", part="Rates"),
        ),
        trend(
            "L1T/L1TRates/deadTime", "Dead time", "Dead time [%]",
            lambda now: 100 * now.state.trigger.dead_time,
            last_within(0, 5, 5, unit="%", part="Rates"),
        ),
    ]  # fmt: skip


def rows(run_type: RunType, built: Geometry | None) -> tuple[Element, ...]:
    """The table."""
    assert built is not None
    kind = built.coordinates["kind"]
    towers = occupancy(noun="towers", part="Layer 1")
    return (
        *(
            hit_map(
                built, f"L1T/L1TStage2CaloLayer1/{name.lower()}Occupancy",
                f"{name} trigger towers received", (ieta, IPHI), ("ieta", "iphi"),
                all_hits, select=kind == number, y_title="Towers", test=towers,
            )
            for name, ieta, number in (
                ("ECAL", IETA_ECAL, ECAL), ("HCAL", IETA_HCAL, HCAL),
            )
        ),
        *(row for name in LAYER2 for row in _layer2_rows(built, name)),
        distribution(
            f"{CALO_LAYER2}/Energy-Sums/METRank", "Missing ET", (SUM_ET,),
            spread_events(exponential(SUM_ET, 28.0)),
            test=mean_within(15, 50, 20, unit="GeV", part="Layer 2"),
        ),
        distribution(
            f"{CALO_LAYER2}/Energy-Sums/ETTRank", "Total ET", (SUM_ET,), _total_et
        ),
        *_muon_rows(run_type, built),
        *_global_rows(),
    )  # fmt: skip


SUBSYSTEM = Subsystem(
    "L1T", rows, channels, follows_pileup=False,
    parts=("Layer 1", "Layer 2", "Muons", "Timing", "uGT"),
)  # fmt: skip
