"""Lessons, runs and trainees for the tests of the training; all of it invented."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, Any

import msgspec

from dqmconsole.model.record import Record
from dqmconsole.training.facts import Facts
from dqmconsole.training.lesson import Goal, Lesson, LessonStep, Question

if TYPE_CHECKING:
    from dqmconsole.model.record import Body

ADA, BEN = "Ada Trainee", "Ben Trainee"
WHY = ("Then its DCS row would be red.", "Yes: FED 1102 is empty.")
ASKED = Question(("High voltage", "Front-end driver"), right=2, why=WHY)
HINTS = ("Look at the navigator.", "It is on the page of the digis.")
_UIDS = itertools.count(1)


def reading(name: str, **fields: Any) -> LessonStep:  # noqa: ANN401
    """A step that is read."""
    return LessonStep(name, f"Step {name}", text=f"About {name}.", **fields)


def doing(name: str, goal: Goal, **fields: Any) -> LessonStep:  # noqa: ANN401
    """A step in which something must become true."""
    return reading(name, done=goal, **fields)


def asking(name: str, **fields: Any) -> LessonStep:  # noqa: ANN401
    """A step with a question; its second choice is right."""
    return reading(name, question=ASKED, **fields)


def lesson(*steps: LessonStep, **fields: Any) -> Lesson:  # noqa: ANN401
    """A lesson of some steps."""
    return msgspec.structs.replace(
        Lesson(
            number=1,
            title="An empty rectangle",
            version=1,
            author="dqm",
            written="2026-11-26",
            minutes=6,
            teaches="telling readout from voltage",
            steps=steps,
            id="empty-rectangle",
            debrief="That is all.",
            hash="l1",
        ),
        **fields,
    )


def record_of(body: Body, who: str = ADA, **fields: Any) -> Record:  # noqa: ANN401
    """A record of a trainee."""
    uid = fields.pop("uid", f"t{next(_UIDS)}")
    return Record(uid, 1.8e9, body, who=who, **fields)


class Sight:
    """What a trainee has in view and did; `facts` as the window gathers them."""

    def __init__(self, now: float = 0.0) -> None:
        self.facts = Facts(now)

    def shows(self, **fields: Any) -> Facts:  # noqa: ANN401
        """Another page, plot or comparison; a second has passed."""
        fields.setdefault("now", self.facts.now + 1.0)
        self.facts = msgspec.structs.replace(self.facts, **fields)
        return self.facts

    def wrote(self, body: Body, **fields: Any) -> Facts:  # noqa: ANN401
        """Something was written into the throw-away book."""
        record = record_of(body, **fields)
        return self.shows(records=(*self.facts.records, record))

    def used(self, command: str) -> Facts:
        """A command was used."""
        return self.shows(used=(*self.facts.used, command))
