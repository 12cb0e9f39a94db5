"""Titles in TLatex are drawn where they are to stand."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QColor, QFont, QImage, QPainter

from dqmconsole.ui.plot.title import TitleLayout, paint_title

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
