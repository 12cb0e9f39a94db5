"""Checks of how much there is: entries."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

import numpy as np

from dqmconsole.checks.batch import flat
from dqmconsole.checks.check import (
    Check,
    Example,
    Result,
    grade,
    limits_below,
    wrong_order,
)
from dqmconsole.checks.sentences import number
from dqmconsole.model.verdict import Status

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dqmconsole.checks.batch import Batch


class NotEmpty(Check, frozen=True):
    """Something was filled, as soon as enough events were seen.

    Like ATLAS's Histogram_Not_Empty, but that what is empty is not called too few:
    where events were seen and nothing was filled, that is what is wrong.

    Attributes:
        warn_below, bad_below: fewer fills than this in the inner bins.
        events: events that must have been seen before nothing means anything.
    """

    NAME: ClassVar[str] = "not_empty"
    DIMENSIONS: ClassVar[tuple[int, ...]] = (1, 2, 3)

    warn_below: float | None = None
    bad_below: float | None = 1.0
    events: float = 1.0

    def judge(self, batch: Batch) -> list[Result]:
        """One result a row."""
        filled = np.abs(flat(np.where(batch.judged, batch.data.weights(), 0.0))).sum(1)
        limits = limits_below(self.warn_below, self.bad_below)
        statuses = grade(filled, self.warn_below, self.bad_below, below=True)
        found = []
        for total, status, seen in zip(
            filled.tolist(), statuses, batch.exposure.tolist(), strict=True
        ):
            if status is not Status.GOOD and not seen >= self.events:
                words = f"{number(total)} entries; it is not known of how many events"
                if seen < self.events:
                    words = f"{number(seen)} events seen, {self.events:g} needed"
                found.append(Result(Status.LOW_STATISTICS, words))
                continue
            words = "it is empty" if not total else f"{number(total)} entries"
            words += f" in {number(seen)} events" if seen >= 0 else ""
            found.append(Result(status, words, total, limits, gross=not total))
        return found

    def wrong(self) -> Iterator[tuple[str, str]]:
        """Limits that cannot be meant."""
        yield from wrong_order(self.warn_below, self.bad_below, "bad_below", below=True)

    @classmethod
    def examples(cls) -> tuple[Example, ...]:
        """Cases."""
        return (
            Example("filled", cls(), (0, 3, 1), Status.GOOD, exposure=100),
            Example("empty", cls(), (0, 0, 0), Status.BAD, exposure=100),
            Example("no events yet", cls(), (0, 0), Status.LOW_STATISTICS, exposure=0),
            Example(
                "fewer than usual",
                cls(warn_below=5),
                (0, 3, 1),
                Status.WARNING,
                exposure=100,
            ),
        )
