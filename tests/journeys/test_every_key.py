"""Every command with a key is triggered by that key, alone in its context."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING

import msgspec
import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QWidget
from support.alarm_scene import HOLES, SHIFTED
from support.consoles import Console
from support.fake_book import FakeWriter
from support.fake_runs import FakeRuns
from support.fake_session import (
    CHARGE,
    DEPTH1,
    HOLE,
    NOW,
    live_session,
    occupancy,
    tile_of,
)
from support.histories import answer_history
from support.instructed import instructed_session, instructed_site, short_note
from support.keyboard import ESC, SHIFT
from support.lesson_scene import lesson, teach, trainer_of

from dqmconsole.model.release import Release
from dqmconsole.model.verdict import CheckResult, Status
from dqmconsole.shift.signing import Gate
from dqmconsole.training.lesson import LessonStep, Question
from dqmconsole.ui import commands, printing
from dqmconsole.ui.commands import with_features
from dqmconsole.ui.settings import Settings
from dqmconsole.ui.training.feature import TrainingFeature

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from pytestqt.qtbot import QtBot

    from dqmconsole.ui.feature import Command

COMMANDS = with_features((TrainingFeature(),))
FEW = ("Info", "Ecal", "Hcal")  # layouts: more make no other keys
PAIRS = [(command, key) for command in COMMANDS for key in command.keys]
# they, and the next: tests/ui/exam; what a recording takes back: test_record_lesson
IN_EXAMS = {"answer-bad", "answer-good", "replay-next", "replay-previous"}
PRESSED = [(command, key) for command, key in PAIRS
           if command.id not in {*IN_EXAMS, "end-practice", "take-back"}]  # fmt: skip
# after these another key may mean nothing: a console for each
LASTING = {"open-file", "open-folder", "start-demo", "quit", "begin-shift", "sign-off",
           "tutorial", "exam", "tutor", "go-on", "hint", "finding", "begin",
           "leave-hand-over", "leave-end", "leave-open",
           *(f"answer-{at}" for at in range(1, 6))}  # fmt: skip
ALONE = [pair for pair in PRESSED if pair[0].id in LASTING]
# from the others Escape leads back: a console for each scope
IN_TURN: dict[str, list[tuple[Command, str]]] = {}
for pair in PRESSED:
    if pair not in ALONE:
        IN_TURN.setdefault(pair[0].scope.name, []).append(pair)


@pytest.fixture
def quiet_console(
    qtbot: QtBot,  # noqa: ARG001 - it brings the application
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[Console]:
    """A console on shift, in a lesson; its dialogs are answered with ""."""
    monkeypatch.setattr(commands, "ask_export", lambda *_: ("", "csv"))
    monkeypatch.setattr(printing, "has_printer", lambda: False)
    for name in ("ask_file", "ask_folder", "ask_target"):
        monkeypatch.setattr(commands, name, lambda *_: "")
    taught = instructed_site(notes=(short_note(),))
    few = tuple(each for each in taught.layouts if each.layout in FEW)
    client = instructed_session(msgspec.structs.replace(taught, layouts=few))
    client.mailbox.release_waiting = Release(
        7, "Eva", "eva", "a phone", NOW, "0.1", "f0"
    )
    client.banner = "TRAINING"
    client.put_alarms(HOLES, SHIFTED)
    check = CheckResult("dead_channels", Status.BAD, "8 of 82 rings are empty")
    judged = msgspec.structs.replace(HOLE, checks=(check,))
    client.put_tile(tile_of(DEPTH1, occupancy("depth1", hole=True), judged))
    console = Console(
        client,
        tmp_path / "c.ini",
        start_demo=lambda: None,
        writer=FakeWriter(),
        teach=lambda console: trainer_of(console, FakeRuns(), FakeWriter()),
    )
    console.session.begin("Ada")
    console.wait(1)
    console.wait(1)
    teach(console, lesson())
    console.wait(1)
    yield console
    console.close()


def test_no_key_means_two_things(quiet_console: Console) -> None:
    """A letter means one thing everywhere; another key one thing where it is heard."""
    parts = quiet_console.window.parts
    for (one, key), (other, same) in itertools.combinations(PAIRS, 2):
        if QKeySequence(key) != QKeySequence(same):
            continue
        both = f"{one.id} and {other.id} on {key}"
        # during an exam no command but its own is allowed
        assert len(key) > 1 or {one.id, other.id} & IN_EXAMS, both
        for here in one.scope.widgets(parts):
            for there in other.scope.widgets(parts):
                assert here is not there, both
                assert not here.isAncestorOf(there), both
                assert not there.isAncestorOf(here), both


def test_ids_and_titles_are_unique() -> None:
    assert len({command.id for command in COMMANDS}) == len(COMMANDS)
    assert len({command.title for command in COMMANDS}) == len(COMMANDS)


def enter(console: Console, scope: str, command: str = "") -> None:
    """Give the keyboard to a scope."""
    parts = console.window.parts
    view, logbook = parts.view, parts.logbook
    if scope == "detail":
        view.open_plot(DEPTH1)
        return
    if scope == "tools":
        view.open_plot(CHARGE)
        view.open_plot(DEPTH1)  # tools are put away with the plot before
        console.wait(0)
        view.detail.tools.toggle("lines")
        console.window.context.sense_changed.emit()
        return
    if command == "timeline-kinds":
        view.show_overview()
        return
    if scope in ("overview", "what happened"):
        view.show_overview()
        console.wait(0)
        if scope == "what happened":
            parts.lately.setFocus()
        return
    view.select_plot(DEPTH1)
    tabs = {
        "logbook": "flags",
        "flags": "flags",
        "runs": "flags",
        "runs and flags": "flags",
        "flag editor": "flags",
        "entries": "entries",
        "check-lists": "checklists",
        "pages not opened": "checklists",
        "hand-over": "hand-over",
    }
    if scope == "checks":
        parts.panel.checks.setFocus()
    if scope == "signing":
        parts.signing.ask(1, Gate((1,), ("a fault without a flag",)))
    if scope == "draft":
        parts.draft.show_draft("- problem: none")
    sheets = {
        "release": parts.release,
        "leaving": parts.leaving,
        "entry": parts.entry,
        "references": parts.references,
        "silenced": parts.silenced,
        "coverage": parts.coverage,
        "timeline": parts.timeline,
    }
    if scope in ("problems", "alarms"):
        parts.docks[scope].show()
    if scope == "alarm sheet":
        parts.alarm_sheet.ask(
            "Shelve it", "It is silent", "Why", lambda *_: "", "It is", until=True
        )
    if scope in tabs:
        parts.docks["book"].show()
        logbook.show_tab(tabs[scope])
    if scope in sheets:
        sheets[scope].open()
    if scope in ("settings", "wall layouts"):
        parts.choices.open()
    if scope == "own window":
        parts.windows.show_page()
        console.wait(0)
    if scope in ("start", "news", "start checks"):
        view.bring_guest(parts.start)
        parts.start.open()
    widgets: dict[str, QWidget] = {
        "search": parts.navigator.search,
        "page rows": parts.navigator.tree,
        "navigator": parts.navigator.tree,
        "elements": parts.navigator.elements,
        "runs": logbook.flags.runs,
        "flag editor": logbook.flags.editor.status,
        "pages not opened": logbook.checklists.pages,
        "news": parts.start.news.list,
        "start checks": parts.start.checks.list,
        "wall layouts": parts.choices.layouts,
        "alarm strip": parts.strip,
        "alarms": parts.alarms,
        "problems": parts.problems,
    }
    if scope in widgets:
        logbook.flags.editor.setVisible(scope == "flag editor")
        widgets[scope].show()
        widgets[scope].setFocus()


def press_alone(console: Console, command: Command, key: str) -> None:
    """Press a key where its command is heard: that is triggered, and no other."""
    enter(console, command.scope.name, command.id)
    begun = {"fit": "qy", "slice": "q"}  # by another key, before these mean anything
    if command.scope.name == "tools":
        for other in begun.get(command.id.partition("-")[0], ""):
            if other.upper() != key:
                console.press(other)
    if command.id.startswith("history-"):
        console.press("h", SHIFT)
        answer_history(console.client)
        console.wait(0)
        console.window.context.sense_changed.emit()
    holder = QApplication.focusWidget()
    scope = command.scope.widgets(console.window.parts)
    assert any(each is holder or each.isAncestorOf(holder) for each in scope), key
    triggered: list[str] = []
    console.window.context.used.connect(triggered.append)
    combination = QKeySequence(key)[0]
    QTest.keyClick(holder, combination.key(), combination.keyboardModifiers())
    QApplication.processEvents()
    console.window.context.used.disconnect(triggered.append)
    assert triggered == [command.id], key


@pytest.mark.parametrize(
    ("command", "key"), ALONE, ids=[f"{c.id}-{key}" for c, key in ALONE]
)
def test_the_key_triggers_its_command_and_no_other(
    quiet_console: Console, command: Command, key: str
) -> None:
    console = quiet_console
    if command.id == "begin":
        console.session.end()
        console.wait(1)
    if command.id.startswith("answer-"):
        asked = Question(tuple("abcde"), 5, tuple("abcde"))
        teach(console, lesson(steps=(LessonStep("ask", "Ask", question=asked),)))
        console.wait(1)
    press_alone(console, command, key)
    if command.id == "quit":
        assert not console.window.isVisible()


@pytest.mark.parametrize("scope", IN_TURN)
def test_each_key_of_a_scope_triggers_its_command_and_no_other(
    quiet_console: Console, scope: str
) -> None:
    for command, key in IN_TURN[scope]:
        press_alone(quiet_console, command, key)
        for _ in range(3):
            quiet_console.press(ESC)


def test_what_is_pressed_alone_is_there() -> None:
    assert {command.id for command, _ in ALONE} == LASTING


@pytest.mark.parametrize(
    "scope", ["leaving", "flag editor", "entry", "draft", "alarm sheet"]
)
def test_no_letter_is_a_command_where_something_is_asked(
    quiet_console: Console, scope: str
) -> None:
    """On a button, a box or a field of a sheet that asks, letters do nothing else."""
    console = quiet_console
    enter(console, scope)
    triggered: list[str] = []
    console.window.context.used.connect(triggered.append)
    (asks,) = next(each.scope for each in COMMANDS if each.scope.name == scope).widgets(
        console.window.parts
    )
    takers = [
        each
        for each in (asks, *asks.findChildren(QWidget))
        if each.focusPolicy() & Qt.FocusPolicy.TabFocus and each.isVisible()
    ]
    assert len(takers) >= 3
    for taker in takers:
        for key in sorted({key for _, key in PAIRS if len(key) == 1}):
            taker.setFocus()
            QTest.keyClicks(taker, key.lower())
    assert triggered == []


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
    assert held == [command.id for command in COMMANDS]


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
    assert not again.window.parts.docks["panel"].isVisible()
    assert again.window.parts.docks["navigator"].isVisible()
    again.close()


def test_keys_zoom_move_and_reset_the_plot(quiet_console: Console) -> None:
    view = quiet_console.window.parts.view
    view.open_plot(DEPTH1)
    quiet_console.wait(0.1)
    tile = view.detail.tile
    whole = tile.picture()
    quiet_console.press(Qt.Key.Key_Plus)
    zoomed = tile.picture()
    assert tile.canvas.zoomed
    quiet_console.press(Qt.Key.Key_Right, Qt.KeyboardModifier.ShiftModifier)
    assert zoomed not in (whole, tile.picture())
    quiet_console.press(Qt.Key.Key_0)
    assert not tile.canvas.zoomed
    assert tile.picture() == whole
