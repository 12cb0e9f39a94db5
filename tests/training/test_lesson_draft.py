"""From what an expert did to the steps of a lesson: what is a step, what is none."""

from __future__ import annotations

from typing import TYPE_CHECKING

from support.trainees import Sight, record_of

from dqmconsole.model.layout import plot_key
from dqmconsole.model.record import (
    Call,
    Entry,
    Flag,
    HandOver,
    Seen,
    ShiftBegan,
    Tick,
)
from dqmconsole.training.goals import met
from dqmconsole.training.lesson import (
    EntryGoal,
    FindingGoal,
    FlagGoal,
    Goal,
    TickGoal,
)
from dqmconsole.training.lesson_draft import STAYED, LessonDraft
from dqmconsole.training.records import Finding

if TYPE_CHECKING:
    from dqmconsole.training.facts import Facts

PAGE, OTHER = "Hcal/Digi occupancy", "Ecal/Timing"
DEPTH1, DEPTH2 = "Hcal/DigiTask/Occupancy/depth1", "Hcal/DigiTask/Occupancy/depth2"
KEY1 = plot_key("Hcal", "Digi occupancy", DEPTH1)
KEY2 = plot_key("Hcal", "Digi occupancy", DEPTH2)
LATER = STAYED + 1.0


class Expert(Sight):
    """Somebody who works while a lesson is drafted."""

    def __init__(self) -> None:
        super().__init__()
        self.draft = LessonDraft()
        self.draft.look(self.facts)

    def shows(self, *, after: float = 1.0, **fields: object) -> Facts:
        fields.setdefault("now", self.facts.now + after)
        facts = super().shows(**fields)
        self.draft.look(facts)
        return facts

    @property
    def goals(self) -> list[Goal]:
        return [each.done for each in self.draft.steps if each.done is not None]


def test_what_is_done_becomes_a_step_each_in_its_order() -> None:
    expert = Expert()
    expert.wrote(ShiftBegan())
    expert.shows(page=PAGE, plot=DEPTH1)
    expert.wrote(Finding("bad", KEY1, "hv-trip", "call now", 14))
    expert.shows(read=frozenset({"hcal/digi-occupancy"}))
    expert.wrote(Tick("hcal/digi-occupancy", 3, 1, KEY1))
    expert.wrote(Call("hcal-dqm"))
    expert.wrote(Entry("HV", plots=(KEY1,), evidence="e1"))
    expert.wrote(Flag("BAD", 20, cause="HV"), subsystem="hcal", run=7)
    expert.wrote(HandOver("Night", "…"))
    assert expert.goals == [
        Goal(shift="begun"),
        Goal(page=PAGE),
        Goal(finding=FindingGoal("bad", ("hv-trip",), (DEPTH1,), "call now")),
        Goal(read="hcal/digi-occupancy"),
        Goal(tick=TickGoal("hcal/digi-occupancy", 2)),
        Goal(call="hcal-dqm"),
        Goal(entry=EntryGoal((DEPTH1,))),
        Goal(flag=FlagGoal("hcal", "BAD", (19, 22), causes=("HV",))),
        Goal(shift="handed over"),
    ]
    ids = [each.id for each in expert.draft.steps]
    assert len(set(ids)) == len(ids)
    # whatever is put on record is met by the expert's own records
    on_record = [each for each in expert.goals if not each.page]
    assert [each for each in on_record if not met(each, expert.facts)] == []


def test_the_text_says_what_was_done() -> None:
    expert = Expert()
    expert.shows(page=PAGE, plot=DEPTH1)
    expert.wrote(Finding("bad", KEY1, "hv-trip", "call now"))
    opens, says = expert.draft.steps
    assert opens.text == f"Open [Hcal › Digi occupancy](<page:{PAGE}>)."
    assert says.text == (
        "Press `V` and say that hv trip is in [Hcal › Digi occupancy]"
        f"(<page:{PAGE}>), and how soon to tell: call now."
    )
    assert says.point == f"page {PAGE}"  # the plot is to be found


def test_what_was_passed_on_the_way_is_no_step() -> None:
    expert = Expert()
    expert.shows(page=OTHER, plot="Ecal/x")
    expert.shows(page=PAGE, plot=DEPTH1)
    expert.shows(after=LATER)
    expert.shows(plot=DEPTH2)
    expert.shows(plot="Hcal/y")
    assert expert.goals == [Goal(page=PAGE)]
    expert.shows(after=LATER)
    assert expert.goals == [Goal(page=PAGE), Goal(plot="Hcal/y")]


def test_the_plot_that_a_page_opens_with_was_not_chosen() -> None:
    expert = Expert()
    expert.shows(page=PAGE, plot=DEPTH1)
    expert.shows(after=LATER)
    assert expert.goals == [Goal(page=PAGE)]
    expert.shows(plot=DEPTH2)
    expert.shows(after=LATER)
    # it was chosen to say something of it
    expert.wrote(Finding("bad", KEY2))
    assert expert.goals[1:] == [Goal(finding=FindingGoal("bad", (), (DEPTH2,)))]


def test_of_two_findings_of_a_plot_the_last_counts() -> None:
    expert = Expert()
    expert.shows(page=PAGE, plot=DEPTH1)
    expert.wrote(Finding("bad", KEY1, "board-dead"))
    expert.wrote(Finding("bad", KEY1, "hv-trip"))
    said = Goal(finding=FindingGoal("bad", ("hv-trip",), (DEPTH1,)))
    assert expert.goals == [Goal(page=PAGE), said]


def test_one_fault_said_of_two_plots_of_a_layout_is_one_step() -> None:
    expert = Expert()
    expert.wrote(Finding("bad", KEY1, "hv-trip"))
    expert.wrote(Finding("bad", KEY2, "hv-trip"))
    expert.wrote(Finding("bad", plot_key("DT", "A", "DT/a"), "hv-trip"))
    assert [each.finding for each in expert.goals] == [
        FindingGoal("bad", ("hv-trip",), (DEPTH1, DEPTH2)),
        FindingGoal("bad", ("hv-trip",), ("DT/a",)),
    ]


def test_signs_of_globs_in_a_path_stand_for_themselves() -> None:
    expert = Expert()
    expert.wrote(Finding("bad", plot_key("A", "B", "A/x[1]*")))
    assert all(met(each, expert.facts) for each in expert.goals)
    other = Expert()
    other.wrote(Finding("bad", plot_key("A", "B", "A/x1z")))
    assert not any(met(each, other.facts) for each in expert.goals)


def test_the_flags_in_force_in_the_end_count() -> None:
    expert = Expert()
    expert.wrote(Flag("BAD", 8), subsystem="hcal", run=7)
    expert.wrote(Flag("GOOD", 1, proposed=True), subsystem="ecal", run=7)
    expert.wrote(Flag("GOOD", 1), subsystem="hcal", run=7)
    assert [each.flag for each in expert.goals] == [FlagGoal("hcal", "GOOD", (1, 3))]
    expert.wrote(Flag("BAD", 20, 30, "HV"), subsystem="hcal", run=7)
    assert [each.flag for each in expert.goals] == [
        FlagGoal("hcal", "BAD", (19, 22), (29, 32), ("HV",))
    ]
    assert all(met(each, expert.facts) for each in expert.goals)
    expert.wrote(Flag("NOTSET", 20), subsystem="hcal", run=7)
    # what is left of GOOD ends where it was taken back
    assert [each.flag for each in expert.goals] == [
        FlagGoal("hcal", "GOOD", (1, 3), (18, 21))
    ]


def test_what_was_taken_back_or_said_by_the_console_is_no_step() -> None:
    expert = Expert()
    expert.wrote(Tick("hcal/digi-occupancy", 3, 0, KEY1))
    expert.wrote(Tick("hcal/digi-occupancy", 3, 0, KEY1, done=False))
    expert.wrote(Seen(PAGE))
    expert.wrote(Flag("BAD", 3, proposed=True), subsystem="hcal", run=7)
    assert expert.goals == []


def test_calling_a_role_again_is_the_same_step() -> None:
    expert = Expert()
    expert.wrote(Call("hcal-dqm", answered=False))
    expert.wrote(Call("hcal-dqm", answered=True))
    assert expert.goals == [Goal(call="hcal-dqm")]


def test_a_component_that_is_bad_from_somewhere_on_has_one_step() -> None:
    expert = Expert()
    expert.wrote(Flag("GOOD", 1), subsystem="hcal", run=7)
    expert.wrote(Flag("BAD", 20, cause="HV"), subsystem="hcal", run=7)
    (goal,) = expert.goals
    assert goal.flag == FlagGoal("hcal", "BAD", (19, 22), causes=("HV",))


def test_good_flags_that_are_confirmed_with_one_key_are_no_steps() -> None:
    expert = Expert()
    both = tuple(
        record_of(Flag("GOOD", 1), subsystem=name, run=7) for name in ("hcal", "dt")
    )
    expert.shows(records=both)
    assert expert.goals == []


def test_a_finding_on_the_wrong_plot_is_taken_back() -> None:
    expert = Expert()
    expert.shows(page=PAGE, plot=DEPTH1)
    expert.shows(after=LATER)
    expert.shows(plot=DEPTH2)
    expert.shows(after=LATER)  # a step, until something is said of it
    expert.wrote(Finding("bad", KEY2, "hv-trip"))
    assert expert.draft.take_back() == (
        f"Say what it is ({DEPTH2}): Press V and say that hv trip is in "
        "Hcal › Digi occupancy."
    )
    assert expert.goals == [Goal(page=PAGE)]
    expert.wrote(Finding("bad", KEY1, "hv-trip"))
    said = Goal(finding=FindingGoal("bad", ("hv-trip",), (DEPTH1,)))
    assert expert.goals == [Goal(page=PAGE), said]
    assert expert.draft.take_back().startswith(f"Say what it is ({DEPTH1})")
    assert expert.draft.take_back() == "Open a page: Open Hcal › Digi occupancy."
    assert expert.draft.take_back() == ""


def test_of_a_finding_on_two_plots_the_last_plot_is_taken_back() -> None:
    expert = Expert()
    expert.wrote(Finding("bad", KEY1, "hv-trip"))
    expert.wrote(Finding("bad", KEY2, "hv-trip"))
    assert expert.draft.take_back().startswith(f"Say what it is ({DEPTH2})")
    found = [each.finding for each in expert.goals]
    assert found == [FindingGoal("bad", ("hv-trip",), (DEPTH1,))]


def test_a_call_that_is_taken_back_can_be_made_again() -> None:
    expert = Expert()
    expert.wrote(Call("ecal-dqm"))
    expert.wrote(Seen(PAGE))  # is no step: nothing to take back
    assert expert.draft.take_back().startswith("Call somebody: Call ecal-dqm")
    expert.wrote(Call("hcal-dqm"))
    assert expert.goals == [Goal(call="hcal-dqm")]


def test_a_flag_that_is_taken_back_leaves_those_before_it() -> None:
    expert = Expert()
    expert.wrote(Flag("BAD", 8, cause="HV"), subsystem="hcal", run=7)
    expert.wrote(Flag("GOOD", 20), subsystem="hcal", run=7)
    expert.wrote(Call("hcal-dqm"))
    assert expert.draft.take_back().startswith("Call somebody")
    assert expert.draft.take_back() == (
        "Set the flag: Flag hcal BAD from LS 8 to 19, cause HV."
    )
    assert [each.flag for each in expert.goals] == [
        FlagGoal("hcal", "BAD", (7, 10), causes=("HV",))
    ]
    assert expert.draft.take_back().startswith("Set the flag")
    assert expert.goals == []
