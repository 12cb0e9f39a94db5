"""Calendars that would keep a reader busy for ever, and calendars read beside."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from support.instruction_texts import NOW, ROTA, ZURICH
from support.waiting import wait_until

from dqmconsole.site import calendars
from dqmconsole.site.calendars import (
    CalendarError,
    Calendars,
    CalendarUnreadError,
    expand,
    turns_when_read,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = pytest.mark.slow

FOR_EVER = (sys.executable, "-c", "import signal; signal.pause()")
DIES = (sys.executable, "-c", "print('no answer')")


def event(lines: str, number: int = 0) -> str:
    return (
        f"BEGIN:VEVENT\nUID:{number}\nDTSTART:20260102T080000\n"
        f"DTEND:20260102T160000\nSUMMARY:Desk {number}\n{lines}\nEND:VEVENT\n"
    )


def calendar(*events: str) -> bytes:
    begin = "BEGIN:VCALENDAR\nVERSION:2.0\nPRODID:-//test//test//EN\n"
    return (begin + "".join(events) + "END:VCALENDAR\n").encode()


NEVER = "RRULE:FREQ=DAILY;BYMONTH=2;BYMONTHDAY=30"
FLOOD = ",".join(f"20260{1 + n}{10 + n}T080000" for n in range(9))
NASTY = {
    "a day that never comes": event(NEVER),
    "many of them": "".join(event(NEVER, number) for number in range(100)),
    "a week that never comes": event("RRULE:FREQ=YEARLY;BYWEEKNO=53;BYMONTH=6"),
    "a month day that never comes": event("RRULE:FREQ=MONTHLY;BYMONTHDAY=31;BYMONTH=4"),
    "every second": event("RRULE:FREQ=SECONDLY"),
    "every minute, never": event("RRULE:FREQ=MINUTELY;BYMONTH=2;BYMONTHDAY=30"),
    "a huge count": event("RRULE:FREQ=DAILY;COUNT=999999999999"),
    "a huge interval": event("RRULE:FREQ=DAILY;INTERVAL=999999999999"),
    "a position that never comes": event("RRULE:FREQ=YEARLY;BYDAY=MO;BYSETPOS=366"),
    "dates without end": event(f"RDATE:{','.join([FLOOD] * 20_000)}"),
    "exceptions without end": event("RRULE:FREQ=DAILY\n" + f"EXDATE:{FLOOD}\n" * 9_000),
    "a rule of exceptions": event(f"RRULE:FREQ=DAILY\nEX{NEVER}"),
    "names inside each other": event("BEGIN:VALARM\n" * 5_000),
}  # fmt: skip


@pytest.fixture
def few_steps(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(calendars, "MOST_STEPS", 200_000)


@pytest.mark.usefixtures("few_steps")
@pytest.mark.parametrize("kind", NASTY)
def test_a_nasty_calendar_ends_with_turns_or_a_sentence(kind: str) -> None:
    found = expand(calendar(NASTY[kind]), ZURICH, NOW)
    assert not (found.turns and found.refused)


def test_what_never_comes_is_refused_in_words() -> None:
    with pytest.raises(CalendarError, match="a day that never comes"):
        turns_when_read(calendar(event(NEVER)), ZURICH, NOW)


@pytest.mark.usefixtures("few_steps")
@pytest.mark.filterwarnings("ignore:Using both")
@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.sampled_from(("SECONDLY", "HOURLY", "DAILY", "WEEKLY", "MONTHLY", "YEARLY")),
    st.sets(st.sampled_from(
        ("BYMONTH=2", "BYMONTHDAY=30", "BYMONTHDAY=-31", "BYYEARDAY=366", "BYDAY=5MO",
         "BYWEEKNO=53", "BYSETPOS=-366", "COUNT=100000000", "UNTIL=99991231",
         "INTERVAL=1000", "WKST=SU")
    )),
)  # fmt: skip
def test_any_rule_ends(frequency: str, parts: set[str]) -> None:
    rule = ";".join((f"RRULE:FREQ={frequency}", *sorted(parts)))
    found = expand(calendar(event(rule)), ZURICH, NOW)
    assert not (found.turns and found.refused)


def test_a_large_honest_calendar_is_read() -> None:
    weekly = (event("RRULE:FREQ=WEEKLY;INTERVAL=2", number) for number in range(90))
    single = (event("STATUS:CONFIRMED", number) for number in range(100, 1500))
    found = expand(calendar(*weekly, *single), ZURICH, NOW)
    assert not found.refused
    assert len(found.turns) >= 90 * 4


@pytest.fixture
def beside() -> Iterator[Calendars]:
    read = Calendars()
    yield read
    read.close()


def wait_for_news(read: Calendars) -> None:
    wait_until(read.poll, "the calendar's child")


def test_a_calendar_is_read_beside_and_known_when_it_is(beside: Calendars) -> None:
    data = ROTA.encode()
    with pytest.raises(CalendarUnreadError):
        beside.turns(data, ZURICH, NOW)
    with pytest.raises(CalendarUnreadError):
        beside.turns(data, ZURICH, NOW)  # still the same child
    wait_for_news(beside)
    turns = beside.turns(data, ZURICH, NOW)
    assert turns == turns_when_read(data, ZURICH, NOW)
    assert "First desk" in {turn.name for turn in turns}
    assert not beside.poll()


def test_a_day_later_it_is_read_again_and_stands_until_then(beside: Calendars) -> None:
    data = ROTA.encode()
    with pytest.raises(CalendarUnreadError):
        beside.turns(data, ZURICH, NOW)
    wait_for_news(beside)
    first = beside.turns(data, ZURICH, NOW)
    later = NOW + 30 * 86_400
    assert beside.turns(data, ZURICH, later) == first
    wait_for_news(beside)
    assert beside.turns(data, ZURICH, later)[-1].end > first[-1].end


def test_a_broken_calendar_says_why_and_where(beside: Calendars) -> None:
    data = b"BEGIN:VCALENDAR\nnonsense"
    with pytest.raises(CalendarUnreadError):
        beside.turns(data, ZURICH, NOW)
    wait_for_news(beside)
    with pytest.raises(CalendarError, match="no line of a calendar") as caught:
        beside.turns(data, ZURICH, NOW)
    assert caught.value.line == 2


def test_more_calendars_than_children_are_all_read(beside: Calendars) -> None:
    texts = [ROTA.replace("First", f"Desk {number}").encode() for number in range(4)]
    for data in texts:
        with pytest.raises(CalendarUnreadError):
            beside.turns(data, ZURICH, NOW)
    known: list[bytes] = []
    while len(known) < len(texts):
        wait_for_news(beside)
        known = []
        for data in texts:
            try:
                assert beside.turns(data, ZURICH, NOW)
            except CalendarUnreadError:
                continue
            known.append(data)


def test_a_child_that_hangs_is_abandoned() -> None:
    clock = [0.0]
    read = Calendars(FOR_EVER, lambda: clock[0])
    with pytest.raises(CalendarUnreadError):
        read.turns(b"a", ZURICH, NOW)
    assert not read.poll()
    clock[0] = calendars.PATIENCE + 1
    assert read.poll()
    with pytest.raises(CalendarError, match="cannot be read in 60 s"):
        read.turns(b"a", ZURICH, NOW)
    read.close()


def test_a_child_that_dies_is_a_refusal(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(CalendarError, match="ended without an answer"):
        turns_when_read(b"a", ZURICH, NOW, DIES)
    with pytest.raises(CalendarError, match="No such file"):
        turns_when_read(b"a", ZURICH, NOW, ("/no/such/program",))
    monkeypatch.setattr(calendars, "PATIENCE", 0.0)
    with pytest.raises(CalendarError, match="cannot be read in"):
        turns_when_read(b"a", ZURICH, NOW, FOR_EVER)
