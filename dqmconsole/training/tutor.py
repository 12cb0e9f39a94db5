"""The tutor: which step of a lesson is shown now, and what was done of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from dqmconsole.model.record import Flag
from dqmconsole.training.facts import Facts
from dqmconsole.training.goals import (
    met,
    too_early,
    what_is_wrong,
    what_is_wrong_with_flag,
)
from dqmconsole.training.lesson import Lesson, LessonStep
from dqmconsole.training.records import Finding, LessonStepDone

if TYPE_CHECKING:
    from collections.abc import Collection


class StepState(msgspec.Struct, frozen=True):
    """What the trainee is shown in this moment.

    Attributes:
        lesson: the lesson.
        step: the step that is shown; None when all are done: the debrief is.
        number: its place in the lesson, from 1; 0 when all are done.
        done: for each step of the lesson, whether it is done.
        hints: those shown so far, Markdown.
        next_hint: s until the next one comes by itself; None when there is none.
        said: what is said of the last answer, or of the last wrong finding or flag,
            or "".
        can_go_on: :meth:`Tutor.go_on` leaves the step: it was read, or its question
            is answered and `said` tells why that is right.
        finished: nothing is left to do.
    """

    lesson: Lesson
    step: LessonStep | None
    number: int
    done: tuple[bool, ...]
    hints: tuple[str, ...] = ()
    next_hint: float | None = None
    said: str = ""
    can_go_on: bool = False
    finished: bool = False


class _Progress:
    """What happened in one step: times of the monotonic clock, s."""

    def __init__(self) -> None:
        self.began: float | None = None
        self.hint_at = 0.0
        self.hints = 0
        self.wrong = 0
        self.said = ""


class Tutor:
    """The state machine of one lesson; nothing it is asked raises, in any order.

    A step is done once its goal was met at any look, whatever step was shown then.
    The first step that is not done is state, unless it waits for a later one. Steps
    that wait for each other, or for one that does not exist, are left out.

    Args:
        lesson: the lesson.
        now: of a monotonic clock, s.
        done: see :meth:`resume`.
    """

    def __init__(
        self,
        lesson: Lesson,
        now: float,
        done: Collection[str] = (),
    ) -> None:
        self._lesson = lesson
        self._facts = Facts(now)
        self._steps = reachable(lesson)
        self._done: set[str] = set()
        self._progress = {step.id: _Progress() for step in self._steps}
        self._looked = False
        self._new: list[LessonStepDone] = []
        self._judged: set[str] = set()
        self._early: set[str] = set()  # findings of what had not happened yet
        self._answered = ""  # the step whose right answer is still being explained
        self.resume(done)

    @property
    def is_over(self) -> bool:
        """Every step that can be reached is done."""
        return all(each.id in self._done for each in self._steps)

    @property
    def state(self) -> StepState:
        """What is shown in this moment."""
        step = self._step()
        everything = tuple(each.id in self._done for each in self._lesson.steps)
        if step is None:
            return StepState(self._lesson, None, 0, everything, finished=True)
        progress = self._progress[step.id]
        hints = step.hints[: progress.hints]
        left: float | None = step.hint_after
        if progress.began is not None:
            left = max(0.0, progress.hint_at - self._facts.now)
        if len(hints) == len(step.hints) or step.id in self._done:
            left = None
        return StepState(
            lesson=self._lesson,
            step=step,
            number=self._lesson.steps.index(step) + 1,
            done=everything,
            hints=hints,
            next_hint=left,
            said=progress.said,
            can_go_on=step.id == self._answered or _is_read(step),
        )

    def resume(self, done: Collection[str]) -> None:
        """Go on where the lesson was stopped.

        Args:
            done: ids of the steps that were done before.
        """
        self._done |= {each.id for each in self._steps if each.id in done}
        self._latch()

    def look(self, facts: Facts) -> StepState:
        """Go by the facts of this moment."""
        self._facts, self._looked = facts, True
        self._tell()
        self._judge()
        self._facts = self._without_early(facts)
        self._judge_flags()
        self._latch()
        self._hint()
        return self.state

    def go_on(self) -> None:
        """Leave a step that is read, or whose question is answered; else nothing."""
        step = self._step()
        if step is None:
            return
        if step.id == self._answered:
            self._answered = ""
        elif _is_read(step):
            self._finish(step)
        self._latch()

    def answer(self, choice: int) -> None:
        """Choose an answer, from 1, of the question that is shown; else nothing."""
        step = self._step()
        if step is None or step.question is None or step.id in self._done:
            return
        question, progress = step.question, self._progress[step.id]
        if not 1 <= choice <= len(question.choices):
            return
        progress.said = question.why[choice - 1] if choice <= len(question.why) else ""
        if choice != question.right:
            progress.wrong += 1
            return
        # first: while its answer is being explained no other step is shown
        self._answered = step.id if progress.said else ""
        self._finish(step, choice)
        self._latch()

    def ask_hint(self) -> None:
        """Show the next hint of the step that is state, if there is one."""
        step = self._step()
        if step is not None and step.id not in self._done:
            self._show_hint(step)

    def take_done(self) -> tuple[LessonStepDone, ...]:
        """The steps done since the last call."""
        taken, self._new = tuple(self._new), []
        return taken

    # -- inside --------------------------------------------------------------------

    def _is_open(self, step: LessonStep) -> bool:
        return step.id not in self._done and all(
            each in self._done for each in step.after
        )

    def _step(self) -> LessonStep | None:
        for step in self._steps:
            if step.id == self._answered or (
                not self._answered and self._is_open(step)
            ):
                return step
        return None

    def _latch(self) -> None:
        """Note every goal that is met; one may open another that is met already."""
        before = -1
        while before != len(self._done):
            before = len(self._done)
            for step in self._steps:
                # a question is answered even where something must become true, too
                if step.done is None or step.question is not None:
                    continue
                if self._is_open(step) and met(step.done, self._facts):
                    self._finish(step)
        self._tell()

    def _judge_flags(self) -> None:
        """Say of each new flag what is wrong, as far as an open step asks for it."""
        asked = [
            (step, step.done.flag)
            for step in self._steps
            if self._is_open(step) and step.done is not None and step.done.flag
        ]
        for record in self._facts.records:
            if record.uid in self._judged or not isinstance(record.body, Flag):
                continue
            self._judged.add(record.uid)
            for step, goal in asked:
                if said := what_is_wrong_with_flag(goal, record):
                    self._progress[step.id].wrong += 1
                    self._progress[step.id].said = said

    def _judge(self) -> None:
        """Say of each new finding what is wrong, unless a step asks for just that."""
        asked = [
            (step, step.done.finding)
            for step in self._steps
            if step.done is not None and step.done.finding is not None
        ]
        for record in self._facts.records:
            finding = record.body
            if not isinstance(finding, Finding) or record.uid in self._judged:
                continue
            self._judged.add(record.uid)
            early = ""
            if self._facts.runs <= 1:  # a later run counts its lumisections anew
                early = too_early(finding, self._lesson.run.causes)
            if early:
                self._early.add(record.uid)
            elif any(not what_is_wrong(goal, finding) for _, goal in asked):
                continue
            for step, goal in asked:
                if self._is_open(step):
                    progress = self._progress[step.id]
                    progress.wrong += 1
                    progress.said = early or what_is_wrong(goal, finding)
                    break

    def _without_early(self, facts: Facts) -> Facts:
        if not self._early:
            return facts
        records = (each for each in facts.records if each.uid not in self._early)
        return msgspec.structs.replace(facts, records=tuple(records))

    def _tell(self) -> None:
        """The time of a step runs from when somebody who looks is shown it first."""
        step = self._step()
        if self._looked and step is not None and self._progress[step.id].began is None:
            progress = self._progress[step.id]
            progress.began = self._facts.now
            progress.hint_at = self._facts.now + step.hint_after

    def _hint(self) -> None:
        step = self._step()
        if step is None or step.id in self._done:
            return
        # one at a time, even after a machine was asleep for long
        if self._facts.now >= self._progress[step.id].hint_at:
            self._show_hint(step)

    def _show_hint(self, step: LessonStep) -> None:
        progress = self._progress[step.id]
        if progress.hints < len(step.hints):
            progress.hints += 1
            progress.hint_at = self._facts.now + step.hint_after

    def _finish(self, step: LessonStep, choice: int = 0) -> None:
        progress = self._progress[step.id]
        began = self._facts.now if progress.began is None else progress.began
        done = LessonStepDone(
            self._lesson.id,
            step.id,
            self._lesson.hash,
            seconds=max(self._facts.now - began, 0.0),
            hints=progress.hints,
            wrong=progress.wrong,
            choice=choice,
        )
        self._done.add(step.id)
        self._new.append(done)
        self._tell()


def reachable(lesson: Lesson) -> tuple[LessonStep, ...]:
    """The steps that can be reached: those that wait for none that cannot be."""
    found: set[str] = set()
    more = True
    while more:
        new = {each.id for each in lesson.steps
               if each.id not in found and found.issuperset(each.after)}  # fmt: skip
        found |= new
        more = bool(new)
    return tuple(each for each in lesson.steps if each.id in found)


def _is_read(step: LessonStep) -> bool:
    return step.done is None and step.question is None
