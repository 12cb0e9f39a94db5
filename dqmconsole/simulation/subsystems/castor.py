"""Castor: the very forward calorimeter, 16 sectors of 14 modules, in ion runs.

Two electromagnetic modules stand before twelve hadronic ones. Paths as cmssw
DQM/CastorMonitor books them where it has such an element. All numbers are simulated.
"""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING

import numpy as np

from dqmconsole.model.histogram import Array, Axis
from dqmconsole.simulation.centrality import events_by_cells, events_by_number
from dqmconsole.simulation.checked import (
    Checked,
    bins_within,
    last_within,
    mean_within,
    occupancy,
)
from dqmconsole.simulation.lumisection import Lumisection, all_hits, drawn_once
from dqmconsole.simulation.rows import (
    distribution,
    hit_map,
    hit_times,
    hits_per_event,
    mean_map,
)
from dqmconsole.simulation.shapes import (
    exponential,
    gaussian,
    mean_times,
    poissonian,
    spread,
    with_flat_times,
)
from dqmconsole.simulation.state.channels import Geometry, geometry
from dqmconsole.simulation.subsystem import Subsystem

if TYPE_CHECKING:
    from dqmconsole.simulation.elements import Element
    from dqmconsole.simulation.state.beam import RunType

MODULE = Axis(14, 0.5, 14.5, title="Module")
SECTOR = Axis(16, 0.5, 16.5, title="Sector")
EM_ENERGY = Axis(40, 0.0, 800.0, title="EM energy [GeV]")
HAD_ENERGY = Axis(40, 0.0, 800.0, title="HAD energy [GeV]")
TOTAL_ENERGY = Axis(100, 0.0, 10_000.0, title="Energy [GeV]")
TIME = Axis(100, -50.0, 50.0, title="Time [ns]")
NUMBER = Axis(115, -0.5, 229.5, title="Cells with signal")
EM_MODULES = 2
SCALE = {"collisions": 0.6, "heavy-ions": 1.0, "cosmics": 0.08}
ABOVE_THRESHOLD = 0.3
"""Of the rec hits of particles: those that the plots of times take."""
NOISE_ABOVE = 0.05
"""Of the noise of a cell, likewise: it lies near the pedestal."""
SIGMA = 3.0
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
        # two halves ("The very forward CASTOR calorimeter of the CMS experiment", JINST
        # 16 (2021) P02010); that each has its own supplies is chosen
        crate=np.arange(16) // 8,
        t0_spread=0.8,
        seed=690,
    )


@functools.cache
def _towers() -> Array:
    """EM and hadronic energy of a tower: jets of both, and photons without HAD."""
    both = np.outer(exponential(HAD_ENERGY, 130.0), exponential(EM_ENERGY, 70.0))
    photons = np.outer(gaussian(HAD_ENERGY, 5.0, 20.0), exponential(EM_ENERGY, 110.0))
    return 0.8 * both + 0.2 * photons


@drawn_once
def _particles_above(now: Lumisection) -> Array:
    return now.rng.binomial(now.particles, ABOVE_THRESHOLD)


@drawn_once
def _noise_above(now: Lumisection) -> Array:
    return now.rng.binomial(now.noise, NOISE_ABOVE)


def _above(now: Lumisection) -> Array:
    """Rec hits above threshold, of all that the digis give."""
    return _particles_above(now) + _noise_above(now)


def _times(now: Lumisection) -> tuple[Array, Array]:
    """Sums of the times and of their squares; noise comes at any time."""
    found = mean_times(now.rng, _particles_above(now), now.t0, SIGMA)
    return with_flat_times(now.rng, found, _noise_above(now), TIME)


def _tower_counts(now: Lumisection) -> Array:
    return spread(now.rng, float(_particles_above(now).sum()) / 4, _towers())


def _energies(now: Lumisection) -> Array:
    """Events by energy, which follows the hits of particles per event."""
    mean = PER_HIT * float(now.particles.sum()) / max(now.events, 1)
    ions = now.state.run_type == "heavy-ions"
    law = events_by_number if ions else exponential
    return spread(now.rng, now.events, law(TOTAL_ENERGY, max(mean, 1e-3)))


def _numbers(now: Lumisection) -> Array:
    """Events by number of hits."""
    mean = float(now.hits.sum()) / max(now.events, 1)
    shape = poissonian(NUMBER, mean)
    if now.state.run_type == "heavy-ions":
        alive = int((now.channels.alive(now.state.feds) > 0).sum())
        shape = events_by_cells(NUMBER, mean, max(alive, 1))
    return spread(now.rng, now.events, shape)


def rows(_run_type: RunType, built: Geometry | None) -> tuple[Element, ...]:
    """The table."""
    assert built is not None
    where = ("module", "sector")
    electromagnetic = built.coordinates["module"] <= EM_MODULES
    most = round(2 * float(built.rate[~built.known].sum()), 1)
    cells = occupancy(noun="cells", ring="x", part="Occupancy")
    return (
        hit_map(
            built, OCCUPANCY, "Rec hits by module and sector", (MODULE, SECTOR), where,
            all_hits, y_title="Rec hits", test=cells,
        ),
        hit_map(
            built, BY_MODULE, "Digis by module", (MODULE,), ("module",), all_hits,
            y_title="Digis",
        ),
        hit_map(
            built, BY_SECTOR, "Digis by sector", (SECTOR,), ("sector",), all_hits,
            y_title="Digis", test=_by_sector("Sectors"),
        ),
        *(
            hit_map(
                built, path, f"{name} rec hits by sector", (SECTOR,), ("sector",),
                all_hits, select=electromagnetic == (name == "EM"), y_title="Rec hits",
                test=_by_sector(name),
            )
            for name, path in SECTIONS.items()
        ),
        distribution(
            EM_HAD, "Towers by electromagnetic and hadronic energy",
            (HAD_ENERGY, EM_ENERGY), _tower_counts, y_title="Towers",
        ),
        distribution(
            HIT_TIME, "Rec hit time", (TIME,),
            hit_times(TIME, _particles_above, SIGMA, noise=_noise_above),
            y_title="Rec hits", test=mean_within(-2, 2, 2, unit="ns", part="Timing"),
        ),
        mean_map(
            built, TIME_MAP, "Mean rec hit time", (MODULE, SECTOR), where, _above,
            _times,
            test=bins_within(
                -4, 4, unit="ns", warn=0.02, bad=0.1, noun="cells", window=10,
                part="Timing",
            ),
        ),
        distribution(
            ENERGY, "Energy in Castor", (TOTAL_ENERGY,), _energies,
            test=mean_within(0, PER_HIT * most, 400, unit="GeV", part="Energy"),
        ),
        distribution(
            MULTIPLICITY, "Cells with signal", (NUMBER,), _numbers,
            test=mean_within(0, most, most, unit="cells", part="Rate"),
        ),
        hits_per_event(
            PER_EVENT, "Rec hits per event", y_title="Rec hits per event",
            test=last_within(0, most, most, unit="rec hits per event", part="Rate"),
        ),
    )  # fmt: skip


def _by_sector(part: str) -> Checked:
    return occupancy(
        noun="sectors", ring="none", dead=0.4, warn=0.0, bad=0.05, part=part
    )


SUBSYSTEM = Subsystem(
    "Castor", rows, channels,
    parts=("Occupancy", "Timing", "Rate", "Energy", "EM", "HAD", "Sectors"),
)  # fmt: skip
