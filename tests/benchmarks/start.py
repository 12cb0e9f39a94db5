"""Start -> first live page, beside a bare PySide6 + pyqtgraph window.

Both are processes of their own, started from nothing, offscreen; the console is the
one that ``dqmconsole open`` starts, with engine and book of the shift. Its time
ends when every tile of its page has its picture painted; the bare window's when its
(empty) plots have been painted. Both find their modules compiled, as an installation
has them: of each a first start that compiles is not counted. Run:
``python tests/benchmarks/start.py``.
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

# What every console has in common: a look every 5 ms, and words once something stands.
WATCH = """
import sys
from dqmconsole.app import console
made = console._quit_on_signals
def say(word):
    sys.stdout.write(word + "\\n")
    sys.stdout.flush()
def is_live(window, least=1):
    tiles = [tile for tile in window.parts.view.grid.visible_tiles() if tile.key]
    return len(tiles) >= least and all(
        tile.tile is not None and tile.tile.picture is not None for tile in tiles
    )
def watched(application, window):
    made(application, window)
    from PySide6.QtCore import QTimer
    timer = QTimer(window)
    timer.timeout.connect(lambda: look(window, timer, application))
    timer.start(5)
console._quit_on_signals = watched
"""

CONSOLE = (
    WATCH
    + """
def look(window, timer, application):
    if is_live(window, {plots}):
        window.grab()
        say("painted")
        timer.stop()
        application.quit()
console.show_console(console.ConsoleOptions(
    source={folder!r}, site={site!r}, page={page!r}, seconds=60, remember=False,
    size=(2560, 1440),
))
"""
)


def seconds_until(code: str, words: Sequence[str], home: str) -> list[float]:
    """Start a process on `code`; the seconds until it says each of some words.

    Args:
        code: of the process.
        words: lines of its standard output, in their order.
        home: folder of its settings and books.
    """
    own = {
        "QT_QPA_PLATFORM": "offscreen",
        "HOME": home,
        "XDG_DATA_HOME": home,
        "PYTHONDONTWRITEBYTECODE": "",
        "PYTHONPYCACHEPREFIX": str(Path(home) / "bytecode"),
    }
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
            for _ in range(given.rounds + 1):
                times["bare"] += seconds_until(bare, ["painted"], scratch)
                times["console"] += seconds_until(console, ["painted"], scratch)
            middle = medians({name: found[1:] for name, found in times.items()})
            ratio = middle["console"] / middle["bare"]
            print(
                f"{plots} tiles: console {middle['console']:.2f} s, bare window "
                f"{middle['bare']:.2f} s, ratio {ratio:.2f} (goal <= {goal})"
            )
            rows.append({"plots": plots, **middle, "ratio": ratio, "goal": goal})
    keep(given.json, {"start": rows})


if __name__ == "__main__":
    main()
