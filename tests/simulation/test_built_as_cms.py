"""Channels are where CMS has them: the comb of HF and HE, the rolls of RPC, tracks."""

from __future__ import annotations

import numpy as np

from dqmconsole.model.histogram import Histogram
from dqmconsole.rootio.dqmfile import DqmFile
from dqmconsole.simulation.subsystems import hcal, rpc
from dqmconsole.site.site import bundled_site


def test_the_last_rings_of_hf_have_eighteen_cells() -> None:
    at = hcal.channels("collisions").coordinates
    for ieta, phis in ((39, range(1, 73, 2)), (40, range(3, 73, 4)), (-41, None)):
        mine = (at["part"] == 2) & (at["ieta"] == ieta) & (at["depth"] == 1)
        wanted = np.array(phis or range(3, 73, 4))
        assert np.array_equal(np.sort(at["iphi"][mine]), wanted)


def test_digis_by_iphi_are_a_comb_where_rings_have_odd_iphi_alone() -> None:
    built = hcal.channels("collisions")
    rows = {each.path: each for each in hcal.rows("collisions", built)}

    def by_iphi(half: str) -> np.ndarray:
        row = rows[f"Hcal/DigiTask/Occupancyvsiphi/SubdetPM/{half}"]
        assert row.bins is not None
        assert row.axes[0].bins == 72
        counts = np.bincount(row.bins.flat, built.rate[row.bins.channels], minlength=74)
        return counts[1:-1]

    forward = by_iphi("HFM")
    assert not forward[1::2].any()
    assert (forward[0::2] > 0).all()
    endcap = by_iphi("HEP")
    assert (endcap[1::2] < 0.3 * endcap[0::2]).all()
    barrel = by_iphi("HBM")
    assert barrel.min() > 0.9 * barrel.max()


def test_rolls_are_those_of_the_barrel() -> None:
    built = rpc.channels("collisions")
    at = built.coordinates
    inside = at["part"] == 0
    assert inside.sum() == 1020 * rpc.HALVES
    top = inside & (at["roll"] > 17)
    assert set(at["sector"][top]) == {4}
    for sector, number in ((4, 21), (9, 15), (10, 17), (11, 15)):
        mine = inside & (at["station"] == 0) & (at["sector"] == sector)
        assert np.unique(at["roll"][mine]).size == number


def test_the_middle_roll_is_of_rb2out_in_the_outer_wheels_alone() -> None:
    built = rpc.channels("collisions")
    rows = {each.path: each for each in rpc.rows("collisions", built)}
    for wheel in rpc.WHEELS:
        labels = rows[rpc.WHEEL_MAP.format(wheel)].axes[1].labels
        assert labels is not None
        middle = "RB2out M" if abs(wheel) == 2 else "RB2in M"
        assert [each for each in labels if each.endswith(" M")] == [middle]
        assert len(labels) == 21


def test_tracks_become_fewer_where_they_leave_the_tracker() -> None:
    path = "SiStrip/Tracking/TrackParameters/GeneralProperties/TrackEta_ImpactPoint"
    file = DqmFile(bundled_site() / "layouts" / "references" / "collisions.root")
    with file:
        found = file.element(f"{path}_GenTk")
    assert isinstance(found, Histogram)
    eta, counts = abs(found.axes[0].centers), found.values()
    middle, shoulder, edge = (
        counts[(eta > low) & (eta < low + 0.3)].mean() for low in (0.0, 1.5, 2.2)
    )
    assert edge < middle < shoulder
    assert not counts[eta > 2.5].any()
