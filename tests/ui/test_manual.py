"""The manual in the window: at the place one is in, searched, its links followed."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QKeySequence
from PySide6.QtWidgets import QListWidget
from support.consoles import Console
from support.fake_session import DEPTH1
from support.instructed import instructed_session, instructed_site

from dqmconsole.ui.commands import COMMANDS
from dqmconsole.ui.guidance.manual import CHAPTERS, read_manual, sections_of
from dqmconsole.ui.markdown import link_of, section_name
from dqmconsole.ui.text import SafeText

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from pytestqt.qtbot import QtBot


@pytest.fixture
def console(qtbot: QtBot, tmp_path: Path) -> Iterator[Console]:  # noqa: ARG001 - Qt
    console = Console(instructed_session(instructed_site()), tmp_path / "c.ini")
    yield console
    console.close()


def test_a_chapter_is_cut_at_its_headings_and_not_in_what_is_fenced() -> None:
    text = "# One\nwords\n\n```sh\n# no heading\n```\n\n## Two, more\nend\n"
    first, second = sections_of("x", text)
    assert (first.name, first.first) == ("x#one", True)
    assert "# no heading" in first.text
    assert (second.name, second.first) == ("x#two-more", False)
    assert sections_of("x", "no heading") == []


def test_its_links_lead_somewhere() -> None:
    sections = read_manual()
    assert {each.chapter for each in sections} <= set(CHAPTERS)
    names = {each.name for each in sections} | {
        f"{each.chapter}#{section_name(line.lstrip('# '))}"
        for each in sections
        for line in each.text.splitlines()
        if line.startswith("#")
    }
    chapters = {each.chapter for each in sections}
    for each in sections:
        for target in _targets(each.text):
            chapter, _, section = target.partition(".md#")
            assert chapter.removesuffix(".md") in chapters, (each.name, target)
            if section:
                assert f"{chapter}#{section}" in names, (each.name, target)


def _targets(text: str) -> list[str]:
    pieces = text.split("](")[1:]
    found = (piece.partition(")")[0] for piece in pieces)
    return [each for each in found if each.partition("#")[0].endswith(".md")]


def test_its_keys_are_keys() -> None:
    known = {key for each in COMMANDS for key in each.keys}
    for each in (one for one in read_manual() if one.chapter == "shifter"):
        for row in each.text.splitlines():
            cell = row.split("|")[1] if row.startswith("| `") else ""
            for key in cell.replace("Ctrl −", "Ctrl+-").split("`")[1::2]:
                if written := QKeySequence(key).toString():
                    assert written in known, (each.name, key)


def test_f1_opens_it_where_one_is(console: Console) -> None:
    console.press(Qt.Key.Key_O)
    console.press(Qt.Key.Key_F1)
    assert console.says("Title of the text") == "The overview"
    console.press(Qt.Key.Key_Escape)
    console.window.parts.view.select_plot(DEPTH1)
    console.wait(1)
    console.press(Qt.Key.Key_F1)
    assert console.says("Title of the text") == "A plot"
    assert console.focus() == "Search the manual"


def test_it_is_searched_and_links_lead_on(console: Console) -> None:
    console.press(Qt.Key.Key_F1)
    console.type("thrown away")
    found = console.find(QListWidget, "Sections of the manual")
    assert 0 < found.count() < len(read_manual())
    assert "thrown away" in console.find(SafeText, "Text of the manual").toPlainText()
    link = link_of("manual:control-room#the-book")
    assert link is not None
    console.window.context.link_wanted.emit(link)
    assert console.says("Title of the text") == "The book"
