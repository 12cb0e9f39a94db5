from __future__ import annotations

import json
import re
from collections import Counter
from itertools import pairwise
from typing import TYPE_CHECKING

import msgspec
import numpy as np
import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st

from dqmconsole.app.cli import run
from dqmconsole.app.commands.study import study_table
from dqmconsole.app.studied import (
    SimulatedGround,
    SimulatedPart,
    harmless_events,
    run_length,
    struck_bins,
)
from dqmconsole.desk.study import Plan, Study, StudyRun, summed
from dqmconsole.desk.study_found import (
    Cell,
    Found,
    GoodPart,
    MomentFound,
    Pair,
    PairFound,
    Rang,
)
from dqmconsole.simulation.table.cause import CauseError
from dqmconsole.simulation.table.causes import find
from dqmconsole.simulation.table.held_out import HELD_OUT
from dqmconsole.site.site import bundled_site

if TYPE_CHECKING:
    from pathlib import Path

    from click.testing import Result

_TINY = ["--hours", "0.05", "--places", "1", "--every", "5"]
_TINY += ["--fault", "fed-lost", "--layout", "Ecal"]


def _study(*words: str) -> Result:
    return CliRunner().invoke(run, ["study", *words])


@given(st.floats(0, 1), st.floats(0, 1))
def test_runs_are_as_long_as_the_real_ones(one: float, other: float) -> None:
    low, high = sorted((one, other))

    assert 1 <= run_length(low) <= run_length(high) <= 2391
    assert (run_length(0.5), run_length(0.9)) == (65, 526)


def test_harmless_events_come_as_often_as_they_do_in_a_shift() -> None:
    events = harmless_events(np.random.default_rng(1), 800.0)
    pauses = sum(each.name == "daq-pause" for each in events)

    assert 150 < pauses < 250  # 200
    assert all(each.kind == "harmless" for each in events)
    assert all(each.duration for each in events if not each.before)


def test_each_cell_has_a_name_and_a_part_its_seed() -> None:
    ground = SimulatedGround(3, 10.0, 1, 2, ["emulator-mismatch", "wrong-reference"])
    cells = ground.cells()

    assert len({each.key for each in cells}) == len(cells) == 10
    assert [each.place for each in cells] == sorted(each.place for each in cells)
    assert {each.layout for each in cells} == {"", "L1TEMU"}
    assert len(ground.parts()) == 9
    last = ground.good_running(ground.parts()[-1])
    assert isinstance(last, SimulatedPart)
    assert last.hours == pytest.approx(2.0)
    shorter = SimulatedGround(3, 10.0, 1, 2, part=0.5)
    assert len(shorter.parts()) == 60
    assert shorter.good_running("cosmics 19").hours == pytest.approx(0.5)


def test_good_running_of_some_layouts_has_no_other_subsystems() -> None:
    ground = SimulatedGround(3, 400.0, 5, 1, part=400.0, layouts=["RPC"])
    running = ground.good_running("cosmics 0")
    assert isinstance(running, SimulatedPart)

    assert set(running.simulation.clients) == {"RPC", "Info", "FED", "L1T", "HLT"}
    # what happens to Hcal alone does not happen
    every = SimulatedGround(3, 400.0, 5, 1, part=400.0).good_running("cosmics 0")
    assert "hv-on" in every.events
    assert 0.5 * len(every.events) < len(running.events) < len(every.events)


@pytest.mark.slow
def test_what_is_held_out_is_tried_alone_and_often_enough() -> None:
    ground = SimulatedGround(3, 16.0, 5, 2, held_out=True)
    cells = ground.cells()
    held = {each.name: each for each in HELD_OUT}

    many = Counter(each.fault for each in cells)
    assert many.keys() == {each.name for each in HELD_OUT if each.kind == "fault"}
    assert min(many.values()) >= 50
    assert len({each.key for each in cells}) == len(cells)
    assert {
        (each.layout, each.size) for each in cells if each.fault == "gas-wrong"
    } == {
        (to, size)
        for to in held["gas-wrong"].targets
        for size in held["gas-wrong"].sizes
    }
    parts = [ground.good_running(f"cosmics {number}") for number in range(4)]
    events = {name for part in parts for name in part.events}
    assert events
    assert all(held[name].kind == "harmless" for name in events)
    with pytest.raises(CauseError):
        SimulatedGround(3, 8.0, 5, 2, ["hv-trip"], held_out=True)
    usual = {each.fault for each in SimulatedGround(3, 8.0, 5, 1).cells()}
    assert not usual & many.keys()


@pytest.mark.slow
def test_pairs_are_of_different_faults_across_subsystems_and_within_one() -> None:
    faults = ["fed-lost", "hot-channel", "board-dead"]
    ground = SimulatedGround(3, 8.0, 5, 2, faults)
    pairs = ground.pairs(ground.cells(), 12)

    assert pairs == ground.pairs(ground.cells(), 12)
    assert len({each.key for each in pairs}) == 12
    assert all(each.one.fault != each.other.fault for each in pairs)
    within = [each for each in pairs if each.one.layout == each.other.layout]
    assert len(within) == 6
    cells = {each.key for each in ground.cells()}
    assert all(cell.key in cells for each in pairs for cell in (each.one, each.other))
    assert ground.pairs(ground.cells(), 0) == []
    of_dt = [each for each in ground.cells() if each.layout == "DT"]
    near = ground.pairs(of_dt, 4)
    assert {cell.layout for each in near for cell in (each.one, each.other)} == {"DT"}
    other = [msgspec.structs.replace(each, run_type="cosmics") for each in of_dt]
    for each in ground.pairs(of_dt + other, 8):  # one run has both
        assert each.one.run_type == each.other.run_type


@pytest.mark.slow
def test_a_fault_that_another_hides_makes_no_pair_with_it() -> None:
    lost, hot = (
        msgspec.structs.replace(find(name), target="CSC", size=size, place=0)
        for name, size in (("fed-lost", 8), ("hot-channel", 300))
    )

    assert struck_bins(hot, "collisions")
    assert struck_bins(hot, "collisions", [lost]) == {}
    assert struck_bins(lost, "collisions", [hot])
    ground = SimulatedGround(3, 8.0, 5, 1, [lost.name, hot.name])
    of_csc = [each for each in ground.cells() if each.layout == "CSC"]
    assert {each.fault for each in of_csc} == {lost.name, hot.name}
    assert ground.pairs(of_csc, 4) == []


@pytest.mark.slow
def test_what_a_fault_changes_is_seen_beside_its_subsystem_too() -> None:
    cause = msgspec.structs.replace(
        find("prescale-wrong"), target="L1T", size=20, place=0
    )
    changed = struck_bins(cause, "collisions")

    assert {"L1T/L1TRates/l1Rate", "HLT/TriggerRates/hltRate"} <= changed.keys()
    assert "L1T/L1TStage2CaloLayer1/ecalOccupancy" not in changed  # for each event


def test_a_moment_happens_in_a_run_that_goes_on_for_ten_minutes() -> None:
    ground = SimulatedGround(3, 8.0, 5, 2)
    names = ground.moments()
    assert len(names) == len(set(names)) == 22  # a dump needs beams
    moment = ground.moment("daq-pause cosmics 1")

    assert (moment.event, moment.run_type) == ("daq-pause", "cosmics")
    assert moment.lumisections - moment.onset == 26


def test_what_cannot_be_studied_is_refused(tmp_path: Path) -> None:
    there = tmp_path / "there.json"
    there.write_text("{}")

    for words, said in (
        (["--on", "nothing"], "'nothing' cannot be studied"),
        (["--fault", "hv-tripp"], "did you mean 'hv-trip'"),
        (["--fault", "lumi-drop"], "lumi-drop is no fault"),
        (["--fault", "hv-trip", "--held-out"], "no fault or event is called"),
        (["--on", "recorded:1", "--held-out"], "--held-out is of the simulated"),
        (["--on", "recorded:1", "--pairs", "2"], "--pairs is of the simulated"),
        (["--resume"], "name it"),
        (["--fault", "prefiring", "--layout", "Hcal"], "they are: L1T"),
        (["--json", str(there)], "--resume goes on with it"),
        (["--json", str(there), "--resume"], "holds no study"),
        (["--json", "/dev/zero", "--resume"], "no file that a study can be kept in"),
    ):
        result = _study(*words)
        assert result.exit_code == 2, words
        assert said in result.output
    assert there.read_text() == "{}"


class _Short(SimulatedGround):
    def cells(self) -> list[Cell]:
        there = sorted(super().cells(), key=lambda each: each.size)
        largest = {each.fault: each for each in there if each.layout == "Hcal"}
        return list(largest.values())

    def parts(self) -> list[str]:
        return ["cosmics 0"]

    def moments(self) -> list[str]:
        return ["hv-trip collisions 0"]


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_a_pair_is_two_alarms_and_a_trip_is_counted() -> None:
    plan = Plan(*("simulated", "", 3, 0.02, 5, 1, ("fed-lost", "hot-channel")), pairs=1)
    ground = _Short(3, 0.02, 5, 1, plan.faults)
    run = StudyRun(ground, bundled_site(), plan)
    costs = {each.pieces: each.many for each in run.measure() if each.seconds > 0}
    assert costs == {"parts of good running": 1, "cells": 2, "pairs": 1, "events": 1}
    *_, last = run.go_on()

    assert last[0] == last[1]
    study = run.study
    assert study.complete
    (pair,) = study.pairs.values()
    assert {pair.pair.one.fault, pair.pair.other.fault} == set(plan.faults)
    assert (pair.rows, pair.shown) == (2, 2)
    (row,) = study.pair_rows
    assert (row.within, row.pairs, row.as_one, row.missed) == (True, 1, 0, 0)
    (moment,) = study.moment_rows
    assert moment.event == "hv-trip"
    assert 1 <= moment.most <= 3
    assert 1 <= moment.audible <= moment.told


def test_the_table_fits_a_terminal_and_says_of_each_line_that_it_is_simulated() -> None:
    unit = "times the L1 rate in addition"
    cells = [
        Cell(fault, layout, size, unit, place, "collisions")
        for fault in ("layer-inefficient", "hot-channel")
        for layout in ("PixelPhase1", "SiStrip")
        for size in (12.5, 125.0, 1250.0)
        for place in range(40)
    ]
    found = [
        Found(
            each, 16 if each.size > 100 * (each.place % 7) else None, 16, 10,
            region=True, rows=1,
        )
        for each in cells
    ]  # fmt: skip
    lost = Cell("board-late", "CSC", 2.0, "ns", 0, "collisions")
    pairs = [
        Pair(one, other)
        for one, other in pairwise([cells[100], cells[220], cells[101]])
    ]
    rang = tuple(Rang("PixelPhase1", at, at % 2 == 0, "") for at in range(6000))
    plan = Plan("simulated", "hash", 1, 200.0, 5, 40)
    study = summed(
        Study(
            *(None, None, None, True, plan),
            parts={"1": GoodPart("heavy-ions", 200.0, (), rang, 95, 100)},
            cells={each.cell.key: each for each in (*found, Found(lost, cleared=2))},
            pairs={each.key: PairFound(each, 1, 2) for each in pairs},
            moments={"1": MomentFound("stop-start", "cosmics", 12, 14, 10)},
        )
    )
    lines = study_table(study)

    assert [line for line in lines if len(line) > 80] == []
    assert all(line.startswith("SIMULATED ") for line in lines if line)
    text = "\n".join(lines)
    assert "board-late: CSC: 2" in text  # returned while it stood
    assert "[–]" not in text
    assert "[" in text
    for words in (
        r"across subsystems +\d+ +\d+ +\d",
        r"stop-start +1 +12 +12 +14 +10",
        r"heavy-ions: whole site +200 +3000 +120 +\d",
        r"board-late: CSC +0/0 .* – +–",
    ):
        assert re.search(words, text), words
    nothing = study_table(Study(*(None, None, None, False, plan)))
    assert nothing == ["seed 1, an update every 5 LS"]


@pytest.mark.slow
def test_a_study_of_few_cells_and_how_it_goes_on(tmp_path: Path) -> None:
    file = tmp_path / "study.json"
    result = _study(*_TINY, "--json", str(file))

    assert result.exit_code == 0, result.output
    shown = [line for line in result.output.splitlines() if line.strip()]
    assert all("SIMULATED" in line for line in shown)
    study = json.loads(file.read_text())
    assert study["complete"]
    assert study["simulated"]
    assert list(study)[:3] == ["power", "false_alarms_per_8h", "mutation_score"]
    assert {name.split()[0] for name in study["parts"]} == {
        "collisions", "cosmics", "heavy-ions"
    }  # fmt: skip
    assert len(study["cells"]) == 4
    for cell in study["cells"].values():
        assert cell["ideal"] == 1
        assert cell["after"] is not None
        assert cell["region"]

    # one cell is lost: it alone is done again, in another process, and is the same
    lost = next(iter(study["cells"]))
    before = study["cells"].pop(lost)
    for each in study["cells"].values():
        each["seconds"] = 123.0
    file.write_text(json.dumps(study))
    again = _study(*_TINY, "--json", str(file), "--resume", "--jobs", "2")
    assert again.exit_code == 0, again.output
    assert "parts of good running" not in again.output
    assert "cells: 1, " in again.output
    cells = json.loads(file.read_text())["cells"]
    assert next(iter(cells)) == lost
    assert cells.pop(lost) | {"seconds": 0} == before | {"seconds": 0}
    assert [each["seconds"] for each in cells.values()] == [123.0] * 3

    # another seed is another study
    other = _study(*_TINY, "--seed", "2", "--json", str(file), "--resume")
    assert other.exit_code == 2
    assert "seed 1, not 2" in other.output
