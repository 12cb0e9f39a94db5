"""Page switch -> pixels: from the command to the paint of the page's last picture."""

from __future__ import annotations

import argparse
import json
import statistics
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
from console_run import WALL, ConsoleRun, share
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
    return {"p50": statistics.median(times), "p95": share(times, 0.95)}


def main() -> None:
    """Measure, print, and write JSON where asked."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=40)
    parser.add_argument("--json", type=Path)
    given = parser.parse_args()
    rows = {}
    with tempfile.TemporaryDirectory(prefix="bench-switch-") as scratch:
        for plots, goal in GOALS.items():
            found = measure(plots, given.rounds, Path(scratch))
            rows[str(plots)] = found | {"goal": goal}
            print(
                f"{plots} tiles: {found['p50']:.0f} ms p50, {found['p95']:.0f} ms p95 "
                f"(goal <= {goal:.0f} ms)"
            )
    if given.json:
        given.json.write_text(json.dumps({"page_switch_ms": rows}, indent=1))


if __name__ == "__main__":
    main()
