"""Tracks: what the tracking writes into the file of the strips.

Each kind of run has its own track collection, named as cmssw DQM/TrackingMonitor
names them: GenTk, CKFTk (cosmics), HeavyIonTk. Tracks follow from the clusters of
the strips, and there are none without the pixel barrel, nor while a partition of the
strips has its DCS bit off: CMS fills them of events with all bits of the tracker on
(dcsPartitions in cmssw DQM/TrackingMonitorSource, pset4GenericTriggerEventFlag_cfi.py).
"""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING

import numpy as np

from dqmconsole.model.histogram import Array, Axis
from dqmconsole.simulation.centrality import events_by_number
from dqmconsole.simulation.checked import mean_within, occupancy
from dqmconsole.simulation.cosmics import ETA_WIDTH
from dqmconsole.simulation.lumisection import Lumisection, drawn_once
from dqmconsole.simulation.rows import distribution, hit_map
from dqmconsole.simulation.shapes import (
    erf,
    exponential,
    gaussian,
    poissonian,
    power,
    spread,
)

if TYPE_CHECKING:
    from dqmconsole.simulation.elements import Element
    from dqmconsole.simulation.state.beam import RunType
    from dqmconsole.simulation.state.channels import Geometry

PHI = Axis(24, -np.pi, np.pi, title="φ [rad]")
ETA = Axis(52, -2.6, 2.6, title="η")
PT = Axis(100, 0.0, 100.0, title="pT [GeV]")
CHI2 = Axis(50, 0.0, 10.0, title="χ² per degree of freedom")
HITS = Axis(35, -0.5, 34.5, title="Hits of the track")
TRACKS = Axis(100, -0.5, 99.5, title="Tracks")
ION_TRACKS = Axis(100, -0.5, 199.5, title="Tracks")
COLLECTIONS: dict[RunType, str] = {
    "collisions": "GenTk",
    "cosmics": "CKFTk",
    "heavy-ions": "HeavyIonTk",
}
PER_CLUSTER: dict[RunType, float] = {
    "collisions": 0.030,
    "heavy-ions": 0.030,
    "cosmics": 0.003,
}
"""Tracks per cluster of the strips that may be on one. Chosen: with beam there are some
tenth of the tracks that CMS has, and in cosmic runs several times as many."""

LEAST_HITS = {True: 5, False: 3}
"""Hits that a track has at least, in cosmic runs and with beam. Chosen, about what the
finders of CMS ask (minimumNumberOfHits in cmssw RecoTracker)."""

ON_TRACK = 0.5
"""Share of the clusters of particles in the strips that are on tracks."""


@functools.cache
def _straight() -> Array:
    """Without a field all tracks are given the same momentum, but for rounding."""
    return gaussian(PT, 5.0, 0.3)


@functools.cache
def _momenta(cosmic: bool) -> Array:
    return power(PT, 2.2, 3.0) if cosmic else power(PT, 3.2, 1.0)


@functools.cache
def _etas(cosmic: bool) -> Array:
    if cosmic:
        return gaussian(ETA, 0.0, ETA_WIDTH)
    eta = abs(ETA.centers)
    # more material outwards than at 0, and from 2 on fewer layers: chosen
    plateau = 1 + 0.2 * (eta / 1.5) ** 2
    found = np.minimum(plateau, 1.2) * 0.5 * (1 - erf((eta - 2.35) / 0.25))
    return np.concatenate([[0.0], found * (eta < 2.5), [0.0]])


@functools.cache
def _hits(mean: float, least: int) -> Array:
    """Hits of the tracks; what has fewer than it takes is no track."""
    shape = gaussian(HITS, mean, 3.5)
    shape[: least + 1] = 0.0
    return shape


@functools.cache
def _fit_quality() -> Array:
    return gaussian(CHI2, 0.95, 0.35) * 0.85 + exponential(CHI2, 1.2) * 0.15


def _numbers(mean: float, run_type: RunType) -> Array:
    """Tracks per event: Poisson's law, for events that are more or less busy.

    Those of ions follow their centrality.
    """
    if run_type == "heavy-ions":
        return events_by_number(ION_TRACKS, mean)
    busy = np.linspace(0.2, 1.8, 9)
    weights = np.exp(-0.5 * ((busy - 1) / 0.35) ** 2)
    parts = [poissonian(TRACKS, mean * each) for each in busy]
    found: Array = np.tensordot(weights / weights.sum(), np.array(parts), 1)
    return found


def share_on_tracks(now: Lumisection) -> Array | float:
    """Share of the clusters that arrive that are on tracks: one of all, or by channel.

    What falls below the threshold was on no track: of the rest a larger share is.
    """
    responses, threshold = now.channels.responses(), now.built.threshold
    if threshold is None or not (responses < 1).any():
        return ON_TRACK
    found: Array = ON_TRACK / np.maximum(threshold.kept(responses), ON_TRACK)
    return found


@drawn_once
def _tracks(now: Lumisection) -> Array:
    """Tracks by the channel whose cluster they begin with."""
    if not now.state.powered("SiStrip"):
        return np.zeros_like(now.particles)
    begun = PER_CLUSTER[now.state.run_type] * now.state.tracking() / ON_TRACK
    on_tracks = share_on_tracks(now) * now.built.coordinates["on_tracks"]
    return now.rng.binomial(now.particles, begun * on_tracks)


def _spread(now: Lumisection, shape: Array) -> Array:
    """All tracks, by the chance of each bin."""
    return spread(now.rng, float(_tracks(now).sum()), shape)


def _by_number(now: Lumisection) -> Array:
    """Events by their number of tracks."""
    mean = float(_tracks(now).sum()) / max(now.events, 1)
    return spread(now.rng, now.events, _numbers(mean, now.state.run_type))


def track_rows(
    run_type: RunType, built: Geometry, clusters_per_event: float
) -> tuple[Element, ...]:
    """The rows of the tracks.

    Args:
        run_type: of the run.
        built: the channels of the strips, with the coordinates "track_phi", azimuth of
            the tracks that cross it, rad, and "on_tracks", share of its clusters that
            may be on one.
        clusters_per_event: such clusters, nominal, of all working channels.
    """
    cosmic, tag = run_type == "cosmics", COLLECTIONS[run_type]
    point = "" if cosmic else "_ImpactPoint"
    parameters = "SiStrip/Tracking/TrackParameters"
    general = f"{parameters}/GeneralProperties"
    most = round(2 * clusters_per_event * PER_CLUSTER[run_type], 1)
    mean_hits = 11.0 if cosmic else 15.0
    least = LEAST_HITS[cosmic]
    usual = _hits(mean_hits, least)

    def hits_of_track(now: Lumisection) -> Array:
        # a track goes on through modules without voltage, and has fewer hits
        arrived = now.arrived()
        return _spread(now, _hits(mean_hits * arrived, least) if arrived < 1 else usual)

    def momenta(now: Lumisection) -> Array:
        shape = _momenta(cosmic) if now.state.field_on else _straight()
        return _spread(now, shape)

    return (
        hit_map(
            built, f"{general}/TrackPhi{point}_{tag}", "Track φ", (PHI,),
            ("track_phi",),
            _tracks, y_title="Tracks",
            test=mean_within(-1.77, -1.37, 0.2, unit="rad", part="Tracks")
            if cosmic
            else occupancy(
                noun="φ bins", ring="none", dead=0.4, warn=0.0, bad=0.05,
                part="Tracks",
            ),
        ),
        distribution(
            f"{parameters}/HitProperties/NumberOfRecHitsPerTrack_{tag}",
            "Hits per track", (HITS,), hits_of_track,
            y_title="Tracks",
            test=mean_within(
                *((9, 13) if cosmic else (13, 17)), 2, unit="hits", part="Tracks"
            ),
        ),
        distribution(
            f"{general}/TrackPt{point}_{tag}", "Track pT", (PT,), momenta,
            y_title="Tracks",
            test=mean_within(
                *((3.0, 12.0) if cosmic else (1.4, 3.0)), 3, unit="GeV", part="Tracks"
            ),
        ),
        distribution(
            f"{general}/TrackEta{point}_{tag}", "Track η", (ETA,),
            lambda now: _spread(now, _etas(cosmic)), y_title="Tracks",
            test=mean_within(-0.08, 0.08, 0.15, enough=2000, part="Tracks"),
        ),
        distribution(
            f"{general}/Chi2oNDF_{tag}", "Track χ² per degree of freedom", (CHI2,),
            lambda now: _spread(now, _fit_quality()), y_title="Tracks",
            test=mean_within(0.8, 1.3, 0.5, part="Tracks"),
        ),
        distribution(
            f"{general}/NumberOfTracks_{tag}", "Tracks per event",
            (ION_TRACKS if run_type == "heavy-ions" else TRACKS,), _by_number,
            test=mean_within(0, most, most, unit="tracks", part="Tracks"),
        ),
    )  # fmt: skip
