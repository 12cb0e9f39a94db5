"""PixelPhase1: digis by module, cluster charge and size, dead readout chips.

Modules as in the phase-1 pixel detector: four barrel layers of 12, 28, 44 and 64
ladders with eight modules each, three disks a side with two rings of blades. Paths
as cmssw DQM/SiPixelPhase1Common books them where it has such an element; the times, in
SimulatedTime, are this simulation's own. All numbers are simulated.
"""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING

import numpy as np

from dqmconsole.model.histogram import Array, Axis
from dqmconsole.simulation.centrality import PARTICLES
from dqmconsole.simulation.checked import (
    flags_within,
    last_within,
    mean_within,
    occupancy,
)
from dqmconsole.simulation.cosmics import IN_DISKS, through_layers
from dqmconsole.simulation.elements import Element, labelled
from dqmconsole.simulation.fed_integrity import frames_flags
from dqmconsole.simulation.lumisection import (
    Lumisection,
    drawn_once,
    noise_hits,
    particle_hits,
)
from dqmconsole.simulation.rows import (
    distribution,
    flags,
    hit_map,
    hit_times,
    hits_per_event,
    trend,
)
from dqmconsole.simulation.shapes import exponential, landau, poissonian, spread
from dqmconsole.simulation.state.channels import Geometry, Threshold, geometry
from dqmconsole.simulation.state.parts import FEDS, FedStatus
from dqmconsole.simulation.subsystem import Subsystem

if TYPE_CHECKING:
    from dqmconsole.simulation.state.beam import RunType

LADDERS = {1: 12, 2: 28, 3: 44, 4: 64}
"""Layer of the barrel -> ladders."""

BLADES = {1: 11, 2: 17}
"""Ring of the disks -> blades in each half."""

MODULE = Axis(9, -4.5, 4.5, title="Signed module")
DISK = Axis(7, -3.5, 3.5, title="Signed disk")
CHARGE = Axis(100, 0.0, 100_000.0, title="Charge [e]")
SIZE = Axis(20, 0.5, 20.5, title="Size [pixels]")
TIME = Axis(100, -50.0, 50.0, title="Time [ns]")
DRIVERS = FEDS["PixelPhase1"]
FED_NUMBERS = Axis(len(DRIVERS), DRIVERS.start - 0.5, DRIVERS.stop - 0.5, title="FED")
FED_ROWS = labelled(tuple(str(each) for each in DRIVERS), "FED")
ERROR_TYPES = labelled(
    ("Timeout", "Overflow", "TBM reset", "Event number", "FIFO full", "Unknown ROC"),
    "Error type",
)
ERROR_RATES = (3e-5, 1e-4, 1e-5, 2e-5, 4e-5, 2e-5)
"""Errors per event of one driver, by type."""

VIEW = "PixelPhase1/Phase1_MechanicalView"
CLUSTER_TIME = "PixelPhase1/SimulatedTime/ClusterTime_{}"
"""Of no CMS element: pixels tell the crossing alone. It stands for the scans of delays
by which CMS sees that pixels are late."""
FED_ERRORS = "PixelPhase1/FED/nerrors_per_type_per_FED"
FED_STATUS = "PixelPhase1/FED/fedstatus_per_LumiBlock_per_FED"
HALVES = ("PXBarrel", "PXForward")
ROCS = 16
"""Readout chips of a module."""

SINGLE_DEAD = {
    "Layer_1": 3,
    "Layer_2": 5,
    "Layer_3": 9,
    "Layer_4": 8,
    "Ring_1": 4,
    "Ring_2": 6,
}
"""Single chips dead for long, in modules that work otherwise."""

RATE = {
    "Layer_1": 2.0,
    "Layer_2": 1.0,
    "Layer_3": 0.6,
    "Layer_4": 0.4,
    "Ring_1": 0.7,
    "Ring_2": 0.5,
}
SCALE = {"collisions": 1.0, "heavy-ions": PARTICLES, "cosmics": 0.04}
COSMIC_RATE = 0.7
"""Instead of :data:`RATE` in cosmic runs, before the scale: as many muons cross a
module of any layer. Chosen, some thirty times what they are: modules can be judged."""
THRESHOLD = 1700.0
"""Of a pixel, electrons; chosen between the 1600 and 2000 of cmssw's own simulation of
Run 3 (SimGeneral/MixingModule, SiPixelSimParameters_cfi.py)."""
CLUSTERS_KEPT = Threshold(0.2, 0.25)
"""Of a cluster: that of its largest pixel."""
NOISE_SLOPE = 400.0
"""Over which the charge of noisy pixels falls to 1/e above the threshold, electrons."""

PEAK = {"PXBarrel": 21_000.0, "PXForward": 19_000.0}
MEAN_SIZE = {"PXBarrel": 4.2, "PXForward": 2.6}
SIGMA = {"collisions": 4.0, "heavy-ions": 4.0, "cosmics": 9.0}


def blade_axis(ring: int) -> Axis:
    """Blades and their two panels of a ring: blade 1 has 0.75 and 1.25."""
    end = BLADES[ring] + 0.5
    return Axis(round(4 * end), -end, end, title="Signed blade and panel")


def ladder_axis(layer: int) -> Axis:
    """Ladders of a layer, those of the other half negative; 0 does not exist."""
    half = LADDERS[layer] // 2
    return Axis(2 * half + 1, -half - 0.5, half + 0.5, title="Signed ladder")


def places() -> tuple[str, ...]:
    """Layers and rings: "Layer_1" to "Ring_2"."""
    return tuple(SINGLE_DEAD)


def channels(run_type: RunType) -> Geometry:
    """The 1856 modules."""
    parts = [_layer(number) for number in LADDERS] + [
        _ring(number) for number in BLADES
    ]
    rows = {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}
    place = rows["place"].astype(np.int64)
    rate = np.array([RATE[each] for each in places()])[place] * rows["share"]
    if run_type == "cosmics":
        upright = rows["barrel"] == 0
        rate = COSMIC_RATE * np.where(upright, IN_DISKS, through_layers(rows["phi"]))
    return geometry(
        {name: rows[name] for name in ("place", "x", "y", "barrel")},
        rate * SCALE[run_type],
        known=rows["known"].astype(bool),
        fed=DRIVERS.start + rows["fed"].astype(np.int64),
        board=rows["board"].astype(np.int64),
        sector=rows["sector"].astype(np.int64),
        partitions=("BPIX",) * 64 + ("FPIX",) * 24,
        crate=_crates(),
        threshold=CLUSTERS_KEPT,
        t0_spread=0.8,
        seed=1200,
    )


def _layer(layer: int) -> dict[str, Array]:
    count = LADDERS[layer]
    modules = np.concatenate([np.arange(-4, 0), np.arange(1, 5)])
    module, turn = (
        each.ravel() for each in np.meshgrid(modules, np.arange(count), indexing="ij")
    )
    half = count // 2
    ladder = np.where(turn < half, turn + 1, half - turn - 1)
    side = (module > 0).astype(np.int64)
    wedge = turn * 16 // count
    # the halves part at the top, and both count their ladders from there
    phi = np.pi / 2 - 2 * np.pi * (turn + 0.5) / count
    known = np.zeros(module.size, bool)
    if layer == 2:
        known = (module < 0) & (ladder <= -4) & (ladder >= -5)
    elif layer == 3:
        known = (module > 0) & (ladder >= 9) & (ladder <= 11)
    elif layer == 4:
        known = (module > 0) & (ladder >= -20) & (ladder <= -17)
    return {
        "place": np.full(module.size, layer - 1),
        "barrel": np.ones(module.size),
        "x": module.astype(float),
        "y": ladder.astype(float),
        "share": 1 + 0.04 * (abs(module) - 2.5) + 0.05 * np.cos(phi),
        "phi": phi,
        "known": known,
        "fed": 14 * side + turn * 14 // count,
        "board": 16 * (2 * (layer - 1) + side) + wedge,
        # layers 1 and 4 of a wedge have one supply, layers 2 and 3 the other
        "sector": 2 * (16 * side + wedge) + int(layer in (2, 3)),
    }


def _ring(ring: int) -> dict[str, Array]:
    count = BLADES[ring]
    disks = np.array([-3, -2, -1, 1, 2, 3])
    blades = np.concatenate([np.arange(-count, 0), np.arange(1, count + 1)])
    disk, blade, panel = (
        each.ravel()
        for each in np.meshgrid(disks, blades, np.array([0, 1]), indexing="ij")
    )
    number = np.where(disk < 0, disk + 3, disk + 2)
    turn = np.where(blade > 0, blade - 1, count - blade - 1)
    quarter = turn * 4 // (2 * count)
    if ring == 1:
        known = (disk == -2) & ((blade == 4) | (blade == 5))
    else:
        known = (disk == 3) & (blade >= 10) & (blade <= 12)
    return {
        "place": np.full(disk.size, 3 + ring),
        "barrel": np.zeros(disk.size),
        "x": disk.astype(float),
        "y": np.sign(blade) * (abs(blade) - 0.25 + 0.5 * panel),
        "share": 1 - 0.05 * (abs(disk) - 2) + 0.03 * panel,
        "phi": np.zeros(disk.size),
        "known": known,
        "fed": 28 + 2 * number + (blade > 0),
        "board": 128 + 8 * (6 * (ring - 1) + number) + turn * 8 // (2 * count),
        "sector": 64 + 4 * number + quarter,
    }


def _crates() -> Array:
    """What supplies each high-voltage sector: the quarters of the barrel and the disks.

    In a sector of the barrel layers 1 and 4 are one power group, and layers 2 and 3 the
    other, as the names of CMS's channels say: BPix_BpI_SEC3_LAY14, FPix_BmO_D1_ROG2.
    That the groups of an end and a half share a supply is chosen.
    """
    barrel = np.arange(64) // 16
    number, quarter = np.divmod(np.arange(24), 4)
    disks = 4 + 2 * (number // 3) + quarter // 2
    return np.concatenate([barrel, disks])


def map_path(place: str) -> str:
    """Path of the map of digis of a layer or ring."""
    if place.startswith("Layer"):
        return f"{VIEW}/PXBarrel/num_digis_per_SignedModule_per_SignedLadder_PX{place}"
    return f"{VIEW}/PXForward/num_digis_per_PXDisk_per_SignedBladePanel_PX{place}"


@functools.lru_cache(maxsize=64)
def _charges(half: str, gain: float) -> Array:
    peak = PEAK[half] * gain
    return landau(CHARGE, peak, 0.11 * peak)


def _mean_size(half: str, response: float) -> float:
    """Mean size of the clusters of the barrel or the disks, pixels, 1 at least.

    A track shares its charge evenly between the pixels of a cluster, and the two at its
    ends have any part of that. What a smaller response leaves below the threshold is
    missing: parts of the ends, and of the others those in the tail of Landau's law.
    """
    usual = MEAN_SIZE[half]
    if response >= 1:
        return usual
    level = THRESHOLD * usual / PEAK[half]
    kept = float(Threshold(level, 0.25).kept(np.array(response)))
    ends = 2 * level * (1 / response - 1)
    return max(usual - ends - (usual - 2) * (1 - kept), 1.0)


@drawn_once
def _digis(now: Lumisection) -> Array:
    """Digis by module: as many as clusters, as a rule; smaller ones have fewer."""
    responses = now.channels.responses()
    if not (responses < 1).any():
        return now.hits
    barrel = now.built.coordinates["barrel"] > 0
    shares = np.ones(responses.size)
    for half, mine in zip(HALVES, (barrel, ~barrel), strict=True):
        for each in np.unique(responses[mine].round(3)).tolist():
            alike = mine & (responses.round(3) == each)
            shares[alike] = _mean_size(half, each) / MEAN_SIZE[half]
    return now.rng.binomial(now.particles, shares) + now.noise


def _part(half: str) -> str:
    """The part of the report summary of the barrel or the disks."""
    return "Barrel" if half == HALVES[0] else "Disks"


@drawn_once
def _clusters(now: Lumisection, number: int) -> Array:
    """Clusters of a layer or ring by charge; noise lies just above the threshold."""
    mine = now.built.coordinates["place"] == number
    hits = now.particles
    gain = now.channels.response(hits, mine)
    half = HALVES[0] if number < len(LADDERS) else HALVES[1]
    found = spread(now.rng, float(hits[mine].sum()), _charges(half, gain))
    noise = exponential(CHARGE, NOISE_SLOPE, THRESHOLD)
    return found + spread(now.rng, float(now.noise[mine].sum()), noise)


def _place_rows(built: Geometry, number: int) -> list[Element]:
    """The elements of one layer or ring."""
    place = places()[number]
    mine = built.coordinates["place"] == number
    words, which = place.replace("_", " ").lower(), int(place[-1])
    barrel = number < len(LADDERS)
    half = HALVES[0] if barrel else HALVES[1]
    axes = (MODULE, ladder_axis(which)) if barrel else (DISK, blade_axis(which))
    lasting = ROCS * int((mine & built.known).sum()) + SINGLE_DEAD[place]

    def dead_chips(now: Lumisection) -> float | None:
        usual = float(np.median(now.hits[mine]))
        if usual < 20:
            return None
        silent = int((now.hits[mine] < 0.1 * usual).sum())
        return ROCS * silent + SINGLE_DEAD[place]

    return [
        hit_map(
            built, map_path(place), f"Digis by module, {words}", axes, ("x", "y"),
            _digis, select=mine, y_title="Digis",
            test=occupancy(noun="modules", ring="x", bad=0.02, part=_part(half)),
        ),
        distribution(
            f"{VIEW}/{half}/charge_PX{place}", f"Cluster charge, {words}", (CHARGE,),
            lambda now: _clusters(now, number), y_title="Clusters",
            test=mean_within(22_000, 34_000, 6000, unit="e", part="Charge"),
        ),
        trend(
            f"PixelPhase1/deadRocTrend{place}", f"Dead readout chips, {words}",
            "Dead ROCs", dead_chips,
            last_within(
                0, lasting + 12, 30, unit="dead ROCs", last=2, part="Dead ROCs"
            ),
        ),
    ]  # fmt: skip


def _half_rows(run_type: RunType, built: Geometry, half: str) -> list[Element]:
    """The elements of the barrel or the disks."""
    barrel = half == HALVES[0]
    mine = built.coordinates["barrel"] == barrel
    numbers = range(len(LADDERS)) if barrel else range(len(LADDERS), len(places()))
    usual_sizes = poissonian(Axis(20, -0.5, 19.5), MEAN_SIZE[half] - 1)
    most = round(2 * float(built.rate[mine & ~built.known].sum()), 1)
    words = half[2:].lower()

    def charges(now: Lumisection) -> Array:
        found: Array = np.sum([_clusters(now, each) for each in numbers], axis=0)
        return found

    def cluster_sizes(now: Lumisection) -> Array:
        hits = now.particles
        response = now.channels.response(hits, mine)
        sizes = usual_sizes
        if response < 1:
            mean = _mean_size(half, response)
            sizes = poissonian(Axis(20, -0.5, 19.5), mean - 1)
        counts = spread(now.rng, float(hits[mine].sum()), sizes)
        counts[1] += now.noise[mine].sum()  # one pixel alone
        return counts

    return [
        distribution(
            f"{VIEW}/charge_{half}", f"Cluster charge, {words}", (CHARGE,), charges,
            y_title="Clusters",
            test=mean_within(22_000, 34_000, 6000, unit="e", part="Charge"),
        ),
        distribution(
            f"{VIEW}/size_{half}", f"Cluster size, {words}", (SIZE,),
            cluster_sizes, y_title="Clusters",
            test=mean_within(
                *((3.5, 5.0) if barrel else (2.0, 3.2)), 0.8, unit="pixels",
                part="Size",
            ),
        ),
        distribution(
            CLUSTER_TIME.format(half), f"Cluster time, {words}", (TIME,),
            hit_times(TIME, particle_hits, SIGMA[run_type], mine, noise_hits),
            y_title="Clusters",
            test=mean_within(-2, 2, 2, unit="ns", part="Timing"),
        ),
        hits_per_event(
            f"{VIEW}/num_clusters_per_Lumisection_{half}",
            f"Clusters per event, {words}", select=mine,
            y_title="Clusters per event",
            test=last_within(0, most, most, unit="clusters per event", part="Rate"),
        ),
    ]  # fmt: skip


def _errors(now: Lumisection) -> Array:
    """Errors by driver and type."""
    inside = now.state.feds[DRIVERS.start : DRIVERS.stop] == int(FedStatus.IN)
    return now.rng.poisson(np.outer(inside, ERROR_RATES) * now.events)


def rows(run_type: RunType, built: Geometry | None) -> tuple[Element, ...]:
    """The table."""
    assert built is not None
    return (
        *(row for each in range(len(places())) for row in _place_rows(built, each)),
        *(row for half in HALVES for row in _half_rows(run_type, built, half)),
        distribution(
            FED_ERRORS, "Errors by type and FED", (FED_NUMBERS, ERROR_TYPES), _errors,
            y_title="Errors",
        ),
        flags(
            FED_STATUS, "Status by FED", FED_ROWS,
            lambda now: frames_flags(now, "PixelPhase1"),
            test=flags_within(noun="FEDs", bad=0, part="FEDs"),
        ),
    )  # fmt: skip


SUBSYSTEM = Subsystem("PixelPhase1", rows, channels)
