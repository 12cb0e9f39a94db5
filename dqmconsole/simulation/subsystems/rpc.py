"""RPC: resistive plate chambers; rolls of five wheels and eight disks.

Paths as cmssw DQM/RPCMonitorDigi, RPCMonitorClient and DQMOffline/Muon
(RPCEfficiency) book them. All numbers are simulated; there is no time finer than
the bunch crossing.
"""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING

import msgspec
import numpy as np

from dqmconsole.model.histogram import Array, Axis
from dqmconsole.simulation.booking import Booking, cells, known_cells
from dqmconsole.simulation.elements import Element, labelled
from dqmconsole.simulation.fed_integrity import FedIntegrity
from dqmconsole.simulation.shapes import poissonian, spread
from dqmconsole.simulation.state.channels import Geometry, geometry
from dqmconsole.simulation.subsystem import Lumisection, Subsystem
from dqmconsole.simulation.thresholds import (
    BinsWithin,
    LastWithin,
    MeanWithin,
    Occupancy,
    ShareWithin,
)

if TYPE_CHECKING:
    from dqmconsole.model.layout import RunType
    from dqmconsole.simulation.quality import QualityTest

WHEELS = (-2, -1, 0, 1, 2)
DISKS = (-4, -3, -2, -1, 1, 2, 3, 4)
ROLLS = (
    "RB1in B", "RB1in F", "RB1out B", "RB1out F", "RB2in B", "RB2in M", "RB2in F",
    "RB2out B", "RB2out F", "RB3- B", "RB3- F", "RB3+ B", "RB3+ F", "RB4- B", "RB4- F",
    "RB4+ B", "RB4+ F",
)  # fmt: skip
ENDCAP_ROLLS = ("R2 A", "R2 B", "R2 C", "R3 A", "R3 B", "R3 C")
HALVES = 2

SECTOR = Axis(12, 0.5, 12.5, title="Sector")
SEGMENT = Axis(36, 0.5, 36.5, title="Segment")
WHEEL = Axis(5, -2.5, 2.5, title="Wheel")
DISK = labelled(tuple(f"Disk {each:+d}" for each in DISKS), "Disk")
ROLL = labelled(ROLLS, "Roll")
RING = labelled(ENDCAP_ROLLS, "Roll")
SIZE = Axis(15, 0.5, 15.5, title="Cluster size [strips]")
CROSSING = Axis(9, -4.5, 4.5, title="BX")
DIGIS = Axis(100, -0.5, 199.5, title="Digis per event")

PARTS = {"Barrel": 0, "Endcap-": 1, "Endcap+": 2}
SCALE = {"collisions": 1.0, "heavy-ions": 0.8, "cosmics": 0.6}
CLUSTER_SIZE = {"Barrel": 1.0, "Endcap-": 0.8, "Endcap+": 0.8}
"""Mean number of strips beyond the first."""

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
READOUT = FedIntegrity("RPC", "RPC/FEDIntegrity")


def channels(run_type: RunType) -> Geometry:
    """2,748 rolls of two halves; the layers of RB1 differ, RB2 has a middle roll."""
    barrel = [
        (0, wheel, sector, roll, half)
        for wheel in WHEELS
        for sector in range(1, 13)
        for roll in range(len(ROLLS))
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
    layer = np.array([0, 0, 0, 0, 1, 1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3])
    rate = np.where(
        inside,
        np.array([0.012, 0.009, 0.008, 0.011])[layer[roll]],
        np.array([0.014, 0.011, 0.010, 0.008, 0.008, 0.008])[roll.clip(0, 5)],
    )
    if run_type == "cosmics":
        phi = np.pi / 6 * (sector - 1)
        rate = np.where(inside, rate * (0.6 + 0.6 * np.abs(np.sin(phi))), 0.6 * rate)
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
        seed=790,
    )  # fmt: skip


def book(_run_type: RunType, built: Geometry | None) -> tuple[Element, ...]:
    """Declare the elements."""
    assert built is not None
    where = built.coordinates
    booking = Booking("RPC", built)
    inside = where["part"] == 0
    for wheel in WHEELS:
        mine = inside & (where["station"] == wheel)
        booking.hits(
            WHEEL_MAP.format(wheel), f"Digis in wheel {wheel}", (SECTOR, ROLL),
            ("sector", "roll"), select=mine, y_title="Digis",
        )  # fmt: skip
        booking.spectrum(
            WHEEL_BX.format(wheel), f"Crossing of the digis in wheel {wheel}",
            CROSSING, select=mine, y_title="Digis",
        )  # fmt: skip
        _book_efficiency(
            booking, WHEEL_EFFICIENCY.format(wheel), f"Efficiency in wheel {wheel}",
            (SECTOR, ROLL), ("sector", "roll"), mine,
        )  # fmt: skip
    for disk in DISKS:
        mine = ~inside & (where["station"] == disk)
        booking.hits(
            DISK_MAP.format(disk), f"Digis in disk {disk}", (SEGMENT, RING),
            ("sector", "roll"), select=mine, y_title="Digis",
        )  # fmt: skip
        booking.spectrum(
            DISK_BX.format(disk), f"Crossing of the digis in disk {disk}", CROSSING,
            select=mine, y_title="Digis",
        )  # fmt: skip
    booking.hits(
        BARREL_MAP, "Digis in the barrel", (SECTOR, WHEEL), ("sector", "station"),
        select=inside, y_title="Digis",
    )  # fmt: skip
    booking.hits(
        ENDCAP_MAP, "Digis in the endcaps", (SEGMENT, DISK), ("sector", "disk"),
        select=~inside, y_title="Digis",
    )  # fmt: skip
    _book_efficiency(
        booking, BARREL_EFFICIENCY, "Efficiency in the barrel", (SECTOR, WHEEL),
        ("sector", "station"), inside,
    )  # fmt: skip
    _book_efficiency(
        booking, ENDCAP_EFFICIENCY, "Efficiency in the endcaps", (SEGMENT, DISK),
        ("sector", "disk"), ~inside,
    )  # fmt: skip
    for name, part in PARTS.items():
        mine = where["part"] == part
        booking.spectrum(
            SIZES.format(name), f"{name} cluster size", SIZE, select=mine,
            y_title="Clusters",
        )  # fmt: skip
        booking.spectrum(
            MULTIPLICITY.format(name), f"{name} digis per event", DIGIS, select=mine,
            quantity="multiplicity", y_title="Events",
        )  # fmt: skip
        booking.hits_per_event_trend(
            CLUSTERS.format(name), f"{name} digis per event", select=mine,
            y_title="Digis per event",
        )  # fmt: skip
    READOUT.book(booking)
    return booking.done()


def _book_efficiency(
    booking: Booking,
    path: str,
    title: str,
    axes: tuple[Axis, ...],
    coordinates: tuple[str, ...],
    select: Array,
) -> None:
    """Efficiencies are never normalised."""
    booking.mean_times(
        path, title, axes, coordinates, select=select, y_title="Efficiency",
        quantity="mean",
    )  # fmt: skip
    booking.elements[-1] = msgspec.structs.replace(
        booking.elements[-1], efficiency=True
    )


@functools.cache
def _of(built: Geometry, part: int, station: int) -> Array:
    """Channels of one wheel or disk of a part."""
    where = built.coordinates
    mine: Array = (where["part"] == part) & (where["station"] == station)
    return mine


@functools.cache
def _in_part(built: Geometry, part: int) -> Array:
    mine: Array = built.coordinates["part"] == part
    return mine


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


def fill(now: Lumisection) -> None:
    """Add one lumisection."""
    assert now.channels is not None
    built, rng, hits, book_ = now.channels.built, now.rng, now.hits, now.book
    crossing = CROSSING_CHANCE[now.state.run_type]
    # segments of DT and CSC that point at a roll which is read out
    expected = rng.binomial(hits, 0.25)
    found = rng.binomial(expected, _efficiencies(built))
    for wheel in WHEELS:
        book_[WHEEL_MAP.format(wheel)].add_hits(hits)
        book_[WHEEL_EFFICIENCY.format(wheel)].add_hit_means(expected, found, found)
        number = float(hits[_of(built, 0, wheel)].sum())
        book_[WHEEL_BX.format(wheel)].add(spread(rng, number, crossing))
    for disk in DISKS:
        book_[DISK_MAP.format(disk)].add_hits(hits)
        number = float(hits[_of(built, 1 if disk < 0 else 2, disk)].sum())
        book_[DISK_BX.format(disk)].add(spread(rng, number, crossing))
    for path in (BARREL_MAP, ENDCAP_MAP):
        book_[path].add_hits(hits)
    for path in (BARREL_EFFICIENCY, ENDCAP_EFFICIENCY):
        book_[path].add_hit_means(expected, found, found)
    for name, part in PARTS.items():
        number = float(hits[_in_part(built, part)].sum())
        book_[SIZES.format(name)].add(spread(rng, number / 2, _sizes(name)))
        if now.events:
            mean = number / now.events
            book_[MULTIPLICITY.format(name)].add(
                spread(rng, now.events, poissonian(DIGIS, mean))
            )
            book_[CLUSTERS.format(name)].add_trend(
                now.number, now.events, mean, mean**0.5
            )
    READOUT.fill(now)


def tests(run_type: RunType, built: Geometry | None) -> tuple[QualityTest, ...]:
    """The quality tests."""
    assert built is not None
    elements = {each.path: each for each in book(run_type, built)}
    shares = (0.4, 0.3) if run_type == "cosmics" else (0.88, 0.8)
    maps = [WHEEL_MAP.format(each) for each in WHEELS]
    maps += [DISK_MAP.format(each) for each in DISKS]
    found: list[QualityTest] = [
        Occupancy(
            path, cells(elements[path]), known=known_cells(elements[path], built),
            noun="rolls", ring_axis=1, bad=0.008,
            part="Barrel" if "Wheel" in path else "Endcaps",
        )
        for path in maps
    ]  # fmt: skip
    found += [
        Occupancy(
            path, cells(elements[path]), known=known_cells(elements[path], built),
            noun="sectors", ring_axis=-1, warn=0.0, bad=0.004, enough=120,
            part="Summary",
        )
        for path in (BARREL_MAP, ENDCAP_MAP)
    ]  # fmt: skip
    found += [
        BinsWithin(
            WHEEL_EFFICIENCY.format(wheel), 0.8, 1.0, noun="rolls", warn=0.02, bad=0.1,
            enough=120, window=20, part="Efficiency",
        )
        for wheel in WHEELS
    ]  # fmt: skip
    found += [
        BinsWithin(
            path, 0.85, 1.0, noun="sectors", warn=0.02, bad=0.1, enough=200, window=10,
            part="Efficiency",
        )
        for path in (BARREL_EFFICIENCY, ENDCAP_EFFICIENCY)
    ]  # fmt: skip
    crossings = [WHEEL_BX.format(each) for each in WHEELS]
    crossings += [DISK_BX.format(each) for each in DISKS]
    found += [
        ShareWithin(path, 0, 0, "in crossing 0", *shares, part="Crossing")
        for path in crossings
    ]
    for name in PARTS:
        found += [
            MeanWithin(
                SIZES.format(name), 1.5, 2.6, 0.4, unit="strips", part="Clusters"
            ),
            MeanWithin(
                MULTIPLICITY.format(name), 0, 80, 20, unit="digis", part="Rate"
            ),
            LastWithin(
                CLUSTERS.format(name), 0, 80, 20, unit="digis per event", part="Rate"
            ),
        ]  # fmt: skip
    return tuple(found + READOUT.tests())


SUBSYSTEM = Subsystem(name="RPC", book=book, fill=fill, tests=tests, geometry=channels)
