"""The parts of the window that teach: band, course page, tutor, finding, exam."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtWidgets import QApplication, QFrame

from dqmconsole.model.message import TRAINING
from dqmconsole.training.course import record_of_completion
from dqmconsole.training.lesson import teaching
from dqmconsole.training.lesson_session import LessonSession
from dqmconsole.ui.parts import arrange_band
from dqmconsole.ui.training.band import TrainingBand
from dqmconsole.ui.training.course_page import CourseView
from dqmconsole.ui.training.exam_parts import ExamParts
from dqmconsole.ui.training.facts_collector import FactsCollector
from dqmconsole.ui.training.finding import FindingSheet
from dqmconsole.ui.training.lesson_list import well_words
from dqmconsole.ui.training.overlay import TutorOverlay
from dqmconsole.ui.training.text_sheet import TextSheet
from dqmconsole.ui.training.training_page import sentence

if TYPE_CHECKING:
    from dqmconsole.model.run import RunInfo
    from dqmconsole.training.lesson import Lesson
    from dqmconsole.training.trainer import Trainer
    from dqmconsole.training.tutor import StepState
    from dqmconsole.ui.overlay import Overlay
    from dqmconsole.ui.parts import Parts


BROKE_OFF = "The simulated run broke off: leave, and begin again"


class TrainingParts:
    """Everything of the window that teaches; none of it exists without a trainer.

    Args:
        parts: the parts of the window.
        trainer: what goes on.

    Attributes:
        band: over everything; it says TRAINING.
        course: the page with the lessons.
        tutor: ring and bubble of a lesson.
        finding: the sheet that asks what is wrong.
        exam: practice and exam.
    """

    def __init__(self, parts: Parts, trainer: Trainer) -> None:
        theme = parts.context.theme
        self._parts = parts
        self._trainer = trainer
        self._opened = trainer.opened
        self._over: LessonSession | None = None
        self._ending: StepState | None = None  # its debrief is to be shown
        self._facts = FactsCollector(parts)
        self.band = TrainingBand(parts.context.window)
        self.course = CourseView(parts, trainer, theme)
        self.tutor = TutorOverlay(parts, theme, self._all_sheets)
        self.finding = FindingSheet(parts)
        self._debrief = TextSheet("Debrief", parts, (700, 460))
        self._record = TextSheet("Record of completion", parts, (820, 700))
        self.exam = ExamParts(
            parts, trainer, theme, self.finding.open, self._all_sheets
        )
        for guest in (self.course, *self.exam.guests):
            parts.view.add_guest(guest)
        arrange_band(parts.context.window, self.band)
        self._connect()

    @property
    def sheets(self) -> tuple[Overlay, ...]:
        """The sheets over the window."""
        return (self.finding, self._debrief, self._record, *self.exam.sheets)

    def _all_sheets(self) -> tuple[Overlay, ...]:
        return (*self._parts.sheets, *self.sheets)

    # -- looking -------------------------------------------------------------------

    def look(self, now: float, _changes: object, _news: object) -> None:
        """Go by what is so now, and show what is shown; once per tick.

        Args:
            now: unix time, s.
        """
        self._look(now)

    def _look(self, now: float) -> None:
        trainer = self._trainer
        trainer.look(self._facts.look(trainer.monotonic()))
        if trainer.opened != self._opened:
            self._opened = trainer.opened
            self._begin_anew()
        activity = trainer.activity
        lesson = activity if isinstance(activity, LessonSession) else None
        if self._over is not None and lesson is self._over:
            lesson = None
            if trainer.who:  # what waited for a name is written under it
                self._over = None
                trainer.leave()
        if lesson is not self.tutor.lesson:
            self._turn_to(lesson)
        self.tutor.show_state()
        if self._ending is not None and not self._reads_a_sheet():
            state, self._ending = self._ending, None
            self._show_debrief(state)
        self.exam.look(now)
        self._write_band()

    def second(self, _now: float) -> None:
        """Show anew what depends on the ledger; cheap when hidden."""
        if self.course.isVisible():
            self.course.refresh()

    def use(self, command: str) -> None:
        """Note that a command was used, by its id."""
        self._facts.use(command)

    def close(self) -> None:
        """Put everything back: the window remembers how it is arranged."""
        self.exam.close()

    def _recolour(self) -> None:
        theme = self._parts.context.theme
        self.course.set_theme(theme)
        self.tutor.set_theme(theme)
        self.exam.set_theme(theme)
        for sheet in (self._debrief, self._record):
            sheet.set_theme(theme)

    # -- what people do ------------------------------------------------------------

    def show_course(self) -> None:
        """Show the course page."""
        self._parts.view.bring_guest(self.course)
        self.course.open()

    def leave(self) -> bool:
        """Leave the lesson from its bubble; from the page go to the bubble first.

        Returns:
            Whether Esc meant that.
        """
        view, bubble = self._parts.view, self.tutor.bubble
        if not bubble.isVisible():
            return False
        if bubble.has_keyboard:
            left = self.tutor.lesson
            self._trainer.leave()
            self._turn_to(None)
            self.show_course()
            if left is not None:
                self.course.list.select(left.lesson.id)
            return True
        holder = QApplication.focusWidget()
        if view.on_page and holder is not None and view.grid.isAncestorOf(holder):
            bubble.take_keyboard()
            return True
        return False

    def begin(self, lesson: Lesson) -> None:
        """Begin a lesson, or go on with it."""
        self._ending = None
        if refused := self._trainer.begin_lesson(lesson):
            self.show_course()
            self.course.say(sentence(refused))
            return
        self._look(self._parts.context.wall_clock())

    # -- inside --------------------------------------------------------------------

    def _begin_anew(self) -> None:
        """Show the window as a new run finds it: nothing of what was chosen before."""
        self._parts.context.forget_source()
        self._parts.view.forget_choices()
        self._parts.navigator.search.clear()
        self._parts.docks["book"].hide()

    def _turn_to(self, lesson: LessonSession | None) -> None:
        self._facts.begin()
        self.tutor.turn_to(lesson)
        self._parts.context.sense_changed.emit()

    def _end(self, state: StepState) -> None:
        """End the lesson, or let it wait for the trainee's name; then the debrief."""
        named = bool(self._trainer.who)
        if named:
            self._trainer.leave()
        else:
            self._over = self.tutor.lesson
        self._turn_to(None)
        self._ending = state

    def _reads_a_sheet(self) -> bool:
        """Tell whether a sheet lies over the window: its reader is not disturbed."""
        sheets = self._parts.context.window.findChildren(QFrame)
        return any(
            each.property("role") == "overlay" and each.isVisible() for each in sheets
        )

    def _show_debrief(self, state: StepState) -> None:
        named = bool(self._trainer.who)
        self.course.refresh()
        found = [
            each for each in self.course.standings if each.lesson.id == state.lesson.id
        ]
        went = well_words(found[0]) if found else ""
        following = self.course.next if named else None
        if not named:
            went = "Say your name on the course page: then this lesson is kept."
        keys = "Enter or Esc to the course"
        if following is not None:
            name = f"lesson {following.number}, {following.title}"
            keys = f"Enter: {name}   Esc to the course"
        title = f"Lesson {state.lesson.number} done: {state.lesson.title}"
        text = state.lesson.debrief or "You have done every step of this lesson."
        self._debrief.show_text(title, went, text, keys)

    def _go_to_next(self) -> None:
        following = self.course.next if self._trainer.who else None
        self._debrief.hide()
        if following is None:
            self.show_course()
        else:
            self.begin(following)

    def _show_record(self) -> None:
        site, who = self._trainer.site, self._trainer.who
        if site is None or not who:
            return
        records, now = self._trainer.ledger.records, self._parts.context.wall_clock()
        text = record_of_completion(site, records, who, now)
        title, _, rest = text.partition("\n")
        keys = "↑ ↓ scroll   Esc closes"
        self._record.show_text(title.lstrip("# "), "", rest, keys)

    def _write_band(self) -> None:
        client, trainer = self._parts.context.client, self._trainer
        shown = client.banner == TRAINING or trainer.activity is not None
        if self.band.isHidden() == shown:
            self.band.setVisible(shown)
        if not shown:
            return
        lesson = self.tutor.lesson
        if lesson is None and trainer.activity is not None:
            left, right = self.exam.band_words()
            self.band.show_words(left, self._or_broken(right))
            return
        left, right = "No lesson goes on", "F5 to the course"
        if self.course.isVisible():
            left, right = "The course", "Esc to the page"
        if lesson is not None:
            many = len(teaching(trainer.site).lessons)
            left = _lesson_words(lesson.lesson, many)
            right = f"{_step_words(lesson.state)} · Esc leave"
            if not trainer.who:
                right = f"no name yet (F5) · {right}"
        kept = client.moment is not None
        if lesson is not None:
            kept = bool(lesson.lesson.run.evidence)
        of = data_words(client.mailbox.run, kept=kept)
        self.band.show_words(f"{left} · {of}", self._or_broken(right))

    def _or_broken(self, right: str) -> str:
        """The words at the right, or that the run is no more."""
        if not self._trainer.broke_off:
            return right
        return f"{BROKE_OFF} · {right.rpartition(' · ')[2]}"

    def _connect(self) -> None:
        context = self._parts.context
        context.used.connect(self.use)
        context.colours.changed.connect(self._recolour)
        self.course.lesson_wanted.connect(self.begin)
        self.course.practice_wanted.connect(self.exam.open_practice)
        self.course.exam_wanted.connect(self.exam.open_exam)
        self.course.record_wanted.connect(self._show_record)
        self.exam.course_wanted.connect(self.show_course)
        self.tutor.finished.connect(self._end)
        follow = self._parts.guidance.follow
        self.tutor.bubble.content.followed.connect(follow)
        self._debrief.entered.connect(self._go_to_next)
        self._debrief.closed.connect(self.show_course)


def data_words(run: RunInfo, *, kept: bool = False) -> str:
    """Say where the data come from: "simulated run 398214, nothing here is real".

    Args:
        run: the run.
        kept: it is shown by an evidence bundle, which may be of a real run.
    """
    if kept:
        of = f" of run {run.run}" if run.run > 0 else ""
        return f"kept evidence{of}, nothing here is live"
    named = f"simulated run {run.run}" if run.run > 0 else "a simulated run"
    return f"{named}, nothing here is real"


def _lesson_words(lesson: Lesson, many: int) -> str:
    """Name a lesson: "Lesson 5 of 12: An empty rectangle"."""
    of = f" of {many}" if many >= lesson.number else ""
    return f"Lesson {lesson.number}{of}: {lesson.title}"


def _step_words(state: StepState) -> str:
    """Say how far a lesson has come: "step 3 of 7"."""
    if state.step is None:
        return "all steps done"
    return f"step {state.number} of {len(state.done)}"
