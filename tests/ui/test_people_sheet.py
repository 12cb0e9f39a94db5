"""Who is who over the window, by keyboard; nothing of a page outside is loaded."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import QPushButton
from support.consoles import Console
from support.fake_book import FakeWriter
from support.instructed import instructed_session, instructed_site
from support.keyboard import ESC, SHIFT

from dqmconsole.model.site import PageLink
from dqmconsole.ui.text import SafeText

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from pytestqt.qtbot import QtBot

ADDRESS = "https://registry.example.org/"


@pytest.fixture
def console(qtbot: QtBot, tmp_path: Path) -> Iterator[Console]:  # noqa: ARG001 - Qt
    """A console of a site with a page outside."""
    site = instructed_site()
    settings = msgspec.structs.replace(
        site.settings, links=(PageLink("Registry", ADDRESS),)
    )
    site = msgspec.structs.replace(site, settings=settings)
    console = Console(instructed_session(site), tmp_path / "c.ini", writer=FakeWriter())
    yield console
    console.close()


def test_a_page_outside_is_opened_only_when_asked_to(
    console: Console, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened: list[str] = []
    monkeypatch.setattr(
        QDesktopServices, "openUrl", lambda url: opened.append(url.toString())
    )
    console.press(Qt.Key.Key_F1, SHIFT)
    said = console.find(SafeText, "Who is who").toPlainText()
    assert "Hcal DQM on call" in said
    assert ADDRESS in said
    assert opened == []
    console.press(Qt.Key.Key_Tab)
    console.press(Qt.Key.Key_Return)
    assert opened == [ADDRESS]
    console.press(ESC)
    assert not console.sees(SafeText, "Who is who")


def test_the_start_of_the_shift_leads_there(console: Console) -> None:
    console.press(Qt.Key.Key_F2)
    console.find(QPushButton, "Who is who in the control room").click()
    assert console.sees(SafeText, "Who is who")
