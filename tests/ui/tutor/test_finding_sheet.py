"""The finding sheet: its causes, and whose the keys are while it is open."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QListWidget, QWidget
from support.fake_session import DEPTH1
from support.lesson_scene import Classroom
from support.taught import taught

from dqmconsole.training.files.kind import LessonFiles
from dqmconsole.training.lesson import LESSONS, CauseWords, teaching
from dqmconsole.ui.training.causes import CauseSheet

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from pytestqt.qtbot import QtBot


@pytest.fixture
def room(qtbot: QtBot, tmp_path: Path) -> Iterator[Classroom]:  # noqa: ARG001 - Qt
    room = Classroom(tmp_path / "c.ini", size=(1600, 900))
    yield room
    room.close()


def test_letters_find_a_cause_and_do_nothing_else(room: Classroom) -> None:
    """From whichever list: none of them pauses, compares or begins an entry."""
    room.begin()
    view = room.window.parts.view
    view.select_plot(DEPTH1)
    room.press("v")
    causes = room.find(QListWidget, "Cause")
    modes = dict(view.choices.modes)
    for name in ("Verdict", "How soon to call", "Cause"):
        room.tab_to(name)
        room.type("pre")
        assert room.focus() == "Cause", name
        assert causes.currentItem().text().startswith("pre"), name
        causes.setCurrentRow(0)
        causes.keyboardSearch("")
    assert not room.sees(QWidget, "Entry")
    assert view.choices.modes == modes
    assert room.window.context.paused_at is None


def test_the_causes_of_the_subsystem_are_in_view_first(room: Classroom) -> None:
    """Those that do not go there stand last; nothing is named to begin with."""
    room.begin()
    room.window.parts.view.select_plot(DEPTH1)
    room.press("v")
    causes = room.find(QListWidget, "Cause")
    assert causes.currentRow() == 0
    assert causes.item(0).text() == "Something else"
    assert causes.verticalScrollBar().value() == 0
    targets = {each.name: each.targets for each in teaching(room.site).causes}
    names = [causes.item(at).text() for at in range(1, causes.count())]
    goes = [targets[each.partition("   ")[0].replace(" ", "-")] for each in names]
    here = ["Hcal" in each for each in goes]
    assert any(here)
    assert not all(here)
    assert here == sorted(here, reverse=True)


def test_evidence_is_judged_by_the_causes_of_the_site_that_teaches(
    room: Classroom,
) -> None:
    """A bundle brings layouts and instructions, but no causes."""
    own = CauseWords("pump-stopped", "fault", "this site", "The pump stopped")
    room.site = taught(room.site, causes=(own,))
    room.client.put_site(room.site)
    room.begin()
    room.client.moment = 1_700_000_000.0
    parts = {LESSONS: LessonFiles.blank}
    room.client.put_site(msgspec.structs.replace(room.site, parts=parts))
    room.wait(0)
    room.window.parts.view.select_plot(DEPTH1)
    room.press("v")
    causes = room.find(QListWidget, "Cause")
    names = [causes.item(at).text() for at in range(1, causes.count())]
    assert names == ["pump stopped   (this site)"]


@pytest.mark.parametrize(
    ("beam_mode", "third"),
    [("", "Call at the end of the run"), ("Lhc/mode", "Call at the beam dump")],
)
def test_a_site_that_knows_no_beam_calls_at_the_end_of_the_run(
    room: Classroom, beam_mode: str, third: str
) -> None:
    paths = msgspec.structs.replace(room.site.settings.conditions, beam_mode=beam_mode)
    settings = msgspec.structs.replace(room.site.settings, conditions=paths)
    room.site = msgspec.structs.replace(room.site, settings=settings)
    room.client.put_site(room.site)
    room.begin()
    room.window.parts.view.select_plot(DEPTH1)
    room.press("v")
    soon = room.find(QListWidget, "How soon to call")
    assert soon.item(1).text() == third
    assert soon.currentItem().text() == "Call now"
    sheet = CauseSheet(room.window.parts, lambda: room.site)
    sheet.ask("")
    assert third in {
        each.item(at).text()
        for each in sheet.findChildren(QListWidget)
        for at in range(each.count())
    }
    sheet.dismiss()


def test_causes_stay_where_they_are_whatever_they_mean(room: Classroom) -> None:
    """A longer explanation takes nothing from the list above it."""
    room.window.resize(1100, 700)
    room.begin()
    room.window.parts.view.select_plot(DEPTH1)
    room.press("v")
    room.wait(0)
    causes = room.find(QListWidget, "Cause")
    heights = set()
    for _ in range(causes.count()):
        heights.add((causes.y(), causes.height()))
        room.press(Qt.Key.Key_Down)
    assert len(heights) == 1


def test_esc_closes_the_sheet_on_top(room: Classroom) -> None:
    """Not the one beneath it, and the keyboard comes back to that."""
    room.begin()
    room.window.parts.view.select_plot(DEPTH1)
    room.press("v")
    room.press("k", Qt.KeyboardModifier.ControlModifier)
    room.type("write an entry")
    room.press(Qt.Key.Key_Return)
    assert room.sees(QWidget, "Entry")
    room.press(Qt.Key.Key_Escape)
    assert not room.sees(QWidget, "Entry")
    assert room.sees(QWidget, "Finding")
    room.press(Qt.Key.Key_Escape)
    assert not room.sees(QWidget, "Finding")
