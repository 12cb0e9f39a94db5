"""What the book says of an exam: its seal, how far it came, whether it goes on."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

import msgspec

from dqmconsole.model.training import ExamBegan, ExamEnded, ItemAnswered, ItemShown
from dqmconsole.training.plan import seal

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

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

    def write(self, who: str, body: TrainingBody) -> Record:
        """Write under a trainee's name; never waits."""


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
