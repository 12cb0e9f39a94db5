"""The sizes of the simulated faults that the best possible test finds.

For each fault and subsystem the sizes found within thirty lumisections with 50 % and
95 % power, at one false alarm in eight hours; see ``dqmconsole study``. Sizes that are
whole numbers begin with 1. What is there already is passed over.

    python tests/benchmarks/ideal_sizes.py --json FILE [--fault NAME ...]
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from dqmconsole.app.studied import PER_HOUR, Ideal
from dqmconsole.simulation.table.causes import TABLE

if TYPE_CHECKING:
    from dqmconsole.simulation.table.cause import Cause

RATE = 1 / (8 * PER_HOUR)
TRIALS = 40
STEPS = 9  # of a bisection at most
SMALLEST = 1e5  # times smaller than the largest of the table
MULTIPLE = "times"  # of what is usual: 1 is no fault
ADDED = "in addition"


def whole(unit: str, size: float) -> bool:
    return size == round(size) and unit.split()[0] in (
        "sectors", "drivers", "boards", "pairs", "links", "layers", "channels", "client"
    )  # fmt: skip


def sizes(cause: Cause, target: str) -> dict[str, float | str]:
    """The sizes by their power; "more" where the largest of the table is not found."""
    aimed = msgspec.structs.replace(cause, target=target)
    above = 1.0 if aimed.unit.startswith(MULTIPLE) and ADDED not in aimed.unit else 0.0
    known: dict[float, float] = {}

    def power(size: float) -> float:
        if size not in known:
            one = msgspec.structs.replace(aimed, size=size)
            known[size] = Ideal(one, "collisions").power(RATE, TRIALS)
        return known[size]

    found: dict[str, float | str] = {}
    largest = max(aimed.sizes)
    for wanted in (0.5, 0.95):
        if whole(aimed.unit, aimed.size):
            tried = [1.0, *(each for each in aimed.sizes if each > 1)]
            sure = (each for each in tried if power(each) >= wanted)
            found[str(wanted)] = next(sure, "more")
            continue
        if power(largest) < wanted:
            found[str(wanted)] = "more"
            continue
        high, low = largest - above, (largest - above) / SMALLEST
        for _ in range(STEPS):
            middle = (high * low) ** 0.5
            if power(middle + above) >= wanted:
                high = middle
            else:
                low = middle
            if high / low < 1.2:
                break
        found[str(wanted)] = round(high + above, 4)
    return found


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--json", type=Path, required=True)
    parser.add_argument("--fault", action="append", default=[])
    wanted = parser.parse_args()
    kept = json.loads(wanted.json.read_text()) if wanted.json.exists() else {}
    for cause in TABLE:
        if cause.kind != "fault" or cause.acts_on != "state":
            continue
        if wanted.fault and cause.name not in wanted.fault:
            continue
        for target in cause.targets:
            name = f"{cause.name}:{target}"
            if name in kept:
                continue
            kept[name] = sizes(cause, target) | {"unit": cause.unit}
            wanted.json.write_text(json.dumps(kept, indent=1) + "\n")
            sys.stdout.write(f"SIMULATED {name} {kept[name]}\n")
            sys.stdout.flush()


if __name__ == "__main__":
    main()
