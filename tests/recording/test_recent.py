"""What the last updates of a source added to a plot."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
import numpy as np
import pytest
from engine.fakes import a_map, line

from dqmconsole.recording.packing import pack, unpack, whole
from dqmconsole.recording.recent import Gained, Recalled, Recent, Snapshot, Step

if TYPE_CHECKING:
    from dqmconsole.model.histogram import Histogram
    from dqmconsole.recording.packing import Stack

PATH = "Hcal/Digi/Occupancy"
WRITER = ("host", 7)


def at(
    lumisection: int, *, run: int = 1, process: tuple[str, int] = WRITER
) -> Snapshot:
    return Snapshot(run, lumisection, lumisection, 100.0 * lumisection, process)


def filled(*values: float) -> Histogram:
    made: Histogram = line("Occupancy", list(values))
    return made


def taken(*steps: tuple[Snapshot, Histogram]) -> Recent:
    increments = Recent()
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
    moment: Snapshot, histogram: Histogram
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
    number = increments.take(PATH, filled(3, 1), at(2))
    again = at(2)._replace(version=3)
    assert increments.take(PATH, filled(3, 1), again) == number
    (window,) = increments.windows(PATH, filled(3, 1), (1, 3))
    assert window.histogram.values().tolist() == [2, 0]


def test_what_was_filled_before_conditions_held_is_left_out() -> None:
    steps = [(at(n), filled(n, n)) for n in range(1, 6)]
    increments = taken(*steps[:3])
    number = increments.take(PATH, steps[2][1], at(3))
    for moment, histogram in steps[3:]:
        increments.take(PATH, histogram, moment)
    (one, two) = increments.windows(PATH, steps[-1][1], (1, 15), after=number)
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


def recalled(*first: float, lumisection: int = 5) -> Recalled:
    """What was recorded before LS 5: one update of LS 3, and that of 4 and 5."""
    steps = [
        Step(pack([whole(filled(*first))]), 3, 3, 100.0),
        Step(pack([whole(filled(1, 1))]), 4, 5, 200.0),
    ]
    return Recalled(1, lumisection, 100.0 * lumisection, {PATH: steps})


def test_windows_go_on_from_what_was_recorded() -> None:
    increments = taken(*((at(n), filled(9 + n, n)) for n in (5, 6, 7)))
    assert increments.recall(recalled(2, 1))
    found = increments.windows(PATH, filled(16, 7), (1, 3, 15))
    assert [each.words for each in found] == ["LS 7", "LS 4–7", "LS 3–7"]
    assert [each.updates for each in found] == [1, 3, 4]
    assert found[-1].histogram.values().tolist() == [5, 4]
    assert found[-1].events == 500
    increments.take(PATH, filled(20, 8), at(8))
    window = increments.windows(PATH, filled(20, 8), (15,))[-1]
    assert (window.words, window.updates) == ("LS 3–8", 5)


def test_what_was_recorded_is_kept_out_where_conditions_did_not_hold() -> None:
    increments = taken((at(5), filled(9, 9)))
    number = increments.take(PATH, filled(9, 9), at(5))
    increments.take(PATH, filled(12, 9), at(6))
    increments.recall(recalled(2, 1))
    (window,) = increments.windows(PATH, filled(12, 9), (15,), after=number)
    assert window.words == "LS 6"


@pytest.mark.parametrize("lumisection", [4, 6])
def test_what_was_recorded_up_to_another_update_is_none_of_a_window(
    lumisection: int,
) -> None:
    increments = taken((at(5), filled(9, 9)), (at(6), filled(12, 9)))
    assert not increments.recall(recalled(2, 1, lumisection=lumisection))
    (window,) = increments.windows(PATH, filled(12, 9), (15,))
    assert window.words == "LS 6"


def test_what_is_gained_is_told_as_it_is_packed() -> None:
    told: list[tuple[str, Histogram, Gained]] = []
    increments = Recent(gained=lambda *one: told.append(one))
    first, second = filled(1, 1), filled(3, 1)
    increments.take(PATH, first, at(1))
    increments.take(PATH, second, at(2))
    increments.take(PATH, filled(1, 0), at(3))  # it began again
    ((path, after, gained),) = told
    assert path == PATH
    assert after is second
    assert gained.before is first
    assert gained.moved
    assert unpack(gained.data).row(0).contents.tolist() == [0, 2, 0, 0]


def test_a_hundred_maps_stay_small() -> None:
    draw = np.random.default_rng(3)
    shape = (300, 200)
    total = np.zeros(shape)
    increments = Recent()
    for number in range(1, 18):
        total = total + draw.poisson(5.0, shape)
        increments.take(PATH, a_map("m", total), at(number))
    whole = 17 * 302 * 202 * 4
    assert increments.nbytes < whole / 5
    (window,) = increments.windows(PATH, a_map("m", total), (15,))
    assert window.histogram.values().sum() == pytest.approx(15 * 5 * 60000, rel=0.01)


def test_the_last_lumisections_are_whole_updates_of_one_span() -> None:
    increments, held = Recent(), filled(0, 0)
    increments.keep(PATH, 60)
    for last in range(4, 124, 4):  # an update each four lumisections
        held = filled(last, 2 * last)
        increments.take(PATH, held, at(last))
    found = increments.last(PATH, held, 60)
    assert found is not None
    assert found.histogram.values().tolist() == [60, 120]
    assert found.histogram.contents.dtype == held.contents.dtype
    assert (found.updates, found.words_for(60)) == (15, "LS 61–120")
    assert found.events == 6000
    short = increments.last(PATH, held, 2)
    assert short is not None  # it is the last update at least
    assert short.words_for(2) == "LS 117–120, the last update (2 asked)"
    odd = increments.last(PATH, held, 6)
    assert odd is not None
    assert odd.words_for(6) == "LS 117–120, 4 of 6 asked"
    increments.take(PATH, filled(200, 300), at(200))  # over a gap
    gap = increments.last(PATH, filled(200, 300), 60)
    assert gap is not None
    assert gap.words_for(60) == "LS 121–200, the last update (60 asked)"
    increments.take(PATH, filled(201, 301), at(201, process=("", 0)))
    final = increments.last(PATH, filled(201, 301), 1)
    assert final is not None  # a final file does not name its process
    assert final.words == "LS 201"
    increments.take(PATH, filled(202, 302), at(202))
    restarted = at(203, process=("host", 8))
    increments.take(PATH, filled(1, 1), restarted)
    assert increments.last(PATH, filled(1, 1), 60) is None


@pytest.mark.parametrize("weight", [1.0, 0.1])
def test_a_window_that_moves_on_is_the_same_as_one_added_up_at_once(
    weight: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    random = np.random.default_rng(3)
    moving, unpacked = Recent(), []
    moving.keep(PATH, 10)
    cells = np.zeros((30, 20))

    def counted(data: bytes) -> Stack:
        unpacked.append(data)
        return unpack(data)

    monkeypatch.setattr("dqmconsole.recording.recent.unpack", counted)
    steps: list[tuple[Snapshot, Histogram]] = []
    for n in range(1, 30):
        cells = cells + weight * random.poisson(0.5 if n % 7 else 300, cells.shape)
        histogram = msgspec.structs.replace(a_map("m", cells), sums=(n / 3,) * 7)
        steps.append((at(n), histogram))
        moving.take(PATH, histogram, at(n))
        unpacked.clear()
        found = moving.last(PATH, histogram, 10)
        many = len(unpacked)
        again = Recent()
        again.keep(PATH, 10)
        for moment, each in steps[-12:]:
            again.take(PATH, each, moment)
        alone = again.last(PATH, histogram, 10)
        if found is None or alone is None:
            continue
        assert np.array_equal(found.histogram.contents, alone.histogram.contents)
        assert found.histogram.contents.dtype == alone.histogram.contents.dtype
        assert found.histogram.sums == alone.histogram.sums
        assert found[1:] == alone[1:]
        if n > 4:
            assert many == (min(n - 1, 10) if weight < 1 else 1 + (n > 11))


def test_as_many_updates_are_kept_as_a_window_has() -> None:
    increments = Recent()
    increments.keep(PATH, 40)
    for n in range(1, 100):
        increments.take(PATH, filled(n, n), at(n))
    found = increments.last(PATH, filled(99, 99), 40)
    assert found is not None
    assert (found.updates, found.words) == (40, "LS 60–99")
    assert len(increments.steps(PATH)) == 40
    other = Recent()
    step = Step(pack([whole(filled(1, 1))]), None, None, None)
    other.recall(Recalled(1, 9, 900.0, {PATH: (step,)}))  # of nothing that is known
    other.keep(PATH, 3)
    for n in range(1, 9):  # of a source that counts no lumisections
        other.take(PATH, filled(n, n), Snapshot(1, n, None, None, WRITER))
    counted = other.last(PATH, filled(8, 8), 3)
    assert counted is not None
    assert counted.words_for(3) == "the last 3 updates, for 3 LS asked"
    own = counted._replace(unit="spill")
    assert own.words_for(3) == "the last 3 updates, for 3 spills asked"


def test_a_window_goes_on_from_a_record() -> None:
    asked: list[tuple[int, str, int]] = []

    def recorded(run: int, path: str, lumisections: int) -> list[Step]:
        asked.append((run, path, lumisections))
        return [Step(pack([whole(filled(1, 1))]), n, n, 100.0) for n in range(1, 51)]

    increments = Recent(recorded=recorded)
    increments.keep(PATH, 40)
    increments.take(PATH, filled(50, 50), at(50))
    increments.take("Hcal/Digi/Other", filled(1, 1), at(50))
    increments.take(PATH, filled(51, 51), at(51))
    assert asked == [(1, PATH, 40)]
    # the same once more, of the recorder's thread
    same = recorded(1, PATH, 40)
    increments.recall(Recalled(1, 50, 5000.0, {PATH: same}))
    found = increments.last(PATH, filled(51, 51), 40)
    assert found is not None
    assert (found.words, found.events) == ("LS 12–51", 4000)
    assert found.histogram.values().tolist() == [40, 40]
    later = Recent(recorded=recorded)
    later.keep(PATH, 40)
    later.take(PATH, filled(60, 60), at(60))  # the record ends before
    assert later.last(PATH, filled(60, 60), 40) is None
