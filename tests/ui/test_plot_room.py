"""What is drawn has room: above it, beside it, and beneath its words."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from PySide6.QtGui import QImage
from support import plots

from dqmconsole.model.frame import Comparison
from dqmconsole.model.histogram import Axis, Histogram
from dqmconsole.model.known_issue import Region
from dqmconsole.model.layout import AxisDraw, Draw
from dqmconsole.ui.plot.canvas import PlotCanvas
from dqmconsole.ui.plot.drawing import counts_whole
from dqmconsole.ui.plot.scene import Scene
from dqmconsole.ui.theme import LIGHT

if TYPE_CHECKING:
    from pytestqt.qtbot import QtBot

FROM_ZERO = Draw(style="points", y=AxisDraw(range=(0.0, None)))
LAYERS = Axis(3, 0.5, 3.5, title="Layer")


@pytest.fixture
def canvas(qtbot: QtBot) -> PlotCanvas:
    made = PlotCanvas(LIGHT)
    qtbot.addWidget(made)
    made.resize(284, 258)
    return made


def pixels(canvas: PlotCanvas) -> np.ndarray:
    """Return what the canvas draws, 0xRRGGBB, shape (height, width)."""
    image = canvas.grab().toImage().convertToFormat(QImage.Format.Format_RGB32)
    raw = np.frombuffer(image.constBits(), dtype=np.uint32)
    return raw.reshape(image.height(), image.width()) & 0xFFFFFF


@pytest.mark.parametrize("later", [1.0, 1.02, 1.04, 1.06, 1.3])
def test_a_flat_trend_keeps_clear_of_the_frame(
    canvas: PlotCanvas, later: float
) -> None:
    for factor in (1.0, later):
        values = factor * (520 + np.arange(14) % 3)
        canvas.show_scene(Scene(plots.profile(values), FROM_ZERO))
        canvas.grab()
        scale = canvas.panes[0].y.scale
        assert scale.low == 0.0
        assert 0.6 < scale.fraction(values.max()) < 0.951


def test_error_bars_are_drawn_whole(canvas: PlotCanvas) -> None:
    data = plots.profile([0.0001, 0.0002, 0.0001, 0.0002])
    counts = data.counts()
    assert counts.min() > 0
    top = (data.values() + np.sqrt(data.variances())).max()
    assert top > 1.2 * data.values().max()
    for draw in (FROM_ZERO, Draw(style="points")):
        canvas.clear()
        canvas.show_scene(Scene(data, draw))
        canvas.grab()
        assert canvas.panes[0].y.scale.fraction(top) < 0.951


def test_in_both_maps_a_place_lies_at_the_same_pixel(canvas: PlotCanvas) -> None:
    for scale in (1.0, 12_345.0):
        for size in ((700, 300), (330, 480)):
            canvas.resize(*size)
            data = plots.plane(scale * np.ones((8, 8)))
            compared = Comparison("ratio", np.ones((8, 8)))
            canvas.show_scene(Scene(data, mode="ratio", comparison=compared))
            canvas.grab()
            first, second = (pane.rect for pane in canvas.panes)
            assert first.size() == second.size()


def test_bins_of_whole_numbers_have_whole_ticks(canvas: PlotCanvas) -> None:
    data = plots.plane(np.ones((4, 3)), Axis(4, -2.0, 2.0), LAYERS)
    canvas.show_scene(Scene(data))
    canvas.grab()
    assert [tick.text for tick in canvas.panes[0].y_ticks] == ["1", "2", "3"]


@pytest.mark.parametrize(
    ("axis", "whole"),
    [
        (LAYERS, True),
        (Axis(5, -2.5, 2.5), True),
        (Axis(3, 0.0, 3.0), False),
        (Axis(6, 0.5, 3.5), False),
        (Axis(2, 0.5, 2.5, variable=np.array([0.5, 1.0, 2.5])), False),
    ],
)
def test_which_bins_stand_for_whole_numbers(axis: Axis, whole: bool) -> None:
    assert counts_whole(axis) is whole


def test_a_scale_has_more_than_one_number(canvas: PlotCanvas) -> None:
    canvas.resize(130, 200)
    data = plots.plane(np.ones((5, 3)), Axis(5, -2.5, 2.5, title="BX"), LAYERS)
    canvas.show_scene(Scene(data))
    canvas.grab()
    assert len([tick for tick in canvas.panes[0].x_ticks if tick.text]) > 1


def test_words_over_a_hatched_plot_have_their_ground(canvas: PlotCanvas) -> None:
    nothing: Histogram = plots.plane(np.zeros((4, 4)))
    canvas.show_scene(Scene(nothing, known=(Region(x=(-1e3, 1e3), y=(-1e3, 1e3)),)))
    drawn = pixels(canvas)
    middle = canvas.panes[0].rect.center()
    line = drawn[middle.y() + 5, middle.x() - 20 : middle.x() + 20]
    assert (line == int(LIGHT.tile[1:], 16)).all()
    beside = drawn[middle.y() + 30, middle.x() - 20 : middle.x() + 20]
    assert (beside != int(LIGHT.tile[1:], 16)).any()
