"""The items of an exam in the window, by keyboard alone."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
import pytest
from PySide6.QtCore import QPoint, QRect, Qt
from PySide6.QtWidgets import QMenuBar, QTableWidget, QWidget
from support.exam_scene import ExamConsole
from support.fake_session import CHARGE, DEPTH1, HOLE, site

from dqmconsole.model.run import Conditions
from dqmconsole.model.verdict import Status, Verdict
from dqmconsole.shift.blinding import HIDDEN
from dqmconsole.training import trainer
from dqmconsole.training.facts import AnswerKey
from dqmconsole.training.records import ItemAnswered
from dqmconsole.ui.markdown import Link
from dqmconsole.ui.training.exam_items import run_words
from dqmconsole.ui.training.replay_view import console_words
from dqmconsole.ui.training.result import ResultPage

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

pytestmark = [pytest.mark.usefixtures("qapp"), pytest.mark.slow]


@pytest.fixture
def console(tmp_path: Path) -> Iterator[ExamConsole]:
    made = ExamConsole(tmp_path)
    yield made
    made.close()


def answers(console: ExamConsole) -> list[ItemAnswered]:
    bodies = [record.body for record in console.teacher.ledger.records]
    return [body for body in bodies if isinstance(body, ItemAnswered)]


def docks(console: ExamConsole) -> set[str]:
    there = console.window.parts.docks.items()
    return {name for name, dock in there if dock.isVisible()}


def call(console: ExamConsole, cause: str = "") -> None:
    """Say that something is wrong in the selected plot, by keyboard."""
    console.press(Qt.Key.Key_B)
    assert console.focus() == "Cause"
    if cause:
        console.press(cause)
    console.press(Qt.Key.Key_Return)


def covered(console: ExamConsole) -> bool:
    return console.sees(QWidget, "Between two items")


def test_an_item_is_the_page_alone(console: ExamConsole) -> None:
    window = console.window
    console.begin_items()
    console.serve(bad=True)
    assert docks(console) == {"panel"}  # the book is open
    assert not window.statusBar().isVisible()
    assert not any(bar.isVisible() for bar in window.findChildren(QMenuBar))
    assert console.says("Exam: what goes on") == "Item 1 of 4"
    assert console.says("Exam: time left") == "60 min left"
    assert not covered(console)
    assert console.window.parts.view.heading.title == "Hcal › Digi occupancy"


def test_nothing_on_the_screen_tells_what_is_wrong(console: ExamConsole) -> None:
    console.begin_items()
    console.serve(bad=True)
    assert {tile.status() for tile in console.tiles()} == {Status.NOT_CHECKED}
    words = [
        widget.accessibleDescription() + widget.accessibleName()
        for widget in console.window.findChildren(QWidget)
        if widget.isVisible()
    ]
    assert any(HIDDEN in each for each in words)
    assert not [each for each in words if "BAD" in each or HOLE.sentence in each]
    assert console.fake.mailbox.judged(DEPTH1) == HOLE


def test_the_sheet_covers_until_every_plot_is_drawn(console: ExamConsole) -> None:
    console.begin_items()
    assert covered(console)
    assert console.says("Why nothing is shown yet").startswith("Item 1 of 4 is being")
    console.serve(bad=True, only=2)
    assert covered(console)
    console.wait(9.0)
    exam = console.teacher.activity
    assert exam.left == 3600.0  # its time has not begun
    console.serve(bad=True)
    assert not covered(console)
    console.wait(240.0)
    assert console.says("Exam: time left") == "56 min left"


def test_bad_marks_the_selected_plot_and_the_next_item_follows(
    console: ExamConsole,
) -> None:
    console.begin_items()
    console.serve(bad=True)
    console.wait(5.0)
    console.press(Qt.Key.Key_Right)
    console.press(Qt.Key.Key_Right)
    assert console.window.parts.view.selected.key == CHARGE
    call(console)
    (answer,) = answers(console)
    assert (answer.answer, answer.truth, answer.automatic) == ("bad", "bad", "bad")
    assert answer.plot == "Hcal/DigiTask/Charge/HB"
    assert answer.seconds == pytest.approx(5.0, abs=0.2)
    assert covered(console)
    assert console.says("Why nothing is shown yet").startswith("Item 2 of 4")
    assert not any(tile.tile for tile in console.window.parts.view.grid.tiles)


def test_pictures_of_the_item_before_are_never_taken_for_the_next(
    console: ExamConsole,
) -> None:
    console.begin_items()
    console.serve(bad=True)
    console.press("g")
    # the next source has the same page, run and versions; nothing has come of it
    console.wait(3.0)
    assert covered(console)
    console.serve(bad=False)
    assert not covered(console)
    for tile in console.tiles():
        assert tile.tile is not None
        served = console.fake._unblinded.tiles[tile.key]
        assert tile.tile.picture is served.picture


def test_no_answer_before_the_picture_stands(console: ExamConsole) -> None:
    console.begin_items()
    console.press("b")
    console.press("g")
    console.serve(bad=True, only=1)
    console.press("b")
    assert answers(console) == []


def test_time_runs_out_without_an_answer(console: ExamConsole) -> None:
    console.begin_items()
    console.serve(bad=True)
    console.wait(1.0)
    console.press("b")
    assert console.focus() == "Cause"
    console.wait(3600.0)
    assert [each.answer for each in answers(console)] == [""] * 4
    assert answers(console)[0].automatic == "bad"
    assert not console.sees(QWidget, "Cause")
    assert console.sees(QWidget, "Result")


def test_a_cause_is_named_by_its_first_letter_and_esc_goes_back(
    console: ExamConsole,
) -> None:
    console.begin_items()
    console.serve(bad=True)
    console.press("b")
    assert console.says("Question").startswith("What is wrong in ")
    console.press(Qt.Key.Key_Escape)
    assert answers(console) == []
    assert console.teacher.activity is not None
    call(console, "f")
    (answer,) = answers(console)
    assert (answer.answer, answer.named, answer.urgency) == ("bad", "fed-lost", "")


def test_letters_in_the_list_of_causes_are_no_commands(console: ExamConsole) -> None:
    console.begin_items()
    console.serve(bad=True)
    console.press("b")
    for letter in "irlbg":
        console.press(letter)
    assert console.focus() == "Cause"
    assert answers(console) == []


def test_how_soon_to_call_may_be_said(console: ExamConsole) -> None:
    console.begin_items()
    console.serve(bad=True)
    console.press("b")
    console.press(Qt.Key.Key_Right)
    assert console.focus() == "How soon to call"
    console.press(Qt.Key.Key_Down)
    console.press(Qt.Key.Key_Return)
    (answer,) = answers(console)
    assert (answer.named, answer.urgency) == ("", "call now")


def test_the_instruction_of_the_plot_is_there(console: ExamConsole) -> None:
    console.begin_items()
    console.serve(bad=True)
    assert console.sees(QWidget, "Title of the selected plot")
    console.press("i")
    view = console.window.parts.view
    assert view.on_page
    drawn = view.grid.tiles[0].tile
    console.window.context.link_wanted.emit(Link("page", "Hcal/Timing"))
    assert view.page is not None
    assert view.page.page == "Digi occupancy"
    assert view.grid.tiles[0].tile is drawn  # nothing was drawn anew for it
    console.window.context.page_wanted.emit("Hcal/Timing")  # by a link
    console.wait(0.1)
    assert view.page.page == "Digi occupancy"
    console.window.context.plot_wanted.emit("Hcal/Timing/ring1")
    console.wait(0.1)
    assert view.page.page == "Digi occupancy"


def test_a_link_of_the_instruction_selects_a_plot_of_the_page(
    console: ExamConsole,
) -> None:
    console.begin_items()
    console.serve(bad=True)
    wanted, view = console.window.context.link_wanted, console.window.parts.view
    wanted.emit(Link("plot", "Hcal/DigiTask/Charge/HB"))
    assert view.on_page
    assert (view.selected.key, console.focus()) == (CHARGE, "Digi charge, HB")
    wanted.emit(Link("plot", "Hcal/Timing/ring1"))  # on another page
    assert view.selected.key == CHARGE
    assert console.says("Exam: answer") == "Only this page can be seen now"
    console.wait(9.0)
    assert console.says("Exam: answer") == ""


def test_what_takes_part_is_said() -> None:
    page = "Hcal/Digi occupancy"
    known = Conditions(
        subsystems=frozenset({"Hcal", "FED"}), dcs={"HBHEa": True, "HF": False}
    )
    assert run_words(site(), known, page) == "in the run: Hcal   ·   off: HF"
    late = msgspec.structs.replace(
        known,
        dcs={"HBHEa": True, "HF": True, "HO": True},
        dcs_since={"HO": 9, "HF": 6, "HBHEa": 6},
    )
    assert run_words(site(), late, page) == (
        "in the run: Hcal   ·   all partitions are on"
        "   ·   on only since LS 6: HBHEa, HF   ·   on only since LS 9: HO"
    )
    assert "since" not in run_words(site(), known, page)
    out = Conditions(subsystems=frozenset({"FED"}), dcs={"HBHEa": True})
    words = "NOT IN THE RUN: Hcal   ·   all partitions are on"
    assert run_words(site(), out, page) == words
    assert run_words(site(), Conditions(), page).strip() == ""


def test_only_looking_closer_is_left(console: ExamConsole) -> None:
    console.begin_items()
    console.serve(bad=True)
    view = console.window.parts.view
    for key in (Qt.Key.Key_PageDown, Qt.Key.Key_N, Qt.Key.Key_Slash, Qt.Key.Key_F9,
                Qt.Key.Key_E, Qt.Key.Key_P, Qt.Key.Key_F2, Qt.Key.Key_F8):  # fmt: skip
        console.press(key)
        assert view.page is not None
        assert view.page.page == "Digi occupancy"
        assert view.on_page
    assert docks(console) == {"panel"}
    assert console.window.context.paused_at is None
    console.press(Qt.Key.Key_Right)
    console.press(Qt.Key.Key_R)
    assert view.choices.modes
    console.press(Qt.Key.Key_Return)
    assert view.in_detail
    console.press(Qt.Key.Key_L)
    assert view.in_detail
    console.press(Qt.Key.Key_Escape)
    assert view.on_page
    assert not console.sees(QWidget, "Leave or stay")


def test_an_answer_can_be_given_with_one_plot_alone(console: ExamConsole) -> None:
    console.begin_items()
    console.serve(bad=True)
    console.press(Qt.Key.Key_Return)
    call(console)
    assert answers(console)[0].plot == "Hcal/DigiTask/Occupancy/depth1"
    console.serve(bad=False)
    assert console.window.parts.view.on_page


def test_leaving_is_asked_once_and_staying_goes_on(console: ExamConsole) -> None:
    console.begin_items()
    console.serve(bad=True)
    console.press(Qt.Key.Key_Escape)
    assert console.says("Question") == "Leave the exam?"
    assert console.focus() == "Stay"
    console.press("b")
    assert answers(console) == []
    console.press(Qt.Key.Key_Escape)
    assert not console.sees(QWidget, "Leave or stay")
    call(console)
    assert [each.answer for each in answers(console)] == ["bad"]


def test_while_asked_time_goes_on(console: ExamConsole) -> None:
    console.begin_items()
    console.serve(bad=True)
    console.wait(1.0)
    console.press(Qt.Key.Key_Escape)
    console.wait(600.0)
    assert console.says("Exam: time left") == "50 min left"
    assert answers(console) == []
    console.press(Qt.Key.Key_Return)  # stay
    console.press("g")
    assert [each.answer for each in answers(console)] == ["good"]


def test_leaving_puts_everything_back_and_resuming_takes_the_next_item(
    console: ExamConsole,
) -> None:
    parts = console.window.parts
    before = {name for name, dock in parts.docks.items() if dock.isVisible()}
    console.begin_items()
    console.serve(bad=True)
    console.press(Qt.Key.Key_Escape)
    console.press(Qt.Key.Key_Tab)
    assert console.focus() == "Leave"
    console.press(Qt.Key.Key_Return)
    assert {name for name, dock in parts.docks.items() if dock.isVisible()} == before
    assert console.window.statusBar().isVisible()
    assert parts.context.only is None
    assert console.focus() == "Resume the exam"
    # what was in view keeps its secret until something else is opened
    assert console.fake.blinded
    console.press(Qt.Key.Key_Return)
    console.serve(bad=True)
    call(console)
    said = [(each.number, each.spare, each.answer) for each in answers(console)]
    assert said == [(0, 0, ""), (1, 0, "bad")]
    console.fake.end_blinding()
    console.fake.open("/dqm/live")
    assert not console.fake.blinded


def test_closing_the_window_remembers_the_arrangement_of_the_shift(
    tmp_path: Path,
) -> None:
    console = ExamConsole(tmp_path)
    console.begin_items()
    console.serve(bad=True)
    console.close()
    again = ExamConsole(tmp_path)
    assert again.window.parts.docks["navigator"].isVisible()
    assert again.window.parts.docks["panel"].isVisible()
    again.close()


def test_an_engine_that_ends_leaves_the_exam_in_good_order(
    console: ExamConsole,
) -> None:
    console.begin_items()
    console.serve(bad=True)
    console.fake.put_engine("restarting", "the engine ended by signal 9", 3.0)
    console.wait(0.1)
    assert console.window.parts.docks["navigator"].isVisible()
    assert console.teacher.activity is None
    assert "signal 9" in console.says("What is to be said")
    assert console.focus() == "Resume the exam"


def test_a_silent_engine_makes_no_item_stale(console: ExamConsole) -> None:
    console.begin_items()
    console.serve(bad=True)
    console.fake.put_engine("silent", "silent for 5 s", 5.0)
    console.wait(2.0)
    assert {tile.status() for tile in console.tiles()} == {Status.NOT_CHECKED}
    assert console.teacher.activity is not None


def test_failures_in_a_row_are_said_and_return_tries_again(
    console: ExamConsole,
) -> None:
    console.runs.ready = None
    console.begin_items()
    console.wait(1.0)
    console.wait(1.0)
    assert console.teacher.activity.state == "paused"
    assert "Return tries again" in console.says("Why nothing is shown yet")
    console.runs.ready = True
    console.press(Qt.Key.Key_Return)
    console.serve(bad=True)
    assert not covered(console)


def test_the_whole_exam_by_keyboard_and_every_page_again(console: ExamConsole) -> None:
    console.begin_items()
    for truth in "bgbg":
        console.serve(bad=truth == "b", seed=ord(truth))
        if truth == "b":
            call(console, "f")
        else:
            console.press("g")
    assert [each.answer for each in answers(console)] == ["bad", "good", "bad", "good"]
    assert [each.named for each in answers(console)] == ["fed-lost", "", "fed-lost", ""]
    assert console.sees(QWidget, "Faults and false calls")
    rates = console.find(QTableWidget, "Rates")
    assert rates.item(0, 1).text() == "2 of 2, 100 %"
    assert console.window.context.only is None
    # again, from the first page on
    assert console.focus() == "See every page again"
    console.press(Qt.Key.Key_Return)
    console.wait(0.1)
    console.serve(bad=True)
    console.wait(1.0)
    assert console.says("Replay: what goes on") == "Page 1 of 4"
    assert console.says("What it showed").startswith("Right. FED lost in Hcal")
    assert "front-end driver sends nothing" in console.says("What it showed")
    assert "wrong in Occupancy, depth 1, FED lost" in console.says("What you said")
    assert console.sees(QWidget, "Ring of the replay")
    assert {tile.status() for tile in console.tiles()} != {Status.NOT_CHECKED}
    console.press(Qt.Key.Key_PageDown, Qt.KeyboardModifier.ControlModifier)
    console.wait(0.1)
    console.serve(bad=False)
    console.wait(1.0)
    assert console.says("Replay: what goes on") == "Page 2 of 4"
    assert console.says("What it showed") == "Right. Nothing happened."
    assert "nothing to report" in console.says("What you said")
    assert not console.sees(QWidget, "Ring of the replay")
    console.press(Qt.Key.Key_PageUp, Qt.KeyboardModifier.ControlModifier)
    assert console.says("Replay: what goes on") == "Page 1 of 4"
    console.press(Qt.Key.Key_Escape)
    assert console.sees(QWidget, "Faults and false calls")
    assert not console.sees(QWidget, "Ring of the replay")
    assert not console.runs.folders
    while console.focus() != "Back to the course":
        console.press(Qt.Key.Key_Tab)
    assert console.fake.source == ""
    wanted: list[bool] = []
    console.parts.course_wanted.connect(lambda: wanted.append(True))
    console.press(Qt.Key.Key_Return)
    assert wanted == [True]


def sit(console: ExamConsole, *said: str) -> None:
    """Sit the whole exam: "g", or which key presses before "b" and a cause."""
    console.begin_items()
    for each in said:
        console.serve(bad=each != "g")
        if each == "g":
            console.press("g")
            continue
        for _ in range(int(each)):
            console.press(Qt.Key.Key_Right)
        call(console, "f")
    assert console.focus() == "See every page again"


def next_page(console: ExamConsole) -> None:
    console.press(Qt.Key.Key_PageDown, Qt.KeyboardModifier.ControlModifier)


def test_a_replay_begins_with_the_page_that_was_asked_for(
    console: ExamConsole,
) -> None:
    sit(console, "2", "g", "0", "g")
    console.window.findChildren(ResultPage)[0].replay_wanted.emit(2)
    console.wait(0.1)
    said = console.says("Why nothing is shown yet")
    assert said == "Page 3 of 4 is being prepared …"


def test_a_page_of_the_replay_is_cleared_until_the_next_is_drawn(
    console: ExamConsole,
) -> None:
    sit(console, "2", "g", "0", "g")
    fake, view = console.fake, console.window.parts.view
    console.press(Qt.Key.Key_Return)
    console.wait(0.1)
    assert covered(console)
    said = "Why nothing is shown yet"
    assert console.says(said) == "Page 1 of 4 is being prepared …"
    assert console.says("What you said").startswith(
        "You said: something is wrong in Digi charge, HB, FED lost"
    )
    next_page(console)  # one need not wait for it
    assert console.says(said) == "Page 2 of 4 is being prepared …"
    console.press(Qt.Key.Key_PageUp, Qt.KeyboardModifier.ControlModifier)
    assert console.says(said) == "Page 1 of 4 is being prepared …"
    console.wait(0.1)
    console.serve(bad=True, only=2)
    assert covered(console)
    console.serve(bad=True)
    console.wait(0.1)
    assert not covered(console)
    assert view.selected is not None
    assert view.selected.key == CHARGE  # that which was pointed at
    console.window.context.page_wanted.emit("Hcal/Timing")  # as its instruction says
    console.wait(0.1)
    assert view.page is not None
    assert view.page.page == "Timing"
    ahead = fake.feed.ahead
    assert ahead is not None
    first = fake.source
    next_page(console)
    assert covered(console)
    assert console.says(said) == "Page 2 of 4 is being prepared …"
    assert not any(tile.tile for tile in view.grid.tiles)
    console.wait(0.1)
    assert fake.source == ahead.source != first
    console.serve(bad=False)
    console.wait(0.1)
    assert view.page.page == "Digi occupancy"
    console.runs.ready = False
    next_page(console)
    console.wait(0.1)
    assert (fake.source, fake.mailbox.run.run) == ("", 0)  # nothing of the one before
    assert covered(console)
    assert not console.sees(QWidget, "Ring of the replay")
    console.runs.ready = True
    console.wait(0.1)
    console.serve(bad=True)
    console.wait(0.1)
    assert not covered(console)
    assert view.selected.key == DEPTH1


def test_the_replay_points_where_its_own_run_shows_the_fault(
    console: ExamConsole,
) -> None:
    sit(console, "0", "g", "0", "g")
    charge = "Hcal/DigiTask/Charge/HB"
    # the simulation is another one by then
    console.runs.shows = lambda _: AnswerKey((charge,), (10.0, 20.0))
    console.press(Qt.Key.Key_Return)
    console.wait(0.1)
    console.serve(bad=True)
    console.wait(0.1)
    selected = console.window.parts.view.selected
    assert selected is not None
    assert selected.key == CHARGE
    assert "has changed" not in console.says("What it showed")  # both were right
    tiles = {each.key: each for each in console.tiles()}
    ring = console.find(QWidget, "Ring of the replay")
    at = tiles[CHARGE].mapTo(console.window, tiles[CHARGE].rect().center())
    assert abs(ring.geometry().center().y() - at.y()) < tiles[CHARGE].height() / 2
    # a loss is everywhere alike: no part of the plot is its place
    part = console.training.part
    assert part is not None
    first = answers(console)[0]
    data = tiles[CHARGE].canvas.shown.data
    assert data is not None
    low, high = data.axes[0].low, data.axes[0].high
    region = (low + 0.4 * (high - low), low + 0.5 * (high - low))
    for fault, is_whole in (("dead-block", False), ("loss", True)):
        of_run = msgspec.structs.replace(
            first, cause=f"{fault}:{charge}*40", shows=(charge,), region=region
        )
        part.exam.replay.card.show_page(of_run, console.fake.taught)
        plot = QRect(
            tiles[CHARGE].mapTo(console.window, QPoint(0, 0)), tiles[CHARGE].size()
        )
        assert ring.geometry().contains(plot) is is_whole
    console.runs.shows = lambda _: AnswerKey(("Hcal/Gone",))
    for key in (Qt.Key.Key_PageDown, Qt.Key.Key_PageDown):
        console.press(key, Qt.KeyboardModifier.ControlModifier)
        console.wait(0.1)
        console.serve(bad=True)
        console.wait(0.1)
    words = console.says("What it showed")
    assert words.startswith("Right. ")  # as it was judged
    assert "The simulation has changed since this exam" in words
    assert "judged by Occupancy, depth 1" in words


def test_the_sitting_can_be_seen_again_from_the_page_of_the_exam(
    console: ExamConsole,
) -> None:
    console.parts.open_exam()
    assert not console.sees(QWidget, "See the last sitting again")
    sit(console, "0", "g", "0", "g")
    console.press(Qt.Key.Key_Return)
    console.wait(0.1)
    console.serve(bad=True)
    console.wait(0.1)
    console.press(Qt.Key.Key_F5)  # leaves it
    console.wait(0.1)
    assert console.teacher.activity is None
    assert not covered(console)
    assert not console.runs.folders
    console.parts.open_exam()
    console.wait(0)
    while console.focus() != "See the last sitting again":
        console.press(Qt.Key.Key_Tab)
    console.press(Qt.Key.Key_Return)
    assert console.sees(QWidget, "Faults and false calls")
    console.press(Qt.Key.Key_Return)
    console.wait(0.1)
    assert console.says("Replay: what goes on") == "Page 1 of 4"
    console.parts.open_exam()
    console.wait(0.1)
    assert console.teacher.activity is None
    assert console.sees(QWidget, "See the last sitting again")


def test_pages_of_other_items_are_not_shown_again(
    console: ExamConsole, monkeypatch: pytest.MonkeyPatch
) -> None:
    sit(console, "0", "g", "0", "g")
    monkeypatch.setattr(trainer, "make_plan", lambda *_: console.plan)
    console.press(Qt.Key.Key_Return)
    console.wait(0.1)
    assert console.teacher.activity is None
    assert "cannot be shown again" in console.says("What is to be said")


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (ItemAnswered("x", 0, automatic="bad"), "called a plot of it BAD."),
        (ItemAnswered("x", 0, automatic="good"), "called nothing BAD."),
        (
            ItemAnswered("x", 0, automatic="good", warned=5),
            "called nothing BAD: 5 plots WARNING, which is not counted.",
        ),
        (ItemAnswered("x", 0), "judged nothing of it."),
    ],
)
def test_what_the_console_said_is_said_in_truth(
    answer: ItemAnswered, words: str
) -> None:
    assert console_words(answer) == f"The console {words}"


def test_how_many_plots_the_console_warned_of_is_on_record(
    console: ExamConsole,
) -> None:
    console.begin_items()
    console.serve(bad=False)
    warned = console.fake._unblinded
    for key in (DEPTH1, CHARGE):
        doubtful = Verdict(Status.WARNING, "a little off")
        warned.tiles[key] = msgspec.structs.replace(warned.tiles[key], verdict=doubtful)
    console.wait(0.1)
    console.press("g")
    (answer,) = answers(console)
    assert (answer.automatic, answer.warned) == ("good", 2)
