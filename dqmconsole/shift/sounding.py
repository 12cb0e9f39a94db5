"""Which alarms sound now: pure, from how they stand and what sounded before.

The console's clock may jump. What is waited for is therefore counted in the time that
passed between looks, which neither runs back nor leaps.
"""

from __future__ import annotations

from math import inf
from typing import TYPE_CHECKING

import msgspec

from dqmconsole.model.cause import AUDIBLE, URGENCIES, Urgency, most_urgent
from dqmconsole.model.words import counted
from dqmconsole.shift.alarm_words import worst_member
from dqmconsole.shift.alarms import Standing, alarm_name, own_id
from dqmconsole.shift.session import NOBODY
from dqmconsole.shift.words import shift_words

if TYPE_CHECKING:
    from collections.abc import Iterable

    from dqmconsole.model.alarm import Alarm
    from dqmconsole.model.record import Record
    from dqmconsole.shift.session import ShiftSession

TONES = 3  # of an alarm that is to be answered now
AGAIN_AFTER = 120.0  # s until it sounds again
REPEATS = 3  # of it, after which the shift leader is to be called
APART = 10.0  # s between two sounds, however many alarms come
MUTE_FOR = 15 * 60.0  # s
STEP = 5.0  # s that pass between two looks at most: what is more is a jump
KEPT = 2000  # alarms of which it is remembered that they sounded


class Heard(msgspec.Struct, frozen=True):
    """That an alarm of the engine sounded.

    Attributes:
        news: how much news it was then.
        urgency: how urgent.
        since: when it sounded first since somebody answered it, s of `Sounded.time`.
        at: when it sounded last, the same.
        times: how often it sounded since it was answered.
    """

    news: int
    urgency: Urgency
    since: float
    at: float
    times: int


class Sounded(msgspec.Struct, frozen=True):
    """What sounded before.

    Attributes:
        shift: uid of the shift that heard it.
        time: s that passed while it was looked; it never runs back.
        looked: unix time of the last look, s, or None.
        last: when anything sounded last, s of `time`.
        muted_until: until when nothing sounds, s of `time`.
        alarms: by id of the engine's alarm.
    """

    shift: str = ""
    time: float = 0.0
    looked: float | None = None
    last: float = -inf
    muted_until: float = -inf
    alarms: dict[str, Heard] = {}

    @property
    def mute(self) -> float:
        """Seconds for which it is still muted; 0 when it is not."""
        return max(self.muted_until - self.time, 0.0)


class Signal(msgspec.Struct, frozen=True):
    """What sounds now.

    Attributes:
        tones: how many.
        rows: the alarms it is about, the most urgent first.
    """

    tones: int
    rows: tuple[Standing, ...]

    @property
    def urgent(self) -> tuple[Standing, ...]:
        """Those that are to be answered now."""
        return tuple(row for row in self.rows if row.alarm.urgency == "now")


def muted(before: Sounded) -> Sounded:
    """Let nothing sound for a quarter of an hour."""
    return msgspec.structs.replace(before, muted_until=before.time + MUTE_FOR)


def unmuted(before: Sounded) -> Sounded:
    """Let alarms sound again."""
    return msgspec.structs.replace(before, muted_until=-inf)


def why_silent(session: ShiftSession) -> str:
    """Why no alarm sounds at this console; "" where they do.

    It has to hold the shift, on data of the detector that are of now.
    """
    client = session.client
    if client.banner:
        return f"{client.banner}: no alarm sounds"
    if client.moment is not None or client.mailbox.run.recorded is not None:
        return "this is a recording: no alarm sounds"
    if not session.author.signature.shift:
        return NOBODY
    holder = held_elsewhere(session)
    if holder is None:
        return ""
    return f"{shift_words(holder)}, holds the shift: alarms sound there"


def held_elsewhere(session: ShiftSession) -> Record | None:
    """The record of the shift that holds where that of this console does not.

    None where this console has no shift, or holds.
    """
    own = session.author.signature.shift
    holder = next(iter(session.open_shifts), None)
    return holder if own and holder is not None and holder.uid != own else None


def look(
    rows: Iterable[Standing], now: float, shift: str, before: Sounded
) -> tuple[Sounded, Signal | None]:
    """Find out what sounds now.

    What came back to good, or is withdrawn, no longer asks anybody to act: it is shown
    until it is acknowledged, and does not sound.

    Args:
        rows: how the alarms stand.
        now: unix time, s.
        shift: uid of the shift that this console holds; "": it sounds for nobody.
        before: what sounded.

    Returns:
        What has sounded with that, and what sounds; None for nothing.
    """
    step = 0.0 if before.looked is None else min(max(now - before.looked, 0.0), STEP)
    after = msgspec.structs.replace(before, time=before.time + step, looked=now)
    if shift != before.shift:  # whoever had it before heard what sounded, not this one
        after = Sounded(shift, after.time, now, after.last)
    if not shift:
        return after, None
    rows = tuple(rows)
    heard, asking = _still_heard(rows, after.alarms)
    due = [row for row in rows if asks_to_sound(row) and _due(row, heard, after.time)]
    if after.mute or after.time - after.last < APART:
        due = []  # they wait, and sound once that is over
    for row in due:
        for part in row.parts:
            name = own_id(part.id)
            heard[name] = _sounded(part, heard.get(name), after.time)
    if len(heard) > KEPT:
        gone = [name for name in heard if name not in asking]
        for name in gone[: len(heard) - KEPT]:
            del heard[name]
    after = msgspec.structs.replace(after, alarms=heard)
    if not due:
        return after, None
    due.sort(key=lambda row: -URGENCIES.index(row.alarm.urgency))
    flood = after.time - after.last < 2 * APART
    tones = TONES if due[0].alarm.urgency == "now" and not flood else 1
    return msgspec.structs.replace(after, last=after.time), Signal(tones, tuple(due))


def asks_to_sound(row: Standing) -> bool:
    """Tell whether it is to be heard until somebody acknowledges it."""
    return row.state == "unacknowledged" and row.alarm.urgency in AUDIBLE


def for_leader(rows: Iterable[Standing], before: Sounded) -> tuple[Standing, ...]:
    """The alarms that sounded so often in vain that the shift leader is to be called.

    Args:
        rows: how the alarms stand.
        before: what sounded.
    """
    return tuple(
        row
        for row in rows
        if asks_to_sound(row)
        and row.alarm.urgency == "now"
        and any(_in_vain(own_id(part.id), before) for part in row.parts)
    )


def words(row: Standing) -> str:
    """Write an alarm in one line, its worst plot: "Hcal missing: 12 % dead, …"."""
    alarm = row.alarm
    said = f"{alarm_name(alarm)}: {worst_member(alarm).sentence}"
    more = len(alarm.wrong or alarm.members) - 1
    return f"{said}, and {counted(more, 'plot')} more" if more > 0 else said


def _still_heard(
    rows: Iterable[Standing], heard: dict[str, Heard]
) -> tuple[dict[str, Heard], set[str]]:
    """What counts as heard, and the ids of the alarms that ask.

    What somebody acknowledged or shelved, and what returned, sounds again once it asks
    again. What is not there is not forgotten: an engine that restarts tells it later.
    """
    asking: set[str] = set()
    answered: set[str] = set()
    for row in rows:
        names = asking if row.state == "unacknowledged" else answered
        names.update(own_id(part.id) for part in row.parts)
    return {
        name: each
        for name, each in heard.items()
        if name in asking or name not in answered
    }, asking


def _due(row: Standing, heard: dict[str, Heard], time: float) -> bool:
    found = [(part, heard.get(own_id(part.id))) for part in row.parts]
    if any(before is None or _more(part, before) for part, before in found):
        return True
    last = max((before.at for _, before in found if before is not None), default=-inf)
    return row.alarm.urgency == "now" and time - last >= AGAIN_AFTER


def _more(alarm: Alarm, before: Heard) -> bool:
    """Tell whether an alarm is more than what sounded."""
    ranks = URGENCIES.index(alarm.urgency), URGENCIES.index(before.urgency)
    return alarm.news > before.news or ranks[0] > ranks[1]


def _sounded(alarm: Alarm, before: Heard | None, time: float) -> Heard:
    """Note that it sounds; of what was split the parts have one note."""
    if before is None:
        return Heard(alarm.news, alarm.urgency, time, time, 1)
    return Heard(
        max(alarm.news, before.news),
        most_urgent((alarm.urgency, before.urgency)),
        before.since,
        time,
        before.times + 1,
    )


def _in_vain(name: str, before: Sounded) -> bool:
    heard = before.alarms.get(name)
    return (
        heard is not None
        and heard.times > REPEATS
        and before.time - heard.since >= REPEATS * AGAIN_AFTER
    )
