"""The range of a map's colours: it stands still, so that a change of hue is news.

A tired shifter compares what a map looks like now with how it looked a quarter of an
hour ago. So a colour must go on meaning the same thing:

- **What fills up keeps its hues.** The contents of an occupancy grow with the run. Its
  range is not in hits but in multiples of the *typical cell*: the mean of the middle
  half of the filled cells, at which dead regions and hot cells do not pull. Half of
  the bar is a cell like most others, from the first lumisections to the last, and only
  the numbers at the bar grow. While the typical cell holds so few entries that they
  scatter (below 16), the range is wider by four standard deviations, so that noise is
  not shown as structure; that margin shrinks smoothly as the map fills.
- **One hot cell changes nothing.** Cells more than twice as far out as all but an
  eightieth of the cells (at least one) have no say; they take the colour beyond the
  end of the bar, which the bar shows, too.
- **The range moves only when the data clearly leave it**, and then by whole steps of a
  ladder (2, 3, 5, 8, 12, 20 … times the typical cell), never with every update. A cell
  that lies beyond the end, but not clearly, has the colour of the end.

What does not accumulate, or may be negative (means, ratios, the latest value), has
limits in its own unit, with the same robustness at both ends and the same reluctance.
Limits that a layout or the file sets are taken as they are.
"""

from __future__ import annotations

import bisect
import math
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np

from dqmconsole.ui.plot.scale import Scale, sane

if TYPE_CHECKING:
    from collections.abc import Callable

    from dqmconsole.model.histogram import Array

_SAMPLE = 4096  # cells that stand for the whole map
_FEW = 400  # filled cells in the sample: below, all cells are looked at
_FAR = 2.0  # times as far from the typical cell as nearly all others are
_LEAVES = 1.12  # times the limit: beyond, the data have clearly left it
_LOG_LEAVES = 10.0**0.1  # the same of a logarithmic range
_WASTED = 0.38  # of the range: what uses less leaves the rest of the bar unused
_STANDARD_DEVIATIONS = 4.0
_STEPS = (2.0, 3.0, 5.0, 8.0, 12.0, 20.0, 30.0, 50.0, 80.0, 120.0)
_LADDER = tuple(
    step * 10.0**power for power in (0, 2, 4, 6, 8, 10) for step in _STEPS
    if step < 200
)  # fmt: skip


@dataclass(frozen=True)
class ColourScale:
    """The range of the colours, and what it rests on.

    Attributes:
        scale: lowest and highest value of the bar.
        multiples: the range in multiples of the typical cell, (low, high); None where
            it is in the unit of the values.
        under, over: values below and above which a cell is clearly out of range.
    """

    scale: Scale
    multiples: tuple[float, float] | None = None
    under: float = -math.inf
    over: float = math.inf


@dataclass(frozen=True)
class Summary:
    """What a map's filled cells are like, whatever a few of them do.

    Attributes:
        low, high: the range, without the few cells far off.
        typical: mean of the middle half of the cells.
        whole: all are whole numbers: counts.
    """

    low: float
    high: float
    typical: float
    whole: bool


def summary(values: Array, *, log: bool = False) -> Summary | None:
    """Look at the filled cells of a map; None when there are none.

    Args:
        values: any shape; NaN for what is empty.
        log: only what is above 0 counts.
    """
    cells = _filled(_sampled(values.ravel(order="K")), log=log)
    if cells.size < _FEW and values.size > 2 * _SAMPLE:
        cells = _filled(values.ravel(order="K"), log=log)
    if cells.size == 0:
        return None
    whole = bool((cells == np.floor(cells)).all())
    cells = np.sort(np.log10(cells) if log else cells)
    count = cells.size
    middle = cells[count // 4 : count - count // 4]
    typical = float(middle.mean())
    low, high = _robust(cells)
    if log:
        low, high, typical = (10.0 ** min(each, 300.0) for each in (low, high, typical))
    return Summary(low, high, typical, whole)


def next_scale(
    old: ColourScale | None,
    values: Array,
    *,
    log: bool = False,
    grows: bool = False,
    from_zero: bool = True,
) -> ColourScale:
    """Return `old` as long as it serves the map, else the next one.

    Args:
        old: the range shown so far, or None.
        values: of the map; NaN for what is empty. Several maps in one range are handed
            in one after the other, flat.
        log: the colours are logarithmic.
        grows: the contents accumulate over the run.
        from_zero: a range in the values' own unit begins at 0 unless some are negative.
    """
    if old is not None and old.scale.log != log:
        old = None
    found = summary(values, log=log)
    if found is None:
        return old or ColourScale(Scale(0.1, 1.0, log) if log else Scale(0.0, 1.0))
    if grows and found.typical > 1e-280 and found.low >= 0:
        return (_log_multiples if log else _multiples)(old, found)
    return _with_slack(_own_unit(old, found, log=log, from_zero=from_zero))


def with_ends(
    found: ColourScale, *ends: tuple[float | None, float | None] | None
) -> ColourScale:
    """Put in the ends that somebody set: the first of `ends` that sets one wins.

    What lies beyond such an end is out of range at once.
    """
    low = next((pair[0] for pair in ends if pair and pair[0] is not None), None)
    high = next((pair[1] for pair in ends if pair and pair[1] is not None), None)
    if low is None and high is None:
        return found
    scale = sane(
        found.scale.low if low is None else low,
        found.scale.high if high is None else high,
        log=found.scale.log,
    )
    # 1 is not above 1, however it was stored
    slack = 1e-6 * (scale.high - scale.low)
    return ColourScale(
        scale,
        found.multiples,
        found.under if low is None else scale.low - slack,
        found.over if high is None else scale.high + slack,
    )


def ladder_step(old: float | None, wanted: float) -> float:
    """Return the limit to show for what reaches up to `wanted`, both above 0.

    It is `old` as long as that is neither clearly exceeded nor mostly unused.
    """
    if old is not None and wanted <= old * _LEAVES and wanted >= old * _WASTED:
        return old
    at = bisect.bisect_left(_LADDER, wanted)
    return _LADDER[min(at, len(_LADDER) - 1)]


# -- inside -----------------------------------------------------------------------


def _multiples(old: ColourScale | None, found: Summary) -> ColourScale:
    """Count in typical cells, from 0."""
    typical, high = found.typical, found.high
    if found.whole:
        # what noise alone may add to the highest cell is not structure
        high -= 2.0 * math.sqrt(high)
    before = old.multiples[1] if old is not None and old.multiples else None
    times = ladder_step(before, max(high / typical, 1e-9))
    top = times * typical
    over = top * _LEAVES
    if found.whole:
        top = max(top, typical + _STANDARD_DEVIATIONS * math.sqrt(typical))
        over = max(top * _LEAVES, top + 3.0 * math.sqrt(top))
    return ColourScale(sane(0.0, top), (0.0, times), over=over)


def _log_multiples(old: ColourScale | None, found: Summary) -> ColourScale:
    """Count in typical cells by half decades at both ends."""
    below, above = found.low / found.typical, found.high / found.typical
    # a decade at least, the typical cell within
    low = min(_half_decade(max(below, 1e-12), math.floor), 10.0**-0.5)
    high = max(_half_decade(min(max(above, 1.0), 1e12), math.ceil), 10.0**0.5)
    if old is not None and old.multiples is not None:
        was_low, was_high = old.multiples
        inside = below * _LOG_LEAVES >= was_low and above <= was_high * _LOG_LEAVES
        decades = math.log10(high / low) / math.log10(was_high / was_low)
        if inside and decades > _WASTED:
            low, high = was_low, was_high
    scale = sane(low * found.typical, high * found.typical, log=True)
    return _with_slack(scale, (low, high))


def _with_slack(
    scale: Scale, multiples: tuple[float, float] | None = None
) -> ColourScale:
    """Say where out of range begins: as far out as where the range would move."""
    if scale.log:
        under, over = scale.low / _LOG_LEAVES, scale.high * _LOG_LEAVES
    else:
        slack = (_LEAVES - 1.0) * (scale.high - scale.low)
        under, over = scale.low - slack, scale.high + slack
    return ColourScale(scale, multiples, under, over)


def _half_decade(value: float, rounded: Callable[[float], int]) -> float:
    return float(10.0 ** (rounded(2.0 * math.log10(value)) / 2.0))


def _own_unit(
    old: ColourScale | None, found: Summary, *, log: bool, from_zero: bool
) -> Scale:
    """Limits in the unit of the values; only the end that was left moves."""
    kept = old.scale if old is not None and old.multiples is None else None
    low, high = found.low, found.high
    if log:
        return _own_decades(kept, low, high)
    if from_zero:
        low, high = min(low, 0.0), max(high, 0.0)
    if kept is None:
        return _roomy(low, high, from_zero=from_zero)
    span = kept.high - kept.low
    slack = (_LEAVES - 1.0) * span
    used = (high - low) / span
    left = kept.low - slack <= low
    right = high <= kept.high + slack
    if left and right:
        return kept if used >= _WASTED else _roomy(low, high, from_zero=from_zero)
    fresh = _roomy(low, high, from_zero=from_zero)
    return sane(
        kept.low if left else min(fresh.low, kept.low),
        kept.high if right else max(fresh.high, kept.high),
    )


def _own_decades(kept: Scale | None, low: float, high: float) -> Scale:
    fresh = sane(
        _half_decade(max(low, 1e-290), math.floor),
        _half_decade(min(high, 1e290), math.ceil),
        log=True,
    )
    if kept is None:
        return fresh
    inside = kept.low <= low * _LOG_LEAVES and high <= kept.high * _LOG_LEAVES
    used = math.log10(fresh.high / fresh.low) / math.log10(kept.high / kept.low)
    return kept if inside and used > _WASTED else fresh


def _roomy(low: float, high: float, *, from_zero: bool) -> Scale:
    """A range with a tenth of its width to spare at each end that is free."""
    room = 0.1 * (high - low)
    below = 0.0 if from_zero and low == 0.0 else room
    above = 0.0 if from_zero and high == 0.0 and low < 0.0 else room
    return sane(low - below, high + above)


def _robust(cells: Array) -> tuple[float, float]:
    """Both ends of sorted cells, without the few that lie far beyond the others."""
    count = cells.size
    if count < 3:
        return float(cells[0]), float(cells[-1])
    few = max(1, count // 80)
    typical = float(cells[count // 2])
    # measured from the typical cell; where all others are alike, a tenth of it
    above = max(float(cells[count - 1 - few]) - typical, 0.1 * abs(typical))
    below = max(typical - float(cells[few]), 0.1 * abs(typical))
    first, last = 0, count - 1
    if above > 0:
        last = int(np.searchsorted(cells, typical + _FAR * above, "right")) - 1
    if below > 0:
        first = int(np.searchsorted(cells, typical - _FAR * below, "left"))
    return float(cells[first]), float(cells[last])


def _filled(cells: Array, *, log: bool) -> Array:
    kept = cells > 0 if log else np.isfinite(cells)
    if log:
        kept &= cells < np.inf
    return cells if bool(kept.all()) else cells[kept]


def _sampled(cells: Array) -> Array:
    return cells if cells.size <= 2 * _SAMPLE else cells[_chosen(cells.size)]


@lru_cache(maxsize=64)
def _chosen(size: int) -> Array:
    """The same few cells of every map of that size; no stride, it would alias."""
    drawn: Array = np.random.default_rng(size).choice(
        size, _SAMPLE, replace=False, shuffle=False
    )
    drawn.sort()
    return drawn
