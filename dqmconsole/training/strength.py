"""How far a page's pictures lie from those of good runs, in what a reader can tell.

Each plot is taken as it is drawn: of at most :data:`ACROSS` cells an axis, for one
event where it counts. A cell scatters as in the good runs, at least as counts do, and
a reader tells no less than :data:`EYE` of the drawn range. Of the plot, and of it with
2, 4, 8 and 16 cells put together, the largest change counts: what is small and in one
cell, or faint and everywhere. What a reader can tell falls with the fourth root of the
area, as eyes have it (Robson and Graham, Vision Res. 21 (1981) 409).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from dqmconsole.model.histogram import Array

ACROSS = 64  # cells an axis, about what a tile shows
EYE = 0.02  # of the drawn range: two pixels of a plot that is 100 high
EYE_LOG = 0.1  # of the content, where the scale is logarithmic
MERGED = (1, 2, 4, 8, 16)  # cells an axis that are put together
LEAST_SCATTER = 1.0  # of the largest change: the errors are its unit
ALIKE = 0.8  # cosine from which on two pages look the same
_CLIP = 5.0  # more than that is black to anybody


class Picture(NamedTuple):
    """A plot as it is drawn.

    Attributes:
        values: one or two dimensions, at most :data:`ACROSS` cells each.
        per: what one count is worth in it; 0 of what is no count.
        log: the scale is logarithmic.
    """

    values: Array
    per: float
    log: bool


class Standard(NamedTuple):
    """What the pictures of a plot are in good runs.

    Attributes:
        mean, error: of each level of :data:`MERGED`.
        usual, scatter: mean and scatter of the largest change, of a good run against
            the others.
        filled: there is something on it.
    """

    mean: tuple[Array, ...]
    error: tuple[Array, ...]
    usual: float
    scatter: float
    filled: bool


class Change(NamedTuple):
    """How a plot differs from good runs.

    Attributes:
        strength: d': the largest change, less what it usually is, in its scatter.
        cell: index of the cell, in the picture, about which the change is largest, and
            one beyond, per axis: ((from, to), ...).
        look: changes of the cells, clipped, flat.
        emptied: nothing is on it, and good runs fill it.
    """

    strength: float
    cell: tuple[tuple[int, int], ...]
    look: Array
    emptied: bool


def merged(values: Array, many: int, axes: int | None = None) -> Array:
    """Means of so many cells an axis; what is left over at the end is one more.

    Args:
        values: the cells.
        many: how many of an axis are put together.
        axes: how many of the axes, from the first; all when None.
    """
    for axis in range(values.ndim if axes is None else axes):
        starts = np.arange(0, values.shape[axis], many)
        sums = np.add.reduceat(values, starts, axis=axis)
        counts = np.diff(np.append(starts, values.shape[axis]))
        shape = [1] * values.ndim
        shape[axis] = -1
        values = sums / counts.reshape(shape)
    return values


def standard(pictures: Sequence[Picture]) -> Standard:
    """What good runs look like; at least three of them, all of one shape."""
    mean, error = _levels(pictures)
    seen = []
    for at, one in enumerate(pictures):
        others = [each for number, each in enumerate(pictures) if number != at]
        seen.append(_largest(_changes(one, *_levels(others)))[0])
    return Standard(
        mean,
        error,
        float(np.mean(seen)),
        max(float(np.std(seen, ddof=1)), LEAST_SCATTER),
        bool(mean[0].any()),
    )


def change(picture: Picture | None, good: Standard) -> Change:
    """How a plot differs from good runs.

    Args:
        picture: of the plot; None where it is missing.
        good: what good runs look like.
    """
    if picture is None or picture.values.shape != good.mean[0].shape:
        blank = np.zeros_like(good.mean[0])
        picture = Picture(blank, 0.0, log=False)
    changes = _changes(picture, good.mean, good.error)
    largest, level, where = _largest(changes)
    many, shape = MERGED[level], good.mean[0].shape
    cell = tuple(
        (at * many, min((at + 1) * many, size))
        for at, size in zip(where, shape, strict=True)
    )
    coarse = changes[min(1, len(changes) - 1)]
    return Change(
        (largest - good.usual) / good.scatter,
        cell,
        np.clip(coarse, -_CLIP, _CLIP).ravel(),
        good.filled and not picture.values.any(),
    )


def by_one_factor(picture: Picture | None, good: Standard, told: float) -> bool:
    """Whether all of a plot is off by one factor, and nothing else can be told of it.

    Args:
        picture: of the plot; None where it is missing.
        good: what good runs look like.
        told: strength from which on a change can be told.
    """
    if picture is None or picture.values.shape != good.mean[0].shape:
        return False
    usual = float(good.mean[0].sum())
    factor = float(picture.values.sum()) / usual if usual > 0 else 0.0
    if factor <= 0:
        return bool(good.filled and not picture.values.any())
    if change(picture, good).strength < told:
        return False
    scaled = picture._replace(values=picture.values / factor)
    rest, _, _ = _largest(_changes(scaled, good.mean, good.error))
    # what counts fewer scatters more once it is scaled up
    rest *= float(np.sqrt(min(factor, 1.0)))
    return (rest - good.usual) / good.scatter < told


def looks_like(one: Mapping[str, Array], other: Mapping[str, Array]) -> float:
    """Cosine of the changes of two pages, over the plots that both have."""
    both = sorted(one.keys() & other.keys())
    if not both:
        return 0.0
    first = np.concatenate([one[path] for path in both])
    second = np.concatenate([other[path] for path in both])
    length = float(np.linalg.norm(first) * np.linalg.norm(second))
    return float(first @ second) / length if length else 0.0


def _levels(
    pictures: Sequence[Picture],
) -> tuple[tuple[Array, ...], tuple[Array, ...]]:
    """Mean and error of the cells, for each level."""
    stack = np.array([each.values for each in pictures])
    per = float(np.mean([each.per for each in pictures]))
    means, errors = [], []
    range_ = float(np.ptp(np.append(stack.mean(axis=0), 0.0)))
    for many in MERGED:
        level = np.array([merged(each, many) for each in stack])
        mean = level.mean(axis=0)
        cells = stack[0].size / max(level[0].size, 1)
        scatter = np.maximum(
            level.var(axis=0, ddof=1), np.maximum(abs(mean), per) * per / cells
        )
        eye = EYE_LOG * abs(mean) + per if pictures[0].log else EYE * range_
        eye = eye / cells**0.25
        means.append(mean)
        errors.append(np.sqrt(scatter + np.square(eye)) + 1e-30)
    return tuple(means), tuple(errors)


def _changes(
    picture: Picture, mean: Sequence[Array], error: Sequence[Array]
) -> list[Array]:
    return [
        (merged(picture.values, many) - usual) / scatter
        for many, usual, scatter in zip(MERGED, mean, error, strict=True)
    ]


def _largest(changes: Sequence[Array]) -> tuple[float, int, tuple[int, ...]]:
    """The largest change of all levels: how large, which level, which cell."""
    best = max(range(len(changes)), key=lambda at: float(abs(changes[at]).max()))
    flat = int(abs(changes[best]).argmax())
    where = tuple(int(at) for at in np.unravel_index(flat, changes[best].shape))
    return float(abs(changes[best].flat[flat])), best, where
