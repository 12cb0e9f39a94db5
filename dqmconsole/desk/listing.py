"""The source that a site is compared with: which one, and what elements it holds."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from dqmconsole.model.histogram import Histogram, Scalar
from dqmconsole.model.problem import Problem
from dqmconsole.site.globs import any_match
from dqmconsole.site.rules.source_paths import SourcePaths
from dqmconsole.sources.names import is_candidate, parse_name
from dqmconsole.sources.scan import FileStat
from dqmconsole.sources.snapshots import snapshot_of

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from dqmconsole.model.site import Site
    from dqmconsole.rootio.dqmfile import DqmFile
    from dqmconsole.sources.snapshots import Key, Snapshot


def list_sources(
    site: Site,
    against: Sequence[Path],
    opener: Callable[[Path], DqmFile] | None,
) -> tuple[SourcePaths, list[Problem]]:
    """List what several sources hold together, and what could not be read of them.

    Args:
        site: whose conditions say the type of the run and the partitions.
        against: ROOT files, or folders of DQM files of which the newest run counts.
        opener: opens a ROOT file; DqmFile when left out.
    """
    paths: set[str] = set()
    words: set[str] = set()
    partitions: set[str] = set()
    labels: dict[str, tuple[tuple[str, ...], ...]] = {}
    problems: list[Problem] = []
    globs = [glob for known in site.known for glob in known.paths if known.regions]
    for source in against:
        listing, troubles = _list_source(
            source,
            site.settings.conditions.run_type,
            opener,
            site.settings.conditions.dcs,
            lambda path: any_match(path, globs),
        )
        paths |= listing.paths
        partitions |= listing.partitions
        labels |= listing.labels
        words.add(listing.run_type)
        problems += troubles
    words.discard("")
    name = ", ".join(str(source) for source in against)
    # Sources of several run types leave nothing out.
    run_type = words.pop() if len(words) == 1 else ""
    return SourcePaths(name, paths, run_type, partitions, labels), problems


def _list_source(
    source: Path,
    run_type_path: str,
    opener: Callable[[Path], DqmFile] | None = None,
    dcs_path: str = "",
    look_into: Callable[[str], bool] | None = None,
) -> tuple[SourcePaths, tuple[Problem, ...]]:
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
    from dqmconsole.sources.open_files import reason_of

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
    return SourcePaths(str(source), paths, run_type, partitions, labels), tuple(
        problems
    )


def _labels(element: object) -> set[str]:
    """The labels of a map's y axis."""
    if not isinstance(element, Histogram) or element.dimension != 2:
        return set()
    return {label for label in element.axes[1].labels if label}


def _trouble(file: Path, message: str) -> Problem:
    return Problem(message, str(file), kind="source", code="unreadable-source")


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


MAX_DEPTH = 4
MAX_FOLDERS = 5000  # an archive of years; what lies beyond is not looked at


def newest_recorded(folder: Path) -> Path | None:
    """The folder below `folder` that holds the newest run; None when none does.

    Only files of runs that are over count.
    """
    newest, found = 0, None
    top = str(folder)
    for looked, (at, folders, names) in enumerate(os.walk(top)):
        if looked >= MAX_FOLDERS:
            break
        depth = at.removeprefix(top).count(os.sep)
        folders[:] = sorted(folders, reverse=True) if depth < MAX_DEPTH else []
        for name in names:
            read = parse_name(name)
            if read is not None and read.final and read.run > newest:
                newest, found = read.run, Path(at)
    return found
