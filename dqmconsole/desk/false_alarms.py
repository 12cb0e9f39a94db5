"""Limits that good data cross as seldom as is asked for: the statistics of tuning.

Runs differ from one another, and the updates of one run from one another; both count,
each by how often it is drawn again: one draw a run, and one a look. How far their tails
reach is not seen in a few runs. So the limits are those of a *prediction*, which few
values make wide: Student's of what runs do, and of many values the exponential tail,
too (the wider of both holds). Neither is nearer than the farthest good value.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import msgspec
import numpy as np

from dqmconsole.model.run_quality import surely_below

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dqmconsole.model.histogram import Array

LEAST_RUNS = 5  # good runs from which how they differ can be said, as of bands
MANY = 30  # values from which the tail is looked at, and not only their spread
_TAIL = 10  # the farthest of so many values are its tail
_LEAST_TAIL = 5
_MOST = 0.05  # chance, at most: the limits are those of tails


class Chances(msgspec.Struct, frozen=True):
    """How probable it may be that good data cross one limit.

    Attributes:
        run: in a run, for how it differs from others.
        look: in one look at it, for how it differs from the rest of its run.
    """

    run: float
    look: float


class Measured(msgspec.Struct, frozen=True):
    """How often something was seen in good data.

    Attributes:
        alarms: how often.
        hours: in which time, h; 0 where that is not known.
    """

    alarms: int
    hours: float

    @property
    def rate(self) -> float:
        """Per hour; NaN where the time is not known."""
        return self.alarms / self.hours if self.hours else math.nan

    @property
    def at_most(self) -> float:
        """The rate per hour that is surely (95 %) not exceeded; NaN likewise."""
        return surely_below(self.alarms) / self.hours if self.hours else math.nan


def chances(
    every: float, hours: float, period: float | None, limits: int, spans: int
) -> Chances:
    """What one false alarm in some time leaves to one limit over one span.

    It is shared evenly over all limits and spans, half of it for how runs differ and
    half for updates. Each look counts as a draw of its own, although windows overlap
    and checks want several looks to agree: so there are fewer alarms, never more.

    Args:
        every: hours from one false alarm to the next.
        hours: that a run lasts.
        period: of the updates, s; None where runs are looked at as a whole alone.
        limits: that share it.
        spans: over which each is applied: the run, and windows of it.
    """
    share = 1.0 / (every * max(limits, 1) * max(spans, 1))
    if period is None:
        return Chances(min(share * hours, _MOST), 0.0)
    by_run = min(0.5 * share * hours, _MOST)
    return Chances(by_run, min(0.5 * share * period / 3600.0, _MOST))


def limit_of(runs: Sequence[Array], may: Chances) -> float:
    """What good data exceed as seldom as they may.

    Args:
        runs: the values of each good run, one array each, none empty; two at least.
            Larger is worse.
        may: how often.
    """
    means = np.array([each.mean() for each in runs])
    middle = float(means.mean())
    between = max(
        student_reach(means, len(means) - 1, may.run), float(means.max()) - middle
    )
    rest = np.concatenate([each - each.mean() for each in runs])
    free = len(rest) - len(runs)
    within = 0.0
    if free > 0 and may.look > 0:
        within = max(
            student_reach(rest, free, may.look),
            exponential_reach(rest, may.look),
            float(rest.max()),
        )
    return middle + between + within


def student_reach(values: Array, free: int, chance: float) -> float:
    """How far above their mean another value lies with a chance, of normal values.

    The quantile of Student's t for a prediction: its error includes that mean and
    spread are known from these values alone.

    Args:
        values: they.
        free: degrees of freedom of their spread.
        chance: of one that lies farther.
    """
    from scipy import special

    spread = math.sqrt(float(((values - values.mean()) ** 2).sum()) / free)
    return -float(special.stdtrit(free, chance)) * spread * _widened(len(values))


def exponential_reach(values: Array, chance: float) -> float:
    """What another value exceeds with a chance, where tails fall exponentially.

    The farthest tenth is the tail. The quantile is that of a prediction, as of
    Student's: of few values in the tail it is wider. Minus infinity of fewer than
    :data:`MANY` values.
    """
    many = len(values)
    if many < MANY:
        return -math.inf
    tail = max(many // _TAIL, _LEAST_TAIL)
    ordered = np.sort(values)
    begins = float(ordered[-tail - 1])
    share = (tail + 1) / (many + 1)
    if chance >= share:
        return begins
    total = float((ordered[-tail:] - begins).sum())
    return begins + total * math.expm1(math.log(share / chance) / tail)


def widening(runs: int, chance: float) -> float:
    """How much farther from the mean a limit lies than if many runs were known."""
    from scipy import special

    many = float(special.ndtri(chance))
    return float(special.stdtrit(runs - 1, chance)) / many * _widened(runs)


def _widened(many: int) -> float:
    return math.sqrt(1.0 + 1.0 / many)
