"""Tracks: what the tracking writes into the file of the strips.

Each kind of run has its own track collection, named as cmssw DQM/TrackingMonitor
names them: GenTk, CKFTk (cosmics), HeavyIonTk. Tracks follow from the clusters of
the strips, and there are none without the pixel barrel.
"""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING

import numpy as np

from dqmconsole.model.histogram import Array, Axis
from dqmconsole.simulation.booking import Booking, cells
from dqmconsole.simulation.shapes import (
    exponential,
    gaussian,
    poissonian,
    power,
    spread,
)
from dqmconsole.simulation.thresholds import MeanWithin, Occupancy

if TYPE_CHECKING:
    from dqmconsole.model.layout import RunType
    from dqmconsole.simulation.elements import Element
    from dqmconsole.simulation.quality import QualityTest
    from dqmconsole.simulation.subsystem import Lumisection

PHI = Axis(24, -np.pi, np.pi, title="φ [rad]")
ETA = Axis(52, -2.6, 2.6, title="η")
PT = Axis(100, 0.0, 100.0, title="pT [GeV]")
CHI2 = Axis(50, 0.0, 10.0, title="χ² per degree of freedom")
HITS = Axis(35, -0.5, 34.5, title="Hits of the track")
TRACKS = Axis(100, -0.5, 99.5, title="Tracks")
COLLECTIONS: dict[RunType, str] = {
    "collisions": "GenTk",
    "cosmics": "CKFTk",
    "heavy-ions": "HeavyIonTk",
}
PER_CLUSTER: dict[RunType, float] = {
    "collisions": 0.030,
    "heavy-ions": 0.020,
    "cosmics": 0.010,
}
"""Tracks per cluster of the strips."""


def paths(run_type: RunType) -> dict[str, str]:
    """Quantity -> path of its distribution."""
    tag = COLLECTIONS[run_type]
    point = "" if run_type == "cosmics" else "_ImpactPoint"
    parameters = "SiStrip/Tracking/TrackParameters"
    general = f"{parameters}/GeneralProperties"
    return {
        "number": f"{general}/NumberOfTracks_{tag}",
        "hits": f"{parameters}/HitProperties/NumberOfRecHitsPerTrack_{tag}",
        "pt": f"{general}/TrackPt{point}_{tag}",
        "eta": f"{general}/TrackEta{point}_{tag}",
        "phi": f"{general}/TrackPhi{point}_{tag}",
        "chi2": f"{general}/Chi2oNDF_{tag}",
    }


def book_tracks(booking: Booking, run_type: RunType) -> None:
    """Declare the elements; the channels need a coordinate "phi", rad."""
    where = paths(run_type)
    booking.spectrum(
        where["number"], "Tracks per event", TRACKS, quantity="multiplicity",
        y_title="Events",
    )  # fmt: skip
    booking.spectrum(where["hits"], "Hits per track", HITS, y_title="Tracks")
    booking.momenta(where["pt"], "Track pT", PT, _straight(), y_title="Tracks")
    for name, title, axis in (
        ("eta", "Track η", ETA), ("chi2", "Track χ² per degree of freedom", CHI2),
    ):  # fmt: skip
        booking.spectrum(where[name], title, axis, y_title="Tracks")
    booking.hits(where["phi"], "Track φ", (PHI,), ("phi",), y_title="Tracks")


@functools.cache
def _straight() -> Array:
    """Without a field all tracks are given the same momentum, but for rounding."""
    return gaussian(PT, 5.0, 0.3)


@functools.cache
def _shapes(cosmic: bool) -> dict[str, Array]:
    eta = gaussian(ETA, 0.0, 0.55)
    if not cosmic:
        rise = 1 + 0.35 * (ETA.centers / 2.4) ** 2
        eta = np.concatenate([[0.0], rise * (abs(ETA.centers) < 2.5), [0.0]])
    return {
        "hits": gaussian(HITS, 11.0 if cosmic else 15.0, 3.5),
        "pt": power(PT, 2.2, 3.0) if cosmic else power(PT, 3.2, 1.0),
        "eta": eta,
        "chi2": gaussian(CHI2, 0.95, 0.35) * 0.85 + exponential(CHI2, 1.2) * 0.15,
    }


def _numbers(mean: float) -> Array:
    """Tracks per event: Poisson's law, for events that are more or less busy."""
    busy = np.linspace(0.2, 1.8, 9)
    weights = np.exp(-0.5 * ((busy - 1) / 0.35) ** 2)
    parts = [poissonian(TRACKS, mean * each) for each in busy]
    found: Array = np.tensordot(weights / weights.sum(), np.array(parts), 1)
    return found


def fill_tracks(now: Lumisection) -> None:
    """Add one lumisection."""
    run_type, rng = now.state.run_type, now.rng
    where, shapes = paths(run_type), _shapes(run_type == "cosmics")
    share = PER_CLUSTER[run_type] * now.state.tracking()
    found = rng.binomial(now.hits, share)
    total = float(found.sum())
    now.book[where["phi"]].add_hits(found)
    for name, shape in shapes.items():
        if name == "pt" and not now.state.field_on:
            shape = _straight()
        now.book[where[name]].add(spread(rng, total, shape))
    if now.events:
        mean = total / now.events
        now.book[where["number"]].add(spread(rng, now.events, _numbers(mean)))


def track_tests(
    run_type: RunType, phi: Element, clusters_per_event: float
) -> list[QualityTest]:
    """The quality tests.

    Args:
        run_type: of the run.
        phi: the element of the tracks' azimuth.
        clusters_per_event: nominal, of all working channels.
    """
    cosmic = run_type == "cosmics"
    where = paths(run_type)
    fewest, most_hits = (9, 13) if cosmic else (13, 17)
    softest, hardest = (3.0, 12.0) if cosmic else (1.4, 3.0)
    most = round(2 * clusters_per_event * PER_CLUSTER[run_type], 1)
    return [
        MeanWithin(where["number"], 0, most, most, unit="tracks", part="Tracks"),
        MeanWithin(where["hits"], fewest, most_hits, 2, unit="hits", part="Tracks"),
        MeanWithin(where["pt"], softest, hardest, 3, unit="GeV", part="Tracks"),
        MeanWithin(where["eta"], -0.08, 0.08, 0.15, enough=2000, part="Tracks"),
        MeanWithin(where["chi2"], 0.8, 1.3, 0.5, part="Tracks"),
        Occupancy(
            phi.path, cells(phi), noun="φ bins", ring_axis=-1, empty_below=0.4,
            warn=0.0, bad=0.05, part="Tracks",
        ),
    ]  # fmt: skip
