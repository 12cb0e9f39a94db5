"""All sittings of a person together: what adds up, what counts, and for how long."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
import pytest
from support.planned import site
from support.trainees import ADA, BEN

from dqmconsole.model.record import Record
from dqmconsole.model.training import (
    ExamBegan,
    ExamEnded,
    ItemAnswered,
    ItemShown,
    Mark,
)
from dqmconsole.training.aggregate import DAY, together
from dqmconsole.training.course import covered, record_of_completion
from dqmconsole.training.plan import seal

if TYPE_CHECKING:
    from dqmconsole.model.training import TrainingBody
    from dqmconsole.training.aggregate import Aggregate

NOW = 1.8e9
SITE = site(items=100, least_faults=100, hit_rate=0.6, false_alarms=0.3)
assert SITE.exam is not None
EXAM = SITE.exam
NOW_SEAL = seal(SITE)


class Book:
    """Records as a book numbers them; what the consoles' clocks say is nonsense."""

    def __init__(self) -> None:
        self.records: list[Record] = []

    def put(self, body: TrainingBody, at: float, who: str = ADA) -> str:
        number = len(self.records) + 1
        made_at = 5e9 * (number % 2)
        self.records.append(
            Record(f"u{number}", made_at, body, who, number=number, stored_at=at)
        )
        return f"u{number}"

    def sit(
        self,
        hits: int = 40,
        alarms: int = 0,
        *,
        at: float = NOW,
        who: str = ADA,
        sealed: str = NOW_SEAL,
        faults: int = 40,
        goods: int = 60,
        ended: bool = True,
    ) -> str:
        """A sitting, stored within no time."""
        exam = self.put(ExamBegan("items", 1, "p", sealed, 100), at, who)
        for number in range(faults + goods):
            bad = number < faults
            said = number < hits if bad else number - faults < alarms
            answered = ItemAnswered(
                exam,
                number,
                answer="bad" if said else "good",
                truth="bad" if bad else "good",
            )
            self.put(answered, at, who)
        if ended:
            self.put(ExamEnded(exam, "items", (), covered(("Hcal",), SITE)), at, who)
        return exam

    def of(self, who: str = ADA) -> Aggregate:
        """The only result."""
        (found,) = together(self.records, who, EXAM)
        return found

    def completion(self, now: float = NOW, who: str = ADA) -> str:
        """What the record of completion says of examinations."""
        said = record_of_completion(SITE, self.records, who, now)
        return said.partition("## Examination")[2]


def test_sittings_add_up_until_a_claim_can_be_made() -> None:
    book = Book()
    for sittings, passed in ((1, None), (2, None), (3, True)):
        book.sit()
        found = book.of()
        assert (found.sittings, found.score.passed) == (sittings, passed)
    assert found.score.hits.of == 120
    assert found.until == NOW + 365 * DAY
    said = book.completion()
    assert "**Items**: Passed: faults from 96.9 %" in said
    assert "holds until 2028-01-15 (three sittings together)" in said
    assert "layout Hcal (" in said


def test_below_it_the_record_says_what_is_missing() -> None:
    book = Book()
    book.sit(hits=0, alarms=60)
    said = book.completion()
    assert (
        "**Items**: Neither passed nor failed yet: 40 of 100 faults so far: two more "
        "sittings of 100 items (one sitting)"
    ) in said
    assert "layout" not in said


@pytest.mark.parametrize("ended", [True, False])
@pytest.mark.parametrize("first", [True, False])
def test_a_bad_sitting_counts_finished_or_not(first: bool, ended: bool) -> None:
    book = Book()
    if first:
        book.sit(hits=0, alarms=60, ended=ended)
    for _ in range(3):
        book.sit()
    if not first:
        book.sit(hits=0, alarms=60, ended=ended)
    found = book.of()
    assert (found.score.items, found.unfinished) == (400, int(not ended))
    # 60 of 240 false alarms: their interval ends at 31 %
    assert found.score.passed is False
    assert "**Items**: Not passed" in book.completion()


def test_while_a_sitting_goes_on_no_number_tells_its_items() -> None:
    book = Book()
    for _ in range(3):
        book.sit()
    book.sit(faults=1, goods=0, hits=1, ended=False)
    said = book.completion()
    assert "**Items**: Passed; holds until" in said
    assert "one not finished: its answers count, and the numbers are told" in said
    assert "%" not in said
    few = Book()
    few.sit(ended=False, faults=1, goods=1)
    assert "Neither passed nor failed yet (one sitting, one not" in few.completion()
    assert "100 faults" not in few.completion()


def test_what_is_of_somebody_else_or_another_seal_does_not_count() -> None:
    book = Book()
    for _ in range(2):
        book.sit()
    book.sit(who=BEN, hits=0)
    book.sit(sealed="another")
    old, other = together(book.records, ADA, EXAM)
    assert (old.seal, old.score.hits.of, old.score.passed) == (NOW_SEAL, 80, None)
    assert (other.seal, other.score.hits.of) == ("another", 40)
    assert together(book.records, BEN, EXAM)[0].score.hits.count == 0
    assert together(book.records, "Eve", EXAM) == ()
    said = book.completion()
    assert said.count("**Items**") == 2
    assert said.count("were others than now") == 1


def test_a_pass_on_what_changed_wants_a_refresher_of_just_that() -> None:
    book = Book()
    for _ in range(3):
        book.sit(sealed="before")
    assert "Passed: faults from" in book.completion()
    assert "holds until" in book.completion()
    layouts = tuple(
        msgspec.structs.replace(each, owner="somebody else")
        if each.layout == "Hcal" else each
        for each in SITE.layouts
    )  # fmt: skip
    after = msgspec.structs.replace(SITE, layouts=layouts)
    said = record_of_completion(after, book.records, ADA, NOW)
    assert "wants a refresher: layout Hcal changed (three sittings" in said


def test_answers_older_than_the_exam_s_days_do_not_count() -> None:
    book = Book()
    book.sit(hits=0, at=NOW - 366 * DAY)
    book.sit(at=NOW - 364 * DAY)
    book.sit()
    found = book.of()
    assert (found.sittings, found.score.hits.count) == (2, 80)


def test_a_pass_is_not_renewed_by_a_single_item() -> None:
    book = Book()
    for _ in range(3):
        book.sit(at=NOW - 300 * DAY)
    book.sit(faults=1, goods=0)
    assert book.of().score.passed is True
    assert book.of().until == NOW + 65 * DAY
    assert "wants a refresher: it held until" in book.completion(NOW + 66 * DAY)


def test_a_clock_that_is_set_forward_or_back_gains_nothing() -> None:
    book = Book()
    book.sit(hits=0, alarms=60)
    book.sit(hits=0, alarms=60, at=NOW - 900 * DAY)  # back: so that it does not count
    for _ in range(3):
        book.sit(at=NOW + DAY)
    found = book.of()
    assert (found.sittings, found.score.passed) == (5, False)
    # forward, so that the bad ones are too old: it holds too long to be believed
    ahead = Book()
    ahead.sit(hits=0, alarms=60)
    for _ in range(3):
        ahead.sit(at=NOW + 400 * DAY)
    assert "wants a refresher: it would hold until" in ahead.completion(NOW + DAY)
    assert "a clock was wrong" in ahead.completion(NOW + DAY)
    # and once the clock is right again, all of them count
    ahead.sit(at=NOW + 2 * DAY)
    assert ahead.of().sittings == 5


def test_what_the_book_does_not_have_yet_counts_and_has_no_day() -> None:
    book = Book()
    for _ in range(3):
        book.sit(at=0.0)
    found = book.of()
    assert (found.score.passed, found.until) == (True, 0.0)
    assert "holds from the moment at which the book has it" in book.completion()


def test_items_lost_and_places_answered_twice() -> None:
    book = Book()
    exam = book.sit()
    book.put(ItemShown(exam, 100), NOW)
    book.put(ItemShown(exam, 0), NOW)
    book.put(ItemAnswered(exam, 0, truth="bad"), NOW)
    found = book.of()
    assert (found.score.spent, found.score.items) == (1, 100)
    assert found.score.hits.count == 40


def test_a_scenario_is_mentioned_and_never_passed_or_failed() -> None:
    book = Book()
    begun = book.put(ExamBegan("scenario", 1, "p", NOW_SEAL), NOW)
    assert book.completion() == ""
    marks = (Mark("hv-trip:Hcal@6", "found", 1, 1), Mark("", "call", 0.5, 2))
    book.put(ExamEnded(begun, "scenario", marks), NOW)
    practice = book.put(ExamBegan("practice", 1, "p", NOW_SEAL), NOW)
    book.put(ExamEnded(practice, "practice", marks), NOW)
    assert book.completion().strip() == (
        "- **Scenario**: done 2027-01-15, 1.5 of 3 points; nobody passes or fails on it"
    )


def test_a_site_without_an_exam_judges_nothing() -> None:
    book = Book()
    book.sit()
    gone = msgspec.structs.replace(SITE, exam=None)
    said = record_of_completion(gone, book.records, ADA, NOW)
    assert "the site has no exam now, and nothing is judged" in said
