"""The selected plot in words."""

from __future__ import annotations

from html import unescape
from typing import TYPE_CHECKING

import msgspec
import numpy as np
import pytest
from PySide6.QtWidgets import QLabel, QToolButton
from support import plots
from support.fake_session import (
    DEPTH1,
    NOW,
    curve,
    live_session,
    note,
    run_info,
    site,
    tile_of,
)

from dqmconsole.model.cause import extent_of
from dqmconsole.model.frame import FalseAlarmsFact, Picture
from dqmconsole.model.graph import Graph, Polygons
from dqmconsole.model.layout import Needs, Plot
from dqmconsole.model.reference import LastGoodRuns, ReferenceNote, ReferenceRule
from dqmconsole.model.run_quality import FalseAlarms, digest_of
from dqmconsole.model.site import SiteSettings
from dqmconsole.model.verdict import CheckResult, Status, Verdict
from dqmconsole.shift.pages import Pages, PlotPlace
from dqmconsole.ui.live.detail import DetailView
from dqmconsole.ui.live.panel import (
    PlotPanel,
    client_of,
    client_words,
    needs_words,
    reference_words,
    verdict_words,
)
from dqmconsole.ui.theme import DARK, LIGHT, Colours

if TYPE_CHECKING:
    from pytestqt.qtbot import QtBot


def test_a_verdict_says_since_when() -> None:
    verdict = Verdict(Status.BAD, "empty", "chi2", 402)
    assert verdict_words(verdict, "LS") == ("BAD since LS 402", "empty (test chi2)")
    assert verdict_words(verdict, "spill")[0] == "BAD since spill 402"
    assert verdict_words(None, "LS") == ("WAITING", "no verdict yet")


def test_a_reference_has_its_provenance_or_the_reason_there_is_none() -> None:
    lines = reference_words(note())
    assert lines[0] == "run 397951, scaled by events processed"
    assert "chosen by hcal-dqm on 2026-11-21" in lines
    assert "because: last fill before the technical stop" in lines
    none = ReferenceNote(sentence="run type unknown: no reference is guessed")
    assert reference_words(none) == ["run type unknown: no reference is guessed"]
    assert reference_words(None) == ["not known yet"]
    assert reference_words(ReferenceNote()) == ["none"]


def test_a_reference_by_hand_says_so_and_a_rule_for_which_runs_it_holds() -> None:
    chosen = ReferenceNote(
        run=398100, chosen_by="by hand", why="chosen for this session", by_hand=True
    )
    assert reference_words(chosen) == [
        "run 398100, by hand, not scaled", "chosen for this session",
    ]  # fmt: skip
    gone = msgspec.structs.replace(
        chosen, run=0, sentence="no reference: run 7 is not there"
    )
    assert reference_words(gone) == ["by hand: no reference: run 7 is not there"]
    rule = ReferenceRule(
        "eva", "2026-11-21", "quiet", runs=(3, 4), subsystem="Hcal",
        run_type="cosmics", when={"pileup": [40, 60]}, valid_from=390000,
    )  # fmt: skip
    by_rule = ReferenceNote(
        run=3, chosen_by="eva", chosen_on="2026-11-21", why="quiet", others=(4,),
        sentence="reference at 3.8 T, this run 0.0 T",
    )  # fmt: skip
    assert reference_words(by_rule, (rule,)) == [
        "run 3, not scaled",
        "judged against run 4 as well: the worst counts",
        "chosen by eva on 2026-11-21",
        "because: quiet",
        "for Hcal, cosmics, pile-up 40 to 60; valid for runs from 390000",
        "reference at 3.8 T, this run 0.0 T",
    ]


def test_good_runs_are_named_with_the_rule_that_asks_for_them() -> None:
    found = ReferenceNote(run=7, others=(6, 5, 4, 3, 2), good=True, template=0.9)
    assert reference_words(found) == [
        "run 7, not scaled",
        "the newest of 6 good runs: 7, 6, 5, 4, 3 …",
        "band and spread follow them in their order",
    ]
    rule = ReferenceRule(
        "eva", "2026-11-21", "as ever", good_runs=LastGoodRuns(20), subsystem="Hcal"
    )
    by_rule = msgspec.structs.replace(
        found, chosen_by="eva", chosen_on="2026-11-21", why="as ever", template=None
    )
    assert reference_words(by_rule, (rule,))[2:] == [
        "chosen by eva on 2026-11-21",
        "because: as ever",
        "for Hcal; valid for all runs",
    ]


def test_the_page_says_how_often_its_checks_go_off(qtbot: QtBot) -> None:
    session = live_session()
    place = Pages(session.site).plot(DEPTH1)
    panel = PlotPanel(Colours(LIGHT))
    qtbot.addWidget(panel)
    check = CheckResult("mean", Status.BAD, "0.9", configuration="mean: {}")
    verdict = Verdict(Status.BAD, "0.9", checks=(check,))
    session.put_tile(tile_of(DEPTH1, curve("depth1"), verdict))

    def said() -> tuple[str, list[str]]:
        panel.show_plot(place, session, NOW, Status.BAD)
        words = " ".join(label.text() for label in panel.findChildren(QLabel))
        return words, panel.checks.lines(check)

    words, lines = said()
    assert "False alarms" not in words
    assert not any("false alarms" in line for line in lines)
    rows = [
        FalseAlarms(path, "mean", "", digest_of("mean: {}"), 0, 36.0, 6, NOW)
        for path in ("Hcal/Other", place.plot.path)
    ]
    session.put_references(FalseAlarmsFact(tuple(rows[:1])))
    assert "false alarms: not measured" in said()[1]
    session.put_references(FalseAlarmsFact(tuple(rows)))
    words, lines = said()
    assert "this page: &lt; 0.083/h" in words
    assert "0 false alarms in 36\u00a0h of good runs; < 0.083/h at 95\u00a0%" in lines


def test_needs() -> None:
    usual = SiteSettings("CMS")
    assert needs_words(None, usual) == []
    needs = Needs("Hcal", (1102,), ("HBHEa",), ("stable beams", "adjust"), "on", 500, 2)
    assert needs_words(needs, usual) == [
        "Hcal in the run",
        "FED 1102 in the run",
        "High voltage on: HBHEa",
        "Beam: stable beams or adjust",
        "Magnet: on",
        "500 events processed",
        "judged 2 updates after all this holds again",
    ]
    other = SiteSettings("Small", header={"dcs": "Chambers", "beam_mode": "Spill"})
    assert needs_words(needs, other)[2:4] == [
        "Chambers on: HBHEa",
        "Spill: stable beams or adjust",
    ]


def test_the_client_of_a_plot() -> None:
    clients = run_info().clients
    producer = client_of("Hcal/DigiTask/x", clients)
    assert producer is clients[0]
    assert client_of("Ecal/x", clients) is None
    assert client_words(producer, NOW, "LS") == [
        "Hcal: live",
        "data 4 s old, renewed every 5 s",
        "123456 events, 82 Hz, LS 417",
        "dqmrubu-c2a06-01, pid 4711",
    ]
    assert client_words(producer, NOW, "spill")[2] == "123456 events, 82 Hz, spill 417"
    assert client_words(None, NOW, "LS") == ["no client of this subsystem is known"]


def test_what_people_wrote_is_shown_as_text(qtbot: QtBot) -> None:
    """A title or sentence with < and & is no markup."""
    panel = PlotPanel(Colours(LIGHT))
    qtbot.addWidget(panel)
    client = live_session()
    verdict = Verdict(Status.BAD, "<b>3 < 5 & so on</b>")
    client.mailbox.tiles[DEPTH1] = tile_of(DEPTH1, curve("depth1"), verdict)
    panel.show_plot(Pages(site()).plot(DEPTH1), client, NOW, Status.BAD)
    text = _text(panel, "Selected plot")
    assert "&lt;b&gt;3 &lt; 5 &amp; so on&lt;/b&gt;" in text


def test_where_a_plot_is_wrong_stands_beside_the_sentence(qtbot: QtBot) -> None:
    panel = PlotPanel(Colours(LIGHT))
    qtbot.addWidget(panel)
    client = live_session()
    extent = extent_of(("wheel", "<b>"), [("-2", "3"), ("-2", "4"), ("-2", "5")])
    verdict = Verdict(Status.BAD, "a hole", extent=extent)
    client.mailbox.tiles[DEPTH1] = tile_of(DEPTH1, curve("depth1"), verdict)
    panel.show_plot(Pages(site()).plot(DEPTH1), client, NOW, Status.BAD)
    text = _text(panel, "Selected plot")
    assert text.index("a hole") < text.index("Where: wheel −2, &lt;b&gt; 3–5")


def test_a_producer_that_sees_other_than_the_checks_is_told_in_a_sentence(
    qtbot: QtBot,
) -> None:
    panel = PlotPanel(Colours(LIGHT))
    qtbot.addWidget(panel)
    client = live_session()
    hole = CheckResult("dead_channels", Status.BAD, "a hole")
    test = CheckResult("Occupancy", Status.GOOD, "no hole", origin="producer")
    for checks, said in (((hole, test), True), ((hole,), False)):
        verdict = Verdict(Status.BAD, "a hole", checks=checks)
        client.mailbox.tiles[DEPTH1] = tile_of(DEPTH1, curve("depth1"), verdict)
        panel.show_plot(Pages(site()).plot(DEPTH1), client, NOW, Status.BAD)
        text = unescape(_text(panel, "Selected plot"))
        assert ("The producer's tests say GOOD" in text) == said


def test_stale_data_show_the_last_verdict_as_the_last(qtbot: QtBot) -> None:
    colours = Colours(LIGHT)
    panel = PlotPanel(colours)
    qtbot.addWidget(panel)
    client = live_session()
    place = Pages(site()).plot(DEPTH1)
    panel.show_plot(place, client, NOW, Status.STALE)
    assert "STALE, last verdict BAD since LS 402" in _text(panel, "Selected plot")
    colours.change(DARK)
    panel.show_plot(place, client, NOW, Status.BAD)
    assert DARK.bad_ink in _text(panel, "Selected plot")
    panel.show_plot(None, client, NOW, Status.WAITING)
    assert _text(panel, "Selected plot") == ""
    assert _text(panel, "Title of the selected plot") == "No plot selected"


GRAPH = Graph("g", "Rate of #pi^{+}", "TGraphErrors", np.arange(5.0), np.ones(5))
SHARES = Graph("e", "", "TEfficiency", np.arange(5.0), np.ones(5), efficiency=True)
WAFERS = Polygons(
    "w", "Wafers", "TH2Poly", np.array([0, 3]), np.array([0]),
    np.array([0.0, 1.0, 1.0]), np.array([0.0, 0.0, 1.0]), np.array([7.0]), entries=7.0,
)  # fmt: skip
CURVE = plots.curve([1.0, 2.0])
ONE = msgspec.structs.replace(CURVE, entries=1.0)
CUT = msgspec.structs.replace(plots.plane(np.ones((2, 2))), root_class="TProfile2D")


@pytest.mark.parametrize(
    ("picture", "title", "element", "reference"),
    [
        (Picture(None, graphs=(GRAPH,)), "Rate of π⁺", "TGraphErrors, 5 points",
         "No reference for graphs."),
        (Picture(None, graphs=(SHARES,)), "x", "TEfficiency, 5 points",
         "No reference for efficiencies drawn as points."),
        (Picture(None, polygons=WAFERS), "Wafers", "TH2Poly, 1 bin, 7 entries",
         "No reference for maps of polygons."),
        (Picture(CURVE, overlays=(CURVE,), stacked=True), "", "TH1D, 3 entries",
         "No reference for stacks."),
        (Picture(ONE), "", "TH1D, 1 entry", "run "),
        (Picture(None, text="5"), "x", "", "No reference for single values."),
        (Picture(CUT, shown_of="x–y at z 3 to 5"), "",
         "x–y at z 3 to 5, drawn as TProfile2D", "run "),
    ],
)  # fmt: skip
def test_what_is_no_histogram_has_its_title_class_and_size(
    qtbot: QtBot, picture: Picture, title: str, element: str, reference: str
) -> None:
    panel = PlotPanel(Colours(LIGHT))
    qtbot.addWidget(panel)
    client = live_session()
    place = PlotPlace("key", Plot("Hcal/x"), None)
    client.mailbox.tiles["key"] = plots.tile(picture)
    panel.show_plot(place, client, NOW, Status.GOOD)
    assert title in _text(panel, "Title of the selected plot")
    assert element in _text(panel, "What is known of the plot")
    assert reference in _text(panel, "What is known of the plot")
    detail = DetailView(Colours(LIGHT), client)
    qtbot.addWidget(detail)
    detail.show()
    detail.show_plot(place, None)
    detail.refresh(client, held=False)
    modes = [
        each
        for each in detail.findChildren(QToolButton)
        if each.accessibleName().startswith("Reference: ") and each.isVisible()
    ]
    said = {label.text() for label in detail.findChildren(QLabel)}
    assert bool(modes) is (reference == "run ")
    assert ("Reference (R)" if modes else reference.rstrip(".")) in said


def _text(panel: PlotPanel, name: str) -> str:
    return next(
        label.text()
        for label in panel.findChildren(QLabel)
        if label.accessibleName() == name
    )
