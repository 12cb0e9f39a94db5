"""An exam of recorded runs: measured, drawn, sat to a pass and to a fail."""

from __future__ import annotations

import collections
import shutil
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec
import pytest
from support.exam_ground import (
    HOT,
    LOSS,
    command,
    exam_text,
    item_line,
    make_exam_ground,
    measured,
    right,
    sat,
)
from support.planned import WHO
from support.recorded_ground import MAP, RUN, record_run
from support.waiting import wait_until

from dqmconsole.app.lesson_runs import LessonRuns
from dqmconsole.app.tables import site_tables
from dqmconsole.model.histogram import Histogram
from dqmconsole.recording.run_file import run_path
from dqmconsole.rootio.dqmfile import DqmFile
from dqmconsole.site.site import read_site
from dqmconsole.training.forms import cell_of
from dqmconsole.training.item_bank import (
    LUMISECTIONS,
    make_plan,
    replacement,
    urgent,
    why_nobody_passes,
)
from dqmconsole.training.lesson import teaching
from dqmconsole.training.measured import read_measured
from dqmconsole.training.passing import result_lines, result_of
from dqmconsole.training.report import report

if TYPE_CHECKING:
    from collections.abc import Callable

    from support.exam_ground import Says

    from dqmconsole.model.site import Site
    from dqmconsole.training.item_bank import Item
    from dqmconsole.training.lesson import MeasuredRow

CONTACTS = """\
timezone: Europe/Zurich
roles: {calo: {title: Calorimeter on call, phone: "1"}}
"""
OTHER, GONE = "Calo/Towers", 9


def _rows(home: Path) -> tuple[MeasuredRow, ...]:
    file = home / "instructions/lessons/measured.tsv"
    return read_measured(file.read_text())


def _read(home: Path) -> Site:
    return read_site(home, tables=site_tables())


@pytest.fixture(scope="module")
def ground(tmp_path_factory: pytest.TempPathFactory) -> Path:
    home = make_exam_ground(tmp_path_factory.mktemp("measured") / "site")
    done = measured(home)
    assert done.exit_code == 0, done.output
    assert "is whole" in done.output
    assert "nobody passes" not in done.output
    assert (
        "\nExam: a sitting has 10 pages: 4 faults (1 gross, 2 clear, 1 subtle) and 6 "
        "good pages; the bank has 7 faults of 1 recorded run\n"
    ) in done.output
    assert "\nExam: By the model of signal detection, somebody of d' 1.5" in done.output
    return home


@pytest.fixture
def home(ground: Path, tmp_path: Path) -> Path:
    """A site of one's own, measured."""
    return Path(shutil.copytree(ground, tmp_path / "site"))


def test_what_is_larger_is_stronger_and_what_shows_nothing_is_out(
    ground: Path,
) -> None:
    good, *faults = _rows(ground)
    assert (good.kind, good.out, good.trials, good.bad) == ("nothing", "", 1, 0)
    by_cause = {each.cause: each for each in faults}
    for name, sizes in ((HOT, (300, 60, 10, 3)), (LOSS, (80, 40, 15))):
        rows = [by_cause[f"{name}*{size}#0"] for size in sizes]
        strengths = [each.strength for each in rows]
        assert strengths == sorted(strengths, reverse=True)
        assert strengths[0] > 2 * strengths[-1]
        for each in rows:
            assert (each.out, each.plots, each.good_runs) == ("", (MAP,), 6)
    assert {each.band for each in faults if not each.out} == {
        *("gross", "clear", "subtle"),
    }
    tiny = by_cause[f"{LOSS}*5#0"]
    assert tiny.out == "loss of 5 % of the entries leaves no visible trace"
    # a hot cell has its place, a loss has none
    left, end, low, high = by_cause[f"{HOT}*300#0"].region
    assert end - left == high - low == 1
    for each in (good, *faults):
        assert (each.recorded, each.updates) == (RUN, LUMISECTIONS)
        assert each.record
        assert each.of


def test_every_exam_is_of_the_same_bands_and_most_pages_are_good(ground: Path) -> None:
    site = _read(ground)
    now = urgent(site)
    cells = set()
    for seed in range(5):
        plan = make_plan(site, seed)
        rows = [each.choice.row for each in plan.items if each.choice.row is not None]
        assert len(rows) == len(plan.items) == 10
        counts = collections.Counter(cell_of(row, now) for row in rows)
        cells.add(frozenset(counts.items()))
        assert sum(each.truth == "good" for each in plan.items) == 6
        for each in plan.items:
            assert (each.run.recorded, each.run.ahead) == (RUN, LUMISECTIONS)
        gross = [e for e in plan.items if e.choice.row and e.choice.row.band == "gross"]
        assert {each.choice.urgency for each in gross if each.truth == "bad"} == {"now"}
        # what a crash spent has another of its kind in its place, of the run
        for number, row in enumerate(rows):
            other = replacement(plan, site, number, 1)
            assert other.choice.row is not None
            assert cell_of(other.choice.row, now) == cell_of(row, now)
            assert other.run.recorded == RUN
            assert other.run != plan.items[number].run
    assert len(cells) == 1
    assert make_plan(site, 1).hash != make_plan(site, 2).hash


def _blind(item: Item) -> Says:
    """Who misses what is gross."""
    is_gross = item.choice.row is not None and item.choice.row.band == "gross"
    return ("good", "", "") if is_gross else right(item)


def _nervous(item: Item) -> Says:
    """Who calls of every other good page."""
    is_false = item.truth == "good" and item.number % 2 == 0
    return ("bad", MAP, "loss") if is_false else right(item)


def _vague(item: Item) -> Says:
    """Who finds all, and names nothing."""
    answer, plot, _ = right(item)
    return answer, plot, "shift" if plot else ""


def _gross_alone(item: Item) -> Says:
    """Who reports nothing but what is gross."""
    is_gross = item.choice.row is not None and item.choice.row.band == "gross"
    return right(item) if is_gross else ("good", "", "")


def _likes(item: Item) -> Says:
    """Who takes a loss for a plot that stands still, as one picture allows."""
    answer, plot, cause = right(item)
    return answer, plot, "frozen" if cause == "loss" else cause


def test_who_judges_rightly_passes_and_what_was_tested_is_said(ground: Path) -> None:
    site = _read(ground)
    for says in (right, _likes):
        records = sat(site, says).records
        found = result_of(site, records, WHO, 1e9)
        assert (found.state, found.why) == ("passed", "")
        assert found.score is not None
        assert found.score.gross_now == 2
    strengths = {each.strength for each in found.sittings[0].answers} - {0.0}
    assert len(strengths) > 1
    assert strengths <= {each.strength for each in _rows(ground)}
    words = "\n".join(result_lines(found))
    assert f"pages of the recorded run {RUN} of this site with faults put into" in words
    assert "simulated" not in words
    assert "By the model of signal detection" in words
    assert "hot-cell" in report(records, site, 1e9)
    assert result_of(site, sat(site, right, 1).records, WHO, 1e9).state == "open"


@pytest.mark.parametrize(
    ("says", "why"),
    [
        (_blind, "2 of 2 gross faults that call at once were missed (0 may be)"),
        (_gross_alone, "faults found: 2 of 8, 25 % (7 to 59 %) (at least 70 %)"),
        (_nervous, "false calls"),
        (_vague, "causes named rightly: 0 of 8"),
    ],
)
def test_who_does_not_fails_and_is_told_why(
    ground: Path, says: Callable[[Item], Says], why: str
) -> None:
    site = _read(ground)
    found = result_of(site, sat(site, says).records, WHO, 1e9)
    assert found.state == "not passed"
    assert why in found.why


def test_nobody_passes_where_the_site_says_of_no_plot_that_one_calls_at_once(
    home: Path,
) -> None:
    layout = home / "layouts/calo.yaml"
    layout.write_text(layout.read_text().replace("alarm: now", "alarm: next-day"))
    site = _read(home)
    found = result_of(site, sat(site, right).records, WHO, 1e9)
    assert found.state == "not passed"
    assert "no gross fault that calls at once was among the items" in found.why
    assert found.rates is None  # nobody passes by chance
    assert MAP not in why_nobody_passes(site, "collisions")
    words = why_nobody_passes(site, "collisions", telling=True)
    assert words.startswith("nobody passes the exam: no gross fault of it calls at on")
    assert f"({MAP}) the site says alarm: now in its layout, or" in words
    said = command("validate", "--site", str(home)).output
    (line,) = (each for each in said.splitlines() if words in each)
    assert "instructions/lessons/exam.yaml:" in line
    assert line.endswith(f": advice: {words} [lesson-advice]")
    done = measured(home)
    assert done.exit_code == 1
    assert done.output.count(words) == 1
    assert "is whole" not in done.output


INSTRUCTION = """\
---
id: calo/hits
title: Hits
version: 1
author: A. Expert
written: 2026-11-20
owner: calo
applies_to: {layout: Calo, page: Hits}
reviewed_on: 2026-11-20
review_due: 2027-05-20
---
## What it shows
Hits.

## How to judge
Even is good.

## Good and bad examples
- good: even

## If it is bad
1. A noisy cell, or too little.
   for: hot-cell, loss
   call calo: write only

## Whom to call
1. calo
"""


def test_a_step_that_keeps_everybody_from_passing_is_named(home: Path) -> None:
    layout = home / "layouts/calo.yaml"
    text = layout.read_text()
    layout.write_text(
        text.replace(
            "audience: shift\n", "audience: shift\n    instruction: calo/hits\n", 1
        )
    )
    (home / "instructions/contacts.yaml").write_text(CONTACTS)
    file = home / "instructions/calo/hits.md"
    file.parent.mkdir()
    file.write_text(INSTRUCTION)
    site = _read(home)
    words = why_nobody_passes(site, "collisions", telling=True)
    assert words.endswith(
        "in a step of its instruction. calo/hits, step 1, says “write only” for "
        "hot-cell, loss, which counts more than the alarm: now of the layout"
    )
    assert "calo/hits" not in why_nobody_passes(site, "collisions")
    file.write_text(INSTRUCTION.replace("write only", "call now"))
    assert why_nobody_passes(_read(home), "collisions", telling=True) == ""


def test_without_an_exam_it_is_said_how_one_begins(home: Path) -> None:
    exam = home / "instructions/lessons/exam.yaml"
    exam.write_text("matter: [\n")
    said = measured(home)
    assert said.exit_code != 0
    assert "exam.yaml gives no exam: dqmconsole validate --site" in said.output
    exam.unlink()
    said = measured(home)
    assert said.exit_code != 0
    assert "dqmconsole training inject RUN begins one" in said.output


def test_an_exam_that_is_too_short_to_tell_much_says_so(home: Path) -> None:
    words = "chance decides much of the exam: somebody of d' 1.5 passes with "
    said = command("validate", "--site", str(home)).output
    (line,) = (each for each in said.splitlines() if words in each)
    assert "exam.yaml:1:8: advice: " in line
    assert "more items, or more sittings (pass_mark:), tell more" in line
    exam = home / "instructions/lessons/exam.yaml"
    text = exam.read_text()
    exam.write_text(f"pass_mark: {{sittings: 6}}\n{text}")
    assert words not in command("validate", "--site", str(home)).output
    # of a mark that asks for no share of the faults
    exam.write_text(f"pass_mark: {{sittings: 6, found: 0}}\n{text}")
    words = "who sees gross faults alone passes the exam with more than 99 %: ask for "
    assert words in command("validate", "--site", str(home)).output


def test_an_exam_with_too_few_pages_for_a_gross_fault_is_passed_by_nobody(
    home: Path,
) -> None:
    exam = home / "instructions/lessons/exam.yaml"
    exam.write_text(exam.read_text().replace("items: 10", "items: 7"))
    site = _read(home)
    found = result_of(site, sat(site, right).records, WHO, 1e9)
    assert found.state == "not passed"
    words = (
        "nobody passes the exam: among its 7 pages there is no gross fault, which the "
        "pass mark asks for: 8 pages or more have one (items: 8)"
    )
    assert why_nobody_passes(site, "collisions") == words
    assert words in command("validate", "--site", str(home)).output
    done = measured(home)
    assert done.exit_code == 1
    assert done.output.count(words) == 1
    assert "is whole" not in done.output
    assert "Exam: a sitting has 7 pages: 2 faults (1 clear, 1 subtle) and 5" in (
        done.output
    )


def test_too_small_a_bank_says_what_is_missing(home: Path) -> None:
    exam = home / "instructions/lessons/exam.yaml"
    exam.write_text(exam.read_text().replace("items: 10", "items: 40"))
    missing = (
        "no exam: the bank has 4 rows of gross faults, and an exam has 5; 2 rows of "
        "clear faults, and an exam has 6; 1 row of subtle faults, and an exam has 5: "
    )
    assert missing in command("validate", "--site", str(home)).output
    done = measured(home)
    assert done.exit_code == 1
    assert missing in done.output
    assert "is whole" not in done.output


def test_what_was_never_measured_is_said_where_it_is_written(home: Path) -> None:
    exam = home / "instructions/lessons/exam.yaml"
    here = item_line(HOT), item_line(LOSS)
    exam.write_text(exam_text(*here, item_line(HOT, OTHER), item_line(LOSS, OTHER)))
    words = "it is not measured, as 1 other, so no exam shows it: dqmconsole training "
    said = command("validate", "--site", str(home)).output
    assert f"exam.yaml:5:5: advice: {words}measure [lesson-advice]" in said
    (home / "instructions/lessons/measured.tsv").unlink()
    said = command("validate", "--site", str(home)).output
    words = "it is not measured, as 3 others, so nobody passes by the exam: dqmconsole "
    assert f"exam.yaml:3:5: advice: {words}training measure [lesson-advice]" in said


def test_a_record_that_changed_wants_to_be_measured_again(home: Path) -> None:
    of_the_record = "measured.tsv:1:1: advice: the record of run 7 is another than was"
    assert of_the_record not in command("validate", "--site", str(home)).output
    run_path(home / "runs", RUN).unlink()
    record_run(home / "runs", before=5)
    assert of_the_record in command("validate", "--site", str(home)).output
    before = _rows(home)
    done = measured(home)
    assert done.exit_code == 1
    assert "the record of run 7 is another than was measured on Calo/Hits: " in (
        done.output
    )
    assert "is whole" not in done.output
    assert _rows(home) == before  # it is asked for
    assert measured(home, "--again").exit_code == 0
    assert of_the_record not in command("validate", "--site", str(home)).output


def test_a_run_that_is_gone_since_is_named_and_the_bank_is_not_whole(
    home: Path,
) -> None:
    run_path(home / "runs", RUN).unlink()
    done = measured(home)
    assert done.exit_code == 1
    assert f"run {RUN} of Calo/Hits is gone: " in done.output
    assert "is whole" not in done.output


def test_items_that_changed_want_to_be_measured_again(home: Path) -> None:
    exam = home / "instructions/lessons/exam.yaml"
    exam.write_text(
        exam.read_text().replace(item_line(LOSS), f"{item_line(LOSS)}, sizes: [30]")
    )
    site = _read(home)
    found = teaching(site).exam
    assert found is not None
    (page,) = found.measured_before
    assert page.recorded
    said = command("validate", "--site", str(home)).output
    before = "1 of the bank's 1 page was measured on other recorded runs, "
    assert before in said
    done = measured(home)
    assert (done.exit_code, "is whole" in done.output) == (1, False)
    (line,) = (each for each in done.output.splitlines() if before in each)
    assert line.endswith("measure --again (Calo/Hits)")
    # what is sat all the same says so
    stands = result_of(site, sat(site, right).records, WHO, 1e9)
    assert "is of older measurements" in "\n".join(result_lines(stands))


def test_a_run_that_is_gone_costs_its_own_page_alone(home: Path) -> None:
    exam = home / "instructions/lessons/exam.yaml"
    record_run(home / "runs", GONE, before=3)
    here = item_line(HOT), item_line(LOSS)
    exam.write_text(exam_text(item_line(HOT, OTHER, GONE), *here))
    assert measured(home).exit_code == 0
    before = _rows(home)
    assert {each.recorded for each in before} == {RUN, GONE}
    run_path(home / "runs", GONE).unlink()
    again = measured(home, "--again")
    assert again.exit_code == 1
    assert f"not measured: {OTHER}: run {GONE} is gone: " in again.output
    after = _rows(home)
    assert [e for e in after if e.page == OTHER] == [
        each for each in before if each.page == OTHER
    ]
    assert len(after) == len(before)
    # a run that is in no item any more is in no exam
    exam.write_text(exam_text(*here))
    site = _read(home)
    assert teaching(site).exam is not None
    assert {each.run.recorded for each in make_plan(site, 3).items} == {RUN}


def test_a_run_that_is_bad_by_itself_makes_no_items(home: Path) -> None:
    layout = home / "layouts/calo.yaml"
    bad = "checks: [{entries: {bad_above: 10}}]"
    layout.write_text(layout.read_text().replace("alarm: now", bad))
    assert measured(home, "--again").exit_code == 1
    outs = {each.out for each in _rows(home)}
    assert outs == {f"the console finds it BAD in run {RUN} as it was recorded"}


def test_an_item_shows_its_fault_where_it_was_measured(ground: Path) -> None:
    row = next(each for each in _rows(ground) if each.cause == f"{HOT}*300#0")
    item = next(
        each
        for seed in range(20)
        for each in make_plan(_read(ground), seed).items
        if each.choice.row is not None and each.choice.row.cause == f"{HOT}*300#0"
    )
    runs = LessonRuns(lambda: ground, home=str(ground))
    try:
        folder = runs.prepare(item.run, ("Calo",))
        wait_until(lambda: runs.is_ready(folder), "it is whole")
        with closing(DqmFile(max(Path(folder).glob("*.root*")))) as file:
            found = file.element(MAP)
        assert isinstance(found, Histogram)
        x, _, y, _ = (int(each) for each in row.region)
        assert found.values().argmax() == found.values()[:x].size + y
    finally:
        runs.close()


def test_a_good_page_is_another_stretch_of_the_run_each_time(ground: Path) -> None:
    plan = make_plan(_read(ground), 1)
    good = [each for each in plan.items if each.truth == "good"]
    assert len({msgspec.json.encode(each.run) for each in good}) == len(good)


def test_the_file_says_no_type_of_run_that_the_site_does_not_have(ground: Path) -> None:
    file = ground / "instructions/lessons/measured.tsv"
    head, *lines = (each.split("\t") for each in file.read_text().splitlines())
    assert {each[head.index("run_type")] for each in lines} == {""}
    assert {each.run_type for each in _rows(ground)} == {"collisions"}
    # as earlier versions wrote it
    before = ["\t".join([each[0], "collisions", *each[2:]]) for each in lines]
    text = "\n".join(["\t".join(head), *before])
    assert read_measured(text) == _rows(ground)


def test_a_type_of_simulated_runs_measures_nothing_of_recorded_ones(
    home: Path,
) -> None:
    said = measured(home, "--run-type", "collisions").output
    assert "nothing to measure: exam.yaml has no fault in simulated collisions ru" in (
        said
    )
    said = measured(home, "--run-type", "beam").output
    assert "Recorded runs have the site's own types, and are measured without it" in (
        said
    )
