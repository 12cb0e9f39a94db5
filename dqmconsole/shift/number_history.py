"""How a number of a plot went, as histograms to draw: by lumisection, and over runs."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, NamedTuple

import msgspec
import numpy as np

from dqmconsole.model.graph import Graph
from dqmconsole.model.histogram import Axis, Histogram
from dqmconsole.model.run import run_number

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dqmconsole.model.history import HistoryPoint, NumberOf
    from dqmconsole.model.run import Conditions
    from dqmconsole.model.site import SiteSettings
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
_ROOM = 0.03  # of the run numbers, that stays free at either end
_EXACT = 1e-12  # of a value, for one without an error


def of_the_run(points: Sequence[HistoryPoint]) -> Sequence[HistoryPoint]:
    """The updates without what a record of finished files has before the first.

    That is of no lumisection, and all others have theirs.
    """
    first, others = points[:1], points[1:]
    before = others and first[0].last == 0 and are_placed(others)
    return others if before else points


def are_placed(points: Sequence[HistoryPoint]) -> bool:
    """Whether it is known of all updates which lumisections they cover."""
    return all(0 < each.first <= each.last for each in points)


def per_lumisection(points: Sequence[HistoryPoint]) -> list[HistoryPoint]:
    """What each update added, divided by its lumisections: a long one adds no more."""
    shared = []
    for each in points:
        many = each.last - each.first + 1
        value = None if each.value is None else each.value / many
        error = None if each.error is None else each.error / many
        shared.append(msgspec.structs.replace(each, value=value, error=error))
    return shared


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
    placed = are_placed(points)
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


class OverRuns(NamedTuple):
    """The number over runs, to draw; along x the run numbers.

    Attributes:
        data: the runs in which the plot is booked as usual, but for the chosen one.
        marked: points, each kind with its title: the runs in which it was booked
            otherwise, and the run that was chosen; where there are such.
    """

    data: Histogram
    marked: tuple[Graph, ...]


def newest(points: Sequence[HistoryPoint]) -> list[HistoryPoint]:
    """The newest runs that have a number, of those that are given, ascending."""
    return [each for each in points if each.value is not None][-MOST_RUNS:]


def over_runs(
    points: Sequence[HistoryPoint], title: str, chosen: int = 0
) -> OverRuns | None:
    """The number in each of the newest runs; None where none has one.

    What lies between runs is a gap, and so is some room at both ends.

    Args:
        points: the runs, ascending.
        title: of the values.
        chosen: a run, or 0.
    """
    runs = newest(points)
    if not runs:
        return None
    room = max(_ROOM * (runs[-1].run - runs[0].run), 1.0)
    edges = [runs[0].run - 0.5 - room]
    shown: list[HistoryPoint | None] = []
    for point in runs:
        if point.run - 0.5 > edges[-1]:
            edges.append(point.run - 0.5)
            shown.append(None)
        edges.append(point.run + 0.5)
        shown.append(point)
    edges.append(edges[-1] + room)
    shown.append(None)
    axis = Axis(len(shown), edges[0], edges[-1], variable=np.array(edges), title="run")

    usual = [
        None if each and (each.booked_otherwise or each.run == chosen) else each
        for each in shown
    ]
    marked = (
        (
            "booked otherwise",
            [each for each in runs if each.booked_otherwise and each.run != chosen],
        ),
        (f"run {run_number(chosen)}", [each for each in runs if each.run == chosen]),
    )
    return OverRuns(
        _drawn(axis, usual, title),
        tuple(_points(name, found) for name, found in marked if found),
    )


def run_words(
    point: HistoryPoint, conditions: Conditions | None, settings: SiteSettings
) -> str:
    """What is known of a run of a history: its number, and the run's conditions.

    Args:
        point: the run.
        conditions: of the run; None where its record is gone.
        settings: what the site calls conditions.
    """
    words = f"run {run_number(point.run)}: {_short(point.value)}"
    if point.error:
        words += f" ± {point.error:.2g}"
    parts = ["booked otherwise"] if point.booked_otherwise else []
    if conditions is None:
        return ", ".join([words, *parts, "its record is gone, only the number is kept"])
    number = {
        "fill": conditions.fill,
        "pileup": conditions.pileup,
        "magnet": conditions.magnet,
    }
    parts += filter(None, (conditions.run_type, conditions.beam_mode))
    parts += [
        f"{settings.name_of(name).lower()} {each:.6g}"
        for name, each in number.items()
        if each is not None
    ]
    parts += [f"{name} {each}" for name, each in (conditions.scalars or {}).items()]
    return ", ".join([words, *parts])


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


def _short(value: float | None) -> str:
    return "" if value is None else f"{value:.4g}"


def _points(title: str, runs: Sequence[HistoryPoint]) -> Graph:
    x, y, errors = (
        np.array([float(one or 0.0) for one in column])
        for column in zip(
            *((each.run, each.value, each.error) for each in runs), strict=True
        )
    )
    half = np.full(len(runs), 0.5)
    return Graph("history", title, "TGraphErrors", x, y, (half, half), (errors, errors))


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
