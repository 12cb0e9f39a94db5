from __future__ import annotations

from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest
from click.testing import CliRunner
from support.recorded_ground import (
    FAINT,
    LINE,
    MAP,
    RUN,
    UPDATES,
    Daq,
    in_folders,
    make_ground,
)
from support.waiting import wait_until

from dqmconsole.app.cli import run
from dqmconsole.app.lesson_runs import LessonRuns
from dqmconsole.app.recorded_items import RecordedPlots
from dqmconsole.app.tables import site_tables
from dqmconsole.desk.injection_table import INJECTIONS
from dqmconsole.model.histogram import Histogram, Scalar
from dqmconsole.model.layout import plot_key
from dqmconsole.recording.run_file import run_path
from dqmconsole.rootio.dqmfile import DqmFile
from dqmconsole.rootio.write import write_root
from dqmconsole.site.site import read_site
from dqmconsole.sources.recorded import FINISHED
from dqmconsole.training.item_bank import is_recorded_alone, make_plan
from dqmconsole.training.lesson import LessonRun, teaching
from dqmconsole.training.passing import NOT_MEASURED, result_lines, result_of
from dqmconsole.training.practice import SLOWEST, SPEED, plan_shift
from dqmconsole.training.truth import happenings

if TYPE_CHECKING:
    from click.testing import Result

    from dqmconsole.model.site import Site

EXAM = "instructions/lessons/exam.yaml"
GOOD = (
    f'- {{pages: [Calo/Hits], cause: "dead-block:{MAP}", sizes: [30, 10],'
    f" recorded: [{RUN}], updates: {UPDATES}}}"
)


@pytest.fixture
def site(tmp_path: Path) -> Path:
    return make_ground(tmp_path / "site")


def _command(*words: str) -> Result:
    return CliRunner().invoke(run, words)


def _inject(site: Path, *words: str) -> Result:
    return _command("training", "inject", str(RUN), "--site", str(site), *words)


def _written(site: Path, *items: str) -> Path:
    file = site / EXAM
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text("items: 8\nmatter:\n" + "".join(f"  {each}\n" for each in items))
    return file


def _read(site: Path) -> Site:
    return read_site(site, tables=site_tables())


def test_items_are_made_of_a_recorded_run(site: Path) -> None:
    result = _inject(site, "--items", "5")

    assert result.exit_code == 0, result.output
    assert f"left out: {FAINT}: its counts are weighted, too few, or" in result.output
    unfinished = f"the end of run {RUN} is not in its record, which reaches"
    assert unfinished in result.output
    assert (
        "an exam has 40 pages in 60 minutes (items: and minutes: of that file), 16 "
        "faults (5 gross, 6 clear, 5 subtle) and 24 good pages; that file has "
    ) in result.output
    found = teaching(_read(site))
    assert found.exam is not None
    assert len(found.exam.matter) == 5
    assert {each.cause.partition(":")[2] for each in found.exam.matter} == {LINE, MAP}
    assert len({each.cause for each in found.exam.matter}) == 5
    for each in found.exam.matter:
        assert (each.recorded, each.updates) == ((RUN,), UPDATES)
        assert list(each.sizes) == sorted(each.sizes, reverse=True)
        assert 1 <= len(each.sizes) <= 3
    # who learns on it chooses among what there is, and among nothing of CMS
    assert {each.name for each in found.causes} == set(INJECTIONS)
    assert _command("validate", "--site", str(site)).exit_code == 0

    again = _inject(site, "--items", "5")
    assert again.exit_code == 2
    assert "has this item already" in again.output


def _finished(folder: Path) -> Path:
    """The one file of a finished run."""
    file, daq = folder / "beam.root", Daq()
    for _ in range(UPDATES):
        held = daq.update(1000.0)
    write_root(file, in_folders(held))
    return file


def test_a_run_of_finished_files_is_taken_without_items(
    site: Path, tmp_path: Path
) -> None:
    words = ("training", "inject", str(_finished(tmp_path)), "--run", "9")
    result = _command(*words, "--items", "0", "--site", str(site))
    assert result.exit_code == 0, result.output
    assert "run 9 is taken as a recorded run: its file, 24 updates" in result.output
    assert "an observed shift can be of it: run: {recorded: 9, updates: 24" in (
        result.output
    )
    assert not (site / "instructions/lessons/exam.yaml").exists()
    assert run_path(site / "runs" / FINISHED, 9).exists()


def test_items_are_made_of_the_file_of_a_finished_run(
    site: Path, tmp_path: Path
) -> None:
    file = _finished(tmp_path)

    def inject(*words: str) -> Result:
        return _command("training", "inject", *words, "--site", str(site))

    result = inject(str(file), "--run", "9", "--items", "3")
    assert result.exit_code == 0, result.output
    assert "run 9 is taken as a recorded run: its file, 24 updates" in result.output
    assert "they are played as if they had come evenly" in result.output
    assert "the end of run" not in result.output  # the file has it
    matter = teaching(_read(site)).matter
    assert {(each.recorded, each.updates) for each in matter} == {((9,), 24)}
    assert _command("validate", "--site", str(site)).exit_code == 0

    for words, said in (
        ((str(file),), "does not say the number of its run: give --run"),
        ((str(file), "--run", str(RUN)), "run 7 is recorded already, with its updates"),
        (("9", "--run", "9"), "9 is the number of a run"),
        (("nothing.root",), "no number of a run, and no such file or folder"),
    ):
        refused = inject(*words)
        assert refused.exit_code == 2
        assert said in refused.output


def test_what_leaves_no_trace_is_left_out(site: Path) -> None:
    plots = RecordedPlots(run_path(site / "runs", RUN), read_site(site))

    assert not plots.why_unseen("dead-block", MAP, 10)
    assert "no reference is drawn" in plots.why_unseen("frozen", MAP, 100)
    layout = site / "layouts/calo.yaml"
    text = layout.read_text().replace(MAP, f"{MAP}, reference: {{mode: ratio}}")
    layout.write_text(text)
    beside = RecordedPlots(run_path(site / "runs", RUN), read_site(site))
    assert not beside.why_unseen("frozen", MAP, 100)
    assert plots.why_unseen("loss", LINE, 0.5)
    assert not plots.why_unseen("loss", LINE, 40)
    assert set(plots.left_out) == {FAINT}


@pytest.mark.parametrize(("closed", "seen"), [(True, False), (False, True)])
def test_what_goes_round_shows_nothing_where_all_is_alike(
    site: Path, closed: bool, seen: bool
) -> None:
    plots = RecordedPlots(run_path(site / "runs", RUN), read_site(site))
    line = plots.plots[LINE]
    flat = np.pad(np.full(len(line.usual) - 2, line.usual.max()), 1)
    plots.plots[LINE] = line._replace(usual=flat, closed=closed)
    assert (plots.why_unseen("shift", LINE, 1.0) == "") is seen


def test_a_loss_shows_nothing_where_areas_are_compared(site: Path) -> None:
    layout = site / "layouts/calo.yaml"
    text = layout.read_text().replace("layout: Calo\n", "layout: Calo\n"
        "defaults: {reference: {normalize: area}}\n")  # fmt: skip
    layout.write_text(text)
    plots = RecordedPlots(run_path(site / "runs", RUN), read_site(site))

    assert plots.why_unseen("loss", LINE, 80)
    assert plots.why_unseen("frozen", MAP, 100)
    assert not plots.why_unseen("dead-block", MAP, 10)
    assert _inject(site, "--items", "20").exit_code == 0
    kinds = {each.cause.partition(":")[0] for each in teaching(_read(site)).matter}
    assert kinds == {"dead-block", "hot-cell", "shift"}


def test_what_one_sees_beside_a_reference_alone_needs_one(site: Path) -> None:
    (site / "layouts/references.yaml").unlink()
    result = _inject(site, "--items", "20")

    assert result.exit_code == 0
    assert f"{LINE}: loss of 80 % of the entries leaves no visible trace: no refer" in (
        result.output
    )
    kinds = {each.cause.partition(":")[0] for each in teaching(_read(site)).matter}
    assert kinds == {"dead-block", "hot-cell"}


def test_nobody_passes_by_items_that_are_not_measured(site: Path) -> None:
    assert _inject(site, "--items", "3").exit_code == 0
    read = _read(site)
    assert is_recorded_alone(read)
    stands = result_of(read, (), "Ada", 1e9)
    assert (stands.state, stands.why) == ("unmeasured", NOT_MEASURED)
    assert result_lines(stands)[0].startswith("- **Not measured**: nobody passes by an")


def test_of_a_page_that_is_bad_in_the_run_no_item_is_made(site: Path) -> None:
    layout = site / "layouts/calo.yaml"
    first, _, rest = layout.read_text().partition(f"      - {{path: {LINE}}}\n")
    bad = f"      - {{path: {LINE}, checks: [{{entries: {{bad_above: 10}}}}]}}\n"
    other = "  - page: Towers\n    audience: shift\n    run_types: [beam]\n    plots:\n"
    faint = f"      - {{path: {FAINT}}}\n"
    assert faint in rest
    layout.write_text(f"{first}{bad}{faint}{other}{rest.replace(faint, '')}")
    result = _inject(site, "--items", "20")

    assert result.exit_code == 0, result.output
    assert f"BAD in run {RUN}: {LINE} (Calo › Hits): " in result.output
    for each in (LINE, FAINT):  # the nearest reason, of a plot without counts, too
        assert f"left out: {each}: run {RUN} is not good on its page" in result.output
    matter = teaching(_read(site)).matter
    assert {each.pages for each in matter} == {("Calo/Towers",)}
    assert {each.cause.partition(":")[2] for each in matter} == {MAP}


def test_a_run_that_is_bad_on_every_page_is_refused(site: Path) -> None:
    layout = site / "layouts/calo.yaml"
    bad = f"{LINE}, checks: [{{entries: {{bad_above: 10}}}}]}}"
    layout.write_text(layout.read_text().replace(f"{LINE}}}", bad))
    result = _inject(site)

    assert result.exit_code == 2
    assert f"run {RUN} is not good: no page for shifts is left" in result.output
    assert not (site / EXAM).exists()


def test_a_run_that_is_not_recorded_changes_nothing(site: Path) -> None:
    result = _command("training", "inject", "8", "--site", str(site))

    assert result.exit_code == 2
    assert "run 8 is not recorded" in result.output
    assert not (site / EXAM).exists()


@pytest.mark.parametrize(
    ("item", "words"),
    [
        (GOOD.replace(f"[{RUN}]", "[8]"), "recorded: run 8 is gone"),
        (GOOD.replace(f": {UPDATES}", ": 99"), "updates: run 7 has 24"),
        (
            GOOD.replace(f"dead-block:{MAP}", f"loss:{LINE}").replace(
                "30, 10", "80, 0.5"
            ),
            ": loss of 0.5 % of the entries leaves no visible trace",
        ),
        (
            GOOD.replace(MAP, FAINT),
            f'"{FAINT}" cannot be used of run {RUN}: its counts',
        ),
        (
            GOOD.replace(MAP, "Calo/towrs"),
            f'no plot "Calo/towrs"; did you mean "{MAP}"',
        ),
        (GOOD.replace("dead-block", "dead-blok"), 'did you mean "dead-block"'),
        (GOOD.replace("dead-block", "hv-trip"), "put into recorded runs"),
        (GOOD.replace("[30, 10]", "[300]"), "sizes: dead-block of 300"),
        (GOOD.replace(f": {UPDATES}", ": 3"), "updates: how many"),
        (GOOD.replace(f"[{RUN}]", "[0]"), "0 is no number of a run"),
        (GOOD.replace(f"recorded: [{RUN}], ", ""), "and there is none"),
    ],
)
def test_what_is_wrong_is_said_where_it_is_written(
    site: Path, item: str, words: str
) -> None:
    _written(site, GOOD, item)
    result = _command("validate", "--site", str(site))

    assert result.exit_code == 1, result.output
    assert f"{EXAM}:4:" in result.output
    assert words in result.output


def test_a_record_that_is_damaged_is_said_where_it_is_written(
    site: Path,
) -> None:
    _written(site, GOOD)
    run_path(site / "runs", RUN).write_bytes(b"no database")
    result = _command("validate", "--site", str(site))

    assert result.exit_code == 1
    assert f"{EXAM}:3:" in result.output
    assert "[recorded-item]" in result.output


def test_plans_are_of_the_recorded_run(site: Path) -> None:
    assert _inject(site, "--items", "5").exit_code == 0
    found = _read(site)

    plan = make_plan(found, 3)
    assert {each.run.recorded for each in plan.items} == {RUN}
    assert {each.truth for each in plan.items} == {"good", "bad"}
    for each in plan.items:
        assert each.run.ahead <= UPDATES
        assert bool(each.run.causes) == (each.truth == "bad")
    for seed in range(20):
        shift = plan_shift(found, 8, "cosmics", 3, seed)
        assert (shift.recorded, shift.updates) == (RUN, UPDATES)
        # too short for eight minutes: as slow as the detector, then over
        assert shift.speed == SLOWEST
        assert plan_shift(found, 1, "cosmics", 3, seed).speed == SPEED
        faults = happenings(shift, found, "fault")
        assert 1 <= len(faults) <= 2  # one in a plot at most
        for fault in faults:
            assert shift.ahead < fault.onset <= UPDATES
            assert fault.plots == (plot_key("Calo", "Hits", fault.target),)
            assert fault.layouts == {"Calo"}


def test_a_run_that_is_gone_is_said_by_name(site: Path) -> None:
    runs = LessonRuns(lambda: site, home=str(site))
    with pytest.raises(OSError, match="run 8 is gone"):
        runs.start(LessonRun(recorded=8))
    with pytest.raises(OSError, match="run 8 is gone"):
        runs.prepare(LessonRun(recorded=8), ())
    runs.close()


def test_of_a_run_that_is_gone_it_is_said_where_it_is_named(site: Path) -> None:
    lessons = site / "instructions/lessons"
    lessons.mkdir()
    item = GOOD.replace(f"[{RUN}]", f"[{RUN}, 8]")
    (lessons / "exam.yaml").write_text("matter:\n" + f"  {item}\n" * 5)
    shift = "shifts:\n  - id: a\n    run: {recorded: 9, updates: 40}\n"
    (lessons / "observed-shifts.yaml").write_text(shift)
    runs = LessonRuns(lambda: site, home=str(site))
    eight, nine = runs.gone((8, RUN, 9))
    assert eight.startswith("run 8 is gone: recorded:8: run 8 is not recorded below ")
    column = (site / EXAM).read_text().splitlines()[1].index(" 8]") + 2
    named = ", ".join(f"{EXAM}:{line}:{column}" for line in (2, 3, 4))
    assert eight.endswith(f" (named in {named} and 2 more)")
    assert nine.endswith(" (named in instructions/lessons/observed-shifts.yaml:3:21)")
    with pytest.raises(OSError, match=r"run 9 is gone: .*shifts\.yaml:3:21"):
        runs.start(LessonRun(recorded=9))
    run_path(site / "runs", RUN).write_bytes(b"no record")
    (broken,) = runs.gone((RUN,))
    assert broken.startswith(f"run {RUN} is gone: ")
    assert f"{EXAM}:2:" in broken
    runs.close()


def test_an_item_is_written_whole(site: Path) -> None:
    runs = LessonRuns(lambda: site, home=str(site))
    try:
        item = LessonRun(recorded=RUN, causes=(f"frozen:{LINE}@4",), ahead=8)
        folder = runs.prepare(item, ("Calo",))
        wait_until(lambda: runs.is_ready(folder), "it is whole")
        with closing(DqmFile(max(Path(folder).glob("*.root*")))) as file:
            spill = file.element("Calo/Info/spill")
            line, towers = file.element(LINE), file.element(MAP)
        assert isinstance(spill, Scalar)
        assert spill.value == 8
        assert isinstance(line, Histogram)
        assert isinstance(towers, Histogram)
        assert towers.entries == pytest.approx(8 * 120 * 60, rel=0.02)
        mean = 20 * 30 + 400 * 4 * 2.5066
        assert line.entries == pytest.approx(3 * mean, rel=0.05)
        broken = runs.prepare(LessonRun(recorded=RUN, causes=("loss:gone@2",)), ())
        wait_until(lambda: runs.is_ready(broken) is not False, "it failed")
        assert runs.is_ready(broken) is None
    finally:
        runs.close()


def test_the_rule_is_explained() -> None:
    assert "recorded-item" in _command("validate", "--explain", "recorded-item").output
