"""Small bundles that would become huge are refused in words, in little memory."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

import msgspec
import numpy as np
import pytest
from support.bundles import rewritten

from dqmconsole.link.codec import encoder
from dqmconsole.model.histogram import Axis, Histogram
from dqmconsole.rootio.write import root_bytes
from dqmconsole.site.bounded import (
    MOST_DEPTH,
    MOST_ITEMS,
    TooMuchError,
    check_json,
    check_msgpack,
)
from dqmconsole.site.evidence_root import RootReading, StoredHistogram

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.slow

ROOM = 600 << 20  # bytes of address space that reading may take
READ = """
import resource, sys
from pathlib import Path
from dqmconsole.site.bundle import BundleError, read_bundle
with open("/proc/self/statm") as file:
    used = int(file.read().split()[0]) * resource.getpagesize()
room = used + int(sys.argv[2])
resource.setrlimit(resource.RLIMIT_AS, (room, room))
try:
    read_bundle(Path(sys.argv[1]))
except BundleError as error:
    print(error)
"""


def list_of(count: int, item: bytes) -> bytes:
    return b"\xdd" + count.to_bytes(4, "big") + item * count


def head(fields: int, **given: object) -> bytes:
    pack = encoder().encode
    pairs = b"".join(pack(name) + pack(value) for name, value in given.items())
    return bytes((0x80 | (len(given) + fields),)) + pairs


KINDS = ("plots", "lists", "layouts", "manifest", "plots of the present format", "text")


def bomb(kind: str) -> dict[str, bytes]:
    """Its members; made when they are written, for they are large."""
    if kind == "plots":
        return {"tiles.msgpack": list_of(250_000_000, b"\xc0")}
    if kind == "lists":
        return {"tiles.msgpack": list_of(60_000_000, b"\x90")}
    if kind == "layouts":
        top = head(1, folder="", hash="", settings={"experiment": "x"})
        return {"site.msgpack": top + b"\xa7layouts" + list_of(30_000_000, b"\x80")}
    if kind == "manifest":
        top = b'{"format":1,"program":"","title":"","made_at":1,"keys":['
        return {"manifest.json": top + b'"",' * 5_000_000 + b'""]}'}
    if kind == "plots of the present format":
        top = b'{"format":2,"program":"","title":"","made_at":1,"keys":[],'
        plots = b'"site":{},"plots":[' + b"{}," * 5_000_000 + b"{}]}"
        return {"manifest.json": top + plots}
    text = (200 << 20).to_bytes(4, "big") + "☃".encode() + b"a" * ((200 << 20) - 3)
    return {"site.msgpack": head(1, hash="") + b"\xa6folder" + b"\xdb" + text}


@pytest.mark.parametrize("kind", KINDS)
def test_a_bomb_is_refused_in_words_and_in_little_memory(
    tmp_path: Path, kind: str
) -> None:
    path = tmp_path / "bomb.dqmevidence"
    rewritten(path, bomb(kind))
    assert path.stat().st_size < 1 << 20
    done = subprocess.run(
        [sys.executable, "-c", READ, str(path), str(ROOM)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    assert str(path) in done.stdout
    assert "has more than" in done.stdout or "would have more than" in done.stdout


def a_histogram(name: str) -> Histogram:
    cells = np.zeros(100_002)
    return Histogram(name, "", "TH1D", (Axis(100_000, 0.0, 1.0),), cells)


def stored(name: str, dtype: str = "<f8") -> StoredHistogram:
    bare = msgspec.structs.replace(a_histogram(name), contents=np.empty(0))
    return StoredHistogram("", bare, {"contents": dtype}, name)


def test_a_root_file_that_unpacks_to_more_than_a_bundle_holds_is_refused() -> None:
    data = root_bytes({"": [a_histogram(name) for name in "abc"]}, compression="zlib")
    assert len(data) < 20_000
    reading = RootReading(data, 2_000_000)
    for name in "abab":
        assert reading.histogram(stored(name)).contents.size == 100_002
    with pytest.raises(ValueError, match="holds too much"):
        reading.histogram(stored("c"))
    with pytest.raises(ValueError, match="holds too much"):
        RootReading(data, 500_000).histogram(stored("a"))


def test_one_object_shown_ever_anew_takes_no_more_memory() -> None:
    reading = RootReading(root_bytes({"": [a_histogram("a")]}), 2_000_000)
    first = reading.histogram(stored("a")).contents
    assert all(reading.histogram(stored("a")).contents is first for _ in range(99))
    for _ in range(4):
        reading.histogram(stored("a", "<f4"))
    with pytest.raises(ValueError, match="too much memory"):
        reading.histogram(stored("a", "<f4"))


@pytest.mark.parametrize(
    ("given", "words"),
    [
        (stored("z"), "has no histogram /z"),
        (
            msgspec.structs.replace(stored("a"), folder="no/where"),
            "no histogram no/where/a",
        ),
        (msgspec.structs.replace(stored("a"), dtypes={}), "bins are missing"),
        (msgspec.structs.replace(stored("a"), dtypes={"sumw2": "<f8"}), "sumw2 are"),
        (msgspec.structs.replace(stored("a"), dtypes={"axes": "<f8"}), "no array is"),
        (stored("a", "|O"), "no bins are of the type"),
        (stored("a", "(9,)<f8"), "no bins are of the type"),
        (stored("a", "nonsense"), "no bins are of the type"),
    ],
)
def test_what_is_not_in_the_root_file_is_said(
    given: StoredHistogram, words: str
) -> None:
    reading = RootReading(root_bytes({"": [a_histogram("a")]}), 2_000_000)
    with pytest.raises(ValueError, match=words):
        reading.histogram(given)


def look(data: bytes) -> None:
    for _ in check_msgpack(data):
        pass


@pytest.mark.parametrize(
    "value",
    [
        None, True, -5, 1 << 40, -(1 << 40), 1.5, "a", "b" * 300, "c" * 70_000,
        b"", b"d" * 300, b"e" * 70_000, [1] * 20, [[]] * 70_000,
        {str(n): [n] for n in range(40)}, {str(n): {} for n in range(70_000)},
    ],
)  # fmt: skip
def test_every_kind_of_value_is_stepped_over(value: object) -> None:
    # behind each comes a list that declares too much: it is only found after it
    data = b"\x92" + msgspec.msgpack.encode(value)
    look(data)
    look(data + b"\x90")
    with pytest.raises(TooMuchError, match="values"):
        look(data + b"\xdd\xff\xff\xff\xff")


def test_ext_values_are_stepped_over() -> None:
    for size in (1, 2, 4, 8, 16, 40, 300, 70_000):
        ext = msgspec.msgpack.encode(msgspec.msgpack.Ext(5, bytes(size)))
        with pytest.raises(TooMuchError):
            look(b"\x92" + ext + b"\xdd\xff\xff\xff\xff")


def test_limits() -> None:
    look(list_of(MOST_ITEMS, b"\xc0"))
    with pytest.raises(TooMuchError, match="values"):
        look(list_of(MOST_ITEMS + 1, b"\xc0"))
    look(b"\x91" * (MOST_DEPTH - 1) + b"\xc0")
    with pytest.raises(TooMuchError, match="deep"):
        look(b"\x91" * MOST_DEPTH + b"\xc0")
    check_json(b"[" + b"0," * (MOST_ITEMS - 1) + b"0]")
    with pytest.raises(TooMuchError):
        check_json(b"[" + b"0," * MOST_ITEMS + b"0]")
