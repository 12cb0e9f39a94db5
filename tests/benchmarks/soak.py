"""Ten minutes at full rate: memory, threads, processes, references to None.

The simulated detector runs at top speed, run after run, with a fault; the console
turns its pages all the while. Fails (exit 1) when memory grows by more than a tenth
after the first quarter, when a thread or process is gained, or when
``sys.getrefcount(None)`` falls (PySide6 6.12 on Python 3.11 loses one per call).
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

import psutil
from console_run import ConsoleRun
from frame import keep, options, quantile


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


def main() -> int:
    """Run, print a line a minute, and judge."""
    given = options(__doc__, minutes=10.0)
    with tempfile.TemporaryDirectory(
        prefix="bench-soak-", ignore_cleanup_errors=True
    ) as folder:
        detector = subprocess.Popen(
            [
                *(sys.executable, "-m", "dqmconsole.simulation", "--folder", folder),
                *("--speed", "60", "--lumisections-per-run", "40"),
                *("--cause", "hv-trip:Hcal@5"),
            ],
            stdin=subprocess.PIPE,
        )
        console = ConsoleRun(Path(folder), None, "Hcal/Digi occupancy")
        console.run_until(lambda: console.pictures() > 0, 60.0)
        rows = []
        begun = time.monotonic()
        while time.monotonic() - begun < given.minutes * 60:
            minute = time.monotonic() + min(60.0, given.minutes * 6)
            while time.monotonic() < minute:
                console.run_for(1.0)
                console.window.parts.view.step_page(1)
            rows.append(state(console))
            print(
                f"{(time.monotonic() - begun) / 60:4.1f} min: "
                + ", ".join(f"{name} {value:.0f}" for name, value in rows[-1].items())
                + f", run {console.client.mailbox.run.run}"
            )
        console.close()
        detector.kill()
        detector.wait()
    early, late = rows[len(rows) // 4], rows[-1]
    grown = {
        name: late[name] / early[name] for name in ("console_mb", "engine_mb", "none")
    }
    bad = [name for name in ("console_mb", "engine_mb") if grown[name] > 1.1]
    bad += [name for name in ("threads", "processes") if late[name] > early[name]]
    bad += ["none"] if grown["none"] < 0.98 else []
    print(f"late / early: {grown}; {'not flat: ' + ', '.join(bad) if bad else 'flat'}")
    keep(given.json, {"soak": rows, "bad": bad})
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
