"""A status never rests on colour alone."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING

import numpy as np
import pytest
from PySide6.QtCore import QRectF
from PySide6.QtGui import QColor, QImage, QPainter

from dqmconsole.model.verdict import Status
from dqmconsole.ui.marks import MarkLabel, mark_icon, mark_image, paint_mark
from dqmconsole.ui.theme import DARK, LIGHT, Colours, Theme

if TYPE_CHECKING:
    from pytestqt.qtbot import QtBot

# Machado, Oliveira, Fernandes 2009, severity 1.0, on linear RGB
# https://doi.org/10.1109/TVCG.2009.113
SIGHT = {
    "grey": [[0.2126, 0.7152, 0.0722]] * 3,
    "protanopia": [
        [0.152286, 1.052583, -0.204868],
        [0.114503, 0.786281, 0.099216],
        [-0.003882, -0.048116, 1.051998],
    ],
    "deuteranopia": [
        [0.367322, 0.860646, -0.227968],
        [0.280085, 0.672501, 0.047413],
        [-0.011820, 0.042940, 0.968881],
    ],
    "tritanopia": [
        [1.255528, -0.076749, -0.178779],
        [-0.078411, 0.930809, 0.147602],
        [0.004733, 0.691367, 0.303900],
    ],
}


def drawn(status: Status, theme: Theme, size: int) -> np.ndarray:
    """Return the mark on the theme's tile, linear RGB, shape (size, size, 3)."""
    image = QImage(size, size, QImage.Format.Format_RGB32)
    image.fill(QColor(theme.tile))
    painter = QPainter(image)
    paint_mark(painter, QRectF(0, 0, size, size), status, theme)
    painter.end()
    raw = np.frombuffer(image.constBits(), dtype=np.uint8).reshape(size, size, 4)
    return (raw[:, :, 2::-1] / 255.0) ** 2.2


def seen(pixels: np.ndarray, sight: str) -> np.ndarray:
    linear = np.clip(pixels @ np.array(SIGHT[sight]).T, 0, 1)
    return linear ** (1 / 2.2)


@pytest.mark.parametrize("sight", SIGHT)
@pytest.mark.parametrize("theme", [LIGHT, DARK], ids=["light", "dark"])
@pytest.mark.parametrize("size", [14, 18])
def test_marks_are_distinct_to_every_eye(sight: str, theme: Theme, size: int) -> None:
    pictures = {status: seen(drawn(status, theme, size), sight) for status in Status}
    for one, other in itertools.combinations(Status, 2):
        apart = np.abs(pictures[one] - pictures[other]).max(axis=2)
        # letters of 14 px differ in a dozen pixels at least
        assert int((apart > 0.15).sum()) >= 10, (one, other)


@pytest.mark.parametrize("theme", [LIGHT, DARK], ids=["light", "dark"])
@pytest.mark.parametrize("size", [14, 18])
def test_a_warning_by_default_differs_in_shape(theme: Theme, size: int) -> None:
    marks = [
        mark_image(Status.WARNING, theme, size, 1.0, adopted=adopted)
        for adopted in (True, False)
    ]
    filled, outlined = (
        sum(
            mark.pixelColor(x, y).alpha() > 200
            for x in range(size)
            for y in range(size)
        )
        for mark in marks
    )
    assert outlined < 0.7 * filled


def test_good_is_without_colour() -> None:
    pixels = drawn(Status.GOOD, LIGHT, 14) ** (1 / 2.2)
    assert float((pixels.max(axis=2) - pixels.min(axis=2)).max()) < 0.1


def test_icon_and_label_show_the_mark(qtbot: QtBot) -> None:
    icon = mark_icon(Status.BAD, LIGHT)
    assert icon.pixmap(14, 14).toImage() == mark_image(Status.BAD, LIGHT, 14, 1.0)
    colours = Colours(LIGHT)
    label = MarkLabel(colours)
    qtbot.addWidget(label)
    label.set_status(Status.STALE)
    assert label.accessibleName() == "STALE"
    label.set_status(Status.WARNING, adopted=False)
    assert label.accessibleName() == "WARNING, default, not adopted"
    assert "never rings" in label.toolTip()
    colours.change(DARK)
    assert label.sizeHint().width() == 14
    label.grab()
