"""The teacher's report: how the class stands, and what the class finds hard."""

from __future__ import annotations

import itertools
import statistics
from typing import TYPE_CHECKING, NamedTuple

from dqmconsole.model.moment import date_words
from dqmconsole.shift.documents import clock_of, document
from dqmconsole.training.course import people, standings
from dqmconsole.training.exam_history import past_exams, words_now
from dqmconsole.training.lesson import EXAM_TITLES, EXAMS, split_cause, teaching
from dqmconsole.training.observed_records import CertificateIssued
from dqmconsole.training.observed_shift import past_observed
from dqmconsole.training.passing import result_of
from dqmconsole.training.records import ItemAnswered, LessonStepDone
from dqmconsole.training.score import Rate, is_right, item_score, rate

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from dqmconsole.model.record import Record
    from dqmconsole.model.site import Site
    from dqmconsole.training.exam_history import PastExam

Cell = str | Rate


class Table(NamedTuple):
    """A table of the report.

    Attributes:
        title: its heading.
        heads: the words at the head of its columns.
        rows: as many cells each as there are heads.
        none: what is said where there is no row.
        notes: paragraphs below it, of which cells give the number, from 1.
    """

    title: str
    heads: tuple[str, ...]
    rows: Sequence[Sequence[Cell]]
    none: str
    notes: tuple[str, ...] = ()


class _Answer(NamedTuple):
    """An answer to an item, and who gave it."""

    who: str
    body: ItemAnswered


def report(
    records: Sequence[Record], site: Site, now: float, since: float = 0.0
) -> str:
    """The teacher's report as HTML.

    The same records, site and moment give the same text.

    Args:
        records: of the book.
        site: the site in force.
        now: unix time, s.
        since: exams begun, and steps done, since this unix time, s; lessons are
            told whenever they were done.
    """
    exams = [
        each
        for each in past_exams(records)
        if each.record.made_at >= since and each.began.part != "drill"
    ]
    answers = [
        _Answer(each.record.who, body) for each in exams for body in each.answers
    ]
    faults = [each for each in answers if each.body.truth == "bad"]
    goods = [each for each in answers if each.body.truth == "good"]
    values = {
        "title": "Training",
        "experiment": site.settings.experiment,
        "clock": clock_of(site.contacts.timezone),
        "now": now,
        "since": since,
        "tables": (
            _class(records, site, now),
            _exams(exams, site, now),
            _passed(records, site, now),
            _observed(records, now, since),
            _grouped(
                "Families of faults", ("family", "found"), faults,
                lambda each: (each.family or "none",),
            ),
            _grouped(
                "Faults by size", ("size", "found"),
                [each for each in faults if each.body.band],
                lambda each: (each.band,),
            ),
            _grouped(
                "Faults, the hardest first", ("fault", "page", "found"), faults,
                lambda each: (_cause(each), each.page),
            ),
            _grouped(
                "False calls", ("what it was", "page", "left alone"), goods,
                lambda each: (_cause(each) or "nothing happens", each.page),
            ),
            _steps(records, site, since),
        ),
    }  # fmt: skip
    return document("class-report.html", values, "dqmconsole.training")


# -- the sections ----------------------------------------------------------------------


def _observed(records: Sequence[Record], now: float, since: float) -> Table:
    issued = {
        each.body.observed: date_words(each.made_at)
        for each in records
        if isinstance(each.body, CertificateIssued)
    }
    rows = [
        (
            past.record.who,
            date_words(past.record.made_at),
            past.words_at(now),
            issued.get(past.record.uid, ""),
        )
        for past in past_observed(records)
        if past.record.made_at >= since
    ]
    heads = ("trainee", "begun", "how it went", "certificate issued")
    return Table("Observed shifts", heads, rows, "Nobody had one.")


def _class(records: Sequence[Record], site: Site, now: float) -> Table:
    rows: list[Sequence[Cell]] = []
    for who in people(records):
        found = standings(site, records, who, now)
        again = ", ".join(
            f"{each.lesson.title} ({each.why})"
            for each in found
            if each.state == "refresher"
        )
        begun = [each.lesson.title for each in found if each.state == "begun"]
        done = sum(each.state == "done" for each in found)
        rows.append(
            (
                who,
                f"{done} of {len(found)}",
                again or "none",
                ", ".join(begun) or "none",
                f"{sum(each.seconds for each in found) / 60:.0f}",
                str(sum(each.wrong for each in found)),
                str(sum(each.hints - each.hints_by_time for each in found)),
            )
        )
    heads = (
        "trainee", "lessons done", "want a refresher", "begun", "minutes",
        "wrong answers", "hints asked for",
    )  # fmt: skip
    return Table("The class", heads, rows, "Nobody has begun a lesson.")


def _exams(exams: Iterable[PastExam], site: Site, now: float) -> Table:
    rows: list[Sequence[Cell]] = []
    for each in exams:
        part: str = each.began.part
        if part == "items":
            part = EXAM_TITLES[each.began.exam]
        begun = (each.record.who, date_words(each.record.made_at), part)
        if each.began.part == "items":
            score = item_score(each.answers)
            answered = f"{len(each.answers)} of {each.began.items} items"
            if each.ended is None:
                answered = words_now(site, each, now)
            rows.append((*begun, score.hits, score.causes, score.alarms, answered))
        else:
            rows.append((*begun, "", "", "", each.words))
    heads = (
        "trainee", "begun", "what", "faults found", "causes named", "false calls",
        "how far",
    )  # fmt: skip
    return Table("Exams and practice", heads, rows, "No exam was begun.")


def _passed(records: Sequence[Record], site: Site, now: float) -> Table:
    """Who passed, and how often chance decides that."""
    rows: list[Sequence[Cell]] = []
    notes: list[str] = []  # once each: who sat the same exam has the same one
    for who, name in itertools.product(people(records), EXAMS):
        found = result_of(site, records, who, now, name)
        if found.score is None:
            continue
        until = date_words(found.until) if found.state == "passed" else ""
        chance = ""
        if found.rates is not None:
            words = found.rates.words
            if words not in notes:
                notes.append(words)
            chance = f"note {notes.index(words) + 1}"
        rows.append((who, EXAM_TITLES[name], found.state, until, found.why, chance))
    heads = ("trainee", "exam", "result", "until", "why", "how often chance decides")
    none = "Nobody has sat enough exams of a measured bank."
    return Table("Passed", heads, rows, none, tuple(notes))


def _grouped(
    title: str,
    heads: tuple[str, ...],
    answers: Iterable[_Answer],
    key: Callable[[ItemAnswered], tuple[str, ...]],
) -> Table:
    """How often each group was judged rightly, the lowest share first.

    Args:
        title: heading of the table.
        heads: of the columns of a key, and of the share that was right.
        answers: what is counted.
        key: the group of an answer.
    """
    groups: dict[tuple[str, ...], list[_Answer]] = {}
    for each in answers:
        groups.setdefault(key(each.body), []).append(each)
    counted: list[tuple[tuple[str, ...], Rate, list[_Answer]]] = [
        (name, rate(sum(is_right(each.body) for each in found), len(found)), found)
        for name, found in groups.items()
    ]
    counted.sort(key=lambda row: (row[1].value or 0.0, -row[1].of, row[0]))
    rows: list[Sequence[Cell]] = []
    for name, share, found in counted:
        bodies = [each.body for each in found]
        automatic = sum((b.automatic == "bad") == (b.truth == "bad") for b in bodies)
        times = [each.seconds for each in bodies if each.answer]
        median = f"{statistics.median(times):.1f}" if times else ""
        people_ = str(len({each.who for each in found}))
        rows.append((*name, share, people_, f"{automatic} of {len(found)}", median))
    heads = (*heads, "people", "automatic", "median, s")
    return Table(title, heads, rows, "None was shown.")


def _steps(records: Sequence[Record], site: Site, since: float) -> Table:
    titles = {
        (lesson.id, step.id): (lesson.title, step.title)
        for lesson in teaching(site).lessons
        for step in lesson.steps
    }
    groups: dict[tuple[str, str], list[LessonStepDone]] = {}
    for each in records:
        body = each.body
        if isinstance(body, LessonStepDone) and each.made_at >= since:
            groups.setdefault((body.lesson, body.step), []).append(body)
    counted = [
        (
            titles.get(name, name),
            len(done),
            sum(each.wrong for each in done),
            sum(each.hints for each in done),
        )
        for name, done in groups.items()
    ]
    counted.sort(key=lambda row: (-(row[2] + row[3]) / row[1], row[0]))
    rows = [
        (*title, str(done), str(wrong), str(hints))
        for title, done, wrong, hints in counted
        if wrong or hints
    ]
    heads = ("lesson", "step", "times done", "wrong answers", "hints shown")
    none = "No step took a hint or a second try."
    return Table("Steps of lessons", heads, rows, none)


def _cause(body: ItemAnswered) -> str:
    """What an item showed, as "NAME[:SUBSYSTEM]", however large; "" for nothing."""
    name, target = split_cause(body.cause)
    return f"{name}:{target}" if target else name
