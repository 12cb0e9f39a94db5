"""What a trainee does so that a goal of a lesson becomes true: keys, nothing else."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from support.keyboard import CTRL, ESC, RETURN, SHIFT

from dqmconsole.model.record import Call, Entry, Flag, HandOver, SignOff
from dqmconsole.training.goals import matches_one
from dqmconsole.training.lesson import NOBODY, onset, split_cause, teaching
from dqmconsole.training.records import Finding, of_training
from dqmconsole.ui.commands import with_features
from dqmconsole.ui.live.choices import mode_shown
from dqmconsole.ui.training.feature import TrainingFeature
from dqmconsole.ui.training.finding import URGENCY_WORDS, VERDICTS, listed_words

if TYPE_CHECKING:
    from collections.abc import Callable

    from support.lesson_console import LessonConsole

    from dqmconsole.training.lesson import (
        FindingGoal,
        FlagGoal,
        Goal,
        Lesson,
        LessonStep,
    )

COMMANDS = with_features((TrainingFeature(),))
LINKED = re.compile(r"<page:([^>]+)>")
FLAG_KEYS = {"GOOD": "g", "BAD": "b", "EXCLUDED": "x", "STANDBY": "s"}


class LessonActions:
    """Reaches the goals of one lesson.

    Args:
        console: the window and its keyboard.
        lesson: the lesson that goes on.
        who: the trainee.
        done: gives the ids of the steps that are done.
        seen: is called with a step when the plot it is about is in view.
    """

    def __init__(
        self,
        console: LessonConsole,
        lesson: Lesson,
        who: str,
        done: Callable[[], set[str]],
        seen: Callable[[LessonStep], None],
    ) -> None:
        self._console = console
        self._lesson = lesson
        self._who = who
        self._done = done
        self._seen = seen

    def reach(self, step: LessonStep, goal: Goal) -> None:
        """Do all that a goal asks for."""
        console = self._console
        if goal.page:
            console.open_page(goal.page)
        if goal.plot:
            console.select(self.plot_meant(step, goal.plot))
        if goal.mode:
            self._turn_to(goal.mode)
        if goal.alone and not console.window.parts.view.in_detail:
            console.to_page()
            console.press(RETURN)
        if goal.used:
            self._use(goal.used)
        if goal.read:
            console.press("k", CTRL)
            title = next(
                e.title for e in console.site.instructions if e.id == goal.read
            )
            console.type(f"instruction {title}")
            console.press(RETURN)
        if goal.finding is not None:
            self._find(step, goal.finding)
        if goal.call and goal.call != NOBODY:
            self._call(step, goal.call)
        if goal.entry is not None:
            self._enter(step, goal.entry.plots)
        if goal.tick is not None:
            self._tick(step, goal.tick.instruction, goal.tick.step)
        if goal.shift == "begun":
            self._begin_shift()
        if goal.shift == "hand-over read":
            self._read_hand_over()
        if goal.flag is not None and not goal.settled:  # that is signed off
            self._flag(goal.flag)
        if goal.settled:
            self._settle()
        if goal.shift == "handed over":
            self._hand_over()
        console.until(lambda: step.id in self._done(), "what it asks for is done")

    def _turn_to(self, mode: str) -> None:
        console, path = self._console, self._console.plot
        console.until(self._mode, f"{path} is drawn")
        for _ in range(6):
            if self._mode() == mode:
                return
            console.press("r")
        message = f"R never compares {path} by {mode}; {console.told()}"
        raise AssertionError(message)

    def _mode(self) -> str:
        view = self._console.window.parts.view
        place, tile = view.selected, view.selected_tile()
        if place is None or tile is None or tile.tile is None:
            return ""
        if tile.tile.picture is None:  # what it is decides what it is compared by
            return ""
        return mode_shown(place.plot, tile.tile, view.choices.modes.get(place.key))

    def _use(self, command: str) -> None:
        console = self._console
        console.to_page()
        (keys,) = (each.keys for each in COMMANDS if each.id == command)
        console.press_keys(keys[-1] if command == "keys" else keys[0])
        if command in ("palette", "keys"):
            console.press(ESC)

    def _wait_for(self, goal: FindingGoal) -> None:
        """What is found must have happened; what was ahead of the lesson has."""
        run, client = self._lesson.run, self._console.client
        causes = (each for each in run.causes if split_cause(each)[0] in goal.causes)
        last = max((onset(each) for each in causes), default=0)
        if last > max(run.ahead, self._console.detectors.ahead):
            self._console.until(
                lambda: (client.mailbox.run.lumisection or 0) >= last, "it has happened"
            )

    def _find(self, step: LessonStep, goal: FindingGoal) -> None:
        console = self._console
        console.select(self.plot_meant(step, *goal.plots))
        self._seen(step)
        self._wait_for(goal)
        console.to_page()
        before = console.session.logbook.version
        console.press("v")
        console.choose("Verdict", VERDICTS[goal.verdict])
        console.press(Qt.Key.Key_Right)
        if goal.causes:
            (cause,) = (
                e for e in teaching(console.site).causes if e.name == goal.causes[0]
            )
            console.choose("Cause", listed_words(cause))
        console.press(Qt.Key.Key_Right)
        if goal.urgency:
            console.choose("How soon to call", URGENCY_WORDS[goal.urgency])
        console.press(RETURN)
        console.until(lambda: not console.seen("Finding"), "the finding is recorded")
        console.until(
            lambda: (
                console.session.logbook.version != before
                and any(
                    isinstance(each.body, Finding)
                    for each in of_training(console.session.logbook.everything())
                )
            ),
            "the finding stands in the book",
        )

    def _call(self, step: LessonStep, role: str) -> None:
        console = self._console
        title = f". {console.site.contacts.roles[role].title}"
        hinted = LINKED.findall(" ".join(step.hints))
        paths = [*self._plots_before(step), *self._first_of(*hinted), console.plot]
        for path in paths:
            console.select(path)
            console.to_page()
            console.press("c")
            if any(title in line for line in console.lines("Whom to call")):
                break
            console.press(ESC)
        console.choose("Whom to call", title)
        console.press(RETURN)
        assert console.focus() == "Not called", console.focus()
        console.press(Qt.Key.Key_Right)
        assert console.focus() == "They answered", console.focus()
        console.press(RETURN)
        console.until(lambda: self._wrote(Call), "the call is on record")

    def _enter(self, step: LessonStep, globs: tuple[str, ...]) -> None:
        console = self._console
        console.select(self.plot_meant(step, *globs))
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
            found = console.session.guidance(console.window.parts.view.selected.key)
            if found.instruction is not None and found.instruction.id == instruction:
                break
        console.to_page()
        for _ in range(number):
            if step.id not in self._done():
                console.press("t")

    def _begin_shift(self) -> None:
        console = self._console
        console.press(Qt.Key.Key_F2)
        if console.session.shift is None:
            console.press("a", CTRL)
            console.type(self._who)
            console.press(RETURN, CTRL)
        console.until(lambda: console.session.shift is not None, "the shift has begun")
        console.press(ESC)

    def _read_hand_over(self) -> None:
        console, button = self._console, "I have read the hand-over"
        console.until(
            lambda: bool(list(console.session.logbook.of(HandOver))),
            "the shift before has handed over",
        )
        console.press(Qt.Key.Key_F2)
        for _ in range(30):
            if console.focus() == button:
                break
            console.press(Qt.Key.Key_Tab)
        assert console.focus() == button, console.told()
        console.press(Qt.Key.Key_Space)
        console.press(ESC)

    def _flag(self, goal: FlagGoal) -> None:
        console = self._console
        run = min(int(line.split(" ")[0]) for line in self._runs())
        self._choose_run(run)
        console.choose("Flags", f"{goal.component} ·")
        console.press(FLAG_KEYS[goal.status])
        console.until(lambda: console.seen("Set a flag"), "a flag can be set")
        console.type(goal.causes[0] if goal.causes else "readout")
        for _ in range(6):
            if console.focus() == "First lumisection":
                break
            console.press(Qt.Key.Key_Tab, SHIFT)
        console.press("a", CTRL)
        first = goal.first or (1,)
        console.type(str((first[0] + first[-1]) // 2))
        if goal.last:
            console.press(Qt.Key.Key_Tab)
            assert console.focus().startswith("Last lumisection"), console.focus()
            console.type(str((goal.last[0] + goal.last[-1]) // 2))
        console.press(RETURN)
        console.until(lambda: not console.seen("Set a flag"), "the flag is set")
        console.until(lambda: self._wrote(Flag), "the flag is in the book")

    def _settle(self) -> None:
        """Confirm what can be, decide the rest, and sign the run off."""
        console = self._console
        runs = self._runs
        console.until(lambda: len(runs()) > 1, "another run has begun")
        self._choose_run(min(int(line.split(" ")[0]) for line in runs()))

        def signed() -> bool:
            console.press(RETURN, CTRL)
            console.press(RETURN, CTRL | SHIFT)
            if self._wrote(SignOff):
                return True
            if console.focus() == "Reason to sign off":
                lines = console.lines("What is open")
                if all("nobody acknowledged" in line for line in lines):
                    console.type("the expert knows")
                    console.press(RETURN, CTRL)
                    return True
                console.press(ESC)  # something has no flag: it is selected
            if console.focus() == "Flags":
                console.press("g")
                if console.seen("Set a flag"):
                    console.press(RETURN)
            return False

        console.until(signed, "it can be signed off")
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
        if not console.seen("Runs"):
            console.to_page()
            console.press("f")
        console.until(
            lambda: console.seen("Runs") and console.lines("Runs"), "a run is listed"
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
        return any(True for _ in self._console.session.logbook.of(kind))

    def plot_meant(self, step: LessonStep, *globs: str) -> str:
        """The plot that a goal means: the one pointed at, the one in view, any."""
        console = self._console
        kind, _, name = step.point.partition(" ")
        places = [
            (f"{layout.layout}/{page.page}", plot.path)
            for layout in console.site.layouts
            for page in layout.pages
            for plot in page.plots
            if matches_one(plot.path, globs)
        ]
        first = [name] if kind == "plot" and matches_one(name, globs) else []
        first += [path for page, path in places if kind == "page" and page == name]
        first += [path for path in self._plots_before(step) if matches_one(path, globs)]
        first += [path for _, path in places]
        assert first, f"no plot is {globs}"
        return first[0]

    def _plots_before(self, step: LessonStep) -> list[str]:
        """The plots that steps before it were about, the nearest first."""
        at = self._lesson.steps.index(step)
        found: list[str] = []
        for each in reversed(self._lesson.steps[: at + 1]):
            kind, _, name = each.point.partition(" ")
            if kind == "plot":
                found.append(name)
            elif kind == "page" and name:
                found += self._first_of(name)
        return found

    def _first_of(self, *pages: str) -> list[str]:
        """The first plot of each "Layout/Page"."""
        return [
            plot.path
            for name in pages
            for layout in self._console.site.layouts
            for page in layout.pages
            for plot in page.plots[:1]
            if f"{layout.layout}/{page.page}" == name
        ]
