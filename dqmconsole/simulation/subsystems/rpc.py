"""RPC: resistive plate chambers; rolls of five wheels and eight disks.

Paths as cmssw DQM/RPCMonitorDigi, RPCMonitorClient and DQMOffline/Muon
(RPCEfficiency) book them where these have such an element. All numbers are simulated;
there is no time finer than the bunch crossing.
"""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING

import numpy as np

from dqmconsole.model.histogram import Array, Axis
from dqmconsole.simulation.checked import (
    Checked,
    bins_within,
    last_within,
    mean_within,
    occupancy,
    share_within,
)
from dqmconsole.simulation.cosmics import ALL_AROUND, IN_DISKS, through_muon_system
from dqmconsole.simulation.elements import Element, labelled
from dqmconsole.simulation.fed_integrity import fed_rows
from dqmconsole.simulation.lumisection import (
    Lumisection,
    all_hits,
    drawn_once,
    noise_hits,
    particle_hits,
)
from dqmconsole.simulation.rows import (
    distribution,
    hit_map,
    hits_per_event,
    mean_map,
    spread_hits,
)
from dqmconsole.simulation.shapes import flat, poissonian, spread
from dqmconsole.simulation.state.channels import Geometry, geometry
from dqmconsole.simulation.subsystem import Subsystem

if TYPE_CHECKING:
    from dqmconsole.simulation.state.beam import RunType

WHEELS = (-2, -1, 0, 1, 2)
DISKS = (-4, -3, -2, -1, 1, 2, 3, 4)
MIDDLE = 6
"""Row of the middle roll of RB2: of RB2in, but of RB2out in wheels -2 and +2."""
ROLLS = (
    "RB1in B", "RB1in F", "RB1out B", "RB1out F", "RB2in B", "RB2in F", "RB2in M",
    "RB2out B", "RB2out F", "RB3- B", "RB3- F", "RB3+ B", "RB3+ F", "RB4- B", "RB4- F",
    "RB4+ B", "RB4+ F", "RB4-- B", "RB4-- F", "RB4++ B", "RB4++ F",
)  # fmt: skip
"""Rows of the maps, as RPCRollMapHisto in cmssw DQM/RPCMonitorClient has them."""
MISSING_ROLLS = {sector: range(17, 21) for sector in range(1, 13)}
"""Rows that are no rolls, by sector: of RB4 only sector 4 has four chambers, sectors 9
and 11 have one ("The CMS experiment at the CERN LHC", JINST 3 (2008) S08004, 7.3)."""
MISSING_ROLLS |= {4: range(0), 9: range(15, 21), 11: range(15, 21)}
ENDCAP_ROLLS = ("R2 A", "R2 B", "R2 C", "R3 A", "R3 B", "R3 C")
HALVES = 2

SECTOR = Axis(12, 0.5, 12.5, title="Sector")
SEGMENT = Axis(36, 0.5, 36.5, title="Segment")
WHEEL = Axis(5, -2.5, 2.5, title="Wheel")
DISK = labelled(tuple(f"Disk {each:+d}" for each in DISKS), "Disk")
RING = labelled(ENDCAP_ROLLS, "Roll")
SIZE = Axis(15, 0.5, 15.5, title="Cluster size [strips]")
CROSSING = Axis(9, -4.5, 4.5, title="BX")
DIGIS = Axis(100, -0.5, 199.5, title="Digis per event")

PARTS = {"Barrel": 0, "Endcap-": 1, "Endcap+": 2}
SCALE = {"collisions": 1.0, "heavy-ions": 0.8, "cosmics": 0.87}
CLUSTER_SIZE = {"Barrel": 1.0, "Endcap-": 0.8, "Endcap+": 0.8}
"""Mean number of strips beyond the first."""

POINTING = 0.25
"""Segments that point at a roll, for each of its hits."""

EFFICIENCY = {"Barrel": 0.955, "Endcap-": 0.94, "Endcap+": 0.94}
CROSSING_CHANCE = {
    "collisions": np.array([1, 2, 6, 25, 930, 25, 7, 3, 1]),
    "heavy-ions": np.array([1, 2, 6, 25, 930, 25, 7, 3, 1]),
    "cosmics": np.array([8, 20, 60, 170, 480, 175, 60, 20, 7]),
}

FOLDER = "RPC/AllHits/SummaryHistograms"
WHEEL_MAP = f"{FOLDER}/Occupancy_Roll_vs_Sector_Wheel_{{}}"
DISK_MAP = f"{FOLDER}/Occupancy_Ring_vs_Segment_Disk_{{}}"
BARREL_MAP = f"{FOLDER}/Occupancy_for_Barrel"
ENDCAP_MAP = f"{FOLDER}/Occupancy_for_Endcap"
SIZES = f"{FOLDER}/ClusterSize_{{}}"
MULTIPLICITY = f"{FOLDER}/Multiplicity_{{}}"
WHEEL_BX = f"{FOLDER}/BxDistribution_Wheel_{{}}"
DISK_BX = f"{FOLDER}/BxDistribution_Disk_{{}}"
CLUSTERS = f"{FOLDER}/Clusters_per_event_vs_LS_{{}}"
WHEEL_EFFICIENCY = "RPC/RPCEfficiency/Efficiency_Roll_vs_Sector_Wheel_{}"
BARREL_EFFICIENCY = "RPC/RPCEfficiency/Efficiency_for_Barrel"
ENDCAP_EFFICIENCY = "RPC/RPCEfficiency/Efficiency_for_Endcap"


def channels(run_type: RunType) -> Geometry:
    """2,748 rolls of two halves; RB2 has a middle roll."""
    barrel = [
        (0, wheel, sector, roll, half)
        for wheel in WHEELS
        for sector in range(1, 13)
        for roll in range(len(ROLLS))
        if roll not in MISSING_ROLLS[sector]
        for half in range(HALVES)
    ]
    endcap = [
        (1 if disk < 0 else 2, disk, segment, roll, half)
        for disk in DISKS
        for segment in range(1, 37)
        for roll in range(len(ENDCAP_ROLLS))
        for half in range(HALVES)
    ]
    part, station, sector, roll, _half = np.array(barrel + endcap).T
    inside = part == 0
    layer = np.repeat(np.arange(4), (4, 5, 4, 8))
    rate = np.where(
        inside,
        np.array([0.012, 0.009, 0.008, 0.011])[layer[roll]],
        np.array([0.014, 0.011, 0.010, 0.008, 0.008, 0.008])[roll.clip(0, 5)],
    )
    # the four chambers of sector 4 are half as wide
    rate = np.where(inside & (sector == 4) & (roll >= 13), 0.5 * rate, rate)
    if run_type == "cosmics":
        phi = np.pi / 6 * (sector - 1)
        # an upright disk is triggered by what points at the beam line, as CSC has it
        upright = np.pi / 18 * (sector - 1)
        of_disks = IN_DISKS * through_muon_system(upright) / ALL_AROUND
        rate = rate * np.where(inside, through_muon_system(phi), of_disks)
    known = inside & (station == 2) & (sector == 7) & (roll >= 9)
    known |= inside & (station == -1) & (sector >= 3) & (sector <= 4) & (roll <= 3)
    known |= (station == 4) & ~inside & (sector >= 20) & (sector <= 25) & (roll <= 2)
    known |= (station == -3) & ~inside & (sector >= 5) & (sector <= 8) & (roll >= 3)
    number = np.arange(rate.size) // HALVES
    disk = np.searchsorted(DISKS, station)
    fed = np.where(inside, 791 + np.sign(station), 793 + (sector - 1) // 12)
    return geometry(
        {
            "part": part, "station": station, "sector": sector, "roll": roll + 0.5,
            "disk": disk + 0.5,
        },
        rate * SCALE[run_type],
        known=known,
        fed=fed,
        board=number,
        sector=np.where(
            inside, 12 * (station + 2) + sector - 1, 60 + 12 * disk + (sector - 1) // 3
        ),
        partitions=("RPC",) * 156,
        # boards of six channels, after "The CMS experiment at the CERN LHC", JINST 3
        # (2008) S08004, section 7.3; that one supplies half a wheel or disk is chosen
        crate=np.arange(156) // 6,
        seed=790,
    )  # fmt: skip


@functools.cache
def _efficiencies(built: Geometry) -> Array:
    """Efficiency of each channel: some rolls are worse than others."""
    usual = np.array(list(EFFICIENCY.values()))[built.coordinates["part"]]
    varied: Array = (usual + 0.25 * (built.gain - 1)).clip(0.85, 0.985)
    return varied


@functools.cache
def _sizes(name: str) -> Array:
    """Cluster sizes: the first strip, and those that share the avalanche."""
    inner = poissonian(Axis(15, -0.5, 14.5), CLUSTER_SIZE[name])
    tail = np.zeros(inner.size)
    tail[1:-1] = 0.7 ** np.arange(SIZE.bins)
    mixed: Array = 0.94 * inner + 0.06 * tail / tail.sum()
    return mixed


def _pointing(now: Lumisection) -> float:
    """Segments that are looked at for each hit: none while the DCS bit is off.

    CMS left out such events for long (the "DCS bit OFF" of RPCMonitorDigi::analyze in
    cmssw DQM/RPCMonitorDigi, which newer versions do not ask).
    """
    return POINTING if now.state.powered("RPC") else 0.0


@drawn_once
def _reached(now: Lumisection) -> Array:
    """Segments of DT and CSC that point at a roll where a muon's hits arrive."""
    return now.rng.binomial(now.particles, _pointing(now))


@drawn_once
def _expected(now: Lumisection) -> Array:
    """Segments of DT and CSC that point at a roll that nobody has masked.

    They are there without its voltage and its readout, too: a roll without voltage has
    no efficiency. (How CMS measures it: "Uniformity and Stability of the CMS RPC
    Detector at the LHC", JINST 8 (2013) P03017.)
    """
    return _reached(now) + now.rng.binomial(now.missed, _pointing(now))


@drawn_once
def _found(now: Lumisection) -> tuple[Array, Array]:
    """Those of them that have a hit, as sums of 0 and 1 and of their squares."""
    found = now.rng.binomial(_reached(now), _efficiencies(now.built))
    return found, found


def _rolls(run_type: RunType, part: str) -> Checked:
    # few cosmic muons come along a disk's horizon
    dead = 0.1 if run_type == "cosmics" else 0.25
    return occupancy(noun="rolls", ring="y", dead=dead, bad=0.008, part=part)


def _crossings(run_type: RunType, path: str, words: str, mine: Array) -> Element:
    """The crossing of the digis of one wheel or disk; `mine`: bool per channel."""
    shares = (0.4, 0.3) if run_type == "cosmics" else (0.88, 0.8)
    of_particles = spread_hits(particle_hits, CROSSING_CHANCE[run_type], mine)
    of_noise = spread_hits(noise_hits, flat(CROSSING), mine)
    return distribution(
        path, f"Crossing of the digis in {words}", (CROSSING,),
        lambda now: of_particles(now) + of_noise(now)[1:-1], y_title="Digis",
        test=share_within(0, 0, "in crossing 0", *shares, part="Crossing"),
    )  # fmt: skip


def _wheel_rows(run_type: RunType, built: Geometry, wheel: int) -> list[Element]:
    where, words = built.coordinates, f"wheel {wheel}"
    mine = (where["part"] == 0) & (where["station"] == wheel)
    middle = "RB2out M" if abs(wheel) == 2 else ROLLS[MIDDLE]
    rolls = labelled((*ROLLS[:MIDDLE], middle, *ROLLS[MIDDLE + 1 :]), "Roll")
    axes, names = (SECTOR, rolls), ("sector", "roll")
    return [
        hit_map(
            built, WHEEL_MAP.format(wheel), f"Digis in {words}", axes, names, all_hits,
            select=mine, y_title="Digis", test=_rolls(run_type, "Barrel"),
        ),
        mean_map(
            built, WHEEL_EFFICIENCY.format(wheel), f"Efficiency in {words}", axes,
            names, _expected, _found, select=mine, y_title="Efficiency",
            efficiency=True,
            test=bins_within(
                0.8, 1.0, noun="rolls", warn=0.02, bad=0.1, enough=120, window=20,
                part="Efficiency",
            ),
        ),
        _crossings(run_type, WHEEL_BX.format(wheel), words, mine),
    ]  # fmt: skip


def _disk_rows(run_type: RunType, built: Geometry, disk: int) -> list[Element]:
    where, words = built.coordinates, f"disk {disk}"
    mine = (where["part"] != 0) & (where["station"] == disk)
    return [
        hit_map(
            built, DISK_MAP.format(disk), f"Digis in {words}", (SEGMENT, RING),
            ("sector", "roll"), all_hits, select=mine, y_title="Digis",
            test=_rolls(run_type, "Endcaps"),
        ),
        _crossings(run_type, DISK_BX.format(disk), words, mine),
    ]  # fmt: skip


def _part_rows(built: Geometry, name: str) -> list[Element]:
    """Sizes of the clusters and rates of the barrel or one endcap."""
    mine = built.coordinates["part"] == PARTS[name]

    def sizes(now: Lumisection) -> Array:
        counts = spread(now.rng, float(now.particles[mine].sum()) / 2, _sizes(name))
        counts[1] += now.noise[mine].sum()  # one strip alone
        return counts

    def numbers(now: Lumisection) -> Array:
        mean = float(now.hits[mine].sum()) / max(now.events, 1)
        return spread(now.rng, now.events, poissonian(DIGIS, mean))

    return [
        distribution(
            SIZES.format(name), f"{name} cluster size", (SIZE,), sizes,
            y_title="Clusters",
            test=mean_within(1.5, 2.6, 0.4, unit="strips", part="Clusters"),
        ),
        distribution(
            MULTIPLICITY.format(name), f"{name} digis per event", (DIGIS,), numbers,
            test=mean_within(0, 80, 20, unit="digis", part="Rate"),
        ),
        hits_per_event(
            CLUSTERS.format(name), f"{name} digis per event", select=mine,
            y_title="Digis per event",
            test=last_within(0, 80, 20, unit="digis per event", part="Rate"),
        ),
    ]  # fmt: skip


def rows(run_type: RunType, built: Geometry | None) -> tuple[Element, ...]:
    """The table."""
    assert built is not None
    inside = built.coordinates["part"] == 0
    # names in the paths and titles, channels, axes, coordinates
    halves = (
        (BARREL_MAP, BARREL_EFFICIENCY, "the barrel", inside, (SECTOR, WHEEL),
         ("sector", "station")),
        (ENDCAP_MAP, ENDCAP_EFFICIENCY, "the endcaps", ~inside, (SEGMENT, DISK),
         ("sector", "disk")),
    )  # fmt: skip
    return (
        *(row for wheel in WHEELS for row in _wheel_rows(run_type, built, wheel)),
        *(row for disk in DISKS for row in _disk_rows(run_type, built, disk)),
        *(
            hit_map(
                built, path, f"Digis in {words}", axes, names, all_hits, select=mine,
                y_title="Digis",
                test=occupancy(
                    # along the horizon of a disk rolls are known to be off, too
                    noun="sectors", ring="none", warn=0.0, bad=0.004, enough=120,
                    part="Summary", dead=0.15 if run_type == "cosmics" else 0.25,
                ),
            )
            for path, _, words, mine, axes, names in halves
        ),
        *(
            mean_map(
                built, path, f"Efficiency in {words}", axes, names, _expected, _found,
                select=mine, y_title="Efficiency", efficiency=True,
                test=bins_within(
                    0.85, 1.0, noun="sectors", warn=0.02, bad=0.1, enough=200,
                    window=10, part="Efficiency",
                ),
            )
            for _, path, words, mine, axes, names in halves
        ),
        *(row for name in PARTS for row in _part_rows(built, name)),
        *fed_rows("RPC"),
    )  # fmt: skip


SUBSYSTEM = Subsystem(
    "RPC", rows, channels,
    parts=("Barrel", "Endcaps", "Summary", "Efficiency", "Crossing"),
)  # fmt: skip
