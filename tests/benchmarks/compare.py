"""The benchmarks of two trees side by side: medians of interleaved runs, ratios.

Each script runs as a process of its own, by turns in the one and the other tree, so
that what the machine does meanwhile falls on both. A row is one figure of a script's
JSON.

    python tests/benchmarks/compare.py BEFORE AFTER [--runs N] [--only NAME] [--json F]
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

SCRIPTS = {
    "list_file": ("--rounds", "5"),
    "read_histograms": ("--rounds", "3"),
    "write_snapshot": ("--rounds", "3"),
    "redraw": ("--frames", "100"),
    "page_switch": ("--rounds", "20"),
    "start": ("--rounds", "3"),
    "frame_time": ("--seconds", "15"),
    "new_file_pixels": ("--rounds", "12"),
    "sixteen_files": ("--rounds", "8"),
    "judge_update": ("--rounds", "8"),
    "tutorial_start": ("--rounds", "3"),
    "checks": ("--rounds", "3"),
}
"""Script -> arguments that keep it short."""


NO_TIMES = ("all.", "goal", "frames", "elements", "rounds")
"""Parts of the names of figures that say how it was measured."""


def figures(found: object, name: str = "") -> Iterator[tuple[str, float]]:
    """Every number in a script's JSON, named by the keys that lead to it."""
    if isinstance(found, dict):
        for key, each in found.items():
            yield from figures(each, f"{name}.{key}" if name else str(key))
    elif isinstance(found, list):
        for number, each in enumerate(found):
            yield from figures(each, f"{name}.{number}")
    elif isinstance(found, int | float) and not isinstance(found, bool):
        yield name, float(found)


def run(tree: Path, script: str) -> dict[str, float]:
    """The figures of one run of a script in one tree."""
    with tempfile.TemporaryDirectory() as folder:
        output = Path(folder) / "figures.json"
        command = [
            sys.executable, f"tests/benchmarks/{script}.py", *SCRIPTS[script],
            "--json", str(output),
        ]  # fmt: skip
        environment = {
            **os.environ,
            "PYTHONPATH": f"{tree}:{tree / 'tests'}",
            "QT_QPA_PLATFORM": "offscreen",
        }
        ended = subprocess.run(
            command, cwd=tree, env=environment, capture_output=True, text=True,
            timeout=600, check=False,
        )  # fmt: skip
        if ended.returncode or not output.exists():
            last = (ended.stderr or ended.stdout).strip().splitlines()[-1:]
            print(f"{script} in {tree}: {ended.returncode} {last}", file=sys.stderr)
            return {}
        found = dict(figures(json.loads(output.read_text())))
    return {
        name: value
        for name, value in found.items()
        if not any(each in name for each in NO_TIMES)
    }


def main() -> None:
    """Run them and print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("before", type=Path)
    parser.add_argument("after", type=Path)
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--only", action="append", choices=tuple(SCRIPTS))
    parser.add_argument("--json", type=Path)
    given = parser.parse_args()
    trees = (given.before.resolve(), given.after.resolve())
    rows: dict[str, dict[str, float]] = {}
    for script in given.only or SCRIPTS:
        runs: tuple[list[dict[str, float]], list[dict[str, float]]] = ([], [])
        for number in range(given.runs):
            for which in (0, 1) if number % 2 == 0 else (1, 0):
                runs[which].append(run(trees[which], script))
        for name in runs[0][0]:
            sides = [[each[name] for each in side if name in each] for side in runs]
            if all(sides):
                before, after = (statistics.median(side) for side in sides)
                ratio = after / before if before else float("nan")
                rows[f"{script} {name}"] = {
                    "before": before, "after": after, "ratio": ratio,
                }  # fmt: skip
                print(
                    f"{script:18} {name:50} {before:12.4g} {after:12.4g} {ratio:6.2f}"
                )
        sys.stdout.flush()
    if given.json:
        given.json.write_text(json.dumps(rows, indent=1) + "\n")


if __name__ == "__main__":
    main()
