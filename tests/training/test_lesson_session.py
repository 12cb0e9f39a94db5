"""A lesson as it is played: what reaches the ledger, and when."""

from __future__ import annotations

from typing import TYPE_CHECKING

from support.fake_book import FakeWriter
from support.instructed import OCCUPANCY, instructed_site
from support.taught import taught
from support.trainees import (
    ADA,
    HINTS,
    Sight,
    asking,
    doing,
    lesson,
    reading,
    record_of,
)

from dqmconsole.training.course import standings
from dqmconsole.training.ledger import Ledger
from dqmconsole.training.lesson import Goal
from dqmconsole.training.lesson_session import LessonSession
from dqmconsole.training.records import LessonDone, LessonStepDone

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dqmconsole.model.record import Record
    from dqmconsole.training.lesson import Lesson

NOW = 1.8e9
LESSON = lesson(
    reading("hello"),
    doing("see", Goal(page="Hcal/Digis"), hints=HINTS),
    asking("which"),
    covers=("hcal/digi-*",),
)


class Room:
    """One sitting in front of a lesson, on a book with some records."""

    def __init__(
        self,
        records: Sequence[Record] = (),
        who: str = ADA,
        given: Lesson = LESSON,
        *,
        came: bool = True,
    ) -> None:
        self.writer = FakeWriter(records)
        self.ledger = Ledger(self.writer, lambda: NOW)
        self.site = taught(instructed_site(), lessons=(given,))
        if came:
            self.come()
        self.ledger.site = self.site
        self.playing = LessonSession(given, self.ledger, who, 0.0)
        self.sight = Sight()

    def come(self) -> None:
        """The book says what it holds."""
        self.ledger.look()
        self.ledger.look()

    def see(self, **fields: object) -> None:
        self.playing.look(self.sight.shows(**fields))

    def look(self) -> None:
        """Look again at once."""
        self.playing.look(self.sight.facts)

    @property
    def told(self) -> str:
        step = self.playing.tutor.state.step
        return step.id if step is not None else ""

    @property
    def written(self) -> list[object]:
        return [each.body for each in self.writer.kept]


def steps(*names: str, who: str = ADA) -> list[Record]:
    return [
        record_of(LessonStepDone(LESSON.id, each, LESSON.hash, 60.0, 1, 1), who)
        for each in names
    ]


def test_each_step_is_written_when_it_is_done_and_the_lesson_at_its_end() -> None:
    room = Room()
    room.see(now=100.0)
    room.playing.tutor.go_on()
    room.look()
    (hello,) = room.written
    assert (hello.lesson, hello.step, hello.hash) == (LESSON.id, "hello", "l1")
    room.playing.tutor.ask_hint()
    room.see(now=130.0, page="Hcal/Digis")
    room.playing.tutor.answer(1)
    room.playing.tutor.answer(2)
    room.look()
    *_, last, whole = room.written
    assert (last.step, last.choice, last.wrong) == ("which", 2, 1)
    assert whole == LessonDone(
        LESSON.id, 1, "l1", 30.0, 1, 1,
        {f"instruction {OCCUPANCY}": "3 i3"},
    )  # fmt: skip
    assert all(each.who == ADA for each in room.writer.kept)
    # the answer is still being explained
    assert not room.playing.tutor.state.finished
    room.playing.tutor.go_on()
    room.look()
    assert room.playing.tutor.state.finished
    room.see()
    room.playing.leave()
    assert len(room.written) == 4
    (standing,) = standings(room.site, room.ledger.records, ADA, NOW)
    assert standing.state == "done"


def test_a_lesson_goes_on_after_a_crash() -> None:
    room = Room(steps("hello", "see"))
    assert room.told == "which"
    room.see(now=10.0)
    room.see(now=15.0)
    room.playing.tutor.answer(2)
    room.look()
    *_, last, whole = room.written
    assert last.step == "which"
    assert (whole.seconds, whole.hints, whole.wrong) == (125.0, 2, 2)


def test_a_crash_before_the_last_word_does_not_lose_it() -> None:
    room = Room(steps("hello", "see", "which"))
    assert room.playing.tutor.state.finished
    assert isinstance(room.written[-1], LessonDone)
    again = Room(room.writer.kept)
    assert again.told == "hello"


def test_a_book_that_answers_late_is_waited_for() -> None:
    room = Room(steps("hello", "see"), came=False)
    room.see(now=1.0)
    assert room.told == "hello"
    room.see(now=5.0)
    room.playing.tutor.go_on()
    room.come()
    room.see(now=6.0)
    assert room.told == "which"
    # "see" was 60 s in the sitting before; "hello" was done again in this one
    assert room.playing.seconds == 65.0


def test_a_name_that_is_said_late_loses_nothing() -> None:
    room = Room(steps("see"), who="")
    room.see()
    room.playing.tutor.go_on()
    room.look()
    assert room.told == "see"
    assert len(room.written) == 1
    room.playing.who = ADA
    room.see()
    assert room.told == "which"
    assert [each.step for each in room.written] == ["see", "hello"]


def test_without_a_site_the_lesson_ends_all_the_same() -> None:
    room = Room(given=lesson(reading("a")))
    room.ledger.site = None
    room.playing.tutor.go_on()
    room.see()
    assert room.written[-1].covered == {}


def test_time_stops_when_the_lesson_is_over() -> None:
    room = Room(given=lesson(reading("a")))
    room.see(now=10.0)
    room.see(now=14.0)
    room.playing.tutor.go_on()
    room.see(now=100.0)
    assert room.playing.seconds == 4.0
