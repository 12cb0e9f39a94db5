"""AutoDQM's beta-binomial pull, and the check by it."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

import numpy as np

from dqmconsole.checks.batch import inner, quiet
from dqmconsole.checks.check import (
    Check,
    Example,
    Result,
    grade,
    limits_above,
)
from dqmconsole.checks.comparison import (
    allowed,
    not_comparable,
    sides_of,
)
from dqmconsole.checks.limits import (
    moved,
    without_reference,
    worse,
)
from dqmconsole.checks.root_statistics import weighted_rows
from dqmconsole.checks.sentences import places_of
from dqmconsole.model.verdict import Status

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dqmconsole.checks.batch import Batch
    from dqmconsole.model.histogram import Array

_FLOOR = 1e-300  # of probabilities: 37 standard deviations


@quiet
def beta_binomial_pulls(data: Array, references: Array, tolerance: float) -> Array:
    """AutoDQM's pull of each bin, signed; NaN where contents are negative or none.

    The chance of the data's share in a bin, given that of a reference, beside that of
    the likeliest one; the mean over the references, as standard deviations
    (AutoDQM, ``plugins/beta_binomial.py``; "Anomaly Detection for Automated Data
    Quality Monitoring in the CMS Detector", arXiv:2501.13789,
    doi:10.1007/s41781-025-00147-2). Contents are rounded to whole numbers.

    Args:
        data: contents, ``(n, bins)``.
        references: of each reference, ``(references, n, bins)``.
        tolerance: relative difference of the shares that is none.
    """
    from scipy.special import ndtri

    counts = np.round(data)
    total = counts.sum(axis=1, keepdims=True)
    chances, weighted = [], []
    for reference in np.round(references):
        held = reference.sum(axis=1, keepdims=True)
        less = (1 + (reference * tolerance**2) ** 2) ** -0.5
        alpha = np.round(reference * less) + 1
        beta = np.round(held * less) - alpha + 2
        expected = total * reference / held
        best = np.maximum(
            _log_chance(np.minimum(np.ceil(expected), total), total, alpha, beta),
            _log_chance(np.floor(expected), total, alpha, beta),
        )
        one = np.minimum(_log_chance(counts, total, alpha, beta) - best, 0.0)
        chance = np.exp(np.maximum(one, np.log(_FLOOR)))
        chances.append(chance)
        weighted.append(expected * chance)
    together = np.sum(chances, axis=0)
    expected = np.sum(weighted, axis=0) / together
    mean = np.maximum(together / len(references), _FLOOR)
    found: Array = np.sign(counts - expected) * -ndtri(np.minimum(0.5 * mean, 0.5))
    return np.where((counts >= 0) & (total > 0), found, np.nan)


def _log_chance(counts: Array, total: Array, alpha: Array, beta: Array) -> Array:
    """Of the beta-binomial distribution, but for what does not depend on the counts."""
    from scipy.special import betaln

    rest = total - counts
    found: Array = betaln(counts + alpha, rest + beta) - betaln(rest + 1, counts + 1)
    return found


@quiet
def farthest_of(pulls: Array, looks: Array) -> Array:
    """A pull as it is worth when it is the farthest of so many."""
    from scipy.special import ndtri

    one = np.minimum(2 * _upper(np.abs(pulls)), 1 - 1e-16)
    any_of = np.maximum(-np.expm1(looks * np.log1p(-one)), _FLOOR)
    found: Array = np.maximum(-ndtri(np.minimum(0.5 * any_of, 0.5)), 0.0)
    return np.where(np.isnan(pulls), np.nan, found)


def _upper(sigma: Array) -> Array:
    """Chance of more than so many standard deviations, on one side."""
    from scipy.special import erfc

    found: Array = 0.5 * erfc(sigma / np.sqrt(2))
    return found


class BetaBinomial(Check, frozen=True):
    """No bin has a share of the entries that is unlikely beside the reference's.

    AutoDQM's test of CMS: right for few entries and for many, with a tolerance. The
    farthest pull is corrected for the number of bins. Its limit grows the fewer runs
    the reference is made of: limit + per_reference / references (AutoDQM's fit of
    thresholds, ``calc_threshold``).

    Attributes:
        warn_above, bad_above: farthest pull, in standard deviations.
        warn_chi2_above, bad_chi2_above: mean of the squared pulls of filled bins.
        per_reference: added to the limits of the pull, divided by `references`.
        references: runs that the reference is the sum of.
        tolerance: relative difference that is none.
        entries: that must be expected (reference times scale), or be there.
    """

    NAME: ClassVar[str] = "beta_binomial"
    REFERENCE: ClassVar[bool] = True
    PROFILES: ClassVar[bool] = False

    warn_above: float | None = None
    bad_above: float | None = 10.0
    warn_chi2_above: float | None = None
    bad_chi2_above: float | None = 10.0
    per_reference: float = 0.0
    references: int = 1
    tolerance: float = 0.01
    entries: float = 10.0

    @quiet
    def judge(self, batch: Batch) -> list[Result]:
        """One result a row."""
        if batch.reference is None or batch.scale is None:
            return [without_reference(batch)] * len(batch.data)
        sides = sides_of(batch, batch.data, batch.reference)
        skipped = not_comparable(batch, sides, self.entries)
        pulls = beta_binomial_pulls(sides.data, sides.reference[None], self.tolerance)
        used = (sides.data != 0) | (sides.reference != 0)
        looks = np.maximum(used.sum(axis=1), 1)
        pulls = np.where(used, pulls, 0.0)
        each = farthest_of(pulls, looks[:, None])
        values = each.max(axis=1)
        chi2 = (pulls**2).sum(axis=1) / looks
        more = self.per_reference / max(self.references, 1)
        warn, bad = (
            None if limit is None else limit + more
            for limit in (self.warn_above, self.bad_above)
        )
        statuses = [
            worse(*pair)
            for pair in zip(
                grade(values, warn, bad),
                grade(chi2, self.warn_chi2_above, self.bad_chi2_above),
                strict=True,
            )
        ]
        limits = limits_above(warn, bad)
        shape = inner(batch.data.contents).shape[1:]
        least = min((one for one in (warn, bad) if one is not None), default=np.inf)
        weights = weighted_rows(sides.data, sides.data_squares)
        weights |= weighted_rows(sides.reference, sides.reference_squares)
        for row in np.flatnonzero(weights).tolist():
            words = "it was filled with weights, and this check is for counts"
            skipped.setdefault(row, Result(Status.NOT_CHECKED, words))
        found = []
        for row, (status, value, square) in enumerate(
            zip(statuses, values.tolist(), chi2.tolist(), strict=True)
        ):
            if row in skipped:
                found.append(skipped[row])
                continue
            if status is Status.FAILED:
                words = "some of its bins are below 0, or not numbers"
                found.append(Result(status, words))
                continue
            words = f"up to {value:.2g} sigma off{allowed(warn, bad, status)}"
            words += f"; chi2 {square:.3g} per bin"
            words += allowed(self.warn_chi2_above, self.bad_chi2_above, status)
            if status is Status.GOOD:
                found.append(Result(status, words, value, limits))
                continue
            far = np.flatnonzero(each[row] > least)
            if not far.size:
                far = np.array([int(each[row].argmax())])
            words += f": {places_of(batch.data.axes[row], far)}"
            own = pulls[row].reshape(shape)
            family = moved(batch.data, row, pulls[row, far])
            result = Result(status, words, value, limits, far, own, family=family)
            found.append(result)
        return found

    def wrong(self) -> Iterator[tuple[str, str]]:
        """Limits that cannot be meant."""
        yield from super().wrong()
        if self.references < 1:
            yield "references", "it is below 1"

    @classmethod
    def examples(cls) -> tuple[Example, ...]:
        """Cases."""
        shape = (2000, 4000, 2000, 300)
        return (
            Example("alike", cls(), (205, 390, 199, 28), Status.GOOD, reference=shape),
            Example(
                "one is hot",
                cls(),
                (205, 390, 199, 280),
                Status.BAD,
                shape,
                family="excess",
            ),
            Example(
                "one is dead",
                cls(),
                (205, 0, 199, 28),
                Status.BAD,
                shape,
                family="missing",
            ),
            Example(
                "a little off",
                cls(warn_above=4),
                (205, 390, 199, 65),
                Status.WARNING,
                shape,
                family="excess",
            ),
            Example("empty", cls(), (0, 0, 0, 0), Status.BAD, shape, family="missing"),
            Example("too few", cls(), (2, 1), Status.LOW_STATISTICS, (3, 4)),
            Example("no reference", cls(), shape, Status.NO_REFERENCE),
        )
