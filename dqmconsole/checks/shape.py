"""Checks of a shape by itself: both sides alike, a peak, a flat top, a correlation."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Literal

import numpy as np

from dqmconsole.checks.batch import flat, inner, quiet
from dqmconsole.checks.check import (
    NO_LIMITS,
    Check,
    Example,
    Result,
    grade,
    limits_above,
)
from dqmconsole.checks.limits import (
    LARGEST,
    AxisName,
    Within,
    axis_number,
    few,
    is_wrong,
    moved,
    within_range,
    without_axis,
    worse,
)
from dqmconsole.checks.moments import moments
from dqmconsole.checks.robust import spreads
from dqmconsole.checks.sentences import number, outside, percent, places_of
from dqmconsole.model.verdict import Status
from dqmconsole.model.words import counted

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from dqmconsole.checks.batch import Batch
    from dqmconsole.model.histogram import Array, Axis

_HALF_LOST = 1 / 3  # asymmetry, where one side has half of what the other has


class Symmetric(Check, frozen=True):
    """Bins of one side of an axis against those of the other.

    Like ATLAS's BinsSymmetric. Bins are mirrored by their number; of an odd number the
    one in the middle is not judged. A map is mirrored along one of its axes.

    Attributes:
        warn_above, bad_above: largest asymmetry, |upper − lower| / (upper + lower).
        axis: along which.
        by: "bins": the worst pair of bins; "halves": the sums of both sides.
        sides: names of the lower and the upper side.
        entries: that a pair needs to be judged: twice those of its fuller bin.
    """

    NAME: ClassVar[str] = "symmetric"
    DIMENSIONS: ClassVar[tuple[int, ...]] = (1, 2, 3)
    PROFILES: ClassVar[bool] = False
    SHARES: ClassVar[bool] = True

    warn_above: float | None = 0.06
    bad_above: float | None = 0.1
    axis: AxisName = "x"
    by: Literal["bins", "halves"] = "bins"
    sides: tuple[str, str] = ("minus", "plus")
    entries: float = 8000.0

    @quiet
    def judge(self, batch: Batch) -> list[Result]:
        """One result a row."""
        data = batch.data
        axis = axis_number(self.axis)
        if axis >= data.dimension:
            return [without_axis(self.axis)] * len(data)
        if data.axes[0][axis].bins < 2:
            words = "it has one bin only"
            return [Result(Status.NOT_CHECKED, words)] * len(data)
        lower, upper, shape = self._halves(batch, axis)
        least = max(0.5 * self.entries, 1e-300)
        both = lower + upper
        fuller = np.maximum(lower, upper)
        # a side that is lost must not make its pair too few
        enough = fuller >= least
        skew = np.where(enough, (upper - lower) / both, 0.0)
        skew = np.where(np.isfinite(both) | ~enough, skew, np.nan)
        short = few(batch, fuller.max(1), least, "entries in the fuller side")
        worst = np.argmax(np.abs(skew), axis=1)
        signed = np.where(
            np.isnan(skew).any(1), np.nan, skew[np.arange(len(data)), worst]
        )
        sizes = np.abs(signed)
        statuses = grade(sizes, self.warn_above, self.bad_above)
        limits = limits_above(self.warn_above, self.bad_above)
        found = []
        for row, (status, size, sign, at) in enumerate(
            zip(statuses, sizes.tolist(), signed.tolist(), worst.tolist(), strict=True)
        ):
            if row in short:
                found.append(short[row])
                continue
            words = f"both sides agree within {percent(round(size, 3))}"
            where = None
            if status is not Status.GOOD:
                weak = self.sides[0] if sign > 0 else self.sides[1]
                # so much less than the other side: 2a / (1 + a)
                less = percent(round(2 * size / (1 + size), 2))
                words = f"the {weak} side is weaker by {less}"
            if status is not Status.GOOD and self.by == "bins":
                where = _place(data.axes[row], shape, at, axis if sign < 0 else None)
                words += f" at {places_of(data.axes[row], where)}"
            gross = size >= _HALF_LOST and status is Status.BAD
            found.append(
                Result(status, words, size, limits, offending=where, gross=gross)
            )
        return found

    def _halves(self, batch: Batch, axis: int) -> tuple[Array, Array, tuple[int, ...]]:
        """Pairs of both sides, ``(n, pairs)``, and the shape of the bins of one."""
        # a bin that is known to be wrong takes its mirror with it
        judged = batch.judged & np.flip(batch.judged, axis + 1)
        lower = np.where(judged, batch.data.values(), 0.0)
        upper = np.flip(lower, axis + 1)
        half = [slice(None)] * lower.ndim
        half[axis + 1] = slice(0, lower.shape[axis + 1] // 2)
        lower, upper = lower[tuple(half)], upper[tuple(half)]
        shape = lower.shape[1:]
        lower, upper = flat(lower), flat(upper)
        if self.by == "halves":
            lower, upper = lower.sum(1, keepdims=True), upper.sum(1, keepdims=True)
        return lower, upper, shape

    @classmethod
    def examples(cls) -> tuple[Example, ...]:
        """Cases."""
        sides = cls()
        full = 5000
        return (
            Example("alike", sides, (full, full, full, full), Status.GOOD),
            Example("a little", sides, (4250, full, full, full), Status.WARNING),
            Example("one side is weak", sides, (2000, full, full, 9000), Status.BAD),
            Example("few", sides, (50, 50, 50, 50), Status.LOW_STATISTICS),
            Example(
                "halves of a map",
                cls(by="halves", axis="y"),
                ((9000, 9000), (9000, 9000)),
                Status.GOOD,
            ),
        )


class SideBand(Within, frozen=True):
    """What lies beside a peak: entries outside of a range, or their share of all.

    ATLAS's SideBand_Absolute and SideBand_Relative.

    Attributes:
        warn_below, bad_below, warn_above, bad_above: the share, 0 to 1; with
            ``absolute`` the entries.
        low, high: the range of the peak, unit of the axis: bins whose centres lie
            there; None: the end of the axis.
        absolute: limits are entries.
        flow: under- and overflow lie outside, too; else they do not count.
        entries: needed in all, for a share.
    """

    NAME: ClassVar[str] = "side_band"
    DIMENSIONS: ClassVar[tuple[int, ...]] = (1,)
    SHARES: ClassVar[bool | tuple[str, object]] = ("absolute", False)

    low: float | None = None
    high: float | None = None
    absolute: bool = False
    flow: bool = True
    entries: float = 200.0

    @quiet
    def judge(self, batch: Batch) -> list[Result]:
        """One result a row."""
        data = batch.data
        weights = np.where(batch.judged, data.weights(), 0.0)
        inside = within_range(data.centers(0), self.low, self.high)
        beside = np.where(inside, 0.0, weights).sum(1)
        total = weights.sum(1)
        if self.flow:
            outer = data.weights(flow=True)[:, [0, -1]].sum(1)
            beside, total = beside + outer, total + outer
        values = beside
        short: dict[int, Result] = {}
        if not self.absolute:
            values = beside / np.where(total != 0, total, np.nan)
            short = few(batch, total, self.entries)
        range_words = outside(self.low, self.high)
        found = []
        for row, (value, status) in enumerate(
            zip(values.tolist(), self.statuses(values), strict=True)
        ):
            if row in short:
                found.append(short[row])
                continue
            if self.absolute and not total[row] and status is Status.GOOD:
                found.append(Result(Status.LOW_STATISTICS, "it is empty"))
                continue
            words = f"{number(value)} entries {range_words}{self.expected()}"
            if not self.absolute:
                words = f"{percent(value)} {range_words}{self.expected(share=True)}"
            family = self.side(value) if self.absolute else None
            found.append(Result(status, words, value, self.limits, family=family))
        return found

    def wrong(self) -> Iterator[tuple[str, str]]:
        """Limits that cannot be meant."""
        yield from super().wrong()
        if self.low is None and self.high is None:
            yield "high", NO_LIMITS

    @classmethod
    def examples(cls) -> tuple[Example, ...]:
        """Cases."""
        clean = cls(low=2, high=3, warn_above=0.1, bad_above=0.3)
        number_of = cls(low=2, high=3, absolute=True, bad_above=50)
        return (
            Example("a clean peak", clean, (5, 5, 900, 5, 5), Status.GOOD),
            Example("noise beside it", clean, (50, 50, 900, 50, 50), Status.WARNING),
            Example("no peak", clean, (200, 200, 200, 200, 200), Status.BAD),
            Example("too few", clean, (0, 0, 9, 0, 0), Status.LOW_STATISTICS),
            Example(
                "entries beside it",
                number_of,
                (30, 0, 9, 0, 30),
                Status.BAD,
                family="excess",
            ),
        )


class Peak(Within, frozen=True):
    """The highest peak: where it is, how wide, how much its bin holds.

    The position is ROOT's ``GetXaxis()->GetBinCenter(GetMaximumBin())``, as of ATLAS's
    MaximumBin. The width is that of all bins around it, without a gap, that have half
    its height or more.

    Attributes:
        warn_below, bad_below, warn_above, bad_above: position or width, unit of the
            axis; or the share of all entries (0 to 1).
        of: what the limits are of.
        entries: needed.
        unit: of the axis, for the sentence.
    """

    NAME: ClassVar[str] = "peak"
    DIMENSIONS: ClassVar[tuple[int, ...]] = (1,)
    PROFILES: ClassVar[bool] = False
    SHARES: ClassVar[bool | tuple[str, object]] = ("of", "share")

    of: Literal["position", "width", "share"] = "position"
    entries: float = 200.0
    unit: str = ""

    @quiet
    def judge(self, batch: Batch) -> list[Result]:
        """One result a row."""
        data = batch.data
        heights = np.where(batch.judged, data.values(), 0.0)
        total = heights.sum(1)
        rows = np.arange(len(data))
        top = np.argmax(heights, axis=1)
        highest = heights[rows, top]
        edges = data.edges(0)
        share = highest / np.where(total > 0, total, np.nan)
        if self.of == "position":
            values = 0.5 * (edges[rows, top] + edges[rows, top + 1])
        elif self.of == "width":
            values = _width(heights, top, edges)
        else:
            values = share
        short = few(batch, total, self.entries)
        unit = f" {self.unit}" if self.unit else ""
        expected = self.expected(self.unit)
        if self.of == "share":
            expected = self.expected(share=True)
        found = []
        for row, (value, status) in enumerate(
            zip(values.tolist(), self.statuses(values), strict=True)
        ):
            if row in short or not highest[row] > 0:
                nothing = Result(Status.LOW_STATISTICS, "no bin is above 0")
                found.append(short.get(row, nothing))
                continue
            if self.of == "position":
                words = f"the highest bin is at {number(value)}{unit}"
            elif self.of == "width":
                words = f"the peak is {number(value)}{unit} wide"
            else:
                words = f"{percent(value)} of the entries in the highest bin"
            where = top[row : row + 1].astype(np.int64)
            found.append(
                Result(
                    status,
                    words + expected,
                    value,
                    self.limits,
                    offending=where if is_wrong(status) else None,
                )
            )
        return found

    @classmethod
    def examples(cls) -> tuple[Example, ...]:
        """Cases."""
        at = cls(warn_below=1, warn_above=3, bad_above=3.9)
        narrow = cls(of="width", bad_above=2)
        full = cls(of="share", bad_below=0.5)
        return (
            Example("in place", at, (0, 100, 500, 100, 0), Status.GOOD),
            Example("moved", at, (0, 0, 100, 500, 0), Status.WARNING),
            Example("far off", at, (0, 0, 0, 100, 500), Status.BAD),
            Example("too few", at, (0, 0, 9, 0, 0), Status.LOW_STATISTICS),
            Example("wide", narrow, (100, 300, 500, 300, 0), Status.BAD),
            Example("spread", full, (100, 300, 500, 300, 0), Status.BAD),
        )


class Flat(Check, frozen=True):
    """A distribution is flat, once outliers are left out; these are counted.

    Bins beyond so many standard deviations of the median are left out; a parabola is
    fitted to the rest. Its slope is (highest − lowest) / (highest + lowest) of the
    parabola. Like ATLAS's OutlierAndFlatnessTest.

    Attributes:
        warn_above, bad_above: the slope, 0 to 1.
        warn_outliers_above, bad_outliers_above: number of outliers.
        outlier: standard deviations (robust, or Poisson's if more) of the median from
            which on a bin is an outlier.
        entries: that the median bin needs.
        filled: empty bins are left out, and are no outliers.
    """

    NAME: ClassVar[str] = "flat"
    DIMENSIONS: ClassVar[tuple[int, ...]] = (1,)
    PROFILES: ClassVar[bool] = False

    warn_above: float | None = 0.2
    bad_above: float | None = 0.4
    warn_outliers_above: float | None = None
    bad_outliers_above: float | None = None
    outlier: float = 5.0
    entries: float = 25.0
    filled: bool = False

    @quiet
    def judge(self, batch: Batch) -> list[Result]:
        """One result a row."""
        data = batch.data
        if data.axes[0][0].bins < _LEAST_BINS:
            words = f"it has fewer than {_LEAST_BINS} bins"
            return [Result(Status.NOT_CHECKED, words)] * len(data)
        values = data.values()
        judged = batch.judged & (values != 0) if self.filled else batch.judged
        middle, spread = spreads(values, judged)
        usual = np.maximum(spread, np.sqrt(np.abs(middle)))[:, None]
        outliers = judged & (np.abs(values - middle[:, None]) > self.outlier * usual)
        rest = judged & ~outliers
        slopes = _slopes(values, rest)
        many = outliers.sum(1)
        by_slope = grade(slopes, self.warn_above, self.bad_above)
        by_number = grade(many, self.warn_outliers_above, self.bad_outliers_above)
        limits = limits_above(self.warn_above, self.bad_above)
        number_limits = limits_above(self.warn_outliers_above, self.bad_outliers_above)
        short = few(batch, middle, self.entries, "entries in the median bin")
        found = []
        for row, (slope, one, two) in enumerate(
            zip(slopes.tolist(), by_slope, by_number, strict=True)
        ):
            if row in short:
                found.append(short[row])
                continue
            words = f"{percent(slope)} from flat"
            status = worse(one, two)
            by_outliers = status is not one
            if np.isnan(slope):
                words = f"fewer than {_LEAST_BINS} bins are left without outliers"
                status = two if is_wrong(two) else Status.NOT_CHECKED
                by_outliers = True
            where = np.flatnonzero(outliers[row])
            if where.size:
                words += f"; {counted(where.size, 'outlier')} "
                words += f"({places_of(data.axes[row], where)})"
            found.append(
                Result(
                    status,
                    words,
                    float(many[row]) if by_outliers else slope,
                    number_limits if by_outliers else limits,
                    offending=where if is_wrong(two) else None,
                    family=moved(data, row, values[row, where] - middle[row])
                    if by_outliers
                    else None,
                )
            )
        return found

    @classmethod
    def examples(cls) -> tuple[Example, ...]:
        """Cases."""
        outliers = cls(bad_outliers_above=0)
        tilted = tuple(range(100, 500, 30))
        return (
            Example("flat", cls(), (100, 101, 99, 100, 102, 98), Status.GOOD),
            Example("tilted", cls(bad_above=0.9), tilted, Status.WARNING),
            Example("steep", cls(), tilted, Status.BAD),
            Example(
                "a spike",
                outliers,
                (100, 100, 900, 100, 100, 100),
                Status.BAD,
                family="excess",
            ),
            Example("few entries", cls(), (1, 1, 1, 1, 2, 1), Status.LOW_STATISTICS),
        )


class Correlated(Within, frozen=True):
    """How y goes with x, of a map or profile: the correlation, or the slope.

    The correlation is ROOT's ``TH2::GetCorrelationFactor`` from bin centres, that of a
    profile from its sums; the slope is that of a straight line through all entries by
    least squares. Like ATLAS's CorrelationYX.

    Attributes:
        warn_below, bad_below, warn_above, bad_above: correlation (−1 to 1), or slope
            in units of y over x.
        of: what the limits are of.
        entries: effective entries needed.
    """

    NAME: ClassVar[str] = "correlated"

    of: Literal["correlation", "slope"] = "correlation"
    entries: float = 200.0

    @quiet
    def judge(self, batch: Batch) -> list[Result]:
        """One result a row."""
        data = batch.data
        if (data.dimension == 1) is not (data.bin_entries is not None):
            words = "only maps and profiles of one axis have a correlation"
            return [Result(Status.NOT_CHECKED, words)] * len(data)
        along_x = moments(data, 0, batch.judged)
        along_y = moments(data, 1, batch.judged)
        covariance = _covariance(batch, along_x.mean, along_y.mean)
        # without what is left of rounding where there is none
        values = np.round(covariance / (along_x.rms * along_y.rms), 12) + 0.0
        if self.of == "slope":
            values = covariance / along_x.rms**2
        narrow = 1e-7 * np.abs(data.centers(0)).max(1)
        values = np.where(along_x.rms > narrow, values, np.nan)
        short = few(batch, along_x.entries, self.entries)
        expected = self.expected()
        found = []
        for row, (value, status) in enumerate(
            zip(values.tolist(), self.statuses(values), strict=True)
        ):
            if row in short:
                found.append(short[row])
                continue
            if not np.isfinite(value):
                words = f"its {self.of} is not defined"
                found.append(Result(Status.NOT_CHECKED, words))
                continue
            words = f"{self.of} {self.shown(value)}{expected}"
            found.append(Result(status, words, value, self.limits))
        return found

    @classmethod
    def examples(cls) -> tuple[Example, ...]:
        """Cases."""
        close = cls(warn_below=0.9, bad_below=0.5)
        slope = cls(of="slope", warn_above=1.1, bad_above=1.5)
        full = (100, 100, 100)
        return (
            Example("as one", close, ((300, 5), (5, 300)), Status.GOOD),
            Example("less", close, ((300, 30), (30, 300)), Status.WARNING),
            Example("not at all", close, ((300, 300), (300, 300)), Status.BAD),
            Example("few", close, ((3, 0), (0, 3)), Status.LOW_STATISTICS),
            Example("a profile", slope, (1, 3, 5), Status.BAD, entries=full),
        )


def _place(
    axes: Sequence[Axis], half: tuple[int, ...], at: int, mirrored: int | None
) -> Array:
    """The bin of a pair that is the weaker: of the lower half, or its mirror.

    Args:
        axes: the axes.
        half: number of bins along each in the lower half.
        at: number of the pair.
        mirrored: the axis along which it is the mirror's; None: it is not.
    """
    index = np.array(np.unravel_index(at, half))
    if mirrored is not None:
        index[mirrored] = axes[mirrored].bins - 1 - index[mirrored]
    bins = tuple(each.bins for each in axes)
    return np.atleast_1d(np.ravel_multi_index(tuple(index), bins))


_LEAST_BINS = 4  # of which a parabola says something


def _width(heights: Array, top: Array, edges: Array) -> Array:
    """Width of the bins around the highest that have half its height, ``(n,)``."""
    rows = np.arange(len(heights))
    bins = heights.shape[1]
    low = heights < 0.5 * heights[rows, top][:, None]
    numbers = np.arange(bins)
    before = low & (numbers < top[:, None])
    after = low & (numbers > top[:, None])
    first = np.where(before, numbers + 1, 0).max(1)
    last = np.where(after, numbers, bins).min(1)
    width: Array = edges[rows, last] - edges[rows, first]
    return width


def _slopes(values: Array, chosen: Array) -> Array:
    """How far parabolas through the chosen bins are from flat; NaN with too few."""
    x = np.linspace(-1.0, 1.0, values.shape[1])
    powers = np.stack([np.ones_like(x), x, x**2], axis=1)
    weights = chosen.astype(np.float64)
    scale = np.maximum(np.abs(np.where(chosen, values, 0.0)).max(1), 1e-300)[:, None]
    left = np.einsum("nb,bi,bj->nij", weights, powers, powers)
    right = (weights * np.where(chosen, values / scale, 0.0)) @ powers
    enough = chosen.sum(1) >= _LEAST_BINS
    left = np.where(enough[:, None, None], left, np.eye(3))
    right = np.where(np.isfinite(right), right, 0.0)
    fitted = np.linalg.solve(left, right[:, :, None])[:, :, 0] @ powers.T
    high = np.where(chosen, fitted, -np.inf).max(1)
    low = np.where(chosen, fitted, np.inf).min(1)
    slopes = np.where(high + low > 0, (high - low) / np.abs(high + low), np.inf)
    return np.where(enough, np.minimum(slopes, LARGEST), np.nan)


@quiet
def _covariance(batch: Batch, mean_x: Array, mean_y: Array) -> Array:
    """Covariance of x and y, ``(n,)``."""
    data = batch.data
    weights = np.where(batch.judged, data.weights(), 0.0)
    away_x = data.centers(0) - mean_x[:, None]
    if data.dimension == 1:
        sums = np.where(batch.judged, inner(data.contents), 0.0)
        products = (away_x * sums).sum(1) - mean_y * (away_x * weights).sum(1)
        covariance: Array = products / weights.sum(1)
        return covariance
    away_y = data.centers(1) - mean_y[:, None]
    products = flat(weights * away_x[:, :, None] * away_y[:, None, :]).sum(1)
    covariance = products / weights.sum((1, 2))
    return np.asarray(covariance)
