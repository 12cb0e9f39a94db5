"""Ten minutes at full rate, and six before: memory, threads, processes, None.

The simulated detector runs at top speed, run after run, with a fault; the console
is used all the while as nobody could: pages turned, plots alone, zoomed, compared in
other ways, with tools and fits on them, in windows of their own, in the other theme. It
is warm once every page was seen five times, each time with another of its plots alone:
what is kept of each plot (elements in the engine, laid-out titles) is bounded, and
there. Fails (exit 1) when from then on the memory of console or engine grows by
more than 5 MB (medians of the first third of what is left and of the last), when a
thread or process is gained, or when ``sys.getrefcount(None)`` falls (PySide6 6.12 on
Python 3.11 loses one per call). What was gained since every page was seen once is said,
too.

``--lumisections`` is the length of a run. What happened in the last 48 runs is kept, so
that with runs of 40, 15 s each, that alone grows by some 8 MB until there are so many.
"""

from __future__ import annotations

import statistics
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

import psutil
from console_run import ConsoleRun
from frame import keep, options, quantile

from dqmconsole.app.application import return_memory
from dqmconsole.heap import bound_heap

MOST = 5.0  # MB that may be gained
LOOKS = 50  # at the memory, in all
WARM = 5  # times that every page is seen before


def state(console: ConsoleRun) -> dict[str, float]:
    """Memory in MB, threads, processes, references to None."""
    here = psutil.Process()
    engine = [c for c in here.children() if "dqmconsole.engine" in c.cmdline()]
    return {
        "console_mb": here.memory_info().rss / 2**20,
        "engine_mb": sum(one.memory_info().rss for one in engine) / 2**20,
        "threads": threading.active_count(),
        "processes": len(here.children(recursive=True)),
        "none": sys.getrefcount(None),
        "frame_p99_ms": quantile(list(console.window.clock.frames), 0.99) * 1000,
    }


def use(console: ConsoleRun, turn: int) -> None:
    """Do one round of what a person does; it takes about a second.

    Args:
        console: what is used.
        turn: number of the round; not every one does everything.
    """
    parts = console.window.parts
    view = parts.view
    view.step_page(1)
    console.run_for(0.3)
    keys = [tile.key for tile in view.grid.tiles if tile.key]
    if not keys:
        return
    view.open_plot(keys[turn % len(keys)])
    console.run_for(0.2)
    canvas = view.detail.tile.canvas
    for factor in (0.5, 0.5, 2.0):
        canvas.zoom_by(factor)
    canvas.pan_by(0.2)
    canvas.undo_zoom()
    view.cycle_mode(view.detail.tile)
    view.toggle_log(view.detail.tile)
    view.detail.tools.toggle("lines" if turn % 2 else "crosshair")
    view.detail.tools.move(1)
    view.detail.tools.join(1)
    view.detail.projection.turn()
    if turn % 3 == 0:
        view.detail.fit.fit("gaus")
    console.run_for(0.2)
    view.detail.tile.canvas.reset_zoom()
    if turn % 5 == 0:
        parts.windows.show_selected()
        parts.windows.show_page()
        console.run_for(0.3)
        parts.windows.close_all()
    if turn % 7 == 0:
        console.window.context.switch_theme()
    if turn % 11 == 0:
        view.show_overview()
        console.run_for(0.1)
    view.back()
    console.run_for(0.1)


def gained(rows: list[dict[str, float]], name: str) -> float:
    """From the first third of what was seen to the last one, medians."""
    third = max(len(rows) // 3, 1)
    early, late = rows[:third], rows[-third:]
    return statistics.median(row[name] for row in late) - statistics.median(
        row[name] for row in early
    )


def main() -> int:
    """Run, print what is looked at, and judge."""
    given = options(__doc__, minutes=16.0, lumisections=400)
    bound_heap()  # as the program does
    with tempfile.TemporaryDirectory(
        prefix="bench-soak-", ignore_cleanup_errors=True
    ) as folder:
        detector = subprocess.Popen(
            [
                *(sys.executable, "-m", "dqmconsole.simulation", "--folder", folder),
                *("--speed", "60"),
                *("--lumisections-per-run", str(given.lumisections)),
                *("--cause", "hv-trip:Hcal@5"),
            ],
            stdin=subprocess.PIPE,
        )
        console = ConsoleRun(Path(folder), None, "Hcal/Digi occupancy")
        return_memory(console.window)  # likewise
        console.run_until(lambda: console.pictures() > 0, 60.0)
        rows: list[dict[str, float]] = []
        begun, turn = time.monotonic(), 0
        while time.monotonic() - begun < given.minutes * 60:
            until = time.monotonic() + given.minutes * 60 / LOOKS
            while time.monotonic() < until:
                use(console, turn)
                turn += 1
            rows.append({"round": turn, **state(console)})
            print(
                f"{(time.monotonic() - begun) / 60:4.1f} min: "
                + ", ".join(f"{name} {value:.0f}" for name, value in rows[-1].items())
                + f", run {console.client.mailbox.run.run}",
                flush=True,
            )
        pages = len(console.window.parts.view.pages.names)
        console.close()
        detector.kill()
        detector.wait()
    for times in (1, WARM):
        warm = [row for row in rows if row["round"] >= times * pages] or rows[-1:]
        early, late = warm[0], warm[-1]
        grown = {name: gained(warm, name) for name in ("console_mb", "engine_mb")}
        print(
            f"gained after round {times * pages}: console {grown['console_mb']:+.1f} "
            f"MB, engine {grown['engine_mb']:+.1f} MB"
        )
    bad = [name for name, value in grown.items() if value > MOST]
    bad += [name for name in ("threads", "processes") if late[name] > early[name]]
    bad += ["none"] if late["none"] < 0.98 * early["none"] else []
    print(f"goal <= {MOST:g}: {'not flat: ' + ', '.join(bad) if bad else 'flat'}")
    keep(given.json, {"soak": rows, "gained": grown, "bad": bad})
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
