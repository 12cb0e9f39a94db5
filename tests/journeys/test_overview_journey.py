"""The first page: once by keyboard alone, once by mouse alone."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QTreeWidget, QWidget
from support.consoles import Console
from support.fake_book import FakeWriter
from support.fake_session import RUN, FakeSession
from support.overview_scene import LAST, drawn_session, keys_of

from dqmconsole.model.history import TransitionFact
from dqmconsole.model.verdict import Status, Verdict
from dqmconsole.shift.lately import AWAY

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from pytestqt.qtbot import QtBot

pytestmark = pytest.mark.slow

SHIFT = Qt.KeyboardModifier.ShiftModifier


@pytest.fixture
def console(qtbot: QtBot, tmp_path: Path) -> Iterator[Console]:  # noqa: ARG001 - Qt
    """A window on the run of the drawing, just opened."""
    console = Console(
        drawn_session(), tmp_path / "c.ini", writer=FakeWriter(), overview=True
    )
    console.wait(1)
    yield console
    console.close()


def said(console: Console) -> str:
    return console.says("Overview")


def test_by_keyboard(console: Console) -> None:
    """The worst row first; rows, lumisections, changes; the page, and back with O."""
    assert console.focus() == "Overview"
    assert console.client.watched == []
    assert said(console).startswith("Hcal, LS 41–78: BAD (7 BAD, 9 GOOD)")
    assert "Now: 7 of 16 bad · since LS 41" in said(console)
    console.press(Qt.Key.Key_Left, SHIFT)
    console.press(Qt.Key.Key_Left)
    assert said(console).startswith("Hcal, LS 40: WARNING")
    console.press(Qt.Key.Key_Right)
    assert said(console).startswith("Hcal, LS 41–78: BAD")
    console.press(Qt.Key.Key_Home)
    assert said(console).startswith("Hcal, LS 1–3: WAITING")
    console.press(Qt.Key.Key_Right, SHIFT)
    assert said(console).startswith("Hcal, LS 4–39: GOOD")
    console.press(Qt.Key.Key_End)
    console.press(Qt.Key.Key_Down)
    assert said(console).startswith("Castor, LS 4–78: NOT APPLICABLE")
    assert said(console).endswith("Now: not in the run")
    console.press(Qt.Key.Key_Up)
    console.press(Qt.Key.Key_Return)
    assert console.says("Page").startswith("Hcal › ")
    worst = keys_of(console.client.site, "Hcal")[0]
    assert console.window.context.selection.key == worst
    assert "Hcal, LS 41–78: BAD" in console.says("Answer")
    console.press("]")
    console.wait(1)
    assert not console.seen("Answer")  # it was of the page before
    console.press("[")
    assert console.window.parts.docks["panel"].windowTitle() == "Selected plot"
    console.press("O")
    assert console.focus() == "Overview"
    assert console.window.parts.docks["panel"].windowTitle() == "What happened"
    console.press(Qt.Key.Key_Escape)
    assert console.says("Page").startswith("Hcal › ")
    console.press("]")
    console.press("O")
    console.press("K", Qt.KeyboardModifier.ControlModifier)
    console.type("page of that moment")
    console.press(Qt.Key.Key_Return)
    assert not console.sees(QWidget, "Overview")


def click(widget: QWidget, point: QPoint) -> None:
    QTest.mouseClick(widget, Qt.MouseButton.LeftButton, pos=point)
    QApplication.processEvents()


def test_by_mouse(console: Console) -> None:
    """A tooltip in words, a click on a cell, and the way back in the navigator."""
    page = console.window.parts.overview
    view = page.viewport()
    found = {page.words_at(QPoint(x, y)): QPoint(x, y)
             for y in range(0, view.height(), 6)
             for x in range(0, view.width(), 3)}  # fmt: skip
    bad = next(words for words in found if words.startswith("CTPPS, LS 52: BAD"))
    assert "one plane empty" in bad
    assert "Now: 12 of 12" in bad
    assert any(
        words.startswith(f"Run {RUN}, LS 12, ") and "High voltage: RPC off" in words
        for words in found
    )
    click(view, found[bad])
    console.wait(0)
    assert console.says("Page") == "CTPPS › Summary"
    tree = console.find(QTreeWidget, "Pages")
    item = console.item("Pages", "Overview")
    click(tree.viewport(), tree.visualItemRect(item).center())
    console.wait(0)
    assert console.sees(QWidget, "Overview")
    lately = console.window.parts.lately
    words = [lately.item(at).text() for at in range(lately.count())]
    assert words[:3] == ["In this run", "L1T stands still", "CTPPS back to good"]
    at = words.index("Hcal BAD")
    click(lately.viewport(), lately.visualItemRect(lately.item(at)).center())
    console.wait(0)
    assert console.says("Page").startswith("Hcal › ")


def test_the_keyboard_waits_on_the_worst_row_until_it_is_moved(
    qtbot: QtBot,  # noqa: ARG001 - it brings the application
    tmp_path: Path,
) -> None:
    """What becomes bad later is opened by Enter, too; a row gone to is kept."""
    client = drawn_session()
    keys = keys_of(client.site, "Hcal")
    bad = {key: client.mailbox.verdicts[key] for key in keys}
    for key in keys:
        client.put_verdict(key, Verdict(Status.GOOD, "all is well"))
    console = Console(client, tmp_path / "c.ini", overview=True)
    console.wait(1)
    assert not said(console).startswith("Hcal")
    for key in keys:
        client.put_verdict(key, bad[key])
    console.wait(1)
    assert said(console).startswith("Hcal")
    console.press(Qt.Key.Key_Down)
    for key in keys:
        client.put_verdict(key, bad[key])
    console.wait(1)
    assert said(console).startswith("Castor")
    console.close()


def test_it_is_what_one_sees_after_the_start_of_a_shift(console: Console) -> None:
    """From the start of the shift Esc leads to it, from a page in between too."""
    console.press(Qt.Key.Key_Escape)
    assert console.says("Page").startswith("Info › ")
    console.press(Qt.Key.Key_F2)
    console.press(Qt.Key.Key_Escape)
    assert console.says("Page").startswith("Info › ")
    console.press(Qt.Key.Key_F2)
    console.type("Anna")
    console.press(Qt.Key.Key_Return, Qt.KeyboardModifier.ControlModifier)
    console.wait(1.5)
    console.press(Qt.Key.Key_Escape)
    assert console.focus() == "Overview"


def test_what_happened_while_somebody_was_away(console: Console) -> None:
    """The list says since when, and the strip has a line there."""
    key = keys_of(console.client.site, "DT")[0]
    console.press(Qt.Key.Key_Down)
    console.wait(AWAY + 400)
    console.client.put_history(
        TransitionFact(key, RUN, Status.BAD, console.now, 78, "one wheel empty")
    )
    console.client.put_verdict(key, Verdict(Status.BAD, "one wheel empty", since=78))
    console.press(Qt.Key.Key_Up)
    console.wait(1)
    console.wait(1)
    lately = console.window.parts.lately
    words = [lately.item(at).text() for at in range(lately.count())]
    assert words[0] == "Since you looked, 9 minutes ago"
    assert words[1:3] == ["DT BAD", "You looked"]


def test_what_happened_while_the_console_was_closed(
    qtbot: QtBot,  # noqa: ARG001 - it brings the application
    tmp_path: Path,
) -> None:
    """A restart does not forget when somebody looked at this source."""
    console = Console(drawn_session(), tmp_path / "c.ini", overview=True)
    before = console.now
    console.press(Qt.Key.Key_Down)
    console.close()
    again = Console(drawn_session(), tmp_path / "c.ini", overview=True)
    again.now = before + 600
    again.press(Qt.Key.Key_Down)
    again.wait(1)
    lately = again.window.parts.lately
    assert lately.item(0).text() == "Since you looked, 10 minutes ago"
    again.client.source = "/elsewhere"
    again.press(Qt.Key.Key_Up)
    again.wait(1)
    assert lately.item(0).text() == "In this run"
    again.close()


def test_what_is_drawn_is_not_the_moment_asked_for(console: Console) -> None:
    """Over the page stand moment, verdict and words, until another page is shown."""
    console.press(Qt.Key.Key_Left, SHIFT)
    console.press(Qt.Key.Key_Left)
    console.press(Qt.Key.Key_Return)
    said = console.says("Moment asked for")
    assert said.startswith("Asked for: LS 40, ")
    assert "Hcal, LS 40: WARNING" in said
    assert "some cells are empty" in said
    assert f"Drawn here is the latest of run {RUN}, not that moment." in said
    console.press(Qt.Key.Key_Return)
    assert console.sees(QWidget, "Moment asked for")  # the plot alone, too
    console.press(Qt.Key.Key_Escape)
    assert console.sees(QWidget, "Moment asked for")
    console.press("]")
    assert not console.sees(QWidget, "Moment asked for")
    console.press("O")
    console.press(Qt.Key.Key_End)
    console.press(Qt.Key.Key_Return)
    assert not console.sees(QWidget, "Moment asked for")


def test_now_is_the_last_that_is_known_where_data_are_behind(console: Console) -> None:
    """Hcal's data lack the last lumisection: its worst plot is opened all the same."""
    client = console.client
    worst = keys_of(client.site, "Hcal")[0]
    info = client.mailbox.run
    behind = tuple(
        msgspec.structs.replace(each, lumisection=LAST - 1)
        if each.subsystem == "Hcal"
        else each
        for each in info.clients
    )
    client.put_run(msgspec.structs.replace(info, clients=behind))
    console.wait(1)
    assert "no data yet" in said(console)
    assert "Now: 7 of 16 bad" in said(console)
    console.press(Qt.Key.Key_Return)
    assert console.window.context.selection.key == worst
    assert "Hcal, LS 41–77: BAD" in console.says("Answer")
    assert not console.sees(QWidget, "Moment asked for")


def test_a_pause_holds_it(console: Console) -> None:
    key = keys_of(console.client.site, "DT")[0]
    console.press("P")
    console.client.put_verdict(key, Verdict(Status.BAD, "empty"))
    console.wait(1)
    dt = [row for row in console.window.parts.overview.shown.rows if row.name == "DT"]
    assert dt[0].status is Status.GOOD
    console.press("P")
    console.wait(1)
    dt = [row for row in console.window.parts.overview.shown.rows if row.name == "DT"]
    assert dt[0].status is Status.BAD


def test_nobody_learns_a_verdict_from_it_who_is_asked_to_judge(
    console: Console,
) -> None:
    console.client.set_blinded(on=True)
    console.wait(1)
    assert "hidden" in said(console)
    assert console.window.parts.overview.shown.rows == ()
    lately = console.window.parts.lately
    words = " ".join(lately.item(at).text() for at in range(lately.count()))
    assert "BAD" not in words
    console.press(Qt.Key.Key_Return)
    assert console.sees(QWidget, "Overview")


def test_another_source_begins_with_its_own(console: Console) -> None:
    console.press(Qt.Key.Key_Escape)
    console.window.context.open_source("/elsewhere")
    console.wait(0)
    assert not console.sees(QWidget, "Overview")
    console.client.put_site(drawn_session().site)
    console.wait(1)
    assert console.focus() == "Overview"
    assert console.window.parts.overview.shown.rows == ()


def test_a_session_without_a_run_says_so(
    qtbot: QtBot,  # noqa: ARG001 - it brings the application
    tmp_path: Path,
) -> None:
    client = FakeSession(drawn_session().site)
    console = Console(client, tmp_path / "c.ini", overview=True)
    assert console.window.parts.overview.shown.runs == ()
    console.press(Qt.Key.Key_Return)
    console.press(Qt.Key.Key_Right)
    assert console.sees(QWidget, "Overview")
    console.close()
