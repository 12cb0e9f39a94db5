"""Plays a lesson to its end with keys alone, in the order written or in another."""

from __future__ import annotations

import re
from collections import Counter
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from support.keyboard import CTRL, ESC, RETURN, SHIFT
from support.lesson_actions import LessonActions

from dqmconsole.training.lesson_session import LessonSession
from dqmconsole.training.records import LessonDone, LessonStepDone

if TYPE_CHECKING:
    from collections.abc import Callable
    from random import Random

    from support.lesson_console import LessonConsole

    from dqmconsole.training.lesson import Lesson, LessonStep, Question

STEPPED = re.compile(r"`?\bN\b`? leads|Press N\b")
MOST_STEPS = 12  # N that people would press for one thing
SEARCHED = re.compile(r"`/`, (?:then |type )?`([^`]+)`")
RUN_LENGTH_LEFT = 3  # lumisections that are left of a run whose end is waited for


class LessonPlayer:
    """A trainee who does what the tutor tells.

    Args:
        console: the window and its keyboard.
        look: is called with each step when it is told ("told"), and when what it
            asks to look at is in view ("there").
        hurry: where a lesson waits for its run, that is farther and faster.
        part: only what a lesson needs of the detector is simulated.

    Attributes:
        wrong_hints: hints that lead elsewhere than they say.
    """

    def __init__(
        self,
        console: LessonConsole,
        look: Callable[[LessonStep, str], None] = lambda _step, _when: None,
        *,
        hurry: bool = True,
        part: bool = False,
    ) -> None:
        self._console = console
        self._look = look
        self._hurry = hurry
        self._part = part
        self.wrong_hints: list[str] = []

    def play(self, lesson: Lesson, who: str, dice: Random | None = None) -> None:
        """Play a lesson to its end.

        Args:
            lesson: of the course.
            who: the trainee.
            dice: what can be done early is done first, in an order of theirs; None
                does all in the order in which it is told.

        Raises:
            AssertionError: it does not end; says at which step, and what was said.
        """
        self._lesson, self._who = lesson, who
        self._actions = LessonActions(
            self._console, lesson, who, self._done, self._seen
        )
        self.begin(lesson, who)
        if dice is not None:
            self._early(lesson, dice)
        while (step := self.told()) is not None:
            self._look(step, "told")
            try:
                if step.id not in self._done():
                    self._do(step, wrong_first=dice is not None)
                self._leave(step)
            except AssertionError as error:
                message = f"{lesson.id}, step {step.id} ({step.title}): {error}"
                raise AssertionError(message) from error
        self._end(lesson)

    def begin(self, lesson: Lesson, who: str) -> None:
        """From the course page: name, lesson, Return."""
        console = self._console
        detectors = console.detectors
        detectors.ahead = _waits_until(lesson) if self._hurry else 0
        detectors.only = self._needed(lesson) if self._part else ()
        for sheet in ("Debrief", "Finding", "Entry", "Call"):
            if console.seen(sheet):  # of a lesson that failed
                console.press(ESC)
        console.press(Qt.Key.Key_F5)
        console.until(lambda: console.seen("Course"), "the course is shown")
        if console.focus() == "Lessons":
            console.press(Qt.Key.Key_Tab, SHIFT)
        assert console.focus() == "Your name", console.focus()
        console.press("a", CTRL)
        console.type(who)
        console.press(RETURN)
        console.choose("Lessons", lesson.title)
        console.press(RETURN)
        console.until(lambda: console.trainer.activity is not None, "a lesson begins")
        ahead = max(lesson.run.ahead, detectors.ahead)
        console.until(
            lambda: (
                (console.client.mailbox.run.lumisection or 0) >= ahead
                and console.window.parts.view.on_page
                and console.bubble.isVisible()
                and console.session.book.word == "ready"
            ),
            f"lesson {lesson.id} is told",
        )
        assert not console.window.parts.view.choices.modes, (
            "plots are drawn as in the last lesson"
        )
        assert not console.window.parts.navigator.search.text(), "searched before"

    # -- what is told ----------------------------------------------------------------

    def told(self) -> LessonStep | None:
        """The step that is told, by its number in the band; None at the debrief."""
        console, lesson = self._console, self._lesson
        found: list[LessonStep | None] = []

        def read() -> bool:
            if console.seen("Debrief"):
                found.append(None)
            said = re.match(
                r"step (\d+) of", console.words("How far, and how to leave")
            )
            if said and console.bubble.isVisible():
                step = lesson.steps[int(said[1]) - 1]
                names = ("Step", "Step, folded")
                if any(console.words(name) == step.title for name in names):
                    found.append(step)
            return bool(found)

        console.until(read, "a step is told")
        return found[0]

    def _early(self, lesson: Lesson, dice: Random) -> None:
        """Do what can be done before it is told, in a shuffled order."""
        tried: set[str] = set()
        while True:
            ready = [
                step
                for step in lesson.steps
                if step.id not in tried | self._done()
                and _is_early(step)
                and self._done().issuperset(step.after)
            ]
            if not ready:
                return
            step = dice.choice(ready)
            tried.add(step.id)
            try:
                assert step.done is not None
                self._actions.reach(step, step.done)
                self._console.until(
                    lambda step=step: step.id in self._done(), "it counts"
                )
            except AssertionError as error:
                message = f"{lesson.id}, step {step.id}, done early: {error}"
                raise AssertionError(message) from error

    def _seen(self, step: LessonStep) -> None:
        """Look at what a step is about, if it is the one that is told."""
        activity = self._console.trainer.activity
        if isinstance(activity, LessonSession) and activity.tutor.state.step is step:
            self._look(step, "there")

    def _done(self) -> set[str]:
        activity = self._console.trainer.activity
        if not isinstance(activity, LessonSession):  # it has ended
            return {step.id for step in self._lesson.steps}
        done = zip(activity.lesson.steps, activity.tutor.state.done, strict=True)
        return {step.id for step, is_done in done if is_done}

    def _end(self, lesson: Lesson) -> None:
        """Read the debrief, go back to the course, and look into the real book."""
        console = self._console
        title = console.words("Title of Debrief")
        assert title == f"Lesson {lesson.number} done: {lesson.title}", title
        console.press(ESC)
        console.until(lambda: console.seen("Course"), "the course is shown")
        book = console.trainer.ledger
        console.until(lambda: not book.state.unsaved, "all progress is saved")
        mine = [each.body for each in book.records if each.who == self._who]
        steps = Counter(
            body.step
            for body in mine
            if isinstance(body, LessonStepDone) and body.lesson == lesson.id
        )
        assert steps == Counter(step.id for step in lesson.steps), steps
        ended = [
            body
            for body in mine
            if isinstance(body, LessonDone) and body.lesson == lesson.id
        ]
        assert len(ended) == 1, ended

    # -- what is done ----------------------------------------------------------------

    def _do(self, step: LessonStep, *, wrong_first: bool) -> None:
        if step.question is not None:
            self._there(step)
            self._answer(step.question, wrong_first=wrong_first)
        elif step.done is not None:
            if not self._as_hinted(step):
                self._actions.reach(step, step.done)
        else:
            self._console.to_page()
            self._console.press(Qt.Key.Key_F7)

    def _leave(self, step: LessonStep) -> None:
        """Wait until another step is told; what was done already, or last, is left."""

        def left() -> bool:
            if self.told() is not step:
                return True
            if "✓" in self._console.words("Tutor") and step.id in self._done():
                self._console.press(Qt.Key.Key_F7)
            return False

        self._console.until(left, "it is left")

    def _there(self, step: LessonStep) -> None:
        """Bring what a step points at into view."""
        kind, _, name = step.point.partition(" ")
        if kind == "plot":
            self._console.select(name)
        elif kind == "page" and name and self._console.page != name:
            self._console.open_page(name)
        self._console.to_page()
        self._look(step, "there")

    def _answer(self, question: Question, *, wrong_first: bool) -> None:
        console = self._console
        if wrong_first:
            wrong = 1 if question.right != 1 else 2
            console.press(str(wrong))
            console.until(
                lambda: (
                    f"✗ {_plain(question.why[wrong - 1])}" in console.words("Tutor")
                ),
                "it is said why that is wrong",
            )
        console.press(str(question.right))
        why = _plain(question.why[question.right - 1])
        console.until(
            lambda: f"✓ {why}" in console.words("Tutor"), "it is said why that is right"
        )
        console.press(Qt.Key.Key_F7)

    def _as_hinted(self, step: LessonStep) -> bool:
        """Find a page or plot as the hints say; whether that was all it took."""
        goal, console = step.done, self._console
        assert goal is not None
        if STEPPED.search(" ".join((step.text, *step.hints))):
            return self._by_next(step)
        written = SEARCHED.findall(" ".join(step.hints))
        if not written or not (goal.page or goal.plot):
            return False
        console.search(written[-1])
        if goal.page and goal.page != console.page:
            console.to_page()
        page = goal.page or console.page_of(self._actions.plot_meant(step, goal.plot))
        console.until(
            lambda: console.window.parts.view.selected is not None, "it is opened"
        )
        if page != "/".join(console.window.parts.view.page or ()):
            self.wrong_hints.append(
                f"{self._lesson.id}/{step.id}: the hint {written[-1]!r} leads to "
                f"{console.page}, {console.plot}"
            )
        return step.id in self._done()

    def _by_next(self, step: LessonStep) -> bool:
        """Go from one plot that is not good to the next, as the hint says.

        N passes over what is not judged yet, so that is waited for: a lesson may be
        told before the first verdict.
        """
        goal, console = step.done, self._console
        if goal is not None and goal.plot:
            wanted = goal.plot
            console.until(lambda: console.is_wrong(wanted), f"{wanted} is not good")
        console.to_page()

        def leads() -> bool:  # more than once round while alarms still gather plots
            for _ in range(MOST_STEPS):
                console.press("n")
                console.until_looked()
                if step.id in self._done():
                    return True
            return False

        try:
            console.until(leads, "N leads there")
        except AssertionError as error:
            self.wrong_hints.append(f"{self._lesson.id}/{step.id}: {error}")
            return False
        return True

    def _needed(self, lesson: Lesson) -> tuple[str, ...]:
        """The layouts a lesson speaks of; all (empty) where it signs off a run."""
        goals = [step.done for step in lesson.steps if step.done is not None]
        if any(goal.settled or goal.flag for goal in goals):
            return ()
        parts = [lesson.debrief, *lesson.covers, *lesson.run.causes]
        parts += [f"{step.point} {step.text} {step.done}" for step in lesson.steps]
        names = [each.layout for each in self._console.site.layouts]
        named = set(re.findall(r"\w+", " ".join(parts)))
        return tuple(each for each in names if each in named | {"Info", "FED"})


def _is_early(step: LessonStep) -> bool:
    """Whether a step counts before it is told: it asks for what is put on record.

    What waits for the run, and what is only looked at, does not.
    """
    goal = step.done
    return goal is not None and bool(
        goal.finding or goal.flag or goal.entry or goal.tick or goal.call or goal.shift
    )


def _waits_until(lesson: Lesson) -> int:
    """The lumisection up to which a lesson would wait; 0 where it does not."""
    goals = [step.done for step in lesson.steps if step.done is not None]
    last = max((goal.lumisection - 1 for goal in goals), default=0)
    if lesson.run.run_length and any(goal.runs > 1 or goal.settled for goal in goals):
        return max(last, lesson.run.run_length - RUN_LENGTH_LEFT)
    return max(last, 0)


def _plain(words: str) -> str:
    return " ".join(words.replace("*", "").split())
