"""What a histogram gained between two snapshots, and its bytes in a record.

An :class:`Increment` is the difference of two cumulative snapshots. All that it holds
adds up: contents, sums of squared weights, entries, ROOT's statistics. Several of one
binning are packed together, as one table of rows: each array as wide as its values
need (one byte where they are counts below 256), then zstd where that is worth it, with
a checksum.
"""

from __future__ import annotations

import math
import zlib
from struct import Struct
from typing import TYPE_CHECKING, Any

import msgspec
import numpy as np

from dqmconsole.model.histogram import Array, Axis, Histogram, read_only
from dqmconsole.model.sums import ARRAYS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from dqmconsole.model.history import NumberOf


_FRAME = Struct("<4sIQ")  # what it is, checksum of what follows the frame, bytes in it
_PLAIN, _ZSTD = b"dqr0", b"dqr1"
_LEVEL = 1  # of zstd
_SMALL = 1024  # bytes that zstd would take longer to begin with than to pack
_MOST = 1 << 32  # bytes unpacked; what claims more is damaged
_UNSIGNED = ("u1", "u2", "u4")
_SIGNED = ("i1", "i2", "i4")
_CODES = frozenset({*_UNSIGNED, *_SIGNED, "i8", "f4", "f8"})
_SAME = "="
# Where a histogram is not weighted its sums of squares are the contents themselves.
_TWIN = {"sumw2": "contents", "bin_sumw2": "bin_entries"}


class DamagedRecordError(ValueError):
    """Bytes of a record that are not what was written."""


class OtherBinsError(ValueError):
    """Increments whose bins are not the same."""


class Increment(msgspec.Struct, frozen=True, eq=False, gc=False):
    """What a histogram gained: the difference of two snapshots of it.

    Attributes:
        contents, sumw2, bin_entries, bin_sumw2: as of
            :class:`~dqmconsole.model.histogram.Histogram`, flow bins included, x
            fastest; int64 where the histogram holds integers, else float64.
        entries: fills.
        sums: ROOT's statistics, or () where the histogram keeps none.
    """

    contents: Array
    sumw2: Array | None
    bin_entries: Array | None
    bin_sumw2: Array | None
    entries: float
    sums: tuple[float, ...] = ()


class Stack(msgspec.Struct, frozen=True, eq=False, gc=False):
    """Increments of one binning as they were packed, the oldest first.

    Attributes:
        shape: of their arrays, flow bins included.
        arrays: by name, shape ``(n, cells)``, x fastest, in the type stored.
        integers: names of arrays that hold integers.
        entries: fills, shape ``(n,)``, float64.
        sums: ROOT's statistics, shape ``(n, k)``, float64.
    """

    shape: tuple[int, ...]
    arrays: dict[str, Array]
    integers: frozenset[str]
    entries: Array
    sums: Array

    def __len__(self) -> int:
        return len(self.entries)

    def row(self, number: int) -> Increment:
        """One increment, bit for bit as it was packed."""
        return self._increment(
            lambda array, kind: array[number].astype(kind),
            float(self.entries[number]),
            tuple(self.sums[number].tolist()),
        )

    @np.errstate(over="ignore", invalid="ignore")
    def total(self, start: int = 0, stop: int | None = None) -> Increment:
        """The sum of some rows; of counts without loss."""
        rows = slice(start, stop)

        def summed(array: Array, kind: str) -> Array:
            wide = np.int64 if array.dtype.kind in "iu" else np.float64
            total: Array = array[rows].sum(axis=0, dtype=wide).astype(kind)
            return total

        return self._increment(
            summed,
            float(self.entries[rows].sum()),
            tuple(self.sums[rows].sum(axis=0).tolist()),
        )

    def _increment(
        self,
        taken: Callable[[Array, str], Array],
        entries: float,
        sums: tuple[float, ...],
    ) -> Increment:
        def one(name: str) -> Array | None:
            array = self.arrays.get(name)
            if array is None:
                return None
            kind = "i8" if name in self.integers else "f8"
            return read_only(taken(array, kind).reshape(self.shape, order="F"))

        contents = one("contents")
        assert contents is not None, "a stack has contents"
        return Increment(
            contents,
            one("sumw2"),
            one("bin_entries"),
            one("bin_sumw2"),
            entries,
            sums,
        )


class _Head(msgspec.Struct, array_like=True, frozen=True):
    """The head of packed increments: rows, shape, sums a row, and a code an array."""

    rows: int
    shape: tuple[int, ...]
    sums: int
    codes: tuple[str, str, str, str]
    integers: tuple[bool, bool, bool, bool]


_encode_head = msgspec.msgpack.Encoder().encode
_decode_head = msgspec.msgpack.Decoder(_Head).decode


def whole(histogram: Histogram) -> Increment:
    """All that a histogram holds, as what it gained since it was empty."""
    arrays: dict[str, Any] = {
        name: None if array is None else _wide(array)
        for name in ARRAYS
        for array in (getattr(histogram, name),)
    }
    return Increment(**arrays, entries=histogram.entries, sums=histogram.sums)


@np.errstate(over="ignore", invalid="ignore")
def difference(after: Histogram, before: Histogram) -> Increment:
    """What a histogram gained between two snapshots.

    Both are known to be booked alike; see :func:`same_booking`.
    """
    arrays: dict[str, Any] = {}
    for name in ARRAYS:
        late, early = getattr(after, name), getattr(before, name)
        arrays[name] = None
        if late is not None:
            wide = np.int64 if late.dtype.kind in "iu" else np.float64
            arrays[name] = read_only(np.subtract(late, early, dtype=wide))
    pairs = zip(after.sums, before.sums, strict=True)
    return Increment(
        **arrays,
        entries=after.entries - before.entries,
        sums=tuple(a - b for a, b in pairs),
    )


def began_again(after: Histogram, before: Histogram) -> bool:
    """Tell whether a histogram was emptied between two snapshots: entries fell.

    Of one that counts no entries, whether its sum of weights fell.
    """
    if after.entries != before.entries or after.entries:
        return after.entries < before.entries
    with np.errstate(all="ignore"):
        late = float(np.sum(after.contents, dtype=np.float64))
        early = float(np.sum(before.contents, dtype=np.float64))
    return late < early


def fell(increment: Increment) -> bool:
    """Tell whether a bin of counts fell, which no filling does: it was emptied between.

    Weights may be negative: where sums of their squares are kept a bin may fall.
    """
    counted = increment.contents
    if increment.bin_entries is not None:
        counted = increment.bin_entries
    elif increment.sumw2 is not None:
        counted = increment.sumw2
    return bool(counted.min() < 0)


def same_booking(one: Histogram, other: Histogram) -> bool:
    """Tell whether increments of both can be added up: same bins, same arrays."""
    return (
        one.contents.shape == other.contents.shape
        and len(one.sums) == len(other.sums)
        and all(
            (a is None) is (b is None) and (a is None or a.dtype == b.dtype)
            for a, b in ((getattr(one, n), getattr(other, n)) for n in ARRAYS)
        )
        and len(one.axes) == len(other.axes)
        and all(map(same_bins, one.axes, other.axes))
    )


def same_bins(one: Axis, other: Axis) -> bool:
    """Tell whether two axes have the same bins, and no bin has two labels."""
    if one is other:
        return True
    labelled = one.labels == other.labels or not any(
        mine and theirs and mine != theirs
        for mine, theirs in zip(one.labels, other.labels, strict=False)
    )
    return labelled and one.same_bins(other)


def total(increments: Sequence[Increment]) -> Increment:
    """The sum of increments of one binning, one or more.

    Raises:
        OtherBinsError: their arrays are not alike.
    """
    first = increments[0]
    if len(increments) == 1:
        return first
    if any(_form(each) != _form(first) for each in increments):
        message = "increments of different bins have no sum"
        raise OtherBinsError(message)
    arrays: dict[str, Any] = {
        name: None if getattr(first, name) is None else _added(increments, name)
        for name in ARRAYS
    }
    return Increment(
        **arrays,
        entries=sum(each.entries for each in increments),
        sums=tuple(map(sum, zip(*(each.sums for each in increments), strict=True))),
    )


def total_packed(data: Sequence[bytes]) -> Increment:
    """The sum of packed increments of one binning, one or more, of one row each.

    Raises:
        DamagedRecordError: the bytes are not what was written.
        OtherBinsError: their arrays are not alike.
    """
    return total_unpacked(map(unpack, data))


@np.errstate(over="ignore", invalid="ignore")
def total_unpacked(stacks: Iterator[Stack]) -> Increment:
    """The sum of stacks of one binning, one or more, of one row each.

    Raises:
        OtherBinsError: their arrays are not alike.
    """
    first = next(stacks)
    found = first.row(0)
    arrays = {
        name: getattr(found, name).reshape(-1, order="F").copy()
        for name in first.arrays
    }
    entries, sums = found.entries, first.sums[0].copy()
    for stack in stacks:
        if (stack.shape, *stack.arrays) != (first.shape, *first.arrays) or (
            (stack.integers, stack.sums.shape) != (first.integers, first.sums.shape)
        ):
            message = "increments of different bins have no sum"
            raise OtherBinsError(message)
        for name, array in arrays.items():
            array += stack.arrays[name][0]
        entries += float(stack.entries[0])
        sums += stack.sums[0]
    shaped: dict[str, Any] = dict.fromkeys(ARRAYS)
    for name, array in arrays.items():
        shaped[name] = read_only(array.reshape(first.shape, order="F"))
    return Increment(**shaped, entries=entries, sums=tuple(sums.tolist()))


def pack(increments: Sequence[Increment]) -> bytes:
    """Pack increments of one binning, one or more, the oldest first.

    Raises:
        OtherBinsError: their arrays are not alike.
    """
    import cramjam

    first = increments[0]
    if any(_form(each) != _form(first) for each in increments):
        message = "increments of different bins are not packed together"
        raise OtherBinsError(message)
    codes: list[str] = []
    integers: list[bool] = []
    parts: list[bytes] = []
    for name in ARRAYS:
        integers.append(False)
        if getattr(first, name) is None:
            codes.append("")
            continue
        integers[-1] = getattr(first, name).dtype.kind == "i"
        twin = _TWIN.get(name)
        if twin is not None and _is_twin(increments, name, twin):
            codes.append(_SAME)
            continue
        rows = [getattr(each, name).reshape(-1, order="F") for each in increments]
        stored = _narrow(rows[0] if len(rows) == 1 else np.stack(rows))
        codes.append(stored.dtype.str[1:])
        parts.append(
            stored.astype(stored.dtype.newbyteorder("<"), copy=False).tobytes()
        )
    head = _encode_head(
        _Head(
            len(increments),
            first.contents.shape,
            len(first.sums),
            (codes[0], codes[1], codes[2], codes[3]),
            (integers[0], integers[1], integers[2], integers[3]),
        )
    )
    numbers = np.array([(each.entries, *each.sums) for each in increments], dtype="<f8")
    raw = b"".join((bytes((len(head),)), head, numbers.tobytes(), *parts))
    if len(raw) <= _SMALL:
        return _FRAME.pack(_PLAIN, zlib.crc32(raw), len(raw)) + raw
    packed = bytes(cramjam.zstd.compress(raw, _LEVEL))
    return _FRAME.pack(_ZSTD, zlib.crc32(packed), len(raw)) + packed


def unpack(data: bytes) -> Stack:
    """Read packed increments.

    Raises:
        DamagedRecordError: the bytes are not what was written.
    """
    try:
        return _read(data)
    except (msgspec.MsgspecError, ValueError, TypeError, IndexError) as error:
        if isinstance(error, DamagedRecordError):
            raise
        message = f"a damaged record: {error}"
        raise DamagedRecordError(message) from error


@np.errstate(all="ignore")
def numbers(
    stack: Stack, of: NumberOf, bins: tuple[int, ...], shape: tuple[int, ...]
) -> tuple[Array, Array]:
    """A number and its error for each row; NaN where there is none.

    Args:
        stack: the rows.
        of: which number.
        bins: of "bin", which: counted from 0, where 0 is the underflow, one an axis.
        shape: of the arrays in which that bin is meant.
    """
    nothing = np.full(len(stack), np.nan)
    if of == "entries":
        return stack.entries, np.sqrt(np.abs(stack.entries))
    if of == "bin":
        if stack.shape != shape:
            return nothing, nothing
        cell = int(np.ravel_multi_index(bins, stack.shape, order="F"))

        def column(name: str) -> Array:
            return np.asarray(stack.arrays[name][:, cell], np.float64)

        values = column("contents")
        if "bin_entries" in stack.arrays:
            return values / column("bin_entries"), nothing
        squares = column("sumw2") if "sumw2" in stack.arrays else np.abs(values)
        return values, np.sqrt(squares)
    if stack.sums.shape[1] < 4:
        return nothing, nothing
    weights, squares, first, second = stack.sums[:, :4].T
    mean = first / weights
    rms = np.sqrt(np.abs(second / weights - mean**2))
    effective = weights * (weights / squares)
    if of == "mean":
        return mean, rms / np.sqrt(effective)
    return rms, rms / np.sqrt(2 * effective)


def _read(data: bytes) -> Stack:
    raw = _checked(data)
    ends = 1 + raw[0]
    head = _decode_head(raw[1:ends])
    cells = math.prod(head.shape)
    if head.rows < 1 or cells < 1 or head.sums < 0 or any(n < 1 for n in head.shape):
        message = f"a damaged record: {head.rows} rows of shape {head.shape}"
        raise DamagedRecordError(message)
    numbers = np.frombuffer(raw, "<f8", head.rows * (1 + head.sums), ends)
    numbers = numbers.reshape(head.rows, 1 + head.sums)
    at = ends + numbers.nbytes
    arrays: dict[str, Array] = {}
    for name, code in zip(ARRAYS, head.codes, strict=True):
        if not code:
            continue
        if code == _SAME:
            arrays[name] = arrays[_TWIN.get(name, "")]
            continue
        if code not in _CODES:
            message = f"a damaged record: an array of {code!r}"
            raise DamagedRecordError(message)
        stored = np.frombuffer(raw, f"<{code}", head.rows * cells, at)
        at += stored.nbytes
        arrays[name] = stored.reshape(head.rows, cells)
    if at != len(raw) or "contents" not in arrays:
        message = f"a damaged record: {len(raw) - at} bytes too many"
        raise DamagedRecordError(message)
    integers = zip(ARRAYS, head.integers, strict=True)
    return Stack(
        head.shape,
        arrays,
        frozenset(name for name, is_integer in integers if is_integer),
        numbers[:, 0],
        numbers[:, 1:],
    )


def _checked(data: bytes) -> memoryview:
    if len(data) < _FRAME.size:
        message = f"a damaged record: {len(data)} bytes"
        raise DamagedRecordError(message)
    magic, check, size = _FRAME.unpack_from(data)
    packed = data[_FRAME.size :]
    if magic not in (_PLAIN, _ZSTD) or zlib.crc32(packed) != check or size > _MOST:
        message = "a damaged record: its checksum does not match"
        raise DamagedRecordError(message)
    if magic == _PLAIN and len(packed) == size > 0:
        return memoryview(packed)
    import cramjam

    room = bytearray(size)
    try:
        got = cramjam.zstd.decompress_into(packed, room)
    except cramjam.DecompressionError as error:
        message = f"a damaged record: {error}"
        raise DamagedRecordError(message) from error
    if got != size or not size:
        message = f"a damaged record: {got} bytes instead of {size}"
        raise DamagedRecordError(message)
    return memoryview(room).toreadonly()


@np.errstate(invalid="ignore", over="ignore")
def _narrow(array: Array) -> Array:
    """The array in the narrowest type that holds it bit for bit."""
    narrow = array.astype("u1")  # as nearly always: counts of one update
    if _same_bits(narrow, array):
        return narrow
    low, high = array.min(), array.max()
    if np.isfinite(low) and np.isfinite(high):
        for code in _UNSIGNED if low >= 0 else _SIGNED:
            limits = np.iinfo(code)
            if limits.min <= low and high <= limits.max:
                narrow = array.astype(code)
                if _same_bits(narrow, array):
                    return narrow
                break
    if array.dtype.kind == "f":
        narrow = array.astype("f4")
        if _same_bits(narrow, array):
            return narrow
    return array


def _same_bits(narrow: Array, array: Array) -> bool:
    back = narrow.astype(array.dtype)
    return bool((back.view(np.int64) == array.view(np.int64)).all())


def _is_twin(increments: Sequence[Increment], name: str, twin: str) -> bool:
    for each in increments:
        one, other = getattr(each, name), getattr(each, twin)
        if other is None or one.dtype != other.dtype:
            return False
        if not np.array_equal(one.view(np.int64), other.view(np.int64)):
            return False
    return True


def _wide(array: Array) -> Array:
    kind = np.int64 if array.dtype.kind in "iu" else np.float64
    return read_only(array.astype(kind, order="F"))


@np.errstate(over="ignore", invalid="ignore")
def _added(increments: Sequence[Increment], name: str) -> Array:
    found: Array = np.add(getattr(increments[0], name), getattr(increments[1], name))
    for each in increments[2:]:
        found += getattr(each, name)
    return read_only(found)


def _form(increment: Increment) -> tuple[object, ...]:
    """Equal where two increments can be added up."""
    return (
        increment.contents.shape,
        len(increment.sums),
        *(
            None if array is None else array.dtype.kind
            for array in (getattr(increment, name) for name in ARRAYS)
        ),
    )
