"""Limits from good values: the rate they hold on fresh values."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from dqmconsole.desk.false_alarms import (
    Chances,
    Measured,
    chances,
    exponential_reach,
    limit_of,
    student_reach,
    widening,
)

CHANCE = 0.02
TRIALS = 3000


def beyond_rate(limits: list[float], fresh: np.ndarray) -> float:
    return float((fresh > np.array(limits)).mean())


@settings(max_examples=8, deadline=None)
@given(
    runs=st.integers(3, 40),
    mean=st.floats(-100, 100),
    spread=st.floats(0.1, 10),
    seed=st.integers(0, 2**31),
)
def test_students_limit_holds_the_rate_on_fresh_runs(
    runs: int, mean: float, spread: float, seed: int
) -> None:
    random = np.random.default_rng(seed)
    good = random.normal(mean, spread, (TRIALS, runs))
    limits = [each.mean() + student_reach(each, runs - 1, CHANCE) for each in good]
    rate = beyond_rate(limits, random.normal(mean, spread, TRIALS))
    assert rate == pytest.approx(CHANCE, abs=5 * math.sqrt(CHANCE / TRIALS))


@settings(max_examples=8, deadline=None)
@given(values=st.integers(30, 200), seed=st.integers(0, 2**31))
def test_the_exponential_limit_holds_the_rate_of_exponential_tails(
    values: int, seed: int
) -> None:
    random = np.random.default_rng(seed)
    good = random.exponential(2.0, (TRIALS, values))
    limits = [exponential_reach(each, CHANCE) for each in good]
    rate = beyond_rate(limits, random.exponential(2.0, TRIALS))
    assert rate == pytest.approx(CHANCE, abs=5 * math.sqrt(CHANCE / TRIALS))


@settings(max_examples=8, deadline=None)
@given(
    runs=st.integers(3, 8),
    looks=st.integers(1, 40),
    between=st.floats(0, 5),
    tails=st.sampled_from(("normal", "exponential")),
    seed=st.integers(0, 2**31),
)
def test_runs_that_differ_and_their_updates_hold_it_together(
    runs: int, looks: int, between: float, tails: str, seed: int
) -> None:
    """What was asked for a run and for a look adds up to the rate of one look."""
    # what the tail of a few values is, nobody knows
    assume(looks >= 5 or tails == "normal")
    random = np.random.default_rng(seed)

    def drawn(*shape: int) -> np.ndarray:
        many = shape[0] if len(shape) == 2 else shape
        each = random.normal(0, between, many)
        noise = (
            random.normal(0, 1, shape)
            if tails == "normal"
            else random.exponential(1, shape)
        )
        return noise + (each[:, None] if len(shape) == 2 else each)

    may = Chances(CHANCE, CHANCE)
    limits = [limit_of(list(drawn(runs, looks)), may) for _ in range(TRIALS // 3)]
    rate = beyond_rate(limits, drawn(TRIALS // 3))
    most = 2 * CHANCE
    assert rate <= most + 5 * math.sqrt(most / (TRIALS // 3))


groups = st.lists(
    st.lists(st.floats(-1e3, 1e3), min_size=1, max_size=50), min_size=2, max_size=8
)


@settings(max_examples=100, deadline=None)
@given(given_groups=groups, more=st.floats(1, 100))
def test_more_spread_never_gives_a_tighter_limit(
    given_groups: list[list[float]], more: float
) -> None:
    runs = [np.array(each) for each in given_groups]
    middle = np.mean([each.mean() for each in runs])
    wider = [middle + more * (each - middle) for each in runs]
    may = Chances(1e-3, 1e-5)
    near, far = limit_of(runs, may), limit_of(wider, may)
    assert far >= near - 1e-6 * max(abs(near), 1)
    assert near >= max(each.max() for each in runs) - 1e-6


def test_a_rarer_alarm_and_fewer_runs_never_give_a_tighter_limit() -> None:
    runs = [np.array([each, each + 1.0, each + 0.4]) for each in (1.0, 2.0, 4.0)]
    limits = [limit_of(runs, Chances(each, each)) for each in (1e-1, 1e-3, 1e-6)]
    assert limits == sorted(limits)
    assert widening(6, 1e-3) == pytest.approx(2.06, abs=0.01)
    factors = [widening(each, 1e-3) for each in (3, 6, 12, 100, 10**6)]
    assert factors == sorted(factors, reverse=True)
    assert factors[-1] == pytest.approx(1.0, abs=1e-3)


def test_a_false_alarm_is_shared_over_limits_and_spans() -> None:
    whole = chances(8, 2, None, limits=1, spans=1)
    assert whole == Chances(0.05, 0.0)  # never more than that
    may = chances(8, 2, 360, limits=50, spans=4)
    assert may.run == pytest.approx(0.5 * 2 / 8 / 200)
    assert may.look == pytest.approx(0.5 * 0.1 / 8 / 200)


def test_what_was_measured_says_how_sure_it_is() -> None:
    none = Measured(0, 10.0)
    assert none.rate == 0
    assert none.at_most == pytest.approx(0.29957, rel=1e-4)
    assert Measured(3, 10.0).at_most == pytest.approx(0.77537, rel=1e-4)
    assert math.isnan(Measured(0, 0.0).rate)
    assert math.isnan(Measured(0, 0.0).at_most)
