"""The bytes of a streamed object, from front to back: numbers, texts, pointers.

As ROOT's ``TBufferFile`` writes them (``io/io/src/TBufferFile.cxx``): every class has
a byte count and a version; an object that is pointed to stands where it is first met,
with its class, and later pointers to it name that place, counted from the start of its
key.
"""

from __future__ import annotations

from struct import Struct
from typing import TYPE_CHECKING, Any, NamedTuple

from dqmconsole.rootio.axes import (
    COUNT_MASK,
    COUNTED,
    FLOAT,
    FLOAT_BIG,
    REFERENCED,
    class_at,
    numbers,
    read_string,
)
from dqmconsole.rootio.errors import DamagedError, TooLargeError, UnknownLayoutError
from dqmconsole.rootio.keys import text

if TYPE_CHECKING:
    from dqmconsole.model.histogram import Array

MOST_ITEMS = 100_000
"""Objects that one list may hold; each costs time."""

_U8 = Struct(">B")
_I32 = Struct(">i")
_U32 = Struct(">I")
_F64 = Struct(">d")
_VERSION = Struct(">IH")
_OBJECT = Struct(">HII")
_NEW_CLASS = 0xFFFFFFFF
_CLASS_MASK = 0x80000000
_MAP_OFFSET = 2
_LISTS = {"TList": 5, "THashList": 5, "TObjArray": 3}
LISTS = frozenset(_LISTS)


class Pointed(NamedTuple):
    """An object that is pointed to: its class, and where its bytes are."""

    root_class: str
    start: int
    stop: int


class Named(NamedTuple):
    """What a TNamed says, with the bits of its TObject."""

    name: str
    title: str
    bits: int


class Item(NamedTuple):
    """One entry of a list, with the option it is drawn with."""

    held: Pointed
    option: str


class Buffer:
    """Decodes one object, from `at` on; every method moves on behind what it read.

    Args:
        data: the object of a key, decompressed.
        shift: length of that key.
        at: where to begin.

    All methods raise DamagedError, struct.error, IndexError or ValueError where the
    bytes make no sense or end too early, and UnknownLayoutError for a version of a
    class that is not known here.
    """

    __slots__ = ("at", "data", "shift")

    def __init__(self, data: bytes, shift: int, at: int = 0) -> None:
        self.data = data
        self.shift = shift
        self.at = at

    def u8(self) -> int:
        """One byte."""
        return int(self._number(_U8))

    def i32(self) -> int:
        """A signed integer of 32 bits."""
        return int(self._number(_I32))

    def f64(self) -> float:
        """A double."""
        return float(self._number(_F64))

    def skip(self, size: int) -> None:
        """Pass over so many bytes."""
        self.at += size

    def string(self) -> str:
        """A TString."""
        found, self.at = read_string(self.data, self.at)
        return found

    def begin(self, *versions: int) -> int:
        """The head of a class, of one of `versions`; where its bytes end."""
        count, version = _VERSION.unpack_from(self.data, self.at)
        if not count & COUNTED or version not in versions:
            raise UnknownLayoutError
        end = self.at + 4 + (int(count) & COUNT_MASK)
        if end > len(self.data):
            message = "an object is cut short"
            raise DamagedError(message)
        self.at += _VERSION.size
        return end

    def finish(self, end: int) -> None:
        """Check that a class that was begun ends here."""
        if self.at != end:
            message = "the sizes in the object do not add up"
            raise DamagedError(message)

    def skip_counted(self) -> None:
        """Pass over an object, by its byte count."""
        count = int(_U32.unpack_from(self.data, self.at)[0])
        if not count & COUNTED:
            raise UnknownLayoutError
        self.at += 4 + (count & COUNT_MASK)

    def object_bits(self) -> int:
        """A TObject; its bits."""
        version, _, bits = _OBJECT.unpack_from(self.data, self.at)
        if version != 1:
            raise UnknownLayoutError
        self.at += _OBJECT.size + (2 if bits & REFERENCED else 0)
        return int(bits)

    def named(self) -> Named:
        """A TNamed."""
        end = self.begin(1)
        bits = self.object_bits()
        found = Named(self.string(), self.string(), bits)
        self.finish(end)
        return found

    def doubles(self, count: int) -> Array:
        """So many doubles, in the machine's byte order, read-only."""
        found = numbers(self.data, self.at, count, FLOAT_BIG, FLOAT)
        self.at += 8 * count
        return found

    def pointed_doubles(self, count: int) -> Array | None:
        """An array that a member points to, of so many doubles; None: to nothing."""
        return self.doubles(count) if self.u8() else None

    def counted_doubles(self) -> Array:
        """A TArrayD: its length, and so many doubles."""
        return self.doubles(self.i32())

    def pointer(self) -> Pointed | None:
        """What a pointer leads to; None: to nothing."""
        at = self.at
        count = int(_U32.unpack_from(self.data, at)[0])
        if not count:
            self.at += 4
            return None
        if count == _NEW_CLASS or count & _CLASS_MASK:
            raise UnknownLayoutError  # without a byte count nobody knows its end
        if count & COUNTED:
            found = self._inline(at, count)
            self.at = found.stop
            return found
        start = count - _MAP_OFFSET - self.shift
        if not 0 <= start < at:
            message = "a pointer leads nowhere"
            raise DamagedError(message)
        self.at += 4
        count = int(_U32.unpack_from(self.data, start)[0])
        if not count & COUNTED or count == _NEW_CLASS:
            message = "a pointer leads to no object"
            raise DamagedError(message)
        return self._inline(start, count)

    def items(self, root_class: str) -> list[Item]:
        """What a TList, THashList or TObjArray holds; null pointers are left out.

        Raises:
            TooLargeError: it holds more than MOST_ITEMS.
        """
        end = self.begin(_LISTS[root_class])
        self.object_bits()
        self.string()  # its name
        count = self.i32()
        array = root_class == "TObjArray"
        if array:
            self.skip(4)  # the index of the first
        if not 0 <= count <= (end - self.at) // (4 if array else 5):
            message = f"a list of {count:,} objects in {end - self.at:,} bytes"
            raise DamagedError(message)
        if count > MOST_ITEMS:
            what = f"a list of {count:,} objects"
            raise TooLargeError(what, MOST_ITEMS)
        found = []
        for _ in range(count):
            held = self.pointer()
            option = "" if array else self.string()
            if held is not None:
                found.append(Item(held, option))
        self.finish(end)
        return found

    def _inline(self, at: int, count: int) -> Pointed:
        stop = at + 4 + (count & COUNT_MASK)
        if stop > len(self.data):
            message = "an object is cut short"
            raise DamagedError(message)
        name, start = class_at(self.data, at + 4, self.shift)
        if start > stop:
            message = "the sizes in the object do not add up"
            raise DamagedError(message)
        return Pointed(text(name), start, stop)

    def _number(self, form: Struct) -> Any:  # noqa: ANN401 - a number of that form
        (found,) = form.unpack_from(self.data, self.at)
        self.at += form.size
        return found
