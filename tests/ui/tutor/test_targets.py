"""Everything a lesson can point at is there, and is found where it lies."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, get_args

import numpy as np
import pytest
from PySide6.QtCore import QPoint, QRect
from PySide6.QtWidgets import QApplication
from support.consoles import Console
from support.fake_session import DEPTH1, DIGIS, HCAL
from support.instructed import instructed_session

from dqmconsole.model.frame import Comparison
from dqmconsole.shift.pages import PageName
from dqmconsole.training.lesson import (
    Control,
    FindingGoal,
    Goal,
    LessonStep,
    Taught,
)
from dqmconsole.ui.commands import with_features
from dqmconsole.ui.training.content import MOST
from dqmconsole.ui.training.feature import TrainingFeature
from dqmconsole.ui.training.targets import SMALLEST, controls, target_of

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from pytestqt.qtbot import QtBot

COMMANDS = with_features((TrainingFeature(),))
PATH = "Hcal/DigiTask/Occupancy/depth1"


@pytest.fixture
def console(qtbot: QtBot, tmp_path: Path) -> Iterator[Console]:  # noqa: ARG001 - Qt
    console = Console(instructed_session(), tmp_path / "c.ini")
    console.window.parts.view.select_plot(DEPTH1)
    console.wait(1)
    yield console
    console.close()


def pointed(console: Console, point: str, *region: float) -> QRect:
    """Where in the window a step points to."""
    step = LessonStep("see", "See", point=point, region=region)
    target = target_of(console.window.parts, step)
    assert target.window in (None, console.window)
    return target.rect


def how(console: Console, point: str) -> str:
    return target_of(console.window.parts, LessonStep("see", "See", point=point)).how


def test_nobody_is_sent_away_from_a_plot_on_which_a_finding_is_right(
    console: Console,
) -> None:
    finding = FindingGoal("bad", plots=("FED/*", PATH))
    step = LessonStep("say", "Say", point="page FED/none", done=Goal(finding=finding))
    target = target_of(console.window.parts, step)
    tile = console.window.parts.view.selected_tile()
    assert tile is not None
    assert target.how == ""
    assert target.rect.center() == tile.mapTo(console.window, tile.rect().center())
    other = Goal(finding=FindingGoal("bad", plots=("FED/*",)))
    elsewhere = target_of(
        console.window.parts, LessonStep("say", "Say", point=step.point, done=other)
    )
    assert elsewhere.how.startswith("Open the page FED")


def test_every_control_has_a_widget(console: Console) -> None:
    assert set(controls(console.window.parts)) == set(get_args(Control))


def test_every_command_that_is_taught_exists() -> None:
    assert set(get_args(Taught)) <= {command.id for command in COMMANDS}


def test_every_choice_of_a_question_has_a_key() -> None:
    keys = {command.id: command.keys for command in COMMANDS}
    for number in range(1, MOST + 1):
        assert keys[f"answer-{number}"] == (str(number),)


def test_a_control_is_found_where_it_is_seen(console: Console) -> None:
    for control in get_args(Control):
        console.window.parts.docks["book"].hide()
        check_control(console, control)


HIDDEN = ("book", "flags", "entries", "check-lists", "hand-over")


def check_control(console: Console, control: Control) -> None:
    """It is where its widget is; what is hidden has words for how to show it."""
    parts = console.window.parts
    hidden = pointed(console, control).isEmpty()
    assert hidden == (control in HIDDEN)
    if hidden:
        assert how(console, control)
        parts.docks["book"].show()
        leaf = {"entries": "entries", "check-lists": "checklists"}.get(control, control)
        if leaf != "book":
            parts.logbook.show_tab(leaf)
        console.wait(0)
    widget, _ = controls(parts)[control]
    found = pointed(console, control)
    whole = QRect(widget.mapTo(console.window, QPoint(0, 0)), widget.size())
    assert not found.isEmpty()
    assert whole.contains(found)
    assert console.window.rect().contains(found)


def test_a_page_is_its_line_until_it_is_shown(console: Console) -> None:
    tree = console.window.parts.navigator.tree
    line = pointed(console, "page Hcal/Timing")
    assert how(console, "page Hcal/Timing") == "Open the page Hcal › Timing."
    inside = tree.viewport().mapFrom(console.window, line.center())
    assert tree.itemAt(inside).text(0) == "Timing"
    folded = pointed(console, "page Ecal/Rates")  # its layout is folded
    inside = tree.viewport().mapFrom(console.window, folded.center())
    assert tree.itemAt(inside).text(0) == "Ecal"
    console.window.parts.view.show_page(PageName(HCAL, "Timing"))
    assert pointed(console, "page Hcal/Timing").width() > line.width()
    assert how(console, "page Hcal/Timing") == ""


def test_what_does_not_exist_points_nowhere(console: Console) -> None:
    for point in ("page Hcal/Nothing", "plot a/b/c", "page ", "plot", "the moon", ""):
        assert pointed(console, point).isEmpty()
    assert how(console, "plot a/b/c") == "Search for a/b/c (/)."


def test_a_region_is_found_on_the_axes_of_a_map(console: Console) -> None:
    """Its pixels read back as its values."""
    tile = next(each for each in console.tiles() if each.key == DEPTH1)
    rect = pointed(console, f"plot {PATH}", 0, 8, 10, 24)
    pane = tile.canvas.panes[0]
    corner = tile.canvas.mapTo(console.window, QPoint(0, 0))

    def value(at: QPoint) -> tuple[float, float]:
        at = at - corner
        x = (at.x() - pane.rect.left()) / pane.rect.width()
        y = (pane.rect.top() + pane.rect.height() - at.y()) / pane.rect.height()
        return pane.x.scale.value(x), pane.y.scale.value(y)

    left, low = value(QPoint(rect.left(), rect.bottom() + 1))
    right, high = value(QPoint(rect.right() + 1, rect.top()))
    assert (left, right) == pytest.approx((0, 8), abs=0.2)
    assert (low, high) == pytest.approx((10, 24), abs=0.4)


def test_a_region_of_a_curve_takes_the_whole_height(console: Console) -> None:
    path = "Hcal/DigiTask/Timing/HE"
    rect = pointed(console, f"plot {path}", -1, 1)
    key = console.window.parts.view.pages.key_of(path)
    tile = next(each for each in console.tiles() if each.key == key)
    pane = tile.canvas.panes[0]
    assert rect.height() == pane.rect.height()
    assert rect.width() == pytest.approx(pane.rect.width() / 3, abs=2)


def test_a_region_lies_on_both_maps_of_a_pair(console: Console) -> None:
    console.window.parts.view.grid.select(DEPTH1)
    console.press("r")
    console.press("r")
    console.wait(1)
    tile = next(each for each in console.tiles() if each.key == DEPTH1)
    step = LessonStep("see", "See", point=f"plot {PATH}", region=(-10, 10, 10, 50))
    target = target_of(console.window.parts, step)
    data, ratio = tile.canvas.panes
    corner = tile.canvas.mapTo(console.window, QPoint(0, 0))
    assert data.rect.translated(corner).contains(target.rect)
    assert ratio.rect.translated(corner).contains(target.also)
    apart = ratio.rect.topLeft() - data.rect.topLeft()
    moved = target.rect.translated(apart)
    assert (moved.topLeft() - target.also.topLeft()).manhattanLength() <= 2
    alone = LessonStep("see", "See", point=f"plot {PATH}")
    assert target_of(console.window.parts, alone).also.isEmpty()


def test_a_region_of_a_curve_takes_in_its_ratio(console: Console) -> None:
    path = "Hcal/DigiTask/Timing/HE"
    key = console.window.parts.view.pages.key_of(path)
    tile = next(each for each in console.tiles() if each.key == key)
    scene = tile.canvas.shown
    assert scene.data is not None
    ratio = Comparison("ratio", np.ones(scene.data.axes[0].bins))
    tile.canvas.show_scene(dataclasses.replace(scene, mode="ratio", comparison=ratio))
    rect = pointed(console, f"plot {path}", -1, 1)
    data, beneath = tile.canvas.panes
    corner = tile.canvas.mapTo(console.window, QPoint(0, 0))
    assert rect.top() == data.rect.translated(corner).top()
    assert rect.bottom() == beneath.rect.translated(corner).bottom()


def test_one_cell_is_pointed_at_by_a_place_that_can_be_seen(console: Console) -> None:
    tile = next(each for each in console.tiles() if each.key == DEPTH1)
    rect = pointed(console, f"plot {PATH}", 0, 1, 30, 31)
    assert rect.width() == rect.height() == SMALLEST
    pane = tile.canvas.panes[0]
    at = rect.center() - tile.canvas.mapTo(console.window, QPoint(0, 0))
    x = pane.x.scale.value((at.x() + 0.5 - pane.rect.left()) / pane.rect.width())
    y = pane.y.scale.value((pane.rect.bottom() - at.y()) / pane.rect.height())
    assert (x, y) == pytest.approx((0.5, 30.5), abs=1.5)


def test_a_region_is_found_before_the_new_size_is_painted(console: Console) -> None:
    """Of a plot just made smaller the region lay where nothing is any more."""
    console.window.parts.view.open_plot(DEPTH1)
    console.wait(1)
    region = (-40, 40, 0, 72)
    pointed(console, f"plot {PATH}", *region)
    tile = console.window.parts.view.detail.tile
    tile.canvas.grab()
    tile.resize(tile.width() // 2, tile.height() // 3)
    step = LessonStep("see", "See", point=f"plot {PATH}", region=region)
    target = target_of(console.window.parts, step)
    pane = tile.canvas.panes[0].rect
    corner = tile.canvas.mapTo(console.window, QPoint(0, 0))
    assert target.how == ""
    assert pane.translated(corner).adjusted(-1, -1, 1, 1).contains(target.rect)
    assert tile.canvas.rect().contains(pane)


def test_a_region_that_is_zoomed_away_points_at_the_plot(console: Console) -> None:
    tile = next(each for each in console.tiles() if each.key == DEPTH1)
    for _ in range(4):
        tile.canvas.zoom_by(0.5)
    QApplication.processEvents()
    whole = pointed(console, f"plot {PATH}")
    assert pointed(console, f"plot {PATH}", -40, -30, 10, 24) == whole


def test_what_is_scrolled_away_is_not_pointed_at(console: Console) -> None:
    console.window.resize(900, 420)
    console.window.parts.view.show_page(PageName(HCAL, "Timing"))
    console.wait(0)
    point = "plot Hcal/Timing/ring9"
    assert pointed(console, point).isEmpty()
    assert how(console, point) == "Scroll to the plot."
    console.window.parts.view.grid.select(
        console.window.parts.view.pages.key_of("Hcal/Timing/ring9")
    )
    console.wait(0)
    assert not pointed(console, point).isEmpty()


def test_a_plot_elsewhere_points_to_the_way(console: Console) -> None:
    console.window.parts.view.show_page(PageName("Info", "Summary"))
    console.wait(0)
    point = f"plot {PATH}"
    assert how(console, point) == f"Occupancy, depth 1 stands on {HCAL} › {DIGIS}."
    assert pointed(console, point) == pointed(console, f"page {HCAL}/{DIGIS}")
