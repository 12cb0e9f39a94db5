"""The recording of a lesson: an expert works, and the steps are drafted."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dqmconsole.training.lesson_draft import LessonDraft

if TYPE_CHECKING:
    from dqmconsole.training.facts import Facts
    from dqmconsole.training.lesson import LessonRun, LessonStep


class Recording:
    """A lesson that is recorded until it is left.

    Args:
        lesson: id of the lesson.
        run: what is shown.

    Attributes:
        lesson, run: as given.
        seconds: how long it took so far.
        over: it was left: nothing more is recorded.
    """

    def __init__(self, lesson: str, run: LessonRun) -> None:
        self.lesson = lesson
        self.run = run
        self.seconds = 0.0
        self.over = False
        self._draft = LessonDraft()
        self._looked: float | None = None

    @property
    def steps(self) -> tuple[LessonStep, ...]:
        """The steps drafted so far."""
        return self._draft.steps

    def look(self, facts: Facts) -> None:
        """Go by the facts of this moment."""
        if self.over:
            return
        if self._looked is not None:
            self.seconds += max(facts.now - self._looked, 0.0)
        self._looked = facts.now
        self._draft.look(facts)

    def take_back(self) -> str:
        """Take the last step back; which it was, or "" where there is none."""
        return "" if self.over else self._draft.take_back()

    def leave(self) -> None:
        """Stop here; what was done until now stays."""
        self.over = True
