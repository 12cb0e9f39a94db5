"""What reaches the first-level trigger of the calorimeters and the muon chambers.

The trigger has its own way out of the detector: primitives go to it beside the readout
("The CMS trigger system", JINST 12 (2017) P01020). So it misses what the detector
itself does not give (no voltage, a dead board, a response below its thresholds), and
sees all that a front-end driver or its links lose. Of a subsystem that is not simulated
beside it everything arrives. That the noise of single channels and boards stays below
what the trigger counts is simplified.
"""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from dqmconsole.simulation.l1_channels import (
    BARREL_TOWERS,
    ECAL,
    HCAL,
    crystal_tower,
    supercrystals,
)
from dqmconsole.simulation.state.channels import Threshold
from dqmconsole.simulation.state.parts import FED_COUNT, FedStatus

if TYPE_CHECKING:
    from dqmconsole.model.histogram import Array
    from dqmconsole.simulation.state.channels import Channels, Geometry
    from dqmconsole.simulation.state.detector import DetectorState

TOWER = Threshold(0.5 / 0.7)
"""Of a trigger tower: a count is 0.5 GeV; over 0.7 GeV the spectrum of what is in it
falls to 1/e, which is chosen, as for the hits of Ecal."""

PRIMITIVE = 0.95
"""Chance that a muon leaves a primitive in a station of chambers that work; chosen."""

STATIONS = 2
"""Stations with a primitive that a track of a muon takes at least, so of the Kalman
filter of BMTF and of the modes of EMTF in cmssw L1Trigger; simplified for all three
track finders. Hits of RPC help both, and no track needs them: they are left out."""

RADIUS = np.array([4.2, 5.0, 6.1, 7.2])
"""Of the stations of DT around the beam, m, rounded."""
WHEEL_LENGTH = 2.66
"""From the middle of one wheel to that of the next, m."""

RINGS = (
    ((2, (0.9, 1.14)), (1, (1.14, 1.6)), (0, (1.6, 2.4))),
    ((4, (1.0, 1.6)), (3, (1.6, 2.4))),
    ((6, (1.1, 1.72)), (5, (1.72, 2.4))),
    ((8, (1.16, 1.8)), (7, (1.8, 2.4))),
)
"""By station of CSC: number of a ring, 1/1 to 4/2, and its |η| from and to, rounded."""
CHAMBERS = (36, 36, 36, 18, 36, 18, 36, 18, 36)
"""Chambers of each ring; the first lies around φ = 0."""

_ALL_IN = np.full(FED_COUNT, int(FedStatus.IN))


def reaching(state: DetectorState) -> Array:
    """Hits per event of each channel of L1T relative to those as built.

    Towers follow the pile-up as digis do, and both what their detectors give; a muon is
    what an event was taken for, so that there are as many at any pile-up.
    """
    built = state.channels["L1T"].built
    share = np.ones(built.size)
    calo = built.coordinates["kind"] <= HCAL
    share[calo] *= state.activity
    for name, inputs in (("Ecal", _ecal), ("Hcal", _hcal)):
        channels = state.channels.get(name)
        if channels is not None:
            share *= inputs(built, channels.built).share(sent(channels, TOWER))
    share[~calo] *= _tracks(state, built)
    return share


def interactions(state: DetectorState) -> float:
    """Interactions in an event relative to the start of a fill of protons.

    An event of ions counts as one at its start; without beams there are none.
    """
    return 0.0 if state.run_type == "cosmics" else state.activity


def sent(channels: Channels, threshold: Threshold | None = None) -> Array:
    """Share of what each channel usually gives the trigger that it gives, 0 to 1.

    Channels that are known to be bad give nothing.

    Args:
        channels: of the subsystem.
        threshold: of the trigger; None: that of the channels.
    """
    share: Array = channels.alive(_ALL_IN) * np.minimum(channels.boost, 1.0)
    of_hits = threshold or channels.built.threshold
    return share if of_hits is None else share * of_hits.kept(channels.responses())


class _Links(NamedTuple):
    """What each channel of L1T gets of the channels of a detector.

    Attributes:
        to: numbers of channels of L1T, one per link.
        of: numbers of channels of the detector, likewise.
        weight: how much each gives usually.
        size: of L1T, in channels.
    """

    to: Array
    of: Array
    weight: Array
    size: int

    def share(self, sent: Array) -> Array:
        """Share of the usual that arrives; 1 where nothing ever does.

        Args:
            sent: by channel of the detector, 0 to 1.
        """
        usual = np.bincount(self.to, self.weight, self.size)
        now = np.bincount(self.to, self.weight * sent[self.of], self.size)
        return np.divide(now, usual, out=np.ones(self.size), where=usual > 0)


def _links(built: Geometry, of: Geometry, pairs: list[tuple[int, int]]) -> _Links:
    """Links without channels that are known to give nothing."""
    to, source = np.array(pairs, np.int64).reshape(-1, 2).T
    weight = np.where(of.known[source], 0.0, of.rate[source])
    return _Links(to, source, weight, built.size)


@functools.lru_cache(maxsize=4)
def _ecal(built: Geometry, ecal: Geometry) -> _Links:
    """A tower of the barrel is one of Ecal; of the endcaps the supercrystal there."""
    at = {name: each.tolist() for name, each in ecal.coordinates.items()}
    barrel: dict[tuple[int, int], int] = {}
    endcaps: dict[tuple[int, int, int], int] = {}
    for number, part in enumerate(at["part"]):
        if part == 0:
            ring = at["ieta"][number]
            ieta = round((abs(ring) + 2.5) / 5) * (1 if ring > 0 else -1)
            barrel[ieta, round((at["iphi"][number] + 2.5) / 5)] = number
        else:
            ix, iy = (round((at[name][number] + 2.5) / 5) for name in ("ix", "iy"))
            endcaps[2 * part - 3, ix, iy] = number
    where = built.coordinates
    rings, phis = where["ieta"], where["iphi"]
    mine = where["kind"] == ECAL
    inner = np.flatnonzero(mine & (abs(rings) <= BARREL_TOWERS)).tolist()
    outer = np.flatnonzero(mine & (abs(rings) > BARREL_TOWERS))
    places = supercrystals(rings[outer], phis[outer]).tolist()
    pairs = [
        (tower, barrel[int(rings[tower]), crystal_tower(int(phis[tower]))])
        for tower in inner
    ]
    pairs += [
        (tower, endcaps[(1 if rings[tower] > 0 else -1, ix, iy)])
        for tower, (ix, iy) in zip(outer.tolist(), places, strict=True)
    ]
    return _links(built, ecal, pairs)


@functools.lru_cache(maxsize=4)
def _hcal(built: Geometry, hcal: Geometry) -> _Links:
    """A tower is the sum of the depths there; where they are wide, all share one."""
    at = hcal.coordinates
    depths: dict[int, dict[int, list[int]]] = {}
    for number in np.flatnonzero(at["part"] < 3).tolist():  # HO is not in the trigger
        ring = depths.setdefault(int(at["ieta"][number]), {})
        ring.setdefault(int(at["iphi"][number]), []).append(number)
    where = built.coordinates
    pairs = []
    for tower in np.flatnonzero(where["kind"] == HCAL).tolist():
        ring = depths[int(where["ieta"][tower])]
        iphi = int(where["iphi"][tower])
        before = min(ring, key=lambda each: (iphi - each) % 72)
        pairs += [(tower, number) for number in ring[before]]
    return _links(built, hcal, pairs)


def _tracks(state: DetectorState, built: Geometry) -> Array:
    """Share of its muons that each cell finds, with primitives in two stations."""
    where = built.coordinates
    cells = where["kind"] > HCAL
    eta, phi = where["eta"][cells], where["phi"][cells]
    usual, now = np.zeros((2, 8, eta.size))
    usual[:4] = _dt(None, eta, phi)
    usual[4:] = _csc(None, eta, phi)
    now[:4] = _dt(state.channels.get("DT"), eta, phi)
    now[4:] = _csc(state.channels.get("CSC"), eta, phi)
    return two_at_least(PRIMITIVE * now) / two_at_least(PRIMITIVE * usual)


def two_at_least(chances: Array) -> Array:
    """Chance that two stations or more have a primitive.

    Args:
        chances: of each station, along the first axis.
    """
    none, one = np.ones(chances.shape[1:]), np.zeros(chances.shape[1:])
    for chance in chances:
        one = one * (1 - chance) + none * chance
        none = none * (1 - chance)
    found: Array = 1 - none - one
    return found


def _dt(channels: Channels | None, eta: Array, phi: Array) -> Array:
    """Share of each station of DT that works where a muon crosses it, 0 beyond its end.

    One superlayer in φ is enough for a primitive.

    Args:
        channels: of DT; None: all work.
        eta: of the cells.
        phi: likewise, rad.

    Returns:
        shape (stations, cells).
    """
    wheel = np.rint(RADIUS[:, None] * np.sinh(eta) / WHEEL_LENGTH).astype(np.int64)
    there = abs(wheel) <= 2
    sector = np.floor((np.degrees(phi) + 15) / 30).astype(np.int64) % 12
    works = np.ones((4, 5, 12))
    if channels is not None:
        works = _dt_chambers(channels)
    stations = np.arange(4)[:, None]
    found: Array = np.where(there, works[stations, wheel.clip(-2, 2) + 2, sector], 0.0)
    return found


def _dt_chambers(channels: Channels) -> Array:
    """Share of each chamber of DT that works, by station, wheel, sector, from 0."""
    at = channels.built.coordinates
    row = np.floor(at["row"]).astype(np.int64)
    place = (at["station"] - 1, at["wheel"] + 2, at["folded"] - 1)
    layers = np.zeros((2, 2, 4, 5, 12))
    for number, rows in enumerate(((0, 3, 6, 9), (2, 5, 8, 10))):
        mine = np.isin(row, rows)
        at_mine = tuple(each[mine] for each in place)
        np.add.at(layers[0, number], at_mine, sent(channels)[mine])
        np.add.at(layers[1, number], at_mine, 1.0)
    found: Array = (layers[0] / layers[1]).max(axis=0)
    return found


def _csc(channels: Channels | None, eta: Array, phi: Array) -> Array:
    """Share of each station of CSC that works where a muon crosses it.

    A primitive takes wires and strips.

    Args:
        channels: of CSC; None: all work.
        eta: of the cells.
        phi: likewise, rad.

    Returns:
        shape (stations, cells).
    """
    ring = np.full((4, eta.size), -1)
    for station, rings in enumerate(RINGS):
        for number, (low, high) in rings:
            ring[station, (abs(eta) > low) & (abs(eta) < high)] = number
    works = np.ones((2, len(CHAMBERS), max(CHAMBERS)))
    if channels is not None:
        works = _csc_chambers(channels)
    number = np.array(CHAMBERS)[ring]
    turn = phi % (2 * np.pi) / (2 * np.pi)
    chamber = np.rint(turn * number).astype(np.int64) % number
    side = (eta > 0).astype(np.int64)
    found: Array = np.where(ring >= 0, works[side, ring, chamber], 0.0)
    return found


def _csc_chambers(channels: Channels) -> Array:
    """Share of each chamber of CSC that works, by side, ring, number from 0."""
    at = channels.built.coordinates
    sums = np.zeros((2, 2, 2, len(CHAMBERS), max(CHAMBERS)))
    place = (at["kind"], at["plus"], at["ring"], at["chamber"] - 1)
    np.add.at(sums[0], place, sent(channels))
    np.add.at(sums[1], place, 1.0)
    shares = np.divide(sums[0], sums[1], out=np.ones_like(sums[0]), where=sums[1] > 0)
    found: Array = shares.min(axis=0)
    return found
