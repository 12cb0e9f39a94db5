"""The open files of a folder: elements by (run, path), read when somebody asks.

A file is opened when it is first asked for and kept open, for its producer deletes it
once it has written the next.
"""

from __future__ import annotations

import hashlib
import math
import os
from collections import OrderedDict
from contextlib import closing
from typing import TYPE_CHECKING

import msgspec

from dqmconsole.model.histogram import Scalar
from dqmconsole.model.layout import subsystem_of
from dqmconsole.model.run import FIRST_TIMED, run_words
from dqmconsole.model.site import places_of
from dqmconsole.model.trend import latest_number, whole_number
from dqmconsole.model.words import listed
from dqmconsole.rootio.dqmfile import STORED, DqmFile, FileEntry, Folder
from dqmconsole.rootio.errors import (
    DamagedError,
    NotInFileError,
    RootFileError,
    UnreadableClassError,
)
from dqmconsole.site.nearest import nearest
from dqmconsole.sources.merging import (
    NotAddedError,
    added_up,
    adds_up,
    efficiencies,
    kind_of,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence
    from pathlib import Path

    from dqmconsole.model.graph import Element
    from dqmconsole.model.histogram import QualityResult
    from dqmconsole.model.site import ConditionPaths, Merge
    from dqmconsole.rootio.keys import Key as ObjectKey
    from dqmconsole.sources.snapshots import Key, Snapshot, SnapshotTable

ROOM = 64
"""Files held open: four runs of sixteen subsystems. Those of the current run are
never closed, for the producer deletes a snapshot that it has followed up."""


HASHED = 200  # elements of a file that does not say how far it has come
HASHED_BYTES = 4 << 20
NAMED = 6  # producers of an element that are named


class SeveralProducersError(RootFileError):
    """An element that several producers give, and that is not added up."""


class SubsystemFile(DqmFile):
    """A file of one subsystem, below which its elements stand.

    Unless it has a folder of that name itself, or the tree of CMS.

    Args:
        source: path of the file.
        subsystem: as its name says it.
    """

    def __init__(self, source: Path, subsystem: str) -> None:
        self._above = ""
        super().__init__(source)
        try:
            top = super().folder("")
        except RootFileError:
            self.close()
            raise
        here = () if top is None else top.folders
        self._above = "" if subsystem in here or self.runs else f"{subsystem}/"

    def folder(self, path: str) -> Folder | None:
        """One folder; see :class:`DqmFile`."""
        path = path.strip("/")
        if not self._above:
            return super().folder(path)
        if not path:
            return Folder("", (self._above.rstrip("/"),), {}, {}, {}, frozenset())
        if not f"{path}/".startswith(self._above):
            return None
        found = super().folder(f"{path}/".removeprefix(self._above))
        return None if found is None else msgspec.structs.replace(found, path=path)

    def entries(self) -> Iterator[FileEntry]:
        """Every element; see :class:`DqmFile`."""
        for each in super().entries():
            yield FileEntry(f"{self._above}{each.path}", each.kind, each.key)


class FileProgress(msgspec.Struct, frozen=True, gc=False):
    """How far the content of a file has come; None where it does not say.

    Attributes:
        lumisection: the last lumisection its producer saw.
        events: events its producer processed.
        timestamp: when its producer last processed, unix time, s.
        started: when the run started, unix time, s.
        content: a hash of the first elements, where none of the others is told; "".
    """

    lumisection: int | None = None
    events: int | None = None
    timestamp: float | None = None
    started: float | None = None
    content: str = ""

    def digest(self, run: int) -> str:
        """A hash of how far the content of a run has come; "" where nothing says so."""
        if all(number is None for number in self.progress):
            return ""
        told = msgspec.json.encode((run, *self.progress))
        return hashlib.blake2b(told, digest_size=16).hexdigest()

    @property
    def progress(self) -> tuple[int | float | str | None, ...]:
        """What must grow, or change, while the producer works."""
        told = (self.lumisection, self.events, self.timestamp)
        return (*told, self.content) if self.content else told

    def retimed(self, retime: Callable[[float], float]) -> FileProgress:
        """The same with its times turned by `retime`."""
        return msgspec.structs.replace(
            self,
            timestamp=None if self.timestamp is None else retime(self.timestamp),
            started=None if self.started is None else retime(self.started),
        )


class OpenFile:
    """An open file, the snapshot it holds and the subsystems in it.

    Attributes:
        snapshot: the snapshot.
        file: the open file; it stays readable when its name is deleted.
        tops: first parts of the paths in it, the client's own name first.
    """

    __slots__ = ("file", "snapshot", "tops")

    def __init__(
        self, snapshot: Snapshot, file: DqmFile, tops: tuple[str, ...]
    ) -> None:
        self.snapshot = snapshot
        self.file = file
        self.tops = tops


class OpenFiles:
    """The elements behind a :class:`SnapshotTable`, in files that are held open.

    Args:
        root: the folder the snapshots' files are below.
        table: which snapshot is in use.
        paths: where a file says how far it has come.
        opener: opens a file.
        merge: what is made of an element that several files of a run hold; None: the
            first is shown.
        where: where that is configured.

    Attributes:
        blocked: why no file may be touched now (the folder hangs), or "".
    """

    def __init__(
        self,
        root: Path,
        table: SnapshotTable,
        paths: ConditionPaths,
        opener: Callable[[Path], DqmFile] = DqmFile,
        *,
        merge: Merge | None = None,
        where: str = "",
    ) -> None:
        self.blocked = ""
        self._merge = merge
        self._where = where
        self._root = root
        self._table = table
        self._paths = paths
        self._opener = opener
        self._files: OrderedDict[Key, OpenFile] = OrderedDict()  # latest used last
        self._versions: dict[Key, int] = {}
        self._tops: dict[Key, tuple[str, ...]] = {}
        self._newest: set[tuple[int, str]] = set()
        self._compared: dict[object, bool] = {}  # pairs of files
        self._counter = 0
        self._servers: dict[tuple[int, str], tuple[str, ...]] = {}
        self._shared: dict[tuple[int, str], tuple[str, tuple[str, ...]]] = {}

    def take(self, key: Key) -> tuple[Snapshot, FileProgress] | None:
        """Open the best snapshot of a client that can be read, and use it.

        Returns:
            What is newly in use; None when nothing better could be read.
        """
        while not self.blocked and (snapshot := self._table.better(key)) is not None:
            opened = self._open(snapshot)
            if opened is None:
                continue
            try:
                progress = read_progress(opened.file, opened.tops, self._paths)
                self._check(opened)
            except RootFileError as error:
                opened.file.close()
                self._reject(snapshot, error)
                continue
            self._use(snapshot)
            self._hold(key, opened)
            return snapshot, progress
        return None

    def content_before(
        self, snapshot: Snapshot
    ) -> tuple[Snapshot, FileProgress] | None:
        """What the file before one of the same client says; None where none is read.

        It is closed again, and nothing is thought worse of it.
        """
        earlier = self._table.before(snapshot)
        if earlier is None:
            return None
        try:
            file = self._open_file(earlier)
        except (RootFileError, OSError):
            return None
        try:
            return earlier, read_progress(
                file, _look_inside(file, earlier), self._paths
            )
        except RootFileError:
            return None
        finally:
            file.close()

    def promise(self, key: Key) -> None:
        """Use the best snapshot without opening it before somebody asks."""
        snapshot = self._table.better(key)
        if snapshot is not None:
            self._close(key)
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
        found: list[Folder] = []
        for client in self._clients(run, subsystem):
            opened = self._opened((run, client))
            if opened is None:
                continue
            folder = opened.file.folder(path)
            self._check(opened)
            if folder is not None:
                found.append(folder)
        if not found and subsystem:
            self._see_whether_readable(run, subsystem)
        return joined(found, parts=self._merge is not None)

    def element(self, run: int, path: str) -> Element:
        """One element of a run; see :class:`Source`."""
        subsystem = subsystem_of(path.strip("/").removeprefix(STORED))
        if self._merge is not None:
            holders = self.holders(run, path)
            if len(holders) > 1:
                return self._merged(run, path.strip("/"), holders)
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
        subsystem = subsystem_of(path.strip("/"))
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

    def parts(self, run: int, path: str) -> int:
        """Of how many producers one element would be that is not to be added up.

        Raises:
            RootFileError: a file cannot be read.
        """
        if self._merge == "sum":
            return 1
        holders = self.holders(run, path)
        agreed = len(holders) > 1 and self._agreed(path, self._all(run, holders))
        return 1 if agreed else len(holders)

    def lacks(self, key: Key, other: Snapshot) -> bool:
        """Tell whether a file holds folders or elements that the one in use does not.

        Looked for once; no, where either cannot be read.
        """
        used = self._table.in_use(key)
        if used is None or self.blocked:
            return False
        pair = (used.file, used.identity, other.file, other.identity)
        if pair not in self._compared:
            if len(self._compared) >= ROOM:
                self._compared.clear()
            self._compared[pair] = self._holds_more(key, other)
        return self._compared[pair]

    def _holds_more(self, key: Key, other: Snapshot) -> bool:
        try:
            opened = self._opened(key)
            with closing(self._open_file(other)) as file:
                theirs = file.folder("")
            ours = None if opened is None else opened.file.folder("")
        except (RootFileError, OSError):
            return False
        if ours is None or theirs is None:
            return False
        names = {*ours.folders, *ours.elements, *ours.scalars}
        return not names.issuperset(
            (*theirs.folders, *theirs.elements, *theirs.scalars)
        )

    def newest_of(self, run: int) -> list[str]:
        """Elements of several producers that do not add up, so that one is shown.

        As far as anybody asked for them.
        """
        self._newest = {key for key in self._newest if key[0] == run}
        return sorted(path for _, path in self._newest)

    def _merged(self, run: int, path: str, holders: Sequence[str]) -> Element:
        """An element of several producers.

        Raises:
            SeveralProducersError: they are not to be added up, or cannot be.
            RootFileError: a file cannot be read.
        """
        files = self._all(run, holders)
        agreed = self._agreed(path, files)
        if agreed is not None:
            return agreed
        if self._merge != "sum":
            words = "none is shown as the whole; merge: sum adds them up "
            words += f"({self._where})"
            raise self._several(files, words)
        files.sort(key=lambda each: each.snapshot.written)
        files = _each_once(files)
        try:
            if all(_is_efficiency(_find(each.file, path)) for each in files):
                return self._efficiency(path, files)
            elements = []
            for each in files:
                elements.append(each.file.element(path))
                self._check(each)
            newest = elements[-1]
            if len(elements) == 1:
                return newest
            if _add_up(elements):
                return added_up(elements)
            number = self._number(path, elements)
            if number is None and not self._is_known(path):
                self._newest.add((run, path))
            return _noted(newest, len(files)) if number is None else number
        except (NotAddedError, DamagedError) as error:
            words = f"they cannot be added up: {error}"
            raise self._several(files, words) from error

    def _all(self, run: int, clients: Sequence[str]) -> list[OpenFile]:
        opened = [self._opened((run, client)) for client in clients]
        return [each for each in opened if each is not None]

    def _agreed(self, path: str, files: Sequence[OpenFile]) -> Scalar | None:
        """A text or number that all files hold alike, such as the type of the run."""
        if self._counts_events(path):
            return None
        values = []
        for each in files:
            folder, name = _find(each.file, path) or (None, "")
            key = None if folder is None else folder.elements.get(name)
            if folder is None or (key is not None and key.root_class != "TObjString"):
                return None
            values.append(each.file.element(path))
        first = values[0]
        alike = all(each == first for each in values)
        return first if alike and isinstance(first, Scalar) else None

    def _efficiency(self, path: str, files: Sequence[OpenFile]) -> Element:
        counts = []
        for each in files:
            folder, name = _find(each.file, path) or (None, "")
            assert folder is not None
            counts.append(each.file.counts(folder.elements[name], path))
            self._check(each)
        found = efficiencies(counts)
        return msgspec.structs.replace(found, name=path.rpartition("/")[2])

    def _number(self, path: str, elements: Sequence[Element]) -> Scalar | None:
        """The sum of what counts events, None for what does not."""
        if not self._counts_events(path):
            return None
        scalars = [each for each in elements if isinstance(each, Scalar)]
        numbers = [latest_number(each) for each in scalars]
        known = [each for each in numbers if each is not None]
        if len(known) < len(elements):
            return None
        total = math.fsum(known)
        return Scalar(
            path.rpartition("/")[2], int(total) if total.is_integer() else total
        )

    def _is_known(self, path: str) -> bool:
        """Tell whether it says how far a file has come, which is read of each."""
        told = (self._paths.lumisection, self._paths.timestamp, self._paths.started)
        subsystem = subsystem_of(path)
        return any(path in places_of(each, subsystem) for each in told)

    def _counts_events(self, path: str) -> bool:
        return path in places_of(self._paths.events, subsystem_of(path))

    def _several(self, files: Sequence[OpenFile], words: str) -> SeveralProducersError:
        named = listed([each.snapshot.file for each in files], NAMED)
        message = f"{len(files)} producers give it ({named}): {words}"
        return SeveralProducersError(str(self._root), message)

    def shared(self, run: int) -> list[tuple[str, tuple[str, ...]]]:
        """Of each subsystem one element that several files hold, and whose these are.

        As far as anybody asked for :meth:`holders`.
        """
        self._shared = {
            key: told for key, told in self._shared.items() if key[0] == run
        }
        return [self._shared[key] for key in sorted(self._shared)]

    def entries(self, run: int) -> Iterator[FileEntry]:
        """Every element of a run, lazily, one file after the other.

        Each file is opened by itself, so that the listing goes on when meanwhile
        another snapshot is put to use. A file that fails is a Problem, and left out.
        """
        told: set[str] = set()
        for client in sorted(self._table.clients(run)):
            opened = self._opened((run, client))
            if opened is None:
                continue
            try:
                file = self._open_file(opened.snapshot)
            except (RootFileError, OSError):
                # followed up and deleted, but what is held open can still be read
                yield from self._once(list(opened.file.entries()), told)
                continue
            try:
                yield from self._once(file.entries(), told)
            except RootFileError as error:
                self._reject(opened.snapshot, error)
            finally:
                file.close()

    def _once(
        self, entries: Iterable[FileEntry], told: set[str]
    ) -> Iterator[FileEntry]:
        """Of elements that several files give one entry, where they are one."""
        if self._merge is None:
            yield from entries
            return
        for each in entries:
            if each.path not in told:
                told.add(each.path)
                yield each

    def start_over(self) -> None:
        """Close all files and forget them; versions go on growing."""
        self.close()
        self._versions.clear()
        self._tops.clear()
        self._servers.clear()
        self._shared.clear()

    def close(self) -> None:
        """Close all files."""
        for key in list(self._files):
            self._close(key)

    def _use(self, snapshot: Snapshot) -> None:
        self._table.use(snapshot)
        self._counter += 1
        self._versions[snapshot.key] = self._counter
        self._servers.clear()

    def _clients(self, run: int, subsystem: str) -> tuple[str, ...]:
        """The clients whose files hold that subsystem, its namesake first.

        Where there is no namesake every file of the run is opened once to see. The
        top of the tree, "", is in all of them.
        """
        if not subsystem:
            return tuple(
                client
                for client in sorted(self._table.clients(run))
                if self._table.in_use((run, client)) is not None
            )
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
        found = self._files.get(key)
        if found is not None:
            self._files.move_to_end(key)
        while found is None and (snapshot := self._table.in_use(key)) is not None:
            found = self._open(snapshot)
            if found is not None:
                self._hold(key, found)
            else:
                self._servers.clear()
                self.promise(key)
        return found

    def _open(self, snapshot: Snapshot) -> OpenFile | None:
        """Open a file and see that it is what its name says; else None."""
        try:
            file = self._open_file(snapshot)
        except (RootFileError, OSError) as error:
            if is_gone(error):
                self._table.lose(snapshot)
            else:
                self._reject(snapshot, error)
            return None
        try:
            tops = _look_inside(file, snapshot)
        except RootFileError as error:
            file.close()
            self._reject(snapshot, error)
            return None
        if self._tops.get(snapshot.key) != tops:
            self._tops[snapshot.key] = tops
            self._servers.clear()
        return OpenFile(snapshot, file, tops)

    def _reject(self, snapshot: Snapshot, error: RootFileError | OSError) -> None:
        cause: BaseException | None = error
        while cause is not None and not isinstance(cause, OSError):
            cause = cause.__cause__
        self._table.reject(snapshot, reason_of(error), passing=cause is not None)

    def _open_file(self, snapshot: Snapshot) -> DqmFile:
        path, subsystem = self._root / snapshot.file, snapshot.name.subsystem
        if self._merge is None or subsystem is None:
            return self._opener(path)
        return SubsystemFile(path, subsystem)

    def _hold(self, key: Key, opened: OpenFile) -> None:
        """Hold a file; close the one it replaces, and what there is no room for."""
        self._close(key)
        self._files[key] = opened
        for other in list(self._files):
            if len(self._files) <= ROOM:
                break
            if other != key and other[0] != self._table.current_run:
                self._close(other)

    def _close(self, key: Key) -> None:
        found = self._files.pop(key, None)
        if found is not None:
            found.file.close()

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
        return NotInFileError(f"{self._root}, {run_words(run)}", path, there)


def joined(folders: Sequence[Folder], *, parts: bool = False) -> Folder | None:
    """The same folder of several files as one; of a name the first file's counts.

    Args:
        folders: as each file has it.
        parts: what several files hold are parts of one whole, of which no quality
            result of one producer's says anything.
    """
    if len(folders) < 2:
        return folders[0] if folders else None
    names = dict.fromkeys(name for each in folders for name in each.folders)
    elements: dict[str, ObjectKey] = {}
    scalars: dict[str, Scalar] = {}
    qualities: dict[str, tuple[QualityResult, ...]] = {}
    efficiencies: set[str] = set()
    for each in folders:
        known = elements.keys() | scalars.keys()
        elements |= {k: v for k, v in each.elements.items() if k not in known}
        scalars |= {k: v for k, v in each.scalars.items() if k not in known}
        qualities |= {k: v for k, v in each.qualities.items() if k not in known}
        efficiencies |= each.efficiencies - known
        if parts:
            several = known & (each.elements.keys() | each.scalars.keys())
            qualities = {k: v for k, v in qualities.items() if k not in several}
    return Folder(
        folders[0].path,
        tuple(names),
        elements,
        scalars,
        qualities,
        frozenset(efficiencies),
    )


def _holds_element(file: DqmFile, path: str) -> bool:
    return _find(file, path) is not None


def _find(file: DqmFile, path: str) -> tuple[Folder, str] | None:
    """The folder of an element and its name there; names may contain "/"."""
    cut = len(path)
    while cut > 0:
        cut = path.rfind("/", 0, cut)
        folder = file.folder(path[: max(cut, 0)])
        name = path[cut + 1 :]
        if folder is not None and (name in folder.elements or name in folder.scalars):
            return folder, name
    return None


def _noted(newest: Element, producers: int) -> Element:
    """The newest of several that do not add up; its title says so."""
    if isinstance(newest, Scalar):
        return newest
    words = f"{newest.title} (the newest of {producers} producers)".lstrip()
    return msgspec.structs.replace(newest, title=words)


def _add_up(elements: Sequence[Element]) -> bool:
    """Tell whether elements are added up.

    Raises:
        NotAddedError: some are, and others are not.
    """
    adding = [adds_up(each) for each in elements]
    if any(adding) and not all(adding):
        one, other = (elements[adding.index(each)] for each in (True, False))
        message = f"a {kind_of(one)} adds up, a {kind_of(other)} does not"
        raise NotAddedError(message)
    return all(adding)


def _each_once(files: Sequence[OpenFile]) -> list[OpenFile]:
    """The files without those that are another name of one before: links to it."""
    found: dict[object, OpenFile] = {}
    for each in files:
        identity = each.snapshot.identity
        # some file servers number no inodes
        found.setdefault(identity if identity[2] else each.snapshot.file, each)
    return list(found.values())


def _is_efficiency(found: tuple[Folder, str] | None) -> bool:
    if found is None:
        return False
    folder, name = found
    key = folder.elements.get(name)
    return key is not None and key.root_class == "TEfficiency"


def _look_inside(file: DqmFile, snapshot: Snapshot) -> tuple[str, ...]:
    """The subsystems in a file, the client's own first.

    Raises:
        RootFileError: it cannot be read, or is of another run than its name says.
    """
    run, client = snapshot.key
    if file.run and file.run != run and run < FIRST_TIMED:
        message = f"named as of {run_words(run)}, but it holds {run_words(file.run)}"
        raise RootFileError(snapshot.file, message)
    root = file.folder("")
    if root is None:
        return ()
    # What stands at the top of a tree that is not CMS's belongs to no subsystem.
    loose = not file.runs and bool(root.elements or root.scalars)
    tops = (*root.folders, *(("",) if loose else ()))
    return tuple(sorted(tops, key=lambda top: (top != client, top)))


def read_progress(
    file: DqmFile, subsystems: Iterable[str], paths: ConditionPaths
) -> FileProgress:
    """Read how far a file has come, from the first subsystem in it that says so.

    Where none does, what it holds.

    Args:
        file: the file.
        subsystems: the first parts of its paths, in order of preference.
        paths: where it stands.

    Raises:
        RootFileError: the file cannot be read.
    """
    wanted = (paths.lumisection, paths.events, paths.timestamp, paths.started)
    for subsystem in subsystems:
        numbers = [_number(file, places_of(path, subsystem)) for path in wanted]
        if any(number is not None for number in numbers):
            lumisection, events, timestamp, started = numbers
            return FileProgress(
                lumisection=whole_number(lumisection),
                events=whole_number(events),
                timestamp=timestamp if timestamp and timestamp > 0 else None,
                started=started if started and started > 0 else None,
            )
    return FileProgress(content=_content(file))


def _content(file: DqmFile) -> str:
    """A hash of the first elements of a file as they are stored; "" of none."""
    digest = hashlib.blake2b(digest_size=16)
    read = 0
    for count, entry in enumerate(file.entries()):
        if count == HASHED or read > HASHED_BYTES:
            break
        stored = file.stored(entry.key, entry.path)
        read += len(stored)
        digest.update(entry.path.encode(errors="surrogateescape") + stored)
    return digest.hexdigest() if read else ""


def _number(file: DqmFile, places: Iterable[str]) -> float | None:
    """The number at the first of these places that has one."""
    for path in places:
        try:
            found = latest_number(file.element(path))
        except (NotInFileError, UnreadableClassError):
            continue
        if found is not None:
            return found
    return None


def is_intact(file: DqmFile, path: Path) -> bool:
    """Tell whether an open file still holds what it held when it was opened.

    A file whose name was deleted or given to another goes on as it was; only one
    that was written to in place does not.
    """
    if file.unchanged():
        return True
    try:
        now = os.stat(path)  # noqa: PTH116 - Path.stat costs twice the time
    except (FileNotFoundError, NotADirectoryError):
        return True
    except OSError:
        return False  # a folder closed to us: what stands there now nobody can say
    return now.st_ino != file.identity.inode


def is_gone(error: Exception) -> bool:
    """Tell whether a file could not be opened because it is no longer there."""
    return isinstance(error, FileNotFoundError) or isinstance(
        error.__cause__, FileNotFoundError
    )


def reason_of(error: RootFileError | OSError) -> str:
    """Why a file could not be read, without its name."""
    if isinstance(error, RootFileError):
        return f"{error.where}: {error.what}" if error.where else error.what
    return error.strerror or str(error)
