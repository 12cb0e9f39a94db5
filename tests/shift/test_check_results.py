"""What checks found, in words."""

from __future__ import annotations

import math

import msgspec
import pytest

from dqmconsole.model.layout import Plot
from dqmconsole.model.verdict import CheckResult, Status, Verdict
from dqmconsole.shift.check_results import (
    bad_before,
    detail_lines,
    disagreement_words,
    head_words,
    number_words,
    p_value_words,
    unjudged_words,
    worst_first,
)

DEAD = CheckResult(
    "dead_channels", Status.BAD, "6 of 40 rings are empty", "LS 12–14", 0.031,
    ((0.03, "bad above"), (0.01, "warning above")), 2e-5,
    "dead_channels: {warn_above: 0.01, bad_above: 0.03}",
)  # fmt: skip


def test_the_worst_stands_first_and_what_decided_before_its_equals() -> None:
    good = CheckResult("mean", Status.GOOD, "")
    unknown = CheckResult("chi2", Status.NO_REFERENCE, "")
    other = CheckResult("rms", Status.BAD, "")
    assert worst_first((DEAD, good, unknown, other)) == (DEAD, other, unknown, good)


def test_a_check_of_the_layout_stands_before_an_equal_test_of_the_producer() -> None:
    test = CheckResult("my_qt", Status.BAD, "off", value=0.0, origin="producer")
    default = CheckResult("holes", Status.BAD, "", origin="default")
    worse = CheckResult("mean", Status.WARNING, "")
    assert worst_first((test, worse, default, DEAD)) == (DEAD, test, default, worse)


def test_a_number_stands_against_its_limits() -> None:
    assert number_words(DEAD) == "0.031, bad above 0.03, warning above 0.01"
    assert number_words(DEAD, all_limits=False) == "0.031, bad above 0.03"
    assert number_words(CheckResult("x", Status.GOOD, "")) == ""


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (0.0300001, "0.0300001, bad above 0.03"),
        (0.03, "0.03, bad above 0.03"),
        (math.nan, "not a number, bad above 0.03"),
        (-math.inf, "−∞, bad above 0.03"),
        (12345.6, "12,346, bad above 0.03"),
        (-2.5, "−2.5, bad above 0.03"),
    ],
)
def test_a_number_is_told_from_its_limit(value: float, words: str) -> None:
    limits = ((0.03, "bad above"),)
    check = CheckResult("x", Status.BAD, "", value=value, limits=limits)
    assert number_words(check) == words


def test_a_share_is_said_in_percent_as_the_sentence_does() -> None:
    dead = msgspec.structs.replace(DEAD, value=0.07 * 0.7, share=True)
    assert number_words(dead) == "4.9 %, bad above 3 %, warning above 1 %"


@pytest.mark.parametrize(
    ("p", "words"),
    [
        (2e-5, "p = 2·10⁻⁵: by chance alone as bad or worse in 1 of 50,000 good plots"),
        (1e-4, "p = 10⁻⁴: by chance alone as bad or worse in 1 of 10,000 good plots"),
        (0.03, "p = 0.03: by chance alone as bad or worse in 1 of 33 good plots"),
        (0.4, "p = 0.4: by chance alone as bad or worse in 40 of 100 good plots"),
        (0.0, "p < 10⁻¹²: by chance alone as bad or worse in less than 1 of a million"
              " good plots"),
        (3e-9, "p = 3·10⁻⁹: by chance alone as bad or worse in less than 1 of a million"
               " good plots"),
        (None, ""), (math.nan, ""), (1.5, ""),
    ],
)  # fmt: skip
def test_a_p_value_says_what_it_means(p: float | None, words: str) -> None:
    assert p_value_words(p) == words


def test_a_check_in_full_and_on_one_line() -> None:
    assert head_words(DEAD) == "dead channels: 0.031, bad above 0.03 · LS 12–14"
    assert detail_lines(DEAD, configured=True) == [
        "dead channels: 0.031, bad above 0.03, warning above 0.01",
        "LS 12–14: 6 of 40 rings are empty",
        p_value_words(2e-5),
        "asked for by the layout",
        "dead_channels: {warn_above: 0.01, bad_above: 0.03}",
    ]
    said = "6 of 40 rings are empty in LS 12–14"
    assert detail_lines(DEAD, said=said)[1] == "LS 12–14"
    said = "6 of 40 rings are empty, in LS 10–14"  # of another test, of another span
    same = "the same in LS 12–14"
    assert detail_lines(DEAD, said=said, decided=False)[1] == same
    spoken = msgspec.structs.replace(DEAD, sentence="6 rings are empty, in LS 12–14")
    assert detail_lines(spoken)[1] == "6 rings are empty, in LS 12–14"
    latest = CheckResult("mean", Status.GOOD, "mean 3")
    assert detail_lines(latest, judged="LS 97")[1] == "LS 97: mean 3"
    default = CheckResult("chi2", Status.WARNING, "off", origin="default")
    assert head_words(default) == "χ²: off"
    assert detail_lines(default) == [
        "χ²",
        "the run so far: off",
        "default of this kind of plot, not adopted by its owner: at most a WARNING, "
        "which never rings",
    ]
    test = CheckResult("my_qt", Status.BAD, "", origin="producer")
    assert head_words(test) == "producer's my_qt: BAD"


def test_the_number_of_a_producer_is_said_with_its_range_and_no_span() -> None:
    test = CheckResult("my_qt", Status.BAD, "off", value=0.0196, origin="producer")
    assert head_words(test) == "producer's my_qt: result 0.0196 (1 is best)"
    assert detail_lines(test, said="it is off") == [
        "my_qt: result 0.0196 (1 is best)",
        "quality test of the producer",
    ]


def test_what_has_no_checks_says_whether_that_is_meant() -> None:
    unjudged = Verdict(Status.NOT_CHECKED, "nothing judges it")
    assert "on purpose" in unjudged_words(unjudged, Plot("a", checks=()))
    assert "look at it yourself" in unjudged_words(unjudged, Plot("a"))
    assert unjudged_words(Verdict(Status.GOOD, ""), Plot("a")) == ""
    assert unjudged_words(Verdict(Status.BAD, "", checks=(DEAD,)), Plot("a")) == ""
    off = CheckResult("chi2", Status.FAILED, "")
    failed = unjudged_words(Verdict(Status.FAILED, "", checks=(off,)), Plot("a"))
    assert failed.startswith("The check failed")


def test_good_now_and_bad_before() -> None:
    now = CheckResult("mean", Status.GOOD, "", "LS 12–14")
    run = CheckResult("mean", Status.BAD, "")
    assert bad_before(Verdict(Status.GOOD, "", checks=(now, run))) is run
    assert bad_before(Verdict(Status.GOOD, "", checks=(now,))) is None
    assert bad_before(Verdict(Status.BAD, "", checks=(run,))) is None


def test_what_is_shown_alone_says_so_and_stands_last() -> None:
    aside = CheckResult(
        "my_qt", Status.BAD, "off", value=0.0, origin="producer", counts=False
    )
    good = CheckResult("mean", Status.GOOD, "")
    assert worst_first((aside, good)) == (good, aside)
    assert head_words(aside).startswith("producer's my_qt (not counted): ")
    assert detail_lines(aside)[-1] == (
        "quality test of the producer, shown alone: the layout does not count it"
    )
    assert bad_before(Verdict(Status.GOOD, "", checks=(good, aside))) is None


@pytest.mark.parametrize(
    ("own", "producer", "counts", "words"),
    [
        (Status.BAD, Status.GOOD, True, "tests say GOOD, the console's checks BAD"),
        (Status.WARNING, Status.GOOD, True, "tests say GOOD, the console's checks W"),
        (Status.GOOD, Status.BAD, True, "tests alone say BAD"),
        (Status.BAD, Status.WARNING, True, ""),
        (Status.GOOD, Status.GOOD, True, ""),
        (Status.BAD, Status.LOW_STATISTICS, True, ""),
        (Status.BAD, Status.GOOD, False, ""),
    ],
)
def test_it_is_said_where_the_producer_sees_other_than_the_checks(
    own: Status, producer: Status, words: str, *, counts: bool
) -> None:
    found = Verdict(
        own,
        "",
        checks=(
            CheckResult("dead_cells", own, "a hole"),
            CheckResult("Occupancy", producer, "", origin="producer", counts=counts),
        ),
    )
    said = disagreement_words(found)
    assert said.count(".") == bool(words)
    assert words in said
    assert disagreement_words(None) == ""
    recovered = msgspec.structs.replace(found, status=Status.GOOD)
    assert "tests say GOOD" not in disagreement_words(recovered)
