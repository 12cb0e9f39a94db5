"""How alarms stand by what the engine tells and what the shift answered."""

from __future__ import annotations

import msgspec

from dqmconsole.logbook.view import Logbook
from dqmconsole.model.alarm import Alarm, Member
from dqmconsole.model.record import (
    Acknowledged,
    Body,
    Call,
    Joined,
    Record,
    Shelved,
    ShiftBegan,
    SplitOff,
    Unshelved,
)
from dqmconsole.model.verdict import Status
from dqmconsole.shift.alarms import ANSWER_WITHIN, Standing, seen, standings

NOW = 5000.0


def member(name: str, status: Status = Status.BAD) -> Member:
    """A plot of an alarm."""
    return Member(f"Hcal › Page › Hcal/{name}", status, "12 % dead", "missing", "now")


ALARM = Alarm(
    *("7/Hcal/missing/1", 7, "Hcal", "missing", (member("a"), member("b"))),
    *(1000.0, 1000.0),
    urgency="now",
)


class Book:
    """A book with a shift that began."""

    def __init__(self) -> None:
        self.logbook = Logbook()
        self.shift = ""
        self.begin()

    def put(self, body: Body, at: float = 2000.0) -> None:
        """Write a record in the shift."""
        number = len(self.logbook) + 1
        self.logbook.put(
            Record(f"r{number}", at, body, shift=self.shift, number=number)
        )

    def begin(self) -> None:
        """Begin a shift."""
        number = len(self.logbook) + 1
        self.shift = f"r{number}"
        self.put(ShiftBegan())

    def states(self, *alarms: Alarm, now: float = NOW) -> list[str]:
        """How alarms stand."""
        return [one.state for one in self.standing(*alarms, now=now)]

    def standing(self, *alarms: Alarm, now: float = NOW) -> tuple[Standing, ...]:
        """How alarms stand, with more."""
        return standings(alarms, self.logbook, now)


def changed(**more: object) -> Alarm:
    """The alarm as something else."""
    return msgspec.structs.replace(ALARM, **more)


RETURNED = changed(members=(member("a", Status.GOOD),), returned=3000.0)


def test_an_alarm_asks_until_it_is_acknowledged_and_again_when_there_is_news() -> None:
    book = Book()
    assert book.states(ALARM) == ["unacknowledged"]
    book.put(Acknowledged(seen(ALARM)))
    assert book.states(ALARM) == ["acknowledged"]
    assert book.states(changed(news=2)) == ["unacknowledged"]


def test_what_returned_asks_until_somebody_acknowledged_it() -> None:
    book = Book()
    assert book.states(RETURNED) == ["returned"]
    assert book.states(msgspec.structs.replace(RETURNED, withdrawn="release 2")) == [
        "withdrawn"
    ]
    book.put(Acknowledged(seen(RETURNED)))
    assert book.states(RETURNED) == []


def test_the_next_shift_acknowledges_for_itself() -> None:
    book = Book()
    book.put(Acknowledged(seen(ALARM)))
    book.begin()
    (one,) = book.standing(ALARM)
    assert (one.state, one.carried) == ("unacknowledged", True)


def test_shelved_until_its_time_its_shift_or_its_growth() -> None:
    book = Book()
    book.put(Shelved(seen(ALARM), NOW + 10.0, "known to the expert"))
    assert book.states(ALARM) == ["shelved"]
    assert book.states(changed(news=2)) == ["unacknowledged"]
    assert book.states(ALARM, now=NOW + 10.0) == ["unacknowledged"]
    book.put(Unshelved(seen(ALARM)), at=2001.0)
    assert book.states(ALARM) == ["unacknowledged"]
    book.put(Shelved(seen(ALARM), NOW + 10.0, "again"), at=2002.0)
    assert book.states(ALARM) == ["shelved"]
    book.begin()
    assert book.states(ALARM) == ["unacknowledged"]


def test_the_same_cause_by_another_name_is_acknowledged_too() -> None:
    book = Book()
    book.put(Acknowledged(seen(ALARM)))
    other = changed(id="7/Hcal/missing/2", news=3)
    assert book.states(other) == ["acknowledged"]
    many = tuple(member(str(n)) for n in range(3))
    assert book.states(msgspec.structs.replace(other, members=many)) == [
        "unacknowledged"
    ]
    assert book.states(changed(id="8/Hcal/missing/1", run=8)) == ["unacknowledged"]


def test_rows_are_split_and_joined_by_the_shift() -> None:
    book = Book()
    book.put(SplitOff(seen(ALARM), (ALARM.members[1].key,)))
    one, two = book.standing(ALARM)
    assert [each.alarm.id for each in (one, two)] == [
        "7/Hcal/missing/1",
        "7/Hcal/missing/1+1",
    ]
    assert [len(each.alarm.members) for each in (one, two)] == [1, 1]
    book.put(Joined(seen(two.alarm), seen(one.alarm)))
    (whole,) = book.standing(ALARM)
    assert whole.alarm.keys == ALARM.keys


def test_a_call_that_nobody_answered_is_remembered() -> None:
    book = Book()
    book.put(Call("expert", alarm=ALARM.id), at=1000.0)
    (one,) = book.standing(ALARM)
    assert one.unanswered_since(1000.0 + ANSWER_WITHIN - 1) is None
    assert one.unanswered_since(1000.0 + ANSWER_WITHIN) == 1000.0
    book.put(Call("expert", alarm=ALARM.id, answered=True), at=1100.0)
    (one,) = book.standing(ALARM)
    assert one.unanswered_since(1e6) is None


def test_what_asks_for_most_stands_first() -> None:
    book = Book()
    quiet = changed(id="7/Ecal/missing/1", root="Ecal", urgency="", members=())
    acknowledged = changed(id="7/DT/missing/1", root="DT")
    book.put(Acknowledged(seen(acknowledged)))
    found = book.standing(acknowledged, quiet, ALARM)
    assert [one.alarm.root for one in found] == ["Hcal", "Ecal", "DT"]
