"""Which instruction a plot has, what answers it, and who is named when nothing does."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import msgspec
import pytest

from dqmconsole.logbook.view import Logbook
from dqmconsole.model.contacts import Contact, Contacts
from dqmconsole.model.instruction import (
    AppliesTo,
    Instruction,
    Note,
    Step,
    Turn,
    UrgencyRule,
)
from dqmconsole.model.layout import Layout, Page, Plot, plot_key
from dqmconsole.model.record import Body, Call, Entry, Record, Tick
from dqmconsole.model.run import Conditions
from dqmconsole.model.site import Site, SiteSettings
from dqmconsole.model.verdict import Status, Verdict
from dqmconsole.shift.guidance import (
    ANSWERED_WITHIN,
    Guide,
    Patience,
    how_urgent,
    is_answered,
    is_valid,
    step_to_call,
    ticked,
    urgent_step,
)

if TYPE_CHECKING:
    from dqmconsole.model.cause import Urgency as AlarmUrgency
    from dqmconsole.model.instruction import Urgency

NOW = 1_795_000_000.0  # 2026-11-18 UTC
RUN = 398214
STABLE = Conditions(run_type="collisions", beam_mode="stable beams")
URGENT = Step(
    "Call the Hcal DQM on call.",
    "hcal-dqm",
    (
        UrgencyRule("call now", ("stable beams",)),
        UrgencyRule("call in working hours"),
    ),
)
OCCUPANCY = Instruction(
    id="hcal/occupancy", title="Occupancy", version=3, author="hcal-dqm",
    written="2026-11-01", owner="hcal-dqm",
    applies_to=AppliesTo("Hcal", (), ("Hcal/*",), ("collisions",), ("stable beams",)),
    reviewed_on="2026-11-01", review_due="2027-05-01", shows="", judge="", examples=(),
    steps=(Step("Look."), URGENT), turns=(Turn("hcal-dqm"), Turn("shift-leader")),
    text="", hash="1",
)  # fmt: skip
NOTE = Note(
    id="notes/boxes", title="Boxes 3 and 4 are off", author="hcal-dqm",
    written="2026-11-10", expires="2026-11-18", owner="hcal-dqm",
    applies_to=AppliesTo("Hcal"), text="", hash="2", supersedes=("hcal/occupancy",),
)  # fmt: skip
PAGE = Page(
    page="Occupancy",
    plots=(
        Plot(path="Hcal/a", instruction="hcal/occupancy"),
        Plot(path="Hcal/b", instruction="hcal/occupancy"),
        Plot(path="Hcal/c"),
        Plot(path="Hcal/d", instruction="hcal/gone"),
    ),
)
SITE = Site(
    folder="",
    hash="abc",
    settings=SiteSettings(experiment="x"),
    layouts=(Layout(layout="Hcal", pages=(PAGE,), owner="hcal-dqm"),),
    instructions=(OCCUPANCY,),
    contacts=Contacts(
        roles={
            "hcal-dqm": Contact("hcal-dqm", "Hcal DQM on call", "70001"),
            "shift-leader": Contact("shift-leader", "Shift leader", "70003"),
        }
    ),
)
A, B, C, D = (plot_key("Hcal", "Occupancy", f"Hcal/{letter}") for letter in "abcd")
BAD = Verdict(Status.BAD, "3 boxes dead")
GOOD = Verdict(Status.GOOD, "fine")


def kept(*bodies: Body, at: float = NOW, run: int = RUN) -> Logbook:
    logbook = Logbook()
    for number, body in enumerate(bodies, 1):
        logbook.put(Record(str(number), at, body, run=run, number=number))
    return logbook


def test_the_layout_decides_which_instruction_a_plot_has() -> None:
    guide = Guide(SITE)
    assert guide.of(A, STABLE, NOW).instruction is OCCUPANCY
    without = guide.of(C, STABLE, NOW)
    assert (without.instruction, without.owner) == (None, "hcal-dqm")
    assert "hcal/gone is not there" in guide.of(D, STABLE, NOW).sentence
    assert "stands on no page" in guide.of("Hcal/other", STABLE, NOW).sentence


@pytest.mark.parametrize(
    ("given", "holds"),
    [
        (STABLE, True),
        (Conditions(run_type="cosmics", beam_mode="no beam"), False),
        (Conditions(run_type="collisions", beam_mode="adjust"), False),
        (Conditions(), True),  # ignorance takes no instruction away
    ],
)
def test_run_type_and_beam_mode_narrow_it(given: Conditions, *, holds: bool) -> None:
    found = Guide(SITE).of(A, given, NOW)
    assert found.holds is holds
    assert bool(found.sentence) is not holds
    assert found.instruction is OCCUPANCY  # it can still be read


def test_a_note_holds_to_the_end_of_its_last_day_and_goes_by_itself() -> None:
    midnight = NOW - NOW % 86400 + 86400
    assert is_valid(NOTE, midnight - 1)
    assert not is_valid(NOTE, midnight)
    site = msgspec.structs.replace(SITE, notes=(NOTE,))
    guide = Guide(site)
    assert guide.of(A, STABLE, midnight - 1).notes == (NOTE,)
    assert "goes before" in guide.of(A, STABLE, midnight - 1).sentence
    assert guide.of(A, STABLE, midnight).notes == ()
    assert guide.of(A, STABLE, midnight).sentence == ""


def test_a_note_that_another_one_supersedes_is_not_shown() -> None:
    newer = msgspec.structs.replace(
        NOTE, id="notes/newer", written="2026-11-12", supersedes=("notes/boxes",)
    )
    site = msgspec.structs.replace(SITE, notes=(NOTE, newer))
    assert Guide(site).of(A, STABLE, NOW).notes == (newer,)


def test_a_tick_can_be_taken_back_and_belongs_to_its_version() -> None:
    logbook = kept(
        Tick("hcal/occupancy", 3, 0, A),
        Tick("hcal/occupancy", 3, 1, A),
        Tick("hcal/occupancy", 3, 0, A, done=False),
        Tick("hcal/occupancy", 2, 5, A),
    )
    assert set(ticked(logbook, OCCUPANCY, (A,), RUN)) == {1}
    assert ticked(logbook, OCCUPANCY, (A,), RUN + 1) == {}


@pytest.mark.parametrize(
    ("body", "answers"),
    [
        (Tick("hcal/occupancy", 3, 0, B), True),
        (Tick("hcal/occupancy", 3, 0, B, done=False), False),
        (Tick("ecal/occupancy", 1, 0, A), False),
        (Call("hcal-dqm", about=B), True),
        (Call("ecal-dqm", about=plot_key("Ecal", "Occupancy", "Ecal/a")), False),
        (Entry("Boxes dead", plots=(C,)), True),
        (Entry("Something else"), False),
    ],
)
def test_a_tick_a_call_or_an_entry_of_the_same_layout_answers(
    body: Body, *, answers: bool
) -> None:
    logbook = kept(body)
    assert is_answered(logbook, A, "hcal/occupancy", RUN, NOW - 1) is answers
    assert not is_answered(logbook, A, "hcal/occupancy", RUN, NOW + 1)
    assert not is_answered(logbook, A, "hcal/occupancy", RUN + 1, NOW - 1)


def test_after_five_minutes_whom_to_call_is_said_once_for_the_layout() -> None:
    patience, guide = Patience(Logbook()), Guide(SITE)
    verdicts = {A: BAD, B: BAD, C: BAD}
    assert patience.look(guide, verdicts, RUN, STABLE, NOW) == ()
    almost = NOW + ANSWERED_WITHIN - 1
    assert patience.look(guide, verdicts, RUN, STABLE, almost) == ()
    (found,) = patience.look(guide, verdicts, RUN, STABLE, NOW + ANSWERED_WITHIN)
    assert (found.role, found.plots) == ("hcal-dqm", 2)
    assert found.sentence == (
        "Hcal › Occupancy (and 1 more) is BAD for 5 min, nobody has answered: call "
        "Hcal DQM on call, 70001; if they do not answer: Shift leader, 70003"
    )
    (found,) = patience.look(guide, verdicts, RUN, STABLE, NOW + 2 * ANSWERED_WITHIN)
    assert found.role == "shift-leader"


def test_who_was_called_in_vain_is_passed_over_and_nothing_is_answered() -> None:
    logbook, guide = Logbook(), Guide(SITE)
    patience = Patience(logbook)
    patience.look(guide, {A: BAD}, RUN, STABLE, NOW)
    call = Call("hcal-dqm", about=B, answered=False)
    logbook.put(Record("1", NOW + 60, call, run=RUN))
    (found,) = patience.look(guide, {A: BAD}, RUN, STABLE, NOW + ANSWERED_WITHIN)
    assert found.role == "shift-leader"
    reached = Call("shift-leader", about=A, answered=True)
    logbook.put(Record("2", NOW + 400, reached, run=RUN))
    assert patience.look(guide, {A: BAD}, RUN, STABLE, NOW + 500) == ()


def test_what_recovers_is_forgotten_and_a_new_fault_waits_anew() -> None:
    patience, guide = Patience(Logbook()), Guide(SITE)
    patience.look(guide, {A: BAD}, RUN, STABLE, NOW)
    patience.look(guide, {A: GOOD}, RUN, STABLE, NOW + 100)
    later = NOW + ANSWERED_WITHIN + 1
    assert patience.look(guide, {A: BAD}, RUN, STABLE, later) == ()


def test_a_restarted_console_goes_on_where_the_one_before_was() -> None:
    """A plot that is bad for an hour is not bad since just now."""
    logbook, guide = Logbook(), Guide(SITE)
    began = NOW - 3600
    verdicts = {A: msgspec.structs.replace(BAD, began=began)}
    (found,) = Patience(logbook).look(guide, verdicts, RUN, STABLE, NOW, began - 60)
    assert "is BAD for 60 min" in found.sentence
    assert (found.since, found.role) == (began, "shift-leader")
    # who was called while the one before ran, and who answered, still counts
    early = Record("1", began - 5, Call("hcal-dqm", about=A), run=RUN)
    logbook.put(early)
    assert Patience(logbook).look(guide, verdicts, RUN, STABLE, NOW, began - 60)
    logbook.put(Record("2", began + 60, Call("hcal-dqm", about=A), run=RUN))
    assert Patience(logbook).look(guide, verdicts, RUN, STABLE, NOW, began - 60) == ()


@pytest.mark.parametrize(
    ("began", "earliest"),
    [
        (NOW - 4e7, NOW - 600),  # before the run: the clock of the data is wrong
        (NOW + 50, NOW - 600),
        (NOW - 4e7, math.inf),  # a recording
    ],
)
def test_times_that_are_not_of_this_clock_are_not_believed(
    began: float, earliest: float
) -> None:
    patience, guide = Patience(Logbook()), Guide(SITE)
    verdicts = {A: msgspec.structs.replace(BAD, began=began)}
    for later in (0, ANSWERED_WITHIN - 1):
        now = NOW + later
        assert patience.look(guide, verdicts, RUN, STABLE, now, earliest) == ()
    now = NOW + ANSWERED_WITHIN
    (found,) = patience.look(guide, verdicts, RUN, STABLE, now, earliest)
    assert found.since == NOW


def test_what_was_seen_to_turn_bad_waits_since_then() -> None:
    """Data come late, and their clock may be wrong: a person could not know before."""
    patience, guide = Patience(Logbook()), Guide(SITE)
    began = NOW - 900
    assert patience.look(guide, {A: GOOD}, RUN, STABLE, NOW - 1, began) == ()
    verdicts = {A: msgspec.structs.replace(BAD, began=began)}
    assert patience.look(guide, verdicts, RUN, STABLE, NOW, began) == ()
    now = NOW + ANSWERED_WITHIN
    (found,) = patience.look(guide, verdicts, RUN, STABLE, now, began)
    assert found.since == NOW


def test_a_bad_plot_that_was_not_judged_for_a_while_goes_on_waiting() -> None:
    """The engine was restarted, or the site read again."""
    patience, guide = Patience(Logbook()), Guide(SITE)
    verdicts = {A: msgspec.structs.replace(BAD, began=NOW)}
    patience.look(guide, {A: GOOD}, RUN, STABLE, NOW - 1, NOW - 900)
    patience.look(guide, verdicts, RUN, STABLE, NOW, NOW - 900)
    patience.look(guide, {}, RUN, STABLE, NOW + 100, NOW - 900)
    now = NOW + ANSWERED_WITHIN
    assert patience.look(guide, verdicts, RUN, STABLE, now, NOW - 900)


def test_an_answer_ends_the_waiting() -> None:
    logbook, guide = Logbook(), Guide(SITE)
    patience = Patience(logbook)
    patience.look(guide, {A: BAD}, RUN, STABLE, NOW)
    call = Record("1", NOW + 60, Call("hcal-dqm", about=A), run=RUN)
    logbook.put(call)
    assert patience.look(guide, {A: BAD}, RUN, STABLE, NOW + 1000) == ()


def test_an_answer_of_a_clock_that_ran_ahead_does_not_answer_what_comes_later() -> None:
    logbook, guide = Logbook(), Guide(SITE)
    patience = Patience(logbook)
    patience.look(guide, {A: BAD}, RUN, STABLE, NOW)
    call = Record("1", NOW + 3600, Call("hcal-dqm", about=A), run=RUN)
    logbook.put(call)
    assert patience.look(guide, {A: BAD}, RUN, STABLE, NOW + 400) == ()
    patience.look(guide, {A: GOOD}, RUN, STABLE, NOW + 500)
    patience.look(guide, {A: BAD}, RUN, STABLE, NOW + 600)
    assert patience.look(guide, {A: BAD}, RUN, STABLE, NOW + 600 + ANSWERED_WITHIN)


def test_without_stable_beams_nobody_is_named() -> None:
    patience, guide = Patience(Logbook()), Guide(SITE)
    adjust = Conditions(run_type="collisions", beam_mode="adjust")
    patience.look(guide, {A: BAD}, RUN, adjust, NOW)
    assert patience.look(guide, {A: BAD}, RUN, adjust, NOW + 1000) == ()
    assert urgent_step(OCCUPANCY, adjust) is None
    assert urgent_step(OCCUPANCY, STABLE) is URGENT


def test_a_step_for_some_cause_counts_where_none_for_any_calls() -> None:
    trip = Step("Ask for HV.", "dcs", (UrgencyRule("call now"),), causes=("hv-trip",))
    dump = Step("Call.", "hcal-dqm", (UrgencyRule("call at the beam dump"),))
    entry = Step("Write an entry.", "hcal-dqm", (UrgencyRule("write only"),))

    def told(*steps: Step) -> Instruction:
        return msgspec.structs.replace(OCCUPANCY, steps=steps)

    both = told(trip, Step("Look."), dump)
    assert urgent_step(both, STABLE) is None
    assert step_to_call(both, STABLE) is dump
    assert step_to_call(told(trip, dump, URGENT), STABLE) is URGENT
    assert step_to_call(told(entry, trip), STABLE) is trip  # to write is no call
    assert urgent_step(told(entry, trip), STABLE) is trip
    assert step_to_call(told(Step("Look."), entry), STABLE) is entry
    assert step_to_call(told(Step("Look.")), STABLE) is None
    assert step_to_call(None, STABLE) is None


def test_once_the_cause_is_said_its_step_leads() -> None:
    trip = Step("Ask for HV.", "dcs", (UrgencyRule("call now"),), causes=("hv-trip",))
    hot = Step("Note it.", "hcal-dqm", (UrgencyRule("write only"),), causes=("hot",))
    look = Step("Look there.", causes=("frozen",))
    told = msgspec.structs.replace(OCCUPANCY, steps=(URGENT, trip, hot, look))
    assert step_to_call(told, STABLE) is URGENT
    assert step_to_call(told, STABLE, "hv-trip") is trip
    assert step_to_call(told, STABLE, "hot") is hot
    assert urgent_step(told, STABLE, "hot") is None
    assert step_to_call(told, STABLE, "fed-lost") is URGENT  # no step is for it
    assert step_to_call(told, STABLE, "frozen") is URGENT  # its step calls nobody
    assert how_urgent(hot, "stable beams", "now") == "call now"
    assert how_urgent(hot, "stable beams", "now", "hot") == "write only"
    assert how_urgent(None, "stable beams", "now", "hot") == "call now"


def test_of_what_stands_still_the_step_for_the_said_cause_leads() -> None:
    client = Step(
        "The client.", "shift-leader", (UrgencyRule("call now"),), causes=("frozen",)
    )
    told = msgspec.structs.replace(OCCUPANCY, steps=(URGENT, client))
    guide = Guide(msgspec.structs.replace(SITE, instructions=(told,)))
    unknown = guide.of_quiet("Hcal", "content frozen", guide.of(A, STABLE, NOW))
    generic = step_to_call(unknown.instruction, STABLE)
    assert generic is not None
    assert generic.role == "hcal-dqm"
    for of in (A, C, "Hcal"):  # the row of the alarm is about the whole subsystem
        own = msgspec.structs.replace(guide.of(of, STABLE, NOW), cause="frozen")
        found = guide.of_quiet("Hcal", "content frozen", own)
        assert step_to_call(found.instruction, STABLE, found.cause) is client


@pytest.mark.parametrize(
    ("causes", "beam_mode", "asked", "urgency"),
    [
        ((), "stable beams", "", "call now"),
        ((), "stable beams", "dump", "call now"),
        ((), "ramp", "", "call in working hours"),
        ((), "ramp", "dump", "call at the beam dump"),
        ((), "ramp", "now", "call now"),
        (("hv-trip",), "stable beams", "", "call now"),
        (("hv-trip",), "stable beams", "dump", "call at the beam dump"),
    ],
)
def test_the_sooner_of_step_and_alarm_unless_the_step_is_for_some_causes(
    causes: tuple[str, ...], beam_mode: str, asked: AlarmUrgency, urgency: Urgency
) -> None:
    step = msgspec.structs.replace(URGENT, causes=causes)
    assert how_urgent(step, beam_mode, asked) == urgency


@pytest.mark.parametrize(
    ("asked", "status", "asks_alarm", "urgency"),
    [
        ("", None, True, "call now"),
        ("", Status.BAD, False, "call now"),
        ("", Status.BAD, True, None),
        ("", Status.WARNING, False, None),
        ("dump", Status.BAD, True, "call now"),
        ("dump", Status.WARNING, True, "call at the beam dump"),
    ],
)
def test_the_step_of_what_is_not_bad_or_not_heard_does_not_count(
    asked: AlarmUrgency, status: Status | None, asks_alarm: bool, urgency: str | None
) -> None:
    given = (URGENT, "stable beams", asked)
    assert how_urgent(*given, "", status, asks_alarm=asks_alarm) == urgency
    said = how_urgent(*given, "hv-trip", status, asks_alarm=asks_alarm)
    assert said == "call now"


def test_without_a_step_the_alarm_alone_says_how_soon() -> None:
    assert how_urgent(None, "ramp", "dump") == "call at the beam dump"
    assert how_urgent(None, "ramp", "") is None
    assert how_urgent(Step("Look."), "ramp", "next-day") == "call in working hours"


def test_a_clock_set_back_does_not_make_it_wait_for_ever() -> None:
    patience, guide = Patience(Logbook()), Guide(SITE)
    patience.look(guide, {A: BAD}, RUN, STABLE, NOW)
    patience.look(guide, {A: BAD}, RUN, STABLE, NOW - 7200)
    assert patience.look(guide, {A: BAD}, RUN, STABLE, NOW - 7200 + ANSWERED_WITHIN)


def test_an_unknown_beam_mode_takes_the_most_urgent_rule() -> None:
    assert URGENT.urgency(None) == "call now"
    assert URGENT.urgency("adjust") == "call in working hours"
    assert Step("Look.").urgency(None) is None
