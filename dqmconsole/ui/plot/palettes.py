"""Colour scales of maps: perceptual, readable by the colour-blind, never rainbow.

cividis and viridis are pyqtgraph's (Nunez, Anderton, Renslow 2018,
https://doi.org/10.1371/journal.pone.0199239; Smith and van der Walt 2015).
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np

from dqmconsole.model.histogram import Array, read_only

EMPTY = 256  # index of the colour of empty and undefined cells
_OPAQUE = np.uint32(0xFF000000)

# Blue, grey, orange: told apart by all three kinds of colour blindness, and the
# middle is darker than a light and lighter than a dark ground, so that "as the
# reference" is not taken for "empty".
_DIVERGING = ("#1B4F8A", "#6F98BF", "#B9BEC3", "#D79A5B", "#A8480F")
_GREY = ("#4A5056", "#C9CED2")
# Flags from bad (0) to good (1): what is good is calm, only what is bad has colour;
# in grey, bad is the darker.
_FLAGS = ("#C8371B", "#C5CACE")
_STALE = ("#7C848B", "#B4BABF")


@lru_cache(maxsize=32)
def lookup_table(palette: str, ground: str) -> Array:
    """Return 257 colours, uint32 0xAARRGGBB; the last is that of empty cells.

    Args:
        palette: "cividis", "viridis", "grey", "diverging", "flags" or "stale".
        ground: ``#RRGGBB`` of empty cells.

    Raises:
        ValueError: there is no palette of that name.
    """
    if palette in ("cividis", "viridis"):
        colours = _from_pyqtgraph(palette)
    elif palette == "diverging":
        colours = _between(_DIVERGING)
    elif palette == "flags":
        colours = _between(_FLAGS)
    elif palette == "grey":
        colours = _between(_GREY)
    elif palette == "stale":
        colours = _between(_STALE)
    else:
        known = "cividis, viridis, grey, diverging, flags, stale"
        message = f"no palette {palette!r}: {known}"
        raise ValueError(message)
    table = np.empty(257, dtype=np.uint32)
    red, green, blue = (colours[:, part].astype(np.uint32) for part in range(3))
    table[:256] = _OPAQUE | red << 16 | green << 8 | blue
    table[EMPTY] = _OPAQUE | np.uint32(int(ground[1:], 16))
    return read_only(table)


def bright(colour: int) -> bool:
    """Tell whether dark text reads better on 0xAARRGGBB (BT.601 luma)."""
    red, green, blue = colour >> 16 & 255, colour >> 8 & 255, colour & 255
    return 0.299 * red + 0.587 * green + 0.114 * blue > 120


def _between(anchors: tuple[str, ...]) -> Array:
    """Return 256 colours that pass evenly through `anchors`."""
    points = np.array(
        [[int(colour[at : at + 2], 16) for at in (1, 3, 5)] for colour in anchors]
    )
    at = np.linspace(0, len(anchors) - 1, 256)
    known = np.arange(len(anchors))
    parts = [np.interp(at, known, points[:, part]) for part in range(3)]
    found: Array = np.rint(np.stack(parts, axis=1))
    return found


def _from_pyqtgraph(name: str) -> Array:
    # first when a map is first drawn: pyqtgraph costs the start 0.15 s
    from pyqtgraph import colormap

    table: Array = colormap.get(name).getLookupTable(0.0, 1.0, 256)
    return table[:, :3]
