"""``dqmconsole snapshot``: a page as a picture, no display needed."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import click

from dqmconsole.app.display import QT_NEEDS, install_line, missing_libraries


@click.command("snapshot")
@click.argument("source")
@click.option("--page", required=True, metavar="LAYOUT/PAGE")
@click.option(
    "-o",
    "--output",
    required=True,
    type=click.Path(dir_okay=False, path_type=Path),
    help="The PNG file to write.",
)
@click.option("--site", type=click.Path(exists=True, file_okay=False), default=None)
@click.option("--reference", type=click.Path(exists=True, dir_okay=False), default=None)
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
    """Save a page of SOURCE as a picture."""
    missing = missing_libraries(QT_NEEDS)
    if missing:
        raise click.ClickException(install_line(missing))
    width, _, height = size.partition("x")
    if not (width.isdigit() and height.isdigit()):
        message = f"{size!r} is not WIDTHxHEIGHT, such as 1600x900"
        raise click.BadParameter(message, param_hint="--size")
    os.environ["QT_QPA_PLATFORM"] = "offscreen"
    from dqmconsole.app.snapshot import take_snapshot

    trouble = take_snapshot(
        source,
        page,
        output,
        site=str(Path(site).resolve()) if site else "",
        reference=str(Path(reference).resolve()) if reference else "",
        theme=theme,
        size=(int(width), int(height)),
    )
    if trouble:
        click.echo(trouble, err=True)
        sys.exit(2)
