"""``TH1``, ``TH2``, ``TH3``, ``TProfile`` and ``TProfile2D``, from bytes.

Each class is a chain of classes that contain one another; what is not needed is
passed over by its byte count. Layouts as in ROOT's ``hist/hist/inc``; the versions
that are known here are those of ROOT 6 (and, where the layout is the same, of
ROOT 5). A version that is not known here is uproot's to read.
"""

from __future__ import annotations

import itertools
from struct import Struct
from typing import Any, NamedTuple

import msgspec
import numpy as np

from dqmconsole.model.histogram import Array, Axis, Histogram
from dqmconsole.rootio import fillbuffer
from dqmconsole.rootio.axes import (
    COUNT_MASK,
    COUNTED,
    FLOAT,
    FLOAT_BIG,
    LONG_STRING,
    REFERENCED,
    AxisReader,
    numbers,
    read_string,
    skip_pointer,
    skip_string,
)
from dqmconsole.rootio.errors import DamagedError, TooLargeError, UnknownLayoutError
from dqmconsole.rootio.fillbuffer import Buffered

_VERSIONS = {
    "TNamed": (1,),
    "TH1": (7, 8),
    "TH2": (4, 5),
    "TH3": (5, 6),
    "TProfile": (6, 7),
    "TProfile2D": (7, 8),
    **{f"TH1{letter}": (1, 2, 3) for letter in "CSIFD"},
    **{f"TH{n}{letter}": (3, 4) for n in (2, 3) for letter in "CSIFD"},
}
_NUMBERS: dict[str, np.dtype[Any]] = {
    letter: np.dtype(code)
    for letter, code in zip("CSIFD", ("i1", ">i2", ">i4", ">f4", ">f8"), strict=True)
}
_ERROR_MODES = ("", "s", "i", "g")

# TAttLine, TAttFill, TAttMarker, number of cells. Their byte counts imply versions.
_LOOKS = Struct(">I8xI6xI10xi")
_LOOKS_COUNTS = (COUNTED | 8, COUNTED | 6, COUNTED | 10)
# Bar offset and width; entries, sumw, sumw2, sumwx, sumwx2; maximum, minimum and
# norm factor; the length of the list of contours.
_STATISTICS = Struct(">4xddddd24xi")
_OPTION = Struct(">BI")
_BUFFER = Struct(">iB")
_U32 = Struct(">I")
_I32 = Struct(">i")
_TH2_SUMS = Struct(">8x3d")
_TH3_SUMS = Struct(">6x7d")
_PROFILE = Struct(">i4di")


class _Shape(NamedTuple):
    """How a class is nested, and in which versions."""

    head: Struct
    depth: int
    known: frozenset[tuple[int, ...]]
    dimension: int
    profile: bool
    sums: Struct | None
    stored: np.dtype[Any]
    native: np.dtype[Any]


def _shape(root_class: str) -> _Shape:
    if root_class == "TProfile":
        chain: tuple[str, ...] = ("TProfile", "TH1D", "TH1")
    elif root_class == "TProfile2D":
        chain = ("TProfile2D", "TH2D", "TH2", "TH1")
    elif root_class.startswith("TH1"):
        chain = (root_class, "TH1")
    else:
        chain = (root_class, root_class[:3], "TH1")
    # Each class has a byte count and a version; then those of TNamed, the version,
    # id and bits of TObject, and the length of the name.
    head = Struct(">" + "IH" * len(chain) + "IHHIIB")
    versions = itertools.product(*(_VERSIONS[name] for name in (*chain, "TNamed")))
    array = chain[1] if root_class.startswith("TProfile") else root_class
    dimension = int(array[2])
    stored = _NUMBERS[array[3]]
    return _Shape(
        head,
        2 * len(chain),
        frozenset(versions),
        dimension,
        array != root_class,
        (None, _TH2_SUMS, _TH3_SUMS)[dimension - 1],
        stored,
        stored.newbyteorder("="),
    )


_SHAPES = {
    name: _shape(name)
    for name in (
        "TProfile",
        "TProfile2D",
        *(f"TH{n}{letter}" for n in (1, 2, 3) for letter in "CSIFD"),
    )
}
KNOWN_CLASSES = frozenset(_SHAPES)


class _Profile(msgspec.Struct, frozen=True, gc=False):
    """What a profile has beside a histogram of its sums."""

    bin_entries: Array | None = None
    bin_sumw2: Array | None = None
    error_mode: str = ""
    in_range: tuple[float, float] = (0.0, 0.0)
    sums: tuple[float, ...] = ()


_NO_PROFILE = _Profile()


class _Core(msgspec.Struct, frozen=True, gc=False):
    """What every histogram has: the part that is class ``TH1``."""

    title: str
    cells: int
    axes: tuple[Axis, Axis, Axis | None]
    entries: float
    sums: tuple[float, float, float, float]
    sumw2: Array | None
    buffer: Array | None
    flow_counts: bool


class HistogramReader:
    """Decodes histograms of the classes in ``KNOWN_CLASSES``.

    Args:
        cells: how many bins a histogram may have, flow bins included.
    """

    __slots__ = ("_axes", "_cells")

    def __init__(self, cells: int) -> None:
        self._cells = cells
        self._axes = AxisReader()

    def read(
        self,
        data: bytes,
        root_class: str,
        name: str,
        shift: int,
        *,
        efficiency: bool = False,
    ) -> Histogram:
        """Decode one histogram.

        Args:
            data: the object, decompressed.
            root_class: its class, one of ``KNOWN_CLASSES``.
            name: name of the element (the file's key, not the object's own name).
            shift: length of the object's key: references count from its start.
            efficiency: whether the producer marked it as an efficiency.

        Raises:
            DamagedError: the bytes make no sense.
            UnknownLayoutError: a class version that is not known here.
            struct.error, IndexError, ValueError: the bytes end too early.
        """
        shape = _SHAPES[root_class]
        head = shape.head.unpack_from(data)
        if head[0] != COUNTED | (len(data) - 4):
            message = "the object's size is not what its first bytes say"
            raise DamagedError(message)
        depth = shape.depth
        if head[1 : depth + 2 : 2] not in shape.known or head[depth + 2] != 1:
            raise UnknownLayoutError
        end = 3 * depth - 2 + (head[depth - 2] & COUNT_MASK)
        core = self._core(data, shape, head, end, shift)
        axes, y_title, size = _frame(core, shape.dimension)
        if size != core.cells:
            message = f"{core.cells:,} cells, but the axes make {size:,}"
            raise DamagedError(message)
        sums: tuple[float, ...] = core.sums
        at = end
        if shape.sums is not None:
            sums += shape.sums.unpack_from(data, at)
            at += shape.sums.size
        if _I32.unpack_from(data, at)[0] != size:
            message = "the number of contents is not that of the cells"
            raise DamagedError(message)
        at += 4
        contents = numbers(data, at, size, shape.stored, shape.native)
        at += size * shape.stored.itemsize
        profile = _NO_PROFILE
        if shape.profile:
            profile, at = _profile(data, at, size)
            sums += profile.sums
        if at != len(data):
            message = "the sizes in the object do not add up"
            raise DamagedError(message)
        squares, weights = core.sumw2, profile.bin_entries
        weight_squares = profile.bin_sumw2
        if shape.dimension > 1:
            form = tuple(axis.bins + 2 for axis in axes)[::-1]
            contents = contents.reshape(form).T
            squares = _shaped(squares, form)
            weights = _shaped(weights, form)
            weight_squares = _shaped(weight_squares, form)
        found = Histogram(
            name,
            core.title,
            root_class,
            axes,
            contents,
            squares,
            weights,
            weight_squares,
            profile.error_mode,
            core.entries,
            sums,
            efficiency,
            y_title,
        )
        if core.buffer is None:
            return found
        buffered = Buffered(core.buffer, profile.in_range, core.flow_counts)
        return fillbuffer.fill(found, buffered)

    def _core(
        self, data: bytes, shape: _Shape, head: tuple[int, ...], end: int, shift: int
    ) -> _Core:
        at = shape.head.size - 1
        if head[-2] & REFERENCED:
            at = skip_string(data, at + 2)
        else:
            length = head[-1]
            at = skip_string(data, at) if length == LONG_STRING else at + 1 + length
        title, at = read_string(data, at)
        line, fill, marker, cells = _LOOKS.unpack_from(data, at)
        if (line, fill, marker) != _LOOKS_COUNTS:
            raise UnknownLayoutError
        at += _LOOKS.size
        self._check_cells(cells, cells * shape.stored.itemsize, len(data) - at)
        x, at = self._axes.read(data, at, shift, cells)
        y, at = self._axes.read(data, at, shift, cells)
        z = None
        if shape.dimension == 1:
            at = skip_pointer(data, at)
        else:
            z, at = self._axes.read(data, at, shift, cells)
        entries, sumw, sumw2, sumwx, sumwx2, contours = _STATISTICS.unpack_from(
            data, at
        )
        at += _STATISTICS.size
        if contours:
            at = _skip_doubles(contours, at, end)
        count = _I32.unpack_from(data, at)[0]
        at += 4
        squares = None
        if count:
            if count != cells:
                message = f"{count:,} squared errors for {cells:,} cells"
                raise DamagedError(message)
            squares = numbers(data, at, count, FLOAT_BIG, FLOAT)
            at += 8 * count
        length, pointer = _OPTION.unpack_from(data, at)
        if length or not pointer & COUNTED:
            at = skip_pointer(data, skip_string(data, at))
        else:
            at += 5 + (pointer & COUNT_MASK)
        size, there = _BUFFER.unpack_from(data, at)
        at += _BUFFER.size
        buffer = None
        if there:
            buffer = numbers(data, at, size, FLOAT_BIG, FLOAT)
            at += 8 * size
        version = head[shape.depth - 1]
        # fBinStatErrOpt since version 7, fStatOverflows since version 8
        at += 4 * (version - 6)
        if at != end:
            message = "the sizes in the histogram do not add up"
            raise DamagedError(message)
        return _Core(
            title,
            cells,
            (x, y, z),
            entries,
            (sumw, sumw2, sumwx, sumwx2),
            squares,
            buffer,
            version > 7 and data[end - 1] == 1,
        )

    def _check_cells(self, cells: int, size: int, left: int) -> None:
        """Hold cells of `size` bytes against the limit and the bytes that are left."""
        if cells > self._cells:
            what = f"{cells:,} cells"
            raise TooLargeError(what, self._cells)
        if size > left:
            message = f"{cells:,} cells in {left:,} bytes"
            raise DamagedError(message)


def _skip_doubles(count: int, at: int, end: int) -> int:
    if count < 0 or at + 8 * count > end:
        message = f"an array of {count:,} numbers in {end - at:,} bytes"
        raise DamagedError(message)
    return at + 8 * count


def _shaped(array: Array | None, form: tuple[int, ...]) -> Array | None:
    return None if array is None else array.reshape(form).T


def _frame(core: _Core, dimension: int) -> tuple[tuple[Axis, ...], str, int]:
    """Return the axes, the title of the ordinate and the number of cells."""
    x, y, z = core.axes
    if z is None:
        return (x,), y.title, x.bins + 2
    size = (x.bins + 2) * (y.bins + 2)
    if dimension < 3:
        return (x, y), z.title, size
    return (x, y, z), "", size * (z.bins + 2)


def _profile(data: bytes, at: int, cells: int) -> tuple[_Profile, int]:
    if _I32.unpack_from(data, at)[0] != cells:
        message = "a profile without the entries of its bins"
        raise DamagedError(message)
    at += 4
    entries = numbers(data, at, cells, FLOAT_BIG, FLOAT)
    at += 8 * cells
    mode, low, high, first, second, count = _PROFILE.unpack_from(data, at)
    at += _PROFILE.size
    if not 0 <= mode < len(_ERROR_MODES):
        message = f"a profile with error option {mode}"
        raise DamagedError(message)
    squares = None
    if count:
        if count != cells:
            message = f"{count:,} squared weights for {cells:,} cells"
            raise DamagedError(message)
        squares = numbers(data, at, count, FLOAT_BIG, FLOAT)
        at += 8 * count
    found = _Profile(entries, squares, _ERROR_MODES[mode], (low, high), (first, second))
    return found, at
