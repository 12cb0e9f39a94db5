"""New file on disk -> pixels, at 100,000 monitor elements: a page of 36 plots.

The time begins when the snapshot has its name and ends when the last tile of the
page has been painted with it. All 396 plots of the site are judged by three checks
(without them: ``--checks 0``), and the run is recorded.
"""

from __future__ import annotations

import statistics
import tempfile
import time
from pathlib import Path

from console_run import WALL, ConsoleRun
from frame import keep, options, quantile
from wide_site import FIRST, Snapshots, write_wide_site, wrong_verdicts

PLOTS, PAGES = 36, 11
GOAL = 200.0  # ms, p95


def main() -> None:
    """Measure, print, and write JSON where asked."""
    given = options(__doc__, rounds=20, elements=100_000, checks=1)
    plots, checks = PLOTS * PAGES, bool(given.checks)
    times = []
    with tempfile.TemporaryDirectory(prefix="bench-pixels-") as scratch:
        place = Path(scratch)
        site, folder = write_wide_site(
            place, PLOTS, PAGES, given.elements, checks=checks
        )
        snapshots = Snapshots(folder, plots, given.elements)
        kept = place / "kept" if checks else None
        console = ConsoleRun(folder, site, "Wide/Page 1", WALL, kept)
        console.run_until(lambda: console.pictures() >= PLOTS, 60.0)
        verdicts = console.client.mailbox.verdicts
        for lumisection in range(FIRST + 1, FIRST + given.rounds + 2):
            span = f"LS 1–{lumisection}"
            snapshots.renew()
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
            console.run_until(
                lambda: not wrong_verdicts(verdicts, plots, checks=checks), 20.0
            )
            console.run_for(1.0)
        console.close()
    times = times[1:]  # the first file shows that the content moves
    found = {"p50": statistics.median(times), "p95": quantile(times, 0.95)}
    print(
        f"{given.elements:,} elements: {found['p50']:.0f} ms p50, "
        f"{found['p95']:.0f} ms p95 (goal <= {GOAL:.0f} ms)"
    )
    keep(given.json, {"new_file_pixels_ms": found})


if __name__ == "__main__":
    main()
