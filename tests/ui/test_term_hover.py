"""Terms of the glossary are explained where the mouse rests on them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
import pytest
from PySide6.QtCore import QEvent, QPoint
from PySide6.QtGui import QHelpEvent, QTextCursor
from PySide6.QtWidgets import QApplication, QLabel, QToolTip, QWidget
from support.consoles import Console
from support.fake_book import FakeWriter
from support.fake_session import DEPTH1
from support.instructed import instructed_session, instructed_site

from dqmconsole.model.glossary import Term
from dqmconsole.ui.labels import PlainLabel
from dqmconsole.ui.live.header import Field
from dqmconsole.ui.text import SafeText

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from pytestqt.qtbot import QtBot

STRIPES = Term("stripes", "Columns that hold no cells, by geometry.")
pytestmark = pytest.mark.qt_log_ignore(
    "This plugin does not support raise", extend=True
)
LS = Term("lumisection", "Some 23 s of a run.", ("LS",))


@pytest.fixture
def console(qtbot: QtBot, tmp_path: Path) -> Iterator[Console]:  # noqa: ARG001 - Qt
    site = msgspec.structs.replace(instructed_site(), glossary=(STRIPES, LS))
    console = Console(instructed_session(site), tmp_path / "c.ini", writer=FakeWriter())
    console.window.parts.view.select_plot(DEPTH1)
    console.wait(1)
    yield console
    console.close()


def rest(widget: QWidget, place: QPoint) -> str:
    """Let the mouse rest at a place of a widget; what the tooltip says, or ""."""
    event = QHelpEvent(QEvent.Type.ToolTip, place, widget.mapToGlobal(place))
    QApplication.sendEvent(widget, event)
    return " ".join(QToolTip.text().split()) if event.isAccepted() else ""


def place_of(text: SafeText, word: str) -> QPoint:
    at = text.toPlainText().index(word) + 1
    cursor = QTextCursor(text.document())
    cursor.setPosition(at)
    return text.cursorRect(cursor).center()


def test_a_term_of_the_instruction_is_explained(console: Console) -> None:
    texts = [
        each
        for each in console.window.parts.guidance.findChildren(SafeText)
        if "stripes" in each.toPlainText() and each.isVisible()
    ]
    text = texts[0]
    said = rest(text.viewport(), place_of(text, "stripes"))
    assert said == f"stripes: {STRIPES.meaning}"
    other = text.toPlainText().split()[0]
    assert rest(text.viewport(), place_of(text, other)) == ""


def test_the_run_header_explains_its_terms(console: Console) -> None:
    field = console.find(Field, "Lumisection")
    name = next(each for each in field.findChildren(QLabel) if not each.toolTip())
    assert rest(name, QPoint(2, 2)) == f"lumisection: {LS.meaning}"


def test_all_terms_of_a_label_of_the_panel_are_explained(console: Console) -> None:
    labels = [
        each
        for each in console.window.parts.panel.findChildren(PlainLabel)
        if each.isVisible() and each.text() and not each.toolTip()
    ]
    label = labels[0]
    label.setText("BAD since LS 402")
    assert rest(label, QPoint(3, 3)) == f"lumisection: {LS.meaning}"
    label.setText("WARNING, default, not adopted")
    assert "never rings" in rest(label, QPoint(3, 3))
    label.setText("BAD")
    assert rest(label, QPoint(3, 3)) == ""
