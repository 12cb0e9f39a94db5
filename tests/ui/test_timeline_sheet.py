"""The sheet of what happened, and the word of it after a pause."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import msgspec
import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QFontMetricsF
from PySide6.QtWidgets import QListWidgetItem, QStyleOptionViewItem
from support.consoles import Console
from support.fake_book import FakeWriter
from support.overview_scene import drawn_session

from dqmconsole.model.frame import OutageFact
from dqmconsole.model.record import Entry
from dqmconsole.model.run import RunInfo
from dqmconsole.shift.lately import AWAY
from dqmconsole.ui.fonts import SMALL, TEXT, sized
from dqmconsole.ui.live.lately import LatelyList, Line, _LineDelegate

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from pytestqt.qtbot import QtBot

RETURN = Qt.Key.Key_Return
F4 = Qt.Key.Key_F4
F7 = Qt.Key.Key_F7
SHIFT = Qt.KeyboardModifier.ShiftModifier
_LS = re.compile(r"\bLS \d")
LIST = "What happened, all of it"


@pytest.fixture
def console(qtbot: QtBot, tmp_path: Path) -> Iterator[Console]:  # noqa: ARG001 - Qt
    console = Console(
        drawn_session(), tmp_path / "c.ini", writer=FakeWriter(), overview=True
    )
    assert console.session.begin("Ada") == ""
    console.wait(2)
    yield console
    console.close()


def rows(console: Console) -> list[str]:
    shown = console.find(LatelyList, LIST)
    return [shown.item(at).text() for at in range(shown.count())]


def tips(listing: LatelyList) -> list[str]:
    return [listing.item(at).toolTip() for at in range(listing.count())]


def test_the_timeline_shows_one_kind_after_the_other(console: Console) -> None:
    console.press(F4, SHIFT)
    assert console.focus() == LIST
    everything = rows(console)
    assert {"Hcal BAD", "High voltage: RPC off", "L1T stands still"} <= {*everything}
    shown: list[list[str]] = []
    while "[everything]" not in console.says("Kinds shown") or not shown:
        console.press(F7, SHIFT)
        shown.append(rows(console))
    alone = dict(
        zip(
            ("alarms", "verdicts", "conditions", "clients", "runs", "calls"),
            shown,
            strict=False,
        )
    )
    assert "Hcal BAD" in alone["verdicts"]
    assert "High voltage: RPC off" not in alone["verdicts"]
    assert "High voltage: RPC off" in alone["conditions"]
    assert "L1T stands still" in alone["clients"]
    assert "Ada took the shift" in alone["runs"]
    assert shown[-1] == everything
    listing = console.find(LatelyList, LIST)
    assert any(map(_LS.search, tips(listing)))
    overview = console.window.parts.overview.shown
    uncounted = msgspec.structs.replace(overview, counted=False)
    listing.show_overview(uncounted, None, console.now)
    assert rows(console) == everything
    assert not any(map(_LS.search, tips(listing)))  # there are none


def test_a_row_opens_its_plot_or_the_overview_at_its_moment(console: Console) -> None:
    console.press(F4, SHIFT)
    shown = console.find(LatelyList, LIST)
    shown.setCurrentRow(rows(console).index("Hcal BAD"))
    console.press(RETURN)
    place = console.window.parts.view.selected
    assert place is not None
    assert place.key.startswith("Hcal")
    console.press(F4, SHIFT)
    shown.setCurrentRow(rows(console).index("High voltage: RPC off"))
    console.press(RETURN)
    assert console.window.parts.view.on_overview
    overview = console.window.parts.overview
    assert overview.shown.place_of(overview.cell.position)[1] == 10
    assert not console.sees(LatelyList, LIST)


def test_what_happened_before_any_run_is_shown_too(console: Console) -> None:
    console.client.put_run(RunInfo())
    out = OutageFact("", "silent", "no new files", 0, None, console.now)
    console.client.mailbox.outages[""] = out
    console.press(F4, SHIFT)
    console.wait(2)
    assert "The whole source gives nothing new" in rows(console)


def test_after_a_pause_it_is_said_how_much_happened(console: Console) -> None:
    said: list[str] = []
    console.window.context.said.connect(said.append)
    console.press("o")
    console.wait(AWAY + 60)
    console.session.author.write(Entry("half of it empty"), run=398214)
    console.press("o")
    assert said[-1].startswith("1 thing happened since ")
    assert said[-1].endswith(": Shift+F4 lists them.")
    console.press("o")
    assert len(said) == 1
    console.press(F4, SHIFT)
    heading, first, second = rows(console)[:3]
    assert heading.startswith("Since you looked, 3 minutes ago")
    assert (first, second) == ("Entry: half of it empty", "You looked")


def test_words_that_hardly_fit_have_a_second_line(console: Console) -> None:
    """Drawn they may be a little wider than measured: nothing lies over them."""
    listing = console.window.parts.lately
    option = QStyleOptionViewItem()
    listing.initViewItemOption(option)
    said = "PixelPhase1 shift: Ada acknowledged it"
    listing.clear()
    item = QListWidgetItem(said)
    item.setData(Qt.ItemDataRole.UserRole, Line(said, said, "10:00"))
    listing.addItem(item)
    lines = listing.itemDelegate()
    assert isinstance(lines, _LineDelegate)
    for at, points, bold in ((2, TEXT, True), (3, SMALL, False)):
        fonts = QFontMetricsF(sized(option.font, points, bold=bold))
        wide = fonts.horizontalAdvance(said)
        hardly = 0
        for width in range(150, 500):
            place = lines._laid(option, listing.model().index(0, 0), width)[at]
            if wide <= place.width() < wide + 4:
                hardly += 1
                assert place.height() > 1.5 * fonts.height()
            elif place.width() > wide + 20:
                assert place.height() < 1.5 * fonts.height()
        assert hardly


def test_a_line_has_one_height_with_a_scroll_bar_and_without(console: Console) -> None:
    console.press(F4, SHIFT)
    listing = console.find(LatelyList, LIST)
    delegate, option = listing.itemDelegate(), QStyleOptionViewItem()
    option.widget = listing
    bar = Qt.ScrollBarPolicy
    listing.clear()
    for length in range(20, 120):
        item = QListWidgetItem()
        words = "a word " * (length // 7) + "x" * (length % 7)
        item.setData(Qt.ItemDataRole.UserRole, Line(words))
        listing.addItem(item)

    def heights() -> list[int]:
        indices = (listing.indexFromItem(listing.item(at)) for at in range(100))
        return [delegate.sizeHint(option, each).height() for each in indices]

    listing.setVerticalScrollBarPolicy(bar.ScrollBarAlwaysOff)
    without = heights()
    listing.setVerticalScrollBarPolicy(bar.ScrollBarAlwaysOn)
    assert heights() == without
    assert len({*without}) > 1
