"""Where in the detector bins lie, by what a layout says the axes are."""

from __future__ import annotations

import math
from functools import lru_cache
from typing import TYPE_CHECKING, Literal

import numpy as np

from dqmconsole.model.cause import MOST_CELLS, Extent
from dqmconsole.model.histogram import Array, read_only

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from dqmconsole.model.histogram import Axis

Letter = Literal["x", "y"]
_LETTERS: tuple[Letter, Letter] = ("x", "y")
_ROUNDING = 1e-6  # of a bin's width


def extent_in(
    names: Mapping[Letter, str], axes: Sequence[Axis], bins: Array
) -> Extent | None:
    """The places of some bins along the axes that have a name.

    Places are named as bins are labelled, else by their centres, of bins one unit wide
    by whole numbers.

    Args:
        names: what x and y are, as far as a layout says that.
        axes: of the histogram.
        bins: indices of its inner bins, flat in C order of the axes.

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
    return Extent(words, tuple(cells), max(found.size - MOST_CELLS, 0))


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
