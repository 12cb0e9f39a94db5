"""The course page: who learns, the lessons, practice and exam."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal, SignalInstance
from PySide6.QtGui import QColor, QFont
from PySide6.QtWidgets import (
    QBoxLayout,
    QHBoxLayout,
    QHeaderView,
    QLabel,
    QScrollArea,
    QTreeWidget,
    QTreeWidgetItem,
    QVBoxLayout,
    QWidget,
)

from dqmconsole.training.course import next_lesson, people, standings
from dqmconsole.training.drill import day_of, due_count
from dqmconsole.training.exam_history import past_exams
from dqmconsole.ui.buttons import push_button
from dqmconsole.ui.fonts import TITLE, emphasised, set_text
from dqmconsole.ui.labels import PlainLabel, set_role, tip
from dqmconsole.ui.start.card import Card, words_label
from dqmconsole.ui.start.who import NameField, SignInLine, near_name
from dqmconsole.ui.training.pages import sentence

if TYPE_CHECKING:
    from collections.abc import Sequence

    from PySide6.QtGui import QResizeEvent, QShowEvent

    from dqmconsole.logbook.state import BookState
    from dqmconsole.model.record import Record
    from dqmconsole.model.site import Site
    from dqmconsole.training.course import Standing
    from dqmconsole.training.lesson import Lesson
    from dqmconsole.training.trainer import Trainer
    from dqmconsole.ui.context import Context
    from dqmconsole.ui.theme import Colours

WIDE = 680  # px from which there are two columns
GAP = 8
BUTTONS = {
    "begin": "Begin lesson {}",
    "resume": "Go on with lesson {}",
    "again": "Play lesson {} again",
}
NEVER_DRILLED = (
    "What you missed comes back until it is right, then after 1, 3, 7 and 21 days. It "
    "never counts."
)
TWO_PEOPLE = "Two people at this console are two names, and two records."


COLUMNS = ("", "Lesson", "Time", "State")
STATES = {
    "new": "new",
    "begun": "begun",
    "done": "✓ done",
    "refresher": "refresher",
}


class LessonList(QTreeWidget):
    """One line for each lesson; Return begins it, or goes on with it.

    Signals:
        chosen: somebody wants to begin the lesson.
        turned: another line is selected.
    """

    chosen = Signal()
    turned = Signal()

    def __init__(self, colours: Colours) -> None:
        super().__init__()
        self._colours = colours
        colours.changed.connect(self._recolour)
        self._standings: tuple[Standing, ...] = ()
        self.setAccessibleName("Lessons")
        self.setObjectName("LessonList")
        self.setProperty("role", "roomy")
        self.setRootIsDecorated(False)
        self.setIndentation(0)
        self.setUniformRowHeights(True)
        self.setAllColumnsShowFocus(True)
        self.setHeaderLabels(list(COLUMNS))
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        header = self.header()
        header.setStretchLastSection(False)
        header.setSectionsClickable(False)
        header.setMinimumSectionSize(24)
        for column in (0, 2, 3):
            header.setSectionResizeMode(column, QHeaderView.ResizeMode.ResizeToContents)
        header.setSectionResizeMode(1, QHeaderView.ResizeMode.Stretch)
        self.itemActivated.connect(lambda _item, _column: self.chosen.emit())
        self.currentItemChanged.connect(lambda _now, _before: self.turned.emit())

    @property
    def current(self) -> Standing | None:
        """The lesson selected, and where it stands."""
        item = self.currentItem()
        at = -1 if item is None else self.indexOfTopLevelItem(item)
        return self._standings[at] if 0 <= at < len(self._standings) else None

    def show_standings(self, standings: Sequence[Standing]) -> None:
        """Show where all lessons stand; what is selected stays so."""
        if tuple(standings) == self._standings:
            return
        before = self.current
        self._standings = tuple(standings)
        self._write(before)
        self.turned.emit()

    def select(self, lesson: str) -> None:
        """Select a lesson by its id, if it is there."""
        for at, each in enumerate(self._standings):
            item = self.topLevelItem(at)
            if each.lesson.id == lesson and item is not None:
                self.setCurrentItem(item)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Give the titles the room they need."""
        super().resizeEvent(event)
        self._share()

    def _recolour(self) -> None:
        self._write(self.current)

    def _write(self, selected: Standing | None) -> None:
        theme = self._colours.theme
        self.blockSignals(True)
        self.clear()
        for each in self._standings:
            lesson = each.lesson
            words = [str(lesson.number), lesson.title, f"{lesson.minutes} min\u2003",
                     state_words(each)]  # fmt: skip
            item = QTreeWidgetItem(self, words)
            item.setTextAlignment(0, Qt.AlignmentFlag.AlignRight)
            item.setTextAlignment(2, Qt.AlignmentFlag.AlignRight)
            spoken = f"Lesson {lesson.number}, {lesson.title}, {state_words(each)}"
            item.setToolTip(1, tip(lesson.title))
            item.setData(1, Qt.ItemDataRole.AccessibleTextRole, spoken)
            again = each.state == "refresher"
            item.setFont(1, emphasised() if again else QFont())
            for column in (0, 2):
                item.setForeground(column, QColor(theme.muted))
            item.setForeground(3, QColor(theme.warning_ink if again else theme.ink))
        if selected is not None:
            self.select(selected.lesson.id)
        self.blockSignals(False)
        self._share()

    def _share(self) -> None:
        """Leave out the time where a title would be cut; it is said beside the list."""
        header = self.header()
        needed = sum(
            max(self.sizeHintForColumn(column), header.sectionSizeHint(column))
            for column in range(len(COLUMNS))
        )
        self.setColumnHidden(2, needed > self.viewport().width())


class TraineeCard(Card):
    """A field for the name, how the book is, and its account where it knows any.

    Args:
        trainer: keeps the name and the ledger.

    Signals:
        named: another name stands in the field.
        entered: Return was pressed in the field of the name.
    """

    named = Signal()
    entered = Signal()

    def __init__(self, trainer: Trainer) -> None:
        super().__init__(1, "Who are you")
        self._trainer = trainer
        self.name = NameField("Your name")
        self.name.setPlaceholderText("your progress is kept under it")
        self._hint = words_label("About the name", "muted")
        self._ledger = words_label("Where your progress is kept", "muted")
        self._accounts = SignInLine()
        for widget in (self.name, self._hint, self._ledger, self._accounts):
            self.column.addWidget(widget)
        self.name.textChanged.connect(lambda _text: self.named.emit())
        self.name.returnPressed.connect(self.entered)
        self._accounts.wanted.connect(self._sign_in)

    @property
    def who(self) -> str:
        """The name as the book would know it."""
        return " ".join(self.name.text().split())

    def focus_first(self) -> None:
        """Give the name the keyboard."""
        self.name.setFocus(Qt.FocusReason.OtherFocusReason)
        self.name.selectAll()

    def _sign_in(self, user: str, password: str) -> None:
        self._trainer.ledger.sign_in(user, password)
        self.focus_first()

    def show_ledger(self) -> None:
        """Show who is known, and how the record is kept."""
        ledger = self._trainer.ledger
        names = people(ledger.records)
        self.name.names = names
        self._hint.setText(_name_words(self.who, names))
        words, worry = _ledger_words(ledger.state, self.who, waits=ledger.site is None)
        refused = f" {sentence(ledger.refused)}" if ledger.refused else ""
        self._ledger.setText(words + refused)
        set_role(self._ledger, "warning" if worry or refused else "muted")
        site = self._trainer.site
        database = site.settings.database if site is not None else ""
        # where accounts count, a mentor signs in beside the trainee
        shared = database.startswith("postgresql")
        self._accounts.setVisible(ledger.state.asks or shared)


class CourseView(QWidget):
    """The page on which training begins; shown in the middle of the window.

    Args:
        context: of the window.
        trainer: what goes on.

    Signals:
        lesson_wanted: the Lesson to begin, or to go on with.
        drill_wanted, practice_wanted, exam_wanted, observed_wanted, record_wanted: the
            buttons.
    """

    lesson_wanted = Signal(object)
    drill_wanted = Signal()
    practice_wanted = Signal()
    exam_wanted = Signal()
    observed_wanted = Signal()
    record_wanted = Signal()

    def __init__(self, context: Context, trainer: Trainer) -> None:
        super().__init__()
        self._context = context
        self._trainer = trainer
        self._standings: tuple[Standing, ...] = ()
        self._chosen = False
        self.setAccessibleName("Course")
        self._who = TraineeCard(self._trainer)
        self.list = LessonList(context.colours)
        self._title = PlainLabel("Lesson selected", TITLE, bold=True)
        self._teaches = words_label("What it teaches")
        self._state = words_label("Where it stands", "muted")
        self._why = words_label("Why it wants a refresher", "warning")
        self._begin = push_button("Begin the lesson", "Begin the lesson", self._choose)
        self._practice, self._exam, self._observed, self._record = (
            push_button(f"{name} …", name, partial(self._ask, wanted))
            for name, wanted in (
                ("Practice shift", self.practice_wanted),
                ("Exam", self.exam_wanted),
                ("Observed shift, certificate", self.observed_wanted),
                ("Record of completion", self.record_wanted),
            )
        )
        name = "Daily drill, two minutes"
        self._drill = push_button(name, name, partial(self._ask, self.drill_wanted))
        self._drilled = words_label("The daily drill", "muted")
        self._drill_refused = ""
        self._counted: tuple[object, ...] = ()
        self._said = words_label("How far you are", "muted")
        self._lay_out()
        self._who.named.connect(self._named)
        self._who.entered.connect(self._to_list)
        self.list.chosen.connect(self._choose)
        self.list.turned.connect(self._show_lesson)

    @property
    def standings(self) -> tuple[Standing, ...]:
        """Where all lessons stand for the trainee."""
        return self._standings

    @property
    def next(self) -> Lesson | None:
        """The lesson to learn next."""
        return next_lesson(self._standings)

    def open(self) -> None:
        """Show it with what is true now, and give it the keyboard."""
        self._chosen = False
        self._drill_refused = ""
        if not self._who.name.text():
            self._who.name.setText(self._trainer.who)
        self.refresh()
        if self._who.who:
            self._to_list()
        else:
            self._who.focus_first()

    def refresh(self) -> None:
        """Show again what depends on the ledger and the site; cheap when hidden."""
        site, ledger = self._trainer.site, self._trainer.ledger
        self._who.show_ledger()
        if site is not None:
            who = self._who.who or self._trainer.who
            now = self._context.wall_clock()
            self._standings = standings(site, ledger.records, who, now)
            self._show_drill(site, ledger.records, who, now)
        self.list.show_standings(self._standings)
        if not self._chosen and (wanted := self.next) is not None:
            self.list.select(wanted.id)
            self._chosen = bool(self._who.who)
        self._show_lesson()

    def take_name(self) -> None:
        """While it is shown, whoever is named on it is who learns."""
        if self.isVisible():
            self._trainer.who = self._who.who

    def say_of_drill(self, why: str) -> None:
        """Say why the daily drill has not begun."""
        self._drill_refused = f"The drill has not begun: {why}."
        self._drilled.setText(self._drill_refused)

    def say(self, words: str) -> None:
        """Say why something did not begin."""
        self._said.setText(words)

    def showEvent(self, event: QShowEvent) -> None:
        """Show what changed while it was hidden."""
        super().showEvent(event)
        self.refresh()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Lay it out in two columns where there is room."""
        super().resizeEvent(event)
        wide = self.width() >= WIDE
        self._columns.setDirection(
            QBoxLayout.Direction.LeftToRight
            if wide
            else QBoxLayout.Direction.TopToBottom
        )

    # -- what is done --------------------------------------------------------------

    def _choose(self) -> None:
        standing = self.list.current
        if not self._who.who:
            self.say("First: your name. Progress is kept under it.")
            self._who.focus_first()
        elif standing is not None:
            self._trainer.who = self._who.who
            self.lesson_wanted.emit(standing.lesson)

    def _named(self) -> None:
        self._chosen = False
        self.refresh()

    def _to_list(self) -> None:
        self._trainer.who = self._who.who
        self.list.setFocus(Qt.FocusReason.OtherFocusReason)

    # -- what is shown -------------------------------------------------------------

    def _show_lesson(self) -> None:
        standing = self.list.current
        self._begin.setEnabled(standing is not None)
        for button in (self._drill, self._practice, self._exam, self._observed):
            button.setEnabled(self._trainer.site is not None and bool(self._who.who))
        self._record.setEnabled(bool(self._who.who and self._standings))
        if standing is None:
            read = self._trainer.site is not None
            self._title.show_words(
                "This site has no lessons" if read else "The lessons are being read …"
            )
            for label in (self._teaches, self._state, self._why):
                label.hide()
            self._said.setText("")
            return
        lesson = standing.lesson
        self._title.show_words(f"{lesson.number}. {lesson.title}")
        self._teaches.setText(f"Teaches {lesson.teaches.rstrip('.')}.")
        steps = len(lesson.steps)
        about = f"About {lesson.minutes} min, {steps} steps. {self._stands(standing)}"
        if missing := self._missing(lesson):
            about += f" Comes after: {missing}."
        self._state.setText(about)
        self._why.setText(f"Refresher: {standing.why}." if standing.why else "")
        self._teaches.show()
        self._state.show()
        self._why.setVisible(bool(standing.why))
        resumes = 0 < standing.steps_done < steps and standing.state != "done"
        word = "again" if standing.state == "done" else "begin"
        words = BUTTONS["resume" if resumes else word].format(lesson.number)
        self._begin.setText(f"{words}   Enter")
        self._begin.setAccessibleName(words)
        done = sum(each.state == "done" for each in self._standings)
        self._said.setText(f"{done} of {len(self._standings)} lessons done.")

    def _show_drill(
        self, site: Site, records: Sequence[Record], who: str, now: float
    ) -> None:
        """Write how many pages are due, and how the last drill went."""
        counted = (site, id(records), len(records), who, day_of(now))
        if counted == self._counted:
            return
        self._counted = counted
        due = due_count(site, records, who, now)
        words = f"Daily drill, two minutes: {due} due"
        self._drill.setText(words)
        self._drill.setAccessibleName(words)
        done = [
            each
            for each in past_exams(records)
            if each.record.who == who and each.began.part == "drill" and each.answers
        ]
        last = f"Last drill: {done[-1].words}." if done else NEVER_DRILLED
        self._drilled.setText(self._drill_refused or last)

    def _stands(self, standing: Standing) -> str:
        if standing.state == "new":
            return "Not begun yet."
        if standing.state == "begun":
            return f"{state_words(standing).capitalize()}: {well_words(standing)}."
        return f"Last time: {well_words(standing)}."

    def _missing(self, lesson: Lesson) -> str:
        open_ = [
            f"{each.lesson.number}. {each.lesson.title}"
            for each in self._standings
            if each.lesson.id in lesson.requires and each.state in ("new", "begun")
        ]
        return ", ".join(open_)

    def _ask(self, signal: SignalInstance) -> None:
        self.take_name()
        signal.emit()

    def _lay_out(self) -> None:
        title = QLabel("Learn the shift")
        set_text(title, TITLE, bold=True)
        lessons = Card(2, "The lessons")
        lessons.column.addWidget(self.list, 1)
        lessons.set_aside("↑ ↓ choose   Enter begins")
        about = Card(3, "The lesson")
        for widget in (self._title, self._teaches, self._state, self._why):
            about.column.addWidget(widget)
        about.column.addSpacing(4)
        about.column.addWidget(self._begin)
        about.column.addWidget(self._said)
        more = Card(4, "Drill, practice, exam, certificate")
        told = words_label("About practice and exam", "muted")
        told.setText(
            "Practice: a shift, with feedback at once. Exam: single pages "
            "without the console's verdicts. Observed shift: as on shift, beside a "
            "mentor; with the exam it gives the certificate. The record says what you "
            "have mastered, and until when."
        )
        more.column.addWidget(told)
        more.column.addWidget(self._drill)
        more.column.addWidget(self._drilled)
        for button in (self._practice, self._exam, self._observed, self._record):
            more.column.addWidget(button)
        left, right = QVBoxLayout(), QVBoxLayout()
        for column, cards in (
            (left, (self._who, lessons)),
            (right, (about, more)),
        ):
            column.setSpacing(GAP)
            for card in cards:
                column.addWidget(card)
        left.setStretchFactor(lessons, 1)
        right.addStretch(1)
        inner = QWidget()
        self._columns = QBoxLayout(QBoxLayout.Direction.TopToBottom, inner)
        self._columns.setContentsMargins(0, 0, 0, 0)
        self._columns.setSpacing(GAP)
        self._columns.addLayout(left, 3)
        self._columns.addLayout(right, 2)
        scroll = QScrollArea()
        scroll.setWidgetResizable(True)
        scroll.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        scroll.setWidget(inner)
        head = QHBoxLayout()
        head.setContentsMargins(2, 2, 4, 5)
        head.addWidget(title)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addLayout(head)
        column.addWidget(scroll, 1)


def _name_words(who: str, names: tuple[str, ...]) -> str:
    if not who:
        known = f"Known here: {', '.join(names[:4])} (Down). " if names else ""
        return f"{known}{TWO_PEOPLE}"
    if who in names:
        return "Known: the course goes on where you stopped."
    near = near_name(who, names)
    if near:
        return f"Not known by this name; “{near}” is (Down)."
    return f"A new name: a new record. {TWO_PEOPLE if not names else ''}".strip()


def _ledger_words(state: BookState, who: str, *, waits: bool) -> tuple[str, bool]:
    """Write how the record of the training is kept, and whether that is a worry.

    Args:
        state: of the book.
        who: the trainee; "" without a name.
        waits: the site is not read yet, and with it where its book is.
    """
    if state.word == "ready":
        if state.unsaved:
            return f"Saving your progress ({state.unsaved}) …", False
        whose = f" under “{who}”" if who else ""
        signed = f" Signed in as {state.account}." if state.role else ""
        return f"Progress saved in the book{whose}.{signed}", False
    if state.word == "opening" or (waits and state.word == "closed"):
        return "Opening the book that keeps your progress …", False
    why = f": {state.sentence}" if state.sentence else ""
    if state.word == "closed":
        return f"No book is open: progress is not kept{why}", True
    return f"Book {state.word}{why}; {state.unsaved} kept here until then", True


def _minutes_words(seconds: float) -> str:
    """Write a time that was needed: "4 min 20 s"."""
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    return f"{whole // 60} min {whole % 60} s" if whole % 60 else f"{whole // 60} min"


def _many_words(number: int, one: str, many: str) -> str:
    """Write a number of things: "no hint", "1 hint", "2 hints"."""
    if not number:
        return f"no {one}"
    return f"{number} {one if number == 1 else many}"


def well_words(standing: Standing) -> str:
    """Say how a lesson went: its time, hints and wrong answers.

    Hints that came by themselves are told apart from those that were asked for.
    """
    came = standing.hints_by_time
    hints = _many_words(standing.hints - came, "hint", "hints")
    if came:
        themselves = "itself" if came == 1 else "themselves"
        hints = f"{hints} asked for ({came} came by {themselves})"
    wrong = _many_words(standing.wrong, "wrong answer", "wrong answers")
    return f"{_minutes_words(standing.seconds)}, {hints}, {wrong}"


def state_words(standing: Standing) -> str:
    """Write the state of a lesson: "new", "begun 3/7", "✓ done", "refresher"."""
    words = STATES[standing.state]
    if standing.state == "begun":
        return f"{words} {standing.steps_done}/{len(standing.lesson.steps)}"
    return words
