"""A site whose elements were renamed in the data: one proposal, that is written."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from click.testing import CliRunner
from desk.test_check_against import KNOWN, LAYOUT, element

from dqmconsole.app.cli import run
from dqmconsole.desk.reference import RefusedError
from dqmconsole.desk.renamed import renaming, write_all
from dqmconsole.model.histogram import Axis
from dqmconsole.rootio.write import write_dqm

if TYPE_CHECKING:
    from pathlib import Path

    from click.testing import Result

SITE = "experiment: x\nconditions: {fill: Hcal/line}\n"
RENAMED = """\
# ours
layout: Hcal
needs: {subsystem: Hcal}
pages:
  - page: P
    audience: expert
    plots:
      - path: "Hcal/map{1..2}"   # both
        overlay: ["Hcal/line"]
        checks: [{chi2: {against: Hcal/line, bad_above: 3}}]
      - path: Hcal/line
"""


@pytest.fixture
def site(tmp_path: Path) -> Path:
    layouts = tmp_path / "site" / "layouts"
    layouts.mkdir(parents=True)
    (layouts / "site.yaml").write_text(SITE)
    (layouts / "Hcal.yaml").write_text(RENAMED)
    (layouts / "known.yaml").write_text(KNOWN.replace("Hcal/map", "Hcal/map*"))
    return layouts.parent


@pytest.fixture
def source(tmp_path: Path) -> Path:
    file = tmp_path / "DQM_V0001_Hcal_R000398214.root"
    x = Axis(3, 0.0, 3.0)
    y = Axis(2, 0.0, 2.0, labels=("MB1", "MB2"))
    made = [element("map1", x, y), element("map2", x, y), element("line", x)]
    write_dqm(file, 398214, {"Hcal/Run": made})
    return file


def validated(site: Path, *words: str) -> Result:
    return CliRunner().invoke(run, ["validate", "--site", str(site), *words])


def test_one_proposal_mends_all_and_is_written(site: Path, source: Path) -> None:
    found = validated(site, "--against", str(source))
    said = [line for line in found.stdout.splitlines() if "is not in" in line]
    assert said == []
    assert found.stdout.count("renamed-in-data") == 1
    assert (
        f'layouts/site.yaml:2:20: 3 paths are not in {source}, where "Hcal" is '
        '"Hcal/Run" there'
    ) in found.stdout
    found = validated(site, "--against", str(source), "--fix")
    assert '-      - path: "Hcal/map{1..2}"   # both' in found.stderr
    assert '+      - path: "Hcal/Run/map{1..2}"   # both' in found.stderr
    wanted = RENAMED.replace("Hcal/", "Hcal/Run/")
    assert (site / "layouts" / "Hcal.yaml").read_text() == wanted
    settings = (site / "layouts" / "site.yaml").read_text()
    assert settings == SITE.replace("Hcal/", "Hcal/Run/")
    known = (site / "layouts" / "known.yaml").read_text()
    assert "paths: [Hcal/Run/map*]" in known
    assert "renamed-in-data" not in found.stdout
    again = validated(site, "--against", str(source), "--fix")
    assert "+++" not in again.stderr


TEXT = """\
---
id: hcal/map
applies_to: {layout: Hcal, plots: ["Hcal/map?"]}  # both
---

## What it shows
[the line](<plot:Hcal/line>), [all](<page:Hcal/P>), [other](plot:Hcal/other)

plot:Hcal/line
"""


def test_instructions_are_mended_with_the_layouts(site: Path, source: Path) -> None:
    text = site / "instructions" / "hcal" / "map.md"
    text.parent.mkdir(parents=True)
    text.write_text(TEXT)
    (text.parent / "broken.md").write_text(TEXT.replace("---", "--"))
    (change,) = (each for each in renaming(site, (source,)) if each.file == text)
    assert change.after == TEXT.replace("Hcal/map?", "Hcal/Run/map?").replace(
        "<plot:Hcal/line>", "<plot:Hcal/Run/line>"
    )


def test_which_instructions_need_a_new_version_is_said(
    site: Path, source: Path
) -> None:
    text = site / "instructions" / "hcal" / "map.md"
    text.parent.mkdir(parents=True)
    text.write_text(TEXT.replace("---\n", "---\nversion: 3\n", 1))
    (text.parent / "other.md").write_text(TEXT)
    said = validated(site, "--against", str(source), "--fix").stderr
    assert f"+++ {text.parent / 'other.md'}" in said
    _, _, advice = said.partition("Raise the version of each of these")
    first, file, *_ = advice.splitlines()
    assert (first, file) == (" before the site is published:", f"  {text}")
    assert "other.md" not in advice


def test_a_folder_at_the_top_is_renamed_where_that_explains_all(
    site: Path, source: Path
) -> None:
    layout = site / "layouts" / "Hcal.yaml"
    text = RENAMED.replace("Hcal/", "HCAL/Run/")
    layout.write_text(text)
    found = validated(site, "--against", str(source))
    assert "3 paths are not in" in found.stdout
    assert '"HCAL" is "Hcal" there' in found.stdout
    assert "layout-not-compared" not in found.stdout
    layout.write_text(text + "      - path: HCAL/Run/another\n")
    found = validated(site, "--against", str(source))
    assert "renamed-in-data" not in found.stdout
    assert "layout-not-compared" in found.stdout


def test_where_a_file_changed_meanwhile_none_is_written(
    site: Path, source: Path
) -> None:
    changes = renaming(site, (source,))
    before = {each.file: each.file.read_text() for each in changes}
    file = changes[-1].file
    file.write_text(before[file] + "# somebody else\n")
    with pytest.raises(RefusedError, match="was changed meanwhile"):
        list(write_all(changes))
    assert file.read_text().endswith("# somebody else\n")
    assert all(each.read_text() == before[each] for each in before if each != file)


def test_what_cannot_be_written_is_said_with_its_line(site: Path, source: Path) -> None:
    file = site / "layouts" / "Hcal.yaml"
    text = RENAMED.replace('["Hcal/line"]', "\n          - >-\n            Hcal/line")
    file.write_text(text)
    found = validated(site, "--against", str(source), "--fix")
    assert found.exit_code == 3
    assert "Hcal.yaml: line 10: another text cannot be put in place" in found.stderr
    assert file.read_text() == text


def test_broken_files_and_links_are_left_alone(
    site: Path, source: Path, tmp_path: Path
) -> None:
    layouts = site / "layouts"
    other = tmp_path / "other.yaml"
    other.write_text(RENAMED.replace("layout: Hcal", "layout: Other"))
    (layouts / "Other.yaml").symlink_to(other)
    (layouts / "latin.yaml").write_bytes("layout: Hcäl/line".encode("latin-1"))
    (layouts / "broken.yaml").write_text("layout: [Hcal/line\n")
    (layouts / "folder.yaml").mkdir()
    bomb = "a: &a [x, x]\n" + "".join(
        f"{new}: &{new} [{', '.join(['*' + old] * 9)}]\n"
        for old, new in zip("abcdefgh", "bcdefghi", strict=True)
    )
    (layouts / "bomb.yaml").write_text(bomb)
    changed = renaming(site, (source,))
    assert {each.file.name for each in changed} == {
        "Hcal.yaml",
        "known.yaml",
        "site.yaml",
    }


def test_fix_needs_a_source(site: Path) -> None:
    found = validated(site, "--fix")
    assert found.exit_code == 2
    assert "needs --against" in found.stderr


def test_nothing_renamed_changes_nothing(site: Path, source: Path) -> None:
    (site / "layouts" / "Hcal.yaml").write_text(LAYOUT.replace("Hcal/", "Hcal/Run/"))
    assert renaming(site, (source,)) == ()
