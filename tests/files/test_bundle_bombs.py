"""Small bundles that would become huge are refused in words, in little memory."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

import msgspec
import pytest
from files.test_bundle import rewritten

from dqmconsole.files.bounded import (
    MOST_DEPTH,
    MOST_ITEMS,
    TooMuchError,
    check_json,
    check_msgpack,
)
from dqmconsole.link.codec import encoder

if TYPE_CHECKING:
    from pathlib import Path

ROOM = 600 << 20  # bytes of address space that reading may take
READ = """
import resource, sys
from pathlib import Path
from dqmconsole.files.bundle import BundleError, read_bundle
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


BOMBS = {
    "plots": {"tiles.msgpack": list_of(250_000_000, b"\xc0")},
    "lists": {"tiles.msgpack": list_of(60_000_000, b"\x90")},
    "layouts": {
        "site.msgpack": head(1, folder="", hash="", settings={"experiment": "x"})
        + b"\xa7layouts"
        + list_of(30_000_000, b"\x80")
    },
    "manifest": {
        "manifest.json": b'{"format":1,"program":"","title":"","made_at":1,"keys":['
        + b'"",' * 5_000_000
        + b'""]}'
    },
    "text": {
        "site.msgpack": head(1, hash="")
        + b"\xa6folder"
        + b"\xdb"
        + (200 << 20).to_bytes(4, "big")
        + "☃".encode()
        + b"a" * ((200 << 20) - 3)
    },
}


@pytest.mark.parametrize("kind", BOMBS)
def test_a_bomb_is_refused_in_words_and_in_little_memory(
    tmp_path: Path, kind: str
) -> None:
    path = tmp_path / "bomb.dqmevidence"
    rewritten(path, dict(BOMBS[kind]))
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
