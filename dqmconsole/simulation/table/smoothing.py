"""What counts would be without their fluctuations, as far as they tell."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from dqmconsole.model.histogram import Array

FEW = 4.0
NEAREST = 3


def smooth(counts: Array) -> Array:
    """What counts would be without their fluctuations: see :func:`smoothed`."""
    return smoothed(counts)[0]


def smoothed(counts: Array) -> tuple[Array, Array]:
    """What counts would be without their fluctuations, and where they tell.

    Of a map the product of its margins; along one axis a parabola through the square
    roots of each bin's neighbours; where the counts do not lie on these within their
    fluctuations, the counts as they are.
    """
    if counts.ndim == 2:
        found = _product(counts)
        return found, np.broadcast_to(found is not counts, counts.shape)
    if counts.ndim != 1 or counts.size < 12:
        return counts, np.zeros(counts.shape, bool)
    found = np.asarray(counts, np.float64).clip(0)
    roots, best = np.sqrt(found + 0.375), found
    done = np.zeros(counts.size, bool)
    size = 2 * NEAREST + 1
    mean = np.convolve(found[1:-1], np.full(size, 1 / size), "same")
    beside = _flat(found[1:-1])
    for reach in (12, 6, NEAREST):
        if 2 * reach + 3 > counts.size:
            continue
        fit, off = _parabola(roots[1:-1], reach)
        # a root of a count has a variance of a quarter
        good = (off < 0.25 * (1 + 2.5 * np.sqrt(2 / (2 * reach)))) & ~done[1:-1]
        best = np.where(done, best, found)
        inner = best[1:-1]
        # roots of few counts lie too low: there the mean of the nearest is better
        few = mean < FEW
        fit = np.where(few, beside, (fit**2 - 0.125).clip(0))
        good &= ~few | (reach == NEAREST)
        inner[good] = fit[good]
        done[1:-1] |= good
    return best * (found.sum() / max(float(best.sum()), 1e-12)), done


def _flat(counts: Array) -> Array:
    """Means over the widest window in which few counts are all alike."""
    found: Array = counts
    for size in (3, 7, 25):
        if size > counts.size:
            break
        window = np.full(size, 1 / size)
        mean = np.convolve(counts, window, "same")
        variance = np.convolve(counts**2, window, "same") - mean**2
        alike = variance < mean * (1 + 2.5 * np.sqrt(2 / size))
        found = mean if size == 3 else np.where(alike, mean, found)
    return found


def _product(counts: Array) -> Array:
    """Rows times columns, when a map is that within its fluctuations."""
    total = float(counts.sum())
    if total <= 0:
        return counts
    expected = np.outer(counts.sum(axis=1), counts.sum(axis=0)) / total
    filled = expected > 0
    usual = expected[filled]
    off = float(((counts[filled] - usual) ** 2 / usual).mean())
    chance = float(np.sqrt((2 + 1 / usual).mean() / usual.size))
    return expected if off < 1 + 3 * chance else counts


def _parabola(values: Array, reach: int) -> tuple[Array, Array]:
    """Parabolas through windows of 2 reach + 1 values: at the middle, and variance."""
    size = 2 * reach + 1
    at = np.arange(size) - reach
    base = np.linalg.qr(np.vander(at.astype(np.float64), 3))[0]
    windows = np.lib.stride_tricks.sliding_window_view(values, size)
    start = (np.arange(values.size) - reach).clip(0, values.size - size)
    seen = windows[start]
    fitted = seen @ base @ base.T
    off = ((seen - fitted) ** 2).sum(axis=1) / (size - 3)
    middle = np.arange(values.size) - start
    return fitted[np.arange(values.size), middle], off
