"""What the first-level trigger sees: trigger towers and cells of the muon system."""

from __future__ import annotations

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
PHI = Axis(36, -np.pi, np.pi, title="φ [rad]")
ECAL, HCAL, BMTF, OMTF, EMTF = range(5)


def channels(run_type: RunType) -> Geometry:
    """Towers of ECAL and HCAL, and muon cells of 0.2 in eta and 10 degrees in phi."""
    rings = np.concatenate([np.arange(-28, 0), np.arange(1, 29)])
    ecal = _grid(rings, np.arange(1, 73), ECAL)
    hcal = _grid(rings, np.arange(1, 73), HCAL)
    outer = np.concatenate([np.arange(-41, -29), np.arange(30, 42)])
    forward = _grid(outer, np.arange(1, 73, 2), HCAL)
    muons = _grid(np.arange(24), np.arange(36), BMTF)
    towers = np.concatenate([ecal, hcal, forward])
    eta, phi = ETA.centers[muons[:, 0]], PHI.centers[muons[:, 1]]
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
    phi_bin = np.concatenate([np.zeros(len(towers), np.int64), muons[:, 1]])
    side = np.concatenate([np.zeros(len(towers), np.int64), (eta > 0).astype(np.int64)])
    board = np.select(
        [calo, kind == BMTF, kind == OMTF],
        [card, 18 + phi_bin // 3, 30 + 6 * side + phi_bin // 6],
        42 + 6 * side + phi_bin // 6,
    )
    fed = np.select(
        [calo, kind == BMTF, kind == OMTF],
        [1372 + card // 6, 1376 + phi_bin // 18, 1380 + side],
        1384 + side,
    )
    known = (kind == ECAL) & (ieta <= -25) & (iphi <= 36)
    known |= (kind == HCAL) & (ieta >= 24) & (ieta <= 28) & (iphi >= 45) & (iphi <= 68)
    return geometry(
        {
            "kind": kind,
            "ieta": ieta,
            "iphi": iphi,
            "hw_ieta": 2 * ieta,
            "hw_iphi": 2 * iphi - 1,
            "eta": np.concatenate([np.zeros(len(towers)), eta]),
            "phi": np.concatenate([np.zeros(len(towers)), phi]),
            "wedge": phi_bin // 3,
        },
        rate,
        known=known,
        fed=fed,
        board=board,
        seed=800,
    )


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
