"""The score: literature values, and what it says of simulated trainees."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.planned import site

from dqmconsole.model.verdict import Status, Verdict
from dqmconsole.training.exam import automatic_answer
from dqmconsole.training.item_bank import make_plan
from dqmconsole.training.lesson import split_cause
from dqmconsole.training.records import ItemAnswered
from dqmconsole.training.score import is_named, item_score, rate, wilson

if TYPE_CHECKING:
    from collections.abc import Callable

    from dqmconsole.training.item_bank import Item
    from dqmconsole.training.lesson import Answer

SITE = site(items=200)
ITEMS = make_plan(SITE, 1).items
FAULTS = sum(each.truth == "bad" for each in ITEMS)
GOODS = len(ITEMS) - FAULTS


def answered(item: Item, answer: Answer, automatic: Answer = "good") -> ItemAnswered:
    return ItemAnswered(
        "exam", item.number, 0, answer, "", 5.0 + item.number / 100, item.truth,
        item.choice.kind, item.choice.cause, item.choice.family, item.page, automatic,
    )  # fmt: skip


def trainee(answer: Callable[[Item], Answer]) -> list[ItemAnswered]:
    return [answered(each, answer(each)) for each in ITEMS]


# -- the literature ----------------------------------------------------------------


@pytest.mark.parametrize(
    ("count", "of", "low", "high"),
    [
        (81, 263, 0.2553, 0.3662),
        (15, 148, 0.0624, 0.1605),
        (0, 20, 0.0000, 0.1611),
        (1, 29, 0.0061, 0.1718),
    ],
)
def test_wilson_as_newcombe_prints_it(
    count: int, of: int, low: float, high: float
) -> None:
    # Newcombe 1998, table I, method 3
    assert wilson(count, of) == pytest.approx((low, high), abs=5e-5)


@given(st.integers(1, 2000), st.data())
def test_wilson_holds_the_rate_and_mirrors(of: int, data: st.DataObject) -> None:
    count = data.draw(st.integers(0, of))
    low, high = wilson(count, of)
    assert 0.0 <= low <= count / of <= high <= 1.0
    assert low < high
    other = wilson(of - count, of)
    assert other == pytest.approx((1 - high, 1 - low), abs=1e-9)


def test_what_is_no_proportion_is_refused() -> None:
    assert wilson(0, 0) == (0.0, 1.0)
    assert rate(0, 0).value is None
    for count, of in ((3, 2), (-1, 2)):
        with pytest.raises(ValueError, match="no proportion"):
            wilson(count, of)


# -- what it may say -----------------------------------------------------------------


def test_silence_counts_as_good_and_only_hits_have_a_time() -> None:
    silent = item_score(trainee(lambda _: ""))
    assert silent.hits.count == silent.alarms.count == 0
    assert silent.timed_out == 200
    assert silent.seconds is None
    half = trainee(lambda item: "bad" if item.truth == "bad" else "")
    slow = [
        each if each.truth == "bad" else ItemAnswered("exam", each.number, truth="good",
        seconds=30.0) for each in half
    ]  # fmt: skip
    times = sorted(each.seconds for each in half if each.truth == "bad")
    median = (times[FAULTS // 2 - 1] + times[FAULTS // 2]) / 2
    assert item_score(slow).seconds == pytest.approx(median)


def test_who_says_bad_of_all_finds_all_and_raises_every_alarm() -> None:
    score = item_score(trainee(lambda _: "bad"))
    assert (score.hits.count, score.hits.of) == (FAULTS, FAULTS)
    assert (score.alarms.count, score.alarms.of) == (GOODS, GOODS)


def test_what_was_found_under_another_cause_is_told_apart() -> None:
    named = msgspec.structs.replace
    bad = [answered(e, "bad") for e in ITEMS if e.truth == "bad"][:3]
    right = split_cause(bad[0].cause)[0]
    score = item_score(
        [named(bad[0], named=right), named(bad[1], named="other"), bad[2]]
    )
    assert (score.causes.count, score.causes.of) == (1, 3)


def test_warning_alone_is_no_find_of_the_console_and_is_told() -> None:
    bad = [answered(e, "bad") for e in ITEMS if e.truth == "bad"][:4]
    warned = [msgspec.structs.replace(each, warned=3) for each in bad[:2]]
    both = msgspec.structs.replace(bad[2], warned=1, automatic="bad")
    score = item_score([*warned, both, bad[3]])
    assert score.automatic_hits.count == 1
    assert score.automatic_warned == 2


def test_families_and_the_automatic_verdicts_stand_beside() -> None:
    given = [
        answered(
            each,
            "bad" if each.choice.family == "voltage" else "good",
            "bad" if each.truth == "bad" else "",
        )
        for each in ITEMS
    ]
    score = item_score(given)
    by_name = {each.name: each.hits.value for each in score.families}
    assert by_name == {"readout": 0.0, "timing": 0.0, "voltage": 1.0}
    assert {each.automatic.value for each in score.families} == {1.0}
    assert score.automatic_hits.value == 1.0
    assert score.automatic_alarms.value == 0.0


def test_rates_in_words() -> None:
    assert rate(14, 20).words == "14 of 20, 70 % (48 to 85 %)"
    assert rate(0, 0).words == "none was shown"
    assert rate(0, 0, "no fault was found").words == "no fault was found"
    assert rate(0, 0).interval_words == ""


@pytest.mark.parametrize(
    ("statuses", "answer"),
    [
        ([Status.GOOD, Status.BAD, Status.FAILED], "bad"),
        ([Status.GOOD, Status.WARNING], "good"),
        ([Status.LOW_STATISTICS, Status.NOT_APPLICABLE], ""),
        ([], ""),
    ],
)
def test_what_the_console_says_of_a_page(statuses: list[Status], answer: str) -> None:
    verdicts = [Verdict(each, "so") for each in statuses]
    assert automatic_answer([None, *verdicts]) == answer


def test_a_cause_for_which_one_does_the_same_is_named_rightly() -> None:
    lost = ItemAnswered(
        "exam", 0, answer="bad", truth="bad", cause="ring-lost:Ecal*4",
        alike=("board-dead",),
    )  # fmt: skip

    def is_right(named: str) -> bool:
        return is_named(msgspec.structs.replace(lost, named=named))

    assert [is_right(each) for each in ("ring-lost", "board-dead")] == [True, True]
    assert [is_right(each) for each in ("fed-lost", "")] == [False, False]
