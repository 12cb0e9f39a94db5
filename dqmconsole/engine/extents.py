"""Where in the detector bins lie, by what a layout says the axes are."""

from __future__ import annotations

import itertools
import math
from functools import lru_cache
from typing import TYPE_CHECKING, Literal

import msgspec
import numpy as np

from dqmconsole.model.cause import FEWEST, MOST_CELLS, Extent
from dqmconsole.model.histogram import Array, read_only

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from dqmconsole.model.histogram import Axis

Letter = Literal["x", "y"]
_LETTERS: tuple[Letter, Letter] = ("x", "y")
_ROUNDING = 1e-6  # of a bin's width
MOST_PARTS = 3  # that lie apart; of more it is one that is scattered
NOTICEABLE = 0.2  # of the largest part: what is smaller belongs to the nearest one
FINE = 24  # bins of an axis from which on a bin between two parts does not divide them
WIDE = 1 / 3  # of the bins; of more the parts touch and part by chance
MOST_PIECES = 6  # that do not touch; of more they are scattered
OPPOSITE = 0.8  # share of the bins of an axis that two parts of one sector have ...
SECTOR = 0.25  # ... which are so few of all that it has
HOTTER = 5.0  # times what others have: a cell may be noisy by itself beside these
DEAD, WEAK = 0.03, 0.12  # of what is expected: at most, and more than that
CLOSES = 8  # bins from which on an axis may close on itself


def extent_in(
    names: Mapping[Letter, str], axes: Sequence[Axis], bins: Array, part: str = ""
) -> Extent | None:
    """The places of some bins along the axes that have a name.

    Places are named as bins are labelled, else by their centres, of bins one unit wide
    by whole numbers.

    Args:
        names: what x and y are, as far as a layout says that.
        axes: of the histogram.
        bins: indices of its inner bins, flat in C order of the axes.
        part: of the detector, that the histogram shows alone; "" where none is said.

    Returns:
        As ``cause.extent_of``; None where there is no bin, or no axis has a name.
    """
    letters = _LETTERS[: len(axes)]
    named = [at for at, letter in enumerate(letters) if names.get(letter)]
    if not named or not bins.size:
        return None
    along = [_places_of(*_as_key(axes[at])) for at in named]
    sizes = [len(places) for places, _ in along]
    at_bin = _by_axis(bins, [axis.bins for axis in axes])
    flat = np.zeros(bins.size, np.int64)
    for at, size, (_, rank) in zip(named, sizes, along, strict=True):
        flat = flat * size + rank[at_bin[at]]
    there = np.zeros(math.prod(sizes), bool)
    there[flat] = True
    found = np.flatnonzero(there)
    listed = _by_axis(found[:MOST_CELLS], sizes)
    cells = zip(
        *(
            [places[each] for each in ranks.tolist()]
            for (places, _), ranks in zip(along, listed, strict=True)
        ),
        strict=True,
    )
    words = tuple(names[letters[at]] for at in named)
    return Extent(words, tuple(cells), max(found.size - MOST_CELLS, 0), part=part)


def parts_in(
    names: Mapping[Letter, str],
    axes: Sequence[Axis],
    bins: Array,
    part_of: str = "",
    values: Array | None = None,
    left: Array | None = None,
    *,
    broad: bool = False,
    firm: bool = False,
) -> tuple[Extent | None, tuple[Extent, ...]]:
    """The places of some bins, and which of these lie apart.

    Bins that touch are one part, also by a corner, and where an axis closes on itself.
    Where a part of the bins are dead, and a part have some of what they should, these
    are two parts, touch or not: two causes took them.

    Args:
        names: what x and y are, as far as a layout says that.
        axes: of the histogram.
        bins: indices of its inner bins, flat in C order of the axes.
        part_of: the detector, as of :func:`extent_in`.
        values: of each bin, where too much is wrong with them: a part may then have
            fewer than three bins if they have many times what all others have. None:
            what they have says nothing.
        left: of each bin, how many times what is expected it has, where too little is
            wrong with them; else None.
        broad: they say nothing of where it is.
        firm: none of them is wrong by chance: two bins of a map, or of an axis of
            names, that have too much are two parts.

    Returns:
        As :func:`extent_in`, scattered where there are too many parts, most of the
        bins are meant, or it is broad; and the parts, the largest first, () where
        there are not two.
    """
    whole = extent_in(names, axes, bins, part_of)
    if whole is None:
        return None, ()
    if broad:
        return msgspec.structs.replace(whole, scattered=True), ()
    named = [at for at, letter in enumerate(_LETTERS[: len(axes)]) if names.get(letter)]
    shape = [axes[at].bins for at in named]
    at_bin = _by_axis(bins, [axis.bins for axis in axes])
    indices = [at_bin[at] for at in named]
    dead = None
    if left is not None and len(axes) == len(shape) == 2:
        dead = _dead(indices, shape, left)
    if dead is not None:
        places = (extent_in(names, axes, bins[e], part_of) for e in (dead, ~dead))
        both = [each for each in places if each is not None]
        return whole, tuple(sorted(both, key=lambda each: -each.size))
    part = _touching(indices, shape)
    flat = np.ravel_multi_index(indices, shape)
    cells, first = np.unique(flat, return_index=True)
    sizes = np.bincount(part[first])
    pieces = np.count_nonzero(sizes)
    # along one axis of numbers those of one cause may lie a little apart
    divides = len(shape) == 2 or bool(axes[named[0]].labels)
    if pieces < 2:
        return whole, ()
    large = np.flatnonzero(sizes >= max(NOTICEABLE * sizes.max(), FEWEST))
    if values is not None and large.size:
        large = np.append(large, _hotter(part, sizes, values)).astype(np.int64)
    elif values is not None and firm and cells.size == pieces == 2 and divides:
        large = np.flatnonzero(sizes)
    loose = cells.size - sizes[large].sum()
    many = large.size > MOST_PARTS or pieces > MOST_PIECES
    if many or 2 * loose > cells.size or cells.size > WIDE * math.prod(shape):
        return msgspec.structs.replace(whole, scattered=True), ()
    if large.size < 2:
        return whole, ()
    large = large[np.argsort(-sizes[large], kind="stable")]
    _join_nearest(part, large, indices, shape)
    for one, other in itertools.combinations(large, 2):
        if _opposite([at_bin[at] for at in named], shape, part == one, part == other):
            part[part == other] = one
    large = np.array([each for each in large if (part == each).any()])
    if large.size < 2:
        return whole, ()
    places = (extent_in(names, axes, bins[part == each], part_of) for each in large)
    found = [each for each in places if each is not None]
    return whole, tuple(sorted(found, key=lambda each: -each.size))


def _dead(at: Sequence[Array], shape: Sequence[int], left: Array) -> Array | None:
    """Which of some bins are dead while others, elsewhere, have a part of what is due.

    Both are some bins that touch, in few places, and most of the weak ones lie away
    from the dead: what a cause takes half of at its edge is not another one.

    Args:
        at: of each axis, the indices of the bins.
        shape: bins of the axes.
        left: of each bin, how many times what is expected it has.

    Returns:
        Bool for each bin; None where that is not so.
    """
    from scipy.ndimage import binary_dilation

    dead, weak = left <= DEAD, left > WEAK
    if min(dead.sum(), weak.sum()) < FEWEST:
        return None
    there = np.zeros(shape, bool)
    there[tuple(each[dead] for each in at)] = True
    near = binary_dilation(there, np.ones((3,) * len(shape), bool))[tuple(at)]
    if 2 * np.count_nonzero(weak & near) >= np.count_nonzero(weak):
        return None
    dead |= near & ~weak
    for some in (dead, ~dead):
        pieces = np.bincount(_touching([each[some] for each in at], shape))
        if np.count_nonzero(pieces) > MOST_PARTS or pieces.max() < FEWEST:
            return None
    return np.asarray(dead)


def _hotter(part: Array, sizes: Array, values: Array) -> list[int]:
    """The part of few bins that have many times what the bins of all others have."""
    found = int(part[values.argmax()])
    mine = part == found
    few = sizes[found] < FEWEST
    hotter = few and values[mine].min() / HOTTER > values[~mine].max()  # of any size
    return [found] if hotter else []


def _opposite(
    at: Sequence[Array], shape: Sequence[int], one: Array, other: Array
) -> bool:
    """Tell whether two parts have the same few bins of an axis, as of one sector.

    They have fewer along it than along the other one: else they are two sectors of one
    half, beside each other.
    """
    if len(shape) < 2:
        return False
    for axis, size in enumerate(shape):
        mine, theirs = (set(at[axis][part].tolist()) for part in (one, other))
        alike = len(mine & theirs) >= OPPOSITE * len(mine | theirs)
        across = min(np.unique(at[1 - axis][part]).size for part in (one, other))
        if alike and len(mine) < across and len(mine) <= SECTOR * size:
            return True
    return False


def _join_nearest(
    part: Array, large: Array, at: Sequence[Array], shape: Sequence[int]
) -> None:
    """Have each part that is not large be one with the nearest that is.

    The way may go round an axis that closes on itself.

    Args:
        part: of each bin, the part that it is in; changed.
        large: the large parts, the largest first.
        at: of each axis, the indices of the bins.
        shape: bins of the axes.
    """
    from scipy.spatial import KDTree

    of_large = np.isin(part, large)
    if of_large.all():
        return
    bins = np.stack(at, axis=-1)
    around = [size if size >= CLOSES else 0 for size in shape]  # 0: it has ends
    trees = (KDTree(bins[part == each], boxsize=around) for each in large)
    far = np.stack([each.query(bins[~of_large])[0] for each in trees])
    loose = part[~of_large]
    for each in np.unique(loose):
        mine = loose == each
        part[part == each] = large[far[:, mine].min(axis=1).argmin()]


def _touching(at: Sequence[Array], shape: Sequence[int]) -> Array:
    """The number of the part that each of some bins is in.

    Args:
        at: of each axis, the indices of the bins.
        shape: bins of the axes.
    """
    from scipy.ndimage import binary_dilation, label

    there = np.zeros(shape, bool)
    there[tuple(at)] = True
    around = [int(size >= CLOSES) for size in shape]  # what lies beyond the ends
    wide = np.pad(there, [(each, each) for each in around], mode="wrap")
    step = [2 if size >= FINE else 1 for size in shape]
    filled = binary_dilation(wide, np.ones(step, bool)) if max(step) > 1 else wide
    parts, many = label(filled, np.ones((3,) * len(shape), int))
    whole = np.arange(many + 1)  # by part, the one it is of
    for axis, size in enumerate(shape):
        for one, other in ((0, size), (size + 1, 1)) if around[axis] else ():
            beyond = wide.take(one, axis)
            pairs = (parts.take(each, axis)[beyond].tolist() for each in (one, other))
            for mine, theirs in set(zip(*pairs, strict=True)):
                whole[whole == whole[mine]] = whole[theirs]
    inside = (each + more for each, more in zip(at, around, strict=True))
    return np.asarray(whole[parts[tuple(inside)]])


def _by_axis(flat: Array, shape: Sequence[int]) -> list[Array]:
    """As ``np.unravel_index``, in a tenth of the time."""
    found = []
    for size in reversed(shape):
        above = flat // size
        found.append(flat - above * size)
        flat = above
    return found[::-1]


_Key = tuple[int, float, float, bytes, tuple[str, ...]]


def _as_key(axis: Axis) -> _Key:
    variable = (
        b""
        if axis.variable is None
        else np.asarray(axis.variable, np.float64).tobytes()
    )
    return axis.bins, axis.low, axis.high, variable, axis.labels


@lru_cache(256)
def _places_of(
    bins: int, low: float, high: float, variable: bytes, labels: tuple[str, ...]
) -> tuple[list[str], Array]:
    """The names of an axis's places, ascending, and which of them each bin is."""
    edges = np.linspace(low, high, bins + 1)
    if variable:
        edges = np.frombuffer(variable, np.float64)
    names = [
        (labels[at] if labels else "") or _number(*edges[at : at + 2].tolist())
        for at in range(bins)
    ]
    places = sorted(set(names))
    rank = {name: at for at, name in enumerate(places)}
    return places, read_only(np.array([rank[name] for name in names], np.int64))


def _number(low: float, high: float) -> str:
    """The centre of a bin in words."""
    center, width = 0.5 * (low + high), high - low
    if abs(width - 1) < _ROUNDING:
        return str(math.floor(center + _ROUNDING))
    return f"{center:g}" if abs(center) > _ROUNDING * width else "0"
