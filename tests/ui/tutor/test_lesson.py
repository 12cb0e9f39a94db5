"""A lesson as it is played in the window, by keyboard alone."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING, get_args

import msgspec
import pytest
from PySide6.QtCore import QPoint, QRect, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QScrollArea, QWidget
from support.fake_session import DEPTH1
from support.lesson_scene import (
    ADA,
    DEPTH1_PATH,
    PAGE,
    STEPS,
    Classroom,
    lesson,
    teach,
)

from dqmconsole.shift.pages import PageName
from dqmconsole.training.lesson import Control, Goal, LessonStep, Question
from dqmconsole.training.lesson_session import LessonSession
from dqmconsole.training.records import Finding, LessonDone, LessonStepDone
from dqmconsole.training.tutor import NOT_ASKED
from dqmconsole.ui.keyboard import has_keyboard
from dqmconsole.ui.text import SafeText
from dqmconsole.ui.theme import DARK
from dqmconsole.ui.training.bubble import LOW_SIZES
from dqmconsole.ui.training.sheets import TextSheet
from dqmconsole.ui.training.targets import target_of

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from pytestqt.qtbot import QtBot


@pytest.fixture
def room(qtbot: QtBot, tmp_path: Path) -> Iterator[Classroom]:  # noqa: ARG001 - Qt
    room = Classroom(tmp_path / "c.ini", size=(1600, 900))
    yield room
    room.close()


def place(widget: QWidget) -> QRect:
    """Where a widget lies in its window."""
    corner = widget.mapTo(widget.window(), widget.rect().topLeft())
    return QRect(corner, widget.size())


def test_the_answer_to_a_finding_stands_in_the_bubble(room: Classroom) -> None:
    """At its top, be it folded, and though nothing was asked yet."""
    room.begin()
    room.press(Qt.Key.Key_F4)
    assert room.bubble.folded
    room.window.parts.view.select_plot(DEPTH1)
    say_fed_lost(room)
    assert not room.bubble.folded
    assert "✓ Right: that is done ahead (Say what it is)." in room.says_bubble()
    room.press("v")
    room.press(Qt.Key.Key_Return)
    room.wait(1)
    assert NOT_ASKED in room.says_bubble()
    assert "✓" not in room.says_bubble()
    said = room.find(QWidget, "What is said of it")
    assert said.mapTo(room.bubble, said.rect().bottomLeft()).y() < 120


def say_fed_lost(room: Classroom) -> None:
    """Name the cause in the finding sheet, by keyboard."""
    room.press("v")
    room.type("fed")
    room.press(Qt.Key.Key_Return)
    room.wait(1)


def bodies(room: Classroom, kind: type) -> list[object]:
    return [each.body for each in room.ledger.kept if isinstance(each.body, kind)]


def test_a_lesson_is_played_to_its_end_by_keyboard(room: Classroom) -> None:
    room.begin()
    assert room.focus() == "Tutor"
    assert room.told == "welcome"
    assert room.says("What is trained").startswith("Lesson 5 of 12: An empty rectangle")
    room.press(Qt.Key.Key_Return)
    assert room.told == "see"
    room.until("say")
    say_fed_lost(room)
    assert room.told == "read"
    assert room.says("Step done") == (
        "✓ Done: Say what it is\n"
        "A front-end driver in the run stops sending data. Call now: right, too."
    )
    room.press(Qt.Key.Key_F7)
    assert room.sees(QWidget, "Debrief")
    told = room.find(SafeText, "Text of Debrief").toPlainText()
    assert "Then call." in told
    done = "Said of Hcal › Occupancy, depth 1: bad, fed-lost, call now"
    assert told.partition("What you put on record")[2].strip() == done
    assert not room.bubble.isVisible()
    assert not room.ring.isVisible()
    assert [each.step for each in bodies(room, LessonStepDone)] == [
        step.id for step in STEPS
    ]
    (done,) = bodies(room, LessonDone)
    assert done.lesson == "empty-rectangle"  # type: ignore[attr-defined]
    assert {each.who for each in room.ledger.kept} == {ADA}
    assert room.writer is not None
    (finding,) = (e.body for e in room.writer.kept if isinstance(e.body, Finding))
    assert finding == Finding("bad", DEPTH1, "fed-lost", "call now", 417)
    room.press(Qt.Key.Key_Return)  # the next lesson
    room.run_comes()
    assert room.trainer is not None
    activity = room.trainer.activity
    assert isinstance(activity, LessonSession)
    assert activity.lesson.number == 1


def test_the_closing_card_comes_once_the_last_step_is_left(room: Classroom) -> None:
    """What that step led to is looked at first, beside the bubble."""
    step = LessonStep("keys", "All keys", text="Press ?.", done=Goal(used="keys"))
    room.begin()
    teach(room, lesson(steps=(step,)))
    room.wait(1)
    room.window.parts.view.grid.focus_selected()
    room.press("?")
    room.wait(1)
    assert not room.sees(QWidget, "Debrief")
    room.press(Qt.Key.Key_Escape)
    room.wait(1)
    assert "✓ Done. That was the last step." in room.says_bubble()
    assert "F7 go on" in room.says("Keys of the bubble")
    room.press(Qt.Key.Key_F7)
    assert room.sees(QWidget, "Debrief")
    assert not room.bubble.isVisible()
    room.press(Qt.Key.Key_Escape)
    assert not room.sees(QWidget, "Debrief")


def test_the_bubble_waits_for_a_sheet_that_a_step_asked_for(room: Classroom) -> None:
    palette = LessonStep("all", "Commands", text="Ctrl+K.", done=Goal(used="palette"))
    room.begin()
    teach(room, lesson(steps=(palette, STEPS[-1])))
    room.wait(1)
    room.press("k", Qt.KeyboardModifier.ControlModifier)
    room.wait(1)
    assert room.says("Step") == "Commands"
    room.press(Qt.Key.Key_Escape)
    room.wait(1)
    assert room.says("Step") == STEPS[-1].title


def test_one_key_goes_on_everywhere(room: Classroom) -> None:
    """F7: from the course, in the bubble, at a question, in the debrief."""
    room.type(ADA)
    room.press(Qt.Key.Key_F7)
    assert room.focus() == "Lessons"
    room.press(Qt.Key.Key_End)
    for _ in range(12 - 6):
        room.press(Qt.Key.Key_Up)
    room.press(Qt.Key.Key_F7)
    room.run_comes()
    assert room.told == "welcome"
    assert "F7 or Enter go on" in room.says("Keys of the bubble")
    room.press(Qt.Key.Key_F7)
    assert room.sees(QWidget, "Debrief")
    room.press(Qt.Key.Key_F7)
    room.run_comes()
    assert room.told == "welcome"  # of the next lesson
    room.until("which")
    room.press("2")
    assert room.told == "which"
    room.press(Qt.Key.Key_F7)
    assert room.told != "which"


def test_a_lesson_opens_on_the_plot_it_begins_with(
    qtbot: QtBot,  # noqa: ARG001 - it brings the application
    tmp_path: Path,
) -> None:
    """Nothing is asked yet: it is read where the plot is, and keys go to the bubble."""
    steps = (LessonStep("look", "L", point="plot Hcal/Timing/ring9"), *STEPS[1:2])
    room = Classroom(
        tmp_path / "c.ini", size=(1366, 768), lessons=(lesson(1, steps=steps),)
    )
    room.begin(1)
    assert room.window.parts.view.page == PageName("Hcal", "Timing")
    assert room.focus() == "Tutor"
    assert room.ring.isVisible()
    assert not place(room.ring).intersects(room.bubble.body)
    room.press(Qt.Key.Key_F7)
    assert room.focus().startswith("Timing") or room.focus().startswith("Ring")
    room.close()


def test_the_bubble_is_there_at_the_start_of_the_shift(room: Classroom) -> None:
    """Over nothing that is filled in there; F4 leads to it and back."""
    room.window.resize(1366, 768)
    room.begin()
    room.press(Qt.Key.Key_F2)
    room.wait(1)
    start = room.window.parts.start
    assert start.isVisible()
    assert room.bubble.isVisible()
    assert not room.bubble.body.intersects(place(start))
    assert not room.bubble.has_keyboard
    holder = room.focus()
    room.press(Qt.Key.Key_F4)
    assert room.focus() == "Tutor"
    room.press(Qt.Key.Key_F4)
    assert room.focus() == holder
    room.press(Qt.Key.Key_F5)  # the course is no part of the lesson
    assert not room.bubble.isVisible()


def test_the_order_does_not_matter(room: Classroom) -> None:
    room.begin()
    room.press(Qt.Key.Key_F7)
    room.window.parts.view.select_plot(DEPTH1)
    say_fed_lost(room)  # long before it is asked for
    room.until("say")
    room.press(Qt.Key.Key_F7)
    assert room.told == "read"


def test_a_question_says_what_is_wrong_with_an_answer(room: Classroom) -> None:
    room.begin()
    room.until("which")
    room.press("1")
    assert "DCS row" in room.says_bubble()
    assert room.sees(QWidget, "Answer 1: High voltage: all of a sector, wrong")
    room.press("5")  # there is no such answer
    room.press("2")
    assert "✓ FED 1102 sends nothing" in room.says_bubble()
    assert room.told == "which"  # until it is read
    room.press("1")  # it is answered: nothing is counted any more
    room.press(Qt.Key.Key_F7)
    done = [e for e in bodies(room, LessonStepDone) if e.step == "which"]  # type: ignore[attr-defined]
    assert [(each.wrong, each.choice) for each in done] == [(1, 2)]  # type: ignore[attr-defined]


def test_hints_come_by_themselves_and_by_key(room: Classroom) -> None:
    room.begin()
    room.until("compare")
    assert room.says("Next hint") == "hint in 39 s"
    room.press(Qt.Key.Key_F6)
    assert "until ratio is shown" in room.says_bubble().replace("*", "")
    room.wait(40)
    assert "Press R twice" in room.says_bubble()
    assert room.says("Next hint") == ""


def test_the_page_keeps_the_keyboard(room: Classroom) -> None:
    """Steps come and go; letters typed into a field are letters."""
    room.begin()
    room.press(Qt.Key.Key_F7)  # what is asked for next is done on the page
    assert room.focus() == "Info Summary 1"
    room.press("/")
    room.type("digi g12")
    assert room.focus() == "Search"
    assert QApplication.focusWidget().text() == "digi g12"  # type: ignore[union-attr]
    assert room.told == "see"
    room.press(Qt.Key.Key_F4)
    assert room.focus() == "Tutor"
    assert room.says("Keys of the bubble").startswith("H hint   F4 fold")
    room.press("h")  # not the hand-over
    assert "Hint: Press" in room.says_bubble().replace("*", "")
    high = room.bubble.height()
    room.press(Qt.Key.Key_F4)
    assert room.bubble.height() < high
    assert room.focus() == "Info Summary 1"
    room.press("n")
    room.wait(1)
    assert room.told == "compare"
    assert not room.bubble.folded


def test_esc_leaves_and_the_lesson_resumes(room: Classroom) -> None:
    room.begin()
    room.until("which")
    room.press(Qt.Key.Key_Escape)
    assert room.focus() == "Tutor"  # not out of the lesson by habit
    assert room.told == "which"
    room.press(Qt.Key.Key_Escape)
    assert room.focus() == "Lessons"
    assert room.told == ""
    assert room.says("Where it stands").startswith("About 6 min, 6 steps. Begun 3/6")
    room.press(Qt.Key.Key_Return)
    room.run_comes()
    assert room.told == "which"


def test_sheets_close_before_the_lesson_does(room: Classroom) -> None:
    room.begin()
    room.until("say")
    room.press("v")
    assert room.sees(QWidget, "Finding")
    room.press(Qt.Key.Key_Escape)
    assert not room.sees(QWidget, "Finding")
    assert room.told == "say"


def test_ring_and_bubble_follow(room: Classroom) -> None:
    """Resizing, zooming, the plot alone, a dock hidden or floating, another theme."""
    room.begin()
    room.until("compare")
    tile = next(each for each in room.tiles() if each.key == DEPTH1)
    small = place(room.ring)
    assert place(tile).contains(small)
    assert small.width() < tile.width() / 4
    seen = [small]

    def check() -> QRect:
        room.wait(0)
        ring, bubble = place(room.ring), room.bubble.geometry()
        assert not bubble.intersects(ring)
        assert room.window.rect().contains(bubble)
        assert ring not in seen
        seen.append(ring)
        return ring

    room.window.resize(1280, 800)
    check()
    tile.canvas.zoom_by(0.5)
    QApplication.processEvents()
    assert check().width() > small.width()
    tile.canvas.reset_zoom()
    QApplication.processEvents()
    room.press(Qt.Key.Key_Return)  # alone
    QApplication.processEvents()
    assert check().height() > small.height()
    room.window.context.colours.change(DARK)
    assert room.bubble.isVisible()
    room.press(Qt.Key.Key_Escape)
    room.press("]")  # another page: the ring shows the way back
    room.wait(0)
    assert "stands on Hcal › Digi occupancy" in room.says("How to see it")


def test_two_maps_are_ringed_and_neither_is_covered(
    qtbot: QtBot,  # noqa: ARG001 - it brings the application
    tmp_path: Path,
) -> None:
    steps = (
        LessonStep("ratio", "R", done=Goal(plot=DEPTH1_PATH, mode="ratio")),
        LessonStep("see", "S", point=f"plot {DEPTH1_PATH}", region=(0, 8, 10, 24)),
        LessonStep("next", "N", point="run header"),
    )
    lessons = tuple(lesson(1, id="pair", steps=steps) for _ in range(1))
    room = Classroom(tmp_path / "c.ini", size=(1366, 768), lessons=lessons)
    room.begin(1)
    room.press("n")
    room.press("r")
    room.press("r")
    room.wait(1)
    room.wait(1)
    assert room.told == "see"
    bubble = room.bubble.geometry()
    for ring in (room.ring, room.second):
        assert ring.isVisible()
        assert not place(ring).intersects(bubble)
    assert not place(room.ring).intersects(place(room.second))
    room.press(Qt.Key.Key_F7)
    room.wait(0)
    assert room.ring.isVisible()
    assert not room.second.isVisible()
    room.close()


def test_the_plot_of_a_step_is_brought_into_view_once(
    qtbot: QtBot,  # noqa: ARG001 - it brings the application
    tmp_path: Path,
) -> None:
    point = "plot Hcal/Timing/ring9"
    steps = (
        LessonStep("page", "P", done=Goal(page="Hcal/Timing")),
        LessonStep("see", "S", point=point),
    )
    lessons = (lesson(1, id="far", steps=steps),)
    room = Classroom(tmp_path / "c.ini", size=(900, 560), lessons=lessons)
    room.begin(1)
    room.window.parts.view.show_page(PageName("Hcal", "Timing"))
    room.wait(1)
    assert room.told == "see"
    bar = room.window.parts.view.grid.verticalScrollBar()
    assert bar.value() > 0
    assert room.ring.isVisible()
    bar.setValue(0)  # the trainee looks at something else: nothing pulls him back
    QApplication.processEvents()
    assert not room.ring.isVisible()  # at once, not at the next look
    room.wait(1)
    assert bar.value() == 0
    assert room.says("How to see it") == "Scroll to the plot."
    room.close()


def test_the_ring_lies_right_as_soon_as_the_window_does(room: Classroom) -> None:
    """Not only from the next look on: what is grabbed at once shows it there."""
    room.begin()
    room.until("compare")
    for size in ((1000, 700), (1800, 1000)):
        room.window.resize(*size)
        for _ in range(4):  # Qt lays out in several passes
            QApplication.processEvents()
        lies = place(room.ring)
        room.wait(0)
        assert lies == place(room.ring)
        tile = next(each for each in room.tiles() if each.key == DEPTH1)
        assert place(tile).contains(lies)


@pytest.mark.qt_log_ignore("This plugin does not support raise", extend=True)
def test_what_is_hidden_is_named_not_pointed_at(room: Classroom) -> None:
    room.begin()
    room.until("say")
    assert room.ring.isVisible()
    panel = room.window.parts.docks["panel"]
    panel.hide()
    room.wait(0)
    assert not room.ring.isVisible()
    assert room.says("How to see it") == "Select a plot; F10 shows its instruction."
    panel.show()
    panel.setFloating(True)
    room.wait(0)
    assert room.ring.window() is panel
    assert room.ring.isVisible()
    panel.setFloating(False)
    room.wait(0)
    assert room.ring.window() is room.window


def test_it_lies_well_in_windows_of_all_sizes(room: Classroom) -> None:
    """Beside every control, whatever the size; over none where there is room."""
    room.begin()
    room.until("which")  # the tallest words
    room.window.parts.docks["book"].show()
    dice = random.Random(4)
    points = [*get_args(Control), f"page {PAGE}", f"plot {DEPTH1_PATH}"]
    sizes = [(dice.randint(800, 2600), dice.randint(560, 1500)) for _ in range(8)]
    for size in [*sizes, (1366, 768), (1920, 1080)]:
        room.window.resize(*size)
        room.wait(0)
        for point in points:
            step = LessonStep("see", "See", point=point)
            target = target_of(room.window.parts, step).rect
            room.bubble.lie(target)
            lies = room.bubble.geometry()
            assert room.window.rect().contains(lies), (size, point)
            wide, high = LOW_SIZES[-1][0] + 40, LOW_SIZES[-1][1] + 40
            inside = room.window.rect().adjusted(0, 30, 0, -40)
            free = (
                target.left() > wide
                or inside.right() - target.right() > wide
                or target.top() - inside.top() > high
                or inside.bottom() - target.bottom() > high
            )
            if free:
                assert not lies.intersects(target), (size, point)


def test_a_step_that_was_done_on_the_way_is_told(room: Classroom) -> None:
    room.begin()
    room.until("compare")
    say_fed_lost(room)  # the fifth, while the third is told
    room.until("say")
    assert "✓ You have done this already." in room.says_bubble()
    assert "how soon somebody must be called" in room.says_bubble()
    room.press(Qt.Key.Key_F7)
    assert room.told == "read"


@pytest.mark.parametrize("size", [(1366, 768), (1600, 900)])
def test_a_finding_is_said_beside_its_plot(
    qtbot: QtBot,  # noqa: ARG001 - Qt
    tmp_path: Path,
    size: tuple[int, int],
) -> None:
    room = Classroom(tmp_path / "c.ini", size=size)
    try:
        room.begin()
        room.until("say")
        view = room.window.parts.view
        sheet = room.training.part.finding
        for tile in view.grid.tiles:
            view.select_plot(tile.key)
            view.grid.ensureWidgetVisible(tile)
            room.press("v")
            assert sheet.isVisible()
            assert not place(sheet).intersects(target_rect(room, tile)), tile.key
            assert has_keyboard(sheet)
            room.press(Qt.Key.Key_Escape)
    finally:
        room.close()


def target_rect(room: Classroom, tile: QWidget) -> QRect:
    """What is seen of a tile."""
    grid = room.window.parts.view.grid.viewport()
    return place(tile).intersected(place(grid))


def test_the_bubble_leaves_the_plot_that_is_looked_at_free(room: Classroom) -> None:
    """Also where it points at something else, as a line of the navigator."""
    elsewhere = LessonStep(
        "go", "On", point="page Hcal/Timing", text="Go on.", done=Goal(page="FED/none")
    )
    room.window.resize(1366, 768)
    room.begin()
    teach(room, lesson(steps=(elsewhere,)))
    view = room.window.parts.view
    view.show_page(PageName("Hcal", "Digi occupancy"))
    for tile in view.grid.tiles[:3]:
        view.select_plot(tile.key)
        room.wait(1)
        assert room.bubble.isVisible()
        assert not room.bubble.body.intersects(target_rect(room, tile)), tile.key


def test_links_in_the_bubble_lead_to_pages(room: Classroom) -> None:
    linked = msgspec.structs.replace(
        STEPS[0], text="See [the timing](<page:Hcal/Timing>).", hints=()
    )
    assert room.trainer is not None
    told = lesson(7, id="linked", steps=(linked, *STEPS[2:3]), hash="h7")
    room.type(ADA)
    room.press(Qt.Key.Key_Return)
    assert room.trainer.begin_lesson(told) == ""
    room.run_comes()
    room.press(Qt.Key.Key_Tab)
    assert room.focus() == "Words of the step"
    room.press(Qt.Key.Key_Return)
    assert room.window.parts.view.page == PageName("Hcal", "Timing")
    assert room.told == "welcome"


def test_a_lesson_played_without_a_name_waits_for_it(room: Classroom) -> None:
    assert room.trainer is not None
    short = lesson(6, id="lesson-6", title="Short", steps=STEPS[:1], hash="h6")
    assert room.trainer.begin_lesson(short) == ""
    room.run_comes()
    assert room.says("How far, and how to leave").startswith("no name yet (F5)")
    room.press(Qt.Key.Key_F7)
    assert room.says("How it went").startswith("Say your name")
    room.press(Qt.Key.Key_Return)
    assert room.focus() == "Your name"
    assert not room.ledger.kept
    room.type("Ben")
    room.press(Qt.Key.Key_Return)
    room.wait(1)
    assert {each.who for each in room.ledger.kept} == {"Ben"}
    assert bodies(room, LessonDone)


def test_without_a_lesson_its_keys_do_nothing(room: Classroom) -> None:
    room.type(ADA)
    room.press(Qt.Key.Key_Escape)
    for key in (Qt.Key.Key_F7, "1", Qt.Key.Key_F4, Qt.Key.Key_F6):
        room.press(key)
    assert not room.bubble.isVisible()


def test_words_that_have_room_do_not_scroll(room: Classroom) -> None:
    """A choice of two lines is as high at once as it is a moment later."""
    wraps = "It adds up from the start of the run, and most of that was elsewhere."
    short = Question(("Short.", "Long."), 2, ("No.", ""))
    first = LessonStep("short", "And now?", text="Why?", question=short)
    asks = msgspec.structs.replace(
        first, id="long", question=Question(("Short.", wraps), 2, ("No.", "Yes."))
    )
    room.begin()
    teach(room, lesson(steps=(first, asks)))
    room.wait(1)
    room.press("2")
    room.wait(1)
    assert room.told == "long"
    bar = room.bubble.findChildren(QScrollArea)[0].verticalScrollBar()
    assert bar.maximum() == 0


def test_no_answer_looks_chosen_before_the_mouse_moves_over_it(room: Classroom) -> None:
    """Nor the one that lies where the answer to the last question was clicked."""
    room.begin()
    asks = [
        LessonStep(name, name, text="Why?", question=Question(("A", "B"), 2, ("", "")))
        for name in ("first", "second")
    ]
    teach(room, lesson(steps=(*asks, STEPS[-1])))
    room.wait(1)
    row = room.bubble.content.choices.rows[1]
    QTest.mouseMove(row, row.rect().center())
    QTest.mouseMove(row, row.rect().center() + QPoint(5, 2))
    assert row.property("role") == "pointed choice"
    QTest.mouseClick(row, Qt.MouseButton.LeftButton)
    room.wait(1)
    assert room.told == "second"
    assert {each.property("role") for each in room.bubble.content.choices.rows} == {
        "choice"
    }


def test_a_lesson_opens_on_no_page_that_is_to_be_found(room: Classroom) -> None:
    view = room.window.parts.view
    view.show_page_named(PAGE)  # left open by the lesson before
    told = lesson(7, id="finds", steps=(STEPS[1], STEPS[-1]), hash="h7")
    room.training.part.begin(told)
    room.run_comes()
    assert view.page is not None
    assert view.page.path != PAGE
    assert room.told == "see"
    assert "done this already" not in room.says_bubble()


def test_no_tail_points_at_what_lies_between(room: Classroom) -> None:
    """Beside what it explains the bubble has a tail; far from it the ring is enough."""
    room.begin()
    bubble, window = room.bubble, room.window.rect()
    target = QRect(window.right() - 80, window.center().y(), 60, 60)
    wall = QRect(target.left() - 500, window.top(), 480, window.height())
    bubble.lie(target)
    assert bubble.has_tail
    bubble.lie(target, (), None, wall)
    assert bubble.isVisible()
    assert not bubble.body.intersects(wall)
    assert not bubble.has_tail


def test_a_sheet_stays_where_it_lies_while_the_page_moves(room: Classroom) -> None:
    room.begin()
    room.until("say")
    view = room.window.parts.view
    view.select_plot(DEPTH1)
    room.press("v")
    sheet = room.training.part.finding
    lay = sheet.geometry()
    plot = place(view.selected_tile())
    assert not lay.intersects(plot)
    sheet.setGeometry(lay.translated(0, -7))  # as it lies after the page has moved
    sheet.replace()
    assert sheet.geometry() == lay.translated(0, -7)
    sheet.setGeometry(plot)
    sheet.replace()
    assert not sheet.geometry().intersects(plot)


def test_a_card_is_as_high_as_its_words(room: Classroom) -> None:
    """What lies beneath was just looked at; long words scroll."""
    card = TextSheet("Card", room.window.context, (700, 460))
    for words, high in (("Look at FED first.", False), ("Look.\n\n" * 60, True)):
        card.show_text("Lesson 5 done", "1 min", words, "Esc closes")
        room.wait(0)
        text = card.first_field()
        assert isinstance(text, SafeText)
        bar = text.verticalScrollBar()
        assert (bar.maximum() > 0) is high
        assert (card.height() > 220) is high
