"""Any instruction, whole, and the search over all of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QListWidget, QWidget
from support.consoles import Console
from support.fake_session import DEPTH1
from support.instructed import (
    TEXT,
    instructed_session,
    instructed_site,
    instruction,
    short_note,
    timing,
)

from dqmconsole.ui.guidance.reader import found_texts, instruction_entries
from dqmconsole.ui.text import SafeText
from dqmconsole.ui.theme import DARK

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from pytestqt.qtbot import QtBot

CTRL = Qt.KeyboardModifier.ControlModifier


@pytest.fixture
def console(qtbot: QtBot, tmp_path: Path) -> Iterator[Console]:  # noqa: ARG001 - Qt
    old = short_note(id="notes/old", title="An old note", expires="2026-11-16")
    long = timing()
    long = instruction(
        id=long.id,
        title=long.title,
        version=1,
        text="## What it shows\n" + "Pulses.\n\n" * 80 + "## How to judge\nLate.\n"
        "[back](<instruction:hcal/digi-occupancy>) "
        "[away](<page:Hcal/Run summary>)\n\n" + "More.\n\n" * 80,
        hash="t1",
    )
    site = instructed_site(
        instructions=(instruction(), long), notes=(short_note(), old)
    )
    console = Console(instructed_session(site), tmp_path / "c.ini")
    console.window.parts.view.select_plot(DEPTH1)
    console.wait(1)
    yield console
    console.close()


def listed(console: Console) -> list[str]:
    found = console.find(QListWidget, "Instructions and notes")
    return [found.item(at).text() for at in range(found.count())]


def test_the_palette_knows_every_instruction(console: Console) -> None:
    console.press("K", CTRL)
    console.type("instr pulse")
    assert console.window._palette.words() == ["Instruction: Pulse time of HE"]
    console.press(Qt.Key.Key_Return)
    assert console.says("Title of the text") == "Pulse time of HE"
    assert console.says("Version of the text") == (
        "version 1 · hcal-dqm · 2026-11-12 · hcal/timing"
    )
    console.press(Qt.Key.Key_Escape)
    assert not console.sees(QWidget, "Instruction reader")
    assert console.focus() == "Occupancy, depth 1"


def test_entries_of_the_palette() -> None:
    shown: list[str] = []
    assert instruction_entries(None, shown.append) == []
    site = instructed_site(notes=(short_note(),))
    found = instruction_entries(site, shown.append)
    assert [each.words for each in found] == [
        "Instruction: Digi occupancy by depth",
        "Instruction: Pulse time of HE",
        "Note: HBP14 is being repaired",
    ]
    found[1].run()
    assert shown == ["hcal/timing"]


def test_the_search_reads_all_texts(console: Console) -> None:
    console.window.parts.reader.show_instruction("hcal/digi-occupancy")
    console.wait(0)
    assert console.focus() == "Search all instructions"
    assert listed(console) == [
        "Note: HBP14 is being repaired",
        "Note: An old note (not valid now)",
        "Digi occupancy by depth",
        "Pulse time of HE",
    ]
    console.type("readout box")
    assert listed(console) == ["Digi occupancy by depth"]
    assert console.says("How many were found") == "1 of 4 texts"
    text = console.find(SafeText, "Text of the instruction")
    assert text.textCursor().selectedText() == "readout"
    console.type(" xyzzy")
    assert listed(console) == []
    assert console.says("How many were found") == "No text holds these words"
    field = console.find(QWidget, "Search all instructions")
    field.clear()
    console.press(Qt.Key.Key_Up)
    console.press(Qt.Key.Key_Up)
    assert console.says("Title of the text") == "HBP14 is being repaired"
    console.press(Qt.Key.Key_Down)
    assert "NOT VALID NOW" in console.says("Version of the text")
    console.press(Qt.Key.Key_Down)
    assert console.says("Title of the text") == "Digi occupancy by depth"
    console.press(Qt.Key.Key_Return)
    assert console.focus() == "Text of the instruction"


def test_titles_come_before_texts() -> None:
    by_title = instruction(id="b", title="Readout", text="x")
    by_text = instruction(id="a", title="Other", text="readout")
    assert found_texts((by_text, by_title), "READOUT") == [by_title, by_text]
    assert found_texts((by_text, by_title), "") == [by_text, by_title]


def test_a_link_goes_to_the_section_and_links_go_on(console: Console) -> None:
    reader = console.window.parts.reader
    reader.show_instruction("hcal/timing#how-to-judge")
    console.wait(0)
    text = console.find(SafeText, "Text of the instruction")
    assert text.textCursor().block().text() == "How to judge"
    assert 0 <= text.cursorRect().top() < 40
    back, away = sorted(text.links, key=lambda link: link.kind)
    text.followed.emit(back)
    console.wait(0)
    assert console.says("Title of the text") == "Digi occupancy by depth"
    assert text.toPlainText().startswith("What it shows")
    assert "iη" in TEXT
    text.followed.emit(away)
    console.wait(0)
    assert not console.sees(QWidget, "Instruction reader")
    assert console.says("Page") == "Hcal › Run summary"


def test_what_is_not_there_opens_nothing(console: Console) -> None:
    console.window.parts.reader.show_instruction("hcal/nowhere")
    console.wait(0)
    assert not console.sees(QWidget, "Instruction reader")
    assert console.says("Answer") == "There is no instruction hcal/nowhere"


def test_the_other_theme(console: Console) -> None:
    console.window.parts.reader.show_instruction("hcal/timing")
    console.window.context.colours.change(DARK)
    text = console.find(SafeText, "Text of the instruction")
    ink = text.document().begin().begin().fragment().charFormat().foreground()
    assert ink.color().name().upper() == DARK.ink
