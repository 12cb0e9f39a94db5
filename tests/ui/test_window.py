"""The assembled window: what others ask of it, its end, its pictures."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
import pytest
from PySide6.QtCore import Qt, QTimer
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QMenu
from support import mouse
from support.consoles import Console
from support.fake_book import FakeWriter
from support.fake_session import (
    CHARGE,
    DEPTH1,
    DIGIS,
    HCAL,
    NOW,
    TIME,
    FakeSession,
    live_session,
    run_info,
    site,
)
from support.waiting import PATIENCE_MS

from dqmconsole.model.message import Exported, Receipt
from dqmconsole.model.moment import clock_words
from dqmconsole.shift.client import Changes
from dqmconsole.shift.pages import PageName
from dqmconsole.ui import commands

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from pytestqt.qtbot import QtBot


@pytest.fixture
def console(qtbot: QtBot, tmp_path: Path) -> Iterator[Console]:  # noqa: ARG001 - Qt
    console = Console(live_session(), tmp_path / "console.ini")
    yield console
    console.close()


def test_it_ends_in_order(console: Console) -> None:
    """The timer stands still before the session is closed."""
    timers = console.window.clock.findChildren(QTimer)
    console.window.clock.start()
    active: list[bool] = []
    close = console.client.close
    console.client.close = lambda: (active.append(timers[0].isActive()), close())  # type: ignore[method-assign,assignment]
    console.window.close()
    assert active == [False]
    assert console.client.closed == 1


@pytest.mark.qt_log_ignore("This plugin does not support")  # a menu grabs the keyboard
@pytest.mark.parametrize("key", ["Down", "Return", "Space"])
def test_the_menus_are_gone_through_by_keyboard(console: Console, key: str) -> None:
    def press(name: str) -> None:
        target = QApplication.activePopupWidget() or QApplication.focusWidget()
        QTest.keyClick(target or console.window, Qt.Key[f"Key_{name}"])

    press("Alt")
    press("Right")
    press(key)
    menu = QApplication.activePopupWidget()
    assert isinstance(menu, QMenu)
    assert menu.title() == "&Go"
    first = menu.activeAction()
    press("Down")
    assert menu.activeAction() not in (None, first)
    run: list[str] = []
    console.window.context.used.connect(run.append)
    chosen = menu.activeAction().objectName()
    press("Return")
    assert run == [chosen]
    assert QApplication.activePopupWidget() is None


def test_there_is_one_timer(console: Console) -> None:
    timers = [
        timer
        for timer in console.window.findChildren(QTimer)
        if timer.interval() and timer.isActive()
    ]
    assert timers == []
    console.window.clock.start()
    timers = [
        timer for timer in console.window.findChildren(QTimer) if timer.isActive()
    ]
    assert len(timers) == 1


def test_a_page_is_opened_by_name_when_its_site_comes(
    qtbot: QtBot,  # noqa: ARG001 - it brings the application
    tmp_path: Path,
) -> None:
    client = FakeSession()
    console = Console(client, tmp_path / "c.ini")
    console.window.open_page_named("hcal/digi OCCUPANCY")
    client.put_site(site())
    console.wait(0)
    assert console.window.parts.view.page == PageName(HCAL, DIGIS)
    console.close()


def test_the_worst_page_is_found(console: Console) -> None:
    console.window.open_worst_page()
    assert console.says("Page") == f"{HCAL} › {DIGIS}"


def test_the_numbers_of_a_plot_are_written_by_the_engine(
    console: Console, monkeypatch: pytest.MonkeyPatch
) -> None:
    parts = console.window.parts
    console.window.open_worst_page()
    console.wait(0)
    place = parts.view.selected
    assert place is not None
    asked: list[tuple[object, ...]] = []

    def export(*arguments: object) -> int:
        asked.append(arguments)
        return len(asked)

    monkeypatch.setattr(parts.context.client, "export", export)
    monkeypatch.setattr(commands, "ask_export", lambda *_: ("/t/a.root", "root"))
    commands.export_plot(parts)
    commands.export_plot(parts)
    assert asked == [(place.key, place.plot.path, "root", "/t/a.root")] * 2
    parts.view.look(Changes(exports=(Exported(1, "/t/a.root", 9),)))
    assert console.says("Answer") == "Numbers written: /t/a.root"
    parts.view.look(Changes(refusals=(Receipt(2, False, "the disk is full"),)))
    assert console.says("Answer") == "Not written: the disk is full"
    parts.view.look(Changes(refusals=(Receipt(2, False, "of somebody else"),)))
    assert console.says("Answer") == "Not written: the disk is full"


def test_the_right_button_on_a_plot_asks_for_its_menu(
    console: Console, qtbot: QtBot
) -> None:
    view = console.window.parts.view
    console.window.open_worst_page()
    console.wait(0)
    tile = view.grid.tiles[-1]
    viewport = tile.canvas.viewport()
    where = viewport.rect().center()
    view.menu_wanted.disconnect()  # the menu would wait for an answer
    with qtbot.waitSignal(view.menu_wanted, timeout=PATIENCE_MS):
        mouse.menu(viewport, where)
    assert view.selected is not None
    assert view.selected.key == tile.key


def test_what_the_program_has_to_say_of_itself_is_said_and_kept(
    console: Console,
) -> None:
    console.window.tell("ValueError: oh. Report in /tmp/x")
    assert console.says("Notice") == "ValueError: oh. Report in /tmp/x"
    console.wait(301)
    assert console.says("Notice") == "BAD: Hcal 1 plot (N shows the next)"
    console.press(Qt.Key.Key_F8)
    assert console.item("Problems", "ValueError: oh. Report in /tmp/x")


def test_what_the_book_of_another_source_could_not_keep_is_told(
    qtbot: QtBot,  # noqa: ARG001 - it brings the application
    tmp_path: Path,
) -> None:
    (tmp_path / "c.ini").write_bytes(b"[x\n\xff=[[\n")
    client, writer = live_session(), FakeWriter()
    console = Console(client, tmp_path / "c.ini", writer=writer)
    console.wait(1)
    damaged = f"{tmp_path}/c.ini was damaged: this console's choices were read in part"
    assert console.says("Notice") == damaged
    console.wait(301)
    assert console.says("Notice") != damaged  # it is said once
    writer.lost = "2 records are neither in the book nor in its spool (/s.jsonl)"
    assert client.site is not None
    client.banner = "DEMO"
    client.put_site(msgspec.structs.replace(client.site, hash="other"))
    console.wait(0)
    assert console.says("Notice") == writer.lost
    console.close()


def test_a_source_that_was_opened_is_remembered_but_not_the_demo(
    qtbot: QtBot,  # noqa: ARG001 - it brings the application
    tmp_path: Path,
) -> None:
    demo = live_session()
    demo.banner = "DEMO"
    Console(demo, tmp_path / "c.ini").close()
    console = Console(live_session(), tmp_path / "c.ini")
    assert console.window.context.settings.recent == ("/dqm/live",)
    console.close()


def test_turning_pages_makes_no_widgets(console: Console) -> None:
    """After one round every widget there will be is there."""
    from PySide6.QtWidgets import QWidget

    pages = len(console.window.parts.view.pages.names)
    for _ in range(pages):
        console.press("]")
    before = len(console.window.findChildren(QWidget))
    for _ in range(pages):
        console.press("]")
    assert len(console.window.findChildren(QWidget)) == before


def test_the_page_is_watched_once_and_again_when_it_changes_its_size(
    console: Console,
) -> None:
    console.window.parts.view.select_plot(DEPTH1)
    console.wait(0)
    watches = console.client.watches
    console.wait(5)
    assert console.client.watches == watches
    before = {item.key: item.height for item in console.client.watched}
    console.window.resize(1400, 1000)
    console.wait(0)
    assert console.client.watches > watches
    assert all(item.height > before[item.key] for item in console.client.watched)


def test_log_is_turned_by_hand_and_kept(console: Console) -> None:
    console.window.parts.view.select_plot(CHARGE)
    console.wait(0)
    tile = console.window.parts.view.grid.tile(CHARGE)
    linear = tile.grab().toImage()
    console.press("L")
    assert tile.tile is not None
    assert tile.grab().toImage() != linear
    console.press("]")
    console.press("[")
    console.wait(0)
    console.window.parts.view.select_plot(CHARGE)
    console.press("L")
    tile = console.window.parts.view.grid.tile(CHARGE)
    assert tile.grab().toImage() == linear


def test_no_logarithm_hides_the_bins_below_zero(console: Console) -> None:
    view = console.window.parts.view
    view.open_plot(DEPTH1)
    console.wait(0)
    assert view.detail.tools.data is not None
    assert view.detail.tools.data.axes[0].low < 0
    console.press("L", Qt.KeyboardModifier.ShiftModifier)
    assert not view.detail.log("x")
    assert console.says("Answer") == "A logarithm of x would hide the bins below 0."
    y = Qt.KeyboardModifier.ShiftModifier | Qt.KeyboardModifier.ControlModifier
    console.press("L", y)
    assert view.detail.log("y")
    console.press("L", y)
    assert not view.detail.log("y")


def test_keys_of_a_plot_work_from_its_instruction_and_the_navigator(
    console: Console,
) -> None:
    parts = console.window.parts
    parts.view.open_plot(TIME)
    console.wait(0)
    detail = parts.view.detail
    for widget in (parts.docks["panel"].widget(), parts.navigator.tree):
        widget.setFocus()
        console.press("W")
        shown = [detail.tools.shown]
        console.press("W")
        assert [*shown, detail.tools.shown] == ["crosshair", ""]
        console.press(Qt.Key.Key_Plus)
        assert detail.tile.canvas.zoomed
        console.press("Z")
        assert not detail.tile.canvas.zoomed
    console.press("Z")
    assert console.says("Answer") == "There is no zoom to undo."


def test_a_key_without_use_here_is_answered(console: Console) -> None:
    console.window.parts.view.show_overview()
    console.press("E")
    assert console.says("Answer") == "E has no use here: Write an entry with evidence"
    console.window.parts.view.select_plot(TIME)
    console.press("W")
    assert console.says("Answer").startswith("W is for a plot alone (Enter): Crosshair")


def test_tab_leads_to_the_second_limit_and_not_away(console: Console) -> None:
    detail = console.window.parts.view.detail
    console.window.parts.view.open_plot(TIME)
    console.wait(0)
    console.press("M", Qt.KeyboardModifier.ShiftModifier)
    console.type("1")
    console.press(Qt.Key.Key_Tab)
    console.type("50")
    assert detail.limits.field.text() == "1 50"
    console.press(Qt.Key.Key_Return)
    assert detail.tools.limits == (1, 50)


def test_the_detail_of_a_reloaded_site_stays(console: Console) -> None:
    console.window.parts.view.open_plot(TIME)
    console.wait(0)
    console.client.put_site(site(hash="b2"))
    console.wait(0)
    assert console.says("Page").endswith("Pulse time, HE")
    QApplication.processEvents()


def test_the_header_is_live_only_while_data_are(console: Console) -> None:
    """The engine is well and the files stop: LIVE must not stand over old data."""
    assert console.says("Live or paused") == "LIVE"
    info = run_info()
    (producer,) = info.clients
    silent = msgspec.structs.replace(producer, state="silent", written=NOW - 900)
    console.client.put_run(msgspec.structs.replace(info, clients=(silent,)))
    console.wait(1)
    since = clock_words(NOW - 900)
    assert console.says("Engine").startswith("live")
    assert console.says("Live or paused") == f"STALE since {since}"
    other = msgspec.structs.replace(producer, subsystem="Ecal")
    console.client.put_run(msgspec.structs.replace(info, clients=(silent, other)))
    console.wait(1)
    assert console.says("Live or paused") == "LIVE, 1 of 2 stale"


def test_a_list_that_opens_beside_another_is_as_wide(
    qtbot: QtBot, tmp_path: Path
) -> None:
    del qtbot
    console = Console(live_session(), tmp_path / "console.ini")
    docks = console.window.parts.docks
    console.press(Qt.Key.Key_F8)
    console.press("N", Qt.KeyboardModifier.ShiftModifier)
    console.wait(1)
    assert abs(docks["alarms"].width() - docks["problems"].width()) < 20
    console.close()
