"""The skeleton of a ROOT file: its header, its directories, their lists of keys.

Layouts as in ROOT's ``TFile``, ``TDirectoryFile`` and ``TKey`` (``io/io/src``); all
numbers are big-endian. A number of version above 1000 (of a file: 1,000,000) says
that positions have 64 bits.
"""

from __future__ import annotations

import functools
from struct import Struct
from sys import intern
from typing import NamedTuple

import msgspec

from dqmconsole.rootio.errors import DamagedError, TooLargeError

_BIG_FILE = 1_000_000
_BIG = 1000
_LONG_STRING = 255
_LIST_HEADER = 1024

_FILE_32 = Struct(">4siiIIIIIBiIi")
_FILE_64 = Struct(">4siiQQIIIBiQi")
_DIRECTORY_32 = Struct(">h8xiiIII")
_DIRECTORY_64 = Struct(">h8xiiQQQ")
# Where in a key the length of its class's name is, with 32- and 64-bit positions.
_CLASS_32, _CLASS_64 = 26, 34
_SMALLEST_KEY = _CLASS_32 + 3
_RECORD = Struct(">IhI4xH")
_U32 = Struct(">I")

HEADER_BYTES = _FILE_64.size
DIRECTORY_BYTES = _DIRECTORY_64.size
RECORD_BYTES = _RECORD.size
_DIRECTORY_CLASSES = frozenset({"TDirectory", "TDirectoryFile"})


class Key(msgspec.Struct, frozen=True, gc=False):
    """One key: where in the file an object lies.

    Attributes:
        name: name of the object in its directory.
        cycle: the higher, the newer.
        root_class: ROOT class of the object.
        seek: position of the object's record in the file, in bytes.
        nbytes: size of the record on disk, its key included.
        objlen: size of the object, decompressed.
        keylen: size of the key in front of the object.
    """

    name: str
    cycle: int
    root_class: str
    seek: int
    nbytes: int
    objlen: int
    keylen: int

    @property
    def is_directory(self) -> bool:
        """Tell whether the key leads to a directory."""
        return self.root_class in _DIRECTORY_CLASSES


class Header(NamedTuple):
    """The first bytes of a file: positions and sizes in bytes."""

    begin: int
    name_bytes: int
    seek_info: int


class Directory(NamedTuple):
    """Where the keys of a directory are listed, and in how many bytes."""

    seek: int
    seek_keys: int
    key_bytes: int


class Listing(NamedTuple):
    """The keys of one directory by name, the highest cycle of each."""

    directories: dict[str, Key]
    objects: dict[str, Key]


def file_header(data: bytes, size: int) -> Header:
    """Decode the header of a file of `size` bytes.

    Raises:
        DamagedError: not a ROOT file, or one that is cut short.
    """
    if not size:
        message = "the file is empty"
        raise DamagedError(message)
    if data[:4] != b"root":
        message = "not a ROOT file (it does not begin with 'root')"
        raise DamagedError(message)
    if len(data) < _FILE_32.size:
        message = f"cut short: only {size} bytes"
        raise DamagedError(message)
    _, version, begin, end, _, _, _, named, _, _, info, _ = _FILE_32.unpack_from(data)
    if version >= _BIG_FILE:
        if len(data) < _FILE_64.size:
            message = f"cut short: only {size} bytes"
            raise DamagedError(message)
        _, _, begin, end, _, _, _, named, _, _, info, _ = _FILE_64.unpack_from(data)
    if end > size:
        message = (
            f"cut short, or still being written: {end} bytes are announced, "
            f"{size} are there"
        )
        raise DamagedError(message)
    return Header(begin, named, info)


def directory_header(data: bytes, seek: int, *, top: bool = True) -> Directory:
    """Decode the record of a directory whose own position is `seek`.

    Args:
        data: the record.
        seek: where the directory's key is.
        top: it is that of the whole file. One below may have no list of keys: ROOT
            leaves out that of a directory in which nothing was written.

    Raises:
        DamagedError: the file was never closed, or its numbers make no sense.
    """
    if len(data) < _DIRECTORY_32.size:
        message = "the record of the directory is cut short"
        raise DamagedError(message)
    version, key_bytes, _, _, _, seek_keys = _DIRECTORY_32.unpack_from(data)
    if version > _BIG:
        if len(data) < _DIRECTORY_64.size:
            message = "the record of the directory is cut short"
            raise DamagedError(message)
        version, key_bytes, _, _, _, seek_keys = _DIRECTORY_64.unpack_from(data)
    if not seek_keys or not key_bytes:
        if not top:
            return Directory(seek, 0, 0)
        message = "still being written: the directory has no list of keys yet"
        raise DamagedError(message)
    if key_bytes < _RECORD.size:
        message = f"a list of keys in {key_bytes} bytes"
        raise DamagedError(message)
    return Directory(seek, seek_keys, key_bytes)


def check_record(record: bytes, key: Key) -> None:
    """Hold the key in front of an object against the one in the list.

    Raises:
        DamagedError: they disagree: the file is corrupt, or was overwritten.
    """
    nbytes, _, objlen, keylen = _RECORD.unpack_from(record)
    if (
        keylen > nbytes
        or nbytes != key.nbytes
        or objlen != key.objlen
        or keylen != key.keylen
    ):
        message = (
            f"the key in the list and the one at byte {key.seek} disagree: "
            "corrupt, or overwritten"
        )
        raise DamagedError(message)


def text(raw: bytes) -> str:
    """Decode the bytes of a ROOT string: UTF-8, or else Latin-1."""
    try:
        return raw.decode()
    except UnicodeDecodeError:
        return raw.decode("latin-1")


def key_list(data: bytes, most: int) -> Listing:
    """Decode a directory's list of keys.

    Args:
        data: the record of the list, its own key included.
        most: how many keys there may be.

    Raises:
        DamagedError: the list is corrupt or longer than `most`.
    """
    total = len(data)
    # How large the list is says its directory, as ROOT takes it: in files of other
    # writers its own key may say something else.
    _, _, _, position = _RECORD.unpack_from(data)
    if not _RECORD.size <= position <= total - 4:
        message = "the list of keys is corrupt: its own key has no sensible length"
        raise DamagedError(message)
    count = _U32.unpack_from(data, position)[0]
    position += 4
    if count * _SMALLEST_KEY > total - position:
        message = f"a list of {count:,} keys in {total:,} bytes"
        raise DamagedError(message)
    if count > most:
        what = f"a list of {count:,} keys"
        raise TooLargeError(what, most)
    listing = Listing({}, {})
    # The bytes are padded so that a corrupt length at the very end is read as
    # zeros and found out by the comparison with `total`, at no cost per key.
    _fill(listing, data + bytes(_LIST_HEADER), position, count, total)
    return listing


@functools.cache
def _key_layout(class_length: int, *, big: bool) -> Struct:
    """Return the layout of a key whose class has a name of that length.

    nbytes, version, size of the object and of the key, cycle, position; the length
    of the class's name, that name, the length of the object's name. The date and the
    position of the directory are passed over.
    """
    position = "Q8x" if big else "I4x"
    return Struct(f">IhI4xHH{position}B{class_length}sB")


def _fill(listing: Listing, data: bytes, position: int, count: int, total: int) -> None:
    # The one loop that runs over every key of a file: it is written for speed. Sizes
    # are only looked at when an object is read.
    directories, objects = listing
    letters = data.decode("latin-1")  # a slice of it is a name, when all is ASCII
    long = _LONG_STRING
    # Mostly a key is like the one before: the same layout fits, and the same class.
    like, raw_like, length_like = 0, b"", 0
    layout = _key_layout(0, big=False)
    unpack, head, root_class, home = layout.unpack_from, layout.size, "", objects
    repeated: list[Key] = []
    for _ in range(count):
        nbytes, version, objlen, keylen, cycle, seek, class_length, raw, length = (
            unpack(data, position)
        )
        if raw != raw_like or class_length != length_like or version != like:
            big = version > _BIG
            length_like = data[position + (_CLASS_64 if big else _CLASS_32)]
            layout = _key_layout(length_like, big=big)
            unpack, head, like = layout.unpack_from, layout.size, version
            nbytes, _, objlen, keylen, cycle, seek, _, raw_like, length = unpack(
                data, position
            )
            root_class = intern(text(raw_like))
            home = directories if root_class in _DIRECTORY_CLASSES else objects
        at = position + head
        if length == long:
            length = _U32.unpack_from(data, at)[0]
            at += 4
        end = at + length
        if home is directories:
            # In a list of ROOT 5.28 or 5.30 the key is longer than it says: that is
            # the length of the one in front of the directory, of class "TDirectory".
            position = max(position + keylen, _behind_text(data, end))
        else:
            position += keylen
        if end >= position:
            message = f"the key in front of byte {position:,} of the list is corrupt"
            raise DamagedError(message)
        name = letters[at:end]
        if not name.isascii():
            name = text(data[at:end])
        key = Key(name, cycle, root_class, seek, nbytes, objlen, keylen)
        if home.setdefault(name, key) is not key:
            repeated.append(key)
    if position > total:
        message = "the list of keys is cut short"
        raise DamagedError(message)
    for key in repeated:
        home = directories if key.is_directory else objects
        if home[key.name].cycle < key.cycle:
            home[key.name] = key


def _behind_text(data: bytes, at: int) -> int:
    """The position behind a text."""
    length = data[at]
    if length == _LONG_STRING:
        return at + 5 + int(_U32.unpack_from(data, at + 1)[0])
    return at + 1 + length


def record_key(start: bytes, seek: int, root_class: str) -> Key:
    """Return the key at the start of a record that no list of keys mentions."""
    nbytes, _, objlen, keylen = _RECORD.unpack_from(start)
    if not RECORD_BYTES <= keylen <= nbytes:
        message = f"the key at byte {seek} is corrupt"
        raise DamagedError(message)
    return Key("", 1, root_class, seek, nbytes, objlen, keylen)
