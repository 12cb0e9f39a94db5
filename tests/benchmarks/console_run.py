"""A real window on a real engine, driven until something holds; for the benchmarks."""

from __future__ import annotations

import os
import time
from typing import TYPE_CHECKING

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from PySide6.QtCore import QEventLoop, QTimer
from PySide6.QtWidgets import QApplication

from dqmconsole.shift.client import EngineClient
from dqmconsole.shift.session import ShiftSession
from dqmconsole.ui.fonts import load_fonts
from dqmconsole.ui.settings import Settings
from dqmconsole.ui.window import MainWindow

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from dqmconsole.logbook.replicate import BookThread

WALL = (2560, 1440)  # px: where 36 tiles are in view at once


class ConsoleRun:
    """The console's window with its session, until :meth:`close`.

    Args:
        folder: the source.
        site: the site; None for the bundled one.
        page: the first that is shown.
        size: of the window, px.
        kept: folder for what the engine keeps and records; None: nothing is.
        open_book: gives the log of the shift; None: there is none.
    """

    def __init__(
        self,
        folder: Path,
        site: Path | None,
        page: str,
        size: tuple[int, int] = (1920, 1080),
        kept: Path | None = None,
        open_book: Callable[[], BookThread] | None = None,
    ) -> None:
        found = QApplication.instance() or QApplication(["benchmark"])
        assert isinstance(found, QApplication)
        self.application = found
        load_fonts(self.application)
        own = ["", ""] if kept is None else [str(kept), str(kept / "records")]
        self.client = EngineClient(None, *own)
        session = None
        if open_book is not None:
            session = ShiftSession(
                self.client, lambda _site, _banner: open_book(), time.time
            )
        self.window = MainWindow(
            self.client,
            Settings(None),
            start_demo=None,
            clock=time.time,
            session=session,
        )
        self.window.resize(*size)
        self.client.open(str(folder), site=str(site) if site else "")
        self.window.open_page_named(page)
        self.window.show()

    def pictures(self) -> int:
        """Tiles in view that have their picture."""
        return sum(
            tile.tile is not None and tile.tile.picture is not None
            for tile in self.window.parts.view.grid.visible_tiles()
        )

    def run_until(self, holds: Callable[[], bool], patience: float) -> float:
        """Run the event loop until something holds; seconds it took."""
        begun = time.perf_counter()
        loop = QEventLoop()
        timer = QTimer()
        timer.setInterval(1)

        def look() -> None:
            if holds() or time.perf_counter() - begun > patience:
                loop.quit()

        timer.timeout.connect(look)
        timer.start()
        loop.exec()
        timer.stop()
        assert holds(), f"not within {patience} s"
        return time.perf_counter() - begun

    def run_for(self, seconds: float) -> None:
        """Run the event loop for a while."""
        begun = time.perf_counter()
        self.run_until(lambda: time.perf_counter() - begun >= seconds, seconds + 5)

    def close(self) -> None:
        """End window, session and engine in order."""
        self.window.end()
        self.client.close()
        self.window.deleteLater()
        self.application.processEvents()
