"""What an evidence bundle holds, and whether it can be what it says it is."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
import numpy as np

from dqmconsole.model.frame import Picture, Tile
from dqmconsole.model.graph import Collection, Graph, Polygons
from dqmconsole.model.histogram import Array, Axis, Histogram, QualityResult, Scalar
from dqmconsole.model.layout import ReferenceMode
from dqmconsole.model.message import PastVerdict
from dqmconsole.model.record import Versions
from dqmconsole.model.reference import ReferenceNote
from dqmconsole.model.run import RunInfo
from dqmconsole.model.site import Site

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dqmconsole.model.graph import Element

_MOST_DIMENSIONS = 3


class Manifest(msgspec.Struct, frozen=True, kw_only=True):
    """``manifest.json``: what the bundle is of, by whom, and what was in force.

    Attributes:
        format: version of the bundle's format.
        program: version of the program that wrote it.
        title, page, words, by: as the request had them.
        keys: the plots, in the order of the view.
        made_at: the moment it is of, unix time, s.
        source: the source as a person would name it.
        banner: "DEMO", "REPLAY", ... when the data are not the detector's, else "".
        run: the run header at that moment.
        versions: what was in force.
        history: how the verdicts became what they are.
        members: name of each other member -> blake2b of its bytes, 32 hex digits.
    """

    format: int
    program: str
    title: str
    made_at: float
    keys: tuple[str, ...]
    page: str = ""
    words: str = ""
    by: str = ""
    source: str = ""
    banner: str = ""
    run: RunInfo = RunInfo()
    versions: Versions = Versions()
    history: tuple[PastVerdict, ...] = ()
    members: dict[str, str] = {}


class KeptPlot(msgspec.Struct, frozen=True, gc=False):
    """One plot as it was judged and drawn.

    Attributes:
        tile: with all bins; its picture brings neither reference nor comparison: that
            follows from what is here.
        mode: how the reference was compared in the view.
        reference: the reference, unscaled, whichever the mode; None without.
        note: the reference and how it is scaled, whichever the mode.
        overlays: path of each overlay of the picture.
        scalar: the element, when it is one.
        undrawn: the element, when it is a histogram of which the tile draws a part,
            or nothing.
        qualities: the producer's quality results for it.
    """

    tile: Tile
    mode: ReferenceMode
    reference: Histogram | None = None
    note: ReferenceNote = ReferenceNote()
    overlays: tuple[str, ...] = ()
    scalar: Scalar | None = None
    undrawn: Histogram | None = None
    qualities: tuple[QualityResult, ...] = ()

    @property
    def element(self) -> Element | None:
        """The monitor element, whole; None when there was none."""
        whole = self.undrawn or self.scalar
        picture = self.tile.picture
        if whole is not None or picture is None:
            return whole
        if picture.stacked or (len(picture.graphs) > 1 and picture.data is None):
            parts: tuple[Histogram | Graph, ...] = picture.overlays
            parts += picture.graphs
            root_class = "THStack" if picture.stacked else "TMultiGraph"
            name = self.tile.path.rpartition("/")[2]
            title = picture.title or name
            return Collection(name, title, root_class, parts, picture.stacked)
        graph = picture.graphs[0] if picture.graphs else None
        return picture.data or picture.polygons or graph

    @property
    def nbytes(self) -> int:
        """Bytes of all bins held."""
        picture = self.tile.picture or Picture(data=None)
        held = (picture.data, self.reference, self.undrawn, *picture.overlays)
        beside = (each.histogram for each in picture.beside)
        size = sum(each.nbytes for each in (*held, *beside) if each is not None)
        size += sum(graph.nbytes for graph in picture.graphs)
        size += 0 if picture.polygons is None else picture.polygons.nbytes
        compared = picture.comparison
        if compared is not None:
            size += compared.values.nbytes
            size += 0 if compared.errors is None else compared.errors.nbytes
        return size


class Bundle(msgspec.Struct, frozen=True):
    """An evidence bundle.

    Attributes:
        manifest: what it is of.
        plots: in the order of the view.
        site: the part of the site that the view rests on.
        picture: the view as PNG; b"" without.
    """

    manifest: Manifest
    plots: tuple[KeptPlot, ...]
    site: Site
    picture: bytes = b""


def unsound(plots: tuple[KeptPlot, ...]) -> str:
    """Why decoded plots cannot be drawn; "" when they can.

    Types and the bytes of arrays were checked while they were decoded; this is
    whether shapes and axes fit each other.
    """
    for kept in plots:
        for why in _wrongs(kept):
            return f"{kept.tile.path}: {why}"
    return ""


def _wrongs(kept: KeptPlot) -> Iterator[str]:
    picture = kept.tile.picture or Picture(data=None)
    beside = [each.histogram for each in picture.beside]
    histograms = (picture.data, kept.reference, kept.undrawn, *picture.overlays)
    for histogram in (*histograms, *beside):
        if histogram is not None:
            yield from _histogram_wrongs(histogram)
    for graph in picture.graphs:
        yield from _graph_wrongs(graph)
    if picture.polygons is not None:
        yield from _polygons_wrongs(picture.polygons)
    data = picture.data
    if data is None:
        if picture.comparison is not None or picture.overlays or picture.beside:
            yield "a comparison or an overlay of nothing"
        return
    if data.dimension == _MOST_DIMENSIONS:
        yield "a picture of three dimensions"
    inner = tuple(axis.bins for axis in data.axes)
    for other in (kept.reference, *picture.overlays):
        if other is not None and other.dimension != data.dimension:
            yield "data and reference or overlay of different dimensions"
    if any(each.comparison is not None for each in picture.beside):
        yield "a comparison with a further run"
    for other in (kept.reference, *beside):
        if other is not None and other.contents.shape != data.contents.shape:
            yield "data and reference of different shapes"
    if picture.comparison is not None:
        for array in (picture.comparison.values, picture.comparison.errors):
            if array is not None and array.shape != inner:
                yield f"a comparison of shape {array.shape}, the data have {inner}"


def _graph_wrongs(graph: Graph) -> Iterator[str]:
    arrays = (graph.x, graph.y, *(graph.x_errors or ()), *(graph.y_errors or ()))
    if any(array.shape != graph.x.shape or array.ndim != 1 for array in arrays):
        yield "a graph whose arrays have different lengths"


def _polygons_wrongs(polygons: Polygons) -> Iterator[str]:
    starts, bins, bins_there = polygons.starts, polygons.bins, len(polygons.contents)
    if polygons.x.shape != polygons.y.shape or len(starts) != len(bins) + 1:
        yield "polygons whose arrays have different lengths"
    elif starts[0] != 0 or starts[-1] != len(polygons.x) or (np.diff(starts) < 0).any():
        yield "polygons whose corners belong to no ring"
    elif len(bins) and not (bins.min() >= 0 and bins.max() < bins_there):
        yield "polygons that belong to no bin"
    if polygons.sumw2 is not None and polygons.sumw2.shape != polygons.contents.shape:
        yield "polygons whose errors are of other bins"
    if polygons.labels and len(polygons.labels) != bins_there:
        yield "polygons whose labels are of other bins"


def _histogram_wrongs(histogram: Histogram) -> Iterator[str]:
    if not 1 <= histogram.dimension <= _MOST_DIMENSIONS:
        yield f"{histogram.dimension} axes"
        return
    for axis in histogram.axes:
        if not _is_axis(axis):
            yield f"an axis of {axis.bins} bins from {axis.low} to {axis.high}"
            return
    shape = tuple(axis.bins + 2 for axis in histogram.axes)
    arrays = (
        histogram.contents,
        histogram.sumw2,
        histogram.bin_entries,
        histogram.bin_sumw2,
    )
    for array in arrays:
        if array is not None and array.shape != shape:
            yield f"bins of shape {array.shape}, the axes have {shape}"


def _is_axis(axis: Axis) -> bool:
    if axis.bins < 1 or not np.isfinite([axis.low, axis.high]).all():
        return False
    if axis.labels and len(axis.labels) != axis.bins:
        return False
    edges: Array | None = axis.variable
    if edges is None:
        return axis.high >= axis.low
    if edges.shape != (axis.bins + 1,) or not np.isfinite(edges).all():
        return False
    return bool(np.all(np.diff(edges) >= 0))  # as the reader of ROOT files allows
