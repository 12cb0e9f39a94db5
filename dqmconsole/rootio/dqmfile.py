"""A file of monitor elements: the CMS tree, or any other, by element path.

CMS writes element ``A/B/C/plot`` of run N as ``DQMData/Run N/A/Run summary/B/C/plot``
(cmssw, ``DQMServices/Core/src/LegacyIOHelper.cc``; the run is not zero-padded). A
file with any other tree is shown as it is.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING

import msgspec

from dqmconsole.model.histogram import QualityResult, Scalar
from dqmconsole.rootio.errors import NotInFileError, RootFileError, nearest
from dqmconsole.rootio.file import Limits, RootFile
from dqmconsole.rootio.keys import Key, Listing
from dqmconsole.rootio.scalars import KINDS, Tagged, quality, scalar, tagged

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from dqmconsole.model.graph import Element


_TOP = "DQMData"
_SUMMARY = "Run summary"
_RUN = re.compile(r"Run ([1-9][0-9]{0,9}|0)", re.ASCII)
_NOTHING = Listing({}, {})
STORED = "Reference/"
"""Before the path of an element: what its producer stored as its reference.

CMS wrote it as ``DQMData/Reference/Run N/A/Run summary/B/plot`` or as
``DQMData/Run N/Reference/A/B/plot``; other trees as ``Reference/A/B/plot``.
"""


class Folder(msgspec.Struct, frozen=True):
    """What one folder of a file holds.

    Attributes:
        path: path of the folder; "" for the top.
        folders: names of the folders in it.
        elements: histograms and other objects, by name.
        scalars: integers, floats and texts, by name.
        qualities: results of the producer's quality tests, by the element's name.
        efficiencies: names of elements marked as efficiencies.
    """

    path: str
    folders: tuple[str, ...]
    elements: Mapping[str, Key]
    scalars: Mapping[str, Scalar]
    qualities: Mapping[str, tuple[QualityResult, ...]]
    efficiencies: frozenset[str]


class FileEntry(msgspec.Struct, frozen=True, gc=False):
    """One row of the listing: an element's path, its kind, and where it is.

    Attributes:
        path: path of the element.
        kind: ROOT class of a histogram or other object; "int", "float", "text".
        key: key of the object in the file.
    """

    path: str
    kind: str
    key: Key


class DqmFile(RootFile):
    """A ROOT file whose monitor elements are found by their path.

    Args:
        source: path of the file, or its bytes.
        name: how messages call it; the path when left out.
        limits: what is refused; see :class:`~dqmconsole.rootio.file.Limits`.
        run: of a file with several runs, the one to show; the highest when None.

    Attributes:
        runs: runs in the file, ascending; empty when its tree is not CMS's.
        run: the run that is shown, or None.

    Raises:
        RootFileError: not a ROOT file, empty, cut short, or still being written.
        NotInFileError: the file has no such run.
    """

    def __init__(
        self,
        source: Path | bytes,
        *,
        name: str = "",
        limits: Limits | None = None,
        run: int | None = None,
    ) -> None:
        super().__init__(source, name=name, limits=limits)
        self._listings: dict[str, Listing | None] = {}
        self._folders: dict[str, Folder] = {}
        self._top = self.root
        self.runs: tuple[int, ...] = ()
        self.run: int | None = None
        try:
            self._find_run(run)
        except (RootFileError, NotInFileError):
            self.close()
            raise

    def folder(self, path: str) -> Folder | None:
        """Return the folder of that path, or None when the file has none.

        Only the directories on the way are read, each once.

        Raises:
            RootFileError: a directory on the way is corrupt.
        """
        path = path.strip("/")
        folder = self._folders.get(path)
        if folder is None:
            listing = self._listing(path)
            if listing is not None:
                folder = self._folders[path] = _folder(self, path, listing)
        return folder

    def element(self, path: str) -> Element:
        """Decode one element. Names that contain "/" are found, too.

        Raises:
            NotInFileError: the file has no such element.
            UnreadableClassError: nobody here can read its class.
            RootFileError: the element, or a directory on the way, is corrupt.
        """
        path = path.strip("/")
        cut = len(path)
        while cut >= 0:
            # a name may contain "/": shorter folders have their turn after longer
            cut = path.rfind("/", 0, cut)
            folder = self.folder(path[: max(cut, 0)])
            if folder is None:
                continue
            name = path[cut + 1 :]
            if name in folder.scalars:
                return folder.scalars[name]
            if name in folder.elements:
                return self.read(
                    folder.elements[name],
                    path,
                    efficiency=name in folder.efficiencies,
                )
        if path.startswith(STORED) and self.runs:
            key = self._stored(path.removeprefix(STORED).split("/"))
            if key is not None:
                return self.read(key, path)
        raise NotInFileError(self.path, path, self._neighbours(path))

    def entries(self) -> Iterator[FileEntry]:
        """Yield every element of the file, in one pass over its directories.

        Raises:
            RootFileError: a directory is corrupt or contains itself.
        """
        if self.run is None:
            for path, listing in self.walk(self._top):
                yield from _rows(path, listing)
            return
        top = self.listing(self._top)
        yield from _rows("", top)
        for name in top.directories:
            inner = self.listing(self.directory(top.directories[name], name))
            key = inner.directories.get(_SUMMARY)
            if key is not None:
                start = self.directory(key, name)
                for path, listing in self.walk(start, name):
                    yield from _rows(path, listing)

    def _find_run(self, run: int | None) -> None:
        key = self.listing(self._top).directories.get(_TOP)
        if key is not None:
            listing = self.listing(self.directory(key, _TOP), _TOP)
            matches = {
                int(match[1]): key
                for name, key in listing.directories.items()
                if (match := _RUN.fullmatch(name))
            }
            self.runs = tuple(sorted(matches))
            if self.runs and (run is None or run in matches):
                self.run = self.runs[-1] if run is None else run
                self._top = self.directory(matches[self.run], f"Run {self.run}")
                return
        if run is not None:
            known = [f"Run {number}" for number in self.runs]
            raise NotInFileError(self.path, f"Run {run}", known)

    def _stored(self, steps: list[str]) -> Key | None:
        """The key of a reference that CMS stored, in either place."""
        top = self.listing(self.root)
        data = self.listing(self.directory(top.directories[_TOP], _TOP), _TOP)
        for above, then in ((data, [f"Run {self.run}"]), (self.listing(self._top), [])):
            found: Listing | None = above
            for name in (STORED.rstrip("/"), *then, *steps[:-1]):
                found = None if found is None else self._step(found, name)
            if found is not None and steps[-1] in found.objects:
                return found.objects[steps[-1]]
        return None

    def _step(self, above: Listing, name: str) -> Listing | None:
        """One directory down, and through a "Run summary" on the way."""
        key = above.directories.get(name)
        summary = above.directories.get(_SUMMARY)
        if key is None and summary is not None:
            above = self.listing(self.directory(summary, _SUMMARY))
            key = above.directories.get(name)
        if key is None:
            return None
        found = self.listing(self.directory(key, name))
        summary = found.directories.get(_SUMMARY)
        if not found.objects and summary is not None and len(found.directories) == 1:
            found = self.listing(self.directory(summary, _SUMMARY))
        return found

    def _listing(self, path: str) -> Listing | None:
        """Return the keys of a folder, reading only the directories on the way."""
        if path in self._listings:
            return self._listings[path]
        steps = path.split("/") if path else []
        found = self._listings.get("") or self.listing(self._top)
        self._listings[""] = found
        here = ""
        for name in steps:
            top = not here
            here = name if top else f"{here}/{name}"
            if here not in self._listings:
                self._listings[here] = self._below(found, name, here, top=top)
            below = self._listings[here]
            if below is None:
                return None
            found = below
        return found

    def _below(
        self, above: Listing, name: str, path: str, *, top: bool
    ) -> Listing | None:
        key = above.directories.get(name)
        if key is None:
            return None
        found = self.listing(self.directory(key, path), path)
        if not top or self.run is None:
            return found
        summary = found.directories.get(_SUMMARY)
        if summary is None:
            return _NOTHING
        return self.listing(self.directory(summary, path), path)

    def _neighbours(self, path: str) -> Iterator[str]:
        """Yield the paths in the folder of `path`, or in that most like it."""
        *steps, _ = path.split("/")
        prefix = ""
        try:
            folder = self.folder("")
            for step in steps:
                folders = () if folder is None else folder.folders
                near = [step] if step in folders else nearest(step, folders, 1)
                if not near:
                    break
                prefix += f"{near[0]}/"
                folder = self.folder(prefix)
        except RootFileError:
            # damaged, or closed since: an error is being told as it is
            return
        if folder is None:
            return
        for names in (folder.elements, folder.scalars, folder.folders):
            for name in names:
                yield f"{prefix}{name}"


def _folder(file: RootFile, path: str, listing: Listing) -> Folder:
    elements: dict[str, Key] = {}
    scalars: dict[str, Scalar] = {}
    seeks: dict[str, int] = {}
    flags: set[str] = set()
    results: list[Tagged] = []
    for name, key in listing.objects.items():
        found = tagged(name) if key.root_class == "TObjString" else None
        if found is not None and not found.whole:
            found = _whole(file, key, path)
        if found is None:
            elements[name] = key
        elif found.code == "qr":
            results.append(found)
        elif found.code == "e":
            if found.value.strip() == "1":
                flags.add(found.name)
        elif seeks.get(found.name, -1) < key.seek:
            # A scalar that was written again has another name: the later wins.
            seeks[found.name] = key.seek
            scalars[found.name] = scalar(found)
    qualities: dict[str, tuple[QualityResult, ...]] = {}
    known = elements.keys() | scalars.keys()
    for found in results:
        result = quality(found, known)
        qualities[result.name] = (*qualities.get(result.name, ()), result)
    return Folder(
        path,
        tuple(listing.directories),
        elements,
        scalars,
        qualities,
        frozenset(flags),
    )


def _whole(file: RootFile, key: Key, path: str) -> Tagged | None:
    """Take apart the text of an object whose key holds only its beginning."""
    where = f"{path}/{key.name[:80]}"
    read = file.read(key, where)
    if not isinstance(read, Scalar):
        return None
    found = tagged(str(read.value))
    return found if found is not None and found.whole else None


def _rows(path: str, listing: Listing) -> list[FileEntry]:
    prefix = f"{path}/" if path else ""
    rows = []
    texts = []
    for name, key in listing.objects.items():
        kind = key.root_class
        if kind == "TObjString":
            texts.append(key)
        else:
            rows.append(FileEntry(prefix + name, kind, key))
    for key in texts:
        found = tagged(key.name)
        if found is None:
            rows.append(FileEntry(prefix + key.name, "text", key))
        elif found.code in KINDS:
            rows.append(FileEntry(prefix + found.name, KINDS[found.code], key))
    return rows
