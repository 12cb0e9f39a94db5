"""``dqmconsole tutorial LESSON`` -> its first step on the screen.

Beside it, in the same run: the console opened on a folder of the same detector, to its
first live page, and a bare PySide6 + pyqtgraph window. All are processes of their own,
started from nothing, offscreen at 1920 x 1080. The tutorial's time ends when the bubble
of the first step has been painted; that of a live page, of the tutorial too, when every
visible tile has its picture painted.

Run: ``python tests/benchmarks/tutorial_start.py``.
"""

from __future__ import annotations

import tempfile
from pathlib import Path

from frame import keep, medians, options
from start import BARE, WATCH, seconds_until

from dqmconsole.simulation.run import Options, write_whole

LESSON = "empty-rectangle"
PAGE = "Hcal/Digi occupancy"
PLOTS = 12  # of the bare window
GOAL = 1.5  # times the bare console's start

CONSOLE = (
    WATCH
    + """
def look(window, timer, application):
    if is_live(window):
        window.grab()
        say("live")
        timer.stop()
        application.quit()
wish = console.ConsoleOptions(
    source={folder!r}, page={page!r}, seconds=60, remember=False, size=(1920, 1080)
)
console.show_console(wish)
"""
)

TUTORIAL = (
    WATCH
    + """
from dqmconsole.app.cli import run
from dqmconsole.ui.training.bubble import Bubble
said = []
def look(window, timer, application):
    if not said and window.findChild(Bubble).isVisible():
        window.grab()
        said.append("step")
        say("step")
        window.open_page_named({page!r})
    if said and is_live(window):
        window.grab()
        say("live")
        timer.stop()
        application.quit()
run(["tutorial", {lesson!r}, "--trainee", "Ann", "--seconds", "60",
     "--screenshot", {picture!r}])
"""
)


def main() -> None:
    """Measure, print, and write JSON where asked."""
    given = options(__doc__, rounds=7)
    times: dict[str, list[float]] = {}
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch) / "run"
        write_whole(Options(folder=folder, keep=True), 12)
        console = CONSOLE.format(folder=str(folder), page=PAGE)
        picture = str(Path(scratch) / "picture.png")
        tutorial = TUTORIAL.format(lesson=LESSON, page=PAGE, picture=picture)
        for _ in range(given.rounds):
            for name, code, words in (
                ("bare window", BARE.format(plots=PLOTS), ("painted",)),
                ("console, live page", console, ("live",)),
                ("tutorial, first step", tutorial, ("step", "live")),
            ):
                found = seconds_until(code, words, scratch)
                times.setdefault(name, []).append(found[0])
                if len(found) > 1:
                    times.setdefault("tutorial, live page", []).append(found[1])
    middle = medians(times)
    for name, median in middle.items():
        spread = f"{min(times[name]):.2f} to {max(times[name]):.2f}"
        print(f"{name}: {median:.2f} s ({spread})")
    ratio = middle["tutorial, first step"] / middle["console, live page"]
    print(f"tutorial / console: {ratio:.2f} (goal <= {GOAL})")
    row = {"seconds": middle, "ratio": ratio, "goal": GOAL}
    keep(given.json, {"tutorial_start": row})


if __name__ == "__main__":
    main()
