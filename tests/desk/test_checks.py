"""The list of checks says all that their classes say."""

from __future__ import annotations

import json

import pytest
from click.testing import CliRunner

from dqmconsole.app.commands.validate import validate_command
from dqmconsole.checks.declared import declared
from dqmconsole.checks.table import CHECKS
from dqmconsole.desk.checks import (
    ExplainedCheck,
    explained_checks,
    explained_options,
    text_of,
)
from dqmconsole.site.layouts import read_layout


def run(*options: str) -> str:
    found = CliRunner().invoke(validate_command, list(options))
    assert found.exit_code == 0, found.output
    return found.stdout


def test_every_check_is_there_with_every_limit_and_example_in_words() -> None:
    explained = explained_checks()
    assert [each.name for each in explained] == list(CHECKS)
    for each, check in zip(explained, CHECKS.values(), strict=True):
        assert each.summary.endswith(".")
        assert [limit.name for limit in each.limits] == list(check.__struct_fields__)
        assert len(each.cases) == len(check.examples())
        for limit in (*each.limits, *explained_options()):
            assert limit.words, (each.name, limit.name)
            assert not limit.words.startswith("as of"), (each.name, limit.name)
            assert limit.kind != "value", (each.name, limit.name)
            assert "`" not in limit.words, limit.words


@pytest.mark.parametrize("check", explained_checks(), ids=lambda each: each.name)
def test_examples_can_be_written_into_a_layout_as_they_stand(
    check: ExplainedCheck,
) -> None:
    for case, example in zip(check.cases, CHECKS[check.name].examples(), strict=True):
        text = "layout: A\npages: [{page: B, plots: [{path: A/x, checks: [{"
        text += f"{case.written}}}]}}]}}]"
        found = read_layout(text.encode(), "A.yaml")
        assert found.problems == (), case.written
        assert found.layout is not None
        (plot,) = found.layout.pages[0].plots
        assert declared(plot.written_checks[0]).check == example.check


def test_bins_that_are_alike_are_said_once() -> None:
    (check,) = (each for each in explained_checks() if each.name == "holes")
    text = text_of(check)
    assert "[4 × [10 × 100], 3 × [10, 10, 10, 7 × 100], 3 × [10 × 100]]" in text
    assert "[90, 9, 7, 90]" in text


def test_a_check_in_lines() -> None:
    (check,) = (each for each in explained_checks() if each.name == "not_empty")
    text = text_of(check)
    for line in (
        "not_empty: Something was filled, as soon as enough events were seen.",
        "  For 1-D, 2-D and 3-D histograms and profiles.",
        "    bad_below (number, 1 when left out): fewer fills than this in the inner "
        "bins.",
        "    WARNING, missing: fewer than usual",
        "      {not_empty: {warn_below: 5}} on [0, 3, 1], 100 events",
    ):
        assert line in text.splitlines()


def test_the_command_lists_them_and_explains_one() -> None:
    listed = run("--checks")
    assert all(f"\n{name}: " in f"\n{listed}" for name in CHECKS)
    assert "run_types (list of" in listed
    objects = [json.loads(line) for line in run("--checks", "--json").splitlines()]
    assert [each["name"] for each in objects] == list(CHECKS)
    one = run("--explain", "dead_channels")
    assert one.startswith("dead_channels: ")
    assert "checks: [defaults, {NAME: {LIMIT: number}}]" in one
    assert "not_empty" not in one
    wrong = CliRunner().invoke(validate_command, ["--explain", "dead_chanels"])
    assert 'did you mean "dead_channels"?' in wrong.stderr
