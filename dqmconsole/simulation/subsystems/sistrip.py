"""SiStrip: clusters by layer, signal to noise, status by FED, and the tracks.

Channels are groups of modules: a layer, one of 24 directions in phi, and a place
along z (barrel) or a ring (disks). Paths as cmssw DQM/SiStripMonitorClient and
DQM/TrackingMonitor book them. All numbers are simulated.
"""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING

import msgspec
import numpy as np

from dqmconsole.model.histogram import Array, Axis
from dqmconsole.simulation.booking import Booking, cells, known_cells
from dqmconsole.simulation.elements import Element, labelled
from dqmconsole.simulation.good_share import GoodShare
from dqmconsole.simulation.shapes import landau, poissonian, spread, times
from dqmconsole.simulation.state.channels import Geometry, geometry
from dqmconsole.simulation.state.parts import FEDS, FedStatus
from dqmconsole.simulation.state.sight import Sight
from dqmconsole.simulation.subsystem import Lumisection, Subsystem
from dqmconsole.simulation.thresholds import (
    FlagsWithin,
    LastWithin,
    MeanWithin,
    Occupancy,
)
from dqmconsole.simulation.tracks import book_tracks, fill_tracks, paths, track_tests

if TYPE_CHECKING:
    from dqmconsole.model.layout import RunType
    from dqmconsole.simulation.quality import QualityTest


class Region(msgspec.Struct, frozen=True):
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


REGIONS: dict[str, Region] = {
    "TIB": Region("TIB", "TIB", 4, 24.0, "TIB"),
    "TOB": Region("TOB", "TOB", 6, 29.0, "TOB"),
    "TID-": Region("TID/MINUS", "TID__MINUS", 3, 23.0, "TIB"),
    "TID+": Region("TID/PLUS", "TID__PLUS", 3, 23.0, "TIB"),
    "TEC-": Region("TEC/MINUS", "TEC__MINUS", 9, 27.0, "TECB"),
    "TEC+": Region("TEC/PLUS", "TEC__PLUS", 9, 27.0, "TECF"),
}
NAMES = tuple(REGIONS)
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
PARTS = labelled(NAMES, "Part")
FED_ROWS = labelled(tuple(str(each) for each in FEDS["SiStrip"]), "FED")
FIRST_RING = (1, 1, 1, 2, 2, 2, 3, 3, 4)
"""Innermost ring of each wheel of TEC; the outermost is 7."""

RATE = {"collisions": 0.20, "heavy-ions": 0.12, "cosmics": 0.03}
ON_TRACK = 0.5
SIGMA = {"collisions": 4.0, "heavy-ions": 4.0, "cosmics": 9.0}
KNOWN = (
    # part, layer, first and last direction in phi, from 1
    ("TIB", 3, 13, 16), ("TOB", 1, 20, 23), ("TOB", 4, 14, 16),
    ("TID-", 2, 10, 11), ("TEC-", 8, 18, 20), ("TEC+", 5, 3, 6),
)  # fmt: skip
GOOD_MAP = "SiStrip/MechanicalView/detFractionReportMap"
FED_STATUS = "SiStrip/ReadoutView/Trends/FED/fedStatusVsIdVsLumi"
FED_ERRORS = "SiStrip/ReadoutView/FED/nFEDErrors"


def channels(run_type: RunType) -> Geometry:
    """Some 4500 groups of modules."""
    rows: list[tuple[int, int, int, int]] = []
    for number, (name, region) in enumerate(REGIONS.items()):
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
    if run_type == "cosmics":
        # muons come from above and below
        share = share * (0.6 + 0.8 * abs(np.sin(PHI.centers[phi - 1])))
    known = np.zeros(part.size, bool)
    for name, at, first, last in KNOWN:
        known |= (
            (part == NAMES.index(name)) & (layer == at) & (phi >= first) & (phi <= last)
        )
    return geometry(
        {
            "part": part,
            "layer": layer,
            "phi": PHI.centers[phi - 1],
            "group": group,
            "readout": np.array(
                [READOUT.index(REGIONS[name].readout) for name in NAMES]
            )[part],
        },
        RATE[run_type] * share,
        known=known,
        fed=FEDS["SiStrip"].start + _fed(part, layer, phi - 1),
        board=_stacked(part, layer, (phi - 1) // 2, PHIS // 2),
        sector=_sector(part, layer, phi - 1),
        partitions=("TIBTID",) * 84 + ("TOB",) * 72 + ("TECm",) * 72 + ("TECp",) * 72,
        t0_spread=0.8,
        seed=50,
    )


def _stacked(part: Array, layer: Array, turn: Array, turns: int) -> Array:
    """Number each (layer, turn) of all parts through, layers one after the other."""
    before = np.cumsum([0, *(region.layers for region in REGIONS.values())])[part]
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


def book(run_type: RunType, built: Geometry | None) -> tuple[Element, ...]:
    """Declare the elements."""
    assert built is not None
    where = built.coordinates
    booking = Booking("SiStrip", built)
    for number, (name, region) in enumerate(REGIONS.items()):
        mine = where["part"] == number
        layers = Axis(region.layers, 0.5, region.layers + 0.5, title="Layer")
        booking.hits(
            region.path("NumberOfClusters_LayerVsPhi"),
            f"{name} clusters by layer and φ", (PHI, layers), ("phi", "layer"),
            select=mine, y_title="Clusters",
        )  # fmt: skip
        booking.spectrum(
            region.path("Summary_ClusterStoNCorr_OnTrack"),
            f"{name} signal to noise of clusters on tracks", NOISE, select=mine,
            quantity="response", y_title="Clusters",
        )  # fmt: skip
        booking.hits_per_event_trend(
            region.path("TotalNumberOfClusterProfile"), f"{name} clusters per event",
            select=mine, y_title="Clusters per event",
        )  # fmt: skip
    for name in ("TIB", "TOB"):
        for layer in range(1, REGIONS[name].layers + 1):
            mine = (where["part"] == NAMES.index(name)) & (where["layer"] == layer)
            booking.hits(
                layer_map(name, layer), f"{name} layer {layer}, clusters on tracks",
                (Z_PLACE, PHI), ("group", "phi"), select=mine, y_title="Clusters",
            )  # fmt: skip
    for number, name in enumerate(READOUT):
        booking.spectrum(
            readout_time(name), f"{name} time of the front ends", TIME,
            select=where["readout"] == number, quantity="time", y_title="Clusters",
        )  # fmt: skip
    booking.add(
        Element(
            GOOD_MAP,
            "Share of good modules",
            (PARTS, LAYER_NUMBERS),
            root_class="TH2F",
            accumulates="latest",
            efficiency=True,
            y_title="Share",
        )
    )
    booking.flags(
        FED_STATUS,
        "Status by FED",
        FED_ROWS,
        row_of_channel=built.fed - FEDS["SiStrip"].start,
    )
    booking.add(
        Element(
            FED_ERRORS,
            "FEDs in error, by event",
            (ERRORS,),
            sight=Sight("feds missing", "SiStrip"),
            y_title="Events",
        )
    )
    book_tracks(booking, run_type)
    return booking.done()


def layer_map(name: str, layer: int) -> str:
    """Path of the map of one barrel layer."""
    return (
        f"SiStrip/MechanicalView/{name}/layer_{layer}/"
        f"TkHMap_NumberOfOnTrackCluster_{name}_L{layer}"
    )


def readout_time(name: str) -> str:
    """Path of the times of one group of the readout."""
    return f"SiStrip/ReadoutView/FE/APVe/FETimeDiff{name}"


@functools.lru_cache(maxsize=128)
def _signals(name: str, gain: float) -> Array:
    peak = REGIONS[name].noise * gain
    return landau(NOISE, peak, 0.1 * peak)


def fill(now: Lumisection) -> None:
    """Add one lumisection."""
    assert now.channels is not None
    rng, hits, book_ = now.rng, now.hits, now.book
    where = now.channels.built.coordinates
    on_track = rng.binomial(hits, ON_TRACK)
    totals = np.bincount(where["part"], hits, minlength=len(NAMES))
    kept = np.bincount(where["part"], on_track, minlength=len(NAMES))
    for number, (name, region) in enumerate(REGIONS.items()):
        book_[region.path("NumberOfClusters_LayerVsPhi")].add_hits(hits)
        gain = now.channels.response(on_track, where["part"] == number)
        book_[region.path("Summary_ClusterStoNCorr_OnTrack")].add(
            spread(rng, float(kept[number]), _signals(name, gain))
        )
        if now.events:
            mean = float(totals[number]) / now.events
            book_[region.path("TotalNumberOfClusterProfile")].add_trend(
                now.number, now.events, mean, mean**0.5
            )
    for name in ("TIB", "TOB"):
        for layer in range(1, REGIONS[name].layers + 1):
            book_[layer_map(name, layer)].add_hits(on_track)
    sigma = SIGMA[now.state.run_type]
    for number, name in enumerate(READOUT):
        mine = where["readout"] == number
        book_[readout_time(name)].add(
            times(rng, TIME, on_track[mine], now.channels.t0[mine], sigma)
        )
    _fill_readout(now)
    fill_tracks(now)


def _fill_readout(now: Lumisection) -> None:
    """Good modules by layer, flags by FED, and the FEDs in error."""
    assert now.channels is not None
    built, hits = now.channels.built, now.hits
    where = built.coordinates
    row = 9 * where["part"] + where["layer"] - 1
    places = 9 * len(NAMES)
    working = np.bincount(row, np.where(built.known, 0, built.rate), minlength=places)
    usual = np.bincount(row, hits, minlength=places) / np.maximum(working, 1e-9)
    alive = np.bincount(row, hits > 0.2 * usual[row] * built.rate, minlength=places)
    number = np.bincount(row, minlength=places)
    enough = (number > 0) & (np.bincount(row, hits, minlength=places) >= 20 * number)
    # 0 is left to what does not exist or cannot be judged: it is drawn empty
    good = np.where(enough, np.clip(alive / np.maximum(number, 1), 0.001, 1.0), 0.0)
    report = now.book[GOOD_MAP]
    report.reset()
    report.contents[1:-1, 1:-1] = good.reshape(len(NAMES), 9)
    report.entries = float((good > 0).sum())
    first, drivers = FEDS["SiStrip"].start, len(FEDS["SiStrip"])
    fed, rate = built.fed - first, np.where(built.known, 0.0, built.rate)
    counts = np.bincount(fed, hits, minlength=drivers)
    nominal = np.bincount(fed, rate, minlength=drivers)
    judged = nominal > 0
    share = np.divide(counts, nominal, out=np.zeros(drivers), where=judged)
    flags = np.full(drivers, -1.0)
    if float(np.median(counts[judged])) >= 40:
        flags[judged] = share[judged] > 0.5 * float(np.median(share[judged]))
    status = now.state.feds[first : first + drivers]
    flags[status == int(FedStatus.OUT)] = -1.0
    now.book[FED_STATUS].set_column(now.number, flags)
    lost = int((status == int(FedStatus.LOST)).sum())
    now.book[FED_ERRORS].add(
        np.roll(spread(now.rng, now.events, poissonian(ERRORS, 0.05)), lost)
    )


def _usual_shares(built: Geometry) -> tuple[float, ...]:
    row = 9 * built.coordinates["part"] + built.coordinates["layer"] - 1
    number = 9 * len(NAMES)
    total = np.bincount(row, minlength=number)
    fine = np.bincount(row, ~built.known, minlength=number)
    return tuple((fine / np.maximum(total, 1)).tolist())


def tests(run_type: RunType, built: Geometry | None) -> tuple[QualityTest, ...]:
    """The quality tests."""
    assert built is not None
    found: list[QualityTest] = []
    elements = {each.path: each for each in book(run_type, built)}
    working = ~built.known
    for number, (name, region) in enumerate(REGIONS.items()):
        path = region.path("NumberOfClusters_LayerVsPhi")
        peak = region.noise
        most = round(
            2 * float(built.rate[working & (built.coordinates["part"] == number)].sum())
        )
        found += [
            Occupancy(
                path, cells(elements[path]), known=known_cells(elements[path], built),
                noun="cells", ring_axis=1, part=name,
            ),
            MeanWithin(
                region.path("Summary_ClusterStoNCorr_OnTrack"), peak, 1.6 * peak,
                0.3 * peak, part="S/N",
            ),
            LastWithin(
                region.path("TotalNumberOfClusterProfile"), 0, most, most,
                unit="clusters per event", part=name,
            ),
        ]  # fmt: skip
    found += [
        Occupancy(
            path, cells(elements[path]), known=known_cells(elements[path], built),
            noun="modules", ring_axis=-1, part=path.split("/")[2],
        )
        for path in elements if "TkHMap" in path
    ]  # fmt: skip
    found += [
        MeanWithin(readout_time(name), -2, 2, 2, unit="ns", part="Timing")
        for name in READOUT
    ]
    found += [
        GoodShare(GOOD_MAP, _usual_shares(built)),
        FlagsWithin(FED_STATUS, noun="FEDs", bad=0, part="FEDs"),
        MeanWithin(FED_ERRORS, 0, 0.5, 9.5, unit="FEDs", part="FEDs"),
    ]
    clusters = float(built.rate[working].sum())
    found += track_tests(run_type, elements[paths(run_type)["phi"]], clusters)
    return tuple(found)


SUBSYSTEM = Subsystem(
    name="SiStrip", book=book, fill=fill, tests=tests, geometry=channels
)
