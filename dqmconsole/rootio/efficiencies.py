"""``TEfficiency``, from bytes: shares with the interval that the file asks for.

Layout as in ROOT's ``hist/hist/inc/TEfficiency.h``; which interval goes with which
option, and what weights do, as in ``hist/hist/src/TEfficiency.cxx``. ROOT itself, of
an efficiency read from a file, makes Clopper and Pearson's interval for every option
without a prior, for the function that makes it is not in the file. The option is: what
is made here is what the producer saw, and what ROOT says once the option is set again.
"""

from __future__ import annotations

import math
from struct import Struct
from typing import TYPE_CHECKING

import msgspec
import numpy as np

from dqmconsole.model.graph import Graph
from dqmconsole.model.histogram import Array, Histogram, read_only
from dqmconsole.rootio import intervals
from dqmconsole.rootio.axes import FLOAT, FLOAT_BIG, numbers
from dqmconsole.rootio.buffer import Pointed
from dqmconsole.rootio.errors import DamagedError, UnknownLayoutError

if TYPE_CHECKING:
    from dqmconsole.rootio.buffer import Buffer

_METHODS: dict[int, intervals.Method] = {
    0: "clopper-pearson",
    1: "normal",
    2: "wilson",
    3: "agresti-coull",
    4: "feldman-cousins",
    8: "mid-p",
}
# Bins whose intervals are made as asked for; of more, in one formula ("normal"), for
# the others take seconds. Half a second or less on one core.
_MOST_BINS: dict[str, int] = {
    "clopper-pearson": 20_000,
    "feldman-cousins": 1000,
    "mid-p": 10_000,
    "shortest": 2000,
    "central": 100_000,
}
# Bits of the object.
_BAYESIAN, _MODE, _SHORTEST, _BIN_PRIORS, _WEIGHTS = (1 << bit for bit in range(14, 19))
_MEMBERWISE = 0x4000
_COUNT = Struct(">IH")


class StoredEfficiency(msgspec.Struct, frozen=True, gc=False):
    """A TEfficiency as it is in the file.

    Attributes:
        title: as the producer wrote it, with those of the axes.
        bits: of the object: how the shares are estimated.
        prior: the two parameters of the prior, a beta density.
        priors: the same of each bin, shape ``(n, 2)``, flow bins included; or empty.
        level: of the interval.
        option: ROOT's number of the method.
        passed, total: where its histograms are.
    """

    title: str
    bits: int
    prior: tuple[float, float]
    priors: Array
    level: float
    option: int
    passed: Pointed
    total: Pointed


def read_efficiency(buffer: Buffer) -> StoredEfficiency:
    """Decode a TEfficiency; its histograms are where it says.

    Raises:
        As the methods of a buffer.
    """
    end = buffer.begin(2)
    named = buffer.named()
    for _ in range(3):  # how lines, areas and markers look
        buffer.skip_counted()
    prior = (buffer.f64(), buffer.f64())
    priors = _pairs(buffer)
    level = buffer.f64()
    buffer.skip_counted()  # its functions
    passed = buffer.pointer()
    option = buffer.i32()
    total = buffer.pointer()
    buffer.f64()  # a weight, for several that are put together
    buffer.finish(end)
    if passed is None or total is None:
        message = "an efficiency without its histograms"
        raise DamagedError(message)
    if not 0 < level < 1:
        message = f"an efficiency with intervals of {level:g}"
        raise DamagedError(message)
    return StoredEfficiency(
        named.title, named.bits, prior, priors, level, option, passed, total
    )


def efficiency_of(
    stored: StoredEfficiency, passed: Histogram, total: Histogram
) -> Graph | Histogram:
    """The shares: of one dimension points with their interval, else a map of means.

    Points stand where there were trials. In a map the trials are the weights of the
    means, so that bins without any are empty; their error is half the interval. Where
    there are too many bins for the interval asked for, it is a normal one, and the
    title of points says so.

    Raises:
        DamagedError: the histograms do not fit each other.
    """
    shape = total.contents.shape
    if passed.contents.shape != shape or total.is_profile or passed.is_profile:
        message = "an efficiency whose histograms have different bins"
        raise DamagedError(message)
    share, low, high = _estimated(stored, passed, total)
    title = stored.title.partition(";")[0]
    if total.dimension == 1:
        asked = _too_slow(stored, total)
        if asked:
            title = f"{title} (normal intervals: too many bins for {asked})".lstrip()
        return _points(title, total, share, low, high)
    trials = np.asarray(total.contents, np.float64)
    with np.errstate(all="ignore"):
        variance = ((high - low) / 2) ** 2
        # so that a profile's error is this (see Histogram.variances)
        squares = (variance * trials + share**2) * trials
        sums = share * trials
    dimension = total.dimension
    count = {2: 9, 3: 13}[dimension]
    return Histogram(
        total.name,
        title,
        "TEfficiency",
        total.axes,
        read_only(sums),
        read_only(squares),
        read_only(trials),
        None,
        "",
        total.entries,
        (0.0,) * count,
        True,
        total.y_title,
    )


def _too_slow(stored: StoredEfficiency, total: Histogram) -> str:
    """The kind of interval that is asked for, where there are too many bins for it."""
    if stored.bits & _BAYESIAN:
        kind = "shortest" if stored.bits & _SHORTEST else "central"
    elif stored.bits & _WEIGHTS:
        return ""
    else:
        kind = _METHODS.get(stored.option, "")
    return kind if total.contents.size > _MOST_BINS.get(kind, math.inf) else ""


def _points(
    title: str, total: Histogram, share: Array, low: Array, high: Array
) -> Graph:
    axis = total.axes[0]
    there = np.flatnonzero(np.asarray(total.contents[1:-1]) != 0)
    edges, centers = axis.edges, axis.centers[there]
    y = share[1:-1][there]
    down, up = y - low[1:-1][there], high[1:-1][there] - y
    return Graph(
        total.name,
        title,
        "TEfficiency",
        read_only(centers),
        read_only(y),
        (read_only(centers - edges[there]), read_only(edges[there + 1] - centers)),
        (read_only(np.maximum(down, 0.0)), read_only(np.maximum(up, 0.0))),
        axis.title,
        total.y_title,
        axis.time,
        axis.shown,
        efficiency=True,
        entries=total.entries,
    )


@np.errstate(all="ignore")
def _estimated(
    stored: StoredEfficiency, passed: Histogram, total: Histogram
) -> tuple[Array, Array, Array]:
    """Share, and lower and upper end of its interval, of each bin."""
    won = np.asarray(passed.contents, np.float64)
    tried = np.asarray(total.contents, np.float64)
    bits = stored.bits
    weighted = bool(bits & _WEIGHTS) and total.sumw2 is not None
    share = np.divide(won, tried, out=np.zeros_like(tried), where=tried != 0)
    if bits & _BAYESIAN:
        alpha, beta = _prior(stored, tried)
        scale = np.ones_like(tried)
        if weighted:
            assert total.sumw2 is not None
            scale = np.divide(
                tried, total.sumw2, out=np.zeros_like(tried), where=total.sumw2 > 0
            )
        alpha, beta = won * scale + alpha, (tried - won) * scale + beta
        if bits & _MODE:
            best = intervals.beta_mode(alpha, beta)
        else:
            best = alpha / (alpha + beta)
        if weighted:
            best = np.where(scale > 0, best, share)
        if _too_slow(stored, total):
            # a beta density's own spread
            around = alpha / (alpha + beta)
            size = alpha + beta + 1
            spread = intervals.normal_width(stored.level)
            width = spread * np.sqrt(around * (1 - around) / size)
            return best, np.maximum(best - width, 0.0), np.minimum(best + width, 1.0)
        low, high = intervals.credible(
            alpha, beta, stored.level, shortest=bool(bits & _SHORTEST)
        )
        return best, low, high
    if weighted:
        return share, *_weighted(stored, passed, total, share)
    method = _METHODS.get(stored.option)
    if method is None:
        message = f"an efficiency with statistic option {stored.option}"
        raise DamagedError(message)
    if _too_slow(stored, total):
        method = "normal"
    return share, *intervals.frequentist(method, won, tried, stored.level)


def _weighted(
    stored: StoredEfficiency, passed: Histogram, total: Histogram, share: Array
) -> intervals.Interval:
    """The interval of weighted fills: normal, whatever else is asked for."""
    assert total.sumw2 is not None
    tried = np.asarray(total.contents, np.float64)
    won_squares = passed.variances(flow=True)
    variance = won_squares * (1 - 2 * share) + total.sumw2 * share**2
    sigmas = intervals.normal_width(stored.level)
    width = sigmas * np.sqrt(variance) / np.abs(tried)
    none = tried == 0
    low = np.where(none, 0.0, np.maximum(share - width, 0.0))
    return low, np.where(none, 1.0, np.minimum(share + width, 1.0))


def _prior(stored: StoredEfficiency, like: Array) -> tuple[Array, Array]:
    if stored.bits & _BIN_PRIORS and len(stored.priors) == like.size:
        shape = like.shape[::-1]
        alpha, beta = (stored.priors[:, side].reshape(shape).T for side in (0, 1))
        return alpha, beta
    return np.full_like(like, stored.prior[0]), np.full_like(like, stored.prior[1])


def _pairs(buffer: Buffer) -> Array:
    """A vector of pairs of doubles, shape ``(n, 2)``, however it is streamed."""
    count, version = _COUNT.unpack_from(buffer.data, buffer.at)
    end = buffer.at + 4 + (count & 0x3FFFFFFF)
    if not count & 0x40000000 or end > len(buffer.data):
        raise UnknownLayoutError
    buffer.skip(_COUNT.size)
    memberwise = bool(version & _MEMBERWISE)
    if memberwise and int.from_bytes(buffer.data[buffer.at : buffer.at + 2]) == 0:
        buffer.skip(4)  # a checksum in place of a version
    if memberwise:
        buffer.skip(2)
    size = buffer.i32()
    if not 0 <= 16 * size <= end - buffer.at:
        message = f"{size:,} pairs in {end - buffer.at:,} bytes"
        raise DamagedError(message)
    flat = numbers(buffer.data, buffer.at, 2 * size, FLOAT_BIG, FLOAT)
    buffer.skip(16 * size)
    buffer.finish(end)
    return flat.reshape(2, size).T if memberwise else flat.reshape(size, 2)
