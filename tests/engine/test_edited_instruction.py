"""An instruction is edited in the engine, by the same way as a layout."""

from __future__ import annotations

import datetime
from typing import TYPE_CHECKING

import pytest
from engine.test_editing import ended

from dqmconsole.engine.editing import Editing
from dqmconsole.model.edit import TextChange
from dqmconsole.model.instruction import new_instruction, shows_to_be_written
from dqmconsole.model.message import EditLayout, EditRefused, LayoutEdited
from dqmconsole.model.site import SiteSettings

if TYPE_CHECKING:
    from pathlib import Path

FILE = "instructions/hodo/spots.md"
BEGUN = new_instruction(
    "hodo/spots",
    'Hodo: The "spots"',
    layout="Hodo",
    page='The "spots"',
    owner="expert",
    author="Ann",
    today=datetime.date(2026, 7, 1),
    shows=shows_to_be_written(("Hodo/a*b", "-Hodo/c")),
)


@pytest.fixture
def home(tmp_path: Path) -> Path:
    (tmp_path / "layouts").mkdir()
    return tmp_path


@pytest.fixture
def editing(home: Path) -> Editing:
    return Editing(home, home / "unsaved", SiteSettings(""))


def ask(editing: Editing, revision: int = 0, **more: object) -> LayoutEdited:
    asked = EditLayout(1, FILE, revision, **more)  # type: ignore[arg-type]
    answer = ended(editing.edit(asked))
    assert isinstance(answer, LayoutEdited), answer
    return answer


def test_what_a_new_instruction_begins_with_is_sound_and_saved(
    editing: Editing, home: Path
) -> None:
    opened = ask(editing)
    assert (opened.text, opened.note) == ("", "a new file")
    made = ask(editing, opened.revision, change=TextChange(0, 0, BEGUN), then="save")
    assert made.problems == ()
    assert made.instruction is not None
    assert made.instruction.title == 'Hodo: The "spots"'
    assert r"- Hodo/a\*b" in made.instruction.shows
    assert (home / FILE).read_text() == BEGUN
    assert not made.unsaved


def test_an_error_is_said_with_its_line_and_what_was_sound_stays(
    editing: Editing, home: Path
) -> None:
    (home / FILE).parent.mkdir(parents=True)
    (home / FILE).write_text(BEGUN)
    opened = ask(editing)
    at = BEGUN.index("version: 1") + len("version: ")
    wrong = ask(editing, opened.revision, change=TextChange(at, at + 1, "x"))
    assert wrong.instruction == opened.instruction is not None
    (problem,) = wrong.problems
    assert (problem.file, problem.line) == (FILE, 4)
    back = ask(editing, wrong.revision, change=TextChange(at, at + 1, "2"))
    assert back.instruction is not None
    assert back.instruction.version == 2


def test_a_text_that_is_too_long_is_not_read(editing: Editing, home: Path) -> None:
    (home / FILE).parent.mkdir(parents=True)
    (home / FILE).write_text(BEGUN + "x" * (300 << 10))
    (problem,) = ask(editing).problems
    assert "larger than 256 kB" in problem.message


def test_unsaved_words_survive_and_those_of_others_are_seen(
    editing: Editing, home: Path
) -> None:
    opened = ask(editing)
    ask(editing, opened.revision, change=TextChange(0, 0, BEGUN))
    editing.close()
    again = Editing(home, home / "unsaved", SiteSettings(""))
    assert ask(again).text == BEGUN
    (home / FILE).parent.mkdir(parents=True)
    (home / FILE).write_text("theirs\n")
    (told,) = again.look()
    assert told.others
    refused = ended(again.edit(EditLayout(2, FILE, then="save")))
    assert isinstance(refused, EditRefused)
    assert (home / FILE).read_text() == "theirs\n"


@pytest.mark.parametrize(
    "name",
    [
        "instructions/../../etc/x.md",
        "instructions/Hodo/x.md",
        "instructions/notes/x.md",
        "instructions/x.md",
        "instructions/hodo/x.yaml",
    ],
)
def test_what_is_no_instruction_is_not_opened(editing: Editing, name: str) -> None:
    refused = ended(editing.edit(EditLayout(1, name)))
    assert isinstance(refused, EditRefused)
    assert "lower-case letters" in refused.sentence


def test_a_link_out_of_the_site_is_not_followed(
    editing: Editing, home: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    (home / "instructions").mkdir()
    (home / "instructions/hodo").symlink_to(tmp_path_factory.mktemp("away"))
    refused = ended(editing.edit(EditLayout(1, FILE)))
    assert isinstance(refused, EditRefused)
    assert "leads out of the site" in refused.sentence
