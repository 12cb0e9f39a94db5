"""Projections and slices of a map in the detail view: numbers, keys, mouse, place."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QToolButton
from support import plots
from support.consoles import Console
from support.fake_session import CHARGE, DEPTH1, live_session, occupancy
from support.keyboard import CTRL, SHIFT
from support.mouse import drag, move, pixel

from dqmconsole.model.frame import Picture
from dqmconsole.model.histogram import Axis
from dqmconsole.model.message import Fit
from dqmconsole.ui.live.projection import Slice, band_words, projected, slice_at

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from dqmconsole.model.histogram import Array
    from dqmconsole.ui.live.projection import ProjectionPanel

pytestmark = pytest.mark.slow

UP, DOWN = Qt.Key.Key_Up, Qt.Key.Key_Down


@pytest.fixture
def console(qapp: QApplication, tmp_path: Path) -> Iterator[Console]:  # noqa: ARG001
    console = Console(live_session(), tmp_path / "console.ini")
    console.window.parts.view.open_plot(DEPTH1)
    console.wait(1)
    yield console
    console.close()


def panel_of(console: Console) -> ProjectionPanel:
    return console.window.parts.view.detail.projection


def cells(console: Console) -> Array:
    """The map as it is drawn."""
    data = console.window.parts.view.detail.tile.canvas.shown.data
    assert data is not None
    return data.values()


def shown(console: Console) -> Array:
    """The projection as it is drawn."""
    data = panel_of(console).canvas.shown.data
    assert data is not None
    return data.values()


def test_what_fails_once_is_laid_out_the_next_time(
    console: Console, monkeypatch: pytest.MonkeyPatch
) -> None:
    panel = panel_of(console)
    console.press("q")

    def fail() -> int:
        message = "once"
        raise RuntimeError(message)

    with monkeypatch.context() as broken:
        broken.setattr(panel.canvas, "axis_width", fail)
        with pytest.raises(RuntimeError):
            panel.resizeEvent(QResizeEvent(panel.size(), panel.size()))
    panel.canvas.setGeometry(0, 0, 10, 10)
    panel.resizeEvent(QResizeEvent(panel.size(), panel.size()))
    assert panel.canvas.width() > 10


# -- numbers -------------------------------------------------------------------------


@given(st.integers(1, 50), st.data())
def test_a_band_stays_on_its_axis_and_keeps_its_width(
    bins: int, data: st.DataObject
) -> None:
    first = data.draw(st.integers(1, bins))
    band = Slice(first, data.draw(st.integers(first, bins)))
    step = data.draw(st.integers(-60, 60))
    for other in (band.moved(step, bins), band.widened(step, bins)):
        assert 1 <= other.first <= other.last <= bins
    if not band.is_whole(bins):
        moved = band.moved(step, bins)
        assert moved.last - moved.first == band.last - band.first


def test_a_slice_begins_in_the_middle() -> None:
    assert Slice(1, 72).moved(1, 72) == Slice(33, 39)
    assert Slice(34, 40).moved(-1, 72) == Slice(33, 39)
    assert Slice(34, 40).widened(2, 72) == Slice(34, 42)
    assert Slice(70, 72).widened(1, 72) == Slice(69, 72)
    assert Slice(34, 34).widened(-1, 72) == Slice(34, 34)
    assert Slice(1, 1).moved(1, 1) == Slice(1, 1)


def test_a_projection_sums_the_bins_of_the_band() -> None:
    values = np.random.default_rng(3).poisson(20.0, (6, 9))
    data = plots.plane(values)
    on_x, on_y = projected(data, "x", Slice(3, 5)), projected(data, "y", Slice(2, 2))
    np.testing.assert_array_equal(on_x.values(), values[:, 2:5].sum(axis=1))
    np.testing.assert_array_equal(on_x.variances(), values[:, 2:5].sum(axis=1))
    np.testing.assert_array_equal(on_y.values(), values[1])
    assert on_y.axes[0].title == data.axes[1].title


def test_means_are_weighted_by_the_entries_of_their_bins() -> None:
    means = np.array([[1.0, 3.0], [5.0, 7.0]])
    entries = np.array([[1.0, 3.0], [2.0, 0.0]])
    data = msgspec.structs.replace(
        plots.plane(means * entries),
        root_class="TProfile2D",
        bin_entries=plots.flow(entries),
        sumw2=plots.flow(means**2 * entries),
    )
    wanted = np.average(means[0], weights=entries[0])
    assert projected(data, "x", Slice(1, 2)).values() == pytest.approx([wanted, 5.0])


def test_a_band_lies_on_the_bins_nearest_to_it() -> None:
    axis = Axis(4, 0.0, 10.0, variable=np.array([0.0, 1.0, 2.0, 5.0, 10.0]))
    assert slice_at(0.4, 4.9, axis) == Slice(1, 3)
    assert slice_at(0.6, 1.6, axis) == Slice(2, 2)
    assert slice_at(3.0, 3.1, axis) == Slice(3, 3)
    assert slice_at(-9.0, 99.0, axis) == Slice(1, 4)


def test_words_say_values_and_bins() -> None:
    x, y = Axis(10, 0.0, 1.0), Axis(20, 0.0, 40.0, title="i#phi")
    told = band_words(x, "x", Slice(7, 9), y, "y")
    assert told == "Projection on x of iφ 12 to 18 (bins 7–9)"
    assert band_words(x, "x", Slice(1, 20), y, "y") == "Projection on x of all iφ"
    assert band_words(y, "y", Slice(2, 2), x, "x").endswith("of x 0.1 to 0.2 (bin 2)")
    named = Axis(3, 0.0, 3.0, labels=("A", "B", ""))
    assert band_words(x, "x", Slice(1, 3), named, "y") == "Projection on x of all y"
    assert "y B to bin 3 (bins 2–3)" in band_words(x, "x", Slice(2, 3), named, "y")


# -- by keys -------------------------------------------------------------------------


def test_a_key_turns_from_none_to_x_to_y_to_none(console: Console) -> None:
    console.press("q")
    assert console.says("Projection words") == "Projection on iη of all iφ"
    np.testing.assert_array_equal(shown(console), cells(console).sum(axis=1))
    console.press("q")
    assert console.says("Projection words") == "Projection on iφ of all iη"
    np.testing.assert_array_equal(shown(console), cells(console).sum(axis=0))
    console.press("q")
    assert not console.sees(type(panel_of(console)), "Projection")


def test_keys_move_a_slice_and_make_it_wider(console: Console) -> None:
    console.press("q")
    console.press(UP, CTRL)
    assert console.says("Projection words").endswith("iφ 32.5 to 39.5 (bins 33–39)")
    console.press(DOWN, CTRL, times=3)
    console.press(UP, CTRL | SHIFT, times=2)
    assert console.says("Projection words").endswith("(bins 30–38)")
    np.testing.assert_array_equal(shown(console), cells(console)[:, 29:38].sum(axis=1))
    console.press(DOWN, CTRL | SHIFT, times=9)
    assert console.says("Projection words").endswith("iφ 29.5 to 30.5 (bin 30)")


def test_the_slice_of_each_axis_is_kept_while_the_plot_is_shown(
    console: Console,
) -> None:
    console.press("q")
    console.press(UP, CTRL)
    told = console.says("Projection words")
    console.press("q", times=3)
    assert console.says("Projection words") == told
    console.window.parts.view.open_plot(CHARGE)
    console.wait(1)
    assert not panel_of(console).isVisible()
    console.window.parts.view.open_plot(DEPTH1)
    console.wait(1)
    assert not panel_of(console).isVisible()
    console.press("q")
    assert console.says("Projection words") == "Projection on iη of all iφ"


def test_the_reference_is_projected_where_it_is_shown(console: Console) -> None:
    console.press("q")
    console.press(UP, CTRL)
    assert panel_of(console).canvas.shown.reference is None  # the layout wants none
    tile = console.client.mailbox.tiles[DEPTH1]
    assert tile.note is not None
    note = msgspec.structs.replace(tile.note, scale=2.0)
    console.client.put_tile(msgspec.structs.replace(tile, note=note))
    console.press("r")
    console.wait(1)
    reference = console.client.mailbox.references[DEPTH1]
    drawn = panel_of(console).canvas.shown.reference
    assert panel_of(console).canvas.shown.scale == 2.0
    assert drawn is not None
    wanted = reference.values()[:, 32:39].sum(axis=1)
    np.testing.assert_array_equal(drawn.values(), wanted)


def test_it_follows_the_data(console: Console) -> None:
    console.press("q")
    tile = console.client.mailbox.tiles[DEPTH1]
    assert tile.picture is not None
    later = occupancy("depth1", seed=42)
    picture = msgspec.structs.replace(tile.picture, data=later)
    console.client.put_tile(msgspec.structs.replace(tile, picture=picture))
    console.wait(1)
    np.testing.assert_array_equal(shown(console), later.values().sum(axis=1))
    console.client.put_tile(msgspec.structs.replace(tile, picture=None))
    console.wait(1)
    assert panel_of(console).canvas.shown.data is None
    console.client.put_tile(tile)
    console.wait(1)
    np.testing.assert_array_equal(shown(console), cells(console).sum(axis=1))


def test_what_has_no_projection_says_so(console: Console) -> None:
    said: list[str] = []
    console.window.context.said.connect(said.append)
    tile = console.client.mailbox.tiles[DEPTH1]
    assert tile.picture is not None
    picture = msgspec.structs.replace(tile.picture, whole=False)
    console.client.put_tile(msgspec.structs.replace(tile, picture=picture))
    console.wait(1)
    console.press("q")
    assert said == ["The map is too large to come whole: no projection of it here."]
    console.window.parts.view.open_plot(CHARGE)
    console.wait(1)
    console.press("q")
    assert not panel_of(console).isVisible()
    assert panel_of(console).turn() == "Only maps have projections."


def test_it_ends_with_a_map_that_has_none(console: Console) -> None:
    console.press("q")
    assert panel_of(console).isVisible()
    tile = console.client.mailbox.tiles[DEPTH1]
    assert tile.picture is not None
    picture = msgspec.structs.replace(tile.picture, whole=False)
    console.client.put_tile(msgspec.structs.replace(tile, picture=picture))
    console.wait(1)
    assert not panel_of(console).isVisible()


def test_what_is_yet_to_come_is_hatched_along_x_alone(console: Console) -> None:
    tile = console.client.mailbox.tiles[DEPTH1]
    console.client.put_tile(msgspec.structs.replace(tile, last=12))
    console.wait(1)
    for last in (12, None):
        console.press("q")
        assert panel_of(console).canvas.shown.last == last


def test_a_band_keeps_its_place_while_bins_are_joined(console: Console) -> None:
    console.press("q")
    console.press(".")
    console.press(",")
    assert panel_of(console).band == Slice(1, 72)
    console.press(UP, CTRL)
    assert panel_of(console).band == Slice(33, 39)
    console.press(".")
    assert console.says("Projection words").endswith("iφ 32.5 to 38.5 (bins 17–19)")
    np.testing.assert_array_equal(shown(console), cells(console)[:, 16:19].sum(axis=1))


def test_shares_are_not_summed(console: Console) -> None:
    tile = console.client.mailbox.tiles[DEPTH1]
    shares = msgspec.structs.replace(plots.plane(np.eye(4)), efficiency=True)
    console.client.put_tile(msgspec.structs.replace(tile, picture=Picture(shares)))
    console.wait(1)
    assert panel_of(console).turn().startswith("Shares cannot be summed")
    assert not panel_of(console).isVisible()


def test_a_slice_is_fitted_and_the_fit_is_of_that_slice(console: Console) -> None:
    console.press("q")
    console.press(UP, CTRL)
    console.press("y")
    console.press("2", Qt.KeyboardModifier.AltModifier)
    (request,) = [each for each in console.client.feed.sent if isinstance(each, Fit)]
    assert request.data is not None
    np.testing.assert_array_equal(request.data.values(), shown(console))
    console.press("q")
    assert panel_of(console).on == "y"
    assert console.window.parts.view.detail.fit.isHidden()


# -- its place -----------------------------------------------------------------------


def ends(console: Console) -> list[tuple[int, int]]:
    """Left and right end of the x axes of map and projection, px of the screen."""
    found = []
    for canvas in (
        console.window.parts.view.detail.tile.canvas,
        panel_of(console).canvas,
    ):
        rect = canvas.panes[0].rect
        left = canvas.mapToGlobal(rect.topLeft()).x()
        found.append((left, left + rect.width()))
    return found


def test_it_lies_beneath_the_map_with_the_same_axis(console: Console) -> None:
    console.press("q")
    map_axis, own_axis = ends(console)
    assert map_axis == own_axis
    console.press("r")
    console.wait(1)
    map_axis, own_axis = ends(console)
    assert map_axis == own_axis
    console.window.resize(1200, 760)
    console.wait(0)
    map_axis, own_axis = ends(console)
    assert map_axis == own_axis


def test_the_map_has_its_place_again_without_it(console: Console) -> None:
    canvas = console.window.parts.view.detail.tile.canvas
    before = canvas.panes[0].rect
    console.press("q")
    assert canvas.panes[0].rect.left() > before.left()  # its numbers are wider
    console.press("q", times=2)
    console.wait(0)
    assert canvas.panes[0].rect == before


def test_its_values_have_the_logarithm_of_the_map(console: Console) -> None:
    console.press("q")
    for log in (True, False):
        console.press("L")
        assert panel_of(console).canvas.panes[0].y.scale.log is log


def test_what_is_zoomed_into_is_zoomed_into_in_both(console: Console) -> None:
    console.press("q")
    canvas, own = console.window.parts.view.detail.tile.canvas, panel_of(console).canvas
    console.press(Qt.Key.Key_Plus)
    scale = canvas.panes[0].x.scale
    assert (scale.low, scale.high) == (-20.5, 20.5)
    assert own.panes[0].x.scale == scale
    own.zoom_by(0.5)
    assert canvas.panes[0].x.scale == own.panes[0].x.scale
    assert own.panes[0].x.scale.high == 10.25
    console.press("0")
    assert own.panes[0].x.scale.high == 41.0


# -- by mouse ------------------------------------------------------------------------


def at_row(console: Console, value: float) -> QPoint:
    """Where a value of y lies on the map."""
    return pixel(console.window.parts.view.detail.tile.canvas, 0.0, value)


def test_the_mouse_moves_the_band_and_its_edges(console: Console) -> None:
    button = console.find(QToolButton, "Projection of the map: on x, on y, none (Q)")
    QTest.mouseClick(button, Qt.MouseButton.LeftButton)
    canvas, panel = console.window.parts.view.detail.tile.canvas, panel_of(console)
    console.press(UP, CTRL)
    QApplication.processEvents()
    drag(canvas, at_row(console, 37.0), at_row(console, 57.0))
    assert panel.band.last - panel.band.first == 6
    assert abs(panel.band.first - 54) <= 1
    first = panel.band.first
    drag(canvas, at_row(console, panel.band.last + 0.5), at_row(console, 70.5))
    assert panel.band.first == first
    assert abs(panel.band.last - 70) <= 1
    summed = cells(console)[:, panel.band.first - 1 : panel.band.last].sum(axis=1)
    np.testing.assert_array_equal(shown(console), summed)
    assert not canvas.zoomed


def test_a_drag_still_zooms_where_all_is_summed(console: Console) -> None:
    console.press("q")
    canvas = console.window.parts.view.detail.tile.canvas
    middle = at_row(console, 30.0)
    drag(canvas, middle, at_row(console, 50.0) + QPoint(80, 0))
    assert canvas.zoomed
    assert panel_of(console).band == Slice(1, 72)


def test_what_lies_under_the_mouse_is_said_beside_the_words(console: Console) -> None:
    console.press("q")
    own = panel_of(console).canvas
    move(own, own.panes[0].rect.center())
    told = console.says("Projection words")
    assert told.startswith("Projection on iη of all iφ · ")
    move(own, QPoint(1, 1))
    assert console.says("Projection words") == "Projection on iη of all iφ"


# -- bad input -------------------------------------------------------------------------


@pytest.mark.parametrize(
    "values",
    [
        np.full((4, 3), np.nan),
        np.array([[np.inf, -np.inf], [np.nan, 1e308], [1e308, 1e308]]),
        np.zeros((1, 1)),
        -np.ones((5, 2)),
        np.full((3, 3), 1e300),
    ],
    ids=["nan", "infinite", "one cell", "negative", "huge"],
)
@pytest.mark.parametrize("scale", ["lin", "log"])
def test_whatever_a_map_holds_it_is_projected(
    console: Console, values: Array, scale: str
) -> None:
    tile = console.client.mailbox.tiles[DEPTH1]
    changed = msgspec.structs.replace(tile, picture=Picture(plots.plane(values)))
    console.client.put_tile(changed)
    console.wait(1)
    if scale == "log":
        console.press("L")
    for _ in range(2):
        console.press("q")
        console.press(UP, CTRL)
        console.press(UP, CTRL | SHIFT)
        console.window.grab()
        band = panel_of(console).band
        rows = slice(band.first - 1, band.last)
        with np.errstate(all="ignore"):
            x, y = values[:, rows].sum(axis=1), values[rows].sum(axis=0)
        wanted = x if panel_of(console).on == "x" else y
        np.testing.assert_array_equal(shown(console), wanted)
