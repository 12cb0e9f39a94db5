"""One scale moves text, marks and room, at once, in the running window."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from PySide6.QtCore import QCoreApplication, QEvent
from PySide6.QtWidgets import QApplication, QHBoxLayout, QLabel, QWidget
from support.consoles import Console
from support.fake_session import NOW, live_session
from support.keyboard import CTRL

from dqmconsole.ui import fonts
from dqmconsole.ui.fonts import (
    SMALL,
    STEPS,
    TEXT,
    TITLE,
    apply_scale,
    px,
    screen_scale,
    set_fixed,
    set_text,
    stepped,
)
from dqmconsole.ui.live.page import MIN_HEIGHT
from dqmconsole.ui.marks import MarkLabel
from dqmconsole.ui.settings import Settings
from dqmconsole.ui.theme import LIGHT, stylesheet
from dqmconsole.ui.window import MainWindow

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from pytestqt.qtbot import QtBot


@pytest.fixture(autouse=True)
def scale_of_before(qapp: QApplication) -> Iterator[None]:
    yield
    apply_scale(qapp, 1.0, 1.0, ())


@pytest.fixture
def console(qapp: QApplication, tmp_path: Path) -> Iterator[Console]:  # noqa: ARG001
    console = Console(live_session(), tmp_path / "console.ini")
    yield console
    console.close()


@pytest.mark.parametrize(
    ("width", "height", "dpi", "expected"),
    [
        (1366, 728, 112.0, 1.0),  # a small screen keeps room for the window
        (1920, 1080, 92.0, 1.0),
        (1920, 1040, 158.0, 1.35),  # a laptop: as large as it can be
        (2560, 1400, 109.0, 1.15),
        (3840, 2160, 163.0, 1.7),
        (3840, 2160, 80.0, 1.0),  # a large television, seen from near
        (3840, 2160, 0.0, 2.0),  # it knows nothing of itself
        (2560, 1440, 1e9, 1.35),
        (800, 600, 300.0, 1.0),
    ],
)
def test_the_scale_of_a_screen(
    width: int, height: int, dpi: float, expected: float
) -> None:
    assert screen_scale(width, height, dpi) == expected


def test_what_the_desktop_enlarges_is_not_enlarged_again() -> None:
    assert screen_scale(3840, 2160, 163.0, counted=163.0) == 1.0


def test_steps_end_at_both_ends() -> None:
    assert stepped(1.0, 1) == STEPS[STEPS.index(1.0) + 1]
    assert stepped(STEPS[-1], 1) == STEPS[-1]
    assert stepped(STEPS[0], -1) == STEPS[0]
    assert stepped(1.04, 0) == 1.0


def test_labels_marks_and_layouts_follow(qtbot: QtBot, qapp: QApplication) -> None:
    widget = QWidget()
    qtbot.addWidget(widget)
    row = QHBoxLayout(widget)
    row.setContentsMargins(8, 4, 8, 4)
    row.setSpacing(16)
    title, plain, box = QLabel("title"), QLabel("plain"), QLabel()
    for each in (title, plain, box):
        row.addWidget(each)
    set_text(title, TITLE, bold=True)
    set_fixed(box, 20, 10)
    for factor in (1.5, 2.0, 1.0):
        apply_scale(qapp, factor, 1.0, (widget,))
        assert title.font().pointSizeF() == pytest.approx(TITLE * factor)
        assert title.font().bold()
        assert plain.font().pointSizeF() == pytest.approx(TEXT * factor)
        assert (box.width(), box.height()) == (20 * factor, 10 * factor)
        assert row.contentsMargins().left() == 8 * factor
        assert row.spacing() == 16 * factor
    apply_scale(qapp, 1.0, 0.5, (widget,))
    assert row.spacing() == 8
    assert plain.font().pointSizeF() == TEXT


def test_the_style_sheet_scales_what_is_not_a_line() -> None:
    sheet = stylesheet(LIGHT, 2.0, 0.5)
    assert "border: 1px solid" in sheet
    assert "padding: 4px 12px;" in sheet  # of buttons: 4px 12px, twice, and half
    assert "width: 20px; margin: 0" in sheet  # of the scroll bar
    assert stylesheet(LIGHT) == stylesheet(LIGHT, 1.0, 1.0)


def test_everything_in_the_window_is_in_the_shipped_face_and_three_sizes(
    console: Console,
) -> None:
    parts = console.window.parts
    sizes = set()
    for widget in console.window.findChildren(QWidget):
        assert widget.font().family() == "Source Sans Pro", widget
        sizes.add(round(widget.font().pointSizeF(), 2))
    assert sizes == {SMALL, TEXT, TITLE}
    for kind in ("QMenu", "QMenuBar", "QTipLabel", "QMessageBox"):
        assert QApplication.font(kind).family() == "Source Sans Pro"
    assert parts.docks["panel"].font().family() == "Source Sans Pro"


def test_ctrl_and_plus_move_everything_at_once(
    console: Console, tmp_path: Path
) -> None:
    window = console.window
    window.resize(1366, 768)
    grid = window.parts.view.grid
    mark = next(
        each for each in window.parts.panel.findChildren(MarkLabel) if each.isVisible()
    )
    before = mark.width(), window.parts.header.height()
    console.press("+", CTRL)
    assert window.context.settings.text_size == 1.1
    assert console.says("Answer") == "Text at 110%"
    console.press("=", CTRL)
    console.press("+", CTRL)
    assert fonts.scale() == pytest.approx(1.5)
    assert mark.width() == round(before[0] * 1.5)
    assert window.parts.header.height() > 1.3 * before[1]
    for widget in window.findChildren(QWidget):
        size = widget.font().pointSizeF()
        assert any(size == pytest.approx(1.5 * each) for each in (SMALL, TEXT, TITLE))
    assert all(tile.height() >= px(MIN_HEIGHT) for tile in grid.visible_tiles())
    assert (window.width(), window.height()) == (1366, 768)
    console.press("-", CTRL)
    assert fonts.scale() == pytest.approx(1.25)
    window.context.settings.save()
    assert Settings(tmp_path / "console.ini").text_size == 1.25
    console.press("0", CTRL)
    assert fonts.scale() == 1.0
    assert (mark.width(), window.parts.header.height()) == before


def test_a_window_begins_at_the_size_that_was_chosen(tmp_path: Path) -> None:
    settings = Settings(tmp_path / "c.ini")
    settings.text_size = 1.5
    settings.density = "compact"
    settings.save()
    console = Console(live_session(), tmp_path / "c.ini")
    assert fonts.scale() == pytest.approx(1.5)
    assert console.window.context.colours.density == "compact"
    row = console.window.parts.view.heading.findChild(QHBoxLayout)
    assert row is not None
    assert row.spacing() == round(16 * 1.5 * 0.6)
    console.close()


@pytest.mark.parametrize("factor", [1.0, 1.25, 1.5])
def test_the_whole_window_fits_a_small_screen_with_all_docks(
    console: Console, factor: float
) -> None:
    """Else its foot, with the worst notice, lies below the edge of the screen."""
    console.window.context.choose_text_size(factor)
    for dock in console.window.parts.docks.values():
        dock.show()
    for size in ((1366, 768), (1280, 720)):
        fits(console, size)


def fits(console: Console, size: tuple[int, int]) -> None:
    window = console.window
    window.resize(*size)
    console.wait(0)
    assert (window.width(), window.height()) == size
    foot = window.parts.notices
    place = foot.mapTo(window, foot.rect().bottomRight())
    assert window.rect().contains(place)
    assert foot.isVisible()


def test_a_window_remembered_on_a_larger_screen_comes_back_whole(
    qapp: QApplication, tmp_path: Path
) -> None:
    """The tests' screen is 800 pixels wide and high: larger ones are gone."""
    first = Console(live_session(), tmp_path / "c.ini", size=(1600, 960))
    first.window.move(900, 40)
    first.wait(0)
    first.close()
    client, settings = live_session(), Settings(tmp_path / "c.ini")
    window = MainWindow(client, settings, start_demo=None, clock=lambda: NOW)
    room = qapp.primaryScreen().availableGeometry()
    assert room.width() == 800
    window.show()
    window.clock.stop()
    assert room.contains(window.geometry())
    foot = window.parts.notices
    assert room.contains(foot.mapToGlobal(foot.rect().bottomRight()))
    window.end()
    window.deleteLater()
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete.value)


def test_another_screen_has_its_own_scale(
    console: Console, monkeypatch: pytest.MonkeyPatch
) -> None:
    window = console.window
    window.context.choose_text_size(1.25)
    monkeypatch.setattr(window, "_screen_scale", lambda: 1.6)
    handle = window.windowHandle()
    handle.screenChanged.emit(handle.screen())
    assert fonts.scale() == pytest.approx(2.0)
    assert window.context.settings.text_size == 1.25
    window.parts.wall.begin()
    monkeypatch.setattr(window, "_screen_scale", lambda: 1.0)
    handle.screenChanged.emit(handle.screen())
    window.parts.wall.leave()
    assert fonts.scale() == pytest.approx(2.0)
