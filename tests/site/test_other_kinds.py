"""Files of a feature that is not installed: kept, released, and said to be there."""

from __future__ import annotations

import datetime
from typing import TYPE_CHECKING

import pytest
from support.ledgers import put
from support.lesson_texts import make_lesson_site

from dqmconsole.desk.check import validate
from dqmconsole.model.release import OTHER
from dqmconsole.site.differences import differences
from dqmconsole.site.ledger import release_folder
from dqmconsole.site.site import read_site
from dqmconsole.site.staging import left_out, survey

if TYPE_CHECKING:
    from pathlib import Path

TODAY = datetime.date(2026, 11, 25)
WORDS = (
    "instructions/lessons: advice: holds files that nothing in this installation "
    "reads: they stay in the site and in its releases [unread-file]"
)


@pytest.fixture
def home(tmp_path: Path) -> Path:
    home = make_lesson_site(tmp_path / "site")
    (home / "instructions" / "lessons" / "kept.dqmevidence").write_bytes(b"PK")
    (home / "instructions" / "lessons" / "README.md").write_text("---\nwords\n---\n")
    return home


def test_they_are_no_instructions_and_are_said_once(home: Path) -> None:
    site = read_site(home)
    assert [str(each) for each in site.problems] == [WORDS]
    assert not any(each.id.startswith("lessons/") for each in site.instructions)
    assert site.parts == {}
    found = [str(each) for each in validate(home, today=TODAY)]
    assert found == [f"{home}/{WORDS}"]


def test_the_site_is_another_when_they_change(home: Path) -> None:
    before = read_site(home).hash
    path = home / "instructions" / "lessons" / "first.md"
    path.write_text(path.read_text() + "more\n")
    assert read_site(home).hash != before


def test_a_release_holds_them_and_tells_their_changes(home: Path) -> None:
    assert left_out(home) == ()
    put(home)
    old, lessons = release_folder(home, 1), home / "instructions" / "lessons"
    for path in lessons.iterdir():
        kept = old / "instructions" / "lessons" / path.name
        assert kept.read_bytes() == path.read_bytes()
    (lessons / "first.md").write_text("## look\n\nElsewhere.\n")
    (lessons / "kept.dqmevidence").unlink()
    (lessons / "third.yaml").write_text("number: 3\n")
    found = differences(read_site(old), read_site(home), survey(old), survey(home))
    assert [(each.kind, each.name, each.sentence) for each in found] == [
        (OTHER, "instructions/lessons/third.yaml", "file added"),
        (OTHER, "instructions/lessons/kept.dqmevidence", "file removed"),
        (OTHER, "instructions/lessons/first.md",
         "the file has other content, which nothing here reads"),
    ]  # fmt: skip


def test_a_folder_of_instructions_stays_one_whatever_lies_in_it(home: Path) -> None:
    (home / "instructions" / "hcal" / "occupancy.yaml").write_text("a: 1\n")
    site = read_site(home)
    assert any(each.id == "hcal/occupancy" for each in site.instructions)
    assert any(
        "hcal/occupancy.yaml: advice: is not read" in str(each)
        for each in site.problems
    )


def test_lessons_alone_are_no_instructions_that_went(home: Path) -> None:
    put(home, versions={"lessons/first": 1})
    for path in (home / "instructions" / "hcal").iterdir():
        path.unlink()
    found = validate(home, today=TODAY)
    assert "instructions-gone" not in {each.code for each in found}
