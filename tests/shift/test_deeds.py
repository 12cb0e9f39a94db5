"""What a shifter does: on record, or refused with a reason."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
import pytest
from support.fake_book import FakeWriter
from support.fake_session import DEPTH1, NOW, RUN, FakeSession, run_info
from support.instructed import instructed_site, instruction, timing

from dqmconsole.model.checklist import CheckItem, CheckList
from dqmconsole.model.record import (
    Call,
    Check,
    Entry,
    Flag,
    HandOver,
    PassedOn,
    Read,
    Record,
    RunSeen,
    Seen,
    Settled,
    ShiftBegan,
    SignOff,
    Tick,
    TookUp,
)
from dqmconsole.model.release import Release
from dqmconsole.shift import deeds, reading
from dqmconsole.shift.duty import Duty
from dqmconsole.shift.flags import components, is_signed_off, timelines

if TYPE_CHECKING:
    from dqmconsole.model.site import Site

LISTS = (
    CheckList(
        "start", "Start", "start", (CheckItem("a", "Look"), CheckItem("b", "Go"))
    ),
    CheckList("run", "Run", "run", (CheckItem("c", "Compare"),)),
)
RELEASE = Release(5, "Eva", "eva", "new thresholds", NOW, "0.1", "f" * 16)


def the_site() -> Site:
    return msgspec.structs.replace(instructed_site(), checklists=LISTS)


def duty_on(
    *, begun: bool = True, account: str = "sue", site: Site | None = None
) -> tuple[Duty, FakeSession, FakeWriter]:
    session = FakeSession(site or the_site())
    session.put_run(run_info())
    writer = FakeWriter()
    permissions = {"trainee": ("tim",), "shift-leader": ("leo",), "expert": ("eva",)}
    made = session.site
    assert made is not None
    settings = msgspec.structs.replace(made.settings, permissions=permissions)
    session.put_site(msgspec.structs.replace(made, settings=settings))
    duty = Duty(session, lambda _s, _b: writer, lambda: NOW, account, "test:1")  # type: ignore[arg-type]
    duty.look(NOW, session.take())
    if begun:
        assert duty.begin("Ada") == ""
    return duty, session, writer


def last(writer: FakeWriter) -> Record:
    return writer.kept[-1]


def test_nothing_is_done_while_nobody_has_the_shift() -> None:
    duty, session, writer = duty_on(begun=False)
    session.release_waiting = RELEASE
    due = deeds.starting(duty)[0]
    (news,) = [
        reading.News(item, "new")
        for name, item in reading.items(the_site(), NOW).items()
        if name == ("instruction", "hcal/timing")
    ]
    refusals = [
        deeds.acknowledge(duty, news),
        deeds.read_hand_over(duty, "h1"),
        deeds.tick(duty, timing(), 0, DEPTH1, RUN),
        deeds.call(duty, "hcal-dqm", DEPTH1, RUN),
        deeds.check(duty, due, "a"),
        deeds.set_flag(duty, RUN, "hcal", Flag("GOOD")),
        deeds.confirm(duty, RUN, session.run)[1],
        deeds.sign_off(duty, RUN),
        deeds.pass_on(duty, RUN),
        deeds.enter(duty, Entry("one"), RUN),
        deeds.settle(duty, "e1"),
        deeds.hand_over(duty, "", "text"),
    ]
    assert all("nobody has the shift" in each for each in refusals)
    assert writer.kept == []


def test_a_shift_begins_with_what_was_read_and_checked() -> None:
    duty, _, writer = duty_on(begun=False)
    item = reading.items(the_site(), NOW)["instruction", "hcal/timing"]
    refused = deeds.begin(
        duty, "Ada", "Leo", read="h1",
        acknowledged=[reading.News(item, "new instruction")], checked=["start/b"],
    )  # fmt: skip
    assert refused == ""
    bodies = [record.body for record in writer.kept]
    assert bodies[0] == ShiftBegan("Leo", "h1")
    assert Read("instruction", "hcal/timing", 1, item.hash) in bodies
    assert bodies[-1] == Check("start", "b")
    assert {record.shift for record in writer.kept[1:]} == {writer.kept[0].uid}
    assert writer.files[item.hash].data == timing().text.encode()


def test_a_shift_that_does_not_begin_puts_nothing_on_record() -> None:
    duty, _, writer = duty_on(begun=False)
    assert deeds.begin(duty, "", checked=["start/a"]) != ""
    assert writer.kept == []


def test_the_start_has_its_check_list_before_and_after_it_began() -> None:
    duty, _, _ = duty_on(begun=False)
    (due,) = deeds.starting(duty)
    assert (due.checklist.id, due.open) == ("start", 2)
    deeds.begin(duty, "Ada", checked=["start/a"])
    (due,) = deeds.starting(duty)
    assert due.open == 1
    duty.begin("Ben")
    assert deeds.starting(duty)[0].open == 2  # each shift's own


def test_what_was_read_before_comes_from_wherever_the_book_has_it() -> None:
    duty, session, writer = duty_on()
    second = instructed_site(
        instructions=(instruction(version=4, text="four"), timing())
    )
    session.put_site(second)
    duty.look(NOW, session.take())
    (news,) = duty.news("Ada") or ()
    assert deeds.text_read(duty, "Ada", news) == instruction().text
    assert deeds.acknowledge(duty, news) == ""
    session.put_site(
        instructed_site(instructions=(instruction(version=5, text="five"), timing()))
    )
    duty.look(NOW, session.take())
    (news,) = duty.news("Ada") or ()
    assert deeds.text_read(duty, "Ada", news) is None  # asked for
    duty.look(NOW, session.take())
    assert deeds.text_read(duty, "Ada", news) == "four"
    assert writer.files[news.before_hash].data == b"four"
    new = msgspec.structs.replace(news, before_hash="")
    assert deeds.text_read(duty, "Ada", new) == ""


def test_what_is_gone_is_acknowledged_without_a_text() -> None:
    duty, session, writer = duty_on()
    session.put_site(instructed_site(instructions=(instruction(),)))
    duty.look(NOW, session.take())
    (news,) = duty.news("Ada") or ()
    assert deeds.acknowledge(duty, news) == ""
    assert last(writer).body == Read("instruction", "hcal/timing", 1, "")
    assert duty.news("Ada") == ()


def test_steps_are_ticked_with_the_version_in_view() -> None:
    duty, _, writer = duty_on()
    assert deeds.tick(duty, instruction(), 2, DEPTH1, RUN) == ""
    record = last(writer)
    assert record.body == Tick("hcal/digi-occupancy", 3, 2, DEPTH1)
    assert record.versions.instruction == "hcal/digi-occupancy@3"
    assert record.run == RUN


def test_a_call_names_who_is_on_call() -> None:
    duty, _, writer = duty_on()
    assert deeds.call(duty, "hcal-dqm", DEPTH1, RUN, answered=True) == ""
    assert last(writer).body == Call("hcal-dqm", "", "16 1001", DEPTH1, answered=True)


def test_check_lists_of_a_run_belong_to_it() -> None:
    duty, _, writer = duty_on()
    duty.look(NOW + 5, msgspec.convert({}, type(duty.session.take())))
    due = next(each for each in duty.due if each.checklist.id == "run")
    assert deeds.check(duty, due, "c") == ""
    assert (last(writer).body, last(writer).run) == (
        Check("run", "c", f"run {RUN}"),
        RUN,
    )


def test_a_page_is_noted_once_per_run() -> None:
    duty, _, writer = duty_on()
    for _ in range(2):
        deeds.page_opened(duty, "Hcal/Timing", RUN)
    deeds.page_opened(duty, "Hcal/Timing", 0)
    seen = [each for each in writer.kept if isinstance(each.body, Seen)]
    assert [each.run for each in seen] == [RUN]


@pytest.mark.parametrize(
    ("component", "flag", "why"),
    [
        ("nothing", Flag("GOOD"), "no component"),
        ("hcal", Flag("GOOD", first=0), "count from 1"),
        ("hcal", Flag("GOOD", first=9, last=3), "count from 1"),
        ("hcal", Flag("BAD"), "say why"),
        ("hcal", Flag("EXCLUDED", comment=" "), "say why"),
    ],
)
def test_flags_that_make_no_sense_are_refused(
    component: str, flag: Flag, why: str
) -> None:
    duty, _, writer = duty_on()
    before = len(writer.kept)
    assert why in deeds.set_flag(duty, RUN, component, flag)
    assert len(writer.kept) == before


def test_a_trainee_sets_no_flag_and_is_told_who_can() -> None:
    duty, _, _ = duty_on(account="tim")
    refused = deeds.set_flag(duty, RUN, "hcal", Flag("GOOD"))
    assert refused == (
        "a trainee cannot set or confirm flags; "
        "a shifter or a shift-leader or an expert can"
    )
    assert deeds.enter(duty, Entry("one"), RUN) == ""


def end_run(duty: Duty, writer: FakeWriter, run: int = RUN) -> None:
    writer.come(Record("over", NOW, RunSeen("ended", lumisections=20), run=run))
    duty.look(NOW, duty.session.take())


def test_proposals_are_confirmed_and_then_the_run_is_signed_off() -> None:
    duty, session, writer = duty_on()
    names = list(components(duty.site))
    for name in names:
        duty.pen.write(Flag("GOOD", proposed=True), run=RUN, subsystem=name)
    assert deeds.sign_off(duty, RUN) == f"run {RUN} is not over yet"
    end_run(duty, writer)
    assert "only proposed" in deeds.sign_off(duty, RUN)
    assert deeds.confirm(duty, RUN, session.run) == (len(names), "")
    assert deeds.sign_off(duty, RUN, "fine") == ""
    signed = last(writer).body
    assert isinstance(signed, SignOff)
    assert signed.comment == "fine"
    # it counts once the log has it
    assert is_signed_off(duty.logbook, RUN) is None
    waits = f"the sign-off of run {RUN} waits until the log has it"
    assert deeds.sign_off(duty, RUN) == waits
    assert deeds.pass_on(duty, RUN) == waits
    assert deeds.set_flag(duty, RUN, "hcal", Flag("BAD", cause="HV")) == waits
    duty.look(NOW, duty.session.take())
    assert is_signed_off(duty.logbook, RUN) is not None
    assert "signed off already" in deeds.sign_off(duty, RUN)
    refused = deeds.set_flag(duty, RUN, "hcal", Flag("BAD", cause="HV"))
    assert refused.startswith("a shifter cannot change a flag of a run that is signed")


def test_a_run_with_bad_flags_without_a_reason_is_not_signed_off() -> None:
    duty, _, writer = duty_on()
    for name in components(duty.site):
        duty.pen.write(Flag("BAD"), run=RUN, subsystem=name)  # as another tool would
    end_run(duty, writer)
    for name in components(duty.site):
        refused = deeds.sign_off(duty, RUN)
        assert refused.startswith(f"run {RUN} cannot be signed off: ")
        assert f"{name} BAD" in refused
        assert refused.endswith("without a cause: give one (B)")
        flag = Flag("BAD", comment="a hole")
        assert deeds.set_flag(duty, RUN, name, flag) == ""
    assert deeds.sign_off(duty, RUN) == ""


def test_a_shift_leader_changes_a_flag_of_a_run_that_is_signed_off() -> None:
    duty, _, writer = duty_on(account="leo")
    duty.pen.write(SignOff(), run=RUN)
    duty.look(NOW, duty.session.take())
    assert deeds.set_flag(duty, RUN, "hcal", Flag("BAD", cause="HV")) == ""
    assert timelines(duty.logbook, RUN, ["hcal"])["hcal"][0].flag.status == "BAD"
    assert last(writer).subsystem == "hcal"


def test_disputed_and_missing_flags_are_left_to_decide() -> None:
    duty, session, _ = duty_on()
    duty.pen.write(
        Flag("GOOD", proposed=True, disputed="2 plots are BAD"),
        run=RUN,
        subsystem="hcal",
    )
    many, left = deeds.confirm(duty, RUN, session.run)
    assert many == 0
    assert "hcal" in left


def test_a_run_is_passed_on_to_the_next_shift() -> None:
    duty, _, writer = duty_on()
    assert deeds.pass_on(duty, RUN) == f"run {RUN} is not over yet"
    end_run(duty, writer)
    assert deeds.pass_on(duty, RUN, "Pixel is not decided") == ""
    assert last(writer).body == PassedOn("Pixel is not decided")
    assert last(writer).run == RUN


def test_entries_have_titles_and_their_problems_are_settled() -> None:
    duty, _, writer = duty_on()
    assert "title" in deeds.enter(duty, Entry(" "), RUN)
    assert deeds.enter(duty, Entry("HBM09", problem=True), RUN, subsystem="hcal") == ""
    entry = last(writer)
    assert "no such entry" in deeds.settle(duty, "elsewhere")
    assert deeds.settle(duty, entry.uid, "exchanged") == ""
    assert last(writer).body == Settled(entry.uid, "exchanged")
    assert (last(writer).run, last(writer).subsystem) == (RUN, "hcal")


def test_a_hand_over_is_not_empty() -> None:
    duty, _, writer = duty_on()
    assert "empty" in deeds.hand_over(duty, "Night", " \n")
    assert deeds.hand_over(duty, " ", "All fine.") == ""
    assert last(writer).body == HandOver("Hand-over", "All fine.")


def test_a_release_in_stable_beams_takes_the_shift_leader() -> None:
    duty, session, writer = duty_on()
    assert deeds.take_up(duty) == "no release waits"
    session.release_waiting = RELEASE
    assert "name of the shift leader" in deeds.take_up(duty, " ")
    assert session.taken_up == []
    assert deeds.take_up(duty, "Leo") == ""
    assert session.taken_up == [5]
    # only what the engine does read is on record as taken up
    assert not any(isinstance(each.body, TookUp) for each in writer.kept)
    read = msgspec.structs.replace(session.site, release=RELEASE)
    session.put_site(read)
    for _ in range(2):
        duty.look(duty.now(), session.take())
    took = [each.body for each in writer.kept if isinstance(each.body, TookUp)]
    assert took == [TookUp(5, 0, "Leo")]


def test_a_shift_leader_takes_a_release_up_alone() -> None:
    duty, session, _ = duty_on(account="leo")
    session.release_waiting = RELEASE
    assert deeds.take_up(duty) == ""
    assert session.taken_up == [5]


def test_out_of_stable_beams_a_shifter_takes_a_release_up() -> None:
    duty, session, _ = duty_on()
    conditions = msgspec.structs.replace(session.run.conditions, beam_mode="no beam")
    session.put_run(msgspec.structs.replace(session.run, conditions=conditions))
    session.release_waiting = RELEASE
    assert deeds.take_up(duty) == ""
