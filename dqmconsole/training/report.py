"""The teacher's report: the class, and what the class says of pages and instructions.

One page of HTML that needs nothing else. Everything in it that a person or a file
wrote is escaped; it holds no script and no address.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from dqmconsole.model.moment import date_words
from dqmconsole.model.training import ExamBegan, ExamEnded, ItemAnswered
from dqmconsole.shift.report import clock_of
from dqmconsole.training.aggregate import together
from dqmconsole.training.course import examination_words, people, standings
from dqmconsole.training.report_page import Cell, one_page, said, table
from dqmconsole.training.report_tallies import (
    LEAST,
    Tally,
    answered,
    items,
    pointed_at,
    steps,
    struck,
    tallies,
)
from dqmconsole.training.score import item_score
from dqmconsole.training.validity import Validity

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from dqmconsole.model.lesson import ExamSettings
    from dqmconsole.model.record import Record
    from dqmconsole.model.site import Site
    from dqmconsole.training.score import ItemScore

NOBODY_READS = 0.5
"""A page is a candidate when the upper end of its interval lies below this share."""

_POOLED = (
    "Intervals take all answers as independent, also those of one person: they are too "
    "narrow where few people gave many."
)
_BESIDE = ("people", "automatic", "median, s")
_COUNTED = (
    "Intervals are Wilson's at 95 %; d' and the criterion c have the log-linear "
    "correction, ± one standard error. An item whose time ran out counts as answered "
    "with good. Who passes is judged on all sittings of the same exam, layouts and "
    "instructions together, also on those that were not finished; days are those of "
    "the book's clock. Sizes of a cause are counted together, and “by size” tells them "
    "apart, the largest first. “Automatic” is the console's own verdict on the same "
    "items, here the file's quality results; a page without a verdict counts as good."
)


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
    given = answered(records, since)
    clock = clock_of(site.contacts.timezone)
    head = [
        f"Experiment: {site.settings.experiment}",
        f"Drafted from the book at {clock(now)}",
        f"Exams and steps since {clock(since)}" if since else "All exams and steps",
    ]
    sections = {
        "The class": _class(records, site, now),
        "Exams": _exams(records, given, site, since),
        "Items, all sittings together": _together(records, site, now),
        "Families": _families(given),
        "Hard items": _hard(given),
        "False alarms": _alarms(given),
        "Pages nobody reads right": _pages(given, site),
        "Steps of lessons": _steps(records, site, since),
        "How this is counted": said(_COUNTED),
    }
    return one_page("Training", head, sections)


def _class(records: Sequence[Record], site: Site, now: float) -> str:
    rows: list[Sequence[Cell]] = []
    for who in people(records):
        found = standings(site, records, who, now)
        by_state = {
            state: [each for each in found if each.state == state]
            for state in ("done", "refresher", "begun")
        }
        again = ", ".join(
            f"{each.lesson.title} ({each.why})" if each.why else each.lesson.title
            for each in by_state["refresher"]
        )
        rows.append(
            (
                who,
                f"{len(by_state['done'])} of {len(found)}",
                again or "none",
                ", ".join(each.lesson.title for each in by_state["begun"]) or "none",
                f"{sum(each.seconds for each in found) / 60:.0f}",
                str(sum(each.wrong for each in found)),
                str(sum(each.hints for each in found)),
            )
        )
    heads = (
        "trainee", "lessons done", "want a refresher", "begun", "minutes",
        "wrong answers", "hints",
    )  # fmt: skip
    return table(heads, rows) if rows else said("Nobody has begun a lesson.")


def _exams(
    records: Sequence[Record], given: Iterable[Record], site: Site, since: float
) -> str:
    answers: dict[str, list[ItemAnswered]] = {}
    for each in given:
        if isinstance(each.body, ItemAnswered):
            answers.setdefault(each.body.exam, []).append(each.body)
    ended = {
        each.body.exam: each.body
        for each in records
        if isinstance(each.body, ExamEnded)
    }
    rows: list[Sequence[Cell]] = []
    for each in records:
        body = each.body
        if not isinstance(body, ExamBegan) or each.made_at < since:
            continue
        end = ended.get(each.uid)
        begun: tuple[Cell, ...] = (each.who, date_words(each.made_at), body.part)
        if body.part == "items":
            rows.append(
                (*begun, *_of_items(answers.get(each.uid, []), body, end, site))
            )
        else:
            rows.append((*begun, *_of_marks(end)))
    heads = (
        "trainee", "begun", "part", "answered", "hit rate", "false alarms", "d'", "c",
        "outcome",
    )  # fmt: skip
    if not rows:
        return said("No exam was begun.")
    return table(heads, rows)


def _together(records: Sequence[Record], site: Site, now: float) -> str:
    """Everybody's items, whenever they were answered: on these one passes."""
    if site.exam is None:
        return said("This site has no exam.")
    term = Validity.of(site, records, now)
    rows: list[Sequence[Cell]] = [
        (
            who,
            str(found.sittings),
            *_measures(found.score),
            examination_words(found, site, term),
        )
        for who in people(records)
        for found in reversed(together(records, who, site.exam))
    ]
    if not rows:
        return said("No item was answered.")
    heads = ("trainee", "sittings", "hit rate", "false alarms", "d'", "c", "outcome")
    return table(heads, rows) + _to_pass(site.exam)


def _to_pass(want: ExamSettings) -> str:
    hits, alarms = 100 * want.hit_rate, 100 * want.false_alarms
    return said(
        f"To pass the items: a hit rate of {hits:.0f} % by the lower end of its "
        f"interval, and at most {alarms:.0f} % of false alarms by the upper end; on "
        f"fewer than {want.least_faults} faults nobody passes or fails."
    )


def _of_items(
    bodies: list[ItemAnswered], began: ExamBegan, end: ExamEnded | None, site: Site
) -> tuple[Cell, ...]:
    count = f"{len(bodies)} of {began.items}"
    if not bodies or site.exam is None:
        return (count, "", "", "", "", "no item was answered")
    words = "not finished" if end is None else "finished"
    return (count, *_measures(item_score(bodies, site.exam)), words)


def _measures(score: ItemScore) -> tuple[Cell, ...]:
    found = score.sensitivity
    return (
        score.hits,
        score.alarms,
        f"{found.d_prime:.2f} ± {found.d_prime_error:.2f}" if found else "",
        f"{found.criterion:+.2f} ± {found.criterion_error:.2f}" if found else "",
    )


def _of_marks(end: ExamEnded | None) -> tuple[Cell, ...]:
    if end is None:
        return ("", "", "", "", "", "not finished")
    points, of = (sum(each.points for each in end.marks),
                  sum(each.of for each in end.marks))  # fmt: skip
    lost = sorted({each.on for each in end.marks if each.points < each.of})
    words = f"{points:g} of {of:g} points"
    if lost:
        words += f"; lost on {', '.join(lost)}"
    return ("", "", "", "", "", words)


def _families(given: Sequence[Record]) -> str:
    kinds = {"fault": "fault", "harmless": "harmless event", "nothing": "nothing"}
    found = tallies(given, lambda each: (each.kind, each.family))
    named: dict[tuple[str, ...], Tally] = {
        (kinds.get(kind, kind), family or "none"): count
        for (kind, family), count in found.items()
    }
    heads = ("what it was", "family", "judged rightly", *_BESIDE)
    return _ranked(named, heads, "No item was answered.")


def _hard(given: Sequence[Record]) -> str:
    found = tallies(
        _of_truth(given, "bad"),
        lambda each: (struck(each), each.page),
    )
    heads = ("fault", "page", "found", *_BESIDE)
    return _ranked(found, heads, "No fault was shown.", by_size=True)


def _alarms(given: Sequence[Record]) -> str:
    found = tallies(
        _of_truth(given, "good"),
        lambda each: (struck(each) or "nothing happens", each.page),
    )
    heads = ("what it was", "page", "left alone", *_BESIDE)
    told = _ranked(found, heads, "No good item was shown.", by_size=True)
    if pointed := pointed_at(items(given)):
        rows = [(plot, str(times)) for plot, times in pointed.items()]
        told += said("Plots that were pointed at on good pages:")
        told += table(("plot", "times"), rows)
    return told


def _ranked(
    found: Mapping[tuple[str, ...], Tally],
    heads: tuple[str, ...],
    none: str,
    *,
    by_size: bool = False,
) -> str:
    """Tables of what was shown often enough for an order, and of the rest.

    Of the rest only what somebody judged wrongly: a long list of single right answers
    would hide it.
    """
    heads += ("by size",) if by_size else ()

    def rows(counted: Iterable[tuple[str, ...]]) -> list[tuple[Cell, ...]]:
        return [
            (
                *name,
                *_row(found[name]),
                _seconds(found[name]),
                *((_sizes(found[name]),) if by_size else ()),
            )
            for name in counted
        ]

    if not found:
        return said(none)
    parts = []
    if order := [name for name, count in found.items() if count.ranks]:
        parts += [said("The hardest first."), table(heads, rows(order))]
    few = sorted(found.keys() - order)
    wrong = [name for name in few if found[name].right.count < found[name].right.of]
    if wrong:
        words = f"Shown fewer than {LEAST} times, too few for an order:"
        parts += [said(words), table(heads, rows(wrong))]
    if right := len(few) - len(wrong):
        words = f"Shown fewer than {LEAST} times, and always judged rightly: {right}"
        parts += [said(f"{words} more." if parts else f"{words}.")]
    if order or wrong:
        parts += [said(_POOLED)]
    return "".join(parts)


def _pages(given: Sequence[Record], site: Site) -> str:
    rows: list[tuple[Cell, ...]] = []
    enough = False
    for truth, wrong in (("bad", "missed"), ("good", "called bad")):
        found = tallies(
            _of_truth(given, truth),
            lambda each: (each.page, struck(each) or "nothing happens"),
        )
        enough = enough or any(count.ranks for count in found.values())
        rows += [
            (*name, wrong, *_row(count), ", ".join(_instructions(site, name[0])))
            for name, count in found.items()
            if count.ranks and count.right.high < NOBODY_READS
        ]
    if not enough:
        return said(
            f"Too few to say: no page was shown {LEAST} times with the same cause."
        )
    if not rows:
        return said("None: no page is read wrongly more often than chance explains.")
    words = (
        "Candidates for a better layout or instruction, or for another place in the "
        "exam: fewer than half read them right, by the upper end of the interval."
    )
    heads = (
        "page", "what it was", "how", "judged rightly", "people", "automatic",
        "instructions",
    )  # fmt: skip
    return said(words) + table(heads, rows) + said(_POOLED)


def _instructions(site: Site, name: str) -> tuple[str, ...]:
    """Ids of the instructions of a page's plots."""
    found: dict[str, None] = {}
    for layout in site.layouts:
        for page in layout.pages:
            if f"{layout.layout}/{page.page}" == name:
                for plot in page.plots:
                    found[plot.instruction or page.instruction or ""] = None
    return tuple(each for each in found if each)


def _steps(records: Sequence[Record], site: Site, since: float) -> str:
    titles = {
        (lesson.id, step.id): (lesson.title, step.title)
        for lesson in site.lessons
        for step in lesson.steps
    }
    order: list[tuple[str, ...]] = []
    few: list[tuple[str, ...]] = []
    for each in steps(records, since):
        if each.wrong or each.hints:
            name = titles.get((each.lesson, each.step), (each.lesson, each.step))
            row = (*name, str(each.done), str(each.wrong), str(each.hints))
            (order if each.done >= LEAST else few).append(row)
    heads = ("lesson", "step", "times done", "wrong answers", "hints")
    parts = []
    if order:
        parts += [said("The hardest first."), table(heads, order)]
    if few:
        words = f"Done fewer than {LEAST} times, too few for an order:"
        parts += [said(words), table(heads, sorted(few))]
    return "".join(parts) or said("No step took a hint or a second try.")


def _of_truth(given: Iterable[Record], truth: str) -> tuple[Record, ...]:
    return tuple(
        each
        for each in given
        if isinstance(each.body, ItemAnswered) and each.body.truth == truth
    )


def _row(count: Tally) -> tuple[Cell, Cell, Cell]:
    automatic = f"{count.automatic.count} of {count.automatic.of}"
    return count.right, str(count.people), automatic


def _sizes(count: Tally) -> str:
    return ", ".join(f"{size}: {each.count} of {each.of}" for size, each in count.sizes)


def _seconds(count: Tally) -> str:
    return "" if count.seconds is None else f"{count.seconds:.1f}"
