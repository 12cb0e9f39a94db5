"""What elements a source holds, to compare a site with."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dqmconsole.model.histogram import Histogram, Scalar
from dqmconsole.model.problem import Problem
from dqmconsole.site.nearest import nearest
from dqmconsole.sources.names import is_candidate
from dqmconsole.sources.scan import FileStat
from dqmconsole.sources.snapshots import snapshot_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from pathlib import Path

    from dqmconsole.rootio.dqmfile import DqmFile
    from dqmconsole.sources.snapshots import Key, Snapshot


class Listing:
    """The paths of all elements of one source.

    Attributes:
        name: the source, as the person named it.
        paths: every element's path.
        run_type: the producer's word for the type of the run, or "".
        partitions: those of the detector control system; empty when not said.
        labels: path -> the labels of each axis, of the elements that were asked for.
    """

    def __init__(
        self,
        name: str,
        paths: Iterable[str],
        run_type: str = "",
        partitions: Iterable[str] = (),
        labels: Mapping[str, tuple[tuple[str, ...], ...]] | None = None,
    ) -> None:
        self.name = name
        self.paths = frozenset(paths)
        self.run_type = run_type
        self.partitions = frozenset(partitions)
        self.labels = dict(labels or {})
        # folder -> the names in it, folders and elements alike
        self._children: dict[str, set[str]] = {}
        for path in self.paths:
            at = path
            while at:
                folder, _, name = at.rpartition("/")
                names = self._children.setdefault(folder, set())
                if name in names:
                    break
                names.add(name)
                at = folder

    @property
    def subsystems(self) -> frozenset[str]:
        """The first parts of the paths."""
        return frozenset(self._children.get("", ()))

    def nearest(self, path: str) -> str | None:
        """The path most like `path`, or None if none is near.

        Goes down folder by folder, into the right one where it exists and else
        into the one most like it; looks for the bare name elsewhere after that.
        """
        at = ""
        parts = path.split("/")
        for part in parts:
            names = self._children.get(at, set())
            if part not in names:
                close = nearest(part, sorted(names))
                if close is None:
                    break
                part = close
            at = f"{at}/{part}" if at else part
        if at in self.paths:
            return at
        same = [each for each in self.paths if each.rpartition("/")[2] == parts[-1]]
        return nearest(path, sorted(same)[:200])

    def beside(self, path: str) -> tuple[str, tuple[str, ...]]:
        """The deepest folder of `path` that exists, and the names in it, sorted."""
        at = path.rpartition("/")[0]
        while at and at not in self._children:
            at = at.rpartition("/")[0]
        return at, tuple(sorted(self._children.get(at, ())))


def list_source(
    source: Path,
    run_type_path: str,
    opener: Callable[[Path], DqmFile] | None = None,
    dcs_path: str = "",
    look_into: Callable[[str], bool] | None = None,
) -> tuple[Listing, tuple[Problem, ...]]:
    """List the elements of a ROOT file, or of the newest run in a folder.

    Args:
        source: the file or folder.
        run_type_path: path of the scalar that names the run's type, or "".
        opener: opens a file; DqmFile when left out.
        dcs_path: path of the map whose y labels are the partitions, or "".
        look_into: tells of which elements the labels are wanted.

    Returns:
        The listing, and a problem per file that could not be read.
    """
    # rootio is heavy, and validating without a source needs none of it.
    from dqmconsole.rootio.dqmfile import DqmFile
    from dqmconsole.rootio.errors import RootFileError
    from dqmconsole.sources.shelf import reason_of

    paths: set[str] = set()
    run_type = ""
    partitions: set[str] = set()
    labels: dict[str, tuple[tuple[str, ...], ...]] = {}
    problems = []
    try:
        files = _newest(source) if source.is_dir() else [source]
    except OSError as error:
        files = []
        problems.append(_trouble(source, f"cannot be listed: {error.strerror}"))
    for file in files:
        try:
            opened = (opener or DqmFile)(file)
        except (RootFileError, OSError) as error:
            problems.append(_trouble(file, reason_of(error)))
            continue
        try:
            found = {entry.path for entry in opened.entries()}
            paths |= found
            if run_type_path in found:
                element = opened.element(run_type_path)
                run_type = str(element.value) if isinstance(element, Scalar) else ""
            if dcs_path in found:
                partitions.update(_labels(opened.element(dcs_path)))
            for path in filter(look_into, found) if look_into else ():
                element = opened.element(path)
                if isinstance(element, Histogram):
                    axes = element.axes[: element.dimension]
                    labels[path] = tuple(tuple(axis.labels) for axis in axes)
        except (RootFileError, OSError) as error:
            problems.append(_trouble(file, reason_of(error)))
        finally:
            opened.close()
    if not files and not problems:
        problems.append(_trouble(source, "holds no DQM file"))
    return Listing(str(source), paths, run_type, partitions, labels), tuple(problems)


def _labels(element: object) -> set[str]:
    """The labels of a map's y axis."""
    if not isinstance(element, Histogram) or element.dimension != 2:
        return set()
    return {label for label in element.axes[1].labels if label}


def _trouble(file: Path, message: str) -> Problem:
    return Problem(message, str(file), kind="source")


def _newest(folder: Path) -> list[Path]:
    """The best file of every client in the newest run of a folder.

    Raises:
        OSError: the folder cannot be listed.
    """
    best: dict[Key, Snapshot] = {}
    for path in folder.iterdir():
        if not is_candidate(path.name):
            continue
        try:
            stat = path.stat()
        except OSError:
            continue  # gone since it was listed, or a link that leads nowhere
        size, time, inode = stat.st_size, stat.st_mtime_ns, stat.st_ino
        found = snapshot_of(FileStat(path.name, size, time, inode))
        if found is None:
            continue
        known = best.get(found.key)
        if known is None or found.rank > known.rank:
            best[found.key] = found
    newest = max((run for run, _ in best), default=0)
    return [folder / best[key].file for key in sorted(best) if key[0] == newest]
