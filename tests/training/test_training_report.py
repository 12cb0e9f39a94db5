"""The teacher's report: what it says of a made-up class, and what it lets through."""

from __future__ import annotations

import html.parser
from typing import TYPE_CHECKING

import msgspec
import pytest

from dqmconsole.model.layout import Layout, Page, Plot
from dqmconsole.model.lesson import ExamMatter, ExamSettings, Lesson, LessonStep
from dqmconsole.model.record import Record
from dqmconsole.model.site import Site, SiteSettings
from dqmconsole.model.training import (
    ExamBegan,
    ExamEnded,
    ItemAnswered,
    LessonDone,
    LessonStepDone,
    Mark,
)
from dqmconsole.training.course import record_of_completion
from dqmconsole.training.plan import seal
from dqmconsole.training.report import report
from dqmconsole.training.report_tallies import answered, pointed_at, steps, tallies

if TYPE_CHECKING:
    from dqmconsole.model.training import Answer, TrainingBody

NOW = 1_795_000_000.0
DAY = 86400.0
EVIL = "<script>alert(1)</script>\"'& | [x](http://evil)"
TOGETHER = "Items, all sittings together"
POOLED = (
    "Intervals take all answers as independent, also those of one person: they are too "
    "narrow where few people gave many."
)
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
SITE = Site(
    folder="",
    hash="h",
    settings=SiteSettings("CMS"),
    layouts=(
        Layout(
            "Hcal",
            (Page("Digi occupancy", (Plot("Hcal/a", instruction="hcal/occupancy"),)),),
        ),
    ),
    lessons=(LESSON,),
    exam=ExamSettings((ExamMatter((HOLE,)),), least_faults=4),
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


def rows(page: str, heading: str) -> list[list[str]]:
    """The cells of the tables beneath a heading, and its paragraphs as one cell."""
    reader = Reader()
    reader.feed(page)
    return reader.sections[heading]


class Reader(html.parser.HTMLParser):
    """What a browser would show, by section; every tag that there is."""

    def __init__(self) -> None:
        super().__init__()
        self.sections: dict[str, list[list[str]]] = {}
        self.tags: set[str] = set()
        self._heading: list[str] = []
        self._in = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Begin a cell; attributes are never shown."""
        del attrs
        self.tags.add(tag)
        self._in = tag if tag in {"h2", "td", "th", "p"} else self._in
        if tag == "h2":
            self._heading = []
        if tag in {"tr", "p"} and self.sections:
            self.sections[next(reversed(self.sections))].append([])
        if tag in {"td", "th", "p"} and self.sections:
            last = self.sections[next(reversed(self.sections))]
            last[-1].append("")

    def handle_endtag(self, tag: str) -> None:
        if tag == "h2":
            self.sections["".join(self._heading)] = []
        if tag in {"h2", "td", "th", "p"}:
            self._in = ""

    def handle_data(self, data: str) -> None:
        if self._in == "h2":
            self._heading.append(data)
        elif self._in and self.sections:
            last = self.sections[next(reversed(self.sections))]
            last[-1][-1] += data


@pytest.fixture
def book() -> Book:
    return Book()


def test_an_empty_book_says_so() -> None:
    page = report((), SITE, NOW)
    assert rows(page, "The class") == [["Nobody has begun a lesson."]]
    assert rows(page, "Exams") == [["No exam was begun."]]
    assert rows(page, "Families") == [["No item was answered."]]


def test_hostile_names_are_text_and_nothing_else(book: Book) -> None:
    book.exam(EVIL, [(EVIL, EVIL, EVIL, "bad", "good")] * 6)
    book.put(EVIL, LessonStepDone(EVIL, EVIL, wrong=1))
    page = report(book.records, SITE, NOW)
    reader = Reader()
    reader.feed(page)
    assert "script" not in reader.tags
    assert "a" not in reader.tags
    assert reader.sections["Exams"][1][0] == EVIL
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


def test_an_exam_is_told_with_its_intervals(book: Book) -> None:
    faults = [(HOLE, "fed-lost", "readout", "bad", "bad")] * 3
    faults += [(HOLE, "fed-lost", "readout", "bad", "good")]
    goods = [(EMPTY, "hv-on", "voltage", "good", "good")] * 4
    book.exam("ann", faults + goods)
    (row,) = rows(report(book.records, SITE, NOW), "Exams")[1:]
    assert row[:4] == ["ann", "2026-11-18", "items", "8 of 8"]
    assert row[4] == "3 of 4, 75 % (30 to 95 %)"
    assert row[5].startswith("0 of 4, 0 % (0 to 49 %)")
    assert "±" in row[6]
    assert row[8] == "finished"
    every, said = rows(report(book.records, SITE, NOW), TOGETHER)[1:]
    assert every[:4] == ["ann", "1", row[4], row[5]]
    assert every[6].startswith("Not passed: faults from 30.1 %")
    assert "a hit rate of 60 % by the lower end" in said[0]
    assert "fewer than 4 faults" in said[0]


def test_the_people_who_answered_are_counted(book: Book) -> None:
    for who in ("ann", "bob", "ann"):
        book.exam(who, [(HOLE, "fed-lost", "readout", "bad", "bad")] * 3)
    told = rows(report(book.records, SITE, NOW), "Hard items")
    assert told[1][2:4] == ["found", "people"]
    assert told[2][3] == "2"


def test_the_report_says_what_the_record_of_completion_says(book: Book) -> None:
    good = [(HOLE, "fed-lost", "readout", "bad", "bad")] * 40
    good += [(EMPTY, "hv-on", "voltage", "good", "good")] * 60
    asked = msgspec.structs.replace(
        SITE, exam=msgspec.structs.replace(SITE.exam, least_faults=100)
    )
    for sitting in range(3):
        book.exam("ann", good, ended=sitting < 2, settings=seal(asked))
        outcome = rows(report(book.records, asked, NOW), TOGETHER)[1][-1]
        said = record_of_completion(asked, book.records, "ann", NOW)
        assert f"- **Items**: {outcome}" in said
    assert outcome.startswith("Passed; holds until 2027-11-18 (three sittings together")
    assert "one not finished: its answers count" in outcome


def test_an_exam_that_was_left_is_not_judged(book: Book) -> None:
    book.exam("ann", [(HOLE, "fed-lost", "readout", "bad", "bad")] * 8, ended=False)
    assert rows(report(book.records, SITE, NOW), "Exams")[1][-1] == "not finished"


def test_sizes_of_one_cause_are_counted_together(book: Book) -> None:
    small = [(HOLE, "hv-trip:Hcal*1", "voltage", "bad", "good")] * 3
    large = [(HOLE, "hv-trip:Hcal*4", "voltage", "bad", "bad")] * 2
    small += [(HOLE, "hv-trip:Hcal*1.5", "voltage", "bad", "good")]
    book.exam("ann", small + large)
    told = rows(report(book.records, SITE, NOW), "Hard items")
    assert told[1][-1] == "by size"
    assert told[2][:2] == ["hv-trip:Hcal", HOLE]
    assert told[2][2].startswith("2 of 6")
    assert told[2][3] == "1"
    assert told[2][-1] == "4: 2 of 2, 1.5: 0 of 1, 1: 0 of 3"


def test_of_the_few_only_what_went_wrong_is_listed(book: Book) -> None:
    right = [(HOLE, "hv-trip", "voltage", "bad", "bad")] * 2
    right += [(EMPTY, "hv-trip", "voltage", "bad", "bad")]
    book.exam("ann", [*right, (HOLE, "t0-drift", "timing", "bad", "good")])
    told = rows(report(book.records, SITE, NOW), "Hard items")
    assert [row[0] for row in told] == [
        "Shown fewer than 5 times, too few for an order:",
        "fault",
        "t0-drift",
        "Shown fewer than 5 times, and always judged rightly: 2 more.",
        POOLED,
    ]
    pages = rows(report(book.records, SITE, NOW), "Pages nobody reads right")
    assert pages[0][0].startswith("Too few to say")


def test_families_shown_too_seldom_are_not_ranked(book: Book) -> None:
    few = [(HOLE, "field-off", "magnet", "good", "bad")]
    book.exam("ann", [*few, *[(HOLE, "hv-trip", "voltage", "bad", "bad")] * 5])
    told = rows(report(book.records, SITE, NOW), "Families")
    assert [row[1] for row in told if len(row) > 1] == [
        "family", "voltage", "family", "magnet",
    ]  # fmt: skip


def test_a_scenario_is_told_by_its_points(book: Book) -> None:
    began = book.put("ann", ExamBegan("scenario", 1, "plan"))
    marks = (Mark("fed-lost:Hcal@6", "found", 1, 1), Mark("", "call", 0, 2))
    book.put("ann", ExamEnded(began.uid, "scenario", marks))
    outcome = rows(report(book.records, SITE, NOW), "Exams")[1][-1]
    assert outcome == "1 of 3 points; lost on call"


def test_hard_items_come_first_and_few_are_not_ranked(book: Book) -> None:
    easy = [(HOLE, "hv-trip", "voltage", "bad", "bad")] * 6
    hard = [(HOLE, "t0-drift", "timing", "bad", "good")] * 5
    few = [(HOLE, "fed-lost", "readout", "bad", "")] * 4
    book.exam("ann", easy + hard + few)
    told = rows(report(book.records, SITE, NOW), "Hard items")
    assert [row[0] for row in told] == [
        "The hardest first.",
        "fault",
        "t0-drift",
        "hv-trip",
        "Shown fewer than 5 times, too few for an order:",
        "fault",
        "fed-lost",
        POOLED,
    ]
    assert told[2][2:] == ["0 of 5, 0 % (0 to 43 %)", "1", "5 of 5", "4.0", ""]
    assert told[6][5] == ""  # nobody answered, so nobody took any time


def test_a_page_nobody_reads_is_named_with_its_instruction(book: Book) -> None:
    easy = [(HOLE, "hv-trip", "voltage", "bad", "bad")] * 20
    book.exam("ann", [(HOLE, "t0-drift", "timing", "bad", "good")] * 6 + easy)
    book.exam("bob", [(EMPTY, "hv-trip", "voltage", "bad", "good")] * 3)
    told = rows(report(book.records, SITE, NOW), "Pages nobody reads right")
    assert [row[0] for row in told[2:]] == [HOLE, POOLED]
    assert told[2][4] == "1"
    assert told[2][1:3] == ["t0-drift", "missed"]
    assert told[2][-1] == "hcal/occupancy"


def test_a_page_that_chance_explains_is_not_named(book: Book) -> None:
    mixed = [(HOLE, "t0-drift", "timing", "bad", "good")] * 3
    mixed += [(HOLE, "t0-drift", "timing", "bad", "bad")] * 3
    book.exam("ann", mixed)
    told = rows(report(book.records, SITE, NOW), "Pages nobody reads right")
    assert told[0][0].startswith("None")


def test_plots_pointed_at_on_good_pages_are_counted(book: Book) -> None:
    book.exam("ann", [(HOLE, "lumi-drop", "beam", "good", "bad")] * 5)
    told = rows(report(book.records, SITE, NOW), "False alarms")
    assert told[2][:3] == ["lumi-drop", HOLE, "0 of 5, 0 % (0 to 43 %)"]
    assert told[-1] == ["Hcal/a", "5"]
    bodies = [each.body for each in answered(book.records)]
    given = [each for each in bodies if isinstance(each, ItemAnswered)]
    assert pointed_at(given) == {"Hcal/a": 5}


def test_what_lies_before_the_day_does_not_count(book: Book) -> None:
    item = (HOLE, "fed-lost", "readout", "bad", "bad")
    book.exam("ann", [item], at=NOW - 10 * DAY)
    book.exam("bob", [item], at=NOW)
    told = rows(report(book.records, SITE, NOW, since=NOW - DAY), "Exams")
    assert [row[0] for row in told[1:]] == ["bob"]
    assert len(answered(book.records, since=NOW - DAY)) == 1


def test_a_place_of_the_plan_counts_once(book: Book) -> None:
    began = book.exam("ann", [(HOLE, "fed-lost", "readout", "bad", "bad")])
    again = ItemAnswered(began.uid, 0, answer="good", truth="bad", page=HOLE)
    book.put("ann", again)
    (kept,) = answered(book.records)
    assert kept.body != again


def test_an_answer_without_its_exam_counts_for_nothing(book: Book) -> None:
    book.put("ann", ItemAnswered("gone", 0, answer="bad", truth="bad", page=HOLE))
    assert answered(book.records) == ()


def test_steps_are_in_the_order_of_their_trouble(book: Book) -> None:
    book.put("ann", LessonStepDone("empty-lesson", "see", wrong=1))
    book.put("bob", LessonStepDone("empty-lesson", "see"))
    book.put("ann", LessonStepDone("empty-lesson", "gone", hints=3))
    assert [each.step for each in steps(book.records)] == ["gone", "see"]
    told = rows(report(book.records, SITE, NOW), "Steps of lessons")
    assert told[0] == ["Done fewer than 5 times, too few for an order:"]
    assert told[2][:3] == ["An empty rectangle", "Something is missing", "2"]
    assert told[3][:2] == ["empty-lesson", "gone"]
    for name in ("bob", "cid", "dan", "eve"):
        book.put(name, LessonStepDone("empty-lesson", "see"))
    told = rows(report(book.records, SITE, NOW), "Steps of lessons")
    assert told[0] == ["The hardest first."]
    assert told[2][:3] == ["An empty rectangle", "Something is missing", "6"]


def test_tallies_are_ordered_by_what_is_read_worst(book: Book) -> None:
    book.exam("ann", [
        (HOLE, "a", "x", "bad", "bad"),
        (HOLE, "b", "x", "bad", "good"),
    ])  # fmt: skip
    found = tallies(answered(book.records), lambda each: (each.cause,))
    assert list(found) == [("b",), ("a",)]
