"""Frame times of the console beside an idle engine and beside one that takes in
100,000 monitor elements flat out: the process border is what keeps them apart.

The page has 36 plots with references. Idle: the folder is renewed with the 36 plots
only. Busy: every snapshot has 100,000 elements besides, and while they are taken in
the engine also searches its whole list of elements.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
import time
from pathlib import Path

from console_run import WALL, ConsoleRun
from frame import keep, options, quantile
from wide_site import write_wide_site

PLOTS = 36


def measure(extra: int, seconds: float, scratch: Path) -> dict[str, float]:
    """Milliseconds per frame while the folder is renewed."""
    site, folder = write_wide_site(scratch / str(extra), PLOTS, extra=extra)
    code = (
        f"import sys; sys.path.insert(0, {str(Path(__file__).parent)!r}); "
        f"from wide_site import renew_for_ever; from pathlib import Path; "
        f"renew_for_ever(Path({str(folder)!r}), {PLOTS}, {extra}, 0.1)"
    )
    console = ConsoleRun(folder, site, "Wide/Page 1", WALL)
    console.run_until(lambda: console.pictures() >= PLOTS, 60.0)
    writer = subprocess.Popen([sys.executable, "-c", code])
    console.run_for(3.0)
    frames = console.window.clock.frames
    kept: list[float] = []
    ended = time.perf_counter() + seconds
    updates = 0
    version = 0
    while time.perf_counter() < ended:
        frames.clear()
        console.client.search("folder plot 17")
        console.run_for(0.5)
        kept += [frame for frame in frames if frame > 0.001]
        newest = max(tile.version for tile in console.client.mailbox.tiles.values())
        updates += newest != version
        version = newest
    writer.kill()
    writer.wait()
    console.close()
    return {
        "frames": len(kept),
        "updates": updates,
        "p50": quantile(kept, 0.5) * 1000,
        "p99": quantile(kept, 0.99) * 1000,
    }


def main() -> None:
    """Measure, print, and write JSON where asked."""
    given = options(__doc__, seconds=25.0, elements=100_000)
    with tempfile.TemporaryDirectory(prefix="bench-frames-") as scratch:
        idle = measure(0, given.seconds, Path(scratch))
        busy = measure(given.elements, given.seconds, Path(scratch))
    ratio = busy["p99"] / idle["p99"]
    for name, found in (("idle", idle), ("busy", busy)):
        print(
            f"{name}: {found['p50']:.1f} ms p50, {found['p99']:.1f} ms p99 "
            f"({found['frames']} frames, {found['updates']} renewals seen)"
        )
    print(f"p99 busy / idle: {ratio:.2f} (goal <= 2)")
    keep(given.json, {"frame_ms": {"idle": idle, "busy": busy, "ratio": ratio}})


if __name__ == "__main__":
    main()
