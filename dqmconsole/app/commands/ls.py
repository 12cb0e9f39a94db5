"""``dqmconsole ls``: the elements of a source."""

from __future__ import annotations

import fnmatch
import json
import math
import re
import sys
from typing import TYPE_CHECKING, TypeVar

import click

from dqmconsole.app.options import files_option, site_folder_option, source_asked
from dqmconsole.app.output import fail, say
from dqmconsole.model.escape import escaped
from dqmconsole.model.run import run_words

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from pathlib import Path

    from dqmconsole.rootio.dqmfile import FileEntry
    from dqmconsole.sources.source import Source

ENTRIES_UP_TO = 2000  # rows; above, decoding them all takes longer than one waits for
PATIENCE = 10.0  # s, until a folder must have been listed
_SCALARS = ("int", "float", "text")

_STEP = 500  # rows between two looks of the bar

Row = tuple[str, str]
Result = float | int | str | Exception | None
T = TypeVar("T")


# The backspace keeps click from making one paragraph of the lines.
_EXAMPLES = """\b
Examples:
  dqmconsole ls DQM_V0001_Hcal_R000398214.root
  dqmconsole ls /data/dqm 'Hcal/DigiTask/*depth?' --json
"""


@click.command("ls", epilog=_EXAMPLES)
@click.argument("source", default="")
@click.argument("pattern", default="")
@files_option
@site_folder_option
@click.option("--run", type=click.IntRange(min=0), help="Another run than the newest.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object per line.")
@click.option(
    "--entries/--no-entries",
    default=None,
    help=f"Read every element shown; left out: up to {ENTRIES_UP_TO} rows.",
)
def ls_command(
    source: str,
    pattern: str,
    files: str,
    site: Path | None,
    run: int | None,
    as_json: bool,
    entries: bool | None,
) -> None:
    """List the elements of SOURCE: path, kind, entries (of a scalar its value).

    Of an efficiency, entries are its trials; of a graph, points are counted; of a list
    or stack, the plots in it.

    SOURCE is a ROOT file, the folder of a running DQM, an evidence bundle, or
    replay:FOLDER, of which the last snapshots are listed; left out, the main source of
    the site with its streams. PATTERN is a glob over
    whole paths, in which * also crosses "/", or without * ? [ a part of the path.
    With --json each line is an object with "path", "kind" and, where they were
    read, "entries" or "value", or "error".
    """
    from dqmconsole.site.site import bundled_site
    from dqmconsole.sources.open import open_named
    from dqmconsole.sources.source import SourceError

    try:
        # At its first moment a replay holds next to nothing.
        named = source_asked(source, str(site or ""), files)
        opened = open_named(named, site or bundled_site())
    except SourceError as error:
        fail(str(error), "ls")
    try:
        _list(opened, run, pattern, as_json=as_json, entries=entries)
    except BrokenPipeError:
        raise  # whoever reads has seen enough: click ends without a word
    except OSError as error:
        fail(f"{opened.name}: {error.strerror or error}", "ls")
    finally:
        opened.close()


def _list(
    source: Source,
    wanted: int | None,
    pattern: str,
    *,
    as_json: bool,
    entries: bool | None,
) -> None:
    from dqmconsole.sources.combined import CombinedSource
    from dqmconsole.sources.open import settle

    settle(source, PATIENCE)
    runs = source.runs()
    if not runs:
        _complain(source)
        fail(f"{source.name}: there is no file that can be read", "ls")
    if isinstance(source, CombinedSource):
        for words in source.told():
            say(f"source {words}", err=True)
    run = source.current_run if wanted is None else wanted
    if run not in runs:
        near = min(runs, key=lambda known: abs(known - run))
        fail(f"{source.name} has no {run_words(run)}; the nearest is {near}", "ls")
    matches = _matcher(pattern)
    entries_there, damage = _listed(source, run)
    found = sorted(
        (entry.path, entry.kind) for entry in entries_there if matches(entry.path)
    )
    _complain(source)
    if entries is None:
        entries = len(found) <= ENTRIES_UP_TO
    rows = _read(source, run, found) if entries else ((row, None) for row in found)
    write_rows = _write_json if as_json else _write_table
    write_rows(rows, max((len(path) for path, _ in found), default=0))
    if damage:
        fail(f"the list ends early: {damage}", "ls")
    if not found and pattern:
        words = f"{source.name}: no element of {run_words(run)} matches {pattern}"
        alike = _matcher(pattern.casefold())
        other_case = [
            each.path for each in entries_there if alike(each.path.casefold())
        ]
        if other_case:
            words += f"; upper and lower case count: {min(other_case)}"
        fail(words, "ls", code=1)


def _listed(source: Source, run: int) -> tuple[list[FileEntry], str]:
    """What can be listed, and what kept the rest from it."""
    from dqmconsole.rootio.errors import RootFileError

    entries: list[FileEntry] = []
    try:
        entries.extend(_progress(source.entries(run), "Listing"))
    except RootFileError as error:
        return entries, str(error)
    return entries, ""


def _matcher(pattern: str) -> Callable[[str], object]:
    if not pattern:
        return lambda _: True
    if not any(sign in pattern for sign in "*?["):
        return lambda path: pattern in path
    return re.compile(fnmatch.translate(pattern)).match


def _read(source: Source, run: int, rows: list[Row]) -> Iterator[tuple[Row, Result]]:
    """Each row with its entries or value, or the error that reading it gave."""
    from dqmconsole.model.graph import size_of
    from dqmconsole.rootio.errors import NotInFileError, RootFileError

    for path, kind in _progress(rows, "Reading", len(rows)):
        result: Result
        try:
            element = source.element(run, path)
        except (RootFileError, NotInFileError) as error:
            result = error
        else:
            result = size_of(element)
        yield (path, kind), result


def _write_json(rows: Iterable[tuple[Row, Result]], width: int) -> None:
    del width
    for (path, kind), result in rows:
        fields: dict[str, object] = {"path": path, "kind": kind}
        if isinstance(result, Exception):
            fields["error"] = str(result)
        elif result is not None:
            if isinstance(result, float) and not math.isfinite(result):
                result = str(result)  # JSON knows no NaN
            fields["value" if kind in _SCALARS else "entries"] = result
        say(json.dumps(fields, ensure_ascii=False))


def _write_table(rows: Iterable[tuple[Row, Result]], width: int) -> None:
    for (path, kind), result in rows:
        if isinstance(result, Exception):
            text = f"cannot be read: {result}"
        elif isinstance(result, float):
            text = f"{result:.10g}"
        else:
            text = "" if result is None else str(result)
        # Whatever an element is called, it is one line.
        path, kind, text = (escaped(each, lines=False) for each in (path, kind, text))
        say(f"{path:<{width}}  {kind:<10}  {text}".rstrip())


def _progress(rows: Iterable[T], what: str, total: int | None = None) -> Iterator[T]:
    """The rows, with a bar on the terminal (on stderr) when they take long."""
    if not sys.stderr.isatty():
        yield from rows
        return
    from rich.console import Console
    from rich.progress import Progress

    with Progress(console=Console(stderr=True), transient=True) as progress:
        task = progress.add_task(what, total=total)
        count = 0
        for count, row in enumerate(rows, 1):
            yield row
            if count % _STEP == 0:
                progress.update(task, completed=count, description=f"{what} {count}")


def _complain(source: Source) -> None:
    for problem in source.problems():
        say(str(problem), err=True)
