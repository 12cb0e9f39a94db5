"""Words of exam, practice and results."""

from __future__ import annotations

import msgspec
import pytest
from support.exam_scene import CAUSES, SETTINGS

from dqmconsole.model.training import ItemAnswered, Mark
from dqmconsole.training.score import item_score, rate, sensitivity
from dqmconsole.ui.training import exam_words as words


@pytest.mark.parametrize(
    ("seconds", "said"),
    [(1800, "30 min left"), (91, "2 min left"), (89.2, "90 s left"), (-1, "0 s left")],
)
def test_time_left(seconds: float, said: str) -> None:
    assert words.left_words(seconds) == said


@pytest.mark.parametrize(
    ("cause", "said"),
    [
        ("fed-lost:Hcal@6*2", "A front-end driver sends nothing (Hcal), from LS 6"),
        ("lumi-drop@20", "The luminosity drops, from LS 20"),
        ("no-such-thing", "No such thing"),
        ("", "Besides"),
    ],
)
def test_causes_of_a_plan(cause: str, said: str) -> None:
    assert words.mark_cause(cause, CAUSES) == said


def test_numbers_have_a_true_minus_and_no_empty_digits() -> None:
    assert [words.number(each) for each in (1.0, 0.5, -1.0)] == ["1", "0.5", "−1"]
    assert words.signed(-0.204) == "−0.20"
    marks = (Mark("", "call", 0.5, 1), Mark("", "false alarm", -1, 0))
    assert words.points_words(marks) == "−0.5 of 1 points"


def test_rates_and_sensitivity_come_with_their_intervals() -> None:
    assert words.rate_words(rate(0, 0)) == "none were shown"
    assert words.rate_words(rate(3, 4)).startswith("3 of 4, 75\u00a0% (30\u00a0% to 95")
    found = sensitivity(18, 20, 2, 20)
    assert words.d_prime_words(found).startswith("2.36 (")
    assert words.criterion_words(found).startswith("0.00 (−")
    assert words.d_prime_words(None) == words.criterion_words(None)


def test_what_is_said_before_the_exam_follows_its_settings() -> None:
    assert "2 minutes at the most" in words.items_facts(SETTINGS)[0]
    assert "fewer than 100 faults" in words.items_claim(SETTINGS)
    whole = msgspec.structs.replace(SETTINGS, items=100)
    assert "takes three sittings with 40 faults each" in words.items_claim(whole)
    assert "one sitting alone would give 0.48" in words.items_claim(whole)
    assert "30 minutes" in words.scenario_facts(SETTINGS)[0]


def test_what_was_not_answered_or_does_not_count_is_said() -> None:
    found = ItemAnswered("exam", 0, answer="bad", truth="bad")
    late_one = ItemAnswered("exam", 1, truth="bad")
    given = (found, late_one)
    late, lost = words.lost_words(item_score(given, SETTINGS, spent=2))
    assert late.startswith("1 not answered in time")
    assert lost.startswith("2 shown and not finished")
    assert words.lost_words(item_score(given[:1], SETTINGS)) == ()


def test_sentences() -> None:
    assert words.sentence("the engine ended.") == "The engine ended."
    assert words.sentence(" ") == ""
