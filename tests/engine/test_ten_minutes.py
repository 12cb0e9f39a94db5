"""How many alarms begin in ten minutes of what happens every day."""

from __future__ import annotations

from itertools import islice

import msgspec
import pytest

from dqmconsole.desk.judge_source import judge_at
from dqmconsole.engine.context import SourceContext
from dqmconsole.model.alarm import Alarm
from dqmconsole.simulation.simulation import Simulation
from dqmconsole.simulation.source import SteppedDetector
from dqmconsole.simulation.state.beam import LUMISECTION_SECONDS
from dqmconsole.simulation.table.causes import find
from dqmconsole.site.site import bundled_site

TEN_MINUTES = round(600 / LUMISECTION_SECONDS)
BEFORE = 10  # lumisections
ONLY = ("Info", "FED", "L1T", "Hcal")


@pytest.mark.slow
@pytest.mark.timeout(600)
@pytest.mark.parametrize(
    ("name", "fewest", "most"),
    [("beam-dump", 0, 3), ("hv-trip", 1, 3), ("stop-start", 0, 3), ("daq-pause", 0, 3)],
)
def test_one_event_is_a_few_alarms_in_ten_minutes(
    name: str, fewest: int, most: int
) -> None:
    event = msgspec.structs.replace(find(name), onset=BEFORE + 1)
    if name in ("beam-dump", "daq-pause"):
        longer = {"size": TEN_MINUTES} if name == "daq-pause" else {}
        event = msgspec.structs.replace(event, duration=TEN_MINUTES, **longer)
    simulation = Simulation("collisions", 7, (event,), only=ONLY)
    detector = SteppedDetector(simulation, 1)
    context = SourceContext(detector.source, bundled_site())
    begun = set()
    try:
        for now in islice(detector.steps(), BEFORE + TEN_MINUTES):
            assert now is not None
            judge_at(context, now)
            told = context.take_facts()
            begun |= {each.id for each in told if isinstance(each, Alarm)}
    finally:
        context.close()
    assert fewest <= len(begun) <= most, sorted(begun)
