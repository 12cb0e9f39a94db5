"""Exam and practice in the window: what lies where, and who says what is next.

How the window uses it: `guests` go onto the view's stage, `sheets` are left by Esc,
`look` follows the trainer's own look, `band_words` stand on the band over everything
while an exam or practice goes on, and `course_wanted` leads back to the course. The
bars and the feedback put themselves into the view's own column; the room puts docks
and commands back by itself, also when the window closes.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QVBoxLayout, QWidget

from dqmconsole.training.exam import Exam
from dqmconsole.training.practice import Practice
from dqmconsole.training.scenario import Scenario
from dqmconsole.ui.training.exam_intro import ExamIntro
from dqmconsole.ui.training.exam_items import ItemView
from dqmconsole.ui.training.exam_result import ResultPage
from dqmconsole.ui.training.exam_room import ExamRoom
from dqmconsole.ui.training.exam_words import band_words, leave_words
from dqmconsole.ui.training.leave_sheet import LeaveSheet
from dqmconsole.ui.training.practice_page import PracticePage
from dqmconsole.ui.training.simulated_shift import ShiftView

if TYPE_CHECKING:
    from dqmconsole.training.trainer import Trainer
    from dqmconsole.ui.context import Context
    from dqmconsole.ui.overlay import Overlay
    from dqmconsole.ui.theme import Theme


class ExamParts(QObject):
    """Everything of the window that shows exam and practice.

    Args:
        context: what the parts work with.
        trainer: what goes on.
        theme: the colours.

    Attributes:
        intro, practice, result: pages in the middle of the window.
        items, shift: what shows the items; scenario and practice.
        leave: the question whether to leave.

    Signals:
        course_wanted: somebody wants back to the course.
    """

    course_wanted = Signal()

    def __init__(self, context: Context, trainer: Trainer, theme: Theme) -> None:
        super().__init__(context.window)
        self._context, self._trainer = context, trainer
        self._shown: Exam | Scenario | Practice | None = None
        self.room = ExamRoom(context)
        self.intro = ExamIntro(trainer)
        self.practice = PracticePage(trainer)
        self.result = ResultPage(theme)
        self.items = ItemView(context, theme, self.room, trainer.monotonic)
        self.shift = ShiftView(context, theme)
        self.leave = LeaveSheet(context.window)
        column = context.view.layout()
        assert isinstance(column, QVBoxLayout)
        for at, bar in enumerate((self.items.bar, self.shift.bar, self.shift.card)):
            column.insertWidget(at, bar)
        self._connect()

    @property
    def guests(self) -> tuple[QWidget, ...]:
        """The pages for the view's stage."""
        return (self.intro, self.practice, self.result)

    @property
    def sheets(self) -> tuple[Overlay, ...]:
        """What Esc closes, the topmost first."""
        return (self.leave, self.shift.card)

    def open_exam(self) -> None:
        """Show the page before the exam."""
        self._context.view.bring_guest(self.intro)
        self.intro.open()

    def open_practice(self) -> None:
        """Show the page before practice."""
        self._context.view.bring_guest(self.practice)
        self.practice.open()

    def look(self, _now: float) -> None:
        """Show what goes on; once per look, after the trainer's own."""
        activity = self._trainer.activity
        going = activity if isinstance(activity, Exam | Scenario | Practice) else None
        if going is not self._shown:
            self._stop()
            self._shown = going
        if isinstance(going, Exam):
            self._look_at_items(going)
        elif going is not None:
            self.shift.look(going)
            if going.over:
                self._show_marks(going)

    def band_words(self) -> tuple[str, str]:
        """Words of the band over everything: what goes on, and how to leave it."""
        return band_words(self._shown)

    def set_theme(self, theme: Theme) -> None:
        """Draw in another theme."""
        for part in (self.items, self.shift, self.result):
            part.set_theme(theme)

    # -- what goes on ----------------------------------------------------------------

    def _look_at_items(self, exam: Exam) -> None:
        if exam.state != "over":
            self.items.look(exam)
            return
        score, every, site = exam.score, exam.together, self._trainer.site
        self._end()
        if score is None or every is None or site is None or site.exam is None:
            self.open_exam()
            return
        self.result.show_items(self._trainer.who, score, every, site.exam)
        self._show_result()

    def _show_marks(self, shift: Scenario | Practice) -> None:
        marks, site = shift.marks, self._trainer.site
        what = "practice" if isinstance(shift, Practice) else "scenario"
        title = f"Result of the {what}: {self._trainer.who}"
        self._end()
        self.result.show_marks(title, marks, site.causes if site is not None else ())
        self._show_result()

    def _show_result(self) -> None:
        """Show the result, and nothing over it: whatever was open came too late."""
        training = self._context.training
        late = training.sheets if training is not None else self.sheets
        for sheet in (*self._context.shift_parts.sheets, *late):
            if sheet.isVisible():
                sheet.dismiss()
        self._context.view.bring_guest(self.result)
        self.result.focus_first()

    def _stop(self) -> None:
        """Take down what was shown; the trainer may have left by itself."""
        self.items.end()
        self.shift.end()
        self.leave.hide()
        self._shown = None

    def _end(self) -> None:
        self._trainer.leave()
        self._stop()

    # -- leaving -----------------------------------------------------------------------

    def _ask(self) -> None:
        going = self._shown
        if self.leave.isVisible():
            self.leave.dismiss()
            return
        if going is None:
            return
        if isinstance(going, Exam):
            self.items.set_asking(True)
        self.leave.ask(
            *leave_words(going),
            can_leave=not isinstance(going, Practice),
            can_end=not isinstance(going, Exam),
        )

    def _stay(self) -> None:
        self.items.set_asking(False)

    def _leave(self) -> None:
        self._end()
        self.open_exam()

    def _end_now(self) -> None:
        if isinstance(self._shown, Scenario | Practice):
            self._shown.end()

    def _break_off(self, why: str) -> None:
        """The engine ended: the item is spent, the exam waits in the book."""
        self._end()
        self.open_exam()
        self.intro.said.show_words(
            f"The exam was left, for the engine ended ({why}). Resume it when you like."
        )

    def _close(self) -> None:
        """The window closes: what is arranged now is put back by the room."""
        self.items.end()

    def _connect(self) -> None:
        for page in (self.intro, self.practice, self.result):
            page.course_wanted.connect(self.course_wanted)
        self.items.leave_wanted.connect(self._ask)
        self.items.broken.connect(self._break_off)
        self.shift.leave_wanted.connect(self._ask)
        self.leave.left.connect(self._leave)
        self.leave.ended.connect(self._end_now)
        self.leave.stayed.connect(self._stay)
        self.room.closing.connect(self._close)
