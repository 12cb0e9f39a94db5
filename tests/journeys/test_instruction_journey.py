"""By keyboard alone: a BAD plot, its instruction, the steps, the call."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QScrollArea, QWidget
from support.consoles import Console
from support.fake_book import FakeWriter
from support.fake_session import DEPTH1, RUN
from support.instructed import (
    OCCUPANCY,
    TEXT,
    WHO,
    instructed_session,
    put_examples,
    read_before,
)
from support.waiting import PATIENCE_MS

from dqmconsole.model.record import Call, Read, Tick
from dqmconsole.ui.guidance.steps import StepBox
from dqmconsole.ui.text import SafeText

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from pytestqt.qtbot import QtBot

CTRL = Qt.KeyboardModifier.ControlModifier


@pytest.fixture
def console(qtbot: QtBot, tmp_path: Path) -> Iterator[Console]:  # noqa: ARG001 - Qt
    """Somebody on shift who has read version 2 of the instruction."""
    record, kept = read_before(TEXT.replace("above 0.2 %", "above 0.5 %"), 2)
    writer = FakeWriter([record])
    writer.files[kept.hash] = kept
    console = Console(instructed_session(), tmp_path / "console.ini", writer=writer)
    console.session.begin(WHO)
    console.wait(1)
    console.wait(1)
    yield console
    console.close()


def tab_to(console: Console, name: str) -> None:
    """Tab until something of that name has the keyboard."""
    for _ in range(30):
        if console.focus().startswith(name):
            break
        console.press(Qt.Key.Key_Tab)
    assert console.focus().startswith(name)


def is_seen(widget: QWidget) -> bool:
    """Tell whether some of a widget is within what its column shows."""
    return not widget.visibleRegion().isEmpty()


def test_from_a_bad_plot_to_the_steps(console: Console) -> None:
    """N finds it, I reads it, D shows what changed, T and Space tick; a link leads."""
    writer = console.writer
    assert writer is not None
    console.press(Qt.Key.Key_N)
    assert console.says("Title of the selected plot") == "Occupancy, depth 1"
    assert "BAD since LS 402" in console.says("Selected plot")

    # what it says, and what changed of it
    console.press(Qt.Key.Key_I)
    assert console.focus() == "Instruction"
    console.press(Qt.Key.Key_D)
    text = console.find(SafeText, "Difference, word by word")
    assert text.accessibleDescription() == "removed: 0.5; added: 0.2"
    tab_to(console, "I have read")
    console.press(Qt.Key.Key_Space)
    assert isinstance(writer.kept[-1].body, Read)
    assert not console.sees(QWidget, "Change of the instruction")

    # the first step by T, from anywhere; the second by its box
    console.press(Qt.Key.Key_Escape)
    assert console.focus() == "Occupancy, depth 1"
    console.press(Qt.Key.Key_T)
    assert console.says("Who ticked step 1").startswith(f"✓ {WHO}")
    console.press(Qt.Key.Key_I)
    tab_to(console, "Step 2")
    assert is_seen(QApplication.focusWidget())
    console.press(Qt.Key.Key_Space)
    ticks = [each.body for each in writer.kept if isinstance(each.body, Tick)]
    assert ticks == [Tick(OCCUPANCY, 3, at, DEPTH1) for at in (0, 1)]

    # a link of the second step leads to its page, N leads back
    console.press(Qt.Key.Key_Tab)
    assert console.focus() == "Text of step 2"
    console.press(Qt.Key.Key_Return)
    assert console.says("Page") == "Hcal › Run summary"
    assert console.focus() == "Summary 1"
    console.press(Qt.Key.Key_N)
    assert console.says("Title of the selected plot") == "Occupancy, depth 1"
    boxes = sorted(
        (each for each in console.window.findChildren(StepBox) if each.isVisible()),
        key=StepBox.accessibleName,
    )
    assert [each.isChecked() for each in boxes] == [True, True, False, False]


def test_an_example_and_the_call(console: Console, qtbot: QtBot) -> None:
    """Tab comes to the examples, Return shows one large; C and Return call."""
    writer = console.writer
    assert writer is not None
    console.press(Qt.Key.Key_N)
    console.press(Qt.Key.Key_I)
    tab_to(console, "Example, Good")
    qtbot.waitUntil(lambda: bool(console.client.examples_wanted), timeout=PATIENCE_MS)
    put_examples(console.client)
    console.wait(0)
    console.press(Qt.Key.Key_Return)
    assert console.says("Title of the example").startswith("Good: ")
    console.press(Qt.Key.Key_Escape)
    assert console.focus().startswith("Example, Good")
    console.press(Qt.Key.Key_Escape)

    # a step says to call now: C, Return, and they answered
    assert console.says("How soon, step 3") == "CALL NOW in stable beams"
    console.press(Qt.Key.Key_C)
    for key in (Qt.Key.Key_Return, Qt.Key.Key_Right, Qt.Key.Key_Return):
        console.press(key)
    assert console.says("Answer").startswith("Call to Hcal DQM on call recorded")
    calls = [each.body for each in writer.kept if isinstance(each.body, Call)]
    assert calls == [Call("hcal-dqm", "", "16 1001", DEPTH1, True)]
    assert {each.run for each in writer.kept if isinstance(each.body, Call | Tick)} == {
        RUN
    }
    console.press(Qt.Key.Key_T)
    assert "called by Ada" in console.says("Last call")

    # and nobody is told after five minutes that nobody answered
    console.wait(400)
    assert "nobody has answered" not in console.says("Notice")


def test_another_instruction_by_the_palette(console: Console) -> None:
    """Ctrl+K, some letters, Return; its text, a word in it; Esc leads back."""
    console.press(Qt.Key.Key_N)
    console.press("K", CTRL)
    console.type("instruction pulse")
    console.press(Qt.Key.Key_Return)
    assert console.says("Title of the text") == "Pulse time of HE"
    console.type("geometry")
    assert console.says("Title of the text") == "Digi occupancy by depth"
    console.press(Qt.Key.Key_Return)
    assert console.focus() == "Text of the instruction"
    console.press(Qt.Key.Key_Escape)
    assert console.focus() == "Occupancy, depth 1"


def test_after_a_click_into_the_text_arrows_scroll_and_esc_leads_back(
    console: Console,
) -> None:
    console.window.resize(1100, 500)
    console.press(Qt.Key.Key_N)
    console.wait(0)
    text = next(
        each
        for each in console.window.parts.panel.findChildren(SafeText)
        if each.isVisible() and is_seen(each)
    )
    QTest.mouseClick(text.viewport(), Qt.MouseButton.LeftButton)
    assert QApplication.focusWidget() is text
    (area,) = console.window.parts.panel.findChildren(QScrollArea)
    bar = area.verticalScrollBar()
    assert bar.maximum() > 0
    before = bar.value()
    console.press(Qt.Key.Key_Down)
    assert bar.value() > before
    console.press(Qt.Key.Key_Up)
    assert bar.value() == before
    console.press(Qt.Key.Key_Escape)
    view = console.window.parts.view
    assert view.grid.isAncestorOf(QApplication.focusWidget())
    selected = view.grid.selected
    console.press(Qt.Key.Key_Right)
    assert view.grid.selected != selected
