"""Drawings of a package: drawn, and switched off in words when they misbehave."""

from __future__ import annotations

import contextlib
import dataclasses
import math
import signal
import sys
import time
from functools import cache
from importlib.metadata import EntryPoint
from typing import TYPE_CHECKING

import numpy as np
import pyqtgraph as pg
import pytest
from PySide6.QtCore import QRectF
from PySide6.QtGui import QColor, QImage, QPainter
from support import plots
from support.waiting import PATIENCE_MS

from dqmconsole import plugins
from dqmconsole.model.histogram import Axis
from dqmconsole.model.known_issue import Region
from dqmconsole.model.layout import Draw
from dqmconsole.ui.guidance.manual import FOLDER
from dqmconsole.ui.plot import custom, registered
from dqmconsole.ui.plot.canvas import PlotCanvas
from dqmconsole.ui.plot.palettes import OVER, lookup_table
from dqmconsole.ui.plot.scene import Scene
from dqmconsole.ui.plot.tile import PlotTile
from dqmconsole.ui.theme import LIGHT, Colours

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator
    from pathlib import Path

    from pytestqt.qtbot import QtBot

    from dqmconsole.ui.plot.custom import DrawingValues

PADS = Axis(4, -0.5, 3.5, title="plane"), Axis(12, -0.5, 11.5, title="channel")
CIVIDIS = lookup_table("cividis", LIGHT.tile)
PINK = "#C800C8"


class Square(pg.GraphicsObject):
    """What a package might draw."""

    def boundingRect(self) -> QRectF:
        return QRectF(0, 0, 10, 10)

    def paint(self, painter: object, *_more: object) -> None:
        painter.fillRect(self.boundingRect(), QColor(PINK))  # type: ignore[attr-defined]


class Broken(Square):
    def paint(self, *_told: object) -> None:
        message = "no geometry"
        raise ValueError(message)


class Holding(Square):
    """One whose child is broken."""

    def __init__(self) -> None:
        super().__init__()
        self.child = Broken()
        self.child.setParentItem(self)


class Flat(Square):
    def boundingRect(self) -> QRectF:
        return QRectF()


class Leaving(Square):
    def paint(self, *_told: object) -> None:
        sys.exit(3)


class Clearing(Square):
    def paint(self, *_told: object) -> None:
        self.scene().clear()


class Endless(Square):
    def boundingRect(self) -> QRectF:
        return QRectF(0, 0, math.inf, math.nan)


def square(_values: DrawingValues) -> Square:
    return Square()


def broken(_values: DrawingValues) -> Square:
    return Broken()


def holding(_values: DrawingValues) -> Square:
    return Holding()


def flat(_values: DrawingValues) -> Square:
    return Flat()


@cache
def kept() -> Square:
    return Square()


def keeping(_values: DrawingValues) -> Square:
    return kept()


def leaving(_values: DrawingValues) -> Square:
    return Leaving()


def clearing(_values: DrawingValues) -> Square:
    return Clearing()


def endless(_values: DrawingValues) -> Square:
    return Endless()


def quitting(_values: DrawingValues) -> Square:
    sys.exit(3)


def interrupted(_values: DrawingValues) -> Square:
    raise KeyboardInterrupt


def raising(values: DrawingValues) -> Square:
    return values.nothing  # type: ignore[attr-defined, no-any-return]


def nothing(_values: DrawingValues) -> None:
    return None


class Waiting(Square):
    def paint(self, *_told: object) -> None:
        with contextlib.suppress(Exception):  # as of those that catch whatever comes
            time.sleep(60)
        message = "nothing came"
        raise LookupError(message)


def waiting(_values: DrawingValues) -> Square:
    return Waiting()


def hanging(_values: DrawingValues) -> Square:
    while True:
        time.sleep(60)


number = 7


@pytest.fixture(autouse=True)
def installed(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    names = (
        "square",
        "broken",
        "holding",
        "flat",
        "keeping",
        "leaving",
        "clearing",
        "endless",
        "quitting",
        "interrupted",
        "raising",
        "nothing",
        "number",
        "absent",
        "waiting",
        "hanging",
    )
    install(monkeypatch, *(point(n, f"{__name__}:{n}") for n in names))
    yield
    registered.registered_drawings.cache_clear()


def point(name: str, value: str) -> EntryPoint:
    return EntryPoint(name, value, plugins.DRAWINGS)


def install(monkeypatch: pytest.MonkeyPatch, *points: EntryPoint) -> None:
    def found(
        group: str, load: Callable[[EntryPoint], object], taken: Collection[str]
    ) -> plugins.Registered[object]:
        return plugins.usable(group, points, load, taken)

    monkeypatch.setattr(plugins, "registered", found)
    registered.registered_drawings.cache_clear()


@pytest.fixture
def canvas(qtbot: QtBot) -> PlotCanvas:
    made = PlotCanvas(LIGHT)
    qtbot.addWidget(made)
    made.resize(360, 200)
    return made


def picture(canvas: PlotCanvas) -> np.ndarray:
    image = canvas.grab().toImage().convertToFormat(QImage.Format.Format_RGB32)
    raw = np.frombuffer(image.constBits(), dtype=np.uint32)
    return raw.reshape(image.height(), image.width()) | np.uint32(0xFF000000)


def scene(name: str, hot: bool = False) -> Scene:
    contents = np.full((4, 12), 50.0)
    if hot:
        contents[2, 3] = 9000.0
    return Scene(plots.plane(contents, *PADS), Draw(drawing=name))


def is_a_map(canvas: PlotCanvas) -> bool:
    return len(canvas.panes) == 1


def test_a_package_cannot_take_a_bundled_drawing_s_name(
    canvas: PlotCanvas, monkeypatch: pytest.MonkeyPatch
) -> None:
    install(monkeypatch, point("hodoscope", f"{__name__}:square"))
    canvas.show_scene(scene("hodoscope"))
    drawn = picture(canvas)
    assert not is_a_map(canvas)
    assert not (drawn == int("FF" + PINK[1:], 16)).any()


def test_the_drawing_of_the_manual_is_drawn(
    canvas: PlotCanvas, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    manual = (FOLDER / "expert.md").read_text()
    code = manual.partition("```python\n# lab/wheel.py")[2].partition("```")[0]
    (tmp_path / "wheel_of_the_manual.py").write_text(f"#{code}")
    monkeypatch.syspath_prepend(tmp_path)
    install(monkeypatch, point("wheel", "wheel_of_the_manual:draw"))
    for hot in (False, True):
        canvas.show_scene(scene("wheel", hot=hot))
        drawn = picture(canvas) == CIVIDIS[OVER]
        assert canvas.trouble == ""
        assert not is_a_map(canvas)
        assert drawn[:, : canvas.width() // 2 + 60].any() == hot


def test_a_registered_drawing_is_drawn(canvas: PlotCanvas) -> None:
    canvas.show_scene(scene("square"))
    drawn = picture(canvas) == int("FF" + PINK[1:], 16)
    # square as it is, in the height there is
    rows, columns = np.nonzero(drawn)
    assert rows.size > 20_000
    assert np.ptp(rows) == pytest.approx(np.ptp(columns), abs=2)
    assert canvas._drawing is not None
    assert canvas.trouble == ""
    assert not is_a_map(canvas)


def test_the_bundled_hodoscope_has_the_colours_of_the_map(canvas: PlotCanvas) -> None:
    canvas.show_scene(scene("hodoscope"))
    assert not (picture(canvas) == CIVIDIS[OVER]).any()
    canvas.show_scene(scene("hodoscope", hot=True))
    hot = picture(canvas) == CIVIDIS[OVER]
    pads = hot[:, : np.flatnonzero(hot.any(axis=0))[0] + 40]
    assert pads.sum() > 50
    assert hot.sum() > pads.sum()  # in the bar as well


def test_the_bundled_hodoscope_hatches_what_is_known(canvas: PlotCanvas) -> None:
    canvas.show_scene(scene("hodoscope"))
    plain = picture(canvas)
    region = Region(x=(1.5, 2.5), y=(9.5, 11.5))
    canvas.show_scene(dataclasses.replace(scene("hodoscope"), known=(region,)))
    changed = picture(canvas) != plain
    rows, columns = np.nonzero(changed)
    # two pads at the far end of the third plane, and nothing else
    assert 0 < np.ptp(rows) < canvas.height() / 6
    assert columns.min() > canvas.width() / 2
    assert changed.sum() > 200


def test_limits_by_hand_are_those_of_its_colours(canvas: PlotCanvas) -> None:
    canvas.show_scene(dataclasses.replace(scene("hodoscope"), limits=(0.0, 20.0)))
    assert (picture(canvas) == CIVIDIS[OVER]).sum() > 500


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("wafers", "no drawing 'wafers' is installed; there are: broken, clearing"),
        ("absent", f"the drawing absent of {__name__}:absent is left out: it cannot "),
        ("number", f"the drawing number of {__name__}:number is left out: {__name__}"),
        ("raising", "drawing 'raising' failed: AttributeError"),
        ("nothing", "drawing 'nothing' returned NoneType, no item"),
        ("flat", "drawing 'flat' returned an item of no size"),
        ("endless", "drawing 'endless' returned an item without bounds: (0.0"),
        ("quitting", "drawing 'quitting' failed: SystemExit: 3"),
        ("interrupted", "drawing 'interrupted' failed: KeyboardInterrupt"),
    ],
)
def test_one_that_cannot_be_made_is_said_and_the_map_drawn(
    canvas: PlotCanvas, name: str, words: str
) -> None:
    for _ in range(2):
        canvas.show_scene(scene(name))
        canvas.grab()
        assert canvas._drawing is not None
        assert canvas.trouble.startswith(words)
        assert is_a_map(canvas)
        assert canvas._words_at(canvas.panes[0].rect.center())


def test_the_map_in_place_of_a_drawing_zooms_as_any_map(canvas: PlotCanvas) -> None:
    canvas.show_scene(scene("raising"))
    canvas.grab()
    canvas.zoom_by(0.5)
    assert canvas.chosen_ranges == ((0.5, 2.5), (2.5, 8.5))


def test_one_item_is_not_drawn_in_two_plots(canvas: PlotCanvas, qtbot: QtBot) -> None:
    """A drawing that keeps its item draws the first plot that asks for it."""
    other = PlotCanvas(LIGHT)
    qtbot.addWidget(other)
    for each in (other, canvas, other):
        each.resize(360, 200)
        each.show_scene(scene("keeping"))
        each.grab()
    assert canvas._drawing is not None
    assert canvas.trouble.endswith("an item that is drawn elsewhere")
    assert is_a_map(canvas)
    assert other._drawing is not None
    assert other.trouble == ""


@pytest.mark.parametrize("name", ["broken", "holding"])
def test_one_that_fails_to_paint_is_replaced(
    qtbot: QtBot, canvas: PlotCanvas, name: str
) -> None:
    canvas.show_scene(scene(name))
    canvas.grab()
    qtbot.waitUntil(lambda: is_a_map(canvas), timeout=PATIENCE_MS)
    assert canvas._drawing is not None
    assert canvas.trouble == f"drawing '{name}' failed: ValueError: no geometry"
    canvas.show_scene(scene(name))
    assert (picture(canvas) == CIVIDIS[128]).any() or is_a_map(canvas)


def test_one_that_clears_the_scene_is_replaced(
    qtbot: QtBot, canvas: PlotCanvas
) -> None:
    canvas.show_scene(scene("clearing"))
    canvas.grab()
    qtbot.waitUntil(lambda: is_a_map(canvas), timeout=PATIENCE_MS)
    assert canvas.trouble.startswith("drawing 'clearing' failed: RuntimeError")
    assert (picture(canvas) == CIVIDIS[OVER]).sum() == 0
    canvas.scene().clear()  # which the console may do


def test_why_a_drawing_was_replaced_stands_in_the_caption_and_hides_nothing(
    qtbot: QtBot,
) -> None:
    tile = PlotTile(Colours(LIGHT))
    qtbot.addWidget(tile)
    tile.resize(300, 200)
    tile.show()
    tile.assign("a", plots.plot(draw=Draw(drawing="broken")))
    tile.show_tile(plots.tile(scene("broken").data), None)
    tile.grab()
    words = "drawing 'broken' failed: ValueError: no geometry"
    qtbot.waitUntil(lambda: tile.meta.startswith(words), timeout=PATIENCE_MS)
    assert words in tile._tooltip(tile.height() - 12)
    assert tile.canvas._notes().note == ""


def test_one_that_leaves_the_program_is_replaced(
    qtbot: QtBot, canvas: PlotCanvas
) -> None:
    canvas.show_scene(scene("leaving"))
    canvas.grab()
    qtbot.waitUntil(lambda: is_a_map(canvas), timeout=PATIENCE_MS)
    assert canvas._drawing is not None
    assert canvas.trouble == "drawing 'leaving' failed: SystemExit: 3"


def test_a_saved_picture_of_a_drawing_that_was_replaced_has_its_note(
    qtbot: QtBot, canvas: PlotCanvas
) -> None:
    # The items of the map are made later than that of the note, and lie beneath it.
    contents = np.full((4, 12), 5.0)
    contents[:2, 3] = np.nan
    canvas.show_scene(Scene(plots.plane(contents, *PADS), Draw(drawing="broken")))
    canvas.grab()
    qtbot.waitUntil(lambda: is_a_map(canvas), timeout=PATIENCE_MS)
    seen = picture(canvas)
    saved = QImage(canvas.size(), QImage.Format.Format_RGB32)
    painter = QPainter(saved)
    canvas.draw(painter)
    painter.end()
    raw = np.frombuffer(saved.constBits(), dtype=np.uint32).reshape(seen.shape)
    differ = (raw | np.uint32(0xFF000000)) != seen
    assert differ.mean() < 0.01  # of the note alone some 4 %


def test_one_that_is_slow_to_make_is_switched_off(
    canvas: PlotCanvas, monkeypatch: pytest.MonkeyPatch
) -> None:
    moments = iter([0.0, 1.3])
    monkeypatch.setattr(custom, "_clock", lambda: next(moments))
    canvas.show_scene(scene("square"))
    canvas.grab()
    assert canvas._drawing is not None
    words = "drawing 'square' took 1.3 s, more than 0.2 s: switched off"
    assert canvas.trouble == words
    assert is_a_map(canvas)


def test_one_that_is_slow_to_paint_is_switched_off(
    qtbot: QtBot, canvas: PlotCanvas, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = [0.0]

    def clock() -> float:
        now[0] += 0.15
        return now[0]

    monkeypatch.setattr(custom, "LONGEST", 0.1)
    canvas.show_scene(scene("square"))
    canvas.grab()  # it is made
    assert canvas.trouble == ""
    monkeypatch.setattr(custom, "_clock", clock)
    monkeypatch.setattr(custom, "made", None)
    canvas.grab()
    qtbot.waitUntil(lambda: is_a_map(canvas), timeout=PATIENCE_MS)
    assert canvas._drawing is not None
    assert "switched off" in canvas.trouble


def test_one_that_never_ends_is_cut_off(
    qtbot: QtBot, canvas: PlotCanvas, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(custom, "CUT_OFF", 0.05)
    handler = signal.getsignal(signal.SIGALRM)
    canvas.show_scene(scene("hanging"))
    canvas.grab()
    words = "drawing 'hanging' failed: TimeoutError: it did not end within 0.05 s"
    assert canvas.trouble == words
    canvas.show_scene(scene("waiting"))
    canvas.grab()
    qtbot.waitUntil(lambda: is_a_map(canvas), timeout=PATIENCE_MS)
    assert canvas.trouble == "drawing 'waiting' failed: LookupError: nothing came"
    assert signal.getsignal(signal.SIGALRM) is handler


def test_another_drawing_of_the_same_tile_begins_anew(canvas: PlotCanvas) -> None:
    canvas.show_scene(scene("raising"))
    canvas.grab()
    assert is_a_map(canvas)
    canvas.show_scene(scene("square"))
    canvas.grab()
    assert not is_a_map(canvas)


def test_of_one_dimension_the_usual_drawing_is_a_curve(canvas: PlotCanvas) -> None:
    canvas.show_scene(Scene(plots.curve(plots.peak()), Draw(drawing="raising")))
    fill = int("FF" + LIGHT.fill[1:], 16)
    assert (picture(canvas) == fill).sum() > 500


def test_what_is_held_goes_with_the_next_plot(canvas: PlotCanvas) -> None:
    canvas.show_scene(scene("square"))
    canvas.grab()
    canvas.show_scene(Scene(plots.plane(np.ones((3, 3)))))
    assert not (picture(canvas) == int("FF" + PINK[1:], 16)).any()
    held = [each for each in canvas.scene().items() if isinstance(each, Square)]
    assert held == []
