"""L1T: what the first-level trigger receives and finds, and what it accepts.

Paths as cmssw DQM/L1TMonitor books them where it has such an element (binning coarser
than there). Channels are the trigger towers of both calorimeters and cells of the muon
system. All numbers are simulated.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from dqmconsole.model.histogram import Array, Axis
from dqmconsole.simulation.centrality import PARTICLES, events_by_number
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
from dqmconsole.simulation.l1_inputs import interactions, reaching
from dqmconsole.simulation.lumisection import (
    Filled,
    Lumisection,
    all_hits,
    drawn_once,
)
from dqmconsole.simulation.rows import (
    distribution,
    hit_map,
    trend,
)
from dqmconsole.simulation.shapes import (
    exponential,
    gaussian,
    one_earlier,
    one_later,
    power,
    rayleigh,
    spread,
)
from dqmconsole.simulation.state.beam import ORBIT_CROSSINGS
from dqmconsole.simulation.state.trigger import MUON_SEEDS, SEEDS, THRESHOLD_POWER
from dqmconsole.simulation.subsystem import Subsystem
from dqmconsole.simulation.subsystems.dt import share_late

if TYPE_CHECKING:
    from dqmconsole.simulation.state.beam import RunType
    from dqmconsole.simulation.state.channels import Geometry

IETA_ECAL = Axis(57, -28.5, 28.5, title="iη")
IETA_HCAL = Axis(83, -41.5, 41.5, title="iη")
IPHI = Axis(72, 0.5, 72.5, title="iφ")
CENTRAL = Axis(34, -68.0, 68.0, title="Hardware iη")
FORWARD = Axis(58, -116.0, 116.0, title="Hardware iη")
"""Of the jets beyond the former. Ranges of both as cmssw has them for the shifter."""
HW_IPHI = Axis(36, -0.5, 143.5, title="Hardware iφ")
BX = Axis(5, -2.5, 2.5, title="BX")
PT = Axis(128, -0.5, 255.5, title="pT [GeV]")
JET_ET = Axis(256, 0.0, 2048.0, title="Hardware ET [0.5 GeV]")
ET = Axis(128, 0.0, 512.0, title="Hardware ET [0.5 GeV]")
HW_PT = Axis(128, 0.0, 512.0, title="Hardware pT [0.5 GeV]")
SUM_ET = Axis(100, 0.0, 1000.0, title="ET [GeV]")
ION_ET = Axis(100, 0.0, 4000.0, title="ET [GeV]")
MISSING_ET = Axis(100, 0.0, 300.0, title="ET [GeV]")
WEDGES = labelled(tuple(str(number) for number in range(1, 13)), "Wedge")
SYSTEMS = {"BMTF": BMTF, "OMTF": OMTF, "EMTF": EMTF}
CALO_LAYER2 = "L1T/L1TStage2CaloLayer2"
MUONS = "L1T/L1TStage2uGMT"
GLOBAL = "L1T/L1TStage2uGT"
PRESCALES = f"{GLOBAL}/prescaleFactorSet"
"""The prescale column by lumisection."""
IN_BX_0 = share_within(0, 0, "in BX 0", part="Timing")
IN_TIME = np.array([0.002, 0.008, 0.978, 0.010, 0.002])
TOP_LEG = np.array([0.01, 0.05, 0.88, 0.05, 0.01])
BOTTOM_LEG = np.array([0.01, 0.05, 0.44, 0.30, 0.20])
"""Of cosmic muons by crossing. What crosses the upper half flies some 13 m on to the
lower one, 45 ns or two crossings more; where the upper leg fired, the lower one comes
late, and where it did not, the lower one fired. The shares are chosen.
"""
COSMIC_IN_BX_0 = share_within(0, 0, "in BX 0", 0.5, 0.4, part="Timing")
ELECTRONS = np.array(["EG" in seed.name for seed in SEEDS])
"""Seeds that ask for electrons or photons."""
_MEAN_CHARGE: dict[RunType, tuple[float, float]] = {
    "collisions": (-0.08, 0.08),
    "heavy-ions": (-0.08, 0.08),
    "cosmics": (0.04, 0.2),
}
"""Limits of a good mean charge."""

HARD_JETS = 0.1
"""Share of the jets that do not come from the pile-up: their ET falls as a power.
Chosen, with where it begins and its power."""

SOFT, NOISE = 19.0, 6.0
"""Spread of each of the two components of the missing ET, GeV: of the interactions at
the start of a fill, growing as the square root of their number, and of noise. Chosen;
the length of two such components follows a Rayleigh distribution."""
UNBALANCED = 0.02
"""Share of the events with a particle that was not seen, or badly measured: chosen."""

LAYER2 = {
    # path below L1TStage2CaloLayer2: (kinds, |ieta| from, to, share of tower hits)
    "Central-Jets/CenJets": ((ECAL, HCAL), 1, 28, 0.02),
    "Forward-Jets/ForJets": ((HCAL,), 30, 41, 0.15),
    "Isolated-EG/IsoEGs": ((ECAL,), 1, 28, 0.025),
    "NonIsolated-EG/NonIsoEGs": ((ECAL,), 1, 28, 0.035),
    "Isolated-Tau/IsoTaus": ((ECAL, HCAL), 1, 20, 0.018),
    "NonIsolated-Tau/Taus": ((ECAL, HCAL), 1, 20, 0.028),
}


def _energies(axis: Axis, scale: float, *, jets: bool) -> Array:
    """Chance of each bin of the ET of objects of the calorimeter trigger.

    Args:
        axis: the ET.
        scale: response of the calorimeters relative to the usual.
        jets: they are jets, some of which are hard.
    """
    soft = exponential(axis, 22.0 * scale, 8.0)
    if not jets:
        return soft
    hard = power(axis, 4.5, 30.0 * scale)
    return (1 - HARD_JETS) * soft + HARD_JETS * hard


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
    jets, forward = "Jets" in name, "Forward" in name
    place, energy = FORWARD if forward else CENTRAL, JET_ET if jets else ET
    seen_by = tuple({ECAL: "Ecal", HCAL: "Hcal"}[each] for each in kinds)

    @drawn_once
    def objects(now: Lumisection) -> Array:
        found = np.zeros_like(now.hits)
        found[mine] = now.rng.binomial(now.hits[mine], share)
        return found

    def energies(now: Lumisection) -> Array:
        scale = now.state.response(*seen_by)
        number = float(objects(now).sum())
        return spread(now.rng, number, _energies(energy, scale, jets=jets))

    return [
        hit_map(
            built, f"{path}Occ", f"{words} by iη and iφ", (place, HW_IPHI),
            ("hw_ieta", "hw_iphi"), objects, select=mine, y_title="Objects",
            # beside a tower that is known to be off a cell has half
            test=occupancy(window=10, dead=0.1, part="Layer 2"),
        ),
        distribution(
            f"{path}Rank", f"{words}: ET", (energy,), energies, y_title="Objects",
            test=mean_within(20, 45, 10, part="Layer 2"),
        ),
    ]  # fmt: skip


def _total_et(now: Lumisection) -> Array:
    total = 360.0 * interactions(now.state)
    if now.state.run_type == "heavy-ions" and total:
        shape = events_by_number(ION_ET, PARTICLES * total)
        return spread(now.rng, now.events, shape)
    noise = 1.0  # GeV; all there is where nothing collides
    return spread(
        now.rng, now.events, gaussian(SUM_ET, total, max(0.22 * total, noise))
    )


def _missing_et(now: Lumisection) -> Array:
    """The length of a sum in the plane across the beam; a few events have a tail."""
    width = (SOFT**2 * interactions(now.state) + NOISE**2) ** 0.5
    tail = UNBALANCED if interactions(now.state) else 0.0
    shape = (1 - tail) * rayleigh(MISSING_ET, width)
    return spread(now.rng, now.events, shape + tail * exponential(MISSING_ET, 60.0))


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


def _crossing_chances(now: Lumisection, system: str) -> tuple[tuple[Array, Array], ...]:
    """Chance of each crossing for the muons of one track finder.

    Of all alike, or of a cosmic muon by the half that it crosses.

    Args:
        now: the lumisection.
        system: the track finder.

    Returns:
        channels, bool, and the chances, each once or twice.
    """
    where = now.built.coordinates
    mine = where["kind"] == SYSTEMS[system]
    parts = [(mine, IN_TIME)]
    if now.state.run_type == "cosmics":
        top = where["phi"] > 0
        parts = [(mine & top, TOP_LEG), (mine & ~top, BOTTOM_LEG)]
    late = _late(now) if system == "BMTF" else 0.0
    return tuple(
        (
            each,
            one_later(
                one_earlier(chance, now.channels.share_early(now.hits, each)), late
            ),
        )
        for each, chance in parts
    )


def _late(now: Lumisection) -> float:
    """Share of the primitives of DT that come a crossing later than usual."""
    chambers = now.state.channels.get("DT")
    return 0.0 if chambers is None else share_late(chambers)


@drawn_once
def _crossings_of(now: Lumisection, system: str) -> Array:
    """Muons of one track finder by crossing."""
    found: Array = np.sum(
        [
            spread(now.rng, float(now.hits[mine].sum()), chance)
            for mine, chance in _crossing_chances(now, system)
        ],
        axis=0,
    )
    return found


def _all_crossings(now: Lumisection) -> Array:
    found: Array = np.sum([_crossings_of(now, system) for system in SYSTEMS], axis=0)
    return found


def _wedges_by_crossing(now: Lumisection) -> Array:
    """Muons of the barrel by wedge and crossing."""
    wedge = now.built.coordinates["wedge"]
    found: Array = np.zeros((12, BX.bins))
    for mine, chance in _crossing_chances(now, "BMTF"):
        wedges = np.bincount(wedge[mine], now.hits[mine], 12)
        found = found + now.rng.multinomial(
            wedges.astype(np.int64), chance / chance.sum()
        )
    return found


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
            lambda now: _crossings_of(now, system), y_title="Hits",
            test=COSMIC_IN_BX_0 if run_type == "cosmics" else IN_BX_0,
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
    shares = (0.5, 0.4) if sparse else (0.95, 0.85)
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
            test=share_within(0, 0, "in BX 0", *shares, axis="y", part="Timing"),
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
            y_title="Hits", test=COSMIC_IN_BX_0 if sparse else IN_BX_0,
        ),
    ]  # fmt: skip


@drawn_once
def _fired(now: Lumisection) -> Array:
    """Algorithms that fired."""
    after = now.state.trigger.after
    rates = after / max(float(after.sum()), 1e-9)
    left: float = now.state.response("Ecal") ** THRESHOLD_POWER
    rates = np.where(ELECTRONS, left * rates, rates)
    return now.rng.poisson(1.4 * now.events * rates)


def _fired_by_crossing(now: Lumisection) -> Array:
    """Algorithms that fired, by crossing; those of muons as the muons come."""
    crossings = _all_crossings(now)
    of_muons = crossings / crossings.sum() if crossings.sum() else IN_TIME
    chance = [of_muons if seed.name in MUON_SEEDS else IN_TIME for seed in SEEDS]
    chances = np.array(chance)
    chances /= chances.sum(axis=1, keepdims=True)
    return now.rng.multinomial(_fired(now), chances).T


def _orbit(now: Lumisection) -> Array:
    """Events by four crossings of the orbit."""
    colliding = now.state.beam.colliding
    chance = np.where(colliding, 1.0, 1e-4 if colliding.any() else 1.0)
    return spread(now.rng, now.events, chance.reshape(-1, 4).sum(axis=1))


def _global_rows(run_type: RunType) -> list[Element]:
    """The global trigger, and the rates."""
    seeds = labelled(tuple(seed.name for seed in SEEDS), "Algorithm")
    shares = (0.5, 0.4) if run_type == "cosmics" else (0.95, 0.85)
    orbit = Axis(ORBIT_CROSSINGS // 4, -0.5, ORBIT_CROSSINGS - 0.5, title="Global BX")
    return [
        distribution(
            f"{GLOBAL}/algoBits_after_prescale", "Algorithms fired, after prescale",
            (seeds,), _fired,
        ),
        distribution(
            f"{GLOBAL}/algoBits_after_prescale_bx_inEvt",
            "Algorithms fired by crossing in the event", (BX, seeds),
            _fired_by_crossing,
            test=share_within(0, 0, "in BX 0", *shares, part="uGT"),
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
            f"{CALO_LAYER2}/Energy-Sums/METRank", "Missing ET", (MISSING_ET,),
            _missing_et, test=mean_within(5, 40, 20, unit="GeV", part="Layer 2"),
        ),
        distribution(
            f"{CALO_LAYER2}/Energy-Sums/ETTRank", "Total ET",
            (ION_ET if run_type == "heavy-ions" else SUM_ET,), _total_et,
        ),
        *_muon_rows(run_type, built),
        *_global_rows(run_type),
    )  # fmt: skip


SUBSYSTEM = Subsystem(
    "L1T", rows, channels, activity=reaching,
    parts=("Layer 1", "Layer 2", "Muons", "Timing", "uGT"),
)  # fmt: skip
