"""Closing the window while somebody has the shift."""

from __future__ import annotations

from types import SimpleNamespace
from typing import TYPE_CHECKING, cast

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QPlainTextEdit, QPushButton, QWidget
from support.book_scene import (
    CTRL,
    answer_evidence,
    answer_words,
    bodies,
    console_on_shift,
)
from support.consoles import Console
from support.fake_book import FakeWriter
from support.fake_session import live_session

from dqmconsole.app.console import _quit
from dqmconsole.model.record import Entry, ShiftEnded

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from PySide6.QtWidgets import QApplication
    from pytestqt.qtbot import QtBot

SHEET = "The shift is open"


@pytest.fixture
def console(qtbot: QtBot, tmp_path: Path) -> Iterator[Console]:  # noqa: ARG001 - Qt
    console = console_on_shift(tmp_path)
    yield console
    console.close()


def asks(console: Console) -> bool:
    return console.sees(QWidget, SHEET)


def test_quit_asks_and_return_stays(console: Console) -> None:
    before = console.focus()
    console.press("q", CTRL)
    assert asks(console)
    assert console.window.isVisible()
    assert console.client.closed == 0
    assert console.says("Who has the shift that is open").startswith("Anna Virtanen")
    assert console.focus() == "Stay"
    console.press(Qt.Key.Key_Return)
    assert not asks(console)
    assert console.focus() == before
    assert console.window.isVisible()
    assert console.session.shift is not None


def test_the_words_of_its_buttons_are_not_cut_off(console: Console) -> None:
    console.press("q", CTRL)
    buttons = console.find(QWidget, SHEET).findChildren(QPushButton)
    assert len(buttons) == 4
    for button in buttons:
        assert button.width() >= button.sizeHint().width(), button.text()


def test_closing_the_window_asks_and_esc_stays(console: Console) -> None:
    console.window.close()
    assert asks(console)
    console.press(Qt.Key.Key_Escape)
    assert not asks(console)
    assert console.window.isVisible()


def test_the_keyboard_stays_in_the_question(console: Console) -> None:
    console.window.close()
    seen = []
    for _ in range(5):
        seen.append(console.focus())
        console.press(Qt.Key.Key_Tab)
    assert seen == [
        "Stay",
        "Hand over",
        "End the shift and leave",
        "Leave it open",
        "Stay",
    ]


def test_the_hand_over_is_shown_and_the_window_stays(console: Console) -> None:
    console.window.close()
    console.press("h", Qt.KeyboardModifier.ControlModifier)
    assert not asks(console)
    assert console.window.isVisible()
    assert console.sees(QPlainTextEdit, "Hand-over")


def test_the_shift_is_ended_with_the_window(console: Console) -> None:
    console.window.close()
    console.press("e", Qt.KeyboardModifier.ControlModifier)
    assert not console.window.isVisible()
    assert console.client.closed == 1
    assert len(bodies(console, ShiftEnded)) == 1


def write_entry(console: Console) -> None:
    """Write one whose evidence is still being taken."""
    console.press("e")
    console.press("x")
    console.press(Qt.Key.Key_Return, CTRL)
    assert bodies(console, Entry) == []


def test_an_entry_that_waits_for_its_evidence_is_of_the_shift_that_ends(
    console: Console,
) -> None:
    shift = console.session.shift
    assert shift is not None
    write_entry(console)
    console.window.close()
    console.press("e", CTRL)
    assert not console.window.isVisible()
    (entry,), (ended,) = bodies(console, Entry), bodies(console, ShiftEnded)
    assert (entry.who, entry.shift) == ("Anna Virtanen", shift.uid)
    assert entry.number < ended.number


def test_an_entry_that_waits_is_not_signed_by_whoever_follows(console: Console) -> None:
    shift = console.session.shift
    assert shift is not None
    write_entry(console)
    assert console.session.begin("Ben Ode") == ""
    answer_evidence(console)
    (entry,) = bodies(console, Entry)
    assert (entry.who, entry.shift) == ("Anna Virtanen", shift.uid)


def test_an_entry_that_waits_goes_into_the_book_of_its_shift(console: Console) -> None:
    """Another source is opened meanwhile, and with it another book."""
    shift = console.session.shift
    assert shift is not None
    write_entry(console)
    closed = console.writer.closed if console.writer is not None else 0
    console.session.leave_book()
    assert console.writer is not None
    assert console.writer.closed == closed + 1
    (entry,) = bodies(console, Entry)
    assert (entry.who, entry.shift) == ("Anna Virtanen", shift.uid)


def test_an_entry_is_its_writers_though_the_book_refused_the_shift(
    console: Console,
) -> None:
    shift = console.session.shift
    assert shift is not None
    write_entry(console)
    console.session.author.refused(shift.uid)
    assert console.session.shift is None
    answer_evidence(console)
    answer_words(console)
    (entry,) = bodies(console, Entry)
    assert (entry.who, entry.shift) == ("Anna Virtanen", shift.uid)


def test_a_shift_left_open_is_taken_up_next_time(
    console: Console, tmp_path: Path
) -> None:
    shift = console.session.shift
    assert shift is not None
    console.window.close()
    console.press("l", Qt.KeyboardModifier.ControlModifier)
    assert not console.window.isVisible()
    assert bodies(console, ShiftEnded) == []
    assert console.writer is not None
    following = Console(
        live_session(),
        tmp_path / "console.ini",
        writer=FakeWriter(console.writer.kept),
        account="dqmshift",
    )
    following.wait(1.5)
    taken = following.session.shift
    assert taken is not None
    assert taken.uid == shift.uid
    assert following.session.author.signature.who == "Anna Virtanen"
    assert following.says("Answer").startswith("The shift goes on: Anna Virtanen")
    following.close()


def test_of_two_consoles_one_takes_up_a_shift_left_open(
    console: Console, tmp_path: Path
) -> None:
    assert console.writer is not None
    kept = console.writer.kept

    def another() -> Console:
        found = Console(
            *(live_session(), tmp_path / "console.ini"),
            writer=FakeWriter(kept),
            account="dqmshift",
        )
        found.wait(1.5)
        return found

    shift = console.session.shift
    console.window.end()
    one, other = another(), another()
    assert [each.session.shift for each in (one, other)] == [shift, None]
    one.window.end()
    third = another()
    assert third.session.shift == shift
    for each in (one, other, third):
        each.close()


@pytest.mark.parametrize("banner", ["DEMO", "REPLAY", "TRAINING"])
def test_where_nothing_is_kept_nothing_is_asked(console: Console, banner: str) -> None:
    console.client.banner = banner
    console.window.close()
    assert not asks(console)
    assert not console.window.isVisible()


def test_without_a_shift_nothing_is_asked(console: Console) -> None:
    assert console.session.end() == ""
    console.window.close()
    assert not console.window.isVisible()


def test_a_signal_asks_nothing_and_the_shift_stays_open(console: Console) -> None:
    """SIGTERM comes from who wants the process gone: there is nobody to answer.

    An application that quits closes its windows first, which could refuse.
    """
    application = SimpleNamespace(quit=console.window.close)
    _quit(cast("QApplication", application), console.window)
    assert not asks(console)
    assert not console.window.isVisible()
    assert bodies(console, ShiftEnded) == []


def test_an_entry_that_waits_for_its_evidence_is_not_written_by_the_question(
    console: Console,
) -> None:
    console.press("e")
    console.press("x")
    console.press(Qt.Key.Key_Return, CTRL)
    kept = console.writer.kept if console.writer is not None else []
    before = len(kept)
    console.window.close()
    assert asks(console)
    assert len(kept) == before
