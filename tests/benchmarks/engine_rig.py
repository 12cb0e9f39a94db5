"""What the engine's benchmarks share: files of real size, a site, and a console's end.

A file is written once; each further snapshot differs in its quality results and its
EventInfo, whose texts keep their length, so that their bytes are patched in place.
"""

from __future__ import annotations

import itertools
import os
import statistics
import time
from typing import TYPE_CHECKING

import numpy as np

from dqmconsole.model.frame import Frame, RollupFact, Tile, VerdictFact
from dqmconsole.model.histogram import Axis, Histogram, QualityResult, Scalar
from dqmconsole.model.message import Ping
from dqmconsole.rootio.write import dqm_tree, root_bytes
from dqmconsole.shift.feed import EngineProcess

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from dqmconsole.model.message import Open
    from dqmconsole.model.verdict import Rollup, Status

RUN = 398213
PER_FOLDER = 250
_EVENTS = 1_000_000
_GOOD, _BAD = b"qr=st:100:", b"qr=st:300:"


def plot_paths(subsystem: str, elements: int, plots: int) -> list[str]:
    """Which elements of a file are on a page: spread over its folders."""
    step = max(1, elements // plots)
    return [element_path(subsystem, at * step) for at in range(plots)]


def element_path(subsystem: str, at: int) -> str:
    """The path of an element by its number."""
    return f"{subsystem}/Folder{at // PER_FOLDER:03d}/h{at % PER_FOLDER:03d}"


def file_bytes(subsystem: str, elements: int, judged: list[str]) -> bytes:
    """A file of `elements` 1-D and 2-D elements; every second judged one is BAD."""
    rng = np.random.default_rng(abs(hash(subsystem)) % 1000)
    line = Axis(100, 0.0, 100.0, title="ADC")
    side = Axis(40, 0.0, 40.0)
    lines = rng.poisson(30, (16, 102)).astype(np.float32)
    maps = [
        np.asfortranarray(rng.poisson(5, (42, 42)).astype(np.float32)) for _ in range(4)
    ]
    folders: dict[str, list[Histogram | Scalar | QualityResult]] = {}
    results = {path: at for at, path in enumerate(judged)}
    for at in range(elements):
        folder, _, name = element_path(subsystem, at).rpartition("/")
        if at % 10:
            made = Histogram(name, "A title", "TH1F", (line,), lines[at % 16])
        else:
            made = Histogram(name, "A title", "TH2F", (side, side), maps[at // 10 % 4])
        here = folders.setdefault(folder, [])
        here.append(made)
        order = results.get(f"{folder}/{name}")
        if order is not None:
            code = 300 if order % 2 else 100
            here.append(QualityResult(name, "Range", code, 0.5, "ContentsYRange", "ok"))
    folders[f"{subsystem}/EventInfo"] = [Scalar("processedEvents", _EVENTS)]
    return root_bytes(dqm_tree(RUN, folders), name=f"{subsystem}.root")


def snapshot_bytes(base: bytes, turn: int) -> bytes:
    """The file of a later turn: more events, and every verdict the other way."""
    patched = base.replace(b">i=%d<" % _EVENTS, b">i=%d<" % (_EVENTS + turn))
    if turn % 2 == 0:
        return patched
    swap = b"qr=st:#00:"
    return patched.replace(_GOOD, swap).replace(_BAD, _GOOD).replace(swap, _BAD)


def put(folder: Path, subsystem: str, turn: int, data: bytes) -> None:
    """Put a snapshot in place as CMS does: write, rename, delete the one before."""
    stem = f"DQM_V0001_{subsystem}_R{RUN:09d}.root.ls"
    tail = "_hostbench_pid00000001"
    temporary = folder / f"{stem}{turn:08d}{tail}.tmp"
    temporary.write_bytes(data)
    os.replace(temporary, folder / f"{stem}{turn:08d}{tail}")  # noqa: PTH105 - atomic
    (folder / f"{stem}{turn - 1:08d}{tail}").unlink(missing_ok=True)


def write_site(
    folder: Path, layouts: Mapping[str, list[str]], per_page: int = 12
) -> None:
    """A site with one layout per subsystem."""
    (folder / "layouts").mkdir(parents=True)
    (folder / "layouts" / "site.yaml").write_text("experiment: benchmark\n")
    for name, paths in layouts.items():
        lines = [f"layout: {name}", "pages:"]
        for at in range(0, len(paths), per_page):
            lines += [f"  - page: Page {at // per_page}", "    plots:"]
            lines += [f'      - path: "{path}"' for path in paths[at : at + per_page]]
        (folder / "layouts" / f"{name.lower()}.yaml").write_text(
            "\n".join(lines) + "\n"
        )


class Console:
    """A console's end that keeps the latest of everything, and when frames came."""

    def __init__(self, request: Open) -> None:
        self.engine = EngineProcess()
        self.channel = self.engine.channel
        self.channel.put(request)
        self.tiles: dict[str, Tile] = {}
        self.statuses: dict[str, Status] = {}
        self.rollups: dict[str, Rollup] = {}
        self.arrivals: list[float] = []
        self.busy: list[float] = []

    def take(self, seconds: float) -> None:
        """Wait up to so many seconds for messages, and take them in."""
        self.channel.put(Ping(time.time()))
        self.channel.wait(seconds)
        for message in self.channel.receive():
            if not isinstance(message, Frame):
                continue
            self.arrivals.append(time.perf_counter())
            self.busy.append(message.busy)
            self.tiles.update((tile.key, tile) for tile in message.tiles)
            for fact in message.facts:
                if isinstance(fact, VerdictFact):
                    self.statuses[fact.key] = fact.verdict.status
                elif isinstance(fact, RollupFact):
                    self.rollups[fact.name] = fact.rollup

    def until(self, what: Callable[[], bool], patience: float = 60.0) -> float:
        """Take messages in until something holds; the time then."""
        end = time.perf_counter() + patience
        while not what():
            if time.perf_counter() > end:
                message = f"not within {patience} s; the engine is {self.engine.alive}"
                raise TimeoutError(message)
            self.take(0.05)
        return time.perf_counter()

    def gaps(self) -> list[float]:
        """Seconds between the frames that came since the last call."""
        arrivals, self.arrivals = self.arrivals, self.arrivals[-1:]
        return [b - a for a, b in itertools.pairwise(arrivals)]


def quantile(values: list[float], share: float) -> float:
    """The value below which `share` of the values lie (nearest rank above)."""
    ordered = sorted(values)
    return ordered[
        min(len(ordered) - 1, max(0, int(np.ceil(share * len(ordered))) - 1))
    ]


def summary(values: list[float]) -> dict[str, float]:
    """Median, 95th percentile and maximum."""
    return {
        "median": statistics.median(values),
        "p95": quantile(values, 0.95),
        "max": max(values),
        "n": len(values),
    }
