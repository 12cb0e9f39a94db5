"""What the shift says of the detector control where that is wrong, on record."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dqmconsole.model.message import Override
from dqmconsole.model.record import Overridden
from dqmconsole.model.words import listed
from dqmconsole.shift.alarms import ended_shifts, place_in_book

if TYPE_CHECKING:
    from collections.abc import Mapping

    from dqmconsole.logbook.view import Logbook
    from dqmconsole.model.record import Record

InForce = tuple["Record", Overridden]


def in_force(logbook: Logbook, run: int, now: float) -> dict[str, InForce]:
    """What is said of partitions of the detector control now, by partition.

    It ends with its run, its time or the shift, or once somebody takes it back.

    Args:
        logbook: all records.
        run: the run at hand; 0 for none.
        now: unix time, s.
    """
    said = [each for each in logbook.of(Overridden) if each[0].run == run]
    if not said or run <= 0:
        return {}
    over = ended_shifts(logbook)
    last = {
        partition: (record, body)
        for record, body in sorted(said, key=lambda each: place_in_book(each[0]))
        for partition in body.partitions
    }
    return {
        partition: (record, body)
        for partition, (record, body) in last.items()
        if body.on is not None and now < body.until and record.shift not in over
    }


def as_judged(said: Mapping[str, InForce]) -> tuple[Override, ...]:
    """The same for the engine."""
    return tuple(
        Override(partition, bool(body.on), override_words(record, body))
        for partition, (record, body) in sorted(said.items())
    )


def override_words(record: Record, body: Overridden) -> str:
    """What is said, by whom and why: "HBHEa taken as on by Ada: the bit hangs"."""
    state = "on" if body.on else "off"
    who = f" by {record.who}" if record.who else ""
    return f"{listed(body.partitions)} taken as {state}{who}: {body.reason}"
