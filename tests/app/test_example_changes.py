"""How the examples of the bundled site's instructions are drawn."""

from __future__ import annotations

import numpy as np
import pytest

from dqmconsole.app.example_changes import EXAMPLE_CHANGES
from dqmconsole.model.histogram import Axis, Histogram, read_only
from dqmconsole.simulation.table.causes import TABLE


def of_events(axis_title: str, contents: np.ndarray) -> Histogram:
    axis = Axis(contents.size - 2, 0.0, 40.0, title=axis_title)
    return Histogram("p", "", "TH1F", (axis,), read_only(contents), y_title="Events")


def drawn(cause: str, histogram: Histogram) -> np.ndarray:
    change = EXAMPLE_CHANGES[cause]
    return change(histogram, np.random.default_rng(1)).values()


def test_what_is_drawn_has_the_names_of_the_simulation() -> None:
    assert set(EXAMPLE_CHANGES) <= {cause.name for cause in TABLE}
    missing = {
        cause.name
        for cause in TABLE
        if cause.acts_on == "state" and cause.name not in EXAMPLE_CHANGES
    }
    assert missing == {"not-stable"}  # it shows in flags of conditions alone


def test_a_lost_driver_is_one_bar_among_errors_and_a_gap_among_events() -> None:
    assert np.count_nonzero(drawn("fed-lost", of_events("FED", np.zeros(42)))) == 1
    found = drawn("fed-lost", of_events("FED", np.full(42, 9.0)))
    assert np.count_nonzero(found == 0) == 1
    assert (found[found > 0] == 9).all()


def test_a_drift_of_the_clock_is_nine_nanoseconds() -> None:
    numbers = np.arange(42)
    contents = np.where(numbers == 10, 100.0, 0.0)
    found = drawn("t0-drift", of_events("Time [ns]", contents))
    assert np.flatnonzero(found).tolist() == [10 - 1 + 9]


@pytest.mark.parametrize(
    ("cause", "title", "towards"),
    [("lumi-drop", "Digis per event", -1), ("fed-lost", "FEDs in error", 1),
     ("fed-lost", "Cells with signal", -1), ("hot-channel", "Cells with signal", 1)],
)  # fmt: skip
def test_events_by_what_is_in_them_move_along_the_axis(
    cause: str, title: str, towards: int
) -> None:
    numbers = np.arange(42)
    contents = np.round(1000 * np.exp(-0.5 * ((numbers - 20) / 4) ** 2))
    found = drawn(cause, of_events(title, contents))
    change = np.average(numbers[1:-1], weights=found) - 20
    assert np.sign(change) == towards
    assert abs(change) >= 1
