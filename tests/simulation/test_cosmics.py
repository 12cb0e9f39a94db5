"""What a cosmic run shows: muons come from above."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from dqmconsole.model.histogram import Array, Histogram
from dqmconsole.rootio.dqmfile import DqmFile
from dqmconsole.simulation.cosmics import downward, through_layers
from dqmconsole.simulation.expected import ExpectedIncrements
from dqmconsole.simulation.subsystems import csc, dt, ecal, pixelphase1, rpc
from dqmconsole.simulation.table.causes import find
from dqmconsole.simulation.tracks import ETA
from dqmconsole.site.site import bundled_site

if TYPE_CHECKING:
    from dqmconsole.simulation.state.beam import RunType

TRACKS = "SiStrip/Tracking/TrackParameters/GeneralProperties"
MUONS = "L1T/L1TStage2uGMT"
TOP, BOTTOM, UPRIGHT = 4, 10, {1, 7}  # sectors


def reference(path: str, run_type: str = "cosmics") -> Array:
    """The inner bins of an element of the bundled reference."""
    file = bundled_site() / "layouts" / "references" / f"{run_type}.root"
    bundled = DqmFile(file)
    with bundled:
        found = bundled.element(path)
    assert isinstance(found, Histogram)
    return found.values()


def test_the_flux_through_a_layer_is_that_of_cos_squared() -> None:
    # by summing over directions: intensity cos² of the zenith angle, from above only
    theta, turn = np.meshgrid(
        (np.arange(400) + 0.5) * np.pi / 800,
        (np.arange(400) + 0.5) * np.pi / 200,
        indexing="ij",
    )
    up, aside = np.cos(theta), np.sin(theta) * np.cos(turn)

    def flux(phi: float) -> float:
        through = abs(up * np.sin(phi) + aside * np.cos(phi))
        return float((up**2 * through * np.sin(theta)).sum())

    for phi in (0.0, 0.4, 1.0, np.pi / 2, -2.0):
        expected = flux(phi) / flux(np.pi / 2)
        assert float(through_layers(np.array(phi))) == pytest.approx(expected, abs=2e-3)


@pytest.mark.parametrize("path", [dt.GLOBAL, dt.SEGMENTS_GLOBAL, rpc.BARREL_MAP])
def test_the_top_sector_is_brightest_and_the_upright_ones_see_least(path: str) -> None:
    wheels = [1, 4] if path != rpc.BARREL_MAP else [0, 2, 3]  # without known holes
    by_sector = reference(path)[:, wheels].sum(axis=1)
    assert int(by_sector.argmax()) == TOP - 1
    share = by_sector / by_sector[TOP - 1]
    assert 0.7 < share[BOTTOM - 1] < 0.9
    assert set(share.argsort()[:2] + 1) == UPRIGHT


def test_muons_tracks_and_segments_tell_of_one_sky() -> None:
    muons = reference(f"{MUONS}/ugmtMuonPhi").reshape(12, 2).sum(axis=1)
    upper, lower = muons[6:], muons[:6]
    assert lower.sum() < 0.95 * upper.sum()
    # opposite places are crossed by the same muons: the shapes agree but for losses
    assert np.allclose(upper / upper.sum(), lower / lower.sum(), atol=0.02)
    tracks = reference(f"{TRACKS}/TrackPhi_CKFTk")
    assert not tracks[12:].any(), "all fly downwards"
    # those near the beam line fly as the intensity has it: cos² of the zenith angle
    edges = np.linspace(-np.pi, 0, 13)
    sky = np.diff(edges / 2 - np.sin(2 * edges) / 4)
    assert np.allclose(tracks[:12] / tracks.sum(), sky / sky.sum(), atol=0.02)


def test_few_are_level_enough_for_the_endcaps() -> None:
    eta = np.abs(ETA.centers)
    tracks = reference(f"{TRACKS}/TrackEta_CKFTk")
    assert tracks[eta > 2].sum() < 0.005 * tracks.sum()
    muons = reference(f"{MUONS}/ugmtMuonEta")
    assert 0 < muons[:6].sum() + muons[-6:].sum() < 0.1 * muons.sum()
    endcaps = reference(csc.STRIP_MAP).sum() + reference(csc.WIRE_MAP).sum()
    assert endcaps < 0.2 * reference(dt.GLOBAL).sum()


@pytest.mark.parametrize("path", [rpc.ENDCAP_MAP, csc.STRIP_MAP])
def test_the_disks_of_both_kinds_of_chamber_see_the_same_sky(path: str) -> None:
    by_turn = reference(path)
    by_turn = by_turn[:, by_turn.min(axis=0) > 0].sum(axis=1)  # of 36 chambers
    top, side = by_turn[6:12].sum(), by_turn[[0, 1, 2, 34, 35]].sum() * 6 / 5
    assert 1.5 < top / side < 2.2


@pytest.mark.parametrize("run_type", ["collisions", "cosmics"])
def test_calorimeters_see_no_beam_where_there_is_none(run_type: RunType) -> None:
    beam = run_type == "collisions"
    barrel = reference("Ecal/EBOccupancyTask/EBOT digi occupancy", run_type)
    rings = np.median(barrel, axis=0)
    assert (rings.max() > 1.3 * rings.min()) == beam
    endcap = reference("Ecal/EEOccupancyTask/EEOT digi occupancy EE +", run_type)
    filled = endcap[endcap > 0]
    assert (filled.max() > 2 * np.median(filled)) == beam
    forward = reference("Hcal/DigiTask/Occupancyvsieta/Subdet/HF", run_type)
    cells = forward[-13:-2]  # iη 29 to 39
    assert (cells.max() > 1.05 * cells.min()) == beam
    spectrum = reference("Ecal/EBOccupancyTask/EBOT rec hit spectrum", run_type)
    energy = float(spectrum @ ecal.ENERGY.centers / spectrum.sum())
    assert energy > 1 if beam else 0.3 < energy < 0.5
    charge = reference("Hcal/DigiTask/SumQ/SubdetPM/HFM", run_type)
    # of noise alone most is in the first bins, and nothing peaks
    assert (charge[:5].sum() > 0.9 * charge.sum()) != beam


def test_a_module_of_any_layer_sees_as_many_muons() -> None:
    built = pixelphase1.channels("cosmics")
    place = built.coordinates["place"]
    by_layer = [built.rate[place == each].mean() for each in range(4)]
    assert max(by_layer) < 1.03 * min(by_layer)
    strips = [
        reference(f"SiStrip/MechanicalView/{part}/NumberOfClusters_LayerVsPhi__{part}")
        for part in ("TIB", "TOB")
    ]
    # more modules are further out; medians leave out the known holes
    layers = np.concatenate([np.median(each, axis=0) for each in strips])
    assert (np.diff(layers) > 0).all()


def test_drift_tubes_see_more_muons_further_out_and_no_wheel_is_special() -> None:
    built = dt.channels("cosmics")
    at = built.coordinates
    inner = (at["sector"] == 1) & (at["wheel"] == 0)
    means = [
        built.rate[inner & (at["station"] == each)].mean() for each in (1, 2, 3, 4)
    ]
    assert (np.diff(means) > 0).all()
    wheels = [built.rate[at["wheel"] == each].sum() for each in dt.WHEELS]
    assert wheels == pytest.approx([wheels[0]] * 5)


def test_a_cosmic_track_has_hits_and_most_events_have_none() -> None:
    folder = "SiStrip/Tracking/TrackParameters/HitProperties"
    hits = reference(f"{folder}/NumberOfRecHitsPerTrack_CKFTk")
    assert not hits[:5].any()
    tracks = reference(f"{TRACKS}/NumberOfTracks_CKFTk")
    assert tracks[0] > 0.8 * tracks.sum()


@pytest.mark.parametrize(
    ("run_type", "ratio"), [("cosmics", 1.28), ("collisions", 1.02)]
)
def test_positive_muons_for_a_negative_one(run_type: str, ratio: float) -> None:
    negative, nothing, positive = reference(f"{MUONS}/ugmtMuonCharge", run_type)
    assert nothing == 0
    assert positive / negative == pytest.approx(ratio, rel=0.03)


def test_without_a_field_the_charge_is_a_coin_toss() -> None:
    expected = ExpectedIncrements("cosmics", ["L1T"])
    path = f"{MUONS}/ugmtMuonCharge"
    bent = expected.gained()[path]
    assert bent[3] == pytest.approx(1.28 * bent[1])
    straight = expected.gained(find("field-off"))[path]
    assert straight[3] == pytest.approx(straight[1])


def test_a_muon_through_the_tracker_flies_downwards() -> None:
    places = np.array([np.pi / 2, -np.pi / 2, 0.1, -0.1, np.pi])
    expected = [-np.pi / 2, -np.pi / 2, 0.1 - np.pi, -0.1, 0.0]
    assert downward(places) == pytest.approx(expected)
