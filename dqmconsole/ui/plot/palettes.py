"""Colours of maps: perceptual, readable by the colour-blind, never rainbow.

cividis and viridis are pyqtgraph's (Nunez, Anderton, Renslow 2018,
https://doi.org/10.1371/journal.pone.0199239; Smith and van der Walt 2015). No palette
has a colour of a status, and none but "stale" is made of greys alone.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np

from dqmconsole.model.histogram import Array, read_only

COLOURS = 256  # of a palette; what follows are places in the table behind them
EMPTY = 256  # nothing was ever filled: the tile's own ground
UNDEFINED = 257  # not a number, or infinite: drawn as a pattern of this colour
UNDER = 258  # clearly below the range
OVER = 259  # clearly above it
SIZE = 260

_OPAQUE = np.uint32(0xFF000000)
# Of the light and of the dark theme each: the middle of what deviates is close to the
# ground, but neither the ground (empty) nor a grey (stale).
_DIVERGING = (
    ("#123F77", "#5D90BF", "#DDD9C6", "#C98F58", "#84420F"),
    ("#8CC4F5", "#4A7BA8", "#45463A", "#A5703F", "#EDB27C"),
)
# Of shares the high end is what is expected: as calm as the middle of what deviates.
_SHARES = tuple(anchors[:3] for anchors in _DIVERGING)
_GREY = (("#4A5056", "#C9CED2"), ("#5A6168", "#DDE1E4"))
# From 0 (off) to 1 (on): on is calm and blue, off stands out against it and the ground.
_FLAGS = (("#8F1E5D", "#8DB4D6"), ("#F07FB8", "#3E6D96"))
_STALE = (("#7C848B", "#B4BABF"), ("#8D959C", "#4E565D"))
_OUTSIDE = (("#0FA3B1", "#D81B7A"), ("#35D0DE", "#FF5CAB"))  # under, over
_OUTSIDE_STALE = (("#5D656C", "#D3D7DA"), ("#A9B0B6", "#3A4147"))
_PATTERN = ("#1F2A33", "#DDE3E8")
_PERCEPTUAL = ("cividis", "viridis")
_BETWEEN = {
    "diverging": _DIVERGING,
    "shares": _SHARES,
    "flags": _FLAGS,
    "grey": _GREY,
    "stale": _STALE,
}


@lru_cache(maxsize=64)
def lookup_table(palette: str, ground: str) -> Array:
    """Return the `SIZE` colours of a palette, uint32 0xAARRGGBB.

    The first `COLOURS` are the range, from its low end; the others stand at `EMPTY`,
    `UNDEFINED`, `UNDER` and `OVER`.

    Args:
        palette: "cividis", "viridis", "grey", "diverging", "shares", "flags" or
            "stale".
        ground: ``#RRGGBB`` of empty cells; whether it is dark chooses the colours.

    Raises:
        ValueError: there is no palette of that name.
    """
    dark = not bright(_argb(ground))
    if palette in _PERCEPTUAL:
        colours = _from_pyqtgraph(palette)
    elif palette in _BETWEEN:
        colours = _between(_BETWEEN[palette][dark])
    else:
        known = ", ".join((*_PERCEPTUAL, *_BETWEEN))
        message = f"no palette {palette!r}: {known}"
        raise ValueError(message)
    table = np.empty(SIZE, dtype=np.uint32)
    red, green, blue = (colours[:, part].astype(np.uint32) for part in range(3))
    table[:COLOURS] = _OPAQUE | red << 16 | green << 8 | blue
    table[EMPTY] = _argb(ground)
    table[UNDEFINED] = _argb(_PATTERN[dark])
    outside = _OUTSIDE_STALE if palette == "stale" else _OUTSIDE
    table[UNDER], table[OVER] = (_argb(colour) for colour in outside[dark])
    if palette == "shares":  # more than was expected is no finding
        table[OVER] = table[COLOURS - 1]
    return read_only(table)


def bright(colour: int) -> bool:
    """Tell whether dark text reads better on 0xAARRGGBB (BT.601 luma)."""
    red, green, blue = colour >> 16 & 255, colour >> 8 & 255, colour & 255
    return 0.299 * red + 0.587 * green + 0.114 * blue > 120


def _argb(colour: str) -> int:
    return 0xFF000000 | int(colour[1:], 16)


def _between(anchors: tuple[str, ...]) -> Array:
    """Return 256 colours that pass evenly through `anchors`."""
    points = np.array(
        [[int(colour[at : at + 2], 16) for at in (1, 3, 5)] for colour in anchors]
    )
    at = np.linspace(0, len(anchors) - 1, COLOURS)
    known = np.arange(len(anchors))
    parts = [np.interp(at, known, points[:, part]) for part in range(3)]
    found: Array = np.rint(np.stack(parts, axis=1))
    return found


def _from_pyqtgraph(name: str) -> Array:
    # first when a map is first drawn: pyqtgraph costs the start 0.15 s
    from pyqtgraph import colormap

    table: Array = colormap.get(name).getLookupTable(0.0, 1.0, COLOURS)
    return table[:, :3]
