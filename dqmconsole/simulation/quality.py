"""Quality tests of the simulated clients: what they look at, and what they find.

They look at the histograms just written and at those of earlier snapshots, never
at the state or the table. A cumulative histogram is judged on its increase over
the last lumisections, so that a fault shows late in a run and its alarm clears
(cmssw#24757). Codes are CMS's (cmssw DQMServices/Core, DQMDefinitions.h); the
algorithms resemble those of its QTest.cc, but too few entries give 70, result -1.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

import msgspec
import numpy as np

from dqmconsole.model.histogram import Array, Histogram

GOOD, WARNING, ERROR, TOO_FEW, INVALID = 100, 200, 300, 70, 60


class QualityOutcome(msgspec.Struct, frozen=True):
    """What a test found: CMS status code, result in [0, 1] or -1, and words."""

    code: int
    result: float
    message: str


class QualityInput(msgspec.Struct, frozen=True, eq=False):
    """What a test looks at.

    Attributes:
        now: the histogram just written.
        increase: its contents minus those of the snapshot at the window's start.
        weights: of a profile: likewise its entries per bin, else None.
        first, last: lumisections of the window.
        written: everything just written, by path, for ratios.
        cells: flat indices of the bins that exist (flow bins counted, C order).
        known: those of them that are known to be empty.
    """

    now: Histogram
    increase: Array
    weights: Array | None
    first: int
    last: int
    written: Mapping[str, Histogram]
    cells: Array
    known: Array

    @property
    def span(self) -> str:
        """The window in words."""
        if self.first == self.last:
            return f"LS {self.last}"
        return f"LS {self.first}–{self.last}"


class QualityTest(Protocol):
    """One quality test of one element.

    Attributes:
        name: the test.
        window: lumisections it looks back over.
        part: the part of the report summary it counts for.
    """

    @property
    def name(self) -> str:
        """Name of the test."""

    @property
    def window(self) -> int:
        """Lumisections it looks back over."""

    @property
    def part(self) -> str:
        """Part of the report summary."""

    def judge(self, given: QualityInput) -> QualityOutcome:
        """Judge an element; pure."""


def too_few(message: str) -> QualityOutcome:
    """The verdict where there is not enough to judge."""
    return QualityOutcome(TOO_FEW, -1.0, message)


def graded(
    value: float, warn: float, bad: float, result: float, message: str
) -> QualityOutcome:
    """Grade a badness.

    Args:
        value: how bad it is.
        warn: above this it is a warning.
        bad: above this it is an error.
        result: 0 to 1, cut off there.
        message: the words.
    """
    code = ERROR if value > bad else WARNING if value > warn else GOOD
    return QualityOutcome(code, float(np.clip(result, 0.0, 1.0)), message)
