"""Ten consoles on one book: whole windows and engines, flags and entries at once.

Prints what was lost or doubled, whether all agree, and from the moment a record was
made how long it took until the last of the ten had seen it saved.

    python tests/benchmarks/ten_consoles.py [--consoles 10] [--writes 20] [--sqlite]
"""

from __future__ import annotations

import argparse
import statistics
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent))

from live_folder import LAYOUT, SITE, write_snapshot
from support.books import Place
from support.postgres import ACCOUNTS, PASSWORD, Cluster, programs
from support.shared_book import SharingConsole, delays, share

PEOPLE = [name for name in ACCOUNTS if ACCOUNTS[name] in ("dqm_shifter", "dqm_leader")]


def main() -> int:
    """Run it; 0 when nothing was lost or doubled and all agree."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--consoles", type=int, default=10)
    parser.add_argument("--writes", type=int, default=20)
    parser.add_argument("--sqlite", action="store_true")
    wanted = parser.parse_args()
    cluster = None if wanted.sqlite else Cluster(programs() or Path("/nowhere"))
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        try:
            place = Place(f"sqlite:///{folder}/book.sqlite", None)
            if cluster is not None:
                cluster.make()
                place = Place(cluster.database(), cluster)
            place.make()
            return _run(folder, place, wanted.consoles, wanted.writes)
        finally:
            if cluster is not None:
                cluster.remove()


def _run(folder: Path, place: Place, many: int, writes: int) -> int:
    layouts = folder / "site" / "layouts"
    layouts.mkdir(parents=True)
    (layouts / "site.yaml").write_text(SITE)
    (layouts / "Hcal.yaml").write_text(LAYOUT)
    (folder / "data").mkdir()
    write_snapshot(folder / "data", 398214, 1, time.time())
    password = PASSWORD if place.shared else ""
    consoles = [
        SharingConsole(
            folder / "data", folder / "site", place.url,
            PEOPLE[number % len(PEOPLE)] if place.shared else "", password,
            folder / f"spool{number}.jsonl", writes, number,
        )
        for number in range(many)
    ]  # fmt: skip
    try:
        share(consoles, writes)
    finally:
        codes = [console.end() for console in consoles]
    heard = [console.heard for console in consoles]
    made = [uid for each in heard for uid in each.made]
    numbers = heard[0].numbers
    lost = 2 * many * writes - len(set(made))
    doubled = len(made) - len(set(made)) + sum(len(each.twice) for each in heard)
    doubled += len(numbers) - len(set(numbers.values()))
    agree = all(each.states == heard[0].states for each in heard) and all(
        each.numbers == numbers for each in heard
    )
    took = delays(consoles)
    print(f"{many} consoles, {writes} flags and {writes} entries each: {place.url}")
    print(
        f"lost {lost}, doubled {doubled}, all agree: {agree}, exit codes {set(codes)}"
    )
    print(
        f"made to seen by the last console: median {statistics.median(took):.2f} s, "
        f"95 % {took[int(0.95 * len(took))]:.2f} s, longest {took[-1]:.2f} s"
    )
    return int(bool(lost or doubled or not agree or set(codes) != {0}))


if __name__ == "__main__":
    sys.exit(main())
