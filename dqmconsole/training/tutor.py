"""The tutor: which step of a lesson is shown now, and what was done of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from dqmconsole.training.facts import Facts
from dqmconsole.training.goals import met, too_early, what_is_said
from dqmconsole.training.lesson import Lesson, LessonStep
from dqmconsole.training.records import Finding, LessonStepDone

if TYPE_CHECKING:
    from collections.abc import Collection

    from dqmconsole.model.record import Record


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
        tried: wrong choices of its question, from 1.
        can_go_on: :meth:`Tutor.go_on` leaves the step: it was read, or its question
            is answered and `said` says why that is right.
    """

    lesson: Lesson
    step: LessonStep | None
    number: int
    done: tuple[bool, ...]
    hints: tuple[str, ...] = ()
    next_hint: float | None = None
    said: str = ""
    tried: frozenset[int] = frozenset()
    can_go_on: bool = False

    @property
    def finished(self) -> bool:
        """Nothing is left to do."""
        return self.step is None


class _Progress:
    """What happened in one step: times of the monotonic clock, s."""

    def __init__(self) -> None:
        self.began: float | None = None
        self.hint_at = 0.0
        self.hints = 0
        self.wrong = 0
        self.said = ""
        self.tried: frozenset[int] = frozenset()


class Tutor:
    """The state machine of one lesson; nothing it is asked raises, in any order.

    A step is done once its goal was met at any look, whatever step was shown then.
    The first step that is not done is told, unless it waits for a later one.

    Args:
        lesson: the lesson; the checks of a site let no steps wait for each other.
        now: of a monotonic clock, s.
    """

    def __init__(self, lesson: Lesson, now: float) -> None:
        self._lesson = lesson
        self._facts = Facts(now)
        self._steps = lesson.steps
        self._done: set[str] = set()
        self._progress = {step.id: _Progress() for step in self._steps}
        self._looked = False
        self._new: list[LessonStepDone] = []
        self._judged: set[str] = set()
        self._early: set[str] = set()  # findings of what had not happened yet
        self._answered = ""  # the step whose right answer is still being explained
        self._latch()

    @property
    def is_over(self) -> bool:
        """Every step is done."""
        return all(each.id in self._done for each in self._steps)

    @property
    def state(self) -> StepState:
        """What is shown in this moment."""
        step = self._step()
        everything = tuple(each.id in self._done for each in self._lesson.steps)
        if step is None:
            return StepState(self._lesson, None, 0, everything)
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
            tried=progress.tried,
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
        for record in facts.records:
            if record.uid not in self._judged:
                self._judged.add(record.uid)
                self._judge(record)
        if self._early:
            counted = (each for each in facts.records if each.uid not in self._early)
            self._facts = msgspec.structs.replace(facts, records=tuple(counted))
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
        progress.said = question.why[choice - 1]
        if choice != question.right:
            progress.wrong += 1
            progress.tried |= {choice}
            return
        # first: while its answer is being explained no other step is shown
        self._answered = step.id if progress.said else ""
        self._finish(step, choice)
        self._latch()

    def ask_hint(self) -> None:
        """Show the next hint of the step that is told, if there is one."""
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

    def _judge(self, record: Record) -> None:
        """Say what is wrong with what was written, as far as a step asks for such.

        What some step asks for is not wrong, whichever step is shown.
        """
        early = ""
        # a later run counts from 1 again
        if isinstance(record.body, Finding) and self._facts.runs <= 1:
            early = too_early(record.body, self._lesson.run.causes)
        if early:
            self._early.add(record.uid)
        answers = [
            (step, said)
            for step in self._steps
            if step.done is not None
            and (said := what_is_said(step.done, record, self._facts.records))
            is not None
        ]
        if not early and any(not said for _, said in answers):
            return
        for step, said in answers:
            if self._is_open(step):
                self._progress[step.id].wrong += 1
                self._progress[step.id].said = early or said
                return

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


def _is_read(step: LessonStep) -> bool:
    return step.done is None and step.question is None
