"""A rota kept in an iCalendar file (RFC 5545): whose turn it is, from when to when."""

from __future__ import annotations

import datetime
import re
from typing import TYPE_CHECKING, Any, NoReturn

from dqmconsole.model.contacts import RotaTurn

if TYPE_CHECKING:
    from collections.abc import Iterator
    from zoneinfo import ZoneInfo

BEFORE = 1  # days before now from which turns are taken
AFTER = 60  # days after now until which they are
MAX_TURNS = 2000
MAX_EVENTS = 2000
MAX_REPEATS = 100  # events that repeat; each is stepped through from its start
EARLIEST = 1990

_TEL = re.compile(r"tel:\s*([+\d][\d\s()./-]{1,30})", re.IGNORECASE)
_FREQUENCIES = ("DAILY", "WEEKLY", "MONTHLY", "YEARLY")
_FINE = ("BYHOUR", "BYMINUTE", "BYSECOND")


class CalendarError(ValueError):
    """A calendar that cannot be read; says why in words."""


def read_calendar(data: bytes, zone: ZoneInfo, now: float) -> tuple[RotaTurn, ...]:
    """Read the turns of a calendar, from a day before to sixty days after `now`.

    The event's summary is the name, a ``tel:`` in its location, contact or
    description the phone. Times without a zone are local to `zone`.

    Args:
        data: the file's bytes.
        zone: the contacts' time zone.
        now: unix time, s.

    Raises:
        CalendarError: it is no calendar, or asks for more than is read.
    """
    import icalendar
    import recurring_ical_events

    begin = datetime.datetime.fromtimestamp(now, datetime.UTC)
    until = begin + datetime.timedelta(days=AFTER)
    begin -= datetime.timedelta(days=BEFORE)
    # Both libraries let what a broken event holds end in errors of many kinds.
    try:
        calendar: Any = icalendar.Calendar.from_ical(data)
        if calendar.name != "VCALENDAR":
            _refuse("is no calendar: it begins with BEGIN:VCALENDAR")
        _check_size(calendar)
        found = recurring_ical_events.of(calendar).between(begin, until)
        turns = [_turn(each, zone) for each in found[: MAX_TURNS + 1]]
    except CalendarError:
        raise
    except (
        ValueError,
        LookupError,
        TypeError,
        AttributeError,
        ArithmeticError,
    ) as error:
        message = f"is no calendar that can be read: {' '.join(str(error).split())}"
        raise CalendarError(message) from error
    if len(turns) > MAX_TURNS:
        _refuse(f"gives more than {MAX_TURNS} turns in {BEFORE + AFTER} days")
    return tuple(
        sorted(
            (turn for turn in turns if turn is not None),
            key=lambda turn: (turn.begin, turn.end, turn.name),
        )
    )


def _refuse(message: str) -> NoReturn:
    raise CalendarError(message)


def _check_size(calendar: Any) -> None:  # noqa: ANN401 - untyped library
    """Refuse what would be stepped through for minutes."""
    events = list(calendar.walk("VEVENT"))
    if len(events) > MAX_EVENTS:
        _refuse(f"holds more than {MAX_EVENTS} events")
    repeats = 0
    for event in events:
        for rule in _rules(event):
            repeats += 1
            frequency = str((rule.get("FREQ") or [""])[0]).upper()
            intervals = rule.get("INTERVAL") or [1]
            fine = any(rule.get(each) for each in _FINE) or min(intervals) < 1
            if frequency not in _FREQUENCIES or fine:
                _refuse(
                    f'the event "{_text(event, "SUMMARY")}" repeats otherwise than '
                    "daily, weekly, monthly or yearly"
                )
            if _moment(event["DTSTART"].dt, None).year < EARLIEST:
                _refuse(f'"{_text(event, "SUMMARY")}" begins before {EARLIEST}')
    if repeats > MAX_REPEATS:
        _refuse(f"holds more than {MAX_REPEATS} events that repeat")


def _rules(event: Any) -> Iterator[Any]:  # noqa: ANN401 - untyped library
    for name in ("RRULE", "EXRULE"):
        rules = event.get(name, [])
        yield from rules if isinstance(rules, list) else [rules]


def _turn(event: Any, zone: ZoneInfo) -> RotaTurn | None:  # noqa: ANN401 - the same
    if str(event.get("STATUS", "")).upper() == "CANCELLED":
        return None
    begin = _moment(event["DTSTART"].dt, zone).timestamp()
    end = _moment(event["DTEND"].dt, zone).timestamp()
    if end <= begin:
        return None
    phone = ""
    for key in ("LOCATION", "CONTACT", "DESCRIPTION"):
        if (found := _TEL.search(_text(event, key))) and not phone:
            phone = found[1].strip()
    return RotaTurn(begin, end, _text(event, "SUMMARY"), phone)


def _text(event: Any, key: str) -> str:  # noqa: ANN401 - the same
    found = event.get(key, "")
    said = " ".join(map(str, found)) if isinstance(found, list) else str(found)
    plain = "".join(each if each.isprintable() else " " for each in said)
    return " ".join(plain.split())[:200]


def _moment(
    found: datetime.date | datetime.datetime, zone: ZoneInfo | None
) -> datetime.datetime:
    if not isinstance(found, datetime.datetime):
        found = datetime.datetime.combine(found, datetime.time())
    return found.replace(tzinfo=zone) if found.tzinfo is None else found
