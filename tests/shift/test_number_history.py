"""How a number of a plot went, as histograms."""

from __future__ import annotations

import numpy as np
import pytest

from dqmconsole.model.history import HistoryPoint, NumberOf
from dqmconsole.model.verdict import CheckResult, Status, Verdict
from dqmconsole.shift.number_history import (
    MOST_RUNS,
    by_lumisection,
    limits_of,
    over_runs,
)

LIMITS = ((0.6, "bad above"),)


def point(
    first: int, last: int, value: float | None, error: float | None = None
) -> HistoryPoint:
    return HistoryPoint(7, value, error, first, last)


def test_updates_lie_where_their_lumisections_are_and_gaps_are_gaps() -> None:
    made = by_lumisection(
        [point(1, 2, 4.0, 0.5), point(3, 3, None), point(6, 8, -1e6, 1e-3)],
        "lumisection", "mean",
    )  # fmt: skip
    assert made is not None
    assert made.axes[0].edges.tolist() == [0.5, 2.5, 3.5, 5.5, 8.5]
    assert made.axes[0].title == "lumisection"
    filled = made.counts() > 0
    assert filled.tolist() == [True, False, False, True]
    assert made.values()[filled] == pytest.approx([4.0, -1e6])
    assert np.sqrt(made.variances())[filled] == pytest.approx([0.5, 1e-3])


def test_what_was_recorded_anew_replaces_what_was_before() -> None:
    made = by_lumisection(
        [point(1, 1, 1.0), point(2, 2, 2.0), point(3, 3, 3.0), point(2, 3, 9.0)],
        "lumisection", "mean",
    )  # fmt: skip
    assert made is not None
    assert made.axes[0].edges.tolist() == [0.5, 1.5, 3.5]
    assert made.values() == pytest.approx([1.0, 9.0])


def test_updates_without_lumisections_are_counted() -> None:
    made = by_lumisection([point(0, 0, 5.0), point(0, 0, 6.0)], "spill", "entries")
    assert made is not None
    assert made.axes[0].title == "update"
    assert made.axes[0].edges.tolist() == [0.5, 1.5, 2.5]
    assert by_lumisection([], "spill", "entries") is None
    assert by_lumisection([point(1, 1, None)], "spill", "entries") is None


def test_the_newest_runs() -> None:
    runs = [HistoryPoint(run, float(run)) for run in range(100)]
    made = over_runs([*runs, HistoryPoint(200, None)], "mean")
    assert made is not None
    assert made.axes[0].bins == MOST_RUNS
    assert made.axes[0].labels[-1] == "99"
    assert made.values()[-1] == pytest.approx(99.0)
    assert over_runs([], "mean") is None


@pytest.mark.parametrize(
    ("check", "quantity", "run", "found"),
    [
        (CheckResult("mean", Status.BAD, "", limits=LIMITS), "mean", False, LIMITS),
        (CheckResult("mean", Status.BAD, "", limits=LIMITS), "rms", False, ()),
        (CheckResult("mean", Status.BAD, "", limits=LIMITS,
                     configuration="mean: {bad_shift: 0.6}"), "mean", False, ()),
        (CheckResult("mean", Status.BAD, "", limits=LIMITS, origin="producer"),
         "mean", False, ()),
        (CheckResult("entries", Status.BAD, "", limits=LIMITS),
         "entries", True, LIMITS),
        (CheckResult("entries", Status.BAD, "", limits=LIMITS), "entries", False, ()),
        (CheckResult("entries", Status.BAD, "", "LS 4", limits=LIMITS),
         "entries", True, ()),
    ],
)  # fmt: skip
def test_limits_are_drawn_where_they_are_for_this_number(
    check: CheckResult,
    quantity: NumberOf,
    run: bool,
    found: tuple[tuple[float, str], ...],
) -> None:
    verdict = Verdict(Status.BAD, "off", checks=(check,))
    assert limits_of(verdict, quantity, run=run) == found
    assert limits_of(None, quantity, run=run) == ()
