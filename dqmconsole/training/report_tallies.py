"""What the answers of many exams say of causes, pages and steps; counts only."""

from __future__ import annotations

import statistics
from collections import Counter, defaultdict
from typing import TYPE_CHECKING

import msgspec

from dqmconsole.model.lesson import split_cause
from dqmconsole.model.training import ExamBegan, ItemAnswered, LessonStepDone
from dqmconsole.training.score import Rate, rate

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from dqmconsole.model.record import Record

LEAST = 5
"""Of fewer answers no order is made: one guess would decide it."""


class Tally(msgspec.Struct, frozen=True):
    """How a group of items was answered.

    Attributes:
        right: items answered rightly.
        automatic: those on which the console's own verdict was right; a page without
            a verdict counts as "good".
        people: how many people answered.
        seconds: median from the picture to the answer, s; None when none was answered.
        sizes: each size of the cause with those answered rightly, the largest first.
    """

    right: Rate
    automatic: Rate
    people: int = 0
    seconds: float | None = None
    sizes: tuple[tuple[str, Rate], ...] = ()

    @property
    def ranks(self) -> bool:
        """There are enough of them to be put into an order."""
        return self.right.of >= LEAST


class StepTally(msgspec.Struct, frozen=True):
    """How a step of a lesson went: how often done, with wrong answers and hints."""

    lesson: str
    step: str
    done: int
    wrong: int
    hints: int


def answered(records: Iterable[Record], since: float = 0.0) -> tuple[Record, ...]:
    """The answers to items of exams begun since a moment, one for each place.

    Args:
        records: of the book.
        since: unix time, s.
    """
    exams = {
        each.uid
        for each in records
        if isinstance(each.body, ExamBegan)
        and each.body.part == "items"
        and each.made_at >= since
    }
    found: dict[tuple[str, int], Record] = {}
    for each in records:
        body = each.body
        if isinstance(body, ItemAnswered) and body.exam in exams and body.truth:
            found.setdefault((body.exam, body.number), each)
    return tuple(found.values())


def struck(body: ItemAnswered) -> str:
    """What an item showed, as "NAME[:SUBSYSTEM]", however large; "" for nothing.

    Sizes are left out: a class sees each of them too seldom to say anything of it.
    """
    name, target = split_cause(body.cause)
    return f"{name}:{target}" if target else name


def by_size(bodies: Iterable[ItemAnswered]) -> tuple[tuple[str, Rate], ...]:
    """How items of one cause were answered by its size, the largest first.

    Without those of which no size was said.
    """
    groups: defaultdict[str, list[bool]] = defaultdict(list)
    for each in bodies:
        if size := each.cause.partition("*")[2]:
            groups[size].append(is_right(each))
    order = sorted(groups, key=_number, reverse=True)
    return tuple((size, rate(sum(groups[size]), len(groups[size]))) for size in order)


def is_right(body: ItemAnswered) -> bool:
    """Tell whether an item was answered rightly; without an answer it is "good"."""
    return (body.answer == "bad") == (body.truth == "bad")


def items(given: Iterable[Record]) -> list[ItemAnswered]:
    """The answers of records, in their order."""
    return [each.body for each in given if isinstance(each.body, ItemAnswered)]


def tally(given: Sequence[Record]) -> Tally:
    """Count a group of answers."""
    bodies = items(given)
    judged = [(each.automatic == "bad") == (each.truth == "bad") for each in bodies]
    times = [each.seconds for each in bodies if each.answer]
    return Tally(
        right=rate(sum(map(is_right, bodies)), len(bodies)),
        automatic=rate(sum(judged), len(judged)),
        people=len({each.who for each in given}),
        seconds=statistics.median(times) if times else None,
        sizes=by_size(bodies),
    )


def tallies(
    given: Iterable[Record], key: Callable[[ItemAnswered], tuple[str, ...]]
) -> Mapping[tuple[str, ...], Tally]:
    """Count answers by group; the lowest share first, of equal ones the larger."""
    groups: defaultdict[tuple[str, ...], list[Record]] = defaultdict(list)
    for each in given:
        if isinstance(each.body, ItemAnswered):
            groups[key(each.body)].append(each)
    counted = {name: tally(each) for name, each in groups.items()}
    order = sorted(
        counted.items(), key=lambda row: (row[1].right.value or 0.0, -row[1].right.of)
    )
    return dict(order)


def steps(records: Iterable[Record], since: float = 0.0) -> tuple[StepTally, ...]:
    """The steps of lessons that were done since a moment, the hardest first."""
    groups: defaultdict[tuple[str, str], list[LessonStepDone]] = defaultdict(list)
    for each in records:
        if isinstance(each.body, LessonStepDone) and each.made_at >= since:
            groups[each.body.lesson, each.body.step].append(each.body)
    found = [
        StepTally(
            lesson,
            step,
            len(bodies),
            sum(each.wrong for each in bodies),
            sum(each.hints for each in bodies),
        )
        for (lesson, step), bodies in groups.items()
    ]
    return tuple(sorted(found, key=lambda each: -(each.wrong + each.hints) / each.done))


def pointed_at(bodies: Iterable[ItemAnswered]) -> Mapping[str, int]:
    """How often each plot was pointed at as bad on a good page, the most often first.

    Without the pages of which "bad" was said and no plot was pointed at.
    """
    counted = Counter(
        each.plot
        for each in bodies
        if each.truth == "good" and each.answer == "bad" and each.plot
    )
    return dict(counted.most_common())


def _number(size: str) -> float:
    try:
        return float(size)
    except ValueError:
        return 0.0
