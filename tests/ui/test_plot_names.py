"""Curves of one plot have short names, and a legend where there is room for it."""

from __future__ import annotations

import weakref
from typing import TYPE_CHECKING

import msgspec
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PySide6.QtCore import QPoint, QRect
from PySide6.QtGui import QFont, QImage
from support import plots

from dqmconsole.model.frame import Comparison, Picture
from dqmconsole.model.layout import Draw, Plot, ReferenceDraw
from dqmconsole.ui.plot.canvas import PlotCanvas
from dqmconsole.ui.plot.legend import LegendEntry, legend_rows
from dqmconsole.ui.plot.look import look_of
from dqmconsole.ui.plot.names import names_of, short_names
from dqmconsole.ui.plot.scene import Scene, scene_of
from dqmconsole.ui.theme import DARK, LIGHT, Theme

if TYPE_CHECKING:
    from pytestqt.qtbot import QtBot

    from dqmconsole.model.histogram import Histogram

POTS = tuple(
    f"CTPPS/sector {sector}/station 210/{pot}/activity per BX (short)"
    for sector in (45, 56)
    for pot in ("nr_hr", "fr_hr")
)
WHEELS = tuple(f"DT/01-Digi/Digis_vs_LS_W{wheel}" for wheel in (0, -2, -1, 1, 2))


@pytest.mark.parametrize(
    ("paths", "names"),
    [
        (WHEELS, ("W0", "W-2", "W-1", "W1", "W2")),
        (("B/L/HF_lumi_vs_LS", "B/L/PLT_lumi_vs_LS"), ("HF", "PLT")),
        (("R/BxDistribution_Wheel_0", "R/BxDistribution_Wheel_-1"),
         ("Wheel 0", "Wheel -1")),
        (("C/sector 45/hits vs LS", "C/sector 56/hits vs LS"),
         ("sector 45", "sector 56")),
        (("C/events per BX (short)", *POTS[:2]),
         ("events per BX (short)", "nr hr", "fr hr")),
        (POTS, ("45 nr", "45 fr", "56 nr", "56 fr")),
        (("a/b", "a/b/c"), ("a b", "c")),
        (("a/1", "a/2"), ("1", "2")),
        (("a/x", "a/x"), ("x", "x")),
    ],
)  # fmt: skip
def test_names_are_what_tells_apart(
    paths: tuple[str, ...], names: tuple[str, ...]
) -> None:
    assert short_names(paths) == names


PIECES = st.lists(st.text("aB1 _-+/é", max_size=8), min_size=1, max_size=4)


@given(st.lists(PIECES.map("/".join), min_size=1, max_size=5, unique=True))
def test_any_paths_get_names_that_differ(paths: list[str]) -> None:
    names = short_names(tuple(paths))
    assert len(set(names)) == len(paths)


def curves(count: int, names: tuple[str, ...] = ()) -> list[Histogram]:
    made = [plots.curve(np.full(20, 10.0 * (index + 1))) for index in range(count)]
    return [
        msgspec.structs.replace(each, name=name)
        for each, name in zip(made, names or ("h",) * count, strict=True)
    ]


def test_an_overlay_that_is_lost_gives_no_other_its_name() -> None:
    plot = Plot(path=WHEELS[0], overlay=WHEELS[1:])
    own = tuple(path.rsplit("/", 1)[-1] for path in WHEELS)
    assert names_of(plot, curves(4, own[1:])) == ("W0", "W-2", "W-1", "W1", "W2")
    assert names_of(plot, curves(2, (own[2], own[4]))) == ("W0", "W-1", "W2")
    pots = Plot(path="CTPPS/events", overlay=POTS)
    same = POTS[0].rsplit("/", 1)[-1]
    assert names_of(pots, curves(3, (same,) * 3)) == ("events", same, same, same)
    assert names_of(Plot(path="a/b", overlay=("a/c",)), ()) == ()


def test_the_first_part_of_a_list_has_its_own_name() -> None:
    first, *others = curves(3, ("first", "a", "b"))
    picture = Picture(first, overlays=tuple(others), title="all of them")
    plot = Plot(path="A/list")
    scene = scene_of(plots.tile(picture), plot, None, None)
    assert scene.names == ("first", "a", "b")
    stack = msgspec.structs.replace(picture, stacked=True)
    scene = scene_of(plots.tile(stack), plot, None, None)
    assert scene.names == ("list", "a", "b")


def canvas_of(qtbot: QtBot, scene: Scene, size: tuple[int, int]) -> PlotCanvas:
    canvas = PlotCanvas(LIGHT)
    qtbot.addWidget(canvas)
    canvas.resize(*size)
    canvas.show_scene(scene)
    return canvas


def wheels(*, compared: bool = False) -> Scene:
    shown = curves(5)
    plot = Plot(
        path=WHEELS[0],
        overlay=WHEELS[1:],
        draw=Draw(style="step"),
        reference=ReferenceDraw(mode="ratio" if compared else "overlay"),
    )
    ratio = Comparison("ratio", np.ones(20)) if compared else None
    picture = Picture(shown[0], overlays=tuple(shown[1:]), comparison=ratio)
    return scene_of(plots.tile(picture), plot, None, None)


@pytest.mark.parametrize("theme", [LIGHT, DARK], ids=["light", "dark"])
def test_no_two_curves_look_alike(theme: Theme) -> None:
    pens = look_of(theme, "", 1.0, grey=False, large=False).overlays
    assert len(pens) >= 5
    assert len({(pen.color().name(), pen.style()) for pen in pens}) == len(pens)


def test_every_overlay_is_drawn(qtbot: QtBot) -> None:
    """Once the fourth was left out without a word."""
    scene = wheels()
    canvas = canvas_of(qtbot, scene, (300, 200))
    image = canvas.grab().toImage().convertToFormat(QImage.Format.Format_RGB32)
    pane = canvas.panes[0]
    for index, series in enumerate(scene.overlays):
        up = pane.y.scale.fraction(float(series.values()[0])) * pane.rect.height()
        y = round(pane.rect.bottom() + 1 - up)
        seen = {
            image.pixelColor(x, row).name().upper()
            for x in range(pane.rect.left() + 2, pane.rect.right() - 2)
            for row in (y - 1, y, y + 1)
        }
        assert LIGHT.overlays[index % len(LIGHT.overlays)] in seen, index


def test_the_legend_lies_above_and_gives_way_where_it_is_low(qtbot: QtBot) -> None:
    named, bare = wheels(), unnamed(wheels())
    for size, there in (((300, 200), True), ((300, 70), False), ((40, 200), False)):
        first = canvas_of(qtbot, named, size).panes[0].rect
        second = canvas_of(qtbot, bare, size).panes[0].rect
        assert (first.top() > second.top()) == there, size
        assert first.bottom() == second.bottom()


def unnamed(scene: Scene) -> Scene:
    """The same without overlays: nothing needs a name."""
    return Scene(scene.data, scene.draw)


@pytest.mark.usefixtures("qapp")
def test_every_entry_stands_in_the_legend_once_or_none_does() -> None:
    look = look_of(LIGHT, QFont().family(), 1.0, grey=False, large=False)
    entries = [
        LegendEntry(f"curve {number}", pen) for number, pen in enumerate(look.overlays)
    ]
    for width in range(20, 700, 20):
        rows = legend_rows(entries, look.metrics, QRect(0, 0, width, 200))
        assert not rows or [each for row in rows for each in row] == entries
    assert legend_rows(entries[:1], look.metrics, QRect(0, 0, 700, 200)) == []
    assert len(legend_rows(entries, look.metrics, QRect(0, 0, 700, 200))) == 1


def test_what_is_under_the_mouse_is_said_by_the_same_names(qtbot: QtBot) -> None:
    canvas = canvas_of(qtbot, wheels(), (300, 200))
    canvas.grab()
    words = canvas._words_at(canvas.panes[0].rect.center())
    assert words.endswith("· W-2 20 · W-1 30 · W1 40 · W2 50")


def test_panes_are_known_before_they_are_painted(qtbot: QtBot) -> None:
    canvas = canvas_of(qtbot, wheels(compared=True), (300, 200))
    first, ratio = canvas.panes
    canvas.resize(600, 300)
    wide = canvas.panes[0]
    assert wide.rect.width() > first.rect.width() + 250
    assert wide.rect.contains(QPoint(560, 100))
    assert ratio.rect.top() > first.rect.bottom()
    asked = canvas.plot_pixels()
    canvas.grab()
    assert canvas.plot_pixels() == asked == wide.rect.size().toTuple()


def test_a_canvas_that_is_dropped_is_not_collected_within_the_test(
    qtbot: QtBot,
) -> None:
    dropped = [weakref.ref(canvas_of(qtbot, wheels(), (300, 200))) for _ in range(5)]
    panes = [canvas.panes for each in dropped if (canvas := each())]
    assert len(panes) == len(dropped)
