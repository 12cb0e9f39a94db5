"""The causes to choose among at a site whose runs are all recorded."""

from __future__ import annotations

import msgspec
from support.planned import instruction, site

from dqmconsole.desk.injection_table import INJECTIONS
from dqmconsole.model.instruction import Step
from dqmconsole.training.files.kind import causes_for
from dqmconsole.training.lesson import ExamSettings, ItemSource, Teaching

RECORDED = Teaching(
    exam=ExamSettings(
        (ItemSource(("Hcal/Occupancy",), "loss:Hcal/Map", recorded=(31,)),)
    )
)


def test_a_fault_that_site_and_steps_name_too_is_listed_once() -> None:
    found = site()
    own = msgspec.structs.replace(found.settings, causes=("dead-block", "pump-stopped"))
    steps = (Step("Call.", causes=("dead-block", "loss", "pump-stopped")),)
    there = msgspec.structs.replace(
        found, settings=own, instructions=(instruction("hcal/map", *steps),)
    )
    causes = causes_for(RECORDED, there)
    assert [each.name for each in causes] == [*INJECTIONS, "pump-stopped"]
    put = {each.name: each.description for each in causes[:-1]}
    assert put == {name: each.description for name, each in INJECTIONS.items()}
    assert causes[-1].description == "what the instruction hcal/map calls pump-stopped"
