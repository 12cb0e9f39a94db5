from __future__ import annotations

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dqmconsole.desk.study import Plan, Study, refuse_other, summed
from dqmconsole.desk.study_found import (
    Cell,
    Found,
    GoodPart,
    MomentFound,
    Pair,
    PairFound,
    Rang,
    false_alarm_rate,
    fault_rows,
    good_rows,
    is_soon,
    layout_rows,
    moment_rows,
    pair_rows,
)
from dqmconsole.desk.study_pieces import (
    StudyError,
    note_announcement,
    region_right,
    shows,
)
from dqmconsole.model.alarm import Alarm, Member
from dqmconsole.model.cause import Extent
from dqmconsole.model.layout import plot_key
from dqmconsole.model.run_quality import surely_below
from dqmconsole.model.verdict import Status

_PLAN = Plan("simulated", "hash", 1, 8.0, 1, 4)
_times = st.none() | st.integers(1, 30)


def _cell(
    layout: str = "Hcal", size: float = 1.0, place: int = 0, fault: str = "dead"
) -> Cell:
    return Cell(fault, layout, size, "boards", place, "collisions")


@st.composite
def _found(draw: st.DrawFn) -> list[Found]:
    many = draw(st.integers(1, 12))
    found = []
    for place in range(many):
        after = draw(_times)
        found.append(
            Found(
                _cell(
                    draw(st.sampled_from(["Hcal", "DT"])),
                    draw(st.sampled_from([1.0, 2.0, 4.0])),
                    place,
                    draw(st.sampled_from(["dead", "hot"])),
                ),
                after=after,
                ideal=draw(_times),
                region=None if after is None else draw(st.booleans()),
                rows=draw(st.integers(0, 3)),
                cleared=draw(st.integers(0, 1)),
            )
        )
    return found


def _alarm(*members: tuple[str, Extent | None]) -> Alarm:
    plots = tuple(
        Member(plot_key("Hcal", "Digi", path), Status.BAD, "", "missing", "", extent)
        for path, extent in members
    )
    return Alarm("1/Hcal/missing/1", 1, "Hcal", "missing", plots, 0.0, 0.0)


@given(_found())
def test_faults_and_layouts_are_never_pooled_and_the_worst_comes_first(
    found: list[Found],
) -> None:
    rows = fault_rows(found, 1)

    assert {(row.fault, row.layout) for row in rows} == {
        (each.cell.fault, each.cell.layout) for each in found
    }
    assert sum(row.cells for row in rows) == len(found)
    assert all(row.soon <= row.found <= row.findable <= row.cells for row in rows)
    powers = [1.0 if row.power is None else row.power for row in rows]
    assert powers == sorted(powers)


@given(_found())
def test_the_figures_on_top_are_those_of_the_worst(found: list[Found]) -> None:
    cells = {each.cell.key: each for each in found}
    study = summed(Study(None, None, None, True, _PLAN, cells=cells))

    powers = [row.power for row in study.faults if row.power is not None]
    assert study.power == min(powers, default=None)
    scores = [row.score for row in study.layouts if row.score is not None]
    assert study.mutation_score == min(scores, default=None)
    assert study.false_alarms_per_8h is None


@given(st.integers(0, 30))
def test_a_layout_has_a_score_from_twenty_findable_cells_on(many: int) -> None:
    found = [
        Found(_cell(place=place), after=1, ideal=1, region=place % 2 == 0)
        for place in range(many)
    ]
    lost = [Found(_cell(place=place), ideal=None) for place in range(many, many + 9)]

    rows = layout_rows([*found, *lost])
    if not many:
        assert rows == []
        return
    (row,) = rows
    assert (row.cells, row.revealed) == (many, (many + 1) // 2)
    assert row.score == (row.revealed / many if many >= 20 else None)


def test_soon_is_one_update_and_one_and_a_half_times_the_ideal_time() -> None:
    assert is_soon(Found(_cell(), after=13, ideal=2), every=10)
    assert not is_soon(Found(_cell(), after=14, ideal=2), every=10)
    assert not is_soon(Found(_cell(), ideal=2), every=10)


def test_the_region_is_right_where_half_of_the_plots_show_the_fault() -> None:
    here = Extent(("wheel",), (("1",),))
    there = Extent(("wheel",), (("2",),))
    struck = {"a": here, "b": None}

    assert region_right(_alarm(("a", here), ("c", None)), struck)
    assert region_right(_alarm(("a", None)), struck)
    assert region_right(_alarm(("b", there)), struck)
    assert not region_right(_alarm(("a", there)), struck)
    assert not region_right(_alarm(("a", here), ("c", None), ("d", None)), struck)


def test_pairs_count_where_each_fault_is_found_alone() -> None:
    one, other = _cell("Hcal"), _cell("DT", fault="hot")
    near = _cell("Hcal", fault="hot")
    alone = {each.key: Found(each, after=1, ideal=1) for each in (one, other, near)}
    found = [
        PairFound(Pair(one, other), rows=2, shown=2),
        PairFound(Pair(one, near), rows=1, shown=2),
    ]
    across, within = pair_rows(found, alone)

    assert (across.within, across.pairs, across.as_one) == (False, 1, 0)
    assert (within.within, within.pairs, within.as_one) == (True, 1, 1)
    assert within.at_most == 1.0
    assert pair_rows(found, {}) == []
    (lost,) = pair_rows([PairFound(Pair(one, other), rows=1, shown=1)], alone)
    assert (lost.as_one, lost.missed) == (0, 1)
    alone[other.key] = Found(other)
    (row,) = pair_rows(found, alone)
    assert row.within


def test_the_moment_with_most_alarms_comes_first() -> None:
    found = [
        MomentFound("beam-dump", "collisions", 1, 1, 0),
        MomentFound("stop-start", "cosmics", 4, 5, 2),
        MomentFound("stop-start", "collisions", 0, 0, 0),
    ]
    first, last = moment_rows(found)

    assert (first.event, first.tried, first.mean, first.most) == ("stop-start", 2, 2, 4)
    assert first.audible == 2
    assert (last.event, last.most) == ("beam-dump", 1)


def test_an_alarm_shows_a_fault_by_one_plot_in_its_place() -> None:
    here, there = Extent(("wheel",), (("1",),)), Extent(("wheel",), (("2",),))

    assert shows(_alarm(("a", here), ("b", None)), {"a": here})
    assert shows(_alarm(("a", None)), {"a": here})
    assert not shows(_alarm(("a", there)), {"a": here})
    assert not shows(_alarm(("b", here)), {"a": here})


def test_an_alarm_that_comes_again_is_counted_again() -> None:
    alarm = _alarm(("a", None))
    replace = msgspec.structs.replace
    rang: dict[tuple[str, int], Rang] = {}
    for elapsed, each in enumerate(
        [
            alarm,
            replace(alarm, urgency="now"),  # it rises while it is told
            replace(alarm, urgency="", returned=1.0),
            replace(alarm, urgency="next-day", news=2, returned_before=1.0),
            replace(alarm, urgency="next-day", news=2),
        ]
    ):
        note_announcement(rang, each, elapsed)

    assert [(one.elapsed, one.audible) for one in rang.values()] == [
        (1, True), (3, False)
    ]  # fmt: skip
    assert {one.layout for one in rang.values()} == {"Hcal"}


def test_false_alarms_have_their_limit_and_those_that_are_shown_stand_apart() -> None:
    rang = (
        Rang("Hcal", 4, True, ""), Rang("DT", 5, False, ""), Rang("Hcal", 9, True, "")
    )  # fmt: skip
    parts = [
        GoodPart("cosmics", 4.0, (), rang, 90, 100),
        GoodPart("cosmics", 12.0, (), (), 100, 100),
    ]
    whole, hcal, dt = good_rows(parts)

    assert (whole.layout, whole.audible, whole.shown) == ("", 2, 1)
    assert whole.per_shift == pytest.approx(1.0)
    assert whole.at_most == pytest.approx(surely_below(2) / 2)
    assert whole.coverage == pytest.approx(0.95)
    assert (hcal.layout, hcal.audible, dt.layout, dt.audible) == ("Hcal", 2, "DT", 0)


def test_the_ideal_test_may_ring_as_often_as_the_layout_did() -> None:
    parts = [GoodPart("cosmics", 10.0, (), (Rang("Hcal", 1, True, ""),) * 5)]

    assert false_alarm_rate(parts, "Hcal") == pytest.approx(0.5)
    assert false_alarm_rate(parts, "") == pytest.approx(0.5)
    assert false_alarm_rate(parts, "DT") == pytest.approx(0.1)  # none came


def test_another_plan_is_another_study() -> None:
    refuse_other(_PLAN, _PLAN)

    other = Plan("simulated", "changed", 2, 8.0, 1, 4)
    with pytest.raises(StudyError, match="site hash, not changed; seed 1, not 2"):
        refuse_other(other, _PLAN)
    parted = msgspec.structs.replace(_PLAN, part=1.0)
    with pytest.raises(StudyError, match=r"part 1\.0, not 4\.0"):
        refuse_other(_PLAN, parted)
