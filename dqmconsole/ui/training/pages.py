"""The pages of exam and practice: what they are made of, and those that begin one."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QComboBox,
    QFormLayout,
    QHBoxLayout,
    QPushButton,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from dqmconsole.model.moment import day_words
from dqmconsole.model.words import listed
from dqmconsole.training.exam_history import place_of
from dqmconsole.training.item_bank import (
    AHEAD,
    LUMISECTIONS,
    bank_changes,
    bank_words,
    exams_of,
    is_recorded_alone,
    measurable_faults,
    rows_of,
    why_nobody_passes,
)
from dqmconsole.training.lesson import RUN_TYPES, ExamName, teaching
from dqmconsole.training.passing import MOST_SPENT, asked_for, how_causes_count
from dqmconsole.training.practice import shift_choices
from dqmconsole.training.records import ExamBegan
from dqmconsole.ui.buttons import push_button
from dqmconsole.ui.fonts import TITLE, set_text
from dqmconsole.ui.labels import ElidedLabel, PlainLabel
from dqmconsole.ui.start.card import Headed

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from dqmconsole.model.record import Record
    from dqmconsole.model.site import Site
    from dqmconsole.training.exam_history import PastExam
    from dqmconsole.training.lesson import ExamSettings, PassMark, RunType
    from dqmconsole.training.trainer import Trainer

WIDEST = 1180  # px: longer lines are hard to read
MINUTES = (10, 15, 20, 30, 45, 60)
EXAM_WORDS: dict[ExamName, str] = {
    "collisions": "collisions and cosmics",
    "heavy-ions": "heavy ions: an exam of its own",
}
DIFFICULTIES = ("easy: large and clear", "medium", "hard: small, more harmless events")
HARD_RECORDED = "hard: small"
"""The last of them where nothing harmless is put into the run."""


class PagePanel(Headed):
    """A part of a page: its title, and sentences or other widgets below.

    Args:
        title: its title.
        aside: a quiet word beside it.
        facts: sentences, one below the other.

    Attributes:
        facts: their labels.
    """

    def __init__(self, title: str, aside: str = "", facts: Sequence[str] = ()) -> None:
        super().__init__(title, title)
        self.set_aside(aside)
        self.facts = [
            PlainLabel(f"{title}: {number}", words=words)
            for number, words in enumerate(facts, 1)
        ]
        for each in self.facts:
            self.column.addWidget(each)


class TrainingPage(QWidget):
    """A page in the middle of the window: title, panels that scroll, a foot.

    Args:
        name: title and accessible name.
        back: words of the button that leads back to the course.

    Attributes:
        title: the title.
        area: what scrolls.
        said: words at the foot.
        back: the button.

    Signals:
        course_wanted: back to the course.
    """

    course_wanted = Signal()

    def __init__(self, name: str, back: str = "Back to the course") -> None:
        super().__init__()
        self.setAccessibleName(name)
        self.title = ElidedLabel()
        set_text(self.title, TITLE, bold=True)
        self.title.setAccessibleName("Page")
        self.title.set_words(name)
        self._panels: list[QWidget] = []
        inner = QWidget()
        inner.setMaximumWidth(WIDEST)
        self._content = QVBoxLayout(inner)
        self._content.setContentsMargins(0, 0, 0, 0)
        self._content.setSpacing(8)
        self._content.addStretch(1)
        middle = QWidget()
        row = QHBoxLayout(middle)
        row.setContentsMargins(0, 0, 0, 0)
        row.addWidget(inner, 1)
        row.addStretch(0)
        self.area = QScrollArea()
        self.area.setWidgetResizable(True)
        self.area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.area.setWidget(middle)
        self.said = PlainLabel("What is to be said", role="warning")
        self.back = push_button(back, "Back to the course", self.course_wanted.emit)
        foot = QHBoxLayout()
        foot.setContentsMargins(2, 6, 4, 4)
        foot.setSpacing(10)
        foot.addWidget(self.said, 1)
        foot.addStretch(0)  # keeps the button small where nothing is said
        foot.addWidget(self.back)
        column = QVBoxLayout(self)
        column.setContentsMargins(2, 2, 0, 0)
        column.setSpacing(5)
        column.addWidget(self.title)
        column.addWidget(self.area, 1)
        column.addLayout(foot)

    def add_panel(self, panel: QWidget) -> None:
        """Lay a panel below the others; it is seen at once."""
        self._panels.append(panel)
        self._content.insertWidget(self._content.count() - 1, panel)
        panel.show()

    def clear(self) -> None:
        """Take all panels away, and begin at the top."""
        for panel in self._panels:
            self._content.removeWidget(panel)
            panel.hide()
            panel.deleteLater()
        self._panels = []
        self.area.verticalScrollBar().setValue(0)

    def begun(self, refused: str) -> None:
        """Say why something has not begun; nothing for ""."""
        if refused:
            self.said.show_words(f"It has not begun: {refused}.")


class ExamPage(TrainingPage):
    """Says what the exam is; begins one, or takes one up again.

    Args:
        trainer: begins and resumes.
        show_sitting: shows the result of an exam that is over, and so its pages.
    """

    def __init__(
        self, trainer: Trainer, show_sitting: Callable[[PastExam], None]
    ) -> None:
        super().__init__("Exam")
        self._trainer, self._show_sitting = trainer, show_sitting
        self._wanted: ExamName = "collisions"
        self._named: ExamName | None = None  # the one that it was opened with
        self._stood: tuple[bool, str, int] = False, "", 0  # how the book stood then
        self._said_why = False  # that the chosen exam cannot begin

    def open(self, name: ExamName | None = None) -> None:
        """Show it with what is true now, and give it the keyboard.

        Args:
            name: the exam that is chosen at first; None: the one chosen before.
        """
        self.clear()
        self._named, self._stood = name, self._stands()
        self._wanted = name or self._wanted
        trainer = self._trainer
        whose = f" of {trainer.who}" if trainer.who else ""
        self.title.set_words(f"Exam{whose}")
        exam = teaching(trainer.site).exam
        if exam is None:
            self.said.show_words(
                "This site has no exam (instructions/lessons/exam.yaml)."
            )
            return
        self.said.show_words(
            "" if trainer.who else "Say your name on the course page first."
        )
        if name and trainer.site and name not in exams_of(trainer.site):
            self.said.show_words(
                f"There is no exam of {name} here: no page of such runs is measured."
            )
        elif changed := self._changed_words():
            self.said.show_words(changed)
        site = trainer.site
        assert site is not None  # it has an exam
        facts = _facts(exam, site, self._wanted)
        panel = PagePanel("The exam", f"{exam.items} pages", facts)
        waiting = self._waiting
        words = ""
        if waiting is not None:
            button = push_button(
                "Resume the exam   Return",
                "Resume the exam",
                lambda: self.begun(trainer.resume(waiting)),
            )
            assert isinstance(waiting.body, ExamBegan)
            answered = place_of(trainer.ledger.records, waiting.uid).answered
            words = (
                f"begun {day_words(waiting.made_at)}; "
                f"{len(answered)} of {waiting.body.items} done"
            )
            self.said.show_words(self._words_of_gone(waiting.body.exam))
            if waiting.body.exam != "collisions":
                words = f"{EXAM_WORDS[waiting.body.exam]}; {words}"
        else:
            box = self._add_choice(panel)
            button = push_button(
                "Begin the exam   Return",
                "Begin the exam",
                lambda: self.begun(trainer.begin_exam(self._wanted)),
            )
            if box is not None:
                box.currentIndexChanged.connect(lambda _: self._let_begin(button))
            self._let_begin(button)
        row = QHBoxLayout()
        row.setSpacing(10)
        row.addWidget(button)
        if (last := trainer.last_sitting()) is not None:
            again = "See the last sitting again"
            row.addWidget(push_button(again, again, partial(self._show_sitting, last)))
        row.addWidget(PlainLabel("The exam: begun", role="muted", words=words), 1)
        row.addStretch(0)
        panel.column.addSpacing(4)
        panel.column.addLayout(row)
        self.add_panel(panel)
        button.setFocus(Qt.FocusReason.OtherFocusReason)

    def refresh(self) -> None:
        """Show it anew where the book has brought an exam that waits, or its end."""
        if self._stood != self._stands():
            self.open(self._named)

    @property
    def _waiting(self) -> Record | None:
        """The last exam of this person that is not over."""
        return next(reversed(self._trainer.resumable()), None)

    def _stands(self) -> tuple[bool, str, int]:
        """Whether the book is read, and what it has of exams that are not over.

        The uid of the one that waits, and how many cannot be resumed.
        """
        there, changed = self._trainer.unfinished()
        uid = there[-1].record.uid if there else ""
        return self._trainer.ledger.came, uid, len(changed)

    def _changed_words(self) -> str:
        """Which exam cannot be resumed, why, and what to do; "" where none is so."""
        site, changed = self._trainer.site, self._trainer.changed_since()
        if site is None or not changed:
            return ""
        last = changed[-1]
        begun = day_words(last.record.made_at)
        answered = f"{len(last.answers)} of {last.began.items} done"
        more = f"; {len(changed) - 1} before it, too" if changed[:-1] else ""
        what = bank_changes(site, last.began.exam, last.began.bank)
        which = f" ({what})" if what else ""
        return (
            f"Your exam begun {begun} ({answered}{more}) cannot be resumed: its items "
            f"were changed since{which}. It counts as not finished. Begin another one."
        )

    def _let_begin(self, button: QPushButton) -> None:
        """Let the chosen exam begin, or say why it cannot."""
        why = sentence(self._trainer.exam_refusal(self._wanted))
        if not self._trainer.who:
            why = "Say your name on the course page first."
        button.setEnabled(not why)
        words = why or self._words_of_gone(self._wanted)
        if words or self._said_why:
            self.said.show_words(words or self._changed_words())
        self._said_why = bool(words)

    def _words_of_gone(self, name: ExamName) -> str:
        """That recorded runs of an exam are gone, as sentences; "" where none is."""
        gone = self._trainer.gone_runs(name)
        if not gone:
            return ""
        said = sentence(listed(gone, 2))
        return f"{said} Pages of other runs are shown instead, if there are any."

    def _add_choice(self, panel: PagePanel) -> QComboBox | None:
        """Let one choose among the exams, where the site has more than one."""
        site = self._trainer.site
        names = () if site is None else exams_of(site)
        if names and self._wanted not in names:
            self._wanted = names[0]
        if len(names) < 2:
            return None

        def choose(at: int) -> None:
            self._wanted, self._named = names[at], None

        box = _choice("Runs", [EXAM_WORDS[name] for name in names])
        box.setCurrentIndex(names.index(self._wanted))
        box.currentIndexChanged.connect(choose)
        form = QFormLayout()
        form.setContentsMargins(0, 8, 0, 4)
        form.setHorizontalSpacing(18)
        form.addRow(box.accessibleName(), box)
        panel.column.addLayout(form)
        return box


class PracticePage(TrainingPage):
    """Chooses a simulated shift, or one on a recorded run, and begins it.

    Args:
        trainer: begins it.
    """

    def __init__(self, trainer: Trainer) -> None:
        super().__init__("Practice")
        self._trainer = trainer
        facts = (
            "",  # what comes, by the run that is chosen
            "Say what is wrong with V. You are told at once whether it was right, "
            "where it was to be seen, and what the instruction says.",
            "Nothing of it counts in the exam, and nothing reaches the elog.",
        )
        self._panel = panel = PagePanel("A shift to practise on", facts=facts)
        self._what_comes = panel.facts[0]
        self._minutes = _choice("Minutes", [f"{each} min" for each in MINUTES])
        self._minutes.setCurrentIndex(1)
        self._run_type = _choice("Type of run", RUN_TYPES)
        self._difficulty = _choice("Difficulty", DIFFICULTIES)
        self._form = form = QFormLayout()
        form.setContentsMargins(0, 8, 0, 8)
        form.setHorizontalSpacing(18)
        form.setVerticalSpacing(8)
        for box in (self._minutes, self._run_type, self._difficulty):
            form.addRow(box.accessibleName(), box)
        for box in (self._run_type, self._difficulty):
            box.currentIndexChanged.connect(self._say_which_runs)
        panel.column.addLayout(form)
        self._button = push_button(
            "Begin the practice   Return", "Begin the practice", self._begin
        )
        row = QHBoxLayout()
        row.addWidget(self._button)
        row.addStretch(1)
        panel.column.addLayout(row)
        self.add_panel(panel)

    def open(self) -> None:
        """Show what the site has to practise on, and give it the keyboard."""
        recorded = is_recorded_alone(self._trainer.site)
        self._form.setRowVisible(self._run_type, not recorded)
        self._say_which_runs()
        who = self._trainer.who
        self.said.show_words("" if who else "Say your name on the course page first.")
        self._button.setEnabled(bool(who))
        first = self._button if who else self._minutes
        first.setFocus(Qt.FocusReason.OtherFocusReason)

    def _say_which_runs(self) -> None:
        """Say whether the run that is chosen will be simulated, or recorded.

        Nothing harmless is put into a recorded one.
        """
        site, (run_type, difficulty) = self._trainer.site, self._chosen
        drawn = () if site is None else shift_choices(
            site, "fault", run_type, difficulty
        )  # fmt: skip
        kinds = {each.recorded > 0 for each in drawn}
        words, comes = "simulated", "Faults and harmless events come"
        hard = DIFFICULTIES[-1]
        if kinds == {True}:
            words = "a run that was recorded here, with faults put into it"
            comes, hard = "Faults come", HARD_RECORDED
        elif kinds == {True, False}:
            words = "simulated, or recorded here with faults put into it"
        self._panel.set_aside(words)
        self._what_comes.show_words(f"{comes} unannounced, as in a shift.")
        self._difficulty.setItemText(len(DIFFICULTIES) - 1, hard)

    @property
    def _chosen(self) -> tuple[RunType, int]:
        """Type of the run, and the difficulty from 1."""
        run_type = RUN_TYPES[self._run_type.currentIndex()]
        return run_type, self._difficulty.currentIndex() + 1

    def _begin(self) -> None:
        minutes = float(MINUTES[self._minutes.currentIndex()])
        self.begun(self._trainer.begin_practice(minutes, *self._chosen))


def sentence(words: str) -> str:
    """Words as a sentence; nothing for none."""
    words = words.strip().rstrip(".")
    return f"{words[:1].upper()}{words[1:]}." if words else ""


def _choice(name: str, words: Sequence[str]) -> QComboBox:
    box = QComboBox()
    box.setAccessibleName(name)
    box.addItems(list(words))
    box.setFixedWidth(280)
    return box


def mark_words(mark: PassMark) -> str:
    """Say what is passed, and what a single sitting gives."""
    asked = "; ".join(each.words for each in asked_for(mark))
    if mark.sittings == 1:
        return f"This exam alone decides. What is asked for: {asked}."
    others = mark.sittings - 1
    return (
        f"Your last {mark.sittings} exams count together, as if they were one. What "
        f"is asked for: {asked}. One exam alone decides nothing: it shows you your "
        f"score, and whether you passed stays open until you have sat {others} more."
    )


def _what_takes_part(site: Site) -> str:
    """What is said above the plots of what takes part, where the site knows it."""
    paths = site.settings.conditions
    if paths.dcs:
        return (
            " and what takes part: a line above the plots says which partitions are "
            "off, and of those that came on late since when"
        )
    return " and what takes part" if paths.subsystems else ""


def _what_is_shown(exam: ExamSettings, site: Site, name: ExamName) -> str:
    """What is seen on the pages of an exam: of a recorded run it is a stretch."""
    moment = "is shown as it was at one moment of a simulated run"
    if not any(each.recorded for each in exam.matter):
        return moment
    shown = {row.updates or LUMISECTIONS for row in rows_of(exam, name) if row.recorded}
    if not shown:  # not measured
        longest = max(each.updates for each in exam.matter if each.recorded)
        shown = {min(each, longest) for each in AHEAD}
    many = " to ".join(f"{each}" for each in dict.fromkeys((min(shown), max(shown))))
    stretch = f"shows {many} updates in a row of a run that was recorded here"
    return stretch if is_recorded_alone(site) else f"{moment}, or {stretch}"


def _facts(exam: ExamSettings, site: Site, name: ExamName) -> tuple[str, ...]:
    """What one must know before it begins.

    Args:
        exam: the exams of the site.
        site: the site.
        name: which of the exams is meant.
    """
    recorded = is_recorded_alone(site)
    measured = exam.measured or exam.measured_unread
    often = "In most pages" if measured else "In half of the pages"
    facts = [
        f"{exam.items} pages, one after the other, in {exam.minutes:g} minutes. How "
        "long you take for one is not scored; an answer stands.",
        f"Each page {_what_is_shown(exam, site, name)}, with its "
        f"instructions and the conditions{_what_takes_part(site)}. What the console "
        "says of it is hidden; references and known problems stay.",
        f"{often} nothing is wrong"
        + (
            "; in the others a fault was put into one plot."
            if recorded
            else ", though something harmless may be going on."
        ),
        "Select the plot and press B when something is wrong, then choose the cause; G "
        "when there is nothing to report. What is not answered counts as nothing to "
        "report.",
    ]
    if exam.measured:
        facts.append(mark_words(exam.pass_mark))
        if nobody := why_nobody_passes(site, name):
            facts.append(sentence(nobody))
        if older := bank_words(exam):
            counts = "" if nobody else ", so the exam counts all the same"
            facts.append(
                f"{sentence(older)} What is right is taken from the run that is shown"
                f"{counts}."
            )
    elif exam.measured_unread:
        pass  # why none begins is said below
    elif measurable_faults(teaching(site)):
        facts.append(
            "The items of this site are not measured (dqmconsole training measure): "
            "its exam is scored, and nobody passes by it."
        )
    else:
        facts.append(
            "The items of this site are of evidence, which is not measured: its exam "
            "is scored, and nobody passes by it."
        )
    facts += [
        how_causes_count(recorded=recorded),
        "Nothing is said of an answer before the end. Then you see every page again, "
        "with what it showed and what you said. Your answers are kept in the book "
        "under your name.",
        "It can be left at any time and resumed later. The page in view counts as not "
        "answered then: nothing to report. After a crash another page takes its place; "
        f"a sitting in which that happened more than {MOST_SPENT} times decides "
        "nothing.",
    ]
    return tuple(facts)
