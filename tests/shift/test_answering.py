"""What the shift answers to alarms: on record, or refused with a reason."""

from __future__ import annotations

import datetime
import zoneinfo

import msgspec
import pytest
from support.fake_book import FakeWriter
from support.fake_session import DEPTH1, HOLE, NOW, RUN, FakeSession, run_info
from support.instructed import instructed_site, instruction

from dqmconsole.logbook.state import BookState
from dqmconsole.model.alarm import Alarm, Member
from dqmconsole.model.cause import extent_of
from dqmconsole.model.layout import plot_key
from dqmconsole.model.message import Override, UseOverrides
from dqmconsole.model.problem import Problem
from dqmconsole.model.record import (
    Acknowledged,
    AlarmSeen,
    Call,
    ChainTest,
    Entry,
    Missed,
    Nuisance,
    Overridden,
    Record,
    Shelved,
    SplitOff,
    Tick,
    Unshelved,
)
from dqmconsole.model.verdict import Status
from dqmconsole.shift import actions, answering
from dqmconsole.shift.alarms import ANSWER_WITHIN, Standing, alarm_name, seen
from dqmconsole.shift.guidance import ticked
from dqmconsole.shift.overrides import in_force
from dqmconsole.shift.session import ShiftSession
from dqmconsole.shift.signing import gate
from dqmconsole.shift.silenced import silenced_now

ELSEWHERE = plot_key("Ecal", "Page", "Ecal/a")


def alarm_of(*keys: str, root: str = "Hcal", **more: object) -> Alarm:
    """An alarm that plots show."""
    made = Alarm(
        *(f"{RUN}/{root}/missing/1", RUN, root, "missing"),
        tuple(Member(key, Status.BAD, "12 % dead", "missing", "dump") for key in keys),
        *(NOW, NOW),
        urgency="dump",
    )
    return msgspec.structs.replace(made, **more)


ALARM = alarm_of(DEPTH1, ELSEWHERE)
OTHER = alarm_of(plot_key("DT", "Page", "DT/a"), root="DT")


class Desk:
    """A shift with alarms, on a clock that moves by `look`."""

    def __init__(
        self, account: str = "sue", *alarms: Alarm, begun: bool = True
    ) -> None:
        self.now = NOW + 100
        site = instructed_site()
        permissions = {"shift-leader": ("leo",)}
        settings = msgspec.structs.replace(site.settings, permissions=permissions)
        self.client = FakeSession(msgspec.structs.replace(site, settings=settings))
        self.client.put_run(run_info())
        self.writer = FakeWriter()
        self.session = ShiftSession(
            self.client, lambda _site, _banner: self.writer, lambda: self.now,
            account, "test:1",
        )  # fmt: skip
        self.tell(*(alarms or (ALARM, OTHER)))
        if begun:
            assert self.session.begin("Ada") == ""
            self.look()

    def tell(self, *alarms: Alarm) -> bool:
        """The engine tells alarms; whether that asks for attention."""
        self.client.mailbox.alarms |= {each.id: each for each in alarms}
        return self.look()

    def look(self, seconds: float = 1.0) -> bool:
        """Look again later; whether anything asks for attention."""
        self.now += seconds
        return self.session.look(self.now, self.client.take()).attention

    def row(self, alarm: Alarm = ALARM) -> Standing:
        """How an alarm stands."""
        self.look()
        (found,) = (one for one in self.session.alarms if one.alarm.id == alarm.id)
        return found

    def states(self) -> dict[str, str]:
        """How all stand."""
        self.look()
        return {one.alarm.root: one.state for one in self.session.alarms}

    def bodies(self, kind: type) -> list[object]:
        """What was written of a kind."""
        return [each.body for each in self.writer.kept if isinstance(each.body, kind)]


def test_the_session_says_how_alarms_stand_and_that_it_changed() -> None:
    desk = Desk()
    assert desk.states() == {"Hcal": "unacknowledged", "DT": "unacknowledged"}
    before = desk.session.alarms
    assert not desk.look()
    assert desk.session.alarms is before
    assert desk.tell(msgspec.structs.replace(ALARM, news=2))


def test_an_alarm_is_acknowledged_with_all_its_plots() -> None:
    desk = Desk()
    assert answering.acknowledge(desk.session, desk.row(), " looking ") == ""
    assert desk.states() == {"DT": "unacknowledged", "Hcal": "acknowledged"}
    assert desk.bodies(Acknowledged) == [Acknowledged(seen(ALARM), "looking")]
    record = desk.row().by
    assert record is not None
    assert (record.run, record.subsystem, record.who) == (RUN, "Hcal", "Ada")
    words = answering.acknowledge(desk.session, desk.row())
    assert words == "it is acknowledged already by Ada"


def test_what_was_acknowledged_is_what_the_person_saw() -> None:
    desk = Desk()
    shown = desk.row()
    desk.tell(msgspec.structs.replace(ALARM, news=2))
    assert answering.acknowledge(desk.session, shown) == ""
    assert desk.row().state == "unacknowledged"


def test_nothing_is_answered_while_nobody_has_the_shift() -> None:
    desk = Desk(begun=False)
    row, session = desk.row(), desk.session
    refusals = [
        answering.acknowledge(session, row),
        answering.shelve(session, row, "known"),
        answering.unshelve(session, row),
        answering.split_off(session, row, (DEPTH1,)),
        answering.join(session, row, desk.row(OTHER)),
        answering.nuisance(session, row),
        answering.missed(session, DEPTH1),
        answering.chain_test(session, heard=True, seconds=1.0),
        answering.call_answered(session, Record("c", 1.0, Call("expert"))),
    ]
    assert all("nobody has the shift" in each for each in refusals)
    assert desk.writer.kept == []


def test_an_alarm_is_shelved_until_the_shift_ends_at_most() -> None:
    desk = Desk()
    session, end = desk.session, answering.end_of_shift(desk.session)
    assert answering.shelve(session, desk.row(), " ") == "say why it is shelved"
    for until in (end + 1, desk.now):
        words = answering.shelve(session, desk.row(), "known", until)
        assert "when the shift ends" in words
    assert answering.shelve(session, desk.row(), "known") == ""
    assert desk.bodies(Shelved) == [Shelved(seen(ALARM), end, "known")]
    assert desk.row().state == "shelved"
    assert answering.unshelve(session, desk.row()) == ""
    assert desk.bodies(Unshelved) == [Unshelved(seen(ALARM))]
    assert desk.row().state == "unacknowledged"
    assert answering.unshelve(session, desk.row()) == "it is not shelved"


def test_an_urgent_alarm_is_shelved_by_a_shift_leader() -> None:
    urgent = msgspec.structs.replace(ALARM, urgency="now")
    words = (
        "a shifter cannot shelve an alarm that is to be answered now; "
        "a shift-leader or an expert can"
    )
    desk = Desk("sue", urgent)
    assert answering.shelve(desk.session, desk.row(), "known") == words
    desk = Desk("leo", urgent)
    assert answering.shelve(desk.session, desk.row(), "known") == ""


def test_what_is_over_is_not_shelved_and_what_is_gone_not_answered() -> None:
    good = msgspec.structs.replace(ALARM.members[0], status=Status.GOOD)
    returned = msgspec.structs.replace(ALARM, members=(good,), returned=NOW)
    desk = Desk("sue", returned)
    row, session = desk.row(), desk.session
    assert answering.shelve(session, row, "known") == "it is over: acknowledge it"
    assert answering.acknowledge(session, row) == ""
    assert desk.states() == {}
    assert "is over" in answering.acknowledge(session, row)


def test_what_is_gone_stays_so_until_there_is_news_and_answers_for_no_other() -> None:
    good = msgspec.structs.replace(ALARM.members[0], status=Status.GOOD)
    returned = msgspec.structs.replace(ALARM, members=(good,), returned=NOW)
    desk = Desk("sue", returned)
    assert answering.acknowledge(desk.session, desk.row()) == ""
    for _ in range(3):
        assert desk.states() == {}
    later = alarm_of(DEPTH1, id=f"{RUN}/Hcal/missing/2")
    desk.tell(later)
    assert desk.row(later).state == "unacknowledged"
    again = msgspec.structs.replace(ALARM, news=2, news_words="again")
    desk.tell(again)
    assert desk.row().state == "unacknowledged"
    desk.tell(msgspec.structs.replace(returned, news=2))
    assert desk.row().state == "returned"


def test_what_went_by_an_answer_that_is_refused_is_there_again() -> None:
    good = msgspec.structs.replace(ALARM.members[0], status=Status.GOOD)
    desk = Desk("sue", msgspec.structs.replace(ALARM, members=(good,), returned=NOW))
    desk.writer.saving = False
    assert answering.acknowledge(desk.session, desk.row()) == ""
    for _ in range(3):
        assert desk.states() == {}
    desk.writer.refuse("the disk is full")
    assert desk.states() == {"Hcal": "returned"}


def test_rows_are_split_joined_and_answered_in_all_that_is_in_them() -> None:
    desk, session = Desk(), None
    session = desk.session
    refused = answering.split_off(session, desk.row(), (DEPTH1, ELSEWHERE))
    assert "leave a plot" in refused
    assert "choose the plots" in answering.split_off(session, desk.row(), ("x",))
    assert answering.split_off(session, desk.row(), (ELSEWHERE,), "trip") == ""
    assert desk.bodies(SplitOff) == [SplitOff(seen(ALARM), (ELSEWHERE,), "trip")]
    desk.look()
    assert len(session.alarms) == 3
    assert "choose another" in answering.join(session, desk.row(), desk.row())
    assert answering.join(session, desk.row(OTHER), desk.row()) == ""
    row = desk.row()
    assert [part.id for part in row.parts] == [ALARM.id, OTHER.id]
    assert answering.acknowledge(session, row) == ""
    assert desk.row().state == "acknowledged"
    assert len(desk.bodies(Acknowledged)) == 2


def test_what_is_split_off_a_joined_row_stays_so_wherever_it_goes() -> None:
    there, elsewhere = (extent_of(("w",), [(each,)]) for each in "19")
    first = msgspec.structs.replace(
        ALARM,
        began=NOW + 5,
        members=tuple(msgspec.structs.replace(one, extent=there)
                      for one in ALARM.members),
        extent=there,
    )  # fmt: skip
    desk = Desk("sue", first, OTHER)
    assert answering.join(desk.session, desk.row(OTHER), desk.row()) == ""
    assert answering.split_off(desk.session, desk.row(), (ELSEWHERE,)) == ""
    desk.look()
    assert len(desk.session.alarms) == 2
    members = tuple(
        msgspec.structs.replace(one, extent=elsewhere) for one in first.members
    )
    desk.tell(msgspec.structs.replace(first, members=members, extent=elsewhere, news=2))
    assert len(desk.session.alarms) == 2


def test_nuisance_and_missed_are_cases_and_answer_nothing() -> None:
    desk = Desk()
    assert answering.nuisance(desk.session, desk.row(), "cosmic burst") == ""
    case = Nuisance(seen(ALARM), (DEPTH1, ELSEWHERE), "cosmic burst")
    assert desk.bodies(Nuisance) == [case]
    assert desk.row().state == "unacknowledged"
    assert "what was missed" in answering.missed(desk.session, "")
    assert answering.missed(desk.session, DEPTH1, "a hole") == ""
    assert desk.bodies(Missed) == [Missed(DEPTH1, "a hole")]
    assert desk.writer.kept[-1].run == RUN
    assert answering.chain_test(desk.session, heard=False, seconds=None) == ""
    assert desk.bodies(ChainTest) == [ChainTest(heard=False)]


def test_calls_and_entries_about_a_plot_are_about_its_alarm() -> None:
    desk = Desk()
    assert actions.call(desk.session, "hcal-dqm", DEPTH1, RUN) == ""
    assert actions.enter(desk.session, Entry("Hole", plots=(ELSEWHERE,)), RUN) == ""
    assert actions.enter(desk.session, Entry("Quiet"), RUN) == ""
    (call,) = desk.bodies(Call)
    entries = [each for each in desk.bodies(Entry) if isinstance(each, Entry)]
    assert isinstance(call, Call)
    assert call.alarm == ALARM.id
    assert [each.alarm for each in entries] == [ALARM.id, ""]
    assert [each for _, each in desk.row().calls] == [call]


def test_a_step_that_is_ticked_for_one_plot_is_ticked_for_all_of_the_alarm() -> None:
    desk = Desk()
    found = instruction()
    assert actions.tick(desk.session, found, 0, DEPTH1, RUN) == ""
    desk.look()
    for key in (DEPTH1, ELSEWHERE):
        plots = desk.session.with_one_cause(key)
        assert set(ticked(desk.session.logbook, found, plots, RUN)) == {0}
    alone = desk.session.with_one_cause("another")
    assert ticked(desk.session.logbook, found, alone, RUN) == {}


def test_a_call_about_one_plot_answers_a_bad_plot_with_the_same_cause() -> None:
    desk = Desk()
    desk.client.put_verdict(DEPTH1, HOLE)
    desk.look()
    actions.call(desk.session, "ecal-dqm", ELSEWHERE, RUN)
    desk.look(400)
    assert desk.session.unanswered == ()


@pytest.mark.parametrize(
    ("perhaps_with", "role", "many"),
    [(OTHER.id, "hcal-dqm", 0), (OTHER.id, "shift-leader", 1), ("", "hcal-dqm", 1)],
)
def test_a_call_about_what_is_perhaps_the_cause_answers_for_whom_it_was_to(
    perhaps_with: str, role: str, many: int
) -> None:
    late = msgspec.structs.replace(ALARM, perhaps_with=perhaps_with)
    desk = Desk("sue", late, OTHER)
    desk.client.put_verdict(DEPTH1, HOLE)
    desk.look()
    actions.call(desk.session, role, OTHER.members[0].key, RUN, answered=True)
    desk.look(400)
    assert len(desk.session.unanswered) == many


def test_who_was_called_and_does_not_answer_is_reminded_of() -> None:
    desk = Desk()
    actions.call(desk.session, "hcal-dqm", DEPTH1, RUN)
    desk.look(ANSWER_WITHIN - 5)
    assert desk.session.reminder == ""
    desk.look(60)
    said = "was called 20 min ago and has not answered"
    assert said in desk.session.reminder
    assert "Hcal missing: Hcal DQM on call" in desk.session.reminder
    (called,) = desk.row().calls
    assert answering.call_answered(desk.session, called[0], "on the way") == ""
    desk.look(60)
    assert desk.session.reminder == ""
    (_, _), (record, back) = desk.row().calls
    assert (back.role, back.answered, back.comment) == ("hcal-dqm", True, "on the way")
    assert "on record already" in answering.call_answered(desk.session, record)


@pytest.mark.parametrize("saving", [True, False])
def test_what_the_log_refuses_asks_again_and_it_is_said_why(*, saving: bool) -> None:
    desk = Desk()
    desk.writer.saving = False
    answering.acknowledge(desk.session, desk.row())
    assert desk.row().state == "acknowledged"  # while it waits, for it is kept here
    if saving:
        desk.writer.save()
        assert desk.row().state == "acknowledged"
        return
    desk.writer.refuse("the disk is full")
    desk.now += 1
    news = desk.session.look(desk.now, desk.client.take())
    assert news.refused == (
        "Hcal missing is not acknowledged and asks again: the disk is full",
    )
    assert news.attention
    assert desk.row().state == "unacknowledged"


def test_the_shift_ends_when_the_next_begins_as_far_as_that_is_known() -> None:
    desk = Desk()
    assert answering.end_of_shift(desk.session) == NOW + 101 + 8 * 3600
    desk.now += 9 * 3600
    assert answering.end_of_shift(desk.session) == NOW + 101 + 16 * 3600
    site = desk.session.site
    assert site is not None
    settings = msgspec.structs.replace(
        site.settings, shifts=("07:00", "15:00", "23:00")
    )
    contacts = msgspec.structs.replace(site.contacts, timezone="Europe/Zurich")
    desk.client.put_site(
        msgspec.structs.replace(site, settings=settings, contacts=contacts)
    )
    desk.look()
    zone = zoneinfo.ZoneInfo("Europe/Zurich")
    for began, ends in (("06:30", "15:00"), ("07:20", "15:00"), ("12:00", "15:00"),
                        ("22:10", "07:00")):  # fmt: skip
        there = datetime.datetime.combine(
            datetime.date(2026, 11, 18), datetime.time.fromisoformat(began), zone
        )
        desk.now = there.timestamp()
        assert desk.session.begin("Ben") == ""
        end = datetime.datetime.fromtimestamp(
            answering.end_of_shift(desk.session), zone
        )
        assert f"{end:%H:%M}" == ends, began


# -- what the console alone can tell ---------------------------------------------------


def test_an_engine_that_says_nothing_is_an_alarm_to_be_answered_now() -> None:
    desk = Desk("sue", OTHER)
    desk.client.put_engine("silent", "engine silent for 3 s", 3.0)
    desk.look()
    assert [one.alarm.root for one in desk.session.alarms] == ["DT"]
    desk.client.put_engine("silent", "engine silent for 6 s", 6.0)
    assert desk.look()
    row = desk.session.alarms[0]
    assert (row.alarm.root, row.alarm.family) == ("engine", "stale")
    assert (row.alarm.urgency, row.state) == ("now", "unacknowledged")
    assert row.alarm.began == pytest.approx(desk.now - 6, abs=2)
    desk.client.put_engine("restarting", "engine hung; starts again in 2 s", 12.0)
    desk.look()
    assert desk.session.alarms[0] == row  # it is the same one
    assert answering.acknowledge(desk.session, row) == ""
    assert desk.states()["engine"] == "acknowledged"
    desk.client.put_engine("live", "live", 0.3)
    assert "engine" not in desk.states()
    desk.client.put_engine("silent", "engine silent for 6 s", 6.0)
    assert desk.states()["engine"] == "unacknowledged"
    assert desk.session.alarms[0].alarm.news_words == "again"


def test_a_silent_engine_that_nobody_acknowledged_asks_for_a_reason_to_sign_off() -> (
    None
):
    desk = Desk("sue", OTHER)
    assert gate(desk.session, RUN).grave == ()
    desk.client.put_engine("silent", "engine silent for 6 s", 6.0)
    desk.look()
    (words,) = gate(desk.session, RUN).grave
    assert words.startswith("alarm engine silent")
    assert answering.acknowledge(desk.session, desk.session.alarms[0]) == ""
    desk.look()
    assert gate(desk.session, RUN).grave == ()


def test_an_engine_of_another_console_is_another_cause() -> None:
    desk = Desk("sue", OTHER)
    desk.client.put_engine("silent", "engine silent for 6 s", 6.0)
    desk.look()
    place = extent_of(("console",), [("test:2",)])
    theirs = AlarmSeen(
        f"{RUN}/engine/stale/test:2/1", RUN, "engine", "stale", urgency="now",
        extent=place,
    )  # fmt: skip
    desk.writer.come(Record("a", desk.now, Acknowledged(theirs), shift="s9"))
    assert desk.states()["engine"] == "unacknowledged"


def test_what_was_taken_before_needs_no_engine() -> None:
    desk = Desk("sue", OTHER)
    desk.client.put_run(msgspec.structs.replace(run_info(), recorded=NOW))
    desk.client.put_engine("ended", "engine exited with 1", 60.0)
    assert "engine" not in desk.states()


def test_a_log_or_a_recorder_that_is_down_is_a_row_and_is_not_heard() -> None:
    desk = Desk("sue", OTHER)
    desk.writer.state = BookState("waiting", "it is locked by another program")
    trouble = Problem("the disk is full", kind="source", code="recorder")
    desk.client.put_problems("source", (trouble, Problem("odd file", kind="source")))
    desk.look()
    assert desk.states() == {"DT": "unacknowledged"}
    desk.look(6)
    assert set(desk.states()) == {"DT", "recorder", "book"}
    rows = {one.alarm.root: one.alarm for one in desk.session.alarms}
    assert rows["recorder"].members[0].sentence == "the disk is full"
    assert "locked by another program" in rows["book"].members[0].sentence
    assert {rows["book"].urgency, rows["recorder"].urgency} == {"next-day"}
    assert [alarm_name(rows[each]) for each in ("book", "recorder", "DT")] == [
        "book out of reach", "recorder down", "DT missing",
    ]  # fmt: skip
    desk.writer.state = BookState("ready", "")
    assert desk.states()["book"] == "returned"


def test_another_source_has_nothing_of_the_one_before() -> None:
    desk = Desk("sue", OTHER)
    desk.client.put_engine("silent", "engine silent for 6 s", 6.0)
    assert "engine" in desk.states()
    desk.client.source = "/dqm/other"
    desk.client.put_engine("starting", "engine is starting", None)
    assert "engine" not in desk.states()
    desk.look(15)
    assert "engine" not in desk.states()
    desk.client.put_engine("restarting", "engine said nothing for 20 s", 20.0)
    desk.look(6)
    assert "engine" in desk.states()


def test_a_clock_that_is_set_back_brings_no_alarm_of_the_engine_back() -> None:
    desk = Desk("sue", OTHER)
    desk.client.put_engine("silent", "engine silent for 6 s", 6.0)
    assert "engine" in desk.states()
    desk.now -= 86_400
    desk.client.put_engine("live", "live", 0.3)
    assert desk.states()["engine"] == "returned"


def test_a_tick_of_another_row_is_not_of_this_one() -> None:
    desk = Desk()
    desk.session.author.write(Tick("hcal/occupancy", 3, 0, OTHER.members[0].key))
    desk.look()
    plots = desk.session.with_one_cause(DEPTH1)
    assert ticked(desk.session.logbook, instruction(), plots, 0) == {}


def told(desk: Desk) -> list[UseOverrides]:
    """What the engine is told of the detector control."""
    desk.look()
    return [each for each in desk.client.feed.sent if isinstance(each, UseOverrides)]


def test_a_wrong_bit_of_the_detector_control_is_overridden_until_the_run_ends() -> None:
    desk = Desk("leo")
    assert told(desk) == []
    refused = answering.override(desk.session, ("HBHEa",), " ", on=True)
    assert refused == "say how you know that the detector control is wrong"
    assert answering.override(desk.session, ("HBHEa",), "it hangs", on=True) == ""
    words = "HBHEa taken as on by Ada: it hangs"
    said = (Override("HBHEa", True, words),)
    assert told(desk) == [UseOverrides(RUN, said)]
    assert told(desk) == [UseOverrides(RUN, said)]  # once
    assert desk.client.site is not None
    desk.client.put_site(desk.client.site)  # another engine
    assert told(desk) == [UseOverrides(RUN, said)] * 2
    (row,) = (each for each in silenced_now(desk.session) if each.owner == "Ada")
    assert (row.kind, row.why) == ("overridden", "it hangs")
    assert row.what == "the detector control: HBHEa taken as on"
    assert DEPTH1 in row.keys
    desk.client.put_run(run_info(run=RUN + 1))
    assert told(desk)[-1] == UseOverrides(RUN + 1)
    assert not any(each.owner == "Ada" for each in silenced_now(desk.session))


def test_an_override_ends_with_its_time_with_the_shift_or_when_it_is_taken_back() -> (
    None
):
    desk = Desk("leo")
    session, logbook = desk.session, desk.session.logbook
    until = desk.now + 600.0
    assert answering.override(session, ("HBHEa",), "no", until, on=False) == ""
    desk.look()
    assert [e.partitions for e in in_force(logbook, RUN, desk.now)] == [("HBHEa",)]
    assert in_force(logbook, RUN, until + 1.0) == ()
    assert in_force(logbook, RUN + 1, desk.now) == ()
    assert answering.take_back(session, ("HBHEa", "HBHEb")) == ""
    assert told(desk)[-1] == UseOverrides(RUN)
    assert answering.take_back(session, ("HBHEa",)).startswith("nobody said")
    assert answering.override(session, ("HBHEb",), "no", on=False) == ""
    late = answering.override(session, ("HBHEb",), "no", desk.now + 1e6, on=False)
    assert late.startswith("it can be said until ")
    desk.look()
    assert [e.partitions for e in in_force(logbook, RUN, desk.now)] == [("HBHEb",)]
    session.end()
    desk.look()
    assert in_force(session.logbook, RUN, desk.now) == ()


def test_of_what_is_said_of_several_partitions_one_is_taken_back() -> None:
    desk = Desk("leo")
    both = ("HBHEa", "HBHEb")
    assert answering.override(desk.session, both, "it hangs", on=True) == ""
    assert [each.partition for each in told(desk)[-1].overrides] == [*both]
    assert answering.take_back(desk.session, ("HBHEb",)) == ""
    words = "HBHEa taken as on by Ada: it hangs"
    assert told(desk)[-1].overrides == (Override("HBHEa", True, words),)


def test_every_partition_that_is_overridden_is_named() -> None:
    desk = Desk("leo")
    many = ("TIBTID", "TOB", "TECp", "TECm", "BPIX")
    assert answering.override(desk.session, many, "it hangs", on=False) == ""
    desk.look()
    (said,) = in_force(desk.session.logbook, RUN, desk.now)
    assert said.words == "TIBTID, TOB, TECp, TECm, BPIX taken as off"


def test_an_override_is_of_the_run_it_was_asked_in_and_says_a_long_reason_short() -> (
    None
):
    desk = Desk("leo")
    desk.client.put_run(run_info(run=RUN + 1))
    said = answering.override(desk.session, ("HBHEa",), "no", on=True, of_run=RUN)
    assert said == f"run {RUN} is over, and this is run {RUN + 1}: look again"
    reason = "the bit\nhangs \ud800" + "x" * 10_000
    assert answering.override(desk.session, ("HBHEa",), reason, on=True) == ""
    (each,) = told(desk)[-1].overrides
    assert each.words.startswith("HBHEa taken as on by Ada: the bit hangs ?xxx")
    assert each.words.endswith("x…")
    assert len(each.words) < 200
    assert desk.bodies(Overridden)[-1].reason == reason


def test_a_shifter_does_not_override_the_detector_control() -> None:
    desk = Desk()
    refused = answering.override(desk.session, ("HBHEa",), "it hangs", on=True)
    assert refused.startswith("a shifter cannot say that the detector control is wrong")
    assert desk.bodies(Overridden) == []
