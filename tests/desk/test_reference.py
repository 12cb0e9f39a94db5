"""References listed, explained, promoted, retired and suggested, on real files."""

from __future__ import annotations

import math
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec
import pytest
from support.recorded_site import (
    REFERENCES,
    SHAPE,
    make_recorded_site,
    plot,
    write_run,
)

from dqmconsole.desk.promote import distance, promote, retire
from dqmconsole.desk.recorded import RecordedFolders
from dqmconsole.desk.reference import (
    RefusedError,
    folders_of,
    list_rules,
    show_references,
)
from dqmconsole.desk.suggest import suggest
from dqmconsole.model.reference import ReferenceRule, Retired
from dqmconsole.site.site import read_site, read_site_with_places

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dqmconsole.desk.promote import Change
    from dqmconsole.model.site import Site


@contextmanager
def opened(home: Path) -> Iterator[tuple[Site, RecordedFolders]]:
    site = read_site(home)
    assert site.problems == ()
    recorded = RecordedFolders(folders_of(site), site.settings, home / "layouts")
    try:
        yield site, recorded
    finally:
        recorded.close()


def rule(run: int, **more: object) -> ReferenceRule:
    given = {"chosen_by": "C. Expert", "chosen_on": "2026-11-27", "run": run}
    return msgspec.convert(given | {"why": "a longer fill"} | more, ReferenceRule)


def promoted(home: Path, new: ReferenceRule) -> Change:
    with opened(home) as (site, recorded):
        return promote(home, site, new, recorded)


# -- list and show -------------------------------------------------------------------


def test_all_rules_with_what_they_serve(tmp_path: Path) -> None:
    more = (
        "- {run: 99, subsystem: DT, run_type: heavy-ions, chosen_by: C, "
        "chosen_on: 2026-05-01, why: gone}\n"
        "- {run: 101, run_type: collisions, valid_until: 101, chosen_by: C, "
        "chosen_on: 2026-05-01, why: early}\n"
        "- {run: 100, subsystem: Hcal, run_type: collisions, chosen_by: C, "
        "chosen_on: 2026-05-01, why: x, "
        "retired: {by: D, on: 2026-06-01, why: a bad fill}}\n"
        "- {run: 101, subsystem: Hcal, histograms: [Hcal/Digi/a], chosen_by: C, "
        "chosen_on: 2026-05-01, why: one}\n"
        "- {run: 101, histograms: [Hcal/Digi/*], chosen_by: C, "
        "chosen_on: 2026-05-01, why: all}\n"
        "- {file: references/none.root, histograms: [DT/Digi/a], "
        "chosen_by: C, chosen_on: 2026-05-01, why: a file}\n"
    )
    home = make_recorded_site(tmp_path, REFERENCES + more)
    site, places = read_site_with_places(home)
    recorded = RecordedFolders(folders_of(site), site.settings, home / "layouts")
    lines = list_rules(site, places, recorded)
    recorded.close()
    assert [(each.number, each.state, each.plots) for each in lines] == [
        (1, "in force", 1),
        (2, "in force", 1),
        (3, "missing", 1),
        (4, "expired", 1),
        (5, "retired", 0),
        (6, "in force", 1),
        (7, "in force", 1),
        (8, "missing", 1),
    ]
    first = lines[0]
    assert (first.line, first.scope, first.reference) == (3, "collisions", "run 100")
    assert first.where == f"3 files in {home / 'runs'}"
    assert (first.chosen_by, first.why) == ("A. Shifter", "smooth: from the start")
    assert lines[2].where == "run 99 has no final file there"
    assert lines[3].runs == "runs up to 101"
    assert lines[4].retired == "2026-06-01, D: a bad fill"
    assert "there is no file" in lines[7].where


def test_a_rule_that_serves_nothing_is_unused(tmp_path: Path) -> None:
    more = (
        "- {run: 100, subsystem: Ecal, chosen_by: C, chosen_on: 2026-05-01, why: x}\n"
    )
    home = make_recorded_site(tmp_path, REFERENCES + more)
    site, places = read_site_with_places(home)
    recorded = RecordedFolders(folders_of(site), site.settings, home / "layouts")
    assert list_rules(site, places, recorded)[2].state == "missing"
    write_run(home / "runs", 100, subsystems=("Ecal",))
    recorded = RecordedFolders(folders_of(site), site.settings, home / "layouts")
    assert list_rules(site, places, recorded)[2].state == "unused"
    recorded.close()


def test_which_reference_serves_a_plot_and_why(tmp_path: Path) -> None:
    more = (
        "- {run: 102, subsystem: Hcal, run_type: collisions, when: {pileup: [10, 30]}, "
        "chosen_by: C, chosen_on: 2026-05-01, why: low pile-up}\n"
    )
    home = make_recorded_site(tmp_path, REFERENCES + more)
    with opened(home) as (site, recorded):
        found = show_references(site, "Hcal/Digi/a")
        assert [(each.run_types, each.rule, each.reference) for each in found] == [
            (("collisions",), 3, "run 102 (pile-up 10 to 30); else run 100"),
            (("cosmics",), 2, "run 90"),
            (("heavy-ions",), 0, ""),
        ]
        assert found[2].why == "no rule holds for it"
        assert dict(found[1].passed) == {
            3: "it is for collisions",
            1: "it is for collisions",
        }
        (high,) = show_references(site, "Hcal/Digi/a", None, recorded, 101)
        assert (high.rule, high.reference) == (1, "run 100")
        assert dict(high.passed) == {
            3: "it is for pile-up 10 to 30, this run has 48",
            2: "it is for cosmics",
        }
        (low,) = show_references(site, "Hcal/Digi/a", None, recorded, 102)
        assert (low.rule, dict(low.passed)[1]) == (3, "rule 3 is more specific")
        assert len(show_references(site, "DT", "cosmics")) == 2
        with pytest.raises(RefusedError, match='did you mean "Hcal"'):
            show_references(site, "Hcall")
        with pytest.raises(RefusedError, match="there is no run 99"):
            show_references(site, "DT", None, recorded, 99)


# -- promote and retire --------------------------------------------------------------


def test_a_run_becomes_the_reference_of_a_subsystem(tmp_path: Path) -> None:
    home = make_recorded_site(tmp_path)
    change = promoted(home, rule(101, subsystem="Hcal", run_type="collisions"))
    added = (
        "- subsystem: Hcal\n  run_type: collisions\n  run: 101\n"
        '  chosen_by: "C. Expert"\n  chosen_on: 2026-11-27\n  why: a longer fill\n'
    ).replace('"C. Expert"', "C. Expert")
    assert change.after == REFERENCES.replace("# the end", f"{added}# the end")
    assert change.before == REFERENCES
    assert change.sentences == ("run 101 becomes the reference for Hcal, collisions",)
    assert change.runs == (103, 102, 100)
    worst = change.compared[0]
    assert (worst.path, worst.run) == ("Hcal/Digi/a", 103)
    assert worst.new.chi2 > 10
    assert worst.new.kolmogorov == pytest.approx(worst.old.kolmogorov)
    same = next(each for each in change.compared if each.run == 100)
    assert (same.new.chi2, same.new.kolmogorov) == (0.0, 0.0)
    assert (home / "layouts/references.yaml").read_text() == REFERENCES
    change.write()
    assert (home / "layouts/references.yaml").read_text() == change.after
    with opened(home) as (site, _):
        assert show_references(site, "Hcal/Digi/a", "collisions")[0].rule == 3


def test_the_rule_for_the_same_is_retired_and_stays(tmp_path: Path) -> None:
    home = make_recorded_site(tmp_path)
    change = promoted(home, rule(101, run_type="collisions"))
    end = 'retired: {by: C. Expert, on: 2026-11-27, why: "run 101: a longer fill"}'
    assert f'  why: "smooth: from the start"\n  {end}\n\n' in change.after
    assert "rule 1, run 100, is retired" in change.sentences
    assert "# the usual one" in change.after
    change.write()
    with opened(home) as (site, _):
        assert site.references[0].retired is not None
        assert (
            show_references(site, "DT/Digi/a", "collisions")[0].reference == "run 101"
        )


def test_from_a_run_on_the_earlier_rule_ends_before_it(tmp_path: Path) -> None:
    home = make_recorded_site(tmp_path)
    change = promoted(home, rule(101, run_type="collisions", valid_from=102))
    assert "rule 1, run 100, ends with run 101" in change.sentences
    change.write()
    with opened(home) as (site, recorded):
        for run, reference in ((100, "run 100"), (101, "run 100"), (102, "run 101")):
            (found,) = show_references(site, "DT/Digi/a", None, recorded, run)
            assert found.reference == reference


@pytest.mark.parametrize(
    ("new", "words"),
    [
        (rule(103), "no final file, and a reference wants one: the best there is is"),
        (rule(103, subsystem="Hcal"), "no final file of Hcal"),
        (rule(104), "there is no run 104"),
        (rule(90, run_type="collisions"), "run 90 is of cosmics, not collisions"),
        (rule(101, subsystem="Ecal"), "no plot of the site is of that: Ecal"),
        (rule(101, subsystem="Hcall"), 'is of that: Hcall; did you mean "Hcal"'),
        (rule(101, histograms=("Hcal/x*",)), "no plot of the site"),
        (rule(100, run_type="collisions"), "is the reference of that already"),
        (rule(101, when={"pileupp": 4}), 'no condition "pileupp"; did you mean'),
        (rule(101, when={"pileup": [9, 4]}), "nothing is between"),
    ],
)
def test_what_cannot_be_promoted(
    tmp_path: Path, new: ReferenceRule, words: str
) -> None:
    with pytest.raises(RefusedError, match=words):
        promoted(make_recorded_site(tmp_path), new)


def test_a_run_whose_file_is_damaged_is_no_reference(tmp_path: Path) -> None:
    home = make_recorded_site(tmp_path)
    file = home / "runs/DQM_V0001_DT_R000000101.root"
    file.write_bytes(file.read_bytes()[:200])
    for new in (rule(101), rule(101, subsystem="DT")):
        with pytest.raises(RefusedError, match="can be no reference: cut short"):
            promoted(home, new)
    promoted(home, rule(101, subsystem="Hcal"))
    with opened(home) as (site, recorded):
        (found,) = [e for e in suggest(site, 100, recorded) if e.run == 101]
        assert found.score < 0
        assert (
            "DQM_V0001_DT_R000000101.root cannot be read: cut short" in found.sentence
        )
        (found,) = [e for e in suggest(site, 100, recorded, "Hcal") if e.run == 101]
        assert found.score > 0


def test_rules_are_of_exam_where_one_is_broken(tmp_path: Path) -> None:
    home = make_recorded_site(tmp_path)
    file = home / "layouts/references.yaml"
    broken = REFERENCES.replace("run: 100", "run: -1")
    file.write_text(broken)
    site = read_site(home)
    recorded = RecordedFolders(folders_of(site), site.settings)
    with pytest.raises(
        RefusedError, match=r"put this right first: .*:3:8: run is a run"
    ):
        promote(home, site, rule(101), recorded)
    with pytest.raises(RefusedError, match="put this right first"):
        retire(home, site, 1, Retired("C", "2026-11-27", "x"))
    recorded.close()
    assert file.read_text() == broken


def test_what_goes_before_a_new_rule_is_said(tmp_path: Path) -> None:
    more = (
        "- {run: 100, histograms: [Hcal/Digi/a], chosen_by: C, "
        "chosen_on: 2026-05-01, why: own}\n"
    )
    home = make_recorded_site(tmp_path, REFERENCES + more)
    change = promoted(home, rule(101, subsystem="Hcal"))
    assert any(
        each.startswith("rule 3, run 100") and each.endswith("for Hcal/Digi/a")
        for each in change.sentences
    )


def test_a_file_that_was_changed_meanwhile_is_not_written(tmp_path: Path) -> None:
    home = make_recorded_site(tmp_path)
    change = promoted(home, rule(101))
    file = home / "layouts/references.yaml"
    file.write_text(REFERENCES + "# mine\n")
    with pytest.raises(RefusedError, match="changed meanwhile"):
        change.write()
    assert file.read_text() == REFERENCES + "# mine\n"
    assert list(file.parent.glob(".*")) == []


def test_a_site_without_rules_gets_a_file(tmp_path: Path) -> None:
    home = make_recorded_site(tmp_path)
    (home / "layouts/references.yaml").unlink()
    change = promoted(home, rule(101, subsystem="DT", when={"pileup": [40, None]}))
    assert change.before is None
    change.write()
    with opened(home) as (site, _):
        assert site.references[0].when == {"pileup": [40, None]}


def test_several_runs_are_compared_as_the_rule_combines_them(tmp_path: Path) -> None:
    home = make_recorded_site(tmp_path)
    write_run(home / "runs", 99, shape=SHAPE[::-1])

    def chi2(combine: str) -> float:
        new = ReferenceRule(
            *("C", "2026-11-27", "two"),
            runs=(99, 101),
            combine=combine,  # type: ignore[arg-type]
            run_type="collisions",
        )
        change = promoted(home, new)
        return next(
            each.new.chi2
            for each in change.compared
            if (each.run, each.path) == (102, "Hcal/Digi/a")
        )

    assert chi2("any") == 0.0
    assert chi2("worst") > 10


def test_a_rule_is_retired_with_a_reason(tmp_path: Path) -> None:
    home = make_recorded_site(tmp_path)
    end = Retired("C", "2026-11-27", "noise: seen later")
    with opened(home) as (site, _):
        change = retire(home, site, 2, end)
        with pytest.raises(RefusedError, match="there is no rule 9"):
            retire(home, site, 9, end)
    assert change.after == REFERENCES.replace(
        "why: quiet}",
        'why: quiet, retired: {by: C, on: 2026-11-27, why: "noise: seen later"}}',
    )
    assert change.sentences == (
        "run 90 is no longer the reference for cosmics",
        "4 plots have no reference then: DT/Digi/a, DT/Digi/b, Hcal/Digi/a and 1 more",
    )
    change.write()
    with opened(home) as (site, _), pytest.raises(RefusedError, match="was retired on"):
        retire(home, site, 2, end)


def test_how_far_two_plots_are() -> None:
    same = distance(plot("a", SHAPE, 100), plot("a", SHAPE, 1000))
    assert (same.chi2, same.kolmogorov) == (
        pytest.approx(0, abs=0.01),
        pytest.approx(0),
    )
    other = distance(plot("a", SHAPE, 1000), plot("a", SHAPE[::-1], 1000))
    assert other.chi2 > 10
    assert other.kolmogorov == pytest.approx(95 / 405)
    short = distance(plot("a", SHAPE, 10), plot("a", SHAPE[:5], 10))
    assert "binning differs" in short.why
    empty = distance(plot("a", (0.0,) * 10, 10), plot("a", SHAPE, 10))
    assert (empty.why, math.isnan(empty.chi2)) == ("the data are empty", True)
    broken = plot("a", (math.nan, math.inf, *SHAPE[2:]), 100)
    assert distance(broken, plot("a", SHAPE, 100)).chi2 > 0


# -- suggest -------------------------------------------------------------------------


def test_candidates_are_ranked_and_say_why(tmp_path: Path) -> None:
    home = make_recorded_site(tmp_path)
    runs = home / "runs"
    write_run(runs, 95, events=10_000)  # the same, with more events
    write_run(runs, 96, subsystems=("Hcal",))
    write_run(runs, 97, energy=6500.0)
    write_run(runs, 98, field=0.0)
    with opened(home) as (site, recorded):
        found = suggest(site, 103, recorded)
        by_run = {each.run: each for each in found}
        assert [each.run for each in found][:2] == [95, 100]
        assert [each.run for each in found if each.score < 0] == [98, 97, 90]
        assert by_run[95].sentence == (
            "collisions as this run; 6800 GeV per beam; 3.8 T; pile-up 50, this run "
            "50; final files of all 2 subsystems; 10,000 events, 10 times those of "
            "this run"
        )
        assert "no final file of DT" in by_run[96].sentence
        assert "pile-up 20, this run 50" in by_run[102].sentence
        assert by_run[102].score < by_run[101].score < by_run[100].score
        assert by_run[97].sentence == "6500 GeV per beam, this run 6800"
        assert by_run[98].sentence == "field 0.0 T, this run 3.8 T"
        assert by_run[90].sentence == "cosmics, this run is collisions"
        (going_on,) = [e for e in suggest(site, 102, recorded) if e.run == 103]
        assert (going_on.score, going_on.sentence) == (-1.0, "no final file")
        alone = {each.run: each for each in suggest(site, 103, recorded, "DT")}
        assert alone[96].sentence == "no final file of DT"
        with pytest.raises(RefusedError, match="there is no run 7"):
            suggest(site, 7, recorded)


def test_one_file_under_a_name_of_its_own_holds_what_is_in_it(tmp_path: Path) -> None:
    """As where one client writes all: its name is no subsystem of the site."""
    home = make_recorded_site(tmp_path)
    for run in (100, 101):
        for client in ("DT", "Info"):
            (home / f"runs/DQM_V0001_{client}_R{run:09d}.root").unlink()
        file = home / f"runs/DQM_V0001_Hcal_R{run:09d}.root"
        file.rename(file.with_name(f"DQM_V0001_LUME_R{run:09d}.root"))
    with opened(home) as (site, recorded):
        assert recorded.is_final(100, "Hcal")
        assert not recorded.is_final(100, "DT")
        by_run = {each.run: each for each in suggest(site, 101, recorded, "Hcal")}
        assert "final files of Hcal; 1,000 events" in by_run[100].sentence
        by_run = {each.run: each for each in suggest(site, 101, recorded)}
        assert "no final file of DT" in by_run[100].sentence
        assert by_run[100].score > 0


def test_the_files_of_several_runs_are_counted_together(tmp_path: Path) -> None:
    home = make_recorded_site(
        tmp_path,
        "- {runs: [100, 101], chosen_by: A,\n   chosen_on: 2026-01-01, why: b}\n",
    )
    with opened(home) as (site, recorded):
        (line,) = list_rules(site, {}, recorded)
        assert line.where == f"6 files in {home / 'runs'}"
        with pytest.raises(RefusedError, match="subsystems and layouts: DT, Hcal"):
            show_references(site, "LUMEN")


def test_a_folder_that_is_not_there_is_said(tmp_path: Path) -> None:
    home = make_recorded_site(tmp_path)
    site = read_site(home)
    recorded = RecordedFolders([tmp_path / "gone", home / "runs"], site.settings)
    assert recorded.troubles == {tmp_path / "gone": "No such file or directory"}
    with pytest.raises(RefusedError, match="gone: No such file or directory"):
        suggest(site, 7, recorded)
    recorded.close()
    assert isinstance(home, Path)


def test_a_damaged_file_hides_no_other(tmp_path: Path) -> None:
    home = make_recorded_site(tmp_path)
    damaged = home / "runs/DQM_V0001_Hcal_R000000101.root"
    damaged.write_bytes(damaged.read_bytes()[:200])
    with opened(home) as (_, recorded):
        assert recorded.readable(101, "Hcal/Digi/a") is None
        assert recorded.readable(101, "DT/Digi/a") is not None
