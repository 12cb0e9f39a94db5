from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from click.testing import CliRunner
from support.foreign import DEAD_LINE, DEAD_MAP, write_foreign, write_site

from dqmconsole.app.commands.check import check_command

if TYPE_CHECKING:
    from pathlib import Path

    from click.testing import Result

SITE = """\
layout: Calo
pages:
  - page: Towers
    plots:
      - path: Calo/towers
        checks: [{holes: {warn_above: 0.01, bad_above: 0.02}}]
"""


@pytest.fixture
def now(tmp_path: Path) -> Path:
    return write_foreign(tmp_path / "now.root", 5000, 2, dead=True)


@pytest.fixture
def reference(tmp_path: Path) -> Path:
    return write_foreign(tmp_path / "good.root", 3000, 1, run=6)


@pytest.fixture
def site(tmp_path: Path) -> Path:
    return write_site(tmp_path / "site", SITE)


def run(*arguments: object) -> Result:
    return CliRunner().invoke(check_command, [str(each) for each in arguments])


def test_the_worst_stand_first_and_the_counts_last(now: Path, reference: Path) -> None:
    result = run(now, "--reference", reference)
    assert result.exit_code == 0  # what nobody adopted is never BAD
    lines = result.stdout.splitlines()
    assert [line.split()[:2] for line in lines[:2]] == [
        ["WARNING", DEAD_MAP],
        ["WARNING", DEAD_LINE],
    ]
    assert lines[-2].startswith("run 7, 10 plots: 2 WARNING, ")
    assert lines[-1] == (
        "no layout of the site has any of these: they were judged by their kind"
    )
    assert result.stderr == ""


def test_what_is_bad_ends_with_1(now: Path, reference: Path, site: Path) -> None:
    result = run(now, "--site", site, "--reference", reference)
    assert result.exit_code == 1
    assert result.stdout.startswith("BAD ")


def test_what_to_do_without_a_reference_is_said(now: Path) -> None:
    assert run(now).stdout.endswith(
        "most need a good run to be compared with: give it by --reference\n"
    )


def test_a_broken_layout_is_said(now: Path, site: Path) -> None:
    (site / "layouts" / "Calo.yaml").write_text("layout: Calo\npage: []\n")
    result = run(now, "--site", site)
    assert "the site has " in result.stderr
    assert "Calo.yaml:" in result.stderr
    assert "dqmconsole validate" in result.stderr


def test_json_is_an_object_a_line(now: Path, reference: Path, site: Path) -> None:
    result = run(now, "--site", site, "--reference", reference, "--json")
    assert result.exit_code == 1
    (found,) = map(json.loads, result.stdout.splitlines())
    assert (found["status"], found["path"]) == ("BAD", "Calo/towers")
    assert (found["layout"], found["page"]) == ("Calo", "Towers")
    assert found["test"] == "holes"
    (check,) = found["checks"]
    assert check["configuration"] == "holes: {warn_above: 0.01, bad_above: 0.02}"


def test_an_error_ends_with_2(now: Path, tmp_path: Path, site: Path) -> None:
    result = run(tmp_path / "nothing.root")
    assert result.exit_code == 2
    assert "there is no such file" in result.stderr
    result = run(now, "--site", site, "--layout", "Kalo")
    assert result.exit_code == 2
    assert result.stderr.strip() == (
        'dqmconsole check: the site has no layout Kalo; did you mean "Calo"?'
    )


def test_a_recorded_run_is_looked_for_by_its_number(site: Path) -> None:
    runs = site / "runs"
    with (site / "layouts/site.yaml").open("a") as settings:
        settings.write(f"recordings: {runs}\n")
    result = run("recorded:7", "--site", site)
    assert result.exit_code == 2
    assert f"run 7 is not recorded below {runs}" in result.stderr


def test_files_of_other_names_are_said_to_be_none(now: Path) -> None:
    """And how a file must be called."""
    result = run(now.parent)
    assert result.exit_code == 2
    assert "no DQM name (DQM_V0001_<SUBSYSTEM>_R<run in nine digits>.root)" in (
        result.stderr
    )
