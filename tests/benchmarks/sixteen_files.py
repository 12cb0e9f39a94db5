"""Sixteen files of real size renewed within 1 s: until all 380 verdicts are right.

Goal: at most 2 s at p95, frames undisturbed. The sizes are those
of CMS's online tree, some of its folders in one file;
`--scale` makes them smaller. In each snapshot the 380 plots were filled on, and the
producer's quality results are turned round. Beside those each plot has three checks:
chi2, Kolmogorov and occupancy, of the run and its last 1, 3 and 15 updates (without
them: ``--checks 0``). In every 20th plot half of the bins stay empty: there each check
must say BAD, and GOOD elsewhere. The run is recorded; what is recorded is counted.
"""

from __future__ import annotations

import itertools
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import psutil
from frame import keep, options, summary
from wide_site import CHECKS, RULES, as_planted, empty_half, is_planted

from dqmconsole.model.frame import Frame, RollupFact, Tile, VerdictFact
from dqmconsole.model.histogram import Axis, Histogram, QualityResult, Scalar
from dqmconsole.model.layout import page_key, plot_key
from dqmconsole.model.message import Open, Ping, Watch, WatchItem
from dqmconsole.model.run import RunInfo
from dqmconsole.model.verdict import Status, roll_up
from dqmconsole.recording.run_file import RunFile
from dqmconsole.rootio.write import dqm_tree, root_bytes, write_dqm
from dqmconsole.shift.feed import EngineProcess

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from dqmconsole.model.histogram import Array
    from dqmconsole.model.verdict import Rollup, Verdict

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
TEST = "Range"
LINE = Axis(100, 0.0, 100.0, title="ADC")
BEFORE = 10  # turns' worth of data in the first snapshot
REFERENCE = 500  # turns' worth of data
EVENTS = 100_000  # in a turn


def main() -> None:
    """Run it and print what came out."""
    wanted = options(__doc__, rounds=20, scale=1.0, side=40, checks=1)
    with tempfile.TemporaryDirectory() as place:
        files, paths, opened = prepared(
            Path(place), wanted.scale, wanted.side, checks=bool(wanted.checks)
        )
        found = measure(files, paths, opened, wanted.rounds)
    for name, value in found.items():
        if isinstance(value, dict):
            value = ", ".join(
                f"{k} {v:.3f}" if k != "n" else f"n {v}" for k, v in value.items()
            )
        print(f"{name:48} {value}")
    keep(wanted.json, found)


def measure(
    files: dict[str, ClientFile],
    paths: dict[str, list[str]],
    opened: Open,
    rounds: int,
) -> dict[str, object]:
    """Renew the files `rounds` times."""
    checks, bare = bool(opened.recordings), bare_memory()
    data, snapshots = Path(opened.source), {}
    for name, file in files.items():
        snapshots[name] = file.snapshot(0)
        put(data, name, 0, snapshots[name])
    console = Console(opened)
    engine = psutil.Process(console.engine.pid)
    try:
        # data are live only once their content was seen to move
        console.until(lambda: len(console.run.clients) == len(files))
        for name, file in files.items():
            put(data, name, 1, file.snapshot(1))
        console.until(lambda: right(console, paths, 1, checks=checks))
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
        used: dict[str, list[float]] = {"main": [], "all": []}
        for turn in range(2, rounds + 2):
            for name, file in files.items():
                snapshots[name] = file.snapshot(turn)
                console.take(0.0)
            console.gaps()
            before = processor(engine)
            began = time.perf_counter()
            for at, (name, snapshot) in enumerate(snapshots.items()):
                due = began + WITHIN * at / len(snapshots)
                while time.perf_counter() < due:
                    console.take(max(0.0, due - time.perf_counter()))
                put(data, name, turn, snapshot)
            renewed = time.perf_counter()
            done = console.until(
                lambda turn=turn: right(console, paths, turn, checks=checks)  # type: ignore[misc]
            )
            from_first.append(done - began)
            from_last.append(done - renewed)
            renewals.append(renewed - began)
            gaps += console.gaps()
            pause = time.perf_counter() + 0.5
            while time.perf_counter() < pause:
                console.take(0.05)
            for name, value in processor(engine).items():
                used[name].append(value - before[name])
        memory_used = engine.memory_info().rss / 2**20
    finally:
        console.engine.close(30.0)
    bins = 2 * sum(file.nbytes for file in files.values()) / 2**20
    return {
        "files": len(files),
        "elements": sum(file.elements for file in files.values()),
        "bytes of the files, MB": round(sum(map(len, snapshots.values())) / 2**20),
        "plots": sum(map(len, paths.values())),
        "renewal took, s": summary(renewals),
        "first file renewed -> all right, s": summary(from_first),
        "last file renewed -> all right, s": summary(from_last),
        "gap between frames while renewed, s": summary(gaps),
        "gap between frames idle, s": summary(idle),
        "engine's load idle (share of one core)": summary(idle_busy),
        "processor for a renewal, engine's loop, s": summary(used["main"]),
        "processor for a renewal, whole engine, s": summary(used["all"]),
        "engine's memory, MB": round(memory_used),
        "memory of a bare engine, MB": round(bare),
        "bins it holds, of data and references, MB": round(bins, 1),
        "memory beside a bare engine / those bins": round(
            (memory_used - bare) / bins, 2
        ),
        "updates": len(files) * (rounds + 2),
        "updates recorded": recorded(opened.recordings),
    }


def bare_memory() -> float:
    """Memory of an engine that has opened nothing, MB."""
    engine = EngineProcess()
    engine.channel.wait(2.0)
    found: float = psutil.Process(engine.pid).memory_info().rss / 2**20
    engine.close()
    return found


def prepared(
    place: Path, scale: float, side: int = 40, *, checks: bool
) -> tuple[dict[str, ClientFile], dict[str, list[str]], Open]:
    """The clients, the plots of each, and what to open, with its site."""
    data, site, kept = place / "data", place / "site", place / "kept"
    data.mkdir()
    kept.mkdir()
    sizes = {name: max(50, int(size * scale)) for name, size in SIZES.items()}
    counts = {name: PLOTS // 16 + (at < PLOTS % 16) for at, name in enumerate(sizes)}
    paths = {name: plot_paths(name, sizes[name], counts[name]) for name in sizes}
    files = {name: ClientFile(name, sizes[name], paths[name], side) for name in sizes}
    write_site(site, paths, PER_PAGE, checks=checks)
    write_reference(site, files)
    memory, records = (str(kept), str(kept / "records")) if checks else ("", "")
    opened = Open(str(data), site=str(site), memory=memory, recordings=records)
    return files, paths, opened


def processor(engine: psutil.Process) -> dict[str, float]:
    """Seconds of the processor that the engine used: its loop, and all threads."""
    threads = {each.id: each.user_time + each.system_time for each in engine.threads()}
    return {"main": threads[engine.pid], "all": sum(engine.cpu_times()[:2])}


def recorded(folder: str) -> int:
    """How many updates of clients are recorded below a folder; "" is none."""
    many = 0
    for path in Path(folder).rglob("run-*.sqlite") if folder else ():
        file = RunFile.read(path)
        many += sum(len(file.moments(client)) for client in file.clients())
        file.close()
    return many


def right(
    console: Console, paths: dict[str, list[str]], turn: int, *, checks: bool
) -> bool:
    """Tell whether every verdict and every roll-up is that of this turn."""
    for name, every in paths.items():
        expected = []
        for order, path in enumerate(every):
            page = order // PER_PAGE
            planted = is_planted(order)
            bad = (order + turn) % 2 or (checks and planted)
            status = Status.BAD if bad else Status.GOOD
            expected.append((page, status))
            verdict = console.verdicts.get(plot_key(name, f"Page {page}", path))
            if verdict is None or verdict.status is not status:
                return False
            (produced,) = (each for each in verdict.checks if each.check == TEST)
            if (produced.status is Status.BAD) is not bool((order + turn) % 2):
                return False
            if not as_planted(verdict, planted=planted, checks=checks):
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


class ClientFile:
    """What one client writes: 1-D and 2-D elements, of which the judged are filled on.

    Args:
        subsystem: its name.
        elements: how many it writes.
        judged: paths of those that are on a page.
        side: bins on each axis of a map.
    """

    def __init__(
        self, subsystem: str, elements: int, judged: list[str], side: int
    ) -> None:
        self.elements = elements
        self._subsystem, self._judged, self._side = subsystem, judged, side
        self._random = np.random.default_rng(elements)
        lines = self._random.poisson(30, (16, 102)).astype(np.float32)
        maps = [
            self._random.poisson(5, (side + 2, side + 2)).astype(np.float32)
            for _ in range(4)
        ]
        self._folders: dict[str, dict[str, Histogram]] = {}
        for at in range(elements):
            path = element_path(subsystem, at)
            contents = lines[at % 16] if at % 10 else maps[at // 10 % 4]
            self._place(path, contents)
        self._contents: dict[str, Array] = {}

    def snapshot(self, turn: int) -> bytes:
        """The file of a turn, each of which is asked for once, in order."""
        turns = 1 if turn else BEFORE
        folders = self._filled_on(turns, BEFORE + turn)
        for order, path in enumerate(self._judged):
            code = 300 if (order + turn) % 2 else 100
            folder, _, name = path.rpartition("/")
            folders[folder].append(
                QualityResult(name, TEST, code, 0.5, "ContentsYRange", "ok")
            )
        return root_bytes(dqm_tree(RUN, folders), name=f"{self._subsystem}.root")

    def reference(self) -> dict[str, list[Histogram | Scalar | QualityResult]]:
        """The judged elements of a good run; before the first snapshot."""
        good = ClientFile(self._subsystem, 0, self._judged, self._side)
        for path in self._judged:
            good._place(path, self._of(path).contents)
        return good._filled_on(REFERENCE, REFERENCE, planted=False)

    @property
    def nbytes(self) -> int:
        """Bytes of the bins of the judged elements."""
        return sum(self._of(path).nbytes for path in self._judged)

    def _filled_on(
        self, turns: int, events: int, *, planted: bool = True
    ) -> dict[str, list[Histogram | Scalar | QualityResult]]:
        for order, path in enumerate(self._judged):
            shape = self._of(path).contents.shape
            mean = (60.0 if len(shape) == 1 else 5.0) * turns
            more = self._random.poisson(mean, shape).astype(np.float32)
            if planted and is_planted(order):
                empty_half(more)
            self._contents[path] = more + self._contents.get(path, 0)
            self._place(path, self._contents[path])
        found: dict[str, list[Histogram | Scalar | QualityResult]] = {
            folder: [*elements.values()] for folder, elements in self._folders.items()
        }
        info = [Scalar("processedEvents", EVENTS * events)]
        found[f"{self._subsystem}/EventInfo"] = [*info]
        return found

    def _of(self, path: str) -> Histogram:
        folder, _, name = path.rpartition("/")
        return self._folders[folder][name]

    def _place(self, path: str, contents: Array) -> None:
        folder, _, name = path.rpartition("/")
        axes, kind = (LINE,), "TH1F"
        if contents.ndim == 2:
            axes, kind = (Axis(self._side, 0.0, 40.0),) * 2, "TH2F"  # type: ignore[assignment]
        total = float(contents.sum())
        made = Histogram(
            name, "A title", kind, axes, np.asfortranarray(contents), entries=total
        )
        self._folders.setdefault(folder, {})[name] = made


def put(folder: Path, subsystem: str, turn: int, data: bytes) -> None:
    """Put a snapshot in place as CMS does: write, rename, delete the one before."""
    stem = f"DQM_V0001_{subsystem}_R{RUN:09d}.root.ls"
    tail = "_hostbench_pid00000001"
    temporary = folder / f"{stem}{turn:08d}{tail}.tmp"
    temporary.write_bytes(data)
    temporary.replace(folder / f"{stem}{turn:08d}{tail}")
    (folder / f"{stem}{turn - 1:08d}{tail}").unlink(missing_ok=True)


def write_reference(site: Path, files: Mapping[str, ClientFile]) -> None:
    """The reference of all judged plots."""
    folders: dict[str, list[Histogram | Scalar | QualityResult]] = {}
    for file in files.values():
        folders.update(file.reference())
    references = site / "layouts" / "references"
    references.mkdir()
    write_dqm(references / "collisions.root", RUN - 100, folders)
    (site / "layouts" / "references.yaml").write_text(RULES)


def write_site(
    folder: Path,
    layouts: Mapping[str, list[str]],
    per_page: int = 12,
    *,
    checks: bool = True,
) -> None:
    """A site with one layout per subsystem."""
    (folder / "layouts").mkdir(parents=True)
    (folder / "layouts" / "site.yaml").write_text(
        "experiment: benchmark\n"
        'conditions: {events: "{subsystem}/EventInfo/processedEvents"}\n'
    )
    for name, paths in layouts.items():
        lines = [f"layout: {name}", f"defaults: {{checks: {CHECKS if checks else []}}}"]
        lines.append("pages:")
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
        self.verdicts: dict[str, Verdict] = {}
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
                    self.verdicts[fact.key] = fact.verdict
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
