"""Tools on a plot shown alone: their numbers against numpy, and what is not kept."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
import numpy as np
import pytest
from PySide6.QtWidgets import QApplication, QLabel
from support import mouse, plots
from support.fake_session import FakeSession

from dqmconsole.model.compare import ratio
from dqmconsole.model.frame import Comparison, Expected, Picture
from dqmconsole.model.histogram import Axis
from dqmconsole.model.layout import AxisDraw, Draw
from dqmconsole.shift.pages import PlotPlace
from dqmconsole.ui.live import tools
from dqmconsole.ui.live.detail import DetailView
from dqmconsole.ui.live.readings import (
    between,
    crossed,
    highest,
    moved_bin,
    moved_edges,
    nearest_edges,
)
from dqmconsole.ui.live.tools import (
    factors_of,
    joined_scene,
    joining_refused,
    limits_from,
)
from dqmconsole.ui.plot.reading import statistics_in_view, statistics_lines
from dqmconsole.ui.plot.scene import OtherRun, Scene
from dqmconsole.ui.theme import DARK, LIGHT, Colours

if TYPE_CHECKING:
    from PySide6.QtCore import QPoint
    from pytestqt.qtbot import QtBot

    from dqmconsole.model.histogram import Histogram
    from dqmconsole.ui.theme import Theme

AXIS = Axis(10, 0.0, 10.0, title="time [ns]")
DATA = plots.curve(plots.peak())
REFERENCE = plots.curve(plots.peak(center=0.3, height=450.0))
RNG = np.random.default_rng(5)
CELLS = RNG.integers(0, 50, (12, 8)).astype(float)
CELLS[3, 4] = 900.0
MAP = plots.plane(CELLS)


def cell(scene: Scene, ranges: tuple[tuple[float, float], ...], row: int = 0) -> dict:
    found = between(scene, ranges)
    assert found is not None
    return dict(zip(found.columns, found.rows[row][1], strict=True))


def number(words: str) -> float:
    """The number at the head of a cell."""
    first = words.replace("\N{NARROW NO-BREAK SPACE}", "").split()[0]
    return float(first.replace("\N{MINUS SIGN}", "-"))


# -- edges and bins ------------------------------------------------------------


def test_lines_lie_on_edges_a_bin_apart_at_least() -> None:
    assert nearest_edges(AXIS, (2.4, 5.6)) == (2.0, 6.0)
    assert nearest_edges(AXIS, (5.6, 2.4)) == (2.0, 6.0)
    assert nearest_edges(AXIS, (4.1, 4.2)) == (4.0, 5.0)
    assert nearest_edges(AXIS, (-9.0, 99.0)) == (0.0, 10.0)
    assert nearest_edges(AXIS, (99.0, 99.0)) == (9.0, 10.0)


def test_lines_move_together_and_keep_their_width_at_the_ends() -> None:
    assert moved_edges(AXIS, (2.0, 5.0), 3, 3) == (5.0, 8.0)
    assert moved_edges(AXIS, (2.0, 5.0), 99, 99) == (7.0, 10.0)
    assert moved_edges(AXIS, (2.0, 5.0), -99, -99) == (0.0, 3.0)
    assert moved_edges(AXIS, (2.0, 5.0), 0, 2) == (2.0, 7.0)
    assert moved_edges(AXIS, (2.0, 5.0), 0, -99) == (2.0, 3.0)


def test_a_crosshair_goes_from_middle_to_middle_and_stays_on_the_axis() -> None:
    assert moved_bin(AXIS, 2.9, 1) == 3.5
    assert moved_bin(AXIS, 9.9, 5) == 9.5
    assert moved_bin(AXIS, -40.0, 0) == 0.5
    uneven = Axis(3, 0.0, 100.0, np.array([0.0, 1.0, 10.0, 100.0]))
    assert moved_bin(uneven, 0.5, 1) == 5.5


# -- numbers --------------------------------------------------------------------


def test_what_lies_between_two_lines_is_as_numpy_has_it() -> None:
    scene = Scene(data=DATA, reference=REFERENCE, scale=2.0)
    ranges = ((-1.0, 0.5),)
    edges, values = DATA.axes[0].edges, DATA.values()
    inside = (edges[:-1] >= -1.0 - 1e-9) & (edges[1:] <= 0.5 + 1e-9)
    centers, kept = DATA.axes[0].centers[inside], values[inside]
    told = cell(scene, ranges)
    assert number(told["integral"]) == kept.sum()
    assert f"± {round(np.sqrt(kept.sum()))}" in told["integral"]
    mean = np.average(centers, weights=kept)
    rms = np.sqrt(np.average((centers - mean) ** 2, weights=kept))
    assert number(told["mean"]) == pytest.approx(mean, abs=1e-3)
    assert number(told["RMS"]) == pytest.approx(rms, rel=1e-3)
    share = 100 * kept.sum() / values.sum()
    assert number(told["of all"]) == pytest.approx(share, rel=1e-2)
    assert number(told["maximum"]) == kept.max()
    other = cell(scene, ranges, row=1)
    assert number(other["integral"]) == 2 * REFERENCE.values()[inside].sum()
    found = between(scene, ranges)
    assert found is not None
    assert found.heading == (
        "time [ns] −1 to 0.5: 15 of 60 bins, under- and overflow not included"
    )
    assert "data: integral" in found.words()
    assert "reference: integral" in found.words()


def test_flow_bins_count_in_no_integral_but_in_the_share() -> None:
    contents = DATA.contents.copy()
    contents[0], contents[-1] = 1e6, 1e6
    flowing = msgspec.structs.replace(DATA, contents=contents)
    told = cell(Scene(data=flowing), ((-3.0, 3.0),))
    assert number(told["integral"]) == DATA.values().sum()
    assert number(told["of all"]) < 2.0


def test_a_rectangle_on_a_map_has_sum_mean_and_rms_of_both_axes() -> None:
    told = cell(Scene(data=MAP), ((2.0, 7.0), (3.0, 6.0)))
    kept = CELLS[2:7, 3:6]
    assert number(told["integral"]) == kept.sum()
    for name, axis, across in (("x", np.arange(2, 7), 1), ("y", np.arange(3, 6), 0)):
        weights, centers = kept.sum(axis=across), axis + 0.5
        mean = np.average(centers, weights=weights)
        rms = np.sqrt(np.average((centers - mean) ** 2, weights=weights))
        assert number(told[f"mean {name}"]) == pytest.approx(mean, abs=5e-3)
        assert number(told[f"RMS {name}"]) == pytest.approx(rms, rel=1e-3)
    assert told["maximum"] == "900 at 3 to 4, 4 to 5"


def test_a_profile_has_the_average_of_its_values() -> None:
    told = cell(Scene(data=plots.profile([1.0, 2.0, 3.0, np.nan])), ((0.0, 3.0),))
    assert number(told["average"]) == 2.0
    assert number(told["entries"]) == 150
    assert told["of all"] == "100 %"


def test_means_of_a_reference_are_not_scaled() -> None:
    means = plots.profile([1.0, 2.0, 3.0])
    scene = Scene(data=means, reference=means, scale=2.0)
    assert number(cell(scene, ((0.0, 3.0),), row=1)["average"]) == 2.0
    found = crossed(scene, (1.5,))
    assert found is not None
    told = dict(zip(found.columns, found.rows[0][1], strict=True))
    assert number(told["reference"]) == 2.0
    assert number(told["ratio"]) == 1.0


def test_axes_of_names_have_no_mean() -> None:
    named = plots.curve([1.0, 2.0, 3.0], labels=("A", "B", "C"))
    told = between(Scene(data=named), ((-3.0, 1.0),))
    assert told is not None
    assert told.columns == ("integral", "of all", "maximum")
    assert told.heading.startswith("time [ns] A to B: 2 of 3 bins")


def test_nothing_finite_is_said_to_be_nothing() -> None:
    lost = plots.curve(np.full(4, np.nan))
    told = cell(Scene(data=lost), ((-3.0, 3.0),))
    assert number(told["integral"]) == 0.0
    assert told["maximum"] == "–"


def test_the_crosshair_names_its_quantities() -> None:
    scene = Scene(data=DATA, reference=REFERENCE, scale=2.0)
    found = crossed(scene, (0.05,))
    assert found is not None
    told = dict(zip(found.columns, found.rows[0][1], strict=True))
    at = 30
    assert list(told) == ["time [ns]", "hits", "reference", "ratio", "pull"]
    assert told["time [ns]"] == "0 to 0.1"
    assert number(told["hits"]) == DATA.values()[at]
    assert number(told["reference"]) == 2 * REFERENCE.values()[at]
    expected = ratio(DATA, REFERENCE, 2.0).values[at]
    assert number(told["ratio"]) == pytest.approx(expected, abs=5e-3)
    d, r = DATA.values()[at], REFERENCE.values()[at]
    pull = (d - 2 * r) / np.sqrt(d + 4 * r)
    assert number(told["pull"]) == pytest.approx(pull, abs=5e-3 * abs(pull) + 5e-3)
    assert crossed(scene, (99.0,)) is None


def test_the_crosshair_on_a_map_tells_empty_from_zero() -> None:
    cells = CELLS.copy()
    cells[0, 0] = 0.0
    for least, word in ((0.0, "empty"), (-1.0, "0")):
        cells[1, 1] = least
        found = crossed(Scene(data=plots.plane(cells)), (0.5, 0.5))
        assert found is not None
        assert found.columns == ("iη", "iφ", "hits")
        assert found.rows[0][1][2] == word


def test_it_begins_at_the_highest_bin_in_view() -> None:
    assert highest(Scene(data=MAP), (None, None)) == [3.5, 4.5]
    (x,) = highest(Scene(data=DATA), ((1.0, 3.0),))
    values = np.where(DATA.axes[0].edges[:-1] >= 1.0 - 1e-9, DATA.values(), 0)
    assert x == pytest.approx(DATA.axes[0].centers[values.argmax()])


def test_statistics_follow_the_zoom_and_say_so() -> None:
    assert statistics_in_view(DATA, (None,)) == statistics_lines(DATA)
    told = dict(statistics_in_view(DATA, ((0.0, 3.0),)))
    kept = DATA.values()[30:]
    assert told["in view"] == "30 bins"
    assert number(told["integral"]) == kept.sum()
    mean = np.average(DATA.axes[0].centers[30:], weights=kept)
    assert number(told["mean"]) == pytest.approx(mean, rel=1e-3)
    assert number(told["not in view"]) == DATA.values().sum() - kept.sum()
    told = dict(statistics_in_view(MAP, ((2.0, 7.0), None)))
    assert told["in view"] == "5 × 8 cells"
    assert number(told["integral"]) == CELLS[2:7].sum()


# -- bins taken together ----------------------------------------------------------


def test_only_numbers_of_bins_that_leave_no_rest_are_joined() -> None:
    assert factors_of(DATA) == (1, 2, 4, 5, 10, 20)
    assert factors_of(MAP) == (1, 2, 4)
    assert factors_of(plots.curve(np.ones(7))) == (1,)
    named = plots.curve([1.0, 2.0], labels=("A", "B"))
    assert "names" in joining_refused(named)
    assert joining_refused(DATA) == ""
    assert joining_refused(None)
    share = msgspec.structs.replace(DATA, efficiency=True)
    assert "Shares" in joining_refused(share)


def test_joined_bins_have_their_sums_errors_reference_and_comparison() -> None:
    weighted = msgspec.structs.replace(DATA, sumw2=3.0 * DATA.contents)
    scene = Scene(
        data=weighted,
        overlays=(REFERENCE,),
        runs=(OtherRun("run 7", REFERENCE, 2.0, Comparison("ratio", np.ones(60))),),
        reference=REFERENCE,
        scale=2.0,
        mode="ratio",
        comparison=Comparison("ratio", np.ones(60)),
        expected=Expected(
            low=np.zeros(60),
            limits=((5.0, "bad above"),),
            offending=np.array([4, 5, 9]),
        ),
    )
    joined = joined_scene(scene, 4)
    assert joined.data is not None
    assert joined.reference is not None
    assert joined.comparison is not None
    values = DATA.values().reshape(15, 4).sum(axis=1)
    other = REFERENCE.values().reshape(15, 4).sum(axis=1)
    np.testing.assert_array_equal(joined.data.values(), values)
    np.testing.assert_allclose(joined.data.variances(), 3.0 * values)
    np.testing.assert_array_equal(joined.reference.values(), other)
    np.testing.assert_array_equal(joined.overlays[0].values(), other)
    with np.errstate(all="ignore"):
        expected = np.where(other > 0, values / (2 * other), np.nan)
    np.testing.assert_allclose(joined.comparison.values, expected)
    (run,) = joined.runs
    assert run.comparison is not None
    np.testing.assert_array_equal(run.histogram.values(), other)
    np.testing.assert_allclose(run.comparison.values, expected)
    assert joined.joined == (4,)
    assert joined.expected is not None
    assert joined.expected.low is None
    assert joined.expected.limits == ()
    assert joined.expected.offending.tolist() == [1, 2]
    odd = Scene(data=plots.curve(np.ones(7)))
    assert joined_scene(odd, 4) is odd


def test_limits_hold_for_means_of_joined_bins_too() -> None:
    limits = ((5.0, "bad above"),)
    means = plots.profile(np.arange(8.0))
    scene = Scene(data=means, expected=Expected(limits=limits))
    joined = joined_scene(scene, 2)
    assert joined.joined == (2,)
    assert joined.expected is not None
    assert joined.expected.limits == limits


def test_a_map_with_names_on_one_axis_is_joined_along_the_other() -> None:
    rows = Axis(8, 0.0, 8.0, labels=tuple("ABCDEFGH"))
    named = plots.plane(CELLS, y=rows)
    joined = joined_scene(Scene(data=named), 3 + 1)
    assert joined.joined == (4, 1)
    assert joined.data is not None
    np.testing.assert_array_equal(
        joined.data.values(), CELLS.reshape(3, 4, 8).sum(axis=1)
    )


def test_each_axis_of_a_map_is_joined_by_what_divides_it(shown: Shown) -> None:
    prime = plots.plane(RNG.integers(0, 50, (12, 7)).astype(float))
    assert factors_of(prime) == (1, 2, 4)
    shown.show(prime)
    said = shown.tools.join(1)
    assert said == "2 bins of x joined; the 7 bins of y cannot be divided evenly."
    assert shown.canvas.shown.joined == (2, 1)
    uneven = plots.plane(RNG.integers(0, 50, (8, 25)).astype(float))
    assert factors_of(uneven) == (1, 2, 4, 5)
    shown.show(uneven, key="b")
    assert shown.tools.join(1).startswith("2 bins of x joined; the 25 bins of y")
    shown.tools.join(1)
    assert shown.tools.join(1) == "4 bins of x and 5 bins of y joined."
    assert "divides an axis" in shown.tools.join(1)
    assert shown.tools.join(-1).startswith("4 bins of x joined")


def test_what_is_said_to_be_joined_is_what_is_joined(shown: Shown) -> None:
    """Other bins may come, which the number chosen does not divide."""
    shown.show(DATA)
    shown.tools.join(1)
    assert shown.tools.joined == 2
    shown.put(plots.curve(np.ones(7)), version=2)
    assert shown.tools.joined == 1
    shown.put(DATA, version=3)
    assert shown.tools.joined == 2


def test_what_fails_once_does_not_stop_readings_for_good(
    shown: Shown, monkeypatch: pytest.MonkeyPatch
) -> None:
    shown.show(DATA)
    shown.tools.toggle("lines")
    words = shown.words

    def fail(*_: object) -> None:
        message = "once"
        raise RuntimeError(message)

    with monkeypatch.context() as broken:
        broken.setattr(tools, "between", fail)
        with pytest.raises(RuntimeError):
            shown.tools.move(1)
    shown.tools.move(1)
    assert shown.words not in ("", words)


# -- limits -----------------------------------------------------------------------


def test_limits_are_read_or_refused_in_words() -> None:
    assert limits_from("1 20") == (1.0, 20.0)
    assert limits_from(" 0,5 ; 2e3") == (0.5, 2000.0)
    assert limits_from("auto 5") == (None, 5.0)
    assert limits_from("−3 -") == (-3.0, None)
    assert limits_from("auto") is None
    assert limits_from("") is None
    assert limits_from("- -") is None
    for text, words in (
        ("5", "Two numbers"),
        ("5 1", "5 is not below 1"),
        ("5 5", "not below"),
        ("a 5", "“a” is not a number"),
        ("nan 5", "not a number"),
        ("1 inf", "not a number"),
    ):
        with pytest.raises(ValueError, match=words):
            limits_from(text)


# -- in the detail view --------------------------------------------------------------


class Shown:
    """A plot alone, as the window shows it."""

    def __init__(self, qtbot: QtBot, theme: Theme = LIGHT) -> None:
        self.colours = Colours(theme)
        self.detail = DetailView(self.colours, FakeSession())
        qtbot.addWidget(self.detail)
        self.detail.resize(700, 560)
        self.tools, self.canvas = self.detail.tools, self.detail.tile.canvas

    def show(self, data: Histogram, key: str = "a", draw: Draw | None = None) -> None:
        plot = plots.plot(draw=draw)
        self.detail.show_plot(PlotPlace(key, plot, None), None)
        self.detail.show()
        self.put(data)

    def put(
        self, data: Histogram, reference: Histogram | None = None, version: int = 1
    ) -> None:
        shown = plots.tile(Picture(data), version=version)
        self.detail.tile.show_tile(shown, reference)
        QApplication.processEvents()  # what is laid out has its place

    @property
    def words(self) -> str:
        """What stands beneath the plot; "" when nothing does."""
        for label in self.canvas.findChildren(QLabel):
            if label.accessibleName() == "Readings" and label.isVisible():
                return label.accessibleDescription()
        return ""

    def pixel(self, x: float, y: float) -> QPoint:
        """Where values lie on the canvas."""
        return mouse.pixel(self.canvas, x, y)


@pytest.fixture
def shown(qtbot: QtBot) -> Shown:
    return Shown(qtbot)


def test_lines_are_moved_by_the_mouse(shown: Shown) -> None:
    shown.show(DATA)
    assert "Alt and arrows" in shown.tools.toggle("lines")
    assert shown.tools.ranges == ((-1.5, 1.5),)
    height = shown.canvas.shown.data.values().max() / 2
    mouse.drag(shown.canvas, shown.pixel(1.5, height), shown.pixel(0.52, height))
    assert shown.tools.ranges[0] == pytest.approx((-1.5, 0.5))
    assert not shown.canvas.zoomed
    kept = DATA.values()[15:35].sum()
    assert (
        f"integral {kept:,.0f}".replace(",", "\N{NARROW NO-BREAK SPACE}") in shown.words
    )
    mouse.drag(shown.canvas, shown.pixel(-0.5, height), shown.pixel(0.5, height))
    assert shown.tools.ranges[0] == pytest.approx((-0.5, 1.5))


def test_new_data_do_not_move_a_line_that_the_mouse_holds(shown: Shown) -> None:
    shown.show(DATA)
    shown.tools.toggle("lines")
    overlays = shown.tools._overlays
    assert overlays is not None
    region = overlays._band._region
    assert region is not None
    seen: list[tuple[float, float]] = []

    def come(*_: float) -> None:
        shown.put(DATA, version=len(seen) + 2)
        seen.append(region.getRegion())

    overlays._band.dragged.connect(come)
    height = shown.canvas.shown.data.values().max() / 2
    mouse.drag(shown.canvas, shown.pixel(1.5, height), shown.pixel(0.53, height))
    assert shown.tools.ranges[0] == pytest.approx((-1.5, 0.5))
    let_go = region.getRegion()
    assert seen[-1][0] == pytest.approx(let_go[0])
    assert seen[-1][1] == pytest.approx(let_go[1] * 0.53 / 0.5, rel=0.02)  # no edge


def test_a_rectangle_is_moved_by_the_mouse(shown: Shown) -> None:
    shown.show(MAP)
    shown.tools.toggle("lines")
    assert shown.tools.ranges == ((3.0, 9.0), (2.0, 6.0))
    mouse.drag(shown.canvas, shown.pixel(6.0, 4.0), shown.pixel(7.1, 4.9))
    assert shown.tools.ranges == ((4.0, 10.0), (3.0, 7.0))
    assert not shown.canvas.zoomed
    mouse.drag(shown.canvas, shown.pixel(10.0, 7.0), shown.pixel(8.0, 5.0))
    assert shown.tools.ranges == ((4.0, 8.0), (3.0, 5.0))
    assert f"integral {CELLS[4:8, 3:5].sum():.0f}" in shown.words


def test_a_rectangle_is_stretched_on_both_axes(shown: Shown) -> None:
    shown.show(MAP)
    shown.tools.toggle("lines")
    shown.tools.stretch(1, -2)
    assert shown.tools.ranges == ((3.0, 10.0), (2.0, 4.0))


def test_lines_lie_right_on_a_logarithmic_axis(shown: Shown) -> None:
    axis = Axis(40, 1.0, 41.0, title="p_T [GeV]")
    data = msgspec.structs.replace(plots.curve(np.arange(1.0, 41.0)), axes=(axis,))
    shown.show(data, draw=Draw(x=AxisDraw(scale="log")))
    shown.tools.toggle("lines")
    low, high = shown.tools.ranges[0]
    assert low == pytest.approx(41**0.25, abs=0.5)
    assert high == pytest.approx(41**0.75, abs=0.5)
    start, stop = shown.pixel(high, 10.0), shown.pixel(30.0, 10.0)
    mouse.drag(shown.canvas, start, stop)
    assert shown.tools.ranges[0] == pytest.approx((low, 30.0))


def test_the_crosshair_follows_the_mouse_and_the_keys(shown: Shown) -> None:
    shown.show(DATA)
    shown.tools.toggle("crosshair")
    at = int(DATA.values().argmax())
    assert shown.tools.at[0] == pytest.approx(DATA.axes[0].centers[at])
    mouse.move(shown.canvas, shown.pixel(1.23, 10.0))
    assert shown.tools.at[0] == pytest.approx(1.25)
    assert shown.words.startswith("time [ns] 1.2 to 1.3, hits")
    shown.tools.move(-2)
    assert shown.words.startswith("time [ns] 1 to 1.1, hits")
    assert f"hits {DATA.values()[40]:.0f}" in shown.words


def test_readings_follow_new_data_and_the_reference(shown: Shown) -> None:
    shown.show(DATA)
    shown.tools.toggle("lines")
    before = shown.words
    twice = msgspec.structs.replace(DATA, contents=2 * DATA.contents)
    shown.put(twice, REFERENCE, version=2)
    assert shown.words != before
    assert "reference: integral" in shown.words


def test_nothing_of_one_plot_is_kept_for_another(shown: Shown) -> None:
    """Lines, joined bins, limits, the line of limits and a fit are gone."""
    shown.show(DATA)
    tools, detail = shown.tools, shown.detail
    clean = detail.tile.grab().toImage()
    tools.toggle("lines")
    tools.join(1)
    tools.set_limits((5.0, 400.0))
    detail.ask_limits()
    detail.fit.fit("gaus")
    detail.tile.canvas.zoom_by(0.5)
    assert detail.tile.canvas.shown.data.axes[0].bins == 30
    assert shown.words
    shown.show(MAP, key="b")
    assert (tools.shown, tools.joined, tools.limits) == ("", 1, None)
    assert detail.fit.isHidden()
    assert detail.limits.isHidden()
    assert not shown.words
    assert shown.canvas.shown.joined == ()
    assert shown.canvas.shown.limits is None
    shown.show(DATA)
    assert detail.tile.grab().toImage() == clean


def test_the_same_plot_drawn_otherwise_keeps_its_tools(shown: Shown) -> None:
    shown.show(DATA)
    shown.tools.toggle("lines")
    shown.tools.join(1)
    shown.show(DATA, draw=Draw(y=AxisDraw(scale="log")))
    assert shown.words
    assert shown.canvas.shown.joined == (2,)


def test_joined_bins_are_said_on_the_tile(shown: Shown) -> None:
    shown.show(DATA)
    assert shown.tools.join(1) == "2 bins joined."
    assert shown.tools.join(1) == "4 bins joined."
    assert shown.canvas.shown.data.axes[0].bins == 15
    shown.put(DATA, version=2)
    assert shown.canvas.shown.data.axes[0].bins == 15
    assert shown.tools.join(-1) == "2 bins joined."
    assert shown.tools.join(-1) == "Bins as they are."
    assert shown.tools.join(-1) == "Bins as they are."
    assert shown.canvas.shown.data is DATA
    for _ in range(5):
        shown.tools.join(1)
    assert "divides an axis" in shown.tools.join(1)
    shown.show(MAP, key="b")
    shown.tools.join(1)
    assert shown.canvas.shown.joined == (2, 2)


def test_limits_set_the_colours_and_what_lies_beyond_shows(shown: Shown) -> None:
    shown.show(MAP)
    free = shown.detail.tile.grab().toImage()
    shown.detail.ask_limits()
    field = shown.detail.limits.field
    field.setText("30 10")
    field.returnPressed.emit()
    assert shown.detail.limits.isVisible()
    assert shown.tools.limits is None
    field.setText("10 30")
    field.returnPressed.emit()
    assert shown.tools.limits == (10.0, 30.0)
    assert shown.detail.limits.isHidden()
    assert shown.detail.tile.grab().toImage() != free
    shown.detail.ask_limits()
    assert field.text() == "10 30"
    assert shown.detail.leave()
    assert not shown.detail.leave()
    shown.tools.set_limits(None)
    QApplication.processEvents()
    assert shown.detail.tile.grab().toImage() == free


def test_a_map_alone_stands_beside_its_reference(shown: Shown) -> None:
    shown.show(MAP)
    assert len(shown.canvas.panes) == 1
    shown.detail.show_mode(None)
    shown.put(MAP, reference=MAP, version=2)
    assert shown.canvas.shown.mode == "side-by-side"
    assert len(shown.canvas.panes) == 2


@pytest.mark.parametrize("limits", [(1234567.0, 1234599.0), (0.1, 0.3), (None, 2e9)])
def test_limits_that_are_looked_at_stay_as_they_are(
    shown: Shown, limits: tuple[float | None, float | None]
) -> None:
    shown.show(DATA)
    shown.tools.set_limits(limits)
    shown.detail.ask_limits()
    field = shown.detail.limits.field
    field.returnPressed.emit()
    assert shown.tools.limits == limits
    assert not shown.detail.limits.isVisible()


def test_limits_of_a_curve_are_those_of_its_axis(shown: Shown) -> None:
    shown.show(DATA)
    shown.tools.set_limits((None, 5000.0))
    assert shown.canvas.panes[0].y.scale.high == 5000.0
    assert shown.canvas.panes[0].y.scale.low == 0.0


@pytest.mark.parametrize("theme", [LIGHT, DARK], ids=lambda theme: theme.name)
@pytest.mark.parametrize("level", [0.0, 40.0, 900.0])
def test_lines_are_seen_on_every_map(shown: Shown, theme: object, level: float) -> None:
    """Beside a dark stroke lies a light one, whatever the colour of the cells."""
    shown.colours.change(theme)
    cells = np.full((12, 8), level)
    cells[0, 0], cells[0, 1] = 1.0, 900.0
    shown.show(plots.plane(cells))
    shown.tools.toggle("crosshair")
    mouse.move(shown.canvas, shown.pixel(6.5, 4.5))
    at = shown.pixel(6.5, 2.2)
    image = shown.canvas.grab().toImage()
    lights = [
        image.pixelColor(at.x() + away, at.y()).lightness() for away in range(-3, 4)
    ]
    assert max(lights) - min(lights) > 150


def test_a_rectangle_beside_a_slice_is_not_filled(shown: Shown) -> None:
    """Qt leaves the brush of the item painted before."""
    shown.show(plots.plane(np.full((20, 20), 5.0)))
    shown.detail.projection.turn()
    shown.detail.projection.move_band(1)
    shown.tools.toggle("lines")
    (left, _), (low, _) = shown.tools.ranges
    within, beside = (left + 0.5, low + 0.5), (left - 0.5, low + 0.5)
    QApplication.processEvents()
    image = shown.canvas.grab().toImage()
    inside, outside = shown.pixel(*within), shown.pixel(*beside)
    assert image.pixelColor(inside) == image.pixelColor(outside)


def test_what_lies_on_a_map_and_beneath_takes_another_theme(
    shown: Shown, qtbot: QtBot
) -> None:
    dark = Shown(qtbot, DARK)
    for each in (shown, dark):
        each.show(MAP)
        each.detail.projection.turn()
        each.tools.toggle("lines")
        QApplication.processEvents()
    before = shown.detail.drawn().inside.grab().toImage()
    shown.colours.change(DARK)
    after = shown.detail.drawn().inside.grab().toImage()
    assert after != before
    assert after == dark.detail.drawn().inside.grab().toImage()


def test_the_slice_of_a_long_axis_moves_a_hundredth_of_it(shown: Shown) -> None:
    shown.show(plots.plane(np.ones((3, 700))))
    projection = shown.detail.projection
    projection.turn()
    projection.move_band(1)
    first = projection.band
    projection.move_band(1)
    assert projection.band.first - first.first == 7
    projection.widen_band(-1)
    assert projection.band.last == first.last


def test_a_drawing_of_a_detector_has_no_projection(shown: Shown) -> None:
    shown.show(plots.plane(np.ones((4, 4))), draw=Draw(drawing="hodoscope"))
    assert shown.detail.projection.turn().startswith("A drawing of the detector")
    assert not shown.detail.projection.on


def test_tools_say_where_there_is_nothing_to_read(shown: Shown) -> None:
    shown.show(plots.curve([1.0, 2.0]), draw=Draw(style="table"))
    assert "no bins" in shown.tools.toggle("lines")
    assert "no bins" in shown.tools.join(1)
    shown.tools.move(1)
    shown.tools.stretch(1)
    assert shown.tools.reading is None


ODD = {
    "no bin": plots.curve([]),
    "one bin": plots.curve([5.0]),
    "one cell": plots.plane([[5.0]]),
    "not a number": plots.curve(np.full(8, np.nan)),
    "infinite": plots.curve([np.inf, -np.inf, 1.0, 2.0]),
    "all negative": plots.curve(-np.arange(8.0)),
    "nothing": plots.plane(np.zeros((8, 8))),
    "no width": plots.curve([1.0, 2.0, 3.0, 4.0], low=1.0, high=1.0),
    "below 0": plots.curve([1.0, 2.0, 3.0, 4.0], low=-9.0, high=-1.0),
    "never filled": plots.profile(np.full(8, np.nan)),
    "10 kB": plots.curve([1.0, 2.0, 3.0, 4.0], title="long " * 2000),
}


@pytest.mark.parametrize("name", ODD)
@pytest.mark.parametrize("scale", ["lin", "log"])
def test_odd_histograms_break_no_tool(shown: Shown, name: str, scale: str) -> None:
    values = AxisDraw(scale=scale)
    # an axis without anything above 0 gets no logarithm
    x = values if ODD[name].axes[0].high > 0 else AxisDraw()
    shown.show(ODD[name], draw=Draw(x=x, y=values, z=values))
    tools = shown.tools
    for what in ("lines", "crosshair"):
        tools.toggle(what)
        for step in (1, -1):
            tools.move(step, step)
            tools.stretch(step, step)
            tools.join(step)
        shown.canvas.zoom_by(0.5)
        shown.canvas.pan_by(0.2, 0.2)
        tools.set_limits((-1.0, 2.0))
        shown.canvas.reset_zoom()
        shown.detail.tile.grab()
    for label in shown.canvas.findChildren(QLabel):
        assert label.height() <= shown.canvas.height() // 2
        assert label.sizeHint().width() <= shown.canvas.width()
