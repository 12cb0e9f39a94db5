"""What one plot draws, resolved from tile, layout and the shifter's wish."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from dqmconsole.model.frame import Comparison
from dqmconsole.model.layout import Draw
from dqmconsole.shift.reference_choice import scaled_words
from dqmconsole.ui.plot.names import names_of
from dqmconsole.ui.plot.series import comparable

if TYPE_CHECKING:
    from dqmconsole.model.frame import Expected, Picture, Tile
    from dqmconsole.model.graph import Graph, Polygons
    from dqmconsole.model.histogram import Array, Histogram, Scalar
    from dqmconsole.model.known_issue import Region
    from dqmconsole.model.layout import Plot, ReferenceMode
    from dqmconsole.ui.plot.ticks import Clock


_PLAIN = Draw()


@dataclass(frozen=True, eq=False)
class OtherRun:
    """A further run that is drawn with the data.

    Attributes:
        name: what a person calls it, and how it is scaled.
        histogram: unscaled, with the bins of the data.
        scale: the factor that brings it to the data.
        comparison: of the data with it, bin by bin, from the engine.
    """

    name: str
    histogram: Histogram
    scale: float
    comparison: Comparison | None = None


@dataclass(frozen=True, eq=False)
class Scene:
    """Everything a canvas draws of one picture.

    Attributes:
        data: the histogram, or None when there is nothing to draw.
        draw: how the layout wants it drawn.
        overlays: further elements on the same axes.
        names: short names of the data and of each overlay; empty without overlays.
        runs: further runs that are drawn, chosen by hand.
        reference: the reference, or None when there is none, none is wanted, or
            its bins differ: then to draw it would mislead.
        refused: there is a reference, but with other bins.
        scale: the factor that brings the reference to the data.
        mode: how the two are compared.
        comparison: ratio or difference, bin by bin, from the engine.
        joined: so many bins of each axis were taken together; () for none.
        limits: of y, of a map the colours, that a person set; each may be None.
        known: regions to hatch.
        grows: the contents accumulate over the run.
        window: they are of its last lumisections alone.
        trend: each bin stands for its own moment: of the values the latest counts.
        last: of an axis of lumisections: the last one the content holds; what lies
            beyond is the future, not zero. None when unknown, or another axis.
        clock: unix time, s, at which a lumisection began (None: unknown); beneath
            axes of lumisections it gives the time of day. None when there is none.
        graphs: points, beside the data or without any.
        polygons: a map of bins of any shape, instead of the data.
        stacked: data and overlays lie on top of one another; the data are the sum.
        shown_of: what part of a larger element this is, or "".
        expected: what the verdict measured against, or None.
        pulls: how far each bin is off, for a strip beneath a histogram of one
            dimension, shape of its inner bins; None where none is wanted, or known.
        text: the value of a scalar element, else "".
        scalars: it and the further ones of the plot, for a table.
        heading: a status in words where there is no picture, else "".
        words: the reason, drawn beneath the heading.
    """

    data: Histogram | None = None
    draw: Draw = _PLAIN
    overlays: tuple[Histogram, ...] = ()
    names: tuple[str, ...] = ()
    runs: tuple[OtherRun, ...] = ()
    reference: Histogram | None = None
    refused: bool = False
    scale: float = 1.0
    mode: ReferenceMode = "overlay"
    comparison: Comparison | None = None
    joined: tuple[int, ...] = ()
    limits: tuple[float | None, float | None] | None = None
    known: tuple[Region, ...] = ()
    grows: bool = True
    window: bool = False
    trend: bool = False
    last: int | None = None
    clock: Clock | None = None
    graphs: tuple[Graph, ...] = ()
    polygons: Polygons | None = None
    stacked: bool = False
    shown_of: str = ""
    expected: Expected | None = None
    pulls: Array | None = None
    text: str = ""
    scalars: tuple[Scalar, ...] = ()
    heading: str = ""
    words: str = ""


def scene_of(
    tile: Tile,
    plot: Plot,
    reference: Histogram | None,
    mode: ReferenceMode | None,
    *,
    pulls: bool = False,
) -> Scene:
    """Resolve what to draw; `mode` None takes the layout's.

    Args:
        tile: the picture with its verdict.
        plot: how the layout wants it.
        reference: unscaled, or None.
        mode: the comparison wished for.
        pulls: what the verdict found of each bin is drawn beneath, too.
    """
    picture = tile.picture
    wanted = mode or plot.reference.mode or "overlay"
    draw = plot.draw or Draw()
    if picture is None or not _drawn(picture):
        return Scene(
            draw=draw,
            mode=wanted,
            heading=str(tile.verdict.status),
            words=tile.verdict.sentence,
        )
    flat = picture.data is None or picture.data.dimension == 1
    if picture.beside and wanted == "overlay" and not flat:
        wanted = "side-by-side"  # of a map an overlay would show nothing of them
    names = names_of(plot, picture.overlays)
    if names and picture.title and picture.data is not None and not picture.stacked:
        names = (picture.data.name, *names[1:])  # the data are a part themselves
    runs = _other_runs(picture, draw, wanted)
    compared = picture.comparison
    if compared is None or compared.mode != wanted:
        compared = None
    measured = pulls_of(picture)
    if compared is None and measured is not None and wanted == "pull":
        compared = Comparison("pull", measured)  # without any reference, too
    in_line = measured is not None and measured.ndim == 1
    if not (pulls and in_line) or (compared is not None and compared.mode == "pull"):
        measured = None
    refused = False
    if reference is not None and picture.data is not None:
        refused = not comparable(picture.data, reference)
    return Scene(
        data=picture.data,
        draw=draw,
        overlays=picture.overlays,
        names=names,
        runs=runs,
        reference=None if wanted == "none" or refused else reference,
        refused=refused,
        scale=tile.note.scale,
        mode=wanted,
        comparison=compared,
        known=picture.known,
        grows=plot.accumulates_over == "run",
        window=plot.window is not None,
        trend=plot.accumulates == "trend",
        last=tile.last,
        clock=None if tile.clock is None else tile.clock.at,
        graphs=picture.graphs,
        polygons=picture.polygons,
        stacked=picture.stacked,
        shown_of=picture.shown_of,
        expected=picture.expected,
        pulls=measured,
        text=picture.text,
        scalars=picture.scalars,
    )


def _other_runs(
    picture: Picture, draw: Draw, mode: ReferenceMode
) -> tuple[OtherRun, ...]:
    """The further runs that can be drawn with the data; maps stand side by side."""
    data = picture.data
    own = draw.drawing is not None or draw.style in ("table", "strip")
    if data is None or own or mode == "none":
        return ()
    if data.dimension > 1 and mode != "side-by-side":
        return ()
    return tuple(
        OtherRun(
            scaled_words(each.note),
            each.histogram,
            each.note.scale,
            each.comparison
            if each.comparison is not None and each.comparison.mode == mode
            else None,
        )
        for each in picture.beside
        if each.histogram is not None and comparable(data, each.histogram)
    )


def pulls_of(picture: Picture) -> Array | None:
    """How far each bin drawn is off by the verdict, or None."""
    data, expected = picture.data, picture.expected
    if data is None or expected is None or expected.pulls is None:
        return None
    shape = tuple(axis.bins for axis in data.axes)
    return expected.pulls if expected.pulls.shape == shape else None


def _drawn(picture: Picture) -> bool:
    """Tell whether there is anything to draw."""
    there = picture.data is not None or picture.polygons is not None
    return there or bool(picture.graphs or picture.text)
