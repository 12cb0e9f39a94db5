"""The tools on a plot, once by keyboard alone and once by mouse alone."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QMenu, QToolButton
from support import mouse
from support.consoles import Console
from support.fake_session import CHARGE, DEPTH1, TIME, live_session
from support.fits import answer_fit
from support.histories import answer_history
from support.keyboard import CTRL, ESC, RETURN, SHIFT
from support.mouse import pixel

from dqmconsole.model.message import AskHistory, Receipt
from dqmconsole.ui.live.page import LINKED
from dqmconsole.ui.plot.tile_words import meta_words

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from pytestqt.qtbot import QtBot

    from dqmconsole.ui.live.detail import DetailView
    from dqmconsole.ui.plot.canvas import PlotCanvas

ALT = Qt.KeyboardModifier.AltModifier
LEFT, RIGHT, UP, DOWN = (
    Qt.Key.Key_Left, Qt.Key.Key_Right, Qt.Key.Key_Up, Qt.Key.Key_Down
)  # fmt: skip
READINGS, LIMITS = "Readings", "Limits of the values"


@pytest.fixture
def console(qtbot: QtBot, tmp_path: Path) -> Iterator[Console]:  # noqa: ARG001 - Qt
    """A window of the least size, on a page."""
    console = Console(live_session(), tmp_path / "c.ini", size=(1366, 768))
    console.window.parts.view.select_plot(TIME)
    console.wait(1)
    yield console
    console.close()


def detail_of(console: Console) -> DetailView:
    return console.window.parts.view.detail


# -- by keyboard ---------------------------------------------------------------


def test_by_keyboard(console: Console) -> None:
    """All zoomed alike; alone: lines, crosshair, bins, logarithms, limits, ratio."""
    linked_by_keyboard(console)
    console.press(RETURN)
    curve_by_keyboard(console)
    fit_by_keyboard(console)
    reference_by_keyboard(console)
    map_by_keyboard(console)
    projection_by_keyboard(console)
    own_window_by_keyboard(console)


def linked_by_keyboard(console: Console) -> None:
    grid = console.window.parts.view.grid
    same = [tile for tile in grid.tiles if tile.key in (TIME, CHARGE)]
    assert len(same) == 2
    console.press("Z", SHIFT)
    assert console.says("Page summary").startswith(LINKED)
    console.press(Qt.Key.Key_Plus)
    assert [tile.canvas.chosen_x for tile in same] == [same[0].canvas.chosen_x] * 2
    assert same[0].canvas.zoomed
    assert not grid.tile(DEPTH1).canvas.zoomed
    console.press("0")
    assert not any(tile.canvas.zoomed for tile in same)
    console.press("Z", SHIFT)
    assert LINKED not in console.says("Page summary")
    console.press(Qt.Key.Key_Plus)
    assert sum(tile.canvas.zoomed for tile in same) == 1
    console.press("0")


def curve_by_keyboard(console: Console) -> None:
    canvas = detail_of(console).tile.canvas
    console.press("J")
    told = console.words(READINGS)
    assert told.startswith("TS −1.5 to 1.5: 50 of 100 bins, under- and overflow not")
    assert "data: integral" in told
    assert "reference: integral" in told
    console.press(RIGHT, ALT, 2)
    assert console.words(READINGS).startswith("TS −1.38 to 1.62: 50 of 100 bins")
    console.press(LEFT, ALT | SHIFT, 10)
    assert console.words(READINGS).startswith("TS −1.38 to 1.02: 40 of 100 bins")
    console.press(RIGHT, ALT | SHIFT, 5)
    assert console.words(READINGS).startswith("TS −1.38 to 1.32: 45 of 100 bins")
    console.press("W")
    assert console.words(READINGS).startswith("TS 0.48 to 0.54, entries 535 ± 23")
    assert "reference" in console.words(READINGS)
    assert "pull" in console.words(READINGS)
    console.press(LEFT, ALT)
    assert console.words(READINGS).startswith("TS 0.42 to 0.48, entries")
    console.press(".", times=2)
    assert canvas.shown.joined == (4,)
    assert console.words(READINGS).startswith("TS 0.36 to 0.6, entries")
    console.press(",")
    assert canvas.shown.joined == (2,)
    console.press(Qt.Key.Key_Plus)
    console.press(RIGHT, SHIFT)
    assert canvas.zoomed
    console.press("Z", times=2)
    assert not canvas.zoomed
    console.press("L")
    assert canvas.panes[0].y.scale.log
    console.press("L", SHIFT)  # half the curve would be out of sight
    assert not canvas.panes[0].x.scale.log
    console.press("L")
    console.press("M", SHIFT)
    assert console.focus() == LIMITS
    console.type("100 50")
    console.press(RETURN)
    assert console.says("Limits, answer") == "100 is not below 50."
    console.press("A", CTRL)
    console.type("auto 2500")
    console.press(RETURN)
    assert canvas.panes[0].y.scale.high == 2500.0
    console.press("M", SHIFT)
    assert console.focus() == LIMITS
    console.press(ESC)
    assert not console.seen(LIMITS)
    assert console.window.parts.view.in_detail
    assert canvas.panes[0].y.scale.high == 2500.0


def reference_by_keyboard(console: Console) -> None:
    canvas = detail_of(console).tile.canvas
    seen = []
    for _ in range(6):
        console.press("R")
        seen.append(canvas.shown.mode)
    assert set(seen) >= {"ratio", "pull", "difference", "none", "overlay"}
    console.press("R", CTRL)
    assert canvas.shown.mode == "ratio"
    assert canvas.shown.comparison is not None
    joined = canvas.shown.data.axes[0].bins
    assert canvas.shown.comparison.values.shape == (joined,)


def map_by_keyboard(console: Console) -> None:
    """Nothing of the curve is left on the map."""
    view, detail = console.window.parts.view, detail_of(console)
    canvas = detail.tile.canvas
    while detail.place.key != DEPTH1:
        console.press(RIGHT)
    assert view.in_detail
    assert not console.seen(READINGS)
    assert canvas.shown.joined == ()
    assert canvas.shown.limits is None
    console.press("J")
    told = console.words(READINGS)
    assert "mean x" in told
    assert "RMS y" in told
    console.press(UP, ALT, 3)
    console.press(DOWN, ALT | SHIFT, 2)
    assert console.words(READINGS) != told
    console.press("W")
    before = console.words(READINGS)
    assert before.startswith("iη ")
    console.press(UP, ALT)
    assert console.words(READINGS) != before
    console.press(Qt.Key.Key_Plus)
    low = canvas.panes[0].y.scale.low
    console.press(UP, SHIFT)
    assert canvas.panes[0].y.scale.low > low
    assert "in view" in meta_words(
        detail.tile.tile, canvas.shown, zoomed=True, large=True,
        within=canvas.chosen_ranges,
    )  # fmt: skip
    console.press("0")
    console.press("M", SHIFT)
    console.type("10 40")
    console.press(RETURN)
    assert canvas.shown.limits == (10.0, 40.0)
    console.press(".")
    assert canvas.shown.joined
    console.press("W")
    assert not console.seen(READINGS)


def fit_by_keyboard(console: Console) -> None:
    """A Gaussian in what is seen, then between two lines, then gone."""
    console.press("Y")
    assert "Choose a function" in console.words("Fit state")
    console.press("1", ALT)
    assert console.words("Fit state") == "Fitting gaus …"
    whole = answer_fit(console.client)
    console.wait(0)
    assert whole is not None
    assert console.words("Fit result").startswith("Constant ")
    assert console.words("Fit state").startswith("Converged: LS 1–417; ")
    assert (whole.low, whole.high) == (-3.0, 3.0)
    console.press("J")
    console.press("Y")
    between = answer_fit(console.client)
    console.wait(0)
    assert between is not None
    assert between.bins < whole.bins
    assert between.chi2 < whole.chi2  # a constant lies under the peak
    console.press("J")
    console.press("Y", SHIFT)
    assert not console.seen("Fit result")


def projection_by_keyboard(console: Console) -> None:
    """Of all of y, of a slice of it, fitted, of x, and gone."""
    console.press("Q")
    assert console.words("Projection words") == "Projection on iη of all iφ"
    console.press(UP, CTRL, 4)
    console.press(UP, CTRL | SHIFT, 2)
    told = console.words("Projection words")
    assert told.startswith("Projection on iη of iφ ")
    console.press("Y")
    console.press("2", ALT)
    found = answer_fit(console.client)
    console.wait(0)
    assert found is not None
    drawn = detail_of(console).projection.canvas.shown.data.values()
    assert drawn.min() < found.parameters[0].value < drawn.max()
    assert "projection on iη of iφ" in console.words("Fit state")
    console.press(DOWN, CTRL)
    assert console.words("Projection words") != told
    assert console.words("Fit state").startswith("Old: ")
    console.press("Q")
    assert console.words("Projection words") == "Projection on iφ of all iη"
    assert not console.seen("Fit result")
    console.press("Q")
    assert not console.seen("Projection words")


def own_window_by_keyboard(console: Console) -> None:
    """The same in a window of its own; the main one is left alone."""
    console.press("n", CTRL | ALT)
    (window,) = console.window.parts.windows.open
    assert QApplication.activeWindow() is window
    console.wait(1)
    console.press("W")
    assert window.detail.tools.shown == "crosshair"
    assert detail_of(console).tools.shown == ""
    console.press(RIGHT, ALT)
    console.press(".")
    assert window.detail.tile.canvas.shown.joined
    before = window.detail.tile.canvas.shown.mode
    console.press("R")
    assert window.detail.tile.canvas.shown.mode != before
    console.press("L")
    assert window.detail.log()
    console.press("R", SHIFT)
    (watched,) = [each for each in console.client.watched if each.key == DEPTH1]
    assert watched.normalize is not None
    console.press("M", SHIFT)
    assert console.focus() == LIMITS
    console.press(ESC)
    assert console.window.parts.windows.open == [window]
    console.press(ESC)
    assert not console.window.parts.windows.open


# -- by mouse ------------------------------------------------------------------


def press(console: Console, title: str) -> None:
    """Press the button of a tool, or choose it where buttons have no room."""
    detail = detail_of(console)
    bar, action = next(
        (bar, each)
        for bar in (detail.bar, detail.zooms)
        for each in bar.actions()
        if each.toolTip().startswith(title)
    )
    button = bar.widgetForAction(action)
    if button.isVisible():
        assert bar.rect().contains(button.geometry())
        QTest.mouseClick(button, Qt.MouseButton.LeftButton)
    else:
        more = next(
            each
            for each in bar.findChildren(QToolButton)
            if each.accessibleName() == "More tools"
        )
        assert more.isVisible()
        QTest.mouseClick(more, Qt.MouseButton.LeftButton)
        choose(console, action.text())
    console.wait(0)


def choose(console: Console, title: str) -> None:
    """Choose a line of the open menu."""
    menu = QApplication.activePopupWidget()
    assert isinstance(menu, QMenu)
    action = next(each for each in menu.actions() if each.text().startswith(title))
    where = menu.actionGeometry(action).center()
    QTest.mouseClick(menu, Qt.MouseButton.LeftButton, pos=where)
    console.window.activateWindow()  # the menu was a window, and this platform has one
    console.wait(0)


def choose_of_plot(console: Console, canvas: PlotCanvas, title: str) -> None:
    """Open the menu of a plot by the right button, and choose a line."""
    at = canvas.viewport().rect().center()
    mouse.menu(canvas.viewport(), at)
    choose(console, title)


@pytest.mark.qt_log_ignore("This plugin does not support")  # a menu grabs the mouse
def test_by_mouse(console: Console) -> None:
    """The same with menu, bar, drags and moves."""
    grid = console.window.parts.view.grid
    chosen, other = grid.tile(TIME).canvas, grid.tile(CHARGE).canvas
    choose_of_plot(console, chosen, "Zoom all plots of the page alike")
    assert console.says("Page summary").startswith(LINKED)
    mouse.wheel(chosen, chosen.panes[0].rect.center(), 120)
    assert chosen.chosen_x == other.chosen_x is not None
    choose_of_plot(console, chosen, "Whole range")
    assert not other.zoomed
    choose_of_plot(console, chosen, "Show the plot alone")
    curve_by_mouse(console)
    map_by_mouse(console)
    projection_by_mouse(console)


def curve_by_mouse(console: Console) -> None:
    detail = detail_of(console)
    canvas = detail.tile.canvas
    press(console, "Two lines")
    assert console.words(READINGS).startswith("TS −1.5 to 1.5: 50 of 100 bins")
    mouse.drag(canvas, pixel(canvas, 1.5, 300), pixel(canvas, 0.6, 300))
    console.wait(0)
    assert console.words(READINGS).startswith("TS −1.5 to 0.6: 35 of 100 bins")
    assert not canvas.zoomed
    press(console, "Crosshair")
    mouse.move(canvas, pixel(canvas, 0.21, 100))
    assert console.words(READINGS).startswith("TS 0.18 to 0.24, entries")
    press(console, "Join more bins")
    assert canvas.shown.joined == (2,)
    press(console, "Join fewer bins")
    assert canvas.shown.joined == ()
    mouse.drag(canvas, pixel(canvas, -1.0, 400), pixel(canvas, 1.0, 50))
    assert canvas.zoomed
    press(console, "Undo the last zoom")
    assert not canvas.zoomed
    press(console, "Zoom in")
    press(console, "Whole range")
    assert not canvas.zoomed
    press(console, "Logarithm on or off")
    assert canvas.panes[0].y.scale.log
    choose_of_plot(console, canvas, "Logarithm on or off")
    assert not canvas.panes[0].y.scale.log
    press(console, "Fit a function")
    for name in ("Fit expo", "Fit gaus"):
        button = console.find(QToolButton, name)
        QTest.mouseClick(button, Qt.MouseButton.LeftButton)
    assert answer_fit(console.client) is not None
    console.wait(0)
    assert console.words("Fit result").startswith("Constant ")
    away = console.find(QToolButton, "Take the fit away")
    QTest.mouseClick(away, Qt.MouseButton.LeftButton)
    assert not console.seen("Fit result")
    for mode in ("ratio", "pull", "difference", "none", "overlay"):
        button = console.find(QToolButton, f"Reference: {mode}")
        QTest.mouseClick(button, Qt.MouseButton.LeftButton)
        console.wait(0)
        assert canvas.shown.mode == mode
    press(console, "Limits of the values")
    assert console.focus() == LIMITS


def map_by_mouse(console: Console) -> None:
    view, detail = console.window.parts.view, detail_of(console)
    canvas = detail.tile.canvas
    view.back()  # closes the line of limits
    choose_of_plot(console, canvas, "Alone: next plot of the page")
    while detail.place.key != DEPTH1:
        choose_of_plot(console, canvas, "Alone: next plot of the page")
    press(console, "Two lines")
    told = console.words(READINGS)
    assert "mean y" in told
    pane = canvas.panes[0].rect
    mouse.drag(canvas, pane.center(), pane.center() + QPoint(40, 30))
    console.wait(0)
    assert console.words(READINGS) != told
    assert not canvas.zoomed
    press(console, "Crosshair")
    mouse.move(canvas, pane.center())
    assert console.words(READINGS).startswith("iη ")
    mouse.drag(canvas, pane.center(), pane.center() + QPoint(80, 60))
    assert canvas.zoomed
    console.wait(0)
    choose_of_plot(console, canvas, "Whole range")
    assert not canvas.zoomed


def projection_by_mouse(console: Console) -> None:
    """The lower edge of the band is drawn up, then the band."""
    canvas = detail_of(console).tile.canvas
    press(console, "Crosshair")
    press(console, "Projection")
    assert console.words("Projection words") == "Projection on iη of all iφ"
    mouse.drag(canvas, pixel(canvas, 0.0, 0.5), pixel(canvas, 0.0, 40.5))
    console.wait(0)
    band = detail_of(console).projection.band
    assert abs(band.first - 41) <= 1
    assert band.last == 72
    mouse.drag(canvas, pixel(canvas, 0.0, 60.0), pixel(canvas, 0.0, 50.0))
    console.wait(0)
    moved = detail_of(console).projection.band
    assert moved.last - moved.first == band.last - band.first
    assert 8 <= band.first - moved.first <= 12
    press(console, "Projection")
    press(console, "Projection")
    assert not console.seen("Projection words")


@pytest.mark.qt_log_ignore("This plugin does not support")  # a menu grabs the mouse
def test_every_tool_is_in_the_menu_of_a_plot(console: Console) -> None:
    """What has a button is offered by the right button, too."""
    console.press(RETURN)
    detail = detail_of(console)
    canvas = detail.tile.canvas
    titles = {
        each.toolTip().rpartition(" (")[0]
        for bar in (detail.bar, detail.zooms)
        for each in bar.actions()
        if each.isVisible()
    }
    at = canvas.viewport().rect().center()
    menu = mouse.menu(canvas.viewport(), at)
    assert menu is not None
    assert titles <= {each.text() for each in menu.actions()}
    menu.close()


@pytest.mark.qt_log_ignore("This plugin does not support")  # a menu grabs the mouse
def test_a_window_of_its_own_has_the_menu_and_the_bar(console: Console) -> None:
    """What is chosen there is done there."""
    console.press("n", CTRL | ALT)
    (window,) = console.window.parts.windows.open
    console.wait(1)
    canvas = window.detail.tile.canvas
    at = canvas.viewport().rect().center()
    menu = mouse.menu(canvas.viewport(), at)
    assert menu is not None
    assert menu.parentWidget() is window
    offered = {action.objectName(): action for action in menu.actions()}
    assert "link-zoom" not in offered  # it is about a page
    menu.close()
    window.activateWindow()
    console.wait(0)
    offered["crosshair"].trigger()
    assert window.detail.tools.shown == "crosshair"
    pressed = {each.text() for each in window.detail.bar.actions() if each.isChecked()}
    assert pressed - {"Pulls"} == {"Crosshair"}  # those it has are shown from the start
    main = detail_of(console).bar.actions()
    assert not any(each.isChecked() for each in main)
    canvas.zoom_by(0.5)
    assert canvas.zoomed
    offered["reset-zoom"].trigger()
    assert not canvas.zoomed


def test_a_zoom_is_linked_until_another_page_is_shown(console: Console) -> None:
    view = console.window.parts.view
    console.press("Z", SHIFT)
    assert view.grid.linked
    console.press(RETURN)
    console.press(ESC)
    assert view.grid.linked  # the same page
    console.press(Qt.Key.Key_PageDown)
    assert not view.grid.linked
    assert LINKED not in console.says("Page summary")


# -- room ------------------------------------------------------------------------


@pytest.mark.parametrize("key", [CHARGE, DEPTH1])
def test_all_tools_have_room_in_the_least_window(console: Console, key: str) -> None:
    """No button is in the menu at the end of a bar: one sees what there is."""
    console.window.parts.view.open_plot(key)
    console.wait(1)
    detail = detail_of(console)
    for bar in (detail.bar, detail.zooms):
        there = [each for each in bar.actions() if each.isVisible()]
        assert there
        for each in there:
            assert bar.widgetForAction(each).isVisible(), each.text()


# -- the history of a number -------------------------------------------------------


def test_the_history_of_a_number(console: Console) -> None:
    """Entries, mean, RMS, the bin of the crosshair; as it moves; and away."""
    client, words = console.client, "History words"
    console.window.parts.view.open_plot(CHARGE)
    console.wait(1)
    history = detail_of(console).history
    console.press("H", SHIFT)
    console.wait(0)
    assert console.says(words) == "Asking the record …"
    assert answer_history(client).quantity == "entries"
    console.wait(0)
    assert console.says(words).startswith("Entries: run 398214, 57 updates")
    console.press("H", SHIFT)
    assert answer_history(client).quantity == "mean"
    console.wait(0)
    assert console.says(words).startswith("Mean of TS")
    along, over = history.along.shown.data, history.over.shown.data
    assert along is not None
    assert over is not None
    assert (along.axes[0].title, over.axes[0].title) == ("lumisection", "run")
    console.press("H", SHIFT, times=2)
    assert detail_of(console).tools.shown == "crosshair"
    before = answer_history(client)
    assert (before.quantity, len(before.bins)) == ("bin", 1)
    console.wait(0)
    assert not history.over.isVisible(), "nothing is kept of bins over runs"
    along = history.along.shown.data
    assert along is not None
    assert along.y_title == "content per lumisection"
    console.press(RIGHT, ALT)
    console.wait(0)
    assert answer_history(client).bins == (before.bins[0] + 1,)
    console.wait(0)
    console.press("H", SHIFT)
    assert not console.seen(words)
    assert detail_of(console).tools.shown == ""


def test_a_history_that_is_not_to_be_had(console: Console) -> None:
    client, words = console.client, "History words"
    console.window.parts.view.open_plot(CHARGE)
    console.wait(1)
    console.press("H", SHIFT)
    answer_history(client, sentence="nothing is recorded of this source")
    console.wait(0)
    assert console.says(words) == "Nothing is recorded of this source"
    console.press("H", SHIFT)
    asked = next(
        each for each in reversed(client.feed.sent) if isinstance(each, AskHistory)
    )
    client.answer(Receipt(asked.request, False, "the engine ended"))
    console.wait(0)
    assert console.says(words) == "The engine ended"
    console.window.parts.view.open_plot(TIME)
    console.wait(1)
    assert not console.seen(words), "it belongs to one plot"
