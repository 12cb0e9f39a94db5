"""Two-sided limits, and how much must be there before they mean anything."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Literal

import numpy as np

from dqmconsole.checks.batch import flat, inner, quiet
from dqmconsole.checks.check import (
    GRADES,
    Check,
    Result,
    grade,
    limits_above,
    limits_below,
)
from dqmconsole.checks.sentences import number, percent
from dqmconsole.model.verdict import JUDGED, Status
from dqmconsole.model.words import counted

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from dqmconsole.checks.batch import Batch, Rows
    from dqmconsole.model.cause import Family
    from dqmconsole.model.histogram import Array

AxisName = Literal["x", "y", "z"]

ENOUGH_RUNS = 5  # good runs: of fewer the limits double
EXPECTED_LEAST = 25.0  # entries expected from which on none at all is wrong
CERTAIN = 5.0  # standard deviations
LARGEST = 1e9  # as which what is divided by 0 is said


class Within(Check, frozen=True):
    """A number that is to lie within limits, on either side or both.

    Attributes:
        warn_below, bad_below: what is less is a WARNING, BAD.
        warn_above, bad_above: what is more is a WARNING, BAD.
    """

    warn_below: float | None = None
    bad_below: float | None = None
    warn_above: float | None = None
    bad_above: float | None = None

    @property
    def limits(self) -> tuple[tuple[float, str], ...]:
        """The limits as results say them."""
        below = limits_below(self.warn_below, self.bad_below)
        return below + limits_above(self.warn_above, self.bad_above)

    @property
    def allowed(self) -> tuple[float | None, float | None]:
        """The lowest and highest value that are good."""
        low = self.bad_below if self.warn_below is None else self.warn_below
        high = self.bad_above if self.warn_above is None else self.warn_above
        return low, high

    def statuses(
        self, values: Array, sure: Callable[[float], Array] | None = None
    ) -> list[Status]:
        """The status of each value; what is not finite is FAILED.

        Args:
            values: shape ``(n,)``.
            sure: which values are not at a limit by chance alone; the others are not
                beyond it. None: all.
        """

        def limit(given: float | None, *, below: bool = False) -> Array | float | None:
            if given is None or sure is None:
                return given
            return np.where(sure(given), given, -np.inf if below else np.inf)

        known = np.where(np.isfinite(values), values, np.nan)
        lower = [limit(each, below=True) for each in (self.warn_below, self.bad_below)]
        upper = [limit(each) for each in (self.warn_above, self.bad_above)]
        below = grade(known, *lower, below=True)
        above = grade(known, *upper)
        return [worse(one, two) for one, two in zip(below, above, strict=True)]

    def side(self, value: float) -> Family:
        """How a value is wrong that is beyond a limit: too little, or too much."""
        low = self.allowed[0]
        return "missing" if low is not None and value < low else "excess"

    def shown(self, value: float, digits: int = 4) -> str:
        """A value without the digits that mean nothing beside the limits."""
        low, high = self.allowed
        if low is not None and high is not None and high > low and abs(value) < 1e300:
            places = 3 - math.floor(math.log10(high - low))
            value = round(value, places) + 0.0  # no "-0"
        return number(value, digits)

    def expected(self, unit: str = "", *, share: bool = False) -> str:
        """What is good, in words: ", expected 10 to 20 kHz", or "" without limits.

        Args:
            unit: of the limits.
            share: they are shares (0 to 1), said in %.
        """
        low, high = (
            "" if limit is None else percent(limit) if share else number(limit, 6)
            for limit in self.allowed
        )
        most = f"at most {high}" if high else f"at least {low}"
        words = f"{low} to {high}" if low and high else most
        after = f" {unit}" if unit else ""
        return f", expected {words}{after}" if low or high else ""

    def wrong(self) -> Iterator[tuple[str, str]]:
        """Limits that cannot be meant."""
        yield from super().wrong()
        low, high = self.allowed
        if low is not None and high is not None and low > high:
            name = "bad_below" if self.warn_below is None else "warn_below"
            yield name, "no value is good: it is above the upper limit"


def wrong_shares(check: Check, *names: str) -> Iterator[tuple[str, str]]:
    """Name each limit of a share that is above 1: nothing would be beyond it."""
    for name in names:
        limit = getattr(check, name)
        if limit is not None and limit > 1:
            meant = f"{number(limit)} % is {number(limit / 100)}"
            yield (
                name,
                f"it is a share of 0 to 1, and nothing is above it; {meant}",
            )


def worse(one: Status, two: Status) -> Status:
    """The worse of two statuses; FAILED is worst, what was not judged is best."""
    return max(one, two, key=lambda each: GRADES.index(each) if each in GRADES else -1)


def is_wrong(status: Status) -> bool:
    """A WARNING, or BAD."""
    return status in JUDGED and status is not Status.GOOD


def moved(rows: Rows, row: int, off: Array) -> Family:
    """How bins of a row are wrong: less in sum, more, or neither, which is a shift.

    Args:
        rows: the rows.
        row: which of them.
        off: how far each of these bins is from what it should be.
    """
    total, size = float(off.sum()), float(np.abs(off).sum())
    if not 2 * abs(total) > size or has_means(rows, row):
        return "shift"
    return "missing" if total < 0 else "excess"


def has_means(rows: Rows, row: int) -> bool:
    """Whether a row holds means that are no shares: neither is less or more of them."""
    return rows.bin_entries is not None and not bool(are_shares(rows)[row])


@quiet
def are_shares(rows: Rows) -> Array:
    """Which rows hold nothing but 0 and 1: efficiencies."""
    if rows.sumw2 is None:
        return np.zeros(len(rows), bool)
    sums, squares = flat(inner(rows.contents)), flat(inner(rows.sumw2))
    near = np.abs(sums - squares) <= 1e-9 * (1 + np.abs(sums))
    found: Array = np.logical_and.reduce(near, axis=1)
    return found


def within_range(centers: Array, low: float | None, high: float | None) -> Array:
    """Which bins lie within a range by their centres, bool.

    Args:
        centers: shape ``(n, bins)``.
        low: end of the range; None: there is none.
        high: the other.
    """
    chosen = np.ones(centers.shape, bool)
    # a centre that is met but for rounding lies in the range
    slack = 1e-9 * np.ptp(centers, axis=1, keepdims=True)
    if low is not None:
        chosen &= centers >= low - slack
    if high is not None:
        chosen &= centers <= high + slack
    return chosen


def axis_number(name: AxisName) -> int:
    """0 for x, 1 for y, 2 for z."""
    return "xyz".index(name)


@quiet
def entries_of(rows: Rows, judged: Array) -> Array:
    """Sum of what was filled into the judged bins, shape ``(n,)``."""
    total: Array = flat(np.where(judged, rows.weights(), 0.0)).sum(1)
    return total


@quiet
def expected_entries(batch: Batch) -> Array:
    """What reference and scale expect in the judged bins, ``(n,)``; NaN without.

    Of no events nothing, whatever the scale.
    """
    if batch.reference is None or batch.scale is None:
        return np.full(len(batch.data), np.nan)
    found: Array = entries_of(batch.reference, batch.judged) * batch.scale
    return np.where((batch.exposure == 0) & np.isfinite(found), 0.0, found)


@quiet
def band_entries(batch: Batch) -> tuple[Array, Array]:
    """Entries that good runs have in the judged bins, and their spread, ``(n,)``.

    NaN where there is no band, and of profiles, whose bands are of means.
    """
    nothing = np.full(len(batch.data), np.nan)
    if batch.band is None or batch.data.bin_entries is not None:
        return nothing, nothing
    mean = flat(np.where(batch.judged, batch.band.mean, 0.0)).sum(1)
    # bins of one plot go up and down together: their spreads add up
    spread = flat(np.where(batch.judged, batch.band.spread, 0.0)).sum(1)
    known = np.isfinite(mean) & np.isfinite(spread) & (batch.band.runs > 0)
    return np.where(known, mean, np.nan), np.where(known, spread, np.nan)


@quiet
def entry_weights(batch: Batch) -> Array:
    """The weight of one entry of each row, ``(n,)``: its variance is that squared.

    It is the sum of the squared weights over that of the weights, so that the sum of
    the weights over it is ROOT's number of effective entries. Entries that are too few
    to tell (25) have that of the run that they are of, or else the reference's where
    that is larger: the larger it is, the fewer are expected, and less is lost.
    """
    own, entries = _weights_and_entries(batch.data, batch.judged)
    if np.all(own == 1):
        return own
    few = (own != 1) & ~(entries >= EXPECTED_LEAST)
    own = np.where(np.isnan(own), 1.0, own)
    if batch.whole is not None:
        of_run = few & (batch.whole >= 0) & ~few[batch.whole]
        own = np.where(of_run, own[batch.whole], own)
        few &= ~of_run
    its = np.ones(len(own))
    if batch.reference is not None:
        its = _weights_and_entries(batch.reference, batch.judged)[0]
    return np.where(few, np.fmax(own, its), own)


def _weights_and_entries(rows: Rows, judged: Array) -> tuple[Array, Array]:
    """The mean weight of the entries of each row, NaN of none; and how many those are.

    Of what was filled without weights that is 1.
    """
    held = np.abs(entries_of(rows, judged))
    kept = rows.sumw2 if rows.bin_entries is None else rows.bin_sumw2
    if kept is None:
        return np.ones(len(rows)), held
    squares = flat(np.where(judged, np.abs(inner(kept)), 0.0)).sum(1)
    weights = np.where((held > 0) & (squares > 0), squares / held, np.nan)
    return weights, held / weights


def few(
    batch: Batch, own: Array, least: float, noun: str = "entries"
) -> dict[int, Result]:
    """The rows that hold less than is needed, and what is said of them.

    They are too few to judge, unless many more were expected: then that is BAD.

    Args:
        batch: the rows.
        own: what each holds, shape ``(n,)``.
        least: what is needed.
        noun: what is counted.
    """
    short = np.flatnonzero(~(own >= least))
    if not short.size:
        return {}
    expected = expected_entries(batch)
    held = entries_of(batch.data, batch.judged)
    lost = is_lost(held, expected, entry_weights(batch))
    found = {}
    for row in short.tolist():
        if lost[row]:
            found[row] = lost_result(float(held[row]), float(expected[row]))
        else:
            words = f"{number(float(own[row]))} {noun}, {number(least)} needed"
            found[row] = Result(Status.LOW_STATISTICS, words)
    return found


@quiet
def is_lost(held: Array, expected: Array, weights: Array | float = 1.0) -> Array:
    """Whether half or more of what is expected, 25 at least, is surely not there.

    Args:
        held: sums of weights, ``(n,)``.
        expected: likewise.
        weights: of one entry, as :func:`entry_weights`.
    """
    held, expected = held / weights, expected / weights
    missing = expected - held
    sure = missing >= CERTAIN * np.sqrt(np.abs(expected))
    lost: Array = (expected >= EXPECTED_LEAST) & (2 * held <= expected) & sure
    return lost


def lost_result(held: float, expected: float) -> Result:
    """What is said of a row of which half or more is lost."""
    words = "it is empty" if not held else f"{number(held)} entries"
    words += f" where {number(expected)} are expected"
    return Result(Status.BAD, words, held, gross=True, family="missing")


def without_axis(name: AxisName) -> Result:
    """What is said of rows that have no such axis."""
    return Result(Status.NOT_CHECKED, f"it has no {name} axis")


def without_reference(batch: Batch) -> Result:
    """What is said of a row that has no reference."""
    why = batch.no_reference or "none is given"
    words = why if why.startswith("no reference") else f"no reference: {why}"
    return Result(Status.NO_REFERENCE, words)


def of_unknown_amount(batch: Batch) -> dict[int, Result]:
    """What is said of the rows of which nobody knows how much should be there."""
    if batch.by_area is None:
        return {}
    words = f"how much there should be is not known: {batch.why_by_area}"
    result = Result(Status.NO_REFERENCE, words)
    return dict.fromkeys(np.flatnonzero(batch.by_area).tolist(), result)


def unseen(events: float, needed: float) -> str:
    """Why nothing can be said yet of what is not there.

    Args:
        events: events seen; NaN where unknown.
        needed: events that must have been seen.
    """
    if math.isnan(events):
        return "it is not known how many events were seen"
    return f"{counted(round(events), 'event')} seen, {needed:g} needed"
