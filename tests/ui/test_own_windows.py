"""Pages and plots in windows of their own: one watch, geometry, an end."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from PySide6.QtCore import QCoreApplication, QEvent, Qt
from PySide6.QtGui import QGuiApplication, QImage
from PySide6.QtWidgets import QApplication
from support import mouse
from support.consoles import Console
from support.fake_book import FakeWriter
from support.fake_session import (
    CHARGE,
    DEPTH1,
    DIGIS,
    HCAL,
    OTHERS,
    RUN,
    TIME,
    FakeSession,
    live_session,
    site,
)
from support.keyboard import CTRL, ESC, RETURN, SHIFT

from dqmconsole.model.frame import RunsFact
from dqmconsole.model.message import WatchItem
from dqmconsole.shift.pages import PageName
from dqmconsole.ui import commands
from dqmconsole.ui.live.own_windows import OwnWindow, name_of
from dqmconsole.ui.live.watching import Watching, pooled
from dqmconsole.ui.overlay import Overlay
from dqmconsole.ui.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

pytestmark = pytest.mark.slow

PAGE = PageName(HCAL, DIGIS)
ALT = Qt.KeyboardModifier.AltModifier
RIGHT, F11 = Qt.Key.Key_Right, Qt.Key.Key_F11


@pytest.fixture
def console(qapp: QApplication, tmp_path: Path) -> Iterator[Console]:  # noqa: ARG001
    console = Console(live_session(), tmp_path / "console.ini")
    yield console
    console.close()


def item(key: str, size: int, *, whole: bool = False) -> WatchItem:
    return WatchItem(key=key, path=key, width=size, height=size, whole=whole)


def test_what_several_windows_see_is_asked_once_at_its_largest() -> None:
    found = pooled([[item("a", 100), item("b", 90)], [item("a", 300, whole=True)], []])
    assert found == [item("a", 300, whole=True), item("b", 90)]


@pytest.mark.usefixtures("qapp")
def test_a_window_that_is_gone_is_watched_no_more() -> None:
    client = FakeSession()
    watching = Watching(client)
    watching.want("main", [item("a", 100)])
    watching.want("other", [item("b", 100)])
    assert [each.key for each in client.watched] == ["a", "b"]
    watching.want("main", [item("c", 100)])
    assert [each.key for each in client.watched] == ["c", "b"]
    watching.forget("other")
    assert [each.key for each in client.watched] == ["c"]
    watches = client.watches
    watching.forget("nobody")
    assert client.watches == watches


def opened(console: Console) -> OwnWindow:
    (window,) = console.window.parts.windows.open
    return window


def test_a_sheet_outlives_the_window_that_had_the_keyboard(console: Console) -> None:
    console.window.parts.windows.show_page()
    console.wait(0)
    window = opened(console)
    window.setFocus()
    console.window.context.palette_wanted.emit()
    console.window.activateWindow()
    window.close()
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete.value)
    console.window.context.leave_wanted.emit()
    assert not any(each.isVisible() for each in console.window.findChildren(Overlay))


def test_a_page_in_its_own_window_is_live_beside_another_one(console: Console) -> None:
    view = console.window.parts.view
    view.show_page(PAGE)
    console.press("n", CTRL | SHIFT)
    window = opened(console)
    assert window.windowTitle() == f"{HCAL} › {DIGIS}"
    other = next(name for name in view.pages.names if name != PAGE)
    view.show_page(other)
    console.wait(1)
    here = {place.key for place in view.pages.plots(other)}
    there = {tile.key for tile in window.grid.visible_tiles()}
    assert {each.key for each in console.client.watched} == here | there
    tile = window.grid.tile(CHARGE)
    assert tile is not None
    assert tile.tile is not None
    before = tile.tile.version
    console.client.put_tile(tile.tile)
    console.wait(0)
    assert tile.tile.version > before
    console.press(ESC)
    assert not console.window.parts.windows.open
    assert {each.key for each in console.client.watched} == here
    assert QApplication.activeWindow() is console.window


def test_a_plot_in_its_own_window_is_drawn_as_it_is_chosen_anywhere(
    console: Console,
) -> None:
    view = console.window.parts.view
    view.select_plot(CHARGE)
    console.wait(0)
    console.press("n", CTRL | ALT)
    window = opened(console)
    assert window.detail.tile.tile is not None
    assert window.windowTitle().endswith("Digi charge, HB")
    linear = window.detail.tile.grab().toImage()
    console.window.activateWindow()
    console.wait(0)
    view.grid.focus_selected()
    console.press("L")
    assert window.detail.tile.grab().toImage() != linear
    (watched,) = [each for each in console.client.watched if each.key == CHARGE]
    assert watched.whole
    window.detail.mode_chosen.emit(CHARGE, "ratio")
    console.wait(0)
    assert view.choices.modes[CHARGE] == "ratio"
    assert {each.mode for each in console.client.watched if each.key == CHARGE} == {
        "ratio"
    }


def test_one_window_for_each_thing(console: Console) -> None:
    windows = console.window.parts.windows
    first = windows.show_window(CHARGE)
    assert windows.show_window(CHARGE) is first
    windows.show_window(TIME)
    windows.show_window(PAGE)
    assert len(windows.open) == 3


def test_its_keys_select_open_and_close(console: Console) -> None:
    console.window.parts.windows.show_window(PAGE)
    console.wait(0)
    window = opened(console)
    first = window.grid.selected
    console.press(RIGHT)
    assert window.grid.selected != first
    chosen = window.grid.selected
    assert console.window.parts.view.page != PAGE
    console.press(F11)
    assert window.isFullScreen()
    console.press(ESC)
    assert not window.isFullScreen()
    console.press(RETURN)
    assert QApplication.activeWindow() is console.window
    assert console.window.parts.view.in_detail
    assert console.window.parts.view.selected is not None
    assert console.window.parts.view.selected.key == chosen
    window.activateWindow()
    console.wait(0)
    window.grid.focus_selected()
    console.press("w", CTRL)
    assert not console.window.parts.windows.open


@pytest.mark.usefixtures("qapp")
def test_they_come_back_where_they_were(tmp_path: Path) -> None:
    first = Console(live_session(), tmp_path / "c.ini")
    window = first.window.parts.windows.show_window(PAGE)
    first.window.parts.windows.show_window(CHARGE)
    window.setGeometry(40, 50, 500, 400)
    first.wait(0)
    first.close()
    settings = Settings(tmp_path / "c.ini")
    assert settings.windows == (name_of(PAGE), name_of(CHARGE))
    client = FakeSession()
    again = Console(client, tmp_path / "c.ini")
    assert not again.window.parts.windows.open
    client.put_site(site())
    again.wait(0)
    windows = again.window.parts.windows.open
    assert [each.target for each in windows] == [PAGE, CHARGE]
    assert windows[0].geometry().getRect() == (40, 50, 500, 400)
    windows[1].close()
    again.close()
    assert Settings(tmp_path / "c.ini").windows == (name_of(PAGE),)


def test_what_is_not_in_the_site_any_more_says_so(console: Console) -> None:
    window = console.window.parts.windows.show_window(PAGE)
    console.client.put_site(site(layouts=[each for each in site().layouts
                                          if each.layout != HCAL]))  # fmt: skip
    console.wait(0)
    assert window.windowTitle() == f"{HCAL} › {DIGIS}: not in this site"
    console.client.put_site(site())
    console.wait(0)
    assert window.grid.tile(DEPTH1) is not None


def test_another_source_leaves_no_picture_of_the_one_before(console: Console) -> None:
    window = console.window.parts.windows.show_window(CHARGE)
    console.wait(0)
    assert window.detail.tile.tile is not None
    console.window.context.open_source("/another")
    assert window.detail.tile.tile is None
    assert not window.detail.tile.key


def test_a_silent_engine_is_said_there_too(console: Console) -> None:
    window = console.window.parts.windows.show_window(PAGE)
    console.wait(0)
    tile = window.grid.tile(CHARGE)
    assert tile is not None
    before = tile.grab().toImage()
    console.client.put_engine("silent", "", 42.0)
    console.window.clock.tick()
    console.wait(1)
    assert tile.grab().toImage() != before


def test_closed_windows_are_gone(console: Console) -> None:
    for name in OTHERS[:3]:
        console.window.parts.windows.show_window(PageName(name, "Summary"))
        console.wait(0)
        opened(console).close()
        QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete.value)
    left = [each for each in QApplication.topLevelWidgets()
            if isinstance(each, OwnWindow)]  # fmt: skip
    assert left == []


@pytest.mark.qt_log_ignore("This plugin does not support")  # a menu grabs the mouse
def test_a_row_of_the_navigator_opens_in_its_own_window(console: Console) -> None:
    tree = console.window.parts.navigator.tree
    place = tree.place_of(PageName(OTHERS[0], "Summary")).center()
    menu = mouse.menu(tree.viewport(), place)
    assert menu is not None
    offered = {action.objectName(): action for action in menu.actions()}
    assert {*offered} - {""} == {"open-row", "open-apart"}
    offered["open-apart"].trigger()
    menu.close()
    console.wait(0)
    assert opened(console).windowTitle().startswith(OTHERS[0])


def test_none_stays_or_opens_where_only_some_commands_are_allowed(
    console: Console,
) -> None:
    """As in an exam."""
    console.window.parts.windows.show_window(PAGE)
    console.window.context.only = frozenset({"pause"})
    console.wait(2)
    assert console.window.parts.windows.open == []
    console.window.context.own_window_wanted.emit(PAGE)
    assert console.window.parts.windows.open == []
    console.window.context.only = None
    console.window.context.own_window_wanted.emit(PAGE)
    assert len(console.window.parts.windows.open) == 1


@pytest.mark.qt_log_ignore("This plugin does not support")  # a menu grabs the mouse
def test_a_plot_has_a_menu_for_the_mouse(console: Console) -> None:
    view = console.window.parts.view
    view.show_page(PAGE)
    console.wait(0)
    tile = view.grid.tile(TIME)
    assert tile is not None
    assert view.grid.selected != TIME
    place = tile.canvas.mapTo(view, tile.canvas.rect().center())
    menu = mouse.menu(view, place)
    assert menu is not None
    assert view.grid.selected == TIME
    offered = {action.objectName(): action for action in menu.actions()}
    assert {"reference", "log", "own-plot", "save-plot"} <= set(offered)
    assert "next-plot" not in offered  # it makes no sense here
    offered["own-plot"].trigger()
    menu.close()
    console.wait(0)
    assert opened(console).key == TIME


def beside(console: Console) -> OwnWindow:
    """A page in its own window, its plot TIME selected, CHARGE in the main one."""
    view = console.window.parts.view
    view.select_plot(CHARGE)
    console.wait(0)
    window = console.window.parts.windows.show_window(PAGE)
    console.wait(0)
    window.grid.select(TIME)
    window.grid.focus_selected()
    return window


def test_keys_of_plots_work_on_the_plot_of_the_window(console: Console) -> None:
    view = console.window.parts.view
    window = beside(console)
    tile = window.selected_tile()
    main = view.selected_tile()
    assert tile is not None
    assert main is not None
    console.press("R")
    assert view.choices.modes == {TIME: "ratio"}
    console.press("r", CTRL)
    assert view.choices.modes == {TIME: "pull"}
    console.press("R", SHIFT)
    assert {*view.choices.normalized} == {TIME}
    (watched,) = [each for each in console.client.watched if each.key == TIME]
    assert (watched.mode, watched.normalize) == ("pull", view.choices.normalized[TIME])
    assert console.says("Answer").startswith("Reference ")
    linear = tile.grab().toImage()
    console.press("L")
    assert tile.grab().toImage() != linear
    console.press("+")
    assert tile.canvas.zoomed
    assert not main.canvas.zoomed
    console.press("Z")
    assert not tile.canvas.zoomed
    console.press("+")
    console.press("0")
    assert not tile.canvas.zoomed
    assert view.selected is not None
    assert view.selected.key == CHARGE


def test_pictures_and_numbers_are_of_the_window(
    console: Console, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    window = beside(console)
    names: list[str] = []
    exported: list[object] = []

    def ask(_parent: object, name: str, ending: str, _folder: str) -> str:
        names.append(name)
        return str(tmp_path / f"{len(names)}.{ending}")

    def export(key: str, *_: object) -> int:
        exported.append(key)
        return 1

    monkeypatch.setattr(commands, "ask_target", ask)
    monkeypatch.setattr(console.client, "export", export)
    console.press("s", CTRL | SHIFT)
    console.press("s", CTRL)
    console.press("e", CTRL | ALT)
    assert names == [
        "run398214_LS417_Pulse_time_HE",
        "run398214_LS417_Hcal_Digi_occupancy",
    ]
    assert QImage(str(tmp_path / "2.png")).width() > window.grid.viewport().width()
    assert exported == [TIME]
    console.press("c", CTRL | ALT)
    copied = QGuiApplication.clipboard().image()
    assert copied == QImage(str(tmp_path / "1.png")).convertToFormat(copied.format())


def test_a_plot_alone_has_its_own_keys(console: Console) -> None:
    view = console.window.parts.view
    view.select_plot(CHARGE)
    console.wait(0)
    window = console.window.parts.windows.show_window(TIME)
    console.wait(0)
    console.press("R")
    assert {*view.choices.modes} == {TIME}
    console.press("+")
    assert window.detail.tile.canvas.zoomed
    assert window.shown().keys == (TIME,)
    assert window.shown().page == PAGE


def test_a_run_in_the_history_of_a_plot_is_compared_with(console: Console) -> None:
    window = console.window.parts.windows.show_window(TIME)
    console.client.put_references(RunsFact((398100, RUN)))
    console.wait(0)
    window.detail.history.compare_wanted.emit()  # as by a double click on it
    console.wait(0)
    assert QApplication.activeWindow() is console.window
    assert console.focus() == "Run or file"
    console.type("398100")
    console.press(RETURN)
    assert {*console.window.parts.view.choices.references} == {TIME}


def test_a_plot_is_drawn_again_as_its_layout_says_everywhere(
    console: Console,
) -> None:
    view = console.window.parts.view
    view.open_plot(CHARGE)
    console.wait(0)
    window = console.window.parts.windows.show_window(CHARGE)
    console.wait(0)
    plain = view.detail.tile.picture()
    for key in ("R", "L", "+", ".", "J", "Y"):
        console.press(key)
    console.press("R", SHIFT)
    detail = window.detail
    assert detail.tools.joined > 1
    assert view.choices.modes
    assert view.choices.normalized
    console.press(Qt.Key.Key_Backspace)
    assert console.says("Answer") == "Drawn as the layout says."
    assert view.choices.modes == view.choices.normalized == {}
    assert view.drawn(CHARGE) is not None
    assert view.drawn(CHARGE) == view.pages.plot(CHARGE)
    for other in (detail, view.detail):
        console.wait(0)
        assert other.tools.joined == 1
        assert other.tools.shown == ""
        assert not other.tile.canvas.zoomed
        assert not other.log()
        assert other.fit.isHidden()
    console.window.activateWindow()
    console.wait(0)
    assert view.detail.tile.picture() == plain


@pytest.mark.parametrize("key", ["I", "C"])
def test_instruction_and_call_are_about_the_plot_of_the_window(
    console: Console, key: str
) -> None:
    """They stand in the main window, which shows the plot then."""
    beside(console)
    parts = console.window.parts
    console.press(key)
    console.wait(0)
    assert QApplication.activeWindow() is console.window
    assert parts.context.selection is not None
    assert parts.context.selection.key == TIME
    assert parts.view.on_page
    holder = QApplication.focusWidget()
    where = parts.panel if key == "I" else parts.call
    assert where.isVisible()
    assert where is holder or where.isAncestorOf(holder)


def test_an_entry_is_about_what_the_window_shows(
    qapp: QApplication,  # noqa: ARG001
    tmp_path: Path,
) -> None:
    console = Console(live_session(), tmp_path / "c.ini", writer=FakeWriter())
    console.session.begin("Ada")
    console.wait(1)
    other = next(each for each in console.window.parts.view.pages.names if each != PAGE)
    console.window.parts.view.show_page(other)
    window = console.window.parts.windows.show_window(TIME)
    console.wait(0)
    assert window.isVisible()
    console.press("E")
    console.wait(0)
    assert QApplication.activeWindow() is console.window
    assert "Pulse time, HE" in console.says("What the entry is about")
    console.close()


@pytest.mark.qt_log_ignore("This plugin does not support")  # a menu grabs the mouse
def test_a_plot_in_its_own_window_has_its_menu(console: Console) -> None:
    window = beside(console)
    tile = window.grid.tile(CHARGE)
    assert tile is not None
    place = tile.canvas.mapTo(window, tile.canvas.rect().center())
    menu = mouse.menu(window, place)
    assert menu is not None
    assert window.grid.selected == CHARGE
    offered = {action.objectName(): action for action in menu.actions()}
    assert {"reference", "log", "zoom-in", "own-open", "save-plot", "print"} <= {
        *offered
    }
    assert {"instruction", "call"} <= {*offered}
    assert not {"detail", "select-left", "own-plot"} & {*offered}
    offered["deviation"].trigger()
    menu.close()
    console.wait(0)
    assert {*console.window.parts.view.choices.modes} == {CHARGE}
