"""How a person wants plots drawn, other than their layouts say; kept by plot."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from dqmconsole.model.compare import is_scaled
from dqmconsole.model.layout import (
    AxisDraw,
    Draw,
    Normalization,
    Plot,
    ReferenceMode,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from dqmconsole.model.frame import Tile
    from dqmconsole.shift.pages import PlotPlace

MODES_1D: tuple[ReferenceMode, ...] = (
    "overlay",
    "ratio",
    "pull",
    "difference",
    "side-by-side",
    "none",
)
# outlines of two maps on one another cannot be read
MODES_2D: tuple[ReferenceMode, ...] = (
    "side-by-side",
    "ratio",
    "pull",
    "difference",
    "none",
)
NORMALIZATIONS: tuple[Normalization, ...] = (
    "events",
    "pileup",
    "lumi",
    "area",
    "none",
)


def is_map(tile: Tile | None) -> bool:
    """Tell whether a tile shows a map (a histogram of two axes or more)."""
    data = tile.picture.data if tile is not None and tile.picture else None
    return data is not None and data.dimension > 1


def modes_of(tile: Tile | None) -> tuple[ReferenceMode, ...]:
    """The ways of comparison that make sense for what a tile shows."""
    return MODES_2D if is_map(tile) else MODES_1D


def mode_shown(
    plot: Plot, tile: Tile | None, chosen: ReferenceMode | None
) -> ReferenceMode:
    """The comparison in force: the one chosen, the layout's, or the kind's own."""
    modes = modes_of(tile)
    wanted = chosen or plot.reference.mode or modes[0]
    return wanted if wanted in modes else modes[0]


def normalization_shown(
    plot: Plot, tile: Tile | None, chosen: Normalization | None
) -> Normalization:
    """How the reference is scaled: as chosen, as the layout says, as was done."""
    done = tile.note.normalize if tile is not None else "none"
    return chosen or plot.reference.normalize or done


def is_normalized(plot: Plot, tile: Tile | None) -> bool:
    """Tell whether normalising means anything for what a tile shows."""
    data = tile.picture.data if tile is not None and tile.picture else None
    return data is not None and is_scaled(data, plot.accumulates or "run")


def with_log(plot: Plot, *, of_map: bool) -> Plot:
    """The plot with its value axis (y; of a map z) turned from lin to log or back."""
    draw = plot.draw or Draw()
    axis: AxisDraw = draw.z if of_map else draw.y
    turned = msgspec.structs.replace(
        axis, scale="lin" if axis.scale == "log" else "log"
    )
    if of_map:
        changed = msgspec.structs.replace(draw, z=turned)
    else:
        changed = msgspec.structs.replace(draw, y=turned)
    return msgspec.structs.replace(plot, draw=changed)


class ShownChoices:
    """Comparison, its scale and logarithm chosen by hand, for every plot touched."""

    def __init__(self) -> None:
        self._modes: dict[str, ReferenceMode] = {}
        self._normalized: dict[str, Normalization] = {}
        self._turned: dict[str, bool] = {}

    @property
    def modes(self) -> Mapping[str, ReferenceMode]:
        """The comparisons chosen, by key."""
        return self._modes

    @property
    def normalized(self) -> Mapping[str, Normalization]:
        """The normalisations chosen, by key."""
        return self._normalized

    def choose(self, key: str, mode: ReferenceMode) -> None:
        """Compare a plot so from now on."""
        self._modes[key] = mode

    def next_mode(self, place: PlotPlace, tile: Tile | None) -> ReferenceMode:
        """The comparison after the one in force, round the end."""
        modes = modes_of(tile)
        now = mode_shown(place.plot, tile, self._modes.get(place.key))
        return modes[(modes.index(now) + 1) % len(modes)]

    def next_deviation(self, place: PlotPlace, tile: Tile | None) -> ReferenceMode:
        """From ratio to pull and back; from any other comparison to the ratio."""
        now = mode_shown(place.plot, tile, self._modes.get(place.key))
        return "pull" if now == "ratio" else "ratio"

    def next_normalization(self, place: PlotPlace, tile: Tile | None) -> Normalization:
        """Choose the normalisation after the one in force, round the end."""
        chosen = self._normalized.get(place.key)
        now = normalization_shown(place.plot, tile, chosen)
        at = (NORMALIZATIONS.index(now) + 1) % len(NORMALIZATIONS)
        self._normalized[place.key] = NORMALIZATIONS[at]
        return NORMALIZATIONS[at]

    def turn_log(self, key: str, tile: Tile | None) -> None:
        """Turn the logarithm of a plot's values on or off."""
        if key in self._turned:
            del self._turned[key]
        else:
            self._turned[key] = is_map(tile)

    def drawn(self, place: PlotPlace) -> PlotPlace:
        """The plot as it is to be drawn."""
        if place.key not in self._turned:
            return place
        return place._replace(plot=with_log(place.plot, of_map=self._turned[place.key]))
