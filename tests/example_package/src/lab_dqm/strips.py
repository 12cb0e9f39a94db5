"""A check of detectors whose strips are read by two boards in turn."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

import numpy as np

from dqmconsole.checks.check import (
    Check,
    Example,
    Result,
    grade,
    limits_above,
    wrong_order,
)
from dqmconsole.model.verdict import Status

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dqmconsole.checks.batch import Batch


class AlternateStrips(Check, frozen=True):
    """Even and odd strips, which two boards read in turn, see the same.

    Attributes:
        warn_above, bad_above: difference of their entries, as a share of all, 0 to 1.
        entries: needed in all.
    """

    NAME: ClassVar[str] = "alternate_strips"
    DIMENSIONS: ClassVar[tuple[int, ...]] = (1,)
    PROFILES: ClassVar[bool] = False

    warn_above: float | None = 0.1
    bad_above: float | None = 0.3
    entries: float = 100.0

    @np.errstate(all="ignore")
    def judge(self, batch: Batch) -> list[Result]:
        """One result a row: all rows are computed at once."""
        values = np.where(batch.judged, batch.data.values(), 0.0)
        even, odd = values[:, 0::2].sum(1), values[:, 1::2].sum(1)
        total = even + odd
        share = np.abs(even - odd) / total
        statuses = grade(share, self.warn_above, self.bad_above)
        limits = limits_above(self.warn_above, self.bad_above)
        found = []
        for row, status in enumerate(statuses):
            if not total[row] >= self.entries:
                words = f"{total[row]:g} entries, {self.entries:g} needed"
                found.append(Result(Status.LOW_STATISTICS, words))
                continue
            words = f"even and odd strips differ by {100 * share[row]:.1f}%"
            found.append(Result(status, words, float(share[row]), limits))
        return found

    def wrong(self) -> Iterator[tuple[str, str]]:
        """Limits that cannot be meant."""
        yield from wrong_order(self.warn_above, self.bad_above, "bad_above")

    @classmethod
    def examples(cls) -> tuple[Example, ...]:
        """Cases: what they say is tested, and stands in the list of checks."""
        return (
            Example("alike", cls(), (50, 51, 52, 49), Status.GOOD),
            Example("rather uneven", cls(), (60, 40, 60, 40), Status.WARNING),
            Example("one board is off", cls(), (90, 0, 80, 0), Status.BAD),
            Example("too few", cls(), (1, 0, 2, 0), Status.LOW_STATISTICS),
        )
