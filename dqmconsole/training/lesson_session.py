"""One lesson as it is played: its tutor, and its progress in the ledger."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dqmconsole.training.course import covered, steps_done
from dqmconsole.training.records import LessonDone, LessonStepDone
from dqmconsole.training.tutor import Tutor

if TYPE_CHECKING:
    from dqmconsole.training.facts import Facts
    from dqmconsole.training.ledger import Ledger
    from dqmconsole.training.lesson import Lesson


class LessonSession:
    """A lesson that goes on where this person stopped in it.

    The book may answer, and the trainee may say the name, after the lesson began:
    what was done before is found then, and what was done since then is written.

    Args:
        lesson: the lesson.
        ledger: where progress is written; its site says what the lesson covers.
        who: the trainee, or "".
        now: of a monotonic clock, s.

    Attributes:
        lesson: as given.
        tutor: what is told, and what was done; each look writes what is new.
        who: the trainee; "" until the name is said.
        seconds: it took so far, in all sittings.
    """

    def __init__(self, lesson: Lesson, ledger: Ledger, who: str, now: float) -> None:
        self.lesson = lesson
        self.tutor = Tutor(lesson, now)
        self.who = who
        self.seconds = 0.0
        self._ledger = ledger
        self._looked: float | None = None
        self._new: list[LessonStepDone] = []
        self._done: dict[str, LessonStepDone] = {}
        self._resumed = False
        self._ended = False
        self._resume()

    def look(self, facts: Facts) -> None:
        """Go by the facts of this moment, and write what was done."""
        self._write()  # what was answered or read since the last look
        if self._looked is not None and not self._ended:
            self.seconds += max(facts.now - self._looked, 0.0)
        self._looked = facts.now
        self._resume()
        self.tutor.look(facts)
        self._write()

    def leave(self) -> None:
        """Stop here; the steps that are done stay done."""
        self._write()

    def _resume(self) -> None:
        """Find what was done before, once the book said it."""
        if self._resumed or not self.who or not self._ledger.came:
            return
        self._resumed = True
        before = steps_done(self.lesson, self._ledger.records, self.who)
        self.seconds += sum(
            each.seconds for name, each in before.items() if name not in self._done
        )
        self._done = before | self._done
        self.tutor.resume(before)
        self._write()

    def _write(self) -> None:
        for done in self.tutor.take_done():
            self._new.append(done)
            self._done[done.step] = done
        if not self.who:
            return
        new, self._new = self._new, []
        for done in new:
            self._ledger.write(self.who, done)
        if self.tutor.is_over and not self._ended:
            self._ended = True
            self._ledger.write(self.who, self._whole())

    def _whole(self) -> LessonDone:
        lesson, site = self.lesson, self._ledger.site
        return LessonDone(
            lesson.id,
            lesson.version,
            lesson.hash,
            seconds=self.seconds,
            hints=sum(each.hints for each in self._done.values()),
            wrong=sum(each.wrong for each in self._done.values()),
            covered=covered(lesson.covers, site) if site is not None else {},
            hints_by_time=sum(each.hints_by_time for each in self._done.values()),
        )
