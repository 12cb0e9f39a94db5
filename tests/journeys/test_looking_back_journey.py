"""By keyboard alone: back in a run, what an update added, a link, and now again."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLabel, QWidget
from support import mouse
from support.consoles import Console
from support.fake_session import CHARGE, DEPTH1, RUN, run_info, site
from support.histories import answer_history
from support.keyboard import CTRL, ESC, RETURN, SHIFT
from support.overview_scene import drawn_session

from dqmconsole.model.history import LumisectionsFact, TransitionFact
from dqmconsole.model.message import Watch
from dqmconsole.model.past import PastMoment
from dqmconsole.model.verdict import Status, Verdict
from dqmconsole.model.view_link import ViewLink

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from pytestqt.qtbot import QtBot

    from dqmconsole.model.frame import Tile

pytestmark = pytest.mark.slow

ENDS = (390, 400, 410, 417)
BACK, ON, NOW = Qt.Key.Key_Left, Qt.Key.Key_Right, Qt.Key.Key_End


@pytest.fixture
def hcal(console: Console) -> Console:
    """The page of the drawing, with its first plot selected."""
    console.window.parts.view.select_plot(DEPTH1)
    console.wait(1)
    return console


def press(console: Console, key: Qt.Key | str, *ends: int, words: str = "") -> None:
    """Press a key with Ctrl; answer what it asks of the record."""
    asked = len(console.client.recorded_asked)
    console.press(key, CTRL)
    if len(console.client.recorded_asked) > asked:
        console.client.put_recorded(*(() if words else ends or ENDS), words=words)
    console.wait(1)


def watched_past(console: Console) -> PastMoment | None:
    sent = [each for each in console.client.feed.sent if isinstance(each, Watch)]
    return sent[-1].past


def shown_of(console: Console, key: str = DEPTH1) -> Tile:
    found = next(tile for tile in console.tiles() if tile.key == key).tile
    assert found is not None
    return found


def tile_words(console: Console, key: str = DEPTH1) -> str:
    found = next(tile for tile in console.tiles() if tile.key == key)
    return found.accessibleDescription()


def test_back_on_and_now_again(hcal: Console) -> None:
    press(hcal, BACK)
    said = hcal.says("Looking back")
    assert said == (
        f"LOOKING BACK: run {RUN} up to LS 410, as recorded. Live goes on: Ctrl+End "
        "shows it."
    )
    assert watched_past(hcal) == PastMoment(RUN, 410)
    shown = next(tile for tile in hcal.tiles() if tile.key == DEPTH1)
    assert shown.tile is not None
    assert shown.tile.banner == f"LS 1–410 of run {RUN}, recorded"
    # the plot is BAD now: that is said apart, and never of this picture
    assert shown.status() is Status.NOT_CHECKED
    assert hcal.says("Page summary").startswith("now: ")
    assert "Now: BAD" in hcal.says("Selected plot")
    press(hcal, BACK)
    press(hcal, BACK)
    assert watched_past(hcal) == PastMoment(RUN, 390)
    press(hcal, BACK)
    assert hcal.says("Answer") == "LS 390 is the first recorded: Ctrl+End is now."
    press(hcal, ON)
    press(hcal, "j")
    assert watched_past(hcal) == PastMoment(RUN, 400, 391)
    press(hcal, ON)
    assert watched_past(hcal) == PastMoment(RUN, 410, 401)
    assert "what LS 401–410 of run" in hcal.says("Looking back")
    # alone, and back: it is the same moment
    hcal.press(RETURN)
    hcal.wait(1)
    assert hcal.sees(QWidget, "Looking back")
    hcal.press(ESC)
    press(hcal, NOW)
    assert watched_past(hcal) is None
    assert not hcal.sees(QWidget, "Looking back")
    assert tile_words(hcal).startswith("BAD: 8 of 82")
    press(hcal, NOW)
    assert hcal.says("Answer") == "This is now."


def test_now_takes_back_what_the_record_has_not_answered_yet(hcal: Console) -> None:
    hcal.press(BACK, CTRL)
    press(hcal, NOW)
    assert hcal.says("Answer") == "This is now."
    hcal.client.put_recorded(*ENDS)
    hcal.wait(1)
    assert watched_past(hcal) is None
    assert not hcal.sees(QWidget, "Looking back")


def test_what_is_live_goes_on(hcal: Console) -> None:
    press(hcal, BACK)
    hcal.client.put_verdict(CHARGE, Verdict(Status.BAD, "no charge at all", since=417))
    hcal.wait(1)
    assert "2 bad" in hcal.says("Page summary")
    assert tile_words(hcal, CHARGE).startswith("NOT CHECKED: now BAD, then NOT CHECKED")
    # the next run does not change what is looked at
    hcal.client.put_run(run_info(RUN + 1, 3))
    hcal.wait(1)
    assert f"run {RUN} up to LS 410" in hcal.says("Looking back")
    press(hcal, BACK)
    assert watched_past(hcal) == PastMoment(RUN, 400)


def test_a_pause_does_not_hold_the_past(hcal: Console) -> None:
    hcal.press("p")
    press(hcal, BACK)
    assert shown_of(hcal).past == PastMoment(RUN, 410)
    press(hcal, NOW)
    assert shown_of(hcal).past is None
    assert shown_of(hcal).picture is not None


def test_the_verdict_of_then_where_it_is_known(hcal: Console) -> None:
    client = hcal.client
    client.put_history(LumisectionsFact(RUN, 1, 417))
    client.put_history(
        TransitionFact(DEPTH1, RUN, Status.GOOD, 1.0, 2),
        TransitionFact(DEPTH1, RUN, Status.WARNING, 2.0, 395, "some rings are low"),
        TransitionFact(DEPTH1, RUN, Status.BAD, 3.0, 402, "8 of 82"),
    )
    press(hcal, BACK)
    press(hcal, BACK)
    assert tile_words(hcal) == "WARNING: now BAD, then WARNING: some rings are low"
    press(hcal, BACK)
    assert tile_words(hcal).startswith("GOOD: now BAD, then GOOD")
    press(hcal, "j")
    assert tile_words(hcal).startswith("NOT CHECKED")


def test_nothing_is_recorded(hcal: Console) -> None:
    press(hcal, BACK, words="nothing is recorded of this source")
    assert hcal.says("Answer") == "Nothing is recorded of this source."
    assert not hcal.sees(QWidget, "Looking back")
    assert watched_past(hcal) is None


def go_to(console: Console, text: str, *ends: int) -> None:
    console.press("g", CTRL)
    assert console.focus() == "Lumisection, span or link"
    asked = len(console.client.recorded_asked)
    console.type(text)
    console.press(RETURN)
    if len(console.client.recorded_asked) > asked:
        console.client.put_recorded(*(ends or ENDS))
    console.wait(1)


def test_a_lumisection_a_span_and_what_is_wrong_with_them(hcal: Console) -> None:
    go_to(hcal, "395")
    assert watched_past(hcal) == PastMoment(RUN, 395)
    go_to(hcal, "391-400")
    assert watched_past(hcal) == PastMoment(RUN, 400, 391)
    go_to(hcal, "9999")
    assert hcal.says("Answer") == f"Run {RUN} is recorded up to LS 417."
    assert watched_past(hcal) == PastMoment(RUN, 400, 391)
    go_to(hcal, "soon")
    assert "neither a number (178) nor a span" in hcal.says("Go to, answer")
    hcal.press(ESC)
    go_to(hcal, f"dqm:{RUN}/Hcal/Digi%20ocupancy")
    assert hcal.says("Go to, answer") == (
        "there is no page Hcal/Digi ocupancy in this site; the nearest is "
        "Hcal/Digi occupancy."
    )
    hcal.press(ESC)


def test_a_link_is_copied_and_opened(hcal: Console) -> None:
    clipboard = QGuiApplication.clipboard()
    hcal.press("u", CTRL)
    assert clipboard.text() == f"dqm:{RUN}/Hcal/Digi%20occupancy?ls=417"
    go_to(hcal, "391-400")
    hcal.press(RETURN)  # the plot alone
    hcal.wait(1)
    hcal.press("u", CTRL)
    link = clipboard.text()
    assert link == (
        f"dqm:{RUN}/Hcal/Digi%20occupancy?plot=Hcal/DigiTask/Occupancy/depth1"
        "&ls=391-400"
    )
    press(hcal, NOW)
    hcal.press(ESC)
    hcal.press("]")
    hcal.wait(1)
    go_to(hcal, link)
    assert hcal.says("Page").startswith("Hcal › Digi occupancy › ")
    assert watched_past(hcal) == PastMoment(RUN, 400, 391)
    # another run, at its end
    go_to(hcal, "dqm:398100/Hcal/Timing", 12, 30)
    assert hcal.says("Page") == "Hcal › Timing"
    assert watched_past(hcal) == PastMoment(398100, 30)


def test_all_windows_look_at_the_same_moment(hcal: Console) -> None:
    hcal.press("n", CTRL | SHIFT)
    (window,) = hcal.window.parts.windows.open
    hcal.wait(1)
    press(hcal, BACK)
    shown = window.grid.tiles[0].tile
    assert shown is not None
    assert shown.past == PastMoment(RUN, 410)
    said = [each.text() for each in window.findChildren(QLabel) if each.isVisible()]
    assert any(each.startswith("LOOKING BACK") for each in said)
    press(hcal, NOW)
    assert shown_of(hcal).past is None


def test_a_point_of_the_history_opens_its_moment(hcal: Console) -> None:
    hcal.window.parts.view.open_plot(CHARGE)
    hcal.wait(1)
    hcal.press("h", SHIFT)
    answer_history(hcal.client)
    hcal.wait(0)
    along = hcal.window.parts.view.detail.history.along
    at = mouse.pixel(along, 388.0, 0.5)
    QTest.mouseDClick(along.viewport(), Qt.MouseButton.LeftButton, pos=at)
    hcal.client.put_recorded(*ENDS)
    hcal.wait(1)
    assert watched_past(hcal) == PastMoment(RUN, 392)


def test_another_source_begins_with_now(hcal: Console) -> None:
    press(hcal, BACK)
    hcal.window.context.open_source("/elsewhere")
    hcal.client.put_site(site())
    hcal.wait(1)
    assert hcal.client.mailbox.past is None
    hcal.window.parts.view.select_plot(DEPTH1)
    hcal.wait(1)
    assert watched_past(hcal) is None
    assert not hcal.sees(QWidget, "Looking back")


@pytest.fixture
def overview(qtbot: QtBot, tmp_path: Path) -> Iterator[Console]:  # noqa: ARG001 - Qt
    """The overview of the drawing."""
    console = Console(drawn_session(), tmp_path / "c.ini", overview=True)
    console.wait(1)
    yield console
    console.close()


def test_a_cell_of_the_overview_opens_its_moment(overview: Console) -> None:
    overview.press(Qt.Key.Key_Left, SHIFT)
    overview.press(Qt.Key.Key_Left)
    overview.press(RETURN)
    assert "not that moment" in overview.says("Moment asked for")
    overview.client.put_recorded(20, 40, 78)
    overview.wait(1)
    assert f"run {RUN} up to LS 40" in overview.says("Looking back")
    assert not overview.sees(QWidget, "Moment asked for")
    overview.press("O")
    overview.press(Qt.Key.Key_End)
    overview.press(RETURN)
    overview.wait(1)
    assert not overview.sees(QWidget, "Looking back")


def test_what_happened_opens_its_moment(overview: Console) -> None:
    lately = overview.window.parts.lately
    words = [lately.item(at).text() for at in range(lately.count())]
    overview.tab_to("Since you looked")
    overview.press(Qt.Key.Key_Home)
    overview.press(Qt.Key.Key_Down, times=words.index("Hcal BAD") - 1)
    while lately.currentItem().text() != "Hcal BAD":
        overview.press(Qt.Key.Key_Down)
    overview.press(RETURN)
    overview.client.put_recorded(20, 41, 78)
    overview.wait(1)
    assert f"run {RUN} up to LS 41" in overview.says("Looking back")


def test_a_link_to_the_run_of_now_waits_until_there_is_one(hcal: Console) -> None:
    hcal.window.context.open_source("/elsewhere")
    hcal.window.open_link(ViewLink(last=395))
    hcal.client.put_site(site())
    hcal.wait(1)
    assert not hcal.client.recorded_asked
    hcal.client.put_run(run_info(RUN, 417))
    hcal.wait(1)
    hcal.client.put_recorded(*ENDS)
    hcal.wait(1)
    assert hcal.client.mailbox.past == PastMoment(RUN, 395)
