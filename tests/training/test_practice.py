"""Practice: what is said of each finding, and of what nobody found."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING

import msgspec
import pytest
from support.planned import (
    FED,
    MAP,
    SECTORS,
    TIMING,
    WHO,
    BeamView,
    WatchedShift,
    ledger,
    site,
)
from support.taught import taught

from dqmconsole.app.lesson_runs import WRONG_REFERENCE
from dqmconsole.model.layout import path_of
from dqmconsole.model.record import Call, Flag
from dqmconsole.model.verdict import Status, Verdict
from dqmconsole.simulation.state.beam import LUMISECTION_SECONDS
from dqmconsole.simulation.table.causes import TABLE
from dqmconsole.training.item_bank import PlanError
from dqmconsole.training.lesson import (
    CauseWords,
    LessonRun,
    last_of,
    onset,
    split_cause,
    teaching,
)
from dqmconsole.training.practice import (
    AFTER_RUN,
    OF_THE_RUN,
    SHOWN_AFTER,
    SPEED,
    Feedback,
    Practice,
    plan_shift,
)
from dqmconsole.training.records import ExamBegan, Finding
from dqmconsole.training.truth import LUMISECTION

if TYPE_CHECKING:
    from collections.abc import Mapping

SITE = site()
RUN = LessonRun(causes=("hv-trip:Hcal@20*4", "lumi-drop@30"), ahead=8, speed=3.0)
ONSET = 11 * 23.31 / 3


def practice(
    minutes: float = 15.0, shown: Mapping[str, frozenset[str]] | None = None
) -> tuple[WatchedShift, Practice, BeamView]:
    record = (book := ledger()).write(WHO, ExamBegan("practice", 1, "plan"))
    view = BeamView()
    activity = Practice(SITE, book, view, RUN, record, minutes, lambda: shown)
    return WatchedShift(activity, RUN), activity, view


def test_a_right_finding_is_explained_by_the_verdict_and_the_step() -> None:
    shift, activity, view = practice()
    view.mailbox.verdicts = {
        MAP: Verdict(Status.GOOD, "all well"),
        FED: Verdict(Status.BAD, "4 sectors are empty"),
        TIMING: Verdict(Status.BAD, "late"),
    }
    shift.at(ONSET + 30, Finding("bad", MAP, "hv-trip"))
    (said,) = activity.feedback
    assert said.right
    assert said.words == (
        "Right: hv-trip in Hcal since lumisection 20. Sectors trip. "
        "Readout/by FED › Hcal/Fed: 4 sectors are empty"
    )
    # where it is to be seen has no instruction: that of the plot found on counts
    assert (said.plot, said.instruction, said.step) == (FED, "hcal/map", 3)
    shift.at(ONSET + SHOWN_AFTER + 1)
    assert len(activity.feedback) == 1


def test_a_bad_plot_on_which_the_fault_does_not_show_does_not_explain_it() -> None:
    shift, activity, view = practice(
        shown={"hv-trip:Hcal@20": frozenset({path_of(MAP)})}
    )
    view.mailbox.verdicts = {FED: Verdict(Status.BAD, "4 sectors are empty")}
    shift.at(ONSET + 30, Finding("bad", MAP, "hv-trip"))
    (said,) = activity.feedback
    assert said.right
    assert said.words == "Right: hv-trip in Hcal since lumisection 20. Sectors trip."
    assert said.plot == MAP


def test_the_plot_of_the_finding_is_shown_first() -> None:
    shift, activity, view = practice()
    view.mailbox.verdicts = {
        FED: Verdict(Status.BAD, "4 sectors are empty"),
        MAP: Verdict(Status.BAD, "a hole"),
    }
    shift.at(ONSET + 30, Finding("bad", MAP, "fed-lost"))
    (said,) = activity.feedback
    assert not said.right
    assert said.plot == MAP
    assert said.words.startswith(
        "Something is wrong here: not fed-lost, but hv-trip in Hcal"
    )


@pytest.mark.parametrize(
    ("finding", "seconds", "right", "words"),
    [
        (Finding("good", MAP), ONSET - 30, True, "Right: nothing is wrong here."),
        (Finding("bad", MAP, "hv-trip"), ONSET - 30, False, "Nothing is wrong here."),
        (Finding("bad", SECTORS), ONSET + 30, False, "Nothing is wrong here."),
        (Finding("bad", TIMING), 200.0, False,
         "Nothing is wrong here. lumi-drop since lumisection 30, which is harmless."),
        (Finding("good", TIMING), 200.0, True,
         "Right: nothing is wrong here. lumi-drop since lumisection 30, which is"),
        (Finding("good", MAP), ONSET + 30, False, "Something is wrong here: hv-trip"),
        (Finding("bad", MAP), ONSET + 30, False, "Something is wrong here: it is hv-"),
        (Finding("good"), ONSET + 30, False, "Of which plot?"),
    ],
)  # fmt: skip
def test_what_is_said_of_a_finding(
    finding: Finding, seconds: float, right: bool, words: str
) -> None:
    shift, activity, _ = practice()
    shift.at(seconds, finding)
    said = activity.feedback[-1]
    assert said.right is right
    assert said.words.startswith(words)


def test_a_fault_nobody_found_is_shown() -> None:
    shift, activity, _ = practice()
    shift.at(ONSET + SHOWN_AFTER - 1)
    assert activity.feedback == ()
    shift.at(ONSET + SHOWN_AFTER + 1)
    shift.at(ONSET + SHOWN_AFTER + 9)
    (said,) = activity.feedback
    assert not said.right
    assert (
        said.words
        == "Not found yet: hv-trip in Hcal since lumisection 20. Sectors trip."
    )
    assert (said.plot, said.instruction, said.step) == (MAP, "hcal/map", 3)


def faults_of(run: LessonRun) -> list[str]:
    kinds = {each.name: each.kind for each in teaching(SITE).causes}
    return [each for each in run.causes if kinds[split_cause(each)[0]] == "fault"]


@pytest.mark.parametrize(
    ("minutes", "difficulty", "many"),
    [(15, 1, 1), (15, 2, 2), (15, 3, 3), (1, 1, 1), (60, 3, 4)],
)
def test_the_longer_and_the_harder_the_more_faults(
    minutes: float, difficulty: int, many: int
) -> None:
    run = plan_shift(SITE, minutes, "collisions", difficulty, 1)
    assert len(faults_of(run)) == many


def test_what_cannot_be_practised_is_said() -> None:
    with pytest.raises(PlanError, match="no faults for heavy-ions"):
        plan_shift(SITE, 15, "heavy-ions", 1, 1)


def test_a_shift_has_its_faults_at_random_and_a_quiet_end() -> None:
    firsts = set()
    for seed in range(60):
        run = plan_shift(SITE, 24, "collisions", 2, seed)
        faults = faults_of(run)
        assert len(faults) == 3
        assert len({split_cause(each) for each in faults}) == 3
        # as far apart as can be: three faults on three subsystems
        assert len({split_cause(each)[1] for each in faults}) == 3
        assert len(run.causes) > 3
        assert not any("stop-start" in each for each in run.causes)
        last = run.ahead + 19 * 60 * SPEED / LUMISECTION
        assert all(run.ahead < onset(each) <= last + 1 for each in faults)
        assert list(run.causes) == sorted(run.causes, key=onset)
        assert run.speed == SPEED
        assert run.run_length == 0
        firsts |= {onset(each) for each in faults}
    assert len(firsts) > 60


def test_some_faults_are_brought_back_and_two_come_together() -> None:
    ended: set[str] = set()
    stays: set[str] = set()
    for seed in range(40):
        run = plan_shift(SITE, 24, "collisions", 2, seed)
        faults = faults_of(run)
        assert min(
            after - before
            for before, after in itertools.pairwise(map(onset, faults))
        ) <= 3  # fmt: skip
        over = run.ahead + 24 * 60 * SPEED / LUMISECTION
        for each in faults:
            name, _ = split_cause(each)
            (ended if last_of(each) else stays).add(name)
            if last_of(each):
                assert onset(each) + 15 <= last_of(each) <= over
    assert ended == {"hv-trip", "fed-lost"}  # what drifts nobody switches on again
    assert stays == {"hv-trip", "fed-lost", "t0-drift"}
    easy = {
        abs(onset(each) - onset(other))
        for seed in range(20)
        for each, other in [faults_of(plan_shift(SITE, 24, "collisions", 1, seed))]
    }
    assert max(easy) > 10


def test_what_stands_with_a_run_comes_together_with_nothing() -> None:
    causes = [
        msgspec.structs.replace(each, from_run=each.name == "t0-drift")
        for each in teaching(SITE).causes
    ]
    here = taught(SITE, causes=tuple(causes))
    seen = 0
    for seed in range(40):
        run = plan_shift(here, 24, "collisions", 2, seed)
        for each in faults_of(run):
            whole = split_cause(each)[0] == "t0-drift"
            seen += whole
            assert (onset(each) == 1) if whole else (onset(each) > run.ahead)
    assert seen > 10


def test_that_a_fault_will_be_over_is_not_told_before() -> None:
    book = ledger()
    record = book.write(WHO, ExamBegan("practice", 1, "plan"))
    run = LessonRun(causes=("hv-trip:Hcal@20-40",), ahead=8, speed=3.0)
    shift = WatchedShift(
        activity := Practice(SITE, book, BeamView(), run, record, 30.0), run
    )
    for at, words in ((21, "since lumisection 20"), (45, "in lumisections 20 to 40")):
        seconds = (at - 8) * LUMISECTION / 3
        shift.at(seconds, Finding("bad", MAP, "hv-trip", "call now", at))
        assert words in activity.feedback[-1].words


def test_practice_on_a_recorded_run_ends_soon_after_its_last_update() -> None:
    book = ledger()
    record = book.write(WHO, ExamBegan("practice", 1, "plan"))
    run = LessonRun(causes=(), ahead=8, speed=3.0, recorded=7, updates=20)
    practice = Practice(SITE, book, BeamView(), run, record, 30.0)
    shift = WatchedShift(practice, run)
    lasts = 12 * LUMISECTION / 3
    assert practice.left == pytest.approx(lasts + AFTER_RUN)
    states = []
    for seconds in (lasts - 1.0, lasts + 1.0, lasts + AFTER_RUN + 1.0):
        shift.at(seconds)
        states.append((practice.run_is_over, practice.over))
    # what was seen last can still be said
    assert states == [(False, False), (True, False), (True, True)]


def test_what_is_bad_in_a_recorded_run_itself_counts_for_nothing() -> None:
    words = CauseWords("dead-block", "fault", "readout", "Gets nothing", acts_on="plot")
    site = taught(SITE, causes=(words,))
    put, own = path_of(MAP), path_of(TIMING)
    run = LessonRun(
        causes=(f"dead-block:{put}@20",), ahead=8, speed=3.0, recorded=7, updates=90
    )
    record = (book := ledger()).write(WHO, ExamBegan("practice", 1, "plan"))
    view = BeamView()
    view.mailbox.verdicts = {TIMING: Verdict(Status.BAD, f"{own} is late")}
    activity = Practice(site, book, view, run, record, 30.0)
    shift = WatchedShift(activity, run)
    shift.at(20.0, Finding("bad", TIMING, "dead-block", "", 10))
    shift.at(25.0, Flag("BAD", 8), subsystem="ecal")
    assert activity.feedback[-1] == Feedback(OF_THE_RUN, TIMING, right=True)
    view.mailbox.verdicts[MAP] = Verdict(Status.BAD, "a hole")
    shift.at(ONSET + 10.0, Finding("bad", TIMING, "dead-block", "", 21))
    assert activity.feedback[-1].words == OF_THE_RUN  # nor is it the fault's plot
    shift.at(ONSET + 20.0, Finding("bad", MAP, "dead-block", "", 22))
    assert activity.feedback[-1].right
    assert activity.feedback[-1].plot == MAP
    activity.end()
    on = {each.on: each.points for each in activity.marks}
    assert on["found"] == on["cause"] == 1.0
    assert "false alarm" not in on


def test_the_instructions_of_a_recorded_run_are_those_of_its_own_type() -> None:
    words = CauseWords("dead-block", "fault", "readout", "Gets nothing", acts_on="plot")
    beam = tuple(
        msgspec.structs.replace(
            each,
            applies_to=msgspec.structs.replace(each.applies_to, run_types=("beam",)),
        )
        for each in SITE.instructions
    )
    site = msgspec.structs.replace(taught(SITE, causes=(words,)), instructions=beam)
    run = LessonRun(
        causes=(f"dead-block:{path_of(MAP)}@20",), ahead=8, recorded=7, updates=90
    )
    record = (book := ledger()).write(WHO, ExamBegan("practice", 1, "plan"))
    activity = Practice(site, book, BeamView(), run, record, 30.0)
    shift = WatchedShift(activity, run)
    shift.at(60.0, Finding("bad", MAP, "dead-block", "call now", 21))
    shift.at(70.0, Call("hcal-oncall", about=MAP))
    assert activity.feedback[-1].instruction == "hcal/map"
    activity.end()
    on = {each.on: each.points for each in activity.marks}
    assert on["call"] == 1.0


def test_practice_speaks_of_time_in_the_words_of_the_site() -> None:
    settings = msgspec.structs.replace(SITE.settings, lumisection="spill")
    site = msgspec.structs.replace(SITE, settings=settings)
    book = ledger()
    record = book.write(WHO, ExamBegan("practice", 1, "plan"))
    run = LessonRun(causes=("hv-trip:Hcal@20",), ahead=8, speed=3.0)
    practice = Practice(site, book, BeamView(), run, record, 30.0)
    shift = WatchedShift(practice, run)
    shift.at((25 - 8) * LUMISECTION / 3, Finding("bad", MAP, "hv-trip", "", 25))
    assert "hv-trip in Hcal since spill 20." in practice.feedback[-1].words
    shift.at(1800.0, Flag("BAD", 20), subsystem="hcal")
    practice.end()
    assert not [e for e in practice.marks if "lumisection" in e.words]
    flags = [each.words for each in practice.marks if each.on == "flag"]
    assert flags == ["hcal is BAD from spill 20 on"]


def test_a_shift_of_another_type_of_run_has_the_faults_of_it() -> None:
    run = plan_shift(SITE, 30, "cosmics", 2, 1)
    faults = {split_cause(each)[0] for each in run.causes} - {"lumi-drop", "hv-on"}
    assert faults == {"hv-trip"}
    assert all(":DT" in each for each in run.causes if each.startswith("hv-trip"))


def test_an_action_carries_the_beam_mode_it_was_done_at() -> None:
    shift, activity, _ = practice()
    shift.at(31.0, Finding("good", MAP))
    (action,) = activity.actions
    assert action.beam_mode == "stable beams"


def test_difficulty_chooses_the_size() -> None:
    def size(difficulty: int) -> set[str]:
        return {
            each.partition("*")[2]
            for seed in range(10)
            for each in plan_shift(SITE, 30, "collisions", difficulty, seed).causes
            if each.startswith("hv-trip:Hcal")
        }

    assert [size(each) for each in (1, 2, 3)] == [{"6"}, {"4"}, {"2"}]


def test_what_a_plan_knows_of_the_detector_is_so() -> None:
    """Plans may not import the detector: what they repeat of it must agree."""
    assert LUMISECTION == LUMISECTION_SECONDS
    of_session = {each.name for each in TABLE if each.acts_on == "session"}
    assert of_session == {WRONG_REFERENCE}
