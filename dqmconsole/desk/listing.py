"""The source that a site is compared with: which one, and what elements it holds."""

from __future__ import annotations

import contextlib
import os
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from dqmconsole.model.graph import Graph
from dqmconsole.model.histogram import Histogram, Scalar
from dqmconsole.model.problem import Problem
from dqmconsole.site.globs import any_match
from dqmconsole.site.layouts import plots_of
from dqmconsole.site.references import by_rank
from dqmconsole.site.rules.checks import checked_paths
from dqmconsole.site.rules.contents import ranges_of
from dqmconsole.site.rules.source_paths import Content, Shape, SourcePaths
from dqmconsole.site.site import SITE
from dqmconsole.sources.names import (
    DQM_NAMES,
    PatternNames,
    named_below,
    parse_name,
)
from dqmconsole.sources.open import files_of, split_pattern
from dqmconsole.sources.scan import Scan
from dqmconsole.sources.snapshots import snapshot_of
from dqmconsole.sources.source import SourceError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from dqmconsole.model.site import Site
    from dqmconsole.rootio.dqmfile import DqmFile
    from dqmconsole.sources.folder import Files
    from dqmconsole.sources.names import FileNames
    from dqmconsole.sources.snapshots import Key, Snapshot


_HISTOGRAMS = ("TH1", "TH2", "TH3", "TProfile")


def list_sources(
    site: Site,
    against: Sequence[str | Path],
    opener: Callable[[Path], DqmFile] | None,
) -> tuple[SourcePaths, list[Problem]]:
    """List what several sources hold together, and what could not be read of them.

    Args:
        site: whose conditions say the type of the run and the partitions.
        against: ROOT files, or folders of which the newest run counts: of DQM files,
            of those that the site's sources say, or of ``FOLDER//PATTERN``.
        opener: opens a ROOT file; DqmFile when left out.
    """
    # rootio is heavy, and validating without a source needs none of it.
    from dqmconsole.rootio.dqmfile import DqmFile
    from dqmconsole.rootio.errors import RootFileError
    from dqmconsole.sources.open_files import SubsystemFile, reason_of

    listing = _Listing(site)
    problems: list[Problem] = []
    for each in against:
        text = os.fspath(each)
        source = Path(split_pattern(text)[0])
        try:
            files = _files(text, source, site)
        except OSError as error:
            problems.append(_trouble(source, f"cannot be listed: {error.strerror}"))
            continue
        except SourceError as error:
            problems.append(_trouble(source, str(error)))
            continue
        for path, subsystem in files:
            try:
                opened = (
                    SubsystemFile(path, subsystem)
                    if subsystem
                    else (opener or DqmFile)(path)
                )
                with contextlib.closing(opened) as file:
                    listing.read(file, source)
            except (RootFileError, OSError) as error:
                problems.append(_trouble(path, reason_of(error)))
    name = ", ".join(map(str, against))
    return listing.found(name), problems


class _Listing:
    """What several sources hold together, file by file.

    Args:
        site: what it is compared with.
    """

    def __init__(self, site: Site) -> None:
        self._site = site
        plots = [plot for *_, plot in plots_of(site)]
        self._shown = {path for plot in plots for path in (plot.path, *plot.overlay)}
        self._checked = {path for plot in plots for path in checked_paths(plot)}
        self._former = {plot.path: plot.formerly for plot in plots if plot.formerly}
        self._drawn = {plot.path for plot in plots if ranges_of(plot)}
        self._globs = [
            glob for known in site.known for glob in known.paths if known.regions
        ]
        self._paths: set[str] = set()
        self._run_types: dict[Path, str] = {}
        self._partitions: set[str] = set()
        self._labels: dict[str, tuple[tuple[str, ...], ...]] = {}
        self._unreadable: dict[str, str] = {}
        self._shapes: dict[str, Shape] = {}
        self._contents: dict[str, list[Content]] = {}
        self._tested: dict[str, bool] = {}

    def read(self, file: DqmFile, source: Path) -> None:
        """Take in a file of a source.

        Raises:
            RootFileError: it is damaged.
        """
        kinds = {entry.path: entry.kind for entry in file.entries()}
        self._paths.update(kinds)
        self._tested.update(_tested(file, kinds))
        for path in self._shown | self._checked:
            names = (path, *self._former.get(path, ()))
            name = next((each for each in names if each in kinds), None)
            if name is not None:
                self._look(file, path, name, kinds[name], str(source))
        conditions = self._site.settings.conditions
        if conditions.run_type in kinds:
            element = file.element(conditions.run_type)
            self._run_types[source] = (
                str(element.value) if isinstance(element, Scalar) else ""
            )
        if conditions.dcs in kinds:
            self._partitions.update(_labels(file.element(conditions.dcs)))
        for path in (each for each in kinds if any_match(each, self._globs)):
            element = file.element(path)
            if isinstance(element, Histogram):
                axes = element.axes[: element.dimension]
                self._labels[path] = tuple(tuple(axis.labels) for axis in axes)

    def _look(
        self, file: DqmFile, path: str, name: str, kind: str, source: str
    ) -> None:
        content, why = _content(file, name, kind, source)
        if content is None:
            if why and path in self._shown:
                self._unreadable[path] = why
            return
        self._shapes.setdefault(path, content.shape)
        if path in self._shown:
            kept = content if path in self._drawn else content._replace(element=None)
            self._contents.setdefault(path, []).append(kept)

    def found(self, name: str) -> SourcePaths:
        """All of it, under the name of the sources."""
        words = set(self._run_types.values()) - {""}
        # sources of several run types leave nothing out
        run_type = words.pop() if len(words) == 1 else ""
        of_type = self._site.settings.run_types.get(run_type)
        former = {}
        for path, others in self._former.items():
            known = next((each for each in others if each in self._paths), None)
            if known is not None and path not in self._paths:
                former[path] = known
        names = {path: (path, *self._former.get(path, ())) for path in self._shown}
        return SourcePaths(
            name,
            self._paths | former.keys(),
            run_type,
            self._partitions,
            self._labels,
            self._unreadable,
            self._shapes,
            self._contents,
            self._tested,
            _references(self._site, names, of_type),
            former,
        )


def _content(
    file: DqmFile, path: str, kind: str, source: str
) -> tuple[Content | None, str]:
    """What a file has of an element; None where it cannot be read, and why."""
    from dqmconsole.rootio.errors import BeingReadError, NotInFileError, RootFileError

    try:
        element = file.element(path)
    except (BeingReadError, NotInFileError):
        return None, ""  # slow, and nothing is known of it
    except RootFileError as error:
        return None, error.what
    if isinstance(element, Histogram):
        axes = element.axes[: element.dimension]
        shape = Shape(kind, axes, element.is_profile)
        filled = (
            element.contents if element.bin_entries is None else element.bin_entries
        )
        return Content(source, shape, element.title, not np.any(filled), element), ""
    if isinstance(element, Graph):
        empty = not element.x.size
        return Content(source, Shape(kind), element.title, empty, element), ""
    if kind.startswith(_HISTOGRAMS):
        return None, ""
    return Content(source, Shape(kind)), ""


def _tested(file: DqmFile, paths: Iterable[str]) -> Iterator[tuple[str, bool]]:
    """The paths that the producer's own tests have results for, and if all are good."""
    from dqmconsole.engine.elements import OK_CODE

    for folder in {path.rpartition("/")[0] for path in paths}:
        found = file.folder(folder)
        for name, results in found.qualities.items() if found is not None else ():
            path = f"{folder}/{name}" if folder else name
            yield path, all(each.code == OK_CODE for each in results)


def _references(
    site: Site,
    names: Mapping[str, Sequence[str]],
    run_type: str | None,
) -> dict[int, dict[str, Shape]]:
    """What references have of the elements that plots show, by rule.

    Args:
        site: whose references they are.
        names: path -> the names by which its element is looked for.
        run_type: of the source; None where that is not known.
    """
    wanted: dict[int, list[str]] = {}
    for path in names:
        for at in by_rank(site.references, path):
            rule = site.references[at]
            if rule.retired is None and run_type in (None, rule.run_type or run_type):
                wanted.setdefault(at, []).append(path)
    from dqmconsole.desk.recorded import RecordedFolders
    from dqmconsole.desk.reference import folders_of

    rules = site.references
    folders = folders_of(site) if any(rules[at].every_run for at in wanted) else []
    home = Path(site.folder) / "layouts"
    found: dict[int, dict[str, Shape]] = {}
    with contextlib.closing(RecordedFolders(folders, site.settings, home)) as held:
        for at, paths in wanted.items():
            file, runs = rules[at].file, rules[at].every_run
            for path in paths if file is not None or runs else ():
                elements = (
                    held.readable(runs[0], name)
                    if file is None
                    else held.of_file(file, name)
                    for name in names[path]
                )
                element = next((each for each in elements if each is not None), None)
                if isinstance(element, Histogram):
                    axes = element.axes[: element.dimension]
                    shape = Shape(element.root_class, axes, element.is_profile)
                    found.setdefault(at, {})[path] = shape
    return found


def _labels(element: object) -> set[str]:
    """The labels of a map's y axis."""
    if not isinstance(element, Histogram) or element.dimension != 2:
        return set()
    return {label for label in element.axes[1].labels if label}


def _trouble(file: Path, message: str) -> Problem:
    return Problem(message, str(file), kind="source", code="unreadable-source")


def _files(text: str, path: Path, site: Site) -> list[tuple[Path, str]]:
    """A file, or the best one of every client in the newest run of a folder.

    Returns:
        Each with the subsystem above its elements, or "".

    Raises:
        OSError: the folder cannot be listed.
        SourceError: it has no such file, or the pattern is none.
    """
    home, pattern = Path(site.home or site.folder), split_pattern(text)[1]
    whole = f"{path.absolute()}//{pattern}" if pattern else str(path.absolute())
    files = files_of(whole, site.settings, home, {})
    if path.is_dir():
        return _newest(path, files)
    named = files and files.pattern.match(named_below(files.pattern, whole))
    return [(path, (named.subsystem or "") if named else "")]


def _newest(folder: Path, files: Files | None) -> list[tuple[Path, str]]:
    names: FileNames = DQM_NAMES
    if files is not None:
        names = PatternNames(files.pattern, f"layouts/{SITE}", str(folder))
    listing = Scan(str(folder), pattern=None if files is None else files.pattern).look()
    if listing.error:
        raise OSError(0, listing.error)
    best: dict[Key, Snapshot] = {}
    strangers = []
    for stat in listing.changed:
        found = snapshot_of(stat, names)
        if found is None:
            strangers.append(stat.file)
            continue
        known = best.get(found.key)
        if known is None or found.rank > known.rank:
            best[found.key] = found
    if not best:
        message = "holds no DQM file"
        if files is not None:
            message = names.nothing(strangers)
        elif strangers:
            message = (
                f"{names.strangers(strangers)}; give one of them, or say what names "
                f"those of this folder have: files: in sources: of layouts/{SITE}"
            )
        raise SourceError(message)
    newest = max(run for run, _ in best)
    return [
        (folder / best[key].file, (best[key].name.subsystem or "") if files else "")
        for key in sorted(best)
        if key[0] == newest
    ]


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
