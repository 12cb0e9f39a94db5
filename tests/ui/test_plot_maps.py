"""What a map shows: hot, dead, empty, undefined, out of range, in true proportion."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING
from unittest.mock import Mock

import msgspec
import numpy as np
import pytest
from PySide6.QtCore import QRect
from PySide6.QtGui import QColor, QImage, QPainter
from support import plots

from dqmconsole.model.compare import difference, ratio
from dqmconsole.model.frame import Comparison, Expected
from dqmconsole.model.graph import Polygons
from dqmconsole.model.histogram import Axis, Histogram
from dqmconsole.model.known_issue import Region
from dqmconsole.model.layout import AxisDraw, Draw
from dqmconsole.ui.plot.canvas import PlotCanvas
from dqmconsole.ui.plot.cells import Cells, map_pixels
from dqmconsole.ui.plot.colour_bar import ColourBarItem, bars_for
from dqmconsole.ui.plot.colour_scale import ColourScale
from dqmconsole.ui.plot.drawing import Placement
from dqmconsole.ui.plot.legend import LegendItem
from dqmconsole.ui.plot.look import look_of
from dqmconsole.ui.plot.map_item import blocks, outlines, paint_count
from dqmconsole.ui.plot.maps import Maps, lies_in_space
from dqmconsole.ui.plot.palettes import (
    COLOURS,
    EMPTY,
    OVER,
    UNDEFINED,
    UNDER,
    lookup_table,
)
from dqmconsole.ui.plot.plane import states_of, without_marks
from dqmconsole.ui.plot.scale import Scale
from dqmconsole.ui.plot.scene import OtherRun, Scene
from dqmconsole.ui.theme import DARK, LIGHT, Theme

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pytestqt.qtbot import QtBot

CIVIDIS = lookup_table("cividis", LIGHT.tile)
DIVERGING = lookup_table("diverging", LIGHT.tile)
FLAGS = lookup_table("flags", LIGHT.tile)
SHARES = 1.0 + 0.3 * np.sin(np.arange(40))[:, None] * np.cos(np.arange(30))[None, :]


@pytest.fixture
def canvas(qtbot: QtBot) -> Iterator[PlotCanvas]:
    made = PlotCanvas(LIGHT)
    qtbot.addWidget(made)
    made.resize(320, 200)
    return made


def hits(exposure: float = 90.0, seed: int = 1) -> np.ndarray:
    return np.random.default_rng(seed).poisson(SHARES * exposure).astype(float)


def picture(canvas: PlotCanvas) -> np.ndarray:
    """Return what the canvas draws, 0xAARRGGBB, shape (height, width)."""
    image = canvas.grab().toImage().convertToFormat(QImage.Format.Format_RGB32)
    raw = np.frombuffer(image.constBits(), dtype=np.uint32)
    return raw.reshape(image.height(), image.width()) | np.uint32(0xFF000000)


def pane(canvas: PlotCanvas, number: int = 0) -> QRect:
    return canvas.panes[number].rect


def inside(canvas: PlotCanvas, number: int = 0) -> np.ndarray:
    """The pixels of a plot, shape (height, width)."""
    rect = pane(canvas, number)
    drawn = picture(canvas)
    rows, columns = slice(rect.top(), rect.bottom()), slice(rect.left(), rect.right())
    return drawn[rows, columns]


def cells(canvas: PlotCanvas, shape: tuple[int, int], number: int = 0) -> np.ndarray:
    """The colour in the middle of each cell, shape (nx, ny)."""
    rect = pane(canvas, number)
    drawn = picture(canvas)
    x = rect.left() + (np.arange(shape[0]) + 0.5) * rect.width() / shape[0]
    y = rect.bottom() + 1 - (np.arange(shape[1]) + 0.5) * rect.height() / shape[1]
    return drawn[y.astype(int)[None, :], x.astype(int)[:, None]]


def argb(colour: str) -> int:
    return 0xFF000000 | int(colour[1:], 16)


def apart(colours: np.ndarray, other: int) -> np.ndarray:
    """How far colours are from another, in steps of 0 to 255."""
    parts = [
        (np.asarray(colours) >> shift & 255).astype(float) - (other >> shift & 255)
        for shift in (16, 8, 0)
    ]
    return np.sqrt(sum(part**2 for part in parts))


# -- scales that stand still ----------------------------------------------------------


def test_a_hot_cell_stands_out_and_recolours_nothing(canvas: PlotCanvas) -> None:
    contents = hits()
    canvas.show_scene(Scene(plots.plane(contents)))
    before = cells(canvas, (40, 30))
    contents[20, 10] *= 1000
    canvas.show_scene(Scene(plots.plane(contents)))
    after = cells(canvas, (40, 30))
    assert after[20, 10] == CIVIDIS[OVER]
    after[20, 10] = before[20, 10]
    assert apart(after, 0).std() > 20  # it is not all of one colour
    changed = np.abs(apart(after, 0) - apart(before, 0))
    assert changed.max() < 6


def test_what_is_out_of_range_is_shown_in_the_bar(canvas: PlotCanvas) -> None:
    contents = hits()
    canvas.show_scene(Scene(plots.plane(contents)))
    assert not (picture(canvas) == CIVIDIS[OVER]).any()
    contents[20, 10] *= 1000
    canvas.show_scene(Scene(plots.plane(contents)))
    beside = picture(canvas)[:, pane(canvas).right() + 1 :]
    assert (beside == CIVIDIS[OVER]).any()


def test_cells_beyond_the_bar_within_its_slack_are_shown_in_the_bar(
    canvas: PlotCanvas,
) -> None:
    draw = Draw(z=AxisDraw(range=(0.0, 50.0)))
    for high, there in ((49.0, False), (51.0, True)):
        contents = np.full((20, 10), 10.0)
        contents[5, 5] = high
        scene = Scene(plots.plane(contents), draw)
        canvas.show_scene(scene)
        canvas.grab()
        (bar,) = bars(canvas)
        assert bar._bar is not None
        assert (bar._bar.above, bar._bar.over) == (there, there)
    # no range is given: it moves in steps, and a little beyond it a cell does nothing
    canvas.clear()
    contents = hits()
    canvas.show_scene(Scene(plots.plane(contents)))
    canvas.grab()
    (bar,) = bars(canvas)
    assert bar._bar is not None
    high = bar._bar.scale.high
    contents[20, 10] = int(high) + 1
    canvas.show_scene(Scene(plots.plane(contents)))
    canvas.grab()
    assert bar._bar is not None
    assert bar._bar.scale.high == pytest.approx(high, rel=1e-3)
    assert (bar._bar.above, bar._bar.over) == (True, False)
    cap = picture(canvas)[bar._rect.top() + 1, bar._rect.left() + 8]
    assert cap == CIVIDIS[COLOURS - 1]


def test_a_map_that_fills_keeps_its_colours(canvas: PlotCanvas) -> None:
    seen = []
    for exposure in range(60, 900, 60):
        even = np.rint(SHARES * exposure)
        canvas.show_scene(Scene(plots.plane(even)))
        seen.append(cells(canvas, (40, 30)))
    for each in seen[1:]:
        distance = np.sqrt(
            sum(
                ((each >> s & 255).astype(float) - (seen[0] >> s & 255)) ** 2
                for s in (16, 8, 0)
            )
        )
        assert distance.max() < 8


def test_layout_before_file_before_data() -> None:
    data = msgspec.structs.replace(plots.plane(hits()), shown=(10.0, 500.0))
    maps = Maps()
    maps.take(Scene(data))
    assert maps._panels[0].cells.colours.scale == Scale(10.0, 500.0)
    maps.take(Scene(data, Draw(z=AxisDraw(range=(None, 80.0)))))
    assert maps._panels[0].cells.colours.scale == Scale(10.0, 80.0)


def test_below_a_layouts_range_is_drawn_but_minus_one_is_a_mark() -> None:
    values = np.array([-1.0, 0.0, 0.5, 1.0, np.nan])
    shares = Draw(z=AxisDraw(range=(0.8, 1.0)))
    left = without_marks(values, shares)
    assert np.isnan(left).tolist() == [True, False, False, False, True]
    assert without_marks(values, Draw()) is values
    times = Draw(z=AxisDraw(range=(-0.5, 1.0)))
    assert without_marks(values, times) is values


def test_below_a_layouts_range_has_a_colour_of_its_own(canvas: PlotCanvas) -> None:
    contents = np.full((4, 4), 0.95)
    contents[1, 2] = 0.3
    draw = Draw(z=AxisDraw(range=(0.8, 1.0)))
    canvas.show_scene(Scene(plots.plane(contents), draw))
    assert cells(canvas, (4, 4))[1, 2] == CIVIDIS[UNDER]


@pytest.mark.parametrize("log", [False, True])
@pytest.mark.parametrize(
    "contents",
    [
        np.full((3, 3), np.nan),
        np.zeros((3, 3)),
        np.full((3, 3), -5.0),
        np.array([[4.0]]),
        np.full((2, 2), np.inf),
    ],
)
def test_sparse_and_strange_maps_are_drawn(
    canvas: PlotCanvas, contents: np.ndarray, log: bool
) -> None:
    draw = Draw(z=AxisDraw(scale="log" if log else "lin"))
    canvas.show_scene(Scene(plots.plane(contents), draw))
    drawn = cells(canvas, contents.shape)
    if np.isfinite(contents).all() and contents.any():
        assert (drawn != argb(LIGHT.tile)).all()


@pytest.mark.parametrize("efficiency", [True, False])
def test_an_efficiency_of_nothing_is_empty_a_share_of_0_is_not(
    canvas: PlotCanvas, efficiency: bool
) -> None:
    shares = np.array([[1.0, 0.9], [0.95, 0.0], [1.0, 1.0]])
    x, y = Axis(3, 0.0, 3.0, labels=("a", "b", "c")), Axis(2, 0.0, 2.0)
    data = msgspec.structs.replace(
        plots.plane(shares, x, y), entries=5.0, efficiency=efficiency
    )
    draw = Draw(palette="shares", z=AxisDraw(range=(0.8, 1.0)))
    canvas.show_scene(Scene(data, draw))
    table = lookup_table("shares", LIGHT.tile)
    drawn = cells(canvas, (3, 2))
    assert drawn[1, 1] == (table[EMPTY] if efficiency else table[UNDER])
    assert (drawn == drawn[1, 1]).sum() == 1


@pytest.mark.parametrize("theme", [LIGHT, DARK], ids=["light", "dark"])
def test_healthy_shares_recede_and_bad_ones_are_vivid(
    canvas: PlotCanvas, theme: Theme
) -> None:
    canvas.set_theme(theme)
    shares = np.full((6, 5), 0.998)
    shares[2, 2], shares[4, 3] = 0.82, np.nan
    draw = Draw(palette="shares", z=AxisDraw(range=(0.8, 1.0)))
    canvas.show_scene(Scene(plots.plane(shares), draw))
    drawn = cells(canvas, (6, 5))
    ground = argb(theme.tile)
    healthy = apart(drawn[0, 0], ground)
    assert 30 < healthy < 0.5 * apart(drawn[2, 2], ground)
    neutral = int(lookup_table("diverging", theme.tile)[128])
    assert apart(drawn[0, 0], neutral) < 12
    assert apart(drawn[2, 2], int(drawn[0, 0])) > 110


# -- empty, undefined, known, offending -----------------------------------------------


def test_what_is_not_a_number_is_marked_and_counted(canvas: PlotCanvas) -> None:
    contents = hits()
    contents[5:10, 5:10] = np.nan
    contents[20, 20] = np.inf
    canvas.show_scene(Scene(plots.plane(contents)))
    drawn = inside(canvas)
    assert (drawn == CIVIDIS[UNDEFINED]).sum() > 40
    assert canvas._drawing is not None
    assert canvas._drawing.note() == "26 cells not a number"
    canvas.show_scene(Scene(plots.plane(np.full((3, 3), np.nan))))
    assert canvas._drawing.remark() == "not a number"
    assert canvas._drawing.note() == ""


@pytest.mark.parametrize("flat", ["x", "y"])
def test_an_axis_without_width_is_said(canvas: PlotCanvas, flat: str) -> None:
    x = Axis(40, 3.0, 3.0 if flat == "x" else 5.0)
    y = Axis(30, 0.0, 0.0 if flat == "y" else 5.0)
    canvas.show_scene(Scene(plots.plane(hits(), x, y)))
    canvas.grab()
    assert canvas._drawing is not None
    assert canvas._drawing.remark() == f"the {flat} axis has no width"


@pytest.mark.parametrize("shape", [(40, 30), (400, 300)])
def test_offending_cells_are_ringed_and_stay_visible(
    canvas: PlotCanvas, shape: tuple[int, int]
) -> None:
    contents = np.full(shape, 50.0)
    contents[shape[0] // 2, shape[1] // 2] = 0
    offending = np.array([shape[0] // 2 * shape[1] + shape[1] // 2])
    data = plots.plane(contents)
    canvas.show_scene(Scene(data))
    assert not (inside(canvas) == argb(LIGHT.bad)).any()
    canvas.show_scene(Scene(data, expected=Expected(offending=offending)))
    drawn = inside(canvas)
    rows, columns = np.nonzero(drawn == argb(LIGHT.bad))
    assert rows.size > 20
    assert abs(rows.mean() - drawn.shape[0] / 2) < 6
    assert abs(columns.mean() - drawn.shape[1] / 2) < 6
    assert np.ptp(rows) < 24
    canvas.set_grey(True)
    assert not (inside(canvas) == argb(LIGHT.bad)).any()


def test_offending_cells_that_are_none_are_left_out(canvas: PlotCanvas) -> None:
    expected = Expected(offending=np.array([-3, 12_000, 10**9]))
    canvas.show_scene(Scene(plots.plane(hits()), expected=expected))
    assert not (inside(canvas) == argb(LIGHT.bad)).any()


def test_a_known_region_of_a_map_is_hatched(canvas: PlotCanvas) -> None:
    data = plots.plane(np.full((10, 10), 5.0))
    canvas.show_scene(Scene(data))
    plain = inside(canvas)
    known = (Region(x=(2.0, 4.0), y=(0.0, 10.0)),)
    canvas.show_scene(Scene(data, known=known))
    columns = np.flatnonzero((inside(canvas) != plain).any(axis=0))
    wide = plain.shape[1]
    assert abs(columns.min() - 0.2 * wide) < 3
    assert abs(columns.max() - 0.4 * wide) < 3


@pytest.mark.parametrize("theme", [LIGHT, DARK], ids=["light", "dark"])
@pytest.mark.parametrize("high", [1.0, 10.0])
def test_a_known_region_is_not_taken_for_an_empty_one(
    canvas: PlotCanvas, theme: Theme, high: float
) -> None:
    canvas.set_theme(theme)
    contents = np.full((10, 40), 50.0)
    contents[2:6, 10:20] = 0
    known = (Region(x=(2.0, 6.0), y=(10.0, 10.0 + high)),)
    canvas.show_scene(Scene(plots.plane(contents), known=known))
    rect = pane(canvas)
    drawn = inside(canvas)
    bottom = round((1 - 10 / 40) * rect.height())
    top = round((1 - (10 + high) / 40) * rect.height())
    across = slice(round(0.25 * rect.width()), round(0.55 * rect.width()))
    there = drawn[top:bottom, across]
    # neither the ground nor near it, but for the lines
    assert (there == argb(theme.tile)).sum() == 0
    assert np.median(apart(there, argb(theme.tile))) > 60
    empty = drawn[round((1 - 15 / 40) * rect.height()), across]
    assert (empty == argb(theme.tile)).all() == (high == 1.0)


@pytest.mark.parametrize("theme", [LIGHT, DARK], ids=["light", "dark"])
def test_a_stale_map_is_grey(canvas: PlotCanvas, theme: Theme) -> None:
    contents = hits()
    contents[3, 3] *= 1e4
    canvas.set_theme(theme)
    canvas.show_scene(Scene(plots.plane(contents)))

    def colourful() -> int:
        drawn = inside(canvas)
        parts = np.stack([drawn >> shift & 255 for shift in (16, 8, 0)]).astype(int)
        return int((np.ptp(parts, axis=0) > 16).sum())

    assert colourful() > 5000
    canvas.set_grey(True)
    assert colourful() == 0


def test_variable_bins_on_a_logarithmic_axis(canvas: PlotCanvas) -> None:
    edges = np.array([0.1, 1.0, 10.0, 1000.0])
    x = Axis(3, 0.1, 1000.0, variable=edges)
    data = plots.plane(np.array([[5.0], [0.0], [5.0]]), x, Axis(1, 0.0, 1.0))
    canvas.show_scene(Scene(data, Draw(x=AxisDraw(scale="log"))))
    row = inside(canvas)[20]
    empty = np.flatnonzero(row == argb(LIGHT.tile))
    assert abs(empty.min() - 0.25 * len(row)) < 3
    assert abs(empty.max() - 0.5 * len(row)) < 3


# -- deviations -----------------------------------------------------------------------


def compared(mode: str, data: np.ndarray, reference: np.ndarray) -> Scene:
    mine, other = plots.plane(data), plots.plane(reference)
    if mode == "pull":
        with np.errstate(invalid="ignore"):
            pulls = (data - reference) / np.sqrt(data + reference)
        found = Comparison("pull", pulls)
    else:
        found = {"ratio": ratio, "difference": difference}[mode](mine, other)
    return Scene(mine, reference=other, mode=mode, comparison=found)  # type: ignore[arg-type]


@pytest.mark.parametrize("mode", ["ratio", "difference", "pull"])
def test_a_trip_beside_a_hot_cell_is_far_from_neutral(
    canvas: PlotCanvas, mode: str
) -> None:
    data = hits(seed=1)
    data[20:26, 6:14] = 0
    data[5, 25] *= 1000
    canvas.show_scene(compared(mode, data, hits(seed=2)))
    drawn = cells(canvas, (40, 30), len(canvas.panes) - 1)
    neutral = int(DIVERGING[128])
    assert apart(drawn[20:26, 6:14], neutral).min() > 90
    assert drawn[5, 25] == DIVERGING[OVER]
    elsewhere = np.ones((40, 30), bool)
    elsewhere[20:26, 6:14] = elsewhere[5, 25] = False
    assert np.mean(apart(drawn[elsewhere], neutral) < 12) > 0.98


@pytest.mark.parametrize("mode", ["ratio", "difference", "pull"])
@pytest.mark.parametrize("exposure", [1.0, 90.0, 9000.0])
def test_a_healthy_deviation_map_is_neutral(
    canvas: PlotCanvas, mode: str, exposure: float
) -> None:
    canvas.show_scene(compared(mode, hits(exposure, 1), hits(exposure, 2)))
    drawn = cells(canvas, (40, 30), len(canvas.panes) - 1)
    defined = drawn != DIVERGING[256]
    assert np.mean(apart(drawn[defined], int(DIVERGING[128])) < 12) > 0.98


def test_maps_beside_each_other_share_their_ranges(canvas: PlotCanvas) -> None:
    canvas.resize(640, 240)
    data, reference = plots.plane(hits()), plots.plane(hits(seed=2) * 1.5)
    canvas.show_scene(Scene(data, reference=reference, mode="side-by-side"))
    maps = canvas._drawing
    assert isinstance(maps, Maps)
    first, second = maps._panels
    assert first.cells.colours == second.cells.colours
    canvas.zoom_by(0.5)
    left, right = canvas.panes
    assert (left.x.scale, left.y.scale) == (right.x.scale, right.y.scale)
    assert left.rect.size() == right.rect.size()


def beside_reference() -> Scene:
    x, y = Axis(40, -20.0, 20.0, title="ieta"), Axis(30, 0.0, 30.0, title="iphi")
    data, reference = (plots.plane(hits(seed=seed), x, y) for seed in (1, 2))
    return Scene(data, reference=reference, mode="side-by-side")


def test_further_runs_stand_beside_maps_too(canvas: PlotCanvas) -> None:
    canvas.resize(900, 240)
    scene = beside_reference()
    assert scene.data is not None
    other = OtherRun("run 7 × 2", plots.plane(hits(seed=3), *scene.data.axes), 2.0)
    canvas.show_scene(dataclasses.replace(scene, runs=(other,)))
    assert len(canvas.panes) == 3
    assert captions(canvas) == ["data", "reference", "run 7 × 2"]


def bars(canvas: PlotCanvas) -> list[ColourBarItem]:
    items = canvas.scene().items()
    return [each for each in items if isinstance(each, ColourBarItem)]


def captions(canvas: PlotCanvas) -> list[str]:
    legends = [each for each in canvas.scene().items() if isinstance(each, LegendItem)]
    rows = [row for each in legends if each.isVisible() for row in each._rows]
    return sorted(entry.name for row in rows for entry in row)


@pytest.mark.parametrize("size", [(330, 150), (250, 380)])
def test_data_and_reference_have_one_bar(
    canvas: PlotCanvas, size: tuple[int, int]
) -> None:
    canvas.resize(*size)
    canvas.show_scene(beside_reference())
    first, second = canvas.panes
    assert first.rect.size() == second.rect.size()
    assert min(first.rect.width(), first.rect.height()) > 80
    (bar,) = bars(canvas)
    assert bar._rect.left() > max(first.rect.right(), second.rect.right())
    assert bar._rect.top() == first.rect.top()
    assert bar._rect.bottom() == second.rect.bottom()
    assert captions(canvas) == ["data", "reference"]
    beside = first.rect.top() == second.rect.top()
    assert beside == (size[0] > size[1])
    assert any(tick.text for tick in first.y_ticks)
    assert any(tick.text for tick in second.y_ticks) != beside


def test_where_two_maps_have_no_room_the_data_stand_alone(canvas: PlotCanvas) -> None:
    canvas.resize(220, 110)
    canvas.show_scene(beside_reference())
    (only,) = canvas.panes
    assert only.rect.width() > 100
    assert captions(canvas) == ["reference: Enter"]
    maps = canvas._drawing
    assert isinstance(maps, Maps)
    middle = maps.read(only.rect.center())
    canvas.resize(640, 300)
    canvas.show_scene(beside_reference())
    assert len(canvas.panes) == 2
    assert captions(canvas) == ["data", "reference"]
    assert middle == maps.read(canvas.panes[0].rect.center())


def test_two_maps_stay_where_the_room_is_hardly_smaller(
    canvas: PlotCanvas,
) -> None:
    """Alarm rows over a page take some height from its tiles, and give it back."""
    scene = compared("ratio", hits(seed=1), hits(seed=2))

    def panes(subject: str, height: int) -> int:
        canvas.clear(subject)
        canvas.resize(450, height)
        canvas.show_scene(scene)
        return len(canvas.panes)

    assert (panes("new", 310), panes("one", 325)) == (2, 1)
    assert panes("new", 325) == 2
    canvas.resize(450, 329)
    assert len(canvas.panes) == 2
    assert panes("new", 420) == 1  # clearly another room


@pytest.mark.parametrize("size", [(470, 150), (700, 400), (900, 200)])
def test_maps_in_space_beside_each_other_are_centred_and_round(
    canvas: PlotCanvas, size: tuple[int, int]
) -> None:
    canvas.resize(*size)
    x, y = Axis(40, 0.0, 18.0, title="x [mm]"), Axis(30, -10.0, 10.0, title="y [mm]")
    data, reference = (plots.plane(hits(seed=seed), x, y) for seed in (1, 2))
    canvas.show_scene(Scene(data, reference=reference, mode="side-by-side"))
    first, second = (each.rect for each in canvas.panes)
    assert first.size() == second.size()
    assert first.width() / first.height() == pytest.approx(18 / 20, abs=0.02)
    assert first.right() < second.left() < first.right() + 60
    (bar,) = bars(canvas)
    left, right = canvas.panes[0].bounds.left(), size[0] - bar._rect.right()
    assert abs(left - right) < 12


def test_maps_in_space_have_their_titles_whatever_room_they_leave(
    canvas: PlotCanvas,
) -> None:
    canvas.resize(330, 170)
    for bins in (30, 5):  # the other one fills a fifth of the width
        x, y = Axis(bins, 0.0, float(bins), title="ix"), Axis(30, 0.0, 30.0, title="iy")
        canvas.show_scene(Scene(plots.plane(np.ones((bins, 30)), x, y)))
        assert canvas.panes[0].y_title is not None


def test_the_title_of_a_bar_is_nearer_to_it_than_to_the_next_map(
    canvas: PlotCanvas,
) -> None:
    canvas.resize(760, 300)
    canvas.show_scene(compared("ratio", hits(), hits(seed=2)))
    first, second = (each.rect for each in canvas.panes)
    assert not any(tick.text for tick in canvas.panes[1].y_ticks)
    drawn = picture(canvas)[first.top() : first.bottom(), : second.left() - 8]
    columns = (drawn != argb(LIGHT.tile)).any(axis=0)
    words = np.flatnonzero(columns)
    title = words.max()
    gaps = np.flatnonzero(~columns[:title])
    start = gaps.max() + 1  # of the title, which stands on end
    before = int(np.flatnonzero(columns[:start]).max())
    assert second.left() - title > 2 * (start - before)


@pytest.mark.parametrize(
    ("height", "words"),
    [(400, ["0.5", "0.67", "1", "1.5", "2"]), (130, ["0.5", "1", "2"])],
)
def test_the_bar_of_ratios_is_the_same_above_as_below(
    height: int, words: list[str]
) -> None:
    look = look_of(LIGHT, "Source Sans 3", 1.0, grey=False, large=False)
    scale = Scale(0.5, 2.0, log=True)
    (bar,) = bars_for([(scale, "")], look, [QRect(0, 0, 200, height)])
    assert [tick.text for tick in bar.ticks] == words
    places = [tick.at for tick in bar.ticks]
    assert np.allclose(places, [1 - at for at in reversed(places)])


# -- proportions ----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("draw", "x", "y", "equal"),
    [
        (Draw(), "x [cm]", "y [cm]", True),
        (Draw(), "x [cm]", "y [mm]", False),
        (Draw(), "i#eta", "i#phi", False),
        (Draw(), "x (mm)", "y (mm)", True),
        (Draw(), "time [ns]", "time [ns]", False),
        (Draw(aspect="equal"), "ix", "iy", True),
        (Draw(), "ix", "iy", True),
        (Draw(), "ix", "iphi", False),
        (Draw(aspect="free"), "x [cm]", "y [cm]", False),
    ],
)
def test_which_maps_lie_in_space(draw: Draw, x: str, y: str, equal: bool) -> None:
    assert lies_in_space(draw, x, y) is equal


@pytest.mark.parametrize("size", [(320, 200), (900, 200), (200, 500), (160, 120)])
@pytest.mark.parametrize("spans", [(200.0, 200.0), (200.0, 60.0), (10.0, 90.0)])
def test_a_circle_is_never_an_ellipse(
    canvas: PlotCanvas, size: tuple[int, int], spans: tuple[float, float]
) -> None:
    canvas.resize(*size)
    x = Axis(20, -spans[0] / 2, spans[0] / 2, title="x [cm]")
    y = Axis(20, -spans[1] / 2, spans[1] / 2, title="y [cm]")
    canvas.show_scene(Scene(plots.plane(np.ones((20, 20)), x, y)))

    def units() -> tuple[float, float]:
        found = canvas.panes[0]
        across = found.rect.width() / (found.x.scale.high - found.x.scale.low)
        up = found.rect.height() / (found.y.scale.high - found.y.scale.low)
        return across, up

    across, up = units()
    rect = pane(canvas)
    off = max(1 / max(rect.width(), 1), 1 / max(rect.height(), 1))
    assert across == pytest.approx(up, rel=1.5 * off)
    canvas._choose(type(canvas._view)(Scale(-1.0, 3.0), None))
    across, up = units()
    assert across == pytest.approx(up, rel=0.02)


# -- strips ---------------------------------------------------------------------------

ROWS = ("BPIX", "TIB", "EB", "HBHE")


def conditions(last: int = 40) -> Histogram:
    states = np.full((200, 4), -1.0)
    states[:last] = 1
    states[10:20, 1] = 0
    states[25:30, 2] = -1
    x = Axis(200, 0.5, 200.5, title="Lumisection")
    return plots.plane(states, x, Axis(4, 0.0, 4.0, labels=ROWS))


STRIP = Draw(style="strip", states=("no voltage", "voltage on"))


def test_a_strip_has_two_colours_and_hatching(canvas: PlotCanvas) -> None:
    canvas.resize(420, 220)
    canvas.show_scene(Scene(conditions(), STRIP, last=40))
    drawn = cells(canvas, (40, 4))
    on, off = FLAGS[255], FLAGS[0]
    assert (drawn[:, 0] == on).all()
    assert (drawn[10:20, 1] == off).all()
    assert (drawn[:10, 1] == on).all()
    rect = pane(canvas)
    row = inside(canvas)[rect.height() * 3 // 8 - 4 : rect.height() * 3 // 8 + 4]
    part = row[:, row.shape[1] * 26 // 40 : row.shape[1] * 29 // 40]
    assert set(np.unique(part)) <= {FLAGS[UNDEFINED], argb(LIGHT.tile)}
    assert (part == FLAGS[UNDEFINED]).any()


def test_a_strip_ends_with_the_run(canvas: PlotCanvas) -> None:
    canvas.show_scene(Scene(conditions(), STRIP, last=40))
    assert 40 <= canvas.panes[0].x.scale.high <= 44
    canvas.show_scene(Scene(conditions(), STRIP))
    assert canvas.panes[0].x.scale.high == 200.5


@pytest.mark.parametrize("low", [0.5, 1.0])
def test_the_lumisection_after_the_last_is_not_unknown(low: float) -> None:
    states = np.full((200, 2), -1.0)
    states[:40] = 1  # lumisections 1 to 40
    x = Axis(200, low, low + 200, title="LS")
    data = plots.plane(states, x, Axis(2, 0.0, 2.0, labels=("A", "B")))
    assert states_of(data, last=40).undefined is None
    unknown = states_of(data, last=41).undefined
    assert unknown is not None
    assert unknown[40].all()


def test_what_is_to_come_is_neither_off_nor_unknown(canvas: PlotCanvas) -> None:
    states = np.zeros((200, 2))
    states[:40] = 1
    x = Axis(200, 0.5, 200.5, title="LS")
    data = plots.plane(states, x, Axis(2, 0.0, 2.0, labels=("A", "B")))
    canvas.show_scene(Scene(data, STRIP))
    drawn = cells(canvas, (200, 2))
    assert (drawn[:39] == FLAGS[255]).all()
    assert (drawn[42:] == argb(LIGHT.tile)).all()


def test_a_strip_is_read_in_its_own_words(canvas: PlotCanvas) -> None:
    canvas.resize(420, 220)
    canvas.show_scene(Scene(conditions(), STRIP, last=40))
    rect = pane(canvas)
    at = rect.bottomLeft()
    wide, high = rect.width() / 40, rect.height() / 4

    def read(lumisection: int, row: int) -> str:
        point = at + type(at)(
            round((lumisection - 0.5) * wide), -round((row + 0.5) * high)
        )
        return canvas._words_at(point)

    assert read(15, 1) == "15, TIB: no voltage"
    assert read(5, 1) == "5, TIB: voltage on"
    assert read(27, 2) == "27, EB: not known"


def test_off_is_seen_where_many_share_a_pixel(canvas: PlotCanvas) -> None:
    states = np.ones((5000, 2))
    states[2500, 0] = 0
    x = Axis(5000, 0.5, 5000.5, title="LS")
    data = plots.plane(states, x, Axis(2, 0.0, 2.0, labels=("A", "B")))
    canvas.show_scene(Scene(data, STRIP))
    assert (inside(canvas) == FLAGS[0]).any()


def test_one_dimension_is_a_strip_of_one_row(canvas: PlotCanvas) -> None:
    data = plots.curve([1, 1, 0, 1], 0.5, 4.5, title="LS")
    canvas.show_scene(Scene(data, STRIP))
    drawn = cells(canvas, (4, 1))[:, 0]
    assert drawn.tolist() == [FLAGS[255], FLAGS[255], FLAGS[0], FLAGS[255]]


MODES = ("", "no mode", "setup", "ramp", "flat top", "stable beams", "beam dump")


def beam_modes(*numbers: float) -> Scene:
    data = plots.curve(numbers, 0.5, len(numbers) + 0.5, title="LS")
    return Scene(data, Draw(style="strip", states=MODES), last=len(numbers) - 2)


def test_numbered_states_have_a_row_and_a_name_each(canvas: PlotCanvas) -> None:
    canvas.show_scene(beam_modes(3, 4, 4, 5, 5, 5, 0, 9, 5, 0, 0))
    labels = [tick.text for tick in canvas.panes[0].y_ticks]
    assert labels == ["ramp", "flat top", "stable beams"]
    drawn = cells(canvas, (9, 3))
    on = FLAGS[255]
    assert (drawn == on).tolist() == [
        [True, False, False],
        *[[False, True, False]] * 2,
        *[[False, False, True]] * 3,
        *[[False, False, False]] * 2,
        [False, False, True],
    ]
    row = inside(canvas)[20]
    unknown = row[round(6.1 * len(row) / 9) : round(7.9 * len(row) / 9)]
    assert (unknown == FLAGS[UNDEFINED]).any()
    assert not captions(canvas)  # the rows say it all


def test_a_numbered_state_is_read_by_its_name_in_any_row(canvas: PlotCanvas) -> None:
    canvas.show_scene(beam_modes(3, 4, 4, 5, 5, 5, 0, 9, 5, 0, 0))
    rect = pane(canvas)
    said = ((0, "LS 1: ramp"), (4, "LS 5: stable beams"), (6, "LS 7: not known"))
    for part, words in said:
        for y in (rect.top() + 3, rect.center().y(), rect.bottom() - 3):
            x = rect.left() + round((part + 0.5) * rect.width() / 9)
            assert canvas._words_at(type(rect.center())(x, y)) == words


def test_a_number_that_stays_fills_one_row(canvas: PlotCanvas) -> None:
    canvas.show_scene(beam_modes(*[5] * 40, 0, 0))
    assert [tick.text for tick in canvas.panes[0].y_ticks] == ["stable beams"]
    assert (cells(canvas, (40, 1)) == FLAGS[255]).all()


@pytest.mark.parametrize("number", [np.nan, -1.0, 99.0, np.inf])
def test_numbers_without_names_are_not_known(canvas: PlotCanvas, number: float) -> None:
    canvas.show_scene(beam_modes(number, number, number, number))
    assert not (inside(canvas) == FLAGS[255]).any()


@pytest.mark.parametrize(("first", "missing"), [(50, ()), (1, ()), (50, (100, 233))])
def test_rows_named_by_numbers_have_round_ones_written(
    canvas: PlotCanvas, first: int, missing: tuple[int, ...]
) -> None:
    canvas.resize(300, 500)
    names = tuple(str(n) for n in range(first, 490) if n not in missing)
    rows = Axis(len(names), 0.0, float(len(names)), labels=names)
    x = Axis(60, 0.5, 60.5, title="LS")
    data = plots.plane(np.ones((60, len(names))), x, rows)
    canvas.show_scene(Scene(data, STRIP))
    told = [(tick.at, int(tick.text)) for tick in canvas.panes[0].y_ticks if tick.text]
    assert len(told) > 5
    assert all(number % 20 == 0 for _, number in told)
    for at, number in told:
        assert at == pytest.approx((names.index(str(number)) + 0.5) / len(names))


# -- polygons -------------------------------------------------------------------------


def hexagons(contents: np.ndarray) -> Polygons:
    corners = np.arange(6) * np.pi / 3 + np.pi / 6
    x = [10.0 * i + 5.7 * np.cos(corners) for i in range(len(contents))]
    y = [5.7 * np.sin(corners) for _ in contents]
    return Polygons(
        "w", "wafers", "TH2Poly", np.arange(0, 6 * len(contents) + 1, 6),
        np.arange(len(contents)), np.concatenate(x), np.concatenate(y),
        np.asarray(contents, float), x_title="x [cm]", y_title="y [cm]",
        labels=tuple(f"wafer {n}" for n in range(len(contents))),
    )  # fmt: skip


def middle_of(canvas: PlotCanvas, bin_number: int) -> tuple[int, int]:
    found = canvas.panes[0]
    x = found.rect.left() + found.x.scale.fraction(10.0 * bin_number) * (
        found.rect.width()
    )
    y = found.rect.bottom() - found.y.scale.fraction(0.0) * found.rect.height()
    return round(x), round(y)


def test_polygons_are_filled_by_the_same_colours(canvas: PlotCanvas) -> None:
    contents = np.full(14, 40.0)
    contents[3], contents[5], contents[8] = 0.0, 90_000.0, np.nan
    canvas.resize(700, 160)
    canvas.show_scene(
        Scene(polygons=hexagons(contents), expected=Expected(offending=np.array([3])))
    )
    drawn = picture(canvas)
    colours = []
    for number in range(14):
        x, y = middle_of(canvas, number)
        colours.append(int(drawn[y, x]))
    assert colours[3] == argb(LIGHT.tile)
    assert colours[5] == CIVIDIS[OVER]
    assert colours[1] == colours[2] != argb(LIGHT.tile)
    assert apart(drawn, argb(LIGHT.bad)).min() < 40  # the ring, smoothed
    assert canvas._drawing is not None
    assert canvas._drawing.note() == "1 bin not a number"


def test_polygons_are_read(canvas: PlotCanvas) -> None:
    canvas.resize(700, 160)
    contents = np.arange(14.0)
    canvas.show_scene(Scene(polygons=hexagons(contents)))
    x, y = middle_of(canvas, 7)
    read = canvas._words_at
    point = canvas.panes[0].rect.topLeft()
    assert read(type(point)(x, y)) == "wafer 7: 7"
    assert read(point) == ""


def test_polygons_of_a_pixel_show_their_colours(canvas: PlotCanvas) -> None:
    """Outlines would be all there is to see."""
    at = np.arange(200, dtype=float)
    left, low = (each.ravel() for each in np.meshgrid(at, at))
    x, y = left[:, None] + [0, 1, 1, 0], low[:, None] + [0, 0, 1, 1]
    contents = np.where(left < 100, 10.0, 100.0)
    count = contents.size
    polygons = Polygons(
        "p", "", "TH2Poly", np.arange(0, 4 * count + 1, 4), np.arange(count),
        x.ravel(), y.ravel(), contents,
    )  # fmt: skip
    canvas.show_scene(Scene(polygons=polygons, draw=Draw(z=AxisDraw(range=(0, 100)))))
    drawn = inside(canvas)
    wide = drawn.shape[1]
    left_half = drawn[20:-20, 20 : wide // 2 - 8]
    right_half = drawn[20:-20, wide // 2 + 8 : -20]
    for part, colour in ((left_half, CIVIDIS[25]), (right_half, CIVIDIS[255])):
        assert np.median(apart(part, int(colour))) < 12
        assert np.mean(apart(part, int(colour)) < 12) > 0.9
    assert not (drawn == argb(LIGHT.line)).any()
    canvas._choose(type(canvas._view)(Scale(90.0, 110.0), Scale(90.0, 110.0)))
    assert apart(inside(canvas), argb(LIGHT.line)).min() < 40  # there is room for them


@pytest.mark.parametrize("contents", [[], [1.0], [np.nan, np.nan], [-1.0, 3.0]])
def test_any_polygons_are_drawn(canvas: PlotCanvas, contents: list[float]) -> None:
    canvas.show_scene(Scene(polygons=hexagons(np.array(contents)))
                      if contents else Scene(polygons=Polygons(
        "w", "", "TH2Poly", np.array([0]), np.array([], int), np.array([]),
        np.array([]), np.array([]))))  # fmt: skip
    canvas.grab()


def test_new_contents_lay_out_nothing_anew(canvas: PlotCanvas) -> None:
    canvas.show_scene(Scene(plots.plane(hits(100.0))))
    assert canvas._drawing is not None
    place = Placement(canvas.rect(), canvas._look(), canvas._view, 1.0, 0)
    canvas._drawing.place(canvas.plot_items, place)
    canvas._drawing.take(Scene(plots.plane(hits(102.0))))
    assert canvas._drawing.place(canvas.plot_items, place) is False


@pytest.mark.parametrize("shape", [(700, 20), (460, 40), (900, 900), (1700, 300)])
def test_a_dead_cell_is_seen_where_cells_share_a_pixel(
    canvas: PlotCanvas, shape: tuple[int, int]
) -> None:
    """As in a tile: the fullest cell of a pixel would hide it."""
    contents = np.random.default_rng(5).poisson(60, shape).astype(float)
    canvas.show_scene(Scene(plots.plane(contents)))
    before = canvas.grab().toImage()
    dead = (shape[0] // 3, shape[1] // 2)
    contents[dead] = 0.0
    canvas.show_scene(Scene(plots.plane(contents)))
    image = canvas.grab().toImage()
    pane = canvas.panes[0]
    x = pane.rect.left() + round(pane.x.scale.fraction(dead[0]) * pane.rect.width())
    y = pane.rect.bottom() - round(pane.y.scale.fraction(dead[1]) * pane.rect.height())
    ground = QColor(LIGHT.tile)
    around = [(x + dx, y + dy) for dx in (-1, 0, 1) for dy in (-2, -1, 0, 1)]
    assert any(image.pixelColor(*at) == ground for at in around)
    assert not any(before.pixelColor(*at) == ground for at in around)
    # no cell is missed where few entries make an empty one likely
    few = np.random.default_rng(5).poisson(2, shape).astype(float)
    few[dead] = 0.0
    canvas.show_scene(Scene(plots.plane(few)))
    image = canvas.grab().toImage()
    assert not any(image.pixelColor(*at) == ground for at in around)


def test_a_dead_cell_of_a_weighted_map_and_of_a_profile_is_seen() -> None:
    contents = np.full((40, 4), 900.0)
    contents[9, 2] = 0.0
    bins = np.arange(20) * 2, np.arange(4)
    table = lookup_table("cividis", LIGHT.tile)
    colours = ColourScale(Scale(0.0, 1000.0))
    plain = plots.plane(contents)
    weighted = msgspec.structs.replace(plain, sumw2=plain.contents * 100.0)
    profile = msgspec.structs.replace(
        plain, bin_entries=plain.contents / 10, sumw2=plain.contents * 1e5
    )
    for data, seen in ((plain, True), (weighted, False), (profile, True)):
        values = np.where(contents == 0, np.nan, contents)
        cells = Cells(values, colours, histogram=data)
        pixels = map_pixels(cells, *bins, table)
        empty = pixels == table[EMPTY]
        assert empty.sum() == int(seen)
        assert bool(empty[1, 4]) == seen


@pytest.mark.parametrize("size", [(700, 600), (940, 540), (1366, 668), (500, 333)])
def test_the_ring_of_a_rectangle_of_cells_is_a_rectangle(size: tuple[int, int]) -> None:
    """Rounding to pixels makes cells of one size differ, and must make no steps."""
    x = np.rint(np.linspace(0, size[0], 83))
    y = np.rint(np.linspace(size[1], 0, 73))
    cells = np.array([i * 72 + j for i in range(41, 49) for j in range(10, 24)])
    lines = outlines(cells, (x, y), *size)
    assert len(lines) == 4


def test_of_many_scattered_cells_only_blocks_are_ringed() -> None:
    """Rings round all of them would be a maze."""
    block = [i * 72 + j for i in range(41, 49) for j in range(10, 24)]
    line = [60 * 72 + j for j in range(30, 40)]
    single = [i * 72 + i % 2 * 40 for i in range(0, 40, 2)]
    single += [7 * 72 + 71, 8 * 72]  # neighbours as numbers alone
    ringed, more = blocks(np.array([*single, *block, *line]), 72)
    assert sorted(ringed.tolist()) == [*block, *line]
    assert more == len(single)


@pytest.mark.usefixtures("qapp")
def test_a_single_cell_without_a_ring_is_counted_as_one() -> None:
    painter = Mock(spec=QPainter)
    look = look_of(LIGHT, "Source Sans 3", 1.0, grey=False, large=False)
    paint_count(painter, 1, 300, look)
    paint_count(painter, 1200, 300, look)
    said = [call.args[-1] for call in painter.drawText.call_args_list]
    assert said == ["1 scattered cell", "1,200 scattered cells"]


def test_a_few_single_cells_are_ringed() -> None:
    cells = np.arange(12) * 150
    ringed, more = blocks(cells, 72)
    assert (ringed.tolist(), more) == (cells.tolist(), 0)
