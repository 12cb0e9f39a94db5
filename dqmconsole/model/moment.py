"""Moments as people read them: in UTC, or by the clock of the machine they sit at.

What is stored, sent, exported or reported is in UTC, wherever a process runs: engine,
consoles and database may stand in different zones. Only what a console shows at the
moment follows its choice; every time of day names its zone.
"""

from __future__ import annotations

import datetime
import math
import time


class _Shown:
    """In which zone this process shows times: a console's choice, UTC elsewhere."""

    local = False


def show_local(*, local: bool) -> None:
    """From now on show times by this machine's clock, or in UTC again."""
    _Shown.local = local


def shows_local() -> bool:
    """Tell whether times are shown by this machine's clock."""
    return _Shown.local


def zone_words() -> str:
    """The zone in which times are shown now: "UTC", "CET"."""
    if not _Shown.local:
        return "UTC"
    return datetime.datetime.now(datetime.UTC).astimezone().tzname() or "local"


def utc(when: float) -> datetime.datetime | None:
    """A unix time, s, in UTC; None for what is no time: a clock may say anything."""
    try:
        return datetime.datetime.fromtimestamp(when, datetime.UTC)
    except (OverflowError, OSError, ValueError):
        return None


def shown(when: float) -> datetime.datetime | None:
    """A unix time, s, in the zone shown; None for what is no time."""
    there = utc(when)
    if there is None or not _Shown.local:
        return there
    try:
        return there.astimezone()
    except (OverflowError, OSError, ValueError):
        return None


def clock_words(when: float) -> str:
    """A unix time, s, to the minute, in the zone shown: "12:03 UTC"."""
    return _words(shown(when), "%H:%M %Z")


def moment_words(when: float) -> str:
    """The same with its day: "2026-11-26 12:03 UTC"."""
    return _words(shown(when), "%Y-%m-%d %H:%M %Z")


def day_words(when: float) -> str:
    """The same with its day in words: "24 Nov 2026, 07:02 UTC"."""
    return _words(shown(when), "%d %b %Y, %H:%M %Z")


def utc_clock_words(when: float) -> str:
    """A unix time, s, as :func:`clock_words`, never local: for what is stored."""
    return _words(utc(when), "%H:%M %Z")


def utc_moment_words(when: float) -> str:
    """The same with its day, as :func:`moment_words`."""
    return _words(utc(when), "%Y-%m-%d %H:%M %Z")


def date_words(when: float) -> str:
    """The day of a unix time, s, in UTC, by which notes and reports count."""
    there = utc(when)
    return there.date().isoformat() if there is not None else "an unknown day"


def time_of_day(when: float | None) -> str:
    """A unix time, s, as a time of day of the engine: "12:03:20 UTC".

    Never local: it becomes part of a verdict, which consoles elsewhere read.
    """
    if when is None or not math.isfinite(when):
        return "an unknown time"
    try:
        return time.strftime("%H:%M:%S UTC", time.gmtime(when))
    except (OverflowError, OSError, ValueError):
        return "an unknown time"


def _words(there: datetime.datetime | None, form: str) -> str:
    return there.strftime(form) if there is not None else "an unknown time"
