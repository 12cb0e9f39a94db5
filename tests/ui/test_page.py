"""The grid: spans, neighbours, pooled tiles, and what is watched."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PySide6.QtCore import QEvent, QObject
from PySide6.QtWidgets import QApplication
from support.fake_session import (
    CHARGE,
    DEPTH1,
    DIGIS,
    HCAL,
    curve,
    live_session,
    site,
    tile_of,
)
from support.mouse import wheel

from dqmconsole.model.layout import Draw, Plot
from dqmconsole.model.verdict import Status, Verdict
from dqmconsole.shift.pages import PageName, Pages, PlotPlace
from dqmconsole.ui.live.choices import ShownChoices
from dqmconsole.ui.live.page import (
    MIN_HEIGHT,
    MIN_WIDTH,
    PageGrid,
    columns_of_last_row,
    place_cells,
    step_from,
)
from dqmconsole.ui.plot.scene import Scene
from dqmconsole.ui.theme import LIGHT, Colours

if TYPE_CHECKING:
    from pytestqt.qtbot import QtBot

NAME = PageName(HCAL, DIGIS)


def test_spans_are_laid_out_as_reading_goes() -> None:
    cells = place_cells([(2, 1), (1, 2), (1, 1), (1, 1)], 3)
    assert [(c.column, c.row) for c in cells] == [(0, 0), (2, 0), (0, 1), (1, 1)]


def test_a_span_wider_than_the_grid_is_cut_to_it() -> None:
    assert place_cells([(5, 1)], 2)[0].columns == 2


@given(
    spans=st.lists(st.tuples(st.integers(0, 7), st.integers(0, 4)), max_size=20),
    columns=st.integers(1, 6),
)
def test_no_two_plots_overlap_and_all_lie_in_the_grid(
    spans: list[tuple[int, int]], columns: int
) -> None:
    cells = place_cells(spans, columns)
    taken = [
        (cell.column + x, cell.row + y)
        for cell in cells
        for x in range(cell.columns)
        for y in range(cell.rows)
    ]
    assert len(cells) == len(spans)
    assert len(set(taken)) == len(taken)
    assert all(0 <= column < columns for column, _ in taken)


def test_arrows_go_to_the_neighbour() -> None:
    cells = place_cells([(2, 1), (1, 1), (1, 1), (1, 1), (1, 1)], 3)
    assert step_from(cells, 0, 1, 0) == 1
    assert step_from(cells, 1, 1, 0) == 2  # on into the next row
    assert step_from(cells, 0, -1, 0) == 0
    assert step_from(cells, 1, 0, 1) == 4
    assert step_from(cells, 3, 0, -1) == 0
    assert step_from(cells, 4, 0, 1) == 4


@given(
    spans=st.lists(
        st.tuples(st.integers(1, 3), st.integers(1, 2)), min_size=1, max_size=12
    ),
    columns=st.integers(1, 4),
)
def test_right_reaches_every_plot(spans: list[tuple[int, int]], columns: int) -> None:
    cells = place_cells(spans, columns)
    at = min(range(len(cells)), key=lambda i: (cells[i].row, cells[i].column))
    seen = {at}
    for _ in cells:
        at = step_from(cells, at, 1, 0)
        seen.add(at)
    assert seen == set(range(len(cells)))


@pytest.fixture
def grid(qtbot: QtBot) -> PageGrid:
    grid = PageGrid(Colours(LIGHT))
    qtbot.addWidget(grid)
    grid.resize(900, 600)
    grid.show()
    return grid


def many(count: int) -> list[PlotPlace]:
    return [PlotPlace(f"p{n}", Plot(f"p{n}", f"Plot {n}"), None) for n in range(count)]


def test_tiles_are_pooled(grid: PageGrid) -> None:
    """Turning pages makes no tile and destroys none."""
    grid.show_plots(many(6), 3, "")
    first = list(grid.tiles)
    grid.show_plots(many(2), 2, "")
    assert [tile.isVisible() for tile in first] == [True] * 2 + [False] * 4
    grid.show_plots(many(6), 3, "")
    assert list(grid.tiles) == first
    assert all(tile.isVisible() for tile in first)


def test_many_rows_scroll_and_tiles_keep_their_least_size(grid: PageGrid) -> None:
    grid.show_plots(many(36), 3, "")
    QApplication.processEvents()
    assert all(tile.width() >= MIN_WIDTH - 6 for tile in grid.tiles)
    assert all(tile.height() >= MIN_HEIGHT - 6 for tile in grid.tiles)
    watched = [item.key for item in grid.watch_items(ShownChoices())]
    assert watched[0] == "p0"
    assert len(watched) < 36
    grid.select("p35")
    assert "p35" in [item.key for item in grid.watch_items(ShownChoices())]
    assert "p0" not in [item.key for item in grid.watch_items(ShownChoices())]


def test_the_wheel_is_for_the_page_and_zooms_the_selected_plot_alone(
    grid: PageGrid,
) -> None:
    grid.show_plots(many(36), 3, "p1")
    for tile in grid.tiles[:2]:
        tile.canvas.show_scene(Scene(curve(tile.key)))
    QApplication.processEvents()
    other, chosen = (tile.canvas for tile in grid.tiles[:2])
    assert not wheel(other, other.rect().center(), 120)
    assert not other.zoomed
    assert wheel(chosen, chosen.rect().center(), 120)
    assert chosen.zoomed
    grid.select("p0")
    assert wheel(other, other.rect().center(), 120)
    assert not wheel(chosen, chosen.rect().center(), 120)


def test_a_narrow_page_takes_fewer_columns(grid: PageGrid) -> None:
    grid.resize(440, 600)
    grid.show_plots(many(6), 6, "")
    assert len({tile.x() for tile in grid.tiles}) == 3


def test_five_columns_are_five_beside_both_docks_of_a_small_screen(
    grid: PageGrid,
) -> None:
    grid.resize(728, 600)  # what 1366 px leave
    grid.show_plots(many(10), 5, "")
    assert len({tile.x() for tile in grid.tiles}) == 5


def test_only_what_changed_is_shown_anew(grid: PageGrid) -> None:
    client = live_session()
    grid.show_plots(Pages(site()).plots(NAME), 3, "")
    client.watch(grid.watch_items(ShownChoices()))
    grid.refresh(client, None, held=False)
    shown = {tile.key: tile.tile for tile in grid.tiles}
    client.put_tile(tile_of(CHARGE, curve("HB", seed=3)))
    client.put_tile(tile_of(DEPTH1, curve("depth1", seed=3)))
    grid.refresh(client, frozenset({CHARGE}), held=False)
    now = {tile.key: tile.tile for tile in grid.tiles}
    assert [key for key in now if now[key] is not shown[key]] == [CHARGE]
    grid.refresh(client, None, held=True)
    assert grid.tile(DEPTH1).tile is shown[DEPTH1]


def test_a_tile_calls_a_lumisection_as_the_site_does(grid: PageGrid) -> None:
    made = site()
    settings = msgspec.structs.replace(made.settings, lumisection="spill")
    client = live_session(msgspec.structs.replace(made, settings=settings))
    grid.show_plots(Pages(site()).plots(NAME), 3, "")
    client.watch(grid.watch_items(ShownChoices()))
    bad = Verdict(Status.BAD, "1 of 384 cells dead", since=2)
    client.put_tile(tile_of(CHARGE, curve("HB"), bad))
    grid.refresh(client, None, held=False)
    (shown,) = (tile for tile in grid.tiles if tile.key == CHARGE)
    assert "dead (since spill 2)" in shown.accessibleDescription()


class Paints(QObject):
    """Counts the paint events of the widgets it watches."""

    count = 0

    def eventFilter(self, _watched: QObject, event: QEvent) -> bool:
        self.count += event.type() is QEvent.Type.Paint
        return False


def test_a_page_is_laid_out_and_painted_once(grid: PageGrid) -> None:
    """Qt's scenes, one a tile, do not have each other's pictures painted again."""
    client = live_session(site())
    pages = [many(12)[:6], many(12)[6:]]
    places, paints = [], Paints()
    for number, page in enumerate(pages):
        grid.show_plots(page, 3, "")
        client.watch(grid.watch_items(ShownChoices()))
        for tile in grid.tiles:
            client.put_tile(tile_of(tile.key, curve("h")))
        if number:
            QApplication.processEvents()
            for tile in grid.tiles:
                tile.canvas.viewport().installEventFilter(paints)
                tile.canvas.placed.connect(lambda tile=tile: places.append(tile.key))
        grid.refresh(client, None, held=False)
        QApplication.processEvents()
    assert sorted(places) == sorted(place.key for place in pages[1])
    assert paints.count == len(pages[1])


def test_watch_says_path_pixels_and_mode(grid: PageGrid) -> None:
    grid.show_plots(Pages(site()).plots(NAME), 3, "")
    choices = ShownChoices()
    choices.modes[CHARGE] = "ratio"
    items = {item.key: item for item in grid.watch_items(choices)}
    assert items[CHARGE].mode == "ratio"
    assert items[CHARGE].path == "Hcal/DigiTask/Charge/HB"
    assert items[DEPTH1].width > items[CHARGE].width > 100
    assert not items[DEPTH1].whole


def test_watch_says_what_is_drawn_as_rows_of_states(grid: PageGrid) -> None:
    strip = msgspec.structs.replace(Plot("a"), draw=Draw(style="strip"))
    grid.show_plots([PlotPlace("a", strip, None), *many(1)], 2, "")
    states = {item.key: item.states for item in grid.watch_items(ShownChoices())}
    assert states == {"a": True, "p0": False}


def test_a_page_without_plots_is_empty(grid: PageGrid) -> None:
    grid.show_plots(many(3), 3, "p1")
    assert grid.selected == "p1"
    grid.show_plots([], 3, "")
    assert grid.selected == ""
    assert list(grid.watch_items(ShownChoices())) == []
    grid.step(1, 0)


def test_a_span_in_rows_is_higher(grid: PageGrid) -> None:
    tall = msgspec.structs.replace(Plot("a"), span=(1, 2))
    places = [PlotPlace("a", tall, None), *many(2)]
    grid.show_plots(places, 2, "")
    assert grid.tiles[0].height() > 1.8 * grid.tiles[1].height()


def test_a_last_row_that_is_not_full_shares_its_room_out() -> None:
    cells = place_cells([(1, 1)] * 10, 4)
    assert columns_of_last_row(cells, 3) == 2
    assert columns_of_last_row(place_cells([(1, 1)] * 8, 4), 2) == 4
    # a plot two rows high reaches into it: it stays as it is
    assert columns_of_last_row(place_cells([(1, 2), (1, 1)], 2), 2) == 0
