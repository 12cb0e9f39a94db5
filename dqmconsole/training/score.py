"""The score of the exam's items: hits, causes and false alarms, and the pass mark.

A fault is found when "bad" was said of a plot on which it shows. Intervals are Wilson's
at 95 % (J. Am. Stat. Assoc. 22 (1927) 209): right for small numbers, and at 0 and 1.
"""

from __future__ import annotations

import math
import statistics
from typing import TYPE_CHECKING

import msgspec

from dqmconsole.training.lesson import split_cause

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from dqmconsole.training.records import ItemAnswered

Z95 = statistics.NormalDist().inv_cdf(0.975)


class Rate(msgspec.Struct, frozen=True):
    """So many of so many, with the interval of 95 %.

    Attributes:
        count, of: the numbers.
        low, high: ends of Wilson's interval; 0 and 1 of nothing.
        none: what is said where nothing was counted.
    """

    count: int
    of: int
    low: float
    high: float
    none: str = "none was shown"

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
            return self.none
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
        hits: faults found: "bad" was said, of a plot on which it shows.
        causes: faults found whose cause was named rightly.
        alarms: good pages of which "bad" was said.
        automatic_hits, automatic_alarms: the same of the console's own verdicts: a
            plot of the page was BAD.
        automatic_warned: faults of which the console called no plot BAD, and some
            WARNING.
        seconds: median time of the hits, s; None without any.
        missed_now: gross faults that were missed, and for which one must call now.
        gross_now: all gross faults of that kind.
        timed_out: items that were not answered: time was over, or they were left.
        families: the faults by family, by name.
    """

    hits: Rate
    causes: Rate
    alarms: Rate
    automatic_hits: Rate
    automatic_alarms: Rate
    automatic_warned: int
    seconds: float | None
    missed_now: int
    gross_now: int
    timed_out: int
    families: tuple[FamilyScore, ...]

    @property
    def missed_words(self) -> str:
        """Of the gross faults that call at once, how many were missed, in words."""
        if not self.gross_now:
            return "none was shown"
        return f"{self.missed_now} of {self.gross_now}"


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


def rate(count: int, of: int, none: str = "none was shown") -> Rate:
    """A proportion with its interval of 95 %.

    Args:
        count: so many.
        of: of so many.
        none: what is said of it where that is 0.
    """
    return Rate(count, of, *wilson(count, of), none)


def is_hit(answer: ItemAnswered) -> bool:
    """Tell whether a fault was found: in the right plot, where that was measured."""
    return (
        answer.truth == "bad"
        and answer.answer == "bad"
        and (not answer.shows or answer.plot in answer.shows)
    )


def is_named(answer: ItemAnswered) -> bool:
    """Tell whether the cause of a fault was named: it, or one that is like it."""
    right = (split_cause(answer.cause)[0], *answer.alike)
    return bool(answer.named) and answer.named in right


def is_right(answer: ItemAnswered) -> bool:
    """Tell whether an item was judged rightly; without an answer it is "good"."""
    if answer.truth == "bad":
        return is_hit(answer)
    return answer.answer != "bad"


def is_faultless(answer: ItemAnswered) -> bool:
    """Tell whether an item was judged rightly, and the cause of a fault named."""
    return is_right(answer) and (answer.truth != "bad" or is_named(answer))


def item_score(answers: Iterable[ItemAnswered]) -> ItemScore:
    """Score the answered items of an exam.

    Args:
        answers: in their order, each place of the plan once, as ``past_exams`` has
            them.
    """
    every = tuple(answers)
    faults = [each for each in every if each.truth == "bad"]
    goods = [each for each in every if each.truth == "good"]
    found = [each for each in faults if is_hit(each)]
    now = [each for each in faults if each.band == "gross" and each.act == "now"]
    families: dict[str, list[ItemAnswered]] = {}
    for each in faults:
        families.setdefault(each.family, []).append(each)
    return ItemScore(
        hits=_hits(faults),
        causes=rate(sum(map(is_named, found)), len(found), "no fault was found"),
        alarms=_said_bad(goods),
        automatic_hits=_automatic(faults),
        automatic_alarms=_automatic(goods),
        automatic_warned=sum(e.automatic != "bad" and e.warned > 0 for e in faults),
        seconds=statistics.median([each.seconds for each in found]) if found else None,
        missed_now=sum(not is_hit(each) for each in now),
        gross_now=len(now),
        timed_out=sum(not each.answer for each in every),
        families=tuple(
            FamilyScore(name, _hits(those), _automatic(those))
            for name, those in sorted(families.items())
        ),
    )


def _hits(faults: Sequence[ItemAnswered]) -> Rate:
    return rate(sum(map(is_hit, faults)), len(faults), "no fault was shown")


def _said_bad(items: Sequence[ItemAnswered]) -> Rate:
    called = sum(each.answer == "bad" for each in items)
    return rate(called, len(items), "no good page was shown")


def _automatic(items: Sequence[ItemAnswered]) -> Rate:
    return rate(sum(each.automatic == "bad" for each in items), len(items))
