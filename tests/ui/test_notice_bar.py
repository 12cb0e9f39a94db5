"""The foot of the window, and the list behind it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QFont, QFontMetrics
from PySide6.QtWidgets import QLabel, QMainWindow, QStatusBar
from support.fake_session import (
    CHARGE,
    DEPTH1,
    GOOD,
    HOLE,
    RUN,
    FakeSession,
    live_session,
    site,
)
from support.waiting import PATIENCE_MS

from dqmconsole.model.frame import NoticeFact, OutageFact, ReferenceFact, RunFact
from dqmconsole.model.problem import Problem
from dqmconsole.model.verdict import Status, Verdict
from dqmconsole.shift.feed import EngineState
from dqmconsole.shift.liveness import silence
from dqmconsole.ui.live.notices import (
    NoticeBar,
    engine_notice,
    notices_of,
    plots_notice,
    two_lines,
)
from dqmconsole.ui.live.problems import ProblemList
from dqmconsole.ui.marks import MarkLabel
from dqmconsole.ui.theme import DARK, LIGHT, Colours

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pytestqt.qtbot import QtBot


@pytest.mark.parametrize(
    ("state", "silent", "said"),
    [
        ("live", 0.5, None),
        ("live", 2.5, 2.5),
        ("starting", None, None),
        ("starting", 4.0, 4.0),
        ("silent", 3.0, 3.0),
        ("restarting", None, 0.0),
        ("ended", 8.0, 8.0),
    ],
)
def test_silence_is_said_after_two_seconds(
    state: str, silent: float | None, said: float | None
) -> None:
    assert silence(EngineState(state, "", silent)) == said
    assert (engine_notice(EngineState(state, "", silent)) is None) == (said is None)


def test_the_worst_comes_first() -> None:
    client = live_session()
    client.mailbox.run_facts.append(RunFact(398214, "run 398214 began"))
    client.put_notice(NoticeFact("a", "a warning", "warning"))
    client.put_notice(NoticeFact("b", "a calamity", "bad"))
    client.put_notice(NoticeFact("c", "an oddity", "info"))
    client.put_problems("layout", (Problem("wrong", "a.yaml", 3, 1),))
    found = notices_of(client, ["we failed"])
    assert [notice.sentence for notice in found] == [
        "a calamity",
        "we failed",
        "a warning",
        "an oddity",
        "1 problem listed (F8): a.yaml:3:1: wrong",
        "run 398214 began",
    ]
    client.put_engine("silent", "", 11.0)
    assert notices_of(client)[0].sentence.startswith("Engine silent for 11 s")


def test_advice_is_no_notice_and_nothing_open_is_no_silence() -> None:
    client = FakeSession(source="")
    client.engine = EngineState("ended", "nothing is open", None)
    client.put_problems("layout", (Problem("review it", severity="advice"),))
    assert notices_of(client) == []


def test_the_bar_shows_one_and_counts_the_rest(qtbot: QtBot) -> None:
    colours = Colours(LIGHT)
    bar = NoticeBar(colours, ["? keys"])
    qtbot.addWidget(bar)
    bar.resize(1400, 30)
    bar.show()
    client = live_session()
    bar.show_client(client)
    assert bar.words == "BAD: Hcal 1 plot (N shows the next)"
    client.put_notice(NoticeFact("a", "a warning", "warning"))
    client.put_notice(NoticeFact("b", "a calamity", "bad"))
    bar.show_client(client)
    assert bar.words == "a calamity"
    assert "+ 2 more (F8)" in [
        label.text() for label in bar.children()[1:] if hasattr(label, "text")
    ]
    colours.change(DARK)
    bar.say("done")
    assert bar.words == "a calamity"
    assert answer(bar).text() == "done"


def test_the_list_is_built_anew_only_for_news(qtbot: QtBot) -> None:
    problems = ProblemList(Colours(LIGHT))
    qtbot.addWidget(problems)
    client = live_session()
    problems.show_client(client)
    assert problems.count() == 0
    client.put_problems(
        "source", (Problem("cut short", "run1.root", kind="source", key="k"),)
    )
    client.mailbox.run_facts.append(RunFact(1, "run 1 began"))
    problems.show_client(client, ["we failed"])
    assert problems.count() == 2
    titles = [
        problems.topLevelItem(index).text(0)
        for index in range(problems.topLevelItemCount())
    ]
    assert titles == ["Notices (1)", "The data source (1)", "Runs (1)"]
    item = problems.topLevelItem(1).child(0)
    assert item.text(0) == "run1.root: cut short"
    problems.show_client(client, ["we failed"])
    assert problems.topLevelItem(1).child(0) is item
    with qtbot.waitSignal(problems.plot_opened) as opened:
        problems.itemActivated.emit(item, 0)
    assert opened.args == ["k"]


HINTS = ["N next bad", "/ search", "R reference", "C call", "E entry", "? keys"]
WAITS = (
    "Hcal › Digi occupancy (and 5 more) is BAD for 6 min, nobody has answered: call "
    "Hcal DQM on call, 16 1001; if they do not answer: Technical shifter, 16 1002"
)


def hints(bar: NoticeBar) -> QLabel:
    return label(bar, "Key hints")


def answer(bar: NoticeBar) -> QLabel:
    return label(bar, "Answer")


def label(bar: NoticeBar, name: str) -> QLabel:
    found = [each for each in bar.findChildren(QLabel) if each.accessibleName() == name]
    return found[0]


@pytest.fixture
def foot(qtbot: QtBot) -> Iterator[NoticeBar]:
    """A bar at the foot of a window."""
    window = QMainWindow()
    qtbot.addWidget(window)
    bar = NoticeBar(Colours(LIGHT), HINTS)
    line = QStatusBar()
    line.addWidget(bar, 1)
    window.setStatusBar(line)
    window.show()
    bar.show_client(live_session())
    yield bar
    window.close()


def sized_to(qtbot: QtBot, bar: NoticeBar, width: int) -> None:
    bar.window().resize(width, 300)
    qtbot.waitUntil(lambda: abs(bar.width() - width) < 40, timeout=PATIENCE_MS)
    qtbot.waitUntil(
        lambda: bar.height() >= bar.sizeHint().height(), timeout=PATIENCE_MS
    )


@pytest.mark.parametrize("width", [1366, 1920])
def test_the_phone_is_never_cut_and_hints_give_way(
    qtbot: QtBot, foot: NoticeBar, width: int
) -> None:
    sized_to(qtbot, foot, width)
    before = hints(foot).text()
    assert before.endswith("? keys")
    foot.show_client(live_session(), [WAITS])
    sized_to(qtbot, foot, width)
    line = label(foot, "Notice")
    shown = line.text()
    assert " ".join(shown.split()) == WAITS
    assert len(hints(foot).text()) <= len(before)
    metrics = line.fontMetrics()
    assert all(metrics.horizontalAdvance(each) <= line.width()
               for each in shown.split("\n"))  # fmt: skip
    assert line.height() >= metrics.height() * (1 + shown.count("\n"))


def test_hints_give_way_before_a_second_line_is_taken(
    qtbot: QtBot, foot: NoticeBar
) -> None:
    foot.say("done")
    sized_to(qtbot, foot, 1366)
    low = foot.height()
    words = "Run 398214 cannot be signed off: only proposed: " + "Castor, " * 14
    foot.say(words)
    sized_to(qtbot, foot, 1366)
    assert answer(foot).text() == words
    assert label(foot, "Notice").text() == foot.words
    assert foot.height() == low
    assert len(hints(foot).text()) < len("     ".join(HINTS)) or hints(foot).isHidden()
    foot.say(words * 2)
    sized_to(qtbot, foot, 1366)
    assert hints(foot).isHidden()
    assert answer(foot).text().count("\n") == 1
    assert foot.height() > low
    foot.say("")
    qtbot.waitUntil(lambda: foot.height() == low, timeout=PATIENCE_MS)
    assert answer(foot).isHidden()
    assert hints(foot).text() == "     ".join(HINTS)


@pytest.mark.parametrize("width", [1366, 1920])
def test_an_answer_never_covers_or_cuts_what_is_said_of_the_data(
    qtbot: QtBot, foot: NoticeBar, width: int
) -> None:
    foot.show_client(live_session(), [WAITS])
    foot.say("Run 398214 cannot be signed off: only proposed: " + "Castor, " * 40)
    sized_to(qtbot, foot, width)
    assert foot.words == WAITS
    assert " ".join(label(foot, "Notice").text().split()) == WAITS
    place, beside = label(foot, "Notice").geometry(), answer(foot).geometry()
    assert not place.intersects(beside)
    assert foot.rect().contains(place)
    assert foot.rect().contains(beside)
    assert answer(foot).toolTip().count("Castor") == 40


@pytest.mark.usefixtures("qapp")
def test_what_is_too_long_for_two_lines_is_cut_at_the_end() -> None:
    metrics = QFontMetrics(QFont())
    words = "one two three " * 40
    shown = two_lines(words, metrics, 200).split("\n")
    assert len(shown) == 2
    assert shown[0].startswith("one two")
    assert shown[1].endswith("…")
    assert two_lines("short", metrics, 200) == "short"
    long = two_lines("x" * 300, metrics, 200)
    assert long.endswith("…")
    assert metrics.elidedText(long, Qt.TextElideMode.ElideRight, 200) == long


def test_bad_plots_win_over_reminders(foot: NoticeBar) -> None:
    client = live_session()
    reminder = "Round of 11:00 UTC: 1 of 1 open"
    foot.show_client(client, (), [reminder])
    assert foot.words == "BAD: Hcal 1 plot (N shows the next)"
    client.put_notice(NoticeFact("a", "a warning", "warning"))
    foot.show_client(client, (), [reminder])
    assert foot.words == "a warning"
    client.mailbox.verdicts.clear()
    client.mailbox.rollups.clear()
    client.mailbox.notices.clear()
    foot.show_client(client, (), [reminder])
    assert foot.words == reminder


def test_a_silent_subsystem_is_a_notice_like_bad(foot: NoticeBar) -> None:
    client = live_session()
    client.put_outage(OutageFact("DT", "silent", "DT is silent", RUN, 30))
    reminder = "Round of 11:00 UTC: 1 of 1 open"
    foot.show_client(client, (), [reminder])
    assert foot.words == "BAD: Hcal 1 plot; STALE: DT (N shows the next)"
    assert label(foot, "").text() == "+ 2 more (F8)"
    client.put_verdict(DEPTH1, GOOD)
    foot.show_client(client, (), [reminder])
    assert foot.words == "STALE since LS 30: DT is silent"
    assert foot.findChild(MarkLabel).status is Status.STALE
    assert label(foot, "").text() == "+ 2 more (F8)"
    client.put_verdict(DEPTH1, HOLE)
    # behind a silent engine its own silence says it all
    client.put_engine("silent", "", 11.0)
    assert [each.sentence for each in notices_of(client)] == [
        "Engine silent for 11 s: nothing drawn here is live"
    ]
    client.put_engine("live", "", 0.1)
    client.put_outage(OutageFact("DT", "silent", "", RUN))
    foot.show_client(client)
    assert foot.words == "BAD: Hcal 1 plot (N shows the next)"


def test_warnings_by_default_alone_are_said_to_be_so() -> None:
    client = FakeSession(site())
    late = Verdict(Status.WARNING, "late", adopted=False)
    client.put_verdict(DEPTH1, late)
    (notice,) = plots_notice(client)
    assert notice.sentence == "WARNING: Hcal 1 plot by default (N shows the next)"
    assert not notice.adopted
    client.put_verdict(CHARGE, Verdict(Status.WARNING, "late"))
    (notice,) = plots_notice(client)
    assert notice.sentence == "WARNING: Hcal 2 plots (N shows the next)"
    assert notice.adopted
    client.put_verdict(CHARGE, Verdict(Status.BAD, "empty"))
    (notice,) = plots_notice(client)
    assert notice.sentence.startswith("BAD: Hcal 1 plot (N")
    assert notice.adopted


def test_a_reference_by_hand_is_listed() -> None:
    client = FakeSession(site())
    said = "all plots are shown with run 5, chosen by hand"
    client.put_references(ReferenceFact(5, "", said, found=True))
    found = [each.sentence for each in notices_of(client)]
    assert found == [f"{said.capitalize()} (Alt+R: the site's again)"]
    client.put_references(ReferenceFact())
    assert notices_of(client) == []
