"""The pages before and after exam and practice, by keyboard alone."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import (
    QComboBox,
    QLabel,
    QLineEdit,
    QPushButton,
    QTableWidget,
    QWidget,
)
from support.exam_scene import CAUSES, PAGES, ROW, SETTINGS, WHO, ExamConsole, exam_site
from support.taught import taught

from dqmconsole.model.moment import day_words
from dqmconsole.model.record import Record
from dqmconsole.model.site import ConditionPaths
from dqmconsole.training.exam import Exam
from dqmconsole.training.exam_history import PastExam
from dqmconsole.training.item_bank import bank_of, make_plan
from dqmconsole.training.lesson import (
    CauseWords,
    ExamSettings,
    ItemSource,
    LessonRun,
    ObservedPlan,
    PassMark,
)
from dqmconsole.training.passing import Result
from dqmconsole.training.records import (
    ExamBegan,
    ExamEnded,
    ExamGivenUp,
    ItemAnswered,
    Mark,
)
from dqmconsole.training.score import item_score
from dqmconsole.ui.theme import LIGHT, Colours
from dqmconsole.ui.training.bars import SlimBar
from dqmconsole.ui.training.observed import facts_of
from dqmconsole.ui.training.pages import mark_words
from dqmconsole.ui.training.result import ResultPage

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from pytestqt.qtbot import QtBot

    from dqmconsole.model.site import Site
    from dqmconsole.training.lesson import RunType

DEPTH1, CHARGE = "Hcal/DigiTask/Occupancy/depth1", "Hcal/DigiTask/Charge/HB"
STANDS = Result("open", "1 of 2 sittings")
pytestmark = pytest.mark.usefixtures("qapp")


@pytest.fixture
def console(tmp_path: Path) -> Iterator[ExamConsole]:
    made = ExamConsole(tmp_path)
    yield made
    made.close()


def answers(
    hits: int, alarms: int, faults: int = 100, goods: int = 150, exam: str = "e"
) -> list[ItemAnswered]:
    found = []
    for number in range(faults + goods):
        fault = number < faults
        said = number < hits if fault else number - faults < alarms
        found.append(
            ItemAnswered(
                exam,
                number,
                answer="bad" if said else "good",
                seconds=12.0,
                truth="bad" if fault else "good",
                kind="fault" if fault else "harmless",
                family="readout" if fault else "beam",
                cause="fed-lost:Hcal*2" if fault else "",
                page=PAGES[0],
                automatic="bad" if fault else "good",
            )
        )
    return found


def shown(
    qtbot: QtBot, hits: int, alarms: int, spent: int = 0, **many: int
) -> ResultPage:
    return page_of(qtbot, answers(hits, alarms, **many), spent)


def page_of(
    qtbot: QtBot,
    given: list[ItemAnswered],
    spent: int = 0,
    stands: Result = STANDS,
) -> ResultPage:
    page = ResultPage()
    qtbot.addWidget(page)
    page.show_exam(sitting(given, spent), exam_site(), stands, PassMark())
    page.resize(1000, 900)
    page.show()
    return page


def sitting(given: list[ItemAnswered], spent: int = 0) -> PastExam:
    began = ExamBegan("items", 1, "p", items=len(given))
    record = Record("e", 0.0, began, who=WHO)
    return PastExam(record, began, tuple(given), ExamEnded("e", "items"), spent)


def row(table: QTableWidget, number: int) -> list[str]:
    cells = [table.item(number, column) for column in range(table.columnCount())]
    return [cell.text() if cell is not None else "" for cell in cells]


def table_of(page: ResultPage, name: str) -> QTableWidget:
    tables = page.findChildren(QTableWidget)
    return next(each for each in tables if each.accessibleName() == name)


def words(page: QWidget) -> str:
    said = [w.text() for w in page.findChildren(QWidget) if hasattr(w, "text")]
    return "\n".join(map(str, said))


def test_a_single_family_of_faults_is_named_once(qtbot: QtBot) -> None:
    own = [msgspec.structs.replace(each, family="named by the site")
           for each in answers(3, 0, 4, 6)]  # fmt: skip
    page = page_of(qtbot, own)
    assert "4 faults (named by the site), 6 good pages" in words(page)
    names = [row(table_of(page, "Rates"), at)[0] for at in range(3)]
    assert names == ["Faults found", "Causes named rightly", "False calls"]
    two = [msgspec.structs.replace(own[0], family="readout"), *own[1:]]
    page = page_of(qtbot, two)
    assert "4 faults, 6 good pages" in words(page)
    named = row(table_of(page, "Rates"), 1)
    assert named[:2] == ["    named by the site", "2 of 3, 67 %"]


def test_a_refusal_is_said_and_nothing_is_put_aside(console: ExamConsole) -> None:
    nothing = exam_site(ExamSettings(matter=(ItemSource(PAGES),), items=4))
    console.teacher.site = nothing
    console.parts.open_exam()
    console.wait(0)
    assert not console.find(QPushButton, "Begin the exam").isEnabled()
    assert "no fault of the table" in console.says("What is to be said")
    assert console.window.context.only is None
    assert not console.fake.blinded


def test_an_exam_that_cannot_be_drawn_does_not_promise_to_begin(
    console: ExamConsole,
) -> None:
    settings = ExamSettings(
        matter=(ItemSource(PAGES, "fed-lost"),), items=10, measured=(ROW,)
    )
    console.teacher.site = exam_site(settings)
    console.parts.open_exam()
    console.wait(0)
    assert not console.find(QPushButton, "Begin the exam").isEnabled()
    said = console.says("What is to be said")
    assert "the bank has 0 rows of gross faults, and an exam has 1; " in said
    assert "1 row of clear faults, and an exam has 2" in said


def of_recorded_runs(*runs: int) -> Site:
    """The site with an exam of recorded runs alone."""
    cause = f"dead-block:{DEPTH1}"
    matter = (ItemSource(PAGES, cause, recorded=runs, updates=20),)
    causes = (CauseWords("dead-block", "fault", "too little", "a dead block"),)
    return taught(exam_site(ExamSettings(matter=matter, items=4)), causes=causes)


def test_an_exam_whose_runs_are_gone_names_them_and_does_not_begin(
    console: ExamConsole,
) -> None:
    site = of_recorded_runs(7, 9)
    gone = {run: f"run {run} is gone: … (named in exam.yaml:{run}:5)" for run in (7, 9)}
    console.teacher.site, console.runs.lost = site, gone
    console.parts.open_exam()
    console.wait(0)
    assert not console.find(QPushButton, "Begin the exam").isEnabled()
    said = console.says("What is to be said")
    assert said == f"R{gone[7][1:]}, {gone[9]}."
    # whatever else begins one: nothing is written, so that none is to be resumed
    ledger, console.teacher.site = console.teacher.ledger, site
    assert console.teacher.begin_exam() == f"{gone[7]}, {gone[9]}"
    assert not any(isinstance(each.body, ExamBegan) for each in ledger.records)
    # nor is one taken up that waits
    plan = make_plan(site, 7)
    began = ExamBegan("items", 7, plan.hash, items=4)
    assert console.teacher.resume(ledger.write(WHO, began)).startswith(gone[7])


def test_an_exam_of_which_a_run_is_gone_says_so_and_begins(
    console: ExamConsole,
) -> None:
    console.teacher.site = of_recorded_runs(7, 9)
    console.runs.lost = {9: "run 9 is gone: … (named in exam.yaml:2:5)"}
    console.parts.open_exam()
    console.wait(0)
    assert console.find(QPushButton, "Begin the exam").isEnabled()
    assert console.says("What is to be said") == (
        "Run 9 is gone: … (named in exam.yaml:2:5). Pages of other runs are shown "
        "instead, if there are any."
    )


def test_an_exam_that_the_book_brings_late_is_resumed(console: ExamConsole) -> None:
    ledger, plan = console.teacher.ledger, make_plan(console.fake.taught, 7)
    ledger.came = False
    console.parts.open_exam("collisions")
    console.wait(1.0)
    assert not console.find(QPushButton, "Begin the exam").isEnabled()
    assert "The book is not read" in console.says("What is to be said")
    ledger.write(WHO, ExamBegan("items", plan.seed, plan.hash, items=4))
    ledger.came = True
    console.wait(1.0)
    assert console.find(QPushButton, "Resume the exam").hasFocus()
    assert not console.sees(QWidget, "What is to be said")
    assert console.says("The exam: begun").endswith("0 of 4 done")
    console.press("\r")
    assert isinstance(console.teacher.activity, Exam)
    assert sum(isinstance(each.body, ExamBegan) for each in ledger.records) == 1


def test_the_exam_is_that_of_who_is_named_on_the_course_page(
    console: ExamConsole,
) -> None:
    console.training.show_course()
    console.find(QLineEdit, "Your name").setFocus()
    console.press("a", Qt.KeyboardModifier.ControlModifier)
    console.type("Ben Trainee")
    console.press(Qt.Key.Key_F5, Qt.KeyboardModifier.ControlModifier)
    console.wait(0)
    assert console.says("Page") == "Exam of Ben Trainee"
    console.press("\r")
    began = console.teacher.ledger.records[0]
    assert (type(began.body), began.who) == (ExamBegan, "Ben Trainee")


def test_no_exam_begins_while_its_bank_cannot_be_read(
    qtbot: QtBot,  # noqa: ARG001 - Qt
    tmp_path: Path,
) -> None:
    unread = msgspec.structs.replace(SETTINGS, measured_unread=True)
    console = ExamConsole(tmp_path, settings=unread)
    console.parts.open_exam()
    console.wait(0)
    assert not console.find(QPushButton, "Begin the exam").isEnabled()
    assert console.says("What is to be said") == (
        "No items can be drawn: their bank, measured.tsv, cannot be read."
    )
    said = words(console.find(QWidget, "Exam"))
    assert "nobody passes by it" not in said
    assert "In most pages nothing is wrong" in said
    console.close()


def test_an_exam_whose_items_were_changed_is_told_where_another_begins(
    console: ExamConsole,
) -> None:
    ledger = console.teacher.ledger
    bank = bank_of(console.fake.taught, "collisions")
    began = ExamBegan(
        "items", 7, "of other items", items=5, bank={**bank, "items": "5"}
    )
    record = ledger.write(WHO, began)
    console.parts.open_exam("collisions")
    console.wait(0)
    assert console.find(QPushButton, "Begin the exam").hasFocus()
    assert console.says("What is to be said") == (
        f"Your exam begun {day_words(record.made_at)} (0 of 5 done) cannot be "
        "resumed: its items were changed since (an exam has 4 items, and had 5). It "
        "counts as not finished. Begin another one."
    )
    console.press("\r")
    assert isinstance(console.teacher.activity, Exam)
    (given_up,) = (e for e in ledger.records if isinstance(e.body, ExamGivenUp))
    assert given_up.body.exam == record.uid


def test_without_a_name_nothing_begins(console: ExamConsole) -> None:
    console.teacher.who = ""
    console.parts.open_exam()
    console.wait(0)
    assert "name" in console.says("What is to be said")
    assert not console.find(QPushButton, "Begin the exam").isEnabled()
    console.parts.open_practice()
    console.wait(0)
    assert not console.find(QPushButton, "Begin the practice").isEnabled()


def test_a_site_without_an_exam_says_so(console: ExamConsole) -> None:
    assert console.teacher.site is not None
    console.teacher.site = taught(console.teacher.site, exam=None)
    console.parts.open_exam()
    assert "no exam" in console.says("What is to be said")


def test_the_exam_has_a_key(console: ExamConsole) -> None:
    console.press(Qt.Key.Key_F5, Qt.KeyboardModifier.ControlModifier)
    assert console.focus() == "Begin the exam"


@pytest.mark.parametrize(
    ("mark", "said"),
    [
        (
            PassMark(),
            "call at once, missed: at most 0; faults found: at least 70 % of ",
        ),
        (PassMark(), "One exam alone decides nothing"),
        (PassMark(sittings=3), "open until you have sat 2 more"),
        (PassMark(sittings=1), "This exam alone decides. What is asked for: gross"),
        (PassMark(missed=2), "missed: at most 2"),
    ],
)
def test_what_one_sitting_gives_is_said(mark: PassMark, said: str) -> None:
    assert said in mark_words(mark)


@pytest.mark.parametrize(
    ("recorded", "run"),
    [((7,), "with a recorded run of this site"), ((), "a simulated or a recorded run")],
)
def test_before_any_observed_shift_is_written_no_run_is_promised(
    recorded: tuple[int, ...], run: str
) -> None:
    matter = (ItemSource(PAGES, "fed-lost", recorded=recorded, updates=20),)
    (first, *_) = facts_of(None, exam_site(ExamSettings(matter=matter)))
    assert run in first


def test_how_fast_the_run_of_an_observed_shift_goes_by_is_said_before() -> None:
    made = exam_site(ExamSettings(matter=(ItemSource(PAGES, "fed-lost"),)))
    settings = msgspec.structs.replace(made.settings, lumisection="spill")
    site = msgspec.structs.replace(made, settings=settings)
    run = LessonRun(recorded=7, updates=300, speed=7.0)
    plan = ObservedPlan("day", run, (), DEPTH1, "calo")
    said = " ".join(facts_of(plan, site))
    assert (
        "The run goes by at speed 7, one spill in 3.3 s: the 10 minutes in which to "
        "call are 180 spills of it; at speed 1, one in 23 s, they are 25 spills."
    ) in said
    usual = msgspec.structs.replace(run, speed=1.0)
    plan = msgspec.structs.replace(plan, run=usual)
    assert "goes by" not in " ".join(facts_of(plan, site))


def test_of_a_bar_the_message_gives_way_first(qtbot: QtBot) -> None:
    bar = SlimBar("Exam", Colours(LIGHT))
    qtbot.addWidget(bar)
    for each in ("Something is wrong: B", "Nothing to report: G", "Leave: Esc"):
        bar.add_button(each, each, bar.update)
    bar.show_state("Item 12 of 40", "60 min left", 1.0)
    bar.say("Nothing is said of the answer before the end of the exam. " * 3)
    bar.resize(760, bar.sizeHint().height())
    bar.show()
    texts = {each.accessibleName(): each.text() for each in bar.findChildren(QLabel)}
    assert texts["Exam: what goes on"] == "Item 12 of 40"
    assert texts["Exam: time left"] == "60 min left"
    assert texts["Exam: answer"].startswith("Nothing is")
    assert texts["Exam: answer"].endswith("…")


def test_practice_is_chosen_by_keyboard(console: ExamConsole) -> None:
    console.parts.open_practice()
    console.wait(0)
    assert console.focus() == "Begin the practice"
    box = console.find(QComboBox, "Minutes")
    box.setFocus()
    console.press(Qt.Key.Key_Down)
    console.press(Qt.Key.Key_Tab)
    console.press(Qt.Key.Key_Down)
    console.press(Qt.Key.Key_Tab)
    console.press(Qt.Key.Key_Down)
    console.press(Qt.Key.Key_Down)
    console.press(Qt.Key.Key_Tab)
    console.press(Qt.Key.Key_Return)
    assert console.teacher.practised == (20.0, "cosmics", 3)
    assert console.says("Practice shift: what goes on") == "Practice"


def test_a_long_result_is_scrolled_by_keyboard(qtbot: QtBot) -> None:
    page = shown(qtbot, hits=36, alarms=6)
    page.resize(900, 400)
    page.focus_first()
    bar = page.area.verticalScrollBar()
    qtbot.keyClick(page.back, Qt.Key.Key_Down)
    assert bar.value() > 0
    qtbot.keyClick(page.back, Qt.Key.Key_Up)
    assert bar.value() == 0


def test_before_the_exam_all_is_said(console: ExamConsole) -> None:
    console.parts.open_exam()
    console.wait(0)
    boxes = console.window.findChildren(QComboBox)
    assert "Runs" not in {each.accessibleName() for each in boxes}
    console.parts.open_exam("heavy-ions")
    console.wait(0)
    assert "no exam of heavy-ions" in console.says("What is to be said")
    console.parts.open_exam()
    console.wait(0)
    said = words(console.find(QWidget, "Exam"))
    for each in ("4 pages", "60 minutes", "not scored", "nobody passes by it",
                 "Nothing is said", "resumed"):  # fmt: skip
        assert each in said, each
    assert console.focus() == "Begin the exam"
    console.press(Qt.Key.Key_Return)
    assert isinstance(console.teacher.activity, Exam)


def test_what_is_said_of_items_of_recorded_runs_is_so(
    qtbot: QtBot,  # noqa: ARG001 - Qt
    tmp_path: Path,
) -> None:
    matter = (ItemSource(PAGES, "fed-lost", recorded=(7,), updates=20),)
    console = ExamConsole(tmp_path, settings=ExamSettings(matter=matter, items=4))
    console.parts.open_exam()
    console.wait(0)
    said = words(console.find(QWidget, "Exam"))
    assert "not measured (dqmconsole training measure)" in said
    assert "nobody passes by it" in said
    assert "Each page shows 8 to 20 updates in a row of a run that was recorded" in said
    assert "one moment" not in said
    assert "In half of the pages nothing is wrong; in the others a fault was put" in (
        said
    )
    assert "A loss and a plot that stands still count as one cause" in said
    assert "ring of boards" not in said
    assert "which partitions are off" in said
    site = exam_site(ExamSettings(matter=matter, items=4))
    without = msgspec.structs.replace(site.settings, conditions=ConditionPaths())
    console.teacher.site = msgspec.structs.replace(site, settings=without)
    console.parts.open_exam()
    console.wait(0)
    said = words(console.find(QWidget, "Exam"))
    assert "with its instructions and the conditions. What the console says" in said
    rows = tuple(
        msgspec.structs.replace(ROW, recorded=7, updates=14, kind=kind, cause=cause)
        for kind, cause in (("fault", ROW.cause), ("nothing", ""))
    )
    console.teacher.site = exam_site(ExamSettings(matter=matter, measured=rows))
    console.parts.open_exam()
    console.wait(0)
    assert "shows 14 updates in a row" in words(console.find(QWidget, "Exam"))
    console.parts.open_practice()
    console.wait(0)
    page = console.find(QWidget, "Practice")
    assert "a run that was recorded here, with faults put into it" in words(page)
    assert "Faults come unannounced" in words(page)
    hard = console.find(QComboBox, "Difficulty").itemText(2)
    assert "harmless" not in f"{words(page)} {hard}"
    assert console.sees(QComboBox, "Minutes")
    assert not console.sees(QComboBox, "Type of run")
    console.close()


def test_practice_says_whether_the_chosen_run_is_simulated_or_recorded(
    qtbot: QtBot,  # noqa: ARG001 - Qt
    tmp_path: Path,
) -> None:
    matter = (
        ItemSource(PAGES, "fed-lost", run_types=("collisions",)),
        ItemSource(PAGES, "fed-lost", recorded=(7,), updates=20),
    )
    console = ExamConsole(tmp_path, settings=ExamSettings(matter=matter, items=4))
    console.parts.open_practice()
    console.wait(0)
    page = console.find(QWidget, "Practice")
    assert "simulated, or recorded here with faults put into it" in words(page)
    assert "Faults and harmless events come unannounced" in words(page)
    assert "harmless" in console.find(QComboBox, "Difficulty").itemText(2)
    console.find(QComboBox, "Type of run").setCurrentText("cosmics")
    assert "a run that was recorded here, with faults put into it" in words(page)
    console.close()


def test_a_bank_of_another_simulation_is_said_before_the_exam(
    qtbot: QtBot,  # noqa: ARG001 - Qt
    tmp_path: Path,
) -> None:
    row = msgspec.structs.replace(ROW, recorded=7, updates=14, of="0123456789ab")
    good = msgspec.structs.replace(row, kind="nothing", cause="", bad=0)
    gross = msgspec.structs.replace(ROW, strength=70.0)
    subtle = msgspec.structs.replace(row, strength=10.0, bad=0)
    event = msgspec.structs.replace(ROW, kind="harmless", cause="lumi-drop*1#0")
    settings = ExamSettings(
        matter=(ItemSource(PAGES, "fed-lost"),),
        items=8,
        measured=(row, good, gross, subtle, event),
        measured_before=(row.measured_page,),
    )
    console = ExamConsole(tmp_path, settings=settings)
    calls = tuple(msgspec.structs.replace(each, urgency="now") for each in CAUSES)
    console.fake.taught = taught(console.fake.taught, causes=calls)
    console.fake.put_site(console.fake.taught)
    console.wait(1.0)
    console.parts.open_exam()
    console.wait(0)
    said = words(console.find(QWidget, "Exam"))
    assert "was measured on other recorded runs" in said
    assert "training measure --again. What is right is taken from the run" in said
    assert "so the exam counts all the same" in said
    assert console.focus() == "Begin the exam"  # it can be sat all the same
    gross = msgspec.structs.replace(row, strength=70.0)
    nobody = msgspec.structs.replace(settings, items=3, measured=(gross, good))
    console.close()
    console = ExamConsole(tmp_path / "nobody", settings=nobody)
    console.parts.open_exam()
    console.wait(0)
    said = words(console.find(QWidget, "Exam"))
    assert "Nobody passes the " in said
    assert "was measured on other recorded runs" in said
    assert "counts all the same" not in said
    console.close()


def test_one_chooses_among_the_exams_where_there_are_several(
    qtbot: QtBot,  # noqa: ARG001 - Qt
    tmp_path: Path,
) -> None:
    types: tuple[RunType, ...] = ("collisions", "heavy-ions")
    matter = (ItemSource(PAGES, "fed-lost", run_types=types),)
    console = ExamConsole(tmp_path, settings=ExamSettings(matter=matter, items=4))
    console.parts.open_exam()
    console.wait(0)
    box = console.find(QComboBox, "Runs")
    assert box.currentText() == "collisions and cosmics"
    box.setFocus()
    console.press(Qt.Key.Key_Down)
    console.press(Qt.Key.Key_Tab)
    assert console.focus() == "Begin the exam"
    console.press(Qt.Key.Key_Return)
    (began,) = (
        each.body
        for each in console.teacher.ledger.records
        if isinstance(each.body, ExamBegan)
    )
    assert began.exam == "heavy-ions"
    console.close()


def test_a_result_shows_rates_with_intervals_beside_the_console(qtbot: QtBot) -> None:
    page = shown(qtbot, hits=90, alarms=15, spent=2)
    rates = table_of(page, "Rates")
    assert row(rates, 0) == [
        "Faults found", "90 of 100, 90 %", "83 to 94 %", "100 of 100, 100 %",
    ]  # fmt: skip
    assert row(rates, 1) == ["Causes named rightly", "0 of 90, 0 %", "0 to 4 %", ""]
    assert row(rates, 2) == [
        "False calls", "15 of 150, 10 %", "6 to 16 %", "0 of 150, 0 %",
    ]  # fmt: skip
    assert "12 s, the median" in page.said.text()
    assert "2 pages shown and not finished" in words(page)
    assert "1 of 2 sittings." in words(page)


def test_a_wrong_verdict_plot_and_cause_are_listed_with_what_is_true(
    qtbot: QtBot,
) -> None:
    given = answers(3, 1, faults=4, goods=2)
    plots = {"plot": DEPTH1, "shows": (DEPTH1,)}
    named = msgspec.structs.replace
    given[0] = named(given[0], named="fed-lost", **plots)
    given[1] = named(given[1], named="hot-channel", **plots)
    given[2] = named(given[2], named="fed-lost", **plots | {"plot": CHARGE})
    page = page_of(qtbot, given)
    wrong = table_of(page, "Items judged wrongly")
    where = "Hcal › Digi occupancy"
    true = "FED lost (Hcal), in Occupancy, depth 1"
    assert [row(wrong, at) for at in range(wrong.rowCount())] == [
        ["2", where, "cause", true,
         "something is wrong in Occupancy, depth 1, Hot channel, 12 s"],
        ["3", where, "plot", true,
         "something is wrong in Digi charge, HB, FED lost, 12 s"],
        ["4", where, "verdict", "FED lost (Hcal)", "nothing to report, 12 s"],
        ["5", where, "verdict", "Nothing happened",
         "something is wrong, no cause named, 12 s"],
    ]  # fmt: skip
    said = words(page)
    assert "4 pages: 2 by verdict, 1 by plot, 1 by cause" in said
    one = page_of(qtbot, [given[0], given[1]])
    assert "1 page: 1 by cause" in words(one)
    assert "None: every page" in words(page_of(qtbot, [given[0]]))


def test_a_page_that_was_judged_wrongly_is_shown_again_by_its_row(
    qtbot: QtBot,
) -> None:
    given = answers(3, 1, faults=4, goods=2)
    right = {"named": "fed-lost", "plot": DEPTH1, "shows": (DEPTH1,)}
    given[0] = msgspec.structs.replace(given[0], **right)
    page = page_of(qtbot, given)
    wrong = table_of(page, "Items judged wrongly")
    assert row(wrong, 2)[0] == "4"
    wanted: list[int] = []
    page.replay_wanted.connect(wanted.append)
    place = wrong.visualItemRect(wrong.item(2, 1)).center()
    QTest.mouseClick(
        wrong.viewport(), Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier,
        place,
    )  # fmt: skip
    wrong.setFocus()
    wrong.setCurrentCell(0, 0)
    QTest.keyClick(wrong, Qt.Key.Key_Down)
    QTest.keyClick(wrong, Qt.Key.Key_Return)
    assert wanted == [3, 2]
    assert "Enter, shows its page again" in words(page)


def test_each_mark_of_the_sitting_is_ticked_and_what_the_next_must_give(
    qtbot: QtBot,
) -> None:
    given = answers(10, 1, faults=10, goods=20)
    named = msgspec.structs.replace
    given[:8] = [named(e, named="fed-lost") for e in given[:8]]
    given[:2] = [named(e, band="gross", act="now") for e in given[:2]]
    wrong = [named(e, named="") for e in given[:3]] + given[3:]
    first = Result("open", "1 of 2 sittings", sittings=(sitting(wrong),))
    page = page_of(qtbot, wrong, stands=first)
    marks = table_of(page, "Marks of the exam")
    assert [row(marks, at)[1:] for at in range(4)] == [
        ["at most 0", "✓ 0 of 2", "at most 0"],
        ["at least 70 %", "✓ 10 of 10, 100 %", "at least 4 of 10"],
        ["at most 10 %", "✓ 1 of 20, 5 %", "at most 3 of 20"],
        ["at least 80 %", "✗ 5 of 10, 50 %", "cannot make up for it"],
    ]
    both = item_score([*given, *given])
    done = Result("passed", score=both, sittings=(sitting(wrong), sitting(given)))
    page = page_of(qtbot, given, stands=done)
    marks = table_of(page, "Marks of the exam")
    assert row(marks, 3)[1:] == [
        "at least 80 %", "✓ 8 of 10, 80 %", "✓ 16 of 20, 80 %",
    ]  # fmt: skip


@pytest.mark.parametrize(("spent", "uid"), [(5, "e"), (0, "other")])
def test_what_the_next_must_give_is_said_of_the_last_that_counts_alone(
    qtbot: QtBot, spent: int, uid: str
) -> None:
    given = answers(10, 1, faults=10, goods=20)
    last = sitting(given, spent)
    record = msgspec.structs.replace(last.record, uid=uid)
    last = msgspec.structs.replace(last, record=record)
    stands = Result("open", "it decides nothing", sittings=(last,))
    page = page_of(qtbot, given, spent, stands)
    marks = table_of(page, "Marks of the exam")
    assert marks.columnCount() == 3


@pytest.mark.parametrize("width", [620, 1000])
def test_tables_are_as_high_as_what_is_in_them(qtbot: QtBot, width: int) -> None:
    page = shown(qtbot, hits=1, alarms=8, faults=14, goods=14)
    page.resize(width, 500)
    tables = page.findChildren(QTableWidget)
    assert len(tables) == 3

    def is_whole(table: QTableWidget) -> bool:
        cell = table.item(table.rowCount() - 1, 0)
        assert cell is not None
        last, room = table.visualItemRect(cell), table.viewport().height()
        return 0 <= room - last.bottom() < last.height()

    qtbot.waitUntil(lambda: all(map(is_whole, tables)))


def test_keys_work_wherever_the_keyboard_is(qtbot: QtBot) -> None:
    page = shown(qtbot, hits=36, alarms=6)
    page.resize(900, 400)
    wanted: list[bool] = []
    page.replay_wanted.connect(lambda: wanted.append(True))
    page.focus_first()
    again = page.focusWidget()
    assert isinstance(again, QPushButton)
    bar = page.area.verticalScrollBar()
    qtbot.keyClick(again, Qt.Key.Key_Down)
    assert bar.value() > 0
    assert page.focusWidget() is again
    qtbot.keyClick(page.focusWidget(), Qt.Key.Key_Return)
    assert wanted == [True]
    again.clearFocus()
    qtbot.keyClick(page, Qt.Key.Key_End)
    assert bar.value() == bar.maximum()
    qtbot.keyClick(page, Qt.Key.Key_Home)
    assert bar.value() == 0
    qtbot.keyClick(page, Qt.Key.Key_Return)
    assert wanted == [True, True]


def test_how_the_console_and_causes_count_is_said(qtbot: QtBot) -> None:
    given = answers(4, 0, faults=4, goods=4)
    named = msgspec.structs.replace
    given[0] = named(given[0], automatic="good", warned=5)
    said = words(page_of(qtbot, given))
    assert "WARNING alone does not count: so it was with 1 fault more." in said
    assert "the cause that you name first" in said


def test_what_was_not_answered_in_time_is_said(qtbot: QtBot) -> None:
    given = answers(1, 0, faults=2, goods=1)
    late = msgspec.structs.replace(given[1], answer="")
    page = page_of(qtbot, [given[0], late, given[2]])
    assert "1 not answered (time was over" in words(page)
    assert "not answered (" not in words(shown(qtbot, 1, 0, faults=2, goods=1))


def test_what_nothing_was_counted_of_is_said_in_words(qtbot: QtBot) -> None:
    goods = table_of(shown(qtbot, hits=0, alarms=3, faults=0), "Rates")
    assert row(goods, 0) == ["Faults found", "no fault was shown", "", ""]
    assert row(goods, 1) == ["Causes named rightly", "no fault was found", "", ""]
    faults = table_of(shown(qtbot, hits=0, alarms=0, faults=4, goods=0), "Rates")
    assert row(faults, 0)[1] == "0 of 4, 0 %"
    last = faults.rowCount() - 1
    assert row(faults, last) == ["False calls", "no good page was shown", "", ""]


def test_what_nothing_was_counted_of_is_neither_right_nor_wrong(qtbot: QtBot) -> None:
    table = table_of(shown(qtbot, 0, 0, faults=0, goods=20), "Marks of the exam")
    assert [row(table, at)[2] for at in range(4)] == [
        "– none was shown", "– no fault was shown", "✓ 0 of 20, 0 %",
        "– no fault was found",
    ]  # fmt: skip


def test_of_what_nothing_was_counted_the_next_must_give_the_mark_itself(
    qtbot: QtBot,
) -> None:
    given = answers(0, 0, faults=0, goods=20)
    first = Result("open", "1 of 2 sittings", sittings=(sitting(given),))
    marks = table_of(page_of(qtbot, given, stands=first), "Marks of the exam")
    assert [row(marks, at)[3] for at in range(4)] == [
        "at most 0", "at least 70 % of all faults", "at most 4 of 20",
        "at least 80 % of the faults found",
    ]  # fmt: skip


def test_practice_ends_on_its_marks(console: ExamConsole) -> None:
    console.parts.open_practice()
    console.press(Qt.Key.Key_Return)
    practice = console.teacher.activity
    practice.marks = (
        Mark("fed-lost:Hcal@6*2", "cause", 1, 1, "rightly named"),
        Mark("fed-lost:Hcal@6*2", "time", 0.5, 1, "", 140.0),
        Mark("fed-lost:Hcal@6*2", "time", 0.5, 1, "131 s after it began", 130.6),
        Mark("no-such@9", "found", 0, 0),
        Mark("", "false alarm", 0, 1, "nothing was wrong"),
    )
    practice.over = True
    console.wait(1.0)
    assert console.says("Page") == f"Result of the practice: {WHO}"
    table = console.find(QTableWidget, "Marks")
    first = "A front-end driver sends nothing (Hcal), from LS 6"
    assert row(table, 0) == [first, "cause", "1 of 1", "rightly named"]
    assert row(table, 1) == [first, "time", "0.5 of 1", "2 min"]
    assert row(table, 2)[3] == "131 s after it began"
    assert row(table, 3)[0] == "No such, from LS 9"
    assert row(table, 4) == ["Besides", "false alarm", "0 of 1", "nothing was wrong"]
    panel = console.find(QWidget, "2 of 4 points")
    assert table.mapTo(panel, QPoint(0, 0)).y() < table.height() / 2  # below its title
    assert console.teacher.activity is None
    console.press(Qt.Key.Key_Return)
    assert not console.sees(QTableWidget, "Marks")
