"""``dqmconsole reference`` as it is typed."""

from __future__ import annotations

import json
from contextlib import closing
from typing import TYPE_CHECKING

import pytest
from click.testing import CliRunner
from support.good_runs import LAYOUT, make_site, record_good
from support.recorded_site import REFERENCES, make_recorded_site

from dqmconsole.app.commands.reference import reference_command
from dqmconsole.desk.promote import Change
from dqmconsole.model.run import Conditions
from dqmconsole.recording.index import FILE, Index

if TYPE_CHECKING:
    from pathlib import Path

    from click.testing import Result


def said(home: Path, *words: str, code: int = 0) -> Result:
    result = CliRunner().invoke(reference_command, [*words, "--site", str(home)])
    assert result.exit_code == code, result.output
    return result


def test_the_rules_are_listed(tmp_path: Path) -> None:
    home = make_recorded_site(tmp_path)
    text = said(home, "list").output
    assert "  1  collisions: run 100  [in force]" in text
    assert "4 plots, all runs; 3 files in" in text
    assert "A. Shifter, 2026-05-01: smooth: from the start" in text
    rows = json.loads(said(home, "list", "--json").output)
    assert [(row["number"], row["plots"], row["state"]) for row in rows] == [
        (1, 4, "in force"),
        (2, 4, "in force"),
    ]
    (home / "layouts/references.yaml").write_text("")
    assert said(home, "list").output == "The site has no rules of references.\n"


def test_rules_that_cannot_be_read_are_said(tmp_path: Path) -> None:
    home = make_recorded_site(tmp_path)
    for broken in (b"a: [\n", b"\xff\xfe\x00"):
        (home / "layouts/references.yaml").write_bytes(broken)
        failed = said(home, "list", code=2)
        assert "no rules" not in failed.output
        listed = said(home, "list", "--json", code=2)
        assert json.loads(listed.stdout) == []
        assert "rules are left out" in listed.stderr
        assert "references.yaml" in failed.stderr
        assert "references.yaml" in said(home, "show", "DT").stderr


def test_which_reference_serves_a_plot(tmp_path: Path) -> None:
    home = make_recorded_site(tmp_path)
    text = said(home, "show", "Hcal/Digi/a").output
    assert "Hcal/Digi/a (collisions): run 100\n    rule 1: smooth" in text
    assert "    not rule 2: it is for cosmics\n" in text
    assert "Hcal/Digi/a (heavy-ions): no reference\n" in text
    (row,) = json.loads(said(home, "show", "DT/Digi/a", "--run", "90", "--json").output)
    assert (row["reference"], row["run_types"]) == ("run 90", ["cosmics"])
    failed = said(home, "show", "DTT", code=2)
    assert 'did you mean "DT"?' in failed.stderr
    failed = said(home, "show", "DT", "--run-type", "cosmic", code=2)
    assert 'did you mean "cosmics"?' in failed.stderr


PROMOTE = ("promote", "101", "--run-type", "collisions", "--reason", "longer fill")


def test_a_run_is_promoted(tmp_path: Path) -> None:
    home = make_recorded_site(tmp_path)
    file = home / "layouts/references.yaml"
    text = said(home, *PROMOTE, "--by", "me", "--dry-run").output
    assert "- run 101 becomes the reference for collisions" in text
    assert "- rule 1, run 100, is retired" in text
    assert "Of the last runs (103, 102, 100), so far → then, chi2/ndf" in text
    assert "Plots × runs: 12 as near or nearer\n" in text
    assert "Hcal/Digi/a, run 103: 60.5, 0.235  →  60.5, 0.235" in text
    assert "+  retired: {by: me, on: " in text
    assert "Nothing is written" in text
    assert file.read_text() == REFERENCES
    failed = said(home, *PROMOTE, code=2)
    assert "give --yes or --dry-run" in failed.stderr
    assert file.read_text() == REFERENCES
    when = ("--when", "pileup=40..60", "--when", "magnet=3.8", "--yes")
    more = ("--subsystem", "Hcal", "--histograms", "Hcal/Digi/*", "--from", "102")
    row = json.loads(said(home, *PROMOTE, *when, *more, "--json").output)
    assert row["written"]
    assert row["compared"][0]["path"] == "Hcal/Digi/a"
    written = file.read_text()
    assert "  when: {pileup: [40, 60], magnet: 3.8}\n  run: 101\n" in written
    assert "  valid_from: 102\n" in written
    assert '  histograms: ["Hcal/Digi/*"]\n' in written


def test_what_could_not_be_written_is_not_said_to_be(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = make_recorded_site(tmp_path)
    by_another = f"{REFERENCES}# by another\n"
    write = Change.write

    def too_late(change: Change) -> None:
        change.file.write_text(by_another)
        write(change)

    monkeypatch.setattr(Change, "write", too_late)
    failed = said(home, *PROMOTE, "--yes", "--json", code=1)
    assert failed.stdout == ""
    assert "was changed meanwhile" in failed.stderr
    assert (home / "layouts/references.yaml").read_text() == by_another


def test_what_is_refused_says_why(tmp_path: Path) -> None:
    home = make_recorded_site(tmp_path)
    failed = said(home, "promote", "103", "--reason", "x", "--yes", code=1)
    assert "run 103 has no final file" in failed.stderr
    failed = said(home, "promote", "101", "--reason", " ", "--yes", code=1)
    assert "why is empty" in failed.stderr
    for when in ("pileup", "pileup=a..b", "=3"):
        failed = said(home, *PROMOTE, "--when", when, code=2)
        assert "--when" in failed.stderr
    assert (home / "layouts/references.yaml").read_text() == REFERENCES


def test_a_rule_is_retired(tmp_path: Path) -> None:
    home = make_recorded_site(tmp_path)
    said(home, "retire", "2", "--reason", "noisy", "--by", "me", "--yes")
    rows = json.loads(said(home, "list", "--json").output)
    assert [row["state"] for row in rows] == ["in force", "retired"]
    failed = said(home, "retire", "2", "--reason", "noisy", "--yes", code=1)
    assert "rule 2 was retired on" in failed.stderr


def test_runs_are_suggested(tmp_path: Path) -> None:
    home = make_recorded_site(tmp_path)
    lines = said(home, "suggest", "103").output.splitlines()
    runs = [line.partition(":")[0][-7:] for line in lines[:3]]
    assert runs == ["run 100", "run 101", "run 102"]
    assert lines[3] == "     1 more do not fit (--all)"
    rows = json.loads(said(home, "suggest", "103", "--json").output)
    assert [row["run"] for row in rows] == [100, 101, 102, 90]
    text = said(home, "suggest", "90").output
    assert text.startswith("None of 4 recorded runs fits run 90.\n")
    assert "there is no run 7" in said(home, "suggest", "7", code=2).stderr


def test_a_run_of_another_folder_is_found(tmp_path: Path) -> None:
    home = make_recorded_site(tmp_path)
    elsewhere = tmp_path / "elsewhere"
    (home / "runs").rename(elsewhere)
    said(home, *PROMOTE, "--dry-run", code=1)
    text = said(home, *PROMOTE, "--dry-run", "--source", str(elsewhere)).output
    assert f"- run 101 lies in {elsewhere}, which is none of the site's" in text


def test_limits_are_tuned(tmp_path: Path) -> None:
    home = make_site(tmp_path / "site")
    records = tmp_path / "records"
    for run in range(110, 115):
        record_good(records, run, spread=0.02, updates=20)
    file = home / "layouts/Hcal.yaml"
    good = ("--good", "110,111", "--good", "112..115", "--records", str(records))
    words = ("tune", "Hcal/Digi/?", *good)
    text = said(home, *words).output
    assert "6 good runs of collisions, the updates of 5 recorded; one false" in text
    assert "Hcal: 6 limits share that; of 5 runs: set 2.2 times as far" in text
    assert "    Hcal/Digi/a and 1 more: kolmogorov\n        warn_above 0.02 → " in text
    assert "of 6 runs, 282 values: 2 WARNING, 0 BAD  →  0 WARNING, 0 BAD" in text
    assert "    false alarms in 2.78 h: " in text
    assert "→  none (at most 1.1 per hour)" in text
    assert "+          - kolmogorov: {warn_above: " in text
    assert text.endswith("Nothing is written (--write).\n")
    nowhere = ("--good", "110..115", "--records", str(home))
    failed = said(home, *words[:2], *nowhere, "--keep", "--write", code=1)
    assert "none of these runs is recorded" in failed.stderr
    assert file.read_text() == LAYOUT
    row = json.loads(said(home, *words, "--write", "--json").output)
    assert row["written"]
    assert row["layouts"][0]["checks"][0]["limits"][0]["now"] == 0.02
    assert file.read_text() != LAYOUT
    assert "# by eye" in file.read_text()
    text = said(home, *words, "--write", "--all").output
    assert " as it is" in text
    assert text.endswith("There is nothing to write.\n")


def test_runs_are_said_to_be_good_and_what_checks_say_of_them_is_kept(
    tmp_path: Path,
) -> None:
    home, records = make_site(tmp_path / "site"), tmp_path / "records"
    for run in range(110, 116):
        record_good(records / "one", run, spread=0.02, updates=8)
    where = ("--records", str(records))
    assert "Of no run recorded below" in said(home, "good", *where).output
    runs = [str(run) for run in range(110, 116)]
    assert "say why" in said(home, "good", *runs, *where, code=2).stderr
    text = said(home, "good", *runs, *where, "--by", "Ada", "--reason", "calm").output
    assert "110  Hcal: good  (Ada: calm)\n111  Hcal: good" in text
    wrong = ("good", "115", "--not", "--subsystem", "Hcal", "--reason", "noise")
    said(home, *wrong, *where)
    assert "115  Hcal: not good  (" in said(home, "good", *where).output
    failed = said(home, "good", "7", "--reason", "x", *where, code=1)
    assert "run 7 is not recorded" in failed.stderr
    failed = said(
        home, "good", "110", "--subsystem", "Ecal", "--reason", "x", *where, code=1
    )
    assert 'nothing of "Ecal" is recorded of run 110' in failed.stderr

    with closing(Index(records / "one" / FILE)) as index:
        for run, kind in ((110, "cosmics"), (111, "collisions")):
            index.keep_run(run, "/dqm", 1.0, Conditions(run_type=kind))
    failed = said(home, "tune", *where, code=1)
    assert "several types, choose one: run 110 is of cosmics" in failed.stderr
    with closing(Index(records / "one" / FILE)) as index:
        index.keep_run(110, "/dqm", 1.0, Conditions(run_type="collisions"))

    rules = home / "layouts/references.yaml"
    written = rules.read_text()
    rules.write_text(
        "- {good_runs: {last: 3}, subsystem: Hcal, chosen_by: Ada, "
        "chosen_on: 2026-05-01, why: as ever}\n"
    )
    text = said(home, "list", *where).output
    assert "Hcal: the last 3 good runs  [in force]" in text
    assert "recorded: 114, 113, 112" in text
    rules.write_text(written)
    text = said(home, "tune", "Hcal/Digi/?", *where, "--keep").output
    assert text.startswith("5 good runs of collisions, the updates of 5 recorded")
    assert text.endswith("Kept: the false alarms of 4 checks in 1.11 h.\n")
    with closing(Index(records / "one" / FILE, reading=True)) as index:
        kept = index.false_alarms()
    found = {(each.path, each.check): each for each in kept}
    mean = found["Hcal/Digi/a", "mean"]
    assert (mean.alarms, mean.runs, mean.run_type) == (0, 5, "collisions")
    assert mean.hours == pytest.approx(1.11, abs=0.01)
    assert found["Hcal/Digi/a", "kolmogorov"].alarms > 0


def test_what_cannot_be_tuned_is_refused(tmp_path: Path) -> None:
    home = make_site(tmp_path)
    for good in ("a", "0", "9..3", "1..99999"):
        failed = said(home, "tune", "--good", good, code=2)
        assert "is no run, and no range of runs" in failed.stderr
    failed = said(home, "tune", "--good", "110,111", code=1)
    assert "fewer than 5" in failed.stderr
    records = tmp_path / "records"
    for source in ("one", "two"):
        record_good(records / source, 110, spread=0.1, updates=2)
    words = ("tune", "--good", "110..115", "--records", str(records))
    assert "recorded of several sources" in said(home, *words, code=1).stderr
    (records / "two/run-110.sqlite").unlink()
    (records / "one/run-110.sqlite").write_bytes(b"no record")
    assert "run 110 cannot be read" in said(home, *words, code=1).stderr


def test_the_bundled_site_is_not_changed() -> None:
    tuned = ("tune", "--good", "1..3", "--write")
    assert "say which site" in CliRunner().invoke(reference_command, tuned).stderr
    for words in (PROMOTE, ("retire", "1", "--reason", "x")):
        result = CliRunner().invoke(reference_command, [*words, "--yes"])
        assert result.exit_code == 2
        assert "say which site" in result.stderr
