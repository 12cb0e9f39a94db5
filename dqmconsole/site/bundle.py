"""Evidence bundles: one zip file ⇄ what was in view, exactly.

A bundle is a zip archive of ``manifest.json`` (verdicts, words, where all came from,
versions, the part of the site that the view rests on), ``data.root`` (the histograms
and their references; see :mod:`dqmconsole.site.evidence_root`) and ``picture.png``.
Bundles of format 1, whose plots and site are MessagePack, are read as well. Nothing in
it is ever unpacked to a disk, and no member is read beyond its limit. Equal bundles
give equal bytes.
"""

from __future__ import annotations

import contextlib
import errno
import hashlib
import math
import os
import re
import struct
import time
import zipfile
import zlib
from lzma import LZMAError
from typing import TYPE_CHECKING, Any

import msgspec
import numpy as np

from dqmconsole.link.codec import decoder
from dqmconsole.model.frame import Picture
from dqmconsole.model.histogram import read_only
from dqmconsole.model.message import EVIDENCE_SUFFIX
from dqmconsole.model.pieces import ended
from dqmconsole.model.site import Site
from dqmconsole.rootio.encode import UnwritableError
from dqmconsole.rootio.errors import RootFileError
from dqmconsole.site.bounded import TooMuchError, check_json, check_msgpack
from dqmconsole.site.evidence import Bundle, KeptPlot, Manifest, unsound
from dqmconsole.site.evidence_json import from_json, to_json
from dqmconsole.site.evidence_root import (
    RootReading,
    RootWriting,
    StoredArrays,
    StoredHistogram,
    arrays_of,
    graph_with,
    polygons_with,
)
from dqmconsole.whole_file import replacing

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator
    from pathlib import Path
    from typing import BinaryIO

    from dqmconsole.model.frame import RunBeside
    from dqmconsole.model.histogram import Array, Histogram

FORMAT = 2
"""The format this program writes, and the newest it reads."""

_MANIFEST = "manifest.json"
_DATA = "data.root"
_TILES = "tiles.msgpack"  # of format 1
_SITE = "site.msgpack"  # likewise
_PICTURE = "picture.png"
MOST_MEMBERS = 256
LARGEST_MEMBER = 256 << 20
"""Bytes of one member when unpacked."""
_LARGEST_MANIFEST = 64 << 20
_LARGEST_SITE = 32 << 20
_LARGEST_PICTURE = 64 << 20
_LARGEST_DIRECTORY = 64 << 10  # bytes of the list of members
_COMPRESSIONS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
_END = struct.Struct("<4s4H2LH")  # the last record of a zip file
_LONGEST_COMMENT = (1 << 16) - 1
_CHUNK = 256 << 10  # bytes that are compressed, or unpacked, in one step
_SMALL = 128 << 10  # bytes that are worth no step of their own
_SYNC_EVERY = 8 << 20  # bytes
_LARGE = 1 << 20  # bytes of bins from which on speed counts more than size
_LATEST = 1e11  # unix time, s: calendars end not long after
_MEASURED = ("low", "high", "offending", "pulls")  # arrays of Expected
_READABLE = 0o100644 << 16  # what unzip gives the unpacked files
# What the standard library raises on a zip file that is none, or damaged.
_DAMAGE = (
    zipfile.BadZipFile,
    zlib.error,
    LZMAError,
    struct.error,
    EOFError,
    NotImplementedError,  # a compression that is not ours
    RuntimeError,  # an encrypted member
    ValueError,
    KeyError,
    IndexError,
    OverflowError,
)


class BundleError(ValueError):
    """A file that is no evidence bundle, or none that can be read or written."""


class WrittenBundle(msgspec.Struct, frozen=True):
    """A bundle on the disk: blake2b of its bytes (32 hex digits), and their number."""

    hash: str
    size: int


class StoredPlot(msgspec.Struct, frozen=True):
    """A plot in the manifest, and where its histograms lie.

    Attributes:
        plot: all but its histograms and how they compare, which follows from them.
        data: what its tile draws.
        reference: the reference, unscaled.
        undrawn: the element, when no tile draws it.
        overlays: the further elements that its tile draws.
        graphs: the arrays of its graphs.
        polygons: the arrays of its polygons.
        expected: the arrays of what its verdict measured against.
        beside: the further runs, unscaled; None of one that is not drawn.
    """

    plot: KeptPlot
    data: StoredHistogram | None = None
    reference: StoredHistogram | None = None
    undrawn: StoredHistogram | None = None
    overlays: tuple[StoredHistogram, ...] = ()
    graphs: tuple[StoredArrays, ...] = ()
    polygons: StoredArrays | None = None
    expected: StoredArrays | None = None
    beside: tuple[StoredHistogram | None, ...] = ()


class _Document(Manifest, frozen=True, kw_only=True):
    """``manifest.json`` as a whole."""

    plots: tuple[StoredPlot, ...]
    site: Site


class _Kind(msgspec.Struct):
    format: int
    program: str = ""


def is_bundle(path: Path) -> bool:
    """Tell by its name whether a file is an evidence bundle."""
    return path.suffix.lower() == EVIDENCE_SUFFIX


def writing(path: Path, bundle: Bundle) -> Generator[None, None, WrittenBundle]:
    """Write a bundle in short steps; it stands under its name after the last.

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
    remove_leavings(path.parent, EVIDENCE_SUFFIX)
    with replacing(path, durable=True) as part:
        with part.open("w+b") as file:
            yield from _pack(file, bundle)
            yield
            file.flush()
            os.fsync(file.fileno())
            written = yield from _hashed(file)
        yield
    return written


def read_bundle(path: Path) -> Bundle:
    """Read a bundle back; see :func:`reading`."""
    return ended(reading(path))


def reading(path: Path) -> Generator[None, None, Bundle]:
    """Read a bundle back in short steps.

    Raises:
        BundleError: it is none, is damaged, or was written by a newer program.
        OSError: it cannot be read.
    """
    with path.open("rb") as file:
        try:
            _check_directory(file)
            with zipfile.ZipFile(file) as archive:
                return (yield from _unpack(archive))
        except BundleError as error:
            message = f"{path}: {error}"
            raise BundleError(message) from error
        except MemoryError as error:
            message = f"{path}: there is not enough memory to open it"
            raise BundleError(message) from error
        except OSError as error:
            # A seek to before the file's begin; what the disk says has other numbers.
            if error.errno not in (None, errno.EINVAL):
                raise
            message = f"{path}: no evidence bundle, or a damaged one"
            raise BundleError(message) from error
        except _DAMAGE as error:
            message = f"{path}: no evidence bundle, or a damaged one ({error})"
            raise BundleError(message) from error


def _pack(file: BinaryIO, bundle: Bundle) -> Generator[None, None, None]:
    size = sum(kept.nbytes for kept in bundle.plots)
    level = 6 if size < _LARGE else 1
    hashes: dict[str, str] = {}
    writing = RootWriting()
    plots = []
    for kept in bundle.plots:
        plots.append(to_json(_stored(writing, kept)))
        yield
    try:
        chunks = yield from writing.pieces(bundle.manifest.made_at)
    except UnwritableError as error:
        raise BundleError(str(error)) from error
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED, compresslevel=level) as zip_:
        for name, pieces in ((_PICTURE, [bundle.picture]), (_DATA, chunks)):
            if not any(pieces):
                continue
            most = LARGEST_MEMBER if name == _DATA else _LARGEST_PICTURE
            hashes[name] = yield from _put(file, zip_, name, iter(pieces), most)
            yield
        manifest = msgspec.structs.replace(
            bundle.manifest, format=FORMAT, members=hashes
        )
        pieces = _json(manifest, plots, bundle.site)
        with _naming(f"too much for one bundle: {_MANIFEST}"):
            check_json(b"".join(pieces))
        yield
        yield from _put(file, zip_, _MANIFEST, iter(pieces), _LARGEST_MANIFEST)


def _json(manifest: Manifest, plots: list[bytes], site: Site) -> list[bytes]:
    head = to_json(manifest).removesuffix(b"}")
    between = b",\n".join(plots)
    return [head, b',"plots":[\n', between, b'\n],"site":', to_json(site), b"}\n"]


def _stored(writing: RootWriting, kept: KeptPlot) -> StoredPlot:
    """What stands in the manifest of a plot; its histograms go into the ROOT file."""
    tile, picture = kept.tile, kept.tile.picture
    run, path = tile.run, tile.path
    drawn: Histogram | None = None
    overlays: tuple[Histogram, ...] = ()
    measured: dict[str, Array] = {}
    runs: tuple[RunBeside, ...] = ()
    if picture is not None:
        drawn, overlays = picture.data, picture.overlays
        runs = picture.beside
        expected = picture.expected
        if expected is not None:  # its arrays have no place in JSON
            arrays = {name: getattr(expected, name) for name in _MEASURED}
            measured = {
                name: array.ravel()
                for name, array in arrays.items()
                if array is not None
            }
            expected = msgspec.structs.replace(expected, **dict.fromkeys(_MEASURED))
        # How data and reference compare follows from both.
        picture = msgspec.structs.replace(
            picture,
            data=None,
            overlays=(),
            reference=None,
            comparison=None,
            expected=expected,
            beside=tuple(
                msgspec.structs.replace(each, histogram=None) for each in runs
            ),
        )
    # The whole has the element's own place, and what was drawn of it another.
    undrawn = None if kept.undrawn is None else writing.data(run, path, kept.undrawn)
    data = None if drawn is None else writing.data(run, path, drawn)
    graphs = () if picture is None else picture.graphs
    polygons = None if picture is None else picture.polygons
    reference = None
    if kept.reference is not None:
        reference = writing.reference(kept.note.run, path, kept.reference)
    scalars = () if kept.scalar is None else (kept.scalar,)
    writing.others(data or undrawn, run, path, (*scalars, *kept.qualities))
    paths = (*kept.overlays, *(each.name for each in overlays[len(kept.overlays) :]))
    return StoredPlot(
        plot=msgspec.structs.replace(
            kept,
            tile=msgspec.structs.replace(tile, picture=picture),
            reference=None,
            undrawn=None,
        ),
        data=data,
        reference=reference,
        undrawn=undrawn,
        overlays=tuple(
            writing.data(run, at, each)
            for at, each in zip(paths, overlays, strict=False)
        ),
        graphs=tuple(writing.arrays(each.name, arrays_of(each)) for each in graphs),
        polygons=None
        if polygons is None
        else writing.arrays(polygons.name, arrays_of(polygons)),
        expected=writing.arrays(tile.key, measured) if measured else None,
        beside=tuple(
            None
            if each.histogram is None
            else writing.reference(each.note.run, path, each.histogram)
            for each in runs
        ),
    )


def _put(
    file: BinaryIO,
    archive: zipfile.ZipFile,
    name: str,
    pieces: Iterator[bytes],
    most: int,
) -> Generator[None, None, str]:
    """Write a member chunk by chunk; its hash."""
    digest = hashlib.blake2b(digest_size=16)
    size = fresh = unsynced = 0
    stored = name.endswith(".png")
    # Given a name alone it takes the archive's compression, and no time.
    with archive.open(zipfile.ZipInfo(name) if stored else name, "w") as member:
        for piece in pieces:
            size += len(piece)
            if size > most:
                message = f"too much for one bundle: {name} has {size:,} bytes"
                raise BundleError(message)
            for start in range(0, len(piece), _CHUNK):
                chunk = memoryview(piece)[start : start + _CHUNK]
                digest.update(chunk)
                member.write(chunk)
                fresh += len(chunk)
                if fresh < _SMALL:
                    continue
                yield
                unsynced, fresh = unsynced + fresh, 0
                if unsynced > _SYNC_EVERY:  # all of it at the end would take long
                    unsynced = 0
                    file.flush()
                    os.fsync(file.fileno())
                    yield
    info = archive.getinfo(name)
    info.external_attr = _READABLE
    info.create_system = 3  # Unix, whatever writes it
    return digest.hexdigest()


def _hashed(file: BinaryIO) -> Generator[None, None, WrittenBundle]:
    file.seek(0)
    digest = hashlib.blake2b(digest_size=16)
    size = 0
    while chunk := file.read(1 << 20):
        digest.update(chunk)
        size += len(chunk)
        yield
    return WrittenBundle(digest.hexdigest(), size)


def _check_directory(file: BinaryIO) -> None:
    """Refuse a list of members that is longer than ours, before it is read."""
    size = file.seek(0, os.SEEK_END)
    tail_at = max(0, size - _END.size - _LONGEST_COMMENT)
    file.seek(tail_at)
    tail = file.read()
    file.seek(0)
    # As zipfile finds it: at the very end, else the last one before a comment.
    at = len(tail) - _END.size
    if at < 0 or not (tail.startswith(b"PK\5\6", at) and tail.endswith(b"\0\0")):
        at = tail.rfind(b"PK\5\6")
    if at < 0 or len(tail) - at < _END.size:
        return  # none, as zipfile will say
    listed = _END.unpack_from(tail, at)[5]
    if listed > _LARGEST_DIRECTORY or b"PK\6\7" in tail[max(0, at - 20) : at]:
        message = "no evidence bundle: its list of members is too long"
        raise BundleError(message)


def _unpack(archive: zipfile.ZipFile) -> Generator[None, None, Bundle]:
    infos = archive.infolist()
    names = [info.filename for info in infos]
    if len(infos) > MOST_MEMBERS or len(set(names)) < len(names):
        message = f"no evidence bundle: {len(infos)} members, some may be doubled"
        raise BundleError(message)
    if _MANIFEST not in names:
        message = f"no evidence bundle: it has no {_MANIFEST}"
        raise BundleError(message)
    data, _ = yield from _read(archive, _MANIFEST, _LARGEST_MANIFEST)
    manifest = _manifest(data)
    if isinstance(manifest, _Document):
        return (yield from _current(archive, manifest))
    data = yield from _checked(archive, manifest, _TILES, LARGEST_MEMBER)
    plots = []
    with _naming(_TILES):
        yield from check_msgpack(data)
        for raw in decoder(tuple[msgspec.Raw, ...]).decode(data):
            plots.append(decoder(KeptPlot).decode(raw))
            if len(memoryview(raw)) > _SMALL:
                yield
        _check_sound(plots)
    data = yield from _checked(archive, manifest, _SITE, _LARGEST_SITE)
    with _naming(_SITE):
        yield from check_msgpack(data)
        plain = msgspec.msgpack.decode(data)
        site = msgspec.convert(_site_of_now(plain), Site)
    picture = yield from _picture(archive, manifest)
    return Bundle(manifest, tuple(plots), site, picture)


def _current(
    archive: zipfile.ZipFile, document: _Document
) -> Generator[None, None, Bundle]:
    """The bundle of a document of the present format."""
    reading = None
    plots = []
    with _naming(_DATA):
        if _DATA in document.members:
            data = yield from _checked(archive, document, _DATA, LARGEST_MEMBER)
            reading = RootReading(bytes(data), LARGEST_MEMBER)
        for stored in document.plots:
            plots.append(_plot(reading, stored))
            yield
        _check_sound(plots)
    picture = yield from _picture(archive, document)
    manifest = Manifest(
        **{name: getattr(document, name) for name in Manifest.__struct_fields__}
    )
    return Bundle(manifest, tuple(plots), document.site, picture)


def _document_of_now(plain: Any) -> Any:  # noqa: ANN401 - JSON
    if isinstance(plain, dict) and "site" in plain:
        plain["site"] = _site_of_now(plain["site"])
    return plain


def _site_of_now(plain: object) -> object:
    """A site as it is stored, with what earlier versions wrote otherwise.

    A source was a text: its folder.
    """
    settings = plain.get("settings") if isinstance(plain, dict) else None
    sources = settings.get("sources") if isinstance(settings, dict) else None
    if isinstance(settings, dict) and isinstance(sources, (list, tuple)):
        settings["sources"] = [
            {"folder": each} if isinstance(each, str) else each for each in sources
        ]
    return plain


@contextlib.contextmanager
def _naming(member: str, wrong: str = "is damaged") -> Iterator[None]:
    """Name the member of which something is wrong.

    Args:
        member: its name.
        wrong: what is said of it where it cannot be decoded.

    Raises:
        BundleError: it declares too much, or cannot be decoded.
    """
    try:
        yield
    except BundleError:
        raise
    except TooMuchError as error:
        message = f"{member} has {error}"
        raise BundleError(message) from error
    except (
        msgspec.MsgspecError, RecursionError, RootFileError, TypeError, *_DAMAGE
    ) as error:  # fmt: skip
        message = f"{member} {wrong}: {error}"
        raise BundleError(message) from error


def _check_sound(plots: list[KeptPlot]) -> None:
    if wrong := unsound(tuple(plots)):
        raise ValueError(wrong)


def _plot(reading: RootReading | None, stored: StoredPlot) -> KeptPlot:
    def whole(each: StoredHistogram | None) -> Histogram | None:
        if each is None:
            return None
        if reading is None:
            message = "it is missing"
            raise ValueError(message)
        return reading.histogram(each)

    kept = stored.plot
    tile = kept.tile
    overlays = [whole(each) for each in stored.overlays]
    data = whole(stored.data)
    picture = tile.picture
    if data is not None or overlays:
        picture = msgspec.structs.replace(
            picture or Picture(None),
            data=data,
            overlays=tuple(each for each in overlays if each is not None),
        )
    if picture is not None and (picture.graphs or picture.polygons is not None):
        picture = _with_arrays(reading, stored, picture)
    if reading is not None and picture is not None and stored.expected is not None:
        picture = _with_expected(picture, reading.arrays(stored.expected))
    if picture is not None and stored.beside:
        pairs = zip(picture.beside, stored.beside, strict=True)
        beside = tuple(
            msgspec.structs.replace(run, histogram=whole(each)) for run, each in pairs
        )
        picture = msgspec.structs.replace(picture, beside=beside)
    tile = msgspec.structs.replace(tile, picture=picture)
    return msgspec.structs.replace(
        kept,
        tile=tile,
        reference=whole(stored.reference),
        undrawn=whole(stored.undrawn),
    )


def _with_arrays(
    reading: RootReading | None, stored: StoredPlot, picture: Picture
) -> Picture:
    """The picture with the numbers of its graphs and polygons."""
    if reading is None or len(stored.graphs) != len(picture.graphs):
        message = "the numbers of a graph are missing"
        raise ValueError(message)
    pairs = zip(picture.graphs, stored.graphs, strict=True)
    polygons = picture.polygons
    if polygons is not None:
        if stored.polygons is None:
            message = "the numbers of its polygons are missing"
            raise ValueError(message)
        polygons = polygons_with(polygons, reading.arrays(stored.polygons))
    return msgspec.structs.replace(
        picture,
        graphs=tuple(graph_with(graph, reading.arrays(at)) for graph, at in pairs),
        polygons=polygons,
    )


def _with_expected(picture: Picture, arrays: dict[str, Array]) -> Picture:
    """The picture with what its verdict measured against.

    Raises:
        ValueError: they are no arrays of its bins.
    """
    expected, data = picture.expected, picture.data
    if expected is None or data is None or not arrays.keys() <= set(_MEASURED):
        message = "what its verdict measured against is of no plot"
        raise ValueError(message)
    shape = tuple(axis.bins for axis in data.axes)
    found: dict[str, Array] = {}
    for name, array in arrays.items():
        if name == "offending":
            inside = (array >= 0) & (array < math.prod(shape))
            if not (inside & (array == np.rint(array))).all():
                message = "bins at fault are none of its bins"
                raise ValueError(message)
            found[name] = read_only(array.astype(np.int64))
        else:
            kind = np.float32 if name == "pulls" else np.float64
            found[name] = read_only(array.astype(kind).reshape(shape))
    expected = msgspec.structs.replace(expected, **found)
    return msgspec.structs.replace(picture, expected=expected)


def _picture(
    archive: zipfile.ZipFile, manifest: Manifest
) -> Generator[None, None, bytes]:
    if _PICTURE not in manifest.members:
        return b""
    found = yield from _checked(archive, manifest, _PICTURE, _LARGEST_PICTURE)
    return bytes(found)


def _manifest(data: bytearray) -> Manifest:
    with _naming(_MANIFEST, "is none of ours"):
        check_json(data)
        kind = msgspec.json.decode(data, type=_Kind)
        if kind.format > FORMAT:
            message = (
                f"written by dqmconsole {kind.program} in format {kind.format}; this "
                f"one reads up to format {FORMAT}: open it with a newer dqmconsole"
            )
            raise BundleError(message)
        manifest = from_json(
            data, Manifest if kind.format < FORMAT else _Document, _document_of_now
        )
    if not 0 <= manifest.made_at < _LATEST:
        message = f"{_MANIFEST} is of a time that never is: {manifest.made_at:g} s"
        raise BundleError(message)
    return manifest


def _checked(
    archive: zipfile.ZipFile, manifest: Manifest, name: str, most: int
) -> Generator[None, None, bytearray]:
    data, digest = yield from _read(archive, name, most)
    if digest != manifest.members.get(name):
        message = f"{name} is not the one that the manifest speaks of"
        raise BundleError(message)
    return data


def _read(
    archive: zipfile.ZipFile, name: str, most: int
) -> Generator[None, None, tuple[bytearray, str]]:
    """A member's bytes and their hash."""
    try:
        info = archive.getinfo(name)
    except KeyError:
        message = f"{name} is missing"
        raise BundleError(message) from None
    if info.compress_type not in _COMPRESSIONS:  # others may ask for much memory
        message = f"{name} is compressed in a way that is not ours"
        raise BundleError(message)
    # What the archive says of its size may be a lie: it is counted as well.
    data = bytearray()
    digest = hashlib.blake2b(digest_size=16)
    if info.file_size <= most:
        with archive.open(info) as member:
            while len(data) <= most and (chunk := member.read(_CHUNK)):
                data += chunk
                digest.update(chunk)
                yield
    if info.file_size > most or len(data) > most:
        message = f"{name} would have more than {most:,} bytes"
        raise BundleError(message)
    return data, digest.hexdigest()


_LEFT_AFTER = 60.0  # s


def remove_leavings(folder: Path, suffix: str) -> None:
    """Remove the halves that processes left which are no more.

    Those of the last minute stay: on a shared disk it may be another computer's
    process. What cannot be removed stays without a word.

    Args:
        folder: where to look.
        suffix: how the names of the whole files end, ".dqmevidence".
    """
    half = re.compile(rf"\..+{re.escape(suffix)}\.(\d{{1,9}})\.tmp")
    with contextlib.suppress(OSError):
        for path in folder.iterdir():
            found = half.fullmatch(path.name)
            if found is None or _is_alive(int(found[1])):
                continue
            with contextlib.suppress(OSError):
                if time.time() - path.stat().st_mtime > _LEFT_AFTER:
                    path.unlink()


def _is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except OSError:
        return True  # another user's
    return True
