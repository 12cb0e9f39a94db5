"""Every subsystem found: nominal is good, faults show, harmless events do not alarm."""

from __future__ import annotations

import numpy as np
import pytest

from dqmconsole.model.histogram import Histogram, QualityResult, Scalar
from dqmconsole.simulation.registry import ORDER, all_subsystems
from dqmconsole.simulation.simulation import Simulation
from dqmconsole.simulation.state.beam import RUN_TYPES, STABLE_LENGTH, RunType
from dqmconsole.simulation.table.causes import parse_cause

NAMES = [each.name for each in all_subsystems()]
WITH_CHANNELS = [each.name for each in all_subsystems() if each.geometry is not None]
STEPS = 9


def results(simulation: Simulation, name: str) -> dict[str, QualityResult]:
    """Path of the element with the test's name -> result."""
    return {
        f"{folder}/{item.name}.{item.test}": item
        for folder, items in simulation.clients[name].contents(0.0).items()
        for item in items
        if isinstance(item, QualityResult)
    }


def simulated(name: str, run_type: RunType, *causes: str) -> Simulation:
    return Simulation(run_type, 7, map(parse_cause, causes), only={name, "Info", "FED"})


def test_the_order_names_every_subsystem() -> None:
    assert set(NAMES) <= set(ORDER)
    assert sorted(NAMES, key=ORDER.index) == NAMES


@pytest.mark.parametrize("run_type", RUN_TYPES)
@pytest.mark.parametrize("name", NAMES)
def test_nominal_is_good_or_unjudged(name: str, run_type: RunType) -> None:
    simulation = simulated(name, run_type)
    good = 0
    for _ in range(STEPS):
        simulation.step()
        found = results(simulation, name)
        wrong = {key: each for key, each in found.items() if each.code not in (100, 70)}
        assert not wrong
        good = sum(each.code == 100 for each in found.values())
    assert good or run_type == "cosmics"
    for each in results(simulation, name).values():
        assert each.message
        assert -1 <= each.result <= 1
        assert (each.result == -1) == (each.code == 70)


def test_between_two_fills_nothing_is_no_number() -> None:
    simulation = simulated("L1T", "collisions")
    simulation.state.beam.age = STABLE_LENGTH
    simulation.step()

    assert not simulation.state.beam.stable
    assert results(simulation, "L1T")


@pytest.mark.parametrize("name", NAMES)
def test_elements_are_whole(name: str) -> None:
    simulation = simulated(name, "collisions")
    for _ in range(3):
        simulation.step()
    contents = simulation.clients[name].contents(0.0)
    for folder, items in contents.items():
        assert f"{folder.split('/')[0]}/EventInfo" in contents
        named = [item.name for item in items if not isinstance(item, QualityResult)]
        assert len(named) == len(set(named)), folder
        for item in items:
            if not isinstance(item, Histogram):
                continue
            assert np.isfinite(item.contents).all()
            assert not item.contents.flags.writeable
            assert item.contents.shape == tuple(axis.bins + 2 for axis in item.axes)
            filled = item.bin_entries if item.is_profile else item.contents
            assert filled is not None
            if item.entries == 0:
                assert not (filled > 0).any(), item.name


@pytest.mark.parametrize("name", WITH_CHANNELS)
def test_known_bad_channels_are_few_and_silent(name: str) -> None:
    for run_type in RUN_TYPES:
        channels = simulated(name, run_type).state.channels[name]
        known = channels.built.known
        assert 0.015 <= known.mean() <= 0.055
    simulation = simulated(name, "collisions")
    simulation.state.begin()
    rates = simulation.state.channels[name].rates(simulation.state.feds)
    for each in (rates.particles, rates.noise, rates.missed):
        assert not each[known].any()


def applicable(fault: str, name: str) -> bool:
    subsystem = next(each for each in all_subsystems() if each.name == name)
    assert subsystem.geometry is not None
    built = subsystem.geometry("collisions")
    rows = subsystem.rows("collisions", built)
    timed = any("[ns]" in row.y_title or "[ns]" in row.axes[0].title for row in rows)
    return {
        "hv-trip": bool(built.partitions),
        "fed-lost": bool((built.fed >= 0).any()),
        "board-dead": True,
        "hot-channel": True,
        "t0-drift": timed,
    }[fault]


FAULTS = ("hv-trip", "fed-lost", "board-dead", "hot-channel", "t0-drift")


@pytest.mark.parametrize(
    ("name", "fault"),
    [
        (name, fault)
        for name in WITH_CHANNELS
        for fault in FAULTS
        if applicable(fault, name)
    ],
)
def test_faults_turn_their_plots(name: str, fault: str) -> None:
    simulation = simulated(name, "collisions", f"{fault}:{name}@2")
    for _ in range(STEPS):
        simulation.step()
        found = results(simulation, name)
        fed = results(simulation, "FED")
    assert any(each.code in (200, 300) for each in found.values())
    codes = {each.code for key, each in fed.items() if "FedFatal" in key}
    assert codes == ({300} if fault == "fed-lost" else {100})


EVENTS = ("lumi-drop@5", "hv-on:{}@4", "prescale@5", "subsystem-out:{}@1")


def has_voltage(name: str) -> bool:
    subsystem = next(each for each in all_subsystems() if each.name == name)
    if subsystem.geometry is None:
        return False
    return bool(subsystem.geometry("collisions").partitions)


@pytest.mark.parametrize(
    ("name", "event"),
    [
        (name, event)
        for name in NAMES
        for event in EVENTS
        if not event.startswith("hv-on") or has_voltage(name)
    ],
)
def test_harmless_events_give_no_bad(name: str, event: str) -> None:
    simulation = simulated(name, "collisions", event.format(name))
    for _ in range(STEPS + 2):
        simulation.step()
        found = results(simulation, name)
        wrong = {key: each for key, each in found.items() if each.code == 300}
        assert not wrong
    if event.startswith("subsystem-out"):
        assert all(each.code == 70 for each in found.values())


@pytest.mark.parametrize("name", NAMES)
def test_event_info_is_complete(name: str) -> None:
    simulation = simulated(name, "collisions")
    simulation.step(1000.0)
    items = simulation.clients[name].contents(900.0)[f"{name}/EventInfo"]
    scalars = {item.name: item.value for item in items if isinstance(item, Scalar)}
    assert scalars["iRun"] == simulation.state.run
    assert scalars["iLumiSection"] == 1
    assert scalars["runStartTimeStamp"] == 900.0
    assert scalars["processTimeStamp"] == 1000.0
    assert scalars["processedEvents"] == simulation.state.events > 0
    assert isinstance(scalars["reportSummary"], float)
    maps = [item for item in items if item.name == "reportSummaryMap"]
    assert len(maps) == 1
    assert isinstance(maps[0], Histogram)


def test_hcal_counts_the_same_hits_by_ring_by_sector_and_by_depth() -> None:
    simulation = simulated("Hcal", "collisions")
    for _ in range(3):
        simulation.step()
    elements = simulation.clients["Hcal"].book.elements
    found = {path: each.frozen() for path, each in elements.items()}
    for part, depths in (("HB", (1, 2, 3, 4)), ("HO", ("HO",))):
        by_ieta = found[f"Hcal/DigiTask/Occupancyvsieta/Subdet/{part}"]
        inside = slice(26, 59) if part == "HB" else slice(0, 85)
        maps = [found[f"Hcal/DigiTask/Occupancy/depth/depth{each}"] for each in depths]
        total = sum(float(each.contents[inside].sum()) for each in maps)
        assert float(by_ieta.contents.sum()) == pytest.approx(total, rel=1e-6)
        for halves in ("Occupancyvsiphi", "SumQ"):
            sides = [
                found[f"Hcal/DigiTask/{halves}/SubdetPM/{part}{side}"] for side in "MP"
            ]
            assert by_ieta.entries == sum(each.entries for each in sides)
