from __future__ import annotations

import os
import re
from typing import TYPE_CHECKING

import msgspec
import pytest
from support.site_texts import KNOWN, LAYOUT, REFERENCES, SITE, make_site

import dqmconsole
from dqmconsole.simulation.state.beam import RUN_TYPES
from dqmconsole.site.site import (
    bundled_site,
    known_key,
    read_settings_of,
    read_site,
    read_site_with_places,
    rule_key,
    site_changed,
    site_stamp,
)

if TYPE_CHECKING:
    from pathlib import Path

    from dqmconsole.model.site import Site


def messages(site: Site) -> list[str]:
    return [str(each) for each in site.problems]


def test_a_healthy_site_is_read_whole(tmp_path: Path) -> None:
    site, places = read_site_with_places(make_site(tmp_path))
    assert site.problems == ()
    assert site.folder == str(tmp_path)
    assert [layout.layout for layout in site.layouts] == ["Hcal"]
    assert site.settings.experiment == "Test"
    assert site.settings.beam_modes[2] == "stable beams"
    assert (len(site.references), len(site.known)) == (2, 1)
    assert places[rule_key(0)].file == "layouts/references.yaml"
    assert places[known_key(0)].line == 9
    assert re.fullmatch(r"[0-9a-f]{16}", site.hash)


def test_layouts_come_in_the_order_of_their_files(tmp_path: Path) -> None:
    other = LAYOUT.replace("layout: Hcal", "layout: Aaa")
    site = read_site(make_site(tmp_path, Zzz=other))
    assert [layout.layout for layout in site.layouts] == ["Hcal", "Aaa"]


def test_the_hash_follows_every_byte_and_nothing_else(tmp_path: Path) -> None:
    make_site(tmp_path)
    before = read_site(tmp_path).hash
    (tmp_path / "layouts" / ".#Hcal.yaml").write_text("an editor's own")
    assert read_site(tmp_path).hash == before
    for name, text in (
        ("site", SITE),
        ("Hcal", LAYOUT),
        ("references", REFERENCES),
        ("known", KNOWN),
    ):
        path = tmp_path / "layouts" / f"{name}.yaml"
        path.write_text(text + "# more\n")
        assert read_site(tmp_path).hash != before
        path.write_text(text)
        assert read_site(tmp_path).hash == before


def test_the_stamp_tells_a_change(tmp_path: Path) -> None:
    make_site(tmp_path)
    (tmp_path / "layouts" / "references").mkdir()
    stamp = site_stamp(tmp_path)
    assert not site_changed(tmp_path, stamp)
    path = tmp_path / "layouts" / "Hcal.yaml"
    os.utime(path, ns=(1, 1))
    assert site_changed(tmp_path, stamp)
    stamp = site_stamp(tmp_path)
    (tmp_path / "layouts" / "references" / "cosmics.root").write_bytes(b"root")
    assert site_changed(tmp_path, stamp)
    stamp = site_stamp(tmp_path)
    path.unlink()
    assert site_changed(tmp_path, stamp)
    assert site_stamp(tmp_path / "nowhere") == ()


@pytest.mark.parametrize(
    ("name", "layouts", "rules", "known"),
    [("site", 1, 2, 1), ("Hcal", 0, 2, 1), ("references", 1, 0, 1), ("known", 1, 2, 0)],
)
@pytest.mark.parametrize("data", [b"a: [", b"\xff\xfe\0"])
def test_one_broken_file_leaves_the_others(
    tmp_path: Path, name: str, layouts: int, rules: int, known: int, data: bytes
) -> None:
    make_site(tmp_path)
    (tmp_path / "layouts" / f"{name}.yaml").write_bytes(data)
    site = read_site(tmp_path)
    assert [each.file for each in site.problems] == [f"layouts/{name}.yaml"]
    assert (len(site.layouts), len(site.references), len(site.known)) == (
        layouts,
        rules,
        known,
    )


def test_a_missing_site_file_is_a_problem_and_the_rest_opens(tmp_path: Path) -> None:
    make_site(tmp_path)
    (tmp_path / "layouts" / "site.yaml").unlink()
    (tmp_path / "layouts" / "known.yaml").unlink()
    site = read_site(tmp_path)
    assert messages(site) == [
        "layouts/site.yaml: the file is missing [unreadable-file]"
    ]
    assert len(site.layouts) == 1
    assert site.settings.conditions.run_type == ""


def test_a_folder_that_is_no_site(tmp_path: Path) -> None:
    for folder in (tmp_path, tmp_path / "nowhere"):
        site = read_site(folder)
        assert len(site.problems) == 2
        assert site.layouts == ()


@pytest.mark.parametrize(
    ("old", "new", "line", "words"),
    [
        ("experiment:", "experimnt:", 1, 'did you mean "experiment"'),
        ("collisions", "' '", 2, "run_types: pp_run: a type of run has no name"),
        ("beam_modes: [no mode", "beam_modes: [[a]", 3, "beam_modes is text"),
        ("  run_type: Info", "  runtype: Info", 5, 'did you mean "run_type"'),
    ],
)
def test_what_is_broken_in_the_site_file_falls_back(
    tmp_path: Path, old: str, new: str, line: int, words: str
) -> None:
    site = read_site(make_site(tmp_path, site=SITE.replace(old, new, 1)))
    assert any(each.line == line and words in each.message for each in site.problems)
    assert {each.file for each in site.problems} == {"layouts/site.yaml"}
    assert len(site.layouts) == 1
    assert site.settings.run_types["cosmic_run"] == "cosmics"
    assert set(site.settings.run_types.values()) <= set(RUN_TYPES)


def test_a_second_layout_of_a_name_is_left_out(tmp_path: Path) -> None:
    site = read_site(make_site(tmp_path, Other=LAYOUT))
    (problem,) = site.problems
    assert str(problem).startswith("layouts/Other.yaml")
    assert (problem.line, problem.column) == (1, 9)
    assert "layouts/Hcal.yaml" in problem.message
    assert len(site.layouts) == 1


def test_odd_things_in_the_folder(tmp_path: Path) -> None:
    make_site(tmp_path)
    layouts = tmp_path / "layouts"
    (layouts / "folder.yaml").mkdir()
    (layouts / "Old.yml").write_text(LAYOUT)
    (layouts / "README.md").write_text("words")
    (layouts / "Hcal.yaml~").write_text("[")
    os.mkfifo(layouts / "pipe.yaml")
    (layouts / "gone.yaml").symlink_to(layouts / "nothing")
    site = read_site(tmp_path)
    assert sorted(messages(site)) == [
        "layouts/Old.yml: is not read: name it .yaml [misplaced-file]",
        "layouts/folder.yaml: is not a file [unreadable-file]",
        "layouts/gone.yaml: the file is missing [unreadable-file]",
        "layouts/pipe.yaml: is not a file [unreadable-file]",
    ]
    assert len(site.layouts) == 1


@pytest.mark.timeout(10)
def test_settings_that_are_a_pipe_are_not_waited_for(tmp_path: Path) -> None:
    (tmp_path / "layouts").mkdir()
    os.mkfifo(tmp_path / "layouts" / "site.yaml")
    assert read_settings_of(tmp_path).settings.experiment == ""


def test_a_file_name_that_is_not_utf8_can_still_be_sent(tmp_path: Path) -> None:
    make_site(tmp_path)
    path = tmp_path / "layouts" / os.fsdecode(b"\xff.yaml")
    path.write_text("[")
    site = read_site(tmp_path)
    assert [each.file for each in site.problems] == ["layouts/\ufffd.yaml"]
    assert msgspec.msgpack.encode(site)


def test_an_installed_program_finds_the_site_it_carries(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_site(tmp_path)
    package = tmp_path / "dqmconsole"
    monkeypatch.setattr(dqmconsole, "__file__", str(package / "__init__.py"))
    # a folder of layouts beside the package makes no checkout of it
    assert bundled_site() == package / "site"
    (tmp_path / "pyproject.toml").write_text("")
    assert bundled_site() == tmp_path
