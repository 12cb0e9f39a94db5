"""THE TABLE: its causes by name, their times, and what they do to stream and run."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

import msgspec
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dqmconsole.model.histogram import Histogram, QualityResult, Scalar
from dqmconsole.simulation.elements import frozen_all
from dqmconsole.simulation.simulation import Simulation
from dqmconsole.simulation.state.beam import RUN_TYPES, RunType
from dqmconsole.simulation.state.parts import Voltage
from dqmconsole.simulation.table.cause import CauseError
from dqmconsole.simulation.table.causes import (
    CAUSES,
    TABLE,
    TRAINING,
    aimed,
    find,
    parse_cause,
)
from dqmconsole.training.files.kind import causes

if TYPE_CHECKING:
    from dqmconsole.simulation.client import StoredItem

ONLY = ("Info", "FED", "L1T", "Hcal")

FAULTS = {
    "hv-trip",
    "fed-lost",
    "board-dead",
    "hot-channel",
    "t0-drift",
    "client-frozen",
    "ring-lost",
    "hot-trigger",
    "noise-burst",
    "prefiring",
    "gain-drift",
    "cable-swap",
    "emulator-mismatch",
    "wrong-reference",
    "link-loss",
    "layer-inefficient",
    "channels-dying",
    "board-late",
    "beam-jump",
    "background-rise",
    "events-twice",
    "events-missed",
    "prescale-wrong",
    "path-dead",
}
HARMLESS = {
    "lumi-drop", "hv-on", "prescale", "client-restart", "stop-start", "subsystem-out",
    "emittance-scan", "not-stable", "daq-pause", "short-run", "late-snapshots",
    "field-off", "beam-dump", "fill-begin", "vdm-scan", "levelling", "resync",
    "client-late",
}  # fmt: skip


def simulated(*causes: str, seed: int = 7) -> Simulation:
    return Simulation("collisions", seed, map(parse_cause, causes), only=ONLY)


def scalar(items: list[StoredItem], name: str) -> int | float | str:
    return next(i.value for i in items if isinstance(i, Scalar) and i.name == name)


def test_the_table_has_the_faults_and_the_harmless_events() -> None:
    assert {cause.name for cause in TABLE if cause.kind == "fault"} == FAULTS
    assert {cause.name for cause in TABLE if cause.kind == "harmless"} == HARMLESS
    assert all(cause.description and cause.unit and cause.size for cause in TABLE)


def test_parse() -> None:
    assert parse_cause("hv-trip@2") == msgspec.structs.replace(find("hv-trip"), onset=2)
    cause = parse_cause(" hv-trip:Hcal@12 ")
    assert (cause.onset, cause.target) == (12, "Hcal")
    assert parse_cause("lumi-drop").onset == find("lumi-drop").onset
    ended = parse_cause("fed-lost:Hcal@6-9*2#3")
    assert (ended.onset, ended.duration, ended.size, ended.place) == (6, 4, 2.0, 3)
    assert [ended.strength(each) for each in (5, 6, 9, 10)] == [0.0, 1.0, 1.0, 0.0]
    assert parse_cause("noise-burst@6-15").duration == 10


def test_what_is_lost_comes_back_and_stays_lost_in_the_run_so_far() -> None:
    path = "Hcal/DigiTask/Occupancy/depth/depth1"
    # place 1 is a driver of barrel and endcaps: those of HO have no hits in this map
    simulation, usual = simulated("fed-lost:Hcal@2-3#1"), simulated()
    shares = []
    before = [np.zeros(1), np.zeros(1)]
    for _ in range(4):
        now = []
        for each in (simulation, usual):
            each.step()
            (client,) = (c for c in each.clients.values() if c.subsystem.name == "Hcal")
            now.append(np.asarray(client.book.elements[path].frozen().contents))
        shares.append((now[0] - before[0]).sum() / (now[1] - before[1]).sum())
        before = now
    assert shares[0] == pytest.approx(1.0, abs=0.02)
    assert max(shares[1:3]) < 0.98
    assert shares[3] == pytest.approx(1.0, abs=0.02)
    assert before[0].sum() < 0.99 * before[1].sum()


def results(simulation: Simulation) -> dict[str, tuple[int, str]]:
    contents = simulation.clients["Hcal"].contents(0.0)
    return {
        f"{item.name} {item.test}": (item.code, item.message)
        for items in contents.values()
        for item in items
        if isinstance(item, QualityResult)
    }


def test_tests_that_stopped_say_what_they_said_last() -> None:
    stopped, running = (
        simulated("fed-lost:Hcal@8", *more) for more in (("tests-stopped:Hcal@7",), ())
    )
    for _ in range(6):
        stopped.step()
        running.step()
    last = results(running)
    for _ in range(4):
        stopped.step()
        running.step()
        running.clients["Hcal"].contents(0.0)
    assert results(stopped) == last
    assert results(running) != last
    hole, whole = (
        each.clients["Hcal"].book.elements["Hcal/DigiTask/Occupancy/depth/depth1"]
        for each in (stopped, running)
    )
    assert np.array_equal(hole.frozen().contents, whole.frozen().contents)


def test_tests_that_stopped_say_the_same_in_the_next_run() -> None:
    simulation = simulated("tests-stopped:Hcal@7", "fed-lost:Hcal@12")
    seen = []
    for number in range(1, 17):
        simulation.step()
        if number in (7, 10, 16):
            seen.append(results(simulation))
        if number == 10:
            simulation.next_run()
    assert seen[0] == seen[1] == seen[2]
    assert 100 in {code for code, _ in seen[2].values()}


def test_a_restarted_client_forgets_the_results_of_its_tests() -> None:
    simulation = simulated("tests-stopped:Hcal@7", "client-restart:Hcal@8")
    for _ in range(7):
        simulation.step()
    before = results(simulation)
    simulation.step()
    assert results(simulation) != before


def test_what_training_alone_needs_is_in_no_study() -> None:
    assert {each.name for each in TRAINING}.isdisjoint(each.name for each in TABLE)
    assert {each.name for each in TRAINING} <= {each.name for each in CAUSES}
    assert {each.acts_on for each in TRAINING} == {"tests"}


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("hv-tripp@2", "did you mean 'hv-trip'"),
        ("frozen-client@2", "client-frozen"),
        ("zzz", "there are: hv-trip"),
        ("hv-trip@x", "NAME[:SUBSYSTEM][@LUMISECTION[-LAST]][*SIZE]"),
        ("hv-trip@0", "count from 1"),
        ("", "NAME[:SUBSYSTEM][@LUMISECTION[-LAST]][*SIZE]"),
        ("hv-trip*two", "'two' is no number"),
        ("hv-trip*", "NAME[:SUBSYSTEM][@LUMISECTION[-LAST]][*SIZE]"),
        ("hv-trip*2@3", "'2@3' is no number"),
        ("hv-trip@2*0", "above 0"),
        ("hv-trip@2*-1", "above 0"),
        ("hv-trip@2*nan", "above 0"),
        ("hv-trip@2*inf", "above 0"),
        ("hot-channel*1e9", "0.6 to 6000 times its rate; usual is 60"),
        ("lumi-drop:Hcal@2", "whole detector"),
        ("hv-trip@9-4", "over in lumisection 4, before it begins in 9"),
        ("hv-trip@9-", "NAME[:SUBSYSTEM][@LUMISECTION[-LAST]][*SIZE]"),
        ("hv-on@4-9", "takes no last lumisection"),
        ("emittance-scan@4-9", "takes no last lumisection"),
        ("stop-start@4-9", "takes no last lumisection"),
        ("cable-swap:Hcal@3-6", "takes no last lumisection"),
    ],
)
def test_wrong_causes_are_told_in_words(text: str, words: str) -> None:
    with pytest.raises(CauseError) as told:
        parse_cause(text)
    assert words in str(told.value)


NAMES = st.sampled_from([cause.name for cause in TABLE])


@given(NAMES, st.none() | st.integers(1, 10**9 - 1), st.none() | st.floats(0.02, 50))
def test_what_is_written_is_what_is_read(
    name: str, onset: int | None, times: float | None
) -> None:
    usual = find(name)
    text, expected = name, usual
    if usual.targets:
        text += f":{usual.targets[-1]}"
        expected = msgspec.structs.replace(expected, target=usual.targets[-1])
    if onset is not None:
        text += f"@{onset}"
        expected = msgspec.structs.replace(expected, onset=onset)
    if times is not None:
        size = times * usual.size
        text += f"*{size!r}"
        expected = msgspec.structs.replace(expected, size=size)
    assert parse_cause(text) == expected


@given(st.text(alphabet="hv-trip:Hcal@1234567890*.einf \n\u0663", max_size=40))
def test_no_text_breaks_it(text: str) -> None:
    with contextlib.suppress(CauseError):
        cause = parse_cause(text)
        assert cause.name in text
        assert cause.onset >= 1
        assert np.isfinite(cause.size)
        assert cause.size > 0


def test_the_table_in_words() -> None:
    said = causes()
    assert [each.name for each in said] == [each.name for each in (*TABLE, *TRAINING)]
    assert all(each.description.endswith(".") for each in said)
    assert len({each.family for each in said}) <= 14
    assert {each.targets for each in said if each.name == "prefiring"} == {("L1T",)}


def test_targets() -> None:
    there = ["Ecal", "Hcal", "L1T"]
    assert aimed(parse_cause("hv-trip"), there).target == "Hcal"
    assert aimed(parse_cause("hv-trip:hcal"), there).target == "Hcal"
    with pytest.raises(CauseError, match="did you mean 'Ecal'"):
        aimed(parse_cause("hv-trip:Eccal"), there)
    with pytest.raises(CauseError, match="no high voltage"):
        simulated("hv-trip:L1T@1").step()
    with pytest.raises(CauseError, match="has no channels"):
        simulated("hot-channel:FED@1").step()


def test_strength_in_time() -> None:
    drift = msgspec.structs.replace(find("t0-drift"), onset=3, rise=4)
    assert [drift.strength(ls) for ls in range(1, 9)] == [
        0, 0, 0.25, 0.5, 0.75, 1, 1, 1,
    ]  # fmt: skip
    short = msgspec.structs.replace(find("hv-trip"), onset=3, duration=2)
    assert [short.strength(ls) for ls in range(1, 7)] == [0, 0, 1, 1, 0, 0]
    scan = msgspec.structs.replace(find("emittance-scan"), onset=3)
    assert [scan.strength(ls) for ls in range(1, 12)] == [0, 0, *scan.steps, 0, 0]
    on = msgspec.structs.replace(find("hv-on"), onset=3)
    assert [on.strength(ls) for ls in range(1, 5)] == [1, 1, 0, 0]


def test_a_tripped_sector_leaves_its_dcs_bit_on() -> None:
    simulation = simulated("hv-trip:Hcal@2")
    simulation.step()
    assert (simulation.state.channels["Hcal"].voltage == int(Voltage.ON)).all()
    simulation.step()
    off = simulation.state.channels["Hcal"].voltage == int(Voltage.OFF)
    assert 1 <= off.sum() <= 4
    assert set(simulation.state.partitions().values()) == {1}


def test_causes_strike_the_same_place_again_and_another_with_another_seed() -> None:
    def struck(seed: int) -> tuple[int, ...]:
        simulation = simulated("hv-trip:Hcal@1", seed=seed)
        simulation.step()
        off = simulation.state.channels["Hcal"].voltage != int(Voltage.ON)
        return tuple(np.flatnonzero(off))

    assert struck(1) == struck(1)
    assert len({struck(seed) for seed in range(1, 9)}) > 3


def test_hv_on_waits_in_standby() -> None:
    simulation = simulated("hv-on:Hcal@3")
    rows = []
    for _ in range(3):
        simulation.step()
        rows.append([simulation.state.partitions()[each] for each in ("HBHEa", "HO")])
    assert rows == [[0, 0], [0, 0], [1, 1]]


def comparable(contents: dict[str, list[StoredItem]]) -> list[object]:
    return [
        (folder, item.name, item.contents.tobytes(), item.entries)
        if isinstance(item, Histogram)
        else (folder, item)
        for folder, items in contents.items()
        for item in items
    ]


def test_a_frozen_client_gives_the_same_content() -> None:
    simulation = simulated("client-frozen:Hcal@3")
    seen = []
    for number in range(1, 6):
        simulation.step(1000.0 * number)
        seen.append(comparable(simulation.clients["Hcal"].contents(900.0)))
    assert seen[1] == seen[2] == seen[3] == seen[4]
    assert seen[0] != seen[1]
    info = simulation.clients["Hcal"].contents(900.0)["Hcal/EventInfo"]
    assert scalar(info, "iLumiSection") == 2
    assert scalar(info, "processTimeStamp") == 2000.0
    others = simulation.clients["L1T"].contents(900.0)["L1T/EventInfo"]
    assert scalar(others, "iLumiSection") == 5


def test_a_client_frozen_between_snapshots_keeps_its_own_lumisection() -> None:
    simulation = simulated("client-frozen:Hcal@4")
    for number in range(1, 7):
        simulation.step(1000.0 * number)
    info = simulation.clients["Hcal"].contents(900.0)["Hcal/EventInfo"]
    assert scalar(info, "iLumiSection") == 3
    assert scalar(info, "processTimeStamp") == 3000.0


def test_a_restarted_client_starts_empty_as_another_process() -> None:
    simulation = simulated("client-restart:Hcal@4")
    client = simulation.clients["Hcal"]
    entries, pids = [], []
    for _ in range(5):
        simulation.step()
        entries.append(client.book["Hcal/DigiTask/Occupancy/depth/depth1"].entries)
        pids.append(simulation.state.clients["Hcal"].pid)
        judged = [
            item.code
            for items in client.contents(0.0).values()
            for item in items
            if isinstance(item, QualityResult)
        ]
        assert 300 not in judged
    assert entries[3] < entries[2] < entries[4] * 2
    assert len(set(pids[:3])) == 1
    assert pids[3] == pids[4] != pids[2]


def test_a_subsystem_leaves_between_two_runs() -> None:
    simulation = simulated("subsystem-out:Hcal@2")
    simulation.step()
    assert not simulation.state.run_ends
    simulation.step()
    assert simulation.state.run_ends
    assert simulation.state.out == frozenset()
    simulation.next_run()
    simulation.step()
    assert simulation.state.out == {"Hcal"}
    assert not simulation.state.run_ends
    assert simulation.state.partitions()["HO"] == 0
    fed = simulation.clients["FED"].contents(0.0)
    contents = fed["FED/EventInfo/reportSummaryContents"]
    assert scalar(contents, "Hcal FEDs") == -1
    assert scalar(contents, "L1T FEDs") == 1


def test_stop_start_is_within_a_minute() -> None:
    simulation = simulated("stop-start@2")
    simulation.step()
    simulation.step()
    assert simulation.state.run_ends
    assert simulation.state.gap < 60
    simulation.next_run()
    simulation.step()
    assert simulation.state.lumisection == 1
    assert not simulation.state.run_ends


@pytest.mark.parametrize("run_type", RUN_TYPES)
def test_every_cause_goes_to_its_default_in_every_run_type(run_type: RunType) -> None:
    simulation = Simulation(run_type, 3, [parse_cause(f"{c.name}@2") for c in TABLE])
    for _ in range(3):
        simulation.step()
        for client in simulation.clients.values():
            assert client.contents(0.0)
        if simulation.state.run_ends:
            simulation.next_run()
    assert {cause.target for cause in simulation.causes} - {""} <= set(
        simulation.clients
    )


@pytest.mark.parametrize("name", [cause.name for cause in TABLE])
def test_what_ends_the_run_says_so(name: str) -> None:
    cause = msgspec.structs.replace(find(name), onset=3)
    simulation = Simulation("collisions", 5, [cause])
    ended = False
    for _ in range(4):
        simulation.step()
        ended |= simulation.state.run_ends
    assert ended == cause.ends_run


@pytest.mark.parametrize("event", ["lumi-drop", "emittance-scan", "vdm-scan"])
def test_what_an_event_holds_follows_the_luminosity_in_collisions_alone(
    event: str,
) -> None:
    """A cosmic comes without beams, and an event of ions is one interaction."""
    for run_type in RUN_TYPES:
        cause = parse_cause(f"{event}@2")
        simulation = Simulation(run_type, 1, (cause,), only={"Info"})
        simulation.step()
        simulation.step()
        activity = simulation.state.beam.activity
        assert activity < 0.9 if run_type == "collisions" else activity == 1.0


@pytest.mark.parametrize(("onset", "first"), [(1, 1), (3, 4)])
def test_cables_are_exchanged_between_two_runs(onset: int, first: int) -> None:
    simulation = simulated(f"cable-swap:Hcal@{onset}")
    channels = simulation.state.channels["Hcal"]
    straight = np.arange(channels.cable.size)
    for _ in range(6):
        simulation.step()
        state = simulation.state
        swapped = not np.array_equal(channels.cable, straight)
        assert swapped == (state.elapsed >= first)
        if state.elapsed == first:
            assert state.lumisection == 1  # never in the middle of a run
        assert state.run_ends == (state.elapsed == onset > 1)
        if state.run_ends:
            simulation.next_run()


@pytest.mark.parametrize("name", [each.name for each in TABLE if each.from_run])
@pytest.mark.parametrize("onset", [1, 3])
def test_what_stands_with_a_run_changes_none_that_goes_on(
    name: str, onset: int
) -> None:
    struck, usual = simulated(f"{name}@{onset}"), simulated()
    for number in range(1, 6):
        filled = []
        for each in (struck, usual):
            each.step()
            elements = frozen_all(each.clients["Hcal"].book.elements)
            filled.append([one.contents.tobytes() for one in elements.values()])
        assert (filled[0] == filled[1]) == (number <= onset > 1)
        assert struck.state.run_ends == (number == onset > 1)
        if struck.state.run_ends:
            struck.next_run()
            usual.next_run()
