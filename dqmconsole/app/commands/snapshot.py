"""``dqmconsole snapshot``: a page as a picture, no display needed."""

from __future__ import annotations

import os
import re
import sys
from pathlib import Path

import click

from dqmconsole.app.display import QT_NEEDS, install_line, missing_libraries
from dqmconsole.app.options import reference_option, site_option, why_not_writable
from dqmconsole.app.output import say

LEAST, MOST = 200, 8000  # pixels a side: below nothing can be read, above Qt gives up


@click.command("snapshot")
@click.argument("source")
@click.option(
    "--page",
    required=True,
    metavar="LAYOUT/PAGE",
    help="The page, saved whole; a wrong name lists the right ones.",
)
@click.option(
    "-o",
    "--output",
    required=True,
    type=click.Path(dir_okay=False, path_type=Path),
    help="The PNG file to write.",
)
@site_option
@reference_option
@click.option("--theme", type=click.Choice(["light", "dark"]), default="light")
@click.option(
    "--size",
    default="1600x900",
    show_default=True,
    metavar="WxH",
    help="Size of the window the page is drawn in, pixels.",
)
def snapshot_command(
    source: str,
    page: str,
    output: Path,
    site: str | None,
    reference: str | None,
    theme: str,
    size: str,
) -> None:
    """Save a page of SOURCE as a picture.

    SOURCE is as for open; of a replay the first moment is saved.
    """
    missing = missing_libraries(QT_NEEDS)
    if missing:
        raise click.ClickException(install_line(missing))
    width, height = _pixels(size)
    trouble = why_not_writable(output)
    if trouble:
        raise click.BadParameter(trouble, param_hint="--output")
    from dqmconsole.sources.errors import SourceError
    from dqmconsole.sources.open import check_source

    try:
        check_source(source)
    except SourceError as error:
        raise click.ClickException(str(error)) from error
    os.environ["QT_QPA_PLATFORM"] = "offscreen"
    from dqmconsole.app.snapshot import take_snapshot

    trouble = take_snapshot(
        source,
        page,
        output,
        site=site or "",
        reference=reference or "",
        theme=theme,
        size=(width, height),
    )
    if trouble:
        say(trouble, err=True)
        sys.exit(2)


def _pixels(size: str) -> tuple[int, int]:
    match = re.fullmatch(r"(\d{1,6})x(\d{1,6})", size, re.ASCII)
    if match is None:
        message = f"{size!r} is not WIDTHxHEIGHT, such as 1600x900"
        raise click.BadParameter(message, param_hint="--size")
    width, height = int(match[1]), int(match[2])
    if not (LEAST <= width <= MOST and LEAST <= height <= MOST):
        message = f"{size!r}: each side is {LEAST} to {MOST} pixels"
        raise click.BadParameter(message, param_hint="--size")
    return width, height
