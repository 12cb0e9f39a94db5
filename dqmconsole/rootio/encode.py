"""The bytes of ROOT's histograms and graphs, as ROOT 6 streams them into a file.

Each class is a byte count, a version and its members in the order of its
``TStreamerInfo``, everything big-endian. The versions are those of ROOT 6.40
(``hist/hist/inc/TH1.h`` and the like); ``rootio/streamerinfo.bin`` describes them.
"""

from __future__ import annotations

from functools import lru_cache
from struct import Struct
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from dqmconsole.rootio.axes import RANGE_SET
from dqmconsole.rootio.histograms import UNSET

if TYPE_CHECKING:
    from dqmconsole.model.graph import Graph
    from dqmconsole.model.histogram import Array, Axis, Histogram

_U32 = Struct(">I")
_HEAD = Struct(">IH")
_OBJECT = Struct(">HII")
_AXIS_RANGE = Struct(">idd")
# bar offset and width, entries, four sums, maximum, minimum, norm factor, and the
# length of the array of contours
_STATISTICS = Struct(">hh8dI")
_PROFILE = Struct(">idddd")
_COUNTED = 0x40000000
_LONG_STRING = 255
_MANY = 1 << 16  # cells
_BIGGEST_OBJECT = (1 << 30) - 3

# TAttLine 2, TAttFill 2, TAttMarker 3 as gStyle sets them in a fresh ROOT.
_LOOK = bytes.fromhex(
    "40000008 0002 025a 0001 0001"
    "40000006 0002 0000 03e9"
    "4000000a 0003 0001 0001 3f800000"
)
# The same of a graph.
_GRAPH_LOOK = bytes.fromhex(
    "40000008 0002 0001 0001 0001"
    "40000006 0002 0000 03e8"
    "4000000a 0003 0001 0001 3f800000"
)
_AXIS_LOOK = bytes.fromhex(
    "40000024 0004 000001fe 0001 0001 002a 3ba3d70a 3d0f5c29 3cf5c28f"
)
_AXIS_LOOK_END = bytes.fromhex("3d0f5c29 0001 002a")
_TITLE_OFFSETS = {
    "xaxis": bytes.fromhex("3f800000"),
    "yaxis": bytes(4),
    "zaxis": bytes.fromhex("3f800000"),
}
# First and last bin shown, bits, whether it is time; then the format of the time, and
# the pointers to labels and to modified labels.
_AXIS_SHOWN = Struct(">iiHB")
_AXIS_END = bytes(_AXIS_SHOWN.size + 1)
_TIME_FORM = "%H:%M%F1970-01-01 00:00:00"  # what axes of time count from here
_NO_POINTER = bytes(4)
# Option "", an empty list of functions, no fill buffer, kNormal, kNeutral.
_TH1_END = bytes.fromhex(
    "00 40000011 0005 0001 00000000 00010000 00 00000000 00000000 00 00000000 00000002"
)
# A pointer to an empty list of functions.
_NO_FUNCTIONS = bytes.fromhex(
    "4000001f ffffffff 544c69737400 40000011 0005 0001 00000000 00000000 00 00000000"
)
_TATT3D = bytes.fromhex("40000002 0001")
_DEFAULT_BAR_WIDTH = 1000

ERROR_MODES = {"": 0, "s": 1, "i": 2, "g": 3}


class UnwritableError(ValueError):
    """An element cannot be written as the ROOT class it names."""


class _Form(NamedTuple):
    dimension: int
    dtype: np.dtype[np.generic]
    version: int
    sums: int
    profile: bool = False


_DTYPES = {"C": ">i1", "S": ">i2", "I": ">i4", "L": ">i8", "F": ">f4", "D": ">f8"}
_SUMS = {1: 4, 2: 7, 3: 11}
_VERSIONS = {1: 3, 2: 4, 3: 4}
# ROOT 6.40 has no version for the classes of 64-bit integers and streams 0.
_FORMS = {
    f"TH{dimension}{letter}": _Form(
        dimension,
        np.dtype(code),
        0 if letter == "L" else _VERSIONS[dimension],
        _SUMS[dimension],
    )
    for dimension in (1, 2, 3)
    for letter, code in _DTYPES.items()
} | {
    "TProfile": _Form(1, np.dtype(">f8"), 7, 6, profile=True),
    "TProfile2D": _Form(2, np.dtype(">f8"), 8, 9, profile=True),
}

WRITABLE_CLASSES = frozenset(_FORMS)


def encode_histogram(histogram: Histogram) -> bytes:
    """Stream `histogram` as the ROOT class it names.

    Raises:
        UnwritableError: the class is not one of :data:`WRITABLE_CLASSES`, or the
            arrays, sums or labels do not fit the class or the axes, or the values
            do not fit its integers.
    """
    form = _FORMS.get(histogram.root_class)
    if form is None:
        known = ", ".join(sorted(WRITABLE_CLASSES))
        raise _unwritable(histogram, f"the class is none of {known}")
    if len(histogram.axes) != form.dimension:
        raise _unwritable(histogram, f"it has {len(histogram.axes)} axes")
    sums = histogram.sums or (0.0,) * form.sums
    if len(sums) != form.sums:
        raise _unwritable(histogram, f"{len(sums)} sums instead of {form.sums}")
    if histogram.is_profile is not form.profile:
        kept = "" if histogram.is_profile else "no "
        raise _unwritable(histogram, f"it has {kept}entries per bin")
    body = _th1(histogram, sums)
    contents = _counted_array(histogram, histogram.contents, form.dtype)
    if form.profile:
        plain = _FORMS["TH1D" if form.dimension == 1 else "TH2D"]
        base = _counted(plain.version, _dressed(body, sums, plain), contents)
        parts = (base, _profile_end(histogram, sums[-2:]))
    else:
        parts = (_dressed(body, sums, form), contents)
    if len(parts[0]) + len(parts[1]) > _BIGGEST_OBJECT:
        raise _unwritable(histogram, "it has more than ROOT's 1 GiB per object")
    return _counted(form.version, *parts)


def encode_graph(graph: Graph) -> tuple[str, bytes]:
    """Stream a graph, or points of shares, as a TGraph or TGraphAsymmErrors.

    Titles of the axes go into its title, from which ROOT takes them when it draws the
    graph; what is not kept is that x is time, and the range of x.

    Returns:
        The class, and the bytes.

    Raises:
        UnwritableError: its arrays have different lengths, or it is too large.
    """
    errors: tuple[Array, ...] = ()
    if graph.x_errors is not None or graph.y_errors is not None:
        nothing = (np.zeros(len(graph.x)),) * 2
        errors = (*(graph.x_errors or nothing), *(graph.y_errors or nothing))
    root_class = "TGraphAsymmErrors" if errors else "TGraph"
    if any(array.shape != (len(graph.x),) for array in (graph.x, graph.y, *errors)):
        message = f"{graph.name!r} cannot be written: its arrays differ in length"
        raise UnwritableError(message)
    titles = ";".join((graph.title, graph.x_title, graph.y_title)).rstrip(";")
    low, high = graph.y_shown or (UNSET, UNSET)
    parts = (
        _named(graph.name, titles, 0),
        _GRAPH_LOOK,
        _U32.pack(len(graph.x)),
        _pointed_array(graph.x),
        _pointed_array(graph.y),
        _NO_FUNCTIONS,
        _NO_POINTER,  # no histogram with axes
        Struct(">2d").pack(low, high),
        encode_string("LP" if graph.line else "P"),
    )
    body = _counted(5, b"".join(parts))
    if errors:
        body = _counted(3, body + b"".join(map(_pointed_array, errors)))
    if len(body) > _BIGGEST_OBJECT:
        message = f"{graph.name!r} has more than ROOT's 1 GiB per object"
        raise UnwritableError(message)
    return root_class, body


def _pointed_array(array: Array) -> bytes:
    """An array that a member points to; of no numbers, nothing."""
    return b"\1" + array.astype(_FLOAT64).tobytes() if array.size else b"\0"


def encode_text(text: str) -> bytes:
    """Stream `text` as a ``TObjString``."""
    return _counted(1, bytes.fromhex("0001 00000000 00000000") + encode_string(text))


def encode_string(text: str) -> bytes:
    """Stream `text` as a ``TString``: its length in one byte, or 255 and four.

    Bytes that were not UTF-8 when read (kept as lone surrogates) come out as they
    went in.
    """
    raw = text.encode("utf-8", "surrogateescape")
    length = len(raw)
    if length < _LONG_STRING:
        return bytes((length,)) + raw
    return b"\xff" + _U32.pack(length) + raw


def _unwritable(histogram: Histogram, why: str) -> UnwritableError:
    message = f"{histogram.name!r} cannot be written as {histogram.root_class}: {why}"
    return UnwritableError(message)


def _counted(version: int, body: bytes, end: bytes = b"") -> bytes:
    head = _HEAD.pack(_COUNTED | (len(body) + len(end) + 2), version)
    return b"".join((head, body, end)) if end else head + body


def _named(name: str, title: str, bits: int) -> bytes:
    strings = encode_string(name) + encode_string(title)
    return _counted(1, _OBJECT.pack(1, 0, bits) + strings)


def _dressed(th1: bytes, sums: tuple[float, ...], form: _Form) -> bytes:
    """Wrap TH1's bytes as the base class of `form`'s dimension."""
    if form.dimension == 1:
        return th1
    if form.dimension == 2:
        return _counted(5, th1, Struct(">4d").pack(1.0, *sums[4:7]))
    return _counted(6, th1, _TATT3D + Struct(">7d").pack(*sums[4:11]))


def _th1(histogram: Histogram, sums: tuple[float, ...]) -> bytes:
    axes = histogram.axes
    cells = 1
    for axis in axes:
        cells *= axis.bins + 2
    parts = [
        _named(histogram.name, histogram.title, 8),
        _LOOK,
        _U32.pack(cells),
    ]
    # The ordinate's title is that of the first axis without bins of its own.
    for index, name in enumerate(("xaxis", "yaxis", "zaxis")):
        if index < len(axes):
            parts.append(_axis(histogram, name, axes[index]))
        else:
            title = histogram.y_title if index == len(axes) else ""
            parts.append(_plain_axis(name, 1, 0.0, 1.0, title))
    parts.append(
        _STATISTICS.pack(
            0,
            _DEFAULT_BAR_WIDTH,
            histogram.entries,
            *sums[:4],
            UNSET if histogram.shown[1] is None else histogram.shown[1],
            UNSET if histogram.shown[0] is None else histogram.shown[0],
            0.0,
            0,
        )
    )
    sumw2 = histogram.sumw2
    if sumw2 is not None:
        parts.append(_counted_array(histogram, sumw2, _FLOAT64))
    elif histogram.is_profile:
        parts.append(_U32.pack(cells) + bytes(8 * cells))
    else:
        parts.append(_NO_POINTER)
    parts.append(_TH1_END)
    return _counted(8, b"".join(parts))


_FLOAT64 = np.dtype(">f8")


def _counted_array(
    histogram: Histogram, array: Array, dtype: np.dtype[np.generic]
) -> bytes:
    """A ``TArray``: the number of cells, then the cells, x fastest."""
    shape = tuple([axis.bins + 2 for axis in histogram.axes])
    if array.shape != shape:
        raise _unwritable(histogram, f"an array has shape {array.shape}, not {shape}")
    if dtype.kind == "i" and not np.can_cast(array.dtype, dtype):
        with np.errstate(invalid="ignore"):
            cells = array.astype(dtype)
        if not np.array_equal(cells, array):
            raise _unwritable(histogram, "its contents do not fit the class's integers")
    else:
        cells = array.astype(dtype, copy=False)
    if cells.size > _MANY:  # put in order by what lets other threads work
        ordered = np.ravel(cells, "F").view(np.uint8)
        return b"".join((_U32.pack(array.size), ordered.data))
    return _U32.pack(array.size) + cells.tobytes("F")


def _profile_end(profile: Histogram, sums: tuple[float, ...]) -> bytes:
    assert profile.bin_entries is not None
    mode = ERROR_MODES.get(profile.error_mode)
    if mode is None:
        raise _unwritable(profile, f"error option {profile.error_mode!r} is unknown")
    weights = bytes(4)
    if profile.bin_sumw2 is not None:
        weights = _counted_array(profile, profile.bin_sumw2, _FLOAT64)
    entries = _counted_array(profile, profile.bin_entries, _FLOAT64)
    # The limits on y (0, 0) mean that there are none.
    return entries + _PROFILE.pack(mode, 0.0, 0.0, *sums) + weights


def _axis(histogram: Histogram, name: str, axis: Axis) -> bytes:
    plain = axis.shown is None and not axis.time
    if axis.variable is None and not axis.labels and plain:
        return _plain_axis(name, axis.bins, axis.low, axis.high, axis.title)
    edges = b""
    if axis.variable is not None:
        if axis.variable.shape != (axis.bins + 1,):
            raise _unwritable(histogram, f"the {name} has not one edge more than bins")
        edges = axis.variable.astype(_FLOAT64).tobytes()
    if axis.labels and len(axis.labels) != axis.bins:
        why = f"the {name} has {len(axis.labels)} labels for {axis.bins} bins"
        raise _unwritable(histogram, why)
    labels = _labels(axis.labels)
    return _axis_bytes(
        name,
        axis.title,
        axis.bins,
        axis.low,
        axis.high,
        edges,
        labels,
        bits=0 if axis.shown is None else RANGE_SET,
        end=_AXIS_END if plain else _axis_end(axis),
    )


def _axis_end(axis: Axis) -> bytes:
    """The bins that are shown, and whether the axis is time."""
    first = last = 0
    if axis.shown is not None:
        slack = 1e-9 * (axis.high - axis.low) / axis.bins
        low, high = axis.shown[0] + slack, axis.shown[1] - slack
        first = int(np.searchsorted(axis.edges, low, side="right"))
        last = int(np.searchsorted(axis.edges, high, side="left"))
        first, last = (min(max(each, 1), axis.bins) for each in (first, last))
    form = encode_string(_TIME_FORM if axis.time else "")
    return _AXIS_SHOWN.pack(first, last, 0, int(axis.time)) + form


@lru_cache(maxsize=1024)
def _plain_axis(name: str, bins: int, low: float, high: float, title: str) -> bytes:
    return _axis_bytes(name, title, bins, low, high, b"", _NO_POINTER)


def _axis_bytes(
    name: str,
    title: str,
    bins: int,
    low: float,
    high: float,
    edges: bytes,
    labels: bytes,
    *,
    bits: int = 0,
    end: bytes = _AXIS_END,
) -> bytes:
    parts = (
        _named(name, title, bits),
        _AXIS_LOOK,
        _TITLE_OFFSETS[name],
        _AXIS_LOOK_END,
        _AXIS_RANGE.pack(bins, low, high),
        _U32.pack(len(edges) // 8),
        edges,
        end,
        labels,
        _NO_POINTER,
    )
    return _counted(10, b"".join(parts))


def _labels(labels: tuple[str, ...]) -> bytes:
    """A pointer to a ``THashList`` of ``TObjString``, whose ids are the bins.

    ROOT writes a class's name once and refers to it later; naming it each time is
    as valid, needs no positions, and vanishes in the compression.
    """
    items = [
        _pointer(
            "TObjString",
            _counted(1, _OBJECT.pack(1, number, 0) + encode_string(label)),
        )
        + b"\0"
        for number, label in enumerate(labels, 1)
        if label
    ]
    if not items:
        return _NO_POINTER
    head = _OBJECT.pack(1, 0, 0) + b"\0" + _U32.pack(len(items))
    return _pointer("THashList", _counted(5, head + b"".join(items)))


def _pointer(root_class: str, body: bytes) -> bytes:
    tagged = b"\xff\xff\xff\xff" + root_class.encode() + b"\0" + body
    return _U32.pack(_COUNTED | len(tagged)) + tagged
