"""Record a run of 2,000 lumisections: size on disk, time to record, time of a window.

280 plots of 100 bins and 100 maps of 300 × 200, filled as thinly as a lumisection fills
them (a packed map of one lumisection has some 19 kB, as real ones have). Goals: at most
1 GB for the run, 50 ms to record a lumisection off the judging path, 1 ms for a window
of 60 updates of a plot of one dimension. What the judge takes to keep and pack the last
updates is told apart: the recorder writes what was packed there. Times "on the
processor" are those of one thread, whatever else the machine does. Beside them, in the
same run, what the same increments take as plain rows: float32, zlib, one file a
lumisection written by one `write` and `fsync`.
"""

from __future__ import annotations

import os
import tempfile
import threading
import time
import zlib
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from frame import keep, options

from dqmconsole.model.histogram import Axis, Histogram, read_only
from dqmconsole.recording.recent import Gained, Recent, Snapshot
from dqmconsole.recording.recorder import Item, Recorder, Update
from dqmconsole.recording.run_file import RunFile, run_path

if TYPE_CHECKING:
    from dqmconsole.model.histogram import Array

RUN = 398213
PLOTS, BINS = 280, 100
MAPS, SIDES = 100, (300, 200)
PLOT_FILLS, MAP_FILLS = 3_000, 20_000  # in a lumisection
KINDS = 10  # of distributions


def main() -> None:
    """Run it and print what came out."""
    wanted = options(__doc__, rounds=2000)
    with tempfile.TemporaryDirectory() as place:
        found = measure(Path(place), wanted.rounds)
    for name, value in found.items():
        print(f"{name}: {value:,.3f}")
    keep(wanted.json, found)


class Detector:
    """Cumulative plots, filled lumisection by lumisection."""

    def __init__(self) -> None:
        self._random = np.random.default_rng(7)
        self._bins = [self._pool((BINS + 2,)) for _ in range(KINDS)]
        self._cells = [self._pool((SIDES[0] + 2, SIDES[1] + 2)) for _ in range(KINDS)]
        self._plots = [np.zeros(BINS + 2, np.float32) for _ in range(PLOTS)]
        cells = (SIDES[0] + 2) * (SIDES[1] + 2)
        self._maps = [np.zeros(cells, np.float32) for _ in range(MAPS)]
        self.gained: list[Array] = []

    def _pool(self, shape: tuple[int, ...]) -> Array:
        """Cells in the share in which they are filled."""
        cells = int(np.prod(shape))
        rates = self._random.lognormal(0, 0.6, cells)
        rates[self._random.random(cells) < 0.02] = 0  # dead
        return self._random.choice(cells, 1 << 20, p=rates / rates.sum())

    def step(self) -> list[Item]:
        """One lumisection more."""
        items = []
        self.gained = []
        for number, held in enumerate(self._plots):
            self._fill(held, self._bins[number % KINDS], PLOT_FILLS)
            axes = (Axis(BINS, 0.0, 1.0),)
            items.append(_item(f"Hcal/Plots/h{number}", "TH1F", axes, held))
        for number, held in enumerate(self._maps):
            self._fill(held, self._cells[number % KINDS], MAP_FILLS)
            axes = tuple(Axis(side, 0.0, 1.0) for side in SIDES)
            items.append(_item(f"Hcal/Maps/m{number}", "TH2F", axes, held))
        return items

    def _fill(self, held: Array, pool: Array, mean: int) -> None:
        fills = self._random.poisson(mean)
        chosen = pool[self._random.integers(0, len(pool), fills)]
        gained = np.bincount(chosen, minlength=len(held))
        held += gained
        self.gained.append(gained)


def _item(path: str, kind: str, axes: tuple[Axis, ...], held: Array) -> Item:
    shape = tuple(axis.bins + 2 for axis in axes)
    total = float(held.sum())
    sums = (total, total, total * 0.5, total * 0.3, total, total, total)
    return Item(
        path,
        Histogram(
            name=path.rpartition("/")[2],
            title="a plot",
            root_class=kind,
            axes=axes,
            contents=read_only(held.copy().reshape(shape, order="F")),
            entries=total,
            sums=sums[: 4 if len(axes) == 1 else 7],
        ),
    )


def measure(folder: Path, lumisections: int) -> dict[str, float]:
    """Record the run, then read windows of it."""
    detector = Detector()
    recorder = Recorder(folder, "/dqm")
    (thread,) = (each for each in threading.enumerate() if each.name == "recorder")
    assert thread.ident is not None
    own = time.pthread_getcpuclockid(thread.ident)
    gained: dict[str, Gained] = {}
    recent = Recent(gained=lambda path, _, found: gained.update({path: found}))
    taken, noted, kept, worked, plain = [], [], [], [], []
    plain_bytes = 0
    for lumisection in range(1, lumisections + 1):
        items = detector.step()
        update = Update("Hcal", lumisection, 1e9 + 23.3 * lumisection, 1e5)
        snapshot = Snapshot(RUN, lumisection, lumisection, update.events, ("", 0))
        gained.clear()
        began = time.thread_time()
        for item in items:
            assert isinstance(item.element, Histogram)
            recent.take(item.path, item.element, snapshot)
        kept.append(time.thread_time() - began)
        items = [item._replace(gained=gained.get(item.path)) for item in items]
        before = time.clock_gettime(own)
        began = time.perf_counter()
        recorder.note(RUN, update, items)
        noted.append(time.perf_counter() - began)
        recorder.drain()  # old rows are put together too
        taken.append(time.perf_counter() - began)
        worked.append(time.clock_gettime(own) - before)
        if lumisection % 40 == 0:
            seconds, size = _plain(folder / "plain", detector.gained)
            plain.append(seconds)
            plain_bytes += size
    assert not recorder.trouble, recorder.trouble
    windows = _windows(recent, items)
    recorder.close()
    (folder / "plain").unlink()
    size = sum(each.stat().st_size for each in folder.iterdir())
    file = RunFile.read(run_path(folder, RUN))
    last = (lumisections - 59, lumisections)
    try:
        found = {
            "size of the run, MB": size / 1e6,
            "the same plain, MB": plain_bytes / len(plain) * lumisections / 1e6,
            "record a lumisection, p50, ms": float(np.median(taken)) * 1e3,
            "record a lumisection, p95, ms": float(np.quantile(taken, 0.95)) * 1e3,
            "of that on the processor, mean, ms": float(np.mean(worked)) * 1e3,
            "of that on the processor, p50, ms": float(np.median(worked)) * 1e3,
            "of that on the processor, p95, ms": float(np.quantile(worked, 0.95)) * 1e3,
            "in the judge to hand it over, p95, ms": float(np.quantile(noted, 0.95))
            * 1e3,
            "in the judge to keep and pack, p50, ms": float(np.median(kept)) * 1e3,
            "the same plain, p50, ms": float(np.median(plain)) * 1e3,
        }
        for kind, path in (("plot", "Hcal/Plots/h{}"), ("map", "Hcal/Maps/m{}")):
            found[f"windows of 1, 3, 15 in memory, {kind}, p50, ms"] = windows[kind]
            for name, ask in {
                "60 updates": lambda path: file.between(path, *last),
                "60 old updates": lambda path: file.between(path, 200, 259),
                "the whole run": lambda path: file.cumulative(path),
                "entries along the run": lambda path: list(
                    file.read_history(path, "entries")
                ),
            }.items():
                times = []
                for number in range(30):
                    began = time.perf_counter()
                    ask(path.format(number))
                    times.append(time.perf_counter() - began)
                found[f"{name}, {kind}, p50, ms"] = float(np.median(times)) * 1e3
    finally:
        file.close()
    return found


def _plain(path: Path, gained: list[Array]) -> tuple[float, int]:
    """Write the increments as plain rows: s, bytes."""
    began = time.perf_counter()
    data = b"".join(zlib.compress(each.astype("f4").tobytes(), 1) for each in gained)
    with path.open("wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    return time.perf_counter() - began, len(data)


def _windows(recent: Recent, items: list[Item]) -> dict[str, float]:
    found = {}
    for kind, some in (("plot", items[:30]), ("map", items[-30:])):
        times = []
        for item in some:
            assert isinstance(item.element, Histogram)
            began = time.perf_counter()
            recent.windows(item.path, item.element, (1, 3, 15))
            times.append(time.perf_counter() - began)
        found[kind] = float(np.median(times)) * 1e3
    return found


if __name__ == "__main__":
    main()
