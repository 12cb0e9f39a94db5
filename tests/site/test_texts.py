"""The folder instructions/ as a whole: what is in it, and whether it agrees."""

from __future__ import annotations

import os
import shutil
from typing import TYPE_CHECKING

import msgspec
import pytest
from support.bundled import read_bundled
from support.instruction_texts import TIMING, make_whole_site

from dqmconsole.model.site import Site
from dqmconsole.simulation.state.beam import RUN_TYPES
from dqmconsole.site.site import (
    read_site,
    read_site_with_places,
    site_changed,
    site_stamp,
)
from dqmconsole.site.texts import instruction_key, role_key

if TYPE_CHECKING:
    from pathlib import Path


def told(site: Site) -> list[str]:
    return [str(each) for each in site.problems]


def test_a_healthy_site_is_read_whole(tmp_path: Path) -> None:
    site, places = read_site_with_places(make_whole_site(tmp_path))
    assert told(site) == []
    assert [each.id for each in site.instructions] == [
        "hcal/occupancy",
        "hcal/timing",
    ]
    assert [each.id for each in site.notes] == ["notes/boxes"]
    assert set(site.contacts.roles) == {"hcal-dqm", "dqm-oncall"}
    assert [each.id for each in site.checklists] == ["start"]
    place = places[instruction_key("hcal/occupancy", "version")]
    assert (place.file, place.line) == ("instructions/hcal/occupancy.md", 4)
    assert places[role_key("hcal-dqm")].line == 4
    packed = msgspec.msgpack.encode(site)
    assert msgspec.msgpack.decode(packed, type=Site) == site


def test_the_hash_and_the_stamp_follow_every_file(tmp_path: Path) -> None:
    site = make_whole_site(tmp_path)
    calendar = site / "instructions" / "rota" / "hcal.ics"
    calendar.parent.mkdir()
    calendar.write_text("BEGIN:VCALENDAR\nVERSION:2.0\nPRODID:x\nEND:VCALENDAR\n")
    contacts = site / "instructions" / "contacts.yaml"
    contacts.write_text(contacts.read_text() + "    calendar: rota/hcal.ics\n")
    paths = [path for path in (site / "instructions").rglob("*") if path.is_file()]
    assert len(paths) == 6
    hashes = [read_site(site).hash]
    for path in paths:
        stamp = site_stamp(site)
        assert not site_changed(site, stamp)
        path.write_bytes(path.read_bytes() + b"\n")
        assert site_changed(site, stamp)
        hashes.append(read_site(site).hash)
    assert len(set(hashes)) == len(hashes)


def test_releases_of_the_ledger_are_no_part_of_the_site(tmp_path: Path) -> None:
    site = make_whole_site(tmp_path)
    before, stamp = read_site(site), site_stamp(site)
    release = site / "layouts" / "releases" / "1"
    release.mkdir(parents=True)
    (site / "layouts" / "releases" / "CURRENT").write_text("1\n")
    shutil.copytree(site / "instructions", release / "instructions")
    (release / "layouts").mkdir()
    for path in (site / "layouts").glob("*.yaml"):
        shutil.copy(path, release / "layouts")
    assert not site_changed(site, stamp)
    assert read_site(site) == before
    # a release is read like a site
    read = read_site(release)
    assert told(read) == []
    assert read.instructions == before.instructions
    assert read.hash == before.hash


def test_a_broken_text_is_left_out_and_the_rest_stays(tmp_path: Path) -> None:
    site = read_site(make_whole_site(tmp_path, timing=("version: 1", "version: x")))
    assert [each.id for each in site.instructions] == ["hcal/occupancy"]
    (problem,) = site.problems
    assert str(problem).startswith("instructions/hcal/timing.md:4:10: version is")


def test_odd_things_in_the_folder(tmp_path: Path) -> None:
    site = make_whole_site(tmp_path / "site")
    folder = site / "instructions"
    (tmp_path / "secret.md").write_text(TIMING)
    (tmp_path / "outside").mkdir()
    (tmp_path / "outside" / "x.md").write_text(TIMING)
    (folder / "hcal" / "leak.md").symlink_to(tmp_path / "secret.md")
    (folder / "far").symlink_to(tmp_path / "outside")
    (folder / "hcal" / "inside.md").symlink_to(folder / "hcal" / "timing.md")
    (folder / "hcal" / "gone.md").symlink_to(folder / "hcal" / "nothing.md")
    (folder / "hcal" / "loop.md").symlink_to(folder / "hcal" / "loop.md")
    (folder / "hcal" / "big.md").write_bytes(b"x" * (300 << 10))
    (folder / "hcal" / "binary.md").write_bytes(b"\x89PNG\0\0")
    (folder / "hcal" / "folder.md").mkdir()
    os.mkfifo(folder / "hcal" / "pipe.md")
    (folder / "hcal" / "old.markdown").write_text(TIMING)
    (folder / "hcal" / ".#timing.md").write_text("an editor's own")
    (folder / "hcal" / "deep").mkdir()
    (folder / "hcal" / "deep" / "x.md").write_text(TIMING)
    (folder / "loose.md").write_text(TIMING)
    (folder / "README.md").write_text("words")
    (folder / "lessons").mkdir()
    (folder / "lessons" / "README.md").write_text("words")
    (folder / "HCAL").mkdir()
    (folder / "HCAL" / "Timing.md").write_text(TIMING)
    found = read_site(site)
    assert [each.id for each in found.instructions] == [
        "hcal/occupancy",
        "hcal/timing",
    ]
    lines = [str(each).removeprefix("instructions/") for each in found.problems]
    for start in (
        "hcal/leak.md: a link that leads out of the site is not followed",
        "far: a link that leads out of the site is not followed",
        'hcal/inside.md:2:5: the id is "hcal/inside"',
        "hcal/gone.md: the file is missing",
        "hcal/loop.md: cannot be read",
        "hcal/big.md: is larger than 256 kB",
        "hcal/binary.md: is a binary file, not a Markdown text",
        "hcal/folder.md: is not a file",
        "hcal/pipe.md: is not a file",
        "hcal/old.markdown: advice: is not read: name it .md",
        "hcal/deep: advice: is not read: instructions stand one folder deep",
        "loose.md: advice: is not read",
        'HCAL/Timing.md: the id "HCAL/Timing" is that of instructions/hcal/timing.md',
    ):
        assert sum(line.startswith(start) for line in lines) == 1, (start, lines)
    assert not any("lessons" in line or ".#" in line for line in lines)


def test_a_whole_folder_outside_the_site_is_not_read(tmp_path: Path) -> None:
    make_whole_site(tmp_path / "other")
    site = make_whole_site(tmp_path / "site")
    shutil.rmtree(site / "instructions")
    (site / "instructions").symlink_to(tmp_path / "other" / "instructions")
    found = read_site(site)
    assert found.instructions == ()
    assert found.contacts.roles == {}
    assert told(found)[0].startswith("instructions: a link that leads out")


def test_file_names_that_are_not_utf8_can_still_be_sent(tmp_path: Path) -> None:
    site = make_whole_site(tmp_path)
    name = os.fsdecode(b"\xff.md")
    (site / "instructions" / "hcal" / name).write_text(TIMING)
    found = read_site(site)
    assert msgspec.msgpack.encode(found)
    assert any("\ufffd.md" in each.file for each in found.problems)


def test_a_site_of_a_newer_format_is_refused_in_words(tmp_path: Path) -> None:
    site = read_site(
        make_whole_site(tmp_path, site=("experiment: Test", "experiment: T\nformat: 2"))
    )
    assert (site.layouts, site.instructions) == ((), ())
    (problem,) = site.problems
    assert problem.line == 2
    assert "newer than this program reads" in problem.message


# file, text in it, what stands there instead, file of the problem, line, words
DISAGREEMENTS = [
    ("Hcal", "hcal/occupancy\n      - path: Hcal/TP",
     "hcal/ocupancy\n      - path: Hcal/TP",
     "layouts/Hcal.yaml", 28, 'did you mean "hcal/occupancy"'),
    ("Hcal", "instruction: hcal/timing", "instruction: hcal/timng",
     "layouts/Hcal.yaml", 35, 'did you mean "hcal/timing"'),
    ("Hcal", "owner: hcal-dqm", "owner: hcal-dmq",
     "layouts/Hcal.yaml", 2, 'did you mean "hcal-dqm"'),
    ("known", "owner: hcal-dqm", "owner: ecal-dqm",
     "layouts/known.yaml", 8, 'no role "ecal-dqm"'),
    ("site", "experiment: Test", "experiment: Test\ncomponents:\n  hcal: [Hcall]",
     "layouts/site.yaml", 3, 'did you mean "Hcal"'),
    ("occupancy", "owner: hcal-dqm", "owner: hcal-dcm",
     "instructions/hcal/occupancy.md", 7, 'did you mean "hcal-dqm"'),
    ("occupancy", "call hcal-dqm: call now", "call hcal-dcm: call now",
     "instructions/hcal/occupancy.md", 37, 'did you mean "hcal-dqm"'),
    ("occupancy", "2. dqm-oncall", "2. dqm-onkall",
     "instructions/hcal/occupancy.md", 44, 'did you mean "dqm-oncall"'),
    ("occupancy", "depth*", "Depth*",
     "layouts/Hcal.yaml", 28, "and 3 more: its applies_to globs"),
    ("occupancy", "page: Digi occupancy", "page: Experts",
     "layouts/Hcal.yaml", 28, "names the page Experts, not Digi occupancy"),
    ("occupancy", "page: Digi occupancy", "page: [Digi occupancy, Digi ocupancy]",
     "instructions/hcal/occupancy.md", 10, 'did you mean "Digi occupancy"'),
    ("occupancy", "layout: Hcal", "layout: Hcall",
     "instructions/hcal/occupancy.md", 9, 'did you mean "Hcal"'),
    ("occupancy", "<plot:Hcal/TPTask/trend>", "<plot:Hcal/TPTask/trends>",
     "instructions/hcal/occupancy.md", 19, 'did you mean "Hcal/TPTask/trend"'),
    ("occupancy", "<page:Hcal/Digi occupancy>", "<page:Hcal/Digis>",
     "instructions/hcal/occupancy.md", 26, 'no page "Hcal/Digis"'),
    ("occupancy", "<instruction:hcal/timing#", "<instruction:hcal/timin#",
     "instructions/hcal/occupancy.md", 35, 'did you mean "hcal/timing"'),
    ("occupancy", "#how-to-judge>", "#how-to-juge>",
     "instructions/hcal/occupancy.md", 35, 'did you mean "how-to-judge"'),
    ("boxes", "owner: hcal-dqm", "owner: nobody",
     "instructions/notes/boxes.md", 7, 'no role "nobody"'),
    ("checklists", "[Hcal/Digi occupancy]", "[Hcal/Digi ocupancy]",
     "instructions/checklists.yaml", 7, 'did you mean "Hcal/Digi occupancy"'),
]  # fmt: skip


@pytest.mark.parametrize(("name", "old", "new", "file", "line", "words"), DISAGREEMENTS)
def test_each_disagreement_is_found_in_its_line(
    tmp_path: Path, name: str, old: str, new: str, file: str, line: int, words: str
) -> None:
    site = read_site(make_whole_site(tmp_path, **{name: (old, new)}))
    assert any(
        (each.file, each.line) == (file, line) and words in each.message
        for each in site.problems
    ), told(site)
    # what only disagrees stays where it is
    assert len(site.instructions) == 2


def test_a_broken_part_is_not_also_missing(tmp_path: Path) -> None:
    for name, old, new in (
        ("occupancy", "version: 2", "version: x"),
        ("contacts", "title: DQM on call", "titel: x"),
        ("contacts", "roles:", "roles: ["),
        ("Hcal", "layout: Hcal", "layout: [Hcal"),
    ):
        folder = tmp_path / f"{name}{len(new)}"
        site = read_site(make_whole_site(folder, **{name: (old, new)}))
        files = {each.file for each in site.problems}
        assert len(files) == 1 or name == "Hcal", told(site)


def test_without_contacts_no_role_is_missed(tmp_path: Path) -> None:
    site = make_whole_site(tmp_path)
    (site / "instructions" / "contacts.yaml").unlink()
    assert told(read_site(site)) == []


def test_the_bundled_site_agrees_with_itself() -> None:
    site = read_bundled()
    assert told(site) == []
    assert len(site.instructions) > 100
    assert len(site.notes) == 2
    assert {each.phase for each in site.checklists} == {"start", "hourly", "run", "end"}
    assert all(5 <= len(each.items) <= 8 for each in site.checklists)
    assert all(each.example for each in site.contacts.roles.values())
    assert all(not each.rota for each in site.contacts.roles.values())
    assert site.settings.beam_modes[11 - 1] == "stable beams"
    assert len(site.settings.beam_modes) == 21
    assert set(site.settings.run_types.values()) == set(RUN_TYPES)
    assert {rule.run_type for rule in site.references} == set(RUN_TYPES)
    covered = {name for each in site.settings.components.values() for name in each}
    assert covered <= {layout.layout for layout in site.layouts}
