"""Whatever comes is drawn or said; nothing raises, nothing is cut off."""

from __future__ import annotations

from typing import TYPE_CHECKING, get_args

import msgspec
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QImage
from support import plots
from support.mouse import click, drag, move, wheel

from dqmconsole.model.frame import Comparison
from dqmconsole.model.graph import Graph
from dqmconsole.model.histogram import Axis, Histogram
from dqmconsole.model.known_issue import Region
from dqmconsole.model.layout import AxisDraw, Draw, Style
from dqmconsole.ui.plot.canvas import PlotCanvas
from dqmconsole.ui.plot.curves import Curves
from dqmconsole.ui.plot.plane import Plane
from dqmconsole.ui.plot.scale import Scale
from dqmconsole.ui.plot.scene import Scene
from dqmconsole.ui.theme import DARK, LIGHT

if TYPE_CHECKING:
    from collections.abc import Iterator

    from PySide6.QtCore import QRect
    from pytestqt.qtbot import QtBot


@pytest.fixture
def canvas(qtbot: QtBot) -> Iterator[PlotCanvas]:
    made = PlotCanvas(LIGHT)
    qtbot.addWidget(made)
    made.resize(284, 158)
    return made


def picture(canvas: PlotCanvas) -> np.ndarray:
    """Return what the canvas draws, 0xRRGGBB, shape (height, width)."""
    image = canvas.grab().toImage().convertToFormat(QImage.Format.Format_RGB32)
    raw = np.frombuffer(image.constBits(), dtype=np.uint32)
    return raw.reshape(image.height(), image.width()) & 0xFFFFFF


def colour(name: str) -> int:
    return int(name[1:], 16)


def count(canvas: PlotCanvas, name: str) -> int:
    return int((picture(canvas) == colour(name)).sum())


# -- nothing raises --------------------------------------------------------------

NUMBERS = st.floats(allow_nan=True, allow_infinity=True, width=64)
STYLES = st.sampled_from([None, *get_args(Style)])
SCALES = st.sampled_from(["lin", "log"])


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    contents=arrays.arrays(np.float64, st.integers(1, 40), elements=NUMBERS),
    style=STYLES,
    x_scale=SCALES,
    y_scale=SCALES,
    scale=NUMBERS,
    seed=st.integers(0, 9),
)
def test_any_curve_is_drawn(
    canvas: PlotCanvas,
    contents: np.ndarray,
    style: str | None,
    x_scale: str,
    y_scale: str,
    scale: float,
    seed: int,
) -> None:
    mode = ["ratio", "difference"][seed % 2]
    with np.errstate(all="ignore"):
        data = plots.curve(contents, low=[-3.0, 0.0, 3.0][seed % 3])
    draw = Draw(style=style, x=AxisDraw(scale=x_scale), y=AxisDraw(scale=y_scale))
    canvas.show_scene(
        Scene(
            data,
            draw,
            reference=data,
            scale=scale,
            mode=mode,
            comparison=Comparison(mode, contents, contents),
            overlays=(data,),
            known=(Region(x=(0.0, 1.0)),),
        )
    )
    canvas.grab()
    canvas._words_at(QPoint(140, 60))


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    contents=arrays.arrays(
        np.float64, st.tuples(st.integers(1, 9), st.integers(1, 9)), elements=NUMBERS
    ),
    style=STYLES,
    scale=SCALES,
    mode=st.sampled_from(["overlay", "side-by-side", "ratio", "difference"]),
)
def test_any_map_is_drawn(
    canvas: PlotCanvas, contents: np.ndarray, style: str | None, scale: str, mode: str
) -> None:
    data = plots.plane(contents)
    draw = Draw(style=style, z=AxisDraw(scale=scale), x=AxisDraw(scale=scale))
    compared = Comparison(mode, contents) if mode in ("ratio", "difference") else None
    canvas.show_scene(
        Scene(data, draw, reference=data, mode=mode, comparison=compared,
              known=(Region(x=(0.0, 1.0), y=(0.0, 1.0)),))
    )  # fmt: skip
    canvas.grab()
    canvas._words_at(QPoint(140, 60))


@pytest.mark.parametrize("size", [(1, 1), (20, 12), (60, 300), (284, 20), (900, 600)])
@pytest.mark.parametrize("mode", ["side-by-side", "ratio"])
def test_any_size_is_drawn(
    canvas: PlotCanvas, size: tuple[int, int], mode: str
) -> None:
    canvas.resize(*size)
    flat = plots.curve(plots.peak())
    deep = plots.plane(np.ones((5, 6)))
    for data in (flat, deep):
        compared = Comparison("ratio", data.values()) if mode == "ratio" else None
        canvas.show_scene(Scene(data, reference=data, mode=mode, comparison=compared))
        canvas.grab()
    canvas.show_scene(Scene(heading="MISSING", words="not in this run " * 9))
    canvas.grab()
    canvas.show_scene(Scene(text="a long text " * 40))
    canvas.grab()


def test_a_million_bins_are_drawn(canvas: PlotCanvas) -> None:
    contents = np.full(1_000_000, 50.0)
    contents[123_456] = 500.0
    canvas.show_scene(Scene(plots.curve(contents)))
    drawn = picture(canvas)
    assert count(canvas, LIGHT.fill) > 2000
    # the one hot bin is not lost among its neighbours
    top = np.argwhere(drawn[:60] == colour(LIGHT.edge))
    assert top.size


@pytest.mark.parametrize("bins", [1000, 2000])
def test_one_hot_bin_of_a_large_map_is_drawn(canvas: PlotCanvas, bins: int) -> None:
    spot = np.ones((bins, bins))
    spot[700, 300] = 80.0
    canvas.show_scene(Scene(plots.plane(spot)))
    rect = canvas_pane(canvas)
    hot = picture(canvas)[rect.top() : rect.bottom(), rect.left() : rect.right()]
    assert len(np.unique(hot)) == 2


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (plots.curve(np.zeros(9)), "no entries"),
        (plots.curve(np.full(9, np.nan)), "not a number"),
        (plots.profile(np.full(9, np.nan)), "nothing filled"),
        (plots.plane(np.zeros((3, 3))), "no entries"),
        (plots.curve([1.0, 0.0]), ""),
    ],
)
def test_nothing_to_see_is_said(
    canvas: PlotCanvas, data: Histogram, words: str
) -> None:
    canvas.show_scene(Scene(data))
    canvas.grab()
    assert canvas._drawing is not None
    assert canvas._drawing.remark() == words


def test_three_dimensions_are_summed(canvas: PlotCanvas) -> None:
    axes = tuple(Axis(3, 0.0, 3.0, title=title) for title in "xyz")
    data = Histogram("h", "h", "TH3F", axes, np.ones((5, 5, 5)))
    canvas.show_scene(Scene(data))
    pane = canvas_pane(canvas)
    assert canvas._words_at(pane.center()) == "1 to 2, 1 to 2: 3"


def canvas_pane(canvas: PlotCanvas) -> QRect:
    canvas.grab()
    pane = canvas._pane()
    assert pane is not None
    return pane.rect


# -- nothing is cut off -----------------------------------------------------------

LONG = tuple(f"HBM{index:02d} readout box {index}" for index in range(18))
SCENES = {
    "curve": Scene(plots.curve(plots.peak() * 1e6)),
    "negative": Scene(plots.curve(plots.peak() - 400)),
    "labels": Scene(plots.curve(np.arange(18) + 1.0, 0.0, 18.0, labels=LONG)),
    "few labels": Scene(plots.curve([3, 4], 0, 2, labels=("a" * 60, "b" * 60))),
    "map": Scene(plots.plane(np.arange(300.0).reshape(20, 15) * 1e7)),
    "map labels": Scene(
        plots.plane(
            np.ones((18, 18)),
            Axis(18, 0, 18, labels=LONG),
            Axis(18, 0, 18, labels=LONG),
        )
    ),
    "beside": Scene(
        plots.plane(np.ones((9, 9))),
        reference=plots.plane(np.ones((9, 9))),
        mode="side-by-side",
    ),
    "ratio": Scene(
        plots.curve(plots.peak()),
        mode="ratio",
        comparison=Comparison("ratio", np.ones(60)),
    ),
    "long titles": Scene(
        plots.curve(plots.peak(), title="time of the pulse " * 20),
        Draw(y=AxisDraw(title="hits per readout box and lumisection " * 9)),
    ),
}


@pytest.mark.parametrize("size", [(284, 158), (140, 90), (584, 390), (1180, 700)])
@pytest.mark.parametrize("name", SCENES)
def test_nothing_touches_the_border(
    canvas: PlotCanvas, name: str, size: tuple[int, int]
) -> None:
    canvas.resize(*size)
    canvas.show_scene(SCENES[name])
    drawn = picture(canvas)
    ground = colour(LIGHT.tile)
    for side, line in {
        "left": drawn[:, 0],
        "right": drawn[:, -1],
        "top": drawn[0],
        "bottom": drawn[-1],
    }.items():
        assert (line == ground).all(), side


# -- what is drawn ------------------------------------------------------------------


def test_reference_is_scaled_and_other_bins_are_not_drawn(canvas: PlotCanvas) -> None:
    data = plots.curve(np.full(60, 100.0))
    canvas.show_scene(Scene(data, reference=plots.curve(np.full(60, 50.0)), scale=1.6))
    rows = np.flatnonzero((picture(canvas) == colour(LIGHT.reference)).sum(axis=1) > 60)
    rect = canvas_pane(canvas)
    share = (rect.bottom() + 1 - rows[0]) / rect.height()
    assert share == pytest.approx(80 / 108, abs=0.01)
    canvas.show_scene(Scene(data, reference=plots.curve(np.full(30, 50.0))))
    assert count(canvas, LIGHT.reference) == 0


def test_gaps_stay_gaps(canvas: PlotCanvas) -> None:
    contents = np.full(60, 100.0)
    contents[20:40] = np.nan
    contents[50] = np.inf
    canvas.show_scene(Scene(plots.curve(contents)))
    rect = canvas_pane(canvas)
    middle = picture(canvas)[rect.center().y(), rect.left() : rect.right() + 1]
    filled = middle == colour(LIGHT.fill)
    assert filled[: len(filled) // 4].all()
    assert not filled[len(filled) * 3 // 8 : len(filled) * 5 // 8].any()


def test_empty_cells_are_ground_and_low_ones_are_not(canvas: PlotCanvas) -> None:
    contents = np.full((4, 4), 100.0)
    contents[0, 0] = 0
    contents[3, 3] = 0.001
    canvas.show_scene(Scene(plots.plane(contents)))
    rect, drawn = canvas_pane(canvas), picture(canvas)
    assert drawn[rect.bottom() - 8, rect.left() + 8] == colour(LIGHT.tile)
    assert drawn[rect.top() + 8, rect.right() - 8] != colour(LIGHT.tile)


def test_variable_bins_lie_where_they_are(canvas: PlotCanvas) -> None:
    edges = np.array([0.0, 1.0, 2.0, 10.0])
    data = plots.curve([10, 0, 10], 0.0, 10.0, variable=edges)
    canvas.show_scene(Scene(data))
    rect, drawn = canvas_pane(canvas), picture(canvas)
    row = drawn[rect.bottom() - 20, rect.left() : rect.right()]
    filled = row == colour(LIGHT.fill)
    assert filled[int(0.05 * len(row))]
    assert not filled[int(0.15 * len(row))]
    assert filled[int(0.6 * len(row))]


def test_known_regions_are_hatched(canvas: PlotCanvas) -> None:
    labels = tuple("abcdef")
    data = plots.curve(np.zeros(6), 0.0, 6.0, labels=labels)
    canvas.show_scene(Scene(data, known=(Region(x_labels=("c",)),)))
    rect, drawn = canvas_pane(canvas), picture(canvas)
    inside = drawn[rect.top() : rect.bottom() - 2, rect.left() : rect.right()]
    columns = np.flatnonzero((inside == colour(LIGHT.hatch)).any(axis=0))
    assert columns.min() >= inside.shape[1] * 2 // 6 - 1
    assert columns.max() <= inside.shape[1] * 3 // 6 + 1


def test_stale_data_lose_their_colour(canvas: PlotCanvas) -> None:
    canvas.show_scene(Scene(plots.curve(plots.peak())))
    assert count(canvas, LIGHT.fill) > 1000
    canvas.set_grey(True)
    assert count(canvas, LIGHT.fill) == 0
    canvas.set_theme(DARK)
    assert count(canvas, DARK.line) > 1000


# -- hands ------------------------------------------------------------------------


def test_zoom_survives_updates_until_reset(qtbot: QtBot, canvas: PlotCanvas) -> None:
    canvas.show_scene(Scene(plots.curve(plots.peak())))
    rect = canvas_pane(canvas)
    with qtbot.waitSignal(canvas.zoom_changed):
        wheel(canvas, rect.center(), 120)
    canvas_pane(canvas)
    zoomed = canvas._pane().x.scale
    assert zoomed.high - zoomed.low == pytest.approx(4.8, abs=0.01)
    canvas.show_scene(Scene(plots.curve(plots.peak(1.0) * 30)))
    canvas_pane(canvas)
    assert canvas._pane().x.scale == zoomed
    canvas.pan_by(0.5)
    canvas_pane(canvas)
    assert canvas._pane().x.scale.low == pytest.approx(zoomed.low + 2.4, abs=0.01)
    canvas.reset_zoom()
    canvas_pane(canvas)
    assert (canvas._pane().x.scale.low, canvas._pane().x.scale.high) == (-3, 3)


def test_drag_zooms_into_the_rectangle(canvas: PlotCanvas) -> None:
    canvas.show_scene(Scene(plots.plane(np.ones((10, 10)))))
    rect = canvas_pane(canvas)
    start = QPoint(rect.left() + rect.width() // 2, rect.top() + rect.height() // 2)
    drag(canvas, start, rect.bottomRight())
    canvas_pane(canvas)
    pane = canvas._pane()
    assert pane.x.scale.low == pytest.approx(5, abs=0.1)
    assert pane.x.scale.high == pytest.approx(10, abs=0.1)
    assert pane.y.scale.low == pytest.approx(0, abs=0.1)
    assert pane.y.scale.high == pytest.approx(5, abs=0.15)


def test_a_zoom_can_be_undone(qtbot: QtBot, canvas: PlotCanvas) -> None:
    canvas.show_scene(Scene(plots.curve(plots.peak())))
    rect = canvas_pane(canvas)
    whole = canvas.panes[0].x.scale
    middle = rect.center()
    drag(canvas, middle - QPoint(40, 0), middle + QPoint(40, 0))
    boxed = canvas.panes[0].x.scale
    assert whole.low < boxed.low < boxed.high < whole.high
    # notches of the wheel that follow one another are one step
    for _ in range(3):
        wheel(canvas, middle, 120)
    assert canvas.undo_zoom()
    assert canvas.panes[0].x.scale == boxed
    drag(canvas, middle, middle + QPoint(30, 0), Qt.MouseButton.MiddleButton)
    moved = canvas.panes[0].x.scale
    share = 30 / rect.width() * (boxed.high - boxed.low)
    assert moved.low == pytest.approx(boxed.low - share, rel=0.02)
    with qtbot.waitSignal(canvas.range_chosen) as heard:
        assert canvas.undo_zoom()
    assert heard.args == [boxed]
    assert canvas.undo_zoom()
    assert canvas.panes[0].x.scale == whole
    assert not canvas.zoomed
    assert not canvas.undo_zoom()


def test_a_flat_rectangle_leaves_y_and_a_click_leaves_all(canvas: PlotCanvas) -> None:
    canvas.show_scene(Scene(plots.curve(plots.peak())))
    rect = canvas_pane(canvas)
    before, at = canvas.panes[0], rect.center()
    click(canvas, at)
    drag(canvas, at, at + QPoint(3, 2))
    assert not canvas.zoomed
    drag(canvas, at, at + QPoint(60, 5))
    assert canvas.panes[0].x.scale != before.x.scale
    assert canvas.panes[0].y.scale == before.y.scale
    click(canvas, at, Qt.MouseButton.MiddleButton)
    assert not canvas.zoomed


def test_over_an_axis_the_wheel_zooms_that_axis(canvas: PlotCanvas) -> None:
    canvas.show_scene(Scene(plots.curve(plots.peak())))
    rect = canvas_pane(canvas)
    before = canvas.panes[0]
    wheel(canvas, QPoint(rect.left() - 12, rect.center().y()), 120)
    after = canvas.panes[0]
    assert after.x.scale == before.x.scale
    assert after.y.scale.high < before.y.scale.high
    wheel(canvas, QPoint(rect.center().x(), rect.bottom() + 8), 120)
    assert canvas.panes[0].x.scale.high < before.x.scale.high
    assert canvas.panes[0].y.scale == after.y.scale


def test_a_range_chosen_elsewhere_is_shown_and_not_told(
    qtbot: QtBot, canvas: PlotCanvas
) -> None:
    canvas.show_scene(Scene(plots.curve(plots.peak())))
    with qtbot.assertNotEmitted(canvas.range_chosen):
        canvas.show_range(Scale(-1.0, 1.0))
    assert canvas.panes[0].x.scale == Scale(-1.0, 1.0)
    assert canvas.zoomed
    canvas.show_range(None)
    assert not canvas.zoomed


def test_hover_reads_bins(qtbot: QtBot, canvas: PlotCanvas) -> None:
    data = plots.curve([4, 9, 16], 0.0, 3.0, labels=("a", "b", "c"))
    reference = plots.curve([8, 8, 8], 0.0, 3.0, labels=("a", "b", "c"))
    compared = Comparison("ratio", np.array([1.0, 2.25, np.nan]))
    canvas.show_scene(
        Scene(data, reference=reference, scale=0.5, mode="ratio", comparison=compared)
    )
    rect = canvas_pane(canvas)
    with qtbot.waitSignal(canvas.read) as heard:
        move(canvas, rect.center())
    assert heard.args == ["b: 9 ± 3 · ref 4 · ratio 2.25"]
    # a new picture under a resting mouse is read again
    with qtbot.waitSignal(canvas.read) as heard:
        canvas.show_scene(Scene(plots.curve([4, 25, 16], 0.0, 3.0)))
    assert heard.args == ["1 to 2: 25 ± 5"]


def test_hover_reads_cells(canvas: PlotCanvas) -> None:
    contents = np.arange(9.0).reshape(3, 3)
    data = plots.plane(contents, Axis(3, -1.5, 1.5), Axis(3, 0.0, 3.0))
    canvas.show_scene(Scene(data))
    rect = canvas_pane(canvas)
    assert canvas._words_at(rect.center()) == "0, 1 to 2: 4 ± 2"
    assert canvas._words_at(rect.bottomLeft()) == "−1, 0 to 1: empty"
    assert canvas._words_at(QPoint(0, 0)) == ""


def test_comparison_shares_the_axis(canvas: PlotCanvas) -> None:
    canvas.resize(400, 300)
    canvas.show_scene(
        Scene(
            plots.curve(plots.peak()),
            mode="ratio",
            comparison=Comparison("ratio", np.ones(60)),
        )
    )
    canvas.zoom_by(0.5)
    canvas.grab()
    upper, lower = canvas.panes
    assert upper.x.scale == lower.x.scale
    assert (upper.rect.left(), upper.rect.width()) == (
        lower.rect.left(),
        lower.rect.width(),
    )
    assert not any(tick.text for tick in upper.x_ticks)


def test_statistics_stand_in_a_box(canvas: PlotCanvas) -> None:
    canvas.resize(900, 600)
    canvas.show_scene(Scene(plots.curve(plots.peak())))
    plain = picture(canvas)
    canvas.show_scene(Scene(plots.curve(plots.peak()), Draw(stats=True)))
    assert (picture(canvas) != plain).sum() > 500


def test_pixels_follow_a_resize_before_it_is_painted(canvas: PlotCanvas) -> None:
    canvas.show_scene(Scene(plots.plane(np.ones((9, 9)))))
    canvas.grab()
    canvas.resize(584, 358)
    told = canvas.plot_pixels()
    canvas.grab()
    assert told == pytest.approx(canvas.plot_pixels(), abs=20)
    assert told[0] > 450


LOG = AxisDraw(scale="log")
POINTS = Graph("g", "g", "TGraph", np.array([1.0, np.nan, np.nan, 4.0, 5.0]),
               np.array([1.0, 2.0, np.nan, np.nan, 5.0]))  # fmt: skip


@pytest.mark.parametrize(
    ("scene", "words"),
    [
        (Scene(plots.curve([-4.0, -1.0]), Draw(y=LOG)), "nothing above 0"),
        (Scene(plots.curve([-4.0, np.nan, 0.0]), Draw(y=LOG)), "nothing above 0"),
        (Scene(plots.curve([4.0, 1.0], -3.0, -1.0), Draw(x=LOG)), "nothing above 0"),
        (Scene(plots.curve([-4.0, 1.0]), Draw(y=LOG)), ""),
        (Scene(plots.curve([-4.0, -1.0])), ""),
        (Scene(plots.curve([0.0, 0.0]), Draw(y=LOG)), "no entries"),
        (Scene(graphs=(POINTS,), draw=Draw(y=LOG)), ""),
        (
            Scene(
                graphs=(msgspec.structs.replace(POINTS, y=-POINTS.y),),
                draw=Draw(y=LOG),
            ),
            "nothing above 0",
        ),
    ],
)
def test_an_empty_logarithmic_axis_says_why(
    canvas: PlotCanvas, scene: Scene, words: str
) -> None:
    canvas.show_scene(scene)
    canvas.grab()
    assert canvas._notes().remark == words


def test_points_that_cannot_be_drawn_are_counted_once(canvas: PlotCanvas) -> None:
    canvas.show_scene(Scene(graphs=(POINTS,)))
    assert canvas._notes().note == "3 points not a number"
    canvas.show_scene(Scene(plots.curve([1.0, np.nan]), graphs=(POINTS,)))
    assert canvas._notes().note == "1 bin not a number, 3 points not a number"


def test_of_summed_bins_it_is_said(canvas: PlotCanvas) -> None:
    canvas.show_scene(Scene(plots.curve([1.0, 2.0]), shown_of="bins summed 10:1"))
    assert canvas._notes().note == "bins summed 10:1"
    before = canvas.grab().toImage()
    canvas.show_scene(Scene(plots.curve([1.0, 2.0])))
    assert canvas.grab().toImage() != before


def test_of_named_states_minus_one_is_nothing_and_zero_is_a_value() -> None:
    contents = np.zeros((5, 3))
    contents[1:-1, 1] = (-1.0, 0.0, 1.0)
    named = (Axis(3, 0, 3, labels=("EB", "EE", "ES")), Axis(1, 0, 1))
    empty = [True, False, False]
    report = Histogram("report", "", "TH2F", named, contents, entries=3)
    assert np.isnan(Plane(report, 1.0).values[:, 0]).tolist() == empty
    contents = np.abs(contents)
    all_known = Histogram("report", "", "TH2F", named, contents, entries=3)
    assert not np.isnan(Plane(all_known, 1.0).values).any()
    counted = Histogram("counts", "", "TH2F", named, contents, entries=2)
    assert np.isnan(Plane(counted, 1.0).values[:, 0]).tolist() == [False, True, False]


def test_where_some_are_negative_zero_is_a_value() -> None:
    contents = np.zeros((5, 3))
    contents[1:-1, 1] = (-1.0, 0.0, 1.0)
    axes = (Axis(3, 0, 3), Axis(1, 0, 1))
    other = Histogram("asymmetry", "", "TH2F", axes, contents)
    assert not np.isnan(Plane(other, 1.0).values).any()
    counts = Histogram("counts", "", "TH2F", axes, np.abs(contents))
    assert np.isnan(Plane(counts, 1.0).values[:, 0]).tolist() == [False, True, False]


def test_a_trend_ends_at_its_last_lumisection(canvas: PlotCanvas) -> None:
    """What is still to come is not drawn as a fall to zero; a real fall is."""
    rates = np.r_[np.full(10, 80.0), np.zeros(20)]
    data = plots.curve(rates, 0.5, 30.5, title="Lumisection")
    drawn = {}
    for last in (10, 14, None):
        canvas.show_scene(Scene(data, Draw(style="step"), last=last))
        canvas.grab()
        curves = canvas._drawing
        assert isinstance(curves, Curves)
        assert curves._data is not None
        drawn[last] = int(np.isfinite(curves._data.values).sum())
    assert drawn == {10: 10, 14: 14, None: 30}


def test_two_maps_stand_above_one_another_where_it_is_higher_than_wide(
    canvas: PlotCanvas,
) -> None:
    data = plots.plane(np.ones((8, 8)))
    compared = Comparison("ratio", np.ones((8, 8)))
    counts = {}
    for size in ((460, 300), (320, 460), (320, 260)):
        canvas.resize(*size)
        canvas.show_scene(Scene(data, mode="ratio", comparison=compared))
        canvas.grab()
        rects = [pane.rect for pane in canvas.panes]
        counts[size] = len(rects)
        assert not any(a.intersects(b) for a in rects for b in rects if a is not b)
    assert counts == {(460, 300): 2, (320, 460): 2, (320, 260): 1}
