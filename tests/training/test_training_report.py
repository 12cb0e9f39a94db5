"""The teacher's report: what it says of a made-up class, and what it lets through."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from support.html_page import PageReader, rows
from support.taught import taught

from dqmconsole.model.layout import Layout, Page, Plot
from dqmconsole.model.record import Record
from dqmconsole.model.site import Site, SiteSettings
from dqmconsole.training.course import record_of_completion
from dqmconsole.training.lesson import ExamSettings, ItemSource, Lesson, LessonStep
from dqmconsole.training.records import (
    ExamBegan,
    ExamEnded,
    ItemAnswered,
    LessonDone,
    LessonStepDone,
    Mark,
)
from dqmconsole.training.report import report

if TYPE_CHECKING:
    from dqmconsole.training.lesson import Answer
    from dqmconsole.training.records import TrainingBody

NOW = 1_795_000_000.0
DAY = 86400.0
EVIL = "<script>alert(1)</script>\"'& | [x](http://evil)"
EXAMS, FAULTS = "Exams and practice", "Faults, the hardest first"
HOLE, EMPTY = "Hcal/Digi occupancy", "DT/Sectors"

LESSON = Lesson(
    number=1,
    title="An empty rectangle",
    version=1,
    author="dqm",
    written="2026-11-26",
    minutes=6,
    teaches="telling a board from a trip",
    steps=(LessonStep("see", "Something is missing"),),
    id="empty-lesson",
)
SITE = taught(
    Site(
        folder="",
        hash="h",
        settings=SiteSettings("CMS"),
        layouts=(
            Layout(
                "Hcal",
                (
                    Page(
                        "Digi occupancy",
                        (Plot("Hcal/a", instruction="hcal/occupancy"),),
                    ),
                ),
            ),
        ),
    ),
    lessons=(LESSON,),
    exam=ExamSettings((ItemSource((HOLE,)),)),
)


class Book:
    """Records as a book numbers them."""

    def __init__(self) -> None:
        self.records: list[Record] = []

    def put(self, who: str, body: TrainingBody, at: float = NOW) -> Record:
        number = len(self.records) + 1
        record = Record(f"u{number}", at, body, who=who, number=number, stored_at=at)
        self.records.append(record)
        return self.records[-1]

    def exam(
        self,
        who: str,
        answers: list[tuple[str, str, str, Answer, Answer]],
        at: float = NOW,
        *,
        ended: bool = True,
        settings: str = "",
    ) -> Record:
        """An exam of (page, cause, family, truth, answer) items."""
        began = self.put(who, ExamBegan("items", 1, "plan", settings, len(answers)), at)
        for number, (page, cause, family, truth, answer) in enumerate(answers):
            self.put(
                who,
                ItemAnswered(
                    began.uid,
                    number,
                    answer=answer,
                    seconds=4.0,
                    truth=truth,
                    kind="fault" if truth == "bad" else "harmless",
                    cause=cause,
                    family=family,
                    page=page,
                    automatic="bad" if truth == "bad" else "",
                    plot="Hcal/a" if answer == "bad" else "",
                ),
                at,
            )
        if ended:
            self.put(who, ExamEnded(began.uid, "items"), at)
        return began


@pytest.fixture
def book() -> Book:
    return Book()


def test_an_empty_book_says_so() -> None:
    page = report((), SITE, NOW)
    assert rows(page, "The class") == [["Nobody has begun a lesson."]]
    assert rows(page, EXAMS) == [["No exam was begun."]]
    assert rows(page, "Families of faults") == [["None was shown."]]


def test_hostile_names_are_text_and_nothing_else(book: Book) -> None:
    book.exam(EVIL, [(EVIL, EVIL, EVIL, "bad", "good")] * 6)
    book.put(EVIL, LessonStepDone(EVIL, EVIL, wrong=1))
    page = report(book.records, SITE, NOW)
    reader = PageReader(page)
    assert "script" not in reader.tags
    assert "a" not in reader.tags
    assert reader.sections[EXAMS][1][0] == EVIL
    assert reader.addresses == []
    assert "http" not in page.replace(EVIL, "").replace("http://evil", "")
    assert "\u202e" not in report(
        [Record("u", NOW, LessonStepDone("a", "b", hints=1), who="a\u202eb")], SITE, NOW
    )


def test_the_class_is_told_with_what_it_did(book: Book) -> None:
    book.put("ann", LessonDone("empty-lesson", 1, seconds=120.0, hints=2, wrong=1))
    book.put("bob", LessonStepDone("empty-lesson", "see"))
    told = {row[0]: row[1:] for row in rows(report(book.records, SITE, NOW),
                                            "The class")}  # fmt: skip
    assert told["ann"] == ["1 of 1", "none", "none", "2", "1", "2"]
    assert told["bob"][0] == "0 of 1"


def test_a_scenario_is_told_by_its_points(book: Book) -> None:
    began = book.put("ann", ExamBegan("scenario", 1, "plan"))
    marks = (Mark("fed-lost:Hcal@6", "found", 1, 1), Mark("", "call", 0, 2))
    book.put("ann", ExamEnded(began.uid, "scenario", marks))
    outcome = rows(report(book.records, SITE, NOW), EXAMS)[1][-1]
    assert outcome == "1 of 3 points; lost on call"


def test_what_lies_before_the_day_does_not_count(book: Book) -> None:
    item = (HOLE, "fed-lost", "readout", "bad", "bad")
    book.exam("ann", [item], at=NOW - 10 * DAY)
    book.exam("bob", [item], at=NOW)
    told = rows(report(book.records, SITE, NOW, since=NOW - DAY), EXAMS)
    assert [row[0] for row in told[1:]] == ["bob"]


def test_an_exam_is_told_with_its_intervals(book: Book) -> None:
    faults = [(HOLE, "fed-lost", "readout", "bad", "bad")] * 3
    faults += [(HOLE, "fed-lost", "readout", "bad", "good")]
    goods = [(EMPTY, "hv-on", "voltage", "good", "good")] * 4
    book.exam("ann", faults + goods)
    (row,) = rows(report(book.records, SITE, NOW), EXAMS)[1:]
    assert row == [
        "ann", "2026-11-18", "exam", "3 of 4, 75 % (30 to 95 %)",
        "0 of 3, 0 % (0 to 56 %)",
        "0 of 4, 0 % (0 to 49 %)", "8 of 8 items",
    ]  # fmt: skip
    said = record_of_completion(SITE, book.records, "ann", NOW)
    assert (
        "- 2026-11-18, exam: 8 of 8 items answered; faults found: 3 of 4, 75 % "
        "(30 to 95 %); causes named rightly: 0 of 3, 0 % (0 to 56 %); false calls: "
        "0 of 4, 0 % (0 to 49 %)"
    ) in said


def test_an_exam_that_is_not_finished_tells_no_number_to_its_trainee(
    book: Book,
) -> None:
    book.exam("ann", [(HOLE, "fed-lost", "readout", "bad", "bad")] * 8, ended=False)
    later = NOW + 3600
    outcome = rows(report(book.records, SITE, later), EXAMS)[1][-1]
    assert outcome.startswith("8 of 8 items; not finished (begun ")
    said = record_of_completion(SITE, book.records, "ann", later)
    assert "exam: not finished: 8 of 8 items (begun " in said
    assert "causes named" not in said


def test_groups_come_with_the_hardest_first(book: Book) -> None:
    easy = [(HOLE, "hv-trip:Hcal*4", "voltage", "bad", "bad")] * 6
    hard = [(HOLE, "t0-drift", "timing", "bad", "good")] * 5
    quiet = [(EMPTY, "", "", "good", "bad")]
    book.exam("ann", easy + hard + quiet)
    book.exam("bob", [(HOLE, "hv-trip:Hcal*1", "voltage", "bad", "")])
    page = report(book.records, SITE, NOW)
    told = rows(page, FAULTS)[1:]
    assert [row[:2] for row in told] == [["t0-drift", HOLE], ["hv-trip:Hcal", HOLE]]
    assert told[0][2:] == ["0 of 5, 0 % (0 to 43 %)", "1", "5 of 5", "4.0"]
    assert told[1][2:4] == ["6 of 7, 86 % (49 to 97 %)", "2"]
    assert [row[0] for row in rows(page, "Families of faults")[1:]] == [
        "timing", "voltage",
    ]  # fmt: skip
    assert rows(page, "False calls")[1][:2] == ["nothing happens", EMPTY]


def test_places_count_once_and_answers_without_an_exam_not_at_all(book: Book) -> None:
    began = book.exam("ann", [(HOLE, "fed-lost", "readout", "bad", "bad")])
    again = ItemAnswered(began.uid, 0, answer="good", truth="bad", page=HOLE)
    book.put("ann", again)
    book.put("ann", ItemAnswered("gone", 0, answer="bad", truth="bad", page=HOLE))
    (row,) = rows(report(book.records, SITE, NOW), FAULTS)[1:]
    assert row[2].startswith("1 of 1")


def test_steps_are_in_the_order_of_their_trouble(book: Book) -> None:
    book.put("ann", LessonStepDone("empty-lesson", "see", wrong=1))
    book.put("bob", LessonStepDone("empty-lesson", "see"))
    book.put("ann", LessonStepDone("empty-lesson", "gone", hints=3))
    told = rows(report(book.records, SITE, NOW), "Steps of lessons")[1:]
    assert told == [
        ["empty-lesson", "gone", "1", "0", "3"],
        ["An empty rectangle", "Something is missing", "2", "1", "0"],
    ]
