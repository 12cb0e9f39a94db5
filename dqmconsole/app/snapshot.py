"""A page as a picture, without a display: the real window, offscreen."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from dqmconsole.app.page_names import page_named
from dqmconsole.model.layout import plot_key
from dqmconsole.model.verdict import Status

if TYPE_CHECKING:
    from pathlib import Path

    from dqmconsole.model.layout import Layout, Page
    from dqmconsole.shift.client import EngineClient
    from dqmconsole.ui.window import MainWindow

PATIENCE = 20.0  # s until the picture is taken of what there is
TALLEST = 16_000  # pixels; above, Qt draws no window
SETTLE = 0.3  # s after the last tile came, so that it has been painted


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
    """Save one page of a source as a PNG; "" or what went wrong.

    Args:
        source: as for ``open``.
        page: "Layout/Page".
        out: the file.
        site: folder of the site, "" for the bundled one.
        reference: a ROOT file that overrides the rules, or "".
        theme: "light" or "dark".
        size: of the window, pixels; it grows downwards where the page is longer.
    """
    from PySide6.QtCore import QEventLoop, QTimer

    from dqmconsole.app.application import qt_application
    from dqmconsole.shift.client import EngineClient
    from dqmconsole.ui.pictures import PictureError, write_picture
    from dqmconsole.ui.settings import Settings
    from dqmconsole.ui.window import MainWindow

    application = qt_application()
    settings = Settings(None)
    settings.theme = theme
    client = EngineClient()
    window = MainWindow(client, settings, start_demo=None, clock=time.time)
    window.resize(*size)
    client.open(source, site=site, reference=reference)
    window.open_page_named(page)
    window.show()
    loop = QEventLoop()
    begun = time.monotonic()
    settled: list[float] = []
    trouble: list[str] = []

    def look() -> None:
        now = time.monotonic()
        if client.site is not None:
            found = page_named(client.site.layouts, page)
            if isinstance(found, str):
                trouble.append(found)
                loop.quit()
                return
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
        try:
            write_picture(window.page_picture(), str(out))
        except PictureError as error:
            trouble.append(str(error))
    window.close()
    client.close()
    window.deleteLater()
    application.processEvents()
    return "; ".join(trouble)


def _show_whole(window: MainWindow) -> None:
    """Grow the window until its page needs no scrolling: only what is seen is sent."""
    from dqmconsole.ui.live.page import PageGrid

    for grid in window.findChildren(PageGrid):
        beyond = grid.verticalScrollBar().maximum()
        if beyond and window.height() < TALLEST:
            window.resize(window.width(), min(window.height() + beyond, TALLEST))


def _complete(client: EngineClient, layout: Layout, page: Page) -> bool:
    for plot in page.plots:
        tile = client.mailbox.tiles.get(plot_key(layout.layout, page.page, plot.path))
        if tile is None:
            return False
        # What was not seen to move yet waits too, but there is no more to come.
        drawn = tile.picture is not None and tile.run == client.mailbox.run.run
        if tile.verdict.status is Status.WAITING and not drawn:
            return False
    return True


def _why_incomplete(client: EngineClient) -> str:
    words = [
        str(problem)
        for problems in client.mailbox.problems.values()
        for problem in problems
    ]
    words += [notice.sentence for notice in client.mailbox.notices.values()]
    waiting = [
        f"after {PATIENCE:.0f} s still waiting: {tile.path}: {tile.verdict.sentence}"
        for tile in client.mailbox.tiles.values()
        if tile.verdict.status is Status.WAITING
    ]
    # The plots' own word first: a problem elsewhere in the site is not why.
    return (waiting + words + [f"no data within {PATIENCE:.0f} s"])[0]
