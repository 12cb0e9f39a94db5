"""``dqmconsole export``: a run as a file for other programs."""

from __future__ import annotations

import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from dqmconsole.app.options import output_option, site_option, source_named
from dqmconsole.app.output import fail, progress_bar, say
from dqmconsole.model.run import run_words
from dqmconsole.model.words import counted

if TYPE_CHECKING:
    from collections.abc import Iterable


_NAMED = 5  # plots that are named one by one

# The backspace keeps click from making one paragraph of the lines.
_EXAMPLES = """\b
Examples:
  dqmconsole export recorded:398214 --until 120 -o then.root
  dqmconsole export recorded:398214 --span 41-60 --plots 'Hcal/*' -o window.root
  dqmconsole export /data/dqm -o numbers.parquet
"""


def _span(
    context: click.Context, option: click.Parameter, given: str | None
) -> tuple[int, int] | None:
    """The lumisections of A-B, or click's complaint about them."""
    del context, option
    if given is None:
        return None
    match = re.fullmatch(r"(\d{1,9})-(\d{1,9})", given, re.ASCII)
    if match is None or not 1 <= int(match[1]) <= int(match[2]):
        message = f"{given!r} is not FIRST-LAST, such as 41-60."
        raise click.BadParameter(message)
    return int(match[1]), int(match[2])


@click.command("export", epilog=_EXAMPLES)
@click.argument("source")
@click.option(
    "--until",
    type=click.IntRange(min=1),
    metavar="LS",
    help="Plots as they stood at the end of this lumisection; of a recorded run.",
)
@click.option(
    "--span",
    callback=_span,
    metavar="A-B",
    help="What they gained from lumisection A to B; of a recorded run.",
)
@click.option(
    "--plots", multiple=True, metavar="GLOB", help="Only these paths; * crosses /."
)
@output_option(
    "The file to write: .root has the plots, .parquet their numbers.", required=True
)
@click.option("--force", is_flag=True, help="Replace the file if it is there.")
@site_option
def export_command(
    source: str,
    until: int | None,
    span: tuple[int, int] | None,
    plots: tuple[str, ...],
    output: Path,
    site: str | None,
    *,
    force: bool,
) -> None:
    """Write the newest run of SOURCE to a file for other programs.

    SOURCE is a run that was recorded (recorded:RUN or recorded:FOLDER/RUN), a ROOT
    file, the folder of a running DQM, or replay:FOLDER, of which the last snapshots
    are written. A ROOT file has the tree of a CMS DQM file; a Parquet file has
    entries, mean and RMS of each plot as rows, and needs pyarrow.

    Exits with 1 when plots cannot be read, which are then left out and named, with 2
    when nothing was written.
    """
    from dqmconsole.desk.export import PARQUET, ROOT, ExportError, Part, export
    from dqmconsole.sources.source import SourceError

    if until is not None and span is not None:
        message = "--until and --span exclude each other."
        raise click.UsageError(message)
    if output.suffix not in (PARQUET, ROOT):
        message = f"{output} ends neither in {ROOT} nor in {PARQUET}"
        raise click.BadParameter(message, param_hint="--output")
    try:
        if output.exists() and not force:
            fail(f"{output} is there already; --force replaces it", "export")
        named = source_named(source, site or "")
        with progress_bar("Reading") as progress:
            part = Part(until, span, plots)
            done = export(named, output, part, progress, Path(site) if site else None)
    except (ExportError, SourceError) as error:
        fail(str(error), "export")
    except OSError as error:
        where = error.filename or output
        fail(f"{where}: {error.strerror or error}", "export")
    _say_each("is left out", ((path, why) for path, why in done.left_out.items()))
    asked = f"{span[0]}–{span[1]}" if span else f"the run until {until}"
    _say_each(
        f"is recorded of another span than {asked}",
        ((path, f"{first}–{last}") for path, (first, last) in done.other_spans.items()),
    )
    what = "row" if output.suffix == PARQUET else "plot"
    say(f"{output}: {counted(done.elements, what)}{run_words(done.run, ' of ')}")
    if done.unread:
        sys.exit(1)


def _say_each(what: str, of: Iterable[tuple[str, str]]) -> None:
    listed = list(of)
    for path, why in listed[:_NAMED]:
        say(f"{path} {what}: {why}", err=True)
    if len(listed) > _NAMED:
        say(f"… and {len(listed) - _NAMED} more", err=True)
