"""Axes of time and of lumisections, axes in a row, and what their curves say."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from PySide6.QtGui import QFontMetrics
from PySide6.QtWidgets import QApplication
from support import plots

from dqmconsole.model.frame import Comparison, Expected
from dqmconsole.model.graph import Graph
from dqmconsole.model.histogram import Axis
from dqmconsole.model.layout import AxisDraw, Draw
from dqmconsole.ui.live.page import common_width
from dqmconsole.ui.plot.canvas import PlotCanvas
from dqmconsole.ui.plot.drawing import axis_unit
from dqmconsole.ui.plot.graph_item import GraphItem
from dqmconsole.ui.plot.scale import Scale
from dqmconsole.ui.plot.scene import Scene
from dqmconsole.ui.plot.ticks import lumisection_ticks, time_ticks
from dqmconsole.ui.plot.title import elided_title
from dqmconsole.ui.theme import LIGHT

if TYPE_CHECKING:
    from pytestqt.qtbot import QtBot

MIDNIGHT = 1_764_201_600.0  # 2025-11-27 00:00 UTC


@pytest.fixture
def canvas(qtbot: QtBot) -> PlotCanvas:
    made = PlotCanvas(LIGHT)
    qtbot.addWidget(made)
    made.resize(360, 220)
    return made


def test_lumisections_are_whole_and_have_their_time() -> None:
    ticks = lumisection_ticks(Scale(0.0, 3.0), 8, lambda at: MIDNIGHT + 3600 * at)
    assert [(tick.text, tick.below) for tick in ticks] == [
        ("0", "00:00"), ("1", "01:00"), ("2", "02:00"), ("3", "03:00"),
    ]  # fmt: skip
    unknown = lumisection_ticks(Scale(0.0, 3.0), 8, lambda _: None)
    assert not any(tick.below for tick in unknown)


def test_times_are_round_and_say_the_day_once() -> None:
    ticks = time_ticks(Scale(MIDNIGHT - 7200, MIDNIGHT + 7200), 4)
    assert [tick.text for tick in ticks] == [
        "22:00",
        "23:00",
        "00:00",
        "01:00",
        "02:00",
    ]
    days = [tick.below for tick in ticks]
    assert days == ["26 Nov 2025", "", "27 Nov 2025", "", ""]
    short = [tick.text for tick in time_ticks(Scale(MIDNIGHT, MIDNIGHT + 20), 4)]
    assert short == ["00:00:00", "00:00:05", "00:00:10", "00:00:15", "00:00:20"]


@pytest.mark.parametrize("low", [-1e300, -1e12, 0.0, 1e18])
def test_what_is_no_time_has_ticks_all_the_same(low: float) -> None:
    for span in (1e-3, 1.0, 1e6, 1e12):
        time_ticks(Scale(low, low + max(span, abs(low) * 1e-6)), 5)


@pytest.mark.parametrize(
    ("axis", "draw", "unit"),
    [
        (Axis(5, 0, 5, title="Lumisection"), AxisDraw(), "lumisection"),
        (Axis(5, 0, 5, title="LS"), AxisDraw(), "lumisection"),
        (Axis(5, 0, 5, title="luminosity", time=True), AxisDraw(), "time"),
        (Axis(5, 0, 5, title="Lumisection"), AxisDraw(unit="number"), "number"),
        (Axis(5, 0, 5, title="time [ns]"), AxisDraw(), "number"),
        (Axis(5, 0, 5), AxisDraw(unit="time"), "time"),
    ],
)
def test_what_the_numbers_of_an_axis_are(axis: Axis, draw: AxisDraw, unit: str) -> None:
    assert axis_unit(axis, draw) == unit


def test_a_lumisection_axis_ends_with_the_run(canvas: PlotCanvas) -> None:
    rates = np.r_[np.full(260, 20.0), np.zeros(230)]
    trend = plots.curve(rates, 0.0, 490.0, title="Lumisection")
    ends = []
    for last in (257, 258, 259, 300, None):
        canvas.show_scene(Scene(trend, last=last))
        ends.append(canvas.panes[0].x.scale.high)
    assert ends == [260, 260, 260, 300, 490]
    # what was filled beyond it is not hidden
    rates[400] = 3.0
    full = plots.curve(rates, 0.0, 490.0, title="Lumisection")
    canvas.show_scene(Scene(full, last=257))
    assert canvas.panes[0].x.scale.high >= 401
    canvas.show_scene(Scene(trend, Draw(x=AxisDraw(range=(0.0, 400.0))), last=257))
    assert canvas.panes[0].x.scale.high == 400


@pytest.mark.parametrize("dimension", [1, 2])
def test_a_logarithmic_lumisection_axis_stays_so(
    canvas: PlotCanvas, dimension: int
) -> None:
    x = Axis(490, 0.5, 490.5, title="Lumisection")
    data = plots.curve(np.full(490, 2.0), x.low, x.high, title=x.title)
    if dimension == 2:
        data = plots.plane(np.full((490, 3), 2.0), x)
    canvas.show_scene(Scene(data, Draw(x=AxisDraw(scale="log")), last=257))
    assert canvas.panes[0].x.scale == Scale(0.5, 490.5, log=True)


def test_beside_long_names_the_others_keep_their_room() -> None:
    assert common_width([40, 52, 0, 61]) == 61
    assert common_width([40, 52, 200]) == 52
    assert common_width([0, 0]) == 0


def test_plots_of_a_row_are_aligned(canvas: PlotCanvas) -> None:
    canvas.show_scene(Scene(plots.curve(plots.peak())))
    own = canvas.axis_width()
    assert canvas.panes[0].rect.left() == own
    canvas.set_axis_width(own + 20)
    assert canvas.panes[0].rect.left() == own + 20
    assert canvas.axis_width() == own
    canvas.set_axis_width(5)
    assert canvas.panes[0].rect.left() == own
    canvas.set_axis_width(2000)
    assert canvas.panes[0].rect.width() > 150


def test_a_new_width_is_told_once(qtbot: QtBot, canvas: PlotCanvas) -> None:
    canvas.show()
    canvas.show_scene(Scene(plots.curve(plots.peak())))
    with qtbot.waitSignal(canvas.axis_width_changed):
        canvas.show_scene(Scene(plots.curve(plots.peak() * 1e3)))
    with qtbot.assertNotEmitted(canvas.axis_width_changed):
        canvas.show_scene(Scene(plots.curve(plots.peak(0.1) * 1e3)))


def test_what_cannot_be_drawn_is_counted(canvas: PlotCanvas) -> None:
    for values, words in (
        ([1.0, np.nan, 3.0], "1 bin not a number"),
        ([1.0, np.inf, -np.inf], "2 bins infinite"),
        ([np.nan, np.nan, np.inf, 1.0], "2 bins not a number, 1 infinite"),
        ([1.0, 2.0], ""),
        ([np.nan, np.nan], ""),  # said in the middle of the plot
    ):
        canvas.show_scene(Scene(plots.curve(values)))
        assert canvas._notes().note == words
    points = Graph("g", "g", "TGraph", np.array([0, np.nan, 2.0]), np.ones(3))
    canvas.show_scene(Scene(graphs=(points,)))
    assert canvas._notes().note == "1 point not a number"


def test_a_file_may_ask_for_a_range_and_the_layout_is_heard_first(
    canvas: PlotCanvas,
) -> None:
    data = plots.curve(plots.peak(), shown=(-1.0, 1.0))
    canvas.show_scene(Scene(data))
    assert canvas.panes[0].x.scale == Scale(-1.0, 1.0)
    canvas.show_scene(Scene(data, Draw(x=AxisDraw(range=(-2.0, None)))))
    assert canvas.panes[0].x.scale == Scale(-2.0, 1.0)


def test_what_was_expected_is_in_sight_and_does_not_squash(canvas: PlotCanvas) -> None:
    data = plots.curve(np.full(9, 100.0))
    for limit, top in ((150.0, 150.0), (1e9, 100.0)):
        canvas.clear()
        canvas.show_scene(Scene(data, expected=Expected(limits=((limit, "bad"),))))
        scale = canvas.panes[0].y.scale
        assert 0.0 == scale.low < top < scale.high < 250


def test_points_are_read(canvas: PlotCanvas) -> None:
    errors = (np.full(3, 0.1), np.full(3, 0.2))
    graph = Graph("g", "g", "TGraph", np.arange(3.0), np.arange(3.0), None, errors)
    canvas.show_scene(Scene(graphs=(graph,)))
    assert canvas._words_at(canvas.panes[0].rect.center()) == "1: 1 −0.1 +0.2"


KINDS = ("ET", "ET ratio", "Feature bit", "Tower count")


def shown_ticks(canvas: PlotCanvas) -> list[tuple[str, str]]:
    canvas.grab()
    return [(tick.text, tick.below) for tick in canvas.panes[0].x_ticks]


def test_a_few_names_lie_in_two_lines(canvas: PlotCanvas) -> None:
    canvas.resize(250, 160)
    canvas.show_scene(Scene(plots.curve(np.ones(4), 0.0, 4.0, labels=KINDS)))
    lines = [("ET", ""), ("ET", "ratio"), ("Feature", "bit"), ("Tower", "count")]
    assert shown_ticks(canvas) == lines
    assert not canvas.panes[0].upright
    canvas.resize(120, 160)
    canvas.grab()
    assert canvas.panes[0].upright


def test_of_names_that_are_numbers_round_ones_are_written(canvas: PlotCanvas) -> None:
    canvas.resize(300, 160)
    names = tuple(str(number) for number in range(53, 493))
    canvas.show_scene(Scene(plots.curve(np.ones(440), 0.0, 440.0, labels=names)))
    written = [int(text) for text, _ in shown_ticks(canvas) if text]
    assert len(written) > 3
    assert not any(number % 50 for number in written)


def test_rows_are_named_as_long_as_letters_do_not_touch(canvas: PlotCanvas) -> None:
    names = tuple(f"ROW{chr(65 + at)}" for at in range(20))
    rows = Axis(20, 0.0, 20.0, labels=names)
    data = plots.plane(np.ones((3, 20)), y=rows)
    tight = 0
    for high in range(180, 400, 10):
        canvas.resize(300, high)
        canvas.show_scene(Scene(data))
        pane, metrics = canvas.panes[0], canvas._look().metrics
        apart = pane.rect.height() / 20
        named = sum(bool(tick.text) for tick in pane.y_ticks)
        if apart >= metrics.capHeight() + metrics.descent() + 2:
            assert named == 20
            tight += apart < metrics.height() - 1
        elif apart < metrics.capHeight():
            assert named < 20
    assert tight  # nearer than lines of text


@pytest.mark.parametrize(("room", "words"), [(500, 0), (130, 1), (70, 2)])
def test_of_a_title_the_unit_is_cut_last(qtbot: QtBot, room: int, words: int) -> None:  # noqa: ARG001 - Qt
    metrics = QFontMetrics(QApplication.font())
    cut = elided_title("Luminosity of the machine [1e30/cm²s]", metrics, room)
    assert metrics.horizontalAdvance(cut) <= room
    if words < 2:
        assert cut.endswith("[1e30/cm²s]")
        assert ("…" in cut) == (words == 1)
    else:
        assert cut.startswith("[1e")


def test_the_clock_stands_beneath_low_plots_too(canvas: PlotCanvas) -> None:
    canvas.resize(240, 130)
    trend = plots.curve(np.ones(60), 0.5, 60.5, title="Lumisection")
    canvas.show_scene(Scene(trend, last=60, clock=lambda at: 1.7e9 + 23.3 * at))
    assert all(below for text, below in shown_ticks(canvas) if text)


def test_in_a_low_pane_one_is_the_ratio_written_first(canvas: PlotCanvas) -> None:
    canvas.resize(240, 150)
    ratio = Comparison("ratio", np.full(60, 1.0))
    scene = Scene(plots.curve(plots.peak()), mode="ratio", comparison=ratio)
    canvas.show_scene(scene)
    image, rect = canvas.grab().toImage(), canvas.panes[1].rect
    rows = range(rect.center().y() - 2, rect.center().y() + 3)
    columns = range(rect.left() - 26, rect.left() - 7)
    ground = image.pixel(rect.left() - 7, rect.center().y() + 2)
    assert any(image.pixel(x, y) != ground for x in columns for y in rows)


def test_a_very_narrow_axis_counts_from_a_round_number(canvas: PlotCanvas) -> None:
    data = plots.curve(np.arange(10.0), 1e9, 1e9 + 1e-3, title="x")
    canvas.show_scene(Scene(data))
    pane = canvas.panes[0]
    assert pane.x.title == "x (1000000000 + …)"
    told = [float(tick.text) for tick in pane.x_ticks]
    assert len(told) > 1
    places = [1e9 + value for value in told]
    assert np.allclose(
        pane.x.scale.fractions(np.array(places)),
        [tick.at for tick in pane.x_ticks],
        atol=1e-3,
    )
    # run numbers are what they are
    canvas.show_scene(Scene(plots.curve(np.arange(10.0), 398210, 398220, title="x")))
    assert canvas.panes[0].x.title == "x"


def test_one_point_lies_on_no_axis(canvas: PlotCanvas) -> None:
    for value in (0.0, 7.0):
        point = Graph("g", "g", "TGraph", np.array([value]), np.array([value]))
        canvas.clear()
        canvas.show_scene(Scene(graphs=(point,)))
        for axis in (canvas.panes[0].x, canvas.panes[0].y):
            assert 0.2 < axis.scale.fraction(value) < 0.8


def test_an_efficiency_is_seen_from_0_to_1(canvas: PlotCanvas) -> None:
    shares = np.array([0.0, 0.4, 1.0])
    graph = Graph(
        "g", "g", "TEfficiency", np.arange(3.0), shares, efficiency=True,
        y_errors=(np.full(3, 0.2), np.full(3, 0.2)),
    )  # fmt: skip
    canvas.show_scene(Scene(graphs=(graph,)))
    assert canvas.panes[0].y.scale == Scale(0.0, 1.05)


def test_a_line_is_broken_at_what_is_infinite(canvas: PlotCanvas) -> None:
    values = np.array([1.0, 2.0, np.inf, 2.0, 1.0])
    graph = Graph("g", "g", "TGraph", np.arange(5.0), values, line=True)
    canvas.show_scene(Scene(graphs=(graph,)))
    canvas.grab()
    pane = canvas.plot_items.panes[0].item(GraphItem)
    assert pane._strokes is not None
    first, second = pane._strokes[0].joined
    assert first.size() == second.size() == 2
