"""Confidence and credible intervals of a binomial share, as TEfficiency has them.

Formulas: Clopper and Pearson, Biometrika 26 (1934) 404; Wilson, J. Am. Stat. Assoc.
22 (1927) 209; Agresti and Coull, Am. Stat. 52 (1998) 119; Feldman and Cousins, Phys.
Rev. D 57 (1998) 3873, for binomials as in Cousins, Hymes and Tucker, Nucl. Instrum.
Meth. A 612 (2010) 388, which also has the mid-P interval. What happens at the ends is
that of ROOT's ``hist/hist/src/TEfficiency.cxx``. scipy's special functions are loaded
when the first efficiency is read.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import numpy as np

from dqmconsole.model.histogram import Array

if TYPE_CHECKING:
    from collections.abc import Callable

Method = Literal[
    "clopper-pearson", "normal", "wilson", "agresti-coull", "feldman-cousins", "mid-p"
]
Interval = tuple[Array, Array]
_MOST_TRIALS = 1 << 60
_STEPS = 31  # halvings of [0, 1], to 5e-10
_SHORTEST_STEPS = 60


@np.errstate(all="ignore")
def frequentist(method: Method, passed: Array, total: Array, level: float) -> Interval:
    """Lower and upper end of the interval of ``passed / total`` of each bin.

    Args:
        method: how it is made.
        passed: how many passed, float64.
        total: of how many, same shape; of none the interval is [0, 1].
        level: its coverage, such as 0.683.
    """
    if method in ("feldman-cousins", "mid-p"):
        find = _feldman_cousins if method == "feldman-cousins" else _mid_p
        return find(passed, total, level)
    from scipy.special import betaincinv

    tail = (1 - level) / 2
    if method == "clopper-pearson":
        low = np.where(passed <= 0, 0.0, betaincinv(passed, total - passed + 1, tail))
        full = passed >= total
        high = np.where(full, 1.0, betaincinv(passed + 1, total - passed, 1 - tail))
        return low, high
    share = np.divide(passed, total, out=np.zeros_like(total), where=total != 0)
    sigmas = normal_width(level)
    if method == "normal":
        middle, width = share, sigmas * np.sqrt(share * (1 - share) / total)
    else:
        middle = (passed + sigmas**2 / 2) / (total + sigmas**2)
        if method == "wilson":
            spread = np.sqrt(total * share * (1 - share) + sigmas**2 / 4)
            width = sigmas / (total + sigmas**2) * spread
        else:
            width = sigmas * np.sqrt(middle * (1 - middle) / (total + sigmas**2))
    none = total == 0
    low = np.where(none, 0.0, np.maximum(middle - width, 0.0))
    return low, np.where(none, 1.0, np.minimum(middle + width, 1.0))


def normal_width(level: float) -> float:
    """How many standard deviations an interval of a normal density reaches."""
    from scipy.special import ndtri

    return float(ndtri((1 + level) / 2))


@np.errstate(all="ignore")
def credible(alpha: Array, beta: Array, level: float, *, shortest: bool) -> Interval:
    """Lower and upper end of the interval of a share with a beta density.

    Args:
        alpha: of the density: passed, and the prior's; float64.
        beta: likewise of what failed; same shape.
        level: the probability in the interval.
        shortest: the shortest such interval; else with equal tails.
    """
    from scipy.special import betaincinv

    known = (alpha > 0) & (beta > 0)
    low = np.where(known, betaincinv(alpha, beta, (1 - level) / 2), 0.0)
    high = np.where(known, betaincinv(alpha, beta, (1 + level) / 2), 1.0)
    if not shortest:
        return low, high
    mode = beta_mode(alpha, beta)
    at_zero, at_one = known & (mode == 0), known & (mode == 1)
    inside = known & ~at_zero & ~at_one & ~((alpha == beta) & (alpha <= 1))
    if inside.any():
        low[inside], high[inside] = _shortest(alpha[inside], beta[inside], level)
    low[at_zero], high[at_one] = 0.0, 1.0
    high[at_zero] = betaincinv(alpha[at_zero], beta[at_zero], level)
    low[at_one] = betaincinv(alpha[at_one], beta[at_one], 1 - level)
    return low, high


@np.errstate(all="ignore")
def beta_mode(alpha: Array, beta: Array) -> Array:
    """Where a beta density is highest; of one that is highest at both ends, 0.5."""
    mode = (alpha - 1) / (alpha + beta - 2)
    ends = np.where(alpha < beta, 0.0, np.where(alpha > beta, 1.0, 0.5))
    found = np.where((alpha <= 1) | (beta <= 1), ends, mode)
    return np.where((alpha <= 0) | (beta <= 0), 0.0, found)


def _shortest(alpha: Array, beta: Array, level: float) -> Interval:
    """The interval whose ends have one density, by halving the probability below it."""
    from scipy.special import betaincinv, xlog1py, xlogy

    def density(at: Array) -> Array:
        found: Array = xlogy(alpha - 1, at) + xlog1py(beta - 1, -at)
        return found

    def ends(below: Array) -> Interval:
        low = betaincinv(alpha, beta, below)
        return low, betaincinv(alpha, beta, below + level)

    def rising(below: Array) -> Array:
        low, high = ends(below)
        return density(low) < density(high)

    most = np.full_like(alpha, 1 - level)
    return ends(_halved(rising, most, _SHORTEST_STEPS))


def _halved(above: Callable[[Array], Array], most: Array, steps: int) -> Array:
    """Where, from 0 to `most`, the answer to "does it lie above" changes to no."""
    least = np.zeros_like(most)
    for _ in range(steps):
        middle = (least + most) / 2
        up = above(middle)
        least, most = np.where(up, middle, least), np.where(up, most, middle)
    return middle


def _mid_p(passed: Array, total: Array, level: float) -> Interval:
    # Between 0 and 1 passed, ROOT takes the straight line.
    part = (passed > 0) & (passed < 1)
    low, high = _mid_p_ends(np.where(part, 0.0, passed), total, level)
    if part.any():
        next_low, next_high = _mid_p_ends(np.where(part, 1.0, passed), total, level)
        low = np.where(part, low + (next_low - low) * passed, low)
        high = np.where(part, high + (next_high - high) * passed, high)
    return low, high


def _mid_p_ends(passed: Array, total: Array, level: float) -> Interval:
    from scipy.special import betainc, betaln, xlog1py, xlogy

    def tail(share: Array) -> Array:
        """Probability of more than passed, and half of that of passed itself."""
        here = np.exp(
            xlogy(passed, share)
            + xlog1py(total - passed, -share)
            - betaln(passed + 1, total - passed + 1)
        ) / (total + 1)
        above = np.where(
            passed >= total, 0.0, betainc(passed + 1, total - passed, share)
        )
        found: Array = above + here / 2
        return found

    one = np.ones_like(total)
    low = _halved(lambda share: tail(share) < (1 - level) / 2, one, _STEPS)
    return low, _halved(lambda share: tail(share) < (1 + level) / 2, one, _STEPS)


def _feldman_cousins(passed: Array, total: Array, level: float) -> Interval:
    """By halving the true share until it does, or does not, accept what passed.

    What a share accepts: numbers of passed in the order of likelihood at that share
    over that at the best one, until their probability is `level`. So a number is
    accepted when those before it have less. They lie between it and the one of equal
    order on the other side of the most probable.
    """
    count, trials = np.floor(total), np.floor(passed)
    best = np.divide(trials, count, out=np.zeros_like(count), where=count > 0)

    def accepted(share: Array) -> Array:
        return _accepts(share, trials, count, level)

    one = np.ones_like(count)
    low = _halved(lambda share: (share < best) & ~accepted(share), one, _STEPS)
    high = _halved(lambda share: (share <= best) | accepted(share), one, _STEPS)
    return np.where(count > 0, low, 0.0), np.where(count > 0, high, 1.0)


def _accepts(share: Array, passed: Array, total: Array, level: float) -> Array:
    own = _order(share, passed, total)
    above = passed > share * total  # more than expected: the others lie below
    # the number of the other side that comes before it, farthest off, by halving
    side = np.floor(share * total)
    near, far = np.where(above, side, side + 1), np.where(above, -1.0, total + 1)
    near_is_before = _order(share, np.clip(near, 0, total), total) > own
    near_is_before &= (near >= 0) & (near <= total)
    most = float(np.nanmax(total, initial=1.0))
    for _ in range(int(np.log2(most)) + 2 if most < _MOST_TRIALS else 64):
        middle = np.trunc((near + far) / 2)
        inside = (middle >= 0) & (middle <= total)
        before = inside & (_order(share, np.clip(middle, 0, total), total) > own)
        near, far = np.where(before, middle, near), np.where(before, far, middle)
    near = np.where(near_is_before, near, np.where(above, side + 1, side))
    first = np.where(above, near, passed + 1)
    last = np.where(above, passed - 1, near)
    before_sum = _up_to(last, total, share) - _up_to(first - 1, total, share)
    return (last < first) | (before_sum < level)


def _up_to(passed: Array, total: Array, share: Array) -> Array:
    """The probability that at most so many pass."""
    from scipy.special import betainc

    found = betainc(total - passed, passed + 1, 1 - share)
    return np.where(passed < 0, 0.0, np.where(passed >= total, 1.0, found))


def _order(share: Array, passed: Array, total: Array) -> Array:
    """Logarithm of the likelihood of a share over that of the best one."""
    from scipy.special import xlog1py, xlogy

    best = np.divide(passed, total, out=np.zeros_like(total), where=total > 0)
    here: Array = xlogy(passed, share) + xlog1py(total - passed, -share)
    there: Array = xlogy(passed, best) + xlog1py(total - passed, -best)
    return here - there
