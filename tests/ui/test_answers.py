"""How long answers stay at the foot, beside what is said of the data."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel
from support.consoles import Console
from support.fake_session import CHARGE, GOOD, HOLE, RUN, live_session

from dqmconsole.model.frame import OutageFact
from dqmconsole.model.verdict import Status, Verdict

if TYPE_CHECKING:
    from pathlib import Path

    from pytestqt.qtbot import QtBot


@pytest.mark.parametrize(("words", "seconds"), [("done", 6), ("words " * 25, 16)])
def test_longer_words_stay_longer(
    qtbot: QtBot,  # noqa: ARG001 - it brings the application
    tmp_path: Path,
    words: str,
    seconds: int,
) -> None:
    """Six seconds, and one more for fifteen letters; the notice stays all the time."""
    console = Console(live_session(), tmp_path / "c.ini")
    console.window.context.said.emit(words)
    console.wait(seconds - 0.5)
    assert console.says("Answer") == words
    assert console.says("Notice").startswith("BAD: Hcal")
    console.wait(1.5)
    assert not console.sees(QLabel, "Answer")
    assert console.says("Notice").startswith("BAD: Hcal")
    console.close()


def test_an_answer_goes_as_soon_as_it_is_no_longer_true(
    qtbot: QtBot,  # noqa: ARG001 - it brings the application
    tmp_path: Path,
) -> None:
    """N finds nothing; a second later a plot is BAD."""
    client = live_session()
    for key in client.mailbox.verdicts:
        client.put_verdict(key, GOOD)
    console = Console(client, tmp_path / "c.ini")
    console.press(Qt.Key.Key_N)
    assert console.says("Answer") == "No plot is BAD, STALE or WARNING."
    client.put_verdict(CHARGE, GOOD)
    console.wait(0.1)
    assert console.says("Answer") == "No plot is BAD, STALE or WARNING."
    client.put_verdict(CHARGE, HOLE)
    console.wait(0.1)
    assert not console.sees(QLabel, "Answer")
    console.close()


def test_n_reaches_a_subsystem_that_fell_silent(
    qtbot: QtBot,  # noqa: ARG001 - it brings the application
    tmp_path: Path,
) -> None:
    """Nothing is BAD, all is GOOD but for one subsystem without data."""
    client = live_session()
    for key in client.mailbox.verdicts:
        client.put_verdict(key, GOOD)
    console = Console(client, tmp_path / "c.ini")
    console.press(Qt.Key.Key_N)
    client.put_verdict(CHARGE, Verdict(Status.STALE, "source silent"))
    client.put_outage(OutageFact("Hcal", "silent", "Hcal is silent", RUN, 417))
    console.wait(0.1)
    assert console.says("Notice") == "STALE since LS 417: Hcal is silent"
    assert not console.sees(QLabel, "Answer")
    console.press(Qt.Key.Key_N)
    selected = console.window.parts.view.selected
    assert selected is not None
    assert selected.key == CHARGE
    console.close()


def test_behind_a_silent_engine_n_does_not_say_that_all_is_well(
    qtbot: QtBot,  # noqa: ARG001 - it brings the application
    tmp_path: Path,
) -> None:
    client = live_session()
    for key in client.mailbox.verdicts:
        client.put_verdict(key, GOOD)
    console = Console(client, tmp_path / "c.ini")
    client.put_engine("silent", "", 11.0)
    console.wait(1)
    console.press(Qt.Key.Key_N)
    assert console.says("Answer").startswith("The engine is silent")
    client.put_engine("live", "", 0.1)
    console.wait(1)
    assert not console.sees(QLabel, "Answer")
    console.close()
