"""What a cause adds to given histograms fluctuates as what was there would have."""

from __future__ import annotations

import numpy as np
import pytest

from dqmconsole.simulation.state.sight import Sight
from dqmconsole.simulation.table.cause import Effect
from dqmconsole.simulation.table.means import profile
from dqmconsole.simulation.table.scales import Past, Span, Sums
from tests.support.realism import BEFORE, LAST, injected, named, recorded

SPAN = Span(1, 2, (1.0, 1.0))


SIGMA = 4.0


def mean_and_variance(*keep: float) -> tuple[float, float, float]:
    """Fills, mean and variance of a bin of two channels, 10 ns apart, as they go on."""
    rng = np.random.default_rng(1)
    times = np.array([0.0, 10.0])
    hits = np.repeat(times, 20_000) + SIGMA * rng.normal(size=40_000)
    given = Sums(
        np.array([0.0, hits.sum(), 0.0]),
        np.array([0.0, (hits**2).sum(), 0.0]),
        np.array([0.0, hits.size, 0.0]),
        hits.size,
    )
    sight = Sight(
        "mean time", "Hcal", bins=np.array([1, 1]), weights=np.ones(2), times=times
    )
    struck = Effect(keep={"Hcal": np.array(keep)})
    found = profile(struck, SPAN, given, sight, None, rng)
    assert found.bin_entries is not None
    assert found.sumw2 is not None
    number = float(found.bin_entries[1])
    mean = float(found.contents[1]) / number
    return number, mean, float(found.sumw2[1]) / number - mean**2


def test_a_mean_moves_to_the_channel_that_is_noisy() -> None:
    number, mean, variance = mean_and_variance(1.0, 9.0)
    assert number == pytest.approx(200_000, rel=0.02)
    assert mean == pytest.approx(9.0, abs=0.1)
    assert variance == pytest.approx(SIGMA**2 + 0.9 * 0.1 * 10**2, rel=0.02)


def test_a_mean_moves_to_the_channel_that_is_left() -> None:
    _, mean, variance = mean_and_variance(1.0, 0.0)
    assert mean == pytest.approx(0.0, abs=0.15)
    assert variance == pytest.approx(SIGMA**2, rel=0.03)


@pytest.mark.parametrize(("ratio", "most"), [(3 / 7, 1.55), (2.0, 1.2)])
def test_what_was_there_before_keeps_fluctuations_from_being_multiplied(
    ratio: float, most: float
) -> None:
    rng = np.random.default_rng(1)
    mean, more = 400.0, 0.55
    own, before = (rng.poisson(each, 20_000) for each in (mean, mean * ratio))
    usual = Past(before, ratio).mixed(own, before, np.full(own.size, more))
    found = own + rng.poisson(usual * more)
    bare = own + rng.poisson(own * more)
    assert found.mean() == pytest.approx((1 + more) * mean, rel=0.01)
    assert bare.var() / bare.mean() > 1.8
    assert found.var() / found.mean() < most


def test_another_past_is_left_alone() -> None:
    own, before = np.array([400.0]), np.array([4000.0])
    assert Past(before, 1.0).mixed(own, before, np.ones(1)) == own


def test_added_events_are_counted_by_lumisection() -> None:
    of = named("hot-trigger:L1T")
    given, found = recorded(of, 7), injected(of, 7)
    path = "Info/EventInfo/dqmEvents"
    inside = slice(BEFORE + 1, LAST + 1)
    events = found.after[path].contents[inside]
    ratios = events / given.after[path].contents[inside]
    assert (events == events.round()).all()
    assert 1.4 < ratios.mean() < 1.7
    assert np.ptp(ratios) > 0.002
