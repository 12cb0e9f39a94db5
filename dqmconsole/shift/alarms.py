"""How alarms stand: what the engine tells of them, and what the shift answered.

Nothing is kept here. The state of an alarm follows from the alarm and from the records
of the book, so that every console that has both says the same, also after a restart.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import msgspec

from dqmconsole.model.alarm import Alarm
from dqmconsole.model.cause import GROWTH, URGENCIES, joined, most_urgent, overlap
from dqmconsole.model.record import (
    Acknowledged,
    AlarmSeen,
    Call,
    Joined,
    Record,
    Shelved,
    ShiftBegan,
    ShiftEnded,
    SplitOff,
    Unshelved,
)

if TYPE_CHECKING:
    from collections.abc import Iterable

    from dqmconsole.logbook.view import Logbook
    from dqmconsole.model.alarm import Member

State = Literal["unacknowledged", "acknowledged", "returned", "withdrawn", "shelved"]
"""What an alarm asks of the shift: "returned" and "withdrawn" are over, and nobody
acknowledged them; once somebody does they are gone."""
STATES: tuple[State, ...] = (
    "unacknowledged", "returned", "withdrawn", "acknowledged", "shelved",
)  # fmt: skip
ANSWER_WITHIN = 20 * 60.0  # s in which who was called should answer


class Standing(msgspec.Struct, frozen=True):
    """An alarm as it stands.

    Attributes:
        alarm: what the engine tells, split and joined as the shift did.
        state: what it asks for.
        by: the record that acknowledged or shelved it last; None: none did.
        carried: somebody acknowledged it in a shift before this one, and nothing was
            news since.
        until: of one that is shelved, unix time, s.
        calls: those about it, oldest first.
    """

    alarm: Alarm
    state: State
    by: Record | None = None
    carried: bool = False
    until: float | None = None
    calls: tuple[tuple[Record, Call], ...] = ()

    @property
    def asks(self) -> bool:
        """It asks for an acknowledgement."""
        return self.state in ("unacknowledged", "returned", "withdrawn")

    def unanswered_since(self, now: float) -> float | None:
        """Unix time of the last call, s, if nobody answered and that is long ago."""
        if not self.calls or self.calls[-1][1].answered:
            return None
        called = self.calls[-1][0].made_at
        return called if now - called >= ANSWER_WITHIN else None


def seen(alarm: Alarm) -> AlarmSeen:
    """An alarm as records name it."""
    return AlarmSeen(
        *(alarm.id, alarm.run, alarm.root, alarm.family, alarm.news),
        *(len(alarm.wrong), alarm.urgency, alarm.extent),
    )


def is_of(record: AlarmSeen, alarm: Alarm) -> bool:
    """Tell whether a record is about an alarm.

    By its id, or, of a console whose engine named it otherwise, by run, root, family
    and place.
    """
    if _own(record.id) == _own(alarm.id):
        return record.id in (alarm.id, _own(alarm.id))
    same = (record.run, record.root, record.family) == (
        *(alarm.run, alarm.root, alarm.family),
    )
    return same and overlap(record.extent, alarm.extent)


def covers(record: AlarmSeen, alarm: Alarm) -> bool:
    """Tell whether an alarm is no more than what was answered."""
    if not is_of(record, alarm):
        return False
    if _own(record.id) == _own(alarm.id):
        return record.news >= alarm.news
    return URGENCIES.index(alarm.urgency) <= URGENCIES.index(record.urgency) and len(
        alarm.wrong
    ) < GROWTH * max(record.plots, 1)


def standings(
    alarms: Iterable[Alarm], logbook: Logbook, now: float
) -> tuple[Standing, ...]:
    """How all alarms stand, what asks for an answer first; those that are gone not.

    Args:
        alarms: as the engine tells them.
        logbook: all records.
        now: unix time, s.
    """
    shift, ended = shift_in_force(logbook)
    found = []
    for alarm in _as_split_and_joined(alarms, logbook):
        one = _standing(alarm, logbook, shift, now, ended=ended)
        if one is not None:
            found.append(one)
    found.sort(key=_order)
    return tuple(found)


def shift_in_force(logbook: Logbook) -> tuple[str, bool]:
    """The shift that began last, and whether it ended; "" where none began."""
    began = logbook.of(ShiftBegan)
    if not began:
        return "", False
    uid = began[-1][0].uid
    return uid, any(record.shift == uid for record, _ in logbook.of(ShiftEnded))


def _order(one: Standing) -> tuple[object, ...]:
    alarm = one.alarm
    return (
        *(STATES.index(one.state), -URGENCIES.index(alarm.urgency)),
        *(alarm.began, alarm.id),
    )


def _standing(
    alarm: Alarm, logbook: Logbook, shift: str, now: float, *, ended: bool
) -> Standing | None:
    """How one alarm stands; None of one that is over and was acknowledged."""
    over: State | None = None
    if alarm.returned is not None:
        over = "withdrawn" if alarm.withdrawn else "returned"
    calls = tuple(
        (record, call)
        for record, call in logbook.of(Call)
        if call.alarm and _own(call.alarm) == _own(alarm.id)
    )
    acknowledged = [
        record for record, body in logbook.of(Acknowledged) if covers(body.alarm, alarm)
    ]
    here = [record for record in acknowledged if record.shift == shift]
    if over is not None:
        return None if acknowledged else Standing(alarm, over, calls=calls)
    shelf = _shelf(alarm, logbook, shift, now)
    if shelf is not None and not ended:
        record, until = shelf
        return Standing(alarm, "shelved", record, until=until, calls=calls)
    if here:
        return Standing(alarm, "acknowledged", here[-1], calls=calls)
    before = acknowledged[-1] if acknowledged else None
    return Standing(
        alarm, "unacknowledged", before, carried=before is not None, calls=calls
    )


def _shelf(
    alarm: Alarm, logbook: Logbook, shift: str, now: float
) -> tuple[Record, float] | None:
    """The record that shelved an alarm, and until when, if it is shelved."""
    last: tuple[Record, Shelved] | None = None
    for record, body in logbook.of(Shelved):
        if record.shift == shift and covers(body.alarm, alarm):
            last = (record, body)
    if last is None or not now < last[1].until:
        return None
    record, shelved = last
    for taken, unshelved in logbook.of(Unshelved):
        later = (taken.number or float("inf")) > (record.number or float("inf"))
        later = later or taken.made_at >= record.made_at
        if later and is_of(unshelved.alarm, alarm):
            return None
    return record, shelved.until


# -- what the shift made of the rows ---------------------------------------------------

_PART = "+"  # between the id of an alarm and the number of what was split off


def _own(name: str) -> str:
    """The id that the engine gave, of an alarm or of what was split off it."""
    return name.partition(_PART)[0]


def _as_split_and_joined(alarms: Iterable[Alarm], logbook: Logbook) -> list[Alarm]:
    found = list(alarms)
    for _, body in logbook.of(SplitOff):
        for at, alarm in enumerate(found):
            off = alarm.keys.intersection(body.plots)
            if is_of(body.alarm, alarm) and off and off != alarm.keys:
                found[at : at + 1] = _split(alarm, off, found)
                break
    for _, joining in logbook.of(Joined):
        one = next((each for each in found if is_of(joining.alarm, each)), None)
        into = next(
            (each for each in found if is_of(joining.into, each) and each is not one),
            None,
        )
        if one is not None and into is not None:
            found[found.index(into)] = _joined(into, one)
            found.remove(one)
    return found


def _split(alarm: Alarm, off: frozenset[str], others: Iterable[Alarm]) -> list[Alarm]:
    parts = sum(_own(each.id) == _own(alarm.id) for each in others)
    kept = tuple(one for one in alarm.members if one.key not in off)
    gone = tuple(one for one in alarm.members if one.key in off)
    return [
        _with(alarm, alarm.id, kept),
        _with(alarm, f"{_own(alarm.id)}{_PART}{parts}", gone),
    ]


def _joined(into: Alarm, one: Alarm) -> Alarm:
    mine = into.keys
    members = (*into.members, *(m for m in one.members if m.key not in mine))
    found = _with(into, into.id, members)
    return msgspec.structs.replace(
        found,
        news=max(into.news, one.news),
        began=min(into.began, one.began),
        news_at=max(into.news_at, one.news_at),
    )


def _with(alarm: Alarm, name: str, members: tuple[Member, ...]) -> Alarm:
    """An alarm of other members."""
    changed = msgspec.structs.replace(alarm, id=name, members=members)
    wrong = changed.wrong
    extent = None
    for one in wrong or changed.members:
        extent = joined(extent, one.extent)
    returned = alarm.returned
    if not wrong and returned is None:
        returned = alarm.news_at
    return msgspec.structs.replace(
        changed,
        extent=extent,
        urgency=most_urgent(one.urgency for one in wrong or changed.members),
        returned=None if wrong else returned,
        unconfirmed=bool(wrong) and not any(one.confirmed for one in wrong),
    )
