"""Writing ROOT files of histograms, graphs, scalars, quality results in one pass.

The file is laid out so that a reader need not jump: the records of all directories,
then all objects folder by folder, then all lists of keys. Formats as in ROOT's
``TFile``, ``TDirectoryFile``, ``TKey`` (``io/io/src``) and, for the DQM tree and the
``TObjString`` forms, CMSSW's ``DQMServices/Core/src/LegacyIOHelper.cc``.
"""

from __future__ import annotations

import hashlib
import uuid
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from struct import Struct
from typing import TYPE_CHECKING

from dqmconsole.model.graph import Graph
from dqmconsole.model.histogram import Histogram, QualityResult, Scalar
from dqmconsole.model.pieces import ended
from dqmconsole.rootio.compression import compress, compression_code
from dqmconsole.rootio.encode import (
    UnwritableError,
    encode_graph,
    encode_histogram,
    encode_string,
    encode_text,
)
from dqmconsole.whole_file import replacing

if TYPE_CHECKING:
    from collections.abc import Generator, Iterable, Mapping, Sequence

    from dqmconsole.rootio.compression import Compression

Element = Histogram | Graph | Scalar | QualityResult

_FILE_HEADER = Struct(">4siiiiiiiBiiiH16s")
_DIRECTORY = Struct(">hIIiiiiiH16s12x")
_KEY = Struct(">iHIIHHII")
_FREE = Struct(">HII")
_U32 = Struct(">I")
_BEGIN = 100
_KEY_VERSION = 4
_DIRECTORY_VERSION = 5
_UUID_VERSION = 1
# The free bytes behind the end of a file with 32-bit positions.
_END_OF_SPACE = 2_000_000_000
# A key's size is a 16-bit number; ROOT cuts titles at 32,000 (kTitleMax in TKey.cxx).
_LONGEST_TEXT = 32_000
_LONGEST_NAME = 16_000
_LARGE = 256 << 10  # bytes whose hash is worth a step
_OBJ_STRING_TITLE = "Collectable string class"
_ROOT_VERSION = 64000  # of the ROOT that wrote the streamer record: 6.40/00
_FIRST_YEAR = 1995
_LAST_YEAR = _FIRST_YEAR + 63


def write_dqm(
    path: Path,
    run: int,
    folders: Mapping[str, Sequence[Element]],
    *,
    compression: Compression = "zlib",
    made: datetime | None = None,
) -> None:
    """Write a CMS DQM file: folder "A/B/C" as ``DQMData/Run N/A/Run summary/B/C``.

    Arguments and errors as for :func:`write_root`.
    """
    write_root(path, dqm_tree(run, folders), compression=compression, made=made)


def dqm_tree(
    run: int, folders: Mapping[str, Sequence[Element]]
) -> dict[str, Sequence[Element]]:
    """Name `folders` as a CMS DQM file of run `run` has them.

    Raises:
        UnwritableError: a folder has no name, so no subsystem.
    """
    tree: dict[str, Sequence[Element]] = {}
    for folder, elements in folders.items():
        subsystem, _, rest = folder.strip("/").partition("/")
        if not subsystem:
            message = f"folder {folder!r} of run {run} names no subsystem"
            raise UnwritableError(message)
        place = f"DQMData/Run {run}/{subsystem}/Run summary"
        tree[f"{place}/{rest}" if rest else place] = elements
    return tree


def write_root(
    path: Path,
    folders: Mapping[str, Sequence[Element]],
    *,
    compression: Compression = "zlib",
    made: datetime | None = None,
) -> None:
    """Write `folders` to a ROOT file, complete or not at all.

    The file is written under a hidden temporary name beside `path` and then
    renamed, so that no reader ever sees a part of it.

    Args:
        path: the file; one that exists is replaced.
        folders: elements by folder ("a/b/c"; "" is the top). Elements of one name
            in one folder become cycles, the last the highest.
        compression: of objects and key lists' objects, at ROOT's default level.
        made: the time to write into keys, as its own zone reads it. When given,
            equal contents give equal bytes.

    Raises:
        UnwritableError: an element does not fit its ROOT class, or the file would
            have more than 2 GB.
        OSError: the disk refuses.
    """
    data = root_bytes(folders, name=path.name, compression=compression, made=made)
    with replacing(path) as part:
        part.write_bytes(data)


def root_bytes(
    folders: Mapping[str, Sequence[Element]],
    *,
    name: str = "memory.root",
    compression: Compression = "zlib",
    made: datetime | None = None,
) -> bytes:
    """Return the bytes of the ROOT file that :func:`write_root` would write.

    Args:
        folders: as for :func:`write_root`.
        name: the file's name, as the file itself says it.
        compression: as for :func:`write_root`.
        made: as for :func:`write_root`.
    """
    steps = root_steps(folders, name=name, compression=compression, made=made)
    return b"".join(ended(steps))


def root_steps(
    folders: Mapping[str, Sequence[Element]],
    *,
    name: str,
    compression: Compression,
    made: datetime | None,
) -> Generator[None, None, list[bytes]]:
    """Put the bytes together as :func:`root_bytes`, one element a step.

    Returns:
        The bytes in pieces.
    """
    return (yield from _File(name, compression, made).write(folders))


class _Folder:
    """A directory while it is written: where its record lies and what it lists."""

    __slots__ = ("cycles", "folders", "keys", "keys_at", "name", "parent", "record")

    def __init__(self, name: str, parent: _Folder | None) -> None:
        self.name = name
        self.parent = parent
        self.folders: dict[str, _Folder] = {}
        self.keys: list[bytes] = []
        self.cycles: dict[str, int] = {}
        self.record = 0
        self.keys_at = (0, 0)


class _File:
    """One file being laid out: chunks of bytes and the position behind them."""

    def __init__(
        self, name: str, compression: Compression, made: datetime | None
    ) -> None:
        self._name = name
        self._compression = compression
        self._code = compression_code(compression)
        self._fixed = made is not None
        self._date = _datime(made or datetime.now(tz=UTC).astimezone())
        self._chunks: list[bytes] = [b""]
        self._position = _BEGIN

    def write(
        self, folders: Mapping[str, Sequence[Element]]
    ) -> Generator[None, None, list[bytes]]:
        top = _Folder(self._name, None)
        homes = [(_descend(top, folder), items) for folder, items in folders.items()]
        every = list(_walk(top))
        self._reserve_directories(every)
        for home, items in homes:
            for item in items:
                self._add_element(home, item)
                yield
        for folder in every:
            self._add_key_list(folder)
        info_at, info_bytes = self._add_streamers(top)
        free_at, free_bytes = self._add_free_list(top)
        end = self._position
        if end >= _END_OF_SPACE:
            message = f"{self._name!r} would have {end:,} bytes, more than 2 GB"
            raise UnwritableError(message)
        identity = yield from self._identity()
        self._fill_directories(every, identity)
        self._chunks[0] = _FILE_HEADER.pack(
            b"root", _ROOT_VERSION, _BEGIN, end, free_at, free_bytes, 1,
            _names_bytes(top), 4, self._code, info_at, info_bytes,
            _UUID_VERSION, identity,
        ).ljust(_BEGIN, b"\0")  # fmt: skip
        return self._chunks

    def _reserve_directories(self, every: list[_Folder]) -> None:
        for folder in every:
            folder.record = self._position
            head = self._directory_key(folder)
            if folder.parent is not None:
                folder.parent.keys.append(head)
                folder.parent.cycles[folder.name] = 1
            names = b""
            if folder.parent is None:
                names = encode_string(self._name) + encode_string("")
            self._append(head + names)
            # The record itself waits for the list of keys to have a place.
            self._append(bytes(_DIRECTORY.size))

    def _directory_key(self, folder: _Folder) -> bytes:
        if folder.parent is None:
            names = _names("TFile", self._name, "")
            body = _names_bytes(folder) - len(names) - _KEY.size + _DIRECTORY.size
            return self._key(names, body, body, 1, 0)
        names = _names("TDirectory", folder.name, folder.name)
        size = _DIRECTORY.size
        return self._key(names, size, size, 1, folder.parent.record)

    def _fill_directories(self, every: list[_Folder], identity: bytes) -> None:
        # The header is the first chunk; each directory has two, its key first.
        for index, folder in enumerate(every):
            place, size = folder.keys_at
            parent = folder.parent.record if folder.parent is not None else 0
            self._chunks[2 + 2 * index] = _DIRECTORY.pack(
                _DIRECTORY_VERSION, self._date, self._date, size,
                _names_bytes(folder), folder.record, parent, place,
                _UUID_VERSION, identity,
            )  # fmt: skip

    def _add_element(self, home: _Folder, element: Element) -> None:
        if isinstance(element, Histogram):
            self._add_object(
                home,
                element.name,
                (element.root_class, element.name, element.title),
                encode_histogram(element),
            )
            if element.efficiency:
                self._add_text(home, f"<{element.name}>e=1</{element.name}>")
        elif isinstance(element, Graph):
            root_class, body = encode_graph(element)
            names = (root_class, element.name, element.title)
            self._add_object(home, element.name, names, body)
            if element.efficiency:
                self._add_text(home, f"<{element.name}>e=1</{element.name}>")
        elif isinstance(element, Scalar):
            self._add_text(home, scalar_text(element))
        else:
            self._add_text(home, quality_text(element))

    def _add_text(self, home: _Folder, text: str) -> None:
        names = ("TObjString", text, _OBJ_STRING_TITLE)
        self._add_object(home, text, names, encode_text(text))

    def _add_object(
        self, home: _Folder, name: str, names: tuple[str, str, str], body: bytes
    ) -> None:
        if name in home.folders:
            message = f"{name!r} is both an element and a folder in {home.name!r}"
            raise UnwritableError(message)
        cycle = home.cycles.get(name, 0) + 1
        home.cycles[name] = cycle
        packed = compress(body, self._compression)
        head = self._key(_names(*names), len(packed), len(body), cycle, home.record)
        self._append(head + packed)
        if cycle == 1:
            home.keys.append(head)
        else:
            # ROOT lists the newest cycle first, and finds that one by name.
            home.keys.insert(0, head)

    def _add_key_list(self, folder: _Folder) -> None:
        body = _U32.pack(len(folder.keys)) + b"".join(folder.keys)
        if folder.parent is None:
            names = _names("TFile", self._name, "")
        else:
            names = _names("TDirectory", folder.name, folder.name)
        place = self._position
        head = self._key(names, len(body), len(body), 1, folder.record)
        self._append(head + body)
        folder.keys_at = (place, self._position - place)

    def _add_streamers(self, top: _Folder) -> tuple[int, int]:
        packed, size = _streamer_record()
        place = self._position
        names = _names("TList", "StreamerInfo", "Doubly linked list")
        self._append(self._key(names, len(packed), size, 1, top.record) + packed)
        return place, self._position - place

    def _add_free_list(self, top: _Folder) -> tuple[int, int]:
        place = self._position
        names = _names("TFile", self._name, "")
        head = self._key(names, _FREE.size, _FREE.size, 1, top.record)
        end = place + len(head) + _FREE.size
        self._append(head + _FREE.pack(1, min(end, _END_OF_SPACE), _END_OF_SPACE))
        return place, end - place

    def _identity(self) -> Generator[None, None, bytes]:
        if not self._fixed:
            return uuid.uuid1().bytes
        digest = hashlib.blake2b(digest_size=16)
        for chunk in self._chunks:
            digest.update(chunk)
            if len(chunk) > _LARGE:
                yield
        return digest.digest()

    def _key(
        self, names: bytes, packed: int, size: int, cycle: int, home: int
    ) -> bytes:
        length = _KEY.size + len(names)
        place = min(self._position, _END_OF_SPACE)
        return (
            _KEY.pack(
                length + packed, _KEY_VERSION, size, self._date, length,
                cycle, place, home,
            )
            + names
        )  # fmt: skip

    def _append(self, chunk: bytes) -> None:
        self._chunks.append(chunk)
        self._position += len(chunk)


def scalar_text(scalar: Scalar) -> str:
    """The text, and key name, of a scalar: ``<name>i=42</name>`` and its like."""
    value = scalar.value
    if isinstance(value, str):
        return f"<{scalar.name}>s={value}</{scalar.name}>"
    if isinstance(value, float):
        return f"<{scalar.name}>f={value:.17g}</{scalar.name}>"
    return f"<{scalar.name}>i={int(value)}</{scalar.name}>"


def quality_text(found: QualityResult) -> str:
    """The text, and key name, of a quality result."""
    name = f"{found.name}.{found.test}"
    result = f"st:{found.code}:{found.result:.17g}:{found.algorithm}:{found.message}"
    return f"<{name}>qr={result}</{name}>"


def _descend(top: _Folder, path: str) -> _Folder:
    here = top
    for part in path.split("/"):
        if part:
            child = here.folders.get(part)
            if child is None:
                child = here.folders[part] = _Folder(part, here)
            here = child
    return here


def _walk(top: _Folder) -> Iterable[_Folder]:
    """Every folder, a parent before its children."""
    waiting = [top]
    while waiting:
        folder = waiting.pop()
        yield folder
        waiting.extend(reversed(folder.folders.values()))


def _names(root_class: str, name: str, title: str) -> bytes:
    names = encode_string(root_class) + encode_string(name) + encode_string(title)
    if len(names) <= _LONGEST_TEXT:
        return names
    # Too long for a key: it is cut, as ROOT does; the object keeps the whole.
    return (
        encode_string(root_class)
        + encode_string(_cut(name, _LONGEST_NAME))
        + encode_string(_cut(title, _LONGEST_NAME - 1000))
    )


def _cut(text: str, most: int) -> str:
    raw = text.encode("utf-8", "surrogateescape")
    if len(raw) <= most:
        return text
    return raw[:most].decode("utf-8", "ignore")


def _names_bytes(folder: _Folder) -> int:
    """ROOT's fNbytesName: from the start of a directory's key to its record."""
    if folder.parent is not None:
        return _KEY.size + len(_names("TDirectory", folder.name, folder.name))
    names = len(_names("TFile", folder.name, ""))
    return _KEY.size + names + len(encode_string(folder.name) + encode_string(""))


def _datime(moment: datetime) -> int:
    """Pack a time as ROOT's TDatime: local, without zone, to the second."""
    if not _FIRST_YEAR <= moment.year <= _LAST_YEAR:
        message = f"ROOT's times end at {_FIRST_YEAR} and {_LAST_YEAR}, not at {moment}"
        raise UnwritableError(message)
    return (
        (moment.year - _FIRST_YEAR) << 26
        | moment.month << 22
        | moment.day << 17
        | moment.hour << 12
        | moment.minute << 6
        | moment.second
    )


@cache
def _streamer_record() -> tuple[bytes, int]:
    """The description of ROOT's classes that every file carries (``StreamerInfo``).

    ``streamerinfo.bin`` is taken byte by byte from a file that ROOT wrote with one
    object of every class that :mod:`dqmconsole.rootio.encode` can write;
    ``tests/data/make_streamerinfo.py`` makes it.

    Returns:
        The record as compressed bytes, and its size when decompressed, in bytes.
    """
    data = Path(__file__).with_name("streamerinfo.bin").read_bytes()
    return data[_U32.size :], _U32.unpack_from(data)[0]
