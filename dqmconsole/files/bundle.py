"""Evidence bundles: one zip file ⇄ what was in view, exactly.

A bundle is a zip archive. The program reads back ``manifest.json``,
``tiles.msgpack``, ``site.msgpack`` and ``picture.png``; for other tools there are
``data.root`` and ``reference.root`` (plain DQM files), ``data.json`` (histograms in
UHI's serialization, https://uhi.readthedocs.io) and the rest as JSON. Nothing in it
is ever unpacked to a disk, and no member is read beyond its limit. Equal bundles
give equal bytes.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import struct
import zipfile
import zlib
from typing import TYPE_CHECKING, Any, TypeVar

import msgspec

from dqmconsole.files.evidence import Bundle, KeptPlot, Manifest, unsound
from dqmconsole.files.evidence_plain import plain_data, plain_json, plain_root
from dqmconsole.link.codec import decoder, encoder
from dqmconsole.model.site import Site

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator
    from pathlib import Path
    from typing import BinaryIO

SUFFIX = ".dqmevidence"
FORMAT = 1
"""The newest format this program writes and reads."""

_MANIFEST = "manifest.json"
_TILES = "tiles.msgpack"
_SITE = "site.msgpack"
_PICTURE = "picture.png"
MOST_MEMBERS = 64
LARGEST_MEMBER = 256 << 20
"""Bytes of one member when unpacked."""
LARGEST = 512 << 20
"""Bytes of all members together when unpacked."""
_LARGEST_MANIFEST = 16 << 20
# The times of all members: a zip must have some, and none would be news.
_TIME = (1980, 1, 1, 0, 0, 0)
_LATEST = 1e11  # unix time, s: calendars end not long after
_READABLE = 0o100644 << 16  # what unzip gives the unpacked files
# What the standard library raises on a zip file that is none, or damaged.
_DAMAGE = (
    zipfile.BadZipFile,
    zlib.error,
    struct.error,
    EOFError,
    NotImplementedError,  # a compression that is not ours
    RuntimeError,  # an encrypted member
    ValueError,
    KeyError,
    IndexError,
    OverflowError,
)
T = TypeVar("T")


class BundleError(ValueError):
    """A file that is no evidence bundle, or none that can be read or written."""


class Written(msgspec.Struct, frozen=True):
    """A bundle on the disk: blake2b of its bytes (32 hex digits), and their number."""

    hash: str
    size: int


class _Kind(msgspec.Struct):
    format: int
    program: str = ""


def is_bundle(path: Path) -> bool:
    """Tell by its name whether a file is an evidence bundle."""
    return path.suffix.lower() == SUFFIX


def write_bundle(path: Path, bundle: Bundle) -> Written:
    """Write a bundle, complete or not at all; see :func:`writing`."""
    steps = writing(path, bundle)
    while True:
        try:
            next(steps)
        except StopIteration as end:
            written: Written = end.value
            return written


def writing(path: Path, bundle: Bundle) -> Generator[None, None, Written]:
    """Write a bundle step by step; it stands under its name after the last.

    Args:
        path: the file; one that exists is replaced at the end.
        bundle: what to write; the manifest's hashes are filled in.

    Raises:
        BundleError: it would not be read again: too large, or not sound.
        OSError: the disk refuses.
    """
    wrong = unsound(bundle.plots)
    if wrong:
        raise BundleError(wrong)
    temporary = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        with temporary.open("w+b") as file:
            yield from _pack(file, bundle)
            file.flush()
            os.fsync(file.fileno())
            written = _hashed(file)
        yield
        temporary.replace(path)
        _sync_folder(path.parent)
    finally:
        with contextlib.suppress(OSError):
            temporary.unlink(missing_ok=True)
    return written


def read_bundle(path: Path) -> Bundle:
    """Read a bundle back.

    Raises:
        BundleError: it is none, is damaged, or was written by a newer program.
        OSError: it cannot be read.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            return _unpack(archive)
    except BundleError as error:
        message = f"{path}: {error}"
        raise BundleError(message) from error
    except _DAMAGE as error:
        message = f"{path}: no evidence bundle, or a damaged one ({error})"
        raise BundleError(message) from error


def _pack(file: BinaryIO, bundle: Bundle) -> Iterator[None]:
    hashes: dict[str, str] = {}
    room = LARGEST
    left_out: list[str] = []
    with zipfile.ZipFile(file, "w") as archive:
        for name, data in _members(bundle, left_out):
            room -= len(data)
            if len(data) > LARGEST_MEMBER or room < 0:
                message = f"too much for one bundle: {name} has {len(data):,} bytes"
                raise BundleError(message)
            hashes[name] = _hash(data)
            _put(archive, name, data)
            yield
        manifest = msgspec.structs.replace(
            bundle.manifest, members=hashes, left_out=tuple(left_out)
        )
        _put(archive, _MANIFEST, plain_json(manifest))


def _members(bundle: Bundle, left_out: list[str]) -> Iterator[tuple[str, bytes]]:
    pack = encoder().encode
    moment = bundle.manifest.made_at
    if bundle.picture:
        yield _PICTURE, bundle.picture
    yield _TILES, pack(bundle.plots)
    yield _SITE, pack(bundle.site)
    data, left = plain_root("data.root", bundle.plots, "data", moment)
    left_out += left
    if data:
        yield "data.root", data
    data, left = plain_root("reference.root", bundle.plots, "reference", moment)
    left_out += [path for path in left if path not in left_out]
    if data:
        yield "reference.root", data
    yield "data.json", plain_json(plain_data(bundle.plots))
    yield "tiles.json", plain_json(bundle.plots)
    yield "site.json", plain_json(bundle.site)


def _put(archive: zipfile.ZipFile, name: str, data: bytes) -> None:
    info = zipfile.ZipInfo(name, _TIME)
    info.external_attr = _READABLE
    info.create_system = 3  # Unix, whatever writes it
    packed = name.endswith((".png", ".root"))
    info.compress_type = zipfile.ZIP_STORED if packed else zipfile.ZIP_DEFLATED
    archive.writestr(info, data)


def _hashed(file: BinaryIO) -> Written:
    file.seek(0)
    digest = hashlib.blake2b(digest_size=16)
    size = 0
    while chunk := file.read(1 << 20):
        digest.update(chunk)
        size += len(chunk)
    return Written(digest.hexdigest(), size)


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        with contextlib.suppress(OSError):  # some mounts know no such thing
            os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _unpack(archive: zipfile.ZipFile) -> Bundle:
    infos = archive.infolist()
    names = [info.filename for info in infos]
    if len(infos) > MOST_MEMBERS or len(set(names)) < len(names):
        message = f"no evidence bundle: {len(infos)} members, some may be doubled"
        raise BundleError(message)
    if _MANIFEST not in names:
        message = f"no evidence bundle: it has no {_MANIFEST}"
        raise BundleError(message)
    manifest = _manifest(_read(archive, _MANIFEST, _LARGEST_MANIFEST))
    plots = _decoded(archive, manifest, _TILES, tuple[KeptPlot, ...])
    wrong = unsound(plots)
    if wrong:
        message = f"{_TILES} is damaged: {wrong}"
        raise BundleError(message)
    site = _decoded(archive, manifest, _SITE, Site)
    picture = b""
    if _PICTURE in manifest.members:
        picture = _checked(archive, manifest, _PICTURE)
    return Bundle(manifest, plots, site, picture)


def _manifest(data: bytes) -> Manifest:
    try:
        kind = msgspec.json.decode(data, type=_Kind)
        if kind.format > FORMAT:
            message = (
                f"written by dqmconsole {kind.program} in format {kind.format}; this "
                f"one reads up to format {FORMAT}: open it with a newer dqmconsole"
            )
            raise BundleError(message)
        manifest = msgspec.json.decode(data, type=Manifest)
    except (msgspec.MsgspecError, RecursionError) as error:
        message = f"{_MANIFEST} is none of ours: {error}"
        raise BundleError(message) from error
    if not 0 <= manifest.made_at < _LATEST:
        message = f"{_MANIFEST} is of a time that never is: {manifest.made_at:g} s"
        raise BundleError(message)
    return manifest


def _decoded(
    archive: zipfile.ZipFile,
    manifest: Manifest,
    name: str,
    kind: type[T],
) -> T:
    data = _checked(archive, manifest, name)
    try:
        found: Any = decoder(kind).decode(data)
    except (msgspec.MsgspecError, RecursionError) as error:
        message = f"{name} is damaged: {error}"
        raise BundleError(message) from error
    decoded: T = found
    return decoded


def _checked(archive: zipfile.ZipFile, manifest: Manifest, name: str) -> bytes:
    data = _read(archive, name, LARGEST_MEMBER)
    if _hash(data) != manifest.members.get(name):
        message = f"{name} is not the one that the manifest speaks of"
        raise BundleError(message)
    return data


def _read(archive: zipfile.ZipFile, name: str, most: int) -> bytes:
    try:
        info = archive.getinfo(name)
    except KeyError:
        message = f"{name} is missing"
        raise BundleError(message) from None
    # What the archive says of its size may be a lie: it is counted as well.
    data = b""
    if info.file_size <= most:
        with archive.open(info) as member:
            data = member.read(most + 1)
    if info.file_size > most or len(data) > most:
        message = f"{name} would have more than {most:,} bytes"
        raise BundleError(message)
    return data


def _hash(data: bytes) -> str:
    return hashlib.blake2b(data, digest_size=16).hexdigest()
