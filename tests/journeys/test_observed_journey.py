"""An observed shift on a real engine and detector: begun, left to its end, signed."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLineEdit
from support.keyboard import SHIFT
from support.lesson_console import LessonConsole

from dqmconsole.shift import actions
from dqmconsole.shift.words import newest_hand_over
from dqmconsole.training.observed_records import (
    ObservedBegan,
    ObservedEnded,
    ObservedSigned,
)
from dqmconsole.training.observed_shift import ObservedShift, past_observed
from dqmconsole.training.records import of_training

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from PySide6.QtWidgets import QApplication

pytestmark = pytest.mark.slow
WHO = "Ada Trainee"


@pytest.fixture
def console(
    qapp: QApplication,  # noqa: ARG001 - Qt
    tmp_path: Path,
) -> Iterator[LessonConsole]:
    found = LessonConsole(tmp_path)
    found.detectors.only = ("Info", "FED", "Hcal", "DT", "BRIL", "PixelPhase1")
    yield found
    found.close()


def test_a_real_shift_is_begun_called_in_ended_and_signed(
    console: LessonConsole, tmp_path: Path
) -> None:
    console.trainer.who = WHO
    part = console.course.training.part
    assert part is not None
    part.observed.open()
    assert console.focus() == "Begin"
    console.press(Qt.Key.Key_Return)
    shift = console.trainer.activity
    assert isinstance(shift, ObservedShift)
    whole = shift.left
    console.until(lambda: console.session.shift, "the shift is the trainee's")
    console.until(lambda: shift.left < whole, "its clock runs once the run is in view")
    run = console.client.mailbox.run
    assert run.lumisection == 12
    assert console.words("Observed shift: time left") == "90 min left"
    handed = newest_hand_over(console.session)
    assert handed is not None
    assert handed.who not in {WHO, ""}  # the shift before left something to read
    # nobody answers, and nothing is told of whether it was right to call
    assert actions.call(console.session, "daq-shift", "", run.run) == ""
    console.until(lambda: "Nobody answers" in console.words("The phone"), "it rings")
    console.press(Qt.Key.Key_Escape, SHIFT)
    console.press(Qt.Key.Key_Tab)
    assert console.focus() == "End it now"
    console.press(Qt.Key.Key_Return)
    console.until(lambda: console.seen("Name of the mentor"), "the mentor's page")
    field = console.seen("Name of the mentor")
    assert isinstance(field, QLineEdit)
    field.setFocus()
    console.type("Max Mentor")
    console.press(Qt.Key.Key_Return)
    console.press(Qt.Key.Key_Return)
    console.until(lambda: console.words("How it went: 1"), "it is signed")
    assert console.words("How it went: 1").startswith("Not passed (call, false calls, ")
    ledger = console.trainer.ledger
    console.until(
        lambda: all(each.number for each in ledger.records), "the book has it all"
    )
    kept = tuple(of_training(console.kept()))
    assert [type(each.body) for each in kept] == [
        ObservedBegan, ObservedEnded, ObservedSigned,
    ]  # fmt: skip
    (past,) = past_observed(kept)
    assert past.record.who == WHO
    assert past.ended is not None
    assert any("called DAQ shifter" in each for each in past.ended.done)
    assert past.ended.hand_over == ""  # that of the shift before is not the trainee's
    # the call itself went with the throw-away book
    assert not [each for each in console.kept() if each.run == run.run]
    assert list(tmp_path.glob("book-*.sqlite"))
