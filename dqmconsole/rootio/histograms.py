"""``TH1``, ``TH2``, ``TH3``, ``TProfile`` and ``TProfile2D``, from bytes.

Each class is a chain of classes that contain one another; what is not needed is
passed over by its byte count. Layouts as in ROOT's ``hist/hist/inc``; the versions
that are known here are those of ROOT 6 (and, where the layout is the same, of
ROOT 5). A version that is not known here is uproot's to read.
"""

from __future__ import annotations

import itertools
import math
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
    axis_in_unix_time,
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
    "TH2Poly": (2, 3),
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
_STATISTICS = Struct(">4xddddddd8xi")
UNSET = -1111.0
"""A minimum or maximum that nobody set."""
NOT_SAID: tuple[float | None, float | None] = (None, None)
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
    poly: bool


def _shape(root_class: str) -> _Shape:
    if root_class == "TProfile":
        chain: tuple[str, ...] = ("TProfile", "TH1D", "TH1")
    elif root_class == "TProfile2D":
        chain = ("TProfile2D", "TH2D", "TH2", "TH1")
    elif root_class == "TH2Poly":
        chain = ("TH2Poly", "TH2", "TH1")
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
    poly = root_class == "TH2Poly"
    stored = _NUMBERS["C" if poly else array[3]]
    return _Shape(
        head,
        2 * len(chain),
        frozenset(versions),
        dimension,
        array != root_class,
        (None, _TH2_SUMS, _TH3_SUMS)[dimension - 1],
        stored,
        stored.newbyteorder("="),
        poly,
    )


_SHAPES = {
    name: _shape(name)
    for name in (
        "TProfile",
        "TProfile2D",
        "TH2Poly",
        *(f"TH{n}{letter}" for n in (1, 2, 3) for letter in "CSIFD"),
    )
}
HISTOGRAMS = frozenset(_SHAPES) - {"TH2Poly"}
_POLY_AXIS = 1 << 16  # bins of a TH2Poly's axes, which are drawn, but hold nothing


class _Profile(msgspec.Struct, frozen=True, gc=False):
    """What a profile has beside a histogram of its sums."""

    bin_entries: Array | None = None
    bin_sumw2: Array | None = None
    error_mode: str = ""
    in_range: tuple[float, float] = (0.0, 0.0)
    sums: tuple[float, ...] = ()


_NO_PROFILE = _Profile()


class Poly(NamedTuple):
    """What a TH2Poly has beside its bins.

    Attributes:
        title: as the producer wrote it.
        titles: of the three axes.
        entries: number of fills.
        cells: bins, and nine that count what lies outside.
        sumw2: sums of squared weights, those outside first, or None.
        end: position behind the part that is a TH2.
    """

    title: str
    titles: tuple[str, str, str]
    entries: float
    cells: int
    sumw2: Array | None
    end: int


class _Core(msgspec.Struct, frozen=True, gc=False):
    """What every histogram has: the part that is class ``TH1``."""

    title: str
    cells: int
    axes: tuple[Axis, Axis, Axis | None]
    offsets: tuple[float, ...]
    entries: float
    sums: tuple[float, float, float, float]
    shown: tuple[float | None, float | None]
    sumw2: Array | None
    buffer: Array | None
    flow_counts: bool


class HistogramReader:
    """Decodes histograms of the classes in ``HISTOGRAMS``.

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
        start: int = 0,
        stop: int | None = None,
        as_stored: bool = False,
    ) -> Histogram:
        """Decode one histogram.

        Args:
            data: the object, decompressed.
            root_class: its class, one of ``HISTOGRAMS``.
            name: name of the element (the file's key, not the object's own name).
            shift: length of the object's key: references count from its start.
            efficiency: whether the producer marked it as an efficiency.
            start: where in the data it begins.
            stop: where it ends; the end of the data when left out.
            as_stored: leave axes of time as they are in the file, not in unix time.

        Raises:
            DamagedError: the bytes make no sense.
            UnknownLayoutError: a class version that is not known here.
            struct.error, IndexError, ValueError: the bytes end too early.
        """
        shape = _SHAPES[root_class]
        if stop is None:
            stop = len(data)
        head = shape.head.unpack_from(data, start)
        depth = shape.depth
        if (
            head[0] != COUNTED | (stop - start - 4)
            or head[1 : depth + 2 : 2] not in shape.known
            or head[depth + 2] != 1
        ):
            raise _wrong_head(head, stop - start)
        end = start + 3 * depth - 2 + (head[depth - 2] & COUNT_MASK)
        core = self._core(data, shape, head, start, end, stop, shift)
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
        if at != stop:
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
            core.shown,
        )
        if core.buffer is not None:
            buffered = Buffered(core.buffer, profile.in_range, core.flow_counts)
            found = fillbuffer.fill(found, buffered)
        if core.offsets and not as_stored:
            return in_unix_time(found, core.offsets)
        return found

    def before_name(self, root_class: str) -> int:
        """Bytes in front of the TNamed of a class of ``HISTOGRAMS``."""
        return 3 * _SHAPES[root_class].depth

    def read_poly(self, data: bytes, shift: int) -> Poly:
        """Decode the part of a TH2Poly that is a TH2; its bins follow at ``end``.

        Raises:
            As :meth:`read`.
        """
        shape = _SHAPES["TH2Poly"]
        head = shape.head.unpack_from(data)
        depth = shape.depth
        known = head[1 : depth + 2 : 2] in shape.known and head[depth + 2] == 1
        if head[0] != COUNTED | (len(data) - 4) or not known:
            raise _wrong_head(head, len(data))
        end = 3 * depth - 2 + (head[depth - 2] & COUNT_MASK)
        core = self._core(data, shape, head, 0, end, len(data), shift)
        x, y, z = core.axes
        assert z is not None
        titles = (x.title, y.title, z.title)
        stop = 10 + (head[2] & COUNT_MASK)
        return Poly(core.title, titles, core.entries, core.cells, core.sumw2, stop)

    def _core(
        self,
        data: bytes,
        shape: _Shape,
        head: tuple[int, ...],
        start: int,
        end: int,
        stop: int,
        shift: int,
    ) -> _Core:
        at = start + shape.head.size - 1
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
        self._check_cells(cells, cells * shape.stored.itemsize, stop - at)
        most = _POLY_AXIS if shape.poly else cells
        x, x_offset, at = self._axes.read(data, at, shift, most)
        y, y_offset, at = self._axes.read(data, at, shift, most)
        z, z_offset = None, 0.0
        if shape.dimension == 1:
            at = skip_pointer(data, at)
        else:
            z, z_offset, at = self._axes.read(data, at, shift, most)
        entries, sumw, sumw2, sumwx, sumwx2, highest, lowest, contours = (
            _STATISTICS.unpack_from(data, at)
        )
        at += _STATISTICS.size
        shown = NOT_SAID
        if lowest != UNSET or highest != UNSET:
            shown = (limit(lowest), limit(highest))
        moved = x_offset or y_offset or z_offset
        offsets = (x_offset, y_offset, z_offset) if moved else ()
        at += 8 * contours
        squares = None
        count = _I32.unpack_from(data, at)[0]
        at += 4
        if count:
            squares, at = _squares(data, at, count, cells)
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
            offsets,
            entries,
            (sumw, sumw2, sumwx, sumwx2),
            shown,
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


def _wrong_head(head: tuple[int, ...], size: int) -> Exception:
    """Why a histogram with such first numbers is not decoded here."""
    if head[0] & COUNTED and head[0] != COUNTED | (size - 4):
        return DamagedError("the object's size is not what its first bytes say")
    # of a version that is not known; without byte count, as Geant4 writes them
    return UnknownLayoutError()


def limit(value: float) -> float | None:
    """A minimum or maximum of a file; None where nobody set a number."""
    return value if value != UNSET and math.isfinite(value) else None


def in_unix_time(histogram: Histogram, offsets: tuple[float, ...]) -> Histogram:
    """A histogram whose axes of time count from another moment, in unix time.

    ROOT's sums are those of the other numbers: they become unknown.
    """
    axes = tuple(
        axis_in_unix_time(axis, offset) if offset else axis
        for axis, offset in zip(histogram.axes, offsets, strict=False)
    )
    sums = (0.0,) * len(histogram.sums)
    return msgspec.structs.replace(histogram, axes=axes, sums=sums)


def _squares(data: bytes, at: int, count: int, cells: int) -> tuple[Array, int]:
    """The sums of squared weights at `at`, and the position behind them."""
    if count != cells:
        message = f"{count:,} squared errors for {cells:,} cells"
        raise DamagedError(message)
    return numbers(data, at, count, FLOAT_BIG, FLOAT), at + 8 * count


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
