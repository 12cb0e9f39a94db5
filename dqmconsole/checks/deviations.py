"""Checks of single bins against the reference: how many are off, how far on average."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Literal

import numpy as np

from dqmconsole.checks.batch import flat, inner, quiet
from dqmconsole.checks.check import (
    Check,
    Example,
    Result,
    grade,
    limits_above,
)
from dqmconsole.checks.comparison import UNCOMPARABLE, alike, allowed
from dqmconsole.checks.limits import (
    EXPECTED_LEAST,
    are_shares,
    lost_result,
    moved,
    of_unknown_amount,
    without_reference,
)
from dqmconsole.checks.root_statistics import row_sums, weighted_rows
from dqmconsole.checks.sentences import number, percent, places_of
from dqmconsole.model.verdict import Status
from dqmconsole.model.words import counted

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dqmconsole.checks.batch import Batch, Rows
    from dqmconsole.model.histogram import Array

_FEW_RARE = 50.0  # hits, or misses, of both sides together


class BinsAgainstReference(Check, frozen=True):
    """Few bins are far from the reference, both in errors and in size.

    Like ATLAS's BinContentComp and ALICE's BinByBinDeviation. Counts are compared with
    the reference times its scale by Li and Ma's likelihood ratio (Astrophys. J. 272
    (1983) 317, eq. 17), which is right for few entries, too; weighted fills, means and
    efficiencies by their errors, of few weighted fills by that of as many as should be
    there. A bin is beyond where it exceeds all three: `sigma`, `absolute` and
    `relative`; of very many bins some exceed 5 sigma by chance, so that there `sigma`
    rises as `chance` says. A mean that nothing was filled into, where 25 entries or
    more are expected, is beyond, too.

    Attributes:
        sigma: standard deviations of the difference, at least.
        chance: that any bin of good data exceeds as many; 1 leaves `sigma` as it is.
        absolute: size of the difference, in the unit of the values.
        relative: likewise, as a share of the reference.
        of: the limits count "bins", or their "share" of those judged.
        warn_above, bad_above: more beyond than this.
        entries: that must be expected in a bin, or be there, for it to be judged.
        excess: only more than the reference is wrong, as of errors; none are good. A
            reference that is scaled by area does not say how many there should be.
    """

    NAME: ClassVar[str] = "bins_against_reference"
    DIMENSIONS: ClassVar[tuple[int, ...]] = (1, 2, 3)
    REFERENCE: ClassVar[bool] = True
    SHARES: ClassVar[bool | tuple[str, object]] = ("of", "share")

    sigma: float = 5.0
    chance: float = 1e-4
    absolute: float = 0.0
    relative: float = 0.0
    of: Literal["bins", "share"] = "bins"
    warn_above: float | None = 0.0
    bad_above: float | None = 2.0
    entries: float = 5.0
    excess: bool = False

    @quiet
    def judge(self, batch: Batch) -> list[Result]:
        """One result a row."""
        if batch.reference is None or batch.scale is None:
            return [without_reference(batch)] * len(batch.data)
        pulls, expected, filled = deviations(batch, batch.reference)
        judged, beyond = self._beyond(batch, pulls, expected, filled)
        broken = flat(batch.judged) & np.isnan(pulls)
        bins, many = judged.sum(axis=1), beyond.sum(axis=1)
        values = many / np.maximum(bins, 1) if self.of == "share" else many * 1.0
        values[broken.any(axis=1)] = np.nan
        statuses = grade(values, self.warn_above, self.bad_above)
        limits = limits_above(self.warn_above, self.bad_above)
        shape = inner(batch.data.contents).shape[1:]
        number_of = bins.tolist()
        lost = _all_lost(expected, filled) & (not self.excess)
        skipped = _not_judged(batch, statuses, lost, expected, bins, self.entries)
        if self.excess:
            skipped = of_unknown_amount(batch) | skipped
        values_of = flat(batch.data.values())
        wanted_of = flat(batch.scaled_reference())
        good: dict[int, str] = {}
        found = []
        for row, (status, value) in enumerate(
            zip(statuses, values.tolist(), strict=True)
        ):
            if row in skipped:
                found.append(skipped[row])
            elif not value:
                words = good.get(number_of[row]) or self._words(number_of[row])
                good[number_of[row]] = words
                found.append(Result(status, words, value, limits))
            else:
                at = np.flatnonzero(beyond[row])
                words = self._words(number_of[row], at.size, value, status)
                words += f": {places_of(batch.data.axes[row], at)}"
                worst = at[np.abs(pulls[row, at]).argmax()]
                held, wanted = values_of[row, worst], wanted_of[row, worst]
                if at.size > 1:
                    place = places_of(batch.data.axes[row], np.array([worst]), ", ")
                    words += f", farthest off at {place}"
                words += f" ({number(held, 3)}, {number(wanted, 3)} expected)"
                bare = batch.data.bin_entries is not None and not filled[row, at].any()
                off = values_of[row, at] - wanted_of[row, at]
                found.append(
                    Result(
                        status,
                        words,
                        value,
                        limits,
                        at,
                        np.where(judged[row], pulls[row], 0.0).reshape(shape),
                        family="missing" if bare else moved(batch.data, row, off),
                    )
                )
        return found

    def _beyond(
        self, batch: Batch, pulls: Array, expected: Array, filled: Array
    ) -> tuple[Array, Array]:
        """The bins that are judged, and those of them that are too far off."""
        wanted = flat(batch.scaled_reference())
        more = flat(batch.data.values()) - wanted
        size = more if self.excess else np.abs(more)
        far = (size > self.absolute) & (size > self.relative * np.abs(wanted))
        enough = (expected >= self.entries) | (filled >= self.entries)
        if self.excess:  # that there are none says something, too
            enough = ~np.isnan(expected)
        judged = flat(batch.judged) & enough
        far &= np.abs(pulls) > self._needed(judged.sum(axis=1))[:, None]
        if self.excess:
            return judged, judged & far & (pulls > 0)
        if batch.data.bin_entries is None:
            return judged, judged & far
        bare = judged & (filled <= 0)
        beyond = (judged & far & ~bare) | (bare & (expected >= EXPECTED_LEAST))
        return judged & (~bare | beyond), beyond

    def _needed(self, bins: Array) -> Array:
        """Standard deviations that a bin must differ by, one of so many."""
        from scipy.special import ndtri

        one = 0.5 * np.minimum(self.chance / np.maximum(bins, 1), 1.0)
        found: Array = np.maximum(self.sigma, -ndtri(one))
        return found

    def _words(
        self,
        bins: int,
        many: int = 0,
        value: float = 0.0,
        status: Status = Status.GOOD,
    ) -> str:
        sigma = round(float(self._needed(np.array([bins]))[0]), 2)
        some = (
            f"{many:,} of {counted(bins, 'bin')}" if many else f"none of {bins:,} bins"
        )
        if bins == 1:
            some = "the only bin" if many else "the only bin not"
        far = [f"{sigma:g} sigma"] if sigma else []
        far += [f"{percent(self.relative)} of it"] if self.relative else []
        far += [number(self.absolute, 2)] if self.absolute else []
        off = "above" if self.excess else "off"
        far = [", ".join(far[:-1]), far[-1]] if len(far) > 2 else far
        words = f"{some} {off} the reference by more than {' and '.join(far) or '0'}"
        if not many:
            return words
        if self.of == "share":
            words += f" ({percent(round(value, 3))})"
            return words + allowed(self.warn_above, self.bad_above, status, percent)
        return words + allowed(self.warn_above, self.bad_above, status)

    def wrong(self) -> Iterator[tuple[str, str]]:
        """Limits that cannot be meant."""
        yield from super().wrong()
        if self.sigma < 0:
            yield "sigma", "it is below 0"
        if not 0 < self.chance <= 1:
            yield "chance", "a chance is above 0 and at most 1"

    @classmethod
    def examples(cls) -> tuple[Example, ...]:
        """Cases."""
        flat_one = (100, 100, 100, 100)
        return (
            Example("alike", cls(), (90, 105, 98, 117), Status.GOOD, flat_one),
            Example(
                "one is hot",
                cls(),
                (90, 305, 98, 117),
                Status.WARNING,
                flat_one,
                family="excess",
            ),
            Example(
                "three are dead",
                cls(),
                (0, 1, 98, 0),
                Status.BAD,
                flat_one,
                family="missing",
            ),
            Example(
                "sure, but small",
                cls(relative=0.2),
                (100_000, 110_000),
                Status.GOOD,
                (100_000, 100_000),
            ),
            Example(
                "empty", cls(), (0, 0, 0, 0), Status.BAD, flat_one, family="missing"
            ),
            Example("no errors", cls(excess=True), (0, 0), Status.GOOD, flat_one[:2]),
            Example(
                "errors",
                cls(excess=True),
                (60, 0),
                Status.WARNING,
                (2, 90),
                family="excess",
            ),
            Example("too few", cls(), (1, 0), Status.LOW_STATISTICS, (1, 2)),
            Example("no reference", cls(), (5, 5), Status.NO_REFERENCE),
            Example(
                "means shifted",
                cls(absolute=0.5, bad_above=1),
                (12.0, 5.0, 12.0),
                Status.BAD,
                (10.0, 5.0, 10.0),
                entries=(200, 200, 200),
            ),
        )


def _not_judged(
    batch: Batch,
    statuses: list[Status],
    lost: Array,
    expected: Array,
    bins: Array,
    entries: float,
) -> dict[int, Result]:
    """The rows of which no bin is looked at, and what is said of them.

    Args:
        batch: the rows.
        statuses: FAILED where bins hold no numbers.
        lost: rows that are empty and should not be.
        expected: entries in each bin, ``(n, bins)``.
        bins: number of bins with enough entries, ``(n,)``.
        entries: that are enough.
    """
    there = batch.has_reference
    failed = np.array([each is Status.FAILED for each in statuses])
    found = {}
    for row in np.flatnonzero(~there | failed | lost | (bins == 0)).tolist():
        if not there[row]:
            found[row] = without_reference(batch)
        elif failed[row]:
            found[row] = UNCOMPARABLE
        elif lost[row]:
            found[row] = lost_result(0.0, float(expected[row].sum()))
        else:
            words = f"{number(entries)} entries are expected in no bin"
            found[row] = Result(Status.LOW_STATISTICS, words)
    return found


def _all_lost(expected: Array, filled: Array) -> Array:
    total = expected.sum(axis=1)
    lost: Array = (total >= EXPECTED_LEAST) & (filled.sum(axis=1) == 0)
    return lost


@quiet
def deviations(batch: Batch, reference: Rows) -> tuple[Array, Array, Array]:
    """How far each bin is from the reference, each ``(n, bins)``.

    Returns:
        The deviation in standard deviations, signed, NaN where there is no number;
        the entries that are expected in each bin; and those that are there.
    """
    assert batch.scale is not None
    data = batch.data
    if data.bin_entries is not None and reference.bin_entries is not None:
        return _of_means(batch, reference)
    scale = batch.scale[:, None]
    values, held = flat(data.values()), flat(reference.values())
    expected = held * scale
    pulls = li_ma(values, held, scale)
    if data.sumw2 is None and reference.sumw2 is None:
        negative = (values < 0) | (held < 0)
        if not negative.any():
            return pulls, expected, values
    one, two = flat(data.variances()), flat(reference.variances())
    counts = ~weighted_rows(values, None if data.sumw2 is None else one)[:, None]
    as_well = ~weighted_rows(held, None if reference.sumw2 is None else two)[:, None]
    by_counts = counts & as_well
    # what is not scaled may be values that were set, whose errors are as they are
    kept = data.sumw2 is not None or reference.sumw2 is not None
    fills = kept & ((scale != 1) | counts | as_well)
    own, its = _squared_errors(values, one), _squared_errors(held, two)
    difference = values - expected
    by_error = difference / np.sqrt(
        np.where(fills, _at_least(own, values, one, expected), own)
        + scale**2 * np.where(fills, _at_least(its, held, two, values / scale), its)
    )
    by_error = np.where(difference == 0, 0.0, by_error)
    # of data that are empty nobody knows the weight
    filled = (data.sumw2 is None) | values.any(axis=1, keepdims=True)
    return (
        np.where(by_counts, pulls, by_error),
        np.where(by_counts | (counts & filled), expected, held**2 / its * scale),
        np.where(by_counts, values, values**2 / own),
    )


def _squared_errors(values: Array, squares: Array) -> Array:
    """Of each bin; of an empty one it is that of one fill of the mean weight."""
    found: Array = np.where(squares > 0, squares, _mean_weight(values, squares) ** 2)
    return found


def _at_least(own: Array, values: Array, squares: Array, wanted: Array) -> Array:
    """Squared errors of bins that should hold what is wanted.

    Of what holds less its own is too small. No fill weighs more than all of a bin.

    Args:
        own: as :func:`_squared_errors`, ``(n, bins)``.
        values: contents.
        squares: their squared errors, 0 where there are none.
        wanted: what should be there.
    """
    size = np.abs(values)
    weight = np.where(
        size > 0, np.fmin(own / size, size), _mean_weight(values, squares)
    )
    found: Array = np.fmax(own, weight * np.abs(wanted))
    return found


def _mean_weight(values: Array, squares: Array) -> Array:
    total = np.abs(row_sums(values))[:, None]
    found: Array = np.where(total > 0, row_sums(squares)[:, None] / total, 1.0)
    return found


@quiet
def li_ma(counts: Array, off: Array, scale: Array) -> Array:
    """Significance of counts beside others that were seen `1 / scale` times as long.

    Li and Ma, Astrophys. J. 272 (1983) 317, eq. 17; signed.
    """
    both = counts + off
    one = counts * np.log(counts * (1 + scale) / (scale * both))
    two = off * np.log(off * (1 + scale) / both)
    total = np.where(counts > 0, one, 0.0) + np.where(off > 0, two, 0.0)
    total = np.where(np.isnan(counts) | np.isnan(off), np.nan, total)
    found: Array = np.sign(counts - scale * off) * np.sqrt(2 * np.maximum(total, 0.0))
    return found


def _of_means(batch: Batch, reference: Rows) -> tuple[Array, Array, Array]:
    """Of profiles and efficiencies, by the spread that both sides together have."""
    data = batch.data
    assert data.bin_entries is not None
    assert reference.bin_entries is not None
    one, two = flat(_fills(data)), flat(_fills(reference))
    assert batch.scale is not None
    share = np.abs(row_sums(one)) / np.abs(row_sums(two))
    # what is empty does not say how much it should hold
    share = np.where(share > 0, share, batch.scale)
    expected = two * share[:, None]
    values, held = flat(data.values()), flat(reference.values())
    n = np.abs(one) + np.abs(two)
    spread = (
        np.abs(one) * flat(_spread(data)) + np.abs(two) * flat(_spread(reference))
    ) / n
    p = (np.abs(one) * values + np.abs(two) * held + 1) / (n + 2)
    shares = are_shares(data) & are_shares(reference)
    spread = np.where(shares[:, None], p * (1 - p), spread)
    # a bin in which all fills were alike has the spread of the others
    known = (n > 0) & ~np.isnan(spread)
    usual = row_sums(np.where(known, spread, 0.0)) / known.sum(axis=1)
    spread = np.where(spread > 0, spread, usual[:, None])
    variance = spread * (1 / np.abs(one) + 1 / np.abs(two))
    difference = values - held
    pulls = difference / np.sqrt(variance)
    # of shares near 0 or 1 the rare ones are few, and no Gaussian
    rare = p <= 0.5
    of_data = np.where(rare, values, 1 - values) * np.abs(one)
    of_reference = np.where(rare, held, 1 - held) * np.abs(two)
    by_counts = li_ma(of_data, of_reference, np.abs(one) / np.abs(two))
    by_counts = np.where(rare, by_counts, -by_counts)
    few = shares[:, None] & (of_data + of_reference < _FEW_RARE)
    pulls = np.where(few, by_counts, pulls)
    alike_or_bare: Array = (difference == 0) | (one == 0) | (two == 0)
    return np.where(alike_or_bare, 0.0, pulls), expected, np.abs(one)


def _fills(rows: Rows) -> Array:
    """Number of fills of each inner bin: ``TProfile::GetBinEffectiveEntries``."""
    assert rows.bin_entries is not None
    weights = inner(rows.bin_entries)
    if rows.bin_sumw2 is None:
        return weights
    squares = inner(rows.bin_sumw2)
    found: Array = np.where(squares > 0, weights * (weights / squares), weights)
    return found


def _spread(rows: Rows) -> Array:
    """Mean squared deviation of what was filled into each inner bin."""
    assert rows.bin_entries is not None
    weights = inner(rows.bin_entries)
    means = rows.values()
    if rows.sumw2 is None:
        return np.zeros_like(means)
    squares = inner(rows.sumw2) / np.where(weights != 0, weights, 1.0)
    found: Array = np.abs(squares - means**2)
    return found


class Deviation(Check, frozen=True):
    """The bins differ from the reference by little on average, as a share of it.

    ALICE's ObjectComparatorDeviation: the mean of |data - reference| / reference, here
    over the bins of which enough is expected: of 100 entries on either side chance
    alone makes 0.11.

    Attributes:
        warn_above, bad_above: mean relative difference.
        entries: that must be expected in a bin, and be in the reference's, for it to
            count.
    """

    NAME: ClassVar[str] = "deviation"
    DIMENSIONS: ClassVar[tuple[int, ...]] = (1, 2, 3)
    REFERENCE: ClassVar[bool] = True
    SHARES: ClassVar[bool] = True

    warn_above: float | None = 0.2
    bad_above: float | None = 0.4
    entries: float = 100.0

    @quiet
    def judge(self, batch: Batch) -> list[Result]:
        """One result a row."""
        if batch.reference is None or batch.scale is None:
            return [without_reference(batch)] * len(batch.data)
        wanted = flat(batch.scaled_reference())
        difference = flat(batch.data.values()) - wanted
        _, expected, filled = deviations(batch, batch.reference)
        lost = _all_lost(expected, filled)
        held = np.abs(flat(batch.reference.weights()))
        enough = (expected >= self.entries) & (held >= self.entries) & (wanted != 0)
        used = np.logical_and(flat(batch.judged), enough)
        relative = np.where(used, difference / np.abs(wanted), 0.0)
        bins = used.sum(axis=1)
        values = np.abs(relative).sum(axis=1) / np.maximum(bins, 1)
        broken = flat(batch.judged) & ~np.isfinite(difference)
        values = np.where(broken.any(axis=1), np.nan, values)
        statuses = grade(values, self.warn_above, self.bad_above)
        limits = limits_above(self.warn_above, self.bad_above)
        may = allowed(self.warn_above, self.bad_above, shown=percent)
        keys, once = alike(values, 3)
        words = {key: f"{percent(key)} off on average{may}" for key in once}
        skipped = _not_judged(batch, statuses, lost, expected, bins, self.entries)
        found = []
        for row, (status, value, key) in enumerate(
            zip(statuses, values.tolist(), keys, strict=True)
        ):
            if row in skipped:
                found.append(skipped[row])
            elif status is Status.GOOD:
                found.append(Result(status, words[key], value, limits))
            else:
                worst = np.abs(relative[row]).argsort()[-1:]
                said = f"{percent(key)} off on average"
                said += allowed(self.warn_above, self.bad_above, status, percent)
                said += ", most in "
                said += places_of(batch.data.axes[row], worst)
                most = round(float(relative[row, worst[0]]), 3)
                said += f" ({'+' if most > 0 else ''}{percent(most)})"
                family = moved(batch.data, row, relative[row])
                result = Result(status, said, value, limits, worst, family=family)
                found.append(result)
        return found

    @classmethod
    def examples(cls) -> tuple[Example, ...]:
        """Cases."""
        wanted = (120, 200, 100)
        return (
            Example("alike", cls(), (115, 210, 104), Status.GOOD, wanted),
            Example("a quarter off", cls(), (90, 250, 125), Status.WARNING, wanted),
            Example(
                "half is lost",
                cls(),
                (60, 100, 50),
                Status.BAD,
                wanted,
                family="missing",
            ),
            Example("empty", cls(), (0, 0, 0), Status.BAD, wanted, family="missing"),
            Example("too few", cls(), (3, 5), Status.LOW_STATISTICS, (3, 5)),
            Example("no reference", cls(), wanted, Status.NO_REFERENCE),
        )
