"""Checks against a reference: equal, chi2, Kolmogorov, bin by bin, mean deviation.

What is ROOT's is computed as ROOT does, of many histograms at once, a block of rows at
a time: what a block needs stays in the processor's cache.
"""

from __future__ import annotations

from itertools import repeat
from typing import TYPE_CHECKING, ClassVar, Literal, NamedTuple

import numpy as np
from msgspec.structs import replace

from dqmconsole.checks.batch import flat, inner
from dqmconsole.checks.check import (
    Check,
    Example,
    Result,
    grade,
    limits_above,
    limits_below,
    wrong_order,
)
from dqmconsole.checks.limits import EXPECTED_LEAST, is_lost, lost_result, worse
from dqmconsole.checks.sentences import count, number, places_of
from dqmconsole.model.verdict import Status

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dqmconsole.checks.batch import Batch, Rows
    from dqmconsole.model.histogram import Array

BLOCK = 500  # rows
_FAR = 5.0  # standard deviations: bins that are named
_CHANCE = 1e-5  # what is likelier in good data is not called wrong
_quiet = np.errstate(all="ignore")


# -- what ROOT computes --------------------------------------------------------------


class Sides(NamedTuple):
    """Bins of the data and of the reference, one histogram a row, ``(n, bins)``.

    Attributes:
        data, reference: contents; both 0 where a bin is left out.
        data_squares, reference_squares: squared errors; None: fills were not weighted.
    """

    data: Array
    reference: Array
    data_squares: Array | None = None
    reference_squares: Array | None = None

    def rows(self, chosen: slice | Array) -> Sides:
        """Some of the rows."""
        one, two = self.data_squares, self.reference_squares
        return Sides(
            self.data[chosen],
            self.reference[chosen],
            None if one is None else one[chosen],
            None if two is None else two[chosen],
        )


class Chi2(NamedTuple):
    """What the chi2 test found, one number a row.

    Attributes:
        chi2: its value; NaN where bins have contents and no error on either side.
        ndf: degrees of freedom.
        p: chance of a greater value; 0 where ndf is not above 0.
    """

    chi2: Array
    ndf: Array
    p: Array


class Kolmogorov(NamedTuple):
    """What Kolmogorov's test found, one number a row.

    Attributes:
        distance: the greatest between both cumulated shapes; in two dimensions the
            mean of both orders of the bins.
        p: chance of a greater one.
        at: the bin after which it is greatest (of the first order), int64.
    """

    distance: Array
    p: Array
    at: Array


@_quiet
def chi2_test(sides: Sides) -> Chi2:
    """ROOT's ``TH1::Chi2Test`` without its options, in one dimension or more.

    As there what is compared are shapes, a bin that is empty on both sides takes one
    degree of freedom, and weights decide how: "UU" where neither side was filled with
    weights, "UW" where the reference was, else "WW". A side has weights where its sum
    and its effective entries differ by 1 or more; here also where bins are negative.
    Where ROOT gives up, since a filled bin has no error, chi2 is infinite or NaN.
    """
    from scipy.special import gammaincc

    rows = len(sides.data)
    chi2, ndf = np.empty(rows), np.empty(rows)
    for start in range(0, rows, BLOCK):
        part = slice(start, start + BLOCK)
        block = sides.rows(part)
        if not weighted_rows(block.data, block.data_squares).any() and not (
            weighted_rows(block.reference, block.reference_squares).any()
        ):
            chi2[part], ndf[part] = _chi2_uu(block)
            continue
        data = weighted_rows(block.data, block.data_squares)
        reference = weighted_rows(block.reference, block.reference_squares)
        for chosen, test in (
            (~data & ~reference, _chi2_uu),
            (~data & reference, _chi2_uw),
            (data, _chi2_ww),
        ):
            at = np.flatnonzero(chosen)
            if at.size:
                chi2[start + at], ndf[start + at] = test(block.rows(at))
    p = np.where(ndf > 0, gammaincc(0.5 * ndf, 0.5 * chi2), 0.0)
    return Chi2(chi2, ndf, p)


def weighted_rows(contents: Array, squares: Array | None) -> Array:
    """Which rows were filled with weights; see :func:`chi2_test`."""
    negative = contents.min(axis=1) < 0 if contents.min(initial=0) < 0 else None
    if squares is None:
        return np.zeros(len(contents), bool) if negative is None else negative
    total, spread = _sums(contents), _sums(squares)
    effective = np.divide(total**2, spread, out=np.zeros_like(total), where=spread != 0)
    found: Array = np.abs(total - effective) >= 1
    return found if negative is None else found | negative


def _sums(bins: Array) -> Array:
    """Of each row; twice as fast as ``sum`` for rows that are not contiguous."""
    total: Array = np.einsum("ij->i", bins)
    return total


def _squares(contents: Array, squares: Array | None) -> Array:
    return np.abs(contents) if squares is None else squares


def _chi2_uu(sides: Sides) -> tuple[Array, Array]:
    data, reference = sides.data, sides.reference
    first, second = _sums(data), _sums(reference)
    both = data + reference
    # chi2 of each bin is (second data - first reference)^2 / both / (first second);
    # the bracket is the sum of both times (data - both first / sum)
    part = both * (first / (first + second))[:, None]
    np.subtract(data, part, out=part)
    ndf = np.full(len(data), data.shape[1] - 1.0)
    if both.min() < 2:  # else no bin is below 1 on both sides
        empty = np.maximum(data, reference) < 1
        ndf -= empty.sum(axis=1)
        part[empty] = 0.0
        both[empty] = 1.0
    np.divide(part, both, out=both)
    chi2 = np.einsum("ij,ij->i", part, both)
    chi2 *= (first + second) ** 2 / (first * second)
    return chi2, ndf


def _chi2_uw(sides: Sides) -> tuple[Array, Array]:
    data, reference = sides.data, sides.reference
    squares = _squares(reference, sides.reference_squares)
    squares = np.where(squares < 0, np.nan, squares)
    first, second = _sums(data)[:, None], _sums(reference)[:, None]
    empty = (data == 0) & (reference == 0)
    ndf = data.shape[1] - 1.0 - empty.sum(axis=1)
    bare = (reference == 0) & (squares == 0)
    # such a bin takes the mean weight; with no weights at all nothing can be there
    squares = np.where(bare, _sums(squares)[:, None] / second, squares)
    impossible = (bare & ~empty & (squares == 0)).any(axis=1)
    # an empty bin of few weights is given one entry, and so is the sum from there on
    given = np.zeros(data.shape, bool)
    for _ in range(data.shape[1] + 1):
        before = np.cumsum(given, axis=1) - given
        below = second * reference <= (first + before) * squares
        now = (data == 0) & ~empty & below
        if np.array_equal(now, given):
            break
        given = now
    counts = data + given
    total = first + np.cumsum(given, axis=1)
    one = second * reference - total * squares
    two = np.sqrt(one**2 + 4.0 * second**2 * counts * squares)
    share = (one + two) / (2.0 * second**2)
    chi2 = (counts - share * total) ** 2 / (share * total)
    more = (reference - share * second) ** 2 / squares
    chi2 += np.where(squares > 0, more, 0.0)
    found = np.where(empty, 0.0, chi2).sum(axis=1)
    return np.where(impossible, np.inf, found), ndf


def _chi2_ww(sides: Sides) -> tuple[Array, Array]:
    data, reference = sides.data, sides.reference
    first, second = _sums(data)[:, None], _sums(reference)[:, None]
    variance = first**2 * _squares(reference, sides.reference_squares)
    variance += second**2 * _squares(data, sides.data_squares)
    empty = (data == 0) & (reference == 0)
    chi2 = (second * data - first * reference) ** 2 / variance
    chi2[variance <= 0] = np.nan  # negative squares are no errors
    ndf = data.shape[1] - 1.0 - empty.sum(axis=1)
    return np.where(empty, 0.0, chi2).sum(axis=1), ndf


@_quiet
def residuals(sides: Sides) -> Array:
    """How far each bin of the shapes is off, in standard deviations; signed.

    Haberman's adjusted residuals (ROOT's, of counts), of weighted fills what is left of
    ROOT's chi2 "WW" in a bin. 0 where both sides are empty.
    """
    data, reference = sides.data, sides.reference
    first, second = _sums(data)[:, None], _sums(reference)[:, None]
    total, both = first + second, data + reference
    expected = both * first / total
    counts = (data - expected) / np.sqrt(
        expected * (1 - first / total) * (1 - both / total)
    )
    variance = first**2 * _squares(reference, sides.reference_squares)
    variance += second**2 * _squares(data, sides.data_squares)
    weights = (second * data - first * reference) / np.sqrt(variance)
    plain = ~(
        weighted_rows(data, sides.data_squares)
        | weighted_rows(reference, sides.reference_squares)
    )
    found = np.where(plain[:, None], counts, weights)
    return np.where((data == 0) & (reference == 0), 0.0, np.nan_to_num(found, nan=0.0))


@_quiet
def kolmogorov_test(sides: Sides, shape: tuple[int, ...]) -> Kolmogorov:
    """ROOT's ``TH1::KolmogorovTest`` or ``TH2::KolmogorovTest`` without options.

    Weighted fills count by their effective entries; a side without any error is a
    function, known exactly. (In two dimensions ROOT takes the second side's sum of
    weights in one place of the formula, and so does this.)

    Args:
        sides: bins of each row flat in C order of the axes.
        shape: number of bins along each axis, one or two.
    """
    rows = len(sides.data)
    distance, factor = np.empty(rows), np.empty(rows)
    at = np.empty(rows, np.int64)
    for start in range(0, rows, BLOCK):
        part = slice(start, start + BLOCK)
        block = sides.rows(part)
        first, second = _sums(block.data), _sums(block.reference)
        apart = block.reference * (-first / second)[:, None]
        apart += block.data
        distance[part], at[part] = _farthest(apart)
        if len(shape) == 2:
            turned = apart.reshape(-1, *shape).swapaxes(1, 2).reshape(apart.shape)
            distance[part] = 0.5 * (distance[part] + _farthest(turned)[0])
        distance[part] /= np.abs(first)
        one = _effective(block.data, block.data_squares, first)
        two = _effective(block.reference, block.reference_squares, second)
        weight = second if len(shape) == 2 else two
        found = one * weight / (one + two)
        found = np.where(np.isinf(two), one, found)
        factor[part] = np.where(np.isinf(one), two, found)
    z = distance * np.sqrt(factor)
    return Kolmogorov(distance, kolmogorov_probability(z), at)


def _farthest(apart: Array) -> tuple[Array, Array]:
    """The greatest of the sums so far without its sign, and where it is."""
    cumulated = np.cumsum(apart, axis=1)
    np.abs(cumulated, out=cumulated)
    at = cumulated.argmax(axis=1)
    return np.take_along_axis(cumulated, at[:, None], axis=1)[:, 0], at


def _effective(contents: Array, squares: Array | None, total: Array) -> Array:
    """Effective entries; infinite where there are contents without any error."""
    if squares is None:
        if contents.min(initial=0) >= 0:
            return total
        squares = np.abs(contents)
    spread = _sums(squares)
    found: Array = np.where(spread > 0, total**2 / spread, np.inf)
    return found


@_quiet
def kolmogorov_probability(z: Array) -> Array:
    """Chance that Kolmogorov's statistic exceeds z: ``TMath::KolmogorovProb``.

    Args:
        z: the distance times the root of the number of entries.
    """
    u = np.abs(np.asarray(z, np.float64))
    found = np.where(np.isnan(u), np.nan, np.where(u < 0.2, 1.0, 0.0))
    low = (u >= 0.2) & (u < 0.755)
    v = 1.0 / u[low] ** 2
    c = -(np.pi**2) / 8
    terms = np.exp(c * v) + np.exp(9 * c * v) + np.exp(25 * c * v)
    found[low] = 1 - 2.50662827 * terms / u[low]
    high = (u >= 0.755) & (u < 6.8116)
    v = u[high] ** 2
    number_of_terms = np.maximum(1, np.rint(3.0 / u[high]))
    total = np.exp(-2 * v)
    for j, sign in ((2, -1), (3, 1), (4, -1)):
        term = sign * np.exp(-2.0 * j * j * v)
        total += np.where(number_of_terms >= j, term, 0.0)
    found[high] = 2 * total
    return found


# -- what all of these checks share --------------------------------------------------


def sides_of(batch: Batch, data: Rows, reference: Rows) -> Sides:
    """The inner bins of both, those that are not judged empty on both sides."""
    judged = None if batch.known is None else flat(batch.judged)

    def bins(array: Array) -> Array:
        found = flat(inner(array))
        return found if judged is None else np.where(judged, found, 0.0)

    return Sides(
        bins(data.contents),
        bins(reference.contents),
        None if data.sumw2 is None else bins(data.sumw2),
        None if reference.sumw2 is None else bins(reference.sumw2),
    )


def without_reference(batch: Batch) -> Result:
    """What is said of a row that has none."""
    words = "it has no reference"
    words += f": {batch.no_reference}" if batch.no_reference else ""
    return Result(Status.NO_REFERENCE, words)


@_quiet
def not_comparable(batch: Batch, sides: Sides, entries: float) -> dict[int, Result]:
    """Results of the rows that cannot be compared, by row.

    Args:
        batch: the rows.
        sides: their bins.
        entries: that must be expected, or be there.
    """
    assert batch.scale is not None
    found: dict[int, Result] = {}
    there = batch.has_reference
    filled = _entries(sides.data, sides.data_squares)
    held = _entries(sides.reference, sides.reference_squares)
    expected = held * batch.scale
    lost = is_lost(filled, expected) & (filled < entries)
    few = (filled <= 0) | ~((filled >= entries) | (expected >= entries))
    for row in np.flatnonzero(~there | ~(held > 0) | lost | few).tolist():
        now, awaited = float(filled[row]), float(expected[row])
        if not there[row]:
            found[row] = without_reference(batch)
        elif np.isnan(now) or np.isnan(awaited):
            words = "it cannot be compared: not all of its bins hold numbers"
            found[row] = Result(Status.FAILED, words)
        elif not held[row] > 0:
            found[row] = Result(Status.NO_REFERENCE, "its reference is empty")
        elif lost[row]:
            found[row] = lost_result(now, awaited)
        else:
            words = f"{number(now)} entries where {number(awaited)} are expected"
            words += f", {number(entries)} needed"
            found[row] = Result(Status.LOW_STATISTICS, words)
    return found


def _entries(contents: Array, squares: Array | None) -> Array:
    """Effective entries of each row; of what has no errors its sum."""
    total = _sums(contents)
    if squares is None:
        return total
    spread = _sums(squares)
    found: Array = np.where(spread > 0, total * np.abs(total) / spread, total)
    return found


def alike(values: Array, digits: int) -> tuple[list[float], set[float]]:
    """Values rounded to so many digits, and each of them once.

    Rows that are good are many and say much the same: each sentence is made once.
    """
    rounded = (np.round(values, digits) + 0.0).tolist()  # no "-0"
    return rounded, set(rounded)


def _graded(
    values: Array, p: Array, check: Chi2PerDegree | KolmogorovDistance
) -> list[Status]:
    """By the value where good data have it by little chance, and by that chance."""
    likely = p > check.chance
    sure = np.where(likely & ~np.isnan(values), -np.inf, values)
    statuses = grade(sure, check.warn_above, check.bad_above)
    if check.warn_p_below is None and check.bad_p_below is None:
        return statuses
    by_chance = grade(p, check.warn_p_below, check.bad_p_below, below=True)
    return [worse(*pair) for pair in zip(statuses, by_chance, strict=True)]


def _limits(check: Chi2PerDegree | KolmogorovDistance) -> tuple[tuple[float, str], ...]:
    if check.warn_above is None and check.bad_above is None:
        return limits_below(check.warn_p_below, check.bad_p_below)
    return limits_above(check.warn_above, check.bad_above)


def _odd(
    check: Chi2PerDegree | KolmogorovDistance, statuses: list[Status], values: Array
) -> list[int]:
    """Rows that need more words: not good, or good only since it may be chance."""
    given = [each for each in (check.warn_above, check.bad_above) if each is not None]
    by_chance = np.flatnonzero(values > min(given, default=np.inf)).tolist()
    return sorted(
        {row for row, each in enumerate(statuses) if each is not Status.GOOD}
        | set(by_chance)
    )


def _by_chance(check: Chi2PerDegree | KolmogorovDistance, p: float) -> str:
    words = f", p {number(p, 2)}" if p else ", p below 1e-15"
    return words + (": no surprise with so few" if p > check.chance else "")


def allowed(warn: float | None, bad: float | None, status: Status = Status.GOOD) -> str:
    """The limit that was crossed, or is crossed first, in words; "" without any."""
    if status is Status.BAD and bad is not None:
        return f", {bad:g} allowed"
    given = [each for each in (warn, bad) if each is not None]
    return f", {min(given):g} allowed" if given else ""


# -- the checks ----------------------------------------------------------------------


class Equal(Check, frozen=True):
    """Each bin holds what the reference holds, as for data against an emulator.

    Like CMS's Comp2RefEqual. It compares the run with the reference times its scale.

    Attributes:
        absolute: a difference up to this is none, in the unit of the values.
        relative: likewise, as a share of the reference.
        warn_above, bad_above: more bins than this that differ.
    """

    NAME: ClassVar[str] = "equal"
    DIMENSIONS: ClassVar[tuple[int, ...]] = (1, 2, 3)
    REFERENCE: ClassVar[bool] = True
    INCREMENTS: ClassVar[bool] = False

    absolute: float = 0.0
    relative: float = 0.0
    warn_above: float | None = None
    bad_above: float | None = 0.0

    @_quiet
    def judge(self, batch: Batch) -> list[Result]:
        """One result a row."""
        there = batch.has_reference.tolist()
        data, wanted = flat(batch.data.values()), flat(batch.scaled_reference())
        judged = flat(batch.judged)
        slack = self.absolute + self.relative * np.abs(wanted)
        differ = judged & ~(np.abs(data - wanted) <= slack)
        many = differ.sum(axis=1)
        filled = (judged & ((data != 0) | (wanted != 0))).any(axis=1).tolist()
        limits = limits_above(self.warn_above, self.bad_above)
        statuses = grade(many, self.warn_above, self.bad_above)
        bins = judged.sum(axis=1).tolist()
        found = []
        for row, (status, wrong) in enumerate(
            zip(statuses, many.tolist(), strict=True)
        ):
            if not there[row]:
                found.append(without_reference(batch))
                continue
            if not filled[row]:
                words = "both are empty: there is nothing to compare"
                found.append(Result(Status.LOW_STATISTICS, words))
                continue
            words = f"equal in {count(bins[row], 'bin')}"
            at = None
            if wrong:
                at = np.flatnonzero(differ[row])
                words = f"{wrong:,} of {count(bins[row], 'bin')} differ: "
                words += places_of(batch.data.axes[row], at)
            found.append(Result(status, words, float(wrong), limits, at))
        return found

    def wrong(self) -> Iterator[tuple[str, str]]:
        """Limits that cannot be meant."""
        yield from wrong_order(self.warn_above, self.bad_above, "bad_above")

    @classmethod
    def examples(cls) -> tuple[Example, ...]:
        """Cases."""
        same = (1, 5, 0, 2)
        return (
            Example("the same", cls(), same, Status.GOOD, reference=same),
            Example("one differs", cls(), (1, 5, 1, 2), Status.BAD, reference=same),
            Example(
                "nearly the same",
                cls(relative=0.3),
                (1, 6, 0, 2),
                Status.GOOD,
                reference=same,
            ),
            Example(
                "one may differ",
                cls(warn_above=0, bad_above=1),
                (1, 5, 1, 2),
                Status.WARNING,
                reference=same,
            ),
            Example("no reference", cls(), same, Status.NO_REFERENCE),
            Example(
                "both empty", cls(), (0, 0), Status.LOW_STATISTICS, reference=(0, 0)
            ),
        )


class Chi2PerDegree(Check, frozen=True):
    """The shape is that of the reference: chi2 per degree of freedom, and its chance.

    Like ATLAS's Chi2Test_Chi2_per_NDF, Chi2Test_Prob, Chi2Test_2D and ALICE's
    ObjectComparatorChi2; the numbers are those of ROOT's ``TH1::Chi2Test`` (see
    :func:`chi2_test`). Normalisation does not matter.

    Attributes:
        warn_above, bad_above: chi2 per degree of freedom.
        chance: what good data exceed with a greater probability is not called wrong.
        warn_p_below, bad_p_below: p-value.
        entries: that must be expected (reference times scale), or be there.
    """

    NAME: ClassVar[str] = "chi2"
    REFERENCE: ClassVar[bool] = True
    PROFILES: ClassVar[bool] = False

    warn_above: float | None = 3.0
    bad_above: float | None = 4.0
    chance: float = _CHANCE
    warn_p_below: float | None = None
    bad_p_below: float | None = None
    entries: float = 100.0

    @_quiet
    def judge(self, batch: Batch) -> list[Result]:
        """One result a row."""
        if batch.reference is None or batch.scale is None:
            return [without_reference(batch)] * len(batch.data)
        sides = sides_of(batch, batch.data, batch.reference)
        if sides.data.shape[1] < 2:
            words = "it has one bin, and so no shape"
            return [Result(Status.NOT_CHECKED, words)] * len(batch.data)
        skipped = not_comparable(batch, sides, self.entries)
        test = chi2_test(sides)
        values = np.where(test.ndf > 0, test.chi2 / test.ndf, test.chi2)
        p = np.where(test.ndf > 0, test.p, 1.0)
        statuses = _graded(values, p, self)
        may = allowed(self.warn_above, self.bad_above)
        keys, once = alike(values, 2)
        said = {key: f"chi2 {key:g} per degree of freedom{may}" for key in once}
        found = list(
            map(
                Result,
                statuses,
                [said[key] for key in keys],
                values.tolist(),
                repeat(_limits(self)),
                *repeat(repeat(None), 4),
                p.tolist(),
            )
        )
        odd = _odd(self, statuses, values)
        off = residuals(sides.rows(np.array(odd, np.int64)))
        for row, pulls in zip(odd, off, strict=True):
            if row not in skipped:
                found[row] = self._named(batch, test, row, pulls, found[row])
        for row, result in skipped.items():
            found[row] = result
        return found

    def _named(
        self, batch: Batch, test: Chi2, row: int, pulls: Array, result: Result
    ) -> Result:
        """With the bins that are farthest off."""
        if result.status is Status.FAILED:
            words = "bins hold something and have no error on either side"
            return Result(Status.FAILED, words)
        far = np.flatnonzero(np.abs(pulls) > _FAR)
        if not far.size:
            far = np.array([int(np.abs(pulls).argmax())])
        words = f"chi2 {number(float(test.chi2[row]))} of "
        words += count(int(test.ndf[row]), "degree", "degrees") + " of freedom, "
        words += f"{number(float(result.value or 0.0), 3)} each"
        words += allowed(self.warn_above, self.bad_above, result.status)
        words += _by_chance(self, float(result.p_value or 0.0))
        if result.status is Status.GOOD:
            return replace(result, sentence=words)
        words += f"; farthest off at {places_of(batch.data.axes[row], far)}"
        shape = inner(batch.data.contents).shape[1:]
        pulls = pulls.reshape(shape)
        return replace(result, sentence=words, offending=far, pulls=pulls)

    def wrong(self) -> Iterator[tuple[str, str]]:
        """Limits that cannot be meant."""
        yield from wrong_order(self.warn_above, self.bad_above, "bad_above")
        yield from wrong_order(
            self.warn_p_below, self.bad_p_below, "bad_p_below", below=True
        )

    @classmethod
    def examples(cls) -> tuple[Example, ...]:
        """Cases."""
        shape = (400, 900, 400, 100)
        return (
            Example("alike", cls(), (40, 95, 41, 8), Status.GOOD, reference=shape),
            Example("shifted", cls(), (10, 40, 90, 40), Status.BAD, reference=shape),
            Example(
                "a little off",
                cls(warn_above=3, bad_above=40),
                (80, 90, 30, 25),
                Status.WARNING,
                reference=shape,
            ),
            Example("empty", cls(), (0, 0, 0, 0), Status.BAD, reference=shape),
            Example("too few", cls(), (0, 2), Status.LOW_STATISTICS, reference=(1, 4)),
            Example("no reference", cls(), shape, Status.NO_REFERENCE),
            Example("one bin", cls(), (500,), Status.NOT_CHECKED, reference=(500,)),
            Example(
                "a map with a hole",
                cls(),
                ((100, 0), (100, 100)),
                Status.BAD,
                reference=((900, 900), (900, 900)),
            ),
        )


class KolmogorovDistance(Check, frozen=True):
    """The shape is that of the reference: greatest distance of the cumulated shapes.

    Like ATLAS's KolmogorovTest_MaxDist and KolmogorovTest_Prob, ALICE's
    ObjectComparatorKolmogorov and CMS's Comp2RefKolmogorov; the numbers are those of
    ROOT's ``KolmogorovTest`` (see :func:`kolmogorov_test`). The distance is the share
    of the entries that lie elsewhere, at least.

    Attributes:
        warn_above, bad_above: distance, 0 to 1.
        chance: what good data exceed with a greater probability is not called wrong.
        warn_p_below, bad_p_below: p-value (of binned data a little too great).
        entries: that must be expected (reference times scale), or be there.
    """

    NAME: ClassVar[str] = "kolmogorov"
    REFERENCE: ClassVar[bool] = True
    PROFILES: ClassVar[bool] = False

    warn_above: float | None = 0.05
    bad_above: float | None = 0.10
    chance: float = _CHANCE
    warn_p_below: float | None = None
    bad_p_below: float | None = None
    entries: float = 1000.0

    @_quiet
    def judge(self, batch: Batch) -> list[Result]:
        """One result a row."""
        if batch.reference is None or batch.scale is None:
            return [without_reference(batch)] * len(batch.data)
        sides = sides_of(batch, batch.data, batch.reference)
        shape = inner(batch.data.contents).shape[1:]
        if sides.data.shape[1] < 2:
            words = "it has one bin, and so no shape"
            return [Result(Status.NOT_CHECKED, words)] * len(batch.data)
        skipped = not_comparable(batch, sides, self.entries)
        test = kolmogorov_test(sides, shape)
        statuses = _graded(test.distance, test.p, self)
        may = allowed(self.warn_above, self.bad_above)
        keys, once = alike(test.distance, 3)
        said = {key: f"Kolmogorov distance {key:g}{may}" for key in once}
        found = list(
            map(
                Result,
                statuses,
                [said[key] for key in keys],
                test.distance.tolist(),
                repeat(_limits(self)),
                *repeat(repeat(None), 4),
                test.p.tolist(),
            )
        )
        for row in _odd(self, statuses, test.distance):
            if row not in skipped:
                found[row] = self._named(batch, test, row, found[row])
        for row, result in skipped.items():
            found[row] = result
        return found

    def _named(
        self, batch: Batch, test: Kolmogorov, row: int, result: Result
    ) -> Result:
        """With the place of the greatest distance, and the chance of such a one."""
        if result.status is Status.FAILED:
            words = "it has no distance: its bins hold no numbers, or have no errors"
            return Result(Status.FAILED, words)
        words = f"Kolmogorov distance {number(float(test.distance[row]), 3)}"
        words += allowed(self.warn_above, self.bad_above, result.status)
        words += _by_chance(self, float(test.p[row]))
        axes = batch.data.axes[row]
        if len(axes) == 1:
            words += f", greatest after {places_of(axes, test.at[row : row + 1])}"
        return replace(result, sentence=words)

    def wrong(self) -> Iterator[tuple[str, str]]:
        """Limits that cannot be meant."""
        yield from wrong_order(self.warn_above, self.bad_above, "bad_above")
        yield from wrong_order(
            self.warn_p_below, self.bad_p_below, "bad_p_below", below=True
        )

    @classmethod
    def examples(cls) -> tuple[Example, ...]:
        """Cases."""
        shape = (4000, 9000, 4000, 1000)
        return (
            Example("alike", cls(), (405, 890, 410, 95), Status.GOOD, reference=shape),
            Example("shifted", cls(), (10, 400, 900, 400), Status.BAD, reference=shape),
            Example(
                "a little off",
                cls(),
                (5400, 8900, 3900, 900),
                Status.WARNING,
                reference=shape,
            ),
            Example("empty", cls(), (0, 0, 0, 0), Status.BAD, reference=shape),
            Example("too few", cls(), (2, 9), Status.LOW_STATISTICS, reference=(4, 9)),
            Example("no reference", cls(), shape, Status.NO_REFERENCE),
            Example("one bin", cls(), (5000,), Status.NOT_CHECKED, reference=(5000,)),
            Example(
                "a map with a hole",
                cls(),
                ((1000, 0), (1000, 1000)),
                Status.BAD,
                reference=((900, 900), (900, 900)),
            ),
        )


class BinsAgainstReference(Check, frozen=True):
    """Few bins are far from the reference, both in errors and in size.

    Like ATLAS's BinContentComp and ALICE's BinByBinDeviation. Counts are compared with
    the reference times its scale by Li and Ma's likelihood ratio (Astrophys. J. 272
    (1983) 317, eq. 17), which is right for few entries, too; weighted fills, means and
    efficiencies by their errors. A bin is beyond where it exceeds all three: `sigma`,
    `absolute` and `relative`; of very many bins some exceed 5 sigma by chance, so that
    there `sigma` rises as `chance` says. A mean that nothing was filled into, where 25
    entries or more are expected, is beyond, too.

    Attributes:
        sigma: standard deviations of the difference, at least.
        chance: that any bin of good data exceeds as many; 1 leaves `sigma` as it is.
        absolute: size of the difference, in the unit of the values.
        relative: likewise, as a share of the reference.
        of: the limits count "bins", or their "share" of those judged.
        warn_above, bad_above: more beyond than this.
        entries: that must be expected in a bin, or be there, for it to be judged.
        excess: only more than the reference is wrong, as of errors; none are good.
    """

    NAME: ClassVar[str] = "bins_against_reference"
    DIMENSIONS: ClassVar[tuple[int, ...]] = (1, 2, 3)
    REFERENCE: ClassVar[bool] = True

    sigma: float = 5.0
    chance: float = 1e-4
    absolute: float = 0.0
    relative: float = 0.0
    of: Literal["bins", "share"] = "bins"
    warn_above: float | None = 0.0
    bad_above: float | None = 2.0
    entries: float = 5.0
    excess: bool = False

    @_quiet
    def judge(self, batch: Batch) -> list[Result]:
        """One result a row."""
        if batch.reference is None or batch.scale is None:
            return [without_reference(batch)] * len(batch.data)
        there = batch.has_reference.tolist()
        pulls, expected, filled = deviations(batch, batch.reference)
        wanted = flat(batch.scaled_reference())
        more = flat(batch.data.values()) - wanted
        size = more if self.excess else np.abs(more)
        judged = flat(batch.judged) & (
            (expected >= self.entries) | (filled >= self.entries)
        )
        if self.excess:  # that there are none says something, too
            judged = flat(batch.judged) & ~np.isnan(expected)
        far = (size > self.absolute) & (size > self.relative * np.abs(wanted))
        needed = self._needed(judged.sum(axis=1))
        beyond = judged & far & (np.abs(pulls) > needed[:, None])
        if self.excess:
            beyond &= pulls > 0
        broken = flat(batch.judged) & np.isnan(pulls)
        if batch.data.bin_entries is not None and not self.excess:
            bare = judged & (filled <= 0)
            beyond = (beyond & ~bare) | (bare & (expected >= EXPECTED_LEAST))
            judged = judged & (~bare | beyond)
        bins, many = judged.sum(axis=1), beyond.sum(axis=1)
        values = many / np.maximum(bins, 1) if self.of == "share" else many * 1.0
        values[broken.any(axis=1)] = np.nan
        statuses = grade(values, self.warn_above, self.bad_above)
        limits = limits_above(self.warn_above, self.bad_above)
        shape = inner(batch.data.contents).shape[1:]
        number_of = bins.tolist()
        lost = (_all_lost(expected, filled) & (not self.excess)).tolist()
        good: dict[int, str] = {}
        found = []
        for row, (status, value) in enumerate(
            zip(statuses, values.tolist(), strict=True)
        ):
            if not there[row]:
                found.append(without_reference(batch))
            elif status is Status.FAILED:
                words = "it cannot be compared: not all of its bins hold numbers"
                found.append(Result(Status.FAILED, words))
            elif lost[row]:
                found.append(lost_result(0.0, float(expected[row].sum())))
            elif not number_of[row]:
                words = f"no bin has {self.entries:g} entries expected"
                found.append(Result(Status.LOW_STATISTICS, words))
            elif not value:
                words = good.get(number_of[row]) or self._words(number_of[row])
                good[number_of[row]] = words
                found.append(Result(status, words, value, limits))
            else:
                at = np.flatnonzero(beyond[row])
                words = self._words(number_of[row], at.size, value, status)
                words += f": {places_of(batch.data.axes[row], at)}"
                found.append(
                    Result(
                        status,
                        words,
                        value,
                        limits,
                        at,
                        np.where(judged[row], pulls[row], 0.0).reshape(shape),
                    )
                )
        return found

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
        words = f"{many or 'none'} of {count(bins, 'bin')} beyond {sigma:g} sigma"
        if self.absolute:
            words += f" and {self.absolute:g}"
        if self.relative:
            words += f" and {self.relative:.3g} of the reference"
        if self.of == "share" and many:
            words += f", {value:.2g} of them"
        if many:
            words += allowed(self.warn_above, self.bad_above, status)
        return words

    def wrong(self) -> Iterator[tuple[str, str]]:
        """Limits that cannot be meant."""
        yield from wrong_order(self.warn_above, self.bad_above, "bad_above")
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
            Example("one is hot", cls(), (90, 305, 98, 117), Status.WARNING, flat_one),
            Example("three are dead", cls(), (0, 1, 98, 0), Status.BAD, flat_one),
            Example(
                "sure, but small",
                cls(relative=0.2),
                (100_000, 110_000),
                Status.GOOD,
                (100_000, 100_000),
            ),
            Example("empty", cls(), (0, 0, 0, 0), Status.BAD, flat_one),
            Example("no errors", cls(excess=True), (0, 0), Status.GOOD, flat_one[:2]),
            Example("errors", cls(excess=True), (60, 0), Status.WARNING, (2, 90)),
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


def _all_lost(expected: Array, filled: Array) -> Array:
    total = expected.sum(axis=1)
    lost: Array = (total >= EXPECTED_LEAST) & (filled.sum(axis=1) == 0)
    return lost


@_quiet
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
    # of an empty bin the error is that of one fill of the mean weight
    one = np.where(one > 0, one, _mean_weight(values, one) ** 2)
    two = np.where(two > 0, two, _mean_weight(held, two) ** 2)
    difference = values - expected
    by_error = difference / np.sqrt(one + scale**2 * two)
    by_error = np.where(difference == 0, 0.0, by_error)
    plain = ~(
        weighted_rows(values, None if data.sumw2 is None else one)
        | weighted_rows(held, None if reference.sumw2 is None else two)
    )
    by_counts = plain[:, None]
    return (
        np.where(by_counts, pulls, by_error),
        np.where(by_counts, expected, held**2 / two * scale),
        np.where(by_counts, values, values**2 / one),
    )


def _mean_weight(values: Array, squares: Array) -> Array:
    total = np.abs(_sums(values))[:, None]
    found: Array = np.where(total > 0, _sums(squares)[:, None] / total, 1.0)
    return found


@_quiet
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
    one, two = flat(inner(data.bin_entries)), flat(inner(reference.bin_entries))
    share = np.abs(_sums(one)) / np.abs(_sums(two))
    expected = two * share[:, None]
    values, held = flat(data.values()), flat(reference.values())
    n = np.abs(one) + np.abs(two)
    spread = (
        np.abs(one) * flat(_spread(data)) + np.abs(two) * flat(_spread(reference))
    ) / n
    p = (np.abs(one) * values + np.abs(two) * held + 1) / (n + 2)
    shares = _are_shares(data) & _are_shares(reference)
    spread = np.where(shares[:, None], p * (1 - p), spread)
    # a bin in which all fills were alike has the spread of the others
    known = (n > 0) & np.isfinite(spread)
    usual = np.where(known, spread, 0.0).sum(1) / known.sum(1)
    spread = np.where(spread > 0, spread, usual[:, None])
    variance = spread * (1 / np.abs(one) + 1 / np.abs(two))
    difference = values - held
    pulls = difference / np.sqrt(variance)
    alike_or_bare: Array = (difference == 0) | (one == 0) | (two == 0)
    return np.where(alike_or_bare, 0.0, pulls), expected, np.abs(one)


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


def _are_shares(rows: Rows) -> Array:
    """Which rows hold nothing but 0 and 1: efficiencies."""
    if rows.sumw2 is None:
        return np.zeros(len(rows), bool)
    sums, squares = flat(inner(rows.contents)), flat(inner(rows.sumw2))
    near = np.abs(sums - squares) <= 1e-9 * (1 + np.abs(sums))
    found: Array = np.logical_and.reduce(near, axis=1)
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

    warn_above: float | None = 0.2
    bad_above: float | None = 0.4
    entries: float = 100.0

    @_quiet
    def judge(self, batch: Batch) -> list[Result]:
        """One result a row."""
        if batch.reference is None or batch.scale is None:
            return [without_reference(batch)] * len(batch.data)
        there = batch.has_reference.tolist()
        wanted = flat(batch.scaled_reference())
        difference = flat(batch.data.values()) - wanted
        _, expected, filled = deviations(batch, batch.reference)
        lost = _all_lost(expected, filled).tolist()
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
        may = allowed(self.warn_above, self.bad_above)
        keys, once = alike(values, 3)
        words = {key: f"{key:g} off on average{may}" for key in once}
        number_of = bins.tolist()
        found = []
        for row, (status, value, key) in enumerate(
            zip(statuses, values.tolist(), keys, strict=True)
        ):
            if not there[row]:
                found.append(without_reference(batch))
            elif lost[row]:
                found.append(lost_result(0.0, float(expected[row].sum())))
            elif status is Status.FAILED:
                said = "it cannot be compared: not all of its bins hold numbers"
                found.append(Result(Status.FAILED, said))
            elif not number_of[row]:
                said = f"no bin has {self.entries:g} entries expected"
                found.append(Result(Status.LOW_STATISTICS, said))
            elif status is Status.GOOD:
                found.append(Result(status, words[key], value, limits))
            else:
                worst = np.abs(relative[row]).argsort()[-1:]
                said = f"{key:g} off on average"
                said += allowed(self.warn_above, self.bad_above, status)
                said += ", most in "
                said += places_of(batch.data.axes[row], worst)
                said += f" ({number(float(relative[row, worst[0]]), 3)})"
                found.append(Result(status, said, value, limits, worst))
        return found

    def wrong(self) -> Iterator[tuple[str, str]]:
        """Limits that cannot be meant."""
        yield from wrong_order(self.warn_above, self.bad_above, "bad_above")

    @classmethod
    def examples(cls) -> tuple[Example, ...]:
        """Cases."""
        wanted = (120, 200, 100)
        return (
            Example("alike", cls(), (115, 210, 104), Status.GOOD, wanted),
            Example("a quarter off", cls(), (90, 250, 125), Status.WARNING, wanted),
            Example("half is lost", cls(), (60, 100, 50), Status.BAD, wanted),
            Example("empty", cls(), (0, 0, 0), Status.BAD, wanted),
            Example("too few", cls(), (3, 5), Status.LOW_STATISTICS, (3, 5)),
            Example("no reference", cls(), wanted, Status.NO_REFERENCE),
        )
