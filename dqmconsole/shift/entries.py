"""Entries of the book with what became of each: corrected, settled, sent."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from dqmconsole.model.record import ElogSent, Entry, Record, Settled

if TYPE_CHECKING:
    from dqmconsole.shift.logbook import Logbook


class Written(msgspec.Struct, frozen=True):
    """An entry as it stands now.

    Attributes:
        record: its record, of a corrected one the last correction.
        body: what it says.
        first: the record that was corrected; `record` itself when none was.
        settled: who settled its problem; None while it is open, or is none.
        sent: as what it reached the elog; None while it did not.
    """

    record: Record
    body: Entry
    first: Record
    settled: Record | None = None
    sent: ElogSent | None = None

    @property
    def is_open(self) -> bool:
        """Tell whether it is a problem that nobody settled."""
        return self.body.problem and self.settled is None


def written(logbook: Logbook) -> tuple[Written, ...]:
    """All entries, newest first; a corrected one stands once, where it first stood."""
    origin: dict[str, str] = {}
    newest: dict[str, tuple[Record, Entry]] = {}
    for record, body in logbook.of(Entry):
        first = origin.get(body.corrects, record.uid)
        origin[record.uid] = first
        newest[first] = (record, body)
    settled = {origin.get(body.entry): record for record, body in logbook.of(Settled)}
    sent = {body.entry: body for _, body in logbook.of(ElogSent)}
    found = []
    for uid, (record, body) in newest.items():
        first_record = logbook.get(uid) or record
        by = settled.get(uid) if body.problem else None
        found.append(
            Written(record, body, first_record, by, sent.get(record.uid)),
        )
    return tuple(reversed(found))
