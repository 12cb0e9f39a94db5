"""Whether somebody passed the exam, how often chance decides that, and the seal.

The error rates are those of a model: a trainee of sensitivity d' says "bad" when what
is seen exceeds a criterion; good pages and faults scatter alike, as normal variables
one unit wide, d' apart (Macmillan and Creelman, Detection Theory: A User's Guide, 2nd
ed., 2005, ch. 1 and 2). Of what can be told of a fault, its measured strength, a
trainee uses the same share for all faults (Tanner and Birdsall, J. Acoust. Soc. Am. 30
(1958) 922: the efficiency of an observer); the d' that a trainee is said to have is
that of all faults together.
"""

from __future__ import annotations

import math
import statistics
from typing import TYPE_CHECKING, NamedTuple

import msgspec
import numpy as np

from dqmconsole.model.moment import date_words
from dqmconsole.model.words import counted
from dqmconsole.training.exam_history import PastExam, past_exams
from dqmconsole.training.item_bank import make_plan, rows_of, seal_of
from dqmconsole.training.lesson import (
    CLEAR,
    EXAM_TITLES,
    GROSS,
    TOLD,
    ExamName,
    PassMark,
    teaching,
)
from dqmconsole.training.score import ItemScore, item_score

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from dqmconsole.model.histogram import Array
    from dqmconsole.model.record import Record
    from dqmconsole.model.site import Site
    from dqmconsole.training.records import ItemAnswered

DAY = 86400.0  # s
WEAK, STRONG = 1.5, 2.5  # d' of a trainee who should not pass, and of one who should
SIGNIFICANCE = 0.05
MOST_WEAK, MOST_GROSS_ALONE = 0.2, 0.05
"""Chances to pass with which an exam still tells enough: of somebody of :data:`WEAK`,
and of one who sees nothing but gross faults."""
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
_LEAST = {"subtle": TOLD, "clear": CLEAR, "gross": GROSS}  # strength of each band
_MOST_EFFICIENT = 10.0  # more than that changes nothing
_NORMAL = statistics.NormalDist()
_CRITERIA = tuple(each / 100 for each in range(-100, 251, 5))


class FaultShown(NamedTuple):
    """A fault of some sittings.

    Attributes:
        strength: as it was measured; of sittings that did not note it the least of its
            band.
        is_now: it is gross, and calls at once.
    """

    strength: float
    is_now: bool


class ErrorRates(msgspec.Struct, frozen=True):
    """How often chance decides.

    Attributes:
        weak, strong: chance that a trainee of :data:`WEAK`, or :data:`STRONG`, passes,
            with the criterion that serves best, and causes named as well as required.
        gross_alone: the same of one who sees all gross faults, and guesses of others.
        weak_alike, strong_alike: the same as `weak` and `strong` if all faults were
            equally hard, gross ones, too.
        power: chance that the two are told apart by their estimated d'.
        sittings: that count together.
    """

    weak: float
    strong: float
    gross_alone: float
    weak_alike: float
    strong_alike: float
    power: float
    sittings: int

    @property
    def words(self) -> str:
        """In words."""
        many = self.sittings
        last = f"{many} sittings count" if many > 1 else "sitting counts"
        return (
            f"By the model of signal detection, somebody of d' {WEAK:g} who chooses "
            f"the best criterion passes with {_chance(self.weak)} chance, somebody of "
            f"d' {STRONG:g} with {_chance(self.strong)}; the estimated d' tells the "
            f"two apart with {100 * self.power:.0f} % power (5 % level). Who sees "
            "gross faults alone, and guesses of all else, passes with "
            f"{_chance(self.gross_alone)}. All are taken to name the causes. How "
            "easily each fault is seen goes by its measured strength; were all equally "
            f"hard, the two would pass with {_chance(self.weak_alike)} and "
            f"{_chance(self.strong_alike)}. Only the last {last}, however many were "
            "sat: who sits more often passes more often by chance."
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
        found: of all faults.
        false_calls: of the good pages.
        causes: of the faults found.
    """

    missed: bool
    found: bool
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
        mark: the pass mark by which it was decided.
    """

    state: str
    why: str = ""
    until: float = 0.0
    score: ItemScore | None = None
    rates: ErrorRates | None = None
    sittings: tuple[PastExam, ...] = ()
    mark: PassMark = PassMark()

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


def mark_of(sitting: PastExam, mark: PassMark) -> PassMark:
    """By what a sitting is judged: no more is asked than when it began.

    Args:
        sitting: the last one of those that count together.
        mark: the pass mark in force.
    """
    return msgspec.structs.replace(mark, found=min(mark.found, sitting.began.found))


def asked_for(mark: PassMark) -> tuple[Asked, Asked, Asked, Asked]:
    """The parts of the pass mark, in the order of :class:`Reached`."""
    return (
        Asked("Gross faults that call at once, missed", f"at most {mark.missed}", ""),
        Asked("Faults found", f"at least {100 * mark.found:g} %", " of all faults"),
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
        found.append(f"- {spent_words(result.spent)}")
    if result.left_out:
        found.append(f"- {left_out_words(result.left_out)}")
    if older := older_words(result):
        found.append(f"- {older}")
    if result.rates is not None:
        found.append(f"- {result.rates.words}")
    return found


def beside_words(result: Result) -> Iterator[str]:
    """What counted beside the numbers of sittings, and what was lost: sentences."""
    title = EXAM_TITLES[result.sittings[-1].began.exam] if result.sittings else "exam"
    name = f"{title[:1].upper()}{title[1:]}"
    if result.score is not None:
        missed = result.score.missed_words
        yield f"{name}: gross faults that call at once, missed: {missed}."
    if result.spent:
        yield f"{name}: {spent_words(result.spent)}"
    if result.left_out:
        yield f"{name}: {left_out_words(result.left_out)}"


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


def spent_words(pages: int) -> str:
    """That so many pages were shown and never answered."""
    many = counted(pages, "page")
    return f"{many} shown and not finished (a crash): others took their place."


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
        score.hits.count >= _needed(score.hits.of, mark.found),
        (score.alarms.value or 0.0) <= mark.false_calls,
        (score.causes.value or 0.0) >= mark.causes,
    )


def still_to_give(score: ItemScore, mark: PassMark) -> tuple[str, str, str, str]:
    """What one more sitting, of as many items of each kind, must give for a pass.

    Args:
        score: of the sittings so far, together.
        mark: the pass mark.

    Returns:
        In words, of each part of the mark, in the order of :class:`Reached`.
    """
    missed = mark.missed - score.missed_now
    goods, faults, found = score.alarms.of, score.hits.of, score.hits.count
    calls = _allowed(2 * goods, mark) - score.alarms.count
    hits = _needed(2 * faults, mark.found) - found
    causes = _needed(score.causes.of + found, mark.causes) - score.causes.count
    cannot = "cannot make up for it"
    named = f"{max(causes, 0)} of {found}, if as many are found"
    return (
        cannot if missed < 0 else f"at most {missed}",
        cannot if hits > faults else f"at least {max(hits, 0)} of {faults}",
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
    if not met.found:
        found.append(
            f"faults found: {score.hits.words} (at least {100 * mark.found:g} %)"
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


def whole_sittings(
    exams: Iterable[PastExam], who: str, name: ExamName
) -> list[PastExam]:
    """The sittings of a person that count: of a measured bank, and finished.

    Args:
        exams: of everybody, in the order of the book.
        who: the person.
        name: of the exam.
    """
    return [
        each
        for each in exams
        if each.record.who == who
        and each.began.part == "items"
        and each.began.exam == name
        and each.ended is not None
        and all(answer.band or answer.truth == "good" for answer in each.answers)
        and len(each.answers) == each.began.items
    ]


def changed_pages(site: Site, exams: Sequence[PastExam], name: ExamName) -> list[str]:
    """Pages that are no longer what the seal of one of some exams has of them.

    Args:
        site: the site in force.
        exams: those that ended.
        name: of the exam.
    """
    seals = [each.ended.covered for each in exams if each.ended is not None]
    sealed = [(page, then) for seal in seals for page, then in seal.items()
              if page.startswith("page ")]  # fmt: skip
    now = seal_of(site, (page.removeprefix("page ") for page, _ in sealed), name)
    changed = {page for page, then in sealed if now[page] != then}
    return [page.removeprefix("page ") for page in now if page in changed]


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
    over = whole_sittings(past_exams(records), who, name)
    last = tuple(over[-exam.pass_mark.sittings :])
    mark = mark_of(last[-1], exam.pass_mark) if last else exam.pass_mark
    if len(last) < mark.sittings and not rows_of(exam, name):
        return Result("unmeasured", NOT_MEASURED, mark=mark)
    if len(last) < mark.sittings:
        why = f"{len(last)} of {mark.sittings} sittings"
        return Result("open", why, sittings=last, mark=mark)
    for each in last:
        if each.spent > MOST_SPENT:
            why = (
                f"in the sitting of {date_words(each.record.made_at)} "
                f"{each.spent} pages were shown and not finished "
                f"({MOST_SPENT} may be): it decides nothing"
            )
            return Result("open", why, sittings=last, mark=mark)
    answers = [answer for each in last for answer in each.answers]
    score = item_score(answers)
    rates = None
    if score.gross_now:  # else nobody passes
        rates = error_rates(_faults_of(answers), score.alarms.of, mark)
    short = "; ".join(shortfalls(score, mark))
    if short:
        return Result("not passed", short, 0.0, score, rates, last, mark)
    until = _ended_at(last[-1], records) + exam.valid_days * DAY
    if until < now:
        why = f"it held until {date_words(until)}"
        return Result("over", why, until, score, rates, last, mark)
    broken = changed_pages(site, last, name)
    if broken:
        why = f"its items are no longer what they were: {', '.join(broken)}"
        return Result("over", why, until, score, rates, last, mark)
    return Result("passed", "", until, score, rates, last, mark)


def error_rates(faults: Sequence[FaultShown], goods: int, mark: PassMark) -> ErrorRates:
    """How often chance decides, of all items of the sittings that count.

    Args:
        faults: items with a fault; one at least.
        goods: items without.
        mark: the pass mark.
    """
    now = [each.is_now for each in faults]

    def chance(sensitivities: Sequence[float]) -> float:
        return pass_chance(sensitivities, now, goods, mark)

    strengths = [each.strength for each in faults]
    gross = [math.inf if each >= GROSS else 0.0 for each in strengths]
    return ErrorRates(
        chance(sensitivities_of(strengths, WEAK)),
        chance(sensitivities_of(strengths, STRONG)),
        chance(gross),
        chance([WEAK] * len(faults)),
        chance([STRONG] * len(faults)),
        telling_power(WEAK, STRONG, len(faults), goods),
        mark.sittings,
    )


def rates_to_come(site: Site, name: ExamName) -> ErrorRates | None:
    """Error rates of sittings to come, of an exam that can be drawn.

    Args:
        site: the site in force.
        name: of the exam.

    Returns:
        None where the bank is not measured, or nobody passes.

    Raises:
        PlanError: no such exam can be drawn.
    """
    exam = teaching(site).exam
    if exam is None or not exam.measured:
        return None
    plans = [make_plan(site, seed, name) for seed in range(exam.pass_mark.sittings)]
    items = [item for plan in plans for item in plan.items]
    faults = [
        FaultShown(row.strength, row.band == "gross" and item.choice.urgency == "now")
        for item in items
        if item.truth == "bad" and (row := item.choice.row) is not None
    ]
    if not any(each.is_now for each in faults):
        return None
    return error_rates(faults, len(items) - len(faults), exam.pass_mark)


def how_chance_decides(site: Site, name: ExamName) -> str:
    """That an exam tells too little of who passes it; "" where it tells enough.

    Args:
        site: the site in force.
        name: of an exam that can be drawn.
    """
    rates = rates_to_come(site, name)
    if rates is not None and rates.gross_alone > MOST_GROSS_ALONE:
        return (
            f"who sees gross faults alone passes the {EXAM_TITLES[name]} with "
            f"{_chance(rates.gross_alone)}: ask for more faults found (pass_mark: "
            f"{{found: {PassMark().found:g}}})"
        )
    if rates is None or rates.weak <= MOST_WEAK:
        return ""
    return (
        f"chance decides much of the {EXAM_TITLES[name]}: somebody of d' {WEAK:g} "
        f"passes with {_chance(rates.weak)}, at most {_chance(MOST_WEAK)} are meant: "
        "more items, or more sittings (pass_mark:), tell more"
    )


def sensitivities_of(strengths: Sequence[float], overall: float) -> list[float]:
    """The d' of a trainee for each fault: in proportion to its strength.

    Args:
        strengths: of the faults, above 0.
        overall: d' of all faults together: of who has no bias.
    """
    criterion = overall / 2
    low, high = 0.0, _MOST_EFFICIENT
    for _ in range(40):
        middle = (low + high) / 2
        hits = [_NORMAL.cdf(middle * each - criterion) for each in strengths]
        if statistics.fmean(hits) < _NORMAL.cdf(overall - criterion):
            low = middle
        else:
            high = middle
    return [low * each for each in strengths]


def pass_chance(
    sensitivities: Sequence[float], now: Sequence[bool], goods: int, mark: PassMark
) -> float:
    """Chance that a trainee passes, with the criterion that serves best.

    Args:
        sensitivities: d' for each fault.
        now: of each whether it is one of those that must not be missed.
        goods: good pages.
        mark: the pass mark; causes are taken to be named.
    """
    criteria, every = _CRITERIA, list(zip(sensitivities, now, strict=True))
    urgent = _numbers_found([each for each, is_now in every if is_now])
    others = _numbers_found([each for each, is_now in every if not is_now])
    least = _needed(len(every), mark.found)
    many = urgent.shape[1] - 1
    found = np.zeros(len(criteria))
    for hits in range(max(many - mark.missed, 0), many + 1):
        found += urgent[:, hits] * others[:, max(least - hits, 0) :].sum(axis=1)
    allowed = _allowed(goods, mark)
    few = [_at_most(allowed, goods, 1 - _NORMAL.cdf(each)) for each in criteria]
    return float((found * few).max())


def _numbers_found(sensitivities: Sequence[float]) -> Array:
    """Chance of each number of faults found, from 0, for each criterion."""
    found = np.ones((len(_CRITERIA), 1))
    for one in sensitivities:
        hit = np.array([[_NORMAL.cdf(one - criterion)] for criterion in _CRITERIA])
        nothing = np.zeros_like(hit)
        found = np.hstack([found * (1 - hit), nothing]) + np.hstack(
            [nothing, found * hit]
        )
    return found


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


def _faults_of(answers: Iterable[ItemAnswered]) -> list[FaultShown]:
    return [
        FaultShown(
            each.strength or _LEAST[each.band],
            each.band == "gross" and each.act == "now",
        )
        for each in answers
        if each.truth == "bad"
    ]


def _chance(value: float) -> str:
    """A chance in words: "12 %", "less than 1 %"."""
    if value < 0.005:
        return "less than 1 %"
    return "more than 99 %" if value > 0.995 else f"{100 * value:.0f} %"


def _needed(of: int, share: float) -> int:
    """The least number that is such a share of so many."""
    return math.ceil(of * share - 1e-9)


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
            return each.at
    return exam.record.made_at
