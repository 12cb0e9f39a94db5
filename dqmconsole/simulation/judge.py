"""Applies a client's quality tests to its snapshots, and sums up their results."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from dqmconsole.model.histogram import Histogram, QualityResult
from dqmconsole.simulation.checked import Checked
from dqmconsole.simulation.quality import ERROR, GOOD, WARNING, QualityInput

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from dqmconsole.model.histogram import Array
    from dqmconsole.simulation.elements import Element
    from dqmconsole.simulation.quality import QualityOutcome, QualityTest

Results = list[tuple[str, "QualityTest", QualityResult]]
"""Path of the element, its test, and what that found."""

_NONE = np.zeros(0, np.int64)


class Judge:
    """Applies a client's tests at each snapshot and remembers what it has seen."""

    def __init__(self, elements: Iterable[Element]) -> None:
        self._elements = {each.path: each for each in elements if each.test is not None}
        self._longest = max(
            (each.test.window for each in self._elements.values() if each.test),
            default=0,
        )
        self._seen: list[tuple[int, dict[str, Histogram]]] = []

    def reset(self) -> None:
        """Forget the earlier snapshots: a new run, or a restarted client."""
        self._seen.clear()

    def judge(self, written: Mapping[str, Histogram], lumisection: int) -> Results:
        """Judge a snapshot; call it once per snapshot, in order.

        Args:
            written: path -> every element as just written.
            lumisection: the last one that is in it, from 1.
        """
        given: dict[str, QualityInput] = {}
        alike: dict[object, list[str]] = {}
        for path, element in self._elements.items():
            histogram, test = written.get(path), element.test
            if histogram is None or test is None:
                continue
            given[path] = self._input(element, test, histogram, lumisection, written)
            key = (test, histogram.contents.shape, histogram.is_profile)
            alike.setdefault(key, []).append(path)
        outcomes: dict[str, QualityOutcome] = {}
        for paths in alike.values():
            test = self._elements[paths[0]].test
            inputs = [given[path] for path in paths]
            if isinstance(test, Checked):
                outcomes.update(zip(paths, test.judge_all(inputs), strict=True))
            elif test is not None:
                found = map(test.judge, inputs)
                outcomes.update(zip(paths, found, strict=True))
        results: Results = []
        for path in given:
            test, outcome = self._elements[path].test, outcomes[path]
            assert test is not None
            result = QualityResult(
                name=written[path].name,
                test=test.name,
                code=outcome.code,
                result=outcome.result,
                algorithm=_algorithm(test),
                message=outcome.message,
            )
            results.append((path, test, result))
        judged = {path: h for path, h in written.items() if path in self._elements}
        self._seen.append((lumisection, judged))
        while len(self._seen) > 1 and self._seen[1][0] <= lumisection - self._longest:
            del self._seen[0]
        return results

    def _input(
        self,
        element: Element,
        test: QualityTest,
        now: Histogram,
        lumisection: int,
        written: Mapping[str, Histogram],
    ) -> QualityInput:
        """What the test of an element looks at.

        Args:
            element: as booked.
            test: its test.
            now: as just written.
            lumisection: the last one that is in it.
            written: path -> every element as just written.
        """
        before: Histogram | None = None
        first = 1
        for seen, histograms in self._seen:
            earlier = histograms.get(element.path)
            if seen <= lumisection - test.window and earlier is not None:
                before, first = earlier, seen + 1
        increase = np.asarray(now.contents, np.float64)
        weights: Array | None = None
        if now.bin_entries is not None:
            weights = np.asarray(now.bin_entries, np.float64)
        if before is not None and before.contents.shape == now.contents.shape:
            increase = increase - before.contents
            if weights is not None and before.bin_entries is not None:
                weights = weights - before.bin_entries
        cells, known = element.cells, _NONE
        if element.bins is not None:
            cells, known = element.bins.cells, element.bins.known
        return QualityInput(
            now, increase, weights, first, lumisection, written, cells, known
        )


def _algorithm(test: QualityTest) -> str:
    if isinstance(test, Checked):
        return "+".join(check.NAME for check in test.checks)
    return type(test).__name__


def report(results: Results, parts: tuple[str, ...] = ()) -> dict[str, float]:
    """Part of the report summary -> mean grade of its tests, -1 when none judged.

    Args:
        results: of a snapshot.
        parts: those that come first, in this order.
    """
    grades: dict[str, list[float]] = {}
    for _, test, result in results:
        kept = grades.setdefault(test.part, [])
        if result.code in (GOOD, WARNING, ERROR):
            kept.append({GOOD: 1.0, WARNING: 0.9, ERROR: 0.0}[result.code])
    ordered = [part for part in parts if part in grades]
    ordered += [part for part in grades if part not in parts]
    return {
        part: float(np.mean(grades[part])) if grades[part] else -1.0 for part in ordered
    }
