"""By keyboard: whether alarms are heard is tested at the start of the shift."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QWidget
from support.book_scene import site_of_the_book
from support.consoles import Console
from support.fake_book import FakeWriter
from support.fake_session import live_session
from support.keyboard import CTRL, RETURN, SHIFT
from support.programs import FakePath
from support.waiting import wait_until

from dqmconsole.model.record import ChainTest

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from PySide6.QtWidgets import QApplication

ALT = Qt.KeyboardModifier.AltModifier
STATE = "What came of the test"


@pytest.fixture
def path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> FakePath:
    folder = tmp_path / "bin"
    folder.mkdir()
    path = FakePath(folder, monkeypatch)
    path.put("aplay")
    return path


@pytest.fixture
def console(tmp_path: Path, path: FakePath, qapp: QApplication) -> Iterator[Console]:
    del path, qapp
    client = live_session()
    site_of_the_book(client)
    console = Console(client, tmp_path / "console.ini", writer=FakeWriter())
    yield console
    console.close()


def written(console: Console) -> list[ChainTest]:
    """What is on record of it."""
    assert console.writer is not None
    return [
        each.body for each in console.writer.kept if isinstance(each.body, ChainTest)
    ]


def test_the_chain_is_tested_at_the_start_of_the_shift(
    console: Console, path: FakePath
) -> None:
    console.press(Qt.Key.Key_F2)
    assert console.says(STATE) == "Once the shift has begun."
    console.type("Anna")
    console.press(RETURN, CTRL)
    console.press(Qt.Key.Key_F2)
    assert console.says(STATE) == "Not tested in this shift."
    assert "was not tested" in console.says("Beginning")
    console.tab_to("Test the alarms")
    console.press(RETURN)
    assert console.says("How the test stands").startswith("The engine was asked")
    console.press("Y", ALT)
    assert console.says("Answer") == "The test alarm has not come yet"
    console.client.put_chain_test()
    console.wait(0.4)
    assert console.says("How the test stands") == (
        "A test alarm, nothing is wrong. It came after 0.4 s. Did you hear it?"
    )
    wait_until(lambda: any("3.wav" in each for each in path.called("aplay")), "tones")
    console.press("Y", ALT)
    assert not console.sees(QWidget, "Test of the alarms")
    assert "heard, 0.4 s after it was asked for." in console.says(STATE)
    assert written(console) == [ChainTest(True, 0.4)]
    assert "was not tested" not in console.says("Beginning")


def test_what_was_not_heard_is_tested_again(console: Console) -> None:
    assert console.session.begin("Anna") == ""
    console.wait(1)
    console.press("T", CTRL | SHIFT)
    console.client.put_chain_test()
    console.wait(1)
    console.press("N", ALT)
    assert console.says("Answer").startswith("Not heard: test the sound")
    console.press("M", CTRL)
    console.press("T", CTRL | SHIFT)
    assert console.says("Answer").startswith("ALARMS MUTED until")
    assert written(console) == [ChainTest(False, 1.0)]
