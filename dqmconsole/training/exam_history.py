"""What the log holds of exams and practice: how far they came, and how they ended.

Exams of earlier versions of the program are told here too: their second part was a
scenario, of which the marks are kept.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from dqmconsole.model.moment import date_words
from dqmconsole.model.record import Record
from dqmconsole.training.going_on import Begun, state_at
from dqmconsole.training.item_bank import (
    PlanError,
    UnreadBankError,
    bank_changes,
    make_plan,
)
from dqmconsole.training.lesson import teaching
from dqmconsole.training.records import (
    ExamBegan,
    ExamEnded,
    ExamGivenUp,
    ItemAnswered,
    ItemLeftOut,
    ItemShown,
)
from dqmconsole.training.score import is_right, item_score

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from dqmconsole.model.site import Site


class ExamProgress(msgspec.Struct, frozen=True):
    """How far an exam has come, by the records of the log alone.

    Attributes:
        answered: numbers of the items that count.
        spares: number of an item -> the spare that is next for it.
        spent: items that were shown and never answered.
        seconds: that the answered ones took.
        shown: number and spare of the items that were shown, in their order.
    """

    answered: frozenset[int]
    spares: dict[int, int]
    spent: int
    seconds: float = 0.0
    shown: tuple[tuple[int, int], ...] = ()


class PastExam(msgspec.Struct, frozen=True):
    """An exam, drill, scenario or practice that was begun.

    Attributes:
        record: by which it was begun.
        began: its body.
        answers: how its items were answered, each once.
        ended: how it ended; None while it is not over.
        spent: items that were shown and never answered: others took their place.
        left_out: items that were not shown, for their runs do not show what the bank
            says: others took their place.
        given_up: that its items were found to be others, and by which record; None of
            one that goes on, or is over.
        last: the last record of it.
    """

    record: Record
    began: ExamBegan
    answers: tuple[ItemAnswered, ...]
    ended: ExamEnded | None
    spent: int = 0
    left_out: int = 0
    given_up: tuple[Record, ExamGivenUp] | None = None
    last: Record | None = None

    @property
    def words(self) -> str:
        """How it went, in words.

        The numbers of items are told when it is over: before, they would tell the
        truth of what may be asked again.
        """
        if self.began.part == "items":
            answered = f"{len(self.answers)} of {self.began.items} items answered"
            if self.ended is None:
                words = f"not finished: {answered}"
                if self.given_up is None:
                    return words
                record, body = self.given_up
                found = date_words(record.at)
                which = f": {body.changed}" if body.changed else ""
                return f"{words}; its items were changed (found {found}{which})"
            score = item_score(self.answers)
            return (
                f"{answered}; faults found: {score.hits.words}; "
                f"causes named rightly: {score.causes.words}; "
                f"false calls: {score.alarms.words}"
            )
        if self.began.part == "drill":
            right = sum(map(is_right, self.answers))
            return f"{right} of {len(self.answers)} pages judged rightly"
        if self.ended is None:
            return "not finished"
        marks = self.ended.marks
        got, of = sum(each.points for each in marks), sum(each.of for each in marks)
        lost = sorted({each.on for each in marks if each.points < each.of})
        words = f"{got:g} of {of:g} points"
        return f"{words}; lost on {', '.join(lost)}" if lost else words

    def stands(self, now: float, minutes: float) -> tuple[str, str]:
        """Whether a sitting that has no end in the book goes on, and when it began.

        Who answers a page has the next one in view soon, or has left.

        Args:
            now: unix time, s.
            minutes: that the site gives for all items.
        """
        last = self.last or self.record
        came = last.at
        left = 0.0
        if isinstance(last.body, ItemShown):  # its page may be in view still
            used = sum(each.seconds for each in self.answers)
            left = max(60 * minutes - used, 0.0)
        began = self.record.at
        begun = Begun(began, came, came + left)
        state = state_at(begun, now)
        if state == "over":
            return "not finished", begun.words
        if state == "goes on" and left:
            return "it goes on", begun.words
        return "it goes on, or it was left", begun.words


def past_exams(records: Sequence[Record]) -> tuple[PastExam, ...]:
    """Every exam, drill, scenario and practice that was begun, in their order."""
    answers: dict[str, dict[int, ItemAnswered]] = {}
    ended: dict[str, ExamEnded] = {}
    shown: dict[str, set[tuple[int, int]]] = {}
    finished: dict[str, set[tuple[int, int]]] = {}
    left_out: dict[str, set[tuple[int, int]]] = {}
    given_up: dict[str, tuple[Record, ExamGivenUp]] = {}
    last: dict[str, Record] = {}
    for each in records:
        body = each.body
        if isinstance(body, ItemShown | ItemAnswered | ItemLeftOut):
            last[body.exam] = each
        if isinstance(body, ItemShown | ItemAnswered):
            kept = shown if isinstance(body, ItemShown) else finished
            kept.setdefault(body.exam, set()).add((body.number, body.spare))
        if isinstance(body, ItemLeftOut):
            left_out.setdefault(body.exam, set()).add((body.number, body.spare))
        if isinstance(body, ItemAnswered) and body.truth:
            answers.setdefault(body.exam, {}).setdefault(body.number, body)
        elif isinstance(body, ExamEnded):
            ended[body.exam] = body
        elif isinstance(body, ExamGivenUp):
            given_up.setdefault(body.exam, (each, body))
    return tuple(
        PastExam(
            each,
            each.body,
            tuple(answers.get(each.uid, {}).values()),
            ended.get(each.uid),
            len(shown.get(each.uid, set()) - finished.get(each.uid, set())),
            len(left_out.get(each.uid, ())),
            given_up.get(each.uid),
            last.get(each.uid),
        )
        for each in records
        if isinstance(each.body, ExamBegan)
    )


def unfinished(
    site: Site, records: Sequence[Record], who: str
) -> tuple[tuple[PastExam, ...], tuple[PastExam, ...]]:
    """The exams that a person has neither finished nor given up, the oldest first.

    Returns:
        Those that can be taken up again, and those whose items the site would not have
        for them now.
    """
    there: list[PastExam] = []
    changed: list[PastExam] = []
    for each in past_exams(records):
        if each.record.who == who and _waits(each):
            (changed if _is_changed(site, each.began) else there).append(each)
    return tuple(there), tuple(changed)


def words_now(site: Site, past: PastExam, now: float) -> str:
    """How an exam went, where one that is not over may go on.

    Args:
        site: the site in force.
        past: the exam.
        now: unix time, s.
    """
    if not _waits(past) or _is_changed(site, past.began):
        return outcome_words(site, past)
    exam = teaching(site).exam
    state, when = past.stands(now, exam.minutes if exam is not None else 0.0)
    return f"{state}: {len(past.answers)} of {past.began.items} items ({when})"


def outcome_words(site: Site, past: PastExam) -> str:
    """How an exam went, and that it cannot be taken up again, if it cannot."""
    if not _waits(past) or not _is_changed(site, past.began):
        return past.words
    changed = bank_changes(site, past.began.exam, past.began.bank)
    which = f": {changed}" if changed else ""
    return f"{past.words}; its items were changed since{which}"


def _waits(past: PastExam) -> bool:
    """Tell whether items of an exam may be answered still, as far as the book knows."""
    return past.began.part == "items" and past.ended is None and past.given_up is None


def place_of(records: Iterable[Record], exam: str) -> ExamProgress:
    """How far the exam of a uid has come."""
    shown: dict[tuple[int, int], None] = {}
    answered: dict[tuple[int, int], None] = {}
    seconds: dict[int, float] = {}
    for record in records:
        body = record.body
        if isinstance(body, ItemShown | ItemAnswered) and body.exam == exam:
            kept = shown if isinstance(body, ItemShown) else answered
            kept[body.number, body.spare] = None
            if isinstance(body, ItemAnswered):
                seconds.setdefault(body.number, body.seconds)
    spares: dict[int, int] = {}
    for number, spare in (*shown, *answered):
        spares[number] = max(spares.get(number, 0), spare + 1)
    return ExamProgress(
        frozenset(number for number, _ in answered),
        spares,
        len(shown.keys() - answered.keys()),
        sum(seconds.values()),
        tuple(shown),
    )


def _is_changed(site: Site, began: ExamBegan) -> bool:
    """Tell whether an exam would have other items now, as far as they can be read."""
    try:
        return make_plan(site, began.seed, began.exam).hash != began.plan
    except UnreadBankError:
        return False
    except PlanError:
        return True
