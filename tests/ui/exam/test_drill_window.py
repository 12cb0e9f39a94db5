"""The daily drill in the window, by keyboard alone."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
import pytest
from PySide6.QtCore import QPoint, QRect, Qt
from PySide6.QtWidgets import QLineEdit, QPushButton, QWidget
from support.exam_scene import PAGES, ROW, SETTINGS, WHO, ExamConsole

from dqmconsole.training.exam import Exam
from dqmconsole.training.lesson import MeasuredRow
from dqmconsole.training.records import ExamBegan, ExamEnded, ItemAnswered

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

pytestmark = [pytest.mark.usefixtures("qapp"), pytest.mark.slow]

BANK = (ROW, MeasuredRow(PAGES[0], "collisions", "nothing", "", 12, 12))
MEASURED = msgspec.structs.replace(SETTINGS, measured=BANK)
RING = "Ring of the drill"


@pytest.fixture
def console(tmp_path: Path) -> Iterator[ExamConsole]:
    made = ExamConsole(tmp_path, settings=MEASURED, truths="bg")
    yield made
    made.close()


def drill_button(console: ExamConsole) -> QPushButton:
    console.wait(1.0)
    buttons = console.window.findChildren(QPushButton)
    (found,) = [b for b in buttons if b.accessibleName().startswith("Daily drill")]
    return found


def begin(console: ExamConsole) -> None:
    """Open the course and begin the drill from there, by keyboard."""
    console.training.show_course()
    drill_button(console).setFocus()
    console.press(Qt.Key.Key_Space)
    console.wait(0.1)


def bodies(console: ExamConsole, kind: type) -> list[object]:
    every = [record.body for record in console.teacher.ledger.records]
    return [body for body in every if isinstance(body, kind)]


def miss(console: ExamConsole) -> None:
    """Say of the fault in view that nothing is to be reported."""
    console.serve(bad=True)
    console.wait(5.0)
    console.press(Qt.Key.Key_G)
    console.wait(0.1)


def test_a_drill_by_keyboard_alone(console: ExamConsole) -> None:
    begin(console)
    drill = console.teacher.activity
    assert isinstance(drill, Exam)
    assert drill.is_drill
    miss(console)
    assert console.says("What it showed").startswith("Missed. ")
    assert "nothing to report" in console.says("What you said")
    assert console.says("What the instruction asks for").strip()
    ring, (tile, *_) = console.find(QWidget, RING), console.tiles()
    assert ring.geometry().contains(
        QRect(tile.mapTo(console.window, QPoint(0, 0)), tile.size())
    )
    assert not console.sees(QWidget, "Something is wrong")
    console.press(Qt.Key.Key_G)  # nothing is answered twice
    assert len(bodies(console, ItemAnswered)) == 1
    console.press(Qt.Key.Key_F7)
    assert not console.sees(QWidget, RING)
    assert console.sees(QWidget, "Between two items")
    console.serve(bad=False, seed=2)
    console.wait(5.0)
    console.press(Qt.Key.Key_G)
    console.wait(0.1)
    assert console.says("What it showed") == "Right. Nothing happened."
    assert not console.sees(QWidget, RING)
    console.press(Qt.Key.Key_F7)
    console.wait(1.0)
    assert console.sees(QWidget, "Course")
    assert console.teacher.activity is None
    (began,) = bodies(console, ExamBegan)
    (ended,) = bodies(console, ExamEnded)
    assert isinstance(began, ExamBegan)
    assert isinstance(ended, ExamEnded)
    assert (began.part, ended.part) == ("drill", "drill")
    assert drill_button(console).text() == "Daily drill, two minutes: 1 due"
    assert console.says("The daily drill") == "Last drill: 1 of 2 pages judged rightly."


def test_escape_leaves_a_drill_at_once(console: ExamConsole) -> None:
    begin(console)
    miss(console)
    console.press(Qt.Key.Key_Escape)
    console.wait(1.0)
    assert console.sees(QWidget, "Course")
    assert not console.sees(QWidget, RING)
    assert not console.sees(QWidget, "What this page was")
    assert drill_button(console).text() == "Daily drill, two minutes: 1 due"


def test_without_a_measured_bank_the_course_page_says_so(tmp_path: Path) -> None:
    console = ExamConsole(tmp_path)
    begin(console)
    console.wait(2.0)
    assert "not begun: the drill needs a measured" in console.says("The daily drill")
    assert console.teacher.activity is None
    console.close()


def test_the_drill_is_a_command_that_leaves_no_exam(console: ExamConsole) -> None:
    (command,) = [each for each in console.training.commands if each.id == "drill"]
    parts = console.window.parts
    console.training.show_course()
    console.find(QLineEdit, "Your name").setText(WHO)
    console.teacher.who = "somebody before"
    assert command.makes_sense(parts)
    command.run(parts)
    console.wait(0.1)
    assert isinstance(console.teacher.activity, Exam)
    assert {each.who for each in console.teacher.ledger.records} == {WHO}
    assert not command.makes_sense(parts)
