"""A console killed in the middle of a shift: nothing confirmed is lost."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from support.killed_shift import Scene, moments, one_round

if TYPE_CHECKING:
    from pathlib import Path

ROUNDS = 3
SHIFT = 3.5  # s from the first word to about the hand-over


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_nothing_confirmed_is_lost(
    kind: str, request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    cluster = request.getfixturevalue("cluster") if kind == "postgresql" else None
    scene = Scene.at(tmp_path, cluster)
    for moment in moments(ROUNDS, SHIFT, seed=7):
        assert one_round(scene, moment).lost == []
    whole = one_round(scene, None)
    assert whole.lost == []
    assert whole.played, scene.complaints().read_text()[-2000:]
    assert len(whole.saved) > 10
