"""By keyboard alone: from a run that appears to the hand-over."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QListWidget
from support.book_scene import (
    CTRL,
    SHIFT,
    answer_evidence,
    answer_words,
    bodies,
    console_on_shift,
    run_of_the_book,
)
from support.fake_session import RUN

from dqmconsole.model.record import Entry, Flag, HandOver, RunSeen, SignOff
from dqmconsole.model.run import RunInfo, RunState
from dqmconsole.ui.row_table import RowTable

if TYPE_CHECKING:
    from pathlib import Path

    from pytestqt.qtbot import QtBot
    from support.consoles import Console

RETURN = Qt.Key.Key_Return


def rows(console: Console, name: str) -> list[str]:
    """What the rows of a table say."""
    return console.find(RowTable, name).words()


def go_to(console: Console, table: str, words: str) -> None:
    """With the arrows to the row that begins so."""
    tree = console.find(RowTable, table)
    assert console.focus() == table
    console.press(Qt.Key.Key_Home)
    for _ in range(60):
        if tree.currentIndex().siblingAtColumn(0).data() == words:
            return
        console.press(Qt.Key.Key_Down)
    assert False, f"no {words} in {rows(console, table)}"  # noqa: B011, PT015


def console_picture(console: Console) -> str:
    """The hash of the picture of the entry."""
    (entry,) = bodies(console, Entry)
    assert isinstance(entry.body, Entry)
    return entry.body.picture


def a_run_appears(console: Console) -> None:
    """A run appears, and its flags are proposed."""
    console.client.put_run(run_of_the_book())
    console.wait(2)
    console.wait(2)
    console.press("b", CTRL)
    console.press("f")
    assert console.focus() == "Flags"
    assert console.says("Run shown").startswith(f"Run {RUN} · collisions")
    assert console.says("State of the run") == "running, 4 proposed, 1 disputed"
    shown = rows(console, "Flags")
    began = "from LS 1 (began in 1–402)"
    assert shown[0].startswith(f"hcal · BAD, proposed · {began} · readout · ")
    assert shown[1].startswith("ecal · GOOD, proposed · 1–")
    assert shown[3].startswith("l1t · EXCLUDED, proposed · 1– · not in the run")
    assert "disputed: and yet 12 plots judged" in shown[3]


def one_is_set_by_hand(console: Console) -> None:
    """One is set by hand: dt was bad for a while."""
    go_to(console, "Flags", "dt")
    console.press("b")
    assert console.focus() == "Cause"
    console.type("HV")
    console.press(Qt.Key.Key_Tab, SHIFT)
    assert console.focus() == "Last lumisection, empty for the run's end"
    console.type("188")
    console.press(Qt.Key.Key_Tab, SHIFT)
    console.press("a", CTRL)
    console.type("121")
    console.press(RETURN)
    assert console.focus() == "Flags"
    written = bodies(console, Flag)[-1]
    assert written.body == Flag("BAD", 121, 188, cause="HV")
    assert (written.who, written.run, written.subsystem) == ("Anna Virtanen", RUN, "dt")
    assert [row for row in rows(console, "Flags") if "121–188" in row] == [
        "BAD · 121–188 · HV · Anna Virtanen · 11:06"
    ]


def what_agrees_is_confirmed(console: Console, said: list[str]) -> None:
    """All that is GOOD is confirmed; what is disputed is left and selected."""
    console.press(RETURN, CTRL)
    assert said[-1] == f"3 flags of run {RUN} confirmed; to decide: hcal, l1t"
    assert console.find(RowTable, "Flags").current().startswith("l1t/")


def the_sign_off_says_what_is_open(console: Console, said: list[str]) -> None:
    """The run goes on and ends: the sign-off names what is open."""
    console.client.put_run(run_of_the_book(lumisection=450))
    console.wait(2)
    console.press(RETURN, CTRL | SHIFT)
    assert said[-1] == f"Run {RUN} is not over yet"
    console.client.put_run(run_of_the_book(lumisection=450, state=RunState.ENDED))
    console.wait(2)
    console.press(RETURN, CTRL | SHIFT)
    assert console.focus() == "Reason to sign off"
    shown = console.find(QListWidget, "What is open")
    assert [shown.item(at).text() for at in range(shown.count())] == [
        "hcal: BAD from lumisection 1 without a flag",
        "only proposed: dt, ecal, hcal, l1t",
        f"run {RUN}: what its final files add has no flags yet",
    ]
    console.press(Qt.Key.Key_Escape)
    assert bodies(console, SignOff) == []
    assert console.focus() == "Flags"
    assert console.find(RowTable, "Flags").current().startswith("l1t/")


def it_is_decided_and_signed_off(console: Console, said: list[str]) -> None:
    """Decided, confirmed, signed off."""
    console.press("x")
    console.type("not in the run")
    console.press(RETURN)
    go_to(console, "Flags", "hcal")
    console.press("b")
    console.press(RETURN)
    console.press(RETURN, CTRL)
    assert said[-1] == f"2 flags of run {RUN} confirmed."
    console.client.put_run(run_of_the_book(lumisection=450, state=RunState.FINAL))
    console.wait(2)
    console.press(RETURN, CTRL | SHIFT)
    assert said[-1] == f"The sign-off of run {RUN} is being saved."
    assert [each.run for each in bodies(console, SignOff)] == [RUN]
    assert console.says("State of the run") == "signed off by Anna Virtanen, 11:06"
    console.press("g")
    console.press(RETURN)
    assert "cannot change a flag of a run that is signed off" in console.says(
        "Why the flag is not set"
    )
    console.press(Qt.Key.Key_Escape)
    assert console.focus() == "Flags"


def an_entry_with_evidence(console: Console) -> None:
    """An entry with the evidence of what is in view."""
    console.press(Qt.Key.Key_Escape)
    console.press("/")
    console.type("digi occupancy")
    console.press(RETURN)
    console.press("e")
    assert console.says("Evidence") == "taking the evidence …"
    assert console.focus() == "Words of the entry"
    console.type("three boxes dead")
    console.press(RETURN, CTRL)
    assert bodies(console, Entry) == []
    answer_evidence(console)
    assert bodies(console, Entry) == []
    answer_words(console)
    (entry,) = bodies(console, Entry)
    body = entry.body
    assert isinstance(body, Entry)
    assert body.title.startswith("Hcal › Digi occupancy: BAD: 8 of 82 iη rings")
    assert (body.text, body.status, body.problem) == ("three boxes dead", "BAD", True)
    assert (body.page, entry.subsystem) == ("Hcal/Digi occupancy", "Hcal")
    assert console.writer is not None
    assert console.writer.files[body.evidence].data.endswith(b"three boxes dead")
    assert console.writer.files[body.picture].data.startswith(b"\x89PNG")


def the_hand_over(console: Console) -> None:
    """The hand-over."""
    console.press("h")
    assert console.focus() == "Draft the hand-over"
    console.press(RETURN)
    assert console.focus() == "Hand-over"
    console.press(Qt.Key.Key_End, CTRL)
    console.type("watch hcal")
    console.press(RETURN, CTRL)
    (given,) = bodies(console, HandOver)
    report = given.body
    assert isinstance(report, HandOver)
    assert report.title.startswith("Hand-over of Anna Virtanen")
    assert report.text.endswith("watch hcal")
    assert str(RUN) in report.text
    assert "Hcal › Digi occupancy" in report.text
    assert f"](picture:{console_picture(console)})" in report.text
    row = next(line for line in report.text.splitlines() if line.startswith("| 3982"))
    assert "| 450 | 99999 | yes | signed off by Anna Virtanen |" in row
    assert console.says("State of the hand-over").startswith("Given by Anna Virtanen")
    assert msgspec.structs.asdict(given)["who"] == "Anna Virtanen"


def test_a_run_from_its_first_lumisection_to_the_hand_over(
    qtbot: QtBot,  # noqa: ARG001 - Qt
    tmp_path: Path,
) -> None:
    said: list[str] = []
    console = console_on_shift(tmp_path, run=RunInfo())
    console.window.context.said.connect(said.append)
    console.window.context.answered.connect(lambda words, _basis: said.append(words))
    assert bodies(console, RunSeen) == []
    a_run_appears(console)
    one_is_set_by_hand(console)
    what_agrees_is_confirmed(console, said)
    the_sign_off_says_what_is_open(console, said)
    it_is_decided_and_signed_off(console, said)
    an_entry_with_evidence(console)
    the_hand_over(console)
    console.close()
