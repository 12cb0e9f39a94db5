"""What the shift says of the detector control where that is wrong, on record."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from dqmconsole.model.message import Override
from dqmconsole.model.record import Overridden
from dqmconsole.shift.alarms import ended_shifts, place_in_book

if TYPE_CHECKING:
    from collections.abc import Iterable

    from dqmconsole.logbook.view import Logbook
    from dqmconsole.model.record import Record

LONGEST = 120  # letters of a reason that each plot's verdict says


class InForce(NamedTuple):
    """What a record says of partitions, and of which of them it holds still."""

    partitions: tuple[str, ...]
    record: Record
    body: Overridden

    @property
    def words(self) -> str:
        """What is said: "HBHEa taken as on"."""
        state = "on" if self.body.on else "off"
        return f"{', '.join(self.partitions)} taken as {state}"


def in_force(logbook: Logbook, run: int, now: float) -> tuple[InForce, ...]:
    """What is said of partitions of the detector control now, of each once.

    It ends with its run, its time or the shift, or once somebody takes it back.

    Args:
        logbook: all records.
        run: the run at hand; 0 for none.
        now: unix time, s.
    """
    said = [each for each in logbook.of(Overridden) if each[0].run == run]
    if not said or run <= 0:
        return ()
    said.sort(key=lambda each: place_in_book(each[0]))
    over = ended_shifts(logbook)
    last = {name: record.uid for record, body in said for name in body.partitions}
    return tuple(
        InForce(names, record, body)
        for record, body in said
        if body.on is not None and now < body.until and record.shift not in over
        if (names := tuple(n for n in body.partitions if last[n] == record.uid))
    )


def as_judged(said: Iterable[InForce]) -> tuple[Override, ...]:
    """The same for the engine: what is said, by whom and why.

    A long reason is cut: each verdict says it, on every plot.
    """
    found = []
    for each in said:
        who = f" by {each.record.who}" if each.record.who else ""
        reason = " ".join(each.body.reason.split())
        if len(reason) > LONGEST:
            reason = f"{reason[: LONGEST - 1]}…"
        words = f"{each.words}{who}: {reason}"
        words = words.encode(errors="replace").decode()  # half a letter ends the link
        found += [Override(name, bool(each.body.on), words) for name in each.partitions]
    return tuple(found)
