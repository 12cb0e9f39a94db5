"""Plays a lesson to its end with keys alone, in the order written or in another."""

from __future__ import annotations

import re
from collections import Counter
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from support.lesson_console import CTRL, ESC, RETURN, SHIFT, hurried

from dqmconsole.model.lesson import NOBODY
from dqmconsole.model.record import Call, Entry, Flag, SignOff
from dqmconsole.model.training import Finding, LessonDone, LessonStepDone
from dqmconsole.training.lessoning import Lessoning
from dqmconsole.ui.commands import COMMANDS
from dqmconsole.ui.tutor.finding import URGENCY_WORDS, listed_words

if TYPE_CHECKING:
    from collections.abc import Callable
    from random import Random

    from support.lesson_console import LessonConsole

    from dqmconsole.model.lesson import (
        FindingGoal,
        FlagGoal,
        Goal,
        Lesson,
        LessonStep,
        Question,
    )

SEARCHED = re.compile(r"`/`, (?:then |type )?`([^`]+)`")
FLAG_KEYS = {"GOOD": "g", "BAD": "b", "EXCLUDED": "x", "STANDBY": "s"}
RUN_LENGTH_LEFT = 3  # lumisections that are left of a run whose end is waited for


class LessonPlayer:
    """A trainee who does what the tutor tells.

    Args:
        console: the window and its keyboard.
        look: is called with each step when it is told ("told"), and when what it
            asks to look at is in view ("there").
        hurry: where a lesson waits for its run, that is farther and faster.
    """

    def __init__(
        self,
        console: LessonConsole,
        look: Callable[[LessonStep, str], None] = lambda _step, _when: None,
        *,
        hurry: bool = True,
    ) -> None:
        self._console = console
        self._look = look
        self._hurry = hurry
        self._lesson: Lesson | None = None
        self._who = ""
        self.amiss: list[str] = []

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
        self.begin(lesson, who)
        if dice is not None:
            self._early(lesson, dice)
        while (step := self.told()) is not None:
            self._look(step, "told")
            try:
                self._do(step, wrong_first=dice is not None)
                self._console.until(
                    lambda step=step: self.told() is not step, "it is left"
                )
            except AssertionError as error:
                message = f"{lesson.id}, step {step.id} ({step.title}): {error}"
                raise AssertionError(message) from error
        self._end(lesson)

    def begin(self, lesson: Lesson, who: str) -> None:
        """From the course page: name, lesson, Return."""
        console = self._console
        last = _waits_until(lesson) if self._hurry else 0
        console.runs.hurry = (
            (lambda run: hurried(run, last)) if last else (lambda run: run)
        )
        for sheet in ("Debrief", "Finding", "Entry", "Call"):
            if console.sees(sheet):  # of a lesson that failed
                console.press(ESC)
        console.press(Qt.Key.Key_F5)
        console.until(lambda: console.sees("Course"), "the course is shown")
        if console.focus() == "Lessons":
            console.press(Qt.Key.Key_Tab, SHIFT)
        assert console.focus() == "Your name", console.focus()
        console.press("a", CTRL)
        console.type(who)
        console.press(RETURN)
        console.choose("Lessons", lesson.title)
        console.press(RETURN)
        console.until(lambda: console.trainer.activity is not None, "a lesson begins")
        ahead = console.runs.hurry(lesson.run).ahead
        console.until(
            lambda: (console.session.run.lumisection or 0) >= ahead
            and console.window.view.on_page
            and console.bubble.isVisible()
            and console.duty.book.word == "ready",
            f"lesson {lesson.id} is told",
        )

    # -- what is told ----------------------------------------------------------------

    def told(self) -> LessonStep | None:
        """The step that is told, by its number in the band; None at the debrief."""
        console, lesson = self._console, self._lesson
        assert lesson is not None
        found: list[LessonStep | None] = []

        def read() -> bool:
            if console.sees("Debrief"):
                found.append(None)
            said = re.match(r"step (\d+) of", console.words("How far, and how to leave"))
            if said and console.bubble.isVisible():
                step = lesson.steps[int(said[1]) - 1]
                if step.title in (console.words("Step"), console.words("Step, folded")):
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
                self._reach(step, step.done)
                self._console.until(
                    lambda step=step: step.id in self._done(), "it counts"
                )
            except AssertionError as error:
                message = f"{lesson.id}, step {step.id}, done early: {error}"
                raise AssertionError(message) from error

    def _done(self) -> set[str]:
        activity = self._console.trainer.activity
        if not isinstance(activity, Lessoning):
            return {step.id for step in self._lesson.steps} if self._lesson else set()
        done = zip(activity.lesson.steps, activity.told.done, strict=True)
        return {step.id for step, is_done in done if is_done}

    def _end(self, lesson: Lesson) -> None:
        """Read the debrief, go back to the course, and look into the real book."""
        console = self._console
        title = console.words("Title of Debrief")
        assert title == f"Lesson {lesson.number} done: {lesson.title}", title
        console.press(ESC)
        console.until(lambda: console.sees("Course"), "the course is shown")
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
                self._reach(step, step.done)
        else:
            self._console.to_page()
            self._console.press("g")

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
                lambda: f"✗ {_plain(question.why[wrong - 1])}" in console.words("Tutor"),
                "it is said why that is wrong",
            )
        console.press(str(question.right))
        why = _plain(question.why[question.right - 1])
        console.until(
            lambda: f"✓ {why}" in console.words("Tutor"), "it is said why that is right"
        )
        console.press("g")

    def _as_hinted(self, step: LessonStep) -> bool:
        """Find a page or plot as the hints say; whether that was all it took."""
        goal, console = step.done, self._console
        written = SEARCHED.findall(" ".join(step.hints))
        assert goal is not None
        if not written or not (goal.page or goal.plot):
            return False
        console.search(written[-1])
        if goal.page and goal.page != console.page:
            console.to_page()
        page = goal.page or console.page_of(self._plot_meant(step, goal.plot))
        console.until(lambda: console.window.view.selected is not None, "it is opened")
        if page != "/".join(console.window.view.page or ()):
            self.amiss.append(
                f"{self._lesson.id if self._lesson else ''}/{step.id}: "
                f"the hint {written[-1]!r} leads to {console.page}, {console.plot}"
            )
        return step.id in self._done()

    def _reach(self, step: LessonStep, goal: Goal) -> None:
        """Do all that a goal asks for."""
        console = self._console
        if goal.page:
            console.open_page(goal.page)
        if goal.plot:
            console.select(self._plot_meant(step, goal.plot))
        if goal.mode:
            self._turn_to(goal.mode)
        if goal.alone and not console.window.view.in_detail:
            console.to_page()
            console.press(RETURN)
        if goal.used:
            self._use(goal.used)
        if goal.read:
            console.press("k", CTRL)
            title = next(e.title for e in console.site.instructions if e.id == goal.read)
            console.type(f"instruction {title}")
            console.press(RETURN)
        if goal.finding is not None:
            self._find(step, goal.finding)
        if goal.call and goal.call != NOBODY:
            self._call(step, goal.call)
        if goal.entry is not None:
            self._enter(step, goal.entry.plot)
        if goal.tick is not None:
            self._tick(step, goal.tick.instruction, goal.tick.step)
        if goal.shift == "begun":
            self._begin_shift()
        if goal.flag is not None:
            self._flag(goal.flag)
        if goal.settled:
            self._settle()
        if goal.shift == "handed over":
            self._hand_over()
        console.until(lambda: step.id in self._done(), "what it asks for is done")

    def _turn_to(self, mode: str) -> None:
        console, path = self._console, self._console.plot
        for _ in range(6):
            if console.words("Comparison") == mode or self._mode() == mode:
                return
            console.press("r")
        message = f"R never compares {path} by {mode}; {console.seen()}"
        raise AssertionError(message)

    def _mode(self) -> str:
        training = self._console.window.hands.training
        assert training is not None
        view = self._console.window.view
        place, tile = view.selected, view.selected_tile()
        if place is None or tile is None:
            return ""
        from dqmconsole.ui.choices import mode_shown

        found = mode_shown(place.plot, tile.tile, view.modes.get(place.key))
        return found or ""

    def _use(self, command: str) -> None:
        console = self._console
        console.to_page()
        (keys,) = (each.keys for each in COMMANDS if each.id == command)
        console.press_keys(keys[-1] if command == "keys" else keys[0])
        if command in ("palette", "keys"):
            console.press(ESC)

    def _find(self, step: LessonStep, goal: FindingGoal) -> None:
        console = self._console
        console.select(self._plot_meant(step, goal.plot or "*"))
        if step is self._told_quietly():
            self._look(step, "there")
        console.to_page()
        before = console.duty.logbook.version
        console.press("v")
        words = {"bad": "Something is wrong", "good": "Nothing is to be reported"}
        console.choose("Verdict", words[goal.verdict])
        console.press(Qt.Key.Key_Right)
        if goal.causes:
            (cause,) = (e for e in console.site.causes if e.name == goal.causes[0])
            console.choose("Cause", listed_words(cause))
        console.press(Qt.Key.Key_Right)
        if goal.urgency:
            console.choose("How soon to call", URGENCY_WORDS[goal.urgency])
        console.press(RETURN)
        console.until(lambda: not console.sees("Finding"), "the finding is recorded")
        console.until(
            lambda: console.duty.logbook.version != before
            and list(console.duty.logbook.of(Finding)),
            "the finding stands in the book",
        )

    def _call(self, step: LessonStep, role: str) -> None:
        console = self._console
        title = f". {console.site.contacts.roles[role].title}"
        for path in (*self._plots_before(step), console.plot):
            console.select(path)
            console.to_page()
            console.press("c")
            if any(title in line for line in console.lines("Whom to call")):
                break
            console.press(ESC)
        console.choose("Whom to call", title)
        console.press(RETURN)
        console.until(lambda: self._wrote(Call), "the call is on record")

    def _enter(self, step: LessonStep, glob: str) -> None:
        console = self._console
        console.select(self._plot_meant(step, glob or "*"))
        console.to_page()
        console.press("e")
        console.until(
            lambda: console.words("Evidence").startswith("The evidence is taken"),
            "the evidence is taken",
        )
        console.type("since some lumisections, told on the telephone")
        console.press(RETURN, CTRL)
        console.until(lambda: self._wrote(Entry), "the entry is in the book")

    def _tick(self, step: LessonStep, instruction: str, number: int) -> None:
        console = self._console
        for path in self._plots_before(step):
            console.select(path)
            found = console.duty.guidance(console.window.view.selected.key)
            if found.instruction is not None and found.instruction.id == instruction:
                break
        console.to_page()
        for _ in range(number):
            if step.id not in self._done():
                console.press("t")

    def _begin_shift(self) -> None:
        console = self._console
        console.press(Qt.Key.Key_F2)
        if console.duty.shift is None:
            console.press("a", CTRL)
            console.type(self._who)
            console.press(RETURN, CTRL)
        console.until(lambda: console.duty.shift is not None, "the shift has begun")
        console.press(ESC)

    def _flag(self, goal: FlagGoal) -> None:
        console = self._console
        run = min(int(line.split(" ")[0]) for line in self._runs())
        self._choose_run(run)
        console.choose("Flags", f"{goal.component} ·")
        console.press(FLAG_KEYS[goal.status])
        console.until(lambda: console.sees("Set a flag"), "a flag can be set")
        console.type("readout")
        for _ in range(6):
            if console.focus() == "First lumisection":
                break
            console.press(Qt.Key.Key_Tab, SHIFT)
        console.press("a", CTRL)
        first = goal.first or (1,)
        console.type(str((first[0] + first[-1]) // 2))
        console.press(RETURN)
        console.until(lambda: not console.sees("Set a flag"), "the flag is set")
        console.until(lambda: self._wrote(Flag), "the flag is in the book")

    def _settle(self) -> None:
        """Confirm what can be, decide the rest, and sign the run off."""
        console = self._console
        runs = self._runs
        console.until(lambda: len(runs()) > 1, "another run has begun")
        self._choose_run(min(int(line.split(" ")[0]) for line in runs()))
        for _ in range(40):
            console.press(RETURN, CTRL)
            console.press(RETURN, CTRL | SHIFT)
            if self._wrote(SignOff):
                return
            if console.focus() != "Flags":
                continue
            console.press("g")
            if console.sees("Set a flag"):
                console.press(RETURN)
        console.until(lambda: self._wrote(SignOff), "the run is signed off")

    def _hand_over(self) -> None:
        console = self._console
        console.press("h")
        if console.focus() == "Draft the hand-over":
            console.press(RETURN)
        console.until(lambda: console.focus() == "Hand-over", "the report is drafted")
        console.press(RETURN, CTRL)

    # -- what is meant ---------------------------------------------------------------

    def _runs(self) -> list[str]:
        console = self._console
        if not console.sees("Runs"):
            console.to_page()
            console.press("f")
        console.until(
            lambda: console.sees("Runs") and console.lines("Runs"), "a run is listed"
        )
        return console.lines("Runs")

    def _choose_run(self, run: int) -> None:
        console = self._console
        console.to_page()
        console.press("f")
        console.until(lambda: console.focus() == "Flags", "the flags are there")
        console.press(Qt.Key.Key_Tab, SHIFT)
        console.choose("Runs", str(run))
        console.press(RETURN)

    def _wrote(self, kind: type) -> bool:
        return any(True for _ in self._console.duty.logbook.of(kind))

    def _told_quietly(self) -> LessonStep | None:
        activity = self._console.trainer.activity
        return activity.told.step if isinstance(activity, Lessoning) else None

    def _plot_meant(self, step: LessonStep, glob: str) -> str:
        """The plot that a goal means: the one pointed at, the one in view, any."""
        console = self._console
        kind, _, name = step.point.partition(" ")
        places = [
            (f"{layout.layout}/{page.page}", plot.path)
            for layout in console.site.layouts
            for page in layout.pages
            for plot in page.plots
            if fnmatchcase(plot.path, glob)
        ]
        first = [name] if kind == "plot" and fnmatchcase(name, glob) else []
        first += [path for page, path in places if kind == "page" and page == name]
        first += [path for path in self._plots_before(step) if fnmatchcase(path, glob)]
        first += [path for _, path in places]
        assert first, f"no plot is {glob}"
        return first[0]

    def _plots_before(self, step: LessonStep) -> list[str]:
        """The plots that steps before it were about, the nearest first."""
        assert self._lesson is not None
        at = self._lesson.steps.index(step)
        found: list[str] = []
        for each in reversed(self._lesson.steps[: at + 1]):
            kind, _, name = each.point.partition(" ")
            if kind == "plot":
                found.append(name)
            elif kind == "page" and name:
                found += [
                    plot.path
                    for layout in self._console.site.layouts
                    for page in layout.pages
                    for plot in page.plots[:1]
                    if f"{layout.layout}/{page.page}" == name
                ]
        return found


def _is_early(step: LessonStep) -> bool:
    """Whether a step can be done before it is told: it does not wait for the run."""
    goal = step.done
    return goal is not None and not (goal.lumisection or goal.runs or goal.settled)


def _waits_until(lesson: Lesson) -> int:
    """The lumisection up to which a lesson would wait; 0 where it does not."""
    goals = [step.done for step in lesson.steps if step.done is not None]
    last = max((goal.lumisection - 1 for goal in goals), default=0)
    if lesson.run.run_length and any(goal.runs > 1 or goal.settled for goal in goals):
        return max(last, lesson.run.run_length - RUN_LENGTH_LEFT)
    return max(last, 0)


def _plain(words: str) -> str:
    return " ".join(words.replace("*", "").split())
