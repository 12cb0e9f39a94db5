from __future__ import annotations

import msgspec
import numpy as np
import pytest

from dqmconsole.simulation.expected import ExpectedIncrements, exposure_of
from dqmconsole.simulation.simulation import Simulation
from dqmconsole.simulation.table.causes import find

MAP = "Ecal/EBOccupancyTask/EBOT digi occupancy"


def test_it_is_what_many_lumisections_give_on_average() -> None:
    expected = ExpectedIncrements("cosmics", ["Ecal"])
    simulation = Simulation("cosmics", 3, only={"Ecal"})
    exposure = 0.0
    for _ in range(20):
        simulation.step()
        exposure += exposure_of(simulation.clients["Ecal"], simulation.state)

    contents = simulation.clients["Ecal"].book[MAP].contents
    means = expected.gained()[MAP] * exposure
    pulls = (contents - means)[means > 5] / np.sqrt(means[means > 5])
    assert abs(pulls.mean()) < 4 / np.sqrt(pulls.size)
    assert pulls.std() == pytest.approx(1.0, abs=0.05)


def test_a_cause_changes_what_it_strikes_alone_and_nothing_afterwards() -> None:
    expected = ExpectedIncrements("collisions", ["Ecal"])
    usual = expected.gained()
    cause = msgspec.structs.replace(find("ring-lost"), target="Ecal")
    one, same, other = (expected.gained(cause, seed=seed) for seed in (4, 4, 5))

    lost = one[MAP] < usual[MAP]
    assert 0 < lost.sum() < 0.1 * lost.size
    assert not one[MAP][lost].any()
    assert (one[MAP][~lost] == usual[MAP][~lost]).all()
    assert (same[MAP] == one[MAP]).all()
    assert (other[MAP] != one[MAP]).any()
    assert (expected.gained()[MAP] == usual[MAP]).all()
