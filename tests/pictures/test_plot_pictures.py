"""Each item and axis of a plot, in both themes; each says what to look for."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from PySide6.QtGui import QImage, QPainter
from support import plots

from dqmconsole.model.frame import Comparison, Expected
from dqmconsole.model.graph import Graph
from dqmconsole.model.layout import AxisDraw, Draw
from dqmconsole.ui.plot.canvas import PlotCanvas
from dqmconsole.ui.plot.scene import Scene
from dqmconsole.ui.theme import DARK, LIGHT

if TYPE_CHECKING:
    from collections.abc import Callable

    from pytestqt.qtbot import QtBot

    Check = Callable[[QImage, str], None]

PEAK, LATE = plots.peak(), plots.peak(0.4)
BROKEN = LATE.copy()
BROKEN[[12, 45]] = (np.inf, -np.inf)
BROKEN[30:33] = np.nan
TREND = plots.curve(
    np.r_[20 + np.arange(260) % 7 / 4, np.zeros(240)], 0.0, 500.0, title="Lumisection"
)
MOMENTUM = np.linspace(5.0, 100.0, 14)
SHARE = 0.97 - np.exp(-MOMENTUM / 9)
TURN_ON = Graph(
    "turn_on", "turn-on", "TGraphAsymmErrors", MOMENTUM, SHARE, None,
    (np.full(14, 0.06), np.full(14, 0.03)), "p_{T} [GeV]", "efficiency", line=True,
)  # fmt: skip
HISTORY = Graph(
    "history", "history", "TGraphErrors", 1.76e9 + 600.0 * np.arange(40),
    18.0 + np.sin(np.arange(40) / 5), x_time=True, y_title="temperature [°C]",
)  # fmt: skip
BOXES = tuple(f"HBM{index:02d} readout box {index}" for index in range(9))
SCENES = {
    "expected_band": (
        Scene(
            plots.curve(LATE),
            reference=plots.curve(PEAK),
            expected=Expected(
                PEAK - 3 * np.sqrt(PEAK) - 20,
                PEAK + 3 * np.sqrt(PEAK) + 20,
                ((950.0, "bad above"),),
                None,
                np.arange(34, 45),
            ),
        ),
        "a band about the reference, a dashed limit with its word, red under the bins",
    ),
    "trend_with_clock": (
        Scene(
            TREND,
            Draw(style="step"),
            last=257,
            clock=lambda lumisection: 1.7e9 + 23.31 * lumisection,
            expected=Expected(first_bad=201),
        ),
        "the axis ends at 260, times beneath the lumisections, a red line at 200",
    ),
    "broken_bins": (
        Scene(plots.curve(BROKEN)),
        "a gap, a triangle at the top and one at the bottom, both counted in words",
    ),
    "graph_turn_on": (
        Scene(graphs=(TURN_ON,)),
        "points joined by a line, lower errors twice as long as the upper ones",
    ),
    "graph_of_time": (
        Scene(graphs=(HISTORY,)),
        "times of day along x, the day beneath the first of each",
    ),
    "stacked_parts": (
        Scene(
            plots.curve(PEAK + LATE + 40),
            overlays=(
                plots.curve(np.full(60, 40.0)),
                plots.curve(LATE),
                plots.curve(PEAK),
            ),
            names=("all", "noise", "late", "prompt"),
            stacked=True,
        ),
        "three parts one on another, the sum as outline, a legend above",
    ),
    "small_numbers_pull": (
        Scene(
            plots.curve(LATE * 1e-7),
            reference=plots.curve(PEAK * 1e-7),
            mode="pull",
            comparison=Comparison("pull", (LATE - PEAK) / np.sqrt(PEAK + 9)),
        ),
        "small numbers at the left, pulls from −5 to 5 beneath, others at its edge",
    ),
    "log_axes": (
        Scene(
            plots.curve(1e6 / (1 + np.arange(50.0)) ** 2, 0.0, 5e5, title="size [B]"),
            Draw(
                style="step",
                x=AxisDraw(scale="log", range=(1e4, None)),
                y=AxisDraw(scale="log"),
            ),
        ),
        "powers of ten with minor ticks on both axes, bins narrower to the right",
    ),
    "long_labels": (
        Scene(
            plots.curve(np.arange(9) + 3.0, 0.0, 9.0, labels=BOXES, title=""),
            Draw(style="text"),
        ),
        "labels standing, cut where they are alike, each value above its bin",
    ),
}


@pytest.mark.parametrize("name", SCENES)
def test_plot_of(qtbot: QtBot, picture: Check, name: str) -> None:
    """The light one at the left, the dark one at the right."""
    scene, look_for = SCENES[name]
    image = QImage(720, 220, QImage.Format.Format_RGB32)
    painter = QPainter(image)
    # held to the end: PySide6 may die of a canvas that is freed while another is made
    canvases = [PlotCanvas(theme) for theme in (LIGHT, DARK)]
    for place, canvas in enumerate(canvases):
        qtbot.addWidget(canvas)
        canvas.resize(360, 220)
        canvas.show_scene(scene)
        painter.drawImage(360 * place, 0, canvas.grab().toImage())
    painter.end()
    picture(image, look_for)
