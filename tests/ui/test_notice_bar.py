"""The foot of the window, and the list behind it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from support.fake_session import FakeSession, live_session

from dqmconsole.model.frame import NoticeFact, RunFact
from dqmconsole.model.problem import Problem
from dqmconsole.shift.feed import EngineState
from dqmconsole.ui.notices import NoticeBar, engine_notice, notices_of, silence
from dqmconsole.ui.problems import ProblemList
from dqmconsole.ui.theme import DARK, LIGHT

if TYPE_CHECKING:
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
    session = live_session()
    session.run_facts.append(RunFact(398214, "run 398214 began"))
    session.put_notice(NoticeFact("a", "a warning", "warning"))
    session.put_notice(NoticeFact("b", "a calamity", "bad"))
    session.put_notice(NoticeFact("c", "an oddity", "info"))
    session.put_problems("layout", (Problem("wrong", "a.yaml", 3, 1),))
    found = notices_of(session, ["we failed"])
    assert [notice.sentence for notice in found] == [
        "a calamity",
        "we failed",
        "a warning",
        "an oddity",
        "1 problem listed (F8): a.yaml:3:1: wrong",
        "run 398214 began",
    ]
    session.put_engine("silent", "", 11.0)
    assert notices_of(session)[0].sentence.startswith("Engine silent for 11 s")


def test_advice_is_no_notice_and_nothing_open_is_no_silence() -> None:
    session = FakeSession(source="")
    session.engine = EngineState("ended", "nothing is open", None)
    session.put_problems("layout", (Problem("review it", severity="advice"),))
    assert notices_of(session) == []


def test_the_bar_shows_one_and_counts_the_rest(qtbot: QtBot) -> None:
    bar = NoticeBar(LIGHT, ["? keys"])
    qtbot.addWidget(bar)
    bar.resize(1400, 30)
    bar.show()
    session = live_session()
    bar.show_session(session)
    assert bar.words == "BAD: Hcal 1 plot (N shows the next)"
    session.put_notice(NoticeFact("a", "a warning", "warning"))
    session.put_notice(NoticeFact("b", "a calamity", "bad"))
    bar.show_session(session)
    assert bar.words == "a calamity"
    assert "+ 2 more (F8)" in [
        label.text() for label in bar.children()[1:] if hasattr(label, "text")
    ]
    bar.set_theme(DARK)
    bar.say("done")
    assert bar.words == "done"


def test_the_list_is_built_anew_only_for_news(qtbot: QtBot) -> None:
    problems = ProblemList(LIGHT)
    qtbot.addWidget(problems)
    session = live_session()
    problems.show_session(session)
    assert problems.count() == 0
    session.put_problems(
        "source", (Problem("cut short", "run1.root", kind="source", key="k"),)
    )
    session.run_facts.append(RunFact(1, "run 1 began"))
    problems.show_session(session, ["we failed"])
    assert problems.count() == 2
    titles = [
        problems.topLevelItem(index).text(0)
        for index in range(problems.topLevelItemCount())
    ]
    assert titles == ["Notices (1)", "The data source (1)", "Runs (1)"]
    item = problems.topLevelItem(1).child(0)
    assert item.text(0) == "run1.root: cut short"
    problems.show_session(session, ["we failed"])
    assert problems.topLevelItem(1).child(0) is item
    with qtbot.waitSignal(problems.plot_opened) as opened:
        problems.itemActivated.emit(item, 0)
    assert opened.args == ["k"]
