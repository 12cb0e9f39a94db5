from __future__ import annotations

from typing import Any

import pytest

from dqmconsole.model.run import Conditions
from dqmconsole.model.when import (
    differences,
    is_met,
    never_both,
    wanted_words,
    why_not,
    wrong_form,
)

RUN = Conditions(
    run_type="collisions",
    beam_mode="stable beams",
    beam_energy=6800.0,
    pileup=51.5,
    magnet=3.8,
    scalars={"trigger_key": "physics_v12", "prescale_column": 3},
)


@pytest.mark.parametrize(
    ("when", "said"),
    [
        ({}, ""),
        ({"beam_energy": 6800}, ""),
        ({"beam_energy": 6799.9}, ""),
        ({"beam_energy": 6500},
         "it is for beam energy 6500 GeV, this run has 6800 GeV"),
        ({"pileup": [40, 60]}, ""),
        ({"pileup": [40, None]}, ""),
        ({"pileup": [None, 40]}, "it is for pile-up up to 40, this run has 51.5"),
        ({"pileup": [60, None]}, "it is for pile-up from 60, this run has 51.5"),
        ({"magnet": 3.8}, ""),
        ({"magnet": 0}, "it is for magnet 0 T, this run has 3.8 T"),
        ({"beam_mode": "Stable Beams"}, ""),
        ({"beam_mode": ["adjust", "stable beams"]}, ""),
        ({"trigger_key": "physics_v12"}, ""),
        ({"trigger_key": ["a", "b"]},
         "it is for trigger key a or b, this run has physics_v12"),
        ({"prescale_column": 3}, ""),
        ({"prescale_column": 4}, "it is for prescale column 4, this run has 3"),
        ({"prescale_column": [1, 2]},
         "it is for prescale column 1 to 2, this run has 3"),
    ],
)  # fmt: skip
def test_whether_a_run_has_the_conditions(when: dict[str, Any], said: str) -> None:
    assert why_not(when, RUN) == (said, False)


def test_what_is_unknown_is_said_to_be() -> None:
    said, unknown = why_not({"stream": "express"}, RUN)
    assert (said, unknown) == (
        "it is for stream express, and the stream is unknown",
        True,
    )
    assert why_not({"pileup": [1, 2]}, None)[1]
    # what is known not to hold goes before what is unknown
    assert not why_not({"stream": "express", "magnet": 0}, RUN)[1]


@pytest.mark.parametrize(
    ("wanted", "right"),
    [
        (3, True), (3.5, True), ("a", True), (["a", "b"], True), ([1, 2], True),
        ([1, None], True), ([None, None], False), ([2, 1], False), (True, False),
        ([], False), ([1, 2, 3], False), (["a", 1], False), ({"a": 1}, False),
        (None, False), ([True, 2], False),
    ],
)  # fmt: skip
def test_forms(wanted: object, right: bool) -> None:
    assert (wrong_form(wanted) == "") is right


@pytest.mark.parametrize(
    ("one", "other", "apart"),
    [
        ([1, 2], [3, 4], True),
        ([1, 3], [3, 4], False),
        ([None, 2], [3, None], True),
        (2, [3, 4], True),
        ([3, 4], 3.5, False),
        ("a", ["b", "a"], False),
        (["a", "c"], ["b", "d"], True),
        ("a", [1, 2], True),
        (1, 1.5, True),
    ],
)
def test_what_no_run_can_have_both_of(one: object, other: object, apart: bool) -> None:
    assert never_both({"x": one}, {"x": other}) is apart
    assert never_both({"x": other}, {"x": one}) is apart
    assert not never_both({"x": one}, {"y": other})


def test_nan_is_in_no_range() -> None:
    assert not is_met("pileup", [None, 5], float("nan"))
    assert not is_met("pileup", 5, float("nan"))


def test_words() -> None:
    assert wanted_words("pileup", [40, 60.5]) == "pile-up 40 to 60.5"
    assert wanted_words("trigger_key", "a") == "trigger key a"


def test_what_was_otherwise_in_the_reference() -> None:
    other = Conditions(
        run_type="cosmics",
        beam_energy=6500,
        magnet=0.0,
        pileup=20,
        scalars={"trigger_key": "physics_v11", "stream": "express"},
    )
    assert list(differences(other, RUN)) == [
        "reference of cosmics, this run collisions",
        "reference at 6.5 TeV per beam, this run 6.8 TeV",
        "reference at 0.0 T, this run 3.8 T",
        "reference at pile-up 20, this run 51.5",
        "reference with trigger key physics_v11, this run physics_v12",
    ]
    assert len(list(differences(other, RUN, scaled_by_pileup=True))) == 4
    assert list(differences(RUN, RUN)) == []
    assert list(differences(Conditions(), RUN)) == []
