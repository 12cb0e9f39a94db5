"""The hand-over of the shift before: in the book, in words, and never the trainee's."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
from support.fake_session import DEPTH1, RUN
from support.trainees import ADA, doing, reading
from training.test_trainer import LESSON, School

from dqmconsole.model.known_issue import KnownIssue
from dqmconsole.model.record import Call, Entry, HandOver, ShiftBegan, ShiftEnded
from dqmconsole.shift.alarms import open_shifts
from dqmconsole.shift.words import newest_hand_over, was_read
from dqmconsole.training.done import what_was_done
from dqmconsole.training.handed_over import WRITTEN_FOR, called_before, hand_over_text
from dqmconsole.training.lesson import EntryGoal, Goal, HandedOver, OpenProblem

if TYPE_CHECKING:
    from dqmconsole.model.record import Record

PATH = "Hcal/DigiTask/Occupancy/depth1"
HOLE = OpenProblem("A hole *here* since LS 3", "hcal-dqm", "a reset", PATH)
HANDED = HandedOver(
    "Maja", "Tomas", (HOLE,), (PATH,), ("another run",), ("call me first",)
)
ISSUE = KnownIssue(
    "HBP09 is dark", "Hcal", (PATH,), "hcal-dqm", "2027-01-31", news="other cells"
)
BEGUN = msgspec.structs.replace(
    LESSON,
    hand_over=HANDED,
    steps=(
        reading("hello"),
        doing("write", Goal(entry=EntryGoal(evidence=False))),
        doing("call", Goal(call="hcal-dqm")),
    ),
)


class HandedSchool(School):
    """In a lesson that begins with a hand-over."""

    def __init__(self) -> None:
        super().__init__()
        self.site = msgspec.structs.replace(self.site, known=(ISSUE,))
        assert self.trainer.begin_lesson(BEGUN) == ""
        self.arrive()

    @property
    def book(self) -> list[Record]:
        return list(self.books[-1][1].kept)


def test_it_is_in_the_book_before_the_trainee_begins() -> None:
    school = HandedSchool()
    names = [(each.who, type(each.body)) for each in school.book[:6]]
    assert names == [
        ("Maja", ShiftBegan),
        ("Maja", Call),
        ("Maja", Entry),
        ("Maja", HandOver),
        ("Maja", ShiftEnded),
        (ADA, ShiftBegan),
    ]
    call, entry = school.book[1].body, school.book[2].body
    assert isinstance(call, Call)
    assert isinstance(entry, Entry)
    assert (call.role, call.about, call.comment) == ("hcal-dqm", DEPTH1, "a reset")
    assert (entry.problem, entry.plots, school.book[1].run) == (True, (DEPTH1,), RUN)
    (mine,) = open_shifts(school.session.logbook, school.now)
    assert mine.who == ADA
    found, shift = newest_hand_over(school.session), school.session.shift
    assert found is not None
    assert shift is not None
    assert found.who == "Maja"
    assert not was_read(school.session, shift, found.uid)
    school.look(3)  # once is enough
    assert sum(isinstance(each.body, HandOver) for each in school.book) == 1


def test_it_waits_for_the_run_and_the_shift_waits_for_it() -> None:
    school = School()
    school.trainer.begin_lesson(BEGUN)
    school.client.put_site(msgspec.structs.replace(school.site))
    run = school.client.mailbox.run
    school.client.put_run(msgspec.structs.replace(run, run=0))
    school.look(2)
    assert school.books[-1][1].kept == []
    school.client.put_run(msgspec.structs.replace(run, run=RUN))
    school.look(2)
    assert school.session.shift is not None
    assert newest_hand_over(school.session) is not None


def test_what_the_shift_before_did_is_nothing_that_the_trainee_did() -> None:
    school = HandedSchool()
    school.trainer.activity.tutor.go_on()
    school.look(2)
    assert school.told == "write"  # the entry and the call of the shift before: no
    school.session.author.write(Entry("mine"))
    school.look(2)
    assert school.told == "call"


def test_the_next_run_begins_without_it() -> None:
    school = HandedSchool()
    school.trainer.begin_lesson(LESSON)
    school.arrive()
    assert newest_hand_over(school.session) is None


def test_it_says_all_in_plain_words() -> None:
    school = HandedSchool()
    text = hand_over_text(HANDED, school.site, RUN)
    assert text.startswith("Shift leader: Tomas\n")
    assert (
        rf"- **A hole \*here\* since LS 3** ([Occupancy, depth 1](<plot:{PATH}>)). "
        "Called: Hcal DQM on call. Awaited: a reset"
    ) in text
    assert (
        f"- HBP09 is dark ([Occupancy, depth 1](<plot:{PATH}>)), review by 2027-01-31. "
        "New would be: other cells"
    ) in text
    assert "## The shift leader asks\n\n- call me first" in text
    assert WRITTEN_FOR in text
    short = hand_over_text(HandedOver("Maja", requests=("none",)), school.site, RUN)
    assert "## Still open\n\nNothing." in short


def test_who_calls_again_is_told_in_the_debrief() -> None:
    school = HandedSchool()
    call = Call("shift-leader", about=DEPTH1, answered=True, said=("run",))
    assert called_before(HANDED, call) == HOLE
    assert called_before(HANDED, Call("shift-leader", about="A › B › C/d")) is None
    assert called_before(None, call) is None
    record = school.session.author.write(call)
    (words,) = what_was_done([record], school.site, HANDED)
    assert words.endswith(
        "; the hand-over says that Hcal DQM on call was called about it already)"
    )
    (words,) = what_was_done([record], school.site)
    assert "already" not in words
