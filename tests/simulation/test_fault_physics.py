"""Faults look as they do in a detector: what must change does, and nothing else."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING

import msgspec
import numpy as np
import pytest

from dqmconsole.simulation.expected import ExpectedIncrements
from dqmconsole.simulation.registry import all_subsystems
from dqmconsole.simulation.simulation import Simulation
from dqmconsole.simulation.state.detector import DetectorState
from dqmconsole.simulation.state.parts import Voltage
from dqmconsole.simulation.subsystems import pixelphase1, sistrip
from dqmconsole.simulation.table import targets
from dqmconsole.simulation.table.causes import find
from dqmconsole.simulation.table.ideal import Shown, shown

if TYPE_CHECKING:
    from dqmconsole.model.histogram import Array
    from dqmconsole.simulation.state.beam import RunType


@functools.cache
def expected(
    name: str, target: str, size: float = 0.0, run_type: RunType = "collisions"
) -> dict[str, Shown]:
    """What the plots of a subsystem hold on average, with a fault or without.

    Args:
        name: of the fault; "" for none.
        target: the subsystem.
        size: of the fault; the table's when 0.
        run_type: of the run.
    """
    if not name:
        return shown(None, target, run_type)
    cause = msgspec.structs.replace(find(name), target=target, place=0)
    if size:
        cause = msgspec.structs.replace(cause, size=size)
    return shown(cause, target, run_type)


def ratio(path: str, name: str, target: str, size: float = 0.0) -> Array:
    """How many times more each filled bin of a plot holds with the fault."""
    usual = expected("", target)[path].counts
    now = expected(name, target, size)[path].counts
    filled = usual > 0
    return now[filled] / usual[filled]


def mean(path: str, name: str, target: str, size: float = 0.0) -> float:
    """Mean number of the bin of a distribution."""
    counts = expected(name, target, size)[path].counts
    return float(counts @ np.arange(counts.size) / counts.sum())


RPC_MAP = "RPC/AllHits/SummaryHistograms/Occupancy_for_{}"
RPC_EFFICIENCY = "RPC/RPCEfficiency/Efficiency_for_{}"


def segments(name: str = "") -> dict[str, Array]:
    """By how many segments each roll of RPC is measured, by path of the efficiency."""
    increments = ExpectedIncrements("collisions", ["RPC"])
    increments.gained(
        *([msgspec.structs.replace(find(name), target="RPC", place=0)] if name else [])
    )
    return {
        path: one.bin_entries.ravel()
        for path, one in increments.elements.items()
        if one.bin_entries is not None
    }


@pytest.mark.parametrize("name", ["hv-trip", "fed-lost"])
def test_chambers_that_give_nothing_have_no_efficiency(name: str) -> None:
    usual, now = expected("", "RPC"), expected(name, "RPC")
    silent, before, after = 0, segments(), segments(name)
    for part in ("Barrel", "Endcap"):
        path = RPC_MAP.format(part)
        left = now[path].counts / np.maximum(usual[path].counts, 1e-9)
        dead = (left < 0.05) & (usual[path].counts > 0)
        silent += int(dead.sum())
        path = RPC_EFFICIENCY.format(part)
        assert (usual[path].means[dead] > 0.9).all()
        assert (now[path].means[dead] < 0.05).all()
        # segments point at them all the same: they are measured
        assert (before[path][dead] > 0).all()
        assert after[path][dead] == pytest.approx(before[path][dead])
        fine = (left > 0.999) & (usual[path].means > 0)
        assert now[path].means[fine] == pytest.approx(usual[path].means[fine])
    assert silent >= 3


def test_a_roll_that_is_masked_has_no_efficiency_to_be_measured() -> None:
    usual = expected("", "RPC")
    path = "RPC/RPCEfficiency/Efficiency_Roll_vs_Sector_Wheel_2"
    means = usual[path].means.reshape(14, 23)
    assert not means[7, 10:18].any()  # known to be bad
    assert (means[6, 1:18] > 0.8).all()


def test_a_hot_roll_is_no_more_efficient_than_it_was() -> None:
    usual, now = expected("", "RPC"), expected("hot-channel", "RPC")
    hot = 0
    for part in ("Barrel", "Endcap"):
        path = RPC_MAP.format(part)
        hot += int((now[path].counts > 1.5 * usual[path].counts).sum())
        path = RPC_EFFICIENCY.format(part)
        assert now[path].means == pytest.approx(usual[path].means)
    assert hot == 1


HCAL = "Hcal/DigiTask"
STRIPS = "SiStrip/MechanicalView"
TRACKS = "SiStrip/Tracking/TrackParameters"
CSC = "CSC/CSCOfflineMonitor/Occupancy"
PIXEL = "PixelPhase1/Phase1_MechanicalView"

NOISY: dict[tuple[str, str], tuple[str, tuple[str, ...]]] = {
    # fault, subsystem: what the plots are called that have more, those that have not
    ("noise-burst", "SiStrip"): (
        "NumberOfClusters_LayerVsPhi",
        (
            f"{STRIPS}/TIB/layer_1/TkHMap_NumberOfOnTrackCluster_TIB_L1",
            f"{STRIPS}/TIB/Summary_ClusterStoNCorr_OnTrack__TIB",
            f"{TRACKS}/GeneralProperties/NumberOfTracks_GenTk",
            f"{TRACKS}/GeneralProperties/TrackPhi_ImpactPoint_GenTk",
            "SiStrip/SimulatedTime/ClusterTime_TIB",
        ),
    ),
    ("noise-burst", "CSC"): (
        f"{CSC}/hOStrips",
        (f"{CSC}/hORecHits", f"{CSC}/hOSegments",
         "CSC/CSCOfflineMonitor/BXMonitor/hALCTgetBX"),
    ),
    ("hot-channel", "CSC"): (CSC, (f"{CSC}/hORecHits", f"{CSC}/hOSegments")),
    ("hot-channel", "DT"): (
        "DT/01-Digi/OccupancySummary_W",
        ("DT/02-Segments/SegmentGlbSummary", "DT/02-Segments/SegmentT0",
         "DT/03-LocalTrigger-TM/TM_BX"),
    ),
}  # fmt: skip


@pytest.mark.parametrize(("name", "target"), NOISY)
def test_noise_adds_hits_and_makes_no_tracks(name: str, target: str) -> None:
    more, alike = NOISY[name, target]
    grown = [
        path
        for path, one in expected(name, target).items()
        if one.counts.size and ratio(path, name, target).max(initial=0) > 1.5
    ]
    assert any(more in path for path in grown)
    for path in alike:
        assert ratio(path, name, target) == pytest.approx(1), path


CALORIMETERS = (
    *(
        ("Hcal", f"{HCAL}/Occupancy/depth/depth{n}",
         f"{HCAL}/OccupancyCut/depth/depth{n}")
        for n in (1, 2, 3)
    ),
    *(
        ("Ecal", f"Ecal/{p}OccupancyTask/{p}OT digi occupancy{s}",
         f"Ecal/{p}OccupancyTask/{p}OT rec hit thr occupancy{s}")
        for p, s in (("EB", ""), ("EE", " EE -"), ("EE", " EE +"))
    ),
)  # fmt: skip


def test_noise_in_the_calorimeters_lies_near_the_pedestal() -> None:
    size, noisy = 12.0, set()
    for target, digis, cut in CALORIMETERS:
        more = ratio(digis, "noise-burst", target, size).max()
        if more > 1.5:
            noisy.add(target)
            assert more == pytest.approx(size, rel=0.01)
            assert 1.5 < ratio(cut, "noise-burst", target, size).max() < 0.6 * size
    assert noisy == {"Hcal", "Ecal"}


def test_a_hot_cell_of_castor_gives_rec_hits_at_any_time() -> None:
    name, target, folder = "hot-channel", "Castor", "Castor/CastorRecHitMonitor"
    hits, times = (
        [expected(each, target)[f"{folder}/{path}"].counts for each in ("", name)]
        for path in ("CastorRecHitOccMap", "CastorRecHitTime")
    )
    noise, late = hits[1] - hits[0], times[1] - times[0]
    assert (noise > 1).sum() == 1
    assert late.sum() == pytest.approx(0.05 * noise.sum(), rel=1e-3)
    assert late[1:-1] == pytest.approx(late.sum() / 100, abs=1)
    for path in ("CASTORTowerEMvsEhad", "Reco all tiles"):
        assert ratio(f"{folder}/{path}", name, target) == pytest.approx(1)


def test_a_hot_pixel_module_has_single_pixels_just_above_threshold() -> None:
    name, target = "hot-channel", "PixelPhase1"
    paths = {
        f"{what}_{half}": path.format(half)
        for half in ("PXBarrel", "PXForward")
        for what, path in (
            ("charge", f"{PIXEL}/charge_{{}}"),
            ("size", f"{PIXEL}/size_{{}}"),
            ("time", pixelphase1.CLUSTER_TIME),
        )
    }
    more = {
        each: expected(name, target)[path].counts - expected("", target)[path].counts
        for each, path in paths.items()
    }
    half = "PXBarrel" if more["size_PXBarrel"].sum() > 1 else "PXForward"
    noise = more[f"size_{half}"].sum()
    assert noise > 1
    assert more[f"size_{half}"][1] == pytest.approx(noise)
    # nearly all below 5,000 electrons, far below the peak of the particles
    assert more[f"charge_{half}"][:6].sum() == pytest.approx(noise, rel=1e-3)
    assert more[f"time_{half}"][1:-1] == pytest.approx(noise / 100, rel=1e-3)


@pytest.mark.parametrize(
    ("target", "path", "known"),
    [
        # 13 serve known dead modules alone
        ("SiStrip", sistrip.FED_STATUS, 13),
        ("PixelPhase1", pixelphase1.FED_STATUS, 0),
    ],
)
@pytest.mark.parametrize(("fault", "bad"), [("hv-trip", False), ("fed-lost", True)])
def test_a_driver_of_the_tracker_is_good_without_voltage(
    target: str, path: str, known: int, fault: str, bad: bool
) -> None:
    cause = msgspec.structs.replace(find(fault), target=target, size=2.0, onset=1)
    simulation = Simulation("cosmics", 3, [cause], only=[target], tested=False)
    simulation.step()
    flags = simulation.clients[target].book[path].contents[1, 1:-1]
    assert (flags == 0).any() == bad
    assert (flags == -1).sum() == known
    voltage = simulation.state.channels[target].voltage
    assert (voltage != int(Voltage.ON)).any() == (fault == "hv-trip")


HITS_PER_TRACK = f"{TRACKS}/HitProperties/NumberOfRecHitsPerTrack_GenTk"
HITS_PER_SEGMENT = "DT/02-Segments/h4DSegmNHits"


@pytest.mark.parametrize(
    ("path", "name", "target", "least", "most"),
    [
        (HITS_PER_TRACK, "hv-trip", "SiStrip", 0.05, 1.5),
        (HITS_PER_TRACK, "layer-inefficient", "SiStrip", 0.02, 1.5),
        (HITS_PER_SEGMENT, "layer-inefficient", "DT", 0.05, 2.0),
    ],
)  # fmt: skip
def test_what_is_silent_is_missing_from_tracks_and_segments(
    path: str, name: str, target: str, least: float, most: float
) -> None:
    fewer = mean(path, "", target) - mean(path, name, target)
    assert least < fewer < most


@pytest.mark.parametrize(
    ("name", "least", "most"), [("board-dead", 2.0, 3.0), ("fed-lost", 1.0, 1.0)]
)
def test_a_dead_superlayer_shortens_segments_and_a_lost_driver_has_none(
    name: str, least: float, most: float
) -> None:
    usual, now = (
        expected(each, "DT", 1.0)[HITS_PER_SEGMENT].counts for each in ("", name)
    )
    lost, long = usual - now, slice(10, None)  # of ten hits or more
    # a third of a chamber's segments goes with a superlayer; others have some 8 hits
    times = (lost[long].sum() / lost.sum()) / (usual[long].sum() / usual.sum())
    assert least - 1e-3 < times < most + 1e-3


def test_in_standby_neither_tracks_nor_efficiencies_are_measured() -> None:
    chambers, strips = expected("hv-on", "RPC"), expected("hv-on", "SiStrip")
    for part in ("Barrel", "Endcap"):
        measured = chambers[RPC_EFFICIENCY.format(part)]
        assert not measured.means.any()
        assert not measured.errors.any()
        assert chambers[RPC_MAP.format(part)].counts.any()
    assert not strips[HITS_PER_TRACK].counts.any()
    events = strips[f"{TRACKS}/GeneralProperties/NumberOfTracks_GenTk"].counts
    assert events[1] == pytest.approx(events.sum())  # of no track


def test_a_dead_plane_of_a_pot_is_missing_from_the_fits_of_its_view() -> None:
    usual, now = expected("", "CTPPS"), expected("board-dead", "CTPPS", 1.0)
    fits = [path for path in usual if "contributing to fit" in path]
    fewer = {
        path: mean(path, "", "CTPPS") - mean(path, "board-dead", "CTPPS", 1.0)
        for path in fits
    }
    (struck,) = [path for path, each in fewer.items() if each > 0.1]
    assert fewer[struck] < 1.1
    assert sum(fewer.values()) == pytest.approx(fewer[struck])
    counts = now[struck].counts
    # bins of 0 to 5 planes, between the flow bins
    assert counts[6] < 1e-6 * counts[5]
    assert not counts[:4].any()  # of fewer than three there is no fit


DRIFTING = {
    # subsystem: occupancy, share that is left of it at 30 and at 50 % less response
    "Ecal": ("Ecal/EBOccupancyTask/EBOT digi occupancy", 0.94, 0.87),
    "Hcal": (f"{HCAL}/Occupancy/depth/depth1", 0.91, 0.81),
    "CSC": (f"{CSC}/hOStrips", 1.0, 0.985),
    "PixelPhase1": (
        f"{PIXEL}/PXBarrel/num_digis_per_SignedModule_per_SignedLadder_PXLayer_2",
        0.93, 0.81,
    ),
    "SiStrip": (f"{STRIPS}/TOB/NumberOfClusters_LayerVsPhi__TOB", 0.92, 0.82),
}  # fmt: skip


@pytest.mark.parametrize("target", DRIFTING)
def test_a_smaller_response_loses_hits_at_the_threshold(target: str) -> None:
    path, some, many = DRIFTING[target]
    name, left = "gain-drift", []
    for size, share in ((3.0, 1.0), (30.0, some), (50.0, many)):
        now = ratio(path, name, target, size)
        assert now == pytest.approx(share, abs=0.02)
        left.append(float(now.mean()))
    assert 1 >= left[0] >= left[1] > left[2]


@pytest.mark.parametrize(
    ("path", "cut", "target"),
    [
        (f"{HCAL}/Occupancy/depth/depth1", f"{HCAL}/OccupancyCut/depth/depth1", "Hcal"),
        ("Ecal/EBOccupancyTask/EBOT digi occupancy",
         "Ecal/EBOccupancyTask/EBOT rec hit thr occupancy", "Ecal"),
    ],
)  # fmt: skip
def test_the_higher_the_threshold_the_more_it_loses(
    path: str, cut: str, target: str
) -> None:
    digis, above = (ratio(each, "gain-drift", target) for each in (path, cut))
    assert above.max() < digis.min() - 0.05


def test_the_spectrum_of_rec_hits_still_begins_at_its_threshold() -> None:
    path = "Ecal/EBOccupancyTask/EBOT rec hit spectrum"
    counts = expected("gain-drift", "Ecal", 50.0)[path].counts
    assert not counts[:2].any()  # flow, 0 to 0.2 GeV
    assert counts[2] > 0
    fewer = mean(path, "", "Ecal") - mean(path, "gain-drift", "Ecal", 50.0)
    assert fewer == pytest.approx(2.1, abs=0.3)  # bins of 0.2 GeV


def test_pixel_clusters_get_smaller_and_strips_on_tracks_stay() -> None:
    for half, fewer in (("PXBarrel", 0.79), ("PXForward", 0.47)):
        path = f"{PIXEL}/size_{half}"
        less = mean(path, "", "PixelPhase1") - mean(
            path, "gain-drift", "PixelPhase1", 50.0
        )
        assert less == pytest.approx(fewer, abs=0.1)
    for path in (
        f"{STRIPS}/TIB/layer_1/TkHMap_NumberOfOnTrackCluster_TIB_L1",
        f"{TRACKS}/GeneralProperties/TrackPhi_ImpactPoint_GenTk",
        HITS_PER_TRACK,
    ):
        assert ratio(path, "gain-drift", "SiStrip", 50.0) == pytest.approx(1)


GEOMETRIES = {each.name: each.geometry for each in all_subsystems()}


def tripped(target: str, size: float, place: int) -> tuple[DetectorState, Array]:
    """A detector, and the sectors of it that trip together."""
    geometry = GEOMETRIES[target]
    assert geometry is not None
    state = DetectorState("collisions", {target: geometry("collisions")}, 1)
    state.begin()
    cause = find("hv-trip")
    one = msgspec.structs.replace(cause, target=target, size=size, place=place)
    return state, targets.sectors(one, state)


@pytest.mark.parametrize("target", find("hv-trip").targets)
def test_what_trips_together_shares_a_supply(target: str) -> None:
    for place in range(12):
        for size in find("hv-trip").sizes:
            state, sectors = tripped(target, size, place)
            built = state.channels[target].built
            crates = built.crate[sectors]
            # a crate holds so many, or all of the first that is struck is
            members = (built.crate == crates[0]).sum()
            assert np.unique(crates).size == 1 or sectors.size >= 0.5 * members
            assert len({built.partitions[each] for each in sectors}) == 1
            assert 1 <= sectors.size <= size


TOGETHER = {
    # subsystem, number of sectors: what their channels have in common
    ("DT", 4): ("wheel", "folded"),
    ("Ecal", 4): ("part",),
    ("Hcal", 4): ("part", "side"),
    ("RPC", 4): ("part", "station"),
    ("CSC", 8): ("row",),
}


@pytest.mark.parametrize(("target", "size"), TOGETHER)
def test_a_crate_supplies_what_stands_together(target: str, size: int) -> None:
    for place in range(8):
        state, sectors = tripped(target, size, place)
        built = state.channels[target].built
        if np.unique(built.crate[sectors]).size > 1:
            continue  # some of a crate are known to be bad
        mine = np.isin(built.sector, sectors)
        for name in TOGETHER[target, size]:
            assert np.unique(built.coordinates[name][mine]).size == 1, name


def test_in_an_endcap_of_the_strips_an_eighth_trips_through_the_wheels() -> None:
    seen = 0
    for place in range(20):
        state, sectors = tripped("SiStrip", 4, place)
        built = state.channels["SiStrip"].built
        mine = np.isin(built.sector, sectors)
        if (built.coordinates["part"][mine] < 4).any():
            continue
        seen += 1
        assert np.unique(built.coordinates["layer"][mine]).size == 4
        assert np.unique(built.coordinates["phi"][mine]).size == 3  # of 24
    assert seen


def test_a_power_group_of_the_pixels_has_layers_1_and_4_or_2_and_3() -> None:
    seen = set()
    for place in range(20):
        state, sectors = tripped("PixelPhase1", 1, place)
        built = state.channels["PixelPhase1"].built
        mine = np.isin(built.sector, sectors)
        if built.coordinates["barrel"][mine].all():
            seen.add(tuple(np.unique(built.coordinates["place"][mine]).tolist()))
    # the twelve ladders of layer 1 are not in all sectors
    assert {(0, 3), (1, 2)} <= seen <= {(0, 3), (1, 2), (3,)}
