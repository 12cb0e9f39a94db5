"""What every benchmark shares: its options, its statistics, and where figures go."""

from __future__ import annotations

import argparse
import json
import math
import statistics
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


def options(description: str | None, **numbers: float) -> argparse.Namespace:
    """The options of the command line, ``--json FILE`` among them.

    Args:
        description: docstring of the script.
        numbers: name and default of each option; of a whole number one is whole.
    """
    parser = argparse.ArgumentParser(
        description=description, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    for name, value in numbers.items():
        parser.add_argument(f"--{name}", type=type(value), default=value)
    parser.add_argument("--json", type=Path)
    return parser.parse_args()


def keep(target: Path | None, figures: Mapping[str, object]) -> None:
    """Write figures as JSON, where a file was asked for."""
    if target is not None:
        target.write_text(json.dumps(figures, indent=1) + "\n")


def quantile(values: Sequence[float], share: float) -> float:
    """The value that `share` of the values do not exceed (nearest rank above)."""
    ordered = sorted(values)
    rank = math.ceil(share * len(ordered)) - 1
    return ordered[min(max(rank, 0), len(ordered) - 1)]


def medians(times: Mapping[str, Sequence[float]]) -> dict[str, float]:
    """The median of each contender that was there."""
    return {name: statistics.median(found) for name, found in times.items() if found}


def summary(values: Sequence[float]) -> dict[str, float]:
    """Median, 95th percentile, maximum and number."""
    return {
        "median": statistics.median(values),
        "p95": quantile(values, 0.95),
        "max": max(values),
        "n": len(values),
    }
