"""The measured bank of the bundled site: forms of it are whole, equal and playable."""

from __future__ import annotations

import collections

import pytest
from support.bundled import read_bundled
from support.measured_bank import spreads

from dqmconsole.simulation.table.causes import parse_cause
from dqmconsole.training.forms import cell_of, composition
from dqmconsole.training.item_bank import (
    exams_of,
    make_plan,
    page_subsystems,
    rows_of,
    urgent,
)
from dqmconsole.training.lesson import BANDS, TOLD, ExamName, split_cause, teaching

SITE = read_bundled()
EXAM = teaching(SITE).exam
assert EXAM is not None
BANK = EXAM.measured
NOW = urgent(SITE)


def test_every_row_was_played() -> None:
    assert len({(each.page, each.run_type, each.cause) for each in BANK}) == len(BANK)
    for row in BANK:
        assert row.trials >= 3, row
        assert row.good_runs >= 12, row
        assert row.bad <= row.judged <= row.trials, row
        if row.kind == "fault":
            alike = row.out.startswith("all is off by one factor")  # however strongly
            assert bool(row.out) == (row.strength < TOLD or alike), row
        if row.cause:
            parse_cause(row.cause)


@pytest.mark.parametrize("name", exams_of(SITE))
def test_each_band_has_about_a_third_of_the_faults(name: ExamName) -> None:
    assert EXAM is not None
    bands = collections.Counter(
        each.band
        for each in rows_of(EXAM, name)
        if each.kind == "fault" and not each.out
    )
    for band in BANDS:
        assert 0.25 < bands[band] / bands.total() < 0.42, bands


def test_plots_on_which_a_fault_shows_stand_on_its_page() -> None:
    there = {
        f"{layout.layout}/{page.page}": {plot.path for plot in page.plots}
        for layout in SITE.layouts
        for page in layout.pages
    }
    for row in BANK:
        assert set(row.plots) <= there[row.page], row
        if row.kind == "fault" and not row.out:
            assert row.plots, row


def test_whether_what_is_struck_is_in_the_run_is_said_on_every_page() -> None:
    """What is out of the run sends nothing, and so does a fault: the line decides."""
    for row in BANK:
        struck = split_cause(row.cause)[1]
        assert not struck or struck in page_subsystems(SITE, row.page), row


@pytest.mark.parametrize("name", exams_of(SITE))
@pytest.mark.parametrize("seed", range(5))
def test_every_exam_is_a_whole_form(seed: int, name: ExamName) -> None:
    assert EXAM is not None
    one, other = make_plan(SITE, seed, name), make_plan(SITE, 1000 + seed, name)
    rows = [[e.choice.row for e in plan.items if e.choice.row] for plan in (one, other)]
    for each in rows:
        cells = collections.Counter(cell_of(row, NOW) for row in each)
        assert cells == composition(EXAM.items, NOW)
        assert not any(row.out for row in each)
    # what the pass mark counts is equal for all, too
    for plan in (one, other):
        now = [e for e in plan.items if e.choice.row and e.choice.urgency == "now"]
        gross = [e for e in now if e.choice.row and e.choice.row.band == "gross"]
        assert len(gross) == 3
    good = sum(each.truth == "good" for each in one.items)
    assert good >= 0.6 * len(one.items)


@pytest.mark.parametrize("name", exams_of(SITE))
def test_exams_are_nearer_to_each_other_in_strength_than_free_draws(
    name: ExamName,
) -> None:
    assert EXAM is not None
    equal, free = spreads(rows_of(EXAM, name), EXAM.items, NOW)
    assert equal < 0.6 * free
