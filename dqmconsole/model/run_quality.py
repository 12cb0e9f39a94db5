"""What is known of recorded good runs: which they are, and what went off in them."""

from __future__ import annotations

import hashlib
import math
from functools import lru_cache

import msgspec

_SURE = 0.95


class RunQuality(msgspec.Struct, frozen=True, gc=False):
    """Whether the data of one subsystem in one run are good; unsaid is not good.

    Attributes:
        run: its number.
        subsystem: the first part of the paths of its plots.
        good: all of it is.
        bad: lumisections that are not, from and until, both inclusive; none where it
            is not known which. 0 as an end: until the run's.
        by: who said so.
        at: when, unix time, s: what was said later holds.
        why: in words; "" for the flags of the shift.
    """

    run: int
    subsystem: str
    good: bool
    bad: tuple[tuple[int, int], ...] = ()
    by: str = ""
    at: float = 0.0
    why: str = ""


class FalseAlarms(msgspec.Struct, frozen=True, gc=False):
    """How often a check of a plot went off in good runs, as it was measured.

    Attributes:
        path: path of the monitor element.
        check: name of the check.
        run_type: of the runs; "" where nobody knows it.
        configuration: :func:`digest_of` its limits and options.
        alarms: times that it went off.
        hours: that these runs lasted, h.
        runs: how many there were.
        at: when it was measured, unix time, s.
    """

    path: str
    check: str
    run_type: str
    configuration: str
    alarms: int
    hours: float
    runs: int
    at: float = 0.0


def digest_of(configuration: str) -> str:
    """Short hash of the configuration of a check, as results have it."""
    return hashlib.blake2b(configuration.encode(), digest_size=8).hexdigest()


@lru_cache(maxsize=1024)  # asked with every look at a plot: 400 alarms take 7 ms
def surely_below(alarms: int) -> float:
    """The Poisson mean that is not exceeded, at 95 %, where so many were seen: exact.

    As many or fewer are then seen in one of twenty cases.
    """
    low, high = float(alarms), alarms + 10.0 * math.sqrt(alarms + 1.0)
    while high - low > 1e-9 * high:
        middle = 0.5 * (low + high)
        terms = (
            math.exp(each * math.log(middle) - middle - math.lgamma(each + 1))
            for each in range(alarms + 1)
        )
        if math.fsum(terms) > 1.0 - _SURE:
            low = middle
        else:
            high = middle
    return high
