"""Start -> first live page, beside a bare PySide6 + pyqtgraph window.

Both are processes of their own, started from nothing, offscreen. The console's time
ends when every tile of its page has its picture painted; the bare window's when its
(empty) plots have been painted. Run: ``python tests/benchmarks/start.py``.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

from frame import keep, medians, options
from wide_site import write_wide_site

if TYPE_CHECKING:
    from collections.abc import Sequence

BARE = """
import sys
import pyqtgraph
from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication, QGridLayout, QWidget
application = QApplication([])
window = QWidget()
grid = QGridLayout(window)
for number in range({plots}):
    grid.addWidget(pyqtgraph.PlotWidget(), number // 6, number % 6)
window.resize(2560, 1440)
window.show()
QTimer.singleShot(0, application.quit)
application.exec()
window.grab()
sys.stdout.write("painted\\n")
sys.stdout.flush()
"""

CONSOLE = """
import sys, time
from dqmconsole.shift.client import EngineClient
session = EngineClient()
session.open({folder!r}, site={site!r})
from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication
from dqmconsole.ui.fonts import load_fonts
from dqmconsole.ui.settings import Settings
from dqmconsole.ui.window import MainWindow
application = QApplication([])
load_fonts(application)
window = MainWindow(session, Settings(None), start_demo=None, clock=time.time)
window.resize(2560, 1440)
window.open_page_named({page!r})
window.show()
def look():
    tiles = [tile for tile in window.parts.view.grid.visible_tiles() if tile.key]
    if len(tiles) >= {plots} and all(
        tile.tile is not None and tile.tile.picture is not None for tile in tiles
    ):
        window.grab()
        sys.stdout.write("painted\\n")
        sys.stdout.flush()
        timer.stop()
        application.quit()
timer = QTimer()
timer.timeout.connect(look)
timer.start(5)
application.exec()
window.close()
session.close()
"""


def seconds_until(code: str, words: Sequence[str], home: str) -> list[float]:
    """Start a process on `code`; the seconds until it says each of some words.

    Args:
        code: of the process.
        words: lines of its standard output, in their order.
        home: folder of its settings and books.
    """
    own = {"QT_QPA_PLATFORM": "offscreen", "HOME": home, "XDG_DATA_HOME": home}
    begun = time.perf_counter()
    child = subprocess.Popen(
        [sys.executable, "-c", code],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=os.environ | own,
        text=True,
    )
    assert child.stdout is not None
    found = []
    for word in words:
        line = child.stdout.readline().strip()
        found.append(time.perf_counter() - begun)
        if line != word:
            child.kill()
            sys.exit(f"{line!r} instead of {word!r}: {child.communicate()[1]}")
    child.communicate(timeout=60)
    return found


def main() -> None:
    """Measure, print, and write JSON where asked."""
    given = options(__doc__, rounds=7)
    rows = []
    with tempfile.TemporaryDirectory() as scratch:
        for plots, goal in ((12, 2.0), (36, 3.0)):
            site, folder = write_wide_site(Path(scratch) / str(plots), plots)
            console = CONSOLE.format(
                folder=str(folder), site=str(site), page="Wide/Page 1", plots=plots
            )
            bare = BARE.format(plots=plots)
            times: dict[str, list[float]] = {"console": [], "bare": []}
            for _ in range(given.rounds):
                times["bare"] += seconds_until(bare, ["painted"], scratch)
                times["console"] += seconds_until(console, ["painted"], scratch)
            middle = medians(times)
            ratio = middle["console"] / middle["bare"]
            print(
                f"{plots} tiles: console {middle['console']:.2f} s, bare window "
                f"{middle['bare']:.2f} s, ratio {ratio:.2f} (goal <= {goal})"
            )
            rows.append({"plots": plots, **middle, "ratio": ratio, "goal": goal})
    keep(given.json, {"start": rows})


if __name__ == "__main__":
    main()
