"""The alarm strip: its places, its words, its keys, and what stands around it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import (
    QApplication,
    QPushButton,
    QToolButton,
    QTreeWidget,
    QTreeWidgetItem,
    QWidget,
)
from support.alarm_scene import DEPTH2, HOLES, SHIFTED, STILL, alarm, flood
from support.consoles import Console
from support.fake_book import FakeWriter
from support.fake_session import CHARGE, DEPTH1, TIME, run_info
from support.instructed import instructed_session
from support.keyboard import CTRL, ESC, SHIFT

from dqmconsole.model.layout import Needs, plot_key
from dqmconsole.model.verdict import Status
from dqmconsole.shift import actions, answering
from dqmconsole.shift.alarms import Standing
from dqmconsole.shift.words import clock
from dqmconsole.ui.fonts import px
from dqmconsole.ui.labels import ElidedLabel
from dqmconsole.ui.live.alarm_strip import (
    FEW,
    FRESH,
    MOST,
    NEWS,
    READ,
    RESTS,
    AlarmRow,
    Places,
)
from dqmconsole.ui.overlay import LEAST
from dqmconsole.ui.theme import DARK, LIGHT

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from pytestqt.qtbot import QtBot

    from dqmconsole.model.alarm import Alarm
    from dqmconsole.model.cause import Urgency
    from dqmconsole.shift.alarms import State


@pytest.fixture
def console(qtbot: QtBot, tmp_path: Path) -> Iterator[Console]:  # noqa: ARG001 - Qt
    """A window with a shift, and no alarm yet."""
    console = Console(
        instructed_session(), tmp_path / "c.ini", writer=FakeWriter(), size=(1500, 960)
    )
    console.session.begin("Ada")
    console.wait(1)
    yield console
    console.close()


def tell(console: Console, *alarms: Alarm) -> None:
    """Let the engine tell alarms; wait until rows take clicks."""
    console.client.put_alarms(*alarms)
    console.wait(1)
    console.now += FRESH


def rows_shown(console: Console) -> list[AlarmRow]:
    rows = console.window.parts.strip.shown_rows
    return [each for each in rows if isinstance(each, AlarmRow)]


def spoken_row(console: Console, alarm: Alarm) -> str:
    """What the tooltip of an alarm's row says."""
    (row,) = (each for each in rows_shown(console) if each.name == alarm.id)
    assert row.words is not None
    return row.words.about


def standing(
    name: str, urgency: Urgency = "", state: State = "unacknowledged"
) -> Standing:
    made = alarm(name, "missing", (DEPTH1,), "empty", urgency=urgency)
    return Standing(msgspec.structs.replace(made, id=name), state)


# -- places --------------------------------------------------------------------------


def test_a_row_keeps_its_place_while_others_come_and_go() -> None:
    places = Places()
    rows = [standing(name, "dump") for name in "abc"]
    places.look(rows, 4)
    assert places.ids == ["a", "b", "c", ""]
    places.look([rows[0], rows[2]], 4)  # b is gone
    assert places.ids == ["a", "", "c", ""]
    worse = standing("d", "now")
    places.look([worse, rows[0], rows[2]], 4)
    assert places.ids == ["a", "d", "c", ""]
    places.settle([worse, rows[0], rows[2]], 4)
    assert places.ids == ["d", "a", "c", ""]


def test_only_what_asks_and_matters_more_takes_the_place_of_another_row() -> None:
    places = Places()
    known = standing("known", "now", "acknowledged")
    rows = [standing("a", "now"), standing("b"), known]
    places.look(rows, 3)
    assert places.ids == ["a", "b", "known"]
    new = standing("c")
    places.look([rows[0], rows[1], new, known], 3)
    assert places.ids == ["a", "b", "c"]  # it asks: what is acknowledged gives way
    places.look([rows[0], rows[1], new, standing("d"), known], 3)
    assert places.ids == ["a", "b", "c"]  # it is not worth more than those
    worse = standing("e", "dump")
    places.look([rows[0], worse, rows[1], new, known], 3, kept={"c"})
    assert places.ids == ["a", "e", "c"]  # the one that is selected stays
    places.bring("b")
    assert places.ids == ["a", "e", "b"]


def test_what_is_shelved_has_no_place() -> None:
    places = Places()
    places.look([standing("a"), standing("b", state="shelved")], 2)
    assert places.ids == ["a", ""]


# -- the strip -----------------------------------------------------------------------


def test_it_has_one_height_from_the_first_alarm_to_a_page_without_any(
    console: Console,
) -> None:
    strip = console.window.parts.strip
    assert not strip.isVisible()
    tell(console, HOLES)
    assert strip.isVisible()
    height = strip.height()
    tell(console, SHIFTED, STILL, *flood(console.client.site))
    assert strip.height() == height
    assert len([each for each in strip.names if each]) == MOST
    console.client.mailbox.alarms.clear()
    console.wait(1)
    assert strip.isVisible()
    assert strip.height() == height
    assert console.find(QToolButton, "All alarms").text().startswith("no alarm")
    console.press("]")
    assert not strip.isVisible()


def test_a_place_that_stays_empty_is_not_touched(
    console: Console, monkeypatch: pytest.MonkeyPatch
) -> None:
    cleared: list[AlarmRow] = []
    clear = AlarmRow.clear

    def noted(row: AlarmRow) -> None:
        cleared.append(row)
        clear(row)

    tell(console, HOLES, STILL)
    monkeypatch.setattr(AlarmRow, "clear", noted)
    console.wait(1)
    assert cleared == []
    del console.client.mailbox.alarms[STILL.id]
    console.wait(1)
    console.wait(1)
    assert len(cleared) == 1


def test_a_low_window_has_fewer_rows(console: Console) -> None:
    console.window.resize(1366, 768)
    tell(console, *flood(console.client.site))
    strip = console.window.parts.strip
    assert len([each for each in strip.names if each]) == FEW
    more = console.find(QToolButton, "All alarms")
    assert more.text() == "+17 more\n⇧N lists all"
    answering.shelve(console.session, console.session.alarms[-1], "known")
    console.wait(1)
    assert more.text() == "+16 more\n1 shelved\n⇧N lists all"
    low = strip.height()
    console.window.resize(1366, 1000)
    console.wait(1)
    assert len([each for each in strip.names if each]) == MOST
    assert strip.height() > low


def test_a_row_says_all_that_is_to_be_known(console: Console) -> None:
    tell(console, HOLES)
    assert console.says("Alarm Hcal missing") == (
        "Hcal missing, asks for an answer, 192 cells empty (ring HB+, iφ 15–22), "
        "since LS 41 · 10:52 · 14 min, 2 plots, Call now, "
        "Hcal DQM on call, 16 1001 [example]"
    )
    what = console.seen("Alarm Hcal missing").findChildren(ElidedLabel)[1]
    what.resize(what.fontMetrics().horizontalAdvance(what.words) - 20, what.height())
    assert what.text().startswith("192 c")
    assert what.text().endswith("… (ring HB+, iφ 15–22)")  # where it is stays whole
    assert "192 cells empty (ring HB+, iφ 15–22)" in what.parentWidget().toolTip()
    assert "“missing”: less is seen" in what.parentWidget().toolTip()
    assert console.says("Alarms") == "none is selected"  # the plot shows no alarm
    console.press("3", CTRL)
    assert console.says("Alarms") == console.says("Alarm Hcal missing")
    answering.acknowledge(console.session, console.session.alarms[0])
    console.wait(1)
    said = console.says("Alarm Hcal missing")
    assert said.startswith("Hcal missing, acknowledged, 192 cells")
    assert said.endswith("acknowledged 11:06, Ada")
    assert not console.sees(QPushButton, "Acknowledge Hcal missing")


def test_confirmations_and_hints_cover_nothing_of_it(console: Console) -> None:
    tell(console, HOLES)
    said = console.says("Alarm Hcal missing")
    console.window.context.say("Something was done.")
    console.wait(0)
    assert console.says("Answer") == "Something was done."
    assert console.says("Alarm Hcal missing") == said
    strip, foot = console.window.parts.strip, console.window.parts.notices
    assert not strip.isAncestorOf(foot)


def test_what_stands_in_it_is_not_said_at_the_foot_again(console: Console) -> None:
    assert console.says("Notice").startswith("BAD: Hcal")
    tell(console, HOLES)
    assert console.says("Notice").startswith("WARNING: Hcal 1 plot")
    tell(console, SHIFTED)
    assert "Hcal" not in console.words("Notice")


def test_arrows_select_and_enter_shows_the_worst_plot(console: Console) -> None:
    tell(console, HOLES, SHIFTED)
    strip = console.window.parts.strip
    console.press("3", Qt.KeyboardModifier.ControlModifier)
    assert console.focus() == "Alarms"
    assert strip.selected == HOLES.id
    console.press(Qt.Key.Key_Down)
    assert console.says("Alarms").startswith("Hcal shift, asks")
    console.press(Qt.Key.Key_Return)
    assert console.window.context.selection.key == TIME
    assert console.window.parts.view.in_detail


def test_from_the_strip_somebody_is_called_about_its_plot(console: Console) -> None:
    tell(console, HOLES)
    console.press("O")  # on the overview no plot is selected
    console.press("3", Qt.KeyboardModifier.ControlModifier)
    console.press("C")
    assert console.window.parts.call.isVisible()
    assert console.window.context.selection.key in HOLES.keys


def test_a_click_shows_the_plot_and_a_button_acknowledges_its_own_row(
    console: Console,
) -> None:
    tell(console, HOLES, SHIFTED)
    row = console.seen("Alarm Hcal shift")
    QTest.mouseClick(row, Qt.MouseButton.LeftButton, pos=row.rect().center())
    assert console.window.context.selection.key == TIME
    button = console.find(QPushButton, "Acknowledge Hcal missing")
    QTest.mouseClick(button, Qt.MouseButton.LeftButton)
    console.wait(1)
    states = {each.alarm.id: each.state for each in console.session.alarms}
    assert states == {HOLES.id: "acknowledged", SHIFTED.id: "unacknowledged"}
    assert console.says("Answer") == (
        "Hcal missing (ring HB+, iφ 15–22) is acknowledged."
    )


def test_a_row_that_has_just_come_takes_no_click(console: Console) -> None:
    console.client.put_alarms(HOLES)
    console.wait(1)
    button = console.find(QPushButton, "Acknowledge Hcal missing")
    QTest.mouseClick(button, Qt.MouseButton.LeftButton)
    console.wait(0)
    assert console.session.alarms[0].asks
    console.now += FRESH
    QTest.mouseClick(button, Qt.MouseButton.LeftButton)
    console.wait(0)
    assert not console.session.alarms[0].asks


def test_rows_come_in_order_only_when_nobody_reads_them(console: Console) -> None:
    strip = console.window.parts.strip
    tell(console, SHIFTED)
    tell(console, HOLES)
    before = [SHIFTED.id, HOLES.id]
    row = console.seen("Alarm Hcal shift")
    QTest.mouseMove(row)
    QTest.mouseClick(row, Qt.MouseButton.LeftButton, pos=row.rect().center())
    assert console.window.parts.view.in_detail  # a page was turned by the click
    console.wait(1)
    assert strip.names[:2] == before
    assert strip.underMouse()
    console.wait(READ)
    assert strip.names[:2] == before  # the pointer is still over it
    QTest.mouseMove(console.window.parts.navigator)
    assert not strip.underMouse()
    console.wait(1)
    assert strip.names[:2] == before[::-1]


def test_a_pointer_that_was_left_over_the_rows_reads_nothing(console: Console) -> None:
    strip = console.window.parts.strip
    tell(console, SHIFTED)
    tell(console, HOLES)
    QTest.mouseMove(console.seen("Alarm Hcal shift"))
    console.press(Qt.Key.Key_PageDown)
    console.wait(1)
    assert strip.names[:2] == [SHIFTED.id, HOLES.id]
    console.wait(RESTS)
    assert strip.underMouse()
    assert strip.names[:2] == [HOLES.id, SHIFTED.id]


def test_a_pointer_that_was_left_before_the_page_was_turned_reads_nothing(
    console: Console,
) -> None:
    strip = console.window.parts.strip
    tell(console, SHIFTED)
    tell(console, HOLES)
    row = console.seen("Alarm Hcal shift")
    QTest.mouseMove(row, row.rect().center() + QPoint(40, 0))
    console.wait(1)
    console.wait(RESTS)
    console.press(Qt.Key.Key_PageDown)
    console.wait(1)
    assert strip.underMouse()
    assert strip.names[:2] == [HOLES.id, SHIFTED.id]


def test_a_pointer_that_was_left_over_the_list_holds_no_row(console: Console) -> None:
    tell(console, HOLES)
    console.press("N", SHIFT)
    tree = console.window.parts.alarms
    QTest.mouseMove(tree.viewport())
    assert tree.viewport().underMouse()
    console.wait(1)
    console.wait(RESTS)
    tell(console, STILL)
    assert rows_of(tree) == {"Ask for an answer (2)": ["Hcal missing", "L1T stale"]}


def test_the_row_under_the_pointer_keeps_its_place(console: Console) -> None:
    tell(console, *(alarm("Hcal", "shift", (TIME,), "late", number=n)
                    for n in range(MOST)))  # fmt: skip
    strip = console.window.parts.strip
    rows, names = strip.shown_rows, strip.names
    QTest.mouseMove(rows[-1])
    tell(console, HOLES)
    assert strip.names == [*names[:-2], HOLES.id, names[-1]]


def test_what_came_or_changed_is_bold_for_a_minute(console: Console) -> None:
    def is_bold() -> bool:
        row = console.seen("Alarm Hcal missing")
        return row.findChildren(ElidedLabel)[1].font().bold()

    tell(console, HOLES)
    assert not is_bold()
    grown = msgspec.structs.replace(HOLES, news=2, news_at=console.now)
    tell(console, grown)
    assert is_bold()
    assert "Bold: it came or changed" in console.seen("Alarm Hcal missing").toolTip()
    console.wait(NEWS)
    assert not is_bold()


def test_a_is_about_what_is_looked_at_plot_or_row(console: Console) -> None:
    other = alarm("Hcal", "excess", (DEPTH1,), "12 cells hot", urgency="dump")
    tell(console, HOLES, SHIFTED, STILL, other)
    strip, view = console.window.parts.strip, console.window.parts.view
    view.select_plot(CHARGE)
    console.press("3", CTRL)
    console.press(Qt.Key.Key_Up)
    console.press(Qt.Key.Key_Up)
    at = strip.selected
    tell(console, msgspec.structs.replace(SHIFTED, news=2, news_words="higher"))
    assert strip.selected == at != SHIFTED.id  # the keyboard is on its row
    console.press("2", CTRL)
    assert strip.selected == SHIFTED.id  # and here on a plot of the other
    console.press("A")
    assert console.says("Answer") == "Hcal shift (since LS 9) is acknowledged."
    # what shows no alarm answers none
    view.select_plot(plot_key("Hcal", "Timing", "Hcal/Timing/ring2"))
    assert strip.selected == ""
    said = "Ring 2 shows no alarm: N goes to the next, Ctrl+3 to the strip."
    for keys in (Qt.KeyboardModifier.NoModifier, CTRL | SHIFT):
        console.press("A", keys)
        assert console.says("Answer") == said
    # a plot of two alarms answers the one whose row was opened
    console.press("3", CTRL)
    strip.select(other.id)
    console.press(Qt.Key.Key_Return)
    assert console.window.context.selection.key == DEPTH1
    console.press("A")
    assert console.says("Answer").startswith("Hcal excess (since LS 41) is ack")
    console.wait(1)
    asking = [row.alarm.id for row in console.session.alarms if row.asks]
    assert asking == [HOLES.id, STILL.id]
    # one that stands still is about its subsystem
    view.select_plot(DEPTH1)
    console.press("N")
    assert console.window.context.selection.key.startswith("L1T › ")
    assert strip.selected == STILL.id
    console.press("A")
    assert console.says("Answer") == "L1T stale (since LS 63) is acknowledged."


def test_a_says_why_nothing_was_acknowledged(console: Console) -> None:
    tell(console, HOLES)
    console.window.parts.view.select_plot(DEPTH1)
    console.session.end()
    console.press("A")
    assert "is not acknowledged: nobody has the shift" in console.says("Answer")
    console.session.begin("Ada")
    console.wait(1)
    console.press("A")
    console.wait(1)
    console.press("A")
    assert console.says("Answer").endswith("it is acknowledged already by Ada.")


def test_a_does_nothing_to_a_row_that_was_not_selected_by_a_person(
    console: Console,
) -> None:
    tell(console, HOLES, SHIFTED)
    console.press("3", CTRL)
    console.client.mailbox.alarms.pop(HOLES.id)
    console.wait(0)
    assert console.window.parts.strip.selected == SHIFTED.id
    console.press("A")
    assert console.says("Answer").startswith("Another alarm came to be selected")
    assert console.session.alarms[0].asks
    console.now += FRESH
    console.press("A")
    assert not console.session.alarms[0].asks


def test_shelving_asks_why_and_until_when(console: Console) -> None:
    tell(console, SHIFTED)
    console.window.parts.view.select_plot(TIME)
    press = Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.ShiftModifier
    console.press("A", press)
    assert console.focus() == "In words"
    console.press(Qt.Key.Key_Return)
    assert console.says("Why it is not written") == (
        "Not written: say why it is shelved"
    )
    console.type("known to the expert")
    console.press(Qt.Key.Key_Return)
    console.wait(1)
    (row,) = console.session.alarms
    assert row.state == "shelved"
    assert row.until == pytest.approx(console.now, abs=1000)
    assert not console.sees(QPushButton, "Acknowledge Hcal shift")
    console.press(
        "A", Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.AltModifier
    )
    console.wait(1)
    assert console.session.alarms[0].asks


def test_a_quarter_of_an_hour_counts_from_when_the_reason_was_written(
    console: Console,
) -> None:
    tell(console, SHIFTED)
    console.window.parts.view.select_plot(TIME)
    console.press("A", CTRL | SHIFT)
    console.wait(600)
    console.type("known to the expert")
    console.press(Qt.Key.Key_Return)
    console.wait(0)
    (row,) = console.session.alarms
    assert row.until == pytest.approx(console.now + 900, abs=1)


def test_that_only_the_leader_shelves_is_said_before_the_reason(
    console: Console,
) -> None:
    tell(console, HOLES)
    console.window.parts.view.select_plot(DEPTH1)
    console.press("A", CTRL | SHIFT)
    assert not console.sees(QWidget, "In words")
    refused = "Hcal missing (ring HB+, iφ 15–22) is not shelved: a shifter cannot shelv"
    assert console.says("Answer").startswith(refused)
    console.wait(60)
    assert not console.sees(QWidget, "Answer")
    console.find(QPushButton, "Shelve Hcal missing").click()
    assert console.says("Answer").startswith(refused)


def test_missed_and_nuisance_are_noted(console: Console) -> None:
    tell(console, HOLES)
    alt = Qt.KeyboardModifier.AltModifier
    console.window.parts.view.select_plot(DEPTH2)
    console.press("U", alt)
    console.press(Qt.Key.Key_Return)
    assert console.says("Answer") == (
        "Hcal missing (ring HB+, iφ 15–22) is noted as a nuisance."
    )
    console.press("M", alt)
    console.type("half of it is gone")
    console.press(Qt.Key.Key_Return)
    kinds = [type(each.body).__name__ for each in console.writer.kept]
    assert kinds[-2:] == ["Nuisance", "Missed"]
    assert console.writer.kept[-1].body.plot == DEPTH2


def test_what_the_detector_control_says_is_overridden_by_a_key(
    console: Console,
) -> None:
    keys = Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.AltModifier
    author = console.session.author
    console.window.parts.view.select_plot(DEPTH2)
    console.press("D", keys)
    words = "The plot needs no partition of the detector control."
    assert console.says("Answer") == words
    console.window.parts.view.select_plot(DEPTH1)
    console.press("D", keys)
    assert "a shift-leader or an expert can" in console.says("Answer")
    author.signature = msgspec.structs.replace(author.signature, role="shift-leader")
    console.press("D", keys)
    title = console.says("What is answered")
    assert title == "Detector control: take HBHEa, HBHEb, HBHEc as off"
    about = console.says("Alarm that is answered")
    assert about.startswith("Plots that need this are not judged until the time below")
    console.type("the read-out works")
    console.press(Qt.Key.Key_Return)
    assert console.says("Answer") == "HBHEa, HBHEb, HBHEc are taken as off."
    body = console.writer.kept[-1].body
    assert (body.partitions, body.on) == (("HBHEa", "HBHEb", "HBHEc"), False)
    assert body.reason == "the read-out works"
    console.wait(1)
    console.press("D", keys)  # once more does not say the opposite
    assert console.says("Answer").endswith("Take that back first (Ctrl+Alt+Shift+D).")
    console.press("D", keys | SHIFT)
    assert console.says("Answer") == "What the detector control says counts again."
    assert console.writer.kept[-1].body.on is None
    run = run_info()
    some = msgspec.structs.replace(run.conditions, dcs={"HBHEa": True, "HBHEb": False})
    console.client.put_run(msgspec.structs.replace(run, conditions=some))
    console.wait(1)
    console.press("D", keys)
    assert console.says("What is answered") == "Detector control: take HBHEb as on"
    about = console.says("Alarm that is answered")
    assert about.startswith("Plots that need this can be judged until the time below")
    console.press(ESC)


def test_the_sheet_names_every_partition_that_is_overridden(console: Console) -> None:
    change = msgspec.structs.replace
    needs = Needs(dcs=("TIBTID", "TOB", "TECp", "TECm"))
    site = console.client.site
    assert site is not None
    layouts = [
        change(layout, pages=tuple(
            change(page, plots=tuple(change(plot, needs=needs) for plot in page.plots))
            for page in layout.pages
        ))
        for layout in site.layouts
    ]  # fmt: skip
    console.client.put_site(change(site, layouts=tuple(layouts)))
    console.wait(1)
    author = console.session.author
    author.signature = change(author.signature, role="shift-leader")
    console.window.parts.view.select_plot(DEPTH1)
    keys = Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.AltModifier
    console.press("D", keys)
    title = console.says("What is answered")
    assert title == "Detector control: take TIBTID, TOB, TECp, TECm as off"


def test_who_was_called_has_answered_by_a_key(console: Console) -> None:
    tell(console, HOLES)
    alt = Qt.KeyboardModifier.AltModifier
    console.window.parts.view.select_plot(DEPTH2)
    console.press("C", alt)
    assert console.says("Answer") == (
        "Nobody was called about Hcal missing (ring HB+, iφ 15–22) (C)."
    )
    assert actions.call(console.session, "hcal-dqm", DEPTH2, 1) == ""
    console.wait(1)
    console.press("C", alt)
    assert console.says("Answer").endswith(" has answered.")
    console.wait(1)
    (row,) = (each for each in console.session.alarms if each.calls)
    assert [call.answered for _, call in row.calls] == [None, True]


def test_a_row_asks_for_no_call_that_was_made(console: Console) -> None:
    tell(console, HOLES, SHIFTED)
    assert "Call now: Hcal DQM on call" in spoken_row(console, HOLES)
    actions.call(console.session, "hcal-dqm", DEPTH2, 1, answered=True)
    console.wait(1)
    said = spoken_row(console, HOLES)
    assert "Called" in said
    assert "Call now: Hcal DQM on call" in said  # the number is still at hand
    (row,) = (e for e in rows_shown(console) if e.name == HOLES.id)
    assert row.words is not None
    assert (row.words.soon[:6], row.words.called) == ("Called", True)
    assert row.words.person == "Hcal DQM on call"


def test_tiles_say_what_is_taken_care_of(console: Console) -> None:
    tell(console, HOLES)
    console.window.parts.view.select_plot(DEPTH1)
    console.wait(1)
    tile = console.window.parts.view.grid.tile(DEPTH1)
    before = tile.grab().toImage()
    assert tile.accessibleDescription().startswith("BAD: ")
    answering.acknowledge(console.session, console.session.alarms[0])
    console.wait(0)
    assert tile.accessibleDescription().startswith("BAD, acknowledged: ")
    assert tile.grab().toImage() != before
    console.press(Qt.Key.Key_Return)
    assert console.window.parts.view.detail.tile.accessibleDescription().startswith(
        "BAD, acknowledged: "
    )


def test_the_navigator_counts_what_asks(console: Console) -> None:
    tell(console, HOLES, SHIFTED)
    item = console.item("Pages", "Hcal")
    assert item.text(1).startswith("2 ask · ")
    spoken = item.data(0, Qt.ItemDataRole.AccessibleTextRole)
    assert spoken.startswith("Hcal, 2 alarms ask for an answer; BAD")
    answering.acknowledge(console.session, console.session.alarms[0])
    console.wait(1)
    assert item.text(1).startswith("1 asks · ")
    assert console.item("Pages", "DT").text(1) == "12/12"


def test_nothing_is_told_while_verdicts_are_hidden(console: Console) -> None:
    tell(console, HOLES)
    console.client.set_blinded(True)
    console.wait(1)
    assert not console.window.parts.strip.isVisible()


# -- the list ------------------------------------------------------------------------


def inside(item: QTreeWidgetItem) -> list[QTreeWidgetItem]:
    """The rows in an item of a tree."""
    rows = [item.child(at) for at in range(item.childCount())]
    return [row for row in rows if row is not None]


def rows_of(tree: QTreeWidget) -> dict[str, list[str]]:
    """By group: the names of its rows."""
    groups = inside(tree.invisibleRootItem())
    return {
        group.text(0): [row.text(0) for row in inside(group)]
        for group in groups
        if not group.isHidden()
    }


def first_row(tree: QTreeWidget) -> QTreeWidgetItem:
    """The row of the first alarm that asks."""
    return inside(inside(tree.invisibleRootItem())[0])[0]


def test_all_alarms_are_listed_by_state_with_their_plots(console: Console) -> None:
    tell(console, HOLES, SHIFTED, STILL)
    answering.acknowledge(console.session, console.session.alarms[1])
    console.wait(1)
    console.press("N", SHIFT)
    console.wait(0)
    tree = console.find(QTreeWidget, "All alarms by state")
    assert rows_of(tree) == {
        "Ask for an answer (2)": ["Hcal missing", "Hcal shift"],
        "Acknowledged (1)": ["L1T stale"],
    }
    console.press(Qt.Key.Key_Down)
    console.press(Qt.Key.Key_Right)
    row = first_row(tree)
    assert row is tree.currentItem()
    assert row.isExpanded()
    listed = [
        " ".join(map(each.text, range(tree.columnCount()))) for each in inside(row)
    ]
    steps = [each for each in listed if "Step " in each]
    assert steps  # what to do stands there, too
    assert len(listed) == len(HOLES.members) + len(steps)
    console.client.mailbox.alarms.clear()
    console.wait(READ)
    (none,) = rows_of(tree)
    assert none.startswith("No alarm since run 398214 began · ")


def test_of_an_alarm_of_very_many_plots_some_are_listed_and_all_are_counted(
    console: Console,
) -> None:
    keys = [f"{DEPTH1}{n}" for n in range(10_000)]
    huge = alarm("Hcal", "missing", keys, "192 cells empty", urgency="now")
    good = msgspec.structs.replace(huge.members[0], status=Status.GOOD)
    huge = msgspec.structs.replace(huge, members=(good, *huge.members[1:]))
    tell(console, huge)
    console.press("N", SHIFT)
    row = first_row(console.window.parts.alarms)
    row.setExpanded(True)
    assert row.text(3) == "9,999 of 10,000 plots"
    lines = [each.text(1) for each in inside(row)]
    assert len(lines) < 1000
    assert "and 9,500 more plots" in lines
    assert inside(row)[0].text(1) == "192 cells empty"


def test_plots_are_split_off_and_alarms_joined_in_the_list(console: Console) -> None:
    tell(console, HOLES, SHIFTED)
    console.press("N", SHIFT)
    alt = Qt.KeyboardModifier.AltModifier
    parts = console.window.parts
    tree = parts.alarms
    row = first_row(tree)
    tree.setCurrentItem(row)
    console.press("X", alt)
    assert "choose the plots" in console.says("Answer")
    row.setExpanded(True)
    tree.setCurrentItem(inside(row)[1])
    assert tree.chosen_plots == [DEPTH2]
    console.press("X", alt)
    console.wait(READ)
    assert len(console.session.alarms) == 3
    console.press("J", alt)
    assert console.says("Answer").startswith("Choose two alarms")
    tree.clearSelection()
    rows = inside(inside(tree.invisibleRootItem())[0])
    named = [(each.data(0, Qt.ItemDataRole.UserRole), each) for each in rows]
    whole = [each for name, each in named if name.startswith(HOLES.id)]
    tree.setCurrentItem(whole[0])
    for item in whole:
        item.setSelected(True)
    console.press("J", alt)
    console.wait(1)
    assert len(console.session.alarms) == 2


def test_what_is_open_and_chosen_stays_so_while_others_come(console: Console) -> None:
    tell(console, HOLES)
    console.press("N", SHIFT)
    tree = console.window.parts.alarms
    row = first_row(tree)
    row.setExpanded(True)
    tree.setCurrentItem(inside(row)[1])
    urgent = alarm("DT", "rate", ("DT",), "no rate", urgency="now", ago=9000.0)
    tell(console, urgent)
    QApplication.processEvents()
    assert rows_of(tree) == {
        "Ask for an answer (1)": ["Hcal missing"],
        "New (1)": ["DT rate"],
    }  # a row was just chosen: none moves
    console.wait(READ)
    assert rows_of(tree) == {"Ask for an answer (2)": ["DT rate", "Hcal missing"]}
    assert row.isExpanded()
    assert tree.chosen_plots == [DEPTH2]
    one, other = HOLES.members
    good = msgspec.structs.replace(other, status=Status.GOOD)
    tell(console, msgspec.structs.replace(HOLES, members=(one, good)))
    assert inside(row)[1].text(1) == "good again; it was: 192 cells empty"
    assert tree.chosen_plots == [DEPTH2]


def test_what_is_gone_is_greyed_while_somebody_reads_the_list(
    console: Console,
) -> None:
    tell(console, HOLES, STILL)
    console.press("N", SHIFT)
    tree = console.window.parts.alarms
    rows = inside(inside(tree.invisibleRootItem())[0])
    tree.setCurrentItem(rows[1])
    del console.client.mailbox.alarms[HOLES.id]
    console.wait(1)
    assert rows_of(tree) == {"Ask for an answer (2)": ["Hcal missing", "L1T stale"]}
    assert [each.isDisabled() for each in rows] == [True, False]
    assert rows[0].text(5) == "over"
    assert rows[0].foreground(1).color() != rows[1].foreground(1).color()
    tell(console, HOLES)  # it comes again
    assert not rows[0].isDisabled()
    assert rows[0].foreground(1).color() == rows[1].foreground(1).color()
    assert rows[0].text(5) == ""
    del console.client.mailbox.alarms[HOLES.id]
    console.wait(READ)
    assert rows_of(tree) == {"Ask for an answer (1)": ["L1T stale"]}


def test_the_last_alarm_that_goes_is_greyed_while_somebody_reads_it(
    console: Console,
) -> None:
    tell(console, HOLES)
    console.press("N", SHIFT)
    tree = console.window.parts.alarms
    row = first_row(tree)
    row.setExpanded(True)
    tree.setCurrentItem(row)
    console.client.mailbox.alarms.clear()
    console.wait(1)
    said, none = rows_of(tree).items()
    assert said == ("Ask for an answer (1)", ["Hcal missing"])
    assert none[0].startswith("No alarm since run 398214 began")
    assert (row.isDisabled(), row.text(5)) == (True, "over")
    for theme in (LIGHT, DARK):
        console.window.context.colours.change(theme)
        (ink,) = {each.foreground(1).color().name() for each in (row, *inside(row))}
        assert ink.upper() == theme.muted
    console.wait(READ)
    assert list(rows_of(tree)) == [none[0]]


def test_of_another_source_and_behind_hidden_verdicts_no_alarm_stays_greyed(
    console: Console,
) -> None:
    console.press("N", SHIFT)
    tree = console.window.parts.alarms
    for hide in (console.window.context.forget_source,
                 lambda: console.client.set_blinded(True)):  # fmt: skip
        tell(console, HOLES)
        tree.setCurrentItem(first_row(tree))
        hide()
        console.client.mailbox.alarms.clear()
        console.wait(1)
        assert not [each for each in rows_of(tree) if each.startswith("Ask")]


def test_plots_that_come_into_an_open_row_are_no_choice_of_the_reader(
    console: Console,
) -> None:
    tell(console, msgspec.structs.replace(HOLES, members=HOLES.members[:1]))
    console.press("N", SHIFT)
    tree = console.window.parts.alarms
    row = first_row(tree)
    row.setExpanded(True)
    tree.setCurrentItem(inside(row)[0])
    console.wait(READ)
    tell(console, HOLES)
    assert [each.data(0, Qt.ItemDataRole.UserRole + 1) for each in inside(row)][:2] == [
        DEPTH1,
        DEPTH2,
    ]
    assert tree.chosen_plots == [DEPTH1]
    tell(console, alarm("DT", "rate", ("DT",), "no rate", urgency="now", ago=9000.0))
    assert rows_of(tree) == {"Ask for an answer (2)": ["DT rate", "Hcal missing"]}


def test_a_flood_touches_only_what_changed(console: Console) -> None:
    """Of 300 plots in 20 rows only the row is written that has news."""
    alarms = flood(console.client.site)
    tell(console, *alarms)
    console.press("N", SHIFT)
    tree = console.window.parts.alarms
    rows = inside(inside(tree.invisibleRootItem())[0])
    assert len(rows) == 20
    assert sum(len(each.alarm.members) for each in console.session.alarms) == 300
    written: list[str] = []
    tree.itemChanged.connect(lambda item, _column: written.append(item.text(0)))
    tell(console)
    assert written == []
    grown = msgspec.structs.replace(alarms[5], news=2, news_words="another sector")
    console.client.put_alarms(grown)
    console.wait(0)
    assert set(written) == {f"{grown.root} missing"}


def test_a_row_out_of_sight_is_worded_again_when_it_comes_into_sight(
    console: Console,
) -> None:
    tell(console, *flood(console.client.site, rows=60))
    console.press("N", SHIFT)
    QApplication.processEvents()
    tree = console.window.parts.alarms
    last = inside(inside(tree.invisibleRootItem())[0])[-1]
    before = first_row(tree).text(2), last.text(2)
    console.wait(3600)
    assert first_row(tree).text(2) != before[0]
    assert last.text(2) == before[1]
    tree.scrollToItem(last)
    assert last.text(2) != before[1]


def test_on_a_wall_it_has_no_buttons_and_no_empty_rows(console: Console) -> None:
    tell(console, HOLES)
    strip = console.window.parts.strip
    at_desk = strip.height()
    console.press(Qt.Key.Key_F11, SHIFT)
    assert strip.room == 1
    assert not console.sees(QPushButton, "Acknowledge Hcal missing")
    (row,) = (each for each in strip.findChildren(AlarmRow) if each.isVisible())
    assert "not acknowledged" in words_of(row)
    console.session.author.sign("Ada Lovelace", console.session.author.signature.shift)
    answering.acknowledge(console.session, console.session.alarms[0])
    tell(console, STILL, SHIFTED)
    assert strip.room == 3
    (row, *_) = (e for e in strip.findChildren(AlarmRow) if e.name == HOLES.id)
    row.resize(px(1500), row.height())
    row.fit(row.width())
    QApplication.processEvents()
    said = f"acknowledged {clock(console.now)}, Ada Lovelace"
    assert said in [each.text() for each in row.findChildren(ElidedLabel)]  # uncut
    console.press(ESC)
    assert console.sees(QPushButton, "Acknowledge L1T stale")
    assert strip.height() == at_desk


@pytest.mark.parametrize("key", [Qt.Key.Key_F4, Qt.Key.Key_F5, Qt.Key.Key_F6])
def test_sheets_of_lists_lie_beneath_it(console: Console, key: Qt.Key) -> None:
    console.window.resize(1366, 768)
    tell(console, HOLES)
    console.press(key, SHIFT)
    (sheet,) = (each for each in console.window.parts.sheets if each.isVisible())
    strip = console.window.parts.strip
    foot = strip.mapTo(console.window, strip.rect().bottomLeft()).y()
    assert sheet.geometry().top() > foot
    assert sheet.height() >= LEAST


def test_an_open_sheet_makes_room_for_the_first_alarm(console: Console) -> None:
    console.window.resize(1366, 768)
    console.press(Qt.Key.Key_F6, SHIFT)
    (sheet,) = (each for each in console.window.parts.sheets if each.isVisible())
    strip = console.window.parts.strip
    assert not strip.isVisible()
    tell(console, HOLES)
    assert strip.isVisible()
    foot = strip.mapTo(console.window, strip.rect().bottomLeft()).y()
    assert sheet.geometry().top() > foot


def words_of(row: AlarmRow) -> list[str]:
    """What the labels of a row say that are seen."""
    labels = row.findChildren(ElidedLabel)
    return [each.words for each in labels if each.isVisible()]
