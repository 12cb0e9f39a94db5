"""The teacher's report: how the class stands, and what the class finds hard.

One page of HTML that needs nothing else. Everything in it that a person or a file
wrote is escaped; it holds no script and no address.
"""

from __future__ import annotations

import html
import statistics
from typing import TYPE_CHECKING, NamedTuple

from dqmconsole.model.moment import date_words
from dqmconsole.shift.report import clock_of
from dqmconsole.training.course import people, standings
from dqmconsole.training.exam_history import past_exams
from dqmconsole.training.lesson import split_cause, teaching
from dqmconsole.training.records import ItemAnswered, LessonStepDone
from dqmconsole.training.score import Rate, is_right, item_score, rate

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from dqmconsole.model.record import Record
    from dqmconsole.model.site import Site
    from dqmconsole.training.exam_history import PastExam

Cell = str | Rate

_COUNTED = (
    "Intervals are Wilson's at 95 %; they take all answers as independent, also those "
    "of one person. An item whose time ran out counts as answered with good. The "
    "answers of exams that are not finished are counted, too. Sizes of a cause are "
    "counted together. “Automatic” is the console's own verdict on the same items; a "
    "page without a verdict counts as good."
)


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
    exams = [each for each in past_exams(records) if each.record.made_at >= since]
    answers = [
        _Answer(each.record.who, body) for each in exams for body in each.answers
    ]
    clock = clock_of(site.contacts.timezone)
    head = [
        f"Experiment: {site.settings.experiment}",
        f"Drafted from the book at {clock(now)}",
        f"Exams and steps since {clock(since)}" if since else "All exams and steps",
    ]
    faults = [each for each in answers if each.body.truth == "bad"]
    goods = [each for each in answers if each.body.truth == "good"]
    sections = {
        "The class": _class(records, site, now),
        "Exams and practice": _exams(exams),
        "Families of faults": _grouped(
            faults, ("family",), lambda each: (each.family or "none",), "found"
        ),
        "Faults, the hardest first": _grouped(
            faults, ("fault", "page"), lambda each: (_cause(each), each.page), "found"
        ),
        "False alarms": _grouped(
            goods,
            ("what it was", "page"),
            lambda each: (_cause(each) or "nothing happens", each.page),
            "left alone",
        ),
        "Steps of lessons": _steps(records, site, since),
        "How this is counted": _paragraph(_COUNTED),
    }
    return _page("Training", head, sections)


# -- the sections ----------------------------------------------------------------------


def _class(records: Sequence[Record], site: Site, now: float) -> str:
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
                str(sum(each.hints for each in found)),
            )
        )
    heads = (
        "trainee", "lessons done", "want a refresher", "begun", "minutes",
        "wrong answers", "hints",
    )  # fmt: skip
    return _table(heads, rows, "Nobody has begun a lesson.")


def _exams(exams: Iterable[PastExam]) -> str:
    rows: list[Sequence[Cell]] = []
    for each in exams:
        part = "exam" if each.began.part == "items" else each.began.part
        begun = (each.record.who, date_words(each.record.made_at), part)
        if part == "exam":
            score = item_score(each.answers)
            answered = f"{len(each.answers)} of {each.began.items} items"
            if each.ended is None:
                answered += ", not finished"
            rows.append((*begun, score.hits, score.alarms, answered))
        else:
            rows.append((*begun, "", "", each.words))
    heads = ("trainee", "begun", "what", "faults found", "false alarms", "how far")
    return _table(heads, rows, "No exam was begun.")


def _grouped(
    answers: Iterable[_Answer],
    heads: tuple[str, ...],
    key: Callable[[ItemAnswered], tuple[str, ...]],
    right: str,
) -> str:
    """How often each group was judged rightly, the lowest share first."""
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
    return _table(
        (*heads, right, "people", "automatic", "median, s"), rows, "None was shown."
    )


def _steps(records: Sequence[Record], site: Site, since: float) -> str:
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
    heads = ("lesson", "step", "times done", "wrong answers", "hints")
    return _table(heads, rows, "No step took a hint or a second try.")


def _cause(body: ItemAnswered) -> str:
    """What an item showed, as "NAME[:SUBSYSTEM]", however large; "" for nothing."""
    name, target = split_cause(body.cause)
    return f"{name}:{target}" if target else name


# -- HTML ------------------------------------------------------------------------------


def _paragraph(words: str) -> str:
    return f"<p>{_escaped(words)}</p>\n"


def _table(heads: Sequence[str], rows: Sequence[Sequence[Cell]], none: str) -> str:
    """A table of plain text and rates; the words for none where there is no row."""
    if not rows:
        return _paragraph(none)
    head = "".join(f"<th>{_escaped(each)}</th>" for each in heads)
    body = "".join(
        f"<tr>{''.join(f'<td>{_cell(each)}</td>' for each in row)}</tr>\n"
        for row in rows
    )
    return f"<table>\n<tr>{head}</tr>\n{body}</table>\n"


def _page(title: str, head: Sequence[str], sections: dict[str, str]) -> str:
    lines = "".join(f"<li>{_escaped(each)}</li>" for each in head)
    body = "".join(
        f"<h2>{_escaped(name)}</h2>\n{each}" for name, each in sections.items()
    )
    return (
        '<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        f"<title>{_escaped(title)}</title>\n<style>\n{_STYLE}</style>\n</head>\n"
        f"<body>\n<h1>{_escaped(title)}</h1>\n<ul>{lines}</ul>\n{body}"
        "</body>\n</html>\n"
    )


def _cell(cell: Cell) -> str:
    if isinstance(cell, str) or cell.value is None:
        return _escaped(cell if isinstance(cell, str) else cell.words)
    low, middle, high = (100 * each for each in (cell.low, cell.value, cell.high))
    return (
        f'<span class="bar"><i style="left:{low:.1f}%;width:{high - low:.1f}%"></i>'
        f'<b style="left:{middle:.1f}%"></b></span>{_escaped(cell.words)}'
    )


def _escaped(text: str) -> str:
    """Plain text on one line, without control and direction characters."""
    shown = "".join(each if each.isprintable() else " " for each in text)
    return html.escape(" ".join(shown.split()))


_STYLE = """\
body { font: 11pt/1.45 "Source Sans 3", "Source Sans Pro", sans-serif; color: #1d2024;
  background: #fff; max-width: 70rem; margin: 2rem auto; padding: 0 1rem; }
h1 { font-size: 16pt; margin: 0 0 12px; }
h2 { font-size: 13pt; margin: 24px 0 6px; border-bottom: 1px solid #b8bdc4; }
ul { padding-left: 1.3rem; margin: 4px 0; }
p { margin: 6px 0; }
table { border-collapse: collapse; margin: 6px 0; }
th, td { border: 1px solid #b8bdc4; padding: 3px 8px; text-align: left;
  vertical-align: top; font-size: 9.5pt; }
th { background: #eceef1; }
.bar { position: relative; display: inline-block; width: 7rem; height: .7em;
  margin-right: .6em; background: #eceef1; }
.bar i { position: absolute; top: 0; height: 100%; background: #9db8d6; }
.bar b { position: absolute; top: -2px; bottom: -2px; width: 2px; margin-left: -1px;
  background: #1b4f8a; }
@media print {
  body { margin: 0; max-width: none; font-size: 10pt; }
  h2 { break-after: avoid; }
  tr { break-inside: avoid; }
  .bar, .bar i, .bar b, th { print-color-adjust: exact; }
}
"""
