"""The band, the finding sheet, and what a console that does not teach is spared."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

import msgspec
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QLabel, QListWidget, QMenuBar, QPushButton, QWidget
from support.alarm_scene import HOLES
from support.consoles import Console
from support.fake_session import FakeSession, live_session, run_info
from support.lesson_scene import Classroom
from support.waiting import PATIENCE

from dqmconsole.model.run import RunInfo
from dqmconsole.training.lesson import LessonRun
from dqmconsole.training.records import Finding
from dqmconsole.ui.pictures import caption
from dqmconsole.ui.training.data_words import data_words
from dqmconsole.ui.training.finding import causes_of, listed_words
from dqmconsole.ui.training.parts import NO_RUN

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from pytestqt.qtbot import QtBot


@pytest.fixture
def room(qtbot: QtBot, tmp_path: Path) -> Iterator[Classroom]:  # noqa: ARG001 - Qt
    room = Classroom(tmp_path / "c.ini")
    yield room
    room.close()


def test_the_band_is_on_top_and_pushes_everything_down(room: Classroom) -> None:
    band = room.find(QWidget, "Training band")
    header = room.find(QWidget, "Run header")
    assert band.width() == room.window.width()
    assert band.y() == 0
    assert header.mapTo(room.window, QPoint(0, 0)).y() >= band.height()
    bar = room.window.findChild(QMenuBar)
    assert isinstance(bar, QMenuBar)
    assert bar.mapTo(room.window, QPoint(0, 0)).y() >= band.height()
    assert room.says("Banner") == "TRAINING"
    room.begin()
    room.window.resize(1000, 700)
    room.wait(0)
    assert band.width() == room.window.width() == 1000
    assert "nothing here is real" in room.says("What is trained")


def test_a_run_that_broke_off_is_said(room: Classroom) -> None:
    room.runs.broken = True
    room.wait(0)
    assert "broke off" not in room.says("How far, and how to leave")  # nobody needs it
    room.begin()
    assert room.says("How far, and how to leave") == (
        "The simulated run broke off: leave, and begin again · Esc leave"
    )
    room.runs.broken = False
    room.wait(0)
    assert "step 1" in room.says("How far, and how to leave")


def test_pictures_say_training(room: Classroom) -> None:
    words = caption(room.client, room.now)  # type: ignore[arg-type]
    assert words.startswith("TRAINING · run 398214")
    assert words.endswith(" UTC · simulated")
    assert room.client.source not in words


def test_another_source_is_no_training(room: Classroom) -> None:
    room.window.context.open_source("/dqm/live")
    room.wait(0)
    assert not room.sees(QWidget, "Training band")
    room.press("v")
    assert not room.sees(QWidget, "Finding")


def test_a_good_finding_names_harmless_causes_and_nobody(room: Classroom) -> None:
    room.begin()
    room.press(Qt.Key.Key_F7)
    room.press("v")
    assert room.focus() == "Verdict"
    room.press(Qt.Key.Key_Down)
    causes = room.find(QListWidget, "Cause")
    shown = [causes.item(at).text() for at in range(causes.count())]
    harmless = causes_of(room.site, bad=False)
    assert shown[0] == "Nothing special, or something else"
    assert sorted(shown[1:]) == sorted(listed_words(each) for each in harmless)
    assert room.says("What the cause is").startswith("None of these")
    causes.setCurrentRow(shown.index("emittance scan   (beam)"))
    assert room.says("What the cause is").startswith("The LHC moves the beams apart")
    room.press(Qt.Key.Key_Right)
    room.press("l")
    room.press("u")
    assert causes.currentRow() == shown.index("lumi drop   (beam)")
    room.press(Qt.Key.Key_Return)
    assert room.writer is not None
    found = [e.body for e in room.writer.kept if isinstance(e.body, Finding)]
    assert [(each.verdict, each.cause, each.urgency) for each in found] == [
        ("good", "lumi-drop", "nobody")
    ]
    assert room.says("Answer").startswith("Finding recorded: nothing is to be reported")
    assert room.focus() == "Info Summary 1"


def test_what_was_said_ends_with_the_source(room: Classroom) -> None:
    """A finding of the last lesson has no place at the start of the next."""
    room.begin()
    room.press(Qt.Key.Key_F7)
    room.press("v")
    room.press(Qt.Key.Key_Right)
    room.press(Qt.Key.Key_Home)
    room.press(Qt.Key.Key_Return)
    assert room.says("Answer").startswith("Finding recorded")
    assert room.trainer is not None
    room.trainer.start_run(LessonRun())
    room.wait(0)
    assert not room.sees(QLabel, "Answer")


def test_a_finding_that_is_refused_stays_on_the_screen(room: Classroom) -> None:
    room.begin()
    room.press(Qt.Key.Key_F7)
    room.press("v")
    room.session.author.writer = None
    room.press(Qt.Key.Key_Return)
    assert room.says("Why it is not recorded").startswith("Not recorded: no book")
    assert room.sees(QWidget, "Finding")


def test_a_console_that_does_not_teach_loads_nothing_of_it() -> None:
    code = (
        "import sys, dqmconsole.ui.window\n"
        "print([name for name in sys.modules if name.startswith("
        "('dqmconsole.ui.training', 'dqmconsole.training', 'dqmconsole.ui.training'))])"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        check=True,
        timeout=PATIENCE,
    )
    assert done.stdout.strip() == "[]"


def test_a_console_that_does_not_teach_has_no_menu_for_it(
    qtbot: QtBot,  # noqa: ARG001 - it brings the application
    tmp_path: Path,
) -> None:
    console = Console(live_session(), tmp_path / "c.ini")
    bar = console.window.findChild(QMenuBar)
    assert isinstance(bar, QMenuBar)
    shown = [each.text() for each in bar.actions() if each.isVisible()]
    assert "&Training" not in shown
    enabled = {
        each.objectName()
        for each in console.window.findChildren(QAction)
        if each.isEnabled()
    }
    assert not enabled & {"tutorial", "tutor", "go-on", "hint", "finding"}
    console.press("v")
    console.close()


def test_the_welcome_page_leads_to_the_tutorial(
    qtbot: QtBot,  # noqa: ARG001 - it brings the application
    tmp_path: Path,
) -> None:
    started: list[bool] = []
    console = Console(
        FakeSession(source=""),
        tmp_path / "c.ini",
        start_tutorial=lambda: started.append(True),
    )
    console.find(QPushButton, "Learn: the tutorial").click()
    console.press(Qt.Key.Key_F5)
    assert started == [True, True]
    console.close()


def test_only_what_is_simulated_is_called_so() -> None:
    run = run_info()
    simulated = data_words(run, LessonRun())
    kept = data_words(run, LessonRun(), kept=True)
    assert simulated == f"simulated run {run.run}, nothing here is real"
    assert kept == f"kept evidence of run {run.run}, nothing here is live"
    good = LessonRun(recorded=run.run)
    recorded = f"recorded run {run.run}"
    assert data_words(run, good) == f"{recorded}, nothing here is live"
    bad = msgspec.structs.replace(good, causes=("loss:Calo/hits@3",))
    of_it = f"{recorded} with faults put into it, nothing here is live"
    assert data_words(run, bad) == of_it
    none = "kept evidence, nothing here is live"
    assert data_words(RunInfo(), None, kept=True) == none
    assert data_words(RunInfo(), None) == "no run is shown"


def test_what_is_played_again_is_not_called_live(room: Classroom) -> None:
    assert room.trainer is not None
    assert room.says("Live or paused") == "LIVE"
    room.trainer.start_run(LessonRun(recorded=7))
    room.run_comes()
    assert room.says("Live or paused") == "PLAYED"
    said = "recorded, for training: faults may have been put into it"
    assert said in room.window.parts.view.caption()
    # another source is not what the training showed last
    room.client.banner = ""
    room.wait(1.0)
    assert said not in room.window.parts.view.caption()
    assert room.says("Live or paused") == "LIVE"
    room.trainer.start_run(LessonRun())
    room.run_comes()
    assert room.says("Live or paused") == "LIVE"


def test_where_no_run_is_shown_the_overview_awaits_none(room: Classroom) -> None:
    assert room.trainer is not None
    assert room.trainer.show_nothing() == ""
    room.wait(0)
    room.client.put_site(room.site)
    room.window.parts.view.show_overview()
    room.wait(1)
    overview = room.window.parts.overview
    assert overview.isVisible()
    assert overview.shown.note == NO_RUN
    assert room.says("What is trained") == "No lesson goes on · no run is shown"


def test_alarms_of_a_lesson_that_is_over_do_not_stand_over_the_course(
    room: Classroom,
) -> None:
    room.begin()
    room.client.put_alarms(HOLES)
    room.wait(1)
    strip = room.window.parts.strip
    assert strip.isVisible()
    room.window.parts.docks["book"].show()
    room.press(Qt.Key.Key_F5)  # the lesson goes on
    room.wait(1)
    assert strip.isVisible()
    room.press(Qt.Key.Key_Escape)
    assert room.trainer is not None
    room.trainer.leave()
    room.training.show_course()
    room.wait(1)
    room.wait(1)
    assert not strip.isVisible()
    assert not room.window.parts.docks["book"].isVisible()
    room.window.parts.view.show_overview()  # somebody looks at the run after all
    room.wait(1)
    room.wait(1)
    assert strip.isVisible()
