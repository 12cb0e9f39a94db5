"""A lesson that is recorded, in the window: what the band says, and how it ends."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from PySide6.QtCore import Qt
from support.keyboard import SHIFT
from support.lesson_scene import ADA, PAGE, Classroom

from dqmconsole.training.lesson import FindingGoal, Goal, LessonRun
from dqmconsole.training.recording import Recording

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from pytestqt.qtbot import QtBot

RUN = LessonRun(seed=5, causes=("fed-lost:Hcal@6",))


@pytest.fixture
def room(qtbot: QtBot, tmp_path: Path) -> Iterator[Classroom]:  # noqa: ARG001 - Qt
    room = Classroom(tmp_path / "c.ini")
    yield room
    room.close()


@pytest.fixture
def recording(room: Classroom) -> Recording:
    made = Recording("my-hole", RUN)
    assert room.trainer is not None
    room.trainer.who = ADA
    assert room.trainer.begin_recording(made) == ""
    room.run_comes()
    return made


def test_the_band_says_what_is_recorded_and_how_far(
    room: Classroom, recording: Recording
) -> None:
    assert room.runs.started[-1] == RUN
    assert room.says("What is trained") == (
        "Recording lesson my-hole · simulated run 398214, nothing here is real"
    )
    assert room.says("How far, and how to leave") == "0 steps · Shift+Esc write it"
    room.press("n")  # a plot that is bad, on its page
    room.press("v")
    room.press("\r")
    room.wait(0)
    assert room.says("How far, and how to leave") == (
        "2 steps, the last: Say what it is · Ctrl+Z take it back · Shift+Esc write it"
    )
    page, finding = (each.done for each in recording.steps)
    assert page == Goal(page=PAGE)
    assert finding is not None
    assert isinstance(finding.finding, FindingGoal)
    assert finding.finding.verdict == "bad"


def test_ctrl_z_takes_the_last_step_back_and_says_which(
    room: Classroom, recording: Recording
) -> None:
    room.press("n")
    room.press("v")
    room.press("\r")
    said: list[str] = []
    room.window.context.said.connect(said.append)
    room.press(Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    assert [each.title for each in recording.steps] == ["Open a page"]
    assert said[-1].startswith("Taken back: Say what it is (")
    assert room.says("How far, and how to leave").startswith("1 step, the last: Open")


def test_shift_esc_ends_it_with_its_window(
    room: Classroom, recording: Recording
) -> None:
    room.press("n")
    room.press("v")
    room.press("\r")
    room.wait(0)
    room.press(Qt.Key.Key_Escape, SHIFT)
    assert not room.window.isVisible()
    assert len(recording.steps) == 2


def test_another_activity_ends_the_recording_and_keeps_its_steps(
    room: Classroom, recording: Recording
) -> None:
    room.press("n")
    room.press("v")
    room.press("\r")
    room.wait(0)
    assert room.trainer is not None
    room.trainer.leave()
    room.press("v")
    room.press("\r")
    room.wait(0)
    assert recording.over
    assert len(recording.steps) == 2
    assert not room.says("What is trained").startswith("Recording")


def test_a_run_that_broke_off_is_said(room: Classroom, recording: Recording) -> None:
    room.runs.broken = True
    room.wait(0)
    assert room.says("How far, and how to leave") == (
        "The simulated run broke off: leave, and begin again · Shift+Esc write it"
    )
    assert not recording.over


def test_a_run_that_cannot_be_started_is_said(room: Classroom) -> None:
    room.runs.refused = "no disk"
    assert room.trainer is not None
    said = room.trainer.begin_recording(Recording("my-hole", RUN))
    assert said == "the run cannot be started: no disk"
