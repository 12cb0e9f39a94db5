from __future__ import annotations

import contextlib
import datetime
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.instruction_texts import CONTACTS, NOW, ROTA, ZURICH

from dqmconsole.model.contacts import Hours, RotaTurn
from dqmconsole.site.calendars import CalendarError, expand, read_calendar
from dqmconsole.site.contacts import (
    ContactsRead,
    parse_hours,
    parse_local,
    read_contacts,
)

if TYPE_CHECKING:
    from dqmconsole.site.findings import Findings


def read(
    text: str, calendars: dict[str, bytes] | None = None, now: float = NOW
) -> ContactsRead:
    def calendar(name: str, findings: Findings) -> bytes | None:
        found = (calendars or {}).get(name)
        if found is None:
            findings.add("the file is missing")
        return found

    return read_contacts(text.encode(), "contacts.yaml", now, calendar)


def unix(*when: int) -> float:
    return datetime.datetime(*when, tzinfo=ZURICH).timestamp()  # type: ignore[misc,arg-type] # year, month, ...


def test_healthy_contacts_are_read_whole() -> None:
    found = read(CONTACTS)
    assert found.problems == ()
    contacts = found.contacts
    assert contacts.timezone == "Europe/Zurich"
    assert contacts.working_hours == (Hours((0, 1, 2, 3, 4), 480, 1080),)
    hcal = contacts.roles["hcal-dqm"]
    assert (hcal.title, hcal.phone, hcal.then) == (
        "Hcal DQM on call",
        "70043",
        "dqm-oncall",
    )
    assert hcal.example
    assert hcal.hours == (
        Hours((0, 1, 2, 3, 4), 480, 1200),
        Hours((5, 6), 1320, 1440),
        Hours((0, 6), 0, 360),
    )
    assert hcal.rota == (
        RotaTurn(unix(2026, 11, 20, 8), unix(2026, 11, 27, 8), "First", "70100"),
        RotaTurn(unix(2026, 11, 27, 8), unix(2026, 12, 18, 8), "Second"),
    )
    assert contacts.roles["dqm-oncall"].hours == ()
    assert found.places["hcal-dqm"].line == 4


def test_what_a_role_decides_is_read() -> None:
    said = 'phone: "70043"\n    decides: what is masked\n    call_when: it is noisy'
    found = read(CONTACTS.replace('phone: "70043"', said))
    assert found.problems == ()
    hcal = found.contacts.roles["hcal-dqm"]
    assert (hcal.decides, hcal.call_when) == ("what is masked", "it is noisy")


@pytest.mark.parametrize(
    ("old", "new", "line", "words"),
    [
        ("Europe/Zurich", "Europe/Zurick", 1, "is no time zone"),
        ("Mon-Fri 08:00-18:00", "Mon-Fri 8-18", 2, 'such as "Mon-Fri 08:00-18:00"'),
        ("Mon-Fri 08:00-18:00", "Mo-Fri 08:00-18:00", 2, 'did you mean "Mon"'),
        ("Mon-Fri 08:00-18:00", "Mon 25:00-26:00", 2, "00:00 to 24:00"),
        ("Mon-Fri 08:00-18:00", "Mon 08:00-08:00", 2, "no time at all"),
        ("roles:", "rolls:", 3, 'did you mean "roles"'),
        ("  hcal-dqm:\n", "  Hcal DQM:\n", 4, "lower-case"),
        ("  dqm-oncall:\n", "  hcal-dqm:\n", 13, "stands here twice"),
        ('phone: "70043"', "phone: ask me", 6, "a phone number"),
        ('phone: "70043"', f"decides: {'x' * 161}", 6, "decides: one line of at most"),
        ('phone: "70043"', r'call_when: "a\nb"', 6, "call_when: one line of at most"),
        ('phone: "70043"', "decide: what is", 6, 'did you mean "decides"'),
        ("title: Hcal", "titel: Hcal", 5, 'did you mean "title"'),
        ("then: dqm-oncall", "then: dqm-onkall", 11, 'did you mean "dqm-oncall"'),
        ("then: dqm-oncall", "then: hcal-dqm", 11, "a ring: hcal-dqm"),
        ("until: 2026-11-27", "until: 2026-11-19", 9, "before it begins"),
        ("until: 2026-11-27", "until: 2026-11-31", 9, "a time is such as"),
        ("2026-11-27 08:00, until: 2026-12", "2026-11-26 08:00, until: 2026-12", 10,
         "First and Second overlap"),
        ("name: Second", "phone: ''", 10, "neither name nor phone"),
        ("Europe/Zurich", "x", 1, "an IANA name such as Europe/Zurich"),
        ("example: true", "calendar: ../x.ics", 12, "below instructions/"),
        ("example: true", "calendar: /etc/x.ics", 12, "below instructions/"),
        ("example: true", "calendar: rota/x.ics", 12, "x.ics: the file is missing"),
    ],
)  # fmt: skip
def test_each_mistake_is_found_in_its_line(
    old: str, new: str, line: int, words: str
) -> None:
    assert old in CONTACTS
    found = read(CONTACTS.replace(old, new, 1))
    assert any(
        each.line == line and words in each.message for each in found.problems
    ), [str(each) for each in found.problems]
    if "rolls" not in new:
        assert "dqm-oncall" in found.contacts.roles or "twice" in words


def test_a_ring_of_roles_is_said_once() -> None:
    text = CONTACTS + "    then: hcal-dqm\n"
    (problem,) = read(text).problems
    assert "a ring: hcal-dqm → dqm-oncall → hcal-dqm" in problem.message


def test_files_that_hold_no_contacts() -> None:
    for text in ("", "- a\n", "roles: [a]\n", "roles:\n", "[", "roles: {a: b}\n"):
        found = read(text)
        assert found.contacts.roles == {}
        assert found.problems


@pytest.mark.parametrize(
    ("text", "hour", "words"),
    [
        ("2026-03-29 02:30", 1, "does not exist"),  # 03:30 summer time is 01:30 UTC
        ("2026-10-25 02:30", 0, "comes twice"),  # the first, in summer time
        ("2026-10-25 03:30", 2, ""),
    ],
)
def test_times_when_the_clock_is_changed(text: str, hour: int, words: str) -> None:
    stamp, advice = parse_local(text, ZURICH)
    found = datetime.datetime.fromtimestamp(stamp, datetime.UTC)
    assert (found.hour, found.minute) == (hour, 30)
    assert words in advice
    assert bool(advice) == bool(words)


def test_a_turn_that_begins_when_the_clock_is_changed_is_advice() -> None:
    text = CONTACTS.replace("from: 2026-11-20 08:00", "from: 2026-10-25 02:30")
    (problem,) = read(text).problems
    assert (problem.severity, problem.line) == ("advice", 9)


@given(st.text(max_size=40))
def test_hours_of_any_form_never_raise_anything_else(text: str) -> None:
    with contextlib.suppress(ValueError):
        found = parse_hours(text)
        assert all(0 <= each.begin < each.end <= 1440 for each in found)
    with contextlib.suppress(ValueError):
        parse_local(text, ZURICH)


def test_a_calendar_gives_its_turns() -> None:
    turns = read_calendar(ROTA.encode(), ZURICH, NOW)
    assert turns[:2] == (
        RotaTurn(unix(2026, 11, 23, 8), unix(2026, 11, 30, 8), "Second desk", "70200"),
        RotaTurn(
            unix(2026, 11, 30, 8), unix(2026, 12, 7, 8), "First desk", "+41 22 70100"
        ),
    )
    assert [turn.name for turn in turns] == ["Second desk", "First desk"] * 4 + [
        "Second desk"
    ]
    assert turns[-1].begin < NOW + 60 * 86400


def test_a_role_takes_its_turns_from_a_calendar() -> None:
    text = CONTACTS + "    calendar: rota/dqm.ics\n"
    found = read(text, {"rota/dqm.ics": ROTA.encode()})
    assert found.problems == ()
    assert len(found.contacts.roles["dqm-oncall"].rota) == 9
    found = read(text, {"rota/dqm.ics": b"BEGIN:VCALENDAR\nnonsense"})
    (problem,) = found.problems
    assert (problem.file, problem.line) == ("instructions/rota/dqm.ics", 2)
    assert '"nonsense" is no line of a calendar' in problem.message
    assert found.contacts.roles["dqm-oncall"].rota == ()
    found = read(text, {"rota/dqm.ics": ROTA.encode()}, unix(2026, 1, 1))
    (problem,) = found.problems
    assert (problem.severity, problem.line) == ("advice", 16)


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("FREQ=WEEKLY", "FREQ=SECONDLY", "otherwise than daily"),
        ("FREQ=WEEKLY", "FREQ=HOURLY", "otherwise than daily"),
        ("FREQ=WEEKLY", "FREQ=DAILY;BYSECOND=1,2,3", "otherwise than daily"),
        ("20261102T080000", "16010101T000000", "begins before 1990"),
        ("BEGIN:VCALENDAR", "BEGIN:VCALENDER", "is no calendar"),
        ("DTSTART;TZID=Europe/Zurich:20261102T080000", "X-A:1", "lacks its DTSTART"),
        ("WEEKLY;INTERVAL=2", "WEEKLY;INTERVAL=0", "otherwise than daily"),
        ("FREQ=WEEKLY", "FREQ=SOMETIMES", "FREQ=WEEKLY, or DAILY"),
    ],
)
def test_a_calendar_that_is_refused(old: str, new: str, words: str) -> None:
    with pytest.raises(CalendarError, match=words):
        read_calendar(ROTA.replace(old, new).encode(), ZURICH, NOW)


@pytest.mark.parametrize("newline", ["\n", "\r\n"])
@pytest.mark.parametrize(
    ("old", "new", "line", "words"),
    [
        ("DTEND:20261116T080000", "DTEND:202611\n 01T080000", 19, "ends before it"),
        ("DTSTART:20261109T080000\n", "", 12, 'event "Second desk" lacks its DTSTART'),
        ("DTSTART:20261109T08", "DTSTART:soonT08", 18, 'DTSTART of the event "Second'),
        ("RRULE:FREQ=WEEKLY", "RRULE:FREQ=MONDAYS", 20, 'event "Second desk" repeats'),
        ("RRULE:FREQ=WEEKLY", "RRULE:FREQ=HOURLY", 20, 'event "Second desk" repeats'),
        ("DTSTART:2026", "DTSTART:1826", 18, "begins before 1990"),
        ("DTEND:", "DTEND;TZID=Europe/Zurch:", 19, 'mean "Europe/Zurich"'),
    ],
)
def test_what_is_wrong_with_an_event_is_said_with_its_line(
    old: str, new: str, line: int, words: str, newline: str
) -> None:
    first, begin, second = ROTA.rpartition("BEGIN:VEVENT\n")
    # lines of the same names stand in the event before it, and in an alarm of its own
    alarm = "BEGIN:VALARM\nDTEND:20261101\n T080000\nEND:VALARM\n"
    assert old in second
    text = first + begin + alarm + second.replace(old, new)
    with pytest.raises(CalendarError, match=words) as caught:
        read_calendar(text.replace("\n", newline).encode(), ZURICH, NOW)
    assert caught.value.line == line


def test_more_events_than_are_read() -> None:
    begin, _, rest = ROTA.partition("BEGIN:VEVENT")
    event = "BEGIN:VEVENT" + rest.split("BEGIN:VEVENT")[0]
    for count, words in ((150, "events that repeat"), (2100, "more than 2000 events")):
        text = begin + event * count + "END:VCALENDAR\n"
        with pytest.raises(CalendarError, match=words):
            read_calendar(text.encode(), ZURICH, NOW)


@given(st.integers(0, len(ROTA) - 1), st.binary(max_size=12), st.integers(0, 30))
def test_a_calendar_changed_at_random_is_read_or_refused(
    at: int, put: bytes, gone: int
) -> None:
    data = ROTA.encode()
    data = data[:at] + put + data[at + gone :]
    turns = expand(data, ZURICH, NOW).turns
    assert all(turn.begin < turn.end for turn in turns)
