"""What stands in a folder, told as differences: ``python -m dqmconsole.sources.scan``.

A thread stuck in ``stat`` on a dead mount cannot be joined; a process can be
killed, or where even that fails, forgotten. So the folder is scanned by one of its
own. It writes length-prefixed MessagePack of :class:`FolderListing` to its standard
output: at once what changed, else an empty one as heart-beat. While a look takes
long, and while it rests after one, messages of no bytes are its heart-beat. Its
standard input is its life-line: at its end the process ends.
"""

from __future__ import annotations

import contextlib
import errno
import os
import select
import signal
import stat as stat_module
import sys
import time
from typing import TYPE_CHECKING

import msgspec

from dqmconsole.link.lifeline import wake_when_parent_dies
from dqmconsole.model.escape import escape_tracebacks
from dqmconsole.model.file_pattern import FilePattern
from dqmconsole.sources.names import is_candidate, is_repository_folder

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    _Walk = Callable[[str, int], Iterator["FileStat"]]

PAUSE = 0.1  # seconds between two looks
HEART_BEAT = 0.5  # seconds between two messages at most, while stat answers
_SHARE = 0.1  # of its time the scanner works at most, in a folder of many files
REPOSITORY_DEPTH = 2  # 00039xxxx/0003982xx/DQM_….root
UNKNOWN_SIZE = -1  # of a file that is there, but says nothing of itself


class FileStat(msgspec.Struct, frozen=True, array_like=True, gc=False, order=False):
    """One file of the folder.

    Attributes:
        file: path below the folder.
        size: bytes; `UNKNOWN_SIZE` when it cannot be asked (a link to itself).
        mtime_ns: time of the last change, ns since the epoch, file server's clock.
        inode: number of the inode.
        target: of a link whose name is read by a pattern, the file it leads to: its
            path below the folder, or outside of it its name; else "".
    """

    file: str
    size: int
    mtime_ns: int
    inode: int
    target: str = ""


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
    Where its name is a link, that is followed at every look; so are links in it.
    What cannot be looked into of the folders in it hides nothing else; what was found
    there before counts as there until it is gone, or can be looked into again.

    Args:
        folder: the folder.
        tree: look through the folders of a repository too.
        pattern: of the names of its files; those of DQM when left out.
        beat: called before each entry of a folder is looked at: the file system
            answers.
    """

    def __init__(
        self,
        folder: str,
        *,
        tree: bool = False,
        pattern: FilePattern | None = None,
        beat: Callable[[], None] = lambda: None,
    ) -> None:
        self._beat = beat
        self._folder = folder
        self._tree = tree
        self._pattern = pattern
        self._known: dict[str, FileStat] = {}
        self._closed: list[str] = []  # folders in it that this look cannot look into
        self._target = ""

    def look(self) -> FolderListing:
        """List the folder once; may block for as long as the file system likes."""
        before, self._target = self._target, os.path.realpath(self._folder)
        self._closed = []
        try:
            walk = self._walk if self._pattern is None else self._walk_by_pattern
            found = {stat.file: stat for stat in walk("", 0)}
        except OSError as error:
            self._target = before  # what it leads to then is still to be listed whole
            return FolderListing(error=os.strerror(error.errno or errno.EIO))
        whole = self._target != before
        known = {} if whole else self._known
        closed = tuple(f"{folder}/" for folder in self._closed)
        found |= {file: known[file] for file in known if file.startswith(closed)}
        self._known = found
        return FolderListing(
            changed=tuple(
                stat for file, stat in found.items() if known.get(file) != stat
            ),
            gone=tuple(file for file in known if file not in found),
            whole=whole,
            free=_free_bytes(self._folder),
            target=self._target,
        )

    def _entries(self, below: str) -> Iterator[os.DirEntry[str]]:
        listed = []
        with os.scandir(os.path.join(self._folder, below)) as entries:  # noqa: PTH118 - strings: this runs four times a second over thousands of files
            for entry in entries:
                self._beat()
                listed.append(entry)
        for entry in listed:
            self._beat()
            yield entry

    def _walk(self, below: str, depth: int) -> Iterator[FileStat]:
        for entry in self._entries(below):
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
                and self._is_folder(entry, file)
            ):
                yield from self._below(self._walk, file, depth + 1)

    def _walk_by_pattern(self, below: str, depth: int) -> Iterator[FileStat]:
        """Files that the pattern names, and ROOT files beside them."""
        pattern = self._pattern
        assert pattern is not None
        for entry in self._entries(below):
            file = _sayable(f"{below}/{entry.name}" if below else entry.name)
            if pattern.leads_into(file) and self._is_folder(entry, file):
                yield from self._below(self._walk_by_pattern, file, depth + 1)
            elif is_candidate(entry.name) or pattern.match(file) is not None:
                try:
                    stat = entry.stat()
                except FileNotFoundError:
                    continue
                except OSError:
                    yield FileStat(file, UNKNOWN_SIZE, 0, 0)
                    continue
                if not stat_module.S_ISREG(stat.st_mode):
                    continue
                target = self._target_of(entry.path) if entry.is_symlink() else ""
                if target and not pattern.match(file) and pattern.match(target):
                    continue  # another name of a file that is found
                yield FileStat(
                    file, stat.st_size, stat.st_mtime_ns, stat.st_ino, target
                )

    def _below(self, walk: _Walk, folder: str, depth: int) -> Iterator[FileStat]:
        """What is in a folder of the folder; nothing where it is gone since."""
        try:
            yield from walk(folder, depth)
        except (FileNotFoundError, NotADirectoryError):
            pass
        except OSError:  # closed to us, or out of reach for a moment
            self._closed.append(_sayable(folder))

    def _is_folder(self, entry: os.DirEntry[str], file: str) -> bool:
        try:
            return entry.is_dir()
        except OSError:  # a link to itself, or to what is out of reach
            self._closed.append(_sayable(file))
            return False

    def _target_of(self, path: str) -> str:
        target = os.path.realpath(path)
        inside = f"{self._target}/"
        if target.startswith(inside):
            return _sayable(target.removeprefix(inside))
        return _sayable(os.path.basename(target))  # noqa: PTH119 - a string


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


def main(arguments: list[str]) -> int:
    """Scan ``arguments[0]`` until the parent is gone.

    ``--tree`` for a repository; ``--files PATTERN WORD`` for names by a pattern.
    """
    wake_when_parent_dies()
    # Ctrl-C is for the parent, whose group this process shares: who kills the
    # engine's group kills its scanner too, be it stopped or not.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    folder, *options = arguments
    files = options[1:] if options[:1] == ["--files"] else []
    pattern = FilePattern(*files) if files else None
    silent_since = -1.0

    def beat() -> None:
        nonlocal silent_since
        if time.monotonic() - silent_since >= HEART_BEAT:
            with contextlib.suppress(BrokenPipeError):  # the next listing ends it
                _write(b"")
            silent_since = time.monotonic()

    tree = options == ["--tree"]
    scan = Scan(folder, tree=tree, pattern=pattern, beat=beat)
    encode = msgspec.msgpack.Encoder().encode
    listed = -1.0  # when a listing was written last
    said = FolderListing()
    due = 0.0
    while True:
        rest = due - time.monotonic()
        readable, _, _ = select.select([0], [], [], max(0.0, min(rest, HEART_BEAT)))
        if readable and not os.read(0, 1):
            return 0
        if rest > HEART_BEAT:
            beat()
            continue
        begun = time.monotonic()
        found = scan.look()
        ended = time.monotonic()
        news = found.changed or found.gone or found.whole or found.error != said.error
        if news or ended - listed >= HEART_BEAT:
            try:
                _write(encode(found))
            except BrokenPipeError:
                return 0
            said, listed, silent_since = found, ended, ended
        due = ended + max(PAUSE, (ended - begun) * (1 / _SHARE - 1))


def _write(body: bytes) -> None:
    rest = memoryview(len(body).to_bytes(4, "big") + body)
    while rest:
        rest = rest[os.write(1, rest) :]


if __name__ == "__main__":
    escape_tracebacks()
    sys.exit(main(sys.argv[1:]))
