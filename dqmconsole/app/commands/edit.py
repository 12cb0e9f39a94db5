"""``dqmconsole edit``: the layout editor."""

from __future__ import annotations

import click

from dqmconsole.app.commands.open import absolute, show
from dqmconsole.app.options import (
    files_option,
    page_option,
    site_option,
    source_named,
    theme_option,
)


@click.command("edit")
@click.argument("layout", default="")
@click.argument("source", default="")
@files_option
@site_option
@theme_option
@page_option
def edit_command(
    layout: str,
    source: str,
    files: str,
    site: str | None,
    theme: str | None,
    page: str,
) -> None:
    """Edit LAYOUT, seen as the shifter sees it on SOURCE.

    LAYOUT is the name of a layout of the site, or of its file; the first one when left
    out. SOURCE is whatever can be opened, also a run that was recorded; the first of
    the site's sources when left out.

    What is edited is the site's working copy: a console on shift reads it once it is
    published (dqmconsole publish).
    """
    from dqmconsole.app.console import ConsoleOptions
    from dqmconsole.sources.open import check_source
    from dqmconsole.sources.source import SourceError

    try:
        source = source_named(source, site or "", files)
        check_source(source)
    except SourceError as error:
        raise click.ClickException(str(error)) from error
    show(
        ConsoleOptions(
            source=absolute(source),
            site=site or "",
            theme=theme or "",
            page=page,
            edit=layout,
        )
    )
