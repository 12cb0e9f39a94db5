"""Read whole TH1F, keys in hand on all sides: ours, uproot, and ROOT in C++.

DESIGN section 6: at most 1.5 times ROOT, at most a fortieth of uproot. Of 100 bins
each, every fourth with Sumw2, every tenth with ten labels; compressed (zlib 1) or
not; with equal x axes, as a detector's modules have them, or all different.

    python tests/benchmarks/read_histograms.py [--elements N] [--rounds N] [--json FILE]
"""

from __future__ import annotations

import argparse
import statistics
import tempfile
import time
from pathlib import Path

import uproot
from many_elements import child, make_file, report

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
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--elements", type=int, default=10_000)
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    rows = {}
    for compressed in (False, True):
        for differ in (False, True):
            name = f"{'zlib' if compressed else 'plain'}, " + (
                "axes all different" if differ else "axes repeat"
            )
            with tempfile.TemporaryDirectory() as folder:
                path = Path(folder) / "many.root"
                make_file(path, options.elements, compressed=compressed, differ=differ)
                given = {"file": str(path), "rounds": options.rounds}
                times = {
                    "ours": ours(path, options.rounds),
                    "ROOT": child(ROOT_WORK, given),
                    "uproot": theirs(path, options.rounds),
                    "ours, again": ours(path, options.rounds),
                }
            medians = {n: statistics.median(t) * 1e6 for n, t in times.items() if t}
            rows[name] = medians
            print(name)
            for contender, each in medians.items():
                ratio = medians["ours"] / each
                print(f"  {contender:12} {each:8.2f} µs each   ratio {ratio:.3f}")
    report({"elements": options.elements, "microseconds": rows}, options.json)


if __name__ == "__main__":
    main()
