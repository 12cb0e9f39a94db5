"""A map of many bins brought down to the pixels of a tile, honest about both ends.

A block of cells is drawn as its fullest cell, so that a hot channel is never
averaged away. A dead cell must not vanish either, so a block shows as **empty**
(content exactly 0) when all of this holds:

1. it has a filled cell and an empty one, and this does not belong to the border of
   what is filled: it stands apart from larger empty regions (of the eight cells
   around it at most three are empty, of those around these likewise), or the empty
   cells end within the blocks around, of whose cells more than four fifths are filled;
2. no cell of it is negative or not finite;
3. an empty cell is improbable there: with m the mean number of entries of those
   filled cells, the fullest left out, and N cells in the whole map,
   ``N exp(-m) < 0.01``;
4. its fullest cell has at most 4 m entries (a hot channel goes before a dead one).

Where more than a fifth of all filled blocks would show as empty by this rule,
empty cells are the map's pattern (gaps between chambers), not news, and every
block is drawn as its fullest cell. Blocks without any entry are empty in any case.
What is drawn smaller than its bins follows the same rule (:func:`shows_empty`).

Of rows of states a block shows its lowest state: one that is off never vanishes among
many that are on.
Graphs of many points keep those that can be told apart.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import msgspec
import numpy as np

from dqmconsole.model.histogram import Histogram, read_only
from dqmconsole.model.rebin import block_size, merged_axis

if TYPE_CHECKING:
    from numpy.typing import DTypeLike

    from dqmconsole.model.frame import Comparison
    from dqmconsole.model.graph import Graph
    from dqmconsole.model.histogram import Array

_IMPROBABLE = 0.01
_HOT = 4.0
_PATTERN = 0.2
_FILLED = 0.8
_FEW_LINES = 4  # so many or fewer are combined faster by taking the first of each, …
_ALONE = 4  # empty cells of nine


def reduce_map(
    histogram: Histogram, width: int, height: int, *, states: bool = False
) -> Histogram:
    """Merge the bins of a 2-D histogram until it fits `width` x `height` bins.

    Both axes are merged in blocks of equal bins (the last may be smaller), flow
    bins likewise along their edge. Entries and statistics stay those of the whole
    histogram. Errors are not kept: a profile's blocks have one entry and no
    spread, a plain map loses ``sumw2``. A histogram that fits, or that is not
    2-D, is returned as it is.

    Args:
        histogram: the map.
        width: most bins along x; below 1 counts as 1.
        height: most bins along y.
        states: the cells are states, such as 0 for off and 1 for on. What is negative
            or not finite is not known, as is what was never filled of a profile.
    """
    if histogram.dimension != 2:
        return histogram
    steps = (
        block_size(histogram.axes[0].bins, width),
        block_size(histogram.axes[1].bins, height),
    )
    if steps == (1, 1):
        return histogram
    axes = tuple(
        merged_axis(axis, step, rest=True)
        for axis, step in zip(histogram.axes, steps, strict=True)
    )
    with np.errstate(all="ignore"):
        merge = _lowest if states else _merge
        contents, filled = merge(histogram, steps)
        entries = None
        sumw2 = None
        if histogram.is_profile:
            entries = read_only(filled.astype(np.float32, order="K"))
            sumw2 = read_only(np.square(contents, dtype=np.float64))
    return msgspec.structs.replace(
        histogram,
        axes=axes,
        contents=read_only(contents),
        sumw2=sumw2,
        bin_entries=entries,
        bin_sumw2=None,
        error_mode="",
    )


def reduce_comparison(compared: Comparison, width: int, height: int) -> Comparison:
    """Merge a comparison map: each block shows the cell that deviates most surely.

    That is the one farthest from agreement in standard deviations; in value, where
    errors are not known. Its error goes with it, so that who draws it can tell a
    deviation from noise.

    Args:
        compared: values of shape (nx, ny), no flow bins; NaN where undefined.
        width: most bins along x.
        height: most bins along y; both merged as :func:`reduce_map` does.
    """
    values, errors = compared.values, compared.errors
    steps = (block_size(values.shape[0], width), block_size(values.shape[1], height))
    if steps == (1, 1):
        return compared
    sure = np.abs(values - (1.0 if compared.mode == "ratio" else 0.0))
    if errors is not None:
        with np.errstate(all="ignore"):
            # without an error it is sure: NaN is what argmax takes first
            sure = np.where(sure > 0, sure / errors, 0.0)
    sure = np.where(np.isnan(values), -1.0, sure)
    chosen = _in_blocks(sure, steps, -2.0).argmax(axis=2)[..., None]

    def taken(cells: Array) -> Array:
        blocks = _in_blocks(np.asarray(cells, dtype=np.float64), steps, np.nan)
        return read_only(np.take_along_axis(blocks, chosen, axis=2)[..., 0])

    return msgspec.structs.replace(
        compared,
        values=taken(values),
        errors=None if errors is None else taken(errors),
    )


def reduce_indices(
    indices: Array, shape: tuple[int, int], width: int, height: int
) -> Array:
    """The blocks in which cells lie, each once.

    Args:
        indices: of cells, flat in C order of (x, y), int64.
        shape: bins of x and y before :func:`reduce_map` merges them.
        width: most bins along x.
        height: most bins along y.

    Returns:
        Indices of the merged map's cells, flat in C order of its (x, y), int64.
    """
    steps = (block_size(shape[0], width), block_size(shape[1], height))
    rows = math.ceil(shape[1] / steps[1])
    kept = indices[(indices >= 0) & (indices < shape[0] * shape[1])]
    blocks = kept // shape[1] // steps[0] * rows + kept % shape[1] // steps[1]
    return read_only(np.unique(blocks).astype(np.int64))


def _in_blocks(cells: Array, steps: tuple[int, int], outside: float) -> Array:
    """Cells by block, shape (blocks of x, blocks of y, cells of a block)."""
    x, y = steps
    across, up = math.ceil(cells.shape[0] / x), math.ceil(cells.shape[1] / y)
    room = ((0, across * x - cells.shape[0]), (0, up * y - cells.shape[1]))
    padded = np.pad(cells, room, constant_values=outside)
    apart = padded.reshape(across, x, up, y).transpose(0, 2, 1, 3)
    return apart.reshape(across, up, x * y)


def reduce_graph(graph: Graph, most: int) -> Graph:
    """Leave out points until at most about `most` are left, extremes kept.

    Along x there are as many columns as a quarter of that; of each are kept the first
    and the last point in the file's order, the lowest and the highest. Points that
    are no number go. A graph of fewer points is returned as it is.

    Args:
        graph: the graph.
        most: points; below 4 counts as 4.
    """
    count = len(graph.x)
    if count <= most:
        return graph
    there = np.flatnonzero(np.isfinite(graph.x) & np.isfinite(graph.y))
    x, y = graph.x[there], graph.y[there]
    columns = max(most // 4, 1)
    kept = there
    if len(there) > most:
        low, high = float(x.min()), float(x.max())
        # in halves, for the range may be wider than a float can be
        part = (x / 2 - low / 2) / max(high / 2 - low / 2, 5e-324)
        column = np.minimum((part * columns).astype(np.int64), columns - 1)
        picked = []
        for order in (np.argsort(column, kind="stable"), np.lexsort((y, column))):
            first = np.flatnonzero(np.diff(column[order], prepend=-1))
            last = np.append(first[1:], len(order)) - 1
            picked += [order[first], order[last]]
        kept = there[np.unique(np.concatenate(picked))]

    def some(array: Array) -> Array:
        return read_only(array[kept])

    def pair(errors: tuple[Array, Array] | None) -> tuple[Array, Array] | None:
        return None if errors is None else (some(errors[0]), some(errors[1]))

    return msgspec.structs.replace(
        graph,
        x=some(graph.x),
        y=some(graph.y),
        x_errors=pair(graph.x_errors),
        y_errors=pair(graph.y_errors),
    )


def _lowest(histogram: Histogram, steps: tuple[int, int]) -> tuple[Array, Array]:
    """As :func:`_merge`: the lowest state of each block, -1 where none is known."""
    values = np.array(histogram.values(), dtype=np.float64)
    known = np.isfinite(values) & (values >= 0)
    if histogram.is_profile:
        known &= histogram.counts() > 0
    lowest = _in_blocks(np.where(known, values, np.inf), steps, np.inf).min(axis=2)
    filled = np.isfinite(lowest)
    contents = np.where(filled, lowest, 0.0 if histogram.is_profile else -1.0)
    whole, there = (np.asfortranarray(np.pad(e, 1)) for e in (contents, filled))
    return whole, there


def _merge(histogram: Histogram, steps: tuple[int, int]) -> tuple[Array, Array]:
    """Contents and whether anything was filled, of the merged map with flow bins."""
    raw = histogram.contents
    if histogram.bin_entries is None:
        values = raw if raw.dtype.kind == "f" else raw.astype(np.float64)
        weights, squares = values, histogram.sumw2
    else:
        values = histogram.values(flow=True)
        weights, squares = histogram.bin_entries, histogram.bin_sumw2
        values = np.where(weights == 0, -np.inf, values)  # no mean, so never the most
    shape = tuple(
        math.ceil(axis.bins / step) + 2
        for axis, step in zip(histogram.axes, steps, strict=True)
    )
    most = np.empty(shape, dtype=values.dtype, order="F")
    for (rows, columns), (own_rows, own_columns), steps_here in _regions(steps):
        most[own_rows, own_columns] = _blocks(
            values[rows, columns], steps_here, np.fmax
        )
    if histogram.bin_entries is None:
        filled = most != 0
    else:
        filled = most != -np.inf
        most[~filled] = 0
    inner = (slice(1, -1), slice(1, -1))
    inner_squares = None if squares is None else squares[inner]
    edges = (
        np.append(np.arange(0, axis.bins, step), axis.bins)
        for axis, step in zip(histogram.axes, steps, strict=True)
    )
    empty = shows_empty(weights[inner], inner_squares, filled[inner], *edges)
    most[inner][empty] = 0
    filled[inner][empty] = False
    return most, filled


def _regions(
    steps: tuple[int, int],
) -> list[
    tuple[
        tuple[slice, slice],
        tuple[slice, slice],
        tuple[int, int],
    ]
]:
    """The inner bins, the four edges and the four corners, each with its blocks."""
    low, inner, high = slice(0, 1), slice(1, -1), slice(-1, None)
    return [
        ((x, y), (x, y), (steps[0] if x is inner else 1, steps[1] if y is inner else 1))
        for x in (low, inner, high)
        for y in (low, inner, high)
    ]


def _blocks(values: Array, steps: tuple[int, int], how: np.ufunc) -> Array:
    """Combine blocks of ``steps`` cells; the slower axis first, it is contiguous."""
    fortran = values.flags.f_contiguous or values.strides[0] < values.strides[1]
    order = (1, 0) if fortran else (0, 1)
    for axis in order:
        values = _along(values, axis, steps[axis], how)
    return values


def _along(values: Array, axis: int, step: int, how: np.ufunc) -> Array:
    if step == 1:
        return values
    size = values.shape[axis]
    if step > 64 or step >= size:
        starts = np.arange(0, size, step)
        found: Array = how.reduceat(values, starts, axis=axis)
        return found
    pick: list[slice] = [slice(None)] * values.ndim
    pick[axis] = slice(0, None, step)
    merged = values[tuple(pick)].copy(order="K")
    for at in range(1, step):
        pick[axis] = slice(at, None, step)
        part = values[tuple(pick)]
        into: list[slice] = [slice(None)] * values.ndim
        into[axis] = slice(0, part.shape[axis])
        target = merged[tuple(into)]
        how(target, part, out=target)
    return merged


def shows_empty(
    weights: Array, squares: Array | None, filled: Array, x: Array, y: Array
) -> Array:
    """Which blocks the rule at the top of this module shows as empty.

    Args:
        weights: of each cell the content, of a profile its entries, shape (nx, ny).
        squares: sums of squared weights, same shape, or None.
        filled: which blocks hold anything, shape (blocks of x, blocks of y).
        x: the first column of each block, and behind the last block.
        y: the first row of each, likewise.
    """
    empty = np.zeros(filled.shape, dtype=bool)
    void = weights == 0
    if not bool(void.any()):
        return empty
    void_cells = _combined(void, x, y, np.add, np.int32)
    suspects = (void_cells > 0) & filled
    if not bool(suspects.any()):
        return empty
    # nothing else matters than where they are, and beside that
    columns, rows = (_stretch(np.any(suspects, axis=axis)) for axis in (1, 0))
    here = (columns, rows)
    x, y = x[columns.start : columns.stop + 1], y[rows.start : rows.stop + 1]
    suspects = suspects[here]
    cells = np.outer(np.diff(x), np.diff(y))
    near_count = _with_neighbours(cells - void_cells[here], np.add)
    apart = _holds_isolated(void, x, y)
    full = near_count > _FILLED * _with_neighbours(cells, np.add)
    around = _with_neighbours(void_cells, np.add)
    ended = around == _with_neighbours(void_cells, np.add, reach=2)
    suspects &= apart | (full & ended[here])
    if not bool(suspects.any()):
        return empty
    total, most, least = (
        _combined(weights, x, y, how, np.float64)
        for how in (np.add, np.maximum, np.minimum)
    )
    good = np.isfinite(total) & (least >= 0)
    suspects &= good
    most, total = np.where(good, most, 0.0), np.where(good, total, 0.0)
    near_total = _with_neighbours(total, np.add)
    near_most = _with_neighbours(most, np.maximum)
    rest = (near_total - near_most) / np.maximum(near_count - 1, 1)
    per_entry = np.ones_like(total)
    if squares is not None:
        # Weighted fills: entries are worth the sum of weights over that of squares.
        spread = _combined(squares, x, y, np.add, np.float64)
        per_entry = np.divide(total, spread, out=per_entry, where=spread > 0)
    improbable = weights.size * np.exp(-rest * per_entry) < _IMPROBABLE
    suspects &= improbable & (most <= _HOT * rest)
    if suspects.sum() <= _PATTERN * filled.sum():
        empty[here] = suspects
    return empty


def _holds_isolated(void: Array, x: Array, y: Array) -> Array:
    """Which blocks hold an empty cell that stands apart from larger empty regions.

    It has at most three empty ones of the eight around it, and so have these: two by
    two dead cells stand apart, the rounded border of what is filled does not.
    """
    if abs(void.strides[0]) < abs(void.strides[1]):
        return _holds_isolated(void.T, y, x).T
    rows, columns = (slice(max(each[0] - 2, 0), each[-1] + 2) for each in (x, y))
    # beyond the map's edge it goes on as it ends there
    near = np.pad(void[rows, columns], 1, mode="edge")
    count = _with_neighbours(near.astype(np.int8), np.add)
    count *= near
    most = _with_neighbours(count, np.maximum)
    alone = np.zeros(void.shape, dtype=bool)
    alone[rows, columns] = (near & (most <= _ALONE))[1:-1, 1:-1]
    return _combined(alone, x, y, np.logical_or, np.bool_)


def _stretch(true: object) -> slice:
    """From the first that is true to the last, and one more at either end."""
    found = np.flatnonzero(np.asarray(true))
    return slice(max(int(found[0]) - 1, 0), int(found[-1]) + 2)


def _combined(
    cells: Array, x: Array, y: Array, how: np.ufunc, kind: DTypeLike
) -> Array:
    """Combine the cells of each block; edges as in :func:`shows_empty`."""
    cells = cells[x[0] : x[-1], y[0] : y[-1]].astype(kind, copy=False)
    x, y = x - x[0], y - y[0]
    if abs(cells.strides[0]) < abs(cells.strides[1]):  # lines that lie apart go first
        return combined_lines(combined_lines(cells.T, y, how).T, x, how)
    return combined_lines(combined_lines(cells, x, how).T, y, how).T


def combined_lines(cells: Array, edges: Array, how: np.ufunc) -> Array:
    """Combine lines by a ufunc, from each edge to the next.

    Args:
        cells: shape (n, m).
        edges: where the lines of each group begin, and behind the last, rising.
        how: combines them.

    Returns:
        Shape (groups, m).
    """
    cells, edges = cells[edges[0] : edges[-1]], edges - edges[0]
    if len(edges) == len(cells) + 1:
        return cells
    starts, lasts = edges[:-1], edges[1:] - 1
    widest = int((lasts - starts).max()) + 1
    if widest <= _FEW_LINES and how is not np.add:  # a line may count twice
        taken: Array = cells.take(starts, axis=0)
        for further in range(1, widest):
            other = cells.take(np.minimum(starts + further, lasts), axis=0)
            how(taken, other, out=taken)
        return taken
    cells = np.ascontiguousarray(cells)
    found = np.empty((len(edges) - 1, cells.shape[1]), dtype=cells.dtype)
    ends = edges.tolist()
    # ten times as fast as reduceat
    for line, start, stop in zip(found, ends, ends[1:], strict=False):
        how.reduce(cells[start:stop], axis=0, out=line)
    return found


def _with_neighbours(blocks: Array, how: np.ufunc, reach: int = 1) -> Array:
    """Combine each block with those around it, up to `reach` away, none negative."""
    padded = np.pad(blocks, reach)
    lines, rows = blocks.shape
    across = how(padded[:lines], padded[1 : lines + 1])
    for at in range(2, 2 * reach + 1):
        how(across, padded[at : at + lines], out=across)
    found: Array = how(across[:, :rows], across[:, 1 : rows + 1])
    for at in range(2, 2 * reach + 1):
        how(found, across[:, at : at + rows], out=found)
    return found
