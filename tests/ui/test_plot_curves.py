"""Curves as a shifter reads them: categories, dense bins, errors, trends."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
import numpy as np
import pytest
from PySide6.QtGui import QColor, QImage
from support import plots

from dqmconsole.model.frame import Comparison, Expected
from dqmconsole.model.layout import AxisDraw, Draw, Plot
from dqmconsole.ui.plot.canvas import PlotCanvas
from dqmconsole.ui.plot.curves import Curves
from dqmconsole.ui.plot.scale import Scale
from dqmconsole.ui.plot.scene import OtherRun, Scene, scene_of
from dqmconsole.ui.plot.tile import PlotTile
from dqmconsole.ui.plot.tile_words import meta_words
from dqmconsole.ui.theme import LIGHT, Colours

if TYPE_CHECKING:
    from pytestqt.qtbot import QtBot

    from dqmconsole.model.histogram import Histogram

LOG = Draw(style="step", y=AxisDraw(scale="log"))


@pytest.fixture
def canvas(qtbot: QtBot) -> PlotCanvas:
    made = PlotCanvas(LIGHT)
    qtbot.addWidget(made)
    made.resize(360, 220)
    return made


def seen(canvas: PlotCanvas, pane: int = 0) -> np.ndarray:
    """The inside of a pane: rows, columns, of names of colours."""
    image = canvas.grab().toImage().convertToFormat(QImage.Format.Format_RGB32)
    rect = canvas.panes[pane].rect
    inside = image.copy(rect)
    return np.array(
        [
            [QColor(inside.pixel(x, y)).name() for x in range(rect.width())]
            for y in range(rect.height())
        ]
    )


def colour(name: str) -> str:
    return QColor(name).name()


def labelled(contents: list[float]) -> Histogram:
    labels = tuple(f"box {number}" for number in range(len(contents)))
    return plots.curve(contents, 0.0, float(len(contents)), labels=labels, title="")


@pytest.mark.parametrize("style", ["fill", "step", "text"])
def test_categories_are_bars_with_gaps(canvas: PlotCanvas, style: str) -> None:
    draw = msgspec.convert({"style": style}, Draw)
    scene = Scene(labelled([10.0] * 4), draw, reference=labelled([5.0] * 4))
    canvas.show_scene(scene)
    row = seen(canvas)[-10]  # beneath the reference
    ground, bins = row == colour(LIGHT.tile), np.arange(row.size) * 4 // row.size
    for number in range(4):
        own = ground[bins == number]
        aside = len(own) * 3 // 20 - 1
        assert own[:aside].all()
        assert own[-aside:].all()
        assert not own[aside + 3] or style == "step"
    reference = seen(canvas) == colour(LIGHT.reference)
    assert reference.sum(axis=0).max() == 1  # no stroke goes up or down
    assert reference.any(axis=0).mean() == pytest.approx(0.9, abs=0.03)


def test_bars_too_narrow_for_gaps_are_an_outline(canvas: PlotCanvas) -> None:
    canvas.show_scene(Scene(labelled([10.0] * 200)))
    assert not (seen(canvas)[-10] == colour(LIGHT.tile)).any()


def test_no_line_falls_to_the_floor_of_a_logarithmic_axis(canvas: PlotCanvas) -> None:
    contents = np.tile([100.0, 0.0], 10)
    for draw in (LOG, msgspec.structs.replace(LOG, style="fill")):
        canvas.show_scene(Scene(plots.curve(contents), draw))
        edge = seen(canvas) == colour(LIGHT.edge)
        assert edge.sum(axis=0).max() == 1


def test_a_step_between_filled_bins_has_its_line(canvas: PlotCanvas) -> None:
    canvas.show_scene(Scene(plots.curve([100.0, 1.0, 0.0]), LOG))
    edge = seen(canvas) == colour(LIGHT.edge)
    assert edge.sum(axis=0).max() > 50


@pytest.mark.parametrize("before", [LOG, Draw()])
@pytest.mark.parametrize(
    "expected",
    [
        Expected(
            low=np.array([-3.0, -2.0, 900.0, 0.0]),
            high=np.array([3.0, 12.0, 1100.0, 0.0]),
        ),
        Expected(limits=((0.0, "bad below"), (-1.0, "bad below"))),
        Expected(limits=((1e-9, "bad below"),)),
    ],
)
def test_what_is_expected_below_zero_leaves_a_logarithmic_axis_its_data(
    canvas: PlotCanvas, expected: Expected, before: Draw
) -> None:
    data = plots.curve([0.0, 5.0, 1000.0, 0.0])
    canvas.show_scene(Scene(data, draw=before, expected=expected))
    canvas.grab()
    canvas.show_scene(Scene(data, draw=LOG, expected=expected))
    canvas.grab()
    assert canvas.failure == ""
    scale = canvas.panes[0].y.scale
    assert scale.log
    assert 0.5 < scale.low < 5.0
    assert 1000.0 < scale.high < 10_000.0


@pytest.mark.parametrize("bins", [200, 2000])
def test_the_reference_hides_no_dense_data(canvas: PlotCanvas, bins: int) -> None:
    values = 10.0 + 5.0 * (np.arange(bins) % 2)
    canvas.show_scene(Scene(plots.curve(values), reference=plots.curve(values)))
    colours = seen(canvas)
    assert (colours == colour(LIGHT.edge)).sum() > 1000
    assert not (colours == colour(LIGHT.reference)).any()


def test_points_beyond_the_pane_are_arrows(canvas: PlotCanvas) -> None:
    ratio = np.full(20, 1.0)
    ratio[[5, 15]] = (9.0, -9.0)
    scene = Scene(
        plots.curve(np.full(20, 9.0)),
        mode="ratio",
        comparison=Comparison("ratio", ratio),
    )
    canvas.show_scene(scene)
    edge = seen(canvas, 1) == colour(LIGHT.edge)
    half = edge.shape[1] // 2
    widths = edge[:5, :half].sum(axis=1)
    assert widths[0] < widths[4]
    widths = edge[-5:, half:].sum(axis=1)
    assert widths[-1] < widths[0]


def weighted(factor: float) -> Histogram:
    plain = plots.curve(plots.peak(bins=30))
    return msgspec.structs.replace(plain, sumw2=plain.contents * factor)


@pytest.mark.parametrize(
    ("data", "draw", "there"),
    [
        (weighted(4.0), Draw(style="step"), True),
        (weighted(1.0), Draw(style="step"), False),
        (weighted(4.0), Draw(style="step", errors=False), False),
        (weighted(4.0), Draw(), False),
        (plots.curve(plots.peak(bins=30)), Draw(errors=True), True),
        (plots.curve(plots.peak(bins=300)), Draw(errors=True), False),
    ],
)
def test_errors_stand_over_steps(
    canvas: PlotCanvas,
    data: Histogram,
    draw: Draw,
    there: bool,
) -> None:
    draw = msgspec.structs.replace(draw, y=AxisDraw(range=(0.0, 1100.0)))
    canvas.show_scene(Scene(data, msgspec.structs.replace(draw, errors=False)))
    plain = (seen(canvas) == colour(LIGHT.edge)).sum()
    canvas.show_scene(Scene(data, draw))
    more = (seen(canvas) == colour(LIGHT.edge)).sum() - plain
    assert bool(more > 50) is there


def test_errors_are_in_sight(canvas: PlotCanvas) -> None:
    canvas.show_scene(Scene(plots.curve([1.0, 400.0, 1.0]), Draw(errors=True)))
    canvas.grab()
    assert canvas.panes[0].y.scale.high > 420


def test_an_axis_without_width_is_said(canvas: PlotCanvas) -> None:
    canvas.show_scene(Scene(plots.curve([1.0, 2.0], -5.0, -5.0)))
    canvas.grab()
    assert canvas._notes().remark == "the axis has no width: −5 to −5"


def test_the_newest_of_a_trend_lies_beneath_no_box(canvas: PlotCanvas) -> None:
    values = np.r_[np.full(40, 10.0), np.full(10, 20.0), np.zeros(10)]
    trend = plots.curve(values, 0.5, 60.5, title="Lumisection")
    shown = plots.tile(trend, span="")
    plot = plots.plot(accumulates="trend", draw=Draw(style="step"))
    scene = scene_of(shown, plot, None, "none")
    canvas.set_large(True)
    canvas.show_scene(scene)
    assert not canvas._notes().statistics
    words = meta_words(shown, scene, zoomed=False, large=True, within=(None,))
    assert words == "last 20, mean 12 ± 4 (RMS)"
    words = meta_words(shown, scene, zoomed=True, large=True, within=((0.5, 40.5),))
    assert words.endswith("last 10, mean 10 ± 0 (RMS)")
    assert meta_words(shown, scene, zoomed=False, within=(None,)) == ""
    canvas.show_scene(Scene(plots.curve(values)))
    assert canvas._notes().statistics


def test_a_producers_title_keeps_its_scripts(qtbot: QtBot) -> None:
    colours = Colours(LIGHT)
    tile = PlotTile(colours)
    qtbot.addWidget(tile)
    data = msgspec.structs.replace(plots.curve([1.0]), title="#Delta_{x} of hits")
    tile.assign("key", Plot(path="Hcal/x"))
    tile.show_tile(plots.tile(data), None)
    assert tile._face.title == "#Delta_{x} of hits"
    assert tile.accessibleName() == "Δ_x of hits"


def corner_of(canvas: PlotCanvas) -> str:
    canvas.grab()
    return "left" if canvas._notes().left else "right"


@pytest.mark.parametrize("side", ["left", "right"])
def test_statistics_stand_where_they_hide_less(canvas: PlotCanvas, side: str) -> None:
    canvas.resize(600, 300)
    contents = np.full(40, 1.0)
    contents[30:] = 9.5
    contents[12] = 10.0  # the highest, but beside the box
    contents = contents if side == "left" else contents[::-1]
    canvas.show_scene(Scene(plots.curve(contents), Draw(stats=True)))
    assert corner_of(canvas) == side


def test_above_data_in_both_corners_there_is_room_for_statistics(
    canvas: PlotCanvas,
) -> None:
    canvas.resize(600, 300)
    scene = Scene(plots.curve(np.full(40, 5.0)), Draw(stats=True))
    canvas.show_scene(scene)
    canvas.grab()
    assert canvas._hidden is not None
    assert canvas._hidden[:2] == (0, 0)
    top = canvas.panes[0].y.scale.high
    one_high = plots.curve([1.0] * 39 + [5.0])
    canvas.show_scene(Scene(one_high, scene.draw))
    assert canvas.panes[0].y.scale.high == top  # it stays
    canvas.show_scene(Scene(plots.curve(np.full(40, 5.0))))
    assert canvas.panes[0].y.scale.high < 0.8 * top
    fixed = Draw(stats=True, y=AxisDraw(range=(0.0, 6.0)))
    canvas.show_scene(Scene(plots.curve(np.full(40, 5.0)), fixed))
    assert canvas.panes[0].y.scale.high == 6.0


def test_in_a_low_plot_the_statistics_stand_in_one_line_above_the_data(
    canvas: PlotCanvas,
) -> None:
    canvas.resize(700, 190)  # alone in a window of 1366 × 768, with its history
    canvas.set_large(True)
    canvas.show_scene(Scene(plots.curve(np.full(40, 5.0))))
    canvas.grab()
    ((_, line),) = canvas._notes().statistics
    assert line.startswith("entries ")
    assert canvas._hidden is not None
    assert canvas._hidden[:2] == (0, 0)
    canvas.resize(900, 400)
    canvas.grab()
    assert len(canvas._notes().statistics) > 1


@pytest.mark.parametrize("style", ["fill", "points"])
def test_what_outgrows_the_view_is_marked(qtbot: QtBot, style: str) -> None:
    tile = PlotTile(Colours(LIGHT))
    qtbot.addWidget(tile)
    tile.resize(500, 300)
    tile.show()
    tile.assign("a", plots.plot(draw=msgspec.convert({"style": style}, Draw)))
    contents = np.full(20, 5.0)
    tile.show_tile(plots.tile(plots.curve(contents)), None)
    tile.canvas._chosen(Scale(-3.0, 3.0), Scale(0.0, 8.0), "box")
    ink = colour(LIGHT.ink)
    assert "higher than the view" not in tile.meta
    assert not (seen(tile.canvas)[1] == ink).any()
    contents[4:6] = 12.0
    tile.show_tile(plots.tile(plots.curve(contents), version=2), None)
    assert tile.meta.startswith("zoomed (0 shows all) · ▲ higher than the view")
    marked = np.flatnonzero(seen(tile.canvas)[3] == ink)
    width = tile.canvas.panes[0].rect.width()
    assert marked.size
    assert (marked > 0.19 * width).all()
    assert (marked < 0.31 * width).all()
    # not where they are out of sight
    tile.canvas._chosen(Scale(0.0, 3.0), Scale(0.0, 8.0), "box")
    assert "higher than the view" not in tile.meta


def test_further_runs_are_lines_of_their_own_colour_each_with_its_ratio(
    canvas: PlotCanvas,
) -> None:
    data = plots.curve(np.full(10, 8.0))
    low, high = plots.curve(np.full(10, 1.0)), plots.curve(np.full(10, 20.0))
    runs = (
        OtherRun("run 7 × 4", low, 4.0, Comparison("ratio", np.full(10, 0.8))),
        OtherRun("run 8", high, 1.0, Comparison("ratio", np.full(10, 1.2))),
    )
    canvas.show_scene(Scene(data, runs=runs, mode="ratio"))
    heights = []
    for name in LIGHT.overlays[:2]:
        rows = np.flatnonzero((seen(canvas) == colour(name)).sum(axis=1) > 100)
        assert len(rows) == 1
        heights.append(int(rows[0]))
    assert heights[1] < heights[0] / 4, "20 lies far above 4 times 1, in sight"
    assert len(canvas.panes) == 2
    for name in LIGHT.overlays[:2]:
        assert (seen(canvas, 1) == colour(name)).any(), "each has its points beneath"
    drawing = canvas._drawing
    assert drawing is not None
    words = drawing.read(canvas.panes[0].rect.center())
    assert words.endswith("run 7 × 4 4 · run 8 20")


def test_a_further_run_far_above_the_data_leaves_them_legible(
    canvas: PlotCanvas,
) -> None:
    data = plots.curve(np.linspace(1.0, 8.0, 10))
    far = OtherRun("run 7 × 215", data, 215.0)
    canvas.show_scene(Scene(data, runs=(far,)))
    assert 8.0 < canvas.panes[0].y.scale.high < 50.0
    drawing = canvas._drawing
    assert isinstance(drawing, Curves)
    assert list(drawing._run_names()) == ["run 7 × 215 ▲"]
    assert canvas.overtops
    words = drawing.read(canvas.panes[0].rect.center())
    assert "run 7 × 215 " in words, "its values are said as they are"


def test_the_span_of_a_window_stands_before_what_may_be_cut() -> None:
    span, why = "LS 361–375, 15 of 60 asked", "no events in this run: scaled by area"
    shown = plots.tile(plots.curve([1.0, 2.0]), span=span)
    note = msgspec.structs.replace(shown.note, sentence=why)
    shown = msgspec.structs.replace(shown, note=note)
    for window, ends in ((None, f"{why} · {span}"), ("60 LS", f"{span} · {why}")):
        scene = scene_of(shown, plots.plot(window=window), None, None)
        assert meta_words(shown, scene, zoomed=False).endswith(ends)
