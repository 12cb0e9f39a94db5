"""The score: literature values, simulated trainees, and what it may claim."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.planned import site

from dqmconsole.model.lesson import ExamSettings
from dqmconsole.model.training import Answer, ItemAnswered
from dqmconsole.training.plan import make_plan
from dqmconsole.training.score import (
    item_score,
    needed_items,
    rate,
    reliability,
    sensitivity,
    wilson,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from dqmconsole.training.items import Item

SITE = site(items=200, least_faults=80)
SETTINGS = SITE.exam
assert SETTINGS is not None
ITEMS = make_plan(SITE, 1).items
FAULTS = sum(each.truth == "bad" for each in ITEMS)
GOODS = len(ITEMS) - FAULTS


def answered(item: Item, answer: Answer, automatic: Answer = "good") -> ItemAnswered:
    return ItemAnswered(
        "exam", item.number, 0, answer, "", 5.0 + item.number / 100, item.truth,
        item.kind, item.cause, item.family, item.page, automatic,
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


def test_d_prime_by_the_table_of_the_normal() -> None:
    # log-linear: 9 of 9 is 0.95, 0 of 9 is 0.05; z(0.95) = 1.6449, phi(z) = 0.10314
    found = sensitivity(9, 9, 0, 9)
    assert found.d_prime == pytest.approx(2 * 1.6449, abs=1e-4)
    assert found.criterion == pytest.approx(0.0, abs=1e-12)
    assert found.d_prime_error == pytest.approx(
        (2 * 0.0475 / (9 * 0.10314**2)) ** 0.5, abs=1e-4
    )
    assert found.criterion_error == found.d_prime_error / 2
    # 8 of 9 is 0.85, 3 of 9 is 0.35: z are 1.0364 and -0.3853
    found = sensitivity(8, 9, 3, 9)
    assert found.d_prime == pytest.approx(1.4217, abs=1e-4)
    assert found.criterion == pytest.approx(-0.32555, abs=1e-4)


def test_what_a_claim_needs() -> None:
    assert needed_items() == 100
    assert reliability(100) == pytest.approx(0.7)
    # Spearman and Brown by hand: 0.8 * 0.3 / (0.7 * 0.2) = 1.714
    assert needed_items(0.8) == 172
    assert needed_items(0.9) == 386
    assert reliability(50) == pytest.approx(0.35 / 0.65)
    assert reliability(0) == 0.0


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
    for numbers in ((0, 0, 0, 5), (0, 5, 0, 0), (6, 5, 0, 5), (1, 5, -1, 5)):
        with pytest.raises(ValueError, match="no d'"):
            sensitivity(*numbers)
    for wanted in (0.0, 1.0):
        with pytest.raises(ValueError, match="between 0 and 1"):
            needed_items(wanted)


# -- simulated trainees ------------------------------------------------------------


def test_the_perfect_trainee_reaches_the_ceiling() -> None:
    score = item_score(trainee(lambda item: item.truth), SETTINGS)
    assert (FAULTS, GOODS) == (80, 120)
    assert score.hits.value == 1.0
    assert score.alarms.value == 0.0
    assert score.sensitivity is not None
    # z(80.5 / 81) + z(120.5 / 121)
    assert score.sensitivity.d_prime == pytest.approx(5.143, abs=1e-3)
    assert score.passed is True
    assert "less where nearly all are found" in score.claim


def test_who_leaves_many_pages_neither_passes_nor_fails() -> None:
    perfect = trainee(lambda item: item.truth)
    assert item_score(perfect, SETTINGS, spent=10).passed is True  # 5 % of 200
    score = item_score(perfect, SETTINGS, spent=11)
    assert score.passed is None
    assert score.outcome == (
        "Neither passed nor failed: 11 pages were shown and not finished, which is too "
        "many to say."
    )


def test_the_trainee_at_chance_has_no_sensitivity() -> None:
    inside = 0
    for seed in range(200):
        toss = random.Random(seed).choices(("bad", "good"), k=len(ITEMS))
        score = item_score(map(answered, ITEMS, toss), SETTINGS)
        assert score.sensitivity is not None
        low, high = score.sensitivity.interval
        inside += low <= 0.0 <= high
        assert score.passed is False
    assert inside >= 180


def test_always_bad_is_no_skill() -> None:
    score = item_score(trainee(lambda _: "bad"), SETTINGS)
    assert score.hits.value == 1.0
    assert score.alarms.value == 1.0
    assert score.sensitivity is not None
    low, high = score.sensitivity.interval
    assert low < 0.0 < high
    assert abs(score.sensitivity.d_prime) < 0.2
    assert score.sensitivity.criterion < -2.0
    assert score.passed is False


def test_a_set_d_prime_is_found_within_its_interval() -> None:
    """A trainee whose evidence is normal, 1.5 apart, with the criterion between."""
    inside = hit_inside = 0
    true_hits = 0.7733726  # of the normal: 1 - F(-0.75)
    estimates = []
    for seed in range(200):
        dice = random.Random(1000 + seed)

        def look(item: Item, dice: random.Random = dice) -> Answer:
            evidence = dice.gauss(1.5 if item.truth == "bad" else 0.0, 1.0)
            return "bad" if evidence > 0.75 else "good"

        score = item_score(trainee(look), SETTINGS)
        assert score.sensitivity is not None
        low, high = score.sensitivity.interval
        estimates.append(score.sensitivity.d_prime)
        inside += low <= 1.5 <= high
        hit_inside += score.hits.low <= true_hits <= score.hits.high
    assert inside >= 180
    assert hit_inside >= 180
    assert sum(estimates) / 200 == pytest.approx(1.5, abs=0.05)


@pytest.mark.parametrize("share", [0.02, 0.3, 0.9])
def test_wilson_covers_as_it_says(share: float) -> None:
    dice = random.Random(5)
    inside = 0
    for _ in range(1000):
        low, high = wilson(sum(dice.random() < share for _ in range(80)), 80)
        inside += low <= share <= high
    assert 920 <= inside <= 985


# -- what it may say -----------------------------------------------------------------


def test_on_too_few_faults_nobody_passes_or_fails() -> None:
    # 200 items, but 80 faults
    whole = site(items=200).exam
    assert whole is not None
    score = item_score(trainee(lambda item: item.truth), whole)
    assert (score.items, score.passed) == (200, None)
    assert score.outcome == (
        "Neither passed nor failed yet: 80 of 100 faults so far: one more sitting of "
        "200 items."
    )
    assert item_score(trainee(lambda _: "good"), whole).passed is None
    enough = msgspec.structs.replace(whole, least_faults=80)
    assert item_score(trainee(lambda item: item.truth), enough).passed is True
    assert item_score(trainee(lambda _: "good"), enough).passed is False


@pytest.mark.parametrize(
    ("faults", "said"),
    [(0, "three more sittings"), (19, "three"), (20, "two more"), (40, "two more"),
     (60, "one more sitting of"), (99, "one more sitting of")],
)  # fmt: skip
def test_how_far_a_claim_is(faults: int, said: str) -> None:
    bundled = ExamSettings((), items=100, good=0.6)
    given = [ItemAnswered("e", each, truth="bad") for each in range(faults)]
    words = item_score(given, bundled).outcome
    assert f"{faults} of 100 faults so far: {said}" in words


def test_other_outcomes_on_too_little() -> None:
    only_faults = [each for each in trainee(lambda _: "bad") if each.truth == "bad"]
    loose = site(least_faults=10).exam
    assert loose is not None
    assert item_score(only_faults, loose).passed is None
    assert item_score(only_faults, loose).sensitivity is None
    nothing = item_score([], SETTINGS)
    assert nothing.passed is None
    assert nothing.outcome
    assert "these 0 would give 0.00" in nothing.claim


def test_the_limits_hold_for_the_ends_of_the_intervals() -> None:
    loose = site(items=200, least_faults=80, hit_rate=0.6, false_alarms=0.3).exam
    assert loose is not None

    def score(hits: int, alarms: int) -> bool | None:
        left = {"bad": hits, "good": alarms}

        def say(item: Item) -> Answer:
            left[item.truth] -= 1
            return "bad" if left[item.truth] >= 0 else "good"

        return item_score(trainee(say), loose).passed

    # Wilson: 57 of 80 has its lower end at 0.605, 56 at 0.592
    assert [score(57, 0), score(56, 0)] == [True, False]
    # 26 of 120 has its upper end at 0.299, 27 at 0.308
    assert [score(80, 26), score(80, 27)] == [True, False]


def test_silence_counts_as_good_and_only_hits_have_a_time() -> None:
    silent = item_score(trainee(lambda _: ""), SETTINGS)
    assert silent.hits.count == silent.alarms.count == 0
    assert silent.timed_out == 200
    assert silent.seconds is None
    half = trainee(lambda item: "bad" if item.truth == "bad" else "")
    slow = [
        each if each.truth == "bad" else ItemAnswered("exam", each.number, truth="good",
        seconds=30.0) for each in half
    ]  # fmt: skip
    times = sorted(each.seconds for each in half if each.truth == "bad")
    assert item_score(slow, SETTINGS).seconds == pytest.approx(
        (times[39] + times[40]) / 2
    )


def test_families_and_the_automatic_verdicts_stand_beside() -> None:
    given = [
        answered(
            each,
            "bad" if each.family == "voltage" else "good",
            "bad" if each.truth == "bad" else "",
        )
        for each in ITEMS
    ]
    score = item_score(given, SETTINGS, spent=2)
    by_name = {each.name: each.said_bad for each in score.families}
    assert sorted(by_name) == ["readout", "timing", "voltage"]
    assert by_name["voltage"].value == 1.0
    assert by_name["timing"].value == 0.0
    harmless = {each.name: each.said_bad.value for each in score.harmless}
    assert harmless == {"beam": 0.0, "run": 0.0, "voltage": 1.0}
    assert score.automatic_hits.value == 1.0
    assert score.automatic_alarms.value == 0.0
    assert score.unjudged == GOODS
    assert score.spent == 2
    assert score.items == 200


def test_a_place_of_the_plan_counts_once() -> None:
    first, again = answered(ITEMS[0], "bad"), answered(ITEMS[0], "good")
    score = item_score([first, again], SETTINGS)
    assert score.items == 1
    assert score.hits.count + score.alarms.count == 1
