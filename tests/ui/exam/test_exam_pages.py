"""The pages before and after exam and practice, by keyboard alone."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QComboBox, QPushButton, QTableWidget, QWidget
from support.exam_scene import CAUSES, PAGES, SETTINGS, WHO, ExamConsole

from dqmconsole.model.training import ItemAnswered, Mark
from dqmconsole.training.aggregate import Aggregate
from dqmconsole.training.score import item_score
from dqmconsole.ui.theme import DARK, LIGHT
from dqmconsole.ui.training.exam_result import ResultPage, marks_table
from dqmconsole.ui.training.intervals import IntervalBars

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from pytestqt.qtbot import QtBot

pytestmark = pytest.mark.usefixtures("qapp")
FULL = msgspec.structs.replace(SETTINGS, items=100)


@pytest.fixture
def console(tmp_path: Path) -> Iterator[ExamConsole]:
    made = ExamConsole(tmp_path)
    yield made
    made.close()


def answers(
    hits: int, alarms: int, faults: int = 100, goods: int = 150, exam: str = "e"
) -> list[ItemAnswered]:
    found = []
    for number in range(faults + goods):
        fault = number < faults
        said = number < hits if fault else number - faults < alarms
        found.append(
            ItemAnswered(
                exam,
                number,
                answer="bad" if said else "good",
                seconds=12.0,
                truth="bad" if fault else "good",
                kind="fault" if fault else "harmless",
                family="readout" if fault else "beam",
                page=PAGES[0],
                automatic="bad" if fault else "good",
            )
        )
    return found


def shown(
    qtbot: QtBot,
    hits: int,
    alarms: int,
    before: Sequence[ItemAnswered] = (),
    **many: int,
) -> ResultPage:
    page = ResultPage(LIGHT)
    qtbot.addWidget(page)
    given = answers(hits, alarms, **many)
    score = item_score(given, FULL)
    every = item_score(given + list(before), FULL)
    exams = {each.exam for each in (*given, *before)}
    page.show_items(WHO, score, Aggregate("s", every, len(exams), 0, 1.8e9), FULL)
    page.resize(1000, 900)
    page.show()
    return page


def words(page: QWidget) -> str:
    said = [w.text() for w in page.findChildren(QWidget) if hasattr(w, "text")]
    return "\n".join(map(str, said))


def test_before_the_exam_all_is_said(console: ExamConsole) -> None:
    console.parts.open_exam()
    console.wait(0)
    said = words(console.parts.intro)
    for each in ("4 pages", "at most 30 s", "60\u00a0%", "Nothing is hinted", "resumed",
                 "On fewer than 100 faults nobody passes or fails", "About 100 faults",
                 "every one counts",
                 "30 minutes", "scored apart"):  # fmt: skip
        assert each in said, each
    assert console.focus() == "Begin the items"
    console.press(Qt.Key.Key_Tab)
    assert console.focus() == "Begin the scenario"
    console.press(Qt.Key.Key_Return)
    assert console.teacher.begun == ("scenario",)
    assert (
        console.says("Simulated shift: what goes on") == "Exam, second part: scenario"
    )


def test_a_refusal_is_said_and_nothing_is_put_aside(console: ExamConsole) -> None:
    console.teacher.refuses = "the layouts changed since it began"
    console.begin_items()
    assert "the layouts changed" in console.says("What is to be said")
    assert console.window.context.only is None
    assert not console.fake.blinded


def test_without_a_name_nothing_begins(console: ExamConsole) -> None:
    console.teacher.who = ""
    console.parts.open_exam()
    console.wait(0)
    assert "name" in console.says("What is to be said")
    assert not console.find(QPushButton, "Begin the items").isEnabled()
    console.parts.open_practice()
    console.wait(0)
    assert not console.find(QPushButton, "Begin the practice").isEnabled()


def test_a_site_without_an_exam_says_so(console: ExamConsole) -> None:
    assert console.teacher.site is not None
    console.teacher.site = msgspec.structs.replace(console.teacher.site, exam=None)
    console.parts.open_exam()
    assert "no exam" in console.parts.intro.said.text()


def test_practice_is_chosen_by_keyboard(console: ExamConsole) -> None:
    console.parts.open_practice()
    console.wait(0)
    assert console.focus() == "Begin the practice"
    box = console.find(QComboBox, "Minutes")
    box.setFocus()
    console.press(Qt.Key.Key_Down)
    console.press(Qt.Key.Key_Tab)
    console.press(Qt.Key.Key_Down)
    console.press(Qt.Key.Key_Tab)
    console.press(Qt.Key.Key_Down)
    console.press(Qt.Key.Key_Down)
    console.press(Qt.Key.Key_Tab)
    console.press(Qt.Key.Key_Return)
    assert console.teacher.begun == ((20.0, "cosmics", 3),)
    assert console.says("Simulated shift: what goes on") == "Practice"


def test_a_result_shows_each_measure_with_its_interval_beside_the_console(
    qtbot: QtBot,
) -> None:
    page = shown(qtbot, hits=90, alarms=15)
    said = words(page)
    assert "Passed" in said
    assert "You: 90 of 100, 90\u00a0% (83\u00a0% to 94\u00a0%)" in said
    assert "Console: 100 of 100, 100\u00a0% (96\u00a0% to 100\u00a0%)" in said
    assert "You: 15 of 150, 10\u00a0% (6\u00a0% to 16\u00a0%)" in said
    assert "All your sittings" not in said
    assert "Faults from 82.6 % (needed: 60 %)" in said
    assert "Holds until 2027-01-15." in said
    bars = {bar.accessibleName(): bar for bar in page.findChildren(IntervalBars)}
    assert {"Faults found", "False alarms", "Criterion c", "Readout", "Beam"} < set(
        bars
    )
    assert all(bar.accessibleDescription() for bar in bars.values())
    assert "12 s, the median" in said
    assert "quality results" in said


def test_a_long_result_is_scrolled_by_keyboard(qtbot: QtBot) -> None:
    page = shown(qtbot, hits=36, alarms=6)
    page.resize(900, 400)
    page.focus_first()
    bar = page.area.verticalScrollBar()
    back = page.findChild(QPushButton)
    qtbot.keyClick(back, Qt.Key.Key_Down)
    assert bar.value() > 0
    qtbot.keyClick(back, Qt.Key.Key_Up)
    assert bar.value() == 0


def test_few_faults_neither_pass_nor_fail(qtbot: QtBot) -> None:
    page = shown(qtbot, hits=40, alarms=0, faults=40, goods=60)
    said = words(page)
    assert "Neither passed nor failed yet" in said
    assert "40 of 100 faults so far: two more sittings of 100 items." in said
    assert "Passed" not in said
    assert "Holds" not in said


def test_this_sitting_and_all_together_are_both_shown(qtbot: QtBot) -> None:
    before = answers(10, 30, faults=40, goods=60, exam="first")
    before += answers(10, 30, faults=40, goods=60, exam="second")
    page = shown(qtbot, 40, 0, before, faults=40, goods=60)
    said = words(page)
    assert "Not passed" in said  # this one alone would have been perfect
    assert "three sittings together" in said
    assert said.index("All your sittings together") < said.index("This sitting")
    assert "You: 60 of 120, 50" in said
    assert "You: 40 of 40, 100" in said
    assert "every one counts" in said


def test_a_failed_exam_says_so(qtbot: QtBot) -> None:
    assert "Not passed" in words(shown(qtbot, hits=10, alarms=40))


def test_only_good_pages_have_no_sensitivity(qtbot: QtBot) -> None:
    page = shown(qtbot, hits=0, alarms=3, faults=0)
    assert "needs both faults and good pages" in words(page)
    assert page.grab().width() == 1000  # and it is drawn without it


def test_a_theme_is_drawn_anew(qtbot: QtBot) -> None:
    page = shown(qtbot, hits=36, alarms=6)
    bar = page.findChildren(IntervalBars)[0]
    before = bar.grab().toImage()
    page.set_theme(DARK)
    assert bar.grab().toImage() != before


def test_bars_show_where_the_interval_lies(qtbot: QtBot) -> None:
    ink = LIGHT.ink.lower()

    def dots(page: ResultPage) -> list[int]:
        image = page.findChildren(IntervalBars)[0].grab().toImage()
        y = 8
        return [x for x in range(image.width()) if image.pixelColor(x, y).name() == ink]

    low = dots(shown(qtbot, hits=10, alarms=15))
    high = dots(shown(qtbot, hits=95, alarms=15))
    assert max(low) < min(high[-3:])


def test_marks_stand_in_a_table(qtbot: QtBot) -> None:
    marks = (
        Mark("fed-lost:Hcal@6*2", "cause", 1, 1, "rightly named"),
        Mark("fed-lost:Hcal@6*2", "time", 0.5, 1, "", 140.0),
        Mark("", "false alarm", -1, 0, "nothing was wrong"),
    )
    table = marks_table(marks, CAUSES)
    qtbot.addWidget(table)

    def row(number: int) -> list[str]:
        cells = [table.item(number, column) for column in range(table.columnCount())]
        return [cell.text() if cell is not None else "" for cell in cells]

    first = "A front-end driver sends nothing (Hcal), from LS 6"
    assert row(0) == [first, "cause", "1 of 1", "rightly named"]
    assert row(1) == ["", "time", "0.5 of 1", "2 min"]
    assert row(2) == ["Besides", "false alarm", "−1", "nothing was wrong"]


def test_a_scenario_ends_on_its_marks(console: ExamConsole) -> None:
    console.parts.open_exam()
    console.press(Qt.Key.Key_Tab)
    console.press(Qt.Key.Key_Return)
    scenario = console.teacher.activity
    scenario.marks = (Mark("fed-lost:Hcal@6", "found", 1, 1, "said of Hcal"),)
    scenario.over = True
    console.wait(1.0)
    assert console.says("Page") == f"Result of the scenario: {WHO}"
    assert console.find(QTableWidget, "Marks").rowCount() == 1
    assert console.sees(QWidget, "1 of 1 points")
    assert console.teacher.activity is None
    console.press(Qt.Key.Key_Return)
    assert not console.sees(QTableWidget, "Marks")
