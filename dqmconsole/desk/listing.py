"""What elements a source holds, to compare a site with."""

from __future__ import annotations

import difflib
from typing import TYPE_CHECKING

from dqmconsole.model.histogram import Histogram, Scalar
from dqmconsole.model.problem import Problem
from dqmconsole.sources.names import SnapshotName, is_candidate, parse_name

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from pathlib import Path

    from dqmconsole.rootio.dqmfile import DqmFile


class Listing:
    """The paths of all elements of one source.

    Attributes:
        name: the source, as the person named it.
        paths: every element's path.
        run_type: the producer's word for the type of the run, or "".
        partitions: those of the detector control system; empty when not said.
    """

    def __init__(
        self,
        name: str,
        paths: Iterable[str],
        run_type: str = "",
        partitions: Iterable[str] = (),
    ) -> None:
        self.name = name
        self.paths = frozenset(paths)
        self.run_type = run_type
        self.partitions = frozenset(partitions)
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
                close = difflib.get_close_matches(part, sorted(names), 1, 0.6)
                if not close:
                    break
                part = close[0]
            at = f"{at}/{part}" if at else part
        if at in self.paths:
            return at
        same = [each for each in self.paths if each.rpartition("/")[2] == parts[-1]]
        close = difflib.get_close_matches(path, sorted(same)[:200], 1, 0.5)
        return close[0] if close else None

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
) -> tuple[Listing, tuple[Problem, ...]]:
    """List the elements of a ROOT file, or of the newest run in a folder.

    Args:
        source: the file or folder.
        run_type_path: path of the scalar that names the run's type, or "".
        opener: opens a file; DqmFile when left out.
        dcs_path: path of the map whose y labels are the partitions, or "".

    Returns:
        The listing, and a problem per file that could not be read.
    """
    # rootio is heavy, and validating without a source needs none of it.
    from dqmconsole.rootio.dqmfile import DqmFile
    from dqmconsole.rootio.errors import RootFileError

    paths: set[str] = set()
    run_type = ""
    partitions: set[str] = set()
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
            problems.append(_trouble(file, _words(error)))
            continue
        try:
            found = {entry.path for entry in opened.entries()}
            paths |= found
            if run_type_path in found:
                element = opened.element(run_type_path)
                run_type = str(element.value) if isinstance(element, Scalar) else ""
            if dcs_path in found:
                partitions.update(_labels(opened.element(dcs_path)))
        except (RootFileError, OSError) as error:
            problems.append(_trouble(file, _words(error)))
        finally:
            opened.close()
    if not files and not problems:
        problems.append(_trouble(source, "holds no DQM file"))
    return Listing(str(source), paths, run_type, partitions), tuple(problems)


def _labels(element: object) -> set[str]:
    """The labels of a map's y axis."""
    if not isinstance(element, Histogram) or element.dimension != 2:
        return set()
    return {label for label in element.axes[1].labels if label}


def _trouble(file: Path, message: str) -> Problem:
    return Problem(message, str(file), kind="source")


def _words(error: Exception) -> str:
    """What is wrong, without the file, which the problem names already."""
    what = getattr(error, "what", None) or getattr(error, "strerror", None)
    where = getattr(error, "where", "")
    return f"{where}: {what}" if where and what else str(what or error)


def _newest(folder: Path) -> list[Path]:
    """The best file of every client in the newest run of a folder."""
    best: dict[tuple[int, str], tuple[SnapshotName, Path]] = {}
    for path in sorted(folder.iterdir()):
        if not is_candidate(path.name):
            continue
        name = parse_name(path.name)
        if name is None:
            continue
        key = (name.run, name.client)
        known = best.get(key)
        if known is None or _rank(name) >= _rank(known[0]):
            best[key] = (name, path)
    newest = max((run for run, _ in best), default=0)
    return [path for (run, _), (_, path) in best.items() if run == newest]


def _rank(name: SnapshotName) -> tuple[bool, int, int]:
    return (name.final, name.lumisection or 0, name.version)
