"""What heavy ions show: few collisions are head on, and all parts see the same ones."""

from __future__ import annotations

import numpy as np
import pytest

from dqmconsole.model.histogram import Axis, Histogram
from dqmconsole.rootio.dqmfile import DqmFile
from dqmconsole.simulation.centrality import (
    MEAN,
    PARTICLES,
    events_by_cells,
    events_by_number,
)
from dqmconsole.simulation.registry import all_subsystems
from dqmconsole.simulation.subsystems import castor
from dqmconsole.site.site import bundled_site

TRACKS = "SiStrip/Tracking/TrackParameters/GeneralProperties/NumberOfTracks_HeavyIonTk"
TOTAL_ET = "L1T/L1TStage2CaloLayer2/Energy-Sums/ETTRank"


@pytest.mark.parametrize("mean", [5.0, 34.0, 1200.0])
def test_events_have_the_mean_that_is_asked_for_and_end_at_a_knee(mean: float) -> None:
    axis = Axis(2000, 0.0, 8 * mean)
    chance = events_by_number(axis, mean)
    assert chance.sum() == pytest.approx(1.0)
    assert chance[1:-1] @ axis.centers == pytest.approx(mean, rel=0.01)
    share = axis.centers * MEAN / mean  # for those of head-on collisions
    density = chance[1:-1]
    # as n^(-3/4) between the edge and the knee, and nothing beyond
    low, high = density[np.searchsorted(share, [0.1, 0.6])]
    assert low / high == pytest.approx(6**0.75, rel=0.02)
    assert density[share > 1.3].sum() == 0


def test_cells_saturate_and_their_mean_does_not() -> None:
    axis = Axis(250, -0.5, 249.5)
    chance = events_by_cells(axis, 59.0, 218)
    assert chance[1:-1] @ axis.centers == pytest.approx(59.0, rel=0.01)
    assert chance[1:-1][axis.centers > 218].sum() == 0
    # a quarter of the cells lost: mean and end fall by it
    lost = events_by_cells(axis, 0.75 * 59.0, round(0.75 * 218))
    ends = [int(np.flatnonzero(each).max()) for each in (chance, lost)]
    assert ends[1] == pytest.approx(0.75 * ends[0], abs=2)


@pytest.mark.parametrize("path", [TRACKS, TOTAL_ET, castor.MULTIPLICITY, castor.ENERGY])
def test_numbers_fall_to_a_plateau_that_is_long(path: str) -> None:
    file = DqmFile(bundled_site() / "layouts" / "references" / "heavy-ions.root")
    with file:
        found = file.element(path)
    assert isinstance(found, Histogram)
    counts = found.values()
    mean = float(counts @ found.axes[0].centers / counts.sum())
    above = found.axes[0].centers > 2 * mean
    assert int(counts.argmax()) <= 1
    assert 0.1 < counts[above].sum() / counts.sum() < 0.3


def test_all_parts_see_the_same_number_of_particles() -> None:
    for subsystem in all_subsystems():
        if subsystem.name not in ("Ecal", "Hcal", "SiStrip", "PixelPhase1"):
            continue
        assert subsystem.geometry is not None
        ions, protons = (
            subsystem.geometry(each) for each in ("heavy-ions", "collisions")
        )
        ratio = ions.rate[~ions.known].sum() / protons.rate[~protons.known].sum()
        assert ratio == pytest.approx(PARTICLES), subsystem.name
