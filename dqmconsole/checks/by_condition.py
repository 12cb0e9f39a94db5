"""Limits that depend on a condition of the run.

A layout writes ``bad_above: {pileup: {20: 0.1, 60: 0.3}}``: 0.1 up to a pile-up of 20,
0.3 from 60 on, and on the straight line between.
"""

from __future__ import annotations

import functools
import itertools
import math
import types
import typing
from typing import TYPE_CHECKING, NamedTuple

import msgspec
import numpy as np

from dqmconsole.model.when import MEASURED

if TYPE_CHECKING:
    from collections.abc import Mapping

    from dqmconsole.checks.check import Check

EXAMPLE = "{pileup: {20: 0.1, 60: 0.3}}"


class LimitError(ValueError):
    """What is written depends on a condition in no way that can be meant."""


class ByCondition(NamedTuple):
    """A limit by a condition.

    Attributes:
        condition: its name.
        points: values of the condition, which ascend, each with the limit there.
    """

    condition: str
    points: tuple[tuple[float, float], ...]

    def __str__(self) -> str:
        points = ", ".join(f"{value:g}: {limit:g}" for value, limit in self.points)
        return f"{{{self.condition}: {{{points}}}}}"

    def at(self, value: float) -> float:
        """The limit where the condition has this value."""
        values, limits = zip(*self.points, strict=True)
        return float(np.interp(value, values, limits))


def is_limit(check: type[Check], key: str) -> bool:
    """Tell whether what a check has under a key is a limit that is one number."""
    field = _limits(check).get(key)
    kinds = () if field is None else (field, *typing.get_args(field))
    return float in kinds


@functools.cache
def _limits(check: type[Check]) -> dict[str, object]:
    return {
        each.encode_name: each.type
        for each in msgspec.structs.fields(check)
        if each.name.startswith(("warn", "bad"))
        and typing.get_origin(each.type) in (None, types.UnionType, typing.Union)
    }


def by_condition(written: Mapping[str, object]) -> ByCondition:
    """The limit that a mapping means.

    Args:
        written: one condition with limits by its values: numbers, or their text.

    Raises:
        LimitError: it means none.
    """
    if len(written) != 1:
        message = f"depends on one condition, such as {EXAMPLE}"
        raise LimitError(message)
    ((condition, points),) = written.items()
    if not isinstance(points, dict) or len(points) < 2:
        message = f"needs two values of {condition} or more, as in {EXAMPLE}"
        raise LimitError(message)
    found = sorted(
        (_finite(value, condition), _finite(limit, "limit"))
        for value, limit in points.items()
    )
    for (value, _), (following, _) in itertools.pairwise(found):
        if value == following:
            message = f"has two limits at {condition} {value:g}"
            raise LimitError(message)
    return ByCondition(condition, tuple(found))


def widest(key: str, limit: ByCondition) -> float:
    """The limit that finds least wrong.

    Args:
        key: its name: what is below some are wrong, above all others.
        limit: it.
    """
    limits = [each for _, each in limit.points]
    return min(limits) if "below" in key else max(limits)


def words_of(condition: str) -> str:
    """A condition in words."""
    return MEASURED.get(condition, (condition, ""))[0]


def _finite(given: object, what: str) -> float:
    try:
        found = float(given) if not isinstance(given, bool) else math.nan  # type: ignore[arg-type]
    except (TypeError, ValueError):
        found = math.nan
    if not math.isfinite(found):
        message = f'has "{given}" where a number stands ({what})'
        raise LimitError(message)
    return found
