"""Items are pooled: nothing of one plot lives on in the next."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PySide6.QtCore import QPoint
from PySide6.QtGui import QImage
from support import plots
from support.mouse import drag, wheel

from dqmconsole.model.frame import Comparison, Expected
from dqmconsole.model.graph import Graph
from dqmconsole.model.histogram import Axis
from dqmconsole.model.known_issue import Region
from dqmconsole.model.layout import AxisDraw, Draw
from dqmconsole.ui.plot.canvas import PlotCanvas
from dqmconsole.ui.plot.scene import Scene
from dqmconsole.ui.theme import DARK, LIGHT

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pytestqt.qtbot import QtBot

PEAK, LATE = plots.peak(), plots.peak(0.4)
BROKEN = np.where(
    np.arange(60) == 20, np.inf, np.where(np.arange(60) > 50, np.nan, PEAK)
)
TREND = plots.curve(
    np.r_[20 + np.arange(60) % 5, np.zeros(140)], 0.0, 200.0, title="Lumisection"
)
ERRORS = (np.full(8, 0.1), np.full(8, 0.3))
GRAPH = Graph("g", "g", "TGraphAsymmErrors", np.arange(8.0), np.arange(8.0) ** 2,
              None, ERRORS, "p [GeV]", "share", line=True)  # fmt: skip
FEW = tuple(f"HBM{index:02d} readout box" for index in range(9))
SCENES = [
    Scene(plots.curve(LATE), reference=plots.curve(PEAK)),
    Scene(plots.curve(LATE * 1e4), Draw(y=AxisDraw(scale="log"))),
    Scene(plots.curve(LATE - 300), Draw(style="step", x=AxisDraw(range=(-1, 1)))),
    Scene(
        plots.curve(LATE),
        reference=plots.curve(PEAK),
        mode="ratio",
        comparison=Comparison("ratio", LATE / np.maximum(PEAK, 1), np.full(60, 0.1)),
    ),
    Scene(
        plots.curve(PEAK),
        overlays=(plots.curve(LATE), plots.curve(LATE / 2)),
        names=("a", "b", "c"),
    ),
    Scene(
        plots.curve(PEAK + LATE),
        overlays=(plots.curve(LATE), plots.curve(PEAK)),
        names=("all", "b", "c"),
        stacked=True,
    ),
    Scene(plots.curve(np.arange(9) + 1.0, 0.0, 9.0, labels=FEW, title="box")),
    Scene(plots.curve(BROKEN), Draw(style="points")),
    Scene(plots.profile(40 + np.arange(30) % 4), Draw(stats=True)),
    Scene(
        TREND,
        last=57,
        clock=lambda lumisection: 1.7e9 + 23.3 * lumisection,
        expected=Expected(first_bad=33, limits=((23.0, "bad above"),)),
    ),
    Scene(
        plots.curve(PEAK),
        expected=Expected(PEAK - 90, PEAK + 90, (), None, np.array([3, 4, 30])),
        known=(Region(x=(-2.0, -1.0)),),
    ),
    Scene(graphs=(GRAPH,)),
    Scene(plots.curve([5.0, 3.0], 0.0, 9.0), graphs=(GRAPH, GRAPH)),
    Scene(plots.curve(np.zeros(9))),
    Scene(plots.plane(np.arange(300.0).reshape(20, 15))),
    Scene(
        plots.plane(np.ones((9, 9))),
        mode="ratio",
        comparison=Comparison("ratio", np.ones((9, 9))),
    ),
    Scene(
        plots.plane(np.ones((9, 4)), Axis(9, 0, 9, labels=FEW)),
        Draw(style="text", z=AxisDraw(scale="log")),
        known=(Region(x=(0.0, 3.0), y=(0.0, 2.0)),),
    ),
    Scene(heading="MISSING", words="not in this run; nearest: Hcal/depth2"),
    Scene(text="1.25e34"),
    Scene(),
]
SIZES = [(284, 158), (460, 300)]
STEP = st.tuples(
    st.integers(0, len(SCENES) - 1),
    st.sampled_from(["", "zoom", "drag", "grey", "large", "width", "dark"]),
    st.booleans(),
)


@pytest.fixture
def pooled(qtbot: QtBot) -> Iterator[PlotCanvas]:
    made = PlotCanvas(LIGHT)
    qtbot.addWidget(made)
    return made


def pixels(canvas: PlotCanvas) -> np.ndarray:
    image = canvas.grab().toImage().convertToFormat(QImage.Format.Format_RGB32)
    raw = np.frombuffer(image.constBits(), dtype=np.uint32)
    return raw.reshape(image.height(), image.width()).copy()


def fresh(scene: Scene, size: tuple[int, int]) -> np.ndarray:
    canvas = PlotCanvas(LIGHT)
    canvas.resize(*size)
    canvas.show_scene(scene)
    drawn = pixels(canvas)
    canvas.deleteLater()
    return drawn


def treat(canvas: PlotCanvas, how: str) -> None:
    """What happens to a plot while it is looked at."""
    middle = QPoint(canvas.width() // 2, canvas.height() // 2)
    if how == "zoom":
        wheel(canvas, middle, 240)
    elif how == "drag":
        drag(canvas, middle, middle + QPoint(50, 30))
    elif how == "grey":
        canvas.set_grey(True)
    elif how == "large":
        canvas.set_large(True)
    elif how == "width":
        canvas.set_axis_width(80)
    elif how == "dark":
        canvas.set_theme(DARK)


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    pages=st.lists(STEP, min_size=1, max_size=5),
    last=st.integers(0, len(SCENES) - 1),
    size=st.sampled_from(SIZES),
)
def test_after_any_pages_a_plot_looks_as_on_fresh_items(
    pooled: PlotCanvas,
    pages: list[tuple[int, str, bool]],
    last: int,
    size: tuple[int, int],
) -> None:
    for page, how, seen in pages:
        pooled.resize(*SIZES[page % 2])
        pooled.clear()
        pooled.show_scene(SCENES[page])
        if seen:
            pooled.grab()
        treat(pooled, how)
        if seen:
            pooled.grab()
    pooled.clear()
    pooled.set_axis_width(0)
    pooled.set_grey(False)
    pooled.set_large(False)
    pooled.set_theme(LIGHT)
    pooled.resize(*size)
    pooled.show_scene(SCENES[last])
    assert (pixels(pooled) == fresh(SCENES[last], size)).all()


def test_items_are_made_once(pooled: PlotCanvas) -> None:
    pooled.resize(460, 300)
    for scene in SCENES:
        pooled.clear()
        pooled.show_scene(scene)
        pooled.grab()
    made = len(pooled.items())
    for scene in (*SCENES[::-1], *SCENES[::3]):
        pooled.clear()
        pooled.show_scene(scene)
        pooled.grab()
    assert len(pooled.items()) == made
