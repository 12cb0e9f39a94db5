from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
from PySide6.QtWidgets import QLabel, QPushButton
from support.fake_session import FakeSession, site

from dqmconsole.model.problem import Problem
from dqmconsole.ui.palette import PaletteEntry
from dqmconsole.ui.start.welcome import MARGIN, WIDTH, WelcomePage, opening_words
from dqmconsole.ui.theme import LIGHT, stylesheet

if TYPE_CHECKING:
    from pytestqt.qtbot import QtBot


def test_no_word_of_the_welcome_page_is_cut(qtbot: QtBot) -> None:
    page = WelcomePage()
    page.show_ways([PaletteEntry("Open file …", "Ctrl+O", lambda: None)])
    qtbot.addWidget(page)
    page.setStyleSheet(stylesheet(LIGHT))
    page.resize(1000, 700)
    with qtbot.waitExposed(page):
        page.show()
    for words in ("", "Opening /a/folder …\n" + "why it could not be " * 12):
        if words:
            page.show_opening(words)
        labels = [label for label in page.findChildren(QLabel) if label.isVisible()]
        assert len(labels) >= 2
        page.layout().activate()
        for label in labels:
            needed = label.sizeHint().height()
            if label.wordWrap():
                needed = label.heightForWidth(WIDTH - 2 * MARGIN)
            assert label.minimumHeight() >= needed, label.text()
            assert label.height() >= needed, label.text()


def test_no_word_of_its_buttons_is_cut(qtbot: QtBot) -> None:
    page = WelcomePage()
    ways = ("Open file …", "Open folder …", "Start the demo", "Learn: the tutorial")
    page.show_ways([PaletteEntry(way, "Ctrl+D", lambda: None) for way in ways])
    qtbot.addWidget(page)
    page.setStyleSheet(stylesheet(LIGHT))
    page.resize(1000, 700)
    with qtbot.waitExposed(page):
        page.show()
    page.layout().activate()
    buttons = page.findChildren(QPushButton)
    assert len(buttons) == len(ways)
    for button in buttons:
        assert button.width() >= button.sizeHint().width(), button.text()


def test_what_is_opened_and_holds_nothing_to_draw_says_so() -> None:
    problem = Problem("it holds no histogram or graph", "x.root", kind="source")
    made = msgspec.structs.replace(site(()), problems=(problem,))
    said = opening_words(FakeSession(made, "x.root"))
    assert said == "Opening x.root …\nx.root: it holds no histogram or graph"
