"""The source that a site is compared with: which one, and what elements it holds."""

from __future__ import annotations

import contextlib
import os
from pathlib import Path
from typing import TYPE_CHECKING

from dqmconsole.model.histogram import Histogram, Scalar
from dqmconsole.model.problem import Problem
from dqmconsole.site.globs import any_match
from dqmconsole.site.layouts import plots_of
from dqmconsole.site.rules.checks import checked_paths
from dqmconsole.site.rules.source_paths import Shape, SourcePaths
from dqmconsole.sources.names import is_candidate, parse_name
from dqmconsole.sources.scan import FileStat
from dqmconsole.sources.snapshots import snapshot_of

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from dqmconsole.model.site import Site
    from dqmconsole.rootio.dqmfile import DqmFile
    from dqmconsole.sources.snapshots import Key, Snapshot


_HISTOGRAMS = ("TH1", "TH2", "TH3", "TProfile")  # of all of these, reading is known


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
    # rootio is heavy, and validating without a source needs none of it.
    from dqmconsole.rootio.dqmfile import DqmFile
    from dqmconsole.rootio.errors import RootFileError
    from dqmconsole.sources.open_files import reason_of

    conditions = site.settings.conditions
    globs = [glob for known in site.known for glob in known.paths if known.regions]
    paths: set[str] = set()
    run_types: dict[Path, str] = {}
    partitions: set[str] = set()
    labels: dict[str, tuple[tuple[str, ...], ...]] = {}
    shown = {path for *_, plot in plots_of(site) for path in (plot.path, *plot.overlay)}
    checked = {path for *_, plot in plots_of(site) for path in checked_paths(plot)}
    checked |= {plot.path for *_, plot in plots_of(site) if plot.axes}
    unreadable: dict[str, str] = {}
    shapes: dict[str, Shape] = {}
    problems: list[Problem] = []

    def read(file: DqmFile, source: Path) -> None:
        kinds = {entry.path: entry.kind for entry in file.entries()}
        found = kinds.keys()
        paths.update(found)
        for path in checked & found:
            if (shape := _shape(file, path, kinds[path])) is not None:
                shapes[path] = shape
        for path in shown & found:
            if not kinds[path].startswith(_HISTOGRAMS) and (why := _why(file, path)):
                unreadable[path] = why
        if conditions.run_type in found:
            element = file.element(conditions.run_type)
            run_types[source] = (
                str(element.value) if isinstance(element, Scalar) else ""
            )
        if conditions.dcs in found:
            partitions.update(_labels(file.element(conditions.dcs)))
        for path in (each for each in found if any_match(each, globs)):
            element = file.element(path)
            if isinstance(element, Histogram):
                axes = element.axes[: element.dimension]
                labels[path] = tuple(tuple(axis.labels) for axis in axes)

    for source in against:
        try:
            files = _newest(source) if source.is_dir() else [source]
        except OSError as error:
            problems.append(_trouble(source, f"cannot be listed: {error.strerror}"))
            continue
        if not files:
            problems.append(_trouble(source, "holds no DQM file"))
        for path in files:
            try:
                with contextlib.closing((opener or DqmFile)(path)) as file:
                    read(file, source)
            except (RootFileError, OSError) as error:
                problems.append(_trouble(path, reason_of(error)))
    words = set(run_types.values()) - {""}
    # sources of several run types leave nothing out
    run_type = words.pop() if len(words) == 1 else ""
    name = ", ".join(map(str, against))
    found = SourcePaths(name, paths, run_type, partitions, labels, unreadable, shapes)
    return found, problems


def _why(file: DqmFile, path: str) -> str:
    """Why an element cannot be read; "" where it can, or that is not known."""
    from dqmconsole.rootio.errors import BeingReadError, RootFileError

    try:
        file.element(path)
    except BeingReadError:
        return ""  # slow, and nothing is known of it
    except RootFileError as error:
        return error.what
    return ""


def _shape(file: DqmFile, path: str, kind: str) -> Shape | None:
    """What an element is; None where that is not known."""
    from dqmconsole.rootio.errors import RootFileError

    if not kind.startswith(_HISTOGRAMS):
        return Shape(kind)
    try:
        element = file.element(path)
    except RootFileError:
        return None  # the rules of paths say it
    if not isinstance(element, Histogram):
        return None
    return Shape(kind, element.axes[: element.dimension], element.is_profile)


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
