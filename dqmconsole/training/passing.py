"""Whether somebody passed the exam, how often chance decides that, and the seal.

The error rates are those of a model: a trainee of sensitivity d' says "bad" when what
is seen exceeds a criterion; good pages and faults scatter alike, as normal variables
one unit wide, d' apart (Macmillan and Creelman, Detection Theory: A User's Guide, 2nd
ed., 2005, ch. 1 and 2). Numbers of hits and false calls are then binomial.
"""

from __future__ import annotations

import math
import statistics
from typing import TYPE_CHECKING, NamedTuple

import msgspec

from dqmconsole.model.moment import date_words
from dqmconsole.model.words import counted
from dqmconsole.training.exam_history import PastExam, past_exams
from dqmconsole.training.item_bank import rows_of, seal_of
from dqmconsole.training.lesson import ExamName, PassMark, teaching
from dqmconsole.training.score import ItemScore, item_score

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from dqmconsole.model.record import Record
    from dqmconsole.model.site import Site

DAY = 86400.0  # s
WEAK, STRONG = 1.5, 2.5  # d' of a trainee who should not pass, and of one who should
SIGNIFICANCE = 0.05
NOT_MEASURED = "nobody passes by an exam whose items are not measured"
MOST_SPENT = 4
"""Items of a sitting that crashes may spend: with more, one could pick the pages."""
STATES = {
    "passed": "passed",
    "not passed": "not passed",
    "open": "not decided yet",
    "over": "passed once, and no longer valid",
    "unmeasured": "not measured",
}
"""States of a :class:`Result` -> in words."""
_NORMAL = statistics.NormalDist()
_CRITERIA = tuple(each / 100 for each in range(-100, 251, 5))


class ErrorRates(msgspec.Struct, frozen=True):
    """How often chance decides.

    Attributes:
        weak, strong: chance that a trainee of :data:`WEAK`, or :data:`STRONG`, passes,
            with the criterion that serves best, and causes named as well as required.
        power: chance that the two are told apart by their estimated d'.
        sittings: that count together.
    """

    weak: float
    strong: float
    power: float
    sittings: int

    @property
    def words(self) -> str:
        """In words."""
        many = self.sittings
        last = f"{many} sittings count" if many > 1 else "sitting counts"
        return (
            f"By the model of signal detection, somebody of d' {WEAK:g} who chooses "
            f"the best criterion passes with {100 * self.weak:.0f} % chance, somebody "
            f"of d' {STRONG:g} with {100 * self.strong:.0f} %, when both name the "
            "causes; the estimated d' tells the two apart with "
            f"{100 * self.power:.0f} % power (5 % level). Gross faults are taken as no "
            f"easier than others. Only the last {last}, however many were sat: who "
            "sits more often passes more often by chance."
        )


class Asked(NamedTuple):
    """What a part of the pass mark asks for, in words.

    Attributes:
        what: is counted.
        limit: what of it there may be at most, or must be at least.
        of: of what that is a share, after a blank; or "".
    """

    what: str
    limit: str
    of: str

    @property
    def words(self) -> str:
        """All of it: "false calls: at most 10 % of the good pages"."""
        return f"{self.what[:1].lower()}{self.what[1:]}: {self.limit}{self.of}"


class Reached(NamedTuple):
    """Which parts of the pass mark are reached.

    Attributes:
        missed: of the gross faults that call at once.
        false_calls: of the good pages.
        causes: of the faults found.
    """

    missed: bool
    false_calls: bool
    causes: bool


class Result(msgspec.Struct, frozen=True):
    """How somebody stands with the exam.

    Attributes:
        state: of :data:`STATES`: "passed"; "not passed"; "open" while there are too few
            sittings; "unmeasured" where nothing was measured, and so nobody passes;
            "over" of a pass whose time is over, or whose seal is broken.
        why: what was not reached, or what is missing; "" of a pass.
        until: unix time, s, until which a pass holds; 0 of none.
        score: of the sittings that count, together; None without any.
        rates: error rates of so many items; None without any, or where nobody passes.
        sittings: those that count, the oldest first.
    """

    state: str
    why: str = ""
    until: float = 0.0
    score: ItemScore | None = None
    rates: ErrorRates | None = None
    sittings: tuple[PastExam, ...] = ()

    @property
    def spent(self) -> int:
        """Items of the sittings that were shown and not finished."""
        return sum(each.spent for each in self.sittings)

    @property
    def left_out(self) -> int:
        """Items of the sittings that were left out before they were shown."""
        return sum(each.left_out for each in self.sittings)


def how_causes_count(*, recorded: bool) -> str:
    """Which causes of a fault count as right, in words.

    Args:
        recorded: all faults of the exam are put into recorded runs.
    """
    if recorded:
        right = (
            "A loss and a plot that stands still count as one cause: one picture does "
            "not tell them apart. Nothing else is right."
        )
    else:
        right = (
            "Another is right, too, where it would have taken the very same channels, "
            "and dead boards for a ring of boards where the instruction asks the same; "
            "nothing else is, not even of the same family."
        )
    return (
        "How causes count: of a fault that you find in the right plot, the cause that "
        f"you name first, for an answer stands. {right} “I cannot name it” counts as "
        "not named. How soon to call is asked, and not scored."
    )


def asked_for(mark: PassMark) -> tuple[Asked, Asked, Asked]:
    """The parts of the pass mark, in the order of :class:`Reached`."""
    return (
        Asked("Gross faults that call at once, missed", f"at most {mark.missed}", ""),
        Asked(
            "False calls", f"at most {100 * mark.false_calls:g} %", " of the good pages"
        ),
        Asked(
            "Causes named rightly",
            f"at least {100 * mark.causes:g} %",
            " of the faults found",
        ),
    )


def rules(mark: PassMark) -> tuple[str, ...]:
    """The pass mark, in words."""
    of = f"{mark.sittings} sittings together" if mark.sittings > 1 else "one sitting"
    return tuple(f"Exam, {of}: {each.words}" for each in asked_for(mark))


def result_lines(result: Result) -> list[str]:
    """How somebody stands, as a list in Markdown: result, score, error rates."""
    said = STATES[result.state]
    why = f": {result.why}" if result.why else ""
    until = f", until {date_words(result.until)}" if result.state == "passed" else ""
    found = [f"- **{said[:1].upper()}{said[1:]}**{until}{why}."]
    score = result.score
    if score is not None:
        found += [
            f"- Faults found: {score.hits.words}; causes named rightly: "
            f"{score.causes.words}; false calls: {score.alarms.words}; gross faults "
            f"that call at once missed: {score.missed_words}.",
            f"- Tested were {shown_words(result.sittings)}; not tested were a whole "
            "shift, how soon to call and whom, and the hand-over.",
        ]
    if result.spent:
        found.append(
            f"- Shown and not finished (a crash): {counted(result.spent, 'page')}; "
            "others took their place."
        )
    if result.left_out:
        found.append(f"- {left_out_words(result.left_out)}")
    if older := older_words(result):
        found.append(f"- {older}")
    if result.rates is not None:
        found.append(f"- {result.rates.words}")
    return found


def shown_words(sittings: Iterable[PastExam]) -> str:
    """What was shown in some sittings, in words."""
    runs = {each.recorded for one in sittings for each in one.answers}
    found = []
    if 0 in runs or not runs:
        found.append("single simulated pages")
    if numbers := sorted(runs - {0}):
        run = "the recorded run" if len(numbers) == 1 else "recorded runs"
        found.append(
            f"single pages of {run} {', '.join(map(str, numbers))} of this site with "
            "faults put into one plot, with nothing harmless that looks wrong"
        )
    return " and ".join(found)


def older_words(result: Result) -> str:
    """That strengths of the items that count are of older measurements; or ""."""
    answers = [answer for each in result.sittings for answer in each.answers]
    many = sum(each.measured_before for each in answers)
    if not many:
        return ""
    of = sum(each.truth == "bad" for each in answers)
    return (
        f"How large {many} of {of} faults are (gross, clear, subtle) is of older "
        "measurements: what they were measured on had changed since. What was "
        "right was taken from the run that was shown."
    )


def left_out_words(pages: int) -> str:
    """That so many pages were left out of an exam, and why."""
    was = "1 page was" if pages == 1 else f"{pages} pages were"
    return (
        f"{was} left out before being shown: the run shows nothing of the fault, or "
        "not on the plots of the measured bank (dqmconsole training measure --again). "
        "Others took their place."
    )


def reached(score: ItemScore, mark: PassMark) -> Reached:
    """Which parts of the pass mark a score reaches by itself.

    Args:
        score: of one sitting, or of several together.
        mark: the pass mark.
    """
    return Reached(
        score.gross_now > 0 and score.missed_now <= mark.missed,
        (score.alarms.value or 0.0) <= mark.false_calls,
        (score.causes.value or 0.0) >= mark.causes,
    )


def still_to_give(score: ItemScore, mark: PassMark) -> tuple[str, str, str]:
    """What one more sitting, of as many items of each kind, must give for a pass.

    Args:
        score: of the sittings so far, together.
        mark: the pass mark.

    Returns:
        In words, of each part of the mark, in the order of :class:`Reached`.
    """
    missed = mark.missed - score.missed_now
    goods, found = score.alarms.of, score.hits.count
    calls = _allowed(2 * goods, mark) - score.alarms.count
    causes = math.ceil(mark.causes * (score.causes.of + found) - 1e-9)
    causes -= score.causes.count
    cannot = "cannot make up for it"
    named = f"{max(causes, 0)} of {found}, if as many are found"
    return (
        cannot if missed < 0 else f"at most {missed}",
        cannot if calls < 0 else f"at most {min(calls, goods)} of {goods}",
        cannot if causes > found else named,
    )


def shortfalls(score: ItemScore, mark: PassMark) -> tuple[str, ...]:
    """What of the pass mark was not reached, in words; nothing of a pass.

    Args:
        score: of all sittings that count, together.
        mark: the pass mark.
    """
    found, met = [], reached(score, mark)
    if not score.gross_now:
        found.append(
            "no gross fault that calls at once was among the items, so that none could "
            "be missed"
        )
    elif not met.missed:
        found.append(
            f"{score.missed_now} of {score.gross_now} gross faults that call at once "
            f"were missed ({mark.missed} may be)"
        )
    if not met.false_calls:
        found.append(
            f"false calls: {score.alarms.words} (at most {100 * mark.false_calls:g} %)"
        )
    if not met.causes:
        found.append(
            f"causes named rightly: {score.causes.words} (at least "
            f"{100 * mark.causes:g} %)"
        )
    return tuple(found)


def result_of(
    site: Site,
    records: Sequence[Record],
    who: str,
    now: float,
    name: ExamName = "collisions",
) -> Result:
    """How a person stands with the exam: by the last whole sittings of a measured bank.

    Args:
        site: the site in force.
        records: those of the ledger, in the order of the book.
        who: the person.
        now: unix time, s.
        name: of the exam.
    """
    exam = teaching(site).exam
    if exam is None:
        return Result("open", "this site has no exam")
    mark = exam.pass_mark
    over = [
        each
        for each in past_exams(records)
        if each.record.who == who
        and each.began.part == "items"
        and each.began.exam == name
        and each.ended is not None
        and all(answer.band or answer.truth == "good" for answer in each.answers)
        and len(each.answers) == each.began.items
    ]
    last = tuple(over[-mark.sittings :])
    if len(last) < mark.sittings and not rows_of(exam, name):
        return Result("unmeasured", NOT_MEASURED)
    if len(last) < mark.sittings:
        why = f"{len(last)} of {mark.sittings} sittings"
        return Result("open", why, sittings=last)
    for each in last:
        if each.spent > MOST_SPENT:
            why = (
                f"in the sitting of {date_words(each.record.made_at)} "
                f"{each.spent} pages were shown and not finished "
                f"({MOST_SPENT} may be): it decides nothing"
            )
            return Result("open", why, sittings=last)
    score = item_score(answer for each in last for answer in each.answers)
    rates = None
    if score.gross_now:  # else nobody passes
        rates = error_rates(score.hits.of, score.alarms.of, score.gross_now, mark)
    short = "; ".join(shortfalls(score, mark))
    if short:
        return Result("not passed", short, 0.0, score, rates, last)
    until = _ended_at(last[-1], records) + exam.valid_days * DAY
    if until < now:
        why = f"it held until {date_words(until)}"
        return Result("over", why, until, score, rates, last)
    broken = _broken(site, last, name)
    if broken:
        why = f"its items are no longer what they were: {', '.join(broken)}"
        return Result("over", why, until, score, rates, last)
    return Result("passed", "", until, score, rates, last)


def error_rates(faults: int, goods: int, gross_now: int, mark: PassMark) -> ErrorRates:
    """How often chance decides, of so many items in all sittings.

    Args:
        faults: items with a fault.
        goods: items without.
        gross_now: faults that must not be missed, among these; taken as no easier than
            the others.
        mark: the pass mark.
    """
    return ErrorRates(
        pass_chance(WEAK, goods, gross_now, mark),
        pass_chance(STRONG, goods, gross_now, mark),
        telling_power(WEAK, STRONG, faults, goods),
        mark.sittings,
    )


def pass_chance(
    sensitivity: float, goods: int, gross_now: int, mark: PassMark
) -> float:
    """Chance that a trainee passes, with the criterion that serves best.

    Args:
        sensitivity: d'.
        goods: good pages.
        gross_now: faults that must not be missed.
        mark: the pass mark; causes are taken to be named.
    """
    allowed = _allowed(goods, mark)
    return max(
        _at_most(allowed, goods, 1 - _NORMAL.cdf(criterion))
        * _at_most(mark.missed, gross_now, _NORMAL.cdf(criterion - sensitivity))
        for criterion in _CRITERIA
    )


def telling_power(low: float, high: float, faults: int, goods: int) -> float:
    """Chance that somebody of the higher d' is told from one of the lower.

    One-sided, at :data:`SIGNIFICANCE`, by the estimate d' = z(H) - z(F) and its
    variance, H (1-H) / (n φ(z(H))²) + F (1-F) / (m φ(z(F))²) (Gourevitch and Galanter,
    Psychometrika 32 (1967) 25; Macmillan and Creelman, ch. 13), without bias.

    Args:
        low: the lower d'.
        high: the higher one.
        faults: items with a fault.
        goods: items without.
    """

    def error(sensitivity: float) -> float:
        hit = _NORMAL.cdf(sensitivity / 2)
        one = hit * (1 - hit) / _NORMAL.pdf(sensitivity / 2) ** 2
        return math.sqrt(one / faults + one / goods)

    if not faults or not goods:
        return SIGNIFICANCE
    limit = _NORMAL.inv_cdf(1 - SIGNIFICANCE) * error(low)
    return _NORMAL.cdf((high - low - limit) / error(high))


def _allowed(goods: int, mark: PassMark) -> int:
    """How many of so many good pages may be called wrong."""
    return math.floor(goods * mark.false_calls + 1e-9)


def _at_most(most: int, of: int, chance: float) -> float:
    """Chance of at most so many of so many."""
    return sum(
        math.comb(of, many) * chance**many * (1 - chance) ** (of - many)
        for many in range(min(most, of) + 1)
    )


def _ended_at(exam: PastExam, records: Sequence[Record]) -> float:
    """When it ended, by the book's clock where it has it."""
    for each in records:
        if each.body is exam.ended:
            return each.stored_at or each.made_at
    return exam.record.made_at


def _broken(site: Site, exams: Sequence[PastExam], name: ExamName) -> list[str]:
    """Pages of the seals of some exams that are no longer what they were."""
    sealed: dict[str, str] = {}
    for each in exams:
        assert each.ended is not None
        sealed |= each.ended.covered
    pages = [each.removeprefix("page ") for each in sealed if each.startswith("page ")]
    now = seal_of(site, pages, name)
    return [page.removeprefix("page ") for page in now if now[page] != sealed[page]]
