"""Faults that no map of hits tells apart are known as such, and others are not."""

from __future__ import annotations

import numpy as np
import pytest

from dqmconsole.simulation.table.cause import CauseError
from dqmconsole.simulation.table.causes import parse_cause
from dqmconsole.simulation.table.cells import struck
from dqmconsole.simulation.table.same_parts import PARTS, with_the_same_parts


@pytest.mark.parametrize(
    ("text", "alike"),
    [
        # four boards in a block are two whole high-voltage boards, and no whole DCC
        ("ring-lost:Ecal@4*4#0", ("hv-trip",)),
        # all eight boards of a supermodule: one DCC, too
        ("ring-lost:Ecal@4*8#0", ("hv-trip", "fed-lost")),
        # half of what a high-voltage board feeds
        ("board-dead:Ecal@4*1#0", ()),
        # of the barrel layers a board reads what one high-voltage channel feeds
        ("hv-trip:SiStrip@4*1#0", ("board-dead", "ring-lost")),
        # boards would explain a lost driver, but by more of them
        ("fed-lost:Hcal@4*1#0", ()),
        ("board-dead:BRIL@4*2#0", ()),  # it has neither voltage nor drivers
        ("t0-drift:Hcal@4", ()),
    ],
)
def test_what_takes_the_same_channels(text: str, alike: tuple[str, ...]) -> None:
    assert with_the_same_parts(parse_cause(text), "collisions", 5) == alike


def test_two_causes_that_are_alike_can_take_the_same_towers() -> None:
    ring = struck(parse_cause("ring-lost:Ecal*4#0"), "collisions")
    found = [
        struck(parse_cause(f"hv-trip:Ecal*2#{place}"), "collisions")
        for place in range(300)
    ]
    assert any(np.array_equal(each, ring) for each in found)


def test_what_is_not_there_is_said() -> None:
    with pytest.raises(CauseError, match="no subsystem 'Nowhere'"):
        with_the_same_parts(parse_cause("fed-lost:Nowhere@4"), "collisions", 5)
    assert set(PARTS.values()) == {"sector", "fed", "board"}
