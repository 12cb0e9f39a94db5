"""A tile says what it shows, how old it is, and what to think of it."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import msgspec
import numpy as np
import pytest
from PySide6.QtCore import QEvent, QPoint, QSize, Qt
from PySide6.QtGui import QFocusEvent, QImage
from PySide6.QtWidgets import QApplication
from support import plots

from dqmconsole.model.frame import Comparison, Picture
from dqmconsole.model.graph import Graph
from dqmconsole.model.layout import Draw, ReferenceDraw
from dqmconsole.model.reference import ReferenceNote
from dqmconsole.model.verdict import CheckResult, Status
from dqmconsole.shift.blinding import HIDDEN
from dqmconsole.ui.plot.scene import Scene
from dqmconsole.ui.plot.tile import PlotTile
from dqmconsole.ui.plot.tile_face import TileFace
from dqmconsole.ui.plot.tile_words import (
    Freshness,
    age_words,
    duration_words,
    meta_words,
    sentence_words,
)
from dqmconsole.ui.theme import DARK, LIGHT, Colours

if TYPE_CHECKING:
    from pytestqt.qtbot import QtBot

DATA = plots.curve(plots.peak())
REFERENCE = plots.curve(plots.peak(0.3))


@pytest.fixture
def colours() -> Colours:
    return Colours(LIGHT)


@pytest.fixture
def tile(qtbot: QtBot, colours: Colours) -> PlotTile:
    made = PlotTile(colours)
    qtbot.addWidget(made)
    made.resize(300, 220)
    made.assign("Hcal › Digi › time", plots.plot())
    return made


def pixel(tile: PlotTile, x: int, y: int) -> str:
    return tile.picture().pixelColor(x, y).name().upper()


def count(image: QImage, name: str) -> int:
    image = image.convertToFormat(QImage.Format.Format_RGB32)
    raw = np.frombuffer(image.constBits(), dtype=np.uint32)
    return int((raw & 0xFFFFFF == int(name[1:], 16)).sum())


def test_tile_is_found_and_read_by_its_accessible_name(tile: PlotTile) -> None:
    assert tile.accessibleName() == "Pulse time, HE"
    tile.show_tile(plots.tile(DATA, Status.BAD, "peak late"), REFERENCE)
    assert tile.accessibleName() == "Pulse time, HE"
    assert tile.accessibleDescription() == "BAD: peak late"
    tile.show_tile(plots.tile(None, Status.MISSING, "not here", version=2), None)
    assert tile.accessibleDescription() == "MISSING: not here"


def test_border_shows_the_status_and_ring_the_selection(
    tile: PlotTile, colours: Colours
) -> None:
    middle = tile.height() // 2
    tile.show_tile(plots.tile(DATA, Status.BAD, "peak late"), None)
    assert (pixel(tile, 0, middle), pixel(tile, 3, middle)) == (LIGHT.ground, LIGHT.bad)
    tile.set_selected(True)
    assert (pixel(tile, 0, middle), pixel(tile, 3, middle)) == (
        LIGHT.selection,
        LIGHT.bad,
    )
    tile.show_tile(plots.tile(DATA, Status.WARNING, version=2), None)
    assert pixel(tile, 2, middle) == LIGHT.warning
    tile.show_tile(plots.tile(DATA, Status.GOOD, version=3), None)
    assert pixel(tile, 2, middle) == LIGHT.line
    colours.change(DARK)
    tile.set_selected(False)
    assert pixel(tile, 0, middle) == DARK.ground
    assert pixel(tile, 3, middle) == DARK.tile


def test_data_gone_stale_are_never_the_last_green(tile: PlotTile) -> None:
    tile.show_tile(plots.tile(DATA, produced=1000.0, stale_after=60.0), None)
    tile.tick(1060.0)
    assert tile.status() is Status.GOOD
    assert count(tile.picture(), LIGHT.fill) > 1000
    tile.tick(1061.0)
    assert tile.status() is Status.STALE
    assert count(tile.picture(), LIGHT.fill) == 0
    assert "last verdict GOOD" in tile.accessibleDescription()
    tile.show_tile(plots.tile(DATA, produced=1061.0, version=2), None)
    tile.tick(1062.0)
    assert tile.status() is Status.GOOD


def test_when_the_engine_is_silent_every_tile_says_so(tile: PlotTile) -> None:
    tile.show_tile(plots.tile(DATA), None)
    tile.set_engine_silent(12.0)
    tile.tick(1004.0)
    assert tile.status() is Status.STALE
    tile.set_engine_silent(None)
    tile.tick(1005.0)
    assert tile.status() is Status.GOOD


def test_same_version_costs_nothing(tile: PlotTile, monkeypatch) -> None:  # noqa: ANN001
    shown = plots.tile(DATA)
    tile.show_tile(shown, REFERENCE)
    drawn: list[object] = []
    monkeypatch.setattr(tile.canvas, "show_scene", drawn.append)
    tile.show_tile(shown, REFERENCE)
    assert not drawn
    tile.show_tile(plots.tile(DATA, Status.BAD, "late", version=2), REFERENCE)
    assert len(drawn) == 1


def test_a_pooled_tile_forgets(tile: PlotTile) -> None:
    tile.show_tile(plots.tile(DATA, Status.BAD, "late", banner="RUN 1 ENDED"), None)
    tile.picture()
    tile.canvas.zoom_by(0.5)
    tile.set_mode("ratio")
    tile.assign("other", plots.plot("Other"))
    assert (tile.key, tile.tile, tile.status()) == ("other", None, Status.WAITING)
    assert not tile.canvas.zoomed
    assert count(tile.picture(), LIGHT.fill) == 0
    assert tile.accessibleName() == "Other"


def test_mouse_and_zoom(qtbot: QtBot, tile: PlotTile) -> None:
    tile.show_tile(plots.tile(DATA), None)
    tile.picture()
    with qtbot.waitSignal(tile.selected):
        qtbot.mouseClick(tile, Qt.MouseButton.LeftButton, pos=QPoint(30, 12))
    with qtbot.waitSignal(tile.selected):
        qtbot.mouseClick(tile.canvas.viewport(), Qt.MouseButton.LeftButton)
    with qtbot.waitSignal(tile.opened) as heard:
        qtbot.mouseDClick(tile.canvas.viewport(), Qt.MouseButton.LeftButton)
    assert heard.args == ["Hcal › Digi › time"]
    with qtbot.waitSignal(tile.selected):
        focus = QFocusEvent(QEvent.Type.FocusIn, Qt.FocusReason.TabFocusReason)
        QApplication.sendEvent(tile, focus)
    tile.canvas.zoom_by(0.5)
    assert tile.canvas.zoomed
    tile.picture()
    tile.canvas.pan_by(0.2)
    assert tile.canvas._view.x.low > -1.5
    tile.canvas.reset_zoom()
    assert not tile.canvas.zoomed


def test_pixels_are_asked_for_when_the_size_changes(
    qtbot: QtBot, tile: PlotTile
) -> None:
    tile.show()
    with qtbot.waitSignal(tile.needs_pixels):
        tile.resize(500, 400)
    width, height = tile.plot_pixels()
    assert 380 < width < 500
    assert 250 < height < 400
    tile.resize(tile.minimumSize())
    assert min(tile.plot_pixels()) >= 1


def test_mode_takes_and_leaves_the_comparison(tile: PlotTile) -> None:
    compared = Comparison("ratio", np.ones(60))
    tile.show_tile(plots.tile(Picture(DATA, comparison=compared)), REFERENCE)
    tile.picture()
    assert len(tile.canvas.panes) == 1
    tile.set_mode("ratio")
    tile.picture()
    assert len(tile.canvas.panes) == 2
    tile.set_mode("none")
    assert count(tile.picture(), LIGHT.reference) < 400
    assert "ref" not in tile._face.meta


def test_a_reference_with_other_bins_is_said_and_not_drawn(tile: PlotTile) -> None:
    tile.show_tile(plots.tile(DATA), plots.curve(np.full(30, 500.0)))
    assert count(tile.picture(), LIGHT.reference) < 400
    assert "reference has other bins, not drawn" in tile._face.meta


def test_large_shows_statistics(tile: PlotTile) -> None:
    tile.resize(900, 600)
    tile.show_tile(plots.tile(plots.plane(np.ones((4, 4)))), None)
    tile.set_large(True)
    assert "entries 16" in tile._face.meta


def test_title_comes_from_the_producer_when_the_layout_has_none(
    tile: PlotTile,
) -> None:
    tile.assign("k", plots.plot(""))
    assert tile.accessibleName() == "HE"
    tile.show_tile(plots.tile(plots.curve([1, 2])), None)
    assert tile.accessibleName() == "h"


def test_the_title_of_a_graph_comes_from_the_producer_too(tile: PlotTile) -> None:
    tile.assign("k", plots.plot(""))
    points = np.arange(3.0)
    graph = Graph("g", "Rate of pi^{+}", "TGraph", points, points)
    shown = plots.tile(plots.curve([1, 2]))
    picture = Picture(data=None, graphs=(graph,))
    tile.show_tile(msgspec.structs.replace(shown, picture=picture), None)
    assert tile.accessibleName() == "Rate of pi⁺"
    # of several the first one's is not that of all
    several = Picture(data=None, graphs=(graph, graph))
    tile.assign("other", plots.plot(""))
    tile.show_tile(msgspec.structs.replace(shown, picture=several, version=9), None)
    assert tile.accessibleName() == "HE"
    titled = msgspec.structs.replace(several, title="Rates of all")
    tile.show_tile(msgspec.structs.replace(shown, picture=titled, version=10), None)
    assert tile.accessibleName() == "Rates of all"


def test_what_is_elided_stands_in_a_tooltip(tile: PlotTile) -> None:
    long = "the peak is late by half a time slice " * 5
    tile.show_tile(plots.tile(DATA, Status.BAD, long), None)
    assert long.strip() in tile._tooltip(tile.height() - 12)
    assert "Hcal/x" in tile._tooltip(10)
    assert tile._tooltip(110) == ""


@pytest.mark.parametrize("size", [(300, 220), (160, 120), (900, 640)])
@pytest.mark.parametrize("status", list(Status))
def test_every_status_is_drawn_at_every_size(
    tile: PlotTile, status: Status, size: tuple[int, int]
) -> None:
    tile.resize(QSize(*size))
    tile.show_tile(plots.tile(DATA, status, "why " * 30, banner="FINAL"), REFERENCE)
    tile.tick(1e9)
    assert tile.picture().size() == QSize(*size)
    tile.show_tile(plots.tile(None, status, "why " * 30, version=2), None)
    tile.tick(1e9)
    tile.picture()


def test_scalar_is_written_large(tile: PlotTile) -> None:
    tile.show_tile(plots.tile(Picture(None, text="398214")), None)
    ink = count(tile.canvas.grab().toImage(), LIGHT.ink)
    assert ink > 200


def test_a_recording_is_drawn_in_colour_with_its_day(tile: PlotTile) -> None:
    shown = plots.tile(DATA, recorded=True, stale_after=None, produced=1_777_677_245.0)
    tile.show_tile(shown, REFERENCE)
    tile.tick(1_790_000_000.0)
    assert tile.status() is Status.GOOD
    assert count(tile.picture(), LIGHT.fill) > 1000
    freshness = Freshness()
    freshness.look(shown, 1_790_000_000.0)
    assert freshness.words(shown) == "RECORDED 2026-05-01"


def test_words_of_age() -> None:
    assert duration_words(4.7) == "4 s"
    assert duration_words(600) == "10 min"
    assert duration_words(7500) == "2 h 5 min"
    assert duration_words(100 * 3600) == "4 d 4 h"
    assert age_words(42, stale=True, silent=None) == "STALE 42 s"
    assert age_words(None, stale=False, silent=None) == ""
    assert age_words(None, stale=False, silent=12) == "engine silent 12 s"
    assert age_words(5, stale=True, silent=12) == "STALE 5 s, engine silent 12 s"


def test_words_of_reference_span_and_verdict() -> None:
    shown = plots.tile(DATA, Status.BAD, "late", since=402, known=3)
    words = meta_words(shown, Scene(), zoomed=True)
    assert words == "zoomed (0 shows all) · ref 397951 × events · LS 1–417 · 3 known"
    by_hand = meta_words(shown, Scene(limits=(1.0, None)), zoomed=False)
    assert by_hand.startswith("limits by hand · ref")
    assert meta_words(shown, Scene(mode="none"), zoomed=False) == "LS 1–417 · 3 known"
    assert sentence_words(shown, Status.BAD) == "late (since LS 402)"
    broken = plots.tile(DATA, note=ReferenceNote(sentence="no run type: no reference"))
    assert "no run type" in meta_words(broken, Scene(), zoomed=False)


def test_a_warning_that_nobody_adopted_says_so_and_is_quieter(tile: PlotTile) -> None:
    adopted = plots.tile(DATA, Status.WARNING, "mean 0.9", since=402)
    tile.show_tile(adopted, None)
    loud = count(tile.picture(), LIGHT.warning)
    verdict = msgspec.structs.replace(adopted.verdict, adopted=False)
    default = msgspec.structs.replace(adopted, verdict=verdict, version=2)
    tile.show_tile(default, None)
    words = "mean 0.9 (since LS 402; default, not adopted)"
    assert tile.accessibleDescription() == f"WARNING: {words}"
    assert 0 < count(tile.picture(), LIGHT.warning) < 0.6 * loud
    told = msgspec.structs.replace(
        verdict, sentence="default, not adopted: 3", since=None
    )
    told_tile = msgspec.structs.replace(default, verdict=told)
    assert sentence_words(told_tile, Status.WARNING) == "default, not adopted: 3"


def test_good_now_and_bad_before_is_said_quietly(tile: PlotTile) -> None:
    run = CheckResult("mean", Status.BAD, "mean 0.9, 0.4 to 0.6 allowed")
    shown = plots.tile(DATA, Status.GOOD, "mean 0.5")
    verdict = msgspec.structs.replace(shown.verdict, checks=(run,))
    tile.show_tile(msgspec.structs.replace(shown, verdict=verdict), None)
    words = "good now; the run so far is BAD: mean 0.9, 0.4 to 0.6 allowed"
    assert tile.accessibleDescription() == f"GOOD: {words}"
    assert count(tile.picture(), LIGHT.bad) == 0


@pytest.mark.parametrize(
    ("how", "word"),
    [
        ("pileup", "ref 398102 × pile-up"),
        ("lumi", "ref 398102 × luminosity"),
        ("area", "ref 398102 × area"),
        ("none", "ref 398102 unscaled"),
    ],
)
def test_the_tile_says_how_its_reference_is_scaled(how: str, word: str) -> None:
    note = ReferenceNote(run=398102, normalize=how)  # type: ignore[arg-type]
    shown = plots.tile(DATA, note=note)
    assert meta_words(shown, Scene(), zoomed=False).startswith(f"{word} · ")
    means = plots.tile(plots.profile([1.0, 2.0]), note=note)
    if how == "none":  # of means it would say nothing
        assert meta_words(means, Scene(), zoomed=False).startswith("ref 398102 · ")
    why = "no pile-up at Info/PileUp in run 398102: scaled by area"
    note = ReferenceNote(run=398102, normalize="area", sentence=why)
    words = meta_words(plots.tile(DATA, note=note), Scene(), zoomed=False)
    assert words.startswith(f"ref 398102 × area · {why} · ")
    good = msgspec.structs.replace(note, sentence="", others=(1, 2), good=True)
    words = meta_words(plots.tile(DATA, note=good), Scene(), zoomed=False)
    assert words.startswith("3 good runs: 398102 … × area · ")
    differs = ReferenceNote(run=398102, sentence="binning differs in x")
    words = meta_words(plots.tile(DATA, note=differs), Scene(), zoomed=False)
    assert words.startswith("ref 398102 · binning differs in x · ")


def test_bins_without_a_number_are_said_where_no_verdict_says_them() -> None:
    lost = "3 bins hold no number (NaN or infinite)"
    shown = msgspec.structs.replace(plots.tile(DATA), defect=lost)
    assert meta_words(shown, Scene(), zoomed=False).startswith(f"{lost} · ref")
    judged = plots.tile(DATA, Status.FAILED, f"mean passed, but {lost}")
    judged = msgspec.structs.replace(judged, defect=lost)
    assert lost not in meta_words(judged, Scene(), zoomed=False)


def test_layouts_draw_options_reach_the_plot(tile: PlotTile) -> None:
    tile.assign(
        "k",
        plots.plot(
            draw=Draw(style="points"), reference=ReferenceDraw(mode="difference")
        ),
    )
    tile.show_tile(plots.tile(DATA), None)
    assert count(tile.picture(), LIGHT.fill) == 0


def test_what_is_wrong_may_take_two_lines_where_there_is_room(tile: PlotTile) -> None:
    long = "8 of 82 rings are empty in one readout box, as after a trip of its voltage"
    before = tile.canvas.height()
    tile.show_tile(plots.tile(DATA, Status.GOOD, long), REFERENCE)
    assert tile.canvas.height() == before
    tile.show_tile(plots.tile(DATA, Status.BAD, long, version=2), REFERENCE)
    assert tile.canvas.height() < before
    # a shorter sentence does not make the plot jump; a good verdict gives it back
    tile.show_tile(plots.tile(DATA, Status.BAD, "late", version=3), REFERENCE)
    assert tile.canvas.height() < before
    tile.show_tile(plots.tile(DATA, Status.GOOD, "fine", version=4), REFERENCE)
    assert tile.canvas.height() == before
    tile.resize(300, 190)
    low = tile.canvas.height()
    tile.show_tile(plots.tile(DATA, Status.BAD, long, version=5), REFERENCE)
    assert tile.canvas.height() == low


def test_a_high_and_narrow_tile_has_two_lines_for_what_is_said(tile: PlotTile) -> None:
    long = "0 of 3,920 cells dead, 112 known ones left out, in lumisections 36 to 40"
    tile.show()
    # of a page of eight plots, 1366 × 768, without alarm rows and with them
    for height in (296, 248):
        tile.resize(174, height)
        tile.show_tile(plots.tile(DATA, Status.BAD, long, version=height), REFERENCE)
        lower = tile.canvas.height()
        # the plots of a row lie on one line, whatever is said of each
        tile.show_tile(plots.tile(DATA, Status.GOOD, "fine", version=2), REFERENCE)
        assert tile.canvas.height() == lower
    tile.resize(500, 296)  # wider, it needs no second line
    tile.show_tile(plots.tile(DATA, Status.GOOD, long, version=3), REFERENCE)
    assert tile.canvas.height() > lower


def test_the_exam_is_no_sentence_on_every_tile(tile: PlotTile) -> None:
    blinded = plots.tile(DATA, Status.NOT_CHECKED, HIDDEN)
    assert sentence_words(blinded, Status.NOT_CHECKED) == ""
    tile.show_tile(blinded, REFERENCE)
    assert HIDDEN in tile.accessibleDescription()


def test_a_plot_out_of_place_says_so_in_words() -> None:
    shown = plots.tile(DATA, Status.NOT_APPLICABLE, "only for cosmics")
    words = sentence_words(shown, Status.NOT_APPLICABLE)
    assert words == "not applicable: only for cosmics"


def test_a_reference_by_hand_has_its_own_words_and_mark(qtbot: QtBot) -> None:
    site = plots.tile(plots.curve(plots.peak()))
    hand = msgspec.structs.replace(plots.NOTE, by_hand=True)
    shown = msgspec.structs.replace(site, note=hand, version=2)
    words = meta_words(shown, Scene(plots.curve([1.0])), zoomed=False)
    assert words.startswith("ref 397951 by hand × events")
    gone = ReferenceNote(by_hand=True, sentence="no reference: run 7 is not there")
    none = msgspec.structs.replace(site, note=gone)
    words = meta_words(none, Scene(plots.curve([1.0])), zoomed=False)
    assert words.startswith("by hand · no reference: run 7 is not there")
    tile = PlotTile(Colours(LIGHT))
    qtbot.addWidget(tile)
    tile.resize(300, 220)
    tile.assign("key", plots.plot())
    face = tile._face
    foots = []
    for each in (site, shown):
        tile.show_tile(each, plots.curve(plots.peak()))
        tile._face.meta = ""  # the mark alone
        foots.append(tile.picture().copy(face.foot(tile.size())))
    assert foots[0] != foots[1]


def test_a_narrow_tile_keeps_its_title_before_a_long_age(
    tile: PlotTile, colours: Colours
) -> None:
    face = TileFace(colours.theme, tile.font())
    face.age = "RECORDED 2026-05-01"
    assert [face.age_in(room) for room in (400, 150, 40)] == [
        face.age, "RECORDED", ""
    ]  # fmt: skip
    face.alert = True  # that it is stale is said in any room
    face.age = "STALE 23 s"
    assert face.age_in(40) == "STALE"


def test_what_the_picture_is_of_has_a_second_line_where_one_is_short(
    tile: PlotTile,
) -> None:
    """Of the two runs that differ both are read, and the plot does not jump back."""
    face = TileFace(LIGHT, tile.font())
    face.sample = True
    face.meta = "ref 398111 × area · reference with prescale column 3, this run 2"
    roomy, low = QSize(300, 240), QSize(300, 180)
    one = face.foot(roomy).height()
    assert face.wrap(roomy)
    assert face.foot(roomy).height() > one
    face.meta = "ref 398111"
    assert not face.wrap(roomy)
    assert face.foot(roomy).height() > one
    face.clear("Another")
    assert not face.wrap(roomy)
    assert face.foot(roomy).height() == one
    face.meta = "word " * 40
    assert not face.wrap(low)  # a low tile needs its height for the plot


def test_of_several_curves_it_says_which_one_has_the_reference() -> None:
    shown = plots.tile(plots.curve(plots.peak()))
    reference = plots.curve(plots.peak(0.3))
    data = plots.curve(plots.peak())
    one = Scene(data, reference=reference)
    four = replace(one, overlays=(data,), names=("MB1", "MB2"))
    assert meta_words(shown, one, zoomed=False).startswith("ref 397951 × events")
    words = meta_words(shown, four, zoomed=False)
    assert words.startswith("ref 397951 of MB1 alone × events")
    stacked = replace(four, stacked=True)
    assert "alone" not in meta_words(shown, stacked, zoomed=False)
