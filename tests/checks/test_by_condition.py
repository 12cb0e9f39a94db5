"""Limits that depend on a condition of the run."""

from __future__ import annotations

import pytest

from dqmconsole.checks.by_condition import LimitError, by_condition, is_limit, widest
from dqmconsole.checks.clusters import Holes
from dqmconsole.checks.declared import DeclarationError, declared
from dqmconsole.checks.fits import Fit
from dqmconsole.checks.moments import Mean
from dqmconsole.checks.table import CHECKS
from dqmconsole.model.run import Conditions

POINTS = {"pileup": {"60": 0.3, "20": 0.1}}


@pytest.mark.parametrize(
    ("pileup", "limit"),
    [(0.0, 0.1), (20.0, 0.1), (40.0, 0.2), (50.0, 0.25), (60.0, 0.3), (90.0, 0.3)],
)
def test_between_the_points_they_are_on_a_line_and_beyond_constant(
    pileup: float, limit: float
) -> None:
    one = declared({"mean": {"bad_above": POINTS, "warn_above": 0.05}})
    found, said = one.at(Conditions(pileup=pileup))
    assert isinstance(found.check, Mean)
    assert found.check.bad_above == pytest.approx(limit)
    assert found.check.warn_above == 0.05
    assert said == ""


@pytest.mark.parametrize("pileup", [None, float("nan")])
def test_the_widest_hold_where_the_condition_is_not_known(pileup: float | None) -> None:
    one = declared(
        {"mean": {"bad_above": POINTS, "bad_below": {"pileup": {0: -2, 9: -1}}}}
    )
    found, said = one.at(Conditions(pileup=pileup))
    assert isinstance(found.check, Mean)
    assert (found.check.bad_above, found.check.bad_below) == (0.3, -2.0)
    assert said == "pile-up not known: the widest limits"


def test_conditions_that_the_site_names_do_as_well() -> None:
    one = declared({"mean": {"bad_above": {"rate": {1: 1, 3: 3}}}})
    assert one.condition == "rate"
    found, _ = one.at(Conditions(scalars={"rate": 2.0}))
    assert isinstance(found.check, Mean)
    assert found.check.bad_above == 2.0
    _, said = one.at(Conditions(scalars={"rate": "high"}))
    assert said == "rate not known: the widest limits"


def test_without_one_nothing_is_asked() -> None:
    one = declared({"mean": {"bad_above": 1.0}})
    assert one.at(Conditions()) == (one, "")
    assert one.condition == ""


def test_every_limit_that_is_a_number_may_depend_on_one() -> None:
    assert is_limit(Mean, "bad_shift")
    assert is_limit(Holes, "warn_above")
    assert not is_limit(Holes, "times")
    assert not is_limit(Fit, "parameters")
    assert not is_limit(Mean, "bad_nothing")
    assert any(is_limit(each, "bad_above") for each in CHECKS.values())


@pytest.mark.parametrize(
    ("written", "words"),
    [
        ({"pileup": {20: 0.1, 60: float("nan")}}, "where a number stands (limit)"),
        ({"pileup": {20: 0.1, 60: True}}, "where a number stands (limit)"),
        ({"pileup": [1, 2]}, "needs two values of pileup"),
    ],
)
def test_what_cannot_be_meant_is_refused(
    written: dict[str, object], words: str
) -> None:
    with pytest.raises(LimitError) as refused:
        by_condition(written)
    assert words in str(refused.value)
    with pytest.raises(DeclarationError) as broken:
        declared({"mean": {"bad_above": written}})
    assert broken.value.keys == ("mean", "bad_above")


def test_the_widest_is_what_finds_least_wrong() -> None:
    limit = by_condition(POINTS)
    assert str(limit) == "{pileup: {20: 0.1, 60: 0.3}}"
    assert (widest("bad_below", limit), widest("bad_above", limit)) == (0.1, 0.3)
