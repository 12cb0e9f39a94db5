"""An expert records a lesson with keys alone, and a trainee plays it to its end."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import pytest
from PySide6.QtCore import Qt
from support.keyboard import SHIFT
from support.lesson_actions import LessonActions
from support.lesson_console import LessonConsole
from support.lesson_player import LessonPlayer
from support.trainees import doing, lesson

from dqmconsole.site.site import bundled_site
from dqmconsole.training.files.recorded_lesson import check_recording, write_lesson
from dqmconsole.training.lesson import FindingGoal, Goal, LessonRun, teaching
from dqmconsole.training.recording import Recording

if TYPE_CHECKING:
    from pathlib import Path

    from PySide6.QtWidgets import QApplication

PAGE = "Hcal/Digi occupancy"
PATH = "Hcal/DigiTask/Occupancy/depth/depth1"
RUN = LessonRun(seed=12, causes=("fed-lost:Hcal@6",), ahead=16)
OPEN = doing("open", Goal(page=PAGE))
SAY = doing("say", Goal(finding=FindingGoal("bad", ("fed-lost",), (PATH,), "call now")))


@pytest.mark.slow
def test_a_lesson_is_recorded_and_played(
    qapp: QApplication,  # noqa: ARG001 - Qt
    tmp_path: Path,
) -> None:
    home = tmp_path / "site"
    for part in ("layouts", "instructions"):
        # without its other lessons: validate would play all of them
        but = shutil.ignore_patterns("lessons")
        shutil.copytree(bundled_site() / part, home / part, ignore=but)
    check_recording(home, "my-hole", RUN.causes)
    recording = Recording("my-hole", RUN)
    record(tmp_path / "expert", home, recording)
    written = write_lesson(home, recording, "Ann Expert")
    assert [str(each) for each in written.problems] == []
    console = LessonConsole(tmp_path / "trainee", site=home)
    try:
        (told,) = (e for e in teaching(console.site).lessons if e.id == "my-hole")
        assert [each.done for each in told.steps] == [OPEN.done, SAY.done]
        LessonPlayer(console, part=True).play(told, "Ada Trainee")
    finally:
        console.close()


def record(folder: Path, home: Path, recording: Recording) -> None:
    """Do with keys what the lesson is to ask for, and end the recording."""
    console = LessonConsole(folder, site=home)
    try:
        console.detectors.only = ("Info", "FED", "Hcal")
        console.course.record(recording, "Ann Expert")
        console.until(
            lambda: (
                (console.client.mailbox.run.lumisection or 0) >= RUN.ahead
                and console.session.book.word == "ready"
            ),
            "the run is there",
        )
        expert = LessonActions(
            console,
            lesson(OPEN, SAY, run=RUN),
            "Ann Expert",
            lambda: {each.id for each in recording.steps},
            lambda _step: None,
        )
        for step in (OPEN, SAY):
            assert step.done is not None
            expert.reach(step, step.done)
        left = console.words("What is trained")
        assert left.startswith("Recording lesson my-hole · simulated run"), left
        last = recording.steps[-1].title
        assert console.words("How far, and how to leave") == (
            f"2 steps, the last: {last} · Ctrl+Z take it back · Shift+Esc write it"
        )
        console.to_page()
        console.press(Qt.Key.Key_Escape, SHIFT)
        assert not console.window.isVisible()
    finally:
        console.close()
