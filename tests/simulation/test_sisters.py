"""Plots that counted the same hits before a cause was injected count the same after."""

from __future__ import annotations

import numpy as np
import pytest

from dqmconsole.simulation.table.sisters import to_total
from dqmconsole.simulation.table.smoothing import smooth
from tests.support.realism import BEFORE, LAST, Elements, injected, named

DIGIS = "Hcal/DigiTask"


@pytest.fixture(scope="module", params=["noise-burst:Hcal", "hv-on:Hcal"])
def burst(request: pytest.FixtureRequest) -> Elements:
    return injected(named(request.param), 7).after


def total(elements: Elements, folder: str) -> float:
    return sum(
        float(np.asarray(each.contents, np.float64).sum())
        for path, each in elements.items()
        if path.startswith(f"{DIGIS}/{folder}/")
    )


def test_maps_and_projections_count_the_same_hits(burst: Elements) -> None:
    hits = total(burst, "Occupancy/depth")
    assert hits > 1000
    assert total(burst, "Occupancyvsieta/Subdet") == hits
    assert total(burst, "Occupancyvsiphi/SubdetPM") == hits
    assert total(burst, "SumQ/SubdetPM") == hits
    above = total(burst, "OccupancyCut/depth")
    assert total(burst, "TimingCut/SubdetPM") == above


def test_the_trend_of_hits_holds_as_many(burst: Elements) -> None:
    trends = [f"{DIGIS}/OccupancyvsLS/Subdet/{part}" for part in ("HB", "HE")]
    for path in trends:
        by_eta = burst[path.replace("OccupancyvsLS", "Occupancyvsieta")]
        assert burst[path].contents.sum() == pytest.approx(by_eta.contents.sum())


def test_hits_above_a_threshold_are_hits(burst: Elements) -> None:
    for depth in (1, 2, 3, 4):
        every = burst[f"{DIGIS}/Occupancy/depth/depth{depth}"]
        above = burst[f"{DIGIS}/OccupancyCut/depth/depth{depth}"]
        means = burst[f"{DIGIS}/TimingCut/depth/depth{depth}"]
        assert (above.contents <= every.contents).all()
        assert means.bin_entries is not None
        assert (means.bin_entries == above.contents).all()


def test_all_plots_have_as_many_events() -> None:
    item = injected(named("lumi-drop"), 7)
    trend = item.after["SiStrip/MechanicalView/TIB/TotalNumberOfClusterProfile__TIB"]
    assert trend.bin_entries is not None
    events = trend.bin_entries.sum()
    tracks = "SiStrip/Tracking/TrackParameters/GeneralProperties/NumberOfTracks_GenTk"
    assert item.after[tracks].contents.sum() == events
    assert item.after["SiStrip/ReadoutView/FED/nFEDErrors"].contents.sum() == events
    assert events == int(events)
    per_lumisection = trend.bin_entries[[BEFORE, LAST]]
    assert per_lumisection[1] < 0.5 * per_lumisection[0]


def test_to_total_takes_and_puts_whole_entries_where_entries_are() -> None:
    rng = np.random.default_rng(1)
    counts = np.array([0.0, 5.0, 0.0, 7.0])
    for wanted in (0, 3, 12, 40):
        found = to_total(rng, counts, wanted)
        assert found.sum() == wanted
        assert (found == found.round()).all()
        assert (found[counts == 0] == 0).all()


def test_smoothing_takes_out_fluctuations_and_leaves_edges() -> None:
    rng = np.random.default_rng(1)
    true = np.where(np.arange(200) < 100, 400.0, 40.0)
    counts = rng.poisson(true).astype(np.float64)
    found = smooth(counts)
    assert found.sum() == pytest.approx(counts.sum())
    away = np.r_[15:85, 115:185]
    scatter = ((found - true)[away] ** 2 / true[away]).mean()
    assert scatter < 0.4
    assert found[90:99].mean() > 350
    assert found[101:110].mean() < 60
