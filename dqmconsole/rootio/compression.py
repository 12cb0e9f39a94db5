"""ROOT's compression of records: a chain of blocks of at most 16 MB each.

A block is two letters for the algorithm, one byte for its method, and the
compressed and decompressed sizes in three little-endian bytes each; the format is
that of ``R__zip`` and ``R__unzip`` in ROOT's ``core/zip/src/RZip.cxx`` and, of lz4,
in ``core/lz4/src/ZipLZ4.cxx``.
"""

from __future__ import annotations

import lzma
import zlib
from typing import Final, Literal

from dqmconsole.rootio.errors import DamagedError

Compression = Literal["none", "zlib", "lz4", "zstd"]

_HEADER = 9
_BIGGEST_BLOCK = 0xFFFFFF
# ROOT leaves records of this size or less as they are (TKey.cxx).
_TOO_SMALL = 256
# ROOT's numbers of the algorithms; each is used at the level of the same number.
_ALGORITHMS: Final[dict[Compression, int]] = {
    "none": 0,
    "zlib": 1,
    "lz4": 4,
    "zstd": 5,
}
_LZ4_CHECKSUM = 8
# Deflate grows by 1032 at most: below this no decompressor needs to be held back.
_FREE_ZLIB = 16_384
_LZMA_MEMORY = 192 << 20


def decompress(record: bytes, start: int, length: int) -> bytes:
    """Decompress the blocks of `record` from `start` on to `length` bytes.

    The caller has capped `length`. No block gets more room than what it says
    and what is still missing.

    Raises:
        DamagedError: a block is cut short, corrupt, larger than it says, or of
            an unknown algorithm.
    """
    parts: list[bytes] = []
    have = 0
    stop = len(record)
    while have < length:
        body = start + _HEADER
        packed = int.from_bytes(record[start + 3 : start + 6], "little")
        size = int.from_bytes(record[start + 6 : body], "little")
        end = body + packed
        if end > stop or not packed or not size or have + size > length:
            message = "a compressed block has impossible sizes"
            raise DamagedError(message)
        part = _unpacked_block(record[start : start + 2], record[body:end], size)
        if len(part) != size:
            message = f"a block decompresses to {len(part)} bytes, not to {size}"
            raise DamagedError(message)
        if size == length:
            return part
        parts.append(part)
        have += size
        start = end
    return b"".join(parts)


def _unpacked_block(algorithm: bytes, packed: bytes, size: int) -> bytes:
    try:
        if algorithm == b"ZL":
            if len(packed) <= _FREE_ZLIB:
                return zlib.decompress(packed, bufsize=size)
            return zlib.decompressobj().decompress(packed, size)
        if algorithm == b"CS":
            return zlib.decompressobj(-zlib.MAX_WBITS).decompress(packed, size)
        if algorithm == b"XZ":
            unpacker = lzma.LZMADecompressor(memlimit=_LZMA_MEMORY)
            return unpacker.decompress(packed, size)
    except (zlib.error, lzma.LZMAError, EOFError) as error:
        message = f"a compressed block is corrupt: {error}"
        raise DamagedError(message) from error
    if algorithm in (b"L4", b"ZS"):
        return _cramjam_block(algorithm, packed, size)
    message = f"unknown compression {algorithm!r}"
    raise DamagedError(message)


def _cramjam_block(algorithm: bytes, packed: bytes, size: int) -> bytes:
    import cramjam

    room = bytearray(size)
    try:
        if algorithm == b"L4":
            # The checksum (xxhash-64) is not verified: it would cost a further
            # dependency, and the byte counts of objects catch most damage.
            got = cramjam.lz4.decompress_block_into(packed[_LZ4_CHECKSUM:], room)
        else:
            got = cramjam.zstd.decompress_into(packed, room)
    except cramjam.DecompressionError as error:
        message = f"a compressed block is corrupt: {error}"
        raise DamagedError(message) from error
    return bytes(room) if got == size else bytes(room[:got])


def compression_code(compression: Compression) -> int:
    """ROOT's number for algorithm and level: 100 times the algorithm, plus the level.

    Raises:
        ValueError: `compression` is none that can be written.
    """
    if compression not in _ALGORITHMS:
        known = ", ".join(_ALGORITHMS)
        message = f"compression {compression!r} is none of {known}"
        raise ValueError(message)
    return 101 * _ALGORITHMS[compression]


def compress(data: bytes, compression: Compression) -> bytes:
    """Compress a record, or return it as it is where that would not shrink it."""
    if compression == "none" or len(data) <= _TOO_SMALL:
        return data
    if len(data) <= _BIGGEST_BLOCK:
        packed = _packed_block(data, compression)
    else:
        packed = b"".join(
            _packed_block(data[start : start + _BIGGEST_BLOCK], compression)
            for start in range(0, len(data), _BIGGEST_BLOCK)
        )
    return packed if len(packed) < len(data) else data


def _packed_block(data: bytes, compression: Compression) -> bytes:
    if compression == "zlib":
        head, packed = b"ZL\x08", zlib.compress(data, _ALGORITHMS["zlib"])
    elif compression == "zstd":
        import cramjam

        head = b"ZS\x01"
        packed = bytes(cramjam.zstd.compress(data, _ALGORITHMS["zstd"]))
    else:
        import cramjam

        # A part of uproot, which checks lz4 blocks by it as ROOT does.
        import xxhash

        head = b"L4\x01"
        packed = bytes(cramjam.lz4.compress_block(data, store_size=False))
        packed = xxhash.xxh64(packed).digest() + packed
    sizes = len(packed).to_bytes(3, "little") + len(data).to_bytes(3, "little")
    return head + sizes + packed
