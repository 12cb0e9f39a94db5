from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dqmconsole.desk.ideal_test import (
    Hypotheses,
    best_plot,
    first_found,
    highest,
    hypotheses,
    information,
    is_poisson,
    log_ratios,
    threshold,
    threshold_of,
)

_numbers = st.floats(0.1, 100.0)


def _lower(bins: int, usual: float, left: float) -> Hypotheses:
    means = np.full(bins, usual)
    places = [np.where(np.arange(bins) == at, left, 1.0) * means for at in range(bins)]
    return hypotheses(means, places)


def test_only_bins_that_change_count() -> None:
    usual = np.array([[1.0, 2.0], [3.0, 4.0]])
    known = hypotheses(usual, [usual * [[1, 2], [1, 1]], usual * [[1, 1], [1, 0.5]]])

    assert known.bins.tolist() == [1, 3]
    assert known.usual.tolist() == [2.0, 4.0]
    assert known.changed.tolist() == [[4.0, 4.0], [2.0, 2.0]]


@given(_numbers, _numbers, st.integers(0, 300), _numbers)
def test_it_is_the_likelihood_ratio(
    usual: float, changed: float, count: int, exposure: float
) -> None:
    known = Hypotheses(np.array([0]), np.array([usual]), np.array([[changed]]))
    (found,) = log_ratios(known, np.array([[count]]), np.array([exposure]))[0]

    def log_chance(mean: float) -> float:
        return count * math.log(mean) - mean - math.lgamma(count + 1)

    expected = log_chance(changed * exposure) - log_chance(usual * exposure)
    assert found == pytest.approx(expected, rel=1e-6, abs=1e-6)


@given(
    st.lists(st.lists(st.floats(-5, 5), min_size=2, max_size=2), min_size=1, max_size=9)
)
def test_sums_never_fall_below_nothing_and_the_highest_place_counts(
    rows: list[list[float]],
) -> None:
    both = highest(np.array(rows))
    each = [highest(np.array(rows)[:, [at]]) for at in (0, 1)]

    assert (both >= 0).all()
    assert both.tolist() == np.maximum(*each).tolist()


@given(_numbers, _numbers)
def test_nothing_is_told_only_where_nothing_changes(one: float, other: float) -> None:
    told = information(np.array([one]), np.array([other]))

    assert told >= -1e-12
    if not math.isclose(one, other, rel_tol=1e-3):
        assert told > 0


@given(st.floats(0.0001, 0.4), st.floats(1.1, 10))
def test_fewer_false_alarms_ask_for_a_higher_threshold(
    rate: float, times: float
) -> None:
    good = np.random.default_rng(1).exponential(1.0, 1000)

    assert threshold(good, rate) >= threshold(good, min(rate * times, 0.5)) - 1e-9


def test_the_threshold_holds_the_rate_it_was_asked_for() -> None:
    known = _lower(20, 6.0, 0.5)
    rate = 1 / 100
    limit = threshold_of(known, 1.0, rate, seed=1)
    counts = np.random.default_rng(2).poisson(known.usual, (10_000, 20))
    sums = highest(log_ratios(known, counts, np.ones(10_000)))

    came = int(((sums[1:] > limit) & (sums[:-1] <= limit)).sum())
    assert 40 <= came <= 200  # 100 asked for; some come twice


def test_beyond_what_was_counted_alarms_fall_by_e() -> None:
    good = np.random.default_rng(3).exponential(1.0, 1000)
    counted = 10 / 1000

    assert threshold(good, counted / math.e) == pytest.approx(
        threshold(good, counted) + 1.0
    )


def test_a_dead_bin_is_found_at_once_where_much_was_expected() -> None:
    known = _lower(20, 50.0, 0.0)
    limit = threshold_of(known, 1.0, 1e-3, seed=1)
    counts = np.random.default_rng(2).poisson(known.usual, (10, 20))
    counts[5:, 3] = 0

    sums = highest(log_ratios(known, counts, np.ones(10)))
    assert np.flatnonzero(sums > limit)[0] == 5


def test_what_is_no_count_is_told() -> None:
    rng = np.random.default_rng(1)
    usual, exposures = np.full(50, 3.0), np.full(40, 2.0)
    counts = rng.poisson(6.0, (40, 50))

    assert is_poisson(usual, counts, exposures)
    assert not is_poisson(usual, counts + 0.5, exposures)
    assert not is_poisson(usual, np.full((40, 50), 6), exposures)  # never scatters
    assert not is_poisson(usual, -counts, exposures)


def test_the_plot_that_shows_most_is_the_best() -> None:
    usual = {"a": np.ones(3), "b": np.full(3, 100.0), "c": np.ones(3)}
    changed = {"a": np.zeros(3), "b": np.zeros(3), "c": np.ones(3)}

    assert best_plot(usual, changed) == "b"
    assert best_plot(usual, usual) is None
    assert best_plot({}, {}) is None


def test_found_is_the_first_update_after_the_onset_that_shows_the_fault() -> None:
    known = _lower(bins=10, usual=100.0, left=0.1)
    counts = np.full((6, 10), 100.0)
    counts[4:, 3] = 10.0
    exposures = np.ones(6)
    late = np.arange(6) - 2  # the fault begins with the fourth update: 1

    assert first_found(known, counts, exposures, late, 1e-3, seed=1) == 2
    assert first_found(known, counts[:4], exposures[:4], late[:4], 1e-3, 1) is None
    counts[0, 3] = 10.0
    assert first_found(known, counts[:1], exposures[:1], late[:1], 1e-3, 1) is None
