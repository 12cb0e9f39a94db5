"""The silenced list and the coverage, as sheets over the window."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel
from support.book_scene import console_on_shift
from support.fake_session import DEPTH1

from dqmconsole.model.known_issue import KnownIssue
from dqmconsole.model.problem import Problem
from dqmconsole.ui.live.header import Field
from dqmconsole.ui.row_table import RowTable

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from pytestqt.qtbot import QtBot
    from support.consoles import Console

RETURN = Qt.Key.Key_Return


@pytest.fixture
def console(qtbot: QtBot, tmp_path: Path) -> Iterator[Console]:  # noqa: ARG001 - Qt
    console = console_on_shift(tmp_path)
    site = console.client.site
    assert site is not None
    known = KnownIssue("box 3 is off", "Hcal", ("Hcal/*",), "hcal-dqm", "2001-01-01")
    console.client.put_site(msgspec.structs.replace(site, known=(known,), hash="k"))
    console.wait(1.5)
    yield console
    console.close()


def test_the_silenced_list_opens_the_plot_of_a_row(console: Console) -> None:
    console.press(Qt.Key.Key_F5, Qt.KeyboardModifier.ShiftModifier)
    assert console.focus() == "Silenced"
    (first, *_) = console.find(RowTable, "Silenced").words()
    assert first.startswith("known · Hcal: box 3 is off · in ")
    assert first.endswith("· hcal-dqm · – · expired 2001-01-01")
    console.press(RETURN)
    assert not console.sees(RowTable, "Silenced")
    place = console.window.parts.view.selected
    assert place is not None
    assert place.plot.path.startswith("Hcal/")


def test_the_header_says_how_much_is_judged_and_the_sheet_why(
    console: Console,
) -> None:
    verdicts = console.client.mailbox.verdicts
    assert DEPTH1 in verdicts
    shown = console.find(Field, "Judged")
    judged, _, applicable = shown.words.partition(" of ")
    assert 0 < int(judged) <= int(applicable)
    console.client.mailbox.problems["source"] = (
        Problem("the run is not recorded: disk full", kind="engine"),
    )
    del verdicts[DEPTH1]
    console.wait(1.5)
    assert shown.words == f"{int(judged) - 1} of {applicable} · fault"
    console.press(Qt.Key.Key_F6, Qt.KeyboardModifier.ShiftModifier)
    about = console.find(QLabel, "Coverage: about")
    assert "the run is not recorded: disk full" in about.text()
    assert about.textFormat() is Qt.TextFormat.PlainText  # what failed may say <b>
    rows = console.find(RowTable, "Coverage").words()
    assert rows[0] == "DOWN · the run is not recorded: disk full"
    assert any(row.startswith("WAITING · Hcal · ") for row in rows)
