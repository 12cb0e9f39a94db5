"""What a shifter does: on record, or refused with a reason."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
import pytest
from support.fake_book import FakeWriter
from support.fake_session import DEPTH1, NOW, RUN, FakeSession, run_info
from support.instructed import instructed_site, instruction, timing

from dqmconsole.model.alarm import Alarm, Member
from dqmconsole.model.checklist import CheckItem, CheckList
from dqmconsole.model.frame import NoticeFact
from dqmconsole.model.message import Hello
from dqmconsole.model.record import (
    Acknowledged,
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
from dqmconsole.model.run import RunState
from dqmconsole.model.verdict import Status
from dqmconsole.shift import actions, reading
from dqmconsole.shift.alarms import seen
from dqmconsole.shift.flags import (
    components,
    is_signed_off,
    lumisections_of,
    timelines,
)
from dqmconsole.shift.session import ShiftSession
from dqmconsole.shift.signing import gate

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
) -> tuple[ShiftSession, FakeSession, FakeWriter]:
    client = FakeSession(site or the_site())
    client.put_run(run_info())
    writer = FakeWriter()
    permissions = {"trainee": ("tim",), "shift-leader": ("leo",), "expert": ("eva",)}
    made = client.site
    assert made is not None
    settings = msgspec.structs.replace(made.settings, permissions=permissions)
    client.put_site(msgspec.structs.replace(made, settings=settings))
    session = ShiftSession(
        client, lambda _s, _b: writer, lambda: NOW, account, "test:1"
    )  # type: ignore[arg-type]
    session.look(NOW, client.take())
    if begun:
        assert session.begin("Ada") == ""
    return session, client, writer


def last(writer: FakeWriter) -> Record:
    return writer.kept[-1]


def test_nothing_is_done_while_nobody_has_the_shift() -> None:
    session, client, writer = duty_on(begun=False)
    client.mailbox.release_waiting = RELEASE
    due = actions.starting(session)[0]
    (news,) = [
        reading.News(item, "new")
        for name, item in reading.items(the_site(), NOW).items()
        if name == ("instruction", "hcal/timing")
    ]
    refusals = [
        actions.acknowledge(session, news),
        actions.read_hand_over(session, "h1"),
        actions.tick(session, timing(), 0, DEPTH1, RUN),
        actions.call(session, "hcal-dqm", DEPTH1, RUN),
        actions.check(session, due, "a"),
        actions.set_flag(session, RUN, "hcal", Flag("GOOD")),
        actions.confirm(session, RUN, client.mailbox.run)[1],
        actions.sign_off(session, RUN),
        actions.pass_on(session, RUN),
        actions.enter(session, Entry("one"), RUN),
        actions.settle(session, "e1"),
        actions.hand_over(session, "", "text"),
    ]
    assert all("nobody has the shift" in each for each in refusals)
    assert writer.kept == []


def test_a_shift_begins_with_what_was_read_and_checked() -> None:
    session, _, writer = duty_on(begun=False)
    item = reading.items(the_site(), NOW)["instruction", "hcal/timing"]
    refused = actions.begin(
        session, "Ada", "Leo", read="h1",
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
    session, _, writer = duty_on(begun=False)
    assert actions.begin(session, "", checked=["start/a"]) != ""
    assert writer.kept == []


def test_the_start_has_its_check_list_before_and_after_it_began() -> None:
    session, _, _ = duty_on(begun=False)
    (due,) = actions.starting(session)
    assert (due.checklist.id, due.open) == ("start", 2)
    actions.begin(session, "Ada", checked=["start/a"])
    (due,) = actions.starting(session)
    assert due.open == 1
    session.begin("Ben")
    assert actions.starting(session)[0].open == 2  # each shift's own


def test_what_was_read_before_comes_from_wherever_the_book_has_it() -> None:
    session, client, writer = duty_on()
    second = instructed_site(
        instructions=(instruction(version=4, text="four"), timing())
    )
    client.put_site(second)
    session.look(NOW, client.take())
    (news,) = session.news("Ada") or ()
    assert actions.text_read(session, "Ada", news) == instruction().text
    assert actions.acknowledge(session, news) == ""
    client.put_site(
        instructed_site(instructions=(instruction(version=5, text="five"), timing()))
    )
    session.look(NOW, client.take())
    (news,) = session.news("Ada") or ()
    assert actions.text_read(session, "Ada", news) is None  # asked for
    session.look(NOW, client.take())
    assert actions.text_read(session, "Ada", news) == "four"
    assert writer.files[news.before_hash].data == b"four"
    new = msgspec.structs.replace(news, before_hash="")
    assert actions.text_read(session, "Ada", new) == ""


def test_what_is_gone_is_acknowledged_without_a_text() -> None:
    session, client, writer = duty_on()
    client.put_site(instructed_site(instructions=(instruction(),)))
    session.look(NOW, client.take())
    (news,) = session.news("Ada") or ()
    assert actions.acknowledge(session, news) == ""
    assert last(writer).body == Read("instruction", "hcal/timing", 1, "")
    assert session.news("Ada") == ()


def test_steps_are_ticked_with_the_version_in_view() -> None:
    session, _, writer = duty_on()
    assert actions.tick(session, instruction(), 2, DEPTH1, RUN) == ""
    record = last(writer)
    assert record.body == Tick("hcal/digi-occupancy", 3, 2, DEPTH1)
    assert record.versions.instruction == "hcal/digi-occupancy@3"
    assert record.run == RUN


def test_a_call_names_who_is_on_call() -> None:
    session, _, writer = duty_on()
    assert actions.call(session, "hcal-dqm", DEPTH1, RUN, answered=True) == ""
    assert last(writer).body == Call("hcal-dqm", "", "16 1001", DEPTH1, answered=True)


def test_check_lists_of_a_run_belong_to_it() -> None:
    session, _, writer = duty_on()
    session.look(NOW + 5, msgspec.convert({}, type(session.client.take())))
    due = next(each for each in session.due if each.checklist.id == "run")
    assert actions.check(session, due, "c") == ""
    assert (last(writer).body, last(writer).run) == (
        Check("run", "c", f"run {RUN}"),
        RUN,
    )


def test_a_page_is_noted_once_per_run() -> None:
    session, _, writer = duty_on()
    for _ in range(2):
        actions.page_opened(session, "Hcal/Timing", RUN)
    actions.page_opened(session, "Hcal/Timing", 0)
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
    session, _, writer = duty_on()
    before = len(writer.kept)
    assert why in actions.set_flag(session, RUN, component, flag)
    assert len(writer.kept) == before


def test_a_trainee_sets_no_flag_and_is_told_who_can() -> None:
    session, _, _ = duty_on(account="tim")
    refused = actions.set_flag(session, RUN, "hcal", Flag("GOOD"))
    assert refused == (
        "a trainee cannot set or confirm flags; "
        "a shifter or a shift-leader or an expert can"
    )
    assert actions.enter(session, Entry("one"), RUN) == ""


def end_run(session: ShiftSession, writer: FakeWriter, run: int = RUN) -> None:
    writer.come(Record("over", NOW, RunSeen("ended", lumisections=20), run=run))
    session.look(NOW, session.client.take())


def test_proposals_are_confirmed_and_then_the_run_is_signed_off() -> None:
    session, client, writer = duty_on()
    names = list(components(session.site))
    for name in names:
        session.author.write(Flag("GOOD", proposed=True), run=RUN, subsystem=name)
    assert actions.sign_off(session, RUN) == f"run {RUN} is not over yet"
    end_run(session, writer)
    assert actions.confirm(session, RUN, client.mailbox.run) == (len(names), "")
    assert actions.sign_off(session, RUN, "fine") == ""
    signed = last(writer).body
    assert isinstance(signed, SignOff)
    assert signed.comment == "fine"
    # it counts once the log has it
    assert is_signed_off(session.logbook, RUN) is None
    waits = f"the sign-off of run {RUN} waits until the log has it"
    assert actions.sign_off(session, RUN) == waits
    assert actions.pass_on(session, RUN) == waits
    assert actions.set_flag(session, RUN, "hcal", Flag("BAD", cause="HV")) == waits
    session.look(NOW, session.client.take())
    assert is_signed_off(session.logbook, RUN) is not None
    assert "signed off already" in actions.sign_off(session, RUN)
    refused = actions.set_flag(session, RUN, "hcal", Flag("BAD", cause="HV"))
    assert refused.startswith("a shifter cannot change a flag of a run that is signed")


def test_all_that_is_confirmed_at_once_is_good() -> None:
    session, client, _ = duty_on()
    first, second, *names = list(components(session.site))
    bad = Flag("BAD", cause="HV", proposed=True)
    session.author.write(bad, run=RUN, subsystem=first)
    off = Flag("STANDBY", cause="HV", proposed=True)
    session.author.write(off, run=RUN, subsystem=second)
    for name in names:
        session.author.write(Flag("GOOD", proposed=True), run=RUN, subsystem=name)
    done = actions.confirm(session, RUN, client.mailbox.run)
    left = ", ".join(sorted((first, second)))
    assert done == (len(names), f"to decide: {left}")


def test_what_means_nothing_in_such_a_run_is_confirmed_with_what_is_good() -> None:
    session, client, writer = duty_on()
    for name in components(session.site):
        flag = Flag("STANDBY", cause="not applicable", proposed=True)
        session.author.write(flag, run=RUN, subsystem=name)
    many = len(components(session.site))
    assert actions.confirm(session, RUN, client.mailbox.run) == (many, "")
    flag = last(writer).body
    assert isinstance(flag, Flag)
    assert (flag.status, flag.proposed) == ("STANDBY", False)


def test_what_is_open_is_put_on_record_with_the_sign_off() -> None:
    session, _, writer = duty_on()
    end_run(session, writer)
    assert actions.sign_off(session, RUN) == ""
    signed = last(writer).body
    assert isinstance(signed, SignOff)
    names = ", ".join(sorted(components(session.site)))
    assert signed.open == (f"not set: {names}",)


def test_a_run_that_waits_for_its_final_files_is_signed_off_with_that_open() -> None:
    session, client, writer = duty_on()
    for name in components(session.site):
        session.author.write(Flag("GOOD"), run=RUN, subsystem=name)
    ended = msgspec.structs.replace(client.mailbox.run, state=RunState.ENDED)
    client.put_run(ended)
    end_run(session, writer)
    words = f"run {RUN}: what its final files add has no flags yet"
    assert gate(session, RUN).open == (words,)
    client.put_run(msgspec.structs.replace(ended, state=RunState.FINAL))
    session.look(NOW, session.client.take())
    assert gate(session, RUN).open == ()


def test_a_fault_without_a_flag_asks_for_a_reason() -> None:
    session, _, writer = duty_on()
    name = next(iter(components(session.site)))
    bad = Flag("BAD", 12, 14, cause="HV", proposed=True)
    session.author.write(bad, run=RUN, subsystem=name)
    session.author.write(Flag("GOOD", 13, proposed=True), run=RUN, subsystem=name)
    end_run(session, writer)
    words = f"{name}: BAD from lumisection 12 without a flag"
    refused = actions.sign_off(session, RUN)
    assert refused.startswith(f"run {RUN} is signed off only with a reason: {words}")
    assert actions.sign_off(session, RUN, " the expert looks at it tomorrow ") == ""
    signed = last(writer).body
    assert isinstance(signed, SignOff)
    assert signed.comment == "the expert looks at it tomorrow"
    assert words in signed.open


def test_what_is_said_of_flags_counts_as_the_site_does() -> None:
    made = the_site()
    settings = msgspec.structs.replace(made.settings, lumisection="spill")
    session, _, writer = duty_on(site=msgspec.structs.replace(made, settings=settings))
    name = next(iter(components(session.site)))
    why = actions.set_flag(session, RUN, name, Flag("BAD", 5, 4, "HV"))
    assert why == "spills count from 1, and the last is not before the first"
    bad = Flag("BAD", 12, cause="HV", proposed=True)
    session.author.write(bad, run=RUN, subsystem=name)
    end_run(session, writer)
    end = lumisections_of(session.logbook, RUN)
    why = actions.set_flag(session, RUN, name, Flag("BAD", end + 1, cause="HV"))
    assert why == f"run {RUN} ended with spill {end}"
    refused = actions.sign_off(session, RUN)
    assert f"{name}: BAD from spill 12 without a flag" in refused


def test_an_alarm_for_now_that_nobody_acknowledged_asks_for_a_reason() -> None:
    session, client, writer = duty_on()
    for name in components(session.site):
        session.author.write(Flag("GOOD"), run=RUN, subsystem=name)
    end_run(session, writer)
    member = Member("Hcal › a › b", Status.BAD, "dead", "missing", "now")
    alarm = Alarm(
        *("1", RUN, "Hcal", "missing", (member,), NOW - 60, NOW - 60),
        latest=17,
        urgency="now",
    )
    client.mailbox.alarms["1"] = msgspec.structs.replace(alarm, urgency="dump")
    session.look(NOW, client.take())
    assert gate(session, RUN).grave == ()
    client.mailbox.alarms["1"] = alarm
    session.look(NOW, client.take())
    words = f"alarm Hcal missing (since LS 17), 1 plot, run {RUN}: nobody acknow"
    assert words in actions.sign_off(session, RUN)
    session.author.write(Acknowledged(seen(alarm)), run=RUN)
    session.look(NOW, client.take())
    assert actions.sign_off(session, RUN) == ""


def test_short_runs_are_signed_off_together() -> None:
    session, _, writer = duty_on()
    for run, many in ((RUN - 3, 40), (RUN - 2, 9), (RUN - 1, 3), (RUN, 5)):
        seen_then = RunSeen("ended", lumisections=many)
        writer.come(Record(f"over{run}", NOW, seen_then, run=run))
    session.look(NOW, session.client.take())
    assert actions.sign_off(session, RUN - 1) == ""
    signed = [each.run for each in writer.kept if isinstance(each.body, SignOff)]
    assert signed == [RUN - 2, RUN - 1, RUN]


def test_a_shift_leader_changes_a_flag_of_a_run_that_is_signed_off() -> None:
    session, _, writer = duty_on(account="leo")
    session.author.write(SignOff(), run=RUN)
    session.look(NOW, session.client.take())
    assert actions.set_flag(session, RUN, "hcal", Flag("BAD", cause="HV")) == ""
    assert timelines(session.logbook, RUN, ["hcal"])["hcal"][0].flag.status == "BAD"
    assert last(writer).subsystem == "hcal"


def test_disputed_and_missing_flags_are_left_to_decide() -> None:
    session, client, _ = duty_on()
    session.author.write(
        Flag("GOOD", proposed=True, disputed="2 plots are BAD"),
        run=RUN,
        subsystem="hcal",
    )
    many, left = actions.confirm(session, RUN, client.mailbox.run)
    assert many == 0
    assert "hcal" in left


def test_a_run_is_passed_on_to_the_next_shift() -> None:
    session, _, writer = duty_on()
    assert actions.pass_on(session, RUN) == f"run {RUN} is not over yet"
    end_run(session, writer)
    assert actions.pass_on(session, RUN, "Pixel is not decided") == ""
    assert last(writer).body == PassedOn("Pixel is not decided")
    assert last(writer).run == RUN


def test_entries_have_titles_and_their_problems_are_settled() -> None:
    session, _, writer = duty_on()
    assert "title" in actions.enter(session, Entry(" "), RUN)
    assert (
        actions.enter(session, Entry("HBM09", problem=True), RUN, subsystem="hcal")
        == ""
    )
    entry = last(writer)
    assert "no such entry" in actions.settle(session, "elsewhere")
    assert actions.settle(session, entry.uid, "exchanged") == ""
    assert last(writer).body == Settled(entry.uid, "exchanged")
    assert (last(writer).run, last(writer).subsystem) == (RUN, "hcal")


def test_a_hand_over_is_not_empty() -> None:
    session, _, writer = duty_on()
    assert "empty" in actions.hand_over(session, "Night", " \n")
    assert actions.hand_over(session, " ", "All fine.") == ""
    assert last(writer).body == HandOver("Hand-over", "All fine.")


def test_a_release_in_stable_beams_takes_the_shift_leader() -> None:
    session, client, writer = duty_on()
    assert actions.take_up(session) == "no release waits"
    client.mailbox.release_waiting = RELEASE
    assert "name of the shift leader" in actions.take_up(session, " ")
    assert client.taken_up == []
    assert actions.take_up(session, "Leo") == ""
    assert client.taken_up == [5]
    # only what the engine does read is on record as taken up
    assert not any(isinstance(each.body, TookUp) for each in writer.kept)
    read = msgspec.structs.replace(client.site, release=RELEASE)
    client.put_site(read)
    for _ in range(2):
        session.look(session.now(), client.take())
    took = [each.body for each in writer.kept if isinstance(each.body, TookUp)]
    assert took == [TookUp(5, 0, "Leo")]


@pytest.mark.parametrize("state", ["starting", "silent", "restarting", "ended"])
def test_without_an_engine_no_release_is_taken_up(state: str) -> None:
    session, client, writer = duty_on(account="leo")
    client.mailbox.release_waiting = RELEASE
    client.put_engine(state, "engine killed by SIGKILL", 3.0)
    refused = actions.take_up(session)
    assert refused == ("nothing can read it now (engine killed by SIGKILL): ask again")
    assert client.taken_up == []
    # that release is read later, for another reason
    client.put_engine("live", "", 0.1)
    client.put_site(msgspec.structs.replace(client.site, release=RELEASE))
    session.look(session.now(), client.take())
    assert not any(isinstance(each.body, TookUp) for each in writer.kept)


@pytest.mark.parametrize("what", ["refused", "restarted"])
def test_a_release_that_was_not_taken_up_is_not_on_record_later(what: str) -> None:
    """Who agreed then has not agreed to what is read tomorrow."""
    session, client, writer = duty_on()
    client.mailbox.release_waiting = RELEASE
    assert actions.take_up(session, "Leo") == ""
    session.look(session.now(), client.take())
    assert session.taking == TookUp(5, 0, "Leo")
    if what == "refused":
        words = "release 5 is not taken up: it was altered"
        client.put_notice(NoticeFact("release", words, "bad"))
    else:
        client.answer(Hello("1", 9, client.source))
    session.look(session.now(), client.take())
    assert session.taking is None
    client.put_site(msgspec.structs.replace(client.site, release=RELEASE))
    session.look(session.now(), client.take())
    assert not any(isinstance(each.body, TookUp) for each in writer.kept)


def test_a_shift_leader_takes_a_release_up_alone() -> None:
    session, client, _ = duty_on(account="leo")
    client.mailbox.release_waiting = RELEASE
    assert actions.take_up(session) == ""
    assert client.taken_up == [5]


def test_out_of_stable_beams_a_shifter_takes_a_release_up() -> None:
    session, client, _ = duty_on()
    conditions = msgspec.structs.replace(
        client.mailbox.run.conditions, beam_mode="no beam"
    )
    client.put_run(msgspec.structs.replace(client.mailbox.run, conditions=conditions))
    client.mailbox.release_waiting = RELEASE
    assert actions.take_up(session) == ""
