"""Exam and practice in the window: what lies where, and what is shown next.

The pages go into the view's middle, the bars and the feedback into its column;
`close` puts docks and commands back.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from dqmconsole.model.words import counted
from dqmconsole.training.exam import Exam
from dqmconsole.training.lesson import teaching
from dqmconsole.training.passing import result_of
from dqmconsole.training.practice import Practice
from dqmconsole.training.replay import Replay
from dqmconsole.ui.overlay import is_covered
from dqmconsole.ui.training.exam_items import ItemView
from dqmconsole.ui.training.pages import ExamPage, PracticePage, sentence
from dqmconsole.ui.training.practice_view import PracticeView
from dqmconsole.ui.training.replay_view import ReplayView
from dqmconsole.ui.training.result import ResultPage
from dqmconsole.ui.training.sheets import LeaveSheet

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from dqmconsole.training.exam_history import PastExam
    from dqmconsole.training.lesson import ExamName
    from dqmconsole.training.trainer import Trainer
    from dqmconsole.ui.overlay import Overlay
    from dqmconsole.ui.parts import Parts


class ExamParts(QObject):
    """Everything of the window that shows exam and practice.

    Args:
        parts: what the parts work with.
        trainer: what goes on.
        find: asks what is wrong with the selected plot.
        sheets: gives all sheets of the window, which a result closes.

    Attributes:
        items, shift, replay: what shows the items, practice, and the items again.

    Signals:
        course_wanted: somebody wants back to the course.
    """

    course_wanted = Signal()

    def __init__(
        self,
        parts: Parts,
        trainer: Trainer,
        find: Callable[[], None],
        sheets: Callable[[], Sequence[Overlay]],
    ) -> None:
        super().__init__(parts.context.window)
        self._parts, self._trainer, self._all_sheets = parts, trainer, sheets
        self._shown: Exam | Practice | Replay | None = None
        self._done: PastExam | None = None  # whose result is shown
        self._before = ExamPage(trainer, self._show_sitting)
        self._choice = PracticePage(trainer)
        self._result = ResultPage()
        for page in (self._before, self._choice, self._result):
            parts.view.add_guest(page)
            page.course_wanted.connect(self.course_wanted)
        self.items = ItemView(parts, trainer.monotonic, lambda: trainer.site)
        self.shift = PracticeView(parts, find, self.ask)
        self.replay = ReplayView(parts, self._end_replay, trainer.monotonic)
        self._result.replay_wanted.connect(self._begin_replay)
        for bar in (
            *(self.items.bar, self.items.run, self.items.card),
            *(self.shift.bar, self.shift.card),
            *(self.replay.bar, self.replay.card),
        ):
            parts.view.add_bar(bar)
        self._leaving = LeaveSheet(parts.context.window)
        self.items.broken.connect(self._break_off)
        self._leaving.left.connect(self._leave)
        self._leaving.stayed.connect(lambda: self.items.hold(on=False))

    @property
    def goes_on(self) -> bool:
        """An exam, drill, practice or replay goes on."""
        return self._shown is not None

    @property
    def practises(self) -> bool:
        """A practice goes on."""
        return isinstance(self._shown, Practice)

    @property
    def sheets(self) -> tuple[Overlay, ...]:
        """What Esc closes, the topmost first."""
        return (self._leaving, self.items.causes, self.shift.card)

    def open_exam(self, name: ExamName | None = None) -> None:
        """Show the page before the exam, of one that is chosen or was before."""
        self.end_replay()
        self._parts.view.bring_guest(self._before)
        self._before.open(name)

    def open_practice(self) -> None:
        """Show the page before practice."""
        self.end_replay()
        self._parts.view.bring_guest(self._choice)
        self._choice.open()

    def look(self) -> None:
        """Show what goes on; once per look, after the trainer's own."""
        activity = self._trainer.activity
        going = activity if isinstance(activity, Exam | Practice | Replay) else None
        if going is not self._shown:
            self._stop()
            self._shown = going
            self._parts.context.sense_changed.emit()
        if isinstance(going, Exam):
            if going.state == "over" and going.is_drill:
                self._end()
                self.course_wanted.emit()
            elif going.state == "over":
                self._show_result(going)
            else:
                self.items.look(going)
        elif isinstance(going, Replay):
            self.replay.look(going)
        elif going is not None:
            self.shift.look(going)
            if going.over:
                self._show_result(going)

    def second(self) -> None:
        """Show again what depends on the ledger; cheap when hidden."""
        if self._before.isVisible() and not is_covered(self._parts.context.window):
            self._before.refresh()

    def band_words(self) -> tuple[str, str]:
        """Words of the band over everything: what goes on, and how to leave it."""
        if self._shown is None:
            return "", ""
        closer = self._parts.view.in_detail
        if isinstance(self._shown, Exam):
            name = "Daily drill" if self._shown.is_drill else "Exam"
            esc = "Esc to the page" if closer else "Esc leave"
            return f"{name}   nothing here is live", esc
        if isinstance(self._shown, Replay):
            esc = "Esc to the page" if closer else "Esc to the result"
            return "Replay of the exam   nothing here is live", esc
        of, run = "simulated run, nothing here is real", self._shown.recorded
        if run:
            many = counted(self._shown.updates, "update")
            of = f"recorded run {run}, {many} with faults put into it"
            of += ", nothing here is live"
        return f"Practice   {of}", "Shift+Esc end"

    def end_replay(self) -> None:
        """End a replay, if one goes on."""
        if isinstance(self._shown, Replay):
            self._end()

    def leave(self) -> bool:
        """Ask whether to leave the exam; from one plot alone go to its page first.

        Returns:
            Whether Esc meant that.
        """
        if isinstance(self._shown, Replay) and not self._parts.view.in_detail:
            self._end_replay()
            return True
        if not isinstance(self._shown, Exam) or self.items.looks_closer:
            return False
        self.ask()
        return True

    def ask(self) -> None:
        """Ask whether to leave what goes on; asked again, stay."""
        if self._leaving.isVisible():
            self._leaving.dismiss()
        elif isinstance(self._shown, Exam) and self._shown.is_drill:
            self._end()  # what was answered is kept, and nothing is lost
            self.course_wanted.emit()
        elif isinstance(self._shown, Exam):
            self.items.hold(on=True)
            self._leaving.ask(
                "Leave the exam?",
                "What you answered is kept, and the exam can be resumed. The page in "
                "view counts as not answered: nothing to report. Its time goes on "
                "while you decide.",
                "Leave",
            )
        elif isinstance(self._shown, Practice):
            self._leaving.ask(
                "End the practice?",
                "It is scored as it stands; it cannot be taken up again.",
                "End it now",
            )

    def close(self) -> None:
        """Put everything back: the window remembers how it is arranged."""
        self.items.end()

    # -- inside ------------------------------------------------------------------------

    def _show_result(self, done: Exam | Practice) -> None:
        """Show the result, and nothing over it: whatever was open came too late."""
        self._end()
        who, site = self._trainer.who, self._trainer.site
        causes = teaching(site).causes
        if isinstance(done, Practice):
            unit = self._parts.context.client.settings.unit
            self._result.show_marks(who, done.marks, causes, unit)
        else:
            sitting = self._trainer.last_sitting(done.uid)
            assert sitting is not None
            self._show_sitting(sitting)
        for sheet in self._all_sheets():
            if sheet.isVisible():
                sheet.dismiss()
        self._bring_result()

    def _show_sitting(self, sitting: PastExam) -> None:
        """Show the result of an exam that is over."""
        self._done = sitting
        trainer = self._trainer
        assert trainer.site is not None
        exam = teaching(trainer.site).exam
        assert exam is not None
        now, records = self._parts.context.wall_clock(), trainer.ledger.records
        name = sitting.began.exam
        stands = result_of(trainer.site, records, trainer.who, now, name)
        self._result.show_exam(sitting, trainer.site, stands, exam.pass_mark)
        self._bring_result()

    def _bring_result(self) -> None:
        self._parts.view.bring_guest(self._result)
        self._result.focus_first()

    def _begin_replay(self, at: int) -> None:
        if self._done is None:
            return
        if refused := self._trainer.begin_replay(self._done, at):
            self._result.said.show_words(sentence(refused))

    def _end_replay(self) -> None:
        """Back to the result, as it was left."""
        self._end()
        self._bring_result()

    def _stop(self) -> None:
        """Take down what was shown; the trainer may have left by itself."""
        self.items.end()
        self.shift.end()
        self.replay.end()
        self._leaving.hide()
        self._shown = None

    def _end(self) -> None:
        self._trainer.leave()
        self._stop()

    def _leave(self) -> None:
        if isinstance(self._shown, Practice):
            self._shown.end()  # the next look shows its marks
            return
        left = self._shown
        self._end()
        if isinstance(left, Exam) and left.state == "over":
            self._show_result(left)  # it was the last page, or time was over
        else:
            self.open_exam()

    def _break_off(self, why: str) -> None:
        """The engine ended: the item is spent, the exam waits in the book."""
        was_drill = isinstance(self._shown, Exam) and self._shown.is_drill
        if isinstance(self._shown, Exam):
            self._shown.break_off()
        self._end()
        if was_drill:
            self.course_wanted.emit()
            return
        self.open_exam()
        self._before.said.show_words(
            f"The exam was left, for the engine ended ({why}). Resume it when you like."
        )
