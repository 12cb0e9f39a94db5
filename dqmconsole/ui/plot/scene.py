"""What one plot draws, resolved from tile, layout and the shifter's wish."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from dqmconsole.model.layout import Draw
from dqmconsole.ui.plot.names import names_of
from dqmconsole.ui.plot.series import comparable

if TYPE_CHECKING:
    from collections.abc import Callable

    from dqmconsole.model.frame import Comparison, Tile
    from dqmconsole.model.histogram import Histogram
    from dqmconsole.model.known_issue import Region
    from dqmconsole.model.layout import Plot, ReferenceMode


_PLAIN = Draw()


@dataclass(frozen=True, eq=False)
class Scene:
    """Everything a canvas draws of one picture.

    Attributes:
        data: the histogram, or None when there is nothing to draw.
        draw: how the layout wants it drawn.
        overlays: further elements on the same axes.
        names: short names of the data and of each overlay; empty without overlays.
        reference: the reference, or None when there is none, none is wanted, or
            its bins differ: then to draw it would mislead.
        refused: there is a reference, but with other bins.
        scale: the factor that brings the reference to the data.
        mode: how the two are compared.
        comparison: ratio or difference, bin by bin, from the engine.
        known: regions to hatch.
        last: of an axis of lumisections: the last one the content holds; what lies
            beyond is the future, not zero. None when unknown, or another axis.
        clock: gives the unix time, s, at which a lumisection of it began; None when
            nobody knows.
        text: the value of a scalar element, else "".
        heading: a status in words where there is no picture, else "".
        words: the reason, drawn beneath the heading.
    """

    data: Histogram | None = None
    draw: Draw = _PLAIN
    overlays: tuple[Histogram, ...] = ()
    names: tuple[str, ...] = ()
    reference: Histogram | None = None
    refused: bool = False
    scale: float = 1.0
    mode: ReferenceMode = "overlay"
    comparison: Comparison | None = None
    known: tuple[Region, ...] = ()
    last: int | None = None
    clock: Callable[[float], float] | None = None
    text: str = ""
    heading: str = ""
    words: str = ""


def scene_of(
    tile: Tile,
    plot: Plot,
    reference: Histogram | None,
    mode: ReferenceMode | None,
    last: int | None = None,
) -> Scene:
    """Resolve what to draw; `mode` None takes the layout's.

    Args:
        tile: the picture with its verdict.
        plot: how the layout wants it.
        reference: unscaled, or None.
        mode: the comparison wished for.
        last: the last lumisection the plot's client has processed, or None; for a
            trend whose tile does not say it (of a bundle that is older).
    """
    picture = tile.picture
    wanted = mode or plot.reference.mode or "overlay"
    draw = plot.draw or Draw()
    if picture is None or (picture.data is None and not picture.text):
        return Scene(
            draw=draw,
            mode=wanted,
            heading=str(tile.verdict.status),
            words=tile.verdict.sentence,
        )
    compared = picture.comparison
    refused = False
    if reference is not None and picture.data is not None:
        refused = not comparable(picture.data, reference)
    return Scene(
        data=picture.data,
        draw=draw,
        overlays=picture.overlays,
        names=names_of(plot, picture.overlays),
        reference=None if wanted == "none" or refused else reference,
        refused=refused,
        scale=tile.note.scale,
        mode=wanted,
        comparison=compared if compared and compared.mode == wanted else None,
        known=picture.known,
        last=last if tile.last is None and plot.accumulates == "trend" else tile.last,
        clock=None if tile.clock is None else tile.clock.at,
        text=picture.text,
    )
