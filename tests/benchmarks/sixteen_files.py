"""Sixteen files of real size renewed within 1 s: until all 380 verdicts are right.

Goal: at most 2 s at p95, frames undisturbed. The sizes are those
of the online tree (field notes cms.md, section 2.5), some of its folders in one file;
`--scale` makes them smaller. A file is written once; each further snapshot differs in
its quality results and its EventInfo, whose texts keep their length, so that their
bytes are patched in place.
"""

from __future__ import annotations

import itertools
import os
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import psutil
from frame import keep, options, summary

from dqmconsole.model.frame import Frame, RollupFact, Tile, VerdictFact
from dqmconsole.model.histogram import Axis, Histogram, QualityResult, Scalar
from dqmconsole.model.layout import page_key, plot_key
from dqmconsole.model.message import Open, Ping, Watch, WatchItem
from dqmconsole.model.run import RunInfo
from dqmconsole.model.verdict import Status, roll_up
from dqmconsole.rootio.write import dqm_tree, root_bytes
from dqmconsole.shift.feed import EngineProcess

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from dqmconsole.model.verdict import Rollup

SIZES = {
    "PixelPhase1": 37_725, "CSC": 22_465, "HcalCalib": 20_452, "Ecal": 12_061,
    "RPC": 11_361, "HLT": 4_317, "CTPPS": 4_273, "DT": 3_176, "Hcal": 3_000,
    "SiStrip": 2_361, "L1T": 1_759, "L1TEMU": 1_414, "GEM": 1_309,
    "BeamMonitor": 650, "FED": 320, "Info": 357,
}  # fmt: skip
PLOTS = 380
PER_PAGE = 12
WATCHED = 12
WITHIN = 1.0  # s in which all files are renewed
RUN = 398213
PER_FOLDER = 250
_EVENTS = 1_000_000
_GOOD, _BAD = b"qr=st:100:", b"qr=st:300:"


def main() -> None:
    """Run it and print what came out."""
    wanted = options(__doc__, rounds=20, scale=1.0)
    with tempfile.TemporaryDirectory() as place:
        found = measure(Path(place), wanted.rounds, wanted.scale)
    for name, value in found.items():
        if isinstance(value, dict):
            value = ", ".join(
                f"{k} {v:.3f}" if k != "n" else f"n {v}" for k, v in value.items()
            )
        print(f"{name:48} {value}")
    keep(wanted.json, found)


def measure(place: Path, rounds: int, scale: float) -> dict[str, object]:
    """Renew the files `rounds` times."""
    data, site = place / "data", place / "site"
    data.mkdir()
    sizes = {name: max(50, int(size * scale)) for name, size in SIZES.items()}
    counts = {name: PLOTS // 16 + (at < PLOTS % 16) for at, name in enumerate(sizes)}
    paths = {name: plot_paths(name, sizes[name], counts[name]) for name in sizes}
    write_site(site, paths, PER_PAGE)
    bases = {name: file_bytes(name, sizes[name], paths[name]) for name in sizes}
    for name, base in bases.items():
        put(data, name, 0, snapshot_bytes(base, 0))
    console = Console(Open(str(data), site=str(site)))
    engine = psutil.Process(console.engine.pid)
    try:
        # data are live only once their content was seen to move
        console.until(lambda: len(console.run.clients) == len(bases))
        for name, base in bases.items():
            put(data, name, 1, snapshot_bytes(base, 1))
        console.until(lambda: right(console, paths, 1))
        first = paths["PixelPhase1"][:WATCHED]
        keys = [plot_key("PixelPhase1", "Page 0", path) for path in first]
        console.channel.put(
            Watch(
                tuple(
                    WatchItem(k, p, 300, 200) for k, p in zip(keys, first, strict=True)
                )
            )
        )
        console.until(lambda: all(key in console.tiles for key in keys))
        console.gaps()
        end = time.perf_counter() + 5.0
        while time.perf_counter() < end:
            console.take(0.05)
        idle = console.gaps()
        idle_busy = console.busy[-len(idle) :]
        from_first, from_last, renewals, gaps = [], [], [], []
        for turn in range(2, rounds + 2):
            snapshots = {
                name: snapshot_bytes(base, turn) for name, base in bases.items()
            }
            console.take(0.0)
            console.gaps()
            began = time.perf_counter()
            for at, (name, snapshot) in enumerate(snapshots.items()):
                due = began + WITHIN * at / len(snapshots)
                while time.perf_counter() < due:
                    console.take(max(0.0, due - time.perf_counter()))
                put(data, name, turn, snapshot)
            renewed = time.perf_counter()
            done = console.until(lambda turn=turn: right(console, paths, turn))  # type: ignore[misc]
            from_first.append(done - began)
            from_last.append(done - renewed)
            renewals.append(renewed - began)
            gaps += console.gaps()
            pause = time.perf_counter() + 0.5
            while time.perf_counter() < pause:
                console.take(0.05)
        memory = engine.memory_info().rss / 2**20
    finally:
        console.engine.close()
    return {
        "files": len(bases),
        "elements": sum(sizes.values()),
        "bytes of the files, MB": round(sum(map(len, bases.values())) / 2**20),
        "plots": sum(counts.values()),
        "renewal took, s": summary(renewals),
        "first file renewed -> all right, s": summary(from_first),
        "last file renewed -> all right, s": summary(from_last),
        "gap between frames while renewed, s": summary(gaps),
        "gap between frames idle, s": summary(idle),
        "engine's load idle (share of one core)": summary(idle_busy),
        "engine's memory, MB": round(memory),
    }


def right(console: Console, paths: dict[str, list[str]], turn: int) -> bool:
    """Tell whether every verdict and every roll-up is that of this turn."""
    for name, every in paths.items():
        expected = []
        for order, path in enumerate(every):
            page = order // PER_PAGE
            status = Status.BAD if (order + turn) % 2 else Status.GOOD
            expected.append((page, status))
            key = plot_key(name, f"Page {page}", path)
            if console.statuses.get(key) is not status:
                return False
        for page in {page for page, _ in expected}:
            rolled = roll_up(status for at, status in expected if at == page)
            if console.rollups.get(page_key(name, f"Page {page}")) != rolled:
                return False
        if console.rollups.get(name) != roll_up(status for _, status in expected):
            return False
    return True


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
    (folder / "layouts" / "site.yaml").write_text(
        "experiment: benchmark\n"
        'conditions: {events: "{subsystem}/EventInfo/processedEvents"}\n'
    )
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
        self.run = RunInfo()

    def take(self, seconds: float) -> None:
        """Wait up to so many seconds for messages, and take them in."""
        self.channel.put(Ping(time.time()))
        self.channel.wait(seconds)
        for message in self.channel.receive():
            if not isinstance(message, Frame):
                continue
            self.arrivals.append(time.perf_counter())
            self.busy.append(message.busy)
            self.run = message.run
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


if __name__ == "__main__":
    main()
