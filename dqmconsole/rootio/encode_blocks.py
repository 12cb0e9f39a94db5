"""ROOT's compression of a record: blocks of at most 16 MB, each with nine bytes before.

Format as in ROOT's ``core/zip/src/RZip.cxx`` and ``core/lz4/src/ZipLZ4.cxx``.
"""

from __future__ import annotations

import zlib
from typing import Final, Literal

Compression = Literal["none", "zlib", "lz4", "zstd"]

_BIGGEST_BLOCK = 0xFFFFFF
# ROOT leaves records of this size or less as they are (TKey.cxx).
_TOO_SMALL = 256
_LEVELS: Final[dict[Compression, int]] = {"none": 0, "zlib": 1, "lz4": 4, "zstd": 5}
_ALGORITHMS: Final[dict[Compression, int]] = {
    "none": 0,
    "zlib": 1,
    "lz4": 4,
    "zstd": 5,
}


def compression_code(compression: Compression) -> int:
    """ROOT's number for algorithm and level: 100 times the algorithm, plus the level.

    Raises:
        ValueError: `compression` is none that can be written.
    """
    if compression not in _ALGORITHMS:
        known = ", ".join(_ALGORITHMS)
        message = f"compression {compression!r} is none of {known}"
        raise ValueError(message)
    return 100 * _ALGORITHMS[compression] + _LEVELS[compression]


def compress(data: bytes, compression: Compression) -> bytes:
    """Compress a record, or return it as it is where that would not shrink it."""
    if compression == "none" or len(data) <= _TOO_SMALL:
        return data
    if len(data) <= _BIGGEST_BLOCK:
        packed = _block(data, compression)
    else:
        packed = b"".join(
            _block(data[start : start + _BIGGEST_BLOCK], compression)
            for start in range(0, len(data), _BIGGEST_BLOCK)
        )
    return packed if len(packed) < len(data) else data


def _block(data: bytes, compression: Compression) -> bytes:
    if compression == "zlib":
        head, packed = b"ZL\x08", zlib.compress(data, _LEVELS["zlib"])
    elif compression == "zstd":
        import cramjam

        head = b"ZS\x01"
        packed = bytes(cramjam.zstd.compress(data, _LEVELS["zstd"]))
    else:
        import cramjam

        # A part of uproot, which checks lz4 blocks by it as ROOT does.
        import xxhash

        head = b"L4\x01"
        packed = bytes(cramjam.lz4.compress_block(data, store_size=False))
        packed = xxhash.xxh64(packed).digest() + packed
    sizes = len(packed).to_bytes(3, "little") + len(data).to_bytes(3, "little")
    return head + sizes + packed
