"""A moment of a recorded run that somebody looks at, in place of now."""

from __future__ import annotations

import msgspec

from dqmconsole.model.run import run_words
from dqmconsole.model.words import counted


class PastMoment(msgspec.Struct, frozen=True, gc=False):
    """A run as it stood at the end of a lumisection, or what a span of it added.

    Attributes:
        run: the run.
        last: the last lumisection that counts.
        first: the first one; None: all since the run began.
    """

    run: int
    last: int
    first: int | None = None

    def words(self, unit: str) -> str:
        """In words: "run 398214 up to LS 178", "what LS 120–134 of run 398214 added".

        Args:
            unit: what stands before the number of a lumisection.
        """
        if self.first is None:
            return f"{run_words(self.run)} up to {unit} {self.last}"
        span = span_words(self.first, self.last, unit)
        return f"what {span} of {run_words(self.run)} added"


def span_words(first: int, last: int, unit: str) -> str:
    """Some lumisections in words: "LS 120–134", "LS 7"."""
    return f"{unit} {last}" if first == last else f"{unit} {first}–{last}"


def length_words(many: int, unit: str) -> str:
    """How many lumisections, in short: "60 LS", "60 spills"."""
    return f"{many} {unit}" if unit == "LS" else counted(many, unit)
