"""All answered items of one person taken together: who passes is judged on these.

One sitting has fewer faults than a claim needs, so sittings add up. All of them count,
also one that went badly or was left: nobody can sit until one passes. Only sittings of
the same seal can be added: the same exam, layouts, instructions and program.

Times are those of the database's clock (``Record.stored_at``), and a record is never
taken to be older than one before it in the book: a clock of a console that is set
forward or back gains nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from dqmconsole.model.training import ExamBegan, ExamEnded, ItemAnswered, ItemShown
from dqmconsole.training.score import ItemScore, item_score

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence

    from dqmconsole.model.lesson import ExamSettings
    from dqmconsole.model.record import Record

DAY = 86400.0  # s
_Place = tuple[str, int, int]  # exam, number, spare


class Aggregate(msgspec.Struct, frozen=True):
    """What the sittings of one seal give together.

    Attributes:
        seal: theirs.
        score: of all their answered items that count.
        sittings: how many have such an item.
        unfinished: how many of them are not over.
        until: unix time, s, until which it holds: as long as faults enough are not
            older than the exam's days; 0 when it is not passed, or not in the book yet.
        covered: what was shown, as of ``ExamEnded``.
    """

    seal: str
    score: ItemScore
    sittings: int
    unfinished: int
    until: float = 0.0
    covered: dict[str, str] = {}


def together(
    records: Sequence[Record], who: str, settings: ExamSettings
) -> tuple[Aggregate, ...]:
    """Take the sittings of a person together, one result for each seal.

    Args:
        records: of the book in its order, unsaved ones behind.
        who: the person.
        settings: what must be reached, and for how many days an answer counts.

    Returns:
        In the order of their last answers, the latest last.
    """
    seals = {
        each.uid: each.body.settings
        for each in records
        if isinstance(each.body, ExamBegan)
        and each.body.part == "items"
        and each.who == who
    }
    given: dict[str, list[tuple[float, Record]]] = {}
    shown: set[_Place] = set()
    ended: dict[str, Mapping[str, str]] = {}
    latest = 0.0
    for each in records:
        latest = max(latest, each.stored_at)
        body = each.body
        if isinstance(body, ItemShown) and body.exam in seals:
            shown.add((body.exam, body.number, body.spare))
        elif isinstance(body, ExamEnded):
            ended[body.exam] = body.covered
        elif isinstance(body, ItemAnswered) and body.exam in seals and body.truth:
            shown.discard((body.exam, body.number, body.spare))
            group = given.pop(seals[body.exam], [])
            group.append((latest, each))
            given[seals[body.exam]] = group  # the latest last
    return tuple(
        _added_up(seal, answers, shown, settings, ended)
        for seal, answers in given.items()
    )


def _added_up(
    seal: str,
    answers: Sequence[tuple[float, Record]],
    lost: Collection[_Place],
    settings: ExamSettings,
    ended: Mapping[str, Mapping[str, str]],
) -> Aggregate:
    days = settings.valid_days * DAY
    last = [each.stored_at for _, each in answers if each.stored_at]
    begins = last[-1] - days if last else 0.0
    counted: dict[tuple[str, int], tuple[float, ItemAnswered]] = {}
    for at, each in answers:
        body = each.body
        assert isinstance(body, ItemAnswered)
        if at >= begins:
            counted.setdefault((body.exam, body.number), (each.stored_at, body))
    exams = dict.fromkeys(exam for exam, _ in counted)
    spent = sum(exam in exams for exam, _, _ in lost)
    score = item_score((body for _, body in counted.values()), settings, spent)
    faults = [at for at, body in counted.values() if body.truth == "bad"]
    since = _earliest(faults[-settings.least_faults :])
    return Aggregate(
        seal=seal,
        score=score,
        sittings=len(exams),
        unfinished=sum(exam not in ended for exam in exams),
        until=since + days if score.passed and since else 0.0,
        covered={
            name: what
            for exam in exams
            for name, what in ended.get(exam, {}).items()
        },
    )  # fmt: skip


def _earliest(times: Iterable[float]) -> float:
    """The earliest of those that the book has, or 0."""
    return min((each for each in times if each), default=0.0)
