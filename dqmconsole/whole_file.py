"""Files that are written whole or not at all: beside their place, then renamed."""

from __future__ import annotations

import contextlib
import errno
import os
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@contextlib.contextmanager
def replacing(target: Path, *, durable: bool = False) -> Iterator[Path]:
    """Write a file under a hidden name beside its own, which it gets at the end.

    No reader ever sees a part of it, and where writing fails what was there before
    stays as it is.

    Args:
        target: the file; one that exists is replaced, a link too.
        durable: it is on the disk at the end, and stays after a loss of power.

    Yields:
        The path to write to, at which there is nothing.

    Raises:
        OSError: the disk refuses.
        ValueError: no file can have that name.
    """
    part = target.with_name(f".{target.name}.{os.getpid()}.tmp")
    part.unlink(missing_ok=True)  # of a process that was killed, and had this number
    try:
        yield part
        if durable:
            with part.open("rb") as written:
                os.fsync(written.fileno())
        part.replace(target)
        if durable:
            sync_folder(target.parent)
    finally:  # where none could be made, none can be taken
        with contextlib.suppress(OSError, ValueError):
            part.unlink(missing_ok=True)


def sync_folder(folder: Path) -> None:
    """Bring the names in a folder to the disk, where its file system can.

    Raises:
        OSError: it is no folder, or the disk refuses.
    """
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    except OSError as error:
        if error.errno not in (errno.EINVAL, errno.ENOTSUP):
            raise
    finally:
        os.close(descriptor)
