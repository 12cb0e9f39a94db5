"""New file on disk -> pixels, at 100,000 monitor elements: a page of 36 plots.

The time begins when the snapshot has its name and ends when the last tile of the
page has been painted with it.
"""

from __future__ import annotations

import statistics
import tempfile
import time
from pathlib import Path

from console_run import WALL, ConsoleRun
from frame import keep, options, quantile
from wide_site import write_snapshot, write_wide_site

PLOTS = 36
GOAL = 200.0  # ms, p95


def main() -> None:
    """Measure, print, and write JSON where asked."""
    given = options(__doc__, rounds=20, elements=100_000)
    times = []
    with tempfile.TemporaryDirectory(prefix="bench-pixels-") as scratch:
        site, folder = write_wide_site(Path(scratch), PLOTS, extra=given.elements)
        console = ConsoleRun(folder, site, "Wide/Page 1", WALL)
        console.run_until(lambda: console.pictures() >= PLOTS, 60.0)
        for lumisection in range(2, given.rounds + 2):
            console.run_for(0.5)
            span = f"LS 1–{lumisection}"
            write_snapshot(folder, PLOTS, lumisection, given.elements)
            begun = time.perf_counter()
            console.run_until(
                lambda span=span: all(  # type: ignore[misc]  # bound by default
                    tile.tile is not None and tile.tile.span == span
                    for tile in console.window.parts.view.grid.visible_tiles()
                ),
                20.0,
            )
            console.application.processEvents()  # paints what has just been shown
            times.append((time.perf_counter() - begun) * 1000)
        console.close()
    found = {"p50": statistics.median(times), "p95": quantile(times, 0.95)}
    print(
        f"{given.elements:,} elements: {found['p50']:.0f} ms p50, "
        f"{found['p95']:.0f} ms p95 (goal <= {GOAL:.0f} ms)"
    )
    keep(given.json, {"new_file_pixels_ms": found})


if __name__ == "__main__":
    main()
