"""The cables of two boards are exchanged: the bundled layouts find it."""

from __future__ import annotations

import msgspec
import pytest
from benchmarks.false_alarms import look_for

from dqmconsole.simulation.table.causes import find

FOUND_IN = ("SiStrip", "PixelPhase1")  # of Hcal no layout finds them


@pytest.mark.slow
@pytest.mark.parametrize("target", FOUND_IN)
def test_exchanged_cables_are_found_in_three_updates(target: str) -> None:
    swap = msgspec.structs.replace(find("cable-swap"), target=target)
    found = look_for(swap, "collisions", 303, 1)
    assert found["before"] == 0
    first = min(found["layout"], key=lambda each: each["updates"])
    assert first["updates"] == 3
    assert first["plot"].startswith(target)
