"""The items of an exam: they follow from the seed, and betray nothing."""

from __future__ import annotations

import collections
import os
import subprocess
import sys
from pathlib import Path

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.measured_bank import bank
from support.planned import MATTER, site
from support.taught import taught

from dqmconsole.model.layout import split_page
from dqmconsole.training.item_bank import (
    PlanError,
    choices,
    exams_of,
    make_plan,
    needed_subsystems,
    replacement,
    seal_of,
)
from dqmconsole.training.lesson import EXAMS, ItemSource, onset, split_cause

SITE = site(items=100)


def test_half_are_faults_and_causes_come_alike() -> None:
    items = make_plan(SITE, 3).items
    kinds = collections.Counter(each.choice.kind for each in items)
    assert kinds == {"fault": 50, "harmless": 25, "nothing": 25}
    assert [each.number for each in items] == list(range(100))
    causes = collections.Counter(
        each.choice.cause for each in items if each.choice.kind == "fault"
    )
    assert set(causes) == {"hv-trip:Hcal", "fed-lost:Hcal", "hv-trip:DT",
                           "t0-drift:Ecal"}  # fmt: skip
    assert max(causes.values()) - min(causes.values()) <= 1
    assert all((each.truth == "bad") == (each.choice.kind == "fault") for each in items)


def test_every_size_of_a_cause_comes() -> None:
    items = make_plan(SITE, 3).items
    sizes = {
        cause.partition("*")[2]
        for each in items
        if each.choice.cause == "hv-trip:Hcal"
        for cause in each.run.causes
    }
    assert sizes == {"6", "4", "2"}


def test_good_pages_are_pages_of_faults() -> None:
    items = make_plan(SITE, 3).items
    bad = {each.page for each in items if each.truth == "bad"}
    assert {each.page for each in items if each.truth == "good"} <= bad
    elsewhere = ItemSource(("DT/Quiet", "Hcal/Occupancy"), "lumi-drop")
    faults = tuple(each for each in MATTER if each.cause.startswith("hv-trip"))
    items = make_plan(site(matter=(*faults, elsewhere)), 1).items
    mild = {each.page for each in items if each.choice.kind == "harmless"}
    assert mild == {"Hcal/Occupancy"}


def test_evidence_alone_makes_an_exam_of_its_size() -> None:
    matter = (
        ItemSource(("Hcal/Occupancy",), evidence="a.zip", truth="bad"),
        ItemSource(("Ecal/Timing",), evidence="b.zip", truth="bad"),
    )
    items = make_plan(site(matter=matter), 1).items
    assert sorted(each.truth for each in items) == ["bad", "bad", "good", "good"]


def test_the_seed_and_the_bank_decide() -> None:
    plan = make_plan(SITE, 5)
    assert make_plan(SITE, 5) == plan
    assert make_plan(SITE, 6).hash != plan.hash
    assert make_plan(site(items=99), 5).hash != plan.hash
    # layouts and instructions may change while an exam waits
    fewer = msgspec.structs.replace(SITE, instructions=())
    assert make_plan(fewer, 5).hash == plan.hash


def test_runs_differ_in_everything_that_could_betray() -> None:
    items = make_plan(site(items=200), 4).items
    assert len({each.run.seed for each in items}) == 200
    begun = [
        (onset(each.run.causes[0]), each.run.ahead) for each in items if each.run.causes
    ]
    assert all(8 <= ahead <= 20 for _, ahead in begun)
    assert all(2 <= first <= ahead for first, ahead in begun)
    # on for most of the run, and so for some lumisections before the moment shown
    assert all(ahead - first + 1 >= max(5, 0.6 * ahead) for first, ahead in begun)
    assert len({first for first, _ in begun}) > 5
    assert len({ahead - first for first, ahead in begun}) > 8
    quiet = {each.run.ahead for each in items if each.choice.kind == "nothing"}
    assert len(quiet) > 8
    # a shuffled order: kinds do not come in blocks
    kinds = "".join(each.choice.kind[0] for each in items)
    assert "f" * 15 not in kinds


_PROGRAM = """
from support.planned import site
from dqmconsole.training.item_bank import make_plan
from dqmconsole.training.practice import plan_shift
here = site(items=100)
print(make_plan(here, 5).hash, plan_shift(here, 30, "collisions", 2, 5))
"""


def test_every_process_makes_the_same_plan() -> None:
    tests = Path(__file__).resolve().parent.parent
    path = os.pathsep.join([str(tests), str(tests.parent)])
    said = {
        subprocess.run(
            [sys.executable, "-c", _PROGRAM],
            env={**os.environ, "PYTHONHASHSEED": seed, "PYTHONPATH": path},
            check=True,
            capture_output=True,
            text=True,
        ).stdout
        for seed in ("0", "77")
    }
    assert len(said) == 1
    assert make_plan(SITE, 5).hash in said.pop()


@settings(max_examples=40, deadline=None)
@given(st.integers(2, 60), st.integers(0, 2**32), st.integers(1, 3))
def test_a_replacement_is_of_the_same_kind_and_another_run(
    items: int, seed: int, spare: int
) -> None:
    here = site(items=items)
    plan = make_plan(here, seed)
    assert len(plan.items) == items
    number = seed % items
    lost = plan.items[number]
    assert replacement(plan, here, number, 0) == lost
    other = replacement(plan, here, number, spare)
    same = ("number", "truth", "choice")
    assert all(getattr(lost, name) == getattr(other, name) for name in same)
    assert other.spare == spare
    assert other.run.seed != lost.run.seed
    assert other.run.run_type == lost.run.run_type
    assert [split_cause(each) for each in other.run.causes] == [
        split_cause(each) for each in lost.run.causes
    ]
    assert replacement(plan, here, number, spare) == other


def test_only_what_is_needed_is_simulated() -> None:
    items = {each.page: each for each in make_plan(SITE, 3).items}
    by_fed = items["Hcal/Readout/by FED"]
    assert split_page(by_fed.page) == ("Hcal", "Readout/by FED")
    assert needed_subsystems(SITE, by_fed) == ("FED", "Hcal")
    assert needed_subsystems(SITE, items["DT/Occupancy"]) == ("DT",)


def test_what_is_simulated_does_not_tell_a_fault_from_nothing() -> None:
    written: dict[str, set[tuple[str, ...]]] = {}
    for each in make_plan(SITE, 3).items:
        written.setdefault(each.page, set()).add(needed_subsystems(SITE, each))
    several = {page for page, sets in written.items() if len(sets) > 1}
    assert not several
    assert len(written) > 3


def test_evidence_bundles_are_items_once() -> None:
    bundles = (
        ItemSource(("Hcal/Occupancy",), evidence="hole.zip", truth="bad"),
        ItemSource(("Ecal/Timing",), "lumi-drop", evidence="scan.zip", truth="good"),
        ItemSource(("Ecal/Timing", "Hcal/Occupancy"), evidence="ok.zip", truth="good"),
    )
    here = site(items=40, matter=MATTER + bundles)
    plan = make_plan(here, 2)
    shown = {each.run.evidence: each for each in plan.items if each.run.evidence}
    assert sum(bool(each.run.evidence) for each in plan.items) == 3
    assert (shown["hole.zip"].choice.kind, shown["hole.zip"].truth) == ("fault", "bad")
    assert shown["hole.zip"].run.causes == ()
    assert (shown["scan.zip"].choice.kind, shown["scan.zip"].choice.family) == (
        "harmless",
        "beam",
    )
    assert shown["ok.zip"].choice.kind == "nothing"
    for each in shown.values():
        other = replacement(plan, here, each.number, 1)
        assert (other.choice.kind, other.truth) == (each.choice.kind, each.truth)
        assert not other.run.evidence  # it was seen
        assert other.page == each.page


def test_an_evidence_bundle_gives_way_to_an_item_of_its_own_exam() -> None:
    bundle = ItemSource(("Hcal/Occupancy",), evidence="hole.zip", truth="bad")
    ions = ItemSource(("Hcal/Occupancy",), "hv-trip:Hcal", (4.0,), ("heavy-ions",))
    here = site(items=40, matter=(*MATTER, bundle, ions))
    assert exams_of(here) == ("collisions", "heavy-ions")
    for seed in range(12):
        plan = make_plan(here, seed)
        (shown,) = (each for each in plan.items if each.run.evidence)
        other = replacement(plan, here, shown.number, 1)
        assert other.run.run_type in EXAMS["collisions"]


def test_what_cannot_be_planned_is_said() -> None:
    with pytest.raises(PlanError, match="this site has no exam"):
        make_plan(taught(SITE, exam=None), 1)
    nothing = site(matter=(ItemSource(("Hcal/Occupancy",), "lumi-drop"),))
    with pytest.raises(PlanError, match="no fault of the table"):
        make_plan(nothing, 1)
    unknown = site(matter=(ItemSource(("Hcal/Occupancy",), "no-such-fault"),))
    assert list(choices(unknown)) == []


def test_each_exam_is_of_its_own_runs() -> None:
    rows = tuple(bank())
    ions = tuple(msgspec.structs.replace(row, run_type="heavy-ions") for row in rows)
    alone, both = (site(items=40, measured=each) for each in (rows, (*rows, *ions)))
    assert exams_of(alone) == ("collisions",)
    assert exams_of(both) == ("collisions", "heavy-ions")
    for name, types in EXAMS.items():
        plan = make_plan(both, 3, name)
        assert {each.run.run_type for each in plan.items} <= set(types)
        for each in plan.items[:6]:
            other = replacement(plan, both, each.number, 1)
            assert other.run.run_type in types
    # the exam of collisions, and who passed it, do not know of the other
    plan = make_plan(alone, 3)
    assert make_plan(both, 3) == plan
    pages = {each.page for each in plan.items}
    assert seal_of(both, pages) == seal_of(alone, pages)
    assert seal_of(both, pages, "heavy-ions") != seal_of(alone, pages)
    with pytest.raises(PlanError, match="no exam of heavy-ions: the bank has 0 rows"):
        make_plan(alone, 3, "heavy-ions")


def test_an_exam_that_is_not_measured_is_of_its_own_runs_too() -> None:
    assert exams_of(SITE) == ("collisions",)
    with pytest.raises(PlanError, match="the exam of heavy-ions has no fault"):
        make_plan(SITE, 1, "heavy-ions")
    ions = ItemSource(("DT/Occupancy",), "hv-trip:DT", run_types=("heavy-ions",))
    both = site(items=20, matter=(*MATTER, ions))
    assert exams_of(both) == ("collisions", "heavy-ions")
    items = make_plan(both, 1, "heavy-ions").items
    assert {each.run.run_type for each in items} == {"heavy-ions"}
