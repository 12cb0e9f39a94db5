"""How strongly a page shows what is on it: more of it is stronger, nothing is not."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from dqmconsole.training.lesson import TOLD
from dqmconsole.training.strength import (
    Picture,
    by_one_factor,
    change,
    looks_like,
    merged,
    standard,
)

if TYPE_CHECKING:
    from dqmconsole.model.histogram import Array

EVENTS = 10_000.0


def picture(
    seed: int, times: Array | float = 1.0, shape: tuple[int, ...] = (40, 36)
) -> Picture:
    rng = np.random.default_rng(seed)
    counts = rng.poisson(np.full(shape, 400.0) * times)
    return Picture(counts / EVENTS, 1 / EVENTS, log=False)


GOOD = standard([picture(seed) for seed in range(12)])


def hole(wide: int, left: float = 0.0) -> Array:
    times = np.ones((40, 36))
    times[10 : 10 + wide, 12 : 12 + wide] = left
    return times


def strength(times: Array | float) -> float:
    return float(np.mean([change(picture(s, times), GOOD).strength for s in (91, 92)]))


def test_a_good_run_shows_nothing() -> None:
    found = [change(picture(seed), GOOD).strength for seed in range(100, 130)]
    assert abs(np.mean(found)) < 1
    assert max(found) < 3


def test_more_is_stronger() -> None:
    by_depth = [strength(hole(4, left)) for left in (0.9, 0.7, 0.3, 0.0)]
    assert by_depth == sorted(by_depth)
    by_area = [strength(hole(wide)) for wide in (1, 2, 4, 8)]
    assert by_area == sorted(by_area)
    assert by_area[0] > 5


def test_it_is_shown_where_it_is() -> None:
    found = change(picture(95, hole(4)), GOOD)
    for (first, last), (low, high) in zip(
        found.cell, ((10, 14), (12, 16)), strict=True
    ):
        assert first < high
        assert last > low


def test_one_scale_for_all_cells_is_seen_though_no_cell_shows_it() -> None:
    assert strength(1.05) > strength(1.0) + 1


def test_an_empty_plot_and_one_that_is_not_there_are_emptied() -> None:
    blank = Picture(np.zeros((40, 36)), 1 / EVENTS, log=False)
    assert change(blank, GOOD).emptied
    assert change(None, GOOD).emptied
    assert not change(picture(1), GOOD).emptied
    never = standard([blank] * 4)
    assert not change(None, never).emptied


def test_two_holes_in_one_place_look_alike_and_elsewhere_they_do_not() -> None:
    one = {"a": change(picture(1, hole(8)), GOOD).look}
    same = {"a": change(picture(2, hole(8)), GOOD).look}
    other = {"a": change(picture(3, np.roll(hole(8), 15)), GOOD).look}
    assert looks_like(one, same) > 0.6
    assert looks_like(one, other) < 0.3
    assert looks_like(one, {}) == 0.0


@pytest.mark.parametrize("many", [1, 2, 3, 16])
def test_merged_cells_are_means(many: int) -> None:
    values = np.arange(20.0)
    found = merged(values, many)
    assert found[0] == values[:many].mean()
    assert found[-1] == values[(20 - 1) // many * many :].mean()


@pytest.mark.parametrize("times", [0.1, 0.29, 0.86, 1.4])
def test_less_of_everything_is_one_factor(times: float) -> None:
    told = [by_one_factor(picture(seed, times), GOOD, TOLD) for seed in range(60, 70)]
    assert sum(told) >= 9
    assert by_one_factor(picture(60, 0.0), GOOD, TOLD)


def test_what_has_an_edge_is_no_factor_nor_what_cannot_be_told() -> None:
    half = np.ones((40, 36))
    half[:, :18] = 0.3
    for times in (hole(4), half, hole(40, 0.9), 1.0):
        assert not by_one_factor(picture(91, times), GOOD, TOLD)
    assert not by_one_factor(None, GOOD, TOLD)
