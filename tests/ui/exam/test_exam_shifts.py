"""Practice over the normal console, by keyboard alone."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QPushButton, QWidget
from support.exam_scene import ExamConsole, FakePractice
from support.fake_session import DEPTH1, TIME
from support.instructed import OCCUPANCY, instructed_session

from dqmconsole.shift.pages import PageName
from dqmconsole.training.practice import Feedback
from dqmconsole.ui.text import SafeText
from dqmconsole.ui.training.pages import sentence
from dqmconsole.ui.training.practice_view import FeedbackCard, left_words

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

pytestmark = [pytest.mark.usefixtures("qapp"), pytest.mark.slow]
SHIFT = Qt.KeyboardModifier.ShiftModifier


@pytest.fixture
def console(tmp_path: Path) -> Iterator[ExamConsole]:
    made = ExamConsole(tmp_path)
    yield made
    made.close()


def practise(console: ExamConsole) -> FakePractice:
    console.parts.open_practice()
    console.press(Qt.Key.Key_Return)
    console.fake.open("/runs/practice", banner="TRAINING")
    console.serve(bad=True)
    console.window.parts.view.show_page(PageName("Hcal", "Timing"))
    console.window.parts.view.back()
    console.wait(0)
    practice = console.teacher.activity
    assert isinstance(practice, FakePractice)
    return practice


def tell(console: ExamConsole, *feedback: Feedback) -> None:
    practice = console.teacher.activity
    assert isinstance(practice, FakePractice)
    practice.feedback = (*practice.feedback, *feedback)
    console.wait(0.1)


def text(console: ExamConsole) -> str:
    return console.find(SafeText, "What was said of the finding").toPlainText()


def test_the_time_left_is_shown_and_verdicts_too(console: ExamConsole) -> None:
    practice = practise(console)
    assert console.says("Practice shift: time left") == "15 min left"
    practice.left = 61.0
    console.wait(1.0)
    assert console.says("Practice shift: time left") == "61 s left"
    assert not console.fake.blinded
    assert console.window.context.only is None
    assert console.window.parts.docks["navigator"].isVisible()


@pytest.mark.parametrize(
    ("seconds", "said"),
    [
        (900.0, "15 min left"), (841.0, "15 min left"), (90.0, "2 min left"),
        (89.2, "90 s left"), (0.2, "1 s left"), (-3.0, "0 s left"),
    ],
)  # fmt: skip
def test_the_time_left_is_rounded_up_and_never_below_none(
    seconds: float, said: str
) -> None:
    assert left_words(seconds) == said


@pytest.mark.parametrize(
    ("words", "said"),
    [("the engine ended.", "The engine ended."), ("of 3", "Of 3."), (" ", "")],
)
def test_sentences_have_a_capital_and_one_full_stop(words: str, said: str) -> None:
    assert sentence(words) == said


def test_feedback_says_what_was_right_and_leads_to_the_plot(
    console: ExamConsole,
) -> None:
    practise(console)
    holder = console.focus()
    tell(console, Feedback("Right: a board is lost.", DEPTH1, right=True))
    assert console.says("Right or wrong") == "Right"
    said = text(console)
    assert "A board is lost" in said or "a board is lost" in said
    assert "To be seen in Hcal › Digi occupancy, Occupancy, depth 1" in said
    assert "BAD since LS 402. 8 of 82" in said
    assert console.focus() == holder  # it takes nothing from who works
    console.press(Qt.Key.Key_F4)
    assert console.focus() == "What was said of the finding"
    console.press(Qt.Key.Key_Return)
    view = console.window.parts.view
    assert view.selected is not None
    assert view.selected.key == DEPTH1
    console.press(Qt.Key.Key_Escape)
    assert not console.sees(FeedbackCard, "Feedback")
    assert view.on_page


def test_what_the_feedback_says_already_is_not_said_twice(
    console: ExamConsole,
) -> None:
    practise(console)
    verdict = console.fake.mailbox.judged(DEPTH1)
    assert verdict is not None
    words = f"Not found yet: {verdict.sentence}"
    tell(console, Feedback(words, DEPTH1, right=False))
    assert console.says("Right or wrong") == "Not right"
    assert text(console).count(verdict.sentence) == 1


def test_the_step_of_the_instruction_is_told(console: ExamConsole) -> None:
    taught = instructed_session().site
    assert taught is not None
    console.fake.taught = msgspec.structs.replace(
        console.fake.taught, instructions=taught.instructions
    )
    practise(console)
    (steps,) = [each.steps for each in taught.instructions if each.id == OCCUPANCY]
    tell(console, Feedback("No.", DEPTH1, right=False, instruction=OCCUPANCY, step=1))
    assert f"The instruction {OCCUPANCY}, step 1: " in text(console)
    assert len(text(console).split("step 1: ")[1]) > 10
    assert steps
    tell(console, Feedback("No.", DEPTH1, right=False, instruction=OCCUPANCY, step=99))
    assert text(console).endswith("step 99.")


def test_the_latest_feedback_counts(console: ExamConsole) -> None:
    practise(console)
    first = Feedback("One.", DEPTH1, right=True)
    tell(console, first, Feedback("Two.", TIME, right=False))
    assert "Two." in text(console)
    assert "Pulse time, HE" in text(console)
    console.press(Qt.Key.Key_Escape)
    console.wait(1.0)
    assert not console.sees(FeedbackCard, "Feedback")


def test_the_card_covers_no_plot(console: ExamConsole) -> None:
    practise(console)
    tell(console, Feedback("One.", DEPTH1, right=True))
    card = console.find(FeedbackCard, "Feedback")
    bottom = card.mapTo(console.window, card.rect().bottomLeft()).y()
    for tile in console.tiles():
        assert tile.mapTo(console.window, tile.rect().topLeft()).y() > bottom


def test_words_are_written_as_they_are(console: ExamConsole) -> None:
    practise(console)
    words = "a_b_c *x* [y](page:Z) <b>1</b> # 2"
    tell(console, Feedback(words, "", right=False))
    assert text(console) == words
    assert console.find(SafeText, "What was said of the finding").links == []


def test_a_practice_is_ended_by_keyboard(console: ExamConsole) -> None:
    practice = practise(console)
    console.press(Qt.Key.Key_Escape, SHIFT)
    assert console.says("Question") == "End the practice?"
    console.press(Qt.Key.Key_Return)  # stays
    assert not console.sees(QWidget, "Leave or stay")
    assert not practice.over
    console.press(Qt.Key.Key_Escape, SHIFT)
    console.press(Qt.Key.Key_Tab)
    assert console.focus() == "End it now"
    console.press(Qt.Key.Key_Return)
    assert practice.over
    assert console.says("Page").startswith("Result of the practice")
    assert not console.sees(QWidget, "Practice shift")


def test_what_is_open_when_the_time_is_over_gives_way(console: ExamConsole) -> None:
    practice = practise(console)
    book = console.window.parts.docks["book"]
    book.show()
    console.press(Qt.Key.Key_V)
    sheets = console.training.part.sheets
    assert any(sheet.isVisible() for sheet in sheets)
    practice.over = True
    console.wait(0.1)
    assert not any(sheet.isVisible() for sheet in sheets)
    assert not book.isVisible()
    assert console.focus() == "Back to the course"


def test_esc_closes_the_question_first(console: ExamConsole) -> None:
    practise(console)
    tell(console, Feedback("One.", DEPTH1, right=True))
    console.press(Qt.Key.Key_Escape, SHIFT)
    console.press(Qt.Key.Key_Escape)
    assert not console.sees(QWidget, "Leave or stay")
    assert console.sees(FeedbackCard, "Feedback")


def test_the_bar_opens_the_finding(console: ExamConsole) -> None:
    practise(console)
    console.find(QPushButton, "Say what is wrong").click()
    assert console.sees(QWidget, "Finding")
