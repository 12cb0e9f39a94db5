"""The console's half of the editor, with the engine's half behind it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from dqmconsole.engine.editing import Editing
from dqmconsole.model.edit import Edit, SetField, Target, TextChange
from dqmconsole.model.message import EditLayout, Receipt
from dqmconsole.model.site import SiteSettings
from dqmconsole.shift.layout_editor import LayoutEditor

if TYPE_CHECKING:
    from dqmconsole.shift.layout_editor import Then

HCAL = Path("layouts/10-Hcal.yaml").read_text().partition("  - page: Occupancy by")[0]
TITLE = "Occupancy, depth {1..7}"


class Engine:
    """Answers when it is told to."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self.asked: list[EditLayout] = []
        self.editing = Editing(home, home / "unsaved", SiteSettings(""))
        self._number = 0

    def edit_layout(
        self,
        layout: str,
        revision: int = 0,
        edits: tuple[Edit, ...] = (),
        change: TextChange | None = None,
        then: Then = "",
    ) -> int:
        self._number += 1
        request = EditLayout(self._number, layout, revision, edits, change, then)
        self.asked.append(request)
        return self._number

    def answer(self, editor: LayoutEditor) -> int:
        """Answer all that is asked; how many questions that were."""
        count = 0
        while self.asked:
            job = self.editing.edit(self.asked.pop(0))
            while True:
                try:
                    next(job)
                except StopIteration as end:
                    editor.take([end.value])
                    break
            count += 1
        return count

    def restart(self, editor: LayoutEditor, *, journal: bool = True) -> None:
        self.editing.close()
        unsaved = self.home / "unsaved" if journal else None
        self.editing = Editing(self.home, unsaved, SiteSettings(""))
        lost = [Receipt(each.request, False, "ended") for each in self.asked]
        self.asked = []
        editor.take([], lost)


@pytest.fixture
def engine(tmp_path: Path) -> Engine:
    (tmp_path / "layouts").mkdir()
    (tmp_path / "layouts/10-Hcal.yaml").write_text(HCAL)
    return Engine(tmp_path)


@pytest.fixture
def editor(engine: Engine) -> LayoutEditor:
    found = LayoutEditor(engine, "Hcal")
    engine.answer(found)
    return found


def title(words: str) -> SetField:
    return SetField((Target(1, 0),), ("title",), words)


def test_undo_and_redo_lead_through_the_texts(
    editor: LayoutEditor, engine: Engine
) -> None:
    assert editor.text == HCAL
    editor.edit(title("one {1..7}"))
    assert not editor.type("nothing")
    engine.answer(editor)
    one = editor.text
    assert editor.type(HCAL + "# more\n")
    engine.answer(editor)
    assert editor.undoes == "text"
    assert editor.undo()
    engine.answer(editor)
    assert editor.text == one
    assert editor.undo()
    engine.answer(editor)
    assert editor.text == HCAL
    assert not editor.undo()
    assert not editor.unsaved
    assert f'was "{TITLE}"' in editor.redoes
    assert editor.redo()
    engine.answer(editor)
    assert editor.text == one
    editor.edit(title("two {1..7}"))
    engine.answer(editor)
    assert editor.redoes == ""


def test_a_drag_is_one_step_and_its_last_edit_counts(
    editor: LayoutEditor, engine: Engine
) -> None:
    for words in ("a {1..7}", "b {1..7}", "c {1..7}", "d {1..7}"):
        editor.edit(title(words), drag="title")
    assert engine.answer(editor) == 2
    assert editor.text is not None
    assert "d {1..7}" in editor.text
    editor.undo()
    engine.answer(editor)
    assert editor.text == HCAL


def test_what_is_typed_while_the_engine_works_is_sent_together(
    editor: LayoutEditor, engine: Engine
) -> None:
    for end in range(1, 6):
        assert editor.type(HCAL + "# abc"[:end])
    assert len(engine.asked) == 1
    assert engine.answer(editor) == 2
    assert editor.text == HCAL + "# abc"
    editor.undo()
    engine.answer(editor)
    assert editor.text == HCAL


def test_what_is_typed_and_taken_back_at_once_is_not_there(
    editor: LayoutEditor, engine: Engine
) -> None:
    editor.type(HCAL + "#")
    editor.type(HCAL)
    engine.answer(editor)
    assert editor.text == HCAL
    assert not editor.unsaved


def test_what_is_refused_is_there_to_be_asked_about(
    editor: LayoutEditor, engine: Engine
) -> None:
    editor.edit(SetField((Target(1, 0),), ("checks",), []))
    engine.answer(editor)
    assert editor.refused is not None
    assert editor.refused.code == "shared"
    assert editor.text == HCAL
    editor.edit(SetField((Target(1, 0),), ("checks",), [], "one"))
    engine.answer(editor)
    assert editor.unsaved


@pytest.mark.parametrize("journal", [True, False])
def test_an_engine_that_ended_leaves_the_text(
    editor: LayoutEditor, engine: Engine, journal: bool
) -> None:
    editor.edit(title("one {1..7}"))
    engine.answer(editor)
    one = editor.text
    editor.save()
    engine.restart(editor, journal=journal)
    engine.answer(editor)
    assert editor.text == one
    assert editor.unsaved
    assert ("unsaved text was found" in editor.note) is journal
    editor.undo()
    engine.answer(editor)
    assert editor.text == HCAL
    assert not editor.undoes


def test_an_engine_that_ended_unseen_gets_the_text_before_undo(
    editor: LayoutEditor, engine: Engine
) -> None:
    for words in ("one {1..7}", "two {1..7}"):
        editor.edit(title(words))
        engine.answer(editor)
    engine.restart(editor, journal=False)
    editor.undo()
    engine.answer(editor)
    assert editor.text is not None
    assert "one {1..7}" in editor.text
    assert 'title "two' in editor.redoes
    assert 'title "one' in editor.undoes


def test_what_is_typed_after_saving_is_undone_alone(
    editor: LayoutEditor, engine: Engine
) -> None:
    for typed in ("# a", "# ab"):
        editor.type(HCAL + typed)
        engine.answer(editor)
    editor.save()
    engine.answer(editor)
    editor.type(HCAL + "# abc")
    engine.answer(editor)
    for text in (HCAL + "# ab", HCAL):
        assert editor.undo()
        engine.answer(editor)
        assert editor.text == text


def test_undo_leads_from_what_was_not_saved_back_to_the_file(
    editor: LayoutEditor, engine: Engine
) -> None:
    editor.edit(title("one {1..7}"))
    engine.answer(editor)
    another = LayoutEditor(engine, "Hcal")
    engine.answer(another)
    assert another.text == editor.text
    assert another.undoes == "what was not saved when it was opened"
    assert another.undo()
    engine.answer(another)
    assert another.text == HCAL
    assert not another.unsaved
    assert not another.undo()


def test_another_expert_is_told_and_merged(
    editor: LayoutEditor, engine: Engine
) -> None:
    editor.edit(title("one {1..7}"))
    engine.answer(editor)
    file = engine.home / "layouts/10-Hcal.yaml"
    file.write_text(HCAL.replace("columns: 4", "columns: 5"))
    editor.take(engine.editing.look())
    assert editor.others
    editor.save()
    engine.answer(editor)
    assert editor.refused is not None
    assert editor.refused.code == "others"
    editor.settle("merge")
    editor.save()
    engine.answer(editor)
    assert not editor.unsaved
    assert "columns: 5" in file.read_text()
    assert "one {1..7}" in file.read_text()
    editor.undo()
    engine.answer(editor)
    assert editor.text is not None
    assert "columns: 4" in editor.text
    assert "one {1..7}" in editor.text
