"""How much a file may ask for before it is refused.

Every count and size in a ROOT file is a number that anyone can write: a file of
1 MB can ask for gigabytes of zeros, and a directory can contain itself. Nothing
is allocated, decompressed or walked before its size was held against these.
"""

from __future__ import annotations

import msgspec

MEBIBYTE = 1 << 20


class Limits(msgspec.Struct, frozen=True):
    """Upper bounds of what is read from one file.

    A map of 4000 × 4000 bins fits, doubles with their squared errors included.

    Attributes:
        object_bytes: size of one object, decompressed, in bytes.
        streamer_bytes: size of the file's own description of its classes.
        key_list_bytes: size of one directory's list of keys, in bytes.
        keys: keys in the whole file.
        depth: directories within directories.
        cells: bins of one histogram, flow bins included.
    """

    object_bytes: int = 256 * MEBIBYTE
    streamer_bytes: int = 4 * MEBIBYTE
    key_list_bytes: int = 256 * MEBIBYTE
    keys: int = 2_000_000
    depth: int = 64
    cells: int = 20_000_000
