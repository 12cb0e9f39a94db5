"""What stands in a folder, told as differences: the scanner's work and words."""

from __future__ import annotations

import errno
import os
from typing import TYPE_CHECKING

import msgspec

from dqmconsole.sources.names import is_candidate, is_repository_folder

if TYPE_CHECKING:
    from collections.abc import Iterator

REPOSITORY_DEPTH = 2  # 00039xxxx/0003982xx/DQM_….root
UNKNOWN_SIZE = -1  # of a file that is there, but says nothing of itself


class FileStat(msgspec.Struct, frozen=True, array_like=True, gc=False, order=False):
    """One file of the folder.

    Attributes:
        file: path below the folder.
        size: bytes; `UNKNOWN_SIZE` when it cannot be asked (a link to itself).
        mtime_ns: time of the last change, ns since the epoch, file server's clock.
        inode: number of the inode.
    """

    file: str
    size: int
    mtime_ns: int
    inode: int


class FolderListing(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """What changed in a folder since the listing before; empty: a heart-beat.

    Attributes:
        changed: files that are new or other than before.
        gone: paths of files that are no longer there.
        whole: `changed` is all there is: forget what was known.
        error: why the folder cannot be listed, or "" (nothing changes then).
        free: bytes free on its disk, or -1 when unknown.
        target: the folder that was listed, all links followed; "" when unknown.
    """

    changed: tuple[FileStat, ...] = ()
    gone: tuple[str, ...] = ()
    whole: bool = False
    error: str = ""
    free: int = -1
    target: str = ""


class Scan:
    """One folder, looked through again and again.

    It is looked through rather than watched, for network mounts send no events.
    Where its name is a link, that is followed at every look.
    """

    def __init__(self, folder: str, *, tree: bool = False) -> None:
        self._folder = folder
        self._tree = tree
        self._known: dict[str, FileStat] = {}
        self._target = ""

    def look(self) -> FolderListing:
        """List the folder once; may block for as long as the file system likes."""
        before, self._target = self._target, os.path.realpath(self._folder)
        try:
            found = {stat.file: stat for stat in self._walk("", 0)}
        except OSError as error:
            self._target = before  # what it leads to then is still to be listed whole
            return FolderListing(error=os.strerror(error.errno or errno.EIO))
        whole = self._target != before
        known, self._known = {} if whole else self._known, found
        return FolderListing(
            changed=tuple(
                stat for file, stat in found.items() if known.get(file) != stat
            ),
            gone=tuple(file for file in known if file not in found),
            whole=whole,
            free=_free_bytes(self._folder),
            target=self._target,
        )

    def _walk(self, below: str, depth: int) -> Iterator[FileStat]:
        with os.scandir(os.path.join(self._folder, below)) as entries:  # noqa: PTH118 - strings: this runs four times a second over thousands of files
            listed = list(entries)
        for entry in listed:
            file = f"{below}/{entry.name}" if below else entry.name
            if is_candidate(entry.name):
                try:
                    stat = entry.stat()
                except FileNotFoundError:
                    continue  # deleted since it was listed: the next one follows
                except OSError:
                    # one bad link must not hide the rest: to open it says what ails it
                    yield FileStat(_sayable(file), UNKNOWN_SIZE, 0, 0)
                    continue
                yield FileStat(
                    _sayable(file), stat.st_size, stat.st_mtime_ns, stat.st_ino
                )
            elif (
                self._tree
                and depth < REPOSITORY_DEPTH
                and is_repository_folder(entry.name)
                and entry.is_dir()
            ):
                yield from self._walk(file, depth + 1)


def _sayable(file: str) -> str:
    """The name as UTF-8 can carry it; one that is not UTF-8 is no DQM name anyway."""
    return file.encode("utf-8", "backslashreplace").decode()


def _free_bytes(folder: str) -> int:
    try:
        disk = os.statvfs(folder)
    except OSError:
        return -1
    if not disk.f_blocks or disk.f_flag & os.ST_RDONLY:
        return -1  # nothing is written there, so nothing can be cut short
    return disk.f_bavail * disk.f_frsize
