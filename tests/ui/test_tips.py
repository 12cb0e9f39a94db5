"""Nothing that comes from outside is taken for rich text."""

from __future__ import annotations

from typing import TYPE_CHECKING, get_args

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QTextDocument
from PySide6.QtWidgets import QLabel
from support.fake_session import live_session

from dqmconsole.model.histogram import Axis, Histogram
from dqmconsole.model.layout import AxisDraw, Draw, Style
from dqmconsole.model.verdict import Status
from dqmconsole.shift.pages import Pages
from dqmconsole.ui.labels import tip
from dqmconsole.ui.live.panel import PlotPanel
from dqmconsole.ui.plot.canvas import PlotCanvas
from dqmconsole.ui.plot.scene import Scene
from dqmconsole.ui.theme import LIGHT, Colours

if TYPE_CHECKING:
    from pytestqt.qtbot import QtBot

EVIL = "<b>a</b>  <img src='file:///etc/passwd'>\n& &lt;c&gt;"


def test_a_tooltip_shows_every_letter(
    qtbot: QtBot,  # noqa: ARG001 - it brings the application
) -> None:
    document = QTextDocument()
    document.setHtml(tip(EVIL))
    assert document.toPlainText() == EVIL
    assert tip("plain") == "plain"
    assert len(tip("x" * 10**6)) < 3000


def test_a_long_tooltip_is_broken_into_lines() -> None:
    words = "8 of 82 rings are empty, since the readout box was restarted. " * 5
    lines = tip(f"{words}\n/data/{'deep/' * 40}file.root").split("\n")
    assert len(lines) > 5
    assert max(map(len, lines)) <= 80
    assert " ".join(lines[:4]).startswith("8 of 82 rings")
    assert tip("one line") == "one line"
    assert tip("two\n\nlines") == "two\n\nlines"


def test_labels_of_words_from_outside_are_plain(qtbot: QtBot) -> None:
    panel = PlotPanel(Colours(LIGHT))
    qtbot.addWidget(panel)
    client = live_session()
    pages = Pages(client.site)
    panel.show_plot(pages.plot(EVIL), client, 0.0, Status.WAITING)  # type: ignore[arg-type]
    for label in panel.findChildren(QLabel):
        if label.accessibleName() == "Title of the selected plot":
            assert label.textFormat() is Qt.TextFormat.PlainText
        else:
            assert "<img" not in label.text()


@pytest.mark.parametrize("style", get_args(Style))
@pytest.mark.parametrize("scale", ["lin", "log"])
@pytest.mark.parametrize(
    ("contents", "low", "high"),
    [(5e-324, 0.0, 1.0), (1e308, 0.0, 1.0), (1.0, -1e308, 1e308)],
)
def test_the_ends_of_floating_point_are_drawn(
    qtbot: QtBot, style: str, scale: str, contents: float, low: float, high: float
) -> None:
    canvas = PlotCanvas(LIGHT)
    qtbot.addWidget(canvas)
    canvas.resize(300, 200)
    histogram = Histogram(
        name="h",
        title="h",
        root_class="TH1D",
        axes=(Axis(4, low, high),),
        contents=np.full(6, contents),
    )
    draw = Draw(style=style, y=AxisDraw(scale=scale))  # type: ignore[arg-type]
    canvas.show_scene(Scene(data=histogram, draw=draw))
    assert not canvas.grab().isNull()
