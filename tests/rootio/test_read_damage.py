"""What bad files get: a clear RootFileError, in bounded time and memory."""

from __future__ import annotations

import contextlib
import os
import struct
import tracemalloc
import zlib
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec
import numpy as np
import pytest

from dqmconsole.model.histogram import Axis, Histogram, Scalar
from dqmconsole.rootio.compression import decompress
from dqmconsole.rootio.dqmfile import DqmFile
from dqmconsole.rootio.errors import DamagedError, RootFileError, UnknownLayoutError
from dqmconsole.rootio.file import Limits
from dqmconsole.rootio.fillbuffer import Buffered, fill
from dqmconsole.rootio.histograms import HistogramReader
from dqmconsole.rootio.scalars import quality, scalar, tagged
from dqmconsole.rootio.write import root_bytes

if TYPE_CHECKING:
    from dqmconsole.rootio.keys import Key


def plot(name: str = "plot", contents: object = None, bins: int = 10) -> Histogram:
    values = np.arange(bins + 2) if contents is None else contents
    return Histogram(
        name,
        "a title",
        "TH1F",
        (Axis(bins, 0.0, 1.0, title="x"),),
        np.asarray(values, dtype=np.float32),
        entries=5.0,
        sums=(0.0,) * 4,
    )


def small(compression: str = "none") -> bytes:
    return root_bytes(
        {"": [plot("top")], "a": [plot()], "a/b": [plot()]},
        compression=compression,  # type: ignore[arg-type] # a Literal's members
    )


def key_of(content: bytes, path: str) -> Key:
    with DqmFile(content) as file:
        return next(entry.key for entry in file.entries() if entry.path == path)


def directory_key(content: bytes, name: str) -> Key:
    with DqmFile(content) as file:
        return file.listing(file.root).directories[name]


def patched(content: bytes, old: bytes, new: bytes) -> bytes:
    assert old in content
    return content.replace(old, new)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "empty"),
        (b"roo", "not a ROOT file"),
        (b"PK\3\4" + bytes(500), "not a ROOT file"),
        (b"root", "cut short"),
        (b"root" + bytes(20), "cut short"),
        (small()[:-1], "cut short, or still being written"),
        (small()[:300], "cut short, or still being written"),
    ],
    ids=("empty", "short", "zip", "magic", "zeros", "last-byte", "first-300"),
)
def test_files_that_are_none(content: bytes, words: str) -> None:
    with pytest.raises(RootFileError, match=words) as caught:
        DqmFile(content, name="run.root")
    assert caught.value.path == "run.root"
    assert caught.value.where == ""
    assert str(caught.value).startswith("run.root: ")


def test_every_length_of_a_file_cut_short() -> None:
    content = small()
    for length in range(0, len(content), 7):
        with pytest.raises(RootFileError):
            DqmFile(content[:length])


def test_paths_that_are_no_files(tmp_path: Path) -> None:
    with pytest.raises(RootFileError, match="No such file"):
        DqmFile(tmp_path / "missing.root")
    with pytest.raises(RootFileError, match="a folder"):
        DqmFile(tmp_path)
    pipe = tmp_path / "pipe.root"
    os.mkfifo(pipe)
    with pytest.raises(RootFileError, match="not a regular file"):
        DqmFile(pipe)
    with pytest.raises(RootFileError, match="not a file name"):
        DqmFile(Path("a\0b"))


def test_a_file_that_is_still_being_written() -> None:
    content = bytearray(small())
    begin, named = 100, struct.unpack_from(">i", content, 28)[0]
    header = begin + named
    content[header + 10 : header + 14] = bytes(4)
    with pytest.raises(RootFileError, match="still being written"):
        DqmFile(bytes(content))


def test_a_file_that_is_replaced_is_noticed(tmp_path: Path) -> None:
    path = tmp_path / "run.root"
    path.write_bytes(small())
    with DqmFile(path) as file:
        assert file.unchanged()
        assert file.identity.size == path.stat().st_size
        assert file.identity.inode == path.stat().st_ino
        other = tmp_path / "run.root.tmp"
        other.write_bytes(small())
        other.rename(path)
        assert not file.unchanged()
        # the file that was opened is whole and stays readable
        assert isinstance(file.element("a/plot"), Histogram)
        path.unlink()
        assert not file.unchanged()
    assert not file.unchanged()
    with pytest.raises(RootFileError):
        file.element("a/b/plot")


def test_a_file_that_is_cut_short_under_us(tmp_path: Path) -> None:
    path = tmp_path / "run.root"
    path.write_bytes(small())
    with DqmFile(path) as file:
        os.truncate(path, 400)
        assert not file.unchanged()
        with pytest.raises(RootFileError, match="cut short"):
            file.element("a/b/plot")


def test_a_file_that_is_overwritten_under_us(tmp_path: Path) -> None:
    path = tmp_path / "run.root"
    content = small()
    path.write_bytes(content)
    with DqmFile(path) as file:
        key = file.folder("a").elements["plot"]  # type: ignore[union-attr] # it exists
        with path.open("r+b") as target:
            target.seek(key.seek)
            target.write(b"\x12" * 30)
        with pytest.raises(RootFileError, match="disagree") as caught:
            file.element("a/plot")
    assert caught.value.where == "a/plot"


def test_a_directory_that_contains_itself() -> None:
    content = small()
    key = directory_key(content, "a")
    named = struct.unpack_from(">i", content, 28)[0]
    to_root = struct.pack(">I", 100 + named - key.keylen)
    with DqmFile(content) as file:
        root = file.root
        start = root.seek_keys
        listed = content[start : start + root.key_bytes]
    at = start + listed.index(struct.pack(">I", key.seek) + struct.pack(">I", 100))
    bad = content[:at] + to_root + content[at + 4 :]
    with DqmFile(bad) as file:
        with pytest.raises(RootFileError, match="contains itself"):
            list(file.entries())
        # asked for by path, it is only as deep as the question
        assert file.folder("a/a/a") is not None
        assert isinstance(file.element("top"), Histogram)
        assert file.folder("/".join("a" * 3000)) is not None


def test_absurd_counts_are_refused() -> None:
    content = bytearray(small())
    with DqmFile(bytes(content)) as file:
        root = file.root
    keylen = struct.unpack_from(">h", content, root.seek_keys + 14)[0]
    at = root.seek_keys + keylen
    content[at : at + 4] = struct.pack(">I", 0xFFFFFFF0)
    with pytest.raises(RootFileError, match="4,294,967,280 keys"):
        DqmFile(bytes(content))
    with pytest.raises(RootFileError, match="a list of 2 keys"):
        DqmFile(small(), limits=Limits(keys=1))
    with pytest.raises(RootFileError, match="a list of keys in"):
        DqmFile(small(), limits=Limits(key_list_bytes=10))
    with (
        DqmFile(small(), limits=Limits(depth=1)) as file,
        pytest.raises(RootFileError, match="more than 1 deep"),
    ):
        list(file.entries())
    with (
        DqmFile(small(), limits=Limits(keys=3)) as file,
        pytest.raises(RootFileError, match="more than 3 keys"),
    ):
        list(file.entries())


def test_a_compression_bomb_gets_no_memory() -> None:
    content = small("zlib")
    key = key_of(content, "a/plot")
    size = struct.pack(">I", 0x7FFFFFFF)
    old = content[key.seek : key.seek + 18]
    assert content.count(old[:4] + old[4:10]) >= 2
    huge = content.replace(old[:10], old[:6] + size)
    tracemalloc.start()
    try:
        with (
            DqmFile(huge) as file,
            pytest.raises(RootFileError, match="an object of 2,147,483,647 bytes"),
        ):
            file.element("a/plot")
        assert tracemalloc.get_traced_memory()[1] < 4_000_000
    finally:
        tracemalloc.stop()


def block(algorithm: bytes, packed: bytes, size: int) -> bytes:
    lengths = len(packed).to_bytes(3, "little") + size.to_bytes(3, "little")
    return algorithm + b"\x08" + lengths + packed


def test_a_block_that_decompresses_to_more_than_it_says() -> None:
    import lzma

    import cramjam

    zeros = bytes(64 << 20)
    raw = zlib.compressobj(9, zlib.DEFLATED, -15)
    bombs = {
        b"ZL": zlib.compress(zeros, 9),
        b"CS": raw.compress(zeros) + raw.flush(),
        b"XZ": lzma.compress(zeros),
        b"ZS": bytes(cramjam.zstd.compress(zeros)),
        b"L4": bytes(8) + bytes(cramjam.lz4.compress_block(zeros, store_size=False)),
    }
    del zeros
    tracemalloc.start()
    try:
        for algorithm, packed in bombs.items():
            record = block(algorithm, packed, 1000)
            with contextlib.suppress(DamagedError):
                assert decompress(record, 0, 1000) == bytes(1000)
        assert tracemalloc.get_traced_memory()[1] < 20_000_000
    finally:
        tracemalloc.stop()


def test_blocks_in_a_chain_and_the_old_algorithm() -> None:
    text = os.urandom(100) * 20
    raw = zlib.compressobj(9, zlib.DEFLATED, -15)
    old = raw.compress(text) + raw.flush()
    record = b"key" + block(b"CS", old, 2000) + block(b"ZL", zlib.compress(text), 2000)
    assert decompress(record, 3, 4000) == text * 2
    for cut in (3, 8, 12, len(record) - 1):
        with pytest.raises(DamagedError):
            decompress(record[:cut], 3, 4000)
    with pytest.raises(DamagedError, match="impossible sizes"):
        decompress(record, 3, 3000)
    with pytest.raises(DamagedError, match="unknown compression"):
        decompress(block(b"QQ", b"x", 10), 0, 10)


def test_nan_inf_and_negative_contents_are_kept() -> None:
    values = [np.nan, np.inf, -np.inf, -1.5, 3e38, 0, 1, 2, 3, 4, 5, 6]
    content = root_bytes({"": [plot("odd", values)]})
    with DqmFile(content) as file:
        found = file.element("odd")
    assert isinstance(found, Histogram)
    np.testing.assert_array_equal(found.contents, np.array(values, dtype=np.float32))
    assert found.contents.dtype == np.float32


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (struct.pack(">idd", 10, 0, 1), struct.pack(">idd", 0, 0, 1)),
        (struct.pack(">idd", 10, 0, 1), struct.pack(">idd", -10, 0, 1)),
        (struct.pack(">idd", 10, 0, 1), struct.pack(">idd", 2**31 - 1, 0, 1)),
        (struct.pack(">idd", 10, 0, 1), struct.pack(">idd", 11, 0, 1)),
        (struct.pack(">idd", 10, 0, 1), struct.pack(">idd", 10, np.nan, 1)),
        (struct.pack(">idd", 10, 0, 1), struct.pack(">idd", 10, 0, np.inf)),
        (struct.pack(">idd", 10, 0, 1), struct.pack(">idd", 10, 1, 0)),
        (struct.pack(">idd", 10, 0, 1) + bytes(4), struct.pack(">iddi", 10, 0, 1, 3)),
        (struct.pack(">idd", 10, 0, 1) + bytes(4), struct.pack(">iddi", 10, 0, 1, -3)),
        (struct.pack(">i12f", 12, *range(12)), struct.pack(">i12f", 13, *range(12))),
        (struct.pack(">i12f", 12, *range(12)), struct.pack(">i12f", -1, *range(12))),
    ],
)
def test_numbers_in_a_histogram_that_make_no_sense(old: bytes, new: bytes) -> None:
    content = patched(root_bytes({"": [plot("p")]}, compression="none"), old, new)
    with DqmFile(content) as file, pytest.raises(RootFileError, match="TH1F") as caught:
        file.element("p")
    assert caught.value.where == "p"


def stored(histogram: Histogram) -> bytearray:
    """The bytes of the object of a histogram."""
    with DqmFile(root_bytes({"": [histogram]}, compression="none")) as file:
        return bytearray(file._payload(file.listing(file.root).objects["plot"]))


# TH1F, TH1, TNamed and TObject, each behind its byte count but the last
@pytest.mark.parametrize("at", [4, 10, 16, 18])
def test_a_version_that_is_not_known_is_not_decoded(at: int) -> None:
    data = stored(plot())
    HistogramReader(100).read(bytes(data), "TH1F", "plot", 0)
    data[at : at + 2] = struct.pack(">H", 77)
    with pytest.raises(UnknownLayoutError):
        HistogramReader(100).read(bytes(data), "TH1F", "plot", 0)


@pytest.mark.parametrize("mode", [-1, 4])
def test_a_profile_with_an_error_option_that_there_is_not(mode: int) -> None:
    made = plot()
    profile = msgspec.structs.replace(
        made,
        root_class="TProfile",
        contents=made.contents.astype(float),
        sumw2=made.contents.astype(float),
        bin_entries=np.ones(12),
        sums=(0.0,) * 6,
    )
    data = stored(profile)
    HistogramReader(100).read(bytes(data), "TProfile", "plot", 0)
    data[-40:-36] = struct.pack(">i", mode)  # before four doubles and a length
    with pytest.raises(DamagedError, match="error option"):
        HistogramReader(100).read(bytes(data), "TProfile", "plot", 0)


def test_a_number_of_cells_that_is_not_that_of_the_axes() -> None:
    data = bytes(stored(plot()))
    cells = struct.pack(">fi", 1.0, 12)  # behind the size of the marker
    wrong = patched(data, cells, struct.pack(">fi", 1.0, 13))
    with pytest.raises(DamagedError, match="13 cells, but the axes make 12"):
        HistogramReader(100).read(wrong, "TH1F", "plot", 0)


@pytest.mark.parametrize("weight", [1e200, -np.inf, np.nan])
def test_buffered_fills_of_any_weight(weight: float) -> None:
    # pytest makes errors of numpy's warnings
    found = fill(plot(bins=1), Buffered(np.array([1.0, weight, 0.5])))
    assert found.entries == 6.0
    assert found.sumw2 is not None
    wanted = [0.0, np.nan if np.isnan(weight) else np.inf, 2.0]
    np.testing.assert_array_equal(found.sumw2, wanted)


def test_a_map_of_a_million_bins() -> None:
    axis = Axis(1000, 0.0, 1.0)
    contents = np.zeros((1002, 1002), dtype=np.float32, order="F")
    contents[500, 7] = 3
    made = Histogram(
        "map", "", "TH2F", (axis, axis), contents, entries=1, sums=(0.0,) * 7
    )
    with DqmFile(root_bytes({"": [made]})) as file:
        found = file.element("map")
    assert isinstance(found, Histogram)
    assert found.contents[500, 7] == 3
    assert found.contents.sum() == 3


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("<a>i=42</a>", 42),
        ("<a>i=-1</a>", -1),
        ("<a>i=99999999999999999999</a>", "99999999999999999999"),
        (f"<a>i={'9' * 5000}</a>", "9" * 5000),
        ("<a>i=</a>", ""),
        ("<a>f=0.5</a>", 0.5),
        ("<a>f=1e999</a>", float("inf")),
        ("<a>f=half</a>", "half"),
        ("<a>s=x=1>s=2</a>", "x=1>s=2"),
    ],
)
def test_scalars(words: str, expected: object) -> None:
    found = tagged(words)
    assert found is not None
    assert found.whole
    assert scalar(found) == Scalar("a", expected)  # type: ignore[arg-type] # by table


@pytest.mark.parametrize(
    "words",
    ["", "<", "<>", "<a>", "<a></a>", "<a>i=1</b>", "<a>x=1</a>", "i=1", "></>"],
)
def test_texts_that_are_no_scalars(words: str) -> None:
    assert tagged(words) is None


def test_long_texts_take_no_time_to_take_apart() -> None:
    assert tagged("<" + ">i=" * 300_000 + "</x>") is None
    cut = tagged("<name>s=" + "</" * 300_000)
    assert cut is not None
    assert not cut.whole


@pytest.mark.parametrize(
    ("name", "element", "test"),
    [
        ("plot.Test", "plot", "Test"),
        ("a.b.c", "a.b", "c"),
        ("x.y.z", "x", "y.z"),
        ("plain", "plain", ""),
    ],
)
def test_names_of_quality_results(name: str, element: str, test: str) -> None:
    found = tagged(f"<{name}>qr=st:100:1:Algo:fine: really</{name}>")
    assert found is not None
    result = quality(found, {"plot", "a", "a.b"})
    assert (result.name, result.test) == (element, test)
    assert (result.code, result.result, result.message) == (100, 1.0, "fine: really")


@pytest.mark.parametrize("value", ["", "st:100", "st:good:1:A:m", "x:100:1:A:m"])
def test_a_quality_result_that_cannot_be_read_is_never_good(value: str) -> None:
    found = tagged(f"<p.t>qr={value}</p.t>")
    assert found is not None
    result = quality(found, {"p"})
    assert result.code == 60
    assert value in result.message
