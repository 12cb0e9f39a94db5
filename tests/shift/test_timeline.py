"""All that happened, newest first: verdicts, alarms, conditions, runs, the shift."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
from support.fake_session import site

from dqmconsole.logbook.view import Logbook
from dqmconsole.model.alarm import Alarm, Member
from dqmconsole.model.cause import extent_of
from dqmconsole.model.contacts import Contact, Contacts
from dqmconsole.model.frame import OutageFact
from dqmconsole.model.history import TransitionFact
from dqmconsole.model.record import (
    Acknowledged,
    Body,
    Call,
    Entry,
    Record,
    RunSeen,
    Shelved,
    SignOff,
)
from dqmconsole.model.verdict import Status
from dqmconsole.shift.alarms import seen
from dqmconsole.shift.overview import Condition, ConditionRow, Overview, Row, RunSpan
from dqmconsole.shift.run_history import RunHistory
from dqmconsole.shift.strip import Segment
from dqmconsole.shift.timeline import FILTERS, shown_kinds, timeline

if TYPE_CHECKING:
    from dqmconsole.shift.lately import Event

START = 1_795_000_000.0
KEY = "Hcal › Page › Hcal/a"
SPAN = RunSpan(7, 60, 0, "collisions", ((1, START), (60, START + 5900.0)))


def at(lumisection: float) -> float:
    """When a lumisection of the run was, s."""
    return START + 100.0 * (lumisection - 1)


def overview(**more: object) -> Overview:
    return Overview((SPAN,), **more)  # type: ignore[arg-type]


def alarm(**more: object) -> Alarm:
    member = Member(KEY, Status.BAD, "12 % dead", "missing", "now")
    made = Alarm(
        *("7/Hcal/missing/1", 7, "Hcal", "missing", (member,), at(21), at(21)),
        *(18, 20),
    )
    return msgspec.structs.replace(made, **more)


def told(found: tuple[Event, ...]) -> list[tuple[int, str, str]]:
    return [(each.lumisection, each.kind, each.words) for each in found]


def log(*bodies: tuple[float, Body]) -> Logbook:
    book = Logbook()
    for number, (lumisection, body) in enumerate(bodies, 1):
        book.put(Record(f"r{number}", at(lumisection), body, "Ada", run=7))
    return book


def test_an_alarm_begins_has_news_and_is_over() -> None:
    one = alarm(news=2, news_at=at(30), news_words="another place", returned=at(41.5))
    found = timeline(overview(), Logbook(), [one])
    assert told(found) == [
        (41, "alarm", "Alarm over: Hcal missing"),
        (30, "alarm", "News of the alarm: Hcal missing"),
        (20, "alarm", "Alarm: Hcal missing"),
        (1, "run", "Run 7 began"),
    ]
    assert [each.sentence for each in found[:3]] == [
        *("good again", "another place", "12 % dead · 1 plot"),
    ]
    assert {each.key for each in found[:3]} == {KEY}


def test_how_an_alarm_began_stays_as_it_was_said_then() -> None:
    grown = Member(KEY, Status.BAD, "64 % dead", "missing", "now",
                   extent_of(("ring",), [("HB+",)]))  # fmt: skip
    late = msgspec.structs.replace(grown, key="Hcal › Page › Hcal/b")
    one = alarm(members=(grown, late), news=2, news_at=at(30), news_words="larger",
                extent=grown.extent)  # fmt: skip
    history = RunHistory()
    history.put_transition(TransitionFact(KEY, 7, Status.GOOD, at(2)))
    for key, status, where, words in (
        (KEY, Status.WARNING, 20, "12 % dead"),
        (KEY, Status.BAD, 25, "64 % dead"),
        (late.key, Status.BAD, 25, "64 % dead"),
    ):
        fact = TransitionFact(key, 7, status, at(where), where, words)
        history.put_transition(fact)
    began = timeline(overview(), Logbook(), [one], history=history)[-2]
    assert (began.words, began.sentence) == (
        *("Alarm: Hcal missing", "12 % dead · 1 plot"),
    )
    assert (began.status, began.key) == (Status.WARNING, KEY)
    # of another run, or where nothing is known, it is told as it is
    unknown = timeline(overview(), Logbook(), [one], history=RunHistory())[-2]
    assert unknown.sentence == "64 % dead (ring HB+) · 2 plots"
    over = msgspec.structs.replace(grown, status=Status.GOOD, sentence="12 % dead")
    ended = alarm(members=(over,), returned=at(41))
    was = timeline(overview(), Logbook(), [ended], history=history)[-2]
    assert (was.status, was.sentence) == (Status.WARNING, "12 % dead · 1 plot")


def test_news_of_an_alarm_keep_their_status_once_it_is_over() -> None:
    history = RunHistory()
    for status, where in (
        *((Status.WARNING, 20), (Status.GOOD, 26), (Status.WARNING, 30)),
        (Status.GOOD, 41),
    ):
        history.put_transition(TransitionFact(KEY, 7, status, at(where), where, "late"))
    over = Member(KEY, Status.GOOD, "late", "missing")
    one = alarm(members=(over,), news=2, news_at=at(30), returned=at(41))
    found = timeline(overview(), Logbook(), [one], history=history)
    assert [each.status for each in found[:3]] == [
        *(Status.GOOD, Status.WARNING, Status.WARNING),
    ]


def test_an_alarm_that_is_withdrawn_is_not_called_good() -> None:
    one = alarm(returned=at(41), withdrawn="release 3")
    over = timeline(overview(), Logbook(), [one])[0]
    assert (over.status, over.words, over.sentence) == (
        *(None, "Alarm withdrawn: Hcal missing", "by release 3"),
    )


def test_what_the_shift_did_stands_at_its_time_and_lumisection() -> None:
    one = alarm()
    book = log(
        (22, Acknowledged(seen(one))),
        (24, Shelved(seen(one), at(40), "expert knows")),
        (25, Call("hcal-dqm", "Eva", about=KEY, answered=True)),
        (26, Entry("Half empty", plots=(KEY,))),
        (60, RunSeen("ended", ended=at(60), lumisections=60)),
        (70, SignOff("Leo decides", open=("hcal: BAD without a flag",))),
    )
    contacts = Contacts(roles={"hcal-dqm": Contact("hcal-dqm", "Hcal DQM")})
    known = msgspec.structs.replace(site([]), contacts=contacts)
    found = timeline(overview(), book, site=known)
    assert [(each.lumisection, each.kind) for each in found] == [
        (60, "run"), (60, "run"), (26, "entry"), (25, "call"), (24, "alarm"),
        (22, "alarm"), (1, "run"),
    ]  # fmt: skip
    assert found[0].words == "Ada signed run 7 off"
    assert found[0].sentence == "open: hcal: BAD without a flag · Leo decides"
    assert (found[4].words[:28], found[4].sentence) == (
        *("Hcal missing: Ada shelved it", "expert knows"),
    )
    assert (found[3].key, found[2].key) == (KEY, KEY)
    assert found[3].words == "Ada called Hcal DQM (Eva)"


def test_what_was_open_at_a_sign_off_is_said_without_a_comment() -> None:
    found = timeline(overview(), log((70, SignOff(open=("not set: dt",)))))
    assert found[0].sentence == "open: not set: dt"


def test_luminosity_steps_and_lost_sources_are_events() -> None:
    light = (*(20000.0 - each for each in range(20)), 10000.0, 9990.0, *[9980.0] * 38)
    out = {"": OutageFact("", "silent", "no new files", 7, 55, at(56))}
    voltage = ConditionRow("High voltage", "", ((Condition(1, 4, "off"),
                                                 Condition(5, 60, "on")),))  # fmt: skip
    found = timeline(
        overview(luminosity=(light,), conditions=(voltage,)), Logbook(), outages=out
    )
    assert told(found) == [
        (55, "client", "The whole source gives nothing new"),
        (21, "luminosity", "Luminosity 9.98e33"),
        (5, "conditions", "High voltage: on"),
        (1, "run", "Run 7 began"),
    ]
    assert found[1].sentence == "was 2.00e34"


def test_while_the_whole_source_stands_still_its_clients_have_no_rows() -> None:
    def row(name: str, stops: int) -> Row:
        segments = (
            Segment(1, stops - 1, Status.GOOD, at=at(1)),
            Segment(stops, 60, Status.STALE, at=at(stops)),
        )
        return Row(name, Status.STALE, "", segments=(segments,))

    rows = (row("L1T", 20), row("Hcal", 42), row("Ecal", 42))
    out = {"": OutageFact("", "silent", "nothing new", 7, 41, at(41))}
    assert told(timeline(overview(rows=rows), Logbook(), outages=out))[:-1] == [
        (41, "client", "The whole source gives nothing new"),
        (20, "client", "L1T stands still"),
    ]
    over = told(timeline(overview(rows=rows), Logbook()))
    assert over[0] == (42, "client", "Hcal, Ecal stand still")


def test_each_kind_can_be_shown_alone() -> None:
    segments = (
        Segment(1, 10, Status.GOOD),
        Segment(11, 20, Status.BAD, key=KEY, sentence="dead"),
        Segment(21, 60, Status.STALE, key=KEY, sentence="stands still"),
    )
    row = Row("Hcal", Status.STALE, "", segments=(segments,))
    found = timeline(overview(rows=(row,)), Logbook(), [alarm()])
    kinds = [name for name, _ in FILTERS]
    alone = {name: told(shown_kinds(found, n)) for n, name in enumerate(kinds)}
    assert [words for _, _, words in alone["verdicts"]] == ["Hcal BAD"]
    assert [words for _, _, words in alone["clients"]] == ["Hcal stands still"]
    assert [words for _, _, words in alone["alarms"]] == ["Alarm: Hcal missing"]
    assert alone["calls and entries"] == []
    assert len(alone["everything"]) == 4


def test_what_stops_together_is_one_row() -> None:
    def row(name: str, stops: float) -> Row:
        segments = (
            Segment(1, 20, Status.GOOD, at=at(1)),
            Segment(21, 30, Status.STALE, at=stops, sentence="source silent"),
            Segment(31, 60, Status.GOOD, at=at(31)),
        )
        return Row(name, Status.GOOD, "", segments=(segments,))

    stops = {"Hcal": at(21), "Ecal": at(21) + 60, "L1T": at(21) + 150, "RPC": at(26)}
    rows = tuple(row(*each) for each in stops.items())
    found = timeline(overview(rows=rows), Logbook())
    assert [(each.kind, each.words, each.sentence) for each in found[:-1]] == [
        (
            *("verdict", "Hcal, Ecal, L1T and 1 more back to good"),
            "Hcal, Ecal, L1T, RPC",
        ),
        ("client", "RPC stands still", "source silent"),
        ("client", "Hcal, Ecal, L1T stand still", ""),
    ]


def test_nothing_of_the_log_is_told_of_runs_that_are_not_shown() -> None:
    book = Logbook()
    book.put(Record("r", START - 5000, Entry("long ago"), "Ada", run=3))
    assert told(timeline(overview(), book)) == [(1, "run", "Run 7 began")]
