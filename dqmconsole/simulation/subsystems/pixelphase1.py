"""PixelPhase1: digis by module, cluster charge and size, dead readout chips.

Modules as in the phase-1 pixel detector: four barrel layers of 12, 28, 44 and 64
ladders with eight modules each, three disks a side with two rings of blades. Paths
as cmssw DQM/SiPixelPhase1Common books them. All numbers are simulated.
"""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING

import numpy as np

from dqmconsole.model.histogram import Array, Axis
from dqmconsole.simulation.booking import Booking, cells, known_cells
from dqmconsole.simulation.elements import Element, labelled
from dqmconsole.simulation.shapes import landau, poissonian, spread, times
from dqmconsole.simulation.state.channels import Geometry, geometry
from dqmconsole.simulation.state.parts import FEDS, FedStatus
from dqmconsole.simulation.state.sight import Quantity, Sight
from dqmconsole.simulation.subsystem import Lumisection, Subsystem
from dqmconsole.simulation.thresholds import (
    FlagsWithin,
    LastWithin,
    MeanWithin,
    Occupancy,
)

if TYPE_CHECKING:
    from dqmconsole.model.layout import RunType
    from dqmconsole.simulation.quality import QualityTest

LADDERS = {1: 12, 2: 28, 3: 44, 4: 64}
"""Layer of the barrel -> ladders."""

BLADES = {1: 11, 2: 17}
"""Ring of the disks -> blades in each half."""

MODULE = Axis(9, -4.5, 4.5, title="Signed module")
DISK = Axis(7, -3.5, 3.5, title="Signed disk")
CHARGE = Axis(100, 0.0, 100_000.0, title="Charge [e]")
SIZE = Axis(20, 0.5, 20.5, title="Size [pixels]")
TIME = Axis(100, -50.0, 50.0, title="Time [ns]")
FED_NUMBERS = Axis(len(FEDS["PixelPhase1"]), -0.5, 39.5, title="FED")
FED_ROWS = labelled(tuple(str(each) for each in FEDS["PixelPhase1"]), "FED")
ERROR_TYPES = labelled(
    ("Timeout", "Overflow", "TBM reset", "Event number", "FIFO full", "Unknown ROC"),
    "Error type",
)
VIEW = "PixelPhase1/Phase1_MechanicalView"
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
SCALE = {"collisions": 1.0, "heavy-ions": 0.5, "cosmics": 0.06}
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
    return geometry(
        {name: rows[name] for name in ("place", "x", "y", "barrel")},
        rate * SCALE[run_type] * (0.5 if run_type == "cosmics" else 1.0),
        known=rows["known"].astype(bool),
        fed=rows["fed"].astype(np.int64),
        board=rows["board"].astype(np.int64),
        sector=rows["sector"].astype(np.int64),
        partitions=("BPIX",) * 32 + ("FPIX",) * 24,
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
        "share": 1
        + 0.04 * (abs(module) - 2.5)
        + 0.05 * np.cos(2 * np.pi * turn / count),
        "known": known,
        "fed": 14 * side + turn * 14 // count,
        "board": 16 * (2 * (layer - 1) + side) + wedge,
        "sector": 16 * side + wedge,
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
        "known": known,
        "fed": 28 + 2 * number + (blade > 0),
        "board": 128 + 8 * (6 * (ring - 1) + number) + turn * 8 // (2 * count),
        "sector": 32 + 4 * number + quarter,
    }


def map_path(place: str) -> str:
    """Path of the map of digis of a layer or ring."""
    if place.startswith("Layer"):
        return f"{VIEW}/PXBarrel/num_digis_per_SignedModule_per_SignedLadder_PX{place}"
    return f"{VIEW}/PXForward/num_digis_per_PXDisk_per_SignedBladePanel_PX{place}"


def folder_of(place: str) -> str:
    """Folder of a layer's or ring's own distributions."""
    return f"{VIEW}/PXBarrel" if place.startswith("Layer") else f"{VIEW}/PXForward"


def book(_run_type: RunType, built: Geometry | None) -> tuple[Element, ...]:
    """Declare the elements."""
    assert built is not None
    booking = Booking("PixelPhase1", built)
    for number, place in enumerate(places()):
        mine = built.coordinates["place"] == number
        words = place.replace("_", " ").lower()
        which = int(place[-1])
        barrel = place.startswith("Layer")
        axes = (MODULE, ladder_axis(which)) if barrel else (DISK, blade_axis(which))
        booking.hits(
            map_path(place), f"Digis by module, {words}", axes, ("x", "y"),
            select=mine, y_title="Digis",
        )  # fmt: skip
        booking.spectrum(
            f"{folder_of(place)}/charge_PX{place}", f"Cluster charge, {words}", CHARGE,
            select=mine, quantity="response", y_title="Clusters",
        )  # fmt: skip
        booking.trend(
            f"PixelPhase1/deadRocTrend{place}",
            f"Dead readout chips, {words}",
            "Dead ROCs",
        )
    for half in HALVES:
        mine = built.coordinates["barrel"] == (half == "PXBarrel")
        quantities: dict[str, tuple[Axis, Quantity]] = {
            "charge": (CHARGE, "response"), "size": (SIZE, "shape"),
            "time": (TIME, "time"),
        }  # fmt: skip
        for name, (axis, quantity) in quantities.items():
            booking.spectrum(
                f"{VIEW}/{name}_{half}", f"Cluster {name}, {half[2:].lower()}", axis,
                select=mine, quantity=quantity, y_title="Clusters",
            )  # fmt: skip
        booking.hits_per_event_trend(
            f"{VIEW}/num_clusters_per_Lumisection_{half}",
            f"Clusters per event, {half[2:].lower()}", select=mine,
            y_title="Clusters per event",
        )  # fmt: skip
    booking.add(
        Element(
            FED_ERRORS,
            "Errors by type and FED",
            (FED_NUMBERS, ERROR_TYPES),
            root_class="TH2F",
            sight=Sight("events"),
            y_title="Errors",
        )
    )
    booking.flags(FED_STATUS, "Status by FED", FED_ROWS, row_of_channel=built.fed)
    return booking.done()


@functools.lru_cache(maxsize=64)
def _charges(half: str, gain: float) -> Array:
    peak = PEAK[half] * gain
    return landau(CHARGE, peak, 0.11 * peak)


@functools.cache
def _sizes(half: str) -> Array:
    return poissonian(Axis(20, -0.5, 19.5), MEAN_SIZE[half] - 1)


def fill(now: Lumisection) -> None:
    """Add one lumisection."""
    assert now.channels is not None
    built, rng, hits, book_ = now.channels.built, now.rng, now.hits, now.book
    charges = dict.fromkeys(HALVES, np.zeros(CHARGE.bins + 2, np.int64))
    for number, place in enumerate(places()):
        mine = built.coordinates["place"] == number
        half = HALVES[0] if place.startswith("Layer") else HALVES[1]
        book_[map_path(place)].add_hits(hits)
        shape = _charges(half, now.channels.response(hits, mine))
        clusters = spread(rng, float(hits[mine].sum()), shape)
        charges[half] = charges[half] + clusters
        book_[f"{folder_of(place)}/charge_PX{place}"].add(clusters)
        usual = float(np.median(hits[mine]))
        if usual >= 20:
            dead = ROCS * int((hits[mine] < 0.1 * usual).sum()) + SINGLE_DEAD[place]
            book_[f"PixelPhase1/deadRocTrend{place}"].set_at(now.number, dead)
    sigma = SIGMA[now.state.run_type]
    for half in HALVES:
        mine = built.coordinates["barrel"] == (half == "PXBarrel")
        total = float(hits[mine].sum())
        book_[f"{VIEW}/charge_{half}"].add(charges[half])
        book_[f"{VIEW}/size_{half}"].add(spread(rng, total, _sizes(half)))
        book_[f"{VIEW}/time_{half}"].add(
            times(rng, TIME, hits[mine], now.channels.t0[mine], sigma)
        )
        if now.events:
            mean = total / now.events
            book_[f"{VIEW}/num_clusters_per_Lumisection_{half}"].add_trend(
                now.number, now.events, mean, mean**0.5
            )
    _fill_drivers(now)


def _fill_drivers(now: Lumisection) -> None:
    """Errors, and one flag per driver: its digis against those of its half."""
    assert now.channels is not None
    number = len(FEDS["PixelPhase1"])
    status = now.state.feds[:number]
    rates = np.outer(status == int(FedStatus.IN), [3e-5, 1e-4, 1e-5, 2e-5, 4e-5, 2e-5])
    now.book[FED_ERRORS].add(now.rng.poisson(rates * now.events))
    built = now.channels.built
    counts = np.bincount(built.fed, now.hits, minlength=number)
    nominal = np.bincount(
        built.fed, np.where(built.known, 0, built.rate), minlength=number
    )
    flags = np.full(number, -1.0)
    relative = counts / nominal
    usual = float(np.median(relative))
    if float(np.median(counts)) >= 50:
        flags = (relative > 0.5 * usual).astype(float)
    inside = status != int(FedStatus.OUT)
    now.book[FED_STATUS].set_column(now.number, np.where(inside, flags, -1.0))


def tests(_run_type: RunType, built: Geometry | None) -> tuple[QualityTest, ...]:
    """The quality tests."""
    assert built is not None
    found: list[QualityTest] = []
    where = built.coordinates
    for element in book("collisions", built):
        path, leaf = element.path, element.path.rpartition("/")[2]
        part = "Barrel" if "PXBarrel" in path or "Layer" in path else "Disks"
        if "num_digis" in leaf:
            found.append(
                Occupancy(
                    path,
                    cells(element),
                    known=known_cells(element, built),
                    noun="modules",
                    ring_axis=0,
                    bad=0.02,
                    part=part,
                )
            )
        elif leaf.startswith("charge"):
            found.append(
                MeanWithin(path, 22_000, 34_000, 6000, unit="e", part="Charge")
            )
        elif leaf.startswith("size"):
            low, high = (3.5, 5.0) if part == "Barrel" else (2.0, 3.2)
            found.append(MeanWithin(path, low, high, 0.8, unit="pixels", part="Size"))
        elif leaf.startswith("time"):
            found.append(MeanWithin(path, -2, 2, 2, unit="ns", part="Timing"))
        elif leaf.startswith("num_clusters"):
            mine = (where["barrel"] == (part == "Barrel")) & ~built.known
            most = round(2 * float(built.rate[mine].sum()), 1)
            found.append(
                LastWithin(path, 0, most, most, unit="clusters per event", part="Rate")
            )
        elif leaf.startswith("deadRocTrend"):
            place = leaf.removeprefix("deadRocTrend")
            mine = where["place"] == places().index(place)
            lasting = ROCS * int((mine & built.known).sum()) + SINGLE_DEAD[place]
            found.append(
                LastWithin(
                    path,
                    0,
                    lasting + 12,
                    30,
                    unit="dead ROCs",
                    last=2,
                    part="Dead ROCs",
                )
            )
    found.append(FlagsWithin(FED_STATUS, noun="FEDs", bad=0, part="FEDs"))
    return tuple(found)


SUBSYSTEM = Subsystem(
    name="PixelPhase1", book=book, fill=fill, tests=tests, geometry=channels
)
