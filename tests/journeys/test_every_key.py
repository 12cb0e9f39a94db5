"""Every command with a key is triggered by that key, alone in its context."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import QApplication
from support.consoles import Console
from support.fake_book import FakeWriter
from support.fake_session import DEPTH1, NOW, live_session
from support.instructed import instructed_session
from support.lesson_scene import Runs, lesson, teach, trainer_of

from dqmconsole.model.release import Release
from dqmconsole.ui import handlers
from dqmconsole.ui.commands import with_features
from dqmconsole.ui.settings import Settings
from dqmconsole.ui.training.commands import training_commands

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from pytestqt.qtbot import QtBot

    from dqmconsole.ui.command import Command

# what they do is asked of the window's own; here only their keys count
EVERY = with_features(training_commands(None))  # type: ignore[arg-type]
PAIRS = [(command, key) for command in EVERY for key in command.keys]


@pytest.fixture
def quiet_console(
    qtbot: QtBot,  # noqa: ARG001 - it brings the application
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[Console]:
    """A console on shift, in a lesson; its dialogs are answered with ""."""
    for name in ("ask_file", "ask_folder", "ask_target"):
        monkeypatch.setattr(handlers, name, lambda *_: "")
    client = instructed_session()
    client.mailbox.release_waiting = Release(
        7, "Eva", "eva", "a phone", NOW, "0.1", "f0"
    )
    client.banner = "TRAINING"
    console = Console(
        client,
        tmp_path / "c.ini",
        start_demo=lambda: None,
        writer=FakeWriter(),
        teach=lambda console: trainer_of(console, Runs(), FakeWriter()),
    )
    console.session.begin("Ada")
    console.wait(1)
    console.wait(1)
    teach(console, lesson())
    console.wait(1)
    yield console
    console.close()


def test_no_two_commands_share_a_key_where_both_would_hear_it() -> None:
    for (one, key), (other, same) in itertools.combinations(PAIRS, 2):
        if QKeySequence(key) == QKeySequence(same):
            places = {one.place, other.place}
            assert places == {"page", "detail"}, f"{one.id} and {other.id} on {key}"


def test_ids_and_titles_are_unique() -> None:
    assert len({command.id for command in EVERY}) == len(EVERY)
    assert len({command.title for command in EVERY}) == len(EVERY)


@pytest.mark.parametrize(
    ("command", "key"), PAIRS, ids=[f"{c.id}-{key}" for c, key in PAIRS]
)
def test_the_key_triggers_its_command_and_no_other(
    quiet_console: Console, command: Command, key: str
) -> None:
    console = quiet_console
    if command.place == "detail":
        console.window.view.open_plot(DEPTH1)
    else:
        console.window.view.select_plot(DEPTH1)
    console.wait(0)
    actions = console.window.findChildren(QAction)
    triggered: list[str] = []
    for action in actions:
        if action.objectName():
            name = action.objectName()
            action.triggered.connect(
                lambda _on=False, name=name: triggered.append(name)
            )
    combination = QKeySequence(key)[0]
    console.press(combination.key(), combination.keyboardModifiers())
    assert triggered == [command.id]
    if command.id == "quit":
        assert not console.window.isVisible()


def test_letters_typed_into_the_search_field_are_letters(
    quiet_console: Console,
) -> None:
    """P and N and R in a field are written, not obeyed."""
    console = quiet_console
    console.press("/")
    console.type("pnrl0?")
    assert QApplication.focusWidget().text() == "pnrl0?"
    assert console.window.context.paused_at is None


def test_what_makes_no_sense_is_disabled(
    qtbot: QtBot,  # noqa: ARG001 - it brings the application
    tmp_path: Path,
) -> None:
    """With nothing open there is nothing to pause, and no demo where none is."""
    from support.fake_session import FakeSession

    console = Console(FakeSession(source=""), tmp_path / "c.ini")
    enabled = {
        action.objectName(): action.isEnabled()
        for action in console.window.findChildren(QAction)
    }
    assert not enabled["pause"]
    assert not enabled["start-demo"]
    assert not enabled["detail"]
    assert not enabled["save-picture"]
    assert enabled["open-file"]
    assert enabled["keys"]
    console.press(Qt.Key.Key_P)
    assert console.window.context.paused_at is None
    console.close()


def test_the_menus_hold_every_command(quiet_console: Console) -> None:
    bar = quiet_console.window.menuWidget()
    from PySide6.QtWidgets import QMenuBar

    menus = bar.findChild(QMenuBar).actions()
    held = [action.objectName() for menu in menus for action in menu.menu().actions()]
    assert held == [command.id for command in EVERY]


def test_the_arrangement_is_remembered(
    qtbot: QtBot,  # noqa: ARG001 - it brings the application
    tmp_path: Path,
) -> None:
    """A dock closed and a theme chosen stay so the next time."""
    console = Console(live_session(), tmp_path / "c.ini")
    console.press(Qt.Key.Key_F10)
    console.press("T", Qt.KeyboardModifier.ControlModifier)
    console.close()
    assert Settings(tmp_path / "c.ini").theme == "dark"
    again = Console(live_session(), tmp_path / "c.ini")
    assert not again.window.context.docks["panel"].isVisible()
    assert again.window.context.docks["navigator"].isVisible()
    again.close()
