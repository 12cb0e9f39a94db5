"""``TAxis`` and the small things around it: strings, arrays, labels.

Layouts as in ROOT's ``hist/hist/inc/TAxis.h`` (class versions 9 and 10),
``core/cont/src/TList.cxx`` (5) and ``io/io/src/TBufferFile.cxx`` (pointers).
"""

from __future__ import annotations

import re
from datetime import UTC, datetime
from struct import Struct
from typing import Any

import msgspec
import numpy as np

from dqmconsole.model.histogram import Array, Axis, read_only
from dqmconsole.rootio.errors import DamagedError, UnknownLayoutError
from dqmconsole.rootio.keys import text

COUNTED = 0x40000000
COUNT_MASK = 0x3FFFFFFF
REFERENCED = 0x10
LONG_STRING = 255
FLOAT_BIG = np.dtype(">f8")
FLOAT = np.dtype("f8")

_NEW_CLASS = 0xFFFFFFFF
_CLASS_MASK = 0x80000000
_MAP_OFFSET = 2
_LARGEST = 4e307  # so that high - low is a number, too
_MOST_CACHED = 4096
RANGE_SET = 1 << 11
"""kAxisRange among an axis's bits."""
# What gStyle of a fresh ROOT says (1995-01-01), and what a format's "%F" says.
_TIME_OFFSET = 788918400.0
_OFFSET_FORM = re.compile(
    r"%F\s*(\d+)-(\d+)-(\d+) (\d+):(\d+):(\d+)(?:.*?s\s*([-+.0-9eE]+))?"
)

# TAxis, its TNamed, its TObject (version, id, bits) and the length of its name.
_AXIS = Struct(">IHIHHIIB")
# TAttAxis is passed over; bins, lower and upper edge, number of variable edges.
_BINS = Struct(">I36xiddi")
# First and last bin shown, bits, whether it is time, length of the time's format, and
# the pointer to the labels, which follows where the format is empty.
_TAIL = Struct(">ii2xBBI")
_TATTAXIS_COUNT = COUNTED | 36
_VERSIONS = frozenset({(9, 1, 1), (10, 1, 1)})

_U32 = Struct(">I")
_LIST = Struct(">IHHIIB")
_LIST_VERSION = 5
# The class, then of TObjString: its count and version (passed over), the version,
# id (the bin) and bits of its TObject, the length of its text.
_LABEL = Struct(">4xI6xHIIB")


def skip_string(data: bytes, at: int) -> int:
    """Return the position behind the string at `at`."""
    length = data[at]
    if length == LONG_STRING:
        return at + 5 + int(_U32.unpack_from(data, at + 1)[0])
    return at + 1 + length


def read_string(data: bytes, at: int) -> tuple[str, int]:
    """Return the string at `at` and the position behind it."""
    length = data[at]
    at += 1
    if not length:
        return "", at
    if length == LONG_STRING:
        length = int(_U32.unpack_from(data, at)[0])
        at += 4
    end = at + length
    if end > len(data):
        message = "a text is cut short"
        raise DamagedError(message)
    return text(data[at:end]), end


def skip_pointer(data: bytes, at: int) -> int:
    """Return the position behind the object that is pointed to at `at`."""
    count = int(_U32.unpack_from(data, at)[0])
    if count & COUNTED and count != _NEW_CLASS:
        return at + 4 + (count & COUNT_MASK)
    return at + 4


def numbers(
    data: bytes, at: int, count: int, stored: np.dtype[Any], native: np.dtype[Any]
) -> Array:
    """Return `count` numbers from `at` on, in the machine's byte order, read-only.

    Raises:
        ValueError: the bytes end before (numpy says so before it allocates).
    """
    if count < 0:
        message = f"an array of {count:,} numbers"
        raise DamagedError(message)
    found = np.frombuffer(data, stored, count, at).astype(native)
    found.setflags(write=False)
    return found


class AxisReader:
    """Decodes axes and remembers them by their bytes.

    The axes of a detector's histograms repeat by the thousand; equal ones become
    one shared :class:`Axis`. Those with labels are decoded each time, for their
    bytes refer to other places of the object.
    """

    __slots__ = ("_known",)

    def __init__(self) -> None:
        self._known: dict[bytes, tuple[Axis, float]] = {}

    def read(
        self, data: bytes, at: int, shift: int, cells: int
    ) -> tuple[Axis, float, int]:
        """Return the axis at `at`, its time's offset and the position behind it.

        An axis of time is given as it is in the file: what must be added to its
        numbers, s, to make them unix time is the offset; 0.0 for all others.

        Args:
            data: the object, decompressed.
            at: position of the axis.
            shift: length of the object's key: references count from its start.
            cells: the histogram's cells, whose bytes are known to be there.

        Raises:
            DamagedError: the bytes make no sense.
            UnknownLayoutError: a class version that is not known here.
        """
        end = at + 4 + (int(_U32.unpack_from(data, at)[0]) & COUNT_MASK)
        raw = data[at:end]
        found = self._known.get(raw)
        if found is None:
            found = self._decode(data, at, end, shift, cells)
            if not found[0].labels:
                if len(self._known) >= _MOST_CACHED:
                    self._known.clear()
                self._known[raw] = found
        return found[0], found[1], end

    def _decode(
        self, data: bytes, at: int, end: int, shift: int, cells: int
    ) -> tuple[Axis, float]:
        if end > len(data):
            message = "an axis is cut short"
            raise DamagedError(message)
        count, version, _, named, base, _, bits, length = _AXIS.unpack_from(data, at)
        if not count & COUNTED or (version, named, base) not in _VERSIONS:
            raise UnknownLayoutError
        at += _AXIS.size - 1
        if bits & REFERENCED:
            at += 2
            at = skip_string(data, at)
        elif length == LONG_STRING:
            at = skip_string(data, at)
        else:
            at += 1 + length
        title, at = read_string(data, at)
        count, bins, low, high, edges = _BINS.unpack_from(data, at)
        if count != _TATTAXIS_COUNT:
            raise UnknownLayoutError
        if bins + 2 > cells:
            message = f"an axis of {bins:,} bins, but only {cells:,} cells"
            raise DamagedError(message)
        if not bins or not -_LARGEST < low <= high < _LARGEST:
            message = f"an axis of {bins} bins from {low:g} to {high:g}"
            raise DamagedError(message)
        at += _BINS.size
        variable = None
        if edges:
            if edges != bins + 1:
                message = f"an axis of {bins} bins with {edges} edges"
                raise DamagedError(message)
            variable = numbers(data, at, edges, FLOAT_BIG, FLOAT)
            at += 8 * edges
            _check_edges(variable)
        first, last, time, length, pointer = _TAIL.unpack_from(data, at)
        at += _TAIL.size - 4
        form = ""
        if length:
            form, at = read_string(data, at - 1)
            pointer = _U32.unpack_from(data, at)[0]
        labels = self._labels(data, at, shift, bins) if pointer else ()
        at = skip_pointer(data, at)
        if version > 9:
            at = skip_pointer(data, at)
        if at != end:
            message = "the sizes in an axis do not add up"
            raise DamagedError(message)
        axis = Axis(bins, low, high, variable, title, labels, None, bool(time))
        if bits & RANGE_SET:
            shown = shown_bins(axis, first, last)
            axis = msgspec.structs.replace(axis, shown=shown)
        return axis, time_offset(form) if time else 0.0

    def _labels(self, data: bytes, at: int, shift: int, bins: int) -> tuple[str, ...]:
        count = _U32.unpack_from(data, at)[0]
        if not count & COUNTED:
            # A reference to a list written before; no axis of ROOT shares one.
            raise UnknownLayoutError
        end = at + 4 + (count & COUNT_MASK)
        name, at = class_at(data, at + 4, shift)
        if name != b"THashList":
            raise UnknownLayoutError
        _, version, base, _, bits, length = _LIST.unpack_from(data, at)
        if version != _LIST_VERSION or base != 1 or bits & REFERENCED:
            raise UnknownLayoutError
        at = skip_string(data, at + _LIST.size - 1)
        found = [""] * bins
        items = _U32.unpack_from(data, at)[0]
        if items * _LABEL.size > end - at or end > len(data):
            message = f"a list of {items:,} labels in {end - at:,} bytes"
            raise DamagedError(message)
        at += 4
        known = 0
        unpack, size = _LABEL.unpack_from, _LABEL.size
        for _ in range(items):
            tag, base, bin_number, bits, length = unpack(data, at)
            if tag != known or not tag:
                # The first label names its class, the others refer to it.
                name, start = class_at(data, at + 4, shift)
                if name != b"TObjString":
                    raise UnknownLayoutError
                known = 0 if tag == _NEW_CLASS else tag
                at = start - 8
                _, base, bin_number, bits, length = unpack(data, at)
            if base != 1 or bits & REFERENCED:
                raise UnknownLayoutError
            at += size
            if length == LONG_STRING:
                label, at = read_string(data, at - 1)
            else:
                label = text(data[at : at + length])
                at += length
            # behind it, the option of a TList's link: a string, nearly always empty
            at = skip_string(data, at) if data[at] else at + 1
            if 0 < bin_number <= bins:
                found[bin_number - 1] = label
        if at != end:
            message = "the sizes in a list of labels do not add up"
            raise DamagedError(message)
        return tuple(found)


def shown_bins(axis: Axis, first: int, last: int) -> tuple[float, float] | None:
    """The range of the bins from `first` to `last`, counted from 1; None for all."""
    first, last = max(first, 1), min(last, axis.bins)
    if first > last or (first, last) == (1, axis.bins):
        return None
    if axis.variable is not None:
        return float(axis.variable[first - 1]), float(axis.variable[last])
    width = (axis.high - axis.low) / axis.bins
    return axis.low + (first - 1) * width, axis.low + last * width


def time_offset(form: str) -> float:
    """What an axis of time counts from, unix s, as its format says ("%F1970-01-01 …").

    As ROOT's ``TGaxis::PaintAxis`` takes it: in UTC, with a fraction behind an "s", and
    1995-01-01 where the format names no time, or none that there is.
    """
    found = _OFFSET_FORM.search(form)
    if found is None:
        return _TIME_OFFSET
    try:
        moment = datetime(*map(int, found.groups()[:6]), tzinfo=UTC)  # type: ignore[misc, arg-type] # six integers
        return moment.timestamp() + float(found[7] or 0.0)
    except (ValueError, OverflowError):
        return _TIME_OFFSET


def axis_in_unix_time(axis: Axis, offset: float) -> Axis:
    """An axis of time, its numbers raised by `offset`, s."""
    variable = None
    if axis.variable is not None:
        variable = read_only(axis.variable + offset)
    shown = axis.shown
    if shown is not None:
        shown = (shown[0] + offset, shown[1] + offset)
    return msgspec.structs.replace(
        axis,
        low=axis.low + offset,
        high=axis.high + offset,
        variable=variable,
        shown=shown,
    )


def class_at(data: bytes, at: int, shift: int) -> tuple[bytes, int]:
    """Return the class name of an object behind its byte count, and its position.

    A class is named where it first occurs; later ones refer to that place, counted
    from the start of the key, which is `shift` bytes long.
    """
    tag = _U32.unpack_from(data, at)[0]
    after = at + 4
    if tag != _NEW_CLASS:
        if not tag & _CLASS_MASK:
            raise UnknownLayoutError
        start = (tag & ~_CLASS_MASK) - _MAP_OFFSET - shift
        if not 0 <= start < at or _U32.unpack_from(data, start)[0] != _NEW_CLASS:
            message = "a reference to a class leads nowhere"
            raise DamagedError(message)
        return data[start + 4 : data.index(b"\0", start + 4)], after
    stop = data.index(b"\0", after)
    return data[after:stop], stop + 1


def _check_edges(edges: Array) -> None:
    if not (np.isfinite(edges).all() and (np.diff(edges) >= 0).all()):
        message = "the edges of an axis are not in ascending order"
        raise DamagedError(message)
