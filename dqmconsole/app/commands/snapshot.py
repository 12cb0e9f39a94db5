"""``dqmconsole snapshot``: a page as a picture, no display needed."""

from __future__ import annotations

import os
import re
import sys
import time
from typing import TYPE_CHECKING

import click

from dqmconsole.app.display import QT_NEEDS, install_line, missing_libraries
from dqmconsole.app.options import (
    DRAWINGS,
    PICTURES,
    files_option,
    output_option,
    page_named,
    recordings,
    reference_option,
    site_option,
    source_asked,
    why_not_writable,
)
from dqmconsole.app.output import say
from dqmconsole.model.layout import plot_key, subsystem_of
from dqmconsole.model.reference import BEING_READ
from dqmconsole.model.verdict import Status

if TYPE_CHECKING:
    from pathlib import Path

    from dqmconsole.model.layout import Layout, Page
    from dqmconsole.shift.client import EngineClient
    from dqmconsole.ui.window import MainWindow

LEAST, MOST = 200, 8000  # pixels a side: below nothing can be read, above Qt gives up

PATIENCE = 20.0  # s until the picture is taken of what there is
TALLEST = 16_000  # pixels; above, Qt draws no window
SETTLE = 0.3  # s after the last tile came, so that it has been painted


@click.command("snapshot")
@click.argument("source", default="")
@files_option
@click.option(
    "--page",
    required=True,
    metavar="LAYOUT/PAGE",
    help="The page, saved whole; a wrong name lists the right ones.",
)
@output_option("The file to write: .png, .pdf or .svg.", required=True)
@site_option
@reference_option
@click.option(
    "--theme",
    type=click.Choice(["light", "dark"]),
    default="light",
    help="Colours of an image or SVG; a PDF is always light.",
)
@click.option(
    "--size",
    default="1600x900",
    show_default=True,
    metavar="WxH",
    help="Size of the window the page is drawn in, pixels.",
)
def snapshot_command(
    source: str,
    files: str,
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
    trouble = why_not_writable(output, (*PICTURES, *DRAWINGS))
    if trouble:
        raise click.BadParameter(trouble, param_hint="--output")
    from dqmconsole.sources.open import check_source
    from dqmconsole.sources.source import SourceError

    try:
        source = source_asked(source, site or "", files)
        check_source(source)
    except SourceError as error:
        raise click.ClickException(str(error)) from error
    os.environ["QT_QPA_PLATFORM"] = "offscreen"
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


def take_snapshot(
    source: str,
    page: str,
    out: Path,
    *,
    site: str = "",
    reference: str = "",
    theme: str = "light",
    size: tuple[int, int] = (1600, 900),
) -> str:
    """Save one page of a source as a picture; "" or what went wrong.

    Args:
        source: as for ``open``.
        page: "Layout/Page".
        out: the file; its ending says in which form.
        site: folder of the site, "" for the bundled one.
        reference: a ROOT file that overrides the rules, or "".
        theme: "light" or "dark".
        size: of the window, pixels; it grows downwards where the page is longer.
    """
    from PySide6.QtCore import QEventLoop, QTimer

    from dqmconsole.app.application import qt_application
    from dqmconsole.app.console import engine_client
    from dqmconsole.ui.pictures import PictureError, write_picture
    from dqmconsole.ui.settings import Settings
    from dqmconsole.ui.window import MainWindow

    application = qt_application()
    settings = Settings(None)
    settings.theme = theme
    client = engine_client(recordings=str(recordings()))
    window = MainWindow(client, settings, start_demo=None, clock=time.time)
    window.resize(*size)
    client.open(source, site=site, reference=reference)
    window.open_page_named(page)
    window.show()
    loop = QEventLoop()
    begun = time.monotonic()
    settled: list[float] = []
    trouble: list[str] = []
    file = os.path.isfile(source)  # noqa: PTH113 - as it was typed

    def look() -> None:
        now = time.monotonic()
        found = _page_of(client, page, site=bool(site), file=file)
        if isinstance(found, str):
            trouble.append(found)
            loop.quit()
            return
        if found is not None:
            _show_whole(window)
            if _complete(client, *found):
                settled.append(now)
        if (settled and now - settled[0] > SETTLE) or now - begun > PATIENCE:
            loop.quit()

    timer = QTimer()
    timer.timeout.connect(look)
    timer.start(50)
    loop.exec()
    timer.stop()
    if not trouble and not settled:
        trouble.append(_why_incomplete(client))
    if settled or client.mailbox.tiles:
        window.parts.view.second(time.time())  # ages come but once a second
        try:
            write_picture(window.page_picture(), str(out))
        except PictureError as error:
            trouble.append(str(error))
    window.close()
    client.close()
    window.deleteLater()
    application.processEvents()
    return "; ".join(trouble)


def _page_of(
    client: EngineClient, page: str, *, site: bool, file: bool
) -> tuple[Layout, Page] | str | None:
    """The page; None where it is not known yet, or why there will be none.

    Args:
        client: knows the site, and the source.
        page: its name.
        site: a site was given; else the pages are known when the source was listed.
        file: of the source no more will come than is there.
    """
    if file and (words := _unread(client)):
        return words
    if client.site is None or not (site or client.site.layouts):
        return None
    return page_named(client.site.layouts, page)


def _show_whole(window: MainWindow) -> None:
    """Grow the window until its page needs no scrolling: only what is seen is sent."""
    from dqmconsole.ui.live.page import PageGrid

    for grid in window.findChildren(PageGrid):
        beyond = grid.verticalScrollBar().maximum()
        if beyond and window.height() < TALLEST:
            window.resize(window.width(), min(window.height() + beyond, TALLEST))


def _complete(client: EngineClient, layout: Layout, page: Page) -> bool:
    run = client.mailbox.run
    clients = {each.subsystem for each in run.clients}
    for plot in page.plots:
        tile = client.mailbox.tiles.get(plot_key(layout.layout, page.page, plot.path))
        if tile is None:
            return False
        # What was not seen to move yet waits too, but there is no more to come.
        drawn = tile.picture is not None and tile.run == run.run
        waits = tile.verdict.status is Status.WAITING and not drawn
        if waits and (not run.run or subsystem_of(plot.path) in clients):
            return False  # of what no client serves there is nothing to wait for
        if BEING_READ in tile.note.sentence:
            return False  # the verdict does not know it either
    return True


def _unread(client: EngineClient) -> str:
    """What is wrong with the source, of which there is no run; or ""."""
    wrong = () if client.mailbox.run.run else client.mailbox.problems.get("source", ())
    return next((str(each) for each in wrong if each.severity == "error"), "")


def _why_incomplete(client: EngineClient) -> str:
    words = [str(each) for each in client.mailbox.all_problems()]
    words += [notice.sentence for notice in client.mailbox.notices.values()]
    waiting = [
        f"after {PATIENCE:.0f} s still waiting: {tile.path}: {tile.verdict.sentence}"
        for tile in client.mailbox.tiles.values()
        if tile.verdict.status is Status.WAITING
    ]
    # The plots' own word first: a problem elsewhere in the site is not why.
    return (
        _unread(client) or (waiting + words + [f"no data within {PATIENCE:.0f} s"])[0]
    )
