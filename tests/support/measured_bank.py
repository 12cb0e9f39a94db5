"""A made-up bank of measured rows, on the pages of the planned site."""

from __future__ import annotations

import itertools
import random
import statistics
from typing import TYPE_CHECKING

from dqmconsole.training.forms import ANY, cell_of, form, strength_sum
from dqmconsole.training.lesson import CLEAR, GROSS, TOLD, MeasuredRow

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

PAGES = ("Hcal/Occupancy", "Ecal/Timing", "DT/Occupancy")


def bank(seed: int = 1, many: int = 40) -> list[MeasuredRow]:
    """A bank of so many faults of each band, half of them not BAD."""
    rng = random.Random(seed)
    ends = {"subtle": (TOLD, CLEAR), "clear": (CLEAR, GROSS), "gross": (GROSS, 900.0)}
    rows = []
    for (_, (low, high)), number in itertools.product(ends.items(), range(many)):
        strength = rng.uniform(low, high * 0.999)
        bad = 3 * (number % 2)
        page, cause = rng.choice(PAGES), f"hv-trip:Hcal*{number + 1}#0"
        rows.append(
            MeasuredRow(page, "collisions", "fault", cause, 3, 12, strength, bad, 3,
                        ("Hcal/Map",), (0.5, 2.5))
        )  # fmt: skip
    for number in range(many):
        cause = f"lumi-drop*{number + 2}#0"
        page = PAGES[number % 3]
        rows.append(MeasuredRow(page, "collisions", "harmless", cause, 3, 12,
                                rng.uniform(0, 30), 0, 3))  # fmt: skip
    rows += [MeasuredRow(page, "collisions", "nothing", "", 12, 12) for page in PAGES]
    return rows


def spreads(
    rows: Sequence[MeasuredRow], items: int, now: Collection[str] = ANY, many: int = 100
) -> tuple[float, float]:
    """How far the summed strengths of forms scatter, and those of free draws.

    A free draw has as many faults of each cell as the form, any of the bank.
    """
    cells: dict[object, list[MeasuredRow]] = {}
    for row in rows:
        if row.kind == "fault" and not row.out:
            cells.setdefault(cell_of(row, now), []).append(row)
    equal, free = [], []
    for seed in range(many):
        rng = random.Random(seed)
        drawn = form(rows, items, rng, now)
        equal.append(strength_sum(drawn))
        faults = [cell_of(row, now) for row in drawn if row.kind == "fault"]
        free.append(strength_sum(
            row
            for cell in dict.fromkeys(faults)
            for row in rng.sample(cells[cell], faults.count(cell))
        ))  # fmt: skip
    return statistics.stdev(equal), statistics.stdev(free)
