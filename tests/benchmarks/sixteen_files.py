"""Sixteen files of real size renewed within 1 s: until all 380 verdicts are right.

Goal (DESIGN section 6): at most 5 s at p95, frames undisturbed. The sizes are those
of the online tree (field notes cms.md, section 2.5), some of its folders in one file.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
import time
from pathlib import Path

import psutil

sys.path.insert(0, str(Path(__file__).parent))

from engine_rig import (
    Console,
    file_bytes,
    plot_paths,
    put,
    snapshot_bytes,
    summary,
    write_site,
)

from dqmconsole.model.layout import page_key, plot_key
from dqmconsole.model.message import Open, Watch, WatchItem
from dqmconsole.model.verdict import Status, roll_up

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


def main() -> None:
    """Run it and print what came out."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=20)
    parser.add_argument("--scale", type=float, default=1.0, help="of the files' sizes")
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as place:
        found = measure(Path(place), options.rounds, options.scale)
    for name, value in found.items():
        if isinstance(value, dict):
            value = ", ".join(
                f"{k} {v:.3f}" if k != "n" else f"n {v}" for k, v in value.items()
            )
        print(f"{name:48} {value}")
    if options.json:
        options.json.write_text(json.dumps(found, indent=1))


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
        put(data, name, 1, snapshot_bytes(base, 1))
    console = Console(Open(str(data), site=str(site)))
    engine = psutil.Process(console.engine.pid)
    try:
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


if __name__ == "__main__":
    main()
