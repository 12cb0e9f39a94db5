"""ROOT's tests of two histograms: chi2 and Kolmogorov, of many pairs at once.

They are computed a block of rows at a time: what a block needs stays in the processor's
cache.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from dqmconsole.checks.batch import quiet

if TYPE_CHECKING:
    from dqmconsole.model.histogram import Array

BLOCK = 500  # rows


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


@quiet
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
    total, spread = row_sums(contents), row_sums(squares)
    effective = np.divide(total**2, spread, out=np.zeros_like(total), where=spread != 0)
    found: Array = np.abs(total - effective) >= 1
    return found if negative is None else found | negative


def row_sums(bins: Array) -> Array:
    """Of each row; twice as fast as ``sum`` for rows that are not contiguous."""
    total: Array = np.einsum("ij->i", bins)
    return total


def _squares(contents: Array, squares: Array | None) -> Array:
    return np.abs(contents) if squares is None else squares


def _chi2_uu(sides: Sides) -> tuple[Array, Array]:
    data, reference = sides.data, sides.reference
    first, second = row_sums(data), row_sums(reference)
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
    first, second = row_sums(data)[:, None], row_sums(reference)[:, None]
    empty = (data == 0) & (reference == 0)
    ndf = data.shape[1] - 1.0 - empty.sum(axis=1)
    bare = (reference == 0) & (squares == 0)
    # such a bin takes the mean weight; with no weights at all nothing can be there
    squares = np.where(bare, row_sums(squares)[:, None] / second, squares)
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
    first, second = row_sums(data)[:, None], row_sums(reference)[:, None]
    variance = first**2 * _squares(reference, sides.reference_squares)
    variance += second**2 * _squares(data, sides.data_squares)
    empty = (data == 0) & (reference == 0)
    chi2 = (second * data - first * reference) ** 2 / variance
    chi2[variance <= 0] = np.nan  # negative squares are no errors
    ndf = data.shape[1] - 1.0 - empty.sum(axis=1)
    return np.where(empty, 0.0, chi2).sum(axis=1), ndf


@quiet
def residuals(sides: Sides) -> Array:
    """How far each bin of the shapes is off, in standard deviations; signed.

    Haberman's adjusted residuals (ROOT's, of counts), of weighted fills what is left of
    ROOT's chi2 "WW" in a bin. 0 where both sides are empty.
    """
    data, reference = sides.data, sides.reference
    first, second = row_sums(data)[:, None], row_sums(reference)[:, None]
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


@quiet
def kolmogorov_test(sides: Sides, shape: tuple[int, ...]) -> Kolmogorov:
    """ROOT's ``TH1::KolmogorovTest`` or ``TH2::KolmogorovTest`` without options.

    Weighted fills count by their effective entries; a side without any error is a
    function, known exactly. In two dimensions ROOT takes the second side's sum of
    weights in one place of the formula, and this does not: where that side is scaled
    to a sum of 1 ROOT's p is 1, however far apart both are.

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
        first, second = row_sums(block.data), row_sums(block.reference)
        apart = block.reference * (-first / second)[:, None]
        apart += block.data
        distance[part], at[part] = _farthest(apart)
        if len(shape) == 2:
            turned = apart.reshape(-1, *shape).swapaxes(1, 2).reshape(apart.shape)
            distance[part] = 0.5 * (distance[part] + _farthest(turned)[0])
        distance[part] /= np.abs(first)
        one = _effective(block.data, block.data_squares, first)
        two = _effective(block.reference, block.reference_squares, second)
        found = two * (one / (one + two))
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
    spread = row_sums(squares)
    found: Array = np.where(spread > 0, total * (total / spread), np.inf)
    return found


@quiet
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
