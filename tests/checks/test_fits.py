"""What fits find, beside what was put in, and on hostile bins."""

from __future__ import annotations

import msgspec
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as npst
from scipy.special import erf
from support.batches import rows_of, seen

from dqmconsole.checks.declared import declared
from dqmconsole.checks.fits import Bins, Fit, TurnOn
from dqmconsole.checks.limits import Within
from dqmconsole.model.histogram import Axis
from dqmconsole.model.verdict import Status

CHANCE = np.random.default_rng(20261127)


def peak(mean: float, entries: int) -> np.ndarray:
    counts, _ = np.histogram(CHANCE.normal(mean, 2.5, entries), 60, (80, 110))
    return counts[None].astype(float)


def masses(counts: np.ndarray, **limits: object) -> tuple[Status, str]:
    check = msgspec.convert(limits, Fit)
    batch = seen(rows_of(counts), np.nan, Axis(60, 80.0, 110.0, title="m [GeV]"))
    (result,) = check.judge(batch)
    return result.status, result.sentence


def efficiency(x: np.ndarray, threshold: float, plateau: float, trials: int) -> Bins:
    share = 0.5 * plateau * (1 + erf((x - threshold) / (np.sqrt(2) * 3.0)))
    hits = CHANCE.binomial(trials, share)
    nothing = np.zeros(len(x))
    many = np.full(len(x), float(trials))
    edges = (float(x[0]), float(x[-1]))
    return Bins(x, hits / trials, nothing, many, edges, counts=False, shares=True)


def test_a_peak_has_the_mean_and_width_that_were_put_in() -> None:
    mean = {"bad_below": 90.9, "bad_above": 91.5}

    good = masses(peak(91.2, 20_000), parameters={"Mean": mean}, bad_above=2.0)
    moved = masses(peak(92.2, 20_000), parameters={"Mean": mean})

    assert good[0] is Status.GOOD, good[1]
    assert "expected 90.9 to 91.5" in good[1]
    assert moved[0] is Status.BAD, moved[1]
    assert "Mean 92.1" in moved[1]


def test_a_window_leaves_out_what_lies_beside_it() -> None:
    counts = peak(91.2, 20_000)
    counts[0, 45:] += 300  # something else, above 102.5

    all_of_it = masses(counts, bad_above=3.0)
    window = masses(counts, low=84.0, high=98.0, bad_above=3.0)

    assert all_of_it[0] is Status.BAD
    assert window[0] is Status.GOOD, window[1]


def test_an_error_greater_than_the_limits_allow_tells_nothing() -> None:
    mean = {"bad_below": 91.1, "bad_above": 91.3}

    status, sentence = masses(peak(91.2, 150), parameters={"Mean": mean}, sigma=3.0)

    assert status is Status.LOW_STATISTICS
    assert "the error of Mean is greater than what is allowed" in sentence


def test_what_does_not_look_like_the_function_is_never_good() -> None:
    counts = np.zeros((1, 60))
    counts[0, 30] = 5000

    status, sentence = masses(counts, bad_above=3.0)

    assert status is Status.FAILED
    assert "3 parameters" in sentence


@pytest.mark.parametrize("function", ["erf", "fermi"])
def test_a_turn_on_has_the_threshold_that_was_put_in(function: str) -> None:
    x = np.linspace(1, 59, 30)
    check = msgspec.convert({"function": function}, TurnOn)

    found = check.find(efficiency(x, 20.0, 0.97, 2000))

    assert not isinstance(found, str)
    threshold, error = found.parameters["Threshold"]
    assert threshold == pytest.approx(20.0, abs=0.3)
    assert 0.01 < error < 0.3
    assert found.parameters["Plateau"][0] == pytest.approx(0.97, abs=0.005)
    if function == "erf":
        assert found.parameters["Width"][0] == pytest.approx(3.0, abs=0.2)
        assert 0.2 < found.chi2 / found.ndf < 3
        assert abs(threshold - 20.0) < 4 * error


def test_a_turn_on_is_found_where_all_trials_hit_and_few_were_made() -> None:
    """Bins of 0 or 100 % have no error of their own; by chi2 they would not count."""
    x = np.linspace(1, 59, 30)

    found = TurnOn().find(efficiency(x, 20.0, 1.0, 20))

    assert not isinstance(found, str)
    assert found.parameters["Threshold"][0] == pytest.approx(20.0, abs=2)
    assert found.parameters["Plateau"][0] == pytest.approx(1.0, abs=0.02)


def test_a_layout_writes_limits_of_parameters() -> None:
    limits = {"parameters": {"Threshold": {"bad_above": 22.0}}}

    made = declared({"turn_on": limits}).check

    assert isinstance(made, TurnOn)
    assert made.parameters == {"Threshold": Within(bad_above=22.0)}


@pytest.mark.parametrize(
    ("check", "name"),
    [
        (Fit(), ""),
        (Fit(parameters={"Threshold": Within(bad_above=1.0)}), "parameters"),
        (Fit(parameters={"Mean": Within(warn_above=2, bad_above=1)}), "parameters"),
        (Fit(bad_above=3.0, low=5.0, high=1.0), "low"),
        (Fit(bad_above=3.0, low=5.0, high=5.0), "high"),
        (TurnOn(bad_above=float("nan")), "bad_above"),
    ],
)
def test_what_cannot_be_meant_is_said(check: Fit | TurnOn, name: str) -> None:
    assert name in dict(check.wrong())


@settings(max_examples=8)  # each is fitted
@given(
    data=npst.arrays(
        np.float64,
        (1, 8),
        elements=st.one_of(
            st.sampled_from([0.0, 1.0, 50.0, 1e6, -5.0, np.nan, np.inf, 1e150]),
            st.floats(0, 1000),
        ),
    ),
    profile=st.booleans(),
)
def test_nothing_raises_and_no_number_is_never_good(
    data: np.ndarray, *, profile: bool
) -> None:
    entries = np.full(data.shape, 100.0) if profile else None
    batch = seen(rows_of(data, entries))
    for check in (Fit(bad_above=3.0), TurnOn(bad_above=3.0)):
        (result,) = check.judge(batch)
        assert result.sentence
        if not np.isfinite(data).all():
            assert result.status is not Status.GOOD, result.sentence
