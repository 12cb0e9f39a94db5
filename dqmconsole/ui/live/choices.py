"""How a person wants plots drawn, other than their layouts say; kept by plot."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

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
    from dqmconsole.model.frame import Tile
    from dqmconsole.model.reference import ByHand
    from dqmconsole.model.site import ConditionPaths
    from dqmconsole.shift.pages import PlotPlace

AxisName = Literal["x", "y", "z"]

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
MOST_BESIDE = 2  # further runs: more lines cannot be told apart
NORMALIZATIONS: tuple[Normalization, ...] = (
    "events",
    "pileup",
    "lumi",
    "area",
    "none",
)


def can_scale(how: Normalization, paths: ConditionPaths) -> bool:
    """Tell whether a site has the conditions that a normalisation needs."""
    match how:
        case "events":
            return bool(paths.events)
        case "pileup":
            return bool(paths.events and paths.pileup)
        case "lumi":
            return bool(paths.integrated)
    return True


def is_map(tile: Tile | None) -> bool:
    """Tell whether a tile shows a map (a histogram of two axes or more)."""
    data = tile.picture.data if tile is not None and tile.picture else None
    return data is not None and data.dimension > 1


def no_reference(tile: Tile | None) -> str:
    """Say why there is no reference for what a tile shows; "" where there may be."""
    picture = tile.picture if tile is not None else None
    if picture is None or (picture.data is not None and not picture.stacked):
        return ""
    if picture.stacked:
        kind = "stacks"
    elif picture.graphs:
        shares = all(graph.efficiency for graph in picture.graphs)
        kind = "efficiencies drawn as points" if shares else "graphs"
    else:
        kind = "maps of polygons" if picture.polygons is not None else "single values"
    return f"No reference for {kind}"


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
    return data is not None and is_scaled(data, plot.accumulates_over)


def is_log(plot: Plot, axis: AxisName) -> bool:
    """Tell whether an axis of a plot is logarithmic."""
    drawn: AxisDraw = getattr(plot.draw or Draw(), axis)
    return drawn.scale == "log"


def value_axis(tile: Tile | None) -> AxisName:
    """The axis of a plot's values: y, of a map z."""
    return "z" if is_map(tile) else "y"


def with_log(plot: Plot, axis: AxisName) -> Plot:
    """The plot with an axis turned from lin to log or back."""
    draw = plot.draw or Draw()
    scale: Literal["lin", "log"] = "lin" if is_log(plot, axis) else "log"
    turned = msgspec.structs.replace(getattr(draw, axis), scale=scale)
    changed = msgspec.structs.replace(draw, **{axis: turned})
    return msgspec.structs.replace(plot, draw=changed)


class ShownChoices:
    """Comparison, its scale and logarithm chosen by hand, for every plot touched.

    Attributes:
        modes: the comparisons chosen, by key.
        normalized: how references are scaled, by key.
        references: the runs they are compared with, by key.
        beside: further runs that all plots are drawn with, in the order chosen.
    """

    def __init__(self) -> None:
        self.modes: dict[str, ReferenceMode] = {}
        self.normalized: dict[str, Normalization] = {}
        self.references: dict[str, int] = {}
        self.beside: tuple[ByHand, ...] = ()
        self._turned: dict[str, frozenset[AxisName]] = {}

    def next_mode(self, place: PlotPlace, tile: Tile | None) -> ReferenceMode:
        """The comparison after the one in force, round the end."""
        modes = modes_of(tile)
        now = mode_shown(place.plot, tile, self.modes.get(place.key))
        return modes[(modes.index(now) + 1) % len(modes)]

    def next_deviation(self, place: PlotPlace, tile: Tile | None) -> ReferenceMode:
        """From ratio to pull and back; from any other comparison to the ratio."""
        now = mode_shown(place.plot, tile, self.modes.get(place.key))
        return "pull" if now == "ratio" else "ratio"

    def next_normalization(
        self,
        place: PlotPlace,
        tile: Tile | None,
        paths: ConditionPaths | None = None,
    ) -> Normalization:
        """Choose the normalisation after the one in force, round the end.

        Args:
            place: the plot.
            tile: what it shows.
            paths: the site's conditions: none is chosen that needs one it has not.
        """
        chosen = self.normalized.get(place.key)
        now = normalization_shown(place.plot, tile, chosen)
        at = NORMALIZATIONS.index(now) + 1
        turned = (*NORMALIZATIONS[at:], *NORMALIZATIONS[:at])
        found = next(each for each in turned if paths is None or can_scale(each, paths))
        self.normalized[place.key] = found
        return found

    def turn_log(self, key: str, axis: AxisName) -> None:
        """Turn the logarithm of an axis of a plot on or off."""
        self._turned[key] = self._turned.get(key, frozenset()) ^ {axis}

    def turn_beside(self, run: ByHand) -> bool:
        """Draw a run beside all plots, or no more; tell whether it is now drawn.

        Of too many the one that was chosen first goes.
        """
        others = tuple(each for each in self.beside if each != run)
        added = len(others) == len(self.beside)
        self.beside = (*others, run)[-MOST_BESIDE:] if added else others
        return added

    def forget(self, key: str) -> None:
        """Leave a plot to its layout."""
        kept = (self.modes, self.normalized, self.references, self._turned)
        for chosen in kept:
            chosen.pop(key, None)

    def drawn(self, place: PlotPlace) -> PlotPlace:
        """The plot as it is to be drawn."""
        plot = place.plot
        for axis in sorted(self._turned.get(place.key, ())):
            plot = with_log(plot, axis)
        return place if plot is place.plot else place._replace(plot=plot)
