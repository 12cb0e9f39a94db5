"""The window on a wall: nothing to click, page after page, and the way back."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QMenuBar, QWidget
from support.consoles import Console
from support.fake_session import CHARGE, DIGIS, HCAL, live_session
from support.keyboard import CTRL, ESC, SHIFT

from dqmconsole.shift.pages import PageName
from dqmconsole.shift.wall import rotation
from dqmconsole.ui import fonts
from dqmconsole.ui.fonts import apply_scale
from dqmconsole.ui.live.wall import wall_scale
from dqmconsole.ui.palette import Palette

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

pytestmark = pytest.mark.slow

F11 = Qt.Key.Key_F11


@pytest.fixture
def console(qapp: QApplication, tmp_path: Path) -> Iterator[Console]:
    console = Console(live_session(), tmp_path / "console.ini")
    yield console
    console.close()
    apply_scale(qapp, 1.0, 1.0, ())


@pytest.mark.parametrize(
    ("own", "height", "expected"),
    [(1.0, 1080, 1.3), (1.0, 2160, 2.6), (1.5, 768, 1.95)],
)
def test_type_is_large_for_the_height_of_the_screen(
    own: float, height: int, expected: float
) -> None:
    assert wall_scale(own, height) == pytest.approx(expected)


def test_pages_go_round_and_esc_puts_everything_back(console: Console) -> None:
    window, parts = console.window, console.window.parts
    window.context.settings.wall_interval = 30
    parts.docks["book"].show()
    before = parts.view.pages.names[-1]
    parts.view.turn_to(before)
    seen = {name: dock.isVisible() for name, dock in parts.docks.items()}
    console.press(F11, SHIFT)
    assert window.isFullScreen()
    assert fonts.scale() > 1.2
    assert not window.findChild(QMenuBar).isVisible()
    assert not any(dock.isVisible() for dock in parts.docks.values())
    assert not console.sees(QWidget, "Key hints")
    round_ = rotation(console.client.site, console.client.mailbox.rollups)
    assert round_[0] == PageName(HCAL, DIGIS)  # it has a plot that is BAD
    assert parts.view.page == round_[0]
    for name in (*round_[1:], round_[0]):
        console.wait(29)
        assert parts.view.page != name
        console.wait(2)
        assert parts.view.page == name
    assert parts.view.grid.verticalScrollBar().maximum() == 0
    console.press(ESC)
    assert not window.isFullScreen()
    assert fonts.scale() == 1.0
    assert window.findChild(QMenuBar).isVisible()
    assert {name: dock.isVisible() for name, dock in parts.docks.items()} == seen
    assert console.says("Key hints")
    assert parts.view.page == before
    assert parts.view.on_page
    page = parts.view.page
    console.wait(100)
    assert parts.view.page == page


def test_esc_from_the_wall_shows_what_was_shown_before(console: Console) -> None:
    view = console.window.parts.view
    view.open_plot(CHARGE)
    console.press(F11, SHIFT)
    console.wait(100)
    assert not view.in_detail
    console.press(ESC)
    assert view.in_detail
    assert view.detail.tile.key == CHARGE
    view.show_overview()
    console.press(F11, SHIFT)
    assert view.on_page
    console.press(ESC)
    assert view.on_overview
    view.bring_guest(console.window.parts.start)
    console.press(F11, SHIFT)
    console.press(ESC)
    assert view.has_guest


def test_what_somebody_turned_to_stays_its_time(console: Console) -> None:
    view = console.window.parts.view
    console.window.context.settings.wall_interval = 30
    console.window.parts.wall.begin()
    console.wait(25)
    console.press("]")
    chosen = view.page
    console.wait(1)
    console.wait(25)
    assert view.page == chosen
    console.wait(10)
    assert view.page != chosen
    console.press("P")
    held = view.page
    console.wait(100)
    assert view.page == held


def test_no_page_turns_beneath_a_sheet(console: Console) -> None:
    view = console.window.parts.view
    console.window.context.settings.wall_interval = 30
    console.window.parts.wall.begin()
    page = view.page
    console.press("K", CTRL)
    palette = next(
        each for each in console.window.findChildren(Palette) if each.isVisible()
    )
    console.wait(40)
    console.type("pa")
    assert view.page == page
    assert palette.field.text() == "pa"
    assert console.window.context.paused_at is None
    console.press(ESC)
    console.wait(29)
    assert view.page == page
    console.wait(2)
    assert view.page != page


def test_only_chosen_layouts_are_shown(console: Console) -> None:
    site = console.client.site
    assert site is not None
    settings = console.window.context.settings
    settings.wall_without = {each.layout for each in site.layouts} - {HCAL}
    console.window.parts.wall.begin()
    for _ in range(8):
        console.wait(settings.wall_interval + 1)
        assert console.window.parts.view.page is not None
        assert console.window.parts.view.page.layout == HCAL


@pytest.mark.usefixtures("qapp")
def test_closing_the_window_on_a_wall_remembers_the_one_at_the_desk(
    tmp_path: Path,
) -> None:
    first = Console(live_session(), tmp_path / "c.ini")
    first.window.parts.wall.begin()
    first.wait(0)
    first.close()
    again = Console(live_session(), tmp_path / "c.ini")
    assert not again.window.isFullScreen()
    assert again.window.parts.docks["panel"].isVisible()
    assert fonts.scale() == 1.0
    again.close()
