"""A run as a file for other programs: plots as ROOT, or their numbers as Parquet."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING, NamedTuple

from dqmconsole.model.run import run_words
from dqmconsole.recording.exporting import (
    NoParquetError,
    export_parquet,
    export_root,
    numbers,
    parquet_library,
    recorded_elements,
)
from dqmconsole.recording.packing import DamagedRecordError
from dqmconsole.recording.run_file import NotRecordedError, RunFile, Window
from dqmconsole.rootio.encode import UnwritableError
from dqmconsole.rootio.errors import NotInFileError, RootFileError
from dqmconsole.site.globs import any_match
from dqmconsole.site.site import bundled_site
from dqmconsole.sources.open import open_named, settle
from dqmconsole.sources.recorded import RECORDED, recorded_path
from dqmconsole.sources.source import SourceError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from dqmconsole.model.graph import Element

PATIENCE = 30.0  # s until a folder must have been listed
PARQUET, ROOT = ".parquet", ".root"


class ExportError(ValueError):
    """A run that cannot be exported; says why."""


class Part(NamedTuple):
    """What of a run is exported.

    Attributes:
        until: plots as they stood at the end of this lumisection; last when None.
        span: what they gained from one lumisection to another, or None.
        plots: globs on their paths; all where there is none.
    """

    until: int | None = None
    span: tuple[int, int] | None = None
    plots: Sequence[str] = ()

    def wants(self, path: str) -> bool:
        """Tell whether a path is asked for."""
        return not self.plots or any_match(path, self.plots)


class WrittenRun(NamedTuple):
    """What was exported.

    Attributes:
        run: of which run.
        elements: how many.
        left_out: the paths that are not in the file, and why.
        unread: one of those at least cannot be read.
        other_spans: lumisections of plots that are recorded of others than asked.
    """

    run: int
    elements: int
    left_out: dict[str, str]
    unread: bool
    other_spans: dict[str, tuple[int, int]]


def export(
    source: str,
    target: Path,
    part: Part,
    progress: Callable[[int, int], None] = lambda _done, _all: None,
    site: Path | None = None,
) -> WrittenRun:
    """Write the newest run of a source to a file, whole or not at all.

    Args:
        source: as for ``open``; of a replay the last snapshots.
        target: the file; by its ending a ROOT file with the plots, or a Parquet file
            with their numbers.
        part: what of the run.
        progress: is told how many elements were read, of how many.
        site: folder of the site; the bundled one when left out.

    Raises:
        ExportError: there is no such run or part of it, it cannot be read, or Parquet
            cannot be written here.
        OSError: source or target cannot be reached.
    """
    try:
        if target.suffix == PARQUET:
            parquet_library()
        if source.startswith(RECORDED):
            file = RunFile.read(recorded_path(source.removeprefix(RECORDED)))
            with closing(file):
                found = [*recorded_elements(file, part.wants, part.until, part.span)]
            run = file.run
        else:
            run, found = _of_source(source, part, progress, site or bundled_site())
        return _written(run, found, target, part)
    except (NoParquetError, SourceError, RootFileError, UnwritableError) as error:
        raise ExportError(str(error)) from error
    except (DamagedRecordError, sqlite3.Error) as error:
        message = f"{source}: the record cannot be read: {error}"
        raise ExportError(message) from error


def _of_source(
    name: str, part: Part, progress: Callable[[int, int], None], site: Path
) -> tuple[int, list[tuple[str, Window | Element | Exception]]]:
    if part.until is not None or part.span is not None:
        known = "how plots stood earlier is known of recorded runs alone"
        message = f"{name}: {known}: {RECORDED}RUN"
        raise ExportError(message)
    with closing(open_named(name, site, recorded=True)) as source:
        settle(source, PATIENCE)
        run = source.current_run
        if not source.runs():
            message = f"{source.name}: there is no file that can be read"
            if said := "; ".join(map(str, source.problems())):
                message = f"{message} ({said})"
            raise ExportError(message)
        paths = [each.path for each in source.entries(run) if part.wants(each.path)]
        found: list[tuple[str, Window | Element | Exception]] = []
        for done, path in enumerate(paths):
            progress(done, len(paths))
            try:
                found.append((path, source.element(run, path)))
            except (RootFileError, NotInFileError) as error:
                found.append((path, error))
    return run, found


def _written(
    run: int,
    found: list[tuple[str, Window | Element | Exception]],
    target: Path,
    part: Part,
) -> WrittenRun:
    if not found:
        which = " or ".join(part.plots)
        message = f"no plot of {run_words(run)} matches {which}" if which else "no plot"
        raise ExportError(message)
    elements: list[tuple[str, Element]] = []
    left_out, other_spans, unread = {}, {}, False
    for path, given in found:
        if isinstance(given, Exception):
            left_out[path] = str(given)
            unread |= not isinstance(given, NotRecordedError)
        elif isinstance(given, Window):
            elements.append((path, given.histogram))
            if not _as_asked(given, part):
                other_spans[path] = (given.first, given.last)
        else:
            elements.append((path, given))
    if not elements:
        path, why = next(iter(left_out.items()))
        message = f"nothing of {run_words(run)} is there to export: {path}: {why}"
        raise ExportError(message)
    if target.suffix == PARQUET:
        written = export_parquet(numbers(run, elements), target)
    else:
        left_out |= export_root(run, elements, target)
        written = len(found) - len(left_out)
    return WrittenRun(run, written, left_out, unread, other_spans)


def _as_asked(window: Window, part: Part) -> bool:
    if part.span is not None:
        return (window.first, window.last) == part.span
    return part.until in (None, window.last)
