"""Monitor elements that are no histogram: graphs, polygons, and collections of plots.

Arrays are read-only float64 unless said otherwise.
"""

from __future__ import annotations

import msgspec

from dqmconsole.model.histogram import Array, Histogram, Scalar


class Graph(msgspec.Struct, frozen=True, eq=False, gc=False):
    """Points with errors: a TGraph of any kind, or a TEfficiency of one dimension.

    Attributes:
        name: name of the monitor element, without its folder.
        title: title as the producer wrote it.
        root_class: ROOT class it was read from ("TGraphErrors").
        x, y: shape ``(n,)``, as stored: neither sorted nor finite of necessity.
        x_errors, y_errors: (downward, upward) errors, each of shape ``(n,)`` and not
            negative; None where the class has none.
        x_title, y_title: titles of the axes with their units.
        x_time: the x axis is time, unix s ("SetTimeDisplay").
        x_shown, y_shown: range of the axis that the file asks for, or None.
        line: the points are joined by a line.
        efficiency: values are shares, from 0 to 1; never normalise.
        entries: of a TEfficiency the number of trials filled; None of other graphs.
    """

    name: str
    title: str
    root_class: str
    x: Array
    y: Array
    x_errors: tuple[Array, Array] | None = None
    y_errors: tuple[Array, Array] | None = None
    x_title: str = ""
    y_title: str = ""
    x_time: bool = False
    x_shown: tuple[float, float] | None = None
    y_shown: tuple[float, float] | None = None
    line: bool = False
    efficiency: bool = False
    entries: float | None = None

    @property
    def nbytes(self) -> int:
        """Bytes of the arrays held."""
        pairs = (*(self.x_errors or ()), *(self.y_errors or ()))
        return sum(array.nbytes for array in (self.x, self.y, *pairs))


class Polygons(msgspec.Struct, frozen=True, eq=False, gc=False):
    """A map of bins of any shape: a TH2Poly.

    Attributes:
        name, title, root_class: as of a graph.
        starts: where each ring of corners begins, int64, shape ``(rings + 1,)``; the
            corners of ring i are ``x[starts[i]:starts[i + 1]]``.
        bins: the bin each ring belongs to, int64, shape ``(rings,)``; a bin of
            several parts has several rings.
        x, y: the corners.
        contents: content of each bin, shape ``(n,)``.
        sumw2: sums of squared weights, same shape, or None.
        labels: a name per bin ("" where it has none), or empty.
        entries: number of fills.
        x_title, y_title, z_title: titles of the axes with their units.
    """

    name: str
    title: str
    root_class: str
    starts: Array
    bins: Array
    x: Array
    y: Array
    contents: Array
    sumw2: Array | None = None
    labels: tuple[str, ...] = ()
    entries: float = 0.0
    x_title: str = ""
    y_title: str = ""
    z_title: str = ""

    @property
    def nbytes(self) -> int:
        """Bytes of the arrays held."""
        return (
            sum(a.nbytes for a in (self.starts, self.bins, self.x, self.y))
            + self.contents.nbytes
            + (0 if self.sumw2 is None else self.sumw2.nbytes)
        )


class Collection(msgspec.Struct, frozen=True, eq=False, gc=False):
    """Several plots drawn as one: a TMultiGraph, THStack, TList or TObjArray.

    Attributes:
        name, title, root_class: as of a graph.
        parts: what can be drawn of it, in the file's order; never a collection.
        stacked: histograms are to be drawn on top of one another (a THStack).
        refused: what it holds besides, each as "TFoo name".
    """

    name: str
    title: str
    root_class: str
    parts: tuple[Histogram | Graph, ...] = ()
    stacked: bool = False
    refused: tuple[str, ...] = ()

    @property
    def nbytes(self) -> int:
        """Bytes of the arrays held."""
        return sum(part.nbytes for part in self.parts)


Element = Histogram | Graph | Polygons | Collection | Scalar
"""Whatever a source holds under a path."""


def size_of(element: Element) -> float | int | str:
    """How much an element holds, as lists tell it.

    Entries of a histogram or of an efficiency of any dimension, points of a graph,
    parts of a collection, the value of a scalar.
    """
    if isinstance(element, Scalar):
        return element.value
    if isinstance(element, Graph):
        return len(element.x) if element.entries is None else element.entries
    if isinstance(element, Collection):
        return len(element.parts)
    return element.entries
