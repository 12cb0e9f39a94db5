"""Marks of a practice shift: what is scored, and what is a false alarm."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
import pytest
from support.planned import (
    CALL_NOW,
    FED,
    MAP,
    SECTORS,
    TIMING,
    WHO,
    BeamView,
    WatchedShift,
    bodies,
    ledger,
    site,
)
from support.taught import taught

from dqmconsole.model.instruction import Step, UrgencyRule
from dqmconsole.model.record import Call, Check, Entry, Flag, FlagStatus, Record, Tick
from dqmconsole.model.verdict import Status, Verdict
from dqmconsole.training.lesson import LessonRun, teaching
from dqmconsole.training.marks import marks
from dqmconsole.training.practice import Practice, action_of
from dqmconsole.training.records import (
    Action,
    ExamBegan,
    ExamEnded,
    Finding,
)
from dqmconsole.training.truth import (
    belongs_to,
    happenings,
    right_step,
    with_plots,
)

if TYPE_CHECKING:
    from dqmconsole.model.site import Site
    from dqmconsole.training.ledger import Ledger
    from dqmconsole.training.records import Mark

SITE = site()
RUN = LessonRun(
    causes=("hv-trip:Hcal@20*4", "lumi-drop@30", "t0-drift:Ecal@50"), ahead=8, speed=3.0
)
ONSET = {"hv-trip": 11 * 23.31 / 3, "t0-drift": 41 * 23.31 / 3}


def practice(book: Ledger, minutes: float = 30.0) -> Practice:
    record = book.write(WHO, ExamBegan("practice", 1, "plan"))
    return Practice(SITE, book, BeamView(), RUN, record, minutes)


def scored(*actions: Action) -> dict[tuple[str, str], Mark]:
    return {
        (each.cause.partition(":")[0], each.on): each
        for each in marks(RUN, SITE, actions)
    }


def finding(cause: str, plot: str, seconds: float, urgency: str = "") -> Action:
    return Action(
        "finding", seconds, 0, "stable beams", "bad", cause, urgency, plots=(plot,)
    )


def test_the_truth_of_a_plan() -> None:
    first, second = happenings(RUN, SITE, "fault")
    assert (first.text, first.onset, first.family) == ("hv-trip:Hcal@20", 20, "voltage")
    assert first.seconds == pytest.approx(ONSET["hv-trip"])
    assert first.layouts == {"Hcal"}
    assert MAP in first.plots
    assert second.plots == (TIMING,)
    (drop,) = happenings(RUN, SITE, "harmless")
    assert drop.layouts == {"Hcal", "Ecal"}


def test_what_acts_until_its_onset_is_known_from_the_start() -> None:
    causes = tuple(
        msgspec.structs.replace(each, before=each.name == "hv-on")
        for each in teaching(SITE).causes
    )
    site = taught(SITE, causes=causes)
    run = LessonRun(causes=("hv-on:Hcal@30",), ahead=8, speed=3.0)
    (event,) = happenings(run, site, "harmless")
    assert (event.onset, event.end, event.seconds) == (1, 30, 0.0)
    assert event.words == "hv-on in Hcal until lumisection 30"
    early = Action("finding", 2.0, 9, verdict="good", plots=(MAP,))
    assert belongs_to(early, (event,)) == event


def test_the_right_step_follows_the_beam_mode() -> None:
    stable = right_step(SITE, (SECTORS, MAP), "", "collisions", "stable beams")
    assert stable is not None
    assert (stable.instruction, stable.step, stable.urgency) == (
        "hcal/map", 3, "call now",
    )  # fmt: skip
    assert (stable.roles, stable.turns) == ({"hcal-oncall"}, {"shift-leader"})
    adjust = right_step(SITE, (MAP,), "", "collisions", "adjust")
    assert adjust is not None
    assert adjust.urgency == "call in working hours"
    unknown = right_step(SITE, (MAP,), "", "collisions", "")
    assert unknown is not None
    assert unknown.urgency == "call now"
    assert right_step(SITE, (MAP,), "", "heavy-ions", "") is None
    assert right_step(SITE, (SECTORS,), "", "collisions", "") is None


@pytest.mark.parametrize(
    ("cause", "step", "urgency", "roles"),
    [
        ("hot-channel", 1, "write only", {"hcal-oncall"}),
        ("hv-trip", 3, "call now", {"technical-shift"}),
        ("lumi-drop", 4, "nobody", set()),
        # no step names it: the one for all the rest
        ("t0-drift", 2, "call in working hours", {"hcal-oncall"}),
        ("", 2, "call in working hours", {"hcal-oncall"}),
    ],
)
def test_the_right_step_is_that_for_the_cause(
    cause: str, step: int, urgency: str, roles: set[str]
) -> None:
    steps = (
        Step("One channel: write.", "hcal-oncall", (UrgencyRule("write only"),),
             causes=("hot-channel",)),
        Step("Ring.", "hcal-oncall", (UrgencyRule("call in working hours"),)),
        Step("Chambers: ring.", "technical-shift", (UrgencyRule("call now"),),
             causes=("hv-trip", "board-dead")),
        Step("Nothing is wrong.", causes=("lumi-drop",)),
    )  # fmt: skip
    found = right_step(with_steps(steps), (MAP,), cause, "collisions", "")
    assert found is not None
    assert (found.instruction, found.step, found.urgency) == ("hcal/map", step, urgency)
    assert found.roles == roles
    assert found.also == frozenset()


def test_a_step_for_the_cause_goes_before_a_more_urgent_one_of_another_plot() -> None:
    write = Step("Write.", "", causes=("hot-channel",))
    site = with_steps((write,), "ecal/time")
    found = right_step(site, (MAP, TIMING), "hot-channel", "collisions", "")
    assert found is not None
    assert (found.instruction, found.step, found.urgency) == ("ecal/time", 1, "nobody")


def test_where_every_step_is_for_other_causes_nobody_is_called() -> None:
    site = with_steps((msgspec.structs.replace(CALL_NOW, causes=("hv-trip",)),))
    found = right_step(site, (MAP,), "hot-channel", "collisions", "")
    assert found is not None
    assert (found.step, found.urgency, found.roles) == (0, "nobody", frozenset())


def test_practice_answers_with_the_step_for_the_cause() -> None:
    trip = Step("One sector: write.", "hcal-oncall", (UrgencyRule("write only"),),
                causes=("hv-trip",))  # fmt: skip
    site = with_steps((CALL_NOW, trip))
    run = LessonRun(causes=("hv-trip:Hcal@20",), ahead=8, speed=3.0)
    book = ledger()
    record = book.write(WHO, ExamBegan("practice", 1, "plan"))
    activity = Practice(site, book, BeamView(), run, record, 30.0)
    shift = WatchedShift(activity, run)
    shift.at(ONSET["hv-trip"] + 60, Finding("bad", MAP, "hv-trip", "write only", 21))
    (feedback,) = activity.feedback
    assert (feedback.right, feedback.step) == (True, 2)
    shift.at(1800)
    points = {each.on: each.points for each in activity.marks}
    assert (points["urgency"], points["call"]) == (1.0, 1.0)


def test_whoever_an_instruction_names_was_called_about_its_plots() -> None:
    trip = Step("Sectors: ring.", "technical-shift", (UrgencyRule("call now"),),
                causes=("hv-trip",))  # fmt: skip
    site = with_steps((CALL_NOW, trip))
    run = LessonRun(causes=("hv-trip:Hcal@20",), ahead=8, speed=3.0)
    # said without a plot: it can only be told by who was called
    calls = [
        Action("call", 400.0, 0, "stable beams", role=role)
        for role in ("hcal-oncall", "technical-shift", "ecal-oncall")
    ]
    found = marks(run, site, calls)
    alarms = [each.words for each in found if each.on == "false alarm"]
    assert alarms == ["ecal-oncall was called, for nothing"]
    elsewhere = Action(
        "call", 400.0, 0, "stable beams", role="technical-shift", plots=(TIMING,)
    )
    (alarm,) = (e for e in marks(run, site, [elsewhere]) if e.on == "false alarm")
    assert alarm.words == f"technical-shift was called of {TIMING}, for nothing"


def with_steps(steps: tuple[Step, ...], name: str = "hcal/map") -> Site:
    """The site, in which one instruction has other steps."""
    return msgspec.structs.replace(
        SITE,
        instructions=tuple(
            msgspec.structs.replace(each, steps=steps) if each.id == name else each
            for each in SITE.instructions
        ),
    )


def test_all_done_right_reaches_all() -> None:
    shift = WatchedShift(activity := practice(book := ledger()), RUN)
    at = ONSET["hv-trip"]
    shift.at(at + 60, Finding("bad", MAP, "hv-trip", "call now", 21))
    shift.at(at + 90, Call("hcal-oncall", about=MAP))
    shift.at(at + 120, Flag("BAD", first=23, earliest=18), subsystem="hcal")
    shift.at(at + 150, Entry("Hole", plots=(MAP,), evidence="abc"))
    at = ONSET["t0-drift"]
    shift.at(at + 200, Finding("bad", TIMING, "t0-drift", "write only", 51))
    shift.at(at + 210, Entry("Late", plots=(TIMING,), evidence="abc"))
    shift.at(at + 220, Flag("BAD", first=52), subsystem="ecal")
    shift.at(1800)
    assert activity.over
    assert activity.left == 0.0
    # nobody takes it up again: how far it came is kept nowhere
    assert {type(each.body) for each in book.records} == {ExamBegan, ExamEnded}
    (ended,) = bodies(book, ExamEnded)
    assert ended.marks == activity.marks
    assert ended.part == "practice"
    lost = [(each.on, each.points) for each in activity.marks if each.points < each.of]
    assert lost == [("time", 0.5)]
    assert [each.on for each in activity.marks] == 2 * [
        "found", "time", "cause", "urgency", "call", "flag", "entry",
    ]  # fmt: skip
    times = [each.seconds for each in activity.marks if each.on == "time"]
    assert times == pytest.approx([60.0, 200.0])
    assert all(each.words for each in activity.marks)


def test_doing_nothing_reaches_nothing() -> None:
    found = scored()
    assert {each.points for each in found.values()} == {0.0}
    assert ("hv-trip", "cause") not in found
    # nobody is rightly called for what nobody found
    assert found["t0-drift", "call"].points == 0.0


def test_half_right() -> None:
    at = ONSET["hv-trip"]
    found = scored(
        finding("fed-lost", MAP, at + 130, "write only"),
        Action("call", at + 140, role="shift-leader", plots=(MAP,)),
        Action("flag", at + 150, component="hcal", status="BAD", first=40),
        Action("entry", at + 160, plots=(MAP,)),
    )
    half = {
        on: each.points for (cause, on), each in found.items() if cause == "hv-trip"
    }
    assert half == {
        "found": 1.0, "time": 0.5, "cause": 0.0, "urgency": 0.5, "call": 0.5,
        "flag": 0.5, "entry": 0.5,
    }  # fmt: skip
    assert "fed-lost was named; it was hv-trip" in found["hv-trip", "cause"].words


def test_a_cause_of_the_same_family_is_half_right() -> None:
    run = LessonRun(causes=("fed-lost:Hcal@20",))
    said = Action("finding", 900.0, verdict="bad", cause="board-dead", plots=(MAP,))
    (cause,) = [each for each in marks(run, SITE, (said,)) if each.on == "cause"]
    assert cause.points == 0.5
    assert "same family (readout)" in cause.words


def test_a_later_finding_corrects_but_wins_no_time() -> None:
    at = ONSET["hv-trip"]
    found = scored(
        finding("fed-lost", MAP, at + 20, "write only"),
        finding("hv-trip", MAP, at + 400, "call now"),
    )
    assert found["hv-trip", "time"].seconds == pytest.approx(20.0)
    assert found["hv-trip", "cause"].points == 1.0
    assert found["hv-trip", "urgency"].points == 1.0
    assert ("", "false alarm") not in found


@pytest.mark.parametrize(
    "action",
    [
        finding("hv-trip", MAP, ONSET["hv-trip"] - 5),  # before it began
        finding("hv-trip", SECTORS, 1000.0),  # another subsystem
        finding("lumi-drop", SECTORS, 1000.0),
        Action("call", 1000.0, role="dt-oncall", plots=(SECTORS,)),
        Action("call", 1000.0, role="dt-oncall"),
        Action("flag", 1000.0, component="dt", status="BAD", first=20),
        Action("flag", 10.0, component="hcal", status="BAD", first=2),
    ],
)
def test_what_belongs_to_nothing_is_a_false_alarm(action: Action) -> None:
    without = marks(RUN, SITE, ())
    given = marks(RUN, SITE, (action, action))  # said twice, it is one
    assert given[:-1] == without
    alarm = given[-1]
    assert (alarm.cause, alarm.on, alarm.points, alarm.of) == (
        "", "false alarm", 0.0, 1.0,
    )  # fmt: skip
    assert alarm.words


@pytest.mark.parametrize(
    "action",
    [
        Action("finding", 5.0, verdict="good", plots=(MAP,)),
        Action("entry", 5.0, plots=(SECTORS,)),
        Action("flag", 5.0, component="dt", status="GOOD", first=1),
    ],
)
def test_what_does_no_harm_is_no_alarm(action: Action) -> None:
    assert marks(RUN, SITE, (action,)) == marks(RUN, SITE, ())


def test_a_call_in_words_belongs_to_the_role() -> None:
    at = ONSET["hv-trip"]
    found = scored(
        finding("hv-trip", MAP, at + 5, "call now"),
        Action("call", at + 9, beam_mode="stable beams", role="hcal-oncall"),
    )
    assert found["hv-trip", "call"].points == 1.0
    wrong = scored(
        finding("hv-trip", MAP, at + 5, "call now"),
        Action("call", at + 9, role="ecal-oncall", plots=(MAP,)),
    )
    assert wrong["hv-trip", "call"].points == 0.0


def test_calling_for_what_is_only_written_is_wrong() -> None:
    at = ONSET["t0-drift"]
    found = scored(
        finding("t0-drift", TIMING, at + 5, "call now"),
        Action("call", at + 9, role="ecal-oncall", plots=(TIMING,)),
    )
    assert found["t0-drift", "call"].points == 0.0
    assert found["t0-drift", "urgency"].points == 0.0


@pytest.mark.parametrize(
    ("first", "earliest", "points"),
    [(20, 0, 1.0), (15, 0, 1.0), (25, 0, 1.0), (14, 0, 0.5), (26, 0, 0.5),
     (30, 25, 1.0), (30, 26, 0.5)],
)  # fmt: skip
def test_a_flag_may_begin_between_two_snapshots(
    first: int, earliest: int, points: float
) -> None:
    flag = Action(
        "flag", 900.0, component="hcal", status="BAD", first=first, earliest=earliest
    )
    assert scored(flag)["hv-trip", "flag"].points == points


def test_a_finding_belongs_to_a_fault_only_where_it_shows() -> None:
    faults = with_plots(
        happenings(RUN, SITE, "fault"), {"hv-trip:Hcal@20": frozenset({"Hcal/Map"})}
    )
    right = finding("hv-trip", MAP, 1000.0)
    healthy = finding("hv-trip", FED, 1000.0)  # of the same layout
    assert belongs_to(right, faults) == faults[0]
    assert belongs_to(healthy, faults) is None
    # whom one calls is asked about a detector
    call = Action("call", 1000.0, role="hcal-oncall", plots=(FED,))
    assert belongs_to(call, faults) == faults[0]
    given = marks(RUN, SITE, (healthy,), faults)
    assert given[-1].on == "false alarm"
    assert given[:-1] == marks(RUN, SITE, (), faults)


def test_practice_learns_where_its_faults_show() -> None:
    shown: dict[str, frozenset[str]] | None = None
    book = ledger()
    record = book.write(WHO, ExamBegan("practice", 1, "plan"))
    view = BeamView()
    activity = Practice(SITE, book, view, RUN, record, 30.0, lambda: shown)
    shift = WatchedShift(activity, RUN)
    at = ONSET["hv-trip"]
    shown = {"hv-trip:Hcal@20": frozenset({"Hcal/Map"})}
    shift.at(at + 60, Finding("bad", FED, "hv-trip", "call now", 21))
    assert activity.feedback[-1].words == "Nothing is wrong here."
    assert not activity.feedback[-1].right
    # what the console calls BAD is wrong, whatever the playing says
    view.mailbox.verdicts[FED] = Verdict(Status.BAD, "Two of ten FEDs are silent")
    shift.at(at + 62, Finding("bad", FED, "hv-trip", "call now", 21))
    assert activity.feedback[-1].right
    shift.at(at + 63, Finding("bad", MAP, "hv-trip", "call now", 21))
    assert activity.feedback[-1].right
    activity.end()
    (took,) = (e for e in activity.marks if e.cause.startswith("hv") and e.on == "time")
    assert took.seconds is not None
    assert took.seconds <= 62


def test_what_is_bad_for_a_harmless_event_shows_no_fault() -> None:
    book = ledger()
    record = book.write(WHO, ExamBegan("practice", 1, "plan"))
    view = BeamView()
    shown = {
        "hv-trip:Hcal@20": frozenset({"Hcal/Map"}),
        "lumi-drop@30": frozenset({"Hcal/Fed"}),
    }
    activity = Practice(SITE, book, view, RUN, record, 30.0, lambda: shown)
    shift = WatchedShift(activity, RUN)
    view.mailbox.verdicts[FED] = Verdict(Status.BAD, "The rate fell by half")
    shift.at(ONSET["hv-trip"] + 160, Finding("bad", FED, "hv-trip", "call now", 32))
    assert not activity.feedback[-1].right


@pytest.mark.parametrize(
    ("flags", "points"),
    [
        ([("BAD", 20, 0)], 1.0),
        ([("BAD", 1, 0), ("GOOD", 1, 19)], 1.0),
        ([("BAD", 20, 40), ("BAD", 41, 0)], 1.0),
        ([("BAD", 20, 40)], 0.5),
        ([("BAD", 20, 0), ("BAD", 1, 0)], 0.5),
        ([("BAD", 20, 0), ("GOOD", 1, 0)], 0.0),
        ([("EXCLUDED", 20, 0)], 0.0),
    ],
)
def test_flags_count_by_what_they_leave_in_force(
    flags: list[tuple[FlagStatus, int, int]], points: float
) -> None:
    actions = [
        Action("flag", 900.0, component="hcal", status=status, first=first, last=last)
        for status, first, last in flags
    ]
    found = scored(*actions)
    assert found["hv-trip", "flag"].points == points
    assert ("", "false alarm") not in found


def test_a_flag_that_was_taken_back_is_no_false_alarm() -> None:
    bad = Action("flag", 900.0, component="dt", status="BAD", first=20)
    good = Action("flag", 950.0, component="dt", status="GOOD", first=1)
    assert ("", "false alarm") in scored(bad)
    assert ("", "false alarm") not in scored(bad, good)


def test_what_is_flagged_for_one_fault_covers_a_later_one() -> None:
    run = LessonRun(causes=("hv-trip:Hcal@20", "fed-lost:Hcal@60"))
    flag = Action("flag", 900.0, component="hcal", status="BAD", first=20)
    found = {
        each.cause: (each.points, each.words)
        for each in marks(run, SITE, (flag,))
        if each.on == "flag"
    }
    assert {points for points, _ in found.values()} == {1.0}
    assert "BAD already" in found["fed-lost:Hcal@60"][1]


def test_a_flag_means_the_fault_it_begins_with() -> None:
    run = LessonRun(causes=("hv-trip:Hcal@20", "fed-lost:Hcal@60"))
    flag = Action("flag", 900.0, component="hcal", status="BAD", first=61)
    points = {
        each.cause: each.points
        for each in marks(run, SITE, (flag,))
        if each.on == "flag"
    }
    assert points == {"hv-trip:Hcal@20": 0.0, "fed-lost:Hcal@60": 1.0}


@pytest.mark.parametrize(
    ("flags", "points"),
    [
        ([("BAD", 20, 40)], 1.0),
        ([("BAD", 20, 44)], 1.0),
        ([("BAD", 20, 0), ("GOOD", 41, 0)], 1.0),
        ([("BAD", 20, 30), ("BAD", 31, 40)], 1.0),
        ([("BAD", 20, 0)], 0.5),
        ([("BAD", 20, 29)], 0.5),
        ([("BAD", 1, 40)], 0.5),
    ],
)
def test_what_came_back_is_bad_until_then_alone(
    flags: list[tuple[FlagStatus, int, int]], points: float
) -> None:
    run = LessonRun(causes=("hv-trip:Hcal@20-40",))
    actions = [
        Action("flag", 900.0, component="hcal", status=status, first=first, last=last)
        for status, first, last in flags
    ]
    (fault,) = happenings(run, SITE, "fault")
    assert (fault.onset, fault.end) == (20, 41)
    assert fault.words == "hv-trip in Hcal in lumisections 20 to 40"
    found = {each.on: each for each in marks(run, SITE, actions)}
    assert found["flag"].points == points, found["flag"].words
    assert "false alarm" not in found


@pytest.mark.parametrize(
    ("trip", "lost", "first"),
    [
        ("hv-trip:Hcal@20-40", "fed-lost:Hcal@35", 20),
        ("hv-trip:Hcal@20-40", "fed-lost:Hcal@10", 10),
    ],
)
def test_a_flag_goes_on_where_another_fault_of_the_component_does(
    trip: str, lost: str, first: int
) -> None:
    run = LessonRun(causes=(trip, lost))
    for last, points in ((0, 1.0), (40, 0.5)):
        flag = Action(
            "flag", 900.0, component="hcal", status="BAD", first=first, last=last
        )
        found = {
            each.cause: each.points
            for each in marks(run, SITE, (flag,))
            if each.on == "flag"
        }
        assert found == {trip: points, lost: points}


def test_who_knows_is_not_called_again_when_it_is_over() -> None:
    run = LessonRun(causes=("hv-trip:Hcal@20-40",))
    calls = [
        Action("call", 600.0 + each, each, role="hcal-oncall", plots=(MAP,))
        for each in (25, 35, 45)
    ]
    for made, alarms in ((calls[:2], 0), (calls, 1), (calls[2:], 0)):
        found = [each for each in marks(run, SITE, made) if each.on == "false alarm"]
        assert len(found) == alarms
        assert all("again" in each.words for each in found)
    unanswered = msgspec.structs.replace(calls[0], answered=False)
    found = marks(run, SITE, (unanswered, calls[2]))
    assert "false alarm" not in {each.on for each in found}


def test_what_is_not_over_when_practice_is_stays_bad_to_its_end() -> None:
    book = ledger()
    record = book.write(WHO, ExamBegan("practice", 1, "plan"))
    run = msgspec.structs.replace(RUN, causes=("hv-trip:Hcal@20-90",))
    shift = WatchedShift(
        activity := Practice(SITE, book, BeamView(), run, record, 8.0), run
    )
    shift.at(ONSET["hv-trip"] + 60, Flag("BAD", first=20), subsystem="hcal")
    shift.at(480)
    assert activity.over
    (flag,) = (each for each in activity.marks if each.on == "flag")
    assert flag.points == 1.0, flag.words


def test_of_several_instructions_the_most_urgent_counts() -> None:
    for plots in ((MAP, TIMING), (TIMING, MAP)):
        step = right_step(SITE, plots, "", "collisions", "stable beams")
        assert step is not None
        assert (step.instruction, step.urgency) == ("hcal/map", "call now")
        assert step.roles == {"hcal-oncall", "ecal-oncall"}


def test_without_a_component_no_flag_is_asked_for() -> None:
    run = LessonRun(causes=("hv-trip:DT@20",))
    assert {each.on for each in marks(run, SITE, ())} == {"found", "entry"}


def test_only_the_trainees_own_records_count() -> None:
    shift = WatchedShift(activity := practice(ledger()), RUN)
    shift.at(200, Finding("bad", MAP), who="Somebody")
    shift.at(201, Flag("BAD", proposed=True), subsystem="hcal", who="")
    shift.at(202, Flag("BAD", proposed=True), subsystem="hcal")
    shift.at(203, Tick("hcal/map", 1, 0, MAP), Check("shift", "item"))
    assert activity.actions == ()
    assert action_of(Record("u", 0.0, Call("x", about="in words"))) == Action(
        "call", 0.0, role="x"
    )


def test_the_header_of_the_run_before_misleads_nobody() -> None:
    activity = practice(ledger())
    old = msgspec.structs.replace(RUN, ahead=200)  # its header is at lumisection 200
    WatchedShift(activity, old).at(5, Finding("bad", MAP, "hv-trip"))
    assert activity.actions[0].lumisection == 0


def test_ended_before_its_time_it_is_scored_as_it_stands() -> None:
    shift = WatchedShift(activity := practice(book := ledger()), RUN)
    shift.at(100)
    activity.end()
    activity.end()
    activity.leave()
    shift.at(120, Finding("bad", MAP))
    assert activity.actions == ()
    assert len(bodies(book, ExamEnded)) == 1
    assert activity.marks
