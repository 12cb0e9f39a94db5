"""Examples are drawn when somebody can see them, and never taken for live data."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QImage, QPainter
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QWidget
from support.consoles import Console
from support.fake_session import CHARGE, DEPTH1, TIME
from support.instructed import (
    OCCUPANCY,
    drawn_examples,
    instructed_session,
    put_examples,
)
from support.waiting import PATIENCE_MS

from dqmconsole.model.message import Receipt
from dqmconsole.ui.guidance.examples import (
    DEBOUNCE,
    ExampleCell,
    ExampleStrip,
    paint_stamp,
)
from dqmconsole.ui.text import bring_into_view
from dqmconsole.ui.theme import DARK, LIGHT

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from pytestqt.qtbot import QtBot


@pytest.fixture
def console(qtbot: QtBot, tmp_path: Path) -> Iterator[Console]:  # noqa: ARG001 - Qt
    console = Console(instructed_session(), tmp_path / "c.ini", size=(1366, 768))
    console.window.parts.view.select_plot(DEPTH1)
    console.wait(1)
    yield console
    console.close()


def strip(console: Console) -> ExampleStrip:
    found = console.window.findChild(ExampleStrip)
    assert found is not None
    return found


def see(console: Console, qtbot: QtBot) -> None:
    """Scroll to the examples, and let them be asked for."""
    bring_into_view(strip(console))
    place = console.window.context.selection
    assert place is not None
    # on a slow machine they may have been seen, and asked for, before this
    qtbot.waitUntil(
        lambda: place.key in {key for _, key, _ in console.client.examples_wanted},
        timeout=PATIENCE_MS,
    )


def test_they_are_asked_for_when_they_are_seen(console: Console, qtbot: QtBot) -> None:
    """Below the fold nothing is drawn; once seen it is asked for, once."""
    assert strip(console).visibleRegion().isEmpty()
    assert DEBOUNCE >= 300
    strip(console)._ask()
    assert console.client.examples_wanted == []
    see(console, qtbot)
    assert [each[1:] for each in console.client.examples_wanted] == [
        (DEPTH1, OCCUPANCY)
    ]
    strip(console)._ask()
    assert len(console.client.examples_wanted) == 1
    assert [cell.accessibleDescription() for cell in strip(console).cells] == [
        "is being drawn …"
    ] * 4


def test_going_through_plots_asks_for_none_of_them(console: Console) -> None:
    """The wait starts over with every plot."""
    bring_into_view(strip(console))
    for key in (CHARGE, TIME, DEPTH1):
        console.window.parts.view.select_plot(key)
        console.wait(0)
    assert console.client.examples_wanted == []


def test_pictures_captions_and_why_not(console: Console, qtbot: QtBot) -> None:
    see(console, qtbot)
    put_examples(console.client)
    console.wait(0)
    cells = strip(console).cells
    assert [cell.accessibleName() for cell in cells] == [
        "Example, Good: even in iφ, holes only where hatched",
        "Example, Bad: neighbouring sectors fall out together",
        "Example, Harmless: all paler, no edge inside",
        "Example, Bad: the client stands still",
    ]
    assert [cell.picture.isHidden() for cell in cells] == [False, False, False, True]
    assert cells[3].accessibleDescription() == (
        "not drawn: client-frozen changes no histogram"
    )
    assert cells[0].picture.canvas.shown.data is not None
    live = {id(tile.canvas) for tile in console.tiles()}
    assert id(cells[0].picture.canvas) not in live
    assert 120 <= cells[0].picture.height() <= 180


def test_enter_shows_one_large_and_esc_goes_back(
    console: Console, qtbot: QtBot
) -> None:
    see(console, qtbot)
    put_examples(console.client)
    console.wait(0)
    cells = strip(console).cells
    cells[0].setFocus()
    console.press(Qt.Key.Key_Down)
    assert console.focus() == cells[1].accessibleName()
    console.press(Qt.Key.Key_Return)
    assert console.says("Title of the example") == (
        "Bad: neighbouring sectors fall out together"
    )
    origin = console.says("What the example is made of")
    assert origin == (
        "An example, not data of this run: the plot's reference (run 397951), "
        "with the cause hv-trip:Hcal."
    )
    console.window.context.colours.change(DARK)
    console.press(Qt.Key.Key_Escape)
    assert not console.sees(QWidget, "Example, large")
    assert console.focus() == cells[1].accessibleName()
    QTest.mouseClick(cells[0], Qt.MouseButton.LeftButton, pos=QPoint(30, 30))
    assert "as it is" in console.says("What the example is made of")
    console.press(Qt.Key.Key_Return)
    assert not console.sees(QWidget, "Example, large")
    QTest.mouseClick(cells[3], Qt.MouseButton.LeftButton, pos=QPoint(5, 5))
    assert not console.sees(QWidget, "Example, large")


def test_an_answer_about_another_plot_is_not_shown(
    console: Console, qtbot: QtBot
) -> None:
    see(console, qtbot)
    late = drawn_examples(console.client)
    console.window.parts.view.select_plot(CHARGE)
    console.wait(0)
    console.window.parts.guidance.show_examples(late)
    assert all(cell.picture.isHidden() for cell in strip(console).cells)


def test_what_was_drawn_is_kept_for_the_way_back(
    console: Console, qtbot: QtBot
) -> None:
    see(console, qtbot)
    put_examples(console.client)
    console.wait(0)
    console.window.parts.view.select_plot(CHARGE)
    console.wait(0)
    console.window.parts.view.select_plot(DEPTH1)
    console.wait(0)
    assert not strip(console).cells[0].picture.isHidden()
    assert len(console.client.examples_wanted) == 1


def test_a_refusal_is_said(console: Console, qtbot: QtBot) -> None:
    see(console, qtbot)
    number = console.client.examples_wanted[-1][0]
    console.client.answer(Receipt(number + 1, False, "another"))
    console.wait(0)
    assert "another" not in strip(console).cells[0].accessibleDescription()
    console.client.answer(Receipt(number, False, "the engine ended"))
    console.wait(0)
    assert strip(console).cells[0].accessibleDescription() == (
        "not drawn: the engine ended"
    )


def test_fewer_answers_than_captions(console: Console, qtbot: QtBot) -> None:
    see(console, qtbot)
    drawn = drawn_examples(console.client)
    few = msgspec.structs.replace(drawn, items=drawn.items[:1])
    console.window.parts.guidance.show_examples(few)
    assert strip(console).cells[1].accessibleDescription() == "not drawn"


def test_two_in_a_row_where_there_is_room(console: Console, qtbot: QtBot) -> None:
    see(console, qtbot)
    put_examples(console.client)
    console.wait(0)
    cells: list[ExampleCell] = strip(console).cells
    assert cells[0].x() == cells[1].x()
    holder = strip(console)
    holder.setParent(None)
    qtbot.addWidget(holder)
    holder.resize(700, 700)
    holder.show()
    console.wait(0)
    assert cells[0].y() == cells[1].y()
    assert cells[0].x() < cells[1].x()


@pytest.mark.parametrize("theme", [LIGHT, DARK])
def test_example_stands_across_the_whole_picture(theme: object) -> None:
    """Its ink reaches both halves, and the plot is seen through it."""
    image = QImage(280, 150, QImage.Format.Format_RGB32)
    image.fill(Qt.GlobalColor.blue)
    painter = QPainter(image)
    paint_stamp(painter, image.rect(), theme)  # type: ignore[arg-type]
    painter.end()
    blue = QImage(1, 1, QImage.Format.Format_RGB32)
    blue.fill(Qt.GlobalColor.blue)
    ground = blue.pixel(0, 0)
    touched = [
        (x, y)
        for x in range(10, 270)
        for y in range(10, 140)
        if image.pixel(x, y) != ground
    ]
    assert min(x for x, _ in touched) < 90
    assert max(x for x, _ in touched) > 190
    assert 0.03 < len(touched) / (260 * 130) < 0.4
