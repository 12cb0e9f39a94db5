"""Frame times of the console beside an idle engine and beside one that takes in
100,000 monitor elements flat out: the process border is what keeps them apart.

The page has 36 plots with references, renewed every 0.2 s. Idle: the engine reads only
those, and judges nothing. Busy: every snapshot has 100,000 elements besides, of which
396 are judged by three checks each (without them: ``--checks 0``), the run is recorded,
and while they are taken in the engine also searches its whole list of elements.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
import time
from pathlib import Path

import psutil
from console_run import WALL, ConsoleRun
from frame import keep, options, quantile
from wide_site import write_wide_site, wrong_verdicts

PLOTS = 36  # of a page
PAGES = 11
EVERY = 0.2  # s


def measure(
    extra: int, pages: int, seconds: float, scratch: Path, *, checks: bool
) -> dict[str, float]:
    """Milliseconds per frame while the folder is renewed."""
    site, folder = write_wide_site(scratch, PLOTS, pages, extra, checks=checks)
    plots = PLOTS * pages
    code = (
        f"import sys; sys.path.insert(0, {str(Path(__file__).parent)!r}); "
        f"from wide_site import renew_for_ever; from pathlib import Path; "
        f"renew_for_ever(Path({str(folder)!r}), {plots}, {extra}, {EVERY})"
    )
    kept = scratch / "kept" if checks else None
    console = ConsoleRun(folder, site, "Wide/Page 1", WALL, kept)
    console.run_until(lambda: console.pictures() >= PLOTS, 60.0)
    mailbox = console.client.mailbox
    writer = subprocess.Popen([sys.executable, "-c", code])
    console.run_until(
        lambda: not wrong_verdicts(mailbox.verdicts, plots, checks=checks), 60.0
    )
    console.run_for(3.0)
    (engine,) = (
        each
        for each in psutil.Process().children()
        if "dqmconsole.engine" in each.cmdline()
    )
    frames = console.window.clock.frames
    times: list[float] = []
    used, began = sum(engine.cpu_times()[:2]), time.perf_counter()
    updates = version = wrong = 0
    while time.perf_counter() < began + seconds:
        frames.clear()
        if extra:
            console.client.search("folder plot 17")
        console.run_for(0.5)
        times += [frame for frame in frames if frame > 0.001]
        newest = max(tile.version for tile in mailbox.tiles.values())
        updates += newest != version
        version = newest
        wrong += wrong_verdicts(mailbox.verdicts, plots, checks=checks)
    load = (sum(engine.cpu_times()[:2]) - used) / (time.perf_counter() - began)
    writer.kill()
    writer.wait()
    console.close()
    assert not wrong, f"{wrong} verdicts were not right"
    return {
        "frames": len(times),
        "updates": updates,
        "engine": load,
        "p50": quantile(times, 0.5) * 1000,
        "p99": quantile(times, 0.99) * 1000,
    }


def main() -> None:
    """Measure, print, and write JSON where asked."""
    given = options(__doc__, seconds=25.0, elements=100_000, checks=1)
    with tempfile.TemporaryDirectory(prefix="bench-frames-") as scratch:
        place, checks = Path(scratch), bool(given.checks)
        idle = measure(0, 1, given.seconds, place / "idle", checks=False)
        busy = measure(
            given.elements, PAGES, given.seconds, place / "busy", checks=checks
        )
    ratio = busy["p99"] / idle["p99"]
    for name, found in (("idle", idle), ("busy", busy)):
        print(
            f"{name}: {found['p50']:.1f} ms p50, {found['p99']:.1f} ms p99 "
            f"({found['frames']} frames, news in {found['updates']} looks, "
            f"engine at {found['engine']:.0%} of a core)"
        )
    print(f"p99 busy / idle: {ratio:.2f} (goal <= 1.2)")
    keep(given.json, {"frame_ms": {"idle": idle, "busy": busy, "ratio": ratio}})


if __name__ == "__main__":
    main()
