"""A check that takes its time, for the tests: what stops its engine is another."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, ClassVar

from dqmconsole.checks.check import Check, Example, Result
from dqmconsole.model.verdict import Status

if TYPE_CHECKING:
    from dqmconsole.checks.batch import Batch

PAUSE = 1.0  # s


class Pausing(Check, frozen=True):
    """It waits for a machine that answers late."""

    NAME: ClassVar[str] = "pausing"

    def judge(self, batch: Batch) -> list[Result]:
        """GOOD, after a while."""
        time.sleep(PAUSE)
        return [Result(Status.GOOD, "the machine answered") for _ in batch.spans]

    @classmethod
    def examples(cls) -> tuple[Example, ...]:
        """Any."""
        return (Example("it answers", cls(), (1,), Status.GOOD),)
