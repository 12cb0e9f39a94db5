"""The run header: its words, its pause, its width."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
import pytest
from PySide6.QtCore import QCoreApplication, QEvent
from PySide6.QtWidgets import QApplication, QLabel, QWidget
from support.fake_session import FakeSession, live_session, run_info

from dqmconsole.model.run import UNNUMBERED, Conditions, RunInfo, RunState
from dqmconsole.model.site import ConditionPaths, HeaderItem, SiteSettings
from dqmconsole.shift.coverage import Coverage
from dqmconsole.shift.feed import EngineState
from dqmconsole.shift.liveness import Liveness
from dqmconsole.shift.overview import luminosity_words
from dqmconsole.ui.live.header import (
    FIELDS,
    Field,
    RunHeader,
    energy_words,
    engine_words,
    field_words,
    rate_words,
)
from dqmconsole.ui.theme import DARK, LIGHT, Colours

if TYPE_CHECKING:
    from pytestqt.qtbot import QtBot

LIVE = EngineState("live", "", 0.3)


def test_what_is_known_is_written() -> None:
    assert field_words(run_info(), LIVE) == {
        "Run": "398214",
        "Type": "collisions",
        "Lumisection": "417",
        "Fill": "10412",
        "Beam": "stable beams 6.8 TeV",
        "DAQ": "–",
        "Luminosity": "1.95e34",
        "Pile-up": "58",
        "Magnet": "3.8 T",
        "DQM stream": "82 Hz, slowest SiStrip 11 s",
        "Engine": "live 0.3 s ago",
    }


def test_what_is_unknown_is_a_dash_and_nothing_else() -> None:
    words = field_words(RunInfo(), EngineState("starting", "", None))
    assert words.pop("Engine") == "starting"
    assert set(words.values()) == {"–"}
    assert tuple(words) == FIELDS[:-1]


@pytest.mark.parametrize(
    ("given", "words"),
    [
        (Conditions(daq_state="running"), "running"),
        (Conditions(daq_state="paused", dead_time=1.2), "paused"),
        (Conditions(daq_state="resuming", dead_time=1.2), "resuming, 1 % dead"),
        (Conditions(dead_time=100.0), "100 % dead"),
        (
            Conditions(None, daq_state="running", dead_time=1.2,
                       scalars={"prescale_column": 2.0, "stream": "DQM"}),
            "1 % dead, column 2",
        ),
    ],
)  # fmt: skip
def test_trigger_and_daq_are_written(given: Conditions, words: str) -> None:
    assert field_words(RunInfo(7, conditions=given), LIVE)["DAQ"] == words


def test_the_end_of_a_run_is_written() -> None:
    ended = RunInfo(run=7, state=RunState.ENDED)
    assert field_words(ended, LIVE)["Run"] == "7 ended"
    assert field_words(RunInfo(run=7, state=RunState.FINAL), LIVE)["Run"] == "7 final"


@pytest.mark.parametrize(
    ("luminosity", "words"),
    [
        (None, "–"),
        (0.0, "0"),
        (1.0, "1.00e30"),
        (21345.0, "2.13e34"),
        (0.001, "1.00e27"),
    ],
)
def test_luminosity(luminosity: float | None, words: str) -> None:
    assert luminosity_words(luminosity) == words


@pytest.mark.parametrize(
    ("energy", "words"),
    [(None, ""), (6800.0, "6.8 TeV"), (450.0, "450 GeV"), (1.2, "1.2 GeV"),
     (0.0, ""), (float("nan"), "")],
)  # fmt: skip
def test_energy(energy: float | None, words: str) -> None:
    assert energy_words(energy) == words


@pytest.mark.parametrize(
    ("rate", "words"), [(2761.4, "2761 Hz"), (82.0, "82 Hz"), (0.25, "0.25 Hz")]
)
def test_rate(rate: float, words: str) -> None:
    assert rate_words(rate) == words


@pytest.mark.parametrize(
    ("state", "silent", "words"),
    [
        ("live", 0.31, "live 0.3 s ago"),
        ("silent", 12.4, "silent 12 s"),
        ("restarting", 12.4, "silent 12 s, restarting"),
        ("restarting", None, "restarting"),
        ("ended", 3.0, "ended"),
    ],
)
def test_engine(state: str, silent: float | None, words: str) -> None:
    assert engine_words(EngineState(state, "", silent)) == words


@pytest.fixture
def colours() -> Colours:
    return Colours(LIGHT)


@pytest.fixture
def header(qtbot: QtBot, colours: Colours) -> RunHeader:
    header = RunHeader(colours)
    qtbot.addWidget(header)
    header.resize(1920, 60)
    header.show()
    return header


def labels(header: RunHeader) -> dict[str, Field]:
    return {field.accessibleName(): field for field in header.findChildren(Field)}


@pytest.mark.parametrize("paused", [65, None])
@pytest.mark.parametrize("width", [1268, 1908])
def test_nothing_is_cut(header: RunHeader, width: int, paused: float | None) -> None:
    """At 1280 and 1920 every value is whole, banner and pause counted in."""
    client = live_session()
    client.banner = "DEMO"
    header.resize(width, 60)
    header.show_run(client)
    header.show_liveness(Liveness("LIVE, 12 of 16 stale", alarming=True))
    header.show_paused(paused, opened=True)
    for _ in range(5):  # a layout inside a layout takes more than one round
        QApplication.processEvents()
    for field in labels(header).values():
        shown = field.findChildren(QWidget)[1]
        assert shown.text() == field.words, field.accessibleName()


@pytest.mark.parametrize("width", [1268, 1908])
def test_the_beam_is_whole_beside_long_words(header: RunHeader, width: int) -> None:
    client = live_session()
    client.banner = "EVIDENCE BUNDLE"
    run = client.mailbox.run
    given = msgspec.structs.replace(
        run.conditions, beam_mode="injection physics beam", daq_state="running degraded"
    )
    client.mailbox.run = msgspec.structs.replace(run, conditions=given)
    header.resize(width, 60)
    header.show_sound("ALARMS MUTED until 03:57 UTC")
    header.show_run(client)
    header.show_liveness(Liveness("LIVE, 12 of 16 stale", alarming=True))
    for _ in range(5):
        QApplication.processEvents()
    field = labels(header)["Beam"]
    shown = field.findChildren(QWidget)[1]
    assert shown.text() == field.words
    assert header.layout().minimumSize().width() <= width


def test_a_site_has_its_own_words_and_no_fields_it_cannot_fill(
    header: RunHeader,
) -> None:
    client = live_session()
    assert client.site is not None
    paths = ConditionPaths(beam_mode="Daq/spillState", magnet="Daq/field")
    own = SiteSettings(
        "Small", conditions=paths, header={"beam_mode": "Spill"}, lumisection="burst"
    )
    client.put_site(msgspec.structs.replace(client.site, settings=own))
    client.mailbox.run = RunInfo(run=7, lumisection=12)
    header.show_run(client)
    seen = [field for field in labels(header).values() if field.isVisible()]
    assert [each.findChildren(QLabel)[0].text() for each in seen] == [
        "Run", "Burst", "Spill", "Magnet", "DQM stream", "Engine",
    ]  # fmt: skip
    client.mailbox.run = run_info()
    header.show_run(client)  # what is known is shown, wherever it came from
    assert labels(header)["Fill"].isVisible()
    assert labels(header)["Luminosity"].isVisible()


def test_words_that_a_site_gives_up_are_its_own_no_more(header: RunHeader) -> None:
    client = live_session()
    assert client.site is not None
    before = client.site
    called = SiteSettings("Small", header={"pileup": "Mu"}, lumisection="burst")
    names = {
        name: field.findChildren(QLabel)[0] for name, field in labels(header).items()
    }
    for settings, words in ((called, ["Burst", "Mu"]), (before.settings, None)):
        client.put_site(msgspec.structs.replace(before, settings=settings))
        header.show_run(client)
        now = [names[each].text() for each in ("Lumisection", "Pile-up")]
        assert now == (words or ["Lumisection", "Pile-up"])
    for field in labels(header).values():
        field.set_points(9.0, short=True)
    assert names["Pile-up"].text() == "PU"
    client.put_site(msgspec.structs.replace(before, settings=called))
    header.show_run(client)
    assert names["Pile-up"].text() == "Mu"
    client.put_site(before)
    header.show_run(client)
    assert names["Pile-up"].text() == "PU"


def test_fields_keep_their_names_until_the_next_site_is_read(header: RunHeader) -> None:
    client = live_session()
    assert client.site is not None
    called = SiteSettings("Small", lumisection="burst")
    client.put_site(msgspec.structs.replace(client.site, settings=called))
    header.show_run(client)
    client.site = None
    header.show_run(client)
    assert labels(header)["Lumisection"].findChildren(QLabel)[0].text() == "Burst"


def test_the_beam_is_there_where_only_its_energy_is_known(header: RunHeader) -> None:
    client = live_session()
    assert client.site is not None
    for paths, there in (
        (ConditionPaths(beam_energy="Daq/energy"), True),
        (ConditionPaths(magnet="Daq/field"), False),
    ):
        settings = SiteSettings("Small", conditions=paths)
        client.put_site(msgspec.structs.replace(client.site, settings=settings))
        client.mailbox.run = RunInfo(run=7)
        header.show_run(client)
        assert labels(header)["Beam"].isVisible() is there


def test_while_nothing_is_open_no_condition_is_missed(header: RunHeader) -> None:
    client = FakeSession()
    client.source = ""
    header.show_run(client)
    seen = [name for name, field in labels(header).items() if field.isVisible()]
    assert seen == ["Run", "Lumisection", "DQM stream", "Engine"]


def test_pause_is_counted(header: RunHeader) -> None:
    header.show_paused(3.2, opened=True)
    words = {
        child.accessibleName(): child.text()
        for child in header.findChildren(QWidget)
        if child.accessibleName() == "Live or paused"
    }
    assert words == {"Live or paused": "PAUSED 3 s"}


def test_stale_data_are_said_and_alarm(header: RunHeader) -> None:
    label = next(
        child
        for child in header.findChildren(QWidget)
        if child.accessibleName() == "Live or paused"
    )
    header.show_paused(None, opened=True)
    for words, alarming in (("LIVE", False), ("STALE since 10:56 UTC", True)):
        header.show_liveness(Liveness(words, alarming))
        assert label.text() == words
        assert (label.property("role") == "warning") is alarming
    header.show_liveness(Liveness("RECORDED 2026-05-01", alarming=False, recorded=True))
    assert label.property("role") == "banner"
    header.show_paused(3.2, opened=True)
    assert label.text() == "PAUSED 3 s"


def test_values_do_not_jump(header: RunHeader) -> None:
    """A shorter value keeps the room of the longer one before."""
    client = live_session()
    header.show_run(client)
    header.grab()
    before = labels(header)["Pile-up"].x()
    client.mailbox.run = run_info(lumisection=9)
    header.show_run(client)
    header.grab()
    assert labels(header)["Pile-up"].x() == before


def test_the_second_hand_moves_when_time_does(
    header: RunHeader, colours: Colours
) -> None:
    header.hand.show_time(0.0)
    at_noon = header.hand.grab().toImage()
    header.hand.show_time(0.05)
    assert header.hand.grab().toImage() == at_noon
    header.hand.show_time(15.0)
    assert header.hand.grab().toImage() != at_noon
    colours.change(DARK)
    header.hand.show_time(0.0)
    assert header.hand.grab().toImage() != at_noon


def test_the_banner_is_there_when_the_data_are_not_the_detectors(
    header: RunHeader,
) -> None:
    client = live_session()
    header.show_run(client)
    banner = next(
        child
        for child in header.findChildren(QWidget)
        if child.accessibleName() == "Banner"
    )
    assert not banner.isVisible()
    client.banner = "REPLAY"
    header.show_run(client)
    assert banner.isVisible()
    assert banner.text() == "REPLAY"


def test_a_site_shows_any_scalar_with_label_and_unit(header: RunHeader) -> None:
    client = live_session()
    assert client.site is not None
    items = (HeaderItem("daq/energy", "Energy", "GeV"), HeaderItem("daq/gone", "Angle"))
    own = SiteSettings("Small", shown=items)
    client.put_site(msgspec.structs.replace(client.site, settings=own))
    known = Conditions(shown={"daq/energy": 120.0})
    client.mailbox.run = RunInfo(run=UNNUMBERED, conditions=known)
    header.show_run(client)
    seen = {
        name: field.words for name, field in labels(header).items() if field.isVisible()
    }
    del seen["Engine"]
    # no run number, no lumisection, no beam: nothing is said of them
    assert seen == {"Energy": "120 GeV", "Angle": "–", "DQM stream": "–"}
    angle = labels(header)["Angle"].toolTip()
    assert "not known: daq/gone (header in site.yaml)" in angle
    client.put_site(msgspec.structs.replace(client.site, settings=SiteSettings("S")))
    header.show_run(client)
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
    assert "Energy" not in labels(header)


def test_a_longer_number_of_judged_plots_is_not_cut(header: RunHeader) -> None:
    """Nor until the next event: a busy window is painted before that."""
    for judged, of in ((7, 9), (1000, 2955)):
        header.show_coverage(Coverage(judged, of))
        field = labels(header)["Judged"]
        value = field.findChildren(QLabel)[1]
        assert value.text() == f"{judged} of {of}"
        assert field.width() >= value.sizeHint().width()
