"""Which limits of checks can be tuned, and the values that are set against them."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, NamedTuple

import msgspec
import numpy as np

from dqmconsole.checks.limits import Within
from dqmconsole.model.verdict import JUDGED

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dqmconsole.checks.check import Check, Result
    from dqmconsole.model.histogram import Array

_PROBE = 1e-12  # a limit that all sizes are beyond
# What a result's value is; p-values, chi2 and outliers beside it are not told by it.
_SIZES = ("below", "above", "shift", "percent", "spread")
# Limits of these are no matter of size, or of sizes that grow with the run.
_FIXED = frozenset(
    ("not_empty", "no_bad_numbers", "frozen", "must_grow", "must_not_grow", "equal")
)
_GROWING = {"entries": ("above", "below")}


class Pair(NamedTuple):
    """A WARNING's and a BAD limit of a check that go together.

    Attributes:
        suffix: what their names have in common: "above", "shift".
        warn, bad: their names; None where it is not set.
    """

    suffix: str
    warn: str | None
    bad: str | None

    @property
    def below(self) -> bool:
        """Smaller is worse."""
        return self.suffix == "below"

    @property
    def names(self) -> tuple[str, ...]:
        """Those that are set."""
        return tuple(each for each in (self.warn, self.bad) if each is not None)


def pairs_of(check: Check) -> list[Pair]:
    """The limits of a check that are sizes, and set."""
    if check.NAME in _FIXED:
        return []
    found = []
    for suffix in _SIZES:
        if suffix in _GROWING.get(check.NAME, ()):
            continue
        set_ = [
            name if getattr(check, name, None) is not None else None
            for name in (f"warn_{suffix}", f"bad_{suffix}")
        ]
        if any(set_):
            found.append(Pair(suffix, *set_))
    return found


def probing(check: Check, pair: Pair) -> Check:
    """A check with one limit alone, beyond which lies all that can be."""
    others: dict[str, float | None] = {
        each.name: None
        for each in msgspec.structs.fields(check)
        if each.name.startswith(("warn_", "bad_"))
    }
    least = math.inf if pair.below else _PROBE
    if _is_place(check, pair) and not pair.below:
        least = -math.inf
    others[f"warn_{pair.suffix}"] = least
    return msgspec.structs.replace(check, **others)


def values_of(results: Sequence[Result], check: Check, pair: Pair) -> Array:
    """The values that limits are set against, ``(n,)``; NaN of rows not judged by them.

    Also those that are too unsure to be called wrong: how far these lie is smooth,
    and a limit that lies farther needs no luck.

    Args:
        results: of the :func:`probing` check, one a row.
        check: with its limits.
        pair: of these.
    """
    sized = not pair.below and not _is_place(check, pair)
    found = np.full(len(results), np.nan)
    for row, each in enumerate(results):
        if each.status in JUDGED and each.value is not None and each.limits:
            # some checks widen their limits by how much is known
            found[row] = each.value / (each.limits[0][0] / _PROBE if sized else 1.0)
    return found


def _is_place(check: Check, pair: Pair) -> bool:
    """Whether the limits are places on an axis, of any sign, and not sizes."""
    return isinstance(check, Within) and pair.suffix in ("above", "below")
