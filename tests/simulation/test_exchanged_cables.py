"""The cables of two boards are exchanged: the bundled layouts find it."""

from __future__ import annotations

import pytest

from dqmconsole.app.studied import SimulatedGround
from dqmconsole.desk.study_pieces import Piece, Pieces
from dqmconsole.site.site import bundled_site

FOUND_IN = ("SiStrip", "PixelPhase1")  # of Hcal no layout finds them


@pytest.mark.slow
@pytest.mark.parametrize("target", FOUND_IN)
def test_exchanged_cables_are_found_in_three_updates(target: str) -> None:
    ground = SimulatedGround(
        seed=303, hours=1.0, every=1, places=1, faults=["cable-swap"]
    )
    swap = min(
        (each for each in ground.cells() if each.layout == target),
        key=lambda each: each.size,
    )
    found = Pieces(ground, bundled_site()).do(Piece(cell=swap)).found
    assert found is not None
    assert found.after is not None
    assert found.after <= 3
    assert found.region
