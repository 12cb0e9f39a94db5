"""A function fitted in the detail view: what is asked, drawn, said, and forgotten."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QToolButton
from support.consoles import Console
from support.fake_session import CHARGE, DEPTH1, TIME, curve, live_session, occupancy
from support.keyboard import CTRL, SHIFT

from dqmconsole.link.codec import encoder
from dqmconsole.model.fit import FitParameter, FitResult
from dqmconsole.model.frame import Picture
from dqmconsole.model.graph import Graph
from dqmconsole.model.message import Fit, Fitted, Receipt
from dqmconsole.ui.live.fit import parameter_words, result_words
from dqmconsole.ui.plot.fit_curve import FitCurve
from dqmconsole.ui.plot.scale import Scale
from dqmconsole.ui.plot.view_box import ViewBox
from dqmconsole.ui.theme import DARK, LIGHT

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from dqmconsole.model.fit import FitFunction

ALT = Qt.KeyboardModifier.AltModifier
CURVE = LIGHT.overlays[2]


@pytest.fixture
def console(qapp: QApplication, tmp_path: Path) -> Iterator[Console]:  # noqa: ARG001
    console = Console(live_session(), tmp_path / "console.ini")
    console.window.parts.view.open_plot(CHARGE)
    console.wait(1)
    yield console
    console.close()


def result(function: FitFunction = "gaus", height: float = 500.0) -> FitResult:
    x = np.linspace(-3.0, 3.0, 400)
    y = height * np.exp(-0.5 * (x / 0.5) ** 2)
    parameters = (
        FitParameter("Constant", height, 6.3),
        FitParameter("Mean", -0.0043, 0.0052),
        FitParameter("Sigma", 0.5, 0.0044),
    )
    return FitResult(
        function, "chi2", parameters, 93.25, 97, 0.5893, 100, -3.0, 3.0, x, y,
        "least chi2, empty bins left out; 100 bins from -3 to 3",
    )  # fmt: skip


def asked(console: Console) -> list[Fit]:
    return [each for each in console.client.feed.sent if isinstance(each, Fit)]


def answer(console: Console, found: FitResult | None = None) -> None:
    request = asked(console)[-1]
    console.client.answer(Fitted(request.request, request.key, 0, found or result()))
    console.wait(0)


def fitted(console: Console, key: str = "1") -> None:
    console.press("y")
    console.press(key, ALT)
    answer(console)


def drawn(console: Console) -> int:
    """Pixels in the curve's colour."""
    image = console.window.parts.view.detail.tile.grab().toImage()
    image = image.convertToFormat(image.Format.Format_RGB32)
    raw = np.frombuffer(image.constBits(), dtype=np.uint32)
    return int((raw & 0xFFFFFF == int(CURVE[1:], 16)).sum())


def new_picture(console: Console, seed: int, span: str = "LS 1–418") -> None:
    tile = console.client.mailbox.tiles[CHARGE]
    assert tile.picture is not None
    picture = msgspec.structs.replace(tile.picture, data=curve("HB", seed=seed))
    console.client.put_tile(msgspec.structs.replace(tile, picture=picture, span=span))
    console.wait(1)


# -- words ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("value", "error", "words"),
    [
        (91.1876, 0.0213, "Mean 91.188 ± 0.021"),
        (12345.6, 321.0, "Mean 12350 ± 320"),
        (-0.0043, 0.0052, "Mean −0.0043 ± 0.0052"),
        (3.0, 0.0, "Mean 3 ± 0"),
        (1.7e9, 25.0, "Mean 1.700000000e+09 ± 2.5e+01"),
        (2.5e-9, 1e-10, "Mean 2.50e−09 ± 1.0e−10"),
        (1.0, float("inf"), "Mean 1 ± inf"),
        (float("nan"), float("nan"), "Mean not a number ± not a number"),
    ],
)
def test_a_parameter_has_the_digits_its_error_allows(
    value: float, error: float, words: str
) -> None:
    assert parameter_words(FitParameter("Mean", value, error)) == words


def test_a_result_says_chi2_and_probability_where_there_is_one() -> None:
    assert result_words(result()).endswith("χ²/ndf 93.25/97   p 0.59")
    exact = msgspec.structs.replace(result(), chi2=0.0, ndf=0, probability=None)
    assert result_words(exact).endswith("χ²/ndf 0/0")


# -- the curve -----------------------------------------------------------------------


@pytest.mark.usefixtures("qapp")
def test_the_curve_follows_its_axes_into_logarithms_and_back() -> None:
    box, item = ViewBox(), FitCurve()
    box.addItem(item, ignoreBounds=True)
    x, y = np.array([1.0, 10.0, 100.0]), np.array([-1.0, 1.0, 1000.0])
    box.show_ranges(Scale(0.0, 100.0), Scale(0.0, 1000.0))
    item.show_curve(x, y, LIGHT, old=False)
    np.testing.assert_array_equal(item.getData(), (x, y))
    box.show_ranges(Scale(0.0, 100.0), Scale(0.5, 1000.0, log=True))
    np.testing.assert_array_equal(item.getData(), (x, [np.nan, 0.0, 3.0]))
    box.show_ranges(Scale(1.0, 100.0, log=True), Scale(0.5, 1000.0, log=True))
    np.testing.assert_array_equal(item.getData(), ([0.0, 1.0, 2.0], [np.nan, 0.0, 3.0]))
    box.show_ranges(Scale(0.0, 100.0), Scale(0.0, 1000.0))
    np.testing.assert_array_equal(item.getData(), (x, y))


# -- by keys ---------------------------------------------------------------------------


def test_the_bins_that_are_seen_are_fitted_drawn_and_told(console: Console) -> None:
    console.press("y")
    assert "Choose a function" in console.says("Fit state")
    console.press("1", ALT)
    (request,) = asked(console)
    tile = console.client.mailbox.tiles[CHARGE]
    assert tile.picture is not None
    assert (request.function, request.within) == ("gaus", None)
    assert request.data is tile.picture.data
    assert console.says("Fit state") == "Fitting gaus …"
    assert drawn(console) == 0
    answer(console)
    assert console.says("Fit result").startswith("Constant 500.0 ± 6.3   Mean −0.0043")
    state = console.says("Fit state")
    assert state.startswith(f"Converged: {tile.span}; least chi2")
    assert "-3 to 3" in state
    assert drawn(console) > 200


def test_what_is_zoomed_into_is_fitted(console: Console) -> None:
    console.press(Qt.Key.Key_Plus)
    console.press("y")
    console.press("3", ALT)
    (request,) = asked(console)
    assert request.function == "pol1"
    assert request.within == pytest.approx((-1.5, 1.5))
    encoder().encode(request)  # numpy's own numbers cannot be sent


def test_newer_bins_make_a_fit_old_and_the_same_key_fits_again(
    console: Console,
) -> None:
    fitted(console)
    before = console.client.mailbox.tiles[CHARGE].span
    new_picture(console, seed=99)
    told = f"Old: a fit of {before}, no longer what is shown. Y fits again"
    assert console.says("Fit state") == told
    assert drawn(console) > 50  # dashed
    console.press("y")
    assert [each.function for each in asked(console)] == ["gaus", "gaus"]
    assert drawn(console) == 0
    answer(console)
    assert console.says("Fit state").startswith("Converged: LS 1–418;")


def test_the_same_contents_in_other_bins_make_a_fit_old(console: Console) -> None:
    fitted(console)
    tile = console.client.mailbox.tiles[CHARGE]
    assert tile.picture is not None
    data = tile.picture.data
    assert data is not None
    axis = msgspec.structs.replace(data.axes[0], high=9.0)
    moved = msgspec.structs.replace(data, axes=(axis,))
    picture = msgspec.structs.replace(tile.picture, data=moved)
    console.client.put_tile(msgspec.structs.replace(tile, picture=picture))
    console.wait(1)
    assert console.says("Fit state").startswith("Old: ")


def test_of_bins_that_stayed_with_the_engine_the_span_says_what_is_old(
    console: Console,
) -> None:
    tile = console.client.mailbox.tiles[CHARGE]
    assert tile.picture is not None
    picture = msgspec.structs.replace(tile.picture, whole=False)
    tile = msgspec.structs.replace(tile, picture=picture)
    console.client.put_tile(tile)
    console.wait(1)
    fitted(console)
    assert asked(console)[-1].data is None
    assert console.says("Fit state").startswith("Converged")
    console.client.put_tile(msgspec.structs.replace(tile, span="LS 1–418"))
    console.wait(1)
    assert console.says("Fit state").startswith("Old: ")


def test_another_verdict_on_the_same_bins_makes_nothing_old(console: Console) -> None:
    fitted(console)
    console.client.put_tile(console.client.mailbox.tiles[CHARGE])
    console.wait(1)
    assert console.says("Fit state").startswith("Converged")


def test_held_pictures_are_fitted_as_they_are_seen(console: Console) -> None:
    held = console.client.mailbox.tiles[CHARGE]
    assert held.picture is not None
    console.press("p")
    new_picture(console, seed=99)
    fitted(console)
    assert asked(console)[-1].data is held.picture.data
    assert console.says("Fit state").startswith("Converged")
    console.press("p")
    assert console.says("Fit state").startswith("Old: ")


def test_a_fit_lives_on_no_other_plot(console: Console) -> None:
    fitted(console)
    console.window.parts.view.open_plot(TIME)
    console.wait(1)
    assert not console.sees(QToolButton, "Fit gaus")
    assert drawn(console) == 0
    console.window.parts.view.open_plot(CHARGE)
    console.wait(1)
    assert drawn(console) == 0


@pytest.mark.parametrize("late", [False, True])
@pytest.mark.parametrize("kind", ["map", "graph"])
def test_a_fit_ends_when_its_plot_is_of_another_kind(
    console: Console, kind: str, late: bool
) -> None:
    """A site that is edited, or a new file, may have a map or a graph there."""
    tile = console.client.mailbox.tiles[CHARGE]
    points = np.arange(3.0)
    graph = Graph("g", "", "TGraph", points, points)
    picture = (
        Picture(occupancy("m")) if kind == "map" else Picture(None, graphs=(graph,))
    )
    console.press("y")
    console.press("1", ALT)
    if not late:
        answer(console)
    console.client.put_tile(msgspec.structs.replace(tile, picture=picture), None)
    console.wait(1)
    if late:
        answer(console)
    fit = console.window.parts.view.detail.fit
    assert fit.result is None
    assert fit.isHidden()
    assert drawn(console) == 0


def test_an_answer_that_comes_too_late_is_dropped(console: Console) -> None:
    console.press("y")
    console.press("1", ALT)
    late = asked(console)[-1]
    console.press("2", ALT)
    console.client.answer(Fitted(late.request, late.key, 0, result()))
    console.wait(0)
    assert console.says("Fit state") == "Fitting pol0 …"
    console.window.parts.view.open_plot(TIME)
    answer(console)
    assert drawn(console) == 0


def test_a_refusal_is_said_in_words(console: Console) -> None:
    console.press("y")
    console.press("6", ALT)
    number = asked(console)[-1].request
    words = "cannot be fitted: 2 bins with content in the range"
    console.client.answer(Receipt(number, False, words))
    console.wait(0)
    assert console.says("Fit state") == words.capitalize()
    assert not console.window.parts.view.detail.fit.result
    assert drawn(console) == 0


def test_the_curve_stays_through_a_logarithm_and_another_theme(
    console: Console,
) -> None:
    fitted(console)
    linear = drawn(console)
    console.press("L")
    assert console.says("Fit state").startswith("Converged")
    assert drawn(console) > 100
    console.press("L")
    assert drawn(console) == linear
    console.press("t", CTRL)
    assert drawn(console) == 0
    assert DARK.overlays[2] != CURVE


def test_it_is_taken_away_by_its_key(console: Console) -> None:
    fitted(console)
    console.press("y", SHIFT)
    assert drawn(console) == 0
    assert not console.sees(QToolButton, "Fit gaus")
    console.press("1", ALT)  # offers them again, and fits
    assert len(asked(console)) == 2
    assert console.sees(QToolButton, "Fit gaus")


def test_of_a_map_only_its_projection_can_be_fitted(console: Console) -> None:
    fit_button = "Fit a function, or fit it again (Y)"
    assert console.sees(QToolButton, fit_button)
    console.window.parts.view.open_plot(DEPTH1)
    console.wait(1)
    assert not console.sees(QToolButton, fit_button)
    console.press("y")
    console.press("1", ALT)
    assert asked(console) == []
    console.press("q")
    assert console.sees(QToolButton, fit_button)
    console.press("y")
    console.press("1", ALT)
    (request,) = asked(console)
    assert request.data is not None
    assert request.data.dimension == 1


def test_what_lies_between_the_two_lines_is_fitted(console: Console) -> None:
    console.press("j")
    console.press("y")
    console.press("1", ALT)
    (request,) = asked(console)
    tools = console.window.parts.view.detail.tools
    assert request.within == tools.ranges[0]
    assert request.within != (-3.0, 3.0)
    encoder().encode(request)
    console.press("j")
    console.press("y")
    assert asked(console)[-1].within is None


# -- by mouse, and in windows of their own ---------------------------------------------


def click(console: Console, name: str) -> None:
    button = console.find(QToolButton, name)
    QTest.mouseClick(button, Qt.MouseButton.LeftButton)
    console.wait(0)


def test_it_is_done_by_mouse_alone(console: Console) -> None:
    click(console, "Fit a function, or fit it again (Y)")
    click(console, "Fit gaus")
    answer(console)
    assert console.find(QToolButton, "Fit gaus").isChecked()
    assert drawn(console) > 200
    click(console, "Take the fit away")
    assert drawn(console) == 0


def test_a_plot_in_a_window_of_its_own_has_its_own_fit(console: Console) -> None:
    console.press("n", CTRL | ALT)
    (window,) = console.window.parts.windows.open
    console.press("y")
    console.press("1", ALT)
    answer(console)
    assert window.detail.fit.result is not None
    assert console.window.parts.view.detail.fit.result is None
    assert drawn(console) == 0
