"""How far each bin is off by the verdict: a strip beneath curves, a map of maps."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
import numpy as np
import pytest
from PySide6.QtGui import QImage
from support import plots
from support.fake_session import FakeSession

from dqmconsole.model.frame import Comparison, Expected, Picture, Tile
from dqmconsole.model.layout import Plot
from dqmconsole.model.verdict import Status
from dqmconsole.shift.pages import PlotPlace
from dqmconsole.ui.live.detail import DetailView
from dqmconsole.ui.theme import LIGHT, Colours

if TYPE_CHECKING:
    from pytestqt.qtbot import QtBot

    from dqmconsole.model.layout import ReferenceMode

DATA = plots.curve(np.full(20, 50.0), 0.0, 20.0)
PULLS = np.array([0.5, -1.0, np.nan, 7.0, *np.zeros(14), -6.0, np.inf])


@pytest.fixture
def client() -> FakeSession:
    return FakeSession()


def shown(
    qtbot: QtBot, client: FakeSession, tile: Tile, mode: ReferenceMode | None = None
) -> DetailView:
    """A plot alone, on the screen."""
    detail = DetailView(Colours(LIGHT), client)
    qtbot.addWidget(detail)
    detail.resize(700, 600)
    detail.show()
    detail.show_plot(PlotPlace("key", Plot("Hcal/x"), None), mode)
    client.mailbox.tiles["key"] = tile
    detail.refresh(client, held=False)
    return detail


def with_pulls(pulls: np.ndarray = PULLS, **fields: object) -> Tile:
    expected = Expected(pulls=pulls, **fields)  # type: ignore[arg-type]
    return plots.tile(Picture(DATA, expected=expected), Status.BAD, "off")


def loud_columns(detail: DetailView) -> list[int]:
    """The bins that are vivid in the lowest pane."""
    canvas = detail.tile.canvas
    rect = canvas.panes[-1].rect
    image = canvas.grab().toImage().convertToFormat(QImage.Format.Format_RGB32)
    raw = np.frombuffer(image.constBits(), dtype=np.uint32)
    pixels = raw.reshape(image.height(), image.width()) & 0xFFFFFF
    inside = pixels[rect.top() : rect.bottom(), rect.left() : rect.right()]
    loud = (inside == int(LIGHT.bad[1:], 16)).any(axis=0)
    middles = ((np.arange(20) + 0.5) * rect.width() / 20).astype(int)
    return np.flatnonzero(loud[middles]).tolist()


def test_far_bins_are_vivid_where_none_is_named(
    qtbot: QtBot, client: FakeSession
) -> None:
    detail = shown(qtbot, client, with_pulls())
    assert len(detail.tile.canvas.panes) == 2
    assert loud_columns(detail) == [3, 18, 19]


def test_named_bins_alone_are_vivid(qtbot: QtBot, client: FakeSession) -> None:
    tile = with_pulls(offending=np.array([3]))
    assert loud_columns(shown(qtbot, client, tile)) == [3]


def test_the_strip_comes_and_goes_and_is_zoomed_with_the_plot(
    qtbot: QtBot, client: FakeSession
) -> None:
    detail = shown(qtbot, client, with_pulls())
    detail.tile.canvas.zoom_by(0.5)
    upper, strip = detail.tile.canvas.panes
    assert upper.x.scale == strip.x.scale
    assert upper.x.scale.high - upper.x.scale.low == pytest.approx(10.0)
    assert detail.turn_pulls() == ""
    assert len(detail.tile.canvas.panes) == 1
    assert detail.turn_pulls() == ""
    assert len(detail.tile.canvas.panes) == 2


def test_the_strip_stands_beneath_a_ratio_and_gives_way_to_pulls(
    qtbot: QtBot, client: FakeSession
) -> None:
    tile = with_pulls()
    assert tile.picture is not None
    compared = Comparison("ratio", np.ones(20))
    both = msgspec.structs.replace(tile.picture, comparison=compared)
    ratio = msgspec.structs.replace(tile, picture=both)
    titles = [p.y.title for p in shown(qtbot, client, ratio, "ratio").tile.canvas.panes]
    assert titles == ["hits", "ratio", "pull"]
    detail = shown(qtbot, client, tile, "pull")
    assert [pane.y.title for pane in detail.tile.canvas.panes] == ["hits", "pull"]
    assert "compared now" in detail.turn_pulls()


def test_without_pulls_the_key_says_so(qtbot: QtBot, client: FakeSession) -> None:
    detail = shown(qtbot, client, plots.tile(DATA))
    assert "No check" in detail.turn_pulls()
    # of bins that were summed since, nobody knows which is meant
    other = shown(qtbot, client, with_pulls(PULLS[:10]))
    assert not other.has_pulls
    assert len(other.tile.canvas.panes) == 1


def test_joined_bins_have_no_pulls(qtbot: QtBot, client: FakeSession) -> None:
    data = plots.curve(np.full(200, 50.0), 0.0, 20.0)
    picture = Picture(data, expected=Expected(pulls=np.zeros(200)))
    detail = shown(qtbot, client, plots.tile(picture))
    assert len(detail.tile.canvas.panes) == 2
    detail.tools.join(1)
    assert len(detail.tile.canvas.panes) == 1


def test_a_map_is_compared_by_the_pulls_of_its_check(
    qtbot: QtBot, client: FakeSession
) -> None:
    data = plots.plane(np.full((6, 5), 40.0))
    pulls = np.zeros((6, 5))
    pulls[2, 3] = -8.0
    tile = plots.tile(Picture(data, expected=Expected(pulls=pulls)))
    detail = shown(qtbot, client, tile, "pull")
    compared = detail.tile.canvas.shown.comparison
    assert compared is not None
    assert compared.values is pulls
    assert len(detail.tile.canvas.panes) == 2
    assert "Ctrl+R" in detail.turn_pulls()
