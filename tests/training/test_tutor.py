"""The tutor: what is told, in whatever order a trainee does things."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.trainees import (
    ASKED,
    HINTS,
    WHY,
    Sight,
    asking,
    doing,
    lesson,
    reading,
)

from dqmconsole.model.record import Call, Flag, Tick
from dqmconsole.training.facts import Facts
from dqmconsole.training.lesson import (
    FindingGoal,
    FlagGoal,
    Goal,
    Lesson,
    LessonRun,
    LessonStep,
    TickGoal,
)
from dqmconsole.training.records import Finding, LessonStepDone
from dqmconsole.training.tutor import (
    AGAIN,
    ALREADY,
    LAST,
    NOT_ASKED,
    NOT_HERE,
    Tutor,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from dqmconsole.training.lesson import Judgement

SEE = doing("see", Goal(page="Hcal/Digis"), hints=HINTS)
COMPARE = doing("compare", Goal(plot="Hcal/*", mode="ratio"))
SAY = doing("say", Goal(finding=FindingGoal("bad", ("fed-lost",), ("Hcal/*",))))
CALL = doing("call", Goal(call="hcal-oncall"))
HELLO, WHICH = reading("hello"), asking("which")
BYE = reading("bye")
LESSON = lesson(HELLO, SEE, COMPARE, WHICH, SAY, CALL)
PLOT = "Hcal › Digis › Hcal/Occupancy"


def told(tutor: Tutor) -> str:
    step = tutor.state.step
    return step.id if step is not None else ""


def told_after(tutor: Tutor, facts: Facts) -> str:
    tutor.look(facts)
    return told(tutor)


def names(tutor: Tutor) -> list[str]:
    return [each.step for each in tutor.take_done()]


def test_a_lesson_is_told_in_its_order() -> None:
    tutor, sight = Tutor(LESSON, 0.0), Sight()
    tutor.look(sight.facts)
    assert (told(tutor), tutor.state.number, tutor.state.can_go_on) == (
        "hello",
        1,
        True,
    )
    tutor.go_on()
    assert (told(tutor), tutor.state.can_go_on) == ("see", False)
    tutor.go_on()  # what must become true is not left so
    assert told(tutor) == "see"
    assert tutor.look(sight.shows(page="Hcal/Digis")).number == 3
    tutor.look(sight.shows(plot="Hcal/Occupancy", mode="ratio"))
    tutor.answer(2)
    tutor.go_on()
    tutor.look(sight.wrote(Finding("bad", PLOT, "fed-lost")))
    assert told(tutor) == "call"
    tutor.look(sight.wrote(Call("hcal-oncall")))
    tutor.go_on()
    end = tutor.state
    assert (end.step, end.finished, end.done) == (None, True, (True,) * 6)
    assert names(tutor) == [each.id for each in LESSON.steps]
    assert names(tutor) == []


def test_the_time_of_a_step_runs_from_when_it_is_told() -> None:
    tutor = Tutor(lesson(WHICH, SEE), 0.0)
    tutor.look(Facts(0.0))
    tutor.answer(2)
    assert (told(tutor), tutor.look(Facts(500.0)).hints) == ("which", ())
    tutor.go_on()  # the answer was read for long: that is not the next step's time
    assert (told(tutor), tutor.look(Facts(501.0)).hints) == ("see", ())


def test_what_is_on_record_counts_before_it_is_told() -> None:
    tutor, sight = Tutor(LESSON, 0.0), Sight()
    tutor.look(sight.wrote(Call("hcal-oncall")))
    assert told(tutor) == "hello"
    assert names(tutor) == ["call"]


def test_what_was_done_before_it_is_told_is_told_all_the_same() -> None:
    """Its words are read; what stands there is done, not asked for again."""
    tutor, sight = Tutor(lesson(HELLO, SEE, CALL, BYE), 0.0), Sight()
    tutor.look(sight.wrote(Call("hcal-oncall")))
    # the page of the second step is in view when that is told first
    tutor.look(sight.shows(page="Hcal/Digis"))
    tutor.go_on()
    tutor.look(sight.shows())
    for step in ("see", "call"):
        state = tutor.look(sight.shows(page=""))
        assert (told(tutor), state.said, state.mark) == (step, ALREADY, "✓")
        assert state.can_go_on
        tutor.go_on()
    assert told(tutor) == "bye"
    assert names(tutor) == ["call", "hello", "see"]


def test_what_the_last_step_leads_to_is_seen_before_the_lesson_ends() -> None:
    tutor, sight = Tutor(lesson(HELLO, COMPARE), 0.0), Sight()
    tutor.look(sight.shows())
    tutor.go_on()
    tutor.look(sight.shows(plot="Hcal/x", mode="ratio"))
    assert tutor.is_over  # it is on record, should the window be closed now
    state = tutor.look(sight.shows(mode=None))
    assert (told(tutor), state.said, state.can_go_on) == ("compare", LAST, True)
    tutor.go_on()
    assert tutor.state.finished


def test_what_is_passed_on_the_way_does_not_count() -> None:
    """A page, a plot, a command before it is told: a side effect, not an answer."""
    search = doing("search", Goal(used="search"))
    tutor, sight = Tutor(lesson(HELLO, SEE, COMPARE, search), 0.0), Sight()
    tutor.look(sight.used("search"))
    tutor.look(sight.shows(page="Hcal/Digis"))
    tutor.look(sight.shows(page="Ecal/Digis", plot="Hcal/x", mode="ratio"))
    tutor.look(sight.shows(plot=""))
    assert names(tutor) == []
    tutor.go_on()
    assert told(tutor) == "see"
    # where one is counts when it is told
    tutor.look(sight.shows(page="Hcal/Digis", plot="Hcal/x"))
    assert (told(tutor), tutor.state.said) == ("compare", ALREADY)
    tutor.go_on()
    assert told(tutor) == "search"
    assert told_after(tutor, sight.shows()) == "search"
    tutor.look(sight.used("search"))
    assert tutor.is_over


def test_a_step_counts_only_after_those_it_needs() -> None:
    last = msgspec.structs.replace(SEE, after=("compare",))
    tutor, sight = Tutor(lesson(last, COMPARE), 0.0), Sight()
    # the first step waits for the second: that one is told
    assert told(tutor) == "compare"
    tutor.look(sight.shows(page="Hcal/Digis"))
    tutor.look(sight.shows(page=""))
    assert told(tutor) == "compare"
    tutor.look(sight.shows(plot="Hcal/x", mode="ratio"))
    assert told(tutor) == "see"
    tutor.look(sight.shows(page="Hcal/Digis"))
    assert tutor.is_over


def test_a_wrong_answer_is_explained_and_may_be_tried_again() -> None:
    tutor = Tutor(lesson(WHICH, CALL), 0.0)
    tutor.answer(1)
    assert (told(tutor), tutor.state.said) == ("which", WHY[0])
    assert not tutor.state.can_go_on
    tutor.answer(2)
    # the right answer is explained, too, and is on record before it is left
    assert (told(tutor), tutor.state.said, tutor.state.can_go_on) == (
        "which", WHY[1], True,
    )  # fmt: skip
    (done,) = tutor.take_done()
    assert (done.wrong, done.choice) == (1, 2)
    tutor.answer(1)
    tutor.go_on()
    assert told(tutor) == "call"
    assert names(tutor) == []


@pytest.mark.parametrize("choice", [-1, 0, 3, 10**9])
def test_a_choice_that_is_not_there_is_no_answer(choice: int) -> None:
    tutor = Tutor(lesson(WHICH), 0.0)
    tutor.answer(choice)
    tutor.answer(2)
    assert tutor.take_done()[0].wrong == 0


def test_hints_come_with_time_one_after_the_other() -> None:
    tutor, sight = Tutor(lesson(SEE), 0.0), Sight()
    first = tutor.look(sight.shows(now=100.0))
    assert (first.hints, first.next_hint) == ((), 40.0)
    assert tutor.look(sight.shows(now=139.0)).hints == ()
    assert tutor.look(sight.shows(now=140.0)).hints == HINTS[:1]
    assert tutor.state.next_hint == 40.0
    # a machine that slept for an hour does not say everything at once
    assert tutor.look(sight.shows(now=3740.0)).hints == HINTS
    assert tutor.state.next_hint is None
    tutor.look(sight.shows(page="Hcal/Digis", now=3750.0))
    (done,) = tutor.take_done()
    assert (done.hints, done.hints_by_time, done.seconds) == (2, 2, 3650.0)
    assert msgspec.to_builtins(done)["came"] == 2  # as books have it


def test_a_hint_comes_when_it_is_asked_for() -> None:
    tutor, sight = Tutor(lesson(SEE), 0.0), Sight()
    tutor.look(sight.shows(now=10.0))
    tutor.ask_hint()
    assert tutor.state.hints == HINTS[:1]
    assert tutor.look(sight.shows(now=49.0)).hints == HINTS[:1]
    tutor.ask_hint()
    tutor.ask_hint()
    assert tutor.state.hints == HINTS
    tutor.look(sight.shows(page="Hcal/Digis", now=90.0))
    (done,) = tutor.take_done()
    assert (done.hints, done.hints_by_time) == (2, 0)


def test_time_runs_only_while_somebody_looks() -> None:
    """A source that takes a minute to open takes nothing from the trainee."""
    tutor, sight = Tutor(lesson(SEE), 0.0), Sight()
    assert tutor.look(sight.shows(now=60.0)).hints == ()


def test_a_wrong_finding_is_explained_once() -> None:
    tutor, sight = Tutor(lesson(SAY, CALL), 0.0), Sight()
    tutor.look(sight.wrote(Finding("good", PLOT)))
    assert "call it good" in tutor.state.said
    tutor.look(sight.shows())
    tutor.look(sight.wrote(Finding("bad", PLOT, "hv-trip")))
    assert "would look different" in tutor.state.said
    tutor.look(sight.wrote(Finding("bad", PLOT, "fed-lost")))
    assert (told(tutor), tutor.state.said) == ("call", "")
    assert tutor.take_done()[0].wrong == 2


def test_a_flag_from_the_wrong_lumisection_is_explained_once() -> None:
    flag = doing("flag", Goal(flag=FlagGoal("dt", "BAD", (19, 22))))
    tutor, sight = Tutor(lesson(flag, CALL), 0.0), Sight()
    tutor.look(sight.wrote(Flag("BAD", 1, proposed=True), subsystem="dt"))
    tutor.look(sight.wrote(Flag("GOOD", 1, 18), subsystem="dt"))
    tutor.look(sight.wrote(Flag("BAD", 1), subsystem="ecal"))
    assert tutor.state.said == ""
    tutor.look(sight.wrote(Flag("BAD", 1), subsystem="dt"))
    tutor.look(sight.shows())
    assert "in force is BAD from LS 1." in tutor.state.said
    tutor.look(sight.wrote(Flag("GOOD", 1, 19), subsystem="dt"))
    assert (told(tutor), tutor.state.said) == ("call", "")
    assert tutor.take_done()[0].wrong == 1


def test_a_finding_that_a_later_step_asks_for_is_not_wrong() -> None:
    other = doing("other", Goal(finding=FindingGoal("good", plots=("Ecal/*",))))
    tutor, sight = Tutor(lesson(SAY, other), 0.0), Sight()
    tutor.look(sight.wrote(Finding("good", "Ecal › A › Ecal/x")))
    assert (told(tutor), tutor.state.said, tutor.state.mark) == (
        "say", "Right: that is done ahead (Step other).", "✓",
    )  # fmt: skip
    tutor.look(sight.wrote(Finding("bad", PLOT, "fed-lost")))
    assert [each.wrong for each in tutor.take_done()] == [0, 0]


def test_a_lesson_goes_on_where_it_was_stopped() -> None:
    before = {name: LessonStepDone("", name) for name in ("hello", "compare", "gone")}
    tutor = Tutor(LESSON, 0.0)
    tutor.resume(before)
    assert told(tutor) == "see"
    assert tutor.state.done == (True, False, True, False, False, False)
    assert names(tutor) == []


def test_what_was_done_before_may_be_found_late() -> None:
    tutor, sight = Tutor(LESSON, 0.0), Sight()
    tutor.look(sight.facts)
    tutor.go_on()
    tutor.resume({name: LessonStepDone("", name) for name in ("hello", "see")})
    assert told(tutor) == "compare"
    assert names(tutor) == ["hello"]


def test_a_step_may_open_one_that_is_met_already() -> None:
    goals = [Goal(call="a"), Goal(call="b"), Goal(page="Hcal/Digis")]
    steps = [
        doing(f"s{at}", goal, after=(f"s{at + 1}",) if at < 2 else ())
        for at, goal in enumerate(goals)
    ]
    tutor, sight = Tutor(lesson(*steps), 0.0), Sight()
    sight.wrote(Call("a"))
    tutor.look(sight.wrote(Call("b")))
    assert names(tutor) == []
    tutor.look(sight.shows(page="Hcal/Digis"))
    assert tutor.is_over
    assert names(tutor) == ["s2", "s1", "s0"]


# -- any order ---------------------------------------------------------------------

# what meets each goal: what a trainee does in one step, one look each
MEETS: tuple[tuple[Goal, Callable[[Sight], Facts]], ...] = (
    (Goal(page="Hcal/Digis"), lambda sight: sight.shows(page="Hcal/Digis")),
    (Goal(page="Ecal/Digis"), lambda sight: sight.shows(page="Ecal/Digis")),
    (
        Goal(plot="Hcal/*", mode="ratio"),
        lambda sight: sight.shows(plot="Hcal/x", mode="ratio"),
    ),
    (
        Goal(plot="L1T/*", alone=True),
        lambda sight: sight.shows(plot="L1T/x", alone=True, mode=None),
    ),
    (Goal(used="search"), lambda sight: sight.used("search")),
    (
        Goal(finding=FindingGoal("bad", ("fed-lost",))),
        lambda sight: sight.wrote(Finding("bad", PLOT, "fed-lost")),
    ),
    (Goal(call="hcal"), lambda sight: sight.wrote(Call("hcal"))),
    (
        Goal(tick=TickGoal("hcal/a", 1)),
        lambda sight: sight.wrote(Tick("hcal/a", 1, 0, PLOT)),
    ),
    (
        Goal(lumisection=30),
        lambda sight: sight.shows(lumisection=31),
    ),
)
KINDS = st.sampled_from(["read", "ask", *range(len(MEETS))])


@st.composite
def lessons(draw: st.DrawFn) -> Lesson:
    """Lessons whose steps may wait for any others, but not in a ring."""
    kinds = draw(st.lists(KINDS, min_size=1, max_size=8))
    order = draw(st.permutations(range(len(kinds))))
    steps = []
    for at, kind in enumerate(kinds):
        before = [f"s{each}" for each in order[: order.index(at)]]
        waits = draw(st.lists(st.sampled_from(before), max_size=2)) if before else []
        step = reading(f"s{at}", after=tuple(waits), hints=HINTS)
        if kind == "ask":
            step = msgspec.structs.replace(step, question=ASKED)
        elif isinstance(kind, int):
            step = msgspec.structs.replace(step, done=MEETS[kind][0])
        steps.append(step)
    return lesson(*steps)


def act(tutor: Tutor, sight: Sight, step: LessonStep) -> None:
    """Do what a step asks for, whether it is told or not."""
    if step.question is not None:
        tutor.answer(2)
        tutor.go_on()
    elif step.done is None:
        tutor.go_on()
    else:
        meets = next(meets for goal, meets in MEETS if goal == step.done)
        tutor.look(meets(sight))
        tutor.look(sight.shows(page="", plot="", alone=False, mode=None))
        if tutor.state.can_go_on:
            tutor.go_on()


def check(tutor: Tutor, before: tuple[bool, ...]) -> tuple[bool, ...]:
    """Nothing that is done is lost, and what is told can be done."""
    now = tutor.state
    assert all(new or not old for old, new in zip(before, now.done, strict=True))
    done = {each.id for each, is_done in
            zip(now.lesson.steps, now.done, strict=True) if is_done}  # fmt: skip
    if now.step is not None:
        assert now.lesson.steps[now.number - 1] is now.step
        assert done.issuperset(now.step.after)
        assert now.step.id not in done or now.can_go_on
    else:
        assert now.finished
    return now.done


def test_a_step_that_waits_for_a_later_one_is_told_after_that_was_left() -> None:
    asked = reading("s0", after=("s1",), hints=HINTS)
    tutor = Tutor(
        lesson(
            msgspec.structs.replace(asked, question=ASKED),
            msgspec.structs.replace(reading("s1", hints=HINTS), done=MEETS[0][0]),
        ),
        0.0,
    )
    tutor.look(MEETS[0][1](Sight()))  # before anybody was told to
    step = tutor.state.step
    assert step is not None
    assert (step.id, tutor.state.can_go_on) == ("s1", True)
    tutor.go_on()
    step = tutor.state.step
    assert step is not None
    assert step.id == "s0"


@given(lessons(), st.data())
def test_any_order_of_deeds_ends_a_lesson(given_: Lesson, data: st.DataObject) -> None:
    tutor, sight = Tutor(given_, 0.0), Sight()
    done = check(tutor, (False,) * len(given_.steps))
    many = len(given_.steps)
    for _ in range(many):  # each round does at least one further step
        for at in data.draw(st.permutations(range(many))):
            act(tutor, sight, given_.steps[at])
            done = check(tutor, done)
    assert tutor.state.finished
    assert all(done)
    assert sorted(names(tutor)) == sorted(each.id for each in given_.steps)


@given(lessons(), st.data())
def test_a_crash_at_any_point_loses_no_step(
    given_: Lesson, data: st.DataObject
) -> None:
    kept: dict[str, LessonStepDone] = {}
    many = len(given_.steps)
    for _ in range(many + 1):
        tutor, sight = Tutor(given_, 0.0), Sight()
        tutor.resume(kept)
        for at in data.draw(st.lists(st.integers(0, many - 1), max_size=2 * many)):
            act(tutor, sight, given_.steps[at])
        while (step := tutor.state.step) is not None and step.id in kept:
            tutor.go_on()
        if step is not None:
            act(tutor, sight, step)
        for each in tutor.take_done():
            assert each.step not in kept
            kept[each.step] = each
    assert set(kept) == {each.id for each in given_.steps}


@given(lessons(), st.data())
def test_no_order_of_calls_raises(given_: Lesson, data: st.DataObject) -> None:
    tutor, sight = Tutor(given_, data.draw(st.floats())), Sight()
    calls: list[Callable[[], object]] = [
        tutor.go_on,
        tutor.ask_hint,
        tutor.take_done,
        lambda: tutor.answer(data.draw(st.integers(-1, 9))),
        lambda: tutor.look(sight.shows(now=data.draw(st.floats()))),
        lambda: tutor.look(data.draw(st.sampled_from(MEETS))[1](sight)),
        lambda: tutor.look(sight.wrote(Finding("good"))),
        lambda: tutor.resume({"s0": LessonStepDone("", "s0")}),
    ]
    for call in data.draw(st.lists(st.sampled_from(calls), max_size=12)):
        call()
        assert tutor.state.finished == (tutor.state.step is None)


def test_a_fault_that_has_not_happened_yet_is_not_found() -> None:
    asked = doing("say", Goal(finding=FindingGoal("bad", ("fed-lost",), ("Hcal/*",))))
    run = LessonRun(causes=("fed-lost:Hcal@22",), ahead=8)
    tutor, sight = Tutor(lesson(asked, CALL, run=run), 0.0), Sight()
    tutor.look(sight.shows(lumisection=9, runs=1))
    guessed = Finding("bad", PLOT, "fed-lost", lumisection=9)
    assert tutor.look(sight.wrote(guessed)).said == (
        "Nothing of this had happened yet at LS 9."
    )
    # nor does it count later, once it has happened, or in the next run
    tutor.look(sight.shows(lumisection=23))
    tutor.look(sight.shows(lumisection=2, runs=2))
    assert told(tutor) == "say"
    # the next run counts its lumisections again
    tutor.look(sight.wrote(Finding("bad", PLOT, "fed-lost", lumisection=2)))
    assert told(tutor) == "call"
    (done,) = tutor.take_done()
    assert (done.step, done.wrong) == ("say", 1)


def test_every_finding_is_answered_where_it_is_seen() -> None:
    """Whatever step is told, and whether one asks for it or not."""
    late = msgspec.structs.replace(SAY, after=("call",))
    run = LessonRun(causes=("fed-lost:Hcal@4",))
    tutor, sight = Tutor(lesson(HELLO, CALL, late, BYE, run=run), 0.0), Sight()
    tutor.look(sight.shows(lumisection=9, runs=1))

    def said(verdict: Judgement, cause: str) -> tuple[str, str, str]:
        found = Finding(verdict, PLOT, cause, lumisection=9)
        state = tutor.look(sight.wrote(found))
        return told(tutor), state.mark, state.said

    assert said("good", "") == ("hello", "", NOT_ASKED)
    assert said("bad", "") == ("hello", "", NOT_ASKED)
    assert said("bad", "hv-trip") == ("hello", "✗", NOT_HERE)
    assert said("bad", "fed-lost") == (
        "hello", "✓", "Right. It counts once this is done: Step call.",
    )  # fmt: skip
    tutor.go_on()
    assert (told(tutor), tutor.state.said) == ("call", "")
    tutor.look(sight.wrote(Call("hcal-oncall")))
    assert (told(tutor), tutor.state.said) == ("say", ALREADY)
    tutor.go_on()
    assert told(tutor) == "bye"
    assert said("bad", "fed-lost") == ("bye", "✓", AGAIN)
    assert said("bad", "hv-trip") == ("bye", "✗", NOT_HERE)
    assert [each.wrong for each in tutor.take_done()] == [0, 0, 0]


def test_a_wrong_finding_is_said_in_the_step_that_is_told() -> None:
    tutor, sight = Tutor(lesson(HELLO, SAY), 0.0), Sight()
    state = tutor.look(sight.wrote(Finding("good", PLOT)))
    assert (told(tutor), state.mark) == ("hello", "✗")
    assert "call it good" in state.said
    tutor.go_on()
    tutor.look(sight.wrote(Finding("bad", PLOT, "fed-lost")))
    assert {each.step: each.wrong for each in tutor.take_done()} == {
        "hello": 0,
        "say": 1,
    }


def test_hints_for_a_fault_come_only_once_it_can_be_seen() -> None:
    say = msgspec.structs.replace(SAY, hints=HINTS)
    run = LessonRun(causes=("fed-lost:Hcal@22", "hv-trip:DT@3"))
    tutor, sight = Tutor(lesson(say, run=run), 0.0), Sight()
    tutor.look(sight.shows(now=0.0, lumisection=20, runs=1))
    state = tutor.look(sight.shows(now=300.0, lumisection=22))
    assert (state.hints, state.next_hint, state.more_hints) == ((), None, True)
    state = tutor.look(sight.shows(now=310.0, lumisection=23))
    assert (state.hints, state.next_hint) == ((), 40.0)
    assert tutor.look(sight.shows(now=350.0, lumisection=25)).hints == HINTS[:1]


def test_a_hint_that_is_asked_for_does_not_wait_for_the_fault() -> None:
    say = msgspec.structs.replace(SAY, hints=HINTS)
    run = LessonRun(causes=("fed-lost:Hcal@22",))
    tutor, sight = Tutor(lesson(say, run=run), 0.0), Sight()
    tutor.look(sight.shows(lumisection=20, runs=1))
    tutor.ask_hint()
    assert (tutor.state.hints, tutor.state.next_hint) == (HINTS[:1], None)
