"""A check that never ends, for the tests: what an engine does about it."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, ClassVar

from dqmconsole.checks.check import Check, Example, Result
from dqmconsole.model.verdict import Status

if TYPE_CHECKING:
    from dqmconsole.checks.batch import Batch


class Endless(Check, frozen=True):
    """It waits for a machine that never answers."""

    NAME: ClassVar[str] = "endless"

    def judge(self, batch: Batch) -> list[Result]:
        """Never returns."""
        del batch
        while True:
            time.sleep(60)

    @classmethod
    def examples(cls) -> tuple[Example, ...]:
        """One that is never judged."""
        return (Example("never judged", cls(), (1,), Status.GOOD),)
