"""The layout editor, by keyboard alone."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import msgspec
import pytest
from PySide6.QtCore import QEvent, QMimeData, QModelIndex, QPoint, QPointF, Qt
from PySide6.QtGui import (
    QDrag,
    QDragEnterEvent,
    QDragMoveEvent,
    QDropEvent,
    QMouseEvent,
)
from PySide6.QtTest import QTest
from PySide6.QtWidgets import (
    QAbstractItemView,
    QApplication,
    QComboBox,
    QLineEdit,
    QListWidget,
    QPlainTextEdit,
    QToolButton,
    QWidget,
)
from support.edit_console import EditConsole
from support.fake_session import DIGIS, HCAL, live_tiles, site
from support.keyboard import CTRL, ESC, RETURN, SHIFT

from dqmconsole.model.edit import SetField, Target
from dqmconsole.model.form import InForce
from dqmconsole.model.message import (
    Children,
    FormFound,
    FoundItem,
    WhatIf,
    WhatIfFound,
    WhatIfRun,
)
from dqmconsole.shift.pages import PageName
from dqmconsole.site.form import form
from dqmconsole.site.journals import Journals
from dqmconsole.ui.edit.form import edits_of, rows_of
from dqmconsole.ui.keyboard import has_keyboard

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

pytestmark = pytest.mark.slow

ALT = Qt.KeyboardModifier.AltModifier
RIGHT, DOWN, DELETE = Qt.Key.Key_Right, Qt.Key.Key_Down, Qt.Key.Key_Delete
F12 = Qt.Key.Key_F12
EMPTY = """\
layout: Hodo  # mine
pages:
  - page: First
    plots: []
"""


@pytest.fixture
def home(tmp_path: Path) -> Path:
    (tmp_path / "layouts").mkdir()
    (tmp_path / "layouts/10-Hodo.yaml").write_text(EMPTY)
    shutil.copy("layouts/10-Hcal.yaml", tmp_path / "layouts/20-Hcal.yaml")
    return tmp_path


@pytest.fixture
def console(qapp: QApplication, home: Path) -> Iterator[EditConsole]:  # noqa: ARG001
    console = EditConsole(home, "Hodo")
    yield console
    console.close()


@pytest.fixture
def hcal(qapp: QApplication, home: Path) -> Iterator[EditConsole]:  # noqa: ARG001
    console = EditConsole(home, "Hcal")
    console.part.view.step(1)
    console.wait(0)
    yield console
    console.close()


def titles(console: EditConsole) -> list[str]:
    return [
        console.part.view.pages.plot(tile.key).plot.path
        for tile in console.part.view.grid.tiles
    ]


def test_what_is_typed_in_the_form_changes_its_line_alone(hcal: EditConsole) -> None:
    before = hcal.text.splitlines()
    hcal.press(F12)
    hcal.tab_to("Plot title")
    hcal.type("Depth {1..7}")
    hcal.press(RETURN)
    after = hcal.text.splitlines()
    (changed,) = [n for n, one in enumerate(before) if after[n] != one]
    assert after[changed].strip() == 'title: "Depth {1..7}"'
    assert "not saved" in hcal.says("State of the layout")
    assert hcal.part.view.title() == "Depth 1"
    hcal.press(ESC)
    hcal.press("z", CTRL)
    assert hcal.text.splitlines() == before
    hcal.press("z", CTRL | SHIFT)
    assert hcal.text.splitlines() == after
    hcal.press("s", CTRL)
    assert (hcal.home / "layouts/20-Hcal.yaml").read_text() == hcal.text
    assert hcal.says("State of the layout").startswith("saved")


def test_who_shares_a_limit_is_asked_about(hcal: EditConsole) -> None:
    limit = hcal.find(QLineEdit, "check 2: noisy channels bad above")
    limit.setFocus()
    limit.selectAll()
    hcal.type("5")
    hcal.press(RETURN)
    assert "shared by" in hcal.says("Question of the editor")
    assert "bad_above: 5" not in hcal.text
    hcal.press(F12)
    hcal.press(Qt.Key.Key_Space)
    assert hcal.text.count("noisy_channels: {warn_above: 0, bad_above: 5}") == 1
    assert "&cells" in hcal.text
    assert not hcal.part.question.asks


def test_a_value_out_of_its_limits_is_said_and_not_sent(hcal: EditConsole) -> None:
    before = hcal.text
    line = hcal.find(QLineEdit, "Plot stale after")
    line.setFocus()
    hcal.type("-3")
    hcal.press(RETURN)
    assert "above 0" in hcal.says("Note on Plot stale after")
    assert hcal.text == before


def test_a_choice_is_written_and_left_out_again(hcal: EditConsole) -> None:
    before = hcal.text
    choice = hcal.find(QComboBox, "draw x scale")
    choice.setFocus()
    hcal.press(DOWN)
    hcal.press(DOWN)
    assert "draw: {style: map, x: {scale: log}}" in hcal.text
    hcal.press(Qt.Key.Key_Home)
    assert hcal.text == before


def test_problems_of_the_text_are_listed_with_their_lines(hcal: EditConsole) -> None:
    hcal.press(F12, SHIFT)
    text = hcal.find(QPlainTextEdit, "Text of the layout")
    assert text.hasFocus()
    line = text.textCursor().blockNumber() + 1
    text.moveCursor(text.textCursor().MoveOperation.EndOfBlock)
    hcal.press(RETURN)
    hcal.type("        titel: x")
    assert "titel: x" in hcal.text
    listed = hcal.part.text.problems.item(0).text()
    assert listed.startswith(f"{line + 1}: ")
    assert "titel" in listed


def test_what_others_write_meanwhile_is_asked_about(hcal: EditConsole) -> None:
    file = hcal.home / "layouts/20-Hcal.yaml"
    file.write_text(file.read_text() + "# theirs\n")
    hcal.wait(1)
    assert "changed on the disk" in hcal.says("State of the layout")
    hcal.part.view.question.focus_first()
    hcal.press(Qt.Key.Key_Space)
    assert hcal.text.endswith("# theirs\n")
    assert not hcal.part.view.question.asks
    assert has_keyboard(hcal.part.view.grid)


def test_what_two_editors_left_is_offered_one_after_the_other(
    qapp: QApplication,  # noqa: ARG001
    home: Path,
) -> None:
    file = home / "layouts/10-Hodo.yaml"
    for words in ("# of one\n", "# of the other\n"):
        session = Journals(home / "unsaved")
        lines = EMPTY.splitlines(keepends=True)
        lines.insert(1 if "one" in words else 4, words)
        session.write(file, EMPTY, "".join(lines))
        session.close()
    console = EditConsole(home, "Hodo")
    assert "# of the other" in console.text
    assert "# of one" not in console.text
    assert "left unsaved text of" in console.says("Question of the editor")
    console.part.view.question.focus_first()
    console.press(Qt.Key.Key_Space)
    assert "# of one" in console.text
    assert "# of the other" in console.text
    assert not console.part.view.question.asks
    console.close()


def test_from_an_empty_page_to_three_plots_saved(console: EditConsole) -> None:
    assert console.says("Empty page")
    console.press("2", CTRL)
    console.wait(0)
    items = [FoundItem(f"Hodo/{each}", "th1") for each in "xyz"]
    console.client.put_children("", (), items)
    console.wait(0)
    for _ in items:
        console.press(DOWN)
        console.press(RETURN)
    assert titles(console) == ["Hodo/x", "Hodo/y", "Hodo/z"]
    assert console.part.selection.target == Target(0, 2)
    console.part.view.grid.focus_selected()
    console.press(Qt.Key.Key_Left, ALT)
    assert titles(console) == ["Hodo/x", "Hodo/z", "Hodo/y"]
    assert console.part.selection.target == Target(0, 1)
    console.press(RIGHT, ALT | SHIFT)
    assert "span: [2, 1]" in console.text
    console.press("c", CTRL)
    console.press(DELETE)
    assert titles(console) == ["Hodo/x", "Hodo/y"]
    console.press("v", CTRL)
    assert titles(console).count("Hodo/z") == 1
    assert "span: [2, 1]" in console.text
    console.press(F12)
    console.tab_to("Plot checks")
    console.type('[{"mean": {"warn_above": 1}}]')
    console.press(RETURN)
    console.press(F12)
    console.tab_to("check 1: mean warn above")
    assert console.find(QLineEdit, "check 1: mean warn above").text() == "1"
    console.type("2.5")
    console.press(RETURN)
    assert "warn_above: 2.5" in console.text
    console.press("p", CTRL | ALT)
    console.type("Second")
    console.press(RETURN)
    assert console.part.view.page is not None
    assert console.part.view.page.page == "Second"
    console.press("s", CTRL)
    assert (console.home / "layouts/10-Hodo.yaml").read_text() == console.text
    assert console.text.startswith("layout: Hodo  # mine\n")


def search(console: EditConsole, words: str, *found: str) -> None:
    console.press("/")
    console.type(words)
    console.wait(1)
    console.client.put_found([FoundItem(each, "th1") for each in found])
    console.wait(0)


def test_what_a_search_found_is_added_one_after_the_other(console: EditConsole) -> None:
    search(console, "Hodo", "Hodo/x", "Hodo/y")
    console.press(RETURN)
    assert titles(console) == ["Hodo/x"]
    for _ in range(2):
        console.press(DOWN)
        assert console.focus() == "Found elements"
    console.press(RETURN)
    assert titles(console) == ["Hodo/x", "Hodo/y"]
    console.press(Qt.Key.Key_Up)
    console.press(RETURN)
    assert console.says("Answer") == "Hodo/x is on this page already."
    assert console.focus() == "Found elements"
    console.press("z", CTRL)
    assert titles(console) == ["Hodo/x"]
    console.press("s", CTRL)
    assert (console.home / "layouts/10-Hodo.yaml").read_text() == console.text
    console.press(ESC)
    assert console.part.shown
    assert console.focus() == "x"


def test_what_is_still_searched_for_is_waited_for(console: EditConsole) -> None:
    console.press("/")
    console.type("Hodo")
    console.press(DOWN)
    assert console.focus() == "Found elements"
    console.press(RETURN)
    assert console.part.shown
    console.wait(1)
    console.client.put_found([FoundItem("Hodo/x", "th1")])
    console.wait(0)
    console.press(RETURN)
    assert titles(console) == ["Hodo/x"]


def test_keys_faster_than_edits_move_the_plot_that_was_selected(
    console: EditConsole,
) -> None:
    for each in "abcdef":
        console.part.selection.add_element(f"Hodo/{each}")
        console.wait(0)
    for _ in range(3):
        console.part.selection.move_plot(-1)
    console.wait(0)
    assert titles(console) == [f"Hodo/{each}" for each in "abfcde"]
    assert console.part.view.grid.selected.endswith("Hodo/f")
    console.part.selection.delete()
    console.wait(0)
    assert console.part.view.grid.selected.endswith("Hodo/c")


def test_esc_puts_back_what_is_being_typed(hcal: EditConsole) -> None:
    before = hcal.text
    limit = hcal.find(QLineEdit, "check 2: noisy channels bad above")
    held = limit.text()
    limit.setFocus()
    limit.selectAll()
    hcal.type("1e9")
    hcal.press(ESC)
    assert limit.text() == held
    assert limit.hasFocus()
    hcal.press(ESC)
    assert not limit.hasFocus()
    assert hcal.text == before


def test_the_editor_is_gone_back_to_from_the_overview(hcal: EditConsole) -> None:
    hcal.press(ESC)
    assert not hcal.part.shown
    hcal.press("o")
    hcal.press("l", CTRL | ALT)
    assert hcal.says("Editing") == "EDITING Hcal"
    assert "F12 form" in hcal.says("Key hints")


def test_more_pages_than_have_room_can_be_scrolled_to(hcal: EditConsole) -> None:
    tabs = hcal.part.view.tabs
    for at in range(20):
        tabs.addTab(f"Page {at}")
    hcal.wait(0)
    arrows = [each for each in tabs.findChildren(QToolButton) if each.isVisible()]
    assert len(arrows) == 2
    assert all(each.contentsRect().width() >= 20 for each in arrows)


def chosen(console: EditConsole) -> list[int]:
    return [each.plot for each in console.part.selection.targets]


def press_and_drag(
    console: EditConsole,
    start: QPoint,
    stop: QPoint,
    keys: Qt.KeyboardModifier = Qt.KeyboardModifier.NoModifier,
) -> None:
    layer, left = console.part.selection.drag, Qt.MouseButton.LeftButton
    for kind, at in (
        (QEvent.Type.MouseButtonPress, start),
        (QEvent.Type.MouseMove, (start + stop) / 2),
        (QEvent.Type.MouseMove, stop),
        (QEvent.Type.MouseButtonRelease, stop),
    ):
        held = Qt.MouseButton.NoButton if kind.name.endswith("Release") else left
        button = Qt.MouseButton.NoButton if kind.name == "MouseMove" else left
        event = QMouseEvent(
            kind, QPointF(at), QPointF(layer.mapToGlobal(at)), button, held, keys
        )  # fmt: skip
        QApplication.sendEvent(layer, event)
        console.wait(0)


def test_plots_are_dragged_by_mouse(console: EditConsole) -> None:
    for path in ("Hodo/x", "Hodo/y", "Hodo/z"):
        console.part.selection.add_element(path)
        console.wait(0)
    layer = console.part.selection.drag
    x, _, z = (layer.place(tile.key) for tile in console.part.view.grid.tiles)
    press_and_drag(console, z.center(), x.center())
    assert titles(console) == ["Hodo/z", "Hodo/y", "Hodo/x"]
    press_and_drag(console, x.center(), z.center() + QPoint(z.width() // 3, 0))
    assert titles(console) == ["Hodo/y", "Hodo/x", "Hodo/z"]
    assert console.part.view.grid.selected.endswith("Hodo/z")
    corner = z.bottomRight() - QPoint(4, 4)
    before = console.text
    press_and_drag(console, corner, corner + QPoint(0, z.height() + 8))
    assert "span: [1, 2]" in console.text
    assert console.part.undo().startswith("Taken back")
    console.wait(0)
    assert console.text == before


def drop(console: EditConsole, data: QMimeData, at: QPoint) -> bool:
    """Do what Qt's loop of a drag does until it is let go; whether it was taken."""
    layer, copy = console.part.selection.drag, Qt.DropAction.CopyAction
    mouse = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
    enter = QDragEnterEvent(QPoint(1, 1), copy, data, *mouse)
    enter.ignore()
    QApplication.sendEvent(layer, enter)
    if enter.isAccepted():
        QApplication.sendEvent(layer, QDragMoveEvent(at, copy, data, *mouse))
        QApplication.sendEvent(layer, QDropEvent(QPointF(at), copy, data, *mouse))
    return enter.isAccepted()


def test_an_element_is_dragged_out_of_the_tree_onto_the_page(
    console: EditConsole, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[str] = []
    taken: list[bool] = []
    where = [QPoint()]

    def let_go(drag: QDrag, _: Qt.DropAction) -> Qt.DropAction:
        data = drag.mimeData()
        seen.append(data.text())
        assert not drag.pixmap().isNull()
        taken.append(drop(console, data, where[0]))
        return Qt.DropAction.CopyAction

    def drag_row(view: QAbstractItemView, row: QModelIndex, to: QPoint) -> None:
        where[0] = to
        start = view.visualRect(row).center()
        beyond = start + QPoint(2 * QApplication.startDragDistance(), 0)
        viewport = view.viewport()
        QTest.mousePress(viewport, Qt.MouseButton.LeftButton, pos=start)
        for at in (beyond, beyond + QPoint(9, 0)):
            QTest.mouseMove(viewport, at)
        QTest.mouseRelease(viewport, Qt.MouseButton.LeftButton, pos=beyond)
        console.wait(0)

    monkeypatch.setattr(QDrag, "exec", let_go)
    search(console, "Hodo", "Hodo/x", "Hodo/y")
    found = console.find(QListWidget, "Found elements")
    drag_row(found, found.model().index(0, 0), QPoint(40, 40))
    assert (seen, taken) == (["Hodo/x"], [True])
    assert titles(console) == ["Hodo/x"]
    layer = console.part.selection.drag
    x = layer.place(console.part.view.grid.selected)
    drag_row(found, found.model().index(1, 0), x.center() - QPoint(40, 0))
    assert titles(console) == ["Hodo/y", "Hodo/x"]
    assert console.part.view.grid.selected.endswith("Hodo/y")
    elements = console.window.parts.navigator.elements
    console.window.parts.navigator.tabs.setCurrentWidget(elements)
    console.press("/")
    console.press("a", CTRL)
    console.press(DELETE)
    asked = next(iter(elements._asked))
    elements.show_children(
        Children(asked, 1, "", ("Hodo",), (FoundItem("Hodo/z", "th1"),))
    )
    folder, z = (elements.model().index(at, 0) for at in range(2))
    drag_row(elements, folder, x.center())
    assert len(seen) == 2  # a folder is not dragged
    y = layer.place(console.part.view.grid.tiles[0].key)
    drag_row(elements, z, y.center() + QPoint(40, 0))
    assert titles(console) == ["Hodo/y", "Hodo/z", "Hodo/x"]
    nothing = QMimeData()
    nothing.setText("Hodo/of another program")
    assert not drop(console, nothing, y.center())
    assert console.part.undo().startswith("Taken back")
    console.wait(0)
    assert titles(console) == ["Hodo/y", "Hodo/x"]


def test_what_a_limit_would_have_said_stands_under_it(hcal: EditConsole) -> None:
    limit = hcal.find(QLineEdit, "check 2: noisy channels bad above")
    limit.setFocus()
    limit.selectAll()
    hcal.type("7")
    hcal.part._what_if._timer.timeout.emit()
    (asked,) = [each for each in hcal.client.feed.sent if isinstance(each, WhatIf)]
    assert asked.now == {"noisy_channels": {"warn_above": 0, "bad_above": 2}}
    assert asked.then == {"noisy_channels": {"warn_above": 0, "bad_above": 7}}
    runs = (
        WhatIfRun(2, True, "WARNING", "GOOD", 2, 0, 3.0),
        WhatIfRun(1, None, "BAD", "BAD", 1, 1, 1.0),
        WhatIfRun(3, None, None, None),
    )
    hcal.client.answer(WhatIfFound(asked.request, runs))
    hcal.wait(0)
    assert hcal.says("Note on check 2: noisy channels bad above") == (
        "2 recorded runs, 4 h: goes off 3 → 1 times, BAD in 1 → 1 runs; "
        "good ones: goes off 2 → 0 times"
    )


def test_a_check_keeps_what_the_form_does_not_change() -> None:
    checks = [
        {"persist": 2, "mean": {"warn_above": 1}},
        {"not_empty": None},
        {"mean": {"input": 1}, "unknown": [1]},
    ]
    found = FormFound(
        1, Target(0, 0), form("plot"), (InForce(("checks",), checks, "plot"),)
    )
    rows = {each.name: each for each in rows_of(found)}
    row = rows["check 1: mean warn above"]
    (made,) = edits_of(row, (Target(0, 0),), 3, leave_out=False)
    assert isinstance(made, SetField)
    assert made.value == [
        {"persist": 2, "mean": {"warn_above": 3}}, *checks[1:],
    ]  # fmt: skip
    assert rows["check 1: mean persist"].value == 2


def test_a_family_is_said_and_split(hcal: EditConsole) -> None:
    assert hcal.says("What is edited").endswith("(written as one with 6 more)")
    hcal.press("b", CTRL | ALT)
    assert "depth{1..7}" not in hcal.text
    assert hcal.says("What is edited") == "7 plots"
    assert len(hcal.part.view.grid.tiles) == 8


def test_several_plots_are_edited_at_once_by_keyboard(console: EditConsole) -> None:
    for path in ("Hodo/d1", "Hodo/d2", "Hodo/x", "Hodo/d3"):
        console.part.selection.add_element(path)
        console.wait(0)
    grid = console.part.view.grid
    grid.select(grid.tiles[0].key)
    grid.focus_selected()
    console.press(RIGHT, SHIFT)
    assert console.says("What is edited") == "2 plots"
    console.press(RIGHT, CTRL | SHIFT)
    console.press(RIGHT, CTRL | SHIFT)
    console.press(Qt.Key.Key_Space, CTRL)
    assert console.part.selection.targets == (Target(0, 0), Target(0, 1), Target(0, 3))
    title = console.find(QLineEdit, "Plot title")
    assert title.placeholderText() == ""
    assert console.find(QLineEdit, "Plot path").placeholderText() == "differs: 3 values"
    before = console.text
    console.press(F12)
    console.tab_to("Plot stale after")
    console.type("5")
    console.press(RETURN)
    assert console.text.count("stale_after: 5") == 3
    assert len(console.part.selection.targets) == 3
    console.press(ESC)
    console.press("f", CTRL | ALT)
    assert "Hodo/x stands between" in console.says("Question of the editor")
    console.press("z", CTRL)
    assert console.text == before
    console.press(RIGHT, ALT)  # moves all of them behind what stands between
    assert titles(console) == ["Hodo/x", "Hodo/d1", "Hodo/d2", "Hodo/d3"]
    written = console.text
    console.press("f", CTRL | ALT)
    assert console.text.count("- path") == 2
    assert "Hodo/d{1..3}" in console.text
    assert titles(console) == ["Hodo/x", "Hodo/d1", "Hodo/d2", "Hodo/d3"]
    assert [len(keys) for keys in console.part.selection._families()] == [3]
    console.press("z", CTRL)
    assert console.text == written
    console.press("z", CTRL | SHIFT)
    console.press("b", CTRL | ALT)
    assert console.text.replace('"', "") == written
    assert console.says("What is edited") == "3 plots"
    console.press(DELETE)
    assert titles(console) == ["Hodo/x"]


def test_several_plots_are_selected_and_dragged_by_mouse(console: EditConsole) -> None:
    for path in ("Hodo/w", "Hodo/x", "Hodo/y", "Hodo/z"):
        console.part.selection.add_element(path)
        console.wait(0)
    layer = console.part.selection.drag
    w, x, y, z = (layer.place(tile.key).center() for tile in layer._grid.tiles)
    press_and_drag(console, w, w)
    press_and_drag(console, y, y, CTRL)
    assert chosen(console) == [0, 2]
    press_and_drag(console, w, z + QPoint(60, 0))
    assert titles(console) == ["Hodo/x", "Hodo/z", "Hodo/w", "Hodo/y"]
    assert chosen(console) == [2, 3]
    press_and_drag(console, x, x, SHIFT)
    assert chosen(console) == [1, 2, 3]
    press_and_drag(console, x, x)
    assert chosen(console) == [1]


def test_what_is_taken_out_is_what_is_selected(console: EditConsole) -> None:
    for path in ("Hodo/x", "Hodo/y", "Hodo/z"):
        console.part.selection.add_element(path)
        console.wait(0)
    grid = console.part.view.grid
    console.press(Qt.Key.Key_Left, CTRL | SHIFT)
    assert grid.selected.endswith("Hodo/y")
    assert console.says("What is edited") == "Plot: Hodo/z"
    console.press(Qt.Key.Key_Space, CTRL)
    console.press(Qt.Key.Key_Space, CTRL)
    console.press(RIGHT, ALT | SHIFT)
    assert console.text.endswith("- path: Hodo/z\n        span: [2, 1]\n")
    console.press(DELETE)
    assert titles(console) == ["Hodo/x", "Hodo/y"]


def test_a_path_of_several_plots_is_not_one(hcal: EditConsole) -> None:
    hcal.part.view.choose_all()
    hcal.wait(0)
    assert hcal.says("What is edited") == "8 plots in 2 entries"
    before = hcal.text
    line = hcal.find(QLineEdit, "Plot path")
    line.setFocus()
    hcal.type("x")
    hcal.press(RETURN)
    assert "each has its own path" in hcal.says("Note on Plot path")
    assert line.text() == ""
    assert hcal.text == before


def test_pictures_that_take_long_come_one_after_the_other(
    hcal: EditConsole, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("dqmconsole.ui.edit.view._SLICE", 0.0)
    monkeypatch.setattr("dqmconsole.ui.edit.view._AT_ONCE", 1)
    tiles = hcal.part.view.grid.tiles
    (drawn, reference), *_ = live_tiles(site())
    hcal.client.put_tiles(
        (msgspec.structs.replace(drawn, key=each.key), reference) for each in tiles
    )
    assert not any(each.tile for each in tiles)
    hcal.part._need_watch()
    while not all(each.tile for each in tiles):
        hcal.wait(0)
    assert len(tiles) == 8


def test_a_long_text_is_there_whole_soon(hcal: EditConsole) -> None:
    long = hcal.text + "# comment\n" * 25_000
    assert hcal.part.editor is not None
    hcal.part.text.text.setFocus()
    hcal.part.text.text.setPlainText(long)
    hcal.wait(0)
    assert hcal.text == long
    hcal.press("z", CTRL)
    hcal.press("z", CTRL | SHIFT)
    while hcal.part.text.text.isReadOnly():
        hcal.wait(0)
    assert hcal.part.text.text.toPlainText() == long


def test_esc_leads_out_and_back_in_nothing_is_lost(hcal: EditConsole) -> None:
    panel = hcal.window.parts.docks["panel"]
    assert not panel.isVisible()
    hcal.press(F12)
    hcal.tab_to("Plot title")
    hcal.type("mine {1..7}")
    hcal.press(RETURN)
    changed = hcal.text
    hcal.press(ESC)
    assert hcal.sees(QWidget, "Page that is edited")
    hcal.press(ESC)
    assert not hcal.sees(QWidget, "Page that is edited")
    assert panel.isVisible()
    assert not any(dock.isVisible() for dock in hcal.part.docks)
    hcal.press("l", CTRL | ALT)
    assert hcal.part.editor is not None
    hcal.press(ESC)
    hcal.window.parts.view.show_page(PageName(HCAL, DIGIS))
    hcal.press("l", CTRL | ALT)
    assert hcal.text == changed
    assert "not saved" in hcal.says("State of the layout")


def test_a_layout_that_is_not_there_is_said_with_the_nearest(
    qapp: QApplication,  # noqa: ARG001
    home: Path,
) -> None:
    console = EditConsole(home, "Hcl")
    assert "did you mean" in console.says("Question of the editor")
    assert console.says("State of the layout") == "not open"
    for key in (F12, RIGHT, DELETE):
        console.press(key)
    console.press("p", CTRL | ALT)
    console.close()


def test_a_layout_that_gets_another_name_is_edited_on(hcal: EditConsole) -> None:
    hcal.press(F12, CTRL | SHIFT)
    hcal.press(F12)
    hcal.tab_to("Layout layout")
    hcal.type("Hadrons")
    hcal.press(RETURN)
    hcal.press("s", CTRL)
    assert hcal.says("Editing") == "EDITING Hadrons"
    hcal.press(F12)
    hcal.tab_to("Layout owner")
    hcal.type("me")
    hcal.press(RETURN)
    assert "owner: me\n" in hcal.text
    assert not hcal.part.question.asks
