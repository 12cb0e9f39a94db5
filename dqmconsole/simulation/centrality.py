"""Heavy ions: how many particles their collisions have.

Most lead nuclei meet at their edges, few head on. The number of events that have n
particles falls as n^(-3/4) up to where the whole nuclei meet, and then at once
(T. A. Trainor and D. J. Prindle, "A power-law description of heavy ion collision
centrality", arXiv:hep-ph/0411217): a long plateau on a logarithmic scale, with a knee.
"""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from dqmconsole.model.histogram import Array, Axis

PARTICLES = 1.4
"""Particles of a collision of lead, over all centralities, for those of a crossing of
protons at the start of a fill. Chosen: some 2200 charged ones with |η| < 2.4 (1900 a
unit of η when head on, a quarter of it on average: ALICE Collaboration, Phys. Rev.
Lett. 116 (2016) 222302) for the 28 of each of 56 interactions."""

LEAST = 1 / 700
"""Particles of collisions at the edge that are still triggered, for those of head-on
ones. Chosen."""

KNEE = 0.08
"""By so much the particles of head-on collisions differ (one sigma). Chosen."""

_POWER = 0.25  # of what is as likely everywhere
MEAN = 0.2 * (1 - LEAST ** (1 + _POWER)) / (1 - LEAST**_POWER)
"""Particles of all, on average, for those of head-on collisions."""


def below(share: Array) -> Array:
    """Share of the collisions that have fewer particles.

    Args:
        share: particles, for those of head-on collisions, any shape.
    """
    knees = 1 + KNEE * np.linspace(-2, 2, 9)
    weights = np.exp(-0.5 * np.linspace(-2, 2, 9) ** 2)
    of_head_on = np.clip(np.asarray(share)[..., None] / knees, LEAST, 1) ** _POWER
    fewer = (of_head_on - LEAST**_POWER) / (1 - LEAST**_POWER)
    found: Array = fewer @ (weights / weights.sum())
    return found


def events_by_number(axis: Axis, mean: float) -> Array:
    """Probability per bin, with flow bins, of the number of particles.

    Args:
        axis: of their number.
        mean: of all events, 0 or more.
    """
    head_on = max(mean, 1e-6) / MEAN
    return np.diff(below(axis.edges / head_on), prepend=0.0, append=1.0)


def events_by_cells(axis: Axis, mean: float, cells: int) -> Array:
    """Probability per bin, with flow bins, of the number of cells that are hit.

    A cell is hit once, by however many: towards all cells their number saturates.

    Args:
        axis: of the number of cells.
        mean: of all events, from 0 to less than all.
        cells: how many there are.
    """
    particles, chance, steepness, hit = _hit_shares()
    steep = float(np.interp(mean / cells, hit, steepness))
    numbers = cells * (1 - np.exp(-steep * particles))
    bins = np.searchsorted(axis.edges, numbers, side="right")
    found: Array = np.bincount(bins, chance, minlength=axis.bins + 2)
    return found


@functools.cache
def _hit_shares() -> tuple[Array, Array, Array, Array]:
    """Particles, for those of head-on collisions, and their chance; shares of cells.

    The last two are how steeply cells are hit, and the share of them that then is.
    """
    particles = (np.arange(2000) + 0.5) / 1600
    chance = np.diff(below(np.arange(2001) / 1600))
    steepness = np.geomspace(1e-3, 1e3, 200)
    hit = chance @ (1 - np.exp(-np.outer(particles, steepness)))
    return particles, chance, steepness, hit
