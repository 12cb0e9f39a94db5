"""A call is on record once it is confirmed, and only then."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QListWidget, QPushButton, QWidget
from support.alarm_scene import HOLES, SHIFTED
from support.consoles import Console
from support.fake_book import FakeWriter
from support.fake_session import DEPTH1, NOW, RUN, TIME
from support.instructed import (
    OCCUPANCY,
    WHO,
    instructed_session,
    instructed_site,
    instruction,
)

from dqmconsole.model.instruction import Step, UrgencyRule
from dqmconsole.model.layout import plot_key
from dqmconsole.model.moment import clock_words
from dqmconsole.model.record import Call, Record, Tick
from dqmconsole.model.verdict import Status
from dqmconsole.shift.alarm_words import call_words, person_to_call, worst_member
from dqmconsole.shift.alarms import alarm_name
from dqmconsole.shift.client import Changes
from dqmconsole.shift.session import ShiftSession
from dqmconsole.ui.guidance.contacts import callees, calling_step, record_call
from dqmconsole.ui.guidance.steps import UrgencyMark
from dqmconsole.ui.labels import PlainLabel
from dqmconsole.ui.tick_box import TickBox

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from pytestqt.qtbot import QtBot

    from dqmconsole.model.cause import Urgency as AlarmUrgency
    from dqmconsole.model.site import Site


@pytest.fixture
def console(qtbot: QtBot, tmp_path: Path) -> Iterator[Console]:  # noqa: ARG001 - Qt
    """Somebody on shift, on a BAD plot."""
    console = Console(instructed_session(), tmp_path / "c.ini", writer=FakeWriter())
    console.session.begin(WHO)
    console.window.parts.view.select_plot(DEPTH1)
    console.wait(1)
    yield console
    console.close()


def people(console: Console) -> list[str]:
    """Whom the sheet lists, one line each."""
    found = console.find(QListWidget, "Whom to call")
    return [" ".join(found.item(at).text().split()) for at in range(found.count())]


def last(console: Console, kind: type = Call) -> Record:
    assert console.writer is not None
    return next(
        each for each in reversed(console.writer.kept) if isinstance(each.body, kind)
    )


def confirm(console: Console, name: str = "They answered") -> None:
    """Say whether they answered, by keyboard; the way back has it first."""
    console.press(Qt.Key.Key_Return)
    assert console.focus() == "Not called"
    for _ in range(3):
        if console.focus() == name:
            break
        console.press(Qt.Key.Key_Right)
    assert console.focus() == name
    console.press(Qt.Key.Key_Return)


def test_a_call_is_put_on_record_by_keyboard(console: Console) -> None:
    console.press(Qt.Key.Key_C)
    assert console.focus() == "Whom to call"
    assert people(console) == [
        "1. Hcal DQM on call, 16 1001 [example] – readout and calibration "
        "can be reached",
        "2. Technical shift, 16 1002 [example] – high voltage can be reached",
        "3. Shift leader, 16 1003 can be reached",
        "4. Run coordinator, 16 1004 can be reached",
    ]
    assert console.says("How soon to call") == "CALL NOW in stable beams"
    assert console.says("Step that calls").startswith("Step 3: Call the Hcal DQM")
    console.press(Qt.Key.Key_Return)
    assert console.says("Whether they were called") == (
        "Did you call Hcal DQM on call, 16 1001 [example], about Occupancy, depth 1?"
    )
    console.press(Qt.Key.Key_Return)  # by habit: back to the list
    assert console.focus() == "Whom to call"
    confirm(console)
    assert not console.sees(QWidget, "Call")
    assert console.says("Answer") == "Call to Hcal DQM on call recorded, step 3 ticked"
    record = last(console)
    assert record.body == Call("hcal-dqm", "", "16 1001", DEPTH1, True)
    assert (record.who, record.run) == (WHO, RUN)
    assert record.versions.instruction == f"{OCCUPANCY}@3"
    assert console.focus() == "Occupancy, depth 1"


def test_an_open_sheet_follows_the_beam_and_keeps_who_was_chosen(
    console: Console,
) -> None:
    console.press(Qt.Key.Key_C)
    console.press(Qt.Key.Key_Down)
    assert console.says("How soon to call") == "CALL NOW in stable beams"
    run = console.client.mailbox.run
    ramp = msgspec.structs.replace(run.conditions, beam_mode="ramp")
    console.client.put_run(msgspec.structs.replace(run, conditions=ramp))
    console.wait(1.5)
    assert console.says("How soon to call").startswith("call in working hours")
    assert console.find(QListWidget, "Whom to call").currentRow() == 1


def test_who_was_chosen_stays_chosen_where_the_order_changes(
    console: Console,
) -> None:
    first = Step("Ask for beam.", "shift-leader", (UrgencyRule("call now", ("ramp",)),
                 UrgencyRule("write only")))  # fmt: skip
    last = Step("Call.", "hcal-dqm", (UrgencyRule("call now", ("stable beams",)),
                UrgencyRule("write only")))  # fmt: skip
    told = instruction(steps=(last, first))
    console.client.put_site(instructed_site(instructions=(told,)))
    console.wait(1.5)
    console.press(Qt.Key.Key_C)
    console.press(Qt.Key.Key_Down)
    assert people(console)[1].startswith("2. Technical shift")
    run = console.client.mailbox.run
    ramp = msgspec.structs.replace(run.conditions, beam_mode="ramp")
    console.client.put_run(msgspec.structs.replace(run, conditions=ramp))
    console.wait(1.5)
    assert people(console)[0].startswith("1. Shift leader")
    at = console.find(QListWidget, "Whom to call").currentRow()
    assert people(console)[at].startswith(f"{at + 1}. Technical shift")


def test_one_urgency_holds_for_line_mark_and_phone(console: Console) -> None:
    console.press(Qt.Key.Key_C)
    run = console.client.mailbox.run
    ramp = msgspec.structs.replace(run.conditions, beam_mode="ramp")
    console.client.put_run(msgspec.structs.replace(run, conditions=ramp))
    console.client.put_alarms(HOLES)
    console.wait(1.5)
    words = f"CALL NOW, as its alarm asks ({alarm_name(HOLES)})"
    assert console.says("How soon to call") == words
    assert console.sees(UrgencyMark, "call now")
    assert console.says("Say: I ask").startswith("Please look at it now.")
    later = msgspec.structs.replace(HOLES, urgency="next-day")
    console.client.put_alarms(later)
    console.wait(1.5)
    assert console.says("How soon to call").startswith("call in working hours (now")
    assert console.sees(UrgencyMark, "call in working hours")
    assert console.says("Say: I ask").startswith("It can wait until working hours.")


@pytest.mark.parametrize("urgency", ["", "next-day"])
def test_what_is_not_bad_is_no_more_urgent_than_its_row(
    console: Console, urgency: AlarmUrgency
) -> None:
    members = [
        msgspec.structs.replace(each, status=Status.WARNING) for each in HOLES.members
    ]
    mild = msgspec.structs.replace(HOLES, members=tuple(members), urgency=urgency)
    console.client.put_alarms(mild)
    console.wait(1.5)
    soon, _ = console.words("Note on If it is bad").splitlines()
    step = console.find(PlainLabel, "How soon, step 3")
    assert step.text() == "CALL NOW in stable beams"  # as it is written, but not loud
    assert step.property("role") == "muted"
    console.press(Qt.Key.Key_C)
    assert console.says("How soon to call").casefold() == soon.casefold()
    row = call_words(console.session, mild).soon
    if urgency:
        assert row == "Next day"
        assert console.says("How soon to call").startswith("call in working hours (now")
        return
    assert row == "Not urgent"
    words = f"not urgent: its alarm asks for no call ({alarm_name(mild)})"
    assert console.says("How soon to call") == words
    assert console.says("Step that calls").startswith("Step 3: Call the Hcal DQM")
    marks = console.find(QWidget, "Call").findChildren(UrgencyMark)
    assert not any(each.isVisible() for each in marks)
    assert console.says("Say: I ask").startswith("Can you look at it?")


def test_without_a_step_that_calls_the_alarm_says_how_soon(
    qtbot: QtBot,  # noqa: ARG001 - it brings the application
    tmp_path: Path,
) -> None:
    site = instructed_site(instructions=(instruction(steps=(Step("Look."),)),))
    console = Console(instructed_session(site), tmp_path / "c.ini")
    console.window.parts.view.select_plot(DEPTH1)
    console.client.put_alarms(HOLES)
    console.wait(1.5)
    console.press(Qt.Key.Key_C)
    words = f"CALL NOW, as its alarm asks ({alarm_name(HOLES)})"
    assert console.says("How soon to call") == words
    assert console.says("Step that calls").startswith("No step calls")
    assert console.says("Say: I ask").startswith("Please look at it now.")
    console.client.put_alarms(msgspec.structs.replace(HOLES, returned=NOW))
    console.wait(1.5)
    assert console.says("How soon to call").startswith("No urgency is written")
    assert not console.sees(UrgencyMark, "call now")
    console.close()


def test_what_calls_sooner_for_some_causes_is_said_until_the_cause_is(
    qtbot: QtBot,  # noqa: ARG001 - it brings the application
    tmp_path: Path,
) -> None:
    now, later = UrgencyRule("call now"), UrgencyRule("call in working hours")
    steps = (
        Step("The gas may be low.", "hcal-dqm", (now,), causes=("loss", "gas-low")),
        Step("Anything else.", "hcal-dqm", (later,)),
        Step("It is known.", "hcal-dqm", (later,), causes=("hot-channel",)),
    )
    site = instructed_site(instructions=(instruction(steps=steps),))
    console = Console(instructed_session(site), tmp_path / "c.ini", writer=FakeWriter())
    console.session.begin(WHO)
    console.window.parts.view.select_plot(DEPTH1)
    console.wait(1)
    console.press(Qt.Key.Key_C)
    assert console.says("How soon to call").startswith("call in working hours (now")
    assert console.says("Step that calls") == "Step 2: Anything else."
    sooner = console.says("Which causes call sooner")
    assert sooner == "If it is loss or gas-low: CALL NOW (step 1)"
    ask = "If it is loss or gas-low: please look at it now. What do I do until then?"
    assert console.says("Say: I ask").endswith(ask)
    console.session.cause_said = lambda _key: "gas-low"
    console.wait(1.5)
    assert console.says("How soon to call") == "CALL NOW"
    assert console.says("Step that calls") == "Step 1: The gas may be low."
    console.close()


def test_arrows_choose_and_words_go_with_it(console: Console) -> None:
    console.press(Qt.Key.Key_C)
    console.press(Qt.Key.Key_Down)
    console.press(Qt.Key.Key_Down)
    console.press(Qt.Key.Key_Return)
    console.press(Qt.Key.Key_Left)
    assert console.focus() == "What was said"
    console.type("tick c and d")
    console.press(Qt.Key.Key_Return)  # what was said is no confirmation
    assert console.sees(QWidget, "Call")
    console.press(Qt.Key.Key_Tab)
    console.press(Qt.Key.Key_Tab)
    assert console.focus() == "They answered"
    console.press(Qt.Key.Key_Return)
    assert last(console).body == Call(
        "shift-leader", "", "16 1003", DEPTH1, True, "tick c and d"
    )
    console.press(Qt.Key.Key_C)
    assert "Shift leader, called by Ada, about Hcal/DigiTask/Occupancy/depth1" in (
        console.says("Earlier calls")
    )
    assert "answered, “tick c and d”" in console.says("Earlier calls")
    console.press(Qt.Key.Key_Escape)
    assert not console.sees(QWidget, "Call")
    assert console.says("Page") == "Hcal › Digi occupancy"


def test_what_was_said_goes_with_it_by_keyboard(console: Console) -> None:
    assert console.client.mailbox.alarms == {}
    console.press(Qt.Key.Key_C)
    assert console.says("Say: Who") == "This is Ada, DQM shift."
    console.press(Qt.Key.Key_Return)
    assert not console.sees(QWidget, "Say: Who")  # it was said by now
    for _ in range(10):
        if console.focus() == "I said: run":
            break
        console.press(Qt.Key.Key_Tab)
    for name in ("run", "what and where"):
        assert console.focus() == f"I said: {name}"
        console.press(Qt.Key.Key_Space)
        console.press(Qt.Key.Key_Tab)
    for _ in range(10):
        if console.focus() == "They answered":
            break
        console.press(Qt.Key.Key_Tab)
    console.press(Qt.Key.Key_Return)
    assert last(console).body == Call(
        "hcal-dqm", "", "16 1001", DEPTH1, True, said=("run", "what and where")
    )
    console.press(Qt.Key.Key_C)
    assert (
        "said, by the caller's own note: run, what and where; not noted: since when, "
        "read back"
    ) in console.says("Earlier calls")
    console.press(Qt.Key.Key_Return)  # of the next call nothing is said yet
    assert not console.find(TickBox, "I said: run").isChecked()


def test_nobody_answered_is_an_answer(console: Console) -> None:
    console.press(Qt.Key.Key_C)
    confirm(console, "Nobody answered")
    assert last(console).body == Call("hcal-dqm", "", "16 1001", DEPTH1, False)


@pytest.mark.parametrize("size", [(1600, 950), (1366, 768)])
def test_earlier_calls_squash_nothing(console: Console, size: tuple[int, int]) -> None:
    assert console.writer is not None
    said = "they look at the readout box, and call back when they know more of it"
    call = Call("hcal-dqm", "Ada Longname", "16 1001", DEPTH1, True, said)
    for at in range(3):
        console.writer.come(
            Record(f"c{at}", NOW - 60 * at, call, who="Ben Ode", run=RUN)
        )
    console.wait(2)
    console.window.resize(*size)
    console.press(Qt.Key.Key_C)
    sheet = console.find(QWidget, "Call")
    for key in (None, Qt.Key.Key_Return):
        if key is not None:
            console.press(key)
        assert console.says("Earlier calls").count("Ada Longname") == 3
        assert sheet.height() >= sheet.heightForWidth(sheet.width())


def test_who_did_not_answer_stands_so_and_the_next_is_selected(
    console: Console,
) -> None:
    console.press(Qt.Key.Key_C)
    assert people(console)[0].endswith("can be reached")
    confirm(console, "Nobody answered")
    console.press(Qt.Key.Key_C)
    assert people(console)[0].endswith(f"did not answer, {clock_words(NOW + 1)}")
    assert people(console)[1].endswith("can be reached")
    assert console.find(QListWidget, "Whom to call").currentRow() == 1
    confirm(console)
    console.press(Qt.Key.Key_C)
    console.find(QListWidget, "Whom to call").setCurrentRow(0)
    confirm(console)  # the second time they did
    console.press(Qt.Key.Key_C)
    assert people(console)[0].endswith("can be reached")


def test_who_did_not_answer_about_something_else_stands_so_and_is_called_again(
    console: Console,
) -> None:
    assert console.writer is not None
    shift = console.session.author.signature.shift
    about = plot_key("DT", "Occupancy", "DT/Map")
    call = Call("hcal-dqm", "", "16 1001", about, False)
    console.writer.come(Record("c", NOW - 60, call, "Ben", run=RUN, shift=shift))
    console.wait(2)
    console.press(Qt.Key.Key_C)
    said = f"did not answer, {clock_words(NOW - 60)} (about DT)"
    assert people(console)[0].endswith(said)
    assert console.find(QListWidget, "Whom to call").currentRow() == 0
    confirm(console)  # now they did
    console.press(Qt.Key.Key_C)
    assert people(console)[0].endswith("can be reached")


@pytest.mark.parametrize("answers", [True, False])
def test_in_training_it_is_told_what_a_call_comes_to(
    console: Console, answers: bool
) -> None:
    console.window.context.phone_outcome = lambda role: (
        answers,
        f"It rings at {role}.",
    )
    console.press(Qt.Key.Key_C)
    console.press(Qt.Key.Key_Return)
    asked = console.says("Whether they were called")
    assert asked.startswith("You call Hcal DQM on call, 16 1001 [example], about")
    assert asked.endswith(" It rings at hcal-dqm.")
    assert console.sees(QPushButton, "They answered") == answers
    assert console.sees(QPushButton, "Nobody answered") != answers
    button = "They answered" if answers else "Nobody answered"
    console.find(QPushButton, button).click()
    body = last(console).body
    assert isinstance(body, Call)
    assert body.answered == answers


@pytest.mark.parametrize("typed", ["hcal digi occ\r", "c\r\rc\r", "c 1\r2 \r\r 3\r"])
def test_what_is_typed_by_mistake_is_no_call(console: Console, typed: str) -> None:
    """Whoever forgets the / of the search types into the page."""
    assert console.writer is not None
    for letter in typed * 2:
        console.press(Qt.Key.Key_Return) if letter == "\r" else console.type(letter)
    assert not any(isinstance(each.body, Call) for each in console.writer.kept)


def test_hours_are_said(console: Console) -> None:
    console.wait(12 * 3600)
    console.press(Qt.Key.Key_C)
    assert people(console)[3] == (
        "4. Run coordinator, 16 1004 cannot be reached: outside their hours"
    )


def test_nobody_on_shift_is_said_with_the_key(console: Console) -> None:
    console.session.end()
    console.press(Qt.Key.Key_C)
    assert "begin it first (F2)" in console.says("Why the call is not recorded")
    before = len(console.writer.kept)
    confirm(console)
    assert console.sees(QWidget, "Call")
    assert len(console.writer.kept) == before


def test_the_next_person_is_chosen_when_nobody_answered(console: Console) -> None:
    """After ten minutes it is the second one; the notice leads to the plot."""
    for _ in range(2):
        console.wait(301)
    words = console.says("Notice")
    assert "is BAD for" in words
    assert "nobody has answered: call Technical shift, 16 1002" in words
    console.window.parts.view.select_plot(TIME)
    console.window.parts.notices.clicked.emit()
    console.wait(0)
    assert console.says("Title of the selected plot") == "Occupancy, depth 1"
    console.press(Qt.Key.Key_C)
    assert console.find(QListWidget, "Whom to call").currentRow() == 1
    confirm(console)
    console.wait(2)
    assert "nobody has answered" not in console.says("Notice")
    console.window.parts.notices.clicked.emit()
    assert console.window.parts.docks["problems"].isVisible()


def test_without_an_instruction_the_owner_comes_first(
    qtbot: QtBot,  # noqa: ARG001 - it brings the application
    tmp_path: Path,
) -> None:
    client = instructed_session(instructed_site(instructions=()))
    console = Console(client, tmp_path / "c.ini", writer=FakeWriter())
    console.session.begin(WHO)
    console.window.parts.view.select_plot(DEPTH1)
    console.wait(1)
    console.press(Qt.Key.Key_C)
    assert console.says("How soon to call").startswith("No urgency is written")
    assert people(console)[0].startswith("1. Hcal DQM on call")
    confirm(console)
    assert isinstance(last(console).body, Call)
    assert last(console).versions.instruction == ""
    console.window.parts.view.open_plot("Ecal/nowhere")
    console.wait(0)
    console.press(Qt.Key.Key_C)
    assert people(console) == ["The site names nobody for this plot."]
    before = len(console.writer.kept)
    console.press(Qt.Key.Key_Return)
    assert len(console.writer.kept) == before
    assert console.now > NOW
    console.close()


def call_next(console: Console) -> None:
    """Say by keyboard that who is next was called and answered."""
    console.press(Qt.Key.Key_C, Qt.KeyboardModifier.ShiftModifier)
    assert console.focus() == "Not called"
    console.press(Qt.Key.Key_Right)
    console.press(Qt.Key.Key_Return)


def test_one_key_asks_about_the_next_call(console: Console) -> None:
    call_next(console)
    assert not console.sees(QWidget, "Call")
    assert last(console).body == Call("hcal-dqm", "", "16 1001", DEPTH1, True)
    assert console.says("Answer") == "Call to Hcal DQM on call recorded, step 3 ticked"


def test_one_key_asks_about_the_alarm_that_has_the_keyboard(console: Console) -> None:
    console.client.put_alarms(HOLES, SHIFTED)
    console.wait(1.5)
    console.press("3", Qt.KeyboardModifier.ControlModifier)
    strip = console.window.parts.strip
    for _ in range(2):
        if strip.current is not None and strip.current.alarm.id == SHIFTED.id:
            break
        console.press(Qt.Key.Key_Down)
        console.wait(30)  # it does not take what came to be selected just now
    console.press(Qt.Key.Key_C, Qt.KeyboardModifier.ShiftModifier)
    assert console.says("Whether they were called").endswith("about Pulse time, HE?")


def test_one_key_says_why_nothing_is_recorded(console: Console) -> None:
    console.session.end()
    console.wait(1)
    console.press(Qt.Key.Key_C, Qt.KeyboardModifier.ShiftModifier)
    assert "nobody has the shift" in console.says("Why the call is not recorded")


def test_a_call_ticks_the_step_that_asks_for_it_once(console: Console) -> None:
    """The shifter does not do by hand what the call says already."""
    for _ in range(2):
        call_next(console)
    assert last(console, Tick).body == Tick(OCCUPANCY, 3, 2, DEPTH1)
    assert console.writer is not None
    assert sum(isinstance(each.body, Tick) for each in console.writer.kept) == 1
    assert console.says("Answer") == "Call to Hcal DQM on call recorded"
    console.wait(1)
    assert console.says("Who ticked step 3").startswith("✓ Ada, ")


# -- without a window ------------------------------------------------------------------


def on_shift(site: Site | None = None) -> tuple[ShiftSession, FakeWriter]:
    """Somebody on shift, without a window, and what they write."""
    client, writer = instructed_session(site), FakeWriter()
    session = ShiftSession(client, lambda *_: writer, lambda: NOW)  # type: ignore[arg-type]
    session.look(NOW, Changes(site=True))
    assert session.begin(WHO) == ""
    return session, writer


def test_the_step_that_names_who_was_called_is_ticked() -> None:
    now = (UrgencyRule("call now"),)
    first, *rest = instruction().steps
    steps = (first, Step("Call the technical shift.", "technical-shift", now), *rest)
    session, _ = on_shift(instructed_site(instructions=(instruction(steps=steps),)))
    guidance = session.guidance(DEPTH1)
    found = calling_step(session, guidance)
    assert found == (1, steps[1])
    callee = next(
        each for each in callees(session, guidance) if each.person.role == "hcal-dqm"
    )
    assert record_call(session, guidance, DEPTH1, callee, None, "") == (
        True,
        "Call to Hcal DQM on call recorded, step 4 ticked",
    )


def test_row_panel_and_box_name_whom_the_step_for_the_said_cause_names() -> None:
    now = (UrgencyRule("call now"),)
    trip = Step("Reset the trip.", "technical-shift", now, causes=("hv-trip",))
    steps = (*instruction().steps, trip)
    session, _ = on_shift(instructed_site(instructions=(instruction(steps=steps),)))

    def named() -> tuple[str, str, str]:
        guidance = session.guidance(DEPTH1)
        step = calling_step(session, guidance)
        first = callees(session, guidance)[0].person
        row = person_to_call(session, HOLES)
        assert step is not None
        assert row is not None
        return step[1].role, first.role, row.role

    assert named() == ("hcal-dqm",) * 3
    session.cause_said = lambda key: "hv-trip" if key == DEPTH1 else ""
    assert worst_member(HOLES).key == DEPTH1
    assert named() == ("technical-shift",) * 3


def test_a_call_that_nobody_took_ticks_nothing() -> None:
    session, writer = on_shift()
    guidance = session.guidance(DEPTH1)
    callee = callees(session, guidance)[0]
    done, _ = record_call(session, guidance, DEPTH1, callee, False, "no answer")
    assert done
    assert writer.kept[-1].body == Call(
        "hcal-dqm", "", "16 1001", DEPTH1, False, "no answer"
    )
    assert not any(isinstance(each.body, Tick) for each in writer.kept)


def test_to_a_phone_that_nobody_took_nothing_was_said() -> None:
    session, writer = on_shift()
    guidance = session.guidance(DEPTH1)
    callee = callees(session, guidance)[0]
    for answered in (False, None, True):
        record_call(session, guidance, DEPTH1, callee, answered, "", ("run",))
    said = [each.body.said for each in writer.kept if isinstance(each.body, Call)]
    assert said == [(), (), ("run",)]
