"""What the last updates of a source added to a plot."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
import numpy as np
import pytest
from engine.fakes import a_map, line

from dqmconsole.engine.increments import Increments, Moment, pack, unpack

if TYPE_CHECKING:
    from dqmconsole.model.histogram import Histogram

PATH = "Hcal/Digi/Occupancy"
WRITER = ("host", 7)


def at(lumisection: int, *, run: int = 1, process: tuple[str, int] = WRITER) -> Moment:
    return Moment(run, lumisection, lumisection, 100.0 * lumisection, process)


def filled(*values: float) -> Histogram:
    return line("Occupancy", list(values))


def taken(*steps: tuple[Moment, Histogram]) -> Increments:
    increments = Increments()
    for moment, histogram in steps:
        increments.take(PATH, histogram, moment)
    return increments


def test_windows_are_what_the_last_updates_added() -> None:
    steps = [(at(n), filled(n, 2 * n, n * n)) for n in range(1, 6)]
    increments = taken(*steps)
    found = increments.windows(PATH, steps[-1][1], (1, 3, 15))
    assert [each.histogram.values().tolist() for each in found] == [
        [1, 2, 9],
        [3, 6, 21],
        [4, 8, 24],  # all there are, for the fifteen that were asked for
    ]
    assert [each.words for each in found] == ["LS 5", "LS 3–5", "LS 2–5"]
    assert [each.events for each in found] == [100, 300, 400]
    assert [each.updates for each in found] == [1, 3, 4]


def test_no_more_updates_are_kept_than_are_asked_for() -> None:
    steps = [(at(n), filled(n, n)) for n in range(1, 40)]
    (window,) = taken(*steps).windows(PATH, steps[-1][1], (100,))
    assert window.updates == 15
    assert window.words == "LS 25–39"


@pytest.mark.parametrize(
    ("moment", "histogram"),
    [
        (at(4), filled(2, 2)),  # entries fall
        (at(4), filled(1, 9)),  # a bin falls, others make up for it
        (at(4, process=("host", 8)), filled(5, 5)),  # another process
        (at(4, run=2), filled(5, 5)),
        (at(4), filled(5, 5, 5)),  # of other bins
        (at(4), filled(np.inf, 5)),
    ],
)
def test_nothing_is_added_up_across_a_restart(
    moment: Moment, histogram: Histogram
) -> None:
    increments = taken(*((at(n), filled(n, n)) for n in range(1, 4)))
    increments.take(PATH, histogram, moment)
    assert increments.windows(PATH, histogram, (1, 3)) == []


def test_a_restart_begins_a_new_span() -> None:
    increments = taken(*((at(n), filled(n, n)) for n in range(1, 4)))
    increments.take(PATH, filled(1, 0), at(4))
    increments.take(PATH, filled(3, 1), at(5))
    (window,) = increments.windows(PATH, filled(3, 1), (1, 3))
    assert window.histogram.values().tolist() == [2, 1]
    assert window.words == "LS 5"


def test_a_gap_begins_a_new_span() -> None:
    steps = [(at(n), filled(n, n)) for n in (1, 2, 3, 9)]
    (window,) = taken(*steps).windows(PATH, steps[-1][1], (1, 3))
    assert window.words == "LS 4–9"
    assert window.updates == 1


def test_a_window_that_is_the_whole_run_is_none() -> None:
    increments = taken((at(1), filled(0, 0)), (at(2), filled(3, 1)))
    assert increments.windows(PATH, filled(3, 1), (1,)) == []


def test_the_same_snapshot_is_taken_once_and_the_same_content_is_no_update() -> None:
    increments = taken((at(1), filled(1, 1)), (at(2), filled(3, 1)))
    increments.take(PATH, filled(3, 1), at(2))
    again = at(2)._replace(version=3)
    assert increments.take(PATH, filled(3, 1), again) == 2
    (window,) = increments.windows(PATH, filled(3, 1), (1, 3))
    assert window.histogram.values().tolist() == [2, 0]


def test_what_was_filled_before_conditions_held_is_left_out() -> None:
    steps = [(at(n), filled(n, n)) for n in range(1, 6)]
    (one, two) = taken(*steps).windows(PATH, steps[-1][1], (1, 15), after=3)
    assert (one.words, two.words) == ("LS 5", "LS 4–5")


def test_without_lumisections_the_updates_are_counted() -> None:
    steps = [
        (at(n)._replace(lumisection=None, events=None), filled(n, n))
        for n in range(1, 4)
    ]
    (one, two) = taken(*steps).windows(PATH, steps[-1][1], (1, 2))
    assert (one.words, two.words) == ("the last update", "the last 2 updates")
    assert one.events is None


def test_means_of_a_profile_are_those_of_the_update() -> None:
    first = line("t", [6.0], bin_entries=np.array([0.0, 2.0, 0.0]), entries=2.0)
    second = line("t", [2.0], bin_entries=np.array([0.0, 4.0, 0.0]), entries=4.0)
    first = msgspec.structs.replace(first, sumw2=first.contents**2)
    second = msgspec.structs.replace(second, sumw2=first.sumw2 + 4)
    increments = taken((at(1), first), (at(2), second))
    (window,) = increments.windows(PATH, second, (1,))
    assert window.histogram.values().tolist() == [-2.0]  # (2 − 6) / (4 − 2)


@pytest.mark.parametrize(
    "values", [[0, 255], [0, 70000], [-3, 5], [0.5, 2], [2.0**60, 1], []]
)
def test_packing_loses_nothing(values: list[float]) -> None:
    array = np.array([values] * 3000, np.float64)
    packed = pack(array)
    found = unpack(packed)
    assert np.array_equal(found, array)


def test_a_hundred_maps_stay_small() -> None:
    draw = np.random.default_rng(3)
    shape = (300, 200)
    total = np.zeros(shape)
    increments = Increments()
    for number in range(1, 18):
        total = total + draw.poisson(5.0, shape)
        increments.take(PATH, a_map("m", total), at(number))
    whole = 17 * 302 * 202 * 4
    assert increments.nbytes < whole / 5
    (window,) = increments.windows(PATH, a_map("m", total), (15,))
    assert window.histogram.values().sum() == pytest.approx(15 * 5 * 60000, rel=0.01)
