"""A rota kept in an iCalendar file (RFC 5545): whose turn it is, from when to when."""

from __future__ import annotations

import datetime
import re
import zoneinfo
from typing import TYPE_CHECKING, Any, NoReturn

from dqmconsole.model.contacts import RotaTurn
from dqmconsole.site.nearest import did_you_mean

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
_CONTENT = re.compile(r"[A-Za-z0-9-]+[;:]|[ \t]")
_FREQUENCIES = ("DAILY", "WEEKLY", "MONTHLY", "YEARLY")
_FINE = ("BYHOUR", "BYMINUTE", "BYSECOND")


class CalendarError(ValueError):
    """A calendar that cannot be read; says why in words.

    Attributes:
        line: the line that is wrong, from 1; 0 when it is not one.
    """

    def __init__(self, message: str, line: int = 0) -> None:
        super().__init__(message)
        self.line = line


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
        _check_times(calendar, data, zone)
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
        raise _in_words(error, data) from error
    if len(turns) > MAX_TURNS:
        _refuse(f"gives more than {MAX_TURNS} turns in {BEFORE + AFTER} days")
    return tuple(
        sorted(
            (turn for turn in turns if turn is not None),
            key=lambda turn: (turn.begin, turn.end, turn.name),
        )
    )


def _refuse(message: str, line: int = 0) -> NoReturn:
    raise CalendarError(message, line)


def _in_words(error: Exception, data: bytes) -> CalendarError:
    """What a library's error means for whoever wrote the calendar."""
    lines = data.decode("utf-8-sig", "replace").rstrip().splitlines()
    if not lines or lines[0].strip().upper() != "BEGIN:VCALENDAR":
        return CalendarError("is no calendar: it begins with BEGIN:VCALENDAR", 1)
    for number, line in enumerate(lines, 1):
        if not _CONTENT.match(line) and line.strip():
            message = f'"{line[:40]}" is no line of a calendar: NAME:VALUE'
            return CalendarError(message, number)
    if lines[-1].strip().upper() != "END:VCALENDAR":
        message = "ends early: its last line is END:VCALENDAR"
        return CalendarError(message, len(lines))
    if "RRULE" in str(error):
        message = (
            "an event repeats in a way that cannot be read: RRULE:FREQ=WEEKLY, or "
            "DAILY, MONTHLY, YEARLY"
        )
        return CalendarError(message, _line_of(data, "RRULE"))
    if isinstance(error, KeyError):
        return CalendarError(f"an event lacks its {error.args[0]}")
    message = f"an event of it cannot be read ({' '.join(str(error).split())[:120]})"
    return CalendarError(message)


def _line_of(data: bytes, text: str) -> int:
    at = data.find(text.encode())
    return data.count(b"\n", 0, at) + 1 if at >= 0 else 0


def _check_times(calendar: Any, data: bytes, zone: ZoneInfo) -> None:  # noqa: ANN401 - untyped library
    """Refuse events in unknown zones, taken for local ones, and such as end before."""
    for event in calendar.walk("VEVENT"):
        name = _text(event, "SUMMARY")
        times = [event.get(key) for key in ("DTSTART", "DTEND")]
        for time in times:
            written = getattr(time, "params", {}).get("TZID", "")
            known = getattr(getattr(time, "dt", None), "tzinfo", None) is not None
            if written and not known:
                hint = did_you_mean(written, zoneinfo.available_timezones())
                _refuse(
                    f'the event "{name}" is in the time zone "{written}", which is '
                    f"not known{hint or ': write an IANA name such as Europe/Zurich'}",
                    _line_of(data, f"TZID={written}"),
                )
        if all(hasattr(each, "dt") for each in times):
            begin, end = (_moment(each.dt, zone) for each in times)
            if end < begin:
                _refuse(
                    f'the event "{name}" ends before it begins', _line_of(data, "DTEND")
                )


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
