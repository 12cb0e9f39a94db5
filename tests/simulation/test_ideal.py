"""Sizes that the ideal test finds: its chances, and the committed ones once more."""

from __future__ import annotations

import math

import msgspec
import numpy as np
import pytest

from dqmconsole.simulation.state.beam import RUN_TYPES
from dqmconsole.simulation.table.causes import TABLE, find
from dqmconsole.simulation.table.cells import cells
from dqmconsole.simulation.table.ideal import (
    FALSE_ALARM,
    HALF,
    NEARLY,
    Ratio,
    chances,
    found_in,
    ideal_sizes,
    places,
    power,
)

TOYS = 40_000


def poisson(usual: float, times: float) -> Ratio:
    return Ratio(np.array([usual]), np.array([times]), 0.0)


def normal(away: float) -> Ratio:
    return Ratio(np.zeros(0), np.ones(0), away * away)


@pytest.mark.parametrize("limit", [-1.0, 0.5, 3.0, 6.0, 12.0])
def test_of_a_normal_the_chances_are_exact(limit: float) -> None:
    away = 3.0
    without, with_fault = chances(normal(away), limit)
    at = [(limit + sign * away * away / 2) / away for sign in (1, -1)]
    exact = [0.5 * math.erfc(each / math.sqrt(2)) for each in at]
    assert [without, with_fault] == pytest.approx(exact, rel=1e-4)


@pytest.mark.parametrize(("usual", "times"), [(40, 0.5), (40, 1.8), (8, 3.0)])
def test_of_counts_the_chances_are_those_that_are_drawn(
    usual: float, times: float
) -> None:
    rng = np.random.default_rng(3)
    counts = rng.poisson(np.full((3, TOYS), usual))
    more = rng.poisson(np.full((3, TOYS), usual * times))
    one = Ratio(np.full(3, float(usual)), np.full(3, times), 0.0)
    ratios = [
        (each * math.log(times) - usual * (times - 1)).sum(0) for each in (counts, more)
    ]
    limit = float(np.quantile(ratios[1], 0.4)) + 1e-6
    found = chances(one, limit)
    drawn = [float((each > limit).mean()) for each in ratios]
    # counts are whole, and the approximation goes between them
    assert found == pytest.approx(drawn, abs=0.05)


def test_one_place_of_many_is_found_as_often_as_it_is_drawn() -> None:
    number, usual, times = 50, 100.0, 0.6
    rng = np.random.default_rng(4)
    counts = rng.poisson(usual, (TOYS, number)).astype(float)
    quiet = (counts * math.log(times) - usual * (times - 1)).max(axis=1)
    counts[:, 0] = rng.poisson(usual * times, TOYS)
    struck = (counts * math.log(times) - usual * (times - 1)).max(axis=1)
    limit = float(np.quantile(quiet, 1 - FALSE_ALARM))
    drawn = float((struck > limit).mean())
    assert found_in([poisson(usual, times)], number) == pytest.approx(drawn, abs=0.05)


def test_the_more_places_the_more_it_takes() -> None:
    one = [poisson(100.0, 0.6)]
    found = [found_in(one, number) for number in (1, 10, 100, 1000)]
    assert found == sorted(found, reverse=True)
    assert found[0] > found[-1] + 0.2


def test_the_committed_sizes_are_of_every_fault_that_is_not_stale() -> None:
    of = {
        (run_type, cause.name, target)
        for run_type in RUN_TYPES
        for cause in TABLE
        if cause.kind == "fault"
        and cause.acts_on != "session"
        and cause.shows != "stale"
        for target in cause.targets
    }
    assert set(ideal_sizes()) == of
    for sizes in ideal_sizes().values():
        if sizes.nearly is not None:
            assert sizes.half is not None
            assert sizes.half <= sizes.nearly


@pytest.mark.parametrize(
    ("name", "target"),
    [
        ("hot-channel", "Castor"), ("layer-inefficient", "PixelPhase1"),
        ("beam-jump", "BeamMonitor"), ("board-late", "DT"), ("link-loss", "DT"),
    ],
)  # fmt: skip
def test_committed_sizes_are_found_as_often_as_they_say(name: str, target: str) -> None:
    cause = msgspec.structs.replace(find(name), target=target)
    sizes = ideal_sizes()["collisions", name, target]
    assert places(cause) == sizes.places
    for size, chance in ((sizes.half, HALF), (sizes.nearly, NEARLY)):
        assert size is not None
        found, below = (
            power(msgspec.structs.replace(cause, size=each), sizes.places)
            for each in (size, size * 0.999)
        )
        assert found > chance - 0.06
        assert found < chance + 0.06 or below < chance  # hits come one by one


def test_what_the_ideal_test_cannot_find_is_not_asked_of_anybody() -> None:
    found = cells(places=1, only=["hot-channel", "client-frozen"])
    for cell in found:
        if cell.family == "stale":
            assert cell.findable
        else:
            nearly = ideal_sizes()["collisions", cell.fault, cell.subsystem].nearly
            assert cell.nearly == nearly
            assert cell.findable == (nearly is not None and cell.size >= nearly)


def test_in_a_run_without_beam_nothing_of_the_beam_is_tried() -> None:
    names = ["beam-jump", "background-rise", "hv-trip"]
    assert {each.fault for each in cells("cosmics", 1, names)} == {"hv-trip"}
