"""At which size a fault is found how often, with what is not known of that."""

from __future__ import annotations

import math
from collections import Counter
from typing import TYPE_CHECKING

import msgspec

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

_SIGMAS = 1.96  # of an interval at 95 %


class SizeFound(msgspec.Struct, frozen=True):
    """The size that is found with a power, and where it lies at 95 %.

    Attributes:
        size: interpolated; None: larger than the largest that was tried.
        low: it is surely not smaller; None: that is not known.
        high: it is surely not larger; None: that is not known.
    """

    size: float | None = None
    low: float | None = None
    high: float | None = None


class Tried(msgspec.Struct, frozen=True):
    """How often a size was tried, and found."""

    size: float
    tried: int
    found: int


def tried(trials: Iterable[tuple[float, bool]]) -> list[Tried]:
    """Trials put together by size, ascending.

    Args:
        trials: size of each, and whether it was found.
    """
    trials = list(trials)
    many = Counter(size for size, _ in trials)
    found = Counter(size for size, was in trials if was)
    return [Tried(size, many[size], found[size]) for size in sorted(many)]


def size_with(power: float, trials: Sequence[Tried]) -> SizeFound:
    """The size that is found with a power.

    Shares never fall with size: neighbours that do are put together. Between two sizes
    the logarithm is interpolated.

    Args:
        power: share of the trials in which it is found, above 0 and up to 1.
        trials: by size, ascending.
    """
    shares = _rising(trials)
    size = None
    for at, share in enumerate(shares):
        if share < power:
            continue
        size = trials[at].size
        if at and share > shares[at - 1]:
            part = (power - shares[at - 1]) / (share - shares[at - 1])
            before = math.log(trials[at - 1].size)
            size = math.exp(before + part * (math.log(size) - before))
        break
    sure = [wilson(each.found, each.tried) for each in trials]
    below = [one.size for one, (_, high) in zip(trials, sure, strict=True)
             if high < power]  # fmt: skip
    above = [one.size for one, (low, _) in zip(trials, sure, strict=True)
             if low >= power]  # fmt: skip
    low, high = max(below, default=None), min(above, default=None)
    if size is not None:  # chance may bend the shares; the size lies within
        low = None if low is None else min(low, size)
        high = None if high is None else max(high, size)
    return SizeFound(size, low, high)


def wilson(found: int, many: int) -> tuple[float, float]:
    """Where a share lies at 95 % (Wilson's interval); 0 to 1 where none was tried."""
    if not many:
        return 0.0, 1.0
    share, wide = found / many, _SIGMAS**2 / many
    middle = share + wide / 2
    reach = _SIGMAS * math.sqrt(share * (1 - share) / many + wide / (4 * many))
    low, high = (middle - reach) / (1 + wide), (middle + reach) / (1 + wide)
    # rounding does not put the share outside
    return min(max(low, 0.0), share), max(min(high, 1.0), share)


def _rising(trials: Sequence[Tried]) -> list[float]:
    """The shares, none lower than that of a smaller size."""
    blocks: list[list[int]] = []  # found, tried, sizes
    for each in trials:
        blocks.append([each.found, each.tried, 1])
        while len(blocks) > 1 and (
            blocks[-2][0] * blocks[-1][1] > blocks[-1][0] * blocks[-2][1]
        ):
            last = blocks.pop()
            blocks[-1] = [a + b for a, b in zip(blocks[-1], last, strict=True)]
    return [found / many for found, many, sizes in blocks for _ in range(sizes)]
