"""By keyboard alone: another run as reference, for one plot and for all, and back."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from support.fake_session import CHARGE, RUN
from support.keyboard import CTRL, ESC, RETURN, SHIFT

from dqmconsole.model.frame import ReferenceFact, RunsFact
from dqmconsole.ui import commands

if TYPE_CHECKING:
    import pytest
    from support.consoles import Console
    from support.fake_session import FakeSession

ALT = Qt.KeyboardModifier.AltModifier
PICKER, RUNS = "Reference by hand", "Runs to compare with"


def compared_with(client: FakeSession, key: str = CHARGE) -> int:
    return next(each.reference for each in client.watched if each.key == key)


def test_another_run_as_reference_and_back(console: Console) -> None:
    client = console.client
    client.put_references(RunsFact((398100, 398211, RUN)))
    console.window.parts.view.select_plot(CHARGE)
    console.wait(1)
    console.press("r", CTRL | SHIFT)
    assert console.focus() == "Run or file"
    assert console.item(RUNS, "run 398211")
    console.type("398100")
    assert console.says("Keys of the list").startswith("Enter this plot")
    console.press(RETURN)
    assert not console.sees(type(console.window.parts.references), PICKER)
    assert console.says("Answer").endswith(
        "run 398100, by hand (Alt+R: the site's again)."
    )
    assert compared_with(client) == 398100
    assert client.references_used == [], "the other plots stay as they are"
    # all plots, with the run before
    console.press("r", CTRL | SHIFT)
    console.press(Qt.Key.Key_Down)
    console.press(Qt.Key.Key_Up)
    console.press(RETURN, CTRL)
    assert client.references_used == [(398211, "")]
    assert compared_with(client) == 0, "what was chosen for one plot is over"
    said = "all plots are shown with run 398211, chosen by hand"
    client.put_references(ReferenceFact(398211, "", said, found=True))
    console.wait(1)
    assert console.says("Answer") == (
        "All plots: reference run 398211, by hand (Alt+R: the site's again)."
    )
    gone = "run 398211 was chosen as reference by hand: it is nowhere"
    client.put_references(ReferenceFact(398211, "", gone))
    console.wait(1)
    assert console.says("Answer") == gone.capitalize()
    # and as the site says
    console.press("r", ALT)
    assert client.references_used[-1] == (0, "")
    assert console.says("Answer") == "The site's references hold again."
    client.put_references(ReferenceFact())
    console.wait(1)
    console.press("r", ALT)
    assert console.says("Answer").startswith("The site's references hold: none")
    assert len(client.references_used) == 2


def test_a_file_as_reference(console: Console, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(commands, "ask_file", lambda _parent: "/data/good.root")
    console.press("r", CTRL | SHIFT)
    console.type("a row that is not there")
    console.press(RETURN)  # the last row looks for a file
    assert console.client.references_used == [(0, "/data/good.root")]
    console.press("r", CTRL | SHIFT)
    assert console.item(RUNS, "/data/good.root").text(1) == "chosen before"
    console.press("o", ALT)
    assert len(console.client.references_used) == 2
    console.press("r", CTRL | SHIFT)
    console.press(ESC)
    assert len(console.client.references_used) == 2


def test_evidence_keeps_its_references(console: Console) -> None:
    console.client.moment = 1000.0
    console.press("r", CTRL | SHIFT)
    assert console.says("Answer").startswith("Evidence keeps the references")
    assert not console.sees(type(console.window.parts.references), PICKER)
