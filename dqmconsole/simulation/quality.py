"""Quality tests of the simulated clients: plain thresholds on what was written.

They look at the histograms just written and at those of earlier snapshots, never
at the state or the table. A cumulative histogram is judged on its increase over
the last lumisections, so that a fault shows late in a run and its alarm clears
(cmssw#24757). Codes are CMS's (cmssw DQMServices/Core, DQMDefinitions.h); the
algorithms resemble those of its QTest.cc, but too few entries give 70, result -1.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Protocol

import msgspec
import numpy as np

from dqmconsole.model.histogram import Array, Histogram, QualityResult

GOOD, WARNING, ERROR, TOO_FEW = 100, 200, 300, 70


class Judgement(msgspec.Struct, frozen=True):
    """What a test found: CMS status code, result in [0, 1] or -1, and words."""

    code: int
    result: float
    message: str


class Evidence(msgspec.Struct, frozen=True, eq=False):
    """What a test looks at.

    Attributes:
        now: the histogram just written.
        increase: its contents minus those of the snapshot at the window's start.
        weights: of a profile: likewise its entries per bin, else None.
        first, last: lumisections of the window.
        written: everything just written, by path, for ratios.
    """

    now: Histogram
    increase: Array
    weights: Array | None
    first: int
    last: int
    written: Mapping[str, Histogram]

    @property
    def span(self) -> str:
        """The window in words."""
        return f"LS {self.first}–{self.last}"


class QualityTest(Protocol):
    """One quality test of one element.

    Attributes:
        path: the element.
        name: the test.
        window: lumisections it looks back over.
        part: the part of the report summary it counts for.
    """

    @property
    def path(self) -> str:
        """Path of the element it judges."""

    @property
    def name(self) -> str:
        """Name of the test."""

    @property
    def window(self) -> int:
        """Lumisections it looks back over."""

    @property
    def part(self) -> str:
        """Part of the report summary."""

    def judge(self, evidence: Evidence) -> Judgement:
        """Judge the evidence; pure."""


def too_few(message: str) -> Judgement:
    """The verdict where there is not enough to judge."""
    return Judgement(TOO_FEW, -1.0, message)


def graded(
    value: float, warn: float, bad: float, result: float, message: str
) -> Judgement:
    """Grade a badness: above `bad` an error, above `warn` a warning, else good."""
    code = ERROR if value > bad else WARNING if value > warn else GOOD
    return Judgement(code, float(np.clip(result, 0.0, 1.0)), message)


class Judge:
    """Applies a client's tests at each snapshot and remembers what it has seen."""

    def __init__(self, tests: Iterable[QualityTest]) -> None:
        self.tests = tuple(tests)
        self._seen: list[tuple[int, dict[str, Histogram]]] = []

    def reset(self) -> None:
        """Forget the earlier snapshots: a new run, or a restarted client."""
        self._seen.clear()

    def judge(
        self, written: Mapping[str, Histogram], lumisection: int
    ) -> list[tuple[QualityTest, QualityResult]]:
        """Judge a snapshot; call it once per snapshot, in order."""
        results: list[tuple[QualityTest, QualityResult]] = []
        for test in self.tests:
            histogram = written.get(test.path)
            if histogram is None:
                continue
            evidence = self._evidence(test, histogram, lumisection, written)
            found = test.judge(evidence)
            result = QualityResult(
                name=histogram.name,
                test=test.name,
                code=found.code,
                result=found.result,
                algorithm=type(test).__name__,
                message=found.message,
            )
            results.append((test, result))
        wanted = {test.path for test in self.tests}
        self._seen.append(
            (lumisection, {path: h for path, h in written.items() if path in wanted})
        )
        longest = max((test.window for test in self.tests), default=0)
        while len(self._seen) > 1 and self._seen[1][0] <= lumisection - longest:
            del self._seen[0]
        return results

    def _evidence(
        self,
        test: QualityTest,
        now: Histogram,
        lumisection: int,
        written: Mapping[str, Histogram],
    ) -> Evidence:
        before: Histogram | None = None
        first = 1
        for seen, histograms in self._seen:
            earlier = histograms.get(test.path)
            if seen <= lumisection - test.window and earlier is not None:
                before, first = earlier, seen + 1
        increase = np.asarray(now.contents, np.float64)
        weights = None
        if now.bin_entries is not None:
            weights = np.asarray(now.bin_entries, np.float64)
        if before is not None and before.contents.shape == now.contents.shape:
            increase = increase - before.contents
            if weights is not None and before.bin_entries is not None:
                weights = weights - before.bin_entries
        return Evidence(now, increase, weights, first, lumisection, written)


def report(results: Iterable[tuple[QualityTest, QualityResult]]) -> dict[str, float]:
    """Part of the report summary -> mean grade of its tests, -1 when none judged."""
    grades: dict[str, list[float]] = {}
    for test, result in results:
        kept = grades.setdefault(test.part, [])
        if result.code in (GOOD, WARNING, ERROR):
            kept.append({GOOD: 1.0, WARNING: 0.9, ERROR: 0.0}[result.code])
    return {
        part: float(np.mean(kept)) if kept else -1.0 for part, kept in grades.items()
    }
