"""The window of an experiment without beam, magnet or fills: no word of them."""

from __future__ import annotations

import re
from math import inf, nan
from typing import TYPE_CHECKING

import msgspec
import pytest
from PySide6.QtGui import QAction, QImage, QPainter
from PySide6.QtWidgets import QComboBox, QLabel, QLineEdit, QListWidget, QTreeView
from support.consoles import Console
from support.fake_book import FakeWriter
from support.fake_session import FakeSession

from dqmconsole.model.layout import Layout, Page, Plot
from dqmconsole.model.run import UNNUMBERED, Client, RunInfo, RunState
from dqmconsole.model.site import ConditionPaths, HeaderItem, Site, SiteSettings
from dqmconsole.shift.flags import causes
from dqmconsole.shift.overview import NumberRow, Overview, RunSpan
from dqmconsole.ui.commands import COMMANDS, sheet_groups
from dqmconsole.ui.live.overview_picture import OverviewPicture
from dqmconsole.ui.theme import LIGHT

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from pytestqt.qtbot import QtBot

CMS = re.compile(
    r"\b(LHC|CMS|beams?|fills?|magnet|tesla|luminosity|pile-up|cosmics?|collisions"
    r"|heavy.ions|detector control|DCS|stable)\b|\brun -?[01]\b",
    re.IGNORECASE,
)
SITE = Site(
    "/site",
    "a1",
    SiteSettings("Fibre hodoscope", run_types={"physics": "physics"}),
    (Layout("Hodoscope", (Page("Fibres", (Plot("hodo/plane1"), Plot("rate"))),)),),
)
SHEETS = ("begin-shift", "flags", "hand-over", "new-entry", "timeline",
          "choose-reference", "coverage")  # fmt: skip


def offered(console: Console) -> Iterator[str]:
    """All that the menus and the sheet of keys list."""
    for action in console.window.findChildren(QAction):
        if action.isVisible():
            yield action.text()
    for group in sheet_groups(COMMANDS, console.window.parts):
        yield from (words for rows in group.values() for words, _ in rows)


def words_of(console: Console) -> Iterator[str]:
    """All that stands in the window."""
    window = console.window
    for label in window.findChildren(QLabel):
        yield from (label.text(), label.toolTip()) if label.isVisible() else ()
    for field in window.findChildren(QLineEdit):
        yield from (field.text(), field.placeholderText(), field.accessibleName())
    for box in window.findChildren(QComboBox):
        yield from (box.itemText(at) for at in range(box.count()))
    for items in window.findChildren(QListWidget):
        yield from (items.item(at).text() for at in range(items.count()))
    for tree in window.findChildren(QTreeView):
        model = tree.model()
        for at in range(model.columnCount()):
            yield str(model.headerData(at, tree.header().orientation()) or "")


def test_no_word_of_beams_where_the_site_has_none(
    qtbot: QtBot,  # noqa: ARG001 - Qt
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("dqmconsole.ui.commands.choose_reference_file", lambda _: None)
    client = FakeSession(SITE, "/data/run.root")
    producer = Client("hodo", UNNUMBERED, state="final", sentence="A file")
    info = RunInfo(UNNUMBERED, RunState.FINAL, clients=(producer,))
    client.put_run(info)
    console = Console(client, tmp_path / "c.ini", writer=FakeWriter())
    console.session.begin("Ada")
    console.wait(1)
    commands = {each.id: each for each in COMMANDS}
    wrong = {words: "menus" for words in offered(console) if CMS.search(words)}
    for sheet in ("", *SHEETS):
        if sheet:
            commands[sheet].run(console.window.parts)
            console.wait(1)
        for words in words_of(console):
            if CMS.search(words):
                wrong.setdefault(words, sheet)
    assert wrong == {}
    known = msgspec.structs.replace(info.conditions, fill=7, dcs={"A": True})
    client.put_run(msgspec.structs.replace(info, conditions=known))
    console.wait(1)
    titles = {commands[each].title for each in ("override-dcs", "previous-of-fill")}
    assert titles <= set(offered(console))
    console.close()
    assert {"beam", "DCS"}.isdisjoint(causes(SITE.settings))
    paths = ConditionPaths(dcs="Info/dcs", beam_mode="Info/mode")
    assert {"beam", "DCS"} <= set(causes(SiteSettings("S", conditions=paths)))


@pytest.mark.parametrize("values", [(80.0, None, 120.0), (nan, inf), (-3.0, 5.0)])
def test_numbers_of_the_header_are_drawn_whatever_they_are(
    qtbot: QtBot,  # noqa: ARG001 - Qt
    values: tuple[float | None, ...],
) -> None:
    row = NumberRow(HeaderItem("daq/energy", "Energy", "GeV"), (values,))
    picture, image = OverviewPicture(), QImage(900, 500, QImage.Format.Format_RGB32)
    image.fill(0)
    picture.size = image.size()
    spans = (RunSpan(7, len(values), 0, ""),)
    picture.shown = Overview(spans, numbers=(row,))
    empty = image.copy()
    painter = QPainter(image)
    picture.paint(painter, LIGHT)
    painter.end()
    assert image != empty
