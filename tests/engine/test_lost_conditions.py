"""Conditions that are lost while a run goes on: said once, and once when it is over."""

from __future__ import annotations

import pytest

from dqmconsole.engine.lost_conditions import LostConditions
from dqmconsole.engine.source_state import SourceState
from dqmconsole.model.frame import NoticeFact
from dqmconsole.model.layout import Layout, Needs, Page, Plot
from dqmconsole.model.run import Client, Conditions, RunState

RUN = 7
ON, OFF = {"HBHEa": True, "HBHEb": True}, {"HBHEa": False, "HBHEb": True}
NEEDS = Needs(dcs=("HBHEa",), beam=("stable beams",), events=100, settle=2)
HCAL = Layout(
    "Hcal",
    (
        Page("Digi", (Plot("Hcal/a", needs=NEEDS), Plot("Hcal/b", needs=NEEDS))),
        Page("Raw", (Plot("Hcal/c", needs=Needs(dcs=("HBHEb",))), Plot("Hcal/d"))),
    ),
    owner="hcal-dqm",
)
SAID = "HV off: HBHEa since LS 17: 2 plots of Hcal are not judged; owner: hcal-dqm"


@pytest.fixture
def lost() -> LostConditions:
    made = LostConditions()
    made.use((HCAL,))
    return made


def look(
    lost: LostConditions,
    dcs: dict[str, bool] | None,
    *,
    mode: str = "stable beams",
    run: int = RUN,
    state: RunState = RunState.RUNNING,
    lumisection: int = 17,
) -> list[NoticeFact]:
    hcal = Client("Hcal", run, lumisection, "live")
    conditions = Conditions(dcs=dcs, beam_mode=mode)
    moment = SourceState(0.0, run, state, clients={"Hcal": hcal}, conditions=conditions)
    return lost.look(moment)


def test_what_is_lost_is_said_with_owner_and_plots(lost: LostConditions) -> None:
    assert look(lost, ON) == []
    assert look(lost, OFF) == [NoticeFact("conditions of Hcal", SAID, "warning")]
    assert look(lost, OFF, lumisection=18) == []
    (both,) = look(lost, {"HBHEa": False, "HBHEb": False}, lumisection=19)
    assert "HV off: HBHEb since LS 19: 1 plot of Hcal is not judged" in both.sentence
    assert look(lost, ON) == [NoticeFact("conditions of Hcal", "", "info")]


@pytest.mark.parametrize("before", [None, OFF])
def test_what_was_never_there_is_not_lost(
    lost: LostConditions, before: dict[str, bool] | None
) -> None:
    # of what is not known nothing is said either
    assert look(lost, before) == []
    assert look(lost, before, lumisection=18) == []


def test_supplies_that_go_with_the_beam_are_no_event(lost: LostConditions) -> None:
    look(lost, ON)
    assert look(lost, OFF, mode="beam dump") == []
    assert look(lost, ON, mode="stable beams") == []
    assert look(lost, OFF, mode="stable beams") != []


@pytest.mark.parametrize(
    ("run", "state"), [(RUN, RunState.ENDED), (RUN + 1, RunState.RUNNING)]
)
def test_it_is_over_with_its_run(
    lost: LostConditions, run: int, state: RunState
) -> None:
    look(lost, ON)
    assert look(lost, OFF) != []
    (over,) = look(lost, OFF, run=run, state=state)
    assert over.sentence == ""


def test_it_stands_while_the_site_is_read_again(lost: LostConditions) -> None:
    look(lost, ON)
    look(lost, OFF)
    lost.use((HCAL,), "spill")
    (said,) = look(lost, OFF)
    assert "since spill " in said.sentence
    lost.use((HCAL,), "spill")
    assert look(lost, OFF) == []
    lost.use(())
    assert look(lost, OFF) == [NoticeFact("conditions of Hcal", "", "info")]
