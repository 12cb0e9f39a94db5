"""A layout is edited in the engine: text, problems and preview come back."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

import msgspec
import pytest
from engine.fakes import FakeLink, FakeSource

from dqmconsole.desk.check import validate
from dqmconsole.engine.context import SourceContext
from dqmconsole.engine.editing import Editing
from dqmconsole.engine.loop import REVIEW_AFTER, Loop
from dqmconsole.model.edit import (
    AddPlot,
    Edit,
    SetField,
    Target,
    TextChange,
    change_between,
)
from dqmconsole.model.layout import Page, Plot
from dqmconsole.model.message import (
    AskForm,
    AskUnsaved,
    EditLayout,
    EditRefused,
    FormFound,
    LayoutEdited,
    Open,
    Receipt,
    UnsavedFound,
    WhatIf,
    WhatIfFound,
)
from dqmconsole.model.site import Site, SiteSettings
from dqmconsole.sources.source import SourceError

if TYPE_CHECKING:
    from collections.abc import Generator

    from dqmconsole.engine.jobs import Job

R = TypeVar("R")
HCAL = Path("layouts/10-Hcal.yaml").read_text().partition("  - page: Occupancy by")[0]


@pytest.fixture
def home(tmp_path: Path) -> Path:
    folder = tmp_path / "layouts"
    folder.mkdir()
    (folder / "10-Hcal.yaml").write_text(HCAL)
    (folder / "site.yaml").write_text("experiment: E\n")
    return tmp_path


@pytest.fixture
def editing(home: Path) -> Editing:
    return Editing(home, home / "unsaved", SiteSettings(""))


def ended(steps: Generator[None, None, R]) -> R:
    while True:
        try:
            next(steps)
        except StopIteration as end:
            found: R = end.value
            return found


def edit(
    editing: Editing,
    *edits: Edit,
    revision: int = 0,
    change: TextChange | None = None,
    then: str = "",
) -> LayoutEdited:
    request = EditLayout(7, "Hcal", revision, edits, change, then)  # type: ignore[arg-type]
    found = ended(editing.edit(request))
    assert isinstance(found, LayoutEdited), found
    return found


def pages_of(found: LayoutEdited) -> tuple[Page, ...]:
    assert found.expanded is not None
    return found.expanded.pages


def refused(editing: Editing, request: EditLayout) -> EditRefused:
    found = ended(editing.edit(request))
    assert isinstance(found, EditRefused)
    return found


def test_a_layout_is_opened_edited_undone_and_saved(
    editing: Editing, home: Path
) -> None:
    opened = edit(editing)
    assert opened.text == HCAL
    assert opened.expanded is not None
    assert opened.problems == ()
    made = edit(
        editing,
        SetField((Target(1, 0),), ("title",), "Digis {1..7}"),
        AddPlot(0, 0, "Hcal/a"),
        revision=opened.revision,
    )
    assert made.change is not None
    text = made.change.of(HCAL)
    assert "Digis {1..7}" in text
    assert made.unsaved
    assert 'title "Digis {1..7}", was "Occupancy' in made.words
    assert made.expanded is not None
    assert made.expanded.pages[1].plots[2].title == "Digis 3"
    assert made.written["Hcal › Summary › Hcal/a"] == Target(0, 0)
    back = change_between(text, HCAL)
    undone = edit(editing, revision=made.revision, change=back)
    assert not undone.unsaved
    again = edit(editing, revision=undone.revision, change=made.change, then="save")
    assert not again.unsaved
    assert (home / "layouts" / "10-Hcal.yaml").read_text() == text


def test_the_site_of_the_program_is_edited_and_not_saved(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("dqmconsole.engine.editing.bundled_site", lambda: home)
    editing = Editing(home, home / "unsaved", SiteSettings(""))
    made = edit(editing, AddPlot(0, 0, "Hcal/a"))
    assert "--site" in made.note
    said = refused(editing, EditLayout(7, "Hcal", made.revision, then="save"))
    assert "comes with the program" in said.sentence
    assert (home / "layouts" / "10-Hcal.yaml").read_text() == HCAL


def test_a_text_that_is_no_yaml_keeps_the_preview_and_says_where(
    editing: Editing,
) -> None:
    opened = edit(editing)
    assert opened.text is not None
    at = opened.text.index("pages:")
    made = edit(
        editing, revision=opened.revision, change=TextChange(at, at, "\tx: [\n")
    )
    (problem,) = made.problems
    assert (problem.line, problem.file) == (6, "layouts/10-Hcal.yaml")
    assert made.expanded == opened.expanded
    request = EditLayout(1, "Hcal", made.revision, (AddPlot(0, 0, "a"),))
    assert refused(editing, request).code == "syntax"


def test_what_is_refused_says_why_and_changes_nothing(
    editing: Editing, home: Path
) -> None:
    edit(editing)
    shared = SetField((Target(1, 1),), ("checks",), [])
    answer = refused(editing, EditLayout(1, "Hcal", 0, (shared,)))
    assert (answer.code, answer.anchor) == ("shared", "cells")
    assert answer.users == ("Occupancy, depth {1..7}",)
    title = SetField((Target(1, 1),), ("title",), "x")
    answer = refused(editing, EditLayout(1, "Hcal", 0, (title, shared)))
    assert answer.code == "shared"
    assert not edit(editing).unsaved
    old = refused(editing, EditLayout(1, "Hcal", 9, (title,)))
    assert old.code == "revision"
    assert (
        edit(editing).revision != edit(Editing(home, None, SiteSettings(""))).revision
    )
    far = refused(editing, EditLayout(1, "Hcal", 0, (), TextChange(9, 10**9, "")))
    assert far.code == "revision"
    nobody = refused(editing, EditLayout(1, "Hcall"))
    assert 'did you mean "Hcal"?' in nobody.sentence
    assert refused(editing, EditLayout(1, "site")).code == "file"
    assert refused(editing, EditLayout(1, "../layouts/10-Hcal")).code == "file"


def test_a_text_that_grows_too_large_is_refused(
    editing: Editing, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("dqmconsole.engine.editing.MAX_BYTES", 20_000)
    large = TextChange(0, 0, "#\n" * 10_000)
    assert refused(editing, EditLayout(1, "Hcal", 0, (), large)).code == "too-large"


def test_two_experts_on_one_file_both_keep_their_work(
    editing: Editing, home: Path
) -> None:
    edit(editing)
    made = edit(editing, SetField((Target(1, 0),), ("title",), "mine"))
    file = home / "layouts" / "10-Hcal.yaml"
    file.write_text(HCAL.replace("columns: 4", "columns: 5"))
    (told,) = editing.look()
    assert told.others
    answer = refused(editing, EditLayout(1, "Hcal", made.revision, then="save"))
    assert answer.code == "others"
    merged = edit(editing, revision=made.revision, then="merge")
    assert not merged.others
    assert merged.conflicts == ()
    edit(editing, revision=merged.revision, then="save")
    assert "columns: 5" in file.read_text()
    assert "title: mine" in file.read_text() or 'title: "mine"' in file.read_text()


def test_a_layout_that_is_deleted_is_edited_on(editing: Editing, home: Path) -> None:
    opened = edit(editing)
    file = home / "layouts" / "10-Hcal.yaml"
    file.unlink()
    (found,) = editing.look()
    assert found.others
    assert found.note == "deleted on the disk"
    change = TextChange(0, 0, "# mine\n")
    made = edit(editing, revision=opened.revision, change=change)
    assert made.unsaved
    edit(editing, then="mine")
    edit(editing, then="save")
    assert file.read_text() == "# mine\n" + HCAL


@pytest.mark.timeout(10)
def test_a_pipe_among_the_layouts_is_not_waited_for(
    editing: Editing, home: Path
) -> None:
    os.mkfifo(home / "layouts" / "05-pipe.yaml")
    assert edit(editing).text == HCAL


def test_unsaved_text_is_there_after_a_crash(editing: Editing, home: Path) -> None:
    edit(editing)
    edit(editing, AddPlot(0, 0, "Hcal/a"))
    again = Editing(home, home / "unsaved", SiteSettings(""))
    made = edit(again, AddPlot(1, 9, "Hcal/b"))
    assert "Hcal/a" not in (made.text or "")  # of an editor that is at work
    editing.close()
    again.close()
    again = Editing(home, home / "unsaved", SiteSettings(""))
    found = edit(again)
    assert "unsaved text was found" in found.note
    assert found.left
    both = edit(again, revision=found.revision, then="merge")
    assert not both.left
    paths = {plot.path for page in pages_of(both) for plot in page.plots}
    assert {"Hcal/a", "Hcal/b"} <= paths
    again.close()


def test_what_is_not_saved_is_named_be_it_open_or_left(
    editing: Editing, home: Path
) -> None:
    def unsaved(editing: Editing) -> tuple[str, ...]:
        found = ended(editing.ask_unsaved(AskUnsaved(4)))
        assert isinstance(found, UnsavedFound)
        return found.files

    edit(editing)
    assert unsaved(editing) == ()
    edit(editing, AddPlot(0, 0, "Hcal/a"))
    assert unsaved(editing) == ("layouts/10-Hcal.yaml",)
    again = Editing(home, home / "unsaved", SiteSettings(""))
    assert unsaved(again) == ()
    edit(editing, then="close")
    assert unsaved(editing) == ("layouts/10-Hcal.yaml",)
    editing.close()
    assert unsaved(again) == ("layouts/10-Hcal.yaml",)
    elsewhere = Editing(home / "other", home / "unsaved", SiteSettings(""))
    assert unsaved(elsewhere) == ()
    edit(again, then="save")
    assert unsaved(again) == ()


def reviewed(editing: Editing) -> list[LayoutEdited]:
    told: list[LayoutEdited] = []
    while editing.reviews:
        told += editing.review()
    return told


def said(found: LayoutEdited) -> list[tuple[str, int, str]]:
    return [(each.file, each.line, each.code) for each in found.problems]


def test_problems_are_those_of_validate_while_a_layout_is_edited(
    editing: Editing, home: Path
) -> None:
    folder = home / "instructions/hcal"
    folder.mkdir(parents=True)
    for each in Path("instructions/hcal").glob("*.md"):
        (folder / each.name).write_text(each.read_text())
    (home / "instructions/contacts.yaml").write_text(
        Path("instructions/contacts.yaml").read_text()
    )
    opened = edit(editing)
    assert said(opened) == []
    (told,) = reviewed(editing)
    assert told.file == opened.file
    name = "layouts/10-Hcal.yaml"

    def of_validate() -> list[tuple[str, int, str]]:
        found = [msgspec.structs.replace(p, file=name) for p in validate(home)
                 if p.file.endswith(name)]  # fmt: skip
        return [(each.file, each.line, each.code) for each in found]

    assert sorted(said(told)) == sorted(of_validate())
    lower = edit(editing, change=TextChange(0, 0, "# mine\n"))
    assert said(lower) == [(file, line + 1, code) for file, line, code in said(told)]
    assert reviewed(editing) == []
    opened = edit(editing, change=TextChange(0, 7, ""))
    assert reviewed(editing) == []
    added = AddPlot(1, 2, "Hcal/new", fields={"instruction": "hcal/ocupancy"})
    edit(editing, added, revision=opened.revision)
    (told,) = reviewed(editing)
    new = [each for each in told.problems if each.code == "unknown-instruction"]
    assert "hcal/ocupancy" in new[0].message
    assert new[0].file == name
    saved = edit(editing, then="save")
    assert [each for each in saved.problems if each.code == "unknown-instruction"]
    reviewed(editing)
    assert sorted(said(edit(editing))) == sorted(
        [*of_validate(), *(one for one in said(told) if one[0] != name)]
    )


def test_the_form_of_a_part_is_answered(editing: Editing) -> None:
    edit(editing)
    found = ended(editing.ask_form(AskForm(3, "10-Hcal", Target(1, 1))))
    assert isinstance(found, FormFound)
    in_force = {each.key: each for each in found.in_force}
    assert in_force["alarm",].of == "plot"
    assert in_force["needs", "events"].of == "layout"
    assert in_force["checks",].anchor == "cells"
    assert "checks" in {each.key[0] for each in found.fields}
    several = AskForm(3, "10-Hcal", Target(1, 1), (Target(1, 0),))
    both = ended(editing.ask_form(several))
    alone = ended(editing.ask_form(AskForm(3, "10-Hcal", Target(1, 0))))
    assert isinstance(both, FormFound)
    assert isinstance(alone, FormFound)
    assert both.in_force == found.in_force
    assert both.more == ((Target(1, 0), alone.in_force),)
    nothing = ended(editing.ask_form(AskForm(3, "10-Hcal", Target(99))))
    assert isinstance(nothing, EditRefused)


def test_the_loop_answers_an_editor_without_a_source(home: Path) -> None:
    def no_source(_: Open) -> object:
        message = "no such source"
        raise SourceError(message)

    link = FakeLink()
    loop = Loop(link, no_source)  # type: ignore[arg-type]
    link.incoming.append(EditLayout(1, "Hcal"))
    loop.step(1.0)
    assert Receipt(1, False, "no site is open") in link.sent
    link.incoming += [
        Open("nowhere", str(home), memory=str(home / "memory")),
        EditLayout(2, "Hcal"),
        EditLayout(3, "Hcal", 0, (AddPlot(0, 0, "Hcal/a"),), then="close"),
    ]
    answers: list[LayoutEdited] = []
    while len(answers) < 2:
        loop.step(2.0)
        answers = [each for each in link.sent if isinstance(each, LayoutEdited)]
    assert [each.request for each in answers] == [2, 3]
    assert [*(home / "memory" / "unsaved").iterdir()]
    link.sent.clear()

    def answered() -> list[LayoutEdited]:
        return [each for each in link.sent if isinstance(each, LayoutEdited)]

    typed = TextChange(0, 0, "# mine\n")
    link.incoming.append(EditLayout(4, "Hcal", 0, change=typed))
    while not answered():
        loop.step(2.0)
    for _ in range(200):
        loop.step(2.0)
    assert len(answered()) == 1
    for _ in range(200):
        loop.step(2.0 + REVIEW_AFTER)  # once nobody has edited for a moment
    first, told = answered()
    assert told.request == 0
    assert {*told.problems} > {*first.problems}
    loop.close()


def test_another_limit_takes_the_place_of_one_that_is_at_work(tmp_path: Path) -> None:
    def opened(_: Open) -> SourceContext:
        site = Site("/site", "one", SiteSettings("CMS"), ())
        return SourceContext(FakeSource(), tmp_path, reading=(site, {}))

    def judged(request: WhatIf, *_: object) -> Job:
        while request.request == 1:
            yield
        yield
        return WhatIfFound(request.request, ())

    link = FakeLink()
    loop = Loop(link, opened, what_if=judged)
    plot = Plot("A/b")
    link.incoming.append(Open("fake"))
    loop.step(1.0)
    link.incoming.append(WhatIf(1, plot, {"not_empty": None}))
    loop.step(1.1)
    link.incoming.append(WhatIf(2, plot, {"not_empty": None}))
    loop.step(1.2)
    loop.step(1.3)
    assert Receipt(1, False, "another limit was asked for") in link.sent
    assert WhatIfFound(2, ()) in link.sent
    loop.close()
