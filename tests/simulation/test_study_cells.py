"""The cells of a detection study: faults, sizes, places, and where they are found."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
import pytest
from support.bundled import read_bundled

from dqmconsole.model.cause import FAMILIES, URGENCIES, Extent
from dqmconsole.simulation.registry import all_subsystems
from dqmconsole.simulation.simulation import Simulation
from dqmconsole.simulation.table.causes import TABLE, aimed, parse_cause
from dqmconsole.simulation.table.cells import AXES, cells, extent
from dqmconsole.site.layouts import plots_of

if TYPE_CHECKING:
    from dqmconsole.simulation.table.cause import Cause

FAULTS = [each for each in TABLE if each.kind == "fault" and each.acts_on != "session"]


def where(text: str, place: int = 0) -> Extent | None:
    names = [each.name for each in all_subsystems()]
    cause = aimed(parse_cause(text), names)
    return extent(msgspec.structs.replace(cause, place=place))


def test_a_fault_says_how_the_data_are_wrong_and_when_somebody_acts() -> None:
    assert {each.shows for each in FAULTS} == set(FAMILIES)
    assert {each.urgency for each in FAULTS} == set(URGENCIES) - {""}
    for cause in TABLE:
        assert (cause.shows is None) == (cause.kind == "harmless"), cause.name
        assert bool(cause.urgency) == (cause.kind == "fault"), cause.name


@pytest.mark.parametrize("cause", FAULTS, ids=lambda each: each.name)
def test_a_fault_has_four_sizes_that_may_be_asked_for(cause: Cause) -> None:
    assert cause.sizes == tuple(sorted(set(cause.sizes)))
    assert len(cause.sizes) >= 4 or cause.name == "client-frozen"
    for size in cause.sizes:
        assert parse_cause(f"{cause.name}*{size!r}").size == size


@pytest.mark.slow
def test_the_cells_are_all_of_the_table_and_the_same_each_time() -> None:
    found = cells(places=1)
    assert found == cells(places=1)
    assert len(set(found)) == len(found)
    assert {each.fault for each in found} == {each.name for each in FAULTS}
    for cause in FAULTS:
        mine = [each for each in found if each.fault == cause.name]
        assert {each.subsystem for each in mine} == set(cause.targets)
        assert {each.size for each in mine} == set(cause.sizes)
        assert {each.family for each in mine} == {cause.shows}


def test_places_differ_and_stay_where_they_are_whatever_the_seed() -> None:
    places = {
        each.place: each.extent
        for each in cells(only=["layer-inefficient"])
        if each.subsystem == "DT" and each.size == 3
    }
    assert len(places) == len(set(places.values())) == 3
    simulated = []
    for seed in (1, 2):
        cause = msgspec.structs.replace(parse_cause("hv-trip:DT@1"), place=1)
        simulation = Simulation("collisions", seed, [cause], only=["Info", "DT"])
        simulation.step()
        simulated.append(simulation.state.channels["DT"].voltage.tolist())
    assert simulated[0] == simulated[1]


@pytest.mark.parametrize(
    ("text", "names", "size"),
    [
        ("hot-channel:Hcal", ("ieta", "iphi"), 1),
        ("hot-trigger:Ecal", ("EB iphi", "EB ieta"), 1),
        ("hv-trip:DT*1", ("sector", "wheel"), 1),
        ("layer-inefficient:CSC", ("chamber", "ring"), 33),
        ("prescale-wrong:L1T", ("algorithm",), 1),
    ],
)
def test_the_place_is_named_as_the_layouts_name_it(
    text: str, names: tuple[str, ...], size: int
) -> None:
    found = where(text)
    assert found is not None
    assert found.names == names
    assert found.size == size


@pytest.mark.parametrize(
    "text", ["t0-drift:Hcal", "events-missed:L1T", "client-frozen:HLT"]
)
def test_what_strikes_the_whole_has_no_place(text: str) -> None:
    assert where(text) is None


def test_the_axes_are_those_of_the_bundled_layouts() -> None:
    site = read_bundled()
    plots = {plot.path: plot for _, _, plot in plots_of(site)}
    assert set(AXES) <= set(plots)
    for path, names in AXES.items():
        declared = plots[path].axes
        if declared:
            assert (declared.get("x"), declared.get("y")) == names
