"""What the first-level trigger sees: trigger towers and cells of the muon system."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from dqmconsole.model.histogram import Array, Axis
from dqmconsole.simulation.cosmics import ETA_WIDTH, through_muon_system
from dqmconsole.simulation.state.channels import Geometry, geometry

if TYPE_CHECKING:
    from dqmconsole.simulation.state.beam import RunType

CALO_SCALE = {"collisions": 1.0, "heavy-ions": 1.5, "cosmics": 0.15}
MUONS_PER_EVENT = {"collisions": 2.0, "heavy-ions": 1.2, "cosmics": 2.6}
ETA = Axis(24, -2.4, 2.4, title="η")
PHI = Axis(24, -np.pi, np.pi, title="φ [rad]")
CELLS = 72
"""Cells of the muon system around the beam, three to a bin of φ."""
ECAL, HCAL, BMTF, OMTF, EMTF = range(5)

TOWER_EDGES = np.array(
    [
        *(0.087 * np.arange(21)), 1.830, 1.930, 2.043, 2.172, 2.322, 2.500, 2.650,
        2.853, 2.964, 3.139, 3.314, 3.489, 3.664, 3.839, 4.013, 4.191, 4.363, 4.538,
        4.716, 4.889, 5.191,
    ]
)  # fmt: skip
"""Edges in |η| of the towers iη 1 to 41 ("The CMS experiment at the CERN LHC", JINST 3
(2008) S08004, chapter 5; those of 28 and 29 after cmssw L1Trigger/L1TCalorimeter,
CaloTools)."""

HARDWARE_ETA = 0.0435
"""Of one count of η (kGTEtaLSB of cmssw L1Trigger/L1TCalorimeter, CaloTools)."""

BARREL_TOWERS = 17
"""Trigger towers of the barrel of ECAL on each side."""

SUPERCRYSTALS = np.array(
    [
        (ix, iy)
        for ix in range(1, 21)
        for iy in range(1, 21)
        if 2.3 < math.hypot(ix - 10.5, iy - 10.5) < 10.1
    ]
)
"""Those of an endcap of ECAL: ix, iy from 1, shape (supercrystals, 2)."""
ENDCAP_FACE, SUPERCRYSTAL_WIDTH = 3.17, 0.145
"""How far it is from the middle of the detector, and how wide they are, m, rounded."""

KNOWN_ECAL = (((-17, -10), (23, 26)), ((1, 8), (55, 58)))
"""Towers of its barrel that are known to give nothing: iη from and to, and of the
towers of crystals in φ; see subsystems/ecal.py."""
KNOWN_ENDCAP = {-1: ((4, 6), (12, 14)), 1: ((14, 16), (5, 7))}
"""Supercrystals of each side, likewise: ix, iy from and to."""
KNOWN_HCAL = (((-28, -17), (55, 62)), ((1, 16), (31, 34)))
"""Towers of HCAL, likewise: iη, iφ from and to; see subsystems/hcal.py."""


def channels(run_type: RunType) -> Geometry:
    """Towers of ECAL and HCAL, and muon cells of 0.2 in eta and 5 degrees in phi."""
    rings = np.concatenate([np.arange(-28, 0), np.arange(1, 29)])
    ecal = _grid(rings, np.arange(1, 73), ECAL)
    hcal = _grid(rings, np.arange(1, 73), HCAL)
    outer = np.concatenate([np.arange(-41, -29), np.arange(30, 42)])
    forward = _grid(outer, np.arange(1, 73, 2), HCAL)
    muons = _grid(np.arange(24), np.arange(CELLS), BMTF)
    towers = np.concatenate([ecal, hcal, forward])
    degrees = 360 / CELLS * (muons[:, 1] + 0.5) - 180
    eta, phi = ETA.centers[muons[:, 0]], np.radians(degrees)
    muons[:, 2] = np.select([abs(eta) < 0.8, abs(eta) < 1.2], [BMTF, OMTF], EMTF)
    kind = np.concatenate([towers[:, 2], muons[:, 2]])
    ieta = np.concatenate([towers[:, 0], np.zeros(len(muons), np.int64)])
    iphi = np.concatenate([towers[:, 1], np.zeros(len(muons), np.int64)])
    calo = kind <= HCAL
    base = np.where(kind == ECAL, 0.030, 0.026) * (1 + 0.5 * (abs(ieta) / 28.0) ** 2)
    base = np.where(abs(ieta) > 28, 0.03, base) * CALO_SCALE[run_type]
    rate = np.where(calo, base, 0.0)
    rate[~calo] = _muon_rate(eta, phi, run_type)
    card = (iphi - 1) // 4
    none = np.zeros(len(towers), np.int64)
    # a wedge is a sector of DT: the first lies around φ = 0. The sectors of the other
    # two begin at 15 degrees
    wedge = np.concatenate([none, np.floor((degrees + 15) / 30).astype(np.int64) % 12])
    sixth = np.concatenate([none, np.floor((degrees - 15) / 60).astype(np.int64) % 6])
    side = np.concatenate([none, (eta > 0).astype(np.int64)])
    board = np.select(
        [calo, kind == BMTF, kind == OMTF],
        [card, 18 + wedge, 30 + 6 * side + sixth],
        42 + 6 * side + sixth,
    )
    fed = np.select(
        [calo, kind == BMTF, kind == OMTF],
        [1372 + card // 6, 1376 + wedge // 6, 1380 + side],
        1384 + side,
    )
    return geometry(
        {
            "kind": kind,
            "ieta": ieta,
            "iphi": iphi,
            "hw_ieta": np.where(calo, hardware_eta(ieta), 0),
            "hw_iphi": 2 * iphi - 1,
            "eta": np.concatenate([np.zeros(len(towers)), eta]),
            "phi": np.concatenate([np.zeros(len(towers)), phi]),
            "wedge": wedge,
        },
        rate,
        known=_known(kind, ieta, iphi),
        fed=fed,
        board=board,
        seed=800,
    )


def hardware_eta(ieta: Array) -> Array:
    """What the trigger calls the η of towers, whole counts of 0.0435.

    As gtEta of cmssw L1Trigger/L1TCalorimeter, CaloTools: twice iη less one up to 20,
    and 41 to 116 beyond.

    Args:
        ieta: of the towers, any shape.
    """
    middles = np.append(0.0, 0.5 * (TOWER_EDGES[1:] + TOWER_EDGES[:-1]))
    found: Array = np.sign(ieta) * np.round(middles[abs(ieta)] / HARDWARE_ETA)
    return found.astype(np.int64)


def crystal_tower(iphi: int) -> int:
    """The tower of crystals in φ, from 1, that is a trigger tower of the barrel.

    The trigger counts from another place than the crystals (EBDetId::tower_iphi of
    cmssw DataFormats/EcalDetId takes 2 away).

    Args:
        iphi: of the trigger tower, 1 to 72.
    """
    return (iphi + 1) % 72 + 1


def supercrystals(ieta: Array, iphi: Array) -> Array:
    """The supercrystals at the middle of trigger towers of the endcaps, or the next.

    Args:
        ieta: of the trigger towers, beyond the barrel, shape (towers,).
        iphi: 1 to 72, likewise.

    Returns:
        ix and iy, from 1, shape (towers, 2).
    """
    ring = abs(ieta)
    middle = 0.5 * (TOWER_EDGES[ring - 1] + TOWER_EDGES[ring])
    radius = ENDCAP_FACE / np.sinh(middle) / SUPERCRYSTAL_WIDTH
    phi = np.radians(5 * iphi - 2.5)
    x, y = 10.5 + radius * np.cos(phi), 10.5 + radius * np.sin(phi)
    away = np.hypot(x[:, None] - SUPERCRYSTALS[:, 0], y[:, None] - SUPERCRYSTALS[:, 1])
    found: Array = SUPERCRYSTALS[np.argmin(away.round(6), axis=1)]
    return found


def _known(kind: Array, ieta: Array, iphi: Array) -> Array:
    """Towers whose detector is known to give nothing, bool per channel."""
    found = np.zeros(kind.size, bool)
    crystals = (iphi + 1) % 72 + 1
    for (low, high), (first, last) in KNOWN_ECAL:
        found |= (
            (kind == ECAL) & _within(ieta, low, high) & _within(crystals, first, last)
        )
    for side, ((low, high), (first, last)) in KNOWN_ENDCAP.items():
        mine = np.flatnonzero((kind == ECAL) & (side * ieta > BARREL_TOWERS))
        ix, iy = supercrystals(ieta[mine], iphi[mine]).T
        found[mine] = _within(ix, low, high) & _within(iy, first, last)
    for (low, high), (first, last) in KNOWN_HCAL:
        found |= (kind == HCAL) & _within(ieta, low, high) & _within(iphi, first, last)
    return found


def _within(values: Array, low: int, high: int) -> Array:
    found: Array = (values >= low) & (values <= high)
    return found


def _grid(first: Array, second: Array, kind: int) -> Array:
    a, b = (each.ravel() for each in np.meshgrid(first, second, indexing="ij"))
    return np.stack([a, b, np.full(a.size, kind)], axis=1)


def _muon_rate(eta: Array, phi: Array, run_type: RunType) -> Array:
    if run_type == "cosmics":
        shape = through_muon_system(phi) * np.exp(-0.5 * (eta / ETA_WIDTH) ** 2)
    else:
        shape = 1 + 0.5 * (abs(eta) / 2.4) ** 2 + 0.04 * np.cos(6 * phi)
    rate: Array = MUONS_PER_EVENT[run_type] * shape / shape.sum()
    return rate
