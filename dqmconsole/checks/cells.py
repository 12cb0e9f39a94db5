"""What is expected in the cells of histograms: by ring, neighbours or reference."""

from __future__ import annotations

import math
from functools import lru_cache
from typing import TYPE_CHECKING, Literal, NamedTuple

import msgspec
import numpy as np

from dqmconsole.checks.batch import column, flat
from dqmconsole.checks.check import Check, Result, wrong_order
from dqmconsole.checks.limits import none_set, wrong_numbers
from dqmconsole.checks.sentences import number
from dqmconsole.model.histogram import read_only
from dqmconsole.model.verdict import Status

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dqmconsole.checks.batch import Batch, Rows
    from dqmconsole.model.histogram import Array

Against = Literal["ring", "neighbours", "reference", "before"]
RingAxis = Literal["x", "y", "none"]
COMPARED = ("reference", "before")

# What comes out of contents of any size is inf or NaN, and not taken for a number.
quiet = np.errstate(all="ignore")

EMPTY_IS_BAD = 25.0  # where so many are expected, none at all is no chance
_FILLED_RING = 0.25  # of its cells; a ring with fewer says nothing of a noisy one
_AT_ONCE = 2_000_000  # neighbours in memory


class Cells(NamedTuple):
    """What is expected in each cell.

    Attributes:
        values: what was filled, ``(n, cells)``.
        expected: how much should have been, ``(n, cells)``; NaN where nothing says so.
        judged: cells that are neither known to be wrong nor missing in the reference.
        enough: those of them where as much is expected as is needed.
        entries: fills for each unit of the values, ``(n,)``: 1 without weights.
        ring: number of the ring of each cell, ``(cells,)``.
    """

    values: Array
    expected: Array
    judged: Array
    enough: Array
    entries: Array
    ring: Array


class CellCheck(Check, frozen=True):
    """What checks of single cells share; their attributes are explained there."""

    warn_above: float | None = None
    bad_above: float | None = None
    against: Against = "ring"
    ring: RingAxis = "x"
    reach: int = 3
    expected: float = 20.0
    noun: str = "cells"

    def wrong(self) -> Iterator[tuple[str, str]]:
        """Limits that cannot be meant."""
        yield from wrong_order(self.warn_above, self.bad_above, "bad_above")
        yield from none_set(self, "warn_above", "bad_above")
        yield from wrong_numbers(self)
        if self.reach < 1:
            yield "reach", "at least 1 neighbour is needed on each side"
        if not self.expected > 0:
            yield "expected", "more than 0 entries must be expected in a cell"

    def unjudged(self, batch: Batch, values: Array) -> list[Result | None]:
        """Rows that cannot be judged, whatever the cells hold."""
        infinite = (flat(batch.judged) & ~np.isfinite(values)).sum(1)
        compared = batch.has_reference
        judged = flat(batch.judged).sum(1)
        found: list[Result | None] = []
        for row in range(len(batch.data)):
            words, status = "", Status.FAILED
            if not judged[row]:
                status, words = Status.NOT_CHECKED, "all of it is known to be wrong"
            elif infinite[row]:
                words = f"some {self.noun} hold no number"
            elif self.against == "before" and not compared[row]:
                status, words = Status.NOT_CHECKED, batch.no_reference
            elif self.against == "reference" and not compared[row]:
                status = Status.NO_REFERENCE
                words = f"no reference: {batch.no_reference or 'none is given'}"
            found.append(Result(status, words) if words else None)
        return found

    def too_few(self, cells: Cells) -> dict[int, str]:
        """The rows that cannot be called good, and why.

        One is called good where at least half of the cells that should be filled can
        be judged.
        """
        filled = cells.judged & (cells.expected > 0)
        numbers = filled.sum(1)
        found = {}
        for row in np.flatnonzero(2 * cells.enough.sum(1) < numbers):
            typical = float(np.median(cells.expected[row][filled[row]]))
            found[int(row)] = (
                f"{number(typical * float(cells.entries[row]), 3)} entries expected "
                f"in a typical cell, {number(self.expected)} needed"
            )
        for row in np.flatnonzero(numbers == 0):
            found[int(row)] = "it is empty, and nothing says how much was expected"
        return found

    @property
    def level(self) -> str:
        """What it is set against, in words."""
        return {
            "ring": "its ring",
            "neighbours": "its neighbours",
            "reference": "the reference",
            "before": "the run before",
        }[self.against]


@quiet
def entries_per_unit(rows: Rows) -> Array:
    """Effective fills for each unit of the contents, ``(n,)``: 1 without weights."""
    if rows.sumw2 is None or rows.bin_entries is not None:
        return np.ones(len(rows))
    sums, squares = flat(rows.contents).sum(1), flat(rows.sumw2).sum(1)
    known = (squares > 0) & (sums > 0) & np.isfinite(squares) & np.isfinite(sums)
    found: Array = np.divide(sums, squares, out=np.ones(len(rows)), where=known)
    return found


@quiet
def median_of(values: Array, chosen: Array) -> Array:
    """Median along the last axis of the chosen values, NaN where none is."""
    kept = np.sort(np.where(chosen, values, np.inf), axis=-1)
    many = chosen.sum(-1, keepdims=True)
    low = np.take_along_axis(kept, np.maximum((many - 1) // 2, 0), -1)
    most = kept.shape[-1] - 1
    high = np.take_along_axis(kept, np.minimum(many // 2, most), -1)
    middle = np.where(many > 0, 0.5 * low + 0.5 * high, np.nan)
    return middle[..., 0]


@quiet
def neighbours_median(values: Array, chosen: Array, reach: int) -> Array:
    """Median of the chosen cells within so many bins along each axis, itself left out.

    Args:
        values: shape ``(n, nx[, ny])``.
        chosen: which count, same shape.
        reach: bins on each side.

    Returns:
        Shape of the values; NaN where there is none.
    """
    found = np.empty(values.shape)
    kept = np.where(chosen, values, np.inf)
    sides = [(0, 0)] + [(reach, reach)] * (values.ndim - 1)
    steps = [step for step in range(-reach, reach + 1) if step]
    many = max(1, _AT_ONCE // (values[0].size * len(steps) * (values.ndim - 1)))
    for first in range(0, len(values), many):
        padded = np.pad(kept[first : first + many], sides, constant_values=np.inf)
        near = []
        for axis in range(1, values.ndim):
            for step in steps:
                cut = [slice(None)] + [slice(reach, -reach)] * (values.ndim - 1)
                size = values.shape[axis]
                cut[axis] = slice(reach + step, reach + step + size)
                near.append(padded[tuple(cut)])
        around = np.stack(near, axis=-1)
        found[first : first + many] = median_of(around, np.isfinite(around))
    return found


@quiet
def set_against(batch: Batch, check: CellCheck) -> Batch:
    """The rows with what a check sets them against, be it their own run before them.

    That is the run less the row, scaled by area; what was never filled in this run is
    expected nowhere. A run as a whole has nothing before it.
    """
    if check.against != "before":
        return batch
    data, nothing = batch.data, np.full(len(batch.data), -1)
    whole = nothing if batch.whole is None else batch.whole

    def before(array: Array | None) -> Array | None:
        return None if array is None else np.maximum(array[whole] - array, 0.0)

    contents = before(data.contents)
    assert contents is not None
    rest = msgspec.structs.replace(
        data,
        contents=contents,
        entries=np.maximum(data.entries[whole] - data.entries, 0.0),
        sumw2=before(data.sumw2),
        bin_entries=before(data.bin_entries),
        bin_sumw2=None,
    )
    judged = flat(batch.judged)
    held, was = (
        np.where(judged, flat(rows.weights()), 0.0).sum(1) for rows in (data, rest)
    )
    scale = np.where((whole >= 0) & (was > 0), held / was, np.nan)
    words = "the first updates of a run have nothing before them"
    return msgspec.structs.replace(
        batch, reference=rest, scale=scale, no_reference=words
    )


@quiet
def cells_of(batch: Batch, check: CellCheck, *, filled: bool) -> Cells:
    """Cells with what is expected.

    Args:
        batch: the rows.
        check: says against what.
        filled: cells that hold nothing do not count for medians; else they count where
            few others do.
    """
    values = batch.data.weights()
    values = np.where(np.isfinite(values), values, np.nan)
    judged = batch.judged
    ring = _rings(values.shape[1:], check.ring)
    if check.against in COMPARED:
        expected = scaled_weights(batch)
    else:
        chosen = judged & (values > 0)
        if check.against == "neighbours":
            expected = neighbours_median(values, chosen, check.reach)
        else:
            expected = _ring_levels(batch, values, judged, chosen, check, filled)
    flat_values, flat_expected = flat(values), flat(expected)
    entries = entries_per_unit(batch.data)
    enough = flat_expected * entries[:, None] >= check.expected
    enough &= flat(judged)
    return Cells(flat_values, flat_expected, flat(judged), enough, entries, ring)


def _by_ring(cells: Array, axis: RingAxis) -> Array:
    """Cells ordered as ``(n, rings, cells of a ring)``."""
    if cells.ndim == 2 or axis == "none":
        return cells.reshape(len(cells), 1, -1)
    return cells if axis == "x" else cells.swapaxes(1, 2)


@lru_cache(64)
def _rings(shape: tuple[int, ...], axis: RingAxis) -> Array:
    """Number of the ring of each inner bin, flat, of rows of this shape."""
    if len(shape) == 1 or axis == "none":
        return read_only(np.zeros(math.prod(shape), np.int64))
    rings: Array = np.indices(shape)[0 if axis == "x" else 1].ravel()
    return read_only(rings)


def _ring_levels(
    batch: Batch,
    values: Array,
    judged: Array,
    chosen: Array,
    check: CellCheck,
    filled: bool,
) -> Array:
    """The median of each cell's ring, shape of the values."""
    by_ring, some = _by_ring(values, check.ring), _by_ring(chosen, check.ring)
    many = some.sum(-1)
    levels = np.where(many > 0, median_of(by_ring, some), 0.0)
    exist = _by_ring(judged, check.ring).sum(-1)
    if not filled:
        levels = np.where(many >= _FILLED_RING * exist, levels, 0.0)
    rings = _rings(values.shape[1:], check.ring)
    if filled:
        # At an edge nothing says whether a ring that is empty is there at all.
        padded = np.pad(levels, ((0, 0), (2, 2)))
        before = np.maximum(padded[:, :-4], padded[:, 1:-3])
        after = np.maximum(padded[:, 3:-1], padded[:, 4:])
        levels = np.where(many == 0, np.minimum(before, after), levels)
    expected: Array = levels[:, rings].reshape(values.shape)
    if filled and batch.has_reference.any():
        scaled = scaled_weights(batch)
        empty = (many == 0)[:, rings].reshape(values.shape)
        expected = np.where(empty & np.isfinite(scaled), scaled, expected)
    return expected


@quiet
def scaled_weights(batch: Batch) -> Array:
    """What the reference expects to be filled, shape of the values; NaN without one."""
    if batch.reference is None or batch.scale is None:
        return np.full(batch.data.weights().shape, np.nan)
    weights = batch.reference.weights()
    scaled: Array = weights * column(batch.scale, weights.ndim)
    return scaled


@quiet
def total_expected(batch: Batch) -> Array:
    """Entries the reference expects in the judged bins, ``(n,)``; 0 without one."""
    if batch.reference is None:
        return np.zeros(len(batch.data))
    scaled = flat(np.where(batch.judged, scaled_weights(batch), 0.0))
    total: Array = np.where(np.isfinite(scaled), scaled, 0.0).sum(1)
    found: Array = total * entries_per_unit(batch.reference)
    return found


@quiet
def missing_in_reference(batch: Batch, check: CellCheck, low: float) -> Array:
    """Cells that are dead in the reference too, ``(n, cells)``.

    Args:
        batch: the rows.
        check: says against what.
        low: part of what is expected below which a cell is dead.
    """
    shape = flat(batch.judged).shape
    if batch.reference is None:
        return np.zeros(shape, bool)
    weights = batch.reference.weights()
    weights = np.where(np.isfinite(weights), weights, np.nan)
    chosen = weights > 0
    if check.against in COMPARED:
        return flat(~chosen) & batch.has_reference[:, None]
    if check.against == "neighbours":
        level = flat(neighbours_median(weights, chosen, check.reach))
    else:
        by_ring = _by_ring(weights, check.ring)
        levels = median_of(by_ring, _by_ring(chosen, check.ring))
        level = levels[:, _rings(weights.shape[1:], check.ring)]
    # Neither does a cell exist whose whole ring the reference, full elsewhere, lacks.
    row_level = median_of(flat(weights), flat(chosen))[:, None]
    level = np.where(np.isfinite(level), level, row_level)
    entries = entries_per_unit(batch.reference)[:, None]
    found: Array = flat(weights) < low * level
    # of few entries it is not known which cells are dead, but that none is alive here
    found = found & ((level * entries >= check.expected) | (flat(weights) <= 0))
    return found & batch.has_reference[:, None]


@quiet
def pulls_of(cells: Cells, batch: Batch) -> Array:
    """How far each cell is off, in standard deviations; 0 where it is not judged."""
    expected = cells.expected * cells.entries[:, None]
    off = cells.values * cells.entries[:, None] - expected
    found = np.where(cells.enough, off / np.sqrt(expected), 0.0)
    return found.reshape(batch.judged.shape)


def unlikely(held: Array, expected: Array) -> Array:
    """Chernoff's bound of -log(chance) of so many counts or worse; others expected."""
    found: Array = expected - held + times_log(held, held / expected)
    return found


def times_log(many: Array, ratio: Array) -> Array:
    """``many * log(ratio)``, 0 where there are none."""
    return np.where(many > 0, many * np.log(ratio), 0.0)
