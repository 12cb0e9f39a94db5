"""Which plots that are wrong are one row, and what becomes of it."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING

import msgspec
import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from dqmconsole.engine.grouping import (
    CHATTER_IN,
    CLOSES_AFTER,
    GOOD_FOR,
    RELAPSES,
    TAKES,
    Fed,
    Grouping,
    Moment,
    Row,
    Sign,
    in_one_row,
)
from dqmconsole.model.cause import (
    FAMILIES,
    MOST_CELLS,
    URGENCIES,
    Extent,
    Family,
    extent_of,
    overlap,
)
from dqmconsole.model.layout import plot_key
from dqmconsole.model.verdict import Status

if TYPE_CHECKING:
    from collections.abc import Iterable

SUBSYSTEMS = ("Hcal", "Ecal")


def key(subsystem: str, name: str) -> str:
    """A plot of a subsystem."""
    return plot_key(subsystem, "Page", f"{subsystem}/{name}")


def wheels(*numbers: int) -> Extent:
    """Some wheels."""
    return extent_of(("wheel",), ((str(each),) for each in numbers))


def wrong(name: str, subsystem: str = "Hcal", **more: object) -> Sign:
    """A plot that misses something since lumisections 4 to 5."""
    given: dict[str, object] = {
        "key": key(subsystem, name),
        "root": subsystem,
        "family": "missing",
        "status": Status.BAD,
        "sentence": "12 % dead",
        "earliest": 4,
        "latest": 5,
    }
    return msgspec.convert(given | more, Sign, strict=False)


def parted(sign: Sign, *parts: tuple[int, ...]) -> Sign:
    """A plot that is wrong in some wheels, in parts that lie apart."""
    found = tuple(wheels(*each) for each in parts)
    whole = wheels(*(one for each in parts for one in each))
    found = found if len(found) > 1 else ()
    return msgspec.structs.replace(sign, extent=whole, parts=found)


NEAR, FAR = (1, 2, 3), (11, 12, 13)  # two parts
OTHER: dict[Family, Family] = {"missing": "excess", "excess": "missing"}


def otherwise(sign: Sign, status: Status, *places: int) -> Sign:
    """A plot that is wrong the other way, too, in some wheels."""
    other = msgspec.structs.replace(
        sign, family=OTHER[sign.family], status=status, sentence="12 % noisy",
        extent=wheels(*(places or (21, 22, 23))), parts=(), part=True,
    )  # fmt: skip
    return msgspec.structs.replace(sign, otherwise=other)


def kept(rows: Iterable[Row]) -> list[Row]:
    """Rows as they are read that were kept."""
    return [msgspec.msgpack.decode(msgspec.msgpack.encode(each), type=Row)
            for each in rows]  # fmt: skip


class Source:
    """A source whose plots are looked at, update by update."""

    def __init__(self) -> None:
        self.grouping = Grouping()
        self.lumisection = 4
        self.now = 1000.0
        self.run = 7

    def update(
        self,
        *signs: Sign,
        good: tuple[str, ...] = (),
        updated: tuple[str, ...] = SUBSYSTEMS,
        removed: tuple[str, ...] = (),
        others: Iterable[Row] = (),
    ) -> list[Row]:
        """One update of some subsystems."""
        self.lumisection += 1
        self.now += 23.0
        return self.grouping.look(
            Moment(self.now, self.run, self.lumisection),
            {each.key: each for each in signs},
            good,
            updated,
            removed,
            kept(others),
        )

    @property
    def ids(self) -> list[str]:
        """The rows, oldest first."""
        return [row.alarm.id for row in self.grouping.rows]


def test_plots_of_one_cause_are_one_row() -> None:
    source = Source()
    (row,) = source.update(wrong("a"), wrong("b", earliest=5, latest=5))
    assert row.alarm.keys == {key("Hcal", "a"), key("Hcal", "b")}
    assert (row.alarm.earliest, row.alarm.latest) == (5, 5)
    assert row.alarm.id == "7/Hcal/missing/1"
    assert row.alarm.news == 1


def test_a_plot_that_sees_it_later_joins_what_another_saw_sooner() -> None:
    source = Source()
    first = wrong("a")
    source.update(first)
    second = wrong("b", earliest=6, latest=10, perhaps_from=5)
    source.update(first, second)
    assert source.ids == ["7/Hcal/missing/1"]
    third = wrong("c", earliest=11, latest=15, perhaps_from=6)
    source.update(first, second, third)
    assert source.ids == ["7/Hcal/missing/1", "7/Hcal/missing/2"]


def test_another_family_place_or_subsystem_is_another_row() -> None:
    source = Source()
    source.update(
        wrong("a", extent=wheels(1)),
        wrong("b", extent=wheels(2)),
        wrong("c", family="excess"),
        wrong("d", "Ecal"),
    )
    assert source.ids == [
        "7/Hcal/missing/1",
        "7/Hcal/missing/2",
        "7/Hcal/excess/1",
        "7/Ecal/missing/1",
    ]


def test_what_began_at_another_time_is_another_row() -> None:
    source = Source()
    source.update(wrong("a"), wrong("b", earliest=1, latest=2))
    assert len(source.ids) == 2


def test_what_feeds_takes_what_it_feeds() -> None:
    fed = (Fed(key("Ecal", "feds"), ("missing", "rate")),)
    source = Source()
    source.update(
        wrong("a", above=fed),
        wrong("feds", "Ecal"),
        wrong("b", family="shift", above=fed),
    )
    first, second = source.grouping.rows
    assert first.alarm.keys == {key("Ecal", "feds"), key("Hcal", "a")}
    assert first.alarm.root == "Ecal"
    assert second.alarm.keys == {key("Hcal", "b")}  # feds do not shift anything


def test_what_names_subsystems_feeds_those_alone() -> None:
    shares, drivers = key("FED", "shares"), key("FED", "drivers")
    fed = (Fed(shares, ("missing",)),)
    of_hcal = extent_of(("subsystem",), [("Hcal",), ("DT",)])
    source = Source()
    source.update(
        wrong("shares", "FED", extent=of_hcal),
        wrong("drivers", "FED", above=fed),  # its own subsystem is not fed
        wrong("map", above=fed, extent=wheels(1)),
        wrong("map", "Ecal", above=fed),
        wrong("table", "Ecal", above=fed, extent=extent_of(of_hcal.names, [("DT",)])),
    )
    first, second = source.grouping.rows
    assert first.alarm.keys == {
        *(shares, drivers),
        *(key("Hcal", "map"), key("Ecal", "table")),
    }
    assert second.alarm.keys == {key("Ecal", "map")}


def test_what_names_no_subsystem_takes_the_plots_of_one() -> None:
    shares, number = key("FED", "shares"), key("FED", "number")
    fed = (Fed(number, ("missing",)), Fed(shares, ("missing",), names_it=True))
    source = Source()
    signs = (
        wrong("number", "FED", above=fed[1:]),
        wrong("map", above=fed),
        wrong("map", "Ecal", above=fed),
        wrong("table", above=fed),
    )
    source.update(*signs)
    first, second = source.grouping.rows
    assert first.alarm.keys == {
        *(number, key("Hcal", "map"), key("Hcal", "table")),
    }
    assert second.alarm.keys == {key("Ecal", "map")}
    named = wrong("shares", "FED", extent=extent_of(("subsystem",), [("Ecal",)]))
    source = Source()
    source.update(named, *signs)  # whose are lost is known then
    assert source.grouping.rows[0].alarm.keys == {
        *(number, shares, key("Ecal", "map")),
    }
    usual = tuple(Fed(each.key, each.families) for each in fed)
    source = Source()
    source.update(*(msgspec.structs.replace(each, above=usual) for each in signs[1:]),
                  signs[0])  # fmt: skip
    assert len(source.ids) == 1  # where nothing names them it takes all


def test_what_a_subsystem_takes_from_another_hides_none_of_its_own_plots() -> None:
    shares, charge = key("FED", "shares"), key("Hcal", "charge")
    gain = Fed(charge, ("missing",))
    fed = (gain, Fed(shares, ("missing",), names_it=True))
    source = Source()
    source.update(
        wrong("charge", family="shift"),
        wrong("towers", "L1T", above=(gain,)),
        wrong("map", above=fed),
    )
    (row,) = source.grouping.rows
    assert row.alarm.keys == {charge, key("L1T", "towers"), key("Hcal", "map")}


def test_what_feeds_comes_first_however_much_feeds_it() -> None:
    feds, more, status = (key(*each) for each in (
        ("FED", "feds"), ("FED", "more"), ("Hcal", "status"),
    ))  # fmt: skip
    usual: tuple[Family, ...] = ("missing",)
    source = Source()
    source.update(
        wrong("a", above=(Fed(status, usual),)),
        wrong("status", above=(Fed(more, usual), Fed(feds, usual))),
        wrong("feds", "FED", above=(Fed(status, usual),)),  # a ring
    )
    (row,) = source.grouping.rows
    assert len(row.alarm.members) == 3


def test_what_feeds_but_began_later_takes_nothing() -> None:
    fed = (Fed(key("Ecal", "feds"), ("missing",)),)
    source = Source()
    source.update(wrong("a", above=fed), wrong("feds", "Ecal", earliest=6, latest=7))
    assert len(source.ids) == 2


def test_a_row_takes_plots_for_some_updates_and_later_ones_say_with_which() -> None:
    source, found = Source(), []
    for many in range(1, TAKES + 3):
        found = [wrong(str(each)) for each in range(many)]
        source.update(*found)
    first, second = source.grouping.rows
    assert len(first.alarm.members) == TAKES + 1
    assert second.alarm.perhaps_with == first.alarm.id
    assert len(found) == len(first.alarm.members) + len(second.alarm.members)


def test_late_plots_of_one_row_are_one_more_if_they_are_in_one_place() -> None:
    fed = (Fed(key("Ecal", "map"), ("missing",)),)
    source, first = Source(), wrong("map", "Ecal")
    for _ in range(TAKES + 1):
        source.update(first)
    taus, jets, far = (
        wrong(name, above=fed, extent=wheels(*places))
        for name, places in (("taus", NEAR), ("jets", NEAR), ("far", FAR))
    )
    source.update(first, taus, jets, far)
    assert [set(each) for each in rows_of(source)] == [
        {"map"}, {"taus", "jets"}, {"far"},
    ]  # fmt: skip
    late = source.grouping.rows[1:]
    assert {row.alarm.perhaps_with for row in late} == {source.ids[0]}
    source = Source()
    for _ in range(TAKES + 1):
        source.update(first)
    source.update(first, wrong("jets", extent=wheels(*NEAR)))
    source.update(first, wrong("jets", extent=wheels(*NEAR)), taus)
    assert [row.alarm.perhaps_with for row in source.grouping.rows] == [
        *("", "", source.ids[0]),
    ]  # the jets do not belong there


def test_a_row_returns_only_when_all_are_good_for_long_enough() -> None:
    source = Source()
    one, two = wrong("a"), wrong("b")
    source.update(one, two)
    source.update(two, good=(one.key,))
    for _ in range(GOOD_FOR):
        source.update(good=(one.key,))  # of the other nothing is known
    (row,) = source.grouping.rows
    assert row.alarm.returned is None
    assert row.alarm.unconfirmed
    assert row.alarm.seen == (7, 6)
    for n in range(GOOD_FOR):
        assert row.alarm.returned is None, n
        source.update(good=(one.key, two.key))
    assert row.alarm.returned == source.now


def test_what_may_be_of_a_cause_that_stands_is_good_after_longer() -> None:
    source, first = Source(), wrong("a", extent=wheels(*NEAR))
    for _ in range(TAKES + 1):
        source.update(first)
    late = wrong("b", extent=wheels(2))
    source.update(first, late)
    second = source.grouping.rows[1]
    for n in range(CHATTER_IN):
        assert second.alarm.returned is None, n
        source.update(first, good=(late.key,))
    assert second.alarm.returned == source.now
    source.update(first, late)
    for _ in range(GOOD_FOR):
        assert second.alarm.returned is None
        source.update(good=(first.key, late.key))
    source.update(good=(first.key, late.key))  # of the first it is known now
    assert second.alarm.returned == source.now


@pytest.mark.parametrize(
    ("extent", "told"),
    [
        (wheels(2), True),
        (wheels(1, 3), True),
        (wheels(4), False),
        (wheels(2, 4, 5), False),
        (wheels(*NEAR), False),
        (extent_of(("sector",), (("2",),)), False),
        (None, False),
    ],
)
def test_a_few_in_the_place_of_a_row_may_be_one_with_it_whenever_they_began(
    extent: Extent | None, told: bool
) -> None:
    source, first = Source(), wrong("a", extent=wheels(*NEAR))
    for _ in range(TAKES + 3):
        source.update(first)
    source.update(first, wrong("b", extent=extent, earliest=8, latest=11))
    _, second = source.grouping.rows
    assert second.alarm.perhaps_with == (source.ids[0] if told else "")


@pytest.mark.parametrize("status", [Status.STALE, Status.FAILED])
def test_what_is_not_judged_any_more_stands_as_urgent_as_it_was(status: Status) -> None:
    source = Source()
    one = wrong("a", urgency="now", extent=wheels(1))
    source.update(one)
    (row,) = source.update(wrong("a", status=status, family="stale", root="checks"))
    assert (row.alarm.urgency, row.alarm.news) == ("now", 1)
    assert row.alarm.members[0].sentence == one.sentence
    assert row.alarm.unconfirmed
    assert row.alarm.seen == (7, 5)
    source.update(one)
    (row,) = source.grouping.rows
    assert (row.alarm.unconfirmed, row.alarm.news) == (False, 1)


def test_plots_that_are_judged_again_have_causes_of_their_own() -> None:
    source = Source()
    failed = {"status": Status.FAILED, "family": "stale", "root": "checks"}
    source.update(wrong("a", **failed), wrong("b", "Ecal", **failed))
    source.update(wrong("a"), wrong("b", "Ecal"))
    assert sorted(source.ids) == [
        "7/Ecal/missing/1", "7/Hcal/missing/1", "7/checks/stale/1",
    ]  # fmt: skip
    (checks,) = (row for row in source.grouping.rows if row.alarm.root == "checks")
    assert checks.alarm.returned == source.now


def test_looks_without_an_update_do_not_make_good() -> None:
    source = Source()
    one = wrong("a")
    source.update(one)
    for _ in range(2 * GOOD_FOR):
        source.update(good=(one.key,), updated=("Ecal",))
    assert source.grouping.rows[0].alarm.returned is None


def test_what_goes_by_another_limit_is_withdrawn_and_did_not_return_by_data() -> None:
    source = Source()
    one = wrong("a")
    source.update(one)
    source.grouping.site_changed("release 12", SUBSYSTEMS)
    source.update(good=(one.key,), updated=())
    (row,) = source.grouping.rows
    assert row.alarm.returned is not None
    assert row.alarm.withdrawn == "release 12"


def test_what_was_good_by_its_data_before_another_limit_is_not_withdrawn_by_it() -> (
    None
):
    source = Source()
    one = wrong("a")
    source.update(one)
    source.update(good=(one.key,))
    source.grouping.site_changed("release 12", SUBSYSTEMS)
    source.update(good=(one.key,), updated=())
    (row,) = source.grouping.rows
    assert row.alarm.returned is None
    for _ in range(GOOD_FOR - 1):
        source.update(good=(one.key,))
    (row,) = source.grouping.rows
    assert row.alarm.returned == source.now
    assert row.alarm.withdrawn == ""


def test_a_plot_that_is_laid_out_no_longer_is_withdrawn() -> None:
    source = Source()
    one = wrong("a")
    source.update(one)
    source.update(removed=(one.key,))
    assert source.grouping.rows[0].alarm.withdrawn == "it is laid out no longer"


@pytest.mark.parametrize(
    ("more", "words"),
    [
        ([wrong("a", urgency="now")], "more urgent"),
        ([wrong("a"), wrong("b")], "2 plots, 1 before"),
        ([wrong("a", extent=wheels(1, 2, 3))], "3 places, 2 before"),
        ([wrong("a", extent=wheels(3, 4))], "in another place"),
        ([wrong("a", family="excess")], "now excess"),
    ],
)
def test_what_makes_a_row_news_again(more: list[Sign], words: str) -> None:
    source = Source()
    source.update(wrong("a", extent=wheels(1, 2)))
    source.update(wrong("a", extent=wheels(1, 2)))
    assert source.grouping.rows[0].alarm.news == 1
    (row,) = source.update(*more)
    assert (row.alarm.news, row.alarm.news_words) == (2, words)
    assert row.alarm.news_at == source.now


def test_what_was_news_once_is_none_when_it_comes_and_goes() -> None:
    source = Source()
    one, there = wrong("a", extent=wheels(1)), wrong("a", extent=wheels(2))
    otherwise = wrong("a", extent=wheels(1), family="excess")
    for each in (one, there, one, there, one, otherwise, one, otherwise):
        source.update(each)
    (row,) = source.grouping.rows
    assert (row.alarm.news, row.alarm.news_words) == (3, "now excess")


def test_a_row_that_is_what_it_was_before_has_not_grown() -> None:
    source = Source()
    one, *more = (wrong(name, extent=wheels(1)) for name in "abc")
    good = tuple(each.key for each in more)
    source.update(one, *more)
    for _ in range(GOOD_FOR):
        source.update(one, good=good)
    source.update(wrong("a", extent=wheels(3)), good=good)
    source.update(one, *more)
    (row,) = source.grouping.rows
    assert row.alarm.news_words == "in another place"


def test_another_place_is_news_once_also_where_others_are_named_otherwise() -> None:
    source = Source()
    near, far = (extent_of(("pair",), [(each,)]) for each in ("11.5", "61.5"))
    first, other = wrong("a", extent=near), wrong("b", extent=wheels(1))
    (row,) = source.update(first)
    for _ in range(GOOD_FOR):
        source.update(other, good=(first.key,))
    assert [one.key for one in row.alarm.wrong] == [other.key]
    last = wrong("c", extent=far)
    told = [source.update(other, last, updated=()) for _ in range(3)]
    assert [len(each) for each in told] == [1, 0, 0]


def test_places_by_other_coordinates_are_no_more_than_those_before() -> None:
    source = Source()
    first = wrong("a", extent=extent_of(("pair",), [("11.5",)]))
    other = wrong("b", extent=wheels(1, 2, 3, 4))
    (row,) = source.update(first, other)
    for _ in range(GOOD_FOR):
        source.update(other, good=(first.key,))
    assert (row.alarm.extent, row.alarm.news) == (other.extent, 1)


def test_a_row_in_very_many_places_is_news_once() -> None:
    cells = [(f"{each:04}",) for each in range(MOST_CELLS + 100)]
    few, many = (extent_of(("tower",), some) for some in (cells[-20:], cells))
    source = Source()
    source.update(wrong("a", extent=few), wrong("b", extent=few))
    for _ in range(5):
        source.update(wrong("a", extent=many), wrong("b", extent=few))
    (row,) = source.grouping.rows
    assert (row.alarm.news, row.alarm.news_words) == (2, "356 places, 20 before")


def test_a_row_that_comes_back_soon_is_the_same_and_news_and_chatters_at_last() -> None:
    source = Source()
    one = wrong("a")
    source.update(one)
    for _ in range(GOOD_FOR):
        source.update(good=(one.key,))
    source.update(one)
    (row,) = source.grouping.rows
    assert row.alarm.news_words == "again"
    assert row.alarm.returned is None
    assert row.alarm.returned_before is not None
    assert row.alarm.chattering
    for _ in range(GOOD_FOR + 1):
        source.update(good=(one.key,))
    assert row.alarm.returned is None  # not while it chatters
    for _ in range(CHATTER_IN):
        source.update(good=(one.key,))
    assert row.alarm.returned is not None


@pytest.mark.parametrize(("stands", "good"), [(20, 5), (8, 8), (12, 14)])
def test_what_came_again_twice_returns_when_it_was_good_for_long(
    stands: int, good: int
) -> None:
    source = Source()
    one = wrong("a")
    for _ in range(6):
        for _ in range(stands):
            source.update(one)
        (row,) = source.grouping.rows
        for _ in range(good):
            source.update(good=(one.key,))
    assert row.alarm.news == 1 + RELAPSES  # it came, and came again so often
    assert row.alarm.returned is None
    for _ in range(CHATTER_IN):
        source.update(good=(one.key,))
    (over,) = source.grouping.rows
    assert over.alarm.returned is not None
    assert not over.alarm.chattering


def test_updates_of_other_subsystems_do_not_age_a_row() -> None:
    source = Source()
    one = wrong("a")
    source.update(one, updated=("Hcal", ""))
    for _ in range(GOOD_FOR):
        source.update(good=(one.key,), updated=("Hcal", ""))
        for _ in range(CHATTER_IN):
            source.update(good=(one.key,), updated=("Ecal", ""))
    source.update(one, updated=("Hcal", ""))
    (row,) = source.grouping.rows
    assert row.alarm.news_words == "again"
    assert row.alarm.chattering


def test_a_row_that_returned_is_closed_though_no_updates_come() -> None:
    source = Source()
    one = wrong("a")
    source.update(one)
    source.update(removed=(one.key,), updated=())
    source.now += CLOSES_AFTER
    (row,) = source.update(removed=(one.key,), updated=())
    assert row.closed
    assert not source.grouping.rows


def test_a_row_that_comes_back_late_is_a_new_one() -> None:
    source = Source()
    one = wrong("a")
    source.update(one)
    for _ in range(GOOD_FOR + CHATTER_IN):
        source.update(good=(one.key,))
    assert not source.grouping.rows
    source.update(one)
    assert source.ids == ["7/Hcal/missing/2"]


def test_another_cause_after_a_return_is_another_row() -> None:
    source = Source()
    one = wrong("a")
    source.update(one)
    for _ in range(GOOD_FOR):
        source.update(good=(one.key,))
    source.update(wrong("a", family="excess"))
    old, new = source.grouping.rows
    assert old.alarm.returned is not None
    assert new.alarm.family == "excess"


def test_a_row_stands_over_a_run_change_and_keeps_its_name() -> None:
    source = Source()
    one = wrong("a")
    source.update(one)
    source.run, source.lumisection = 8, 0
    source.update()
    (row,) = source.grouping.rows
    assert row.alarm.unconfirmed
    source.update(wrong("a", earliest=1, latest=1))
    assert source.ids == ["7/Hcal/missing/1"]
    assert row.alarm.news == 1


def test_who_stands_by_tells_alarms_as_the_one_does_that_keeps_them() -> None:
    one, other = Source(), Source()
    signs = (wrong("a"), wrong("b"), wrong("c", earliest=5))
    one.update(*signs)
    other.now += 1.0
    other.update(signs[0])
    other.update(*signs)
    assert other.grouping.rows[0].alarm.news == 2
    (row,) = other.update(*signs, updated=(), others=one.grouping.rows)
    assert row.alarm == one.grouping.rows[0].alarm
    assert (row.alarm.news, row.alarm.began, row.alarm.earliest) == (1, 1023.0, 5)
    assert one.update(*signs) == []
    assert other.update(*signs, others=one.grouping.rows) == []


def test_who_stands_by_keeps_what_only_it_has_and_takes_in_what_it_has_not() -> None:
    one, other = Source(), Source()
    one.update(wrong("a"), wrong("d", "Ecal"))
    other.update(wrong("a"), wrong("b"), wrong("c", family="excess"))
    every = (wrong("a"), wrong("b"), wrong("c", family="excess"), wrong("d", "Ecal"))
    other.update(*every, others=one.grouping.rows)
    found = {row.alarm.id: row.alarm.keys for row in other.grouping.rows}
    assert found == {
        "7/Hcal/missing/1": {every[0].key, every[1].key},
        "7/Hcal/excess/1": {every[2].key},
        "7/Ecal/missing/1": {every[3].key},
    }


def test_a_newer_row_of_who_decides_has_its_plots_at_who_stands_by_too() -> None:
    one, other = Source(), Source()
    for each in (one, other):
        each.update(wrong("a"))
    late = wrong("b", earliest=6, latest=6)
    one.update(wrong("a"), late)  # after the other interval: a row of its own
    other.update(wrong("a"), wrong("b"))  # here it joined
    assert [len(each.ids) for each in (one, other)] == [2, 1]
    other.update(wrong("a"), late, others=kept(one.grouping.rows))
    assert other.ids == one.ids
    for row, same in zip(one.grouping.rows, other.grouping.rows, strict=True):
        assert {m.key for m in row.alarm.wrong} == {m.key for m in same.alarm.wrong}
    both = (wrong("a"), late)
    other.update(*both, others=kept(one.grouping.rows[:1]))  # told again
    assert [len(row.alarm.wrong) for row in other.grouping.rows] == [1, 1]
    later = kept(one.grouping.rows[:1])[0]
    later.alarm = msgspec.structs.replace(
        later.alarm,
        began=later.alarm.began + 99.0,
        members=(*later.alarm.members, *one.grouping.rows[1].alarm.members),
    )
    other.update(*both, others=[later])
    assert [len(row.alarm.wrong) for row in other.grouping.rows] == [2, 0]


def test_rows_that_two_engines_number_otherwise_are_named_as_one_decides() -> None:
    one, other = Source(), Source()
    first, second = (wrong(n, extent=wheels(w)) for n, w in (("a", 1), ("b", 2)))
    third = wrong("c", extent=wheels(3))
    one.update(first, second)
    other.now += 1.0
    other.update(second, first, third)
    assert [r.alarm.keys for r in other.grouping.rows[:1]] == [{second.key}]
    told = other.update(second, first, third, others=kept(one.grouping.rows))
    names = {row.alarm.id: row.alarm.keys for row in other.grouping.rows}
    assert names == {
        "7/Hcal/missing/1": {first.key},
        "7/Hcal/missing/2": {second.key},
        "7/Hcal/missing/3": {third.key},
    }
    assert {row.alarm.id for row in told} == {"7/Hcal/missing/1", "7/Hcal/missing/2"}
    again = other.update(second, first, third, others=kept(one.grouping.rows))
    assert again == []


def test_a_row_that_came_and_went_is_told_by_who_stands_by_too() -> None:
    one, other = Source(), Source()
    first = wrong("a")
    one.update(first)
    for _ in range(GOOD_FOR):
        one.update(good=(first.key,))
    again = wrong("a", family="excess")
    for each in (one, other):
        each.now += 99.0
        each.update(again)
    other.update(again, others=kept(one.grouping.rows))
    assert set(other.ids) == set(one.ids) == {"7/Hcal/missing/1", "7/Hcal/excess/1"}
    standing = [row.alarm for row in other.grouping.rows if row.alarm.wrong]
    assert [each.family for each in standing] == ["excess"]
    other.update(again)
    assert {row.alarm.id for row in other.grouping.rows if row.alarm.wrong} == {
        "7/Hcal/excess/1"
    }


def test_another_cause_under_the_same_name_stands_under_another() -> None:
    one, other = Source(), Source()
    one.update(wrong("a"))
    (before,) = other.update(wrong("b"))
    began = before.alarm.began
    other.update(wrong("b"), others=kept(one.grouping.rows))
    found = {row.alarm.id: row.alarm for row in other.grouping.rows}
    assert found["7/Hcal/missing/1"].keys == {key("Hcal", "a")}
    assert found["7/Hcal/missing/2"].keys == {key("Hcal", "b")}
    assert found["7/Hcal/missing/2"].began == began


def test_a_plot_that_two_engines_had_in_two_rows_is_in_one_afterwards() -> None:
    one, other = Source(), Source()
    one.update(wrong("a"), wrong("b"))
    other.update(wrong("a"))
    other.update(wrong("b", family="excess"))
    rows = in_one_row(kept((*one.grouping.rows, other.grouping.rows[1])))
    assert [[each.key for each in row.alarm.wrong] for row in rows] == [
        [key("Hcal", "a")],
        [key("Hcal", "b")],
    ]
    assert [row.alarm.withdrawn for row in rows] == ["", ""]


def test_a_name_that_another_program_gave_stands_and_takes_no_number() -> None:
    source = Source()
    (row,) = source.update(wrong("a"))
    odd = msgspec.structs.replace(row.alarm, id="seven")
    source.grouping = Grouping([msgspec.structs.replace(row, alarm=odd)])
    source.update(wrong("a"), wrong("b", root="Ecal"))
    assert source.ids == ["seven", "7/Ecal/missing/1"]


def test_where_kept_rows_are_unknown_no_name_is_given_twice() -> None:
    source = Source()
    source.grouping = Grouping(given=5000)
    source.update(wrong("a"))
    source.update(wrong("a"), wrong("b", extent=wheels(1), earliest=6, latest=6))
    assert source.ids == ["7/Hcal/missing/5001", "7/Hcal/missing/5002"]


def test_of_two_kept_rows_of_the_same_plots_the_newer_one_stands() -> None:
    source = Source()
    (row,) = source.update(wrong("a"))
    other = msgspec.structs.replace(row.alarm, id="7/Hcal/missing/2", began=2000.0)
    twice = msgspec.structs.replace(row, alarm=other)
    source.grouping = Grouping(in_one_row(kept((row, twice))))
    source.update(wrong("a"))
    old, new = source.grouping.rows
    assert (old.alarm.withdrawn, new.alarm.returned) == ("a newer alarm", None)
    assert old.alarm.returned is not None
    for _ in range(GOOD_FOR):
        source.update(good=(key("Hcal", "a"),))
    assert new.alarm.returned is not None
    again = Grouping(in_one_row(kept(source.grouping.rows)))
    assert not any(row.alarm.wrong for row in again.rows)


def test_a_plot_that_comes_back_to_its_row_in_another_place_is_in_it_once() -> None:
    source = Source()
    near, far = wrong("a", extent=wheels(1)), wrong("c", extent=wheels(7))
    fed = wrong("d", extent=wheels(7), above=(Fed(near.key, ("missing",)),))
    anywhere = wrong("b")
    (row,) = source.update(near, anywhere, far)
    source.grouping.site_changed("a known issue", SUBSYSTEMS)
    source.update(anywhere, far, good=(near.key,), updated=())
    source.update(wrong("a", extent=wheels(7)), anywhere, far, fed, updated=())
    names = [one.key for one in row.alarm.members]
    assert sorted(names) == [key("Hcal", each) for each in "abcd"]


def test_plots_of_one_brace_family_count_as_one_place() -> None:
    """Where no place is known they go with each other, not with what came last."""
    grouping = Grouping()
    depths = [wrong(f"depth{n}", braces="hcal.yaml:7:9") for n in (1, 2)]
    later = wrong("map", earliest=6, latest=7)
    told = {}
    for at, each in enumerate((depths[0], later)):
        told[each.key] = each
        grouping.look(Moment(1.0 + at, 7), told, set())
    assert len(grouping.rows) == 2
    # it may have begun with either of them
    late = msgspec.structs.replace(depths[1], earliest=4, latest=7)
    other = msgspec.structs.replace(late, key=key("Hcal", "time"), braces="")
    told |= {late.key: late, other.key: other}
    grouping.look(Moment(3.0, 7), told, set())
    assert [sorted(row.alarm.keys) for row in grouping.rows] == [
        [depths[0].key, late.key],
        sorted((later.key, other.key)),
    ]


def rows_of(source: Source) -> list[dict[str, tuple[str, ...]]]:
    """The plots of each row that are wrong, and the wheels in which they are."""
    return [
        {
            one.key.rpartition("/")[2]: ()
            if one.extent is None
            else tuple(cell[0] for cell in one.extent.cells)
            for one in row.alarm.wrong
        }
        for row in source.grouping.rows
    ]


def test_a_plot_that_is_wrong_in_two_parts_stands_in_two_rows() -> None:
    source = Source()
    source.update(
        parted(wrong("map"), NEAR, FAR),
        wrong("far", extent=wheels(11, 12)),
        wrong("near", extent=wheels(1, 2)),
        wrong("rate"),
    )
    near, far = rows_of(source)
    assert near == {"map": ("1", "2", "3"), "near": ("1", "2")}
    assert far == {"map": ("11", "12", "13"), "far": ("11", "12"), "rate": ()}
    assert all(
        one.part == one.key.endswith("map")
        for row in source.grouping.rows
        for one in row.alarm.members
    )


def test_each_part_returns_when_its_own_places_are_good() -> None:
    source = Source()
    both = parted(wrong("map"), NEAR, FAR)
    source.update(both)
    for n in range(GOOD_FOR):
        assert rows_of(source)[1] == {"map": ("11", "12", "13")}, n
        source.update(parted(wrong("map"), NEAR))
    near, far = source.grouping.rows
    assert (near.alarm.returned, far.alarm.returned) == (None, source.now)
    assert not near.alarm.members[0].part  # it is wrong nowhere else
    source.update(both)
    near, far = source.grouping.rows
    assert (near.alarm.news, far.alarm.news_words) == (1, "again")
    for _ in range(GOOD_FOR):
        source.update(good=(both.key,))
    assert near.alarm.returned == source.now


def test_too_much_and_too_little_of_a_plot_are_two_rows() -> None:
    source = Source()
    both = otherwise(parted(wrong("map"), NEAR), Status.BAD, *FAR)
    hot = wrong("hot", family="excess", extent=wheels(*FAR))
    source.update(both, hot)
    assert rows_of(source) == [
        {"map": ("1", "2", "3")},
        {"map": ("11", "12", "13"), "hot": ("11", "12", "13")},
    ]
    assert source.ids == ["7/Hcal/missing/1", "7/Hcal/excess/1"]
    other = source.grouping.rows[1].alarm.members[0]
    assert (other.family, other.sentence, other.part) == ("excess", "12 % noisy", True)
    swapped = otherwise(parted(wrong("map", family="excess"), FAR), Status.BAD, *NEAR)
    assert [row.news for row in (each.alarm for each in source.update(swapped, hot))] \
        == [1, 1]  # the worst of both is another one now  # fmt: skip
    one_way = parted(wrong("map", family="excess"), FAR)
    for _ in range(GOOD_FOR):
        source.update(otherwise(one_way, Status.WARNING, *NEAR), hot)
    assert [row.alarm.returned for row in source.grouping.rows] == [None, None]
    for _ in range(GOOD_FOR):
        source.update(one_way, hot)
    near, far = source.grouping.rows
    assert (near.alarm.returned, far.alarm.returned) == (source.now, None)


def test_what_is_wrong_the_other_way_begins_a_row_where_it_is_bad() -> None:
    source = Source()
    mild = otherwise(parted(wrong("map"), NEAR), Status.WARNING, *FAR)
    source.update(mild)
    source.update(mild)
    assert source.ids == ["7/Hcal/missing/1"]
    gross = otherwise(parted(wrong("map"), NEAR), Status.BAD, *FAR)
    source.update(gross)
    source.update(gross)
    assert source.ids == ["7/Hcal/missing/1", "7/Hcal/excess/1"]


def test_a_further_part_is_a_row_with_its_second_update() -> None:
    source = Source()
    source.update(parted(wrong("map"), NEAR))
    both = parted(wrong("map"), NEAR, FAR)
    source.update(both)
    source.update(both, updated=())
    assert len(source.ids) == 1
    source.update(both)
    assert source.ids == ["7/Hcal/missing/1", "7/Hcal/missing/2"]
    assert [row.alarm.news for row in source.grouping.rows] == [1, 1]
    assert rows_of(source)[0] == {"map": ("1", "2", "3")}
    other = Source()
    other.update(parted(wrong("map"), NEAR))
    for _ in range(3):  # what comes and goes is none
        other.update(both)
        other.update(parted(wrong("map"), NEAR))
    assert len(other.ids) == 1


def test_parts_that_grow_together_stay_the_rows_that_they_are() -> None:
    source = Source()
    source.update(parted(wrong("map"), NEAR, FAR))
    source.update(wrong("map", extent=wheels(*range(1, 14))))
    near, far = rows_of(source)
    assert far == {"map": ("11", "12", "13")}
    assert set(near["map"]) == {str(n) for n in range(1, 11)}
    source.update(wrong("map"))  # where, is not known now: it is where it was
    assert rows_of(source) == [near, far]
    scattered = extent_of(("wheel",), [("2",), ("12",), ("20",)])
    source.update(
        wrong("map", extent=msgspec.structs.replace(scattered, scattered=True))
    )
    assert rows_of(source) == [{"map": ("2", "20")}, {"map": ("12",)}]
    source.update(wrong("map", extent=wheels(30)))  # and all of it is elsewhere
    assert rows_of(source)[0] == {"map": ("30",)}
    assert source.grouping.rows[0].alarm.news_words == "in another place"


def test_a_plot_in_one_place_goes_with_what_is_there_and_not_with_what_is_not() -> None:
    source = Source()
    source.update(
        wrong("rate"),
        wrong("a", extent=wheels(*NEAR)),
        wrong("b", extent=wheels(*FAR)),
        wrong("few", extent=wheels(20)),  # too few to say that they are elsewhere
        wrong("shifted", family="shift"),
        wrong("here", family="shift", extent=wheels(*NEAR)),
        wrong("there", family="shift", extent=wheels(*FAR)),
    )
    assert [set(each) for each in rows_of(source)] == [
        {"rate", "a", "few"}, {"b"}, {"shifted", "here", "there"},
    ]  # fmt: skip


def test_plots_of_other_parts_of_the_detector_are_another_row() -> None:
    def module(part: str, name: str) -> Extent:
        return Extent(("module", name), (("1", "1"), ("1", "2"), ("1", "3")), part=part)

    source = Source()
    layers = [
        wrong(f"layer {each}", extent=module("barrel", f"ladder of layer {each}"))
        for each in (1, 2)
    ]
    ring = wrong("ring", extent=module("disks", "blade"))
    source.update(*layers, wrong("status"), ring)
    assert [row.alarm.keys for row in source.grouping.rows] == [
        {key("Hcal", "layer 1"), key("Hcal", "layer 2"), key("Hcal", "status")},
        {key("Hcal", "ring")},
    ]
    source.update(*layers, wrong("status"), ring)
    assert [row.alarm.news for row in source.grouping.rows] == [1, 1]


def test_a_plot_of_all_parts_has_those_that_it_names_in_its_row() -> None:
    names = ("part", "layer")
    layers = [("TIB", "1"), ("TIB", "2"), ("TID", "1")]
    summary = wrong("map", extent=extent_of(names, layers))
    phis = (("2",), ("3",), ("4",))
    parts = [
        wrong(each, extent=Extent(("phi",), phis, part=each))
        for each in ("TIB", "TID", "TEC")
    ]
    source = Source()
    source.update(summary, *parts)
    assert [len(row.alarm.keys) for row in source.grouping.rows] == [3, 1]


def test_scattered_places_of_plots_may_be_one_cause() -> None:
    one, other = (
        msgspec.structs.replace(wheels(*each), scattered=True)
        for each in ((1, 5, 9), (3, 7, 12))
    )
    source = Source()
    source.update(wrong("a", extent=one), wrong("b", extent=other))
    assert len(source.ids) == 1


def names(numbers: Iterable[int]) -> tuple[str, ...]:
    """Wheels as :func:`rows_of` names them."""
    return tuple(sorted(map(str, numbers)))


def anywhere(*numbers: int) -> Extent:
    """Some wheels that lie scattered."""
    return msgspec.structs.replace(wheels(*numbers), scattered=True)


def test_a_plot_that_was_off_all_over_at_first_is_told_apart_later() -> None:
    low, high = range(1, 7), range(21, 28)
    both = parted(wrong("map"), tuple(high), tuple(low))
    source = Source()
    source.update(wrong("map", extent=anywhere(*range(1, 30))))
    source.update(both)
    assert rows_of(source) == [{"map": names(high)}]
    source.update(both)
    assert rows_of(source) == [{"map": names(high)}, {"map": names(low)}]
    with_another = Source()
    near = wrong("near", extent=wheels(*NEAR))
    with_another.update(wrong("map", extent=anywhere(*range(1, 30))), near)
    for _ in range(2):
        with_another.update(both, near)
    assert rows_of(with_another) == [
        {"map": names(low), "near": names(NEAR)}, {"map": names(high)},
    ]  # fmt: skip


def test_of_what_is_scattered_for_long_or_small_nothing_is_told_apart() -> None:
    everywhere = wrong("map", extent=anywhere(*range(1, 30)))
    old = Source()
    for _ in range(TAKES + 2):
        old.update(everywhere)
    for _ in range(3):
        old.update(parted(wrong("map"), tuple(range(21, 28)), tuple(range(1, 7))))
    assert len(old.ids) == 1
    small = Source()
    small.update(everywhere)
    for _ in range(3):
        small.update(parted(wrong("map"), tuple(range(21, 28)), tuple(range(1, 6))))
    assert len(small.ids) == 1


def test_a_part_that_cannot_be_told_for_an_update_is_awaited() -> None:
    low, high = range(1, 7), range(21, 28)
    source = Source()
    source.update(parted(wrong("map"), tuple(low)))
    both = parted(wrong("map"), tuple(high), tuple(low))
    source.update(both)
    source.update(wrong("map", extent=anywhere(*range(1, 30))))
    assert len(source.ids) == 1
    source.update(both)
    assert rows_of(source) == [{"map": names(low)}, {"map": names(high)}]


def test_what_is_lost_all_over_makes_no_place_noisy() -> None:
    fed = (Fed(key("Hcal", "all"), ("missing", "excess")),)
    for status, many in ((Status.BAD, 2), (Status.WARNING, 1)):
        source = Source()
        source.update(
            wrong("all", extent=anywhere(1, 5, 9, 11)),
            wrong("map", family="excess", status=status, above=fed, extent=wheels(11)),
        )
        assert len(source.ids) == many


def test_what_feeds_takes_no_part_that_is_apart_from_what_it_has() -> None:
    feds = key("FED", "feds")
    fed = (Fed(feds, ("missing",)),)
    source = Source()
    source.update(
        wrong("feds", "FED"),
        parted(wrong("map", above=fed), NEAR, FAR),
        wrong("far", above=fed, extent=wheels(*FAR)),
        wrong("near", above=fed, extent=wheels(*NEAR)),
    )
    assert [set(each) for each in rows_of(source)] == [
        {"feds", "map", "near"}, {"map", "far"},
    ]  # fmt: skip


def test_parts_that_two_engines_number_otherwise_are_named_as_one_decides() -> None:
    one, other = Source(), Source()
    parts = parted(wrong("map"), NEAR, FAR), parted(wrong("map"), FAR, NEAR)
    one.update(parts[0])
    other.update(parts[1])
    assert rows_of(one) == rows_of(other)[::-1]
    other.update(parts[1], updated=(), others=one.grouping.rows)
    named = {row.alarm.id: row.alarm.extent for row in one.grouping.rows}
    assert {row.alarm.id: row.alarm.extent for row in other.grouping.rows} == named
    again = Grouping(in_one_row(kept(one.grouping.rows)))
    assert [row.alarm for row in again.rows] == [row.alarm for row in one.grouping.rows]


@pytest.mark.parametrize("decides", [0, 1])
def test_a_part_that_one_engine_alone_saw_is_a_row_with_both(decides: int) -> None:
    engines = Source(), Source()
    both = parted(wrong("map"), NEAR, FAR)
    engines[0].update(both)
    engines[1].update(parted(wrong("map"), NEAR))
    told = engines[decides].grouping.rows
    engines[1 - decides].update(both, updated=(), others=told)
    assert rows_of(engines[1 - decides])[0] == {"map": ("1", "2", "3")}
    assert len(engines[1 - decides].ids) == 2 - decides or decides == 1


@pytest.mark.parametrize("apart", [False, True])
def test_very_many_plots_are_compared_with_few_of_them(
    apart: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    compared = []

    def counts(one: Extent | None, other: Extent | None) -> bool:
        compared.append(one)
        return overlap(one, other)

    monkeypatch.setattr("dqmconsole.engine.grouping.overlap", counts)
    places = [range(n, n + 20) if apart else range(20) for n in range(0, 6000, 20)]
    signs = [wrong(f"p{n}", extent=wheels(*each)) for n, each in enumerate(places)]
    grouping = Grouping()
    grouping.look(Moment(1.0, 7), {each.key: each for each in signs}, set())
    assert len(grouping.rows) == (300 if apart else 1)
    assert len({one.key for row in grouping.rows for one in row.alarm.members}) == 300
    assert len(compared) < 10


def test_extents_are_compared_by_the_coordinates_they_share() -> None:
    sectors = extent_of(("wheel", "sector"), [("1", "3"), ("1", "4")])
    assert overlap(wheels(1), sectors)
    assert not overlap(wheels(2), sectors)
    assert overlap(extent_of(("fed",), [("700",)]), sectors)
    assert not overlap(wheels(1, 2, 3, 4, 5), wheels(5, 6, 7, 8, 9))


class AnySource(RuleBasedStateMachine):
    """Whatever happens to the plots, no row is lost, doubled, or mixed up.

    A second grouping is made of what was kept before each update, as after a restart:
    it goes on as the first does.
    """

    plots = tuple(key(one, name) for one in SUBSYSTEMS for name in "abc")

    def __init__(self) -> None:
        super().__init__()
        self.source = Source()
        self.wrong: dict[str, Sign] = {}
        self.kept: list[bytes] = []
        self.first_row: dict[str, str] = {}
        self.news: dict[str, int] = {}

    @rule(
        plot=st.sampled_from(plots),
        family=st.sampled_from(FAMILIES),
        where=st.sampled_from([(), (NEAR,), (FAR,), (NEAR, FAR), ((1, 12),), ((2,),)]),
        urgency=st.sampled_from(URGENCIES),
        fed=st.booleans(),
        too=st.sampled_from([Status.BAD, Status.WARNING, None]),
        late=st.integers(0, 3),
    )
    def goes_wrong(
        self,
        plot: str,
        family: str,
        where: tuple[tuple[int, ...], ...],
        urgency: str,
        late: int,
        *,
        fed: bool,
        too: Status | None,
    ) -> None:
        """A plot is wrong from the next look on."""
        subsystem, name = plot.rpartition(" ")[2].split("/")
        at = max(self.source.lumisection - late, 1)
        above = (Fed(self.plots[0], FAMILIES),) if fed and plot != self.plots[0] else ()
        sign = wrong(
            name, subsystem, family=family, urgency=urgency,
            earliest=at, latest=at + 1, above=above,
        )  # fmt: skip
        self.wrong[plot] = parted(sign, *where) if where else sign
        if where and too is not None and family in OTHER:
            self.wrong[plot] = otherwise(self.wrong[plot], too)

    @rule(plot=st.sampled_from(plots))
    def mends(self, plot: str) -> None:
        """A plot is good from the next look on."""
        self.wrong.pop(plot, None)

    @rule(
        unknown=st.sets(st.sampled_from(plots)),
        updated=st.sets(st.sampled_from(SUBSYSTEMS)),
        change=st.sampled_from(["", "run", "site"]),
    )
    def look(self, unknown: set[str], updated: set[str], change: str) -> None:
        """All plots are looked at."""
        source = self.source
        if change == "run":
            source.run, source.lumisection = source.run + 1, 0
        if change == "site":
            source.grouping.site_changed("release 2", SUBSYSTEMS)
        kept = [msgspec.msgpack.encode(row) for row in source.grouping.rows]
        restarted = Grouping(msgspec.msgpack.decode(each, type=Row) for each in kept)
        restarted._numbers = dict(source.grouping._numbers)
        if change == "site":
            restarted.site_changed("release 2", SUBSYSTEMS)
        else:
            restarted._changed_site = dict(source.grouping._changed_site)
        signs = {k: each for k, each in self.wrong.items() if k not in unknown}
        good = [k for k in self.plots if k not in self.wrong and k not in unknown]
        source.lumisection += 1
        source.now += 23.0
        given = (
            Moment(source.now, source.run, source.lumisection),
            *(signs, good, tuple(updated)),
        )
        told = source.grouping.look(*given)
        assert [row.alarm for row in restarted.look(*given)] == [
            row.alarm for row in told
        ]
        rows = {row.alarm.id: row.alarm for row in source.grouping.rows}
        assert len(rows) == len(source.grouping.rows)
        for plot in signs:
            holders = [
                (alarm, one)
                for alarm in rows.values()
                for one in alarm.wrong
                if one.key == plot
            ]
            assert holders, plot
            assert len({alarm.id for alarm, _ in holders}) == len(holders)
            assert all(alarm.returned is None for alarm, _ in holders)
            held = [one.extent for _, one in holders]
            for one, other in itertools.combinations(held, 2):  # each part once
                assert one is not None
                assert other is not None
                assert not set(one.cells) & set(other.cells)
        for alarm in rows.values():
            assert alarm.news >= self.news.get(alarm.id, 1)
            self.news[alarm.id] = alarm.news
            fed = any(self.wrong[k].above for k in alarm.keys if k in self.wrong)
            names = {k.rpartition(" ")[2].partition("/")[0] for k in alarm.keys}
            assert len(names) == 1 or fed or self.plots[0] in alarm.keys

    @invariant()
    def standing_rows_have_what_is_wrong(self) -> None:
        """A row that has not returned has a plot that is wrong, and none else has."""
        for row in self.source.grouping.rows:
            assert bool(row.alarm.wrong) == (row.alarm.returned is None)


AnySource.TestCase.settings = settings(
    max_examples=30, stateful_step_count=25, deadline=None
)
TestAnySource = AnySource.TestCase


def test_a_second_part_beside_a_lost_driver_is_a_row_of_its_own() -> None:
    feds = (Fed(key("FED", "feds"), ("missing",)),)
    source = Source()
    source.update(
        wrong("feds", "FED", extent=extent_of(("FED",), [("835",)])),
        parted(wrong("map", above=feds), NEAR, FAR),
    )
    assert [set(each) for each in rows_of(source)] == [{"feds", "map"}, {"map"}]


def test_too_much_in_one_place_feeds_nothing_that_misses_in_a_place() -> None:
    noisy = (Fed(key("Hcal", "map"), ("missing", "excess")),)
    source = Source()
    source.update(
        wrong("map", family="excess", extent=wheels(*NEAR)),
        wrong("hot", family="excess", above=noisy, extent=wheels(*NEAR)),
        wrong("hole", above=noisy, extent=wheels(*NEAR)),
        wrong("rate", above=noisy),
    )
    assert [set(each) for each in rows_of(source)] == [
        {"map", "hot", "rate"}, {"hole"},
    ]  # fmt: skip
    source = Source()  # the errors of a driver that is lost are of its loss
    source.update(
        wrong("map", extent=wheels(*NEAR)),
        wrong("errors", family="excess", above=noisy, extent=wheels(*NEAR)),
    )
    assert [set(each) for each in rows_of(source)] == [{"map", "errors"}]


def test_what_feeds_another_subsystem_explains_no_more_than_it_is() -> None:
    sectors = (Fed(key("Ecal", "map"), ("missing",)),)
    source = Source()
    source.update(
        wrong("map", "Ecal", extent=wheels(4, 5)),
        wrong("same", above=sectors, extent=wheels(4, 5, 6)),
        wrong("wide", above=sectors, extent=wheels(*range(2, 9))),
        wrong("own", "Ecal", above=sectors, extent=wheels(*range(2, 9))),
        wrong("anywhere", above=sectors),
    )
    assert [set(each) for each in rows_of(source)] == [
        {"map", "same", "own", "anywhere"}, {"wide"},
    ]  # fmt: skip


def test_few_places_of_what_is_fed_may_lie_anywhere() -> None:
    gain = (Fed(key("Hcal", "charge"), ("missing",)),)
    source = Source()
    source.update(
        wrong("charge", family="shift"),
        wrong("near", above=gain, extent=wheels(*NEAR)),
        wrong("few", above=gain, extent=wheels(12, 13)),
        wrong("far", above=gain, extent=wheels(*FAR)),
    )
    assert [set(each) for each in rows_of(source)] == [
        {"charge", "near", "few"}, {"far"},
    ]  # fmt: skip


def test_a_further_channel_goes_with_those_that_are_scattered() -> None:
    scattered = msgspec.structs.replace(wheels(1, 5, 9, 13), scattered=True)
    source = Source()
    source.update(wrong("a", extent=scattered), wrong("b", extent=wheels(7)))
    assert [set(each) for each in rows_of(source)] == [{"a", "b"}]
    source = Source()
    source.update(wrong("b", extent=wheels(7)), wrong("a", extent=scattered))
    assert [set(each) for each in rows_of(source)] == [{"a", "b"}]
    source = Source()
    source.update(wrong("a", extent=scattered), wrong("b", extent=wheels(6, 7, 8)))
    assert len(source.ids) == 2  # as many are a place
