"""The tutor: which step of a lesson is shown now, and what was done of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import msgspec

from dqmconsole.model.record import Record
from dqmconsole.training.facts import Facts
from dqmconsole.training.goals import met, too_early, what_is_said, what_is_wrong
from dqmconsole.training.lesson import Goal, Lesson, LessonStep, onset, split_cause
from dqmconsole.training.records import Finding, LessonStepDone

if TYPE_CHECKING:
    from collections.abc import Collection

    from dqmconsole.training.lesson import FindingGoal

NOT_ASKED = "On record. Nothing is asked about that yet: go on with this step."
NOT_HERE = "That is not what is wrong in this run."
AGAIN = "Right, and said already."
ALREADY = "You have done this already."
LAST = "Done. That was the last step."

_NO_GOAL = Goal()

Mark = Literal["✓", "✗", ""]
"""Whether what was said or done last was right; "" where that was not asked."""


class StepState(msgspec.Struct, frozen=True):
    """What the trainee is shown in this moment.

    Attributes:
        lesson: the lesson.
        step: the step that is shown; None when all are done: the debrief is.
        number: its place in the lesson, from 1; 0 when all are done.
        done: for each step of the lesson, whether it is done.
        hints: those shown so far, Markdown.
        more_hints: there is one that can be asked for.
        next_hint: s until it comes by itself; None when none does: there is none, or
            what is to be found has not happened yet.
        said: what is said of the last answer, finding or flag, or "".
        mark: whether that was right.
        tried: wrong choices of its question, from 1.
        written: once nothing is left to do, what was put on record in the lesson.
        can_go_on: :meth:`Tutor.go_on` leaves the step: it was read, its question is
            answered and `said` says why that is right, it was done before it was
            told, or it was the last one and what it led to is still looked at.
    """

    lesson: Lesson
    step: LessonStep | None
    number: int
    done: tuple[bool, ...]
    hints: tuple[str, ...] = ()
    more_hints: bool = False
    next_hint: float | None = None
    said: str = ""
    mark: Mark = ""
    tried: frozenset[int] = frozenset()
    can_go_on: bool = False
    written: tuple[Record, ...] = ()

    @property
    def finished(self) -> bool:
        """Nothing is left to do."""
        return self.step is None


class _Progress:
    """What happened in one step: times of the monotonic clock, s."""

    def __init__(self) -> None:
        self.began: float | None = None
        self.used = 0  # commands used before it was told
        self.hint_at: float | None = None  # None: the clock of its hints stands
        self.hints = 0
        self.hints_by_time = 0  # of these
        self.wrong = 0
        self.said = ""
        self.mark: Mark = ""
        self.tried: frozenset[int] = frozenset()


class Tutor:
    """The state machine of one lesson; nothing it is asked raises, in any order.

    The first step that is not done is told, unless it waits for a later one. What is
    put on record (a finding, a flag, a call) is meant: it counts before it is told,
    too. What is in view and which commands are used counts while the step is told
    only: a page that was passed on the way is not one that was looked for.
    What is done before it is told is told all the same, and what the last step leads to
    can be looked at: such a step is left with :meth:`go_on`.

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
        self._found: dict[str, Finding] = {}  # step -> what it asked for, as said
        self._answered = ""  # the step whose right answer is still being explained
        self._shown: set[str] = set()  # steps that somebody who looks was told
        self._kept: set[str] = set()  # steps that are done, and not left yet
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
            written = self._facts.records
            return StepState(self._lesson, None, 0, everything, written=written)
        progress = self._progress[step.id]
        hints = step.hints[: progress.hints]
        more = len(hints) < len(step.hints) and step.id not in self._done
        left = None
        if more and progress.hint_at is not None:
            left = max(0.0, progress.hint_at - self._facts.now)
        return StepState(
            lesson=self._lesson,
            step=step,
            number=self._lesson.steps.index(step) + 1,
            done=everything,
            hints=hints,
            more_hints=more,
            next_hint=left,
            said=progress.said,
            mark=progress.mark,
            tried=progress.tried,
            can_go_on=step.id in {self._answered, *self._kept} or _is_read(step),
        )

    def resume(self, done: Collection[str]) -> None:
        """Go on where the lesson was stopped.

        Args:
            done: ids of the steps that were done before.
        """
        self._done |= {each.id for each in self._steps if each.id in done}
        self._kept.difference_update(done)
        self._latch()

    def look(self, facts: Facts) -> StepState:
        """Go by the facts of this moment."""
        used = len(self._facts.used)  # what is used while it is told first counts
        self._facts, self._looked = facts, True
        self._tell(used)
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
        """Leave a step that is read, answered or done; else nothing."""
        step = self._step()
        if step is None:
            return
        if step.id == self._answered:
            self._answered = ""
        elif step.id in self._kept:
            self._kept.remove(step.id)
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
        progress.mark = "✓" if choice == question.right else "✗"
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

    def found(self, step: LessonStep) -> Finding | None:
        """The right finding that a step asked for; None where none did yet."""
        return self._found.get(step.id)

    # -- inside --------------------------------------------------------------------

    def _is_open(self, step: LessonStep) -> bool:
        return step.id not in self._done and all(
            each in self._done for each in step.after
        )

    def _step(self) -> LessonStep | None:
        for step in self._steps:
            told = step.id in self._kept or self._is_open(step)
            told = told and self._kept.isdisjoint(step.after)
            if step.id == self._answered or (not self._answered and told):
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
                if self._is_open(step) and self._is_met(step, step.done):
                    self._finish(step)
                    self._keep(step)
        self._tell(len(self._facts.used))
        told = self._step()
        if self._looked and told is not None:
            self._shown.add(told.id)

    def _keep(self, step: LessonStep) -> None:
        """Tell a step that is done until it is left, where it would be missed else."""
        early = step.id not in self._shown
        if not early and not (self.is_over and not self._kept):
            return
        self._kept.add(step.id)
        progress = self._progress[step.id]
        progress.said, progress.mark = ALREADY if early else LAST, "✓"

    def _is_met(self, step: LessonStep, goal: Goal) -> bool:
        if not _is_of_the_moment(goal):
            return met(goal, self._facts)
        if step is not self._step():
            return False
        used = self._facts.used[self._progress[step.id].used :]
        return met(goal, msgspec.structs.replace(self._facts, used=used))

    def _judge(self, record: Record) -> None:
        """Answer a new finding, and what else is not what some step asks for."""
        if isinstance(record.body, Finding):
            self._judge_finding(record.uid, record.body)
            return
        facts = self._facts
        answers = [
            (step, said)
            for step in self._steps
            if step.done is not None
            and (said := what_is_said(step.done, record, facts.records, facts.unit))
            is not None
        ]
        if any(not said for _, said in answers):
            return  # some step asks for it
        for step, said in answers:
            if self._is_open(step):
                self._progress[step.id].wrong += 1
                self._say(said, "✗")
                return

    def _judge_finding(self, uid: str, finding: Finding) -> None:
        asked, causes = self._asked(), self._lesson.run.causes
        early = ""
        if self._facts.runs <= 1:  # a later run counts from 1 again
            early = too_early(finding, causes, self._facts.unit)
        right = [step for step, goal in asked if not what_is_wrong(goal, finding)]
        if early:
            self._early.add(uid)
        elif right:
            self._found.update((step.id, finding) for step in right)
            self._say(self._right(right), "✓")
            return
        for step, goal in asked:
            if self._is_open(step):
                self._progress[step.id].wrong += 1
                self._say(early or what_is_wrong(goal, finding), "✗")
                return
        named = {split_cause(each)[0] for each in causes}
        if early:
            self._say(early, "✗")
        elif finding.verdict == "bad" and finding.cause and finding.cause not in named:
            self._say(NOT_HERE, "✗")
        else:
            self._say(NOT_ASKED, "")

    def _asked(self) -> list[tuple[LessonStep, FindingGoal]]:
        """The steps that ask for a finding, the one that is told first."""
        told = self._step()
        found = [
            (step, step.done.finding)
            for step in self._steps
            if step.done is not None and step.done.finding is not None
        ]
        return sorted(found, key=lambda each: each[0] is not told)

    def _right(self, steps: list[LessonStep]) -> str:
        """What is said of a finding that some steps ask for."""
        for step in steps:
            if step is self._step():
                return "Right."  # seen only where more than this is asked
            if self._is_open(step):
                return f"Right: that is done ahead ({step.title})."
        waiting = [step for step in steps if step.id not in self._done]
        if not waiting:
            return AGAIN
        needed = set(waiting[0].after) - self._done
        first = next(each.title for each in self._steps if each.id in needed)
        return f"Right. It counts once this is done: {first}."

    def _say(self, words: str, mark: Mark) -> None:
        """Answer where it is seen: in the step that is told."""
        step = self._step()
        if step is not None:
            progress = self._progress[step.id]
            progress.said, progress.mark = words, mark

    def _tell(self, used: int) -> None:
        """The time of a step runs from when somebody who looks is shown it first."""
        step = self._step()
        if self._looked and step is not None and self._progress[step.id].began is None:
            progress = self._progress[step.id]
            progress.began, progress.used = self._facts.now, used

    def _hint(self) -> None:
        step = self._step()
        if step is None or step.id in self._done or not self._shows(step):
            return
        progress = self._progress[step.id]
        if progress.hint_at is None:
            progress.hint_at = self._facts.now + step.hint_after
        # one at a time, even after a machine was asleep for long
        elif self._facts.now >= progress.hint_at:
            progress.hints_by_time += self._show_hint(step)

    def _shows(self, step: LessonStep) -> bool:
        """Tell whether the fault a step asks for can be seen by now.

        It begins in a lumisection; the first update after that one has it whole.
        """
        goal = step.done.finding if step.done is not None else None
        if goal is None or self._facts.runs > 1:
            return True
        onsets = [
            onset(each)
            for each in self._lesson.run.causes
            if not goal.causes or split_cause(each)[0] in goal.causes
        ]
        seen = self._facts.lumisection > min(onsets, default=0)
        return not onsets or min(onsets) <= 1 or seen

    def _show_hint(self, step: LessonStep) -> bool:
        """Show the next hint; tell whether there was one."""
        progress = self._progress[step.id]
        if progress.hints >= len(step.hints):
            return False
        progress.hints += 1
        if progress.hint_at is not None:
            progress.hint_at = self._facts.now + step.hint_after
        return True

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
            hints_by_time=progress.hints_by_time,
        )
        self._done.add(step.id)
        self._new.append(done)
        self._tell(len(self._facts.used))


def _is_read(step: LessonStep) -> bool:
    return step.done is None and step.question is None


def _is_of_the_moment(goal: Goal) -> bool:
    """Tell whether a goal asks for nothing but what is in view, or a command."""
    looks = goal.page or goal.plot or goal.alone or goal.mode or goal.used
    rest = msgspec.structs.replace(
        goal, page="", plot="", alone=False, mode="", used=""
    )
    return bool(looks) and rest == _NO_GOAL
