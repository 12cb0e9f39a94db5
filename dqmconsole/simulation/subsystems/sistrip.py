"""SiStrip: clusters by layer, signal to noise, status by FED, and the tracks.

Channels are groups of modules: a layer, one of 24 directions in phi, and a place
along z (barrel) or a ring (disks). Paths as cmssw DQM/SiStripMonitorClient and
DQM/TrackingMonitor book them where these have such an element; the times, in
SimulatedTime, are this simulation's own. All numbers are simulated.
"""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING

import msgspec
import numpy as np

from dqmconsole.model.histogram import Array, Axis
from dqmconsole.simulation.centrality import PARTICLES
from dqmconsole.simulation.checked import (
    flags_within,
    last_within,
    mean_within,
    occupancy,
)
from dqmconsole.simulation.cosmics import (
    IN_DISKS,
    downward,
    near_beam_line,
    through_layers,
)
from dqmconsole.simulation.elements import Element, labelled
from dqmconsole.simulation.fed_integrity import frames_flags
from dqmconsole.simulation.lumisection import Lumisection, all_hits, drawn_once
from dqmconsole.simulation.quality import (
    QualityInput,
    QualityOutcome,
    graded,
    too_few,
)
from dqmconsole.simulation.rows import (
    distribution,
    flags,
    hit_map,
    hit_times,
    hits_per_event,
    latest,
)
from dqmconsole.simulation.shapes import landau, poissonian, spread
from dqmconsole.simulation.state.channels import Geometry, Threshold, geometry
from dqmconsole.simulation.state.parts import FEDS, FedStatus
from dqmconsole.simulation.subsystem import Subsystem
from dqmconsole.simulation.tracks import share_on_tracks, track_rows

if TYPE_CHECKING:
    from dqmconsole.simulation.state.beam import RunType


class TrackerPart(msgspec.Struct, frozen=True):
    """One part of the tracker.

    Attributes:
        folder: below SiStrip/MechanicalView.
        suffix: end of the names of its elements.
        layers: layers, disks or wheels.
        noise: most probable signal to noise of its clusters.
        readout: name of its group in the readout view.
    """

    folder: str
    suffix: str
    layers: int
    noise: float
    readout: str

    def path(self, name: str) -> str:
        """Path of one of its elements."""
        return f"SiStrip/MechanicalView/{self.folder}/{name}__{self.suffix}"


PARTS: dict[str, TrackerPart] = {
    "TIB": TrackerPart("TIB", "TIB", 4, 24.0, "TIB"),
    "TOB": TrackerPart("TOB", "TOB", 6, 29.0, "TOB"),
    "TID-": TrackerPart("TID/MINUS", "TID__MINUS", 3, 23.0, "TIB"),
    "TID+": TrackerPart("TID/PLUS", "TID__PLUS", 3, 23.0, "TIB"),
    "TEC-": TrackerPart("TEC/MINUS", "TEC__MINUS", 9, 27.0, "TECB"),
    "TEC+": TrackerPart("TEC/PLUS", "TEC__PLUS", 9, 27.0, "TECF"),
}
NAMES = tuple(PARTS)
READOUT = ("TIB", "TOB", "TECB", "TECF")
PHIS = 24
PHI = Axis(PHIS, -np.pi, np.pi, title="φ [rad]")
Z_PLACE = Axis(6, 0.5, 6.5, title="Place along z")
NOISE = Axis(100, 0.0, 100.0, title="Signal to noise")
TIME = Axis(100, -50.0, 50.0, title="Time [ns]")
ERRORS = Axis(60, -0.5, 59.5, title="FEDs in error")
LAYER_NUMBERS = labelled(
    tuple(str(number) for number in range(1, 10)), "Layer, disk or wheel"
)
PART_ROWS = labelled(NAMES, "Part")
FED_ROWS = labelled(tuple(str(each) for each in FEDS["SiStrip"]), "FED")
FIRST_RING = (1, 1, 1, 2, 2, 2, 3, 3, 4)
"""Innermost ring of each wheel of TEC; the outermost is 7."""

RATE = {"collisions": 0.20, "heavy-ions": 0.20 * PARTICLES, "cosmics": 0.044}
RADII = {
    "TIB": (25.5, 33.9, 41.85, 49.8), "TOB": (60.8, 69.2, 78.0, 86.8, 96.5, 108.0),
}  # fmt: skip
LENGTHS = {"TIB": 140.0, "TOB": 236.0}
"""Radii of the layers of the barrel and their lengths, cm ("The CMS experiment at the
CERN LHC", JINST 3 (2008) S08004, section 3.4)."""
COSMIC_AREA = 13_500.0
"""Radius times length of what sees :data:`RATE` of a cosmic run, cm2. Chosen: this rate
has noise in it, and is some ten times that of the muons that cross the tracker."""
THRESHOLD = Threshold(0.2)
"""Of all clusters, as an exponential: what it loses is off tracks.

For a cluster five times the noise suffice ("Description and performance of track and
primary-vertex reconstruction with the CMS tracker", JINST 9 (2014) P10009, section 3;
ClusterThreshold in cmssw RecoLocalTracker/SiStripClusterizer). Chosen: those on tracks
have 20 to 30 times the noise, and those beside them a soft spectrum.
"""
NOISY = 4.0
"""Noise for each cluster of a particle, from which on modules are no longer good."""
SIGMA = {"collisions": 4.0, "heavy-ions": 4.0, "cosmics": 9.0}
KNOWN = (
    # part, layer, first and last direction in phi, from 1
    ("TIB", 3, 13, 16), ("TOB", 1, 20, 23), ("TOB", 4, 14, 16),
    ("TID-", 2, 10, 11), ("TEC-", 8, 18, 20), ("TEC+", 5, 3, 6),
)  # fmt: skip
GOOD_MAP = "SiStrip/MechanicalView/detFractionReportMap"
CLUSTER_TIME = "SiStrip/SimulatedTime/ClusterTime_{}"
"""Of no CMS element: the strips measure no time. It stands for the scans of delays by
which CMS sees that strips are late. (FETimeDiff in cmssw DQM/SiStripMonitorHardware is
empty in good running: it counts front ends whose address is not that of the APVe.)"""
FED_STATUS = "SiStrip/ReadoutView/Trends/FED/fedStatusVsIdVsLumi"
FED_ERRORS = "SiStrip/ReadoutView/FED/nFEDErrors"


def channels(run_type: RunType) -> Geometry:
    """Some 4500 groups of modules."""
    rows: list[tuple[int, int, int, int]] = []
    for number, (name, region) in enumerate(PARTS.items()):
        for layer in range(1, region.layers + 1):
            groups = range(1, 7)
            if name.startswith("TID"):
                groups = range(1, 4)
            elif name.startswith("TEC"):
                groups = range(FIRST_RING[layer - 1], 8)
            rows += [
                (number, layer, phi, each)
                for phi in range(1, PHIS + 1)
                for each in groups
            ]
    part, layer, phi, group = np.array(rows).T
    barrel = part < 2
    share = np.where(barrel, 1.25 - 0.09 * layer, 1.1 - 0.04 * layer)
    at = PHI.centers[phi - 1]
    cosmic = run_type == "cosmics"
    if cosmic:
        # as many muons cross a module of any layer, and more modules are further out
        areas = [LENGTHS[name] * np.array(RADII[name]) for name in NAMES[:2]]
        outer = np.concatenate(areas)[np.where(barrel, 4 * part + layer - 1, 0)]
        share = np.where(barrel, outer / COSMIC_AREA * through_layers(at), IN_DISKS)
    known = np.zeros(part.size, bool)
    for name, number, first, last in KNOWN:
        known |= (
            (part == NAMES.index(name))
            & (layer == number)
            & (phi >= first)
            & (phi <= last)
        )
    return geometry(
        {
            "part": part,
            "layer": layer,
            "phi": at,
            "track_phi": downward(at) if cosmic else at,
            "on_tracks": near_beam_line(at) if cosmic else np.ones(at.size),
            "group": group,
            "readout": np.array([READOUT.index(PARTS[name].readout) for name in NAMES])[
                part
            ],
        },
        RATE[run_type] * share,
        known=known,
        fed=FEDS["SiStrip"].start + _fed(part, layer, phi - 1),
        board=_stacked(part, layer, (phi - 1) // 2, PHIS // 2),
        sector=_sector(part, layer, phi - 1),
        threshold=THRESHOLD,
        partitions=("TIBTID",) * 84 + ("TOB",) * 72 + ("TECm",) * 72 + ("TECp",) * 72,
        crate=_crates(),
        t0_spread=0.8,
        seed=50,
    )


def _stacked(part: Array, layer: Array, turn: Array, turns: int) -> Array:
    """Number each (layer, turn) of all parts through, layers one after the other."""
    before = np.cumsum([0, *(region.layers for region in PARTS.values())])[part]
    found: Array = (before + layer - 1) * turns + turn
    return found


def _fed(part: Array, layer: Array, phi: Array) -> Array:
    """240 drivers for the barrel, 72 for TID, 126 for TEC, from 0."""
    tec = 312 + 63 * (part - 4) + 7 * (layer - 1) + phi * 7 // PHIS
    tid = 240 + 36 * (part - 2) + 12 * (layer - 1) + phi // 2
    barrel = 96 * part + PHIS * (layer - 1) + phi
    found: Array = np.select([part < 2, part < 4], [barrel, tid], tec)
    return found


def _sector(part: Array, layer: Array, phi: Array) -> Array:
    """High-voltage sectors: 84 of TIB and TID, 72 of TOB, 72 of each TEC."""
    tib = 12 * (layer - 1) + phi // 2
    tob = 84 + 12 * (layer - 1) + phi // 2
    tid = 48 + 18 * (part - 2) + 6 * (layer - 1) + phi // 4
    tec = 156 + 72 * (part - 4) + 8 * (layer - 1) + phi // 3
    found: Array = np.select([part == 0, part == 1, part < 4], [tib, tob, tid], tec)
    return found


def _crates() -> Array:
    """What supplies each high-voltage sector: layers, TID's sides, an eighth of TEC.

    Power groups and control rings go by layer in the barrel, and by eighth in phi
    through all nine wheels in TEC ("The CMS experiment at the CERN LHC", JINST 3 (2008)
    S08004, section 3); that a supply goes with a whole one is chosen.
    """
    layers = np.arange(4).repeat(12), np.arange(6, 12).repeat(12)
    eighths = np.tile(np.arange(8), 9)
    return np.concatenate(
        [layers[0], np.arange(4, 6).repeat(18), layers[1], 12 + eighths, 20 + eighths]
    )


class GoodShare(msgspec.Struct, frozen=True):
    """The share of good modules of every layer, in the latest content.

    Attributes:
        usual: share that is known to be good, by flat bin of the map.
        warn, bad: a layer this much below is a warning, an error.
    """

    usual: tuple[float, ...]
    warn: float = 0.02
    bad: float = 0.05
    name: str = "GoodShare"
    window: int = 1
    part: str = "Modules"

    def judge(self, given: QualityInput) -> QualityOutcome:
        """Judge an element."""
        shares = given.now.values().ravel()
        usual = np.array(self.usual)
        judged = shares > 0
        if not judged.any():
            return too_few("no layer has enough clusters")
        lacking = np.where(judged, usual - shares, 0.0)
        worst = int(np.argmax(lacking))
        x, y = divmod(worst, given.now.axes[1].bins)
        place = f"{given.now.axes[0].labels[x]} {given.now.axes[1].labels[y]}"
        words = (
            f"worst {place}: {shares[worst]:.1%} of the modules good, "
            f"{usual[worst]:.1%} expected, in LS {given.last}"
        )
        lack = float(lacking[worst])
        return graded(lack, self.warn, self.bad, 1 - lack, words)


def layer_map(name: str, layer: int) -> str:
    """Path of the map of one barrel layer."""
    return (
        f"SiStrip/MechanicalView/{name}/layer_{layer}/"
        f"TkHMap_NumberOfOnTrackCluster_{name}_L{layer}"
    )


@functools.lru_cache(maxsize=128)
def _signals(name: str, gain: float) -> Array:
    peak = PARTS[name].noise * gain
    return landau(NOISE, peak, 0.1 * peak)


@drawn_once
def _on_track(now: Lumisection) -> Array:
    """Clusters that are on tracks: noise is on none."""
    return now.rng.binomial(now.particles, share_on_tracks(now))


def _part_rows(built: Geometry, name: str) -> list[Element]:
    """The elements of one part of the tracker."""
    part = PARTS[name]
    mine = built.coordinates["part"] == NAMES.index(name)
    layers = Axis(part.layers, 0.5, part.layers + 0.5, title="Layer")
    most = round(2 * float(built.rate[mine & ~built.known].sum()))

    def signals(now: Lumisection) -> Array:
        found = _on_track(now)
        gain = now.channels.response(found, mine)
        return spread(now.rng, float(found[mine].sum()), _signals(name, gain))

    return [
        hit_map(
            built, part.path("NumberOfClusters_LayerVsPhi"),
            f"{name} clusters by layer and φ", (PHI, layers), ("phi", "layer"),
            all_hits, select=mine, y_title="Clusters",
            test=occupancy(noun="cells", ring="y", part=name),
        ),
        distribution(
            part.path("Summary_ClusterStoNCorr_OnTrack"),
            f"{name} signal to noise of clusters on tracks", (NOISE,), signals,
            y_title="Clusters",
            test=mean_within(
                part.noise, 1.6 * part.noise, 0.3 * part.noise, part="S/N"
            ),
        ),
        hits_per_event(
            part.path("TotalNumberOfClusterProfile"), f"{name} clusters per event",
            select=mine, y_title="Clusters per event",
            test=last_within(0, most, most, unit="clusters per event", part=name),
        ),
    ]  # fmt: skip


def _layer_row(built: Geometry, name: str, layer: int) -> Element:
    """The modules of one barrel layer."""
    where = built.coordinates
    mine = (where["part"] == NAMES.index(name)) & (where["layer"] == layer)
    return hit_map(
        built, layer_map(name, layer), f"{name} layer {layer}, clusters on tracks",
        (Z_PLACE, PHI), ("group", "phi"), _on_track, select=mine, y_title="Clusters",
        test=occupancy(noun="modules", ring="none", part=name),
    )  # fmt: skip


def _layer_numbers(built: Geometry) -> Array:
    """Number of the layer of each channel, nine numbers a part."""
    found: Array = 9 * built.coordinates["part"] + built.coordinates["layer"] - 1
    return found


def _good_modules(now: Lumisection) -> Array:
    """Share of good modules, shape (parts, 9): neither silent nor noisy."""
    built, hits, row = now.built, now.particles, _layer_numbers(now.built)
    quiet = now.noise < NOISY * np.maximum(hits, 1)
    layers = 9 * len(NAMES)
    working = np.bincount(row, np.where(built.known, 0, built.rate), minlength=layers)
    usual = np.bincount(row, hits, minlength=layers) / np.maximum(working, 1e-9)
    fine = quiet & (hits > 0.2 * usual[row] * built.rate)
    alive = np.bincount(row, fine, minlength=layers)
    number = np.bincount(row, minlength=layers)
    enough = (number > 0) & (np.bincount(row, hits, minlength=layers) >= 20 * number)
    # 0 is left to what does not exist or cannot be judged: it is drawn empty
    good = np.where(enough, np.clip(alive / np.maximum(number, 1), 0.001, 1.0), 0.0)
    return good.reshape(len(NAMES), 9)


def _usual_shares(built: Geometry) -> tuple[float, ...]:
    row, number = _layer_numbers(built), 9 * len(NAMES)
    total = np.bincount(row, minlength=number)
    fine = np.bincount(row, ~built.known, minlength=number)
    return tuple((fine / np.maximum(total, 1)).tolist())


def _drivers_in_error(now: Lumisection) -> Array:
    """Events by the number of drivers in error."""
    ids = FEDS["SiStrip"]
    status = now.state.feds[ids.start : ids.stop]
    lost = int((status == int(FedStatus.LOST)).sum())
    return np.roll(spread(now.rng, now.events, poissonian(ERRORS, 0.05)), lost)


def rows(run_type: RunType, built: Geometry | None) -> tuple[Element, ...]:
    """The table."""
    assert built is not None
    readout = built.coordinates["readout"]
    clusters = float((built.rate * built.coordinates["on_tracks"])[~built.known].sum())
    return (
        *(row for name in PARTS for row in _part_rows(built, name)),
        *(
            _layer_row(built, name, layer)
            for name in ("TIB", "TOB")
            for layer in range(1, PARTS[name].layers + 1)
        ),
        *(
            distribution(
                CLUSTER_TIME.format(name), f"{name} time of the clusters", (TIME,),
                hit_times(TIME, _on_track, SIGMA[run_type], readout == number),
                y_title="Clusters",
                test=mean_within(-2, 2, 2, unit="ns", part="Timing"),
            )
            for number, name in enumerate(READOUT)
        ),
        latest(
            GOOD_MAP, "Share of good modules", (PART_ROWS, LAYER_NUMBERS),
            _good_modules, y_title="Share", efficiency=True,
            entries=lambda good: float((good > 0).sum()),
            test=GoodShare(_usual_shares(built)),
        ),
        flags(
            FED_STATUS, "Status by FED", FED_ROWS,
            lambda now: frames_flags(now, "SiStrip"),
            test=flags_within(noun="FEDs", bad=0, part="FEDs"),
        ),
        distribution(
            FED_ERRORS, "FEDs in error, by event", (ERRORS,), _drivers_in_error,
            test=mean_within(0, 0.5, 9.5, unit="FEDs", part="FEDs"),
        ),
        *track_rows(run_type, built, clusters),
    )  # fmt: skip


SUBSYSTEM = Subsystem("SiStrip", rows, channels)
