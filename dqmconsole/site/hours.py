"""Hours of a week ("Mon-Fri 08:00-18:00"), and local times as unix times."""

from __future__ import annotations

import datetime
import re
from typing import TYPE_CHECKING

from dqmconsole.model.contacts import WEEKDAYS, Hours
from dqmconsole.site.nearest import did_you_mean

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

DAY = 24 * 60  # minutes

_FORM = re.compile(r"([\w,\s-]+?)\s+(\d\d):(\d\d)\s*[-–]\s*(\d\d):(\d\d)")
_LOCAL = re.compile(r"(\d{4}-\d\d-\d\d)[ T](\d\d):(\d\d)")
_CLOCK = re.compile(r"([01]\d|2[0-3]):[0-5]\d")


def is_clock(text: str) -> bool:
    """Tell whether a text is a time of day such as 07:00."""
    return _CLOCK.fullmatch(text) is not None


def parse_hours(text: str) -> tuple[Hours, ...]:
    """Read "Mon-Fri 08:00-18:00" or "Sat,Sun 22:00-06:00".

    Hours that pass midnight become two: the rest belongs to the next days.

    Raises:
        ValueError: it is not of that form; says what is.
    """
    form = _FORM.fullmatch(text.strip())
    if form is None:
        message = f'hours are such as "Mon-Fri 08:00-18:00", not "{text}"'
        raise ValueError(message)
    begin = _minutes(form[2], form[3], text)
    end = _minutes(form[4], form[5], text)
    days = _days(form[1])
    if begin in (end, DAY):
        message = f'"{text}" is no time at all; a whole day is 00:00-24:00'
        raise ValueError(message)
    if begin < end:
        return (Hours(days, begin, end),)
    late = Hours(days, begin, DAY)
    if not end:
        return (late,)
    return late, Hours(tuple(sorted((day + 1) % 7 for day in days)), 0, end)


def parse_local(text: str, zone: ZoneInfo) -> tuple[float, str]:
    """Read a local time "2026-11-23 08:00".

    Returns:
        The unix time, s, and a word of advice where the clock is put forward or back
        just then, else "": a time that does not exist is taken an hour later, of one
        that comes twice the earlier.

    Raises:
        ValueError: it is no such time.
    """
    form = _LOCAL.fullmatch(text.strip())
    message = f'a time is such as 2026-11-23 08:00, not "{text}"'
    if form is None:
        raise ValueError(message)
    try:
        date = datetime.date.fromisoformat(form[1])
        time = datetime.time(int(form[2]), int(form[3]))
        local = datetime.datetime.combine(date, time, zone)
        stamp = local.timestamp()
        again = datetime.datetime.fromtimestamp(stamp, zone)
        later = local.replace(fold=1).timestamp()
    except (ValueError, OverflowError) as error:
        raise ValueError(message) from error
    if again.replace(tzinfo=None) != local.replace(tzinfo=None):
        words = (
            f"{text} does not exist, the clock is put forward: {again:%H:%M} is meant"
        )
        return stamp, words
    if later != stamp:
        return stamp, f"{text} comes twice, the clock is put back: the first is meant"
    return stamp, ""


def _minutes(hour: str, minute: str, text: str) -> int:
    found = int(hour) * 60 + int(minute)
    if int(minute) > 59 or found > DAY:
        message = f'"{text}": a time of day is 00:00 to 24:00'
        raise ValueError(message)
    return found


def _days(text: str) -> tuple[int, ...]:
    found: set[int] = set()
    for part in text.split(","):
        first, dash, last = (each.strip() for each in part.partition("-"))
        begin = _weekday(first)
        end = _weekday(last) if dash else begin
        found.update((begin + step) % 7 for step in range((end - begin) % 7 + 1))
    return tuple(sorted(found))


def _weekday(word: str) -> int:
    if word not in WEEKDAYS:
        hint = did_you_mean(word, WEEKDAYS)
        message = f'no weekday is called "{word}"{hint or "; Mon to Sun"}'
        raise ValueError(message)
    return WEEKDAYS.index(word)
