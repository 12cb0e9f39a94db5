"""Menus for the mouse: on rows of lists and trees, made from the table of commands."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QGuiApplication
from support import mouse
from support.consoles import Console
from support.fake_book import FakeWriter
from support.fake_session import CHARGE, live_session
from support.overview_scene import drawn_session

from dqmconsole.model.message import Children, FoundItem
from dqmconsole.ui.commands import COMMANDS, PLOT_MENU, with_features
from dqmconsole.ui.edit.feature import EditFeature
from dqmconsole.ui.training.feature import TrainingFeature

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from PySide6.QtGui import QAction
    from PySide6.QtWidgets import QAbstractItemView, QAbstractScrollArea
    from pytestqt.qtbot import QtBot

pytestmark = pytest.mark.qt_log_ignore("This plugin does not support")  # popups grab


@pytest.fixture
def console(qtbot: QtBot, tmp_path: Path) -> Iterator[Console]:  # noqa: ARG001 - Qt
    console = Console(live_session(), tmp_path / "c.ini", writer=FakeWriter())
    console.session.begin("Ada")
    console.wait(1)
    console.wait(1)
    yield console
    console.close()


def menu_at(widget: QAbstractScrollArea, at: QPoint) -> dict[str, QAction]:
    """What a right click at a place of a viewport offers, by the commands' ids."""
    menu = mouse.menu(widget.viewport(), at)
    if menu is None:
        return {}
    offered = {each.objectName(): each for each in menu.actions() if each.objectName()}
    menu.close()
    return offered


def row(view: QAbstractItemView, number: int) -> QPoint:
    model = view.model()
    return view.visualRect(model.index(number, 0)).center()


def test_no_command_has_the_key_that_opens_a_menu() -> None:
    every = with_features((TrainingFeature(), EditFeature()))
    openers = {f"Alt+{each.menu[0]}" for each in every}
    assert "Alt+L" in openers
    assert [each.id for each in every if openers.intersection(each.keys)] == []


def test_a_row_of_all_elements_has_its_menu(console: Console) -> None:
    navigator = console.window.parts.navigator
    navigator.focus_elements()
    items = (FoundItem("Hcal/h", "TH1F", 1.0),)
    navigator.elements.show_children(
        Children(console.client.browsed[-1][0], 7, "", (), items)
    )
    offered = menu_at(navigator.elements, row(navigator.elements, 0))
    assert {*offered} == {"open-element", "open-apart"}
    offered["open-apart"].trigger()
    (window,) = console.window.parts.windows.open
    assert window.key == "Hcal/h"
    window.close()
    navigator.focus_elements()
    navigator.elements.setCurrentItem(navigator.elements.topLevelItem(0))
    offered["open-element"].trigger()
    assert console.window.parts.view.in_detail


def test_the_row_of_the_overview_has_a_menu_as_pages_have(console: Console) -> None:
    tree = console.window.parts.navigator.tree
    console.window.parts.navigator.focus_pages()
    overview = menu_at(tree, row(tree, 0))
    assert "open-row" in overview
    overview["open-row"].trigger()
    assert console.window.parts.view.on_overview
    layout = menu_at(tree, row(tree, 1))
    assert "open-row" in layout
    layout["open-row"].trigger()
    assert console.window.parts.view.on_page


def test_a_notice_has_its_menu(console: Console) -> None:
    problems = console.window.parts.problems
    console.window.parts.docks["problems"].show()
    console.window.tell("ValueError: oh")
    console.wait(0)
    top = problems.topLevelItem(0)
    assert top is not None
    at = problems.visualItemRect(top.child(0)).center()
    offered = menu_at(problems, at)
    assert {*offered} == {"open-problem", "copy-problem"}
    assert problems.currentItem() is top.child(0)
    offered["copy-problem"].trigger()
    assert QGuiApplication.clipboard().text() == top.child(0).text(0)
    offered["open-problem"].trigger()
    assert console.says("Answer") == "This notice is about no single plot."


def test_each_dock_at_the_foot_opens_at_its_own_height(console: Console) -> None:
    docks = console.window.parts.docks
    console.press(Qt.Key.Key_F8)
    console.wait(0)
    low = docks["problems"].height()
    console.press(Qt.Key.Key_F8)
    console.press("F")
    console.wait(0)
    high = docks["book"].height()
    assert high > 1.5 * low
    console.press(Qt.Key.Key_F8)  # beside the book: it stays as high
    console.wait(0)
    assert docks["book"].height() == high


@pytest.mark.usefixtures("qtbot")
def test_a_row_of_what_happened_has_its_menu(tmp_path: Path) -> None:
    console = Console(drawn_session(), tmp_path / "c.ini", overview=True)
    console.wait(1)
    parts = console.window.parts
    lately = parts.lately
    at = next(n for n in range(lately.count()) if lately.item(n).text() == "Hcal BAD")
    lately.scrollToItem(lately.item(at))
    offered = menu_at(lately, row(lately, at))
    assert {*offered} == {"open-happened", "happened-apart", "copy-happened"}
    offered["copy-happened"].trigger()
    assert "Hcal BAD" in QGuiApplication.clipboard().text()
    key = lately.key
    assert key
    offered["happened-apart"].trigger()
    console.wait(0)
    assert [window.key for window in parts.windows.open] == [key]
    offered["open-happened"].trigger()
    assert parts.view.selected is not None
    assert parts.view.selected.key == key
    parts.view.show_overview()
    lately.setCurrentRow(0)
    offered["happened-apart"].trigger()
    assert console.says("Answer") == "This row is about no single plot."
    console.close()


def test_a_row_of_the_log_has_its_menu(console: Console) -> None:
    console.press("F")
    console.wait(0)
    table = console.window.parts.logbook.flags.table
    assert table.model().rowCount() > 1
    offered = menu_at(table, row(table, 1))
    assert {"flag-good", "flag-bad", "flag-history"} <= {*offered}
    assert "write-flag" not in offered
    assert table.currentIndex().row() == 1
    runs = console.window.parts.logbook.flags.runs
    assert "flags-of-run" in menu_at(runs, row(runs, 0))


def test_a_cell_of_the_overview_has_its_menu(console: Console) -> None:
    console.window.parts.view.show_overview()
    console.wait(1)
    overview = console.window.parts.overview
    places = overview._picture.places()
    at = QPoint(round(places.axis + 3), round(places.rows + 1.5 * places.row))
    offered = menu_at(overview, at)
    assert overview.cell.row == 1
    assert "open-moment" in offered
    assert menu_at(overview, QPoint(1, 1)) == {}


def test_beside_the_rows_there_is_none(console: Console) -> None:
    runs = console.window.parts.logbook.flags.runs
    console.press("F")
    console.wait(0)
    assert menu_at(runs, runs.viewport().rect().bottomRight()) == {}


def test_a_plot_offers_what_is_of_the_table(console: Console) -> None:
    view = console.window.parts.view
    view.select_plot(CHARGE)
    console.wait(0)
    tile = view.grid.tile(CHARGE)
    assert tile is not None
    at = tile.canvas.mapTo(view, tile.canvas.rect().center())
    menu = mouse.menu(view, at)
    assert menu is not None
    offered = [each.objectName() for each in menu.actions() if each.objectName()]
    menu.close()
    known = {each.id for each in COMMANDS}
    assert {*offered} <= known
    assert {each for group in PLOT_MENU for each in group} <= known
    assert {"detail", "reference", "save-plot", "copy-numbers", "print", "call"} <= {
        *offered
    }
