"""Training put together: the feature of the window, a trainer and its runs."""

from __future__ import annotations

import subprocess
import sys
import time
from typing import TYPE_CHECKING

import click

from dqmconsole.app.books import console_name
from dqmconsole.app.exam_items import ExamItems
from dqmconsole.app.lesson_runs import LessonRuns
from dqmconsole.logbook.author import login_name
from dqmconsole.training.lesson import teaching
from dqmconsole.training.recording import Recording
from dqmconsole.training.trainer import Trainer
from dqmconsole.ui.training.feature import TrainingFeature
from dqmconsole.ui.training.pages import sentence

if TYPE_CHECKING:
    from pathlib import Path

    from dqmconsole.app.books import Books
    from dqmconsole.app.console import ConsoleOptions
    from dqmconsole.logbook.replicate import BookThread
    from dqmconsole.model.site import Site
    from dqmconsole.shift.client import EngineClient
    from dqmconsole.shift.session import ShiftSession
    from dqmconsole.training.lesson import ExamName, Lesson
    from dqmconsole.ui.window import MainWindow

LOOK_EVERY = 100  # ms between two looks whether the site is read


class TrainingElsewhere:
    """What a console has of the training that goes on in a window of its own.

    Args:
        site: folder of the site, "" for the bundled one.
        tutorial: the tutorial can be begun from here.
    """

    def __init__(self, site: str, *, tutorial: bool = False) -> None:
        self._site = site
        self._begun: list[subprocess.Popen[bytes]] = []
        self._items = ExamItems(site)
        start = self.start_tutorial if tutorial else None
        self.features = (TrainingFeature(start=start, make_item=self._items.make),)

    def start_tutorial(self) -> None:
        """Open the tutorial in another window, which outlives this one.

        Raises:
            OSError: it cannot be started.
        """
        command = [sys.executable, "-m", "dqmconsole", "tutorial"]
        if self._site:
            command += ["--site", self._site]
        self._begun = [each for each in self._begun if each.poll() is None]
        self._begun.append(
            subprocess.Popen(command, stdin=subprocess.DEVNULL, start_new_session=True)
        )

    def follow(self, window: MainWindow, *, page: bool) -> None:  # noqa: ARG002
        """Let the window say what came of an item."""
        self._items.said.connect(window.context.said)

    def close(self) -> str:
        """Wait for the items that were begun."""
        self._items.close()
        return ""


class Course:
    """A trainer and the runs it shows, for one console.

    Args:
        client: of the console.
        session: of the console; what is written there is thrown away.
        books: of the console; progress goes into the site's real one.
        site: folder of the site that was asked for, "" for the bundled one.
        folder: the folder that is read of it.

    Attributes:
        trainer: what the window works with.
        training: the feature of the window.
        features: what the window takes in.
    """

    def __init__(
        self,
        client: EngineClient,
        session: ShiftSession,
        books: Books,
        site: str,
        folder: Path,
    ) -> None:
        def open_ledger(site: Site) -> BookThread | None:
            # what was sat and signed counts however long ago it was
            return books.open(site, "", age=None)

        self._runs = LessonRuns(lambda: folder, home=site)
        self._folder = folder
        self._wanted: Lesson | None = None
        self._exam: ExamName | None = None
        self._recording: Recording | None = None
        self.trainer = Trainer(
            client,
            session,
            self._runs,
            open_ledger,
            time.time,
            time.monotonic,
            login_name(),
            console_name(),
            site,
        )
        self._items = ExamItems(site)
        self.training = TrainingFeature(self.trainer, make_item=self._items.make)
        self.features = (self.training,)

    def record(self, recording: Recording, who: str) -> None:
        """Begin to record a lesson before anything is read, or open any run.

        A bundle of evidence says nothing of the site's causes: a recording of one
        begins in :meth:`follow`, once the site is read beside any other run.

        Args:
            recording: of the lesson.
            who: the expert; the account's name when "".

        Raises:
            click.ClickException: no run can be started.
        """
        self.trainer.who = who or login_name()
        if recording.run.evidence:
            self._recording = recording
            refused = self._start_idle()
        else:
            refused = self.trainer.begin_recording(recording)
        if refused:
            raise click.ClickException(refused)

    def begin(
        self, lesson: Lesson | None, who: str, exam: ExamName | None = None
    ) -> None:
        """Begin a lesson before anything is read, or open any run.

        A bundle of evidence says nothing of the site's book: a lesson of one begins in
        :meth:`follow`, once the site is read beside any other run.

        Args:
            lesson: the lesson; None shows the course.
            who: the trainee; "" is asked on the course page.
            exam: the one whose page is shown instead of the course.

        Raises:
            click.ClickException: no run can be started.
        """
        self._wanted, self._exam = lesson, exam
        named = lesson is not None or exam is not None
        self.trainer.who = who or (login_name() if named else "")
        if lesson is not None and not lesson.run.evidence:
            refused = self.trainer.begin_lesson(lesson)
        else:
            refused = self._start_idle()
        if refused:
            raise click.ClickException(refused)

    def _start_idle(self) -> str:
        """Open the run that is shown where nobody learns, or none; why not, or ""."""
        # loads YAML and the table of causes, which no console needs that does not teach
        from dqmconsole.app.idle_run import idle_run

        idle = idle_run(self._folder)
        refused = "" if idle is None else self.trainer.start_run(idle)
        if idle is None or (refused and idle.recorded):  # that one is gone
            return self.trainer.show_nothing()
        return refused

    def follow(self, window: MainWindow, *, page: bool = False) -> None:
        """Show the course where no lesson goes on; end one that the site left out.

        Args:
            window: of the same console.
            page: a page was asked for: neither the course nor the page on which a
                lesson opens goes before it.
        """
        from PySide6.QtCore import QTimer

        self._items.said.connect(window.context.said)
        wanted, trainer = self._wanted, self.trainer
        exam, recording = self._exam, self._recording
        if wanted is None and recording is None:
            if not page and not isinstance(trainer.activity, Recording):
                self.training.show_course()
            if exam is None:
                return
        timer = QTimer(window)

        def tell_on_course(words: str) -> None:
            self.training.show_course()
            window.tell(words)

        def look() -> None:
            if trainer.site is None:
                return
            timer.stop()
            if recording is not None:
                if refused := trainer.begin_recording(recording):
                    tell_on_course(sentence(refused))
            elif wanted is None:
                assert exam is not None
                self.training.show_exam(exam)
            elif wanted.id not in {each.id for each in teaching(trainer.site).lessons}:
                trainer.leave()
                tell_on_course(f"The lesson {wanted.id} does not agree with the site.")
            elif wanted.run.evidence and (refused := trainer.begin_lesson(wanted)):
                tell_on_course(sentence(refused))
            elif not page:
                self.training.show_opening(wanted)

        timer.timeout.connect(look)
        timer.start(LOOK_EVERY)

    def close(self) -> str:
        """End the runs and the real book; what could not be kept, or ""."""
        self._items.close()
        lost = self.trainer.close()
        self._runs.close()
        return lost


def show_tutorial(
    options: ConsoleOptions,
    folder: Path,
    lesson: Lesson | None = None,
    trainee: str = "",
    recording: Recording | None = None,
    exam: ExamName | None = None,
) -> int:
    """Run a console with the course in it until it is closed; the exit code.

    Args:
        options: what to show; its source is the lesson's run.
        folder: the folder that is read of the site.
        lesson: to begin with; None shows the course page.
        trainee: their name; "" is asked for, or for a lesson the account's.
        recording: to begin with instead.
        exam: whose page to begin with instead.
    """
    from dqmconsole.app.console import show_console

    def course(client: EngineClient, session: ShiftSession, books: Books) -> Course:
        found = Course(client, session, books, options.site, folder)
        try:
            if recording is not None:
                found.record(recording, trainee)
            else:
                found.begin(lesson, trainee, exam)
        except click.ClickException:
            found.close()
            raise
        return found

    return show_console(options, add=course)
