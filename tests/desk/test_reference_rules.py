"""What ``validate`` says of references that can never hold, or are no more."""

from __future__ import annotations

import datetime
from typing import TYPE_CHECKING

import pytest
from support.recorded_site import make_recorded_site

from dqmconsole.desk.check import validate

if TYPE_CHECKING:
    from pathlib import Path

TODAY = datetime.date(2026, 11, 25)
SITE = """\
experiment: Test
run_types: {pp_run: collisions, cosmic_run: cosmics}
conditions:
  run_type: Info/Type
  pileup: Info/PileUp
  events: "{subsystem}/Events"
  scalars: {trigger_key: Info/Key}
"""
LAYOUT = """\
layout: Hcal
owner: hcal-dqm
description: Hadron calorimeter
pages:
  - page: One
    audience: expert
    plots: [{path: Hcal/a}, {path: Hcal/b}]
"""
REST = "chosen_by: me, chosen_on: 2026-05-01, why: so"


def said(folder: Path, *rules: str, site: str = SITE) -> list[tuple[int, str, str]]:
    """Line, code and words of the problems of rules, one in each line."""
    layouts = folder / "layouts"
    layouts.mkdir()
    (layouts / "site.yaml").write_text(site)
    (layouts / "Hcal.yaml").write_text(LAYOUT)
    text = "".join(f"- {{{each}, {REST}}}\n" for each in rules)
    (layouts / "references.yaml").write_text(text)
    return [
        (each.line, each.code, each.message)
        for each in validate(folder, today=TODAY)
        if each.file.endswith("references.yaml")
    ]


@pytest.mark.parametrize(
    ("when", "words"),
    [
        ("pileup: [1, 2]", ""),
        ("trigger_key: a", ""),
        ("trigger_kay: a", 'did you mean "trigger_key"?'),
        ("magnet: 3.8", "site.yaml names no path of it"),
        ("stream: express", "conditions: scalars: {stream:"),
    ],
)
def test_a_condition_that_nobody_reads(tmp_path: Path, when: str, words: str) -> None:
    found = said(tmp_path, "run: 3", f"run: 4, when: {{{when}}}")
    if not words:
        assert found == []
        return
    assert [each[:2] for each in found] == [(2, "unread-condition")]
    assert words in found[0][2]
    assert "never holds" in found[0][2]


def test_a_rule_before_which_others_always_go(tmp_path: Path) -> None:
    found = said(
        tmp_path,
        "run: 3, subsystem: Hcal",
        'run: 4, histograms: ["Hcal/*"]',
        'run: 5, histograms: ["Hcal/a"], when: {pileup: [1, 2]}',
    )
    assert [each[:2] for each in found] == [(1, "reference-never-first")]
    assert "(Hcal)" in found[0][2]


def test_a_rule_that_is_retired_needs_nothing(tmp_path: Path) -> None:
    end = "retired: {by: me, on: 2026-06-01, why: old}"
    found = said(
        tmp_path,
        f"file: references/gone.root, {end}",
        f"run: 4, subsystem: Ecal, {end}",
        "run: 5",
    )
    assert found == []


def test_runs_that_are_not_recorded_or_over(tmp_path: Path) -> None:
    home = make_recorded_site(
        tmp_path,
        f"- {{run: 99, run_type: collisions, {REST}}}\n"
        f"- {{run: 101, run_type: cosmics, {REST},\n   valid_until: 101}}\n"
        f"- {{run: 103, subsystem: Hcal, {REST}}}\n"
        f"- {{run: 100, subsystem: DT, {REST}}}\n",
    )
    found = [
        (each.line, each.code, each.severity)
        for each in validate(home, today=TODAY)
        if each.code in ("reference-run-missing", "reference-expired")
    ]
    assert found == [
        (1, "reference-run-missing", "advice"),
        (3, "reference-expired", "advice"),
        (4, "reference-run-missing", "advice"),
    ]
