"""Fits against ROOT's, hostile bins, and a child that hangs or dies."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as npst
from scipy.stats import landau
from support.waiting import PATIENCE
from zoo import needs_root

from dqmconsole.checks.fitting import FitTask, fitted
from dqmconsole.engine.fitting import FitProcess, fit_job, task_of
from dqmconsole.model.fit import FUNCTIONS, FitFunction
from dqmconsole.model.frame import Picture, Tile
from dqmconsole.model.histogram import Axis, Histogram
from dqmconsole.model.message import Fit, Receipt
from dqmconsole.model.pieces import ended
from dqmconsole.model.verdict import Status, Verdict

if TYPE_CHECKING:
    from dqmconsole.model.fit import FitMethod

SCRIPT = Path(__file__).parents[1] / "data" / "fit_with_root.py"
CHANCE = np.random.default_rng(20261127)
CASES: list[tuple[FitFunction, FitMethod, np.ndarray, float, float]] = [
    ("gaus", "chi2", CHANCE.normal(91.2, 2.5, 10_000), 80, 100),
    ("gaus", "likelihood", CHANCE.normal(91.2, 2.5, 300), 80, 100),
    ("pol0", "chi2", CHANCE.uniform(0, 10, 1_000), 0, 10),
    ("pol1", "chi2", CHANCE.triangular(0, 10, 10, 5_000), 0, 10),
    ("pol2", "chi2", CHANCE.normal(5, 5, 5_000), 0, 10),
    ("expo", "chi2", CHANCE.exponential(2, 20_000), 0, 12),
    ("expo", "likelihood", CHANCE.exponential(2, 200), 0, 12),
    ("landau", "chi2", landau.rvs(30, 3, 20_000, random_state=3), 10, 100),
]


def histogram(values: np.ndarray, low: float, high: float, bins: int = 60) -> Histogram:
    contents = np.zeros(bins + 2)
    contents[1:-1] = np.histogram(values, bins, (low, high))[0]
    return Histogram("h", "", "TH1D", (Axis(bins, low, high),), contents)


def ask_root(questions: list[dict[str, Any]]) -> list[dict[str, Any]]:
    done = subprocess.run(
        [sys.executable, "-W", "ignore", str(SCRIPT)],
        input=json.dumps(questions).encode(),
        capture_output=True,
        timeout=PATIENCE,
        check=True,
    )
    answers: list[dict[str, Any]] = json.loads(done.stdout)
    return answers


@pytest.mark.slow
@needs_root
def test_parameters_are_those_of_root() -> None:
    made = [histogram(values, low, high) for _, _, values, low, high in CASES]
    answers = ask_root(
        [
            {
                "function": function,
                "method": method,
                "contents": each.contents.tolist(),
                "edges": [low, high],
            }
            for each, (function, method, _, low, high) in zip(made, CASES, strict=True)
        ]
    )
    for each, case, wanted in zip(made, CASES, answers, strict=True):
        task = task_of(each, case[0], None, case[1])
        assert isinstance(task, FitTask)
        found = fitted(task).result
        assert found is not None, case[:2]
        values = np.array([one.value for one in found.parameters])
        errors = np.array([one.error for one in found.parameters])
        apart = np.abs(values - wanted["values"]) / errors
        assert np.all(apart < 1e-4), (case[:2], apart)
        assert errors == pytest.approx(wanted["errors"], rel=5e-3), case[:2]
        assert found.ndf == wanted["ndf"], case[:2]
        if case[1] == "chi2":
            assert found.chi2 == pytest.approx(wanted["chi2"], rel=1e-7), case[:2]


def test_few_counts_are_fitted_by_likelihood_and_it_is_said() -> None:
    task = task_of(histogram(CASES[1][2], 80, 100), "gaus", None)
    assert isinstance(task, FitTask)
    found = fitted(task).result
    assert found is not None
    assert found.method == "likelihood"
    assert "likelihood" in found.sentence


def test_a_range_takes_the_bins_whose_centre_lies_in_it() -> None:
    task = task_of(histogram(CASES[0][2], 80, 100, 20), "gaus", (85.5, 95.5))
    assert isinstance(task, FitTask)
    assert task.edges == (85.0, 96.0)
    assert task.x.size == 11


def test_a_time_axis_keeps_its_digits() -> None:
    x = np.linspace(1.7e9, 1.7e9 + 3600, 60)
    axis = Axis(60, 1.7e9, 1.7e9 + 3600)
    contents = np.zeros(62)
    contents[1:-1] = 1000 + 0.5 * (axis.centers - 1.7e9)
    task = task_of(Histogram("h", "", "TH1D", (axis,), contents), "pol1", None)
    assert isinstance(task, FitTask)
    found = fitted(task).result
    assert found is not None
    assert x.size == 60
    assert found.parameters[1].value == pytest.approx(0.5, rel=1e-6)


@pytest.mark.parametrize("function", FUNCTIONS)
def test_nothing_to_fit_is_said(function: FitFunction) -> None:
    task = task_of(histogram(np.empty(0), 0, 1), function, None)
    assert isinstance(task, FitTask)
    answer = fitted(task)
    assert answer.result is None
    assert answer.refusal.startswith("cannot be fitted: ")


def test_maps_and_names_are_not_fitted() -> None:
    flat = Axis(2, 0, 2)
    words = task_of(
        Histogram("h", "", "TH2D", (flat, flat), np.zeros((4, 4))), "gaus", None
    )
    assert isinstance(words, str)
    assert "projection" in words
    named = Axis(2, 0, 2, labels=("HB", "HE"))
    words = task_of(Histogram("h", "", "TH1D", (named,), np.zeros(4)), "gaus", None)
    assert isinstance(words, str)
    assert "names" in words


@settings(max_examples=25, deadline=None)
@given(
    npst.arrays(np.float64, st.integers(3, 12), elements=st.floats(allow_nan=True)),
    st.sampled_from(FUNCTIONS),
)
@pytest.mark.filterwarnings("ignore::RuntimeWarning")
def test_whatever_the_bins_hold_it_is_answered(
    contents: np.ndarray, function: FitFunction
) -> None:
    axis = Axis(contents.size - 2, -1.0, 1.0)
    task = task_of(Histogram("h", "", "TH1D", (axis,), contents), function, None)
    assert isinstance(task, FitTask)
    answer = fitted(task)
    assert bool(answer.refusal) is (answer.result is None)


def test_the_child_fits_again_and_again() -> None:
    process = FitProcess(seconds=PATIENCE)
    try:
        for case in CASES[:2]:
            task = task_of(histogram(*case[2:]), case[0], None)
            assert isinstance(task, FitTask)
            answer = ended(process.fit(task))
            assert answer.result is not None, answer.refusal
            assert answer.result.parameters[1].value == pytest.approx(91.2, abs=0.6)
    finally:
        process.close()


def test_what_libraries_print_does_not_stand_before_an_answer() -> None:
    """LAPACK writes a line on stdout for each number it cannot use."""
    nothing = np.zeros(10)
    task = FitTask("expo", nothing, np.full(10, 9.0), np.full(10, 3.0), (0, 0), True)
    process = FitProcess(seconds=PATIENCE)
    try:
        answer = ended(process.fit(task))
        assert answer.refusal == (
            "cannot be fitted: SVD did not converge in Linear Least Squares"
        )
        good = task_of(histogram(*CASES[0][2:]), "gaus", None)
        assert isinstance(good, FitTask)
        assert ended(process.fit(good)).result is not None
    finally:
        process.close()


def test_numbers_too_large_to_compute_with_are_said() -> None:
    axis = Axis(100, -1e-300, 2e307)
    task = task_of(Histogram("h", "", "TH1D", (axis,), np.full(102, 9.0)), "pol2", None)
    assert isinstance(task, FitTask)
    process = FitProcess(seconds=PATIENCE)
    answer = ended(process.fit(task))
    process.close()
    assert answer.refusal == (
        "cannot be fitted: its numbers are too large or too small to compute with"
    )


def test_bins_without_width_are_not_fitted() -> None:
    made = Histogram("h", "", "TH1D", (Axis(10, 0, 0),), np.full(12, 9.0))
    assert task_of(made, "expo", None) == "cannot be fitted: its bins have no width"


def test_a_fit_that_nobody_waits_for_makes_way() -> None:
    code = "import time; time.sleep(600)"
    process = FitProcess((sys.executable, "-c", code), seconds=PATIENCE)
    made = histogram(*CASES[0][2:])
    tile = Tile("k", "p", 7, 1, Verdict(Status.GOOD, ""), picture=Picture(made))
    first = fit_job(Fit(1, "k", "p", "gaus"), lambda: tile, process)
    for _ in range(3):
        next(first)
    second = fit_job(Fit(2, "k", "p", "gaus"), lambda: tile, process)
    with pytest.raises(StopIteration) as ended:
        next(first)
    assert ended.value.value == Receipt(
        1, False, "not fitted: another fit was asked for"
    )
    process.close()
    assert next(second) is None
    second.close()


def test_a_fit_that_nobody_waits_for_any_more_begins_no_work() -> None:
    process = FitProcess(("no such program",))
    made = histogram(*CASES[0][2:])
    tile = Tile("k", "p", 7, 1, Verdict(Status.GOOD, ""), picture=Picture(made))
    first = fit_job(Fit(1, "k", "p", "gaus"), lambda: tile, process)
    fit_job(Fit(2, "k", "p", "gaus"), lambda: tile, process).close()
    assert next(first) is None
    with pytest.raises(StopIteration) as ended:
        next(first)
    assert ended.value.value.sentence == "not fitted: another fit was asked for"


def test_a_fit_that_is_given_up_leaves_no_process() -> None:
    process = FitProcess((sys.executable, "-c", "import time; time.sleep(600)"))
    task = task_of(histogram(*CASES[0][2:]), "gaus", None)
    assert isinstance(task, FitTask)
    work = process.fit(task)
    next(work)
    child = process._child
    assert child is not None
    work.close()
    assert child.returncode == -signal.SIGKILL


def test_more_bins_than_are_drawn_are_fitted_as_they_are_drawn() -> None:
    bins = 1_000_000
    made = Histogram("h", "", "TH1D", (Axis(bins, 0, 1),), np.full(bins + 2, 4.0))
    task = task_of(made, "pol0", None)
    assert isinstance(task, FitTask)
    assert task.y.tolist() == [40.0] * 100_000


@pytest.mark.parametrize(
    ("code", "seconds", "words"),
    [
        ("import time; time.sleep(600)", 0.05, "took more than"),
        ("", PATIENCE, "gave no answer"),
    ],
)
def test_a_child_that_hangs_or_ends_is_said(
    code: str, seconds: float, words: str
) -> None:
    process = FitProcess((sys.executable, "-c", code), seconds=seconds)
    task = task_of(histogram(*CASES[0][2:]), "gaus", None)
    assert isinstance(task, FitTask)
    answer = ended(process.fit(task))
    assert answer.result is None
    assert answer.refusal.startswith("not fitted: ")
    assert words in answer.refusal or "ends" in answer.refusal
    process.close()
