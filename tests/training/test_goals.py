"""What meets the goal of a step, and what is said of a wrong finding."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from support.trainees import Sight

from dqmconsole.model.layout import plot_key
from dqmconsole.model.record import (
    Call,
    Entry,
    Flag,
    HandOver,
    Read,
    RunSeen,
    ShiftBegan,
    SignOff,
    Tick,
)
from dqmconsole.training.goals import met, too_early, what_is_said, what_is_wrong
from dqmconsole.training.lesson import (
    EntryGoal,
    FindingGoal,
    FlagGoal,
    Goal,
    TickGoal,
)
from dqmconsole.training.records import Finding

if TYPE_CHECKING:
    from typing import Any

    from dqmconsole.model.record import Body

PATH = "Hcal/DigiTask/Occupancy/depth1"
KEY = plot_key("Hcal", "Digi occupancy", PATH)
LOST = FindingGoal("bad", ("fed-lost", "board-dead"), ("Hcal/*",), "call now")
FOUND = Finding("bad", KEY, "fed-lost", "call now")


@pytest.mark.parametrize(
    ("goal", "shown", "not_yet"),
    [
        (Goal(page="Hcal/Digis"), {"page": "Hcal/Digis"}, {"page": "Hcal/Digis 2"}),
        (Goal(plot="Hcal/*depth1"), {"plot": PATH}, {"plot": "Ecal/depth1"}),
        (Goal(alone=True), {"plot": PATH, "alone": True}, {"plot": PATH}),
        (Goal(mode="ratio"), {"mode": "ratio"}, {"mode": "overlay"}),
        (Goal(used="search"), {"used": ("search",)}, {"used": ()}),
        (Goal(read="hcal/a"), {"read": frozenset({"hcal/a"})}, {}),
        (Goal(lumisection=20), {"lumisection": 20}, {"lumisection": 19}),
        (Goal(runs=2), {"runs": 2}, {"runs": 1}),
    ],
)
def test_what_is_in_view_meets_a_goal(
    goal: Goal, shown: dict[str, Any], not_yet: dict[str, Any]
) -> None:
    assert not met(goal, Sight().shows(**not_yet))
    assert met(goal, Sight().shows(**shown))


@pytest.mark.parametrize(
    ("goal", "right", "wrong"),
    [
        (Goal(finding=LOST), FOUND, Finding("good", KEY, "fed-lost", "call now")),
        (Goal(call="hcal"), Call("hcal"), Call("ecal")),
        (
            Goal(entry=EntryGoal(("Hcal/*",))),
            Entry("hole", plots=("A › B › C/d", KEY), evidence="e1"),
            Entry("hole", plots=(KEY,)),
        ),
        (Goal(entry=EntryGoal(evidence=False)), Entry("all is well"), Call("hcal")),
        (
            Goal(tick=TickGoal("hcal/a", 2)),
            Tick("hcal/a", 1, 1, KEY),
            Tick("hcal/a", 1, 2, KEY),
        ),
        (
            Goal(tick=TickGoal("hcal/a", 1)),
            Tick("hcal/a", 1, 0, KEY),
            Tick("hcal/a", 1, 0, KEY, done=False),
        ),
        (Goal(shift="begun"), ShiftBegan(), HandOver("a", "b")),
        (Goal(shift="handed over"), HandOver("a", "b"), ShiftBegan()),
        (Goal(shift="hand-over read"), ShiftBegan(read="h1"), ShiftBegan()),
        (
            Goal(shift="hand-over read"),
            Read("hand-over", "h1"),
            Read("instruction", "hcal/a"),
        ),
        (Goal(settled=True), SignOff(), Flag("GOOD")),
    ],
)
def test_what_is_written_meets_a_goal(goal: Goal, right: Body, wrong: Body) -> None:
    sight = Sight()
    assert not met(goal, sight.facts)
    assert not met(goal, sight.wrote(wrong))
    assert met(goal, sight.wrote(right))


def test_a_flag_is_confirmed_for_its_component_in_its_lumisections() -> None:
    goal = Goal(flag=FlagGoal("hcal", "BAD", (6, 9)))
    sight = Sight()
    for flag, component in (
        (Flag("BAD", 7, proposed=True), "hcal"),
        (Flag("BAD", 7), "ecal"),
        (Flag("GOOD", 7), "hcal"),
        (Flag("BAD", 5), "hcal"),
        (Flag("BAD", 10), "hcal"),
    ):
        assert not met(goal, sight.wrote(flag, subsystem=component))
    # what is in force counts: BAD from 5 was said, too
    assert not met(goal, sight.wrote(Flag("BAD", 9), subsystem="hcal"))
    assert met(goal, sight.wrote(Flag("GOOD", 1, 8), subsystem="hcal"))
    assert not met(goal, sight.wrote(Flag("BAD", 1, 60), subsystem="hcal"))


HV = FlagGoal("dt", "BAD", (20, 24), (58, 60), ("HV",))


@pytest.mark.parametrize(
    ("flags", "words"),
    [
        ([Flag("BAD", 22, 60, "HV")], ""),
        ([Flag("BAD", 24, 58, "hv")], ""),
        ([Flag("BAD", 22, 40, "HV"), Flag("BAD", 41, 60, "HV")], ""),
        ([Flag("BAD", 1, 60, "HV"), Flag("GOOD", 1, 21)], ""),
        # between two snapshots: BAD from the earlier end
        ([Flag("BAD", 26, 60, "HV", earliest=21)], ""),
        ([Flag("BAD", 22, 60, "HV"), Flag("BAD", 1, 60)], "Where it begins"),
        ([Flag("BAD", 1, 60)], "in force is BAD from LS 1"),
        ([Flag("BAD", 25, 60, "HV")], "in force is BAD from LS 25"),
        ([Flag("BAD", 22, 57, "HV")], "holds until LS 57"),
        ([Flag("BAD", 22, None, "HV")], "holds until the run's end"),
        ([Flag("BAD", 22, 60)], "BAD wants its cause"),
        ([Flag("BAD", 22, 60, "readout")], "BAD wants the cause"),
        ([Flag("BAD", 22, 40, "HV"), Flag("BAD", 41, 60)], "BAD wants its cause"),
        ([Flag("BAD", 22, 60, "HV"), Flag("GOOD", 30, 40)], "more than one range"),
    ],
)
def test_flags_are_judged_by_what_they_leave_in_force(
    flags: list[Flag], words: str
) -> None:
    sight = Sight()
    for flag in flags:
        sight.wrote(flag, subsystem="dt", run=7)
    assert met(Goal(flag=HV), sight.facts) is (not words)
    facts = sight.facts
    said = what_is_said(Goal(flag=HV), facts.records[-1], facts.records, "LS")
    assert said is not None
    assert words in said
    assert bool(said) is bool(words)


def test_a_flag_holds_until_the_end_where_no_last_one_is_asked_for() -> None:
    goal = Goal(flag=FlagGoal("dt", "BAD", (20, 24)))
    sight = Sight()
    sight.wrote(RunSeen("running"), run=7)
    assert not met(goal, sight.wrote(Flag("BAD", 22, 40), subsystem="dt", run=7))
    assert met(goal, sight.wrote(Flag("BAD", 22), subsystem="dt", run=7))
    assert not met(goal, sight.wrote(Flag("GOOD", 50), subsystem="dt", run=7))
    # the run is over, and had no lumisection 50
    assert met(goal, sight.wrote(RunSeen("ended", lumisections=49), run=7))


def test_only_flags_of_the_first_run_count() -> None:
    goal = Goal(flag=FlagGoal("dt", "BAD", (20, 24)))
    sight = Sight()
    sight.wrote(RunSeen("running"), run=7)
    assert not met(goal, sight.wrote(Flag("BAD", 22), subsystem="dt", run=8))


def test_a_run_is_signed_off_with_the_flags_that_are_right() -> None:
    goal = Goal(flag=HV, settled=True)
    sight = Sight()
    sight.wrote(Flag("BAD", 22, 60, "HV"), subsystem="dt", run=7)
    sight.wrote(Flag("BAD", 1, 60), subsystem="dt", run=7)
    facts = sight.wrote(SignOff(), run=7)
    assert not met(goal, facts)
    said = what_is_said(goal, facts.records[-1], facts.records, "spill")
    assert said is not None
    assert "in force is BAD from spill 1." in said
    assert "signed off with flags that are not right" in said
    facts = sight.wrote(Flag("GOOD", 1, 21), subsystem="dt", run=7)
    assert not met(goal, facts)  # the cause
    assert met(goal, sight.wrote(Flag("BAD", 22, 60, "HV"), subsystem="dt", run=7))


@pytest.mark.parametrize(
    ("goal", "body", "words"),
    [
        (Goal(call="hcal"), Call("ecal"), "Whom does the instruction"),
        (Goal(call="hcal"), Call("hcal"), ""),
        (Goal(call="hcal"), FOUND, None),
        (
            Goal(entry=EntryGoal(("Hcal/*",))),
            Entry("x", plots=("A › B › Ecal/c",), evidence="e"),
            "not about a plot in which",
        ),
        (Goal(entry=EntryGoal()), Entry("x"), "without evidence"),
        (Goal(entry=EntryGoal()), Entry("x", evidence="e"), ""),
        (Goal(settled=True), SignOff(), None),
    ],
)
def test_it_is_said_what_misses_a_goal(
    goal: Goal, body: Body, words: str | None
) -> None:
    sight = Sight()
    facts = sight.wrote(body)
    said = what_is_said(goal, facts.records[-1], facts.records, "LS")
    assert (said is None) is (words is None)
    assert (words or "") in (said or "")
    assert bool(said) is bool(words)


def test_all_that_is_asked_must_be_so_at_once() -> None:
    goal = Goal(page="Hcal/Digis", plot="Hcal/*", mode="difference")
    sight = Sight()
    assert not met(goal, sight.shows(page="Hcal/Digis", plot=PATH, mode="overlay"))
    assert not met(goal, sight.shows(page="Ecal/Digis", mode="difference"))
    assert met(goal, sight.shows(page="Hcal/Digis"))


def test_a_right_finding_stays_right_whatever_is_said_besides() -> None:
    sight = Sight()
    sight.wrote(FOUND)
    assert met(Goal(finding=LOST), sight.wrote(Finding("good", KEY)))


@pytest.mark.parametrize(
    ("goal", "finding", "words"),
    [
        (LOST, Finding("good", KEY, "fed-lost", "call now"), "call it good"),
        (LOST, Finding("bad", "A › B › Ecal/x", "fed-lost"), "not show in this plot"),
        (LOST, Finding("bad", KEY, "hv-trip", "call now"), "would look different"),
        (LOST, Finding("bad", KEY, "", "call now"), "Which of the causes"),
        (LOST, Finding("bad", KEY, "board-dead", "nobody"), "how soon"),
        (FindingGoal("good"), Finding("bad", KEY), "harmless reason"),
        (FindingGoal("good", plots=("L1T/*",)), Finding("good", KEY), "another plot"),
    ],
)
def test_it_is_said_where_a_finding_goes_wrong(
    goal: FindingGoal, finding: Finding, words: str
) -> None:
    said = what_is_wrong(goal, finding)
    assert words in said
    # the answer is left to the trainee
    assert not any(each in said for each in (*goal.causes, "call now", PATH))


def test_nothing_is_said_of_a_right_finding() -> None:
    assert what_is_wrong(LOST, FOUND) == ""
    assert what_is_wrong(FindingGoal("bad"), Finding("bad")) == ""


@pytest.mark.parametrize(
    ("finding", "causes", "early"),
    [
        (Finding("bad", KEY, "hv-trip", lumisection=21), ("hv-trip:DT@22*2",), True),
        (Finding("bad", KEY, "hv-trip", lumisection=22), ("hv-trip:DT@22*2",), False),
        (Finding("bad", KEY, "hv-trip", lumisection=8), ("hv-trip", "x@30"), False),
        # the same fault in two subsystems: the first has happened
        (
            Finding("bad", KEY, "hv-trip", lumisection=8),
            ("hv-trip:DT@22", "hv-trip:Hcal@6"),
            False,
        ),
        (Finding("bad", KEY, "hv-trip"), ("hv-trip:DT@22",), False),
        (Finding("bad", KEY, "", lumisection=1), ("hv-trip:DT@22",), False),
        (Finding("bad", KEY, "fed-lost", lumisection=1), ("hv-trip@22",), False),
        # a voltage that is about to come on can be seen before it does
        (Finding("good", KEY, "hv-on", lumisection=8), ("hv-on:SiStrip@22",), False),
    ],
)
def test_a_fault_is_not_found_before_it_happens(
    finding: Finding, causes: tuple[str, ...], early: bool
) -> None:
    said = too_early(finding, causes, "LS")
    assert bool(said) is early
    if early:
        assert said == f"Nothing of this had happened yet at LS {finding.lumisection}."
        assert "yet at spill" in too_early(finding, causes, "spill")
