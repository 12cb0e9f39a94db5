"""The bytes of a file, by ``pread`` or from memory, and the file's identity.

Never a memory map: a file that is cut short under a map kills the process.
"""

from __future__ import annotations

import os
import stat
from pathlib import Path
from typing import NamedTuple

from dqmconsole.rootio.errors import DamagedError, RootFileError


class Identity(NamedTuple):
    """What tells one state of a file from another; times in nanoseconds."""

    inode: int
    size: int
    mtime_ns: int


class ByteSource:
    """Bytes by position, from a file or from memory.

    Args:
        source: path of a regular file, or the bytes themselves.
        name: how messages call it; the path when left out.

    Raises:
        RootFileError: the file cannot be opened or is not a regular file.
    """

    __slots__ = ("_bytes", "_fd", "_path", "identity", "name", "size")

    def __init__(self, source: Path | bytes, name: str = "") -> None:
        self._fd = -1
        self._bytes: bytes | None = None
        self._path: Path | None = None
        if isinstance(source, bytes):
            self.name = name or "bytes in memory"
            self._bytes = source
            self.identity = Identity(0, len(source), 0)
        else:
            self.name = name or str(source)
            self._path = Path(source)
            self._fd, self.identity = _open(self._path, self.name)
        self.size = self.identity.size

    @property
    def mark(self) -> tuple[int, ...]:
        """What tells this content from others under the same name."""
        if self._bytes is None:
            return self.identity
        return (hash(self._bytes), self.size)

    def read(self, start: int, length: int) -> bytes:
        """Return exactly `length` bytes from `start` on.

        Raises:
            DamagedError: the file ends before, or it cannot be read any more.
        """
        if start < 0 or length < 0 or start + length > self.size:
            message = (
                f"bytes {start} to {start + length} lie outside of the file's "
                f"{self.size} bytes: cut short, or still being written"
            )
            raise DamagedError(message)
        if self._bytes is not None:
            return self._bytes[start : start + length]
        try:
            found = os.pread(self._fd, length, start)
            if len(found) != length:
                found = self._read_on(found, start, length)
        except OSError as error:
            message = f"cannot be read: {error.strerror or error}"
            raise DamagedError(message) from error
        return found

    def _read_on(self, found: bytes, start: int, length: int) -> bytes:
        parts = [found]
        have = len(found)
        # One pread returns at most 2 GiB, and less on some network mounts.
        while have < length:
            part = os.pread(self._fd, length - have, start + have)
            if not part:
                message = "cut short while it was being read"
                raise DamagedError(message)
            parts.append(part)
            have += len(part)
        return b"".join(parts)

    def unchanged(self) -> bool:
        """Tell whether the path still names the very file that was opened."""
        if self._path is None:
            return True
        if self._fd < 0:
            return False
        try:
            now = _identity(self._path.stat())
            held = _identity(os.fstat(self._fd))
        except OSError:
            return False
        return self.identity == now == held

    def close(self) -> None:
        """Close the file; closing twice does no harm."""
        if self._fd >= 0:
            os.close(self._fd)
            self._fd = -1


def _identity(found: os.stat_result) -> Identity:
    return Identity(found.st_ino, found.st_size, found.st_mtime_ns)


def _open(path: Path, name: str) -> tuple[int, Identity]:
    try:
        # O_NONBLOCK: a named pipe would otherwise wait for its writer.
        fd = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)
    except OSError as error:
        message = f"cannot be opened: {error.strerror or error}"
        raise RootFileError(name, message) from error
    except ValueError as error:
        message = "not a file name"
        raise RootFileError(name, message) from error
    found = os.fstat(fd)
    if not stat.S_ISREG(found.st_mode):
        os.close(fd)
        what = "a folder" if stat.S_ISDIR(found.st_mode) else "not a regular file"
        raise RootFileError(name, f"{what}, not a ROOT file")
    return fd, _identity(found)
