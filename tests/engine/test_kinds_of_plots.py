"""A growing run, one good run, no check in any layout: what is dead is found."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from benchmarks.kinds_of_plots import AFTER, ONSET, WRONG, Bench, kinds, make_site

if TYPE_CHECKING:
    from pathlib import Path

WIRES, TOWERS = "tracker/wires", "calo/towers"
AGREE = 3  # updates, before a default goes off


@pytest.mark.slow
@pytest.mark.parametrize("good", [1, 6])
def test_dead_regions_are_found_when_they_begin_and_nothing_else_is_said(
    tmp_path: Path, good: int
) -> None:
    plots = list(kinds())
    site = make_site(tmp_path / "site", plots, good)
    faults = {WIRES: "dead region", TOWERS: "dead region"}
    bench = Bench(tmp_path, site, faults, 4, plots)
    said: dict[str, tuple[int, str]] = {}
    for update in range(1, ONSET + AFTER):
        for path, (status, _, sentence) in bench.go_on().items():
            if status in WRONG and path not in said:
                said[path] = (update, sentence)
    bench.close()
    assert set(said) == {WIRES, TOWERS}
    assert {update for update, _ in said.values()} == {ONSET + AGREE - 1}
    assert "wire 40–49" in said[WIRES][1]
    assert "column 10–13; row 5–8" in said[TOWERS][1]
