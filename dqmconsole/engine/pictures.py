"""What is drawn of elements that are more, or other, than one histogram of a plot.

Of a histogram of three axes a projection; of a stack its sum and its parts; of a graph
of very many points those that can be told apart.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from dqmconsole.model.frame import Picture
from dqmconsole.model.graph import Collection, Graph, Polygons
from dqmconsole.model.histogram import Histogram, Scalar
from dqmconsole.model.projection import CutError, describe, parse_cut, project
from dqmconsole.model.rebin import few_bins
from dqmconsole.model.reduce import reduce_graph
from dqmconsole.model.sums import added
from dqmconsole.model.words import listed

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from dqmconsole.model.frame import RunBeside
    from dqmconsole.model.graph import Element
    from dqmconsole.model.message import WatchItem
    from dqmconsole.model.projection import Cut

WHOLE_BINS = 100_000
"""Bins of one dimension in the detail view, and of what is fitted."""
_TILE_BINS = 20_000  # of one dimension in a tile
_LARGEST_POLYGONS = 2_000_000  # corners
_WHOLE_POINTS = 200_000  # of a graph in the detail view
_TILE_POINTS = 4000  # of a graph in a tile, at most


def cut_of(histogram: Histogram, text: str) -> tuple[Cut | None, str]:
    """The cut to draw of a histogram, and what it shows in words.

    None for the whole. A text that is no cut of it gives the one that is drawn by
    itself, and the words say so.
    """
    trouble = ""
    try:
        cut = parse_cut(text, histogram.dimension)
        _check(histogram, cut)
    except CutError as error:
        trouble = f" (not {text[:40]!r}: {error})"
        cut = parse_cut("", histogram.dimension)
    words = describe(histogram, cut)
    return (cut if words else None), words + trouble


def _check(histogram: Histogram, cut: Cut) -> None:
    for letter, _, last in cut.ranges:
        bins = histogram.axes["xyz".index(letter)].bins
        if last > bins:
            message = f"{letter} has {bins:,} bins"
            raise CutError(message)


def cut_out(element: Element | None, cut: Cut | None) -> Histogram | None:
    """The part of a histogram that a cut shows; None where that is not there."""
    if not isinstance(element, Histogram):
        return None
    if cut is None:
        return element
    try:
        return project(element, cut)
    except (CutError, ValueError, IndexError):
        return None  # of fewer axes, or of other bins


def each_beside(
    beside: tuple[RunBeside, ...], change: Callable[[Histogram], Histogram | None]
) -> tuple[RunBeside, ...]:
    """Further runs with their histograms changed as those of the data were."""
    return tuple(
        each
        if each.histogram is None
        else msgspec.structs.replace(each, histogram=change(each.histogram))
        for each in beside
    )


def picture_of(
    element: Graph | Polygons | Collection | Scalar, overlays: Iterable[Element | None]
) -> Picture:
    """The picture of an element that is no histogram, with all its points.

    Args:
        element: the element.
        overlays: the further elements of the plot; None where one is not there.
    """
    if isinstance(element, Scalar):
        others = (other for other in overlays if isinstance(other, Scalar))
        text = str(element.value)
        return Picture(data=None, text=text, scalars=(element, *others))
    graphs = tuple(other for other in overlays if isinstance(other, Graph))
    if isinstance(element, Graph):
        return Picture(data=None, graphs=(element, *graphs))
    if isinstance(element, Polygons):
        if len(element.x) > _LARGEST_POLYGONS:
            text = f"{len(element.contents):,} bins with {len(element.x):,} corners"
            return Picture(data=None, text=f"{text}: too many to draw")
        return Picture(data=None, polygons=element)
    picture = _of_collection(element)
    return msgspec.structs.replace(picture, graphs=(*picture.graphs, *graphs))


def summed(picture: Picture, item: WatchItem) -> Picture:
    """Sum the bins of one dimension where there are far more than can be told apart.

    Before data and reference are compared, for like bins are compared. What is asked
    for with no pixels at all (evidence, exports) keeps all its bins.
    """
    data = picture.data
    if data is None or data.dimension != 1 or not item.width:
        return picture
    most = WHOLE_BINS if item.whole else _TILE_BINS
    few, words = few_bins(data, most)
    if few is data:
        return picture
    reference = picture.reference
    return msgspec.structs.replace(
        picture,
        data=few,
        whole=False,
        overlays=tuple(few_bins(each, most)[0] for each in picture.overlays),
        reference=None if reference is None else few_bins(reference, most)[0],
        beside=each_beside(picture.beside, lambda other: few_bins(other, most)[0]),
        shown_of=", ".join(filter(None, (picture.shown_of, words))),
    )


def few_points(picture: Picture, item: WatchItem) -> Picture:
    """Bring graphs down to the points that can be told apart.

    What is asked for with no pixels at all (evidence) keeps all its points.
    """
    if not picture.graphs or not item.width:
        return picture
    most = _WHOLE_POINTS if item.whole else _TILE_POINTS
    graphs = tuple(reduce_graph(graph, most) for graph in picture.graphs)
    if all(a is b for a, b in zip(graphs, picture.graphs, strict=True)):
        return picture
    return msgspec.structs.replace(picture, graphs=graphs, whole=False)


def _of_collection(element: Collection) -> Picture:
    histograms = [part for part in element.parts if isinstance(part, Histogram)]
    graphs = tuple(part for part in element.parts if isinstance(part, Graph))
    words = list(element.refused)
    if not element.parts:
        what = listed(words) or "it is empty"
        text = f"{element.root_class}, nothing of it is drawn: {what}"
        return Picture(data=None, text=text)
    data: Histogram | None = None
    overlays: list[Histogram] = []
    stacked = False
    if histograms:
        data, overlays, left_out = _together(histograms)
        words = [*left_out, *words]
        if element.stacked and data.dimension == 1 and not data.is_profile:
            total = added([data, *overlays])
            if total is not None:
                total = msgspec.structs.replace(
                    total, title=element.title or element.name
                )
                stacked, overlays, data = True, [data, *overlays], total
    shown = f"without {listed(words)}" if words else ""
    return Picture(
        data=data,
        overlays=tuple(overlays),
        graphs=graphs,
        stacked=stacked,
        shown_of=shown,
        title=element.title or element.name,
    )


def _together(
    histograms: list[Histogram],
) -> tuple[Histogram, list[Histogram], list[str]]:
    """The first to be drawn, those drawn over it, and those that cannot be."""
    flat = [
        project(each, parse_cut("", each.dimension)) if each.dimension > 2 else each
        for each in histograms
    ]
    first, *others = flat
    if first.dimension > 1:
        return first, [], [f"{each.root_class} {each.name}" for each in others]
    over = [each for each in others if each.dimension == 1]
    left_out = [each for each in others if each.dimension > 1]
    return first, over, [f"{each.root_class} {each.name}" for each in left_out]
