"""Can an injected fault be told from a simulated one? Every cause, and all together.

    python tests/benchmarks/realism.py [--runs N] [--first-seed N]
        [--only WORD ...] [--json FILE]

For each cause that has an effect on histograms, N runs in which it acts on the state
and N runs in which it is injected into a recorded run (kept runs of the simulated
detector, of other seeds: no real one is at hand). A classifier of simple features of
the increment and the whole histograms, each plot and its sisters, is trained on half
of them and judges the other half, and the other way round. Chance is 0.5. What a
careless injection would leave is planted, and must be found.
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.support.realism import Item

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from tests.support.artefacts import features  # noqa: E402
from tests.support.classifier import Outcome, pooled, told_apart  # noqa: E402
from tests.support.realism import (  # noqa: E402
    PLANTED,
    Scenario,
    every_scenario,
    injected,
    named,
    recorded,
    simulated,
)

OTHER = 1000  # the seeds of the others are so much higher
GOOD = Scenario("", ("Hcal", "SiStrip", "L1T", "Info", "FED"))


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=30)
    parser.add_argument(
        "--first-seed", type=int, default=0, help="mended against were those from 0"
    )
    parser.add_argument("--only", nargs="*", default=[])
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    found = {}
    runs = range(options.first_seed, options.first_seed + options.runs)
    print(f"{'cause':28} accuracy  95 %          AUC   tells most")
    for of in every_scenario():
        if not options.only or any(word in of.text for word in options.only):
            found[of.name] = compared(of, injected, runs)
            show(of.name, found[of.name])
    if found:
        show("all causes together", pooled(list(found.values())))
    if not options.only:
        found["good runs, kept"] = compared(GOOD, recorded, runs)
        show("good runs, kept", found["good runs, kept"])
        print("planted, which must be found:")
        for mark, (text, careless) in PLANTED.items():
            found[mark] = compared(named(text), careless, runs)
            show(mark, found[mark])
    if options.json is not None:
        figures = {
            name: [each.right, each.of, *each.interval, each.auc]
            for name, each in found.items()
        }
        options.json.write_text(json.dumps(figures, indent=2))


def compared(
    of: Scenario, made: Callable[[Scenario, int], Item], runs: range
) -> Outcome:
    """Runs simulated with a cause against runs made otherwise."""
    one = [features(simulated(of, seed), of) for seed in runs]
    other = [features(made(of, seed + OTHER), of) for seed in runs]
    return told_apart(one, other)


def show(name: str, outcome: Outcome) -> None:
    """One row of the table."""
    low, high = outcome.interval
    most = ", ".join(f"{feature} ({size})" for feature, size in outcome.telling[:2])
    print(
        f"{name:28} {outcome.accuracy:8.2f}  {low:.2f} to {high:.2f}  "
        f"{outcome.auc:5.2f}   {most}",
        flush=True,
    )


if __name__ == "__main__":
    main()
