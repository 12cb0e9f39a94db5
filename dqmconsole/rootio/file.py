"""A ROOT file as a lazily decoded tree of directories and objects."""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING, NamedTuple

import msgspec

from dqmconsole.model.graph import Graph
from dqmconsole.model.histogram import Histogram, Scalar
from dqmconsole.rootio import keys
from dqmconsole.rootio.apart import SHARED, Request
from dqmconsole.rootio.compression import decompress
from dqmconsole.rootio.errors import (
    BeingReadError,
    DamagedError,
    RootFileError,
    TooLargeError,
    UnknownLayoutError,
    UnreadableClassError,
)
from dqmconsole.rootio.histograms import HISTOGRAMS, HistogramReader
from dqmconsole.rootio.objects import OBJECTS, ObjectReader
from dqmconsole.rootio.scalars import obj_string
from dqmconsole.rootio.source import ByteSource, Identity

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from dqmconsole.model.graph import Element
    from dqmconsole.rootio.efficiencies import StoredEfficiency

INSTEAD = {
    "TTree": "fill histograms from it",
    "TNtuple": "fill histograms from it",
    "TNtupleD": "fill histograms from it",
    "TChain": "fill histograms from it",
    "ROOT::RNTuple": "fill histograms from it",
    "TGraph2D": "write it as a TH2",
    "TGraph2DErrors": "write it as a TH2",
    "TGraph2DAsymmErrors": "write it as a TH2",
    "TProfile2Poly": "write it as a TH2Poly of its means",
    "THnSparseT<TArrayF>": "write projections of it",
    "THnSparseT<TArrayD>": "write projections of it",
    "TF1": "write it as a TGraph",
    "TF2": "write it as a TH2",
    "TCanvas": "write the histograms and graphs on it, or a list of them",
    "TNamed": "write a TObjString for a text",
}
"""Classes that nobody here reads, and the nearest that can be drawn."""

# What decoding bytes that are not what they should be can raise.
_DAMAGE = (DamagedError, struct.error, IndexError, ValueError, OverflowError)


_MEBIBYTE = 1 << 20


class Limits(msgspec.Struct, frozen=True):
    """Upper bounds of what is read from one file.

    Every count and size in a ROOT file is a number that anyone can write: a file of
    1 MB can ask for gigabytes of zeros, and a directory can contain itself. Nothing
    is allocated, decompressed or walked before its size was held against these.
    A map of 4000 × 4000 bins fits, doubles with their squared errors included.

    Attributes:
        object_bytes: size of one object, decompressed, in bytes.
        streamer_bytes: size of the file's own description of its classes.
        key_list_bytes: size of one directory's list of keys, in bytes.
        keys: keys in the whole file.
        depth: directories within directories.
        cells: bins of one histogram, flow bins included.
    """

    object_bytes: int = 256 * _MEBIBYTE
    streamer_bytes: int = 4 * _MEBIBYTE
    key_list_bytes: int = 256 * _MEBIBYTE
    keys: int = 2_000_000
    depth: int = 64
    cells: int = 20_000_000


class Walked(NamedTuple):
    """One directory met on a walk: its path in the file and its keys."""

    path: str
    listing: keys.Listing


class RootFile:
    """A ROOT file, any tree; nothing is read before it is asked for.

    Args:
        source: path of the file, or its bytes.
        name: how messages call it; the path when left out.
        limits: what is refused.
        patience: seconds to wait for what a child process reads; the process's own
            patience when left out.

    Raises:
        RootFileError: not a ROOT file, empty, cut short, or still being written.
    """

    def __init__(
        self,
        source: Path | bytes,
        *,
        name: str = "",
        limits: Limits | None = None,
        patience: float | None = None,
    ) -> None:
        self._limits = limits or Limits()
        self._patience = patience
        self._source = ByteSource(source, name)
        self._histograms = HistogramReader(self._limits.cells)
        self._objects = ObjectReader(self._histograms, self._limits.cells)
        self._described: tuple[keys.Key, bytes] | None = None
        try:
            size = self._source.size
            start = self._source.read(0, min(size, keys.HEADER_BYTES))
            self._header = keys.file_header(start, size)
            self.root = self._directory_at(
                self._header.begin + self._header.name_bytes, self._header.begin
            )
        except _DAMAGE as error:
            self.close()
            raise RootFileError(self.path, str(error)) from error

    def __enter__(self) -> RootFile:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @property
    def path(self) -> str:
        """The file as messages call it."""
        return self._source.name

    @property
    def identity(self) -> Identity:
        """Inode, size and time of the last change when the file was opened."""
        return self._source.identity

    def close(self) -> None:
        """Close the file; closing twice does no harm."""
        self._source.close()

    def unchanged(self) -> bool:
        """Tell whether the path still names the file as it was opened."""
        return self._source.unchanged()

    def directory(self, key: keys.Key, where: str = "") -> keys.Directory:
        """Return the directory that `key` leads to.

        Raises:
            RootFileError: its record is corrupt.
        """
        try:
            return self._directory_at(key.seek + key.keylen, key.seek, top=False)
        except _DAMAGE as error:
            raise RootFileError(self.path, str(error), where) from error

    def listing(self, directory: keys.Directory, where: str = "") -> keys.Listing:
        """Return the keys of a directory, the highest cycle of each name.

        Raises:
            RootFileError: the list is corrupt, or larger than the limits allow.
        """
        if not directory.key_bytes:
            return keys.Listing({}, {})
        try:
            if directory.key_bytes > self._limits.key_list_bytes:
                what = f"a list of keys in {directory.key_bytes:,} bytes"
                raise TooLargeError(what, self._limits.key_list_bytes)
            record = self._source.read(directory.seek_keys, directory.key_bytes)
            return keys.key_list(record, self._limits.keys)
        except _DAMAGE as error:
            raise RootFileError(self.path, str(error), where) from error

    def walk(self, start: keys.Directory, path: str = "") -> Iterator[Walked]:
        """Yield `start` and all directories below it, each once, parents first.

        Raises:
            RootFileError: a directory is corrupt or contains itself, or there are
                more directories or keys than the limits allow.
        """
        seen: set[int] = set()
        total = key_bytes = 0
        stack = [(start, path, 0)]
        while stack:
            directory, path, depth = stack.pop()
            self._check_walk(directory, path, depth, seen)
            key_bytes += directory.key_bytes
            listing = self.listing(directory, path)
            total += len(listing.objects) + len(listing.directories)
            if total > self._limits.keys:
                message = f"more than {self._limits.keys:,} keys, the most that is read"
                raise RootFileError(self.path, message, path)
            # Lists of keys cannot overlap, so together they fit into the file.
            if key_bytes > self._source.size:
                message = "lists of keys that overlap"
                raise RootFileError(self.path, message, path)
            yield Walked(path, listing)
            prefix = f"{path}/" if path else ""
            for name in reversed(listing.directories):
                below = f"{prefix}{name}"
                found = self.directory(listing.directories[name], below)
                stack.append((found, below, depth + 1))

    def stored(self, key: keys.Key, where: str = "") -> bytes:
        """Return an object's bytes as they are stored, compressed, without its key.

        Equal bytes are equal objects: a cheap way to see that nothing changed.

        Raises:
            RootFileError: the record is corrupt or cut short.
        """
        try:
            return self._record(key)[key.keylen :]
        except _DAMAGE as error:
            raise RootFileError(self.path, str(error), where) from error

    def read(
        self, key: keys.Key, where: str = "", *, efficiency: bool = False
    ) -> Element:
        """Decode the object that `key` leads to.

        Args:
            key: from a listing of this file.
            where: path of the object, for messages.
            efficiency: whether the producer marked it as an efficiency.

        Raises:
            RootFileError: the object is corrupt, or larger than the limits allow.
            UnreadableClassError: of a class nobody here can read.
            BeingReadError: of a class that another process is reading: ask again.
        """
        try:
            data = self._payload(key)
            if key.root_class in HISTOGRAMS:
                return self._histograms.read(
                    data, key.root_class, key.name, key.keylen, efficiency=efficiency
                )
            if key.root_class in OBJECTS:
                found = self._objects.read(data, key.root_class, key.name, key.keylen)
                if efficiency and isinstance(found, Graph | Histogram):
                    found = msgspec.structs.replace(found, efficiency=True)
                return found
            if key.root_class == "TObjString":
                return Scalar(key.name, obj_string(data))
        except UnknownLayoutError:
            pass
        except _DAMAGE as error:
            what = f"{key.root_class} cannot be read: {error}"
            raise RootFileError(self.path, what, where or key.name) from error
        return self._read_otherwise(key, data, where or key.name, efficiency)

    def counts(
        self, key: keys.Key, where: str = ""
    ) -> tuple[StoredEfficiency, Histogram, Histogram]:
        """Decode a TEfficiency: as it is stored, what passed and what was tried.

        Raises:
            RootFileError: it is corrupt, or of a version that is not known here.
        """
        try:
            return self._objects.counts(self._payload(key), key.keylen)
        except (UnknownLayoutError, *_DAMAGE) as error:
            why = str(error) or "its version is not known"
            what = f"{key.root_class} cannot be read: {why}"
            raise RootFileError(self.path, what, where or key.name) from error

    def _read_otherwise(
        self, key: keys.Key, data: bytes, where: str, efficiency: bool
    ) -> Histogram | Graph:
        def request() -> Request:
            assert self._described is not None
            return Request(key, data, *self._described, self._limits.cells)

        if key.root_class in INSTEAD:
            reason = INSTEAD[key.root_class]
            raise UnreadableClassError(self.path, key.root_class, where, reason)
        if self._described is None:
            self._described = self._streamers(where)
        mark = (self.path, self._source.mark, key, self._limits.cells)
        answer = SHARED.read(mark, request, self._patience)
        if answer is None:
            raise BeingReadError(self.path, key.root_class, where)
        found = answer.histogram or answer.graph
        if found is None:
            raise UnreadableClassError(self.path, key.root_class, where, answer.refusal)
        return msgspec.structs.replace(found, efficiency=efficiency)

    def _streamers(self, where: str) -> tuple[keys.Key, bytes]:
        """Return the file's description of its classes: its key and its bytes."""
        header = self._header
        try:
            if not header.seek_info:
                message = "the file does not describe its classes"
                raise DamagedError(message)
            start = self._source.read(header.seek_info, keys.RECORD_BYTES)
            key = keys.record_key(start, header.seek_info, "TList")
            size = max(key.objlen, key.nbytes)
            if size > self._limits.streamer_bytes:
                what = f"a description of its classes in {size:,} bytes"
                raise TooLargeError(what, self._limits.streamer_bytes)
            return key, self._payload(key)
        except _DAMAGE as error:
            raise RootFileError(self.path, str(error), where) from error

    def _record(self, key: keys.Key) -> bytes:
        if key.objlen > self._limits.object_bytes or key.nbytes > (
            self._limits.object_bytes + key.keylen
        ):
            what = f"an object of {max(key.objlen, key.nbytes):,} bytes"
            raise TooLargeError(what, self._limits.object_bytes)
        record = self._source.read(key.seek, key.nbytes)
        keys.check_record(record, key)
        return record

    def _payload(self, key: keys.Key) -> bytes:
        record = self._record(key)
        packed = key.nbytes - key.keylen
        if packed == key.objlen:
            return record[key.keylen :]
        if packed > key.objlen:
            message = f"an object of {key.objlen} bytes in {packed}"
            raise DamagedError(message)
        return decompress(record, key.keylen, key.objlen)

    def _directory_at(
        self, start: int, seek: int, *, top: bool = True
    ) -> keys.Directory:
        length = min(keys.DIRECTORY_BYTES, max(self._source.size - start, 0))
        return keys.directory_header(self._source.read(start, length), seek, top=top)

    def _check_walk(
        self, directory: keys.Directory, path: str, depth: int, seen: set[int]
    ) -> None:
        if directory.seek in seen or directory.seek_keys in seen:
            message = "the directory contains itself, or is in two places"
            raise RootFileError(self.path, message, path)
        if depth > self._limits.depth:
            message = f"directories more than {self._limits.depth} deep, the most read"
            raise RootFileError(self.path, message, path[:200])
        seen.add(directory.seek)
        if directory.key_bytes:
            seen.add(directory.seek_keys)
