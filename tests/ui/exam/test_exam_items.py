"""The items of an exam in the window, by keyboard alone."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QMenuBar, QTableWidget, QWidget
from support.exam_scene import ExamConsole
from support.fake_session import CHARGE, DEPTH1, HOLE

from dqmconsole.model.verdict import Status
from dqmconsole.shift.blinding import HIDDEN
from dqmconsole.training.records import ItemAnswered, ItemShown

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

pytestmark = [pytest.mark.usefixtures("qapp"), pytest.mark.slow]


@pytest.fixture
def console(tmp_path: Path) -> Iterator[ExamConsole]:
    made = ExamConsole(tmp_path)
    yield made
    made.close()


def answers(console: ExamConsole) -> list[ItemAnswered]:
    bodies = [record.body for record in console.teacher.ledger.records]
    return [body for body in bodies if isinstance(body, ItemAnswered)]


def covered(console: ExamConsole) -> bool:
    return console.sees(QWidget, "Between two items")


def test_an_item_is_the_page_alone(console: ExamConsole) -> None:
    window = console.window
    console.begin_items()
    console.serve(bad=True)
    assert not any(dock.isVisible() for dock in console.window.parts.docks.values())
    assert not window.statusBar().isVisible()
    assert not any(bar.isVisible() for bar in window.findChildren(QMenuBar))
    assert console.says("Exam: what goes on") == "Item 1 of 4"
    assert console.says("Exam: time left") == "30 s"
    assert not covered(console)
    assert console.window.parts.view.heading.title == "Hcal › Digi occupancy"


def test_nothing_on_the_screen_tells_what_is_wrong(console: ExamConsole) -> None:
    console.begin_items()
    console.serve(bad=True)
    assert {tile.status() for tile in console.tiles()} == {Status.NOT_CHECKED}
    words = [
        widget.accessibleDescription() + widget.accessibleName()
        for widget in console.window.findChildren(QWidget)
        if widget.isVisible()
    ]
    assert any(HIDDEN in each for each in words)
    assert not [each for each in words if "BAD" in each or HOLE.sentence in each]
    assert console.fake.mailbox.judged(DEPTH1) == HOLE


def test_the_sheet_covers_until_every_plot_is_drawn(console: ExamConsole) -> None:
    console.begin_items()
    assert covered(console)
    assert console.says("Why nothing is shown yet").startswith("Item 1 of 4 is being")
    console.serve(bad=True, only=2)
    assert covered(console)
    console.wait(9.0)
    exam = console.teacher.activity
    assert exam.left == 30.0  # its time has not begun
    console.serve(bad=True)
    assert not covered(console)
    console.wait(4.0)
    assert console.says("Exam: time left") == "26 s"


def test_bad_marks_the_selected_plot_and_the_next_item_follows(
    console: ExamConsole,
) -> None:
    console.begin_items()
    console.serve(bad=True)
    console.wait(5.0)
    console.press(Qt.Key.Key_Right)
    console.press(Qt.Key.Key_Right)
    assert console.window.parts.view.selected.key == CHARGE
    console.press(Qt.Key.Key_B)
    (answer,) = answers(console)
    assert (answer.answer, answer.truth, answer.automatic) == ("bad", "bad", "bad")
    assert answer.plot == "Hcal/DigiTask/Charge/HB"
    assert answer.seconds == pytest.approx(5.0, abs=0.2)
    assert covered(console)
    assert console.says("Why nothing is shown yet").startswith("Item 2 of 4")
    assert not any(tile.tile for tile in console.window.parts.view.grid.tiles)


def test_pictures_of_the_item_before_are_never_taken_for_the_next(
    console: ExamConsole,
) -> None:
    console.begin_items()
    console.serve(bad=True)
    console.press("g")
    # the next source has the same page, run and versions; nothing has come of it
    console.wait(3.0)
    assert covered(console)
    console.serve(bad=False)
    assert not covered(console)
    for tile in console.tiles():
        assert tile.tile is not None
        served = console.fake._unblinded.tiles[tile.key]
        assert tile.tile.picture is served.picture


def test_no_answer_before_the_picture_stands(console: ExamConsole) -> None:
    console.begin_items()
    console.press("b")
    console.press("g")
    console.serve(bad=True, only=1)
    console.press("b")
    assert answers(console) == []


def test_time_runs_out_without_an_answer(console: ExamConsole) -> None:
    console.begin_items()
    console.serve(bad=True)
    console.wait(1.0)
    console.wait(30.0)
    (answer,) = answers(console)
    assert (answer.answer, answer.automatic, answer.seconds) == ("", "bad", 30.0)
    assert covered(console)


def test_only_looking_closer_is_left(console: ExamConsole) -> None:
    console.begin_items()
    console.serve(bad=True)
    view = console.window.parts.view
    for key in (Qt.Key.Key_PageDown, Qt.Key.Key_N, Qt.Key.Key_Slash, Qt.Key.Key_F9,
                Qt.Key.Key_E, Qt.Key.Key_P, Qt.Key.Key_F2, Qt.Key.Key_F8):  # fmt: skip
        console.press(key)
        assert view.page is not None
        assert view.page.page == "Digi occupancy"
        assert view.on_page
    assert not any(dock.isVisible() for dock in console.window.parts.docks.values())
    assert console.window.context.paused_at is None
    console.press(Qt.Key.Key_Right)
    console.press(Qt.Key.Key_R)
    assert view.choices.modes
    console.press(Qt.Key.Key_Return)
    assert view.in_detail
    console.press(Qt.Key.Key_L)
    assert view.in_detail
    console.press(Qt.Key.Key_Escape)
    assert view.on_page
    assert not console.sees(QWidget, "Leave or stay")


def test_an_answer_can_be_given_with_one_plot_alone(console: ExamConsole) -> None:
    console.begin_items()
    console.serve(bad=True)
    console.press(Qt.Key.Key_Return)
    console.press("b")
    assert answers(console)[0].plot == "Hcal/DigiTask/Occupancy/depth1"
    console.serve(bad=False)
    assert console.window.parts.view.on_page


def test_leaving_is_asked_once_and_staying_goes_on(console: ExamConsole) -> None:
    console.begin_items()
    console.serve(bad=True)
    console.press(Qt.Key.Key_Escape)
    assert console.says("Question") == "Leave the exam?"
    assert console.focus() == "Stay"
    console.press("b")
    assert answers(console) == []
    console.press(Qt.Key.Key_Escape)
    assert not console.sees(QWidget, "Leave or stay")
    console.press("b")
    assert [each.answer for each in answers(console)] == ["bad"]


def test_while_asked_time_goes_on_and_nothing_further_is_shown(
    console: ExamConsole,
) -> None:
    console.begin_items()
    console.serve(bad=True)
    console.wait(1.0)
    console.press(Qt.Key.Key_Escape)
    console.wait(31.0)
    assert [each.answer for each in answers(console)] == [""]
    console.wait(60.0)
    shown = [r for r in console.teacher.ledger.records if isinstance(r.body, ItemShown)]
    assert len(shown) == 1
    console.press(Qt.Key.Key_Return)  # stay
    console.serve(bad=False)
    assert console.says("Exam: what goes on") == "Item 2 of 4"


def test_leaving_puts_everything_back_and_resuming_takes_another_item(
    console: ExamConsole,
) -> None:
    parts = console.window.parts
    before = {name for name, dock in parts.docks.items() if dock.isVisible()}
    console.begin_items()
    console.serve(bad=True)
    console.press(Qt.Key.Key_Escape)
    console.press(Qt.Key.Key_Tab)
    assert console.focus() == "Leave"
    console.press(Qt.Key.Key_Return)
    assert {name for name, dock in parts.docks.items() if dock.isVisible()} == before
    assert console.window.statusBar().isVisible()
    assert parts.context.only is None
    assert console.focus() == "Resume the exam"
    # what was in view keeps its secret until something else is opened
    assert console.fake.blinded
    console.press(Qt.Key.Key_Return)
    console.serve(bad=True)
    console.press("b")
    assert [(each.number, each.spare) for each in answers(console)] == [(0, 1)]
    console.fake.end_blinding()
    console.fake.open("/dqm/live")
    assert not console.fake.blinded


def test_closing_the_window_remembers_the_arrangement_of_the_shift(
    tmp_path: Path,
) -> None:
    console = ExamConsole(tmp_path)
    console.begin_items()
    console.serve(bad=True)
    console.close()
    again = ExamConsole(tmp_path)
    assert again.window.parts.docks["navigator"].isVisible()
    assert again.window.parts.docks["panel"].isVisible()
    again.close()


def test_an_engine_that_ends_leaves_the_exam_in_good_order(
    console: ExamConsole,
) -> None:
    console.begin_items()
    console.serve(bad=True)
    console.fake.put_engine("restarting", "the engine ended by signal 9", 3.0)
    console.wait(0.1)
    assert console.window.parts.docks["navigator"].isVisible()
    assert console.teacher.activity is None
    assert "signal 9" in console.says("What is to be said")
    assert console.focus() == "Resume the exam"


def test_a_silent_engine_makes_no_item_stale(console: ExamConsole) -> None:
    console.begin_items()
    console.serve(bad=True)
    console.fake.put_engine("silent", "silent for 5 s", 5.0)
    console.wait(2.0)
    assert {tile.status() for tile in console.tiles()} == {Status.NOT_CHECKED}
    assert console.teacher.activity is not None


def test_failures_in_a_row_are_said_and_return_tries_again(
    console: ExamConsole,
) -> None:
    console.runs.ready = None
    console.begin_items()
    console.wait(1.0)
    console.wait(1.0)
    assert console.teacher.activity.state == "paused"
    assert "Return tries again" in console.says("Why nothing is shown yet")
    console.runs.ready = True
    console.press(Qt.Key.Key_Return)
    console.serve(bad=True)
    assert not covered(console)


def test_the_whole_exam_by_keyboard_ends_on_its_result(console: ExamConsole) -> None:
    console.begin_items()
    for truth in "bgbg":
        console.serve(bad=truth == "b", seed=ord(truth))
        console.press("b" if truth == "b" else "g")
    assert [each.answer for each in answers(console)] == ["bad", "good", "bad", "good"]
    assert console.sees(QWidget, "Faults and false alarms")
    rates = console.find(QTableWidget, "Rates")
    assert rates.item(0, 1).text() == "2 of 2, 100 %"
    assert console.window.context.only is None
    assert console.focus() == "Back to the course"
    wanted: list[bool] = []
    console.parts.course_wanted.connect(lambda: wanted.append(True))
    console.press(Qt.Key.Key_Return)
    assert wanted == [True]
