"""The score of the exam's items: hits and false alarms, and what was judged wrongly.

Intervals are Wilson's at 95 % (J. Am. Stat. Assoc. 22 (1927) 209): right for small
numbers, and at 0 and 1 too.
"""

from __future__ import annotations

import math
import statistics
from typing import TYPE_CHECKING

import msgspec

from dqmconsole.training.records import ItemAnswered

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

Z95 = statistics.NormalDist().inv_cdf(0.975)


class Rate(msgspec.Struct, frozen=True):
    """So many of so many, with the interval of 95 %.

    Attributes:
        count, of: the numbers.
        low, high: ends of Wilson's interval; 0 and 1 of nothing.
    """

    count: int
    of: int
    low: float
    high: float

    @property
    def value(self) -> float | None:
        """The rate; None of nothing."""
        return self.count / self.of if self.of else None

    @property
    def interval_words(self) -> str:
        """The interval in words: "48 to 85 %"; "" of nothing."""
        return f"{100 * self.low:.0f} to {100 * self.high:.0f} %" if self.of else ""

    @property
    def words(self) -> str:
        """The rate in words: "14 of 20, 70 % (48 to 85 %)"."""
        if self.value is None:
            return "none shown"
        share = f"{100 * self.value:.0f} %"
        return f"{self.count} of {self.of}, {share} ({self.interval_words})"


class FamilyScore(msgspec.Struct, frozen=True):
    """How the faults of one family were found.

    Attributes:
        name: the family; "" for faults without one.
        hits: faults found.
        automatic: of these items, those that the console's own verdicts called bad.
    """

    name: str
    hits: Rate
    automatic: Rate


class ItemScore(msgspec.Struct, frozen=True):
    """The score of the answered items of one exam.

    An item without an answer counts as "good": who says nothing raises no alarm.

    Attributes:
        hits: faults of which "bad" was said.
        alarms: good pages of which "bad" was said.
        automatic_hits, automatic_alarms: the same of the console's own verdicts.
        seconds: median time of the hits, s; None without any.
        timed_out: items whose time ran out.
        families: the faults by family, by name.
        wrong: the items that were judged wrongly, in their order.
    """

    hits: Rate
    alarms: Rate
    automatic_hits: Rate
    automatic_alarms: Rate
    seconds: float | None
    timed_out: int
    families: tuple[FamilyScore, ...]
    wrong: tuple[ItemAnswered, ...]


def wilson(count: int, of: int) -> tuple[float, float]:
    """Wilson's score interval of 95 % of a proportion: so many of so many.

    Raises:
        ValueError: more than there are, or fewer than none.
    """
    if not 0 <= count <= of:
        message = f"{count} of {of} is no proportion"
        raise ValueError(message)
    if of == 0:
        return 0.0, 1.0
    share, z = count / of, Z95
    scale = 1 + z * z / of
    centre = (share + z * z / (2 * of)) / scale
    width = z / scale * math.sqrt(share * (1 - share) / of + (z / (2 * of)) ** 2)
    low = 0.0 if count == 0 else centre - width
    high = 1.0 if count == of else centre + width
    return low, high


def rate(count: int, of: int) -> Rate:
    """A proportion with its interval of 95 %."""
    return Rate(count, of, *wilson(count, of))


def is_right(answer: ItemAnswered) -> bool:
    """Tell whether an item was judged rightly; without an answer it is "good"."""
    return (answer.answer == "bad") == (answer.truth == "bad")


def item_score(answers: Iterable[ItemAnswered]) -> ItemScore:
    """Score the answered items of an exam.

    Args:
        answers: in their order, each place of the plan once, as ``past_exams`` has
            them.
    """
    every = tuple(answers)
    faults = [each for each in every if each.truth == "bad"]
    goods = [each for each in every if each.truth == "good"]
    times = [each.seconds for each in faults if each.answer == "bad"]
    families: dict[str, list[ItemAnswered]] = {}
    for each in faults:
        families.setdefault(each.family, []).append(each)
    return ItemScore(
        hits=_said_bad(faults),
        alarms=_said_bad(goods),
        automatic_hits=_automatic(faults),
        automatic_alarms=_automatic(goods),
        seconds=statistics.median(times) if times else None,
        timed_out=sum(not each.answer for each in every),
        families=tuple(
            FamilyScore(name, _said_bad(found), _automatic(found))
            for name, found in sorted(families.items())
        ),
        wrong=tuple(each for each in every if not is_right(each)),
    )


def _said_bad(items: Sequence[ItemAnswered]) -> Rate:
    return rate(sum(each.answer == "bad" for each in items), len(items))


def _automatic(items: Sequence[ItemAnswered]) -> Rate:
    return rate(sum(each.automatic == "bad" for each in items), len(items))
