"""The page before the exam: what it is, how long, and how it is scored."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QPushButton

from dqmconsole.model.training import ExamBegan, ItemAnswered
from dqmconsole.ui.guidance.labels import PlainLabel
from dqmconsole.ui.start.words import day_words
from dqmconsole.ui.training.exam_words import items_claim, items_facts, scenario_facts
from dqmconsole.ui.training.training_page import Panel, TrainingPage, push_button

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Literal

    from dqmconsole.model.record import Record
    from dqmconsole.training.trainer import Trainer


class ExamIntro(TrainingPage):
    """Says what the exam is; begins a part of it, or takes one up again.

    Args:
        trainer: begins and resumes.

    Signals:
        course_wanted: back to the course.
    """

    course_wanted = Signal()

    def __init__(self, trainer: Trainer) -> None:
        super().__init__("Exam")
        self._trainer = trainer
        self._buttons: list[QPushButton] = []
        self._panels: list[Panel] = []
        self._lead = PlainLabel(
            "What the exam is",
            words="The exam has two parts, scored apart: pages at one moment tell how "
            "well you see; a simulated shift tells what you do about it. Its plan is "
            "drawn by lot and sealed before it begins. Your score is kept in the book "
            "under your name.",
        )
        self.content.addWidget(self._lead)
        self.content.addStretch(1)
        back = push_button("Back to the course", "Back to the course", self._back)
        self.foot.addWidget(back)

    def open(self) -> None:
        """Write it with what is true now, and give it the keyboard."""
        for panel in self._panels:
            self.content.removeWidget(panel)
            panel.deleteLater()
        self._panels, self._buttons = [], []
        trainer = self._trainer
        settings = trainer.site.exam if trainer.site is not None else None
        if settings is None:
            self.said.show_words(
                "This site has no exam (instructions/lessons/exam.yaml)."
            )
            return
        self.said.show_words(
            "" if trainer.who else "Say your name on the course page first."
        )
        self._add(
            "items", "First part: items", items_facts(settings), items_claim(settings)
        )
        self._add("scenario", "Second part: a scenario", scenario_facts(settings), "")
        self._panels[0].set_aside(f"{settings.items} pages")
        self._panels[1].set_aside(f"{settings.scenario_minutes:.0f} min")
        self.focus_first()

    def focus_first(self) -> None:
        """Give the keyboard to the part that waits, else to the first."""
        waiting = [each for each in self._buttons if each.property("resumes")]
        for button in (waiting or self._buttons)[:1]:
            button.setFocus(Qt.FocusReason.OtherFocusReason)

    def _add(
        self,
        part: Literal["items", "scenario"],
        title: str,
        facts: tuple[str, ...],
        claim: str,
    ) -> None:
        panel = Panel(title)
        panel.add_facts(facts)
        if claim:
            label = PlainLabel(f"{title}: what it takes", role="muted", words=claim)
            panel.column.addWidget(label)
        row = QHBoxLayout()
        row.setSpacing(10)
        waiting = [
            record
            for record in self._trainer.resumable()
            if isinstance(record.body, ExamBegan) and record.body.part == part
        ]
        short = "the items" if part == "items" else "the scenario"
        for record in waiting[-1:]:
            words = self._begun_words(record)
            resume = push_button(
                f"Resume {short}   Return", f"Resume {short}", self._resume(record)
            )
            resume.setProperty("resumes", True)
            row.addWidget(resume)
            row.addWidget(PlainLabel(f"{title}: begun", role="muted", words=words), 1)
            self._buttons.append(resume)
        if not waiting:
            begin = push_button(
                f"Begin {short}   Return", f"Begin {short}", self._begin(part)
            )
            begin.setEnabled(bool(self._trainer.who))
            row.addWidget(begin)
            row.addStretch(1)
            self._buttons.append(begin)
        panel.column.addSpacing(4)
        panel.column.addLayout(row)
        self._panels.append(panel)
        self.content.insertWidget(self.content.count() - 1, panel)
        panel.show()  # at once: what is not seen cannot have the keyboard

    def _begun_words(self, record: Record) -> str:
        when = day_words(record.made_at)
        body = record.body
        assert isinstance(body, ExamBegan)
        if body.part != "items":
            return f"begun {when}; the time that is left goes on"
        done = {
            each.body.number
            for each in self._trainer.ledger.records
            if isinstance(each.body, ItemAnswered) and each.body.exam == record.uid
        }
        return f"begun {when}; {len(done)} of {body.items} answered"

    def _begin(self, part: Literal["items", "scenario"]) -> Callable[[], None]:
        return lambda: self._say(self._trainer.begin_exam(part))

    def _resume(self, record: Record) -> Callable[[], None]:
        return lambda: self._say(self._trainer.resume(record))

    def _say(self, refused: str) -> None:
        if refused:
            self.said.show_words(f"It has not begun: {refused}.")

    def _back(self) -> None:
        self.course_wanted.emit()
