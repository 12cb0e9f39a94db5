"""Moments as people read them: one clock, UTC, wherever the process runs."""

from __future__ import annotations

import datetime
import math
import time


def utc(when: float) -> datetime.datetime | None:
    """A unix time, s, in UTC; None for what is no time: a clock may say anything."""
    try:
        return datetime.datetime.fromtimestamp(when, datetime.UTC)
    except (OverflowError, OSError, ValueError):
        return None


def clock_words(when: float) -> str:
    """A unix time, s, to the minute: "12:03 UTC"."""
    there = utc(when)
    return f"{there:%H:%M} UTC" if there is not None else "an unknown time"


def moment_words(when: float) -> str:
    """A unix time, s, to the minute, with its day: "2026-11-26 12:03 UTC"."""
    there = utc(when)
    return f"{there:%Y-%m-%d %H:%M} UTC" if there is not None else "an unknown time"


def date_words(when: float) -> str:
    """The day of a unix time, s, in UTC: "2026-11-26"."""
    there = utc(when)
    return there.date().isoformat() if there is not None else "an unknown day"


def day_words(when: float) -> str:
    """The day and time of a unix time, s: "24 Nov 2026, 07:02 UTC"."""
    there = utc(when)
    return f"{there:%d %b %Y, %H:%M} UTC" if there is not None else "an unknown time"


def time_of_day(when: float | None) -> str:
    """A unix time, s, as a time of day: "12:03:20 UTC".

    Not local: engine and console may stand in different zones.
    """
    if when is None or not math.isfinite(when):
        return "an unknown time"
    try:
        return time.strftime("%H:%M:%S UTC", time.gmtime(when))
    except (OverflowError, OSError, ValueError):
        return "an unknown time"
