"""Comments in a site's files that silence a rule at one place."""

from __future__ import annotations

import datetime
from typing import TYPE_CHECKING

import pytest
from support.instruction_texts import make_whole_site

from dqmconsole.app.tables import rules
from dqmconsole.desk.check import check_site
from dqmconsole.model.problem import Problem
from dqmconsole.site.rules.ignores import silence

if TYPE_CHECKING:
    from pathlib import Path

    from dqmconsole.desk.check import Checked

TODAY = datetime.date(2026, 11, 25)
TEXT = """\
layout: Hcal
pages:
  - page: P
    plots:  # dqmconsole: ignore off-the-axis - the axis is being changed
    - path: Hcal/a
      checks:
      - sum_in_range: {low: 200}
    # dqmconsole: ignore other-bins - all of it, until May
    - path: Hcal/b
      overlay:
        - Hcal/c
    - path: Hcal/d
  - page: Q
    plots: [{path: Hcal/e}]  # dqmconsole: ignore check-not-for-plot: "known"
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "layouts").mkdir()
    (tmp_path / "layouts" / "Hcal.yaml").write_text(TEXT)
    return tmp_path


@pytest.mark.parametrize(
    ("code", "lines", "silenced"),
    [
        ("off-the-axis", range(1, 15), [4, 5, 6, 7, 9, 10, 11, 12]),
        ("other-bins", range(1, 15), [9, 10, 11]),
        ("check-not-for-plot", range(1, 15), [14]),
    ],
)
def test_a_comment_is_for_its_line_and_what_is_below_it(
    folder: Path, code: str, lines: range, silenced: list[int]
) -> None:
    gone = []
    for line in lines:
        problem = Problem("x", "layouts/Hcal.yaml", line, 1, "advice", code=code)
        if problem not in silence(folder, [problem], rules(), set()).problems:
            gone.append(line)
    # blank lines and comments hold no problem
    assert [each for each in gone if each != 8] == silenced


def checked(tmp_path: Path, **changes: tuple[str, str]) -> Checked:
    return check_site(make_whole_site(tmp_path, **changes), (), TODAY)


def words(found: Checked) -> list[str]:
    return [f"{each.line}:{each.column}: {each}" for each in found.problems]


def test_a_silenced_problem_is_counted_and_not_said(tmp_path: Path) -> None:
    due = "review_due: 2026-11-21"
    change = ("review_due: 2027-05-20", due)
    before = checked(tmp_path / "before", occupancy=change)
    assert [each.code for each in before.problems] == ["review-due"]
    why = f"{due}  # dqmconsole: ignore review-due - Ben is on leave"
    after = checked(tmp_path / "after", occupancy=(change[0], why))
    assert (after.problems, after.ignored) == ((), 1)
    whole = "id: hcal/occupancy # dqmconsole: ignore review-due - on leave\n"
    site = make_whole_site(tmp_path / "whole", occupancy=change)
    text = site / "instructions" / "hcal" / "occupancy.md"
    text.write_text(text.read_text().replace("id: hcal/occupancy\n", whole))
    assert check_site(site, (), TODAY).ignored == 1


@pytest.mark.parametrize(
    ("comment", "said"),
    [
        ("ignore old-reference", "silences nothing without a reason"),
        ("ignore old-reference -", "silences nothing without a reason"),
        ("ignore old-refrence - x", 'no rule is called "old-refrence"; did you mean'),
        ("ignore unknown-key - x", "cannot be silenced"),
        ("ignor old-reference - x", "is no comment that is read"),
        ("", "is no comment that is read"),
        ("ignore no-progress - x", "silences nothing: there is no problem"),
    ],
)
def test_a_comment_that_silences_nothing_is_a_problem(
    tmp_path: Path, comment: str, said: str
) -> None:
    change = ("owner: hcal-dqm", f"owner: hcal-dqm  # dqmconsole: {comment}")
    found = checked(tmp_path, Hcal=change)
    (problem,) = found.problems
    assert said in problem.message
    assert (problem.line, problem.column) == (2, 18)
    assert problem.code in ("ignore-form", "unused-ignore")


def test_without_a_source_its_rules_may_be_silenced(tmp_path: Path) -> None:
    comment = "# dqmconsole: ignore path-not-in-data - of another generation"
    found = checked(tmp_path, Hcal=("owner: hcal-dqm", f"owner: hcal-dqm {comment}"))
    assert found.problems == ()
