"""Elements by (run, path) out of many files: opened when asked for, and kept open."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dqmconsole.rootio.dqmfile import DqmFile
from dqmconsole.rootio.errors import NotInFileError, RootFileError
from dqmconsole.site.nearest import nearest
from dqmconsole.sources.content import Content, read_content
from dqmconsole.sources.shelf import OpenFile, Shelf, is_gone, is_intact, reason_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from dqmconsole.model.histogram import Histogram, Scalar
    from dqmconsole.model.site import ConditionPaths
    from dqmconsole.rootio.dqmfile import Entry, Folder
    from dqmconsole.sources.snapshots import Key, Snapshot, SnapshotTable

ROOM = 64
"""Files held open: four runs of sixteen subsystems. Those of the current run are
never closed, for the producer deletes a snapshot that it has followed up."""


class Library:
    """The content behind a :class:`SnapshotTable`.

    Args:
        root: the folder the snapshots' files are below.
        table: which snapshot is in use.
        paths: where a file says how far it has come.
        opener: opens a file.

    Attributes:
        blocked: why no file may be touched now (the folder hangs), or "".
    """

    def __init__(
        self,
        root: Path,
        table: SnapshotTable,
        paths: ConditionPaths,
        opener: Callable[[Path], DqmFile] = DqmFile,
    ) -> None:
        self.blocked = ""
        self._root = root
        self._table = table
        self._paths = paths
        self._opener = opener
        self._shelf = Shelf(ROOM, lambda key: key[0] == table.current_run)
        self._versions: dict[Key, int] = {}
        self._tops: dict[Key, tuple[str, ...]] = {}
        self._counter = 0
        self._servers: dict[tuple[int, str], tuple[str, ...]] = {}
        self._shared: dict[tuple[int, str], tuple[str, tuple[str, ...]]] = {}

    def take(self, key: Key) -> tuple[Snapshot, Content] | None:
        """Open the best snapshot of a client that can be read, and use it.

        Returns:
            What is newly in use; None when nothing better could be read.
        """
        while not self.blocked and (snapshot := self._table.better(key)) is not None:
            opened = self._open(snapshot)
            if opened is None:
                continue
            try:
                content = read_content(opened.file, opened.tops, self._paths)
                self._check(opened)
            except RootFileError as error:
                opened.file.close()
                self._table.reject(snapshot, reason_of(error))
                continue
            self._use(snapshot)
            self._shelf.put(key, opened)
            return snapshot, content
        return None

    def content_before(self, snapshot: Snapshot) -> tuple[Snapshot, Content] | None:
        """What the file before one of the same client says; None where none is read.

        It is closed again, and nothing is thought worse of it.
        """
        earlier = self._table.before(snapshot)
        if earlier is None:
            return None
        try:
            file = self._opener(self._root / earlier.file)
        except (RootFileError, OSError):
            return None
        try:
            return earlier, read_content(file, _look_inside(file, earlier), self._paths)
        except RootFileError:
            return None
        finally:
            file.close()

    def promise(self, key: Key) -> None:
        """Use the best snapshot without opening it before somebody asks."""
        snapshot = self._table.better(key)
        if snapshot is not None:
            self._shelf.drop(key)
            self._use(snapshot)

    def version(self, run: int, subsystem: str) -> int:
        """Grow whenever another snapshot of that subsystem is in use; 0: none."""
        return max(
            (
                self._versions.get((run, client), 0)
                for client in self._clients(run, subsystem)
            ),
            default=0,
        )

    def tops(self, run: int, client: str) -> tuple[str, ...]:
        """The subsystems in the file of a client, as far as it was ever opened."""
        return self._tops.get((run, client), ())

    def last_tops(self, client: str) -> tuple[str, ...]:
        """The subsystems in the latest file of a client that was ever opened."""
        known = [key for key in self._tops if key[1] == client]
        return self._tops[max(known)] if known else ()

    def folder(self, run: int, path: str) -> Folder | None:
        """One folder of a run, or None; see :class:`Source`."""
        subsystem = path.strip("/").partition("/")[0]
        for client in self._clients(run, subsystem):
            opened = self._opened((run, client))
            if opened is None:
                continue
            found = opened.file.folder(path)
            self._check(opened)
            if found is not None:
                return found
        self._see_whether_readable(run, subsystem)
        return None

    def element(self, run: int, path: str) -> Histogram | Scalar:
        """One element of a run; see :class:`Source`."""
        subsystem = path.strip("/").partition("/")[0]
        missing: NotInFileError | None = None
        for client in self._clients(run, subsystem):
            opened = self._opened((run, client))
            if opened is None:
                continue
            try:
                found = opened.file.element(path)
            except NotInFileError as error:
                missing = error
                continue
            self._check(opened)
            return found
        if missing is not None:
            raise missing
        self._see_whether_readable(run, subsystem)
        raise self._not_there(run, path)

    def holders(self, run: int, path: str) -> tuple[str, ...]:
        """The clients whose files hold an element; the first is the one shown.

        Raises:
            RootFileError: a file cannot be read.
        """
        subsystem = path.strip("/").partition("/")[0]
        clients = self._clients(run, subsystem)
        if len(clients) < 2:
            return clients
        found = tuple(
            client
            for client in clients
            if (opened := self._opened((run, client))) is not None
            and _holds_element(opened.file, path)
        )
        if len(found) > 1:
            self._shared[(run, subsystem)] = (path, found)
        return found

    def shared(self, run: int) -> list[tuple[str, tuple[str, ...]]]:
        """Of each subsystem one element that several files hold, and whose these are.

        As far as anybody asked for :meth:`holders`.
        """
        self._shared = {
            key: told for key, told in self._shared.items() if key[0] == run
        }
        return [self._shared[key] for key in sorted(self._shared)]

    def entries(self, run: int) -> Iterator[Entry]:
        """Every element of a run, lazily, one file after the other.

        Each file is opened by itself, so that the listing goes on when meanwhile
        another snapshot is put to use. A file that fails is a Problem, and left out.
        """
        for client in sorted(self._table.clients(run)):
            opened = self._opened((run, client))
            if opened is None:
                continue
            try:
                file = self._opener(self._root / opened.snapshot.file)
            except (RootFileError, OSError):
                # followed up and deleted, but what is held open can still be read
                yield from list(opened.file.entries())
                continue
            try:
                yield from file.entries()
            except RootFileError as error:
                self._table.reject(opened.snapshot, reason_of(error))
            finally:
                file.close()

    def start_over(self) -> None:
        """Close all files and forget them; versions go on growing."""
        self._shelf.close()
        self._versions.clear()
        self._tops.clear()
        self._servers.clear()
        self._shared.clear()

    def close(self) -> None:
        """Close all files."""
        self._shelf.close()

    def _use(self, snapshot: Snapshot) -> None:
        self._table.use(snapshot)
        self._counter += 1
        self._versions[snapshot.key] = self._counter
        self._servers.clear()

    def _clients(self, run: int, subsystem: str) -> tuple[str, ...]:
        """The clients whose files hold that subsystem, its namesake first.

        Where there is no namesake every file of the run is opened once to see.
        """
        found = self._servers.get((run, subsystem))
        if found is None:
            namesake = self._table.in_use((run, subsystem)) is not None
            others = [
                client
                for client in sorted(self._table.clients(run) - {subsystem})
                if self._holds((run, client), subsystem, look=not namesake)
            ]
            found = (subsystem, *others) if namesake else tuple(others)
            self._servers[(run, subsystem)] = found
        return found

    def _holds(self, key: Key, subsystem: str, *, look: bool) -> bool:
        if look and key not in self._tops and not self.blocked:
            self._opened(key)
        used = self._table.in_use(key) is not None
        return used and subsystem in self._tops.get(key, ())

    def _opened(self, key: Key) -> OpenFile | None:
        if self.blocked:
            raise RootFileError(str(self._root), self.blocked)
        found = self._shelf.get(key)
        while found is None and (snapshot := self._table.in_use(key)) is not None:
            found = self._open(snapshot)
            if found is not None:
                self._shelf.put(key, found)
            else:
                self._servers.clear()
                self.promise(key)
        return found

    def _open(self, snapshot: Snapshot) -> OpenFile | None:
        """Open a file and see that it is what its name says; else None."""
        path = self._root / snapshot.file
        try:
            file = self._opener(path)
        except (RootFileError, OSError) as error:
            if is_gone(error):
                self._table.lose(snapshot)
            else:
                self._table.reject(snapshot, reason_of(error))
            return None
        try:
            tops = _look_inside(file, snapshot)
        except RootFileError as error:
            file.close()
            self._table.reject(snapshot, reason_of(error))
            return None
        if self._tops.get(snapshot.key) != tops:
            self._tops[snapshot.key] = tops
            self._servers.clear()
        return OpenFile(snapshot, file, tops)

    def _check(self, opened: OpenFile) -> None:
        if not is_intact(opened.file, self._root / opened.snapshot.file):
            message = "was written to while it was read"
            raise RootFileError(opened.snapshot.file, message)

    def _see_whether_readable(self, run: int, subsystem: str) -> None:
        reason = self._table.reason((run, subsystem))
        if reason:
            raise RootFileError(str(self._root), reason)

    def _not_there(self, run: int, path: str) -> NotInFileError:
        known = sorted(
            {
                top
                for client in self._table.clients(run)
                for top in self.tops(run, client)
            }
        )
        subsystem, _, rest = path.strip("/").partition("/")
        near = nearest(subsystem, known)
        there = [] if near is None else [f"{near}/{rest}"]
        return NotInFileError(f"{self._root}, run {run}", path, there)


def _holds_element(file: DqmFile, path: str) -> bool:
    """Tell whether a file holds an element; names may contain "/"."""
    cut = len(path)
    while (cut := path.rfind("/", 0, cut)) > 0:
        folder = file.folder(path[:cut])
        name = path[cut + 1 :]
        if folder is not None and (name in folder.elements or name in folder.scalars):
            return True
    return False


def _look_inside(file: DqmFile, snapshot: Snapshot) -> tuple[str, ...]:
    """The subsystems in a file, the client's own first.

    Raises:
        RootFileError: it cannot be read, or is of another run than its name says.
    """
    run, client = snapshot.key
    if file.run and file.run != run:
        message = f"named as of run {run}, but it holds run {file.run}"
        raise RootFileError(snapshot.file, message)
    root = file.folder("")
    tops = tuple(root.folders) if root is not None else ()
    return tuple(sorted(tops, key=lambda top: (top != client, top)))
