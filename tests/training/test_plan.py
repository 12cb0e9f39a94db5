"""Plans: they follow from the seed, are balanced, and betray nothing."""

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
from support.planned import MATTER, site

from dqmconsole.app.lesson_runs import WRONG_REFERENCE
from dqmconsole.model.layout import split_page
from dqmconsole.model.lesson import ExamMatter, onset, split_cause
from dqmconsole.simulation.state.beam import LUMISECTION_SECONDS
from dqmconsole.simulation.table.causes import TABLE
from dqmconsole.training.item_bank import choices, run_types
from dqmconsole.training.items import needed_subsystems
from dqmconsole.training.plan import (
    LUMISECTION,
    SHIFT_SPEED,
    PlanError,
    make_plan,
    plan_shift,
    replacement,
    seal,
)

SITE = site(items=100)


def test_kinds_pages_and_causes_are_even() -> None:
    items = make_plan(SITE, 3).items
    kinds = collections.Counter(each.kind for each in items)
    assert kinds == {"fault": 40, "harmless": 30, "nothing": 30}
    assert [each.number for each in items] == list(range(100))
    causes = collections.Counter(
        each.cause.partition("*")[0] for each in items if each.kind == "fault"
    )
    assert set(causes) == {"hv-trip:Hcal", "fed-lost:Hcal", "hv-trip:DT",
                           "t0-drift:Ecal"}  # fmt: skip
    assert set(causes.values()) == {10}
    sizes = collections.Counter(
        each.cause for each in items if each.cause.startswith("hv-trip:Hcal")
    )
    assert sizes.keys() == {f"hv-trip:Hcal*{size}" for size in (6, 4, 2)}
    assert max(sizes.values()) - min(sizes.values()) <= 1
    assert all((each.truth == "bad") == (each.kind == "fault") for each in items)
    assert {each.family for each in items if each.kind == "nothing"} == {""}


def test_no_page_tells_good_from_bad() -> None:
    items = make_plan(SITE, 3).items
    bad = collections.Counter(each.page for each in items if each.truth == "bad")
    good = collections.Counter(each.page for each in items if each.truth == "good")
    assert set(good) == set(bad)
    for page, faults in bad.items():
        assert abs(good[page] - 1.5 * faults) <= 5 or page == "Hcal/Occupancy"
    # half of the good ones have nothing at all, so no page is of one kind only
    assert min(good.values()) >= 4


def test_a_harmless_event_stands_where_faults_stand() -> None:
    elsewhere = ExamMatter(("DT/Quiet", "Hcal/Occupancy"), "lumi-drop")
    faults = tuple(each for each in MATTER if each.cause.startswith("hv-trip"))
    items = make_plan(site(matter=(*faults, elsewhere)), 1).items
    pages = {each.page for each in items if each.kind == "harmless"}
    assert pages == {"Hcal/Occupancy"}
    only = ExamMatter(("DT/Quiet",), "lumi-drop")
    items = make_plan(site(matter=(*faults, only)), 1).items
    assert {each.page for each in items if each.kind == "harmless"} == {"DT/Quiet"}


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
    quiet = {each.run.ahead for each in items if each.kind == "nothing"}
    assert len(quiet) > 8
    # a shuffled order: kinds do not come in blocks
    kinds = "".join(each.kind[0] for each in items)
    assert "f" * 15 not in kinds


def test_the_seed_and_the_site_decide() -> None:
    plan = make_plan(SITE, 5)
    assert make_plan(SITE, 5) == plan
    assert make_plan(SITE, 6).hash != plan.hash
    assert make_plan(site(items=100, hit_rate=0.61), 5).hash != plan.hash
    assert seal(SITE) == seal(site(items=100))
    assert seal(SITE) != seal(site(items=99))
    assert seal(msgspec.structs.replace(SITE, layouts=SITE.layouts[:2])) != seal(SITE)
    changed = msgspec.structs.replace(SITE.instructions[0], hash="other")
    assert seal(
        msgspec.structs.replace(SITE, instructions=(changed, SITE.instructions[1]))
    ) != seal(SITE)


_PROGRAM = """
from support.planned import site
from dqmconsole.training.plan import make_plan, plan_shift, seal
here = site(items=100)
print(make_plan(here, 5).hash, seal(here), plan_shift(here, 30, 3, "collisions", 2, 5))
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
        for seed in ("0", "1", "77")
    }
    assert len(said) == 1
    assert make_plan(SITE, 5).hash in said.pop()


@settings(max_examples=40, deadline=None)
@given(st.integers(1, 60), st.floats(0, 1), st.integers(0, 2**32), st.integers(1, 3))
def test_a_replacement_is_of_the_same_kind_and_another_run(
    items: int, good: float, seed: int, spare: int
) -> None:
    here = site(items=items, good=good)
    plan = make_plan(here, seed)
    assert len(plan.items) == items
    number = seed % items
    lost = plan.items[number]
    assert replacement(plan, here, number, 0) == lost
    other = replacement(plan, here, number, spare)
    same = ("number", "kind", "truth", "page", "cause", "family")
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
        ExamMatter(("Hcal/Occupancy",), evidence="hole.zip", truth="bad"),
        ExamMatter(("Ecal/Timing",), "lumi-drop", evidence="scan.zip", truth="good"),
        ExamMatter(("Ecal/Timing", "Hcal/Occupancy"), evidence="ok.zip", truth="good"),
    )
    here = site(items=40, matter=MATTER + bundles)
    plan = make_plan(here, 2)
    shown = {each.run.evidence: each for each in plan.items if each.run.evidence}
    assert sum(bool(each.run.evidence) for each in plan.items) == 3
    assert (shown["hole.zip"].kind, shown["hole.zip"].truth) == ("fault", "bad")
    assert shown["hole.zip"].run.causes == ()
    assert (shown["scan.zip"].kind, shown["scan.zip"].family) == ("harmless", "beam")
    assert shown["ok.zip"].kind == "nothing"
    for each in shown.values():
        other = replacement(plan, here, each.number, 1)
        assert (other.kind, other.truth) == (each.kind, each.truth)
        assert not other.run.evidence  # it was seen
        assert other.page == each.page


def test_what_cannot_be_planned_is_said() -> None:
    with pytest.raises(PlanError, match="this site has no exam"):
        make_plan(msgspec.structs.replace(SITE, exam=None), 1)
    nothing = site(matter=(ExamMatter(("Hcal/Occupancy",), "lumi-drop"),))
    with pytest.raises(PlanError, match="no fault of the table"):
        make_plan(nothing, 1)
    unknown = site(matter=(ExamMatter(("Hcal/Occupancy",), "no-such-fault"),))
    assert list(choices(unknown)) == []
    with pytest.raises(PlanError, match="0 different faults for heavy-ions"):
        plan_shift(SITE, 30, 1, "heavy-ions", 1, 1)
    with pytest.raises(PlanError, match="4 different faults"):
        plan_shift(SITE, 30, 5, "collisions", 1, 1)


def test_a_shift_has_its_faults_at_random_and_a_quiet_end() -> None:
    firsts = set()
    for seed in range(60):
        run = plan_shift(SITE, 30, 3, "collisions", 2, seed)
        kinds = {each.name: each.kind for each in SITE.causes}
        faults = [each for each in run.causes if kinds[split_cause(each)[0]] == "fault"]
        assert len(faults) == 3
        assert len({split_cause(each) for each in faults}) == 3
        # as far apart as can be: three faults on three subsystems
        assert len({split_cause(each)[1] for each in faults}) == 3
        assert len(run.causes) > 3
        assert not any("stop-start" in each for each in run.causes)
        last = run.ahead + 25 * 60 * SHIFT_SPEED / LUMISECTION
        assert all(run.ahead < onset(each) <= last + 1 for each in faults)
        assert list(run.causes) == sorted(run.causes, key=onset)
        assert run.speed == SHIFT_SPEED
        assert run.run_length == 0
        firsts |= {onset(each) for each in faults}
    assert len(firsts) > 60


def test_difficulty_chooses_the_size() -> None:
    def size(difficulty: int) -> set[str]:
        return {
            each.partition("*")[2]
            for seed in range(10)
            for each in plan_shift(SITE, 30, 4, "collisions", difficulty, seed).causes
            if each.startswith("hv-trip:Hcal")
        }

    assert [size(each) for each in (1, 2, 3)] == [{"6"}, {"4"}, {"2"}]
    easy = plan_shift(SITE, 30, 1, "collisions", 1, 1)
    hard = plan_shift(SITE, 30, 1, "collisions", 3, 1)
    assert len(hard.causes) > len(easy.causes)


def test_the_types_of_run_that_have_faults() -> None:
    assert run_types(SITE) == ("collisions", "cosmics")
    assert len(plan_shift(SITE, 1, 1, "cosmics", 1, 1).causes) == 1


def test_what_a_plan_knows_of_the_detector_is_so() -> None:
    """Plans may not import the detector: what they repeat of it must agree."""
    assert LUMISECTION == LUMISECTION_SECONDS
    of_session = {each.name for each in TABLE if each.acts_on == "session"}
    assert of_session == {WRONG_REFERENCE}
