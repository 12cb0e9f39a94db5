"""The page before the exam: what it is, how long, and how to take one up again."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout

from dqmconsole.model.moment import day_words
from dqmconsole.training.exam_history import place_of
from dqmconsole.training.lesson import teaching
from dqmconsole.training.records import ExamBegan
from dqmconsole.ui.labels import PlainLabel
from dqmconsole.ui.training.training_page import Panel, TrainingPage, push_button

if TYPE_CHECKING:
    from dqmconsole.model.record import Record
    from dqmconsole.training.lesson import ExamSettings
    from dqmconsole.training.trainer import Trainer


class ExamPage(TrainingPage):
    """Says what the exam is; begins one, or takes one up again.

    Args:
        trainer: begins and resumes.

    Signals:
        course_wanted: back to the course.
    """

    course_wanted = Signal()

    def __init__(self, trainer: Trainer) -> None:
        super().__init__("Exam")
        self._trainer = trainer
        self._panel: Panel | None = None
        self.content.addStretch(1)
        back = push_button(
            "Back to the course", "Back to the course", self.course_wanted.emit
        )
        self.foot.addWidget(back)

    def open(self) -> None:
        """Show it with what is true now, and give it the keyboard."""
        if self._panel is not None:
            self.content.removeWidget(self._panel)
            self._panel.deleteLater()
            self._panel = None
        trainer = self._trainer
        exam = teaching(trainer.site).exam
        if exam is None:
            self.said.show_words(
                "This site has no exam (instructions/lessons/exam.yaml)."
            )
            return
        self.said.show_words(
            "" if trainer.who else "Say your name on the course page first."
        )
        self._panel = panel = Panel("The exam")
        panel.set_aside(f"{exam.items} pages")
        panel.add_facts(_facts(exam))
        waiting = next(reversed(trainer.resumable()), None)
        row = QHBoxLayout()
        row.setSpacing(10)
        if waiting is not None:
            button = push_button(
                "Resume the exam   Return",
                "Resume the exam",
                lambda: self._say(trainer.resume(waiting)),
            )
            row.addWidget(button)
            words = self._begun_words(waiting)
            row.addWidget(PlainLabel("The exam: begun", role="muted", words=words), 1)
        else:
            button = push_button(
                "Begin the exam   Return",
                "Begin the exam",
                lambda: self._say(trainer.begin_exam()),
            )
            button.setEnabled(bool(trainer.who))
            row.addWidget(button)
            row.addStretch(1)
        panel.column.addSpacing(4)
        panel.column.addLayout(row)
        self.content.insertWidget(0, panel)
        panel.show()  # at once: what is not seen cannot have the keyboard
        button.setFocus(Qt.FocusReason.OtherFocusReason)

    def _begun_words(self, record: Record) -> str:
        assert isinstance(record.body, ExamBegan)
        answered = place_of(self._trainer.ledger.records, record.uid).answered
        return (
            f"begun {day_words(record.made_at)}; "
            f"{len(answered)} of {record.body.items} answered"
        )

    def _say(self, refused: str) -> None:
        if refused:
            self.said.show_words(f"It has not begun: {refused}.")


def _facts(exam: ExamSettings) -> tuple[str, ...]:
    """What one must know before it begins."""
    longest = math.ceil(exam.items * exam.seconds / 60)
    return (
        f"{exam.items} pages, one after the other, at most {exam.seconds:.0f} s each: "
        f"{longest} minutes at the most.",
        "Each page is shown alone, as it was at one moment of a simulated run, or of "
        "one that was kept. What the console says of it is hidden; references and "
        "known problems stay.",
        "In about half of the pages there is a fault. In the others nothing is wrong, "
        "though something harmless may go on.",
        "Select the plot and press B when something is wrong, G when there is nothing "
        "to report. No answer in time counts as nothing to report.",
        "Nothing is hinted, and nothing is said of an answer before the end. Then you "
        "see how many faults you found, how many false alarms you raised, and which "
        "pages you judged wrongly. Your answers are kept in the book under your name.",
        "It can be left at any time and resumed later, also after a crash. The page in "
        "view is spent then; another one of its kind takes its place.",
    )
