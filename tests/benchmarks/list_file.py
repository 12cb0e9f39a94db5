"""List a file of 100,000 elements: ours, uproot, and ROOT walking the keys in C++.

Goal: at most 1.0 times ROOT, at most a tenth of uproot's
``keys(recursive=True)``. Also: 36 and 380 elements found and read in a file that was
just opened, without listing it.

    python tests/benchmarks/list_file.py [--elements N] [--rounds N] [--json FILE]
"""

from __future__ import annotations

import statistics
import tempfile
import time
from pathlib import Path

import uproot
from frame import keep, medians, options
from many_elements import PER_FOLDER, child, make_file

from dqmconsole.rootio.dqmfile import DqmFile

ROOT_WORK = """
for _ in range(given['rounds']):
    times.append(ROOT.list_keys(given['file']))
"""


def ours(path: Path) -> float:
    start = time.perf_counter()
    with DqmFile(path) as file:
        count = sum(1 for _ in file.entries())
    took = time.perf_counter() - start
    assert count
    return took


def theirs(path: Path) -> float:
    start = time.perf_counter()
    with uproot.open(path) as file:
        count = len(file.keys(recursive=True))
    took = time.perf_counter() - start
    assert count
    return took


def some(path: Path, elements: int, wanted: int) -> float:
    """Open the file and read `wanted` elements, spread over their folders."""
    folders = max(1, elements // PER_FOLDER)
    # a page shows plots of few folders: twelve of each
    numbers = [(n // 12 * 7 % folders) * PER_FOLDER + n % 12 for n in range(wanted)]
    paths = [
        f"System{n // PER_FOLDER % 16}/Folder{n // PER_FOLDER}/hist_{n}"
        for n in numbers
    ]
    start = time.perf_counter()
    with DqmFile(path) as file:
        for name in paths:
            file.element(name)
    return time.perf_counter() - start


def main() -> None:
    wanted = options(__doc__, elements=100_000, rounds=7)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "many.root"
        writer = make_file(path, wanted.elements, compressed=True, differ=False)
        rounds = wanted.rounds
        given = {"file": str(path), "rounds": rounds}
        times = {
            "ours": [ours(path) for _ in range(rounds)],
            "uproot": [theirs(path) for _ in range(max(2, rounds // 2))],
            "ROOT": child(ROOT_WORK, given),
            "ours, again": [ours(path) for _ in range(rounds)],
        }
        few = {n: [some(path, wanted.elements, n) for _ in range(9)] for n in (36, 380)}
    middle = medians(times)
    print(f"{wanted.elements:,} elements, written by {writer}")
    for name, seconds in middle.items():
        ratio = middle["ours"] / seconds
        print(f"list  {name:12} {seconds * 1e3:9.1f} ms   ours is {ratio:.3f} of it")
    for n, found in few.items():
        print(f"open and read {n:4} elements {statistics.median(found) * 1e3:7.2f} ms")
    keep(
        wanted.json,
        {
            "elements": wanted.elements,
            "seconds": middle,
            "all": times,
            "some": {str(n): statistics.median(found) for n, found in few.items()},
        },
    )


if __name__ == "__main__":
    main()
