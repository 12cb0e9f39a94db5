"""Drawings of a package: drawn, and switched off in words when they misbehave."""

from __future__ import annotations

import contextlib
import dataclasses
import math
import signal
import sys
import time
from functools import cache
from importlib.metadata import EntryPoint
from typing import TYPE_CHECKING

import numpy as np
import pyqtgraph as pg
import pytest
from PySide6.QtCore import QRectF
from PySide6.QtGui import QColor, QImage, QPainter
from support import plots

from dqmconsole import plugins
from dqmconsole.model.histogram import Axis
from dqmconsole.model.layout import Draw
from dqmconsole.ui.guidance.manual import FOLDER
from dqmconsole.ui.plot import custom, registered
from dqmconsole.ui.plot.canvas import PlotCanvas
from dqmconsole.ui.plot.palettes import OVER, lookup_table
from dqmconsole.ui.plot.scene import Scene
from dqmconsole.ui.plot.tile import PlotTile
from dqmconsole.ui.theme import LIGHT, Colours

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator
    from pathlib import Path

    from pytestqt.qtbot import QtBot

    from dqmconsole.ui.plot.custom import DrawingValues

PADS = Axis(4, -0.5, 3.5, title="plane"), Axis(12, -0.5, 11.5, title="channel")
CIVIDIS = lookup_table("cividis", LIGHT.tile)
PINK = "#C800C8"


class Square(pg.GraphicsObject):
    """What a package might draw."""

    def boundingRect(self) -> QRectF:
        return QRectF(0, 0, 10, 10)

    def paint(self, painter: object, *_more: object) -> None:
        painter.fillRect(self.boundingRect(), QColor(PINK))  # type: ignore[attr-defined]


class Broken(Square):
    def paint(self, *_told: object) -> None:
        message = "no geometry"
        raise ValueError(message)


class Holding(Square):
    """One whose child is broken."""

    def __init__(self) -> None:
        super().__init__()
        self.child = Broken()
        self.child.setParentItem(self)


class Flat(Square):
    def boundingRect(self) -> QRectF:
        return QRectF()


class Leaving(Square):
    def paint(self, *_told: object) -> None:
        sys.exit(3)


class Clearing(Square):
    def paint(self, *_told: object) -> None:
        self.scene().clear()


class Endless(Square):
    def boundingRect(self) -> QRectF:
        return QRectF(0, 0, math.inf, math.nan)


def square(_values: DrawingValues) -> Square:
    return Square()


def broken(_values: DrawingValues) -> Square:
    return Broken()


def holding(_values: DrawingValues) -> Square:
    return Holding()


def flat(_values: DrawingValues) -> Square:
    return Flat()


@cache
def kept() -> Square:
    return Square()


def keeping(_values: DrawingValues) -> Square:
    return kept()


def leaving(_values: DrawingValues) -> Square:
    return Leaving()


def clearing(_values: DrawingValues) -> Square:
    return Clearing()


def endless(_values: DrawingValues) -> Square:
    return Endless()


def quitting(_values: DrawingValues) -> Square:
    sys.exit(3)


def raising(values: DrawingValues) -> Square:
    return values.nothing  # type: ignore[attr-defined, no-any-return]


def nothing(_values: DrawingValues) -> None:
    return None


class Waiting(Square):
    def paint(self, *_told: object) -> None:
        with contextlib.suppress(Exception):  # as of those that catch whatever comes
            time.sleep(60)
        message = "nothing came"
        raise LookupError(message)


def waiting(_values: DrawingValues) -> Square:
    return Waiting()


def hanging(_values: DrawingValues) -> Square:
    while True:
        time.sleep(60)


number = 7


@pytest.fixture(autouse=True)
def installed(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    names = (
        "square",
        "broken",
        "holding",
        "flat",
        "keeping",
        "leaving",
        "clearing",
        "endless",
        "quitting",
        "raising",
        "nothing",
        "number",
        "absent",
        "waiting",
        "hanging",
    )
    install(monkeypatch, *(point(n, f"{__name__}:{n}") for n in names))
    yield
    registered.registered_drawings.cache_clear()


def point(name: str, value: str) -> EntryPoint:
    return EntryPoint(name, value, plugins.DRAWINGS)


def install(monkeypatch: pytest.MonkeyPatch, *points: EntryPoint) -> None:
    def found(
        group: str, load: Callable[[EntryPoint], object], taken: Collection[str]
    ) -> plugins.Registered[object]:
        return plugins.usable(group, points, load, taken)

    monkeypatch.setattr(plugins, "registered", found)
    registered.registered_drawings.cache_clear()


@pytest.fixture
def canvas(qtbot: QtBot) -> PlotCanvas:
    made = PlotCanvas(LIGHT)
    qtbot.addWidget(made)
    made.resize(360, 200)
    return made


def picture(canvas: PlotCanvas) -> np.ndarray:
    image = canvas.grab().toImage().convertToFormat(QImage.Format.Format_RGB32)
    raw = np.frombuffer(image.constBits(), dtype=np.uint32)
    return raw.reshape(image.height(), image.width()) | np.uint32(0xFF000000)


def scene(name: str, hot: bool = False) -> Scene:
    contents = np.full((4, 12), 50.0)
    if hot:
        contents[2, 3] = 9000.0
    return Scene(plots.plane(contents, *PADS), Draw(drawing=name))


def is_a_map(canvas: PlotCanvas) -> bool:
    return len(canvas.panes) == 1


def test_a_package_cannot_take_a_bundled_drawing_s_name(
    canvas: PlotCanvas, monkeypatch: pytest.MonkeyPatch
) -> None:
    install(monkeypatch, point("hodoscope", f"{__name__}:square"))
    canvas.show_scene(scene("hodoscope"))
    drawn = picture(canvas)
    assert not is_a_map(canvas)
    assert not (drawn == int("FF" + PINK[1:], 16)).any()


def test_the_drawing_of_the_manual_is_drawn(
    canvas: PlotCanvas, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    manual = (FOLDER / "expert.md").read_text()
    code = manual.partition("```python\n# lab/wheel.py")[2].partition("```")[0]
    (tmp_path / "wheel_of_the_manual.py").write_text(f"#{code}")
    monkeypatch.syspath_prepend(tmp_path)
