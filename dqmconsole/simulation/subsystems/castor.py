"""Castor: the very forward calorimeter, 16 sectors of 14 modules, in ion runs.

Two electromagnetic modules stand before twelve hadronic ones. Paths as cmssw
DQM/CastorMonitor books them. All numbers are simulated.
"""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING

import numpy as np

from dqmconsole.model.histogram import Array, Axis
from dqmconsole.simulation.booking import Booking, cells, known_cells
from dqmconsole.simulation.elements import Element
from dqmconsole.simulation.shapes import (
    exponential,
    gaussian,
    mean_times,
    poissonian,
    spread,
    times,
)
from dqmconsole.simulation.state.channels import Geometry, geometry
from dqmconsole.simulation.subsystem import Lumisection, Subsystem
from dqmconsole.simulation.thresholds import (
    BinsWithin,
    LastWithin,
    MeanWithin,
    Occupancy,
)

if TYPE_CHECKING:
    from dqmconsole.model.layout import RunType
    from dqmconsole.simulation.quality import QualityTest

MODULE = Axis(14, 0.5, 14.5, title="Module")
SECTOR = Axis(16, 0.5, 16.5, title="Sector")
EM_ENERGY = Axis(40, 0.0, 800.0, title="EM energy [GeV]")
HAD_ENERGY = Axis(40, 0.0, 800.0, title="HAD energy [GeV]")
TOTAL_ENERGY = Axis(100, 0.0, 10_000.0, title="Energy [GeV]")
TIME = Axis(100, -50.0, 50.0, title="Time [ns]")
NUMBER = Axis(80, -0.5, 159.5, title="Cells with signal")
EM_MODULES = 2
SCALE = {"collisions": 0.6, "heavy-ions": 1.0, "cosmics": 0.08}
ABOVE_THRESHOLD = 0.3
PER_HIT = 20.0
"""Mean energy of a hit, GeV."""

FOLDER = "Castor/CastorRecHitMonitor"
OCCUPANCY = f"{FOLDER}/CastorRecHitOccMap"
BY_MODULE = "Castor/CastorDigiMonitor/ModuleZ(fC)_allTS"
BY_SECTOR = "Castor/CastorDigiMonitor/Sector #phi(fC)_allTS"
SECTIONS = {
    "EM": f"{FOLDER}/CastorRecHit EM by Sectors",
    "HAD": f"{FOLDER}/CastorRecHit HAD by Sectors",
}
EM_HAD = f"{FOLDER}/CASTORTowerEMvsEhad"
ENERGY = f"{FOLDER}/Reco all tiles"
HIT_TIME = f"{FOLDER}/CastorRecHitTime"
TIME_MAP = f"{FOLDER}/CastorRecHitTime by module and sector"
MULTIPLICITY = f"{FOLDER}/CASTORTowerMultiplicity"
PER_EVENT = f"{FOLDER}/CastorRecHits per event by lumisection"


def channels(run_type: RunType) -> Geometry:
    """The 224 cells; the rate falls with the depth of the module."""
    sector, module = (
        each.ravel()
        for each in np.meshgrid(np.arange(1, 17), np.arange(1, 15), indexing="ij")
    )
    depth = np.where(module <= EM_MODULES, 1.0, 0.8 * np.exp(-(module - 3) / 9.0))
    rate = 0.5 * depth * (1 + 0.06 * np.cos(2 * np.pi * (sector - 3) / 16))
    known = (module >= 7) & (module <= 9) & (sector >= 3) & (sector <= 4)
    return geometry(
        {"module": module, "sector": sector},
        rate * SCALE[run_type],
        known=known,
        fed=690 + (sector - 1) // 4,
        board=2 * (sector - 1) + (module > 7),
        sector=sector - 1,
        partitions=("CASTOR",) * 16,
        t0_spread=0.8,
        seed=690,
    )


def book(_run_type: RunType, built: Geometry | None) -> tuple[Element, ...]:
    """Declare the elements."""
    assert built is not None
    booking = Booking("Castor", built)
    booking.hits(
        OCCUPANCY, "Rec hits by module and sector", (MODULE, SECTOR),
        ("module", "sector"), y_title="Rec hits",
    )  # fmt: skip
    booking.hits(BY_MODULE, "Digis by module", (MODULE,), ("module",), y_title="Digis")
    booking.hits(BY_SECTOR, "Digis by sector", (SECTOR,), ("sector",), y_title="Digis")
    electromagnetic = built.coordinates["module"] <= EM_MODULES
    for name, path in SECTIONS.items():
        booking.hits(
            path, f"{name} rec hits by sector", (SECTOR,), ("sector",),
            select=electromagnetic == (name == "EM"), y_title="Rec hits",
        )  # fmt: skip
    booking.add(
        Element(
            EM_HAD,
            "Towers by electromagnetic and hadronic energy",
            (HAD_ENERGY, EM_ENERGY),
            root_class="TH2F",
            sight=booking.sight("shape"),
            y_title="Towers",
        )
    )
    booking.add(
        Element(
            ENERGY,
            "Energy in Castor",
            (TOTAL_ENERGY,),
            sight=booking.sight("sum"),
            y_title="Events",
        )
    )
    booking.spectrum(
        HIT_TIME, "Rec hit time", TIME, quantity="time", y_title="Rec hits"
    )
    booking.mean_times(
        TIME_MAP, "Mean rec hit time", (MODULE, SECTOR), ("module", "sector")
    )
    booking.spectrum(
        MULTIPLICITY, "Cells with signal", NUMBER, quantity="multiplicity",
        y_title="Events",
    )  # fmt: skip
    booking.hits_per_event_trend(
        PER_EVENT, "Rec hits per event", y_title="Rec hits per event"
    )
    return booking.done()


@functools.cache
def _towers() -> Array:
    """EM and hadronic energy of a tower: jets of both, and photons without HAD."""
    both = np.outer(exponential(HAD_ENERGY, 130.0), exponential(EM_ENERGY, 70.0))
    photons = np.outer(gaussian(HAD_ENERGY, 5.0, 20.0), exponential(EM_ENERGY, 110.0))
    return 0.8 * both + 0.2 * photons


def fill(now: Lumisection) -> None:
    """Add one lumisection."""
    assert now.channels is not None
    rng, hits, book_ = now.rng, now.hits, now.book
    sigma = 3.0
    for path in (OCCUPANCY, BY_MODULE, BY_SECTOR, *SECTIONS.values()):
        book_[path].add_hits(hits)
    above = rng.binomial(hits, ABOVE_THRESHOLD)
    total = float(above.sum())
    book_[EM_HAD].add(spread(rng, total / 4, _towers()))
    book_[HIT_TIME].add(times(rng, TIME, above, now.channels.t0, sigma))
    sums, squares = mean_times(rng, above, now.channels.t0, sigma)
    book_[TIME_MAP].add_hit_means(above, sums, squares)
    if now.events:
        mean = float(hits.sum()) / now.events
        energy = exponential(TOTAL_ENERGY, max(PER_HIT * mean, 1e-3))
        book_[ENERGY].add(spread(rng, now.events, energy))
        book_[MULTIPLICITY].add(spread(rng, now.events, poissonian(NUMBER, mean)))
        book_[PER_EVENT].add_trend(now.number, now.events, mean, mean**0.5)


def tests(_run_type: RunType, built: Geometry | None) -> tuple[QualityTest, ...]:
    """The quality tests."""
    assert built is not None
    elements = {each.path: each for each in book("heavy-ions", built)}
    most = round(2 * float(built.rate[~built.known].sum()), 1)
    found: list[QualityTest] = [
        Occupancy(
            OCCUPANCY, cells(elements[OCCUPANCY]),
            known=known_cells(elements[OCCUPANCY], built), noun="cells", ring_axis=0,
            part="Occupancy",
        ),
        MeanWithin(HIT_TIME, -2, 2, 2, unit="ns", part="Timing"),
        BinsWithin(
            TIME_MAP, -4, 4, unit="ns", warn=0.02, bad=0.1, noun="cells", window=10,
            part="Timing",
        ),
        LastWithin(PER_EVENT, 0, most, most, unit="rec hits per event", part="Rate"),
        MeanWithin(MULTIPLICITY, 0, most, most, unit="cells", part="Rate"),
        MeanWithin(ENERGY, 0, PER_HIT * most, 400, unit="GeV", part="Energy"),
    ]  # fmt: skip
    found += [
        Occupancy(
            path, cells(elements[path]), noun="sectors", ring_axis=-1, empty_below=0.4,
            warn=0.0, bad=0.05, part=name,
        )
        for name, path in (*SECTIONS.items(), ("Sectors", BY_SECTOR))
    ]  # fmt: skip
    return tuple(found)


SUBSYSTEM = Subsystem(
    name="Castor", book=book, fill=fill, tests=tests, geometry=channels
)
