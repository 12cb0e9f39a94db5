"""How alarms stand by what the engine tells and what the shift answered."""

from __future__ import annotations

import msgspec
import pytest

from dqmconsole.logbook.view import Logbook
from dqmconsole.model.alarm import Alarm, Member
from dqmconsole.model.cause import extent_of
from dqmconsole.model.record import (
    Acknowledged,
    Body,
    Call,
    Joined,
    Record,
    Shelved,
    ShiftBegan,
    ShiftEnded,
    SplitOff,
    Unshelved,
)
from dqmconsole.model.verdict import Status
from dqmconsole.shift.alarms import (
    ANSWER_WITHIN,
    LEFT_AFTER,
    Standing,
    open_shifts,
    seen,
    standings,
)

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

    def __init__(self, role: str = "shifter") -> None:
        self.logbook = Logbook()
        self.shift = ""
        self.begin(role)

    def put(self, body: Body, at: float = 2000.0, **more: object) -> None:
        """Write a record in the shift."""
        number = len(self.logbook) + 1
        record = Record(f"r{number}", at, body, shift=self.shift, number=number)
        self.logbook.put(msgspec.structs.replace(record, **more))

    def begin(self, role: str = "shifter") -> None:
        """Begin a shift."""
        number = len(self.logbook) + 1
        self.shift = f"r{number}"
        self.put(ShiftBegan(), role=role)

    def states(self, *alarms: Alarm, now: float = NOW) -> list[str]:
        """How alarms stand."""
        return [one.state for one in self.standing(*alarms, now=now)]

    def standing(self, *alarms: Alarm, now: float = NOW) -> tuple[Standing, ...]:
        """How alarms stand, with more."""
        return standings(alarms, self.logbook, now)


def changed(**more: object) -> Alarm:
    """The alarm as something else."""
    return msgspec.structs.replace(ALARM, **more)


RETURNED_AS = {"members": (member("a", Status.GOOD),), "returned": 3000.0}
RETURNED = changed(**RETURNED_AS)


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


def elsewhere(**more: object) -> Alarm:
    """The alarm as an engine tells it that saw it a little later."""
    return changed(began=1003.0, latest=9, **more)


SEEN = changed(latest=8)


def test_an_answer_holds_whatever_another_engine_counted() -> None:
    book = Book()
    book.put(Acknowledged(seen(SEEN)))
    assert book.states(elsewhere(news=3)) == ["acknowledged"]
    assert book.states(changed(latest=8, news=3)) == ["unacknowledged"]


def test_an_answer_by_name_is_not_about_what_another_engine_named_so() -> None:
    book = Book()
    one, two = (
        extent_of(("wheel",), ((str(each),) for each in wheels))
        for wheels in ((1,), (2,))
    )
    book.put(Acknowledged(seen(changed(extent=one))))
    same = elsewhere(extent=one, id="7/Hcal/missing/2")
    states = {
        each.alarm.id: each.state for each in book.standing(elsewhere(extent=two), same)
    }
    assert states == {
        "7/Hcal/missing/1": "unacknowledged",
        "7/Hcal/missing/2": "acknowledged",
    }


def test_an_answer_that_was_faster_than_another_engine_holds_there_too() -> None:
    book = Book()
    book.put(Acknowledged(seen(SEEN)), at=1001.0)
    assert book.states(elsewhere(earliest=8)) == ["acknowledged"]
    assert book.states(elsewhere(earliest=9)) == ["unacknowledged"]  # a later cause
    silent = {"family": "stale", "latest": None}
    book.put(Acknowledged(seen(changed(earliest=8, **silent))), at=1001.0)
    for first, state in ((8, "acknowledged"), (9, "unacknowledged")):
        other = changed(began=1003.0, earliest=first, **silent)
        assert book.states(other) == [state]


def test_places_by_other_coordinates_are_no_more_than_was_acknowledged() -> None:
    book = Book()
    feds = extent_of(("fed",), [("791",)])
    sectors = extent_of(("sector",), [(str(each),) for each in range(9)])
    book.put(Acknowledged(seen(changed(extent=feds))))
    assert book.states(changed(extent=sectors)) == ["acknowledged"]


def test_an_answer_to_what_is_gone_is_about_no_later_cause_of_unknown_beginning() -> (
    None
):
    book = Book()
    book.put(Acknowledged(seen(SEEN)))
    gone = elsewhere(id="7/Hcal/missing/2", **RETURNED_AS)
    later = changed(id="7/Hcal/missing/3", began=4000.0, latest=30)
    (row,) = standings([later], book.logbook, NOW, {gone.id: gone})
    assert row.state == "unacknowledged"
    assert book.states(later) == ["acknowledged"]  # it may be what was answered


def test_what_came_again_since_the_answer_asks_by_the_other_engine_too() -> None:
    book = Book()
    book.put(Acknowledged(seen(SEEN)))
    again = elsewhere(news=2, returned_before=2500.0)
    assert book.states(again) == ["unacknowledged"]
    book.put(Acknowledged(seen(changed(**RETURNED_AS))), at=3001.0)
    assert book.states(again) == ["unacknowledged"]
    book.put(Acknowledged(seen(changed(news=2))), at=3002.0)
    assert book.states(again) == ["acknowledged"]


@pytest.mark.parametrize("root", ["Hcal+Ecal", "Hcal/HF", "+", "a/b+c/d", "/"])
def test_a_root_may_have_any_name(root: str) -> None:
    first = changed(root=root, id=f"7/{root}/missing/1")
    second = changed(root=root, id=f"7/{root}/missing/2", began=4000.0)
    book = Book()
    book.put(Acknowledged(seen(first)))
    rows = {one.alarm.id: one.state for one in book.standing(first, second)}
    assert rows == {first.id: "acknowledged", second.id: "unacknowledged"}
    book.put(SplitOff(seen(first), (first.members[1].key,)))
    kept, off = book.standing(first)
    assert (kept.state, off.state) == ("acknowledged", "acknowledged")


def test_rows_are_split_and_joined_by_the_shift() -> None:
    book = Book()
    book.put(SplitOff(seen(ALARM), (ALARM.members[1].key,)))
    one, two = book.standing(ALARM)
    assert [each.alarm.id for each in (one, two)] == [
        "7/Hcal/missing/1",
        "7/Hcal/missing/1+r2",
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
    book.put(Call("other", alarm=ALARM.id), at=1200.0)
    (one,) = book.standing(ALARM)
    assert one.unanswered_since(1e6) is None  # somebody has it in hand
    more = msgspec.structs.replace(ALARM, news=ALARM.news + 1, news_at=1150.0)
    (one,) = book.standing(more)
    assert one.unanswered_since(1e6) == 1200.0


def test_what_asks_for_most_stands_first() -> None:
    book = Book()
    quiet = changed(id="7/Ecal/missing/1", root="Ecal", urgency="", members=())
    acknowledged = changed(id="7/DT/missing/1", root="DT")
    book.put(Acknowledged(seen(acknowledged)))
    found = book.standing(acknowledged, quiet, ALARM)
    assert [one.alarm.root for one in found] == ["Hcal", "Ecal", "DT"]


def test_a_record_is_about_one_row_where_its_row_is_known() -> None:
    """A later row of the same name, which came too late, asks for itself."""
    book = Book()
    book.put(Acknowledged(seen(ALARM)))
    later = changed(id="7/Hcal/missing/2", perhaps_with=ALARM.id, began=1500.0)
    assert book.states(ALARM, later) == ["unacknowledged", "acknowledged"]
    # also for a console that never heard of the first
    after = msgspec.structs.replace(later, began=2001.0)
    assert book.states(after) == ["unacknowledged"]


@pytest.mark.parametrize(
    ("more", "state"),
    [
        ({"urgency": "now"}, "unacknowledged"),
        ({"urgency": ""}, "acknowledged"),
        ({"members": tuple(member(str(n)) for n in range(3))}, "unacknowledged"),
        ({"extent": extent_of(("w",), [("1",)])}, "acknowledged"),
        ({"extent": extent_of(("w",), [("3",)])}, "unacknowledged"),
        ({"extent": extent_of(("w",), [("1",), ("2",), ("3",)])}, "unacknowledged"),
    ],
)
def test_what_is_more_than_was_acknowledged_asks_whatever_the_engine_counts(
    more: dict[str, object], state: str
) -> None:
    book = Book()
    there = extent_of(("w",), [("1",), ("2",)])
    book.put(Acknowledged(seen(changed(urgency="dump", extent=there))))
    assert book.states(changed(**({"urgency": "dump"} | more))) == [state]


def test_what_was_acknowledged_before_a_split_is_acknowledged_in_both_parts() -> None:
    book = Book()
    book.put(Acknowledged(seen(ALARM)))
    book.put(SplitOff(seen(ALARM), (ALARM.members[1].key,)))
    assert book.states(ALARM) == ["acknowledged", "acknowledged"]


def test_what_is_acknowledged_after_a_split_is_that_part_alone() -> None:
    book = Book()
    book.put(SplitOff(seen(ALARM), (ALARM.members[1].key,)))
    kept, off = book.standing(ALARM)
    book.put(Acknowledged(seen(kept.alarm)))
    states = {one.alarm.id: one.state for one in book.standing(ALARM)}
    assert states == {kept.alarm.id: "acknowledged", off.alarm.id: "unacknowledged"}
    book.put(Acknowledged(seen(off.alarm)))
    assert book.states(ALARM) == ["acknowledged", "acknowledged"]


def test_a_part_that_is_split_again_is_covered_by_what_covered_it_then() -> None:
    book = Book()
    whole = changed(members=tuple(member(each) for each in "abc"))
    a, b, c = (one.key for one in whole.members)
    book.put(SplitOff(seen(whole), (b, c)))
    _, both = book.standing(whole)
    book.put(Acknowledged(seen(both.alarm)))
    book.put(SplitOff(seen(both.alarm), (c,)))
    states = {one.alarm.keys: one.state for one in book.standing(whole)}
    assert states == {
        frozenset((a,)): "unacknowledged",
        frozenset((b,)): "acknowledged",
        frozenset((c,)): "acknowledged",
    }


OTHER = changed(
    id="7/Ecal/missing/1",
    root="Ecal",
    members=(Member("Ecal › Page › Ecal/a", Status.BAD, "hot", "missing", "dump"),),
    urgency="dump",
)


def test_a_joined_row_is_acknowledged_only_if_all_in_it_are() -> None:
    book = Book()
    book.put(Acknowledged(seen(ALARM)))
    book.put(Joined(seen(OTHER), seen(ALARM)))
    (row,) = book.standing(ALARM, OTHER)
    assert row.alarm.id == ALARM.id
    assert row.alarm.keys == ALARM.keys | OTHER.keys
    assert row.state == "unacknowledged"
    for part in row.parts:
        book.put(Acknowledged(seen(part)))
    assert book.states(ALARM, OTHER) == ["acknowledged"]
    # news of one of them is news of the row, however much news the other was
    news = msgspec.structs.replace(OTHER, news=2)
    assert book.states(changed(news=1), news) == ["unacknowledged"]


def test_a_plot_in_two_rows_that_are_joined_is_in_both_of_its_places() -> None:
    near, far = (
        msgspec.structs.replace(
            member("a"), part=True, extent=extent_of(("wheel",), [(wheel,)])
        )
        for wheel in "15"
    )
    one = changed(members=(near,))
    other = changed(id="7/Hcal/missing/2", members=(far, member("b")))
    book = Book()
    assert len(book.standing(one, other)) == 2
    book.put(Acknowledged(seen(one)))
    assert book.states(one, other) == ["unacknowledged", "acknowledged"]
    book.put(Joined(seen(other), seen(one)))
    (row,) = book.standing(one, other)
    assert [each.key for each in row.alarm.members] == [
        each.key for each in (near, member("b"))
    ]
    both = extent_of(("wheel",), [("1",), ("5",)])
    assert row.alarm.members[0].extent == row.alarm.extent == both


def test_a_joined_row_returns_when_all_in_it_did() -> None:
    book = Book()
    book.put(Joined(seen(OTHER), seen(ALARM)))
    assert book.states(RETURNED, OTHER) == ["unacknowledged"]
    good = msgspec.structs.replace(OTHER.members[0], status=Status.GOOD)
    back = msgspec.structs.replace(OTHER, members=(good,), returned=3100.0)
    (row,) = book.standing(RETURNED, back)
    assert (row.state, row.alarm.returned) == ("returned", 3100.0)
    assert book.states(
        msgspec.structs.replace(RETURNED, withdrawn="release 2"), back
    ) == ["returned"]


def test_what_was_joined_can_be_split_off_again() -> None:
    book = Book()
    book.put(Joined(seen(OTHER), seen(ALARM)))
    (row,) = book.standing(ALARM, OTHER)
    book.put(SplitOff(seen(row.alarm), tuple(OTHER.keys)))
    assert {one.alarm.id for one in book.standing(ALARM, OTHER)} == {
        ALARM.id,
        OTHER.id,
    }
    book.put(Joined(seen(OTHER), seen(ALARM)))
    assert len(book.standing(ALARM, OTHER)) == 1


def test_a_split_stays_however_the_places_change() -> None:
    book = Book()
    before = changed(extent=extent_of(("w",), [("1",)]))
    book.put(SplitOff(seen(before), (ALARM.members[1].key,)))
    now = changed(extent=extent_of(("w",), [("9",)]), news=2)
    assert len(book.standing(now)) == 2


def test_a_shift_leader_who_signs_in_takes_the_shift_from_nobody() -> None:
    book = Book()
    book.put(Acknowledged(seen(ALARM)))
    book.begin("shift-leader")
    assert book.states(ALARM) == ["acknowledged"]
    # what the leader answers counts, until the next shift begins
    book.put(Shelved(seen(OTHER), NOW + 10.0, "known"))
    assert book.states(OTHER) == ["shelved"]
    book.begin()
    assert book.states(ALARM, OTHER) == ["unacknowledged", "unacknowledged"]


def test_a_trainee_beside_the_shifter_takes_the_shift_from_nobody() -> None:
    book = Book()
    shifter = book.shift
    book.put(Acknowledged(seen(ALARM)))
    book.put(Shelved(seen(OTHER), NOW + 10.0, "known"))
    book.begin("trainee")
    assert book.states(ALARM, OTHER) == ["acknowledged", "shelved"]
    assert holders(book) == [shifter, book.shift]
    # where no shifter has one, the trainee who began last has
    alone = Book(role="trainee")
    alone.put(Acknowledged(seen(ALARM)))
    alone.begin("trainee")
    assert alone.states(ALARM) == ["unacknowledged"]


@pytest.mark.parametrize("role", ["shifter", "trainee"])
def test_whoever_had_the_shift_by_mistake_takes_no_shelf_from_who_has_it(
    role: str,
) -> None:
    book = Book()
    shifter = book.shift
    book.begin(role)
    book.put(ShiftEnded())
    book.shift = shifter
    book.put(Shelved(seen(ALARM), NOW + 10.0, "known"))
    assert book.states(ALARM) == ["shelved"]
    book.put(ShiftEnded())
    assert book.states(ALARM) == ["unacknowledged"]


def test_two_consoles_that_both_have_a_shift_answer_for_each_other() -> None:
    book = Book()
    first = book.shift
    book.begin()
    book.shift = first
    book.put(Acknowledged(seen(ALARM)))
    assert book.states(ALARM) == ["acknowledged"]


def test_what_was_written_in_no_shift_counts_until_the_next_begins() -> None:
    book = Book()
    book.put(Acknowledged(seen(ALARM)), shift="")
    assert book.states(ALARM) == ["acknowledged"]
    book.begin()
    (one,) = book.standing(ALARM)
    assert (one.state, one.carried) == ("unacknowledged", True)


def test_what_an_ended_shift_stored_late_is_not_the_next_ones() -> None:
    book = Book()
    ended = book.shift
    book.put(ShiftEnded())
    book.put(Shelved(seen(OTHER), NOW + 10.0, "known"))
    assert book.states(OTHER) == ["unacknowledged"]
    book.begin()
    book.put(Acknowledged(seen(ALARM)), shift=ended)
    (one,) = book.standing(ALARM)
    assert (one.state, one.carried) == ("unacknowledged", True)


def test_without_a_shift_answers_count_as_they_are() -> None:
    book = Book()
    book.logbook, book.shift = Logbook(), ""
    book.put(Acknowledged(seen(ALARM)))
    assert book.states(ALARM) == ["acknowledged"]


def test_a_clock_that_jumps_back_or_forward_revives_and_silences_nothing() -> None:
    book = Book()
    book.put(Acknowledged(seen(ALARM)), at=10.0)  # before it began, by the clock
    assert book.states(ALARM) == ["acknowledged"]
    book.put(Unshelved(seen(OTHER)), at=9000.0)
    book.put(Shelved(seen(OTHER), NOW + 10.0, "known"), at=4000.0)
    assert book.states(OTHER) == ["shelved"]
    assert book.states(OTHER, now=3000.0) == ["unacknowledged"]  # for longer than meant
    assert book.states(OTHER, now=1e9) == ["unacknowledged"]
    book.put(ShiftBegan(), at=100.0)
    assert book.states(ALARM) == ["unacknowledged"]


def test_what_is_not_saved_yet_counts_and_what_is_refused_asks_again() -> None:
    book = Book()
    book.put(Acknowledged(seen(ALARM)), number=0)
    (one,) = book.standing(ALARM)
    assert (one.state, one.by is not None and one.by.number) == ("acknowledged", 0)
    assert one.by is not None
    book.logbook.drop(one.by.uid)
    assert book.states(ALARM) == ["unacknowledged"]


def test_of_two_shifts_the_shifter_who_began_last_holds() -> None:
    book = Book()
    book.begin("shift-leader")
    book.begin()
    book.begin("trainee")
    assert holders(book) == ["r3", "r1", "r4", "r2"]
    book.shift = "r3"
    book.put(ShiftEnded())
    assert holders(book) == ["r1", "r4", "r2"]
    book.shift = "r1"
    book.put(ShiftEnded())
    assert holders(book) == ["r4", "r2"]


def test_a_shift_that_was_left_open_holds_nothing_beside_another() -> None:
    book, later = Book(), 2000.0 + LEFT_AFTER
    assert holders(book, later) == ["r1"]
    book.put(ShiftBegan(), role="shift-leader", at=later)
    assert holders(book, later) == ["r2", "r1"]


def holders(book: Book, now: float = NOW) -> list[str]:
    """The shifts that are open, the one that holds first."""
    return [each.uid for each in open_shifts(book.logbook, now)]
