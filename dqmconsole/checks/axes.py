"""What of a check's settings means nothing on the axes of a plot."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dqmconsole.checks.bins import BinsOutside
from dqmconsole.checks.sentences import number

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from dqmconsole.checks.check import Check
    from dqmconsole.model.histogram import Axis

_NAMES = "xyz"


def misfits(check: Check, axes: Sequence[Axis]) -> Iterator[tuple[str, str]]:
    """Name each setting that means nothing on such axes, and say why.

    Settings are known by their names: ``axis`` and ``ring`` name an axis; ``low`` and
    ``high`` are places on it (of ``bins_outside`` contents); ``last`` counts bins;
    ``labels`` are of bins.

    Args:
        check: the check.
        axes: of the histogram it is to judge.
    """
    for key in ("axis", "ring"):
        name = getattr(check, key, "x")
        if name in _NAMES and _NAMES.index(name) >= len(axes):
            many = "1 axis" if len(axes) == 1 else f"{len(axes)} axes"
            yield key, f"there is no {name}, the plot has {many}"
    name = getattr(check, "axis", "x")
    if _NAMES.index(name) < len(axes):
        axis = axes[_NAMES.index(name)]
        for key in places(check):
            at = getattr(check, key)
            if not axis.low <= at <= axis.high:
                words = f"{number(at)} is off the axis {name}, which goes from "
                yield key, f"{words}{number(axis.low)} to {number(axis.high)}"
    last = getattr(check, "last", 0)
    if last > axes[0].bins:
        yield "last", f"{last} bins of {axes[0].bins}"
    there = {label for axis in axes for label in axis.labels if label}
    for label in getattr(check, "labels", ()):
        if label not in there:
            yield "labels", f'no bin has the label "{label}"'


def places(check: Check) -> Iterator[str]:
    """The settings of a check that are places on an axis, and are set."""
    if isinstance(check, BinsOutside):
        return  # its low and high are contents
    for key in ("low", "high"):
        if getattr(check, key, None) is not None:
            yield key


_COMPARED = ("shift", "percent", "new_above")


def compares(check: Check) -> bool:
    """Tell whether a check, with its settings, needs a reference."""
    limits = (f"{word}_{what}" for word in ("warn", "bad") for what in _COMPARED)
    return (
        check.REFERENCE
        or getattr(check, "against", None) == "reference"
        or any(getattr(check, limit, None) is not None for limit in limits)
    )
