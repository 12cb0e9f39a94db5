"""Quality tests of the simulated clients that are checks with the producers' limits."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
import numpy as np

from dqmconsole.checks.batch import Batch, Rows
from dqmconsole.checks.bins import BinsOutside, SumInRange
from dqmconsole.checks.cells import CellCheck, RingAxis
from dqmconsole.checks.channels import DeadChannels, NoisyChannels
from dqmconsole.checks.check import Check
from dqmconsole.checks.limits import is_wrong
from dqmconsole.checks.moments import Mean
from dqmconsole.checks.shape import Symmetric
from dqmconsole.checks.trend import Flags, LastBins
from dqmconsole.model.verdict import JUDGED, WORST_FIRST, Status
from dqmconsole.simulation.quality import (
    ERROR,
    GOOD,
    INVALID,
    TOO_FEW,
    WARNING,
    QualityOutcome,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dqmconsole.checks.check import Result
    from dqmconsole.checks.limits import AxisName
    from dqmconsole.model.histogram import Array
    from dqmconsole.simulation.quality import QualityInput

_CODES = {
    Status.GOOD: GOOD,
    Status.LOW_STATISTICS: TOO_FEW,
    Status.NOT_CHECKED: TOO_FEW,
    Status.FAILED: INVALID,
    Status.WARNING: WARNING,
    Status.BAD: ERROR,
}


class Checked(msgspec.Struct, frozen=True):
    """A quality test that is one check or several, of which the worst decides.

    Attributes:
        checks: with the producer's limits.
        name: of the test.
        part: the part of the report summary it counts for.
        window: lumisections it looks back over; what judges no increments looks at
            the whole.
    """

    checks: tuple[Check, ...]
    name: str
    part: str
    window: int = 5

    def judge(self, given: QualityInput) -> QualityOutcome:
        """Judge an element."""
        (outcome,) = self.judge_all((given,))
        return outcome

    def judge_all(self, given: Sequence[QualityInput]) -> list[QualityOutcome]:
        """Judge elements of one shape, all profiles or none; pure."""
        found = zip(*(_judged(check, given) for check in self.checks), strict=True)
        return [
            self._outcome(one, results)
            for one, results in zip(given, found, strict=True)
        ]

    def _outcome(
        self, given: QualityInput, results: tuple[Result, ...]
    ) -> QualityOutcome:
        worst = min(results, key=lambda each: WORST_FIRST.index(each.status))
        wrong = [each for each in results if is_wrong(each.status)]
        words = "; ".join(each.sentence for each in wrong or (worst,))
        of_cells = isinstance(self.checks[0], CellCheck)
        if given.known.size and of_cells and worst.status in JUDGED:
            words += f", {given.known.size} known ones left out"
        if any(check.INCREMENTS for check in self.checks):
            words += f", in {given.span}"
        return QualityOutcome(_CODES[worst.status], _result(worst), words)


def occupancy(
    noun: str = "cells",
    *,
    ring: RingAxis = "x",
    dead: float = 0.25,
    warn: float = 0.002,
    bad: float = 0.01,
    enough: float = 40.0,
    window: int = 5,
    part: str = "Occupancy",
) -> Checked:
    """Dead and noisy cells, each against the median of its ring.

    Args:
        noun: what the cells are.
        ring: as of :class:`DeadChannels`.
        dead: of the median; what has less is dead.
        warn: a larger share of the cells that is newly dead is a warning.
        bad: a larger one is an error.
        enough: the smallest median that can be judged.
        window: lumisections.
        part: of the report summary.
    """
    empty = DeadChannels(warn, bad, ring=ring, expected=enough, noun=noun, dead=dead)
    noisy = NoisyChannels(0.0, 0.0, ring=ring, expected=enough, noun=noun)
    return Checked((empty, noisy), "Occupancy", part, window)


def mean_within(
    low: float,
    high: float,
    margin: float,
    *,
    unit: str = "",
    enough: float = 200.0,
    window: int = 5,
    part: str = "Shape",
) -> Checked:
    """The mean of a distribution.

    Args:
        low: lowest good mean, in the axis' unit.
        high: highest good mean.
        margin: beyond the limits by more than this is an error.
        unit: of the axis.
        enough: entries needed.
        window: lumisections.
        part: of the report summary.
    """
    check = Mean(low, low - margin, high, high + margin, entries=enough, unit=unit)
    return Checked((check,), "Mean", part, window)


def bins_within(
    low: float,
    high: float,
    *,
    unit: str = "",
    warn: float = 0.02,
    bad: float = 0.05,
    enough: float = 20.0,
    noun: str = "bins",
    window: int = 5,
    part: str = "Shape",
) -> Checked:
    """Contents (of a profile: means) of each filled bin.

    Args:
        low: lowest content of a good bin.
        high: highest content of a good bin.
        unit: of the contents.
        warn: a larger share of the filled bins outside is a warning.
        bad: a larger one is an error.
        enough: entries a profile's bin needs to be judged.
        noun: what the bins are.
        window: lumisections.
        part: of the report summary.
    """
    check = BinsOutside(
        warn, bad, share=True, entries=enough, noun=noun, unit=unit, low=low, high=high
    )
    return Checked((check,), "Contents", part, window)


def share_within(
    low: float,
    high: float,
    what: str,
    warn: float = 0.95,
    bad: float = 0.85,
    *,
    axis: AxisName = "x",
    part: str = "Shape",
) -> Checked:
    """Share of the entries in a range of one axis.

    Args:
        low: where the range begins, in the axis' unit (bin centres).
        high: where it ends.
        what: what the range means, for the message.
        warn: a smaller share is a warning.
        bad: a smaller one is an error.
        axis: of which.
        part: of the report summary.
    """
    check = SumInRange(warn, bad, low=low, high=high, axis=axis, what=what)
    return Checked((check,), "Range", part)


def last_within(
    low: float,
    high: float,
    margin: float,
    *,
    unit: str = "",
    last: int = 3,
    part: str = "Trend",
) -> Checked:
    """The mean of the last filled bins of a trend.

    Args:
        low: lowest good value.
        high: highest good value.
        margin: beyond the limits by more than this is an error.
        unit: of the value.
        last: how many filled bins are averaged.
        part: of the report summary.
    """
    check = LastBins(
        low, low - margin, high, high + margin, last=last, skip_zeros=True, unit=unit
    )
    return Checked((check,), "LastBin", part, window=1)


def symmetric(
    warn: float = 0.06,
    bad: float = 0.1,
    *,
    entries: float = 8000,
    window: int = 5,
    part: str = "Shape",
) -> Checked:
    """Contents at +x against those at -x.

    Args:
        warn: a larger asymmetry |plus - minus| / (plus + minus) is a warning.
        bad: a larger one is an error.
        entries: that a pair of bins needs.
        window: of so many lumisections.
        part: of the report summary.
    """
    check = Symmetric(warn, bad, entries=entries)
    return Checked((check,), "Symmetry", part, window=window)


def flags_within(*, bad: float = 1, noun: str = "rows", part: str = "Flags") -> Checked:
    """The last lumisections of a map of flags against lumisection.

    Args:
        bad: more rows with a bad flag are an error; any is a warning.
        noun: what a row is.
        part: of the report summary.
    """
    check = Flags(bad_above=bad, noun=noun)
    return Checked((check,), "Flags", part, window=1)


def _judged(check: Check, given: Sequence[QualityInput]) -> list[Result]:
    """What a check finds in each element."""
    contents, weights = [], []
    for one in given:
        filled, kept = one.increase, one.weights
        if not check.INCREMENTS:
            filled, kept = one.now.contents, one.now.bin_entries
        contents.append(np.asarray(filled, np.float64))
        if kept is not None:
            weights.append(np.asarray(kept, np.float64))
    totals = [float(each.sum()) for each in weights or contents]
    rows = Rows(
        np.stack(contents),
        tuple(one.now.axes for one in given),
        np.array(totals),
        bin_entries=np.stack(weights) if weights else None,
    )
    known = None
    if isinstance(check, CellCheck):
        known = np.stack([_left_out(one) for one in given])
    exposure = np.full(len(given), np.nan)
    spans = tuple(one.span for one in given)
    return check.judge(Batch(rows, spans, exposure, known=known))


def _left_out(given: QualityInput) -> Array:
    """Inner bins that are no cells, or that are known to be dead."""
    left_out = np.ones(given.increase.shape, bool)
    left_out.flat[given.cells] = False
    left_out.flat[given.known] = True
    inner: Array = left_out[(slice(1, -1),) * left_out.ndim]
    return inner


def _result(found: Result) -> float:
    """1 within the limits, 0 beyond by four times what parts a warning from an error.

    It is -1 where nothing was judged.
    """
    if found.status not in JUDGED:
        return -1.0
    if found.status is Status.GOOD or found.value is None:
        return 1.0
    for side in ("below", "above"):
        limits = [limit for limit, word in found.limits if word.endswith(side)]
        if not limits:
            continue
        beyond = found.value - limits[0]
        beyond = -beyond if side == "below" else beyond
        if beyond > 0:
            margin = abs(limits[-1] - limits[0]) or abs(limits[0]) or 1.0
            return float(np.clip(1 - beyond / (4 * margin), 0.0, 1.0))
    return 0.0
