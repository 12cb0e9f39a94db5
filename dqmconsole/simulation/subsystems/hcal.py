"""Hcal: digi occupancy, timing, charges, and the summaries by front-end driver.

Paths as cmssw DQM/HcalTasks books them; channels as in the real detector, the
readout simplified. All numbers are simulated.
"""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING

import numpy as np

from dqmconsole.model.histogram import Array, Axis
from dqmconsole.simulation.booking import Booking, cells, known_cells
from dqmconsole.simulation.elements import Element, labelled
from dqmconsole.simulation.shapes import landau, mean_times, spread, times
from dqmconsole.simulation.state.channels import Geometry, geometry
from dqmconsole.simulation.state.parts import FEDS, FedStatus
from dqmconsole.simulation.subsystem import Lumisection, Subsystem
from dqmconsole.simulation.thresholds import (
    BinsWithin,
    FlagsWithin,
    LastWithin,
    MeanWithin,
    Occupancy,
    Symmetric,
)

if TYPE_CHECKING:
    from dqmconsole.model.layout import RunType
    from dqmconsole.simulation.quality import QualityTest

IETA = Axis(83, -41.5, 41.5, title="iη")
IPHI = Axis(72, 0.5, 72.5, title="iφ")
IPHI_PAIRS = Axis(36, 0.5, 72.5, title="iφ")
TIME = Axis(120, -60.0, 60.0, title="Time [ns]")
CHARGE = Axis(100, 0.0, 1000.0, title="Charge [fC]")
FED_ROWS = labelled(tuple(str(each) for each in FEDS["Hcal"]), "FED")
SUBDETECTORS = ("HB", "HE", "HF", "HO")
HALVES = tuple(f"{part}{side}" for part in SUBDETECTORS for side in "MP")
CUT_SHARE = 0.12
LEAST = 0.6
"""Of the digis of its like: a front-end driver with fewer is bad."""
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
        t0_spread=1.0,
        seed=700,
    )


def book(_run_type: RunType, built: Geometry | None) -> tuple[Element, ...]:
    """Declare the elements."""
    assert built is not None
    where = built.coordinates
    booking = Booking("Hcal", built)
    for depth in range(1, 5):
        mine = where["depth"] == depth
        booking.hits(
            f"Hcal/DigiTask/Occupancy/depth/depth{depth}",
            f"Digi occupancy, depth {depth}",
            (IETA, IPHI), ("ieta", "iphi"), select=mine, y_title="Digis",
        )  # fmt: skip
        booking.hits(
            f"Hcal/DigiTask/OccupancyCut/depth/depth{depth}",
            f"Digi occupancy above 20 fC, depth {depth}",
            (IETA, IPHI), ("ieta", "iphi"), select=mine, y_title="Digis",
        )  # fmt: skip
        booking.mean_times(
            f"Hcal/DigiTask/TimingCut/depth/depth{depth}",
            f"Mean digi time, depth {depth}",
            (IETA, IPHI), ("ieta", "iphi"), select=mine,
        )  # fmt: skip
    for number, part in enumerate(SUBDETECTORS):
        mine = where["part"] == number
        booking.hits(
            f"Hcal/DigiTask/Occupancyvsieta/Subdet/{part}", f"{part} digis by iη",
            (IETA,), ("ieta",), select=mine, y_title="Digis",
        )  # fmt: skip
        booking.mean_times(
            f"Hcal/DigiTask/TimingCutvsieta/Subdet/{part}", f"{part} mean time by iη",
            (IETA,), ("ieta",), select=mine,
        )  # fmt: skip
        booking.hits_per_event_trend(
            f"Hcal/DigiTask/OccupancyvsLS/Subdet/{part}", f"{part} digis per event",
            select=mine, y_title="Digis per event",
        )  # fmt: skip
    for half in HALVES:
        mine = _in_half(built, half)
        booking.hits(
            f"Hcal/DigiTask/Occupancyvsiphi/SubdetPM/{half}", f"{half} digis by iφ",
            (IPHI_PAIRS,), ("iphi",), select=mine, y_title="Digis",
        )  # fmt: skip
        booking.spectrum(
            f"Hcal/DigiTask/TimingCut/SubdetPM/{half}", f"{half} digi time",
            TIME, select=mine, quantity="time", y_title="Digis",
        )  # fmt: skip
        booking.spectrum(
            f"Hcal/DigiTask/SumQ/SubdetPM/{half}", f"{half} digi charge",
            CHARGE, select=mine, quantity="response", y_title="Digis",
        )  # fmt: skip
    row = built.fed - FEDS["Hcal"].start
    for task, least in (("DigiTask", LEAST), ("RawTask", 0.0)):
        booking.flags(
            f"Hcal/{task}/SummaryvsLS/SummaryvsLS", f"{task} summary by FED",
            FED_ROWS, row_of_channel=row, least=least,
        )  # fmt: skip
    return booking.done()


@functools.cache
def _in_half(built: Geometry, half: str) -> Array:
    where = built.coordinates
    mine: Array = (where["part"] == SUBDETECTORS.index(half[:2])) & (
        where["side"] == (half[2] == "P")
    )
    return mine


def fill(now: Lumisection) -> None:
    """Add one lumisection."""
    assert now.channels is not None
    built, rng, hits = now.channels.built, now.rng, now.hits
    where = built.coordinates
    above = rng.binomial(hits, CUT_SHARE)
    sigma = SIGMA[now.state.run_type]
    sums, squares = mean_times(rng, above, now.channels.t0, sigma)
    for depth in range(1, 5):
        now.book[f"Hcal/DigiTask/Occupancy/depth/depth{depth}"].add_hits(hits)
        now.book[f"Hcal/DigiTask/OccupancyCut/depth/depth{depth}"].add_hits(above)
        now.book[f"Hcal/DigiTask/TimingCut/depth/depth{depth}"].add_hit_means(
            above, sums, squares
        )
    for number, part in enumerate(SUBDETECTORS):
        now.book[f"Hcal/DigiTask/Occupancyvsieta/Subdet/{part}"].add_hits(hits)
        now.book[f"Hcal/DigiTask/TimingCutvsieta/Subdet/{part}"].add_hit_means(
            above, sums, squares
        )
        if now.events:
            mean = float(hits[where["part"] == number].sum()) / now.events
            now.book[f"Hcal/DigiTask/OccupancyvsLS/Subdet/{part}"].add_trend(
                now.number, now.events, mean, mean**0.5
            )
    for half in HALVES:
        mine = _in_half(built, half)
        now.book[f"Hcal/DigiTask/Occupancyvsiphi/SubdetPM/{half}"].add_hits(hits)
        now.book[f"Hcal/DigiTask/TimingCut/SubdetPM/{half}"].add(
            times(rng, TIME, above[mine], now.channels.t0[mine], sigma)
        )
        gain = now.channels.response(hits, mine)
        now.book[f"Hcal/DigiTask/SumQ/SubdetPM/{half}"].add(
            spread(rng, float(hits[mine].sum()), _charges(gain))
        )
    _fill_summaries(now)


@functools.lru_cache(maxsize=64)
def _charges(gain: float) -> Array:
    return landau(CHARGE, 60.0 * gain, 18.0 * gain)


def _fill_summaries(now: Lumisection) -> None:
    """One flag per front-end driver: its digis against those of its like."""
    assert now.channels is not None
    first = FEDS["Hcal"].start
    counts = np.bincount(now.channels.built.fed - first, now.hits, minlength=32)
    inside = now.state.feds[first : first + 32] != int(FedStatus.OUT)
    digi, raw = np.full(32, -1.0), np.full(32, -1.0)
    for kind in (slice(0, 18), slice(18, 24), slice(24, 32)):
        usual = float(np.median(counts[kind]))
        if usual >= 50:
            digi[kind] = counts[kind] > LEAST * usual
            raw[kind] = counts[kind] > 0
    for task, flags in (("DigiTask", digi), ("RawTask", raw)):
        now.book[f"Hcal/{task}/SummaryvsLS/SummaryvsLS"].set_column(
            now.number, np.where(inside, flags, -1.0)
        )


def tests(run_type: RunType, built: Geometry | None) -> tuple[QualityTest, ...]:
    """The quality tests."""
    assert built is not None
    found: list[QualityTest] = []
    cosmic = run_type == "cosmics"
    for element in book(run_type, built):
        path, leaf = element.path, element.path.rpartition("/")[2]
        if "/Occupancy/" in path:
            found.append(
                Occupancy(
                    path,
                    cells(element),
                    known=known_cells(element, built),
                    part=f"Depth {leaf[-1]}",
                )
            )
        elif "/OccupancyCut/" in path:
            found.append(
                Occupancy(
                    path,
                    cells(element),
                    known=known_cells(element, built),
                    window=10,
                    part=f"Depth {leaf[-1]}",
                )
            )
        elif "/Occupancyvsiphi/" in path:
            found.append(
                Occupancy(
                    path,
                    cells(element),
                    known=known_cells(element, built),
                    noun="iφ bins",
                    ring_axis=-1,
                    empty_below=0.5,
                    warn=0.0,
                    bad=0.03,
                    part=leaf[:2],
                )
            )
        elif "/Occupancyvsieta/" in path:
            found.append(Symmetric(path, warn=0.08, bad=0.11, part=leaf))
        elif "/TimingCut/SubdetPM/" in path:
            found.append(MeanWithin(path, -3, 3, 2, unit="ns", part="Timing"))
        elif "/TimingCutvsieta/" in path or "/TimingCut/depth/" in path:
            limit = 4.0 if "vsieta" in path else 8.0
            found.append(
                BinsWithin(
                    path,
                    -limit,
                    limit,
                    unit="ns",
                    warn=0.02,
                    bad=0.1,
                    noun="iη bins" if "vsieta" in path else "cells",
                    enough=200 if cosmic else 50,
                    window=10,
                    part="Timing",
                )
            )
        elif "/SumQ/" in path:
            found.append(MeanWithin(path, 80, 240, 40, unit="fC", part="Charge"))
        elif "/OccupancyvsLS/" in path:
            found.append(
                LastWithin(path, 0, 2000, 10, unit="digis per event", part=leaf)
            )
        elif "/SummaryvsLS/" in path:
            found.append(FlagsWithin(path, noun="FEDs", bad=0, part="FEDs"))
    return tuple(found)


SUBSYSTEM = Subsystem(name="Hcal", book=book, fill=fill, tests=tests, geometry=channels)
