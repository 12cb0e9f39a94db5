"""How a number of a plot went, as histograms to draw: by lumisection, and over runs."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from dqmconsole.model.histogram import Axis, Histogram

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dqmconsole.model.history import HistoryPoint, NumberOf
    from dqmconsole.model.verdict import Verdict

MOST_RUNS = 60  # the newest ones
QUANTITIES: tuple[NumberOf, ...] = ("entries", "mean", "rms", "bin")
NAMES: dict[NumberOf, str] = {
    "entries": "entries",
    "mean": "mean",
    "rms": "RMS",
    "bin": "bin",
}
UPDATE = "update"  # the axis of updates that have no lumisections
_EXACT = 1e-12  # of a value, for one without an error


def by_lumisection(
    points: Sequence[HistoryPoint], lumisection: str, title: str
) -> Histogram | None:
    """The number in each update of a run; what lies between updates is a gap.

    Args:
        points: the updates, ascending. What was recorded again replaces what was
            before. Where they have no lumisections they are counted.
        lumisection: what the experiment calls a lumisection.
        title: of the values.

    Returns:
        A profile with a bin an update; None where no update has a number.
    """
    if not any(each.value is not None for each in points):
        return None
    placed = all(0 < each.first <= each.last for each in points)
    edges: list[float] = []
    shown: list[HistoryPoint | None] = []
    for number, point in enumerate(points, 1):
        first, last = (point.first, point.last) if placed else (number, number)
        low, high = first - 0.5, last + 0.5
        while shown and low < edges[-1] and len(edges) > 1 and low <= edges[-2]:
            edges.pop()
            shown.pop()
        if not edges:
            edges.append(low)
        if low > edges[-1]:
            edges.append(low)
            shown.append(None)
        if high > edges[-1]:
            edges.append(high)
            shown.append(point)
    along = lumisection if placed else UPDATE
    variable = np.array(edges)
    axis = Axis(len(shown), edges[0], edges[-1], variable=variable, title=along)
    return _drawn(axis, shown, title)


def over_runs(points: Sequence[HistoryPoint], title: str) -> Histogram | None:
    """The number in each of the newest runs; None where none has one.

    Args:
        points: the runs, ascending.
        title: of the values.
    """
    shown = [each for each in points if each.value is not None][-MOST_RUNS:]
    if not shown:
        return None
    labels = tuple(str(each.run) for each in shown)
    axis = Axis(len(shown), 0.0, float(len(shown)), title="run", labels=labels)
    return _drawn(axis, shown, title)


def limits_of(
    verdict: Verdict | None, quantity: NumberOf, *, run: bool
) -> tuple[tuple[float, str], ...]:
    """The limits of the check that decided, where they are for this very number.

    Those of a shift, of percents or of entries in so many updates are for others.

    Args:
        verdict: on the plot.
        quantity: the number.
        run: of whole runs; else of single updates.
    """
    check = None if verdict is None else next(iter(verdict.checks), None)
    if check is None or check.check != quantity or check.origin == "producer":
        return ()
    if any(word in check.configuration for word in ("shift", "percent", "axis: y")):
        return ()
    if quantity == "entries" and (check.span or not run):
        return ()
    return check.limits


def _drawn(axis: Axis, points: Sequence[HistoryPoint | None], title: str) -> Histogram:
    """A profile whose means are the numbers, whose errors are theirs."""
    values, weights = np.zeros(len(points) + 2), np.zeros(len(points) + 2)
    for at, point in enumerate(points, 1):
        if point is None or point.value is None:
            continue
        least = max(abs(point.value) * _EXACT, _EXACT)
        error = point.error if point.error and math.isfinite(point.error) else least
        weights[at] = max(error, least) ** -2
        values[at] = point.value * weights[at]
    return Histogram(
        "history", "", "TProfile", (axis,), values,
        sumw2=np.zeros_like(values), bin_entries=weights, error_mode="g", y_title=title,
    )  # fmt: skip
