"""A dozen pictures of what the shifter sees; each says what to look for in it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
import numpy as np
from PySide6.QtCore import QRectF
from PySide6.QtGui import QColor, QImage, QPainter
from support import plots

from dqmconsole.model.compare import difference
from dqmconsole.model.frame import Comparison, Expected, Picture, Tile
from dqmconsole.model.graph import Polygons
from dqmconsole.model.histogram import Axis, Histogram
from dqmconsole.model.known_issue import Region
from dqmconsole.model.layout import AxisDraw, Draw, Plot, ReferenceDraw
from dqmconsole.model.verdict import Status
from dqmconsole.ui.marks import paint_mark
from dqmconsole.ui.plot.tile import PlotTile
from dqmconsole.ui.theme import DARK, LIGHT, Colours, Theme

if TYPE_CHECKING:
    from collections.abc import Callable

    from pytestqt.qtbot import QtBot

    Check = Callable[[QImage, str], None]

DATA, REFERENCE = plots.curve(plots.peak(0.5)), plots.curve(plots.peak(0.0))
RATIO = np.divide(
    DATA.values(),
    REFERENCE.values(),
    out=np.full(60, np.nan),
    where=REFERENCE.values() > 0,
)


def occupancy() -> np.ndarray:
    i, j = np.meshgrid(np.arange(40), np.arange(36), indexing="ij")
    contents = np.rint(60 * np.exp(-(((i - 20) / 14.0) ** 2)) + (i * 7 + j * 13) % 9)
    contents[20:26, 6:14] = 0
    return contents


def grab(
    qtbot: QtBot,
    shown: Tile,
    reference: Histogram | None = None,
    plot: Plot | None = None,
    *,
    theme: Theme = LIGHT,
    size: tuple[int, int] = (300, 220),
    selected: bool = False,
    large: bool = False,
    now: float = 1004.0,
) -> QImage:
    tile = PlotTile(Colours(theme))
    qtbot.addWidget(tile)
    tile.resize(*size)
    tile.set_large(large)
    tile.assign("key", plot or plots.plot())
    tile.show_tile(shown, reference)
    tile.tick(now)
    tile.set_selected(selected)
    return tile.picture()


def test_curve_good(qtbot: QtBot, picture: Check) -> None:
    image = grab(qtbot, plots.tile(DATA), REFERENCE)
    picture(image, "muted fill with a dark outline of the reference, tick, no colour")


def test_curve_bad_selected_with_ratio(qtbot: QtBot, picture: Check) -> None:
    shown = plots.tile(
        Picture(DATA, comparison=Comparison("ratio", RATIO)),
        Status.BAD,
        "peak 0.5 ns late",
        since=402,
    )
    plot = plots.plot(reference=ReferenceDraw(mode="ratio"))
    image = grab(qtbot, shown, REFERENCE, plot, selected=True)
    picture(image, "red border inside a blue ring; ratio beneath, one x axis for both")


def test_curve_warning_dark(qtbot: QtBot, picture: Check) -> None:
    shown = plots.tile(DATA, Status.WARNING, "peak 0.2 ns late")
    image = grab(qtbot, shown, REFERENCE, theme=DARK)
    picture(image, "amber border and triangle W on the dark theme")


def test_curve_log_with_gaps(qtbot: QtBot, picture: Check) -> None:
    contents = np.rint(1e5 * np.exp(-np.arange(40) / 3.5))
    contents[12:15] = np.nan
    plot = plots.plot("Charge", draw=Draw(y=AxisDraw(scale="log")))
    image = grab(qtbot, plots.tile(plots.curve(contents)), None, plot)
    picture(image, "powers of ten at the left, a gap in the curve, zeros on the axis")


def test_labels_with_known_region(qtbot: QtBot, picture: Check) -> None:
    labels = tuple(f"HBM{index:02d}" for index in range(18))
    data = plots.curve(30 + np.arange(18) % 5, 0.0, 18.0, labels=labels, title="")
    shown = plots.tile(
        Picture(data, known=(Region(x_labels=("HBM03", "HBM04")),)),
        Status.LOW_STATISTICS,
        "540 of 5,000 entries needed",
        known=2,
    )
    image = grab(qtbot, shown, None, plots.plot("Per box"))
    picture(image, "labels standing and whole; two bins hatched; ring L; '2 known'")


def test_several_curves_with_legend(qtbot: QtBot, picture: Check) -> None:
    wheels = ("0", "-2", "-1", "1", "2")
    path = "DT/01-Digi/DigisPerEvent_vs_LS_W"
    curves = [
        plots.profile(10 + number + 0.2 * np.sin(np.arange(40) * (number + 1)))
        for number in range(len(wheels))
    ]
    plot = msgspec.structs.replace(
        plots.plot("Digis per event, all wheels", draw=Draw(style="points")),
        path=path + wheels[0],
        overlay=tuple(path + wheel for wheel in wheels[1:]),
    )
    shown = plots.tile(Picture(curves[0], overlays=tuple(curves[1:])))
    image = grab(qtbot, shown, None, plot)
    picture(image, "five curves, no two alike, and a line above that names them")


def test_profile_points(qtbot: QtBot, picture: Check) -> None:
    means = 40 + 0.2 * np.sin(np.arange(30) / 3)
    means[22:25] = np.nan
    shown = plots.tile(plots.profile(means), Status.NOT_CHECKED, "nothing judges it")
    image = grab(qtbot, shown, None, plots.plot("Pedestal"))
    picture(
        image, "points with errors, a gap of three, an axis that does not start at 0"
    )


def test_map_bad(qtbot: QtBot, picture: Check) -> None:
    known = (Region(x=(3, 8), y=(24, 32)),)
    shown = plots.tile(
        Picture(plots.plane(occupancy()), known=known),
        Status.BAD,
        "6 of 40 rings empty",
        known=1,
    )
    image = grab(qtbot, shown, None, plots.plot("Occupancy"))
    picture(
        image, "a hole in the colour of the ground, hatching upper left, a whole bar"
    )


def test_map_side_by_side_large(qtbot: QtBot, picture: Check) -> None:
    full = plots.plane(np.maximum(occupancy(), 20))
    plot = plots.plot("Occupancy", reference=ReferenceDraw(mode="side-by-side"))
    shown = plots.tile(plots.plane(occupancy()))
    image = grab(qtbot, shown, full, plot, size=(700, 420), large=True)
    picture(image, "data left, reference right, the same colours, larger letters")


def test_map_ratio_dark(qtbot: QtBot, picture: Check) -> None:
    ratio = occupancy() / np.maximum(occupancy(), 20)
    shown = plots.tile(
        Picture(plots.plane(occupancy()), comparison=Comparison("ratio", ratio))
    )
    plot = plots.plot("Occupancy", reference=ReferenceDraw(mode="ratio"))
    image = grab(qtbot, shown, None, plot, theme=DARK)
    picture(image, "grey where data and reference agree, blue where data are missing")


def test_stale_after_the_run(qtbot: QtBot, picture: Check) -> None:
    shown = plots.tile(DATA, banner="RUN 398213 ENDED, waiting for the final file")
    image = grab(qtbot, shown, REFERENCE, now=1104.0)
    picture(image, "no colour in the data, ring S, STALE 104 s, the banner of the run")


def test_cells_as_text(qtbot: QtBot, picture: Check) -> None:
    data = plots.plane(
        [[1, 2.5, 0], [4, 1000, 12345]],
        Axis(2, 0, 2, labels=("barrel", "endcap")),
        Axis(3, 0, 3, labels=("low", "mid", "high")),
    )
    plot = plots.plot("Cells", draw=Draw(style="text"))
    image = grab(qtbot, plots.tile(data), None, plot)
    picture(image, "every filled cell has its number, legible on its colour")


def test_map_hot_dead_and_undefined(qtbot: QtBot, picture: Check) -> None:
    contents = occupancy()
    contents[33, 30] = 5e4
    contents[2:5, 30:33] = np.nan
    offending = np.array([i * 36 + j for i in range(20, 26) for j in range(6, 14)])
    shown = plots.tile(
        Picture(plots.plane(contents), expected=Expected(offending=offending)),
        Status.BAD,
        "48 channels dead",
    )
    told = "the hole is ringed, the hot cell has a colour of its own and is in the bar"
    picture(grab(qtbot, shown), told + "; what is not a number is crossed and counted")


def test_map_difference_with_a_hot_cell(qtbot: QtBot, picture: Check) -> None:
    rng = np.random.default_rng(1)
    healthy, data = (rng.poisson(60 + 10 * occupancy()).astype(float) for _ in "ab")
    data[8:14, 20:26] = 0
    data[33, 30] = 5e5
    mine, other = plots.plane(data), plots.plane(healthy)
    shown = plots.tile(
        Picture(mine, comparison=difference(mine, other)), Status.BAD, "36 dead"
    )
    plot = plots.plot(reference=ReferenceDraw(mode="difference"))
    image = grab(qtbot, shown, other, plot, theme=DARK)
    picture(image, "calm ground, the trip vivid, one hot cell beside it")


def test_map_in_true_proportion(qtbot: QtBot, picture: Check) -> None:
    at = np.linspace(-1, 1, 40)
    radius = np.hypot(at[:, None], at[None, :])
    disc = np.where((radius < 1) & (radius > 0.25), np.rint(90 - 60 * radius), 0)
    x, y = (Axis(40, -150, 150, title=f"{name} [cm]") for name in "xy")
    image = grab(qtbot, plots.tile(plots.plane(disc, x, y)), size=(400, 220))
    picture(image, "a circle, in the middle, its bar close beside it")


def test_strip_of_states(qtbot: QtBot, picture: Check) -> None:
    names = ("BPIX", "TIB", "TOB", "EBp", "HBHEa", "DT0", "CSCp")
    states = np.full((120, 7), -1.0)
    states[:80] = 1
    states[20:35, 2] = states[50, 5] = states[:12, 6] = 0
    states[60:70, 3] = -1
    x = Axis(120, 0.5, 120.5, title="Lumisection")
    data = plots.plane(states, x, Axis(7, 0, 7, labels=names))
    plot = plots.plot(accumulates="trend", draw=Draw(style="strip"))
    image = grab(qtbot, plots.tile(data), plot=plot)
    picture(image, "on is calm, off stands out, not known is hatched; a key above")


def test_table_with_a_limit_broken(qtbot: QtBot, picture: Check) -> None:
    labels = ("x0", "y0", "z0", "sigma x", "sigma z")
    data = plots.curve([0.169, -0.03, 0.4, 0.0009, 7.2], 0, 5, labels=labels)
    data = msgspec.structs.replace(data, y_title="Position [cm]")
    high = np.array([0.2, 0.1, 1.0, 0.002, 6.0])
    shown = plots.tile(
        Picture(data, expected=Expected(low=-high, high=high)), Status.BAD, "z wide"
    )
    plot = plots.plot(draw=Draw(style="table"))
    image = grab(qtbot, shown, plot=plot, theme=DARK)
    picture(image, "one row bold, with triangle, line and the word above its limit")


def test_hodoscope(qtbot: QtBot, picture: Check) -> None:
    falling = np.rint(np.linspace(90, 30, 12)[None, :] * np.ones((4, 1)))
    falling[1, 4] = 0
    plane, pad = Axis(4, -0.5, 3.5, title="plane"), Axis(12, -0.5, 11.5)
    plot = plots.plot(draw=Draw(drawing="hodoscope"))
    image = grab(qtbot, plots.tile(plots.plane(falling, plane, pad)), plot=plot)
    picture(image, "four planes of pads beside the beam, one pad empty, a bar")


def test_polygons(qtbot: QtBot, picture: Check) -> None:
    corners = np.arange(6) * np.pi / 3 + np.pi / 6
    middles = [(10 * i + 5 * (j % 2), 8.66 * j) for i in range(9) for j in range(7)]
    contents = 40.0 + 5 * np.sin(np.arange(63.0))
    contents[[20, 21]] = 0
    wafers = Polygons(
        "w", "wafers", "TH2Poly", np.arange(0, 6 * 63 + 1, 6), np.arange(63),
        np.concatenate([x + 5.77 * np.cos(corners) for x, _ in middles]),
        np.concatenate([y + 5.77 * np.sin(corners) for _, y in middles]),
        contents, x_title="x [cm]", y_title="y [cm]", z_title="hits",
    )  # fmt: skip
    image = grab(qtbot, plots.tile(Picture(None, polygons=wafers)))
    picture(image, "hexagons, two of them empty but outlined")


def test_marks_and_words(qtbot: QtBot, picture: Check) -> None:
    missing = plots.tile(None, Status.MISSING, "not in this run; nearest: Hcal/depth2")
    words = grab(qtbot, missing, None, size=(300, 180))
    image = QImage(300, 260, QImage.Format.Format_RGB32)
    painter = QPainter(image)
    painter.drawImage(0, 80, words)
    for row, theme in enumerate((LIGHT, DARK)):
        painter.fillRect(0, 40 * row, 300, 40, QColor(theme.tile))
        for place, status in enumerate(Status):
            at = QRectF(8 + 24 * place, 40 * row + 12, 14, 14)
            paint_mark(painter, at, status, theme)
    painter.end()
    picture(image, "twelve marks, each legible and unlike; MISSING in calm words")
