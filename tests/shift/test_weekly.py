"""The weekly report of alarms by owner."""

from __future__ import annotations

import msgspec
import pytest
import yaml

from dqmconsole.logbook.view import Logbook
from dqmconsole.model.alarm import Alarm, Member
from dqmconsole.model.layout import Layout
from dqmconsole.model.record import (
    Body,
    Joined,
    Missed,
    Nuisance,
    Record,
    ShiftBegan,
    ShiftEnded,
    SplitOff,
)
from dqmconsole.model.site import Site, SiteSettings
from dqmconsole.model.verdict import Status
from dqmconsole.shift.alarms import seen
from dqmconsole.shift.weekly import markdown, week_named, weekly

HOUR = 3600.0
MONDAY = 1_795_392_000.0  # 23 Nov 2026, UTC
NAME = "2026-W48"
NOW = MONDAY + 8 * 24 * HOUR
SITE = Site(
    *("/s", "a", SiteSettings("CMS")),
    (
        Layout("Hcal", (), owner="hcal-dqm"),
        Layout("DT", (), owner="dt-dqm"),
        Layout("L1T", ()),
    ),
)


def alarm(number: int, root: str = "Hcal", at: float = HOUR, **more: object) -> Alarm:
    """An alarm that began `at` s after the week did, and lasted ten minutes."""
    member = Member(f"{root} › Page › {root}/a", Status.BAD, "dead", "missing")
    began = MONDAY + at
    made = Alarm(
        *(f"7/{root}/missing/{number}", 7, root, "missing", (member,)),
        *(began, began),
        urgency="now",
        returned=began + 600.0,
    )
    return msgspec.structs.replace(made, **more)


def book(*bodies: tuple[float, Body]) -> Logbook:
    """A book with records so many seconds after the week began."""
    found = Logbook()
    for number, (at, body) in enumerate(bodies, 1):
        shift = "r1" if isinstance(body, ShiftEnded) else ""
        found.put(Record(f"r{number}", MONDAY + at, body, "Ada", shift=shift))
    return found


def test_weeks_have_their_iso_names() -> None:
    assert week_named(NAME, NOW) == (NAME, MONDAY, MONDAY + 7 * 24 * HOUR)
    assert week_named("", NOW) == week_named(NAME, NOW)
    with pytest.raises(ValueError, match="week 48"):
        week_named("week 48", NOW)


def test_what_is_told_in_ten_minutes_of_shift_by_owner() -> None:
    logbook = book((0.0, ShiftBegan()), (2 * HOUR, ShiftEnded()))
    alarms = [
        alarm(1),
        alarm(2, at=HOUR + 60.0, news=3, news_at=MONDAY + HOUR + 120.0),
        alarm(3, "DT", at=0.5 * HOUR, urgency=""),
        alarm(4, at=-20 * HOUR),  # of the week before
    ]
    found = weekly(alarms, logbook, SITE, NAME, NOW)
    assert (found.hours, found.on_shift, found.alarms, found.heard) == (2, True, 3, 2)
    assert found.per_ten_minutes == pytest.approx(5 / 12)
    assert (found.most, found.floods, found.acceptable) == (4, 0, True)
    hcal, dt = found.owners
    assert (hcal.owner, len(hcal.alarms), hcal.most) == ("hcal-dqm", 2, 4)
    assert (dt.owner, dt.per_ten_minutes) == ("dt-dqm", pytest.approx(1 / 12))


def test_what_was_told_while_nobody_had_the_shift_burdens_nobody() -> None:
    logbook = book((0.0, ShiftBegan()), (8 * HOUR, ShiftEnded()))
    alone = [alarm(n, at=(10 + n / 4) * HOUR) for n in range(96)]
    found = weekly(alone, logbook, SITE, NAME, NOW)
    assert (found.hours, found.alarms, found.per_ten_minutes) == (8, 96, 0)
    assert found.acceptable
    (hcal,) = found.owners
    assert hcal.per_ten_minutes == 0
    found = weekly([*alone, alarm(100)], logbook, SITE, NAME, NOW)
    assert found.per_ten_minutes == pytest.approx(1 / 48)


def test_of_a_minute_of_shift_no_rate_is_worked_out() -> None:
    logbook = book((0.0, ShiftBegan()), (60.0, ShiftEnded()))
    found = weekly([alarm(1, at=0.0)], logbook, SITE, NAME, NOW)
    assert found.per_ten_minutes == 1


def test_a_shift_that_nobody_ended_is_over_when_the_next_begins() -> None:
    logbook = Logbook()
    for uid, at, body, role in (
        ("a", -40 * HOUR, ShiftBegan(), "shifter"),
        ("b", -30 * HOUR, ShiftBegan(), "shifter"),
        ("b", -20 * HOUR, ShiftEnded(), "shifter"),
        ("c", 2 * HOUR, ShiftBegan(), "shifter"),
        ("d", 3 * HOUR, ShiftBegan(), "shift-leader"),
        ("d", 4 * HOUR, ShiftEnded(), "shift-leader"),
    ):
        name = uid if isinstance(body, ShiftBegan) else f"{uid} ended"
        logbook.put(Record(name, MONDAY + at, body, role=role, shift=uid))
    assert weekly([], logbook, SITE, NAME, MONDAY + 10 * HOUR).hours == 8


def test_more_than_ten_in_ten_minutes_are_a_flood() -> None:
    burst = [alarm(n, at=HOUR + 5.0 * n) for n in range(11)]
    later = [alarm(20 + n, at=9 * HOUR + 5.0 * n) for n in range(12)]
    found = weekly(burst[:10], Logbook(), SITE, NAME, NOW)
    assert (found.most, found.floods, found.acceptable) == (10, 0, True)
    found = weekly([*burst, *later], Logbook(), SITE, NAME, NOW)
    assert (found.most, found.floods, found.acceptable) == (12, 2, False)
    assert (found.hours, found.on_shift) == (168.0, False)


def test_chattering_standing_nuisance_and_missed_are_named() -> None:
    standing = alarm(1, at=HOUR, returned=None)
    chattering = alarm(2, "L1T", chattering=True)
    logbook = book(
        (HOUR, Nuisance(seen(chattering), comment="a prescale step")),
        (HOUR, Missed("DT › Page › DT/a", "half a wheel")),
        (9 * 24 * HOUR, Missed("DT › Page › DT/a", "next week")),
    )
    found = weekly([standing, chattering], logbook, SITE, NAME, NOW)
    owners = {each.owner: each for each in found.owners}
    assert [row.standing for row in owners["hcal-dqm"].alarms] == [True]
    assert [row.alarm.chattering for row in owners["no owner"].alarms] == [True]
    assert [each.comment for each in owners["no owner"].nuisance] == ["a prescale step"]
    assert [each.comment for each in owners["dt-dqm"].missed] == ["half a wheel"]
    text = markdown(found, SITE)
    assert "- over 24 h: Hcal, missing" in text
    assert ", told 1 ×, 1 plot\n" in text
    assert "- chattering: L1T, missing" in text
    assert "- missed: DT › Page › DT/a" in text
    assert "| dt-dqm | 0 | 0.00 | 0 | 0 | 0 | 0 | 1 |" in text


def test_splits_and_joins_are_proposed_to_the_owners_of_the_causes() -> None:
    cause, fed = alarm(1, "L1T"), alarm(2)
    keys = tuple(f"DT › Page › DT/{name}" for name in "abc")
    logbook = book(
        (HOUR, Joined(seen(fed), seen(cause), "the trigger was off")),
        (HOUR, SplitOff(seen(cause), keys)),
        (9 * 24 * HOUR, Joined(seen(fed), seen(cause))),  # of the next week
    )
    found = weekly([cause, fed], logbook, SITE, NAME, NOW)
    rows = {each.owner: each.feeds for each in found.owners}
    (joined,) = rows["no owner"]
    assert joined.plot == "L1T/a"
    assert yaml.safe_load(joined.line) == {
        "feeds": [{"to": ["Hcal/a"], "families": ["missing"]}]
    }
    (split,) = rows["dt-dqm"]
    assert split.about == "3 plots of DT split off L1T missing, run 7"
    assert (split.plot, split.line) == (
        "DT/a", 'feeds: [{to: ["DT/b", "DT/c"], families: [missing]}]'
    )  # fmt: skip
    text = markdown(found, SITE)
    assert ": the trigger was off. If that is so" in text
    assert f"\n      {split.line}\n" in text


def test_of_very_many_plots_the_layouts_are_proposed() -> None:
    one = Member("DT › Page › DT/a", Status.BAD, "dead", "missing")
    members = [msgspec.structs.replace(one, key=f"{one.key}{n}") for n in range(20)]
    fed = alarm(2, "DT", members=tuple(members))
    logbook = book((HOUR, Joined(seen(fed), seen(alarm(1)))))
    found = weekly([alarm(1), fed], logbook, SITE, NAME, NOW)
    (row,) = (row for each in found.owners for row in each.feeds)
    assert row.line == 'feeds: [{to: ["DT"], families: [missing]}]'


def test_a_week_without_alarms_says_so() -> None:
    found = weekly([], Logbook(), SITE, NAME, NOW)
    assert found.acceptable
    assert "No alarm, and nothing was said of one." in markdown(found, SITE)
