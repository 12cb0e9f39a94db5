"""Titles in TLatex are drawn where they are to stand."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
import numpy as np
import pytest
from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QColor, QFont, QImage, QPainter
from support import plots

from dqmconsole.model.histogram import Axis
from dqmconsole.model.layout import AxisDraw, Draw
from dqmconsole.model.tlatex import plain_title
from dqmconsole.ui.plot.canvas import PlotCanvas
from dqmconsole.ui.plot.scene import Scene
from dqmconsole.ui.plot.tile import PlotTile
from dqmconsole.ui.plot.title import TitleLayout, paint_title
from dqmconsole.ui.theme import LIGHT, Colours

if TYPE_CHECKING:
    from pytestqt.qtbot import QtBot


def drawn(title: str, width: int, alignment: Qt.AlignmentFlag) -> np.ndarray:
    image = QImage(400, 60, QImage.Format.Format_Grayscale8)
    image.fill(QColor("white"))
    painter = QPainter(image)
    painter.setPen(QColor("black"))
    font = QFont()
    font.setPixelSize(20)
    paint_title(painter, QRectF(10, 10, width, 40), title, font, alignment)
    painter.end()
    lines = np.frombuffer(image.constBits(), np.uint8).reshape(60, -1)
    return lines[:, :400] < 128


PLAIN = Draw(x=AxisDraw(title=""), y=AxisDraw(title=""), z=AxisDraw(title=""))


def test_scripts_stand_above_and_below(qtbot: QtBot) -> None:
    del qtbot
    left = Qt.AlignmentFlag.AlignLeft
    flat = np.flatnonzero(drawn("xx", 300, left).any(axis=1))
    both = np.flatnonzero(drawn("x^{x}_{x}", 300, left).any(axis=1))
    assert both[0] < flat[0]
    assert both[-1] > flat[-1]


def test_it_stays_within_its_area_at_either_end(qtbot: QtBot) -> None:
    del qtbot
    right = np.flatnonzero(drawn("E_{T}", 300, Qt.AlignmentFlag.AlignRight).any(axis=0))
    assert 280 < right[-1] <= 310
    narrow = drawn("E_{T} of all and everything", 90, Qt.AlignmentFlag.AlignLeft)
    assert np.flatnonzero(narrow.any(axis=0))[-1] <= 101


def test_a_fraction_takes_less_room_than_its_words(qtbot: QtBot) -> None:
    del qtbot
    font = QFont()
    font.setPixelSize(20)
    stacked = TitleLayout("#frac{d#sigma}{d#Omega}", font).width
    assert 0 < stacked < TitleLayout("dσ/dΩ", font).width


@pytest.mark.parametrize("title", ["#eta", "p_{T} [GeV]", "m^{2}"])
def test_axes_and_bars_draw_their_titles_so(qtbot: QtBot, title: str) -> None:
    """Neither raw nor, where there are scripts, as the plain text."""
    data = plots.plane(np.arange(30.0).reshape(6, 5), Axis(6, 0, 6), Axis(5, 0, 5))
    drawn = {}
    for words in (title, plain_title(title)):
        axis = AxisDraw(title=words)
        for part in "xyz":
            draw = msgspec.structs.replace(PLAIN, **{part: axis})
            canvas = PlotCanvas(LIGHT)
            qtbot.addWidget(canvas)
            canvas.resize(420, 300)
            canvas.show_scene(Scene(data, draw))
            drawn[words, part] = canvas.grab().toImage()
    for part in "xyz":
        same = drawn[title, part] == drawn[plain_title(title), part]
        assert same == (title == "#eta")


def test_a_tile_draws_its_title_so(qtbot: QtBot) -> None:
    drawn = []
    for title in ("E_{T}", "E_T"):
        tile = PlotTile(Colours(LIGHT))
        qtbot.addWidget(tile)
        tile.resize(300, 200)
        tile.assign("a", plots.plot(title))
        drawn.append(tile.picture())
        assert tile.accessibleName() == "E_T"
    assert drawn[0] != drawn[1]
