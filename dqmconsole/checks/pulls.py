"""How good runs differ from one another, and the check against that."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

import msgspec
import numpy as np

from dqmconsole.checks.batch import Band, flat, inner, quiet
from dqmconsole.checks.check import (
    Check,
    Example,
    Result,
    grade,
    limits_above,
)
from dqmconsole.checks.comparison import (
    UNCOMPARABLE,
    allowed,
)
from dqmconsole.checks.deviations import li_ma
from dqmconsole.checks.limits import (
    ENOUGH_RUNS,
    EXPECTED_LEAST,
    entry_weights,
    is_lost,
    lost_result,
    moved,
    worse,
)
from dqmconsole.checks.root_statistics import weighted_rows
from dqmconsole.checks.sentences import number, places_of
from dqmconsole.model.histogram import Array
from dqmconsole.model.verdict import Status
from dqmconsole.model.words import counted

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dqmconsole.checks.batch import Batch, Rows
    from dqmconsole.model.cause import Family

_SURE = 0.0027  # what lies beyond three standard deviations


@quiet
def band_of(
    runs: Rows, exposure: Array | None = None, seen: Array | None = None
) -> Band:
    """Mean and spread of good runs, bin by bin, for rows to be judged.

    Args:
        runs: one good run a row; the others are left out before.
        exposure: events that each of them saw, ``(runs,)``; None of what does not grow
            with it (means, efficiencies). Those of which it is unknown do not count.
        seen: events that each row to be judged saw, ``(n,)``; None: one row, which
            saw as many as a good run does on average.

    Returns:
        ``n`` rows; NaN where nothing is known.
    """
    values = runs.values()
    usable = np.isfinite(flat(values)).all(axis=1)
    if exposure is not None:
        usable &= np.isfinite(exposure) & (exposure > 0)
    kept = values[usable].astype(np.float64, copy=False)  # in place from here on
    factor = np.ones(1 if seen is None else len(seen))
    if exposure is None:
        mean = kept.mean(axis=0) if len(kept) else np.full(values.shape[1:], np.nan)
    else:
        of_each = exposure[usable]
        # of all together: a short run counts for less
        mean = kept.sum(axis=0) / of_each.sum()
        kept /= of_each.reshape(-1, *(1,) * (values.ndim - 1))
        factor = np.array([of_each.mean()]) if seen is None else seen
    many = len(kept)
    spread = np.full(values.shape[1:], np.nan)
    if many > 1:
        kept -= mean
        kept *= kept
        spread = np.sqrt(kept.sum(axis=0) / (many - 1))
    return Band(mean[None], spread[None], np.array([float(many)])).scaled(factor)


class Template(msgspec.Struct, frozen=True, eq=False, gc=False):
    """A shape that follows good runs: exponentially weighted mean and spread.

    After DINAMO, made for LHCb (Gavrikov et al., arXiv:2501.19237); here a run counts
    by its entries. Give it good runs alone: it would learn what is wrong.

    Attributes:
        mean: of the shares of each bin, any shape.
        spread: of those shares between runs, standard deviations, same shape.
        weight: of all runs so far, each less the longer ago.
        squares: sum of the squared weights.
    """

    mean: Array
    spread: Array
    weight: float
    squares: float

    @property
    def runs(self) -> float:
        """How many runs of equal weight would say as much."""
        return self.weight**2 / self.squares

    def band(self, totals: Array) -> Band:
        """The band of rows with so many entries, ``(n,)``."""
        one = Band(self.mean[None], self.spread[None], np.array([self.runs]))
        return one.scaled(totals)


@quiet
def followed(
    template: Template | None, contents: Array, keep: float = 0.9
) -> Template | None:
    """A template after one more good run; as it was where that run has no entries.

    Args:
        template: so far; None: this is the first run.
        contents: counts of its inner bins.
        keep: what is left of a run's weight after one more, 0 to 1.
    """
    total = float(contents.sum())
    if not (total > 0 and np.isfinite(contents).all()):
        return template
    share = contents / total
    if template is None:
        new = (1 - keep) * total
        return Template(share, np.zeros_like(share), new, new**2)
    old, new = keep * template.weight, (1 - keep) * total
    weight = old + new
    off = share - template.mean
    mean = template.mean + off * new / weight
    # the spread about the mean as it was before, less what counting alone makes of it
    by_chance = np.maximum(template.mean, 0.0) / total
    between = np.maximum(off**2 - by_chance, 0.0)
    spread = np.sqrt((old * template.spread**2 + new * between) / weight)
    return Template(mean, spread, weight, keep**2 * template.squares + new**2)


class RunBand(Check, frozen=True):
    """Each bin lies where it lies in good runs.

    DINAMO, made for LHCb, looks at how good runs differ, which no test of CMS, ATLAS or
    ALICE does that this project has seen.
    A bin is beyond only where both exceed: the statistical significance (by Poisson's
    likelihood, of means by their errors; few runs do not know their mean well) and the
    size beside the usual spread of good runs. That spread is widened for few runs
    (Student t at three standard deviations) and is not less than the usual share of
    the mean; with fewer than five runs limits double.

    Attributes:
        sigma: standard deviations by statistics alone.
        warn_above, bad_above: usual spreads.
        warn_chi2_above, bad_chi2_above: mean over all bins of the squared difference
            over that of both errors and usual spread (DINAMO's chi2): many bins that
            are each a little off.
        relative: a difference up to this share of the mean is none.
        bins: so many bins may be beyond.
        entries: that must be expected, or be there: in all bins, of means in each.
        counts: the contents are counts or weights; false: values that were set, for
            which there is only the usual spread.
    """

    NAME: ClassVar[str] = "run_band"
    DIMENSIONS: ClassVar[tuple[int, ...]] = (1, 2, 3)
    REFERENCE: ClassVar[bool] = False

    sigma: float = 5.0
    warn_above: float | None = 3.0
    bad_above: float | None = 5.0
    warn_chi2_above: float | None = None
    bad_chi2_above: float | None = None
    relative: float = 0.0
    bins: int = 0
    entries: float = EXPECTED_LEAST
    counts: bool = True

    @quiet
    def judge(self, batch: Batch) -> list[Result]:
        """One result a row."""
        band = batch.band
        if band is None:
            words = "no band of good runs: none are at hand to compare with"
            return [Result(Status.NO_REFERENCE, words)] * len(batch.data)
        data, mean = batch.data, flat(band.mean)
        values = flat(data.values())
        judged = np.logical_and(flat(batch.judged), np.isfinite(mean))
        usual = widened(flat(band.spread), mean, band.runs)
        # with too few runs the limits double: here spreads count half
        usual *= np.where(band.runs < ENOUGH_RUNS, 2.0, 1.0)[:, None]
        were_set = not self.counts and data.bin_entries is None
        skipped = self._skipped(batch, judged, usual, were_set=were_set)
        if data.bin_entries is not None:
            filled = np.abs(flat(inner(data.bin_entries)))
            judged = judged & (filled >= self.entries)
        off = statistical(data, mean, band.runs)
        if were_set:
            off = np.where(values == mean, 0.0, (values - mean) * np.inf)
        off = np.where(judged, off, 0.0)
        difference = np.abs(values - mean)
        spreads = np.where(difference == 0, 0.0, difference / usual)
        sure = (np.abs(off) > self.sigma) & (difference > self.relative * np.abs(mean))
        size = np.where(sure, spreads, 0.0)
        # of those that may be beyond, the farthest do not count
        last = -1 - min(self.bins, size.shape[1] - 1)
        worst = np.partition(size, last, axis=1)[:, last]
        worst = np.where(np.isnan(off).any(axis=1), np.nan, worst)
        chi2 = _of_all(difference, off, usual) / np.maximum(judged.sum(axis=1), 1)
        by_bin = grade(worst, self.warn_above, self.bad_above)
        by_all = grade(chi2, self.warn_chi2_above, self.bad_chi2_above)
        found = []
        for row, status in enumerate(map(worse, by_bin, by_all)):
            if row in skipped:
                found.append(skipped[row])
            elif status is Status.FAILED:
                found.append(UNCOMPARABLE)
            else:
                one = (off[row], spreads[row], size[row])
                result = self._said(batch, row, status, one, mean[row], usual[row])
                if by_all[row] is not Status.GOOD:
                    words = f"{result.sentence}; chi2 {number(float(chi2[row]), 3)}"
                    words += " per bin"
                    words += allowed(
                        self.warn_chi2_above, self.bad_chi2_above, by_all[row]
                    )
                    result = msgspec.structs.replace(result, sentence=words)
                found.append(result)
        return found

    def _said(
        self,
        batch: Batch,
        row: int,
        status: Status,
        one: tuple[Array, Array, Array],
        mean: Array,
        usual: Array,
    ) -> Result:
        """The result of one row, with the bin that is farthest off."""
        assert batch.band is not None
        off, spreads, size = one
        shape = inner(batch.data.contents).shape[1:]
        runs = round(float(batch.band.runs[row]))
        words = f"{runs} good runs"
        if runs < ENOUGH_RUNS:
            words += ", so few that their spread is taken twice as wide"
        given = [each for each in (self.warn_above, self.bad_above) if each is not None]
        least = min(given, default=np.inf)
        far = np.flatnonzero(size > least)
        were_set = bool(np.isinf(off).any())
        at = int((size if far.size or were_set else np.abs(off)).argmax())
        axes = batch.data.axes[row]
        place = places_of(axes, np.array([at]))
        times = "times" if spreads[at] >= 1 else "of"
        stated = "" if were_set else f"{abs(off[at]):.3g} sigma statistically, "
        stated += f"{spreads[at]:.2g} {times} the usual spread"
        if np.isinf(spreads[at]):
            stated = "where good runs do not differ"
        if status is not Status.GOOD:
            where = f"{place}, "
            if far.size > 1:
                where = f"{places_of(axes, far)}, farthest off at {place}: "
            words = f"unlike {words}: {where}{stated}"
            if far.size:
                words += allowed(self.warn_above, self.bad_above, status)
        elif abs(off[at]) > self.sigma:
            words = f"like {words}: {place}, {stated}: normal"
        else:
            words = f"like {words}"
        wrong = status is not Status.GOOD
        family: Family | None = None
        if wrong and not were_set:
            apart = np.where(off == 0, 0.0, flat(batch.data.values())[row] - mean)
            family = moved(batch.data, row, apart[far] if far.size else apart)
        reach = least * usual
        return Result(
            status,
            words,
            float(size.max()),
            limits_above(self.warn_above, self.bad_above),
            far if wrong and far.size else None,
            np.where(np.isinf(off), np.sign(off) * spreads, off).reshape(shape)
            if wrong
            else None,
            (mean - reach).reshape(shape) if given else None,
            (mean + reach).reshape(shape) if given else None,
            family=family,
        )

    def _skipped(
        self, batch: Batch, judged: Array, usual: Array, *, were_set: bool
    ) -> dict[int, Result]:
        """Results of the rows of which the bins are not looked at one by one.

        Among them those that are empty, or hold less than half of what is expected and
        less than good runs may: however few entries a bin has, all together they tell.
        """
        assert batch.band is not None
        mean, runs = flat(batch.band.mean), np.nan_to_num(batch.band.runs)
        held, expected = np.full((2, len(runs)), np.nan)
        entries = batch.data.bin_entries
        lost: Array = np.zeros(len(runs), bool)
        if were_set:
            enough: Array = np.ones(len(runs), bool)
        elif entries is None:
            values = np.abs(flat(batch.data.values()))
            held, expected, reach = (
                np.where(judged, each, 0.0).sum(axis=1)
                for each in (values, mean, usual)
            )
            enough = np.greater_equal(np.fmax(held, expected), self.entries)
            most = [one for one in (self.warn_above, self.bad_above) if one is not None]
            beyond = expected - held > max(most, default=0.0) * reach
            few = is_lost(held, expected, entry_weights(batch))
            lost = np.logical_and(few, (held == 0) | beyond)
        else:
            filled = judged & (np.abs(flat(inner(entries))) >= self.entries)
            enough = np.logical_or.reduce(filled, axis=1)
        known = (runs >= 2) & judged.any(axis=1)
        found = {}
        for row in np.flatnonzero(~known | ~enough | lost).tolist():
            if not known[row]:
                words = (
                    f"no band of good runs: {counted(int(runs[row]), 'run')} at hand, "
                )
                words += "2 needed"
                found[row] = Result(Status.NO_REFERENCE, words)
            elif lost[row]:
                found[row] = lost_result(float(held[row]), float(expected[row]))
            else:
                words = f"fewer than {number(self.entries)} entries are expected"
                found[row] = Result(Status.LOW_STATISTICS, words)
        return found

    def wrong(self) -> Iterator[tuple[str, str]]:
        """Limits that cannot be meant."""
        yield from super().wrong()
        if self.bins < 0:
            yield "bins", "it is below 0"

    @classmethod
    def examples(cls) -> tuple[Example, ...]:
        """Cases."""
        band = ((1000, 2000, 500), (50, 100, 25), 12)
        return (
            Example("as ever", cls(), (1030, 1950, 490), Status.GOOD, band=band),
            Example(
                "as ever, with many entries",
                cls(),
                (1_100_000, 2_000_000),
                Status.GOOD,
                band=((1_000_000, 2_000_000), (200_000, 400_000), 12),
            ),
            Example(
                "a little off",
                cls(),
                (1300, 2000, 500),
                Status.WARNING,
                band=band,
                family="excess",
            ),
            Example(
                "one bin is dead",
                cls(),
                (1000, 0, 500),
                Status.BAD,
                band=band,
                family="missing",
            ),
            Example("empty", cls(), (0, 0, 0), Status.BAD, band=band, family="missing"),
            Example(
                "too few",
                cls(),
                (0, 3),
                Status.LOW_STATISTICS,
                band=((2, 3), (1, 1), 12),
            ),
            Example("no good runs", cls(), (50, 50), Status.NO_REFERENCE),
            Example(
                "one good run",
                cls(),
                (50, 50),
                Status.NO_REFERENCE,
                band=((50, 50), (0, 0), 1),
            ),
        )


def _of_all(difference: Array, off: Array, usual: Array) -> Array:
    """DINAMO's chi2 of the bins that are off: errors and usual spread together."""
    errors = difference / np.abs(off)
    squares = (difference / np.hypot(errors, usual)) ** 2
    found: Array = np.where(off == 0, 0.0, np.nan_to_num(squares)).sum(axis=1)
    return found


@quiet
def statistical(data: Rows, mean: Array, runs: Array) -> Array:
    """How far each bin is from the mean of good runs, ``(n, bins)``, signed.

    Counts by the likelihood ratio of two Poisson means (:func:`li_ma`), others by their
    errors, an empty one by that of the others. The mean is known no better than so many
    runs like the row say: one entry in a bin that they left empty is no surprise.

    Args:
        data: the rows.
        mean: of the good runs, ``(n, bins)``.
        runs: how many, ``(n,)``.
    """
    values = flat(data.values())
    difference = values - mean
    variances = flat(data.variances())
    runs = runs[:, None]
    if data.bin_entries is not None:
        weights = np.abs(flat(data.weights()))
        spread = np.where(variances > 0, variances * weights, 0.0).sum(axis=1)
        usual = spread / np.maximum((variances > 0).sum(axis=1), 1)
        other = usual[:, None] / weights
        found = difference / np.sqrt(np.where(variances > 0, variances, other))
        return np.where(difference == 0, 0.0, found / np.sqrt(1 + 1 / runs))
    weight = variances.sum(axis=1) / np.abs(values).sum(axis=1)
    weight = np.where(weight > 0, weight, 1.0)[:, None]
    # of what holds less than it should its own error is too small
    other = weight * np.maximum(np.abs(mean), weight)
    found = difference / np.sqrt(np.fmax(variances, other))
    found /= np.sqrt(1 + 1 / runs)
    by_counts = li_ma(values, runs * mean, 1 / runs)
    plain = ~weighted_rows(values, None if data.sumw2 is None else variances)
    found = np.where(plain[:, None], by_counts, found)
    return np.where(difference == 0, 0.0, found)


@quiet
def widened(spread: Array, mean: Array, runs: Array) -> Array:
    """The spread that a new run is measured by, ``(n, bins)``.

    Args:
        spread: of the good runs, ``(n, bins)``.
        mean: likewise.
        runs: how many, ``(n,)``.
    """
    from scipy.special import stdtrit

    many = np.maximum(runs, ENOUGH_RUNS)
    student = stdtrit(many - 1, 1 - _SURE / 2) / 3
    share = np.where((mean != 0) & np.isfinite(spread), spread / np.abs(mean), np.nan)
    there = np.isfinite(share).any(axis=1)
    usual = np.zeros(len(mean))
    usual[there] = np.nanmedian(share[there], axis=1)
    # of few runs some bins have next to no spread by accident
    least = usual[:, None] * np.abs(mean)
    known = np.where(np.isfinite(spread), spread, 0.0)
    by = (student * np.sqrt(1 + 1 / np.maximum(runs, 1)))[:, None]
    found: Array = np.maximum(known, least) * by
    return found
