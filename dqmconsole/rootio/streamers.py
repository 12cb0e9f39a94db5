"""The description of ROOT's classes that every file carries: its ``StreamerInfo`` list.

``streamerinfo.bin`` is such a record, taken byte by byte from a file that ROOT 6.40
wrote with one object of every class that :mod:`dqmconsole.rootio.encode` can write.
``tests/data/make_streamerinfo.py`` made it, and makes it anew.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path
from struct import Struct

# fVersion of the ROOT that wrote the record: 6.40/00.
ROOT_VERSION = 64000

_SIZE = Struct(">I")


@cache
def streamer_record() -> tuple[bytes, int]:
    """The record as compressed bytes, and its size when decompressed, in bytes."""
    data = Path(__file__).with_name("streamerinfo.bin").read_bytes()
    return data[_SIZE.size :], _SIZE.unpack_from(data)[0]
