"""A drawing that fails is said in its tile; the rest of the page goes on."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pyqtgraph as pg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PySide6.QtCore import QPoint, QRectF
from PySide6.QtWidgets import QHBoxLayout, QWidget
from support import plots
from support.waiting import PATIENCE_MS

from dqmconsole.model.frame import Comparison, Expected, Picture
from dqmconsole.model.graph import Graph
from dqmconsole.model.histogram import Axis, Histogram
from dqmconsole.model.layout import AxisDraw, Draw
from dqmconsole.ui.plot import axis_item, histogram_item, map_item, tables
from dqmconsole.ui.plot.canvas import PlotCanvas
from dqmconsole.ui.plot.curves import Curves
from dqmconsole.ui.plot.painting import PlotScene, guarded
from dqmconsole.ui.plot.scene import Scene
from dqmconsole.ui.plot.tile import PlotTile
from dqmconsole.ui.theme import LIGHT, Colours

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pytestqt.qtbot import QtBot

    from dqmconsole.model.layout import Style

FILL = LIGHT.fill.upper()


def raising(*_given: object) -> None:
    np.ones(2).reshape(3)


@pytest.fixture
def page(qtbot: QtBot) -> Iterator[tuple[PlotTile, PlotTile]]:
    """Two tiles side by side."""
    whole, colours = QWidget(), Colours(LIGHT)
    qtbot.addWidget(whole)
    row = QHBoxLayout(whole)
    tiles = PlotTile(colours), PlotTile(colours)
    for number, tile in enumerate(tiles):
        row.addWidget(tile)
        tile.assign(f"Hcal › Digi › {number}", plots.plot())
    whole.resize(700, 300)
    whole.grab()
    yield tiles
    whole.hide()


def filled(tile: PlotTile) -> int:
    image = tile.canvas.grab().toImage()
    return sum(
        image.pixelColor(x, y).name().upper() == FILL
        for x in range(0, image.width(), 2)
        for y in range(0, image.height(), 2)
    )


@pytest.mark.parametrize(
    ("where", "what"),
    [
        (histogram_item, "filled"),
        (histogram_item, "_paint_limits"),
        (axis_item, "_paint_y_title"),
        (axis_item, "cut"),
    ],
)
def test_an_item_that_raises_in_paint_is_said_and_tried_again(
    qtbot: QtBot,
    page: tuple[PlotTile, PlotTile],
    monkeypatch: pytest.MonkeyPatch,
    where: object,
    what: str,
) -> None:
    bad, good = page
    good.show_tile(plots.tile(plots.curve(plots.peak())), None)
    before = filled(good)
    with monkeypatch.context() as patch:
        patch.setattr(where, what, raising)
        limit = Expected(limits=((300.0, "bad above"),))
        picture = Picture(plots.curve(plots.peak()), expected=limit)
        bad.show_tile(plots.tile(picture), None)
        bad.grab()
        qtbot.waitUntil(lambda: bool(bad.canvas.failure), timeout=PATIENCE_MS)
        assert bad.canvas.failure.startswith("cannot be drawn: ValueError: cannot resh")
        words = f"FAILED: {bad.canvas.failure} · verdict GOOD: like the reference"
        assert bad.accessibleDescription() == words
        assert bad.canvas._notes().heading == "FAILED"
        assert bad.canvas._notes().words == bad.canvas.failure
    # the item would paint now, but the picture is the same
    assert filled(bad) == 0
    assert before == filled(good) > 500
    bad.show_tile(plots.tile(plots.curve(plots.peak()), version=2), None)
    assert bad.canvas.failure == ""
    assert filled(bad) > 500
    assert bad.accessibleDescription() == "GOOD: like the reference"


@pytest.mark.parametrize("method", ["take", "place", "read", "remark", "note"])
def test_a_drawing_that_raises_is_said(
    page: tuple[PlotTile, PlotTile],
    monkeypatch: pytest.MonkeyPatch,
    method: str,
) -> None:
    bad, _ = page
    with monkeypatch.context() as patch:
        patch.setattr(Curves, method, raising)
        bad.show_tile(plots.tile(plots.curve(plots.peak())), None)
        bad.canvas._words_at(QPoint(150, 80))
        assert bad.canvas.failure.startswith("cannot be drawn: ")
        assert bad.canvas.panes == []
        assert filled(bad) == 0
    bad.show_tile(plots.tile(plots.curve(plots.peak()), version=2), None)
    assert filled(bad) > 500
    assert bad.canvas._words_at(QPoint(150, 80))


@pytest.mark.parametrize(
    ("where", "what", "scene"),
    [
        (map_item, "map_pixels", Scene(plots.plane(np.ones((5, 5))))),
        (
            tables,
            "_paint_row",
            Scene(
                plots.curve([1.0, 2.0], 0, 2, labels=("a", "b")), Draw(style="table")
            ),
        ),
    ],
)
def test_maps_and_tables_fail_in_words(
    qtbot: QtBot,
    monkeypatch: pytest.MonkeyPatch,
    where: object,
    what: str,
    scene: Scene,
) -> None:
    canvas = PlotCanvas(LIGHT)
    qtbot.addWidget(canvas)
    canvas.resize(400, 300)
    with monkeypatch.context() as patch:
        patch.setattr(where, what, raising)
        canvas.show_scene(scene)
        canvas.grab()
        qtbot.waitUntil(lambda: bool(canvas.failure), timeout=PATIENCE_MS)
        canvas.grab()
    canvas.show_scene(scene)
    canvas.grab()
    assert canvas.failure == ""


def test_a_scene_is_told_once(qtbot: QtBot) -> None:
    class Broken(pg.GraphicsObject):
        def boundingRect(self) -> QRectF:
            return QRectF(0, 0, 50, 50)

        @guarded
        def paint(self, *_given: object) -> None:
            raise RuntimeError

    view = pg.GraphicsView()
    qtbot.addWidget(view)
    scene = PlotScene(view)
    view.setScene(scene)
    told: list[str] = []
    scene.failed.connect(told.append)
    for _ in range(2):
        scene.addItem(Broken())
    for _ in range(3):
        view.grab()
    assert told == ["RuntimeError"]


# -- any numbers -------------------------------------------------------------------

NUMBERS = st.one_of(
    st.floats(),
    st.sampled_from([0.0, -0.0, 5e-324, -5e-324, 1e308, -1e308, 1e-310, 3.0, -7.0]),
    st.integers(0, 50).map(float),
)
STYLES: st.SearchStrategy[Style | None] = st.sampled_from(
    ["fill", "step", "points", "text", "table", "strip", None]
)


@st.composite
def scenes(draw: st.DrawFn) -> Scene:
    """A scene of any numbers, drawn in any way."""
    bins = draw(st.integers(1, 12))

    def numbers(count: int) -> np.ndarray:
        return np.array(draw(st.lists(NUMBERS, min_size=count, max_size=count)))

    low = draw(st.sampled_from([-3.0, 0.0, 1e-300, 1e290, -1e-310]))
    span = draw(st.sampled_from([1.0, 1e-6, 1e300, 9.0]))
    log = st.sampled_from([AxisDraw(), AxisDraw(scale="log")])
    look = Draw(style=draw(STYLES), x=draw(log), y=draw(log), z=draw(log))
    kind = draw(st.sampled_from(["curve", "plane", "profile", "graph"]))
    if kind == "graph":
        errors = (np.abs(numbers(bins)), np.abs(numbers(bins)))
        graph = Graph(
            "g", "g", "TGraphAsymmErrors", numbers(bins), numbers(bins), errors,
            errors, "x", "y", line=draw(st.booleans()),
        )  # fmt: skip
        return Scene(draw=look, graphs=(graph,))
    if kind == "plane":
        shape = (bins, draw(st.integers(1, 5)))
        axes = Axis(bins, low, low + span), Axis(shape[1], low, low + span)
        data = plots.plane(numbers(bins * shape[1]).reshape(shape), *axes)
        compared = Comparison("pull", numbers(bins * shape[1]).reshape(shape))
        return Scene(data, look, mode="pull", comparison=compared)
    contents = np.pad(numbers(bins), 1)
    profile = kind == "profile"
    counts = np.pad(numbers(bins), 1) if profile else None
    weighted = profile or draw(st.booleans())
    sumw2 = np.pad(numbers(bins), 1) if weighted else None
    axis = Axis(bins, low, low + span)
    data = Histogram(
        "h", "h", "TProfile" if profile else "TH1D", (axis,), contents,
        sumw2=sumw2, bin_entries=counts, y_title="y",
    )  # fmt: skip
    compared = Comparison("ratio", numbers(bins), numbers(bins))
    return Scene(
        data,
        look,
        reference=data if draw(st.booleans()) else None,
        scale=draw(NUMBERS),
        mode="ratio",
        comparison=compared,
    )


@pytest.fixture
def canvas(qtbot: QtBot) -> PlotCanvas:
    made = PlotCanvas(LIGHT)
    qtbot.addWidget(made)
    made.resize(300, 200)
    made.set_large(True)
    return made


@settings(
    max_examples=150,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(scene=scenes())
def test_any_numbers_are_drawn(canvas: PlotCanvas, scene: Scene) -> None:
    canvas.clear()
    canvas.show_scene(scene)
    canvas.grab()
    for x in (60, 150, 250):
        canvas._words_at(QPoint(x, 90))
    for zoom, pan in ((0.2, 3.0), (9.0, -0.4)):
        canvas.zoom_by(zoom)
        canvas.pan_by(pan)
        canvas.grab()
    assert canvas.failure == ""
    assert not canvas._plot_scene.broken
