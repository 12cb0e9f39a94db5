"""Verdicts as they are read: in the panel for each status, in tiles, bin by bin."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
import numpy as np
import pytest
from PySide6.QtWidgets import QApplication, QScrollArea
from support import plots
from support.fake_session import NOW, FakeSession, site

from dqmconsole.model.cause import extent_of
from dqmconsole.model.frame import Expected, Picture, Tile
from dqmconsole.model.layout import Plot, ReferenceDraw
from dqmconsole.model.reference import ReferenceNote, ReferenceRule
from dqmconsole.model.verdict import CheckResult, Status, Verdict
from dqmconsole.shift.pages import PlotPlace
from dqmconsole.ui.live.panel import PlotPanel
from dqmconsole.ui.plot.tile import PlotTile
from dqmconsole.ui.theme import DARK, LIGHT, Colours, Theme, stylesheet

if TYPE_CHECKING:
    from collections.abc import Callable

    from PySide6.QtGui import QImage
    from pytestqt.qtbot import QtBot

    from dqmconsole.model.histogram import Histogram
    from dqmconsole.model.layout import ReferenceMode

    Check = Callable[[QImage, str], None]

DATA = plots.curve(plots.peak())
DEAD = CheckResult(
    "dead_channels", Status.BAD, "112 of 5,904 towers are empty", "LS 400–402", 0.0975,
    ((0.03, "bad above"), (0.01, "warning above")), 2e-5,
    "dead_channels: {warn_above: 0.01, bad_above: 0.03}",
)  # fmt: skip
MEAN = CheckResult(
    "mean", Status.GOOD, "mean 0.52, 0.4 to 0.6 allowed", "LS 415–417", 0.52,
    ((0.6, "bad above"),),
)  # fmt: skip
MEAN_BEFORE = msgspec.structs.replace(
    MEAN, status=Status.BAD, sentence="mean 0.72, 0.4 to 0.6 allowed", span="",
    value=0.72,
)  # fmt: skip
DEFAULT = msgspec.structs.replace(
    MEAN, status=Status.WARNING, sentence="mean 0.91, 0.4 to 0.6 allowed", value=0.91,
    limits=((0.6, "warning above"),), origin="default",
)  # fmt: skip
PRODUCER = CheckResult(
    "HcalOccupancyXRange", Status.WARNING, "87 % of bins in range", "", 0.87,
    ((0.9, "warning below"),), origin="producer",
)  # fmt: skip
SHAPE = CheckResult("chi2", Status.NO_REFERENCE, "no reference for cosmics")


def unjudged(status: Status, sentence: str) -> Verdict:
    check = CheckResult("chi2", status, sentence)
    return Verdict(status, sentence, checks=(check,))


VERDICTS = {
    "bad": Verdict(
        Status.BAD, "8 of 82 iη rings are empty: one readout box (HBM09)", since=402,
        checks=(DEAD, MEAN, PRODUCER),
    ),
    "bad_in_places": Verdict(
        Status.BAD, "36 of 720 chambers dead (W−2; S 3–5 and 2 more)", since=402,
        checks=(DEAD,), extent=extent_of(
            ("wheel", "sector"),
            [("-2", "3"), ("-2", "4"), ("-2", "5"), ("1", "10"), ("2", "10")],
        ),
    ),
    "warning_by_default": Verdict(
        Status.WARNING, DEFAULT.sentence, since=409, checks=(DEFAULT,), adopted=False
    ),
    "good": Verdict(Status.GOOD, MEAN.sentence, checks=(MEAN, DEAD)),
    "good_now": Verdict(Status.GOOD, MEAN.sentence, checks=(MEAN, MEAN_BEFORE)),
    "not_checked": Verdict(Status.NOT_CHECKED, "no check judges it"),
    "on_purpose": Verdict(Status.NOT_CHECKED, "no check judges it"),
    "no_reference": Verdict(Status.NO_REFERENCE, SHAPE.sentence, checks=(SHAPE,)),
    "low_statistics": unjudged(Status.LOW_STATISTICS, "41 of 500 events needed"),
    "failed": unjudged(Status.FAILED, "division by zero"),
}  # fmt: skip
VERDICTS["good"] = msgspec.structs.replace(
    VERDICTS["good"],
    checks=(MEAN, msgspec.structs.replace(DEAD, status=Status.GOOD, value=0.002)),
)


def judged(
    verdict: Verdict, data: Histogram = DATA, expected: Expected | None = None
) -> Tile:
    shown = plots.tile(Picture(data, expected=expected))
    return msgspec.structs.replace(shown, verdict=verdict)


def panel_of(qtbot: QtBot, theme: Theme) -> PlotPanel:
    panel = PlotPanel(Colours(theme))
    qtbot.addWidget(panel)
    panel.setStyleSheet(stylesheet(theme))
    panel.resize(320, 300)
    panel.show()
    return panel


@pytest.mark.parametrize("theme", [LIGHT, DARK], ids=["light", "dark"])
@pytest.mark.parametrize("name", VERDICTS)
def test_panel(qtbot: QtBot, picture: Check, name: str, theme: Theme) -> None:
    panel = panel_of(qtbot, theme)
    client = FakeSession()
    verdict = VERDICTS[name]
    client.mailbox.tiles["key"] = judged(verdict)
    plot = Plot("Hcal/x", "Pulse time, HE", checks=() if name == "on_purpose" else None)
    panel.checks.configured = name == "bad"
    panel.show_plot(PlotPlace("key", plot, None), client, NOW, verdict.status)
    QApplication.processEvents()
    picture(panel.grab().toImage(), f"{name}: status, reason, checks worst first")


NOTES = {
    "by_hand": ReferenceNote(
        run=398100, normalize="events", scale=0.93, origin="run 398100 of /dqm/live",
        chosen_by="by hand", by_hand=True, sentence="reference at pile-up 38, this "
        "run 61", why="chosen for this session; verdicts stay with the site's",
    ),
    "by_rule": ReferenceNote(
        run=397951, normalize="events", scale=1.2, origin="run 397951 of /dqm/live",
        chosen_by="hcal-dqm", chosen_on="2026-11-21", why="last fill before the stop",
        others=(397940, 397944),
    ),
    "none": ReferenceNote(
        sentence="no reference: of run 397951: it is for cosmics, this run is of "
        "collisions (and 2 more do not hold)"
    ),
}  # fmt: skip
RULE = ReferenceRule(
    "hcal-dqm", "2026-11-21", "last fill before the stop",
    runs=(397951, 397940, 397944), subsystem="Hcal", run_type="collisions",
    when={"pileup": [40, 65]}, valid_from=397000,
)  # fmt: skip


@pytest.mark.parametrize("theme", [LIGHT, DARK], ids=["light", "dark"])
@pytest.mark.parametrize("name", NOTES)
def test_panel_reference(qtbot: QtBot, picture: Check, name: str, theme: Theme) -> None:
    panel = panel_of(qtbot, theme)
    client = FakeSession(msgspec.structs.replace(site([]), references=(RULE,)))
    verdict = VERDICTS["no_reference" if name == "none" else "good"]
    shown = msgspec.structs.replace(judged(verdict), note=NOTES[name])
    client.mailbox.tiles["key"] = shown
    place = PlotPlace("key", Plot("Hcal/x", "Pulse time, HE"), None)
    panel.show_plot(place, client, NOW, verdict.status)
    QApplication.processEvents()
    bar = panel.findChild(QScrollArea).verticalScrollBar()
    bar.setValue(bar.maximum() * 2 // 3)
    picture(panel.grab().toImage(), "which run, by whom, when, why, for which runs")


@pytest.mark.parametrize("theme", [LIGHT, DARK], ids=["light", "dark"])
def test_tile_reference_by_hand(qtbot: QtBot, picture: Check, theme: Theme) -> None:
    shown = msgspec.structs.replace(judged(VERDICTS["good"]), note=NOTES["by_hand"])
    image = tile_of(
        qtbot, shown, theme, size=(300, 220), reference=plots.curve(plots.peak(0.1))
    )
    picture(image, "a ring on the reference's line, and 'by hand'")


def tile_of(
    qtbot: QtBot,
    shown: Tile,
    theme: Theme,
    *,
    size: tuple[int, int],
    mode: ReferenceMode = "overlay",
    reference: Histogram | None = None,
) -> QImage:
    tile = PlotTile(Colours(theme))
    qtbot.addWidget(tile)
    tile.resize(*size)
    tile.set_large(size[0] > 400)
    tile.set_pulls(on=True)
    tile.assign("key", plots.plot(reference=ReferenceDraw(mode=mode)))
    tile.show_tile(shown, reference)
    tile.tick(1004.0)
    return tile.picture()


@pytest.mark.parametrize("theme", [LIGHT, DARK], ids=["light", "dark"])
@pytest.mark.parametrize("name", ["warning_by_default", "good_now"])
def test_tile_verdict(qtbot: QtBot, picture: Check, name: str, theme: Theme) -> None:
    image = tile_of(qtbot, judged(VERDICTS[name]), theme, size=(300, 220))
    picture(image, "default: an outlined triangle, a thin border, words; good: calm")


@pytest.mark.parametrize("theme", [LIGHT, DARK], ids=["light", "dark"])
@pytest.mark.parametrize("mode", ["overlay", "ratio"])
def test_band_and_pulls(
    qtbot: QtBot, picture: Check, mode: ReferenceMode, theme: Theme
) -> None:
    usual = plots.peak()
    found = usual.copy()
    found[20:24] *= 0.4
    noise = np.random.default_rng(3).normal(size=60)
    spread = np.sqrt(np.maximum(usual, 1))
    expected = Expected(
        low=np.maximum(usual - 3 * spread - 5, 0),
        high=usual + 3 * spread + 5,
        limits=((1000.0, "bad above"),),
        offending=np.arange(20, 24),
        pulls=(found - usual) / spread + noise,
    )
    verdict = Verdict(Status.BAD, "4 bins from −1 to −0.6 are 60 % low", since=402)
    shown = judged(verdict, plots.curve(found), expected)
    image = tile_of(
        qtbot, shown, theme, size=(640, 480), mode=mode, reference=plots.curve(usual)
    )
    picture(image, "a band round the peak, a limit above, four bins vivid beneath")


@pytest.mark.parametrize("theme", [LIGHT, DARK], ids=["light", "dark"])
def test_map_of_pulls(qtbot: QtBot, picture: Check, theme: Theme) -> None:
    contents = np.full((40, 36), 60.0)
    contents[20:26, 6:14] = 0
    pulls = np.where(contents == 0, -7.0, 0.5)
    cells = np.flatnonzero(contents == 0)
    shown = judged(
        VERDICTS["bad"],
        plots.plane(contents),
        Expected(offending=cells, pulls=pulls),
    )
    image = tile_of(qtbot, shown, theme, size=(640, 400), mode="pull")
    picture(image, "the hole ringed in both maps, all else of the right one neutral")
