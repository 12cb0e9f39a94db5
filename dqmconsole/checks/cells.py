"""What is expected in the cells of histograms: by ring, neighbours or reference."""

from __future__ import annotations

import math
from functools import lru_cache
from typing import TYPE_CHECKING, Literal, NamedTuple

import msgspec
import numpy as np

from dqmconsole.checks.batch import column, flat, quiet
from dqmconsole.checks.check import Check, Result, limits_above
from dqmconsole.checks.limits import EXPECTED_LEAST, lost_result, without_reference
from dqmconsole.checks.robust import medians
from dqmconsole.checks.sentences import number
from dqmconsole.model.histogram import read_only
from dqmconsole.model.verdict import Status

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from dqmconsole.checks.batch import Batch, Rows
    from dqmconsole.model.histogram import Array

Against = Literal["ring", "neighbours", "reference", "before"]
RingAxis = Literal["x", "y", "none"]
COMPARED = ("reference", "before")

_LOUD_RING = 5.0  # times the rings beside it: a ring that is noisy as a whole
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
        by_others: cells whose whole ring is empty or noisy, so that other rings or the
            reference say what is expected, ``(n, cells)``.
    """

    values: Array
    expected: Array
    judged: Array
    enough: Array
    entries: Array
    ring: Array
    by_others: Array


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
        yield from super().wrong()
        if self.reach < 1:
            yield "reach", "at least 1 neighbour is needed on each side"
        if not self.expected > 0:
            yield "expected", "more than 0 entries must be expected in a cell"

    def unjudged(
        self,
        batch: Batch,
        cells: Cells,
        statuses: list[Status],
        lost: Mapping[int, Result],
    ) -> list[Result | None]:
        """What is said of rows whose cells are not looked at one by one; else None.

        Args:
            batch: the rows.
            cells: their cells.
            statuses: by what can be judged. What is wrong is so with few entries, too.
            lost: what is said of rows of which all is lost.
        """
        flat_judged = flat(batch.judged)
        infinite = (flat_judged & ~np.isfinite(cells.values)).sum(1)
        many = flat_judged.sum(1)
        compared = batch.has_reference
        too_few = self.too_few(cells)
        found: list[Result | None] = []
        for row, status in enumerate(statuses):
            result = None
            if not many[row]:
                words = "known issues leave nothing of it to be judged"
                result = Result(Status.NOT_CHECKED, words)
            elif infinite[row]:
                result = Result(
                    Status.FAILED, f"some {self.noun} are not numbers (NaN or infinite)"
                )
            elif self.against == "before" and not compared[row]:
                result = Result(Status.NOT_CHECKED, batch.no_reference)
            elif self.against == "reference" and not compared[row]:
                result = without_reference(batch)
            elif row in lost:
                result = lost[row]
            elif row in too_few and status is Status.GOOD:
                result = Result(Status.LOW_STATISTICS, too_few[row])
            found.append(result)
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

    def lost(self, batch: Batch, cells: Cells) -> dict[int, Result]:
        """Rows that are empty where the reference expects enough, and what is said."""
        total = total_expected(batch)
        held = (cells.judged & (cells.values != 0)).any(1)
        empty = np.flatnonzero(~held & (total >= EXPECTED_LEAST)).tolist()
        limits = limits_above(self.warn_above, self.bad_above)
        pulls = pulls_of(cells, batch) if empty else cells.values
        found = {}
        for row in empty:
            found[row] = msgspec.structs.replace(
                lost_result(0.0, float(total[row])),
                value=1.0,
                limits=limits,
                offending=np.flatnonzero(cells.judged[row]),
                pulls=pulls[row],
            )
        return found

    def level_of(self, batch: Batch) -> str:
        """What it is set against, in words."""
        one = batch.data.dimension == 1 or self.ring == "none"
        return {
            "ring": f"the usual among all {self.noun}" if one else "its ring",
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
        found[first : first + many] = medians(around, np.isfinite(around))
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
    by_others = np.zeros(values.shape, bool)
    if check.against in COMPARED:
        expected = scaled_weights(batch)
    else:
        chosen = judged & (values > 0)
        if check.against == "neighbours":
            expected = neighbours_median(values, chosen, check.reach)
        else:
            expected, by_others = _ring_levels(batch, values, chosen, check, filled)
    flat_values, flat_expected = flat(values), flat(expected)
    entries = entries_per_unit(batch.data)
    enough = flat_expected * entries[:, None] >= check.expected
    enough &= flat(judged)
    return Cells(
        flat_values,
        flat_expected,
        flat(judged),
        enough,
        entries,
        ring,
        flat(by_others),
    )


def existing_cells(batch: Batch, check: CellCheck, low: float) -> Cells:
    """Cells with what is expected, those that are dead in the reference too left out.

    Args:
        batch: the rows.
        check: says against what.
        low: part of what is expected below which a cell is dead.
    """
    cells = cells_of(batch, check, filled=True)
    judged = cells.judged & ~missing_in_reference(batch, check, low)
    return cells._replace(judged=judged, enough=cells.enough & judged)


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
    batch: Batch, values: Array, chosen: Array, check: CellCheck, filled: bool
) -> tuple[Array, Array]:
    """The median of each cell's ring, shape of the values; for which others stand in.

    Args:
        batch: the rows.
        values: what was filled.
        chosen: the cells that count.
        check: says what a ring is.
        filled: as of :func:`cells_of`.
    """
    by_ring, some = _by_ring(values, check.ring), _by_ring(chosen, check.ring)
    many = some.sum(-1)
    levels = np.where(many > 0, medians(by_ring, some), 0.0)
    scaled = scaled_weights(batch) if batch.has_reference.any() else None
    if filled:
        other = many == 0
        levels = np.where(other, _of_empty_rings(levels), levels)
    else:
        exist = _by_ring(batch.judged, check.ring).sum(-1)
        levels = np.where(many >= _FILLED_RING * exist, levels, 0.0)
        usual = _loudest_beside(levels)
        if scaled is not None:
            own = _by_ring(scaled, check.ring)
            usual = np.fmax(usual, medians(own, own > 0))
        other = (usual > 0) & (levels > _LOUD_RING * usual)
        levels = np.where(other, usual, levels)
    rings = _rings(values.shape[1:], check.ring)
    expected = levels[:, rings].reshape(values.shape)
    by_others: Array = other[:, rings].reshape(values.shape)
    if filled and scaled is not None:
        expected = np.where(by_others & np.isfinite(scaled), scaled, expected)
    return expected, by_others


def _beside(levels: Array) -> tuple[Array, Array]:
    """The higher level of the two rings before each, and of the two after it."""
    padded = np.pad(levels, ((0, 0), (2, 2)))
    before = np.maximum(padded[:, :-4], padded[:, 1:-3])
    after = np.maximum(padded[:, 3:-1], padded[:, 4:])
    return before, after


def _of_empty_rings(levels: Array) -> Array:
    """What empty rings would hold, by those beside them; 0 where they may be none.

    Within a map the rings beside say it, at an edge that at the other: where both are
    empty, the axis goes beyond the detector.
    """
    at_edge = (np.maximum.accumulate(levels, 1) == 0) | (
        np.maximum.accumulate(levels[:, ::-1], 1)[:, ::-1] == 0
    )
    return np.where(at_edge, levels[:, ::-1], np.minimum(*_beside(levels)))


def _loudest_beside(levels: Array) -> Array:
    """The highest level of the rings beside each, and of that at the other side."""
    opposite = levels[:, ::-1].copy()
    if levels.shape[1] % 2:
        opposite[:, levels.shape[1] // 2] = 0.0  # that is the ring itself
    before, after = _beside(levels)
    found: Array = np.maximum(np.maximum(before, after), opposite)
    return found


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
        levels = medians(by_ring, _by_ring(chosen, check.ring))
        level = levels[:, _rings(weights.shape[1:], check.ring)]
    # Neither does a cell exist whose whole ring the reference, full elsewhere, lacks.
    row_level = medians(flat(weights), flat(chosen))[:, None]
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
