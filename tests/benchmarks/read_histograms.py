"""Read whole TH1F, keys in hand on all sides: ours, uproot, and ROOT in C++.

Goal: at most 1.5 times ROOT, at most a fortieth of uproot. Of 100 bins
each, every fourth with Sumw2, every tenth with ten labels; compressed (zlib 1) or
not; with equal x axes, as a detector's modules have them, or all different.

    python tests/benchmarks/read_histograms.py [--elements N] [--rounds N] [--json FILE]
"""

from __future__ import annotations

import tempfile
import time
from pathlib import Path

import uproot
from frame import keep, medians, options
from many_elements import child, make_file

from dqmconsole.rootio.dqmfile import DqmFile

ROOT_WORK = """
held = ROOT.hold(given['file'])
for _ in range(given['rounds'] + 1):
    times.append(ROOT.read_all(held) / held.keys.size())
del times[0]
"""
UPROOT_MOST = 300


def ours(path: Path, rounds: int) -> list[float]:
    times = []
    with DqmFile(path) as file:
        keys = [entry.key for entry in file.entries()]
        for _ in range(rounds + 1):
            start = time.perf_counter()
            for key in keys:
                file.read(key)
            times.append((time.perf_counter() - start) / len(keys))
    return times[1:]


def theirs(path: Path, rounds: int) -> list[float]:
    times = []
    with uproot.open(path) as file:
        names = file.keys(recursive=True, filter_classname="TH1F")[:UPROOT_MOST]
        keys = [file.key(name) for name in names]
        for _ in range(max(2, rounds // 2) + 1):
            start = time.perf_counter()
            for key in keys:
                key.get()
            times.append((time.perf_counter() - start) / len(keys))
    return times[1:]


def main() -> None:
    wanted = options(__doc__, elements=10_000, rounds=7)
    rows = {}
    for compressed in (False, True):
        for differ in (False, True):
            name = f"{'zlib' if compressed else 'plain'}, " + (
                "axes all different" if differ else "axes repeat"
            )
            with tempfile.TemporaryDirectory() as folder:
                path = Path(folder) / "many.root"
                make_file(path, wanted.elements, compressed=compressed, differ=differ)
                given = {"file": str(path), "rounds": wanted.rounds}
                times = {
                    "ours": ours(path, wanted.rounds),
                    "ROOT": child(ROOT_WORK, given),
                    "uproot": theirs(path, wanted.rounds),
                    "ours, again": ours(path, wanted.rounds),
                }
            middle = {n: 1e6 * each for n, each in medians(times).items()}
            rows[name] = middle
            print(name)
            for contender, each in middle.items():
                ratio = middle["ours"] / each
                print(f"  {contender:12} {each:8.2f} µs each   ratio {ratio:.3f}")
    keep(wanted.json, {"elements": wanted.elements, "microseconds": rows})


if __name__ == "__main__":
    main()
