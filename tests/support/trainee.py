"""A pupil: the tutorial on the real detector, engine and book, by keyboard alone."""

from __future__ import annotations

import time
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING

import msgspec
import pytest
from PySide6.QtCore import QCoreApplication, QEvent, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QListWidget

from dqmconsole.app.books import Books, console_name
from dqmconsole.app.console import engine_client
from dqmconsole.app.lesson_named import folder_in_force, lesson_named
from dqmconsole.app.training import Course
from dqmconsole.logbook.author import login_name
from dqmconsole.model.layout import plot_key
from dqmconsole.shift.session import ShiftSession
from dqmconsole.site.site import bundled_site
from dqmconsole.training.lesson_session import LessonSession
from dqmconsole.training.records import LessonDone
from dqmconsole.ui.commands import with_features
from dqmconsole.ui.guidance.contacts import callees
from dqmconsole.ui.settings import Settings
from dqmconsole.ui.training.feature import TrainingFeature
from dqmconsole.ui.training.finding import URGENCY_WORDS, causes_of
from dqmconsole.ui.window import MainWindow

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from dqmconsole.logbook.replicate import BookThread
    from dqmconsole.model.site import Site
    from dqmconsole.training.lesson import FindingGoal, Goal, LessonStep, Question

COMMANDS = with_features((TrainingFeature(),))
ADA = "Ada Trainee"
PATIENCE = 90.0  # s: the machine may have much to do
SPEED = 20.0  # no lesson is to be waited for
NO_MODIFIER = Qt.KeyboardModifier.NoModifier
CTRL = Qt.KeyboardModifier.ControlModifier


class Pupil:
    """Somebody at the console of a tutorial who has a keyboard and nothing else."""

    def __init__(self, folder: Path, name: str) -> None:
        self.client = engine_client()
        self.books = Books(folder)
        self.session = ShiftSession(
            self.client, self._open_book, time.time, login_name(), console_name()
        )
        home = folder_in_force(bundled_site())
        lesson = lesson_named(home, name)
        run = msgspec.structs.replace(lesson.run, speed=SPEED)
        self.lesson = msgspec.structs.replace(lesson, run=run)
        self.course = Course(self.client, self.session, self.books, "", home)
        self.course.begin(self.lesson, ADA)
        self.window = MainWindow(
            self.client,
            Settings(None),
            start_demo=None,
            clock=time.time,
            session=self.session,
            features=self.course.features,
        )
        self.window.resize(1600, 960)
        self.course.follow(self.window, page=False)
        self.window.show()
        self.window.activateWindow()

    def _open_book(self, site: Site, banner: str) -> BookThread | None:
        self.session.evidence_folder = self.books.evidence_folder(banner)
        return self.books.open(site, banner)

    def until(self, holds: Callable[[], bool], what: str) -> None:
        begun = time.monotonic()
        while not holds():
            assert time.monotonic() - begun < PATIENCE, what
            QTest.qWait(20)

    def press(
        self, key: Qt.Key | str, modifier: Qt.KeyboardModifier = NO_MODIFIER
    ) -> None:
        target = QApplication.focusWidget() or self.window
        QTest.keyClick(target, key, modifier)  # type: ignore[call-overload]
        QApplication.processEvents()

    @property
    def lesson_session(self) -> LessonSession:
        activity = self.course.trainer.activity
        assert isinstance(activity, LessonSession)
        return activity

    @property
    def step(self) -> LessonStep | None:
        """The step that is told; None once all are done."""
        activity = self.course.trainer.activity
        return activity.state.step if isinstance(activity, LessonSession) else None

    def is_kept(self) -> bool:
        """The end of the lesson is in the book."""
        return any(
            each.number and isinstance(each.body, LessonDone)
            for each in self.course.trainer.ledger.records
        )

    def do(self, step: LessonStep) -> None:
        """Do what a step asks for, and see that the next one is told."""
        if step.question is not None:
            self._answer(step.question)
        elif step.done is not None:
            self._reach(step.done)
        else:
            self.press(Qt.Key.Key_F7)
        self.until(lambda: self.step != step, f"after {step.id} nothing else is told")

    def try_to(self, step: LessonStep) -> None:
        """Do what a step asks for, whatever is told."""
        if step.done is not None and self.step is not None:
            self._reach(step.done)
            QTest.qWait(60)

    def _answer(self, question: Question) -> None:
        self.press(str(question.right))
        self.until(
            lambda: self.lesson_session.state.can_go_on, "the answer was not taken"
        )
        self.press(Qt.Key.Key_F7)

    def _reach(self, goal: Goal) -> None:
        view = self.window.parts.view
        if goal.page:
            self._open_page(goal.page)
        if goal.plot:
            self._select(goal.plot)
        if goal.alone and not view.in_detail:
            self._to_page()
            self.press(Qt.Key.Key_Return)
        if goal.mode:
            self._compare(goal)
        if goal.finding is not None:
            self._find(goal.finding)
        if goal.call:
            self._call(goal.call)
        if goal.used:
            self._to_page()
            (key,) = (each.keys[0] for each in COMMANDS if each.id == goal.used)
            parts = key.split("+")
            self.press(
                parts[-1].lower() if parts[-1].isalpha() else parts[-1],
                CTRL if "Ctrl" in parts else NO_MODIFIER,
            )
            self.press(Qt.Key.Key_Escape)

    def _compare(self, goal: Goal) -> None:
        """Press R until the plot is compared so, however often that is."""
        self._to_page()
        for _ in range(8):
            if self._is_compared(goal):
                return
            self.press("r")
            QTest.qWait(150)  # the engine draws it anew

    def _is_compared(self, goal: Goal) -> bool:
        step = self.step
        return step is None or step.done != goal

    def _find(self, goal: FindingGoal) -> None:
        if goal.plot not in {"", "*"}:
            self._select(goal.plot)
        self.press("v")
        bad = goal.verdict == "bad"
        if not bad:
            self.press(Qt.Key.Key_Down)
        self.press(Qt.Key.Key_Right)
        causes = [each.name for each in causes_of(self.client.site, bad=bad)]
        if goal.causes:
            for _ in range(len(causes) - causes.index(goal.causes[0])):
                self.press(Qt.Key.Key_Up)
        self.press(Qt.Key.Key_Right)
        if goal.urgency:
            urgencies = list(URGENCY_WORDS)
            down = urgencies.index(goal.urgency) - (0 if bad else len(urgencies) - 1)
            for _ in range(abs(down)):
                self.press(Qt.Key.Key_Down if down > 0 else Qt.Key.Key_Up)
        self.press(Qt.Key.Key_Return)

    def _call(self, role: str) -> None:
        site = self.client.site
        assert site is not None
        selected = self.window.parts.view.selected
        if selected is None or not self._calls(selected.key, role):
            self._select(
                next(
                    plot.path
                    for layout in site.layouts
                    for page in layout.pages
                    for plot in page.plots
                    if self._calls(plot_key(layout.layout, page.page, plot.path), role)
                )
            )
        self.press("c")
        title = site.contacts.roles[role].title
        people = QApplication.focusWidget()
        assert isinstance(people, QListWidget)
        for _ in range(people.count()):
            item = people.currentItem()
            if item is not None and _called(item.text()).startswith(title):
                break
            self.press(Qt.Key.Key_Down)
        else:
            listed = [people.item(row).text() for row in range(people.count())]
            pytest.fail(f"{title} is not among {listed}")
        self.press(Qt.Key.Key_Return)

    def _calls(self, key: str, role: str) -> bool:
        return any(
            each.person.role == role
            for each in callees(self.session, self.session.guidance(key))
        )

    def _open_page(self, name: str) -> None:
        layout, page = name.split("/")
        self.press("k", CTRL)
        for letter in f"page: {layout} {page}":
            self.press(letter)
        self.press(Qt.Key.Key_Return)
        found = self.window.parts.view.page
        assert found is not None
        assert (found.layout, found.page) == (layout, page)

    def _select(self, glob: str) -> None:
        """Walk over the plots of the page that has one, row by row."""
        site = self.client.site
        assert site is not None
        name = next(
            f"{layout.layout}/{page.page}"
            for layout in site.layouts
            for page in layout.pages
            if any(fnmatchcase(plot.path, glob) for plot in page.plots)
        )
        self._open_page(name)
        self._to_page()
        for key in (Qt.Key.Key_Home, *[Qt.Key.Key_Right] * 80):
            selected = self.window.parts.view.selected
            if selected is not None and fnmatchcase(selected.plot.path, glob):
                return
            self.press(key)
            if self.window.parts.view.selected == selected and key is Qt.Key.Key_Right:
                self._next_row()

    def _next_row(self) -> None:
        self.press(Qt.Key.Key_Down)
        before = None
        while self.window.parts.view.selected != before:
            before = self.window.parts.view.selected
            self.press(Qt.Key.Key_Left)

    def _to_page(self) -> None:
        """Give the keyboard from the bubble to the page."""
        if self.window.parts.view.in_detail:
            return
        grid = self.window.parts.view.grid
        for _ in range(40):
            holder = QApplication.focusWidget()
            if holder is not None and grid.isAncestorOf(holder):
                return
            self.press(Qt.Key.Key_Tab)
        pytest.fail("Tab does not lead to the page")

    def close(self) -> None:
        self.window.close()
        self.window.deleteLater()
        QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete.value)
        QApplication.processEvents()
        assert self.course.close() == ""
        self.books.close()


def _called(line: str) -> str:
    """A line of the call sheet without its number."""
    return line.partition(". ")[2]
