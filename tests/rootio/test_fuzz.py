"""Mutations of real files: the module's own errors, or a right reading; nothing else.

Time and memory are bounded by small limits; what broke is kept as explicit tests in
``test_read_damage.py`` and below.
"""

from __future__ import annotations

import functools
import struct
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from dqmconsole.model.graph import Collection, Element, Graph, Polygons
from dqmconsole.model.histogram import Histogram, QualityResult, Scalar
from dqmconsole.rootio.compression import decompress
from dqmconsole.rootio.dqmfile import DqmFile, Folder
from dqmconsole.rootio.errors import (
    DamagedError,
    NotInFileError,
    RootFileError,
    UnknownLayoutError,
)
from dqmconsole.rootio.fallback import Fallback
from dqmconsole.rootio.file import Limits
from dqmconsole.rootio.histograms import HistogramReader
from dqmconsole.rootio.keys import Key
from dqmconsole.rootio.objects import OBJECTS as KINDS
from dqmconsole.rootio.objects import ObjectReader
from dqmconsole.rootio.scalars import quality, scalar, tagged

DATA = Path(__file__).parents[1] / "data"
LIMITS = Limits(
    object_bytes=1 << 20, streamer_bytes=1 << 18, keys=10_000, depth=16, cells=1 << 17
)
THEMES = ("none", "zlib", "lz4", "zstd", "lzma", "dqm", "scalars", "axes", "buffers")
OBJECTS = "objects/objects"
MOST_READ = 40

# A mutation: where (as a fraction of the file), and the bytes that go there.
flips = st.lists(
    st.tuples(st.floats(0, 1, exclude_max=True), st.binary(min_size=1, max_size=8)),
    min_size=1,
    max_size=12,
)
splices = st.tuples(*[st.floats(0, 1, exclude_max=True)] * 3)
thorough = settings(
    max_examples=120, deadline=None, suppress_health_check=[HealthCheck.too_slow]
)


@functools.cache
def content_of(theme: str) -> bytes:
    return (DATA / f"{theme}.root").read_bytes()


def read_everything(content: bytes) -> int:
    """Read all that can be read; every failure must be one of the module's own."""
    read = 0
    try:
        file = DqmFile(content, name="fuzzed", limits=LIMITS)
    except RootFileError:
        return 0
    with file:
        paths = []
        try:
            paths = [entry.path for entry in file.entries()]
            folder = file.folder("")
            assert isinstance(folder, Folder)
        except RootFileError:
            pass
        for path in paths[:MOST_READ]:
            try:
                found = file.element(path)
            except (RootFileError, NotInFileError) as error:
                str(error)  # may look for names, and must not fail
                continue
            check(found)
            read += 1
    return read


def check(found: Element) -> None:
    if isinstance(found, Collection):
        for part in found.parts:
            check(part)
        return
    if isinstance(found, Graph):
        for array in (found.y, *(found.x_errors or ()), *(found.y_errors or ())):
            assert array.shape == found.x.shape
        return
    if isinstance(found, Polygons):
        assert len(found.starts) == len(found.bins) + 1
        assert found.starts[-1] == len(found.x) == len(found.y)
        assert (np.diff(found.starts) >= 0).all()
        assert (found.bins < len(found.contents)).all()
        return
    assert isinstance(found, Histogram | Scalar)
    if isinstance(found, Scalar):
        return
    shape = tuple(axis.bins + 2 for axis in found.axes)
    assert found.contents.shape == shape
    for array in (found.sumw2, found.bin_entries, found.bin_sumw2):
        assert array is None or array.shape == shape
    for axis in found.axes:
        assert len(axis.labels) in (0, axis.bins)
        assert np.isfinite(axis.edges).all()
        assert (np.diff(axis.edges) >= 0).all()


def place(content: bytes | bytearray, fraction: float) -> int:
    return int(fraction * len(content))


@pytest.mark.parametrize("theme", THEMES)
def test_healthy_files_are_read_whole(theme: str) -> None:
    with DqmFile(content_of(theme)) as file:
        known = {entry.path for entry in file.entries()}
    unreadable = 1 if theme == "buffers" else 0
    expected = min(len(known), MOST_READ) - unreadable
    assert read_everything(content_of(theme)) >= expected


@thorough
@given(theme=st.sampled_from(THEMES), changes=flips)
def test_overwritten_bytes(theme: str, changes: list[tuple[float, bytes]]) -> None:
    content = bytearray(content_of(theme))
    for fraction, new in changes:
        at = place(content, fraction)
        content[at : at + len(new)] = new
    read_everything(bytes(content))


@functools.cache
def objects() -> list[tuple[Key, bytes]]:
    """Every object of the file of graphs, efficiencies, polygons and collections."""
    with DqmFile(content_of(OBJECTS), limits=LIMITS) as file:
        keys = [entry.key for entry in file.entries()]
        found = [(key, file._payload(key)) for key in keys]
    return [(key, data) for key, data in found if key.root_class in KINDS]


def read_object(key: Key, data: bytes) -> None:
    """Decode bytes as an object: what fails, fails by a name that the file gives."""
    reader = ObjectReader(HistogramReader(LIMITS.cells), LIMITS.cells)
    try:
        found = reader.read(data, key.root_class, key.name, key.keylen)
    except (UnknownLayoutError, struct.error, IndexError, ValueError, OverflowError):
        return  # as RootFile expects
    check(found)


@thorough
@given(which=st.integers(0, 10_000), changes=flips)
def test_objects_with_overwritten_bytes(
    which: int, changes: list[tuple[float, bytes]]
) -> None:
    key, data = objects()[which % len(objects())]
    broken = bytearray(data)
    for fraction, new in changes:
        at = place(data, fraction)
        broken[at : at + len(new)] = new
    read_object(key, bytes(broken[: len(data)]))


@thorough
@given(
    which=st.integers(0, 10_000),
    fraction=st.floats(0, 1, exclude_max=True),
    new=st.sampled_from(
        [b"\0" * 4, b"\xff" * 4, b"\x7f\xff\xff\xff", b"\x80\0\0\2", b"\x40\0\0\x08"]
    ),
)
def test_objects_with_extreme_numbers(which: int, fraction: float, new: bytes) -> None:
    key, data = objects()[which % len(objects())]
    at = place(data, fraction)
    read_object(key, (data[:at] + new + data[at + 4 :])[: len(data)])


@thorough
@given(which=st.integers(0, 10_000), data=st.binary(max_size=300))
def test_objects_of_noise(which: int, data: bytes) -> None:
    key, whole = objects()[which % len(objects())]
    read_object(key, data)
    read_object(key, whole[:20] + data)
    count = (0x40000000 | (len(data) + 2)).to_bytes(4, "big")
    read_object(key, count + whole[4:6] + data)


def test_a_list_that_holds_itself_is_refused() -> None:
    key, data = next((k, d) for k, d in objects() if k.root_class == "TList")
    # every pointer of the list leads back to its first object, which is the list
    inner = b"TList\0" + data
    count = (0x40000000 | (len(inner) + 4)).to_bytes(4, "big")
    first = count + b"\xff" * 4 + inner
    at = key.keylen + 2 + 25
    again = at.to_bytes(4, "big") + b"\0"
    body = data[6:17] + (50).to_bytes(4, "big") + first + b"\0" + again * 49
    whole = (0x40000000 | (len(body) + 2)).to_bytes(4, "big") + data[4:6] + body
    read_object(key, whole)


@thorough
@given(
    theme=st.sampled_from(THEMES),
    fraction=st.floats(0.5, 1),
    new=st.sampled_from(
        [b"\0" * 4, b"\xff" * 4, b"\x7f\xff\xff\xff", b"\x80\0\0\0", b"\x40\0\0\x08"]
    ),
)
def test_numbers_that_are_extreme(theme: str, fraction: float, new: bytes) -> None:
    # the second half of a small file holds its lists of keys and class descriptions
    content = bytearray(content_of(theme))
    at = min(place(content, fraction), len(content) - 4)
    content[at : at + 4] = new
    read_everything(bytes(content))


@thorough
@given(theme=st.sampled_from(THEMES), cut=splices)
def test_pieces_put_elsewhere(theme: str, cut: tuple[float, float, float]) -> None:
    content = content_of(theme)
    start, stop, target = (place(content, fraction) for fraction in cut)
    piece = content[min(start, stop) : max(start, stop)][:4096]
    moved = content[:target] + piece + content[target + len(piece) :]
    read_everything(moved[: len(content)])
    read_everything(content[:target] + piece + content[target:])


@thorough
@given(theme=st.sampled_from(THEMES), fraction=st.floats(0, 1, exclude_max=True))
def test_files_cut_short(theme: str, fraction: float) -> None:
    content = content_of(theme)
    short = content[: place(content, fraction)]
    assert read_everything(short) == 0
    # as long as before, as on a disk that filled up
    read_everything(short.ljust(len(content), b"\0"))


@settings(max_examples=25, deadline=None)
@given(changes=flips)
def test_objects_and_classes_that_go_through_uproot(
    changes: list[tuple[float, bytes]],
) -> None:
    content = bytearray(content_of("odd"))
    for fraction, new in changes:
        at = place(content, fraction)
        content[at : at + len(new)] = new
    read_everything(bytes(content))


@thorough
@given(
    st.sampled_from([b"ZL", b"CS", b"XZ", b"L4", b"ZS", b"??"]),
    st.binary(max_size=200),
    st.integers(0, 5000),
)
@example(b"L4", b"", 10)
@example(b"L4", bytes(8), 10)
@example(b"ZS", b"", 10)
def test_blocks_of_noise(algorithm: bytes, packed: bytes, size: int) -> None:
    lengths = len(packed).to_bytes(3, "little") + size.to_bytes(3, "little")
    try:
        found = decompress(algorithm + b"\1" + lengths + packed, 0, size)
    except DamagedError:
        return
    assert len(found) == size


@given(st.text(alphabet="<>/.=:ifsqret01\n", max_size=40))
@example("<a.b>qr=st:nan:1:A:m</a.b>")
@example("<.>qr=</.>")
def test_names_of_texts(words: str) -> None:
    found = tagged(words)
    if found is None or not found.whole:
        return
    assert words == f"<{found.name}>{found.code}={found.value}</{found.name}>"
    if found.code == "qr":
        result = quality(found, {"a"})
        assert isinstance(result, QualityResult)
    else:
        assert scalar(found).name == found.name


@pytest.mark.parametrize("keylen", [0, 18, 36, 60])
def test_a_key_too_short_for_what_it_says(keylen: int) -> None:
    # found by test_numbers_that_are_extreme: the class's name had been overwritten
    described = Key("", 1, "TList", 0, 100, 20, 60)
    fallback = Fallback((described, bytes(20)), 1000)
    key = Key("x", 1, "ÿ" * 60, 0, 100, 20, keylen)
    assert isinstance(fallback.read(key, bytes(20)), str)


def test_what_only_uproot_finds_wrong() -> None:
    # found by test_overwritten_bytes: uproot's error is not of a builtin kind
    content = content_of("scalars")
    at = content.index(b"TObjString", 300)
    for offset in range(at, at + 120):
        broken = content[:offset] + b"@" + content[offset + 1 :]
        read_everything(broken)
