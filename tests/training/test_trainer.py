"""The trainer: a run for every lesson, a throw-away book, and the trainee's name."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
import pytest
from support import planned
from support.fake_book import FakeWriter
from support.fake_runs import FakeRuns
from support.fake_session import DEPTH1, NOW, RUN, TIME, FakeSession, run_info
from support.instructed import instructed_site
from support.planned import ledger
from support.taught import taught
from support.trainees import (
    ADA,
    BEN,
    Sight,
    doing,
    lesson,
    reading,
    record_of,
)
from training.test_certificate import SITE as CERTIFIED
from training.test_certificate import finished_exam, passed_shift

from dqmconsole.app.books import Books
from dqmconsole.model.message import TRAINING
from dqmconsole.model.moment import date_words
from dqmconsole.model.record import Entry, Flag, OtherBody, Record, ShiftBegan
from dqmconsole.model.site import SiteSettings
from dqmconsole.shift import actions
from dqmconsole.shift.session import ShiftSession
from dqmconsole.training.course import record_of_completion
from dqmconsole.training.exam import Exam
from dqmconsole.training.exam_history import outcome_words, past_exams
from dqmconsole.training.item_bank import bank_changes, bank_of, make_plan, why_no_exam
from dqmconsole.training.lesson import FindingGoal, Goal, LessonRun, PassMark
from dqmconsole.training.observed_records import CertificateIssued
from dqmconsole.training.practice import Practice
from dqmconsole.training.records import (
    ExamBegan,
    ExamEnded,
    ExamGivenUp,
    Finding,
    LessonDone,
    LessonStepDone,
)
from dqmconsole.training.trainer import (
    NO_BOOK_YET,
    NO_NAME,
    NO_SITE,
    UNFINISHED,
    Trainer,
    record_finding,
)
from dqmconsole.training.tutor import ALREADY

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from dqmconsole.model.site import Site

BAD = Finding("bad", DEPTH1, "fed-lost", "call now", 7)
LESSON = lesson(
    reading("hello"),
    doing("see", Goal(page="Hcal/Digi occupancy")),
    doing("say", Goal(finding=FindingGoal("bad", ("fed-lost",)))),
    run=LessonRun(seed=5, causes=("fed-lost:Hcal@6",)),
)


class School:
    """A trainer with a fake session, fake runs and a clock that moves by `look`."""

    def __init__(
        self, records: Sequence[Record] = (), who: str = ADA, *, read: bool = True
    ) -> None:
        self.now = NOW
        self.site = msgspec.structs.replace(
            taught(instructed_site(), lessons=(LESSON,)),
            home="/site",
            settings=SiteSettings("Test", permissions={"trainee": ("tim",)}),
        )
        self.client = FakeSession()
        self.books: list[tuple[str, FakeWriter]] = []
        self.ledgers: list[str] = []
        self.real = FakeWriter(records)
        self.session = ShiftSession(
            self.client,
            self._open_book,
            lambda: self.now,
            account="tim",
            console="test:1",
        )
        self.runs = FakeRuns()
        self.trainer = Trainer(
            self.client,
            self.session,
            self.runs,
            self._open_ledger,
            lambda: self.now,
            lambda: self.now,
            "tim",
            "test:1",
            "/asked",
        )
        self.trainer.who = who
        self.sight = Sight(NOW)
        if read:
            self.client.put_site(self.site)
            self.look(2)

    def _open_book(self, _site: Site, banner: str) -> FakeWriter:
        writer = FakeWriter()
        self.books.append((banner, writer))
        return writer

    def _open_ledger(self, site: Site) -> FakeWriter:
        self.ledgers.append(site.home)
        return self.real

    def look(self, times: int = 1, **fields: object) -> None:
        for _ in range(times):
            self.now += 1.0
            self.session.look(self.now, self.client.take())
            records = tuple(self.session.logbook.everything())
            self.trainer.look(self.sight.shows(now=self.now, records=records, **fields))

    def arrive(self) -> None:
        """What was opened last is read, and its book is open."""
        self.client.put_site(msgspec.structs.replace(self.site))
        self.client.put_run(run_info())
        self.look(2)

    @property
    def written(self) -> list[str]:
        """The steps in the real book."""
        return [
            each.body.step
            for each in self.real.kept
            if isinstance(each.body, LessonStepDone)
        ]

    @property
    def told(self) -> str:
        step = self.trainer.activity.tutor.state.step
        return step.id if step is not None else ""


class Examined(School):
    """One on a site that has an exam."""

    def __init__(self, records: Sequence[Record] = ()) -> None:
        super().__init__(records, read=False)
        self.site = planned.site(items=4)
        self.client.put_site(self.site)
        self.look(2)


def test_a_lesson_opens_its_run_under_the_banner() -> None:
    school = School()
    assert school.trainer.begin_lesson(LESSON) == ""
    assert school.runs.started == [LESSON.run]
    client = school.client
    assert (client.opened, client.banner) == (["/runs/1"], TRAINING)
    opened = client.feed.opens[-1]
    assert (opened.site, opened.reference) == ("/asked", "")
    assert school.trainer.opened == 1
    assert school.told == "hello"


def test_what_was_in_view_before_does_not_count() -> None:
    school = School()
    school.trainer.begin_lesson(LESSON)
    school.trainer.activity.tutor.go_on()
    school.look(page="Hcal/Digi occupancy")  # of the source before: no site came yet
    assert school.told == "see"
    school.arrive()
    assert school.trainer.activity.tutor.state.said == ALREADY
    school.trainer.activity.tutor.go_on()
    assert school.told == "say"


def test_the_shift_begins_in_the_trainees_name_in_a_book_of_its_own() -> None:
    school = School()
    school.session.begin(BEN)
    school.trainer.begin_lesson(LESSON)
    assert school.session.shift is None
    assert school.session.book.word == "closed"
    school.arrive()
    shift = school.session.shift
    assert shift is not None
    assert (shift.who, shift.role) == (ADA, "shifter")
    assert [banner for banner, _ in school.books] == ["", TRAINING]
    school.look(2)
    assert len(school.session.logbook.of(ShiftBegan)) == 1
    assert not any(each.shift for each in school.real.kept)


def test_each_lesson_has_a_book_of_its_own() -> None:
    school = School()
    for _ in range(2):
        school.trainer.begin_lesson(LESSON)
        school.arrive()
        assert record_finding(school.session, BAD, RUN) == ""
    assert [banner for banner, _ in school.books] == ["", TRAINING, TRAINING]
    assert len(school.session.logbook.of(Finding)) == 1


def test_a_lesson_that_teaches_to_begin_the_shift_leaves_that_to_the_trainee() -> None:
    school = School()
    teaches = lesson(doing("begin", Goal(shift="begun")), LESSON.steps[2])
    school.trainer.begin_lesson(teaches)
    school.arrive()
    assert school.session.shift is None
    assert "nobody has the shift" in actions.call(
        school.session, "hcal-dqm", DEPTH1, RUN
    )
    # what is wrong can be said all the same
    assert record_finding(school.session, BAD, RUN) == ""
    school.look()
    (record,) = [record for record, _ in school.session.logbook.of(Finding)]
    assert (record.who, record.shift, record.run) == (ADA, "", RUN)
    assert school.written == ["say"]
    school.session.begin(ADA)
    school.look()
    assert school.trainer.activity.tutor.is_over
    school.session.end()
    school.look(3)
    assert len(school.session.logbook.of(ShiftBegan)) == 1


def test_a_trainee_flags_and_signs_off_in_training_only() -> None:
    school = School()
    school.session.begin(ADA)
    assert "trainee cannot" in actions.set_flag(
        school.session, RUN, "hcal", Flag("GOOD")
    )
    school.trainer.begin_lesson(LESSON)
    school.arrive()
    assert actions.set_flag(school.session, RUN, "hcal", Flag("GOOD")) == ""
    assert actions.why_not(school.session, "sign off") == ""
    assert "cannot" in actions.why_not(school.session, "change a signed-off flag")


def test_findings_are_for_trainings_alone() -> None:
    school = School()
    school.session.begin(ADA)
    assert "only a training" in record_finding(school.session, BAD, RUN)
    school.trainer.begin_lesson(LESSON)
    assert "no book is open" in record_finding(school.session, BAD, RUN)
    assert school.session.logbook.of(Finding) == []
    nameless = School(who="")
    nameless.trainer.begin_lesson(LESSON)
    nameless.arrive()
    assert "say your name" in record_finding(nameless.session, BAD, RUN)


@pytest.mark.parametrize("stored", [False, True])
def test_the_cause_that_was_found_is_what_is_said_of_the_plot(*, stored: bool) -> None:
    school = School()
    school.trainer.begin_lesson(LESSON)
    school.arrive()
    assert school.session.guidance(DEPTH1).cause == ""
    if stored:  # as the book gives it back
        body = OtherBody(msgspec.to_builtins(BAD))
        school.session.logbook.put(Record("f", NOW, body, run=RUN, number=1))
    else:
        record_finding(school.session, BAD, RUN)
    school.look()
    assert school.session.guidance(DEPTH1).cause == "fed-lost"
    assert school.session.guidance(TIME).cause == ""
    good = Finding("good", DEPTH1, "lumi-drop", "nobody", 8)
    record_finding(school.session, good, RUN)
    school.look()
    assert school.session.guidance(DEPTH1).cause == ""


def test_progress_goes_to_the_real_book_and_findings_do_not() -> None:
    school = School()
    school.trainer.begin_lesson(LESSON)
    school.arrive()
    school.trainer.activity.tutor.go_on()
    school.look(page="Hcal/Digi occupancy")
    record_finding(school.session, BAD, RUN)
    school.look()
    assert school.trainer.activity.tutor.is_over
    assert school.written == ["hello", "see", "say"]
    assert isinstance(school.real.kept[-1].body, LessonDone)
    assert {each.who for each in school.real.kept} == {ADA}
    assert not any(isinstance(each.body, Finding) for each in school.real.kept)


def test_a_lesson_goes_on_where_this_person_stopped() -> None:
    before = [record_of(LessonStepDone(LESSON.id, "hello", LESSON.hash))]
    school = School(before)
    school.trainer.begin_lesson(LESSON)
    assert school.told == "see"
    other = School(before, who=BEN)
    other.trainer.begin_lesson(LESSON)
    assert other.told == "hello"


def test_a_lesson_may_begin_before_the_site_and_the_name_are_known() -> None:
    before = [record_of(LessonStepDone(LESSON.id, "see", LESSON.hash))]
    school = School(before, who="", read=False)
    assert school.trainer.begin_lesson(LESSON) == ""
    school.trainer.activity.tutor.go_on()
    assert school.told == "see"
    school.arrive()
    assert school.session.shift is None
    school.trainer.who = f"  {ADA} "
    school.look(2)
    assert school.trainer.who == ADA
    assert school.told == "say"
    assert school.session.shift is not None
    assert school.written == ["see", "hello"]


def test_another_name_ends_what_goes_on() -> None:
    school = School()
    school.trainer.begin_lesson(LESSON)
    school.trainer.who = ADA
    assert school.trainer.activity is not None
    school.trainer.who = BEN
    assert school.trainer.activity is None


def test_a_run_that_cannot_be_started_is_said() -> None:
    school = School()
    school.trainer.begin_lesson(LESSON)
    school.arrive()
    school.runs.refused = "no space left on device"
    assert "no space left" in school.trainer.begin_lesson(LESSON)
    assert school.trainer.activity is None
    assert school.trainer.opened == 1
    assert school.session.shift is not None


def test_leaving_keeps_the_run_in_view() -> None:
    school = School()
    school.trainer.begin_lesson(LESSON)
    school.arrive()
    school.trainer.leave()
    school.trainer.leave()
    assert school.trainer.activity is None
    assert (school.trainer.opened, school.runs.stopped) == (1, 0)
    school.look()


def test_an_evidence_bundle_does_not_change_the_course() -> None:
    school = School()
    shown = lesson(reading("a"), covers=("Hcal",), run=LessonRun(evidence="/e.zip"))
    school.trainer.begin_lesson(shown)
    assert school.client.opened == ["/e.zip"]
    bundled = msgspec.structs.replace(school.site, home="/bundle", layouts=())
    school.client.moment = NOW - 1e6
    school.client.put_site(bundled)
    school.look(2)
    assert school.trainer.site is school.site
    assert school.ledgers == ["/site"]
    school.trainer.activity.tutor.go_on()
    school.look()
    assert "layout Hcal" in school.real.kept[-1].body.covered


def test_another_site_has_another_book() -> None:
    school = School()
    school.trainer.begin_lesson(LESSON)
    school.client.put_site(msgspec.structs.replace(school.site, home="/other"))
    school.look()
    assert school.ledgers == ["/site", "/other"]
    assert school.trainer.activity is None


def test_exams_and_practice_want_a_site_and_a_name() -> None:
    early = School(read=False).trainer
    assert early.begin_exam() == NO_SITE
    assert early.begin_practice(30, "collisions", 1) == NO_SITE
    assert School(who="").trainer.begin_exam() == NO_NAME


def test_an_exam_that_cannot_begin_is_said() -> None:
    trainer = School().trainer
    assert "this site has no exam" in trainer.begin_exam()
    assert "no faults for cosmics" in trainer.begin_practice(30, "cosmics", 1)
    assert trainer.activity is None
    school = Examined()
    school.runs.refused = "no space left"
    assert "no space left" in school.trainer.begin_practice(30, "collisions", 1)
    assert school.trainer.activity is None
    assert school.real.kept == []


def test_a_practice_has_a_run_and_a_shift_of_its_own() -> None:
    school = Examined()
    assert school.trainer.begin_practice(15, "collisions", 1) == ""
    assert school.client.banner == TRAINING
    (began,) = (each.body for each in school.real.kept)
    assert (began.part, began.items) == ("practice", 0)
    practice = school.trainer.activity
    assert isinstance(practice, Practice)
    assert practice.left == 900.0
    school.arrive()
    assert school.session.shift is not None
    school.trainer.leave()
    school.look()
    assert isinstance(school.real.kept[-1].body, ExamEnded)


def test_an_exam_is_looked_at_while_its_source_opens() -> None:
    school = Examined()
    assert school.trainer.begin_exam() == ""
    (began,) = (each.body for each in school.trainer.ledger.records)
    assert isinstance(began, ExamBegan)
    assert began.found == PassMark().found  # by it the sitting is judged
    (began,) = school.real.kept
    assert (began.who, began.body.part, began.body.items) == (ADA, "items", 4)
    exam = school.trainer.activity
    assert isinstance(exam, Exam)
    school.look(2)
    assert (exam.state, school.client.banner) == ("showing", TRAINING)
    assert school.trainer.opened == 1
    school.trainer.begin_lesson(LESSON)
    assert (exam.state, exam.spent) == ("paused", 1)


def test_the_next_page_is_read_ahead_as_it_is_opened_then() -> None:
    school = Examined()
    school.trainer.begin_exam()
    exam = school.trainer.activity
    assert isinstance(exam, Exam)
    school.arrive()
    assert school.client.feed.ahead is None  # the page in view comes first
    for number in range(1, exam.of):
        exam.painted(school.now)
        school.look()
        ahead = school.client.feed.ahead
        assert ahead is not None
        exam.answer("good")
        school.look(2)
        opened = school.client.feed.opens[-1]
        assert len(school.client.feed.opens) == number + 1
        assert opened == msgspec.structs.replace(ahead, opened=opened.opened)
        school.arrive()
    exam.painted(school.now)
    school.look()
    assert school.client.feed.ahead is None  # nothing comes after the last


def read_ahead() -> tuple[School, Exam]:
    """An exam of which the second page is read, while the first is in view."""
    school = Examined()
    school.trainer.begin_exam()
    exam = school.trainer.activity
    assert isinstance(exam, Exam)
    school.arrive()
    exam.painted(school.now)
    school.look()
    assert school.client.feed.ahead is not None
    return school, exam


def test_what_was_read_ahead_ends_with_the_exam_or_its_pause() -> None:
    school, _ = read_ahead()
    school.trainer.leave()
    assert school.client.feed.ahead is None
    school, exam = read_ahead()
    exam.break_off()
    school.look()
    assert (exam.state, school.client.feed.ahead) == ("paused", None)
    school, exam = read_ahead()
    school.now += exam.seconds
    school.look()
    assert (exam.state, school.client.feed.ahead) == ("over", None)
    school, exam = read_ahead()
    school.runs.ready = None  # its run was not written after all
    school.look()
    assert (exam.state, school.client.feed.ahead) == ("showing", None)


def test_ones_own_exams_that_did_not_end_can_be_taken_up() -> None:
    plan = make_plan(planned.site(items=4), 1).hash
    began = [
        record_of(ExamBegan("items", 1, plan, items=4)),
        record_of(ExamBegan("items", 1, plan, items=4), BEN),
        record_of(ExamBegan("items", 1, plan, items=4)),
        record_of(ExamBegan("items", 1, "of other items", items=4)),
    ]
    school = Examined([*began, record_of(ExamEnded(began[2].uid, "items"))])
    (items,) = school.trainer.resumable()
    assert items.uid == began[0].uid
    school.trainer.ledger.came = False  # a long book comes in pieces
    assert school.trainer.resume(items) == NO_BOOK_YET
    school.trainer.ledger.came = True
    assert "not yours" in school.trainer.resume(began[1])
    for other in began[2:]:
        assert "it is over, or the items" in school.trainer.resume(other)
    assert school.trainer.resume(items) == ""
    exam = school.trainer.activity
    assert isinstance(exam, Exam)
    assert exam.of == 4


def test_nobody_gets_out_of_an_exam_by_beginning_another() -> None:
    plan = make_plan(planned.site(items=4), 1).hash
    began = record_of(ExamBegan("items", 1, plan, items=4))
    school = Examined([began])
    school.trainer.ledger.came = False  # it may be in what is to come
    assert school.trainer.begin_exam() == NO_BOOK_YET
    school.trainer.ledger.came = True
    assert school.trainer.begin_exam() == UNFINISHED
    assert [each.uid for each in school.real.kept] == [began.uid]
    school.real.come(record_of(ExamEnded(began.uid, "items")))
    school.look()
    assert school.trainer.begin_exam() == ""


def test_an_exam_waits_while_the_bank_cannot_be_read() -> None:
    before = planned.site(items=4)
    plan = make_plan(before, 1).hash
    began = record_of(ExamBegan("items", 1, plan, items=4))
    school = Examined([began])
    unread = planned.site(items=4, measured_unread=True)
    school.client.put_site(unread)
    school.look(2)
    why = "no items can be drawn: their bank, measured.tsv, cannot be read"
    assert school.trainer.begin_exam() == UNFINISHED
    (waiting,) = school.trainer.resumable()
    assert school.trainer.resume(waiting) == why
    (past,) = past_exams(school.trainer.ledger.records)
    assert outcome_words(unread, past) == "not finished: 0 of 4 items answered"
    assert why_no_exam(unread) == why
    school.client.put_site(before)
    school.look(2)
    assert school.trainer.resume(waiting) == ""


def test_an_exam_whose_items_were_changed_is_given_up_when_another_begins() -> None:
    before = planned.site(items=4)
    bank = bank_of(before, "collisions")
    began = record_of(ExamBegan("items", 1, make_plan(before, 1).hash, items=4,
                                bank=bank))  # fmt: skip
    school = Examined([began])
    assert school.trainer.changed_since() == ()
    assert bank_changes(before, "collisions", bank) == ""
    fewer = [each for each in planned.MATTER if each.pages != ("DT/Occupancy",)]
    fewer[1] = msgspec.structs.replace(fewer[1], sizes=(2.0,))
    after = planned.site(items=6, matter=tuple(fewer))
    school.client.put_site(after)
    school.look(2)
    (past,) = school.trainer.changed_since()
    assert school.trainer.resumable() == ()
    changed = (
        "pages with other items: Hcal/Occupancy; pages without items now: "
        "DT/Occupancy; an exam has 6 items, and had 4"
    )
    assert outcome_words(after, past) == (
        "not finished: 0 of 4 items answered; its items were changed since: " + changed
    )
    record = record_of_completion(after, school.trainer.ledger.records, ADA, NOW)
    assert "items answered; its items were changed since: pages with" in record
    assert school.trainer.begin_exam() == ""
    assert school.trainer.changed_since() == ()
    (given_up,) = (e for e in school.real.kept if isinstance(e.body, ExamGivenUp))
    assert given_up.body == ExamGivenUp(began.uid, changed)
    first, second = past_exams(school.trainer.ledger.records)
    day = date_words(given_up.stored_at or given_up.made_at)
    assert first.words.endswith(f"its items were changed (found {day}: {changed})")
    assert second.began.bank == bank_of(after, "collisions")
    school.client.put_site(before)  # once given up, it stays so
    school.look(2)
    assert [e.uid for e in school.trainer.resumable()] != [began.uid]


def test_of_an_exam_of_an_earlier_version_it_is_not_said_what_changed() -> None:
    began = record_of(ExamBegan("items", 1, "of other items", items=4))
    school = Examined([began])
    (past,) = school.trainer.changed_since()
    assert outcome_words(school.site, past) == (
        "not finished: 0 of 4 items answered; its items were changed since"
    )


def test_the_end_ends_everything() -> None:
    school = School()
    school.trainer.begin_lesson(LESSON)
    school.real.lost = "1 record is nowhere"
    assert school.trainer.close() == "1 record is nowhere"
    assert (school.trainer.activity, school.runs.stopped) == (None, 1)
    assert school.real.closed == 1


def test_books_of_lessons_are_files_of_their_own(tmp_path: Path) -> None:
    books = Books(tmp_path)
    try:
        for number in range(2):
            thread = books.open(instructed_site(), TRAINING)
            assert thread is not None
            thread.put(record_of(Entry("a"), uid=f"e{number}"))
            assert thread.close(20.0) == ""
        folder = books.evidence_folder(TRAINING).parent
        found = sorted(each.name for each in folder.glob("*.sqlite"))
        assert found == ["book-1.sqlite", "book-2.sqlite"]
        assert not list(tmp_path.glob("*"))
    finally:
        books.close()


def test_the_exam_that_comes_last_earns_the_certificate_at_its_end() -> None:
    whole = passed_shift(finished_exam(ledger())).records
    *_, last = (each for each in whole if isinstance(each.body, ExamBegan))
    records = [
        msgspec.structs.replace(each, made_at=NOW - 900 + at)
        for at, each in enumerate(whole)
        if not (isinstance(each.body, ExamEnded) and each.body.exam == last.uid)
    ]
    school = School(records, planned.WHO, read=False)
    school.site = msgspec.structs.replace(CERTIFIED, home="/site")
    school.client.put_site(school.site)
    school.look(2)

    def issued() -> list[Record]:
        return [e for e in school.real.kept if isinstance(e.body, CertificateIssued)]

    (again,) = school.trainer.resumable()
    assert school.trainer.resume(again) == ""
    assert issued() == []
    school.look(2)  # every page of it is answered
    assert isinstance(school.trainer.activity, Exam)
    assert school.trainer.activity.state == "over"
    (record,) = issued()
    assert record.who == planned.WHO
    school.trainer.leave()
    school.look(2)
    assert len(issued()) == 1
