"""A new file of 100,000 elements on disk: until its tiles are at the console.

Goal (DESIGN section 6): new file on disk -> pixels at most 300 ms at p95. Painting
comes on top of this figure (some 10 to 20 ms for a page); a tile counts when the
console's process has it decoded in its hands.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
import time
from pathlib import Path

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

from dqmconsole.model.layout import plot_key
from dqmconsole.model.message import Open, Watch, WatchItem

JUDGED = 380


def main() -> None:
    """Run it and print what came out."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=30)
    parser.add_argument("--elements", type=int, default=100_000)
    parser.add_argument("--watched", type=int, default=36)
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as place:
        found = measure(Path(place), options.rounds, options.elements, options.watched)
    for name, value in found.items():
        if isinstance(value, dict):
            value = ", ".join(
                f"{k} {v:.4f}" if k != "n" else f"n {v}" for k, v in value.items()
            )
        print(f"{name:48} {value}")
    if options.json:
        options.json.write_text(json.dumps(found, indent=1))


def measure(place: Path, rounds: int, elements: int, watched: int) -> dict[str, object]:
    """Put `rounds` new files in place, at odd moments of the engine's rhythm."""
    data, site = place / "data", place / "site"
    data.mkdir()
    paths = plot_paths("Hcal", elements, JUDGED)
    write_site(site, {"Hcal": paths}, per_page=watched)
    base = file_bytes("Hcal", elements, paths)
    put(data, "Hcal", 1, snapshot_bytes(base, 1))
    console = Console(Open(str(data), site=str(site)))
    seen = paths[:watched]
    keys = [plot_key("Hcal", "Page 0", path) for path in seen]
    first, whole = [], []
    try:
        console.channel.put(
            Watch(
                tuple(
                    WatchItem(k, p, 300, 200) for k, p in zip(keys, seen, strict=True)
                )
            )
        )

        def arrived(turn: int) -> list[bool]:
            span = f"LS 1–{turn}"
            return [
                key in console.tiles and console.tiles[key].span == span for key in keys
            ]

        console.until(lambda: all(arrived(1)))
        for turn in range(2, rounds + 2):
            snapshot = snapshot_bytes(base, turn)
            pause = time.perf_counter() + 0.7 + 0.037 * (turn % 11)
            while time.perf_counter() < pause:
                console.take(0.02)
            put(data, "Hcal", turn, snapshot)
            began = time.perf_counter()  # the rename is done: the file is there
            first.append(console.until(lambda t=turn: any(arrived(t))) - began)  # type: ignore[misc]
            whole.append(console.until(lambda t=turn: all(arrived(t))) - began)  # type: ignore[misc]
    finally:
        console.engine.close()
    return {
        "elements": elements,
        "bytes of the file, MB": round(len(base) / 2**20),
        "plots judged": len(paths),
        "plots watched": watched,
        "file in place -> first tile, s": summary(first),
        "file in place -> whole page, s": summary(whole),
    }


if __name__ == "__main__":
    main()
