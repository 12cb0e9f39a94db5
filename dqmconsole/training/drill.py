"""The daily drill: two minutes of pages, first those that a person judged wrongly.

A fault that was found under another cause is one of them. What was missed comes back
until it was right, then 1, 3, 7 and 21 days later, and a miss starts over (Leitner, So
lernt man lernen, 1972). Then come the pages that the class finds hardest. The rest is
as large as this person needs it: after two faults of a cause found in a row the next
smaller one, after a miss the next larger one (Levitt, J. Acoust. Soc. Am. 49 (1971)
467: two down, one up); causes that were not met yet come from the band in which this
person's hit rate is nearest to 75 %.

All of it follows from the log, the bank and the seed. What an exam has shown counts
once that is over: before, it would tell what may be asked again.
"""

from __future__ import annotations

import random
from typing import TYPE_CHECKING, NamedTuple

from dqmconsole.training.forms import LOOKS_WRONG
from dqmconsole.training.item_bank import (
    Plan,
    PlanError,
    plan_of_rows,
    rows_of,
)
from dqmconsole.training.lesson import BANDS, Band, MeasuredRow, split_cause, teaching
from dqmconsole.training.records import ExamBegan, ExamEnded, ItemAnswered
from dqmconsole.training.score import is_faultless, is_right, wilson

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from dqmconsole.model.record import Record
    from dqmconsole.model.site import Site

ITEMS = 6  # as many as fit two minutes, at 20 s each
MINUTES = 2.0
SPACING = (1, 3, 7, 21)
"""Days until a page comes again, by how often it was right in a drill since the miss;
once more right, it is learnt."""
FEW = 5  # answers of the class below which a page is not known to be hard
HARD = 0.5  # lower end of the share of right answers, below which it is
WANTED = 0.75  # share of faults found at which most is learnt
DAY = 86400.0  # s
NOT_MEASURED = (
    "the drill needs a measured bank, which this site has not: run "
    "`dqmconsole training measure`"
)


class Page(NamedTuple):
    """What was shown, as the bank and the log name it: the page, and its cause."""

    page: str
    cause: str


class Given(NamedTuple):
    """An answer to an item that may be told of: who gave it, when, where.

    Attributes:
        who: the person.
        day: of the calendar (UTC), from 1970-01-01.
        in_drill: in a drill, not in an exam.
        body: the answer.
    """

    who: str
    day: int
    in_drill: bool
    body: ItemAnswered

    @property
    def page(self) -> Page:
        """What was shown."""
        return Page(self.body.page, self.body.cause)


def day_of(now: float) -> int:
    """The day of the calendar (UTC), from 1970-01-01, of a unix time, s."""
    return int(now // DAY)


def given_answers(records: Iterable[Record]) -> tuple[Given, ...]:
    """The answers of everybody in drills, and in exams that are over; in their order.

    Args:
        records: those of the ledger.
    """
    parts: dict[str, str] = {}
    over: set[str] = set()
    found: dict[tuple[str, int], tuple[Record, ItemAnswered]] = {}
    for record in records:
        body = record.body
        if isinstance(body, ExamBegan):
            parts[record.uid] = body.part
        elif isinstance(body, ExamEnded):
            over.add(body.exam)
        elif isinstance(body, ItemAnswered) and body.truth:
            found.setdefault((body.exam, body.number), (record, body))
    return tuple(
        Given(record.who, day_of(record.made_at), parts[body.exam] == "drill", body)
        for record, body in found.values()
        if parts.get(body.exam) == "drill"
        or (parts.get(body.exam) == "items" and body.exam in over)
    )


def due_days(mine: Iterable[Given]) -> dict[Page, int]:
    """On which day each page that a person has judged wrongly comes again.

    Judged wrongly is a fault whose cause was not named rightly, too.

    Args:
        mine: the answers of this person, in their order.

    Returns:
        Page -> day; what is learnt is not in it.
    """
    rights: dict[Page, int] = {}
    days: dict[Page, int] = {}
    for each in mine:
        if not is_faultless(each.body):
            rights[each.page], days[each.page] = 0, each.day
        elif each.in_drill and each.page in days:
            many = rights[each.page]
            if many == len(SPACING):
                del days[each.page]
            else:
                rights[each.page], days[each.page] = many + 1, each.day + SPACING[many]
    return days


def due_count(site: Site, records: Iterable[Record], who: str, now: float) -> int:
    """How many pages of the bank a person has judged wrongly, and has to see again.

    Args:
        site: the site in force.
        records: those of the ledger.
        who: the person.
        now: unix time, s.
    """
    mine = (each for each in given_answers(records) if each.who == who)
    known = {_page_of(row) for row in _bank(site)}
    days = due_days(mine)
    return sum(page in known and day <= day_of(now) for page, day in days.items())


def hardest(everybody: Iterable[Given]) -> tuple[Page, ...]:
    """The pages of which the class judges fewest rightly, the hardest first.

    By the lower end of Wilson's interval: few answers prove nothing.
    """
    rights: dict[Page, list[bool]] = {}
    for each in everybody:
        rights.setdefault(each.page, []).append(is_right(each.body))
    low = {
        page: wilson(sum(those), len(those))[0]
        for page, those in rights.items()
        if len(those) >= FEW
    }
    return tuple(sorted((p for p in low if low[p] < HARD), key=lambda p: (low[p], p)))


def wanted_band(mine: Iterable[Given]) -> Band:
    """The band in which a person finds nearest to 75 % of the faults; first "gross"."""
    found: dict[Band, list[bool]] = {}
    for each in mine:
        for band in BANDS:
            if each.body.truth == "bad" and each.body.band == band:
                found.setdefault(band, []).append(is_right(each.body))
    if not found:
        return "gross"
    return min(
        found, key=lambda band: abs(sum(found[band]) / len(found[band]) - WANTED)
    )


def next_sizes(mine: Sequence[Given], bank: Iterable[MeasuredRow]) -> list[MeasuredRow]:
    """The fault that comes next of each cause a person has met: two down, one up.

    Args:
        mine: the answers of this person, in their order.
        bank: the measured rows.

    Returns:
        One row of each cause, the cause met last at the end.
    """
    ladders: dict[tuple[str, str], list[MeasuredRow]] = {}
    for row in sorted(bank, key=lambda each: (each.strength, each.page, each.cause)):
        if row.kind == "fault":
            ladders.setdefault(_rungs_of(row.page, row.cause), []).append(row)
    met: dict[tuple[str, str], list[Given]] = {}
    for each in mine:
        if each.body.truth == "bad":
            rungs = _rungs_of(*each.page)
            met[rungs] = [*met.pop(rungs, []), each]
    found = []
    for rungs, answers in met.items():
        ladder = _each_once(ladders.get(rungs, ()))
        pages = [_page_of(row) for row in ladder]
        if answers[-1].page not in pages:
            continue
        at = pages.index(answers[-1].page)
        rights = 0
        for each in reversed(answers):
            if not is_right(each.body):
                break
            rights += 1
        if rights == 0:
            at = min(at + 1, len(ladder) - 1)
        elif rights % 2 == 0:
            at = max(at - 1, 0)
        found.append(ladder[at])
    return found


def plan_drill(
    site: Site, records: Iterable[Record], who: str, now: float, seed: int
) -> Plan:
    """The items of a drill; half of the pages are good, or more.

    Args:
        site: the site in force.
        records: those of the ledger.
        who: the person.
        now: unix time, s; only its day counts.
        seed: what is drawn follows from it and the day.

    Raises:
        PlanError: nothing was measured, or no fault can be shown.
    """
    bank = _bank(site)
    if not bank:
        raise PlanError(NOT_MEASURED)
    today = day_of(now)
    generator = random.Random(f"drill {seed} {today}")
    everybody = given_answers(records)
    mine = [each for each in everybody if each.who == who]
    days = due_days(mine)
    drilled = {each.page for each in mine if each.in_drill}
    first = [p for p in sorted(days, key=lambda p: (days[p], p)) if days[p] <= today]
    first += [p for p in hardest(everybody) if p not in days and p not in drilled]
    by_page: dict[Page, list[MeasuredRow]] = {}
    for row in bank:
        by_page.setdefault(_page_of(row), []).append(row)
    asked = [generator.choice(by_page[page]) for page in first if page in by_page]
    # what is not due yet has time
    free = [row for row in bank if days.get(_page_of(row), today) <= today]
    faults = [row for row in asked if row.kind == "fault"]
    faults += _sized(mine, bank, free, generator)
    many = generator.randint(ITEMS // 2 - 1, ITEMS // 2)  # always three would tell
    faults = _each_once(faults)[:many]
    goods = [row for row in asked if row.kind != "fault"][: ITEMS - len(faults)]
    goods += _good(bank, faults, ITEMS - len(faults) - len(goods), generator)
    if not faults or not goods:
        kind = "good page" if faults else "fault"
        message = f"the bank has no {kind} that can be shown today"
        raise PlanError(message)
    rows = [*faults, *goods]
    generator.shuffle(rows)
    return plan_of_rows(site, seed, rows)


def _bank(site: Site) -> tuple[MeasuredRow, ...]:
    """The rows that can be shown; good pages only where faults are shown, too.

    Those of heavy ions stay with their own exam: most shifters never see such a run.
    """
    exam = teaching(site).exam
    there = rows_of(exam, "collisions") if exam is not None else ()
    rows = [row for row in there if not row.out]
    bad = {row.measured_page for row in rows if row.kind == "fault"}
    return tuple(row for row in rows if row.measured_page in bad)


def _page_of(row: MeasuredRow) -> Page:
    return Page(row.page, row.cause)


def _rungs_of(page: str, cause: str) -> tuple[str, str]:
    """What the sizes of one fault have in common: the page, and the cause's name."""
    return page, split_cause(cause)[0]


def _sized(
    mine: Sequence[Given],
    bank: Sequence[MeasuredRow],
    free: Sequence[MeasuredRow],
    generator: random.Random,
) -> list[MeasuredRow]:
    """Faults of the size this person needs, those of the wanted band first.

    Behind these come all others, for a bank that has too few of them.
    """
    band = wanted_band(mine)
    known = [row for row in next_sizes(mine, bank) if row in free]
    met = {_rungs_of(*each.page) for each in mine if each.body.truth == "bad"}
    rest = [row for row in free if row.kind == "fault"]
    generator.shuffle(rest)
    new = [row for row in rest if _rungs_of(row.page, row.cause) not in met]
    # Python's sort keeps the order: what is known stands before what is new
    return [*sorted([*known, *new], key=lambda row: row.band != band), *rest]


def _good(
    bank: Sequence[MeasuredRow],
    faults: Sequence[MeasuredRow],
    many: int,
    generator: random.Random,
) -> list[MeasuredRow]:
    """So many good pages, where the faults stand if there are any; none of no bank.

    One may come twice: each is another run.
    """
    there = {row.measured_page for row in faults}
    every = [row for row in bank if row.kind != "fault"]
    rows = [row for row in every if row.measured_page in there] or every
    quiet = [row for row in rows if not row.looks_wrong]
    wrong = [row for row in rows if row.looks_wrong]
    if not quiet or not wrong:
        return [generator.choice(rows) for _ in range(many if rows else 0)]
    return [
        generator.choice(wrong if generator.random() < LOOKS_WRONG else quiet)
        for _ in range(many)
    ]


def _each_once(rows: Iterable[MeasuredRow]) -> list[MeasuredRow]:
    found: dict[Page, MeasuredRow] = {}
    for row in rows:
        found.setdefault(_page_of(row), row)
    return list(found.values())
