"""The daily drill: what is due, what is hard, how large; nothing of it counts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.fake_runs import FakeRuns
from support.measured_bank import bank
from support.planned import WHO, bodies, ledger, site

from dqmconsole.training.course import record_of_completion
from dqmconsole.training.drill import (
    DAY,
    FEW,
    ITEMS,
    SPACING,
    Given,
    Page,
    day_of,
    due_count,
    due_days,
    given_answers,
    hardest,
    next_sizes,
    plan_drill,
    wanted_band,
)
from dqmconsole.training.exam import Exam
from dqmconsole.training.exam_history import past_exams, unfinished
from dqmconsole.training.facts import Facts
from dqmconsole.training.item_bank import PlanError
from dqmconsole.training.lesson import ItemSource, split_cause
from dqmconsole.training.passing import result_of
from dqmconsole.training.records import ExamBegan, ExamEnded, ItemAnswered
from dqmconsole.training.report import report
from dqmconsole.training.score import is_right

if TYPE_CHECKING:
    from dqmconsole.model.record import Record
    from dqmconsole.training.item_bank import Plan
    from dqmconsole.training.ledger import Ledger
    from dqmconsole.training.lesson import Judgement, LessonRun, MeasuredRow

# the log tells rows apart by page and cause
BANK = tuple({(row.page, row.cause): row for row in bank(many=8)}.values())
SITE = site(measured=BANK, items=10)
FAULTS = sorted((row for row in BANK if row.kind == "fault"), key=lambda e: e.strength)
NOW = 1.8e9
TODAY = day_of(NOW)


def body_of(
    row: MeasuredRow,
    *,
    right: bool,
    exam: str = "x",
    number: int = 0,
    named: str | None = None,
) -> ItemAnswered:
    truth: Judgement = "bad" if row.kind == "fault" else "good"
    wrong: Judgement = "good" if truth == "bad" else "bad"
    return ItemAnswered(
        exam, number, answer=truth if right else wrong, truth=truth, kind=row.kind,
        cause=row.cause, page=row.page, plot=row.plots[0] if row.plots else "",
        shows=row.plots, band=row.band if truth == "bad" else "",
        named=split_cause(row.cause)[0] if named is None else named,
    )  # fmt: skip


def said(
    row: MeasuredRow, *, right: bool, day: int = TODAY, in_drill: bool = True
) -> Given:
    return Given(WHO, day, in_drill, body_of(row, right=right))


class Log:
    """Records of the log, with days of their own."""

    def __init__(self) -> None:
        self.records: tuple[Record, ...] = ()

    def sit(
        self,
        *answers: tuple[MeasuredRow, bool],
        who: str = WHO,
        part: Literal["items", "drill"] = "drill",
        day: int = TODAY,
        over: bool = True,
    ) -> None:
        book: Ledger = ledger()
        book._clock = lambda: day * DAY + 7200.0
        began = book.write(who, ExamBegan(part, 1, "p", items=len(answers)))
        for number, (row, right) in enumerate(answers):
            body = body_of(row, right=right, exam=began.uid, number=number)
            book.write(who, body)
        if over:
            book.write(who, ExamEnded(began.uid, part))
        self.records += book.records


def pages_of(plan: Plan) -> list[Page]:
    rows = [item.choice.row for item in plan.items]
    return [Page(row.page, row.cause) for row in rows if row is not None]


def page_of(row: MeasuredRow) -> Page:
    return Page(row.page, row.cause)


def steps(*rights: bool) -> int | None:
    """Days until a page comes again, answered once a day; None: it is learnt."""
    row = FAULTS[0]
    mine = [said(row, right=right, day=at) for at, right in enumerate(rights)]
    due = due_days(mine).get(page_of(row))
    return None if due is None else due - (len(rights) - 1)


def test_what_was_missed_comes_again_at_longer_and_longer_times() -> None:
    assert steps(True) is None  # never missed
    assert steps(False) == 0
    found = [steps(False, *[True] * many) for many in range(1, 5)]
    assert found == [1, 3, 7, 21] == list(SPACING)
    assert steps(False, *[True] * 5) is None
    assert steps(False, True, True, False) == 0
    assert steps(False, True, True, False, True) == 1


def test_a_fault_found_under_another_cause_comes_again_until_that_is_named() -> None:
    row = FAULTS[0]
    other = body_of(row, right=True, named="no-such-cause")
    assert is_right(other)
    mine = [Given(WHO, TODAY, in_drill=False, body=other)]
    assert due_days(mine) == {page_of(row): TODAY}
    unnamed = msgspec.structs.replace(other, named="")
    mine.append(Given(WHO, TODAY + 1, in_drill=True, body=unnamed))
    assert due_days(mine) == {page_of(row): TODAY + 1}
    mine.append(said(row, right=True, day=TODAY + 2))
    assert due_days(mine) == {page_of(row): TODAY + 3}


def test_what_is_right_in_an_exam_moves_nothing() -> None:
    row = FAULTS[0]
    mine = [said(row, right=False), said(row, right=True, in_drill=False)]
    assert due_days(mine) == {page_of(row): TODAY}


ANSWERS = st.lists(
    st.tuples(st.sampled_from(BANK), st.booleans(), st.integers(0, 40)), max_size=25
)


@given(ANSWERS, st.integers(0, 10**6))
def test_a_drill_has_only_what_is_due_and_is_half_good(
    answers: list[tuple[MeasuredRow, bool, int]], seed: int
) -> None:
    log = Log()
    for row, right, ago in sorted(answers, key=lambda each: -each[2]):
        log.sit((row, right), day=TODAY - ago)
    plan = plan_drill(SITE, log.records, WHO, NOW, seed)
    assert len(plan.items) == ITEMS
    assert 2 * sum(item.truth == "good" for item in plan.items) >= ITEMS
    assert any(item.truth == "bad" for item in plan.items)
    shown, days = pages_of(plan), due_days(given_answers(log.records))
    faults = [page for page in shown if page in {page_of(row) for row in FAULTS}]
    assert len(set(faults)) == len(faults)
    assert not [page for page in faults if days.get(page, TODAY) > TODAY]
    late = sorted(
        (day, page) for page, day in days.items() if day <= TODAY and page in
        {page_of(row) for row in FAULTS}
    )  # fmt: skip
    # the oldest first, and before all else
    assert {page for _, page in late[: len(faults)]} <= set(faults)
    again = plan_drill(SITE, log.records, WHO, NOW, seed)
    assert again == plan
    assert plan_drill(SITE, log.records, WHO, NOW // DAY * DAY, seed) == plan
    due = due_count(SITE, log.records, WHO, NOW)
    assert due == sum(day <= TODAY for day in days.values())


def test_another_seed_or_another_day_is_another_drill() -> None:
    plans = [plan_drill(SITE, (), WHO, NOW, seed) for seed in range(8)]
    assert len({each.hash for each in plans}) == 8
    days = [plan_drill(SITE, (), WHO, NOW + n * DAY, 1) for n in range(8)]
    assert len({tuple(pages_of(each)) for each in days}) > 1
    many = {sum(item.truth == "bad" for item in each.items) for each in plans}
    assert many == {2, 3}  # that half are faults is not known beforehand


def test_the_hard_pages_of_the_class_come_before_the_others() -> None:
    hard, easy, rare = FAULTS[-1], FAULTS[9], FAULTS[5]
    log = Log()
    for number in range(FEW + 1):
        log.sit((hard, number == 0), (easy, True), who=f"Somebody {number}")
    log.sit((rare, False), who="Somebody 0")
    assert hardest(given_answers(log.records)) == (page_of(hard),)
    for seed in range(5):
        assert page_of(hard) in pages_of(plan_drill(SITE, log.records, WHO, NOW, seed))
    log.sit((hard, True))
    log.sit((hard, True))  # who had it right twice is asked something smaller
    drilled = [plan_drill(SITE, log.records, WHO, NOW, seed) for seed in range(5)]
    assert not all(page_of(hard) in pages_of(each) for each in drilled)


@given(st.lists(st.booleans(), min_size=1, max_size=30))
def test_two_right_make_it_smaller_and_a_miss_larger(rights: list[bool]) -> None:
    """A person who is always given what comes next; by a staircase of another make."""
    first = FAULTS[8]
    ladder = [row for row in FAULTS if row.page == first.page]
    at, run = ladder.index(first), 0
    mine: list[Given] = []
    for right in rights:
        mine.append(said(ladder[at], right=right))
        run = run + 1 if right else 0
        if not right:
            at = min(at + 1, len(ladder) - 1)
        elif run == 2:
            at, run = max(at - 1, 0), 0
        assert next_sizes(mine, BANK) == [ladder[at]]


def test_the_band_is_where_three_of_four_are_found() -> None:
    by_band = {row.band: row for row in FAULTS}
    mine = [said(by_band["gross"], right=True) for _ in range(8)]
    assert wanted_band([]) == "gross"
    assert wanted_band(mine) == "gross"
    mine += [said(by_band["clear"], right=number > 0) for number in range(4)]
    mine += [said(by_band["subtle"], right=number > 2) for number in range(4)]
    assert wanted_band(mine) == "clear"


def test_an_exam_tells_nothing_before_it_is_over() -> None:
    log = Log()
    log.sit((FAULTS[0], False), part="items", over=False)
    assert due_count(SITE, log.records, WHO, NOW) == 0
    log.sit((FAULTS[0], False), part="items")
    assert due_count(SITE, log.records, WHO, NOW) == 1
    assert due_count(SITE, log.records, "Somebody", NOW) == 0


def test_without_a_measured_bank_that_is_said() -> None:
    with pytest.raises(PlanError, match="measured bank"):
        plan_drill(site(items=10), (), WHO, NOW, 1)
    matter = (ItemSource(("Hcal/Digi occupancy",), "loss:Hcal/x", recorded=(7,)),)
    with pytest.raises(PlanError, match="run `dqmconsole training measure`"):
        plan_drill(site(items=10, matter=matter), (), WHO, NOW, 1)
    good = tuple(row for row in BANK if row.kind != "fault")
    with pytest.raises(PlanError, match="measured bank"):
        plan_drill(site(measured=good), (), WHO, NOW, 1)
    with pytest.raises(PlanError, match="no good page"):
        plan_drill(site(measured=tuple(FAULTS)), (), WHO, NOW, 1)


def test_nothing_of_a_drill_counts() -> None:
    exam = Log()
    exam.sit(*((row, True) for row in FAULTS[-4:]), part="items")
    before = (
        result_of(SITE, exam.records, WHO, NOW),
        report(exam.records, SITE, NOW, 0.0),
        record_of_completion(SITE, exam.records, WHO, NOW),
    )
    exam.sit(*((row, False) for row in FAULTS[:4]))
    exam.sit((FAULTS[0], True), over=False)
    after = (
        result_of(SITE, exam.records, WHO, NOW),
        report(exam.records, SITE, NOW, 0.0),
        record_of_completion(SITE, exam.records, WHO, NOW),
    )
    assert after == before
    assert unfinished(SITE, exam.records, WHO) == ((), ())


class Scene:
    """A drill with its ledger, its runs and its clock."""

    def __init__(self) -> None:
        self.now = 1000.0
        self.ledger = ledger()
        self.runs = FakeRuns()
        plan = plan_drill(SITE, (), WHO, NOW, 4)
        record = self.ledger.write(WHO, ExamBegan("drill", 4, plan.hash, items=ITEMS))
        self.drill = Exam(
            SITE, self.ledger, self.runs, self.show, lambda: self.now, record, plan
        )

    def show(self, source: str, run: LessonRun) -> None:
        """Nothing is shown here."""

    def look(self, seconds: float = 0.0) -> None:
        self.now += seconds
        self.drill.look(Facts(self.now))

    def answer(self, seconds: float = 10.0) -> ItemAnswered:
        self.look()
        self.look()
        self.drill.painted(self.now)
        self.look(seconds)
        self.drill.answer("good")
        assert self.drill.told is not None
        return self.drill.told


def test_a_drill_tells_after_each_answer_and_waits() -> None:
    scene = Scene()
    told = scene.answer()
    item = scene.drill.item
    assert item is not None
    assert (told.truth, told.page, told.cause) == (
        item.truth, item.page, item.choice.row.cause if item.choice.row else "",
    )  # fmt: skip
    scene.look(500.0)  # reading takes no time of the drill
    assert (scene.drill.state, scene.drill.left) == ("told", 110.0)
    assert scene.drill.source in scene.runs.folders
    scene.drill.answer("bad")  # an answer stands
    assert len(bodies(scene.ledger, ItemAnswered)) == 1
    scene.drill.go_on()
    assert (scene.drill.told, scene.drill.number) == (None, 2)


def test_a_drill_ends_with_its_last_page() -> None:
    scene = Scene()
    for _ in range(ITEMS):
        scene.answer()
        scene.drill.go_on()
    assert scene.drill.state == "over"
    assert bodies(scene.ledger, ExamEnded) == [
        ExamEnded(scene.ledger.records[0].uid, "drill")
    ]
    (past,) = past_exams(scene.ledger.records)
    right = sum(map(is_right, past.answers))
    assert past.words == f"{right} of 6 pages judged rightly"
    assert scene.runs.folders == {}


def test_no_page_begins_after_two_minutes() -> None:
    scene = Scene()
    scene.answer(seconds=119.0)
    scene.drill.go_on()
    scene.answer(seconds=30.0)  # what is in view may be answered
    scene.drill.go_on()
    scene.look()
    assert scene.drill.state == "over"
    assert len(bodies(scene.ledger, ItemAnswered)) == 2  # the others are no misses
    assert scene.runs.folders == {}
