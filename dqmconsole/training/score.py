"""The score of the exam's items: rates, sensitivity, and what they can claim.

A trainee who says "bad" of everything finds every fault; only hits *and* false alarms
together say who can tell them apart. Intervals are those of 95 %.

References:
    Wilson, J. Am. Stat. Assoc. 22 (1927) 209, and Newcombe, Stat. Med. 17 (1998) 857:
    the score interval of a proportion, right for small numbers and at 0 and 1 too.
    Macmillan & Creelman, "Detection Theory" (2nd ed. 2005): d' and criterion c.
    Hautus, Behav. Res. Meth. Instr. Comp. 27 (1995) 46: the log-linear correction.
    Gourevitch & Galanter, Psychometrika 32 (1967) 25: the standard errors.
    Buser et al., Transp. Res. A 200 (2025): how many projected threats a claim needs.
    Spearman and Brown, Br. J. Psychol. 3 (1910) 271 and 296: longer and shorter tests.
"""

from __future__ import annotations

import math
import statistics
from typing import TYPE_CHECKING

import msgspec

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from dqmconsole.model.lesson import ExamSettings
    from dqmconsole.model.training import ItemAnswered

_NORMAL = statistics.NormalDist()
Z95 = _NORMAL.inv_cdf(0.975)
KNOWN_ITEMS, KNOWN_RELIABILITY = 100, 0.7
"""Buser et al. 2025: 1.2 million projected threats, 728 screeners, four years."""
MOST_SPENT = 0.05
"""Share of items shown and not finished, beyond which nobody passes or fails."""

TOO_EASY = 0.9
"""From this mean hit rate on, their number no longer holds: all are alike. Theirs is
the mean of a class; here it is taken of the one person."""


_SMALL = (
    "no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten",
)  # fmt: skip


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


class Sensitivity(msgspec.Struct, frozen=True):
    """How well somebody tells faults from good pages, and how readily says "bad".

    Attributes:
        d_prime: distance of the two in standard deviations; 0 is guessing.
        criterion: below 0 for one who says "bad" readily, above 0 for one who seldom
            does.
        d_prime_error, criterion_error: their standard errors.
    """

    d_prime: float
    criterion: float
    d_prime_error: float
    criterion_error: float

    @property
    def interval(self) -> tuple[float, float]:
        """Interval of 95 % of `d_prime`."""
        width = Z95 * self.d_prime_error
        return self.d_prime - width, self.d_prime + width


class GroupScore(msgspec.Struct, frozen=True):
    """The items of one family, or of one cause.

    Attributes:
        name: the family.
        said_bad: of a family of faults the hits, of harmless events false alarms.
        seconds: median time of the hits, s; None without any.
    """

    name: str
    said_bad: Rate
    seconds: float | None = None


class ItemScore(msgspec.Struct, frozen=True):
    """The score of the first part.

    Attributes:
        hits: faults of which "bad" was said.
        alarms: good pages of which "bad" was said.
        sensitivity: of both; None without faults or without good pages.
        seconds: median time to detect, s: of the hits only, since a miss has none.
        timed_out: items whose time ran out; they count as "good".
        spent: items lost by a crash and replaced; they count for nothing.
        families: hits by family of faults.
        harmless: false alarms by family of harmless events.
        automatic_hits, automatic_alarms, automatic: the same of the console's own
            verdicts on the same items; here these are the quality results that the
            files carry. A page without a verdict raises no alarm: it counts as
            "good".
        unjudged: items of which the console gave no verdict.
        passed: whether both limits are reached; None on too few faults.
        outcome: why so, in a sentence.
        claim: how reliable a score on so many faults is, in a sentence.
    """

    hits: Rate
    alarms: Rate
    sensitivity: Sensitivity | None
    seconds: float | None
    timed_out: int
    spent: int
    families: tuple[GroupScore, ...]
    harmless: tuple[GroupScore, ...]
    automatic_hits: Rate
    automatic_alarms: Rate
    automatic: Sensitivity | None
    unjudged: int
    passed: bool | None
    outcome: str
    claim: str

    @property
    def items(self) -> int:
        """Items that count."""
        return self.hits.of + self.alarms.of


def wilson(count: int, of: int, z: float = Z95) -> tuple[float, float]:
    """Wilson's score interval of a proportion.

    Args:
        count: so many.
        of: of so many.
        z: standard deviations; 1.96 for 95 %.

    Raises:
        ValueError: more than there are, or fewer than none.
    """
    if not 0 <= count <= of:
        message = f"{count} of {of} is no proportion"
        raise ValueError(message)
    if of == 0:
        return 0.0, 1.0
    share = count / of
    scale = 1 + z * z / of
    centre = (share + z * z / (2 * of)) / scale
    width = z / scale * math.sqrt(share * (1 - share) / of + (z / (2 * of)) ** 2)
    low = 0.0 if count == 0 else centre - width
    high = 1.0 if count == of else centre + width
    return low, high


def rate(count: int, of: int) -> Rate:
    """A proportion with its interval of 95 %."""
    return Rate(count, of, *wilson(count, of))


def sensitivity(hits: int, faults: int, alarms: int, goods: int) -> Sensitivity:
    """Give d' and criterion c, with the log-linear correction and their errors.

    The correction (0.5 to each count, 1 to each number of items) is made always, not
    only at 0 and 1: else it would depend on the result (Hautus 1995). A perfect score
    has thus a ceiling that grows with the number of items.

    Raises:
        ValueError: no faults or no good pages, or more hits than faults.
    """
    if min(faults, goods) < 1 or not (0 <= hits <= faults and 0 <= alarms <= goods):
        message = f"{hits} of {faults} faults, {alarms} of {goods} good pages: no d'"
        raise ValueError(message)
    hit_rate = (hits + 0.5) / (faults + 1)
    alarm_rate = (alarms + 0.5) / (goods + 1)
    z_hit, z_alarm = _NORMAL.inv_cdf(hit_rate), _NORMAL.inv_cdf(alarm_rate)
    variance = sum(
        share * (1 - share) / (of * _NORMAL.pdf(z) ** 2)
        for share, of, z in ((hit_rate, faults, z_hit), (alarm_rate, goods, z_alarm))
    )
    error = math.sqrt(variance)
    return Sensitivity(z_hit - z_alarm, -(z_hit + z_alarm) / 2, error, error / 2)


def reliability(items: int) -> float:
    """Reliability of a score on so many faults, as one could expect it.

    Buser et al. (2025) found about 0.7 on 100 projected threats; for other numbers the
    formula of Spearman and Brown. It holds only below a mean hit rate of 0.9, and was
    found at airports: nobody has measured it on monitoring plots yet.
    """
    factor = items / KNOWN_ITEMS
    return factor * KNOWN_RELIABILITY / (1 + (factor - 1) * KNOWN_RELIABILITY)


def needed_items(wanted: float = KNOWN_RELIABILITY) -> int:
    """Faults a claim of such a reliability needs: 100 for 0.7 (:func:`reliability`).

    Raises:
        ValueError: `wanted` does not lie between 0 and 1.
    """
    if not 0 < wanted < 1:
        message = f"a reliability lies between 0 and 1, not at {wanted}"
        raise ValueError(message)
    factor = wanted * (1 - KNOWN_RELIABILITY) / (KNOWN_RELIABILITY * (1 - wanted))
    return math.ceil(KNOWN_ITEMS * factor - 1e-9)


def item_score(
    answers: Iterable[ItemAnswered], settings: ExamSettings, spent: int = 0
) -> ItemScore:
    """Score the answered items of one exam, or of several taken together.

    An item that was not answered in time counts as "good" said: a shifter who says
    nothing raises no alarm. Each place of a plan counts once.

    Args:
        answers: as the book has them.
        settings: what must be reached.
        spent: items that were shown and not finished. One that is left is replaced by
            its like, a second look: above :data:`MOST_SPENT` nobody passes or fails.
    """
    counted: dict[tuple[str, int], ItemAnswered] = {}
    for each in answers:
        if each.truth:
            counted.setdefault((each.exam, each.number), each)
    every = tuple(counted.values())
    faults = [each for each in every if each.truth == "bad"]
    goods = [each for each in every if each.truth == "good"]
    hits, alarms = _said_bad(faults), _said_bad(goods)
    auto_hits, auto_alarms = _alarmed(faults), _alarmed(goods)
    passed: bool | None = None
    if len(faults) >= settings.least_faults and goods and not _too_many(spent, every):
        reached = hits.low >= settings.hit_rate
        passed = reached and alarms.high <= settings.false_alarms
    score = ItemScore(
        hits=hits,
        alarms=alarms,
        sensitivity=_sensitivity(hits, alarms),
        seconds=_median(faults),
        timed_out=sum(not each.answer for each in every),
        spent=spent,
        families=_groups(faults, lambda each: each.family),
        harmless=_groups(
            [each for each in goods if each.kind == "harmless"],
            lambda each: each.family,
        ),
        automatic_hits=auto_hits,
        automatic_alarms=auto_alarms,
        automatic=_sensitivity(auto_hits, auto_alarms),
        unjudged=sum(not each.automatic for each in every),
        passed=passed,
        outcome="",
        claim=_claim(hits),
    )
    return msgspec.structs.replace(score, outcome=_outcome(score, settings))


def _too_many(spent: int, answered: Sequence[ItemAnswered]) -> bool:
    """Tell whether so many were seen and left that they may have been chosen."""
    return spent > MOST_SPENT * len(answered)


def more_words(score: ItemScore, settings: ExamSettings) -> str:
    """Say how far a claim is: "40 of 100 faults so far: two more sittings …"."""
    left = math.ceil((settings.least_faults - score.hits.of) / settings.faults)
    many = "one more sitting" if left == 1 else f"{count_words(left)} more sittings"
    return (
        f"{score.hits.of} of {settings.least_faults} faults so far: {many} of "
        f"{settings.items} items"
    )


def count_words(count: int) -> str:
    """A small number in words, as it stands in a sentence: "two", "14"."""
    return _SMALL[count] if 0 <= count < len(_SMALL) else str(count)


def _said_bad(items: Sequence[ItemAnswered]) -> Rate:
    return rate(sum(each.answer == "bad" for each in items), len(items))


def _alarmed(items: Sequence[ItemAnswered]) -> Rate:
    return rate(sum(each.automatic == "bad" for each in items), len(items))


def _sensitivity(hits: Rate, alarms: Rate) -> Sensitivity | None:
    if not hits.of or not alarms.of:
        return None
    return sensitivity(hits.count, hits.of, alarms.count, alarms.of)


def _median(faults: Sequence[ItemAnswered]) -> float | None:
    times = [each.seconds for each in faults if each.answer == "bad"]
    return statistics.median(times) if times else None


def _groups(
    items: Sequence[ItemAnswered], name: Callable[[ItemAnswered], str]
) -> tuple[GroupScore, ...]:
    found: dict[str, list[ItemAnswered]] = {}
    for each in items:
        found.setdefault(name(each), []).append(each)
    return tuple(
        GroupScore(
            key,
            _said_bad(found[key]),
            _median([each for each in found[key] if each.truth == "bad"]),
        )
        for key in sorted(found)
    )


def _claim(hits: Rate) -> str:
    words = (
        f"About {needed_items()} faults give a reliability of {KNOWN_RELIABILITY} "
        f"(Buser et al. 2025); these {hits.of} would give {reliability(hits.of):.2f}"
    )
    if (hits.value or 0.0) >= TOO_EASY:
        return f"{words}, and less where nearly all are found, as here."
    return f"{words}."


def _outcome(score: ItemScore, settings: ExamSettings) -> str:
    if score.passed is None:
        if score.hits.of < settings.least_faults:
            return f"Neither passed nor failed yet: {more_words(score, settings)}."
        if score.hits.of and score.alarms.of:
            return (
                f"Neither passed nor failed: {score.spent} pages were shown and not "
                "finished, which is too many to say."
            )
        return "Neither passed nor failed: faults and good pages are both needed."
    hits = (
        f"faults from {_percent(score.hits.low)} "
        f"(needed: {100 * settings.hit_rate:.0f} %)"
    )
    alarms = (
        f"false alarms up to {_percent(score.alarms.high)} "
        f"(allowed: {100 * settings.false_alarms:.0f} %)"
    )
    word = "Passed" if score.passed else "Not passed"
    return f"{word}: {hits}, {alarms}, by the ends of the intervals."


def _percent(share: float) -> str:
    return f"{100 * share:.1f} %"
