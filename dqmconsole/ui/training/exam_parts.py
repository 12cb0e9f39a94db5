"""Exam and practice in the window: what lies where, and what is shown next.

The pages go into the view's middle, the bars and the feedback into its column;
`close` puts docks and commands back.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from dqmconsole.training.exam import Exam
from dqmconsole.training.lesson import teaching
from dqmconsole.training.practice import Practice
from dqmconsole.ui.training.exam_items import ItemView
from dqmconsole.ui.training.exam_page import ExamPage
from dqmconsole.ui.training.exam_result import ResultPage
from dqmconsole.ui.training.exam_room import ExamRoom
from dqmconsole.ui.training.leave_sheet import LeaveSheet
from dqmconsole.ui.training.practice_page import PracticePage
from dqmconsole.ui.training.practice_view import PracticeView

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from PySide6.QtWidgets import QWidget

    from dqmconsole.training.trainer import Trainer
    from dqmconsole.ui.overlay import Overlay
    from dqmconsole.ui.parts import Parts
    from dqmconsole.ui.theme import Theme


class ExamParts(QObject):
    """Everything of the window that shows exam and practice.

    Args:
        parts: what the parts work with.
        trainer: what goes on.
        theme: the colours.
        find: asks what is wrong with the selected plot.
        sheets: gives all sheets of the window, which a result closes.

    Attributes:
        pages: before the exam, before practice, and the result.
        items, shift: what shows the items, and practice.
        leave: the question whether to leave.

    Signals:
        course_wanted: somebody wants back to the course.
    """

    course_wanted = Signal()

    def __init__(
        self,
        parts: Parts,
        trainer: Trainer,
        theme: Theme,
        find: Callable[[], None],
        sheets: Callable[[], Sequence[Overlay]],
    ) -> None:
        super().__init__(parts.context.window)
        self._parts, self._trainer, self._all_sheets = parts, trainer, sheets
        self._shown: Exam | Practice | None = None
        self.room = ExamRoom(parts)
        self.intro = ExamPage(trainer)
        self.practice = PracticePage(trainer)
        self.result = ResultPage()
        self.items = ItemView(parts, theme, self.room, trainer.monotonic)
        self.shift = PracticeView(parts, theme, find)
        self.leave = LeaveSheet(parts.context.window)
        for bar in (self.items.bar, self.shift.bar, self.shift.card):
            parts.view.add_bar(bar)
        for page in (self.intro, self.practice, self.result):
            page.course_wanted.connect(self.course_wanted)
        self.items.leave_wanted.connect(self._ask)
        self.items.broken.connect(self._break_off)
        self.shift.leave_wanted.connect(self._ask)
        self.leave.left.connect(self._leave)
        self.leave.stayed.connect(lambda: self.items.set_asking(False))

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
        self._parts.view.bring_guest(self.intro)
        self.intro.open()

    def open_practice(self) -> None:
        """Show the page before practice."""
        self._parts.view.bring_guest(self.practice)
        self.practice.open()

    def look(self, _now: float) -> None:
        """Show what goes on; once per look, after the trainer's own."""
        activity = self._trainer.activity
        going = activity if isinstance(activity, Exam | Practice) else None
        if going is not self._shown:
            self._stop()
            self._shown = going
        if isinstance(going, Exam):
            if going.state == "over":
                self._show_exam(going)
            else:
                self.items.look(going)
        elif going is not None:
            self.shift.look(going)
            if going.over:
                self._show_marks(going)

    def band_words(self) -> tuple[str, str]:
        """Words of the band over everything: what goes on, and how to leave it."""
        if self._shown is None:
            return "", ""
        if isinstance(self._shown, Exam):
            return "Exam   nothing here is live", "Esc leave"
        return "Practice   simulated run, nothing here is real", "Shift+Esc end"

    def close(self) -> None:
        """Put everything back: the window remembers how it is arranged."""
        self.items.end()

    def set_theme(self, theme: Theme) -> None:
        """Draw in another theme."""
        self.items.set_theme(theme)
        self.shift.set_theme(theme)

    # -- inside ------------------------------------------------------------------------

    def _show_exam(self, exam: Exam) -> None:
        self._end()
        if exam.score is None:
            self.open_exam()
            return
        site = self._trainer.site
        causes = teaching(site).causes
        self.result.show_exam(self._trainer.who, exam.score, exam.spent, causes)
        self._show_result()

    def _show_marks(self, practice: Practice) -> None:
        self._end()
        site = self._trainer.site
        causes = teaching(site).causes
        self.result.show_marks(self._trainer.who, practice.marks, causes)
        self._show_result()

    def _show_result(self) -> None:
        """Show the result, and nothing over it: whatever was open came too late."""
        for sheet in self._all_sheets():
            if sheet.isVisible():
                sheet.dismiss()
        self._parts.view.bring_guest(self.result)
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

    def _ask(self) -> None:
        if self.leave.isVisible():
            self.leave.dismiss()
        elif isinstance(self._shown, Exam):
            self.items.set_asking(True)
            self.leave.ask(
                "Leave the exam?",
                "What you answered is kept, and the exam can be resumed. The page in "
                "view is spent: another one takes its place. Its time goes on while "
                "you decide.",
                "Leave",
            )
        elif self._shown is not None:
            self.leave.ask(
                "End the practice?",
                "It is scored as it stands; it cannot be taken up again.",
                "End it now",
            )

    def _leave(self) -> None:
        if isinstance(self._shown, Practice):
            self._shown.end()  # the next look shows its marks
            return
        self._end()
        self.open_exam()

    def _break_off(self, why: str) -> None:
        """The engine ended: the item is spent, the exam waits in the book."""
        self._end()
        self.open_exam()
        self.intro.said.show_words(
            f"The exam was left, for the engine ended ({why}). Resume it when you like."
        )
