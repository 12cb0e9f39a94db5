"""The parts of the window that teach: band, course page, tutor, finding, exam."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QApplication

from dqmconsole.model.message import TRAINING
from dqmconsole.model.words import counted
from dqmconsole.training.course import record_of_completion
from dqmconsole.training.done import what_was_done
from dqmconsole.training.facts import Facts
from dqmconsole.training.goals import matches_one
from dqmconsole.training.lesson import teaching
from dqmconsole.training.lesson_session import LessonSession
from dqmconsole.training.recording import Recording
from dqmconsole.training.records import understood
from dqmconsole.ui.keyboard import has_keyboard
from dqmconsole.ui.live.choices import mode_shown
from dqmconsole.ui.overlay import Overlay, is_covered
from dqmconsole.ui.parts import arrange_band
from dqmconsole.ui.training.bars import TrainingBand
from dqmconsole.ui.training.course_page import CourseView, well_words
from dqmconsole.ui.training.data_words import data_words, kind_of_run
from dqmconsole.ui.training.exam_parts import ExamParts
from dqmconsole.ui.training.finding import FindingSheet
from dqmconsole.ui.training.observed import ObservedParts
from dqmconsole.ui.training.overlay import TutorOverlay
from dqmconsole.ui.training.pages import sentence
from dqmconsole.ui.training.sheets import TextSheet

if TYPE_CHECKING:
    from dqmconsole.model.record import Record
    from dqmconsole.model.site import Site
    from dqmconsole.training.lesson import Lesson
    from dqmconsole.training.trainer import Trainer
    from dqmconsole.training.tutor import StepState
    from dqmconsole.ui.parts import Parts

NO_RUN = "No run is shown here before something of the course begins (F5)."


class FactsCollector:
    """What is so now, and what was done since `begin`.

    Args:
        parts: the parts of the window.
    """

    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        self._used: tuple[str, ...] = ()
        self._read: frozenset[str] = frozenset()
        self._runs: set[int] = set()
        self._before: frozenset[str] = frozenset()
        self._kept: tuple[object, tuple[Record, ...]] = (None, ())

    def begin(self) -> None:
        """Forget what was done before now."""
        book = self._parts.context.session.logbook.everything()
        self._before = frozenset(record.uid for record in book)
        self._used, self._read = (), frozenset()
        self._runs = set()
        self._kept = (None, ())

    def use(self, command: str) -> None:
        """Note that a command was used, by its id."""
        self._used += (command,)

    def look(self, now: float) -> Facts:
        """The facts of this moment.

        Args:
            now: of a monotonic clock, s.
        """
        context, view = self._parts.context, self._parts.view
        info = context.client.mailbox.run
        if info.run > 0:
            self._runs.add(info.run)
        read = self._parts.reader.shown_id
        if read and read not in self._read:
            self._read |= {read}
        place, tile = view.selected, view.selected_tile()
        mode = None
        if place is not None and tile is not None:
            mode = mode_shown(place.plot, tile.tile, view.choices.modes.get(place.key))
        page = view.page if view.on_page else None
        return Facts(
            now=now,
            page=page.path if page is not None else "",
            plot=place.plot.path if place is not None else "",
            alone=view.in_detail,
            mode=mode,
            used=self._used,
            read=self._read,
            records=self._records(),
            lumisection=info.lumisection or 0,
            runs=len(self._runs),
            unit=context.client.settings.unit,
            run_type=info.conditions.run_type,
        )

    def _records(self) -> tuple[Record, ...]:
        book = self._parts.context.session.logbook
        state = (id(book), book.version)
        if self._kept[0] != state:
            new = (each for each in book.everything() if each.uid not in self._before)
            self._kept = (state, tuple(map(understood, new)))
        return self._kept[1]


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
        observed: the observed shift, and the certificate.
    """

    def __init__(self, parts: Parts, trainer: Trainer) -> None:
        context = parts.context
        self._parts = parts
        self._trainer = trainer
        self._opened = trainer.opened
        self._over: LessonSession | None = None
        self._ending: StepState | None = None  # its debrief is to be shown
        self._facts = FactsCollector(parts)
        self.band = TrainingBand(context.window)
        self.course = CourseView(context, trainer)
        self.tutor = TutorOverlay(parts, self._all_sheets, lambda: trainer.site)
        self.finding = FindingSheet(parts, lambda: trainer.site)
        self._debrief = TextSheet("Debrief", context, (700, 460))
        self._record = TextSheet("Record of completion", context, (820, 700))
        self.exam = ExamParts(parts, trainer, self.finding.open, self._all_sheets)
        self.observed = ObservedParts(parts, trainer, self._all_sheets)
        parts.view.add_guest(self.course)
        arrange_band(context.window, self.band)
        context.used.connect(self._facts.use)
        self.course.lesson_wanted.connect(self.begin)
        self.course.practice_wanted.connect(self.exam.open_practice)
        self.course.exam_wanted.connect(self.open_exam)
        self.course.drill_wanted.connect(self.begin_drill)
        self.course.observed_wanted.connect(self.observed.open)
        self.observed.course_wanted.connect(self.show_course)
        self.course.record_wanted.connect(self._show_record)
        self.exam.course_wanted.connect(self.show_course)
        self.tutor.finished.connect(self._end)
        self.tutor.bubble.content.followed.connect(context.link_wanted)
        self._debrief.entered.connect(self._go_to_next)
        self._debrief.closed.connect(self.show_course)

    @property
    def sheets(self) -> tuple[Overlay, ...]:
        """The sheets over the window."""
        mine = (self.finding, self._debrief, self._record)
        return (*mine, *self.exam.sheets, *self.observed.sheets)

    def _all_sheets(self) -> tuple[Overlay, ...]:
        return (*self._parts.sheets, *self.sheets)

    # -- looking -------------------------------------------------------------------

    def look(self, _now: float, _changes: object, _news: object) -> None:
        """Go by what is so now, and show it; once per tick."""
        self._look()

    def _look(self) -> None:
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
        if self._ending is not None and not is_covered(self._parts.context.window):
            state, self._ending = self._ending, None
            self._show_debrief(state)
        on_shift = self._on_shift
        self.exam.look()
        self.observed.look()
        shown = trainer.shown
        # somebody may have opened another source since
        in_view = self._parts.context.client.banner == TRAINING
        self._parts.context.played = (
            in_view and shown is not None and shown.recorded > 0
        )
        self._parts.context.no_run = NO_RUN if shown is None else ""
        if on_shift and not self._on_shift:
            self._parts.docks["book"].hide()  # that of what is over
        self._parts.strip.watched = self._watches
        self._write_band()

    def second(self, _now: float) -> None:
        """Show again what depends on the ledger; cheap when hidden."""
        if self.course.isVisible():
            self.course.refresh()
        self.exam.second()

    def close(self) -> None:
        """Put everything back: the window remembers how it is arranged."""
        self.exam.close()

    # -- what people do ------------------------------------------------------------

    def show_course(self) -> None:
        """Show the course page; from an observed shift ask whether to end that."""
        if self.observed.goes_on:
            self.observed.ask()
            return
        self.exam.end_replay()
        if self._trainer.activity is None:
            self._parts.docks["book"].hide()  # that of what is over
        self._parts.view.bring_guest(self.course)
        self.course.open()

    def turn_to_tutor(self) -> None:
        """To the tutor's bubble, or fold it; without a lesson to the feedback."""
        if self.tutor.lesson is not None:
            self.tutor.turn_bubble()
        else:
            self.exam.shift.card.take_keyboard()

    @property
    def goes_on(self) -> bool:
        """Something is taught that can go on: a lesson, its debrief, a page."""
        return (
            self.tutor.lesson is not None
            or self._debrief.isVisible()
            or self._on_page_of_training
            or self.exam.items.tells
        )

    def go_on(self) -> None:
        """Go on, wherever one is: in the lesson, its debrief, a page of the course.

        On a page it does what Return does where the keyboard is.
        """
        holder = QApplication.focusWidget()
        if self._debrief.isVisible():
            self._debrief.entered.emit()
        elif self.exam.items.tells:
            self.exam.items.go_on()
        elif self.tutor.lesson is not None and self.tutor.bubble.isVisible():
            self.tutor.go_on()
        elif (
            self._on_page_of_training
            and holder is not None
            and self._parts.view.isAncestorOf(holder)
        ):
            kind, key = QEvent.Type.KeyPress, Qt.Key.Key_Return
            none = Qt.KeyboardModifier.NoModifier
            QApplication.sendEvent(holder, QKeyEvent(kind, key, none))

    @property
    def _records(self) -> bool:
        return isinstance(self._trainer.activity, Recording)

    @property
    def _on_page_of_training(self) -> bool:
        """Course, exam, practice or a result is shown in the middle."""
        return self._parts.view.has_guest and not self._parts.start.isVisible()

    @property
    def can_take_back(self) -> bool:
        """A lesson is recorded, and nothing in the middle has its own Ctrl+Z."""
        return self._records and not self._on_page_of_training

    def take_back(self) -> str:
        """Take the last step of the recording back; which it was, in words."""
        recording = self._trainer.activity
        if not isinstance(recording, Recording):
            return ""
        self._look()  # what was done last is a step first
        taken = recording.take_back()
        self._write_band()
        return f"Taken back: {taken}" if taken else "There is no step to take back"

    @property
    def _watches(self) -> bool:
        """Somebody watches the run; its alarms are of no lesson that is over."""
        over = self._trainer.activity is None and self._on_page_of_training
        return not over or self._parts.context.client.banner != TRAINING

    @property
    def can_be_ended(self) -> bool:
        """A practice, an observed shift or a recording goes on."""
        return self._records or self._on_shift

    @property
    def _on_shift(self) -> bool:
        """A practice or an observed shift is shown."""
        return self.exam.practises or self.observed.goes_on

    def ask_to_end(self) -> None:
        """Ask whether to end the practice or observed shift; end a recording.

        A recording ends with its window: the lesson is written then.
        """
        if self._records:
            self._parts.context.window.close()
        elif self.observed.goes_on:
            self.observed.ask()
        else:
            self.exam.ask()

    def leave(self) -> bool:
        """Leave exam or lesson; a lesson from its bubble, to which the page leads.

        Returns:
            Whether Esc meant that.
        """
        if self.exam.leave():
            return True
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
        if view.on_page and has_keyboard(view.grid):
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
        self._look()
        self.show_opening(lesson)

    def show_opening(self, lesson: Lesson) -> None:
        """Show the page on which a lesson opens, as soon as the run has come."""
        if page := opening_page(lesson, self._trainer.site):
            self._parts.view.show_page_named(page)

    @property
    def can_drill(self) -> bool:
        """No exam, practice or observed shift would be left for a drill or exam."""
        return not self.exam.goes_on and not self.observed.goes_on

    def open_exam(self) -> None:
        """Show the page before the exam, of whoever is named on the course page."""
        self.course.take_name()
        self.exam.open_exam()

    def begin_drill(self) -> None:
        """Begin the daily drill, or say on the course page why not."""
        self.course.take_name()
        refused = self._trainer.begin_drill(self._parts.context.wall_clock())
        if refused:
            self.show_course()
            self.course.say_of_drill(refused)
            return
        self._look()

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
        keys = "F7, Enter or Esc to the course"
        if following is not None:
            name = f"lesson {following.number}, {following.title}"
            keys = f"F7 or Enter: {name}   Esc to the course"
        title = f"Lesson {state.lesson.number} done: {state.lesson.title}"
        text = state.lesson.debrief
        handed = state.lesson.hand_over
        if done := what_was_done(state.written, self._trainer.site, handed):
            listed = "\n".join(f"- {each}" for each in done)
            text += f"\n\n### What you put on record\n\n{listed}\n"
        self._debrief.show_text(title, went, text, keys)
        self._parts.context.sense_changed.emit()

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
        if isinstance(trainer.activity, Recording):
            kept = client.moment is not None
            of = data_words(client.mailbox.run, trainer.shown, kept=kept)
            left = f"Recording lesson {trainer.activity.lesson} · {of}"
            steps = trainer.activity.steps
            right = counted(len(steps), "step")
            if steps:
                right += f", the last: {steps[-1].title} · Ctrl+Z take it back"
            self.band.show_words(left, self._or_broken(f"{right} · Shift+Esc write it"))
            return
        if lesson is None and trainer.activity is not None:
            part = self.observed if self.observed.goes_on else self.exam
            left, right = part.band_words()
            self.band.show_words(left, self._or_broken(right))
            return
        left, right = "No lesson goes on", "F5 to the course"
        if self.course.isVisible():
            left, right = "The course", "Esc to the page"
        if lesson is not None:
            many = len(teaching(trainer.site).lessons)
            left = _lesson_words(lesson.lesson, many)
            right = f"{_step_words(lesson.tutor.state)} · Esc leave"
            if not trainer.who:
                right = f"no name yet (F5) · {right}"
        kept = client.moment is not None
        if lesson is not None:
            kept = bool(lesson.lesson.run.evidence)
        of = data_words(client.mailbox.run, trainer.shown, kept=kept)
        self.band.show_words(f"{left} · {of}", self._or_broken(right))

    def _or_broken(self, right: str) -> str:
        """The words at the right, or that the run is no more."""
        if not self._trainer.broke_off:
            return right
        kind = kind_of_run(self._trainer.shown)
        words = f"The {kind} run broke off: leave, and begin again"
        return f"{words} · {right.rpartition(' · ')[2]}"


def opening_page(lesson: Lesson, site: Site | None) -> str:
    """The "Layout/Page" on which a lesson opens; "" where that does not matter.

    A first step that is read is told on what it points at. What is to be found first
    is not given away: it opens on the first page of the site that is not asked for.
    """
    first = lesson.steps[0] if lesson.steps else None
    if first is None or site is None:
        return ""
    kind, _, name = first.point.partition(" ")
    if kind == "page" and first.done is None:
        return name
    pages = {
        f"{layout.layout}/{page.page}": {plot.path for plot in page.plots}
        for layout in site.layouts
        for page in layout.pages
    }
    if first.done is None:
        return next((page for page, plots in pages.items() if name in plots), "")
    page, plot = first.done.page, first.done.plot
    if not page and not plot:
        return ""
    others = (
        each
        for each, plots in pages.items()
        if each != page and not any(matches_one(path, (plot,)) for path in plots)
    )
    return next(others, "")


def _lesson_words(lesson: Lesson, many: int) -> str:
    """Name a lesson: "Lesson 5 of 12: An empty rectangle"."""
    of = f" of {many}" if many >= lesson.number else ""
    return f"Lesson {lesson.number}{of}: {lesson.title}"


def _step_words(state: StepState) -> str:
    """Say how far a lesson has come: "step 3 of 7"."""
    if state.step is None:
        return "all steps done"
    return f"step {state.number} of {len(state.done)}"
