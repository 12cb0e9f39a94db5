"""What the book says of an exam: its seal, how far it came, whether it goes on."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

import msgspec

from dqmconsole.model.training import ExamBegan, ExamEnded, ItemAnswered, ItemShown
from dqmconsole.training.plan import seal

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from dqmconsole.model.record import Record
    from dqmconsole.model.site import Site
    from dqmconsole.model.training import TrainingBody


class ExamError(ValueError):
    """An exam that cannot be begun or taken up; the message says why."""


class Progress(Protocol):
    """The book's records of training, as ``training.ledger.Ledger`` keeps them."""

    @property
    def records(self) -> Sequence[Record]:
        """All of them, in their order."""

    @property
    def said(self) -> str:
        """What is wrong with the book, in words; "" when all is well."""

    def write(self, who: str, body: TrainingBody) -> Record:
        """Write under a trainee's name; never waits."""

    def is_kept(self, record: Record) -> bool:
        """Whether the book has a record that was written, if there is a book."""


class Place(msgspec.Struct, frozen=True):
    """How far an exam has come, by the book's records.

    Attributes:
        answered: numbers of the items that count.
        spares: number of an item -> the spare that is next for it.
        spent: items that were shown and never answered.
    """

    answered: frozenset[int]
    spares: dict[int, int]
    spent: int


class Sitting:
    """The records of one exam's items, as far as this console wrote or knew them.

    Args:
        ledger: keeps them.
        who: the trainee.
        exam: uid of the exam.
    """

    def __init__(self, ledger: Progress, who: str, exam: str) -> None:
        self._ledger, self._who, self._exam = ledger, who, exam
        self._known = {each.uid for each in self._records()}

    @property
    def said(self) -> str:
        """What is wrong with the book, in words; "" when all is well."""
        return self._ledger.said

    def write(self, body: ItemShown | ItemAnswered) -> Record:
        """Write one; it is not in the book yet."""
        record = self._ledger.write(self._who, body)
        self._known.add(record.uid)
        return record

    def is_kept(self, record: Record) -> bool:
        """Whether the book has it."""
        return self._ledger.is_kept(record)

    def is_elsewhere(self) -> bool:
        """Whether another console went on with this exam since it began here."""
        return any(each.uid not in self._known for each in self._records())

    def answers(self) -> tuple[ItemAnswered, ...]:
        """How each item was answered; each counts once."""
        found: dict[int, ItemAnswered] = {}
        for each in self._records():
            if isinstance(each.body, ItemAnswered):
                found.setdefault(each.body.number, each.body)
        return tuple(found.values())

    def _records(self) -> Iterator[Record]:
        for each in self._ledger.records:
            body = each.body
            if isinstance(body, ItemShown | ItemAnswered) and body.exam == self._exam:
                yield each


def check_seal(
    site: Site, records: Iterable[Record], record: Record, part: str
) -> ExamBegan:
    """Tell whether an exam can be taken up again.

    Raises:
        ExamError: it cannot; says why.
    """
    begun = record.body
    if not isinstance(begun, ExamBegan) or begun.part != part:
        message = f"the record {record.uid} did not begin what is to be taken up"
        raise ExamError(message)
    ended = (each.body for each in records if isinstance(each.body, ExamEnded))
    if any(each.exam == record.uid for each in ended):
        message = "it is over: begin anew"
        raise ExamError(message)
    if seal(site) != begun.settings:
        message = (
            "the site's exam, layouts or instructions changed since it was begun: it "
            "cannot be taken up again, begin anew"
        )
        raise ExamError(message)
    return begun


def resumable(site: Site, records: Sequence[Record], who: str) -> tuple[Record, ...]:
    """The exams that a person can take up again, the oldest first.

    Begun and not ended, and planned of the site as it is now: in place of one that the
    site left behind a new one is begun.
    """
    now = seal(site)
    ended = {each.body.exam for each in records if isinstance(each.body, ExamEnded)}
    return tuple(
        each
        for each in records
        if isinstance(each.body, ExamBegan)
        and each.body.part != "practice"
        and each.body.settings == now
        and each.who == who
        and each.uid not in ended
    )


def place_of(records: Iterable[Record], exam: str) -> Place:
    """How far an exam has come, by the records of the book alone."""
    shown: set[tuple[int, int]] = set()
    answered: set[tuple[int, int]] = set()
    for record in records:
        body = record.body
        if isinstance(body, ItemShown | ItemAnswered) and body.exam == exam:
            kept = shown if isinstance(body, ItemShown) else answered
            kept.add((body.number, body.spare))
    spares: dict[int, int] = {}
    for number, spare in shown | answered:
        spares[number] = max(spares.get(number, 0), spare + 1)
    return Place(
        frozenset(number for number, _ in answered), spares, len(shown - answered)
    )
