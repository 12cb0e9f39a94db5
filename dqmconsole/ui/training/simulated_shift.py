"""Scenario and practice: a bar with the time left over the normal console."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QKeySequence, QShortcut

from dqmconsole.training.practice import Practice
from dqmconsole.ui.training.exam_words import left_words
from dqmconsole.ui.training.feedback_card import FeedbackCard
from dqmconsole.ui.training.slim_bar import SlimBar
from dqmconsole.ui.training_handlers import say_what_is_wrong

if TYPE_CHECKING:
    from dqmconsole.training.scenario import Scenario
    from dqmconsole.ui.context import Context
    from dqmconsole.ui.theme import Theme

LEAVE_KEY = "Shift+Esc"


class ShiftView(QObject):
    """Shows the time of a scenario or practice; of practice the feedback too.

    Args:
        context: the window's parts.
        theme: the colours.

    Attributes:
        bar: the bar over the page.
        card: the latest feedback, under the bar.

    Signals:
        leave_wanted: somebody wants to leave or end it.
    """

    leave_wanted = Signal()

    def __init__(self, context: Context, theme: Theme) -> None:
        super().__init__(context.window)
        self._context = context
        self._shift: Scenario | Practice | None = None
        self._whole = 1.0
        self._told = 0
        self.bar = SlimBar("Simulated shift", theme)
        self.bar.add_button("Say what is wrong: V", "Say what is wrong", self._find)
        self._end = self.bar.add_button("", "Leave or end it", self.leave_wanted.emit)
        self.card = FeedbackCard(context, theme)
        self._key = QShortcut(QKeySequence(LEAVE_KEY), context.window)
        self._key.activated.connect(self.leave_wanted)
        self._key.setEnabled(False)

    def begin(self, shift: Scenario | Practice) -> None:
        """Show a scenario or practice from now on."""
        self._shift = shift
        self._whole = max(shift.left, 1.0)
        self._told = 0
        self._key.setEnabled(True)
        practice = isinstance(shift, Practice)
        self.bar.show_words("Practice" if practice else "Exam, second part: scenario")
        self._end.setText(f"{'End' if practice else 'Leave or end'}: {LEAVE_KEY}")
        self.bar.show()
        self._context.view.forget_pictures()

    def end(self) -> None:
        """Take bar and feedback away; nothing when they are."""
        if self._shift is None:
            return
        self._shift = None
        self._key.setEnabled(False)
        self.bar.hide()
        self.card.dismiss()

    def look(self, shift: Scenario | Practice) -> None:
        """Show how far it has come; once per look, after its own."""
        if shift is not self._shift:
            self.begin(shift)
        self.bar.show_time(left_words(shift.left), shift.left / self._whole)
        if isinstance(shift, Practice) and len(shift.feedback) > self._told:
            self._told = len(shift.feedback)
            self.card.show_feedback(shift.feedback[-1])

    def set_theme(self, theme: Theme) -> None:
        """Draw in another theme."""
        self.bar.set_theme(theme)
        self.card.set_theme(theme)

    def _find(self) -> None:
        say_what_is_wrong(self._context)
