"""``TGraph`` and the graphs with errors, from bytes.

Layouts as in ROOT's ``hist/hist/inc/TGraph*.h``; versions of ROOT 5 and 6.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
import numpy as np

from dqmconsole.model.graph import Graph
from dqmconsole.model.histogram import Array, Histogram, read_only
from dqmconsole.rootio.errors import DamagedError, UnknownLayoutError
from dqmconsole.rootio.histograms import limit

if TYPE_CHECKING:
    from dqmconsole.rootio.buffer import Buffer, Pointed

# Versions of each class, and how many arrays of errors it has.
_FORMS = {
    "TGraph": ((4, 5), 0),
    "TGraphErrors": ((3,), 2),
    "TGraphAsymmErrors": ((3,), 4),
    "TGraphBentErrors": ((1,), 8),
    "TGraphMultiErrors": ((1,), 0),
}
GRAPHS = frozenset(_FORMS)
_VECTOR_VERSIONS = tuple(range(1, 32))
_MOST_ERRORS = 100  # of one point of a TGraphMultiErrors

Errors = tuple[Array, Array]


class Frame(msgspec.Struct, frozen=True, gc=False):
    """What the histogram says in which a graph is drawn: its axes.

    Attributes:
        x_title, y_title, x_time, x_shown, y_shown: as of a graph.
        offset: of an axis of time: what makes x unix time when added, s.
    """

    x_title: str = ""
    y_title: str = ""
    x_time: bool = False
    x_shown: tuple[float, float] | None = None
    y_shown: tuple[float, float] | None = None
    offset: float = 0.0


def read_graph(
    buffer: Buffer, root_class: str, option: str = ""
) -> tuple[Graph, Pointed | None]:
    """Decode a graph; with it, where the histogram is in which it is drawn.

    Args:
        buffer: stands at its beginning.
        root_class: one of :data:`GRAPHS`.
        option: how the list that holds it says it is drawn.

    Raises:
        As the methods of a buffer.
    """
    versions, arrays = _FORMS[root_class]
    end = buffer.begin(*versions)
    base = end
    if root_class != "TGraph":
        base = buffer.begin(*_FORMS["TGraph"][0])
    graph, frame = _base(buffer, base, root_class, option)
    x_errors: Errors | None = None
    y_errors: Errors | None = None
    count = len(graph.x)
    if root_class == "TGraphMultiErrors":
        x_errors, y_errors = _multi_errors(buffer, count)
    elif arrays:
        found = [buffer.pointed_doubles(count) for _ in range(arrays)]
        errors = [_positive(each, count) for each in found[:4]]
        if arrays == 2:
            x_errors, y_errors = (errors[0],) * 2, (errors[1],) * 2
        else:
            x_errors, y_errors = (errors[0], errors[1]), (errors[2], errors[3])
    buffer.finish(end)
    graph = msgspec.structs.replace(graph, x_errors=x_errors, y_errors=y_errors)
    return graph, frame


def frame_of(histogram: Histogram) -> Frame:
    """What a graph takes from the histogram in which it is drawn.

    Not its extremes: ROOT sets them itself when it draws, and leaves them where they
    are when points are added.
    """
    axis = histogram.axes[0]
    return Frame(axis.title, histogram.y_title, axis.time, axis.shown)


def framed(graph: Graph, frame: Frame) -> Graph:
    """A graph with what it does not say itself from its frame."""
    x_shown, offset = frame.x_shown, frame.offset
    if x_shown is not None:
        x_shown = (x_shown[0] + offset, x_shown[1] + offset)
    return msgspec.structs.replace(
        graph,
        x=read_only(graph.x + offset) if offset else graph.x,
        x_title=frame.x_title or graph.x_title,
        y_title=frame.y_title or graph.y_title,
        x_time=graph.x_time or frame.x_time,
        x_shown=graph.x_shown or x_shown,
        y_shown=graph.y_shown or frame.y_shown,
    )


def titles_in(title: str) -> tuple[str, str, str]:
    """A title with those of the axes behind it, taken apart ("title;x;y")."""
    title, x_title, y_title = [*title.split(";"), "", ""][:3]
    return title, x_title, y_title


def lines(option: str, root_class: str) -> bool:
    """Tell whether points are joined: as the option says, else where no errors are."""
    said = option.upper()
    if said:
        return "L" in said or "C" in said
    return root_class == "TGraph"


def y_range(lowest: float, highest: float) -> tuple[float, float] | None:
    """The range of y that a file asks for; None unless it sets both ends."""
    low, high = limit(lowest), limit(highest)
    if low is None or high is None or not low < high:
        return None
    return low, high


def _base(
    buffer: Buffer, end: int, root_class: str, option: str
) -> tuple[Graph, Pointed | None]:
    """The part that is a TGraph, whose head was read."""
    version = _version_before(buffer)
    named = buffer.named()
    for _ in range(3):  # how lines, areas and markers look
        buffer.skip_counted()
    count = buffer.i32()
    if not 0 <= 16 * count <= end - buffer.at:
        message = f"a graph of {count:,} points in {end - buffer.at:,} bytes"
        raise DamagedError(message)
    x, y = buffer.pointed_doubles(count), buffer.pointed_doubles(count)
    if x is None or y is None:
        if count:
            message = f"a graph of {count:,} points without them"
            raise DamagedError(message)
        x = y = read_only(np.empty(0))
    buffer.pointer()  # its functions
    frame = buffer.pointer()
    lowest, highest = buffer.f64(), buffer.f64()
    own = buffer.string() if version > 4 else ""
    buffer.finish(end)
    # Until a graph is drawn, its title holds those of its axes ("title;x;y").
    title, x_title, y_title = titles_in(named.title)
    graph = Graph(
        named.name,
        title,
        root_class,
        x,
        y,
        x_title=x_title,
        y_title=y_title,
        y_shown=y_range(lowest, highest),
        line=lines(option or own, root_class),
    )
    return graph, frame


def _version_before(buffer: Buffer) -> int:
    return int.from_bytes(buffer.data[buffer.at - 2 : buffer.at], "big")


def _positive(errors: Array | None, count: int) -> Array:
    if errors is None:
        return read_only(np.zeros(count))
    return read_only(np.abs(errors))


def _multi_errors(buffer: Buffer, count: int) -> tuple[Errors, Errors]:
    """Errors of several kinds, summed as the graph says (TGraphMultiErrors)."""
    kinds, mode = buffer.i32(), buffer.i32()
    if not 0 <= kinds <= _MOST_ERRORS:
        message = f"a graph with {kinds:,} kinds of errors"
        raise DamagedError(message)
    x = [_positive(buffer.pointed_doubles(count), count) for _ in range(2)]
    sides = []
    for _ in range(2):
        stop = buffer.begin(*_VECTOR_VERSIONS)
        held = buffer.i32()
        if held != kinds:
            raise UnknownLayoutError
        arrays = [np.abs(buffer.counted_doubles()) for _ in range(held)]
        buffer.finish(stop)
        if any(len(array) != count for array in arrays):
            message = f"errors of other lengths than the {count:,} points"
            raise DamagedError(message)
        sides.append(_summed(arrays, mode, count))
    for _ in range(2):  # how each kind of errors is drawn
        buffer.skip_counted()
    return (x[0], x[1]), (sides[0], sides[1])


@np.errstate(over="ignore", invalid="ignore")
def _summed(arrays: list[Array], mode: int, count: int) -> Array:
    total = np.zeros(count)
    if mode == 0:  # kOnlyFirst
        total = arrays[0] if arrays else total
    elif mode == 1:  # kSquareSum
        for array in arrays:
            total = np.hypot(total, array)
    else:  # kAbsSum
        for array in arrays:
            total = total + array
    return read_only(total)
