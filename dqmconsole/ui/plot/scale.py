"""Axis scales: values to fractions of an axis, and ranges that move in steps."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from dqmconsole.model.histogram import Array

# A live range that followed every update would repaint the axes each time and
# swim before the eye; it grows by this factor when the data leave it and shrinks
# only when they use less than that share of it.
GROWTH = 1.6
SHRINK_BELOW = 0.35
HEADROOM = 1.08
CLEARANCE = 0.05  # what lies closer to the upper edge is taken for the frame


@dataclass(frozen=True)
class Scale:
    """A finite range of an axis, low < high; on a log scale low > 0."""

    low: float
    high: float
    log: bool = False

    @property
    def ends(self) -> tuple[float, float]:
        """Both ends as pyqtgraph has them: of a log scale the decimal logarithms."""
        if self.log:
            return (math.log10(self.low), math.log10(self.high))
        return (self.low, self.high)

    def fractions(self, values: Array) -> Array:
        """Map values to 0 (low) .. 1 (high); on a log scale <= 0 is far below 0."""
        if not self.log:
            share: Array = (values - self.low) * (1.0 / (self.high - self.low))
            return share
        logs = np.full(np.shape(values), -1e3)
        np.log10(values, out=logs, where=values > 0)
        logs = np.where(np.isnan(values), np.nan, logs)
        low, high = math.log10(self.low), math.log10(self.high)
        scaled: Array = (logs - low) * (1.0 / (high - low))
        return scaled

    def fraction(self, value: float) -> float:
        """Map one value as `fractions` does."""
        return float(self.fractions(np.asarray(value, dtype=np.float64)))

    def value(self, fraction: float) -> float:
        """Return the value at a fraction of the axis."""
        if not self.log:
            return self.low + fraction * (self.high - self.low)
        low, high = math.log10(self.low), math.log10(self.high)
        return float(10.0 ** min(max(low + fraction * (high - low), -300), 300))

    def part(self, start: float, stop: float) -> Scale:
        """Return the scale from one fraction to another (zoom and move)."""
        return sane(self.value(start), self.value(stop), log=self.log)


def sane(low: float, high: float, *, log: bool = False) -> Scale:
    """Make a scale of any two numbers: never empty, never infinite."""
    low = low if math.isfinite(low) else 0.0
    high = high if math.isfinite(high) else 1.0
    low = min(max(low, -1e300), 1e300)
    high = min(max(high, -1e300), 1e300)
    if high < low:
        low, high = high, low
    if log:
        if high <= 0:
            low, high = 0.1, 1.0
        high = max(high, 1e-290)  # below, a share of it underflows to nothing
        if low <= 0:
            low = high * 1e-3
        low = max(low, 1e-300)
        if high <= low * (1 + 1e-9):
            low, high = low / 2, high * 2
        return Scale(low, high, log=True)
    largest = max(abs(low), abs(high))
    if high - low <= max(1e-12 * largest, 1e-290):
        half = 0.5 if largest < 1e-280 else largest * 0.1
        low, high = low - half, high + half
    return Scale(low, high)


def span_of(arrays: list[Array], *, log: bool) -> tuple[float, float] | None:
    """Return lowest and highest finite value (on a log scale above 0), or None."""
    low, high = math.inf, -math.inf
    for values in arrays:
        if values.size == 0:
            continue
        least, most = float(values.min()), float(values.max())
        if not (math.isfinite(least) and math.isfinite(most)) or (log and least <= 0):
            keep = values[np.isfinite(values)]
            keep = keep[keep > 0] if log else keep
            if keep.size == 0:
                continue
            least, most = float(keep.min()), float(keep.max())
        low, high = min(low, least), max(high, most)
    return None if low > high else (low, high)


def joined(spans: list[tuple[float, float] | None]) -> tuple[float, float] | None:
    """Return the span that holds all of `spans`, or None when there is none."""
    known = [span for span in spans if span is not None]
    if not known:
        return None
    return (min(low for low, _ in known), max(high for _, high in known))


def stepped(
    old: Scale | None,
    span: tuple[float, float] | None,
    *,
    log: bool = False,
    from_zero: bool = True,
    headroom: float = HEADROOM,
) -> Scale:
    """Return `old` as long as it serves `span`, else a new range one step away.

    Args:
        old: the range shown so far, or None.
        span: lowest and highest value to show; None when there is none.
        log: whether the scale is logarithmic.
        from_zero: a linear axis starts at 0 unless values are negative.
        headroom: how far above the highest value a first range reaches; above 1 a
            range kept stays clear of it, too.
    """
    if old is not None and old.log != log:
        old = None
    if span is None:
        return old or (Scale(0.5, 10.0, log=True) if log else Scale(0.0, 1.0))
    if log:
        return _stepped_log(old, *span)
    low, high = span
    if from_zero:
        low, high = min(low, 0.0), max(high, 0.0)
    top = math.inf if old is None else old.high
    if old is not None and headroom > 1.0 and (high != 0.0 or not from_zero):
        top -= CLEARANCE * (old.high - old.low)
    if old is not None and old.low <= low and high <= top:
        used = (high - low) / (old.high - old.low)
        if used >= SHRINK_BELOW or high == low:
            return old
        old = None
    if low == high == 0:
        return Scale(0.0, 1.0)
    if old is not None:  # what left it may be too small for it, and lie at its edge
        whole = max(high, old.high) - min(low, old.low)
        old = old if high - low >= SHRINK_BELOW * whole else None
    room = (high - low) or abs(high)
    factor = headroom - 1.0 if old is None else GROWTH - 1.0
    below = 0.0 if from_zero and low == 0.0 else factor * room
    if old is not None:
        # only the end that was left moves
        new_low = old.low if old.low <= low else low - below
        new_high = old.high if high <= top else high + factor * room
        return sane(new_low, new_high)
    return sane(low - below, high + factor * room)


def _stepped_log(old: Scale | None, low: float, high: float) -> Scale:
    decades = max(math.log10(high / low) if high / low < 1e300 else 300, 0.3)
    if old is not None and old.low <= low and high <= old.high:
        if decades >= SHRINK_BELOW * math.log10(old.high / old.low):
            return old
        old = None
    room = 10.0 ** (0.08 * decades if old is None else 0.25 * decades)
    # counts of 1 stand clear of the axis
    return sane(low / max(room, 1.6), high * room, log=True)
