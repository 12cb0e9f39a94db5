"""The exam's items: time, crashes and taking up; nothing lost and nothing gained."""

from __future__ import annotations

import collections
import itertools
from typing import TYPE_CHECKING, Any

import msgspec
import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule
from support.fake_book import FakeWriter
from support.fake_runs import FakeRuns
from support.measured_bank import bank
from support.planned import (
    MATTER,
    WHO,
    bodies,
    site,
)
from support.taught import taught

from dqmconsole.logbook.state import BookState
from dqmconsole.training import exam as exams
from dqmconsole.training.exam import AT_ONCE, LEFT_OUT, RUN_PATIENCE, Exam
from dqmconsole.training.exam_history import past_exams, place_of, unfinished
from dqmconsole.training.facts import AnswerKey, Facts
from dqmconsole.training.forms import Cell, cell_of, composition
from dqmconsole.training.item_bank import make_plan
from dqmconsole.training.ledger import Ledger
from dqmconsole.training.lesson import (
    CauseWords,
    ItemSource,
    MeasuredPage,
    MeasuredRow,
)
from dqmconsole.training.records import (
    ExamBegan,
    ExamEnded,
    ItemAnswered,
    ItemLeftOut,
    ItemShown,
    ScenarioAt,
)
from dqmconsole.training.replay import Replay
from dqmconsole.training.score import is_hit, is_named

if TYPE_CHECKING:
    from dqmconsole.model.record import Record
    from dqmconsole.model.site import Site
    from dqmconsole.training.lesson import Judgement, LessonRun

SITE = site(items=10)


class Scene:
    """An exam with its ledger, its runs and its clock."""

    def __init__(self, given: Site = SITE, seed: int = 3) -> None:
        self.site = given
        self.now = 1000.0
        self.writer = FakeWriter()
        self.ledger = Ledger(self.writer, lambda: self.now)
        self.runs = FakeRuns()
        self.shown: list[tuple[str, LessonRun]] = []
        plan = make_plan(given, seed)
        began = ExamBegan("items", seed, plan.hash, items=len(plan.items))
        self.record = self.ledger.write(WHO, began)
        self.sit_down()

    def sit_down(self) -> None:
        self.exam = Exam(
            self.site, self.ledger, self.runs, self.show, lambda: self.now, self.record,
            make_plan(self.site, self.record.body.seed),
        )  # fmt: skip

    def show(self, source: str, run: LessonRun) -> None:
        # the book knows of it before the screen does
        assert isinstance(self.ledger.records[-1].body, ItemShown)
        self.shown.append((source, run))

    def look(self, seconds: float = 0.0) -> None:
        self.now += seconds
        self.ledger.look()
        self.exam.look(Facts(self.now))

    def paint(self) -> None:
        self.look()
        self.look()  # the book has it by now
        self.exam.painted(self.now)

    def of(self, kind: type) -> list[Any]:
        return bodies(self.ledger, kind)

    def answer(self, answer: Judgement = "good", seconds: float = 3.0) -> None:
        self.paint()
        self.now += seconds
        self.exam.automatic = "good"
        self.exam.answer(answer, "Hcal/Map")

    def answer_all(self, plot: str) -> None:
        """Say of every page that something is wrong in a plot."""
        for _ in range(200):
            if self.exam.state == "over":
                return
            self.paint()
            self.exam.answer("bad", plot)

    def waits(self) -> tuple[Record, ...]:
        """The exams that can be taken up."""
        there, _ = unfinished(self.site, self.ledger.records, WHO)
        return tuple(each.record for each in there)

    def crash(self) -> None:
        """Everything is gone but the book."""
        self.runs = FakeRuns()
        self.sit_down()


def measured_site() -> Site:
    return site(items=10, measured=tuple(bank()))


def test_from_the_first_to_the_last() -> None:
    scene = Scene()
    begun = scene.ledger.records[0]
    assert begun.who == WHO
    assert begun.body == ExamBegan(
        "items",
        3,
        make_plan(SITE, 3).hash,
        items=10,
    )
    while scene.exam.state != "over":
        scene.paint()
        item = scene.exam.item
        assert item is not None
        assert scene.shown[-1] == (scene.exam.source, item.run)
        scene.now += 4.0
        scene.exam.automatic = "good"
        scene.exam.answer(item.truth, "Hcal/Map")
    answers = scene.of(ItemAnswered)
    items = make_plan(SITE, 3).items
    assert answers == [
        ItemAnswered(
            begun.uid, each.number, 0, each.truth, "Hcal/Map", 4.0, each.truth,
            each.choice.kind, each.choice.cause + each.choice.times,
            each.choice.family, each.page, "good",
        )
        for each in items
    ]  # fmt: skip
    (ended,) = scene.of(ExamEnded)
    assert isinstance(ended, ExamEnded)
    assert (ended.exam, ended.part, ended.marks) == (begun.uid, "items", ())
    pages = {each.page for each in make_plan(SITE, 3).items}
    said = {"instruction hcal/map", "instruction ecal/time"}
    assert {f"page {each}" for each in pages} == set(ended.covered) - said
    score = scene.exam.score
    assert score is not None
    assert score.hits.value == 1.0
    assert score.alarms.value == 0.0
    assert not scene.runs.folders
    assert scene.runs.most <= AT_ONCE + 1
    scene.look()
    assert len(scene.of(ExamEnded)) == 1


def test_all_items_have_one_time_that_runs_while_a_page_is_in_view() -> None:
    scene = Scene(site(items=10, minutes=1.0))
    scene.look()
    scene.look(20.0)
    assert scene.exam.left == 60.0
    scene.exam.answer("bad")  # nobody answers what is not there yet
    assert scene.of(ItemAnswered) == []
    scene.exam.painted(scene.now)
    scene.look(12.0)
    assert scene.exam.left == 48.0
    scene.exam.painted(scene.now)  # painted again: no time is gained
    scene.look(17.0)
    assert scene.exam.left == 31.0
    scene.exam.answer("bad", "Hcal/Map", "hv-trip", "call now")
    (said,) = scene.of(ItemAnswered)
    assert (said.answer, said.seconds) == ("bad", 29.0)
    assert (said.named, said.urgency) == ("hv-trip", "call now")
    scene.look(500.0)  # the next page is not in view yet
    assert scene.exam.left == 31.0
    scene.crash()  # what was used stays used
    assert scene.exam.left == 31.0


def test_what_takes_the_same_channels_is_named_rightly() -> None:
    scene = Scene(site(items=10))
    scene.runs.shows = lambda _: AnswerKey(("Hcal/Map",), alike=("board-dead",))
    for named in itertools.cycle(("board-dead", "t0-drift", "")):
        scene.paint()
        if scene.exam.state != "showing":
            break
        scene.exam.answer("bad", "Hcal/Map", named, "call now")
    said = scene.of(ItemAnswered)
    assert {each.truth for each in said} == {"good", "bad"}
    for each in said:
        assert each.alike == (("board-dead",) if each.truth == "bad" else ())
        if each.named == "board-dead":
            assert is_named(each) == (each.truth == "bad")


def test_what_is_right_is_what_the_run_shows_and_not_what_was_measured() -> None:
    """The bank says Hcal/Map of everything, and the detector has changed since."""
    scene = Scene(measured_site())
    scene.runs.shows = lambda _: AnswerKey(("Ecal/Time", "Hcal/Map"), (3.5, 4.5))
    scene.answer_all("Ecal/Time")
    said = [each for each in scene.of(ItemAnswered) if each.truth == "bad"]
    assert said
    for each in said:
        assert (each.shows, each.region) == (("Ecal/Time", "Hcal/Map"), (3.5, 4.5))
        assert is_hit(each)
    assert not scene.of(ItemLeftOut)


def test_what_a_run_shows_is_read_once_however_often_one_asks_what_comes() -> None:
    scene = Scene(measured_site())
    asked = collections.Counter[int]()

    def shows(run: LessonRun) -> AnswerKey:
        asked[run.seed] += 1
        return AnswerKey(("Hcal/Map",))

    scene.runs.shows = shows
    while scene.exam.state != "over":
        scene.paint()
        for _ in range(3):
            coming = scene.exam.coming
            assert coming is None or coming[0] in scene.runs.folders
        scene.exam.answer("bad", "Hcal/Map")
    assert set(asked.values()) == {1}


def test_of_a_recorded_run_only_the_plot_with_the_fault_in_it_is_right() -> None:
    pages = ("Hcal/Occupancy",)
    given = site(
        items=4,
        matter=(
            ItemSource(pages, "hot-cell:Hcal/Map", (9.0,), recorded=(7,), updates=20),
        ),
    )
    causes = (CauseWords("hot-cell", "fault", "noise", "A cell is hot."),)
    for plot, found in (("Hcal/Map", True), ("Hcal/Fed", False)):
        scene = Scene(taught(given, causes=causes))
        scene.answer_all(plot)
        said = [each for each in scene.of(ItemAnswered) if each.truth == "bad"]
        assert said
        assert {(each.shows, is_hit(each)) for each in said} == {(("Hcal/Map",), found)}


def test_a_page_whose_run_shows_it_elsewhere_is_left_out_and_the_log_says_so() -> None:
    scene = Scene(measured_site())
    wrong = {each.run.seed for each in scene.exam.plan.items if each.truth == "bad"}
    moved, gone = sorted(wrong)[:2]

    def shows(run: LessonRun) -> AnswerKey:
        if run.seed == gone:
            return AnswerKey(())
        return AnswerKey(("DT/Map",) if run.seed == moved else ("Hcal/Map",))

    scene.runs.shows = shows
    scene.answer_all("Hcal/Map")
    out = scene.of(ItemLeftOut)
    numbers = {each.run.seed: each.number for each in scene.exam.plan.items}
    assert {each.number for each in out} == {numbers[moved], numbers[gone]}
    why = {each.number: each.why for each in out}
    assert why[numbers[moved]] == (
        "its run shows it on DT/Map; it was measured on Hcal/Map"
    )
    assert "shows nothing" in why[numbers[gone]]
    # nobody saw them: others of their kind count in their place
    assert not {moved, gone} & {run.seed for _, run in scene.shown}
    (past,) = past_exams(scene.ledger.records)
    assert (past.left_out, past.spent, len(past.answers)) == (2, 0, 10)
    assert all(is_hit(each) for each in past.answers if each.truth == "bad")
    assert not scene.runs.folders


def test_an_exam_of_a_bank_that_is_all_of_old_is_judged_by_its_runs() -> None:
    scene = Scene(measured_site())
    scene.runs.shows = lambda _: AnswerKey(("DT/Map",))
    scene.answer_all("DT/Map")
    assert scene.exam.state == "over"
    said = [each for each in scene.of(ItemAnswered) if each.truth == "bad"]
    assert all(is_hit(each) and each.spare == LEFT_OUT for each in said)
    assert len(scene.of(ItemLeftOut)) == LEFT_OUT * len(said)


def test_the_log_keeps_of_which_faults_the_size_is_of_older_measurements() -> None:
    # pages in other runs do not count, and a good page has no strength
    before = (
        MeasuredPage("Ecal/Timing", "collisions"),
        MeasuredPage("DT/Occupancy", "heavy-ions"),
        MeasuredPage("Hcal/Occupancy", "cosmics"),
        MeasuredPage("Hcal/Occupancy", "collisions", recorded=True),
    )
    given = site(items=10, measured=tuple(bank()), measured_before=before)
    scene = Scene(given)
    scene.answer_all("Hcal/Map")
    answers = scene.of(ItemAnswered)
    faults = {each.page for each in answers if each.truth == "bad"}
    assert {"Ecal/Timing", "Hcal/Occupancy"} <= faults
    assert any(each.page == "Ecal/Timing" and each.truth == "good" for each in answers)
    for each in answers:
        is_old = each.page == "Ecal/Timing" and each.truth == "bad"
        assert each.measured_before is is_old


def test_where_no_run_shows_anything_the_exam_waits_for_somebody() -> None:
    scene = Scene(measured_site())
    scene.runs.shows = lambda _: AnswerKey(())
    for _ in range(100):
        scene.answer("good")
    assert scene.exam.state == "paused"
    assert "its run shows nothing of it on the page" in scene.exam.said
    assert not any(each.truth == "bad" for each in scene.of(ItemAnswered))


def test_what_is_not_answered_in_time_counts_as_nothing_to_report() -> None:
    scene = Scene(site(items=10, minutes=1.0))
    scene.answer("bad", seconds=29.0)
    scene.paint()
    scene.exam.automatic = "bad"
    scene.look(31.0)
    scene.look()
    assert scene.exam.state == "over"
    answers = scene.of(ItemAnswered)
    assert len(answers) == 10
    assert [each.answer for each in answers] == ["bad", *[""] * 9]
    assert answers[1].automatic == "bad"
    assert scene.exam.score is not None
    assert scene.exam.score.timed_out == 9
    assert not scene.runs.folders
    scene.look()
    assert len(scene.of(ExamEnded)) == 1


def test_an_answer_after_the_time_is_none() -> None:
    scene = Scene(site(items=10, minutes=1.0))
    scene.answer("bad", seconds=60.5)
    assert {each.answer for each in scene.of(ItemAnswered)} == {""}
    assert scene.exam.state == "over"


def test_a_crash_spends_the_item_and_no_other() -> None:
    scene = Scene()
    scene.answer()
    scene.paint()
    spent = scene.exam.item
    assert spent is not None
    scene.crash()
    assert (scene.exam.number, scene.exam.spent) == (2, 1)
    scene.paint()
    other = scene.exam.item
    assert other is not None
    assert (other.number, other.spare) == (spent.number, 1)
    assert other.choice == spent.choice
    assert other.run.seed != spent.run.seed
    scene.crash()
    scene.paint()
    assert scene.exam.item is not None
    assert (scene.exam.item.spare, scene.exam.spent) == (2, 2)


def test_nothing_is_shown_before_the_book_has_it() -> None:
    scene = Scene()
    scene.answer()
    scene.writer.saving = False
    scene.writer.state = BookState("waiting", "the book is locked")
    scene.look()
    for _ in range(3):
        scene.look(exams.BOOK_PATIENCE)
    assert (scene.exam.state, scene.exam.item) == ("preparing", None)
    assert "before it is shown: the book is locked" in scene.exam.said
    assert len(scene.shown) == 1
    assert len(scene.of(ItemShown)) == 2  # it is asked for once
    scene.writer.saving, scene.writer.state = True, BookState("ready")
    scene.writer.save()
    scene.answer()
    assert scene.exam.said == ""
    assert len(scene.of(ItemAnswered)) == 2


def test_leaving_while_the_book_is_waited_for_spends_the_page() -> None:
    scene = Scene()
    scene.writer.saving = False
    scene.look()
    scene.exam.leave()
    assert scene.exam.spent == 1
    assert not scene.runs.folders
    scene.writer.saving, scene.writer.state = True, BookState("ready")
    scene.writer.save()
    scene.crash()
    scene.paint()
    assert scene.exam.item is not None
    assert (scene.exam.item.number, scene.exam.item.spare) == (0, 1)


def test_a_spent_page_is_not_seen_again_while_another_of_its_cell_is_left() -> None:
    """Of each cell of faults the bank has the rows of the form, and two more."""
    kept = [each for each in bank() if each.kind != "fault"]
    for cell, many in composition(40).items():
        rows = [each for each in bank() if cell_of(each) == cell]
        kept += rows[: many + 2] if cell.band else []
    scene = Scene(site(items=40, measured=tuple(kept)))
    seen: dict[Cell, list[MeasuredRow]] = {}
    spent: collections.Counter[Cell] = collections.Counter()
    while scene.exam.state != "over":
        scene.paint()
        item = scene.exam.item
        assert item is not None
        assert item.choice.row is not None
        row, cell = item.choice.row, cell_of(item.choice.row)
        if cell.band:
            assert row not in seen.setdefault(cell, [])
            seen[cell].append(row)
            if spent[cell] < 2:
                spent[cell] += 1
                scene.crash()
                continue
        scene.exam.answer("bad" if cell.band else "good", "Hcal/Map")
    assert set(spent.values()) == {2}
    # and the replay shows what was shown, by the log alone
    replay = Replay(
        scene.site, scene.exam.plan, scene.of(ItemAnswered), scene.runs, scene.show,
        lambda: None, place_of(scene.ledger.records, scene.record.uid).shown,
    )  # fmt: skip
    shown = [run for _, run in scene.shown]
    for each in replay.items:
        assert each.item.run in shown
        assert each.item.page == each.answer.page


@pytest.mark.parametrize("seed", range(4))
def test_the_seal_covers_the_pages_that_were_shown(seed: int) -> None:
    rows = [
        MeasuredRow(page, "collisions", "fault", "hv-trip*4#0", 3, 12, 40.0, 3, 3)
        for page in ("Hcal/Occupancy", "DT/Occupancy")
    ]
    rows.append(
        MeasuredRow("Hcal/Occupancy", "collisions", "harmless", "lumi-drop*2#0",
                    3, 12, 40.0, 0, 3)
    )  # fmt: skip
    rows.append(MeasuredRow("Hcal/Occupancy", "collisions", "nothing"))
    scene = Scene(site(items=3, measured=tuple(rows)), seed)
    planned = {f"page {each.page}" for each in scene.exam.plan.items}
    while scene.exam.state != "over":
        scene.paint()
        item = scene.exam.item
        assert item is not None
        if item.truth == "bad" and not item.spare:
            scene.crash()  # that on the other page takes its place
            continue
        scene.exam.answer("good")
    (ended,) = scene.of(ExamEnded)
    pages = {each for each in ended.covered if each.startswith("page ")}
    assert pages == {f"page {e.page}" for e in scene.of(ItemAnswered)}
    assert pages != planned
    told = {each.removeprefix("instruction ") for each in set(ended.covered) - pages}
    assert told == ({"hcal/map"} if "page Hcal/Occupancy" in pages else set())


def test_the_type_of_a_recorded_run_is_noted_once_its_page_stands() -> None:
    matter = ItemSource(
        ("Hcal/Occupancy",), "loss:Hcal/Map", (50.0,), recorded=(31,), updates=20
    )
    causes = (CauseWords("loss", "fault", "too little", "Less.", acts_on="plot"),)
    scene = Scene(taught(site(items=2, matter=(matter,)), causes=causes))
    scene.paint()
    for number in range(2):
        # before its picture stands the header may be that of the page before
        scene.exam.look(Facts(scene.now, run_type="pedestal"))
        scene.paint()
        if not number:
            scene.exam.look(Facts(scene.now, run_type="beam"))
        scene.exam.answer("good")
    assert [each.run_type for each in scene.of(ItemAnswered)] == ["beam", ""]


def test_an_item_that_was_answered_at_two_consoles_counts_once() -> None:
    scene = Scene()
    scene.answer("bad")
    (first,) = scene.of(ItemAnswered)
    other = msgspec.structs.replace(first, spare=1, answer="good")
    scene.ledger.write(WHO, other)
    scene.crash()
    while scene.exam.state != "over":
        scene.answer("bad")
    assert scene.exam.score is not None
    assert scene.exam.score.hits.of + scene.exam.score.alarms.of == 10
    assert scene.exam.score.hits.count == scene.exam.score.hits.of


def test_a_crash_between_two_items_costs_nothing() -> None:
    scene = Scene()
    scene.answer()
    scene.crash()
    scene.paint()
    assert scene.exam.item is not None
    assert (scene.exam.item.number, scene.exam.item.spare) == (1, 0)
    assert scene.exam.spent == 0


def test_a_page_that_is_left_counts_as_not_answered_with_its_time() -> None:
    scene = Scene(site(items=10, minutes=1.0))
    scene.paint()
    scene.exam.automatic = "bad"
    scene.now += 25.0
    scene.exam.leave()
    assert (scene.exam.state, scene.exam.spent) == ("paused", 0)
    assert not scene.runs.folders
    scene.exam.answer("bad")
    (left,) = scene.of(ItemAnswered)
    assert (left.number, left.answer, left.seconds) == (0, "", 25.0)
    assert left.automatic == "bad"
    scene.crash()
    assert (scene.exam.left, scene.exam.spent) == (35.0, 0)
    scene.paint()
    assert scene.exam.item is not None
    assert (scene.exam.item.number, scene.exam.item.spare) == (1, 0)


def test_the_last_page_that_is_left_ends_the_exam() -> None:
    scene = Scene()
    for _ in range(9):
        scene.answer()
    scene.paint()
    scene.exam.leave()
    assert scene.exam.state == "over"
    assert scene.exam.score is not None
    assert scene.exam.score.timed_out == 1
    assert len(scene.of(ExamEnded)) == 1


def test_who_leaves_after_the_time_has_none_left() -> None:
    scene = Scene(site(items=10, minutes=1.0))
    scene.paint()
    scene.now += 61.0
    scene.exam.leave()
    assert scene.exam.state == "over"
    assert {each.answer for each in scene.of(ItemAnswered)} == {""}


def test_what_breaks_off_spends_the_page() -> None:
    scene = Scene()
    scene.paint()
    scene.exam.break_off()
    scene.exam.leave()
    assert (scene.exam.state, scene.exam.spent) == ("paused", 1)
    assert scene.of(ItemAnswered) == []
    scene.exam.go_on()
    scene.paint()
    assert scene.exam.item is not None
    assert (scene.exam.item.number, scene.exam.item.spare) == (0, 1)


def test_the_book_tells_how_many_were_spent() -> None:
    scene = Scene()
    for _ in range(2):
        scene.paint()
        scene.crash()
    while scene.exam.state != "over":
        scene.answer()
    (past,) = past_exams(scene.ledger.records)
    assert past.spent == scene.exam.spent == 2


def test_what_was_only_prepared_comes_as_planned() -> None:
    scene = Scene()
    scene.runs.ready = False
    scene.look()
    scene.exam.leave()
    scene.exam.go_on()
    scene.runs.ready = True
    scene.paint()
    assert scene.exam.item == make_plan(SITE, 3).items[0]


def test_only_failures_in_a_row_pause() -> None:
    scene = Scene()
    for _ in range(4):
        scene.runs.ready = None
        scene.look()
        scene.look()
        scene.runs.ready = True
        scene.answer()
        assert scene.exam.state == "preparing"


def test_a_break_holds_the_next_one_back() -> None:
    scene = Scene()
    scene.paint()
    scene.exam.held = True
    scene.exam.answer("good")
    scene.look(500.0)
    assert scene.exam.state == "preparing"
    assert scene.exam.item is None
    scene.exam.held = False
    scene.paint()
    assert scene.exam.state == "showing"


def test_a_run_that_is_not_written_is_replaced() -> None:
    scene = Scene()
    scene.runs.ready = False
    scene.look()
    scene.look(RUN_PATIENCE)
    assert scene.exam.state == "preparing"
    assert scene.of(ItemShown) == []
    scene.look(1.0)  # too long: given up
    scene.runs.ready = True
    scene.paint()
    assert scene.exam.item is not None
    assert (scene.exam.item.number, scene.exam.item.spare) == (0, 1)
    assert scene.exam.spent == 0  # nobody saw it


@pytest.mark.parametrize("how", ["broken", "failed"])
def test_three_failures_in_a_row_pause_with_a_sentence(how: str) -> None:
    scene = Scene()
    scene.answer()
    scene.exam.leave()
    scene.exam.go_on()
    if how == "broken":
        scene.runs.refused = "no room left"
    else:
        scene.runs.ready = None
    for _ in range(3):
        assert scene.exam.state == "preparing"
        scene.look()
    assert scene.exam.state == "paused"
    assert "3 items in a row could not be shown" in scene.exam.said
    before = scene.ledger.records
    scene.look(1000.0)
    assert scene.ledger.records == before
    scene.runs.refused, scene.runs.ready = "", True
    scene.exam.go_on()
    assert scene.exam.said == ""
    scene.answer()
    assert len(scene.of(ItemAnswered)) == 2


@pytest.mark.parametrize(
    ("lost", "words"),
    [({}, "run 7 could not be played"), ({7: "run 7 is gone: …"}, "run 7 is gone: …")],
)
def test_a_recorded_run_that_cannot_be_shown_is_named(
    lost: dict[int, str], words: str
) -> None:
    matter = ItemSource(("Hcal/Occupancy",), "loss:Hcal/Map", recorded=(7,), updates=20)
    causes = (CauseWords("loss", "fault", "too little", "entries are lost"),)
    scene = Scene(taught(site(matter=(matter,), items=4), causes=causes))
    scene.runs.lost, scene.runs.ready = lost, None
    for _ in range(3):
        scene.look()
    assert f"3 items in a row could not be shown ({words}): " in scene.exam.said


def test_what_fails_behind_a_page_does_not_take_it_away() -> None:
    scene = Scene()
    scene.look()
    scene.look()
    scene.runs.refused = "no room left"
    for _ in range(5):
        scene.look()
    assert scene.exam.state == "showing"
    scene.runs.refused = ""
    scene.answer("bad")
    (kept,) = scene.of(ItemAnswered)
    assert (kept.number, kept.spare, scene.exam.spent) == (0, 0, 0)


def test_a_picture_that_never_comes_is_given_up() -> None:
    scene = Scene()
    scene.look()
    scene.look()
    first = scene.exam.item
    scene.look(exams.PAINT_PATIENCE + 1)
    scene.look()
    assert scene.exam.item is not None
    assert scene.exam.item != first
    assert scene.exam.spent == 1
    for _ in range(2):
        scene.look(exams.PAINT_PATIENCE + 1)
        scene.look()
    assert scene.exam.state == "paused"
    assert "its picture did not come" in scene.exam.said


def test_an_evidence_bundle_is_an_item_too() -> None:
    bundle = ItemSource(("Hcal/Occupancy",), evidence="hole.zip", truth="bad")
    scene = Scene(site(items=15, matter=(*MATTER, bundle)))
    while scene.exam.state != "over":
        scene.answer()
    bundles = [source for source, run in scene.shown if run.evidence == "hole.zip"]
    assert len(bundles) == 1
    assert bundles[0].endswith("hole.zip")
    assert scene.runs.folders == {}


def test_other_items_do_not_take_it_up() -> None:
    scene = Scene()
    scene.answer()
    for other in (site(items=12), taught(SITE, exam=None)):
        scene.site = other
        assert scene.waits() == ()
    # another layout or instruction is no other exam
    scene.site = msgspec.structs.replace(SITE, instructions=())
    assert [each.uid for each in scene.waits()] == [scene.record.uid]
    scene.crash()
    assert scene.exam.number == 2


def test_what_is_over_or_no_exam_is_not_taken_up() -> None:
    scene = Scene()
    while scene.exam.state != "over":
        scene.answer()
    scene.ledger.write(WHO, ScenarioAt("x", 1.0, 1))
    plan = make_plan(SITE, 3).hash
    for part in ("scenario", "practice"):
        scene.ledger.write(WHO, ExamBegan(part, 3, plan))
    scene.ledger.write("Somebody", ExamBegan("items", 3, plan, items=10))
    assert scene.waits() == ()


def test_a_crash_while_the_end_was_written_ends_it_at_the_next_look() -> None:
    scene = Scene()
    while scene.exam.state != "over":
        scene.answer()
    scene.ledger = Ledger(FakeWriter(scene.writer.kept[:-1]), lambda: scene.now)
    scene.ledger.look()
    scene.crash()
    scene.look()
    assert scene.exam.state == "over"
    assert len(scene.of(ExamEnded)) == 1


def test_an_exam_whose_beginning_was_refused_ends_all_the_same() -> None:
    scene = Scene()
    scene.ledger = Ledger(FakeWriter(scene.writer.kept[1:]), lambda: scene.now)
    scene.ledger.look()
    scene.crash()
    while scene.exam.state != "over":
        scene.answer()
    assert scene.exam.state == "over"


def test_another_exam_in_the_book_is_not_this_one() -> None:
    scene = Scene()
    scene.answer()
    scene.ledger.write("Somebody", ItemAnswered("other", 4))
    scene.ledger.write("Somebody", ItemShown("other", 5))
    place = place_of(scene.ledger.records, scene.ledger.records[0].uid)
    assert (place.answered, place.spent) == (frozenset({0}), 0)


class Sittings(RuleBasedStateMachine):
    """Any order of looks, answers, time-outs, failures, breaks and crashes."""

    def __init__(self) -> None:
        super().__init__()
        self.scene = Scene(site(items=4))

    @rule(seconds=st.floats(0, 40))
    def look(self, seconds: float) -> None:
        self.scene.look(seconds)

    @rule()
    def paint(self) -> None:
        self.scene.exam.painted(self.scene.now)

    @rule(answer=st.sampled_from(["good", "bad"]), seconds=st.floats(0, 40))
    def answer(self, answer: Judgement, seconds: float) -> None:
        self.scene.now += seconds
        self.scene.exam.answer(answer)

    @rule(ready=st.sampled_from([True, False, None]), broken=st.booleans())
    def trouble(self, ready: bool | None, broken: bool) -> None:
        self.scene.runs.ready = ready
        self.scene.runs.refused = "no room left" if broken else ""

    @rule()
    def leave(self) -> None:
        self.scene.exam.leave()

    @rule()
    def go_on(self) -> None:
        self.scene.exam.go_on()

    @precondition(lambda self: self.scene.exam.state != "over")
    @rule()
    def crash(self) -> None:
        self.scene.crash()

    @invariant()
    def nothing_is_shown_twice_and_places_count_once(self) -> None:
        shown = [(each.number, each.spare)  # type: ignore[attr-defined]
                 for each in self.scene.of(ItemShown)]  # fmt: skip
        assert len(shown) == len(set(shown))
        runs = [run for _, run in self.scene.shown]
        assert len({run.seed for run in runs}) == len(runs)
        answers = [(each.number, each.spare)  # type: ignore[attr-defined]
                   for each in self.scene.of(ItemAnswered)]  # fmt: skip
        assert set(answers) <= set(shown)
        assert len({number for number, _ in answers}) == len(answers)

    def teardown(self) -> None:
        self.scene.runs.ready, self.scene.runs.refused = "no room left", False
        for _ in range(30):
            if self.scene.exam.state == "over":
                break
            self.scene.exam.go_on()  # what was shown too long ago may pause it yet
            self.scene.answer("bad", 1.0)
        numbers = [each.number  # type: ignore[attr-defined]
                   for each in self.scene.of(ItemAnswered)]  # fmt: skip
        assert sorted(numbers) == [0, 1, 2, 3]
        score = self.scene.exam.score
        assert score is not None
        assert score.hits.of + score.alarms.of == 4
        shown = len(self.scene.of(ItemShown))
        assert self.scene.exam.spent == shown - 4


TestSittings = Sittings.TestCase
TestSittings.settings = settings(max_examples=60, stateful_step_count=30, deadline=None)
