"""Page switch -> pixels: from the command to the paint of the page's last picture."""

from __future__ import annotations

import statistics
import tempfile
import time
from pathlib import Path

from console_run import WALL, ConsoleRun
from frame import keep, options, quantile
from wide_site import write_wide_site

from dqmconsole.shift.pages import PageName

GOALS = {12: 50.0, 36: 120.0}  # ms


def measure(plots: int, rounds: int, scratch: Path) -> dict[str, float]:
    """Switch between four pages; milliseconds until all pictures are painted."""
    site, folder = write_wide_site(scratch / str(plots), plots, pages=4)
    console = ConsoleRun(folder, site, "Wide/Page 1", WALL)
    console.run_until(lambda: console.pictures() >= plots, 30.0)
    times = []
    for number in range(rounds):
        console.run_for(0.15)
        begun = time.perf_counter()
        name = PageName("Wide", f"Page {1 + (number + 1) % 4}")
        console.window.parts.view.show_page(name)
        console.run_until(lambda: console.pictures() >= plots, 10.0)
        console.application.processEvents()  # paints what has just been shown
        times.append((time.perf_counter() - begun) * 1000)
    console.close()
    return {"p50": statistics.median(times), "p95": quantile(times, 0.95)}


def main() -> None:
    """Measure, print, and write JSON where asked."""
    given = options(__doc__, rounds=40)
    rows = {}
    with tempfile.TemporaryDirectory(prefix="bench-switch-") as scratch:
        for plots, goal in GOALS.items():
            found = measure(plots, given.rounds, Path(scratch))
            rows[str(plots)] = found | {"goal": goal}
            print(
                f"{plots} tiles: {found['p50']:.0f} ms p50, {found['p95']:.0f} ms p95 "
                f"(goal <= {goal:.0f} ms)"
            )
    keep(given.json, {"page_switch_ms": rows})


if __name__ == "__main__":
    main()
