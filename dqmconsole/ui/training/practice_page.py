"""The page before practice: how long, what kind of run, and how hard."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QComboBox, QFormLayout, QHBoxLayout

from dqmconsole.model.layout import RUN_TYPES
from dqmconsole.ui.training.training_page import Panel, TrainingPage, push_button

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dqmconsole.training.trainer import Trainer

MINUTES = (10, 15, 20, 30, 45, 60)
DIFFICULTIES = ("easy: large and clear", "medium", "hard: small, more harmless events")


class PracticePage(TrainingPage):
    """Chooses a simulated shift, and begins it.

    Args:
        trainer: begins it.

    Signals:
        course_wanted: back to the course.
    """

    course_wanted = Signal()

    def __init__(self, trainer: Trainer) -> None:
        super().__init__("Practice")
        self._trainer = trainer
        panel = Panel("A simulated shift")
        panel.add_facts(
            (
                "Faults and harmless events come unannounced, as in a shift.",
                "Say what is wrong with V. You are told at once whether it was right, "
                "where it was to be seen, and what the instruction says.",
                "Nothing of it counts in the exam, and nothing reaches the elog.",
            )
        )
        self._minutes = self._choice("Minutes", [f"{each} min" for each in MINUTES])
        self._minutes.setCurrentIndex(1)
        self._run_type = self._choice("Type of run", RUN_TYPES)
        self._difficulty = self._choice("Difficulty", DIFFICULTIES)
        form = QFormLayout()
        form.setContentsMargins(0, 8, 0, 8)
        form.setHorizontalSpacing(18)
        form.setVerticalSpacing(8)
        for box in (self._minutes, self._run_type, self._difficulty):
            form.addRow(box.accessibleName(), box)
        panel.column.addLayout(form)
        self._button = push_button(
            "Begin the practice   Return", "Begin the practice", self._begin
        )
        row = QHBoxLayout()
        row.addWidget(self._button)
        row.addStretch(1)
        panel.column.addLayout(row)
        self.content.addWidget(panel)
        self.content.addStretch(1)
        back = push_button(
            "Back to the course", "Back to the course", self.course_wanted.emit
        )
        self.foot.addWidget(back)

    def open(self) -> None:
        """Give it the keyboard."""
        who = self._trainer.who
        self.said.show_words("" if who else "Say your name on the course page first.")
        self._button.setEnabled(bool(who))
        first = self._button if who else self._minutes
        first.setFocus(Qt.FocusReason.OtherFocusReason)

    def _begin(self) -> None:
        refused = self._trainer.begin_practice(
            float(MINUTES[self._minutes.currentIndex()]),
            RUN_TYPES[self._run_type.currentIndex()],
            self._difficulty.currentIndex() + 1,
        )
        if refused:
            self.said.show_words(f"It has not begun: {refused}.")

    def _choice(self, name: str, words: Sequence[str]) -> QComboBox:
        box = QComboBox()
        box.setAccessibleName(name)
        box.addItems(list(words))
        box.setFixedWidth(280)
        return box
