"""What an alarm says: what it is, since when, how it stands, where N leads."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
import pytest
from support.alarm_scene import DEPTH2, HOLES, SHIFTED, STILL, alarm
from support.fake_book import FakeWriter
from support.fake_session import CHARGE, DEPTH1, NOW, RUN, TIME, live_session
from support.instructed import STEPS, instructed_session, instruction

from dqmconsole.model.cause import extent_of
from dqmconsole.model.contacts import Contact
from dqmconsole.model.frame import OutageFact
from dqmconsole.model.instruction import UrgencyRule
from dqmconsole.model.record import Call, Record
from dqmconsole.model.verdict import Status
from dqmconsole.shift import actions, answering
from dqmconsole.shift.alarm_words import (
    answer_words,
    call_words,
    called_words,
    history_words,
    members_words,
    no_alarm_words,
    onset_tip,
    plots_words,
    since_words,
    state_notes,
    steps_words,
    what_words,
    worst_member,
)
from dqmconsole.shift.alarms import Standing
from dqmconsole.shift.bad_now import next_stop, plot_of, untold
from dqmconsole.shift.coverage import coverage_now
from dqmconsole.shift.pages import Pages
from dqmconsole.shift.session import ShiftSession

if TYPE_CHECKING:
    from dqmconsole.model.layout import AlarmAt, Layout


def changed(**more: object) -> Standing:
    """The alarm of the empty cells as something else."""
    return Standing(msgspec.structs.replace(HOLES, **more), "unacknowledged")


def notes(row: Standing, *others: Standing) -> list[str]:
    return state_notes(row, (row, *others), RUN, NOW)


def test_the_worst_member_is_the_most_urgent_then_the_worst() -> None:
    one, other = HOLES.members
    mild = msgspec.structs.replace(one, status=Status.WARNING)
    alarm = msgspec.structs.replace(HOLES, members=(mild, other))
    assert worst_member(alarm) == other
    calm = msgspec.structs.replace(other, urgency="")
    assert worst_member(msgspec.structs.replace(HOLES, members=(mild, calm))) == mild
    good = msgspec.structs.replace(other, status=Status.GOOD)
    assert worst_member(msgspec.structs.replace(HOLES, members=(good, mild))) == mild


def test_where_is_said_unless_the_sentence_says_just_that() -> None:
    assert what_words(HOLES) == "192 cells empty (ring HB+, iφ 15–22)"
    one, other = HOLES.members
    says = msgspec.structs.replace(
        one, sentence="192 cells dead (iφ 15–22)", extent=HOLES.extent
    )
    alike = msgspec.structs.replace(HOLES, members=(says, other))
    assert what_words(alike) == "192 cells dead (iφ 15–22)"
    more = msgspec.structs.replace(alike, extent=extent_of(("half",), [("HB",)]))
    assert what_words(more) == "192 cells dead (iφ 15–22) (half HB)"
    unknown = msgspec.structs.replace(HOLES, extent=None)
    assert what_words(unknown) == "192 cells empty"
    # the sentence is of all that is wrong with the plot, not of this part alone
    part = msgspec.structs.replace(says, part=True)
    of_part = msgspec.structs.replace(alike, members=(part,))
    assert what_words(of_part) == "192 cells dead (iφ 15–22) (ring HB+, iφ 15–22)"


def test_since_when_how_long_and_between_which_lumisections() -> None:
    assert since_words(HOLES, RUN, NOW) == "since LS 41 · 10:52 · 14 min"
    assert since_words(HOLES, RUN + 1, NOW + 7200, "L").startswith(
        f"since 10:52 · 2 h 14 min · run {RUN} L 41"
    )
    over = msgspec.structs.replace(HOLES, returned=NOW - 60)
    assert since_words(over, RUN, NOW) == "LS 41 · 10:52–11:05"
    unknown = msgspec.structs.replace(HOLES, earliest=None, latest=None)
    assert since_words(unknown, RUN, NOW) == "since 10:52 · 14 min"
    assert onset_tip(HOLES) == f"It began between LS 40 and LS 41 of run {RUN}."
    assert onset_tip(unknown) == ""


def test_plots_are_counted() -> None:
    assert plots_words(HOLES) == "2 plots"
    one, other = HOLES.members
    good = msgspec.structs.replace(other, status=Status.GOOD)
    partly = msgspec.structs.replace(HOLES, members=(one, good))
    assert plots_words(partly) == "1 of 2 plots"
    assert plots_words(STILL) == ""
    both = msgspec.structs.replace(partly, members=(*partly.members, *STILL.members))
    assert plots_words(both) == "1 of 2 plots"


@pytest.mark.parametrize(
    ("row", "said"),
    [
        (changed(), []),
        (changed(returned=NOW - 60), ["returned at 11:05"]),
        (changed(returned=NOW, withdrawn="release 7"), ["withdrawn by release 7"]),
        (
            changed(unconfirmed=True, seen=(RUN, 17)),
            ["not confirmed since LS 17"],
        ),
        (
            changed(unconfirmed=True, seen=(RUN - 1, 17)),
            ["not confirmed in this run"],
        ),
        (changed(unconfirmed=True), ["not confirmed"]),
        (changed(chattering=True), ["chattering"]),
        (changed(news_words="12 plots"), ["new: 12 plots"]),
        (changed(perhaps_with=SHIFTED.id), ["perhaps with Hcal shift"]),
        (changed(perhaps_with="1/DT/missing/4"), ["perhaps with DT missing"]),
        (
            msgspec.structs.replace(changed(), carried=True),
            ["carried over from the shift before"],
        ),
        (
            msgspec.structs.replace(
                changed(),
                calls=((Record("r", NOW - 1380, Call("hcal")), Call("hcal")),),
            ),
            ["no answer for 23 min"],
        ),
    ],
)
def test_how_it_stands_is_said(row: Standing, said: list[str]) -> None:
    assert notes(row, Standing(SHIFTED, "unacknowledged")) == said


def session_of(*, teach: bool = True) -> ShiftSession:
    """A shift with the alarms of the drawing."""
    client = instructed_session() if teach else live_session()
    writer = FakeWriter()
    found = ShiftSession(client, lambda _site, _banner: writer, lambda: NOW)
    look(found)
    assert not found.begin("Ada")
    client.put_alarms(HOLES, SHIFTED, STILL)
    client.put_outage(OutageFact("L1T", "silent", "L1T stands still", RUN))
    look(found)
    return found


def look(session: ShiftSession) -> None:
    """Take in what came; twice, for what is written comes back."""
    for _ in range(2):
        session.look(NOW, session.client.take())


def test_who_is_called_follows_from_the_instruction_of_the_worst_member() -> None:
    session = session_of()
    assert call_words(session, HOLES) == (
        "Call now", "Hcal DQM on call, 16 1001 [example]",
    )  # fmt: skip
    assert call_words(session, STILL) == ("Call now", "")
    assert call_words(session, SHIFTED).soon == "Next day"


def called(session: ShiftSession, name: str) -> tuple[str, str] | None:
    """What the row of an alarm says of who was called, of its id."""
    (row,) = (each for each in session.alarms if each.alarm.id == name)
    return called_words(session, row, session.alarms, NOW)


def test_who_was_called_stands_in_every_row_that_asks_to_call_the_same() -> None:
    session = session_of()
    assert called(session, HOLES.id) is None
    actions.call(session, "hcal-dqm", DEPTH2, RUN, answered=False)
    look(session)
    assert called(session, HOLES.id) is None  # nobody took it
    actions.call(session, "hcal-dqm", DEPTH2, RUN, answered=True)
    look(session)
    who = "Hcal DQM on call"
    assert called(session, HOLES.id) == ("Called 11:06", who)
    assert called(session, SHIFTED.id) == (
        "Called 11:06", f"{who}, about Hcal missing",
    )  # fmt: skip
    assert called(session, STILL.id) is None
    grown = msgspec.structs.replace(HOLES, news=2, news_at=NOW + 1)
    session.client.put_alarms(grown, SHIFTED, STILL)
    look(session)
    assert called(session, HOLES.id) is None


def test_who_does_not_answer_yet_is_said() -> None:
    session = session_of()
    actions.call(session, "shift-leader", DEPTH1, RUN)
    look(session)
    assert called(session, HOLES.id) == ("Called 11:06", "Shift leader, no answer yet")
    assert called(session, SHIFTED.id) is None  # it asks to call another


def test_what_is_perhaps_one_cause_asks_for_no_call_to_the_same_person() -> None:
    session = session_of()
    actions.call(session, "hcal-dqm", DEPTH1, RUN, answered=True)
    late = alarm("Hcal", "shift", (TIME,), "peak late", ago=-60.0, number=2)
    session.client.put_alarms(late)
    look(session)
    assert called(session, late.id) is None
    session.client.put_alarms(msgspec.structs.replace(late, perhaps_with=HOLES.id))
    look(session)
    assert called(session, late.id) == (
        "Called 11:06", "Hcal DQM on call, about Hcal missing",
    )  # fmt: skip


def test_where_the_owner_says_nothing_the_row_says_what_the_step_says() -> None:
    session = session_of()
    quiet = msgspec.structs.replace(HOLES, urgency="")
    assert call_words(session, quiet).soon == "Call now"
    run = session.client.mailbox.run
    ramp = msgspec.structs.replace(run.conditions, beam_mode="ramp")
    session.client.put_run(msgspec.structs.replace(run, conditions=ramp))
    look(session)
    assert call_words(session, quiet).soon == "Next day"


@pytest.mark.parametrize("status", [Status.WARNING, Status.FAILED, Status.STALE])
def test_what_is_not_bad_is_not_urgent_whatever_the_step_says(status: Status) -> None:
    session = session_of()
    quiet = msgspec.structs.replace(HOLES, urgency="")
    members = [msgspec.structs.replace(each, status=status) for each in quiet.members]
    milder = msgspec.structs.replace(quiet, members=tuple(members))
    assert call_words(session, milder) == (
        "Not urgent", "Hcal DQM on call, 16 1001 [example]",
    )  # fmt: skip


@pytest.mark.parametrize(
    ("asks", "soon"), [("none", "Call now"), ("dump", "Not urgent")]
)
def test_the_step_says_how_soon_where_the_plot_asks_for_no_alarm(
    asks: AlarmAt, soon: str
) -> None:
    session = session_of()
    assert session.site is not None

    def asking(layout: Layout) -> Layout:
        pages = [
            msgspec.structs.replace(
                page,
                plots=tuple(
                    msgspec.structs.replace(each, alarm=asks) for each in page.plots
                ),
            )
            for page in layout.pages
        ]
        return msgspec.structs.replace(layout, pages=tuple(pages))

    layouts = tuple(map(asking, session.site.layouts))
    session.client.put_site(msgspec.structs.replace(session.site, layouts=layouts))
    look(session)
    quiet = msgspec.structs.replace(HOLES, urgency="")
    assert call_words(session, quiet).soon == soon


@pytest.mark.parametrize(
    ("beam_mode", "soon"),
    [("Info/beamMode", "At the beam dump"), ("", "At the end of the run")],
)
def test_no_beam_is_dumped_where_the_site_knows_of_none(
    beam_mode: str, soon: str
) -> None:
    session = session_of()
    site = session.site
    assert site is not None
    paths = msgspec.structs.replace(site.settings.conditions, beam_mode=beam_mode)
    settings = msgspec.structs.replace(site.settings, conditions=paths)
    session.client.site = msgspec.structs.replace(site, settings=settings)
    later = msgspec.structs.replace(HOLES, urgency="dump")
    assert call_words(session, later).soon == "Call now"  # so says its step
    run = session.client.mailbox.run
    ramp = msgspec.structs.replace(run.conditions, beam_mode="ramp")
    session.client.put_run(msgspec.structs.replace(run, conditions=ramp))
    look(session)
    assert call_words(session, later).soon == soon
    step = msgspec.structs.replace(
        STEPS[2], urgencies=(UrgencyRule("call at the beam dump"),)
    )
    told = instruction(steps=(step,))
    session.client.put_site(
        msgspec.structs.replace(session.client.site, instructions=(told,))
    )
    look(session)
    quiet = msgspec.structs.replace(HOLES, urgency="")
    assert call_words(session, quiet).soon == soon  # so says its step


def test_what_gives_nothing_to_judge_has_steps_and_a_call_for_all_its_plots() -> None:
    session = session_of()
    site = session.site
    assert site is not None
    owned = [
        msgspec.structs.replace(each, owner=f"{each.layout.lower()}-dqm")
        for each in site.layouts
    ]
    people = dict(site.contacts.roles)
    for each in owned:
        person = Contact(each.owner, f"{each.layout} on call", "1", then="shift-leader")
        people[each.owner] = person
    contacts = msgspec.structs.replace(site.contacts, roles=people)
    changed_site = msgspec.structs.replace(
        site, layouts=tuple(owned), contacts=contacts
    )
    session.client.put_site(changed_site)
    look(session)
    assert call_words(session, STILL) == ("Call now", "L1T on call, 1")
    assert steps_words(session, STILL)[1] == (
        "Step 2: Call, and say: L1T, content stands still while its files are fresh; "
        "none of 12 plots is judged."
    )
    one, other, *_ = sorted(session.guide.plots_of("L1T"))
    found = session.guidance(one).instruction
    assert found is not None
    assert found == session.guidance(other).instruction
    assert found.title == "L1T gives nothing to judge"
    counts = "Counts for all 12 plots of L1T stale (since LS 63)."
    assert members_words(session, one) == counts
    assert members_words(session, CHARGE).startswith("Counts for all 2 plots of Hcal s")
    assert members_words(session, "Hcal › Timing › Hcal/Timing/ring2") == ""
    assert session.with_one_cause(one) >= {one, other}
    session.client.set_blinded(True)  # it says nothing of what is to be found out
    assert session.guidance(one).instruction is None
    assert members_words(session, CHARGE) == ""
    session.client.set_blinded(False)
    assert not actions.tick(session, found, 1, one, RUN)
    look(session)
    assert steps_words(session, STILL)[1].endswith("is judged. (✓ Ada)")
    # nobody owns the whole source: who comes after all owners is called
    whole = alarm("source", "stale", ("",), "no new files", status=Status.STALE)
    session.client.put_alarms(whole)
    look(session)
    assert call_words(session, whole).person == "Shift leader, 16 1003"
    assert session.guidance(DEPTH1).instruction != found
    # it moves again: what the layout says of the plot holds
    moves = msgspec.structs.replace(STILL.members[0], status=Status.GOOD)
    gone = [
        msgspec.structs.replace(each, members=(moves,), returned=NOW)
        for each in (STILL, whole)
    ]
    session.client.put_alarms(*gone)
    look(session)
    assert session.guidance(one).instruction is None


def test_that_there_is_none_is_said_with_since_when_and_how_much_is_judged() -> None:
    session = session_of()
    judged = coverage_now(session.client).sentence
    assert judged.endswith(" plots judged")
    said = no_alarm_words(session, NOW)
    assert said == f"No alarm since run {RUN} began · {judged}"
    over = msgspec.structs.replace(SHIFTED, returned=NOW - 60)
    session.client.mailbox.alarms[over.id] = over
    said = no_alarm_words(session, NOW)
    assert said == f"No alarm since 11:05, when Hcal shift was over · {judged}"
    session.client.set_blinded(True)
    assert no_alarm_words(session, NOW) == "The alarms are hidden."


def test_what_was_answered_is_told_in_order() -> None:
    session = session_of()
    (row,) = (each for each in session.alarms if each.alarm.id == HOLES.id)
    assert answer_words(row, NOW) == ""
    assert answering.nuisance(session, row, "it is a test pulse") == ""
    assert answering.acknowledge(session, row) == ""
    look(session)
    (row,) = (each for each in session.alarms if each.alarm.id == HOLES.id)
    assert answer_words(row, NOW) == "acknowledged 11:06, Ada"
    assert history_words(session, row) == [
        "11:06 Ada called it a nuisance: it is a test pulse",
        "11:06 Ada acknowledged it",
    ]


def test_n_still_leads_to_what_was_silent_and_asks() -> None:
    session = session_of()
    pages = Pages(session.site)
    quiet = plot_of(session, STILL)
    session.client.mailbox.outages.clear()
    assert plot_of(session, STILL) == quiet
    assert next_stop(session, pages, DEPTH1) == quiet


def test_n_goes_over_what_asks_and_passes_over_what_is_acknowledged() -> None:
    session = session_of()
    pages = Pages(session.site)
    quiet = next(key for key in pages.keys() if key.startswith("L1T "))  # noqa: SIM118
    assert plot_of(session, STILL) == quiet
    around = [""]
    for _ in range(4):
        around.append(next_stop(session, pages, around[-1]))
    assert around[1:] == [DEPTH1, quiet, TIME, DEPTH1]
    assert next_stop(session, pages, DEPTH2) == quiet  # a plot of the first alarm
    for row in session.alarms:
        if row.alarm.id != SHIFTED.id:
            assert answering.acknowledge(session, row) == ""
    look(session)
    assert next_stop(session, pages, DEPTH1) == TIME
    (row,) = (each for each in session.alarms if each.asks)
    assert answering.shelve(session, row, "known") == ""
    look(session)
    assert next_stop(session, pages, DEPTH1) == ""
    left = untold(session)
    assert not {DEPTH1, TIME, CHARGE} & left.verdicts.keys()
    assert left.outages == {}


def test_what_is_in_no_alarm_is_reached_after_those_that_ask() -> None:
    session = session_of(teach=False)
    session.client.mailbox.alarms.pop(SHIFTED.id)
    look(session)
    pages = Pages(session.site)
    around = [""]
    for _ in range(4):
        around.append(next_stop(session, pages, around[-1]))
    assert around[3] == TIME
    assert around[4] == around[1] == DEPTH1
