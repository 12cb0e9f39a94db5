"""Moments as people read them: one clock, UTC, wherever the process runs."""

from __future__ import annotations

import math
import time


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
