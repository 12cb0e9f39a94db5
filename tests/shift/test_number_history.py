"""How a number of a plot went, as histograms."""

from __future__ import annotations

import numpy as np
import pytest

from dqmconsole.model.history import HistoryPoint, NumberOf
from dqmconsole.model.run import Conditions
from dqmconsole.model.site import SiteSettings
from dqmconsole.model.verdict import CheckResult, Status, Verdict
from dqmconsole.shift.number_history import (
    MOST_RUNS,
    are_placed,
    by_lumisection,
    limits_of,
    of_the_run,
    over_runs,
    per_lumisection,
    run_words,
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


def test_what_a_long_update_added_is_shared_by_its_lumisections() -> None:
    short, long, none = per_lumisection(
        [point(1, 1, 10.0, 2.0), point(2, 26, 250.0, 50.0), point(27, 27, None)]
    )
    assert (short.value, short.error) == (10.0, 2.0)
    assert (long.value, long.error) == (10.0, 2.0)
    assert none.value is None
    assert not are_placed([short, point(0, 0, 5.0)])


def test_what_was_recorded_again_replaces_what_was_before() -> None:
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


def test_how_a_plot_stood_before_the_first_update_is_none_of_the_run() -> None:
    updates = [point(0, 0, 0.0), point(1, 1, 5.0), point(2, 2, 6.0)]
    assert of_the_run(updates) == updates[1:]
    made = by_lumisection(of_the_run(updates), "spill", "entries")
    assert made is not None
    assert (made.axes[0].title, made.axes[0].edges.tolist()) == (
        "spill", [0.5, 1.5, 2.5]
    )  # fmt: skip
    # of sources without lumisections each counts
    for given in ([], updates[:1], [*updates[:1], *updates], updates[1:]):
        assert of_the_run(given) == given


def test_the_newest_runs() -> None:
    runs = [HistoryPoint(run, float(run)) for run in range(100)]
    made = over_runs([*runs, HistoryPoint(200, None)], "mean")
    assert made is not None
    assert int((made.data.counts() > 0).sum()) == MOST_RUNS
    assert made.data.values()[-2] == pytest.approx(99.0)
    assert made.marked == ()
    assert over_runs([], "mean") is None


def test_runs_lie_where_their_numbers_are_and_those_booked_otherwise_apart() -> None:
    runs = [
        HistoryPoint(10, 1.0, booked_otherwise=True),
        HistoryPoint(11, 2.0),
        HistoryPoint(15, 3.0),
    ]
    made = over_runs(runs, "mean", chosen=15)
    assert made is not None
    edges = [8.5, 9.5, 10.5, 11.5, 14.5, 15.5, 16.5]
    assert made.data.axes[0].edges.tolist() == edges
    filled = (made.data.counts() > 0).tolist()
    assert filled == [False, False, True, False, False, False], "15 is marked"
    marked = [(each.title, each.x.tolist(), each.y.tolist()) for each in made.marked]
    assert marked == [("booked otherwise", [10], [1]), ("run 15", [15], [3])]


def test_the_words_of_a_run() -> None:
    settings = SiteSettings("Test", header={"fill": "Store"})
    known = Conditions(
        run_type="cosmics", fill=10412, pileup=52.25, scalars={"trigger": "v2"}
    )
    words = run_words(HistoryPoint(7, 0.51234567, 0.003), known, settings)
    assert words == (
        "run 7: 0.5123 ± 0.003, cosmics, store 10412, pile-up 52.25, trigger v2"
    )
    gone = run_words(HistoryPoint(7, 4.0, booked_otherwise=True), None, settings)
    assert gone == (
        "run 7: 4, booked otherwise, its record is gone, only the number is kept"
    )


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
